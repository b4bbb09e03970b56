//! Stage 3: the linked people and households, the people and households of each side, judged part by part.
//!
//! A part is a range of rows of each of the six lists; a subject is in one part only. Counts are integers and
//! findings are sorted at the end, so that any split gives the same bytes.

use std::ops::Range;

use super::facts::Facts;
use super::fields::FieldRules;
use super::rules::{Check, Rule};
use super::sink::Sink;
use super::view::NONE;
use crate::engine::Stage;
use crate::error::Result;
use crate::table::{Decision, HouseholdLink, MemberLink, Side};

/// The stage: facts and the rules that can be evaluated.
pub(crate) struct Cases<'f> {
    pub(crate) facts: &'f Facts<'f>,
    pub(crate) fields: &'f FieldRules<'f>,
    pub(crate) rules: Vec<&'static Rule>,
}

/// Ranges of rows: people and households of each side, decided pairs of people, compared pairs of households.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    members: [Range<usize>; 2],
    households: [Range<usize>; 2],
    links: Range<usize>,
    pairs: Range<usize>,
}

/// Rows of each list that one part holds at most.
pub(crate) const PART_ROWS: usize = 1 << 14;

impl Cases<'_> {
    /// All parts, of at most `rows` rows of each list.
    pub(crate) fn parts(&self, rows: usize) -> Vec<Part> {
        let facts = self.facts;
        let members = [0, 1].map(|side| facts.sides[side].member_count() as usize);
        let households = [0, 1].map(|side| facts.sides[side].household_count() as usize);
        let (links, pairs) = (facts.links.linkage.members.len(), facts.links.household_pairs.len());
        let longest = members.into_iter().chain(households).chain([links, pairs]).max().unwrap_or(0);
        let cut = |length: usize, at: usize| at.min(length)..(at + rows).min(length);
        let part = |at: usize| Part {
            members: members.map(|length| cut(length, at)),
            households: households.map(|length| cut(length, at)),
            links: cut(links, at),
            pairs: cut(pairs, at),
        };
        (0..longest).step_by(rows).map(part).collect()
    }
}

impl Stage for Cases<'_> {
    type Part = Part;
    type Partial = Sink;
    type Whole = Sink;

    fn run(&self, part: Part) -> Result<Sink> {
        let mut sink = Sink::default();
        for rule in &self.rules {
            self.judge(rule, &part, &mut sink);
        }
        self.compare_members(&part, &mut sink);
        self.compare_households(&part, &mut sink);
        Ok(sink)
    }

    fn merge(&self, partials: Vec<Sink>) -> Result<Sink> {
        let mut whole = Sink::default();
        partials.into_iter().for_each(|partial| whole.absorb(partial));
        Ok(whole)
    }
}

impl Cases<'_> {
    fn judge(&self, rule: &Rule, part: &Part, sink: &mut Sink) {
        let facts = self.facts;
        let links = &facts.links.linkage.members[part.links.clone()];
        let pairs = &facts.links.household_pairs[part.pairs.clone()];
        match rule.check {
            Check::MemberLink(check) => {
                let judged = links.iter().filter(|link| check(facts, link, sink)).count();
                sink.count(rule.id, None, judged as u64);
            }
            Check::HouseholdPair(check) => {
                let is_past = |pair: &HouseholdLink| {
                    facts.sides[0].past[pair.left as usize] || facts.sides[1].past[pair.right as usize]
                };
                let judged = pairs.iter().filter(|pair| !is_past(pair) && check(facts, pair, sink)).count();
                sink.count(rule.id, None, judged as u64);
            }
            Check::Member(check) => self.each_side(rule, &part.members, check, sink),
            Check::Household(check) => self.each_side(rule, &part.households, check, sink),
            Check::Registry(_)
            | Check::OneRegistry(..)
            | Check::Years
            | Check::Rolls
            | Check::Follows
            | Check::Benefits
            | Check::Outcomes => {}
        }
    }
    fn each_side(
        &self,
        rule: &Rule,
        rows: &[Range<usize>; 2],
        check: fn(&Facts<'_>, Side, u32, &mut Sink) -> bool,
        sink: &mut Sink,
    ) {
        for side in Side::BOTH {
            let judged = rows[side.index()].clone().filter(|row| check(self.facts, side, *row as u32, sink)).count();
            sink.count(rule.id, Some(side), judged as u64);
        }
    }
    fn compare_members(&self, part: &Part, sink: &mut Sink) {
        let links = self.facts.links.linkage.members[part.links.clone()].iter();
        let sides = &self.facts.sides;
        let is_past =
            |link: &MemberLink| sides[0].past_members[link.left as usize] || sides[1].past_members[link.right as usize];
        let matches = links.filter(|link| link.decision == Decision::Match && !is_past(link));
        let pairs: Vec<_> =
            matches.map(|link| ([link.left, link.right], self.place_of_pair(link.left, link.right))).collect();
        self.fields.members.iter().for_each(|field| field.sweep(self.facts, &pairs, sink));
    }
    fn place_of_pair(&self, left: u32, right: u32) -> u32 {
        match self.facts.places.of_member(0, left) {
            0 => self.facts.places.of_member(1, right),
            place => place,
        }
    }
    fn compare_households(&self, part: &Part, sink: &mut Sink) {
        let pairs = &self.facts.links.household_pairs[part.pairs.clone()];
        let place = |left: u32| if left == NONE { 0 } else { self.facts.places.of_household(0, left) };
        let sides = &self.facts.sides;
        let is_past = |pair: &&HouseholdLink| sides[0].past[pair.left as usize] || sides[1].past[pair.right as usize];
        let pairs: Vec<_> = pairs
            .iter()
            .filter(|pair| !is_past(pair))
            .map(|pair| ([pair.left, pair.right], place(pair.left)))
            .collect();
        self.fields.households.iter().for_each(|field| field.sweep(self.facts, &pairs, sink));
    }
}
