//! The shapes that people's files really have, one kind after another, each in several spellings of its own.

use encoding_rs::GB18030;

use super::tests::{ID, column, places, read_bytes, refusal, zip_of};
use super::*;

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
