//! Measures against outcomes on the platform: each measure of a person (or household) and year needs an outcome of
//! its item, each outcome its measure. A record that names nobody answers for the whole household. One finding per
//! household and year, naming the items and the people.

use super::coverage::move_payments;
use super::rows::{BenefitRow, Items, own_rows};
use super::{Books, is_personal};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::rules::{Rule, outcome_missing, outcome_stray};
use crate::audit::sink::Sink;
use crate::audit::view::{NONE, Texts};
use crate::error::Result;
use crate::normalise::text::is_null;
use crate::table::{Scope, Side, Sort, Words};
use crate::words;

/// Why measures and outcomes cannot be compared.
pub(crate) fn not_delivered(facts: &Facts<'_>) -> Option<String> {
    let platform = facts.side(Side::Provincial).registry;
    if !platform.has_benefits {
        return Some("省办平台没有提供帮扶措施导出".to_owned());
    }
    (!platform.has_outcomes).then(|| "省办平台没有提供成效导出".to_owned())
}

/// A measure or an outcome: household, year, item, person ([`NONE`] for the household's own).
type Key = (u32, i16, u32, u32);

/// Compares measures with outcomes.
pub(super) fn sweep(facts: &Facts<'_>, books: &Books, sink: &mut Sink) -> Result<()> {
    if not_delivered(facts).is_some() {
        return Ok(());
    }
    let platform = facts.side(Side::Provincial).registry;
    let (items, measures) = (&books.items, books.rows(1));
    let own_texts = Texts::of(&platform.benefits, "outcome")?;
    let with_own_outcome = measures.iter().filter(|row| own_texts.get(row.row).is_some_and(|text| !is_null(text)));
    let mut recorded = own_rows(facts, 1, &platform.outcomes, items)?;
    for (_, item) in books.moved.iter().filter(|(side, _)| *side == 1) {
        move_payments(&mut recorded, *item);
    }
    // An outcome row whose text is blank tells nothing; where no row has a text, it is the export that has none.
    let texts = Texts::of(&platform.outcomes, "outcome")?;
    let has_text = |row: &&BenefitRow| texts.get(row.row).is_some_and(|text| !is_null(text));
    let is_text_delivered = recorded.iter().any(|row| has_text(&row));
    let mut told = keys(facts, items, recorded.iter().filter(|row| has_text(row) || !is_text_delivered));
    told.extend(keys(facts, items, with_own_outcome));
    sort(&mut told);
    let outcomes = sorted([keys(facts, items, recorded.iter()), told.clone()].concat());
    let all_measures = sorted(keys(facts, items, measures.iter()));
    let expecting = sorted(keys(facts, items, measures.iter().filter(|row| items.get(row.item).outcome_expected)));
    report(facts, &outcome_missing::RULE, outcome_missing::say, items, &expecting, &without(&expecting, &told), sink);
    report(facts, &outcome_stray::RULE, outcome_stray::say, items, &outcomes, &without(&outcomes, &all_measures), sink);
    Ok(())
}

fn keys<'r>(facts: &Facts<'_>, items: &Items, rows: impl Iterator<Item = &'r BenefitRow>) -> Vec<Key> {
    // A measure or an outcome that was set aside may be the other one of any record of the household.
    let is_unread = |household| facts.unread.lacks_records(Side::Provincial.index(), household);
    let person = |row: &BenefitRow| if is_personal(items.get(row.item).unit) { row.person } else { NONE };
    rows.filter(|row| row.household != NONE && !is_unread(row.household))
        .map(|row| (row.household, row.year, row.item, person(row)))
        .collect()
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

/// Keys of one sorted list that the other lacks; a key without a person answers to all of its household's.
fn without(keys: &[Key], others: &[Key]) -> Vec<Key> {
    let whose = |key: &Key| (key.0, key.1, key.2);
    let mut at = 0;
    let is_lacking = |key: &&Key| {
        while others.get(at).is_some_and(|other| whose(other) < whose(key)) {
            at += 1;
        }
        let mut same = others[at..].iter().take_while(|other| whose(other) == whose(key));
        !same.any(|other| other.3 == key.3 || other.3 == NONE || key.3 == NONE)
    };
    keys.iter().filter(is_lacking).copied().collect()
}

fn report(
    facts: &Facts<'_>,
    rule: &Rule,
    say: fn(&[&str], &[Words], Option<i32>) -> Say<'static>,
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
        let by_item = || run.chunk_by(|a, b| a.2 == b.2);
        let labels: Vec<_> = by_item().map(|keys| items.get(keys[0].2).label.as_str()).collect();
        let words: Vec<_> = by_item().zip(&labels).map(|(keys, label)| with_names(facts, label, keys)).collect();
        let (household, year, ..) = run[0];
        let year = (year != super::rows::NO_YEAR).then_some(year.into());
        let subject = Subject::household_of(facts, Side::Provincial, household);
        let subject = Subject { scope: Scope::Household, ..subject };
        sink.push(facts, rule.head(), Some(Side::Provincial), subject, say(&labels, &words, year));
    }
}

/// `低保（张三、李四）`; the bare item where nobody is named.
fn with_names(facts: &Facts<'_>, label: &str, keys: &[Key]) -> Words {
    let platform = facts.side(Side::Provincial);
    let names: Vec<_> = keys.iter().filter_map(|key| platform.name.get(key.3)).collect();
    let label = Sort::Item.of(label);
    match names.is_empty() {
        true => label.into(),
        false => words!("{}（{}）", label, Words::join(names.into_iter().map(|name| Sort::Name.of(name)), "、")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lacking_keys() {
        let keys = [(1, 2018, 0, 7), (1, 2018, 1, 7), (1, 2018, 1, 8), (2, 2017, 0, NONE)];
        assert_eq!(without(&keys, &[(1, 2018, 1, 8)]), [keys[0], keys[1], keys[3]]);
        assert_eq!(without(&keys, &[(1, 2018, 1, NONE)]), [keys[0], keys[3]], "nobody's answers for all");
        assert_eq!(without(&keys, &[(2, 2017, 0, 9)]), keys[..3], "anybody's answers for nobody's");
        assert!(without(&keys, &keys).is_empty());
        assert_eq!(without(&keys, &[]), keys);
    }
}
