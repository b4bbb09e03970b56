//! Cells of any person table → values that compare: one rule per kind of column, chosen by the pipeline.
//!
//! In go cells as printed, out come texts of one spelling; a cell that says nothing becomes null. A damaged value keeps its
//! damage: `1972-1l-04` stays a date with one unreadable character, for the comparison to weigh.

use polars::prelude::{NewChunkedArray, StringChunked};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::{identity, name, place, text};
use crate::similarity::identifier;
use crate::table::Kind;

/// How the cells of a column are made comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clean {
    /// As printed, without blanks around.
    Key,
    /// Width, case and repeated blanks made one.
    Text,
    /// The same, and accents and punctuation dropped: names in an alphabet, addresses.
    Latin,
    /// Letters and digits only, upper case: postcodes, numbers of documents.
    Code,
    /// The first letter, lower case: f of female.
    Initial,
    /// Digits only.
    Digits,
    /// A date, year first; `YYYY-MM-DD`.
    Date,
    /// A date, day first.
    DateDmy,
    /// A date, month first.
    DateMdy,
    /// A Chinese name without notes and padding.
    ChineseName,
    /// A township or village without what names its kind.
    Place,
    /// An 18-character identity number, damaged or not.
    NationalId,
    /// The same, when it proves itself; else null.
    ValidNationalId,
    /// The birth date inside a valid identity number.
    BirthOfNationalId,
    /// The sex inside a valid identity number.
    SexOfNationalId,
}

impl Clean {
    /// What kind of value such a column holds.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Latin | Self::ChineseName => Kind::Name,
            Self::Place => Kind::Place,
            Self::Text | Self::Initial => Kind::Text,
            Self::Key | Self::Code | Self::Digits | Self::Date | Self::DateDmy | Self::DateMdy => Kind::Key,
            Self::NationalId | Self::ValidNationalId | Self::BirthOfNationalId | Self::SexOfNationalId => {
                Kind::Identifier
            }
        }
    }
}

/// The cleaned cells of a column.
pub fn clean_column(cells: &StringChunked, clean: Clean) -> StringChunked {
    let identities =
        matches!(clean, Clean::NationalId | Clean::ValidNationalId | Clean::BirthOfNationalId | Clean::SexOfNationalId);
    if identities || clean == Clean::Key {
        // Numbers of people hardly repeat.
        return StringChunked::from_iter_options(
            cells.name().clone(),
            cells.iter().map(|cell| clean_cell(cell?, clean)),
        );
    }
    distinct(cells, |cell| clean_cell(cell, clean))
}

/// A column whose every distinct cell is changed once. Neighbours are often equal: they are not even looked up.
pub(crate) fn distinct(cells: &StringChunked, change: impl Fn(&str) -> Option<String>) -> StringChunked {
    let mut known: FxHashMap<&str, usize> = FxHashMap::default();
    let mut changed: Vec<Option<String>> = Vec::new();
    let mut last: Option<(&str, usize)> = None;
    let mut numbers = Vec::with_capacity(cells.len());
    for cell in cells.iter() {
        let number = cell.map(|cell| match last {
            Some((before, number)) if before == cell => number,
            _ => *known.entry(cell).or_insert_with(|| {
                changed.push(change(cell));
                changed.len() - 1
            }),
        });
        last = cell.zip(number).or(last);
        numbers.push(number);
    }
    let texts = numbers.into_iter().map(|number| changed[number?].as_deref());
    StringChunked::from_iter_options(cells.name().clone(), texts)
}

/// One cell, cleaned.
pub fn clean_cell(cell: &str, clean: Clean) -> Option<String> {
    let cleaned = match clean {
        Clean::Key => cell.trim().to_owned(),
        Clean::Text => text::nfkc(cell).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" "),
        Clean::Latin => latin(cell),
        Clean::Code => text::nfkc(cell).to_uppercase().chars().filter(|c| c.is_alphanumeric()).collect(),
        Clean::Initial => latin(cell).chars().take(1).collect(),
        Clean::Digits => text::nfkc(cell).chars().filter(char::is_ascii_digit).collect(),
        Clean::Date => date(cell, [0, 1, 2])?,
        Clean::DateDmy => date(cell, [2, 1, 0])?,
        Clean::DateMdy => date(cell, [2, 0, 1])?,
        Clean::ChineseName => name::display(cell)?,
        Clean::Place => place::key(cell)?,
        Clean::NationalId if is_plain(cell) => cell.to_owned(),
        Clean::ValidNationalId if is_plain(cell) => cell.to_owned(),
        Clean::BirthOfNationalId if is_plain(cell) => format!("{}-{}-{}", &cell[6..10], &cell[10..12], &cell[12..14]),
        Clean::NationalId => identity::parse(cell).norm,
        Clean::ValidNationalId => identity::parse(cell).id18?.as_str().to_owned(),
        Clean::BirthOfNationalId => identity::parse(cell).birth()?.to_string(),
        Clean::SexOfNationalId => identity::parse(cell).sex()?.word().to_owned(),
    };
    (!cleaned.is_empty()).then_some(cleaned)
}

/// Whether a cell is a sound number of this century or the last, as printed: nine in ten are, and need no folding.
fn is_plain(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    bytes.len() == 18
        && (b'1'..=b'8').contains(&bytes[0])
        && matches!(&bytes[6..8], b"19" | b"20")
        && &bytes[6..10] <= b"2029".as_slice()
        && bytes[..6] != [bytes[0]; 6]
        && identifier::is_valid(bytes)
}

/// Letters and digits of a Western text, lower case, without accents, words parted by one blank.
fn latin(cell: &str) -> String {
    let mut cleaned = String::with_capacity(cell.len());
    for character in cell.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)) {
        if character.is_alphanumeric() {
            cleaned.extend(character.to_lowercase());
        } else if !matches!(character, '\'' | '’' | '`') && !cleaned.ends_with(' ') && !cleaned.is_empty() {
            cleaned.push(' ');
        }
    }
    cleaned.truncate(cleaned.trim_end().len());
    cleaned
}

/// The parts of a date, in the order year, month, day as `order` finds them; characters are kept, sound or not.
fn date(cell: &str, order: [usize; 3]) -> Option<String> {
    let cell = text::nfkc(cell).to_lowercase();
    let day = cell.split(['t', ' ']).find(|part| !part.is_empty())?;
    let parts: Vec<&str> = day.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty()).collect();
    let [year, month, day] = match parts[..] {
        // A typed date cell of a workbook reads year first, whatever order the office writes.
        [year, month, day] if year.len() == 4 && text::is_digits(year) => [year, month, day],
        [_, _, _] => order.map(|at| parts[at]),
        [together] if together.len() == 8 && together.is_ascii() && order == [0, 1, 2] => {
            [&together[..4], &together[4..6], &together[6..]]
        }
        [together] if together.len() == 8 && together.is_ascii() => {
            let (a, b) = if order == [2, 0, 1] { (0, 2) } else { (2, 0) };
            [&together[4..], &together[a..a + 2], &together[b..b + 2]]
        }
        _ => return None,
    };
    Some(format!("{year:0>4}-{month:0>2}-{day:0>2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn western_cells() {
        let check = |clean, cell: &str, expected: &str| {
            assert_eq!(clean_cell(cell, clean).as_deref().unwrap_or("-"), expected, "{clean:?} {cell}");
        };
        check(Clean::Latin, " O'Brien-Smith, Zoë ", "obrien smith zoe");
        check(Clean::Latin, " . ", "-");
        check(Clean::Text, "Ｍain  ST.", "main st.");
        check(Clean::Digits, "(555) 010-234", "555010234");
        check(Clean::Key, " A-1 ", "A-1");
        check(Clean::Code, "as1 4ab", "AS14AB");
        check(Clean::Initial, " Female", "f");
        check(Clean::Date, "19680305", "1968-03-05");
        check(Clean::Date, "1968/3/5", "1968-03-05");
        check(Clean::Date, "1968-03-05 00:00:00", "1968-03-05");
        check(Clean::Date, "1968-03-05T00:00:00", "1968-03-05");
        check(Clean::DateMdy, "11/04/1972", "1972-11-04");
        check(Clean::DateMdy, "11/0r/1972", "1972-11-0r");
        check(Clean::DateDmy, "04.11.1972", "1972-11-04");
        check(Clean::DateDmy, "1972-11-04", "1972-11-04");
        check(Clean::DateMdy, "1972-11-04 00:00:00", "1972-11-04");
        check(Clean::DateDmy, "04111972", "1972-11-04");
        check(Clean::Date, "1968", "-");
    }

    #[test]
    fn chinese_cells() {
        let check = |clean, cell: &str, expected: &str| {
            assert_eq!(clean_cell(cell, clean).as_deref().unwrap_or("-"), expected, "{clean:?} {cell}");
        };
        check(Clean::ChineseName, "张　三（户主）", "张三");
        check(Clean::Place, "大王庄村委会", "大王庄");
        check(Clean::NationalId, "’11010519491231002ｘ", "11010519491231002X");
        check(Clean::ValidNationalId, "11010519491231002x", "11010519491231002X");
        check(Clean::ValidNationalId, "110105194912310021", "-");
        check(Clean::BirthOfNationalId, "11010519491231002X", "1949-12-31");
        check(Clean::SexOfNationalId, "11010519491231002X", "女");
        for cell in
            ["11010519491231002X", "110105194912310021", "999999196803050031", "34212719680305003X", "1101051949123100"]
        {
            let folded = identity::parse(cell);
            assert_eq!(is_plain(cell), folded.is_trustworthy(), "{cell}");
        }
    }
}
