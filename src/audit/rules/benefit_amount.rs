//! `B-amount`: the same benefit is recorded with different amounts.

use super::{Check, Rule};
use crate::audit::benefits::{Noticed, not_comparable};
use crate::audit::draft::Say;
use crate::audit::fields::value::yuan;
use crate::audit::reads::{Proves, Reads};
use crate::table::words::number;
use crate::table::{Category, CorrectIn, Severity, Sort, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "B-amount",
    title: "帮扶措施金额不一致",
    category: Category::Benefit,
    severity: Severity::Error,
    what: "同一人（户）同一年的同一项措施，两个系统的金额不同（超出容差）；一方按月、一方按年登记的，比较全年合计。",
    why: "金额进入转移性收入，直接影响人均纯收入的核算。",
    example: "国办系统2018年低保4800元，省办平台480元。",
    remedy: "省办平台的金额按国办系统更正。",
    check: Check::Benefits,
    obstacle: not_comparable,
    reads: Reads::benefits().with_amounts().proving(Proves::BothRecords),
};

/// The finding in words; `noticed.amount` is the national amount, in fen.
pub(crate) fn say<'s>(noticed: &Noticed<'s>, provincial: Option<i64>, is_total: bool) -> Say<'s> {
    let sum = if is_total { "全年合计金额" } else { "金额" };
    let what = words!("{}『{}』{}", noticed.year_prefix(), Sort::Item.of(noticed.item), sum);
    let amount = |fen: Option<i64>| fen.map_or(Words::from("未填"), |fen| words!("{}元", number(yuan(fen))));
    let (right, wrong) = (amount(noticed.amount), amount(provincial));
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("{}不一致：国办系统为{}，省办平台为{}", &what, &right, &wrong),
        match provincial {
            None => words!("省办平台{}补填为{}", &what, &right),
            Some(_) => words!("省办平台{}由{}改为{}", &what, &wrong, &right),
        },
    );
    say.field = Some("amount");
    say.values = [noticed.amount, provincial].map(|fen| fen.map(|fen| number(yuan(fen)).into()));
    // A blank amount is an omission, not a contradiction.
    say.severity = provincial.is_none().then_some(Severity::Warning);
    say
}
