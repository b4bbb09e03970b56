//! `D-person`: one person twice inside a registry.

use std::collections::BTreeSet;

use super::duplicate_identifier::groups_by_identifier;
use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::Reads;
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Severity, Side, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "D-person",
    title: "同一人重复登记",
    category: Category::Duplicate,
    severity: Severity::Error,
    what: "同一人在同一系统内登记了两次以上，可能在同一户，也可能在不同户。",
    why: "重复的人会被重复统计、重复享受；上级比对时属于“人员重复”。",
    example: "女儿出嫁后在婆家户登记，娘家户没有标注自然减少。",
    remedy: "同一户内的，删除重复的一行；在不同户的，保留其实际共同生活的一户，其余记录标注自然减少。",
    check: Check::Registry(check),
    obstacle: no_obstacle,
    reads: Reads::identifiers(),
};

fn check(facts: &Facts<'_>, side: Side, sink: &mut Sink) -> u64 {
    let view = facts.side(side);
    for (duplicate, kept) in pairs(facts, side) {
        let no = |member: u32| Sort::Key.or_blank(view.household_no.get(view.household_of(member)));
        let at_home = view.household_of(kept) == view.household_of(duplicate);
        let message = match at_home {
            true => words!("该人在{}同一户内登记了两次：户编号{}", side.title(), no(kept)),
            false => words!("该人在{}重复登记：户编号{}与户编号{}", side.title(), no(kept), no(duplicate)),
        };
        let remedy = match at_home {
            true => "删除重复的一行；人还在户内，不要标注自然减少",
            false => "保留实际共同生活的一户，其余记录标注自然减少",
        };
        let mut say = Say::new(CorrectIn::side(side), message, remedy);
        say.values[side.index()] = view.id_text.get(duplicate).map(|id| Sort::Identifier.of(id).into());
        sink.push(facts, RULE.head(), Some(side), subject(facts, side, duplicate, kept), say);
    }
    u64::from(view.member_count())
}

/// The second record, with the person whom the first one is linked to beside it.
fn subject(facts: &Facts<'_>, side: Side, duplicate: u32, kept: u32) -> Subject {
    let mut members = facts.both_members(side, kept);
    members[side.index()] = duplicate;
    Subject { side: Some(side), ..Subject::people(facts, members) }
}

/// `(duplicate, row kept)`: those that linking found, and rows that share both identifier and name.
fn pairs(facts: &Facts<'_>, side: Side) -> BTreeSet<(u32, u32)> {
    let view = facts.side(side);
    let linked = &facts.links.linkage.duplicates[side.index()];
    let known: BTreeSet<u32> = linked.iter().map(|(duplicate, _)| *duplicate).collect();
    let is_newest = |row: &u32| !view.past_members[*row as usize];
    let newest = linked.iter().copied().filter(|(duplicate, kept)| is_newest(duplicate) && is_newest(kept));
    let mut pairs: BTreeSet<(u32, u32)> = newest.collect();
    for group in groups_by_identifier(view) {
        let kept = group.iter().copied().find(|row| !known.contains(row)).unwrap_or(group[0]);
        let same_name = |row: &u32| view.name_key.get(*row) == view.name_key.get(kept);
        pairs.extend(
            group
                .into_iter()
                .filter(|row| *row != kept && !known.contains(row))
                .filter(same_name)
                .map(|row| (row, kept)),
        );
    }
    pairs
}
