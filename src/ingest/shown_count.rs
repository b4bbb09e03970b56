//! What a sheet itself shows of how many rows it has: the numbers in its 序号 column, the count in its footer, and rows that
//! end long before the others do.
//!
//! In: rows as they are classified. Out: remarks, when what was read falls short of what is shown. Whatever the format, a piece
//! that is missing from the middle of a file leaves a gap here. A gap is no proof (somebody may have deleted rows on purpose, or
//! copied some of them), so it is told, and nothing is refused.

use super::fold::{fold, is_blank};
use super::grid::Cells;
use super::header::Header;
use crate::error::Text;
use crate::say;

/// Fewer rows show nothing.
const FEWEST_ROWS: usize = 20;
/// A larger share of gaps is a selection, not a loss.
const SELECTED: f64 = 0.2;
/// Rows of a larger share that are short are how the export is.
const USUAL: f64 = 0.05;

/// What rows show.
#[derive(Debug, Default)]
pub(super) struct ShownCount {
    serial: Option<usize>,
    width: usize,
    serials: Vec<u32>,
    /// Rows with words where the number should be; the first of them.
    unnumbered: (u64, u32),
    /// Rows that end before the middle of the header; the first of them.
    short: (u64, u32),
    rows: u64,
    /// Counts in footers.
    footers: Vec<u64>,
}

impl ShownCount {
    /// Of a sheet with that header.
    pub(super) fn new(header: &Header) -> Self {
        let serial = header.titles.iter().position(|title| fold(title) == "序号");
        Self { serial, width: header.width, ..Self::default() }
    }

    /// Takes a row of data.
    pub(super) fn take<C: Cells + ?Sized>(&mut self, row: u32, cells: &C) {
        self.rows += 1;
        if let Some(column) = self.serial {
            let text = cells.cell(column).trim();
            match text.trim_end_matches(".0").parse::<u32>() {
                Ok(serial) => self.serials.push(serial),
                Err(_) if !is_blank(text) => note(&mut self.unnumbered, row),
                Err(_) => {}
            }
        }
        let is_filled = |column: usize| !is_blank(cells.cell(column));
        if self.width >= 10 && !(self.width / 2..self.width).any(is_filled) {
            note(&mut self.short, row);
        }
    }

    /// Takes a row below the data.
    pub(super) fn take_footer<C: Cells + ?Sized>(&mut self, cells: &C) {
        for column in 0..cells.width() {
            let folded = fold(cells.cell(column));
            let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
            let is_count = folded.ends_with(['人', '户', '条', '行']) && folded.chars().count() <= digits.len() + 6;
            self.footers.extend(digits.parse::<u64>().ok().filter(|_| is_count));
        }
    }

    /// What falls short.
    pub(super) fn remarks(&self) -> Vec<Text> {
        if (self.rows as usize) < FEWEST_ROWS {
            return Vec::new();
        }
        [self.gaps(), self.out_of_place(), self.short_rows(), self.footer()].into_iter().flatten().collect()
    }

    fn gaps(&self) -> Option<Text> {
        let mut serials = self.serials.clone();
        serials.sort_unstable();
        let (first, last) = (*serials.first()?, *serials.last()?);
        let range = u64::from(last - first) + 1;
        let rows = serials.len() as u64;
        let is_series = serials.windows(2).all(|pair| pair[0] < pair[1]) && rows as f64 >= self.rows as f64 * 0.9;
        let missing = range.checked_sub(rows).filter(|missing| *missing > 0 && is_series)?;
        if missing as f64 > range as f64 * SELECTED {
            return None;
        }
        let after = serials.windows(2).find(|pair| pair[1] > pair[0] + 1).map_or(first, |pair| pair[0]);
        Some(say!(
            "序号 {first}—{last} 中缺 {missing} 个（如 {after} 之后）：文件可能缺了行，请核对",
            "{missing} serial numbers of {first}-{last} are missing (e.g. after {after}): rows may be missing"
        ))
    }

    fn out_of_place(&self) -> Option<Text> {
        let (rows, row) = self.unnumbered;
        let is_rare = rows > 0 && rows as f64 <= self.rows as f64 * USUAL;
        (is_rare && !self.serials.is_empty()).then(|| {
            say!(
                "有 {rows} 行的序号不是数字（如第 {row} 行）：该行可能断开或错位，请核对",
                "{rows} rows have no number for a serial number (e.g. row {row}): they may be torn or shifted"
            )
        })
    }

    fn short_rows(&self) -> Option<Text> {
        let (rows, row) = self.short;
        (rows > 0 && rows as f64 <= self.rows as f64 * USUAL).then(|| {
            say!(
                "有 {rows} 行的后半部分全空（如第 {row} 行）：该行可能断开，请核对",
                "{rows} rows have nothing in the second half of the columns (e.g. row {row}): they may be torn"
            )
        })
    }

    fn footer(&self) -> Option<Text> {
        let rows = self.rows;
        let is_near = |shown: &u64| *shown != rows && shown.abs_diff(rows) as f64 <= rows as f64 * SELECTED;
        let is_exact = self.footers.contains(&rows);
        let shown = self.footers.iter().find(|shown| is_near(shown)).filter(|_| !is_exact)?;
        Some(match *shown > rows {
            true => say!(
                "末尾合计为 {shown}，读到 {rows} 行：文件可能缺了行，请核对",
                "the footer says {shown}, {rows} rows were read: rows may be missing"
            ),
            false => say!(
                "末尾合计为 {shown}，读到 {rows} 行：可能有重复或多余的行，请核对",
                "the footer says {shown}, {rows} rows were read: some may be there twice, or be none"
            ),
        })
    }
}

fn note((rows, first): &mut (u64, u32), row: u32) {
    if *rows == 0 {
        *first = row;
    }
    *rows += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remarks(serials: impl IntoIterator<Item = u32>, footer: &str) -> String {
        let mut shown = ShownCount { serial: Some(0), width: 2, ..ShownCount::default() };
        for (row, serial) in (2..).zip(serials) {
            shown.take(row, &[serial.to_string(), "张三".to_owned()][..]);
        }
        shown.take_footer(&[footer.to_owned()][..]);
        shown.remarks().iter().map(|text| text.zh.clone()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn gaps_are_told_and_selections_are_not() {
        assert_eq!(remarks(1..=30, "合计30人"), "");
        assert_eq!(remarks((1..=30).rev(), ""), "", "any order");
        assert!(remarks((1..=30).filter(|serial| *serial != 7), "").contains("缺 1 个（如 6 之后）"));
        assert_eq!(remarks((1..=60).step_by(2), ""), "", "a selection");
        assert_eq!(remarks([5; 30], ""), "", "no series");
    }

    #[test]
    fn a_footer_counts_its_rows() {
        assert!(remarks(1..=30, "合计32人").contains("末尾合计为 32，读到 30 行"));
        assert_eq!(remarks(1..=30, "合计12户"), "", "households of these people");
        assert_eq!(remarks(1..=30, "填表日期2019年2月31日"), "");
    }
}
