//! Linking alone, from parquet, on synthetic registries of three sizes; and the kernels by themselves.
//!
//! ```text
//! cargo bench --bench link                 kernels, 100,000 and 1,000,000 persons a side
//! cargo bench --bench link -- kernels      some: kernels, 100k, 1M, 5M, each also as 100k-noid …: without identifiers
//! ```
//!
//! Counts, precision and recall stand beside times. Processor time and peak memory come from GNU time (`/usr/bin/time`);
//! without it they are `-`. Nothing is asserted about time.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use hedui::similarity::{chinese, edit, identifier};
use serde_json::Value;

/// Persons a side, and the households that have about as many.
const SIZES: [(&str, u32); 3] = [("100k", 46_500), ("1M", 465_000), ("5M", 2_325_000)];
const USUAL: [&str; 3] = ["kernels", "100k", "1M"];
const PROGRAM: &str = env!("CARGO_BIN_EXE_hedui");
const TIMER: &str = "/usr/bin/time";
const PIPELINE: &str = "pipelines/persons-zh.toml";

fn main() {
    let mut asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    if asked.is_empty() {
        asked = USUAL.map(str::to_owned).to_vec();
    }
    if asked.iter().any(|name| name == "kernels") {
        kernels();
    }
    println!("{}", line(["size", "left", "right", "pairs", "linked", "P", "R", "wall s", "cpu s", "peak MiB"]));
    for (size, households) in SIZES {
        for (name, without) in [(size.to_owned(), false), (format!("{size}-noid"), true)] {
            if asked.contains(&name) {
                println!("{}", line(measure(&name, households, without).each_ref().map(String::as_str)));
            }
        }
    }
}

/// One linkage and its evaluation.
fn measure(name: &str, households: u32, without_identifiers: bool) -> [String; 10] {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let input = dir.path().join("input");
    let (households, out) = (households.to_string(), dir.path().join("out"));
    let mut synth = vec!["synth", "--quiet", "--no-benefits", "--format", "parquet", "--seed", "21"];
    synth.extend(["--households", &households, "--out", text(&input)]);
    if without_identifiers {
        synth.extend(["--missing-ids", "1.0"]);
    }
    done(Command::new(PROGRAM).args(&synth).output().expect("the program starts"));
    let mut args = vec!["link".to_owned(), PIPELINE.to_owned(), "--quiet".to_owned(), "--json".to_owned()];
    args.extend(["--input".to_owned(), text(&input).to_owned(), "--out".to_owned(), text(&out).to_owned()]);
    for (flag, folder, prefix) in [("--left", "national", "贫困户"), ("--right", "provincial", "人员")] {
        for file in files(&input.join(folder), prefix) {
            args.extend([flag.to_owned(), text(&file).to_owned()]);
        }
    }
    let start = Instant::now();
    let (ran, cost) = timed(&args);
    let wall = start.elapsed().as_secs_f64();
    let digest: Value = serde_json::from_slice(&ran.stdout).expect("a digest");
    let pairs: u64 = digest["rules"].as_array().into_iter().flatten().filter_map(|rule| rule["pairs"].as_u64()).sum();
    let truth = input.join("truth");
    let judged = Command::new(PROGRAM).args(["evaluate", text(&out), "--json", "--truth", text(&truth)]).output();
    let judged: Value = serde_json::from_slice(&done(judged.expect("the program starts")).stdout).expect("a verdict");
    let share = |name: &str| {
        let part = |part: &str| judged["members"][name][part].as_f64().unwrap_or(f64::NAN);
        format!("{:.5}", part("count") / part("of"))
    };
    [
        name.to_owned(),
        digest["members"][0].to_string(),
        digest["members"][1].to_string(),
        pairs.to_string(),
        digest["linked"].to_string(),
        share("precision"),
        share("recall"),
        format!("{wall:.2}"),
        cost[0].clone(),
        cost[1].clone(),
    ]
}

/// Runs the program, and tells its processor time in seconds and its peak memory in MiB.
fn timed(args: &[String]) -> (Output, [String; 2]) {
    if !Path::new(TIMER).exists() {
        let ran = Command::new(PROGRAM).args(args).output().expect("the program starts");
        return (done(ran), ["-".to_owned(), "-".to_owned()]);
    }
    let ran = Command::new(TIMER).args(["-f", "%U %S %M", PROGRAM]).args(args).output().expect("time starts");
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    let last = told.lines().last().unwrap_or_default().to_owned();
    let numbers: Vec<f64> = last.split(' ').filter_map(|number| number.parse().ok()).collect();
    let cost = match numbers[..] {
        [user, system, kib] => [format!("{:.2}", user + system), format!("{:.0}", kib / 1024.0)],
        _ => ["-".to_owned(), "-".to_owned()],
    };
    (done(ran), cost)
}

fn done(ran: Output) -> Output {
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    ran
}

fn files(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of exports").flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)))
        .collect();
    files.sort();
    files
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn line(cells: [&str; 10]) -> String {
    let widths = [9, 9, 9, 10, 9, 8, 8, 8, 8, 9];
    cells.iter().zip(widths).map(|(cell, width)| format!("{cell:>width$}")).collect::<Vec<_>>().join(" ")
}

/// Nanoseconds a pair of the hand-written kernels, on names and numbers made by counting.
fn kernels() {
    const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗";
    const GIVEN: &str = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建国文玲";
    let surnames: Vec<char> = SURNAMES.chars().collect();
    let given: Vec<char> = GIVEN.chars().collect();
    let name = |n: usize| -> String {
        [surnames[n % 20], given[n / 20 % 33], given[(n / 7 + n / 660) % 33]].into_iter().take(2 + n % 2).collect()
    };
    let names: Vec<Vec<chinese::Glyph>> = (0..4096)
        .map(|n| {
            let mut glyphs = Vec::new();
            chinese::prepare(&name(n), &mut glyphs);
            glyphs
        })
        .collect();
    let number = |n: usize| {
        format!("3421{:02}{:04}{:02}{:02}{:03}{}", n % 30, 1940 + n % 75, 1 + n % 12, 1 + n % 28, n % 1000, n % 10)
    };
    let numbers: Vec<_> = (0..4096).filter_map(|n| identifier::Identifier::parse(&number(n))).collect();
    println!("{:<28} {:>10} {:>10} {:>12}", "kernel", "pairs", "ns a pair", "not the last");
    time("name level", names.len(), |a, b| chinese::level(&names[a], &names[b]) as usize, 9);
    time("identifier level", numbers.len(), |a, b| identifier::level(&numbers[a], &numbers[b]) as usize, 8);
    time("edits of 18 bytes", numbers.len(), |a, b| edit::osa(numbers[a].text(), numbers[b].text()), 18);
}

/// Every value with 256 others; counts those that are not at the `last` level, so that nothing is optimised away.
fn time(kernel: &str, values: usize, level: impl Fn(usize, usize) -> usize, last: usize) {
    const PARTNERS: usize = 256;
    let start = Instant::now();
    let mut alike = 0_u64;
    for a in 0..values {
        for step in 1..=PARTNERS {
            alike += u64::from(black_box(level(a, (a + step * 13) % values)) < last);
        }
    }
    let pairs = values * PARTNERS;
    let nanoseconds = start.elapsed().as_nanos() as f64 / pairs as f64;
    println!("{kernel:<28} {pairs:>10} {nanoseconds:>10.1} {alike:>12}");
}
