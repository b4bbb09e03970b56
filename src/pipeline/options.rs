//! What the files of a pipeline may say: one serde type per kind of file, unknown keys refused.
//!
//! `Spanned` marks the values whose meaning is checked later, so that a mistake in meaning has its line too.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::{audit, emit};

/// The pipeline file itself, e.g. `pipelines/county.toml`. Paths are relative to the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PipelineOptions {
    /// Version of this format: 1.
    pub(crate) schema: Spanned<u32>,
    /// What the pipeline reconciles; printed on every output.
    pub(crate) title: String,
    /// Folder that holds the exports.
    pub(crate) input: String,
    /// Folder that receives `runs/`, `latest` and the ledger.
    pub(crate) out: String,
    /// Date the run speaks of, `YYYY-MM-DD`; when absent the last day of the exports' newest data year, or today.
    /// `--as-of` overrides it.
    pub(crate) as_of: Option<Spanned<String>>,
    /// Key of the finding hash: choose one per county and keep it, else every item number changes. A pipeline of registries
    /// needs one.
    pub(crate) site_key: Option<Spanned<String>>,
    /// Profile files, as patterns.
    #[serde(default = "default_profiles")]
    pub(crate) profiles: Vec<Spanned<String>>,
    /// Vocabulary files, as patterns.
    #[serde(default = "default_vocabularies")]
    pub(crate) vocabularies: Vec<Spanned<String>>,
    /// Rule files, as patterns.
    #[serde(default = "default_rules")]
    pub(crate) rules: Vec<Spanned<String>>,
    /// Benefit catalogues, as patterns.
    #[serde(default = "default_benefits")]
    pub(crate) benefits: Vec<Spanned<String>>,
    /// The linker's settings.
    #[serde(default = "default_link")]
    pub(crate) link: Spanned<String>,
    /// What is exported from where.
    #[serde(default)]
    pub(crate) source: Vec<SourceOptions>,
    /// Departments' rolls.
    #[serde(default)]
    pub(crate) roll: Vec<RollSourceOptions>,
    /// Audit settings.
    #[serde(default)]
    pub(crate) audit: AuditOptions,
    /// Worklist settings.
    #[serde(default)]
    pub(crate) worklist: WorklistOptions,
    /// What makes an export untrustworthy.
    #[serde(default)]
    pub(crate) guard: GuardOptions,
}

/// One kind of export of one system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceOptions {
    /// `national` or `provincial`.
    pub(crate) side: Spanned<String>,
    /// Profile id.
    pub(crate) profile: Spanned<String>,
    /// File patterns, relative to the input folder.
    pub(crate) files: Spanned<Vec<String>>,
    /// Year of the data, for exports whose rows carry none.
    pub(crate) data_year: Option<i32>,
    /// Instead of one year: several, each with its own files, `{year}` standing for the year.
    pub(crate) years: Option<Spanned<Vec<i32>>>,
    /// Whether the run goes on when no file matches.
    #[serde(default)]
    pub(crate) optional: bool,
}

/// One kind of roll of one department.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollSourceOptions {
    /// Profile id.
    pub(crate) profile: Spanned<String>,
    /// File patterns, relative to the input folder.
    pub(crate) files: Spanned<Vec<String>>,
    /// Year of the roll, for rows that carry none.
    pub(crate) data_year: Option<i32>,
    /// Whether the run goes on when no file matches.
    #[serde(default)]
    pub(crate) optional: bool,
}

/// `[audit]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditOptions {
    /// Rules switched off.
    #[serde(default)]
    pub(crate) disabled: Vec<Spanned<String>>,
    /// Gravity of single rules, overriding their own.
    #[serde(default)]
    pub(crate) severity: BTreeMap<String, Spanned<String>>,
    /// How far two values may lie apart and still be equal.
    #[serde(default)]
    pub(crate) tolerances: audit::Tolerances,
}

/// `[worklist]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorklistOptions {
    /// How identifiers and telephones are shown.
    #[serde(default)]
    pub(crate) mask: emit::Mask,
    /// Printed on the cover sheet.
    pub(crate) contact: Option<String>,
    /// Printed on the cover sheet, `YYYY-MM-DD`.
    pub(crate) deadline: Option<Spanned<String>>,
}

/// `[guard]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GuardOptions {
    /// Refuse when a township's export holds this many per cent fewer rows than it ever did.
    pub(crate) max_shrink_percent: f64,
    /// Refuse when more rows of a file than this are rejected, per cent.
    pub(crate) max_reject_percent: f64,
    /// Townships that must be in both systems' person exports.
    pub(crate) townships: Vec<String>,
    /// Smaller deliveries that are accepted: `TOWNSHIP`, or `TOWNSHIP KIND`.
    pub(crate) accept: Vec<String>,
}

impl Default for GuardOptions {
    fn default() -> Self {
        Self { max_shrink_percent: 10.0, max_reject_percent: 5.0, townships: Vec::new(), accept: Vec::new() }
    }
}

/// `profiles/*.toml`: which headers name which field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileOptions {
    /// Version of this format: 1.
    pub(crate) schema: Spanned<u32>,
    /// Name used by sources.
    pub(crate) id: Spanned<String>,
    /// What staff call the export.
    pub(crate) title: String,
    /// The system that exports it; a source of the other system with this profile is a mistake.
    pub(crate) side: Option<Spanned<String>>,
    /// `person`, `household`, `benefit`, `outcome` or `roll`: what one row is.
    pub(crate) shape: Spanned<String>,
    /// Of a roll: the department that holds it.
    #[serde(default)]
    pub(crate) holder: String,
    /// Of a roll: items that each row proves, when the row itself does not tell.
    #[serde(default)]
    pub(crate) proves: Vec<Spanned<String>>,
    /// Of a roll: why people on it whom neither system has are listed for a visit.
    pub(crate) outsiders: Option<String>,
    /// Of a roll: why registered people on it are listed for a visit.
    pub(crate) insiders: Option<String>,
    /// Columns.
    pub(crate) column: Vec<ColumnOptions>,
}

/// One column of a profile.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColumnOptions {
    /// Canonical field.
    pub(crate) field: Option<Spanned<String>>,
    /// Of a roll, instead of a field: the item that a filled cell proves.
    pub(crate) item: Option<Spanned<String>>,
    /// Spellings of its header.
    pub(crate) headers: Spanned<Vec<String>>,
    /// Whether a sheet without it is refused.
    #[serde(default)]
    pub(crate) required: bool,
}

/// `vocabularies/*.toml`: one code list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VocabularyOptions {
    /// Version of this format: 1.
    pub(crate) schema: Spanned<u32>,
    /// Name used by fields.
    pub(crate) name: Spanned<String>,
    /// What staff call the list.
    #[serde(rename = "title")]
    pub(crate) _title: String,
    /// The label that means the same as a blank cell.
    pub(crate) blank_equals: Option<Spanned<String>>,
    /// Labels.
    pub(crate) label: Vec<LabelOptions>,
}

/// One label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelOptions {
    /// The canonical label.
    pub(crate) label: Spanned<String>,
    /// Other spellings and known typos.
    #[serde(default)]
    pub(crate) synonyms: Vec<Spanned<String>>,
}

/// `rules/*.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleFileOptions {
    /// Version of this format: 1.
    pub(crate) schema: Spanned<u32>,
    /// What the rules are about.
    #[serde(default, rename = "title")]
    pub(crate) _title: String,
    /// Rules.
    #[serde(default)]
    pub(crate) rule: Vec<Spanned<audit::LogicRule>>,
    /// Cause ↔ measure ↔ outcome.
    #[serde(default)]
    pub(crate) correspondence: Vec<Spanned<audit::Correspondence>>,
    /// Rules of the published library that other rules cover.
    #[serde(default)]
    pub(crate) elsewhere: Vec<audit::Elsewhere>,
    /// Rules of the published library that are left out.
    #[serde(default)]
    pub(crate) left_out: Vec<audit::LeftOut>,
}

/// `benefits/*.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BenefitFileOptions {
    /// Version of this format: 1.
    pub(crate) schema: Spanned<u32>,
    /// Whose catalogue, for which years.
    #[serde(default, rename = "title")]
    pub(crate) _title: String,
    /// Items.
    #[serde(default)]
    pub(crate) item: Vec<Spanned<audit::BenefitItem>>,
}

fn spanned(text: &str) -> Spanned<String> {
    Spanned::new(0..0, text.to_owned())
}
pub(crate) fn default_profiles() -> Vec<Spanned<String>> {
    vec![spanned("profiles/*.toml")]
}
pub(crate) fn default_vocabularies() -> Vec<Spanned<String>> {
    vec![spanned("vocabularies/*.toml")]
}
pub(crate) fn default_rules() -> Vec<Spanned<String>> {
    vec![spanned("rules/*.toml")]
}
fn default_benefits() -> Vec<Spanned<String>> {
    vec![spanned("benefits/*.toml")]
}
fn default_link() -> Spanned<String> {
    spanned("link.toml")
}
