//! Links against the truth: persons by places, households by numbers.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType};
use rustc_hash::FxHashSet;

use super::curve::Counter;
use super::people::{Card, Everybody, Person, Words};
use super::{Evaluation, Score, Stratum, Truth, groups, no_column, unreadable};
use crate::error::Result;
use crate::table::parquet;

/// A link between two rows that the truth knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    pub(super) left: Card,
    pub(super) right: Card,
    decision: Decision,
    bits: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Match,
    Review,
    Conflict,
}

impl Judged {
    pub(super) fn is_right(&self) -> bool {
        self.left.person == self.right.person
    }
}

/// Judges member links.
pub(super) fn members(links: &Path, truth: &Path, evaluation: &mut Evaluation) -> Result<()> {
    let mut everybody = Everybody::read(truth)?;
    let mut judged = read_links(links, &everybody, evaluation)?;
    decide(&judged, &mut everybody, evaluation);
    recalls(&everybody, evaluation);
    evaluation.curve = curve(&judged, &everybody);
    judged.retain(|link| link.decision == Decision::Match);
    evaluation.strata = strata(&judged, &everybody);
    evaluation.household_groups = groups::judge(&everybody, &judged);
    Ok(())
}

fn read_links(path: &Path, everybody: &Everybody, evaluation: &mut Evaluation) -> Result<Vec<Judged>> {
    let table = Links::read(path)?;
    let mut judged = Vec::with_capacity(table.height);
    for at in 0..table.height {
        let card = |side: usize| everybody.card(side, cell(&table.files[side], at), cell(&table.rows[side], at));
        let (Some(left), Some(right)) = (card(0), card(1)) else {
            evaluation.unknown_places += 1;
            continue;
        };
        let decision = match cell(&table.decisions, at) {
            "match" => Decision::Match,
            "conflict" => Decision::Conflict,
            _ => Decision::Review,
        };
        judged.push(Judged { left, right, decision, bits: bits(&table.bits, at) });
    }
    Ok(judged)
}

/// The columns of `member_links` that are read.
struct Links {
    height: usize,
    decisions: Column,
    bits: Column,
    files: [Column; 2],
    rows: [Column; 2],
}

impl Links {
    fn read(path: &Path) -> Result<Self> {
        let (table, path) = (read_table(path)?, path.display().to_string());
        let text = |name: &str| text_column(&table, &path, name);
        Ok(Self {
            height: table.height(),
            decisions: text("decision")?,
            bits: bits_column(&table, &path)?,
            files: [text("national_file")?, text("provincial_file")?],
            rows: [text("national_row")?, text("provincial_row")?],
        })
    }
}

/// What every link says about its people, and the shares of what was decided.
fn decide(judged: &[Judged], everybody: &mut Everybody, evaluation: &mut Evaluation) {
    for link in judged {
        let is_right = link.is_right();
        let person = &mut everybody.persons[link.left.person as usize];
        let rate = match link.decision {
            Decision::Match => {
                person.matched |= is_right;
                person.mismatched |= !is_right;
                everybody.persons[link.right.person as usize].mismatched |= !is_right;
                &mut evaluation.members.precision
            }
            undecided => {
                person.undecided |= is_right;
                if undecided == Decision::Conflict { &mut evaluation.conflict } else { &mut evaluation.review }
            }
        };
        rate.add(is_right);
    }
}

fn recalls(everybody: &Everybody, evaluation: &mut Evaluation) {
    for person in everybody.persons.iter().filter(|person| person.on_both_sides) {
        evaluation.members.recall.add(person.matched);
        if person.recoverable {
            evaluation.recoverable_recall.add(person.matched);
        }
        for class in everybody.classes.word(person.class).unwrap_or_default().split(';') {
            let score = evaluation.classes.entry(class.to_owned()).or_default();
            score.persons += 1;
            score.matched += u64::from(person.matched);
            score.undecided += u64::from(!person.matched && person.undecided);
            score.mismatched += u64::from(!person.matched && !person.undecided && person.mismatched);
        }
    }
}

/// Matches and pairs under review by weight: a conflict is no pair that a threshold could take.
fn curve(judged: &[Judged], everybody: &Everybody) -> Vec<super::CurvePoint> {
    let mut counter = Counter::new();
    let mut best = vec![f64::NEG_INFINITY; everybody.persons.len()];
    for link in judged.iter().filter(|link| link.decision != Decision::Conflict) {
        counter.pair(link.bits, link.is_right());
        if link.is_right() {
            let best = &mut best[link.left.person as usize];
            *best = best.max(link.bits);
        }
    }
    let on_both_sides = everybody.persons.iter().zip(best).filter(|(person, _)| person.on_both_sides);
    let best: Vec<f64> = on_both_sides.map(|(_, best)| best).collect();
    best.iter().for_each(|best| counter.found(*best));
    counter.points(best.len() as u64)
}

/// The same scores apart: a link belongs to the stratum of its person of the reference.
fn strata(matches: &[Judged], everybody: &Everybody) -> BTreeMap<String, BTreeMap<String, Stratum>> {
    type Of = fn(&Person) -> u32;
    let by: [(&str, &Words, Of); 2] = [
        ("township", &everybody.townships, |person| person.township),
        ("identified", &everybody.identified, |person| person.identified),
    ];
    let mut strata = BTreeMap::new();
    for (name, words, of) in by.into_iter().filter(|(_, words, _)| !words.words.is_empty()) {
        let mut scores = vec![Score::default(); words.words.len()];
        for link in matches {
            if let Some(score) = scores.get_mut(of(&everybody.persons[link.left.person as usize]) as usize) {
                score.precision.add(link.is_right());
            }
        }
        for person in everybody.persons.iter().filter(|person| person.on_both_sides) {
            if let Some(score) = scores.get_mut(of(person) as usize) {
                score.recall.add(person.matched);
            }
        }
        let scores = words.words.iter().cloned().zip(scores.into_iter().map(Stratum::of)).collect();
        strata.insert(name.to_owned(), scores);
    }
    strata
}

/// Judges household links: pairs of numbers, and their relations.
pub(super) fn households(links: &Path, truth: &Path, evaluation: &mut Evaluation) -> Result<()> {
    let mut relations: BTreeMap<(String, String), String> = BTreeMap::new();
    let wanted = ["national_household_no", "provincial_household_no", "relation"];
    Truth::open(truth, &wanted, &[])?.each(|[national, provincial, relation]: [&str; 3]| {
        relations.insert((national.to_owned(), provincial.to_owned()), relation.to_owned());
    })?;
    let (table, path) = (read_table(links)?, links.display().to_string());
    let [national, provincial, relation] = wanted.map(|name| text_column(&table, &path, name));
    let (national, provincial, relation) = (national?, provincial?, relation?);
    let mut found: FxHashSet<(String, String)> = FxHashSet::default();
    for at in 0..table.height() {
        let pair = (cell(&national, at).to_owned(), cell(&provincial, at).to_owned());
        let truth = relations.get(&pair);
        evaluation.households.precision.add(truth.is_some());
        if let Some(truth) = truth {
            evaluation.household_relations.add(truth == cell(&relation, at));
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
    parquet::read(file).map_err(|cause| unreadable(&shown, &cause))
}

/// A column as text, in one piece; rows and years are numbers in published tables.
pub(super) fn text_column(table: &DataFrame, path: &str, name: &str) -> Result<Column> {
    let column = table.column(name).map_err(|_| no_column(path, name))?;
    Ok(column.cast(&DataType::String)?.rechunk())
}

/// The weights of links, in one piece.
pub(super) fn bits_column(table: &DataFrame, path: &str) -> Result<Column> {
    let name = "match_weight_bits";
    let column = table.column(name).map_err(|_| no_column(path, name))?;
    Ok(column.cast(&DataType::Float64)?.rechunk())
}

/// A cell of a text column; absent is empty.
pub(super) fn cell(column: &Column, at: usize) -> &str {
    column.str().ok().and_then(|text| text.get(at)).unwrap_or("")
}

/// A weight; absent is below every threshold.
pub(super) fn bits(column: &Column, at: usize) -> f64 {
    column.f64().ok().and_then(|bits| bits.get(at)).unwrap_or(f64::NEG_INFINITY)
}
