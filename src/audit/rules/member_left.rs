//! `P-left`: a person has left one registry (自然减少) and is still live in the other.

use super::{Check, Rule, household_missing, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Reads, Whose};
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Decision, MemberLink, Severity, Side, Sort, Words};

pub(crate) static RULE: Rule = Rule {
    id: "P-left",
    title: "一方已自然减少，另一方仍在册",
    category: Category::Presence,
    severity: Severity::Error,
    what: "同一人在一个系统已标注自然减少（或最新年度已不在册），在另一个系统仍在册。",
    why: "去世、外嫁、迁出的人仍在册，会继续发放补贴，人均收入也算错。",
    example: "老人2017年去世，国办系统已自然减少，省办平台仍在册。",
    remedy: "国办系统已减少的，省办平台标注自然减少；省办平台先减少的，核实后报国办系统窗口期处理。",
    check: Check::MemberLink(check),
    obstacle: no_obstacle,
    reads: Reads::people_of_all_years(Whose::Both),
};

fn check(facts: &Facts<'_>, link: &MemberLink, sink: &mut Sink) -> bool {
    if link.decision != Decision::Match {
        return false;
    }
    let rows = [link.left, link.right];
    // Not in the newest year, as far as its rows could be read.
    if (0..2).any(|side| facts.is_not_compared(side, rows[side])) {
        return false;
    }
    let gone = [0, 1].map(|side| facts.sides[side].gone[rows[side] as usize]);
    let words = |side: usize| {
        let left = || facts.sides[side].status.get(rows[side]).map(|status| Sort::Label.of(status));
        Some(Words::from(if gone[side] { left().unwrap_or("最新年度不在册".into()) } else { "在册".into() }))
    };
    let is_marked = |side: usize| facts.sides[side].marked[rows[side] as usize];
    let (correct_in, message, remedy) = match gone {
        [false, true] if !is_marked(1) => (
            CorrectIn::Provincial,
            "国办系统最新年度在册，省办平台最新年度没有（以前年度有）",
            "在省办平台恢复该成员最新年度的登记；确已减少的，报国办系统窗口期标注",
        ),
        [true, false] => (
            CorrectIn::Provincial,
            "国办系统已自然减少（或最新年度不在册），省办平台仍在册",
            "核实减少的原因和时间后，在省办平台标注自然减少，停发相关补贴",
        ),
        [false, true] => (
            CorrectIn::Visit,
            "省办平台已自然减少，国办系统仍在册",
            "核实本人情况：确已减少的报国办系统窗口期标注；仍在册的恢复省办平台登记",
        ),
        _ => return true,
    };
    let mut say = Say::new(correct_in, message.into(), remedy);
    say.cause = Side::BOTH
        .into_iter()
        .find_map(|side| household_missing::cause(facts, side, facts.side(side).household_of(rows[side.index()])));
    say.field = Some("member_status");
    say.values = [words(0), words(1)];
    sink.push(facts, RULE.head(), None, Subject::people(facts, rows), say);
    true
}
