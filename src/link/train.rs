//! What a model is fitted on: the populations of `fit`, sampled from the records so that no order of rows or threads
//! changes them (by content), and counted on all threads.

use crate::engine::Engine;
use crate::error::Result;

use super::block::{Blocks, Slice};
use super::column::Sides;
use super::compare::{Count, Counted, Pair};
use super::fit::{self, Nature, Population};
use super::frequency::{Collisions, Frequencies};
use super::household::Homes;
use super::model::{Context, Model, Weights};
use super::pattern::PatternCounts;
use super::records::{At, Records};
use super::settings::{Kind, Settings};

/// Records of each side that random pairs and relatives are drawn from.
const SAMPLE_RECORDS: usize = 20_000;
/// Random pairs for one pair sampled of each rule.
const RANDOM_RATIO: u64 = 4;
/// What the stated model is sure of: one in a thousand is wrong.
const SURE_BITS: f64 = 10.0;
/// The part of a stated chance below which none falls that selection hides.
const LEAST_OF_STATED: f64 = 0.2;
/// Share of the smaller side that is supposed to be on the other until that is counted.
const USUAL_SHARE: f64 = 0.7;
/// Pairs that one part counts.
const PART_PAIRS: usize = 1 << 15;

/// A comparison whose best level is equality, its cell, who carries which value, and the chance that two share one.
pub(crate) type Carried = (usize, usize, Collisions, f64);

/// What training sees.
pub(crate) struct Trainer<'a> {
    pub(crate) records: &'a Records,
    pub(crate) settings: &'a Settings,
    pub(crate) engine: Engine,
    pub(crate) pool: &'a Sides<Vec<u32>>,
    pub(crate) blocks: &'a [Blocks],
    pub(crate) homes: &'a Sides<Homes>,
    /// Known to be one person each.
    pub(crate) known: &'a [Pair],
    /// Whether both sides are one table.
    pub(crate) within: bool,
}

impl Trainer<'_> {
    /// The fitted model, or the stated one where there is too little to fit it on; and what values are worth.
    pub(crate) fn train(&self) -> Result<(Model, Frequencies)> {
        let mut model = Model::stated(self.settings);
        let most = self.records.heights[0].min(self.records.heights[1]) as f64;
        if most < self.settings.training.min_matches.max(1.0) {
            return Ok((model, Frequencies::none()));
        }
        let populations = self.populations(most)?;
        if self.within && !self.are_recognised(&model, &populations) {
            return Ok((model, Frequencies::none()));
        }
        let (ended, matches) = fit::fit(&mut model, self.settings, &populations);
        let expected = self.expected(&populations, &matches).min(most);
        if expected < self.settings.training.min_matches {
            return Ok((Model::stated(self.settings), Frequencies::none()));
        }
        model.fitted = true;
        (model.rounds, model.converged) = (ended.rounds, ended.converged);
        model.matches_expected = expected;
        model.match_prior = expected / self.all_pairs();
        model.relatives_per_match = self.homes.iter().map(Homes::relatives_per_member).sum::<f64>() / 2.0;
        self.keep_possible(&mut model);
        let frequencies = self.recount(&mut model, None);
        Ok((model, frequencies))
    }
    /// Pairs known by their identifier are chosen because identifier and name agree: they cannot teach how often these do not,
    /// and would teach that it never happens. There the stated chance counts for a part.
    fn keep_possible(&self, model: &mut Model) {
        let Some(identity) = &self.settings.identity else { return };
        for (fitted, comparison) in model.comparison.iter_mut().zip(&self.settings.comparison) {
            let chosen_by = comparison.name == identity.name || comparison.kind == Kind::NationalId;
            for (level, stated) in fitted.level.iter_mut().zip(&comparison.levels).filter(|_| chosen_by) {
                level.m = level.m.max(stated.m * LEAST_OF_STATED);
            }
        }
    }
    /// What values are worth under a model that was read from a file: against its own `u`.
    pub(crate) fn frequencies(&self, model: &Model) -> Frequencies {
        if !model.fitted {
            return Frequencies::none();
        }
        let mut recounted = model.clone();
        let counted = self.collisions(&mut recounted, None);
        let against = |(at, cell, collisions, _): Carried| (at, cell, collisions, model.comparison[at].level[0].u);
        Frequencies::of(self.settings, &counted.into_iter().map(against).collect::<Vec<_>>())
    }
    /// The prior of a model from a file, for registries of this size.
    pub(crate) fn first_prior(&self) -> f64 {
        let most = self.records.heights[0].min(self.records.heights[1]) as f64;
        (most * USUAL_SHARE / self.all_pairs()).clamp(f64::MIN_POSITIVE, 0.5)
    }
    /// Counts how often strangers share values and sets the model's `u` by it. In one table some pairs are one person and must
    /// not count: rows known to be another row's person (`doubles`) are left out; unless they are known, as many pairs are
    /// taken off as the model expects.
    pub(crate) fn recount(&self, model: &mut Model, doubles: Option<&[bool]>) -> Frequencies {
        let frequencies = self.apply_collisions(model, doubles);
        keep_order(model, &Model::stated(self.settings));
        frequencies
    }
    /// Pairs of records that there are.
    pub(crate) fn all_pairs(&self) -> f64 {
        let [left, right] = self.records.heights.map(|height| height as f64);
        if self.within { (left * (left - 1.0) / 2.0).max(1.0) } else { left * right }
    }
    /// Sides that differ.
    fn sides(&self) -> usize {
        if self.within { 1 } else { 2 }
    }

    fn populations(&self, most: f64) -> Result<Vec<Population>> {
        let known = self.known.iter().fold(PatternCounts::default(), |mut counts, pair| {
            counts.add(pair.pattern);
            counts
        });
        let mut populations = vec![
            Population { nature: Nature::Matches, fixed: 0, counts: known },
            Population {
                nature: Nature::Random { match_share: most * USUAL_SHARE / self.all_pairs() },
                fixed: 0,
                counts: self.count(self.random_pairs())?,
            },
            Population { nature: Nature::Relatives, fixed: 0, counts: self.count(self.relatives())? },
        ];
        for (at, blocks) in self.blocks.iter().enumerate() {
            let parts = self.sample(blocks);
            let counts = self.run(parts.into_iter().map(|slices| Counted::Blocks(at, slices)).collect())?;
            populations.push(Population { nature: Nature::Candidates, fixed: self.fixed_by(at), counts });
        }
        Ok(populations)
    }
    fn sample(&self, blocks: &Blocks) -> Vec<Vec<Slice>> {
        blocks.sample(self.settings.training.sample_pairs, PART_PAIRS)
    }
    fn count(&self, pairs: Vec<(At, At)>) -> Result<PatternCounts> {
        self.run(pairs.chunks(PART_PAIRS).map(|pairs| Counted::Pairs(pairs.to_vec())).collect())
    }
    fn run(&self, parts: Vec<Counted>) -> Result<PatternCounts> {
        let stage = Count { records: self.records, pool: self.pool, blocks: self.blocks, within: self.within };
        self.engine.map_merge(&stage, parts)
    }
    /// Everybody of a sample of the left with many of a sample of the right.
    fn random_pairs(&self) -> Vec<(At, At)> {
        let sample = |side: usize| self.records.sample(side, 0..self.records.heights[side] as u32, SAMPLE_RECORDS);
        let (left, right) = (sample(0), sample(1));
        let wanted = self.settings.training.sample_pairs * RANDOM_RATIO;
        let shifts = (wanted as usize / left.len().max(1)).clamp(1, right.len().max(1));
        // Shifts that have no divisor in common with the length visit different partners.
        let step = (right.len() / shifts).max(1);
        let shifted = |shift: usize| {
            let partner = {
                let right = &right;
                move |at: usize| right[(at + 1 + shift * step) % right.len()]
            };
            left.iter().enumerate().map(move |(at, row)| ((0, *row), (1, partner(at))))
        };
        let pairs = (0..shifts).flat_map(shifted);
        pairs.filter(|(a, b)| !self.within || a.1 != b.1).collect()
    }
    /// Members of one household, on each side.
    fn relatives(&self) -> Vec<(At, At)> {
        let mut pairs = Vec::new();
        for side in 0..self.sides() {
            let homes = &self.homes[side];
            let living = (0..self.records.heights[side] as u32)
                .filter(|row| homes.size(self.records.family[side][*row as usize]) > 1);
            for row in self.records.sample(side, living, SAMPLE_RECORDS) {
                let others = homes.members(self.records.family[side][row as usize]);
                pairs.extend(others.iter().filter(|other| **other != row).map(|other| ((side, row), (side, *other))));
            }
        }
        pairs
    }
    /// Comparisons that read a column which the rule blocks on.
    fn fixed_by(&self, rule: usize) -> u32 {
        let keys = &self.settings.blocking[rule];
        let columns: Vec<&str> = keys.keys.iter().chain(&keys.split).map(|key| key.column.as_str()).collect();
        let fixed =
            |comparison: &super::Comparison| comparison.columns.iter().any(|column| columns.contains(&column.as_str()));
        let comparisons = self.settings.comparison.iter().enumerate();
        comparisons.filter(|(_, comparison)| fixed(comparison)).fold(0, |mask, (at, _)| mask | 1 << at)
    }
    /// Matches that the registries are expected to have: those known, and what the most fruitful rule seems to hold.
    fn expected(&self, populations: &[Population], matches: &[f64]) -> f64 {
        let candidates =
            populations.iter().zip(matches).filter(|(population, _)| population.nature == Nature::Candidates);
        let of_rule = |(at, (_, matches)): (usize, (&Population, &f64))| {
            // A pair of several keys is met with each: the same is counted in what was looked at as in all there is.
            let seen: f64 = self.sample(&self.blocks[at]).iter().flatten().map(|slice| slice.pairs() as f64).sum();
            matches * self.blocks[at].pairs_expected() as f64 / seen.max(1.0)
        };
        self.known.len() as f64 + candidates.enumerate().map(of_rule).fold(0.0, f64::max)
    }
    /// Whether the stated model is sure of enough matches. Most tables hold few doubles, and without any EM calls one person
    /// what is merely alike: companions of one age under one roof.
    fn are_recognised(&self, stated: &Model, populations: &[Population]) -> bool {
        let weights = Weights::of(stated, self.settings);
        let is_sure = |pattern| weights.weight_bits(Context::Strangers, pattern, 0.0) >= SURE_BITS;
        let sure = |population: &Population| {
            let sure = population.counts.iter().filter(|(pattern, _)| is_sure(*pattern));
            sure.map(|(_, pairs)| pairs as f64).sum()
        };
        let matches: Vec<f64> = populations.iter().map(sure).collect();
        self.expected(populations, &matches) >= self.settings.training.min_matches
    }
    /// Of every family the member whose record comes first by content, and everybody who lives alone.
    fn one_of_each_family(&self, side: usize) -> Vec<u32> {
        let family = &self.records.family[side];
        let first = |row: &u32| {
            let members = self.homes[side].members(family[*row as usize]);
            members.iter().all(|other| self.records.order((side, *row)) <= self.records.order((side, *other)))
        };
        (0..self.records.heights[side] as u32).filter(first).collect()
    }
    /// The chance of equal values is counted, not sampled: it is too rare for a sample.
    fn apply_collisions(&self, model: &mut Model, doubles: Option<&[bool]>) -> Frequencies {
        let counted = self.collisions(model, doubles);
        Frequencies::of(self.settings, &counted)
    }
    /// By comparison whose best level is equality: its cell, who carries which value, and the chance set in the model.
    fn collisions(&self, model: &mut Model, doubles: Option<&[bool]>) -> Vec<Carried> {
        let strangers = self.strangers(doubles);
        let expected = match doubles {
            None if self.within => {
                model.matches_expected * (strangers[0].len() as f64 / self.records.heights[0] as f64).powi(2)
            }
            _ => 0.0,
        };
        let mut counted = Vec::new();
        for (at, parameters) in model.comparison.iter_mut().enumerate() {
            let Some(cell) = self.records.feature(at).equality_cell() else { continue };
            let collisions = Collisions::count(self.records, &strangers, cell);
            let best = &mut parameters.level[0];
            let stated = self.settings.comparison[at].levels[0].u;
            best.u = collisions.chance(stated, expected * best.m).min(0.5);
            counted.push((at, cell, collisions, best.u));
        }
        counted
    }
    /// Records of each side that are taken for strangers to one another; both sides of one table are counted once.
    fn strangers(&self, doubles: Option<&[bool]>) -> Sides<Vec<u32>> {
        let mut strangers = [0, 1].map(|side| match side < self.sides() {
            true => self.one_of_each_family(side),
            false => Vec::new(),
        });
        if let Some(doubles) = doubles {
            strangers[0].retain(|row| !doubles[*row as usize]);
        }
        strangers
    }
}

/// Where the settings state that a level is worth no less than the next, the fitted one is not worth less either: both get
/// what they are worth together (pool adjacent violators).
fn keep_order(model: &mut Model, stated: &Model) {
    for (comparison, stated) in model.comparison.iter_mut().zip(&stated.comparison) {
        // Levels that share a worth: where they start, and their m and u together.
        let mut pools: Vec<(usize, f64, f64)> = Vec::new();
        for (at, level) in comparison.level.iter().enumerate() {
            let mut pool = (at, level.m, level.u);
            while let Some(&(start, m, u)) = pools.last()
                && is_meant_no_less(stated, pool.0)
                && m / u < pool.1 / pool.2
            {
                pool = (start, m + pool.1, u + pool.2);
                pools.pop();
            }
            pools.push(pool);
        }
        for (place, &(start, m, u)) in pools.iter().enumerate() {
            let end = pools.get(place + 1).map_or(comparison.level.len(), |next| next.0);
            comparison.level[start..end]
                .iter_mut()
                .filter(|_| end - start > 1)
                .for_each(|level| level.m = level.u * m / u);
        }
    }
}

/// Whether the settings state that the level before `at` is worth no less than it.
fn is_meant_no_less(stated: &super::model::Parameters, at: usize) -> bool {
    let worth = |at: usize| stated.level[at].m / stated.level[at].u;
    at > 0 && worth(at - 1) >= worth(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::settings_of;

    #[test]
    fn levels_keep_their_order() {
        let level =
            |name: &str, m: f64| format!("{{ level = \"{name}\", at_most = {m}, m = {m}, u = 0.25, words = \"\" }},");
        let text =
            ["one", "two", "three"].iter().zip([0.6, 0.3, 0.1]).map(|(name, m)| level(name, m)).collect::<String>();
        let text = format!(
            "match_prior = 0.1\n[[comparison]]\nname = \"x\"\ntitle = \"x\"\nkind = \"number\"\ncolumns = [\"x\"]\nlevels = [{text}]"
        );
        let stated = Model::stated(&settings_of(&text));
        let mut model = stated.clone();
        // Worth 1, 5, 4: pooling the first two alone would leave the third above them.
        for (level, (m, u)) in model.comparison[0].level.iter_mut().zip([(0.2, 0.2), (0.25, 0.05), (0.4, 0.1)]) {
            (level.m, level.u) = (m, u);
        }
        keep_order(&mut model, &stated);
        let worth: Vec<f64> = model.comparison[0].level.iter().map(|level| level.m / level.u).collect();
        assert!(worth.is_sorted_by(|a, b| *a >= *b - 1e-12), "{worth:?}");
        let m: f64 = model.comparison[0].level.iter().map(|level| level.m).sum();
        assert!((m - 0.85).abs() < 1e-12, "{m}");
    }
}
