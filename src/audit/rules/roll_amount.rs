//! `R-amount`: the platform and the department's roll have unlike sums.

use super::{Check, Rule};
use crate::audit::benefits::Noticed;
use crate::audit::draft::Say;
use crate::audit::fields::value::yuan;
use crate::audit::reads::{Proves, Reads};
use crate::audit::rolls::not_delivered;
use crate::table::words::number;
use crate::table::{Category, CorrectIn, Severity, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "R-amount",
    title: "省办平台金额与部门名册不符",
    category: Category::Benefit,
    severity: Severity::Warning,
    what: "省办平台与部门名册都有该项措施，全年合计金额不同。国办系统也登记的，按国办系统比较（B-amount）。",
    why: "金额是成效和收入核算的依据；只录了一个学期是常见原因。",
    example: "名册全年3000元，省办平台只登记1500元。",
    remedy: "按名册在省办平台更正金额，或补录缺少的期次。",
    check: Check::Rolls,
    obstacle: not_delivered,
    reads: Reads::rolls().proving(Proves::RollRecord),
};

/// The finding in words.
pub(crate) fn say(noticed: &Noticed<'_>, recorded_fen: i64, source: &Words) -> Say<'static> {
    let (words, recorded) = (noticed.words(), number(yuan(recorded_fen)));
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("部门名册为{}，省办平台合计{}元。依据：{}", &words, &recorded, source),
        words!("按名册在省办平台更正为{}，或补录缺少的期次", &words),
    );
    say.year = noticed.year;
    say.values = [None, Some(recorded.into())];
    say
}
