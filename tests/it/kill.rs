//! A run stopped at any moment by anything: what was published before stays whole, and after the next start the
//! ledger and `latest` tell of the same run.
//!
//! Three ways to be stopped, all with fixed seeds. *When*: a kill after a part of a run's time, or as soon as something
//! shows in the results folder (the journal of the ledger, the finished folder, the pointer). *Where*: the kernel's limit
//! of a file's size, which kills (or, ignored, fails like a full disk) at the first byte past it, in whatever file that
//! is. *By whom*: a ledger that is read-only, held by a reader, damaged, or put back to an older one. The short form runs
//! with the other tests; the long one on request: `cargo test --release -- --ignored a_hundred_and_sixty`.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::util::{DONE, Export, Kind, LOCKED, Project, REFUSED, TABLES, TOWNSHIPS};

/// Output failed.
const FAILED: i32 = 4;

/// A project whose exports change from run to run, so that every run has something new to tell.
struct Weeks {
    project: Project,
    week: u32,
}

impl Weeks {
    fn new() -> Self {
        let mut weeks = Self { project: Project::small(), week: 0 };
        weeks.next_week();
        weeks.project.run().exits(DONE);
        weeks.is_one_story("the first run");
        weeks
    }

    /// One relation is wrong every other week.
    fn next_week(&mut self) {
        self.week += 1;
        let relation = if self.week.is_multiple_of(2) { "之子" } else { "之女婿" };
        let members = Export::of(Kind::Member, TOWNSHIPS[0]).with(4, "与户主关系", relation).csv();
        self.project.write(&Kind::Member.file(TOWNSHIPS[0]), members);
    }

    /// Starts the program once more, without a new run, and holds the ledger against `latest`.
    #[track_caller]
    fn is_one_story(&self, what: &str) {
        let start = self.project.run_with(&["--as-of", "2018-12-31", "--dry-run"]);
        assert_eq!(start.code, DONE, "{what}: {}", start.stderr);
        let project = &self.project;
        assert!(!project.runs().iter().any(|run| run.ends_with(".partial")), "{what}: {:?}", project.runs());
        for table in TABLES {
            project.frame(table);
        }
        let latest = project.latest().expect("a latest run");
        let run = latest.file_name().expect("a run id").to_str().expect("UTF-8");
        assert_eq!(ledger(project, "SELECT run_id FROM runs_in_order ORDER BY number DESC LIMIT 1"), run, "{what}");
        let items = project.table("items");
        let published = items.iter().map(|item| ["item_id", "state", "last_seen", "detail_hash"].map(|at| &*item[at]));
        let published: Vec<String> = published.map(|item| item.join(" ")).collect();
        let known = "SELECT group_concat(item_id || ' ' || state || ' ' || last_seen || ' ' || detail_hash, char(10))
                     FROM (SELECT * FROM items ORDER BY item_id)";
        assert_eq!(ledger(project, known), published.join("\n"), "{what}");
        for output in ["manifest.json", "summary/summary.html", "summary/summary.xlsx"] {
            assert!(!project.output(output).is_empty(), "{what}: {output}");
        }
    }
}

/// What the ledger answers.
fn ledger(project: &Project, query: &str) -> String {
    let ledger = rusqlite::Connection::open(project.path("out/ledger.sqlite")).unwrap();
    ledger.query_row(query, [], |row| row.get::<_, Option<String>>(0)).unwrap().unwrap_or_default()
}

/// Numbers that are the same in every run of the tests.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Kills a run as soon as `it_is_time`; false when it ended before.
fn kill_when(mut run: Child, it_is_time: impl Fn() -> bool) -> bool {
    loop {
        if run.try_wait().unwrap().is_some() {
            return false;
        }
        if it_is_time() {
            run.kill().unwrap();
            return !run.wait().unwrap().success();
        }
    }
}

/// Kills after parts of a run's time; every other kill as soon as something shows, and a little later.
fn kills(seed: u64, count: u64) -> u64 {
    let mut weeks = Weeks::new();
    let mut dice = Dice(seed);
    let start = Instant::now();
    weeks.is_one_story("a run's time");
    let whole_run = start.elapsed();
    let mut killed = 0;
    for kill in 0..count {
        weeks.next_week();
        let before = weeks.project.runs().len();
        let out = weeks.project.path("out");
        let (latest, pointer) = (weeks.project.latest(), out.join("latest.next"));
        let journal = out.join("ledger.sqlite-journal");
        let runs = || fs::read_dir(out.join("runs")).unwrap().flatten().map(|entry| entry.path());
        let is_partial = |run: &Path| run.extension().is_some_and(|extension| extension == "partial");
        let run = weeks.project.start_run();
        let later = Duration::from_micros(dice.below(3_000));
        let moment = dice.below(6);
        let was_killed = match moment {
            0 => kill_when(run, || journal.exists()),
            1 => kill_when(run, || runs().any(|run| is_partial(&run) && run.join("manifest.json").exists())),
            2 => kill_when(run, || runs().filter(|run| !is_partial(run)).count() > before),
            3 => kill_when(run, || fs::symlink_metadata(&pointer).is_ok() || weeks.project.latest() != latest),
            4 => kill_when(run, || {
                let is_there = journal.exists();
                if is_there {
                    sleep(later);
                }
                is_there
            }),
            _ => {
                let start = Instant::now();
                let moment = whole_run.mul_f64(dice.below(1_100) as f64 / 1_000.0);
                kill_when(run, || start.elapsed() >= moment)
            }
        };
        killed += u64::from(was_killed);
        weeks.is_one_story(&format!("seed {seed}, kill {kill} at moment {moment}"));
        if !was_killed {
            continue;
        }
        // The week's run, repeated, says what it would have said.
        if dice.below(4) == 0 {
            weeks.project.run().exits(DONE);
            weeks.is_one_story(&format!("seed {seed}, after kill {kill}"));
        }
    }
    killed
}

#[test]
fn a_kill_at_any_moment_leaves_one_story() {
    let killed = kills(1, 14);
    assert!(killed >= 4, "only {killed} runs were killed before they ended");
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_and_sixty_kills_of_three_seeds_leave_one_story() {
    let killed: u64 = [11, 12, 13].into_iter().map(|seed| kills(seed, 160)).sum();
    assert!(killed >= 300, "only {killed} runs were killed before they ended");
}

/// `hedui run` with a limit of the size of the files that it writes, in blocks of the shell.
#[cfg(unix)]
fn run_limited(project: &Project, blocks: u64, ignoring_the_signal: bool) -> Option<i32> {
    let trap = if ignoring_the_signal { "trap '' XFSZ; " } else { "" };
    project.shell(&format!("{trap}ulimit -c 0; ulimit -f {blocks}; exec"))
}

/// Every limit stops the run in another file: exports of the run, the journal, the ledger.
#[cfg(unix)]
fn limits(limits: impl Iterator<Item = u64>) {
    let mut weeks = Weeks::new();
    let mut stopped = 0;
    for blocks in limits {
        for ignoring_the_signal in [false, true] {
            weeks.next_week();
            let latest = weeks.project.latest();
            let code = run_limited(&weeks.project, blocks, ignoring_the_signal);
            let what = format!("{blocks} blocks, signal ignored: {ignoring_the_signal}, ended {code:?}");
            match code {
                Some(DONE) => {}
                None | Some(FAILED) => {
                    stopped += 1;
                    assert!(ignoring_the_signal == code.is_some(), "{what}");
                    assert_eq!(weeks.project.latest(), latest, "{what}");
                }
                Some(_) => panic!("{what}"),
            }
            weeks.is_one_story(&what);
        }
    }
    assert!(stopped >= 4, "only {stopped} runs met their limit");
}

#[cfg(unix)]
#[test]
fn a_full_disk_at_any_byte_leaves_one_story() {
    limits([1, 16, 40, 96, 4_000].into_iter());
}

#[cfg(unix)]
#[test]
#[ignore = "takes minutes"]
fn a_hundred_and_sixty_full_disks_leave_one_story() {
    limits((0..80).map(|step| 2 * step));
}

#[test]
fn a_reader_who_holds_the_ledger_stops_the_run_before_it_shows() {
    let mut weeks = Weeks::new();
    weeks.next_week();
    let (latest, runs) = (weeks.project.latest(), weeks.project.runs());
    let reader = rusqlite::Connection::open(weeks.project.path("out/ledger.sqlite")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM items").unwrap();
    weeks.project.run().exits(LOCKED).explains(&["ledger.sqlite", "占用"]);
    assert_eq!((weeks.project.latest(), weeks.project.runs()), (latest, runs));
    drop(reader);
    weeks.is_one_story("a reader");
    weeks.project.run().exits(DONE);
    weeks.is_one_story("the reader gone");
}

#[cfg(unix)]
#[test]
fn a_read_only_ledger_stops_the_run_before_it_begins() {
    let mut weeks = Weeks::new();
    weeks.next_week();
    let (latest, runs) = (weeks.project.latest(), weeks.project.runs());
    weeks.project.run_without_right_to("out/ledger.sqlite").exits(FAILED).explains(&["ledger.sqlite", "权限"]);
    assert_eq!((weeks.project.latest(), weeks.project.runs()), (latest, runs));
    weeks.is_one_story("read-only");
}

/// A byte anywhere: either the ledger is refused and left as it is, or nothing that it says has changed.
#[test]
fn a_damaged_ledger_is_refused() {
    let weeks = Weeks::new();
    let file = weeks.project.path("out/ledger.sqlite");
    let sound = fs::read(&file).unwrap();
    let content = |path: &Path| -> Vec<String> {
        let ledger = rusqlite::Connection::open(path).unwrap();
        let rows = |query: &str| -> rusqlite::Result<Vec<String>> {
            ledger.prepare(query)?.query_map([], |row| row.get(0))?.collect()
        };
        rows("SELECT item_id || rule_id || state || last_seen || detail_hash FROM items ORDER BY item_id").unwrap()
    };
    let before = content(&file);
    let mut dice = Dice(7);
    let mut refused = 0;
    for _ in 0..24 {
        let at = dice.below(sound.len() as u64) as usize;
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << dice.below(8);
        fs::write(&file, &bytes).unwrap();
        let ran = weeks.project.run_with(&["--as-of", "2018-12-31", "--dry-run"]);
        match ran.code {
            DONE => assert_eq!(content(&file), before, "byte {at} was not noticed"),
            _ => {
                refused += 1;
                ran.exits(REFUSED).explains(&["ledger.sqlite"]);
                assert!(fs::read(&file).unwrap() == bytes, "byte {at}: a damaged ledger was written");
            }
        }
    }
    for cut in [100, sound.len() / 2, sound.len() - 1] {
        fs::write(&file, &sound[..cut]).unwrap();
        weeks.project.run().exits(REFUSED).explains(&["ledger.sqlite", "备份"]);
    }
    assert!(refused >= 1, "no byte mattered");
    fs::write(&file, &sound).unwrap();
    weeks.is_one_story("the ledger restored");
}

/// Why nothing came of a run is told after the terminal is closed, too.
#[test]
fn a_refused_run_leaves_its_log() {
    let project = Project::small();
    project.write(&Kind::Member.file(TOWNSHIPS[0]), "序号\n1\n");
    project.run().exits(REFUSED);
    let logs: Vec<_> = fs::read_dir(project.path("out/refused")).unwrap().flatten().collect();
    let [log] = logs.as_slice() else { panic!("{} logs", logs.len()) };
    let log = fs::read_to_string(log.path()).unwrap();
    assert!(log.lines().last().unwrap().contains(&Kind::Member.file(TOWNSHIPS[0])), "{log}");
    assert_eq!((project.latest(), project.runs()), (None, Vec::new()));
}

/// A ledger put back to an older one does not know the last run: its folder stays, but it is not the latest.
#[test]
fn a_latest_run_that_the_ledger_does_not_know_is_withdrawn() {
    let mut weeks = Weeks::new();
    let (file, first) = (weeks.project.path("out/ledger.sqlite"), weeks.project.latest());
    let older = fs::read(&file).unwrap();
    weeks.next_week();
    weeks.project.run().exits(DONE);
    let second = weeks.project.latest();
    assert_ne!(first, second);
    fs::write(&file, older).unwrap();
    let start = weeks.project.run_with(&["--as-of", "2018-12-31", "--dry-run"]);
    start.exits(DONE).says(&["不在台账里"]);
    assert_eq!(weeks.project.latest(), first);
    assert!(second.is_some_and(|run| run.is_dir()), "nothing is deleted");
    weeks.is_one_story("an older ledger");
    weeks.project.run_with(&["--as-of", "2018-12-31", "--if-changed"]).exits(DONE);
    weeks.is_one_story("and the next run");
}

/// Between the ledger's commit and the rename: the next start publishes what the ledger knows.
#[cfg(unix)]
#[test]
fn a_run_that_only_the_ledger_knows_is_published_by_the_next_start() {
    let mut weeks = Weeks::new();
    let first = weeks.project.latest().unwrap();
    weeks.next_week();
    weeks.project.run().exits(DONE);
    let second = weeks.project.latest().unwrap();
    let partial = second.with_extension("partial");
    fs::rename(&second, &partial).unwrap();
    fs::remove_file(weeks.project.path("out/latest")).unwrap();
    let first = Path::new("runs").join(first.file_name().unwrap());
    std::os::unix::fs::symlink(first, weeks.project.path("out/latest")).unwrap();
    let start = weeks.project.run_with(&["--as-of", "2018-12-31", "--if-changed"]);
    assert_eq!(start.code, super::util::UNCHANGED, "{}", start.stderr);
    start.says(&["现已补发"]);
    assert_eq!(weeks.project.latest(), Some(second));
    weeks.is_one_story("a late rename");
}
