//! `P-review`: two records may be one person, and a person must decide.

use super::{Check, Rule, no_obstacle, or_blank};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Proves, Reads, Whose};
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Decision, MemberLink, Severity};

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
    let names = [or_blank(national.name.get(link.left)), or_blank(provincial.name.get(link.right))];
    let reason = if link.reason.is_empty() { String::new() } else { format!("：{}", link.reason) };
    let message = format!("国办系统“{}”与省办平台“{}”可能是同一人，需人工判定{reason}", names[0], names[1]);
    let remedy = "对照户口本和身份证，在“匹配判定表”中填写判定结果".to_owned();
    let mut say = Say::new(CorrectIn::Visit, message, remedy);
    say.values = names.map(|name| Some(name.to_owned()));
    sink.push(facts, RULE.head(), None, Subject::people(facts, [link.left, link.right]), say);
    true
}
