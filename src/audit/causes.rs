//! Findings that follow from another: a damaged identifier explains what the same registry's identifier rules say.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::facts::Facts;
use super::key::Base;
use super::view::NONE;
use crate::table::Side;

/// Fields whose contradictions follow from a damaged identifier.
const FROM_IDENTIFIER: [&str; 3] = ["id_no", "birth_date", "sex"];

/// Gives findings about a damaged identifier the finding that says what to type as their cause.
pub(crate) fn attach(facts: &Facts<'_>, drafts: &mut [Draft]) {
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
