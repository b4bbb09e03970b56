//! Rows that were set aside, findable by what can still be read of them.
//!
//! A row that cannot be used still proves that somebody was delivered: whoever it speaks of must not be called absent. In
//! go rejected rows, as printed and perhaps torn; kept are the *words* of each, in the forms that people and households
//! are compared by. [`Aside::about`] then tells whether some row of a side may speak of a person:
//!
//! | what both say | enough when |
//! |---|---|
//! | an identifier | always |
//! | 人编号 | the row names the person, or shows no identifier |
//! | a name | the row has the person's 户编号 or village, too |
//! | 户编号 | the row shows no identifier |
//!
//! Better one person too many left unjudged than one called missing whom the file holds.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::identity::{self, IdClass};
use super::{Shape, name, number, place, text};
use crate::table::{Reject, Side};

/// A 户编号 or 人编号 is at least so long; shorter figures are sizes, months, sums.
const NUMBER_LENGTH: usize = 6;
/// Longest text of a row that is searched.
const MOST_WORDS: usize = 4_000;

/// One row that was set aside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AsideRow {
    /// Who delivered it.
    pub side: Side,
    /// What its file's rows are.
    pub shape: Shape,
    /// The data year of its file, where it has one.
    pub year: Option<i32>,
    /// Path relative to the input folder.
    pub file: String,
    /// Sheet name; empty for text files.
    pub sheet: String,
    /// 1-based row.
    pub row: u32,
    /// Why it was set aside, in Chinese.
    pub reason: String,
    words: Words,
}

/// What can be read of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Words {
    identifiers: BTreeSet<String>,
    numbers: BTreeSet<String>,
    names: BTreeSet<String>,
    places: BTreeSet<String>,
}

impl AsideRow {
    /// Of a rejected row.
    pub fn of(reject: &Reject, side: Side, shape: Shape, year: Option<i32>) -> Self {
        let Reject { file, sheet, row, reason, text, .. } = reject;
        let (file, sheet, reason) = (file.clone(), sheet.clone(), reason.clone());
        Self { side, shape, year, file, sheet, row: *row, reason, words: Words::of(text) }
    }
    /// The numbers that may be those of its person or household.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        self.words.numbers.iter().map(String::as_str)
    }
    fn is_about(&self, person: &Known<'_>) -> bool {
        let Words { identifiers, numbers, names, places } = &self.words;
        let holds = |set: &BTreeSet<String>, key: Option<&str>| key.is_some_and(|key| set.contains(key));
        let is_named = holds(names, person.name_key);
        let in_household = holds(numbers, person.household_no);
        holds(identifiers, person.id18)
            || holds(identifiers, person.id_no)
            || holds(numbers, person.person_no) && (is_named || identifiers.is_empty())
            || is_named && (in_household || holds(places, person.village.and_then(place::key).as_deref()))
            || in_household && identifiers.is_empty()
    }
}

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Self::default();
        for token in text.split(is_break).filter(|token| !token.is_empty()).take(MOST_WORDS) {
            words.learn(token);
        }
        words
    }
    fn learn(&mut self, token: &str) {
        let identity = identity::parse(token);
        if let Some(id18) = &identity.id18 {
            self.identifiers.insert(id18.as_str().to_owned());
        }
        let is_number = token.bytes().filter(u8::is_ascii_digit).count() >= NUMBER_LENGTH;
        if is_number && !matches!(identity.class, IdClass::Empty | IdClass::Placeholder) {
            let is_identifier = identity.norm.len() >= 17 || identity.id18.is_some();
            let known = if is_identifier { &mut self.identifiers } else { &mut self.numbers };
            known.insert(identity.norm);
            self.numbers.extend(number::key(token));
            return;
        }
        if token.chars().count() <= 24 && token.chars().any(|c| u32::from(c) >= 0x3400) {
            self.names.extend(name::key(token));
            self.places.extend(place::key(token));
        }
    }
}

/// What parts the cells of a row, however torn it is.
fn is_break(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ',' | '，' | ';' | '；' | '|' | '\u{1}' | '\u{1F}') || text::is_quote(c)
}

/// What one side knows of a person.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The trustworthy identifier.
    pub id18: Option<&'a str>,
    /// The identifier, folded.
    pub id_no: Option<&'a str>,
    /// 人编号.
    pub person_no: Option<&'a str>,
    /// 户编号.
    pub household_no: Option<&'a str>,
    /// The name in the form compared.
    pub name_key: Option<&'a str>,
    /// Village.
    pub village: Option<&'a str>,
}

/// All rows of both systems that were set aside.
#[derive(Debug, Clone, Default)]
pub struct Aside {
    rows: Vec<AsideRow>,
    by_word: FxHashMap<String, Vec<u32>>,
}

impl Aside {
    /// Makes rows findable, in whatever order they come.
    pub fn of(mut rows: Vec<AsideRow>) -> Self {
        rows.sort();
        let mut by_word: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        for (ix, row) in (0_u32..).zip(&rows) {
            let Words { identifiers, numbers, names, .. } = &row.words;
            for word in identifiers.iter().chain(numbers).chain(names) {
                by_word.entry(word.clone()).or_default().push(ix);
            }
        }
        Self { rows, by_word }
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// All rows, sorted.
    pub fn rows(&self) -> &[AsideRow] {
        &self.rows
    }
    /// The first row of that side, shape and year that may speak of a person; a row or a question without a year is of
    /// any year.
    pub fn about(&self, side: Side, shape: Shape, year: Option<i32>, person: &Known<'_>) -> Option<&AsideRow> {
        let keys = [person.id18, person.id_no, person.person_no, person.household_no, person.name_key];
        let found: FxHashSet<u32> =
            keys.into_iter().flatten().filter_map(|key| self.by_word.get(key)).flatten().copied().collect();
        let is_of = |row: &&AsideRow| {
            let same_year = row.year.is_none() || year.is_none() || row.year == year;
            row.side == side && row.shape == shape && same_year && row.is_about(person)
        };
        let mut found: Vec<u32> = found.into_iter().collect();
        found.sort_unstable();
        found.into_iter().map(|ix| &self.rows[ix as usize]).find(is_of)
    }
    /// The first row of that side, shape and year that has one of these numbers.
    pub fn numbered(&self, side: Side, shape: Shape, year: Option<i32>, number: &str) -> Option<&AsideRow> {
        let found = self.by_word.get(number)?.iter().map(|ix| &self.rows[*ix as usize]);
        let is_of = |row: &&AsideRow| {
            let same_year = row.year.is_none() || year.is_none() || row.year == year;
            row.side == side && row.shape == shape && same_year && row.words.numbers.contains(number)
        };
        found.into_iter().find(is_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aside(text: &str) -> Aside {
        let reject = Reject {
            side: "national".to_owned(),
            file: "a.csv".to_owned(),
            sheet: String::new(),
            row: 5,
            reason: "列数不符".to_owned(),
            text: text.to_owned(),
        };
        Aside::of(vec![AsideRow::of(&reject, Side::National, Shape::Person, Some(2018))])
    }

    fn finds(aside: &Aside, person: Known<'_>) -> bool {
        aside.about(Side::National, Shape::Person, None, &person).is_some()
    }

    #[test]
    fn a_torn_row_still_tells_of_whom_it_is() {
        for text in [
            "4\t王庄村\t5700000000000003\t5900000000000003\t韩平\t11010519491231002X\t2\t户主",
            "4,王庄村,5700000000000003,5900000000000003,\"韩平,11010519491231002x,2,户主\n5,王庄村",
        ] {
            let aside = aside(text);
            assert!(finds(&aside, Known { id18: Some("11010519491231002X"), ..Known::default() }));
            assert!(finds(
                &aside,
                Known { person_no: Some("5900000000000003"), name_key: Some("韩平"), ..Known::default() }
            ));
            let in_village = Known { name_key: Some("韩平"), village: Some("王庄"), ..Known::default() };
            assert!(finds(&aside, in_village));
            assert!(!finds(&aside, Known { village: Some("李庄"), ..in_village }));
            assert!(!finds(&aside, Known { name_key: Some("韩平"), ..Known::default() }), "a name alone is nobody");
            let relative =
                Known { household_no: Some("5700000000000003"), name_key: Some("汪玉"), ..Known::default() };
            assert!(!finds(&aside, relative), "the row names another member");
        }
    }

    #[test]
    fn a_row_that_names_nobody_may_be_anybody_of_its_household() {
        let aside = aside("4\t王庄村\t5700000000000003\t5900000000000003\t\t\t2\t");
        let member = |person_no| Known {
            household_no: Some("5700000000000003"),
            person_no: Some(person_no),
            name_key: Some("韩平"),
            ..Known::default()
        };
        assert!(finds(&aside, member("5900000000000003")));
        assert!(finds(&aside, member("5900000000000009")));
        assert!(!finds(&aside, Known { household_no: Some("5700000000000004"), ..member("5900000000000009") }));
    }

    #[test]
    fn side_shape_and_year_are_asked_for() {
        let aside = aside("韩平\t11010519491231002X");
        let person = Known { id18: Some("11010519491231002X"), ..Known::default() };
        let of = |side, shape, year| aside.about(side, shape, year, &person).is_some();
        assert!(of(Side::National, Shape::Person, Some(2018)));
        assert!(!of(Side::National, Shape::Person, Some(2017)));
        assert!(!of(Side::Provincial, Shape::Person, None));
        assert!(!of(Side::National, Shape::Benefit, None));
    }
}
