//! Names of benefits that no vocabulary knows, found out by what they stand beside.
//!
//! A county that exports its own spelling of an item would be told that every record of it is missing and every record of the
//! other spelling is extra. But the two are recorded for the same people, in the same years, over the same amounts, and neither
//! side has both. In: the records of both sides. Out: for each unknown name the item that it is, where the records leave little
//! doubt; said once and used in this run. A name about which they say nothing is compared with nothing.
//!
//! An unknown name's records each vote for the items that the other side records of the same person (or household), year and
//! amount, and that this side does not. Names are settled surest first; what is settled votes no more in the next round.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::rows::{BenefitRow, Items, number_nationally};
use crate::audit::facts::Facts;
use crate::audit::view::NONE;

/// Fewer records tell nothing.
const FEWEST: u32 = 5;
/// So large a share of a name's records must stand beside the item.
const SURE: f64 = 0.6;
/// And so much more than beside any other.
const MARGIN: f64 = 1.3;
/// Names of both sides that are unknown are one item's when their records stand beside each other's and nobody else's.
const LINKED: f64 = 0.15;
/// Rounds; each settles what the one before left ambiguous.
const ROUNDS: usize = 4;

/// An unknown name and the item that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alias {
    pub(crate) side: usize,
    pub(crate) name: u32,
    pub(crate) item: u32,
    /// Records that could be held against the other side's, and how many of them agree.
    pub(crate) records: u32,
    pub(crate) agreeing: u32,
}

/// A record as it is held against others: household and year, then who, what and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    household: u32,
    year: i16,
    side: usize,
    person: u32,
    item: u32,
    amount: i64,
}

/// The aliases among the items of both sides.
pub(super) fn find(facts: &Facts<'_>, items: &Items, own: &[Vec<BenefitRow>; 2]) -> Vec<Alias> {
    let unknown: FxHashSet<u32> = items.unknown().collect();
    let is_used = |rows: &Vec<BenefitRow>| rows.iter().any(|row| unknown.contains(&row.item));
    if unknown.is_empty() || !own.iter().any(is_used) {
        return Vec::new();
    }
    let mut entries: Vec<Entry> = [0, 1].into_iter().flat_map(|side| entries(facts, items, side, &own[side])).collect();
    entries.sort_unstable();
    let mut aliases = BTreeMap::new();
    for _ in 0..ROUNDS {
        let votes = Votes::of(&entries, &unknown, &aliases);
        let settled = votes.settled(&unknown, &aliases);
        if settled.is_empty() {
            break;
        }
        aliases.extend(settled.into_iter().map(|alias| ((alias.side, alias.name), alias)));
    }
    let votes = Votes::of(&entries, &unknown, &aliases);
    aliases.extend(votes.groups(&unknown, &aliases).into_iter().map(|alias| ((alias.side, alias.name), alias)));
    aliases.into_values().collect()
}

fn entries<'r>(
    facts: &'r Facts<'_>,
    items: &'r Items,
    side: usize,
    rows: &'r [BenefitRow],
) -> impl Iterator<Item = Entry> + 'r {
    rows.iter().filter_map(move |row| {
        let row = number_nationally(facts, side, *row, items.get(row.item).unit)?;
        let BenefitRow { household, year, person, item, amount, .. } = row;
        (!items.get(item).label.is_empty()).then_some(Entry { household, year, side, person, item, amount })
    })
}

/// Whether two records may be of one beneficiary.
fn may_be_one(a: &Entry, b: &Entry) -> bool {
    a.person == b.person || a.person == NONE || b.person == NONE
}

type Aliases = BTreeMap<(usize, u32), Alias>;

/// How often each unknown name stands beside each item of the other side.
#[derive(Default)]
struct Votes {
    records: FxHashMap<(usize, u32), u32>,
    /// How many of them the other side has under the same name.
    same: FxHashMap<(usize, u32), u32>,
    beside: BTreeMap<(usize, u32), BTreeMap<u32, u32>>,
}

impl Votes {
    fn of(entries: &[Entry], unknown: &FxHashSet<u32>, aliases: &Aliases) -> Self {
        let mut votes = Self::default();
        let item = |entry: &Entry| aliases.get(&(entry.side, entry.item)).map_or(entry.item, |alias| alias.item);
        for group in entries.chunk_by(|a, b| (a.household, a.year) == (b.household, b.year)) {
            let (left, right) = group.split_at(group.partition_point(|entry| entry.side == 0));
            for (mine, theirs) in [(left, right), (right, left)] {
                if theirs.is_empty() {
                    continue;
                }
                for entry in mine.iter().filter(|entry| unknown.contains(&item(entry))) {
                    let key = (entry.side, entry.item);
                    *votes.records.entry(key).or_default() += 1;
                    let is_same = |other: &&Entry| {
                        (item(other), other.amount) == (item(entry), entry.amount) && may_be_one(other, entry)
                    };
                    *votes.same.entry(key).or_default() += u32::from(theirs.iter().any(|other| is_same(&other)));
                    let is_here = |other: u32| mine.iter().any(|own| item(own) == other && may_be_one(own, entry));
                    let beside: BTreeSet<u32> = theirs
                        .iter()
                        .filter(|other| other.amount == entry.amount && may_be_one(other, entry))
                        .map(&item)
                        .filter(|other| *other != entry.item && !is_here(*other))
                        .collect();
                    let count = votes.beside.entry(key).or_default();
                    beside.into_iter().for_each(|other| *count.entry(other).or_default() += 1);
                }
            }
        }
        votes
    }
    fn share(&self, key: (usize, u32), item: u32) -> f64 {
        let count = self.beside.get(&key).and_then(|beside| beside.get(&item)).copied().unwrap_or(0);
        f64::from(count) / f64::from(self.records.get(&key).copied().unwrap_or(0).max(1))
    }
    /// Records that the other side has not under the same name.
    fn unpaired(&self, key: &(usize, u32)) -> u32 {
        let count = |counts: &FxHashMap<(usize, u32), u32>| counts.get(key).copied().unwrap_or(0);
        count(&self.records).saturating_sub(count(&self.same))
    }
    fn alias(&self, key: (usize, u32), item: u32, agreeing: u32) -> Alias {
        let records = self.records.get(&key).copied().unwrap_or(0);
        Alias { side: key.0, name: key.1, item, records, agreeing }
    }
    /// Names that stand beside one known item.
    fn settled(&self, unknown: &FxHashSet<u32>, aliases: &Aliases) -> Vec<Alias> {
        let open = self.beside.iter().filter(|(key, _)| !aliases.contains_key(*key) && self.records[*key] >= FEWEST);
        let settle = |(key, beside): (&(usize, u32), &BTreeMap<u32, u32>)| {
            let mut known: Vec<(u32, u32)> = beside.iter().map(|(item, count)| (*count, *item)).collect();
            known.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            let (count, item) = *known.first()?;
            let second = known.get(1).map_or(0, |other| other.0);
            let is_sure = self.share(*key, item) >= SURE && f64::from(count) >= f64::from(second) * MARGIN;
            (is_sure && !unknown.contains(&item)).then(|| self.alias(*key, item, count))
        };
        open.filter_map(settle).collect()
    }
    /// Names of both sides that stand beside each other only: one item, under the first of the reference's names, or the known
    /// item among them.
    fn groups(&self, unknown: &FxHashSet<u32>, aliases: &Aliases) -> Vec<Alias> {
        let open: Vec<(usize, u32)> = self
            .beside
            .keys()
            .copied()
            .filter(|key| !aliases.contains_key(key) && self.records[key] >= FEWEST)
            .collect();
        let mut aliases = Vec::new();
        let mut seen: BTreeSet<(usize, u32)> = BTreeSet::new();
        for start in &open {
            if !seen.insert(*start) {
                continue;
            }
            let (mut group, mut next) = (BTreeSet::from([*start]), vec![*start]);
            while let Some(key) = next.pop() {
                let near = self.beside.get(&key).into_iter().flatten().map(|(item, _)| *item);
                for item in near.filter(|item| self.share(key, *item) >= LINKED) {
                    let other = (1 - key.0, item);
                    if group.insert(other) {
                        next.push(other);
                    }
                }
            }
            seen.extend(&group);
            let known: BTreeSet<u32> = group.iter().map(|key| key.1).filter(|item| !unknown.contains(item)).collect();
            let item = match known.len() {
                0 => group.iter().next().map(|key| key.1),
                1 => known.first().copied(),
                _ => None,
            };
            let together = |key: &(usize, u32)| {
                let others = group.iter().filter(|other| other.0 != key.0);
                others.filter_map(|other| self.beside.get(key)?.get(&other.1)).sum::<u32>()
            };
            let names: Vec<&(usize, u32)> = group.iter().filter(|key| unknown.contains(&key.1)).collect();
            let is_one = names.iter().all(|key| f64::from(together(key)) >= f64::from(self.unpaired(key)) * SURE);
            if let Some(item) = item.filter(|_| is_one && group.len() > 1) {
                let renamed = names.into_iter().filter(|key| key.1 != item);
                aliases.extend(renamed.map(|key| self.alias(*key, item, together(key))));
            }
        }
        aliases
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: u32 = 0;
    const OTHER: u32 = 1;
    const NAME: u32 = 10;
    const SECOND: u32 = 11;

    fn entry(side: usize, household: u32, item: u32, amount: i64) -> Entry {
        Entry { household, year: 2018, side, person: household, item, amount }
    }

    fn found(mut entries: Vec<Entry>) -> Vec<(usize, u32, u32)> {
        entries.sort_unstable();
        let unknown: FxHashSet<u32> = [NAME, SECOND].into_iter().collect();
        let mut aliases = Aliases::new();
        for _ in 0..ROUNDS {
            let settled = Votes::of(&entries, &unknown, &aliases).settled(&unknown, &aliases);
            aliases.extend(settled.into_iter().map(|alias| ((alias.side, alias.name), alias)));
        }
        let groups = Votes::of(&entries, &unknown, &aliases).groups(&unknown, &aliases);
        aliases.extend(groups.into_iter().map(|alias| ((alias.side, alias.name), alias)));
        aliases.into_values().map(|alias| (alias.side, alias.name, alias.item)).collect()
    }

    #[test]
    fn a_name_is_the_item_it_stands_beside() {
        let mut entries = Vec::new();
        for household in 0..40 {
            entries.push(entry(0, household, KNOWN, 1500));
            if household % 10 > 0 {
                entries.push(entry(1, household, NAME, 1500));
            }
        }
        assert_eq!(found(entries.clone()), [(1, NAME, KNOWN)]);
        // Where the platform records the item under its own name, too, the other name is something else.
        entries.extend((0..40).map(|household| entry(1, household, KNOWN, 1500)));
        assert_eq!(found(entries), []);
        let others = (0..40).flat_map(|household| [entry(0, household, KNOWN, 1500), entry(1, household, NAME, 100)]);
        assert_eq!(found(others.collect()), [], "another amount is another benefit");
        let few = (0..4).flat_map(|household| [entry(0, household, KNOWN, 1500), entry(1, household, NAME, 1500)]);
        assert_eq!(found(few.collect()), []);
    }

    #[test]
    fn two_items_of_one_amount_are_told_apart_by_who_has_them() {
        let mut entries = Vec::new();
        for household in 0..40 {
            entries.extend([entry(0, household, KNOWN, 100), entry(1, household, NAME, 100)]);
            if household % 2 == 0 {
                entries.extend([entry(0, household, OTHER, 100), entry(1, household, SECOND, 100)]);
            }
        }
        let expected = [(1, NAME, KNOWN), (1, SECOND, OTHER)];
        assert_eq!(found(entries), expected, "the second could be either until the first is known");
    }

    #[test]
    fn two_names_that_nobody_knows_may_be_one_item() {
        let both = (0..40).flat_map(|household| {
            let name = if household % 2 == 0 { SECOND } else { NAME };
            [entry(0, household, NAME, 300), entry(1, household, name, 300)]
        });
        assert_eq!(found(both.collect()), [(1, SECOND, NAME)]);
    }
}
