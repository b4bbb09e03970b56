//! Which system to correct when two values differ: the platform, unless the reference's own value is itself illegal.
//!
//! | national value | provincial value | correct |
//! |---|---|---|
//! | legal | any | the platform, to the national value |
//! | illegal | legal | the national system, in its open window |
//! | illegal | illegal | both, after a visit |
//!
//! A value is illegal when a logic rule that finds a contradiction reports the field on that side. Where the difference tells which side to correct, it
//! is also the cause of that side's illegal value: one correction settles both.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::fields::is_yearly;
use super::key::Base;
use super::settings::{Correction, LogicRule, Settings};
use super::view::NONE;
use crate::table::words::Value;
use crate::table::{Category, CorrectIn, Scope, Side, Words};
use crate::words;

/// A field of one subject (a person, or else a household; rows of both sides) in one year.
type Key = (bool, [u32; 2], String, Option<i32>);

/// Turns differences whose national value is illegal, and ties illegal values to the differences that settle them.
pub(crate) fn decide(settings: &Settings, drafts: &mut [Draft]) {
    let illegal = illegal(settings, drafts);
    let mut settled: BTreeMap<(Side, Key), Base> = BTreeMap::new();
    for draft in drafts.iter_mut().filter(|draft| is_difference(draft)) {
        let Some(key) = key(draft) else { continue };
        let reported = Side::BOTH.map(|side| illegal.get(&(side, key.clone())));
        match reported {
            [Some(rule), None] => turn_to_national(draft, rule),
            [Some(_), Some(_)] => turn_to_visit(draft),
            _ => {}
        }
        let side = match draft.finding.correct_in {
            CorrectIn::National => Side::National,
            CorrectIn::Provincial => Side::Provincial,
            _ => continue,
        };
        settled.insert((side, key), draft.base);
    }
    for draft in drafts.iter_mut().filter(|draft| is_logic(draft) && draft.cause.is_none()) {
        if let (Some(side), Some(key)) = (draft.side, key(draft)) {
            draft.cause = settled.get(&(side, key)).copied();
        }
    }
}

fn is_logic(draft: &Draft) -> bool {
    draft.finding.rule_id.starts_with("L-")
}

/// Both sides have a value, and not the same.
fn is_difference(draft: &Draft) -> bool {
    let finding = &draft.finding;
    finding.category == Category::Field
        && finding.rule_id.starts_with("F-")
        && finding.national_value.is_some()
        && finding.provincial_value.is_some()
}

fn key(draft: &Draft) -> Option<Key> {
    let field = draft.finding.field.clone()?;
    let is_of_person = draft.finding.scope == Scope::Member;
    let rows = if is_of_person { draft.members } else { draft.households };
    // What does not change with the years is compared on the newest rows and has no year.
    let is_yearly = crate::table::schema::field(&field).is_some_and(is_yearly);
    let year = draft.finding.year.filter(|_| is_yearly);
    (rows != [NONE; 2]).then_some((is_of_person, rows, field, year))
}

/// The rule that reports a field on a side. Only rules that find a contradiction within the row: a guarantee that is broken,
/// what only a visit can tell, and a change against the year before make no value illegal.
fn illegal(settings: &Settings, drafts: &[Draft]) -> BTreeMap<(Side, Key), String> {
    let proves = |rule: &&LogicRule| {
        matches!(rule.category, Category::Logic | Category::Identity)
            && rule.correct_in == Correction::Itself
            && !rule.when.contains("prev")
    };
    let proving: BTreeSet<&str> = settings.logic.iter().filter(proves).map(|rule| rule.id.as_str()).collect();
    let reported = drafts.iter().filter(|draft| proving.contains(draft.finding.rule_id.as_str()));
    let of_side = |draft: &Draft| Some(((draft.side?, key(draft)?), draft.finding.rule_id.clone()));
    reported.filter_map(of_side).collect()
}

fn turn_to_national(draft: &mut Draft, rule: &str) {
    let finding = &mut draft.finding;
    let [national, provincial] = [&finding.national_value, &finding.provincial_value].map(printed);
    finding.correct_in = CorrectIn::National;
    finding.remedy = words!(
        "国办系统“{}”不合逻辑（{}），省办平台“{}”合理：核实后在国办系统窗口期改为“{}”",
        national,
        Value::Configured(rule),
        &provincial,
        &provincial
    );
}

fn turn_to_visit(draft: &mut Draft) {
    draft.finding.correct_in = CorrectIn::Visit;
    draft.finding.remedy = "两个系统的值都不合逻辑：入户核实后，两个系统都按实际更正".into();
}

fn printed(value: &Option<Words>) -> Value<'_> {
    value.as_ref().map_or("".into(), Value::from)
}
