//! `H-head`: two linked households have different heads.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Reads, Whose};
use crate::audit::sink::Sink;
use crate::audit::view::NONE;
use crate::table::{Category, CorrectIn, Fate, HouseholdLink, Severity, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "H-head",
    title: "户主不一致",
    category: Category::Field,
    severity: Severity::Error,
    what: "同一户在两个系统中的户主不是同一个人。",
    why: "户主变了，全户的“与户主关系”都会跟着不一致；补贴一卡通也按户主发放。",
    example: "国办系统户主为丈夫，省办平台户主为妻子。",
    remedy: "以国办系统为准在省办平台更换户主，并同时改正全户成员的与户主关系。",
    check: Check::HouseholdPair(check),
    obstacle: no_obstacle,
    reads: Reads { column: Some("relation"), ..Reads::people(Whose::Both) },
};

fn check(facts: &Facts<'_>, pair: &HouseholdLink, sink: &mut Sink) -> bool {
    let heads = [facts.sides[0].head_of(pair.left), facts.sides[1].head_of(pair.right)];
    // An undecided head is a question already asked.
    let undecided = (0..2).any(|side| {
        heads[side] == NONE
            || matches!(
                facts.links.linkage.fates[side][heads[side] as usize],
                Fate::Review | Fate::Conflict | Fate::NotCompared
            )
    });
    if undecided || facts.lacks_people(0, pair.left) {
        return false;
    }
    if facts.links.partner(0, heads[0]) == heads[1] {
        return true;
    }
    let names = [0, 1].map(|side| Sort::Name.or_blank(facts.sides[side].name.get(heads[side])));
    let [national, provincial] = &names;
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("户主不一致：国办系统为“{}”，省办平台为“{}”", national, provincial),
        words!("省办平台户主由“{}”改为“{}”，并核对全户与户主关系", provincial, national),
    );
    say.field = Some("head_name");
    say.values = names.map(|name| Some(name.into()));
    sink.push(facts, RULE.head(), None, Subject::households([pair.left, pair.right]), say);
    true
}
