//! From two frames to decided pairs, step by step.
//!
//! Sure links first (one identifier, one name, once on each side); they leave the pool, and the households they share are
//! linked. What is left goes through the blocking rules once. Then rounds: the candidates of the rules, and all pairs of
//! members of linked households, are weighed in their context and assigned; the matches link further households and tell how
//! common matches are, until no household is new. A candidate is weighed as *household* when its households are linked, else
//! as *strangers*, never as both. A person's rulings come before everything, and nothing overturns them.

use std::collections::BTreeSet;

use polars::prelude::DataFrame;

use crate::engine::Engine;
use crate::error::Result;
use crate::table::Decision;

use super::assign::{Assign, Assigned};
use super::block::Blocks;
use super::column::{NONE, Sides};
use super::compare::{self, Compare, Compared, PART_PAIRS, Pair, Work};
use super::component::{self, Edge};
use super::doubt;
use super::frequency::Frequencies;
use super::household::{self, Bond, Homes, Linked, Relatives};
use super::identity::{self, Names, Settled};
use super::key::KeyColumns;
use super::model::{Context, HouseholdPriors, Model, Weights, odds_bits, probability};
use super::places;
use super::records::Records;
use super::ruling::Ruling;
use super::settings::{Settings, Thresholds};
use super::train::Trainer;

/// The rule number of the deciding identifier.
pub(crate) const IDENTITY: u16 = 0;
/// Rounds with a fitted model, households or not.
const LEAST_ROUNDS: u32 = 3;
/// Change of the prior at which it has come to rest.
const AT_REST_BITS: f64 = 0.05;
/// How far below the review threshold pairs are kept: the prior may still rise.
pub(crate) const SLACK_BITS: f64 = 4.0;

/// What is known beside the two tables.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// A model fitted before; fitted anew when absent.
    pub model: Option<&'a Model>,
    /// What persons have decided.
    pub rulings: &'a [Ruling],
}

/// A decided pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decided {
    pub(crate) pair: Pair,
    pub(crate) context: Context,
    pub(crate) decision: Decision,
    /// Somebody else fits nearly as well.
    pub(crate) contested: bool,
    /// A person decided.
    pub(crate) ruled: bool,
}

/// All that was decided, and what it rests on.
pub(crate) struct Resolution {
    pub(crate) records: Records,
    pub(crate) model: Model,
    pub(crate) weights: Weights,
    pub(crate) frequencies: Frequencies,
    /// Every link, sorted by rows: ruled ones, sure ones, matches, reviews, conflicts.
    pub(crate) decided: Vec<Decided>,
    /// `(duplicate, kept)` of each side, sorted.
    pub(crate) duplicates: Sides<Vec<(u32, u32)>>,
    /// Rows that went through the blocking rules, and the rules' blocks.
    pub(crate) pool: Sides<Vec<u32>>,
    pub(crate) blocks: Vec<Blocks>,
    /// Pairs linked at once by their identifier.
    pub(crate) sure: Vec<(u32, u32)>,
    /// By rule number: pairs made first, pairs skipped.
    pub(crate) made: Vec<(u64, u64)>,
    linked: Linked,
    open: Sides<Homes>,
    priors: HouseholdPriors,
}

impl Resolution {
    /// In which context a pair was weighed, or would be.
    pub(crate) fn context(&self, left: u32, right: u32) -> Context {
        match self.decided.binary_search_by_key(&(left, right), |decided| decided.pair.rows()) {
            Ok(at) => self.decided[at].context,
            Err(_) => self.any_bond(left, right).map_or(Context::Strangers, |bond| {
                let open = match self.model.fitted {
                    false => 1,
                    true => open_members(&self.records, &self.open, |_, _| true, (left, right)),
                };
                let relatives = Relatives { bond, open, at_first: open, kin_bits: 0.0, undecided: true };
                Context::Household { prior_bits: relatives.prior_bits(self.priors) }
            }),
        }
    }
    /// What a decided pair weighs.
    pub(crate) fn weight_bits(&self, decided: &Decided) -> f64 {
        self.weights.weight_bits(decided.context, decided.pair.pattern, f64::from(decided.pair.frequency_bits))
    }
    /// What was decided on a pair.
    pub(crate) fn decided(&self, left: u32, right: u32) -> Option<&Decided> {
        let at = self.decided.binary_search_by_key(&(left, right), |decided| decided.pair.rows()).ok()?;
        Some(&self.decided[at])
    }
    /// The rule that makes a pair, or made its link.
    pub(crate) fn rule(&self, left: u32, right: u32) -> Option<u16> {
        if let Some(decided) = self.decided(left, right) {
            return Some(decided.pair.rule);
        }
        let positions = [left, right].into_iter().zip(&self.pool).map(|(row, pool)| pool.binary_search(&row).ok());
        let positions: Option<Vec<usize>> = positions.collect();
        let by_rule =
            positions.and_then(|at| self.blocks.iter().position(|blocks| blocks.makes(at[0] as u32, at[1] as u32)));
        let by_household = || self.any_bond(left, right).map(|_| self.blocks.len() as u16 + 1);
        by_rule.map(|at| at as u16 + 1).or_else(by_household)
    }
    /// How the households of an undecided pair are linked.
    pub(crate) fn bond(&self, left: u32, right: u32) -> Option<Bond> {
        self.linked.bond(&self.records, left, right)
    }
    /// The same for any pair, people included who found their partner at once: slower.
    fn any_bond(&self, left: u32, right: u32) -> Option<Bond> {
        let families = &self.records.family;
        let family = |pair: (u32, u32)| (families[0][pair.0 as usize], families[1][pair.1 as usize]);
        let own = family((left, right));
        let other = |pair: &(u32, u32)| {
            pair.0 != left && pair.1 != right && family(*pair) == own && own.0 != NONE && own.1 != NONE
        };
        let matches = self.decided.iter().filter(|decided| decided.decision == Decision::Match);
        let members = || match matches.map(|decided| decided.pair.rows()).filter(other).count() {
            0 => None,
            1 => Some(Bond::OneMember),
            _ => Some(Bond::Members),
        };
        self.bond(left, right).or_else(members)
    }
}

/// Links `frames`.
pub(crate) fn resolve(
    frames: Sides<&DataFrame>,
    settings: &Settings,
    known: Known<'_>,
    engine: Engine,
) -> Result<Resolution> {
    let believed = [doubt::without_doubted(frames[0])?, doubt::without_doubted(frames[1])?];
    let frames = [0, 1].map(|side: usize| believed[side].as_ref().unwrap_or(frames[side]));
    let respelt = places::by_identity(frames[0], frames[1], settings)?;
    let frames = [frames[0], respelt.as_ref().unwrap_or(frames[1])];
    let records = Records::read(frames, settings)?;
    let homes = [0, 1].map(|side: usize| Homes::of(&records.family[side], 0..records.heights[side] as u32));
    let names = Names::of(settings);
    let rulings = Rulings::of(known.rulings);
    let duplicates = [0, 1].map(|side| match &names {
        Some(names) => rulings.without_ruled(side, identity::duplicates(&records, &homes, names, side)),
        None => Vec::new(),
    });
    let people = [0, 1].map(|side: usize| {
        let gone = duplicates[side].iter().map(|pair| pair.0).chain(rulings.matched[side].iter().copied());
        without(0..records.heights[side] as u32, gone.collect())
    });
    let driver = Driver { records: &records, homes: &homes, rulings: &rulings, settings, engine };
    let settled = driver.settle(names.as_ref(), &people);
    let pool = driver.pool(people, &settled.sure);
    let blocks = driver.blocks(frames, &pool)?;
    let (model, frequencies) = driver.model(known.model, &pool, &blocks, &settled)?;
    let mut compared = driver.compare(&model, &frequencies, &pool, &blocks)?;
    compared.made[usize::from(IDENTITY)] = (settled.sure.len() + settled.open.len() + settled.conflicts.len()) as u64;
    compared.pairs.extend(settled.open.iter().chain(&settled.conflicts));

    let open = [0, 1].map(|side: usize| Homes::of(&records.family[side], pool[side].iter().copied()));
    let first = driver.first_households(&settled, names.as_ref(), &pool, &open);
    let rounds = Rounds { driver: &driver, pool: &pool, blocks: &blocks, open: &open };
    let Outcome { decided, household_pairs, model, weights, linked } =
        rounds.run(model, &compared.pairs, &first, settled.sure.len())?;
    let made = driver.made(&compared, &blocks, household_pairs);
    let sure = settled.sure.iter().map(Pair::rows).collect();
    let decided = driver.finish(&frequencies, settled, decided);
    let priors = model.household;
    Ok(Resolution {
        records,
        model,
        weights,
        frequencies,
        decided,
        duplicates,
        pool,
        blocks,
        sure,
        made,
        linked,
        open,
        priors,
    })
}

struct Driver<'a> {
    records: &'a Records,
    homes: &'a Sides<Homes>,
    rulings: &'a Rulings,
    settings: &'a Settings,
    engine: Engine,
}

impl Driver<'_> {
    /// Pairs with equal identifiers, sorted out.
    fn settle(&self, names: Option<&Names>, people: &Sides<Vec<u32>>) -> Settled {
        let Some(names) = names else { return Settled::default() };
        let pairs = identity::pairs(self.records, people).into_iter().filter(|pair| !self.rulings.parts(*pair));
        let pairs: Vec<Pair> = self.listed_pairs(IDENTITY, pairs.collect());
        let crossed = identity::crossed(self.records, self.homes, names, &pairs);
        let taken = |row: fn(&(u32, u32)) -> u32| crossed.iter().map(row).collect::<BTreeSet<u32>>();
        let (left, right) = (taken(|pair| pair.0), taken(|pair| pair.1));
        let free = |pair: &Pair| !left.contains(&pair.left) && !right.contains(&pair.right);
        let mut settled = identity::settle(self.records, self.homes, names, pairs.into_iter().filter(free).collect());
        let unruled = crossed.into_iter().filter(|pair| !self.rulings.parts(*pair)).collect();
        settled.sure.extend(self.listed_pairs(IDENTITY, unruled));
        settled.sure.sort_unstable_by_key(Pair::rows);
        settled
    }
    /// Listed pairs with their patterns, in order.
    fn listed_pairs(&self, rule: u16, pairs: Vec<(u32, u32)>) -> Vec<Pair> {
        compare::listed(self.records, rule, &pairs, self.engine)
    }
    /// The rows of each side that are not yet decided.
    fn pool(&self, people: Sides<Vec<u32>>, sure: &[Pair]) -> Sides<Vec<u32>> {
        let [left, right] = people;
        let taken = |row: fn(&Pair) -> u32| sure.iter().map(row).collect();
        [without(left, taken(|pair| pair.left)), without(right, taken(|pair| pair.right))]
    }
    /// The blocks of every rule.
    fn blocks(&self, frames: Sides<&DataFrame>, pool: &Sides<Vec<u32>>) -> Result<Vec<Blocks>> {
        use rayon::prelude::*;
        let columns = KeyColumns::read(frames, pool, &self.settings.blocking)?;
        let rules = &self.settings.blocking;
        Ok(match self.engine {
            Engine::Serial => rules.iter().map(|rule| Blocks::make(&columns, rule)).collect(),
            Engine::Pool => rules.par_iter().map(|rule| Blocks::make(&columns, rule)).collect(),
        })
    }
    /// The model: given, fitted, or stated; and what values are worth.
    fn model(
        &self,
        given: Option<&Model>,
        pool: &Sides<Vec<u32>>,
        blocks: &[Blocks],
        settled: &Settled,
    ) -> Result<(Model, Frequencies)> {
        let Self { records, homes, settings, engine, .. } = *self;
        let trainer = Trainer { records, settings, engine, pool, blocks, homes, known: &settled.sure, within: false };
        match given {
            Some(model) => {
                model.check(settings)?;
                let frequencies = trainer.frequencies(model);
                // It may come from a registry of another size.
                let match_prior = if model.fitted { trainer.first_prior() } else { model.match_prior };
                Ok((Model { match_prior, ..model.clone() }, frequencies))
            }
            None => trainer.train(),
        }
    }
    /// Stage 1 over all blocking rules.
    fn compare(
        &self,
        model: &Model,
        frequencies: &Frequencies,
        pool: &Sides<Vec<u32>>,
        blocks: &[Blocks],
    ) -> Result<Compared> {
        let weights = Weights::of(model, self.settings);
        let stage = Compare {
            records: self.records,
            weights: &weights,
            frequencies,
            pool,
            blocks,
            floor_bits: self.settings.thresholds.review_bits - if model.fitted { SLACK_BITS } else { 0.0 },
            within: false,
        };
        let parts = blocks.iter().enumerate();
        let work = parts
            .flat_map(|(rule, blocks)| blocks.parts(PART_PAIRS).into_iter().map(move |slices| Work { rule, slices }));
        let mut compared = self.engine.map_merge(&stage, work.collect())?;
        compared.pairs.retain(|pair| !self.rulings.parts(pair.rows()));
        compared.made.resize(compared.made.len().max(blocks.len() + 1), 0);
        Ok(compared)
    }
    /// Households that are one before any candidate is weighed.
    fn first_households(
        &self,
        settled: &Settled,
        names: Option<&Names>,
        pool: &Sides<Vec<u32>>,
        open: &Sides<Homes>,
    ) -> Linked {
        let mut linked = Linked::default();
        if self.settings.household.is_none() {
            return linked;
        }
        let sure = settled.sure.iter().map(Pair::rows);
        linked.add_members(self.records, open, sure.chain(self.rulings.same.iter().copied()));
        linked.add_kin(self.records, open, settled.conflicts.iter().chain(&settled.kin).map(Pair::rows));
        if let Some(names) = names {
            linked.add_numbers(self.records, names, pool);
        }
        linked
    }
    /// By rule number: pairs made first, pairs skipped.
    fn made(&self, compared: &Compared, blocks: &[Blocks], household_pairs: u64) -> Vec<(u64, u64)> {
        let mut counts = vec![(compared.made[usize::from(IDENTITY)], 0)];
        counts.extend(blocks.iter().enumerate().map(|(at, blocks)| (compared.made[at + 1], blocks.skipped_pairs)));
        counts.extend(self.settings.household.is_some().then_some((household_pairs, 0)));
        counts
    }
    /// Adds the ruled and the sure links and those conflicts that no match explains, and sorts.
    fn finish(&self, frequencies: &Frequencies, settled: Settled, mut decided: Vec<Decided>) -> Vec<Decided> {
        let by_identity = |mut pair: Pair, decision| {
            let (a, b) = (self.records.cells((0, pair.left)), self.records.cells((1, pair.right)));
            pair.frequency_bits = frequencies.bits(a, b) as f32;
            Decided { pair, context: Context::Strangers, decision, contested: false, ruled: false }
        };
        decided.extend(settled.sure.into_iter().map(|pair| by_identity(pair, Decision::Match)));
        let ruled = self.listed_pairs(IDENTITY, self.rulings.same.iter().copied().collect());
        decided.extend(ruled.into_iter().map(|pair| Decided { ruled: true, ..by_identity(pair, Decision::Match) }));
        let mut matched = [0, 1].map(|side: usize| vec![false; self.records.heights[side]]);
        for Decided { pair, .. } in decided.iter().filter(|decided| decided.decision == Decision::Match) {
            matched[0][pair.left as usize] = true;
            matched[1][pair.right as usize] = true;
        }
        // When both people found their own partner, the identifier is the finding, not the link. What stays in doubt is shown
        // as such.
        let in_doubt: BTreeSet<(u32, u32)> = decided.iter().map(|decided| decided.pair.rows()).collect();
        let unexplained = |pair: &Pair| {
            let are_both_matched = matched[0][pair.left as usize] && matched[1][pair.right as usize];
            !are_both_matched && !in_doubt.contains(&pair.rows())
        };
        let conflicts = settled.conflicts.into_iter().filter(unexplained);
        decided.extend(conflicts.map(|pair| by_identity(pair, Decision::Conflict)));
        decided.sort_unstable_by_key(|decided| decided.pair.rows());
        decided
    }
}

/// The rounds between people and households.
struct Rounds<'a> {
    driver: &'a Driver<'a>,
    pool: &'a Sides<Vec<u32>>,
    blocks: &'a [Blocks],
    open: &'a Sides<Homes>,
}

/// How the last round decided, and by what.
struct Outcome {
    decided: Vec<Decided>,
    /// Pairs that only the household rule made.
    household_pairs: u64,
    model: Model,
    weights: Weights,
    linked: Linked,
}

impl Rounds<'_> {
    /// Weighs and assigns until a round says what the last one said: the same households linked, matches as common. What is
    /// returned is what the last round decided by.
    fn run(&self, model: Model, pairs: &[Pair], first: &Linked, sure: usize) -> Result<Outcome> {
        let household = self.driver.settings.household.as_ref();
        // A fitted model must see once how common matches are.
        let least = if model.fitted { LEAST_ROUNDS } else { 1 };
        let rounds = household.map_or(1, |household| household.max_rounds).max(least);
        let (mut partners, mut assigned) = (self.no_partners(), self.no_partners());
        let (mut next_model, mut next_linked) = (model, first.clone());
        let mut round = 0;
        loop {
            round += 1;
            let (mut model, linked) = (next_model, next_linked);
            let weights = Weights::of(&model, self.driver.settings);
            let relatives = self.relatives(&model, &weights, &linked, &partners, &assigned);
            if model.fitted && household.is_some() {
                let stated = Model::stated(self.driver.settings).household;
                let seen: Vec<Relatives> = relatives.iter().map(|(_, relatives)| *relatives).collect();
                model.household = household::fit_priors(stated, &seen);
            }
            let candidates = self.weigh(&model, &weights, pairs, &relatives, &linked);
            let mut decided = self.assign(&candidates)?;
            if model.fitted {
                accept_expected(&mut decided, &weights, self.driver.settings.thresholds, sure);
            }
            let matches = || decided.iter().filter(|decided| decided.decision == Decision::Match);
            // Open are those whom no evidence of their own has given a partner: what the household decided is decided anew
            // in every round, and tells how often it can be.
            partners = self.taken(matches().filter(|decided| decided.context == Context::Strangers));
            assigned = self.taken(matches());
            // Households are linked by what this round matched, not by what an earlier one did.
            next_linked = first.clone();
            if household.is_some() {
                next_linked.add_members(self.driver.records, self.open, matches().map(|decided| decided.pair.rows()));
            }
            next_model = self.recounted(&model, sure + matches().count());
            let at_rest =
                next_linked == linked && (odds_bits(next_model.match_prior) - weights.prior_bits).abs() < AT_REST_BITS;
            if round >= rounds || at_rest {
                let household_pairs = relatives.iter().filter(|(pair, _)| self.is_by_household(pair)).count() as u64;
                return Ok(Outcome { decided, household_pairs, model, weights, linked });
            }
        }
    }
    /// The model with as many matches as a round found.
    fn recounted(&self, model: &Model, matches: usize) -> Model {
        let mut recounted = model.clone();
        if model.fitted {
            let [left, right] = self.driver.records.heights.map(|height| height as f64);
            recounted.matches_expected = matches.max(1) as f64;
            recounted.match_prior = (recounted.matches_expected / (left * right)).min(0.5);
        }
        recounted
    }
    fn no_partners(&self) -> Sides<Vec<bool>> {
        self.driver.records.heights.map(|height| vec![false; height])
    }
    /// The rows of some links.
    fn taken<'d>(&self, links: impl Iterator<Item = &'d Decided>) -> Sides<Vec<bool>> {
        let mut taken = self.no_partners();
        for Decided { pair, .. } in links {
            taken[0][pair.left as usize] = true;
            taken[1][pair.right as usize] = true;
        }
        taken
    }
    fn is_by_household(&self, pair: &Pair) -> bool {
        usize::from(pair.rule) == self.blocks.len() + 1
    }
    /// All pairs of undecided members of linked households, each under the first rule that makes it, sorted by rows.
    fn relatives(
        &self,
        model: &Model,
        weights: &Weights,
        linked: &Linked,
        partners: &Sides<Vec<bool>>,
        assigned: &Sides<Vec<bool>>,
    ) -> Vec<(Pair, Relatives)> {
        let records = self.driver.records;
        let household_rule = self.blocks.len() as u16 + 1;
        let mut pairs = linked.member_pairs(records, self.open);
        pairs.retain(|pair| !self.driver.rulings.parts(*pair));
        let mut relatives = Vec::with_capacity(pairs.len());
        for mut pair in self.driver.listed_pairs(household_rule, pairs) {
            let Some(bond) = linked.bond(records, pair.left, pair.right) else { continue };
            let undecided = !partners[0][pair.left as usize] && !partners[1][pair.right as usize];
            // The stated prior is that of any two members; the fitted one is shared among those who may be meant.
            let among = |taken: &Sides<Vec<bool>>| match model.fitted {
                false => 1,
                true => open_members(records, self.open, |side, row| !taken[side][row as usize], pair.rows()),
            };
            let (open, at_first) = (among(assigned), among(partners));
            let kin_bits = weights.kin_bits(pair.pattern);
            pair.rule = self.first_rule(pair.left, pair.right).map_or(household_rule, |at| at as u16 + 1);
            relatives.push((pair, Relatives { bond, open, at_first, kin_bits, undecided }));
        }
        relatives
    }
    fn first_rule(&self, left: u32, right: u32) -> Option<usize> {
        let position =
            |side: usize, row: u32| self.pool[side].binary_search(&row).expect("relatives are of the pool") as u32;
        let (left, right) = (position(0, left), position(1, right));
        self.blocks.iter().position(|blocks| blocks.makes(left, right))
    }
    /// Candidates in their context, sorted by rows; those that weigh too little in it are gone.
    fn weigh(
        &self,
        model: &Model,
        weights: &Weights,
        pairs: &[Pair],
        relatives: &[(Pair, Relatives)],
        linked: &Linked,
    ) -> Vec<(Pair, Context, f64)> {
        let records = self.driver.records;
        // Pairs of linked households were made again, in their context; equal identifiers are not made twice.
        let strangers = pairs.iter().copied().filter_map(|pair| match linked.bond(records, pair.left, pair.right) {
            Some(bond) if pair.rule == IDENTITY => {
                let relatives = Relatives { bond, open: 1, at_first: 1, kin_bits: 0.0, undecided: true };
                Some((pair, Context::Household { prior_bits: relatives.prior_bits(model.household) }))
            }
            Some(_) => None,
            None => Some((pair, Context::Strangers)),
        });
        let at_home = relatives
            .iter()
            .map(|(pair, relatives)| (*pair, Context::Household { prior_bits: relatives.prior_bits(model.household) }));
        let weighed = strangers.chain(at_home).map(|(pair, context)| {
            let weight_bits = weights.weight_bits(context, pair.pattern, f64::from(pair.frequency_bits));
            (pair, context, weight_bits)
        });
        let floor_bits = self.driver.settings.thresholds.review_bits;
        let mut candidates: Vec<_> = weighed.filter(|(_, _, weight_bits)| *weight_bits >= floor_bits).collect();
        candidates.sort_unstable_by_key(|(pair, ..)| pair.rows());
        candidates
    }
    /// Stage 2 over the components of the candidates.
    fn assign(&self, candidates: &[(Pair, Context, f64)]) -> Result<Vec<Decided>> {
        let edge = |(at, (pair, _, weight_bits)): (usize, &(Pair, Context, f64))| Edge {
            left: pair.left,
            right: pair.right,
            weight_bits: *weight_bits,
            candidate: at as u32,
        };
        let edges: Vec<Edge> = candidates.iter().enumerate().map(edge).collect();
        let stage = Assign { records: self.driver.records, thresholds: self.driver.settings.thresholds };
        let parts = component::components(&edges, self.driver.records.heights);
        let Assigned { verdicts, greedy_components } = self.driver.engine.map_merge(&stage, parts)?;
        if greedy_components > 0 {
            tracing::warn!(greedy_components, "components too large for an exact assignment were assigned greedily");
        }
        let decided = verdicts.into_iter().map(|verdict| {
            let (pair, context, _) = candidates[verdict.candidate as usize];
            Decided { pair, context, decision: verdict.decision, contested: verdict.contested, ruled: false }
        });
        Ok(decided.collect())
    }
}

/// Takes uncontested links for matches although they are weak, the strongest first, as long as the share of wrong ones
/// expected among all matches stays below what the thresholds allow. Others that were shown as rivals go when their people
/// are taken.
fn accept_expected(decided: &mut Vec<Decided>, weights: &Weights, thresholds: Thresholds, sure: usize) {
    let doubt = |decided: &Decided| {
        let frequency_bits = f64::from(decided.pair.frequency_bits);
        let weight_bits = weights.weight_bits(decided.context, decided.pair.pattern, frequency_bits);
        (weight_bits, 1.0 - probability(weight_bits))
    };
    let is_match = |decided: &&Decided| decided.decision == Decision::Match;
    let mut wrong: f64 = decided.iter().filter(is_match).map(|decided| doubt(decided).1).sum();
    let mut matches = (sure + decided.iter().filter(is_match).count()) as f64;
    let weak = (0..decided.len()).filter(|at| decided[*at].decision == Decision::Review && !decided[*at].contested);
    let mut weak: Vec<(f64, usize)> = weak.map(|at| (doubt(&decided[at]).0, at)).collect();
    weak.retain(|(weight_bits, _)| *weight_bits >= thresholds.least_match_bits);
    weak.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut taken = [BTreeSet::new(), BTreeSet::new()];
    for (_, at) in weak {
        wrong += doubt(&decided[at]).1;
        matches += 1.0;
        if wrong > (1.0 - thresholds.target_precision) * matches {
            break;
        }
        decided[at].decision = Decision::Match;
        taken[0].insert(decided[at].pair.left);
        taken[1].insert(decided[at].pair.right);
    }
    decided.retain(|decided| {
        let rival = taken[0].contains(&decided.pair.left) || taken[1].contains(&decided.pair.right);
        decided.decision == Decision::Match || !rival
    });
}

/// Among how many open members the partner of a pair's people is sought: the larger number of the two households, the two
/// themselves counted.
fn open_members(
    records: &Records,
    open: &Sides<Homes>,
    is_free: impl Fn(usize, u32) -> bool,
    (left, right): (u32, u32),
) -> u32 {
    let free = |side: usize, own: u32| {
        let members = open[side].members(records.family[side][own as usize]);
        members.iter().filter(|row| **row == own || is_free(side, **row)).count()
    };
    free(0, left).max(free(1, right)) as u32
}

/// Rulings, ready to be asked.
struct Rulings {
    same: BTreeSet<(u32, u32)>,
    different: BTreeSet<(u32, u32)>,
    /// Rows that a person gave a partner.
    matched: Sides<BTreeSet<u32>>,
}

impl Rulings {
    fn of(rulings: &[Ruling]) -> Self {
        let rows = |same: bool| {
            rulings.iter().filter(move |ruling| ruling.same == same).map(|ruling| (ruling.left, ruling.right)).collect()
        };
        let same: BTreeSet<(u32, u32)> = rows(true);
        let matched = [same.iter().map(|pair| pair.0).collect(), same.iter().map(|pair| pair.1).collect()];
        Self { same, different: rows(false), matched }
    }
    /// Whether a person said that these are two.
    fn parts(&self, pair: (u32, u32)) -> bool {
        self.different.contains(&pair)
    }
    /// Duplicates without rows that a person gave a partner.
    fn without_ruled(&self, side: usize, duplicates: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
        let mut duplicates = duplicates;
        duplicates.retain(|(duplicate, _)| !self.matched[side].contains(duplicate));
        duplicates
    }
}

/// Sorted rows without others.
fn without(rows: impl IntoIterator<Item = u32>, mut others: Vec<u32>) -> Vec<u32> {
    others.sort_unstable();
    let mut others = others.into_iter().peekable();
    rows.into_iter()
        .filter(|row| {
            while others.next_if(|other| other < row).is_some() {}
            others.peek() != Some(row)
        })
        .collect()
}
