//! The last rows of exports: 合计, 填表人. A text file cut between two rows reads like a whole one; what tells is that the
//! footer of the township's last accepted export of that kind is gone.
//!
//! In: everything loaded, and what the last accepted deliveries held. Out: files with a footer by portion, for the ledger, and
//! a remark on each file that lacks the one it used to have.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::input::Loaded;
use crate::audit::Delivery;
use crate::ledger::baseline::Baseline;
use crate::say;
use crate::table::delivery::FOOTER;
use crate::table::{ExportKind, Portion, Registry, RowClass, SheetNote, Supplier};

/// The files of a township's export, and those of them that have a footer.
#[derive(Debug, Default)]
struct Files<'a> {
    all: BTreeSet<&'a str>,
    with_footer: BTreeSet<&'a str>,
}

/// How the files of a delivery end.
#[derive(Debug, Default)]
pub(super) struct Endings<'a>(BTreeMap<Portion, Files<'a>>);

impl<'a> Endings<'a> {
    /// Of the registers and records of both systems.
    pub(super) fn of(loaded: &'a Loaded, delivery: &Delivery) -> Self {
        let of_footer = loaded.tally.rows().filter(|row| row.3 == RowClass::Footer && row.4 > 0);
        let with_footer: BTreeSet<&str> = of_footer.map(|row| row.1).collect();
        let mut endings: BTreeMap<Portion, Files<'a>> = BTreeMap::new();
        for registry in &loaded.registries {
            let tables = [
                (&registry.members, ExportKind::People),
                (&registry.households, ExportKind::Households),
                (&registry.benefits, ExportKind::Benefits),
                (&registry.outcomes, ExportKind::Outcomes),
            ];
            for (frame, kind) in tables {
                for (file, township) in homes(registry, frame) {
                    let supplier = Supplier::System(registry.side);
                    let whole = Portion::of(delivery.township(township), supplier, kind.clone(), None);
                    let files = endings.entry(Portion { column: Some(FOOTER.to_owned()), ..whole }).or_default();
                    files.all.insert(file);
                    files.with_footer.extend(with_footer.get(file));
                }
            }
        }
        Self(endings)
    }
    /// How many files end in a footer, by portion.
    pub(super) fn portions(&self) -> impl Iterator<Item = (Portion, u64)> {
        let counts = self.0.iter().map(|(portion, files)| (portion.clone(), files.with_footer.len() as u64));
        counts.filter(|(_, files)| *files > 0)
    }
    /// Files without the footer that the last accepted delivery had.
    pub(super) fn gone(&self, baseline: &Baseline) -> Vec<SheetNote> {
        let is_gone = |(portion, files): &(&Portion, &Files<'_>)| {
            baseline.portions.get(*portion).is_some_and(|held| held.rows > files.with_footer.len() as u64)
        };
        let lost = self.0.iter().filter(is_gone).flat_map(|(_, files)| files.all.difference(&files.with_footer));
        let lost: BTreeSet<&&str> = lost.collect();
        let note = |file: &&str| SheetNote {
            file: (*file).to_owned(),
            sheet: String::new(),
            text: say!(
                "上次的导出末尾有合计或落款，这次没有：文件可能在末尾被截断，请核对行数",
                "the last export ended in a footer, this one does not: it may have been cut off; check its number of rows"
            ),
        };
        lost.into_iter().map(note).collect()
    }
}

/// The township that most rows of each file are of.
fn homes<'a>(registry: &'a Registry, frame: &'a DataFrame) -> BTreeMap<&'a str, &'a str> {
    let number = |name: &str| frame.column(name).ok().and_then(|column| column.u32().ok());
    let text = |frame: &'a DataFrame| frame.column("township").ok().and_then(|column| column.str().ok());
    let (Some(sheets), households) = (number("sheet_ix"), number("household_ix")) else { return BTreeMap::new() };
    let (own, of_households) = (text(frame), text(&registry.households));
    let mut votes: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for row in 0..frame.height() {
        let Some(origin) = sheets.get(row).and_then(|sheet| registry.origins.get(sheet as usize)) else { continue };
        let household = households.and_then(|column| column.get(row));
        let of_household = || of_households.and_then(|column| column.get(household? as usize));
        let Some(township) = own.and_then(|column| column.get(row)).or_else(of_household) else { continue };
        *votes.entry(origin.file.as_str()).or_default().entry(township).or_default() += 1;
    }
    let most =
        |votes: BTreeMap<&'a str, u64>| votes.into_iter().rev().max_by_key(|(_, rows)| *rows).map(|(home, _)| home);
    votes.into_iter().filter_map(|(file, votes)| Some((file, most(votes)?))).collect()
}
