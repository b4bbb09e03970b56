//! What arrived, and what did not: the one place that says what proves what.
//!
//! In: the facts of all years, the rolls, and what the last accepted deliveries held. Out: rows by [`Portion`], and for any rule
//! and township what it reads that is not there ([`Delivery::lack`]). A finding of such a rule is withheld, a rate that needs
//! it is not computed, and the ledger freezes its items.
//!
//! A portion without a row was not delivered when the last accepted delivery had it. Where nothing is known of the past, a
//! township of at least [`FEWEST`] people without a single row, of a kind that other townships have, was not delivered either:
//! that is what a forgotten file looks like, and what nobody recorded at all cannot be told from it.
//!
//! Townships are one under the spellings of both systems: a provincial name stands for the national township in which most of its
//! linked households live.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::facts::Facts;
use super::places::place_key;
use super::reads::{Reading, Readings, Whose};
use super::rolls::Evidence;
use super::sink::Sink;
use super::view::{NONE, SideView, Texts, indices};
use crate::error::Result;
use crate::table::schema::{FIELDS, Level, text_column};
use crate::table::{ExportKind, Portion, Portions, Side, Supplier};

/// A township of fewer people may well have no record of a kind.
const FEWEST: u64 = 20;

/// What arrived, and what was to be expected.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    townships: Townships,
    arrived: Portions,
    expected: Portions,
    /// Columns that every sheet with people or households of the township has.
    columns: BTreeMap<(Side, String), BTreeSet<String>>,
    /// Columns that a side delivered for any township.
    columns_of_side: [BTreeSet<String>; 2],
    /// The data year of the newest registers.
    newest: [Option<i32>; 2],
    /// Kinds that any township delivered.
    kinds: BTreeSet<(Supplier, ExportKind, Option<i32>)>,
}

/// What a township lacks, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lack {
    /// What did not arrive.
    pub portion: Portion,
    /// Rules that could therefore not be evaluated there.
    pub rules: u64,
}

/// Spellings of townships.
#[derive(Debug, Clone, Default)]
struct Townships {
    /// The spelling used most, by key.
    shown: BTreeMap<String, String>,
    /// The key of the national township that a provincial key stands for.
    alias: BTreeMap<String, String>,
}

impl Delivery {
    /// Counts what arrived.
    ///
    /// # Errors
    /// A registry that is not what the schema promises.
    pub(crate) fn of(years: &[Facts<'_>], evidence: Evidence<'_>) -> Result<Self> {
        let (newest, expected) = (&years[0], evidence.expected);
        let mut delivery = Self {
            townships: Townships::of(newest, expected),
            expected: expected.clone(),
            newest: newest.sides.each_ref().map(|side| side.registry.year),
            ..Self::default()
        };
        for side in Side::BOTH {
            delivery.count_people(newest, side, newest.side(side).registry.year);
            delivery.count_columns(newest, side)?;
            delivery.count_records(newest, side)?;
            for year in years[1..].iter().filter(|facts| facts.now[side.index()].is_some()) {
                delivery.count_people(year, side, year.side(side).registry.year);
            }
        }
        delivery.count_rolls(newest, evidence)?;
        let kinds = delivery.arrived.keys().filter(|unit| unit.is_whole());
        delivery.kinds = kinds.map(|unit| (unit.supplier, unit.kind.clone(), unit.year)).collect();
        Ok(delivery)
    }
    /// Rows (of columns: filled cells) by portion.
    pub fn arrived(&self) -> &Portions {
        &self.arrived
    }
    /// A township in the spelling of the portions.
    pub fn township<'t>(&'t self, printed: &'t str) -> &'t str {
        self.townships.shown(printed)
    }
    /// What a rule reads that did not arrive for a township; `own` is the side that the finding is about, `year` its year.
    pub fn lack(&self, reading: &Reading, own: Option<Side>, township: &str, year: Option<i32>) -> Option<Portion> {
        let township = self.township(township);
        let reads = &reading.reads;
        let people = || reads.people.sides(own).find_map(|side| self.lacking_people(reading, side, township, year));
        let records = |whose: Whose, kind: ExportKind| {
            let years = [None, year.map(Some).unwrap_or_default()];
            let unit = move |side, year| self.lacking(township, Supplier::System(side), kind.clone(), year);
            whose.sides(own).find_map(|side| years.into_iter().find_map(|year| unit(side, year)))
        };
        people()
            .or_else(|| records(reads.benefits, ExportKind::Benefits))
            .or_else(|| records(reads.outcomes, ExportKind::Outcomes))
            .or_else(|| self.lacking_roll(township).filter(|_| reads.rolls))
    }
    /// Every township known, now or before.
    pub fn townships(&self) -> impl Iterator<Item = &str> {
        let known: BTreeSet<&str> =
            self.arrived.keys().chain(self.expected.keys()).map(|portion| portion.township.as_str()).collect();
        known.into_iter()
    }
    /// Townships and villages of people of one system that the other does not know, and no earlier delivery either: misspelt,
    /// new, or no places at all. Only told of sides and townships that the other system delivered.
    pub fn unknown_places(&self) -> Vec<&Portion> {
        let is_newest = |portion: &&Portion| match portion.supplier.side() {
            Some(side) => portion.kind == ExportKind::People && portion.year == self.newest[side.index()],
            None => false,
        };
        let people: Vec<&Portion> =
            self.arrived.keys().filter(is_newest).filter(|portion| portion.column.is_none()).collect();
        let is_known = |portion: &&&Portion| {
            let is_same = |other: &Portion| other.township == portion.township && other.village == portion.village;
            people.iter().any(|other| other.supplier != portion.supplier && is_same(other))
                || self.expected.keys().any(|other| other.kind == ExportKind::People && is_same(other))
        };
        let unknown: Vec<&Portion> = people.iter().filter(|portion| !is_known(portion)).copied().collect();
        let is_told = |portion: &&Portion| {
            let whole = Portion { village: None, ..(*portion).clone() };
            portion.village.is_none() || !unknown.contains(&&whole)
        };
        unknown.iter().copied().filter(is_told).collect()
    }
    /// Whether anybody of the newest exports lives in a village.
    pub fn has_village(&self, township: &str, village: &str) -> bool {
        let (township, village) = (self.township(township), place_key(village));
        let is_it = |portion: &Portion| portion.village.as_ref().is_some_and(|other| place_key(other) == village);
        self.arrived.keys().any(|portion| portion.township == township && is_it(portion))
    }
    /// Whether every side whose people a rule reads has people of the township, in the year judged.
    pub fn has_people(&self, reading: &Reading, own: Option<Side>, township: &str, year: Option<i32>) -> bool {
        let township = self.township(township);
        reading
            .reads
            .people
            .sides(own)
            .all(|side| self.people_in(side, township, self.register(reading, side, year)) > 0)
    }
    /// What each township lacks, of all that the rules read.
    pub(crate) fn lacks(&self, readings: &Readings) -> Vec<Lack> {
        let years: BTreeSet<Option<i32>> =
            self.arrived.keys().chain(self.expected.keys()).map(|unit| unit.year).chain([None]).collect();
        let known = self.arrived.keys().chain(self.expected.keys());
        let townships: BTreeSet<&str> = known.map(|unit| unit.township.as_str()).collect();
        let mut lacks: BTreeMap<Portion, BTreeSet<&str>> = BTreeMap::new();
        for township in townships.into_iter().filter(|township| !township.is_empty()) {
            for (id, reading) in readings {
                for (side, year) in Side::BOTH.into_iter().flat_map(|side| years.iter().map(move |year| (side, *year)))
                {
                    if let Some(unit) = self.lack(reading, Some(side), township, year) {
                        lacks.entry(unit).or_default().insert(id);
                    }
                }
            }
        }
        lacks.into_iter().map(|(portion, rules)| Lack { portion, rules: rules.len() as u64 }).collect()
    }

    /// The data year of the registers of a side that a rule judges.
    fn register(&self, reading: &Reading, side: Side, year: Option<i32>) -> Option<i32> {
        year.filter(|_| reading.reads.is_yearly).or(self.newest[side.index()])
    }
    fn lacking_people(&self, reading: &Reading, side: Side, township: &str, year: Option<i32>) -> Option<Portion> {
        let register = self.register(reading, side, year);
        let before = (1..=reading.reads.years_back).filter_map(|back| register.map(|year| year - back));
        // The newest register tells who a year's people are now, and whose records are theirs.
        let newest = self.newest[side.index()];
        let past = self.registers(side).filter(|_| reading.reads.is_of_all_years);
        [newest, register]
            .into_iter()
            .chain(before.map(Some))
            .chain(past)
            .find_map(|year| self.lacking(township, Supplier::System(side), ExportKind::People, year))
            .or_else(|| self.lacking_column(reading, side, township).filter(|_| register == self.newest[side.index()]))
    }
    fn lacking(&self, township: &str, supplier: Supplier, kind: ExportKind, year: Option<i32>) -> Option<Portion> {
        let is_delivered_elsewhere = self.kinds.contains(&(supplier, kind.clone(), year));
        let unit = Portion::of(township, supplier, kind, year);
        if self.arrived.contains_key(&unit) {
            return None;
        }
        let people = |side: Side| self.people_in(side, township, self.newest[side.index()]);
        let is_forgotten = match (&unit.kind, supplier.side()) {
            (ExportKind::People, Some(side)) => people(side.other()) >= FEWEST,
            (ExportKind::Benefits | ExportKind::Outcomes, Some(side)) => year.is_none() && people(side) >= FEWEST,
            _ => false,
        };
        let is_missing = self.expected.contains_key(&unit) || is_delivered_elsewhere && is_forgotten;
        is_missing.then_some(unit)
    }
    /// The data years of which registers of a side are known.
    fn registers(&self, side: Side) -> impl Iterator<Item = Option<i32>> {
        let known = self.arrived.keys().chain(self.expected.keys());
        let is_register = move |portion: &&Portion| {
            portion.supplier == Supplier::System(side) && portion.kind == ExportKind::People && portion.is_whole()
        };
        known.filter(is_register).map(|portion| portion.year).collect::<BTreeSet<_>>().into_iter()
    }
    /// A column that other townships' exports of the side have.
    fn lacking_column(&self, reading: &Reading, side: Side, township: &str) -> Option<Portion> {
        let here = self.columns.get(&(side, township.to_owned()))?;
        let elsewhere = &self.columns_of_side[side.index()];
        let column = reading.columns.iter().find(|column| elsewhere.contains(**column) && !here.contains(**column))?;
        let whole = Portion::of(township, Supplier::System(side), ExportKind::People, None);
        Some(Portion { column: Some((*column).to_owned()), ..whole })
    }
    /// A roll that the township had, and has no more.
    fn lacking_roll(&self, township: &str) -> Option<Portion> {
        let is_missing = |unit: &&Portion| {
            unit.supplier == Supplier::Department && unit.township == township && !self.arrived.contains_key(*unit)
        };
        self.expected.keys().find(is_missing).cloned()
    }
    fn people_in(&self, side: Side, township: &str, year: Option<i32>) -> u64 {
        let unit = Portion::of(township, Supplier::System(side), ExportKind::People, year);
        self.arrived.get(&unit).copied().unwrap_or(0)
    }

    fn add(&mut self, unit: Portion, rows: u64) {
        if rows > 0 && !unit.township.is_empty() {
            *self.arrived.entry(unit).or_default() += rows;
        }
    }
    /// People, with villages, and households of one year's registers.
    fn count_people(&mut self, facts: &Facts<'_>, side: Side, year: Option<i32>) {
        let (view, supplier) = (facts.side(side), Supplier::System(side));
        let mut people: FxHashMap<(&str, &str), u64> = FxHashMap::default();
        for member in (0..view.member_count()).filter(|member| !view.past_members[*member as usize]) {
            let village = facts.places.name(facts.places.of_member(side.index(), member)).1;
            *people.entry((township_of(view, member), village)).or_default() += 1;
        }
        let mut households: FxHashMap<&str, u64> = FxHashMap::default();
        for household in (0..view.household_count()).filter(|household| !view.past[*household as usize]) {
            *households.entry(view.township.get(household).unwrap_or_default()).or_default() += 1;
        }
        let people: BTreeMap<(&str, &str), u64> = people.into_iter().collect();
        let households: BTreeMap<&str, u64> = households.into_iter().collect();
        for ((printed, village), rows) in people {
            let whole = Portion::of(self.townships.shown(printed), supplier, ExportKind::People, year);
            let village = Some(village).filter(|village| !village.is_empty()).map(str::to_owned);
            if village.is_some() {
                self.add(Portion { village, ..whole.clone() }, rows);
            }
            self.add(whole, rows);
        }
        for (printed, rows) in households {
            self.add(Portion::of(self.townships.shown(printed), supplier, ExportKind::Households, year), rows);
        }
    }
    /// The columns of the sheets that a township's people and households stand in, and how many cells are filled.
    fn count_columns(&mut self, facts: &Facts<'_>, side: Side) -> Result<()> {
        let (view, registry) = (facts.side(side), facts.side(side).registry);
        let member_homes: Vec<&str> = (0..view.member_count()).map(|member| township_of(view, member)).collect();
        let household_homes: Vec<&str> =
            (0..view.household_count()).map(|household| view.township.get(household).unwrap_or_default()).collect();
        let tables = [
            (&registry.members, &member_homes, &view.past_members, Level::Member),
            (&registry.households, &household_homes, &view.past, Level::Household),
        ];
        for (frame, homes, past, level) in tables {
            let sheets = indices(frame, "sheet_ix")?;
            let mut sheets_of: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
            for row in (0..homes.len()).filter(|row| !past[*row] && sheets[*row] != NONE) {
                sheets_of.entry(homes[row]).or_default().insert(sheets[row]);
            }
            for (printed, sheets) in sheets_of {
                let township = self.townships.shown(printed).to_owned();
                let of_sheet = |sheet: &u32| -> BTreeSet<String> {
                    let origin = registry.origins.get(*sheet as usize);
                    origin
                        .into_iter()
                        .flat_map(|origin| origin.columns.iter().map(|(field, _)| field.clone()))
                        .collect()
                };
                let common = sheets.iter().map(of_sheet).reduce(|a, b| a.intersection(&b).cloned().collect());
                let common = common.unwrap_or_default();
                self.columns_of_side[side.index()].extend(common.iter().cloned());
                self.columns.entry((side, township)).or_default().extend(common);
            }
            self.count_filled(frame, side, homes, past, level)?;
        }
        Ok(())
    }
    fn count_filled(
        &mut self,
        frame: &DataFrame,
        side: Side,
        homes: &[&str],
        past: &[bool],
        level: Level,
    ) -> Result<()> {
        for field in FIELDS.iter().filter(|field| field.level == level) {
            let text = Texts::of(frame, &text_column(field.name))?;
            if !text.is_delivered() {
                continue;
            }
            let mut filled: BTreeMap<&str, u64> = BTreeMap::new();
            for row in (0..homes.len()).filter(|row| !past[*row]) {
                if text.get(row as u32).is_some_and(|text| !text.trim().is_empty()) {
                    *filled.entry(homes[row]).or_default() += 1;
                }
            }
            for (printed, rows) in filled {
                let township = self.townships.shown(printed);
                let unit = Portion::of(township, Supplier::System(side), ExportKind::People, None);
                self.add(Portion { column: Some(field.name.to_owned()), ..unit }, rows);
            }
        }
        Ok(())
    }
    /// Benefits and outcomes, as a whole and by the year of the record.
    fn count_records(&mut self, facts: &Facts<'_>, side: Side) -> Result<()> {
        let (view, registry) = (facts.side(side), facts.side(side).registry);
        for (frame, kind) in [(&registry.benefits, ExportKind::Benefits), (&registry.outcomes, ExportKind::Outcomes)] {
            let (members, households) = (indices(frame, "member_ix")?, indices(frame, "household_ix")?);
            let years = super::logic::whole(frame, "benefit_year")?;
            let mut counts: BTreeMap<(&str, Option<i32>), u64> = BTreeMap::new();
            for row in 0..frame.height() {
                let home = match households[row] {
                    NONE if members[row] == NONE => continue,
                    NONE => township_of(view, members[row]),
                    household => view.township.get(household).unwrap_or_default(),
                };
                *counts.entry((home, years[row])).or_default() += 1;
            }
            for ((printed, year), rows) in counts {
                let whole = Portion::of(self.townships.shown(printed), Supplier::System(side), kind.clone(), None);
                if year.is_some() {
                    self.add(Portion { year, ..whole.clone() }, rows);
                }
                self.add(whole, rows);
            }
        }
        Ok(())
    }
    /// Rolls, by the township of whom they name.
    fn count_rolls(&mut self, facts: &Facts<'_>, evidence: Evidence<'_>) -> Result<()> {
        let printed = Texts::of(&evidence.rolls.people, "township")?;
        let mut counts: BTreeMap<(&str, u32), u64> = BTreeMap::new();
        for record in &evidence.rolls.records {
            let registered = Side::BOTH.into_iter().find_map(|side| {
                let rows = &evidence.links.members[side.index()];
                Some(township_of(facts.side(side), rows.get(record.person as usize).copied().flatten()?))
            });
            let home = registered.or_else(|| printed.get(record.person)).unwrap_or_default();
            *counts.entry((home, record.roll)).or_default() += 1;
        }
        for ((home, roll), rows) in counts {
            let kind = ExportKind::Roll(evidence.rolls.rolls[roll as usize].id.clone());
            self.add(Portion::of(self.townships.shown(home), Supplier::Department, kind, None), rows);
        }
        Ok(())
    }
}

/// Takes away the findings of rules that read what did not arrive where their subjects live, and counts them as not found.
pub(crate) fn withhold(delivery: &Delivery, readings: &Readings, sink: &mut Sink) {
    // Rule, side, township and year decide alike.
    type Kind = (String, Option<Side>, Option<String>, Option<i32>);
    let mut known: FxHashMap<Kind, bool> = FxHashMap::default();
    let mut is_withheld = |draft: &super::draft::Draft| {
        let finding = &draft.finding;
        let key = (finding.rule_id.clone(), draft.side, finding.township.clone(), finding.year);
        *known.entry(key).or_insert_with_key(|(rule, side, township, year)| {
            let Some(reading) = readings.get(rule) else { return false };
            let is_lacking = |township: &str| delivery.lack(reading, *side, township, *year).is_some();
            match township {
                Some(township) => is_lacking(township),
                // What is said of a registry as a whole needs all of it.
                None => delivery.townships().any(is_lacking),
            }
        })
    };
    let (withheld, kept): (Vec<_>, Vec<_>) =
        std::mem::take(&mut sink.drafts).into_iter().partition(|draft| is_withheld(draft));
    sink.drafts = kept;
    for draft in withheld {
        let found = sink.found.iter_mut().filter(|((rule, _), _)| *rule == draft.finding.rule_id);
        let own = found.filter(|((_, side), _)| side.is_none() || *side == draft.side);
        own.for_each(|(_, count)| *count = count.saturating_sub(1));
    }
}

/// The township of a person as printed, by the household or by the person's own row; empty when unknown.
fn township_of<'v>(view: &'v SideView<'_>, member: u32) -> &'v str {
    let own = || view.member_township.get(member);
    view.township.get(view.household_of(member)).or_else(own).unwrap_or_default()
}

impl Townships {
    fn of(facts: &Facts<'_>, expected: &Portions) -> Self {
        let mut spellings: BTreeMap<(usize, &str), u64> = BTreeMap::new();
        let mut votes: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        let [national, provincial] = &facts.sides;
        for (side, view) in [national, provincial].into_iter().enumerate() {
            for household in 0..view.household_count() {
                *spellings.entry((side, view.township.get(household).unwrap_or_default())).or_default() += 1;
            }
        }
        for household in 0..provincial.household_count() {
            let partner = facts.links.best_household(1, household);
            if let (Some(own), Some(other)) = (provincial.township.get(household), national.township.get(partner)) {
                *votes.entry(place_key(own)).or_default().entry(place_key(other)).or_default() += 1;
            }
        }
        let mut shown: BTreeMap<String, (bool, u64, std::cmp::Reverse<String>)> = BTreeMap::new();
        for ((side, printed), rows) in spellings {
            let candidate = (side == 0, rows, std::cmp::Reverse(printed.trim().to_owned()));
            let entry = shown.entry(place_key(printed)).or_insert_with(|| candidate.clone());
            if candidate > *entry {
                *entry = candidate;
            }
        }
        let shown = shown.into_iter().map(|(key, (_, _, printed))| (key, printed.0)).collect();
        let mut townships = Self { shown, ..Self::default() };
        for unit in expected.keys() {
            // The spelling of the first delivery stays, so that a portion of the past is found again.
            townships.shown.insert(place_key(&unit.township), unit.township.clone());
        }
        for (own, votes) in votes {
            let most = votes.into_iter().max_by_key(|(other, rows)| (*rows, std::cmp::Reverse(other.clone())));
            townships.alias.extend(most.filter(|(other, _)| *other != own).map(|(other, _)| (own, other)));
        }
        // A name that the national system uses itself stands for itself.
        let own: BTreeSet<String> =
            (0..national.household_count()).filter_map(|row| national.township.get(row)).map(place_key).collect();
        townships.alias.retain(|provincial, _| !own.contains(provincial));
        townships
    }
    fn shown<'t>(&'t self, printed: &'t str) -> &'t str {
        let key = place_key(printed);
        let key = self.alias.get(&key).unwrap_or(&key);
        self.shown.get(key).map_or(printed, String::as_str)
    }
}
