//! What else tells that the reference's name or number is the wrong one, beside the rules of its rows.
//!
//! | witness | of | tells |
//! |---|---|---|
//! | a character that could not be entered, where the platform has one | names | the reference is wrong |
//! | departments' rolls, and then the reference's own records of the person, more of which print the platform's value than the reference's | both | the reference is wrong |
//! | others of the household have the platform's surname and nobody the reference's; nobody in the county has the reference's, many the platform's | names | the reference is wrong |
//! | a relative has the number, in both systems | numbers | the reference is wrong |
//! | two of a household have each other's numbers, and the platform's rows print the birth and sex of theirs | numbers | the reference is wrong |
//! | the same without such rows; a name that lacks a character of the platform's | both | either may be |
//!
//! Records of the platform are no witness for the platform: one clerk typed both.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::rolls::Evidence;
use crate::audit::view::{NONE, Texts};
use crate::error::Result;
use crate::normalise::name;
use crate::table::words::Words;
use crate::words;

/// Why the reference is wrong, or may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Testimony {
    /// A character of its value is lost, and the platform's has one there.
    Damaged,
    /// So many entries of its own records and of rolls print the platform's value, more than print its own.
    Records(u32),
    /// The household has the platform's surname, or nobody in the county the reference's.
    Surname,
    /// Its number is a relative's, who has it in both systems.
    Doubled,
    /// Its numbers of two people changed places: the platform's rows agree with theirs.
    Crossed,
    /// The numbers of two people changed places on one side.
    CrossedSomewhere,
    /// It may lack a character.
    Shorter,
}

impl Testimony {
    /// Whether it only tells that either side may be wrong.
    pub(super) fn is_doubt(self) -> bool {
        matches!(self, Self::CrossedSomewhere | Self::Shorter)
    }
    /// What follows the reference's value, or in a doubt stands alone.
    pub(super) fn words(self) -> Words {
        match self {
            Self::Damaged => "有字未能录入".into(),
            Self::Records(entries) => words!("与国办系统帮扶措施、部门名册的登记（{}条）不符", entries),
            Self::Surname => "的姓与同户其他人不同，或全县没有".into(),
            Self::Doubled => "是同户另一成员的号码".into(),
            Self::Crossed => "与同户另一成员的号码对调".into(),
            Self::CrossedSomewhere => "同户两人的号码在一个系统里对调".into(),
            Self::Shorter => "国办系统的姓名可能漏字".into(),
        }
    }
}

/// Fields that records print, too.
const NAME: &str = "F-name";
const NUMBER: &str = "F-id_no";

/// What is told of differences of names and numbers, by draft.
///
/// # Errors
/// A table that is not what the schema promises.
pub(super) fn all(facts: &Facts<'_>, evidence: Evidence<'_>, drafts: &[Draft]) -> Result<BTreeMap<usize, Testimony>> {
    let is_meant = |draft: &&Draft| {
        [NAME, NUMBER].contains(&draft.finding.rule_id.as_str()) && draft.members.iter().all(|member| *member != NONE)
    };
    let meant: BTreeMap<u32, ()> = drafts.iter().filter(is_meant).map(|draft| (draft.members[0], ())).collect();
    if meant.is_empty() {
        return Ok(BTreeMap::new());
    }
    let witnesses = Witnesses {
        facts,
        rolls: OfRolls::of(facts, evidence, &meant)?,
        rows: OwnRows::of(facts)?,
        surnames: Surnames::of(facts),
    };
    let told = |(at, draft): (usize, &Draft)| {
        let testimony = match draft.finding.rule_id.as_str() {
            NAME => witnesses.of_name(draft.members),
            _ => witnesses.of_number(draft.members),
        };
        Some((at, testimony?))
    };
    Ok(drafts.iter().enumerate().filter(|(_, draft)| is_meant(draft)).filter_map(told).collect())
}

/// All that can be asked about a pair of members: of the reference, of the platform.
struct Witnesses<'a, 'f> {
    facts: &'a Facts<'f>,
    rolls: OfRolls,
    rows: OwnRows,
    surnames: Surnames,
}

impl Witnesses<'_, '_> {
    fn of_name(&self, [national, provincial]: [u32; 2]) -> Option<Testimony> {
        let key = |side: usize, row: u32| self.facts.sides[side].name_key.get(row);
        let (own, platforms) = (key(0, national)?, key(1, provincial)?);
        if own.contains(name::WILDCARD) && !platforms.contains(name::WILDCARD) {
            return Some(Testimony::Damaged);
        }
        let records = &self.facts.sides[0].registry.printed.names;
        let rolls = [self.rolls.names(national, own), self.rolls.names(national, platforms)];
        match heard(rolls, [records.own(national), records.other(national, platforms)]) {
            Heard::Against(entries) => return Some(Testimony::Records(entries)),
            Heard::For => return None,
            Heard::Nothing => {}
        }
        if self.is_of_another_family(national, own, platforms) || self.surnames.is_slip(own, platforms) {
            return Some(Testimony::Surname);
        }
        lacks_a_character(own, platforms).then_some(Testimony::Shorter)
    }

    /// Whether somebody of the household has the platform's surname, and nobody else the reference's.
    fn is_of_another_family(&self, national: u32, own: &str, platforms: &str) -> bool {
        let view = &self.facts.sides[0];
        let others = || {
            let members = view.members_of(view.household_of(national)).iter();
            members.filter(|member| **member != national).filter_map(|member| surname(view.name_key.get(*member)?))
        };
        let has = |name: &str| others().any(|other| Some(other) == surname(name));
        surname(own) != surname(platforms) && has(platforms) && !has(own)
    }

    fn of_number(&self, [national, provincial]: [u32; 2]) -> Option<Testimony> {
        let key = |side: usize, row: u32| self.facts.sides[side].id18.get(row);
        let (own, platforms) = (key(0, national)?, key(1, provincial)?);
        let records = &self.facts.sides[0].registry.printed.numbers;
        let own_records = records.own(national);
        let rolls = [self.rolls.numbers(national, own), self.rolls.numbers(national, platforms)];
        match heard(rolls, [own_records, records.other(national, platforms)]) {
            Heard::Against(entries) => return Some(Testimony::Records(entries)),
            Heard::For => return None,
            Heard::Nothing => {}
        }
        let (other, partner) = self.relative_with(national, own)?;
        let number = key(0, other)?;
        if number == own {
            return Some(Testimony::Doubled);
        }
        let is_crossed = number == platforms;
        let agree = self.rows.agree(provincial) && self.rows.agree(partner);
        is_crossed.then_some(if agree && own_records == 0 { Testimony::Crossed } else { Testimony::CrossedSomewhere })
    }

    /// Another member of the reference's household whose partner has that number.
    fn relative_with(&self, national: u32, number: &str) -> Option<(u32, u32)> {
        let [view, platform] = &self.facts.sides;
        let members = view.members_of(view.household_of(national)).iter().filter(|member| **member != national);
        let partners = members.map(|member| (*member, self.facts.links.partner(0, *member)));
        let mut held = partners.filter(|(_, partner)| platform.id18.get(*partner) == Some(number));
        held.next()
    }
}

fn surname(name: &str) -> Option<char> {
    name.chars().next()
}

/// First characters of the names of both sides, and how many have them.
struct Surnames(FxHashMap<char, u32>);

/// A surname of so many is one that exists.
const COMMON: u32 = 20;

impl Surnames {
    fn of(facts: &Facts<'_>) -> Self {
        let mut counts: FxHashMap<char, u32> = FxHashMap::default();
        for view in &facts.sides {
            for first in (0..view.member_count()).filter_map(|member| surname(view.name_key.get(member)?)) {
                *counts.entry(first).or_default() += 1;
            }
        }
        Self(counts)
    }
    /// Whether only this person has the surname, and many the other.
    fn is_slip(&self, own: &str, platforms: &str) -> bool {
        let count = |name: &str| surname(name).and_then(|first| self.0.get(&first)).copied().unwrap_or(0);
        count(own) <= 1 && count(platforms) >= COMMON
    }
}

/// What entries elsewhere say about two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// So many of them print the platform's, and fewer the reference's.
    Against(u32),
    /// A department prints the reference's.
    For,
    Nothing,
}

/// Departments are heard first, for they typed by themselves; the reference's own records are mostly copies of it, and tell something
/// only where they do not agree with it. Counts are of the reference's value and of the platform's.
fn heard(rolls: [u32; 2], records: [u32; 2]) -> Heard {
    match (rolls, records) {
        ([own, platforms], [_, of_records]) if platforms > own => Heard::Against(platforms + of_records),
        ([own, platforms], _) if own > platforms => Heard::For,
        (_, [own, platforms]) if platforms > own => Heard::Against(platforms),
        _ => Heard::Nothing,
    }
}

/// Whether a name is another one without one of its characters.
fn lacks_a_character(name: &str, whole: &str) -> bool {
    let (name, whole): (Vec<char>, Vec<char>) = (name.chars().collect(), whole.chars().collect());
    let without = |lost: usize| whole.iter().enumerate().filter(move |(at, _)| *at != lost).map(|(_, c)| c);
    name.len() + 1 == whole.len() && (0..whole.len()).any(|lost| name.iter().eq(without(lost)))
}

/// Whether rows of the platform print what their numbers tell.
struct OwnRows {
    born: Texts,
    sex: Texts,
    number_sex: Texts,
    doubted: Vec<bool>,
    /// Nobody's row contradicts its number: the platform fills the columns from it, and they prove nothing.
    are_copies: bool,
}

impl OwnRows {
    fn of(facts: &Facts<'_>) -> Result<Self> {
        let members = &facts.sides[1].registry.members;
        let doubted: Vec<bool> = match members.column("id_doubted") {
            Ok(column) => column.bool()?.iter().map(|doubted| doubted == Some(true)).collect(),
            Err(_) => Vec::new(),
        };
        Ok(Self {
            born: Texts::of(members, "birth_date_text")?,
            sex: Texts::of(members, "sex")?,
            number_sex: Texts::of(members, "sex_known")?,
            are_copies: !doubted.contains(&true),
            doubted,
        })
    }
    fn agree(&self, row: u32) -> bool {
        let is_printed = self.born.get(row).is_some() || self.sex.get(row).is_some();
        let sexes_differ = self.sex.get(row).zip(self.number_sex.get(row)).is_some_and(|(a, b)| a != b);
        !self.are_copies && is_printed && !sexes_differ && self.doubted.get(row as usize) != Some(&true)
    }
}

/// Names and numbers that rolls print, by the person of the reference: how often.
#[derive(Default)]
struct OfRolls {
    names: FxHashMap<(u32, String), u32>,
    numbers: FxHashMap<(u32, String), u32>,
}

impl OfRolls {
    fn of(facts: &Facts<'_>, evidence: Evidence<'_>, meant: &BTreeMap<u32, ()>) -> Result<Self> {
        let mut entries = Self::default();
        let people = &evidence.rolls.people;
        let (names, numbers) = (Texts::of(people, "name_key")?, Texts::of(people, "id18")?);
        for (member, row) in people_of_rolls(facts, evidence).filter(|(member, _)| meant.contains_key(member)) {
            for (counts, value) in [(&mut entries.names, names.get(row)), (&mut entries.numbers, numbers.get(row))] {
                if let Some(value) = value {
                    *counts.entry((member, value.to_owned())).or_default() += 1;
                }
            }
        }
        Ok(entries)
    }
    fn names(&self, member: u32, name: &str) -> u32 {
        self.names.get(&(member, name.to_owned())).copied().unwrap_or(0)
    }
    fn numbers(&self, member: u32, number: &str) -> u32 {
        self.numbers.get(&(member, number.to_owned())).copied().unwrap_or(0)
    }
}

/// People of rolls: member of the reference (through the platform's where only that one is known), row of the roll's people.
fn people_of_rolls<'a>(facts: &'a Facts<'_>, evidence: Evidence<'a>) -> impl Iterator<Item = (u32, u32)> {
    let [national, provincial] = &evidence.links.members;
    let through_platform =
        |member: &Option<u32>| member.map(|member| facts.links.partner(1, member)).filter(|partner| *partner != NONE);
    let both = national.iter().zip(provincial).zip(0_u32..);
    both.filter_map(move |((own, other), row)| Some((own.or_else(|| through_platform(other))?, row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_character_is_any_of_them() {
        assert!(lacks_a_character("陈广", "陈广喜") && lacks_a_character("陈喜", "陈广喜"));
        assert!(
            !lacks_a_character("陈广喜", "陈广")
                && !lacks_a_character("陈喜广", "陈广喜")
                && !lacks_a_character("陈文", "陈广喜")
        );
    }

    #[test]
    fn departments_are_heard_before_copies() {
        assert_eq!(heard([0, 1], [30, 0]), Heard::Against(1), "30 copies of one mistake");
        assert_eq!(heard([0, 0], [13, 60]), Heard::Against(60));
        assert_eq!(heard([2, 1], [0, 60]), Heard::For);
        assert_eq!(heard([1, 1], [2, 2]), Heard::Nothing);
        assert_eq!(heard([0, 0], [5, 0]), Heard::Nothing, "copies confirm nothing");
    }
}
