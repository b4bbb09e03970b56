//! One comparison's values of both sides, prepared once per distinct value, and the level of any two of them.

use polars::prelude::{DataFrame, StringChunked};

use crate::error::{Error, Result};
use crate::say;
use crate::similarity::chinese::{self, Glyph};
use crate::similarity::date::{self, Day};
use crate::similarity::identifier::{self, Identifier};

use super::column::{self, Interned, NONE, Sides, hash, intern};
use super::settings::{Comparison, Kind};

/// A record: side (0 left, 1 right) and row.
pub(crate) type At = (usize, u32);

/// Prepared values of one comparison.
pub(crate) struct Feature {
    prepared: Prepared,
    /// Hash of each row's value, 0 where not observed: equal content has equal hashes in whatever row it stands.
    pub(crate) content: Sides<Vec<u64>>,
    /// Settings level (1 the best) of each level of the kind.
    level_of: Vec<u8>,
    /// Not asked when this comparison has one of these levels (bit set).
    pub(crate) unless: Option<(usize, u16)>,
}

enum Prepared {
    Names { numbers: Sides<Vec<u32>>, spans: Vec<(u32, u32)>, glyphs: Vec<Glyph> },
    Identifiers { numbers: Sides<Vec<u32>>, values: Vec<Identifier> },
    Dates { days: Sides<Vec<Option<Day>>> },
    Equal { numbers: Sides<Vec<u32>> },
    Nested { columns: Vec<Sides<Vec<u32>>> },
    Shared { columns: Vec<Sides<Vec<u32>>> },
    Similar { numbers: Sides<Vec<u32>>, values: Vec<String>, at_least: Vec<f64> },
}

impl Feature {
    /// Prepares the columns of a comparison.
    pub(crate) fn prepare(frames: Sides<&DataFrame>, comparison: &Comparison) -> Result<Self> {
        let heights = frames.map(DataFrame::height);
        let columns = read(frames, &comparison.columns)?;
        let interned: Vec<Interned<'_>> =
            columns.iter().map(|sides| intern([sides[0].as_ref(), sides[1].as_ref()], heights)).collect();
        let content = [0, 1].map(|side| contents(&interned, side, heights[side]));
        let prepared = match comparison.kind {
            Kind::Date => Prepared::Dates { days: days(frames, &comparison.columns)? },
            _ => prepare(comparison, interned),
        };
        Ok(Self { prepared, content, level_of: level_map(comparison), unless: None })
    }
    /// The level at which two records agree: 0 not observed, 1 the best.
    pub(crate) fn level(&self, a: At, b: At) -> u8 {
        self.prepared.level(a, b).map_or(0, |level| self.level_of[level])
    }
    /// Whether a record has a value.
    pub(crate) fn is_observed(&self, (side, row): At) -> bool {
        self.content[side][row as usize] != 0
    }
}

fn read(frames: Sides<&DataFrame>, names: &[String]) -> Result<Vec<Sides<Option<StringChunked>>>> {
    names.iter().map(|name| Ok([column::text(frames[0], name)?, column::text(frames[1], name)?])).collect()
}

fn contents(columns: &[Interned<'_>], side: usize, height: usize) -> Vec<u64> {
    let mut content = vec![0_u64; height];
    for column in columns {
        let hashes: Vec<u64> = column.values.iter().map(hash).collect();
        for (content, number) in content.iter_mut().zip(&column.numbers[side]) {
            if *number != NONE {
                *content = hash(&(*content, hashes[*number as usize])) | 1;
            }
        }
    }
    content
}

fn prepare(comparison: &Comparison, mut columns: Vec<Interned<'_>>) -> Prepared {
    match comparison.kind {
        Kind::Nested => Prepared::Nested { columns: columns.into_iter().map(|column| column.numbers).collect() },
        Kind::Set => Prepared::Shared { columns: columns.into_iter().map(|column| column.numbers).collect() },
        kind => {
            let Interned { numbers, values } = columns.swap_remove(0);
            match kind {
                Kind::ChineseName => names(numbers, &values),
                Kind::NationalId => identifiers(numbers, &values),
                Kind::String => Prepared::Similar {
                    numbers,
                    values: values.into_iter().map(str::to_owned).collect(),
                    at_least: comparison.levels.iter().map(|level| level.at_least.unwrap_or(0.0)).collect(),
                },
                _ => Prepared::Equal { numbers },
            }
        }
    }
}

fn names(numbers: Sides<Vec<u32>>, values: &[&str]) -> Prepared {
    let mut glyphs = Vec::with_capacity(values.len() * 3);
    let mut spans = Vec::with_capacity(values.len());
    for value in values {
        let start = glyphs.len() as u32;
        chinese::prepare(value, &mut glyphs);
        spans.push((start, glyphs.len() as u32));
    }
    Prepared::Names { numbers, spans, glyphs }
}

fn identifiers(numbers: Sides<Vec<u32>>, values: &[&str]) -> Prepared {
    let mut parsed = Vec::with_capacity(values.len());
    let mut renumbered = Vec::with_capacity(values.len());
    for value in values {
        let identifier = Identifier::parse(value);
        renumbered.push(if identifier.is_some() { parsed.len() as u32 } else { NONE });
        parsed.extend(identifier);
    }
    let renumber = |number: u32| renumbered.get(number as usize).copied().unwrap_or(NONE);
    let numbers = numbers.map(|side| side.into_iter().map(renumber).collect());
    Prepared::Identifiers { numbers, values: parsed }
}

fn days(frames: Sides<&DataFrame>, columns: &[String]) -> Result<Sides<Vec<Option<Day>>>> {
    let read = |frame: &DataFrame| -> Result<Vec<Option<Day>>> {
        let Ok(column) = frame.column(&columns[0]) else { return Ok(vec![None; frame.height()]) };
        let Ok(dates) = column.date() else {
            let name = &columns[0];
            return Err(Error::configuration(say!(
                "比对日期的列 {name} 不是日期",
                "column `{name}` is compared as a date and is none"
            )));
        };
        Ok(dates.physical().iter().map(|days| days.and_then(Day::from_days)).collect())
    };
    Ok([read(frames[0])?, read(frames[1])?])
}

/// The settings level of each level of the kind: one that is not listed counts as the next one listed.
fn level_map(comparison: &Comparison) -> Vec<u8> {
    let names = comparison.kind.level_names();
    if names.is_empty() {
        return (1..).take(comparison.levels.len()).collect();
    }
    let listed = |name: &str| comparison.levels.iter().position(|level| level.level == name);
    (0..names.len())
        .map(|at| names[at..].iter().find_map(|name| listed(name)).map_or(0, |position| position as u8 + 1))
        .collect()
}

impl Prepared {
    /// The level of the kind, 0 the best; `None` when one side has no value.
    fn level(&self, a: At, b: At) -> Option<usize> {
        match self {
            Self::Names { numbers, spans, glyphs } => {
                let (left, right) = both(numbers, a, b)?;
                let name = |number: u32| {
                    let (start, end) = spans[number as usize];
                    &glyphs[start as usize..end as usize]
                };
                let (left, right) = (name(left), name(right));
                let named = !left.is_empty() && !right.is_empty();
                named.then(|| chinese::level(left, right) as usize)
            }
            Self::Identifiers { numbers, values } => {
                let (left, right) = both(numbers, a, b)?;
                Some(identifier::level(&values[left as usize], &values[right as usize]) as usize)
            }
            Self::Dates { days } => {
                let (left, right) = (days[a.0][a.1 as usize]?, days[b.0][b.1 as usize]?);
                Some(date::level(left, right) as usize)
            }
            Self::Equal { numbers } => both(numbers, a, b).map(|(left, right)| usize::from(left != right)),
            Self::Nested { columns } => nested(columns, a, b),
            Self::Shared { columns } => shared(columns, a, b),
            Self::Similar { numbers, values, at_least } => {
                let (left, right) = both(numbers, a, b)?;
                let similarity = if left == right {
                    1.0
                } else {
                    strsim::jaro_winkler(&values[left as usize], &values[right as usize])
                };
                at_least.iter().position(|cut| similarity >= *cut)
            }
        }
    }
}

fn both(numbers: &Sides<Vec<u32>>, a: At, b: At) -> Option<(u32, u32)> {
    let (left, right) = (numbers[a.0][a.1 as usize], numbers[b.0][b.1 as usize]);
    (left != NONE && right != NONE).then_some((left, right))
}

/// The finest column observed on both sides decides, as long as no coarser one disagrees.
fn nested(columns: &[Sides<Vec<u32>>], a: At, b: At) -> Option<usize> {
    let (mut agreed, mut observed) = (0, 0);
    for (depth, column) in columns.iter().enumerate() {
        let Some((left, right)) = both(column, a, b) else { continue };
        observed = depth + 1;
        if left != right {
            break;
        }
        agreed = depth + 1;
    }
    match (observed, agreed) {
        (0, _) => None,
        (_, 0) => Some(2),
        (_, agreed) => Some(usize::from(agreed < columns.len())),
    }
}

fn shared(columns: &[Sides<Vec<u32>>], a: At, b: At) -> Option<usize> {
    let values =
        |(side, row): At| columns.iter().map(move |column| column[side][row as usize]).filter(|number| *number != NONE);
    let observed = values(a).next().is_some() && values(b).next().is_some();
    observed.then(|| usize::from(!values(a).any(|left| values(b).any(|right| left == right))))
}
