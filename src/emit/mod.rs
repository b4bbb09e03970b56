//! The door out: everything a run produced → files.
//!
//! | output | reader | module |
//! |---|---|---|
//! | `worklists/<township>/<village>.xlsx` | the cadre who corrects | [`worklist`] |
//! | `worklists/<township>/总表.xlsx` | the township that checks | `township` |
//! | `review/待人工判定.xlsx` | whoever decides about a pair | [`review`] |
//! | `summary/summary.{html,xlsx,json}` | managers | [`summary`] |
//! | `data/*.parquet` | machines, auditors | `published` |
//! | `manifest.json` | operators | [`manifest`] |
//! | the picture of `hedui why --svg` | whoever asks about a pair | [`waterfall`] |
//!
//! All writers read one [`Outcome`] and count through `area`, so that no two outputs disagree. What people read is
//! masked in one place, [`mask`]; what becomes a path is made harmless in one place, `paths`. Invariants: every
//! finding is in exactly one worklist; same outcome, same bytes (dates come from the as-of date, and everything is
//! sorted); nothing is visible before [`publish`] renames the run's folder.

mod area;
mod files;
pub mod manifest;
pub mod mask;
mod paths;
pub mod publish;
mod published;
pub mod review;
pub mod summary;
mod township;
mod unsettled;
pub mod waterfall;
mod workbook;
pub mod worklist;

#[cfg(test)]
mod example;
#[cfg(test)]
mod tests;

use std::path::Path;

use serde::Serialize;

pub use manifest::{Equation, Manifest, PipelineFile, StageTime, write_manifest};
pub use mask::Mask;
pub use publish::{Settled, Staging, latest_run, settle};
pub use published::read_table;

use crate::audit::Audit;
use crate::error::{Error, Result};
use crate::ledger::Rolled;
use crate::link::{Model, Quality};
use crate::say;
use crate::table::{Headcount, Linkage, People, Registry, Reject, SheetNote, Tally};
use mask::{Row, Veil};

/// Resolved settings.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Masking of worklists.
    pub worklist_mask: Mask,
    /// Contact line and deadline printed on the cover sheet.
    pub contact: Option<String>,
    /// Deadline, ISO date.
    pub deadline: Option<String>,
    /// Counts below this are not shown by village in the summary.
    pub min_cell: u64,
    /// Key of the hashes by which returned worklists and review files are recognised (a site's own).
    pub site_key: String,
}

/// One input file as read.
#[derive(Debug, Clone, Serialize)]
pub struct InputFile {
    /// Registry.
    pub side: String,
    /// Path relative to the input folder.
    pub file: String,
    /// Profile that read it.
    pub profile: String,
    /// Format and encoding as found.
    pub format: String,
    /// Size.
    pub bytes: u64,
    /// Content hash.
    pub blake3: String,
    /// Rows read.
    pub rows: u64,
}

/// One output file.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutputFile {
    /// Path relative to the run folder.
    pub file: String,
    /// Size.
    pub bytes: u64,
    /// Content hash.
    pub blake3: String,
    /// Data rows, where it has rows.
    pub rows: Option<u64>,
}

/// Everything a run produced; all writers read this one struct, so that no two outputs disagree.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// Name of the pipeline, e.g. the county.
    pub title: &'a str,
    /// Run id.
    pub run_id: &'a str,
    /// As-of date, ISO.
    pub as_of: &'a str,
    /// National, provincial.
    pub registries: [&'a Registry; 2],
    /// Links.
    pub linkage: &'a Linkage,
    /// One table: the number of each row's person. Both sides of its links are then the first registry.
    pub clusters: Option<&'a [u32]>,
    /// The model that made them.
    pub model: &'a Model,
    /// How good they are.
    pub quality: &'a Quality,
    /// Findings and rates.
    pub audit: &'a Audit,
    /// Ledger after this run.
    pub rolled: &'a Rolled,
    /// Row classes.
    pub tally: &'a Tally,
    /// Rows not used.
    pub rejects: &'a [Reject],
    /// Remarks on files.
    pub notes: &'a [SheetNote],
    /// Inputs.
    pub inputs: &'a [InputFile],
    /// Settings.
    pub settings: &'a Settings,
    /// Everybody whom the exports name.
    pub people: &'a People,
}

impl<'a> Outcome<'a> {
    /// The masking of what is handed out.
    pub(crate) fn veil(&self) -> Veil<'a> {
        Veil::new(self.settings.worklist_mask, self.people)
    }
    /// The masking of what everybody may see, whatever the profile of the worklists.
    pub(crate) fn public(&self) -> Row<'a> {
        Veil::new(Mask::Public, self.people).beside([])
    }
}

impl Outcome<'_> {
    /// People, households and pairs of the newest year.
    pub fn headcount(&self) -> Headcount {
        Headcount::of(self.registries, self.linkage)
    }
}

/// Writes worklists, summary, review and published tables under `dir`, and returns what was written, sorted by path.
///
/// # Errors
/// When a file cannot be written, or the worklists do not hold every finding exactly once.
pub fn write(outcome: &Outcome<'_>, dir: &Path) -> Result<Vec<OutputFile>> {
    let distribution = worklist::distribute(outcome);
    let villages = area::villages(outcome, &distribution);
    let mut outputs = worklist::write(&distribution.packs, outcome, dir)?;
    let conservation = manifest::conservation(outcome, &outputs);
    every_finding_once(&conservation)?;
    outputs.extend(township::write(&villages, &distribution, outcome, dir)?);
    outputs.extend(review::write(outcome, dir)?);
    outputs.extend(unsettled::write(outcome, dir)?);
    outputs.extend(summary::write(&summary::build(outcome, &villages, conservation), dir)?);
    outputs.extend(published::write(outcome, dir)?);
    outputs.sort();
    Ok(outputs)
}

/// Writes what linking alone publishes under `dir`, and returns what was written, sorted by path.
///
/// # Errors
/// When a file cannot be written.
pub fn write_links(outcome: &Outcome<'_>, dir: &Path) -> Result<Vec<OutputFile>> {
    let mut outputs = published::write_links(outcome, dir)?;
    outputs.sort();
    Ok(outputs)
}

fn every_finding_once(conservation: &[Equation]) -> Result<()> {
    match conservation.iter().find(|equation| equation.what == "findings" && !equation.holds) {
        None => Ok(()),
        Some(Equation { total, .. }) => Err(Error::internal(say!(
            "{total} 个问题没有恰好各进入一份清单",
            "the worklists do not hold each of {total} findings exactly once"
        ))),
    }
}
