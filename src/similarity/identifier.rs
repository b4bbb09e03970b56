//! The 18-character identity number: what a written value is, and how two of them agree.
//!
//! ```text
//! 342127 19680305 003 X     area, birth date, sequence (odd: male), check character (GB 11643-1999, ISO 7064 MOD 11-2)
//! ```
//!
//! A written value may also be the 15-digit number of before 1999, a 20- or 22-character disability certificate that
//! starts with the number, or a number damaged by a spreadsheet (15 significant digits, then zeros) or a keyboard.
//! The check character catches every single wrong digit and every swap of neighbours, so two *valid* numbers that differ
//! are two real numbers, however close they look; only when one of them is damaged does closeness mean a slip.
//! Placeholders (`999999…`), scientific notation and fragments identify nobody: they parse to `None`.

use super::edit;

const LENGTH: usize = 18;
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";
/// Digits a spreadsheet keeps.
const KEPT: usize = 15;
/// A number that hides more than a character or two, and shows fewer than these, tells nothing.
const SHOWN: usize = 8;

/// A written identity number, prepared for comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identifier {
    text: [u8; 24],
    length: u8,
    state: State,
}

/// What a written number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its check character and birth date hold.
    Valid,
    /// Only the first 15 digits are left, the rest became zeros.
    Truncated,
    /// Some characters are hidden by asterisks.
    Masked,
    /// Some character is wrong, missing or too many.
    Damaged,
}

/// How two numbers agree, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdLevel {
    /// The same valid number.
    Exact,
    /// The same text, which no check confirms.
    EqualInvalid,
    /// The first 15 digits agree, the rest was lost.
    Truncated,
    /// One of them is damaged, and one slip explains it.
    OneError,
    /// One of them is damaged, and two slips explain it.
    TwoErrors,
    /// All characters that both show agree, several are hidden.
    Masked,
    /// Two valid numbers of people born the same day, of the same sex.
    SameBirth,
    /// One of them is damaged and nothing explains it.
    DamagedDiffer,
    /// Two valid, different numbers.
    Differ,
}

impl IdLevel {
    /// Names used in settings, best first.
    pub const NAMES: &'static [&'static str] = &[
        "exact",
        "equal_invalid",
        "truncated",
        "one_error",
        "two_errors",
        "masked",
        "same_birth",
        "damaged_differ",
        "differ",
    ];
}

impl Identifier {
    /// Prepares a written number; `None` when it identifies nobody.
    pub fn parse(written: &str) -> Option<Self> {
        let mut text = [0_u8; 24];
        let mut length = 0;
        for byte in written.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
            let known = byte.is_ascii_alphanumeric() || byte == b'*' || byte == b'?';
            if !known || length == text.len() {
                return None;
            }
            text[length] = byte.to_ascii_uppercase();
            length += 1;
        }
        classify(&text[..length])
    }
    /// The characters compared.
    pub fn text(&self) -> &[u8] {
        &self.text[..usize::from(self.length)]
    }
    /// What the value is.
    pub fn state(&self) -> State {
        self.state
    }
    fn new(text: &[u8], state: State) -> Self {
        let mut own = [0_u8; 24];
        own[..text.len()].copy_from_slice(text);
        Self { text: own, length: text.len() as u8, state }
    }
    fn birth(&self) -> &[u8] {
        &self.text[6..14]
    }
    fn is_male(&self) -> bool {
        self.text[16] % 2 == 1
    }
}

fn classify(text: &[u8]) -> Option<Identifier> {
    if text.len() < KEPT - 1 || text.starts_with(b"999999") || text.iter().all(|byte| *byte == text[0]) {
        return None;
    }
    if text.len() == KEPT
        && let Some(full) = upgrade(text)
    {
        return Some(Identifier::new(&full, State::Valid));
    }
    let hidden = text.iter().filter(|byte| **byte == b'*').count();
    if hidden > 2 {
        let tells = text.len() >= LENGTH && text.len() - hidden >= SHOWN;
        return tells.then(|| Identifier::new(&text[..LENGTH], State::Masked));
    }
    let digits = text.iter().all(u8::is_ascii_digit);
    let certificate = matches!(text.len(), 20 | 22);
    if certificate && is_valid(&text[..LENGTH]) || text.len() == LENGTH && is_valid(text) {
        return Some(Identifier::new(&text[..LENGTH], State::Valid));
    }
    let zeros = text.get(KEPT..).is_some_and(|tail| tail.len() >= 3 && tail.iter().all(|byte| *byte == b'0'));
    if digits && zeros {
        return Some(Identifier::new(&text[..KEPT], State::Truncated));
    }
    Some(Identifier::new(if certificate { &text[..LENGTH] } else { text }, State::Damaged))
}

/// The 18-character form of a 15-digit number; `None` when its birth date is impossible.
fn upgrade(short: &[u8]) -> Option<[u8; LENGTH]> {
    let mut full = [0_u8; LENGTH];
    full[..6].copy_from_slice(&short[..6]);
    full[6..8].copy_from_slice(b"19");
    full[8..17].copy_from_slice(&short[6..]);
    full[17] = check_character(&full[..17])?;
    is_valid(&full).then_some(full)
}

/// Whether 18 characters are a number with a possible birth date and the right check character.
pub fn is_valid(text: &[u8]) -> bool {
    text.len() == LENGTH && check_character(&text[..17]) == Some(text[17]) && is_date(&text[6..14])
}

fn check_character(digits: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (digit, weight) in digits.iter().zip(WEIGHTS) {
        sum += u32::from(digit.is_ascii_digit().then(|| digit - b'0')?) * weight;
    }
    Some(CHECKS[(sum % 11) as usize])
}

fn is_date(text: &[u8]) -> bool {
    let number = |part: &[u8]| part.iter().fold(0_i16, |value, digit| value * 10 + i16::from(digit - b'0'));
    let (year, month, day) = (number(&text[..4]), number(&text[4..6]) as i8, number(&text[6..]) as i8);
    (1850..2100).contains(&year) && jiff::civil::Date::new(year, month, day).is_ok()
}

/// How two numbers agree.
pub fn level(a: &Identifier, b: &Identifier) -> IdLevel {
    use State::{Masked, Truncated, Valid};
    match (a.state, b.state) {
        (Valid, Valid) if a.text() == b.text() => IdLevel::Exact,
        (Valid, Valid) if may_be_cut(a, b) => IdLevel::Truncated,
        (Valid, Valid) if a.birth() == b.birth() && a.is_male() == b.is_male() => IdLevel::SameBirth,
        (Valid, Valid) => IdLevel::Differ,
        (Masked, _) | (_, Masked) => masked(a.text(), b.text()),
        (Truncated, _) | (_, Truncated) => truncated(a.text(), b.text()),
        _ if a.text() == b.text() => IdLevel::EqualInvalid,
        _ => slips(a.text(), b.text()),
    }
}

/// Whether one valid number may be what a spreadsheet left of the other: of eleven cut numbers one passes the check by
/// chance, far more than there are real numbers that end in three zeros.
fn may_be_cut(a: &Identifier, b: &Identifier) -> bool {
    a.text()[..KEPT] == b.text()[..KEPT] && (a.text().ends_with(b"000") || b.text().ends_with(b"000"))
}

/// One of the two is 15 digits long; what the other has beyond that was lost and tells nothing.
fn truncated(a: &[u8], b: &[u8]) -> IdLevel {
    let (a, b) = (&a[..a.len().min(KEPT)], &b[..b.len().min(KEPT)]);
    match edit::osa(a, b) {
        0 => IdLevel::Truncated,
        1 => IdLevel::TwoErrors,
        _ => IdLevel::DamagedDiffer,
    }
}

/// Place by place, what both show; what a spreadsheet cut off is not there to be shown.
fn masked(a: &[u8], b: &[u8]) -> IdLevel {
    let shown = a.iter().zip(b).filter(|(a, b)| **a != b'*' && **b != b'*');
    let (shown, agree) = shown.fold((0, 0), |(shown, agree), (a, b)| (shown + 1, agree + usize::from(a == b)));
    if shown >= SHOWN && shown == agree { IdLevel::Masked } else { IdLevel::DamagedDiffer }
}

fn slips(a: &[u8], b: &[u8]) -> IdLevel {
    match edit::osa(a, b) {
        0 | 1 => IdLevel::OneError,
        2 => IdLevel::TwoErrors,
        _ => IdLevel::DamagedDiffer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of nobody: 17 digits and their check character.
    fn valid(first: &str) -> String {
        let check = check_character(first.as_bytes()).expect("17 digits");
        format!("{first}{}", char::from(check))
    }

    fn check(a: &str, b: &str, expected: Option<IdLevel>) {
        let both = Identifier::parse(a).zip(Identifier::parse(b));
        assert_eq!(both.map(|(a, b)| level(&a, &b)), expected, "{a} {b}");
        assert_eq!(both.map(|(a, b)| level(&b, &a)), expected, "{b} {a}");
    }

    #[test]
    fn the_published_example_has_its_check_character() {
        assert!(is_valid(b"11010519491231002X"));
        assert!(is_valid(b"440524188001010014"));
        assert!(!is_valid(b"110105194912310021"));
        assert!(!is_valid(b"11010519491331002X"));
    }

    #[test]
    fn levels() {
        let a = valid("34212719680305003");
        let twin = valid("34212719680305005");
        let sister = valid("34212719680305004");
        let other = valid("34212719701105003");
        use IdLevel::{DamagedDiffer, Differ, EqualInvalid, Exact, OneError, SameBirth, Truncated, TwoErrors};
        check(&a, &a, Some(Exact));
        check(&a, &a.to_lowercase(), Some(Exact));
        check(&a, "342127680305003", Some(Exact));
        check(&a, &format!("{a}42"), Some(Exact));
        check(&a, &format!("{a}42B1"), Some(Exact));
        check(&a, &twin, Some(SameBirth));
        check(&a, &sister, Some(Differ));
        check(&a, &other, Some(Differ));
        // A spreadsheet kept 15 digits: of 18, and of a 20-digit certificate.
        check(&a, "342127196803050000", Some(Truncated));
        check(&a, "34212719680305000000", Some(Truncated));
        check("342127196803050000", "342127196803050000", Some(Truncated));
        check(&a, "342127196903050000", Some(TwoErrors));
        check(&a, "342127197011050000", Some(DamagedDiffer));
        let substituted = a.replacen("68", "63", 1);
        let swapped = a.replacen("3421", "3412", 1);
        let without_last = &a[..17];
        check(&a, &substituted, Some(OneError));
        check(&a, &swapped, Some(OneError));
        check(&a, without_last, Some(OneError));
        check(&a, &format!("{without_last}*"), Some(OneError));
        check(&a, &swapped.replacen("68", "63", 1), Some(TwoErrors));
        check(&substituted, &substituted, Some(EqualInvalid));
        check(&other, &substituted, Some(DamagedDiffer));
    }

    #[test]
    fn a_masked_number_is_compared_by_what_it_shows() {
        use IdLevel::{DamagedDiffer, Masked};
        let a = valid("34212719680305003");
        let hidden = |text: &str| format!("{}********{}", &text[..6], &text[14..]);
        check(&a, &hidden(&a), Some(Masked));
        check(&format!("{a}42"), &hidden(&a), Some(Masked));
        check(&hidden(&a), &hidden(&a), Some(Masked));
        check(&a, &hidden(&valid("34212719680305005")), Some(DamagedDiffer));
        check(&a, &format!("{}************", &a[..6]), None);
        check(&a, &format!("{}****", &a[..14]), Some(Masked));
        // A cut number shows seven of the ten digits: too few.
        check("342127196803050000", &hidden(&a), Some(DamagedDiffer));
    }

    #[test]
    fn a_cut_number_that_passes_the_check_by_chance_is_still_cut() {
        assert!(is_valid(b"342127195103222000"));
        let whole = valid("34212719510322275");
        check(&whole, "342127195103222000", Some(IdLevel::Truncated));
        check(&valid("34212719510322375"), "342127195103222000", Some(IdLevel::Differ));
    }

    #[test]
    fn what_identifies_nobody() {
        for written in ["", "未填", "3.42127E+17", "999999196803050031", "111111111111111111", "34212719", "无"] {
            assert_eq!(Identifier::parse(written), None, "{written}");
        }
    }

    #[test]
    fn every_single_substitution_and_swap_is_one_error() {
        let a = valid("34212719680305003");
        for at in 0..17 {
            for digit in b'0'..=b'9' {
                let mut wrong = a.clone().into_bytes();
                if wrong[at] == digit {
                    continue;
                }
                wrong[at] = digit;
                let wrong = String::from_utf8(wrong).expect("ascii");
                let expected = if wrong[15..] == *"000" { IdLevel::Truncated } else { IdLevel::OneError };
                check(&a, &wrong, Some(expected));
            }
            let mut swapped = a.clone().into_bytes();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).expect("ascii");
            let expected = if swapped == a { IdLevel::Exact } else { IdLevel::OneError };
            check(&a, &swapped, Some(expected));
        }
    }
}
