//! Everybody whom the exports of a run name: so that a text can be searched for them before it is shown.

use std::ops::Range;

use polars::prelude::DataFrame;
use rustc_hash::FxHashSet;

use super::{Registry, Rolls};

/// Names of people, as exported.
#[derive(Debug, Clone, Default)]
pub struct People {
    names: FxHashSet<Box<str>>,
    /// The same without blanks and dots.
    plain: FxHashSet<Box<str>>,
    /// First characters of names.
    surnames: FxHashSet<char>,
    /// Lengths of names in characters, longest first.
    lengths: Vec<usize>,
}

impl People {
    /// Everybody in two registries and on the rolls.
    pub fn of<'r>(registries: impl IntoIterator<Item = &'r Registry>, rolls: Option<&Rolls>) -> Self {
        let mut people = Self::default();
        for registry in registries {
            people.add(&registry.members);
            people.add(&registry.households);
        }
        if let Some(rolls) = rolls {
            people.add(&rolls.people);
        }
        people.ready()
    }
    /// Everybody in these tables.
    pub fn in_tables<'f>(tables: impl IntoIterator<Item = &'f DataFrame>) -> Self {
        let mut people = Self::default();
        tables.into_iter().for_each(|table| people.add(table));
        people.ready()
    }
    fn ready(self) -> Self {
        let mut people = self;
        people.plain = people.names.iter().map(|name| name.chars().filter(|c| !is_gap(*c)).collect()).collect();
        let lengths: FxHashSet<usize> = people.plain.iter().map(|name| name.chars().count()).collect();
        people.lengths = lengths.into_iter().collect();
        people.lengths.sort_unstable_by(|a, b| b.cmp(a));
        people.surnames = people.names.iter().filter_map(|name| name.chars().next()).collect();
        people
    }
    fn add(&mut self, frame: &DataFrame) {
        for column in ["name", "head_name", "helper_name"] {
            let Some(texts) = frame.column(column).ok().and_then(|column| column.str().ok()) else { continue };
            for name in texts.iter().flatten().map(str::trim).filter(|name| is_name(name)) {
                if !self.names.contains(name) {
                    self.names.insert(name.into());
                }
            }
        }
    }
    /// Whether this is the name of one of them.
    pub fn knows(&self, name: &str) -> bool {
        self.names.contains(name)
    }
    /// Whether a text has the length of most names and begins like one of them.
    pub fn may_be_named(&self, text: &str) -> bool {
        (2..=4).contains(&text.chars().count()) && text.chars().next().is_some_and(|c| self.surnames.contains(&c))
    }
    /// Where their names stand in a text, from the left, of several at one place the longest.
    pub fn find_in(&self, text: &str) -> Vec<Range<usize>> {
        // Blanks and dots inside a name make it no other name.
        let letters: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| !is_gap(*c)).collect();
        let mut found = Vec::new();
        let mut name = String::new();
        let mut at = 0;
        while at < letters.len() {
            let begins = self.surnames.contains(&letters[at].1);
            let ends = self.lengths.iter().map(|length| at + length).filter(|end| begins && *end <= letters.len());
            let end = ends.into_iter().find(|end| {
                name.clear();
                name.extend(letters[at..*end].iter().map(|(_, c)| c));
                self.plain.contains(name.as_str())
            });
            found.extend(end.map(|end| {
                let (last, c) = letters[end - 1];
                letters[at].0..last + c.len_utf8()
            }));
            at = end.unwrap_or(at + 1);
        }
        found
    }
}

/// What stands between the parts of a name.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '·' | '•' | '・' | '．' | '‧' | '\u{200b}'..='\u{200f}')
}

/// Long enough to be looked for, and no number: a single character stands in every other word.
fn is_name(name: &str) -> bool {
    name.chars().nth(1).is_some() && !name.chars().any(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use polars::prelude::Column;

    use super::*;
    use crate::table::Side;

    #[test]
    fn names_are_found_inside_a_text() {
        let names = ["张三", "张三丰", "阿依古丽·买买提", "李", "13800000000"];
        let members = DataFrame::new(names.len(), vec![Column::new("name".into(), names)]).unwrap();
        let people = People::of(&[Registry { members, ..Registry::empty(Side::National) }], None);
        let found = |text: &str| people.find_in(text).into_iter().map(|at| text[at].to_owned()).collect::<Vec<_>>();
        assert_eq!(found("与张三丰、张三和李四"), ["张三丰", "张三"]);
        assert_eq!(found("阿依古丽·买买提的"), ["阿依古丽·买买提"]);
        assert_eq!(found("张　三 丰的母亲"), ["张　三 丰"]);
        assert_eq!(found("阿依古丽•买买提"), ["阿依古丽•买买提"]);
        assert!(found("13800000000").is_empty());
    }
}
