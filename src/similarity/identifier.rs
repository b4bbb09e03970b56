//! The 18-character identity number: what a written value is, and how two of them agree.
//!
//! ```text
//! 342127 19680305 003 X     area, birth date, sequence (odd: male), check character (GB 11643-1999, ISO 7064 MOD 11-2)
//! ```
//!
//! A written value may also be the 15-digit number of before 1999, a 20- or 22-character disability certificate that
//! starts with the number, or a number damaged by a spreadsheet (15 significant digits, then zeros), a form that refuses X,
//! or a keyboard. [`Identifier::parse`] tells which ([`State`]); [`level`] compares what is left of two of them.
//!
//! The check character catches every single wrong digit and every swap of neighbours, so two *valid* numbers that differ
//! are two real numbers, however close they look; only when one of them is damaged does closeness mean a slip. A number that
//! was brought to 18 characters by ourselves has a check character that proves nothing: it counts as valid where it is equal
//! and as one that may be mistyped where it is not.
//! Placeholders (`999999…`), scientific notation and fragments identify nobody: they parse to `None`.

mod parse;
#[cfg(test)]
mod tests;

use super::edit;

pub use parse::is_valid;

const LENGTH: usize = 18;
/// Digits a spreadsheet keeps, and the length of an old number.
const KEPT: usize = 15;
const BIRTH: std::ops::Range<usize> = 6..14;
/// Area and birth date.
const PERSONAL: usize = 14;
/// A number that hides more than a character or two, and shows fewer than these, tells nothing.
const SHOWN: usize = 8;

/// Years that a number may state. Which of them somebody alive at the time of an export can have is for those to tell who know
/// the date.
pub const BIRTH_YEARS: std::ops::RangeInclusive<i16> = 1850..=2099;
/// Written before a number that looks sound and is not believed: it is compared as a damaged one.
pub const DOUBTED: char = '~';

/// A written identity number, prepared for comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identifier {
    /// Zeros behind the text.
    text: [u8; 24],
    length: u8,
    state: State,
    /// Whether its own check character proves it.
    checked: bool,
}

/// What a written number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its check character and birth date hold.
    Valid,
    /// Only the first 15 digits are left, the rest became zeros or was cut off.
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
        parse::identifier(written)
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
        Self { text: own, length: text.len() as u8, state, checked: state == State::Valid }
    }
    fn doubted(self) -> Self {
        match self.state {
            State::Valid => Self { state: State::Damaged, checked: false, ..self },
            _ => self,
        }
    }
    fn unchecked(text: &[u8]) -> Self {
        Self { checked: false, ..Self::new(text, State::Valid) }
    }
    fn is_male(&self) -> bool {
        self.text[16] % 2 == 1
    }
    fn ends_in_zeros(&self) -> bool {
        self.text[KEPT..LENGTH] == *b"000"
    }
}

/// How two numbers agree.
pub fn level(a: &Identifier, b: &Identifier) -> IdLevel {
    use State::{Damaged, Masked, Truncated, Valid};
    match (a.state, b.state) {
        (Valid, Valid) => valid(a, b),
        (Masked, _) | (_, Masked) => masked(a.text(), b.text()),
        (Truncated, _) | (_, Truncated) => truncated(a.text(), b.text()),
        (Damaged, _) | (_, Damaged) => damaged(a, b),
    }
}

fn valid(a: &Identifier, b: &Identifier) -> IdLevel {
    let same_birth = a.text[BIRTH] == b.text[BIRTH] && a.is_male() == b.is_male();
    match () {
        () if a.text == b.text => IdLevel::Exact,
        () if may_be_cut(a, b) => IdLevel::Truncated,
        () if a.checked && b.checked && same_birth => IdLevel::SameBirth,
        () if a.checked && b.checked => IdLevel::Differ,
        // Neighbours and twins differ in the sequence, and an old number proves none.
        () if a.text[..PERSONAL] == b.text[..PERSONAL] && same_birth => IdLevel::SameBirth,
        () => match slips_without_check(a, b) {
            Some(slips) => slipped(slips),
            None if same_birth => IdLevel::SameBirth,
            None => IdLevel::Differ,
        },
    }
}

/// Slips between two numbers of which we made a check character: without both, and without the one made, because a number
/// of 17 digits may lack another one.
fn slips_without_check(a: &Identifier, b: &Identifier) -> Option<usize> {
    fn first(number: &Identifier) -> &[u8] {
        &number.text[..LENGTH - 1]
    }
    fn written(number: &Identifier) -> &[u8] {
        if number.checked { number.text() } else { first(number) }
    }
    [edit::up_to_two(first(a), first(b)), edit::up_to_two(written(a), written(b))].into_iter().flatten().min()
}

/// Whether one valid number may be what a spreadsheet left of the other: of eleven cut numbers one passes the check by
/// chance, far more than there are real numbers that end in three zeros.
fn may_be_cut(a: &Identifier, b: &Identifier) -> bool {
    a.text[..KEPT] == b.text[..KEPT] && (a.ends_in_zeros() || b.ends_in_zeros())
}

/// One of the two is 15 digits long; what the other has beyond that was lost and tells nothing.
fn truncated(a: &[u8], b: &[u8]) -> IdLevel {
    match edit::up_to_two(&a[..a.len().min(KEPT)], &b[..b.len().min(KEPT)]) {
        Some(0) => IdLevel::Truncated,
        Some(1) => IdLevel::TwoErrors,
        _ => IdLevel::DamagedDiffer,
    }
}

/// Place by place, what both show; what a spreadsheet cut off is not there to be shown.
fn masked(a: &[u8], b: &[u8]) -> IdLevel {
    let shown = a.iter().zip(b).filter(|(a, b)| **a != b'*' && **b != b'*');
    let (shown, agree) = shown.fold((0, 0), |(shown, agree), (a, b)| (shown + 1, agree + usize::from(a == b)));
    if shown >= SHOWN && shown == agree { IdLevel::Masked } else { IdLevel::DamagedDiffer }
}

fn damaged(a: &Identifier, b: &Identifier) -> IdLevel {
    let (left, right) = (a.text(), b.text());
    let slips = edit::up_to_two(left, right).or_else(|| within_other_form(left, right));
    match slips {
        Some(0) => IdLevel::EqualInvalid,
        Some(slips) => slipped(slips),
        None => IdLevel::DamagedDiffer,
    }
}

fn slipped(slips: usize) -> IdLevel {
    if slips <= 1 { IdLevel::OneError } else { IdLevel::TwoErrors }
}

/// The same number as an old one of 15 digits, or with the marks of a certificate behind it.
fn within_other_form(a: &[u8], b: &[u8]) -> Option<usize> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    match (short.len(), long.len()) {
        (KEPT, LENGTH) => {
            let mut old = [0_u8; KEPT];
            old[..6].copy_from_slice(&long[..6]);
            old[6..].copy_from_slice(&long[8..LENGTH - 1]);
            edit::up_to_two(short, &old)
        }
        (..=LENGTH, 19..) => edit::up_to_two(short, without_marks(long)),
        _ => None,
    }
}

/// A certificate without 类别, 等级 and the mark of a re-issue.
fn without_marks(text: &[u8]) -> &[u8] {
    let text = match text {
        [first @ .., b'B', b'0'..=b'9'] => first,
        _ => text,
    };
    match text {
        [first @ .., b'1'..=b'7', b'1'..=b'4'] => first,
        _ => text,
    }
}
