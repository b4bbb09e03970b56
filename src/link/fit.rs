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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::settings_of;

    /// Two yes-or-no comparisons, `a` and `b`, and one that describes the household.
    fn settings() -> Settings {
        settings_of(
            r#"
            match_prior = 0.01
            [[comparison]]
            name = "a"
            title = "a"
            kind = "exact"
            columns = ["a"]
            levels = [{ level = "equal", m = 0.8, u = 0.2, u_within = 0.3, words = "" }, { level = "differ", m = 0.2, u = 0.8, u_within = 0.7, words = "" }]
            [[comparison]]
            name = "b"
            title = "b"
            kind = "exact"
            columns = ["b"]
            levels = [{ level = "equal", m = 0.8, u = 0.2, u_within = 0.3, words = "" }, { level = "differ", m = 0.2, u = 0.8, u_within = 0.7, words = "" }]
            [[comparison]]
            name = "c"
            title = "c"
            kind = "exact"
            describes = "household"
            columns = ["c"]
            levels = [{ level = "equal", m = 0.8, u = 0.2, words = "" }, { level = "differ", m = 0.2, u = 0.8, words = "" }]
            "#,
        )
    }

    /// Counts of all eight patterns when each comparison agrees independently.
    fn independent(pairs: f64, agree: [f64; 3]) -> Vec<(Pattern, u64)> {
        let levels = |at: usize| (0..3).map(move |comparison| at >> comparison & 1 == 0);
        let share = |at: usize| -> f64 {
            levels(at).zip(agree).map(|(equal, share)| if equal { share } else { 1.0 - share }).product()
        };
        let pattern = |at: usize| {
            levels(at).enumerate().fold(Pattern::default(), |p, (c, equal)| p.with(c, if equal { 1 } else { 2 }))
        };
        (0..8).map(|at| (pattern(at), (pairs * share(at)).round() as u64)).collect()
    }

    fn counts(mixtures: &[(f64, [f64; 3])]) -> PatternCounts {
        let mut counts = PatternCounts::default();
        for (pairs, agree) in mixtures {
            counts.merge(independent(*pairs, *agree).into_iter().collect());
        }
        counts
    }

    fn equal(model: &Model, comparison: usize) -> LevelParameters {
        model.comparison[comparison].level[0].clone()
    }

    #[test]
    fn a_known_mixture_is_taken_apart() {
        let settings = settings();
        let mut model = Model::stated(&settings);
        let populations = [
            Population {
                nature: Nature::Random { match_share: 0.0 },
                fixed: 0,
                counts: counts(&[(1e6, [0.05, 0.10, 0.02])]),
            },
            Population {
                nature: Nature::Candidates,
                fixed: 0,
                counts: counts(&[(4e4, [0.95, 0.90, 0.99]), (6e4, [0.05, 0.10, 0.02])]),
            },
        ];
        let (ended, matches) = fit(&mut model, &settings, &populations);
        assert!(ended.converged, "{ended:?}");
        for (comparison, (m, u)) in [(0.95, 0.05), (0.90, 0.10), (0.99, 0.02)].into_iter().enumerate() {
            let level = equal(&model, comparison);
            assert!((level.m - m).abs() < 0.02 && (level.u - u).abs() < 0.005, "{level:?}");
        }
        assert!((matches[1] - 4e4).abs() < 2e3, "{matches:?}");
    }

    #[test]
    fn what_a_rule_fixes_is_taught_by_nothing() {
        let settings = settings();
        let mut model = Model::stated(&settings);
        // A rule on `a`: all its pairs agree on it.
        let population = Population {
            nature: Nature::Candidates,
            fixed: 1,
            counts: counts(&[(1e4, [1.0, 0.9, 0.9]), (1e4, [1.0, 0.2, 0.2])]),
        };
        fit(&mut model, &settings, &[population]);
        assert!((equal(&model, 0).m - 0.8).abs() < 1e-6);
        assert!(equal(&model, 1).m > 0.85);
    }

    #[test]
    fn relatives_teach_what_tells_them_apart() {
        let settings = settings();
        let mut model = Model::stated(&settings);
        let population = Population { nature: Nature::Relatives, fixed: 0, counts: counts(&[(1e5, [0.6, 0.1, 1.0])]) };
        fit(&mut model, &settings, &[population]);
        assert!((equal(&model, 0).w - 0.6).abs() < 0.02 && (equal(&model, 1).w - 0.1).abs() < 0.02);
        // What describes the household is the same for relatives as for one person.
        assert_eq!(equal(&model, 2).w, equal(&model, 2).m);
    }

    #[test]
    fn rare_levels_keep_near_what_is_stated() {
        let levels = estimate(&[1e6, 0.0], &[0.99, 0.01]);
        assert!(levels[1] > 5e-7 && levels[1] < 2e-6, "{levels:?}");
        assert!((estimate(&[0.0, 0.0], &[0.9, 0.1])[0] - 0.9).abs() < 1e-12);
        assert!((estimate(&[900.0, 100.0], &[0.5, 0.5])[0] - 0.9).abs() < 0.001);
    }

    #[test]
    fn the_order_of_counting_is_nothing() {
        let settings = settings();
        let mixtures = [(4e4, [0.95, 0.90, 0.99]), (6e4, [0.05, 0.10, 0.02])];
        let fitted = |mixtures: &[(f64, [f64; 3])]| {
            let mut model = Model::stated(&settings);
            let population = Population { nature: Nature::Candidates, fixed: 0, counts: counts(mixtures) };
            fit(&mut model, &settings, &[population]);
            serde_json::to_string(&model).expect("a model is JSON")
        };
        assert_eq!(fitted(&mixtures), fitted(&[mixtures[1], mixtures[0]]));
    }
}
