//! Excel 2007 workbooks, read part by part as XML.
//!
//! What the standard allows is read: relationships with any spelling of a path, parts in any encoding, inline strings that
//! stand in `<v>`, rich text without its phonetics, faults that are newer than this reader (`#SPILL!`). What it forbids and
//! what lenient readers swallow is refused: a row or a cell that comes twice, a string that is not in the
//! table, two sheets of one name.
//!
//! A formula whose result was never stored is not blank: nobody knows what it would show. Such a cell reads
//! [`NOT_COMPUTED`], which no kind of value understands.

mod strings;
mod styles;

use std::collections::BTreeMap;
use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};

use super::book::Book;
use super::columns::Merge;
use super::grid::{GridRow, MAX_COLUMNS};
use super::package::Package;
use super::rows::{Layout, SheetBuilder};
use super::source::Source;
use super::xml::{self, Xml};
use super::{Visibility, cell, zip_guard};
use crate::error::{Error, Result};
use strings::Strings;
use styles::Styles;

pub(super) use cell::NOT_COMPUTED;

/// Rows of a sheet: as many as Excel has.
const MAX_ROWS: u32 = 1_048_576;

/// Reads an Excel 2007 workbook.
pub(super) fn read(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    book.format = "xlsx".into();
    let tall = zip_guard::check(source)?;
    let mut package = Package::open(source, "xlsx")?;
    let workbook = Workbook::open(source, &mut package)?;
    for sheet in &workbook.sheets {
        if sheet.visibility != Visibility::Visible {
            book.hide(&sheet.name, sheet.visibility);
            continue;
        }
        let mut builder = book.sheet(&sheet.name, Layout::Addressed);
        if tall.contains(&sheet.part) {
            builder.set_merges(merges(package.xml(&sheet.part)?)?);
        }
        let rows = workbook.feed(source, package.xml(&sheet.part)?, &mut builder)?;
        book.close(builder, rows);
    }
    Ok(())
}

/// What the sheets share.
struct Workbook {
    sheets: Vec<SheetPart>,
    strings: Strings,
    styles: Styles,
    is_1904: bool,
}

/// A worksheet and its part.
struct SheetPart {
    name: String,
    visibility: Visibility,
    part: String,
}

impl Workbook {
    fn open(source: &Source<'_>, package: &mut Package<'_>) -> Result<Self> {
        let root = match package.relations("")?.into_values().find(|(kind, _)| kind == "officedocument") {
            Some((_, part)) => part,
            None => "xl/workbook.xml".to_owned(),
        };
        let relations = package.relations(&root)?;
        let part = |wanted: &str| relations.values().find(|(kind, _)| kind == wanted).map(|(_, part)| part.clone());
        let strings = match part("sharedstrings").filter(|part| package.has(part)) {
            Some(part) => Strings::read(package.xml(&part)?)?,
            None => Strings::default(),
        };
        let styles = match part("styles").filter(|part| package.has(part)) {
            Some(part) => Styles::read(package.xml(&part)?)?,
            None => Styles::default(),
        };
        let mut workbook = Self { sheets: Vec::new(), strings, styles, is_1904: false };
        let mut xml = package.xml(&root)?;
        while let Some(event) = xml.next()? {
            let Event::Start(tag) = event else { continue };
            match tag.local_name().as_ref() {
                "workbookPr" => {
                    workbook.is_1904 = xml::attribute(&tag, "date1904").is_some_and(|value| is_true(&value));
                }
                "sheet" => workbook.add_sheet(source, &tag, &relations)?,
                _ => {}
            }
        }
        Ok(workbook)
    }

    /// Adds a sheet, when it is one of cells.
    fn add_sheet(
        &mut self,
        source: &Source<'_>,
        tag: &BytesStart<'_>,
        relations: &BTreeMap<String, (String, String)>,
    ) -> Result<()> {
        let name = xml::attribute(tag, "name").unwrap_or_default();
        let id = xml::attribute(tag, "id").unwrap_or_default();
        let Some((kind, part)) = relations.get(&id) else {
            return Err(damaged(source, format_args!("工作表没有内容/a sheet without a part: {id}")));
        };
        if kind != "worksheet" {
            return Ok(());
        }
        if self.sheets.iter().any(|sheet| sheet.name == name) {
            return Err(damaged(source, "两张工作表同名/two sheets of one name"));
        }
        let visibility = match xml::attribute(tag, "state").as_deref() {
            Some("hidden") => Visibility::Hidden,
            Some("veryHidden") => Visibility::VeryHidden,
            _ => Visibility::Visible,
        };
        self.sheets.push(SheetPart { name, visibility, part: part.clone() });
        Ok(())
    }

    /// Feeds a worksheet; gives the number of its last row.
    fn feed<R: BufRead>(&self, source: &Source<'_>, mut xml: Xml<'_, R>, sheet: &mut SheetBuilder<'_>) -> Result<u64> {
        let mut place = RowPlace::default();
        let mut in_data = false;
        let mut cell = OpenCell::default();
        while let Some(event) = xml.next()? {
            match &event {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "sheetData" => in_data = true,
                    "row" if in_data && sheet.is_full() => break,
                    "row" if in_data => place.open(source, sheet, xml::number(tag, "r"))?,
                    "c" if in_data => {
                        cell.open(tag);
                        cell.read(&mut xml)?;
                        place.put(source, &cell, |out| self.write(source, &cell, out))?;
                    }
                    _ => {}
                },
                Event::End(tag) if tag.local_name().as_ref() == "sheetData" => in_data = false,
                _ => {}
            }
        }
        place.flush(sheet);
        Ok(u64::from(place.number))
    }

    /// Appends the text of a cell; true when its number has lost digits.
    fn write(&self, source: &Source<'_>, cell: &OpenCell, out: &mut String) -> Result<bool> {
        let value = cell.value.as_str();
        if cell.has_formula && (!cell.has_value || cell.kind == CellKind::Number && value.trim().is_empty()) {
            out.push_str(NOT_COMPUTED);
            return Ok(false);
        }
        match cell.kind {
            CellKind::Shared => {
                let text = value.trim().parse().ok().and_then(|index| self.strings.get(index));
                let missing = || damaged(source, format_args!("字符串表中没有 {value}/no such shared string"));
                out.push_str(text.ok_or_else(missing)?);
            }
            CellKind::Text => strings::push_unescaped(value.trim_end_matches('\r'), out),
            CellKind::Bool => out.push_str(cell::yes_no(is_true(value))),
            CellKind::Fault => out.push_str(value.trim()),
            CellKind::Moment => cell::write_iso_moment(value.trim(), out),
            CellKind::Number => match value.trim().parse::<f64>() {
                Ok(number) => return Ok(self.styles.write(cell.style, number, self.is_1904, out)),
                Err(_) => out.push_str(value.trim()),
            },
        }
        Ok(false)
    }
}

fn is_true(value: &str) -> bool {
    matches!(value.trim(), "1" | "true" | "on")
}

fn damaged(source: &Source<'_>, cause: impl std::fmt::Display) -> Error {
    source.damaged("xlsx", cause)
}

/// Ranges merged over several rows, by their first column: a merged cell's value stands in its corner.
fn merges<R: BufRead>(mut xml: Xml<'_, R>) -> Result<Vec<Merge>> {
    let mut merges = Vec::new();
    while let Some(event) = xml.next()? {
        match event {
            Event::Start(tag) if tag.local_name().as_ref() == "sheetData" => xml.skip()?,
            Event::Start(tag) if tag.local_name().as_ref() == "mergeCell" => {
                let range = xml::attribute(&tag, "ref").unwrap_or_default();
                let corners = range.split_once(':').and_then(|(first, last)| Some((address(first)?, address(last)?)));
                if let Some(((first_row, column), (last_row, _))) = corners.filter(|(first, last)| first.0 < last.0) {
                    merges.push(Merge { column, first_row, last_row });
                }
            }
            _ => {}
        }
    }
    merges.sort_unstable();
    Ok(merges)
}

/// `B12` as its 1-based row and 0-based column.
fn address(text: &str) -> Option<(u32, usize)> {
    let mut column = 0_usize;
    let mut row = 0_u32;
    for byte in text.trim().bytes().filter(|byte| *byte != b'$') {
        match byte.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' if row == 0 && column < MAX_COLUMNS * 26 => {
                column = column * 26 + usize::from(letter - b'A') + 1;
            }
            digit @ b'0'..=b'9' if column > 0 => row = row.checked_mul(10)?.checked_add(u32::from(digit - b'0'))?,
            _ => return None,
        }
    }
    (row > 0 && row <= MAX_ROWS).then(|| (row, column - 1))
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum CellKind {
    #[default]
    Number,
    Shared,
    Text,
    Bool,
    Fault,
    Moment,
}

/// One cell, its memory reused.
#[derive(Default)]
struct OpenCell {
    reference: Option<String>,
    kind: CellKind,
    style: usize,
    value: String,
    has_value: bool,
    has_formula: bool,
}

impl OpenCell {
    fn open(&mut self, tag: &BytesStart<'_>) {
        let value = std::mem::take(&mut self.value);
        *self = Self { value, ..Self::default() };
        self.value.clear();
        for attribute in tag.attributes().with_checks(false).flatten() {
            match attribute.key.as_ref() {
                "r" => self.reference = Some(attribute.value.into_owned()),
                "s" => self.style = attribute.value.trim().parse().unwrap_or(0),
                "t" => {
                    self.kind = match attribute.value.as_ref() {
                        "s" => CellKind::Shared,
                        "str" | "inlineStr" => CellKind::Text,
                        "b" => CellKind::Bool,
                        "e" => CellKind::Fault,
                        "d" => CellKind::Moment,
                        _ => CellKind::Number,
                    }
                }
                _ => {}
            }
        }
    }

    /// Reads to the end of the cell.
    fn read<R: BufRead>(&mut self, xml: &mut Xml<'_, R>) -> Result<()> {
        let mut in_value = false;
        while let Some(event) = xml.next()? {
            match &event {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "v" => (in_value, self.has_value) = (true, true),
                    "is" => {
                        self.value.clear();
                        self.has_value = true;
                        self.kind = CellKind::Text;
                        strings::read_rich_text(xml, &mut self.value)?;
                    }
                    "f" => {
                        self.has_formula = true;
                        xml.skip()?;
                    }
                    _ => xml.skip()?,
                },
                Event::End(tag) => match tag.local_name().as_ref() {
                    "c" => return Ok(()),
                    _ => in_value = false,
                },
                other if in_value => self.value.extend(xml::text(other)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The row being assembled.
#[derive(Default)]
struct RowPlace {
    row: GridRow,
    /// Its 1-based number; 0 before the first.
    number: u32,
    /// 0-based column of a cell that does not say where it is.
    column: usize,
    /// Columns that the row has, for those that come out of order.
    seen: Vec<usize>,
}

impl RowPlace {
    fn open(&mut self, source: &Source<'_>, sheet: &mut SheetBuilder<'_>, number: Option<u32>) -> Result<()> {
        let number = number.unwrap_or(self.number + 1);
        if number <= self.number || number > MAX_ROWS {
            return Err(damaged(
                source,
                format_args!("行号 {number} 重复或倒序/row number {number} repeated or out of order"),
            ));
        }
        let gap = number - self.number - 1;
        self.flush(sheet);
        sheet.blank_rows(u64::from(gap));
        self.number = number;
        Ok(())
    }

    fn put(
        &mut self,
        source: &Source<'_>,
        cell: &OpenCell,
        write: impl FnOnce(&mut String) -> Result<bool>,
    ) -> Result<()> {
        let column = match &cell.reference {
            None => self.column,
            Some(reference) => match address(reference) {
                Some((row, column)) if row == self.number => column,
                _ => {
                    return Err(damaged(
                        source,
                        format_args!("第 {} 行有错放的单元格/a cell of another row in row {0}", self.number),
                    ));
                }
            },
        };
        if self.seen.last().is_some_and(|last| column <= *last) && self.seen.contains(&column) {
            return Err(damaged(source, format_args!("第 {} 行有重复的单元格/a cell twice in row {0}", self.number)));
        }
        self.seen.push(column);
        self.column = column + 1;
        let mut outcome = Ok(false);
        self.row.set(column, |out| {
            outcome = write(out);
            matches!(outcome, Ok(true))
        });
        outcome.map(drop)
    }

    fn flush(&mut self, sheet: &mut SheetBuilder<'_>) {
        if self.number > 0 {
            sheet.row(self.number, &self.row);
        }
        self.row.clear();
        self.seen.clear();
        self.column = 0;
    }
}
