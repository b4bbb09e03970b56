//! Number formats: whether a cell's number is shown as a date, a time or a number.

use std::collections::BTreeMap;
use std::io::BufRead;

use quick_xml::events::Event;

use crate::error::Result;
use crate::ingest::cell;
use crate::ingest::xml::{self, Xml};

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Number,
    Moment,
    Duration,
}

/// The cell formats of a workbook.
#[derive(Default)]
pub(super) struct Styles {
    cells: Vec<Shown>,
}

impl Styles {
    /// Reads the styles part.
    pub(super) fn read<R: BufRead>(mut xml: Xml<'_, R>) -> Result<Self> {
        let mut custom: BTreeMap<u32, Shown> = BTreeMap::new();
        let mut cells = Vec::new();
        let mut in_cells = false;
        while let Some(event) = xml.next()? {
            match event {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "numFmt" => {
                        let code = xml::attribute(&tag, "formatCode").unwrap_or_default();
                        if let Some(id) = xml::number(&tag, "numFmtId") {
                            custom.insert(id, shown_by_code(&code));
                        }
                    }
                    "cellXfs" => in_cells = true,
                    "xf" if in_cells => cells.push(xml::number(&tag, "numFmtId").unwrap_or(0)),
                    _ => {}
                },
                Event::End(tag) if tag.local_name().as_ref() == "cellXfs" => in_cells = false,
                _ => {}
            }
        }
        let shown = |id: u32| custom.get(&id).copied().unwrap_or_else(|| shown_by_id(id));
        Ok(Self { cells: cells.into_iter().map(shown).collect() })
    }

    /// Appends a number as its style shows it; true when it has lost digits.
    pub(super) fn write(&self, style: usize, number: f64, is_1904: bool, out: &mut String) -> bool {
        match self.cells.get(style) {
            Some(Shown::Moment) => cell::write_serial(number, false, is_1904, out),
            Some(Shown::Duration) => cell::write_serial(number, true, is_1904, out),
            Some(Shown::Number) | None => cell::write_number(number, out),
        }
    }
}

/// The formats that every workbook has; 27 to 36 and 50 to 58 are those of East Asia.
fn shown_by_id(id: u32) -> Shown {
    match id {
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Shown::Moment,
        46 => Shown::Duration,
        _ => Shown::Number,
    }
}

/// A format is a date's when a letter of dates stands in its first section, outside quotes and brackets; `[h]` counts hours.
fn shown_by_code(code: &str) -> Shown {
    let mut characters = code.chars();
    while let Some(c) = characters.next() {
        match c.to_ascii_lowercase() {
            '\\' | '_' | '*' => drop(characters.next()),
            '"' => drop(characters.find(|c| *c == '"')),
            ';' => return Shown::Number,
            '[' => {
                let inside: String = characters.by_ref().take_while(|c| *c != ']').collect();
                if !inside.is_empty() && inside.chars().all(|c| matches!(c.to_ascii_lowercase(), 'h' | 'm' | 's')) {
                    return Shown::Duration;
                }
            }
            // General spells no date, though it has letters of one in other languages.
            'g' if code.trim().eq_ignore_ascii_case("general") => return Shown::Number,
            'd' | 'm' | 'h' | 'y' | 's' => return Shown::Moment,
            _ => {}
        }
    }
    Shown::Number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_shows_dates_by_its_letters() {
        for (code, shown) in [
            ("General", Shown::Number),
            ("0.00", Shown::Number),
            ("yyyy-mm-dd", Shown::Moment),
            ("[$-804]yyyy\"年\"m\"月\"d\"日\";@", Shown::Moment),
            ("[DBNum1][$-804]yyyy\"年\"m\"月\"", Shown::Moment),
            ("[h]:mm:ss", Shown::Duration),
            ("0\"ms\"", Shown::Number),
            ("\\d0", Shown::Number),
            ("[Red]0.0", Shown::Number),
            ("0;yyyy", Shown::Number),
            ("_ * #,##0.00_ ", Shown::Number),
            ("@", Shown::Number),
        ] {
            assert_eq!(shown_by_code(code), shown, "{code}");
        }
    }
}
