//! Items: a finding's life across runs.
use std::collections::BTreeSet;
use std::path::Path;

use crate::error::Result;
use crate::table::{Finding, Item};

/// What this run's exports covered: an item outside is frozen, not closed.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Townships present in the person exports of both sides.
    pub townships: BTreeSet<String>,
    /// Rules that were evaluated.
    pub rules: BTreeSet<String>,
}

/// The ledger after a run, and what moved.
#[derive(Debug, Clone, Default)]
pub struct Rolled {
    /// All items, sorted by id.
    pub items: Vec<Item>,
    /// Items first seen in this run.
    pub new: u64,
    /// Items closed by this run.
    pub closed: u64,
    /// Items reopened by this run.
    pub reopened: u64,
    /// Items frozen.
    pub frozen: u64,
}

/// The next state of every item: a pure function; rolling the same run twice changes nothing.
pub fn roll(previous: Vec<Item>, findings: &[Finding], coverage: &Coverage, as_of: &str) -> Rolled {
    let _ = (previous, findings, coverage, as_of);
    Rolled::default()
}

/// Reads all items of the ledger; empty when there is none yet.
pub fn load(path: &Path) -> Result<Vec<Item>> {
    let _ = path;
    Ok(Vec::new())
}

/// Replaces all items in one transaction.
pub fn store(path: &Path, run_id: &str, items: &[Item]) -> Result<()> {
    let _ = (path, run_id, items);
    Ok(())
}
