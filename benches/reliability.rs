//! What damaged files, mistaken deliveries and kills do to people, items and the ledger: counts, and the time they took.
//!
//! ```text
//! cargo bench --bench reliability                        all three, with the figures of the README
//! cargo bench --bench reliability -- mutants 2000 1 2 3  damaged files: how many of each seed, the seeds
//! cargo bench --bench reliability -- deliveries [WORD]   mistaken deliveries, those with the word in their name
//! cargo bench --bench reliability -- kills 40            kills at moments spread over a whole run
//! HEDUI_LOSSES=DIR                                       every loss is kept there as a file
//! ```
//!
//! The cases are those of the tests, which try fewer of them. Anything but 0 in the columns that must be 0 ends with
//! exit code 1.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(dead_code, reason = "the helpers of the tests are more than is needed here")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[path = "../tests/it/book.rs"]
mod book;
#[path = "../tests/it/deliveries.rs"]
mod deliveries;
#[path = "../tests/it/formats.rs"]
mod formats;
#[path = "../tests/it/losses.rs"]
mod losses;
#[path = "../tests/it/mistakes.rs"]
mod mistakes;
#[path = "../tests/it/mutants.rs"]
mod mutants;
#[path = "../tests/it/util.rs"]
mod util;

const MUTANTS: u64 = 2000;
const SEEDS: [u64; 3] = [1, 2, 3];
const KILLS: u32 = 40;

fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let numbers: Vec<u64> = asked.iter().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let count = |usual: u64| numbers.first().copied().unwrap_or(usual);
    let seeds = if numbers.len() > 1 { &numbers[1..] } else { &SEEDS };
    let bad = match asked.first().map(String::as_str) {
        Some("mutants") => damaged_files(count(MUTANTS), seeds),
        Some("deliveries") => mistaken_deliveries(asked.get(1).map_or("", String::as_str)),
        Some("kills") => kills(u32::try_from(count(u64::from(KILLS))).expect("a small number")),
        _ => damaged_files(MUTANTS, &SEEDS) + mistaken_deliveries("") + kills(KILLS),
    };
    if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How many are lost, slow, or made a reader panic.
fn damaged_files(count: u64, seeds: &[u64]) -> usize {
    const FATES: [&str; 7] = ["refused", "complete", "other values", "told", "LOST", "SLOW", "PANIC"];
    std::panic::set_hook(Box::new(|_| {}));
    let (originals, start) = (losses::Originals::new(), Instant::now());
    let (mut fates, mut bad) = (BTreeMap::new(), Vec::new());
    for seed in seeds {
        let (of_seed, bad_of_seed) = losses::survey(&originals, *seed, count);
        of_seed.into_iter().for_each(|(key, mutants)| *fates.entry(key).or_insert(0) += mutants);
        bad.extend(bad_of_seed.into_iter().map(|bad| (*seed, bad)));
    }
    _ = std::panic::take_hook();
    println!("damaged files: {count} of each seed {seeds:?}, {:.0} s", start.elapsed().as_secs_f64());
    println!("{:<16}{}", "format", FATES.map(|fate| format!("{fate:>14}")).concat());
    let cell = |format: &str, fate: &str| {
        fates
            .iter()
            .filter(|(key, _)| key.1 == fate && (format.is_empty() || key.0 == format))
            .map(|(_, n)| n)
            .sum::<usize>()
    };
    for format in formats::Format::ALL.map(formats::Format::name).into_iter().chain([""]) {
        let title = if format.is_empty() { "all" } else { format };
        println!("{title:<16}{}", FATES.map(|fate| format!("{:>14}", cell(format, fate))).concat());
    }
    for (seed, (mutant, fate)) in &bad {
        let name = format!("{seed}-{}.{}", mutant.number, mutant.format.extension());
        println!("{name}\t{}\t{}\t{fate:?}", mutant.format.name(), mutant.damage);
    }
    println!();
    bad.len()
}

/// How many mistakes closed or invented something, or did not refuse what must be refused.
fn mistaken_deliveries(word: &str) -> usize {
    let mut mistakes = mistakes::mistakes();
    mistakes.retain(|mistake| mistake.name.contains(word));
    let start = Instant::now();
    let effects = deliveries::attempt_all(&mistakes);
    println!("mistaken deliveries: {}, {:.0} s", mistakes.len(), start.elapsed().as_secs_f64());
    let sum = |of: fn(&deliveries::Effect) -> [usize; 2]| effects.iter().flat_map(of).sum::<usize>();
    let refused = effects.iter().filter(|effect| effect.exits[0] == util::REFUSED).count();
    println!("refused {refused}, closed {}, new {}", sum(|effect| effect.closed), sum(|effect| effect.new));
    let wrong: Vec<_> = effects.iter().filter(|effect| !effect.wrong.is_empty()).collect();
    wrong.iter().for_each(|effect| println!("{}", effect.line()));
    println!();
    wrong.len()
}

/// After how many kills the ledger is not that of the latest run.
fn kills(count: u32) -> usize {
    let project = util::Project::sample();
    let start = Instant::now();
    project.run().exits(util::DONE);
    let (whole_run, mut broken, mut killed) = (start.elapsed(), 0, 0);
    for moment in 0..count {
        let mut run = project.start_run();
        std::thread::sleep(whole_run * moment / count);
        run.kill().expect("the run is killed");
        killed += usize::from(!run.wait().expect("the run ends").success());
        std::thread::sleep(Duration::from_millis(5));
        let ran = project.run_with(&["--as-of", "2018-12-31", "--dry-run"]);
        broken += usize::from(ran.code != util::DONE || !project.ledger_is_that_of_latest());
    }
    println!(
        "kills: {killed} of {count} before the end; ledger is not that of `latest` after {broken}, {:.0} s",
        start.elapsed().as_secs_f64()
    );
    broken
}
