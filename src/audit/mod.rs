//! Linked registries → findings and rates.
//!
//! ```text
//! registries + linkage ─► facts (views, partners, villages)
//!   ├─ cases        built-in rules and field rules, part by part          P- I- D- H- F-
//!   ├─ years        the same of every earlier data year
//!   ├─ logic        SQL conditions from TOML, one registry's year at once  L- C-
//!   ├─ rolls        departments' rolls against the platform               R- S-
//!   ├─ entitlement  who is entitled, by the catalogue's conditions        E- X-
//!   └─ benefits     every benefit record in exactly one link              B- O-
//! drafts ─► delivery (what did not arrive is not judged) ─► doubts, causes, direction ─► findings with stable ids, rates, what became of every rule
//! ```
//!
//! Pure: tables in, tables out. A finding says what is wrong, in which system, and exactly what to type; a rule that
//! lacks its columns is *not evaluated*, with the reason, and never 100 % by absence. Findings of one cause (a missing
//! household, a damaged identifier) carry the id of that cause: one action, n consequences.

mod aside;
mod benefits;
mod cases;
mod causes;
mod condition;
mod delivery;
mod direction;
mod doubts;
mod draft;
mod entitlement;
mod facts;
mod fields;
mod key;
mod links;
mod logic;
mod page;
mod places;
mod rates;
mod reads;
mod renames;
mod rolls;
mod rules;
mod runs;
mod settings;
mod sink;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod view;
mod years;

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::engine::Engine;
use crate::error::Result;
use crate::normalise::aside::Aside;
use crate::table::{BenefitLink, Category, Finding, Linkage, Registry, Severity, Side};

pub use aside::mark as mark_not_compared;
pub use benefits::{AssumedItem, MAX_ITEMS};
pub use condition::{prove, prove_item};
pub use delivery::{Delivery, Lack};
pub use logic::derived::derived_columns;
pub use page::{Page, pages};
pub use reads::{Proves, Reading, Readings, readings};
pub use rolls::Evidence;
/// The rule whose findings are about entries of rolls, not about anybody of a registry.
pub const ROLL_OUTSIDER: &str = rules::roll_outsider::RULE.id;
pub use settings::{
    AmountRange, BenefitItem, ByYear, Cell, Correction, Correspondence, Elsewhere, Fixture, LeftOut, LogicRule,
    Measures, Period, Settings, Switches, Table, Tolerances, Unit,
};

use benefits::Books;
use cases::Cases;
use facts::Facts;
use fields::FieldRules;
use logic::History;
use rules::{BUILT_IN, Check, Rule};
use sink::Sink;

/// What the audit gives.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// Sorted: township, village, national household, provincial household, name, rule, field, year, id.
    pub findings: Vec<Finding>,
    /// Every benefit row of both sides in exactly one link.
    pub benefit_links: Vec<BenefitLink>,
    /// Names of benefits that no vocabulary knows, read as an item all the same.
    pub assumed_items: Vec<AssumedItem>,
    /// Agreement of each compared field by village.
    pub fields: Vec<FieldAgreement>,
    /// Households and people by village.
    pub villages: Vec<VillageCount>,
    /// Benefit recording (应录尽录) by village, item and year.
    pub recording: Vec<Recording>,
    /// What became of every rule, sorted by id then side.
    pub rules: Vec<RuleRun>,
    /// What arrived.
    pub delivery: Delivery,
    /// What each township lacks; rules that read it were not evaluated there, and rates that need it are not given.
    pub lacks: Vec<Lack>,
    /// What every rule reads.
    pub readings: Readings,
    /// Pairs of households of the newest registers that were compared, national and provincial rows.
    pub compared: Vec<(u32, u32)>,
    /// Entries of rolls of which outsiders are listed, as their findings are told apart.
    pub listed: Vec<String>,
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
    /// A damaged or hidden identifier or name, or a row that was set aside: not comparable.
    pub not_comparable: u64,
    /// Something that nobody understood, on either side: neither blank nor equal.
    pub unread: u64,
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
    /// Of these, those about which every rule could be evaluated: none, where something was not delivered.
    pub households_judged: u64,
    /// Judged households without any finding of severity `error` or `warning`.
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
    /// The years in which it was evaluated, for rules that judge year by year.
    pub years: BTreeSet<i32>,
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
pub fn audit(
    registries: [&Registry; 2],
    linkage: &Linkage,
    evidence: Evidence<'_>,
    settings: &Settings,
    engine: Engine,
) -> Result<Audit> {
    let earlier = years::earlier(registries, linkage);
    let rolls_are_absent = evidence.rolls.records.is_empty();
    let newest = Facts { rolls_are_absent, ..Facts::gather(registries, linkage, settings, evidence.aside)? };
    let books = Books::read(&newest)?;
    let years = all_years(newest, &earlier, &books, evidence.aside)?;
    let facts = &years[0];
    let fields = FieldRules::prepare(facts, settings)?;
    let mut sink = judge_cases(facts, &fields, engine)?;
    judge_registries(facts, &mut sink);
    judge_earlier_years(&years, evidence.aside, engine, &mut sink)?;
    let history = History::of(&years)?;
    let obstacles = logic::sweep(&history, engine, &mut sink)?;
    let covered = rolls::judge(facts, evidence, &books, &mut sink)?;
    let undue = entitlement::judge(&history, &books, &covered, &mut sink)?;
    let benefits = benefits::match_benefits(facts, books, engine, &mut sink)?;
    rules::label_unknown::explain(&mut sink.drafts, &benefits.assumed);
    let readings = readings(settings)?;
    let delivery = Delivery::of(&years, evidence)?;
    delivery::withhold(&delivery, &readings, &mut sink);
    doubts::list(&years, &mut sink);
    causes::attach(facts, &mut sink.drafts);
    direction::decide(facts, evidence, &readings, &mut sink.drafts)?;
    let lacks = delivery.lacks(&readings);
    let given = rates::Given { delivery: &delivery, readings: &readings, lacks: &lacks };
    Ok(Audit {
        fields: rates::field_agreement(facts, &sink, &given),
        villages: rates::villages(facts, &sink.drafts, &given),
        rules: runs::of_all_rules(facts, &fields, &obstacles, &undue, &sink),
        findings: draft::finish(facts, sink.drafts),
        benefit_links: benefits.links,
        assumed_items: benefits.assumed,
        recording: rates::recording(benefits.recording, &given),
        lacks,
        delivery,
        readings,
        compared: facts.links.household_pairs.iter().map(|pair| (pair.left, pair.right)).collect(),
        listed: sink.listed,
    })
}

/// The facts of every year, newest first, with what each side records in it.
fn all_years<'a>(
    newest: Facts<'a>,
    earlier: &'a [years::Year],
    books: &Books,
    aside: &Aside,
) -> Result<Vec<Facts<'a>>> {
    let mut years = vec![newest];
    for year in earlier {
        let facts = Facts::of_year(year, &years[0], aside)?;
        years.push(facts);
    }
    years.par_iter_mut().enumerate().for_each(|(at, facts)| {
        facts.recorded = [0, 1].map(|side| {
            // Exports that state no year are taken for the last of which anything is recorded.
            let last = || books.last_year(side).filter(|_| at == 0);
            books.recorded(facts, side, facts.sides[side].registry.year.or_else(last)?)
        });
    });
    Ok(years)
}

/// What changes with the years, compared in each earlier one. Rates of agreement are the newest year's.
fn judge_earlier_years(years: &[Facts<'_>], aside: &Aside, engine: Engine, sink: &mut Sink) -> Result<()> {
    for facts in &years[1..] {
        let fields = FieldRules::prepare(facts, facts.settings)?.yearly();
        let cases = Cases { facts, fields: &fields, rules: Vec::new() };
        let mut of_year = engine.map_merge(&cases, cases.parts(cases::PART_ROWS))?;
        years::judge_presence(&years[0], facts, aside, &mut of_year);
        of_year.agreement.clear();
        of_year.renumber(facts, &years[0]);
        sink.absorb(of_year);
    }
    Ok(())
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
