//! 证件号码: what an identifier is, and what can be trusted of it.
//!
//! A cell legally holds an 18-character citizen number (GB 11643-1999: six digits of area, eight of birth, three of
//! sequence whose last tells the sex, one check character by ISO 7064 MOD 11-2), a 15-digit number of the old kind,
//! or a disability certificate of 20 or 22 characters that begins with the citizen number. What spreadsheets and
//! hands make of it has a class of its own each, because each has its own remedy.
//!
//! In: a cell. Out: an [`Identity`]: the folded text `norm` (width, case, blanks, exponents; never repaired), its
//! [`IdClass`], and `id18`, the key for joining, only when the number proves itself. Total: no cell makes it panic.

mod document;
mod id18;

use jiff::civil::Date;

use super::text;
pub use id18::{Id18, Sex};
use id18::{check_char, complete, upgrade};

/// What an identifier turned out to be. The words are those of the canonical column `id_class`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdClass {
    /// 18 characters, check and birth date right.
    Valid18,
    /// 15 digits of the old kind, upgraded to 18.
    Upgraded15,
    /// Disability certificate, 20 characters, the first 18 right.
    Disability20,
    /// Re-issued disability certificate, 22 characters, the first 18 right.
    Disability22,
    /// One right number with something around it: a G in front, a name behind, O for 0.
    Repaired,
    /// 17 digits: the check character is missing. Trusted only where it must be X, which number columns lose.
    MissingCheck,
    /// Went through a number cell: 15 digits survive, zeros follow, the check fails.
    ExcelTruncated,
    /// `3.42127E+17`: too few digits survive to tell anything.
    Scientific,
    /// The right length, the wrong check character.
    BadCheck,
    /// Digits of no known length.
    BadLength,
    /// The check is right, the birth date is no date, or nobody's who can be alive.
    BadBirthDate,
    /// 999999…, 111111…, 000000…: filled in because something had to be.
    Placeholder,
    /// Hidden by asterisks.
    Masked,
    /// Two numbers in one cell.
    Two,
    /// Blank or a null spelling.
    Empty,
    /// A passport.
    Passport,
    /// A permit of people of Hong Kong, Macao and Taiwan, their own identity card, a birth certificate.
    Permit,
    /// An officer's, a soldier's or a policeman's certificate.
    Officer,
    /// A foreigner's residence card (VNM340186070512).
    Foreigner,
    /// Something else: words.
    Other,
}

impl IdClass {
    /// Every class, in the order of gravity used by summaries.
    pub const ALL: [Self; 20] = [
        Self::Valid18,
        Self::Upgraded15,
        Self::Disability20,
        Self::Disability22,
        Self::Repaired,
        Self::MissingCheck,
        Self::ExcelTruncated,
        Self::Scientific,
        Self::BadCheck,
        Self::BadLength,
        Self::BadBirthDate,
        Self::Placeholder,
        Self::Masked,
        Self::Two,
        Self::Empty,
        Self::Passport,
        Self::Permit,
        Self::Officer,
        Self::Foreigner,
        Self::Other,
    ];

    /// Whether the number is of a document of another kind, which has no check character and no birth date to be asked for.
    pub const fn is_another_document(self) -> bool {
        matches!(self, Self::Passport | Self::Permit | Self::Officer | Self::Foreigner)
    }

    /// The same, of a word.
    pub fn names_another_document(word: &str) -> bool {
        Self::ALL.into_iter().any(|class| class.is_another_document() && class.word() == word)
    }

    /// The word in canonical and published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid18 => "valid18",
            Self::Upgraded15 => "upgraded15",
            Self::Disability20 => "disability20",
            Self::Disability22 => "disability22",
            Self::Repaired => "repaired",
            Self::MissingCheck => "missing_check",
            Self::ExcelTruncated => "excel_truncated",
            Self::Scientific => "scientific",
            Self::BadCheck => "bad_check",
            Self::BadLength => "bad_length",
            Self::BadBirthDate => "bad_birth_date",
            Self::Placeholder => "placeholder",
            Self::Masked => "masked",
            Self::Two => "two",
            Self::Empty => "empty",
            Self::Passport => "passport",
            Self::Permit => "permit",
            Self::Officer => "officer",
            Self::Foreigner => "foreigner",
            Self::Other => "other",
        }
    }
}

/// An identifier, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Folded text: half width, upper case, no blanks or quotes, damaged or not. Empty for a null spelling.
    pub norm: String,
    /// What it is.
    pub class: IdClass,
    /// The key for joining; `None` when it cannot be trusted.
    pub id18: Option<Id18>,
    /// 类别 (1-7) of a disability certificate.
    pub disability_kind: Option<u8>,
    /// 等级 (1 gravest, to 4) of a disability certificate.
    pub disability_grade: Option<u8>,
}

impl Identity {
    /// Whether the number proves itself, and may be joined on.
    pub const fn is_trustworthy(&self) -> bool {
        self.id18.is_some()
    }

    /// Birth date, of a trustworthy number.
    pub fn birth(&self) -> Option<Date> {
        self.id18.and_then(|id| id.birth())
    }

    /// Sex, of a trustworthy number.
    pub fn sex(&self) -> Option<Sex> {
        self.id18.map(|id| id.sex())
    }
}

/// Reads a cell.
///
/// ```
/// use hedui::normalise::identity::{IdClass, parse};
/// let identity = parse("’11010119900307123ｘ");
/// assert_eq!(identity.norm, "11010119900307123X");
/// assert_eq!(identity.class, IdClass::BadCheck);
/// assert!(!identity.is_trustworthy());
/// ```
pub fn parse(cell: &str) -> Identity {
    let folded = fold(cell);
    if text::is_null(&folded) || NO_CARD.contains(&folded.as_str()) {
        return Identity::untyped(String::new(), IdClass::Empty);
    }
    match scientific(&folded) {
        Some(Some(expanded)) => Identity::untyped(expanded, IdClass::ExcelTruncated),
        Some(None) => Identity::untyped(folded, IdClass::Scientific),
        None => classify(folded),
    }
}

/// Takes back the trust in numbers that only chance made right, given all identifiers of a sheet.
///
/// Of the numbers that lost their last digits in number cells, one in eleven still passes its check; of sound
/// numbers one in 1100 ends in 000. Where a sheet's damage makes the first three times as likely as the second, its
/// passing numbers that end in 000 are damaged too: believed, they would be a stranger's valid number.
pub fn distrust_lucky_numbers(identities: &mut [Identity]) {
    let count = |class: IdClass| identities.iter().filter(|identity| identity.class == class).count();
    let (damaged, sound) = (count(IdClass::ExcelTruncated), count(IdClass::Valid18));
    let (lucky, genuine) = (damaged * 110, sound);
    if lucky <= 3 * genuine {
        return;
    }
    for identity in identities.iter_mut().filter(|identity| identity.class == IdClass::Valid18) {
        if identity.norm.ends_with("000") {
            (identity.class, identity.id18) = (IdClass::ExcelTruncated, None);
        }
    }
}

/// The oldest that anybody becomes.
const MOST_YEARS: i16 = 120;

/// Takes back the trust in numbers of people who were not born at the time of an export, or long dead: the one place that says
/// which numbers are plausible. `latest` is the day the exports speak of.
pub fn distrust_implausible(identities: &mut [Identity], latest: Date) {
    let earliest = latest.saturating_sub(jiff::Span::new().years(MOST_YEARS));
    for identity in identities {
        if identity.birth().is_some_and(|birth| birth > latest || birth < earliest) {
            (identity.class, identity.id18) = (IdClass::BadBirthDate, None);
        }
    }
}

/// Words that say "has no card".
const NO_CARD: &[&str] =
    &["无身份证", "无证件", "无证", "无户口", "未办理", "未办证", "没有身份证", "未上户", "未上户口"];

impl Identity {
    const fn untyped(norm: String, class: IdClass) -> Self {
        Self { norm, class, id18: None, disability_kind: None, disability_grade: None }
    }

    fn trusted(norm: String, class: IdClass, id18: Id18) -> Self {
        Self { norm, class, id18: Some(id18), disability_kind: None, disability_grade: None }
    }
}

/// Narrow, upper case, no blanks or quotes, no `.0`; in the check character's place every likeness of X is X.
fn fold(cell: &str) -> String {
    let mut folded = String::with_capacity(cell.len());
    let kept = cell.chars().map(text::narrow).filter(|&c| !text::is_blank(c) && !text::is_quote(c));
    for (place, c) in kept.enumerate() {
        folded.push(if place == 17 && is_x_likeness(c) { 'X' } else { c.to_ascii_uppercase() });
    }
    match text::without_zero_fraction(&folded).len() {
        whole if whole < folded.len() => folded.truncate(whole),
        _ => {}
    }
    with_asterisks(folded)
}

/// Whatever sign hides the middle of a number becomes an asterisk: three and more of one kind between digits.
fn with_asterisks(folded: String) -> String {
    let is_mask =
        |c: char| matches!(c, 'X' | '×' | '#' | '●' | '○' | '■' | '□' | '•' | '·' | '?' | '_' | '-' | '.' | '…' | '~');
    let characters: Vec<char> = folded.chars().collect();
    let hides = |run: &[char]| is_mask(run[0]) && (run.len() >= 3 || run[0] == '…');
    if !characters.first().is_some_and(char::is_ascii_digit) || !characters.chunk_by(|a, b| a == b).any(hides) {
        return folded;
    }
    let runs = characters.chunk_by(|a, b| a == b);
    runs.flat_map(|run| run.iter().map(move |c| if hides(run) { '*' } else { *c })).collect()
}

/// Multiplication signs, Cyrillic and Greek letters that look like X.
fn is_x_likeness(c: char) -> bool {
    matches!(c, 'x' | 'X' | '×' | '✕' | '✖' | '╳' | 'Х' | 'х' | 'Χ' | 'χ' | 'Ⅹ' | 'ⅹ')
}

/// `Some` for a number in scientific notation: expanded when the 15 digits that Excel keeps are there.
fn scientific(folded: &str) -> Option<Option<String>> {
    let (mantissa, exponent) = folded.split_once("E+").or_else(|| folded.split_once('E'))?;
    let exponent: usize = exponent.parse().ok().filter(|exponent| (14..22).contains(exponent))?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() != 1 || !text::is_digits(whole) || !(fraction.is_empty() || text::is_digits(fraction)) {
        return None;
    }
    let kept: String = whole.chars().chain(fraction.chars()).take(15).collect();
    Some((kept.len() == 15 && exponent >= 17).then(|| format!("{kept:0<width$}", width = exponent + 1)))
}

fn classify(norm: String) -> Identity {
    if norm.contains('*') {
        return masked(norm);
    }
    if let Some(class) = document::class(&norm) {
        return Identity::untyped(norm, class);
    }
    if is_number(&norm) {
        return number(norm);
    }
    if let Some(read) = with_letters_as_digits(&norm) {
        return read;
    }
    among_other_text(norm)
}

/// Digits, X, and the B of a re-issued certificate.
fn is_number(norm: &str) -> bool {
    let digits_and_x = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'X');
    match norm.len() {
        22 if norm.as_bytes()[20] == b'B' => digits_and_x(&norm[..20]) && text::is_digits(&norm[21..]),
        _ => digits_and_x(norm),
    }
}

fn number(norm: String) -> Identity {
    if is_placeholder(&norm) {
        return Identity::untyped(norm, IdClass::Placeholder);
    }
    match norm.len() {
        18 => eighteen(norm),
        15 => fifteen(norm),
        17 => seventeen(norm),
        20 | 22 => certificate(norm),
        36 | 30 => halves(norm),
        length => match norm.get(..18).and_then(Id18::parse) {
            Some(id18) if length > 18 => Identity::trusted(norm, IdClass::Repaired, id18),
            _ => Identity::untyped(norm, IdClass::BadLength),
        },
    }
}

fn is_placeholder(norm: &str) -> bool {
    let first = norm.as_bytes().first();
    norm.starts_with("999999")
        || norm.starts_with("000")
        || norm.contains("12345678")
        || norm.bytes().all(|byte| Some(&byte) == first)
}

fn eighteen(norm: String) -> Identity {
    if let Some(id18) = Id18::parse(&norm) {
        return Identity::trusted(norm, IdClass::Valid18, id18);
    }
    let class = if check_char(&norm.as_bytes()[..17]) == Some(norm.as_bytes()[17]) {
        IdClass::BadBirthDate
    } else if norm.ends_with("000") {
        IdClass::ExcelTruncated
    } else {
        IdClass::BadCheck
    };
    Identity::untyped(norm, class)
}

fn fifteen(norm: String) -> Identity {
    match upgrade(&norm) {
        Some(id18) => Identity::trusted(norm, IdClass::Upgraded15, id18),
        None => Identity::untyped(norm, IdClass::BadBirthDate),
    }
}

/// 17 digits. Any of the 18 may be the lost one, so the number is trusted only when its check character must be X:
/// that is the one which cells and forms made for digits refuse.
fn seventeen(norm: String) -> Identity {
    match complete(&norm) {
        Some(id18) if id18.as_str().ends_with('X') => Identity::trusted(norm, IdClass::MissingCheck, id18),
        Some(_) => Identity::untyped(norm, IdClass::MissingCheck),
        None => Identity::untyped(norm, IdClass::BadLength),
    }
}

/// 20 characters: number, 类别, 等级; 22: and the mark of a re-issue.
fn certificate(norm: String) -> Identity {
    let Some(id18) = norm.get(..18).and_then(Id18::parse) else {
        let class = if norm.ends_with("00000") { IdClass::ExcelTruncated } else { IdClass::BadCheck };
        return Identity::untyped(norm, class);
    };
    let class = if norm.len() == 20 { IdClass::Disability20 } else { IdClass::Disability22 };
    let digit = |place: usize, largest: u8| {
        let digit = norm.as_bytes()[place].wrapping_sub(b'0');
        (1..=largest).contains(&digit).then_some(digit)
    };
    let (disability_kind, disability_grade) = (digit(18, 7), digit(19, 4));
    Identity { class, id18: Some(id18), disability_kind, disability_grade, norm }
}

/// Two numbers written without anything between them.
fn halves(norm: String) -> Identity {
    let (left, right) = norm.split_at(norm.len() / 2);
    let class = match (whole_number(left), whole_number(right)) {
        (Some(_), Some(_)) => IdClass::Two,
        _ => IdClass::BadLength,
    };
    Identity::untyped(norm, class)
}

/// The last character hidden is an X in most exports that hide it; more than one hides the person.
fn masked(norm: String) -> Identity {
    match norm.strip_suffix('*').filter(|digits| text::is_digits(digits)).and_then(complete) {
        Some(id18) if id18.as_str().ends_with('X') => Identity::trusted(norm, IdClass::Repaired, id18),
        _ => Identity::untyped(norm, IdClass::Masked),
    }
}

/// O and l written for 0 and 1: believed only when the number then proves itself.
fn with_letters_as_digits(norm: &str) -> Option<Identity> {
    let read: String = norm
        .chars()
        .map(|c| match c {
            'O' | 'Q' | '〇' | '○' => '0',
            'I' | 'L' | '|' => '1',
            _ => c,
        })
        .collect();
    let id18 = Id18::parse(read.get(..18)?).filter(|_| matches!(read.len(), 18 | 20))?;
    Some(Identity::trusted(norm.to_owned(), IdClass::Repaired, id18))
}

/// A number with something before, behind or inside it.
fn among_other_text(norm: String) -> Identity {
    let tokens: Vec<&str> = norm.split(|c: char| !c.is_ascii_digit() && c != 'X').filter(|t| t.len() >= 15).collect();
    let mut numbers: Vec<Id18> = tokens.iter().filter_map(|token| whole_number(token)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    match numbers[..] {
        [] if tokens.len() > 1 => Identity::untyped(norm, IdClass::Two),
        [] => without_separators(norm),
        [id18] => Identity::trusted(norm, IdClass::Repaired, id18),
        _ => Identity::untyped(norm, IdClass::Two),
    }
}

/// The number in a token of 15, 18, 20 or 22 characters.
fn whole_number(token: &str) -> Option<Id18> {
    match token.len() {
        15 => upgrade(token),
        18 | 20 | 22 => Id18::parse(token.get(..18)?),
        _ => None,
    }
}

/// `341227-19520304-0017`; failing that, digits that are no number.
fn without_separators(norm: String) -> Identity {
    let read: String = norm.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    if let Some(id18) = Id18::parse(&read) {
        return Identity::trusted(norm, IdClass::Repaired, id18);
    }
    let digits = read.bytes().filter(u8::is_ascii_digit).count();
    let class = match read.len() {
        _ if digits < 14 => IdClass::Other,
        15 | 18 | 20 | 22 => IdClass::BadCheck,
        _ => IdClass::BadLength,
    };
    Identity::untyped(norm, class)
}

#[cfg(test)]
mod tests;
