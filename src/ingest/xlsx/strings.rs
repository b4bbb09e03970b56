//! Texts of a workbook: the table of shared strings, and rich text wherever it stands.

use std::io::BufRead;

use quick_xml::events::Event;

use crate::error::Result;
use crate::ingest::xml::{self, Xml};

/// All shared strings in one piece of memory: an empty one costs eight bytes.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    /// Reads the table.
    pub(super) fn read<R: BufRead>(mut xml: Xml<'_, R>) -> Result<Self> {
        let mut strings = Self::default();
        let mut one = String::new();
        while let Some(event) = xml.next()? {
            if matches!(&event, Event::Start(tag) if tag.local_name().as_ref() == "si") {
                one.clear();
                read_rich_text(&mut xml, &mut one)?;
                push_unescaped(one.trim_end_matches('\r'), &mut strings.text);
                strings.ends.push(strings.text.len());
            }
        }
        Ok(strings)
    }

    /// A string by its number.
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.text[start..end])
    }
}

/// Reads to the end of the element just opened; appends its texts, without phonetics.
pub(super) fn read_rich_text<R: BufRead>(xml: &mut Xml<'_, R>, out: &mut String) -> Result<()> {
    let mut open = 1_usize;
    let mut in_text = false;
    while open > 0 {
        let Some(event) = xml.next()? else { return Ok(()) };
        match &event {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "rPh" => xml.skip()?,
                name => {
                    in_text = name == "t";
                    open += 1;
                }
            },
            Event::End(_) => {
                in_text = false;
                open -= 1;
            }
            other if in_text => out.extend(xml::text(other)),
            _ => {}
        }
    }
    Ok(())
}

/// Appends text with `_x000D_` and its like as the characters they stand for.
pub(super) fn push_unescaped(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        match character(escape) {
            Some(character) => {
                out.push(character);
                rest = &escape[7..];
            }
            None => {
                out.push_str("_x");
                rest = &escape[2..];
            }
        }
    }
    out.push_str(rest);
}

/// `_x000D_` → the carriage return.
fn character(escape: &str) -> Option<char> {
    let digits = escape.get(2..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let closed = escape.as_bytes().get(6) == Some(&b'_');
    closed.then(|| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_characters() {
        for (text, expected) in [
            ("甲_x000D_\n乙", "甲\r\n乙"),
            ("_x005F_x000D_", "_x000D_"),
            ("a_x12_", "a_x12_"),
            ("_x", "_x"),
            ("_xD800_", "_xD800_"),
            ("_x000户_", "_x000户_"),
        ] {
            let mut out = String::new();
            push_unescaped(text, &mut out);
            assert_eq!(out, expected, "{text}");
        }
    }
}
