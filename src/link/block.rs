//! Candidate pairs without looking at all pairs: records of both sides that share a key form a block.
//!
//! A pair belongs to the first rule that makes it and, within the rule, to the smallest key it shares, so no pair is made
//! twice and nothing is ever de-duplicated afterwards. A block with too many pairs is skipped and its pairs are counted; its
//! key is taken out, so that a later, tighter rule may still make some of them. Blocks are packed into parts of bounded
//! cost, and a block larger than a part is cut.

use std::ops::Range;

use polars::prelude::DataFrame;

use crate::error::Result;

use super::column::Sides;
use super::key::{self, Keys};
use super::settings::BlockingRule;

/// What one rule makes.
pub(crate) struct Blocks {
    keys: Sides<Keys>,
    /// `(key, position in the pool)`, sorted.
    entries: Sides<Vec<(u64, u32)>>,
    /// Ranges of `entries` that share a key.
    slices: Vec<Slice>,
    /// Pairs of blocks that were too large.
    pub(crate) skipped_pairs: u64,
}

/// Records of each side that share a key, as ranges of the rule's entries.
#[derive(Debug, Clone)]
pub(crate) struct Slice {
    left: Range<usize>,
    right: Range<usize>,
}

impl Slice {
    fn pairs(&self) -> usize {
        self.left.len() * self.right.len()
    }
}

impl Blocks {
    /// The blocks of a rule over the pool's rows.
    pub(crate) fn make(frames: Sides<&DataFrame>, pool: &Sides<Vec<u32>>, rule: &BlockingRule) -> Result<Self> {
        let keys = key::keys(frames, pool, rule)?;
        let entries = [0, 1].map(|side: usize| sorted(&keys[side]));
        let (slices, skipped): (Vec<Slice>, Vec<Slice>) =
            meetings(&entries).into_iter().partition(|slice| slice.pairs() as u64 <= rule.max_block_pairs);
        let mut blocks =
            Self { keys, slices, skipped_pairs: skipped.iter().map(|slice| slice.pairs() as u64).sum(), entries };
        blocks.forget(&skipped);
        Ok(blocks)
    }
    /// The rule's work, cut to parts of at most `limit` pairs, unless one left record alone has more.
    pub(crate) fn parts(&self, limit: usize) -> Vec<Vec<Slice>> {
        let mut parts = vec![Vec::new()];
        let mut pairs = 0;
        for slice in self.slices.iter().flat_map(|slice| cut(slice, limit)) {
            if pairs > 0 && pairs + slice.pairs() > limit {
                parts.push(Vec::new());
                pairs = 0;
            }
            pairs += slice.pairs();
            parts.last_mut().expect("there is always a part").push(slice);
        }
        parts
    }
    /// The pairs of a slice, as positions in the pool, that its key owns within the rule.
    pub(crate) fn pairs(&self, slice: &Slice) -> impl Iterator<Item = (u32, u32)> {
        let [left, right] = &self.entries;
        let right = &right[slice.right.clone()];
        left[slice.left.clone()].iter().flat_map(move |(key, left)| {
            let owned = move |right: &u32| first_shared(self.keys[0].of(*left), self.keys[1].of(*right)) == Some(*key);
            right.iter().map(|(_, right)| *right).filter(owned).map(move |right| (*left, right))
        })
    }
    /// Whether the rule makes this pair.
    pub(crate) fn makes(&self, left: u32, right: u32) -> bool {
        first_shared(self.keys[0].of(left), self.keys[1].of(right)).is_some()
    }
    fn forget(&mut self, skipped: &[Slice]) {
        if skipped.is_empty() {
            return;
        }
        let gone: Vec<u64> = skipped.iter().map(|slice| self.entries[0][slice.left.start].0).collect();
        for keys in &mut self.keys {
            keys.retain(|key| gone.binary_search(&key).is_err());
        }
    }
}

fn sorted(keys: &Keys) -> Vec<(u64, u32)> {
    let mut entries: Vec<(u64, u32)> = keys.entries().collect();
    entries.sort_unstable();
    entries
}

/// The runs of equal keys that occur on both sides, in key order.
fn meetings([left, right]: &Sides<Vec<(u64, u32)>>) -> Vec<Slice> {
    let mut slices = Vec::new();
    let (mut l, mut r) = (0, 0);
    while l < left.len() && r < right.len() {
        let key = left[l].0.max(right[r].0);
        l += left[l..].iter().take_while(|entry| entry.0 < key).count();
        r += right[r..].iter().take_while(|entry| entry.0 < key).count();
        let left_run = left[l..].iter().take_while(|entry| entry.0 == key).count();
        let right_run = right[r..].iter().take_while(|entry| entry.0 == key).count();
        if left_run > 0 && right_run > 0 {
            slices.push(Slice { left: l..l + left_run, right: r..r + right_run });
        }
        l += left_run;
        r += right_run;
    }
    slices
}

/// A slice as slices of few enough pairs: some left records against all right ones.
fn cut(slice: &Slice, limit: usize) -> impl Iterator<Item = Slice> + use<> {
    let (left, right) = (slice.left.clone(), slice.right.clone());
    let step = (limit / right.len().max(1)).max(1);
    left.clone()
        .step_by(step)
        .map(move |start| Slice { left: start..start.saturating_add(step).min(left.end), right: right.clone() })
}

/// The smallest key that two sorted lists share.
fn first_shared(a: &[u64], b: &[u64]) -> Option<u64> {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => return Some(a[i]),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_keys() {
        assert_eq!(first_shared(&[1, 3, 5], &[2, 3, 5]), Some(3));
        assert_eq!(first_shared(&[1, 3], &[2, 4]), None);
        assert_eq!(first_shared(&[], &[2]), None);
    }

    #[test]
    fn keys_of_both_sides_meet() {
        let entries = [vec![(1, 0), (2, 1), (2, 2), (4, 0)], vec![(0, 9), (2, 7), (3, 8), (4, 8), (4, 9)]];
        let slices = meetings(&entries);
        let ranges: Vec<_> = slices.iter().map(|slice| (slice.left.clone(), slice.right.clone())).collect();
        assert_eq!(ranges, [(1..3, 1..2), (3..4, 3..5)]);
    }

    #[test]
    fn a_huge_block_is_cut_without_losing_a_pair() {
        let slice = Slice { left: 10..110, right: 0..1000 };
        let cuts: Vec<Slice> = cut(&slice, 7000).collect();
        assert!(cuts.len() > 1 && cuts.iter().all(|cut| cut.pairs() <= 7000));
        assert_eq!(cuts.iter().map(Slice::pairs).sum::<usize>(), slice.pairs());
    }
}
