//! Stage 1: candidate pairs → the pairs worth keeping, and how all of a sample agreed.
//!
//! A part is some blocks of one rule. Candidates are streamed: a pair that cannot
//! reach the floor is dropped as soon as what is left to ask cannot lift it there, so memory holds what may still become a
//! link. [`Count`] looks at whole patterns instead, for a model to be fitted on.

use rustc_hash::FxHashMap;

use crate::engine::{Engine, Stage};
use crate::error::Result;

use super::block::{Blocks, Slice};
use super::column::{NONE, Sides};
use super::feature::Memo;
use super::frequency::Frequencies;
use super::model::{Context, Weights};
use super::pattern::{Pattern, PatternCounts};
use super::records::Records;

/// Pairs that one part compares.
pub(crate) const PART_PAIRS: usize = 1 << 16;

/// A compared pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair {
    /// Row of the left frame.
    pub(crate) left: u32,
    /// Row of the right frame.
    pub(crate) right: u32,
    /// The rule that made it: see `resolve`.
    pub(crate) rule: u16,
    /// How it agreed.
    pub(crate) pattern: Pattern,
    /// What rare or usual values add.
    pub(crate) frequency_bits: f32,
}

impl Pair {
    /// Pairs are ordered by their rows.
    pub(crate) fn rows(&self) -> (u32, u32) {
        (self.left, self.right)
    }
}

/// The stage: everything the parts share.
pub(crate) struct Compare<'a> {
    pub(crate) records: &'a Records,
    pub(crate) weights: &'a Weights,
    pub(crate) frequencies: &'a Frequencies,
    /// Rows that positions stand for.
    pub(crate) pool: &'a Sides<Vec<u32>>,
    /// By blocking rule, in order.
    pub(crate) blocks: &'a [Blocks],
    /// Pairs below are dropped.
    pub(crate) floor_bits: f64,
    /// Whether both sides are one table: then each pair is looked at once, and nobody with herself.
    pub(crate) within: bool,
}

/// What one run compares: blocks of the blocking rule at a position.
pub(crate) struct Work {
    pub(crate) rule: usize,
    pub(crate) slices: Vec<Slice>,
}

/// What one run gives, and all of them.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Compared {
    /// Pairs worth keeping, sorted by rows.
    pub(crate) pairs: Vec<Pair>,
    /// Pairs compared, by rule number; as long as the largest number needs.
    pub(crate) made: Vec<u64>,
}

impl Stage for Compare<'_> {
    type Part = Work;
    type Partial = Compared;
    type Whole = Compared;

    fn run(&self, part: Work) -> Result<Compared> {
        let mut run =
            Run { stage: self, gate: Gate::new(self), memos: self.records.memos(), pairs: Vec::new(), made: 0 };
        let Work { rule: at, slices } = part;
        // Rule 0 is the deciding identifier; blocking rules follow.
        let rule = at as u16 + 1;
        slices.iter().for_each(|slice| run.slice(at, rule, slice));
        let mut made = vec![0; usize::from(rule) + 1];
        made[usize::from(rule)] = run.made;
        Ok(Compared { pairs: run.pairs, made })
    }

    fn merge(&self, partials: Vec<Compared>) -> Result<Compared> {
        let mut whole = Compared::default();
        for partial in partials {
            whole.add(partial);
        }
        whole.pairs.sort_unstable_by_key(Pair::rows);
        Ok(whole)
    }
}

impl Compared {
    /// Adds another result; pairs are appended.
    pub(crate) fn add(&mut self, other: Self) {
        self.pairs.extend(other.pairs);
        self.made.resize(self.made.len().max(other.made.len()), 0);
        self.made.iter_mut().zip(other.made).for_each(|(sum, made)| *sum += made);
    }
}

/// What may be dropped before everything is asked.
struct Gate {
    /// The most that comparisons from each place on can add, in the records' order.
    best_rest: Vec<f64>,
    /// The most that rare values can add.
    frequency: f64,
}

impl Gate {
    fn new(stage: &Compare<'_>) -> Self {
        Self {
            best_rest: stage.weights.best_rest(Context::Strangers, &stage.records.order),
            frequency: stage.frequencies.most_bits(),
        }
    }
}

struct Run<'a> {
    stage: &'a Compare<'a>,
    gate: Gate,
    memos: Vec<Memo>,
    pairs: Vec<Pair>,
    made: u64,
}

impl Run<'_> {
    fn slice(&mut self, at: usize, rule: u16, slice: &Slice) {
        let Compare { pool, blocks, .. } = *self.stage;
        for (left, right) in blocks[at].pairs(slice) {
            let (left_row, right_row) = (pool[0][left as usize], pool[1][right as usize]);
            if self.is_new(at, left, right, left_row, right_row) {
                self.compare(rule, left_row, right_row);
            }
        }
    }
    fn is_new(&self, at: usize, left: u32, right: u32, left_row: u32, right_row: u32) -> bool {
        if self.stage.within && left_row >= right_row {
            return false;
        }
        !self.stage.blocks[..at].iter().any(|blocks| blocks.makes(left, right))
            && !self.share_identity(left_row, right_row)
    }
    fn share_identity(&self, left: u32, right: u32) -> bool {
        let [left_keys, right_keys] = &self.stage.records.identity;
        let key = left_keys[left as usize];
        key != NONE && key == right_keys[right as usize]
    }
    /// Asks one comparison after the other, as long as the pair may still reach the floor.
    fn compare(&mut self, rule: u16, left: u32, right: u32) {
        let Compare { records, weights, frequencies, floor_bits, .. } = *self.stage;
        self.made += 1;
        let (a, b) = (records.cells((0, left)), records.cells((1, right)));
        let mut pattern = Pattern::default();
        let mut bits = weights.prior_bits + self.gate.frequency;
        for (place, at) in records.order.iter().enumerate() {
            if bits + self.gate.best_rest[place] < floor_bits {
                return;
            }
            pattern = records.ask(*at, pattern, a, b, &mut self.memos);
            bits += weights.level_bits(Context::Strangers, *at, pattern.level(*at));
        }
        let frequency_bits = frequencies.bits(a, b);
        if weights.weight_bits(Context::Strangers, pattern, frequency_bits) >= floor_bits {
            self.pairs.push(Pair { left, right, rule, pattern, frequency_bits: frequency_bits as f32 });
        }
    }
}

/// Listed pairs with their patterns, in order.
pub(crate) fn listed(records: &Records, rule: u16, pairs: &[(u32, u32)], engine: Engine) -> Vec<Pair> {
    use rayon::prelude::*;
    let compare = |chunk: &[(u32, u32)]| -> Vec<Pair> {
        let mut memos = records.memos();
        let mut pair = |&(left, right): &(u32, u32)| {
            let pattern = records.pattern((0, left), (1, right), &mut memos);
            Pair { left, right, rule, pattern, frequency_bits: 0.0 }
        };
        chunk.iter().map(&mut pair).collect()
    };
    match engine {
        Engine::Serial => pairs.chunks(PART_PAIRS).flat_map(compare).collect(),
        Engine::Pool => pairs.par_chunks(PART_PAIRS).flat_map_iter(compare).collect(),
    }
}

/// How pairs agreed, counted: the stage that feeds a model's estimation.
pub(crate) struct Count<'a> {
    pub(crate) records: &'a Records,
    /// Rows that positions stand for.
    pub(crate) pool: &'a Sides<Vec<u32>>,
    /// By blocking rule, in order.
    pub(crate) blocks: &'a [Blocks],
    /// Whether both sides are one table.
    pub(crate) within: bool,
}

/// What is counted.
pub(crate) enum Counted {
    /// Blocks of the blocking rule at a position.
    Blocks(usize, Vec<Slice>),
    /// Listed pairs of records, of any side.
    Pairs(Vec<(super::records::At, super::records::At)>),
}

impl Stage for Count<'_> {
    type Part = Counted;
    type Partial = PatternCounts;
    type Whole = PatternCounts;

    fn run(&self, part: Counted) -> Result<PatternCounts> {
        let mut memos = self.records.memos();
        let mut counts: FxHashMap<Pattern, u64> = FxHashMap::default();
        let mut count = |a, b| *counts.entry(self.records.pattern(a, b, &mut memos)).or_default() += 1;
        match part {
            Counted::Blocks(at, slices) => {
                for (left, right) in slices.iter().flat_map(|slice| self.blocks[at].pairs(slice)) {
                    let (left, right) = (self.pool[0][left as usize], self.pool[1][right as usize]);
                    if !self.within || left < right {
                        count((0, left), (1, right));
                    }
                }
            }
            Counted::Pairs(pairs) => pairs.into_iter().for_each(|(a, b)| count(a, b)),
        }
        Ok(counts.into_iter().collect())
    }

    fn merge(&self, partials: Vec<PatternCounts>) -> Result<PatternCounts> {
        let mut whole = PatternCounts::default();
        partials.into_iter().for_each(|partial| whole.merge(partial));
        Ok(whole)
    }
}
