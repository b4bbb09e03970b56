//! Decoys: people who do not exist, put through the same comparison. How many find a partner tells how many real people
//! without one found a wrong one (after Robach et al., Statistics in Medicine 2025).
//!
//! A decoy lives in the household of one person of the reference, bears the name of another and was born with a third: every
//! comparison that describes the person takes its columns from another row, what describes the household stays. It has no
//! identifier. Only people whom no identifier has taken are there to be found, as for anybody else. A decoy counts as linked
//! when its best candidate is worth what links of this run are worth, and would not rather have its own partner.

use polars::prelude::DataFrame;

use crate::engine::Engine;
use crate::error::Result;
use crate::table::Decision;

use super::{DecoyEstimate, recall, wilson};
use crate::link::block::Blocks;
use crate::link::column::Sides;
use crate::link::compare::{Compare, Work};
use crate::link::household::Homes;
use crate::link::key::KeyColumns;
use crate::link::model::{Context, Weights};
use crate::link::records::Records;
use crate::link::resolve::Resolution;
use crate::link::settings::{BlockingRule, Comparison, Describes, Settings};
use crate::link::train::Trainer;

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

/// How many decoys find a partner among `open`.
fn linked_decoys(
    resolution: &Resolution,
    frames: Sides<&DataFrame>,
    settings: &Settings,
    engine: Engine,
    models: &[u32],
    open: &[u32],
) -> Result<u64> {
    let settings = without_identifier(settings);
    let decoys = decoys(frames[0], &settings, models)?;
    let people = take(frames[1], open)?;
    let frames = [&decoys, &people];
    let records = Records::read(frames, &settings)?;
    let pool = records.heights.map(|height| (0..height as u32).collect());
    let columns = KeyColumns::read(frames, &pool, &settings.blocking)?;
    let blocks: Vec<Blocks> = settings.blocking.iter().map(|rule| Blocks::make(&columns, rule)).collect();
    let homes = [0, 1].map(|side: usize| Homes::of(&records.family[side], 0..records.heights[side] as u32));
    let trainer = Trainer {
        records: &records,
        settings: &settings,
        engine,
        pool: &pool,
        blocks: &blocks,
        homes: &homes,
        known: &[],
        within: false,
    };
    let frequencies = trainer.frequencies(&resolution.model);
    let weights = Weights::of(&resolution.model, &settings);
    let threshold_bits = weakest_match(resolution).unwrap_or(settings.thresholds.match_bits);
    let stage = Compare {
        records: &records,
        weights: &weights,
        frequencies: &frequencies,
        pool: &pool,
        blocks: &blocks,
        floor_bits: threshold_bits,
        within: false,
    };
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

/// The settings without what reads the identifier: comparisons stay, so that the model fits, and observe nothing.
fn without_identifier(settings: &Settings) -> Settings {
    let rules: Vec<BlockingRule> =
        settings.blocking.iter().filter(|rule| !recall::reads_identifier(settings, rule)).cloned().collect();
    Settings { identity: None, blocking: rules, ..settings.clone() }
}

/// Each decoy from several rows: the household's columns from its model, every other comparison's from a row further on.
fn decoys(frame: &DataFrame, settings: &Settings, models: &[u32]) -> Result<DataFrame> {
    let mut decoys = take(frame, models)?;
    for (shift, comparison) in (1..).zip(settings.comparison.iter().filter(|comparison| is_personal(comparison))) {
        let step = (shift * models.len() / (settings.comparison.len() + 1)).max(1);
        let others: Vec<u32> = (0..models.len()).map(|at| models[(at + step) % models.len()]).collect();
        for name in &comparison.columns {
            if let Ok(column) = frame.column(name) {
                decoys.with_column(column.take_slice(&others)?)?;
            }
        }
    }
    for name in settings
        .comparison
        .iter()
        .filter(|comparison| comparison.kind == super::super::Kind::NationalId)
        .flat_map(|comparison| &comparison.columns)
    {
        if let Ok(column) = decoys.column(name) {
            let nobody = polars::prelude::Column::full_null(name.as_str().into(), models.len(), column.dtype());
            decoys.with_column(nobody)?;
        }
    }
    Ok(decoys)
}

fn is_personal(comparison: &Comparison) -> bool {
    comparison.describes == Describes::Person
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
