//! Exited households whose guarantees are in doubt (疑似错退): one line a household and year, with the rules that put it on
//! the list. A list for a visit; the findings behind it stay where they are.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Say, Subject};
use super::facts::Facts;
use super::rules::exit_doubtful::RULE;
use super::sink::Sink;
use super::view::NONE;
use crate::table::words::Value;
use crate::table::{CorrectIn, Words};
use crate::words;

/// Lists the households that rules with `doubts_exit` have reported.
pub(crate) fn list(years: &[Facts<'_>], sink: &mut Sink) {
    let facts = &years[0];
    if facts.settings.is_disabled(RULE.id) {
        return;
    }
    let doubting: BTreeMap<&str, &str> = facts
        .settings
        .logic
        .iter()
        .filter(|rule| rule.doubts_exit)
        .map(|rule| (rule.id.as_str(), rule.title.as_str()))
        .collect();
    let mut doubted: BTreeMap<([u32; 2], Option<i32>), BTreeSet<&str>> = BTreeMap::new();
    for draft in &sink.drafts {
        if let Some(title) = doubting.get(draft.finding.rule_id.as_str()) {
            doubted.entry((homes(facts, draft), draft.finding.year)).or_default().insert(title);
        }
    }
    doubted.remove(&([NONE; 2], None));
    sink.count(RULE.id, None, facts.links.household_pairs.len() as u64);
    years.iter().for_each(|facts| sink.note_year(RULE.id, None, facts.year));
    for ((households, year), titles) in doubted {
        let evidence = Words::join(titles.into_iter().map(Value::Configured), "；");
        let message = words!("已脱贫，但有以下情况，请入户核实：{}", evidence);
        let remedy = "入户核实：录入有误的按问题清单更正，确有短板的立即补齐；本条只是线索，不作认定";
        let say = Say { year, ..Say::new(CorrectIn::Visit, message, remedy) };
        sink.push(facts, RULE.head(), None, Subject::households(households), say);
    }
}

/// The household on both sides, however the finding names it.
fn homes(facts: &Facts<'_>, draft: &Draft) -> [u32; 2] {
    let [national, provincial] = draft.households;
    match national {
        NONE => [facts.links.best_household(1, provincial), provincial],
        _ => [national, facts.links.best_household(0, national)],
    }
}
