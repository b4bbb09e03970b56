//! What agreement is worth: the model of Fellegi and Sunter (1969).
//!
//! ```text
//! weight of a level = log2(m / u)              m = P(level | one person), u = P(level | different persons)
//! weight of a pair  = log2(λ / (1 - λ)) + Σ weights of its levels        λ = P(one person) before looking
//! probability       = 2^weight / (1 + 2^weight)
//! ```
//!
//! There are two layers. Between two people taken at random, λ is small and everything observed counts. Between members of
//! two households known to be one, λ is large, but only what tells *members* apart counts: `u` is the chance that relatives
//! agree, and comparisons that describe the family are silent. So a household helps as a prior, never as evidence.
//! A level that was not observed weighs nothing.

use super::pattern::Pattern;
use super::settings::{Comparison, Describes, Level, Settings};

/// What the two records of a pair have in common beside their own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// Nothing known.
    Strangers,
    /// Their households are linked.
    Household,
}

/// The weights of every level in both contexts.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    strangers: Layer,
    household: Layer,
}

#[derive(Debug, Clone, PartialEq)]
struct Layer {
    prior_bits: f64,
    /// By comparison, then level; level 0 is *not observed*.
    weight_bits: Vec<Vec<f64>>,
}

impl Model {
    /// The model that the settings state.
    pub fn shipped(settings: &Settings) -> Self {
        let prior = settings.household.as_ref().map_or(settings.match_prior, |household| household.match_prior);
        let within = |comparison: &Comparison, level: &Level| match comparison.describes {
            Describes::Household => 0.0,
            Describes::Person => (level.m / level.u_within.unwrap_or(level.u)).log2(),
        };
        Self {
            strangers: Layer::new(settings, settings.match_prior, |_, level| (level.m / level.u).log2()),
            household: Layer::new(settings, prior, within),
        }
    }
    /// Log2 odds before looking at the fields.
    pub fn prior_bits(&self, context: Context) -> f64 {
        self.layer(context).prior_bits
    }
    /// What one comparison's level is worth.
    pub fn level_bits(&self, context: Context, comparison: usize, level: u8) -> f64 {
        self.layer(context).weight_bits[comparison][usize::from(level)]
    }
    /// Log2 odds that the two records are one person.
    pub fn weight_bits(&self, context: Context, pattern: Pattern) -> f64 {
        let layer = self.layer(context);
        let levels = layer.weight_bits.iter().enumerate();
        layer.prior_bits + levels.map(|(at, weights)| weights[usize::from(pattern.level(at))]).sum::<f64>()
    }
    fn layer(&self, context: Context) -> &Layer {
        match context {
            Context::Strangers => &self.strangers,
            Context::Household => &self.household,
        }
    }
}

impl Layer {
    fn new(settings: &Settings, prior: f64, weight: impl Fn(&Comparison, &Level) -> f64) -> Self {
        let weights = |comparison: &Comparison| {
            let levels = comparison.levels.iter().map(|level| weight(comparison, level));
            std::iter::once(0.0).chain(levels).collect()
        };
        Self {
            prior_bits: (prior / (1.0 - prior)).log2(),
            weight_bits: settings.comparison.iter().map(weights).collect(),
        }
    }
}

/// The probability of log2 odds.
pub fn probability(weight_bits: f64) -> f64 {
    1.0 / (1.0 + (-weight_bits).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities() {
        assert_eq!(probability(0.0), 0.5);
        assert!((probability(3.0) - 8.0 / 9.0).abs() < 1e-12);
        assert_eq!(probability(2000.0), 1.0);
        assert_eq!(probability(-2000.0), 0.0);
    }

    #[test]
    fn a_household_is_a_prior_not_evidence() {
        let settings = crate::link::tests::settings();
        let model = Model::shipped(&settings);
        let place = settings.comparison("place").expect("place");
        let same_village = Pattern::default().with(place, 1);
        assert!(model.weight_bits(Context::Strangers, same_village) > model.prior_bits(Context::Strangers) + 5.0);
        assert_eq!(model.weight_bits(Context::Household, same_village), model.prior_bits(Context::Household));
    }

    #[test]
    fn one_character_different_is_a_brother_at_home() {
        let settings = crate::link::tests::settings();
        let model = Model::shipped(&settings);
        let name = settings.comparison("name").expect("name");
        let one_different = settings.comparison[name].levels.iter().position(|level| level.level == "one_different");
        let level = one_different.expect("level") as u8 + 1;
        assert!(model.level_bits(Context::Strangers, name, level) > 0.0);
        assert!(model.level_bits(Context::Household, name, level) < 0.0);
    }
}
