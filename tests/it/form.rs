//! Form is no evidence: what leaves the meaning of the exports leaves the findings.
//!
//! Order of rows and columns, files split, put together and renamed, other formats and ways to print a value: none of it
//! may make a finding, or take one away. Exports are rewritten as tables of text, and the county is judged again.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::util::{DONE, Project, Record, sheet, shipped};

/// The smallest township of the sample county.
const TOWN: &str = "经济开发区";

/// One export as a table of text.
#[derive(Clone)]
struct Table {
    /// Where it lies below the input folder, without its ending.
    path: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// The rows that stand for somebody or something: from the first with a number on, without footers and headers.
    fn data(&self) -> Vec<usize> {
        let is_number = |cell: &String| cell.chars().filter(char::is_ascii_digit).count() >= 8;
        let has_number = |row: &Vec<String>| filled(row) >= 5 && row.iter().any(is_number);
        let first = self.rows.iter().position(has_number).expect("a data row");
        let is_data = |at: &usize| filled(&self.rows[*at]) >= 4 && !self.is_header(*at);
        (first..self.rows.len()).filter(is_data).collect()
    }
    /// Whether the row is the header, or the header again.
    fn is_header(&self, at: usize) -> bool {
        let header = &self.rows[self.header()];
        let equal = self.rows[at].iter().zip(header).filter(|(cell, header)| cell == header && !cell.is_empty());
        equal.count() >= 3
    }
    /// The row of the header.
    fn header(&self) -> usize {
        self.rows.iter().position(|row| filled(row) >= 5).expect("a header")
    }
    /// Its data rows in another order, in the places that they had together.
    fn reordered(mut self, order: impl FnOnce(&mut Vec<Vec<String>>)) -> Self {
        let places = self.data();
        let mut rows: Vec<Vec<String>> = places.iter().map(|at| self.rows[*at].clone()).collect();
        order(&mut rows);
        places.into_iter().zip(rows).for_each(|(at, row)| self.rows[at] = row);
        self
    }
    fn shuffled(self, random: &mut ChaCha8Rng) -> Self {
        self.reordered(|rows| rows.shuffle(random))
    }
    fn reversed(self) -> Self {
        self.reordered(|rows| rows.reverse())
    }
    /// Two files: each data row in one of them, everything else in both.
    fn split(self, mut is_first: impl FnMut(usize) -> bool) -> [Self; 2] {
        let data = self.data();
        let first: Vec<bool> = data.iter().map(|at| is_first(*at)).collect();
        [true, false].map(|wanted| {
            let dropped = |at: &usize| data.iter().zip(&first).any(|(row, first)| row == at && *first != wanted);
            let kept = (0..self.rows.len()).filter(|at| !dropped(at));
            let suffix = if wanted { "上" } else { "下" };
            Self { path: format!("{}_{suffix}", self.path), rows: kept.map(|at| self.rows[at].clone()).collect() }
        })
    }
    /// Every cell of the data rows, by its header.
    fn map(mut self, change: impl Fn(&str, &str) -> String) -> Self {
        let headers = self.rows[self.header()].clone();
        for at in self.data() {
            for (header, cell) in headers.iter().zip(&mut self.rows[at]) {
                *cell = change(header, cell);
            }
        }
        self
    }
    fn csv(&self) -> Vec<u8> {
        self.delimited(b',')
    }
    fn delimited(&self, delimiter: u8) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new().flexible(true).delimiter(delimiter).from_writer(Vec::new());
        for row in &self.rows {
            writer.write_record(row).expect("a row written");
        }
        writer.into_inner().expect("a table written")
    }
}

fn filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.is_empty()).count()
}

/// The exports of a county.
#[derive(Clone)]
struct County(Vec<Table>);

impl County {
    /// The sample county: all of it, or of one township.
    fn sample(township: &str) -> Self {
        let mut tables = Vec::new();
        for folder in ["national", "national/2017", "provincial", "provincial/2017", "rolls"] {
            for entry in std::fs::read_dir(shipped("sample-data").join(folder)).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
                if path.is_file() && name.contains(township) {
                    let first = first_sheet(&path);
                    tables.push(Table { path: format!("{folder}/{name}"), rows: sheet(&path, &first) });
                }
            }
        }
        tables.sort_by(|a, b| a.path.cmp(&b.path));
        Self(tables)
    }
    fn map(self, change: impl FnMut(Table) -> Table) -> Self {
        Self(self.0.into_iter().map(change).collect())
    }
    /// Changes those whose path has all the words.
    fn only(self, words: &str, mut change: impl FnMut(Table) -> Table) -> Self {
        let is_meant = |table: &Table| table.path.contains(words);
        self.map(|table| if is_meant(&table) { change(table) } else { table })
    }
    /// Written as CSV files and judged.
    fn judged(&self) -> Judged {
        self.judged_as(|table| ("csv".to_owned(), table.csv()))
    }
    fn judged_as(&self, written: impl Fn(&Table) -> (String, Vec<u8>)) -> Judged {
        let project = Project::empty();
        for table in &self.0 {
            let (ending, bytes) = written(table);
            project.write(&format!("{}.{ending}", table.path), bytes);
        }
        project.run().exits(DONE);
        Judged::of(&project, self)
    }
}

fn first_sheet(path: &std::path::Path) -> String {
    use calamine::Reader;
    let book: calamine::Xlsx<_> = calamine::open_workbook(path).expect("a workbook");
    book.sheet_names().first().expect("a sheet").clone()
}

/// What was found, without the places of rows.
#[derive(PartialEq)]
struct Judged {
    tables: BTreeMap<&'static str, Vec<Record>>,
    /// Benefit records by what they say, with what became of them.
    benefits: Vec<[String; 3]>,
}

impl Judged {
    fn of(project: &Project, county: &County) -> Self {
        let names = ["findings", "member_links", "household_links", "movements"];
        let tables = names.map(|name| (name, without_places(project.table(name))));
        let rows: BTreeMap<&str, &Table> = county.0.iter().map(|table| (table.path.as_str(), table)).collect();
        let said = |link: &Record, side: &str| {
            let file = link[&format!("{side}_file")].clone();
            let Some(table) = rows.get(file.trim_end_matches(".csv")) else { return file };
            let row: usize = link[&format!("{side}_row")].parse().expect("a row");
            // Line breaks inside cells move the rows behind them.
            let cells = table.rows.get(row - 1).map_or(&[][..], |row| row.get(1..).unwrap_or_default());
            cells.join("|")
        };
        let links = project.table("benefit_links");
        let benefit = |link: &Record| [said(link, "national"), said(link, "provincial"), link["decision"].clone()];
        let mut benefits: Vec<[String; 3]> = links.iter().map(benefit).collect();
        benefits.sort();
        Self { tables: tables.into(), benefits }
    }
    /// The same, tie by tie.
    #[track_caller]
    fn is_same(&self, usual: &Self, change: &str) {
        for (name, records) in &self.tables {
            differ(change, name, records, &usual.tables[name]);
        }
        differ(change, "benefit_links", &self.benefits, &usual.benefits);
    }
    /// The same findings, told about the same subjects; values are printed as they are.
    #[track_caller]
    fn finds_the_same(&self, usual: &Self, change: &str) {
        const SHOWN: [&str; 5] = ["finding_id", "rule_id", "year", "field", "cause_id"];
        let ids = |judged: &Self| -> Vec<Vec<String>> {
            let id = |record: &Record| SHOWN.iter().map(|column| record[*column].clone()).collect();
            judged.tables["findings"].iter().map(id).collect()
        };
        differ(change, "findings", &ids(self), &ids(usual));
    }
}

#[track_caller]
fn differ<T: Ord + std::fmt::Debug>(change: &str, name: &str, found: &[T], usual: &[T]) {
    let count = |all: &[T], of: &T| all.iter().filter(|other| *other == of).count();
    if found.len() == usual.len() && found.iter().zip(usual).all(|(a, b)| a == b) {
        return;
    }
    let lacks = |here: &[T], there: &[T]| -> Vec<String> {
        here.iter().filter(|one| count(here, one) > count(there, one)).map(|one| format!("{one:?}")).collect()
    };
    let (new, gone) = (lacks(found, usual), lacks(usual, found));
    let some = |all: &[String]| all.iter().take(5).cloned().collect::<Vec<_>>().join("\n  ");
    panic!("{change}: {name}: new {}\n  {}\ngone {}\n  {}", new.len(), some(&new), gone.len(), some(&gone));
}

fn without_places(mut records: Vec<Record>) -> Vec<Record> {
    for record in &mut records {
        record.retain(|column, _| !column.ends_with("_file") && !column.ends_with("_row"));
        record.values_mut().for_each(|text| *text = without_place(text));
    }
    records.sort();
    records
}

/// A message without the roll's file and row that it quotes.
fn without_place(text: &str) -> String {
    let Some((before, after)) = text.split_once(".csv 第") else { return text.to_owned() };
    let start = before.rfind(['（', '》']).map_or(0, |at| at + '（'.len_utf8());
    let end = after.find('行').map_or(0, |at| at + '行'.len_utf8());
    format!("{}{}", &before[..start], &after[end..])
}

/// The county as delivered, and what is found in it.
fn usual() -> &'static (County, Judged) {
    static USUAL: OnceLock<(County, Judged)> = OnceLock::new();
    USUAL.get_or_init(|| {
        let county = County::sample("");
        let judged = county.judged();
        (county, judged)
    })
}

/// The same of one township.
fn town() -> &'static (County, Judged) {
    static USUAL: OnceLock<(County, Judged)> = OnceLock::new();
    USUAL.get_or_init(|| {
        let county = County::sample(TOWN);
        let judged = county.judged();
        (county, judged)
    })
}

#[test]
fn every_file_shuffled_at_once_changes_nothing() {
    let (county, usual) = usual();
    for seed in 1..=2 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let shuffled = county.clone().map(|table| table.shuffled(&mut random));
        shuffled.judged().is_same(usual, &format!("seed {seed}"));
    }
}

#[test]
fn every_file_reversed_changes_nothing() {
    let (county, usual) = usual();
    county.clone().map(Table::reversed).judged().is_same(usual, "reversed");
}

/// Kind by kind: one that is wrong is named.
#[test]
#[ignore = "what all at once tells, kind by kind"]
fn one_kind_of_file_shuffled_changes_nothing() {
    let (county, usual) = usual();
    let kinds = ["national/贫困户信息", "provincial/户信息", "provincial/2017"];
    for kind in kinds {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        county.clone().only(kind, |table| table.shuffled(&mut random)).judged().is_same(usual, kind);
    }
}

#[test]
#[ignore = "a run for each file of the county and each seed"]
fn any_file_shuffled_changes_nothing() {
    let (county, usual) = usual();
    for at in 0..county.0.len() {
        for seed in 1..=3 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut shuffled = county.clone();
            shuffled.0[at] = shuffled.0[at].clone().shuffled(&mut random);
            shuffled.judged().is_same(usual, &format!("{} seed {seed}", county.0[at].path));
        }
    }
}

#[test]
fn files_split_in_two_and_put_together_change_nothing() {
    let (county, usual) = usual();
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let halves = county.0.iter().cloned().flat_map(|table| table.split(|_| random.random_bool(0.5)));
    County(halves.collect()).judged().is_same(usual, "split at random");
    let mut together: BTreeMap<String, Table> = BTreeMap::new();
    for table in &county.0 {
        let kind = table.path.rsplit_once('_').expect("a township").0.to_owned();
        let data: Vec<Vec<String>> = table.data().into_iter().map(|at| table.rows[at].clone()).collect();
        match together.get_mut(&kind) {
            Some(whole) if whole.rows[whole.header()] == table.rows[table.header()] => {
                let end = 1 + whole.data().last().expect("data");
                whole.rows.splice(end..end, data);
            }
            Some(_) => _ = together.insert(table.path.clone(), table.clone()),
            None => _ = together.insert(kind.clone(), Table { path: format!("{kind}_全县"), rows: table.rows.clone() }),
        }
    }
    County(together.into_values().collect()).judged().is_same(usual, "put together");
}

#[test]
fn files_called_otherwise_change_nothing() {
    let (county, usual) = usual();
    let mut names: Vec<usize> = (0..county.0.len()).collect();
    names.shuffle(&mut ChaCha8Rng::seed_from_u64(5));
    let mut names = names.into_iter();
    let renamed = county.clone().map(|table| {
        let kind = table.path.rsplit_once('_').expect("a township").0;
        Table { path: format!("{kind}_{}", names.next().expect("a name")), ..table.clone() }
    });
    renamed.judged().is_same(usual, "called otherwise");
}

/// What leaves the meaning, on all exports of a township at once.
type Change = (&'static str, fn(Table) -> Table);

const ARRANGED: &[Change] = &[
    ("columns reversed", |table| table.with_rows(|row| row.reverse())),
    ("the first column last", |table| table.with_rows(|row| row.rotate_left(1))),
    ("an empty column before", |table| table.with_rows(|row| row.insert(0, String::new()))),
    ("an empty column behind", |table| table.with_rows(|row| row.push(String::new()))),
    ("an empty column between", |table| table.with_rows(|row| row.insert(3, String::new()))),
    ("no titles", |mut table| {
        table.rows.drain(..table.header());
        table
    }),
    ("more titles", |mut table| {
        let titles = ["附件3", "（此件不公开）", "单位：元、月"];
        table.rows.splice(0..0, titles.map(|title| vec![title.to_owned()]));
        table
    }),
    ("no footer", |mut table| {
        table.rows.truncate(1 + table.data().last().expect("data"));
        table
    }),
    ("empty rows between", |mut table| {
        let empty = vec![String::new(); 5];
        table.rows = table.rows.chunks(7).flat_map(|rows| rows.iter().cloned().chain([empty.clone()])).collect();
        table
    }),
    ("empty rows behind", |mut table| {
        table.rows.extend(vec![vec![String::new(); 9]; 40]);
        table
    }),
    ("the header again", |mut table| {
        let header = table.rows[table.header()].clone();
        let middle = table.data()[table.data().len() / 2];
        table.rows.insert(middle, header);
        table
    }),
    ("numbered anew", |table| table.map(|header, cell| if header == "序号" { "9".into() } else { cell.into() })),
    ("not numbered", |table| table.map(|header, cell| if header == "序号" { String::new() } else { cell.into() })),
    ("headers with blanks", |table| table.with_header(|header| format!(" {header}　"))),
    ("headers over two lines", |table| {
        table.with_header(|header| match header.split_once('（') {
            Some((name, unit)) => format!("{name}\n（{unit}"),
            None => header.to_owned(),
        })
    }),
    ("brackets of the other width", |table| table.with_header(|header| header.replace('（', "(").replace('）', ")"))),
];

const PRINTED: &[Change] = &[
    ("blanks around", |table| table.map(|_, cell| format!("  {cell} "))),
    ("wide blanks around", |table| table.map(|_, cell| format!("　{cell}　"))),
    ("blanks that do not break around", |table| table.map(|_, cell| format!("\u{a0}{cell}\u{a0}"))),
    ("characters of no width", |table| table.map(|_, cell| format!("\u{200b}{cell}\u{feff}"))),
    ("apostrophes before numbers", |table| {
        table.map(|_, cell| match cell.len() >= 11 && cell.is_ascii() {
            true => format!("'{cell}"),
            false => cell.to_owned(),
        })
    }),
    ("wide digits", |table| table.map(|_, cell| wide(cell, |c| c.is_ascii_digit()))),
    ("wide letters", |table| table.map(|_, cell| wide(cell, |c| c.is_ascii_uppercase()))),
    ("small letters", |table| table.map(|_, cell| cell.to_lowercase())),
    ("dates with slashes", |table| table.map(|_, cell| dated(cell, |[y, m, d]| format!("{y}/{m}/{d}")))),
    ("dates with points", |table| table.map(|_, cell| dated(cell, |[y, m, d]| format!("{y}.{m:0>2}.{d:0>2}")))),
    ("dates in digits", |table| table.map(|_, cell| dated(cell, |[y, m, d]| format!("{y}{m:0>2}{d:0>2}")))),
    ("dates in words", |table| table.map(|_, cell| dated(cell, |[y, m, d]| format!("{y}年{m}月{d}日")))),
    ("dates with a time", |table| {
        table.map(|_, cell| dated(cell, |[y, m, d]| format!("{y}-{m:0>2}-{d:0>2} 00:00:00")))
    }),
    ("amounts with decimals", |table| {
        table.map(|header, cell| match is_sum(header, cell) && !cell.contains('.') {
            true => format!("{cell}.00"),
            false => cell.to_owned(),
        })
    }),
    ("amounts with commas", |table| {
        table.map(|header, cell| match is_sum(header, cell) && cell.len() == 4 {
            true => format!("{},{}", &cell[..1], &cell[1..]),
            false => cell.to_owned(),
        })
    }),
    ("amounts with their unit", |table| {
        table.map(|header, cell| match is_sum(header, cell) {
            true => format!("{cell}元"),
            false => cell.to_owned(),
        })
    }),
];

impl Table {
    /// Header and data rows changed alike.
    fn with_rows(mut self, change: impl Fn(&mut Vec<String>)) -> Self {
        let width = self.rows[self.header()].len();
        let headers: Vec<usize> = (0..self.rows.len()).filter(|at| self.is_header(*at)).collect();
        for at in self.data().into_iter().chain(headers) {
            self.rows[at].resize(width, String::new());
            change(&mut self.rows[at]);
        }
        self
    }
    fn with_header(mut self, change: impl Fn(&str) -> String) -> Self {
        let headers: Vec<usize> = (0..self.rows.len()).filter(|at| self.is_header(*at)).collect();
        for at in headers {
            self.rows[at].iter_mut().filter(|header| !header.is_empty()).for_each(|header| *header = change(header));
        }
        self
    }
    fn encoded(&self, encoding: &'static encoding_rs::Encoding) -> Vec<u8> {
        let text = String::from_utf8(self.csv()).expect("text");
        encoding.encode(&text).0.into_owned()
    }
    fn workbook(&self, sheets: &[&[Vec<String>]]) -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        for rows in sheets {
            let sheet = book.add_worksheet();
            for (at, row) in (0_u32..).zip(*rows) {
                for (column, cell) in (0_u16..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
                    sheet.write_string(at, column, cell).expect("a cell");
                }
            }
        }
        book.save_to_buffer().expect("a workbook")
    }
    fn html(&self) -> Vec<u8> {
        let cell = |cell: &String| format!("<td>{}</td>", cell.replace('&', "&amp;").replace('<', "&lt;"));
        let row = |row: &Vec<String>| format!("<tr>{}</tr>", row.iter().map(cell).collect::<String>());
        let rows: String = self.rows.iter().map(row).collect();
        format!("<html><head><meta charset=\"utf-8\"></head><body><table>{rows}</table></body></html>").into_bytes()
    }
}

fn wide(cell: &str, is_meant: impl Fn(char) -> bool) -> String {
    let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).expect("a wide character");
    cell.chars().map(|c| if is_meant(c) { wide(c) } else { c }).collect()
}

/// A cell that is a date like 2018-01-05, printed otherwise.
fn dated(cell: &str, printed: impl Fn([&str; 3]) -> String) -> String {
    let parts: Vec<&str> = cell.split('-').collect();
    match parts[..] {
        [year, month, day] if cell.len() == 10 && year.len() == 4 => {
            printed([year, month.trim_start_matches('0'), day.trim_start_matches('0')])
        }
        _ => cell.to_owned(),
    }
}

fn is_sum(header: &str, cell: &str) -> bool {
    header.contains("金额") && !cell.is_empty() && cell.chars().all(|c| c.is_ascii_digit() || c == '.')
}

#[track_caller]
fn change_nothing(changes: &[Change]) {
    let (county, usual) = town();
    for (name, change) in changes {
        county.clone().map(change).judged().finds_the_same(usual, name);
    }
}

#[test]
fn another_arrangement_changes_nothing() {
    change_nothing(ARRANGED);
}

#[test]
fn values_printed_otherwise_change_nothing() {
    change_nothing(PRINTED);
}

/// A format: its name, and a table in it with the ending of its files.
type Format = (&'static str, fn(&Table) -> (String, Vec<u8>));

const FORMATS: &[Format] = &[
    ("CSV with a byte order mark", |table| ("csv".into(), [b"\xef\xbb\xbf".to_vec(), table.csv()].concat())),
    ("CSV of GB 18030", |table| ("csv".into(), table.encoded(encoding_rs::GB18030))),
    ("CSV of UTF-16", |table| {
        let text = String::from_utf8(table.csv()).expect("text");
        ("csv".into(), std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect())
    }),
    ("CSV of other line ends", |table| {
        ("csv".into(), String::from_utf8(table.csv()).expect("text").replace('\n', "\r\n").into_bytes())
    }),
    ("tabs", |table| ("txt".into(), table.delimited(b'\t'))),
    ("semicolons", |table| ("csv".into(), table.delimited(b';'))),
    ("a workbook", |table| ("xlsx".into(), table.workbook(&[&table.rows]))),
    ("a workbook of two sheets", |table| {
        let middle = table.data()[table.data().len() / 2];
        let second = [&table.rows[..=table.header()], &table.rows[middle..]].concat();
        ("xlsx".into(), table.workbook(&[&table.rows[..middle], &second]))
    }),
    ("a workbook with an empty sheet", |table| ("xlsx".into(), table.workbook(&[&[], &table.rows]))),
    ("a page", |table| ("xls".into(), table.html())),
];

#[test]
fn another_format_changes_nothing() {
    let (county, usual) = town();
    for (name, format) in FORMATS {
        county.judged_as(format).finds_the_same(usual, name);
    }
}

/// A village is where its people live, whatever it is called: on both sides, or on one.
#[test]
fn a_renamed_village_changes_neither_links_nor_findings() {
    const OLD: &str = "许楼村";
    let (county, usual) = town();
    let renamed = |table: Table| table.map(|_, cell| if cell == OLD { "幸福村".into() } else { cell.to_owned() });
    let links = |judged: &Judged| {
        let mut links = judged.tables["member_links"].clone();
        let kept = [
            "decision",
            "national_household_no",
            "national_person_no",
            "provincial_household_no",
            "provincial_person_no",
        ];
        links.iter_mut().for_each(|link| link.retain(|column, _| kept.contains(&column.as_str())));
        links
    };
    let everywhere = county.clone().map(renamed).judged();
    differ("everywhere", "member_links", &links(&everywhere), &links(usual));
    everywhere.finds_the_same(usual, "everywhere");
    let registers = county.clone().only("provincial", renamed).only("national", renamed).judged();
    differ("registers", "member_links", &links(&registers), &links(usual));
    registers.finds_the_same(usual, "registers");
    let one_side = county.clone().only("provincial", renamed).judged();
    differ("one side", "member_links", &links(&one_side), &links(usual));
    let ids = |judged: &Judged| -> Vec<String> {
        judged.tables["findings"]
            .iter()
            .filter(|f| f["rule_id"] != "H-village")
            .map(|f| f["finding_id"].clone())
            .collect()
    };
    differ("one side", "findings", &ids(&one_side), &ids(usual));
}
