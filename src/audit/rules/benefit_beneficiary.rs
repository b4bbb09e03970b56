//! `B-beneficiary`: the platform records a benefit for another member of the household.

use super::{Check, Rule};
use crate::audit::benefits::{Noticed, not_comparable};
use crate::audit::draft::Say;
use crate::audit::reads::{Proves, Reads};
use crate::table::{Category, CorrectIn, Severity, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "B-beneficiary",
    title: "措施受益人不一致",
    category: Category::Benefit,
    severity: Severity::Error,
    what: "同一户同一项措施，年度和金额都相同，国办系统登记给一名成员，省办平台登记给另一名成员。",
    why: "受益人错了，教育、医疗、残疾人补贴等按人核对的名册就对不上。",
    example: "雨露计划国办系统登记给孙子，省办平台登记给户主。",
    remedy: "省办平台把受益人改为国办系统登记的成员。",
    check: Check::Benefits,
    obstacle: not_comparable,
    reads: Reads::benefits().proving(Proves::BothRecords),
};

/// The finding in words; names national before provincial.
pub(crate) fn say(noticed: &Noticed<'_>, names: [Option<&str>; 2]) -> Say<'static> {
    let words = noticed.words();
    let [national, provincial] = names.map(|name| Sort::Name.or_blank(name));
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("{}：国办系统受益人为“{}”，省办平台为“{}”", &words, &national, &provincial),
        words!("省办平台{}的受益人由“{}”改为“{}”", &words, &provincial, &national),
    );
    say.field = Some("beneficiary");
    say.values = [Some(national.into()), Some(provincial.into())];
    say
}
