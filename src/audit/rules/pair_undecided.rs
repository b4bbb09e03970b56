//! `P-review`: two records may be one person, and a person must decide.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Proves, Reads, Whose};
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Decision, MemberLink, Severity, Sort, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "P-review",
    title: "是否同一人需人工判定",
    category: Category::Presence,
    severity: Severity::Warning,
    what: "两个系统各有一条记录，可能是同一人，证据不足以自动确定。",
    why: "错认会把一个人的信息改到另一个人身上，所以交由熟悉情况的人判定。",
    example: "同村同名、出生日期相近，但证件号码一方受损、一方缺失。",
    remedy: "对照户口本和身份证，在“匹配判定表”中填写“是同一人”或“不是同一人”。",
    check: Check::MemberLink(check),
    obstacle: no_obstacle,
    reads: Reads::people(Whose::Both).proving(Proves::Nothing),
};

fn check(facts: &Facts<'_>, link: &MemberLink, sink: &mut Sink) -> bool {
    if link.decision != Decision::Review {
        return true;
    }
    let [national, provincial] = &facts.sides;
    let names = [national.name.get(link.left), provincial.name.get(link.right)].map(|name| Sort::Name.or_blank(name));
    let reason = Some(&*link.reason).filter(|reason| !reason.is_empty());
    let reason = reason.map(|reason| words!("：{}", Sort::Text.of(reason))).unwrap_or_default();
    let message = words!(
        "国办系统“{}”与省办平台“{}”可能是同一人，需人工判定{}{}",
        &names[0],
        &names[1],
        reason,
        waiting(facts, link)
    );
    let remedy = "对照户口本和身份证，在“匹配判定表”中填写判定结果";
    let mut say = Say::new(CorrectIn::Visit, message, remedy);
    say.values = names.map(|name| Some(name.into()));
    sink.push(facts, RULE.head(), None, Subject::people(facts, [link.left, link.right]), say);
    true
}

/// How many benefit records of two people nobody compares before it is known whether they are one.
pub(super) fn waiting(facts: &Facts<'_>, link: &MemberLink) -> Words {
    let [national, provincial] = &facts.sides;
    match national.records_of(link.left) + provincial.records_of(link.right) {
        0 => Words::default(),
        records => words!("；两个系统共{}条措施待判定后比对", records),
    }
}
