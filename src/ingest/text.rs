//! Delimited text: decoded block by block, split by the csv crate, every record with its physical line.
//!
//! A block is some megabytes that end at a line end (0x0A never occurs inside a character of UTF-8 or GB18030), so
//! memory does not grow with the file. Lines are counted from the bytes between records, which is also what makes
//! empty lines countable: the csv reader skips them silently.
//!
//! The separator is the one under which the header is found: data may be full of commas or have a tab in every cell. One that
//! is no single byte (，) becomes [`UNIT`] before the text is split, and its cells get it back; blanks between a separator
//! and a quotation mark are left out, for the mark still quotes.
//!
//! A row's number is that of a spreadsheet program: a quoted line break is inside one row. Where lines are counted
//! otherwise, a remark says so. A carriage return by itself ends a row like any line end, outside of quotes.
//!
//! Damage that has swallowed rows refuses the file: blocks of NUL bytes, lines in another encoding than the rest, UTF-16
//! out of step, a last line that ends inside quotes, a line longer than any row.
//!
//! Two kinds of damage are contained to their line. Bytes that do not decode become U+FFFD and reject their record. A
//! quotation mark that is never closed would swallow the lines after it: a record over several lines whose lines each
//! look like a whole record is not believed, its first line is rejected, and reading goes on at the second.

mod blocks;
mod span;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;

use csv::{StringRecord, Terminator};

use super::Binding;
use super::book::Book;
use super::fold::unforced;
use super::grid::Cells;
use super::header::{self, HeldRow};
use super::rows::{HEADER_SEARCH_ROWS, Layout, SheetBuilder};
use super::source::Source;
use crate::error::Result;
use crate::say;
use blocks::Blocks;
use span::{Span, ended_lines};

/// How much is decoded at a time; also how much the encoding is decided on.
const BLOCK_BYTES: usize = 1 << 20;
/// Records are looked through so many bytes ahead before they are split: what is looked through twice stays little.
const STRETCH_BYTES: usize = 16 << 10;
/// So many NUL bytes are a block that was lost, fewer are padding.
const NUL_BLOCK: &str = "\0\0\0\0\0\0\0\0";
/// Lines that decide the separator: the header is among them.
const HEAD_LINES: usize = HEADER_SEARCH_ROWS;
/// Separators that are tried, of equals the earlier.
const DELIMITERS: [char; 12] = [',', '\t', ';', '|', '\u{1}', UNIT, '，', '；', '｜', '^', '~', '、'];
/// Stands for a separator that is no single byte.
const UNIT: char = '\u{1F}';

/// Reads a text file.
pub(super) fn read(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    source.check_size(source.limits.max_unpacked_bytes)?;
    read_blocks(source, book, BLOCK_BYTES)
}

fn read_blocks(source: &Source<'_>, book: &mut Book<'_>, block_bytes: usize) -> Result<()> {
    let mut blocks = Blocks::open(source, block_bytes)?;
    let mut sheet = book.sheet("", Layout::Counted);
    let mut records: Option<Records> = None;
    let mut had_nul = false;
    while let Some(block) = blocks.next_block()? {
        if block.text.contains(NUL_BLOCK) {
            return Err(source.damaged("文本/text", "有整块内容变成空字节（NUL）/a block of it is NUL bytes"));
        }
        had_nul |= block.text.contains('\0');
        let text = without_nul(block.text);
        let records = records.get_or_insert_with(|| Records::new(&text, book.bindings()));
        let text = records.prepare(text);
        let text = records.with_line_ends(text);
        sheet.set_damaged(block.damaged);
        let used = records.read(&mut sheet, &text, block.is_last);
        blocks.pending = text[used..].to_owned();
        if sheet.is_full() {
            break;
        }
    }
    let records = records.unwrap_or_else(|| Records::new("", book.bindings()));
    if let Some(row) = records.cut_row {
        return Err(source.damaged(
            "文本/text",
            format_args!("第 {row} 行在引号内结束，文件不完整/row {row} ends inside quotes, the file is cut off"),
        ));
    }
    book.format = format!("{} {}", records.format(), blocks.charset.name());
    book.encoding = blocks.charset.reason;
    if had_nul {
        book.doubt("", say!("文件含有空字节（NUL），已去除", "the file holds NUL bytes, removed"));
    }
    records.remark(book);
    book.close(sheet, records.rows);
    Ok(())
}

fn without_nul(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { text }
}

/// The separator: stated, or the one under which most of a header is found, or the one that occurs most in the first lines.
fn delimiter(head: &[&str], bindings: &[Binding]) -> char {
    if let Some(stated) = head.first().and_then(|line| line.trim_start_matches('"').strip_prefix("sep=")) {
        return stated.chars().next().filter(|c| !matches!(c, '"' | '\n' | '\r')).unwrap_or(',');
    }
    let count = |delimiter: char| head.iter().map(|line| line.matches(delimiter).count()).sum::<usize>();
    let named = |delimiter: char| {
        let rows: Vec<HeldRow> = (1..).zip(head).map(|(row, line)| held(row, line, delimiter)).collect();
        let headers = bindings.iter().filter_map(|binding| Some((header::find(&rows, binding)?, binding)));
        headers.map(|(header, binding)| (header.is_complete(binding), header.bound())).max().unwrap_or_default()
    };
    let tried = DELIMITERS.iter().rev().filter(|delimiter| count(**delimiter) > 0);
    let best = tried.max_by_key(|delimiter| (named(**delimiter), count(**delimiter)));
    best.copied().unwrap_or(',')
}

/// A line as a row, for looking at.
fn held(row: u32, line: &str, delimiter: char) -> HeldRow {
    let prepared = prepare(line, delimiter);
    let mut reader = csv_reader(&prepared, single(delimiter));
    let mut record = StringRecord::new();
    _ = reader.read_record(&mut record);
    let cells = (0..record.width()).map(|column| record.cell(column).to_owned()).collect();
    HeldRow { row, cells, ..HeldRow::default() }
}

fn csv_reader(text: &str, delimiter: u8) -> csv::Reader<Cursor<&[u8]>> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .terminator(Terminator::Any(b'\n'))
        .flexible(true)
        .has_headers(false)
        .from_reader(Cursor::new(text.as_bytes()))
}

/// The byte that separates cells once the text is prepared.
fn single(delimiter: char) -> u8 {
    if delimiter.is_ascii() { delimiter as u8 } else { UNIT as u8 }
}

/// The text as the csv reader can split it. Doing it again changes nothing.
fn prepare(text: &str, delimiter: char) -> Cow<'_, str> {
    let text = if delimiter.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.replace(delimiter, UNIT.encode_utf8(&mut [0; 4])))
    };
    let delimiter = char::from(single(delimiter));
    if has_blank_before_quote(&text, delimiter) { Cow::Owned(without_blanks_at_quotes(&text, delimiter)) } else { text }
}

/// Whether a cell seems to begin with a blank and a quotation mark.
fn has_blank_before_quote(text: &str, delimiter: char) -> bool {
    text.split('"').rev().skip(1).any(|before| {
        let trimmed = before.trim_end_matches(|c| is_padding(c, delimiter));
        trimmed.len() < before.len() && (trimmed.is_empty() || trimmed.ends_with([delimiter, '\n']))
    })
}

/// A blank that people and programs leave beside a separator.
fn is_padding(c: char, delimiter: char) -> bool {
    c != delimiter && matches!(c, ' ' | '\t' | '\u{A0}' | '\u{3000}' | '\u{FEFF}')
}

/// The text without the blanks before a cell's opening quotation mark and after its closing one.
fn without_blanks_at_quotes(text: &str, delimiter: char) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut at_start = true;
    while !rest.is_empty() {
        if at_start {
            let trimmed = rest.trim_start_matches(|c| is_padding(c, delimiter));
            at_start = false;
            if let Some(quoted) = trimmed.strip_prefix('"') {
                let end = closing_quote(quoted);
                out.push('"');
                out.push_str(&quoted[..end]);
                rest = &quoted[end..];
                let after = rest.trim_start_matches(|c| is_padding(c, delimiter));
                if end > 0 && (after.is_empty() || after.starts_with([delimiter, '\n', '\r'])) {
                    rest = after;
                }
            }
            continue;
        }
        let end = rest.find([delimiter, '\n']).map_or(rest.len(), |at| at + 1);
        out.push_str(&rest[..end]);
        rest = &rest[end..];
        at_start = true;
    }
    out
}

/// How far a quoted cell reaches, its closing mark included; everything when it is never closed.
fn closing_quote(quoted: &str) -> usize {
    let bytes = quoted.as_bytes();
    let mut at = 0;
    while let Some(found) = quoted[at..].find('"') {
        at += found + 1;
        if bytes.get(at) != Some(&b'"') {
            return at;
        }
        at += 1;
    }
    quoted.len()
}

/// The number of cells that most of the first lines have; titles have one, and do not count.
fn usual_cells(head: &[&str], delimiter: u8) -> usize {
    let mut frequency = BTreeMap::<usize, usize>::new();
    for count in head.iter().map(|line| cells(line, delimiter)).filter(|count| *count > 1) {
        *frequency.entry(count).or_default() += 1;
    }
    frequency.into_iter().max_by_key(|(count, lines)| (*lines, *count)).map_or(0, |(count, _)| count)
}

/// How many cells a line has if none is quoted.
fn cells(line: &str, delimiter: u8) -> usize {
    line.bytes().filter(|byte| *byte == delimiter).count() + 1
}

/// A row with so many filled cells is no title and no footer.
const FILLED: usize = 8;
/// Titles and headers have cells of their own number.
const HEADING_ROWS: u64 = 24;
/// Fewer rows do not show how many cells a row has.
const FEWEST_ROWS: u64 = 20;

/// Records of a text, with their lines.
struct Records {
    separator: char,
    /// The byte it is after [`prepare`].
    delimiter: u8,
    usual_cells: usize,
    /// How far to look for whole records at once, bytes: little where they turn out to be none, so that no line is looked
    /// at over and over.
    reach_bytes: usize,
    /// 1-based line of the next record.
    line: u32,
    /// Records and empty lines so far.
    rows: u64,
    /// The first row that is on another line than its number says.
    shifted: Option<(u64, u32)>,
    /// Rows of several filled cells by their number of cells, and the first of each.
    cells_of_rows: BTreeMap<usize, (u64, u64)>,
    /// Carriage returns that ended a row by themselves.
    lone_returns: usize,
    /// The last row, when the file ends inside its quotes.
    cut_row: Option<u64>,
    /// The last row, when it has no line end and fewer cells than others.
    short_row: Option<u64>,
}

impl Records {
    /// Records of a file that begins with `text`, and holds a table of one of the bindings.
    fn new(text: &str, bindings: &[Binding]) -> Self {
        let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(HEAD_LINES);
        let separator = delimiter(&lines().collect::<Vec<_>>(), bindings);
        let prepared: Vec<Cow<'_, str>> = lines().map(|line| prepare(line, separator)).collect();
        let delimiter = single(separator);
        let usual_cells = usual_cells(&prepared.iter().map(Cow::as_ref).collect::<Vec<_>>(), delimiter);
        Self {
            separator,
            delimiter,
            usual_cells,
            reach_bytes: STRETCH_BYTES,
            line: 1,
            rows: 0,
            shifted: None,
            cells_of_rows: BTreeMap::new(),
            lone_returns: 0,
            cut_row: None,
            short_row: None,
        }
    }

    /// A block, ready to be split.
    fn prepare<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        match prepare(&text, self.separator) {
            Cow::Borrowed(_) => text,
            Cow::Owned(prepared) => Cow::Owned(prepared),
        }
    }

    fn format(&self) -> &'static str {
        if self.delimiter == b'\t' { "tsv" } else { "csv" }
    }

    /// A block whose rows all end at line ends.
    fn with_line_ends<'t>(&mut self, text: Cow<'t, str>) -> Cow<'t, str> {
        match ended_lines(text.as_bytes(), self.delimiter) {
            Some((bytes, returns)) => {
                self.lone_returns += returns;
                String::from_utf8(bytes).map_or(text, Cow::Owned)
            }
            None => text,
        }
    }

    /// Feeds the records of a block; gives how many bytes are done with. The rest is a record that may go on.
    fn read(&mut self, sheet: &mut SheetBuilder<'_>, text: &str, is_last: bool) -> usize {
        let mut at = 0;
        loop {
            at += self.skip_empty_lines(sheet, &text[at..]);
            if at == text.len() || sheet.is_full() {
                return text.len();
            }
            let rest = &text[at..];
            at += match self.stretch(rest) {
                0 if !is_last && Span::of(rest.as_bytes(), self.delimiter) == Span::Open => return at,
                0 => {
                    if !rest.contains('\n') {
                        self.cut_row = Some(self.rows + 1);
                    }
                    self.reject_first_line(sheet, rest)
                }
                length => {
                    let done = self.split(sheet, &rest[..length]);
                    self.reach_bytes = if done == length { STRETCH_BYTES.min(self.reach_bytes * 2) } else { 1 };
                    done
                }
            };
        }
    }

    /// How far whole records reach, one at least when there is one.
    fn stretch(&self, text: &str) -> usize {
        let mut length = 0;
        while length < self.reach_bytes && length < text.len() && !text[length..].starts_with('\n') {
            match Span::of(&text.as_bytes()[length..], self.delimiter) {
                Span::Whole(record) => length += record,
                Span::Open | Span::Endless => break,
            }
        }
        length
    }

    /// Feeds whole records; gives how many bytes are done with: all of them, or those before a record that is none.
    fn split(&mut self, sheet: &mut SheetBuilder<'_>, text: &str) -> usize {
        let mut reader = csv_reader(text, self.delimiter);
        let mut record = StringRecord::new();
        let mut at = 0;
        while reader.read_record(&mut record).expect("decoded text in memory is UTF-8 and can be read") {
            let end = reader.position().byte() as usize;
            let raw = &text[at..end];
            let lines = raw.trim_end_matches('\n').bytes().filter(|byte| *byte == b'\n').count() + 1;
            if lines > 1 && self.looks_like_records(raw) {
                return at + self.reject_first_line(sheet, raw);
            }
            if !self.separator.is_ascii() && record.iter().any(|cell| cell.contains(UNIT)) {
                let restored = record.iter().map(|cell| cell.replace(UNIT, self.separator.encode_utf8(&mut [0; 4])));
                record = restored.collect();
            }
            if record.len() > self.usual_cells {
                record = rejoined(record, char::from(self.delimiter));
            }
            self.rows += 1;
            let filled = || record.iter().filter(|cell| !cell.trim().is_empty()).take(FILLED).count();
            if self.rows > HEADING_ROWS && filled() == FILLED {
                self.cells_of_rows.entry(record.len()).or_insert((0, self.rows)).0 += 1;
            }
            let is_short = !raw.ends_with('\n') && record.len() < self.usual_cells;
            self.short_row = is_short.then_some(self.rows);
            sheet.row(u32::try_from(self.rows).unwrap_or(u32::MAX), &record);
            self.line += lines as u32;
            if lines > 1 {
                self.shifted.get_or_insert((self.rows + 1, self.line));
            }
            at = end;
        }
        text.len()
    }

    /// Tells what a person who looks at the text must know.
    fn remark(&self, book: &mut Book<'_>) {
        if let Some((row, line)) = self.shifted {
            book.note(
                "",
                say!(
                    "单元格内有换行：行号按表格软件计数，从第 {row} 行（文本第 {line} 行）起与文本行号不同",
                    "cells hold line breaks: rows are numbered as a spreadsheet does, from row {row} (line {line}) on otherwise than lines"
                ),
            );
        }
        if let Some((torn, row)) = self.torn_rows() {
            book.doubt(
                "",
                say!(
                    "有 {torn} 行的列数与其他行不同（如第 {row} 行）：该行可能缺了内容，请核对",
                    "{torn} rows have another number of cells than the others (e.g. row {row}): something may be missing"
                ),
            );
        }
        if self.lone_returns > 0 {
            let returns = self.lone_returns;
            book.doubt(
                "",
                say!(
                    "换行符不统一：有 {returns} 处只有回车（CR），按换行读取",
                    "line ends are mixed: {returns} lone carriage returns, read as line ends"
                ),
            );
        }
        if let Some(row) = self.short_row {
            book.doubt(
                "",
                say!(
                    "最后一行（第 {row} 行）不完整且没有换行符，文件可能被截断",
                    "the last row ({row}) is short and has no line end: the file may be cut off"
                ),
            );
        }
    }

    /// Rows with another number of cells than nearly all others, and the first of them.
    fn torn_rows(&self) -> Option<(u64, u64)> {
        let rows: u64 = self.cells_of_rows.values().map(|(rows, _)| rows).sum();
        let (usual, (most, _)) = self.cells_of_rows.iter().max_by_key(|(_, (rows, _))| *rows)?;
        let others = || self.cells_of_rows.iter().filter(|(cells, _)| *cells != usual).map(|(_, others)| *others);
        let first = others().map(|(_, row)| row).min()?;
        let is_regular = rows >= FEWEST_ROWS && *most as f64 >= rows as f64 * 0.95;
        is_regular.then(|| (others().map(|(rows, _)| rows).sum(), first))
    }

    fn skip_empty_lines(&mut self, sheet: &mut SheetBuilder<'_>, text: &str) -> usize {
        let empty = text.bytes().take_while(|byte| *byte == b'\n').count();
        sheet.blank_rows(empty as u64);
        self.rows += empty as u64;
        self.line += empty as u32;
        empty
    }

    /// Whether two of the lines of a record have each as many cells as a whole one.
    fn looks_like_records(&self, raw: &str) -> bool {
        let is_whole = |line: &&str| cells(line, self.delimiter) >= self.usual_cells;
        self.usual_cells > 1 && raw.lines().filter(is_whole).count() > 1
    }

    fn reject_first_line(&mut self, sheet: &mut SheetBuilder<'_>, raw: &str) -> usize {
        let line = raw.split_inclusive('\n').next().unwrap_or(raw);
        self.rows += 1;
        sheet.reject(u32::try_from(self.rows).unwrap_or(u32::MAX), "引号不成对", line.trim_end());
        self.line += 1;
        line.len()
    }
}

/// The record with the cells joined that were split at a separator of their own: where a program ends every cell with a
/// tab, one without it goes on in the next.
fn rejoined(record: StringRecord, delimiter: char) -> StringRecord {
    let is_ended = |cell: &str| cell.trim_end_matches('\r').ends_with('\t');
    let ended = record.iter().filter(|cell| is_ended(cell)).count();
    if delimiter == '\t' || ended == record.len() || ended * 10 < record.len() * 8 {
        return record;
    }
    let mut cells: Vec<String> = Vec::with_capacity(ended);
    let mut goes_on = false;
    for cell in &record {
        match cells.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push(delimiter);
                last.push_str(cell);
            }
            None => cells.push(cell.to_owned()),
        }
        goes_on = !is_ended(cell);
    }
    cells.into_iter().collect()
}

/// A cell as Excel shows it: the carriage return before a line end belongs to the last cell as the csv reader sees it.
impl Cells for StringRecord {
    fn width(&self) -> usize {
        self.len()
    }
    fn cell(&self, column: usize) -> &str {
        let text = self.get(column).unwrap_or("");
        let text = if column + 1 == self.len() { text.trim_end_matches('\r') } else { text };
        unforced(text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::content::Content;
    use super::super::header::tests::binding;
    use super::super::{Ingested, Limits};
    use super::*;

    fn read_in_blocks(text: &[u8], block_bytes: usize) -> Ingested {
        let path = tempfile::NamedTempFile::new().expect("a scratch file").into_temp_path();
        std::fs::write(&path, text).expect("bytes");
        let limits = Limits::default();
        let (content, _) = Content::load(&path, limits.max_file_bytes).expect("a file");
        let source = Source { path: &path, file: "a.csv", side: "national", limits: &limits, content: &content };
        let binding = binding(&["!household_no:户编号", "!name:姓名"]);
        let mut book = Book::new(&source, std::slice::from_ref(&binding));
        read_blocks(&source, &mut book, block_bytes).expect("readable");
        book.finish().expect("accepted")
    }

    #[test]
    fn where_blocks_end_changes_nothing() {
        let mut text = String::from("户编号,姓名,备注\r\n");
        for row in 0..200 {
            text += &match row % 7 {
                0 => format!("{row}00001,张三,\"一\r\n二\"\"\n,三\"\r\n"),
                1 => "\r\n\r\n".into(),
                2 => format!("{row}00001,\"李,四\",\r\n"),
                3 => format!("{row}00001,5\" 管,\r\n"),
                4 => format!("{row}00001,\"未关,\r\n"),
                _ => format!("{row}00001,王五,备注,\r\n"),
            };
        }
        let whole = read_in_blocks(text.as_bytes(), BLOCK_BYTES);
        assert_eq!(whole.tally.check(), []);
        assert!(whole.rejects.iter().all(|reject| reject.reason == "引号不成对"));
        assert_eq!((whole.rejects.len(), whole.sheets[0].frame.height()), (28, 200 - 28 - 29));
        for block_bytes in [64, 100, 257, 4096] {
            let parts = read_in_blocks(text.as_bytes(), block_bytes);
            assert_eq!((&parts.tally, &parts.rejects), (&whole.tally, &whole.rejects), "{block_bytes}");
            assert!(parts.sheets[0].frame.equals_missing(&whole.sheets[0].frame), "{block_bytes}");
        }
    }

    #[test]
    fn text_forced_by_a_formula_is_text() {
        let whole = read_in_blocks("户编号,姓名\n=\"1000001\",\"=\"\"张三\"\"\"\n=1,=\n".as_bytes(), BLOCK_BYTES);
        let texts = |field: &str| -> Vec<String> {
            let column = whole.sheets[0].frame.column(field).expect("a column").str().expect("text").clone();
            column.iter().flatten().map(str::to_owned).collect()
        };
        assert_eq!(
            (texts("household_no"), texts("name")),
            (vec!["1000001".into(), "=1".into()], vec!["张三".into(), "=".into()])
        );
    }

    #[test]
    fn a_cell_that_a_tab_ends_goes_on_until_there() {
        let cells = |line: &str| line.split(',').collect::<StringRecord>();
        let joined = |line: &str| rejoined(cells(line), ',').iter().collect::<Vec<_>>().join("|");
        assert_eq!(joined("1\t,2\t,3\t,4\t,5\t,6\t,7\t,8\t,甲,乙\t\r"), "1\t|2\t|3\t|4\t|5\t|6\t|7\t|8\t|甲,乙\t\r");
        assert_eq!(joined("1\t,2,3"), "1\t|2|3");
        assert_eq!(joined("1\t,2\t"), "1\t|2\t");
    }

    #[test]
    fn the_separator_is_the_one_under_which_the_header_is_found() {
        let binding = binding(&["!household_no:户编号", "!name:姓名"]);
        for (text, expected) in [
            ("a\tb,c\td\n1\t2\t3\n", '\t'),
            ("a,b\n", ','),
            ("sep=;\na,b;c\n", ';'),
            ("sep=，\na,b，c\n", '，'),
            ("甲\n", ','),
            ("户编号,姓名\n1\t,张三\t\n2\t,李四\t\n", ','),
            ("\"户编号\t\",\"姓名\t\"\n\"1\t\",\"张三\t\"\n", ','),
            ("户编号，姓名，县、市、区\n1，张三，甲,乙,丙\n", '，'),
            ("户编号\u{1}姓名\n1\u{1}甲,乙,丙,丁\n", '\u{1}'),
            ("户编号^姓名^备注;备注;备注;备注\n", '^'),
            ("\"户编号\"; \"姓名\"\n\"1\"; \"甲,乙,丙\"\n", ';'),
        ] {
            assert_eq!(Records::new(text, std::slice::from_ref(&binding)).separator, expected, "{text}");
        }
    }

    #[test]
    fn a_quote_after_a_blank_still_quotes() {
        for (text, delimiter, expected) in [
            ("\"a\", \"b,c\" ,\u{3000}\"d\"\n \"e\" \r\nf, g", ',', "\"a\",\"b,c\",\"d\"\n\"e\"\r\nf, g"),
            ("a, \"b\"\"c, \"\"\" ,d", ',', "a,\"b\"\"c, \"\"\",d"),
            ("a, \"b\" c,d", ',', "a,\"b\" c,d"),
            ("a, 5\" b", ',', "a, 5\" b"),
            ("a，\"b，c\"", '，', "a\u{1F}\"b\u{1F}c\""),
            ("a\t\"b\"", '\t', "a\t\"b\""),
        ] {
            let prepared = prepare(text, delimiter);
            assert_eq!(prepared, expected, "{text}");
            assert_eq!(prepare(&prepared, delimiter), prepared, "again: {text}");
        }
        let whole = read_in_blocks("户编号，姓名\n1，\"张三，又名\"\n".as_bytes(), BLOCK_BYTES);
        assert_eq!(
            whole.sheets[0].frame.column("name").expect("names").str().expect("text").get(0),
            Some("张三，又名")
        );
    }
}
