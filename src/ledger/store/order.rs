//! The runs in the order in which the ledger took them in: neither their ids nor their dates need tell it.

use std::path::Path;

use rusqlite::Transaction;

use super::read;
use crate::error::Result;

/// Layout that first has the table.
const SINCE: i32 = 4;

/// The ids of all runs that the ledger knows, the newest last; empty when there is none yet.
///
/// # Errors
///
/// As [`load`](super::load).
pub fn runs_in_order(path: &Path) -> Result<Vec<String>> {
    let known = read(path, SINCE, "SELECT run_id FROM runs_in_order ORDER BY number", |row| row.get(0))?;
    // A ledger that was last written by an earlier release: ids begin with the time.
    if known.is_empty() {
        read(path, 1, "SELECT run_id FROM runs ORDER BY run_id", |row| row.get(0))
    } else {
        Ok(known)
    }
}

/// Notes that a run is now the newest.
pub(super) fn note(ledger: &Transaction<'_>, run_id: &str) -> rusqlite::Result<()> {
    ledger.execute("INSERT OR REPLACE INTO runs_in_order (run_id) VALUES (?)", [run_id]).map(drop)
}
