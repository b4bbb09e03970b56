//! `B-duplicate`: one benefit recorded twice inside a registry.

use super::{Check, Rule, no_obstacle};
use crate::audit::benefits::Noticed;
use crate::audit::draft::Say;
use crate::audit::facts::Facts;
use crate::audit::reads::{Proves, Reads, Whose};
use crate::table::{Category, CorrectIn, Severity, Side};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "B-duplicate",
    title: "帮扶措施重复录入",
    category: Category::Benefit,
    severity: Severity::Error,
    what: "同一系统内，同一人（户）同一项目、同一期间、同一金额的措施录入了两次以上。按月、按学期发放的项目，一年内在应有次数以内的不算重复。",
    why: "重复录入会多算转移性收入和帮扶资金。",
    example: "2018年雨露计划春季1500元在省办平台录入两条。",
    remedy: "删除重复的一条。",
    check: Check::Benefits,
    obstacle,
    reads: Reads { people: Whose::Both, ..Reads::benefits() }.proving(Proves::OwnRecord),
};

fn obstacle(facts: &Facts<'_>) -> Option<String> {
    let delivered = facts.sides.iter().any(|side| side.registry.has_benefits);
    if delivered { no_obstacle(facts) } else { Some("两个系统都没有提供帮扶措施导出".to_owned()) }
}

/// The finding in words.
pub(crate) fn say<'s>(noticed: &Noticed<'s>, side: Side) -> Say<'s> {
    let words = noticed.words();
    let mut say = Say::new(
        CorrectIn::side(side),
        words!("{}中{}重复录入", side.title(), &words),
        words!("在{}删除重复的一条", side.title()),
    );
    say.values[side.index()] = Some(words);
    say
}
