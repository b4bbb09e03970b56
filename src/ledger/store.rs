//! The ledger's file: one SQLite database, so that auditors can read it with tools of their own.
//!
//! | table   | one row per | holds |
//! |---------|-------------|-------|
//! | `items` | item        | the fields of [`Item`]; states as published (`open`, `reopened`, `frozen`, `closed`, …) |
//! | `runs`  | run         | its id, its as-of date, how many items stood in each state after it, and what a person accepted |
//! | `deliveries` | portion | rows of the last accepted delivery, and the most there ever were |
//! | `site`  | ledger      | a digest of the site's key: item numbers depend on it |
//! | `rulings` | decision of a person | the fields of [`Ruling`](super::rulings::Ruling), those replaced included |
//! | `runs_in_order` | run | its number in the order in which they were taken in |
//! | `seal` | ledger | a hash over all rows of the other tables |
//!
//! A run replaces all items in one transaction, with SQLite's rollback journal: a kill at any instant leaves either
//! the ledger before or the ledger after. The transaction is exclusive from its beginning, so that a reader who holds
//! the file is met before anything is written. [`check`] refuses a ledger that is damaged or was changed by others. `PRAGMA user_version` carries the layout's version: an older layout that can
//! still be read is brought up to date by whoever writes first, in the same transaction; a ledger that is too new, too
//! old, damaged, or not ours is refused, never overwritten.

mod deliveries;
mod order;
mod rulings;
mod seal;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Transaction, TransactionBehavior, params};

use super::baseline::Baseline;
use super::pair::PairKey;
use crate::error::{Error, Kind, Place, Result, Text};
use crate::table::{Item, ItemState, Side};
use crate::{private, say};
pub use deliveries::load_baseline;
pub use order::runs_in_order;
pub use rulings::{load_rulings, store_rulings};
pub use seal::check;

/// Layout that this release writes.
const SCHEMA_VERSION: i32 = STEPS.len() as i32;
/// Oldest layout that this release reads.
const OLDEST_READABLE: i32 = 1;
/// How long to wait for whoever has the file open; a reader is done within this, another run is not.
const PATIENCE: Duration = Duration::from_secs(1);

/// What makes each layout of the one before it; the first begins with an empty file.
const STEPS: [&str; 6] = [
    "CREATE TABLE items (
         item_id TEXT PRIMARY KEY, rule_id TEXT NOT NULL, township TEXT, village TEXT,
         state TEXT NOT NULL CHECK (state IN ('open', 'reopened', 'frozen', 'closed')),
         first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, closed_on TEXT,
         reopened_count INTEGER NOT NULL, detail_hash TEXT NOT NULL
     ) WITHOUT ROWID;
     CREATE TABLE runs (
         run_id TEXT PRIMARY KEY, as_of TEXT NOT NULL,
         open INTEGER NOT NULL, reopened INTEGER NOT NULL, frozen INTEGER NOT NULL, closed INTEGER NOT NULL
     ) WITHOUT ROWID;",
    "CREATE TABLE rulings (
         ruling INTEGER PRIMARY KEY, pair_id TEXT NOT NULL,
         verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different', 'unsure')), note TEXT,
         decided_on TEXT NOT NULL, source TEXT NOT NULL, blake3 TEXT NOT NULL, lapsed_on TEXT, replaced_on TEXT
     );
     CREATE UNIQUE INDEX one_ruling_per_pair ON rulings (pair_id) WHERE replaced_on IS NULL;",
    "ALTER TABLE items ADD COLUMN year INTEGER;",
    "CREATE TABLE runs_in_order (number INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE);
     INSERT INTO runs_in_order (run_id) SELECT run_id FROM runs ORDER BY run_id;
     CREATE TABLE seal (one INTEGER PRIMARY KEY, content TEXT NOT NULL);",
    "CREATE TABLE items_of_all_states (
         item_id TEXT PRIMARY KEY, rule_id TEXT NOT NULL, township TEXT, village TEXT, year INTEGER,
         state TEXT NOT NULL CHECK (state IN ('open', 'reopened', 'frozen', 'closed', 'left', 'rule_changed',
             'link_changed', 'merged', 'withdrawn')),
         reason TEXT, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, closed_on TEXT,
         reopened_count INTEGER NOT NULL, detail_hash TEXT NOT NULL,
         side TEXT, about TEXT NOT NULL, subject TEXT, rule_digest TEXT NOT NULL
     ) WITHOUT ROWID;
     INSERT INTO items_of_all_states
         SELECT item_id, rule_id, township, village, year, state, NULL, first_seen, last_seen, closed_on,
             reopened_count, detail_hash, NULL, '', NULL, '' FROM items;
     DROP TABLE items;
     ALTER TABLE items_of_all_states RENAME TO items;
     ALTER TABLE runs ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE runs ADD COLUMN accepted TEXT NOT NULL DEFAULT '';
     CREATE TABLE deliveries (
         supplier TEXT NOT NULL, kind TEXT NOT NULL, township TEXT NOT NULL, village TEXT NOT NULL,
         year INTEGER NOT NULL, field TEXT NOT NULL, rows INTEGER NOT NULL, most INTEGER NOT NULL,
         PRIMARY KEY (supplier, kind, township, village, year, field)
     ) WITHOUT ROWID;
     CREATE TABLE site (digest TEXT PRIMARY KEY) WITHOUT ROWID;",
    "ALTER TABLE items ADD COLUMN cells TEXT NOT NULL DEFAULT '';",
];

/// One run as the ledger remembers it: how many items stood in each state afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// Run id.
    pub run_id: String,
    /// As-of date, ISO.
    pub as_of: String,
    /// Items open.
    pub open: u32,
    /// Items reopened.
    pub reopened: u32,
    /// Items frozen.
    pub frozen: u32,
    /// Items closed.
    pub closed: u32,
    /// Items ended otherwise: left, rule changed, link changed, merged, withdrawn.
    pub ended: u32,
    /// What a person accepted for it, separated by `; `.
    pub accepted: String,
}

/// What a run leaves in the ledger.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Run id.
    pub run_id: &'a str,
    /// As-of date, ISO.
    pub as_of: &'a str,
    /// All items.
    pub items: &'a [Item],
    /// Rulings that lapse with it (true) or hold again (false).
    pub lapses: &'a [(PairKey, bool)],
    /// What was delivered, to hold the next delivery against.
    pub baseline: &'a Baseline,
    /// What a person accepted.
    pub accepted: &'a [String],
}

/// Reads all items of the ledger, sorted by id; empty when there is none yet.
///
/// # Errors
///
/// A ledger that is locked, damaged, of another version, or no ledger at all.
pub fn load(path: &Path) -> Result<Vec<Item>> {
    read(path, 1, "SELECT * FROM items ORDER BY item_id", item)
}

/// The runs that the ledger has seen, oldest first; empty when there is none yet.
///
/// # Errors
///
/// As [`load`].
pub fn runs(path: &Path) -> Result<Vec<Run>> {
    read(path, 1, "SELECT * FROM runs ORDER BY as_of, run_id", run)
}

/// Replaces all items and the baseline, notes the run and its lapses, in one transaction. Storing a run again replaces it.
///
/// # Errors
///
/// As [`load`], and a file that cannot be written.
pub fn store(path: &Path, entry: &Entry<'_>) -> Result<()> {
    change(path, |ledger| {
        replace(ledger, &summed(entry), entry.items)?;
        deliveries::replace(ledger, entry.baseline)?;
        order::note(ledger, entry.run_id)?;
        rulings::note_lapses(ledger, entry.lapses, entry.as_of)
    })
}

/// Makes changes that become visible together, or not at all.
fn change(path: &Path, changes: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>) -> Result<()> {
    let place = Place::file(path.display().to_string());
    if !path.exists() {
        // What hinders it hinders SQLite, too, which tells it in its own words.
        let _ = make(path);
    }
    let mut ledger = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|cause| explain(cause, &place))?;
    let version = check_version(&ledger, &place)?;
    let changed = ledger.transaction_with_behavior(TransactionBehavior::Exclusive).and_then(|transaction| {
        upgrade(&transaction, version)?;
        changes(&transaction)?;
        seal::write(&transaction)?;
        transaction.commit()
    });
    changed.map_err(|cause| explain(cause, &place))
}

/// Makes an empty file; SQLite gives its journal the same rights.
fn make(path: &Path) -> std::io::Result<()> {
    private::options().truncate(false).open(path).map(drop)
}

/// Brings the layout up to date.
fn upgrade(ledger: &Transaction<'_>, version: i32) -> rusqlite::Result<()> {
    for step in STEPS.iter().skip(version as usize) {
        ledger.execute_batch(step)?;
    }
    ledger.pragma_update(None, "user_version", SCHEMA_VERSION)
}

/// Records of a table that layouts have `since` some version; there are none in an earlier one.
fn read<T>(path: &Path, since: i32, query: &str, record: fn(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let place = Place::file(path.display().to_string());
    let ledger = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|cause| explain(cause, &place))?;
    match check_version(&ledger, &place)? {
        version if version < since => Ok(Vec::new()),
        _ => rows(&ledger, query, record).map_err(|cause| explain(cause, &place)),
    }
}

/// Opened for writing even to read: after a kill, SQLite must first roll the interrupted transaction back.
fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let ledger = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    ledger.busy_timeout(PATIENCE)?;
    Ok(ledger)
}

fn rows<T>(ledger: &Connection, query: &str, record: fn(&Row<'_>) -> rusqlite::Result<T>) -> rusqlite::Result<Vec<T>> {
    ledger.prepare(query)?.query_map([], record)?.collect()
}

fn replace(ledger: &Transaction<'_>, run: &Run, items: &[Item]) -> rusqlite::Result<()> {
    ledger.execute("DELETE FROM items", [])?;
    insert(ledger, items)?;
    ledger.execute(
        "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![run.run_id, run.as_of, run.open, run.reopened, run.frozen, run.closed, run.ended, run.accepted],
    )?;
    Ok(())
}

fn insert(ledger: &Connection, items: &[Item]) -> rusqlite::Result<()> {
    let mut insert = ledger.prepare("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    for item in items {
        insert.execute(params![
            item.item_id,
            item.rule_id,
            item.township,
            item.village,
            item.year,
            item.state.word(),
            item.reason,
            item.first_seen,
            item.last_seen,
            item.closed_on,
            item.reopened_count,
            item.detail_hash,
            item.side.map(Side::word),
            item.about,
            item.subject,
            item.rule_digest,
            item.cells,
        ])?;
    }
    Ok(())
}

/// An item of any layout: columns that came later are absent in earlier ones.
fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    let side: Option<String> = row.get("side").unwrap_or_default();
    Ok(Item {
        item_id: row.get("item_id")?,
        rule_id: row.get("rule_id")?,
        township: row.get("township")?,
        village: row.get("village")?,
        year: row.get("year").unwrap_or_default(),
        state: state(row)?,
        reason: row.get("reason").unwrap_or_default(),
        first_seen: row.get("first_seen")?,
        last_seen: row.get("last_seen")?,
        closed_on: row.get("closed_on")?,
        reopened_count: row.get("reopened_count")?,
        detail_hash: row.get("detail_hash")?,
        side: side.and_then(|word| Side::BOTH.into_iter().find(|side| side.word() == word)),
        about: row.get("about").unwrap_or_default(),
        subject: row.get("subject").unwrap_or_default(),
        rule_digest: row.get("rule_digest").unwrap_or_default(),
        cells: row.get("cells").unwrap_or_default(),
    })
}

fn state(row: &Row<'_>) -> rusqlite::Result<ItemState> {
    let word = row.get_ref("state")?.as_str()?;
    ItemState::ALL
        .into_iter()
        .find(|state| state.word() == word)
        .ok_or_else(|| rusqlite::Error::InvalidColumnType(4, "state".to_owned(), rusqlite::types::Type::Text))
}

fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        run_id: row.get(0)?,
        as_of: row.get(1)?,
        open: row.get(2)?,
        reopened: row.get(3)?,
        frozen: row.get(4)?,
        closed: row.get(5)?,
        ended: row.get("ended").unwrap_or_default(),
        accepted: row.get("accepted").unwrap_or_default(),
    })
}

fn summed(entry: &Entry<'_>) -> Run {
    let (run_id, as_of) = (entry.run_id.to_owned(), entry.as_of.to_owned());
    let mut run = Run { run_id, as_of, accepted: entry.accepted.join("; "), ..Run::default() };
    for item in entry.items {
        *match item.state {
            ItemState::Open => &mut run.open,
            ItemState::Reopened => &mut run.reopened,
            ItemState::Frozen => &mut run.frozen,
            ItemState::Closed => &mut run.closed,
            ItemState::Left
            | ItemState::RuleChanged
            | ItemState::LinkChanged
            | ItemState::Merged
            | ItemState::Withdrawn => &mut run.ended,
        } += 1;
    }
    run
}

/// The version of the layout, 0 for an empty file; what cannot be read is refused.
fn check_version(ledger: &Connection, place: &Place) -> Result<i32> {
    let (version, tables) = layout(ledger).map_err(|cause| explain(cause, place))?;
    match version {
        0 if tables == 0 => Ok(0),
        OLDEST_READABLE..=SCHEMA_VERSION => Ok(version),
        _ => Err(unreadable(version).at(place.clone())),
    }
}

fn unreadable(version: i32) -> Error {
    let (problem, remedy) = match version {
        0 => (
            say!("这个数据库不是台账", "this database is not a ledger"),
            say!("请检查 --out 是否指错了文件夹", "check that --out names the right folder"),
        ),
        ..OLDEST_READABLE => (
            say!(
                "台账版本为 {version}，本程序最早支持 {OLDEST_READABLE}",
                "the ledger has version {version}, this program reads from {OLDEST_READABLE}"
            ),
            say!("请先用上一版程序运行一次", "run the previous release once first"),
        ),
        _ => (
            say!(
                "台账版本为 {version}，本程序只认识到 {SCHEMA_VERSION}",
                "the ledger has version {version}, this program knows up to {SCHEMA_VERSION}"
            ),
            say!("请改用写出该台账的新版程序", "use the newer release that wrote it"),
        ),
    };
    Error::input(problem).remedy(remedy)
}

fn layout(ledger: &Connection) -> rusqlite::Result<(i32, i64)> {
    let version = ledger.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables = ledger.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok((version, tables))
}

fn explain(cause: rusqlite::Error, place: &Place) -> Error {
    let error = match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::new(Kind::Locked, say!("台账正被别的程序占用", "another program holds the ledger")).remedy(say!(
                "请等另一次运行结束，或关闭打开该文件的程序，然后重试",
                "wait for the other run to end, or close the program that has the file open, then try again"
            ))
        }
        Some(
            ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::DiskFull
            | ErrorCode::PermissionDenied
            | ErrorCode::SystemIoFailure,
        ) => {
            Error::output(say!("无法读写台账: {cause}", "the ledger cannot be read or written: {cause}")).remedy(say!(
                "请检查磁盘空间和文件夹的读写权限；台账内容未变",
                "check disk space and permissions of the folder; the ledger is unchanged"
            ))
        }
        Some(ErrorCode::ConstraintViolation) => {
            Error::internal(say!("台账条目互相矛盾: {cause}", "ledger items contradict one another: {cause}"))
        }
        _ => damaged(&say!("{cause}", "{cause}")),
    };
    error.at(place.clone())
}

fn damaged(cause: &Text) -> Error {
    let Text { zh, en } = cause;
    Error::input(say!("台账已损坏: {zh}", "the ledger is damaged: {en}")).remedy(say!(
        "请从备份恢复该文件；没有备份时将其移走再运行，整改历史会从头开始",
        "restore the file from a backup; without one, move it away and run again: the history starts afresh"
    ))
}
