//! The same rows twice: one file under two names, an old export beside a new one, a file saved again. Read twice, every one of its
//! records would be a duplicate, or speak for a township that did not deliver.
//!
//! In: everything loaded. Out: one error for each pair of files. Bytes are compared over all files, rows within a side and kind.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHasher};

use crate::error::{Error, Place};
use crate::run::input::Loaded;
use crate::say;
use crate::table::{Origin, Registry, Rolls, RowClass};

/// A file of fewer rows is too small to be judged a second export.
const FEWEST_ROWS: usize = 20;

/// What tells one record from another, beside whose it is.
const RECORD: [&str; 5] = ["item_text", "benefit_year_text", "benefit_period_text", "amount_text", "benefit_date_text"];

/// All pairs of files that hold the same.
pub(super) fn errors(loaded: &Loaded) -> Vec<Error> {
    let mut errors = same_bytes(loaded);
    if errors.is_empty() {
        for registry in &loaded.registries {
            errors.extend(people(registry, &registry.members).errors());
            errors.extend(registry.earlier.iter().flat_map(|year| people(registry, &year.members).errors()));
        }
        errors.extend(loaded.registries.iter().flat_map(|registry| records(registry, &registry.benefits).errors()));
        errors.extend(loaded.registries.iter().flat_map(|registry| records(registry, &registry.outcomes).errors()));
        errors.extend(rolls(&loaded.rolls).errors());
    }
    errors
}

/// Files of the same bytes that hold rows, whoever delivers them.
fn same_bytes(loaded: &Loaded) -> Vec<Error> {
    let holds_rows = |file: &str| {
        let mut rows = loaded.tally.rows();
        rows.any(|(_, other, _, class, rows)| other == file && class == RowClass::Accepted && rows > 0)
    };
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut errors = Vec::new();
    for input in &loaded.inputs {
        let file = input.file.as_str();
        let other = *first.entry(input.blake3.as_str()).or_insert(file);
        if other != file && holds_rows(file) {
            errors.push(
                Error::input(say!("与 {other} 内容完全相同", "the same bytes as {other}"))
                    .at(Place::file(file))
                    .remedy(say!(
                        "多半是放错或存错了文件：换成正确的一份，或移走多余的一份",
                        "put the right file in its place, or take the superfluous one away"
                    )),
            );
        }
    }
    errors
}

/// Rows by file, and how many each pair of files shares.
#[derive(Default)]
struct Shared<'a> {
    rows: BTreeMap<&'a str, usize>,
    shared: BTreeMap<(&'a str, &'a str), usize>,
    first: FxHashMap<u64, &'a str>,
}

impl<'a> Shared<'a> {
    fn add(&mut self, origins: &'a [Origin], sheet: u32, row: u64) {
        let Some(origin) = origins.get(sheet as usize) else { return };
        let file = origin.file.as_str();
        *self.rows.entry(file).or_default() += 1;
        let first = *self.first.entry(row).or_insert(file);
        if first != file {
            *self.shared.entry((first, file)).or_default() += 1;
        }
    }
    fn errors(self) -> Vec<Error> {
        let doubled = self.shared.iter().filter(|((first, second), shared)| {
            let smaller = self.rows[first].min(self.rows[second]);
            smaller >= FEWEST_ROWS && **shared * 2 > smaller
        });
        doubled
            .map(|((first, second), shared)| {
                let rows = self.rows[second];
                Error::input(say!(
                    "{rows} 行中有 {shared} 行与 {first} 相同：同一份数据导出或保存了两次",
                    "shares {shared} of {rows} rows with {first}: two exports of the same"
                ))
                .at(Place::file(*second))
                .remedy(say!("只留较新的一份", "keep the newer one only"))
            })
            .collect()
    }
}

/// People of one year's registers, by trustworthy identifiers.
fn people<'a>(registry: &'a Registry, members: &DataFrame) -> Shared<'a> {
    let mut shared = Shared::default();
    let column = |name: &str| members.column(name);
    let (Ok(identifiers), Ok(sheets)) = (column("id18"), column("sheet_ix")) else { return shared };
    let (Ok(identifiers), Ok(sheets)) = (identifiers.str(), sheets.u32()) else { return shared };
    for (identifier, sheet) in identifiers.iter().zip(sheets.iter()) {
        if let (Some(identifier), Some(sheet)) = (identifier, sheet) {
            shared.add(&registry.origins, sheet, hashed(identifier));
        }
    }
    shared
}

/// Benefits or outcomes, by beneficiary and all that tells one record from another.
fn records<'a>(registry: &'a Registry, frame: &DataFrame) -> Shared<'a> {
    let mut shared = Shared::default();
    let numbers = |name: &str| frame.column(name).ok().and_then(|column| column.u32().ok());
    let Some(sheets) = numbers("sheet_ix") else { return shared };
    let (homes, members) = (numbers("household_ix"), numbers("member_ix"));
    let texts = RECORD.map(|name| frame.column(name).ok().and_then(|column| column.str().ok()));
    for row in 0..frame.height() {
        let Some(sheet) = sheets.get(row) else { continue };
        let whose = [homes, members].map(|column| column.and_then(|column| column.get(row)));
        let what = texts.map(|column| column.and_then(|column| column.get(row)));
        if whose != [None; 2] {
            shared.add(&registry.origins, sheet, hashed((whose, what)));
        }
    }
    shared
}

/// Entries of rolls, by person, kind, item and year.
fn rolls(rolls: &Rolls) -> Shared<'_> {
    let mut shared = Shared::default();
    for record in &rolls.records {
        let row = hashed((record.person, record.roll, record.item, record.year, record.amount_fen));
        shared.add(&rolls.origins, record.sheet_ix, row);
    }
    shared
}

fn hashed(what: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    what.hash(&mut hasher);
    hasher.finish()
}
