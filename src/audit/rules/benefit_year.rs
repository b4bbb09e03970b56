//! `B-year`: the same benefit is recorded under different years.

use super::{Check, Rule};
use crate::audit::benefits::{Noticed, not_comparable, year_words};
use crate::audit::draft::Say;
use crate::audit::reads::{Proves, Reads};
use crate::table::words::number;
use crate::table::{Category, CorrectIn, Severity, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "B-year",
    title: "帮扶措施年度不一致",
    category: Category::Benefit,
    severity: Severity::Error,
    what: "同一人（户）的同一项措施，两个系统登记的享受年度不同。",
    why: "按年度统计时，一个年度算漏录，另一个年度算多录。",
    example: "2018年的医保代缴在省办平台登记为2017年（缴费在上年底）。",
    remedy: "省办平台的享受年度按国办系统更正。",
    check: Check::Benefits,
    obstacle: not_comparable,
    reads: Reads::benefits().proving(Proves::BothRecords),
};

/// The finding in words; `provincial` is the year on the platform.
pub(crate) fn say<'s>(noticed: &Noticed<'s>, provincial: Option<i32>) -> Say<'s> {
    let item = Sort::Item.of(noticed.item);
    let (right, wrong) = (year_words(noticed.year), year_words(provincial));
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("『{}』享受年度不一致：国办系统为{}，省办平台为{}", &item, &right, &wrong),
        words!("省办平台『{}』享受年度由{}改为{}", &item, &wrong, &right),
    );
    say.field = Some("benefit_year");
    say.values = [noticed.year, provincial].map(|year| year.map(|year| number(year).into()));
    say
}
