//! What normalisation decides for a benefit or outcome row: its item, and its year.
//!
//! The item is looked up in 项目内容, then as a name inside that text (`2018年春季雨露计划补助`), then in 项目类别, which many
//! exports fill with the measure itself. The year is the one printed; else that of the date, of the period, of the
//! source.

use polars::prelude::*;

use super::cells::Cells;
use super::field::{self, Canonical};
use super::label::{Lookup, Reading};
use super::vocabulary::Vocabularies;
use super::{date, text};
use crate::error::Result;

/// The column `item`, from the item's and the category's cells.
pub(super) fn items(
    item: Option<&Cells>,
    category: Option<&Cells>,
    rows: &[u32],
    vocabularies: &Vocabularies,
) -> Result<Option<Canonical>> {
    let lookup = Lookup::new(vocabularies.get("benefit_item")?);
    let by_category = category.map(|cells| (cells, cells.read(|cell| known(&lookup, cell))));
    let labels: Vec<Option<u32>> = match (item, &by_category) {
        (None, None) => return Ok(None),
        (None, Some((cells, labels))) => cells.spread(labels).collect(),
        (Some(cells), None) => cells.spread(&cells.read(|cell| measure(&lookup, cell))).collect(),
        (Some(cells), Some((category, labels))) => {
            let measures = cells.read(|cell| measure(&lookup, cell));
            cells.spread(&measures).zip(category.spread(labels)).map(|(item, category)| item.or(category)).collect()
        }
    };
    let unknown = item.map_or_else(Vec::new, |cells| unknown(&lookup, cells, &labels, rows));
    Ok(Some(Canonical { column: label_column(&lookup, &labels)?, unknown }))
}

/// The category, its unknown labels without those that name an item.
pub(super) fn without_items(mut category: Canonical, vocabularies: &Vocabularies) -> Result<Canonical> {
    let lookup = Lookup::new(vocabularies.get("benefit_item")?);
    category.unknown.retain(|label| known(&lookup, &label.text).is_none());
    Ok(category)
}

fn known(lookup: &Lookup, cell: &str) -> Option<u32> {
    match lookup.read(cell) {
        Reading::Known(number) => Some(number),
        Reading::Blank | Reading::Unknown => None,
    }
}

fn measure(lookup: &Lookup, cell: &str) -> Option<u32> {
    known(lookup, cell).or_else(|| lookup.read_inside(cell))
}

/// Cells that no reading resolved, not even their row's category.
fn unknown(
    lookup: &Lookup,
    cells: &Cells,
    labels: &[Option<u32>],
    rows: &[u32],
) -> Vec<crate::table::registry::UnknownLabel> {
    let mut unresolved = vec![false; cells.distinct().len()];
    for (code, label) in cells.codes().zip(labels) {
        if let (Some(code), None) = (code, label) {
            unresolved[code] = true;
        }
    }
    field::unknown_labels("item", "benefit_item", lookup, cells, rows, |code, report| {
        let text = cells.distinct()[code];
        if unresolved[code] && lookup.read(text) == Reading::Unknown {
            report(text);
        }
    })
}

/// Labels by number, gathered from a table of them, so that rows share their bytes.
fn label_column(lookup: &Lookup, labels: &[Option<u32>]) -> Result<Column> {
    let largest = labels.iter().flatten().max().map_or(0, |largest| largest + 1);
    let table = StringChunked::from_iter_values("item".into(), (0..largest).map(|number| lookup.label(number)));
    let rows = IdxCa::from_iter_options("".into(), labels.iter().copied());
    Ok(table.take(&rows)?.into_column())
}

/// The column `benefit_year`: as printed, else of the first of `others` that tells one, else `data_year`, unless a year is
/// printed that nobody understands.
pub(super) fn years(printed: Option<&Cells>, others: &[&Cells], data_year: Option<i32>, height: usize) -> Column {
    let mut years: Vec<Option<i32>> = match printed {
        Some(cells) => cells.spread(&cells.read(date::year)).collect(),
        None => vec![None; height],
    };
    for cells in others {
        for (year, other) in years.iter_mut().zip(cells.spread(&cells.read(year_of))) {
            *year = year.or(other);
        }
    }
    let is_unread = |cell: &str| !text::is_null(cell) && date::year(cell).is_none();
    let unread: Vec<bool> = match printed {
        Some(cells) => {
            cells.spread(&cells.read(|cell| Some(is_unread(cell)))).map(|unread| unread == Some(true)).collect()
        }
        None => vec![false; height],
    };
    let years = years.into_iter().zip(unread).map(|(year, unread)| year.or(data_year.filter(|_| !unread)));
    Int32Chunked::from_iter_options("benefit_year".into(), years).into_column()
}

fn year_of(cell: &str) -> Option<i32> {
    date::parse(cell).map(|date| i32::from(date.year())).or_else(|| date::year(cell))
}
