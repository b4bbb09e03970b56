//! The ledger's table of rulings. Nothing is deleted: a ruling that a later one replaces stays, with its day.

use std::path::Path;

use rusqlite::{Row, Transaction, params, types::Type};

use super::{change, read};
use crate::error::Result;
use crate::ledger::pair::PairKey;
use crate::ledger::rulings::{Accepted, Ruling, Verdict};

/// Layout that first has the table.
const SINCE: i32 = 2;
const COLUMNS: &str = "pair_id, verdict, note, decided_on, source, blake3, lapsed_on, replaced_on";

/// All rulings in the order they were stored, those replaced included; empty when there are none yet.
///
/// # Errors
///
/// As [`load`](super::load).
pub fn load_rulings(path: &Path) -> Result<Vec<Ruling>> {
    read(path, SINCE, &format!("SELECT {COLUMNS} FROM rulings ORDER BY ruling"), ruling)
}

/// Stores what was accepted, in one transaction.
///
/// # Errors
///
/// As [`store`](fn@super::store).
pub fn store_rulings(path: &Path, accepted: &Accepted, today: &str) -> Result<()> {
    change(path, |ledger| {
        retire(ledger, &accepted.replaced, today)?;
        insert(ledger, &accepted.new)
    })
}

/// Notes which rulings lapse with a run (true), and which hold again (false).
pub(super) fn note_lapses(ledger: &Transaction<'_>, lapses: &[(PairKey, bool)], as_of: &str) -> rusqlite::Result<()> {
    let mut update = ledger.prepare("UPDATE rulings SET lapsed_on = ? WHERE pair_id = ? AND replaced_on IS NULL")?;
    for (pair, lapses) in lapses {
        update.execute(params![lapses.then_some(as_of), pair.to_string()])?;
    }
    Ok(())
}

fn retire(ledger: &Transaction<'_>, pairs: &[PairKey], today: &str) -> rusqlite::Result<()> {
    let mut update = ledger.prepare("UPDATE rulings SET replaced_on = ? WHERE pair_id = ? AND replaced_on IS NULL")?;
    for pair in pairs {
        update.execute(params![today, pair.to_string()])?;
    }
    Ok(())
}

fn insert(ledger: &Transaction<'_>, rulings: &[Ruling]) -> rusqlite::Result<()> {
    let mut insert = ledger.prepare(&format!("INSERT INTO rulings ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"))?;
    for ruling in rulings {
        insert.execute(params![
            ruling.pair.to_string(),
            ruling.verdict.word(),
            ruling.note,
            ruling.decided_on,
            ruling.source,
            ruling.blake3,
            ruling.lapsed_on,
            ruling.replaced_on,
        ])?;
    }
    Ok(())
}

fn ruling(row: &Row<'_>) -> rusqlite::Result<Ruling> {
    let damaged = |column: usize, name: &str| rusqlite::Error::InvalidColumnType(column, name.to_owned(), Type::Text);
    let word = row.get_ref(1)?.as_str()?;
    let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.word() == word);
    Ok(Ruling {
        pair: row.get_ref(0)?.as_str()?.parse().map_err(|_| damaged(0, "pair_id"))?,
        verdict: verdict.ok_or_else(|| damaged(1, "verdict"))?,
        note: row.get(2)?,
        decided_on: row.get(3)?,
        source: row.get(4)?,
        blake3: row.get(5)?,
        lapsed_on: row.get(6)?,
        replaced_on: row.get(7)?,
    })
}
