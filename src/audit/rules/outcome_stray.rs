//! `O-outcome`: an outcome without its measure on the platform.

use super::{Check, Rule};
use crate::audit::benefits::outcomes_not_delivered;
use crate::audit::draft::Say;
use crate::audit::reads::Reads;
use crate::table::{Category, CorrectIn, Severity, Sort, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "O-outcome",
    title: "有成效无措施",
    category: Category::Outcome,
    severity: Severity::Error,
    what: "省办平台登记了成效，没有登记当年与之对应的措施。每户每年合并为一条。",
    why: "成效要与措施相对应；没有措施的成效说明措施漏录，或成效录错了户、年度。",
    example: "2018年有“光伏分红3000元”的成效，没有光伏扶贫措施。",
    remedy: "在省办平台补录相应措施；成效录错的删除。",
    check: Check::Outcomes,
    obstacle: outcomes_not_delivered,
    reads: Reads::outcomes(),
};

/// The finding in words: items, and the same with the people they are due to.
pub(crate) fn say(items: &[&str], with_names: &[Words], year: Option<i32>) -> Say<'static> {
    let (list, count) = (Words::join(with_names, "、"), items.len());
    let when = year.map(|year| words!("{}年", year)).unwrap_or_default();
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("省办平台{}有{}项成效没有对应措施：{}", &when, count, &list),
        words!("在省办平台补录{}{}的措施；成效录错的删除", &when, &list),
    );
    say.year = year;
    say.values = [None, Some(Words::join(items.iter().map(|item| Sort::Item.of(*item)), "、"))];
    say
}
