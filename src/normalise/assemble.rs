//! One side from its sheets: stacked, sorted, households built, beneficiaries found.
//!
//! Sheets arrive in any order, rows in that of their file. What lies in the order of rows (a head and its members below)
//! is read first; then rows are brought into an order of content ([`order`]), so that the registry is the same whatever
//! the order of rows, the split into files and their names. A household is a 户编号, or where none is printed a head
//! ([`unnumbered`]): its row comes from a household export where there is one, else from its head's person row, else
//! from its first member's.
//!
//! People come first: benefit sheets are settled one by one against them, and only then stacked. What a beneficiary was
//! found by is dropped at once, so that millions of benefit rows never stand in memory with their names and numbers.

mod beneficiary;
mod household;
pub(super) mod order;
mod people;
mod placeholder;
mod rounded;
pub(super) mod stack;
mod unnumbered;
mod years;

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::{Part, Shape};
use crate::error::Result;
use crate::table::registry::{Earlier, Origin, UnknownLabel};
use crate::table::schema::{BENEFIT_DERIVED, HOUSEHOLD_DERIVED, MEMBER_DERIVED, text_column};
use crate::table::{FIELDS, Registry, Reject, SheetNote, Side};
pub use beneficiary::Beneficiaries;
use household::Households;
use people::{NONE, People};
pub use unnumbered::MADE;
use years::{EarlierRows, Years};

/// The column of a household sheet by which its number may be found through its head.
const HEAD_KEY: (&str, DataType) = ("head_id18", DataType::String);

/// Assembles one side: people and households from `register`, whatever its order, then the benefit and outcome parts
/// that `benefits` gives, each of them settled by [`Beneficiaries::settle`]. Beside the registry: the household rows that
/// say again what another row has said, and are not used; and what a person should know of the files. `records` reads who is
/// named beside which number in the records of the side: asked only when numbers were damaged.
///
/// # Errors
/// What `benefits` refuses; otherwise only when a part is not what [`normalise`](super::normalise) gives.
pub fn assemble(
    side: Side,
    mut register: Vec<Part>,
    records: &dyn Fn() -> Result<Vec<DataFrame>>,
    benefits: impl FnOnce(&Beneficiaries<'_>) -> Result<Vec<Part>>,
) -> Result<(Registry, Vec<Reject>, Vec<SheetNote>)> {
    let mut origins = origins(&register);
    let delivered = delivered(&register);
    let mut unknown = unknown_labels(&register, &origins, 0);
    let mut persons = stacked(&mut register, Shape::Person, &origins, 0)?;
    let mut household_rows = stacked(&mut register, Shape::Household, &origins, 0)?;
    drop(register);
    let notes = [
        rounded::renumber(&mut persons, &origins, records)?,
        rounded::renumber(&mut household_rows, &origins, records)?,
    ]
    .concat();
    placeholder::drop(&mut persons, &mut household_rows)?;
    unnumbered::number(&mut persons, &mut household_rows)?;
    persons = order::by_content(persons, order::OF_PERSON)?;
    household_rows = order::by_content(household_rows, order::OF_HOUSEHOLD)?;
    let Years { newest, persons, rows: household_rows, earlier } = years::split(persons, household_rows)?;
    let mut rejects = household::repeated(&household_rows, &origins, side)?;

    let people = People::of(&persons)?;
    let built = household::build(&persons, &household_rows, &origins)?;
    let mut earlier_years = Vec::with_capacity(earlier.len());
    for rows in earlier {
        rejects.extend(household::repeated(&rows.rows, &origins, side)?);
        earlier_years.push(earlier_year(rows, &built, &origins)?);
    }
    let people = people.living_in(&built.of_member, built.households.height());
    let beneficiaries = Beneficiaries::new(&people, &built);
    let mut parts = benefits(&beneficiaries)?;
    let printed = beneficiaries.into_printed();

    let first = u32::try_from(origins.len()).expect("fewer than 2^32 sheets");
    let later = self::origins(&parts);
    unknown.extend(unknown_labels(&parts, &later, first));
    let has_benefits = parts.iter().any(|part| part.shape == Shape::Benefit);
    let has_outcomes = parts.iter().any(tells_outcomes);
    let benefits = stacked(&mut parts, Shape::Benefit, &later, first)?;
    let outcomes = stacked(&mut parts, Shape::Outcome, &later, first)?;
    origins.extend(later);
    let registry = Registry {
        side,
        year: newest,
        earlier: earlier_years,
        members: household::with_households(persons.clone(), &built)?,
        households: built.households,
        benefits,
        outcomes,
        printed,
        origins,
        delivered,
        has_benefits,
        has_outcomes,
        unknown_labels: counted_together(unknown),
    };
    Ok((registry, rejects, notes))
}

/// An earlier year, with the rows that its people and households have now.
fn earlier_year(rows: EarlierRows, now: &Households, origins: &[Origin]) -> Result<Earlier> {
    let EarlierRows { year, persons, rows, now: member_now } = rows;
    let built = household::build(&persons, &rows, origins)?;
    let numbers = built.households.column("household_no")?.str()?;
    let by_number = numbers.iter().map(|number| *now.by_number.get(number.unwrap_or_default()).unwrap_or(&NONE));
    let mut household_now: Vec<u32> = by_number.collect();
    follow_members(&mut household_now, &built.of_member, &member_now, &now.of_member);
    let members = household::with_households(persons, &built)?;
    Ok(Earlier { year, members, households: built.households, member_now, household_now })
}

/// A household whose number is not in use any more is where most of its people are now.
fn follow_members(household_now: &mut [u32], of_member: &[u32], member_now: &[u32], now: &[u32]) {
    let mut votes: BTreeMap<u32, BTreeMap<u32, usize>> = BTreeMap::new();
    for (household, member) in of_member.iter().zip(member_now).filter(|(household, _)| **household != NONE) {
        if household_now[*household as usize] == NONE && now[*member as usize] != NONE {
            *votes.entry(*household).or_default().entry(now[*member as usize]).or_default() += 1;
        }
    }
    for (household, votes) in votes {
        let most = votes.into_iter().max_by_key(|(home, votes)| (*votes, std::cmp::Reverse(*home)));
        household_now[household as usize] = most.map_or(NONE, |(home, _)| home);
    }
}

fn origin(part: &Part) -> Origin {
    Origin { file: part.file.clone(), sheet: part.sheet.clone(), columns: part.columns.clone() }
}

fn origins(parts: &[Part]) -> Vec<Origin> {
    let origins: BTreeSet<Origin> = parts.iter().map(origin).collect();
    origins.into_iter().collect()
}

fn sheet_ix(part: &Part, origins: &[Origin]) -> u32 {
    let place = origins.binary_search(&origin(part)).expect("every part is among the origins");
    u32::try_from(place).expect("fewer than 2^32 sheets")
}

/// The parts of one shape in one frame, taken out of them; `first` is the number of the first of `origins`.
fn stacked(parts: &mut [Part], shape: Shape, origins: &[Origin], first: u32) -> Result<DataFrame> {
    parts.sort_by(|a, b| (a.shape, &a.file, &a.sheet, &a.columns).cmp(&(b.shape, &b.file, &b.sheet, &b.columns)));
    let of_shape = parts.iter_mut().filter(|part| part.shape == shape);
    let frames = of_shape.map(|part| (first + sheet_ix(part, origins), std::mem::take(&mut part.frame))).collect();
    stack::stack(frames, &derived_of(shape))
}

/// The columns a stack has even without any part, beside the fields.
fn derived_of(shape: Shape) -> Vec<(&'static str, DataType)> {
    let own = |table: &'static [(&'static str, DataType, &'static str)], later: &[&str]| {
        let now = table.iter().filter(|(name, ..)| !later.contains(name));
        now.map(|(name, kind, _)| (*name, kind.clone())).collect::<Vec<_>>()
    };
    match shape {
        Shape::Person => own(MEMBER_DERIVED, &["household_ix", "past"]),
        Shape::Household => {
            let mut derived = own(HOUSEHOLD_DERIVED, &["members_listed", "head_ix", "own_row", "past"]);
            derived.push(HEAD_KEY);
            derived
        }
        Shape::Benefit | Shape::Outcome | Shape::Roll => own(BENEFIT_DERIVED, &[]),
    }
}

/// Fields with a column in at least one person or household part.
fn delivered(parts: &[Part]) -> BTreeSet<String> {
    let registers = parts.iter().filter(|part| matches!(part.shape, Shape::Person | Shape::Household));
    let has = |part: &Part, field: &str| part.frame.get_column_index(field).is_some();
    registers
        .flat_map(|part| FIELDS.iter().filter(|field| has(part, field.name)))
        .map(|field| field.name.to_owned())
        .collect()
}

fn tells_outcomes(part: &Part) -> bool {
    match part.shape {
        Shape::Outcome => true,
        Shape::Benefit => part.frame.get_column_index(&text_column("outcome")).is_some(),
        Shape::Person | Shape::Household | Shape::Roll => false,
    }
}

/// The unknown labels of all parts, first places pointing into the registry's origins.
fn unknown_labels(parts: &[Part], origins: &[Origin], first: u32) -> Vec<UnknownLabel> {
    let mut labels = Vec::new();
    for part in parts {
        let sheet_ix = first + sheet_ix(part, origins);
        labels.extend(part.unknown_labels.iter().cloned().map(|mut label| {
            label.first.0 = sheet_ix;
            label
        }));
    }
    labels
}

/// One entry for each field and text, sorted.
fn counted_together(labels: Vec<UnknownLabel>) -> Vec<UnknownLabel> {
    let mut merged: BTreeMap<(String, String, String), UnknownLabel> = BTreeMap::new();
    for label in labels {
        merged
            .entry((label.field.clone(), label.text.clone(), label.vocabulary.clone()))
            .and_modify(|before| {
                before.rows += label.rows;
                before.first = before.first.min(label.first);
            })
            .or_insert(label);
    }
    merged.into_values().collect()
}

#[cfg(test)]
mod tests;
