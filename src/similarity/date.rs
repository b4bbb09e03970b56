//! Two calendar days: equal, mistyped, or different.
//!
//! A birth date that was typed by hand goes wrong in few ways: day and month change places, one digit of eight is wrong, two
//! neighbouring digits are exchanged, the year alone is another one, or only the year was known. Each is a level; anything
//! else is [`DateLevel::Differ`].

/// Stands for a character of a date that is no digit.
const UNREADABLE: u32 = 0xF;

/// A calendar day, prepared for comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// YYYYMMDD, four bits a digit.
    digits: u32,
    year: i16,
}

/// How two days agree, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateLevel {
    /// The same day.
    Exact,
    /// Day and month exchanged.
    Swapped,
    /// One digit of YYYYMMDD differs.
    OneDigit,
    /// Two neighbouring digits of YYYYMMDD exchanged.
    Transposed,
    /// The same day of another year.
    SameDayAndMonth,
    /// The same year, otherwise different.
    SameYear,
    /// Different.
    Differ,
}

impl DateLevel {
    /// Names used in settings, best first.
    pub const NAMES: &'static [&'static str] =
        &["exact", "swapped", "one_digit", "transposed", "same_day_and_month", "same_year", "differ"];
}

impl Day {
    /// The day that is `days` after 1970-01-01; `None` outside the years -9999..=9999.
    pub fn from_days(days: i32) -> Option<Self> {
        let epoch = jiff::civil::date(1970, 1, 1);
        let date = epoch.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        Some(Self::new(date.year(), date.month().unsigned_abs(), date.day().unsigned_abs()))
    }
    /// The day of an ISO date, `YYYY-MM-DD`. A character that is no digit is kept as one that agrees with no digit, so that
    /// a date with one slip is still one slip away; `None` for anything of another shape.
    pub fn from_iso(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
        let digits = bytes.iter().enumerate().filter(|(at, _)| !matches!(at, 4 | 7));
        let nibble = |byte: &u8| if byte.is_ascii_digit() { u32::from(byte - b'0') } else { UNREADABLE };
        shaped.then(|| {
            let digits = digits.fold(0, |digits, (_, byte)| digits << 4 | nibble(byte));
            Self { digits, year: text.get(..4).and_then(|year| year.parse().ok()).unwrap_or(0) }
        })
    }
    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }
    fn new(year: i16, month: u8, day: u8) -> Self {
        let number = u32::from(year.unsigned_abs()) * 10_000 + u32::from(month) * 100 + u32::from(day);
        let digits = (0..8).fold(0, |digits, at| digits | (number / 10_u32.pow(at) % 10) << (4 * at));
        Self { digits, year }
    }
}

/// How two days agree.
pub fn level(a: Day, b: Day) -> DateLevel {
    let differs = a.digits ^ b.digits;
    let same_year = a.year == b.year;
    let month_and_day = |day: Day| (day.digits >> 8 & 0xFF, day.digits & 0xFF);
    let (month, day) = month_and_day(b);
    match () {
        () if a == b => DateLevel::Exact,
        () if same_year && month_and_day(a) == (day, month) => DateLevel::Swapped,
        () if nibble(differs) & differs == differs => DateLevel::OneDigit,
        () if is_transposed(a.digits, differs) => DateLevel::Transposed,
        () if differs & 0xFFFF == 0 => DateLevel::SameDayAndMonth,
        () if same_year => DateLevel::SameYear,
        () => DateLevel::Differ,
    }
}

/// The four bits of the last digit that is not zero.
fn nibble(digits: u32) -> u32 {
    0xF << (digits.trailing_zeros() / 4 * 4)
}

/// Whether the digits that differ are two neighbours, each the other's.
fn is_transposed(digits: u32, differs: u32) -> bool {
    let at = differs.trailing_zeros() / 4 * 4;
    let (low, high) = (digits >> at & 0xF, digits >> (at + 4) & 0xF);
    differs >> at == (low ^ high) * 0x11
}

#[cfg(test)]
mod tests {
    use super::*;
    use DateLevel::{Differ, Exact, OneDigit, SameDayAndMonth, SameYear, Swapped, Transposed};

    fn check(a: (i16, u8, u8), b: (i16, u8, u8), expected: DateLevel) {
        let day = |(year, month, day)| Day::new(year, month, day);
        assert_eq!(level(day(a), day(b)), expected, "{a:?} {b:?}");
        assert_eq!(level(day(b), day(a)), expected, "{b:?} {a:?}");
    }

    #[test]
    fn levels() {
        check((1968, 3, 5), (1968, 3, 5), Exact);
        check((1968, 3, 5), (1968, 5, 3), Swapped);
        check((1968, 3, 5), (1969, 5, 3), Differ);
        check((1968, 3, 5), (1978, 3, 5), OneDigit);
        check((1968, 3, 5), (1968, 3, 15), OneDigit);
        check((1968, 3, 5), (1968, 8, 5), OneDigit);
        check((1968, 3, 5), (2968, 3, 5), OneDigit);
        check((1968, 3, 5), (1986, 3, 5), Transposed);
        check((1968, 12, 5), (1968, 21, 5), Transposed);
        check((1968, 3, 12), (1968, 3, 21), Transposed);
        check((1968, 10, 1), (1968, 1, 1), Transposed);
        check((1968, 10, 1), (1968, 2, 1), SameYear);
        // Across the border of month and day.
        check((1968, 10, 21), (1968, 12, 1), Transposed);
        check((1968, 3, 5), (1972, 3, 5), SameDayAndMonth);
        check((1968, 3, 5), (1968, 3, 16), SameYear);
        check((1968, 3, 5), (1986, 3, 6), Differ);
        check((1968, 12, 31), (1969, 1, 1), Differ);
    }

    #[test]
    fn every_wrong_digit_and_every_exchange() {
        let digits = [1, 9, 6, 8, 0, 3, 2, 7_u8];
        let day = |d: [u8; 8]| {
            let year = d[..4].iter().fold(0, |year, digit| year * 10 + i16::from(*digit));
            (year, d[4] * 10 + d[5], d[6] * 10 + d[7])
        };
        for at in 0..8 {
            for digit in (0..10).filter(|digit| *digit != digits[at]) {
                let mut wrong = digits;
                wrong[at] = digit;
                check(day(digits), day(wrong), OneDigit);
            }
        }
        for at in 0..7 {
            let mut wrong = digits;
            wrong.swap(at, at + 1);
            check(day(digits), day(wrong), Transposed);
        }
    }

    #[test]
    fn days_since_the_epoch() {
        assert_eq!(Day::from_days(0), Some(Day::new(1970, 1, 1)));
        assert_eq!(Day::from_days(-1), Some(Day::new(1969, 12, 31)));
        assert_eq!(Day::from_days(i32::MAX), None);
        assert_eq!(Day::from_iso("1969-12-31"), Day::from_days(-1));
        assert_eq!(Day::from_iso("1969-12"), None);
        assert_eq!(Day::new(-1, 1, 1).year(), -1);
    }

    #[test]
    fn levels_are_named() {
        assert_eq!(DateLevel::NAMES.len(), Differ as usize + 1);
    }
}
