//! Links against the truth: persons by places, households by numbers.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, ParquetReader, SerReader};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evaluation, Truth, no_column, unreadable};
use crate::error::{Error, Result};

/// A file and a row in one number; files are numbered as they are met.
#[derive(Default)]
struct Places {
    files: FxHashMap<String, u64>,
}

impl Places {
    fn key(&mut self, file: &str, row: &str) -> Option<u64> {
        Some(self.file(file) << 32 | row.parse::<u32>().ok().map(u64::from)?)
    }
    fn file(&mut self, file: &str) -> u64 {
        let next = self.files.len() as u64;
        match self.files.get(file) {
            Some(number) => *number,
            None => *self.files.entry(file.to_owned()).or_insert(next),
        }
    }
}

/// A person of the truth.
#[derive(Default)]
struct Person {
    class: u32,
    on_both_sides: bool,
    recoverable: bool,
    matched: bool,
    undecided: bool,
    mismatched: bool,
}

/// Everybody of the truth, and whose each row is.
#[derive(Default)]
struct Everybody {
    places: Places,
    persons: Vec<Person>,
    /// Classes as written, in the order they were met.
    classes: Vec<String>,
    whose: [FxHashMap<u64, u32>; 2],
}

/// Judges member links.
pub(super) fn members(links: &Path, truth: &Path, evaluation: &mut Evaluation) -> Result<()> {
    let mut everybody = read_everybody(truth)?;
    judge_links(&read_table(links)?, &links.display().to_string(), &mut everybody, evaluation)?;
    for person in everybody.persons.iter().filter(|person| person.on_both_sides) {
        evaluation.members.recall.add(person.matched);
        if person.recoverable {
            evaluation.recoverable_recall.add(person.matched);
        }
        for class in everybody.classes[person.class as usize].split(';') {
            let score = evaluation.classes.entry(class.to_owned()).or_default();
            score.persons += 1;
            score.matched += u64::from(person.matched);
            score.undecided += u64::from(!person.matched && person.undecided);
            score.mismatched += u64::from(!person.matched && !person.undecided && person.mismatched);
        }
    }
    Ok(())
}

fn read_everybody(path: &Path) -> Result<Everybody> {
    let wanted = [
        "national_file",
        "national_row",
        "provincial_file",
        "provincial_row",
        "person",
        "class",
        "recoverable",
        "duplicate",
    ];
    let mut everybody = Everybody::default();
    let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
    let mut classes: FxHashMap<String, u32> = FxHashMap::default();
    Truth::open(path, &wanted)?.each(|cells: [&str; 8]| {
        let [national_file, national_row, provincial_file, provincial_row, person, class, recoverable, duplicate] =
            cells;
        let number = *numbers.entry(person.to_owned()).or_insert_with(|| {
            everybody.persons.push(Person::default());
            everybody.persons.len() as u32 - 1
        });
        let sides =
            [everybody.places.key(national_file, national_row), everybody.places.key(provincial_file, provincial_row)];
        for (whose, place) in everybody.whose.iter_mut().zip(sides) {
            if let Some(place) = place {
                whose.insert(place, number);
            }
        }
        if duplicate != "true" {
            let class = *classes.entry(class.to_owned()).or_insert_with(|| {
                everybody.classes.push(class.to_owned());
                everybody.classes.len() as u32 - 1
            });
            let person = &mut everybody.persons[number as usize];
            person.class = class;
            person.on_both_sides = sides.iter().all(Option::is_some);
            person.recoverable = recoverable == "true";
        }
    })?;
    Ok(everybody)
}

fn judge_links(table: &DataFrame, path: &str, everybody: &mut Everybody, evaluation: &mut Evaluation) -> Result<()> {
    let column = |name: &str| text_column(table, path, name);
    let decisions = column("decision")?;
    let sides = [("national_file", "national_row"), ("provincial_file", "provincial_row")];
    let [national, provincial] = sides.map(|(file, row)| Ok::<_, Error>((column(file)?, column(row)?)));
    let (national, provincial) = (national?, provincial?);
    let cell = |column: &Column, at: usize| column.str().ok().and_then(|text| text.get(at)).unwrap_or("").to_owned();
    for at in 0..table.height() {
        let owners = [(0, &national), (1, &provincial)].map(|(side, (file, row)): (usize, &(Column, Column))| {
            let place = everybody.places.key(&cell(file, at), &cell(row, at))?;
            everybody.whose[side].get(&place).copied()
        });
        let [Some(left), Some(right)] = owners else {
            evaluation.unknown_places += 1;
            continue;
        };
        let same = left == right;
        match cell(&decisions, at).as_str() {
            "match" => {
                evaluation.members.precision.add(same);
                let person = &mut everybody.persons[left as usize];
                person.matched |= same;
                person.mismatched |= !same;
                everybody.persons[right as usize].mismatched |= !same;
            }
            undecided => {
                let rate = if undecided == "conflict" { &mut evaluation.conflict } else { &mut evaluation.review };
                rate.add(same);
                everybody.persons[left as usize].undecided |= same;
            }
        }
    }
    Ok(())
}

/// Judges household links: pairs of numbers, and their relations.
pub(super) fn households(links: &Path, truth: &Path, evaluation: &mut Evaluation) -> Result<()> {
    let mut relations: BTreeMap<(String, String), String> = BTreeMap::new();
    let wanted = ["national_household_no", "provincial_household_no", "relation"];
    Truth::open(truth, &wanted)?.each(|[national, provincial, relation]: [&str; 3]| {
        relations.insert((national.to_owned(), provincial.to_owned()), relation.to_owned());
    })?;
    let (table, path) = (read_table(links)?, links.display().to_string());
    let [national, provincial, relation] = wanted.map(|name| text_column(&table, &path, name));
    let (national, provincial, relation) = (national?, provincial?, relation?);
    let cell = |column: &Column, at: usize| column.str().ok().and_then(|text| text.get(at)).unwrap_or("").to_owned();
    let mut found: FxHashSet<(String, String)> = FxHashSet::default();
    for at in 0..table.height() {
        let pair = (cell(&national, at), cell(&provincial, at));
        let truth = relations.get(&pair);
        evaluation.households.precision.add(truth.is_some());
        if let Some(truth) = truth {
            evaluation.household_relations.add(*truth == cell(&relation, at));
            found.insert(pair);
        }
    }
    for pair in relations.keys() {
        evaluation.households.recall.add(found.contains(pair));
    }
    Ok(())
}

/// A published table.
pub(super) fn read_table(path: &Path) -> Result<DataFrame> {
    let shown = path.display().to_string();
    let file = File::open(path).map_err(|cause| unreadable(&shown, &cause))?;
    ParquetReader::new(file).finish().map_err(|cause| unreadable(&shown, &cause))
}

/// A column as text, in one piece; rows and years are numbers in published tables.
pub(super) fn text_column(table: &DataFrame, path: &str, name: &str) -> Result<Column> {
    let column = table.column(name).map_err(|_| no_column(path, name))?;
    Ok(column.cast(&DataType::String)?.rechunk())
}
