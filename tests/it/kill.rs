//! A run killed at any moment: what was published before stays whole, and the next run works.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::util::{DONE, Project, TABLES};

/// Moments at which a run is killed, in parts of a whole run's time.
const MOMENTS: u32 = 8;

#[test]
fn a_kill_at_any_moment_leaves_everything_whole() {
    let project = Project::sample();
    let start = Instant::now();
    project.run().exits(DONE);
    let whole_run = start.elapsed();
    let items = project.table("items");
    for moment in 0..MOMENTS {
        let before = project.latest();
        let mut run = project.start_run();
        sleep(whole_run * moment / MOMENTS);
        run.kill().unwrap();
        let ended = run.wait().unwrap();
        everything_is_whole(&project);
        if !ended.success() && project.runs().iter().any(|run| run.ends_with(".partial")) {
            assert_eq!(project.latest(), before, "`latest` moved before the run was whole");
        }
        // Run ids have seconds: the next run must not need a number to be told apart from the killed one.
        sleep(Duration::from_millis(5));
    }
    project.run().exits(DONE);
    assert_eq!(project.runs().into_iter().filter(|run| run.ends_with(".partial")).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(project.table("items"), items, "a killed run changed the ledger");
}

/// The latest run can be read, and the ledger is sound and knows every item of it.
fn everything_is_whole(project: &Project) {
    for table in TABLES {
        project.frame(table);
    }
    for output in ["manifest.json", "summary/summary.html", "summary/summary.xlsx"] {
        assert!(!project.output(output).is_empty(), "{output}");
    }
    let ledger = rusqlite::Connection::open(project.path("out/ledger.sqlite")).unwrap();
    let ask = |query: &str| -> String { ledger.query_row(query, [], |row| row.get(0)).unwrap() };
    assert_eq!(ask("PRAGMA integrity_check"), "ok");
    assert_eq!(ask("SELECT CAST(count(*) AS TEXT) FROM items"), project.frame("items").height().to_string());
}
