//! `B-time`: a benefit before the household was identified, or after the person left.

use super::{Check, Rule, no_obstacle};
use crate::audit::benefits::Noticed;
use crate::audit::draft::Say;
use crate::audit::reads::Reads;
use crate::table::{Category, CorrectIn, Severity};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "B-time",
    title: "措施早于识别或晚于减少",
    category: Category::Benefit,
    severity: Severity::Warning,
    what: "措施的享受年度早于该户（该人）的识别年度，或晚于该人减少（最后在册）的年度。",
    why: "未识别时不能享受扶贫措施，减少后应停止发放；多为年度、识别时间录错，或停发不及时。",
    example: "2017年识别的户，登记了2016年的产业奖补。",
    remedy: "核对享受年度和识别（减少）时间，更正有误的一项；确属错发的停发并上报。",
    check: Check::Benefits,
    obstacle: no_obstacle,
    reads: Reads::benefits(),
};

/// Before the year of identification.
pub(crate) fn before(noticed: &Noticed<'_>, identified: i32) -> Say<'static> {
    Say::new(
        CorrectIn::Both,
        words!("{}早于识别年度（{}年）", noticed.words(), identified),
        "核对享受年度和识别时间，更正有误的一项",
    )
}

/// After the last year in the register.
pub(crate) fn after(noticed: &Noticed<'_>, left: i32) -> Say<'static> {
    Say::new(
        CorrectIn::Both,
        words!("{}晚于减少时间（最后在册{}年）", noticed.words(), left),
        "核对减少时间和享受年度，更正有误的一项；确属错发的停发并上报",
    )
}
