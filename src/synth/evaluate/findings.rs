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

/// Judges published findings by `errors.csv`.
pub(super) fn judge(findings: &Path, errors: &Path) -> Result<FindingScore> {
    let table = read_table(findings)?;
    let path = findings.display().to_string();
    let found = index(&table, &path)?;
    let mut score = FindingScore::default();
    let mut touched: FxHashSet<String> = FxHashSet::default();
    let wanted = ["kind", "rule", "field", "year", "item", "township", "village", KEYS[0], KEYS[1], KEYS[2], KEYS[3]];
    Truth::open(errors, &wanted, &[])?.each(
        |[kind, rule, field, year, item, township, village, keys @ ..]: [&str; 11]| {
            touched.extend(household_subjects(keys));
            let problem = Problem { kind, rule, field, year, item };
            let subjects = subjects(kind, keys, [township, village]);
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
    false_alarms(&table, &path, &touched, &mut score)?;
    Ok(score)
}

fn index(table: &DataFrame, path: &str) -> Result<Findings> {
    let column = |name: &str| text_column(table, path, name);
    let (rule, category, field) = (column("rule_id")?, column("category")?, column("field")?);
    let (year, provincial_value) = (column("year")?, column("provincial_value")?);
    let (township, village) = (column("township")?, column("village")?);
    let keys = key_columns(table, path)?;
    let mut by_subject: FxHashMap<String, Vec<u32>> = FxHashMap::default();
    let all = (0..table.height())
        .map(|at| {
            let keys = keys.each_ref().map(|column| cell(column, at));
            for subject in all_subjects(keys, [cell(&township, at), cell(&village, at)]) {
                by_subject.entry(subject).or_default().push(at as u32);
            }
            let own = |column: &Column| cell(column, at).to_owned();
            Finding {
                rule: own(&rule),
                category: own(&category),
                field: own(&field),
                year: own(&year),
                provincial_value: own(&provincial_value),
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
        "field" => category == "field" && finding.field == problem.field,
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
            matches!(category, "logic" | "guarantee" | "correspondence" | "identity")
                && agree(&finding.field, problem.field)
        }
        _ => false,
    }
}

/// The subject of a problem: a person when there is one, else the household, else the village. Outcomes that are
/// lacking are told by household.
fn subjects(kind: &str, keys: [&str; 4], place: [&str; 2]) -> Vec<String> {
    let persons = person_subjects(keys);
    match kind {
        "outcome" => all_subjects(keys, place),
        _ if persons.is_empty() && keys == [""; 4] => vec![village_subject(place)],
        _ if persons.is_empty() => household_subjects(keys),
        _ => persons,
    }
}

/// Everything that a finding with these keys can be about.
fn all_subjects(keys: [&str; 4], place: [&str; 2]) -> Vec<String> {
    let mut subjects = person_subjects(keys);
    subjects.extend(household_subjects(keys));
    if subjects.is_empty() {
        subjects.push(village_subject(place));
    }
    subjects
}

fn village_subject([township, village]: [&str; 2]) -> String {
    format!("village {township} {village}")
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

/// Findings about households that nothing was done to. Lists for a visit are never alarms.
fn false_alarms(table: &DataFrame, path: &str, touched: &FxHashSet<String>, score: &mut FindingScore) -> Result<()> {
    let [rule, category] = ["rule_id", "category"].map(|name| text_column(table, path, name));
    let (rule, category, keys) = (rule?, category?, key_columns(table, path)?);
    for at in 0..table.height() {
        let subjects = household_subjects(keys.each_ref().map(|column| cell(column, at)));
        if subjects.is_empty() || cell(&category, at) == "suspect" {
            continue;
        }
        let alarm = !subjects.iter().any(|subject| touched.contains(subject));
        score.false_alarms.add(alarm);
        if alarm {
            *score.false_alarms_by_rule.entry(cell(&rule, at).to_owned()).or_default() += 1;
        }
    }
    Ok(())
}
