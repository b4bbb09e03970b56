//! Measures against outcomes on the platform: each measure of a household and year needs an outcome of its item,
//! each outcome its measure. One finding per household and year, naming the items.

use super::rows::{BenefitRow, Items, own_rows};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::rules::{Rule, outcome_missing, outcome_stray};
use crate::audit::sink::Sink;
use crate::audit::view::{NONE, Texts};
use crate::error::Result;
use crate::table::{Scope, Side};

/// Why measures and outcomes cannot be compared.
pub(crate) fn not_delivered(facts: &Facts<'_>) -> Option<String> {
    let platform = facts.side(Side::Provincial).registry;
    if !platform.has_benefits {
        return Some("省办平台没有提供帮扶措施导出".to_owned());
    }
    (!platform.has_outcomes).then(|| "省办平台没有提供成效导出".to_owned())
}

/// A measure or an outcome of a household: item and year.
type Key = (u32, i16, u32);

/// Compares measures with outcomes.
pub(super) fn sweep(facts: &Facts<'_>, items: &Items, sink: &mut Sink) -> Result<()> {
    if not_delivered(facts).is_some() {
        return Ok(());
    }
    let platform = facts.side(Side::Provincial).registry;
    let measures = own_rows(facts, 1, &platform.benefits, items)?;
    let told = Texts::of(&platform.benefits, "outcome")?;
    let with_own_outcome = measures.iter().filter(|row| told.get(row.row).is_some_and(|text| !text.trim().is_empty()));
    let mut outcomes = keys(own_rows(facts, 1, &platform.outcomes, items)?.iter());
    outcomes.extend(keys(with_own_outcome));
    sort(&mut outcomes);
    let all_measures = sorted(keys(measures.iter()));
    let expecting = sorted(keys(measures.iter().filter(|row| items.get(row.item).outcome_expected)));
    report(
        facts,
        &outcome_missing::RULE,
        outcome_missing::say,
        items,
        &expecting,
        &without(&expecting, &outcomes),
        sink,
    );
    report(facts, &outcome_stray::RULE, outcome_stray::say, items, &outcomes, &without(&outcomes, &all_measures), sink);
    Ok(())
}

fn keys<'r>(rows: impl Iterator<Item = &'r BenefitRow>) -> Vec<Key> {
    rows.filter(|row| row.household != NONE).map(|row| (row.household, row.year, row.item)).collect()
}

fn sorted(mut keys: Vec<Key>) -> Vec<Key> {
    sort(&mut keys);
    keys
}

fn sort(keys: &mut Vec<Key>) {
    use rayon::slice::ParallelSliceMut;
    keys.par_sort_unstable();
    keys.dedup();
}

/// Keys of one sorted list that the other lacks.
fn without(keys: &[Key], others: &[Key]) -> Vec<Key> {
    let mut at = 0;
    let is_lacking = |key: &&Key| {
        while others.get(at).is_some_and(|other| other < *key) {
            at += 1;
        }
        others.get(at) != Some(*key)
    };
    keys.iter().filter(is_lacking).copied().collect()
}

fn report(
    facts: &Facts<'_>,
    rule: &Rule,
    say: fn(&[&str], Option<i32>) -> Say<'static>,
    items: &Items,
    judged: &[Key],
    lacking: &[Key],
    sink: &mut Sink,
) {
    if facts.settings.is_disabled(rule.id) {
        return;
    }
    sink.count(rule.id, Some(Side::Provincial), judged.len() as u64);
    for run in lacking.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let labels: Vec<_> = run.iter().map(|(_, _, item)| items.get(*item).label.as_str()).collect();
        let (household, year, _) = run[0];
        let year = (year != super::rows::NO_YEAR).then_some(year.into());
        let subject = Subject::household_of(facts, Side::Provincial, household);
        let subject = Subject { scope: Scope::Household, ..subject };
        sink.push(facts, rule.head(), Some(Side::Provincial), subject, say(&labels, year));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lacking_keys() {
        let keys = [(1, 2018, 0), (1, 2018, 1), (2, 2017, 0)];
        assert_eq!(without(&keys, &[(1, 2018, 1)]), [(1, 2018, 0), (2, 2017, 0)]);
        assert!(without(&keys, &keys).is_empty());
        assert_eq!(without(&keys, &[]), keys);
    }
}
