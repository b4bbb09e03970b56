//! The columns of one sheet as they grow: one text builder per bound field, and the row numbers.
//!
//! A household's cells are often merged over its members' rows: only the first row holds the value. The merged ranges
//! of a sheet, known before its rows, are filled down here, and only there: a blank cell outside a merged range is a
//! blank cell.

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series, StringChunkedBuilder};

use super::fold::is_blank;
use super::grid::Cells;
use super::header::Header;
use super::{Binding, BoundField};
use crate::error::Result;
use crate::table::Kind;

/// Cells of one column merged over several rows, 1-based and inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Merge {
    pub(super) column: usize,
    pub(super) first_row: u32,
    pub(super) last_row: u32,
}

/// The bound fields of a sheet.
pub(super) struct Columns {
    fields: Vec<FieldColumn>,
    rows: Vec<u32>,
}

/// One bound field.
struct FieldColumn {
    name: String,
    columns: Vec<usize>,
    is_key: bool,
    texts: StringChunkedBuilder,
    lost_digits: u64,
    merged: Merged,
}

impl Columns {
    /// Builders for every field that the header names.
    pub(super) fn new(binding: &Binding, header: &Header, merges: &[Merge]) -> Self {
        let bound = binding.fields.iter().zip(&header.columns).filter(|(_, columns)| !columns.is_empty());
        let fields = bound.map(|(field, columns)| FieldColumn::new(field, columns, merges)).collect();
        Self { fields, rows: Vec::new() }
    }

    /// Adds an accepted row.
    pub(super) fn push<C: Cells + ?Sized>(&mut self, row: u32, cells: &C) {
        self.rows.push(row);
        let lost_digits = cells.lost_digits();
        for field in &mut self.fields {
            field.push(row, cells);
            if !lost_digits.is_empty() && field.is_key {
                field.lost_digits += u64::from(field.columns.iter().any(|column| lost_digits.contains(column)));
            }
        }
    }

    /// Rows so far.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// `(first column, cells)` of every identifier or number whose digits Excel has lost.
    pub(super) fn lost_digits(&self) -> Vec<(usize, u64)> {
        let lost = self.fields.iter().filter(|field| field.lost_digits > 0);
        lost.map(|field| (field.columns[0], field.lost_digits)).collect()
    }

    /// The frame, and the first column of each field.
    pub(super) fn finish(self) -> Result<(DataFrame, Vec<(String, usize)>)> {
        let places = self.fields.iter().map(|field| (field.name.clone(), field.columns[0])).collect();
        let height = self.rows.len();
        let mut columns: Vec<Column> =
            self.fields.into_iter().map(|field| field.texts.finish().into_column()).collect();
        columns.push(Series::new("row".into(), self.rows).into_column());
        Ok((DataFrame::new(height, columns)?, places))
    }
}

impl FieldColumn {
    fn new(field: &BoundField, columns: &[usize], merges: &[Merge]) -> Self {
        Self {
            name: field.field.clone(),
            columns: columns.to_vec(),
            is_key: matches!(field.kind(), Some(Kind::Identifier | Kind::Key)),
            texts: StringChunkedBuilder::new(field.field.as_str().into(), 0),
            lost_digits: 0,
            merged: Merged::of(columns[0], merges),
        }
    }

    fn push<C: Cells + ?Sized>(&mut self, row: u32, cells: &C) {
        let mut text = cells.cell(self.columns[0]);
        if self.columns.len() > 1 && is_blank(text) {
            let others = self.columns[1..].iter().map(|&column| cells.cell(column));
            text = others.into_iter().find(|other| !is_blank(other)).unwrap_or(text);
        }
        let text = self.merged.fill(row, text);
        if text.is_empty() {
            self.texts.append_null();
        } else {
            self.texts.append_value(text);
        }
    }
}

/// The merged ranges of one column, and the value of the range being read.
#[derive(Default)]
struct Merged {
    ranges: Vec<(u32, u32)>,
    next: usize,
    value: String,
}

impl Merged {
    fn of(column: usize, merges: &[Merge]) -> Self {
        let here = merges.iter().filter(|merge| merge.column == column && merge.first_row < merge.last_row);
        let mut ranges: Vec<(u32, u32)> = here.map(|merge| (merge.first_row, merge.last_row)).collect();
        ranges.sort_unstable();
        Self { ranges, ..Self::default() }
    }

    /// The cell's text, or the value of the merged range it is in. Rows come in order.
    fn fill<'t>(&'t mut self, row: u32, text: &'t str) -> &'t str {
        while self.ranges.get(self.next).is_some_and(|range| range.1 < row) {
            self.next += 1;
            self.value.clear();
        }
        let Some(&(first, _)) = self.ranges.get(self.next) else { return text };
        if row == first {
            self.value.push_str(text);
        }
        if row > first && is_blank(text) && !self.value.is_empty() { &self.value } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merged_value_fills_its_range_and_no_more() {
        let merges = [Merge { column: 0, first_row: 4, last_row: 5 }, Merge { column: 0, first_row: 7, last_row: 9 }];
        let mut merged = Merged::of(0, &merges);
        let column =
            [(3, "x", "x"), (4, "甲", "甲"), (5, "", "甲"), (6, "", ""), (7, "乙", "乙"), (9, "", "乙"), (10, "", "")];
        for (row, text, expected) in column {
            assert_eq!(merged.fill(row, text), expected, "row {row}");
        }
        assert_eq!(Merged::of(1, &merges).fill(5, ""), "");
    }
}
