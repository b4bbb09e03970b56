//! Benefit records as integers, sorted by beneficiary household, item, person and year.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

use polars::prelude::*;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::aliases::Alias;
use super::is_personal;
use crate::audit::facts::Facts;
use crate::audit::settings::{Period, Unit};
use crate::audit::view::{NONE, Texts, indices};
use crate::error::Result;
use crate::normalise::date;
use crate::normalise::period::PartOfYear;
use crate::normalise::text::is_null;
use crate::table::BenefitLink;

/// Absent amount, date or period.
pub(super) const NO_AMOUNT: i64 = i64::MIN;
/// An amount that nobody understood.
pub(super) const UNREAD_AMOUNT: i64 = i64::MIN + 1;
/// Absent year.
pub(super) const NO_YEAR: i16 = i16::MIN;

/// One record. `household`, `person` and `home` are rows of the national side; `row` is the record's own row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BenefitRow {
    /// The household it is matched under: of households that the platform has merged, the first.
    pub(crate) household: u32,
    pub(crate) item: u32,
    /// [`NONE`] for household items and where the record names nobody.
    pub(crate) person: u32,
    pub(crate) year: i16,
    /// Code of the part of the year ([`PartOfYear::code`]), or of a text that names none; 0 for the whole year.
    pub(crate) period: u32,
    /// Days since 1970, `i32::MIN` when blank.
    pub(crate) date: i32,
    /// Fen.
    pub(crate) amount: i64,
    /// The beneficiary household itself.
    pub(crate) home: u32,
    /// The household under the record's own side's numbers.
    pub(crate) own: u32,
    pub(crate) row: u32,
}

impl BenefitRow {
    /// The group it is matched in.
    pub(crate) fn group(&self) -> (u32, u32) {
        (self.household, self.item)
    }
    /// Its amount, when it has one.
    pub(crate) fn fen(&self) -> Option<i64> {
        (self.amount > UNREAD_AMOUNT).then_some(self.amount)
    }
    /// How many records like it a year can hold: one that names its time, as many as the item is paid.
    pub(super) fn times_allowed(&self, item: &ItemFacts) -> usize {
        let names_its_time = self.period != 0 || self.date != i32::MIN;
        if names_its_time { 1 } else { item.records_per_year }
    }
    /// The part of the year that it is of.
    pub(crate) fn part(&self) -> Option<PartOfYear> {
        u8::try_from(self.period).ok().and_then(PartOfYear::of_code)
    }
    /// The semester in which it was paid.
    pub(crate) fn paid_in(&self) -> Option<PartOfYear> {
        (self.date != i32::MIN).then(|| PartOfYear::semester_of_month(date::of_days(self.date).month()))
    }
    /// Its year, when it has one.
    pub(crate) fn year(&self) -> Option<i32> {
        (self.year != NO_YEAR).then_some(self.year.into())
    }
}

/// What the matcher must know of an item.
#[derive(Debug, Clone)]
pub(super) struct ItemFacts {
    /// Canonical label, or the text as printed of an item nobody knows; empty when blank.
    pub(super) label: String,
    /// What reports call it that name nobody: the text of an item nobody knows may be a name, when columns slipped.
    pub(super) public_label: String,
    pub(super) unit: Option<Unit>,
    /// Records without a date or period that one year can hold.
    pub(super) records_per_year: usize,
    pub(super) amount_fen: f64,
    pub(super) amount_ratio: f64,
    pub(super) max_year_gap: i32,
    pub(super) outcome_expected: bool,
    /// Categories under which it is recorded.
    pub(super) categories: Vec<String>,
    /// Whether it is paid once, and counts ever after.
    pub(super) is_once: bool,
    /// Whether it is paid in the autumn before the year that it covers.
    pub(super) paid_year_before: bool,
    /// Whether a vocabulary knows its name.
    pub(super) is_known: bool,
}

/// What items that no vocabulary knows are called together.
const OUTSIDE: &str = "目录外项目";

/// Items by code: those of the catalogue in its order, then sorted labels of both sides that it does not know, so that
/// codes do not depend on row order.
pub(super) struct Items {
    facts: Vec<ItemFacts>,
    codes: BTreeMap<String, u32>,
    /// Names of a side that are another item's.
    aliases: BTreeMap<(usize, u32), u32>,
}

impl Items {
    /// Numbers every item that either side records, as measure or as outcome.
    pub(super) fn of(facts: &Facts<'_>) -> Result<Self> {
        let frames = facts.sides.iter().flat_map(|side| [&side.registry.benefits, &side.registry.outcomes]);
        let frames: Vec<&DataFrame> = frames.collect();
        let labels = frames.par_iter().map(|frame| labels(frame)).collect::<Result<Vec<_>>>()?;
        let mut labels: BTreeSet<String> = labels.into_iter().flatten().collect();
        let catalogue: Vec<String> = catalogue_of(facts).collect();
        catalogue.iter().for_each(|label| _ = labels.remove(label));
        let labels: Vec<String> = catalogue.into_iter().chain(labels).collect();
        let mut known: BTreeSet<String> = catalogue_of(facts).collect();
        for frame in &frames {
            known.extend(canonical(frame)?);
        }
        let facts = labels.iter().map(|label| item_facts(facts, label, known.contains(label))).collect();
        Ok(Self { facts, codes: labels.into_iter().zip(0..).collect(), aliases: BTreeMap::new() })
    }
    /// The label of every item.
    pub(super) fn labels(&self) -> Vec<String> {
        self.facts.iter().map(|item| item.label.clone()).collect()
    }
    /// The categories of every item; an item that nobody knows may itself be the name of one.
    pub(super) fn categories(&self) -> Vec<Vec<String>> {
        self.facts.iter().map(|item| item.categories.clone()).collect()
    }
    /// The items that are paid in the autumn before the year that they cover.
    pub(super) fn paid_year_before(&self) -> Vec<u32> {
        (0_u32..).zip(&self.facts).filter(|(_, item)| item.paid_year_before).map(|(code, _)| code).collect()
    }
    /// The items whose name no vocabulary knows.
    pub(super) fn unknown(&self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&self.facts).filter(|(_, item)| !item.is_known).map(|(code, _)| code)
    }
    /// From now on these names are read as those items.
    pub(super) fn adopt(&mut self, aliases: &[Alias]) {
        self.aliases = aliases.iter().map(|alias| ((alias.side, alias.name), alias.item)).collect();
    }
    /// From now on these items are households', whoever they are recorded for.
    pub(super) fn record_for_households(&mut self, items: &[u32]) {
        for item in items {
            self.facts[*item as usize].unit = Some(Unit::Household);
        }
    }
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.facts.len()
    }
    /// What a name of a side is.
    pub(super) fn resolved(&self, side: usize, code: u32) -> u32 {
        self.aliases.get(&(side, code)).copied().unwrap_or(code)
    }
    /// The code of an item.
    pub(super) fn code(&self, label: &str) -> Option<u32> {
        self.codes.get(label).copied()
    }
    /// An item by code.
    pub(super) fn get(&self, code: u32) -> &ItemFacts {
        &self.facts[code as usize]
    }
}

/// The distinct labels of a frame's items.
fn labels(frame: &DataFrame) -> Result<BTreeSet<String>> {
    let column = ItemColumn::of(frame)?;
    let mut seen: FxHashSet<&str> = FxHashSet::default();
    for row in 0..frame.height() as u32 {
        seen.insert(column.get(row));
    }
    Ok(seen.into_iter().map(str::to_owned).collect())
}

/// The items of the catalogue.
fn catalogue_of(facts: &Facts<'_>) -> impl Iterator<Item = String> {
    facts.settings.benefits.iter().map(|item| item.item.clone())
}

/// The distinct labels of a frame that its vocabulary knows.
fn canonical(frame: &DataFrame) -> Result<BTreeSet<String>> {
    let label = Texts::of(frame, "item")?;
    let seen: FxHashSet<&str> = (0..frame.height() as u32).filter_map(|row| label.get(row)).collect();
    Ok(seen.into_iter().map(str::to_owned).collect())
}

/// The item of a record: its canonical label, else its text.
struct ItemColumn {
    label: Texts,
    text: Texts,
}

impl ItemColumn {
    fn of(frame: &DataFrame) -> Result<Self> {
        Ok(Self { label: Texts::of(frame, "item")?, text: Texts::of(frame, "item_text")? })
    }
    fn get(&self, row: u32) -> &str {
        self.label.get(row).or_else(|| self.text.get(row)).map_or("", str::trim)
    }
}

fn item_facts(facts: &Facts<'_>, label: &str, is_known: bool) -> ItemFacts {
    let settings = facts.settings;
    let known = settings.benefits.iter().find(|item| item.item == label);
    let period = known.map(|item| item.period);
    ItemFacts {
        label: label.to_owned(),
        public_label: if is_known { label } else { OUTSIDE }.to_owned(),
        unit: known.map(|item| item.unit),
        // Nothing is known of an unknown item, so nothing of it is called a duplicate unless dated.
        records_per_year: period.map_or(usize::MAX, Period::records_per_year),
        amount_fen: settings.tolerances.amount_fen as f64,
        amount_ratio: known.and_then(|item| item.amount_ratio).unwrap_or(settings.tolerances.amount_ratio),
        max_year_gap: known.and_then(|item| item.max_year_gap).unwrap_or(if period == Some(Period::OneOff) {
            3
        } else {
            1
        }),
        outcome_expected: known.is_none_or(|item| item.outcome_expected),
        categories: known.map_or_else(|| vec![label.to_owned()], |item| item.categories.clone()),
        is_once: period == Some(Period::OneOff),
        paid_year_before: known.is_some_and(|item| item.paid_year_before),
        is_known,
    }
}

/// The records of both sides that can be matched, sorted, and those whose beneficiary is not linked.
pub(super) struct Ledgers {
    pub(super) rows: [Vec<BenefitRow>; 2],
    /// As read: own household rows, for rates and messages.
    pub(super) stray: [Vec<BenefitRow>; 2],
    /// Records that nobody can judge: a row of their beneficiary was set aside. As read.
    pub(super) unread: [Vec<BenefitRow>; 2],
    /// Labels of items by code, as rates tell them.
    pub(super) labels: Vec<String>,
    /// Items whose name nobody knows, and that one side only records: what they are called on the other nobody can tell.
    incomparable: FxHashSet<u32>,
}

impl Ledgers {
    /// Numbers the records of both sides alike.
    pub(super) fn of(facts: &Facts<'_>, items: &Items, [national, provincial]: [Vec<BenefitRow>; 2]) -> Self {
        let (mut n, mut p) =
            rayon::join(|| numbered(facts, 0, items, national), || numbered(facts, 1, items, provincial));
        rayon::join(|| n.linked.par_sort_unstable(), || p.linked.par_sort_unstable());
        let labels = items.facts.iter().map(|item| item.public_label.clone()).collect();
        let recorded = [&n, &p].map(|split| split.linked.iter().map(|row| row.item).collect::<FxHashSet<u32>>());
        let is_one_sided = |item: &u32| recorded.iter().filter(|items| items.contains(item)).count() == 1;
        let incomparable = items.unknown().filter(is_one_sided).collect();
        Self {
            rows: [n.linked, p.linked],
            stray: [n.stray, p.stray],
            unread: [n.unread, p.unread],
            labels,
            incomparable,
        }
    }
    /// Whether records of an item can be held against the other side's.
    pub(super) fn is_comparable(&self, item: u32) -> bool {
        !self.incomparable.contains(&item)
    }
    /// The links of records whose beneficiary is not linked.
    pub(super) fn unlinked(&self) -> impl Iterator<Item = BenefitLink> {
        let link = |side: usize, row: &BenefitRow, reason: &str| BenefitLink {
            national: (side == 0).then_some(row.row),
            provincial: (side == 1).then_some(row.row),
            decision: "unlinked",
            reason: reason.to_owned(),
        };
        [0, 1].into_iter().flat_map(move |side| {
            let stray = self.stray[side].iter().map(move |row| link(side, row, ""));
            stray.chain(self.unread[side].iter().map(move |row| link(side, row, NOT_COMPARED)))
        })
    }
}

/// Why a record that nobody can judge has no counterpart.
const NOT_COMPARED: &str = "该户有未读入的行，未比对";

/// The link of a record whose item nobody knows and the other side does not record under that name.
pub(super) fn not_understood(row: &BenefitRow, is_provincial: bool) -> BenefitLink {
    BenefitLink {
        national: (!is_provincial).then_some(row.row),
        provincial: is_provincial.then_some(row.row),
        decision: "unlinked",
        reason: "项目名称不在目录中，对方系统没有同名项目，未比对".to_owned(),
    }
}

/// The records of one side by what can be said of them.
#[derive(Default)]
struct Split {
    linked: Vec<BenefitRow>,
    stray: Vec<BenefitRow>,
    unread: Vec<BenefitRow>,
}

/// Rows whose beneficiary is linked, numbered as on the national side, and the others as they are.
fn numbered(facts: &Facts<'_>, side: usize, items: &Items, own: Vec<BenefitRow>) -> Split {
    let mut split = Split { linked: Vec::with_capacity(own.len()), ..Split::default() };
    for record in own {
        let unit = items.get(record.item).unit;
        match number_nationally(facts, side, record, unit) {
            _ if is_unread(facts, side, record, unit) => split.unread.push(record),
            Some(record) => split.linked.push(record),
            None => split.stray.push(record),
        }
    }
    split
}

/// The benefits of both sides under their own numbers.
pub(super) fn both_sides(facts: &Facts<'_>, items: &Items) -> Result<[Vec<BenefitRow>; 2]> {
    let read = |side: usize| own_rows(facts, side, &facts.sides[side].registry.benefits, items);
    let (national, provincial) = rayon::join(|| read(0), || read(1));
    Ok([national?, provincial?])
}

/// The records of a benefits or outcomes frame under their own side's numbers.
pub(super) fn own_rows(facts: &Facts<'_>, side: usize, frame: &DataFrame, items: &Items) -> Result<Vec<BenefitRow>> {
    let columns = Columns::of(frame)?;
    let codes = item_codes(frame, items)?;
    let record = |row: u32| {
        let record = columns.record(row, items.resolved(side, codes[row as usize]));
        let record = BenefitRow { person: facts.links.stands_for(side, record.person), ..record };
        match record.household {
            NONE => {
                let household = facts.sides[side].household_of(record.person);
                BenefitRow { household, home: household, own: household, ..record }
            }
            _ => record,
        }
    };
    Ok((0..frame.height() as u32).map(record).collect())
}

fn item_codes(frame: &DataFrame, items: &Items) -> Result<Vec<u32>> {
    let column = ItemColumn::of(frame)?;
    let mut known: FxHashMap<&str, u32> = FxHashMap::default();
    let code = |row| *known.entry(column.get(row)).or_insert_with_key(|label| items.codes[*label]);
    Ok((0..frame.height() as u32).map(code).collect())
}

/// Whether what was set aside may be this record, its counterpart, or its beneficiary.
fn is_unread(facts: &Facts<'_>, side: usize, own: BenefitRow, unit: Option<Unit>) -> bool {
    let of_nobody = own.person == NONE && unit != Some(Unit::Household);
    facts.is_not_compared(side, own.person)
        || facts.lacks_records(side, own.household)
        || of_nobody && facts.lacks_people(side, own.household)
}

/// The same record under national numbers; `None` when its beneficiary is not linked.
pub(super) fn number_nationally(
    facts: &Facts<'_>,
    side: usize,
    own: BenefitRow,
    unit: Option<Unit>,
) -> Option<BenefitRow> {
    let links = &facts.links;
    let is_person = own.person != NONE && is_personal(unit);
    let partner = if is_person { links.partner(side, own.person) } else { NONE };
    if is_person && partner == NONE {
        return None;
    }
    let person = if !is_person || side == 0 { own.person } else { partner };
    let household = if is_person {
        // The person decides: after a move or a split the household number alone would mislead.
        facts.sides[0].household_of(person)
    } else {
        match links.best_household(side, own.household) {
            NONE => NONE,
            partner => [own.household, partner][side],
        }
    };
    let is_linked = household != NONE || is_person;
    let person = if is_person { person } else { NONE };
    is_linked.then_some(BenefitRow { household: links.pool_of(household), home: household, person, ..own })
}

/// The columns of a benefits frame.
struct Columns {
    household: Vec<u32>,
    member: Vec<u32>,
    year: Option<Int32Chunked>,
    amount: Option<Int64Chunked>,
    amount_text: Texts,
    date: Option<Int32Chunked>,
    /// Where a period may be printed: its own column, the date's, the item's.
    periods: [Texts; 3],
}

impl Columns {
    fn of(frame: &DataFrame) -> Result<Self> {
        let column = |name: &str| frame.column(name).ok();
        Ok(Self {
            household: indices(frame, "household_ix")?,
            member: indices(frame, "member_ix")?,
            year: column("benefit_year").map(|year| year.i32().map(|year| year.rechunk().into_owned())).transpose()?,
            amount_text: Texts::of(frame, "amount_text")?,
            amount: column("amount").map(|fen| fen.i64().map(|fen| fen.rechunk().into_owned())).transpose()?,
            date: column("benefit_date")
                .map(|day| day.date().map(|day| day.physical().rechunk().into_owned()))
                .transpose()?,
            periods: [
                Texts::of(frame, "benefit_period")?,
                Texts::of(frame, "benefit_date_text")?,
                Texts::of(frame, "item_text")?,
            ],
        })
    }
    fn no_amount(&self, row: u32) -> i64 {
        if self.amount_text.get(row).is_none_or(is_null) { NO_AMOUNT } else { UNREAD_AMOUNT }
    }
    fn period(&self, row: u32) -> u32 {
        let [own, date, item] = &self.periods;
        let text = own.get(row);
        let part = text.and_then(PartOfYear::parse);
        let part = part.or_else(|| [date, item].into_iter().find_map(|texts| PartOfYear::inside(texts.get(row)?)));
        part.map_or_else(|| text.map_or(0, period_code), |part| u32::from(part.code()))
    }
    fn record(&self, row: u32, item: u32) -> BenefitRow {
        let at = row as usize;
        let year = self.year.as_ref().and_then(|year| year.get(at)).and_then(|year| i16::try_from(year).ok());
        BenefitRow {
            household: self.household[at],
            item,
            year: year.unwrap_or(NO_YEAR),
            person: self.member[at],
            period: self.period(row),
            date: self.date.as_ref().and_then(|date| date.get(at)).unwrap_or(i32::MIN),
            amount: self.amount.as_ref().and_then(|amount| amount.get(at)).unwrap_or_else(|| self.no_amount(row)),
            home: self.household[at],
            own: self.household[at],
            row,
        }
    }
}

/// A number for each distinct text that names no part of a year: a hash, so that both sides number alike, beyond the codes of
/// parts. Only the few periods of one beneficiary, item and year are ever compared.
fn period_code(text: &str) -> u32 {
    (FxBuildHasher.hash_one(text) >> 32) as u32 | 1 << 31
}
