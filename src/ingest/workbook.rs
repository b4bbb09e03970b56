//! Binary workbooks, which calamine reads: xlsb as a stream of cells, xls as ranges.
//!
//! The stream is what keeps memory small: a sheet with one cell at A1 and one at XFD1048576 is two cells. A sheet's
//! declared dimension is never used (exports state wrong ones). calamine offers no stream for xls; its size
//! is bounded by its format (65,536 × 256). Missing rows between two cells are blank rows, counted, never made.
//!
//! A workbook of Excel 5 states the code page of its texts, and Chinese programs state the wrong one or none: when no header
//! is found, the texts are read once more as GBK.

mod biff;
mod compound;
mod records;

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor};

use calamine::{
    Cell, Data, DataRef, Dimensions, Range, Reader, SheetType, SheetVisible, Xls, XlsError, XlsOptions, Xlsb, XlsbError,
};

use super::book::Book;
use super::cell;
use super::columns::Merge;
use super::grid::GridRow;
use super::rows::{Layout, SheetBuilder};
use super::source::Source;
use super::{Visibility, zip_guard};
use crate::error::{Error, Result};
use crate::say;
use biff::Scan;

/// The code page of GBK.
const GBK: u16 = 936;

/// Reads an Excel binary workbook.
pub(super) fn read_xlsb(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    book.format = "xlsb".into();
    zip_guard::check(source)?;
    let refuse = |cause: XlsbError| match cause {
        XlsbError::Password => source.encrypted(),
        cause => source.damaged("xlsb", cause),
    };
    let mut workbook = Xlsb::new(BufReader::new(source.open()?)).map_err(refuse)?;
    check_names(source, "xlsb", &workbook)?;
    let mut merges = records::merges(source)?;
    let mut counts = records::check(source)?;
    for name in visible_sheets(&workbook, book) {
        let mut sheet = book.sheet(&name, Layout::Addressed);
        sheet.set_merges(merges.remove(&name).unwrap_or_default());
        let mut cells = workbook.worksheet_cells_reader(&name).map_err(refuse)?;
        let (rows, read) = stream(source, &mut sheet, || cells.next_cell().map_err(refuse))?;
        let held = counts.remove(&name).unwrap_or_default();
        if read != held && !sheet.is_full() {
            return Err(
                source.damaged("xlsb", format_args!("{held} 个单元格只读出 {read} 个/{read} of {held} cells read"))
            );
        }
        book.close(sheet, rows);
    }
    Ok(())
}

/// Reads an Excel 97 workbook, or one of Excel 5.
pub(super) fn read_xls(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    let bytes = source.bytes()?;
    let scan = Scan::of(&bytes).map_err(|fault| source.damaged("xls", fault))?;
    let bytes = scan.tamed(&bytes);
    read_biff(source, book, &scan, &bytes, None)?;
    if book.refusal().is_some() {
        let mut again = book.again();
        read_biff(source, &mut again, &scan, &bytes, Some(GBK))?;
        if again.refusal().is_none() {
            again.note(
                "",
                say!("文字的编码页没有写明或写错，按 936（GBK）读取", "code page missing or wrong, read as 936 (GBK)"),
            );
            *book = again;
        }
    }
    Ok(())
}

fn read_biff(
    source: &Source<'_>,
    book: &mut Book<'_>,
    scan: &Scan,
    bytes: &[u8],
    code_page: Option<u16>,
) -> Result<()> {
    book.format = "xls".into();
    let mut options = XlsOptions::default();
    options.force_codepage = code_page;
    let refuse = |cause: XlsError| match cause {
        XlsError::Password => source.encrypted(),
        cause => source.damaged("xls", cause),
    };
    let mut workbook = Xls::new_with_options(Cursor::new(bytes), options).map_err(refuse)?;
    check_names(source, "xls", &workbook)?;
    for name in visible_sheets(&workbook, book) {
        let mut sheet = book.sheet(&name, Layout::Addressed);
        sheet.set_merges(merges(&workbook.merge_cells_by_sheet_name(&name).map_err(refuse)?));
        let range = workbook.worksheet_range(&name).map_err(refuse)?;
        check_cells(source, scan, &workbook, &name, &range)?;
        read_range(source, book, sheet, &range)?;
    }
    Ok(())
}

/// Refuses a workbook with two sheets of one name: only one of them could be asked for.
fn check_names<RS, W>(source: &Source<'_>, format: &str, workbook: &W) -> Result<()>
where
    RS: std::io::Read + std::io::Seek,
    W: Reader<RS>,
{
    let mut names: Vec<&str> = workbook.sheets_metadata().iter().map(|sheet| sheet.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).any(|pair| pair[0] == pair[1]) {
        true => Err(source.damaged(format, "两张工作表同名/two sheets of one name")),
        false => Ok(()),
    }
}

/// Refuses a sheet of which not every cell that its records hold has come out.
fn check_cells<RS: std::io::Read + std::io::Seek>(
    source: &Source<'_>,
    scan: &Scan,
    workbook: &Xls<RS>,
    name: &str,
    range: &Range<Data>,
) -> Result<()> {
    let at = workbook.sheets_metadata().iter().position(|sheet| sheet.name == name);
    let expected = at.and_then(|at| scan.cells.get(at)).map_or(&[][..], Vec::as_slice);
    let is_lost =
        |cell: &&(u16, u16)| range.get_value((u32::from(cell.0), u32::from(cell.1))).is_none_or(|v| *v == Data::Empty);
    match expected.iter().find(is_lost) {
        Some((row, _)) => {
            let row = row + 1;
            Err(source.damaged("xls", format_args!("第 {row} 行有单元格读不出内容/a cell of row {row} has no text")))
        }
        None => Ok(()),
    }
}

/// The names of the sheets that a person sees; the others are noted.
fn visible_sheets<RS, W>(workbook: &W, book: &mut Book<'_>) -> Vec<String>
where
    RS: std::io::Read + std::io::Seek,
    W: Reader<RS>,
{
    let worksheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let mut visible = Vec::new();
    for sheet in worksheets {
        match sheet.visible {
            SheetVisible::Visible => visible.push(sheet.name.clone()),
            SheetVisible::Hidden => book.hide(&sheet.name, Visibility::Hidden),
            SheetVisible::VeryHidden => book.hide(&sheet.name, Visibility::VeryHidden),
        }
    }
    visible
}

/// Feeds a stream of cells, row by row; gives the number of the last row with a cell, and how many cells held something.
fn stream<'c>(
    source: &Source<'_>,
    sheet: &mut SheetBuilder<'_>,
    mut next: impl FnMut() -> Result<Option<Cell<DataRef<'c>>>>,
) -> Result<(u64, u64)> {
    let mut rows = RowAssembler::default();
    let mut cells = 0;
    while let Some(cell) = next()? {
        let (row, column) = cell.get_position();
        cells += u64::from(*cell.get_value() != DataRef::Empty);
        rows.put(source, sheet, (row, column), cell.get_value())?;
        if sheet.is_full() {
            break;
        }
    }
    Ok((rows.end(sheet), cells))
}

fn read_range<'a>(
    source: &Source<'_>,
    book: &mut Book<'a>,
    mut sheet: SheetBuilder<'a>,
    range: &Range<Data>,
) -> Result<()> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    let mut rows = RowAssembler::default();
    for (row, column, value) in range.used_cells() {
        let place = (first_row + row as u32, first_column + column as u32);
        rows.put(source, &mut sheet, place, &cell::borrow(value))?;
    }
    let last_row = rows.end(&mut sheet);
    book.close(sheet, last_row);
    Ok(())
}

/// Cells in the order of the sheet → rows, with the gaps between them.
#[derive(Default)]
struct RowAssembler {
    row: GridRow,
    /// 1-based number of the row being assembled; 0 before the first.
    number: u32,
}

impl RowAssembler {
    fn put(
        &mut self,
        source: &Source<'_>,
        sheet: &mut SheetBuilder<'_>,
        (row, column): (u32, u32),
        value: &DataRef<'_>,
    ) -> Result<()> {
        if *value == DataRef::Empty {
            return Ok(());
        }
        let number = row + 1;
        if number != self.number {
            self.advance(source, sheet, number)?;
        }
        self.row.set(column as usize, |out| cell::write(value, out));
        Ok(())
    }

    fn advance(&mut self, source: &Source<'_>, sheet: &mut SheetBuilder<'_>, number: u32) -> Result<()> {
        if number < self.number {
            let cause: Error = source.damaged("xlsx", format_args!("行号不递增/rows out of order: {number}"));
            return Err(cause);
        }
        let gap = number - self.number - 1;
        self.flush(sheet);
        sheet.blank_rows(u64::from(gap));
        self.number = number;
        Ok(())
    }

    fn flush(&mut self, sheet: &mut SheetBuilder<'_>) {
        if self.number > 0 {
            sheet.row(self.number, &self.row);
            self.row.clear();
        }
    }

    fn end(mut self, sheet: &mut SheetBuilder<'_>) -> u64 {
        self.flush(sheet);
        u64::from(self.number)
    }
}

/// Merged ranges over several rows, by their first column: a merged cell's value stands in its corner.
fn merges(ranges: &[Dimensions]) -> Vec<Merge> {
    let tall = ranges.iter().filter(|range| range.start.0 < range.end.0);
    let by_column: BTreeMap<(u32, u32), u32> =
        tall.map(|range| ((range.start.1, range.start.0), range.end.0)).collect();
    let merge = |((column, first), last): ((u32, u32), u32)| Merge {
        column: column as usize,
        first_row: first + 1,
        last_row: last + 1,
    };
    by_column.into_iter().map(merge).collect()
}
