//! Decoys: people who do not exist, put through the same comparison. How many find a partner tells how many real people
//! without one found a wrong one (after Robach et al., Statistics in Medicine 2025).
//!
//! A decoy lives in the household of one person of the reference, bears the name of another and was born with a third: every
//! comparison that describes the person takes its columns from another row, what describes the household stays. It has no
//! identifier. Only people whom no identifier has taken are there to be found, as for anybody else. A decoy counts as linked
//! when its best candidate is worth what links of this run are worth, and would not rather have its own partner.
//!
//! Decoys are strangers to everybody: a brother taken for a brother between linked households is not among what they tell.

use polars::prelude::{Column, DataFrame};

use crate::engine::Engine;
use crate::error::Result;
use crate::table::Decision;

use super::{DecoyEstimate, recall, wilson};
use crate::link::block::Blocks;
use crate::link::column::Sides;
use crate::link::compare::{Compare, Work};
use crate::link::key::KeyColumns;
use crate::link::model::Context;
use crate::link::resolve::Resolution;
use crate::link::settings::{BlockingRule, Comparison, Describes, Kind, Settings};

/// Decoys made, and people they may find.
const DECOYS: usize = 2_000;
const PEOPLE: usize = 200_000;
const PART_PAIRS: usize = 1 << 16;

/// The estimate; `None` where there is nobody to make decoys of.
pub(super) fn estimate(
    resolution: &Resolution,
    frames: Sides<&DataFrame>,
    settings: &Settings,
    engine: Engine,
) -> Result<Option<DecoyEstimate>> {
    let records = &resolution.records;
    let models = records.sample(0, 0..records.heights[0] as u32, DECOYS);
    let open = records.sample(1, resolution.pool[1].iter().copied(), PEOPLE);
    let matches = || resolution.decided.iter().filter(|decided| decided.decision == Decision::Match);
    let links = matches().count() as u64;
    if models.len() < 2 || links == 0 {
        return Ok(None);
    }
    let unlinked = records.heights[0] as u64 - links.min(records.heights[0] as u64);
    let decoys = models.len() as u64;
    if open.is_empty() {
        // Everybody on the right is taken by an identifier: there is nobody to be found wrongly.
        return Ok(Some(DecoyEstimate { decoys, linked: 0, unlinked, links, false_share: 0.0, false_share_high: 0.0 }));
    }
    let linked = linked_decoys(resolution, frames, settings, engine, &models, &open)?;
    let seen_share = open.len() as f64 / resolution.pool[1].len() as f64;
    let scale = unlinked as f64 / links as f64 / seen_share;
    let (_, high) = wilson(linked as f64, decoys as f64);
    Ok(Some(DecoyEstimate {
        decoys,
        linked,
        unlinked,
        links,
        false_share: (linked as f64 / decoys as f64 * scale).min(1.0),
        false_share_high: (high * scale).min(1.0),
    }))
}

/// How many decoys find a partner among `open`, by the weights and the rarity of values of the run itself.
fn linked_decoys(
    resolution: &Resolution,
    frames: Sides<&DataFrame>,
    settings: &Settings,
    engine: Engine,
    models: &[u32],
    open: &[u32],
) -> Result<u64> {
    let decoys = Decoys { models, settings };
    let records = resolution.records.recombined(models.len(), |at, column| decoys.source(at, column), open);
    let (left, right) = (decoys.frame(frames[0])?, take(frames[1], open)?);
    let pool = records.heights.map(|height| (0..height as u32).collect());
    let rules: Vec<BlockingRule> =
        settings.blocking.iter().filter(|rule| !recall::reads_identifier(settings, rule)).cloned().collect();
    let columns = KeyColumns::read([&left, &right], &pool, &rules)?;
    let blocks: Vec<Blocks> = rules.iter().map(|rule| Blocks::make(&columns, rule)).collect();
    let Resolution { weights, frequencies, .. } = resolution;
    let floor_bits = weakest_match(resolution).unwrap_or(settings.thresholds.match_bits);
    let stage =
        Compare { records: &records, weights, frequencies, pool: &pool, blocks: &blocks, floor_bits, within: false };
    let work = blocks
        .iter()
        .enumerate()
        .flat_map(|(rule, blocks)| blocks.parts(PART_PAIRS).into_iter().map(move |slices| Work { rule, slices }));
    let found = engine.map_merge(&stage, work.collect())?.pairs;
    let own = partner_bits(resolution);
    let mut linked = vec![false; models.len()];
    for pair in found {
        let bits = weights.weight_bits(Context::Strangers, pair.pattern, f64::from(pair.frequency_bits));
        if own.get(&open[pair.right as usize]).is_none_or(|own| bits > *own) {
            linked[pair.left as usize] = true;
        }
    }
    Ok(linked.into_iter().filter(|linked| *linked).count() as u64)
}

/// People put together from several rows of the reference.
struct Decoys<'a> {
    /// In whose household each lives.
    models: &'a [u32],
    settings: &'a Settings,
}

impl Decoys<'_> {
    /// The row that a decoy has a column from: its model's, or, where a comparison that describes the person reads it, one
    /// further on, another for every comparison. None for what holds the identifier.
    fn source(&self, at: usize, column: &str) -> Option<u32> {
        let reads = |comparison: &&(usize, &Comparison)| comparison.1.columns.iter().any(|name| name == column);
        let comparisons: Vec<(usize, &Comparison)> = self.settings.comparison.iter().enumerate().collect();
        let personal =
            comparisons.iter().rfind(|comparison| comparison.1.describes == Describes::Person && reads(comparison));
        let is_identifier = self.settings.identity.as_ref().is_some_and(|identity| identity.column == column);
        match personal {
            _ if is_identifier => None,
            Some((_, comparison)) if comparison.kind == Kind::NationalId => None,
            Some((shift, _)) => {
                let step = ((shift + 1) * self.models.len() / (comparisons.len() + 2)).max(1);
                Some(self.models[(at + step) % self.models.len()])
            }
            None => Some(self.models[at]),
        }
    }
    /// The same as a table, for keys to be made of.
    fn frame(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns = frame.columns().iter().map(|column| {
            let rows: Option<Vec<u32>> = (0..self.models.len()).map(|at| self.source(at, column.name())).collect();
            Ok(match rows {
                Some(rows) => column.take_slice(&rows)?,
                None => Column::full_null(column.name().clone(), self.models.len(), column.dtype()),
            })
        });
        Ok(DataFrame::new(self.models.len(), columns.collect::<Result<Vec<Column>>>()?)?)
    }
}

fn take(frame: &DataFrame, rows: &[u32]) -> Result<DataFrame> {
    let columns = frame.columns().iter().map(|column| column.take_slice(rows)).collect::<Result<Vec<_>, _>>()?;
    Ok(DataFrame::new(rows.len(), columns)?)
}

/// What the weakest match among strangers is worth.
fn weakest_match(resolution: &Resolution) -> Option<f64> {
    let matches = resolution.decided.iter().filter(|decided| decided.decision == Decision::Match && !decided.ruled);
    let strangers = matches.filter(|decided| decided.context == Context::Strangers && decided.pair.rule != 0);
    let bits = strangers.map(|decided| resolution.weight_bits(decided));
    bits.reduce(f64::min)
}

/// What the partner of each matched right row is worth to it.
fn partner_bits(resolution: &Resolution) -> rustc_hash::FxHashMap<u32, f64> {
    let matches = resolution.decided.iter().filter(|decided| decided.decision == Decision::Match);
    matches.map(|decided| (decided.pair.right, resolution.weight_bits(decided))).collect()
}
