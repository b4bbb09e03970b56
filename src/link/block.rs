//! Candidate pairs without looking at all pairs: records of both sides that share a key form a block.
//!
//! A pair belongs to the first rule that makes it and, within the rule, to the smallest key it shares, so no pair is made
//! twice and nothing is ever de-duplicated afterwards. Keys that only one side has are dropped before anything is sorted
//! (a bitmap of the other side's keys tells most of them). A block with too many pairs is split by further keys; what is
//! still too large is skipped and counted, and its key taken out, so that a later, tighter rule may still make some of its
//! pairs. Blocks are packed into parts of bounded cost, and a block larger than a part is cut. How many pairs a rule makes
//! is known before one of them is compared ([`Blocks::pairs_expected`]).

use std::ops::Range;

use super::column::{Sides, hash};
use super::key::{KeyColumns, Keys, Maker};
use super::settings::{BlockingRule, Key};

/// What one rule makes.
pub(crate) struct Blocks {
    keys: Sides<Keys>,
    /// `(key, position in the pool)`, sorted.
    entries: Sides<Vec<(u64, u32)>>,
    /// Ranges of `entries` that share a key.
    slices: Vec<Slice>,
    /// Pairs lost where a block was split or skipped.
    pub(crate) skipped_pairs: u64,
}

/// Records of each side that share a key, as ranges of the rule's entries.
#[derive(Debug, Clone)]
pub(crate) struct Slice {
    left: Range<usize>,
    right: Range<usize>,
}

impl Slice {
    /// Pairs of the slice, owned or not.
    pub(crate) fn pairs(&self) -> usize {
        self.left.len() * self.right.len()
    }
}

impl Blocks {
    /// The blocks of a rule over the pool's rows.
    pub(crate) fn make(columns: &KeyColumns, rule: &BlockingRule) -> Self {
        let keys = shared_keys(columns, &rule.keys);
        let mut blocks = Self { keys, entries: [Vec::new(), Vec::new()], slices: Vec::new(), skipped_pairs: 0 };
        blocks.meet();
        for key in &rule.split {
            let large = blocks.larger_than(rule.max_block_pairs);
            if large.is_empty() {
                break;
            }
            let before = blocks.pairs_expected();
            blocks.split(&large, columns, key);
            // Split by several keys a value, pairs may even be met more often.
            blocks.skipped_pairs += before.saturating_sub(blocks.pairs_expected());
        }
        blocks.skip(&blocks.larger_than(rule.max_block_pairs));
        blocks
    }
    /// Pairs of all blocks; one that shares several keys is counted with each.
    pub(crate) fn pairs_expected(&self) -> u64 {
        self.slices.iter().map(|slice| slice.pairs() as u64).sum()
    }
    /// The rule's work, cut to parts of at most `limit` pairs, unless one left record alone has more.
    pub(crate) fn parts(&self, limit: usize) -> Vec<Vec<Slice>> {
        pack(self.slices.iter(), limit)
    }
    /// Some of the blocks, chosen by their keys, with about `pairs` pairs together: in parts like all of them.
    pub(crate) fn sample(&self, pairs: u64, limit: usize) -> Vec<Vec<Slice>> {
        let share = pairs as f64 / self.pairs_expected().max(1) as f64;
        let chosen = self.slices.iter().filter(|slice| {
            let key = hash(&(self.entries[0][slice.left.start].0, "sample"));
            (key as f64) < share * u64::MAX as f64
        });
        pack(chosen, limit)
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
    fn meet(&mut self) {
        self.entries = [0, 1].map(|side: usize| sorted(&self.keys[side]));
        self.slices = meetings(&self.entries);
    }
    /// Keys of the blocks with more pairs, sorted.
    fn larger_than(&self, limit: u64) -> Vec<u64> {
        let large = self.slices.iter().filter(|slice| slice.pairs() as u64 > limit);
        large.map(|slice| self.entries[0][slice.left.start].0).collect()
    }
    /// Refines some keys by one more.
    fn split(&mut self, large: &[u64], columns: &KeyColumns, key: &Key) {
        for side in 0..2 {
            let further = Maker::new(columns, side, std::slice::from_ref(key)).make(|_| true);
            self.keys[side] = self.keys[side].map(|position, key, out| match large.binary_search(&key) {
                Ok(_) => out.extend(further.of(position).iter().map(|further| hash(&(key, *further)))),
                Err(_) => out.push(key),
            });
        }
        self.meet();
    }
    /// Takes out keys that a later rule may own the pairs of.
    fn skip(&mut self, large: &[u64]) {
        if large.is_empty() {
            return;
        }
        let before = self.pairs_expected();
        for keys in &mut self.keys {
            *keys = keys.map(|_, key, out| {
                if large.binary_search(&key).is_err() {
                    out.push(key);
                }
            });
        }
        self.meet();
        self.skipped_pairs += before.saturating_sub(self.pairs_expected());
    }
}

/// The keys of both sides, without those that the other side surely does not have. The left keys are made twice, so that
/// the many keys of a deletion neighbourhood never stand in memory.
fn shared_keys(columns: &KeyColumns, keys: &[Key]) -> Sides<Keys> {
    let makers = [Maker::new(columns, 0, keys), Maker::new(columns, 1, keys)];
    let mut on_left = Sketch::for_records(columns.heights[0], keys);
    makers[0].each(|own| own.iter().for_each(|key| on_left.add(*key)));
    let right = makers[1].make(|key| on_left.may_hold(key));
    let mut on_right = Sketch::for_records(columns.heights[1], keys);
    right.all().iter().for_each(|key| on_right.add(*key));
    [makers[0].make(|key| on_right.may_hold(key)), right]
}

/// A set of keys that may say *yes* wrongly, now and then: one bit a key.
struct Sketch {
    bits: Vec<u64>,
    shift: u32,
}

/// Bits for each expected key; more make wrong answers rarer.
const BITS_PER_KEY: usize = 8;

impl Sketch {
    fn for_records(records: usize, keys: &[Key]) -> Self {
        let per_record: usize = keys.iter().map(|key| key.kind.usual_keys()).product();
        let bits = (records * per_record * BITS_PER_KEY).clamp(1 << 10, 1 << 31).next_power_of_two();
        Self { bits: vec![0; bits / 64], shift: 64 - bits.trailing_zeros() }
    }
    fn add(&mut self, key: u64) {
        let at = self.place(key);
        self.bits[at / 64] |= 1 << (at % 64);
    }
    fn may_hold(&self, key: u64) -> bool {
        let at = self.place(key);
        self.bits[at / 64] >> (at % 64) & 1 == 1
    }
    fn place(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }
}

fn pack<'a>(slices: impl Iterator<Item = &'a Slice>, limit: usize) -> Vec<Vec<Slice>> {
    let mut parts = vec![Vec::new()];
    let mut pairs = 0;
    for slice in slices.flat_map(|slice| cut(slice, limit)) {
        if pairs > 0 && pairs + slice.pairs() > limit {
            parts.push(Vec::new());
            pairs = 0;
        }
        pairs += slice.pairs();
        parts.last_mut().expect("there is always a part").push(slice);
    }
    parts
}

fn sorted(keys: &Keys) -> Vec<(u64, u32)> {
    let mut entries: Vec<(u64, u32)> = keys.entries().collect();
    entries.sort_unstable();
    entries
}

/// The runs of equal keys that occur on both sides, in key order.
fn meetings([left, right]: &Sides<Vec<(u64, u32)>>) -> Vec<Slice> {
    let run = |entries: &[(u64, u32)], start: usize, key: u64| {
        entries[start..].iter().take_while(|entry| entry.0 == key).count()
    };
    let mut slices = Vec::new();
    let (mut l, mut r) = (0, 0);
    while l < left.len() && r < right.len() {
        let key = left[l].0.max(right[r].0);
        l += left[l..].iter().take_while(|entry| entry.0 < key).count();
        r += right[r..].iter().take_while(|entry| entry.0 < key).count();
        let (left_run, right_run) = (run(left, l, key), run(right, r, key));
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
pub(crate) fn first_shared(a: &[u64], b: &[u64]) -> Option<u64> {
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
