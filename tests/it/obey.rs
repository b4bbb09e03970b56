//! Whoever does what a worklist says makes nothing worse.
//!
//! Every value that the platform is told to change or to fill in is written into its exports, as a clerk would who reads the remedy;
//! the next run must find these items corrected and nothing new.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::book::Book;
use super::deliveries::{BASE, Trial, corrected};
use super::util::{DONE, Record, shipped};

/// A remedy that a clerk carries out on the platform: the finding and the value to type.
fn order(finding: &Record) -> Option<String> {
    let is_told =
        finding["correct_in"] == "provincial" && ["field", "identity"].contains(&finding["category"].as_str());
    let remedy = finding["remedy"].strip_prefix("省办平台『").filter(|_| is_told)?;
    let (_, value) = remedy.rsplit_once("为“")?;
    value.strip_suffix('”').map(str::to_owned)
}

/// Headers of a field in the platform's profiles.
fn headers() -> BTreeMap<String, BTreeSet<String>> {
    let mut headers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for profile in ["provincial-member", "provincial-household"] {
        let path = shipped("pipelines/profiles").join(format!("{profile}.toml"));
        let profile: toml::Table = fs::read_to_string(path).expect("a profile").parse().expect("TOML");
        for column in profile["column"].as_array().expect("columns") {
            let names = column["headers"].as_array().expect("headers").iter().filter_map(toml::Value::as_str);
            let field = column["field"].as_str().expect("a field").to_owned();
            headers.entry(field).or_default().extend(names.map(folded));
        }
    }
    headers
}

/// A header without width, blanks, line breaks and unit.
fn folded(header: &str) -> String {
    let plain = header.replace('（', "(").replace('）', ")");
    plain.split("(元)").next().unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect()
}

/// The platform's exports, opened once.
struct Platform {
    books: BTreeMap<String, Book>,
    headers: BTreeMap<String, BTreeSet<String>>,
}

impl Platform {
    fn of(trial: &Trial) -> Self {
        let files = trial.project.exports("provincial");
        let open = |file: String| (file.clone(), Book::open(&trial.project.path("input").join(&file)));
        Self { books: files.into_iter().map(open).collect(), headers: headers() }
    }

    /// The header under which a file has a field.
    fn header(&self, file: &str, field: &str) -> Option<String> {
        let names = self.headers.get(field)?;
        self.books[file].headers().into_iter().find(|header| names.contains(&folded(header)))
    }

    /// Carries out the order; whether the export has such a column.
    fn carry_out(&mut self, finding: &Record, value: &str) -> bool {
        let file = &finding["provincial_file"];
        let Some(header) = self.header(file, &finding["field"]) else { return false };
        let row = finding["provincial_row"].parse::<usize>().expect("a row") - 1;
        let old = self.books[file].cell(row, &header);
        self.books.get_mut(file).expect("a file").set(row, &header, value);
        if ["name", "id_no"].contains(&finding["field"].as_str()) && !old.is_empty() {
            self.repeat(&finding["provincial_household_no"], &old, value);
        }
        true
    }

    /// Names and numbers of people are printed again beside their household and their measures: the platform keeps them once.
    fn repeat(&mut self, household_no: &str, old: &str, new: &str) {
        for book in self.books.values_mut() {
            let headers = book.headers();
            for row in book.records() {
                let cells: Vec<String> = headers.iter().map(|header| book.cell(row, header)).collect();
                if cells.iter().any(|cell| cell == household_no) {
                    let same = headers.iter().zip(&cells).filter(|(_, cell)| *cell == old);
                    same.for_each(|(header, _)| book.set(row, header, new));
                }
            }
        }
    }

    fn save(&self, trial: &Trial) {
        self.books.iter().for_each(|(file, book)| book.save(&trial.project.path("input").join(file)));
    }
}

#[test]
fn whoever_obeys_makes_nothing_worse() {
    let trial = Trial::new();
    let (mut platform, before) = (Platform::of(&trial), trial.items());
    let mut done = BTreeSet::new();
    // What follows from another finding is settled with that one.
    let findings = BASE.table("findings").into_iter().filter(|finding| finding["cause_id"] == "∅");
    for finding in findings.filter(|finding| finding["provincial_file"].ends_with(".xlsx")) {
        if let Some(value) = order(&finding)
            && platform.carry_out(&finding, &value)
        {
            done.insert(finding["finding_id"].clone());
        }
    }
    assert!(done.len() >= 100, "only {} orders could be carried out", done.len());
    platform.save(&trial);
    trial.project.run_with(&["--as-of", "2019-01-01"]).exits(DONE);
    let after = trial.items();
    // The reference has no 是否享受低保: that its 贫困户属性 contradicts the platform's nobody can tell before.
    const UNFORESEEN: [&str; 1] = ["L-085"];
    let told = |finding: Record| format!("{} {}：{}", finding["rule_id"], finding["name"], finding["message"]);
    let new =
        trial.project.table("findings").into_iter().filter(|finding| !before.contains_key(&finding["finding_id"]));
    let new: Vec<String> = new.filter(|finding| !UNFORESEEN.contains(&finding["rule_id"].as_str())).map(told).collect();
    assert!(new.is_empty(), "obeying made {} new findings: {new:#?}", new.len());
    // Who is given another name and another number at once is known by neither any more: those items wait for a person's word.
    let waits =
        |item: &&Record| item["state"] == "frozen" && ["F-name", "I-damaged"].contains(&item["rule_id"].as_str());
    let open: Vec<&Record> = done.iter().map(|id| &after[id]).filter(|item| !corrected(item) && !waits(item)).collect();
    assert!(open.is_empty(), "{} of {} orders did not settle anything: {open:#?}", open.len(), done.len());
}
