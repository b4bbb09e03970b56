//! What agreement is worth: the model of Fellegi and Sunter (1969), with relatives.
//!
//! ```text
//! m = P(level | one person)   u = P(level | strangers)   w = P(level | two members of one household)
//!
//! against strangers  A = log2(λ / (1 - λ)) + Σ log2(m / u)          λ = P(one person) of two records taken at random
//! against relatives  B = log2(1 / ρ)       + Σ log2(m / w)          ρ = relatives on the other side per match
//! weight of a pair     = -log2(2^-A + 2^-B)                         the odds of a match against both
//! probability          = 2^weight / (1 + 2^weight)
//! ```
//!
//! Two records that agree on all a family shares are odds against strangers and none against relatives: a pair is worth no
//! more than the weaker of the two says. What *describes the household* is the same for one person and for relatives and is
//! silent in `B` (Newcombe 1993: household evidence is not personal evidence).
//!
//! Between members of two households known to be one, strangers are out of the question: `B` alone counts, with a prior of
//! its own. So a linked household helps as a prior, never as evidence. A level that was not observed weighs nothing.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::say;

use super::pattern::{MAX_LEVELS, Pattern};
use super::settings::{Comparison, Describes, Settings};

/// Version of the model file.
pub const SCHEMA: u32 = 1;
/// Relatives per match that are assumed until counted.
const STATED_RELATIVES: f64 = 1.0;

/// Everything learnt, or stated: what `--model` reads and every run publishes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Version of this format.
    pub schema: u32,
    /// Whether it was estimated from data; if not, it is the one that the settings state.
    pub fitted: bool,
    /// Rounds of EM.
    pub rounds: u32,
    /// Whether EM came to rest.
    pub converged: bool,
    /// Matches that the two registries were expected to have.
    pub matches_expected: f64,
    /// λ: probability that two records taken at random are one person.
    pub match_prior: f64,
    /// ρ: members of the same household on the other side, for one match.
    pub relatives_per_match: f64,
    /// Probability that the member of the one household is the open member of the other, households being linked.
    pub household: HouseholdPriors,
    /// By comparison, in the order of the settings.
    pub comparison: Vec<Parameters>,
}

/// How likely two open members of linked households are one person, by what links the households. With several open
/// members the probability is shared among them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HouseholdPriors {
    /// One other member is linked.
    pub one_member: f64,
    /// Several are.
    pub members: f64,
    /// They carry one number.
    pub number: f64,
}

/// The parameters of one comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Name of the comparison.
    pub name: String,
    /// Levels, best first.
    pub level: Vec<LevelParameters>,
}

/// The parameters of one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelParameters {
    /// Name of the level.
    pub level: String,
    /// P(level | one person).
    pub m: f64,
    /// P(level | strangers).
    pub u: f64,
    /// P(level | two members of one household).
    pub w: f64,
}

impl Model {
    /// The model that the settings state.
    pub fn stated(settings: &Settings) -> Self {
        let prior = settings.household.as_ref().map_or(settings.match_prior, |household| household.match_prior);
        Self {
            schema: SCHEMA,
            fitted: false,
            rounds: 0,
            converged: true,
            matches_expected: 0.0,
            match_prior: settings.match_prior,
            relatives_per_match: if settings.household.is_some() { STATED_RELATIVES } else { 0.0 },
            household: HouseholdPriors { one_member: prior, members: prior, number: prior },
            comparison: settings.comparison.iter().map(stated).collect(),
        }
    }
    /// Whether a model read from a file fits the settings.
    ///
    /// # Errors
    /// A configuration error that names the first comparison or level that differs.
    pub fn check(&self, settings: &Settings) -> Result<()> {
        let fits = |own: &Parameters, comparison: &Comparison| {
            let (own_levels, levels) = (own.level.iter().map(|level| &level.level), comparison.levels.iter());
            own.name == comparison.name && own_levels.eq(levels.map(|level| &level.level))
        };
        let pairs = settings.comparison.iter().enumerate();
        let differs = pairs
            .map(|(at, comparison)| (comparison, self.comparison.get(at)))
            .find(|(comparison, own)| own.is_none_or(|own| !fits(own, comparison)));
        let problem = match differs {
            _ if self.schema != SCHEMA => {
                let found = self.schema;
                say!("模型文件版本为 {found}，本程序只认 {SCHEMA}", "the model has schema {found}, expected {SCHEMA}")
            }
            Some((comparison, _)) => {
                let name = &comparison.name;
                say!("模型与设置不符：{name}", "the model does not fit the settings: `{name}` differs")
            }
            None if !self.is_sound() => {
                say!("模型里的概率不在 0 与 1 之间", "the model has probabilities outside 0 and 1")
            }
            None if self.comparison.len() > settings.comparison.len() => {
                say!("模型比设置多出比对项", "the model has comparisons that the settings do not list")
            }
            None => return Ok(()),
        };
        Err(Error::configuration(problem)
            .remedy(say!("不带 --model 重新运行，模型会重新估计", "run without --model: it is then estimated anew")))
    }
}

impl Model {
    /// Whether every probability is one, and none certain: weights are finite then.
    fn is_sound(&self) -> bool {
        let within = |probability: &f64| *probability > 0.0 && *probability < 1.0;
        let levels = self.comparison.iter().flat_map(|comparison| &comparison.level);
        let mut levels = levels.flat_map(|level| [level.m, level.u, level.w]);
        let HouseholdPriors { one_member, members, number } = self.household;
        let priors = [self.match_prior, one_member, members, number];
        levels.all(|level| level > 0.0 && level <= 1.0)
            && priors.iter().all(within)
            && self.relatives_per_match >= 0.0
            && self.relatives_per_match.is_finite()
    }
}

fn stated(comparison: &Comparison) -> Parameters {
    let levels = comparison.levels.iter().map(|level| LevelParameters {
        level: level.level.clone(),
        m: level.m,
        u: level.u,
        w: match comparison.describes {
            Describes::Household => level.m,
            Describes::Person => level.u_within.unwrap_or(level.u),
        },
    });
    Parameters { name: comparison.name.clone(), level: levels.collect() }
}

/// In which light a pair is weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Context {
    /// Nothing known of their households.
    Strangers,
    /// Their households are linked: log2 odds before looking at the fields.
    Household {
        /// The prior.
        prior_bits: f64,
    },
}

/// The model as tables of bits, ready for use.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    /// log2(λ / (1 - λ)).
    pub(crate) prior_bits: f64,
    /// log2(1 / ρ); infinite where nobody has relatives.
    relatives_bits: f64,
    /// log2(m / u) by comparison, then level; level 0 is *not observed*.
    strangers: Vec<[f64; MAX_LEVELS + 1]>,
    /// log2(m / w).
    relatives: Vec<[f64; MAX_LEVELS + 1]>,
}

impl Weights {
    /// The tables of a model.
    pub(crate) fn of(model: &Model, settings: &Settings) -> Self {
        let table = |bits: &dyn Fn(&LevelParameters, &Comparison) -> f64| {
            let comparisons = model.comparison.iter().zip(&settings.comparison);
            let tables = comparisons.map(|(parameters, comparison)| {
                let mut table = [0.0; MAX_LEVELS + 1];
                for (entry, level) in table[1..].iter_mut().zip(&parameters.level) {
                    *entry = bits(level, comparison);
                }
                table
            });
            tables.collect()
        };
        Self {
            prior_bits: odds_bits(model.match_prior),
            relatives_bits: -model.relatives_per_match.log2(),
            strangers: table(&|level, _| (level.m / level.u).log2()),
            relatives: table(&|level, comparison| match comparison.describes {
                Describes::Household => 0.0,
                Describes::Person => (level.m / level.w).log2(),
            }),
        }
    }
    /// What one level is worth, in the light in which the pair is weighed.
    pub(crate) fn level_bits(&self, context: Context, comparison: usize, level: u8) -> f64 {
        let tables = match context {
            Context::Strangers => &self.strangers,
            Context::Household { .. } => &self.relatives,
        };
        tables[comparison][usize::from(level)]
    }
    /// Log2 odds that the two records are one person. `frequency_bits` is what rare or usual values add.
    pub(crate) fn weight_bits(&self, context: Context, pattern: Pattern, frequency_bits: f64) -> f64 {
        match context {
            Context::Strangers => {
                let (a, b) = self.both_bits(pattern, frequency_bits);
                against_both(a, b)
            }
            Context::Household { prior_bits } => prior_bits + sum(&self.relatives, pattern),
        }
    }
    /// Σ log2(m / w): how much better one person explains the pattern than two of a family.
    pub(crate) fn kin_bits(&self, pattern: Pattern) -> f64 {
        sum(&self.relatives, pattern)
    }
    /// How much the thought of relatives takes from a pair of strangers: 0 or less.
    pub(crate) fn kin_doubt_bits(&self, pattern: Pattern, frequency_bits: f64) -> f64 {
        let (a, b) = self.both_bits(pattern, frequency_bits);
        against_both(a, b) - a
    }
    /// The most that comparisons from `from` on, in `order`, can add in this context.
    pub(crate) fn best_rest(&self, context: Context, order: &[usize]) -> Vec<f64> {
        let best =
            |at: &usize| (0..=MAX_LEVELS as u8).map(|level| self.level_bits(context, *at, level)).fold(0.0, f64::max);
        let mut rest = vec![0.0; order.len() + 1];
        for (place, at) in order.iter().enumerate().rev() {
            rest[place] = rest[place + 1] + best(at);
        }
        rest
    }
    fn both_bits(&self, pattern: Pattern, frequency_bits: f64) -> (f64, f64) {
        let strangers = self.prior_bits + frequency_bits + sum(&self.strangers, pattern);
        (strangers, self.relatives_bits + sum(&self.relatives, pattern))
    }
}

fn sum(tables: &[[f64; MAX_LEVELS + 1]], pattern: Pattern) -> f64 {
    tables.iter().enumerate().map(|(at, table)| table[usize::from(pattern.level(at))]).sum()
}

/// Odds against two alternatives: -log2(2^-a + 2^-b).
fn against_both(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if high - low > 60.0 { low } else { low - (1.0 + (low - high).exp2()).log2() }
}

/// log2 odds of a probability.
pub(crate) fn odds_bits(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}

/// The probability of log2 odds.
pub fn probability(weight_bits: f64) -> f64 {
    1.0 / (1.0 + (-weight_bits).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> (Settings, Weights) {
        let settings = crate::link::tests::settings();
        let weights = Weights::of(&Model::stated(&settings), &settings);
        (settings, weights)
    }

    #[test]
    fn probabilities() {
        assert_eq!(probability(0.0), 0.5);
        assert!((probability(3.0) - 8.0 / 9.0).abs() < 1e-12);
        assert_eq!(probability(2000.0), 1.0);
        assert_eq!(probability(-2000.0), 0.0);
        assert!((odds_bits(8.0 / 9.0) - 3.0).abs() < 1e-12);
    }

    #[test]
    fn odds_against_two_are_below_the_odds_against_either() {
        assert_eq!(against_both(3.0, 3.0), 2.0);
        assert_eq!(against_both(100.0, 3.0), 3.0);
        assert_eq!(against_both(3.0, f64::INFINITY), 3.0);
    }

    #[test]
    fn a_household_is_a_prior_not_evidence() {
        let (settings, weights) = shipped();
        let place = settings.comparison("place").expect("place");
        let same_village = Pattern::default().with(place, 1);
        assert!(weights.level_bits(Context::Strangers, place, 1) > 5.0);
        let linked = Context::Household { prior_bits: -1.0 };
        assert_eq!(weights.weight_bits(linked, same_village, 0.0), -1.0);
    }

    #[test]
    fn one_character_different_is_a_brother_at_home() {
        let (settings, weights) = shipped();
        let name = settings.comparison("name").expect("name");
        let one_different = settings.comparison[name].levels.iter().position(|level| level.level == "one_different");
        let level = one_different.expect("level") as u8 + 1;
        assert!(weights.level_bits(Context::Strangers, name, level) > 0.0);
        assert!(weights.level_bits(Context::Household { prior_bits: 0.0 }, name, level) < 0.0);
        // Strangers could not explain such a pair, a brother can: no more than even odds.
        let place = settings.comparison("place").expect("place");
        let birth = settings.comparison("birth").expect("birth");
        let pattern = Pattern::default().with(name, level).with(place, 1).with(birth, 5);
        assert!(weights.weight_bits(Context::Strangers, pattern, 20.0) < 0.0);
    }

    #[test]
    fn a_model_goes_to_a_file_and_back() {
        let (settings, _) = shipped();
        let model = Model::stated(&settings);
        let text = serde_json::to_string(&model).expect("a model is JSON");
        let read: Model = serde_json::from_str(&text).expect("JSON is a model");
        assert_eq!(read, model);
        assert!(read.check(&settings).is_ok());
        let mut other = settings.clone();
        other.comparison[0].levels[0].level = "exactly".into();
        assert!(read.check(&other).is_err());
        for broken in [0.0, 1.5, f64::NAN] {
            let mut model = model.clone();
            model.comparison[0].level[0].u = broken;
            assert!(model.check(&settings).is_err(), "u = {broken}");
            let model = Model { match_prior: broken, ..read.clone() };
            assert!(model.check(&settings).is_err(), "match_prior = {broken}");
        }
    }
}
