//! Why two records were linked, or were not: the weight of a pair, step by step, and what was made of it.
//!
//! In: the two tables as linked, and a pair of rows. Out: a [`Waterfall`], whose parts add up to its total; what it says to
//! people is in [`words`]. No value of either record is in it: levels, and what they are worth.

#[cfg(test)]
pub(crate) mod example;
pub mod words;

use polars::prelude::DataFrame;

use crate::engine::Engine;
use crate::error::{Error, Result, Text};
use crate::say;
use crate::table::Decision;

use super::decide::rule_names;
use super::household::Bond;
use super::model::{Context, probability};
use super::resolve::{self, Decided, IDENTITY, Known, Resolution};
use super::settings::Settings;

/// What a pair's weight is made of: the prior, then one step per comparison, then what relatives take from it; they add up
/// to the total.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// Whether the two records' households are linked: then the prior is high, and only what tells relatives apart counts.
    pub households_linked: bool,
    /// Whether their number alone links the households, and no other member.
    pub households_by_number: bool,
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
    /// The same, and how it came about.
    pub verdict: Verdict,
    /// The rule that makes the two candidates; `None` when none does, so that nobody ever compared them.
    pub rule: Option<String>,
    /// A match from here on; see [`Thresholds`](super::settings::Thresholds) for this and the next two.
    pub match_bits: f64,
    /// For a person to decide from here on.
    pub review_bits: f64,
    /// How much worse other assignments must be.
    pub margin_bits: f64,
}

/// What became of a pair, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A person decided.
    Ruled {
        /// That they are one person.
        same: bool,
    },
    /// A match at once: one trustworthy identifier, compatible names.
    Sure,
    /// A match by its weight.
    Match,
    /// A match although it weighs less than one should: enough of all matches are expected to be right.
    Accepted,
    /// For a person to decide.
    Review {
        /// Somebody else fits nearly as well.
        contested: bool,
    },
    /// One identifier, two persons.
    Conflict,
    /// No link.
    NotLinked(Unlinked),
}

/// Why a pair is no link. Pairs of flags: the first row, the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlinked {
    /// Second rows of people who are in their own table already.
    Duplicate([bool; 2]),
    /// People who are linked to somebody else.
    Taken([bool; 2]),
    /// No rule makes the pair.
    NotCompared,
    /// It weighs too little.
    TooWeak,
    /// It weighs enough, and others fit better together.
    Outdone,
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
    let ruling = known.rulings.iter().find(|ruling| (ruling.left, ruling.right) == (left_ix, right_ix));
    Ok(waterfall(&resolution, settings, ruling.map(|ruling| ruling.same), (left_ix, right_ix)))
}

fn waterfall(
    resolution: &Resolution,
    settings: &Settings,
    ruled: Option<bool>,
    (left, right): (u32, u32),
) -> Waterfall {
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
    let rule = resolution.rule(left, right);
    let verdict = match (ruled, decided) {
        (Some(same), _) => Verdict::Ruled { same },
        (None, Some(decided)) => of_link(decided, total_bits, settings),
        (None, None) => Verdict::NotLinked(unlinked(resolution, (left, right), rule, total_bits, settings)),
    };
    Waterfall {
        households_linked: linked,
        households_by_number: linked && resolution.bond(left, right) == Some(Bond::Number),
        prior_bits,
        steps: steps.collect(),
        kin_doubt_bits: if linked { 0.0 } else { weights.kin_doubt_bits(pattern, all_frequency_bits) },
        total_bits,
        match_prob: probability(total_bits),
        decision: decided.map(|decided| decided.decision),
        verdict,
        rule: rule.map(|rule| rule_names(settings)[usize::from(rule)].clone()),
        match_bits: settings.thresholds.match_bits,
        review_bits: settings.thresholds.review_bits,
        margin_bits: settings.thresholds.margin_bits,
    }
}

fn of_link(decided: &Decided, total_bits: f64, settings: &Settings) -> Verdict {
    match decided.decision {
        Decision::Match if decided.pair.rule == IDENTITY && decided.context == Context::Strangers => Verdict::Sure,
        Decision::Match if total_bits < settings.thresholds.match_bits => Verdict::Accepted,
        Decision::Match => Verdict::Match,
        Decision::Review => Verdict::Review { contested: decided.contested },
        Decision::Conflict => Verdict::Conflict,
    }
}

/// The nearest reason: people settled before anybody was compared, then what comparing them said.
fn unlinked(
    resolution: &Resolution,
    (left, right): (u32, u32),
    rule: Option<u16>,
    total_bits: f64,
    settings: &Settings,
) -> Unlinked {
    let rows = [left, right];
    let repeats = [0, 1].map(|side: usize| resolution.duplicates[side].iter().any(|pair| pair.0 == rows[side]));
    let mut taken = [false; 2];
    for Decided { pair, .. } in resolution.decided.iter().filter(|decided| decided.decision == Decision::Match) {
        taken[0] |= pair.left == left;
        taken[1] |= pair.right == right;
    }
    let is_taken = taken.contains(&true);
    match rule {
        _ if repeats.contains(&true) => Unlinked::Duplicate(repeats),
        None if !is_taken => Unlinked::NotCompared,
        Some(_) if total_bits < settings.thresholds.review_bits => Unlinked::TooWeak,
        _ if is_taken => Unlinked::Taken(taken),
        _ => Unlinked::Outdone,
    }
}

fn in_both(zh: &str, en: Option<&str>) -> Text {
    Text { zh: zh.to_owned(), en: en.unwrap_or(zh).to_owned() }
}
