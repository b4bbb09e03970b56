//! Benefits: every record of both sides ends in exactly one link, and what is missing, extra, misdated, different
//! in amount or recorded twice becomes a finding.
//!
//! ```text
//! frames ─► rows (integers: household, item, person, year, amount) ─► sort ─► groups (household, item)
//!        ─► pair each group ─► verdicts ─► links, findings, recording rates
//! ```
//!
//! Households and people are numbered as on the national side; provincial rows take the number of their linked
//! partner, so that a group is one beneficiary household and one item whatever either side calls them. Rows whose
//! beneficiary is not linked end as `unlinked`: the presence finding is their cause, and they get none of their own.
//! No strings are made per row; a county's 3 million records a side are two integer sorts and one sweep.

mod aliases;
mod checks;
mod coverage;
mod outcomes;
mod pairing;
mod recorded;
mod recording;
mod report;
mod rows;
mod units;

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::Recording;
use super::facts::Facts;
use super::rules::Check;
use super::settings::Unit;
use super::sink::Sink;
use super::view::NONE;
use crate::engine::{Engine, Stage};
use crate::error::Result;
use crate::table::{BenefitLink, Side};
use aliases::Alias;
use pairing::pair_group;
use rows::{Items, Ledgers};

pub(crate) use outcomes::not_delivered as outcomes_not_delivered;
pub(crate) use report::{Noticed, year_words};
pub(crate) use rows::BenefitRow;

pub(crate) use checks::Bounds;
pub(crate) use recorded::Recorded;

/// Items of a catalogue that sets of items can tell apart.
pub const MAX_ITEMS: usize = 128;

/// The benefit records of both sides as integers, and the items they are of.
pub(crate) struct Books {
    items: Items,
    own: [Vec<BenefitRow>; 2],
    /// Items of a side whose payments were moved to the year that they cover.
    moved: Vec<(usize, u32)>,
    aliases: Vec<Alias>,
}

impl Books {
    /// Reads both sides.
    pub(crate) fn read(facts: &Facts<'_>) -> Result<Self> {
        let mut items = Items::of(facts)?;
        let mut own = rows::both_sides(facts, &items)?;
        let aliases = aliases::find(facts, &items, &own);
        items.adopt(&aliases);
        for (side, rows) in own.iter_mut().enumerate() {
            rows.iter_mut().for_each(|row| row.item = items.resolved(side, row.item));
        }
        items.record_for_households(&units::of_households(facts, &items, &own));
        let moved = coverage::align(&items, &mut own);
        Ok(Self { items, own, moved, aliases })
    }
    /// The last year that a side records anything of.
    pub(crate) fn last_year(&self, side: usize) -> Option<i32> {
        self.own[side].iter().filter_map(BenefitRow::year).max()
    }
    /// What a side records in a year, by row of that year's facts; `None` when it records nothing of that year.
    pub(crate) fn recorded(&self, facts: &Facts<'_>, side: usize, year: i32) -> Option<Recorded> {
        Recorded::of(&self.items, &self.own[side], year, facts.newest_sizes[side], facts.now[side])
    }
    /// The records of one side, under its own numbers.
    pub(crate) fn rows(&self, side: usize) -> &[BenefitRow] {
        &self.own[side]
    }
    /// Names that no vocabulary knows and that were read as an item all the same.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = AssumedItem> {
        let label = |code: u32| self.items.get(code).label.clone();
        self.aliases.iter().map(move |alias| AssumedItem {
            side: Side::BOTH[alias.side],
            name: label(alias.name),
            item: label(alias.item),
            records: alias.records,
            agreeing: alias.agreeing,
        })
    }
    /// An item's label.
    pub(crate) fn label(&self, item: u32) -> &str {
        &self.items.get(item).label
    }
    /// What is known of an item.
    fn item(&self, item: u32) -> &rows::ItemFacts {
        self.items.get(item)
    }
    /// Whether an item is paid once, and counts ever after.
    pub(crate) fn is_once(&self, item: u32) -> bool {
        self.items.get(item).is_once
    }
    /// Whether an item is a household's, whoever it is paid to.
    pub(crate) fn is_household_item(&self, item: u32) -> bool {
        !is_personal(self.items.get(item).unit)
    }
    /// The code of a catalogue item.
    pub(crate) fn code(&self, item: &str) -> Option<u32> {
        self.items.code(item)
    }
}

/// A name that no vocabulary knows, read as an item because its records stand beside the other side's of that item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumedItem {
    /// Whose name it is.
    pub side: Side,
    /// As printed.
    pub name: String,
    /// The item.
    pub item: String,
    /// Records that could be compared.
    pub records: u32,
    /// Those of them that agree with the other side in person, year and amount.
    pub agreeing: u32,
}

/// What matching benefits gives.
#[derive(Default)]
pub(crate) struct Benefits {
    pub(crate) links: Vec<BenefitLink>,
    pub(crate) recording: Vec<Recording>,
    pub(crate) assumed: Vec<AssumedItem>,
}

/// Why the two sides' benefits cannot be compared.
pub(crate) fn not_comparable(facts: &Facts<'_>) -> Option<String> {
    let lacking = facts.sides.iter().filter(|side| !side.registry.has_benefits).map(|side| side.side.title());
    let lacking: Vec<_> = lacking.collect();
    (!lacking.is_empty()).then(|| format!("{}没有提供帮扶措施导出", lacking.join("、")))
}

/// Matches the benefits of both sides, and the platform's measures with its outcomes.
pub(crate) fn match_benefits(facts: &Facts<'_>, books: Books, engine: Engine, sink: &mut Sink) -> Result<Benefits> {
    match_in_parts(facts, books, engine, PART_ROWS, sink)
}

/// Rows of both sides that one part holds, more or less: parts end between households.
const PART_ROWS: usize = 1 << 17;

/// The same, in parts of about so many rows; any number gives the same.
pub(super) fn match_in_parts(
    facts: &Facts<'_>,
    books: Books,
    engine: Engine,
    part_rows: usize,
    sink: &mut Sink,
) -> Result<Benefits> {
    checks::sweep(facts, &books, sink)?;
    outcomes::sweep(facts, &books, sink)?;
    note_years(&books, sink);
    let assumed = books.aliases().collect();
    let Books { items, own, .. } = books;
    let ledgers = Ledgers::of(facts, &items, own);
    let parts = parts(&ledgers, part_rows);
    let stage = Matching { facts, items: &items, ledgers: &ledgers, is_compared: not_comparable(facts).is_none() };
    let matched = engine.map_merge(&stage, parts)?;
    sink.absorb(matched.sink);
    count_subjects(facts, &ledgers, sink);
    let mut links = matched.links;
    links.extend(ledgers.unlinked());
    links.par_sort_unstable_by_key(|link| (link.national.unwrap_or(NONE), link.provincial.unwrap_or(NONE)));
    let recording = stage.is_compared.then(|| recording::rates(facts, &ledgers, &sink.unrecorded, matched.recorded));
    Ok(Benefits { links, recording: recording.unwrap_or_default(), assumed })
}

/// The years of which a rule's absence of findings proves anything: what the reference has and the platform lacks needs the
/// reference's records of that year, what stands on either side the records of any.
fn note_years(books: &Books, sink: &mut Sink) {
    use super::rules::{benefit_amount, benefit_beneficiary, benefit_missing, benefit_year};
    let of_side = |side: usize| books.rows(side).iter().filter_map(BenefitRow::year).collect::<BTreeSet<_>>();
    let [national, provincial] = [of_side(0), of_side(1)];
    let by_reference = [&benefit_amount::RULE, &benefit_beneficiary::RULE, &benefit_missing::RULE, &benefit_year::RULE];
    for rule in super::rules::BUILT_IN {
        let years: Vec<i32> = match rule.check {
            Check::Benefits if by_reference.iter().any(|other| other.id == rule.id) => {
                national.iter().copied().collect()
            }
            Check::Benefits => national.union(&provincial).copied().collect(),
            Check::Outcomes => provincial.iter().copied().collect(),
            _ => continue,
        };
        for run in rule.runs() {
            years.iter().for_each(|year| sink.note_year(rule.id, *run, Some(*year)));
        }
    }
}

/// A run of households: ranges of the sorted rows of each side.
type Part = [std::ops::Range<usize>; 2];

/// Cuts the sorted rows of both sides between households.
fn parts(ledgers: &Ledgers, part_rows: usize) -> Vec<Part> {
    let [national, provincial] = [0, 1].map(|side| ledgers.rows[side].as_slice());
    let (mut parts, mut starts) = (Vec::new(), [0, 0]);
    while starts[0] < national.len() || starts[1] < provincial.len() {
        let last = |rows: &[BenefitRow], start: usize| {
            rows.get((start + part_rows / 2).min(rows.len().wrapping_sub(1)).max(start)).map(|row| row.household)
        };
        let limit = last(national, starts[0]).into_iter().chain(last(provincial, starts[1])).min().unwrap_or(NONE);
        let end =
            |rows: &[BenefitRow], start: usize| start + rows[start..].partition_point(|row| row.household <= limit);
        let ends = [end(national, starts[0]), end(provincial, starts[1])];
        parts.push([starts[0]..ends[0], starts[1]..ends[1]]);
        starts = ends;
    }
    parts
}

struct Matching<'f> {
    facts: &'f Facts<'f>,
    items: &'f Items,
    ledgers: &'f Ledgers,
    is_compared: bool,
}

#[derive(Default)]
struct Matched {
    sink: Sink,
    links: Vec<BenefitLink>,
    recorded: recording::Counts,
}

impl Stage for Matching<'_> {
    type Part = Part;
    type Partial = Matched;
    type Whole = Matched;

    fn run(&self, part: Part) -> Result<Matched> {
        let mut matched = Matched::default();
        let sides = [0, 1].map(|side| &self.ledgers.rows[side][part[side].clone()]);
        let links = &self.facts.links;
        let mut verdicts = Vec::new();
        for [national, provincial] in groups(sides) {
            let item = (national.first().or(provincial.first())).map_or(0, |row| row.item);
            if !self.ledgers.is_comparable(item) {
                let alone = [national, provincial].into_iter().flatten();
                matched.links.extend(alone.zip(0..).map(|(row, at)| rows::not_understood(row, at >= national.len())));
                continue;
            }
            verdicts.clear();
            let pooled = (national.first().or(provincial.first())).map_or(1, |row| links.pool_size(row.household));
            pair_group([national, provincial], self.items.get(item), pooled, &mut verdicts);
            recording::count(self.facts, &verdicts, &mut matched.recorded);
            report::findings(self.facts, self.items.get(item), &verdicts, self.is_compared, &mut matched.sink);
            matched.links.extend(verdicts.iter().map(|verdict| report::link(verdict, self.is_compared)));
        }
        Ok(matched)
    }

    fn merge(&self, partials: Vec<Matched>) -> Result<Matched> {
        let mut whole = Matched::default();
        for partial in partials {
            whole.sink.absorb(partial.sink);
            whole.links.extend(partial.links);
            whole.recorded.absorb(partial.recorded);
        }
        Ok(whole)
    }
}

/// Runs of rows of one household and item, side by side.
fn groups(mut sides: [&[BenefitRow]; 2]) -> impl Iterator<Item = [&[BenefitRow]; 2]> {
    std::iter::from_fn(move || {
        let key = sides.iter().filter_map(|rows| rows.first()).map(BenefitRow::group).min()?;
        Some([0, 1].map(|side| {
            let length = sides[side].iter().take_while(|row| row.group() == key).count();
            let (run, rest) = sides[side].split_at(length);
            sides[side] = rest;
            run
        }))
    })
}

fn count_subjects(facts: &Facts<'_>, ledgers: &Ledgers, sink: &mut Sink) {
    use super::rules::{
        benefit_amount, benefit_beneficiary, benefit_duplicate, benefit_extra, benefit_missing, benefit_year,
    };
    let [national, provincial] = [0, 1].map(|side| ledgers.rows[side].len() as u64);
    for (rule, subjects) in [
        (&benefit_missing::RULE, national),
        (&benefit_year::RULE, national),
        (&benefit_beneficiary::RULE, national),
        (&benefit_amount::RULE, national),
        (&benefit_extra::RULE, provincial),
        (&benefit_duplicate::RULE, national + provincial),
    ] {
        let is_ready = !facts.settings.is_disabled(rule.id) && (rule.obstacle)(facts).is_none();
        sink.count(rule.id, None, if is_ready { subjects } else { 0 });
    }
}

/// Whether an item of unknown kind is a person's: only the row can tell.
fn is_personal(unit: Option<Unit>) -> bool {
    unit != Some(Unit::Household)
}
