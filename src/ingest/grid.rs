//! A row as every format presents it to the sink: cells by column, as text.
//!
//! [`Cells`] is the seam. Text records implement it over their own buffer; formats that deliver cells one by one
//! (workbooks, HTML, SpreadsheetML, parquet) assemble a [`GridRow`], one reused buffer for all rows of a sheet.

use super::fold::unforced;

/// Columns from here on are never looked at: no export has a thousand columns, but Excel's Solver and stray clicks
/// leave cells at XFD.
pub(super) const MAX_COLUMNS: usize = 1024;

/// Characters a cell of any spreadsheet program may hold.
pub(super) const MAX_CELL_CHARS: usize = 32_767;

/// Cells of one row by 0-based column.
pub(super) trait Cells {
    /// Number of cells, trailing empty ones included or not.
    fn width(&self) -> usize;
    /// The text of a cell; empty beyond the width.
    fn cell(&self, column: usize) -> &str;
    /// Columns whose number has lost digits, see [`super::cell`].
    fn lost_digits(&self) -> &[usize] {
        &[]
    }
}

impl<T: AsRef<str>> Cells for [T] {
    fn width(&self) -> usize {
        self.len()
    }
    fn cell(&self, column: usize) -> &str {
        self.get(column).map_or("", AsRef::as_ref)
    }
}

/// A row assembled cell by cell, in any order of columns.
#[derive(Debug, Default)]
pub(super) struct GridRow {
    text: String,
    spans: Vec<(usize, usize)>,
    lost_digits: Vec<usize>,
}

impl GridRow {
    /// Empties the row, keeping its memory.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
        self.lost_digits.clear();
    }

    /// Writes the cell of `column`; `write` appends its text and says whether the number has lost digits.
    pub(super) fn set(&mut self, column: usize, write: impl FnOnce(&mut String) -> bool) {
        if column >= MAX_COLUMNS {
            return;
        }
        let start = self.text.len();
        if write(&mut self.text) {
            self.lost_digits.push(column);
        }
        if self.spans.len() <= column {
            self.spans.resize(column + 1, (0, 0));
        }
        self.spans[column] = (start, self.text.len());
    }

    /// Writes the text of `column` as it is.
    pub(super) fn set_text(&mut self, column: usize, text: &str) {
        self.set(column, |out| {
            out.push_str(text);
            false
        });
    }
}

impl Cells for GridRow {
    fn width(&self) -> usize {
        self.spans.len()
    }
    fn cell(&self, column: usize) -> &str {
        unforced(self.spans.get(column).map_or("", |&(start, end)| &self.text[start..end]))
    }
    fn lost_digits(&self) -> &[usize] {
        &self.lost_digits
    }
}

/// The spreadsheet letter of a 0-based column: `A`, `Z`, `AA`.
pub(super) fn column_letter(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// The row's cells joined by tabs, trailing empty ones left out: how a rejected row is published.
pub(super) fn joined<C: Cells + ?Sized>(cells: &C) -> String {
    let texts: Vec<&str> = (0..cells.width()).map(|column| cells.cell(column)).collect();
    texts.join("\t").trim_end_matches('\t').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_follow_the_spreadsheet() {
        for (column, letter) in [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(column_letter(column), letter);
        }
    }

    #[test]
    fn a_row_is_filled_in_any_order_and_a_far_cell_costs_nothing() {
        let mut row = GridRow::default();
        row.set_text(2, "丙");
        row.set_text(0, "甲");
        row.set_text(16_383, "stray");
        assert_eq!((row.width(), row.cell(0), row.cell(1), row.cell(2), row.cell(9)), (3, "甲", "", "丙", ""));
        assert_eq!(joined(&row), "甲\t\t丙");
    }
}
