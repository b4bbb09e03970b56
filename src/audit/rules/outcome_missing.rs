//! `O-measure`: measures of a household in a year without any outcome on the platform.

use super::{Check, Rule};
use crate::audit::benefits::outcomes_not_delivered;
use crate::audit::draft::Say;
use crate::audit::reads::Reads;
use crate::table::{Category, CorrectIn, Severity, Sort, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "O-measure",
    title: "有措施无成效",
    category: Category::Outcome,
    severity: Severity::Error,
    what: "省办平台登记了帮扶措施，没有登记该项措施当年的成效，或登记了但内容为空。每户每年合并为一条。",
    why: "成效要与措施相对应；只有措施没有成效，视为帮扶未落实。",
    example: "2018年有产业奖补，没有“增收1500元”之类的成效。",
    remedy: "在省办平台补录相应成效。",
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
        words!("省办平台{}有{}项措施没有成效：{}", &when, count, &list),
        words!("在省办平台补录{}{}的成效", &when, &list),
    );
    say.year = year;
    say.values = [None, Some(Words::join(items.iter().map(|item| Sort::Item.of(*item)), "、"))];
    say
}
