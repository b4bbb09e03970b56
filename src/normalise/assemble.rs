//! One side from its sheets: stacked, sorted, households built, beneficiaries found.
//!
//! Sheets arrive in any order; everything below runs on them sorted by (shape, file, sheet), rows by their place,
//! so that the registry is the same whatever the order. A household is a 户编号: its row comes from a household export
//! where there is one, else from its head's person row, else from its first member's.

mod beneficiary;
mod household;
mod people;
mod stack;

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::{Part, Shape};
use crate::error::Result;
use crate::table::registry::{Origin, UnknownLabel};
use crate::table::schema::{BENEFIT_DERIVED, HOUSEHOLD_DERIVED, MEMBER_DERIVED, text_column};
use crate::table::{FIELDS, Registry, Side};
use people::People;

/// Columns that a part carries for assembling only.
const BENEFICIARY_KEYS: &[(&str, DataType)] =
    &[("id18", DataType::String), ("head_id18", DataType::String), ("name_key", DataType::String)];

/// Assembles one side from its sheets, whatever their order.
///
/// # Errors
/// Only when a part is not what [`normalise`](super::normalise) gives.
pub fn assemble(side: Side, mut parts: Vec<Part>) -> Result<Registry> {
    let origins = origins(&parts);
    parts.sort_by(|a, b| (a.shape, &a.file, &a.sheet, &a.columns).cmp(&(b.shape, &b.file, &b.sheet, &b.columns)));
    let unknown_labels = unknown_labels(&parts, &origins);
    let delivered = delivered(&parts);
    let has_benefits = parts.iter().any(|part| part.shape == Shape::Benefit);
    let has_outcomes = parts.iter().any(tells_outcomes);

    let mut rows = |shape| stack::stack(shape_parts(&mut parts, shape, &origins), &derived_of(shape));
    let persons = rows(Shape::Person)?;
    let household_rows = rows(Shape::Household)?;
    let (benefits, outcomes) = (rows(Shape::Benefit)?, rows(Shape::Outcome)?);

    let people = People::of(&persons)?;
    let built = household::build(&persons, &household_rows, &people, &origins)?;
    let people = people.living_in(&built.of_member, built.households.height());
    let benefits = beneficiary::resolve(benefits, &people, &built)?;
    let outcomes = beneficiary::resolve(outcomes, &people, &built)?;
    let members = household::with_households(persons.clone(), &built)?;
    let households = built.households;
    Ok(Registry {
        side,
        members,
        households,
        benefits,
        outcomes,
        origins,
        delivered,
        has_benefits,
        has_outcomes,
        unknown_labels,
    })
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

/// The frames of one shape with their sheet, taken out of the parts.
fn shape_parts(parts: &mut [Part], shape: Shape, origins: &[Origin]) -> Vec<(u32, DataFrame)> {
    let of_shape = parts.iter_mut().filter(|part| part.shape == shape);
    of_shape.map(|part| (sheet_ix(part, origins), std::mem::take(&mut part.frame))).collect()
}

/// The columns a stack has even without any part, beside the fields.
fn derived_of(shape: Shape) -> Vec<(&'static str, DataType)> {
    let own = |table: &'static [(&'static str, DataType, &'static str)], later: &[&str]| {
        table.iter().filter(|(name, ..)| !later.contains(name)).map(|(name, kind, _)| (*name, kind.clone())).collect()
    };
    let mut derived: Vec<_> = match shape {
        Shape::Person => own(MEMBER_DERIVED, &["household_ix"]),
        Shape::Household => own(HOUSEHOLD_DERIVED, &["members_listed", "head_ix", "own_row"]),
        Shape::Benefit | Shape::Outcome => own(BENEFIT_DERIVED, &["household_ix", "member_ix"]),
    };
    match shape {
        Shape::Person => {}
        Shape::Household => derived.extend_from_slice(&BENEFICIARY_KEYS[1..2]),
        Shape::Benefit | Shape::Outcome => derived.extend_from_slice(BENEFICIARY_KEYS),
    }
    derived
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
        Shape::Person | Shape::Household => false,
    }
}

/// The unknown labels of all parts, counted together, first places pointing into `origins`.
fn unknown_labels(parts: &[Part], origins: &[Origin]) -> Vec<UnknownLabel> {
    let mut merged: BTreeMap<(String, String, String), UnknownLabel> = BTreeMap::new();
    for part in parts {
        let sheet_ix = sheet_ix(part, origins);
        for label in &part.unknown_labels {
            let mut label = label.clone();
            label.first.0 = sheet_ix;
            merged
                .entry((label.field.clone(), label.text.clone(), label.vocabulary.clone()))
                .and_modify(|before| {
                    before.rows += label.rows;
                    before.first = before.first.min(label.first);
                })
                .or_insert(label);
        }
    }
    merged.into_values().collect()
}

#[cfg(test)]
mod tests;
