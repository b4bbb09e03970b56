//! The door in: files → raw sheets of text, rejects and a tally, places kept.
use std::path::Path;

use crate::error::Result;
use crate::table::{RawSheet, Reject, SheetNote, Tally};

/// What a profile says about one kind of export, as far as reading it goes. Built by `pipeline` from TOML.
#[derive(Debug, Clone, Default)]
pub struct Binding {
    /// Profile id, for messages.
    pub profile: String,
    /// Title of the export kind, for messages.
    pub title: String,
    /// Fields in the order of the profile.
    pub fields: Vec<BoundField>,
}

/// One field of a profile and the headers that name it.
#[derive(Debug, Clone, Default)]
pub struct BoundField {
    /// Field name of `table::FIELDS`.
    pub field: String,
    /// Header spellings, as staff see them.
    pub headers: Vec<String>,
    /// Whether a sheet without it is refused.
    pub required: bool,
}

/// Limits against hostile or damaged containers.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest container, bytes.
    pub max_file_bytes: u64,
    /// Largest sum of declared uncompressed sizes, bytes.
    pub max_unpacked_bytes: u64,
    /// Largest ratio of unpacked to packed bytes for entries over 1 MiB.
    pub max_ratio: u64,
}

/// What one file gave.
#[derive(Debug, Clone, Default)]
pub struct Ingested {
    /// Sheets with accepted rows.
    pub sheets: Vec<RawSheet>,
    /// Rows not used.
    pub rejects: Vec<Reject>,
    /// Every row's class.
    pub tally: Tally,
    /// Remarks.
    pub notes: Vec<SheetNote>,
    /// Format and encoding as found: `xlsx`, `csv GB18030`, …
    pub format: String,
}

/// Reads `path`, shown as `file` in every place, for `side`.
pub fn read(path: &Path, file: &str, side: &str, binding: &Binding, limits: &Limits) -> Result<Ingested> {
    let _ = (path, file, side, binding, limits);
    Ok(Ingested::default())
}
