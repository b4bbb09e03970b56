//! HTML tables saved as `.xls`: what most web systems call "export to Excel".
//!
//! Pages put the data where they like: a table in a cell of a layout table, the header in one table and the rows in the
//! next. So every table is tried; one with a header is a sheet, and any other inside a cell is part of that cell's text.
//! A table whose header has no rows goes on with the table after it. `colspan` moves the cells after
//! it, `rowspan` repeats its value in the rows below: in these exports it means "this household, all members". Cell
//! text is what a browser shows: entities decoded, runs of white space as one blank, `<br>` as a line break, nothing that
//! is hidden. A hidden row that identifies somebody is rejected, so that it is told.

use std::borrow::Cow;
use std::collections::BTreeMap;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::Visibility;
use super::book::Book;
use super::charset;
use super::classify::is_identifying;
use super::fold::is_blank;
use super::grid::{Cells, GridRow, MAX_COLUMNS};
use super::rows::{Layout, SheetBuilder};
use super::source::Source;
use crate::error::Result;
use crate::say;

/// Reads an HTML document.
pub(super) fn read(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    let bytes = source.bytes()?;
    let charset = charset::detect_declared(&bytes);
    charset.check_all(source, &bytes)?;
    let (text, damaged) = charset.decode(&bytes[charset.mark_bytes..]);
    if let Some(open) = still_open(&text) {
        return Err(source.damaged("HTML", format_args!("{open} 在文件末尾仍未结束/{open} is still open at the end")));
    }
    book.format = format!("html {}", charset.name());
    book.encoding = charset.reason.clone();
    let mut tables =
        Tables { book, damaged, tables: 0, open: Vec::new(), headed: None, hidden: None, last_open: Vec::new() };
    for event in events(&text) {
        tables.take(event);
        if tables.book.check_budget().is_err() {
            break;
        }
    }
    tables.book.check_budget()?;
    if tables.open.is_empty() {
        tables.finish();
        return Ok(());
    }
    Err(source.damaged("HTML", "表格在中途结束/a table is still open at the end"))
}

/// What swallows the rest of a document when its end is missing, and the end.
const SWALLOWING: &[(&str, &str)] = &[
    ("<!--", "-->"),
    ("<![cdata[", "]]>"),
    ("<title", "</title"),
    ("<style", "</style"),
    ("<script", "</script"),
    ("<textarea", "</textarea"),
    ("<xmp", "</xmp"),
];

/// What is still open at the end of a document, and has swallowed what came after it.
fn still_open(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    let is_open = |(open, close): &&(&str, &str)| text.rfind(open).is_some_and(|at| !text[at..].contains(close));
    SWALLOWING.iter().find(is_open).map(|(open, _)| *open)
}

/// What matters of a document.
enum Event {
    Open(Name),
    /// An attribute of the tag just opened: `rowspan` or `colspan`.
    Span(&'static str, usize),
    /// The tag just opened is hidden.
    Hide,
    Close(Name),
    Text(String),
    Break,
}

/// The name of a tag, and what it means in a table.
struct Name {
    tag: Option<Tag>,
    name: Vec<u8>,
}

impl Name {
    fn of(name: &[u8]) -> Self {
        Self { tag: Tag::named(name), name: name.to_vec() }
    }
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

/// Elements whose content nobody sees, and phonetics, which are no part of the text under them.
const UNSEEN: &[&[u8]] =
    &[b"style", b"script", b"title", b"template", b"noscript", b"textarea", b"select", b"rt", b"rp", b"xml", b"object"];
/// Elements that stand inside a cell.
const INLINE: &[&[u8]] =
    &[b"p", b"span", b"font", b"a", b"b", b"i", b"u", b"em", b"strong", b"label", b"small", b"s", b"rt", b"rp"];
/// Elements without content.
const VOID: &[&[u8]] =
    &[b"input", b"img", b"hr", b"col", b"meta", b"link", b"area", b"base", b"embed", b"source", b"wbr"];

/// The document as a stream of events.
fn events(text: &str) -> impl Iterator<Item = Event> {
    let mut attribute: Vec<u8> = Vec::new();
    let mut is_void = false;
    // An attribute without a value is given by its name only: `hidden` speaks for itself.
    let callback = move |event: CallbackEvent<'_>, _: Span<()>| -> Option<Event> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                attribute.clear();
                is_void = VOID.contains(&name);
                match name {
                    b"br" => Some(Event::Break),
                    _ if is_void => None,
                    _ => Some(Event::Open(Name::of(name))),
                }
            }
            CallbackEvent::AttributeName { name } => {
                attribute = name.to_ascii_lowercase();
                (attribute == b"hidden" && !is_void).then_some(Event::Hide)
            }
            CallbackEvent::AttributeValue { value } => match attribute.as_slice() {
                b"rowspan" => Some(Event::Span("rowspan", parse_span(value)?)),
                b"colspan" => Some(Event::Span("colspan", parse_span(value)?)),
                b"style" if hides(value) && !is_void => Some(Event::Hide),
                _ => None,
            },
            CallbackEvent::EndTag { name } => (!VOID.contains(&name)).then(|| Event::Close(Name::of(name))),
            CallbackEvent::String { value } => Some(Event::Text(String::from_utf8_lossy(value).into_owned())),
            _ => None,
        }
    };
    let mut emitter = CallbackEmitter::new(callback);
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(text, emitter).flatten()
}

fn parse_span(value: &[u8]) -> Option<usize> {
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// Whether a style keeps an element from being seen.
fn hides(style: &[u8]) -> bool {
    let plain: String =
        style.iter().map(|byte| char::from(*byte).to_ascii_lowercase()).filter(|c| !c.is_whitespace()).collect();
    plain.split(';').any(|rule| {
        matches!(rule.trim_end_matches("!important"), "display:none" | "visibility:hidden" | "mso-hide:all")
    })
}

/// The element that hides what is in it: its name, and how many of that name are open inside.
struct Hidden {
    name: Vec<u8>,
    inside: usize,
}

/// The tables of a document, each fed to its sheet as it is read.
struct Tables<'b, 'a> {
    book: &'b mut Book<'a>,
    damaged: bool,
    tables: usize,
    /// Tables around the current place, the outermost first.
    open: Vec<Table<'a>>,
    /// A table that ended with its header.
    headed: Option<Table<'a>>,
    hidden: Option<Hidden>,
    /// The tag opened last, whose attributes come next.
    last_open: Vec<u8>,
}

impl<'a> Tables<'_, 'a> {
    fn take(&mut self, event: Event) {
        if self.hidden.is_some() && self.is_hidden(&event) {
            return;
        }
        if let Event::Open(name) = &event {
            self.last_open.clone_from(&name.name);
        }
        match event {
            Event::Open(Name { tag: Some(Tag::Table), .. }) => self.open_table(),
            Event::Close(Name { tag: Some(Tag::Table), .. }) => self.close_table(),
            Event::Open(Name { name, .. }) if UNSEEN.contains(&name.as_slice()) => {
                self.hidden = Some(Hidden { name, inside: 0 });
            }
            Event::Open(Name { tag: Some(tag), .. }) => self.in_table(|table| table.open(tag)),
            Event::Close(Name { tag: Some(tag), .. }) => self.in_table(|table| table.close(tag)),
            Event::Open(_) | Event::Close(_) => {}
            Event::Hide => self.hide(),
            Event::Span(name, spans) => self.in_table(|table| table.span(name, spans)),
            Event::Text(text) => self.in_table(|table| table.text(&text)),
            Event::Break => self.in_table(Table::line_break),
        }
    }

    /// Follows a hidden element to its end; true while inside.
    fn is_hidden(&mut self, event: &Event) -> bool {
        let Some(hidden) = &mut self.hidden else { return false };
        let is_inline = INLINE.contains(&hidden.name.as_slice());
        match event {
            // What belongs inside a cell does not outlive it, whether it was closed or not.
            Event::Open(Name { tag: Some(_), .. }) | Event::Close(Name { tag: Some(_), .. }) if is_inline => {
                self.hidden = None;
                return false;
            }
            Event::Close(name) if is_inline && name.name == b"ruby" => self.hidden = None,
            Event::Open(name) if name.name == hidden.name => hidden.inside += 1,
            Event::Close(name) if name.name == hidden.name => match hidden.inside.checked_sub(1) {
                Some(inside) => hidden.inside = inside,
                None => self.hidden = None,
            },
            _ => {}
        }
        true
    }

    /// The element just opened is hidden. Rows and cells keep their place.
    fn hide(&mut self) {
        let name = std::mem::take(&mut self.last_open);
        match (name.as_slice(), self.open.last_mut()) {
            (b"tr", Some(table)) => table.is_row_hidden = true,
            (b"td" | b"th", Some(table)) => table.is_cell_hidden = true,
            (b"table", Some(_)) => {
                let table = self.open.pop();
                self.headed = table.and_then(|table| table.headed).map(|headed| *headed);
                self.book.hide(&format!("表{}", self.tables), Visibility::Hidden);
                self.hidden = Some(Hidden { name, inside: 0 });
            }
            (b"", _) => {}
            _ => self.hidden = Some(Hidden { name, inside: 0 }),
        }
    }

    fn in_table(&mut self, act: impl FnOnce(&mut Table<'a>)) {
        if let Some(table) = self.open.last_mut() {
            act(table);
        }
    }

    /// The first table is the file itself, a second one is the sheet 表2.
    fn open_table(&mut self) {
        self.tables += 1;
        let name = if self.tables == 1 { String::new() } else { format!("表{}", self.tables) };
        let mut sheet = self.book.sheet(&name, Layout::Counted);
        sheet.set_damaged(self.damaged);
        let headed = self.headed.take().map(Box::new);
        self.open.push(Table { headed, ..Table::new(sheet) });
    }

    fn close_table(&mut self) {
        let Some(mut table) = self.open.pop() else { return };
        table.end_row();
        // What the table before had to say stands by itself when this one has a header of its own.
        if let Some(headed) = table.headed.take() {
            if table.rows == 0 {
                self.headed = Some(*headed);
                return;
            }
            self.close(*headed);
        }
        let has_header = table.sheet.has_header();
        match self.open.last_mut() {
            Some(outer) if has_header => outer.sheet.set_frame(),
            Some(outer) if outer.cell.is_some() => return outer.text(&table.seen),
            _ => {}
        }
        if has_header && table.sheet.awaits_data() {
            self.headed = Some(table);
        } else {
            self.close(table);
        }
    }

    fn close(&mut self, table: Table<'a>) {
        let rows = u64::from(table.rows);
        if let Some((torn, row)) = table.torn_rows() {
            self.book.doubt(
                "",
                say!(
                    "有 {torn} 行的单元格数与其他行不同（如第 {row} 行）：该行可能缺了内容，请核对",
                    "{torn} rows have another number of cells than the others (e.g. row {row}): something may be missing"
                ),
            );
        }
        self.book.close(table.sheet, rows);
    }

    fn finish(&mut self) {
        if let Some(headed) = self.headed.take() {
            self.close(headed);
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
    /// Columns of the row that values from above have taken.
    taken: Vec<bool>,
    /// Rows by their number of cells, and the first of each; empty where cells span several.
    cells_of_rows: BTreeMap<usize, (u64, u32)>,
    cells_in_row: usize,
    has_spans: bool,
    in_row: bool,
    is_row_hidden: bool,
    is_cell_hidden: bool,
    /// Everything shown, for a table that turns out to be part of a cell.
    seen: String,
    /// The table before, which has a header and waits for its rows.
    headed: Option<Box<Table<'a>>>,
    /// Whether this table has a header of its own, so that the one before stands by itself.
    is_own: bool,
}

/// Rows at the beginning and at the end of a table that may hold no data.
const HEADING_ROWS: u32 = 5;
const FOOTER_ROWS: u32 = 3;

struct OpenCell {
    text: String,
    rows: usize,
    columns: usize,
}

impl<'a> Table<'a> {
    fn new(sheet: SheetBuilder<'a>) -> Self {
        Self {
            sheet,
            row: GridRow::default(),
            rows: 0,
            column: 0,
            cell: None,
            held: Vec::new(),
            taken: Vec::new(),
            cells_of_rows: BTreeMap::new(),
            cells_in_row: 0,
            has_spans: false,
            in_row: false,
            is_row_hidden: false,
            is_cell_hidden: false,
            seen: String::new(),
            headed: None,
            is_own: false,
        }
    }

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
                self.is_cell_hidden = false;
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
        if self.is_cell_hidden {
            return;
        }
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
        if let Some(cell) = self.cell.as_mut().filter(|_| !self.is_cell_hidden) {
            cell.text.truncate(cell.text.trim_end_matches(' ').len());
            cell.text.push('\n');
        }
    }

    fn begin_row(&mut self) {
        self.in_row = true;
        self.is_row_hidden = false;
        self.rows += 1;
        self.column = 0;
        self.row.clear();
        self.taken.clear();
        for (column, rows, text) in &mut self.held {
            // What is empty only takes its place.
            if !text.is_empty() {
                self.row.set_text(*column, text);
            }
            *rows -= 1;
            self.taken.resize(self.taken.len().max(*column + 1), false);
            self.taken[*column] = true;
        }
    }

    fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        self.cells_in_row += 1;
        self.has_spans |= cell.rows > 1 || cell.columns > 1 && self.rows > HEADING_ROWS;
        while self.taken.get(self.column) == Some(&true) {
            self.column += 1;
        }
        let text: Cow<'_, str> = cell.text.trim_end_matches([' ', '\n']).into();
        self.row.set_text(self.column, &text);
        self.seen.push_str(&text);
        self.seen.push(' ');
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
        let cells = std::mem::take(&mut self.cells_in_row);
        if std::mem::take(&mut self.in_row) {
            self.cells_of_rows.entry(cells).or_insert((0, self.rows)).0 += 1;
            self.feed();
        }
        self.held.retain(|(_, rows, _)| *rows > 0);
    }

    /// Rows of data with another number of cells than nearly all others, and the first of them.
    fn torn_rows(&self) -> Option<(u64, u32)> {
        const FEWEST_CELLS: usize = 3;
        let rows: u64 = self.cells_of_rows.values().map(|(rows, _)| rows).sum();
        let (usual, (most, _)) = self.cells_of_rows.iter().max_by_key(|(_, (rows, _))| *rows)?;
        let is_regular = !self.has_spans && *usual > FEWEST_CELLS && *most as f64 >= rows as f64 * 0.95;
        // Titles, headers and footers may have any number of cells.
        let is_data = |row: u32| row > HEADING_ROWS && row + FOOTER_ROWS < self.rows;
        let others = self.cells_of_rows.iter().filter(|(cells, _)| *cells != usual && **cells >= FEWEST_CELLS);
        let others: Vec<(u64, u32)> = others.map(|(_, rows)| *rows).filter(|(_, row)| is_data(*row)).collect();
        let first = others.iter().map(|(_, row)| *row).min().filter(|_| is_regular)?;
        Some((others.iter().map(|(rows, _)| rows).sum(), first))
    }

    /// Gives the row to the sheet; the first row decides whether the table before goes on here.
    fn feed(&mut self) {
        if self.is_row_hidden {
            let cells = (0..self.row.width()).map(|column| self.row.cell(column));
            return match cells.clone().any(is_identifying) {
                true => self.sheet.reject(self.rows, "隐藏的行，未读", &cells.collect::<Vec<_>>().join("\t")),
                false => self.sheet.blank_rows(1),
            };
        }
        let is_empty = (0..self.row.width()).all(|column| is_blank(self.row.cell(column)));
        let is_own = self.is_own;
        if let Some(headed) = self.headed.take_if(|_| !is_empty && !is_own) {
            let mut first = self.sheet.beside();
            first.row(1, &self.row);
            if first.has_header() {
                (self.headed, self.is_own) = (Some(headed), true);
            } else {
                let before = self.rows - 1;
                self.rows += headed.rows;
                self.sheet = headed.sheet;
                self.sheet.blank_rows(u64::from(before));
            }
        }
        self.sheet.row(self.rows, &self.row);
    }
}
