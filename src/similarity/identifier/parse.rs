//! A written number → what it is.
//!
//! In: a cell, cleaned or not. Widths and letters are folded (O for 0, l for 1, Х for X), blanks, quotes and dashes dropped;
//! of a cell with something around the number (G342127…, 342127… 张三) the number is taken. A cell with two different
//! numbers names nobody for sure.

use super::{Identifier, KEPT, LENGTH, SHOWN, State};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// What is between two breaks of a cell. Longer than any number: overlong.
#[derive(Clone, Copy, Default)]
struct Token {
    text: [u8; 24],
    length: usize,
}

impl Token {
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.text.get_mut(self.length) {
            *place = byte;
        }
        self.length += 1;
    }
    fn identifier(&self) -> Option<Identifier> {
        let mut text = self.text;
        let text = text.get_mut(..self.length)?;
        let start = text.iter().take_while(|byte| byte.is_ascii_alphabetic() && digit_for(**byte).is_none()).count();
        classify(with_digits(&mut text[start..]))
    }
}

pub(super) fn identifier(written: &str) -> Option<Identifier> {
    if let Some(doubted) = written.strip_prefix(super::DOUBTED) {
        return identifier(doubted).map(Identifier::doubted);
    }
    let mut best: Option<Identifier> = None;
    let mut token = Token::default();
    for read in written.chars().map(read).chain([Read::Break]) {
        match read {
            Read::Byte(byte) => token.push(byte),
            Read::Nothing => {}
            Read::Break => {
                best = better(best, std::mem::take(&mut token).identifier())?;
            }
            Read::Number => return None,
        }
    }
    best
}

/// Of two numbers in a cell the one that proves itself; `None` (nobody) when both do and differ, or neither does.
fn better(one: Option<Identifier>, other: Option<Identifier>) -> Option<Option<Identifier>> {
    let (Some(a), Some(b)) = (one, other) else { return Some(one.or(other)) };
    match (a.state, b.state) {
        _ if a.text == b.text => Some(one),
        (State::Valid, State::Valid) => None,
        (State::Valid, _) => Some(one),
        (_, State::Valid) => Some(other),
        _ => None,
    }
}

/// What a character of a cell gives.
enum Read {
    Byte(u8),
    /// Blanks, quotes, dashes, marks without width.
    Nothing,
    /// The end of a token.
    Break,
    /// `3.4E+17`, `342127.0`: a number that a spreadsheet wrote, not an identifier.
    Number,
}

fn read(character: char) -> Read {
    let character = match character {
        // Full-width forms.
        '\u{FF01}'..='\u{FF5E}' => char::from((u32::from(character) - 0xFEE0) as u8),
        other => other,
    };
    match character {
        '0'..='9' | 'A'..='Z' | 'a'..='z' => Read::Byte(character.to_ascii_uppercase() as u8),
        '*' | '?' | '●' | '■' | '□' => Read::Byte(b'*'),
        '×' | '✕' | '✖' | '╳' | 'Х' | 'х' | 'Χ' | 'χ' | 'Ⅹ' | 'ⅹ' => Read::Byte(b'X'),
        '.' | '+' => Read::Number,
        '\'' | '"' | '`' | '‘' | '’' | '“' | '”' | '-' | '_' | '—' | '–' | '‐' | '\u{AD}' => {
            Read::Nothing
        }
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}' => Read::Nothing,
        blank if blank.is_whitespace() || blank.is_control() => Read::Nothing,
        _ => Read::Break,
    }
}

/// What a letter was meant to be where only digits stand.
fn digit_for(letter: u8) -> Option<u8> {
    match letter {
        b'O' | b'Q' => Some(b'0'),
        b'I' | b'L' => Some(b'1'),
        _ => None,
    }
}

fn with_digits(text: &mut [u8]) -> &[u8] {
    // X in several places hides them.
    let hides = text.iter().filter(|byte| **byte == b'X').count() > 2;
    for byte in text.iter_mut().take(LENGTH - 1) {
        *byte = if hides && *byte == b'X' { b'*' } else { digit_for(*byte).unwrap_or(*byte) };
    }
    text
}

fn classify(text: &[u8]) -> Option<Identifier> {
    if text.len() < KEPT - 1 || text.starts_with(b"999999") || text.iter().all(|byte| *byte == text[0]) {
        return None;
    }
    if let Some(full) = completed(text) {
        return Some(full);
    }
    let hidden = text.iter().filter(|byte| **byte == b'*').count();
    if hidden > 2 {
        let tells = text.len() >= LENGTH && text.len() - hidden >= SHOWN;
        return tells.then(|| Identifier::new(&text[..LENGTH], State::Masked));
    }
    let digits = text.iter().all(u8::is_ascii_digit);
    // Without the marks of a certificate.
    let number = if matches!(text.len(), 20 | 22) { &text[..LENGTH] } else { text };
    if is_valid(number) {
        return Some(Identifier::new(number, State::Valid));
    }
    if digits && is_cut(text) {
        return Some(Identifier::new(&text[..KEPT], State::Truncated));
    }
    // More letters are a certificate of another kind.
    let letters = number.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    (letters <= 2).then(|| Identifier::new(number, State::Damaged))
}

/// 15 digits and zeros, as a spreadsheet leaves them; or 15 or 16 digits, as a column that is too narrow does.
fn is_cut(text: &[u8]) -> bool {
    match text.len() {
        KEPT | 16 => is_date(&text[super::BIRTH]),
        _ => text.get(KEPT..).is_some_and(|tail| tail.len() >= 3 && tail.iter().all(|byte| *byte == b'0')),
    }
}

/// An old number brought to 18 characters; a number whose check character must be X, which number columns refuse.
fn completed(text: &[u8]) -> Option<Identifier> {
    let mut full = [0_u8; LENGTH];
    match text.len() {
        KEPT => {
            full[..6].copy_from_slice(&text[..6]);
            full[6..8].copy_from_slice(b"19");
            full[8..17].copy_from_slice(&text[6..]);
        }
        17 => full[..17].copy_from_slice(text),
        LENGTH if text[17] == b'*' => full[..17].copy_from_slice(&text[..17]),
        _ => return None,
    }
    full[17] = check_character(&full[..17])?;
    let is_known = is_valid(&full) && (text.len() == KEPT || full[17] == b'X');
    is_known.then(|| Identifier::unchecked(&full))
}

/// Whether 18 characters are a number with a possible birth date and the right check character.
pub fn is_valid(text: &[u8]) -> bool {
    text.len() == LENGTH && check_character(&text[..17]) == Some(text[17]) && is_date(&text[super::BIRTH])
}

pub(super) fn check_character(digits: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (digit, weight) in digits.iter().zip(WEIGHTS) {
        sum += u32::from(digit.is_ascii_digit().then(|| digit - b'0')?) * weight;
    }
    Some(CHECKS[(sum % 11) as usize])
}

fn is_date(text: &[u8]) -> bool {
    let number = |part: &[u8]| part.iter().fold(0_i16, |value, digit| value * 10 + i16::from(digit - b'0'));
    let (year, month, day) = (number(&text[..4]), number(&text[4..6]) as i8, number(&text[6..]) as i8);
    super::BIRTH_YEARS.contains(&year) && jiff::civil::Date::new(year, month, day).is_ok()
}
