//! What one file may become: a limit on what is kept of it, whatever made it grow.
//!
//! A merged range repeats its value in every row, a shared string in every cell, a dictionary in every record; a file of
//! some kilobytes can stand for gigabytes of text. All formats end in one sink, and there every cell that is kept is
//! counted, after it was filled down. What a file may become depends on its size: exports pack ten to twenty to one, a
//! hundred is granted, and to small files a share besides. A cell longer than any spreadsheet program allows is no
//! cell. Beyond either limit the file is refused, and its reader stops at the next row.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::grid::MAX_CELL_CHARS;
use crate::error::Text;
use crate::say;

/// Kept text that any file may become, bytes.
const FREE_BYTES: u64 = 64 << 20;
/// Kept cells that any file may become.
const FREE_CELLS: u64 = 8_000_000;
/// Bytes of text and cells per byte of the file.
const MAX_RATIO: u64 = 100;
const MAX_CELL_RATIO: u64 = 20;

/// The limit of one file, shared by its sheets.
#[derive(Debug, Clone)]
pub(super) struct Budget(Rc<Limit>);

#[derive(Debug)]
struct Limit {
    bytes: Cell<u64>,
    cells: Cell<u64>,
    overrun: RefCell<Option<Overrun>>,
}

/// Where a file grew too large, and how.
#[derive(Debug, Clone)]
pub(super) struct Overrun {
    pub(super) sheet: String,
    pub(super) row: u32,
    pub(super) problem: Text,
}

impl Budget {
    /// What a file of so many bytes may become.
    pub(super) fn of(file_bytes: u64) -> Self {
        Self(Rc::new(Limit {
            bytes: Cell::new(FREE_BYTES.saturating_add(file_bytes.saturating_mul(MAX_RATIO))),
            cells: Cell::new(FREE_CELLS.saturating_add(file_bytes.saturating_mul(MAX_CELL_RATIO))),
            overrun: RefCell::new(None),
        }))
    }

    /// Takes the cells of a row, so many bytes; false when there is no more to take.
    pub(super) fn take(&self, sheet: &str, row: u32, cells: usize, bytes: usize) -> bool {
        let left = |limit: &Cell<u64>, taken: usize| {
            let left = limit.get().checked_sub(taken as u64);
            limit.set(left.unwrap_or(0));
            left.is_some()
        };
        if left(&self.0.bytes, bytes) & left(&self.0.cells, cells) {
            return true;
        }
        self.overrun(
            sheet,
            row,
            say!(
                "内容展开后远大于文件本身（合并区域、重复的单元格或文字过多）",
                "it unpacks to far more than the file's size: too many merged or repeated cells or texts"
            ),
        );
        false
    }

    /// Whether a cell may be as long as this one; false when not.
    pub(super) fn allows(&self, sheet: &str, row: u32, cell: &str) -> bool {
        if cell.len() <= MAX_CELL_CHARS || cell.chars().count() <= MAX_CELL_CHARS {
            return true;
        }
        let count = cell.chars().count();
        self.overrun(
            sheet,
            row,
            say!(
                "一个单元格有 {count} 个字符，超过 {MAX_CELL_CHARS}",
                "a cell of {count} characters, more than {MAX_CELL_CHARS}"
            ),
        );
        false
    }

    /// Where the file grew too large, when it has.
    pub(super) fn found(&self) -> Option<Overrun> {
        self.0.overrun.borrow().clone()
    }

    /// Whether nothing more is taken.
    pub(super) fn is_spent(&self) -> bool {
        self.0.overrun.borrow().is_some()
    }

    fn overrun(&self, sheet: &str, row: u32, problem: Text) {
        let mut overrun = self.0.overrun.borrow_mut();
        overrun.get_or_insert_with(|| Overrun { sheet: sheet.to_owned(), row, problem });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_become_so_much_and_no_more() {
        let budget = Budget::of(1000);
        assert!(budget.take("", 1, 1, (64 << 20) + 100_000));
        assert!(!budget.is_spent());
        assert!(!budget.take("甲", 2, 1, 1) && budget.is_spent());
        assert!(!budget.take("乙", 3, 1, 1));
        let found = budget.found().expect("an overrun");
        assert_eq!((found.sheet.as_str(), found.row), ("甲", 2));
        let budget = Budget::of(0);
        assert!(budget.take("", 1, 8_000_000, 0) && !budget.take("", 2, 1, 0));
    }

    #[test]
    fn a_cell_is_counted_in_characters() {
        let budget = Budget::of(0);
        assert!(budget.allows("", 1, &"户".repeat(MAX_CELL_CHARS)));
        assert!(!budget.allows("", 2, &"户".repeat(MAX_CELL_CHARS + 1)));
        assert_eq!(budget.found().map(|found| found.row), Some(2));
    }
}
