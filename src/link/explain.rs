//! Why two records were linked, or were not: the weight of a pair, step by step.

use polars::prelude::DataFrame;

use crate::engine::Engine;
use crate::error::{Error, Result, Text};
use crate::say;
use crate::table::Decision;

use super::decide::rule_names;
use super::model::{Context, probability};
use super::resolve::{self, Known, Resolution};
use super::settings::Settings;

/// What a pair's weight is made of: the prior, then one step per comparison, then what relatives take from it; they add up
/// to the total.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// Whether the two records' households are linked: then the prior is high, and only what tells relatives apart counts.
    pub households_linked: bool,
    /// Log2 odds before looking at the fields.
    pub prior_bits: f64,
    /// One per comparison, in the order of the settings.
    pub steps: Vec<Step>,
    /// What the thought that the two are relatives takes from the weight: 0 or less, 0 between linked households.
    pub kin_doubt_bits: f64,
    /// Log2 odds that the two records are one person.
    pub total_bits: f64,
    /// The same as a probability, 0..1.
    pub match_prob: f64,
    /// What was decided; `None` when the pair is no link.
    pub decision: Option<Decision>,
    /// The rule that makes the two candidates; `None` when none does, so that nobody ever compared them.
    pub rule: Option<String>,
}

/// What one comparison contributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What staff call the comparison.
    pub title: Text,
    /// Name of the level; empty when nothing was observed.
    pub level: String,
    /// What the level is worth, the rarity of the value included.
    pub weight_bits: f64,
    /// What the rarity of the shared value adds, or its commonness takes.
    pub frequency_bits: f64,
    /// What staff read.
    pub words: Text,
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
    known: Known<'_>,
    (left_ix, right_ix): (u32, u32),
) -> Result<Waterfall> {
    if left_ix as usize >= left.height() || right_ix as usize >= right.height() {
        return Err(Error::internal(say!(
            "没有第 {left_ix} 行或第 {right_ix} 行",
            "there is no row {left_ix} or no row {right_ix}"
        )));
    }
    let resolution = resolve::resolve([left, right], settings, known, Engine::Pool)?;
    Ok(waterfall(&resolution, settings, left_ix, right_ix))
}

fn waterfall(resolution: &Resolution, settings: &Settings, left: u32, right: u32) -> Waterfall {
    let Resolution { records, weights, frequencies, .. } = resolution;
    let context = resolution.context(left, right);
    let pattern = records.pattern((0, left), (1, right), &mut records.memos());
    let (a, b) = (records.cells((0, left)), records.cells((1, right)));
    let (prior_bits, linked) = match context {
        Context::Strangers => (weights.prior_bits, false),
        Context::Household { prior_bits } => (prior_bits, true),
    };
    let all_frequency_bits = if linked { 0.0 } else { frequencies.bits(a, b) };
    let steps = settings.comparison.iter().enumerate().map(|(at, comparison)| {
        let level = pattern.level(at);
        let observed = usize::from(level).checked_sub(1).map(|at| &comparison.levels[at]);
        let cell = records.feature(at).equality_cell().filter(|_| !linked && comparison.term_frequency);
        let frequency_bits = cell.map_or(0.0, |cell| frequencies.bits_of(cell, a, b));
        Step {
            title: in_both(&comparison.title, comparison.title_en.as_deref()),
            level: observed.map_or_else(String::new, |level| level.level.clone()),
            weight_bits: weights.level_bits(context, at, level) + frequency_bits,
            frequency_bits,
            words: observed.map_or_else(
                || say!("未比对", "not compared"),
                |level| in_both(&level.words, level.words_en.as_deref()),
            ),
        }
    });
    let total_bits = weights.weight_bits(context, pattern, all_frequency_bits);
    let decided = resolution.decided(left, right);
    Waterfall {
        households_linked: linked,
        prior_bits,
        steps: steps.collect(),
        kin_doubt_bits: if linked { 0.0 } else { weights.kin_doubt_bits(pattern, all_frequency_bits) },
        total_bits,
        match_prob: probability(total_bits),
        decision: decided.map(|decided| decided.decision),
        rule: resolution.rule(left, right).map(|rule| rule_names(settings)[usize::from(rule)].clone()),
    }
}

fn in_both(zh: &str, en: Option<&str>) -> Text {
    Text { zh: zh.to_owned(), en: en.unwrap_or(zh).to_owned() }
}
