//! The whole audit of a county over four years, with its departments' rolls: seconds of the stages, and what was found.
//!
//! ```text
//! cargo bench --bench audit            83,000 households, about 179,000 people
//! cargo bench --bench audit -- 10000   another size
//! ```
//!
//! Cost is to grow with the rows: run two sizes and compare. Findings by category stand beside the times, so that an audit
//! that became fast by finding nothing is seen. Nothing is asserted about time.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hedui");
const HOUSEHOLDS: &str = "83000";
/// Years of registers, and of measures.
const YEARS: [&str; 2] = ["2015,2016,2017,2018", "2016,2017,2018"];

fn main() {
    let asked = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let households = asked.unwrap_or_else(|| HOUSEHOLDS.to_owned());
    let dir = tempfile::tempdir().expect("a scratch folder");
    let (input, out) = (dir.path().join("input"), dir.path().join("out"));
    let synth = ["synth", "--quiet", "--households", &households, "--seed", "5", "--rolls", "--format", "parquet"];
    let years = ["--data-years", YEARS[0], "--years", YEARS[1], "--out", text(&input)];
    run(&[&synth[..], &years[..]].concat());
    let pipeline = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/county.toml");
    run(&["run", text(&pipeline), "--quiet", "--input", text(&input), "--out", text(&out)]);
    let manifest = latest(&out, "manifest.json");
    println!("households {households}, registers of {}, measures of {}", YEARS[0], YEARS[1]);
    for stage in manifest["stages"].as_array().into_iter().flatten() {
        println!("{:>10} {:>8.2} s", stage["stage"].as_str().unwrap_or("-"), stage["seconds"].as_f64().unwrap_or(0.0));
    }
    for (table, rows) in outputs(&manifest) {
        println!("{table:>40} {rows:>10} rows");
    }
}

fn run(args: &[&str]) {
    let output = Command::new(PROGRAM).args(args).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A file of the newest run.
fn latest(out: &Path, file: &str) -> Value {
    let runs = fs::read_dir(out.join("runs")).expect("a run").filter_map(Result::ok).map(|entry| entry.path());
    let newest = runs.max().expect("a run");
    serde_json::from_slice(&fs::read(newest.join(file)).expect("a manifest")).expect("JSON")
}

/// Published tables and their rows.
fn outputs(manifest: &Value) -> Vec<(String, u64)> {
    let files = manifest["outputs"].as_array().into_iter().flatten();
    let rows = files.filter_map(|file| Some((file["file"].as_str()?.to_owned(), file["rows"].as_u64()?)));
    rows.filter(|(file, _)| file.starts_with("data/")).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a UTF-8 path")
}
