//! One side in canonical tables.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{BooleanChunked, DataFrame};

use super::Side;

/// The sheet a row came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Path relative to the input folder.
    pub file: String,
    /// Sheet name; empty for text files.
    pub sheet: String,
    /// `(field, column letter)` of every bound field.
    pub columns: Vec<(String, String)>,
}

/// The people and households of an earlier data year, with the columns of the newest.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The data year.
    pub year: i32,
    /// One row per person row of that year; `household_ix` points into this year's households.
    pub members: DataFrame,
    /// One row per household number of that year; `head_ix` points into this year's members.
    pub households: DataFrame,
    /// The row of [`Registry::members`] of each of its people.
    pub member_now: Vec<u32>,
    /// The row of [`Registry::households`] of each of its households.
    pub household_now: Vec<u32>,
}

/// One registry. People and households are in an order of content, so that nothing depends on where a row stood.
///
/// Invariants: `household_ix`, `member_ix`, `sheet_ix` point into their tables; `households.household_no` is unique
/// and not null; every member and benefit row was accepted exactly once.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Which side.
    pub side: Side,
    /// The data year of the newest rows; `None` where the exports state none.
    pub year: Option<i32>,
    /// Earlier years, newest first.
    pub earlier: Vec<Earlier>,
    /// One row per accepted person row of the newest year, then whoever is in earlier years only (`past`): `Level::Member` fields, the household fields that the person export
    /// itself delivered, and [`MEMBER_DERIVED`](super::schema::MEMBER_DERIVED).
    pub members: DataFrame,
    /// One row per household number, those of earlier years only included (`past`): `Level::Household` fields and
    /// [`HOUSEHOLD_DERIVED`](super::schema::HOUSEHOLD_DERIVED).
    pub households: DataFrame,
    /// One row per measure received.
    pub benefits: DataFrame,
    /// One row per recorded outcome, from an outcome export.
    pub outcomes: DataFrame,
    /// What those records print of people.
    pub printed: Printed,
    /// The sheets that `sheet_ix` points to, sorted.
    pub origins: Vec<Origin>,
    /// Fields delivered by at least one person or household export of this side.
    pub delivered: BTreeSet<String>,
    /// Whether a benefit export, and an outcome export, was delivered at all.
    pub has_benefits: bool,
    /// Whether an outcome export, or an outcome column of a benefit export, was delivered.
    pub has_outcomes: bool,
    /// Labels that no vocabulary knows: sorted by field, then text.
    pub unknown_labels: Vec<UnknownLabel>,
}

/// Names and numbers that the records of a side print of its members.
#[derive(Debug, Clone, Default)]
pub struct Printed {
    /// Keys of names.
    pub names: PrintedValues,
    /// Complete identity numbers.
    pub numbers: PrintedValues,
}

impl Printed {
    /// Nothing printed of so many members yet.
    pub fn of(members: usize) -> Self {
        let none = || PrintedValues { own: vec![0; members], others: BTreeMap::new() };
        Self { names: none(), numbers: none() }
    }
}

/// How often records print the value of a member's own row, and what else they print.
#[derive(Debug, Clone, Default)]
pub struct PrintedValues {
    own: Vec<u32>,
    others: BTreeMap<(u32, String), u32>,
}

impl PrintedValues {
    /// Counts a record of a member.
    pub fn count(&mut self, member: u32, value: &str, is_own: bool) {
        if is_own {
            self.own[member as usize] += 1;
        } else {
            *self.others.entry((member, value.to_owned())).or_default() += 1;
        }
    }
    /// How many records of a member print the value of its own row.
    pub fn own(&self, member: u32) -> u32 {
        self.own.get(member as usize).copied().unwrap_or(0)
    }
    /// How many records of a member print a value that is not that of its own row.
    pub fn other(&self, member: u32, value: &str) -> u32 {
        self.others.get(&(member, value.to_owned())).copied().unwrap_or(0)
    }
}

/// A label that its vocabulary does not know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownLabel {
    /// Field name.
    pub field: String,
    /// Vocabulary that was asked.
    pub vocabulary: String,
    /// The label as printed.
    pub text: String,
    /// Rows that hold it.
    pub rows: u64,
    /// First place: sheet index and row.
    pub first: (u32, u32),
    /// The nearest known label, when one is near.
    pub nearest: Option<String>,
}

impl Registry {
    /// How many people are in the newest year.
    pub fn people(&self) -> usize {
        let past = self.past().and_then(BooleanChunked::sum).unwrap_or(0) as usize;
        self.members.height() - past
    }
    /// How many person rows were accepted: those of earlier years, too.
    pub fn person_rows(&self) -> usize {
        self.people() + self.earlier.iter().map(|year| year.members.height()).sum::<usize>()
    }
    /// Who is in earlier years only; `None` where there is but one year.
    pub fn past(&self) -> Option<&BooleanChunked> {
        super::headcount::past(&self.members)
    }
    /// A registry to which nothing was delivered.
    pub fn empty(side: Side) -> Self {
        Self {
            side,
            year: None,
            earlier: Vec::new(),
            members: DataFrame::empty(),
            households: DataFrame::empty(),
            benefits: DataFrame::empty(),
            outcomes: DataFrame::empty(),
            printed: Printed::default(),
            origins: Vec::new(),
            delivered: BTreeSet::new(),
            has_benefits: false,
            has_outcomes: false,
            unknown_labels: Vec::new(),
        }
    }
}
