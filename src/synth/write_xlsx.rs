//! Workbooks as the national system exports them: merged titles, text cells, now and then a header of two rows
//! or a hidden sheet. The creation date is fixed, so that equal seeds give equal bytes.
//!
//! An identifier that went through a General cell is a number in the workbook: digits beyond the fifteenth are gone.

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as Style, Worksheet, XlsxError};

use super::layout::Form;
use super::sheet::Quirks;
use super::unwritable;
use crate::error::Result;
use crate::private;

/// A workbook being written.
pub(super) struct Workbook {
    path: PathBuf,
    book: rust_xlsxwriter::Workbook,
    rows: u32,
}

impl Workbook {
    /// An empty workbook for `path`; long forms are written row by row.
    pub(super) fn create(path: &Path, form: &Form, quirks: &Quirks) -> Self {
        let mut book = rust_xlsxwriter::Workbook::new();
        if let Ok(date) = ExcelDateTime::from_ymd(2019, 2, 15) {
            book.set_properties(&DocProperties::new().set_creation_datetime(&date));
        }
        let sheet = if form.long { book.add_worksheet_with_constant_memory().ok() } else { Some(book.add_worksheet()) };
        if let Some(sheet) = sheet {
            // A name of eight characters is always legal.
            _ = sheet.set_name("Sheet1");
        }
        if quirks.hidden_sheet {
            let hidden = book.add_worksheet();
            hidden.set_hidden(true);
            _ = hidden.set_name("代码表");
            for (row, label) in ["一般贫困户", "低保贫困户", "特困供养贫困户"].iter().enumerate() {
                _ = hidden.write_string(row as u32, 0, *label);
            }
        }
        Self { path: path.to_owned(), book, rows: 0 }
    }

    /// Writes titles and header.
    pub(super) fn open(&mut self, form: &Form, quirks: &Quirks) -> Result<()> {
        let last = form.header.len() as u16 - 1;
        for title in &quirks.titles {
            let row = self.rows;
            self.write(|sheet| match form.long {
                true => sheet.write_string(row, 0, title).map(|_| ()),
                false => sheet.merge_range(row, 0, row, last, title, &Style::new()).map(|_| ()),
            })?;
            self.rows += 1;
        }
        if quirks.two_row_header && !form.bands.is_empty() {
            self.two_row_header(form)
        } else {
            self.line(form.header).map(|_| ())
        }
    }

    /// Headings over groups of columns; every other header is merged down over both rows.
    fn two_row_header(&mut self, form: &Form) -> Result<()> {
        let (upper, style) = (self.rows, Style::new());
        self.write(|sheet| {
            for &(first, last, heading) in form.bands {
                sheet.merge_range(upper, first, upper, last, heading, &style)?;
            }
            for (column, header) in (0u16..).zip(form.header) {
                if form.bands.iter().any(|band| (band.0..=band.1).contains(&column)) {
                    sheet.write_string(upper + 1, column, *header)?;
                } else {
                    sheet.merge_range(upper, column, upper + 1, column, header, &style)?;
                }
            }
            Ok(())
        })?;
        self.rows += 2;
        Ok(())
    }

    /// Writes a row; its 1-based number.
    pub(super) fn line(&mut self, cells: &[&str]) -> Result<u32> {
        let row = self.rows;
        self.write(|sheet| {
            for (column, cell) in (0u16..).zip(cells) {
                match lost_precision(cell) {
                    _ if cell.is_empty() => {}
                    Some(number) => _ = sheet.write_number(row, column, number)?,
                    None => _ = sheet.write_string(row, column, *cell)?,
                }
            }
            Ok(())
        })?;
        self.rows += 1;
        Ok(self.rows)
    }

    /// Saves the workbook.
    pub(super) fn close(mut self) -> Result<()> {
        let file = private::create(&self.path).map_err(|cause| unwritable(&self.path, &cause))?;
        self.book.save_to_writer(BufWriter::new(file)).map_err(|cause| unwritable(&self.path, &cause))
    }

    fn write(&mut self, cells: impl FnOnce(&mut Worksheet) -> Result<(), XlsxError>) -> Result<()> {
        self.book.worksheet_from_index(0).and_then(cells).map_err(|cause| unwritable(&self.path, &cause))
    }
}

/// The number a General cell holds for digits that end in zeros after the fifteenth.
fn lost_precision(cell: &str) -> Option<f64> {
    let lost = cell.len() == 18 && cell.ends_with("000") && cell.bytes().all(|byte| byte.is_ascii_digit());
    if lost { cell.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_identifiers_without_their_last_digits_are_numbers() {
        assert_eq!(lost_precision("341199195002035000"), Some(341_199_195_002_035_000.0));
        assert_eq!(lost_precision("341199195002035629"), None);
        assert_eq!(lost_precision("35000"), None);
    }
}
