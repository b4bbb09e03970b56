//! A sheet being written: titles, header, records, and what people put between and below them.
//!
//! Counties' files are never only a header and rows: titles, repeated headers, blank rows, 合计 and 填表人 lines.
//! [`Quirks`] says which of them a township's file has; [`Sheet::record`] answers the row at which a record came to
//! stand, which is what the truth points to. Parquet has no quirks.

use std::path::Path;

use super::Format;
use super::layout::Form;
use super::write_csv::Text;
use super::write_parquet::Columns;
use super::write_xlsx::Workbook;
use crate::error::Result;

/// What a file has beside header and records.
#[derive(Debug, Clone, Default)]
pub(super) struct Quirks {
    /// Lines above the header.
    pub(super) titles: Vec<String>,
    /// Whether the header has two rows, with headings over groups of columns.
    pub(super) two_row_header: bool,
    /// Records after which the header is printed again.
    pub(super) repeat_header_every: Option<u64>,
    /// Records after which a blank row stands.
    pub(super) blank_row_every: Option<u64>,
    /// Whether a total and a line for signatures end the file.
    pub(super) footer: bool,
    /// Whether the workbook has a hidden sheet.
    pub(super) hidden_sheet: bool,
}

/// Where rows go.
pub(super) enum Export {
    Xlsx(Box<Workbook>),
    Csv(Text),
    Parquet(Columns),
}

impl Export {
    fn line(&mut self, cells: &[&str]) -> Result<u32> {
        match self {
            Self::Xlsx(book) => book.line(cells),
            Self::Csv(text) => text.line(cells),
            Self::Parquet(columns) => columns.line(cells),
        }
    }
}

/// One file of one form.
pub(super) struct Sheet {
    form: &'static Form,
    quirks: Quirks,
    export: Export,
    records: u64,
}

impl Sheet {
    /// Creates the file and writes what stands above the records.
    pub(super) fn create(path: &Path, form: &'static Form, format: Format, quirks: Quirks) -> Result<Self> {
        let export = match format {
            Format::Xlsx => Export::Xlsx(Box::new(Workbook::create(path, form, &quirks))),
            Format::Csv | Format::Utf8Csv => Export::Csv(Text::create(path, format)?),
            Format::Parquet => Export::Parquet(Columns::create(path, form.header)?),
        };
        let mut sheet = Self { form, quirks, export, records: 0 };
        sheet.open()?;
        Ok(sheet)
    }

    fn open(&mut self) -> Result<()> {
        match &mut self.export {
            Export::Parquet(_) => return Ok(()),
            Export::Xlsx(book) => book.open(self.form, &self.quirks)?,
            Export::Csv(text) => {
                for title in &self.quirks.titles {
                    text.line(&[title])?;
                }
                text.header(self.form.header)?;
            }
        }
        Ok(())
    }

    /// The running number of the next record.
    pub(super) fn serial(&self) -> String {
        (self.records + 1).to_string()
    }

    /// Writes one record; its 1-based row (sheet), line (text) or record number (parquet).
    pub(super) fn record(&mut self, cells: &[&str]) -> Result<u32> {
        debug_assert_eq!(cells.len(), self.form.header.len());
        let due =
            |every: Option<u64>, records: u64| every.is_some_and(|every| records > 0 && records.is_multiple_of(every));
        if due(self.quirks.blank_row_every, self.records) {
            self.export.line(&vec![""; cells.len()])?;
        }
        if due(self.quirks.repeat_header_every, self.records) {
            self.export.line(self.form.header)?;
        }
        self.records += 1;
        self.export.line(cells)
    }

    /// Writes what stands below the records and closes the file; how many records it holds.
    pub(super) fn close(mut self) -> Result<u64> {
        if self.quirks.footer {
            self.export.line(&["合计", "", &format!("{}条", self.records)])?;
            self.export.line(&["填表人：", "", "", "审核人：", "", "", "填表日期：2019年2月15日"])?;
        }
        match self.export {
            Export::Xlsx(book) => book.close()?,
            Export::Csv(text) => text.close()?,
            Export::Parquet(columns) => columns.close()?,
        }
        Ok(self.records)
    }
}
