//! What a printed value, a key and a name are; and what was not read is not judged.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::util::{DONE, Export, Kind, Project, TOWNSHIPS};

/// `rule side name field` of every finding of a project's latest run.
fn findings(project: &Project) -> BTreeSet<String> {
    let words = |finding: &super::util::Record| {
        let [rule, name, field] = ["rule_id", "name", "field"].map(|column| finding[column].clone());
        format!("{rule} {name} {field} {}|{}", finding["national_value"], finding["provincial_value"])
    };
    project.table("findings").iter().map(words).collect()
}

/// What a run finds that the unchanged county does not.
fn new_findings(project: &Project) -> Vec<String> {
    static BEFORE: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let plain = Project::small();
        plain.run().exits(DONE);
        findings(&plain)
    });
    project.run().exits(DONE);
    findings(project).into_iter().filter(|finding| !BEFORE.contains(finding)).collect()
}

fn field_line(project: &Project, field: &str) -> serde_json::Value {
    let summary: serde_json::Value = serde_json::from_slice(&project.output("summary/summary.json")).unwrap();
    let lines = summary["fields"].as_array().unwrap();
    lines.iter().find(|line| line["field"] == field).unwrap_or_else(|| panic!("{field}")).clone()
}

/// Money, a year, yes or no, months, a count and a date in words: told each, in the rate's denominator, on either side and
/// on both; no rule takes them for blank.
#[test]
fn what_nobody_understands_is_neither_blank_nor_equal() {
    let town = TOWNSHIPS[0];
    let cells = [
        (Kind::Household, "人均纯收入（元）", "人均纯收入", "income_per_capita", "三千余元"),
        (Kind::Household, "脱贫年度", "脱贫年度", "exit_year", "一六年"),
        (Kind::Household, "是否危房户", "危房户", "dilapidated", "说不准"),
        (Kind::Household, "家庭人口数", "人数", "declared_size", "三口多"),
        (Kind::Member, "务工月数", "务工时间（月）", "work_months", "大半年"),
        (Kind::Member, "是否参加大病保险", "参加大病医疗", "serious_illness_insured", "可能"),
    ];
    for (kind, platform, national, field, text) in cells {
        for sides in [[true, false], [false, true], [true, true]] {
            let project = Project::small();
            let mut told = 0;
            if sides[0] {
                let export = Export::of(Kind::National, town);
                project.write(&Kind::National.file(town), export.with(2, national, text).csv());
                told += 1;
            }
            if sides[1] {
                project.write(&kind.file(town), Export::of(kind, town).with(2, platform, text).csv());
                told += 1;
            }
            let found = new_findings(&project);
            let of_value = found.iter().filter(|finding| finding.starts_with("I-value")).count();
            assert_eq!((found.len(), of_value), (told, told), "{field} {sides:?}: {found:#?}");
            let line = field_line(&project, field);
            assert_eq!(line["unread"], 1, "{field} {sides:?}");
            let [equal, of] = ["numerator", "denominator"].map(|part| line["agreement"][part].as_u64().unwrap());
            assert!(equal < of, "{field} {sides:?}: {line}");
        }
    }
}

/// A number that unrelated heads share, however it is spelt, merges nobody.
#[test]
fn a_number_that_many_heads_share_is_none() {
    let town = TOWNSHIPS[0];
    for spelling in ["\\N", "undefined", "新增", "无编号", "0", "12345678", "57000000000000000"] {
        let project = Project::small();
        for kind in [Kind::Household, Kind::Member] {
            let mut export = Export::of(kind, town);
            for row in 2..=export.rows.len() {
                export = export.with(row, "户编号", spelling);
            }
            project.write(&kind.file(town), export.csv());
        }
        let found = new_findings(&project);
        assert!(found.iter().all(|finding| finding.starts_with("H-household-no")), "{spelling}: {found:#?}");
        let links = project.table("household_links");
        assert_eq!(links.iter().filter(|link| link["relation"] == "same").count(), 8, "{spelling}");
    }
}

/// One name, written as two systems and a messenger write it.
#[test]
fn equal_names_are_equal() {
    let town = TOWNSHIPS[0];
    let pairs = [
        ("⻢小红", "马小红"),
        ("⻩丽", "黄丽"),
        ("葛\u{E0100}平", "葛平"),
        ("王&#19886;", "王䶮"),
        ("李\u{2068}芳\u{2069}", "李芳"),
        ("周\u{3164}杰", "周杰"),
        ("买买提˙艾力", "买买提·艾力"),
        ("張國強", "张国强"),
        ("煕然", "熙然"),
        ("閆强", "闫强"),
    ];
    for (national, platform) in pairs {
        let project = Project::small();
        for (kind, name) in [(Kind::National, national), (Kind::Member, platform)] {
            project.write(&kind.file(town), Export::of(kind, town).with(4, "姓名", name).csv());
        }
        let found = new_findings(&project);
        let of_name: Vec<_> = found.iter().filter(|finding| finding.starts_with("F-name")).collect();
        assert!(of_name.is_empty(), "{national} {platform}: {of_name:?}");
        assert_eq!(project.table("member_links").len(), 24, "{national} {platform}");
    }
}

/// A passport, a permit, an officer's certificate: kinds of their own, not damaged numbers.
#[test]
fn other_documents_are_not_damaged_numbers() {
    let town = TOWNSHIPS[0];
    for number in ["E12345678", "W12345678", "H1234567801", "VNM340186070512", "军字第1234567号"] {
        let project = Project::small();
        for (kind, header) in [(Kind::National, "证件号码"), (Kind::Member, "身份证号码")] {
            project.write(&kind.file(town), Export::of(kind, town).with(4, header, number).csv());
        }
        let found = new_findings(&project);
        assert!(found.iter().all(|finding| !finding.contains("id_no")), "{number}: {found:#?}");
        assert_eq!(project.table("member_links").len(), 24, "{number}");
    }
}

/// A row that cannot be used is its person's all the same: not compared, with row and reason, and absent nowhere.
#[test]
fn a_person_in_a_rejected_row_is_not_absent() {
    let town = TOWNSHIPS[0];
    for kind in [Kind::National, Kind::Member] {
        for row in [2, 4] {
            let project = Project::small();
            let export = Export::of(kind, town);
            let name = export.cell(row, "姓名").to_owned();
            let torn = export.csv().replacen(
                &format!(",{name},"),
                &format!(",\"{name},"),
                usize::from(kind == Kind::National),
            );
            let torn = match kind {
                Kind::National => torn,
                // The platform prints the head's name before the person's.
                _ => {
                    let line = torn.lines().nth(row - 1).unwrap().to_owned();
                    let at = line.rfind(&format!(",{name},")).unwrap();
                    torn.replace(&line, &format!("{}\"{}", &line[..=at], &line[at + 1..]))
                }
            };
            project.write(&kind.file(town), torn);
            let found = new_findings(&project);
            assert!(found.is_empty(), "{} {row}: {found:#?}", kind.file(town));
            let aside = project.table("not_compared");
            assert_eq!(aside.len(), 1, "{aside:#?}");
            assert_eq!(aside[0]["name"], name);
            assert!(aside[0]["reason"].contains(&format!("第{row}行")), "{aside:#?}");
            assert_eq!(project.table("rejects").len(), 1);
        }
    }
}

/// A hidden name and number prove neither presence nor absence.
#[test]
fn hidden_people_are_not_absent() {
    let town = TOWNSHIPS[0];
    let project = Project::small();
    let export = Export::of(Kind::Member, town);
    let id = export.cell(4, "身份证号码").to_owned();
    let masked = format!("{}**********{}", &id[..4], &id[14..]);
    let surname: String = export.cell(4, "姓名").chars().take(1).collect();
    let export = export.with(4, "姓名", &format!("{surname}*")).with(4, "身份证号码", &masked).with(4, "出生日期", "");
    project.write(&Kind::Member.file(town), export.csv());
    let found = new_findings(&project);
    let judged =
        |finding: &&String| ["P-member", "P-household", "F-name", "F-id_no"].iter().any(|id| finding.starts_with(id));
    assert_eq!(found.iter().filter(judged).count(), 0, "{found:#?}");
}
