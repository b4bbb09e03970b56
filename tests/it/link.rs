//! `hedui link`: any two person tables, and what may go wrong with them.

use std::collections::BTreeSet;
use std::fs;

use crate::util::{CONFIGURATION, DONE, Project, REFUSED, shipped};

const PERSONS: &str = "pipelines/persons.toml";

/// A project with the sample's two tables.
fn persons() -> Project {
    let project = Project::empty();
    for file in ["left.csv", "right.csv"] {
        let table = fs::read(shipped("sample-data").join("persons").join(file)).expect("it is shipped");
        project.write(file, table);
    }
    project
}

fn truth() -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(shipped("sample-data").join("persons/truth.csv")).expect("it is shipped");
    let pairs = text.lines().skip(1).filter_map(|line| line.split_once(','));
    pairs.map(|(left, right)| (left.to_owned(), right.to_owned())).collect()
}

fn link(project: &Project, more: &[&str]) -> crate::util::Ran {
    project.hedui(&[&["link", PERSONS, "--input", "input", "--out", "out"], more].concat())
}

/// `(left, right)` keys of the matches of the latest run.
fn matches(project: &Project) -> BTreeSet<(String, String)> {
    let links = project.table("member_links").into_iter().filter(|link| link["decision"] == "match");
    links.map(|link| (link["national_person_no"].clone(), link["provincial_person_no"].clone())).collect()
}

#[test]
fn the_sample_tables_are_linked() {
    let project = persons();
    link(&project, &["--lang", "en"])
        .exits(DONE)
        .says(&["estimated from these data, converged", "853 left, 841 right"]);
    let (found, truth) = (matches(&project), truth());
    let right = found.intersection(&truth).count();
    assert!(right * 1000 >= found.len() * 997, "{right} of {} are right", found.len());
    assert!(right * 1000 >= truth.len() * 985, "{right} of {} were found", truth.len());
    assert_eq!(
        project.published("data"),
        ["link_quality.json", "member_links.parquet", "model.json", "rejects.parquet", "tally.parquet"]
    );
}

#[test]
fn a_model_is_used_again() {
    let project = persons();
    link(&project, &[]).exits(DONE);
    let first = matches(&project);
    link(&project, &["--model", "out/latest/data/model.json"]).exits(DONE);
    assert_eq!(first, matches(&project));
    fs::write(project.path("model.json"), "{}").expect("a file written");
    link(&project, &["--model", "model.json"]).exits(CONFIGURATION).explains(&["model.json"]);
    // The county's comparisons are others.
    let county = project.hedui(&["link", "pipelines/persons-zh.toml", "--left", "input/left.csv"]);
    county.exits(REFUSED);
}

#[test]
fn neither_threads_nor_the_order_of_rows_change_a_link() {
    let project = persons();
    link(&project, &["--threads", "1"]).exits(DONE);
    let (outputs, pairs) = (project.lasting_outputs(), matches(&project));
    link(&project, &["--threads", "3"]).exits(DONE);
    assert_eq!(outputs, project.lasting_outputs());
    let table = fs::read_to_string(project.path("input/right.csv")).expect("a table");
    let (header, rows) = table.split_once('\n').expect("a header");
    let backwards: Vec<&str> = rows.lines().rev().collect();
    project.write("right.csv", format!("{header}\n{}\n", backwards.join("\n")));
    link(&project, &[]).exits(DONE);
    assert_eq!(pairs, matches(&project));
}

#[test]
fn what_a_rule_costs_and_buys_is_told() {
    let project = persons();
    let ran = link(&project, &["--explain-blocking", "--lang", "en"]);
    ran.exits(DONE);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines.iter().any(|line| line.ends_with("date of birth, surname nearly")), "{}", ran.stdout);
    assert!(lines.last().is_some_and(|line| line.starts_with("found in all: ")), "{}", ran.stdout);
}

#[test]
fn too_few_people_use_the_stated_model() {
    let project = persons();
    for file in ["left.csv", "right.csv"] {
        let table = fs::read_to_string(project.path("input").join(file)).expect("a table");
        let few: Vec<&str> = table.lines().take(120).collect();
        project.write(file, few.join("\n"));
    }
    link(&project, &["--lang", "en"]).exits(DONE).says(&["too few data to estimate it"]);
    assert!(matches(&project).is_subset(&truth()));
}

#[test]
fn every_mistake_in_the_settings_has_its_line() {
    let project = persons();
    project.edit(PERSONS, "clean = \"initial\"", "clean = \"intial\"");
    project.edit(PERSONS, "match_prior = 1e-4", "match_priors = 1e-4");
    link(&project, &[]).exits(CONFIGURATION).says(&["persons.toml:", "match_priors"]);
    let project = persons();
    project.edit(PERSONS, "columns = [\"phone\"]", "columns = [\"fone\"]");
    link(&project, &[]).exits(CONFIGURATION).says(&["fone", "phone"]);
}

#[test]
fn people_listed_twice_in_one_table_are_found() {
    let project = persons();
    project.edit(PERSONS, "left = [\"left.csv\"]\nright = [\"right.csv\"]", "left = [\"left.csv\", \"right.csv\"]");
    // The two files number their families anew.
    let table = fs::read_to_string(project.path("input/right.csv")).expect("a table");
    let (header, rows) = table.split_once('\n').expect("a header");
    let rows: Vec<String> = rows.lines().map(|row| row.replacen(',', ",R", 1)).collect();
    project.write("right.csv", format!("{header}\n{}\n", rows.join("\n")));
    link(&project, &["--lang", "en"]).exits(DONE).says(&["records    1694", "with 15"]);

    let records = project.table("clusters");
    assert_eq!(records.len(), 1694);
    let person = |record: &str| {
        let of = |name: &str| records.iter().find(|row| row["person_no"] == record).map(|row| row[name].clone());
        (of("cluster"), of("file"))
    };
    let truth = truth();
    let together = truth.iter().filter(|(a, b)| person(a).0 == person(b).0).count();
    assert!(together * 1000 >= truth.len() * 985, "{together} of {} are together", truth.len());
    assert_eq!(person("B0001").1.as_deref(), Some("right.csv"));
    let wrong = matches(&project).into_iter().filter(|(a, b)| !truth.contains(&(a.clone(), b.clone())));
    assert!(wrong.count() <= 2);
    let links = project.table("member_links");
    let is_told = |link: &crate::util::Record, name: &str| !link[name].is_empty();
    assert!(links.iter().all(|link| is_told(link, "national_row") && is_told(link, "provincial_row")));
}

#[test]
fn a_table_that_is_not_there_is_told() {
    let project = persons();
    project.remove("right.csv");
    link(&project, &[]).exits(REFUSED).explains(&["right.csv"]);
    link(&project, &["--right", "nowhere.csv"]).exits(REFUSED).says(&["nowhere.csv"]);
    project.write("right.csv", "a,b\n1,2\n");
    link(&project, &[]).exits(REFUSED).says(&["right.csv"]);
}

#[test]
fn people_of_a_county_are_linked_alone() {
    let project = Project::small();
    let ran = project.hedui(&["link", "pipelines/county.toml", "--input", "input", "--out", "out", "--lang", "en"]);
    ran.exits(DONE);
    assert!(!matches(&project).is_empty());
    assert!(!project.path("out/latest/worklists").exists());
}
