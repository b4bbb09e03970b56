//! `B-exclusive`: two items that exclude one another, for one person in one year.

use super::{Check, Rule, no_obstacle};
use crate::audit::benefits::Noticed;
use crate::audit::draft::Say;
use crate::audit::reads::Reads;
use crate::table::{Category, CorrectIn, Severity, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "B-exclusive",
    title: "互斥措施同年登记",
    category: Category::Benefit,
    severity: Severity::Error,
    what: "同一人同一年度登记了目录中互相排斥的两项措施（如低保与特困供养）。哪些互斥，见帮扶措施目录的 excludes。",
    why: "互斥的资金不能同时享受，资金监管比对会报异常。",
    example: "2018年同一人既登记低保，又登记特困供养。",
    remedy: "与主管部门核对，删除误录的一项；确属重复发放的上报。年内转换待遇的附佐证。",
    check: Check::Benefits,
    obstacle: no_obstacle,
    reads: Reads::benefits(),
};

/// The finding in words.
pub(crate) fn say(noticed: &Noticed<'_>, other: &str) -> Say<'static> {
    let (year, item, other) = (noticed.year_prefix(), Sort::Item.of(noticed.item), Sort::Item.of(other));
    Say::new(
        CorrectIn::Both,
        words!("{}同时登记了『{}』和『{}』，二者不能同时享受", year, &item, &other),
        words!("与主管部门核对，删除误录的『{}』或『{}』；年内转换待遇的附佐证", &item, &other),
    )
}
