//! Findings that follow from another: a damaged identifier explains what the same registry's identifier rules say, a
//! different head explains why everybody's 与户主关系 differs. (People of a missing household get their cause at once.)

use std::collections::BTreeMap;

use super::draft::Draft;
use super::facts::Facts;
use super::key::Base;
use super::view::NONE;
use crate::table::Side;

/// Fields whose contradictions follow from a damaged identifier.
const FROM_IDENTIFIER: [&str; 3] = ["id_no", "birth_date", "sex"];

/// Gives findings that follow from another the identity of that one.
pub(crate) fn attach(facts: &Facts<'_>, drafts: &mut [Draft]) {
    attach_damaged_identifiers(facts, drafts);
    attach_different_heads(drafts);
}

fn attach_different_heads(drafts: &mut [Draft]) {
    let heads: BTreeMap<[u32; 2], Base> = drafts
        .iter()
        .filter(|draft| draft.finding.rule_id == "H-head")
        .map(|draft| (draft.households, draft.base))
        .collect();
    for draft in drafts.iter_mut().filter(|draft| draft.finding.rule_id == "F-relation") {
        draft.cause = draft.cause.or_else(|| heads.get(&draft.households).copied());
    }
}

fn attach_damaged_identifiers(facts: &Facts<'_>, drafts: &mut [Draft]) {
    let damaged = damaged_people(facts, drafts);
    for draft in drafts.iter_mut().filter(|draft| draft.cause.is_none() && draft.finding.rule_id.starts_with("L-")) {
        let is_about_it = draft.finding.field.as_deref().is_some_and(|field| FROM_IDENTIFIER.contains(&field));
        if let (true, Some(side)) = (is_about_it, draft.side) {
            draft.cause = damaged.get(&(side, draft.members[side.index()])).copied();
        }
    }
}

fn damaged_people(facts: &Facts<'_>, drafts: &[Draft]) -> BTreeMap<(Side, u32), Base> {
    let mut damaged = BTreeMap::new();
    for draft in drafts.iter().filter(|draft| draft.finding.rule_id == "I-damaged") {
        for side in Side::BOTH {
            let member = draft.members[side.index()];
            if member != NONE && facts.side(side).has_damaged_id(member) {
                damaged.insert((side, member), draft.base);
            }
        }
    }
    damaged
}
