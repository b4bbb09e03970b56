//! Households judged as groups, after Nanayakkara et al. (IJPDS 4:1127): precision and recall of pairs say little about
//! whether a household as a whole came out right.
//!
//! A household of the reference *has* the members who are on both sides; its *partners* are the households of the other
//! side that truly share a member with it. Each household is in the first category that holds:
//!
//! | category | of a household with members on both sides |
//! |---|---|
//! | wrongly linked | no member with herself, some with others |
//! | missed household | no member linked at all |
//! | split | some member linked into a household that is no partner |
//! | merged | a stranger's member linked into one of its partners |
//! | extra member | somebody linked to another person of a partner |
//! | missed member | some members linked with themselves, the others not at all |
//! | exact | every member linked with herself, and nobody else |
//!
//! A household with nobody on both sides is rightly *unlinked*, or wrongly linked.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::links::Judged;
use super::people::{Everybody, NONE};

/// Households of the reference by what became of them as groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct HouseholdGroups {
    /// Households with members on both sides.
    pub households: u64,
    /// Linked with exactly their members.
    pub exact: u64,
    /// Torn over a household that is no partner.
    pub split: u64,
    /// Joined by a stranger's member.
    pub merged: u64,
    /// Some members not linked.
    pub missed_member: u64,
    /// A member linked to the wrong person of a partner.
    pub extra_member: u64,
    /// No member linked.
    pub missed_household: u64,
    /// Linked with others only, households with nobody on both sides included.
    pub wrongly_linked: u64,
    /// Households with nobody on both sides that are linked with nobody.
    pub unlinked: u64,
}

/// What is known of one household of the reference.
#[derive(Debug, Clone, Copy, Default)]
struct House {
    members: u64,
    matched: u64,
    /// Members linked to others within partners, and outside of them.
    wrong_inside: u64,
    wrong_outside: u64,
    is_joined: bool,
}

/// Counts the households; `None` when the truth does not tell households.
pub(super) fn judge(everybody: &Everybody, matches: &[Judged]) -> Option<HouseholdGroups> {
    if everybody.homes[0].words.is_empty() {
        return None;
    }
    let mut houses = vec![House::default(); everybody.homes[0].words.len()];
    for person in everybody.persons.iter().filter(|person| person.on_both_sides && person.home != NONE) {
        let house = &mut houses[person.home as usize];
        house.members += 1;
        house.matched += u64::from(person.matched);
    }
    note_wrong_links(everybody, matches, &mut houses);
    let mut groups = HouseholdGroups::default();
    for house in &houses {
        groups.households += u64::from(house.members > 0);
        *groups.category(house) += 1;
    }
    Some(groups)
}

fn note_wrong_links(everybody: &Everybody, matches: &[Judged], houses: &mut [House]) {
    let mut owners: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    everybody.shared_homes.iter().for_each(|(left, right)| owners.entry(*right).or_default().push(*left));
    for link in matches.iter().filter(|link| !link.is_right()) {
        let homes = (link.left.home, link.right.home);
        if homes.0 == NONE || homes.1 == NONE {
            continue;
        }
        let house = &mut houses[homes.0 as usize];
        if everybody.shared_homes.contains(&homes) {
            house.wrong_inside += 1;
            continue;
        }
        house.wrong_outside += 1;
        let joined = owners.get(&homes.1).into_iter().flatten();
        joined.for_each(|owner| houses[*owner as usize].is_joined = true);
    }
}

impl HouseholdGroups {
    fn category(&mut self, house: &House) -> &mut u64 {
        let wrong = house.wrong_inside + house.wrong_outside;
        match *house {
            House { matched: 0, .. } if wrong > 0 => &mut self.wrongly_linked,
            House { members: 0, .. } => &mut self.unlinked,
            House { matched: 0, .. } => &mut self.missed_household,
            House { wrong_outside: 1.., .. } => &mut self.split,
            House { is_joined: true, .. } => &mut self.merged,
            House { wrong_inside: 1.., .. } => &mut self.extra_member,
            House { members, matched, .. } if matched < members => &mut self.missed_member,
            _ => &mut self.exact,
        }
    }
}
