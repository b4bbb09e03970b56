//! `P-household`: a whole household is on one side only.
//!
//! A household is missing when it corresponds to no household of the other side and none of its people is linked,
//! under review, or in conflict. Its people follow from it: one action, n consequences.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject, identity};
use crate::audit::facts::Facts;
use crate::audit::key::Base;
use crate::audit::reads::{Proves, Reads, Whose};
use crate::audit::sink::Sink;
use crate::audit::view::NONE;
use crate::table::{Category, CorrectIn, Fate, Severity, Side, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "P-household",
    title: "整户只在一个系统",
    category: Category::Presence,
    severity: Severity::Error,
    what: "一个系统有该户，另一个系统没有任何一名成员与之对应。",
    why: "国办有、省办无的户在省办平台得不到任何帮扶记录；省办有、国办无的户不是建档立卡对象，或已自然减少未注销。",
    example: "国办系统有某户3人，省办平台按证件号码、姓名和家庭成员都找不到。",
    remedy: "国办有省办无：在省办平台补录整户；省办有国办无：核实后在省办平台删除，确属漏录的报国办系统窗口期补录。",
    check: Check::Household(check),
    obstacle: no_obstacle,
    reads: Reads::people_of_all_years(Whose::Both).proving(Proves::Absence(Side::Provincial)),
};

fn check(facts: &Facts<'_>, side: Side, household: u32, sink: &mut Sink) -> bool {
    if !is_missing(facts, side, household) {
        return true;
    }
    let view = facts.side(side);
    let fates = &facts.links.linkage.fates[side.index()];
    let counts = |member: &&u32| !view.gone[**member as usize] && fates[**member as usize] != Fate::Duplicate;
    let people = view.members_of(household).iter().filter(counts).count();
    let (here, there) = (side.title(), side.other().title());
    let records = records(side, view.records_of_household(household));
    let message = words!("该户（{}人）在{}有登记，{}没有这一户{}", people, here, there, records);
    let mut say = Say::new(CorrectIn::Provincial, message, remedy(side, "整户"));
    say.values[side.index()] = Some(words!("有（{}人）", people));
    sink.push(facts, RULE.head(), Some(side), Subject::household_of(facts, side, household), say);
    true
}

/// How many benefit records go with somebody on one side only: they are told here, and nowhere else.
pub(super) fn records(side: Side, count: u32) -> Words {
    match side {
        _ if count == 0 => Words::default(),
        Side::National => words!("；名下有国办系统措施{}条，随之核对补录", count),
        Side::Provincial => words!("；名下有省办平台措施{}条，随之核实", count),
    }
}

/// What to do about somebody on one side only.
pub(super) fn remedy(side: Side, whom: &'static str) -> Words {
    match side {
        Side::National => words!("在省办平台按国办系统补录{}信息", whom),
        Side::Provincial => {
            words!("核实后在省办平台标注自然减少或删除{}；确属漏录的，报国办系统窗口期补录", whom)
        }
    }
}

/// The identity of the finding that the household is missing, when it is.
pub(super) fn cause(facts: &Facts<'_>, side: Side, household: u32) -> Option<Base> {
    let is_reported = !facts.settings.is_disabled(RULE.id) && is_missing(facts, side, household);
    is_reported.then(|| identity(facts, RULE.id, &Subject::household_of(facts, side, household), "", None))
}

fn is_missing(facts: &Facts<'_>, side: Side, household: u32) -> bool {
    if household == NONE || facts.side(side).past[household as usize] {
        return false;
    }
    let (view, other) = (facts.side(side), facts.side(side.other()));
    let best = facts.links.best_household(side.index(), household);
    if best != NONE {
        // Its counterpart is in earlier years only, and none of its people is anywhere else.
        let live: Vec<u32> =
            view.members_of(household).iter().copied().filter(|row| !view.gone[*row as usize]).collect();
        let is_there = |row: &u32| match facts.links.partner(side.index(), *row) {
            NONE => false,
            partner => !other.past_members[partner as usize],
        };
        return other.past[best as usize] && !live.is_empty() && !live.iter().any(is_there);
    }
    let members = view.members_of(household);
    let fates = &facts.links.linkage.fates[side.index()];
    let expected = |member: u32| !view.gone[member as usize];
    let elsewhere = |member: u32| {
        matches!(fates[member as usize], Fate::Linked | Fate::Review | Fate::Conflict | Fate::NotCompared)
    };
    members.iter().any(|member| fates[*member as usize] == Fate::OnlyHere && expected(*member))
        && !members.iter().any(|member| elsewhere(*member))
}
