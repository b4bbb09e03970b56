//! The sink every format feeds, row by row: finds the header, classifies each row, fills the columns.
//!
//! A sheet is read in one pass. Its first non-blank rows are held until a header is found among them
//! ([`super::header`]); from then on a row is looked at once and either added to the columns or counted. A sheet
//! without a header is read to its end all the same, so that its rows are counted and the rows that look like data are
//! rejected with a reason, not lost.
//!
//! ```text
//! Searching ──15 non-blank rows, or the end──┬─► Reading     title, header, then data, footers, blanks …
//!                                            └─► Headerless  one or two cells: title; more: rejected
//! ```

use std::collections::BTreeMap;

use super::Binding;
use super::classify::{is_footer, is_identifying, is_naming};
use super::columns::{Columns, Merge};
use super::fold::is_blank;
use super::grid::{Cells, joined};
use super::header::{self, Header, HeldRow};
use crate::table::{Kind, RowClass};

/// How many non-blank rows may precede the data.
const HEADER_SEARCH_ROWS: usize = 15;

/// How the cells of a format know their column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// By counting separators: a cell too many means that the row has shifted.
    Counted,
    /// By address: a cell beyond the header is a remark or a stray click.
    Addressed,
}

/// Reads one sheet.
pub(super) struct SheetBuilder<'a> {
    name: String,
    bindings: &'a [Binding],
    layout: Layout,
    merges: Vec<Merge>,
    check_damage: bool,
    log: RowLog,
    state: State,
}

enum State {
    Searching(Vec<HeldRow>),
    Reading(Box<Body>),
    Headerless,
}

/// The classes of the rows so far.
#[derive(Debug, Default)]
pub(super) struct RowLog {
    /// Rows of each class.
    pub(super) counts: BTreeMap<RowClass, u64>,
    /// Rows not used: number, reason, text.
    pub(super) rejects: Vec<(u32, &'static str, String)>,
    /// The best header that each binding found: its index, the sheet row it is on, the header.
    pub(super) candidates: Vec<(usize, u32, Header)>,
}

impl RowLog {
    fn count(&mut self, class: RowClass, rows: u64) {
        *self.counts.entry(class).or_default() += rows;
    }

    fn reject<C: Cells + ?Sized>(&mut self, row: u32, reason: &'static str, cells: &C) {
        self.count(RowClass::Rejected, 1);
        self.rejects.push((row, reason, joined(cells)));
    }
}

/// What a sheet gave.
pub(super) struct Sheet {
    /// Sheet name; empty for text files.
    pub(super) name: String,
    /// Rows as the format reader counted them.
    pub(super) rows_read: u64,
    /// Row classes and rejects.
    pub(super) log: RowLog,
    /// The data, when a header was found.
    pub(super) body: Option<Box<Body>>,
}

impl<'a> SheetBuilder<'a> {
    /// A sheet that is about to be read, for whichever binding fits best.
    pub(super) fn new(name: &str, bindings: &'a [Binding], layout: Layout) -> Self {
        Self {
            name: name.to_owned(),
            bindings,
            layout,
            merges: Vec::new(),
            check_damage: false,
            log: RowLog::default(),
            state: State::Searching(Vec::new()),
        }
    }

    /// States the merged ranges, before the first row.
    pub(super) fn set_merges(&mut self, merges: Vec<Merge>) {
        self.merges = merges;
    }

    /// Says whether the rows that follow may hold U+FFFD in place of bytes that could not be decoded.
    pub(super) fn set_damaged(&mut self, damaged: bool) {
        self.check_damage = damaged;
    }

    /// Names the columns where the format itself does, without a header row.
    pub(super) fn set_header(&mut self, titles: Vec<String>) {
        self.state = State::Searching(vec![HeldRow { row: 0, cells: titles, ..HeldRow::default() }]);
        self.settle();
        self.log.counts.clear();
    }

    /// Whether a column need be read: a field claims it, or there is no header to tell.
    pub(super) fn claims(&self, column: usize) -> bool {
        match &self.state {
            State::Reading(body) => body.header.columns.iter().any(|columns| columns.contains(&column)),
            _ => true,
        }
    }

    /// Counts rows without any cell.
    pub(super) fn blank_rows(&mut self, rows: u64) {
        if rows > 0 {
            self.log.count(RowClass::Blank, rows);
        }
    }

    /// Takes one row, in the order of the sheet; `row` is 1-based.
    pub(super) fn row<C: Cells + ?Sized>(&mut self, row: u32, cells: &C) {
        if self.check_damage && (0..cells.width()).any(|column| cells.cell(column).contains('\u{FFFD}')) {
            return self.log.reject(row, "字符编码损坏", cells);
        }
        match &mut self.state {
            State::Reading(body) => body.take(row, cells, self.layout, &mut self.log),
            State::Headerless => take_headerless(row, cells, &mut self.log),
            State::Searching(_) => self.hold(row, cells),
        }
    }

    /// Counts a row that cannot be read as cells.
    pub(super) fn reject(&mut self, row: u32, reason: &'static str, text: &str) {
        self.log.reject(row, reason, &[text][..]);
    }

    /// The sheet, after its last row; `rows_read` is what the format reader counted.
    pub(super) fn finish(mut self, rows_read: u64) -> Sheet {
        if matches!(self.state, State::Searching(_)) {
            self.settle();
        }
        let body = match self.state {
            State::Reading(body) => Some(body),
            _ => None,
        };
        Sheet { name: self.name, rows_read, log: self.log, body }
    }

    fn hold<C: Cells + ?Sized>(&mut self, row: u32, cells: &C) {
        let State::Searching(held) = &mut self.state else { return };
        let texts: Vec<String> = (0..cells.width()).map(|column| cells.cell(column).to_owned()).collect();
        if texts.iter().all(|text| is_blank(text)) {
            return self.log.count(RowClass::Blank, 1);
        }
        held.push(HeldRow { row, cells: texts, lost_digits: cells.lost_digits().to_vec() });
        if held.len() == HEADER_SEARCH_ROWS {
            self.settle();
        }
    }

    /// Decides where the header is, and reads the held rows.
    fn settle(&mut self) {
        let State::Searching(held) = std::mem::replace(&mut self.state, State::Headerless) else { return };
        for (binding, profile) in self.bindings.iter().enumerate() {
            if let Some(header) = header::find(&held, profile) {
                self.log.candidates.push((binding, held[header.first].row, header));
            }
        }
        let Some((binding, header)) = self.best_candidate() else {
            return held.iter().for_each(|row| take_headerless(row.row, row, &mut self.log));
        };
        let data = header.first + header.rows;
        self.log.count(RowClass::Title, header.first as u64);
        self.log.count(RowClass::Header, header.rows as u64);
        let mut body = Body::new(binding, &self.bindings[binding], header, &held, &self.merges);
        for row in &held[data..] {
            body.take(row.row, row, self.layout, &mut self.log);
        }
        self.state = State::Reading(Box::new(body));
    }

    /// The complete header that names the most fields; of equals the earlier binding.
    fn best_candidate(&self) -> Option<(usize, Header)> {
        let complete = self.log.candidates.iter().filter(|(binding, _, h)| h.is_complete(&self.bindings[*binding]));
        let best = complete.min_by_key(|(binding, _, header)| (usize::MAX - header.bound(), *binding))?;
        Some((best.0, best.2.clone()))
    }
}

impl Cells for HeldRow {
    fn width(&self) -> usize {
        self.cells.len()
    }
    fn cell(&self, column: usize) -> &str {
        self.cells.as_slice().cell(column)
    }
    fn lost_digits(&self) -> &[usize] {
        &self.lost_digits
    }
}

/// A sheet without header: a line or two of words is a title, anything more could be somebody's data.
fn take_headerless<C: Cells + ?Sized>(row: u32, cells: &C, log: &mut RowLog) {
    match (0..cells.width()).filter(|&column| !is_blank(cells.cell(column))).count() {
        0 => log.count(RowClass::Blank, 1),
        1 | 2 => log.count(RowClass::Title, 1),
        _ => log.reject(row, "工作表没有可识别的表头，整表未读", cells),
    }
}

/// A sheet below its header.
pub(super) struct Body {
    /// Index of the binding that fits.
    pub(super) binding: usize,
    /// The header.
    pub(super) header: Header,
    /// Accepted rows.
    pub(super) columns: Columns,
    /// Rows with cells beyond the header, which were ignored.
    pub(super) rows_with_stray_cells: u64,
    titles: Vec<HeldRow>,
    header_rows: Vec<HeldRow>,
    identifying: Vec<usize>,
    naming: Vec<usize>,
}

impl Body {
    fn new(index: usize, binding: &Binding, header: Header, held: &[HeldRow], merges: &[Merge]) -> Self {
        let of_kind = |wanted: fn(Kind) -> bool| -> Vec<usize> {
            let fields = binding.fields.iter().zip(&header.columns);
            let fields = fields.filter(|(bound, _)| bound.kind().is_some_and(wanted));
            fields.flat_map(|(_, columns)| columns.iter().copied()).collect()
        };
        Self {
            binding: index,
            identifying: of_kind(|kind| matches!(kind, Kind::Identifier | Kind::Key)),
            naming: of_kind(|kind| kind == Kind::Name),
            columns: Columns::new(binding, &header, merges),
            rows_with_stray_cells: 0,
            titles: held[..header.first].to_vec(),
            header_rows: held[header.first..header.first + header.rows].to_vec(),
            header,
        }
    }

    fn take<C: Cells + ?Sized>(&mut self, row: u32, cells: &C, layout: Layout, log: &mut RowLog) {
        let has_surplus = (self.header.width..cells.width()).any(|column| !is_blank(cells.cell(column)));
        let class = match self.classify(cells) {
            RowClass::Accepted | RowClass::Blank if has_surplus && layout == Layout::Counted => {
                return log.reject(row, "单元格多于表头，列可能错位", cells);
            }
            class => class,
        };
        self.rows_with_stray_cells += u64::from(has_surplus);
        if class == RowClass::Accepted {
            self.columns.push(row, cells);
        }
        log.count(class, 1);
    }

    /// The class of a row from the columns under the header. Most rows are decided by their first identifier.
    fn classify<C: Cells + ?Sized>(&self, cells: &C) -> RowClass {
        if self.identifying.iter().any(|&column| is_identifying(cells.cell(column))) {
            return RowClass::Accepted;
        }
        if (0..self.header.width).all(|column| is_blank(cells.cell(column))) {
            return RowClass::Blank;
        }
        if self.header_rows.iter().any(|header| self.repeats(header, cells)) {
            return RowClass::RepeatedHeader;
        }
        if self.naming.iter().any(|&column| is_naming(cells.cell(column))) {
            return RowClass::Accepted;
        }
        if self.titles.iter().any(|title| self.repeats(title, cells)) {
            return RowClass::Title;
        }
        if is_footer(cells) { RowClass::Footer } else { RowClass::Accepted }
    }

    fn repeats<C: Cells + ?Sized>(&self, printed: &HeldRow, cells: &C) -> bool {
        (0..self.header.width).all(|column| printed.cell(column).trim() == cells.cell(column).trim())
    }
}
