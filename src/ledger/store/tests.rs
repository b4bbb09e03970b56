//! The store against kills, neighbours, and files that are no ledger.

use super::*;
use crate::error::Lang;
use crate::ledger::rulings::{Accepted, Ruling, Verdict};

fn items(n: usize) -> Vec<Item> {
    let states = ItemState::ALL;
    (0..n)
        .map(|ix| Item {
            item_id: format!("{ix:026}"),
            rule_id: "F-relation".into(),
            township: (ix % 3 > 0).then(|| format!("第{}乡", ix % 3)),
            village: None,
            year: (ix % 5 == 0).then_some(2018),
            state: states[ix % states.len()],
            reason: (ix % 2 == 0).then(|| "缺城关镇国办帮扶措施".into()),
            side: (ix % 3 == 1).then_some(Side::Provincial),
            about: "b".repeat(13),
            subject: (ix % 4 > 0).then(|| format!("nm.{ix:013x}.-.-.-")),
            cells: format!("n1:labour={}", ix % 2),
            rule_digest: format!("{ix:016x}"),
            first_seen: "2019-02-01".into(),
            last_seen: "2019-02-28".into(),
            closed_on: (ix % 4 == 3).then(|| "2019-02-28".into()),
            reopened_count: u32::from(ix % 4 == 1),
            detail_hash: format!("{ix:016x}"),
        })
        .collect()
}

fn entry<'a>(run_id: &'a str, as_of: &'a str, items: &'a [Item]) -> Entry<'a> {
    static NOTHING: std::sync::LazyLock<Baseline> = std::sync::LazyLock::new(Baseline::default);
    Entry { run_id, as_of, items, lapses: &[], baseline: &NOTHING, accepted: &[] }
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
    assert_eq!(store(path, &entry("r", "2019-03-01", &[])).unwrap_err().kind(), kind, "and it must not be overwritten");
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
    store(&path, &entry("first", "2019-02-28", &items(9))).unwrap();
    assert_eq!(load(&path).unwrap(), items(9));
    store(&path, &entry("second", "2019-03-01", &items(4))).unwrap();
    store(&path, &entry("second", "2019-03-01", &items(5))).unwrap();
    assert_eq!(load(&path).unwrap(), items(5), "all items are replaced");
    let known: Vec<_> = runs(&path).unwrap().into_iter().map(|run| (run.run_id, run.open, run.closed)).collect();
    assert_eq!(known, [("first".to_owned(), 1, 1), ("second".to_owned(), 1, 1)]);
}

#[test]
fn a_failed_store_leaves_the_ledger_as_it_was() {
    let (_dir, path) = ledger();
    store(&path, &entry("first", "2019-02-28", &items(9))).unwrap();
    let twice = [items(3), items(3)].concat();
    assert_eq!(store(&path, &entry("second", "2019-03-01", &twice)).unwrap_err().kind(), Kind::Internal);
    assert_eq!(load(&path).unwrap(), items(9));
}

#[test]
fn a_kill_in_the_middle_of_a_store_leaves_the_ledger_before() {
    let (dir, path) = ledger();
    store(&path, &entry("first", "2019-02-28", &items(2_000))).unwrap();
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
    store(&path, &entry("first", "2019-02-28", &items(9))).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    refused(&path, Kind::Locked, "占用");
}

#[test]
fn a_newer_ledger_says_which_version() {
    let (_dir, path) = ledger();
    store(&path, &entry("first", "2019-02-28", &items(9))).unwrap();
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

/// Every letter of every row counts, although SQLite looks at pages only.
#[test]
fn a_changed_value_is_damage() {
    let (_dir, path) = ledger();
    store(&path, &entry("first", "2019-02-28", &items(9))).unwrap();
    check(&path, true).unwrap();
    let sound = std::fs::read(&path).unwrap();
    let [day] = find(&sound, b"2019-02-01")[..1] else { panic!("no date in the file") };
    let changed = [&sound[..day + 9], b"7", &sound[day + 10..]].concat();
    std::fs::write(&path, &changed).unwrap();
    let ask =
        |query: &str| -> String { Connection::open(&path).unwrap().query_row(query, [], |row| row.get(0)).unwrap() };
    assert_eq!(ask("PRAGMA integrity_check"), "ok", "SQLite itself sees nothing");
    let error = check(&path, false).unwrap_err();
    let text = error.lines(Lang::Zh).join("\n");
    assert!(error.kind() == Kind::Input && text.contains("不是本程序最后写入的") && text.contains("备份"), "{text}");
    std::fs::write(&path, sound).unwrap();
    check(&path, false).unwrap();
}

fn find(bytes: &[u8], part: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(part.len()).enumerate();
    windows.filter(|(_, window)| *window == part).map(|(at, _)| at).collect()
}

#[test]
fn a_ledger_without_a_seal_is_not_held_to_one() {
    let (_dir, path) = ledger();
    check(&path, true).unwrap();
    of_the_first_layout(&path);
    check(&path, true).unwrap();
    store(&path, &entry("second", "2019-03-01", &items(3))).unwrap();
    check(&path, true).unwrap();
}

#[test]
fn runs_are_in_the_order_in_which_they_came() {
    let (_dir, path) = ledger();
    assert_eq!(runs_in_order(&path).unwrap(), [""; 0]);
    of_the_first_layout(&path);
    assert_eq!(runs_in_order(&path).unwrap(), ["first"]);
    for (run, as_of) in [("b", "2019-03-02"), ("a", "2019-03-01"), ("c", "2019-01-01"), ("b", "2019-03-02")] {
        store(&path, &entry(run, as_of, &items(1))).unwrap();
    }
    assert_eq!(runs_in_order(&path).unwrap(), ["first", "a", "c", "b"]);
}

/// Somebody who only reads would let everything be written and then forbid the commit.
#[test]
fn a_reader_is_met_before_anything_is_written() {
    let (_dir, path) = ledger();
    store(&path, &entry("first", "2019-02-28", &items(9))).unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM items").unwrap();
    assert_eq!(store(&path, &entry("second", "2019-03-01", &[])).unwrap_err().kind(), Kind::Locked);
    drop(reader);
    assert_eq!((load(&path).unwrap(), runs_in_order(&path).unwrap()), (items(9), vec!["first".to_owned()]));
}

#[test]
fn an_unknown_state_is_damage() {
    let (_dir, path) = ledger();
    store(&path, &entry("first", "2019-02-28", &items(1))).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA ignore_check_constraints = 1; UPDATE items SET state = 'done'").unwrap();
    assert_eq!(load(&path).unwrap_err().kind(), Kind::Input);
}

/// A ledger as the first release wrote it: items and runs, no rulings.
fn of_the_first_layout(path: &Path) {
    let old = Connection::open(path).unwrap();
    old.execute_batch(STEPS[0]).unwrap();
    old.execute_batch(
        "PRAGMA user_version = 1;
         INSERT INTO items VALUES ('i', 'R', NULL, NULL, 'open', '2019-02-01', '2019-02-28', NULL, 0, 'h');
         INSERT INTO runs VALUES ('first', '2019-02-28', 1, 0, 0, 0);",
    )
    .unwrap();
}

fn version(path: &Path) -> i32 {
    layout(&Connection::open(path).unwrap()).unwrap().0
}

fn accepted() -> Accepted {
    let ruling = |pair: &str, verdict| Ruling {
        pair: pair.repeat(26).parse().unwrap(),
        verdict,
        note: (verdict == Verdict::Same).then(|| "看过户口簿".into()),
        decided_on: "2019-03-02".into(),
        source: "待人工判定.xlsx".into(),
        blake3: "00".into(),
        lapsed_on: None,
        replaced_on: None,
    };
    Accepted { new: vec![ruling("b", Verdict::Same), ruling("a", Verdict::Unsure)], ..Accepted::default() }
}

#[test]
fn a_ledger_of_the_first_layout_is_read_and_brought_up_to_date() {
    let (_dir, path) = ledger();
    of_the_first_layout(&path);
    let items = load(&path).unwrap();
    assert_eq!((items.len(), runs(&path).unwrap().len(), load_rulings(&path).unwrap()), (1, 1, vec![]));
    assert_eq!(version(&path), 1, "reading changes nothing");
    store_rulings(&path, &accepted(), "2019-03-02").unwrap();
    assert_eq!((version(&path), load(&path).unwrap()), (SCHEMA_VERSION, items), "items outlive the change of layout");
    assert_eq!(load_rulings(&path).unwrap(), accepted().new);
}

#[test]
fn a_ledger_may_begin_with_rulings() {
    let (_dir, path) = ledger();
    assert_eq!(load_rulings(&path).unwrap(), []);
    assert!(!path.exists(), "reading must not make a file");
    store_rulings(&path, &accepted(), "2019-03-02").unwrap();
    assert_eq!(load_rulings(&path).unwrap(), accepted().new, "in the order they were stored");
    store(&path, &entry("first", "2019-02-28", &items(9))).unwrap();
    assert_eq!((load(&path).unwrap(), load_rulings(&path).unwrap()), (items(9), accepted().new));
}

#[test]
fn a_ruling_replaced_stays_with_its_day() {
    let (_dir, path) = ledger();
    store_rulings(&path, &accepted(), "2019-03-02").unwrap();
    let [same, _] = accepted().new.try_into().unwrap();
    let now = Ruling { verdict: Verdict::Different, decided_on: "2019-03-09".into(), ..same.clone() };
    let change = Accepted { new: vec![now.clone()], replaced: vec![same.pair], unchanged: 0 };
    store_rulings(&path, &change, "2019-03-09").unwrap();
    let known = load_rulings(&path).unwrap();
    assert_eq!(known[0], Ruling { replaced_on: Some("2019-03-09".into()), ..same });
    assert_eq!((&known[2], known.len()), (&now, 3));
    let twice = Accepted { new: vec![now], ..Accepted::default() };
    assert_eq!(store_rulings(&path, &twice, "2019-03-10").unwrap_err().kind(), Kind::Internal);
    assert_eq!(load_rulings(&path).unwrap(), known, "one ruling of a pair counts");
}

#[test]
fn a_run_notes_what_lapses_and_what_holds_again() {
    let (_dir, path) = ledger();
    store_rulings(&path, &accepted(), "2019-03-02").unwrap();
    let lapsed = |lapses: &[(PairKey, bool)]| {
        store(&path, &Entry { lapses, ..entry("r", "2019-03-05", &[]) }).unwrap();
        load_rulings(&path).unwrap().into_iter().map(|ruling| ruling.lapsed_on).collect::<Vec<_>>()
    };
    let pair = accepted().new[0].pair;
    assert_eq!(lapsed(&[(pair, true)]), [Some("2019-03-05".to_owned()), None]);
    assert_eq!(lapsed(&[]), [Some("2019-03-05".to_owned()), None]);
    assert_eq!(lapsed(&[(pair, false)]), [None, None]);
}

#[test]
fn what_was_delivered_is_the_measure_of_the_next_delivery() {
    use crate::ledger::baseline::Held;
    use crate::table::{ExportKind, Portion, Supplier};
    let (_dir, path) = ledger();
    assert_eq!(load_baseline(&path).unwrap(), Baseline::default());
    let whole = |kind, year| Portion::of("城关镇", Supplier::System(Side::National), kind, year);
    let people = whole(ExportKind::People, Some(2018));
    let portions = [
        (people.clone(), Held { rows: 500, most: 517 }),
        (Portion { village: Some("张庄村".into()), ..people.clone() }, Held { rows: 100, most: 100 }),
        (Portion { column: Some("id_no".into()), ..people }, Held { rows: 499, most: 516 }),
        (whole(ExportKind::Benefits, None), Held { rows: 6000, most: 6000 }),
        (
            Portion::of("城关镇", Supplier::Department, ExportKind::Roll("roll-dibao".into()), None),
            Held { rows: 9, most: 9 },
        ),
    ];
    let baseline = Baseline { portions: portions.into(), site: Some("00".into()) };
    let accepted = ["城关镇 人员信息".to_owned()];
    let entry = Entry { baseline: &baseline, accepted: &accepted, ..entry("first", "2019-02-28", &[]) };
    store(&path, &entry).unwrap();
    assert_eq!(load_baseline(&path).unwrap(), baseline);
    assert_eq!(runs(&path).unwrap()[0].accepted, accepted[0], "what a person accepted is kept with the run");
}
