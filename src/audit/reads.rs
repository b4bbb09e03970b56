//! What a rule reads: the exports, sides, columns and years without which it says nothing, and the absence of its
//! findings proves nothing.
//!
//! Built-in rules declare it beside their check; the reads of field rules follow from the field, those of logic rules from
//! the columns of their conditions, those of entitlements from the catalogue. [`Delivery`](super::Delivery) answers whether it
//! all arrived for a township.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::{Condition, compile, eligibility, years_before};
use super::logic::derived::DERIVED;
use super::settings::{LogicRule, Settings};
use super::{entitlement, fields};
use crate::audit::rules::{BUILT_IN, exit_doubtful};
use crate::error::Result;
use crate::table::Side;

/// Whose exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Nobody's.
    Nobodys,
    /// The side that the rule judges; both, where it compares.
    Own,
    /// Both sides', whichever the finding is about.
    Both,
    /// One side's.
    Of(Side),
}

impl Whose {
    /// The sides, of a finding about `own`.
    pub(crate) fn sides(self, own: Option<Side>) -> impl Iterator<Item = Side> {
        Side::BOTH.into_iter().filter(move |side| match self {
            Self::Nobodys => false,
            Self::Both => true,
            Self::Own => own.is_none_or(|own| own == *side),
            Self::Of(one) => one == *side,
        })
    }
}

/// What one rule reads, but for columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Exports of people and households.
    pub(crate) people: Whose,
    /// A column of theirs, on the same sides.
    pub(crate) column: Option<&'static str>,
    /// Exports of benefits.
    pub(crate) benefits: Whose,
    /// Exports of outcomes.
    pub(crate) outcomes: Whose,
    /// Amounts of theirs.
    pub(crate) amounts: bool,
    /// Departments' rolls.
    pub(crate) rolls: bool,
    /// Whether it judges every data year by the registers of that year.
    pub(crate) is_yearly: bool,
    /// How many years before the one judged.
    pub(crate) years_back: i32,
    /// Whether whoever is in the register of any year counts.
    pub(crate) is_of_all_years: bool,
    /// What must be so beside, for the absence of a finding to prove its correction.
    pub(crate) proves: Proves,
}

/// What the absence of a finding proves, of a subject that is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proves {
    /// A correction, as the subject stands.
    Itself,
    /// A correction only of rows that are still linked to each other.
    Link,
    /// The same, while the reference's record that proved the problem is there.
    ReferenceRecord,
    /// The same, while both records that differed are there.
    BothRecords,
    /// A correction of a record of the side judged, while it is there.
    OwnRecord,
    /// The same, while the roll's entry that proved the problem is there.
    RollRecord,
    /// A correction only of somebody who is linked now; on that side its own absence is the correction that was asked for.
    Absence(Side),
    /// Nothing beyond the decision itself: who is whom.
    Nothing,
}

impl Reads {
    /// People and households of these sides, of the newest year.
    pub(crate) const fn people(people: Whose) -> Self {
        Self {
            people,
            column: None,
            benefits: Whose::Nobodys,
            outcomes: Whose::Nobodys,
            amounts: false,
            rolls: false,
            is_yearly: false,
            years_back: 0,
            is_of_all_years: false,
            proves: match people {
                Whose::Both => Proves::Link,
                _ => Proves::Itself,
            },
        }
    }
    /// The same, reading amounts.
    pub(crate) const fn with_amounts(self) -> Self {
        Self { amounts: true, ..self }
    }
    /// People of these sides who are in the register of any year.
    pub(crate) const fn people_of_all_years(people: Whose) -> Self {
        Self { is_of_all_years: true, ..Self::people(people) }
    }
    /// The same, with another proof.
    pub(crate) const fn proving(self, proves: Proves) -> Self {
        Self { proves, ..self }
    }
    /// Identifiers of people of the side that it judges.
    pub(crate) const fn identifiers() -> Self {
        Self { column: Some("id_no"), ..Self::people(Whose::Own) }
    }
    /// Benefits of both sides; of one that is judged by itself, its own.
    pub(crate) const fn benefits() -> Self {
        Self { benefits: Whose::Own, ..Self::people(Whose::Own) }
    }
    /// What rolls prove against both sides' records.
    pub(crate) const fn rolls() -> Self {
        Self { benefits: Whose::Both, rolls: true, ..Self::people(Whose::Both) }
    }
    /// The platform's measures and outcomes.
    pub(crate) const fn outcomes() -> Self {
        const SIDE: Whose = Whose::Of(Side::Provincial);
        Self { benefits: SIDE, outcomes: SIDE, ..Self::people(SIDE) }
    }
    /// The registers of the year that it judges.
    pub(crate) const fn yearly(self, is_yearly: bool) -> Self {
        Self { is_yearly, ..self }
    }
}

/// What one rule reads, and its own identity.
#[derive(Debug, Clone)]
pub struct Reading {
    pub(crate) reads: Reads,
    /// Columns of exports of people and households, on the sides of `reads.people`.
    pub(crate) columns: BTreeSet<&'static str>,
    /// Those of them that a correction may leave blank: the rule objects to any value.
    pub(crate) emptied: BTreeSet<&'static str>,
    /// 16 hex digits over all that decides what it reports: condition, thresholds, catalogue, tolerances, vocabularies.
    pub digest: String,
}

impl Reading {
    /// The sides whose people the rule reads, of a finding about `own`.
    pub fn sides(&self, own: Option<Side>) -> impl Iterator<Item = Side> {
        self.reads.people.sides(own)
    }
    /// Columns of exports of people and households that the rule reads.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().copied()
    }
    /// The year of the registers that a finding of that year is judged by; `None` is the newest.
    pub fn register_year(&self, year: Option<i32>) -> Option<i32> {
        year.filter(|_| self.reads.is_yearly)
    }
    /// Whether a correction may leave the column blank.
    pub fn may_be_emptied(&self, column: &str) -> bool {
        self.emptied.contains(column)
    }
    /// Whether the amounts of records must be understood.
    pub const fn reads_amounts(&self) -> bool {
        self.reads.amounts
    }
    /// What must be so beside, for the absence of a finding to prove a correction.
    pub const fn proves(&self) -> Proves {
        self.reads.proves
    }
}

/// What every rule reads, by rule id.
pub type Readings = BTreeMap<String, Reading>;

/// What every rule of these settings reads.
///
/// # Errors
/// A condition that cannot be compiled.
pub fn readings(settings: &Settings) -> Result<Readings> {
    let mut readings = Readings::new();
    for rule in BUILT_IN {
        let columns = rule.reads.column.into_iter().collect();
        let digest = digest_of_built_in(settings, rule.id, rule.reads);
        readings.insert(rule.id.to_owned(), Reading { reads: rule.reads, columns, emptied: BTreeSet::new(), digest });
    }
    for field in fields::compared() {
        let reads = Reads::people(Whose::Both).yearly(fields::is_yearly(field));
        let mut digest = Digest::new();
        digest.add(&settings.tolerances).add(&settings.blank_equals).add(settings.vocabulary_digest(field.name));
        let columns = [field.name].into();
        readings.insert(
            fields::rule_id(field),
            Reading { reads, columns, emptied: BTreeSet::new(), digest: digest.finish() },
        );
    }
    for rule in &settings.logic {
        readings.insert(rule.id.clone(), of_logic(settings, rule)?);
    }
    of_entitlements(settings, &mut readings)?;
    of_doubtful_exits(settings, &mut readings);
    Ok(readings)
}

fn of_logic(settings: &Settings, rule: &LogicRule) -> Result<Reading> {
    let condition = compile(rule)?;
    let (mut reads, columns) = of_condition(&condition, Reads::people(Whose::Own).yearly(rule.yearly));
    if condition.columns.iter().any(|name| years_before(name).1.starts_with("recorded_")) {
        reads.benefits = Whose::Own;
    }
    let mut digest = Digest::new();
    digest.add(&rule.when).add(&rule.parameters).add(&rule.by_year).add(rule.table).add(&rule.sides).add(rule.yearly);
    digest.add(&settings.blank_equals);
    columns.iter().for_each(|column| _ = digest.add(settings.vocabulary_digest(column)));
    let emptied = columns.iter().copied().filter(|column| may_be_emptied(rule, column)).collect();
    Ok(Reading { reads, columns, emptied, digest: digest.finish() })
}

/// Whether a condition objects to any value of a column, or its remedy strikes one out; a value of a wrong form is replaced.
fn may_be_emptied(rule: &LogicRule, column: &str) -> bool {
    let is_any_value =
        rule.when.contains(&format!("{column} IS NOT NULL")) && !rule.when.contains(&format!("{column} ~ '^"));
    is_any_value || rule.remedy.contains("删去")
}

/// The exported columns behind those of a condition, and how far it looks back.
fn of_condition(condition: &Condition, reads: Reads) -> (Reads, BTreeSet<&'static str>) {
    let mut columns = BTreeSet::new();
    let mut years_back = 0;
    for name in &condition.columns {
        let (back, plain) = years_before(name);
        years_back = years_back.max(back as i32);
        columns.extend(exported(plain));
    }
    (Reads { years_back, ..reads }, columns)
}

/// The exported columns from which a canonical or derived one is made.
fn exported(name: &str) -> Vec<&'static str> {
    use crate::table::schema::{field, text_column};
    let plain = name.strip_suffix("_text").filter(|plain| text_column(plain) == name).unwrap_or(name);
    if let Some(field) = field(plain) {
        return vec![field.name];
    }
    if let Some(derived) = DERIVED.iter().find(|derived| derived.name == plain) {
        return derived.needs.iter().flat_map(|need| exported(need)).collect();
    }
    match plain {
        "born_on" => vec!["birth_date", "id_no"],
        "sex_known" => vec!["sex", "id_no"],
        "id18" | "id_class" | "disability_kind" | "disability_grade" => vec!["id_no"],
        _ => Vec::new(),
    }
}

fn of_entitlements(settings: &Settings, readings: &mut Readings) -> Result<()> {
    for (item, _, id) in entitlement::rules(settings) {
        let reads = Reads::rolls().yearly(true);
        let (reads, columns) = match eligibility(item)? {
            Some(condition) => of_condition(&condition, reads),
            None => (reads, BTreeSet::new()),
        };
        let mut digest = Digest::new();
        digest.add(item).add(&settings.blank_equals);
        columns.iter().for_each(|column| _ = digest.add(settings.vocabulary_digest(column)));
        readings.insert(id, Reading { reads, columns, emptied: BTreeSet::new(), digest: digest.finish() });
    }
    Ok(())
}

/// The list of doubtful exits reads what the rules behind it read.
fn of_doubtful_exits(settings: &Settings, readings: &mut Readings) {
    let behind: Vec<&Reading> =
        settings.logic.iter().filter(|rule| rule.doubts_exit).filter_map(|rule| readings.get(&rule.id)).collect();
    let columns: BTreeSet<&'static str> = behind.iter().flat_map(|reading| reading.columns.iter().copied()).collect();
    let benefits = if behind.iter().any(|reading| reading.reads.benefits != Whose::Nobodys) {
        Whose::Both
    } else {
        Whose::Nobodys
    };
    let mut digest = Digest::new();
    behind.iter().for_each(|reading| _ = digest.add(&reading.digest));
    let digest = digest.finish();
    let reads = Reads { benefits, ..exit_doubtful::RULE.reads.yearly(true) };
    readings.insert(exit_doubtful::RULE.id.to_owned(), Reading { reads, columns, emptied: BTreeSet::new(), digest });
}

/// What a built-in rule depends on beside the program: identifiers on nothing, benefits and rolls on the catalogue.
fn digest_of_built_in(settings: &Settings, id: &str, reads: Reads) -> String {
    let mut digest = Digest::new();
    digest.add(id);
    if reads.benefits != Whose::Nobodys || reads.rolls {
        digest.add(&settings.benefits).add(&settings.tolerances).add(settings.vocabulary_digest("item"));
    }
    if id.starts_with("P-") {
        digest.add(&settings.gone_statuses);
    }
    digest.finish()
}

/// Hashes settings by what they print for debugging, every part preceded by its length.
struct Digest(blake3::Hasher);

impl Digest {
    fn new() -> Self {
        Self(blake3::Hasher::new())
    }
    fn add(&mut self, part: impl std::fmt::Debug) -> &mut Self {
        let text = format!("{part:?}");
        self.0.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        self
    }
    fn finish(&self) -> String {
        self.0.finalize().to_hex()[..16].to_owned()
    }
}
