//! What becomes of known people when the file that holds them is damaged.
//!
//! Every mutant is read as the county's pipeline would read it, which takes milliseconds. Where somebody is missing and
//! the reader says nothing, the whole program is asked: the damaged file stands in the county's exports after a good run,
//! and the run must refuse it, or name the file or its township in a warning, and close nothing about those missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Instant;

use hedui::ingest::{self, Binding, Ingested};
use hedui::pipeline::Plan;

use super::book::Book;
use super::deliveries::corrected;
use super::formats::Format;
use super::mutants::{Mutant, Original, mutant};
use super::util::{DONE, Project, REFUSED, shipped};

/// The export that is damaged.
const FILE: &str = "national/贫困户信息查询_城关镇.xlsx";
const TOWN: &str = "城关镇";

/// What became of the people of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The file was refused.
    Refused,
    /// Everybody was read, with every value.
    Complete,
    /// Everybody was read; some values are others, as the damaged bytes say.
    OtherValues(usize),
    /// Some were not read, or lost values, and that is told.
    Told,
    /// Some were not read, or lost values, and nothing is said.
    Lost(String),
    /// It took longer than five seconds.
    Slow(u128),
    /// A reader panicked.
    Panicked,
}

impl Fate {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Complete => "complete",
            Self::OtherValues(_) => "other values",
            Self::Told => "told",
            Self::Lost(_) => "LOST",
            Self::Slow(_) => "SLOW",
            Self::Panicked => "PANIC",
        }
    }

    /// Whether it is what must never happen.
    pub(crate) fn is_bad(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Slow(_) | Self::Panicked)
    }
}

/// Values that a reader may leave out for one damaged place without a word: more is a loss.
const BLANKED: usize = 4;

static PLAN: LazyLock<Plan> = LazyLock::new(|| Plan::load(&shipped("pipelines/county.toml")).expect("a pipeline"));

/// The table that every original holds: a title, the header, the people, a footer.
static TABLE: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let mut table = Book::open(&shipped("sample-data").join(FILE)).table();
    let width = table[0].len();
    let line = |cells: &[&str]| {
        (0..width).map(|ix| cells.get(ix).copied().unwrap_or_default().to_owned()).collect::<Vec<String>>()
    };
    table.insert(0, line(&["示例县贫困户信息查询结果"]));
    table.push(line(&["合计", "", "517人"]));
    table
});

/// One original of each format, with what it gives when it is read.
pub(crate) struct Originals {
    pub(crate) files: Vec<Original>,
    people: Vec<Vec<Person>>,
    dir: tempfile::TempDir,
}

/// A row as read: field → value.
type Person = BTreeMap<String, String>;

impl Originals {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a scratch folder");
        let plain = |format: Format| if format == Format::Parquet { &TABLE[1..TABLE.len() - 1] } else { &TABLE[..] };
        let files: Vec<Original> = Format::ALL.map(|format| Original::new(format, plain(format))).into();
        let people = files.iter().map(|file| people(&read(dir.path(), file.format, &file.bytes).expect("readable")));
        let people: Vec<Vec<Person>> = people.collect();
        for (file, people) in files.iter().zip(&people) {
            let expected: Vec<&String> = people_numbers();
            let found: Vec<&String> = people.iter().map(|person| &person["person_no"]).collect();
            assert_eq!(found, expected, "{}", file.format.name());
        }
        Self { files, people, dir }
    }

    /// The mutant of a seed and number, and what becomes of its people.
    pub(crate) fn fate(&self, seed: u64, number: u64) -> (Mutant, Fate) {
        let mutant = mutant(&self.files, seed, number);
        let dir = self.dir.path().join(format!("{seed}-{number}"));
        fs::create_dir(&dir).expect("a folder");
        let (format, bytes) = (mutant.format, mutant.bytes.clone());
        let start = Instant::now();
        let result = catch_unwind(|| read(&dir, format, &bytes).map_err(|_| ()));
        let took = start.elapsed().as_millis();
        fs::remove_dir_all(&dir).expect("a folder removed");
        let fate = match result {
            Err(_) => Fate::Panicked,
            Ok(_) if took > 5000 => Fate::Slow(took),
            Ok(Err(())) => Fate::Refused,
            Ok(Ok(ingested)) => self.judged(&mutant, &ingested),
        };
        (mutant, fate)
    }

    fn judged(&self, mutant: &Mutant, ingested: &Ingested) -> Fate {
        let at = self.files.iter().position(|file| file.format == mutant.format).expect("an original");
        let known = &self.people[at];
        let comparison = Comparison::of(known, &people(ingested));
        let told = ingested.rejects.len();
        match &comparison {
            Comparison { missing, blanked, changed } if missing.is_empty() && *blanked <= BLANKED => {
                match blanked + changed {
                    0 => Fate::Complete,
                    cells => Fate::OtherValues(cells),
                }
            }
            Comparison { missing, blanked, .. } if missing.len() <= told && (*blanked <= BLANKED || told > 0) => {
                Fate::Told
            }
            _ => asked(mutant, known, &comparison),
        }
    }
}

/// The numbers of the people of [`TABLE`], in its order.
fn people_numbers() -> Vec<&'static String> {
    let column = TABLE[1].iter().position(|header| header == "人编号").expect("a column");
    TABLE[2..TABLE.len() - 1].iter().map(|row| &row[column]).collect()
}

fn read(dir: &Path, format: Format, bytes: &[u8]) -> hedui::error::Result<Ingested> {
    let profile = PLAN.profiles.iter().find(|profile| profile.id == "national-person").expect("its profile");
    let binding: &Binding = &profile.binding;
    let name = format!("贫困户信息_x.{}", format.extension());
    let path = dir.join(&name);
    fs::write(&path, bytes).expect("a file written");
    ingest::read(&path, &name, "national", binding, &PLAN.limits)
}

fn people(ingested: &Ingested) -> Vec<Person> {
    let mut people = Vec::new();
    for sheet in &ingested.sheets {
        let columns = sheet.frame.columns().iter().filter(|column| column.name() != "row");
        let columns: Vec<_> = columns.map(|column| (column.name().to_string(), column.str().expect("text"))).collect();
        for row in 0..sheet.frame.height() {
            let value = |(name, column): &(String, &polars::prelude::StringChunked)| {
                (name.clone(), column.get(row).unwrap_or_default().to_owned())
            };
            people.push(columns.iter().map(value).collect());
        }
    }
    people
}

/// Known people against those read.
struct Comparison {
    /// Ordinals of known people whom no row read can be.
    missing: Vec<usize>,
    /// Values that are gone.
    blanked: usize,
    /// Values that are others.
    changed: usize,
}

impl Comparison {
    /// A row read is a person when it has their number, their identifier, or their name in their household.
    fn of(known: &[Person], read: &[Person]) -> Self {
        let get = |person: &Person, field: &str| person.get(field).cloned().unwrap_or_default();
        let keys = |person: &Person| {
            let household = format!("{} {}", get(person, "household_no"), get(person, "name"));
            [("n", get(person, "person_no")), ("i", get(person, "id_no")), ("h", household)]
        };
        let mut by_key: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
        for (ix, person) in read.iter().enumerate() {
            keys(person).into_iter().for_each(|key| by_key.entry(key).or_default().push(ix));
        }
        let (mut comparison, mut taken) = (Self { missing: Vec::new(), blanked: 0, changed: 0 }, BTreeSet::new());
        for (ix, person) in known.iter().enumerate() {
            let candidates: BTreeSet<usize> = keys(person)
                .iter()
                .filter(|key| key.1.len() > 5)
                .filter_map(|key| by_key.get(key))
                .flatten()
                .copied()
                .collect();
            let best = candidates
                .into_iter()
                .filter(|row| !taken.contains(row))
                .min_by_key(|row| person.iter().filter(|(field, value)| get(&read[*row], field) != **value).count());
            let Some(best) = best else {
                comparison.missing.push(ix);
                continue;
            };
            taken.insert(best);
            for (field, value) in person.iter().filter(|(_, value)| !value.is_empty()) {
                match get(&read[best], field) {
                    found if found.is_empty() => comparison.blanked += 1,
                    found if found != *value => comparison.changed += 1,
                    _ => {}
                }
            }
        }
        comparison
    }
}

/// The registers of the newest year after a good run.
static COUNTY: LazyLock<(Project, BTreeSet<String>)> = LazyLock::new(|| {
    let project = Project::empty();
    for folder in ["national", "provincial"] {
        for entry in fs::read_dir(shipped("sample-data").join(folder)).expect("exports") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_file() && !name.starts_with("帮扶") {
                project.write(&format!("{folder}/{name}"), fs::read(path).expect("an export"));
            }
        }
    }
    let ran = project.run_with(&["--as-of", "2018-12-31"]);
    ran.exits(DONE);
    (project, ran.stderr.lines().map(str::to_owned).collect())
});

/// What the program says about a county with the damaged file in it.
fn asked(mutant: &Mutant, known: &[Person], comparison: &Comparison) -> Fate {
    let (county, usual) = &*COUNTY;
    let project = county.copied();
    project.remove(FILE);
    let name = format!("national/贫困户信息_x.{}", mutant.format.extension());
    project.write(&name, &mutant.bytes);
    let ran = project.run_with(&["--as-of", "2019-01-31"]);
    if ran.code == REFUSED {
        return Fate::Refused;
    }
    let loss = format!(
        "{} people missing, {} values gone, {} others",
        comparison.missing.len(),
        comparison.blanked,
        comparison.changed
    );
    if ran.code != DONE {
        return Fate::Lost(format!("{loss}; exit {}", ran.code));
    }
    let missing: BTreeSet<&str> = comparison.missing.iter().map(|ix| known[*ix]["person_no"].as_str()).collect();
    let findings = county.table("findings");
    let about: BTreeSet<&str> = findings
        .iter()
        .filter(|finding| missing.contains(finding["national_person_no"].as_str()))
        .map(|finding| finding["finding_id"].as_str())
        .collect();
    let closed =
        project.table("items").into_iter().filter(|item| corrected(item) && about.contains(item["item_id"].as_str()));
    let closed = closed.count();
    let is_told = |line: &str| !usual.contains(line) && (line.contains("贫困户信息_x") || line.contains(TOWN));
    match (closed, ran.stderr.lines().any(is_told)) {
        (0, true) => Fate::Told,
        (closed, told) => Fate::Lost(format!("{loss}; closed {closed}, told {told}")),
    }
}

/// How many mutants of a format met a fate.
pub(crate) type Fates = BTreeMap<(&'static str, &'static str), usize>;

/// Mutants of one seed, two at a time; every bad one, and how many met each fate, by format.
pub(crate) fn survey(originals: &Originals, seed: u64, count: u64) -> (Fates, Vec<(Mutant, Fate)>) {
    let next = std::sync::atomic::AtomicU64::new(0);
    let found = std::sync::Mutex::new((BTreeMap::new(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    let (mutant, fate) = originals.fate(seed, number);
                    let mut found = found.lock().expect("no panic");
                    *found.0.entry((mutant.format.name(), fate.word())).or_default() += 1;
                    if fate.is_bad() {
                        found.1.push((mutant, fate));
                    }
                }
            });
        }
    });
    let (fates, mut bad) = found.into_inner().expect("no panic");
    bad.sort_by_key(|(mutant, _)| mutant.number);
    if let Ok(dir) = std::env::var("HEDUI_LOSSES") {
        for (Mutant { format, damage, number, bytes }, _) in &bad {
            let name = format!("{seed}-{number} {} {damage}.{}", format.name(), format.extension());
            fs::write(Path::new(&dir).join(name.replace([':', ' '], "-")), bytes).expect("a loss kept");
        }
    }
    (fates, bad)
}

/// So many are tried here.
const MUTANTS: u64 = 120;

/// Mutants of one seed; the long measure is `cargo bench --bench reliability`.
#[test]
fn no_damaged_file_loses_people_silently() {
    let (_, bad) = survey(&Originals::new(), 1, MUTANTS);
    let told: Vec<String> = bad
        .iter()
        .map(|(mutant, fate)| format!("{} {} {}: {fate:?}", mutant.number, mutant.format.name(), mutant.damage))
        .collect();
    assert!(told.is_empty(), "{} bad\n{}", told.len(), told.join("\n"));
}
