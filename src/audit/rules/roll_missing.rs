//! `R-missing`: a department's roll proves a benefit that the platform does not record.

use super::{Check, Rule};
use crate::audit::benefits::Noticed;
use crate::audit::draft::Say;
use crate::audit::reads::{Proves, Reads};
use crate::audit::rolls::not_delivered;
use crate::table::{Category, CorrectIn, Severity, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "R-missing",
    title: "部门名册有、省办平台未录",
    category: Category::Benefit,
    severity: Severity::Error,
    what: "部门名册证明本人（本户）享受了该项措施，省办平台没有登记，国办系统也没有。国办系统已登记的由 B-missing 报告。",
    why: "历年享受的措施要应录尽录；名册是发放的凭据。",
    example: "残联名册2018年有护理补贴，省办平台没有登记。",
    remedy: "按名册在省办平台补录该年度措施和成效；国办系统也没有的，窗口期一并补录。",
    check: Check::Rolls,
    obstacle: not_delivered,
    reads: Reads::rolls().proving(Proves::RollRecord),
};

/// The finding in words.
pub(crate) fn say(noticed: &Noticed<'_>, source: &Words) -> Say<'static> {
    let words = noticed.words();
    let mut say = Say::new(
        CorrectIn::Both,
        words!("部门名册有{}，两个系统都没有登记。依据：{}", &words, source),
        words!("按名册在省办平台补录{}及成效；国办系统窗口期一并补录", &words),
    );
    say.year = noticed.year;
    say
}
