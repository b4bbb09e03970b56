//! The model, estimated: EM on counted patterns (Dempster, Laird and Rubin 1977; Winkler 1988).
//!
//! Pairs come from several *populations*, and what each can teach differs:
//!
//! | population | holds | teaches |
//! |---|---|---|
//! | matches | pairs with one trustworthy identifier and one name | m |
//! | candidates of a blocking rule | one person, relatives, strangers, in shares to be found | m of what the rule does not fix |
//! | relatives | two members of one household *on one side* | w |
//! | random | pairs of rows taken at random | u |
//!
//! A comparison is never trained on pairs that a rule made because they agree on it. Every level starts from what the
//! settings state and keeps near it while few pairs show it: the stated value counts as one pair seen. Counts are integers
//! that merge in any order; the floats are computed after, over sorted patterns.

use super::model::{LevelParameters, Model};
use super::pattern::{Pattern, PatternCounts};
use super::settings::{Describes, Settings};

/// Pairs of one origin.
pub(crate) struct Population {
    pub(crate) nature: Nature,
    /// Comparisons that the pairs were chosen by, one bit each: they are looked at, and taught by nothing here.
    pub(crate) fixed: u32,
    pub(crate) counts: PatternCounts,
}

/// What kind of pairs a population holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Nature {
    /// One person each.
    Matches,
    /// A mixture in unknown shares.
    Candidates,
    /// Two members of one household, now and then one person listed twice.
    Relatives,
    /// Strangers but for this share of matches.
    Random {
        /// Share of pairs that are one person by chance.
        match_share: f64,
    },
}

/// How EM ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fitted {
    pub(crate) rounds: u32,
    pub(crate) converged: bool,
}

/// Largest change of a probability, relative to itself, at which EM has come to rest; changes of what is rarer than
/// [`RARE`] are measured against that.
const AT_REST: f64 = 1e-3;
const RARE: f64 = 1e-4;
/// Pairs that a stated probability counts as.
const STATED_PAIRS: f64 = 1.0;
/// Shares of one person, relatives and strangers among candidates, to begin with.
const FIRST_SHARES: [f64; 3] = [0.3, 0.1, 0.6];
const FIRST_DOUBLES: f64 = 0.01;

/// Fits `model`, which holds what the settings state, to the populations. Returns how EM ended, and the matches expected in
/// each population.
pub(crate) fn fit(model: &mut Model, settings: &Settings, populations: &[Population]) -> (Fitted, Vec<f64>) {
    let stated = model.clone();
    let describes: Vec<Describes> = settings.comparison.iter().map(|comparison| comparison.describes).collect();
    let mut shares: Vec<[f64; 3]> = populations.iter().map(|population| first_shares(population.nature)).collect();
    let mut ended = Fitted { rounds: 0, converged: false };
    while ended.rounds < settings.training.max_rounds && !ended.converged {
        let mut seen = Seen::nothing(model);
        for (population, shares) in populations.iter().zip(&mut shares) {
            *shares = seen.expect(model, &describes, population, *shares);
        }
        let next = seen.maximise(&stated, model, &describes);
        ended.converged = largest_change(model, &next) < AT_REST;
        ended.rounds += 1;
        *model = next;
    }
    let matches =
        populations.iter().zip(&shares).map(|(population, shares)| population.counts.pairs() as f64 * shares[0]);
    (ended, matches.collect())
}

fn first_shares(nature: Nature) -> [f64; 3] {
    match nature {
        Nature::Matches => [1.0, 0.0, 0.0],
        Nature::Candidates => FIRST_SHARES,
        Nature::Relatives => [FIRST_DOUBLES, 1.0 - FIRST_DOUBLES, 0.0],
        Nature::Random { match_share } => [match_share, 0.0, 1.0 - match_share],
    }
}

/// Expected pairs by comparison and level: of one person, of relatives, of strangers.
struct Seen {
    levels: Vec<Vec<[f64; 3]>>,
}

impl Seen {
    fn nothing(model: &Model) -> Self {
        Self { levels: model.comparison.iter().map(|comparison| vec![[0.0; 3]; comparison.level.len()]).collect() }
    }
    /// Adds a population under the present model; returns its shares.
    fn expect(
        &mut self,
        model: &Model,
        describes: &[Describes],
        population: &Population,
        shares: [f64; 3],
    ) -> [f64; 3] {
        let mut expected = [0.0; 3];
        let mut pairs = 0.0;
        for (pattern, count) in population.counts.iter() {
            let count = count as f64;
            let likelihood = likelihood(model, describes, pattern, population.fixed);
            let joint: [f64; 3] = std::array::from_fn(|class| shares[class] * likelihood[class]);
            let sum: f64 = joint.iter().sum();
            if sum <= 0.0 {
                continue;
            }
            let posterior = joint.map(|joint| count * joint / sum);
            pairs += count;
            (0..3).for_each(|class| expected[class] += posterior[class]);
            self.add(pattern, population, posterior);
        }
        match population.nature {
            Nature::Matches | Nature::Random { .. } => shares,
            Nature::Candidates | Nature::Relatives => expected.map(|expected| expected / f64::max(pairs, 1.0)),
        }
    }
    fn add(&mut self, pattern: Pattern, population: &Population, posterior: [f64; 3]) {
        let teaches = match population.nature {
            Nature::Matches | Nature::Candidates => [true, false, false],
            Nature::Relatives => [false, true, false],
            Nature::Random { .. } => [false, false, true],
        };
        for (at, levels) in self.levels.iter_mut().enumerate() {
            let level = usize::from(pattern.level(at));
            if level == 0 || population.fixed >> at & 1 == 1 {
                continue;
            }
            for class in (0..3).filter(|class| teaches[*class]) {
                levels[level - 1][class] += posterior[class];
            }
        }
    }
    /// The most likely parameters, given what was seen and what is stated.
    fn maximise(&self, stated: &Model, present: &Model, describes: &[Describes]) -> Model {
        let mut next = present.clone();
        for (at, comparison) in next.comparison.iter_mut().enumerate() {
            let stated = &stated.comparison[at].level;
            let column = |class: usize, of: fn(&LevelParameters) -> f64| -> Vec<f64> {
                let seen: Vec<f64> = self.levels[at].iter().map(|level| level[class]).collect();
                estimate(&seen, &stated.iter().map(of).collect::<Vec<f64>>())
            };
            let m = column(0, |level| level.m);
            let w = match describes[at] {
                Describes::Household => m.clone(),
                Describes::Person => column(1, |level| level.w),
            };
            let u = column(2, |level| level.u);
            for (place, level) in comparison.level.iter_mut().enumerate() {
                (level.m, level.u, level.w) = (m[place], u[place], w[place]);
            }
        }
        next
    }
}

/// Probabilities from counts: each level as if its stated probability had been seen in [`STATED_PAIRS`] pairs, so that a
/// rare level is neither impossible nor worth more than the data can tell.
fn estimate(seen: &[f64], stated: &[f64]) -> Vec<f64> {
    let all: f64 = seen.iter().sum();
    let raw: Vec<f64> =
        seen.iter().zip(stated).map(|(seen, stated)| (seen + STATED_PAIRS) / (all + STATED_PAIRS / stated)).collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|raw| raw / sum).collect()
}

/// P(pattern | one person, relatives, strangers), without the fixed comparisons.
fn likelihood(model: &Model, describes: &[Describes], pattern: Pattern, fixed: u32) -> [f64; 3] {
    let mut likelihood = [1.0; 3];
    for (at, comparison) in model.comparison.iter().enumerate() {
        let level = usize::from(pattern.level(at));
        if level == 0 || fixed >> at & 1 == 1 {
            continue;
        }
        let parameters = &comparison.level[level - 1];
        likelihood[0] *= parameters.m;
        likelihood[1] *= if describes[at] == Describes::Household { parameters.m } else { parameters.w };
        likelihood[2] *= parameters.u;
    }
    likelihood
}

fn largest_change(before: &Model, after: &Model) -> f64 {
    let levels = |model: &Model| -> Vec<f64> {
        model
            .comparison
            .iter()
            .flat_map(|comparison| &comparison.level)
            .flat_map(|level| [level.m, level.u, level.w])
            .collect()
    };
    let change = |(before, after): (f64, f64)| (after - before).abs() / before.max(RARE);
    levels(before).into_iter().zip(levels(after)).map(change).fold(0.0, f64::max)
}
