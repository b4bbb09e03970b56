//! The linkage by row: who is whose partner, and which household pair is compared.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::view::NONE;
use crate::table::{Decision, HouseholdLink, Linkage, Relation};

/// Partners of rows, [`NONE`] for none.
pub(crate) struct Links<'a> {
    pub(crate) linkage: &'a Linkage,
    /// The member matched on the other side.
    pub(crate) partner: [Vec<u32>; 2],
    /// The household on the other side that shares most members.
    pub(crate) best_household: [Vec<u32>; 2],
    /// Household pairs that are each other's best, sorted: each household is compared at most once.
    pub(crate) household_pairs: Vec<HouseholdLink>,
    /// Provincial households of each national household that was split.
    pub(crate) split: BTreeMap<u32, Vec<u32>>,
    /// National households of each provincial household that merges several.
    pub(crate) merged: BTreeMap<u32, Vec<u32>>,
    /// Row kept for rows that are another row's person.
    kept: [BTreeMap<u32, u32>; 2],
    /// The first of the national households merged with one, and how many they are.
    pools: BTreeMap<u32, (u32, usize)>,
}

impl<'a> Links<'a> {
    /// Reads a linkage of tables with so many members and households.
    pub(crate) fn of(linkage: &'a Linkage, members: [usize; 2], households: [usize; 2]) -> Self {
        let mut partner = members.map(|rows| vec![NONE; rows]);
        for link in linkage.members.iter().filter(|link| link.decision == Decision::Match) {
            partner[0][link.left as usize] = link.right;
            partner[1][link.right as usize] = link.left;
        }
        let best = [
            best(linkage, households[0], |link| (link.left, link.right)),
            best(linkage, households[1], |link| (link.right, link.left)),
        ];
        let household_pairs = linkage
            .households
            .iter()
            .filter(|link| best[0][link.left as usize] == link.right && best[1][link.right as usize] == link.left);
        let household_pairs = household_pairs.cloned().collect();
        let (mut split, mut merged) = (BTreeMap::new(), BTreeMap::new());
        for link in &linkage.households {
            // Of a household that is both split and merged, the part that stayed.
            let is_stem = link.relation == Relation::Partial
                && best[0][link.left as usize] == link.right
                && best[1][link.right as usize] == link.left;
            if link.relation == Relation::Split || is_stem {
                push(&mut split, link.left, link.right);
            }
            if link.relation == Relation::Merge || is_stem {
                push(&mut merged, link.right, link.left);
            }
        }
        // A household in one part has lost or gained people only, who are told one by one.
        split.retain(|_, parts| parts.len() > 1);
        merged.retain(|_, parts| parts.len() > 1);
        let pools = merged.values().flat_map(|parts| parts.iter().map(|part| (*part, (parts[0], parts.len()))));
        let pools = pools.collect();
        let kept = linkage.duplicates.each_ref().map(|pairs| pairs.iter().copied().collect());
        Self { linkage, partner, kept, best_household: best, household_pairs, split, merged, pools }
    }
    /// Of households that one side has put together or taken apart, compares the row of the whole with the part whose row it is, told
    /// by `likeness` of two rows (0: none): the row of another household is nobody's error. Where no part is like it, the largest.
    pub(crate) fn compare_like_rows(&mut self, likeness: impl Fn(&Self, &HouseholdLink) -> u8) {
        let is_regrouped =
            |link: &&HouseholdLink| self.merged.contains_key(&link.right) || self.split.contains_key(&link.left);
        let (best, mut pairs): (Vec<_>, Vec<_>) =
            self.household_pairs.iter().cloned().partition(|pair| is_regrouped(&pair));
        let mut taken: [BTreeSet<u32>; 2] =
            [pairs.iter().map(|pair| pair.left).collect(), pairs.iter().map(|pair| pair.right).collect()];
        let like = self.linkage.households.iter().filter(is_regrouped).map(|link| (likeness(self, link), link));
        let mut like: Vec<(u8, &HouseholdLink)> = like.filter(|(likeness, _)| *likeness > 0).collect();
        like.sort_by_key(|(likeness, link)| (Reverse((*likeness, link.shared_members)), link.left, link.right));
        for pair in like.into_iter().map(|(_, link)| link).chain(&best) {
            if !taken[0].contains(&pair.left) && !taken[1].contains(&pair.right) {
                taken[0].insert(pair.left);
                taken[1].insert(pair.right);
                pairs.push(pair.clone());
            }
        }
        pairs.sort_by_key(|pair| (pair.left, pair.right));
        self.household_pairs = pairs;
    }
    /// The household under which the records of a national household are matched: the platform keeps those of
    /// households that it merged under one number.
    pub(crate) fn pool_of(&self, national: u32) -> u32 {
        self.pools.get(&national).map_or(national, |(first, _)| *first)
    }
    /// How many national households are matched under that one.
    pub(crate) fn pool_size(&self, national: u32) -> usize {
        self.pools.get(&national).map_or(1, |(_, households)| *households)
    }
    /// The member matched to this one.
    pub(crate) fn partner(&self, side: usize, member: u32) -> u32 {
        self.partner[side].get(member as usize).copied().unwrap_or(NONE)
    }
    /// The row that stands for the member: another one, when the side lists the person twice.
    pub(crate) fn stands_for(&self, side: usize, member: u32) -> u32 {
        self.kept[side].get(&member).copied().unwrap_or(member)
    }
    /// How two households relate; `None` when they share nobody.
    pub(crate) fn relation(&self, national: u32, provincial: u32) -> Option<Relation> {
        let households = &self.linkage.households;
        let at = households.binary_search_by_key(&(national, provincial), |link| (link.left, link.right)).ok()?;
        Some(households[at].relation)
    }
    /// The household on the other side that shares most members with this one.
    pub(crate) fn best_household(&self, side: usize, household: u32) -> u32 {
        self.best_household[side].get(household as usize).copied().unwrap_or(NONE)
    }
}

fn push(groups: &mut BTreeMap<u32, Vec<u32>>, one: u32, of_many: u32) {
    groups.entry(one).or_default().push(of_many);
}

/// For every household of one side the other with most shared members, then probability, then the first row.
fn best(linkage: &Linkage, households: usize, ends: impl Fn(&HouseholdLink) -> (u32, u32)) -> Vec<u32> {
    let mut best: Vec<Option<&HouseholdLink>> = vec![None; households];
    for link in &linkage.households {
        let slot = &mut best[ends(link).0 as usize];
        let is_better = slot.is_none_or(|held| {
            let by_members = link.shared_members.cmp(&held.shared_members);
            let by_prob = by_members.then(link.match_prob.total_cmp(&held.match_prob));
            by_prob.then(ends(held).1.cmp(&ends(link).1)).is_gt()
        });
        if is_better {
            *slot = Some(link);
        }
    }
    best.into_iter().map(|link| link.map_or(NONE, |link| ends(link).1)).collect()
}
