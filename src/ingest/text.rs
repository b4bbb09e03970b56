//! Delimited text: decoded block by block, split by the csv crate, every record with its physical line.
//!
//! A block is some megabytes that end at a line end (0x0A never occurs inside a character of UTF-8 or GB18030), so
//! memory does not grow with the file. Lines are counted from the bytes between records, which is also what makes
//! empty lines countable: the csv reader skips them silently.
//!
//! Two kinds of damage are contained to their line. Bytes that do not decode become U+FFFD and reject their record. A
//! quotation mark that is never closed would swallow the lines after it: a record over several lines whose lines each
//! look like a whole record is not believed, its first line is rejected, and reading goes on at the second.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use csv::{Position, StringRecord, Terminator};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use super::book::Book;
use super::charset::{self, Charset};
use super::fold::unforced;
use super::grid::Cells;
use super::rows::{Layout, SheetBuilder};
use super::source::Source;
use crate::error::Result;
use crate::say;

/// How much is decoded at a time; also how much the encoding is decided on.
const BLOCK_BYTES: usize = 1 << 20;
/// A record longer than this is an unclosed quotation mark.
const MAX_RECORD_BYTES: usize = 1 << 20;
/// A record over more lines than this is an unclosed quotation mark.
const MAX_RECORD_LINES: usize = 50;
/// Lines that decide the separator.
const HEAD_LINES: usize = 50;
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

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
        let records = records.get_or_insert_with(|| Records::new(&text));
        sheet.set_damaged(block.damaged);
        let used = records.read(&mut sheet, &text, block.is_last);
        blocks.pending = text[used..].to_owned();
    }
    let records = records.unwrap_or_else(|| Records::new(""));
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

/// The separator that occurs most in the first lines: data holds 24 tabs and a comma, or the reverse.
fn delimiter(head: &[&str]) -> u8 {
    if let Some(stated) = head.first().and_then(|line| line.strip_prefix("sep=")).and_then(|rest| rest.bytes().next()) {
        return stated;
    }
    let count = |delimiter: u8| head.iter().map(|line| cells(line, delimiter) - 1).sum::<usize>();
    let most = DELIMITERS.iter().rev().max_by_key(|delimiter| count(**delimiter));
    most.copied().unwrap_or(b',')
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
    delimiter: u8,
    usual_cells: usize,
    /// 1-based line of the next record.
    line: u32,
    /// Records and empty lines so far.
    rows: u64,
}

impl Records {
    /// Records of a file that begins with `text`.
    fn new(text: &str) -> Self {
        let head: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(HEAD_LINES).collect();
        let delimiter = delimiter(&head);
        Self { delimiter, usual_cells: usual_cells(&head, delimiter), line: 1, rows: 0 }
    }

    fn format(&self) -> &'static str {
        if self.delimiter == b'\t' { "tsv" } else { "csv" }
    }

    /// Feeds the records of a block; gives how many bytes are done with. The rest is a record that may go on.
    fn read(&mut self, sheet: &mut SheetBuilder<'_>, text: &str, is_last: bool) -> usize {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .terminator(Terminator::Any(b'\n'))
            .flexible(true)
            .has_headers(false)
            .from_reader(Cursor::new(text.as_bytes()));
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
    fn an_open_quote_is_one_at_the_start_of_a_cell() {
        for (raw, open) in
            [("a,\"b", true), ("a,\"b\"", false), ("a,b\"", false), ("\"a\"\"", true), ("\"a\"b\"", false)]
        {
            assert_eq!(leaves_quote_open(raw, b','), open, "{raw}");
        }
    }

    #[test]
    fn the_separator_is_the_one_data_is_full_of() {
        for (text, expected) in
            [("a\tb,c\td\n1\t2\t3\n", b'\t'), ("a,b\n", b','), ("sep=;\na,b;c\n", b';'), ("甲\n", b',')]
        {
            assert_eq!(Records::new(text).delimiter, expected, "{text}");
        }
    }
}
