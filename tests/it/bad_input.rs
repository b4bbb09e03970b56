//! Every kind of input that must not be believed: what the program answers, and that it publishes all or nothing.
//!
//! Bad rows are data: the run is done, the row is in `rejects` with its reason or is a finding, and rows are conserved.
//! Bad files and bad settings stop the run: exit code, file and sheet named, a remedy in Chinese, nothing published.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::sync::LazyLock;

use super::util::{
    CONFIGURATION, DONE, Export, Kind, Project, REFUSED, Ran, Record, TABLES, TOWNSHIPS, assert_same, people, redacted,
};

const TOWN: &str = TOWNSHIPS[0];

/// The file of the town's people in the national system.
fn national() -> String {
    Kind::National.file(TOWN)
}

/// A good run, then the same county with one file replaced, which must be refused: the file is named with all the
/// words and a remedy, and the good run stays the latest.
#[track_caller]
fn refused(file: &str, bytes: impl AsRef<[u8]>, words: &[&str]) {
    let project = Project::small();
    project.run().exits(DONE);
    project.write(file, bytes);
    stays_unpublished(&project, |project| {
        let ran = project.run();
        ran.exits(REFUSED).explains(&[&[file], words].concat()).hides(&private());
    });
}

/// Nothing is published by the run, and nothing is left lying about.
#[track_caller]
fn stays_unpublished(project: &Project, run: impl FnOnce(&Project)) {
    let before = (project.latest(), project.runs());
    run(project);
    assert_eq!((project.latest(), project.runs()), before, "`latest` moved, or a folder was left in out/runs");
}

/// The county with some files changed; the run is done and rows are conserved.
#[track_caller]
fn done(change: impl FnOnce(&Project)) -> (Project, Ran) {
    let project = Project::small();
    change(&project);
    let ran = project.run();
    ran.exits(DONE).hides(&private());
    conserved(&project);
    (project, ran)
}

/// Rejected rows of the tally are the rows of `rejects`, file by file, each with a reason.
#[track_caller]
fn conserved(project: &Project) {
    let mut tallied: BTreeMap<String, u64> = BTreeMap::new();
    for line in project.table("tally").iter().filter(|line| line["class"] == "rejected") {
        *tallied.entry(line["file"].clone()).or_default() += line["rows"].parse::<u64>().unwrap();
    }
    let mut listed: BTreeMap<String, u64> = BTreeMap::new();
    for reject in project.table("rejects") {
        assert!(!reject["reason"].is_empty() && reject["reason"] != "∅", "{reject:?}");
        *listed.entry(reject["file"].clone()).or_default() += 1;
    }
    assert_eq!(listed, tallied);
}

/// Rows of each class in one file, as the tally has them.
fn classes(project: &Project, file: &str) -> BTreeMap<String, u64> {
    let lines = project.table("tally").into_iter().filter(|line| line["file"] == file);
    lines.map(|line| (line["class"].clone(), line["rows"].parse().unwrap())).collect()
}

#[track_caller]
fn assert_classes(project: &Project, file: &str, expected: &[(&str, u64)]) {
    let expected: BTreeMap<String, u64> = expected.iter().map(|(class, rows)| ((*class).to_owned(), *rows)).collect();
    assert_eq!(classes(project, file), expected, "{file}");
}

fn matches(project: &Project) -> usize {
    project.table("member_links").iter().filter(|link| link["decision"] == "match").count()
}

fn findings(project: &Project, is_meant: impl Fn(&Record) -> bool) -> Vec<Record> {
    project.table("findings").into_iter().filter(|finding| is_meant(finding)).collect()
}

/// Names and numbers that no message may hold.
fn private() -> [&'static str; 3] {
    ["赵建国", "钱德福", "342401196503120"]
}

#[test]
fn the_small_county_is_consistent() {
    let (project, _) = done(|_| {});
    let mut files: Vec<String> = TABLES.iter().map(|table| format!("{table}.parquet")).collect();
    files.extend(["link_quality.json".to_owned(), "model.json".to_owned()]);
    files.sort();
    assert_eq!(project.published("data"), files);
    assert_eq!(matches(&project), 24);
    assert_eq!(findings(&project, |finding| finding["category"] != "benefit" && finding["severity"] == "error"), []);
    for township in TOWNSHIPS {
        assert_classes(&project, &Kind::National.file(township), &[("header", 1), ("accepted", 12)]);
    }
}

#[test]
fn an_empty_file_is_refused() {
    refused(&national(), "", &[]);
}

#[test]
fn a_registry_of_headers_only_is_refused() {
    let project = Project::small();
    for township in TOWNSHIPS {
        project.write(&Kind::National.file(township), Export::of(Kind::National, township).keeping(|_| false).csv());
    }
    stays_unpublished(&project, |project| {
        project.run().exits(REFUSED).says(&["国办系统"]);
    });
}

#[test]
fn a_household_list_among_the_members_is_refused() {
    refused(&Kind::Member.file(TOWN), Export::of(Kind::Household, TOWN).csv(), &["姓名"]);
}

#[test]
fn a_table_about_something_else_is_refused() {
    refused(&national(), "科目,借方,贷方\r\n办公费,100,0\r\n差旅费,200,0\r\n", &[]);
}

#[test]
fn a_picture_is_refused() {
    refused(&national(), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0", &[]);
}

#[test]
fn a_missing_required_column_is_named() {
    refused(&national(), Export::of(Kind::National, TOWN).without("姓名").csv(), &["姓名"]);
}

#[test]
fn a_source_without_files_is_refused() {
    let project = Project::small();
    for township in TOWNSHIPS {
        project.remove(&Kind::Member.file(township));
    }
    stays_unpublished(&project, |project| {
        project.run().exits(REFUSED).says(&["provincial/人员信息"]);
    });
}

#[test]
fn a_township_in_two_files_is_one_township() {
    let whole = Export::of(Kind::National, TOWN);
    let (project, _) = done(|project| {
        project.write(&national(), whole.keeping(|row| row <= 7).csv());
        project.write(&format!("national/贫困户信息-{TOWN} (1).csv"), whole.keeping(|row| row > 7).csv());
    });
    assert_eq!(matches(&project), 24);
    assert_classes(&project, &national(), &[("header", 1), ("accepted", 6)]);
}

/// Both townships in one file, and last week's export of it beside it: whom should the program believe?
#[test]
fn an_old_export_beside_a_new_one_is_refused() {
    let project = Project::small();
    let mut county = Export::of(Kind::National, TOWN);
    county.rows.extend(Export::of(Kind::National, TOWNSHIPS[1]).rows.split_off(1));
    TOWNSHIPS.iter().for_each(|township| project.remove(&Kind::National.file(township)));
    project.write("national/贫困户信息-全县.csv", county.csv());
    project.run().exits(DONE);
    assert_eq!(matches(&project), 24);
    let newer = "national/贫困户信息-全县0215.csv";
    project.write(newer, county.with(4, "文化程度", "高中").csv());
    stays_unpublished(&project, |project| {
        project.run().exits(REFUSED).explains(&[newer]).hides(&private());
    });
}

/// Half an export must not look like half a township corrected.
#[test]
fn an_export_that_shrank_is_refused_until_somebody_accepts_it() {
    let project = Project::small();
    project.run().exits(DONE);
    let town = TOWNSHIPS[1];
    let half = Export::of(Kind::National, town).keeping(|row| row < 8);
    project.write(&Kind::National.file(town), half.csv());
    stays_unpublished(&project, |project| {
        project.run().exits(REFUSED).explains(&["国办人员信息", "12 条", "--accept"]);
    });
    let people = format!("{town} 人员信息");
    let accepted = ["--as-of", "2018-12-31", "--accept", people.as_str(), "--accept", &format!("{town} 户信息")];
    project.run_with(&accepted).exits(DONE);
    project.run().exits(DONE);
}

#[test]
fn the_same_file_twice_is_refused() {
    let project = Project::small();
    let copy = format!("national/贫困户信息-{TOWN} (1).csv");
    project.write(&copy, Export::of(Kind::National, TOWN).csv());
    project.run().exits(REFUSED).explains(&["内容完全相同"]);
}

#[test]
fn an_encrypted_workbook_is_refused() {
    refused(&national(), encrypted_workbook(), &["密码"]);
}

#[test]
fn a_workbook_cut_short_is_refused() {
    let workbook = Export::of(Kind::National, TOWN).xlsx(|_| {});
    refused(&national(), &workbook[..workbook.len() / 2], &[]);
}

#[test]
fn a_workbook_that_unpacks_to_half_a_gigabyte_of_blanks_is_refused() {
    refused(&national(), &*BOMB, &[]);
}

#[test]
fn a_stray_cell_in_the_farthest_corner_changes_nothing() {
    let (project, _) = done(|project| {
        let workbook = Export::of(Kind::National, TOWN).xlsx(|workbook| {
            let sheet = workbook.worksheet_from_index(0).unwrap();
            sheet.write_string(1_048_575, 16_383, "x").unwrap();
        });
        project.write(&national(), workbook);
    });
    assert_eq!(matches(&project), 24);
    assert_eq!(classes(&project, &national())["accepted"], 12);
}

#[test]
fn hidden_sheets_are_not_read() {
    let (project, _) = done(|project| {
        let workbook = Export::of(Kind::National, TOWN).xlsx(|workbook| {
            let sheet = workbook.add_worksheet().set_name("旧数据").unwrap().set_hidden(true);
            for (row, line) in Export::of(Kind::National, TOWN).rows.iter().enumerate() {
                sheet.write_row(u32::try_from(row).unwrap(), 0, line).unwrap();
            }
        });
        project.write(&national(), workbook);
    });
    assert_eq!(matches(&project), 24);
    assert_eq!(findings(&project, |finding| finding["category"] == "duplicate"), []);
}

#[test]
fn gb18030_is_read_as_such() {
    let (project, _) = done(|project| project.write(&national(), gb18030(&Export::of(Kind::National, TOWN).csv())));
    assert_eq!(matches(&project), 24);
    assert_classes(&project, &national(), &[("header", 1), ("accepted", 12)]);
}

/// 0xFF is no byte of GB18030. The row that holds it is set aside; its neighbours are not harmed.
#[test]
fn a_broken_character_costs_its_row_only() {
    let (project, _) = done(|project| {
        let mut lines = gb18030_lines(&Export::of(Kind::National, TOWN));
        let at = lines[4].len() / 3;
        lines[4].splice(at..at, [0xFF, 0xFF]);
        project.write(&national(), lines.concat());
    });
    assert_classes(&project, &national(), &[("header", 1), ("accepted", 11), ("rejected", 1)]);
    let rejects = project.table("rejects");
    assert_eq!((rejects[0]["file"].as_str(), rejects[0]["row"].as_str()), (national().as_str(), "5"));
    assert_eq!(matches(&project), 23);
}

/// County tools end every row, but not the header, with a comma.
#[test]
fn a_trailing_comma_is_no_cell() {
    let (project, _) = done(|project| {
        let lines: Vec<String> = Export::of(Kind::National, TOWN).csv().lines().map(str::to_owned).collect();
        let ragged = format!("{}\r\n{},\r\n", lines[0], lines[1..].join(",\r\n"));
        project.write(&national(), ragged);
    });
    assert_classes(&project, &national(), &[("header", 1), ("accepted", 12)]);
    assert_eq!(matches(&project), 24);
}

/// A comma inside a cell shifts all cells behind it: an identifier would be read as a count.
#[test]
fn a_row_with_a_cell_too_many_is_set_aside() {
    let (project, _) = done(|project| {
        let mut export = Export::of(Kind::National, TOWN);
        export.rows[4].insert(4, "上组".to_owned());
        project.write(&national(), export.csv());
    });
    assert_classes(&project, &national(), &[("header", 1), ("accepted", 11), ("rejected", 1)]);
    assert_eq!(project.table("rejects")[0]["row"], "5");
}

/// A row cut off before its name stands for nobody.
#[test]
fn a_row_cut_short_is_set_aside() {
    let (project, _) = done(|project| {
        let mut export = Export::of(Kind::National, TOWN);
        export.rows[4].truncate(5);
        project.write(&national(), export.csv());
    });
    assert_classes(&project, &national(), &[("header", 1), ("accepted", 11), ("rejected", 1)]);
    assert_eq!(project.table("rejects")[0]["row"], "5");
}

/// Excel turned the number into 3.42E+17: its last digits are gone, and nobody may guess them.
#[test]
fn an_identifier_in_scientific_notation_is_a_finding_and_never_repaired() {
    let whole = people(TOWN)[2].id_no.clone();
    let (project, _) = done(|project| {
        project.write(&national(), Export::of(Kind::National, TOWN).with(4, "证件号码", "3.42401E+17").csv());
    });
    assert_classes(&project, &national(), &[("header", 1), ("accepted", 12)]);
    assert_eq!(matches(&project), 24, "name, birth and household still tell who it is");
    let damaged = findings(&project, |finding| {
        finding["category"] == "identity" && finding["national_file"] == national() && finding["national_row"] == "4"
    });
    assert!(!damaged.is_empty(), "{:#?}", project.table("findings"));
    for finding in damaged {
        assert_ne!(finding["national_value"], whole);
    }
}

#[test]
fn a_household_without_members_is_a_finding() {
    let households = Export::of(Kind::Household, TOWN);
    let mut extra = households.rows[1].clone();
    let number = households.cell(2, "户编号").replace("34240100", "34240109");
    (extra[5], extra[6], extra[7]) = (number.clone(), "周来福".to_owned(), String::new());
    let (project, _) = done(|project| {
        let mut export = households.clone();
        export.rows.push(extra);
        project.write(&Kind::Household.file(TOWN), export.csv());
    });
    assert_classes(&project, &Kind::Household.file(TOWN), &[("header", 1), ("accepted", 5)]);
    assert_ne!(findings(&project, |finding| finding["provincial_household_no"] == number), []);
}

#[test]
fn a_member_without_a_household_is_a_finding() {
    let person = &people(TOWN)[11];
    let (project, _) = done(|project| {
        let households = Export::of(Kind::Household, TOWN);
        project.write(&Kind::Household.file(TOWN), households.keeping(|row| row != 5).csv());
    });
    assert_classes(&project, &Kind::Member.file(TOWN), &[("header", 1), ("accepted", 12)]);
    assert_eq!(matches(&project), 24);
    assert_ne!(findings(&project, |finding| finding["provincial_household_no"] == person.household_no), []);
}

/// The program stops at settings, and names every line that is wrong.
#[track_caller]
fn misconfigured(settings: &str, expected: &[(u32, &str)]) {
    let project = Project::small();
    std::fs::write(project.path("pipelines/wrong.toml"), settings).unwrap();
    stays_unpublished(&project, |project| {
        let ran = project.hedui(&["run", "pipelines/wrong.toml", "--out", "out"]);
        ran.exits(CONFIGURATION);
        for (line, word) in expected {
            let place = format!("pipelines/wrong.toml:{line}: ");
            assert!(
                ran.stderr.lines().any(|told| told.contains(&place) && told.contains(word)),
                "{place}{word}\n{ran:#?}"
            );
        }
    });
}

#[test]
fn every_mistake_of_form_is_reported_with_its_line() {
    misconfigured(
        "schema = 1\ntitel = \"示例县\"\ntitle = \"示例县\"\ninput = 5\nout = \"../out\"\n\n\
         [[source]]\nside = \"national\"\nprofile = \"national-person\"\nfiles = \"national/*\"\n",
        &[(2, "titel"), (4, "5"), (10, "national/*")],
    );
}

#[test]
fn every_name_that_means_nothing_is_reported_with_its_line() {
    misconfigured(
        "schema = 1\ntitle = \"示例县\"\ninput = \"../input\"\nout = \"../out\"\nas_of = \"2018-13-01\"\n\n\
         [[source]]\nside = \"nationl\"\nprofile = \"national-person\"\nfiles = [\"national/*\"]\n\n\
         [[source]]\nside = \"provincial\"\nprofile = \"provincial-membr\"\nfiles = [\"provincial/*\"]\n",
        &[(5, "2018-13-01"), (8, "nationl"), (14, "provincial-membr")],
    );
}

#[test]
fn a_pipeline_that_is_not_there_is_named() {
    let project = Project::empty();
    project.hedui(&["run", "pipelines/conuty.toml"]).exits(CONFIGURATION).explains(&["pipelines/conuty.toml"]);
    project.hedui(&["run"]).exits(CONFIGURATION);
    project
        .hedui(&["run", "pipelines/county.toml", "--as-of", "2018-13-01"])
        .exits(CONFIGURATION)
        .says(&["2018-13-01"]);
}

/// A refusal says the same every time, so that it can be looked up.
#[test]
fn a_refusal_is_the_same_every_time() {
    let project = Project::small();
    project.write(&national(), Export::of(Kind::National, TOWN).without("姓名").csv());
    let [first, second] = [project.run(), project.run()].map(|ran| redacted(&ran.stderr, &project));
    assert_same(&second, &first);
}

#[test]
fn the_made_up_files_are_what_they_claim() {
    use calamine::{Reader, Xlsx, XlsxError};
    let opened = Xlsx::new(Cursor::new(encrypted_workbook()));
    assert!(matches!(opened, Err(XlsxError::Password)), "{:?}", opened.err());
    assert!((400_000..700_000).contains(&BOMB.len()), "{} bytes", BOMB.len());
    let mut parts = zip::ZipArchive::new(Cursor::new(BOMB.as_slice())).unwrap();
    assert!(parts.by_name("xl/worksheets/sheet1.xml").unwrap().size() > 512 << 20);
}

fn gb18030(text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = encoding_rs::GB18030.encode(text);
    assert!(!lossy);
    bytes.into_owned()
}

fn gb18030_lines(export: &Export) -> Vec<Vec<u8>> {
    export.csv().split_inclusive('\n').map(gb18030).collect()
}

/// A workbook whose sheet is 512 MiB of blanks: half a megabyte on disk.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let good = Export::of(Kind::National, TOWN).xlsx(|_| {});
    let mut parts = zip::ZipArchive::new(Cursor::new(good)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for ix in 0..parts.len() {
        let mut part = parts.by_index(ix).unwrap();
        let name = part.name().unwrap().into_owned();
        out.start_file(&name, options).unwrap();
        let mut text = Vec::new();
        part.read_to_end(&mut text).unwrap();
        if name == "xl/worksheets/sheet1.xml" {
            let head = text.windows(11).position(|window| window == b"<sheetData>").unwrap() + 11;
            out.write_all(&text[..head]).unwrap();
            let blanks = vec![b' '; 1 << 20];
            (0..512).for_each(|_| out.write_all(&blanks).unwrap());
            out.write_all(&text[head..]).unwrap();
        } else {
            out.write_all(&text).unwrap();
        }
    }
    out.finish().unwrap().into_inner()
});

/// What Excel writes when a workbook has a password: an OLE container of two streams, `EncryptionInfo` and
/// `EncryptedPackage`, 8 sectors of 512 bytes each.
fn encrypted_workbook() -> Vec<u8> {
    const END: u32 = 0xFFFF_FFFE;
    const FREE: u32 = 0xFFFF_FFFF;
    let mut header = Vec::from(*b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    header.extend([0; 16]);
    header.extend([0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]); // versions, byte order, sector sizes 2^9 and 2^6
    header.extend([0; 10]);
    for word in [1, 1, 0, 4096, END, 0, END, 0, 0] {
        header.extend(u32::to_le_bytes(word)); // one table of sectors, directory in sector 1, streams from 4096 bytes
    }
    header.resize(512, 0xFF);
    let mut sectors: Vec<u32> = vec![0xFFFF_FFFD, END];
    sectors.extend((3..10).chain([END]).chain(11..18).chain([END]));
    sectors.resize(128, FREE);
    let entry = |name: &str, kind: u8, [left, right, child, start, size]: [u32; 5]| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(entry.len() + 2).unwrap();
        entry.resize(64, 0);
        entry.extend(length.to_le_bytes());
        entry.extend([kind, 1]);
        [left, right, child].iter().for_each(|link| entry.extend(link.to_le_bytes()));
        entry.resize(116, 0);
        [start, size, 0].iter().for_each(|word| entry.extend(word.to_le_bytes()));
        entry
    };
    let mut directory = entry("Root Entry", 5, [FREE, FREE, 1, END, 0]);
    directory.extend(entry("EncryptionInfo", 2, [FREE, 2, FREE, 2, 4096]));
    directory.extend(entry("EncryptedPackage", 2, [FREE, FREE, FREE, 10, 4096]));
    directory.resize(512, 0);
    let streams: Vec<u8> = (0..8192_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let table: Vec<u8> = sectors.iter().flat_map(|sector| sector.to_le_bytes()).collect();
    [header, table, directory, streams].concat()
}
