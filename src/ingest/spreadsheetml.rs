//! SpreadsheetML 2003: a workbook as one XML document, saved as `.xls` or `.xml`.
//!
//! Rows and cells may skip ahead (`ss:Index`, 1-based); a cell may cover those to its right (`ss:MergeAcross`) and below
//! (`ss:MergeDown`, filled down here). Numbers are shown as any number cell; a `DateTime` is an ISO moment. Whether a sheet
//! is hidden is said after its rows, so that a hidden sheet is read and then dropped.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::book::Book;
use super::grid::{GridRow, MAX_COLUMNS};
use super::rows::{Layout, SheetBuilder};
use super::source::Source;
use super::xml::{attribute, number};
use super::{Visibility, cell, charset};
use crate::error::Result;
use crate::say;

/// Rows of a sheet: as many as Excel has.
const MAX_ROWS: u32 = 1_048_576;

/// Reads a SpreadsheetML document.
pub(super) fn read(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    let bytes = source.bytes()?;
    let charset = charset::detect_declared(&bytes);
    charset.check_all(source, &bytes)?;
    let (text, damaged) = charset.decode(&bytes[charset.mark_bytes..]);
    book.format = format!("spreadsheetml {}", charset.name());
    book.encoding = charset.reason.clone();
    let mut document =
        Document { book, damaged, sheet: None, in_data: false, in_visible: false, in_remark: 0, fault: None };
    let mut reader = Reader::from_str(text.trim_start());
    reader.config_mut().check_end_names = false;
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|cause| source.damaged("SpreadsheetML", cause))? {
            Event::Start(tag) => {
                depth += 1;
                document.open(&tag, false);
            }
            Event::Empty(tag) => document.open(&tag, true),
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                document.close(tag.local_name().as_ref());
            }
            Event::Text(text) => document.text(&text.xml10_content()),
            Event::CData(text) => document.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let name = reference.into_inner();
                document.text(&quick_xml::escape::unescape(&format!("&{name};")).unwrap_or_default());
            }
            Event::Eof if depth > 0 => {
                return Err(source.damaged("SpreadsheetML", "内容在中途结束/an element is still open at its end"));
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
        if let Some(fault) = document.fault.take() {
            return Err(source.damaged("SpreadsheetML", fault));
        }
        document.book.check_budget()?;
    }
}

/// The document as far as it has been read.
struct Document<'b, 'a> {
    book: &'b mut Book<'a>,
    damaged: bool,
    sheet: Option<OpenSheet<'a>>,
    in_data: bool,
    in_visible: bool,
    /// How many elements are open inside a comment or phonetics: what they hold is no value.
    in_remark: usize,
    /// What no writer of this format does: something would be lost or in the wrong row.
    fault: Option<String>,
}

struct OpenSheet<'a> {
    sheet: SheetBuilder<'a>,
    row: GridRow,
    /// 1-based row being read.
    number: u32,
    /// Last row fed.
    fed: u32,
    /// 0-based column of the next cell.
    column: usize,
    cell: OpenCell,
    /// Values that reach into rows below: column, last row, text.
    held: Vec<(usize, u32, String)>,
    /// Rows that the sheet says it has.
    stated: Option<u32>,
    is_row_open: bool,
}

#[derive(Default)]
struct OpenCell {
    text: String,
    kind: String,
    across: usize,
    down: u32,
    has_formula: bool,
    has_data: bool,
}

impl<'a> Document<'_, 'a> {
    fn open(&mut self, tag: &BytesStart<'_>, is_empty: bool) {
        if self.in_remark > 0 || matches!(tag.local_name().as_ref(), "Comment" | "PhoneticText") {
            self.in_remark += usize::from(!is_empty);
            return;
        }
        match tag.local_name().as_ref() {
            "Worksheet" => self.open_sheet(&attribute(tag, "Name").unwrap_or_default()),
            "Table" => {
                let stated = number(tag, "ExpandedRowCount");
                self.in_sheet(|sheet| sheet.stated = stated);
            }
            "Row" => self.try_in_sheet(|sheet| sheet.open_row(number(tag, "Index"))),
            "Cell" => self.try_in_sheet(|sheet| sheet.open_cell(tag)),
            "Data" => {
                self.in_data = !is_empty;
                let kind = attribute(tag, "Type").unwrap_or_default();
                self.in_sheet(|sheet| (sheet.cell.kind, sheet.cell.has_data) = (kind, true));
            }
            "Visible" => self.in_visible = !is_empty,
            _ => {}
        }
        if is_empty {
            self.close(tag.local_name().as_ref());
        }
    }

    fn close(&mut self, name: &str) {
        if self.in_remark > 0 {
            self.in_remark -= 1;
            return;
        }
        match name {
            "Worksheet" => self.close_sheet(),
            "Row" => self.in_sheet(OpenSheet::close_row),
            "Cell" => self.in_sheet(OpenSheet::close_cell),
            "Data" => self.in_data = false,
            "Visible" => self.in_visible = false,
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_remark > 0 {
            return;
        }
        if self.in_data {
            self.in_sheet(|sheet| sheet.cell.text.push_str(text));
        } else if self.in_visible && text.trim().starts_with("Sheet") {
            let very = text.contains("VeryHidden");
            self.close_sheet();
            self.book.hide_last(if very { Visibility::VeryHidden } else { Visibility::Hidden });
        }
    }

    fn open_sheet(&mut self, name: &str) {
        if self.sheet.is_some() {
            self.fault = Some("工作表没有结束/a sheet has no end".into());
        }
        if self.book.sheets.iter().any(|sheet| sheet.name == name) || self.book.hidden.iter().any(|(n, _)| n == name) {
            self.fault = Some("两张工作表同名/two sheets of one name".into());
        }
        let mut sheet = self.book.sheet(name, Layout::Addressed);
        sheet.set_damaged(self.damaged);
        self.sheet = Some(OpenSheet {
            sheet,
            row: GridRow::default(),
            number: 0,
            fed: 0,
            column: 0,
            cell: OpenCell::default(),
            held: Vec::new(),
            stated: None,
            is_row_open: false,
        });
    }

    fn close_sheet(&mut self) {
        if let Some(sheet) = self.sheet.take() {
            if let Some(stated) = sheet.stated.filter(|stated| *stated > sheet.fed) {
                let read = sheet.fed;
                self.book.note(
                    sheet.sheet.name(),
                    say!(
                        "文件写明有 {stated} 行，实际只有 {read} 行，请核对导出是否完整",
                        "the file states {stated} rows and holds {read}: check that the export is complete"
                    ),
                );
            }
            self.book.close(sheet.sheet, u64::from(sheet.fed));
        }
    }

    /// Acts in the sheet; a fault ends the reading.
    fn try_in_sheet(&mut self, act: impl FnOnce(&mut OpenSheet<'a>) -> std::result::Result<(), String>) {
        if let Some(Err(fault)) = self.sheet.as_mut().map(act) {
            self.fault = Some(fault);
        }
    }

    fn in_sheet(&mut self, act: impl FnOnce(&mut OpenSheet<'a>)) {
        if let Some(sheet) = &mut self.sheet {
            act(sheet);
        }
    }
}

impl OpenSheet<'_> {
    fn open_row(&mut self, index: Option<u32>) -> std::result::Result<(), String> {
        let number = index.unwrap_or(self.number + 1);
        if std::mem::replace(&mut self.is_row_open, true) {
            return Err(format!("第 {} 行没有结束/row {0} has no end", self.number));
        }
        if number <= self.number || number > MAX_ROWS {
            return Err(format!("行号 {number} 重复或倒序/row number {number} repeated or out of order"));
        }
        self.number = number;
        self.column = 0;
        self.row.clear();
        let number = self.number;
        self.held.retain(|(_, last, _)| *last >= number);
        for (column, _, text) in &self.held {
            self.row.set_text(*column, text);
        }
        Ok(())
    }

    fn open_cell(&mut self, tag: &BytesStart<'_>) -> std::result::Result<(), String> {
        if let Some(index) = number(tag, "Index") {
            let column = (index as usize).saturating_sub(1);
            if column < self.column {
                return Err(format!("第 {} 行有重复的单元格/a cell twice in row {0}", self.number));
            }
            self.column = column;
        } else {
            while self.held.iter().any(|(column, ..)| *column == self.column) {
                self.column += 1;
            }
        }
        let across = number(tag, "MergeAcross").unwrap_or(0).min(MAX_COLUMNS as u32) as usize;
        let down = number(tag, "MergeDown").unwrap_or(0).min(MAX_ROWS);
        let has_formula = attribute(tag, "Formula").is_some();
        self.cell = OpenCell { across, down, has_formula, ..OpenCell::default() };
        Ok(())
    }

    fn close_cell(&mut self) {
        let mut cell = std::mem::take(&mut self.cell);
        if cell.has_formula && cell.text.is_empty() && (!cell.has_data || cell.kind == "Number") {
            (cell.text, cell.kind) = (cell::NOT_COMPUTED.to_owned(), "String".to_owned());
        }
        if !cell.text.is_empty() {
            self.row.set(self.column, |out| cell.write(out));
        }
        if cell.down > 0 {
            let mut text = String::new();
            cell.write(&mut text);
            self.held.push((self.column, self.number.saturating_add(cell.down), text));
        }
        self.column += 1 + cell.across;
    }

    fn close_row(&mut self) {
        if !std::mem::take(&mut self.is_row_open) {
            return;
        }
        self.sheet.blank_rows(u64::from(self.number - self.fed - 1));
        self.sheet.row(self.number, &self.row);
        self.fed = self.number;
    }
}

impl OpenCell {
    /// Appends what a person sees; true when a number has lost digits.
    fn write(&self, out: &mut String) -> bool {
        let text = self.text.trim_end_matches('\r');
        match self.kind.as_str() {
            "Number" => match text.trim().parse::<f64>() {
                Ok(number) => return cell::write_number(number, out),
                Err(_) => out.push_str(text),
            },
            "DateTime" => cell::write_iso_moment(text, out),
            "Boolean" => out.push_str(cell::yes_no(text.trim() == "1")),
            _ => out.push_str(text),
        }
        false
    }
}
