//! What one side records of the items that rolls speak for: sorted, to be asked by beneficiary, item and year.

use rayon::slice::ParallelSliceMut;
use rustc_hash::FxHashSet;

use crate::audit::benefits::{BenefitRow, Books};
use crate::audit::view::NONE;

/// Whose a record is: a person's, or a household's as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Whose {
    Person(u32),
    Household(u32),
}

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record {
    pub(super) item: u32,
    pub(super) whose: Whose,
    pub(super) year: Option<i32>,
    pub(super) fen: Option<i64>,
    pub(super) row: u32,
}

/// The records of one side, under its own numbers.
pub(super) struct Held {
    pub(super) records: Vec<Record>,
}

impl Held {
    /// The records of some items.
    pub(super) fn of(rows: &[BenefitRow], wanted: &FxHashSet<u32>, books: &Books) -> Self {
        let record = |row: &BenefitRow| {
            let whose = match row.person {
                person if person != NONE && !books.is_household_item(row.item) => Whose::Person(person),
                _ if row.household != NONE => Whose::Household(row.household),
                _ => return None,
            };
            Some(Record { item: row.item, whose, year: row.year(), fen: row.fen(), row: row.row })
        };
        let mut records: Vec<Record> =
            rows.iter().filter(|row| wanted.contains(&row.item)).filter_map(record).collect();
        records.par_sort_unstable();
        Self { records }
    }
    /// The records of one beneficiary and item, of one year or of any.
    pub(super) fn of_whom(&self, item: u32, whose: Whose, year: Option<i32>) -> impl Iterator<Item = &Record> {
        let start = self.records.partition_point(|record| (record.item, record.whose) < (item, whose));
        let same = self.records[start..].iter().take_while(move |record| (record.item, record.whose) == (item, whose));
        same.filter(move |record| year.is_none() || record.year.is_none() || record.year == year)
    }
    /// Whether a person has the item, by herself or through her household.
    pub(super) fn has(&self, item: u32, person: u32, household: u32, year: Option<i32>) -> bool {
        let own = [Whose::Person(person), Whose::Household(household)];
        own.into_iter().any(|whose| self.of_whom(item, whose, year).next().is_some())
    }
    /// The sum of a person's records, when all have an amount.
    pub(super) fn sum(&self, item: u32, whose: Whose, year: Option<i32>) -> Option<i64> {
        self.of_whom(item, whose, year).map(|record| record.fen).sum()
    }
}
