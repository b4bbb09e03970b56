//! What holds for all writers together: everything balances, nobody is named, the same bytes come out again.

use std::path::Path;

use calamine::{Reader as _, Xlsx, open_workbook};
use polars::prelude::DataFrame;

use super::example::{Example, HOUSEHOLDS, NAMES, id_no};
use super::worklist::columns::{self, Column, by_header};
use super::worklist::meta;
use super::{Manifest, Mask, write_manifest};
use crate::audit::Audit;
use crate::table::Linkage;

#[test]
fn everything_is_written_and_balances() {
    let example = Example::new(4);
    let dir = tempfile::tempdir().unwrap();
    let outputs = example.write(dir.path());
    let outcome = example.outcome();
    let conservation = super::manifest::conservation(&outcome, &outputs);
    assert!(conservation.iter().all(|equation| equation.holds), "{conservation:#?}");
    let files: Vec<&str> = outputs.iter().map(|output| output.file.as_str()).collect();
    insta::assert_snapshot!(files.join("\n"), @r"
    data/benefit_links.parquet
    data/findings.parquet
    data/household_links.parquet
    data/items.parquet
    data/link_quality.json
    data/member_links.parquet
    data/model.json
    data/movements.parquet
    data/not_compared.parquet
    data/rejects.parquet
    data/tally.parquet
    review/待人工判定.xlsx
    summary/summary.html
    summary/summary.json
    summary/summary.xlsx
    worklists/城关镇/东风村.xlsx
    worklists/城关镇/总表.xlsx
    worklists/城关镇/疑似核查/东风村.xlsx
    worklists/未分配/未分配.xlsx
    worklists/经济开发区/总表.xlsx
    worklists/经济开发区/红旗社区.xlsx
    ");
}

/// The public interface, spelt out: a change here needs a new version in the manifest.
#[test]
fn published_tables_have_the_promised_columns() {
    let dir = tempfile::tempdir().unwrap();
    Example::new(4).write(dir.path());
    let check = |table: &str, expected: &[&str]| assert_eq!(columns(dir.path(), table), expected, "{table}");
    check(
        "member_links",
        &[
            "decision str",
            "reason str",
            "match_prob f64",
            "match_weight_bits f64",
            "rule str",
            "national_file str",
            "national_row u32",
            "national_household_no str",
            "national_person_no str",
            "provincial_file str",
            "provincial_row u32",
            "provincial_household_no str",
            "provincial_person_no str",
        ],
    );
    check(
        "household_links",
        &[
            "national_household_no str",
            "provincial_household_no str",
            "relation str",
            "shared_members u32",
            "match_prob f64",
        ],
    );
    check(
        "benefit_links",
        &[
            "national_file str",
            "national_row u32",
            "provincial_file str",
            "provincial_row u32",
            "decision str",
            "reason str",
        ],
    );
    check(
        "findings",
        &[
            "finding_id str",
            "rule_id str",
            "category str",
            "severity str",
            "scope str",
            "township str",
            "village str",
            "national_household_no str",
            "national_person_no str",
            "provincial_household_no str",
            "provincial_person_no str",
            "name str",
            "year i32",
            "field str",
            "national_value str",
            "provincial_value str",
            "correct_in str",
            "message str",
            "remedy str",
            "cause_id str",
            "national_file str",
            "national_row u32",
            "provincial_file str",
            "provincial_row u32",
        ],
    );
    check(
        "items",
        &[
            "item_id str",
            "rule_id str",
            "township str",
            "village str",
            "year i32",
            "state str",
            "reason str",
            "first_seen str",
            "last_seen str",
            "closed_on str",
            "reopened_count u32",
            "detail_hash str",
        ],
    );
    check(
        "not_compared",
        &["side str", "file str", "row u32", "household_no str", "person_no str", "name str", "reason str"],
    );
    check("rejects", &["side str", "file str", "sheet str", "row u32", "reason str", "text str"]);
    check("tally", &["side str", "file str", "sheet str", "class str", "rows i64"]);
}

fn columns(dir: &Path, table: &str) -> Vec<String> {
    let frame = read(dir, table);
    frame.columns().iter().map(|column| format!("{} {}", column.name(), column.dtype())).collect()
}

fn read(dir: &Path, table: &str) -> DataFrame {
    super::read_table(dir, table).unwrap()
}

#[test]
fn a_benefit_on_one_side_has_no_place_on_the_other() {
    let dir = tempfile::tempdir().unwrap();
    Example::new(1).write(dir.path());
    let links = read(dir.path(), "benefit_links");
    let rows = |name: &str| links.column(name).unwrap().u32().unwrap().iter().collect::<Vec<_>>();
    assert_eq!(rows("national_row"), [Some(2), Some(3), Some(4), None]);
    assert_eq!(rows("provincial_row"), [Some(2), None, Some(3), Some(4)]);
    let files: Vec<_> = links.column("provincial_file").unwrap().str().unwrap().iter().collect();
    let file = Some("provincial/人员.xlsx");
    assert_eq!(files, [file, None, file, file]);
}

#[test]
fn an_empty_run_publishes_empty_tables_with_their_columns() {
    let mut example = Example::new(0);
    example.audit = Audit::default();
    example.linkage = Linkage::default();
    let dir = tempfile::tempdir().unwrap();
    example.write(dir.path());
    let findings = read(dir.path(), "findings");
    assert_eq!((findings.height(), findings.width()), (0, 24));
    assert_eq!(read(dir.path(), "member_links").width(), 13);
}

#[test]
fn a_worklist_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let example = Example::new(4);
    example.write(dir.path());
    let mut book: Xlsx<_> = open_workbook(dir.path().join("worklists/城关镇/东风村.xlsx")).unwrap();
    let list = book.worksheet_range(columns::SHEET).unwrap();
    let header: Vec<_> = list.rows().nth(1).unwrap().iter().map(|cell| by_header(&cell.to_string())).collect();
    let specs: Vec<_> = columns::COLUMNS.iter().map(|spec| Some(spec.column)).collect();
    assert_eq!(header, specs);
    let cell = |row: usize, column| list.rows().nth(row).unwrap()[usize::from(columns::position(column))].to_string();
    // Twelve households were given falling 组 numbers: the last household of the village comes first.
    assert_eq!(cell(2, Column::Hamlet), "第7组");
    let consequence = cell(4, Column::Message);
    assert!(consequence.starts_with("└ 文化程度"), "{consequence}");
    assert!(cell(3, Column::Message).ends_with("（改正后，另有 1 项随之解决）"));
    assert_eq!(cell(3, Column::National), "342401********115X");
    assert_eq!(cell(3, Column::Provincial), "342401********115X（第12位不同）");
    let meta = book.worksheet_range(meta::SHEET).unwrap();
    let ids: Vec<String> = (2..26).map(|row| cell(row, Column::FindingId)).collect();
    let hash = meta::ids_hash("test", ids.iter().map(String::as_str).collect());
    let fact = |key: &str| meta.rows().find(|row| row[0] == key).unwrap()[1].to_string();
    assert_eq!((fact("hedui_rows"), fact("hedui_ids_hash")), ("24".to_owned(), hash));
}

#[test]
fn the_manifest_balances_and_serialises() {
    let dir = tempfile::tempdir().unwrap();
    let example = Example::new(2);
    let outputs = example.write(dir.path());
    let manifest = Manifest::of(&example.outcome(), outputs, Vec::new(), String::new());
    assert!(manifest.balanced);
    let written = write_manifest(&manifest, dir.path()).unwrap();
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.path().join(written.file)).unwrap()).unwrap();
    assert_eq!(json["conservation"][5]["terms"], serde_json::json!([["worklists", 25], ["unassigned", 1]]));
    // A finding that no worklist holds is seen.
    let lost = Manifest::of(&example.outcome(), Vec::new(), Vec::new(), String::new());
    assert!(!lost.balanced);
}

#[test]
fn same_outcome_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let example = Example::new(5);
    let serial = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(example.write(one.path()), serial.install(|| example.write(two.path())));
}

#[test]
fn people_and_files_see_no_whole_identifier() {
    for mask in [Mask::Supervisor, Mask::Public] {
        let mut example = Example::new(5);
        example.settings.worklist_mask = mask;
        let dir = tempfile::tempdir().unwrap();
        for output in example.write(dir.path()).iter().filter(|output| !output.file.starts_with("data/")) {
            let text = text_of(&dir.path().join(&output.file));
            for (household, member) in (0..HOUSEHOLDS).flat_map(|household| (0..3).map(move |m| (household, m))) {
                assert!(!text.contains(&id_no(household, member)), "{} shows an identifier", output.file);
            }
            assert!(!text.contains("13812345678"), "{} shows a telephone number", output.file);
            assert!(mask != Mask::Public || !text.contains("张建国"), "{} shows a name", output.file);
        }
    }
}

#[test]
fn the_summary_names_nobody() {
    let dir = tempfile::tempdir().unwrap();
    for output in Example::new(5).write(dir.path()).iter().filter(|output| output.file.starts_with("summary/")) {
        let text = text_of(&dir.path().join(&output.file));
        assert!(NAMES.iter().all(|name| !text.contains(name)), "{}", output.file);
        assert!(!text.contains("http://") || output.file.ends_with("xlsx"), "{} points outside", output.file);
    }
}

/// All text inside a file, the parts of a workbook included.
fn text_of(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(&bytes)) else {
        return String::from_utf8(bytes).unwrap();
    };
    let mut text = String::new();
    for ix in 0..archive.len() {
        std::io::Read::read_to_string(&mut archive.by_index(ix).unwrap(), &mut text).unwrap();
    }
    text
}
