//! The same input gives the same bytes, whatever the threads, the time and the order of files.

use std::collections::BTreeMap;
use std::fs;

use super::util::{DONE, Project, Record};

#[track_caller]
fn assert_same_files(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    let different: Vec<&String> =
        found.iter().filter(|(name, bytes)| expected[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(different.is_empty(), "differ: {different:?}");
}

#[test]
fn one_thread_says_what_many_say() {
    let project = Project::sample();
    project.run_with(&["--threads", "1"]).exits(DONE);
    assert_same_files(&project.lasting_outputs(), &Project::sample_run().lasting_outputs());
}

/// What is new is new once: the summary tells it of the first run only.
#[test]
fn a_run_repeated_says_the_same_again() {
    let project = Project::sample();
    let run = || {
        project.run().exits(DONE);
        project.lasting_outputs()
    };
    let (first, second, third) = (run(), run(), run());
    assert_same_files(&third, &second);
    let but_the_summary = |files: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        files.clone().into_iter().filter(|(file, _)| !file.starts_with("summary/")).collect()
    };
    assert_same_files(&but_the_summary(&second), &but_the_summary(&first));
    assert_eq!(project.runs().len(), 3);
}

/// Files called otherwise are read in another order: only their names may differ.
#[test]
fn the_order_of_files_does_not_matter() {
    let project = Project::sample();
    for folder in ["national", "provincial"] {
        for entry in fs::read_dir(project.path("input").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let name = path.file_name().unwrap().to_str().unwrap();
            let (stem, township) = name.split_once('_').unwrap();
            let prefix = match township {
                "城关镇.xlsx" => "丙",
                "王店镇.xlsx" => "乙",
                _ => "甲",
            };
            fs::rename(&path, path.with_file_name(format!("{stem}_{prefix}{township}"))).unwrap();
        }
    }
    project.run().exits(DONE);
    let usual = Project::sample_run();
    for table in ["findings", "member_links", "household_links", "benefit_links", "items"] {
        assert_eq!(without_files(project.table(table)), without_files(usual.table(table)), "{table}");
    }
}

fn without_files(mut records: Vec<Record>) -> Vec<Record> {
    for record in &mut records {
        record.retain(|column, _| !column.ends_with("_file"));
    }
    records.sort();
    records
}
