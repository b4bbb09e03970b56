//! `D-id`: one identifier under two names inside a registry.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::Reads;
use crate::audit::sink::Sink;
use crate::audit::view::SideView;
use crate::table::{Category, CorrectIn, Severity, Side, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "D-id",
    title: "同一证件号码登记在不同姓名下",
    category: Category::Duplicate,
    severity: Severity::Error,
    what: "同一系统内，同一个证件号码登记在两个不同姓名的人名下。",
    why: "至少有一人的号码是错的，其参保、资助、低保信息会记到别人名下。",
    example: "录入新生儿时误用了母亲的证件号码。",
    remedy: "查验身份证或户口本，改正填错的一人。",
    check: Check::Registry(check),
    obstacle: no_obstacle,
    reads: Reads::identifiers(),
};

fn check(facts: &Facts<'_>, side: Side, sink: &mut Sink) -> u64 {
    let view = facts.side(side);
    let duplicates = &facts.links.linkage.duplicates[side.index()];
    let is_same_person = |row: u32| duplicates.binary_search_by_key(&row, |(duplicate, _)| *duplicate).is_ok();
    for group in groups_by_identifier(view) {
        let first = group[0];
        let others = group.iter().filter(|row| view.name_key.get(**row) != view.name_key.get(first));
        for &row in others.filter(|row| !is_same_person(**row)) {
            let names = [view.name.get(first), view.name.get(row)];
            let [one, other] = names.map(|name| Sort::Name.or_blank(name));
            let message = words!("{}中同一证件号码登记在“{}”和“{}”两人名下", side.title(), one, other);
            let remedy = "查验身份证或户口本，改正填错的一人";
            let mut say = Say::new(CorrectIn::side(side), message, remedy);
            say.field = Some("id_no");
            say.values[side.index()] = view.id_text.get(row).map(|id| Sort::Identifier.of(id).into());
            sink.push(facts, RULE.head(), Some(side), Subject::member_of(facts, side, row), say);
        }
    }
    u64::from(view.member_count())
}

/// Rows that share a trustworthy identifier, in row order; only groups of two and more, sorted.
pub(super) fn groups_by_identifier(view: &SideView<'_>) -> Vec<Vec<u32>> {
    let mut rows: Vec<(&str, u32)> =
        (0..view.member_count()).filter_map(|row| Some((view.id18.get(row)?, row))).collect();
    rows.retain(|(_, row)| !view.past_members[*row as usize]);
    rows.sort_unstable();
    let groups = rows.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
    groups.map(|group| group.iter().map(|(_, row)| *row).collect()).collect()
}
