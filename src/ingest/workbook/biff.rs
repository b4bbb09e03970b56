//! The records of an xls, counted before and against calamine.
//!
//! calamine makes a dense range of every sheet as wide and long as its cells say, reserves what a sheet states as its
//! size, copies a shared text into every cell that names it, and leaves out a cell whose text it does not find. What it
//! asks for cannot be had back from it (an allocation that fails ends the process, and no handler sees it), so what it
//! will ask for is added up first: a pre-check is enough, for everything it allocates follows from these records, and
//! it works wherever the library does, without a second process. The cells found here must then come out of it.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::compound::{Compound, Fault, Stream, u16_at, u32_at};

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const CONTINUE: u16 = 0x003C;
const BOUND_SHEET: u16 = 0x0085;
const FILE_PASS: u16 = 0x002F;
const STRINGS: u16 = 0x00FC;
const DIMENSIONS: u16 = 0x0200;
const NUMBER: u16 = 0x0203;
const LABEL: u16 = 0x0204;
const BOOL_OR_FAULT: u16 = 0x0205;
const RK: u16 = 0x027E;
const RICH_LABEL: u16 = 0x00D6;
const SHARED_LABEL: u16 = 0x00FD;
const NUMBERS: u16 = 0x00BD;
const FORMULA: u16 = 0x0006;

/// Columns of a sheet.
const MAX_COLUMNS: u16 = 256;
/// A range of so many cells is made whatever it holds; a larger one when one cell of [`DENSITY`] is there.
const FREE_CELLS: usize = 4 << 20;
const DENSITY: usize = 16;
/// Text of shared strings, copied into cells.
const MAX_TEXT_BYTES: u64 = 256 << 20;

/// What a workbook shows of itself.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// By sheet in the order of the workbook: places of the cells that hold a value.
    pub(super) cells: Vec<Vec<(u16, u16)>>,
    /// Places in the file of stated sizes that nobody should reserve memory for.
    sizes: Vec<Vec<usize>>,
    /// Whether it is under a password: nothing further is looked at.
    is_encrypted: bool,
}

impl Scan {
    /// Looks through a file.
    pub(super) fn of(file: &[u8]) -> Result<Self, Fault> {
        let container = Compound::open(file)?;
        let stream = match container.stream("Workbook")? {
            Some(stream) => stream,
            None => container.stream("Book")?.ok_or("没有工作簿/it holds no workbook")?,
        };
        let mut scan = Self::default();
        let globals = Globals::read(&stream.bytes, &mut scan)?;
        if scan.is_encrypted {
            return Ok(scan);
        }
        let (mut range_cells, mut text_bytes) = (0, 0);
        for (at, start) in globals.sheets.iter().enumerate() {
            if globals.sheets[..at].contains(start) {
                return Err("两张工作表是同一段内容/two sheets are the same piece of the file");
            }
            let sheet = Sheet::read(&stream, *start, &globals.lengths, &mut scan.sizes)?;
            text_bytes += sheet.text_bytes;
            let area = sheet.area();
            if area > DENSITY * sheet.cells.len() {
                range_cells += area;
            }
            if range_cells > FREE_CELLS {
                return Err("有单元格远在数据之外/cells far away from the data");
            }
            if text_bytes > MAX_TEXT_BYTES {
                return Err("同一文字重复过多/one text in too many cells");
            }
            scan.cells.push(sheet.values());
        }
        Ok(scan)
    }

    /// The file as calamine may read it: without stated sizes that are no sizes.
    pub(super) fn tamed<'f>(&self, file: &'f [u8]) -> Cow<'f, [u8]> {
        if self.sizes.is_empty() {
            return Cow::Borrowed(file);
        }
        let mut tamed = file.to_vec();
        for place in self.sizes.iter().flatten() {
            tamed[*place] = 0;
        }
        Cow::Owned(tamed)
    }
}

/// Records from a place on: type, place of the content, content. None but the last may be cut off.
struct Records<'s> {
    stream: &'s [u8],
    at: usize,
}

impl<'s> Iterator for Records<'s> {
    type Item = (u16, usize, &'s [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let head = self.stream.get(self.at..self.at + 4)?;
        let start = self.at + 4;
        let end = start + usize::from(u16_at(head, 2));
        self.at = end;
        Some((u16_at(head, 0), start, self.stream.get(start..end)?))
    }
}

/// What comes before the sheets.
#[derive(Default)]
struct Globals {
    sheets: Vec<usize>,
    /// Bytes of each shared string.
    lengths: Vec<u64>,
}

impl Globals {
    fn read(stream: &[u8], scan: &mut Scan) -> Result<Self, Fault> {
        let mut globals = Self::default();
        let mut records = Records { stream, at: 0 }.peekable();
        while let Some((kind, _, content)) = records.next() {
            match kind {
                EOF => return Ok(globals),
                FILE_PASS if u16_at(content, 0) != 0 => {
                    scan.is_encrypted = true;
                    return Ok(globals);
                }
                BOUND_SHEET => globals.sheets.push(u32_at(content, 0) as usize),
                STRINGS => {
                    let mut pieces = vec![content.get(8..).unwrap_or_default()];
                    while let Some((_, _, more)) = records.next_if(|record| record.0 == CONTINUE) {
                        pieces.push(more);
                    }
                    globals.lengths = string_lengths(&pieces);
                }
                _ => {}
            }
        }
        Err("工作簿在中途结束/the workbook is cut off")
    }
}

/// Bytes of each string of the table, as far as it can be followed; what cannot is calamine's to refuse.
fn string_lengths(pieces: &[&[u8]]) -> Vec<u64> {
    let mut walk = Walk { pieces, piece: 0, at: 0 };
    let mut lengths = Vec::new();
    while let Some(length) = walk.string() {
        lengths.push(length);
    }
    lengths
}

struct Walk<'p> {
    pieces: &'p [&'p [u8]],
    piece: usize,
    at: usize,
}

impl Walk<'_> {
    /// Skips a string; gives how many bytes its text may become.
    fn string(&mut self) -> Option<u64> {
        while self.left() == 0 {
            self.turn()?;
        }
        let characters = u64::from(u16_at(self.take(2)?, 0));
        let flags = self.take(1)?[0];
        let runs = if flags & 8 == 0 { 0 } else { usize::from(u16_at(self.take(2)?, 0)) };
        let extra = if flags & 4 == 0 { 0 } else { u32_at(self.take(4)?, 0) as usize };
        let (mut left, mut width) = (characters as usize, usize::from(flags & 1) + 1);
        while left > 0 {
            let here = left.min(self.left() / width);
            self.at += here * width;
            left -= here;
            if left > 0 {
                self.turn()?;
                width = usize::from(self.take(1)?[0] & 1) + 1;
            }
        }
        self.skip(runs * 4 + extra)?;
        Some(characters * 3)
    }

    fn left(&self) -> usize {
        self.pieces.get(self.piece).map_or(0, |piece| piece.len() - self.at)
    }

    fn turn(&mut self) -> Option<()> {
        self.piece += 1;
        self.at = 0;
        (self.piece < self.pieces.len()).then_some(())
    }

    fn take(&mut self, bytes: usize) -> Option<&[u8]> {
        let taken = self.pieces.get(self.piece)?.get(self.at..self.at + bytes)?;
        self.at += bytes;
        Some(taken)
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        loop {
            let here = bytes.min(self.left());
            self.at += here;
            bytes -= here;
            if bytes == 0 {
                return Some(());
            }
            self.turn()?;
        }
    }
}

/// A sheet's cells.
#[derive(Default)]
struct Sheet {
    /// Places of values and formulas.
    cells: FxHashSet<(u16, u16)>,
    formulas: FxHashSet<(u16, u16)>,
    text_bytes: u64,
}

impl Sheet {
    fn read(stream: &Stream, start: usize, lengths: &[u64], sizes: &mut Vec<Vec<usize>>) -> Result<Self, Fault> {
        let mut sheet = Self::default();
        let mut records = Records { stream: &stream.bytes, at: start };
        if records.next().is_none_or(|(kind, ..)| kind != BOF) {
            return Err("工作表的位置不对/a sheet is not where it should be");
        }
        // Charts stand inside a sheet, with cells of their own.
        let mut depth = 0_usize;
        for (kind, at, content) in records {
            match kind {
                BOF => depth += 1,
                EOF if depth == 0 => return Ok(sheet),
                EOF => depth -= 1,
                _ if depth > 0 => {}
                DIMENSIONS if !is_modest(content) => {
                    sizes.push((at..at + content.len()).filter_map(|at| stream.place(at)).collect());
                }
                _ => sheet.take(kind, content, lengths)?,
            }
        }
        Err("工作表在中途结束/a sheet is cut off")
    }

    fn take(&mut self, kind: u16, content: &[u8], lengths: &[u64]) -> Result<(), Fault> {
        let (row, column) = (u16_at(content, 0), u16_at(content, 2));
        match kind {
            NUMBER | LABEL | BOOL_OR_FAULT | RK | RICH_LABEL => self.add(row, column),
            SHARED_LABEL => {
                self.text_bytes += lengths.get(u32_at(content, 6) as usize).copied().unwrap_or(0);
                self.add(row, column)
            }
            NUMBERS => {
                let last = u16_at(content, content.len().saturating_sub(2));
                (column..=last.min(MAX_COLUMNS)).try_for_each(|column| self.add(row, column))
            }
            FORMULA => {
                self.formulas.insert((row, column));
                self.add(row, column)
            }
            _ => Ok(()),
        }
    }

    fn add(&mut self, row: u16, column: u16) -> Result<(), Fault> {
        if column >= MAX_COLUMNS {
            return Err("列号超出范围/a column beyond the last");
        }
        if self.cells.insert((row, column)) { Ok(()) } else { Err("同一单元格有两个/one cell twice") }
    }

    /// Cells of the rectangle around all.
    fn area(&self) -> usize {
        let span = |of: fn(&(u16, u16)) -> u16| {
            let (least, most) = self.cells.iter().map(of).fold((u16::MAX, 0), |(a, b), n| (a.min(n), b.max(n)));
            usize::from(most.saturating_sub(least)) + 1
        };
        span(|cell| cell.0) * span(|cell| cell.1)
    }

    /// Places of values: what a formula shows may be nothing.
    fn values(self) -> Vec<(u16, u16)> {
        let mut values: Vec<(u16, u16)> = self.cells.difference(&self.formulas).copied().collect();
        values.sort_unstable();
        values
    }
}

/// Whether a stated size is one that may be reserved.
fn is_modest(content: &[u8]) -> bool {
    let number = |at: usize| u64::from(u32_at(content, at));
    let short = |at: usize| u64::from(u16_at(content, at));
    let [first_row, last_row, first_column, last_column] = match content.len() {
        10 => [short(0), short(2), short(4), short(6)],
        14 | 16 => [number(0), number(4), short(8), short(10)],
        _ => return true,
    };
    first_row <= last_row
        && first_column <= last_column
        && (last_row - first_row + 1) * (last_column.max(1) + 1) <= FREE_CELLS as u64 / 4
}

#[cfg(test)]
mod tests {
    use super::super::compound::tests::container;
    use super::*;

    fn record(kind: u16, content: &[u8]) -> Vec<u8> {
        [&kind.to_le_bytes()[..], &(content.len() as u16).to_le_bytes(), content].concat()
    }

    fn shorts(numbers: &[u16]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn number(row: u16, column: u16) -> Vec<u8> {
        record(NUMBER, &[shorts(&[row, column, 0]), vec![0; 8]].concat())
    }

    /// A workbook of one sheet with these records.
    fn workbook(sheet: &[Vec<u8>]) -> Vec<u8> {
        let bof = record(BOF, &shorts(&[0x0600, 0x0005, 0, 0]));
        let eof = record(EOF, &[]);
        let start = (bof.len() + 4 + 8 + eof.len()) as u32;
        let bound = record(BOUND_SHEET, &[&start.to_le_bytes()[..], &[0, 0, 0, 0]].concat());
        let sheets = [bof.clone(), sheet.concat(), eof.clone()].concat();
        let mut stream = [bof, bound, eof, sheets].concat();
        stream.resize(stream.len().max(4096), 0);
        container("Workbook", &stream)
    }

    fn check(sheet: &[Vec<u8>], expected: Result<&[(u16, u16)], Fault>) {
        let scan = Scan::of(&workbook(sheet));
        assert_eq!(scan.as_ref().map(|scan| scan.cells[0].as_slice()).map_err(|fault| *fault), expected);
    }

    #[test]
    fn every_value_is_counted_once() {
        let many = record(NUMBERS, &[shorts(&[4, 2]), vec![0; 12], shorts(&[3])].concat());
        check(&[number(0, 0), many.clone()], Ok(&[(0, 0), (4, 2), (4, 3)]));
        check(&[number(4, 3), many], Err("同一单元格有两个/one cell twice"));
        let formula = record(FORMULA, &[shorts(&[1, 1]), vec![0; 18]].concat());
        check(&[number(0, 0), formula], Ok(&[(0, 0)]));
        let chart = [record(BOF, &shorts(&[0x0600, 0x0020])), number(9, 9), record(EOF, &[])].concat();
        check(&[number(0, 0), chart], Ok(&[(0, 0)]));
    }

    #[test]
    fn what_would_be_asked_for_is_known_before() {
        check(&[number(0, 0), number(0, 256)], Err("列号超出范围/a column beyond the last"));
        check(&[number(0, 0), number(65_535, 255)], Err("有单元格远在数据之外/cells far away from the data"));
        check(&[number(0, 0), number(999, 255)], Ok(&[(0, 0), (999, 255)]));
        let stated = record(DIMENSIONS, &[u32::MAX.to_le_bytes(), [0; 4], [0; 4], [0; 4]].concat()[..14]);
        let file = workbook(&[number(0, 0), stated]);
        let scan = Scan::of(&file).expect("readable");
        assert_eq!(scan.sizes.iter().map(Vec::len).collect::<Vec<_>>(), [14]);
        let tamed = scan.tamed(&file);
        assert_eq!(file.iter().filter(|byte| **byte == 0xFF).count(), tamed.iter().filter(|b| **b == 0xFF).count() + 4);
    }

    #[test]
    fn a_sheet_that_is_cut_off_is_refused() {
        let mut file = workbook(&[number(0, 0)]);
        let eof = record(EOF, &[]);
        let last = file.windows(4).rposition(|window| window == eof).expect("the end of the sheet");
        file[last..last + 2].copy_from_slice(&NUMBER.to_le_bytes());
        assert!(Scan::of(&file).is_err());
    }

    #[test]
    fn strings_are_measured_across_continuations() {
        let first = [shorts(&[3]), vec![1], shorts(&[0x5F20, 0x4E09])].concat();
        let second = [vec![0, b'x'], shorts(&[2]), vec![8], shorts(&[1]), b"ab".to_vec(), vec![0; 4]].concat();
        assert_eq!(string_lengths(&[&first, &second]), [9, 6]);
        assert_eq!(string_lengths(&[&first]), Vec::<u64>::new());
    }
}
