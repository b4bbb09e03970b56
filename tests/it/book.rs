//! A workbook of the sample county read, changed and saved again, as somebody does who opens an export in Excel.
//!
//! Only the first sheet is kept. Cells keep their type (a damaged identifier is a number) and merged headings stay
//! merged, so that saving alone changes nothing that anybody means.

use std::ops::Range;
use std::path::Path;

use calamine::{Data, Dimensions, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::{Format, Workbook};

/// Rows of a table with this many filled cells are data; footers and page titles have fewer.
const MIN_FILLED: usize = 5;

/// The first sheet of a workbook.
#[derive(Clone)]
pub(crate) struct Book {
    rows: Vec<Vec<Data>>,
    merged: Vec<Dimensions>,
    header: Range<usize>,
}

impl Book {
    pub(crate) fn open(path: &Path) -> Self {
        let mut book: Xlsx<_> = open_workbook(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
        let name = book.sheet_names()[0].clone();
        let range = book.worksheet_range(&name).expect("a sheet");
        assert_eq!(range.start(), Some((0, 0)), "{}", path.display());
        let rows: Vec<Vec<Data>> = range.rows().map(<[Data]>::to_vec).collect();
        let merged = book.merge_cells_by_sheet_name(&name).expect("merged cells");
        let is_header = |row: &Vec<Data>| row.iter().any(|cell| ["姓名", "户主姓名"].contains(&text(cell).as_str()));
        let first = rows.iter().position(is_header).expect("a header");
        let spans = |region: &Dimensions| region.start.0 as usize == first && region.end.0 as usize == first + 1;
        let height = 1 + usize::from(merged.iter().any(spans));
        Self { rows, merged, header: first..first + height }
    }

    pub(crate) fn save(&self, path: &Path) {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for region in &self.merged {
            let ((top, left), (bottom, right)) = (region.start, region.end);
            let [left, right] = [left, right].map(|column| u16::try_from(column).expect("a column"));
            sheet.merge_range(top, left, bottom, right, "", &Format::new()).expect("merged cells");
        }
        for (at, row) in (0..).zip(&self.rows) {
            for (column, cell) in (0..).zip(row) {
                match cell {
                    Data::Empty => continue,
                    Data::Float(number) => sheet.write_number(at, column, *number),
                    cell => sheet.write_string(at, column, text(cell)),
                }
                .expect("a cell");
            }
        }
        workbook.save(path).expect("a workbook saved");
    }

    /// Headers as printed, left to right; those of the lower row where a heading spans a group.
    pub(crate) fn headers(&self) -> Vec<String> {
        let rows = &self.rows[self.header.clone()];
        let width = rows.iter().map(Vec::len).max().unwrap_or_default();
        let printed = |column: usize| rows.iter().rev().filter_map(move |row| row.get(column)).map(text);
        (0..width).map(|column| printed(column).find(|cell| !cell.is_empty()).unwrap_or_default()).collect()
    }

    /// The cell under a header in one of [`Self::records`].
    pub(crate) fn cell(&self, row: usize, header: &str) -> String {
        self.rows[row].get(self.column(header)).map(text).unwrap_or_default()
    }

    pub(crate) fn set(&mut self, row: usize, header: &str, value: &str) {
        let column = self.column(header);
        self.rows[row][column] = if value.is_empty() { Data::Empty } else { Data::String(value.to_owned()) };
    }

    /// The rows that hold somebody or something, top to bottom.
    pub(crate) fn records(&self) -> Vec<usize> {
        let filled = |row: &[Data]| row.iter().filter(|cell| **cell != Data::Empty).count();
        let name = self.headers().iter().position(|header| header.ends_with("姓名")).expect("a name");
        let is_record = |row: &[Data]| filled(row) >= MIN_FILLED && !text(&row[name]).ends_with("姓名");
        (self.header.end..self.rows.len()).filter(|row| is_record(&self.rows[*row])).collect()
    }

    /// Sets a column of every record.
    pub(crate) fn fill(&mut self, header: &str, value: impl Fn(usize, &str) -> String) {
        for (ix, row) in self.records().into_iter().enumerate() {
            let new = value(ix, &self.cell(row, header));
            self.set(row, header, &new);
        }
    }

    /// Drops the records that are not to be kept; `keep` is asked with each one's ordinal and row.
    pub(crate) fn keep(&mut self, keep: impl Fn(usize, usize) -> bool) {
        let dropped: Vec<usize> =
            self.records().into_iter().enumerate().filter(|(ix, row)| !keep(*ix, *row)).map(|(_, row)| row).collect();
        for row in dropped.into_iter().rev() {
            self.rows.remove(row);
        }
    }

    /// Adds a record behind the others.
    pub(crate) fn push(&mut self, cells: &[(&str, String)]) {
        let at = self.records().last().expect("a record") + 1;
        self.rows.insert(at, vec![Data::Empty; self.headers().len()]);
        cells.iter().for_each(|(header, cell)| self.set(at, header, cell));
    }

    /// Puts the records into another order.
    pub(crate) fn reorder(&mut self, order: impl Fn(&mut [Vec<Data>])) {
        let places = self.records();
        let mut records: Vec<Vec<Data>> = places.iter().map(|row| self.rows[*row].clone()).collect();
        order(&mut records);
        for (row, record) in places.into_iter().zip(records) {
            self.rows[row] = record;
        }
    }

    /// Without a column, headings that spanned it unmerged.
    pub(crate) fn drop_column(&mut self, header: &str) {
        self.single_header();
        let column = self.column(header);
        for row in self.rows.iter_mut().filter(|row| row.len() > column) {
            row.remove(column);
        }
    }

    /// The columns from last to first.
    pub(crate) fn reverse_columns(&mut self) {
        self.single_header();
        let width = self.headers().len();
        for row in &mut self.rows[self.header.start..] {
            row.resize(width, Data::Empty);
            row.reverse();
        }
    }

    /// The lines of a text file with the same table, header first.
    pub(crate) fn csv(&self) -> String {
        let mut plain = self.clone();
        plain.single_header();
        let cell = |cell: &Data| match text(cell) {
            text if text.contains([',', '"', '\n']) => format!("\"{}\"", text.replace('"', "\"\"")),
            text => text,
        };
        let line = |row: &Vec<Data>| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n";
        plain.rows.iter().map(line).collect()
    }

    /// Header and records as text, nothing else: what [`Self::csv`] and the other formats are written from.
    pub(crate) fn table(&self) -> Vec<Vec<String>> {
        let width = self.headers().len();
        let padded = |row: &Vec<Data>| -> Vec<String> {
            (0..width).map(|column| row.get(column).map(text).unwrap_or_default()).collect()
        };
        std::iter::once(self.headers()).chain(self.records().into_iter().map(|row| padded(&self.rows[row]))).collect()
    }

    fn single_header(&mut self) {
        let headers = self.headers().into_iter().map(Data::String).collect();
        self.merged.clear();
        self.rows.splice(self.header.clone(), [headers]);
        self.header.end = self.header.start + 1;
    }

    fn column(&self, header: &str) -> usize {
        self.headers().iter().position(|cell| cell == header).unwrap_or_else(|| panic!("no column {header}"))
    }
}

/// A cell as it is shown.
fn text(cell: &Data) -> String {
    cell.to_string()
}
