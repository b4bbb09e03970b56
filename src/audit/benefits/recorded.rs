//! What one side records of every person and household in one data year: sets of items and of categories.
//!
//! An item paid once counts from its year on. Sets are bits over the items that the benefit exports name, so that a
//! county's records are a few words a person; the texts that rules read are made once for each distinct set.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::rows::{BenefitRow, Items};
use crate::audit::settings::Table;
use crate::audit::view::{NONE, SideView};

/// A set of items, by code.
type Set = u128;

/// What is recorded, by row of one year's tables.
pub(crate) struct Recorded {
    members: Vec<Set>,
    /// What the household has as such, and with what its people have.
    households: [Vec<Set>; 2],
    labels: Vec<String>,
    categories: Vec<Vec<String>>,
}

impl Recorded {
    /// Of the records of one side, those that count in `year`; `now` are the newest rows of that year's people and
    /// households, themselves when absent. `None` when nothing of that year is recorded at all.
    pub(super) fn of(
        items: &Items,
        rows: &[BenefitRow],
        year: i32,
        sizes: [usize; 2],
        now: Option<[&[u32]; 2]>,
    ) -> Option<Self> {
        let counts = |row: &&BenefitRow| match row.year() {
            Some(own) => own == year || items.get(row.item).is_once && own < year,
            None => false,
        };
        if !rows.iter().any(|row| row.year() == Some(year)) {
            return None;
        }
        let mut members = vec![0; sizes[0]];
        let mut households = [vec![0; sizes[1]], vec![0; sizes[1]]];
        for row in rows.iter().filter(counts) {
            let bit: Set = 1u128.checked_shl(row.item).unwrap_or(0);
            let is_personal = row.person != NONE && super::is_personal(items.get(row.item).unit);
            if is_personal {
                members[row.person as usize] |= bit;
            }
            if row.household != NONE {
                households[0][row.household as usize] |= if is_personal { 0 } else { bit };
                households[1][row.household as usize] |= bit;
            }
        }
        let mapped = |sets: Vec<Set>, pick: usize| match now {
            Some(now) => now[pick].iter().map(|row| sets.get(*row as usize).copied().unwrap_or(0)).collect(),
            None => sets,
        };
        Some(Self {
            members: mapped(members, 0),
            households: households.map(|sets| mapped(sets, 1)),
            labels: items.labels(),
            categories: items.categories(),
        })
    }
    /// The column of that name: `,低保,雨露计划,`, empty when nothing is recorded.
    pub(crate) fn column(&self, view: &SideView<'_>, table: Table, name: &str) -> Column {
        let sets: Vec<Set> = match table {
            Table::Members => (0..view.member_count()).map(|row| self.of_member(view, row)).collect(),
            Table::Households => self.households[1].clone(),
        };
        let mut texts: FxHashMap<Set, String> = FxHashMap::default();
        for set in &sets {
            texts.entry(*set).or_insert_with(|| match name {
                "recorded_items" => self.items_in(*set),
                _ => self.categories_in(*set),
            });
        }
        let texts = sets.iter().map(|set| texts[set].as_str());
        StringChunked::from_iter_values(name.into(), texts).into_column()
    }
    /// What a person has, and the household as such.
    fn of_member(&self, view: &SideView<'_>, member: u32) -> Set {
        let household = view.household_of(member);
        self.members[member as usize] | self.households[0].get(household as usize).copied().unwrap_or(0)
    }
    /// Whether a person has an item, by herself or through her household.
    pub(crate) fn has(&self, view: &SideView<'_>, member: u32, item: u32) -> bool {
        (member as usize) < self.members.len() && holds(self.of_member(view, member), item)
    }
    /// Whether a household, or anybody in it, has an item.
    pub(crate) fn household_has(&self, household: u32, item: u32) -> bool {
        self.households[1].get(household as usize).is_some_and(|set| holds(*set, item))
    }
    fn items_in(&self, set: Set) -> String {
        listed(self.in_set(set).map(|at| self.labels[at].as_str()).collect())
    }
    fn categories_in(&self, set: Set) -> String {
        listed(self.in_set(set).flat_map(|at| self.categories[at].iter().map(String::as_str)).collect())
    }
    fn in_set(&self, set: Set) -> impl Iterator<Item = usize> {
        (0..self.labels.len()).filter(move |at| holds(set, *at as u32))
    }
}

fn holds(set: Set, item: u32) -> bool {
    set.checked_shr(item).is_some_and(|rest| rest & 1 == 1)
}

/// Sorted, once each, between commas; empty for none.
fn listed(mut names: Vec<&str>) -> String {
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { String::new() } else { format!(",{},", names.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_between_commas() {
        assert_eq!(listed(vec!["乙", "甲", "乙"]), ",乙,甲,");
        assert_eq!(listed(Vec::new()), "");
    }
}
