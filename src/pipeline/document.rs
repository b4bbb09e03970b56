//! One TOML file, read with *every* mistake in it.
//!
//! serde stops at the first mistake. Here the offending key is cut out of the parsed document and the reading is
//! tried again, until nothing is left to complain about: a file with five typos gives five errors, each with its
//! line. Syntax errors come first, one for every line, from the parser's own recovery.

use std::ops::Range;

use serde::de::{DeserializeOwned, IntoDeserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::wording::words;
use crate::error::{Error, Place};

/// The text of a file, for turning spans into places.
pub(crate) struct Document<'a> {
    /// Path as given.
    pub(crate) file: &'a str,
    /// Its text.
    pub(crate) text: &'a str,
}

impl Document<'_> {
    /// Reads the document as a `T`; `None` when a mistake leaves nothing to go on with.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> (Option<T>, Vec<Error>) {
        let (mut table, syntax) = DeTable::parse_recoverable(self.text);
        if !syntax.is_empty() {
            return (None, self.syntax_errors(&syntax));
        }
        let mut errors = Vec::new();
        let mut cut = Vec::new();
        let value = loop {
            let cause = match T::deserialize(table.clone().into_deserializer()) {
                Ok(value) => break Some(value),
                Err(cause) => cause,
            };
            if !cut.iter().any(|key| cause.message() == format!("missing field `{key}`")) {
                errors.push(self.error(&cause));
            }
            let Some(key) = cause.span().and_then(|span| cut_key(table.get_mut(), &span)) else {
                break None;
            };
            cut.push(key);
        };
        errors.sort_by_key(|error| error.place().and_then(|place| place.row));
        (value, errors)
    }

    /// The place of a span: its 1-based line.
    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Place::line(self.file, u32::try_from(line).unwrap_or(u32::MAX))
    }

    /// The place of `key` inside the table that starts at `span`, or of the table when the key is not there.
    pub(crate) fn place_of_key(&self, span: &Range<usize>, key: &str) -> Place {
        let inside = &self.text[span.start.min(self.text.len())..];
        let mut offset = span.start;
        for (index, line) in inside.split_inclusive('\n').enumerate() {
            let trimmed = line.trim_start();
            if index > 0 && trimmed.starts_with("[[") {
                break;
            }
            let rest = trimmed.strip_prefix(key).map(str::trim_start);
            if rest.is_some_and(|rest| rest.starts_with('=')) {
                return self.place(&(offset..offset));
            }
            offset += line.len();
        }
        self.place(span)
    }

    /// One error for every line: the parser stumbles over a missing bracket many times.
    fn syntax_errors(&self, causes: &[toml::de::Error]) -> Vec<Error> {
        let mut errors: Vec<Error> = causes.iter().map(|cause| self.error(cause)).collect();
        errors.sort_by_key(|error| error.place().and_then(|place| place.row));
        errors.dedup_by(|a, b| a.place() == b.place());
        errors
    }

    fn error(&self, cause: &toml::de::Error) -> Error {
        let place = cause.span().map_or_else(|| Place::file(self.file), |span| self.place(&span));
        Error::configuration(words(cause.message())).at(place)
    }
}

/// Cuts the innermost key whose key or value holds the start of `span`; returns its name.
fn cut_key(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<String> {
    let holds = |range: Range<usize>| range.start <= span.start && span.start < range.end;
    let (key, value) =
        table.iter_mut().find(|(key, value)| holds(key.span()) || holds(value.span()) || nested_holds(value, span))?;
    if !holds(key.span())
        && let Some(inner) = cut_nested(value, span)
    {
        return Some(inner);
    }
    let key = key.clone();
    table.remove(&key);
    Some(key.into_inner().into_owned())
}

/// Whether a table or an array of tables holds the span: the span of `[[x]]` tables does not cover their keys.
fn nested_holds(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
    let holds = |range: Range<usize>| range.start <= span.start && span.start < range.end;
    match value.get_ref() {
        DeValue::Table(table) => {
            table.iter().any(|(key, value)| holds(key.span()) || holds(value.span()) || nested_holds(value, span))
        }
        DeValue::Array(items) => items.iter().any(|item| holds(item.span()) || nested_holds(item, span)),
        _ => false,
    }
}

fn cut_nested(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<String> {
    match value.get_mut() {
        DeValue::Table(table) => cut_key(table, span),
        DeValue::Array(items) => {
            let item = items.iter_mut().find(|item| nested_holds(item, span))?;
            cut_nested(item, span)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::error::Lang;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape is tested")]
    struct Options {
        title: String,
        count: Option<u32>,
        source: Vec<Source>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape is tested")]
    struct Source {
        side: String,
        files: Vec<String>,
    }

    fn check(text: &str, expected: &[&str]) {
        let (_, errors) = Document { file: "a.toml", text }.read::<Options>();
        let lines: Vec<String> = errors.iter().flat_map(|error| error.lines(Lang::En)).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_good_file_has_no_errors() {
        check("title = \"x\"\n[[source]]\nside = \"national\"\nfiles = []\n", &[]);
    }

    #[test]
    fn every_mistake_is_reported_with_its_line() {
        check(
            "titel = \"x\"\ntitle = 5\ncount = -1\n[[source]]\nside = \"n\"\nfile = []\nfiles = [3]\n",
            &[
                "a.toml:1: unknown key `titel` (did you mean `title`?)",
                "a.toml:2: invalid type: integer `5`, expected a string",
                "a.toml:3: invalid value: integer `-1`, expected u32",
                "a.toml:6: unknown key `file` (did you mean `files`?)",
                "a.toml:7: invalid type: integer `3`, expected a string",
            ],
        );
    }

    #[test]
    fn syntax_errors_come_with_their_lines() {
        let (value, errors) = Document { file: "a.toml", text: "title = \n" }.read::<Options>();
        assert!(value.is_none());
        assert_eq!(errors[0].place().and_then(|place| place.row), Some(1));
    }
}
