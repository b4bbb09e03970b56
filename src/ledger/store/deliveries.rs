//! The ledger's tables of deliveries and of the site.

use std::path::Path;

use rusqlite::{Row, Transaction, params, types::Type};

use super::read;
use crate::error::Result;
use crate::ledger::baseline::{Baseline, Held};
use crate::table::{ExportKind, Portion, Side, Supplier};

/// Layout that first has the tables.
const SINCE: i32 = 5;

/// What the last accepted deliveries held; nothing when there is no ledger yet.
///
/// # Errors
///
/// As [`load`](super::load).
pub fn load_baseline(path: &Path) -> Result<Baseline> {
    let portions = read(path, SINCE, "SELECT * FROM deliveries", portion)?.into_iter().collect();
    let site = read(path, SINCE, "SELECT digest FROM site", |row| row.get(0))?.pop();
    Ok(Baseline { portions, site })
}

/// Replaces both tables.
pub(super) fn replace(ledger: &Transaction<'_>, baseline: &Baseline) -> rusqlite::Result<()> {
    ledger.execute_batch("DELETE FROM deliveries; DELETE FROM site;")?;
    if let Some(site) = &baseline.site {
        ledger.execute("INSERT INTO site VALUES (?)", [site])?;
    }
    let mut insert = ledger.prepare("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
    for (portion, held) in &baseline.portions {
        insert.execute(params![
            portion.supplier.word(),
            portion.kind.word(),
            portion.township,
            portion.village.as_deref().unwrap_or_default(),
            portion.year.unwrap_or_default(),
            portion.column.as_deref().unwrap_or_default(),
            held.rows as i64,
            held.most as i64,
        ])?;
    }
    Ok(())
}

fn portion(row: &Row<'_>) -> rusqlite::Result<(Portion, Held)> {
    let damaged = |column: usize, name: &str| rusqlite::Error::InvalidColumnType(column, name.to_owned(), Type::Text);
    let suppliers = [Supplier::System(Side::National), Supplier::System(Side::Provincial), Supplier::Department];
    let word = row.get_ref(0)?.as_str()?;
    let supplier = suppliers.into_iter().find(|supplier| supplier.word() == word);
    let some = |text: String| (!text.is_empty()).then_some(text);
    let year: i32 = row.get(4)?;
    let portion = Portion {
        supplier: supplier.ok_or_else(|| damaged(0, "supplier"))?,
        kind: ExportKind::of_word(row.get_ref(1)?.as_str()?).ok_or_else(|| damaged(1, "kind"))?,
        township: row.get(2)?,
        village: some(row.get(3)?),
        year: (year != 0).then_some(year),
        column: some(row.get(5)?),
    };
    let count = |column| row.get::<_, i64>(column).map(|count| count.max(0) as u64);
    Ok((portion, Held { rows: count(6)?, most: count(7)? }))
}
