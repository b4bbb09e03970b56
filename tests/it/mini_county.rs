//! Fifty people in whose records nine things are wrong, each of a kind that once led astray.

use std::sync::LazyLock;

use super::util::{DONE, Project, Record, copy_dir, shipped};

/// The county compared once.
static COUNTY: LazyLock<Project> = LazyLock::new(|| {
    let project = Project::empty();
    copy_dir(&shipped("tests/data/mini-county"), &project.path("input"));
    project.run().exits(DONE);
    project
});

/// Findings of a rule about somebody; of all rules where it is empty.
fn findings(name: &str, rule: &str) -> Vec<Record> {
    let is_it = |finding: &Record| finding["name"] == name && (rule.is_empty() || finding["rule_id"] == rule);
    COUNTY.table("findings").into_iter().filter(is_it).collect()
}

/// The row of the platform's export that a national row is linked to.
fn partner(national_row: usize) -> String {
    let links = COUNTY.table("member_links");
    let link = links.iter().find(|link| link["national_row"] == national_row.to_string()).expect("a linked row");
    assert_eq!(link["decision"], "match");
    link["provincial_row"].clone()
}

fn values(finding: &Record) -> [&str; 2] {
    [&finding["national_value"], &finding["provincial_value"]]
}

#[test]
fn everybody_is_linked() {
    let links = COUNTY.table("member_links");
    assert_eq!(links.iter().filter(|link| link["decision"] == "match").count(), 50);
    assert!(links.iter().all(|link| link["decision"] == "match"), "nothing is left to a person");
}

#[test]
fn records_of_two_households_are_no_duplicates_where_the_reference_has_one() {
    assert!(COUNTY.table("findings").iter().all(|finding| finding["rule_id"] != "B-duplicate"));
    assert_eq!(findings("魏大山", "H-split").len(), 1);
}

#[test]
fn a_described_character_is_the_reference_that_is_damaged() {
    assert_eq!(partner(44), "44");
    let [name] = &COUNTY.table("findings").into_iter().filter(|one| one["rule_id"] == "F-name").collect::<Vec<_>>()[..]
    else {
        panic!("one name differs")
    };
    assert_eq!((values(name), name["correct_in"].as_str()), (["马(王乐)", "马珏"], "national"));
}

#[test]
fn nobody_is_born_after_the_exports() {
    let [damaged] = &findings("方巧勤", "I-damaged")[..] else { panic!("one damaged number") };
    assert_eq!(damaged["correct_in"], "provincial");
    assert!(damaged["remedy"].ends_with("改为“341225194802070066”"), "{}", damaged["remedy"]);
}

#[test]
fn a_kind_of_disability_that_does_not_exist_is_told_on_both_sides() {
    assert_eq!(findings("王天鑫", "L-004").len(), 2);
}

#[test]
fn who_is_listed_twice_is_the_one_at_home() {
    let row = |text: &str| COUNTY.table("member_links").into_iter().find(|link| link["provincial_row"] == text);
    assert!(row("48").is_none(), "the row among strangers is the other one");
    assert_eq!(partner(48), "50");
    assert_eq!(findings("杜丽", "D-person").len(), 1);
    assert!(COUNTY.table("findings").iter().all(|one| one["rule_id"] != "H-moved" && one["rule_id"] != "H-head"));
}

#[test]
fn numbers_of_a_couple_that_changed_places_are_linked_by_name() {
    assert_eq!([partner(50), partner(51)], ["51", "52"]);
    let told = |name: &str| findings(name, "F-id_no").iter().map(|one| one["correct_in"].clone()).collect::<Vec<_>>();
    assert_eq!(
        [told("宋文亚"), told("刘春莲")],
        [["provincial"], ["provincial"]],
        "the platform's sexes contradict its numbers"
    );
}

#[test]
fn a_longer_name_of_a_measure_is_not_the_shorter_one() {
    let of_records: Vec<Record> =
        findings("钱建文", "").into_iter().filter(|one| one["rule_id"].starts_with("B-")).collect();
    assert!(of_records.is_empty(), "the pension of both sides is one: {of_records:?}");
}

#[test]
fn two_semesters_are_two_measures() {
    let message = |rule: &str| findings("孙建武", rule).iter().map(|one| one["message"].clone()).collect::<Vec<_>>();
    assert_eq!(message("B-missing"), ["国办系统有2018年春季『雨露计划』1500元，省办平台没有"]);
    assert_eq!(message("B-extra"), ["省办平台有2018年秋季『雨露计划』1500元，国办系统没有"]);
}

#[test]
fn an_outcome_without_a_word_is_none() {
    assert_eq!(findings("赵建学", "O-measure").len(), 1);
}
