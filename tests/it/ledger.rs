//! The ledger seen from outside: one wrong cell followed through the runs of a month.

use super::util::{DONE, Export, Kind, Project, Record, TOWNSHIPS};

/// The item of the wrong relation, as published by a run of `day`; `None` when the ledger does not know it.
fn item_after(project: &Project, day: &str) -> Option<Record> {
    project.run_with(&["--as-of", day]).exits(DONE);
    let mut items: Vec<_> = project.table("items").into_iter().filter(|item| item["rule_id"] == "F-relation").collect();
    assert!(items.len() <= 1, "{items:#?}");
    items.pop()
}

#[track_caller]
fn check(item: Option<&Record>, expected: [&str; 5]) {
    let item = item.expect("the ledger lost the item");
    let found = ["state", "first_seen", "last_seen", "closed_on", "reopened_count"].map(|column| item[column].as_str());
    assert_eq!(found, expected);
}

/// The provincial members of a township, with the third person's relation as given.
fn members(township: &str, relation: &str) -> String {
    Export::of(Kind::Member, township).with(4, "与户主关系", relation).csv()
}

#[test]
fn an_item_is_closed_on_evidence_and_reopened_when_it_comes_back() {
    let [town, _] = TOWNSHIPS;
    let project = Project::small();
    let file = Kind::Member.file(town);
    assert_eq!(item_after(&project, "2019-03-01"), None);

    project.write(&file, members(town, "之女婿"));
    let found = item_after(&project, "2019-03-02");
    check(found.as_ref(), ["open", "2019-03-02", "2019-03-02", "∅", "0"]);

    project.write(&file, members(town, "之子"));
    check(item_after(&project, "2019-03-03").as_ref(), ["closed", "2019-03-02", "2019-03-02", "2019-03-03", "0"]);

    project.write(&file, members(town, "之女婿"));
    let again = item_after(&project, "2019-03-04");
    check(again.as_ref(), ["reopened", "2019-03-02", "2019-03-04", "∅", "1"]);
    assert_eq!(again.unwrap()["item_id"], found.unwrap()["item_id"]);
}

#[test]
fn a_township_that_is_not_exported_freezes_its_items() {
    let [town, _] = TOWNSHIPS;
    let project = Project::small();
    project.write(&Kind::Member.file(town), members(town, "之女婿"));
    check(item_after(&project, "2019-03-01").as_ref(), ["open", "2019-03-01", "2019-03-01", "∅", "0"]);

    project.relax_guard();
    for kind in Kind::ALL {
        project.remove(&kind.file(town));
    }
    check(item_after(&project, "2019-03-02").as_ref(), ["frozen", "2019-03-01", "2019-03-01", "∅", "0"]);

    for kind in Kind::ALL {
        project.write(&kind.file(town), Export::of(kind, town).csv());
    }
    check(item_after(&project, "2019-03-03").as_ref(), ["closed", "2019-03-01", "2019-03-01", "2019-03-03", "0"]);
}

#[test]
fn a_run_repeated_leaves_the_ledger_as_it_was() {
    let project = Project::sample();
    project.run().exits(DONE);
    let once = project.table("items");
    assert!(once.iter().any(|item| item["state"] == "open"));
    project.run().exits(DONE);
    assert_eq!(project.table("items"), once);
    assert!(project.ledger_is_that_of_latest());
}
