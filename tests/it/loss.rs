//! Deliveries of which something would be missed without a word: files nobody reads, files that are no files, names
//! that no file system takes, and files that are damaged in the middle.

use super::util::{DONE, Export, Kind, Project, REFUSED, TOWNSHIPS};

const TOWN: &str = TOWNSHIPS[0];

#[test]
fn files_that_nobody_reads_are_listed() {
    let project = Project::small();
    project.write("national/新导出.docx", "?");
    project.write("provincial/old/户信息_备份.xlsx", "?");
    let ran = project.run();
    ran.exits(DONE).says(&["national/新导出.docx", "provincial/old/户信息_备份.xlsx", "未读取"]);
    let manifest: serde_json::Value = serde_json::from_slice(&project.output("manifest.json")).unwrap();
    assert_eq!(manifest["unclaimed"], serde_json::json!(["national/新导出.docx", "provincial/old/户信息_备份.xlsx"]));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_listed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let project = Project::small();
    let name = OsStr::from_bytes(b"\xB3\xC7\xB9\xD8\xD5\xF2.xlsx");
    std::fs::write(project.path("input/national").join(name), "?").unwrap();
    project.run().exits(DONE).says(&["文件名不是 UTF-8"]);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let project = Project::small();
    let pipe = project.path("input/pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    project
        .hedui(&["inspect", "input/pipe.csv", "/dev/zero"])
        .exits(REFUSED)
        .explains(&["pipe.csv"])
        .explains(&["/dev/zero"]);
}

#[test]
fn a_place_with_an_endless_name_ends_no_run() {
    let project = Project::small();
    let village = "𠮷".repeat(80);
    let file = Kind::National.file(TOWN);
    let export = Export::of(Kind::National, TOWN);
    let export = (2..5).fold(export, |export, row| export.with(row, "行政村", &village));
    project.write(&file, export.csv());
    project.relax_guard();
    project.run().exits(DONE);
}

#[test]
fn a_file_that_is_damaged_in_the_middle_is_refused() {
    for (name, damage) in [("空字节", 0_u8), ("两种编码", 1)] {
        let project = Project::small();
        let file = Kind::National.file(TOWN);
        let csv = Export::of(Kind::National, TOWN).csv();
        let half = csv[..csv.len() / 2].rfind('\n').expect("rows") + 1;
        let (first, second) = csv.split_at(half);
        let second = match damage {
            0 => [&[0; 64], &second.as_bytes()[64..]].concat(),
            _ => encoding_rs::GB18030.encode(second).0.into_owned(),
        };
        project.write(&file, [first.as_bytes(), &second].concat());
        project.run().exits(REFUSED).explains(&[&file, name]);
    }
}
