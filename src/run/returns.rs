//! Returned review files → rulings in the ledger: read all, hold all against what is known, then store all or nothing.
//!
//! In: files as a clerk sent them back, whatever office program saved them. Out: how many pairs were decided. Every problem
//! of every file is reported together with its place, and then nothing is stored. Under the same lock as a run, so that
//! no run sees half of what was returned.

mod asked;
mod read;

use std::path::PathBuf;

use serde::Serialize;

use super::{ledger_file, lock};
use crate::error::{Error, Result};
use crate::ledger::{self, rulings};
use crate::pipeline::Plan;

/// What reading returns needs from outside.
#[derive(Debug, Clone, Copy)]
pub struct Returns<'a> {
    /// The files.
    pub files: &'a [PathBuf],
    /// Day they are read, ISO.
    pub today: &'a str,
    /// Whether they overrule earlier rulings that say something else.
    pub replace: bool,
}

/// What the files brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Files.
    pub files: u64,
    /// Rows with a pair.
    pub rows: u64,
    /// Rows of them without a verdict.
    pub blank: u64,
    /// Rulings stored.
    pub stored: u64,
    /// Earlier rulings that no longer count.
    pub replaced: u64,
    /// Pairs ruled as they were before.
    pub unchanged: u64,
}

/// Reads returned files and stores what was decided.
///
/// # Errors
/// All that is wrong with any of the files; the lock; a ledger that cannot be read or written.
pub fn returns(plan: &Plan, request: &Returns<'_>) -> Result<Received> {
    let _lock = lock::take(&plan.out, "returns")?;
    let ledger = ledger_file(plan);
    ledger::check(&ledger, true)?;
    let known = ledger::load_rulings(&ledger)?;
    let asked = asked::Asked::of(&plan.out, &known, &plan.limits)?;
    let read::Batch { mut errors, verdicts, rows, blank } = read::all(request.files, &asked, &plan.limits);
    let (accepted, contradictions) = rulings::accept(&known, &verdicts, request.replace, request.today);
    errors.extend(contradictions);
    if let Some(errors) = Error::all(errors) {
        return Err(errors);
    }
    ledger::store_rulings(&ledger, &accepted, request.today)?;
    Ok(Received {
        files: request.files.len() as u64,
        rows,
        blank,
        stored: accepted.new.len() as u64,
        replaced: accepted.replaced.len() as u64,
        unchanged: accepted.unchanged,
    })
}
