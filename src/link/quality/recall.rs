//! What each blocking rule buys: the known pairs that share one of its keys.

use polars::prelude::DataFrame;

use crate::error::Result;

use super::{RuleRecall, Share};
use crate::link::block::first_shared;
use crate::link::column::Sides;
use crate::link::key::{KeyColumns, Maker};
use crate::link::resolve::Resolution;
use crate::link::settings::{BlockingRule, Kind, Settings};

/// By rule, and of all rules together that do not read the identifier by which the pairs are known.
pub(super) fn of_rules(
    resolution: &Resolution,
    frames: Sides<&DataFrame>,
    settings: &Settings,
    known: &[(u32, u32)],
    by_identifier: bool,
) -> Result<(Vec<RuleRecall>, Share)> {
    let rows = [known.iter().map(|pair| pair.0).collect(), known.iter().map(|pair| pair.1).collect()];
    let columns = KeyColumns::read(frames, &rows, &settings.blocking)?;
    let made: Vec<Vec<bool>> = settings.blocking.iter().map(|rule| pairs_made(&columns, rule, known.len())).collect();
    let proves: Vec<bool> =
        settings.blocking.iter().map(|rule| !(by_identifier && reads_identifier(settings, rule))).collect();
    let rules = settings.blocking.iter().zip(&resolution.blocks).enumerate().map(|(at, (rule, blocks))| {
        let count = |holds: &dyn Fn(usize) -> bool| {
            (0..known.len()).filter(|pair| made[at][*pair] && holds(*pair)).count() as u64
        };
        // Rules that read the identifier find everybody: beside them no other rule would seem to find anything.
        let others =
            |pair: usize, upto: usize| (0..upto).any(|other| other != at && made[other][pair] && proves[other]);
        RuleRecall {
            rule: rule.name.clone(),
            pairs_expected: blocks.pairs_expected(),
            skipped_pairs: blocks.skipped_pairs,
            found: count(&|_| true),
            found_first: count(&|pair| !others(pair, at)),
            found_alone: count(&|pair| !others(pair, made.len())),
            known: known.len() as u64,
            reads_identifier: !proves[at],
        }
    });
    let rules: Vec<RuleRecall> = rules.collect();
    let counts = |pair: &usize| rules.iter().zip(&made).any(|(rule, made)| !rule.reads_identifier && made[*pair]);
    let found = (0..known.len()).filter(counts).count() as u64;
    Ok((rules, Share { count: found, of: known.len() as u64 }))
}

/// Whether each known pair shares a key of the rule.
fn pairs_made(columns: &KeyColumns, rule: &BlockingRule, pairs: usize) -> Vec<bool> {
    let [left, right] = [0, 1].map(|side| Maker::new(columns, side, &rule.keys).make(|_| true));
    (0..pairs as u32).map(|pair| first_shared(left.of(pair), right.of(pair)).is_some()).collect()
}

/// Whether a rule reads the deciding identifier, or the column it is taken from.
pub(super) fn reads_identifier(settings: &Settings, rule: &BlockingRule) -> bool {
    let numbers = settings.comparison.iter().filter(|comparison| comparison.kind == Kind::NationalId);
    let decides = settings.identity.iter().map(|identity| &identity.column);
    let columns: Vec<&String> = numbers.flat_map(|comparison| &comparison.columns).chain(decides).collect();
    rule.keys.iter().any(|key| columns.contains(&&key.column))
}
