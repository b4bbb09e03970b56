//! Reading one person export in every format: cells per second, on one thread.
//!
//! ```text
//! cargo bench --bench ingest
//! cargo bench --bench ingest -- 5000      another number of households
//! ```
//!
//! A cell is an accepted row times a bound column, so the same people give the same number of cells in every format;
//! the table shows it beside the time. Nothing is asserted about time.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use hedui::ingest::{self, Binding, Ingested};
use hedui::pipeline::Plan;

const FORMATS: [&str; 4] = ["xlsx", "csv", "utf8", "parquet"];
const REPEATS: usize = 3;

fn main() {
    let asked = std::env::args().skip(1).find_map(|arg| arg.parse::<u32>().ok());
    let households = asked.unwrap_or(20_000).to_string();
    let pipeline = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/county.toml");
    let plan = Plan::load(&pipeline).expect("the shipped pipeline");
    let profile = plan.profiles.iter().find(|profile| profile.id == "national-person").expect("its profile");
    println!("{}", line(["format", "MiB", "rows", "cells", "s", "Mcells/s"]));
    for format in FORMATS {
        let dir = tempfile::tempdir().expect("a scratch folder");
        synth(format, &households, dir.path());
        println!(
            "{}",
            line(measure(format, &people(dir.path()), &profile.binding, &plan).each_ref().map(String::as_str))
        );
    }
}

fn synth(format: &str, households: &str, dir: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hedui"));
    command.args(["synth", "--quiet", "--no-benefits", "--households", households, "--format", format, "--out"]);
    assert!(command.arg(dir).status().expect("the program starts").success());
}

/// The person exports of the national side, sorted.
fn people(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir.join("national")).expect("national exports");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn measure(format: &str, files: &[PathBuf], binding: &Binding, plan: &Plan) -> [String; 6] {
    let bytes: u64 = files.iter().map(|file| file.metadata().expect("a file").len()).sum();
    let mut seconds = f64::INFINITY;
    let (mut rows, mut cells) = (0, 0);
    for _ in 0..REPEATS {
        let start = Instant::now();
        let read: Vec<Ingested> = files.iter().map(|file| read(file, binding, plan)).collect();
        seconds = seconds.min(start.elapsed().as_secs_f64());
        let sheets = || read.iter().flat_map(|ingested| &ingested.sheets);
        rows = sheets().map(|sheet| sheet.frame.height()).sum();
        cells = sheets().map(|sheet| sheet.frame.height() * sheet.columns.len()).sum();
    }
    [
        format.to_owned(),
        format!("{:.1}", bytes as f64 / f64::from(1 << 20)),
        rows.to_string(),
        cells.to_string(),
        format!("{seconds:.3}"),
        format!("{:.2}", cells as f64 / seconds / 1e6),
    ]
}

fn read(file: &Path, binding: &Binding, plan: &Plan) -> Ingested {
    ingest::read(file, &file.display().to_string(), "national", binding, &plan.limits).expect("a readable export")
}

fn line(cells: [&str; 6]) -> String {
    cells.map(|cell| format!("{cell:>12}")).concat()
}
