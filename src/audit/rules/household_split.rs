//! `H-split`: one national household is several provincial ones (拆户).

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Proves, Reads, Whose};
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Severity, Side, Sort, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "H-split",
    title: "国办一户在省办为多户",
    category: Category::Presence,
    severity: Severity::Error,
    what: "国办系统的一户，其成员在省办平台分在两户或更多户中。",
    why: "户数不符；户主、人均收入、享受政策都会按错误的户计算。",
    example: "父母与儿子在国办系统为一户，省办平台分成两户。",
    remedy: "按国办系统在省办平台合并为一户；确已分户且共同生活情况已变的，按分户程序报国办系统窗口期调整。",
    check: Check::OneRegistry(Side::National, check),
    obstacle: no_obstacle,
    reads: Reads::people(Whose::Both).proving(Proves::Nothing),
};

fn check(facts: &Facts<'_>, sink: &mut Sink) -> u64 {
    for (&household, parts) in &facts.links.split {
        report(facts, household, parts, sink);
    }
    facts.links.household_pairs.len() as u64
}

fn report(facts: &Facts<'_>, household: u32, parts: &[u32], sink: &mut Sink) {
    let [national, provincial] = &facts.sides;
    let numbers = parts.iter().map(|part| Sort::Key.or_blank(provincial.household_no.get(*part)));
    let numbers = Words::join(numbers, "、");
    let own = Sort::Key.or_blank(national.household_no.get(household));
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("国办系统的一户（{}）在省办平台分在{}户：{}", &own, parts.len(), &numbers),
        words!("在省办平台把户编号{}合并为一户；确已分户的报国办系统窗口期调整", &numbers),
    );
    say.values = [Some(own.into()), Some(numbers)];
    let subject = Subject::household_of(facts, Side::National, household);
    sink.push(facts, RULE.head(), Some(Side::National), subject, say);
}
