//! How many people and households there are, and what linking made of them: the one count that the terminal, the
//! summary and the manifest tell.
//!
//! Counted is the newest data year. Whoever is in exports of earlier years only has a row in the frames, and is nobody
//! who lives in the county today.

use polars::prelude::{BooleanChunked, DataFrame};

use super::{Decision, Fate, Linkage, Registry, Relation};

/// The count; arrays are national, provincial.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headcount {
    /// People.
    pub people: [u64; 2],
    /// Households.
    pub households: [u64; 2],
    /// Pairs of people by verdict: match, review, conflict.
    pub pairs: [u64; 3],
    fates: [[u64; Fate::COUNT]; 2],
    relations: [u64; 4],
}

impl Headcount {
    /// Counts what is of the newest year on both sides of a pair.
    pub fn of(registries: [&Registry; 2], linkage: &Linkage) -> Self {
        let people = registries.map(|registry| Newest::of(&registry.members));
        let households = registries.map(|registry| Newest::of(&registry.households));
        let mut count = Self {
            people: people.each_ref().map(Newest::count),
            households: households.each_ref().map(Newest::count),
            ..Self::default()
        };
        let mut is_paired = linkage.fates.each_ref().map(|fates| vec![false; fates.len()]);
        for link in linkage.members.iter().filter(|link| people[0].has(link.left) && people[1].has(link.right)) {
            count.pairs[link.decision as usize] += 1;
            // Rows of one table that is linked with itself are all of the left side.
            let rows = [link.left, link.right].into_iter().zip(&mut is_paired);
            rows.filter_map(|(row, paired)| paired.get_mut(row as usize)).for_each(|paired| *paired = true);
        }
        for side in [0, 1] {
            let fates = linkage.fates[side].iter().zip(&is_paired[side]).enumerate();
            for (_, (fate, is_paired)) in fates.filter(|(row, _)| people[side].has(*row as u32)) {
                // Whose only partner is gone today is on this side only.
                let is_alone = !is_paired && *fate != Fate::Duplicate;
                count.fates[side][if is_alone { Fate::OnlyHere } else { *fate } as usize] += 1;
            }
        }
        for pair in &linkage.households {
            if households[0].has(pair.left) && households[1].has(pair.right) {
                count.relations[pair.relation as usize] += 1;
            }
        }
        count
    }
    /// People of a side (0 national, 1 provincial) who met this fate.
    pub fn fate(&self, side: usize, fate: Fate) -> u64 {
        self.fates[side][fate as usize]
    }
    /// Pairs of people with this verdict.
    pub fn decided(&self, decision: Decision) -> u64 {
        self.pairs[decision as usize]
    }
    /// Pairs of households that relate so.
    pub fn related(&self, relation: Relation) -> u64 {
        self.relations[relation as usize]
    }
}

/// The rows of a frame that are of the newest year.
struct Newest<'a> {
    height: usize,
    past: Option<&'a BooleanChunked>,
}

impl<'a> Newest<'a> {
    fn of(frame: &'a DataFrame) -> Self {
        Self { height: frame.height(), past: past(frame) }
    }
    fn count(&self) -> u64 {
        self.height as u64 - u64::from(self.past.and_then(BooleanChunked::sum).unwrap_or(0))
    }
    fn has(&self, row: u32) -> bool {
        self.past.is_none_or(|past| past.get(row as usize) != Some(true))
    }
}

/// Which rows are in earlier years only; `None` where there is but one year.
pub(super) fn past(frame: &DataFrame) -> Option<&BooleanChunked> {
    frame.column("past").ok().and_then(|past| past.bool().ok())
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::table::{HouseholdLink, MemberLink, Side};

    #[test]
    fn who_is_in_earlier_years_only_is_not_counted() {
        let mut national = Registry::empty(Side::National);
        national.members = df! { "past" => [false, false, true] }.unwrap();
        national.households = df! { "past" => [false, true] }.unwrap();
        let mut provincial = Registry::empty(Side::Provincial);
        provincial.members = df! { "name" => ["a", "b", "c"] }.unwrap();
        provincial.households = df! { "name" => ["a"] }.unwrap();
        let member = |left, right, decision| MemberLink {
            left,
            right,
            decision,
            reason: "".into(),
            match_prob: 1.0,
            weight_bits: 1.0,
            rule: "".into(),
        };
        let household =
            |left| HouseholdLink { left, right: 0, relation: Relation::Split, shared_members: 1, match_prob: 1.0 };
        let linkage = Linkage {
            members: vec![member(0, 0, Decision::Match), member(1, 1, Decision::Review), member(2, 2, Decision::Match)],
            households: vec![household(0), household(1)],
            fates: [vec![Fate::Linked, Fate::Review, Fate::Linked], vec![Fate::Linked, Fate::Review, Fate::Linked]],
            ..Linkage::default()
        };
        let count = Headcount::of([&national, &provincial], &linkage);
        assert_eq!((count.people, count.households), ([2, 3], [1, 1]));
        assert_eq!(count.people, [national.people() as u64, provincial.people() as u64]);
        assert_eq!([0, 1].map(|side| count.fate(side, Fate::Linked)), [1, 1]);
        assert_eq!([0, 1].map(|side| count.fate(side, Fate::OnlyHere)), [0, 1], "the third's partner is gone");
        assert_eq!([Decision::Match, Decision::Review, Decision::Conflict].map(|d| count.decided(d)), [1, 1, 0]);
        assert_eq!((count.related(Relation::Split), count.related(Relation::Same)), (1, 0));
    }
}
