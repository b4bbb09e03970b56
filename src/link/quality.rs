//! How good the links are, told without a truth beside them.
//!
//! | question | answered by |
//! |---|---|
//! | does blocking lose people? | the share of known pairs (one trustworthy identifier, else the run's own links) that each rule makes |
//! | is 99 % really 99 %? | known pairs and strangers weighed with the identifier hidden: expected against observed, by weight ([`calibration`]) |
//! | how many links are wrong? | people who do not exist, put through the same comparison: those who find a partner ([`decoys`]) |
//!
//! Everything is sampled by content, so that neither threads nor the order of rows change a number. Every share carries its
//! numerator and denominator.

pub(crate) mod calibration;
pub(crate) mod decoys;
mod recall;

use polars::prelude::DataFrame;
use serde::Serialize;

use crate::engine::Engine;
use crate::error::Result;
use crate::table::Decision;

use super::column::Sides;
use super::resolve::Resolution;
use super::settings::Settings;
use calibration::Calibration;

/// Pairs that are looked at to measure the recall of blocking.
const KNOWN_PAIRS: usize = 20_000;

/// What is known of a linkage's quality.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Quality {
    /// One per blocking rule, in order.
    pub blocking: Vec<RuleRecall>,
    /// Known pairs that any rule makes, of those looked at.
    pub blocking_recall: Share,
    /// Whether the known pairs are those with one identifier; if not, they are the run's own links.
    pub known_by_identifier: bool,
    /// Expected against observed, by weight and stratum; empty without an identifier.
    pub reliability: Vec<Reliability>,
    /// The estimate by people who do not exist; `None` when the model was not fitted.
    pub decoys: Option<DecoyEstimate>,
}

/// A share with its numerator and denominator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
}

/// What one blocking rule buys.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleRecall {
    /// Name of the rule.
    pub rule: String,
    /// Pairs that its blocks hold: known before one is compared.
    pub pairs_expected: u64,
    /// Pairs lost because a block was too large.
    pub skipped_pairs: u64,
    /// Known pairs that it makes.
    pub found: u64,
    /// Known pairs that it makes and no rule before it, those that read the identifier left out.
    pub found_first: u64,
    /// Known pairs that it makes and no other rule, those that read the identifier left out.
    pub found_alone: u64,
    /// Of so many known pairs.
    pub known: u64,
    /// Whether it reads the identifier by which the pairs are known: what it finds of them proves nothing.
    pub reads_identifier: bool,
}

/// One line of the reliability table: pairs of one weight band.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// Value of the stratum column; `None` for everybody.
    pub stratum: Option<String>,
    /// Band of weights, in bits: from, inclusive.
    pub from_bits: f64,
    /// To, exclusive.
    pub to_bits: f64,
    /// Pairs, as if all strangers had been looked at.
    pub pairs: f64,
    /// Those the model expects to be one person.
    pub expected: f64,
    /// Those that are.
    pub observed: f64,
    /// 95 % interval of the observed share.
    pub low: f64,
    /// See `low`.
    pub high: f64,
}

/// How many links join strangers, estimated by people who do not exist. Relatives taken for one another between linked
/// households are not in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DecoyEstimate {
    /// Decoys put in.
    pub decoys: u64,
    /// Decoys that found a partner.
    pub linked: u64,
    /// People of the reference without a partner, who might have found a wrong one.
    pub unlinked: u64,
    /// Links found by weighing.
    pub links: u64,
    /// Share of wrong ones expected among all links.
    pub false_share: f64,
    /// Upper end of its 95 % interval.
    pub false_share_high: f64,
}

/// Measures a linkage.
pub(crate) fn measure(
    resolution: &Resolution,
    frames: Sides<&DataFrame>,
    settings: &Settings,
    engine: Engine,
) -> Result<(Quality, Calibration)> {
    let by_identifier = resolution.sure.len() >= settings.training.min_matches as usize;
    let known = known_pairs(resolution, by_identifier);
    let (blocking, blocking_recall) = recall::of_rules(resolution, frames, settings, &known, by_identifier)?;
    let mut quality = Quality { blocking, blocking_recall, known_by_identifier: by_identifier, ..Quality::default() };
    let mut calibration = Calibration::none();
    if resolution.model.fitted {
        if by_identifier {
            (calibration, quality.reliability) = calibration::calibrate(resolution, frames, settings, engine)?;
        }
        quality.decoys = decoys::estimate(resolution, frames, settings, engine)?;
    }
    Ok((quality, calibration))
}

/// Pairs that are known to be one person, in the order of their content.
fn known_pairs(resolution: &Resolution, by_identifier: bool) -> Vec<(u32, u32)> {
    let mut pairs: Vec<(u32, u32)> = if by_identifier {
        resolution.sure.clone()
    } else {
        let matches = resolution.decided.iter().filter(|decided| decided.decision == Decision::Match);
        matches.map(|decided| decided.pair.rows()).collect()
    };
    pairs.sort_by_cached_key(|pair| super::column::hash(&resolution.records.order((0, pair.0))));
    pairs.truncate(KNOWN_PAIRS);
    pairs
}

/// The 95 % interval of a share (Wilson 1927).
pub(crate) fn wilson(count: f64, of: f64) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    if of <= 0.0 {
        return (0.0, 1.0);
    }
    let share = count / of;
    let spread = Z * (share * (1.0 - share) / of + Z * Z / (4.0 * of * of)).sqrt();
    let centre = share + Z * Z / (2.0 * of);
    let scale = 1.0 + Z * Z / of;
    (((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_as_published() {
        // Newcombe (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (count, of, low, high) in [
            (81.0, 263.0, 0.2553, 0.3662),
            (15.0, 148.0, 0.0624, 0.1605),
            (0.0, 20.0, 0.0, 0.1611),
            (1.0, 29.0, 0.0061, 0.1718),
        ] {
            let (found_low, found_high) = wilson(count, of);
            assert!((found_low - low).abs() < 1e-4 && (found_high - high).abs() < 1e-4, "{found_low} {found_high}");
        }
    }
}
