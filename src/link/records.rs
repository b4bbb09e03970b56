//! The two person tables, prepared: a record is a short row of value numbers, one after the other in memory.
//!
//! Every column that a comparison reads is interned once over both sides, together with the columns whose values it may
//! meet, so that equal values have equal numbers, and what is expensive about a value (readings of a name, check character of a number) is done once for it.

use std::sync::Arc;

use polars::prelude::{DataFrame, StringChunked};
use rayon::prelude::*;

use crate::error::Result;
use crate::table::{self, schema};

use super::column::{self, NONE, Sides, hash, intern};
use super::feature::{Feature, Memo};
use super::pattern::Pattern;
use super::settings::{Kind, Settings};

/// A record: side (0 left, 1 right) and row.
pub(crate) type At = (usize, u32);

/// Both sides, prepared. Rows are rows of the frames.
pub(crate) struct Records {
    /// Rows of each side.
    pub(crate) heights: Sides<usize>,
    /// Cells of a record.
    width: usize,
    /// Value numbers, record after record; [`NONE`] where not observed.
    cells: Sides<Vec<u32>>,
    /// Distinct values of each cell.
    pub(crate) distinct: Vec<u32>,
    /// Number of the deciding identifier, shared by both sides; [`NONE`] without a trustworthy one.
    pub(crate) identity: Sides<Vec<u32>>,
    /// Household of each row; [`NONE`] without one.
    pub(crate) household: Sides<Vec<u32>>,
    /// The same, where the household is small enough to be a family.
    pub(crate) family: Sides<Vec<u32>>,
    /// Number of the household's exported number, shared by both sides.
    pub(crate) household_no: Sides<Vec<u32>>,
    /// Hash of all a record holds but places: orders records by content, whatever row they stand in.
    pub(crate) fingerprint: Sides<Vec<u64>>,
    features: Arc<[Feature]>,
    /// Columns that the cells hold, in order.
    names: Vec<String>,
    /// Comparisons, cheap ones first, none before one that may silence it.
    pub(crate) order: Vec<usize>,
}

/// One column's value numbers and the hash of every value they can stand for.
struct Numbered {
    numbers: Sides<Vec<u32>>,
    hashes: Arc<[u64]>,
}

impl Records {
    /// Reads and prepares both frames.
    pub(crate) fn read(frames: Sides<&DataFrame>, settings: &Settings) -> Result<Self> {
        let names = column_names(settings);
        let heights = frames.map(DataFrame::height);
        let groups = groups(settings, &names);
        let read: Vec<Group> =
            groups.par_iter().map(|group| read_group(frames, settings, &names, group)).collect::<Result<_>>()?;
        let (mut columns, mut features) = (Vec::new(), Vec::new());
        for group in read {
            columns.extend(group.cells);
            features.extend(group.features);
        }
        columns.sort_by_key(|(cell, _)| *cell);
        features.sort_by_key(|(comparison, _)| *comparison);
        let columns: Vec<Numbered> = columns.into_iter().map(|(_, column)| column).collect();
        let features: Vec<Feature> = features.into_iter().map(|(_, feature)| feature).collect();
        let identity = settings.identity.as_ref().map(|identity| identity.column.as_str());
        let household = settings.household.as_ref().map(|household| household.column.as_str());
        let number = settings.household.as_ref().and_then(|household| household.number.as_deref());
        let household = [households(frames[0], household)?, households(frames[1], household)?];
        let most = settings.household.as_ref().map_or(0, |household| household.max_members);
        Ok(Self {
            family: household.each_ref().map(|household| families(household, most)),
            household,
            heights,
            width: names.len(),
            distinct: columns.iter().map(|column| column.hashes.len() as u32).collect(),
            cells: [0, 1].map(|side| rows_of(&columns, side, heights[side])),
            fingerprint: [0, 1].map(|side| fingerprints(&columns, &names, side, heights[side])),
            identity: numbered(frames, identity)?,
            household_no: numbered(frames, number)?,
            order: cheap_first(&features),
            features: features.into(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        })
    }
    /// Records put together from these: on the left so many whose every column comes from a row of the left that `source`
    /// names (nothing where it names none), on the right some rows. Nobody has an identifier or a household.
    pub(crate) fn recombined(&self, height: usize, source: impl Fn(usize, &str) -> Option<u32>, right: &[u32]) -> Self {
        let cell =
            |at: usize, cell: usize| source(at, &self.names[cell]).map_or(NONE, |row| self.cells((0, row))[cell]);
        let made = (0..height).flat_map(|at| (0..self.width).map(move |place| (at, place)));
        let left = made.map(|(at, place)| cell(at, place)).collect();
        let right_cells = right.iter().flat_map(|row| self.cells((1, *row)).iter().copied()).collect();
        let heights = [height, right.len()];
        let nobody = || heights.map(|height| vec![NONE; height]);
        Self {
            heights,
            width: self.width,
            cells: [left, right_cells],
            distinct: self.distinct.clone(),
            identity: nobody(),
            household: nobody(),
            family: nobody(),
            household_no: nobody(),
            fingerprint: heights.map(|height| vec![0; height]),
            features: self.features.clone(),
            names: self.names.clone(),
            order: self.order.clone(),
        }
    }
    /// The cells of a record.
    pub(crate) fn cells(&self, (side, row): At) -> &[u32] {
        let start = row as usize * self.width;
        &self.cells[side][start..start + self.width]
    }
    /// How two records, of any side, agree on everything.
    pub(crate) fn pattern(&self, a: At, b: At, memos: &mut [Memo]) -> Pattern {
        let (a, b) = (self.cells(a), self.cells(b));
        self.order.iter().fold(Pattern::default(), |pattern, at| self.ask(*at, pattern, a, b, memos))
    }
    /// The pattern with one more comparison answered, unless an earlier answer silences it.
    pub(crate) fn ask(&self, at: usize, pattern: Pattern, a: &[u32], b: &[u32], memos: &mut [Memo]) -> Pattern {
        let feature = &self.features[at];
        let silent = feature.unless.is_some_and(|(other, levels)| levels >> pattern.level(other) & 1 == 1);
        if silent { pattern } else { pattern.with(at, feature.level(a, b, &mut memos[at])) }
    }
    /// The pattern of two records as if one comparison had not been observed.
    pub(crate) fn pattern_without(&self, hidden: usize, a: At, b: At, memos: &mut [Memo]) -> Pattern {
        let (a, b) = (self.cells(a), self.cells(b));
        let asked = self.order.iter().filter(|at| **at != hidden);
        asked.fold(Pattern::default(), |pattern, at| self.ask(*at, pattern, a, b, memos))
    }
    /// How two records, of any side, agree on one comparison: 0 not observed, 1 the best.
    pub(crate) fn level(&self, comparison: usize, a: At, b: At) -> u8 {
        self.features[comparison].level(self.cells(a), self.cells(b), &mut Memo::new())
    }
    /// On how many comparisons two records agree best.
    pub(crate) fn agreements(&self, a: At, b: At) -> usize {
        (0..self.features.len()).filter(|comparison| self.level(*comparison, a, b) == 1).count()
    }
    /// Empty caches, one a comparison.
    pub(crate) fn memos(&self) -> Vec<Memo> {
        self.features.iter().map(|_| Memo::new()).collect()
    }
    /// What a comparison is made of.
    pub(crate) fn feature(&self, comparison: usize) -> &Feature {
        &self.features[comparison]
    }
    /// Comparisons for which the record has a value.
    pub(crate) fn observed(&self, at: At) -> usize {
        self.features.iter().filter(|feature| feature.is_observed(self.cells(at))).count()
    }
    /// A key that orders records by content first.
    pub(crate) fn order(&self, (side, row): At) -> (u64, u32) {
        (self.fingerprint[side][row as usize], row)
    }
    /// The rows of one side in the order of their content, at most `limit` of them: a sample that no order of rows changes.
    pub(crate) fn sample(&self, side: usize, rows: impl Iterator<Item = u32>, limit: usize) -> Vec<u32> {
        let mut keyed: Vec<(u64, u32)> = rows.map(|row| (hash(&self.fingerprint[side][row as usize]), row)).collect();
        if keyed.len() > limit {
            keyed.select_nth_unstable(limit);
            keyed.truncate(limit);
        }
        keyed.sort_unstable();
        keyed.into_iter().map(|keyed| keyed.1).collect()
    }
}

/// The columns that comparisons read, each once.
fn column_names(settings: &Settings) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for column in settings.comparison.iter().flat_map(|comparison| &comparison.columns) {
        if !names.contains(&column.as_str()) {
            names.push(column);
        }
    }
    names
}

/// Columns whose values meet: those of one set, and those that may have changed places. They share their numbers.
fn groups(settings: &Settings, names: &[&str]) -> Vec<Vec<usize>> {
    let mut group_of: Vec<usize> = (0..names.len()).collect();
    let cell_of = |name: &String| names.iter().position(|other| other == name);
    for comparison in settings.comparison.iter().filter(|comparison| comparison.kind != Kind::Nested) {
        let cells: Vec<usize> = comparison.columns.iter().filter_map(cell_of).collect();
        let met: Vec<usize> = cells.iter().map(|cell| group_of[*cell]).collect();
        let Some(first) = met.iter().min().copied() else { continue };
        group_of.iter_mut().filter(|group| met.contains(group)).for_each(|group| *group = first);
    }
    let members = |group: usize| (0..names.len()).filter(|cell| group_of[*cell] == group).collect::<Vec<usize>>();
    (0..names.len()).map(members).filter(|members| !members.is_empty()).collect()
}

/// What one group of columns gives: numbers by cell, features by comparison.
struct Group {
    cells: Vec<(usize, Numbered)>,
    features: Vec<(usize, Feature)>,
}

/// Interns a group's columns together and prepares the comparisons whose first column is among them.
fn read_group(frames: Sides<&DataFrame>, settings: &Settings, names: &[&str], group: &[usize]) -> Result<Group> {
    let read = |cell: &usize| Ok([column::text(frames[0], names[*cell])?, column::text(frames[1], names[*cell])?]);
    let columns: Vec<Sides<Option<StringChunked>>> = group.iter().map(read).collect::<Result<_>>()?;
    let borrowed: Vec<Sides<Option<&StringChunked>>> =
        columns.iter().map(|[left, right]| [left.as_ref(), right.as_ref()]).collect();
    let interned = intern(&borrowed, frames.map(DataFrame::height));
    let cell_of = |name: &String| names.iter().position(|other| other == name);
    let mut features = Vec::new();
    for (at, comparison) in settings.comparison.iter().enumerate() {
        let cells: Vec<usize> = comparison.columns.iter().filter_map(cell_of).collect();
        if cells.first().is_some_and(|first| group.contains(first)) {
            let mut feature = Feature::prepare(comparison, cells, &interned.values);
            feature.unless = comparison.unless.as_ref().and_then(|unless| {
                let other = settings.comparison(&unless.comparison)?;
                Some((other, level_mask(settings, other, &unless.levels)))
            });
            features.push((at, feature));
        }
    }
    let hashes: Arc<[u64]> = interned.values.iter().map(hash).collect();
    let numbered = interned.numbers.into_iter().map(|numbers| Numbered { numbers, hashes: hashes.clone() });
    Ok(Group { cells: group.iter().copied().zip(numbered).collect(), features })
}

fn cheap_first(features: &[Feature]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(features.len());
    while order.len() < features.len() {
        let ready = |at: &usize| features[*at].unless.is_none_or(|(other, _)| order.contains(&other));
        let left = (0..features.len()).filter(|at| !order.contains(at)).filter(ready);
        let Some(next) = left.min_by_key(|at| features[*at].cost()) else { break };
        order.push(next);
    }
    order
}

fn rows_of(columns: &[Numbered], side: usize, height: usize) -> Vec<u32> {
    let width = columns.len();
    let mut cells = vec![NONE; width * height];
    for (at, column) in columns.iter().enumerate() {
        let target = cells[at.min(width * height)..].iter_mut().step_by(width.max(1));
        target.zip(&column.numbers[side]).for_each(|(cell, number)| *cell = *number);
    }
    cells
}

/// Places do not count: a renamed village would order its people anew.
fn fingerprints(columns: &[Numbered], names: &[&str], side: usize, height: usize) -> Vec<u64> {
    let mut prints = vec![0_u64; height];
    let is_place = |name: &str| schema::field(name).is_some_and(|field| field.kind == table::Kind::Place);
    for (column, _) in columns.iter().zip(names).filter(|(_, name)| !is_place(name)) {
        for (print, number) in prints.iter_mut().zip(&column.numbers[side]) {
            let content = if *number == NONE { 0 } else { column.hashes[*number as usize] };
            *print = hash(&(*print, content));
        }
    }
    prints
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
    let numbers = intern(&[[columns[0].as_ref(), columns[1].as_ref()]], heights).numbers.swap_remove(0);
    Ok(without_generic(numbers))
}

/// Rows of one side that may carry one identifier, or one household's number, before it says nothing: `000000`, a number
/// dragged down a sheet. Comparing all with all of them would cost their square.
const MOST_CARRIERS: u32 = 100;

/// Numbers without those that very many rows carry; how many were left out is told.
fn without_generic(mut numbers: Sides<Vec<u32>>) -> Sides<Vec<u32>> {
    let values = numbers.iter().flatten().filter(|number| **number != NONE).max().map_or(0, |last| *last as usize + 1);
    let carriers = numbers.each_ref().map(|side| {
        let mut carriers = vec![0_u32; values];
        side.iter().filter(|number| **number != NONE).for_each(|number| carriers[*number as usize] += 1);
        carriers
    });
    let is_generic = |number: u32| carriers.iter().any(|side| side[number as usize] > MOST_CARRIERS);
    let mut rows = 0_u64;
    for number in numbers.iter_mut().flatten().filter(|number| **number != NONE && is_generic(**number)) {
        *number = NONE;
        rows += 1;
    }
    if rows > 0 {
        tracing::warn!(rows, "an identifier or household number that very many rows carry was taken for none");
    }
    numbers
}

fn households(frame: &DataFrame, name: Option<&str>) -> Result<Vec<u32>> {
    name.map_or_else(|| Ok(vec![NONE; frame.height()]), |name| column::rows(frame, name))
}

/// Households of at most so many members.
fn families(household: &[u32], most: u32) -> Vec<u32> {
    let homes = household.iter().filter(|home| **home != NONE).max().map_or(0, |last| *last as usize + 1);
    let mut members = vec![0_u32; homes];
    household.iter().filter(|home| **home != NONE).for_each(|home| members[*home as usize] += 1);
    let is_family = |home: u32| home != NONE && members[home as usize] <= most;
    household.iter().map(|home| if is_family(*home) { *home } else { NONE }).collect()
}
