//! Households: which are one on both sides, what that makes possible, and how they relate in the end.
//!
//! Two households are *linked* when they share a decided member, when they hold one trustworthy identifier (even under
//! two names: somebody pasted it, but inside the family), or when they carry one household number and a member of each has a
//! compatible name. Linked households are an associative blocking rule that needs no field to agree: all their undecided
//! members are compared, under the model's household context. What links the households of a pair must be somebody *else*:
//! a pair never vouches for itself.

use std::collections::BTreeMap;

use crate::table::linkage::{HouseholdLink, Relation};

use super::column::{NONE, Sides};
use super::identity::Names;
use super::records::Records;

/// Household pairs that are taken as one, (left household, right household), and why.
#[derive(Debug, Clone, Default)]
pub(crate) struct Linked(BTreeMap<(u32, u32), Support>);

/// What links two households.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Support {
    number: bool,
    /// The pair of members decided first.
    pair: Option<(u32, u32)>,
    /// Whether other pairs are decided too.
    others: bool,
}

/// How the households of a pair are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bond {
    /// Other members are.
    Members,
    /// They carry one number.
    Number,
}

impl Linked {
    /// How the households of two members are linked, leaving out what the two themselves contribute.
    pub(crate) fn bond(&self, records: &Records, left: u32, right: u32) -> Option<Bond> {
        let support = self.0.get(&of_pair(records, left, right)?)?;
        let others = support.others || support.pair.is_some_and(|pair| pair != (left, right));
        if others { Some(Bond::Members) } else { support.number.then_some(Bond::Number) }
    }
    /// Links the households of decided members; says whether that changed anything.
    pub(crate) fn add_members(&mut self, records: &Records, pairs: impl Iterator<Item = (u32, u32)>) -> bool {
        let mut changed = false;
        for pair in pairs {
            let Some(households) = of_pair(records, pair.0, pair.1) else { continue };
            let support = self.0.entry(households).or_default();
            let before = *support;
            match support.pair {
                None => support.pair = Some(pair),
                Some(first) => support.others |= first != pair,
            }
            changed |= *support != before;
        }
        changed
    }
    /// Links households with one number in which undecided members have compatible names.
    pub(crate) fn add_numbers(&mut self, records: &Records, names: &Names, pool: &Sides<Vec<u32>>) {
        let numbered = |side: usize| grouped(&records.household_no[side], &pool[side]);
        let right = numbered(1);
        for (number, left_rows) in numbered(0) {
            for &l in &left_rows {
                let compatible = |r: &&u32| names.are_compatible(records, (0, l), (1, **r));
                for &r in right.get(&number).into_iter().flatten().filter(compatible) {
                    if let Some(households) = of_pair(records, l, r) {
                        self.0.entry(households).or_default().number = true;
                    }
                }
            }
        }
    }
}

/// The households of a pair of members; `None` when one of them has none.
fn of_pair(records: &Records, left: u32, right: u32) -> Option<(u32, u32)> {
    let (left, right) = (records.household[0][left as usize], records.household[1][right as usize]);
    (left != NONE && right != NONE).then_some((left, right))
}

/// Undecided members of linked households, each left one with each right one; pairs that share an identifier excepted,
/// because that already decided about them.
pub(crate) fn member_pairs(records: &Records, linked: &Linked, pool: &Sides<Vec<u32>>) -> Vec<(u32, u32)> {
    let members = [0, 1].map(|side: usize| grouped(&records.household[side], &pool[side]));
    let none = Vec::new();
    let mut pairs = Vec::new();
    for (left_household, right_household) in linked.0.keys() {
        let right_rows = members[1].get(right_household).unwrap_or(&none);
        for &left in members[0].get(left_household).unwrap_or(&none) {
            let key = records.identity[0][left as usize];
            let open = |right: &&u32| key == NONE || records.identity[1][**right as usize] != key;
            pairs.extend(right_rows.iter().filter(open).map(|right| (left, *right)));
        }
    }
    pairs
}

fn grouped(group_of: &[u32], rows: &[u32]) -> BTreeMap<u32, Vec<u32>> {
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &row in rows.iter().filter(|row| group_of[**row as usize] != NONE) {
        groups.entry(group_of[row as usize]).or_default().push(row);
    }
    groups
}

/// How households relate, by the members they share: `(left row, right row, probability)` of each match. Sorted.
///
/// | the left household's members are in | the right household's come from | relation |
/// |---|---|---|
/// | one right household | one left household | same |
/// | several | one | split |
/// | one | several | merge |
/// | several | several | partial |
///
/// Members who joined or left are linked to nobody and change nothing.
pub(crate) fn relations(records: &Records, matches: &[(u32, u32, f64)]) -> Vec<HouseholdLink> {
    let mut shared: BTreeMap<(u32, u32), (u32, f64)> = BTreeMap::new();
    for &(left, right, match_prob) in matches {
        if let Some(pair) = of_pair(records, left, right) {
            let (members, doubt) = shared.entry(pair).or_insert((0, 1.0));
            *members += 1;
            *doubt *= 1.0 - match_prob;
        }
    }
    let (mut partners_of_left, mut partners_of_right) = (BTreeMap::new(), BTreeMap::new());
    for (left, right) in shared.keys() {
        *partners_of_left.entry(*left).or_insert(0_u32) += 1;
        *partners_of_right.entry(*right).or_insert(0_u32) += 1;
    }
    let relation = |left, right| match (partners_of_left[&left] > 1, partners_of_right[&right] > 1) {
        (false, false) => Relation::Same,
        (true, false) => Relation::Split,
        (false, true) => Relation::Merge,
        (true, true) => Relation::Partial,
    };
    let links = shared.into_iter().map(|((left, right), (shared_members, doubt))| HouseholdLink {
        left,
        right,
        relation: relation(left, right),
        shared_members,
        match_prob: 1.0 - doubt,
    });
    links.collect()
}
