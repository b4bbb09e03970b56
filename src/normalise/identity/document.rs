//! Numbers of documents that are no citizen number: what they are, told by their shape alone, for most exports have no
//! 证件类型.
//!
//! | kind | shapes |
//! |---|---|
//! | passport | E12345678, EA1234567, G12345678, and what other countries write: one or two letters, seven digits or eight |
//! | permit | H12345678 and M12345678 (回乡证), C or W and eight digits (往来港澳), T or L (往来台湾), 01234567 (台胞证), A123456(7), a letter and nine digits (身份证 of Taiwan, 出生医学证明) |
//! | officer | 军字第1234567号, 武字第…, 士字第…, 警字… |
//! | foreigner | three letters of a country and twelve digits (外国人永久居留身份证) |
//!
//! The residence permits of people of Hong Kong, Macao and Taiwan (81, 82, 83) and the foreigners' of 2023 (9) have 18
//! characters and prove themselves as citizen numbers do: they are read as such.

use super::IdClass;
use crate::normalise::text;

/// Words that people write before the number.
const WORDS: &[(&str, IdClass)] = &[
    ("护照", IdClass::Passport),
    ("港澳居民来往内地通行证", IdClass::Permit),
    ("台湾居民来往大陆通行证", IdClass::Permit),
    ("往来港澳通行证", IdClass::Permit),
    ("港澳通行证", IdClass::Permit),
    ("回乡证", IdClass::Permit),
    ("台胞证", IdClass::Permit),
    ("通行证", IdClass::Permit),
    ("出生医学证明", IdClass::Permit),
    ("出生证", IdClass::Permit),
    ("军官证", IdClass::Officer),
    ("士兵证", IdClass::Officer),
    ("警官证", IdClass::Officer),
    ("文职", IdClass::Officer),
    ("永久居留", IdClass::Foreigner),
];
/// Arms whose character stands before 字第 or before the digits.
const ARMS: &[char] =
    &['军', '武', '士', '警', '文', '海', '空', '政', '后', '参', '装', '南', '北', '东', '西', '中', '兵', '官'];

/// What document the folded number is of; `None` when it looks like a citizen number, or like nothing known.
pub(super) fn class(norm: &str) -> Option<IdClass> {
    let digits = norm.bytes().filter(u8::is_ascii_digit).count();
    if let Some((_, class)) = WORDS.iter().find(|(word, _)| norm.starts_with(word)) {
        return (4..=14).contains(&digits).then_some(*class);
    }
    if is_officer(norm, digits) {
        return Some(IdClass::Officer);
    }
    let letters = norm.bytes().take_while(u8::is_ascii_uppercase).count();
    let (front, rest) = norm.split_at(letters);
    match (letters, rest.len()) {
        (0, 8) if text::is_digits(rest) => (rest.starts_with('0') && !is_trivial(rest)).then_some(IdClass::Permit),
        (0, 10 | 13) => in_brackets(rest, 7, 10).then_some(IdClass::Permit),
        (1 | 2, 9) if in_brackets(rest, 6, 6) => Some(IdClass::Permit),
        (1, 9 | 10) if text::is_digits(rest) => Some(IdClass::Permit),
        (1, 8) if text::is_digits(rest) => Some(permit_or_passport(front)),
        (1 | 2, 7 | 8) if text::is_digits(rest) => Some(IdClass::Passport),
        (3, 12) if text::is_digits(rest) => Some(IdClass::Foreigner),
        _ => None,
    }
}

fn permit_or_passport(letter: &str) -> IdClass {
    if matches!(letter, "H" | "M" | "C" | "W" | "T" | "L") { IdClass::Permit } else { IdClass::Passport }
}

/// 军字第1234567号, 军1234567.
fn is_officer(norm: &str, digits: usize) -> bool {
    let is_of_arms = norm.starts_with(ARMS) && (4..=10).contains(&digits);
    let words = norm.chars().filter(|c| !c.is_ascii()).collect::<String>();
    is_of_arms && (words.contains("字第") || words.contains("字") || words.chars().count() <= 2)
}

/// Digits and a check in brackets: `1234567(8)`.
fn in_brackets(text: &str, fewest: usize, most: usize) -> bool {
    let Some((digits, check)) = text.split_once('(') else { return false };
    (fewest..=most).contains(&digits.len())
        && text::is_digits(digits)
        && check.len() == 2
        && check.ends_with(')')
        && check.as_bytes()[0].is_ascii_alphanumeric()
}

/// 00000000, 12345678: typed because something had to be.
fn is_trivial(digits: &str) -> bool {
    digits.bytes().all(|digit| digit == digits.as_bytes()[0]) || digits.contains("1234567")
}
