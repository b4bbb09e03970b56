//! Pairs that runs have asked about, and the people printed beside each.
//!
//! A pair's number is copied by hand and by office programs. One that no run has asked about, or that stands beside other
//! people than it was printed with, rules on nobody's behalf: it is refused. What was asked is read from the review files
//! of the runs kept in the results folder.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::read::{PRINTED, review_sheets};
use crate::error::Result;
use crate::ingest::Limits;
use crate::ledger::pair::PairKey;
use crate::ledger::rulings::Ruling;
use crate::normalise::text;

/// What is printed of the two people of a pair, as far as a file shows it.
pub(super) type Printed = [Option<String>; PRINTED.len()];

/// Every pair that was asked about.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pairs: FxHashMap<PairKey, Vec<Printed>>,
}

/// How a returned row stands to what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Asked, of these people.
    Asked,
    /// No run has asked about such a pair.
    Unknown,
    /// Asked of other people.
    Others,
}

impl Asked {
    /// The pairs in the review files of all runs under `out`, and those ruled before.
    ///
    /// # Errors
    /// A results folder that cannot be listed.
    pub(super) fn of(out: &Path, known: &[Ruling], limits: &Limits) -> Result<Self> {
        let mut asked = Self::default();
        known.iter().for_each(|ruling| _ = asked.pairs.entry(ruling.pair).or_default());
        let pattern = format!("{}/runs/*/review/*.xlsx", glob::Pattern::escape(&out.to_string_lossy()));
        for path in glob::glob(&pattern).into_iter().flatten().flatten() {
            // A file of an earlier version, or one that somebody has damaged since, asks nothing.
            let Ok(rows) = review_sheets(&path, limits) else { continue };
            for (pair, printed) in rows {
                asked.pairs.entry(pair).or_default().push(printed);
            }
        }
        Ok(asked)
    }
    /// How a returned row stands.
    pub(super) fn standing(&self, pair: PairKey, printed: &Printed) -> Standing {
        let Some(asked) = self.pairs.get(&pair) else { return Standing::Unknown };
        let agrees = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => text::compact(one) == text::compact(other),
            _ => true,
        };
        let is_of = |asked: &Printed| asked.iter().zip(printed).all(|(one, other)| agrees(one, other));
        if asked.is_empty() || asked.iter().any(is_of) { Standing::Asked } else { Standing::Others }
    }
}
