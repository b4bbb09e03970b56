//! The main job on the sample county: what is published, that nothing is lost on the way, and that the truth is found.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{Cursor, Read};

use super::util::{DONE, GATE, Project, Record, TABLES, sheet, shipped};

/// The published tables: a public interface.
const COLUMNS: [(&str, &str); 9] = [
    ("benefit_links", "national_file national_row provincial_file provincial_row decision reason"),
    (
        "findings",
        "finding_id rule_id category severity scope township village national_household_no national_person_no \
         provincial_household_no provincial_person_no name year field national_value provincial_value correct_in message \
         remedy cause_id national_file national_row provincial_file provincial_row",
    ),
    ("household_links", "national_household_no provincial_household_no relation shared_members match_prob"),
    (
        "items",
        "item_id rule_id township village year state reason first_seen last_seen closed_on reopened_count detail_hash",
    ),
    (
        "member_links",
        "decision reason match_prob match_weight_bits rule national_file national_row national_household_no \
         national_person_no provincial_file provincial_row provincial_household_no provincial_person_no",
    ),
    (
        "movements",
        "kind national_file national_row national_household_no national_person_no provincial_file provincial_row \
         provincial_household_no provincial_person_no",
    ),
    ("not_compared", "side file row household_no person_no name reason"),
    ("rejects", "side file sheet row reason text"),
    ("tally", "side file sheet class rows"),
];

#[test]
fn the_promised_tables_are_published() {
    let project = Project::sample_run();
    assert_eq!(COLUMNS.map(|(table, _)| table), TABLES);
    for (table, columns) in COLUMNS {
        let frame = project.frame(table);
        let names: Vec<&str> = frame.get_column_names().iter().map(|name| name.as_str()).collect();
        assert_eq!(names, columns.split_whitespace().collect::<Vec<_>>(), "{table}");
    }
    for (column, allowed) in [
        ("category", "presence identity duplicate field benefit outcome logic correspondence guarantee suspect"),
        ("severity", "error warning info"),
        ("scope", "household member benefit village registry"),
        ("correct_in", "national provincial both visit"),
    ] {
        let allowed: Vec<&str> = allowed.split(' ').collect();
        for finding in project.table("findings") {
            assert!(allowed.contains(&finding[column].as_str()), "{column}: {finding:?}");
        }
    }
    assert_eq!(project.published("summary"), ["summary.html", "summary.json", "summary.xlsx"]);
}

/// Every row of every sheet is in the tally, counted here by another reader.
#[test]
fn every_row_is_accounted_for() {
    let project = Project::sample_run();
    let mut tallied: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut rejected = 0;
    for line in project.table("tally") {
        let rows: usize = line["rows"].parse().unwrap();
        rejected += if line["class"] == "rejected" { rows } else { 0 };
        *tallied.entry((line["file"].clone(), line["sheet"].clone())).or_default() += rows;
    }
    assert_eq!(project.frame("rejects").height(), rejected);
    assert_eq!(tallied.len(), 45);
    for ((file, name), rows) in tallied {
        let last = sheet(&project.path("input").join(&file), &name).len();
        assert_eq!(rows, last, "{file}[{name}]");
    }
}

/// Every person row that the truth knows is linked or a finding says why not.
/// The sample county has people who are in earlier years only: nobody counts them as living there.
#[test]
fn terminal_summary_and_manifest_count_the_same_people() {
    let project = Project::sample();
    let ran = project.run_with(&["--as-of", "2018-12-31", "--json", "--fail-on", "error"]);
    let told: serde_json::Value = serde_json::from_str(&ran.exits(GATE).stdout).unwrap();
    let digest = &told["digest"];
    let read = |name: &str| -> serde_json::Value { serde_json::from_slice(&project.output(name)).unwrap() };
    let (manifest, summary) = (read("manifest.json"), read("summary/summary.json"));
    assert_eq!(digest["members"], manifest["members"]);
    assert_eq!(manifest["exit_status"], GATE);
    let linking = &summary["linkage"];
    let by_side = |what: &str| [0, 1].map(|side: usize| linking["members"][side][what].clone());
    assert_eq!(digest["members"], serde_json::json!(by_side("total")));
    assert_eq!(serde_json::json!([digest["linked"], digest["linked"]]), serde_json::json!(by_side("linked")));
    assert_eq!(digest["households"], linking["households"]["total"]);
    let county = &summary["county"];
    assert_eq!((&digest["members"], &digest["households"]), (&county["members"], &county["households"]));
    assert_eq!(digest["linked"], county["coverage"]["numerator"]);
    let [national, provincial] = [0, 1].map(|side: usize| digest["members"][side].as_u64().unwrap());
    ran.says(&[&format!(" {national} 人；省办 "), &format!(" {provincial} 人\n")]);
    let rules: HashSet<_> =
        summary["not_evaluated"].as_array().unwrap().iter().map(|rule| rule["rule_id"].as_str()).collect();
    assert_eq!(digest["rules_not_evaluated"], rules.len());
    let everybody = summary["conservation"].as_array().unwrap().iter().find(|one| one["what"] == "national members");
    assert!(everybody.unwrap()["total"].as_u64().unwrap() > national, "nobody is in earlier years only: no test");
}

#[test]
fn every_member_has_a_fate() {
    let project = Project::sample_run();
    let row =
        |record: &Record, side: &str| (record[&format!("{side}_file")].clone(), record[&format!("{side}_row")].clone());
    let [links, findings] = ["member_links", "findings"].map(|table| project.table(table));
    for side in ["national", "provincial"] {
        let linked: BTreeSet<_> = links.iter().map(|link| row(link, side)).collect();
        let told = findings.iter().filter(|finding| ["P-member", "D-person"].contains(&finding["rule_id"].as_str()));
        let told: BTreeSet<_> = told.map(|finding| row(finding, side)).collect();
        let people: Vec<_> =
            truth("members").iter().map(|record| row(record, side)).filter(|(file, _)| !file.is_empty()).collect();
        assert!(people.len() > 1300);
        for person in people {
            assert!(linked.contains(&person) || told.contains(&person), "{person:?}");
        }
    }
}

/// A finding is in exactly one worklist.
#[test]
fn every_finding_is_handed_to_somebody() {
    let project = Project::sample_run();
    let mut handed: Vec<String> = Vec::new();
    for name in worklists(&project) {
        let rows = sheet(&project.path("out/latest/worklists").join(&name), "整改清单");
        let column = position(&rows[1], "问题编号");
        handed.extend(rows[2..].iter().map(|row| row[column].clone()));
    }
    let mut found: Vec<String> =
        project.table("findings").iter().map(|finding| finding["finding_id"].clone()).collect();
    handed.sort();
    found.sort();
    assert!(found.len() > 500);
    assert_eq!(handed, found);
    let items: BTreeSet<String> = project.table("items").iter().map(|item| item["item_id"].clone()).collect();
    assert_eq!(items, found.into_iter().collect());
}

/// Nobody is linked with somebody else, and everybody who can be recognised is linked.
#[test]
fn the_truth_is_found() {
    let project = Project::sample_run();
    let truth = shipped("sample-data/truth");
    let ran = project.hedui(&["evaluate", "out", "--truth", truth.to_str().unwrap(), "--json"]);
    ran.exits(DONE);
    let verdict: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let rate = |name: &str| {
        let rate = verdict.pointer(name).unwrap_or_else(|| panic!("{name}: {verdict}"));
        [&rate["count"], &rate["of"]].map(|count| count.as_u64().unwrap())
    };
    let [right, matched] = rate("/members/precision");
    assert_eq!(right, matched);
    assert!(matched > 1300);
    let [found, recoverable] = rate("/recoverable_recall");
    assert_eq!(found, recoverable, "{verdict}");
    assert!(recoverable > 1300);
    for undecided in ["/review", "/conflict"] {
        let [right, pairs] = rate(undecided);
        assert_eq!(right, pairs, "a pair put before a person is one person: {undecided}");
    }
    // Whoever is in an export of the year before only stands there, and the truth tells of the newest.
    let of_last_year =
        |link: &&Record| link["national_file"].contains("/2017/") || link["provincial_file"].contains("/2017/");
    let of_last_year = project.table("member_links").iter().filter(of_last_year).count();
    assert_eq!(verdict["unknown_places"], of_last_year);
    for (class, score) in verdict["classes"].as_object().unwrap() {
        assert_eq!(score["mismatched"], 0, "{class}");
    }
    for rule in ["benefit:missing", "benefit:amount", "field:relation", "identity:wrong_digit", "structure:split"] {
        if let Some(rate) = verdict["findings"]["by_rule"].get(rule) {
            assert_eq!(rate["count"], rate["of"], "{rule}");
        }
    }
}

#[test]
fn a_village_gets_a_workbook_it_can_work_with() {
    let project = Project::sample_run();
    let path = project.path("out/latest/worklists").join(&worklists(&project)[0]);
    let rows = sheet(&path, "整改清单");
    for header in [
        "序号",
        "户编号",
        "户主",
        "姓名",
        "证件号码",
        "问题类型",
        "问题说明",
        "国办系统值",
        "省办平台值",
        "应改系统",
        "整改建议",
        "核实结果▼",
        "更正后的值",
        "佐证材料▼",
        "核实人",
        "核实日期",
        "备注",
        "问题编号",
    ] {
        position(&rows[1], header);
    }
    let xml = part(&std::fs::read(&path).unwrap(), "xl/worksheets/sheet2.xml");
    for header in ["核实结果▼", "佐证材料▼", "核实日期"] {
        let letter = char::from(b'A' + u8::try_from(position(&rows[1], header)).unwrap());
        let cells = format!("sqref=\"{letter}3:{letter}{}\"", rows.len());
        let validations: Vec<&str> = xml.split("<dataValidation ").skip(1).collect();
        assert!(validations.iter().any(|validation| validation.contains(&cells)), "{header}: {validations:#?}");
    }
    assert!(xml.contains("type=\"list\""));
    assert!(xml.contains("<sheetProtection "), "what is not to be filled in is locked");
}

/// Under the mask of the pipeline no file meant for people holds a whole identifier.
#[test]
fn no_identifier_is_handed_out_whole() {
    let project = Project::sample_run();
    let identifiers = identifiers(&project);
    assert!(identifiers.len() > 1300);
    let outputs = project.lasting_outputs();
    let outputs = outputs.iter().filter(|(name, _)| !name.starts_with("data/"));
    let mut texts = 0;
    for (name, bytes) in outputs {
        for text in texts_of(name, bytes) {
            texts += 1;
            let words = text.split(|c: char| !c.is_ascii_alphanumeric());
            let told: Vec<&str> = words.filter(|word| identifiers.contains(*word)).collect();
            assert!(told.is_empty(), "{name} tells {} identifiers", told.len());
        }
    }
    assert!(texts > 100);
    let log = String::from_utf8(project.output("log.jsonl")).unwrap()
        + &String::from_utf8(project.output("manifest.json")).unwrap();
    assert!(log.split(|c: char| !c.is_ascii_alphanumeric()).all(|word| !identifiers.contains(word)));
}

/// Village workbooks and what could not be assigned, without the townships' totals.
fn worklists(project: &Project) -> Vec<String> {
    project.published("worklists").into_iter().filter(|name| !name.ends_with("/总表.xlsx")).collect()
}

#[track_caller]
fn position(header: &[String], name: &str) -> usize {
    header.iter().position(|cell| cell == name).unwrap_or_else(|| panic!("no column {name}: {header:?}"))
}

/// A truth file as records.
fn truth(name: &str) -> Vec<Record> {
    let mut reader = csv::Reader::from_path(shipped("sample-data/truth").join(format!("{name}.csv"))).unwrap();
    reader.deserialize().map(|record| record.unwrap()).collect()
}

/// Identifiers of 15 characters or more as the exports have them.
fn identifiers(project: &Project) -> HashSet<String> {
    let mut identifiers = HashSet::new();
    for (file, column) in [("national/贫困户信息查询", 8), ("provincial/人员信息", 7)] {
        for township in ["城关镇", "王店镇", "经济开发区"] {
            let rows = sheet(&project.path("input").join(format!("{file}_{township}.xlsx")), "Sheet1");
            let cells = rows.into_iter().filter_map(|mut row| (row.len() > column).then(|| row.swap_remove(column)));
            let long = cells.filter(|cell| cell.len() >= 15 && cell.chars().all(|c| c.is_ascii_alphanumeric()));
            identifiers.extend(long);
        }
    }
    identifiers
}

/// The texts in a file: its own, or those of a workbook's parts.
fn texts_of(name: &str, bytes: &[u8]) -> Vec<String> {
    if !name.ends_with(".xlsx") {
        return vec![String::from_utf8(bytes.to_vec()).unwrap()];
    }
    let mut parts = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..parts.len()).map(|ix| read(parts.by_index(ix).unwrap())).collect()
}

fn part(workbook: &[u8], name: &str) -> String {
    read(zip::ZipArchive::new(Cursor::new(workbook)).unwrap().by_name(name).unwrap())
}

fn read(mut part: impl Read) -> String {
    let mut text = String::new();
    part.read_to_string(&mut text).unwrap();
    text
}
