//! Findings against the problems put in, by subject.

use std::path::Path;

use polars::prelude::{Column, DataFrame};
use rustc_hash::{FxHashMap, FxHashSet};

use super::links::{read_table, text_column};
use super::{FindingScore, Truth};
use crate::error::Result;

const KEYS: [&str; 4] =
    ["national_household_no", "national_person_no", "provincial_household_no", "provincial_person_no"];

/// A finding, as far as it tells what it is about.
struct Finding {
    rule: String,
    category: String,
    field: String,
    year: String,
    /// What the platform says: the items of an outcome that is lacking.
    provincial_value: String,
    /// Everything it says in words, where a roll's item is looked for.
    words: String,
}

/// Rules that keep a person from being compared: what else is wrong with her shows once that is settled.
const UNSETTLED: [&str; 5] = ["D-person", "I-conflict", "P-household", "P-member", "P-review"];

/// Rules that keep a household from being compared.
const RESHAPED: [&str; 2] = ["H-merge", "H-split"];

/// Findings, and those about each subject.
struct Findings {
    all: Vec<Finding>,
    by_subject: FxHashMap<String, Vec<u32>>,
}

/// A problem put in.
struct Problem<'a> {
    kind: &'a str,
    rule: &'a str,
    field: &'a str,
    year: &'a str,
    item: &'a str,
}

/// What the truth tells of a problem.
const WANTED: [&str; 12] =
    ["kind", "rule", "field", "year", "item", "township", "village", "name", KEYS[0], KEYS[1], KEYS[2], KEYS[3]];

/// Judges published findings by `errors.csv`, and false alarms by `households.csv`.
pub(super) fn judge(findings: &Path, errors: &Path, households: &Path) -> Result<FindingScore> {
    let table = read_table(findings)?;
    let path = findings.display().to_string();
    let found = index(&table, &path)?;
    let mut score = FindingScore::default();
    let mut touched: FxHashSet<String> = FxHashSet::default();
    Truth::open(errors, &WANTED, &[])?.each(
        |[kind, rule, field, year, item, township, village, name, keys @ ..]: [&str; 12]| {
            touched.extend(household_subjects(keys));
            let problem = Problem { kind, rule, field, year, item };
            let subjects = subjects(&problem, keys, [township, village, name]);
            let about = || subjects.iter().filter_map(|subject| found.by_subject.get(subject)).flatten();
            let hit = about().any(|at| tells(&found.all[*at as usize], &problem));
            let is_of_household = KEYS.iter().zip(keys).all(|(name, key)| key.is_empty() || name.contains("household"));
            let unsettled = |rule: &str| UNSETTLED.contains(&rule) || is_of_household && RESHAPED.contains(&rule);
            if !hit && about().any(|at| unsettled(&found.all[*at as usize].rule)) {
                score.unsettled += 1;
                return;
            }
            score.recall.add(hit);
            score.by_rule.entry(rule.to_owned()).or_default().add(hit);
        },
    )?;
    let alarmed = false_alarms(&table, &path, &touched, &mut score)?;
    if households.exists() {
        clean_households(households, &touched, &alarmed, &mut score)?;
    }
    Ok(score)
}

fn index(table: &DataFrame, path: &str) -> Result<Findings> {
    let column = |name: &str| text_column(table, path, name);
    let (rule, category, field) = (column("rule_id")?, column("category")?, column("field")?);
    let (year, provincial_value) = (column("year")?, column("provincial_value")?);
    let (national_value, message) = (column("national_value")?, column("message")?);
    let (township, village, name) = (column("township")?, column("village")?, column("name")?);
    let keys = key_columns(table, path)?;
    let mut by_subject: FxHashMap<String, Vec<u32>> = FxHashMap::default();
    let all = (0..table.height())
        .map(|at| {
            let keys = keys.each_ref().map(|column| cell(column, at));
            for subject in all_subjects(keys, [&township, &village, &name].map(|column| cell(column, at))) {
                by_subject.entry(subject).or_default().push(at as u32);
            }
            let own = |column: &Column| cell(column, at).to_owned();
            Finding {
                rule: own(&rule),
                category: own(&category),
                field: own(&field),
                year: own(&year),
                provincial_value: own(&provincial_value),
                words: [&national_value, &provincial_value, &message].map(own).join(" "),
            }
        })
        .collect();
    Ok(Findings { all, by_subject })
}

/// Whether the finding tells of the problem: category, and field, year and item where both tell.
fn tells(finding: &Finding, problem: &Problem<'_>) -> bool {
    let agree = |left: &str, right: &str| left.is_empty() || right.is_empty() || left == right;
    let category = finding.category.as_str();
    match problem.kind {
        "field" => category == "field" && finding.field == problem.field && agree(&finding.year, problem.year),
        "presence" => category == "presence",
        "structure" => matches!(category, "presence" | "identity" | "field" | "suspect"),
        "identity" => category == "identity" || category == "field" && finding.field == "id_no",
        "duplicate" => matches!(category, "duplicate" | "identity" | "presence"),
        "benefit" => category == "benefit" && (agree(&finding.year, problem.year) || problem.rule == "benefit:year"),
        "outcome" => {
            category == "outcome"
                && agree(&finding.year, problem.year)
                && finding.provincial_value.split('、').any(|item| agree(item, problem.item))
        }
        "logic" => {
            matches!(category, "logic" | "guarantee" | "correspondence" | "identity" | "suspect")
                && agree(&finding.field, problem.field)
        }
        "year" => category == "logic" && agree(&finding.field, problem.field) && agree(&finding.year, problem.year),
        "roll" => {
            let told = finding.words.trim().is_empty() || finding.words.contains(problem.item);
            matches!(category, "benefit" | "guarantee") && agree(&finding.year, problem.year) && told
        }
        "suspect" => category == "suspect",
        _ => false,
    }
}

/// Township, village and name of a subject.
type Place<'a> = [&'a str; 3];

/// The subject of a problem: a person when there is one, else the household, else whoever has no keys: the village, or
/// somebody on a roll by name. Outcomes that are lacking are told by household, and so may be a wrong beneficiary.
fn subjects(problem: &Problem<'_>, keys: [&str; 4], place: Place<'_>) -> Vec<String> {
    let persons = person_subjects(keys);
    match problem.kind {
        "suspect" if keys == [""; 4] => vec![name_subject(place)],
        "outcome" => all_subjects(keys, place),
        _ if problem.rule == "benefit:beneficiary" => all_subjects(keys, place),
        _ if persons.is_empty() && keys == [""; 4] => vec![village_subject(place)],
        _ if persons.is_empty() => household_subjects(keys),
        _ => persons,
    }
}

/// Everything that a finding with these keys can be about.
fn all_subjects(keys: [&str; 4], place: Place<'_>) -> Vec<String> {
    let mut subjects = person_subjects(keys);
    subjects.extend(household_subjects(keys));
    if subjects.is_empty() {
        subjects.extend([village_subject(place), name_subject(place)]);
    }
    subjects
}

fn village_subject([township, village, _]: Place<'_>) -> String {
    format!("village {township} {village}")
}

fn name_subject([township, _, name]: Place<'_>) -> String {
    format!("name {township} {name}")
}

fn person_subjects(keys: [&str; 4]) -> Vec<String> {
    labelled([("national person", keys[1]), ("provincial person", keys[3])])
}

fn household_subjects(keys: [&str; 4]) -> Vec<String> {
    labelled([("national household", keys[0]), ("provincial household", keys[2])])
}

fn labelled(keys: [(&str, &str); 2]) -> Vec<String> {
    keys.iter().filter(|(_, key)| !key.is_empty()).map(|(label, key)| format!("{label} {key}")).collect()
}

fn key_columns(table: &DataFrame, path: &str) -> Result<[Column; 4]> {
    let [a, b, c, d] = KEYS.map(|name| text_column(table, path, name));
    Ok([a?, b?, c?, d?])
}

fn cell(column: &Column, at: usize) -> &str {
    column.str().ok().and_then(|text| text.get(at)).unwrap_or("")
}

/// Counts findings about households that nothing was done to; their subjects. Lists for a visit are never alarms.
fn false_alarms(
    table: &DataFrame,
    path: &str,
    touched: &FxHashSet<String>,
    score: &mut FindingScore,
) -> Result<FxHashSet<String>> {
    let [rule, category] = ["rule_id", "category"].map(|name| text_column(table, path, name));
    let (rule, category, keys) = (rule?, category?, key_columns(table, path)?);
    let mut alarmed = FxHashSet::default();
    for at in 0..table.height() {
        let subjects = household_subjects(keys.each_ref().map(|column| cell(column, at)));
        if subjects.is_empty() || cell(&category, at) == "suspect" {
            continue;
        }
        let alarm = !subjects.iter().any(|subject| touched.contains(subject));
        score.false_alarms.add(alarm);
        if alarm {
            *score.false_alarms_by_rule.entry(cell(&rule, at).to_owned()).or_default() += 1;
            alarmed.extend(subjects);
        }
    }
    Ok(alarmed)
}

/// How many households nothing was done to, and how many of them an alarm was raised about all the same.
fn clean_households(
    households: &Path,
    touched: &FxHashSet<String>,
    alarmed: &FxHashSet<String>,
    score: &mut FindingScore,
) -> Result<()> {
    Truth::open(households, &[KEYS[0], KEYS[2]], &[])?.each(|[national, provincial]: [&str; 2]| {
        let subjects = household_subjects([national, "", provincial, ""]);
        if !subjects.iter().any(|subject| touched.contains(subject)) {
            score.alarmed_households.add(subjects.iter().any(|subject| alarmed.contains(subject)));
        }
    })
}
