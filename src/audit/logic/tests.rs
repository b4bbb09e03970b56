//! The shipped rules: each proved, each with a hit and a near miss.

use crate::audit::settings::{LogicRule, Settings};
use crate::audit::testing::{Row, audit, linkage, registry, shipped, shipped_rules};
use crate::audit::{Audit, pages, prove, prove_item};
use crate::engine::Engine;
use crate::table::Side;

fn rule(id: &str) -> LogicRule {
    shipped_rules().into_iter().find(|rule| rule.id == id).unwrap_or_else(|| panic!("no rule {id}"))
}

fn run(id: &str, members: &[Row<'_>], households: &[Row<'_>]) -> Audit {
    let national = registry(Side::National, members, households);
    let provincial = registry(Side::Provincial, &[], &[]);
    let linkage = linkage(&[], &[], [members.len(), 0]);
    let settings = Settings { as_of: "2018-12-31".into(), logic: vec![rule(id)], ..Settings::default() };
    audit([&national, &provincial], &linkage, &settings, Engine::Serial).unwrap()
}

/// Findings of one rule on one person of a household.
fn findings_on(id: &str, member: Row<'_>, household: Row<'_>) -> usize {
    let joined: Vec<_> = [("household_ix", "0"), ("name", "张三")].into_iter().chain(member.iter().copied()).collect();
    let home: Vec<_> = [("household_no", "1"), ("head_ix", "0")].into_iter().chain(household.iter().copied()).collect();
    let audit = run(id, &[&joined], &[&home]);
    let national = audit.rules.iter().find(|run| run.rule_id == id && run.side == Some(Side::National)).unwrap();
    assert_eq!(national.not_evaluated, None, "{id}");
    audit.findings.iter().filter(|finding| finding.rule_id == id).count()
}

/// A person (and household) that the rule must report, and one like it that it must not.
fn check(id: &str, member: (Row<'_>, Row<'_>), household: (Row<'_>, Row<'_>)) {
    assert_eq!(findings_on(id, member.0, household.0), 1, "{id} must report {:?} {:?}", member.0, household.0);
    assert_eq!(findings_on(id, member.1, household.1), 0, "{id} must not report {:?} {:?}", member.1, household.1);
}

/// Proving runs a rule's own rows: each must have some that it reports, and some that it does not.
#[test]
fn every_shipped_rule_is_proved_and_complete() {
    let rules = shipped_rules();
    assert!(rules.len() >= 200, "{}", rules.len());
    for rule in &rules {
        prove(rule).unwrap_or_else(|cause| panic!("{cause}"));
        for text in [&rule.title, &rule.what, &rule.why, &rule.example, &rule.message, &rule.remedy] {
            assert!(!text.trim().is_empty(), "{}", rule.id);
        }
        assert!(!rule.hit.is_empty() && !rule.miss.is_empty(), "{} has no rows of its own", rule.id);
        assert!(rule.id.starts_with("L-") || rule.id.starts_with("C-"), "{}", rule.id);
    }
    let mut ids: Vec<_> = rules.iter().map(|rule| &rule.id).collect();
    ids.sort();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
}

#[test]
fn every_number_of_the_library_is_a_rule_or_says_why_not() {
    let settings = shipped();
    let known: Vec<String> = pages(&settings).into_iter().map(|page| page.id).collect();
    let number_of = |id: &str| id.strip_prefix("L-")?.trim_end_matches(char::is_alphabetic).parse::<u32>().ok();
    for number in 1..=138 {
        let ways = [
            known.iter().any(|id| number_of(id) == Some(number)),
            settings.elsewhere.iter().any(|entry| entry.number == number),
            settings.left_out.iter().any(|entry| entry.number == number),
        ];
        assert_eq!(ways.iter().filter(|way| **way).count(), 1, "number {number}: {ways:?}");
    }
    for entry in &settings.elsewhere {
        let unknown: Vec<_> = entry.rules.iter().filter(|rule| !known.contains(rule)).collect();
        assert!(unknown.is_empty() && !entry.rules.is_empty(), "{}: {unknown:?}", entry.number);
    }
    assert!(settings.left_out.iter().all(|entry| !entry.why.is_empty() && !entry.title.is_empty()));
}

#[test]
fn every_item_of_the_catalogue_is_proved() {
    let settings = shipped();
    assert!(settings.benefits.len() >= 45, "{}", settings.benefits.len());
    for item in &settings.benefits {
        prove_item(item).unwrap_or_else(|cause| panic!("{cause}"));
        let is_told = item.eligible.is_none() || !item.eligible_words.is_empty() && !item.eligible_hit.is_empty();
        assert!(is_told && !item.holder.is_empty() && !item.categories.is_empty(), "{}", item.item);
    }
}

#[test]
fn a_row_that_is_judged_otherwise_is_refused() {
    let mut wrong = rule("L-052");
    wrong.hit = wrong.miss.clone();
    let words = prove(&wrong).unwrap_err().lines(crate::error::Lang::En).join("\n");
    assert!(words.contains("row 1 of its own `hit` is judged otherwise"), "{words}");
}

#[test]
fn identity() {
    let none: (Row<'_>, Row<'_>) = (&[], &[]);
    let id = |value: &'static str| -> [(&str, &str); 1] { [("id_no", value)] };
    check("L-001", (&id("34212719700101123"), &id("34212719700101123X")), none);
    check("L-002", (&id("342127700101123"), &id("34212719700101123X")), none);
    check(
        "L-003",
        (&id("342127197001011000"), &[("id_no", "34212719700101123X"), ("id18", "34212719700101123X")]),
        none,
    );
    check("L-003", (&id("342127197001011000"), &id("999999201801010011")), none);
    // A kind outside 1-7 is read as none.
    let certificate = |id_no| [("id_no", id_no), ("id18", "34212719700101123X"), ("disability_grade", "4")];
    let sound = [&certificate("34212719700101123X44")[..], &[("disability_kind", "4")]].concat();
    check("L-004", (&certificate("34212719700101123X84"), &sound), none);
    check("L-005", (&id("999999201801010011"), &id("34212719700101123X")), none);
    let sex = |sex| {
        [
            ("id18", "34212719700101123X"),
            ("sex", sex),
            ("sex_known", "男"),
            ("birth_date", "1970-01-01"),
            ("born_on", "1970-01-01"),
        ]
    };
    check("L-008", (&sex("女"), &sex("男")), none);
    check("L-009", none, (&[("household_phone", "1380000000")], &[("household_phone", "13800000000")]));
    check("L-009", none, (&[("household_phone", "12800000000")], &[("household_phone", "05581234567")]));
}

#[test]
fn structure() {
    let none: (Row<'_>, Row<'_>) = (&[], &[]);
    let head = [("relation", "户主")];
    check("L-011", (&[("ethnicity", "")], &[("ethnicity", "汉族")]), none);
    check("L-014", (&[("health", "")], &[("health", "健康")]), none);
    check("L-016", (&[("relation", "配偶")], &head), none);
    check("L-018", none, (&[("cause", "")], &[("cause", "因病")]));
    check("L-018", none, (&[("cause", "")], &[("cause", ""), ("cause_text", "因懒")]));
    check("L-029", (&[("relation", "")], &head), none);
    let person = |sex, relation| [("sex_known", sex), ("relation", relation)];
    check("L-035", (&person("女", "之子"), &person("女", "之女")), none);
    check("L-035", (&person("男", "之母"), &person("男", "其他")), none);
    check("L-037", (&[("member_status", "自然减少")], &[("member_status", "正常")]), none);
    check("L-039", none, (&[("declared_size", "2")], &[("declared_size", "1")]));
    let born = |day| [("relation", "户主"), ("born_on", day)];
    check("L-041", (&born("2003-01-01"), &born("2002-12-31")), none);
}

#[test]
fn two_heads_and_a_spouse_of_the_same_sex() {
    let home: &[(&str, &str)] = &[("household_no", "1"), ("head_ix", "0")];
    let person = |relation, sex| [("household_ix", "0"), ("name", "甲"), ("relation", relation), ("sex_known", sex)];
    let count = |id: &str, second: Row<'_>| {
        run(id, &[&person("户主", "男"), second], &[home]).findings.iter().filter(|f| f.rule_id == id).count()
    };
    assert_eq!(count("L-038", &person("户主", "女")), 1);
    assert_eq!(count("L-038", &person("配偶", "女")), 0);
    assert_eq!(count("L-036", &person("配偶", "男")), 1);
    assert_eq!(count("L-036", &person("配偶", "女")), 0);
}

#[test]
fn causes() {
    let ill = |health| [("health", health)];
    let cause = |cause| [("cause", cause)];
    let check_cause = |id, why, hit: Row<'_>, miss: Row<'_>| {
        let home = cause(why);
        check(id, (hit, miss), (&home, &home));
    };
    check_cause("L-042", "因病", &ill("健康"), &ill("长期慢性病"));
    check_cause("L-042", "因病", &ill("残疾"), &ill(""));
    check_cause("L-043", "因学", &[("student", "非在校生")], &[("student", "九年级")]);
    check_cause("L-044", "因残", &ill("长期慢性病"), &ill("长期慢性病,残疾"));
    check_cause("L-046", "缺劳力", &[("labour", "技能劳动力")], &[("labour", "弱劳动力或半劳动力")]);
    let causes = |main, other| [("cause", main), ("other_causes", other)];
    check("L-045", (&[], &[]), (&causes("因病", "因病,缺技术"), &causes("因病", "缺技术,因残")));
    check("L-045", (&[], &[]), (&causes("缺技术", "因残,缺技术"), &causes("缺技术", "因残")));
}

#[test]
fn labour() {
    let none: (Row<'_>, Row<'_>) = (&[], &[]);
    let person = |born, health, student, labour| {
        [("born_on", born), ("health", health), ("student", student), ("labour", labour)]
    };
    for (id, labour) in [("L-050", "丧失劳动力"), ("L-051", "无劳动力")] {
        check(id, (&person("1980-01-01", "健康", "", labour), &person("1980-01-01", "患有大病", "", labour)), none);
        check(id, (&person("2002-12-31", "健康", "", labour), &person("2003-01-01", "健康", "", labour)), none);
        check(
            id,
            (&person("1980-01-01", "健康", "非在校生", labour), &person("2000-01-01", "健康", "高职一年级", labour)),
            none,
        );
    }
    let able = |born, student, labour| [("born_on", born), ("student", student), ("labour", labour)];
    check("L-052", (&able("2003-01-01", "", "普通劳动力"), &able("2003-01-01", "", "无劳动力")), none);
    check("L-053", (&able("2001-01-01", "高中一年级", "普通劳动力"), &able("2001-01-01", "", "普通劳动力")), none);
    check("L-054", (&able("1958-12-31", "", "普通劳动力"), &able("1959-01-01", "", "普通劳动力")), none);
    let disabled = |grade| [("disability_kind", "4"), ("disability_grade", grade), ("labour", "普通劳动力")];
    check("L-055", (&disabled("1"), &disabled("3")), none);
    check("L-056", (&[("work_months", "180")], &[("work_months", "12")]), none);
    let work = |work, months, labour, student| {
        [("work", work), ("work_months", months), ("labour", labour), ("student", student)]
    };
    check("L-057", (&work("省外务工", "", "", ""), &work("省外务工", "10", "", "")), none);
    check("L-058", (&work("", "8", "", ""), &work("省外务工", "8", "", "")), none);
    check("L-059", (&work("省外务工", "8", "丧失劳动力", ""), &work("", "0", "丧失劳动力", "")), none);
    check("L-062", (&work("省外务工", "8", "", "高中三年级"), &work("省外务工", "8", "", "非在校生")), none);
    let post = |born, post, months| [("born_on", born), ("public_post", post), ("public_post_months", months)];
    check("L-063", (&post("1948-12-31", "护林员", "12"), &post("1949-01-01", "护林员", "12")), none);
    check("L-064", (&post("1970-01-01", "护林员", ""), &post("1970-01-01", "护林员", "6")), none);
    let kept = |tekun, work| [("tekun", tekun), ("work", work)];
    check("L-067", (&kept("是", "省外务工"), &kept("否", "省外务工")), none);
}

#[test]
fn education() {
    let none: (Row<'_>, Row<'_>) = (&[], &[]);
    let pupil = |born, student, education| {
        [("born_on", born), ("student", student), ("education", education), ("health", "健康")]
    };
    check("L-071", (&pupil("2005-01-01", "高中一年级", ""), &pupil("2003-01-01", "高中一年级", "")), none);
    check("L-074", (&pupil("1998-01-01", "九年级", ""), &pupil("2003-09-01", "九年级", "")), none);
    check("L-075", (&pupil("2011-08-31", "学前教育", ""), &pupil("2011-09-01", "学前教育", "")), none);
    check("L-076", (&pupil("2003-01-01", "九年级", "小学"), &pupil("2003-01-01", "九年级", "")), none);
    check("L-077", (&pupil("2005-01-01", "非在校生", ""), &pupil("2005-01-01", "七年级", "")), none);
    check("L-077", (&pupil("2012-08-31", "", ""), &pupil("2012-09-01", "", "")), none);
}

#[test]
fn guarantee() {
    let none: (Row<'_>, Row<'_>) = (&[], &[]);
    let disabled = |id| [("health", "残疾"), ("id_no", id)];
    check("L-017", (&disabled("34212719700101123X"), &disabled("34212719700101123X44")), none);
    check("L-082", (&[("serious_illness_insured", "否")], &[("serious_illness_insured", "是")]), none);
    let home = |kind: &'static str| [("household_type", kind)];
    check("L-084", (&[("dibao", "否")], &[("dibao", "是")]), (&home("低保贫困户"), &home("低保贫困户")));
    check("L-085", (&[("dibao", "是")], &[("dibao", "否")]), (&home("一般贫困户"), &home("一般贫困户")));
    check(
        "L-086",
        (&[("labour", "普通劳动力")], &[("labour", "无劳动力")]),
        (&home("特困供养贫困户"), &home("特困供养贫困户")),
    );
    check("L-100", none, (&[("income_per_capita", "0")], &[("income_per_capita", "100000")]));
    let area = |area| [("exit_status", "未脱贫"), ("housing_area", area)];
    check("L-105", none, (&area("0"), &area("60")));
    let house = |bad, grade| [("dilapidated", bad), ("dilapidated_grade", grade)];
    check("L-106", none, (&house("是", "A级"), &house("是", "D级")));
    check("L-106", none, (&house("否", "C级"), &house("否", "B级")));
}

#[test]
fn exit() {
    let none: (Row<'_>, Row<'_>) = (&[], &[]);
    const OUT: (&str, &str) = ("exit_status", "已脱贫（享受政策）");
    let income = |year, yuan| [OUT, ("exit_year", year), ("income_per_capita", yuan)];
    check("L-109", none, (&income("2017", "2951.99"), &income("2017", "2952")));
    check("L-109", none, (&income("2018", "2952"), &income("2030", "2952")));
    let pupil = |student| [("born_on", "2005-01-01"), ("student", student), ("health", "健康")];
    check("L-110", (&pupil("非在校生"), &pupil("七年级")), (&[OUT], &[OUT]));
    check("L-111", none, (&[OUT, ("dilapidated", "是")], &[("exit_status", "未脱贫"), ("dilapidated", "是")]));
    let water = |difficult, safe| [OUT, ("water_difficult", difficult), ("water_safe", safe)];
    check("L-112", none, (&water("是", "是"), &water("否", "是")));
    check("L-112", none, (&[OUT, ("water_solved", "否")], &[OUT, ("water_solved", "是")]));
    let patient = |insured| [("health", "患有大病"), ("serious_illness_insured", insured)];
    check("L-113", (&patient("否"), &patient("是")), (&[OUT, ("cause", "因病")], &[OUT, ("cause", "因病")]));
    check("L-115", none, (&[OUT, ("exit_year", "")], &[OUT, ("exit_year", "2017")]));
}

#[test]
fn a_rule_without_its_columns_is_not_evaluated() {
    let audit = run("L-111", &[&[("household_ix", "0"), ("name", "张三")]], &[&[("household_no", "1")]]);
    let runs: Vec<_> = audit.rules.iter().filter(|run| run.rule_id == "L-111").collect();
    assert_eq!(runs[0].not_evaluated.as_deref(), Some("国办系统的导出没有『危房户』『脱贫属性』"));
    assert_eq!((runs[0].evaluated, runs[0].findings), (0, 0));
    assert_eq!(runs[1].not_evaluated.as_deref(), Some("省办平台没有可检查的数据"));
}

#[test]
fn mistakes_in_conditions_are_named() {
    let mut wrong = rule("L-035");
    let refused = |rule: &LogicRule| prove(rule).unwrap_err().lines(crate::error::Lang::En).join("\n");
    wrong.when = "relatoin = '之子'".into();
    let words = refused(&wrong);
    assert!(words.contains("`relatoin`") && words.contains("relation"), "{words}");
    wrong.when = "age_years + 1".into();
    assert!(refused(&wrong).contains("not true or false"));
    wrong.when = "name < 3".into();
    assert!(refused(&wrong).contains("cannot be run"));
    wrong.when = "age_years >".into();
    assert!(refused(&wrong).contains("cannot be parsed"));
    wrong.when = "age_years > 3".into();
    wrong.message = "{agee}".into();
    assert!(refused(&wrong).contains("`agee`"));
}
