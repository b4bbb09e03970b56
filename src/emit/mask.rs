//! Masking, in one place: how much of a value a reader gets to see.
//!
//! Every writer that hands personal data to people passes each cell through a [`Row`] of the run's [`Veil`]; none masks by
//! itself. What is shown of which [`Sort`] under which profile is one table, [`TABLE`]:
//!
//! | | internal | supervisor | public |
//! |---|---|---|---|
//! | 姓名 | as exported | as exported | `张*` |
//! | 证件号码 | as exported | `342401********1237` | `**************1237` |
//! | 电话 | as exported | `138****5678` | `*******5678` |
//! | 出生日期 | as exported | `1980-**-**` beside an identifier | `****-**-**` |
//! | 健康状况 | as exported | as exported | `*` |
//! | all else | as exported | searched | searched, and names and words of illness masked |
//!
//! Whatever an export holds may stand in a wrong column, so nothing is shown unsearched outside the office: identifiers
//! (split by blanks or in scientific notation included), telephones, birth dates that an identifier of the same row
//! tells, and under `public` every name of the registries. Held by property tests: no text still contains a whole
//! identifier, and all cells of one row together do not give one back. First 6 + last 4 is the usual practice, and weak
//! inside one county: it keeps honest people honest.

mod search;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use search::{birth_masked, births_in, first_only, health_masked, starred};

use crate::table::{Finding, People, Sort, Words};

/// How identifiers, telephones and names are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// As exported: for a file handed to a named person who must type the correction.
    Internal,
    /// `342401********1237`, `138****5678`.
    #[default]
    Supervisor,
    /// Last four digits at most, names `张*`.
    Public,
}

/// What is left of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    /// All of it.
    Whole,
    /// What does not look like somebody's.
    Searched,
    /// So many characters at the beginning and at the end.
    Ends(usize, usize),
    /// The year of a date.
    Year,
    /// No digit.
    NoDigit,
    /// The first character.
    First,
    /// A star.
    Star,
}

/// What is shown of each sort of value: internal, supervisor, public.
const TABLE: [(Sort, [Show; 3]); Sort::ALL.len()] = {
    use Show::{Ends, First, NoDigit, Searched, Star, Whole, Year};
    [
        (Sort::Name, [Whole, Searched, First]),
        (Sort::Identifier, [Whole, Ends(6, 4), Ends(0, 4)]),
        (Sort::Phone, [Whole, Ends(3, 4), Ends(0, 4)]),
        (Sort::Birth, [Whole, Year, NoDigit]),
        (Sort::Date, [Whole, Searched, Searched]),
        (Sort::Health, [Whole, Searched, Star]),
        (Sort::Place, [Whole, Searched, Searched]),
        (Sort::Label, [Whole, Searched, Searched]),
        (Sort::Item, [Whole, Searched, Searched]),
        (Sort::Amount, [Whole, Searched, Searched]),
        (Sort::Number, [Whole, Searched, Searched]),
        (Sort::Key, [Whole, Searched, Searched]),
        (Sort::Text, [Whole, Searched, Searched]),
    ]
};

impl Mask {
    /// What staff call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Internal => "内部使用（不脱敏）",
            Self::Supervisor => "脱敏（前 6 后 4）",
            Self::Public => "公示（仅后 4 位）",
        }
    }

    fn show(self, sort: Sort) -> Show {
        let row = TABLE.iter().find(|(one, _)| *one == sort);
        row.map_or(Show::Star, |(_, shows)| shows[self as usize])
    }
}

/// A text without identifiers and telephones, whatever it is.
pub fn unnumbered(text: &str) -> Cow<'_, str> {
    search::numbers(text, false, (0, 4), 0)
}

/// A run's masking: a profile, and the people who must not be named under it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Veil<'a> {
    mask: Mask,
    people: &'a People,
}

impl<'a> Veil<'a> {
    /// The masking of a profile.
    pub(crate) fn new(mask: Mask, people: &'a People) -> Self {
        Self { mask, people }
    }
    /// For the cells of a finding's row.
    pub(crate) fn row(self, finding: &Finding) -> Row<'a> {
        let mut identifiers = Vec::new();
        if self.mask == Mask::Internal {
            return self.beside([]);
        }
        let told = finding.id_no.as_deref().map_or_else(Words::default, |id| Sort::Identifier.of(id).into());
        let values = [&finding.national_value, &finding.provincial_value].into_iter().flatten();
        for words in values.chain([&told, &finding.message, &finding.remedy]) {
            words.shown(|sort, text| {
                if sort == Sort::Identifier {
                    identifiers.push(text);
                }
                text.into()
            });
        }
        self.beside(identifiers)
    }
    /// For cells that stand beside these identifiers.
    pub(crate) fn beside<'t>(self, identifiers: impl IntoIterator<Item = &'t str>) -> Row<'a> {
        let (mut births, mut is_numbered) = (Vec::new(), false);
        for identifier in identifiers {
            is_numbered |= search::is_number(identifier);
            births.extend(births_in(identifier));
        }
        Row { veil: self, births, is_numbered }
    }
}

/// The masking of the cells of one row: what one cell tells, another must not complete.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    veil: Veil<'a>,
    /// Birth dates that the row's identifiers tell, `yyyymmdd`.
    births: Vec<String>,
    /// Whether any of its identifiers is one, damaged or not.
    is_numbered: bool,
}

impl Row<'_> {
    /// A value.
    pub(crate) fn value<'t>(&self, sort: Sort, text: &'t str) -> Cow<'t, str> {
        match self.shown(sort, text) {
            shown if self.is_public() => health_masked(shown),
            shown => shown,
        }
    }
    /// A sentence; its fixed words may speak of illness.
    pub(crate) fn words<'t>(&self, words: &'t Words) -> Cow<'t, str> {
        match words.shown(|sort, text| self.shown(sort, text)) {
            shown if self.is_public() => health_masked(shown),
            shown => shown,
        }
    }
    /// A name of a file or a place, or a remark on one: for outputs that name nobody.
    pub(crate) fn unnamed<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.searched(Sort::Text, text)
    }
    fn is_public(&self) -> bool {
        self.veil.mask == Mask::Public
    }
    fn shown<'t>(&self, sort: Sort, text: &'t str) -> Cow<'t, str> {
        let show = self.veil.mask.show(sort);
        match show {
            _ if text.is_empty() => Cow::Borrowed(text),
            Show::Whole => Cow::Borrowed(text),
            Show::Searched => self.searched(sort, text),
            Show::Ends(first, last) if sort == Sort::Identifier => {
                search::identifier_masked(text, first, last, self.is_public())
            }
            Show::Ends(first, last) => self.ends(text, first, last),
            // Where no number stands, a date completes none, and may be all that tells two people apart.
            Show::Year if !self.is_numbered => self.searched(sort, text),
            Show::Year => birth_masked(text, true).unwrap_or_else(|| self.searched(sort, text)),
            Show::NoDigit => birth_masked(text, false).unwrap_or_else(|| self.searched(sort, text)),
            Show::First => Cow::Owned(first_only(text)),
            Show::Star => Cow::Borrowed("*"),
        }
    }
    /// A telephone; what is too short for one, or too long, is searched.
    fn ends<'t>(&self, text: &'t str, first: usize, last: usize) -> Cow<'t, str> {
        let digits = text.chars().filter(|c| search::is_digit(*c)).count();
        match digits {
            ..7 => self.searched(Sort::Text, text),
            15.. => Cow::Owned(starred(text, 0, last)),
            _ => Cow::Owned(starred(text, if text.chars().count() >= 11 { first } else { 0 }, last)),
        }
    }
    fn searched<'t>(&self, sort: Sort, text: &'t str) -> Cow<'t, str> {
        let (first, last) = match self.veil.mask.show(Sort::Identifier) {
            Show::Ends(first, last) => (first, last),
            _ => return Cow::Borrowed(text),
        };
        let phone = if self.is_public() { 0 } else { 3 };
        let found = search::numbers(text, sort == Sort::Key, (first, last), phone);
        let found = search::births(found, &self.births, !self.is_public());
        if self.is_public() { search::names_masked(found, self.veil.people) } else { found }
    }
}
