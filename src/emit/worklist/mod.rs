//! Worklists: one workbook per village of what to correct, and who answers for it.
//!
//! | sheet | holds | module |
//! |---|---|---|
//! | 说明 | whose, how much, how to fill in, signatures | `cover` |
//! | 整改清单 | one row per finding, household by household | `list`, `cells`, [`columns`] |
//! | 字典 (hidden) | words of the drop-downs | `dictionary` |
//! | `_meta` (very hidden) | what a returned file is recognised by | [`meta`] |
//!
//! `pack` decides which finding goes where; every finding is in exactly one workbook. Workbooks are made in
//! parallel, each from its own findings only, so their bytes do not depend on threads.

mod cells;
pub mod columns;
mod cover;
mod dictionary;
mod household;
mod list;
pub mod meta;
mod pack;

use std::path::Path;

use rayon::prelude::*;
use rust_xlsxwriter::XlsxError;

pub(crate) use household::HouseholdKey;
pub(crate) use pack::{Distribution, OVERVIEW, Pack, UNASSIGNED, distribute};

use super::{Outcome, OutputFile, files, workbook};
use crate::error::Result;

/// Writes every pack under `dir`.
pub(crate) fn write(packs: &[Pack<'_>], outcome: &Outcome<'_>, dir: &Path) -> Result<Vec<OutputFile>> {
    let one = |pack: &Pack<'_>| {
        let bytes = render(pack, outcome).map_err(|cause| files::failed(&pack.file, &cause))?;
        files::put(dir, &pack.file, &bytes, Some(pack.rows() as u64))
    };
    packs.par_iter().map(one).collect()
}

/// One pack as a workbook.
fn render(pack: &Pack<'_>, outcome: &Outcome<'_>) -> Result<Vec<u8>, XlsxError> {
    let title = title(pack, outcome);
    let facts = meta::facts(pack, outcome);
    let mut book = workbook::new(&title, outcome.as_of);
    book.set_properties(&meta::properties(workbook::properties(&title, outcome.as_of), &facts));
    cover::write(book.add_worksheet(), pack, &title, outcome)?;
    list::write(book.add_worksheet(), pack, &title, outcome)?;
    dictionary::write(book.add_worksheet())?;
    meta::write(book.add_worksheet(), &facts)?;
    book.save_to_buffer()
}

fn title(pack: &Pack<'_>, outcome: &Outcome<'_>) -> String {
    let what = if pack.place.suspect { "疑似情况核查清单" } else { "问题整改清单" };
    let place = match pack.place.area {
        Some((township, village)) => format!("{township} {village}"),
        None => format!("{UNASSIGNED}（乡镇或村不明）"),
    };
    format!("{} {place} {what}（截至 {}）", outcome.title, outcome.as_of)
}
