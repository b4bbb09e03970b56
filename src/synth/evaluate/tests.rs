use std::fs::{self, File};
use std::path::Path;

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, ParquetWriter, Series};

use super::*;

fn strings(name: &str, values: &[&str]) -> Series {
    Series::new(name.into(), values)
}

fn publish(dir: &Path, name: &str, columns: Vec<Series>) {
    let columns: Vec<_> = columns.into_iter().map(IntoColumn::into_column).collect();
    let height = columns[0].len();
    let mut table = DataFrame::new(height, columns).expect("columns of one length");
    let file = File::create(dir.join(name)).expect("a scratch file");
    ParquetWriter::new(file).finish(&mut table).expect("a table is written");
}

/// Four persons: one found, one confused with another, one under review, one only on the national side.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let (data, truth) = (dir.path().join("data"), dir.path().join("truth"));
    fs::create_dir_all(&data).expect("a folder");
    fs::create_dir_all(&truth).expect("a folder");
    fs::write(
        truth.join("members.csv"),
        "national_file,national_row,provincial_file,provincial_row,person,class,recoverable,duplicate\n\
         n,4,p,2,P1,clean,true,false\nn,4,p,9,P1,clean,true,true\nn,5,p,3,P2,blank;homophone,true,false\n\
         n,6,p,4,P3,blank,false,false\nn,7,,,P4,clean,true,false\n",
    )
    .expect("truth");
    fs::write(
        truth.join("households.csv"),
        "national_household_no,provincial_household_no,relation\nN1,H1,same\nN2,H2,split\n",
    )
    .expect("truth");
    fs::write(
        truth.join("errors.csv"),
        "kind,rule,field,year,item,township,village,\
         national_household_no,national_person_no,provincial_household_no,provincial_person_no\n\
         field,field:education,education,,,T,V,N1,A1,H1,B1\nfield,field:labour,labour,,,T,V,N1,A1,H1,B1\n\
         benefit,benefit:missing,,2017,低保,T,V,N2,A2,H2,\n\
         field,field:village_renamed,village,,,T,V,,,,\nfield,field:village_renamed,village,,,T,W,,,,\n\
         outcome,outcome:missing,,2017,低保,T,V,N3,A3,H3,B3\noutcome,outcome:missing,,2017,养老金,T,V,N3,A3,H3,B3\n\
         field,field:name,name,,,T,V,N4,A4,H4,B4\n",
    )
    .expect("truth");
    publish(
        &data,
        "member_links.parquet",
        vec![
            strings("decision", &["match", "match", "review", "match"]),
            strings("national_file", &["n", "n", "n", "n"]),
            Series::new("national_row".into(), &[4u32, 5, 6, 99]),
            strings("provincial_file", &["p", "p", "p", "p"]),
            Series::new("provincial_row".into(), &[9u32, 2, 4, 4]),
        ],
    );
    publish(
        &data,
        "household_links.parquet",
        vec![
            strings("national_household_no", &["N1", "N2"]),
            strings("provincial_household_no", &["H1", "H9"]),
            strings("relation", &["split", "same"]),
        ],
    );
    publish(
        &data,
        "findings.parquet",
        vec![
            strings("rule_id", &["F-education", "B-missing", "L-001", "H-village", "O-measure", "P-review"]),
            strings("category", &["field", "benefit", "logic", "field", "outcome", "presence"]),
            strings("field", &["education", "", "", "village", "", ""]),
            Series::new("year".into(), &[None, Some(2017i32), None, None, Some(2017), None]),
            strings("provincial_value", &["", "", "", "", "大病保险、低保", ""]),
            strings("township", &["T"; 6]),
            strings("village", &["V"; 6]),
            strings("national_household_no", &["N1", "N2", "N7", "", "N3", "N4"]),
            strings("national_person_no", &["A1", "A2", "", "", "", "A4"]),
            strings("provincial_household_no", &["H1", "", "H7", "", "H3", "H4"]),
            strings("provincial_person_no", &["", "", "", "", "", "B4"]),
        ],
    );
    dir
}

const fn rate(count: u64, of: u64) -> Rate {
    Rate { count, of }
}

#[test]
fn links_are_held_against_the_truth() {
    let dir = folder();
    let verdict = evaluate(dir.path(), &dir.path().join("truth")).expect("a verdict");
    // The duplicate's row counts for its person; the match of rows 5 and 2 is of two persons.
    assert_eq!(verdict.members.precision, rate(1, 2));
    assert_eq!(verdict.members.recall, rate(1, 3));
    assert_eq!(verdict.recoverable_recall, rate(1, 2));
    assert_eq!(verdict.members_f1, Some(0.4));
    assert_eq!(verdict.review, rate(1, 1));
    assert_eq!(verdict.unknown_places, 1);
    let blank = ClassScore { persons: 2, matched: 0, undecided: 1, mismatched: 1 };
    assert_eq!(verdict.classes["blank"], blank);
    assert_eq!(verdict.households, Score { precision: rate(1, 2), recall: rate(1, 2) });
    assert_eq!(verdict.household_relations, rate(0, 1));
}

#[test]
fn findings_are_judged_by_subject() {
    let dir = folder();
    let verdict = evaluate(dir.path(), &dir.path().join("truth/members.csv")).expect("a verdict");
    let findings = verdict.findings.as_ref().expect("errors and findings are there");
    assert_eq!(findings.recall, rate(4, 7));
    assert_eq!(findings.by_rule["field:labour"], rate(0, 1));
    assert_eq!(findings.by_rule["field:village_renamed"], rate(1, 2));
    assert_eq!(findings.by_rule["outcome:missing"], rate(1, 2), "by item");
    assert_eq!(findings.unsettled, 1, "the name of somebody under review");
    assert_eq!(findings.false_alarms, rate(1, 5));
    assert_eq!(findings.false_alarms_by_rule["L-001"], 1);
    assert!(verdict.to_text(Lang::En).contains("recall 33.333 % (1/3)"));
    assert!(verdict.to_text(Lang::Zh).contains("召回率 33.333 % (1/3)"));
}

#[test]
fn a_missing_table_is_named() {
    let dir = folder();
    fs::remove_file(dir.path().join("data/member_links.parquet")).expect("it was there");
    let error = evaluate(dir.path(), &dir.path().join("truth")).expect_err("no links");
    assert!(error.lines(Lang::En)[0].contains("member_links.parquet"));
}
