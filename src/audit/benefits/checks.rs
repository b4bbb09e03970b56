//! What a benefit record says that cannot be: before the household was identified or after the person left (`B-time`), items
//! that exclude one another in one year (`B-exclusive`), a year's sum outside the usual amounts (`B-range`).
//!
//! Each side is judged by its own records; what both hold alike is one finding.

use std::collections::BTreeMap;

use super::rows::BenefitRow;
use super::{Books, Noticed};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::logic::{whole, years_of};
use crate::audit::rules::{Rule, benefit_exclusive, benefit_range, benefit_time};
use crate::audit::settings::BenefitItem;
use crate::audit::sink::Sink;
use crate::audit::view::{NONE, SideView};
use crate::error::Result;
use crate::table::finding::RowPlace;
use crate::table::{CorrectIn, Scope, Side, Sort, Words};
use crate::words;

/// Judges the records of both sides.
pub(super) fn sweep(facts: &Facts<'_>, books: &Books, sink: &mut Sink) -> Result<()> {
    let of_side = |side: usize| -> Result<Found> {
        let mut found = Found::default();
        untimely(facts, books, side, &mut found)?;
        exclusive(facts, books, side, &mut found);
        out_of_range(facts, books, side, &mut found);
        Ok(found)
    };
    let (national, provincial) = rayon::join(|| of_side(0), || of_side(1));
    let found = national?.with(provincial?);
    for rule in [&benefit_time::RULE, &benefit_exclusive::RULE, &benefit_range::RULE] {
        let records: usize = [0, 1].map(|side| books.rows(side).len()).iter().sum();
        sink.count(rule.id, None, if facts.settings.is_disabled(rule.id) { 0 } else { records as u64 });
    }
    found.report(facts, books, sink);
    Ok(())
}

/// What is wrong with the records of one beneficiary, item and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// The household (or person) was identified in that year only.
    Before(i32),
    /// The person left in that year.
    After(i32),
    /// The other item.
    Excludes(u32),
    /// The sum, in fen.
    OutOfRange(i64),
}

impl Wrong {
    /// What tells findings of one beneficiary, item and year apart.
    const fn kind(self) -> (u8, u32) {
        match self {
            Self::Before(_) => (0, 0),
            Self::After(_) => (1, 0),
            Self::Excludes(other) => (2, other),
            Self::OutOfRange(_) => (3, 0),
        }
    }
}

/// Kind and other item of what is wrong, members and households of both sides, item, year: numbers may differ by side.
type Key = ((u8, u32), [u32; 2], [u32; 2], u32, i32);

/// What was found; on each side the first row, and what is wrong with it.
#[derive(Default)]
struct Found(BTreeMap<Key, [Option<(u32, Wrong)>; 2]>);

impl Found {
    fn add(&mut self, facts: &Facts<'_>, side: usize, row: &BenefitRow, wrong: Wrong) {
        let Some(year) = row.year() else { return };
        let of = if side == 0 { Side::National } else { Side::Provincial };
        let members = if row.person == NONE { [NONE; 2] } else { facts.both_members(of, row.person) };
        let households = if row.household == NONE { [NONE; 2] } else { facts.both_households(of, row.household) };
        let rows = self.0.entry((wrong.kind(), members, households, row.item, year)).or_default();
        rows[side] = rows[side].or(Some((row.row, wrong)));
    }
    /// Both sides' together; each has its own place in the rows.
    fn with(mut self, other: Self) -> Self {
        for (key, [national, provincial]) in other.0 {
            let rows = self.0.entry(key).or_default();
            *rows = [rows[0].or(national), rows[1].or(provincial)];
        }
        self
    }
    fn report(&self, facts: &Facts<'_>, books: &Books, sink: &mut Sink) {
        for (&(_, members, households, item, year), found) in &self.0 {
            let rows = found.map(|found| found.map(|(row, _)| row));
            let Some((_, wrong)) = found[0].or(found[1]) else { continue };
            let (rule, mut say) = words(books, wrong, item, year);
            if facts.settings.is_disabled(rule.id) {
                continue;
            }
            say.correct_in = match rows {
                [Some(_), Some(_)] => CorrectIn::Both,
                [Some(_), None] => CorrectIn::National,
                _ => CorrectIn::Provincial,
            };
            let holders = Side::BOTH.iter().filter(|side| rows[side.index()].is_some()).map(|side| side.title());
            say.message = words!("{}：{}", Words::join(holders, "、"), &say.message);
            let label = books.label(item);
            let detail = match wrong {
                Wrong::Excludes(other) => format!("{label}|{}", books.label(other)),
                _ => label.to_owned(),
            };
            say.values = [0, 1].map(|side| rows[side].map(|_| Sort::Item.of(label).into()));
            let places: [Option<RowPlace>; 2] =
                [0, 1].map(|side| rows[side].and_then(|row| facts.sides[side].benefit_place(row)));
            let subject = match members {
                [NONE, NONE] => Subject::households(households),
                members => Subject::people(facts, members),
            };
            let subject = Subject { scope: Scope::Benefit, ..subject };
            let say = Say { year: Some(year), field: Some("item"), detail: &detail, ..say };
            sink.push_at(facts, rule.head(), subject, say, places);
        }
    }
}

fn words(books: &Books, wrong: Wrong, item: u32, year: i32) -> (&'static Rule, Say<'static>) {
    let amount = if let Wrong::OutOfRange(fen) = wrong { Some(fen) } else { None };
    let noticed = Noticed { item: books.label(item), year: Some(year), part: None, records: 1, amount };
    match wrong {
        Wrong::Before(identified) => (&benefit_time::RULE, benefit_time::before(&noticed, identified)),
        Wrong::After(left) => (&benefit_time::RULE, benefit_time::after(&noticed, left)),
        Wrong::Excludes(other) => (&benefit_exclusive::RULE, benefit_exclusive::say(&noticed, books.label(other))),
        Wrong::OutOfRange(_) => (&benefit_range::RULE, benefit_range::say(&noticed)),
    }
}

/// Records before the person or the household was identified, or after the person left.
fn untimely(facts: &Facts<'_>, books: &Books, side: usize, found: &mut Found) -> Result<()> {
    let view = &facts.sides[side];
    let bounds = Bounds::of(view)?;
    for row in books.rows(side) {
        let Some(year) = row.year() else { continue };
        if let Some(identified) = bounds.identified(row).filter(|identified| year < *identified) {
            found.add(facts, side, row, Wrong::Before(identified));
        } else if let Some(left) = bounds.left(view, row).filter(|left| year > *left) {
            found.add(facts, side, row, Wrong::After(left));
        }
    }
    Ok(())
}

/// Years of identification and of leaving.
pub(crate) struct Bounds {
    person: Vec<Option<i32>>,
    household: Vec<Option<i32>>,
    /// The last year of whoever is in earlier years only.
    last_year: Option<Vec<Option<i32>>>,
}

impl Bounds {
    /// The years of one side.
    pub(crate) fn of(view: &SideView<'_>) -> Result<Self> {
        let (members, households) = (&view.registry.members, &view.registry.households);
        let is_told = members.column("past").is_ok();
        Ok(Self {
            person: years_of(members, "member_identified_on")?,
            household: years_of(households, "identified_on")?,
            last_year: is_told.then(|| whole(members, "data_year")).transpose()?,
        })
    }
    fn identified(&self, row: &BenefitRow) -> Option<i32> {
        self.identified_in(row.person, row.household)
    }
    /// The year in which a person, or else the household, was identified.
    pub(crate) fn identified_in(&self, person: u32, household: u32) -> Option<i32> {
        let own = self.person.get(person as usize).copied().flatten();
        own.or_else(|| self.household.get(household as usize).copied().flatten())
    }
    fn left(&self, view: &SideView<'_>, row: &BenefitRow) -> Option<i32> {
        let last = self.last_year.as_ref()?.get(row.person as usize).copied().flatten();
        // Who is merely not exported any more may have been forgotten; only a mark proves that somebody left.
        last.filter(|_| row.person != NONE && view.marked[row.person as usize])
    }
}

/// Items that exclude one another, for one person in one year.
fn exclusive(facts: &Facts<'_>, books: &Books, side: usize, found: &mut Found) {
    let exclusions: Vec<(u32, u32)> = facts.settings.benefits.iter().flat_map(|item| excluded(books, item)).collect();
    let is_meant = |row: &&BenefitRow| exclusions.iter().any(|(a, b)| [*a, *b].contains(&row.item));
    let mut rows: Vec<&BenefitRow> =
        books.rows(side).iter().filter(is_meant).filter(|row| row.person != NONE && row.year().is_some()).collect();
    rows.sort_unstable_by_key(|row| (row.person, row.year, row.item, row.row));
    for of_year in rows.chunk_by(|a, b| (a.person, a.year) == (b.person, b.year)) {
        let first = |item: u32| of_year.iter().find(|row| row.item == item);
        for &(one, other) in &exclusions {
            if let (Some(row), Some(_)) = (first(one), first(other)) {
                found.add(facts, side, row, Wrong::Excludes(other));
            }
        }
    }
}

/// The pairs of items that one item excludes; each pair once.
fn excluded(books: &Books, item: &BenefitItem) -> Vec<(u32, u32)> {
    let Some(own) = books.code(&item.item) else { return Vec::new() };
    let others = item.excludes.iter().filter_map(|other| books.code(other));
    let mut pairs: Vec<(u32, u32)> = others.map(|other| (own.min(other), own.max(other))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Sums of a year outside the usual amounts, for items whose amounts are checked.
fn out_of_range(facts: &Facts<'_>, books: &Books, side: usize, found: &mut Found) {
    let checked = facts.settings.benefits.iter().filter(|item| item.check_amounts);
    let checked: BTreeMap<u32, &BenefitItem> =
        checked.filter_map(|item| Some((books.code(&item.item)?, item))).collect();
    let person = |row: &BenefitRow| if books.is_household_item(row.item) { NONE } else { row.person };
    let key = |row: &BenefitRow| (row.item, row.household, person(row), row.year);
    let mut rows: Vec<&BenefitRow> = books.rows(side).iter().filter(|row| checked.contains_key(&row.item)).collect();
    let what = |row: &BenefitRow| (row.period, row.date, row.amount);
    rows.sort_unstable_by_key(|row| (key(row), what(row), row.row));
    for same in rows.chunk_by(|a, b| key(a) == key(b)) {
        let usual = same[0].year().and_then(|year| checked[&same[0].item].amount_in(year));
        // A record entered twice was not paid twice, and is told as such.
        let once = same
            .chunk_by(|a, b| what(a) == what(b))
            .flat_map(|alike| alike.iter().take(alike[0].times_allowed(books.item(alike[0].item))));
        let sum: Option<i64> = once.map(|row| row.fen()).sum();
        let (Some(usual), Some(sum)) = (usual, sum.filter(|sum| *sum != 0)) else { continue };
        let yuan = sum as f64 / 100.0;
        if yuan < usual.min_yuan || yuan > usual.max_yuan {
            found.add(facts, side, same[0], Wrong::OutOfRange(sum));
        }
    }
}
