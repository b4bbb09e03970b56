//! Whole files of every format, read as a run reads them.

use std::io::Write as _;
use std::path::PathBuf;

use encoding_rs::GB18030;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use tempfile::TempDir;

use super::header::tests::binding;
use super::*;
use crate::error::Lang;
use crate::table::RowClass;

pub(super) const ID: &str = "342401199001011237";

/// The binding of these tests: a small person list.
pub(super) fn person() -> Binding {
    binding(&[
        "!household_no:户编号",
        "!name:姓名",
        "!id_no:证件号码|身份证号",
        "birth_date:出生日期",
        "dibao:是否享受农村居民最低生活保障|是否低保",
        "income_per_capita:人均纯收入",
    ])
}

struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        Self(TempDir::new().expect("a scratch folder"))
    }
    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("a scratch file");
        path
    }
}

pub(super) fn try_read(name: &str, bytes: &[u8]) -> Result<Ingested> {
    let scratch = Scratch::new();
    read(&scratch.file(name, bytes), name, "national", &person(), &Limits::default())
}

pub(super) fn read_bytes(name: &str, bytes: &[u8]) -> Ingested {
    let ingested = try_read(name, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(ingested.tally.check(), [], "{name}: rows are conserved");
    ingested
}

pub(super) fn column(sheet: &RawSheet, field: &str) -> Vec<String> {
    let column = sheet.frame.column(field).expect("a column").str().expect("text");
    column.iter().map(|text| text.unwrap_or("∅").to_owned()).collect()
}

pub(super) fn places(sheet: &RawSheet) -> Vec<u32> {
    sheet.frame.column("row").expect("row").u32().expect("u32").into_no_null_iter().collect()
}

pub(super) fn classes(ingested: &Ingested) -> Vec<(&str, RowClass, u64)> {
    ingested.tally.rows().map(|(_, _, sheet, class, rows)| (sheet, class, rows)).collect()
}

pub(super) fn notes(ingested: &Ingested) -> String {
    ingested.notes.iter().map(|note| format!("{}|{}\n", note.sheet, note.text.zh)).collect()
}

pub(super) fn refusal(name: &str, bytes: &[u8]) -> String {
    try_read(name, bytes).expect_err("a refusal").lines(Lang::Zh).join("\n")
}

pub(super) fn xlsx(write: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    write(&mut workbook);
    workbook.save_to_buffer().expect("a workbook in memory")
}

pub(super) fn write_rows(sheet: &mut Worksheet, first_row: u32, rows: &[&[&str]]) {
    for (row, cells) in (first_row..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(row, column, *cell).expect("a cell");
        }
    }
}

const CSV: &str = "示例县贫困户信息查询结果,,,\n户编号,姓名,证件号码,人均纯收入（元）\n\
    5700000123456789,张三,342401199001011237,3200.5\n\n5700000123456790,合小明,,\n合计,,,3200.5\n填表人：某某,,,\n";

fn check_csv(name: &str, bytes: &[u8], format: &str) {
    let ingested = read_bytes(name, bytes);
    assert_eq!(ingested.format, format);
    let [sheet] = ingested.sheets.as_slice() else { panic!("one sheet") };
    assert_eq!(column(sheet, "name"), ["张三", "合小明"]);
    assert_eq!(column(sheet, "id_no"), [ID, "∅"]);
    assert_eq!(column(sheet, "income_per_capita"), ["3200.5", "∅"]);
    assert_eq!(places(sheet), [3, 5]);
    let expected = [
        (RowClass::Title, 1),
        (RowClass::Header, 1),
        (RowClass::Blank, 1),
        (RowClass::Footer, 2),
        (RowClass::Accepted, 2),
    ];
    assert_eq!(classes(&ingested), expected.map(|(class, rows)| ("", class, rows)));
}

#[test]
fn text_in_every_encoding_and_separator() {
    check_csv("a.csv", CSV.as_bytes(), "csv UTF-8");
    check_csv("bom.csv", &[b"\xEF\xBB\xBF", CSV.as_bytes()].concat(), "csv UTF-8");
    check_csv("gbk.csv", &GB18030.encode(CSV).0, "csv GB18030");
    check_csv("crlf.csv", CSV.replace('\n', "\r\n").as_bytes(), "csv UTF-8");
    check_csv("tab.xls", &GB18030.encode(&CSV.replace(',', "\t")).0, "tsv GB18030");
    check_csv("semicolon.csv", CSV.replace(',', ";").as_bytes(), "csv UTF-8");
    let utf16: Vec<u8> = CSV.replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes).collect();
    check_csv("unicode.txt", &[&[0xFF, 0xFE][..], &utf16].concat(), "tsv UTF-16LE");
}

#[test]
fn ragged_rows_are_padded_or_rejected() {
    let text = "户编号,姓名,证件号码\n1000001,短\n1000002,逗号,342401199001011237,\n1000003,多,3,错位\n";
    let ingested = read_bytes("ragged.csv", text.as_bytes());
    assert_eq!(column(&ingested.sheets[0], "name"), ["短", "逗号"]);
    assert_eq!(column(&ingested.sheets[0], "id_no"), ["∅", ID]);
    let [reject] = ingested.rejects.as_slice() else { panic!("one reject") };
    assert_eq!((reject.row, reject.reason.as_str()), (4, "单元格多于表头，列可能错位"));
    assert_eq!(reject.text, "1000003\t多\t3\t错位");
}

#[test]
fn damage_stays_on_its_line() {
    let mut bytes = GB18030.encode("户编号,姓名,证件号码\n1000001,张三,1\n1000002,李").0.into_owned();
    bytes.extend([0xFF, 0xFF]);
    bytes.extend(&*GB18030.encode(",2\n1000003,\"未关,3\n1000004,王五,4\n1000005,\"一\n二\",5\n").0);
    let ingested = read_bytes("damaged.csv", &bytes);
    assert_eq!(column(&ingested.sheets[0], "name"), ["张三", "王五", "一\n二"]);
    assert_eq!(places(&ingested.sheets[0]), [2, 5, 6], "a line break inside quotes is inside one row");
    let rejects: Vec<_> = ingested.rejects.iter().map(|reject| (reject.row, reject.reason.as_str())).collect();
    assert_eq!(rejects, [(3, "字符编码损坏"), (4, "引号不成对")]);
}

#[test]
fn nul_bytes_are_removed_and_noted() {
    let ingested = read_bytes("nul.csv", "户编号,姓名,证件号码\n1000001,张\0三,1\n".as_bytes());
    assert_eq!(column(&ingested.sheets[0], "name"), ["张三"]);
    assert!(notes(&ingested).contains("NUL"));
}

#[test]
fn a_workbook_is_read_as_people_see_it() {
    let bytes = xlsx(|workbook| {
        let sheet = workbook.add_worksheet().set_name("人员").expect("a name");
        write_rows(
            sheet,
            0,
            &[&["示例县贫困户信息查询结果"], &[], &["户编号", "姓名", "证件号码", "出生日期", "是否低保", "备注"]],
        );
        write_rows(sheet, 3, &[&["5700000123456789", "张三", ID]]);
        let date = Format::new().set_num_format("yyyy-mm-dd");
        sheet
            .write_datetime_with_format(3, 3, ExcelDateTime::from_ymd(1990, 1, 1).expect("a date"), &date)
            .expect("a cell");
        sheet.write_boolean(3, 4, true).expect("a cell");
        sheet.write_number(5, 0, 5_700_000_123_456_780.0).expect("a cell");
        sheet.write_string(5, 1, "李四").expect("a cell");
        sheet.write_number(5, 2, 342_401_199_001_011_237.0).expect("a cell");
        sheet.write_number(5, 3, 19_900_101.0).expect("a cell");
        sheet.write_string(1_048_575, 16_383, "stray").expect("a cell");
        let hidden = workbook.add_worksheet().set_name("字典").expect("a name");
        hidden.write_string(0, 0, "男").expect("a cell").set_hidden(true);
        write_rows(
            workbook.add_worksheet().set_name("说明").expect("a name"),
            0,
            &[&["填表说明"], &["一、请如实填写"]],
        );
    });
    let ingested = read_bytes("人员.csv", &bytes);
    assert_eq!(ingested.format, "xlsx");
    let sheet = &ingested.sheets[0];
    assert_eq!((sheet.sheet.as_str(), sheet.ignored_headers.as_slice()), ("人员", &["备注".to_owned()][..]));
    assert_eq!(column(sheet, "household_no"), ["5700000123456789", "5700000123456780"]);
    assert_eq!(column(sheet, "id_no"), [ID, "342401199001011000"]);
    assert_eq!(column(sheet, "birth_date"), ["1990-01-01", "19900101"]);
    assert_eq!(column(sheet, "dibao"), ["是", "∅"]);
    assert_eq!(places(sheet), [4, 6]);
    assert_eq!(sheet.columns[2], ("id_no".to_owned(), "C".to_owned()));
    let expected = [
        ("人员", RowClass::Title, 1),
        ("人员", RowClass::Header, 1),
        ("人员", RowClass::Blank, 1_048_576 - 4),
        ("人员", RowClass::Accepted, 2),
        ("说明", RowClass::Title, 2),
    ];
    assert_eq!(classes(&ingested), expected);
    let notes = notes(&ingested);
    assert!(notes.contains("人员|A 列“户编号”有 1 个单元格存成了超过 15 位的数字，精度已丢失"), "{notes}");
    assert!(notes.contains("人员|C 列“证件号码”有 1 个"), "{notes}");
    assert!(notes.contains("字典|隐藏的工作表") && notes.contains("说明|没有可识别的表头"), "{notes}");
}

#[test]
fn merged_households_are_filled_down_and_no_further() {
    let bytes = xlsx(|workbook| {
        let sheet = workbook.add_worksheet();
        let plain = Format::new();
        sheet.merge_range(0, 0, 0, 2, "名单", &plain).expect("a range");
        write_rows(
            sheet,
            1,
            &[&["户编号", "姓名", "证件号码"], &["", "张三", ID], &["", "李四", "2"], &["", "王五", "3"]],
        );
        sheet.merge_range(2, 0, 3, 0, "1000001", &plain).expect("a range");
    });
    let ingested = read_bytes("merged.xlsx", &bytes);
    assert_eq!(column(&ingested.sheets[0], "household_no"), ["1000001", "1000001", "∅"]);
}

#[test]
fn headers_repeat_and_sheets_without_header_are_counted() {
    let bytes = xlsx(|workbook| {
        let header: &[&str] = &["户编号", "姓名", "身份证号"];
        let sheet = workbook.add_worksheet();
        write_rows(
            sheet,
            0,
            &[&["名单"], header, &["1000001", "张三", ID], &["名单"], header, &["1000002", "李四", ID]],
        );
        write_rows(workbook.add_worksheet(), 0, &[&["乡镇", "户数", "人数"], &["城关镇", "1", "2"]]);
        write_rows(workbook.add_worksheet(), 0, &[header]);
    });
    let ingested = read_bytes("repeat.xlsx", &bytes);
    let expected = [
        ("Sheet1", RowClass::Title, 2),
        ("Sheet1", RowClass::Header, 1),
        ("Sheet1", RowClass::RepeatedHeader, 1),
        ("Sheet1", RowClass::Accepted, 2),
        ("Sheet2", RowClass::Rejected, 2),
        ("Sheet3", RowClass::Header, 1),
    ];
    assert_eq!(classes(&ingested), expected);
    assert!(notes(&ingested).contains("Sheet3|只有表头"));
}

#[test]
fn html_saved_as_xls() {
    let html = "<html><head><meta charset=gb2312><style>td{mso:x}</style></head><body><table border=1>\
        <tr><th colspan=3>示例县&nbsp;名单</th></tr><tr><th>户编号</th><th>姓名</th><th>证件号码</th></tr>\
        <tr><td rowspan=2>1000001</td><td>张&#19977;</td><td>342401199001011237</td></tr>\
        <tr><td> 李\n 四 <br>曾用名</td><td></td></tr><tr><td>1000002<td>王五<td>&lt;无&gt;</table></body></html>";
    for bytes in [html.as_bytes().to_vec(), GB18030.encode(html).0.into_owned()] {
        let ingested = read_bytes("表.xls", &bytes);
        let sheet = &ingested.sheets[0];
        assert_eq!(column(sheet, "household_no"), ["1000001", "1000001", "1000002"]);
        assert_eq!(column(sheet, "name"), ["张三", "李 四\n曾用名", "王五"]);
        assert_eq!(column(sheet, "id_no"), [ID, "∅", "<无>"]);
        assert_eq!(places(sheet), [3, 4, 5]);
        assert_eq!(classes(&ingested)[0], ("", RowClass::Title, 1));
    }
}

#[test]
fn spreadsheetml_saved_as_xls() {
    let xml = r#"<?xml version="1.0" encoding="gb2312"?><?mso-application progid="Excel.Sheet"?>
        <Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
        <Worksheet ss:Name="人员"><Table>
        <Row><Cell ss:MergeAcross="3"><Data ss:Type="String">名单</Data></Cell></Row>
        <Row ss:Index="3"><Cell><Data ss:Type="String">户编号</Data></Cell><Cell><Data ss:Type="String">姓名</Data></Cell>
        <Cell ss:Index="4"><Data ss:Type="String">证件号码</Data></Cell><Cell><Data ss:Type="String">出生日期</Data></Cell></Row>
        <Row><Cell ss:MergeDown="1"><Data ss:Type="Number">1000001</Data></Cell><Cell><Data ss:Type="String">张&amp;三</Data></Cell>
        <Cell ss:Index="4"><Data ss:Type="Number">3.4240119900101101E+17</Data></Cell>
        <Cell><Data ss:Type="DateTime">1990-01-01T00:00:00.000</Data></Cell></Row>
        <Row><Cell ss:Index="2"><Data ss:Type="String">李四</Data></Cell></Row>
        </Table></Worksheet>
        <Worksheet ss:Name="字典"><Table><Row><Cell><Data ss:Type="String">男</Data></Cell></Row></Table>
        <WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible></WorksheetOptions>
        </Worksheet></Workbook>"#;
    let ingested = read_bytes("表.xls", &GB18030.encode(xml).0);
    let sheet = &ingested.sheets[0];
    assert_eq!(column(sheet, "household_no"), ["1000001", "1000001"]);
    assert_eq!(column(sheet, "name"), ["张&三", "李四"]);
    assert_eq!(column(sheet, "id_no"), ["342401199001011000", "∅"]);
    assert_eq!(column(sheet, "birth_date"), ["1990-01-01", "∅"]);
    assert_eq!(places(sheet), [4, 5]);
    assert_eq!(classes(&ingested)[2], ("人员", RowClass::Blank, 1));
    assert!(notes(&ingested).contains("字典|隐藏的工作表"));
}

#[test]
fn parquet_becomes_text() {
    use std::sync::Arc;

    use ::parquet::basic::Repetition;
    use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type};
    use ::parquet::file::properties::WriterProperties;
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;

    let schema = "message person { REQUIRED BYTE_ARRAY 户编号 (UTF8); OPTIONAL BYTE_ARRAY 姓名 (UTF8);
        REQUIRED DOUBLE 证件号码; REQUIRED INT32 出生日期 (DATE); REQUIRED INT32 人均纯收入 (DECIMAL(9,2)); }";
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    assert_eq!(schema.get_fields()[1].get_basic_info().repetition(), Repetition::OPTIONAL);
    let mut bytes = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::new())).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    let texts = |texts: &[&str]| texts.iter().map(|text| ByteArray::from(*text)).collect::<Vec<_>>();
    let mut at = 0;
    while let Some(mut column) = group.next_column().expect("a column") {
        match at {
            0 => column.typed::<ByteArrayType>().write_batch(&texts(&["1000001", "1000002"]), None, None),
            1 => column.typed::<ByteArrayType>().write_batch(&texts(&["张三"]), Some(&[1, 0]), None),
            2 => column.typed::<DoubleType>().write_batch(&[342_401_199_001_011_237.0, 7.0], None, None),
            // 7305 days after 1970-01-01 is 1990-01-01.
            3 => column.typed::<Int32Type>().write_batch(&[7305, -1], None, None),
            _ => column.typed::<Int32Type>().write_batch(&[320_050, 5], None, None),
        }
        .expect("values");
        column.close().expect("a column");
        at += 1;
    }
    group.close().expect("a group");
    writer.close().expect("a file");

    let ingested = read_bytes("a.parquet", &bytes);
    let sheet = &ingested.sheets[0];
    assert_eq!(column(sheet, "household_no"), ["1000001", "1000002"]);
    assert_eq!(column(sheet, "name"), ["张三", "∅"]);
    assert_eq!(column(sheet, "id_no"), ["342401199001011000", "7"]);
    assert_eq!(column(sheet, "birth_date"), ["1990-01-01", "1969-12-31"]);
    assert_eq!(column(sheet, "income_per_capita"), ["3200.50", "0.05"]);
    assert_eq!((places(sheet), classes(&ingested)), (vec![1, 2], vec![("", RowClass::Accepted, 2)]));
}

/// An OLE container of one stream: header, allocation table, directory, eight sectors.
fn ole(name: &str, stream: &[u8]) -> Vec<u8> {
    const FREE: u32 = u32::MAX;
    const END: u32 = u32::MAX - 1;
    const TABLE: u32 = u32::MAX - 2;
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let mut file = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    file.resize(24, 0);
    // Versions, byte order, sector sizes of 512 and 64 bytes.
    file.extend([0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    file.resize(44, 0);
    file.extend(words(&[1, 1, 0, 4096, END, 0, END, 0, 0]));
    file.extend(words(&[FREE; 108]));
    file.extend(words(&[TABLE, END, 3, 4, 5, 6, 7, 8, 9, END]));
    file.extend(words(&[FREE; 118]));
    for (entry, kind, start, size) in [("Root Entry", 5, END, 0), (name, 2, 2, 4096_u32)] {
        let mut bytes: Vec<u8> = entry.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let name_bytes = bytes.len() as u8 + 2;
        bytes.resize(64, 0);
        bytes.extend([name_bytes, 0, kind, 1]);
        bytes.extend(words(&[FREE, FREE, if kind == 5 { 1 } else { FREE }]));
        bytes.resize(116, 0);
        bytes.extend(words(&[start, size, 0]));
        file.extend(bytes);
    }
    file.resize(512 * 3, 0);
    file.extend(stream);
    file.resize(512 * 11, 0);
    file
}

#[test]
fn a_workbook_of_excel_97() {
    let record = |kind: u16, parts: &[&[u8]]| {
        let body = parts.concat();
        [&kind.to_le_bytes()[..], &(body.len() as u16).to_le_bytes(), &body].concat()
    };
    let place = |row: u16, column: u16| [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
    let text = |row, column, text: &str| {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        record(0x0204, &[&place(row, column), &(units.len() as u16 / 2).to_le_bytes(), &[1], &units])
    };
    let number = |row, column, number: f64| record(0x0203, &[&place(row, column), &number.to_le_bytes()]);
    let begin = |kind: u8| record(0x0809, &[&[0, 6, kind, 0], &[0; 12]]);
    let end = record(0x000A, &[]);
    let globals = begin(5);
    let sheet_at = (globals.len() + 4 + 8 + 2 + end.len()) as u32;
    let sheet_name = record(0x0085, &[&sheet_at.to_le_bytes(), &[0, 0, 2, 0], b"S1"]);
    let cells = [
        text(1, 0, "户编号"),
        text(1, 1, "姓名"),
        text(1, 2, "证件号码"),
        number(2, 0, 1_000_001.0),
        text(2, 1, "张三"),
        number(2, 2, 342_401_199_001_011_237.0),
        text(3, 1, "李四"),
        text(3, 2, ID),
    ];
    let merge = record(0x00E5, &[&[1, 0, 2, 0, 3, 0, 0, 0, 0, 0]]);
    let stream = [globals, sheet_name, end.clone(), begin(0x10), cells.concat(), merge, end].concat();
    let ingested = read_bytes("表.xlsx", &ole("Workbook", &stream));
    assert_eq!(ingested.format, "xls");
    let sheet = &ingested.sheets[0];
    assert_eq!((sheet.sheet.as_str(), places(sheet)), ("S1", vec![3, 4]));
    assert_eq!(column(sheet, "household_no"), ["1000001", "1000001"]);
    assert_eq!(column(sheet, "id_no"), ["342401199001011000", ID]);
    assert_eq!(classes(&ingested)[1], ("S1", RowClass::Blank, 1));
}

#[test]
fn an_opendocument_spreadsheet() {
    let cell = |text: &str| {
        format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#)
    };
    let row = |cells: &[&str]| {
        format!("<table:table-row>{}</table:table-row>", cells.iter().map(|t| cell(t)).collect::<String>())
    };
    let content = format!(
        r#"<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet>
        <table:table table:name="人员">{}<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>{}</table:table>
        </office:spreadsheet></office:body></office:document-content>"#,
        row(&["户编号", "姓名", "证件号码"]),
        row(&["1000001", "张三", ID]),
    );
    let bytes = zip_of(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", b"<manifest:manifest/>"),
        ("content.xml", content.as_bytes()),
    ]);
    let ingested = read_bytes("a.ods", &bytes);
    assert_eq!((ingested.format.as_str(), places(&ingested.sheets[0])), ("ods", vec![5]));
    assert_eq!(column(&ingested.sheets[0], "id_no"), [ID]);
    assert_eq!(classes(&ingested)[1], ("人员", RowClass::Blank, 3));
}

/// A zip of one stored or deflated entry per `(name, bytes)`.
pub(super) fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("an entry");
        zip.write_all(bytes).expect("bytes");
    }
    zip.finish().expect("a zip").into_inner()
}

#[test]
fn every_refusal_says_what_and_what_to_do() {
    let bomb = zip_of(&[("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", &vec![b' '; 64 << 20])]);
    assert!(bomb.len() < 100_000);
    let whole = xlsx(|workbook| write_rows(workbook.add_worksheet(), 0, &[&["户编号"]]));
    for (name, bytes, expected) in [
        ("空.xlsx", Vec::new(), "文件是空的（请重新导出"),
        ("空.csv", b"\xEF\xBB\xBF\r\n\r\n".to_vec(), "文件是空的"),
        ("炸弹.xlsx", bomb, "压缩比达"),
        ("半.xlsx", whole[..whole.len() / 2].to_vec(), "不完整或已损坏"),
        ("文.docx", zip_of(&[("word/document.xml", b"<a/>")]), "Word (docx)"),
        ("外.xlsx", zip_of(&[("xl/workbook.xml", b"<a/>"), ("../x.xml", b"<a/>")]), "容器之外"),
        ("密.xlsx", ole("EncryptedPackage", &[1; 4096]), "打开密码"),
        ("坏.xls", ole("Workbook", &[9; 4096]), "xls 文件已损坏"),
        ("文.doc", ole("WordDocument", &[]), "Word (doc)"),
        ("文.pdf", b"%PDF-1.7".to_vec(), "PDF"),
        (
            "别的.csv",
            "甲,乙\n1,2\n".as_bytes().to_vec(),
            "不像是“贫困户人员”的导出文件；应有的列：户编号、姓名、证件号码/身份证号",
        ),
        (
            "缺列.csv",
            "户编号,姓名,证件号,x\n1,2,3,4\n".as_bytes().to_vec(),
            "缺列.csv:1: 表头缺少“贫困户人员”的必需列：证件号码/身份证号；最接近的表头是：证件号（",
        ),
    ] {
        let message = refusal(name, &bytes);
        assert!(message.contains(expected), "{name}: {message}");
        assert!(message.starts_with(name) && message.contains('（'), "place and remedy: {message}");
    }
}

#[test]
fn a_lie_about_sizes_is_found() {
    let honest = zip_of(&[("xl/workbook.xml", &[b'a'; 5000])]);
    // Both the local and the central header state the size; 5000 is 0x1388.
    let mut lying = honest.clone();
    let mut places = 0;
    for at in 0..lying.len() - 4 {
        if lying[at..at + 4] == [0x88, 0x13, 0, 0] {
            lying[at + 1] = 0x01;
            places += 1;
        }
    }
    assert!(places >= 1);
    let message = refusal("谎.xlsx", &lying);
    assert!(message.contains("比声明的更大") || message.contains("已损坏"), "{message}");
}

#[test]
fn inspection_picks_the_binding_and_shows_what_is_missing() {
    let household =
        Binding { profile: "household".into(), ..binding(&["!household_no:户编号", "village:行政村"]) };
    let scratch = Scratch::new();
    let path = scratch.file("a.csv", CSV.as_bytes());
    let bindings = [household, person()];
    let inspection = inspect(&path, "a.csv", &bindings, &Limits::default()).expect("an inspection");
    assert_eq!((inspection.best, inspection.format.as_str()), (Some(1), "csv UTF-8"));
    assert!(inspection.refusal.is_none() && inspection.encoding.zh.contains("UTF-8"));
    let sheet = &inspection.sheets[0];
    assert_eq!((sheet.header_row, sheet.binding), (Some(2), Some(1)));
    assert_eq!(sheet.headers, ["户编号", "姓名", "证件号码", "人均纯收入（元）"]);
    assert_eq!(sheet.recognitions[0].missing, ["village"]);
    assert_eq!(sheet.recognitions[1].recognised[2], ("id_no".to_owned(), "C 证件号码".to_owned()));
    assert_eq!(inspection.ingested.sheets[0].frame.height(), 2);

    let path = scratch.file("b.csv", "姓名,证件号\n张三,1\n".as_bytes());
    let inspection = inspect(&path, "b.csv", &bindings, &Limits::default()).expect("an inspection");
    assert_eq!(inspection.sheets[0].recognitions[0].missing_required, ["household_no", "id_no"]);
    assert!(inspection.best.is_none() && inspection.refusal.is_some());
}

/// Cells that decide classes, and any other text.
fn cells() -> impl Strategy<Value = String> {
    let words = [
        "",
        " ",
        "合计",
        "户编号",
        "姓名",
        "证件号码",
        "名单",
        "填表人：",
        "1000001",
        ID,
        "张三",
        "a\"b",
        "\"",
        "一\n二",
    ];
    prop_oneof![4 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => "[a-z,;\u{4e00}-\u{4e20}]{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every row of every grid is in one class, in a workbook and as text, quoted or not.
    #[test]
    fn rows_are_conserved(grid in prop::collection::vec(prop::collection::vec(cells(), 0..6), 0..40), at in 0_usize..20) {
        let mut grid = grid;
        let header = ["户编号", "姓名", "证件号码"].map(str::to_owned).to_vec();
        grid.insert(at.min(grid.len()), header);
        let lines: String = grid.iter().map(|row| row.join(",") + "\n").collect();
        let workbook = xlsx(|workbook| {
            let sheet = workbook.add_worksheet();
            for (row, cells) in grid.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                    sheet.write_string(row as u32, column as u16, cell).expect("a cell");
                }
            }
        });
        for (name, bytes) in [("grid.csv", lines.as_bytes()), ("grid.xlsx", workbook.as_slice())] {
            if let Ok(ingested) = try_read(name, bytes) {
                prop_assert_eq!(ingested.tally.check(), []);
                let accepted = ingested.tally.total("national", RowClass::Accepted);
                let frames: usize = ingested.sheets.iter().map(|sheet| sheet.frame.height()).sum();
                prop_assert_eq!(accepted, frames as u64);
                prop_assert_eq!(ingested.tally.total("national", RowClass::Rejected), ingested.rejects.len() as u64);
            }
        }
    }
}
