//! The audit as a whole, on small registries by hand: what is found, on whom, where to correct it; and that no
//! split and no engine changes a byte.

use super::testing::{Row, audit, frame, linkage, registry};
use super::{Audit, Settings};
use crate::engine::Engine;
use crate::table::{Category, CorrectIn, Decision, Fate, Finding, Registry, Relation, Severity, Side};

const ID: &str = "34212719700101123X";

/// Two households of the same village on each side, one person each, the first linked.
fn run(national: Row<'_>, provincial: Row<'_>) -> Audit {
    let with = |row: Row<'static>, own: Row<'_>| -> Vec<(String, String)> {
        row.iter().chain(own).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let person: Row<'static> = &[("household_ix", "0"), ("relation", "户主")];
    let borrow = |row: &[(String, String)]| row.iter().map(|(a, b)| (a.clone(), b.clone())).collect::<Vec<_>>();
    let build = |side, own: Row<'_>, no: &str| {
        let row = borrow(&with(person, own));
        let row: Vec<(&str, &str)> = row.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let home = [("household_no", no), ("head_ix", "0"), ("township", "城关镇"), ("village", "张庄村")];
        registry(side, &[&row], &[&home])
    };
    let (left, right) = (build(Side::National, national, "N1"), build(Side::Provincial, provincial, "P1"));
    let linkage = linkage(&[(0, 0, Decision::Match)], &[(0, 0, Relation::Same, 1)], [1, 1]);
    audit([&left, &right], &linkage, &Settings::default(), Engine::Serial).unwrap()
}

fn only<'a>(audit: &'a Audit, rule: &str) -> &'a Finding {
    let found: Vec<_> = audit.findings.iter().filter(|finding| finding.rule_id == rule).collect();
    assert_eq!(found.len(), 1, "{rule}: {:#?}", audit.findings);
    found[0]
}

fn rules_found(audit: &Audit) -> Vec<&str> {
    audit.findings.iter().map(|finding| finding.rule_id.as_str()).collect()
}

const SAME: Row<'static> = &[("name", "张三"), ("name_key", "张三"), ("id_no", ID), ("id18", ID)];

#[test]
fn a_difference_says_what_to_type() {
    let national = [SAME, &[("education", "初中")]].concat();
    let provincial = [SAME, &[("education", "小学")]].concat();
    let audit = run(&national, &provincial);
    let found = only(&audit, "F-education");
    assert_eq!(found.remedy.plain(), "省办平台『文化程度』由“小学”改为“初中”");
    assert_eq!(found.message.plain(), "『文化程度』不一致：国办系统为“初中”，省办平台为“小学”");
    assert_eq!((found.correct_in, found.severity), (CorrectIn::Provincial, Severity::Error));
    assert_eq!((found.township.as_deref(), found.village.as_deref()), (Some("城关镇"), Some("张庄村")));
    assert_eq!(
        (found.national_household_no.as_deref(), found.provincial_household_no.as_deref()),
        (Some("N1"), Some("P1"))
    );
    assert_eq!((found.national.unwrap().row, found.provincial.unwrap().row), (4, 4));
    assert_eq!((found.name.as_deref(), found.head_name.as_deref()), (Some("张三"), Some("张三")));
    assert_eq!(audit.villages[0].households_linked, 1);
    assert_eq!(audit.villages[0].households_consistent, 0);
}

#[test]
fn synonyms_and_certificates_are_not_findings() {
    let national = [&SAME[..2], &[("id_no", "34212719700101123X44"), ("id18", ID), ("student", "")]].concat();
    let provincial = [SAME, &[("student", "非在校生")]].concat();
    let audit = run(&national, &provincial);
    assert!(audit.findings.is_empty(), "{:#?}", audit.findings);
    assert_eq!(audit.villages[0].households_consistent, 1);
    let id = audit.fields.iter().find(|row| row.field == "id_no").unwrap();
    assert_eq!((id.equal, id.differ, id.not_comparable), (1, 0, 0));
}

#[test]
fn blank_on_one_side() {
    let with = [SAME, &[("education", "初中")]].concat();
    let without = [SAME, &[("education", "")]].concat();
    let audit = run(&with, &without);
    let found = only(&audit, "F-education");
    assert_eq!((found.correct_in, found.remedy.plain()), (CorrectIn::Provincial, "省办平台『文化程度』补录为“初中”"));
    let audit = run(&without, &with);
    let found = only(&audit, "F-education");
    assert_eq!((found.correct_in, found.severity), (CorrectIn::National, Severity::Info));
    assert_eq!(audit.villages[0].households_consistent, 1, "information does not make a household inconsistent");
}

#[test]
fn an_unknown_label_is_nobodys_finding() {
    let national = [SAME, &[("labour", "普通劳动力")]].concat();
    let provincial = [SAME, &[("labour", ""), ("labour_text", "散失劳动力")]].concat();
    let audit = run(&national, &provincial);
    assert!(audit.findings.is_empty(), "{:#?}", audit.findings);
    let row = audit.fields.iter().find(|row| row.field == "labour").unwrap();
    assert_eq!((row.unread, row.null_provincial, row.equal), (1, 0, 0));
}

#[test]
fn a_damaged_identifier_is_read_from_the_other_side() {
    let damaged = [&SAME[..2], &[("id_no", "342127197001011000")]].concat();
    let audit = run(SAME, &damaged);
    let found = only(&audit, "I-damaged");
    assert_eq!(found.remedy.plain(), format!("省办平台『证件号码』由“342127197001011000”改为“{ID}”"));
    assert_eq!((found.category, found.correct_in), (Category::Identity, CorrectIn::Provincial));
    assert_eq!(rules_found(&audit), ["I-damaged"]);
    let audit = run(&damaged, SAME);
    assert_eq!(only(&audit, "I-damaged").correct_in, CorrectIn::National);
}

#[test]
fn a_damaged_identifier_is_never_what_to_type() {
    let damaged = [&SAME[..2], &[("id_no", "342127197001011000")]].concat();
    let blank = [&SAME[..2], &[("id_no", "")]].concat();
    let audit = run(&damaged, &blank);
    assert!(audit.findings.is_empty(), "{:#?}", audit.findings);
    let row = audit.fields.iter().find(|row| row.field == "id_no").unwrap();
    assert_eq!(row.not_comparable, 1);
}

#[test]
fn what_a_damaged_identifier_explains_carries_its_cause() {
    let provincial = [&SAME[..2], &[("id_no", "342127197001011000")]].concat();
    let rules = super::testing::shipped_rules().into_iter().filter(|rule| rule.id == "L-003").collect();
    let member = |own: Row<'static>| [&[("household_ix", "0")], own].concat();
    let left = registry(Side::National, &[&member(SAME)], &[&[("household_no", "1")]]);
    let right = [&[("household_ix", "0")], &provincial[..]].concat();
    let right = registry(Side::Provincial, &[&right], &[&[("household_no", "1")]]);
    let linkage = linkage(&[(0, 0, Decision::Match)], &[(0, 0, Relation::Same, 1)], [1, 1]);
    let settings = Settings { logic: rules, ..Settings::default() };
    let audit = audit([&left, &right], &linkage, &settings, Engine::Serial).unwrap();
    let cause = &only(&audit, "I-damaged").finding_id;
    assert_eq!(only(&audit, "L-003").cause_id.as_ref(), Some(cause));
}

#[test]
fn water_of_two_polarities() {
    let solved = |answer: &'static str| [("household_no", "P1"), ("water_solved", answer)];
    let check = |difficult: &'static str, safe: &'static str, answer, found| {
        let home = [("household_no", "N1"), ("water_difficult", difficult), ("water_safe", safe)];
        let person: Row<'_> = &[("household_ix", "0"), ("name", "甲"), ("name_key", "甲")];
        let left = registry(Side::National, &[person], &[&home]);
        let right = registry(Side::Provincial, &[person], &[&solved(answer)]);
        let linkage = linkage(&[(0, 0, Decision::Match)], &[(0, 0, Relation::Same, 1)], [1, 1]);
        let audit = audit([&left, &right], &linkage, &Settings::default(), Engine::Serial).unwrap();
        assert_eq!(rules_found(&audit), found, "{difficult} {safe} {answer}");
    };
    check("否", "是", "是", vec![]);
    check("是", "是", "是", vec!["F-water_solved"]);
    check("否", "否", "否", vec![]);
}

/// A county in small: a linked pair of households, a missing one, one too many, a pair to decide.
fn county() -> ([Registry; 2], crate::table::Linkage) {
    let person = |home: &'static str, name: &'static str, relation: &'static str, education: &'static str| {
        vec![
            ("household_ix", home),
            ("name", name),
            ("name_key", name),
            ("relation", relation),
            ("education", education),
        ]
    };
    let national = [
        person("0", "甲", "户主", "小学"),
        person("0", "乙", "配偶", "初中"),
        person("1", "丙", "户主", "小学"),
        person("1", "丁", "之子", "小学"),
        person("2", "戊", "户主", "小学"),
    ];
    let provincial =
        [person("0", "甲", "户主", "初中"), person("0", "己", "之女", ""), person("1", "戊", "户主", "小学")];
    let home = |no: &'static str, head: &'static str, village: &'static str| {
        vec![("household_no", no), ("head_ix", head), ("township", "城关镇"), ("village", village)]
    };
    let homes = [home("1", "0", "张庄村"), home("2", "2", "李庄村"), home("3", "4", "张庄村")];
    let other_homes = [home("91", "0", "张庄"), home("93", "2", "张庄")];
    let rows = |rows: &[Vec<(&'static str, &'static str)>]| rows.to_vec();
    let build = |side, people: &[Vec<(&str, &str)>], homes: &[Vec<(&str, &str)>]| {
        let people: Vec<Row<'_>> = people.iter().map(Vec::as_slice).collect();
        let homes: Vec<Row<'_>> = homes.iter().map(Vec::as_slice).collect();
        registry(side, &people, &homes)
    };
    let registries =
        [build(Side::National, &rows(&national), &homes), build(Side::Provincial, &rows(&provincial), &other_homes)];
    let links = [(0, 0, Decision::Match), (4, 2, Decision::Review)];
    (registries, linkage(&links, &[(0, 0, Relation::Same, 1)], [5, 3]))
}

#[test]
fn presence() {
    let ([national, provincial], linkage) = county();
    let audit = audit([&national, &provincial], &linkage, &Settings::default(), Engine::Serial).unwrap();
    let household = only(&audit, "P-household");
    assert_eq!(household.message.plain(), "该户（2人）在国办系统有登记，省办平台没有这一户");
    assert_eq!((household.name.as_deref(), household.village.as_deref()), (Some("丙"), Some("李庄村")));
    let members: Vec<_> = audit.findings.iter().filter(|finding| finding.rule_id == "P-member").collect();
    let names: std::collections::BTreeSet<_> = members.iter().map(|finding| finding.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["丙", "丁", "乙", "己"].into());
    for finding in members {
        let is_of_missing = ["丙", "丁"].contains(&finding.name.as_deref().unwrap());
        assert_eq!(finding.cause_id.as_ref() == Some(&household.finding_id), is_of_missing);
        assert_eq!(finding.cause_id.is_some(), is_of_missing);
    }
    assert_eq!(only(&audit, "P-review").correct_in, CorrectIn::Visit);
    assert_eq!(audit.villages.len(), 2, "张庄 and 张庄村 are one village");
    assert_eq!((audit.villages[0].members, audit.villages[0].households), ([3, 3], [2, 2]));
}

#[test]
fn findings_are_sorted_and_ids_are_unique_and_stable() {
    let ([national, provincial], linkage) = county();
    let run = |engine| audit([&national, &provincial], &linkage, &Settings::default(), engine).unwrap();
    let (first, second) = (run(Engine::Serial), run(Engine::Pool));
    assert_eq!(first.findings, second.findings);
    let mut ids: Vec<_> = first.findings.iter().map(|finding| &finding.finding_id).collect();
    assert!(ids.iter().all(|id| id.len() == 26));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), first.findings.len());
    assert!(first.findings.is_sorted_by(|a, b| (&a.township, &a.village) <= (&b.township, &b.village)));
}

#[test]
fn any_split_gives_the_same_findings() {
    use super::{cases::Cases, draft, facts::Facts, fields::FieldRules, rates, ready_rules};
    let ([national, provincial], linkage) = county();
    let settings = Settings::default();
    let facts = Facts::gather([&national, &provincial], &linkage, &settings, &Default::default()).unwrap();
    let fields = FieldRules::prepare(&facts, &settings).unwrap();
    let (delivery, readings) = Default::default();
    let given = rates::Given { delivery: &delivery, readings: &readings, lacks: &[] };
    let whole = |rows: usize, engine: Engine| {
        let cases = Cases { facts: &facts, fields: &fields, rules: ready_rules(&facts) };
        let mut parts = cases.parts(rows);
        parts.reverse();
        let sink = engine.map_merge(&cases, parts).unwrap();
        let agreement = rates::field_agreement(&facts, &sink, &given);
        (sink.evaluated.clone(), sink.found.clone(), agreement, draft::finish(&facts, sink.drafts))
    };
    assert_eq!(whole(1, Engine::Pool), whole(1 << 14, Engine::Serial));
    assert_eq!(whole(2, Engine::Serial), whole(3, Engine::Pool));
}

/// Two linked one-person households with benefits.
fn with_benefits(national: &[Row<'_>], provincial: &[Row<'_>]) -> Audit {
    let ([mut left, mut right], _) = county();
    left.benefits = frame(national, &["household_ix", "member_ix", "item", "benefit_year", "amount"]);
    right.benefits = frame(provincial, &["household_ix", "member_ix", "item", "benefit_year", "amount"]);
    (left.has_benefits, right.has_benefits) = (true, true);
    let linkage = linkage(&[(0, 0, Decision::Match)], &[(0, 0, Relation::Same, 1)], [5, 3]);
    audit([&left, &right], &linkage, &Settings::default(), Engine::Serial).unwrap()
}

fn benefit<'a>(
    home: &'a str,
    member: &'a str,
    item: &'a str,
    year: &'a str,
    amount: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![("household_ix", home), ("member_ix", member), ("item", item), ("benefit_year", year), ("amount", amount)]
}

#[test]
fn every_benefit_row_ends_in_one_link() {
    let national = [
        benefit("0", "0", "低保", "2018", "1200"),
        benefit("0", "0", "低保", "2017", "1100"),
        benefit("0", "0", "雨露计划", "2018", "3000"),
        benefit("0", "", "光伏扶贫", "2018", "3000"),
        benefit("1", "2", "低保", "2018", "1200"),
    ];
    let provincial = [
        benefit("0", "0", "低保", "2018", "120"),
        benefit("0", "0", "雨露计划", "2017", "3000"),
        benefit("0", "", "光伏扶贫", "2018", "3000"),
        benefit("0", "0", "产业奖补", "2018", "800"),
        benefit("0", "1", "低保", "2018", "800"),
    ];
    let borrow = |rows: &[Vec<(&'static str, &'static str)>]| rows.to_vec();
    let (national, provincial) = (borrow(&national), borrow(&provincial));
    let national: Vec<Row<'_>> = national.iter().map(Vec::as_slice).collect();
    let provincial: Vec<Row<'_>> = provincial.iter().map(Vec::as_slice).collect();
    let audit = with_benefits(&national, &provincial);
    let links: Vec<_> =
        audit.benefit_links.iter().map(|link| (link.national, link.provincial, link.decision)).collect();
    let expected = [
        (Some(0), Some(0), "match"),
        (Some(1), None, "missing"),
        (Some(2), Some(1), "match"),
        (Some(3), Some(2), "match"),
        (Some(4), None, "unlinked"),
        (None, Some(3), "extra"),
        (None, Some(4), "unlinked"),
    ];
    assert_eq!(links, expected);
    let amount = only(&audit, "B-amount");
    assert_eq!(amount.remedy.plain(), "省办平台2018年『低保』金额由120元改为1200元");
    let missing = only(&audit, "B-missing");
    assert_eq!((missing.message.plain(), missing.year), ("国办系统有2017年『低保』1100元，省办平台没有", Some(2017)));
    assert_eq!(only(&audit, "B-year").remedy.plain(), "省办平台『雨露计划』享受年度由2017年改为2018年");
    assert_eq!(
        (only(&audit, "B-extra").severity, only(&audit, "B-extra").correct_in),
        (Severity::Warning, CorrectIn::Visit)
    );
    let recorded: Vec<_> =
        audit.recording.iter().map(|r| (r.village.as_str(), r.item.as_str(), r.year, r.expected, r.recorded)).collect();
    let expected = [
        ("张庄村", "低保", Some(2017), 1, 0),
        ("张庄村", "低保", Some(2018), 1, 1),
        ("张庄村", "光伏扶贫", Some(2018), 1, 1),
        ("张庄村", "雨露计划", Some(2018), 1, 0),
        ("李庄村", "低保", Some(2018), 1, 0),
    ];
    let mut sorted = recorded.clone();
    sorted.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(sorted, expected);
}

/// What is recorded for either row of a person whom a side lists twice is recorded for the person.
#[test]
fn the_records_of_a_person_listed_twice_are_one_persons() {
    let ([mut left, mut right], _) = county();
    let national = benefit("0", "0", "低保", "2018", "1200");
    let provincial = benefit("0", "1", "低保", "2018", "1200");
    left.benefits = frame(&[&national], &[]);
    right.benefits = frame(&[&provincial], &[]);
    (left.has_benefits, right.has_benefits) = (true, true);
    let mut linkage = linkage(&[(0, 0, Decision::Match)], &[(0, 0, Relation::Same, 1)], [5, 3]);
    linkage.duplicates[1] = vec![(1, 0)];
    linkage.fates[1][1] = Fate::Duplicate;
    let audit = audit([&left, &right], &linkage, &Settings::default(), Engine::Serial).unwrap();
    let links: Vec<_> = audit.benefit_links.iter().map(|link| link.decision).collect();
    assert_eq!(links, ["match"]);
}

#[test]
fn any_split_of_benefits_gives_the_same_links() {
    use super::{benefits::Books, benefits::match_in_parts, draft, facts::Facts, sink::Sink};
    let ([mut left, mut right], _) = county();
    let rows: Vec<Vec<(&str, &str)>> = ["2015", "2016", "2017", "2018"]
        .iter()
        .flat_map(|year| [benefit("0", "0", "低保", year, "1200"), benefit("1", "2", "低保", year, "1200")])
        .chain([benefit("2", "", "光伏扶贫", "2018", "3000")])
        .collect();
    let rows: Vec<Row<'_>> = rows.iter().map(Vec::as_slice).collect();
    left.benefits = frame(&rows, &[]);
    right.benefits = frame(&rows[2..5], &[]);
    (left.has_benefits, right.has_benefits) = (true, true);
    let linkage = linkage(&[(0, 0, Decision::Match)], &[(0, 0, Relation::Same, 1), (1, 1, Relation::Same, 1)], [5, 3]);
    let settings = Settings::default();
    let facts = Facts::gather([&left, &right], &linkage, &settings, &Default::default()).unwrap();
    let whole = |part_rows: usize, engine: Engine| {
        let mut sink = Sink::default();
        let books = Books::read(&facts).unwrap();
        let benefits = match_in_parts(&facts, books, engine, part_rows, &mut sink).unwrap();
        assert_eq!(benefits.links.iter().filter(|link| link.national.is_some()).count(), 9);
        assert_eq!(benefits.links.iter().filter(|link| link.provincial.is_some()).count(), 3);
        (benefits.links, benefits.recording, sink.evaluated.clone(), draft::finish(&facts, sink.drafts))
    };
    assert_eq!(whole(1, Engine::Pool), whole(1 << 17, Engine::Serial));
}

#[test]
fn households_of_another_shape() {
    let person = |home: &'static str, name: &'static str, relation: &'static str| {
        vec![("household_ix", home), ("name", name), ("name_key", name), ("relation", relation)]
    };
    let build = |side, people: &[Vec<(&str, &str)>], homes: &[[(&str, &str); 2]]| {
        let people: Vec<Row<'_>> = people.iter().map(Vec::as_slice).collect();
        let homes: Vec<Row<'_>> = homes.iter().map(<[_; 2]>::as_slice).collect();
        registry(side, &people, &homes)
    };
    // N1 = 甲 乙 丙 is P1 = 甲 乙 and P2 = 丙; the heads of N1 and P1 differ; 丁 is twice in P3.
    let national = [person("0", "甲", "户主"), person("0", "乙", "配偶"), person("0", "丙", "之子")];
    let provincial = [
        person("0", "甲", "配偶"),
        person("0", "乙", "户主"),
        person("1", "丙", "户主"),
        person("2", "丁", "户主"),
        person("2", "丁", "其他"),
    ];
    let home = |no, head| [("household_no", no), ("head_ix", head)];
    let left = build(Side::National, &national, &[home("N1", "0")]);
    let right = build(Side::Provincial, &provincial, &[home("P1", "1"), home("P2", "2"), home("P3", "3")]);
    let links = [(0, 0, Decision::Match), (1, 1, Decision::Match), (2, 2, Decision::Match)];
    let homes = [(0, 0, Relation::Split, 2), (0, 1, Relation::Split, 1)];
    let mut linkage = linkage(&links, &homes, [3, 5]);
    linkage.duplicates[1] = vec![(4, 3)];
    linkage.fates[1][4] = Fate::Duplicate;
    let audit = audit([&left, &right], &linkage, &Settings::default(), Engine::Serial).unwrap();
    assert_eq!(only(&audit, "H-split").message.plain(), "国办系统的一户（N1）在省办平台分在2户：P1、P2");
    assert_eq!(only(&audit, "H-head").remedy.plain(), "省办平台户主由“乙”改为“甲”，并核对全户与户主关系");
    let relations: Vec<_> = audit.findings.iter().filter(|finding| finding.rule_id == "F-relation").collect();
    let head = Some(&only(&audit, "H-head").finding_id);
    let caused: Vec<_> = relations.iter().map(|f| (f.name.as_deref().unwrap(), f.cause_id.as_ref() == head)).collect();
    assert_eq!(caused, [("乙", true), ("甲", true), ("丙", false)], "by household, then name");
    assert_eq!(only(&audit, "D-person").message.plain(), "该人在省办平台同一户内登记了两次：户编号P3");
    assert_eq!(only(&audit, "P-household").message.plain(), "该户（1人）在省办平台有登记，国办系统没有这一户");
    assert!(!rules_found(&audit).contains(&"H-moved"), "a split is one finding, not one per person");
}

#[test]
fn benefits_that_were_not_delivered_are_not_compared() {
    let ([mut left, right], linkage) = county();
    let row = benefit("0", "0", "低保", "2018", "1200");
    left.benefits = frame(&[&row], &[]);
    left.has_benefits = true;
    let audit = audit([&left, &right], &linkage, &Settings::default(), Engine::Serial).unwrap();
    assert!(audit.findings.iter().all(|finding| finding.category != Category::Benefit));
    assert!(audit.recording.is_empty());
    let run = audit.rules.iter().find(|run| run.rule_id == "B-missing").unwrap();
    assert_eq!(run.not_evaluated.as_deref(), Some("省办平台没有提供帮扶措施导出"));
    assert_eq!(audit.benefit_links.len(), 1);
}

#[test]
fn outcomes_answer_measures() {
    let ([left, mut right], linkage) = county();
    let measures = [benefit("0", "0", "低保", "2018", "1200"), benefit("0", "", "产业奖补", "2018", "800")];
    let outcomes = [benefit("0", "", "低保", "2018", ""), benefit("0", "", "光伏扶贫", "2018", "")];
    right.benefits = frame(&[&measures[0], &measures[1]], &[]);
    right.outcomes = frame(&[&outcomes[0], &outcomes[1]], &[]);
    (right.has_benefits, right.has_outcomes) = (true, true);
    let audit = audit([&left, &right], &linkage, &Settings::default(), Engine::Serial).unwrap();
    assert_eq!(only(&audit, "O-measure").message.plain(), "省办平台2018年有1项措施没有成效：产业奖补");
    assert_eq!(only(&audit, "O-outcome").message.plain(), "省办平台2018年有1项成效没有对应措施：光伏扶贫");
}

#[test]
fn rules_that_ran_and_rules_that_could_not() {
    let ([national, provincial], linkage) = county();
    let audit = audit([&national, &provincial], &linkage, &Settings::default(), Engine::Serial).unwrap();
    let run = |id: &str| audit.rules.iter().find(|run| run.rule_id == id).unwrap();
    assert_eq!((run("F-education").evaluated, run("F-education").findings), (1, 1));
    assert_eq!(run("F-health").not_evaluated.as_deref(), Some("国办系统、省办平台的导出没有『健康状况』"));
    assert!(run("H-household-no").not_evaluated.as_deref().unwrap().contains("不是同一套编号"));
    assert_eq!(run("P-review").findings, 1);
    // A comparison of nothing is not evaluated; a registry may have nobody for a rule to judge.
    assert!(audit.rules.iter().all(|run| run.not_evaluated.is_some() || run.evaluated > 0 || run.side.is_some()));
    assert_eq!((run("I-written").evaluated, run("I-written").not_evaluated.as_deref()), (0, None));
}

#[test]
fn a_rule_that_is_off_says_so() {
    let ([national, provincial], linkage) = county();
    let mut settings = Settings::default();
    settings.switches.disabled.extend(["P-household".to_owned(), "F-education".to_owned()]);
    let audit = audit([&national, &provincial], &linkage, &settings, Engine::Serial).unwrap();
    assert!(!rules_found(&audit).contains(&"F-education"));
    assert!(audit.findings.iter().all(|finding| finding.cause_id.is_none()), "no cause that is not reported");
    let run = audit.rules.iter().find(|run| run.rule_id == "P-household").unwrap();
    assert_eq!(run.not_evaluated.as_deref(), Some("已停用"));
}

#[test]
fn pages_are_sorted_and_know_the_switches() {
    let mut settings = Settings { logic: super::testing::shipped_rules(), ..Settings::default() };
    settings.switches.severity.insert("L-035".to_owned(), Severity::Info);
    let pages = super::pages(&settings);
    assert!(pages.is_sorted_by(|a, b| a.id < b.id));
    assert_eq!(pages.iter().find(|page| page.id == "L-035").unwrap().severity, Severity::Info);
    assert!(pages.iter().any(|page| page.id == "F-education"));
}
