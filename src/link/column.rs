//! Columns out of frames, as what the linker works on: text, and dense numbers.
//!
//! A column that a frame does not have is `None`: it is never observed, and that is not an error, because an export that
//! lacks a field is normal. A column of another type is read through its text.

use polars::prelude::{DataFrame, DataType, StringChunked};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

use crate::error::Result;

/// No value.
pub(crate) const NONE: u32 = u32::MAX;

/// The two sides of one column, left first.
pub(crate) type Sides<T> = [T; 2];

/// A column as text, in one chunk.
pub(crate) fn text(frame: &DataFrame, name: &str) -> Result<Option<StringChunked>> {
    let Ok(column) = frame.column(name) else { return Ok(None) };
    let column = column.cast(&DataType::String)?.rechunk();
    Ok(Some(column.str()?.clone()))
}

/// A column of row numbers; [`NONE`] where null, and everywhere when the frame lacks it.
pub(crate) fn rows(frame: &DataFrame, name: &str) -> Result<Vec<u32>> {
    let Ok(column) = frame.column(name) else { return Ok(vec![NONE; frame.height()]) };
    let column = column.cast(&DataType::UInt32)?;
    Ok(column.u32()?.iter().map(|row| row.unwrap_or(NONE)).collect())
}

/// One column of both sides with every distinct value numbered.
pub(crate) struct Interned<'a> {
    /// Number of each row's value; [`NONE`] where null or blank.
    pub(crate) numbers: Sides<Vec<u32>>,
    /// The values, by number.
    pub(crate) values: Vec<&'a str>,
}

/// Numbers the distinct values of a column over both sides; all [`NONE`] on a side without it.
pub(crate) fn intern<'a>(columns: Sides<Option<&'a StringChunked>>, heights: Sides<usize>) -> Interned<'a> {
    let mut known: FxHashMap<&str, u32> = FxHashMap::default();
    let mut values = Vec::new();
    let mut number = |value: Option<&'a str>| match value {
        None | Some("") => NONE,
        Some(value) => *known.entry(value).or_insert_with(|| {
            values.push(value);
            values.len() as u32 - 1
        }),
    };
    let numbers = [0, 1].map(|side: usize| match columns[side] {
        Some(column) => column.iter().map(&mut number).collect(),
        None => vec![NONE; heights[side]],
    });
    Interned { numbers, values }
}

/// A hash that is the same in every run.
pub(crate) fn hash<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    FxBuildHasher.hash_one(value)
}
