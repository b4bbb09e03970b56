//! `H-moved`: a person belongs to one household nationally and to another one on the platform.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Reads, Whose};
use crate::audit::sink::Sink;
use crate::audit::view::NONE;
use crate::table::{Category, CorrectIn, Decision, MemberLink, Relation, Severity, Sort, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "H-moved",
    title: "同一人在不同户",
    category: Category::Presence,
    severity: Severity::Error,
    what: "同一人在国办系统和省办平台登记在不同的户中（不属于整户拆分或合并）。",
    why: "两户的人数、人均收入和享受政策都会出错。",
    example: "女儿出嫁后国办系统已调整到婆家户，省办平台仍在娘家户。",
    remedy: "在省办平台把该成员调整到国办系统所在的户。",
    check: Check::MemberLink(check),
    obstacle: no_obstacle,
    reads: Reads::people(Whose::Both),
};

fn check(facts: &Facts<'_>, link: &MemberLink, sink: &mut Sink) -> bool {
    let households = [facts.sides[0].household_of(link.left), facts.sides[1].household_of(link.right)];
    let is_past = facts.sides[0].past_members[link.left as usize] || facts.sides[1].past_members[link.right as usize];
    if link.decision != Decision::Match || households.contains(&NONE) || is_past {
        return false;
    }
    if !is_elsewhere(facts, households) {
        return true;
    }
    let numbers = [0, 1].map(|side| Sort::Key.or_blank(facts.sides[side].household_no.get(households[side])));
    let [national, provincial] = &numbers;
    // Where the platform's household should be: the counterpart of the national one, when it has one.
    let target = match facts.links.best_household(0, households[0]) {
        best if best == NONE || best == households[1] => Words::from("国办系统对应的户"),
        best => words!("户编号{}", Sort::Key.or_blank(facts.sides[1].household_no.get(best))),
    };
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("该人在国办系统登记在户编号{}，在省办平台登记在户编号{}，不是同一户", national, provincial),
        words!("在省办平台把该成员由户编号{}调整到{}", provincial, target),
    );
    say.values = numbers.map(|no| Some(no.into()));
    sink.push(facts, RULE.head(), None, Subject::people(facts, [link.left, link.right]), say);
    true
}

/// Neither a whole-household correspondence nor part of a split or merge.
fn is_elsewhere(facts: &Facts<'_>, [national, provincial]: [u32; 2]) -> bool {
    let are_partners =
        facts.links.best_household(0, national) == provincial && facts.links.best_household(1, provincial) == national;
    !are_partners
        && !matches!(
            facts.links.relation(national, provincial),
            Some(Relation::Same | Relation::Split | Relation::Merge)
        )
}
