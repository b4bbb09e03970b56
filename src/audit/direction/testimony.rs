//! What else tells that the reference's name or number is the wrong one: its own damage, its own records of the person, and
//! departments' rolls.
//!
//! Records of the platform are no witness for the platform: one clerk typed both.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::rolls::Evidence;
use crate::audit::view::{NONE, Texts, indices};
use crate::normalise::name;
use crate::table::words::Words;
use crate::words;

/// Why the reference is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Testimony {
    /// A character of its value is lost, and the platform's has one there.
    Damaged,
    /// So many entries of its own records and of rolls print the platform's value, and none its own.
    Records(u32),
}

impl Testimony {
    /// What follows the value.
    pub(super) fn words(self) -> Words {
        match self {
            Self::Damaged => "有字未能录入".into(),
            Self::Records(entries) => words!("与国办系统帮扶措施、部门名册的登记（{}条）不符", entries),
        }
    }
}

/// Fields that records print, too.
const NAME: &str = "F-name";
const NUMBER: &str = "F-id_no";

/// What is told of differences of names and numbers, by draft.
pub(super) fn all(facts: &Facts<'_>, evidence: Evidence<'_>, drafts: &[Draft]) -> BTreeMap<usize, Testimony> {
    let is_meant = |draft: &&Draft| {
        [NAME, NUMBER].contains(&draft.finding.rule_id.as_str()) && draft.members.iter().all(|member| *member != NONE)
    };
    let meant: BTreeMap<u32, ()> = drafts.iter().filter(is_meant).map(|draft| (draft.members[0], ())).collect();
    if meant.is_empty() {
        return BTreeMap::new();
    }
    let entries = Entries::of(facts, evidence, &meant).unwrap_or_default();
    let told = |(at, draft): (usize, &Draft)| {
        let [national, provincial] = draft.members;
        let is_name = draft.finding.rule_id == NAME;
        let testimony = if is_name && is_damaged(facts, [national, provincial]) {
            Testimony::Damaged
        } else {
            Testimony::Records(entries.for_platform(facts, is_name, [national, provincial])?)
        };
        Some((at, testimony))
    };
    drafts.iter().enumerate().filter(|(_, draft)| is_meant(draft)).filter_map(told).collect()
}

/// Whether the reference's name lacks a character where the platform's has one.
fn is_damaged(facts: &Facts<'_>, [national, provincial]: [u32; 2]) -> bool {
    let key = |side: usize, row: u32| facts.sides[side].name_key.get(row).unwrap_or_default();
    let (national, provincial) = (key(0, national), key(1, provincial));
    national.contains(name::WILDCARD) && !provincial.contains(name::WILDCARD)
}

/// People of rolls: member of the reference (through the platform's where only that one is known), row of the roll's people.
fn of_rolls(facts: &Facts<'_>, evidence: Evidence<'_>) -> Vec<(u32, u32)> {
    let [national, provincial] = &evidence.links.members;
    let through_platform = |member: &Option<u32>| {
        member.map(|member| facts.links.partner(1, member)).filter(|partner| *partner != NONE)
    };
    let both = national.iter().zip(provincial).zip(0_u32..);
    both.filter_map(|((own, other), row)| Some((own.or_else(|| through_platform(other))?, row))).collect()
}

/// Names and numbers that records print, by the person of the reference: how often.
#[derive(Default)]
struct Entries {
    names: FxHashMap<(u32, String), u32>,
    numbers: FxHashMap<(u32, String), u32>,
}

impl Entries {
    fn of(facts: &Facts<'_>, evidence: Evidence<'_>, meant: &BTreeMap<u32, ()>) -> Option<Self> {
        let mut entries = Self::default();
        let own = &facts.sides[0].registry.benefits;
        let members = indices(own, "member_ix").ok()?;
        entries.add(&Printed::of(own)?, members.into_iter().zip(0..), meant);
        let roll_people = &evidence.rolls.people;
        if let Some(printed) = Printed::of(roll_people) {
            entries.add(&printed, of_rolls(facts, evidence).into_iter(), meant);
        }
        Some(entries)
    }
    /// Counts rows (member of the reference, row of the table).
    fn add(&mut self, printed: &Printed, rows: impl Iterator<Item = (u32, u32)>, meant: &BTreeMap<u32, ()>) {
        for (member, row) in rows.filter(|(member, _)| meant.contains_key(member)) {
            if let Some(name) = printed.names.get(row) {
                *self.names.entry((member, name.to_owned())).or_default() += 1;
            }
            if let Some(number) = printed.numbers.get(row) {
                *self.numbers.entry((member, number.to_owned())).or_default() += 1;
            }
        }
    }
    /// How many print the platform's value, when none prints the reference's.
    fn for_platform(&self, facts: &Facts<'_>, is_name: bool, [national, provincial]: [u32; 2]) -> Option<u32> {
        let value = |side: usize, row: u32| {
            let view = &facts.sides[side];
            if is_name { view.name_key.get(row) } else { view.id18.get(row) }.map(str::to_owned)
        };
        let entries = if is_name { &self.names } else { &self.numbers };
        let count = |value: Option<String>| value.and_then(|value| entries.get(&(national, value)).copied()).unwrap_or(0);
        let (own, platforms) = (count(value(0, national)), count(value(1, provincial)));
        (own == 0 && platforms > 0).then_some(platforms)
    }
}

/// The names and numbers of a table of records.
struct Printed {
    names: Texts,
    numbers: Texts,
}

impl Printed {
    fn of(frame: &polars::prelude::DataFrame) -> Option<Self> {
        Some(Self { names: Texts::of(frame, "name_key").ok()?, numbers: Texts::of(frame, "id18").ok()? })
    }
}
