//! `H-person-no`: 人编号 differs, where the two systems share a numbering.

use super::household_number::not_shared;
use super::{Check, Rule};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Reads, Whose};
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Decision, MemberLink, Severity, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "H-person-no",
    title: "人编号不一致",
    category: Category::Field,
    severity: Severity::Warning,
    what: "同一人在两个系统中的人编号不同。只有半数以上的人编号相同（说明两系统用同一套编号）时才检查。",
    why: "编号不同的人，按编号比对的报表会当成两人。",
    example: "分户后省办平台重新编号，国办系统沿用原编号。",
    remedy: "省办平台的人编号按国办系统更正。",
    check: Check::MemberLink(check),
    obstacle,
    reads: Reads::people(Whose::Both),
};

fn numbers<'f>(facts: &'f Facts<'_>, link: &MemberLink) -> [Option<&'f str>; 2] {
    [facts.sides[0].person_no.get(link.left), facts.sides[1].person_no.get(link.right)]
}

fn obstacle(facts: &Facts<'_>) -> Option<String> {
    if let Some(side) = facts.sides.iter().find(|side| !side.person_no.is_delivered()) {
        return Some(format!("{}的导出没有『人编号』", side.side.title()));
    }
    let matches = facts.links.linkage.members.iter().filter(|link| link.decision == Decision::Match);
    not_shared("人编号", matches.map(|link| numbers(facts, link)))
}

fn check(facts: &Facts<'_>, link: &MemberLink, sink: &mut Sink) -> bool {
    if link.decision != Decision::Match {
        return false;
    }
    let numbers = numbers(facts, link);
    if numbers[0] != numbers[1] {
        let [national, provincial] = numbers.map(|no| Sort::Key.or_blank(no));
        let mut say = Say::new(
            CorrectIn::Provincial,
            words!("同一人的人编号不一致：国办系统“{}”，省办平台“{}”", &national, &provincial),
            words!("省办平台人编号由“{}”改为“{}”", &provincial, &national),
        );
        say.field = Some("person_no");
        say.values = numbers.map(|no| no.map(|no| Sort::Key.of(no).into()));
        sink.push(facts, RULE.head(), None, Subject::people(facts, [link.left, link.right]), say);
    }
    true
}
