//! One side in canonical tables.

use std::collections::BTreeSet;

use polars::prelude::DataFrame;

use super::Side;

/// The sheet a row came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Path relative to the input folder.
    pub file: String,
    /// Sheet name; empty for text files.
    pub sheet: String,
    /// `(field, column letter)` of every bound field.
    pub columns: Vec<(String, String)>,
}

/// One registry. Rows are in the order (file, sheet, row), so that nothing depends on the order of inputs.
///
/// Invariants: `household_ix`, `member_ix`, `sheet_ix` point into their tables; `households.household_no` is unique
/// and not null; every member and benefit row was accepted exactly once.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Which side.
    pub side: Side,
    /// One row per accepted person row: `Level::Member` fields, the household fields that the person export
    /// itself delivered, and [`MEMBER_DERIVED`](super::schema::MEMBER_DERIVED).
    pub members: DataFrame,
    /// One row per household number: `Level::Household` fields and
    /// [`HOUSEHOLD_DERIVED`](super::schema::HOUSEHOLD_DERIVED).
    pub households: DataFrame,
    /// One row per measure received.
    pub benefits: DataFrame,
    /// One row per recorded outcome, from an outcome export.
    pub outcomes: DataFrame,
    /// The sheets that `sheet_ix` points to, sorted.
    pub origins: Vec<Origin>,
    /// Fields delivered by at least one person or household export of this side.
    pub delivered: BTreeSet<String>,
    /// Whether a benefit export, and an outcome export, was delivered at all.
    pub has_benefits: bool,
    /// Whether an outcome export, or an outcome column of a benefit export, was delivered.
    pub has_outcomes: bool,
    /// Labels that no vocabulary knows: sorted by field, then text.
    pub unknown_labels: Vec<UnknownLabel>,
}

/// A label that its vocabulary does not know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownLabel {
    /// Field name.
    pub field: String,
    /// Vocabulary that was asked.
    pub vocabulary: String,
    /// The label as printed.
    pub text: String,
    /// Rows that hold it.
    pub rows: u64,
    /// First place: sheet index and row.
    pub first: (u32, u32),
    /// The nearest known label, when one is near.
    pub nearest: Option<String>,
}

impl Registry {
    /// A registry to which nothing was delivered.
    pub fn empty(side: Side) -> Self {
        Self {
            side,
            members: DataFrame::empty(),
            households: DataFrame::empty(),
            benefits: DataFrame::empty(),
            outcomes: DataFrame::empty(),
            origins: Vec::new(),
            delivered: BTreeSet::new(),
            has_benefits: false,
            has_outcomes: false,
            unknown_labels: Vec::new(),
        }
    }
}
