//! Pipelines: TOML on one side, resolved settings on the other; the only module that knows TOML.
//!
//! [`Plan::load`] reads the pipeline file and the profiles, vocabularies, rules, benefit catalogue and linker settings
//! it names, in passes like a compiler's: read every file (all its mistakes), resolve names, prove every rule condition
//! on the empty canonical table, check across files. All mistakes are reported together, each with file and line.
//! Nothing below this module sees TOML: it gets [`Plan`]'s settings.

mod document;
mod options;
pub mod persons;
mod resolve;
mod wording;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::error::Result;
use crate::ingest::{Binding, Limits};
use crate::normalise::{Prover, Shape};
use crate::table::{Side, Supplier};
use crate::{audit, emit, link, normalise};

/// A resolved pipeline: complete, nothing left to look up.
#[derive(Debug)]
pub struct Plan {
    /// The pipeline file, as given.
    pub file: String,
    /// What it reconciles.
    pub title: String,
    /// Folder of the exports.
    pub input: PathBuf,
    /// Folder of the results.
    pub out: PathBuf,
    /// Date the exports speak of (ISO); `None` means the day of the run.
    pub as_of: Option<String>,
    /// What is exported from where.
    pub sources: Vec<Source>,
    /// All known export kinds, used or not: `inspect` tries them all.
    pub profiles: Vec<Arc<Profile>>,
    /// For `normalise`.
    pub normalise: normalise::Settings,
    /// For `link`.
    pub link: link::Settings,
    /// For `audit`; its `as_of` is set by the run.
    pub audit: audit::Settings,
    /// For `emit`.
    pub emit: emit::Settings,
    /// What makes an export untrustworthy.
    pub guard: Guard,
    /// For `ingest`.
    pub limits: Limits,
    /// Every configuration file read, with its hash, in reading order.
    pub files: Vec<ConfigFile>,
}

/// One kind of export of one system, or of roll of one department.
#[derive(Debug, Clone)]
pub struct Source {
    /// Who delivers it.
    pub supplier: Supplier,
    /// How to read it.
    pub profile: Arc<Profile>,
    /// File patterns under the input folder.
    pub files: Vec<String>,
    /// Year of the data, for rows that carry none.
    pub data_year: Option<i32>,
    /// Whether the run goes on without it.
    pub optional: bool,
}

/// A kind of export: its headers and what a row is.
#[derive(Debug)]
pub struct Profile {
    /// Name used by sources.
    pub id: String,
    /// What staff call it.
    pub title: String,
    /// The system that exports it, when only one does.
    pub side: Option<Side>,
    /// What a row is.
    pub shape: Shape,
    /// Headers of its fields.
    pub binding: Binding,
    /// What a roll is of, and what its rows prove.
    pub prover: Option<Prover>,
}

/// What makes an export untrustworthy.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Refuse when a township's export holds this many per cent fewer rows than it ever did.
    pub max_shrink_percent: f64,
    /// Refuse when more rows of a file than this are rejected, per cent.
    pub max_reject_percent: f64,
    /// Townships that must be in both systems' person exports.
    pub townships: Vec<String>,
    /// Smaller deliveries that a person has accepted: a township, or a township and a kind of export.
    pub accept: Vec<String>,
}

/// A configuration file as read.
#[derive(Debug, Clone, Serialize)]
pub struct ConfigFile {
    /// Path as given.
    pub file: String,
    /// Content hash.
    pub blake3: String,
}

impl Plan {
    /// Reads and resolves `path`; every mistake in every file is in the error.
    pub fn load(path: &Path) -> Result<Self> {
        resolve::resolve(path)
    }
}
