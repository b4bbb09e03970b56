//! Within a connected component of pairs, whose records are one person's.
//!
//! Chains do not hold: A like B and B like C is no proof where A and C contradict. So clusters grow by average linkage
//! (UPGMA, Sokal and Michener 1958): of two clusters *all* pairs count, those too that no blocking rule made, and the two
//! with the highest average weight become one as long as it reaches the threshold. A pair that cannot be one person keeps its
//! clusters apart whatever the others say; one that is known to be one person comes first.
//!
//! Weights are whole milli-bits and records are ordered by content, so sums are exact and neither the order of merging nor
//! that of rows changes them. Components too large for a table of all pairs are not clustered: each record joins the one
//! other that fits best, and the component is counted.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::engine::Stage;
use crate::error::Result;

use super::component::{Edge, Forest};
use super::feature::Memo;
use super::records::Records;

/// Larger components get single links.
const MOST_RECORDS: usize = 500;
/// Worth of a pair known to be one person: no sum of weights inside a component outweighs it.
pub(crate) const ONE_PERSON: i64 = 1_000_000_000;
/// Worth of a pair that cannot be: it outweighs even those.
pub(crate) const TWO_PERSONS: i64 = -100_000_000_000_000;

/// The stage: everything components share.
pub(crate) struct Cluster<'a, W> {
    pub(crate) records: &'a Records,
    /// What a pair of rows is worth, in milli-bits.
    pub(crate) worth: W,
    /// Clusters merge at this average or above.
    pub(crate) least: i64,
}

/// Clusters of two records or more, each sorted, in order of their first row.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Clustered {
    pub(crate) clusters: Vec<Vec<u32>>,
    /// Components that were too large.
    pub(crate) large_components: u64,
}

impl<W: Fn(u32, u32, &mut [Memo]) -> i64 + Sync> Stage for Cluster<'_, W> {
    type Part = Vec<Edge>;
    type Partial = Clustered;
    type Whole = Clustered;

    fn run(&self, component: Vec<Edge>) -> Result<Clustered> {
        let rows = self.by_content(&component);
        let is_large = rows.len() > MOST_RECORDS;
        let places = if is_large { self.single_links(&rows, &component) } else { self.average_links(&rows) };
        let mut groups: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        rows.iter().zip(places).for_each(|(row, place)| groups.entry(place).or_default().push(*row));
        let mut clusters: Vec<Vec<u32>> = groups.into_values().filter(|group| group.len() > 1).collect();
        clusters.iter_mut().for_each(|cluster| cluster.sort_unstable());
        Ok(Clustered { clusters, large_components: u64::from(is_large) })
    }

    fn merge(&self, partials: Vec<Clustered>) -> Result<Clustered> {
        let mut whole = Clustered::default();
        for partial in partials {
            whole.clusters.extend(partial.clusters);
            whole.large_components += partial.large_components;
        }
        whole.clusters.sort_unstable();
        Ok(whole)
    }
}

impl<W: Fn(u32, u32, &mut [Memo]) -> i64 + Sync> Cluster<'_, W> {
    /// The records of a component, by content, then row.
    fn by_content(&self, component: &[Edge]) -> Vec<u32> {
        let mut rows: Vec<u32> = component.iter().flat_map(|edge| [edge.left, edge.right]).collect();
        rows.sort_by_cached_key(|row| self.records.order((0, *row)));
        rows.dedup();
        rows
    }
    /// By record, the place of its cluster's first record.
    fn average_links(&self, rows: &[u32]) -> Vec<usize> {
        let mut memos = self.records.memos();
        let mut worth = Square::new(rows.len());
        for b in 0..rows.len() {
            for a in 0..b {
                worth.set(a, b, (self.worth)(rows[a].min(rows[b]), rows[a].max(rows[b]), &mut memos));
            }
        }
        agglomerate(worth, self.least)
    }
    /// The same, every record in at most one pair beside those that are known.
    fn single_links(&self, rows: &[u32], component: &[Edge]) -> Vec<usize> {
        let place = |row: u32| {
            let order = self.records.order((0, row));
            rows.binary_search_by_key(&order, |row| self.records.order((0, *row)))
                .expect("every end of an edge is a node")
        };
        let mut memos = self.records.memos();
        let mut pairs: Vec<(Reverse<i64>, usize, usize)> = Vec::with_capacity(component.len());
        for edge in component {
            let (a, b) = (place(edge.left), place(edge.right));
            let worth = (self.worth)(edge.left, edge.right, &mut memos);
            pairs.push((Reverse(worth), a.min(b), a.max(b)));
        }
        pairs.sort_unstable();
        best_partners(&pairs, rows.len(), self.least)
    }
}

/// Merges the two clusters with the highest average until none reaches `least`.
fn agglomerate(mut sums: Square, least: i64) -> Vec<usize> {
    let nodes = sums.nodes;
    let mut sizes = vec![1_i64; nodes];
    let mut place: Vec<usize> = (0..nodes).collect();
    let mut alive: Vec<usize> = (0..nodes).collect();
    while let Some((a, b)) = nearest(&sums, &sizes, &alive, least) {
        for other in alive.iter().filter(|other| **other != a && **other != b) {
            sums.set(a, *other, sums.get(a, *other) + sums.get(b, *other));
        }
        sizes[a] += sizes[b];
        alive.retain(|node| *node != b);
        place.iter_mut().filter(|place| **place == b).for_each(|place| *place = a);
    }
    place
}

/// The clusters with the highest average at or above `least`; of equal ones the first.
fn nearest(sums: &Square, sizes: &[i64], alive: &[usize], least: i64) -> Option<(usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    for (at, &b) in alive.iter().enumerate() {
        for &a in &alive[..at] {
            let average = sums.get(a, b) as f64 / (sizes[a] * sizes[b]) as f64;
            let is_better = match best {
                Some((most, first, second)) => average > most || (average == most && (a, b) < (first, second)),
                None => average >= least as f64,
            };
            if is_better {
                best = Some((average, a, b));
            }
        }
    }
    best.map(|(_, a, b)| (a, b))
}

/// The heaviest pair first, then the heaviest of records that are still free; known pairs bind nobody.
fn best_partners(pairs: &[(Reverse<i64>, usize, usize)], nodes: usize, least: i64) -> Vec<usize> {
    let mut forest = Forest::new(nodes);
    let mut taken = vec![false; nodes];
    for &(Reverse(worth), a, b) in pairs {
        if worth >= ONE_PERSON {
            forest.join(a as u32, b as u32);
        } else if worth >= least && !taken[a] && !taken[b] {
            (taken[a], taken[b]) = (true, true);
            forest.join(a as u32, b as u32);
        }
    }
    (0..nodes as u32).map(|node| forest.root(node) as usize).collect()
}

/// One number for every two of some nodes.
struct Square {
    nodes: usize,
    values: Vec<i64>,
}

impl Square {
    fn new(nodes: usize) -> Self {
        Self { nodes, values: vec![0; nodes * nodes] }
    }
    fn get(&self, a: usize, b: usize) -> i64 {
        self.values[a.min(b) * self.nodes + a.max(b)]
    }
    fn set(&mut self, a: usize, b: usize, value: i64) {
        self.values[a.min(b) * self.nodes + a.max(b)] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clusters(nodes: usize, worth: &[(usize, usize, i64)], other: i64) -> Vec<usize> {
        let mut sums = Square::new(nodes);
        for b in 0..nodes {
            (0..b).for_each(|a| sums.set(a, b, other));
        }
        worth.iter().for_each(|(a, b, worth)| sums.set(*a, *b, *worth));
        agglomerate(sums, 2000)
    }

    #[test]
    fn a_chain_does_not_hold() {
        assert_eq!(clusters(3, &[(0, 1, 9000), (1, 2, 8000)], -12_000), [0, 0, 2]);
        // One bad pair among good ones is a damaged record.
        assert_eq!(clusters(3, &[(0, 1, 9000), (1, 2, 8000)], -1000), [0, 0, 0]);
    }

    #[test]
    fn what_is_known_outweighs_what_is_alike() {
        assert_eq!(clusters(3, &[(0, 1, 9000), (1, 2, ONE_PERSON), (0, 2, 1000)], 0), [0, 0, 0]);
        assert_eq!(clusters(3, &[(0, 1, 9000), (1, 2, ONE_PERSON), (0, 2, TWO_PERSONS)], 0), [0, 1, 1]);
    }

    #[test]
    fn of_equal_pairs_the_first_by_content_is_merged() {
        assert_eq!(clusters(3, &[(0, 1, 9000), (1, 2, 9000)], -20_000), [0, 0, 2]);
        assert_eq!(clusters(4, &[(0, 1, 3000), (2, 3, 3000)], 1000), [0, 0, 2, 2]);
    }

    #[test]
    fn in_a_crowd_everybody_has_one_partner() {
        let pairs = [(Reverse(ONE_PERSON), 0, 1), (Reverse(9000), 1, 2), (Reverse(8000), 2, 3), (Reverse(1000), 3, 4)];
        assert_eq!(best_partners(&pairs, 5, 2000), [0, 0, 0, 3, 4]);
    }
}
