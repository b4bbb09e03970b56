//! `I-masked`: identifiers hidden by asterisks, which nobody can compare or use.
//!
//! Where most identifiers of a system are hidden, the export is at fault, not the records: that is said once.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::Reads;
use crate::audit::sink::Sink;
use crate::audit::view::{Identifier, NONE};
use crate::table::{Category, CorrectIn, Scope, Severity, Side, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "I-masked",
    title: "证件号码被隐去",
    category: Category::Identity,
    severity: Severity::Error,
    what: "证件号码中间几位是星号。半数以上被隐去的，是导出时做了脱敏，全系统只报一次。",
    why: "隐去的号码无法比对，也无法与任何部门的名单核对。",
    example: "342127********1234。",
    remedy: "按身份证录入完整号码；导出时脱敏的，改用有明文权限的账号重新导出。",
    check: Check::Registry(check),
    obstacle: no_obstacle,
    reads: Reads::identifiers(),
};

fn check(facts: &Facts<'_>, side: Side, sink: &mut Sink) -> u64 {
    let view = facts.side(side);
    let of_class = |row: &u32| view.identifier(*row);
    let present = (0..view.member_count()).filter(|row| of_class(row) != Identifier::Blank).count();
    let masked: Vec<u32> = (0..view.member_count()).filter(|row| matches!(of_class(row), Identifier::Masked)).collect();
    if masked.len() * 2 > present {
        report_export(facts, side, masked.len(), sink);
    } else {
        masked.into_iter().for_each(|row| report(facts, side, row, sink));
    }
    u64::from(view.member_count())
}

fn report_export(facts: &Facts<'_>, side: Side, rows: usize, sink: &mut Sink) {
    let message = words!("{}导出的证件号码被隐去（{}人），无法比对", side.title(), rows);
    let remedy = "用有明文权限的账号重新导出后再核对";
    let mut say = Say::new(CorrectIn::side(side), message, remedy);
    say.field = Some("id_no");
    let subject = Subject { scope: Scope::Registry, side: Some(side), members: [NONE; 2], households: [NONE; 2] };
    sink.push(facts, RULE.head(), Some(side), subject, say);
}

fn report(facts: &Facts<'_>, side: Side, row: u32, sink: &mut Sink) {
    let printed = Sort::Identifier.or_blank(facts.side(side).id_text.get(row).map(str::trim));
    let members = facts.both_members(side, row);
    let message = words!("{}『证件号码』“{}”被隐去", side.title(), printed);
    let remedy = match facts.side(side.other()).identifier(members[side.other().index()]) {
        Identifier::Sound(id) => {
            words!("查验身份证后，在{}『证件号码』录入“{}”", side.title(), Sort::Identifier.of(id))
        }
        _ => words!("查验身份证，在{}录入完整的『证件号码』", side.title()),
    };
    let mut say = Say::new(CorrectIn::side(side), message, remedy);
    say.field = Some("id_no");
    say.values = [0, 1].map(|at| facts.sides[at].id_text.get(members[at]).map(|id| Sort::Identifier.of(id).into()));
    sink.push(facts, RULE.head(), Some(side), Subject::member_of(facts, side, row), say);
}
