//! `B-extra`: the platform records a benefit that the national system does not.

use super::{Check, Rule};
use crate::audit::benefits::{Noticed, not_comparable};
use crate::audit::draft::Say;
use crate::audit::reads::{Proves, Reads};
use crate::table::{Category, CorrectIn, Severity};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "B-extra",
    title: "帮扶措施省办多录",
    category: Category::Benefit,
    severity: Severity::Warning,
    what: "省办平台记录某人（户）某年享受某项措施，国办系统没有。",
    why: "可能是国办系统漏录，也可能是记到了别人名下，需对照发放名册核实。",
    example: "省办平台有2017年产业奖补1500元，国办系统没有。",
    remedy: "对照发放名册核实：属实的附佐证，不属实的在省办平台删除。",
    check: Check::Benefits,
    obstacle: not_comparable,
    reads: Reads::benefits().proving(Proves::Link),
};

/// The finding in words.
pub(crate) fn say<'s>(noticed: &Noticed<'s>) -> Say<'s> {
    let words = noticed.words();
    let mut say = Say::new(
        CorrectIn::Visit,
        words!("省办平台有{}，国办系统没有", &words),
        "对照发放名册核实：属实的附佐证，不属实的在省办平台删除",
    );
    say.values = [None, Some(words)];
    say
}
