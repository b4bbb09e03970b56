//! The two member tables, prepared: every comparison's values, the deciding identifier, the household.

use polars::prelude::DataFrame;

use crate::error::Result;

use super::column::{self, NONE, Sides, hash, intern};
use super::feature::{At, Feature};
use super::pattern::Pattern;
use super::settings::Settings;

/// Both sides, prepared. Rows are rows of the frames.
pub(crate) struct Records {
    /// Rows of each side.
    pub(crate) heights: Sides<usize>,
    /// Number of the deciding identifier, shared by both sides; [`NONE`] without a trustworthy one.
    pub(crate) identity: Sides<Vec<u32>>,
    /// Household of each row; [`NONE`] without one.
    pub(crate) household: Sides<Vec<u32>>,
    /// Number of the household's exported number, shared by both sides.
    pub(crate) household_no: Sides<Vec<u32>>,
    /// Hash of all a record holds: orders records by content, whatever row they stand in.
    pub(crate) fingerprint: Sides<Vec<u64>>,
    features: Vec<Feature>,
}

impl Records {
    /// Reads and prepares both frames.
    pub(crate) fn read(frames: Sides<&DataFrame>, settings: &Settings) -> Result<Self> {
        let identity = settings.identity.as_ref().map(|identity| identity.column.as_str());
        let household = settings.household.as_ref().map(|household| household.column.as_str());
        let number = settings.household.as_ref().and_then(|household| household.number.as_deref());
        let features = prepare(frames, settings)?;
        let mut records = Self {
            heights: frames.map(DataFrame::height),
            identity: numbered(frames, identity)?,
            household: [households(frames[0], household)?, households(frames[1], household)?],
            household_no: numbered(frames, number)?,
            fingerprint: [Vec::new(), Vec::new()],
            features,
        };
        records.fingerprint = [0, 1].map(|side| records.fingerprints(side));
        Ok(records)
    }
    /// How a left and a right row agree on everything.
    pub(crate) fn pattern(&self, left: u32, right: u32) -> Pattern {
        let mut pattern = Pattern::default();
        for (comparison, feature) in self.features.iter().enumerate() {
            let silent = feature.unless.is_some_and(|(other, levels)| levels >> pattern.level(other) & 1 == 1);
            if !silent {
                pattern = pattern.with(comparison, feature.level((0, left), (1, right)));
            }
        }
        pattern
    }
    /// How two records, of any side, agree on one comparison: 0 not observed, 1 the best.
    pub(crate) fn level(&self, comparison: usize, a: At, b: At) -> u8 {
        self.features[comparison].level(a, b)
    }
    /// Comparisons for which the record has a value.
    pub(crate) fn observed(&self, at: At) -> usize {
        self.features.iter().filter(|feature| feature.is_observed(at)).count()
    }
    /// A key that orders records by content first.
    pub(crate) fn order(&self, (side, row): At) -> (u64, u32) {
        (self.fingerprint[side][row as usize], row)
    }
    fn fingerprints(&self, side: usize) -> Vec<u64> {
        let mut prints = vec![0_u64; self.heights[side]];
        for feature in &self.features {
            for (print, content) in prints.iter_mut().zip(&feature.content[side]) {
                *print = hash(&(*print, *content));
            }
        }
        prints
    }
}

fn prepare(frames: Sides<&DataFrame>, settings: &Settings) -> Result<Vec<Feature>> {
    let mut features = Vec::with_capacity(settings.comparison.len());
    for comparison in &settings.comparison {
        let mut feature = Feature::prepare(frames, comparison)?;
        feature.unless = comparison.unless.as_ref().and_then(|unless| {
            let other = settings.comparison(&unless.comparison)?;
            Some((other, level_mask(settings, other, &unless.levels)))
        });
        features.push(feature);
    }
    Ok(features)
}

/// One bit per named level of a comparison, at the level's number in patterns.
pub(crate) fn level_mask(settings: &Settings, comparison: usize, names: &[String]) -> u16 {
    let levels = settings.comparison[comparison].levels.iter().enumerate();
    levels.filter(|(_, level)| names.contains(&level.level)).fold(0, |mask, (at, _)| mask | 1 << (at + 1))
}

fn numbered(frames: Sides<&DataFrame>, name: Option<&str>) -> Result<Sides<Vec<u32>>> {
    let heights = frames.map(DataFrame::height);
    let Some(name) = name else { return Ok(heights.map(|height| vec![NONE; height])) };
    let columns = [column::text(frames[0], name)?, column::text(frames[1], name)?];
    Ok(intern([columns[0].as_ref(), columns[1].as_ref()], heights).numbers)
}

fn households(frame: &DataFrame, name: Option<&str>) -> Result<Vec<u32>> {
    name.map_or_else(|| Ok(vec![NONE; frame.height()]), |name| column::rows(frame, name))
}
