//! `manifest.json`: what went in, what came out, and the proof that nothing was lost on the way.
//!
//! With the pipeline file, the inputs' hashes and the version it tells how to repeat the run, and with the outputs'
//! hashes whether a file is still the one that was published. Stage timings, run id and memory live here and nowhere
//! else, so that every other file of a run is the same bytes for the same input.

use std::path::Path;

use serde::Serialize;

use super::{InputFile, Mask, Outcome, OutputFile, files};
use crate::error::{Error, Result};
use crate::say;
use crate::table::{Fate, Side};

/// Version of the manifest and of the published tables (design: names and types do not change without it).
pub const SCHEMA: u32 = 3;
/// Where it lies in the run folder.
pub const FILE: &str = "manifest.json";

/// What a run was.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Version of the tool.
    pub tool_version: String,
    /// Run id.
    pub run_id: String,
    /// Title of the pipeline.
    pub title: String,
    /// As-of date, ISO.
    pub as_of: String,
    /// Pipeline file and what it contained.
    pub pipeline: Vec<PipelineFile>,
    /// Hash of all that decides the results: exports, pipeline, date; equal fingerprints give equal outputs.
    pub fingerprint: String,
    /// People of each registry (national, provincial): the next run is measured against them.
    pub members: [u64; 2],
    /// How worklists and review files are masked.
    pub worklist_mask: Mask,
    /// Inputs as read.
    pub inputs: Vec<InputFile>,
    /// What lies in the input folders and was not read.
    pub unclaimed: Vec<String>,
    /// Rows by sheet and class.
    pub tally: Vec<TallyLine>,
    /// The conservation equations.
    pub conservation: Vec<Equation>,
    /// Whether all of them hold.
    pub balanced: bool,
    /// Stages in order.
    pub stages: Vec<StageTime>,
    /// Outputs, sorted by path.
    pub outputs: Vec<OutputFile>,
    /// Exit status of the run (design: commands).
    pub exit_status: i32,
}

/// One file of the pipeline that ran: the pipeline file first, then what it includes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PipelineFile {
    /// Path as given.
    pub path: String,
    /// Content hash.
    pub blake3: String,
}

/// One stage's cost.
#[derive(Debug, Clone, Serialize)]
pub struct StageTime {
    /// Stage: `ingest`, `normalise`, `link`, `audit`, `ledger`, `emit`.
    pub stage: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// One line of the tally.
#[derive(Debug, Clone, Serialize)]
pub struct TallyLine {
    /// `national`, `provincial`, or a roll's name.
    pub side: String,
    /// Path relative to the input folder.
    pub file: String,
    /// Sheet; empty for text files.
    pub sheet: String,
    /// What the rows are.
    pub class: &'static str,
    /// How many.
    pub rows: u64,
}

/// `total = Σ terms`: one thing that must not be lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Equation {
    /// What is conserved, e.g. `national members`.
    pub what: String,
    /// How many there are.
    pub total: u64,
    /// What became of them.
    pub terms: Vec<(String, u64)>,
    /// Whether both sides agree.
    pub holds: bool,
}

impl Equation {
    fn new(what: impl Into<String>, total: u64, terms: Vec<(&str, u64)>) -> Self {
        let sum: u64 = terms.iter().map(|(_, count)| count).sum();
        let terms = terms.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        Self { what: what.into(), total, terms, holds: sum == total }
    }
}

impl Manifest {
    /// The manifest of an outcome whose files are `outputs`; the caller, who knows the clock, adds stages and status.
    pub fn of(
        outcome: &Outcome<'_>,
        outputs: Vec<OutputFile>,
        pipeline: Vec<PipelineFile>,
        fingerprint: String,
    ) -> Self {
        let conservation = conservation(outcome, &outputs);
        let balanced = conservation.iter().all(|equation| equation.holds) && outcome.tally.check().is_empty();
        Self {
            schema: SCHEMA,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: outcome.run_id.to_owned(),
            title: outcome.title.to_owned(),
            as_of: outcome.as_of.to_owned(),
            pipeline,
            fingerprint,
            members: outcome.headcount().people,
            worklist_mask: outcome.settings.worklist_mask,
            inputs: inputs(outcome),
            tally: tally_lines(outcome),
            conservation,
            balanced,
            unclaimed: Vec::new(),
            stages: Vec::new(),
            outputs,
            exit_status: 0,
        }
    }
}

/// Writes `manifest.json` under `dir`.
///
/// # Errors
/// When the file cannot be written.
pub fn write_manifest(manifest: &Manifest, dir: &Path) -> Result<OutputFile> {
    let json = serde_json::to_vec_pretty(manifest).map_err(|cause| {
        Error::internal(say!("清单无法序列化: {cause}", "the manifest does not serialise: {cause}"))
    })?;
    files::put(dir, FILE, &json, None)
}

/// Every equation: rows of each side, members and benefits of each side, findings.
pub fn conservation(outcome: &Outcome<'_>, outputs: &[OutputFile]) -> Vec<Equation> {
    let mut equations = vec![rows(outcome)];
    equations.extend(Side::BOTH.map(|side| members(outcome, side)));
    equations.extend(Side::BOTH.map(|side| benefits(outcome, side)));
    equations.push(findings(outcome, outputs));
    equations
}

fn rows(outcome: &Outcome<'_>) -> Equation {
    let mut classes = std::collections::BTreeMap::new();
    for (_, _, _, class, rows) in outcome.tally.rows() {
        *classes.entry(class).or_default() += rows;
    }
    let terms = classes.into_iter().map(|(class, rows)| (class.word(), rows)).collect();
    Equation::new("rows", outcome.tally.total_read(), terms)
}

fn members(outcome: &Outcome<'_>, side: Side) -> Equation {
    let fates = &outcome.linkage.fates[side.index()];
    let count = |fate: Fate| fates.iter().filter(|one| **one == fate).count() as u64;
    let terms = vec![
        ("linked", count(Fate::Linked)),
        ("review", count(Fate::Review)),
        ("conflict", count(Fate::Conflict)),
        ("duplicate", count(Fate::Duplicate)),
        ("only", count(Fate::OnlyHere)),
        ("not_compared", count(Fate::NotCompared)),
    ];
    let total = outcome.registries[side.index()].members.height() as u64;
    Equation::new(format!("{} members", side.word()), total, terms)
}

fn benefits(outcome: &Outcome<'_>, side: Side) -> Equation {
    let mut decisions = std::collections::BTreeMap::new();
    for link in &outcome.audit.benefit_links {
        let here = match side {
            Side::National => link.national,
            Side::Provincial => link.provincial,
        };
        *decisions.entry(link.decision).or_default() += u64::from(here.is_some());
    }
    let total = outcome.registries[side.index()].benefits.height() as u64;
    Equation::new(format!("{} benefits", side.word()), total, decisions.into_iter().collect())
}

/// Findings are in worklists; only they have rows below `worklists/`.
fn findings(outcome: &Outcome<'_>, outputs: &[OutputFile]) -> Equation {
    let unassigned = format!("worklists/{}/", super::worklist::UNASSIGNED);
    let (mut placed, mut unplaced) = (0, 0);
    for output in outputs.iter().filter(|output| output.file.starts_with("worklists/")) {
        let count = if output.file.starts_with(&unassigned) { &mut unplaced } else { &mut placed };
        *count += output.rows.unwrap_or(0);
    }
    let terms = vec![("worklists", placed), ("unassigned", unplaced)];
    Equation::new("findings", outcome.audit.findings.len() as u64, terms)
}

/// The inputs; somebody may have named a file after a person.
fn inputs(outcome: &Outcome<'_>) -> Vec<InputFile> {
    let public = outcome.public();
    let input = |input: &InputFile| InputFile { file: public.unnamed(&input.file).into_owned(), ..input.clone() };
    outcome.inputs.iter().map(input).collect()
}

fn tally_lines(outcome: &Outcome<'_>) -> Vec<TallyLine> {
    let public = outcome.public();
    let line = |(side, file, sheet, class, rows): (&str, &str, &str, crate::table::RowClass, u64)| TallyLine {
        side: side.to_owned(),
        file: public.unnamed(file).into_owned(),
        sheet: public.unnamed(sheet).into_owned(),
        class: class.word(),
        rows,
    };
    outcome.tally.rows().map(line).collect()
}
