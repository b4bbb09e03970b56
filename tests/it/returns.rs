//! Review files filled in and read back: what is stored, what is refused, and how long a ruling holds.

use std::fs;

use hedui::ledger::pair::{PairKey, PersonKeys};
use hedui::pipeline::Plan;

use super::util::{DONE, Export, Kind, LOCKED, Project, REFUSED, Ran, TOWNSHIPS, UNCHANGED, sheet};

const PIPELINE: &str = "pipelines/county.toml";
const HEADERS: [&str; 6] = ["组", "姓名\n国办", "姓名\n省办", "判定▼", "备注", "配对编号"];

/// The number of a pair of people, each named by one hexadecimal digit.
fn pair(people: &str) -> String {
    people.chars().map(|person| person.to_string().repeat(13)).collect()
}

/// A filled-in review file: `verdict, note, pair` from row 4 on, as a clerk's office program saves it.
fn filled(rows: &[[&str; 3]]) -> Export {
    let wide = |cells: [&str; 6]| cells.map(str::to_owned).to_vec();
    let mut table = vec![
        wide(["示例县 待人工判定：两个系统中是否同一人（截至 2018-12-31）", "", "", "", "", ""]),
        wide(["怎么填：只填黄色格。", "", "", "", "", ""]),
        wide(HEADERS),
    ];
    table.extend(rows.iter().map(|[verdict, note, pair]| wide(["1", "赵建国", "赵建囯", verdict, note, pair])));
    Export { rows: table }
}

/// The review file of an earlier run that asked about these pairs.
fn asked(project: &Project, pairs: &[&str]) {
    let folder = project.path("out/runs/20180601T000000Z/review");
    fs::create_dir_all(&folder).unwrap();
    let rows: Vec<[&str; 3]> = pairs.iter().map(|pair| ["", "", *pair]).collect();
    fs::write(folder.join("待人工判定.xlsx"), filled(&rows).xlsx(|_| {})).unwrap();
}

fn save(project: &Project, name: &str, export: &Export) {
    fs::write(project.path(name), export.xlsx(|_| {})).expect("a workbook written");
}

fn returned(project: &Project, more: &[&str]) -> Ran {
    project.hedui(&[&["returns", PIPELINE, "--out", "out"], more].concat())
}

/// The rulings in the ledger in the order they were stored, as `verdict source note replaced lapsed` of each pair.
fn rulings(project: &Project) -> Vec<(String, String)> {
    let ledger = rusqlite::Connection::open(project.path("out/ledger.sqlite")).unwrap();
    let columns = "verdict || ' ' || source || ' ' || ifnull(note, '∅') || ' ' || (replaced_on IS NOT NULL) || ' ' || \
                   ifnull(lapsed_on, '∅')";
    let mut query = ledger.prepare(&format!("SELECT pair_id, {columns} FROM rulings ORDER BY ruling")).unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn verdicts_are_stored_once_however_often_they_come() {
    let project = Project::empty();
    let (ab, cd, ef) = (pair("ab"), pair("cd"), pair("ef"));
    asked(&project, &[&ab, &cd, &ef]);
    save(&project, "一.xlsx", &filled(&[["同一人", "看过户口簿", &ab], ["", "", &ef], ["无法确定", "合计", &cd]]));
    let first = returned(&project, &["一.xlsx", "--json"]);
    first.exits(DONE).says(&["1 个文件 3 对", "新存判定 2", "未填 1"]);
    let counts: serde_json::Value = serde_json::from_str(&first.stdout).unwrap();
    let expected = serde_json::json!({ "files": 1, "rows": 3, "blank": 1, "stored": 2, "replaced": 0, "unchanged": 0 });
    assert_eq!(counts, expected);
    let stored = [(ab, "same 一.xlsx 看过户口簿 0 ∅".to_owned()), (cd, "unsure 一.xlsx 合计 0 ∅".to_owned())];
    assert_eq!(rulings(&project), stored);
    returned(&project, &["一.xlsx", "--lang", "en"]).exits(DONE).says(&[
        "0 rulings stored",
        "2 as before",
        "1 left blank",
    ]);
    assert_eq!(rulings(&project), stored);
}

/// Sorted, with columns moved and added, blanks typed, ids in capitals, saved as text in the office's own encoding.
#[test]
fn a_file_is_understood_however_it_was_saved() {
    let project = Project::empty();
    let (ab, cd) = (pair("ab"), pair("cd"));
    asked(&project, &[&ab, &cd]);
    let text = format!(
        "序号,配对编号,判定,核实人,备注\r\n1,{},同一人,某,\r\n2, {cd} ,不是 同一人 ,某,\r\n",
        ab.to_uppercase()
    );
    let (bytes, ..) = encoding_rs::GB18030.encode(&text);
    fs::write(project.path("改.csv"), bytes).unwrap();
    returned(&project, &["改.csv"]).exits(DONE).says(&["新存判定 2"]);
    let stored = [(ab, "same 改.csv ∅ 0 ∅".to_owned()), (cd, "different 改.csv ∅ 0 ∅".to_owned())];
    assert_eq!(rulings(&project), stored);
}

#[test]
fn every_problem_is_reported_and_nothing_is_stored() {
    let project = Project::small();
    let (ab, ac, dd, ee) = (pair("ab"), pair("ac"), pair("dd"), pair("ee"));
    asked(&project, &[&ab, &ac, &dd, &ee]);
    save(
        &project,
        "坏.xlsx",
        &filled(&[
            ["同一人", "", &ab],
            ["同一人", "", &ac],
            ["赵建国说是", "", &dd],
            ["同一人", "", ""],
            ["同一人", "", "1.23E+25"],
            ["不是同一人", "", &ee],
        ]),
    );
    save(&project, "另.xlsx", &filled(&[["同一人", "", &ee]]));
    fs::write(project.path("坏了.xlsx"), "PK\u{3}\u{4}").unwrap();
    let export = format!("input/{}", Kind::National.file(TOWNSHIPS[0]));
    let ran = returned(&project, &["坏.xlsx", "另.xlsx", "坏了.xlsx", "没有.xlsx", &export]);
    ran.exits(REFUSED)
        .explains(&["坏.xlsx[Sheet1]:5", "两个不同的人", "坏.xlsx[Sheet1]:4"])
        .explains(&["坏.xlsx[Sheet1]:6:判定▼", "三项之一", "同一人、不是同一人、无法确定"])
        .explains(&["坏.xlsx[Sheet1]:7:配对编号", "没有配对编号"])
        .explains(&["坏.xlsx[Sheet1]:8:配对编号", "不完整"])
        .explains(&["另.xlsx[Sheet1]:4", "两种判定", "坏.xlsx[Sheet1]:9"])
        .explains(&["坏了.xlsx"])
        .explains(&["没有.xlsx", "读不出来"])
        .explains(&[export.as_str(), "不是待人工判定表"])
        .hides(&["赵建国", "赵建囯"]);
    assert_eq!(ran.stderr.lines().count(), 8, "{}", ran.stderr);
    assert!(!project.path("out/ledger.sqlite").exists(), "nothing is stored");
}

/// A number that no run has asked about (one digit wrong, halves of two pairs), and one of other people than those beside it.
#[test]
fn a_pair_that_nobody_asked_about_is_not_ruled_on() {
    let project = Project::empty();
    let (ab, cd, ad) = (pair("ab"), pair("cd"), pair("ad"));
    asked(&project, &[&ab, &cd]);
    let other_digit = format!("d{}", &cd[1..]);
    let mut export =
        filled(&[["同一人", "", &other_digit], ["同一人", "", &ad], ["同一人", "", &ab], ["", "", &other_digit]]);
    export.rows[5][1] = "钱德福".to_owned();
    save(&project, "一.xlsx", &export);
    let ran = returned(&project, &["一.xlsx"]);
    ran.exits(REFUSED)
        .explains(&["一.xlsx[Sheet1]:4:配对编号", "没有哪次核对问过"])
        .explains(&["一.xlsx[Sheet1]:5:配对编号", "没有哪次核对问过"])
        .explains(&["一.xlsx[Sheet1]:6:配对编号", "不是这一行两个人的"])
        .hides(&["钱德福", "赵建国"]);
    assert!(!project.path("out/ledger.sqlite").exists(), "nothing is stored");
}

/// Marks that office programs and messengers leave, which nobody sees.
#[test]
fn invisible_marks_around_an_answer_are_no_fault() {
    let project = Project::empty();
    let (ab, cd) = (pair("ab"), pair("cd"));
    asked(&project, &[&ab, &cd]);
    let (key, other) = (format!("\u{FEFF}{ab}\u{200B}"), format!("\u{2068}{cd}\u{2069}\u{A0}"));
    let rows = [["\u{200B}同一人\u{FE0F}", "", key.as_str()], ["\u{200E}\u{3000}", "", other.as_str()]];
    let mut export = filled(&rows);
    export.rows[3][1] = "赵建国\u{200B}".to_owned();
    save(&project, "一.xlsx", &export);
    returned(&project, &["一.xlsx"]).exits(DONE).says(&["新存判定 1", "未填 1"]);
    assert_eq!(rulings(&project), [(ab, "same 一.xlsx ∅ 0 ∅".to_owned())]);
}

#[test]
fn a_worklist_is_told_from_a_review_file() {
    let project = Project::sample_run();
    let villages = project.published("worklists");
    let worklist = villages.iter().find(|name| !name.ends_with("/总表.xlsx")).unwrap();
    let out = project.path("elsewhere");
    let ran = project.hedui(&[
        "returns",
        PIPELINE,
        &format!("out/latest/worklists/{worklist}"),
        "--out",
        out.to_str().unwrap(),
    ]);
    ran.exits(REFUSED).explains(&[worklist, "整改清单"]);
}

#[test]
fn an_earlier_ruling_is_overruled_only_when_asked_to() {
    let project = Project::empty();
    let ab = pair("ab");
    asked(&project, &[&ab]);
    save(&project, "一.xlsx", &filled(&[["同一人", "", &ab]]));
    save(&project, "二.xlsx", &filled(&[["不是同一人", "认错了", &ab]]));
    returned(&project, &["一.xlsx"]).exits(DONE);
    returned(&project, &["二.xlsx"]).exits(REFUSED).explains(&["二.xlsx[Sheet1]:4", "一.xlsx", "同一人", "--replace"]);
    assert_eq!(rulings(&project).len(), 1);
    returned(&project, &["二.xlsx", "--replace"]).exits(DONE).says(&["新存判定 1（其中取代以前的 1）"]);
    let history = [(ab.clone(), "same 一.xlsx ∅ 1 ∅".to_owned()), (ab, "different 二.xlsx 认错了 0 ∅".to_owned())];
    assert_eq!(rulings(&project), history, "what was decided before is kept");
}

#[test]
fn a_run_and_a_return_do_not_meet() {
    let project = Project::empty();
    asked(&project, &[&pair("ab")]);
    save(&project, "一.xlsx", &filled(&[["同一人", "", &pair("ab")]]));
    fs::create_dir_all(project.path("out")).unwrap();
    let lock = fs::File::create(project.path("out/.lock")).unwrap();
    lock.lock().unwrap();
    returned(&project, &["一.xlsx"]).exits(LOCKED);
    drop(lock);
    returned(&project, &["一.xlsx"]).exits(DONE);
}

/// The small county with a son whose number nobody knows, and two on the platform who may be him.
fn undecided() -> Project {
    let (project, town) = (Project::small(), TOWNSHIPS[0]);
    project.write(&Kind::National.file(town), Export::of(Kind::National, town).with(4, "证件号码", "").csv());
    let mut members = Export::of(Kind::Member, town).without("人编号");
    for (row, born) in [(3, "1993-01-05"), (4, "1993-01-06")] {
        for (header, value) in [("姓名", "赵明亮"), ("身份证号码", ""), ("性别", "男"), ("与户主关系", "之子")]
        {
            members = members.with(row, header, value);
        }
        members = members.with(row, "出生日期", born);
    }
    project.write(&Kind::Member.file(town), members.csv());
    project.run().exits(DONE);
    project
}

/// Rows of the review file of the latest run, and where its columns are.
fn review(project: &Project) -> (Vec<Vec<String>>, impl Fn(&str) -> usize) {
    let rows = sheet(&project.path("out/latest/review/待人工判定.xlsx"), "待判定");
    let header = rows[2].clone();
    (rows, move |name: &str| header.iter().position(|cell| cell == name).expect("a column"))
}

/// What a run wrote is read back as it is, and again after it was filled in; the next run does as it is told.
#[test]
fn the_file_of_a_run_comes_back() {
    let project = undecided();
    let (rows, column) = review(&project);
    let pairs = &rows[3..];
    assert_eq!(pairs.len(), 2, "{pairs:#?}");
    assert_eq!(pairs[0][column("组")], pairs[1][column("组")], "rivals are one group");
    assert_ne!(pairs[0][column("配对编号")], pairs[1][column("配对编号")]);
    returned(&project, &["out/latest/review/待人工判定.xlsx"]).exits(DONE).says(&["2 对", "新存判定 0", "未填 2"]);

    let mut filled = Export { rows: rows.clone() };
    for row in &mut filled.rows[3..] {
        let is_he = row[column("出生日期\n省办")] == "1993-01-06";
        row[column("判定▼")] = if is_he { "同一人" } else { "不是同一人" }.to_owned();
    }
    save(&project, "填好.xlsx", &filled);
    returned(&project, &["填好.xlsx"]).exits(DONE).says(&["新存判定 2"]);
    project.run().exits(DONE);
    let links = project.table("member_links");
    let of_son =
        |link: &&super::util::Record| link["national_file"].contains(TOWNSHIPS[0]) && link["national_row"] == "4";
    let of_son: Vec<_> = links.iter().filter(of_son).map(|link| [&link["decision"], &link["provincial_row"]]).collect();
    assert_eq!(of_son, [["match", "4"]]);
    assert!(!project.path("out/latest/review").exists(), "nothing is left to decide");
}

/// Numbers of pairs of the small county, by township and row of the exports (the header being row 1).
fn pair_of(project: &Project, national: usize, provincial: usize) -> String {
    let mut plan = Plan::load(&project.path(PIPELINE)).unwrap();
    plan.input = project.path("input");
    let registries = hedui::run::registries(&plan).unwrap();
    let [left, right] = [(0, national), (1, provincial)].map(|(side, row)| {
        let keys = PersonKeys::of(&registries[side], &plan.emit.site_key).unwrap();
        keys.key(u32::try_from(row).unwrap() - 2)
    });
    PairKey { left, right }.to_string()
}

#[test]
fn a_ruling_holds_until_a_record_changes() {
    let project = Project::small();
    let file = Kind::Member.file(TOWNSHIPS[0]);
    let renamed = Export::of(Kind::Member, TOWNSHIPS[0]).with(4, "姓名", "赵小明").csv();
    let run = |day: &str| project.run_with(&["--if-changed", "--as-of", day]);
    run("2019-03-01").exits(DONE);
    run("2019-03-01").exits(UNCHANGED);

    asked(&project, &[&pair_of(&project, 2, 4)]);
    save(&project, "一.xlsx", &filled(&[["不是同一人", "", &pair_of(&project, 2, 4)]]));
    returned(&project, &["一.xlsx"]).exits(DONE);
    let lapsed = || rulings(&project)[0].1.rsplit(' ').next().unwrap().to_owned();
    run("2019-03-01").exits(DONE);
    assert_eq!(lapsed(), "∅");
    run("2019-03-01").exits(UNCHANGED);

    project.write(&file, renamed);
    run("2019-03-02").exits(DONE);
    assert_eq!(lapsed(), "2019-03-02");
    project.write(&file, Export::of(Kind::Member, TOWNSHIPS[0]).csv());
    run("2019-03-03").exits(DONE);
    assert_eq!(lapsed(), "∅");
}

#[test]
fn a_ruling_decides() {
    let project = Project::small();
    // The son and the father of one household change places; the mother is nobody's.
    let (son, mother, father) = (pair_of(&project, 4, 2), pair_of(&project, 3, 3), pair_of(&project, 2, 4));
    let verdicts = [["同一人", "", &*son], ["不是同一人", "", &mother], ["同一人", "", &father]];
    asked(&project, &[&son, &mother, &father]);
    save(&project, "一.xlsx", &filled(&verdicts));
    returned(&project, &["一.xlsx"]).exits(DONE);
    project.run().exits(DONE);
    let links = project.table("member_links");
    let town = |link: &&super::util::Record| link["national_file"].contains(TOWNSHIPS[0]);
    let rows = |national: &str| -> Vec<(String, String)> {
        let links = links.iter().filter(town).filter(|link| link["national_row"] == national);
        links.map(|link| (link["decision"].clone(), link["provincial_row"].clone())).collect()
    };
    assert_eq!(rows("4"), [("match".to_owned(), "2".to_owned())]);
    assert_eq!(rows("2"), [("match".to_owned(), "4".to_owned())]);
    assert!(!rows("3").contains(&("match".to_owned(), "3".to_owned())));
}
