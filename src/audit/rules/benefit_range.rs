//! `B-range`: a year's sum outside the usual amounts.

use super::{Check, Rule, no_obstacle};
use crate::audit::benefits::Noticed;
use crate::audit::draft::Say;
use crate::audit::reads::{Proves, Reads};
use crate::table::{Category, CorrectIn, Severity};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "B-range",
    title: "措施金额超出当年标准",
    category: Category::Benefit,
    severity: Severity::Warning,
    what: "一项措施全年合计金额不在目录所列当年标准范围内。只检查目录中 check_amounts = true 的项目。",
    why: "标准统一的资金，金额不符多为多录、漏录一期，或小数点错位。",
    example: "雨露计划每年3000元，登记了30000元。",
    remedy: "按发放凭据更正金额；认为标准有误的，报县级核定。",
    check: Check::Benefits,
    obstacle: no_obstacle,
    reads: Reads::benefits().with_amounts().proving(Proves::OwnRecord),
};

/// The finding in words.
pub(crate) fn say(noticed: &Noticed<'_>) -> Say<'static> {
    Say::new(
        CorrectIn::Both,
        words!("{}，不在当年标准范围内", noticed.words()),
        "按发放凭据更正金额；认为标准有误的，报县级核定",
    )
}
