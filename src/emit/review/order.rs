//! Undecided pairs → groups, in the order in which a person should take them.
//!
//! A *group* is everybody who competes: pairs that share a person, directly or through others, so that rivals are decided
//! side by side. Groups whose evidence is richest come first: where most is known of both people a decision is quickest
//! and surest. Within a group the candidates of one person of the reference stand together, the likeliest first.
//!
//! Invariant: every pair of people is in exactly one group, once, however many rows of an export say the same.

use std::cmp::Ordering;

use polars::prelude::{Column, DataFrame};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::emit::Outcome;
use crate::error::Result;
use crate::ledger::pair::{PairKey, PersonKeys};
use crate::table::{Decision, MemberLink};

/// What helps a person to decide when both sides have it.
const EVIDENCE: [&str; 8] =
    ["name", "id_no", "born_on", "sex_known", "village", "relation", "member_phone", "household_phone"];

/// A pair to decide.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) link: &'a MemberLink,
    pub(super) pair: PairKey,
    /// What both sides tell; linked households count as one more thing known.
    richness: usize,
}

/// All undecided pairs.
pub(super) fn groups<'a>(outcome: &Outcome<'a>) -> Result<Vec<Vec<Candidate<'a>>>> {
    let links = undecided(&outcome.linkage.members);
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let mut groups = competing(candidates(outcome, &links)?);
    for group in &mut groups {
        group.sort_by(within_a_group);
    }
    groups.sort_by(|a, b| before(best(a), best(b)));
    Ok(groups)
}

/// Pairs in doubt, and people of one number under two names whom nothing else explains.
fn undecided(links: &[MemberLink]) -> Vec<&MemberLink> {
    let matches = || links.iter().filter(|link| link.decision == Decision::Match);
    let taken: [FxHashSet<u32>; 2] =
        [matches().map(|link| link.left).collect(), matches().map(|link| link.right).collect()];
    let is_free = |link: &MemberLink| !taken[0].contains(&link.left) && !taken[1].contains(&link.right);
    let is_open = |link: &&MemberLink| match link.decision {
        Decision::Review => true,
        Decision::Conflict => is_free(link),
        Decision::Match => false,
    };
    links.iter().filter(is_open).collect()
}

fn candidates<'a>(outcome: &Outcome<'_>, links: &[&'a MemberLink]) -> Result<Vec<Candidate<'a>>> {
    let [left, right] = outcome.registries.map(|registry| PersonKeys::of(registry, &outcome.settings.site_key));
    let (left, right) = (left?, right?);
    let evidence = Evidence::of(outcome);
    let mut seen = FxHashSet::default();
    let candidates = links.iter().map(|link| Candidate {
        link,
        pair: PairKey { left: left.key(link.left), right: right.key(link.right) },
        richness: evidence.richness(link),
    });
    Ok(candidates.filter(|candidate| seen.insert(candidate.pair)).collect())
}

/// What is known of both people of a pair.
struct Evidence<'a> {
    fields: Vec<[&'a Column; 2]>,
    homes: Option<[&'a Column; 2]>,
    linked_homes: FxHashSet<(u32, u32)>,
}

impl<'a> Evidence<'a> {
    fn of(outcome: &Outcome<'a>) -> Self {
        let frames: [&DataFrame; 2] = outcome.registries.map(|registry| &registry.members);
        let both = |name: &str| Some([frames[0].column(name).ok()?, frames[1].column(name).ok()?]);
        Self {
            fields: EVIDENCE.iter().filter_map(|name| both(name)).collect(),
            homes: both("household_ix"),
            linked_homes: outcome.linkage.households.iter().map(|link| (link.left, link.right)).collect(),
        }
    }
    fn richness(&self, link: &MemberLink) -> usize {
        let rows = [link.left, link.right];
        let told = |field: &&[&Column; 2]| field.iter().zip(rows).all(|(column, row)| is_told(column, row));
        self.fields.iter().filter(told).count() + usize::from(self.are_of_linked_homes(rows))
    }
    fn are_of_linked_homes(&self, rows: [u32; 2]) -> bool {
        let home = |side: usize| self.homes?[side].u32().ok()?.get(rows[side] as usize);
        home(0).zip(home(1)).is_some_and(|homes| self.linked_homes.contains(&homes))
    }
}

fn is_told(column: &Column, row: u32) -> bool {
    match column.str() {
        Ok(texts) => texts.get(row as usize).is_some_and(|text| !text.is_empty()),
        Err(_) => column.get(row as usize).is_ok_and(|value| !value.is_null()),
    }
}

/// Candidates by what connects them, in the order they were met.
fn competing(candidates: Vec<Candidate<'_>>) -> Vec<Vec<Candidate<'_>>> {
    let mut roots: Vec<usize> = (0..candidates.len()).collect();
    let mut first: [FxHashMap<u32, usize>; 2] = Default::default();
    for (at, candidate) in candidates.iter().enumerate() {
        for (first, row) in first.iter_mut().zip([candidate.link.left, candidate.link.right]) {
            let other = *first.entry(row).or_insert(at);
            let (a, b) = (root(&mut roots, at), root(&mut roots, other));
            roots[a.max(b)] = a.min(b);
        }
    }
    let mut places: FxHashMap<usize, usize> = FxHashMap::default();
    let mut groups: Vec<Vec<Candidate<'_>>> = Vec::new();
    for (at, candidate) in candidates.into_iter().enumerate() {
        let place = *places.entry(root(&mut roots, at)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(candidate);
    }
    groups
}

/// Who stands for all that are connected with `at`; paths are halved on the way.
fn root(roots: &mut [usize], mut at: usize) -> usize {
    while roots[at] != at {
        roots[at] = roots[roots[at]];
        at = roots[at];
    }
    at
}

fn best<'g, 'a>(group: &'g [Candidate<'a>]) -> &'g Candidate<'a> {
    group.iter().min_by(|a, b| before(a, b)).expect("a group has a candidate")
}

/// Richer evidence first, then the likelier, then the order of the exports.
fn before(a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    b.richness.cmp(&a.richness).then_with(|| likelier(a, b)).then_with(|| rows(a).cmp(&rows(b)))
}

fn within_a_group(a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    a.link.left.cmp(&b.link.left).then_with(|| likelier(a, b)).then_with(|| rows(a).cmp(&rows(b)))
}

fn likelier(a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    b.link.match_prob.total_cmp(&a.link.match_prob)
}

fn rows(candidate: &Candidate<'_>) -> (u32, u32) {
    (candidate.link.left, candidate.link.right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::example::Example;

    fn review(left: u32, right: u32, match_prob: f64) -> MemberLink {
        let words = || "".into();
        let decision = Decision::Review;
        MemberLink { left, right, decision, reason: words(), match_prob, weight_bits: 0.0, rule: words() }
    }

    /// The rows of every group of these links over the shared example.
    fn grouped(links: Vec<MemberLink>, change: impl FnOnce(&mut Example)) -> Vec<Vec<(u32, u32)>> {
        let mut example = Example::new(1);
        example.linkage.members = links;
        change(&mut example);
        let groups = groups(&example.outcome()).unwrap();
        groups.iter().map(|group| group.iter().map(rows).collect()).collect()
    }

    #[test]
    fn rivals_stand_together_and_the_likeliest_group_comes_first() {
        let links =
            vec![review(0, 0, 0.5), review(3, 4, 0.9), review(5, 4, 0.6), review(5, 6, 0.95), review(9, 9, 0.7)];
        let expected = [vec![(3, 4), (5, 6), (5, 4)], vec![(9, 9)], vec![(0, 0)]];
        assert_eq!(grouped(links, |_| ()), expected);
        assert_eq!(grouped(vec![], |_| ()), Vec::<Vec<_>>::new());
    }

    #[test]
    fn richer_evidence_comes_before_a_likelier_pair() {
        let links = vec![review(0, 0, 0.9), review(3, 3, 0.5)];
        let groups = grouped(links, |example| {
            for registry in &mut example.registries {
                let born: Vec<Option<&str>> = (0..36).map(|row| (row == 3).then_some("1970-01-01")).collect();
                registry.members.with_column(Column::new("born_on".into(), born)).unwrap();
            }
        });
        assert_eq!(groups, [[(3, 3)], [(0, 0)]]);
    }

    #[test]
    fn a_record_that_is_there_twice_is_decided_once() {
        let links = vec![review(0, 0, 0.9), review(0, 1, 0.8), review(1, 0, 0.9)];
        let groups = grouped(links, |example| {
            let frame = example.registries[0].members.clone();
            let twice = frame.head(Some(1)).vstack(&frame.head(Some(1))).unwrap();
            example.registries[0].members = twice.vstack(&frame.slice(2, 34)).unwrap();
        });
        assert_eq!(groups, [[(0, 0), (0, 1)]]);
    }
}
