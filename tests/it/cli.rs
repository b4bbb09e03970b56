//! Every command: what it prints where, its exit code, and what it answers to questions it cannot answer.

use std::fs;

use super::util::{CONFIGURATION, DONE, Export, GATE, Kind, LOCKED, Project, REFUSED, TOWNSHIPS, UNCHANGED};

const PIPELINE: &str = "pipelines/county.toml";

#[test]
fn check_approves_the_shipped_pipeline() {
    let project = Project::empty();
    let ran = project.hedui(&["check", PIPELINE, "--json"]);
    let resolved: serde_json::Value = serde_json::from_str(&ran.exits(DONE).says(&["没有问题"]).stdout).unwrap();
    assert_eq!((resolved["sources"].as_u64(), resolved["profiles"].as_u64()), (Some(21), Some(26)));
    project.hedui(&["check", PIPELINE, "--lang", "en"]).exits(DONE).says(&["all is well"]);
}

#[test]
fn inspect_tells_what_is_in_a_file() {
    let project = Project::sample_run();
    let ran = project.hedui(&["inspect", "input/national/贫困户信息查询_王店镇.xlsx"]);
    for words in ["表头在第 3 行", "national-person", "证件号码→id_no", "序号", "valid18"] {
        assert!(ran.exits(DONE).stdout.contains(words), "{words}\n{}", ran.stdout);
    }
    let both = project.hedui(&["inspect", "input/nothing.xlsx", "input/provincial/户信息_城关镇.xlsx"]);
    both.exits(REFUSED).explains(&["input/nothing.xlsx"]);
    assert!(both.stdout.contains("provincial-household"), "the other file is told of all the same");
}

#[test]
fn the_rule_book_comes_in_three_forms() {
    let project = Project::empty();
    let [text, md, json] = ["text", "md", "json"].map(|format| {
        let ran = project.hedui(&["rules", "--format", format]);
        ran.exits(DONE);
        ran.stdout
    });
    let pages: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert!(pages.len() > 100);
    assert_eq!(text.lines().count(), pages.len());
    for page in &pages {
        let id = page["id"].as_str().unwrap();
        assert!(text.contains(id) && md.contains(&format!("### {id} ")), "{id}");
        for part in ["title", "what", "why", "example", "remedy"] {
            assert!(!page[part].as_str().unwrap().is_empty(), "{id} has no {part}");
        }
    }
}

#[test]
fn explain_prints_a_page_or_names_the_nearest() {
    let project = Project::empty();
    let page = project.hedui(&["explain", "L-038"]);
    for words in ["# L-038 ", "查什么", "为什么", "举例", "怎么改", "n_heads > 1"] {
        assert!(page.exits(DONE).stdout.contains(words), "{words}\n{}", page.stdout);
    }
    project.hedui(&["explain", "L-0388"]).exits(CONFIGURATION).explains(&["`L-0388`", "L-038 一户多户主或多配偶"]);
    project.hedui(&["explain", "户主不一致"]).exits(CONFIGURATION).explains(&["H-head 户主不一致"]);
}

#[test]
fn why_shows_the_evidence_behind_a_finding() {
    let project = Project::sample_run();
    let findings = project.table("findings");
    let finding = findings.iter().find(|finding| finding["rule_id"] == "I-damaged").unwrap();
    let ran = project.hedui(&["why", "out", &finding["finding_id"], "--input", "input"]);
    for words in [&finding["message"], &finding["national_value"], "起点", "姓名", "比特"] {
        assert!(ran.exits(DONE).stdout.contains(words), "{words}\n{}", ran.stdout);
    }
    project.hedui(&["why", "out", "nothing", "--input", "input"]).exits(CONFIGURATION).explains(&["nothing"]);
}

#[test]
fn why_compares_two_rows_linked_or_not() {
    let project = Project::sample_run();
    let links = project.table("member_links");
    let [first, second] = [&links[0], &links[1]];
    let national = format!("{}:{}", first["national_file"], first["national_row"]);
    let verdict = |other: &super::util::Record| {
        let provincial = format!("{}:{}", other["provincial_file"], other["provincial_row"]);
        let ran = project.hedui(&["why", "out", &national, &provincial, "--input", "input", "--svg", "why.svg"]);
        // Two lines name the people, one is empty.
        ran.exits(DONE).stdout.lines().nth(3).unwrap().to_owned()
    };
    assert!(verdict(first).contains("判定为同一人"), "{}", verdict(first));
    assert!(verdict(second).starts_with("没有匹配："), "{}", verdict(second));
    assert!(fs::read_to_string(project.path("why.svg")).unwrap().contains("没有匹配："));
    let nobody = project.hedui(&["why", "out", "national/贫困户信息查询_城关镇.xlsx:1", &national, "--input", "input"]);
    nobody.exits(CONFIGURATION).explains(&["national/贫困户信息查询_城关镇.xlsx:1"]);
}

#[test]
fn evaluate_speaks_to_people_too() {
    let project = Project::sample_run();
    let truth = super::util::shipped("sample-data/truth");
    let ran = project.hedui(&["evaluate", "out", "--truth", truth.to_str().unwrap()]);
    assert!(ran.exits(DONE).stdout.contains("准确率 100.000 %"), "{}", ran.stdout);
    project.hedui(&["evaluate", "out", "--truth", "nowhere"]).exits(REFUSED).explains(&["nowhere"]);
    project.hedui(&["evaluate", "input", "--truth", "nowhere"]).exits(CONFIGURATION).explains(&["input"]);
}

#[test]
fn completions_are_printed_for_the_common_shells() {
    let project = Project::empty();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(project.hedui(&["completions", shell]).exits(DONE).stdout.contains("inspect"), "{shell}");
    }
}

#[test]
fn a_scope_is_one_township() {
    let project = Project::sample();
    project.run_with(&["--scope", "城关"]).exits(CONFIGURATION).explains(&["城关", "城关镇、王店镇、经济开发区"]);
    project.run_with(&["--scope", "城关镇"]).exits(DONE);
    let whole = Project::sample_run().table("findings");
    let town: Vec<_> = whole.into_iter().filter(|finding| finding["township"] == "城关镇").collect();
    assert_eq!(project.table("findings"), town);
    assert!(project.published("worklists").iter().all(|name| name.starts_with("城关镇/")));
}

/// Items of other townships stay as they are.
#[test]
fn a_scope_leaves_other_townships_items_alone() {
    let project = Project::sample();
    project.run().exits(DONE);
    let before = project.table("items");
    project.run_with(&["--scope", "城关镇"]).exits(DONE);
    assert_eq!(project.table("items"), before);
}

#[test]
fn a_dry_run_publishes_nothing() {
    let project = Project::small();
    project.run_with(&["--dry-run"]).exits(DONE).says(&["未发布"]);
    assert_eq!((project.latest(), project.runs().len()), (None, 0));
    assert!(!project.path("out/ledger.sqlite").exists());
}

#[test]
fn an_unchanged_county_is_not_compared_again() {
    let project = Project::small();
    let again = ["--if-changed", "--as-of", "2018-12-31"];
    project.run_with(&again).exits(DONE);
    project.run_with(&again).exits(UNCHANGED).says(&["没有变化"]);
    project.run_with(&["--if-changed", "--as-of", "2019-01-01"]).exits(DONE);
    let file = Kind::Member.file(TOWNSHIPS[0]);
    project.write(&file, Export::of(Kind::Member, TOWNSHIPS[0]).with(4, "文化程度", "高中").csv());
    project.run_with(&["--if-changed", "--as-of", "2019-01-01"]).exits(DONE);
    assert_eq!(project.runs().len(), 3);
}

#[test]
fn a_gate_trips_on_findings_of_its_severity() {
    let project = Project::small();
    project.run_with(&["--fail-on", "error"]).exits(DONE);
    let file = Kind::Member.file(TOWNSHIPS[0]);
    project.write(&file, Export::of(Kind::Member, TOWNSHIPS[0]).with(4, "文化程度", "高中").csv());
    project.run_with(&["--fail-on", "error"]).exits(GATE);
    assert_eq!(project.runs().len(), 2, "a gate does not hold back what was found");
}

#[test]
fn two_runs_do_not_share_a_results_folder() {
    let project = Project::small();
    fs::create_dir_all(project.path("out")).unwrap();
    let lock = fs::File::create(project.path("out/.lock")).unwrap();
    lock.lock().unwrap();
    project.run().exits(LOCKED).explains(&["out", "另一次核对"]);
    drop(lock);
    project.run().exits(DONE);
}

#[test]
fn messages_come_in_english_and_digests_as_json() {
    let project = Project::small();
    let ran = project.run_with(&["--lang", "en", "--json"]);
    let told: serde_json::Value =
        serde_json::from_str(&ran.exits(DONE).says(&["done in", "linked     24 people"]).stdout).unwrap();
    assert_eq!(told["digest"]["linked"], 24);
    assert!(project.path(told["manifest"].as_str().unwrap()).is_file());
    let refused = project.run_with(&["--lang", "en", "--as-of", "2999-01-01"]);
    refused.exits(CONFIGURATION).says(&["the date 2999-01-01 is after today"]);
    assert!(refused.stderr.is_ascii(), "{}", refused.stderr);
}
