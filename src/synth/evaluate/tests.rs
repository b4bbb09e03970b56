use std::fs::{self, File};
use std::path::Path;

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};

use super::*;
use crate::table::parquet::Writer;

fn strings(name: &str, values: &[&str]) -> Series {
    Series::new(name.into(), values)
}

fn publish(dir: &Path, name: &str, columns: Vec<Series>) {
    let columns: Vec<_> = columns.into_iter().map(IntoColumn::into_column).collect();
    let height = columns[0].len();
    let table = DataFrame::new(height, columns).expect("columns of one length");
    let file = File::create(dir.join(name)).expect("a scratch file");
    let mut writer = Writer::new(file, table.schema()).expect("a table is begun");
    writer.write(&table).and_then(|()| writer.close()).expect("a table is written");
}

/// Rule, category, field, year (0: none), what the platform says, message, name, keys.
type Told =
    (&'static str, &'static str, &'static str, i32, &'static str, &'static str, &'static str, [&'static str; 4]);

/// What was published.
const FINDINGS: [Told; 10] = [
    ("F-education", "field", "education", 0, "", "", "", ["N1", "A1", "H1", ""]),
    ("B-missing", "benefit", "", 2017, "", "", "", ["N2", "A2", "", ""]),
    ("L-001", "logic", "", 0, "", "", "", ["N7", "", "H7", ""]),
    ("H-village", "field", "village", 0, "", "", "", ["", "", "", ""]),
    ("O-measure", "outcome", "", 2017, "大病保险、低保", "", "", ["N3", "", "H3", ""]),
    ("P-review", "presence", "", 0, "", "", "", ["N4", "A4", "H4", "B4"]),
    ("R-missing", "benefit", "", 2017, "", "名单上有低保，两边都没有", "", ["N5", "A5", "H5", "B5"]),
    ("Y-grade", "logic", "student", 2018, "", "", "", ["N6", "A6", "H6", "B6"]),
    ("B-member", "benefit", "", 2017, "", "", "", ["N6", "", "H6", ""]),
    ("S-outsider", "suspect", "", 2018, "", "", "g", ["", "", "", ""]),
];

fn column(name: &str, of: fn(&Told) -> &'static str) -> Series {
    strings(name, &FINDINGS.each_ref().map(of))
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
        "national_household_no,provincial_household_no,relation\nN1,H1,same\nN2,H2,split\nN7,H7,same\nN8,H8,same\n",
    )
    .expect("truth");
    fs::write(
        truth.join("errors.csv"),
        "kind,rule,field,year,item,township,village,name,\
         national_household_no,national_person_no,provincial_household_no,provincial_person_no\n\
         field,field:education,education,,,T,V,a,N1,A1,H1,B1\nfield,field:labour,labour,,,T,V,a,N1,A1,H1,B1\n\
         benefit,benefit:missing,,2017,低保,T,V,b,N2,A2,H2,\n\
         field,field:village_renamed,village,,,T,V,,,,,\nfield,field:village_renamed,village,,,T,W,,,,,\n\
         outcome,outcome:missing,,2017,低保,T,V,c,N3,A3,H3,B3\noutcome,outcome:missing,,2017,养老金,T,V,c,N3,A3,H3,B3\n\
         field,field:name,name,,,T,V,d,N4,A4,H4,B4\n\
         roll,roll:missing,,2017,低保,T,V,e,N5,A5,H5,B5\nroll,roll:missing,,2017,营养餐,T,V,e,N5,A5,H5,B5\n\
         roll,roll:extra,,2016,低保,T,V,e,N5,A5,H5,B5\nyear,year:grade,student,2018,,T,V,f,N6,A6,H6,B6\n\
         year,year:income,income_per_capita,2018,,T,V,f,N6,,H6,\nbenefit,benefit:beneficiary,,2017,低保,T,V,f,N6,A6,H6,B6\n\
         suspect,suspect:outsider,,2018,低保,T,V,g,,,,\nsuspect,suspect:outsider,,2018,低保,T,V,h,,,,\n",
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
            Series::new("match_weight_bits".into(), &[20.0, 12.5, 3.0, 30.0]),
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
            column("rule_id", |finding| finding.0),
            column("category", |finding| finding.1),
            column("field", |finding| finding.2),
            Series::new("year".into(), &FINDINGS.map(|finding| (finding.3 > 0).then_some(finding.3))),
            strings("national_value", &[""; FINDINGS.len()]),
            column("provincial_value", |finding| finding.4),
            column("message", |finding| finding.5),
            strings("township", &["T"; FINDINGS.len()]),
            strings("village", &["V"; FINDINGS.len()]),
            column("name", |finding| finding.6),
            column("national_household_no", |finding| finding.7[0]),
            column("national_person_no", |finding| finding.7[1]),
            column("provincial_household_no", |finding| finding.7[2]),
            column("provincial_person_no", |finding| finding.7[3]),
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
    assert_eq!(verdict.households, Score { precision: rate(1, 2), recall: rate(1, 4) });
    assert_eq!(verdict.household_relations, rate(0, 1));
    // This truth tells no townships and no households of persons.
    assert!(verdict.strata.is_empty());
    assert_eq!(verdict.household_groups, None);
}

#[test]
fn findings_are_judged_by_subject() {
    let dir = folder();
    let verdict = evaluate(dir.path(), &dir.path().join("truth/members.csv")).expect("a verdict");
    let findings = verdict.findings.as_ref().expect("errors and findings are there");
    assert_eq!(findings.recall, rate(8, 15));
    assert_eq!(findings.by_rule["field:labour"], rate(0, 1));
    assert_eq!(findings.by_rule["field:village_renamed"], rate(1, 2));
    assert_eq!(findings.by_rule["outcome:missing"], rate(1, 2), "by item");
    assert_eq!(findings.unsettled, 1, "the name of somebody under review");
    assert_eq!(findings.by_rule["roll:missing"], rate(1, 2), "by the item in the message");
    assert_eq!(findings.by_rule["roll:extra"], rate(0, 1), "by year");
    assert_eq!((findings.by_rule["year:grade"], findings.by_rule["year:income"]), (rate(1, 1), rate(0, 1)));
    assert_eq!(findings.by_rule["benefit:beneficiary"], rate(1, 1), "by household");
    assert_eq!(findings.by_rule["suspect:outsider"], rate(1, 2), "by name");
    assert_eq!(findings.false_alarms, rate(1, 8));
    assert_eq!(findings.alarmed_households, rate(1, 2), "N7 and N8 are clean");
    assert_eq!(findings.alarms_per_clean_household(), Some(0.5));
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

/// Persons of the town: letter, household, row on each side (0: none), partner, township, sides with an identifier.
type Townsman = (char, &'static str, u32, u32, &'static str, &'static str, &'static str);

/// Eight households, each with another fate.
const TOWN: [Townsman; 17] = [
    ('A', "N1", 1, 1, "H1", "T1", "both"),
    ('B', "N1", 2, 2, "H1", "T1", "one"),
    ('C', "N2", 3, 3, "H2", "T1", "none"),
    ('D', "N2", 4, 4, "H2", "T1", "none"),
    ('E', "N3", 5, 5, "H3", "T1", "none"),
    ('F', "N4", 6, 6, "H4", "T1", "none"),
    ('G', "N5", 7, 7, "H5", "T2", "none"),
    ('I', "N5", 8, 8, "H5", "T2", "none"),
    ('J', "N5", 9, 0, "", "T2", "none"),
    ('K', "", 0, 9, "H5", "T2", "none"),
    ('L', "N6", 10, 10, "H6", "T2", "none"),
    ('M', "N6", 11, 11, "H6", "T2", "none"),
    ('R', "", 0, 12, "H7", "T2", "none"),
    ('Q', "N7", 12, 13, "H7", "T2", "none"),
    ('S', "N8", 13, 0, "", "T2", "none"),
    ('U', "", 0, 14, "H9", "T2", "none"),
    ('V', "", 0, 15, "H9", "T2", "none"),
];

/// Links of the town: row on each side, bits, decision. All rightly, but F with E, J with K, M with R.
const TOWN_LINKS: [(u32, u32, f64, &str); 11] = [
    (1, 1, 20.0, "match"),
    (2, 2, 20.0, "match"),
    (3, 3, 20.0, "match"),
    (4, 4, 5.0, "review"),
    (6, 5, 10.0, "match"),
    (7, 7, 20.0, "match"),
    (8, 8, 20.0, "match"),
    (9, 9, 10.0, "match"),
    (10, 10, 20.0, "match"),
    (11, 12, 10.0, "match"),
    (12, 13, 20.0, "match"),
];

fn town() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let mut members = "national_file,national_row,provincial_file,provincial_row,person,class,recoverable,duplicate,\
                       township,identified,national_household_no,provincial_household_no\n"
        .to_owned();
    for (person, national, left, right, provincial, township, identified) in TOWN {
        let place = |file: &str, row: u32| if row == 0 { ",".to_owned() } else { format!("{file},{row}") };
        let (left, right) = (place("n", left), place("p", right));
        members +=
            &format!("{left},{right},{person},clean,true,false,{township},{identified},{national},{provincial}\n");
    }
    fs::write(dir.path().join("members.csv"), members).expect("truth");
    fs::create_dir(dir.path().join("data")).expect("a folder");
    let rows = |of: fn(&(u32, u32, f64, &str)) -> u32| TOWN_LINKS.iter().map(of).collect::<Vec<u32>>();
    publish(
        &dir.path().join("data"),
        "member_links.parquet",
        vec![
            strings("decision", &TOWN_LINKS.map(|link| link.3)),
            Series::new("match_weight_bits".into(), &TOWN_LINKS.map(|link| link.2)),
            strings("national_file", &["n"; 11]),
            Series::new("national_row".into(), rows(|link| link.0)),
            strings("provincial_file", &["p"; 11]),
            Series::new("provincial_row".into(), rows(|link| link.1)),
        ],
    );
    dir
}

#[test]
fn households_are_counted_by_what_became_of_them() {
    let dir = town();
    let verdict = evaluate(dir.path(), &dir.path().join("members.csv")).expect("a verdict");
    let expected = HouseholdGroups {
        households: 7,
        exact: 1,            // N1
        missed_member: 1,    // N2 lacks D
        missed_household: 1, // N3
        wrongly_linked: 1,   // N4: F is linked with E
        extra_member: 1,     // N5: J is linked with K of the same house
        split: 1,            // N6: M is linked with R of H7
        merged: 1,           // N7: its H7 got M
        unlinked: 1,         // N8
    };
    assert_eq!(verdict.household_groups, Some(expected));
    assert!(verdict.to_text(Lang::En).contains("whole households: exact 14.286 % (1/7)"));
}

#[test]
fn strata_have_scores_of_their_own() {
    let dir = town();
    let verdict = evaluate(dir.path(), &dir.path().join("members.csv")).expect("a verdict");
    let score = |by: &str, stratum: &str| {
        let Score { precision, recall } = verdict.strata[by][stratum].score;
        [precision.count, precision.of, recall.count, recall.of]
    };
    assert_eq!(score("township", "T1"), [3, 4, 3, 6]);
    assert_eq!(score("township", "T2"), [4, 6, 4, 5]);
    assert_eq!(score("identified", "both"), [1, 1, 1, 1]);
    assert_eq!(score("identified", "one"), [1, 1, 1, 1]);
    assert_eq!(score("identified", "none"), [5, 8, 5, 9]);
    assert_eq!(verdict.strata["township"]["T1"].f1, Some(0.6));
    assert_eq!(verdict.members, Score { precision: rate(7, 10), recall: rate(7, 11) });
    assert!(verdict.to_text(Lang::Zh).contains("  T1           75.000 % (3/4)  50.000 % (3/6)  0.60000"));
}

/// Precision and recall at a threshold, as `[count, of, count, of]`.
fn at(verdict: &Evaluation, bits: i32) -> [u64; 4] {
    let point = verdict.curve.iter().find(|point| point.bits == bits).expect("a point");
    let Score { precision, recall } = point.score;
    [precision.count, precision.of, recall.count, recall.of]
}

#[test]
fn a_threshold_takes_pairs_under_review_too() {
    let dir = town();
    let verdict = evaluate(dir.path(), &dir.path().join("members.csv")).expect("a verdict");
    assert_eq!(verdict.curve.len(), 51);
    assert_eq!(at(&verdict, 0), [8, 11, 8, 11]);
    assert_eq!(at(&verdict, 6), [7, 10, 7, 11]);
    assert_eq!(at(&verdict, 15), [7, 7, 7, 11]);
    assert_eq!(at(&verdict, 21), [0, 0, 0, 11]);
    assert!(verdict.to_text(Lang::En).contains("  best  20     100.000 % (7/7)  63.636 % (7/11)  0.77778"));
}

#[test]
fn any_pairs_are_a_truth() {
    let dir = folder();
    let truth = dir.path().join("pairs.csv");
    fs::write(&truth, "note,left,right\n,a1,b1\n,a2,b2\n,a3,b3\n").expect("truth");
    publish(
        &dir.path().join("data"),
        "member_links.parquet",
        vec![
            strings("decision", &["match", "match", "review", "match", "conflict"]),
            Series::new("match_weight_bits".into(), &[12.0, 3.0, 5.0, 9.0, 9.0]),
            strings("national_person_no", &["a1", "a2", "a3", "", "a2"]),
            strings("provincial_person_no", &["b1", "b9", "b3", "b4", "b2"]),
        ],
    );
    let verdict = evaluate(dir.path(), &truth).expect("a verdict");
    assert_eq!(verdict.members, Score { precision: rate(1, 2), recall: rate(1, 3) });
    assert_eq!((verdict.members_f1, verdict.unknown_places), (Some(0.4), 1));
    assert_eq!((verdict.review, verdict.conflict), (rate(1, 1), rate(1, 1)));
    assert_eq!((at(&verdict, 0), at(&verdict, 4)), ([2, 3, 2, 3], [2, 2, 2, 3]));
    let text = verdict.to_text(Lang::En);
    assert!(!text.contains("households") && !text.contains("damage"), "{text}");
}

#[test]
fn clusters_are_all_their_pairs() {
    let dir = folder();
    let truth = dir.path().join("pairs.csv");
    fs::write(&truth, "left,right\nx1,x2\nx2,x1\ny1,z1\nx3,x1\n").expect("truth");
    publish(
        &dir.path().join("data"),
        "clusters.parquet",
        vec![
            Series::new("cluster".into(), &[1u64, 1, 1, 2, 2, 3, 3]),
            strings("person_no", &["x1", "x2", "x3", "y1", "y2", "z1", ""]),
        ],
    );
    let verdict = evaluate(dir.path(), &truth).expect("a verdict");
    // Three pairs of the x and one of the y; x1 with x2 and with x3 are right, y1 with z1 is missed.
    assert_eq!(verdict.members, Score { precision: rate(2, 4), recall: rate(2, 3) });
    assert_eq!((verdict.unknown_places, verdict.curve.len()), (1, 0));
}
