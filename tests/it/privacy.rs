//! What an export knows of people stays where it belongs: no output tells more than its readers may know, whatever
//! column it stood in, and nothing that stands in a file paints the terminal.

use std::collections::BTreeMap;
use std::fs;

use super::book::Book;
use super::util::{CONFIGURATION, DONE, Export, Kind, Project, REFUSED, TOWNSHIPS, files, people, sheet};

const TOWN: &str = TOWNSHIPS[0];

/// All text inside a file of a run, the parts of a workbook and the bytes of the ledger included.
fn text_of(name: &str, bytes: &[u8]) -> String {
    if !name.ends_with(".xlsx") {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let mut text = String::new();
    for ix in 0..archive.len() {
        std::io::Read::read_to_string(&mut archive.by_index(ix).expect("a part"), &mut text).expect("text");
    }
    text
}

/// What more people read than the register: every file of the latest run but the tables and `left_out`, file names, the
/// ledger.
fn told(project: &Project, left_out: &str) -> Vec<(String, String)> {
    let outputs = files(&project.path("out/latest"));
    let is_read = |name: &&String| !name.starts_with("data/") && (left_out.is_empty() || !name.starts_with(left_out));
    let mut told: Vec<_> =
        outputs.keys().filter(is_read).map(|name| (name.clone(), text_of(name, &outputs[name]))).collect();
    told.push(("names of files".into(), outputs.keys().cloned().collect::<Vec<_>>().join("\n")));
    told.push(("ledger".into(), text_of("", &fs::read(project.path("out/ledger.sqlite")).expect("a ledger"))));
    told
}

fn masked(mask: &str) -> Project {
    let project = Project::sample();
    project.edit("pipelines/county.toml", "mask = \"supervisor\"", &format!("mask = \"{mask}\""));
    project.run().exits(DONE);
    project
}

/// The number, as exported, of the person in the row that a finding points at.
fn numbers(project: &Project) -> BTreeMap<String, String> {
    let mut exports: BTreeMap<String, Option<(Book, String)>> = BTreeMap::new();
    let open = |file: &str| {
        let book = Book::open(&project.path("input").join(file));
        let header = book.headers().into_iter().find(|header| ["证件号码", "身份证号码"].contains(&header.as_str()));
        header.map(|header| (book, header))
    };
    let mut numbers = BTreeMap::new();
    for finding in project.table("findings") {
        for side in ["national", "provincial"] {
            let (file, row) = (&finding[&format!("{side}_file")], &finding[&format!("{side}_row")]);
            let Ok(row) = row.parse::<usize>() else { continue };
            let export = exports.entry(file.clone()).or_insert_with(|| open(file));
            if let Some((book, header)) = export {
                numbers.entry(finding["finding_id"].clone()).or_insert_with(|| book.cell(row - 1, header));
            }
        }
    }
    numbers
}

/// Rows of every list of a run, with the number of the person whom the finding is about.
fn rows_with_numbers(project: &Project) -> Vec<(String, String)> {
    let numbers = numbers(project);
    let mut rows = Vec::new();
    for name in project.published("worklists").iter().filter(|name| !name.ends_with("总表.xlsx")) {
        let cells = sheet(&project.path("out/latest/worklists").join(name), "整改清单");
        let header = cells.iter().position(|row| row.iter().any(|cell| cell == "问题编号")).expect("a header");
        let id = cells[header].iter().position(|cell| cell == "问题编号").expect("a column");
        for row in &cells[header + 1..] {
            if let Some(number) = numbers.get(&row[id]) {
                rows.push((row.join("\n"), number.clone()));
            }
        }
    }
    rows
}

/// Six digits of the county are no secret, four stand at the end of a masked number: the birth date must not stand
/// anywhere in the row.
#[test]
fn no_row_gives_a_number_back() {
    for mask in ["supervisor", "public"] {
        let rows = rows_with_numbers(&masked(mask));
        let is_whole = |number: &str| number.len() == 18 && number.bytes().take(17).all(|byte| byte.is_ascii_digit());
        let whole: Vec<_> = rows.iter().filter(|(_, number)| is_whole(number)).collect();
        assert!(whole.len() > 200, "{} of {} rows", whole.len(), rows.len());
        for (row, number) in whole {
            let (year, month, day) = (&number[6..10], &number[10..12], &number[12..14]);
            let plain = |part: &str| part.trim_start_matches('0').to_owned();
            for date in [
                format!("{year}{month}{day}"),
                format!("{year}-{month}-{day}"),
                format!("{year}.{month}.{day}"),
                format!("{year}/{}/{}", plain(month), plain(day)),
                format!("{year}年{}月{}日", plain(month), plain(day)),
            ] {
                assert!(!row.contains(&date), "{mask}: {row}");
            }
        }
    }
}

#[test]
fn the_public_profile_names_nobody_and_no_illness() {
    let project = masked("public");
    let findings = project.table("findings");
    let mut names: Vec<String> = findings.iter().map(|finding| finding["name"].clone()).collect();
    // What a rule quotes of other people.
    for finding in findings.iter().filter(|finding| ["name", "head_name", "beneficiary"].contains(&&*finding["field"]))
    {
        names.extend([&finding["national_value"], &finding["provincial_value"]].into_iter().cloned());
    }
    names.retain(|name| name.chars().count() > 2 && name.chars().all(|c| !c.is_ascii()));
    assert!(names.len() > 300, "{}", names.len());
    for (file, text) in told(&project, "") {
        let seen = names.iter().find(|name| text.contains(name.as_str()));
        assert_eq!(seen, None, "{file}");
        if file.starts_with("worklists/") {
            // A kind of evidence in the list to choose from, the same in every workbook.
            let text = text.replace("残疾人两项补贴发放证明", "");
            for word in ["患有大病", "长期慢性病", "残疾人", "因病", "因残"] {
                assert!(!text.contains(word), "{file}: {word}");
            }
        }
    }
    let phones = findings.iter().filter(|finding| finding["field"].ends_with("phone"));
    let numbers: Vec<_> = phones.flat_map(|f| [f["national_value"].clone(), f["provincial_value"].clone()]).collect();
    let numbers: Vec<_> = numbers.into_iter().filter(|number| number.len() > 6).collect();
    assert!(!numbers.is_empty());
    for (file, text) in told(&project, "") {
        assert!(numbers.iter().all(|number| !text.contains(number.as_str())), "{file} shows a telephone");
    }
}

/// The internal list is to be typed from: nothing is hidden there.
#[test]
fn internal_lists_show_what_is_to_be_typed() {
    let project = masked("internal");
    let texts = told(&project, "").into_iter().filter(|(file, _)| file.starts_with("worklists/"));
    let text: String = texts.map(|(_, text)| text).collect();
    let findings = project.table("findings").into_iter().filter(|finding| finding["field"] == "id_no");
    let numbers = findings.flat_map(|finding| [finding["national_value"].clone(), finding["provincial_value"].clone()]);
    let numbers: Vec<_> = numbers.filter(|number| number.len() >= 15).collect();
    assert!(numbers.len() > 50, "{}", numbers.len());
    let hidden: Vec<_> = numbers.iter().filter(|number| !text.contains(number.as_str())).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

/// Names, numbers and telephones where township and village should be: told as a count, with the row.
#[test]
fn what_is_no_place_is_told_as_a_count() {
    let project = Project::small();
    let person = &people(TOWN)[2];
    let strangers = ["欧阳小明", "13805649999", "342401199001019876"];
    let export = Export::of(Kind::National, TOWN)
        .with(2, "乡(镇)", strangers[0])
        .with(3, "乡(镇)", strangers[0])
        .with(4, "乡(镇)", strangers[1])
        .with(5, "行政村", &person.name)
        .with(6, "行政村", strangers[2])
        .with(6, "文化程度", "小学");
    project.write(&Kind::National.file(TOWN), export.csv());
    let ran = project.run();
    ran.exits(DONE).hides(&strangers).hides(&[&person.name]);
    for (file, text) in told(&project, "worklists/") {
        for secret in strangers.iter().chain([&person.name.as_str()]) {
            assert!(!text.contains(secret), "{file} shows {secret}");
        }
    }
    let summary = String::from_utf8(project.output("summary/summary.json")).expect("JSON");
    assert!(summary.contains("『乡镇』列有 3 行（2 种内容）不是地名"), "{summary}");
    assert!(summary.contains("『行政村』列有 2 行（2 种内容）不是地名"), "{summary}");
}

#[test]
fn inspect_shows_the_shape_of_what_it_does_not_know() {
    let project = Project::small();
    let person = &people(TOWN)[0];
    let mut export =
        Export::of(Kind::National, TOWN).with(2, "文化程度", "欧阳小明").with(3, "文化程度", &person.id_no);
    export.rows[0].push("诸葛小红".into());
    project.write("national/slipped.csv", export.csv());
    let ran = project.hedui(&["inspect", "input/national/slipped.csv", "--pipeline", "pipelines/county.toml"]);
    ran.exits(DONE).hides(&["欧阳小明", &person.id_no, "诸葛小红", &person.name]);
    for words in ["education：4个汉字 1 行", "education：18位数字 1 行", "不用的列", "4个汉字"] {
        assert!(ran.stdout.contains(words), "{words}\n{}", ran.stdout);
    }
}

/// A header with escapes and line breaks, and no required column: refused in visible characters, on one line.
#[test]
fn nothing_in_a_file_paints_the_terminal() {
    let project = Project::small();
    let mut export = Export::of(Kind::National, TOWN);
    for cell in &mut export.rows[0] {
        if cell == "证件号码" {
            *cell = "\"证件号\u{1b}]0;pwn\u{7}\u{1b}[31m码\n错误 x\"".to_owned();
        }
    }
    project.write(&Kind::National.file(TOWN), export.csv());
    let ran = project.run();
    ran.exits(REFUSED).explains(&["表头缺少", "证件号码"]).hides(&["\u{1b}", "\u{7}"]);
    assert!(!ran.stderr.lines().any(|line| line.starts_with("错误 x")), "{}", ran.stderr);
    let file = format!("input/{}", Kind::National.file(TOWN));
    let shown = project.hedui(&["inspect", &file, "--pipeline", "pipelines/county.toml"]);
    shown.hides(&["\u{1b}", "\u{7}"]);
    assert!(shown.stdout.contains("\\u{1b}[31m码"), "{}", shown.stdout);
    project.hedui(&["run", "pipelines/\u{1b}[2J.toml"]).exits(CONFIGURATION).hides(&["\u{1b}"]);
}
