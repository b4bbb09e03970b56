//! Linked registries → findings and rates.
use crate::engine::Engine;
use crate::error::Result;
use crate::table::{BenefitLink, Category, Finding, Linkage, Registry, Severity, Side};

/// Resolved settings, built by `pipeline`.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// As-of date, ISO.
    pub as_of: String,
    /// Key of the finding hash (a site's own; not a secret of ours).
    pub site_key: String,
}

/// What the audit gives.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// Sorted: township, village, national household, provincial household, name, rule, field, year, id.
    pub findings: Vec<Finding>,
    /// Every benefit row of both sides in exactly one link.
    pub benefit_links: Vec<BenefitLink>,
    /// Agreement of each compared field by village.
    pub fields: Vec<FieldAgreement>,
    /// Households and people by village.
    pub villages: Vec<VillageCount>,
    /// Benefit recording (应录尽录) by village, item and year.
    pub recording: Vec<Recording>,
    /// What became of every rule, sorted by id then side.
    pub rules: Vec<RuleRun>,
}

/// How often one field agrees over linked pairs of one village (the seven-way split, with its denominators).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldAgreement {
    /// Township; empty when neither side tells.
    pub township: String,
    /// Village.
    pub village: String,
    /// Field.
    pub field: &'static str,
    /// Equal values, synonyms included.
    pub equal: u64,
    /// Nothing on either side.
    pub both_null: u64,
    /// Only the provincial side has a value.
    pub null_national: u64,
    /// Only the national side has a value.
    pub null_provincial: u64,
    /// Different.
    pub differ: u64,
    /// A label nobody knows, or a damaged identifier: not comparable.
    pub not_comparable: u64,
}

/// Households and people of one village.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VillageCount {
    /// Township.
    pub township: String,
    /// Village.
    pub village: String,
    /// People on each side (0 national, 1 provincial).
    pub members: [u64; 2],
    /// Households on each side.
    pub households: [u64; 2],
    /// People linked (counted once).
    pub members_linked: u64,
    /// Household pairs linked.
    pub households_linked: u64,
    /// Linked households without any finding of severity `error` or `warning`.
    pub households_consistent: u64,
}

/// Benefits recorded against benefits proved, by village, item and year.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recording {
    /// Township.
    pub township: String,
    /// Village.
    pub village: String,
    /// Canonical item.
    pub item: String,
    /// Year.
    pub year: Option<i32>,
    /// Records the reference proves.
    pub expected: u64,
    /// Of these, recorded on the platform.
    pub recorded: u64,
}

/// What became of one rule on one side (or on pairs, `side` = None).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRun {
    /// Rule.
    pub rule_id: String,
    /// Title.
    pub title: String,
    /// Category.
    pub category: Category,
    /// Gravity of its findings.
    pub severity: Severity,
    /// Registry it ran on; `None` for rules over pairs.
    pub side: Option<Side>,
    /// Why it was not evaluated; `None` when it was.
    pub not_evaluated: Option<String>,
    /// Subjects evaluated.
    pub evaluated: u64,
    /// Findings.
    pub findings: u64,
}

/// Audits two linked registries.
pub fn audit(registries: [&Registry; 2], linkage: &Linkage, settings: &Settings, engine: Engine) -> Result<Audit> {
    let _ = (registries, linkage, settings, engine);
    Ok(Audit::default())
}
