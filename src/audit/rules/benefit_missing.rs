//! `B-missing`: the national system proves a benefit that the platform does not record (应录未录).

use super::{Check, Rule};
use crate::audit::benefits::{Noticed, not_comparable};
use crate::audit::draft::Say;
use crate::audit::reads::{Proves, Reads};
use crate::table::{Category, CorrectIn, Severity};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "B-missing",
    title: "帮扶措施省办漏录",
    category: Category::Benefit,
    severity: Severity::Error,
    what: "国办系统记录某人（户）某年享受某项措施，省办平台同一人（户）没有该项该年的记录。",
    why: "历年享受的帮扶措施和成效在省办平台应录尽录。",
    example: "国办系统有2018年雨露计划3000元，省办平台没有。",
    remedy: "在省办平台按国办系统补录该项措施。",
    check: Check::Benefits,
    obstacle: not_comparable,
    reads: Reads::benefits().proving(Proves::ReferenceRecord),
};

/// The finding in words.
pub(crate) fn say<'s>(noticed: &Noticed<'s>) -> Say<'s> {
    let words = noticed.words();
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("国办系统有{}，省办平台没有", &words),
        words!("在省办平台补录{}", &words),
    );
    say.values = [Some(words), None];
    say
}
