//! Valid citizen numbers: 6 digits of area, 8 of birth, 3 of sequence (odd for men), and the check character of
//! GB 11643-1999 (ISO 7064 MOD 11-2).
//!
//! Every area code ends in 91-99, which no county was ever given: a synthetic number cannot be a living
//! person's. Sequence numbers are dealt in blocks of twelve per township, as police stations did, so that
//! townships made in parallel never issue the same number.

use std::collections::HashSet;

use jiff::civil::Date;
use rustc_hash::FxBuildHasher;

use super::draw::{Rng, between, chance, pick};

/// Male or female, as the seventeenth digit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sex {
    /// 男: odd.
    Male,
    /// 女: even.
    Female,
}

impl Sex {
    /// What exports print.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }
    /// The other one.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Male => Self::Female,
            Self::Female => Self::Male,
        }
    }
}

/// Townships of one county; each has its own block of sequence numbers.
pub(super) const TOWNSHIPS_PER_COUNTY: usize = 40;
const BLOCK: u32 = 12;
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// First four digits of places that wives come from.
const FAR: [u32; 20] = [
    4127, 4114, 4128, 3203, 3701, 3729, 4206, 4310, 5106, 5115, 5201, 5203, 5224, 5225, 5301, 5303, 5306, 4521, 4526,
    6224,
];

/// The check character of the first seventeen digits; `None` when they are not seventeen digits.
pub(super) fn check_character(first17: &str) -> Option<char> {
    let bytes = first17.as_bytes();
    if bytes.len() != 17 || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    Some(char::from(b"10X98765432"[(sum % 11) as usize]))
}

/// Issues numbers for one township, never the same twice.
pub(super) struct Office {
    county: u32,
    block: u32,
    issued: HashSet<u64, FxBuildHasher>,
}

impl Office {
    /// The office of the township numbered `township` over all counties.
    pub(super) fn new(township: usize) -> Self {
        let (county, within) = (township / TOWNSHIPS_PER_COUNTY, township % TOWNSHIPS_PER_COUNTY);
        Self { county: county as u32, block: within as u32 * BLOCK, issued: HashSet::default() }
    }

    /// A number of this county: elderly holders mostly keep the prefix of before the reform of prefectures.
    pub(super) fn local(&mut self, rng: &mut Rng, born: Date, sex: Sex) -> String {
        let old = born.year() < 1996 && chance(rng, 0.8);
        let suffix = 99 - self.county / 8 % 9;
        let prefecture = if old { 3421 + self.county % 8 } else { 3411 + self.county % 8 };
        self.issue(rng, prefecture * 100 + suffix, born, sex)
    }

    /// A number of another province.
    pub(super) fn far(&mut self, rng: &mut Rng, born: Date, sex: Sex) -> String {
        let suffix = 99 - between(rng, 0, 8) as u32;
        let area = pick(rng, &FAR) * 100 + suffix;
        self.issue(rng, area, born, sex)
    }

    fn issue(&mut self, rng: &mut Rng, area: u32, born: Date, sex: Sex) -> String {
        let start = between(rng, 0, BLOCK as i32 - 1) as u32;
        let places = (0..BLOCK).map(|step| self.block + (start + step) % BLOCK).chain((0..500).rev());
        for place in places {
            let sequence = place * 2 + u32::from(sex == Sex::Male);
            let first17 = format!("{area:06}{:04}{:02}{:02}{sequence:03}", born.year(), born.month(), born.day());
            let key = first17.parse().expect("seventeen digits fit u64");
            if self.issued.insert(key) {
                return with_check(first17);
            }
        }
        unreachable!("no township registers five hundred people of one sex and birth date")
    }
}

/// The first seventeen digits with their check character.
pub(super) fn with_check(mut first17: String) -> String {
    let check = check_character(&first17).expect("the first part of a number is seventeen digits");
    first17.push(check);
    first17
}

/// What registers print for a person without a number: nines, birth date, a running number.
pub(super) fn placeholder(born: Date, running: u32) -> String {
    format!("999999{:04}{:02}{:02}{:04}", born.year(), born.month(), born.day(), running % 10_000)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::draw::stream;
    use super::*;

    #[test]
    fn check_characters_follow_the_standard() {
        // The example printed in GB 11643-1999.
        assert_eq!(check_character("11010519491231002"), Some('X'));
        assert_eq!(check_character("44052418800101001"), Some('4'));
        assert_eq!(check_character("1101051949123100"), None);
    }

    #[test]
    fn numbers_are_unique_and_tell_sex_and_birth() {
        let (mut rng, mut office) = (stream(3, 0), Office::new(41));
        let mut all = HashSet::new();
        for _ in 0..60 {
            let id = office.local(&mut rng, date(1950, 2, 3), Sex::Female);
            assert_eq!((id.len(), &id[6..14]), (18, "19500203"));
            assert_eq!(check_character(&id[..17]), id.chars().last());
            assert_eq!(id.as_bytes()[16] % 2, 0);
            assert!(all.insert(id));
        }
    }

    #[test]
    fn townships_of_a_county_share_no_numbers() {
        let numbers = |township| {
            let (mut rng, mut office) = (stream(3, 0), Office::new(township));
            (0..12).map(|_| office.local(&mut rng, date(2001, 2, 3), Sex::Male)).collect::<HashSet<_>>()
        };
        assert!(numbers(0).is_disjoint(&numbers(1)));
        assert!(numbers(0).is_disjoint(&numbers(TOWNSHIPS_PER_COUNTY)));
    }
}
