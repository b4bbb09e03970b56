//! OpenDocument spreadsheets: `content.xml` as a stream.
//!
//! A row or a cell may say that it is repeated: blank ones are counted, others are made as often as they say, within
//! [`MAX_CELLS`]. A cell over several rows is filled down. Text is what the cell shows; a number is shown as every
//! number is, a date by its value. Remarks, phonetics and the record of changes hold no values.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};

use super::book::Book;
use super::cell::{self, NOT_COMPUTED};
use super::grid::{GridRow, MAX_COLUMNS};
use super::package::Package;
use super::rows::{Layout, SheetBuilder};
use super::source::Source;
use super::xml::{self, Xml};
use super::{Visibility, zip_guard};
use crate::error::Result;

/// Rows of a sheet: as many as any program has.
const MAX_ROWS: u32 = 1_048_576;
/// Cells with content of a document, repeated ones each counted: a county of 200,000 people has 7 million.
const MAX_CELLS: u64 = 100_000_000;

/// Reads an OpenDocument spreadsheet.
pub(super) fn read(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    book.format = "ods".into();
    zip_guard::check(source)?;
    let mut package = Package::open(source, "ods")?;
    if package.has("META-INF/manifest.xml") {
        let mut manifest = package.xml("META-INF/manifest.xml")?;
        while let Some(event) = manifest.next()? {
            if matches!(&event, Event::Start(tag) if tag.local_name().as_ref() == "encryption-data") {
                return Err(source.encrypted());
            }
        }
    }
    let mut document = Document { source: *source, cells: 0, hidden_styles: Vec::new(), style: None };
    let mut xml = package.xml("content.xml")?;
    while let Some(event) = xml.next()? {
        let Event::Start(tag) = event else { continue };
        match tag.local_name().as_ref() {
            "style" => document.style = xml::attribute(&tag, "name"),
            "table-properties" if xml::attribute(&tag, "display").as_deref() == Some("false") => {
                document.hidden_styles.extend(document.style.take());
            }
            "tracked-changes" => xml.skip()?,
            "table" => {
                let name = xml::attribute(&tag, "name").unwrap_or_default();
                let style = xml::attribute(&tag, "style-name").unwrap_or_default();
                if book.sheets.iter().any(|sheet| sheet.name == name) || book.hidden.iter().any(|(n, _)| *n == name) {
                    return Err(source.damaged("ods", "两张工作表同名/two sheets of one name"));
                }
                if document.hidden_styles.contains(&style) {
                    book.hide(&name, Visibility::Hidden);
                    xml.skip()?;
                } else {
                    let mut sheet = book.sheet(&name, Layout::Addressed);
                    let rows = document.read_table(&mut xml, &mut sheet)?;
                    book.close(sheet, rows);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The document as far as it has been read.
struct Document<'a> {
    source: Source<'a>,
    cells: u64,
    hidden_styles: Vec<String>,
    style: Option<String>,
}

/// A row as it is written, before it is repeated.
#[derive(Default)]
struct Row {
    /// First column, repetitions, text, whether digits are lost.
    cells: Vec<(usize, usize, String, bool)>,
    column: usize,
}

/// A value that reaches into rows below: column, last row, text.
type Held = (usize, u32, String);

impl Document<'_> {
    /// Reads to the end of a table; gives the number of its last row with content.
    fn read_table<R: BufRead>(&mut self, xml: &mut Xml<'_, R>, sheet: &mut SheetBuilder<'_>) -> Result<u64> {
        let mut table = Table { sheet, fed: 0, number: 0, held: Vec::new(), row: GridRow::default() };
        let mut open = 1_usize;
        while open > 0 {
            let Some(event) = xml.next()? else { break };
            match event {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "table-row" => {
                        let repeated = repeated(&tag, "number-rows-repeated");
                        let row = self.read_row(xml, &mut table)?;
                        self.feed(&mut table, row, repeated)?;
                    }
                    "shapes" | "forms" | "table-source" | "scenario" => xml.skip()?,
                    _ => open += 1,
                },
                Event::End(_) => open -= 1,
                _ => {}
            }
        }
        Ok(u64::from(table.fed))
    }

    fn read_row<R: BufRead>(&mut self, xml: &mut Xml<'_, R>, table: &mut Table<'_, '_>) -> Result<Row> {
        let mut row = Row::default();
        let mut open = 1_usize;
        while open > 0 {
            let Some(event) = xml.next()? else { break };
            match event {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "table-cell" | "covered-table-cell" => {
                        let cell = OpenCell::open(&tag);
                        let mut text = String::new();
                        read_text(xml, &mut text)?;
                        let lost = cell.show(&mut text);
                        if !text.is_empty() && row.column < MAX_COLUMNS {
                            if cell.rows > 1 {
                                let last = table.number.saturating_add(cell.rows);
                                table.held.push((row.column, last, text.clone()));
                            }
                            row.cells.push((row.column, cell.repeated, text, lost));
                        }
                        row.column = row.column.saturating_add(cell.repeated);
                    }
                    _ => open += 1,
                },
                Event::End(_) => open -= 1,
                _ => {}
            }
        }
        Ok(row)
    }

    /// Gives a row to the sheet as often as it says.
    fn feed(&mut self, table: &mut Table<'_, '_>, row: Row, repeated: usize) -> Result<()> {
        let number = table.number;
        let repeated = u32::try_from(repeated).unwrap_or(u32::MAX);
        table.number = number.saturating_add(repeated);
        let reaches = table.held.iter().any(|(_, last, _)| *last > number + 1);
        if row.cells.is_empty() && !reaches {
            return Ok(());
        }
        let wide: usize = row.cells.iter().map(|(column, repeated, ..)| (*repeated).min(MAX_COLUMNS - column)).sum();
        // A blank row is made only as far as a value reaches into it.
        let made = if row.cells.is_empty() {
            table.held.iter().map(|(_, last, _)| *last).max().unwrap_or(0).saturating_sub(number).min(repeated)
        } else {
            repeated
        };
        self.cells = self.cells.saturating_add(wide.max(1) as u64 * u64::from(made));
        if self.cells > MAX_CELLS || number.saturating_add(made) > MAX_ROWS {
            return Err(self.source.damaged("ods", "重复的行列过多/too many repeated rows or cells"));
        }
        for number in number + 1..=number + made {
            table.feed(number, &row);
            if table.sheet.is_full() {
                break;
            }
        }
        Ok(())
    }
}

/// A table on its way into a sheet.
struct Table<'t, 'a> {
    sheet: &'t mut SheetBuilder<'a>,
    /// Last row given to the sheet.
    fed: u32,
    /// Last row read.
    number: u32,
    held: Vec<Held>,
    row: GridRow,
}

impl Table<'_, '_> {
    fn feed(&mut self, number: u32, row: &Row) {
        self.held.retain(|(_, last, _)| *last >= number);
        self.row.clear();
        for (column, _, text) in &self.held {
            self.row.set_text(*column, text);
        }
        for (first, repeated, text, lost) in &row.cells {
            for column in *first..first.saturating_add(*repeated).min(MAX_COLUMNS) {
                self.row.set(column, |out| {
                    out.push_str(text);
                    *lost
                });
            }
        }
        self.sheet.blank_rows(u64::from(number - self.fed - 1));
        self.sheet.row(number, &self.row);
        self.fed = number;
    }
}

/// What a cell says about itself.
struct OpenCell {
    kind: String,
    value: Option<String>,
    has_formula: bool,
    repeated: usize,
    rows: u32,
}

impl OpenCell {
    fn open(tag: &BytesStart<'_>) -> Self {
        let kind = xml::attribute(tag, "value-type").unwrap_or_default();
        let value = match kind.as_str() {
            "date" => xml::attribute(tag, "date-value"),
            "boolean" => xml::attribute(tag, "boolean-value"),
            "float" | "percentage" | "currency" => xml::attribute(tag, "value"),
            "string" => xml::attribute(tag, "string-value"),
            _ => None,
        };
        Self {
            value,
            has_formula: xml::attribute(tag, "formula").is_some(),
            repeated: repeated(tag, "number-columns-repeated"),
            rows: xml::number(tag, "number-rows-spanned").unwrap_or(1),
            kind,
        }
    }

    /// Puts what a person sees in place of the text between the tags; true when a number has lost digits.
    fn show(&self, text: &mut String) -> bool {
        if self.has_formula && self.kind.is_empty() && text.is_empty() {
            text.push_str(NOT_COMPUTED);
            return false;
        }
        let Some(value) = &self.value else { return false };
        match self.kind.as_str() {
            "date" => {
                text.clear();
                cell::write_iso_moment(value.trim(), text);
            }
            "boolean" => {
                text.clear();
                text.push_str(cell::yes_no(value.trim() == "true"));
            }
            "string" if !value.is_empty() && text.is_empty() => text.push_str(value),
            "string" => {}
            _ => {
                if let Ok(number) = value.trim().parse::<f64>() {
                    text.clear();
                    return cell::write_number(number, text);
                }
            }
        }
        false
    }
}

fn repeated(tag: &BytesStart<'_>, name: &str) -> usize {
    xml::number(tag, name).map_or(1, |times| times.max(1) as usize)
}

/// Reads to the end of a cell; appends its paragraphs, one a line.
fn read_text<R: BufRead>(xml: &mut Xml<'_, R>, out: &mut String) -> Result<()> {
    let mut open = 1_usize;
    let mut in_paragraph = 0_usize;
    let mut paragraphs = 0_usize;
    while open > 0 {
        let Some(event) = xml.next()? else { return Ok(()) };
        match &event {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "annotation" | "ruby-text" | "frame" | "custom-shape" | "note" => xml.skip()?,
                name => {
                    match name {
                        "p" | "h" => {
                            if paragraphs > 0 {
                                out.push('\n');
                            }
                            (paragraphs, in_paragraph) = (paragraphs + 1, open);
                        }
                        "s" => {
                            out.extend(std::iter::repeat_n(' ', xml::number(tag, "c").unwrap_or(1).min(255) as usize))
                        }
                        "tab" => out.push('\t'),
                        "line-break" => out.push('\n'),
                        _ => {}
                    }
                    open += 1;
                }
            },
            Event::End(_) => {
                open -= 1;
                if open == in_paragraph {
                    in_paragraph = 0;
                }
            }
            other if in_paragraph > 0 => out.extend(xml::text(other)),
            _ => {}
        }
    }
    Ok(())
}
