//! `P-member`: a person is on one side only.
//!
//! People who have left the registry (自然减少) are not expected on the other side. People of a household that is
//! missing as a whole carry its finding as their cause.

use super::{Check, Rule, household_missing, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Proves, Reads, Whose};
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Fate, Severity, Side, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "P-member",
    title: "成员只在一个系统",
    category: Category::Presence,
    severity: Severity::Error,
    what: "一个系统有该成员，另一个系统没有与之对应的人。",
    why: "两系统人数不符，人均收入、参保和教育资助的统计都会出错。",
    example: "新出生的孩子在国办系统已自然增加，省办平台未增加。",
    remedy: "国办有省办无：在省办平台补录该成员；省办有国办无：核实是否自然减少，属漏录的报国办系统窗口期补录。",
    check: Check::Member(check),
    obstacle: no_obstacle,
    reads: Reads::people_of_all_years(Whose::Both).proving(Proves::Absence(Side::Provincial)),
};

fn check(facts: &Facts<'_>, side: Side, member: u32, sink: &mut Sink) -> bool {
    let view = facts.side(side);
    if view.gone[member as usize] {
        return false;
    }
    match facts.links.linkage.fates[side.index()][member as usize] {
        Fate::OnlyHere => {}
        Fate::NotCompared => return false,
        _ => return true,
    }
    let (here, there) = (side.title(), side.other().title());
    let cause = household_missing::cause(facts, side, view.household_of(member));
    let whole = if cause.is_some() { "（没有这一户）" } else { "" };
    // A missing household tells of all its records at once.
    let records =
        if cause.is_some() { Words::default() } else { household_missing::records(side, view.records_of(member)) };
    let message = words!("该成员在{}有登记，在{}没有{}{}", here, there, whole, records);
    let mut say = Say::new(CorrectIn::Provincial, message, household_missing::remedy(side, "该成员"));
    say.values[side.index()] = Some("有".into());
    say.cause = cause;
    sink.push(facts, RULE.head(), Some(side), Subject::member_of(facts, side, member), say);
    true
}
