//! Whole populations: determinism, counts, truth that points to the right rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use encoding_rs::GB18030;

use super::*;

fn csv_settings() -> Settings {
    Settings { national_format: Format::Csv, years: vec![2017, 2018], ..Settings::default() }
}

fn made(settings: &Settings) -> (tempfile::TempDir, Summary) {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let summary = generate(settings, dir.path(), |_| ()).expect("a population");
    (dir, summary)
}

fn bytes(dir: &Path, summary: &Summary) -> Vec<(String, Vec<u8>)> {
    summary.files.iter().map(|file| (file.clone(), fs::read(dir.join(file)).expect("a file written"))).collect()
}

fn on_threads(threads: usize, settings: &Settings) -> Vec<(String, Vec<u8>)> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(|| {
        let (dir, summary) = made(settings);
        bytes(dir.path(), &summary)
    })
}

/// Lines of the text exports, decoded, by file.
fn exports(dir: &Path, summary: &Summary) -> BTreeMap<String, Vec<String>> {
    let lines = |file: &String| {
        let bytes = fs::read(dir.join(file)).expect("a file written");
        let (text, lossy) = GB18030.decode_without_bom_handling(&bytes);
        assert!(!lossy);
        (file.clone(), text.lines().map(str::to_owned).collect())
    };
    summary.files.iter().filter(|file| !file.starts_with("truth")).map(lines).collect()
}

/// The cells of a side's row that a line of the truth points to.
fn cells(exports: &BTreeMap<String, Vec<String>>, truth: &BTreeMap<String, String>, side: &str) -> Option<Vec<String>> {
    let row: usize = truth[&format!("{side}_row")].parse().ok()?;
    record(&exports[&truth[&format!("{side}_file")]][row - 1])
}

fn record(line: &str) -> Option<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
    let record = reader.records().next()?.ok()?;
    Some(record.iter().map(str::to_owned).collect())
}

fn truth(dir: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(dir.join("truth").join(name)).expect("a truth file");
    reader.deserialize().collect::<Result<_, csv::Error>>().expect("lines of the truth")
}

#[test]
fn same_seed_same_bytes_on_any_threads() {
    let settings = Settings { households: 200, rolls: true, data_years: vec![2017, 2018], ..Settings::default() };
    let one = on_threads(1, &settings);
    assert!(one == on_threads(3, &settings));
    assert!(one != on_threads(1, &Settings { seed: 2, ..settings }));
}

#[test]
fn parquet_is_deterministic_too() {
    let settings = Settings {
        households: 200,
        national_format: Format::Parquet,
        provincial_format: Format::Parquet,
        ..Settings::default()
    };
    assert!(on_threads(1, &settings) == on_threads(2, &settings));
}

#[test]
fn the_truth_points_to_the_right_rows() {
    let (dir, summary) = made(&csv_settings());
    let exports = exports(dir.path(), &summary);
    let mut both = 0;
    for member in truth(dir.path(), "members.csv") {
        let sides = ["national", "provincial"].map(|side| cells(&exports, &member, side));
        let [Some(national), Some(provincial)] = sides else { continue };
        both += 1;
        if member["class"] == "clean" {
            assert_eq!(national[7], provincial[6]);
            assert_eq!(national[8][..18], provincial[7][..18]);
        }
    }
    assert!(both > 1_000, "{both}");
}

#[test]
fn rows_of_workbooks_are_rows_of_the_sheet() {
    use calamine::Reader;
    let (dir, summary) = made(&Settings { years: vec![], damage: 0.0, errors: 0.0, ..Settings::default() });
    let mut names: BTreeMap<(String, usize), String> = BTreeMap::new();
    for file in summary.files.iter().filter(|file| file.ends_with("xlsx")) {
        let mut book = calamine::open_workbook_auto(dir.path().join(file)).expect("a workbook");
        let sheet = book.worksheet_range("Sheet1").expect("a sheet");
        assert_eq!(sheet.start(), Some((0, 0)));
        for (at, row) in sheet.rows().enumerate() {
            names.insert((file.clone(), at + 1), row[7].to_string());
        }
    }
    let text = exports(
        dir.path(),
        &Summary {
            files: summary.files.into_iter().filter(|file| file.ends_with("csv")).collect(),
            ..Summary::default()
        },
    );
    for member in truth(dir.path(), "members.csv") {
        let provincial = cells(&text, &member, "provincial").expect("everybody is on both sides");
        let row = member["national_row"].parse().expect("a row");
        assert_eq!(names[&(member["national_file"].clone(), row)], provincial[6]);
    }
}

#[test]
fn errors_point_to_their_records() {
    let (dir, summary) = made(&Settings { errors: 3.0, ..csv_settings() });
    let exports = exports(dir.path(), &summary);
    let mut checked = BTreeSet::new();
    for error in truth(dir.path(), "errors.csv") {
        let sides = ["national", "provincial"].map(|side| cells(&exports, &error, side));
        match (error["rule"].as_str(), &sides) {
            ("field:education", [Some(national), Some(provincial)]) => assert_ne!(national[12], provincial[12]),
            ("benefit:missing", [Some(national), None]) => {
                assert_eq!((&national[9], &national[11]), (&error["year"], &error["item"]));
            }
            ("benefit:amount", [Some(national), Some(provincial)]) => assert_ne!(national[13], provincial[10]),
            (rule @ ("field:education" | "benefit:missing" | "benefit:amount"), _) => {
                panic!("{rule}: rows are lacking")
            }
            _ => continue,
        }
        checked.insert(error["rule"].clone());
    }
    assert_eq!(checked.len(), 3, "{checked:?}");
}

#[test]
fn rolls_hold_what_registries_lack() {
    let (dir, summary) = made(&Settings { errors: 4.0, damage: 0.0, rolls: true, ..csv_settings() });
    let exports = exports(dir.path(), &summary);
    let mut checked = BTreeMap::new();
    for error in truth(dir.path(), "errors.csv") {
        let [national, provincial, roll] = ["national", "provincial", "roll"].map(|side| cells(&exports, &error, side));
        match (error["rule"].as_str(), &roll) {
            ("roll:missing", Some(roll)) => {
                assert!(roll.contains(&error["name"]));
                assert_eq!((national, provincial), (None, None), "nobody recorded it");
            }
            ("roll:extra", roll) => {
                assert!(national.is_some() && provincial.is_some());
                assert!(roll.as_ref().is_none_or(|roll| roll.contains(&"否".to_owned())));
            }
            ("suspect:outsider", Some(roll)) => {
                assert!(roll.contains(&error["name"]) && roll[0] == error["township"]);
                assert_eq!(error["national_household_no"], "");
            }
            (rule @ ("roll:missing" | "suspect:outsider"), None) => panic!("{rule}: not on the roll"),
            _ => continue,
        }
        *checked.entry(error["rule"].clone()).or_insert(0) += 1;
    }
    assert_eq!(checked.len(), 3, "{checked:?}");
    assert!(summary.roll_rows > 3_000, "{}", summary.roll_rows);
}

#[test]
fn earlier_registers_are_of_the_same_people() {
    let settings = Settings { errors: 0.0, damage: 0.0, data_years: vec![2016, 2017, 2018], ..csv_settings() };
    let (dir, summary) = made(&settings);
    let exports = exports(dir.path(), &summary);
    let rows = |folder: &str| {
        let lines = exports.iter().filter(|(file, _)| file.rsplit_once('/').is_some_and(|(path, _)| path == folder));
        let lines = lines.filter(|(file, _)| file.contains("贫困户信息查询")).flat_map(|(_, lines)| lines);
        let rows = lines.filter_map(|line| record(line));
        rows.filter(|row| row[0].parse::<u32>().is_ok()).map(|row| (row[6].clone(), row)).collect::<BTreeMap<_, _>>()
    };
    let [then, before, now] = ["national/2016", "national/2017", "national"].map(rows);
    assert!(then.len() <= before.len() && before.len() <= now.len() && then.len() * 20 > now.len() * 18);
    let mut grades = 0;
    for (no, row) in &before {
        let now = &now[no];
        assert_eq!(row[7..9], now[7..9], "name and number");
        assert!(row[20].parse::<i32>().is_ok_and(|year| year <= 2017) || row[20].is_empty() && row[19] == "未脱贫");
        if now[13] == "八年级" {
            assert_eq!(row[13], "七年级");
            grades += 1;
        }
    }
    assert!(grades > 0);
    assert!(truth(dir.path(), "errors.csv").iter().all(|error| error["rule"] == "identity:no_number"));
}

#[test]
fn years_contradict_each_other_when_asked_to() {
    let settings = Settings { errors: 5.0, damage: 0.0, data_years: vec![2016, 2017, 2018], ..csv_settings() };
    let (dir, summary) = made(&Settings { households: 1_500, years: vec![], ..settings });
    let exports = exports(dir.path(), &summary);
    let mut checked = BTreeSet::new();
    for error in truth(dir.path(), "errors.csv") {
        let [Some(national), Some(provincial)] = ["national", "provincial"].map(|side| cells(&exports, &error, side))
        else {
            continue;
        };
        match (error["rule"].as_str(), error["year"].as_str()) {
            ("field:education", "2017") => {
                assert!(error["national_file"].starts_with("national/2017/"));
                assert_ne!(national[12], provincial[12]);
            }
            ("year:grade", "2018") => assert!(matches!(national[13].as_str(), "七年级" | "高中一年级")),
            ("year:income", "2018") => assert!(national[26].parse::<f64>().is_ok_and(|income| income > 12_000.0)),
            _ => continue,
        }
        checked.insert(error["rule"].clone());
    }
    assert_eq!(checked.len(), 3, "{checked:?}");
}

#[test]
fn every_contradiction_befalls_a_large_county() {
    let settings = Settings { errors: 15.0, damage: 0.0, households: 30_000, years: vec![], ..csv_settings() };
    let (dir, _) = made(&settings);
    let rules: BTreeSet<String> = truth(dir.path(), "errors.csv").iter().map(|error| error["rule"].clone()).collect();
    let missing: Vec<_> = contradictions::kinds().filter(|kind| !rules.contains(&format!("logic:{kind}"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_kind_of_damage_befalls_a_small_county() {
    let (dir, _) = made(&Settings {
        damage: 6.0,
        errors: 6.0,
        households: 600,
        own_numbers: false,
        years: vec![],
        ..csv_settings()
    });
    let classes: BTreeSet<String> = truth(dir.path(), "members.csv")
        .iter()
        .flat_map(|member| member["class"].split(';').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    for class in damage::classes() {
        assert!(classes.contains(class), "{class}");
    }
    for class in [
        "clean",
        "household_no_15",
        "number_with_name",
        "drag_fill",
        "swapped_number",
        "pasted_number",
        "split",
        "moved",
        "merge",
    ] {
        assert!(classes.contains(class), "{class}");
    }
}

#[test]
fn damage_is_as_dense_as_in_practice() {
    let (dir, summary) = made(&Settings { households: 3_000, years: vec![], ..csv_settings() });
    let members = truth(dir.path(), "members.csv");
    let damaged = members.iter().filter(|member| member["class"] != "clean").count() as f64 / members.len() as f64;
    assert!((0.02..0.10).contains(&damaged), "{damaged}");
    let persons: BTreeSet<_> = members.iter().map(|member| &member["person"]).collect();
    assert!(persons.len() as u64 <= summary.persons);
    assert_eq!(summary.benefit_rows, [0, 0]);
    let only_here = members.iter().filter(|member| member["provincial_row"].is_empty()).count();
    assert!(only_here > 0 && only_here * 20 < members.len());
}

#[test]
fn nothing_wrong_when_nothing_is_asked_for() {
    let (dir, _) = made(&Settings { damage: 0.0, errors: 0.0, ..csv_settings() });
    let rules: BTreeSet<String> = truth(dir.path(), "errors.csv").iter().map(|error| error["rule"].clone()).collect();
    assert!(rules.iter().all(|rule| rule == "identity:no_number"), "{rules:?}");
    assert!(truth(dir.path(), "households.csv").iter().all(|pair| pair["relation"] == "same"));
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = generate(&Settings { damage: -1.0, ..Settings::default() }, Path::new("/nowhere"), |_| ());
    assert_eq!(refused.expect_err("negative").kind(), crate::error::Kind::Configuration);
}
