//! Stage 1: candidate pairs → patterns, counted, and the pairs worth keeping.
//!
//! A part is some blocks of one rule, or a list of pairs that another step made. Candidates are streamed: a pair below the
//! review threshold leaves its count and nothing else, so memory holds what may still become a link.

use rustc_hash::FxHashMap;

use crate::engine::Stage;
use crate::error::Result;

use super::block::{Blocks, Slice};
use super::column::{NONE, Sides};
use super::model::{Context, Model};
use super::pattern::{Pattern, PatternCounts};
use super::records::Records;

/// A compared pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    /// Row of the left frame.
    pub(crate) left: u32,
    /// Row of the right frame.
    pub(crate) right: u32,
    /// The rule that made it: see `resolve`.
    pub(crate) rule: u16,
    /// How it agreed.
    pub(crate) pattern: Pattern,
}

/// The stage: everything the parts share.
pub(crate) struct Compare<'a> {
    pub(crate) records: &'a Records,
    pub(crate) model: &'a Model,
    /// Rows that positions stand for.
    pub(crate) pool: &'a Sides<Vec<u32>>,
    /// By blocking rule, in order.
    pub(crate) blocks: &'a [Blocks],
    /// What is known of the pairs of this run.
    pub(crate) context: Context,
    /// Pairs below are counted and dropped.
    pub(crate) floor_bits: f64,
}

/// What one run compares.
pub(crate) enum Work {
    /// Blocks of the blocking rule at a position.
    Blocks(usize, Vec<Slice>),
    /// Pairs of rows, made under the rule of that number.
    Pairs(u16, Vec<(u32, u32)>),
}

/// What one run gives, and all of them.
#[derive(Default)]
pub(crate) struct Compared {
    /// Pairs worth keeping, sorted.
    pub(crate) pairs: Vec<Pair>,
    /// All pairs compared, by pattern.
    pub(crate) counts: PatternCounts,
    /// Pairs compared, by rule number; as long as the largest number needs.
    pub(crate) made: Vec<u64>,
}

impl Stage for Compare<'_> {
    type Part = Work;
    type Partial = Compared;
    type Whole = Compared;

    fn run(&self, part: Work) -> Result<Compared> {
        let mut run = Run { stage: self, counts: FxHashMap::default(), pairs: Vec::new(), made: 0 };
        let rule = match part {
            Work::Blocks(at, slices) => {
                // Rule 0 is the deciding identifier; blocking rules follow.
                let rule = at as u16 + 1;
                slices.iter().for_each(|slice| run.slice(at, rule, slice));
                rule
            }
            Work::Pairs(rule, pairs) => {
                pairs.into_iter().for_each(|(left, right)| run.compare(rule, left, right));
                rule
            }
        };
        let mut made = vec![0; usize::from(rule) + 1];
        made[usize::from(rule)] = run.made;
        Ok(Compared { pairs: run.pairs, counts: run.counts.into_iter().collect(), made })
    }

    fn merge(&self, partials: Vec<Compared>) -> Result<Compared> {
        let mut whole = Compared::default();
        for partial in partials {
            whole.add(partial);
        }
        whole.pairs.sort_unstable();
        Ok(whole)
    }
}

impl Compared {
    /// Adds another result; pairs are appended.
    pub(crate) fn add(&mut self, other: Self) {
        self.pairs.extend(other.pairs);
        self.counts.merge(other.counts);
        self.made.resize(self.made.len().max(other.made.len()), 0);
        self.made.iter_mut().zip(other.made).for_each(|(sum, made)| *sum += made);
    }
}

struct Run<'a> {
    stage: &'a Compare<'a>,
    counts: FxHashMap<Pattern, u64>,
    pairs: Vec<Pair>,
    made: u64,
}

impl Run<'_> {
    fn slice(&mut self, at: usize, rule: u16, slice: &Slice) {
        let Compare { pool, blocks, .. } = *self.stage;
        for (left, right) in blocks[at].pairs(slice) {
            let (left_row, right_row) = (pool[0][left as usize], pool[1][right as usize]);
            let earlier = blocks[..at].iter().any(|blocks| blocks.makes(left, right));
            if !earlier && !self.share_identity(left_row, right_row) {
                self.compare(rule, left_row, right_row);
            }
        }
    }
    fn share_identity(&self, left: u32, right: u32) -> bool {
        let [left_keys, right_keys] = &self.stage.records.identity;
        let key = left_keys[left as usize];
        key != NONE && key == right_keys[right as usize]
    }
    fn compare(&mut self, rule: u16, left: u32, right: u32) {
        let pattern = self.stage.records.pattern(left, right);
        self.made += 1;
        *self.counts.entry(pattern).or_default() += 1;
        if self.stage.model.weight_bits(self.stage.context, pattern) >= self.stage.floor_bits {
            self.pairs.push(Pair { left, right, rule, pattern });
        }
    }
}
