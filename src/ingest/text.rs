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
//! Two kinds of damage are contained to their line. Bytes that do not decode become U+FFFD and reject their record. A
//! quotation mark that is never closed would swallow the lines after it: a record over several lines whose lines each
//! look like a whole record is not believed, its first line is rejected, and reading goes on at the second.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use csv::{Position, StringRecord, Terminator};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use super::Binding;
use super::book::Book;
use super::charset::{self, Charset};
use super::fold::unforced;
use super::grid::Cells;
use super::header::{self, HeldRow};
use super::rows::{HEADER_SEARCH_ROWS, Layout, SheetBuilder};
use super::source::Source;
use crate::error::Result;
use crate::say;

/// How much is decoded at a time; also how much the encoding is decided on.
const BLOCK_BYTES: usize = 1 << 20;
/// A record longer than this is an unclosed quotation mark.
const MAX_RECORD_BYTES: usize = 1 << 20;
/// A record over more lines than this is an unclosed quotation mark.
const MAX_RECORD_LINES: usize = 50;
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
    let mut nul_blocks = false;
    while let Some(block) = blocks.next_block()? {
        let (text, had_nul) = without_nul(block.text);
        nul_blocks |= had_nul;
        let records = records.get_or_insert_with(|| Records::new(&text, book.bindings()));
        let text = records.prepare(text);
        sheet.set_damaged(block.damaged);
        let used = records.read(&mut sheet, &text, block.is_last);
        blocks.pending = text[used..].to_owned();
    }
    let records = records.unwrap_or_else(|| Records::new("", book.bindings()));
    book.format = format!("{} {}", records.format(), blocks.charset.name());
    book.encoding = blocks.charset.reason;
    if nul_blocks {
        book.note("", say!("文件含有空字节（NUL），已去除", "the file holds NUL bytes, removed"));
    }
    book.close(sheet, records.rows);
    Ok(())
}

fn without_nul(text: Cow<'_, str>) -> (Cow<'_, str>, bool) {
    if text.contains('\0') { (Cow::Owned(text.replace('\0', "")), true) } else { (text, false) }
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

/// Some whole lines of the file.
struct Block<'b> {
    text: Cow<'b, str>,
    damaged: bool,
    is_last: bool,
}

/// The file, decoded in blocks.
struct Blocks<'a> {
    source: Source<'a>,
    block_bytes: usize,
    reader: Box<dyn Read>,
    charset: Charset,
    bytes: Vec<u8>,
    /// How many of `bytes` the last block has used.
    used: usize,
    /// Text of an unfinished record, to be read again with the next block.
    pending: String,
    pending_damaged: bool,
    at_end: bool,
}

impl<'a> Blocks<'a> {
    fn open(source: &Source<'a>, block_bytes: usize) -> Result<Self> {
        let mut file = source.open()?;
        let mut bytes = Vec::new();
        let fill = |bytes: &mut Vec<u8>, file: &mut std::fs::File| {
            file.by_ref().take(block_bytes as u64).read_to_end(bytes).map_err(|cause| source.unreadable(&cause))
        };
        fill(&mut bytes, &mut file)?;
        let charset = charset::detect(&bytes);
        let whole = [UTF_16LE, UTF_16BE].contains(&charset.encoding);
        if whole {
            // Line ends are not single bytes here: decoded at once, for it is rare and small.
            file.read_to_end(&mut bytes).map_err(|cause| source.unreadable(&cause))?;
            bytes = charset.decode(&bytes[charset.mark_bytes..]).0.into_owned().into_bytes();
        }
        let used = if whole { 0 } else { charset.mark_bytes };
        let (pending, pending_damaged, at_end) = (String::new(), false, false);
        let reader: Box<dyn Read> = if whole { Box::new(Cursor::new(Vec::new())) } else { Box::new(file) };
        Ok(Self { source: *source, block_bytes, reader, charset, bytes, used, pending, pending_damaged, at_end })
    }

    /// The next lines, after those kept.
    fn next_block(&mut self) -> Result<Option<Block<'_>>> {
        if self.at_end {
            return Ok(None);
        }
        self.bytes.drain(..self.used);
        let end = self.fill()?;
        self.used = end;
        let is_utf16 = [UTF_16LE, UTF_16BE].contains(&self.charset.encoding);
        let encoding = if is_utf16 { UTF_8 } else { self.charset.encoding };
        let (mut text, mut damaged) = encoding.decode_without_bom_handling(&self.bytes[..end]);
        if !text.contains('\n') && text.contains('\r') {
            text = Cow::Owned(text.replace('\r', "\n"));
        }
        damaged |= is_utf16 && text.contains('\u{FFFD}');
        if !self.pending.is_empty() {
            damaged |= self.pending_damaged;
            text = Cow::Owned(std::mem::take(&mut self.pending) + &text);
        }
        self.pending_damaged = damaged;
        Ok(Some(Block { text, damaged, is_last: self.at_end }))
    }

    /// Reads until there is a line end, and gives its place; at the end of the file, everything.
    fn fill(&mut self) -> Result<usize> {
        loop {
            let wanted = self.block_bytes.saturating_sub(self.bytes.len()).max(self.block_bytes / 4) as u64;
            let read = self.reader.by_ref().take(wanted).read_to_end(&mut self.bytes);
            let read = read.map_err(|cause| self.source.unreadable(&cause))?;
            if read == 0 {
                self.at_end = true;
                return Ok(self.bytes.len());
            }
            if let Some(last) = self.bytes.iter().rposition(|byte| *byte == b'\n') {
                return Ok(last + 1);
            }
        }
    }
}

/// Records of a text, with their lines.
struct Records {
    separator: char,
    /// The byte it is after [`prepare`].
    delimiter: u8,
    usual_cells: usize,
    /// 1-based line of the next record.
    line: u32,
    /// Records and empty lines so far.
    rows: u64,
}

impl Records {
    /// Records of a file that begins with `text`, and holds a table of one of the bindings.
    fn new(text: &str, bindings: &[Binding]) -> Self {
        let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(HEAD_LINES);
        let separator = delimiter(&lines().collect::<Vec<_>>(), bindings);
        let prepared: Vec<Cow<'_, str>> = lines().map(|line| prepare(line, separator)).collect();
        let delimiter = single(separator);
        let usual_cells = usual_cells(&prepared.iter().map(Cow::as_ref).collect::<Vec<_>>(), delimiter);
        Self { separator, delimiter, usual_cells, line: 1, rows: 0 }
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

    /// Feeds the records of a block; gives how many bytes are done with. The rest is a record that may go on.
    fn read(&mut self, sheet: &mut SheetBuilder<'_>, text: &str, is_last: bool) -> usize {
        let mut reader = csv_reader(text, self.delimiter);
        let mut record = StringRecord::new();
        let mut at = 0;
        loop {
            at += self.skip_empty_lines(sheet, &text[at..]);
            if !reader.read_record(&mut record).expect("decoded text in memory is UTF-8 and can be read") {
                return text.len();
            }
            let end = reader.position().byte() as usize;
            let raw = &text[at..end];
            let lines = raw.trim_end_matches('\n').bytes().filter(|byte| *byte == b'\n').count() + 1;
            let unclosed = (lines > 1 || end == text.len()) && leaves_quote_open(raw, self.delimiter);
            if unclosed && !is_last && end == text.len() && raw.len() < MAX_RECORD_BYTES {
                return at;
            }
            if unclosed || (lines > 1 && (lines > MAX_RECORD_LINES || self.looks_like_records(raw))) {
                at += self.reject_first_line(sheet, raw);
                let mut place = Position::new();
                place.set_byte(at as u64);
                reader.seek(place).expect("a seek in memory cannot fail");
                continue;
            }
            if !self.separator.is_ascii() && record.iter().any(|cell| cell.contains(UNIT)) {
                let restored = record.iter().map(|cell| cell.replace(UNIT, self.separator.encode_utf8(&mut [0; 4])));
                record = restored.collect();
            }
            if record.len() > self.usual_cells {
                record = rejoined(record, char::from(self.delimiter));
            }
            sheet.row(self.line, &record);
            self.rows += 1;
            self.line += lines as u32;
            at = end;
        }
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
        sheet.reject(self.line, "引号不成对", line.trim_end());
        self.rows += 1;
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

/// Whether a record ends inside a quoted cell, by the rules of the csv reader.
fn leaves_quote_open(raw: &str, delimiter: u8) -> bool {
    enum At {
        CellStart,
        Plain,
        Quoted,
        QuoteInQuoted,
    }
    let step = |at: At, byte: u8| match (at, byte) {
        (At::CellStart | At::QuoteInQuoted, b'"') => At::Quoted,
        (At::Quoted, b'"') => At::QuoteInQuoted,
        (At::Quoted, _) => At::Quoted,
        (_, byte) if byte == delimiter || byte == b'\n' => At::CellStart,
        _ => At::Plain,
    };
    matches!(raw.bytes().fold(At::CellStart, step), At::Quoted)
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
    use super::super::header::tests::binding;
    use super::super::{Ingested, Limits};
    use super::*;

    fn read_in_blocks(text: &[u8], block_bytes: usize) -> Ingested {
        let path = tempfile::NamedTempFile::new().expect("a scratch file").into_temp_path();
        std::fs::write(&path, text).expect("bytes");
        let limits = Limits::default();
        let source = Source { path: &path, file: "a.csv", side: "national", limits: &limits };
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
    fn an_open_quote_is_one_at_the_start_of_a_cell() {
        for (raw, open) in
            [("a,\"b", true), ("a,\"b\"", false), ("a,b\"", false), ("\"a\"\"", true), ("\"a\"b\"", false)]
        {
            assert_eq!(leaves_quote_open(raw, b','), open, "{raw}");
        }
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
