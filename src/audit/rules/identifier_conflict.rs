//! `I-conflict`: one identifier, two different people.

use super::{Check, Rule, no_obstacle, pair_undecided};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Proves, Reads, Whose};
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Decision, MemberLink, Severity, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "I-conflict",
    title: "证件号码相同而人不同",
    category: Category::Identity,
    severity: Severity::Error,
    what: "同一个证件号码在两个系统中登记在两个不同的人名下。",
    why: "多为录入时贴错了家庭成员的号码；不更正，参保、资助、低保都会记到别人名下。",
    example: "国办系统该号码是母亲的，省办平台填在女儿名下。",
    remedy: "查验两人身份证原件，改正填错的一方。",
    check: Check::MemberLink(check),
    obstacle: no_obstacle,
    reads: Reads::people(Whose::Both).proving(Proves::Nothing),
};

fn check(facts: &Facts<'_>, link: &MemberLink, sink: &mut Sink) -> bool {
    if link.decision != Decision::Conflict {
        return true;
    }
    let names = [facts.sides[0].name.get(link.left), facts.sides[1].name.get(link.right)];
    let [national, provincial] = names.map(|name| Sort::Name.or_blank(name));
    let waiting = pair_undecided::waiting(facts, link);
    let message = words!("同一证件号码在国办系统是“{}”，在省办平台是“{}”{}", national, provincial, waiting);
    let mut say = Say::new(CorrectIn::Visit, message, "查验两人身份证原件，改正填错的一方");
    say.field = Some("id_no");
    say.values = [0, 1].map(|side| {
        let member = [link.left, link.right][side];
        facts.sides[side].id_text.get(member).map(|id| Sort::Identifier.of(id).into())
    });
    sink.push(facts, RULE.head(), None, Subject::people(facts, [link.left, link.right]), say);
    true
}
