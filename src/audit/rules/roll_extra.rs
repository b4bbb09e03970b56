//! `R-extra`: the platform records a benefit that the department's roll does not know.

use super::{Check, Rule};
use crate::audit::benefits::Noticed;
use crate::audit::draft::Say;
use crate::audit::reads::Reads;
use crate::audit::rolls::not_delivered;
use crate::table::words::Value;
use crate::table::{Category, CorrectIn, Severity, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "R-extra",
    title: "省办平台已录、部门名册没有",
    category: Category::Benefit,
    severity: Severity::Warning,
    what: "省办平台登记了该项措施，该乡镇当年的部门名册上没有本人（本户）。名册覆盖不到一半记录的，视为名册不全，不检查。",
    why: "没有发放凭据的措施，可能是录错了人、录错了年度，或名册漏了人。",
    example: "省办平台2018年登记了低保，民政名册没有此人。",
    remedy: "与主管部门核对：确未享受的在省办平台删除，名册漏登的请部门补登。",
    check: Check::Rolls,
    obstacle: not_delivered,
    reads: Reads::rolls(),
};

/// The finding in words.
pub(crate) fn say(noticed: &Noticed<'_>, holder: &str) -> Say<'static> {
    let (words, holder) = (noticed.words(), Value::Configured(holder));
    let mut say = Say::new(
        CorrectIn::Visit,
        words!("省办平台登记了{}，{}名册上没有", &words, &holder),
        words!("与{}核对{}：确未享受的在省办平台删除；名册漏登的请其补登", &holder, &words),
    );
    say.year = noticed.year;
    say.values = [None, Some(Sort::Item.of(noticed.item).into())];
    say
}
