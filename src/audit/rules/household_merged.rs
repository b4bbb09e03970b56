//! `H-merge`: several national households are one provincial one (并户).

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Proves, Reads, Whose};
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Severity, Side, Sort, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "H-merge",
    title: "国办多户在省办为一户",
    category: Category::Presence,
    severity: Severity::Error,
    what: "省办平台的一户，其成员在国办系统分属两户或更多户。",
    why: "户数不符；户主、人均收入、享受政策都会按错误的户计算。",
    example: "兄弟两家在国办系统为两户，省办平台录成一户。",
    remedy: "按国办系统在省办平台分为各户。",
    check: Check::OneRegistry(Side::Provincial, check),
    obstacle: no_obstacle,
    reads: Reads::people(Whose::Both).proving(Proves::Nothing),
};

fn check(facts: &Facts<'_>, sink: &mut Sink) -> u64 {
    for (&household, parts) in &facts.links.merged {
        report(facts, household, parts, sink);
    }
    facts.links.household_pairs.len() as u64
}

fn report(facts: &Facts<'_>, household: u32, parts: &[u32], sink: &mut Sink) {
    let [national, provincial] = &facts.sides;
    let numbers = parts.iter().map(|part| Sort::Key.or_blank(national.household_no.get(*part)));
    let numbers = Words::join(numbers, "、");
    let own = Sort::Key.or_blank(provincial.household_no.get(household));
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("省办平台的一户（{}）在国办系统为{}户：{}", &own, parts.len(), &numbers),
        words!("在省办平台把户编号{}按国办系统分为{}户", &own, parts.len()),
    );
    say.values = [Some(numbers), Some(own.into())];
    let subject = Subject::household_of(facts, Side::Provincial, household);
    sink.push(facts, RULE.head(), Some(Side::Provincial), subject, say);
}
