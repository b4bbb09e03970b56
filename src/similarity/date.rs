//! Two calendar days: equal, mistyped, or different.
//!
//! A birth date that was typed by hand goes wrong in few ways: day and month change places, one digit of eight is wrong,
//! or only the year was known. Each is a level; anything else is [`DateLevel::Differ`].

/// A calendar day, prepared for comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    year: i16,
    month: u8,
    day: u8,
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
    /// The same year, otherwise different.
    SameYear,
    /// Different.
    Differ,
}

impl DateLevel {
    /// Names used in settings, best first.
    pub const NAMES: &'static [&'static str] = &["exact", "swapped", "one_digit", "same_year", "differ"];
}

impl Day {
    /// The day that is `days` after 1970-01-01; `None` outside the years -9999..=9999.
    pub fn from_days(days: i32) -> Option<Self> {
        let epoch = jiff::civil::date(1970, 1, 1);
        let date = epoch.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        Some(Self { year: date.year(), month: date.month().unsigned_abs(), day: date.day().unsigned_abs() })
    }
    /// The day of an ISO date, `YYYY-MM-DD`.
    pub fn from_iso(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? })
    }
    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }
    fn digits(self) -> [u8; 8] {
        let year = self.year.unsigned_abs();
        let digit = |value: u16, unit: u16| (value / unit % 10) as u8;
        let (month, day) = (u16::from(self.month), u16::from(self.day));
        [
            digit(year, 1000),
            digit(year, 100),
            digit(year, 10),
            digit(year, 1),
            digit(month, 10),
            digit(month, 1),
            digit(day, 10),
            digit(day, 1),
        ]
    }
}

/// How two days agree.
pub fn level(a: Day, b: Day) -> DateLevel {
    if a == b {
        return DateLevel::Exact;
    }
    if a.year == b.year && a.month == b.day && a.day == b.month {
        return DateLevel::Swapped;
    }
    let wrong = a.digits().iter().zip(b.digits()).filter(|(left, right)| **left != *right).count();
    if wrong == 1 {
        DateLevel::OneDigit
    } else if a.year == b.year {
        DateLevel::SameYear
    } else {
        DateLevel::Differ
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: (i16, u8, u8), b: (i16, u8, u8), expected: DateLevel) {
        let day = |(year, month, day)| Day { year, month, day };
        assert_eq!(level(day(a), day(b)), expected, "{a:?} {b:?}");
        assert_eq!(level(day(b), day(a)), expected, "{b:?} {a:?}");
    }

    #[test]
    fn levels() {
        check((1968, 3, 5), (1968, 3, 5), DateLevel::Exact);
        check((1968, 3, 5), (1968, 5, 3), DateLevel::Swapped);
        check((1968, 3, 5), (1969, 5, 3), DateLevel::Differ);
        check((1968, 3, 5), (1978, 3, 5), DateLevel::OneDigit);
        check((1968, 3, 5), (1968, 3, 15), DateLevel::OneDigit);
        check((1968, 3, 5), (1968, 3, 16), DateLevel::SameYear);
        check((1968, 12, 31), (1969, 1, 1), DateLevel::Differ);
    }

    #[test]
    fn days_since_the_epoch() {
        assert_eq!(Day::from_days(0), Some(Day { year: 1970, month: 1, day: 1 }));
        assert_eq!(Day::from_days(-1), Some(Day { year: 1969, month: 12, day: 31 }));
        assert_eq!(Day::from_days(i32::MAX), None);
    }
}
