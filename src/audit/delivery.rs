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
use crate::normalise::identity::{self, IdClass};
use crate::normalise::name;
use crate::table::schema::{self, FIELDS, Field, Kind, Level, text_column};
use crate::table::{ExportKind, Portion, Portions, Registry, Side, Supplier};

/// Whether a cell of a field says something: a hidden or damaged name and a hidden number do not say whose it is.
fn is_filled(field: &str, text: &str) -> bool {
    match field {
        "name" => name::key(text).is_some_and(|key| !key.contains(name::WILDCARD)) && !name::is_hidden(text),
        "id_no" => {
            let lost = [IdClass::Masked, IdClass::ExcelTruncated, IdClass::Scientific];
            !text.trim().is_empty() && !lost.contains(&identity::parse(text).class)
        }
        "household_no" => !text.trim().is_empty() && !is_rounded(text.trim()),
        _ => !text.trim().is_empty(),
    }
}

/// Whether a number ends as a spreadsheet leaves it that keeps fifteen digits; one in ten ends so by itself.
fn is_rounded(number: &str) -> bool {
    const KEPT: usize = 15;
    number.len() > KEPT && number.bytes().all(|b| b.is_ascii_digit()) && number[KEPT..].bytes().all(|b| b == b'0')
}

/// A township of fewer people may well have no record of a kind.
const FEWEST: u64 = 20;

/// 户编号.
const HOUSEHOLD_NO: &str = "household_no";

/// Rows by the sheet they stand in.
type Sheets = BTreeMap<u32, u64>;

/// A sheet of a smaller share of a township's rows is not its export.
const STRAY: f64 = 0.05;

/// Columns without which records cannot be matched.
const RECORD_COLUMNS: [&str; 7] = ["item", "benefit_year", "amount", "outcome", "id_no", "name", "household_no"];

/// What arrived, and what was to be expected.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    townships: Townships,
    arrived: Portions,
    expected: Portions,
    /// Columns that every sheet of a township's export has; registers are one export, of a year.
    columns: BTreeMap<Portion, BTreeSet<String>>,
    /// Columns that a side's exports of the kind and year have for any township.
    columns_of_side: BTreeMap<(Supplier, ExportKind, Option<i32>), BTreeSet<String>>,
    /// What staff call the kinds of rolls, by id.
    roll_titles: BTreeMap<String, String>,
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
            roll_titles: evidence.rolls.titles.clone(),
            ..Self::default()
        };
        for side in Side::BOTH {
            delivery.count_people(newest, side, newest.side(side).registry.year);
            delivery.count_columns(newest, side, None)?;
            delivery.count_records(newest, side)?;
            for year in years[1..].iter().filter(|facts| facts.now[side.index()].is_some()) {
                let of_year = year.side(side).registry.year;
                delivery.count_people(year, side, of_year);
                delivery.count_columns(year, side, of_year)?;
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
            whose.sides(own).find_map(|side| {
                let supplier = Supplier::System(side);
                let unit = |year| self.lacking(township, supplier, kind.clone(), year);
                let column =
                    || self.lacking_column(&Portion::of(township, supplier, kind.clone(), None), RECORD_COLUMNS);
                years.into_iter().find_map(unit).or_else(column)
            })
        };
        people()
            .or_else(|| records(reads.benefits, ExportKind::Benefits))
            .or_else(|| records(reads.outcomes, ExportKind::Outcomes))
            .or_else(|| self.lacking_rolls(township).next().filter(|_| reads.rolls).cloned())
    }
    /// A register of any year that did not arrive: whose records are whose is told by all of them.
    pub fn lacking_register(&self, township: &str) -> Option<Portion> {
        let township = self.township(township);
        let of_side = |side: Side| {
            let years: Vec<Option<i32>> = self.registers(side).collect();
            let lacking = |year| self.lacking(township, Supplier::System(side), ExportKind::People, year);
            years.into_iter().find_map(lacking)
        };
        Side::BOTH.into_iter().find_map(of_side)
    }
    /// A portion as staff call it.
    pub fn name(&self, portion: &Portion) -> String {
        match &portion.kind {
            ExportKind::Roll(id) => {
                let title = self.roll_titles.get(id).unwrap_or(id);
                Portion { kind: ExportKind::Roll(title.clone()), ..portion.clone() }.to_string()
            }
            _ => portion.to_string(),
        }
    }
    /// What is lacking, in words: of rolls all of them, for an item does not tell which it needs.
    pub fn lacking_words(&self, portion: &Portion) -> String {
        const BY_NAME: usize = 3;
        if portion.supplier != Supplier::Department {
            return self.name(portion);
        }
        let rolls: Vec<&str> = self
            .lacking_rolls(&portion.township)
            .filter_map(|roll| match &roll.kind {
                ExportKind::Roll(id) => Some(self.roll_titles.get(id).unwrap_or(id).as_str()),
                _ => None,
            })
            .collect();
        let first = rolls[..rolls.len().min(BY_NAME)].join("、");
        let more = if rolls.len() > BY_NAME { format!("等{}种", rolls.len()) } else { String::new() };
        format!("{}部门名册：{first}{more}", portion.township)
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
                for roll in self.lacking_rolls(township).filter(|_| reading.reads.rolls) {
                    lacks.entry(roll.clone()).or_default().insert(id);
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
        let newest = self.newest[side.index()];
        let before = (1..=reading.reads.years_back).filter_map(|back| register.map(|year| year - back));
        // The newest register tells who a year's people are now, and whose records are theirs.
        let past = self.registers(side).filter(|_| reading.reads.is_of_all_years);
        let supplier = Supplier::System(side);
        let judged: Vec<Option<i32>> = std::iter::once(register).chain(before.map(Some)).collect();
        let column = |year: &Option<i32>| {
            let year = year.filter(|_| *year != newest);
            let register = Portion::of(township, supplier, ExportKind::People, year);
            self.lacking_column(&register, reading.columns.iter().copied())
        };
        // Rules over years compare a year's households as they were.
        let households = judged.iter().filter(|year| reading.reads.is_yearly || **year != newest);
        [newest]
            .into_iter()
            .chain(judged.iter().copied())
            .chain(past)
            .find_map(|year| self.lacking(township, supplier, ExportKind::People, year))
            .or_else(|| {
                households.copied().find_map(|year| self.lacking(township, supplier, ExportKind::Households, year))
            })
            .or_else(|| judged.iter().find_map(column))
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
    /// A column that other townships' exports of the side have, or that this one had, and that has no value here any more.
    fn lacking_column<'c>(&self, export: &Portion, columns: impl IntoIterator<Item = &'c str>) -> Option<Portion> {
        let here = self.columns.get(export)?;
        let elsewhere = self.columns_of_side.get(&(export.supplier, export.kind.clone(), export.year))?;
        let portion = |column: &str| Portion { column: Some(column.to_owned()), ..export.clone() };
        let is_lost = |portion: &Portion| {
            self.expected.get(portion).is_some_and(|cells| *cells >= FEWEST) && !self.arrived.contains_key(portion)
        };
        let is_lacking =
            |column: &&str| elsewhere.contains(*column) && !here.contains(*column) || is_lost(&portion(column));
        columns.into_iter().find(is_lacking).map(portion)
    }
    /// The rolls that the township had, and has no more.
    fn lacking_rolls<'d>(&'d self, township: &'d str) -> impl Iterator<Item = &'d Portion> {
        let is_missing = move |unit: &&Portion| {
            unit.supplier == Supplier::Department && unit.township == township && !self.arrived.contains_key(*unit)
        };
        self.expected.keys().filter(is_missing)
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
        // Households that only their people tell of did not arrive.
        let own = own_rows(&view.registry.households);
        let is_own = |household: u32| own.is_some_and(|own| own.get(household as usize) == Some(true));
        let arrived = |household: &u32| !view.past[*household as usize] && is_own(*household);
        for household in (0..view.household_count()).filter(arrived) {
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
    /// The columns of the sheets that a township's people and households stand in, and how many cells are filled; `year` is
    /// that of an earlier register.
    fn count_columns(&mut self, facts: &Facts<'_>, side: Side, year: Option<i32>) -> Result<()> {
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
            let own = (level == Level::Household).then(|| own_rows(frame)).flatten();
            let is_own = |row: usize| own.is_none_or(|own| own.get(row) == Some(true));
            let mut sheets_of: BTreeMap<&str, Sheets> = BTreeMap::new();
            for row in (0..homes.len()).filter(|row| !past[*row] && sheets[*row] != NONE && is_own(*row)) {
                *sheets_of.entry(homes[row]).or_default().entry(sheets[row]).or_default() += 1;
            }
            for (printed, sheets) in sheets_of {
                let township = self.townships.shown(printed);
                let export = Portion::of(township, Supplier::System(side), ExportKind::People, year);
                self.add_columns(registry, export, &sheets);
            }
            // The number of the household is counted where people print it, for by that they are put together.
            let of_people = Texts::of(&registry.members, &text_column(HOUSEHOLD_NO))?.is_delivered();
            let counted = |field: &&Field| match field.name {
                HOUSEHOLD_NO => (level == Level::Member) == of_people,
                _ => field.level == level,
            };
            let fields = FIELDS.iter().filter(counted).map(|field| field.name);
            let of = |township: &str| Portion::of(township, Supplier::System(side), ExportKind::People, year);
            self.count_filled(frame, fields, homes, past, of)?;
        }
        Ok(())
    }
    /// The columns that all these sheets have; a sheet of few of the rows is a stray's, and tells nothing of the export.
    fn add_columns(&mut self, registry: &Registry, export: Portion, sheets: &Sheets) {
        let rows: u64 = sheets.values().sum();
        let sheets = sheets.iter().filter(|(_, of_sheet)| **of_sheet as f64 >= rows as f64 * STRAY).map(|(ix, _)| *ix);
        let of_sheet = |sheet: u32| -> BTreeSet<String> {
            let origin = registry.origins.get(sheet as usize).into_iter();
            origin.flat_map(|origin| origin.columns.iter().map(|(field, _)| field.clone())).collect()
        };
        let common = sheets.map(of_sheet).reduce(|a, b| a.intersection(&b).cloned().collect()).unwrap_or_default();
        let of_side = (export.supplier, export.kind.clone(), export.year);
        self.columns_of_side.entry(of_side).or_default().extend(common.iter().cloned());
        self.columns.entry(export).or_default().extend(common);
    }
    /// How many cells of each column are filled, by township.
    fn count_filled(
        &mut self,
        frame: &DataFrame,
        fields: impl Iterator<Item = &'static str>,
        homes: &[&str],
        past: &[bool],
        of: impl Fn(&str) -> Portion,
    ) -> Result<()> {
        for field in fields {
            let text = Texts::of(frame, &text_column(field))?;
            if !text.is_delivered() {
                continue;
            }
            // A word that no vocabulary knows says nothing: a column full of them is another column.
            let is_label =
                matches!(schema::field(field).map(|field| field.kind), Some(Kind::Label(_) | Kind::Labels(_)));
            let labels = is_label.then(|| Texts::of(frame, field)).transpose()?;
            let is_understood = |row: u32| labels.as_ref().is_none_or(|labels| labels.get(row).is_some());
            let mut filled: BTreeMap<&str, u64> = BTreeMap::new();
            for row in (0..homes.len()).filter(|row| past.get(*row) != Some(&true)) {
                let row_ix = row as u32;
                if text.get(row_ix).is_some_and(|text| is_filled(field, text)) && is_understood(row_ix) {
                    *filled.entry(homes[row]).or_default() += 1;
                }
            }
            for (printed, rows) in filled {
                let export = of(self.townships.shown(printed));
                self.add(Portion { column: Some(field.to_owned()), ..export }, rows);
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
            let sheets = indices(frame, "sheet_ix")?;
            let home = |row: usize| match households[row] {
                NONE if members[row] == NONE => "",
                NONE => township_of(view, members[row]),
                household => view.township.get(household).unwrap_or_default(),
            };
            let homes: Vec<&str> = (0..frame.height()).map(home).collect();
            let mut counts: BTreeMap<(&str, Option<i32>), u64> = BTreeMap::new();
            let mut sheets_of: BTreeMap<&str, Sheets> = BTreeMap::new();
            for (row, home) in homes.iter().enumerate().filter(|(_, home)| !home.is_empty()) {
                *counts.entry((home, years[row])).or_default() += 1;
                if sheets[row] != NONE {
                    *sheets_of.entry(home).or_default().entry(sheets[row]).or_default() += 1;
                }
            }
            for ((printed, year), rows) in counts {
                let whole = Portion::of(self.townships.shown(printed), Supplier::System(side), kind.clone(), None);
                if year.is_some() {
                    self.add(Portion { year, ..whole.clone() }, rows);
                }
                self.add(whole, rows);
            }
            let of = |township: &str| Portion::of(township, Supplier::System(side), kind.clone(), None);
            for (printed, sheets) in sheets_of {
                let export = of(self.townships.shown(printed));
                self.add_columns(registry, export, &sheets);
            }
            // Whose a record is has been settled: what it was found by is known by its header alone.
            for column in RECORD_COLUMNS.into_iter().filter(|name| frame.column(&text_column(name)).is_err()) {
                let exports = self.columns.iter().filter(|(_, columns)| columns.contains(column));
                let exports = exports.map(|(export, _)| export.clone());
                let mine = |export: &Portion| export.supplier == Supplier::System(side) && export.kind == kind;
                for export in exports.filter(mine).collect::<Vec<_>>() {
                    let rows = self.arrived.get(&export).copied().unwrap_or(0);
                    self.add(Portion { column: Some(column.to_owned()), ..export }, rows);
                }
            }
            self.count_filled(frame, RECORD_COLUMNS.into_iter(), &homes, &[], of)?;
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

/// Which households have a row in an export of households, where there is one.
fn own_rows(households: &DataFrame) -> Option<&BooleanChunked> {
    households.column("own_row").ok()?.bool().ok().filter(|own| own.any())
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
