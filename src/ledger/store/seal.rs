//! Proof that the ledger holds what this program wrote.
//!
//! SQLite finds broken pages, not a letter changed inside one. So whoever writes leaves a hash over every row of every
//! table, in the same transaction, and [`check`] holds the content against it. Rows are hashed one by one and summed,
//! so that the order in which they lie does not matter. A ledger of a layout that has no seal yet is not held to one.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, TransactionBehavior, params};

use super::{check_version, damaged, explain, open};
use crate::error::{Place, Result};
use crate::say;

/// Layout that first has the table.
const SINCE: i32 = 4;

/// Refuses a ledger that cannot be trusted, before anything is built on it; when it `will_be_written`, also one that
/// could not be.
///
/// # Errors
///
/// A ledger that is held by another program, damaged, changed by another program, of another version, or read-only.
pub fn check(path: &Path, will_be_written: bool) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let place = Place::file(path.display().to_string());
    let unusable = |cause| explain(cause, &place);
    let mut ledger = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(unusable)?;
    let version = check_version(&ledger, &place)?;
    let verdict: String = ledger.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(unusable)?;
    if verdict != "ok" {
        return Err(damaged(&say!("{verdict}", "{verdict}")).at(place));
    }
    if version >= SINCE && !holds(&ledger).map_err(unusable)? {
        let changed = say!("内容不是本程序最后写入的", "its content is not what this program wrote last");
        return Err(damaged(&changed).at(place));
    }
    if will_be_written {
        ledger.transaction_with_behavior(TransactionBehavior::Immediate).map(drop).map_err(unusable)?;
    }
    Ok(())
}

/// Seals the content as it is now.
pub(super) fn write(ledger: &Connection) -> rusqlite::Result<()> {
    ledger.execute("INSERT OR REPLACE INTO seal VALUES (1, ?)", params![content(ledger)?]).map(drop)
}

/// Whether the content is what was sealed; a ledger nobody has written since it has a seal holds nothing against it.
fn holds(ledger: &Connection) -> rusqlite::Result<bool> {
    let sealed: Option<String> = ledger.query_row("SELECT content FROM seal", [], |row| row.get(0)).optional()?;
    Ok(sealed.is_none_or(|sealed| content(ledger).is_ok_and(|content| content == sealed)))
}

fn content(ledger: &Connection) -> rusqlite::Result<String> {
    let mut tables = ledger.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'seal'")?;
    let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut sum = 0_u128;
    for table in tables {
        let mut query = ledger.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns = query.column_count();
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            sum = sum.wrapping_add(of_row(&table, row, columns)?);
        }
    }
    Ok(format!("{sum:032x}"))
}

/// Every part carries its kind and its length, so that ("ab", "c") is not ("a", "bc").
fn of_row(table: &str, row: &Row<'_>, columns: usize) -> rusqlite::Result<u128> {
    let mut hasher = blake3::Hasher::new();
    let mut add = |kind: u8, bytes: &[u8]| {
        hasher.update(&[kind]).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    };
    add(b'#', table.as_bytes());
    for column in 0..columns {
        match row.get_ref(column)? {
            ValueRef::Null => add(b'n', &[]),
            ValueRef::Integer(number) => add(b'i', &number.to_le_bytes()),
            ValueRef::Real(number) => add(b'r', &number.to_bits().to_le_bytes()),
            ValueRef::Text(text) => add(b't', text),
            ValueRef::Blob(blob) => add(b'b', blob),
        }
    }
    let hash = *hasher.finalize().as_bytes();
    Ok(hash[..16].iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte)))
}
