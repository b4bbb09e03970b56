//! How well a run did: its links and findings against the truth of a population.
//!
//! [`evaluate`] reads what a run published (`data/*.parquet`) and the truth files, and counts. A person counts as
//! found when any of her cards was matched with any of hers on the other side; a match counts as correct when both
//! rows are the same person. Every rate carries its numerator and denominator; nothing here reads identifiers or
//! names. Persons are scored in all, by township, by how many sides identify them, by class of damage, and at every
//! threshold ([`curve`]); households as pairs and as groups ([`groups`]). A truth of another kind, a CSV of pairs, is
//! scored pair by pair ([`pairs`]).
//!
//! Findings can only be judged by subject: a problem put in counts as found when a finding of its category, about
//! the same person, household or village (and field, year and item, where both tell), was raised. A person who cannot
//! be compared yet is told as such; what else is wrong with her is counted apart. A finding about a household
//! that nothing was done to counts as a false alarm: an estimate, for a subject can have a real and a false one.

mod curve;
mod findings;
mod groups;
mod links;
mod pairs;
mod people;
mod text;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

pub use curve::CurvePoint;
pub use groups::HouseholdGroups;

use crate::error::{Error, Lang, Place, Result};
use crate::say;

/// A share with its numerator and denominator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// How many did.
    pub count: u64,
    /// Of how many.
    pub of: u64,
}

impl Rate {
    /// The share, 0..1; `None` of nothing.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.count as f64 / self.of as f64)
    }
    fn add(&mut self, hit: bool) {
        self.count += u64::from(hit);
        self.of += 1;
    }
}

/// Precision and recall of decided pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Correct ones among the decided.
    pub precision: Rate,
    /// Found ones among the true.
    pub recall: Rate,
}

impl Score {
    /// Harmonic mean of precision and recall; `None` when either is of nothing, or both are 0.
    pub fn f1(self) -> Option<f64> {
        let (precision, recall) = (self.precision.share()?, self.recall.share()?);
        (precision + recall > 0.0).then(|| 2.0 * precision * recall / (precision + recall))
    }
}

/// The score of some of the persons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Stratum {
    /// Precision and recall.
    #[serde(flatten)]
    pub score: Score,
    /// Their harmonic mean.
    pub f1: Option<f64>,
}

impl Stratum {
    fn of(score: Score) -> Self {
        Self { score, f1: score.f1() }
    }
}

/// What became of the persons of one class of damage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ClassScore {
    /// Persons of the class who are on both sides.
    pub persons: u64,
    /// Of these, matched with themselves.
    pub matched: u64,
    /// Of these, not matched, but paired with themselves in a link under review or in conflict.
    pub undecided: u64,
    /// Of these, matched with somebody else only.
    pub mismatched: u64,
}

/// Findings against the problems put in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FindingScore {
    /// Problems found, by their rule in `errors.csv`.
    pub by_rule: BTreeMap<String, Rate>,
    /// Problems found in all, of those that could be.
    pub recall: Rate,
    /// Problems of people whose record is missing, doubled, in conflict or under review, and of households split or
    /// merged, which is what was told of them: neither found nor overlooked.
    pub unsettled: u64,
    /// Findings about households that nothing was done to, of all findings about households or persons.
    pub false_alarms: Rate,
    /// The same by the rule that raised them; rules without any are left out. Per clean household: divided by the
    /// `of` of `alarmed_households`.
    pub false_alarms_by_rule: BTreeMap<String, u64>,
    /// Households of both sides that nothing was done to, and those of them that a finding is about all the same.
    pub alarmed_households: Rate,
}

impl FindingScore {
    /// False alarms per household that nothing was done to; `None` when there is none.
    pub fn alarms_per_clean_household(&self) -> Option<f64> {
        let clean = self.alarmed_households.of;
        (clean > 0).then(|| self.false_alarms.count as f64 / clean as f64)
    }
}

/// The verdict on a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Evaluation {
    /// Persons: links decided `match`.
    pub members: Score,
    /// The same recall over persons whose cards still identify them.
    pub recoverable_recall: Rate,
    /// F1 of persons; null when it is not defined.
    pub members_f1: Option<f64>,
    /// Links under review, and how many of them are of one person.
    pub review: Rate,
    /// Links in conflict, and how many of them are of one person.
    pub conflict: Rate,
    /// Links with a row that the truth does not know: more than none means that rows are counted differently.
    pub unknown_places: u64,
    /// Persons by class of damage, `clean` included.
    pub classes: BTreeMap<String, ClassScore>,
    /// Persons by `township` and by `identified` (on how many sides the identifier is whole: both, one, none); empty
    /// when the truth does not tell.
    pub strata: BTreeMap<String, BTreeMap<String, Stratum>>,
    /// The score if the weight alone decided, links under review included; by rising threshold.
    pub curve: Vec<CurvePoint>,
    /// Households that share a person: pairs of numbers.
    pub households: Score,
    /// Households as groups; absent when the truth does not tell who is in which.
    pub household_groups: Option<HouseholdGroups>,
    /// Correct household pairs whose relation is right too.
    pub household_relations: Rate,
    /// Findings; absent without `errors.csv` or without published findings.
    pub findings: Option<FindingScore>,
}

impl Evaluation {
    /// The verdict for a terminal.
    pub fn to_text(&self, lang: Lang) -> String {
        text::render(self, lang)
    }
}

/// Judges the run published in `run_dir` by the truth: its folder, the `members.csv` in it, or a CSV of pairs.
///
/// Errors: a published table or a truth file that is missing, unreadable, or lacks a column.
pub fn evaluate(run_dir: &Path, truth: &Path) -> Result<Evaluation> {
    let found = std::fs::metadata(truth).map_err(|cause| unreadable(&truth.display().to_string(), &cause))?;
    let data = run_dir.join("data");
    if found.is_file() && pairs::are_in(truth)? {
        return pairs::judge(&data, truth);
    }
    let truth = if found.is_dir() { truth } else { truth.parent().unwrap_or(Path::new("")) };
    let mut evaluation = Evaluation::default();
    links::members(&data.join("member_links.parquet"), &truth.join("members.csv"), &mut evaluation)?;
    let (links, households) = (data.join("household_links.parquet"), truth.join("households.csv"));
    if households.exists() && links.exists() {
        links::households(&links, &households, &mut evaluation)?;
    }
    let (findings, errors) = (data.join("findings.parquet"), truth.join("errors.csv"));
    if findings.exists() && errors.exists() {
        evaluation.findings = Some(findings::judge(&findings, &errors, &households)?);
    }
    evaluation.members_f1 = evaluation.members.f1();
    Ok(evaluation)
}

/// A truth file with its columns found by name.
struct Truth {
    path: String,
    reader: csv::Reader<std::fs::File>,
    columns: Vec<Option<usize>>,
}

impl Truth {
    /// Columns that are `optional` read as blank when they are missing.
    fn open(path: &Path, wanted: &[&str], optional: &[&str]) -> Result<Self> {
        let shown = path.display().to_string();
        let mut reader = csv::Reader::from_path(path).map_err(|cause| unreadable(&shown, &cause))?;
        let header = reader.headers().map_err(|cause| unreadable(&shown, &cause))?.clone();
        let position = |name: &&str| header.iter().position(|column| column == *name);
        let mut columns = Vec::with_capacity(wanted.len() + optional.len());
        for name in wanted {
            columns.push(Some(position(name).ok_or_else(|| no_column(&shown, name))?));
        }
        columns.extend(optional.iter().map(position));
        Ok(Self { path: shown, reader, columns })
    }

    /// Calls `each` with the wanted columns of every line, then the optional ones.
    fn each<const N: usize>(mut self, mut each: impl FnMut([&str; N])) -> Result<()> {
        let mut record = csv::StringRecord::new();
        while self.reader.read_record(&mut record).map_err(|cause| unreadable(&self.path, &cause))? {
            each(std::array::from_fn(|at| self.columns[at].and_then(|column| record.get(column)).unwrap_or_default()));
        }
        Ok(())
    }
}

fn unreadable(path: &str, cause: &dyn std::fmt::Display) -> Error {
    Error::input(say!("无法读取: {cause}", "cannot be read: {cause}")).at(Place::file(path)).remedy(say!(
        "请指定已完成的运行目录和生成数据时的 truth 目录",
        "give the folder of a complete run, and the truth folder made with its inputs"
    ))
}

fn no_column(path: &str, column: &str) -> Error {
    Error::input(say!("缺少列 {column}", "column {column} is missing"))
        .at(Place::file(path))
        .remedy(say!("请使用同一版本生成和评价", "generate and evaluate with the same version"))
}

#[cfg(test)]
mod tests;
