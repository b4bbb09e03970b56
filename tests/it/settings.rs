//! What a county edits, as README tells it to: an alias for a header, a synonym for a label, a rule of its own; and
//! every mistake in it reported at once, in words a clerk understands.

use super::util::{CONFIGURATION, DONE, Export, Kind, Project, REFUSED, Ran, TOWNSHIPS};

const TOWN: &str = TOWNSHIPS[0];

#[test]
fn a_renamed_header_is_named_and_an_alias_cures_it() {
    let project = Project::small();
    let mut export = Export::of(Kind::Member, TOWN);
    for cell in &mut export.rows[0] {
        if cell == "姓名" {
            *cell = "人员姓名全称".to_owned();
        }
    }
    project.write(&Kind::Member.file(TOWN), export.csv());
    project.run().exits(REFUSED).explains(&[&Kind::Member.file(TOWN), "姓名", "人员姓名全称"]);

    project.edit("pipelines/profiles/provincial-member.toml", "\"姓名\", ", "\"姓名\", \"人员姓名全称\", ");
    project.run().exits(DONE);
    assert_eq!(project.frame("member_links").height(), 24);
}

#[test]
fn a_synonym_makes_two_spellings_one_label() {
    let project = Project::small();
    let file = Kind::Member.file(TOWN);
    project.write(&file, Export::of(Kind::Member, TOWN).with(4, "文化程度", "初中毕业生").csv());
    project.run().exits(DONE);
    let told = |project: &Project| -> Vec<String> {
        let findings = project.table("findings").into_iter().filter(|finding| finding["field"] == "education");
        findings.map(|finding| finding["rule_id"].clone()).collect()
    };
    assert_ne!(told(&project), [""; 0]);
    let inspected = project.hedui(&["inspect", &format!("input/{file}")]);
    assert!(inspected.exits(DONE).stdout.contains("初中毕业生"), "{inspected:?}");

    project.edit(
        "pipelines/vocabularies/education.toml",
        "label = \"初中\"\nsynonyms = [",
        "label = \"初中\"\nsynonyms = [\"初中毕业生\", ",
    );
    project.run().exits(DONE);
    assert_eq!(told(&project), [""; 0]);
}

/// The rule that README shows.
#[test]
fn a_rule_of_ones_own_is_a_block_of_toml() {
    let readme = std::fs::read_to_string(super::util::shipped("README.md")).unwrap();
    let (_, rest) = readme.split_once("```toml\n").expect("README shows a rule");
    let (rule, _) = rest.split_once("```").unwrap();
    let project = Project::small();
    std::fs::write(project.path("pipelines/rules/own.toml"), rule).unwrap();
    let id = rule.lines().find_map(|line| line.strip_prefix("id = ")).expect("an id").trim_matches('"').to_owned();
    project.run().exits(DONE);
    let raised =
        |project: &Project| project.table("findings").iter().filter(|finding| finding["rule_id"] == id).count();
    assert_eq!(raised(&project), 0, "a county without the problem");

    project.write(&Kind::Member.file(TOWN), Export::of(Kind::Member, TOWN).with(11, "务工月数", "12").csv());
    project.run().exits(DONE);
    assert_eq!(raised(&project), 1, "a head of 69 years");
    project.hedui(&["explain", &id]).exits(DONE);
}

/// One line of stderr names file and line and holds the words.
#[track_caller]
fn tells(ran: &Ran, place: &str, words: &str) {
    let line = ran.stderr.lines().find(|line| line.contains(place) && line.contains(words));
    assert!(line.is_some(), "{place} {words}\n{}", ran.stderr);
}

/// Chinese sentences hold English only as it stands in the file, in back quotes or quotation marks.
#[track_caller]
fn speaks_chinese(ran: &Ran) {
    for word in ["invalid", "expected", "duplicate", "unknown", "parse", "cannot", "compare", "missing"] {
        assert!(!ran.stderr.contains(word), "{word}\n{}", ran.stderr);
    }
}

#[test]
fn mistakes_of_form_in_several_files_are_reported_together() {
    let project = Project::empty();
    project.edit("pipelines/county.toml", "title = \"示例县\"", "title = 3");
    project.edit("pipelines/county.toml", "max_shrink_percent = 10 ", "max_shrink_percent = \"10\"");
    project.edit("pipelines/county.toml", "mask = \"supervisor\"", "mask = \"superviser\"");
    project.edit(
        "pipelines/profiles/provincial-outcome.toml",
        "id = \"provincial-outcome\"",
        "id = “provincial-outcome”",
    );
    project.edit("pipelines/vocabularies/sex.toml", "name = \"sex\"", "name = \"sex\"\nname = \"sex\"");
    project.edit("pipelines/rules/labour.toml", "title = \"劳动与务工\"", "titel = \"劳动与务工\"");
    let ran = project.hedui(&["check", "pipelines/county.toml"]);
    ran.exits(CONFIGURATION);
    tells(&ran, "pipelines/county.toml:7: ", "应为文字（加英文双引号），这里写的是整数 `3`");
    tells(&ran, "pipelines/county.toml:107: ", "`superviser` 不是可用的值");
    tells(&ran, "pipelines/county.toml:112: ", "应为数字（不加引号），这里写的是文字 \"10\"");
    tells(&ran, "pipelines/profiles/provincial-outcome.toml:4: ", "不能用中文引号");
    tells(&ran, "pipelines/vocabularies/sex.toml:", "同一设置项写了两次");
    tells(&ran, "pipelines/rules/labour.toml:3: ", "是不是 `title`？");
    speaks_chinese(&ran);
}

#[test]
fn mistakes_of_meaning_in_several_files_are_reported_together() {
    let project = Project::empty();
    project.edit("pipelines/county.toml", "as_of = \"2018-12-31\"", "as_of = \"2018-13-01\"");
    project.edit("pipelines/county.toml", "disabled = []", "disabled = [\"L-9999\"]");
    project.edit("pipelines/profiles/provincial-outcome.toml", "field = \"township\"", "field = \"townshp\"");
    project.edit("pipelines/rules/labour.toml", "labour = '丧失劳动力'\"", "labor = '丧失劳动力'\"");
    project.edit(
        "pipelines/rules/cause.toml",
        "when = \"cause = '因病' AND n_members > 0 AND",
        "when = \"(cause = '因病' AND n_members > 0 AND",
    );
    project.edit("pipelines/rules/labour.toml", "when = \"age_years < 16 AND", "when = \"age_years < '十六' AND");
    let ran = project.hedui(&["check", "pipelines/county.toml"]);
    ran.exits(CONFIGURATION);
    tells(&ran, "pipelines/county.toml:10: ", "2018-13-01");
    tells(&ran, "pipelines/county.toml:118: ", "没有规则 `L-9999`");
    tells(&ran, "pipelines/profiles/provincial-outcome.toml:17: ", "是不是 `township`？");
    tells(&ran, "pipelines/rules/labour.toml:12: ", "`labor`");
    tells(&ran, "pipelines/rules/labour.toml:64: ", "同类才能比较");
    tells(&ran, "pipelines/rules/cause.toml:12: ", "条件无法解析");
    speaks_chinese(&ran);
}
