//! Why two records were linked, or were not: the weight of a pair, step by step.

use polars::prelude::DataFrame;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::say;

use super::model::{Context, probability};
use super::resolve::{self, Resolution};
use super::settings::Settings;

/// What a pair's weight is made of: the prior, then one step per comparison; the steps add up to the total.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// Whether the two records' households are linked: then the prior is high, and only what tells relatives apart counts.
    pub households_linked: bool,
    /// Log2 odds before looking at the fields.
    pub prior_bits: f64,
    /// One per comparison, in the order of the settings.
    pub steps: Vec<Step>,
    /// Log2 odds that the two records are one person.
    pub total_bits: f64,
    /// The same as a probability, 0..1.
    pub match_prob: f64,
}

/// What one comparison contributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What staff call the comparison.
    pub title: String,
    /// Name of the level; empty when nothing was observed.
    pub level: String,
    /// What the level is worth.
    pub weight_bits: f64,
    /// What staff read.
    pub words_zh: String,
}

/// Explains the pair of a left and a right row, linked or not, exactly as [`link`](super::link) weighs it. Linking is done
/// again to know which households are linked: a few seconds for a county.
///
/// # Errors
/// What [`link`](super::link) refuses; a row that does not exist.
pub fn explain(
    left: &DataFrame,
    right: &DataFrame,
    settings: &Settings,
    left_ix: u32,
    right_ix: u32,
) -> Result<Waterfall> {
    if left_ix as usize >= left.height() || right_ix as usize >= right.height() {
        return Err(Error::internal(say!(
            "没有第 {left_ix} 行或第 {right_ix} 行",
            "there is no row {left_ix} or no row {right_ix}"
        )));
    }
    let resolution = resolve::resolve([left, right], settings, Engine::Pool)?;
    Ok(waterfall(&resolution, settings, left_ix, right_ix))
}

fn waterfall(resolution: &Resolution, settings: &Settings, left: u32, right: u32) -> Waterfall {
    let context = resolution.context(left, right);
    let pattern = resolution.records.pattern(left, right);
    let model = &resolution.model;
    let steps = settings.comparison.iter().enumerate().map(|(at, comparison)| {
        let level = pattern.level(at);
        let observed = usize::from(level).checked_sub(1).map(|at| &comparison.levels[at]);
        Step {
            title: comparison.title.clone(),
            level: observed.map_or_else(String::new, |level| level.level.clone()),
            weight_bits: model.level_bits(context, at, level),
            words_zh: observed.map_or_else(|| "未比对".to_owned(), |level| level.words.clone()),
        }
    });
    let total_bits = model.weight_bits(context, pattern);
    Waterfall {
        households_linked: context == Context::Household,
        prior_bits: model.prior_bits(context),
        steps: steps.collect(),
        total_bits,
        match_prob: probability(total_bits),
    }
}
