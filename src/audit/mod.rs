//! Linked registries → findings and rates.
//!
//! ```text
//! registries + linkage ─► facts (views, partners, villages)
//!   ├─ cases      built-in rules and field rules, part by part      P- I- D- H- F-
//!   ├─ logic      SQL conditions from TOML, one registry at a time  L-
//!   └─ benefits   every benefit record in exactly one link          B- O-
//! drafts ─► causes ─► findings with stable ids, rates with denominators, what became of every rule
//! ```
//!
//! Pure: tables in, tables out. A finding says what is wrong, in which system, and exactly what to type; a rule that
//! lacks its columns is *not evaluated*, with the reason, and never 100 % by absence. Findings of one cause (a missing
//! household, a damaged identifier) carry the id of that cause: one action, n consequences.

mod benefits;
mod cases;
mod causes;
mod condition;
mod draft;
mod facts;
mod fields;
mod key;
mod links;
mod logic;
mod page;
mod places;
mod rates;
mod renames;
mod rules;
mod runs;
mod settings;
mod sink;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod view;

use crate::engine::Engine;
use crate::error::Result;
use crate::table::{BenefitLink, Category, Finding, Linkage, Registry, Severity, Side};

pub use condition::prove;
pub use logic::derived::derived_columns;
pub use page::{Page, pages};
pub use settings::{
    AmountRange, BenefitFile, BenefitItem, ByYear, Correction, LogicRule, Period, RuleFile, Settings, Switches, Table,
    Tolerances, Unit,
};

use cases::Cases;
use facts::Facts;
use fields::FieldRules;
use rules::{BUILT_IN, Check, Rule};
use sink::Sink;

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

/// Audits two linked registries, national first.
///
/// # Errors
/// A configuration error when a logic rule cannot be compiled or the as-of date is not a date; an internal one when
/// a table does not hold what the schema promises.
pub fn audit(registries: [&Registry; 2], linkage: &Linkage, settings: &Settings, engine: Engine) -> Result<Audit> {
    let facts = Facts::gather(registries, linkage, settings)?;
    let fields = FieldRules::prepare(&facts, settings)?;
    let mut sink = judge_cases(&facts, &fields, engine)?;
    judge_registries(&facts, &mut sink);
    let obstacles = logic::sweep(&facts, engine, &mut sink)?;
    let benefits = benefits::match_benefits(&facts, engine, &mut sink)?;
    causes::attach(&facts, &mut sink.drafts);
    Ok(Audit {
        fields: rates::field_agreement(&facts, &sink),
        villages: rates::villages(&facts, &sink.drafts),
        rules: runs::of_all_rules(&facts, &fields, &obstacles, &sink),
        findings: draft::finish(&facts, sink.drafts),
        benefit_links: benefits.links,
        recording: benefits.recording,
    })
}

/// Rules on pairs, people and households, part by part.
fn judge_cases(facts: &Facts<'_>, fields: &FieldRules<'_>, engine: Engine) -> Result<Sink> {
    let cases = Cases { facts, fields, rules: ready_rules(facts) };
    engine.map_merge(&cases, cases.parts(cases::PART_ROWS))
}

/// Rules on a registry as a whole.
fn judge_registries(facts: &Facts<'_>, sink: &mut Sink) {
    for rule in ready_rules(facts) {
        match rule.check {
            Check::Registry(check) => {
                for side in Side::BOTH {
                    let judged = check(facts, side, sink);
                    sink.count(rule.id, Some(side), judged);
                }
            }
            Check::OneRegistry(side, check) => {
                let judged = check(facts, sink);
                sink.count(rule.id, Some(side), judged);
            }
            _ => {}
        }
    }
}

/// The built-in rules that are on and can be evaluated.
fn ready_rules(facts: &Facts<'_>) -> Vec<&'static Rule> {
    BUILT_IN.iter().copied().filter(|rule| runs::obstacle(facts, rule).is_none()).collect()
}
