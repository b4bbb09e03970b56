//! The citizen number itself: check character, birth date, sex (GB 11643-1999).

use jiff::civil::Date;

use crate::similarity::identifier::BIRTH_YEARS;

/// A citizen number that proves itself: 17 digits, the right check character, a real birth date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id18([u8; 18]);

impl Id18 {
    /// The number when `text` is exactly one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 18] = text.as_bytes().try_into().ok()?;
        (check_char(&bytes[..17]) == Some(bytes[17])).then_some(Self(bytes)).filter(|id| birth_of(&id.0).is_some())
    }

    /// Its 18 characters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Birth date.
    pub fn birth(&self) -> Option<Date> {
        birth_of(&self.0)
    }

    /// Sex: the 17th digit is odd for men.
    pub const fn sex(&self) -> Sex {
        if self.0[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }
}

/// The sex that the 17th digit tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sex {
    /// 男.
    Male,
    /// 女.
    Female,
}

impl Sex {
    /// 男 or 女, as in the canonical column `sex_known`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }
}

/// 15 to 18: the century goes in after the area code, the check character is computed.
pub(super) fn upgrade(norm: &str) -> Option<Id18> {
    complete(&format!("{}19{}", norm.get(..6)?, norm.get(6..15)?))
}

/// The number whose first 17 digits these are.
pub(super) fn complete(digits: &str) -> Option<Id18> {
    let check = check_char(digits.as_bytes())?;
    Id18::parse(&format!("{digits}{}", char::from(check)))
}

/// GB 11643: Σ digit·weight mod 11 indexes the check characters. `None` unless there are 17 digits.
pub(super) fn check_char(digits: &[u8]) -> Option<u8> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if digits.len() != 17 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    Some(b"10X98765432"[(sum % 11) as usize])
}

fn birth_of(id: &[u8; 18]) -> Option<Date> {
    let number = |from: usize, to: usize| id[from..to].iter().fold(0_i16, |n, digit| n * 10 + i16::from(digit - b'0'));
    let (year, month, day) = (number(6, 10), number(10, 12), number(12, 14));
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
        .ok()
        .filter(|birth| BIRTH_YEARS.contains(&birth.year()))
}
