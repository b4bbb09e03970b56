//! Findings that follow from another: a damaged identifier explains what the same registry's identifier rules say, a
//! different head explains why everybody's 与户主关系 differs, people filed in the wrong household explain its size and its
//! heads. (People of a missing household get their cause at once.)

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

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
    for (cause, consequences) in SHAPES {
        attach_shape(cause, consequences, drafts);
    }
    attach_stated(facts, drafts);
    attach_records(drafts);
}

/// What a roll does not know of a record that should not be there, or not so, is said of that record already.
const WRONG_RECORDS: [&str; 4] = ["B-beneficiary", "B-duplicate", "B-extra", "B-year"];

fn attach_records(drafts: &mut [Draft]) {
    let wrong: FxHashMap<(u32, u32), Base> = drafts
        .iter()
        .filter(|draft| WRONG_RECORDS.contains(&draft.finding.rule_id.as_str()))
        .filter_map(|draft| Some((draft.finding.provincial.map(|place| (place.sheet_ix, place.row))?, draft.base)))
        .collect();
    for draft in drafts.iter_mut().filter(|draft| draft.finding.rule_id == "R-extra" && draft.cause.is_none()) {
        draft.cause = draft.finding.provincial.and_then(|place| wrong.get(&(place.sheet_ix, place.row)).copied());
    }
}

/// Households of both sides, and what was found on one of them: side, person, year.
type Known = FxHashMap<(usize, u32), Vec<(Option<Side>, [u32; 2], Option<i32>, Base)>>;

/// What follows from another rule because a rule says so (`follows`): of the same household and side; of the same person
/// when both are about one; of the same year, or where there is none, of any.
fn attach_stated(facts: &Facts<'_>, drafts: &mut [Draft]) {
    let stated: BTreeMap<&str, &[String]> = facts
        .settings
        .logic
        .iter()
        .filter(|rule| !rule.follows.is_empty())
        .map(|rule| (rule.id.as_str(), rule.follows.as_slice()))
        .collect();
    let wanted: BTreeSet<&str> = stated.values().flat_map(|rules| rules.iter().map(String::as_str)).collect();
    let mut found: BTreeMap<&str, Known> = BTreeMap::new();
    for draft in drafts.iter() {
        if let Some(rule) = wanted.get(draft.finding.rule_id.as_str()) {
            let known = found.entry(rule).or_default();
            for (side, household) in draft.households.into_iter().enumerate().filter(|(_, row)| *row != NONE) {
                let entry = (draft.side, draft.members, draft.finding.year, draft.base);
                known.entry((side, household)).or_default().push(entry);
            }
        }
    }
    let causes: Vec<Option<Base>> = drafts
        .iter()
        .map(|draft| stated.get(draft.finding.rule_id.as_str()).and_then(|rules| explanation(draft, rules, &found)))
        .collect();
    for (draft, cause) in drafts.iter_mut().zip(causes) {
        draft.cause = draft.cause.or(cause);
    }
}

/// The finding that explains a draft, of the first rule that has one.
fn explanation(draft: &Draft, rules: &[String], found: &BTreeMap<&str, Known>) -> Option<Base> {
    let homes = || draft.households.into_iter().enumerate().filter(|(_, row)| *row != NONE);
    let fits = |(side, members, ..): &&(Option<Side>, [u32; 2], Option<i32>, Base)| {
        let same_side = side.is_none() || draft.side.is_none() || *side == draft.side;
        let are_persons = *members != [NONE; 2] && draft.members != [NONE; 2];
        same_side && (!are_persons || *members == draft.members)
    };
    rules.iter().find_map(|rule| {
        let known = found.get(rule.as_str())?;
        let candidates = homes().filter_map(|home| known.get(&home)).flatten().filter(fits);
        let best = candidates.min_by_key(|(_, _, year, base)| (*year != draft.finding.year, *base));
        best.map(|(.., base)| *base)
    })
}

/// What follows when households were put together or taken apart: size, head, relations, number, and their benefits.
const REGROUPED: &[&str] = &[
    "F-declared_size",
    "F-relation",
    "H-head",
    "H-household-no",
    "L-038",
    "L-039",
    "B-missing",
    "B-extra",
    "B-duplicate",
];

/// What follows for a household from its people: rules that tell who is in it, gravest first, and what they explain.
const SHAPES: [(&str, &[&str]); 6] = [
    ("H-merge", REGROUPED),
    ("H-split", REGROUPED),
    ("H-moved", &["F-declared_size", "F-relation", "H-head", "L-038", "L-039"]),
    ("D-person", &["F-declared_size", "L-038", "L-039"]),
    ("P-member", &["F-declared_size", "L-038", "L-039"]),
    ("P-left", &["F-declared_size", "L-038", "L-039"]),
];

/// Gives the consequences of one rule in the households that it names their cause: those of its side, or of both.
fn attach_shape(cause: &str, consequences: &[&str], drafts: &mut [Draft]) {
    let mut households: BTreeMap<(Side, u32), Base> = BTreeMap::new();
    for draft in drafts.iter().filter(|draft| draft.finding.rule_id == cause) {
        for side in Side::BOTH.into_iter().filter(|side| draft.side.is_none_or(|own| own == *side)) {
            let base = households.entry((side, draft.households[side.index()])).or_insert(draft.base);
            *base = draft.base.min(*base);
        }
    }
    for draft in drafts.iter_mut().filter(|draft| draft.cause.is_none()) {
        if consequences.contains(&draft.finding.rule_id.as_str()) {
            let of = |side: Side| Some(draft.households[side.index()]).filter(|household| *household != NONE);
            draft.cause = Side::BOTH.iter().find_map(|side| households.get(&(*side, of(*side)?)).copied());
        }
    }
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
