//! HTML tables saved as `.xls`: what most web systems call "export to Excel".
//!
//! Each outermost table is a sheet; a table inside a cell is part of that cell's text. `colspan` moves the cells after
//! it, `rowspan` repeats its value in the rows below: in these exports it means "this household, all members". Cell
//! text is what a browser shows: entities decoded, runs of white space as one blank, `<br>` as a line break.

use std::borrow::Cow;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::book::Book;
use super::charset;
use super::grid::{GridRow, MAX_COLUMNS};
use super::rows::{Layout, SheetBuilder};
use super::source::Source;
use crate::error::Result;

/// Reads an HTML document.
pub(super) fn read(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    let bytes = source.bytes()?;
    let charset = charset::detect_declared(&bytes);
    let (text, damaged) = charset.decode(&bytes[charset.mark_bytes..]);
    book.format = format!("html {}", charset.name());
    book.encoding = charset.reason.clone();
    let mut tables = Tables { book, damaged, tables: 0, table: None, depth: 0 };
    for event in events(&text) {
        tables.take(event);
    }
    tables.close();
    Ok(())
}

/// What matters of a document.
enum Event {
    Open(Tag),
    /// An attribute of the tag just opened: `rowspan` or `colspan`.
    Span(&'static str, usize),
    Close(Tag),
    Text(String),
    Break,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Table,
    Row,
    Cell,
}

impl Tag {
    fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"table" => Some(Self::Table),
            b"tr" => Some(Self::Row),
            b"td" | b"th" => Some(Self::Cell),
            _ => None,
        }
    }
}

/// The document as a stream of events.
fn events(text: &str) -> impl Iterator<Item = Event> {
    let mut attribute: Option<&'static str> = None;
    let mut hidden: Option<Vec<u8>> = None;
    let callback = move |event: CallbackEvent<'_>, _: Span<()>| -> Option<Event> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                attribute = None;
                if matches!(name, b"style" | b"script" | b"title") {
                    hidden = Some(name.to_vec());
                }
                if name == b"br" { Some(Event::Break) } else { Tag::named(name).map(Event::Open) }
            }
            CallbackEvent::AttributeName { name } => {
                attribute =
                    [("rowspan", b"rowspan"), ("colspan", b"colspan")].iter().find(|(_, n)| name == *n).map(|n| n.0);
                None
            }
            CallbackEvent::AttributeValue { value } => {
                let spans = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
                attribute.take().map(|name| Event::Span(name, spans))
            }
            CallbackEvent::EndTag { name } => {
                if hidden.as_deref() == Some(name) {
                    hidden = None;
                }
                Tag::named(name).map(Event::Close)
            }
            CallbackEvent::String { value } if hidden.is_none() => {
                Some(Event::Text(String::from_utf8_lossy(value).into_owned()))
            }
            _ => None,
        }
    };
    let mut emitter = CallbackEmitter::new(callback);
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(text, emitter).flatten()
}

/// The tables of a document, each fed to its sheet as it is read.
struct Tables<'b, 'a> {
    book: &'b mut Book<'a>,
    damaged: bool,
    tables: usize,
    table: Option<Table<'a>>,
    /// How many tables are open around the current place.
    depth: usize,
}

impl<'a> Tables<'_, 'a> {
    fn take(&mut self, event: Event) {
        match event {
            Event::Open(Tag::Table) => {
                self.depth += 1;
                if self.depth == 1 {
                    self.open();
                }
            }
            Event::Close(Tag::Table) => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.close();
                }
            }
            Event::Text(text) => self.in_table(|table| table.text(&text)),
            Event::Break => self.in_table(Table::line_break),
            Event::Open(_) | Event::Span(..) | Event::Close(_) if self.depth > 1 => {}
            Event::Open(tag) => self.in_table(|table| table.open(tag)),
            Event::Span(name, spans) => self.in_table(|table| table.span(name, spans)),
            Event::Close(tag) => self.in_table(|table| table.close(tag)),
        }
    }

    fn in_table(&mut self, act: impl FnOnce(&mut Table<'a>)) {
        if let Some(table) = &mut self.table {
            act(table);
        }
    }

    /// The first table is the file itself, a second one is the sheet 表2.
    fn open(&mut self) {
        self.tables += 1;
        let name = if self.tables == 1 { String::new() } else { format!("表{}", self.tables) };
        let mut sheet = self.book.sheet(&name, Layout::Counted);
        sheet.set_damaged(self.damaged);
        self.table = Some(Table {
            sheet,
            row: GridRow::default(),
            rows: 0,
            column: 0,
            cell: None,
            held: Vec::new(),
            in_row: false,
        });
    }

    fn close(&mut self) {
        if let Some(mut table) = self.table.take() {
            table.end_row();
            let rows = u64::from(table.rows);
            self.book.close(table.sheet, rows);
        }
    }
}

/// One table while it is read.
struct Table<'a> {
    sheet: SheetBuilder<'a>,
    row: GridRow,
    rows: u32,
    column: usize,
    cell: Option<OpenCell>,
    /// Values that reach into rows below: column, rows left, text.
    held: Vec<(usize, usize, String)>,
    in_row: bool,
}

struct OpenCell {
    text: String,
    rows: usize,
    columns: usize,
}

impl Table<'_> {
    fn open(&mut self, tag: Tag) {
        match tag {
            Tag::Row => {
                self.end_row();
                self.begin_row();
            }
            Tag::Cell => {
                self.end_cell();
                if !self.in_row {
                    self.begin_row();
                }
                self.cell = Some(OpenCell { text: String::new(), rows: 1, columns: 1 });
            }
            Tag::Table => {}
        }
    }

    fn close(&mut self, tag: Tag) {
        match tag {
            Tag::Cell => self.end_cell(),
            Tag::Row => self.end_row(),
            Tag::Table => {}
        }
    }

    fn span(&mut self, name: &str, spans: usize) {
        let Some(cell) = &mut self.cell else { return };
        match name {
            "rowspan" => cell.rows = spans.clamp(1, 65_536),
            _ => cell.columns = spans.clamp(1, MAX_COLUMNS),
        }
    }

    /// White space is one blank, as a browser shows it; NBSP is not white space to a browser.
    fn text(&mut self, text: &str) {
        let Some(cell) = &mut self.cell else { return };
        for c in text.chars() {
            match c {
                ' ' | '\t' | '\n' | '\r' | '\u{C}' => {
                    if !cell.text.is_empty() && !cell.text.ends_with([' ', '\n']) {
                        cell.text.push(' ');
                    }
                }
                other => cell.text.push(other),
            }
        }
    }

    fn line_break(&mut self) {
        if let Some(cell) = &mut self.cell {
            cell.text.truncate(cell.text.trim_end_matches(' ').len());
            cell.text.push('\n');
        }
    }

    fn begin_row(&mut self) {
        self.in_row = true;
        self.rows += 1;
        self.column = 0;
        self.row.clear();
        for (column, rows, text) in &mut self.held {
            self.row.set_text(*column, text);
            *rows -= 1;
        }
    }

    fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        while self.held.iter().any(|(column, ..)| *column == self.column) {
            self.column += 1;
        }
        let text: Cow<'_, str> = cell.text.trim_end_matches([' ', '\n']).into();
        self.row.set_text(self.column, &text);
        for column in self.column..self.column + cell.columns {
            if cell.rows > 1 && column < MAX_COLUMNS {
                let text = if column == self.column { text.to_string() } else { String::new() };
                self.held.push((column, cell.rows - 1, text));
            }
        }
        self.column += cell.columns;
    }

    fn end_row(&mut self) {
        self.end_cell();
        if std::mem::take(&mut self.in_row) {
            self.sheet.row(self.rows, &self.row);
        }
        self.held.retain(|(_, rows, _)| *rows > 0);
    }
}
