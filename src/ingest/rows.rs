//! The sink every format feeds, row by row: finds the header, classifies each row, fills the columns.
//!
//! A sheet is read in one pass. Its first non-blank rows are held until a header is found among them
//! ([`super::header`]); from then on a row is looked at once and either added to the columns or counted. A sheet
//! without a header is read to its end all the same, so that its rows are counted and the rows that look like data are
//! rejected with a reason, not lost.
//!
//! ```text
//! Searching ─120 non-blank rows, or the end──┬─► Reading     title, header, then data, footers, blanks …
//!                                            └─► Headerless  one or two cells: title; more: rejected
//! ```

use std::collections::BTreeMap;

use super::Binding;
use super::budget::Budget;
use super::cell::NOT_COMPUTED;
use super::classify::{is_footer, is_identifying, is_naming, is_section_title};
use super::columns::{Columns, Merge};
use super::fold::is_blank;
use super::grid::{Cells, MAX_CELL_CHARS, joined};
use super::header::{self, Again, Header, HeldRow};
use super::legend::{self, Legend};
use super::shown_count::ShownCount;
use super::units;
use crate::table::{Kind, RowClass};

/// Among how many non-blank rows a header is looked for: notes on how to fill a form may be long.
pub(super) const HEADER_SEARCH_ROWS: usize = 120;

/// Why rows are not used.
const BEFORE_HEADER: &str = "表头之前的数据，未读";
const OTHER_HEADER: &str = "中途换了表头，其后各行未读";
const SAMPLE: &str = "表头下的填写示例，不是数据";
const NO_KEY_RESULT: &str = "姓名或编号是公式，没有保存计算结果";
const TWO_PEOPLE: &str = "同名的几列内容不同，分不清是谁的";

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
    is_frame: bool,
    budget: Budget,
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
    pub(super) fn new(name: &str, bindings: &'a [Binding], layout: Layout, budget: Budget) -> Self {
        Self {
            name: name.to_owned(),
            bindings,
            layout,
            merges: Vec::new(),
            check_damage: false,
            is_frame: false,
            budget,
            log: RowLog::default(),
            state: State::Searching(Vec::new()),
        }
    }

    /// An empty sheet like this one, to try rows on.
    pub(super) fn beside(&self) -> Self {
        Self::new(&self.name, self.bindings, self.layout, self.budget.clone())
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
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

    /// Whether a header was found, so far, and no data under it.
    pub(super) fn awaits_data(&self) -> bool {
        match &self.state {
            State::Searching(held) => self.bindings.iter().any(|binding| {
                header::find(held, binding)
                    .is_some_and(|header| header.is_complete(binding) && header.first + header.rows == held.len())
            }),
            State::Reading(body) => body.columns.len() == 0 && self.log.rejects.is_empty(),
            State::Headerless => false,
        }
    }

    /// Whether a header was found, so far.
    pub(super) fn has_header(&self) -> bool {
        match &self.state {
            State::Searching(held) => self
                .bindings
                .iter()
                .any(|binding| header::find(held, binding).is_some_and(|header| header.is_complete(binding))),
            State::Reading(_) => true,
            State::Headerless => false,
        }
    }

    /// Says that this is only the frame around a table: without a header of its own, its rows are titles.
    pub(super) fn set_frame(&mut self) {
        self.is_frame = true;
    }

    /// Counts rows without any cell.
    pub(super) fn blank_rows(&mut self, rows: u64) {
        if rows > 0 {
            self.log.count(RowClass::Blank, rows);
        }
    }

    /// Whether a column holds numbers that identify a person or a household.
    pub(super) fn is_key(&self, column: usize) -> bool {
        let State::Reading(body) = &self.state else { return false };
        body.identifying.contains(&column)
    }

    /// Whether the file has become larger than it may: what follows is not looked at, for it will be refused.
    pub(super) fn is_full(&self) -> bool {
        self.budget.is_spent()
    }

    /// Takes one row, in the order of the sheet; `row` is 1-based.
    pub(super) fn row<C: Cells + ?Sized>(&mut self, row: u32, cells: &C) {
        if !self.admits(row, cells) {
            return;
        }
        if self.check_damage && (0..cells.width()).any(|column| cells.cell(column).contains('\u{FFFD}')) {
            return self.log.reject(row, "字符编码损坏", cells);
        }
        match &mut self.state {
            State::Reading(body) => {
                let filled = body.columns.filled_bytes();
                body.take(row, cells, self.layout, &mut self.log);
                self.budget.take(&self.name, row, 0, body.columns.filled_bytes() - filled);
            }
            State::Headerless => take_headerless(row, cells, &mut self.log),
            State::Searching(_) => self.hold(row, cells),
        }
    }

    /// Whether the file may still grow by this row.
    fn admits<C: Cells + ?Sized>(&self, row: u32, cells: &C) -> bool {
        if self.budget.is_spent() {
            return false;
        }
        let (mut count, mut bytes) = (0, 0);
        for cell in (0..cells.width()).map(|column| cells.cell(column)).filter(|cell| !cell.is_empty()) {
            if cell.len() > MAX_CELL_CHARS && !self.budget.allows(&self.name, row, cell) {
                return false;
            }
            count += 1;
            bytes += cell.len();
        }
        self.budget.take(&self.name, row, count, bytes)
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
            if self.is_frame {
                return self.log.count(RowClass::Title, held.len() as u64);
            }
            return held.iter().for_each(|row| take_headerless(row.row, row, &mut self.log));
        };
        let data = header.first + header.rows;
        for row in &held[..header.first] {
            match holds_data(row) {
                true => self.log.reject(row.row, BEFORE_HEADER, row),
                false => self.log.count(RowClass::Title, 1),
            }
        }
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

/// Whether a row above the header holds more than a title: a number as long as an identity number among other cells.
fn holds_data(row: &HeldRow) -> bool {
    let shown = row.cells.iter().filter(|cell| !is_blank(cell)).count();
    let is_long_number = |cell: &String| {
        cell.chars().filter(|c| c.is_numeric()).count() >= 15
            && cell.chars().filter(|c| !is_blank(c.encode_utf8(&mut [0; 4]))).count() <= 20
    };
    shown >= 3 && row.cells.iter().any(is_long_number)
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
    /// Rows that hold two people side by side.
    pub(super) rows_of_two: u64,
    /// What the rows show of how many they are.
    pub(super) shown: ShownCount,
    titles: Vec<HeldRow>,
    identifying: Vec<usize>,
    naming: Vec<usize>,
    /// Columns that name one person each, so that their cells agree or only one is filled.
    rivals: Vec<Vec<usize>>,
    /// Whether another header has come.
    is_over: bool,
}

impl Body {
    fn new(index: usize, binding: &Binding, header: Header, held: &[HeldRow], merges: &[Merge]) -> Self {
        let titles = &held[..header.first];
        let of_sheet = titles.iter().flat_map(|row| &row.cells).find_map(|cell| units::of_title(cell));
        Self {
            binding: index,
            identifying: header.columns_of_kind(binding, |kind| matches!(kind, Kind::Identifier | Kind::Key)),
            naming: header.columns_of_kind(binding, |kind| kind == Kind::Name),
            rivals: rivals(&header, binding),
            columns: Columns::new(binding, &header, of_sheet, merges),
            rows_with_stray_cells: 0,
            rows_of_two: 0,
            shown: ShownCount::new(&header),
            titles: titles.to_vec(),
            is_over: false,
            header,
        }
    }

    /// The columns that rows with two people side by side have twice.
    pub(super) fn rival_columns(&self) -> Vec<String> {
        self.rivals.iter().flat_map(|columns| self.header.named(columns)).collect()
    }

    fn take<C: Cells + ?Sized>(&mut self, row: u32, cells: &C, layout: Layout, log: &mut RowLog) {
        let has_surplus = (self.header.width..cells.width()).any(|column| !is_blank(cells.cell(column)));
        let class = self.classify(cells);
        if let Some(reason) = self.refuse_row(class, cells, has_surplus && layout == Layout::Counted) {
            return log.reject(row, reason, cells);
        }
        self.rows_with_stray_cells += u64::from(has_surplus);
        match class {
            Class::Legend(Legend::Units) => self.columns.set_units(cells),
            Class::Row(RowClass::Accepted) => {
                self.shown.take(row, cells);
                self.columns.push(row, cells);
            }
            Class::Row(RowClass::Footer) => self.shown.take_footer(cells),
            _ => {}
        }
        log.count(class.row_class(), 1);
    }

    /// Why a row cannot be used.
    fn refuse_row<C: Cells + ?Sized>(&mut self, class: Class, cells: &C, is_shifted: bool) -> Option<&'static str> {
        let has_content = class == Class::Row(RowClass::Accepted);
        self.is_over |= class == Class::OtherHeader;
        if class == Class::OtherHeader || self.is_over && has_content {
            return Some(OTHER_HEADER);
        }
        if class == Class::Legend(Legend::Sample) {
            return Some(SAMPLE);
        }
        if is_shifted && (has_content || class == Class::Row(RowClass::Blank)) {
            return Some("单元格多于表头，列可能错位");
        }
        if !has_content {
            return None;
        }
        let mut keys = self.identifying.iter().chain(&self.naming);
        if keys.any(|&column| cells.cell(column) == NOT_COMPUTED) {
            return Some(NO_KEY_RESULT);
        }
        if self.rivals.iter().any(|columns| differ(columns, cells)) {
            self.rows_of_two += 1;
            return Some(TWO_PEOPLE);
        }
        None
    }

    /// The class of a row from the columns under the header. Most rows are decided by their first identifier.
    fn classify<C: Cells + ?Sized>(&self, cells: &C) -> Class {
        let below = || {
            let keys: Vec<usize> = self.naming.iter().chain(&self.identifying).copied().collect();
            (self.columns.len() == 0).then(|| legend::below_header(cells, &keys)).flatten()
        };
        if self.identifying.iter().any(|&column| is_identifying(cells.cell(column))) {
            return below()
                .filter(|legend| *legend == Legend::Sample)
                .map_or(Class::Row(RowClass::Accepted), Class::Legend);
        }
        if (0..self.header.width).all(|column| is_blank(cells.cell(column))) {
            return Class::Row(RowClass::Blank);
        }
        match self.header.again(cells) {
            Again::Same => return Class::Row(RowClass::RepeatedHeader),
            Again::Other => return Class::OtherHeader,
            Again::No => {}
        }
        if let Some(legend) = legend::numbers(cells).or_else(below) {
            return Class::Legend(legend);
        }
        if is_section_title(cells) {
            return Class::Row(RowClass::Title);
        }
        if self.naming.iter().any(|&column| is_naming(cells.cell(column))) {
            return Class::Row(RowClass::Accepted);
        }
        if self.titles.iter().any(|title| self.repeats(title, cells)) {
            return Class::Row(RowClass::Title);
        }
        Class::Row(if is_footer(cells) { RowClass::Footer } else { RowClass::Accepted })
    }

    fn repeats<C: Cells + ?Sized>(&self, printed: &HeldRow, cells: &C) -> bool {
        (0..self.header.width).all(|column| printed.cell(column).trim() == cells.cell(column).trim())
    }
}

/// What a row below the header is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Row(RowClass),
    Legend(Legend),
    OtherHeader,
}

impl Class {
    /// The class under which the row is counted when it is not rejected.
    fn row_class(self) -> RowClass {
        match self {
            Self::Row(class) => class,
            Self::Legend(_) | Self::OtherHeader => RowClass::RepeatedHeader,
        }
    }
}

/// The columns of a person's name, and those of the identity number with one title: two in a row are two people.
fn rivals(header: &Header, binding: &Binding) -> Vec<Vec<usize>> {
    let same_title = |columns: &[usize]| -> Vec<usize> {
        let first = columns.first().map(|&column| header.titles[column].as_str());
        columns.iter().copied().filter(|&column| Some(header.titles[column].as_str()) == first).collect()
    };
    let (names, numbers) = (header.columns_of(binding, "name"), header.columns_of(binding, "id_no"));
    [names.to_vec(), same_title(numbers)].into_iter().filter(|columns| columns.len() > 1).collect()
}

/// Whether two of the cells are filled and differ.
fn differ<C: Cells + ?Sized>(columns: &[usize], cells: &C) -> bool {
    let plain = |column: &usize| cells.cell(*column).chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let mut shown = columns.iter().map(plain).filter(|text| !is_blank(text));
    shown.next().is_some_and(|first| shown.any(|other| other != first))
}
