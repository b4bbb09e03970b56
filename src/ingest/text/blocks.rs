//! A text file as blocks of whole lines, decoded.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use crate::error::Result;
use crate::ingest::charset::{self, Charset};
use crate::ingest::content::Input;
use crate::ingest::source::Source;
use crate::say;

/// No row is longer: a hundred cells as long as any may be.
const MAX_LINE_BYTES: usize = 8 << 20;

/// Some whole lines of the file.
pub(super) struct Block<'b> {
    pub(super) text: Cow<'b, str>,
    pub(super) damaged: bool,
    pub(super) is_last: bool,
}

/// The file, decoded in blocks.
pub(super) struct Blocks<'a> {
    source: Source<'a>,
    block_bytes: usize,
    reader: Box<dyn Read>,
    pub(super) charset: Charset,
    bytes: Vec<u8>,
    /// How many of `bytes` the last block has used.
    used: usize,
    /// Text of an unfinished record, to be read again with the next block.
    pub(super) pending: String,
    pending_damaged: bool,
    /// Line ends in the blocks so far.
    lines: usize,
    at_end: bool,
}

impl<'a> Blocks<'a> {
    /// Opens the file.
    pub(super) fn open(source: &Source<'a>, block_bytes: usize) -> Result<Self> {
        let mut file = source.open()?;
        let mut bytes = Vec::new();
        let fill = |bytes: &mut Vec<u8>, file: &mut Input| {
            file.by_ref().take(block_bytes as u64).read_to_end(bytes).map_err(|cause| source.unreadable(&cause))
        };
        fill(&mut bytes, &mut file)?;
        let charset = charset::detect(&bytes);
        let whole = [UTF_16LE, UTF_16BE].contains(&charset.encoding);
        if whole {
            // Line ends are not single bytes here: decoded at once, for it is rare and small.
            source.check_size(source.limits.max_file_bytes)?;
            file.read_to_end(&mut bytes).map_err(|cause| source.unreadable(&cause))?;
            let text = charset.decode(&bytes[charset.mark_bytes..]).0.into_owned();
            // Out of step, a line end is U+0A00 or U+0D00, which no Chinese text holds.
            if bytes.len() % 2 == 1 || text.contains(['\u{A00}', '\u{D00}']) {
                return Err(source.damaged("UTF-16", "多出或缺少一个字节/a byte too many or too few"));
            }
            bytes = text.into_bytes();
        }
        let used = if whole { 0 } else { charset.mark_bytes };
        let (pending, pending_damaged, at_end) = (String::new(), false, false);
        let reader: Box<dyn Read> = if whole { Box::new(Cursor::new(Vec::new())) } else { Box::new(file) };
        Ok(Self {
            source: *source,
            block_bytes,
            reader,
            charset,
            bytes,
            used,
            pending,
            pending_damaged,
            lines: 0,
            at_end,
        })
    }

    /// The next lines, after those kept.
    pub(super) fn next_block(&mut self) -> Result<Option<Block<'_>>> {
        if self.at_end {
            return Ok(None);
        }
        self.bytes.drain(..self.used);
        let end = self.fill()?;
        self.used = end;
        let is_utf16 = [UTF_16LE, UTF_16BE].contains(&self.charset.encoding);
        let encoding = if is_utf16 { UTF_8 } else { self.charset.encoding };
        let mixed = if is_utf16 { None } else { charset::line_of_another(&self.bytes[..end], encoding) };
        if let Some(line) = mixed {
            return Err(charset::two_encodings(&self.source, self.lines + line));
        }
        self.lines += self.bytes[..end].iter().filter(|byte| **byte == b'\n').count();
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
        // What earlier blocks have left holds no line end.
        let mut searched = 0;
        loop {
            let wanted = self.block_bytes.saturating_sub(self.bytes.len()).max(self.block_bytes / 4) as u64;
            let read = self.reader.by_ref().take(wanted).read_to_end(&mut self.bytes);
            let read = read.map_err(|cause| self.source.unreadable(&cause))?;
            let fresh = &self.bytes[searched..];
            let last = fresh.iter().rposition(|byte| *byte == b'\n');
            if read == 0 {
                self.at_end = true;
                return Ok(self.bytes.len());
            }
            if let Some(last) = last {
                return Ok(searched + last + 1);
            }
            if self.bytes.len() > MAX_LINE_BYTES && !self.bytes.contains(&b'\r') {
                let mib = MAX_LINE_BYTES >> 20;
                return Err(self.source.refuse(
                    say!("有一行超过 {mib} MiB，不像是表格", "a line is longer than {mib} MiB: this is no table"),
                    say!("请从系统重新导出 Excel 或 CSV", "export Excel or CSV from the system again"),
                ));
            }
            searched = self.bytes.len();
        }
    }
}
