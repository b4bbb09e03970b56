//! Whole runs of the built program on synthetic counties of three sizes: time, memory, and what came out.
//!
//! ```text
//! cargo bench --bench pipeline            all sizes
//! cargo bench --bench pipeline -- S M     some
//! ```
//!
//! Counts stand beside times, so that a run that became fast by finding nothing is seen. Processor time and peak
//! memory come from GNU time (`/usr/bin/time`); without it they are `-`. Nothing is asserted about time.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use serde_json::Value;

/// A township, a small county, and the county of the requirements: 83,000 households.
const SIZES: [(&str, u32); 3] = [("S", 600), ("M", 10_000), ("L", 83_000)];
const REPEATS: [(&str, usize); 3] = [("S", 5), ("M", 3), ("L", 1)];
const PROGRAM: &str = env!("CARGO_BIN_EXE_hedui");
const TIMER: &str = "/usr/bin/time";

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    println!("{}", line(["size", "households", "wall s", "cpu s", "peak MiB", "rows", "linked", "review", "findings"]));
    for (size, households) in SIZES {
        if asked.is_empty() || asked.iter().any(|name| name == size) {
            println!("{}", line(measure(size, households).each_ref().map(String::as_str)));
        }
    }
}

/// The fastest of several runs on one county.
fn measure(size: &str, households: u32) -> [String; 9] {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let input = dir.path().join("input");
    let made = command(&["synth", "--quiet", "--households", &households.to_string(), "--out", text(&input)]).output();
    assert_done(&made.expect("the program starts"));
    let repeats = REPEATS.iter().find(|(name, _)| *name == size).map_or(1, |(_, repeats)| *repeats);
    let runs = (0..repeats).map(|_| run(&input, &dir.path().join("out")));
    let best = runs.min_by(|a, b| a.wall_seconds.total_cmp(&b.wall_seconds)).expect("one run at least");
    let count = |path: &str| best.digest.pointer(path).map_or("-".to_owned(), Value::to_string);
    let findings = best.digest["findings"].as_array().into_iter().flatten().filter_map(Value::as_u64).sum::<u64>();
    [
        size.to_owned(),
        households.to_string(),
        format!("{:.2}", best.wall_seconds),
        best.cpu_seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.2}")),
        best.peak_mib.map_or("-".to_owned(), |mib| format!("{mib:.0}")),
        count("/rows_read"),
        count("/linked"),
        count("/review"),
        findings.to_string(),
    ]
}

/// What one run cost, and its digest.
struct Run {
    wall_seconds: f64,
    cpu_seconds: Option<f64>,
    peak_mib: Option<f64>,
    digest: Value,
}

fn run(input: &Path, out: &Path) -> Run {
    if out.exists() {
        fs::remove_dir_all(out).expect("the last run removed");
    }
    let pipeline = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/county.toml");
    let args = ["run", text(&pipeline), "--input", text(input), "--out", text(out), "--json", "--quiet"];
    let start = Instant::now();
    let output = command(&args).output().expect("the program starts");
    let wall_seconds = start.elapsed().as_secs_f64();
    assert_done(&output);
    let told: Value = serde_json::from_slice(&output.stdout).expect("a digest on stdout");
    let [user, system, peak_kib] = timed(&String::from_utf8_lossy(&output.stderr));
    Run {
        wall_seconds,
        cpu_seconds: user.zip(system).map(|(user, system)| user + system),
        peak_mib: peak_kib.map(|kib| kib / 1024.0),
        digest: told["digest"].clone(),
    }
}

/// The program, under GNU time where there is one.
fn command(args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    if Path::new(TIMER).exists() {
        command = Command::new(TIMER);
        command.args(["-f", "timed %U %S %M", PROGRAM]);
    }
    command.args(args);
    command
}

/// User seconds, system seconds and peak KiB from GNU time's line.
fn timed(stderr: &str) -> [Option<f64>; 3] {
    let line = stderr.lines().rev().find_map(|line| line.strip_prefix("timed "));
    let mut numbers = line.unwrap_or_default().split(' ').map(|number| number.parse().ok());
    std::array::from_fn(|_| numbers.next().flatten())
}

fn assert_done(output: &Output) {
    assert!(output.status.success(), "{}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a UTF-8 path")
}

fn line(cells: [&str; 9]) -> String {
    cells.map(|cell| format!("{cell:>10}")).concat()
}
