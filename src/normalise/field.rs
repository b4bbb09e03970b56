//! One field of a sheet: from cells to its canonical column.
//!
//! The [`Kind`] of the field decides how a cell is read; the readers are in the file of their kind. Every reader is
//! total: what it does not understand is null here and stays as printed in `<field>_text`.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::cells::Cells;
use super::identity::Identity;
use super::label::{Lookup, Reading, Several};
use super::vocabulary::Vocabularies;
use super::{amount, date, identity, name, number, period, place, text, yes_no};
use crate::error::Result;
use crate::table::registry::UnknownLabel;
use crate::table::{Field, Kind};

/// A canonical column, and the labels met in it that no vocabulary knows.
pub(super) struct Canonical {
    pub(super) column: Column,
    pub(super) unknown: Vec<UnknownLabel>,
}

impl From<Column> for Canonical {
    fn from(column: Column) -> Self {
        Self { column, unknown: Vec::new() }
    }
}

/// Reads all cells of a field. `rows` are their places, for the report of unknown labels.
pub(super) fn canonical(field: &Field, cells: &Cells, rows: &[u32], vocabularies: &Vocabularies) -> Result<Canonical> {
    let name = field.name;
    let column = match field.kind {
        Kind::Label(vocabulary) => return one_label(field, vocabulary, cells, rows, vocabularies),
        Kind::Labels(vocabulary) => return several_labels(field, vocabulary, cells, rows, vocabularies),
        Kind::Identifier => identifiers(name, cells, &cells.read(identity::parse))?,
        Kind::Key => cells.strings(name, &cells.read(number::key))?,
        Kind::Name => cells.strings(name, &cells.read(name::display))?,
        Kind::Phone => cells.strings(name, &cells.read(number::phone))?,
        Kind::Place => cells.strings(name, &cells.read(place::display))?,
        Kind::Text if name == "benefit_period" => cells.strings(name, &cells.read(period::canonical))?,
        Kind::Text => cells.strings(name, &cells.read(text::trimmed))?,
        Kind::Year => cells.int32(name, &cells.read(date::year)),
        Kind::Count => cells.int32(name, &cells.read(amount::count)),
        Kind::Date => cells.date(name, &cells.read(|cell| date::parse(cell).map(date::days))),
        Kind::Amount => {
            Int64Chunked::from_iter_options(name.into(), cells.spread(&cells.read(amount::fen))).into_column()
        }
        Kind::Quantity => {
            Float64Chunked::from_iter_options(name.into(), cells.spread(&cells.read(amount::quantity))).into_column()
        }
        Kind::YesNo => {
            BooleanChunked::from_iter_options(name.into(), cells.spread(&cells.read(yes_no::parse))).into_column()
        }
    };
    Ok(column.into())
}

/// The folded form of identifiers, null for a null spelling.
pub(super) fn identifiers(name: &str, cells: &Cells, identities: &[Identity]) -> Result<Column> {
    let norms: Vec<Option<&str>> =
        identities.iter().map(|identity| Some(identity.norm.as_str()).filter(|norm| !norm.is_empty())).collect();
    Ok(cells.strings(name, &norms)?)
}

fn one_label(field: &Field, vocabulary: &str, cells: &Cells, rows: &[u32], all: &Vocabularies) -> Result<Canonical> {
    let lookup = Lookup::new(all.get(vocabulary)?);
    let readings = cells.read(|cell| lookup.read(cell));
    let labels: Vec<Option<&str>> = readings
        .iter()
        .map(|reading| match reading {
            Reading::Known(number) => Some(lookup.label(*number)),
            Reading::Blank | Reading::Unknown => None,
        })
        .collect();
    let is_unknown: Vec<bool> = readings.iter().map(|reading| *reading == Reading::Unknown).collect();
    let unknown = unknown_labels(field.name, vocabulary, &lookup, cells, rows, |code, report| {
        if is_unknown[code] {
            report(cells.distinct()[code]);
        }
    });
    Ok(Canonical { column: cells.strings(field.name, &labels)?, unknown })
}

fn several_labels(
    field: &Field,
    vocabulary: &str,
    cells: &Cells,
    rows: &[u32],
    all: &Vocabularies,
) -> Result<Canonical> {
    let lookup = Lookup::new(all.get(vocabulary)?);
    let readings: Vec<Several> = cells.read(|cell| lookup.read_several(cell));
    let joined = |several: &Several| {
        let labels: Vec<&str> = several.known.iter().map(|&number| lookup.label(number)).collect();
        // What holds a piece that nobody knows is not known as a whole: it equals nothing and counts as nothing.
        (!labels.is_empty() && several.unknown.is_empty()).then(|| labels.join(","))
    };
    let labels: Vec<Option<String>> = readings.iter().map(joined).collect();
    let unknown = unknown_labels(field.name, vocabulary, &lookup, cells, rows, |code, report| {
        readings[code].unknown.iter().for_each(|piece| report(piece));
    });
    Ok(Canonical { column: cells.strings(field.name, &labels)?, unknown })
}

/// Counts unknown labels. `pieces` reports those of a distinct text.
pub(super) fn unknown_labels(
    field: &str,
    vocabulary: &str,
    lookup: &Lookup,
    cells: &Cells,
    rows: &[u32],
    pieces: impl Fn(usize, &mut dyn FnMut(&str)),
) -> Vec<UnknownLabel> {
    let mut held: Vec<(u64, u32)> = vec![(0, 0); cells.distinct().len()];
    for (code, row) in cells.codes().zip(rows) {
        if let Some(code) = code {
            let (count, first) = &mut held[code];
            *first = if *count == 0 { *row } else { *first };
            *count += 1;
        }
    }
    let mut unknown: BTreeMap<String, (u64, u32)> = BTreeMap::new();
    for (code, &(count, first)) in held.iter().enumerate() {
        pieces(code, &mut |piece| {
            let entry = unknown.entry(text::trimmed(piece).unwrap_or(piece).to_owned()).or_insert((0, first));
            *entry = (entry.0 + count, entry.1.min(first));
        });
    }
    let report = |(text, (rows, row)): (String, (u64, u32))| UnknownLabel {
        nearest: lookup.nearest(&text).map(str::to_owned),
        field: field.to_owned(),
        vocabulary: vocabulary.to_owned(),
        text,
        rows,
        first: (0, row),
    };
    unknown.into_iter().map(report).collect()
}
