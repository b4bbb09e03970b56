//! Raw columns → canonical tables.
//!
//! In: the sheets of one side as [`ingest`](crate::ingest) read them, every cell a text. Out: a [`Registry`]: typed columns
//! beside the cells as printed, household and member rows tied together, every row with its place.
//!
//! Two steps. [`normalise`] works on one sheet alone, so that sheets run in parallel: each field is read by its
//! [`Kind`](crate::table::Kind) (one file per kind of value: [`identity`], [`name`], [`date`], [`amount`], [`yes_no`], [`label`], [`place`],
//! [`number`]), rows that stand for nothing are rejected with a reason, labels no vocabulary knows are counted. [`assemble`]
//! stacks the sheets of a side, whatever order they come in, and builds its households.
//!
//! Invariants: reading a cell is total and never repairs it in place: blank, 未填, 0 and 否 stay distinct in `<field>_text`. Every
//! row is accepted or rejected exactly once. The same sheets in any order assemble to the same registry.

pub mod amount;
pub mod date;
pub mod identity;
pub mod label;
pub mod name;
pub mod number;
pub mod place;
pub mod text;
pub mod vocabulary;
pub mod yes_no;

mod assemble;
mod benefit;
mod cells;
mod field;
#[cfg(test)]
mod fixture;
mod person;
mod reject;
mod sheet;

use polars::prelude::DataFrame;

use crate::error::Result;
use crate::table::registry::UnknownLabel;
use crate::table::{RawSheet, Reject, Side};
pub use assemble::assemble;
pub use vocabulary::{Vocabularies, Vocabulary};

/// What one row of an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A person, household columns repeated or absent.
    Person,
    /// A household.
    Household,
    /// A measure received.
    Benefit,
    /// An outcome.
    Outcome,
}

/// Resolved settings, built by `pipeline`.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Labels and their synonyms.
    pub vocabularies: Vocabularies,
}

/// One normalised sheet.
#[derive(Debug, Clone)]
pub struct Part {
    /// Side.
    pub side: Side,
    /// Shape.
    pub shape: Shape,
    /// Path relative to the input folder.
    pub file: String,
    /// Sheet name.
    pub sheet: String,
    /// `(field, column letter)`.
    pub columns: Vec<(String, String)>,
    /// Canonical columns, `<field>` and `<field>_text`, what is derived from them, and `row`.
    pub frame: DataFrame,
    /// Rows without enough to stand for anything.
    pub rejects: Vec<Reject>,
    /// Labels no vocabulary knows (sheet index 0).
    pub unknown_labels: Vec<UnknownLabel>,
}

/// Normalises one sheet. `data_year` is the year a source states for rows that carry none.
///
/// # Errors
/// When a vocabulary is missing, or the sheet is not what `ingest` promises.
pub fn normalise(
    sheet: RawSheet,
    side: Side,
    shape: Shape,
    data_year: Option<i32>,
    settings: &Settings,
) -> Result<Part> {
    let (frame, unknown_labels) = sheet::canonical(&sheet, shape, data_year, &settings.vocabularies)?;
    let (frame, rejects) = reject::split(frame, &sheet, side, shape)?;
    let RawSheet { file, sheet, columns, .. } = sheet;
    Ok(Part { side, shape, file, sheet, columns, frame, rejects, unknown_labels })
}
