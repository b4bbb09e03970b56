//! From two frames to decided pairs, step by step.
//!
//! Sure links first (one identifier, one name, once on each side); they leave the pool, and the households they share are
//! linked. What is left goes through the blocking rules once. Then rounds: the candidates of the rules, and all pairs of
//! members of linked households, are weighed in their context and assigned; the matches link further households, until
//! none is new. A candidate is weighed as *household* when its households are linked, else as *strangers*, never as both.

use polars::prelude::DataFrame;

use crate::engine::Engine;
use crate::error::Result;
use crate::table::Decision;

use super::assign::{Assign, Assigned};
use super::block::Blocks;
use super::column::Sides;
use super::compare::{Compare, Compared, Pair, Work};
use super::component::{self, Edge};
use super::household::{self, Bond, Linked};
use super::identity::{self, Names, Settled};
use super::model::{Context, Model};
use super::pattern::PatternCounts;
use super::records::Records;
use super::settings::{Household, Settings};

/// Pairs that one part compares.
const PART_PAIRS: usize = 1 << 16;
/// The rule number of the deciding identifier.
pub(crate) const IDENTITY: u16 = 0;

/// A decided pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decided {
    pub(crate) pair: Pair,
    pub(crate) context: Context,
    pub(crate) decision: Decision,
    /// Somebody else fits nearly as well.
    pub(crate) contested: bool,
}

/// All that was decided, and what it rests on.
pub(crate) struct Resolution {
    pub(crate) records: Records,
    pub(crate) model: Model,
    /// Every link, sorted by rows: sure ones, matches, reviews, conflicts.
    pub(crate) decided: Vec<Decided>,
    /// `(duplicate, kept)` of each side, sorted.
    pub(crate) duplicates: Sides<Vec<(u32, u32)>>,
    /// Households taken as one.
    linked: Linked,
    /// By rule number: pairs made first, pairs skipped.
    pub(crate) made: Vec<(u64, u64)>,
    /// Patterns of all pairs compared as strangers: what a model is fitted on.
    pub(crate) counts: PatternCounts,
}

impl Resolution {
    /// In which context a pair was weighed, or would be.
    pub(crate) fn context(&self, left: u32, right: u32) -> Context {
        match self.decided.binary_search_by_key(&(left, right), |decided| (decided.pair.left, decided.pair.right)) {
            Ok(at) => self.decided[at].context,
            Err(_) => context(&self.records, &self.linked, left, right),
        }
    }
    /// How the households of a pair are linked.
    pub(crate) fn bond(&self, left: u32, right: u32) -> Option<Bond> {
        self.linked.bond(&self.records, left, right)
    }
}

/// Links `frames`.
pub(crate) fn resolve(frames: Sides<&DataFrame>, settings: &Settings, engine: Engine) -> Result<Resolution> {
    let records = Records::read(frames, settings)?;
    let model = Model::shipped(settings);
    let names = Names::of(settings);
    let duplicates =
        [0, 1].map(|side| names.as_ref().map_or_else(Vec::new, |names| identity::duplicates(&records, names, side)));
    let people =
        [0, 1].map(|side: usize| without(0..records.heights[side] as u32, duplicates[side].iter().map(|pair| pair.0)));

    let driver = Driver { records: &records, model: &model, settings, engine };
    let (settled, identity_counts) = driver.settle(names.as_ref(), &people)?;
    let pool = driver.pool(people, &settled.sure);
    let blocks: Vec<Blocks> =
        settings.blocking.iter().map(|rule| Blocks::make(frames, &pool, rule)).collect::<Result<_>>()?;
    let mut compared = driver.compare(&pool, &blocks)?;
    compared.pairs.extend(&settled.open);
    compared.add(identity_counts);

    let mut linked = driver.first_households(&settled, names.as_ref(), &pool);
    let (decided, household_pairs) = driver.rounds(&pool, &blocks, &compared.pairs, &mut linked)?;
    let made = driver.made(&compared, &blocks, household_pairs);
    let decided = finish(&records, settled, decided);
    Ok(Resolution { counts: compared.counts, records, model, decided, duplicates, linked, made })
}

struct Driver<'a> {
    records: &'a Records,
    model: &'a Model,
    settings: &'a Settings,
    engine: Engine,
}

impl Driver<'_> {
    /// Pairs with equal identifiers, sorted out, and their counts.
    fn settle(&self, names: Option<&Names>, people: &Sides<Vec<u32>>) -> Result<(Settled, Compared)> {
        let Some(names) = names else { return Ok(Default::default()) };
        let work = listed(IDENTITY, identity::pairs(self.records, people));
        let mut compared = self.stage(people, &[], Context::Strangers, f64::NEG_INFINITY, work)?;
        let pairs = std::mem::take(&mut compared.pairs);
        Ok((identity::settle(self.records, names, pairs), compared))
    }
    /// The rows of each side that are not yet decided.
    fn pool(&self, people: Sides<Vec<u32>>, sure: &[Pair]) -> Sides<Vec<u32>> {
        let mut taken = [sure.iter().map(|pair| pair.left).collect(), sure.iter().map(|pair| pair.right).collect()];
        taken.iter_mut().for_each(|rows: &mut Vec<u32>| rows.sort_unstable());
        let [left, right] = people;
        let [left_taken, right_taken] = taken;
        [without(left, left_taken), without(right, right_taken)]
    }
    /// Stage 1 over all blocking rules.
    fn compare(&self, pool: &Sides<Vec<u32>>, blocks: &[Blocks]) -> Result<Compared> {
        let parts = blocks.iter().enumerate();
        let work = parts
            .flat_map(|(rule, blocks)| blocks.parts(PART_PAIRS).into_iter().map(move |part| Work::Blocks(rule, part)));
        self.stage(pool, blocks, Context::Strangers, self.settings.thresholds.review_bits, work.collect())
    }
    fn stage(
        &self,
        pool: &Sides<Vec<u32>>,
        blocks: &[Blocks],
        context: Context,
        floor_bits: f64,
        work: Vec<Work>,
    ) -> Result<Compared> {
        let stage = Compare { records: self.records, model: self.model, pool, blocks, context, floor_bits };
        self.engine.map_merge(&stage, work)
    }
    /// Households that are one before any candidate is weighed.
    fn first_households(&self, settled: &Settled, names: Option<&Names>, pool: &Sides<Vec<u32>>) -> Linked {
        if self.settings.household.is_none() {
            return Linked::default();
        }
        let mut linked = Linked::default();
        let pairs = settled.sure.iter().chain(&settled.conflicts).chain(&settled.kin);
        linked.add_members(self.records, pairs.map(|pair| (pair.left, pair.right)));
        if let Some(names) = names {
            linked.add_numbers(self.records, names, pool);
        }
        linked
    }
    /// Weighs and assigns until no further household is linked; returns the last decisions, and the pairs that only the
    /// household rule made.
    fn rounds(
        &self,
        pool: &Sides<Vec<u32>>,
        blocks: &[Blocks],
        pairs: &[Pair],
        linked: &mut Linked,
    ) -> Result<(Vec<Decided>, u64)> {
        let rounds = self.settings.household.as_ref().map_or(1, |household| household.max_rounds.max(1));
        let mut result = (Vec::new(), 0);
        for _ in 0..rounds {
            let (relatives, made) = self.compare_relatives(pool, blocks, linked)?;
            let candidates = self.weigh(pairs, relatives, linked);
            result = (self.assign(candidates)?, made);
            let matches = result.0.iter().filter(|decided| decided.decision == Decision::Match);
            let pairs = matches.map(|decided| (decided.pair.left, decided.pair.right));
            if self.settings.household.is_none() || !linked.add_members(self.records, pairs) {
                break;
            }
        }
        Ok(result)
    }
    /// All pairs of undecided members of linked households, each under the first rule that makes it.
    fn compare_relatives(
        &self,
        pool: &Sides<Vec<u32>>,
        blocks: &[Blocks],
        linked: &Linked,
    ) -> Result<(Vec<Pair>, u64)> {
        let household_rule = blocks.len() as u16 + 1;
        let work = listed(household_rule, household::member_pairs(self.records, linked, pool));
        let floor_bits = self.settings.thresholds.review_bits;
        let compared = self.stage(pool, blocks, Context::Household, floor_bits, work)?;
        let mut relatives = compared.pairs;
        relatives.retain(|pair| self.context(linked, pair) == Context::Household);
        for pair in &mut relatives {
            pair.rule = first_rule(blocks, pool, pair.left, pair.right).map_or(household_rule, |at| at as u16 + 1);
        }
        let only_here = relatives.iter().filter(|pair| pair.rule == household_rule).count();
        Ok((relatives, only_here as u64))
    }
    /// Candidates in their context, sorted by rows; those that weigh too little in it are gone.
    fn weigh(&self, pairs: &[Pair], relatives: Vec<Pair>, linked: &Linked) -> Vec<(Pair, Context, f64)> {
        let strangers = pairs.iter().copied().filter(|pair| {
            // Pairs of linked households were made again, in their context; equal identifiers are not made twice.
            pair.rule == IDENTITY || self.context(linked, pair) == Context::Strangers
        });
        let mut candidates: Vec<(Pair, Context, f64)> = strangers
            .chain(relatives)
            .map(|pair| {
                let context = self.context(linked, &pair);
                (pair, context, self.model.weight_bits(context, pair.pattern))
            })
            .filter(|(_, _, weight_bits)| *weight_bits >= self.settings.thresholds.review_bits)
            .collect();
        candidates.sort_unstable_by_key(|(pair, ..)| (pair.left, pair.right));
        candidates
    }
    /// Stage 2 over the components of the candidates.
    fn assign(&self, candidates: Vec<(Pair, Context, f64)>) -> Result<Vec<Decided>> {
        let edge = |(at, (pair, _, weight_bits)): (usize, &(Pair, Context, f64))| Edge {
            left: pair.left,
            right: pair.right,
            weight_bits: *weight_bits,
            candidate: at as u32,
        };
        let edges: Vec<Edge> = candidates.iter().enumerate().map(edge).collect();
        let stage = Assign { records: self.records, thresholds: self.settings.thresholds };
        let parts = component::components(&edges, self.records.heights);
        let Assigned { verdicts, greedy_components } = self.engine.map_merge(&stage, parts)?;
        if greedy_components > 0 {
            tracing::warn!(greedy_components, "components too large for an exact assignment were assigned greedily");
        }
        let decided = verdicts.into_iter().map(|verdict| {
            let (pair, context, _) = candidates[verdict.candidate as usize];
            Decided { pair, context, decision: verdict.decision, contested: verdict.contested }
        });
        Ok(decided.collect())
    }
    fn context(&self, linked: &Linked, pair: &Pair) -> Context {
        context(self.records, linked, pair.left, pair.right)
    }
    /// By rule number: pairs made first, pairs skipped.
    fn made(&self, compared: &Compared, blocks: &[Blocks], household_pairs: u64) -> Vec<(u64, u64)> {
        let made = |rule: usize| compared.made.get(rule).copied().unwrap_or(0);
        let mut counts = vec![(made(0), 0)];
        counts.extend(blocks.iter().enumerate().map(|(at, blocks)| (made(at + 1), blocks.skipped_pairs)));
        counts.extend(self.settings.household.as_ref().map(|_: &Household| (household_pairs, 0)));
        counts
    }
}

fn context(records: &Records, linked: &Linked, left: u32, right: u32) -> Context {
    linked.bond(records, left, right).map_or(Context::Strangers, |_| Context::Household)
}

/// Adds the sure links and those conflicts that no match explains, and sorts.
fn finish(records: &Records, settled: Settled, mut decided: Vec<Decided>) -> Vec<Decided> {
    let sure = settled.sure.into_iter().map(|pair| (pair, Decision::Match));
    let mut matched = [0, 1].map(|side: usize| vec![false; records.heights[side]]);
    let strangers = |(pair, decision)| Decided { pair, context: Context::Strangers, decision, contested: false };
    decided.extend(sure.map(strangers));
    for Decided { pair, .. } in decided.iter().filter(|decided| decided.decision == Decision::Match) {
        matched[0][pair.left as usize] = true;
        matched[1][pair.right as usize] = true;
    }
    // When both people found their own partner, the identifier is the finding, not the link.
    let unexplained = |pair: &Pair| !(matched[0][pair.left as usize] && matched[1][pair.right as usize]);
    let conflicts = settled.conflicts.into_iter().filter(unexplained);
    decided.extend(conflicts.map(|pair| strangers((pair, Decision::Conflict))));
    decided.sort_unstable_by_key(|decided| (decided.pair.left, decided.pair.right));
    decided
}

fn listed(rule: u16, pairs: Vec<(u32, u32)>) -> Vec<Work> {
    pairs.chunks(PART_PAIRS).map(|part| Work::Pairs(rule, part.to_vec())).collect()
}

fn first_rule(blocks: &[Blocks], pool: &Sides<Vec<u32>>, left: u32, right: u32) -> Option<usize> {
    let position = |side: usize, row: u32| pool[side].binary_search(&row).expect("relatives are of the pool") as u32;
    let (left, right) = (position(0, left), position(1, right));
    blocks.iter().position(|blocks| blocks.makes(left, right))
}

/// Sorted rows without sorted others.
fn without(rows: impl IntoIterator<Item = u32>, others: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut others = others.into_iter().peekable();
    rows.into_iter()
        .filter(|row| {
            while others.next_if(|other| other < row).is_some() {}
            others.peek() != Some(row)
        })
        .collect()
}
