//! A file of one system in the other's folder. Two things tell: its columns are laid out as in the other system's files of the kind
//! and as in no other file of its own side; or nearly all of its household numbers are the other system's, while those of the
//! other files of its side are not.
//!
//! In: both registries. Out: an error for each such file.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use rustc_hash::FxHashSet;

use crate::error::{Error, Place};
use crate::say;
use crate::table::{Registry, Side};

/// At least this share of a file's numbers is the other system's …
const MOSTLY: f64 = 0.9;
/// … and at most this share of the numbers of the other files of its side.
const RARELY: f64 = 0.5;
/// Fewer numbers tell nothing.
const FEWEST_NUMBERS: usize = 10;

/// Every file that is the other system's.
pub(super) fn errors(registries: &[Registry; 2]) -> Vec<Error> {
    let mut errors = Vec::new();
    for side in Side::BOTH {
        let (own, other) = (&registries[side.index()], &registries[side.other().index()]);
        let theirs = numbers_of(other);
        let tables: [fn(&Registry) -> &DataFrame; 3] =
            [|registry| &registry.members, |registry| &registry.benefits, |registry| &registry.outcomes];
        for table in tables {
            let by_number = strangers(own, table(own), &theirs);
            let by_layout = of_other_layout(&layouts(own, table(own)), &layouts(other, table(other)));
            let files: BTreeSet<&str> = by_number.into_iter().chain(by_layout).collect();
            errors.extend(files.into_iter().map(|file| misplaced(side, file)));
        }
    }
    errors
}

/// The fields and columns of a file's sheets.
type Layout<'a> = BTreeSet<&'a (String, String)>;

/// The layout of every file that a table's rows come from.
fn layouts<'a>(registry: &'a Registry, frame: &DataFrame) -> BTreeMap<&'a str, Layout<'a>> {
    let mut layouts: BTreeMap<&str, Layout<'_>> = BTreeMap::new();
    let sheets = frame.column("sheet_ix").ok().and_then(|column| column.u32().ok());
    let sheets: BTreeSet<u32> = sheets.into_iter().flat_map(UInt32Chunked::iter).flatten().collect();
    for origin in sheets.into_iter().filter_map(|sheet| registry.origins.get(sheet as usize)) {
        layouts.entry(origin.file.as_str()).or_default().extend(&origin.columns);
    }
    layouts
}

/// Files laid out as the other side's are, and as no other file of their own side is.
fn of_other_layout<'a>(own: &BTreeMap<&'a str, Layout<'_>>, other: &BTreeMap<&str, Layout<'_>>) -> Vec<&'a str> {
    let is_stranger = |(file, layout): &(&&'a str, &Layout<'_>)| {
        let mut siblings = own.iter().filter(|(name, _)| name != file).peekable();
        siblings.peek().is_some()
            && siblings.all(|(_, sibling)| sibling != *layout)
            && other.values().any(|theirs| theirs == *layout)
    };
    own.iter().filter(is_stranger).map(|(file, _)| *file).collect()
}

/// All household numbers of a side's people.
fn numbers_of(registry: &Registry) -> FxHashSet<&str> {
    let column = registry.households.column("household_no").ok().and_then(|column| column.str().ok());
    column.into_iter().flat_map(StringChunked::iter).flatten().collect()
}

fn strangers<'a>(registry: &'a Registry, frame: &DataFrame, theirs: &FxHashSet<&str>) -> Vec<&'a str> {
    let column = |name: &str| frame.column(name).ok();
    let numbers = column("household_no").and_then(|column| column.str().ok());
    let sheets = column("sheet_ix").and_then(|column| column.u32().ok());
    let (Some(numbers), Some(sheets)) = (numbers, sheets) else { return Vec::new() };
    let mut by_file: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (number, sheet) in numbers.iter().zip(sheets.iter()) {
        let (Some(number), Some(sheet)) = (number, sheet) else { continue };
        let Some(origin) = registry.origins.get(sheet as usize) else { continue };
        by_file.entry(origin.file.as_str()).or_default().insert(number);
    }
    let is_theirs = |numbers: &BTreeSet<&str>| numbers.iter().filter(|number| theirs.contains(**number)).count();
    let counts: Vec<(&str, usize, usize)> =
        by_file.iter().map(|(file, numbers)| (*file, numbers.len(), is_theirs(numbers))).collect();
    let is_stranger = |(file, all, shared): &&(&str, usize, usize)| {
        let others = counts.iter().filter(|(other, ..)| other != file);
        let (rest, rest_shared) = others.fold((0, 0), |sum, (_, all, shared)| (sum.0 + all, sum.1 + shared));
        *all >= FEWEST_NUMBERS
            && rest >= FEWEST_NUMBERS
            && *shared as f64 >= MOSTLY * *all as f64
            && rest_shared as f64 <= RARELY * rest as f64
    };
    counts.iter().filter(is_stranger).map(|(file, ..)| *file).collect()
}

fn misplaced(side: Side, file: &str) -> Error {
    let (own, other) = (side.title(), side.other().title());
    let (word, other_word) = (side.word(), side.other().word());
    Error::input(say!(
        "放在{own}的位置，列的排列或户编号却是{other}的：像是放错了文件",
        "stands in the {word} folder, but its columns or household numbers are {other_word} ones"
    ))
    .at(Place::file(file))
    .remedy(say!("换成{own}导出的文件", "put the {word} export in its place"))
}
