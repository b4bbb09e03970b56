//! Binary workbooks, which calamine reads: xlsb as a stream of cells, xls as ranges.
//!
//! The stream is what keeps memory small: a sheet with one cell at A1 and one at XFD1048576 is two cells. A sheet's
//! declared dimension is never used (exports state wrong ones). calamine offers no stream for xls; its size
//! is bounded by its format (65,536 × 256). Missing rows between two cells are blank rows, counted, never made.
//!
//! A workbook of Excel 5 states the code page of its texts, and Chinese programs state the wrong one or none: when no header
//! is found, the texts are read once more as GBK.

mod records;

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor};
use std::panic::{AssertUnwindSafe, catch_unwind};

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
    let mut merges = records::merges(source)?;
    for name in visible_sheets(&workbook, book) {
        let mut sheet = book.sheet(&name, Layout::Addressed);
        sheet.set_merges(merges.remove(&name).unwrap_or_default());
        let mut cells = workbook.worksheet_cells_reader(&name).map_err(refuse)?;
        let rows = stream(source, &mut sheet, || cells.next_cell().map_err(refuse))?;
        book.close(sheet, rows);
    }
    Ok(())
}

/// Reads an Excel 97 workbook, or one of Excel 5.
pub(super) fn read_xls(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    let bytes = source.bytes()?;
    read_biff(source, book, &bytes, None)?;
    if book.refusal().is_some() {
        let mut again = book.again();
        read_biff(source, &mut again, &bytes, Some(GBK))?;
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

fn read_biff(source: &Source<'_>, book: &mut Book<'_>, bytes: &[u8], code_page: Option<u16>) -> Result<()> {
    book.format = "xls".into();
    let mut options = XlsOptions::default();
    options.force_codepage = code_page;
    // The BIFF reader indexes records by what they state: a damaged file is a panic, and the file's fault.
    let workbook = catch_unwind(AssertUnwindSafe(|| Xls::new_with_options(Cursor::new(bytes), options)));
    let refuse = |cause: XlsError| match cause {
        XlsError::Password => source.encrypted(),
        cause => source.damaged("xls", cause),
    };
    let mut workbook = workbook.map_err(|_| source.damaged("xls", "BIFF"))?.map_err(refuse)?;
    for name in visible_sheets(&workbook, book) {
        let mut sheet = book.sheet(&name, Layout::Addressed);
        sheet.set_merges(merges(&workbook.merge_cells_by_sheet_name(&name).map_err(refuse)?));
        let range = workbook.worksheet_range(&name).map_err(refuse)?;
        read_range(source, book, sheet, &range)?;
    }
    Ok(())
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

/// Feeds a stream of cells, row by row; gives the number of the last row with a cell.
fn stream<'c>(
    source: &Source<'_>,
    sheet: &mut SheetBuilder<'_>,
    mut next: impl FnMut() -> Result<Option<Cell<DataRef<'c>>>>,
) -> Result<u64> {
    let mut rows = RowAssembler::default();
    while let Some(cell) = next()? {
        let (row, column) = cell.get_position();
        rows.put(source, sheet, (row, column), cell.get_value())?;
    }
    Ok(rows.end(sheet))
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
