//! 应录尽录: what the reference or a roll proves, and how much of it the platform records, by village, item and year.
//!
//! The denominator holds every national record that is not a duplicate, those of people whom the platform lacks
//! altogether included, and what only a department's roll proves; a record under the wrong year is not recorded for its year.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::pairing::{Kind, Verdict};
use super::rows::{BenefitRow, Ledgers, NO_YEAR};
use crate::audit::Recording;
use crate::audit::facts::Facts;
use crate::audit::view::NONE;

/// Expected and recorded, by (place, item, year).
#[derive(Default)]
pub(super) struct Counts(FxHashMap<(u32, u32, i16), [u64; 2]>);

impl Counts {
    fn add(&mut self, key: (u32, u32, i16), counts: [u64; 2]) {
        let mine = self.0.entry(key).or_default();
        mine[0] += counts[0];
        mine[1] += counts[1];
    }
    /// Adds what another part counted.
    pub(super) fn absorb(&mut self, other: Self) {
        other.0.into_iter().for_each(|(key, counts)| self.add(key, counts));
    }
}

/// Counts the verdicts of one household and item.
pub(super) fn count(facts: &Facts<'_>, verdicts: &[Verdict<'_>], counts: &mut Counts) {
    for verdict in verdicts {
        let Some(row) = verdict.national else { continue };
        if matches!(verdict.kind, Kind::Duplicate(_) | Kind::OfDouble(_)) {
            continue;
        }
        let is_recorded = matches!(verdict.kind, Kind::Same | Kind::InSum | Kind::Amount { .. } | Kind::Beneficiary);
        counts.add(key(facts, row), [1, u64::from(is_recorded)]);
    }
}

/// The rates, sorted; records of people who are not linked are expected and not recorded.
pub(super) fn rates(
    facts: &Facts<'_>,
    ledgers: &Ledgers,
    proved_by_rolls: &BTreeMap<(u32, u32, Option<i32>), u64>,
    mut counts: Counts,
) -> Vec<Recording> {
    for row in &ledgers.stray[0] {
        counts.add(key(facts, row), [1, 0]);
    }
    for (&(place, item, year), &entries) in proved_by_rolls {
        let year = year.and_then(|year| i16::try_from(year).ok()).unwrap_or(NO_YEAR);
        counts.add((place, item, year), [entries, 0]);
    }
    let mut sorted: Vec<_> = counts.0.into_iter().collect();
    sorted.sort_unstable();
    let mut named: BTreeMap<(u32, &str, i16), [u64; 2]> = BTreeMap::new();
    for ((place, item, year), counts) in sorted {
        let sum = named.entry((place, ledgers.labels[item as usize].as_str(), year)).or_default();
        *sum = [sum[0] + counts[0], sum[1] + counts[1]];
    }
    let rates = named.into_iter().map(|((place, item, year), [expected, recorded])| {
        let (township, village) = facts.places.name(place);
        let year = (year != NO_YEAR).then_some(year.into());
        let (township, village, item) = (township.to_owned(), village.to_owned(), item.to_owned());
        Recording { township, village, item, year, expected, recorded }
    });
    rates.collect()
}

fn key(facts: &Facts<'_>, row: &BenefitRow) -> (u32, u32, i16) {
    let place = match row.home {
        NONE => facts.places.of_member(0, row.person),
        household => facts.places.of_household(0, household),
    };
    (place, row.item, row.year)
}
