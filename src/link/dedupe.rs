//! One person table → which of its records are one person's.
//!
//! The linker's steps with both sides the same table, each pair once and nobody with herself; then clusters instead of an
//! assignment ([`super::cluster`]), for a person may have any number of cards.
//!
//! ```text
//! records ─► known ─► block ─► train ─► compare ─► refine ─► cluster ─► tell
//! as linked  equal    within   within   pairs      anew      average    numbers,
//!            numbers,                   worth      without   linkage    links, fates
//!            rulings                    keeping    doubles
//! ```
//!
//! What differs from two tables: doubles inflate every count of how often *strangers* agree, so the chances and the prior
//! are counted anew once most doubles are known; and two records of one household are relatives or one person, never
//! strangers, so they are all compared, and weighed as members of linked households are.
//!
//! Invariants: every row is in exactly one cluster; a person's ruling is never overturned; two records with one number and
//! two names are never in one cluster; the clusters depend on what the records say, not on threads or the order of rows.

use polars::prelude::DataFrame;
use rustc_hash::FxHashMap;

use crate::engine::Engine;
use crate::error::Result;
use crate::table::Linkage;

use super::block::Blocks;
use super::cluster::{Cluster, Clustered, ONE_PERSON, TWO_PERSONS};
use super::compare::{self, Compare, Compared, PART_PAIRS, Pair, Work};
use super::component::{self, Edge, Forest};
use super::feature::Memo;
use super::frequency::Frequencies;
use super::household::Homes;
use super::identity::{self, Names};
use super::key::KeyColumns;
use super::model::{Context, Model, Weights, odds_bits, probability};
use super::quality::Quality;
use super::records::Records;
use super::resolve::{IDENTITY, Known, SLACK_BITS};
use super::settings::Settings;
use super::told;
use super::train::Trainer;

/// Share of the pairs inside households that are one person listed twice, until counted.
const STATED_DOUBLES: f64 = 0.01;
/// Rounds in which the priors are fitted to the pairs.
const MAX_PRIOR_ROUNDS: usize = 20;
const AT_REST: f64 = 1e-3;

/// The people of one table.
#[derive(Debug)]
pub struct Clusters {
    /// Number of each row's person, dense, in order of the person's first row.
    pub cluster: Vec<u32>,
    /// Both sides of every link are rows of the one table, left before right: pairs inside clusters are matches, likely
    /// pairs between them reviews. Fates and duplicates are those of side 0.
    pub linkage: Linkage,
    /// The model: given, fitted, or stated.
    pub model: Model,
    /// Not measured inside one table.
    pub quality: Quality,
    /// People of more than one record, and their records.
    pub people_listed_twice: [usize; 2],
}

/// By rule number: pairs made, pairs skipped.
pub(crate) type Made = Vec<(u64, u64)>;

/// What is known of a pair before anything is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Word {
    /// A person said: one.
    RuledOne,
    /// A person said: two.
    RuledTwo,
    /// One trustworthy number, and compatible names.
    OneNumber,
    /// One number and two names.
    Conflict,
    /// One number and names that brothers have, in one household: for a person to decide.
    Brothers,
}

/// Everything that was found out about the pairs.
pub(crate) struct Findings<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) records: Records,
    pub(crate) model: Model,
    pub(crate) scale: Scale,
    /// What is known beforehand, by rows.
    pub(crate) known: FxHashMap<(u32, u32), Word>,
    /// Pairs worth keeping, sorted by rows, each under the first rule that makes it.
    pub(crate) pairs: Vec<Pair>,
    /// By rule number: pairs made first, pairs skipped.
    pub(crate) made: Vec<(u64, u64)>,
    pub(crate) clusters: Vec<Vec<u32>>,
}

/// How pairs are weighed.
pub(crate) struct Scale {
    pub(crate) weights: Weights,
    frequencies: Frequencies,
    /// Prior of two records of one household.
    at_home_bits: f64,
}

impl Scale {
    /// Two records of one family are no strangers.
    pub(crate) fn context(&self, records: &Records, pair: &Pair) -> Context {
        match are_at_home(records, pair.left, pair.right) {
            true => Context::Household { prior_bits: self.at_home_bits },
            false => Context::Strangers,
        }
    }
    pub(crate) fn weight_bits(&self, records: &Records, pair: &Pair) -> f64 {
        self.weights.weight_bits(self.context(records, pair), pair.pattern, f64::from(pair.frequency_bits))
    }
}

/// Finds the duplicates in `frame`.
pub(crate) fn dedupe(frame: &DataFrame, settings: &Settings, known: Known<'_>, engine: Engine) -> Result<Clusters> {
    let records = Records::read([frame, frame], settings)?;
    let words = words(&records, settings, known);
    let table = Table::of(frame, &records, settings, engine, &words)?;
    let trainer = table.trainer();
    let (mut model, frequencies) = match known.model {
        Some(model) => model.check(settings).map(|()| (model.clone(), trainer.frequencies(model)))?,
        None => trainer.train()?,
    };
    let (mut pairs, made) = table.candidates(&model, &frequencies)?;
    let mut scale =
        Scale { weights: Weights::of(&model, settings), frequencies, at_home_bits: odds_bits(STATED_DOUBLES) };
    table.refine(&trainer, &mut model, known.model.is_some(), &mut scale, &mut pairs);
    let clusters = table.cluster(&scale, &pairs)?;
    Ok(told::tell(&Findings { settings, records, model, scale, known: words, pairs, made, clusters }))
}

/// What rulings and equal identifiers say about pairs, left before right. A ruling comes before a number.
fn words(records: &Records, settings: &Settings, known: Known<'_>) -> FxHashMap<(u32, u32), Word> {
    let mut words = FxHashMap::default();
    if let Some(names) = Names::of(settings) {
        let rows: Vec<u32> = (0..records.heights[0] as u32).collect();
        for (left, right) in identity::pairs(records, &[rows.clone(), rows]).into_iter().filter(|(a, b)| a < b) {
            words.extend(word(records, &names, left, right).map(|word| ((left, right), word)));
        }
    }
    let ordered = |a: u32, b: u32| (a.min(b), a.max(b));
    let ruled = |same| if same { Word::RuledOne } else { Word::RuledTwo };
    words.extend(known.rulings.iter().map(|ruling| (ordered(ruling.left, ruling.right), ruled(ruling.same))));
    words
}

/// What one number says about two records; `None` where a name is missing or half agrees: the weight decides.
fn word(records: &Records, names: &Names, left: u32, right: u32) -> Option<Word> {
    let (a, b) = ((0, left), (0, right));
    if names.contradict(records, a, b) {
        Some(Word::Conflict)
    } else if names.are_one(records, 0, left, right) {
        Some(Word::OneNumber)
    } else {
        names.are_compatible(records, a, b).then_some(Word::Brothers)
    }
}

fn are_at_home(records: &Records, left: u32, right: u32) -> bool {
    let family = records.family[0][left as usize];
    family != super::column::NONE && family == records.family[0][right as usize]
}

/// The table as both sides.
struct Table<'a> {
    records: &'a Records,
    settings: &'a Settings,
    engine: Engine,
    words: &'a FxHashMap<(u32, u32), Word>,
    rows: [Vec<u32>; 2],
    homes: [Homes; 2],
    blocks: Vec<Blocks>,
    /// Pairs with equal identifiers, and ruled ones: no blocking rule need make them.
    listed: Vec<Pair>,
    /// Those of them that are one person by their number.
    sure: Vec<Pair>,
}

impl<'a> Table<'a> {
    fn of(
        frame: &DataFrame,
        records: &'a Records,
        settings: &'a Settings,
        engine: Engine,
        words: &'a FxHashMap<(u32, u32), Word>,
    ) -> Result<Self> {
        use rayon::prelude::*;
        let rows = [0, 1].map(|side: usize| (0..records.heights[side] as u32).collect());
        let columns = KeyColumns::read([frame, frame], &rows, &settings.blocking)?;
        let blocks = match engine {
            Engine::Serial => settings.blocking.iter().map(|rule| Blocks::make(&columns, rule)).collect(),
            Engine::Pool => settings.blocking.par_iter().map(|rule| Blocks::make(&columns, rule)).collect(),
        };
        let homes = [0, 1].map(|side: usize| Homes::of(&records.family[side], 0..records.heights[side] as u32));
        let equal = identity::pairs(records, &rows).into_iter().filter(|(left, right)| left < right);
        let ruled = words.iter().filter(|(_, word)| matches!(word, Word::RuledOne | Word::RuledTwo));
        let mut listed: Vec<(u32, u32)> = equal.chain(ruled.map(|(rows, _)| *rows)).collect();
        listed.sort_unstable();
        listed.dedup();
        let listed = compare::listed(records, IDENTITY, &listed, engine);
        let is_sure = |pair: &&Pair| words.get(&pair.rows()) == Some(&Word::OneNumber);
        let sure = listed.iter().filter(is_sure).copied().collect();
        Ok(Self { records, settings, engine, words, rows, homes, blocks, listed, sure })
    }
    fn trainer(&self) -> Trainer<'_> {
        let Self { records, settings, engine, .. } = *self;
        let (pool, blocks, homes) = (&self.rows, &self.blocks, &self.homes);
        Trainer { records, settings, engine, pool, blocks, homes, known: &self.sure, within: true }
    }
    /// Pairs worth keeping, and by rule number what was made and skipped.
    fn candidates(&self, model: &Model, frequencies: &Frequencies) -> Result<(Vec<Pair>, Made)> {
        let mut compared = self.compare(model, frequencies)?;
        let household_rule = self.blocks.len() as u16 + 1;
        let at_home = compare::listed(self.records, household_rule, &self.members(), self.engine);
        let mut made = vec![(self.listed.len() as u64, 0)];
        // Blocks count every pair from either end.
        made.extend(
            self.blocks.iter().enumerate().map(|(at, blocks)| (compared.made[at + 1], blocks.skipped_pairs / 2)),
        );
        made.extend(self.settings.household.is_some().then_some((at_home.len() as u64, 0)));
        compared.pairs.extend(self.listed.iter().copied().chain(at_home));
        compared.pairs.sort_unstable_by_key(|pair| (pair.rows(), pair.rule));
        compared.pairs.dedup_by_key(|pair| pair.rows());
        Ok((compared.pairs, made))
    }
    /// Stage 1 over all blocking rules.
    fn compare(&self, model: &Model, frequencies: &Frequencies) -> Result<Compared> {
        let weights = Weights::of(model, self.settings);
        let stage = Compare {
            records: self.records,
            weights: &weights,
            frequencies,
            pool: &self.rows,
            blocks: &self.blocks,
            floor_bits: self.settings.thresholds.review_bits - if model.fitted { SLACK_BITS } else { 0.0 },
            within: true,
        };
        let parts = self.blocks.iter().enumerate();
        let work = parts
            .flat_map(|(rule, blocks)| blocks.parts(PART_PAIRS).into_iter().map(move |slices| Work { rule, slices }));
        let mut compared = self.engine.map_merge(&stage, work.collect())?;
        compared.made.resize(self.blocks.len() + 1, 0);
        Ok(compared)
    }
    /// Every two members of every household.
    fn members(&self) -> Vec<(u32, u32)> {
        let family = &self.records.family[0];
        let younger = |row: u32| {
            let members = self.homes[0].members(family[row as usize]).iter();
            members.filter(move |other| **other > row).map(move |other| (row, *other))
        };
        self.rows[0].iter().flat_map(|row| younger(*row)).collect()
    }
    /// Fits the priors to the pairs, counts chances anew without the doubles that are then known, and fits again.
    fn refine(&self, trainer: &Trainer<'_>, model: &mut Model, is_given: bool, scale: &mut Scale, pairs: &mut [Pair]) {
        self.weigh_values(&scale.frequencies, pairs);
        if !model.fitted {
            return self.fit_priors(trainer.all_pairs(), model, scale, pairs);
        }
        self.fit_priors(trainer.all_pairs(), model, scale, pairs);
        let doubles = self.doubles(scale, pairs);
        // A given model keeps its chances; how rare a value is, the table says.
        scale.frequencies = match is_given {
            true => trainer.recount(&mut model.clone(), Some(&doubles)),
            false => trainer.recount(model, Some(&doubles)),
        };
        self.weigh_values(&scale.frequencies, pairs);
        self.fit_priors(trainer.all_pairs(), model, scale, pairs);
    }
    /// Sets what rare or usual values add.
    fn weigh_values(&self, frequencies: &Frequencies, pairs: &mut [Pair]) {
        for pair in pairs {
            let (a, b) = (self.records.cells((0, pair.left)), self.records.cells((0, pair.right)));
            pair.frequency_bits = frequencies.bits(a, b) as f32;
        }
    }
    /// How common doubles are, among strangers and inside households: EM over the pairs, their levels being known. Stated
    /// priors are lowered to what the table shows and never raised: few records show nothing.
    fn fit_priors(&self, all_pairs: f64, model: &mut Model, scale: &mut Scale, pairs: &[Pair]) {
        let [most, most_at_home] = if model.fitted { [0.5, 0.5] } else { [model.match_prior, STATED_DOUBLES] };
        for _ in 0..MAX_PRIOR_ROUNDS {
            scale.weights = Weights::of(model, self.settings);
            let (mut abroad, mut at_home) = (0.0, Doubles { expected: STATED_DOUBLES, pairs: 1.0 });
            for pair in pairs {
                let expected = self.match_prob(scale, pair);
                match are_at_home(self.records, pair.left, pair.right) {
                    true => at_home.add(expected),
                    false => abroad += expected,
                }
            }
            scale.at_home_bits = odds_bits(at_home.share().min(most_at_home));
            let before = model.matches_expected;
            model.matches_expected = f64::max(abroad + at_home.expected, 1.0);
            model.match_prior = (model.matches_expected / all_pairs).min(most);
            if (model.matches_expected - before).abs() < AT_REST * before {
                break;
            }
        }
        scale.weights = Weights::of(model, self.settings);
    }
    fn match_prob(&self, scale: &Scale, pair: &Pair) -> f64 {
        match self.words.get(&pair.rows()) {
            Some(Word::RuledOne | Word::OneNumber) => 1.0,
            Some(Word::RuledTwo | Word::Conflict | Word::Brothers) => 0.0,
            None => probability(scale.weight_bits(self.records, pair)),
        }
    }
    /// Rows that seem to be another row's person: all but the first, by content, of those that hold together.
    fn doubles(&self, scale: &Scale, pairs: &[Pair]) -> Vec<bool> {
        let least = milli_bits(self.settings.thresholds.match_bits);
        let mut forest = Forest::new(self.records.heights[0]);
        for pair in pairs.iter().filter(|pair| self.worth(scale, pair) >= least) {
            forest.join(pair.left, pair.right);
        }
        let mut first: FxHashMap<u32, (u64, u32)> = FxHashMap::default();
        let order = |row: u32| self.records.order((0, row));
        for &row in &self.rows[0] {
            let first = first.entry(forest.root(row)).or_insert_with(|| order(row));
            *first = order(row).min(*first);
        }
        self.rows[0].iter().map(|row| first[&forest.root(*row)].1 != *row).collect()
    }
    /// What a pair is worth to its clusters, in milli-bits.
    fn worth(&self, scale: &Scale, pair: &Pair) -> i64 {
        match self.words.get(&pair.rows()) {
            Some(Word::RuledOne | Word::OneNumber) => ONE_PERSON,
            Some(Word::RuledTwo | Word::Conflict | Word::Brothers) => TWO_PERSONS,
            None => milli_bits(scale.weight_bits(self.records, pair)),
        }
    }
    /// Clusters of two records or more.
    fn cluster(&self, scale: &Scale, pairs: &[Pair]) -> Result<Vec<Vec<u32>>> {
        let thresholds = self.settings.thresholds;
        let holds = |pair: &&Pair| self.worth(scale, pair) >= milli_bits(thresholds.review_bits);
        let edge = |pair: &Pair| Edge { left: pair.left, right: pair.right, weight_bits: 0.0, candidate: 0 };
        let edges: Vec<Edge> = pairs.iter().filter(holds).map(edge).collect();
        let worth = |left: u32, right: u32, memos: &mut [Memo]| {
            let (a, b) = (self.records.cells((0, left)), self.records.cells((0, right)));
            let pattern = self.records.pattern((0, left), (0, right), memos);
            let frequency_bits = scale.frequencies.bits(a, b) as f32;
            self.worth(scale, &Pair { left, right, rule: IDENTITY, pattern, frequency_bits })
        };
        let stage = Cluster { records: self.records, worth, least: milli_bits(thresholds.match_bits) };
        // Both ends of an edge are rows of one table: there is no other side to number them after.
        let parts = component::components(&edges, [0, self.records.heights[0]]);
        let Clustered { clusters, large_components } = self.engine.map_merge(&stage, parts)?;
        if large_components > 0 {
            tracing::warn!(large_components, "groups too large to be clustered: everybody got the best partner only");
        }
        Ok(clusters)
    }
}

fn milli_bits(bits: f64) -> i64 {
    (bits * 1000.0).round() as i64
}

/// Pairs, and how many of them are expected to be one person.
struct Doubles {
    expected: f64,
    pairs: f64,
}

impl Doubles {
    fn add(&mut self, expected: f64) {
        self.expected += expected;
        self.pairs += 1.0;
    }
    fn share(&self) -> f64 {
        self.expected / self.pairs
    }
}
