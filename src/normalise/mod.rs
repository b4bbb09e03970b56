//! Raw columns → canonical tables.
pub mod vocabulary;

use crate::error::Result;
use crate::table::registry::UnknownLabel;
use crate::table::{RawSheet, Registry, Reject, Side};
pub use vocabulary::{Vocabularies, Vocabulary};

use polars::prelude::DataFrame;

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
    /// Canonical columns, `<field>` and `<field>_text`, and `row`.
    pub frame: DataFrame,
    /// Rows without enough to stand for anything.
    pub rejects: Vec<Reject>,
    /// Labels no vocabulary knows (sheet index 0).
    pub unknown_labels: Vec<UnknownLabel>,
}

/// Normalises one sheet. `data_year` is the year a source states for rows that carry none.
pub fn normalise(
    sheet: RawSheet,
    side: Side,
    shape: Shape,
    data_year: Option<i32>,
    settings: &Settings,
) -> Result<Part> {
    let _ = (data_year, settings);
    Ok(Part {
        side,
        shape,
        file: sheet.file,
        sheet: sheet.sheet,
        columns: sheet.columns,
        frame: sheet.frame,
        rejects: Vec::new(),
        unknown_labels: Vec::new(),
    })
}

/// Assembles one side from its sheets, whatever their order.
pub fn assemble(side: Side, parts: Vec<Part>) -> Result<Registry> {
    let _ = parts;
    Ok(Registry {
        side,
        members: DataFrame::empty(),
        households: DataFrame::empty(),
        benefits: DataFrame::empty(),
        outcomes: DataFrame::empty(),
        origins: Vec::new(),
        delivered: Default::default(),
        has_benefits: false,
        has_outcomes: false,
        unknown_labels: Vec::new(),
    })
}
