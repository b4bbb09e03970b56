//! The shapes that people's files really have, one kind after another, each in several spellings of its own.

use encoding_rs::GB18030;

use super::tests::{ID, classes, column, notes, person, places, read_bytes, refusal, write_rows, xlsx, zip_of};
use super::*;
use crate::table::RowClass;

const OTHER: &str = "342401198805052345";
const HEADER: [&str; 4] = ["户编号", "姓名", "证件号码", "人均纯收入"];

/// The two people that every shape below holds.
fn check(ingested: &Ingested, what: &str) {
    let [sheet] = ingested.sheets.as_slice() else { panic!("{what}: one sheet") };
    assert_eq!(column(sheet, "household_no"), ["1000001", "1000001"], "{what}");
    assert_eq!(column(sheet, "name"), ["张三", "李四"], "{what}");
    assert_eq!(column(sheet, "id_no"), [ID, OTHER], "{what}");
    assert_eq!(column(sheet, "income_per_capita"), ["3200.5", "∅"], "{what}");
    assert_eq!(ingested.rejects, [], "{what}");
}

/// A workbook by its parts; a sheet of `rows`, followed by `tail`.
struct Parts {
    sheet: String,
    strings: Option<Vec<u8>>,
    target: &'static str,
    path: &'static str,
    encode: fn(&str) -> Vec<u8>,
}

impl Parts {
    fn of(rows: &str, tail: &str) -> Self {
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData>{tail}</worksheet>");
        let (target, path) = ("worksheets/sheet1.xml", "xl/worksheets/sheet1.xml");
        Self { sheet, strings: None, target, path, encode: |text| text.as_bytes().to_vec() }
    }

    fn bytes(&self) -> Vec<u8> {
        let target = self.target;
        let relations = format!(
            r#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="{target}"/><Relationship Id="rId2"
            Type="http://x/styles" Target="styles.xml"/><Relationship Id="rId3" Type="http://x/sharedStrings"
            Target=".\sharedStrings.xml"/></Relationships>"#
        );
        let workbook = r#"<x:workbook xmlns:x="m" xmlns:r="r"><x:sheets><x:sheet name="人员" r:id="rId1"/></x:sheets></x:workbook>"#;
        let styles = r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
        let strings = self.strings.clone().unwrap_or_else(|| b"<sst/>".to_vec());
        zip_of(&[
            ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
            ("xl/workbook.xml", workbook.as_bytes()),
            ("xl/styles.xml", styles.as_bytes()),
            ("xl/sharedStrings.xml", &strings),
            (self.path, &(self.encode)(&self.sheet)),
        ])
    }
}

fn inline(text: &str) -> String {
    format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#)
}

fn row(cells: &[String]) -> String {
    format!("<row>{}</row>", cells.concat())
}

/// Header and people, with the household number and the last cells as given.
fn people(number: &str, income: &str, last: &str) -> String {
    let header = row(&HEADER.map(inline));
    let first = row(&[number.to_owned(), inline("张三"), inline(ID), income.to_owned()]);
    let second = row(&[number.to_owned(), inline("李四"), inline(OTHER), last.to_owned()]);
    header + &first + &second
}

#[test]
fn text_of_a_workbook_in_every_legal_form() {
    let income = "<c><v>3200.5</v></c>";
    for number in [
        "<c><v>1000001</v></c>",
        "<c><v><![CDATA[1000001]]></v></c>",
        "<c><v>1000<!-- a remark -->001</v></c>",
        "<c><v>10000&#48;1</v></c>",
        r#"<c t="inlineStr"><v>1000001</v></c>"#,
        r#"<c t="inlineStr"><is><r><rPr><b/></rPr><t>1000</t></r><r><t>001</t></r><rPh sb="0" eb="1"><t>注音</t></rPh></is></c>"#,
        r#"<c t="str"><f>"1000"&amp;"001"</f><v>1000001</v></c>"#,
        r#"<c t="str"><v>="1000001"</v></c>"#,
        r#"<c s="7"><f>1+1</f><v>1000001</v></c>"#,
    ] {
        check(&read_bytes("a.xlsx", &Parts::of(&people(number, income, ""), "").bytes()), number);
    }
}

#[test]
fn parts_in_every_encoding_and_at_every_path() {
    let declared = |encoding: &str, text: &str| format!(r#"<?xml version="1.0" encoding="{encoding}"?>{text}"#);
    let plain = Parts::of(&people("<c><v>1000001</v></c>", "<c><v>3200.5</v></c>", ""), "");
    let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let wide = |sheet: &str| {
        let bytes = utf16(&declared("UTF-16", sheet));
        [&[0xFF, 0xFE][..], &bytes].concat()
    };
    let big_endian =
        |sheet: &str| -> Vec<u8> { declared("utf-16", sheet).encode_utf16().flat_map(u16::to_be_bytes).collect() };
    let gbk = |sheet: &str| GB18030.encode(&declared("GBK", sheet)).0.into_owned();
    for (what, sheet) in [
        ("utf-16", wide(&plain.sheet)),
        ("utf-16be", big_endian(&plain.sheet)),
        ("gbk", gbk(&plain.sheet)),
        ("bom", [b"\xEF\xBB\xBF".to_vec(), plain.sheet.clone().into_bytes()].concat()),
    ] {
        let bytes = zip_of(&[
            ("xl/_rels/workbook.xml.rels", br#"<R><R Id="a" Type="worksheet" Target="s.xml"/></R>"#),
            ("xl/workbook.xml", r#"<workbook><sheets><sheet name="人员" id="a"/></sheets></workbook>"#.as_bytes()),
            ("xl/s.xml", &sheet),
        ]);
        check(&read_bytes("a.xlsx", &bytes), what);
    }
    let message = refusal(
        "a.xlsx",
        &zip_of(&[
            ("xl/_rels/workbook.xml.rels", br#"<R><R Id="a" Type="worksheet" Target="s.xml"/></R>"#),
            ("xl/workbook.xml", br#"<workbook><sheets><sheet name="a" id="a"/></sheets></workbook>"#),
            ("xl/s.xml", declared("klingon-8", "<a/>").as_bytes()),
        ]),
    );
    assert!(message.contains("klingon-8"), "{message}");
    for (target, path) in [
        (r"worksheets\sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("./worksheets/Sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("../xl/worksheets/sheet1.xml", r"xl\worksheets\sheet1.xml"),
        ("worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml"),
    ] {
        let parts =
            Parts { target, path, ..Parts::of(&people("<c><v>1000001</v></c>", "<c><v>3200.5</v></c>", ""), "") };
        check(&read_bytes("a.xlsx", &parts.bytes()), path);
        for before in ["\r\n", "\u{FEFF}", "HTTP/1.1 200 OK\r\n\r\n"] {
            let bytes = [before.as_bytes(), &parts.bytes()].concat();
            check(&read_bytes("a.xlsx", &bytes), before);
        }
    }
}

#[test]
fn a_fault_and_a_number_beyond_all_dates_stay_in_their_cell() {
    let faults = r#"<c r="F1" t="e"><v>#SPILL!</v></c>"#;
    let rows =
        people("<c><v>1000001</v></c>", "<c><v>3200.5</v></c>", "").replacen("</row>", &format!("{faults}</row>"), 1);
    check(&read_bytes("a.xlsx", &Parts::of(&rows, "").bytes()), "fault");
    for (serial, expected) in [
        ("15012780117", "15012780117"),
        ("2958466", "2958466"),
        ("2958465", "9999-12-31"),
        ("-3", "-3"),
        ("43160", "2018-03-01"),
    ] {
        let income = format!(r#"<c s="1"><v>{serial}</v></c>"#);
        let bytes = Parts::of(&people("<c><v>1000001</v></c>", &income, ""), "").bytes();
        assert_eq!(column(&read_bytes("a.xlsx", &bytes).sheets[0], "income_per_capita")[0], expected);
    }
}

#[test]
fn a_formula_without_a_stored_result_is_not_blank() {
    for cell in [
        "<c><f>SUM(A1:A2)</f></c>",
        "<c><f>SUM(A1:A2)</f><v></v></c>",
        "<c><f>SUM(A1:A2)</f><v/></c>",
        r#"<c><f t="shared" si="0"/></c>"#,
        r#"<c t="str"><f>A1</f></c>"#,
    ] {
        let bytes = Parts::of(&people("<c><v>1000001</v></c>", cell, ""), "").bytes();
        assert_eq!(column(&read_bytes("a.xlsx", &bytes).sheets[0], "income_per_capita"), ["#未计算", "∅"], "{cell}");
    }
    // An empty text is a result.
    let bytes = Parts::of(&people("<c><v>1000001</v></c>", r#"<c t="str"><f>A9</f><v></v></c>"#, ""), "").bytes();
    assert_eq!(column(&read_bytes("a.xlsx", &bytes).sheets[0], "income_per_capita"), ["∅", "∅"]);
}

#[test]
fn merged_ranges_count_wherever_they_stand() {
    let filler = format!("<extLst>{}</extLst>", "<ext/>".repeat(100_000));
    let tail = format!(r#"<x:mergeCells count='1'><x:mergeCell ref = 'A2:A3' /></x:mergeCells>{filler}"#);
    let rows = people("<c><v>1000001</v></c>", "<c><v>3200.5</v></c>", "");
    let (rest, last) = rows.rsplit_once("<c><v>1000001</v></c>").expect("a number");
    let bytes = Parts::of(&format!("{rest}<c/>{last}"), &tail).bytes();
    check(&read_bytes("a.xlsx", &bytes), "merged");
}

#[test]
fn what_a_workbook_may_not_hold_is_refused() {
    let number = "<c><v>1000001</v></c>";
    let rows = people(number, "<c><v>3200.5</v></c>", "");
    for (rows, expected) in [
        (rows.replacen("<row>", r#"<row r="1">"#, 1).replacen("<row><c><v>", r#"<row r="1"><c><v>"#, 1), "行号 1 重复"),
        (rows.replacen(number, &format!(r#"{number}<c r="A2"><v>1</v></c>"#), 1), "重复的单元格"),
        (rows.replacen(number, r#"<c r="A7"><v>1</v></c>"#, 1), "错放的单元格"),
        (rows.replacen(number, r#"<c t="s"><v>3</v></c>"#, 1), "字符串表"),
        (rows.replacen("</row>", "<c>", 3), "已损坏"),
    ] {
        let message = refusal("a.xlsx", &Parts::of(&rows, "").bytes());
        assert!(message.contains(expected), "{expected}: {message}");
    }
    let whole = Parts::of(&rows, "");
    let cut = Parts { encode: |sheet| sheet.as_bytes()[..sheet.len() - 40].to_vec(), ..whole };
    assert!(refusal("a.xlsx", &cut.bytes()).contains("已损坏"));
    assert_eq!(places(&read_bytes("a.xlsx", &Parts::of(&rows, "").bytes()).sheets[0]), [2, 3]);
}

/// The rows of both people, with more columns in front or behind.
const PEOPLE: [&str; 2] = ["1000001,张三,342401199001011237,3200.5", "1000001,李四,342401198805052345,"];

/// Rows of comma-separated cells as a workbook and as text.
fn both(lines: &[&str]) -> [(&'static str, Vec<u8>); 2] {
    let rows: Vec<Vec<&str>> = lines.iter().map(|line| line.split(',').collect()).collect();
    let slices: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let padded = |line: &&str| format!("{line}{}\n", ",".repeat(width - line.split(',').count()));
    let text: String = lines.iter().map(padded).collect();
    [("a.xlsx", xlsx(|workbook| write_rows(workbook.add_worksheet(), 0, &slices))), ("a.csv", text.into_bytes())]
}

fn check_lines(lines: &[&str], what: &str) {
    for (name, bytes) in both(lines) {
        check(&read_bytes(name, &bytes), &format!("{what} ({name})"));
    }
}

#[test]
fn a_header_after_many_notes() {
    let header = HEADER.join(",");
    for notes in [0, 1, 14, 20, 45, 90] {
        let long: Vec<String> =
            (1..=notes).map(|at| format!("{at}、填表说明：{}", "不得空项".repeat(at % 7))).collect();
        let mut lines: Vec<&str> = long.iter().map(String::as_str).collect();
        lines.extend([header.as_str(), PEOPLE[0], PEOPLE[1]]);
        check_lines(&lines, &format!("{notes} notes"));
    }
}

#[test]
fn no_row_that_explains_the_header_is_a_person() {
    let header = HEADER.join(",");
    for below in [
        "1,2,3,4",
        "（1）,（2）,（3）,（4）",
        "①,②,③,④",
        "甲,乙,1,2",
        "A,B,C,D",
        "栏次,1,2,3",
        "hbh,xm,sfzh,srje",
        "必填,必填,18位,数字",
        ",,,元",
        ",,,（元）",
    ] {
        check_lines(&[&header, below, PEOPLE[0], PEOPLE[1]], below);
        check_lines(&["名单", &header, below, PEOPLE[0], &header, PEOPLE[1]], below);
    }
    for sample in
        ["示例,王五,342401199001011237,5", "例：1,王五,342401199001011237,5", "1,王五（示例）,342401199001011237,5"]
    {
        for (name, bytes) in both(&[&header, sample, PEOPLE[0], PEOPLE[1]]) {
            let ingested = read_bytes(name, &bytes);
            assert_eq!(column(&ingested.sheets[0], "name"), ["张三", "李四"], "{sample}");
            assert_eq!(ingested.rejects[0].reason, "表头下的填写示例，不是数据");
        }
    }
}

#[test]
fn a_header_printed_again_is_never_a_person() {
    let header = HEADER.join(",");
    for again in [
        "户编号,姓名,证件号码,人均纯收入",
        "\u{FEFF}户编号,姓名,证件号码,人均纯收入",
        "户 编 号,姓　名,证件号码*,人均纯收入（元）",
        "户编号,姓名,身份证号,人均纯收入",
        ",姓名,证件号码,",
        ",姓名,,",
        "二、家庭成员信息,,,",
    ] {
        check_lines(&["名单", &header, PEOPLE[0], again, PEOPLE[1]], again);
    }
    // Two rows, printed again as one, as two, or in part.
    let (upper, lower) = ("户编号,基本信息,,收入", ",姓名,证件号码,人均纯收入");
    for again in [
        &["户编号,姓名,证件号码,人均纯收入"][..],
        &[upper, lower],
        &[lower],
        &["户编号,基本信息姓名,基本信息证件号码,收入人均纯收入"],
    ] {
        let lines: Vec<&str> =
            [upper, lower, PEOPLE[0]].into_iter().chain(again.iter().copied()).chain([PEOPLE[1]]).collect();
        check_lines(&lines, again[0]);
    }
}

#[test]
fn what_another_header_heads_is_told() {
    let lines = [&HEADER.join(",")[..], PEOPLE[0], "姓名,证件号码,户编号,备注", "李四,342401198805052345,1000001,"];
    for (name, bytes) in both(&lines) {
        let ingested = read_bytes(name, &bytes);
        assert_eq!(column(&ingested.sheets[0], "name"), ["张三"]);
        let rejects: Vec<_> = ingested.rejects.iter().map(|reject| (reject.row, reject.reason.as_str())).collect();
        assert_eq!(rejects, [(3, "中途换了表头，其后各行未读"), (4, "中途换了表头，其后各行未读")], "{name}");
    }
    let lines = ["1000001,张三,342401199001011237", "户编号,姓名,证件号码", "1000001,李四,342401198805052345"];
    for (name, bytes) in both(&lines) {
        let ingested = read_bytes(name, &bytes);
        assert_eq!((column(&ingested.sheets[0], "name"), ingested.rejects.len()), (vec!["李四".to_owned()], 1));
    }
}

#[test]
fn two_people_on_a_row_are_never_one() {
    for header in ["户编号,姓名,证件号码,户编号,姓名,证件号码", "户编号,姓名,证件号码,,姓名,证件号码"]
    {
        let lines = [
            header,
            "1000001,张三,342401199001011237,1000001,李四,342401198805052345",
            "1000002,王五,342401199001011237,,,",
        ];
        for (name, bytes) in both(&lines) {
            let ingested = try_both(name, &bytes);
            assert!(ingested.is_err() || ingested.is_ok_and(|i| i.rejects.len() == 1), "{header}");
        }
    }
    let lines = ["户编号,姓名,证件号码,姓名,证件号码", "1,甲,342401199001011237,乙,342401198805052345"];
    for (name, bytes) in both(&lines) {
        let message = refusal(name, &bytes);
        assert!(message.contains("不同的人：B 姓名、D 姓名、C 证件号码、E 证件号码（"), "{message}");
    }
    // The same person twice is one.
    let ingested = read_bytes("a.csv", "户编号,姓名,证件号码,姓名\n1000001,张三,1,张三\n1000002,李四,2,\n".as_bytes());
    assert_eq!(column(&ingested.sheets[0], "name"), ["张三", "李四"]);
}

fn try_both(name: &str, bytes: &[u8]) -> Result<Ingested> {
    let folder = tempfile::TempDir::new().expect("a scratch folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a scratch file");
    read(&path, name, "national", &person(), &Limits::default())
}

#[test]
fn a_unit_beside_the_column_counts() {
    let header = HEADER.join(",");
    let income = |lines: &[&str]| -> Vec<Vec<String>> {
        let read = |(name, bytes): (&str, Vec<u8>)| column(&read_bytes(name, &bytes).sheets[0], "income_per_capita");
        both(lines).into_iter().map(read).collect()
    };
    let people = ["1000001,张三,342401199001011237,0.32", "1000001,李四,342401198805052345,3200元"];
    for lines in [
        &["金额单位：万元", &header, people[0], people[1]][..],
        &["名单（单位：人、万元）", &header, people[0], people[1]],
        &["户编号,姓名,证件号码,人均纯收入（万元）", people[0], people[1]],
        &["单位：元", "户编号,姓名,证件号码,人均纯收入/万元", people[0], people[1]],
        &[&header, ",,,万元", people[0], people[1]],
        &["户编号,姓名,证件号码,收入", ",,,人均纯收入(万元)", people[0], people[1]],
    ] {
        for texts in income(lines) {
            assert_eq!(texts, ["0.32万元", "3200元"], "{lines:?}");
        }
    }
    for lines in [
        &["金额单位：万元", "户编号,姓名,证件号码,人均纯收入（元）", people[0], people[1]][..],
        &["填报单位：城关镇", &header, people[0], people[1]],
    ] {
        for texts in income(lines) {
            assert_eq!(texts, ["0.32", "3200元"], "{lines:?}");
        }
    }
}

#[test]
fn a_sheet_twice_in_one_workbook_is_read_once() {
    let rows: &[&[&str]] = &[&["户编号", "姓名", "证件号码"], &["1000001", "张三", ID], &["1000001", "李四", OTHER]];
    let bytes = xlsx(|workbook| {
        write_rows(workbook.add_worksheet(), 0, rows);
        write_rows(workbook.add_worksheet(), 0, &[&["名单"]]);
        write_rows(workbook.worksheet_from_index(1).expect("a sheet"), 1, rows);
    });
    let ingested = read_bytes("a.xlsx", &bytes);
    assert_eq!(ingested.sheets.len(), 1);
    assert!(classes(&ingested).contains(&("Sheet2", RowClass::DuplicateFile, 2)));
    assert!(notes(&ingested).contains("Sheet2|与工作表“Sheet1”的数据完全相同"));
}

/// A page with the header and the people as `tr`s.
fn page(around: impl Fn(&str, &str) -> String) -> Vec<u8> {
    let row =
        |cells: &[&str]| format!("<tr>{}</tr>", cells.iter().map(|c| format!("<td>{c}</td>")).collect::<String>());
    let people: String = PEOPLE.iter().map(|line| row(&line.split(',').collect::<Vec<_>>())).collect();
    around(&row(&HEADER), &people).into_bytes()
}

#[test]
fn tables_of_a_page_are_found_where_they_are() {
    type Around = fn(&str, &str) -> String;
    let pages: [(&str, Around); 9] = [
        ("plain", |head, body| format!("<table>{head}{body}</table>")),
        ("layout", |head, body| {
            format!(
                "<table><tr><td>查询</td><td>导出</td><td>打印</td></tr><tr><td><table>{head}{body}</table></td></tr></table>"
            )
        }),
        ("two layouts", |head, body| {
            format!("<table><tr><td><table><tr><td><b>名单</b><table>{head}{body}</table>共2人</table></table>")
        }),
        ("head and body", |head, body| format!("<table>{head}</table><div></div><table>{body}</table>")),
        ("head and body in a layout", |head, body| {
            format!("<table><tr><td><table>{head}</table></td></tr><tr><td><table>{body}</table></td></tr></table>")
        }),
        ("title and head, body", |head, body| {
            format!("<table><tr><td>名单</td></tr>{head}</table><table></table><table><tr></tr>{body}</table>")
        }),
        ("hidden", |head, body| {
            let body = body.replacen("张三", "<span style='display:none'>001</span>张三<input type=hidden value=x>", 1);
            let hidden = "<tr hidden><td>模板</td><td></td></tr>";
            format!(
                "<div style=\"DISPLAY: none\"><table>{head}<tr><td>9</td></tr></table></div><table>{head}{hidden}{body}</table>"
            )
        }),
        ("phonetics and remarks", |head, body| {
            let body =
                body.replacen("李四", "<ruby>李<rt>li</rt></ruby><!-- 李小四 -->四<script>var a='<td>';</script>", 1);
            format!("<table>{head}{body}</table>")
        }),
        ("forced text and references", |head, body| {
            let body = body.replace("1000001", "=\"1000001\"").replacen(
                "342401199001011237",
                "=&quot;34240119900101123&#55;&quot;",
                1,
            );
            format!("<table>{head}{body}</table>")
        }),
    ];
    for (what, around) in pages {
        let bytes = page(around);
        check(&read_bytes("a.xls", &bytes), what);
        let gbk = GB18030.encode(std::str::from_utf8(&bytes).expect("text")).0.into_owned();
        check(&read_bytes("a.xls", &gbk), what);
    }
    // A table inside a cell of the data is part of its text.
    let bytes = page(|head, body| {
        format!("<table>{head}{}</table>", body.replacen("张三", "<table><tr><td>张三</td></tr></table>", 1))
    });
    check(&read_bytes("a.xls", &bytes), "a table in a cell");
    // A hidden person is told, not read and not lost.
    let bytes =
        page(|head, body| format!("<table>{head}{}</table>", body.replacen("<tr>", "<tr style='display:none'>", 1)));
    let ingested = read_bytes("a.xls", &bytes);
    assert_eq!((column(&ingested.sheets[0], "name"), ingested.rejects.len()), (vec!["李四".to_owned()], 1));
    let cut = page(|head, body| format!("<table>{head}{body}"));
    assert!(refusal("a.xls", &cut).contains("中途结束"));
}

#[test]
fn spreadsheetml_shows_values_only() {
    let cell = |text: &str| format!("<Cell><Data ss:Type=\"String\">{text}</Data></Cell>");
    let row = |line: &str| format!("<Row>{}</Row>", line.split(',').map(cell).collect::<String>());
    let sheet = |first: &str| {
        format!(
            "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"a\"><Table>{}{first}{}</Table></Worksheet></Workbook>",
            row(&HEADER.join(",")),
            row(PEOPLE[1]),
        )
    };
    let plain = row(PEOPLE[0]);
    let remark = "<Comment ss:Author=\"x\"><ss:Data><B>x:</B><Font>请核实 3</Font></ss:Data></Comment><PhoneticText>zhang</PhoneticText></Cell>";
    check(&read_bytes("a.xls", sheet(&plain.replace("</Cell>", remark)).as_bytes()), "remarks");
    check(&read_bytes("a.xls", sheet(&plain.replace("张三", "<![CDATA[张]]>&#19977;")).as_bytes()), "CDATA");
    let formula = plain.replace("<Cell><Data ss:Type=\"String\">3200.5</Data></Cell>", "<Cell ss:Formula=\"=1\"/>");
    let ingested = read_bytes("a.xls", sheet(&formula).as_bytes());
    assert_eq!(column(&ingested.sheets[0], "income_per_capita"), ["#未计算", "∅"]);
    assert!(notes(&ingested).contains("D 列“人均纯收入”有 1 个公式没有保存计算结果"));
    let whole = sheet(&plain);
    assert!(refusal("a.xls", &whole.as_bytes()[..whole.len() - 30]).contains("已损坏"));
}

/// An OpenDocument spreadsheet of one table.
fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\"><office:body><office:spreadsheet>\
        <table:tracked-changes><table:table-cell><text:p>旧</text:p></table:table-cell></table:tracked-changes>\
        <table:table table:name=\"人员\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    zip_of(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content.as_bytes())])
}

#[test]
fn an_opendocument_spreadsheet_in_every_legal_form() {
    let cell = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let row = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let texts = |line: &str| line.split(',').map(cell).collect::<Vec<_>>();
    let people = |number: &str, name: &str, income: &str, second: &str| {
        row(&HEADER.map(cell))
            + &row(&[number.to_owned(), name.to_owned(), cell(ID), income.to_owned()])
            + &row(&[second.to_owned(), cell("李四"), cell(OTHER), "<table:table-cell/>".to_owned()])
    };
    let number = cell("1000001");
    let income = "<table:table-cell office:value-type=\"float\" office:value=\"3200.5\"><text:p>3,200.50</text:p></table:table-cell>";
    let merged = number.replacen("<table:table-cell", "<table:table-cell table:number-rows-spanned=\"2\"", 1);
    for (what, rows) in [
        ("plain", people(&number, &cell("张三"), income, &number)),
        ("merged", people(&merged, &cell("张三"), income, "<table:covered-table-cell/>")),
        ("CDATA", people(&cell("<![CDATA[1000001]]>"), &cell("张<text:span>&#19977;</text:span>"), income, &number)),
        (
            "remark",
            people(
                &number,
                &cell("张三")
                    .replace("<text:p>", "<office:annotation><text:p>请核实</text:p></office:annotation><text:p>"),
                income,
                &number,
            ),
        ),
        (
            "ruby",
            people(
                &number,
                &cell(
                    "<text:ruby><text:ruby-base>张</text:ruby-base><text:ruby-text>zhang</text:ruby-text></text:ruby>三",
                ),
                income,
                &number,
            ),
        ),
        ("forced", people(&cell("=\"1000001\""), &cell("张三"), income, &number)),
    ] {
        check(&read_bytes("a.ods", &ods(&rows)), what);
    }
    let formula = people(&number, &cell("张三"), "<table:table-cell table:formula=\"of:=1\"/>", &number);
    assert_eq!(column(&read_bytes("a.ods", &ods(&formula)).sheets[0], "income_per_capita"), ["#未计算", "∅"]);
    let repeated = row(&texts("户编号,姓名,证件号码"))
        + "<table:table-row table:number-rows-repeated=\"3\"><table:table-cell table:number-columns-repeated=\"999\"/></table:table-row>"
        + &row(&texts(&format!("1000001,张三,{ID}"))).replacen(
            "<table:table-row",
            "<table:table-row table:number-rows-repeated=\"2\"",
            1,
        );
    assert_eq!(places(&read_bytes("a.ods", &ods(&repeated)).sheets[0]), [5, 6]);
    let endless = row(&texts("户编号,姓名,证件号码"))
        + &row(&[
            "<table:table-cell table:number-columns-repeated=\"1000\"><text:p>1</text:p></table:table-cell>".to_owned()
        ])
        .replacen("<table:table-row", "<table:table-row table:number-rows-repeated=\"1000000\"", 1);
    assert!(refusal("a.ods", &ods(&endless)).contains("重复的行列过多"));
}
