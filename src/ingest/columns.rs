//! The columns of one sheet as they grow: one text builder per bound field, and the row numbers.
//!
//! A household's cells are often merged over its members' rows: only the first row holds the value. The merged ranges
//! of a sheet, known before its rows, are filled down here, and only there: a blank cell outside a merged range is a
//! blank cell.

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series, StringChunkedBuilder};

use super::cell::NOT_COMPUTED;
use super::fold::is_blank;
use super::grid::Cells;
use super::header::Header;
use super::{Binding, BoundField, units};
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
    filled_bytes: usize,
}

/// One bound field.
struct FieldColumn {
    name: String,
    columns: Vec<usize>,
    is_key: bool,
    texts: StringChunkedBuilder,
    lost_digits: u64,
    uncomputed: u64,
    kind: Option<Kind>,
    /// The unit of the bare numbers of each column, where it changes their value.
    units: Vec<Option<&'static str>>,
    /// Memory for a number and its unit.
    with_unit: String,
    merged: Merged,
}

impl Columns {
    /// Builders for every field that the header names; `of_sheet` is the unit that a title states for amounts.
    pub(super) fn new(binding: &Binding, header: &Header, of_sheet: Option<&'static str>, merges: &[Merge]) -> Self {
        let bound = binding.fields.iter().zip(&header.columns).filter(|(_, columns)| !columns.is_empty());
        let fields = bound.map(|(field, columns)| {
            let mut column = FieldColumn::new(field, columns, merges);
            let of_sheet = of_sheet.filter(|_| column.kind == Some(Kind::Amount));
            column.units = columns.iter().map(|&at| column.converting(header.units[at].or(of_sheet))).collect();
            column
        });
        Self { fields: fields.collect(), rows: Vec::new(), filled_bytes: 0 }
    }

    /// Takes the units that a row under the header states.
    pub(super) fn set_units<C: Cells + ?Sized>(&mut self, cells: &C) {
        for field in &mut self.fields {
            for at in 0..field.columns.len() {
                if let Some(unit) = units::of_cell(cells.cell(field.columns[at])) {
                    field.units[at] = field.converting(Some(unit));
                }
            }
        }
    }

    /// `(first column, unit)` of every field whose bare numbers have one that changes them.
    pub(super) fn units(&self) -> Vec<(usize, &'static str)> {
        self.fields.iter().filter_map(|field| Some((field.columns[0], field.units[0]?))).collect()
    }

    /// `(first column, cells)` of every field with formulas whose result was not stored.
    pub(super) fn uncomputed(&self) -> Vec<(usize, u64)> {
        let fields = self.fields.iter().filter(|field| field.uncomputed > 0);
        fields.map(|field| (field.columns[0], field.uncomputed)).collect()
    }

    /// Adds an accepted row.
    pub(super) fn push<C: Cells + ?Sized>(&mut self, row: u32, cells: &C) {
        self.rows.push(row);
        let lost_digits = cells.lost_digits();
        for field in &mut self.fields {
            self.filled_bytes += field.push(row, cells);
            if !lost_digits.is_empty() && field.is_key {
                field.lost_digits += u64::from(field.columns.iter().any(|column| lost_digits.contains(column)));
            }
        }
    }

    /// Text filled down from merged ranges so far.
    pub(super) fn filled_bytes(&self) -> usize {
        self.filled_bytes
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
            uncomputed: 0,
            kind: field.kind(),
            units: vec![None; columns.len()],
            with_unit: String::new(),
            merged: Merged::of(columns[0], merges),
        }
    }

    /// A unit, when it changes what a bare number of this field means.
    fn converting(&self, unit: Option<&'static str>) -> Option<&'static str> {
        unit.filter(|unit| self.kind.is_some_and(|kind| units::converts(unit, kind)))
    }

    /// Adds the cell of a row; gives the bytes that were filled down.
    fn push<C: Cells + ?Sized>(&mut self, row: u32, cells: &C) -> usize {
        let (mut text, mut unit) = (cells.cell(self.columns[0]), self.units[0]);
        if self.columns.len() > 1 && is_blank(text) {
            let others =
                self.columns.iter().zip(&self.units).skip(1).map(|(&column, unit)| (cells.cell(column), *unit));
            (text, unit) = others.into_iter().find(|other| !is_blank(other.0)).unwrap_or((text, unit));
        }
        let own = text.len();
        let mut text = self.merged.fill(row, text);
        let filled = text.len().saturating_sub(own);
        self.uncomputed += u64::from(text == NOT_COMPUTED);
        if let Some(unit) = unit.filter(|_| units::is_bare_number(text)) {
            self.with_unit.clear();
            self.with_unit.push_str(text.trim());
            self.with_unit.push_str(unit);
            text = &self.with_unit;
        }
        // Blanks that nobody sees are nothing.
        if is_blank(text) {
            self.texts.append_null();
        } else {
            self.texts.append_value(text);
        }
        filled
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
