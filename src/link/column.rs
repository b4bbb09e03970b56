//! Columns out of frames, as what the linker works on: text, and dense numbers.
//!
//! A column that a frame does not have is `None`: it is never observed, and that is not an error, because an export that
//! lacks a field is normal. A column of another type is read through its text, a place by its key: 大王庄村 and 大王庄村委会
//! are one village.

use polars::prelude::{Column, DataFrame, DataType, StringChunked};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

use crate::error::Result;
use crate::normalise::clean::distinct;
use crate::normalise::place;
use crate::table::{Kind, schema};

/// No value.
pub(crate) const NONE: u32 = u32::MAX;

/// Distinct values after which a column is expected to have very many.
const MANY_VALUES: usize = 1 << 18;

/// The two sides of one column, left first.
pub(crate) type Sides<T> = [T; 2];

/// A column as text, in one chunk.
pub(crate) fn text(frame: &DataFrame, name: &str) -> Result<Option<StringChunked>> {
    frame.column(name).ok().map(|column| as_text(column, name)).transpose()
}

/// Some rows of a column as text, in one chunk.
pub(crate) fn text_of(frame: &DataFrame, name: &str, rows: &[u32]) -> Result<Option<StringChunked>> {
    frame.column(name).ok().map(|column| as_text(&column.take_slice(rows)?, name)).transpose()
}

fn as_text(column: &Column, name: &str) -> Result<StringChunked> {
    let column = column.cast(&DataType::String)?.rechunk();
    let is_place = schema::field(name).is_some_and(|field| field.kind == Kind::Place);
    Ok(if is_place { distinct(column.str()?, place::key) } else { column.str()?.clone() })
}

/// A column of row numbers; [`NONE`] where null, and everywhere when the frame lacks it.
pub(crate) fn rows(frame: &DataFrame, name: &str) -> Result<Vec<u32>> {
    let Ok(column) = frame.column(name) else { return Ok(vec![NONE; frame.height()]) };
    let column = column.cast(&DataType::UInt32)?;
    Ok(column.u32()?.iter().map(|row| row.unwrap_or(NONE)).collect())
}

/// Some columns of both sides with every distinct value numbered.
pub(crate) struct Interned<'a> {
    /// By column, number of each row's value; [`NONE`] where null or blank.
    pub(crate) numbers: Vec<Sides<Vec<u32>>>,
    /// The values, by number.
    pub(crate) values: Vec<&'a str>,
}

/// Numbers the distinct values of some columns over both sides; all [`NONE`] on a side without a column.
pub(crate) fn intern<'a>(columns: &[Sides<Option<&'a StringChunked>>], heights: Sides<usize>) -> Interned<'a> {
    let mut known: FxHashMap<&str, u32> = FxHashMap::default();
    let mut values = Vec::new();
    let rows = heights[0] + heights[1];
    let mut last = ("", NONE);
    let mut number = |value: Option<&'a str>| {
        let Some(value) = value.filter(|value| !value.is_empty()) else { return NONE };
        // Neighbours are often equal: a village's people stand together.
        if value == last.0 {
            return last.1;
        }
        if values.len() == MANY_VALUES {
            // Numbers of people: nearly as many as rows. Growing step by step would move them again and again.
            known.reserve(rows / 2);
        }
        last.0 = value;
        last.1 = *known.entry(value).or_insert_with(|| {
            values.push(value);
            values.len() as u32 - 1
        });
        last.1
    };
    let mut of_side = |column: Option<&'a StringChunked>, height: usize| match column {
        Some(column) => column.iter().map(&mut number).collect(),
        None => vec![NONE; height],
    };
    let numbers =
        columns.iter().map(|[left, right]| [of_side(*left, heights[0]), of_side(*right, heights[1])]).collect();
    Interned { numbers, values }
}

/// A hash that is the same in every run.
pub(crate) fn hash<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    FxBuildHasher.hash_one(value)
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    #[test]
    fn places_are_read_by_their_key() {
        let frame = df!("village" => [Some("大王庄村"), Some("大王庄村委会"), None], "name" => ["张村", "张乡", "张"]);
        let frame = frame.expect("a frame");
        let read = |name: &str| super::text(&frame, name).expect("text").expect("a column");
        assert_eq!(read("village").iter().collect::<Vec<_>>(), [Some("大王庄"), Some("大王庄"), None]);
        assert_eq!(read("name").iter().collect::<Vec<_>>(), [Some("张村"), Some("张乡"), Some("张")]);
    }
}
