//! The hidden sheet 字典: the words of every drop-down, one column each (a drop-down's own list holds 255 characters at
//! most).

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::columns::{COLUMNS, Column, Input};

/// Name of the sheet.
pub(crate) const SHEET: &str = "字典";

/// Fills the sheet and hides it.
pub(crate) fn write(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name(SHEET)?;
    for (ix, (header, words)) in lists().enumerate() {
        let column = ix as u16;
        sheet.write_string(0, column, header)?;
        for (row, word) in (1..).zip(words) {
            sheet.write_string(row, column, *word)?;
        }
    }
    sheet.set_hidden(true);
    sheet.protect();
    Ok(())
}

/// The range that holds the words of `column`.
pub(crate) fn range(column: Column, words: &[&str]) -> String {
    let ix = COLUMNS.iter().filter(|spec| words_of(spec.input).is_some()).position(|spec| spec.column == column);
    let letter = char::from(b'A' + ix.and_then(|ix| u8::try_from(ix).ok()).expect("a column with words, one of a few"));
    format!("={SHEET}!${letter}$2:${letter}${}", words.len() + 1)
}

fn lists() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    COLUMNS.iter().filter_map(|spec| Some((spec.header, words_of(spec.input)?)))
}

fn words_of(input: Input) -> Option<&'static [&'static str]> {
    match input {
        Input::OneOf(words) | Input::Suggested(words) => Some(words),
        Input::Locked | Input::Text | Input::Date => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::{EVIDENCE, VERDICTS};
    use super::*;

    #[test]
    fn ranges_follow_the_column_table() {
        assert_eq!(range(Column::Verdict, VERDICTS), "=字典!$A$2:$A$5");
        assert_eq!(range(Column::Evidence, EVIDENCE), format!("=字典!$B$2:$B${}", EVIDENCE.len() + 1));
    }
}
