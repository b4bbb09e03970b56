//! The ledger's file: one SQLite database, so that auditors can read it with tools of their own.
//!
//! | table   | one row per | holds |
//! |---------|-------------|-------|
//! | `items` | item        | the fields of [`Item`]; states as published (`open`, `reopened`, `frozen`, `closed`) |
//! | `runs`  | run         | its id, its as-of date, and how many items stood in each state after it |
//!
//! A run replaces all items in one transaction, with SQLite's rollback journal: a kill at any instant leaves either
//! the ledger before or the ledger after. `PRAGMA user_version` carries the layout's version; a ledger that is too
//! new, too old, damaged, or not ours is refused, never overwritten.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Row, params};

use crate::error::{Error, Kind, Place, Result};
use crate::say;
use crate::table::{Item, ItemState};

/// Layout that this release writes.
const SCHEMA_VERSION: i32 = 1;
/// Oldest layout that this release reads.
const OLDEST_READABLE: i32 = 1;
/// How long to wait for whoever has the file open; a reader is done within this, another run is not.
const PATIENCE: Duration = Duration::from_secs(1);

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS items (
    item_id TEXT PRIMARY KEY, rule_id TEXT NOT NULL, township TEXT, village TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'reopened', 'frozen', 'closed')),
    first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, closed_on TEXT,
    reopened_count INTEGER NOT NULL, detail_hash TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY, as_of TEXT NOT NULL,
    open INTEGER NOT NULL, reopened INTEGER NOT NULL, frozen INTEGER NOT NULL, closed INTEGER NOT NULL
) WITHOUT ROWID;
";

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
}

/// Reads all items of the ledger, sorted by id; empty when there is none yet.
///
/// # Errors
///
/// A ledger that is locked, damaged, of another version, or no ledger at all.
pub fn load(path: &Path) -> Result<Vec<Item>> {
    read(path, "SELECT * FROM items ORDER BY item_id", item)
}

/// The runs that the ledger has seen, oldest first; empty when there is none yet.
///
/// # Errors
///
/// As [`load`].
pub fn runs(path: &Path) -> Result<Vec<Run>> {
    read(path, "SELECT * FROM runs ORDER BY as_of, run_id", run)
}

/// Replaces all items, and notes the run, in one transaction. Storing a run again replaces it.
///
/// # Errors
///
/// As [`load`], and a file that cannot be written.
pub fn store(path: &Path, run_id: &str, as_of: &str, items: &[Item]) -> Result<()> {
    let place = Place::file(path.display().to_string());
    let mut ledger = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
        .map_err(|cause| explain(cause, &place))?;
    check_version(&ledger, &place)?;
    replace(&mut ledger, &summed(run_id, as_of, items), items).map_err(|cause| explain(cause, &place))
}

fn read<T>(path: &Path, query: &str, record: fn(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let place = Place::file(path.display().to_string());
    let ledger = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|cause| explain(cause, &place))?;
    match check_version(&ledger, &place)? {
        Layout::Empty => Ok(Vec::new()),
        Layout::Current => rows(&ledger, query, record).map_err(|cause| explain(cause, &place)),
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

fn replace(ledger: &mut Connection, run: &Run, items: &[Item]) -> rusqlite::Result<()> {
    let change = ledger.transaction()?;
    change.execute_batch(SCHEMA)?;
    change.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    change.execute("DELETE FROM items", [])?;
    insert(&change, items)?;
    change.execute(
        "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?)",
        params![run.run_id, run.as_of, run.open, run.reopened, run.frozen, run.closed],
    )?;
    change.commit()
}

fn insert(ledger: &Connection, items: &[Item]) -> rusqlite::Result<()> {
    let mut insert = ledger.prepare("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    for item in items {
        insert.execute(params![
            item.item_id,
            item.rule_id,
            item.township,
            item.village,
            item.state.word(),
            item.first_seen,
            item.last_seen,
            item.closed_on,
            item.reopened_count,
            item.detail_hash,
        ])?;
    }
    Ok(())
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        item_id: row.get(0)?,
        rule_id: row.get(1)?,
        township: row.get(2)?,
        village: row.get(3)?,
        state: state(row)?,
        first_seen: row.get(5)?,
        last_seen: row.get(6)?,
        closed_on: row.get(7)?,
        reopened_count: row.get(8)?,
        detail_hash: row.get(9)?,
    })
}

fn state(row: &Row<'_>) -> rusqlite::Result<ItemState> {
    let word = row.get_ref(4)?.as_str()?;
    [ItemState::Open, ItemState::Reopened, ItemState::Frozen, ItemState::Closed]
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
    })
}

fn summed(run_id: &str, as_of: &str, items: &[Item]) -> Run {
    let mut run = Run { run_id: run_id.to_owned(), as_of: as_of.to_owned(), ..Run::default() };
    for item in items {
        *match item.state {
            ItemState::Open => &mut run.open,
            ItemState::Reopened => &mut run.reopened,
            ItemState::Frozen => &mut run.frozen,
            ItemState::Closed => &mut run.closed,
        } += 1;
    }
    run
}

/// What a file that may be opened holds.
enum Layout {
    Empty,
    Current,
}

fn check_version(ledger: &Connection, place: &Place) -> Result<Layout> {
    let (version, tables) = layout(ledger).map_err(|cause| explain(cause, place))?;
    match version {
        0 if tables == 0 => Ok(Layout::Empty),
        OLDEST_READABLE..=SCHEMA_VERSION => Ok(Layout::Current),
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
        _ => Error::input(say!("台账已损坏: {cause}", "the ledger is damaged: {cause}")).remedy(say!(
            "请从备份恢复该文件；没有备份时将其移走再运行，整改历史会从头开始",
            "restore the file from a backup; without one, move it away and run again: the history starts afresh"
        )),
    };
    error.at(place.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Lang;

    fn items(n: usize) -> Vec<Item> {
        let states = [ItemState::Open, ItemState::Reopened, ItemState::Frozen, ItemState::Closed];
        (0..n)
            .map(|ix| Item {
                item_id: format!("{ix:026}"),
                rule_id: "F-relation".into(),
                township: (ix % 3 > 0).then(|| format!("第{}乡", ix % 3)),
                village: None,
                state: states[ix % 4],
                first_seen: "2019-02-01".into(),
                last_seen: "2019-02-28".into(),
                closed_on: (ix % 4 == 3).then(|| "2019-02-28".into()),
                reopened_count: u32::from(ix % 4 == 1),
                detail_hash: format!("{ix:016x}"),
            })
            .collect()
    }

    fn ledger() -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.sqlite");
        (dir, path)
    }

    fn refused(path: &Path, kind: Kind, words: &str) {
        let error = load(path).unwrap_err();
        let text = error.lines(Lang::Zh).join("\n");
        assert_eq!(error.kind(), kind, "{text}");
        assert!(text.contains("ledger.sqlite: ") && text.contains(words) && text.contains('（'), "{text}");
        assert_eq!(store(path, "r", "2019-03-01", &[]).unwrap_err().kind(), kind, "and it must not be overwritten");
    }

    #[test]
    fn no_ledger_is_an_empty_one() {
        let (_dir, path) = ledger();
        assert_eq!(load(&path).unwrap(), []);
        assert!(!path.exists(), "reading must not make a file");
        std::fs::write(&path, "").unwrap();
        assert_eq!(load(&path).unwrap(), [], "a kill before the first commit leaves an empty file");
    }

    #[test]
    fn what_was_stored_is_loaded() {
        let (_dir, path) = ledger();
        store(&path, "first", "2019-02-28", &items(9)).unwrap();
        assert_eq!(load(&path).unwrap(), items(9));
        store(&path, "second", "2019-03-01", &items(4)).unwrap();
        store(&path, "second", "2019-03-01", &items(5)).unwrap();
        assert_eq!(load(&path).unwrap(), items(5), "all items are replaced");
        let known: Vec<_> = runs(&path).unwrap().into_iter().map(|run| (run.run_id, run.open, run.closed)).collect();
        assert_eq!(known, [("first".to_owned(), 3, 2), ("second".to_owned(), 2, 1)]);
    }

    #[test]
    fn a_failed_store_leaves_the_ledger_as_it_was() {
        let (_dir, path) = ledger();
        store(&path, "first", "2019-02-28", &items(9)).unwrap();
        let twice = [items(3), items(3)].concat();
        assert_eq!(store(&path, "second", "2019-03-01", &twice).unwrap_err().kind(), Kind::Internal);
        assert_eq!(load(&path).unwrap(), items(9));
    }

    #[test]
    fn a_kill_in_the_middle_of_a_store_leaves_the_ledger_before() {
        let (dir, path) = ledger();
        store(&path, "first", "2019-02-28", &items(2_000)).unwrap();
        let half = Connection::open(&path).unwrap();
        // A cache of one page makes SQLite write changed pages, and the journal first, before the commit.
        half.execute_batch("PRAGMA cache_size = 1; BEGIN IMMEDIATE; DELETE FROM items WHERE item_id < '9';").unwrap();
        let killed = dir.path().join("killed.sqlite");
        std::fs::copy(&path, &killed).unwrap();
        std::fs::copy(dir.path().join("ledger.sqlite-journal"), dir.path().join("killed.sqlite-journal")).unwrap();
        assert_ne!(std::fs::read(&killed).unwrap(), Vec::<u8>::new());
        assert!(load(&killed).unwrap() == items(2_000));
    }

    #[test]
    fn a_held_ledger_says_wait() {
        let (_dir, path) = ledger();
        store(&path, "first", "2019-02-28", &items(9)).unwrap();
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        refused(&path, Kind::Locked, "占用");
    }

    #[test]
    fn a_newer_ledger_says_which_version() {
        let (_dir, path) = ledger();
        store(&path, "first", "2019-02-28", &items(9)).unwrap();
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
        refused(&path, Kind::Input, "版本为 7");
    }

    #[test]
    fn a_database_that_is_no_ledger_is_refused() {
        let (_dir, path) = ledger();
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE photos (name)").unwrap();
        refused(&path, Kind::Input, "不是台账");
    }

    #[test]
    fn a_damaged_ledger_says_restore() {
        let (_dir, path) = ledger();
        std::fs::write(&path, "户编号,姓名\n".repeat(1_000)).unwrap();
        refused(&path, Kind::Input, "已损坏");
    }

    #[test]
    fn an_unknown_state_is_damage() {
        let (_dir, path) = ledger();
        store(&path, "first", "2019-02-28", &items(1)).unwrap();
        let other = Connection::open(&path).unwrap();
        other.execute_batch("PRAGMA ignore_check_constraints = 1; UPDATE items SET state = 'done'").unwrap();
        assert_eq!(load(&path).unwrap_err().kind(), Kind::Input);
    }
}
