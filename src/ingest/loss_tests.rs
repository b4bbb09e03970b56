//! What would swallow rows without a word, and what a small file may ask for: refused, or read and told.

use std::io::Write as _;

use encoding_rs::GB18030;
use rust_xlsxwriter::Format;

use super::tests::{classes, column, notes, places, read_bytes, refusal, try_read, write_rows, xlsx, zip_of};
use super::*;
use crate::table::RowClass;

const HEADER: &str = "户编号,姓名,证件号码,人均纯收入\n";

fn rows(range: std::ops::Range<u32>) -> String {
    range.map(|row| format!("57000{row:05},王德福,3424011990010{row:05},{row}\n")).collect()
}

#[track_caller]
fn refused(name: &str, bytes: &[u8], problem: &str) {
    let told = refusal(name, bytes);
    assert!(told.contains(name) && told.contains(problem), "{told}");
}

#[test]
fn a_lone_carriage_return_ends_a_row() {
    let text = HEADER.replace('\n', "\r") + &rows(0..5).replacen('\n', "\r", 2);
    let ingested = read_bytes("a.csv", text.as_bytes());
    assert_eq!((ingested.sheets[0].frame.height(), ingested.rejects.len()), (5, 0));
    assert!(notes(&ingested).contains("有 3 处只有回车"), "{}", notes(&ingested));
}

#[test]
fn two_encodings_are_refused_wherever_they_meet() {
    let gb = |text: &str| GB18030.encode(text).0.into_owned();
    let files = |at: u32| {
        let (first, second) = (HEADER.to_owned() + &rows(0..at), rows(at..40));
        [[first.clone().into_bytes(), gb(&second)].concat(), [gb(&first), second.into_bytes()].concat()]
    };
    for at in [1, 20] {
        files(at).iter().for_each(|file| refused("a.csv", file, "两种编码"));
    }
    // One row is no second file, but nor is it read as if it were in the first one's encoding.
    for file in files(39) {
        let ingested = read_bytes("a.csv", &file);
        assert_eq!((ingested.sheets[0].frame.height(), ingested.rejects.len()), (39, 1));
    }
}

#[test]
fn blocks_of_nul_are_refused_and_padding_is_not() {
    let mut bytes = (HEADER.to_owned() + &rows(0..40)).into_bytes();
    bytes[600..664].fill(0);
    refused("a.csv", &bytes, "空字节");
    let padded = HEADER.to_owned() + &rows(0..2).replace("王德福", "王德福\0\0\0");
    assert_eq!(column(&read_bytes("b.csv", padded.as_bytes()).sheets[0], "name"), ["王德福", "王德福"]);
}

#[test]
fn utf16_out_of_step_is_refused() {
    let text = HEADER.to_owned() + &rows(0..20);
    let bytes: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_bytes("a.csv", &bytes).sheets[0].frame.height(), 20);
    for at in [201, 402] {
        let (one, two) = ([&bytes[..at], &bytes[at + 1..]].concat(), [&bytes[..at], b"x", &bytes[at..]].concat());
        refused("one.csv", &one, "UTF-16");
        refused("two.csv", &two, "UTF-16");
        let mut both = one;
        both.insert(both.len() - 300, 0x4E);
        refused("both.csv", &both, "UTF-16");
    }
}

#[test]
fn a_text_that_ends_in_the_middle_of_a_row_is_told() {
    let text = HEADER.to_owned() + &rows(0..5);
    refused("a.csv", (text.clone() + "5700099999,\"王").as_bytes(), "第 7 行在引号内结束");
    let short = read_bytes("b.csv", (text.clone() + "5700099999,王").as_bytes());
    assert!(notes(&short).contains("最后一行（第 7 行）不完整"), "{}", notes(&short));
    assert!(!notes(&read_bytes("c.csv", text.trim_end().as_bytes())).contains("不完整"));
}

/// A row that lost some of its cells has fewer than the others.
#[test]
fn a_row_of_fewer_cells_is_told() {
    let wide = |row: u32| format!("57000{row:05},王德福,3424011990010{row:05},{row},甲,乙,丙,丁,戊,己\n");
    let header = HEADER.trim_end().to_owned() + ",一,二,三,四,五,六\n";
    let whole = header + &(0..60).map(wide).collect::<String>();
    assert!(!notes(&read_bytes("a.csv", whole.as_bytes())).contains("列数与其他行不同"));
    let torn = whole.replace("342401199001000040,40,", "");
    assert!(notes(&read_bytes("b.csv", torn.as_bytes())).contains("有 1 行的列数与其他行不同（如第 42 行）"));
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_does() {
    let text = HEADER.to_owned() + &rows(0..1) + "5700000002,\"李\n四\",2,2\n\n" + &rows(3..4);
    let ingested = read_bytes("a.csv", text.as_bytes());
    assert_eq!(places(&ingested.sheets[0]), [2, 3, 5]);
    assert!(notes(&ingested).contains("从第 4 行（文本第 5 行）起"), "{}", notes(&ingested));
}

#[test]
fn quotes_cost_no_more_than_other_text() {
    for pattern in ["\"", "\"\n", "\"\"\n", "a,\"\n", "\"a\n,\"b,\n"] {
        let text = HEADER.to_owned() + &rows(0..3) + &pattern.repeat((1 << 20) / pattern.len());
        let _ = try_read("a.csv", text.as_bytes());
    }
    let returns = HEADER.to_owned() + &rows(0..3) + &"\r".repeat(1 << 20) + "x\n";
    let _ = try_read("b.csv", returns.as_bytes());
}

#[test]
fn no_line_and_no_cell_is_endless() {
    let line = HEADER.to_owned() + &"户".repeat(10 << 20);
    assert!(try_read("a.csv", line.as_bytes()).is_err());
    let cell = |characters: usize| HEADER.to_owned() + &rows(0..1) + &format!("5,{},3,4\n", "户".repeat(characters));
    assert!(try_read("b.csv", cell(32_767).as_bytes()).is_ok());
    refused("c.csv", cell(32_768).as_bytes(), "32768 个字符");
    assert!(refusal("c.csv", cell(32_768).as_bytes()).contains("c.csv:3"));
}

#[test]
fn what_repeats_itself_is_measured_before_it_is_kept() {
    let merged = xlsx(|workbook| {
        let sheet = workbook.add_worksheet();
        write_rows(sheet, 0, &[&["户编号", "姓名", "证件号码"]]);
        let long = "村".repeat(32_000);
        for column in 0..2 {
            sheet.merge_range(1, column, 60_000, column, &long, &Format::new()).expect("a range");
        }
        for row in 1..=60_000 {
            sheet.write_number(row, 2, f64::from(row)).expect("a cell");
        }
    });
    let told = try_read("a.xlsx", &merged).expect_err("a refusal").lines(crate::error::Lang::Zh).join("\n");
    assert!(told.contains("远大于文件本身"), "{told}");
    let row = "<tr><td rowspan=65535 colspan=1000>".to_owned() + &"村".repeat(3000) + "</td></tr>";
    let html = "<table><tr><td>户编号</td><td>姓名</td><td>证件号码</td></tr>".to_owned()
        + &row
        + &"<tr><td>1</td></tr>".repeat(100_000)
        + "</table>";
    assert!(try_read("a.xls", html.as_bytes()).is_err());
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let whole = xlsx(|workbook| write_rows(workbook.add_worksheet(), 0, &[&["户编号", "姓名", "证件号码"]]));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&whole)).expect("a zip");
    let mut parts = Vec::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).expect("a part");
        let mut bytes = Vec::new();
        std::io::copy(&mut part, &mut bytes).expect("bytes");
        parts.push((part.name().expect("a name").into_owned(), bytes));
    }
    let as_entries = |parts: &[(String, Vec<u8>)]| {
        let entries: Vec<(&str, &[u8])> = parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        zip_of(&entries)
    };
    let (name, bytes) = parts.iter().find(|(name, _)| name.ends_with("sheet1.xml")).cloned().expect("a sheet");
    // Same length, so that the name can be put right in the finished archive.
    parts.push((name.replace("sheet1", "sheet9"), bytes));
    let mut twice = as_entries(&parts);
    let places: Vec<usize> = twice.windows(6).enumerate().filter(|(_, w)| *w == b"sheet9").map(|(at, _)| at).collect();
    for at in places {
        twice[at + 5] = b'1';
    }
    refused("a.xlsx", &twice, "同名");
    parts.last_mut().expect("the copy").0 = name.to_uppercase();
    refused("b.xlsx", &as_entries(&parts), "同名");
}

#[test]
fn spreadsheetml_counts_its_rows() {
    let row = |attributes: &str, number: u32| {
        let cells = [format!("57000{number:05}"), "王德福".into(), number.to_string()];
        let cells = cells.map(|text| format!("<Cell><Data ss:Type=\"String\">{text}</Data></Cell>")).concat();
        format!("<Row{attributes}>{cells}</Row>")
    };
    let document = |table: &str, rows: &str| {
        let header =
            ["户编号", "姓名", "证件号码"].map(|text| format!("<Cell><Data ss:Type=\"String\">{text}</Data></Cell>"));
        format!(
            "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:x\">\
             <Worksheet ss:Name=\"人员\"><Table{table}><Row>{}</Row>{rows}</Table></Worksheet></Workbook>",
            header.concat()
        )
    };
    let good = document(" ss:ExpandedRowCount=\"3\"", &(row("", 1) + &row("", 2)));
    assert_eq!(classes(&read_bytes("a.xls", good.as_bytes()))[1], ("人员", RowClass::Accepted, 2));
    let short = read_bytes("b.xls", document(" ss:ExpandedRowCount=\"9\"", &row("", 1)).as_bytes());
    assert!(notes(&short).contains("写明有 9 行，实际只有 2 行"));
    for rows in [
        row("", 1) + &row(" ss:Index=\"2\"", 2),
        row(" ss:Index=\"7\"", 1) + &row(" ss:Index=\"5\"", 2),
        row("", 1).replace("</Row>", "") + &row("", 2),
    ] {
        refused("c.xls", document("", &rows).as_bytes(), "行");
    }
    let cells =
        row("", 1).replacen("<Cell>", "<Cell ss:Index=\"3\">", 1).replacen("<Cell>", "<Cell ss:Index=\"3\">", 1);
    refused("d.xls", document("", &cells).as_bytes(), "重复的单元格");
    let sheet = good.split_once("<Worksheet").expect("a sheet").1.split_once("</Workbook>").expect("its end").0;
    let twice = good.replace("</Workbook>", &format!("<Worksheet{sheet}</Workbook>"));
    refused("e.xls", twice.as_bytes(), "同名");
}

#[test]
fn what_swallows_the_rest_of_a_page_is_seen() {
    let page = |between: &str| {
        let table = |from: u32| {
            let row = |number: u32| format!("<tr><td>57000{number:05}</td><td>王德福</td><td>{number}</td></tr>");
            let header = "<tr><td>户编号</td><td>姓名</td><td>证件号码</td></tr>";
            format!("<table>{header}{}</table>", (from..from + 3).map(row).collect::<String>())
        };
        format!("<html><body>{}{between}{}</body></html>", table(1), table(4))
    };
    let whole = read_bytes("a.xls", page("<!-- 页 --><br>").as_bytes());
    assert_eq!(whole.sheets.iter().map(|sheet| sheet.frame.height()).sum::<usize>(), 6);
    for swallowing in ["<!-- 页", "<title>", "<script>", "<TEXTAREA rows=2>", "<style "] {
        refused("b.xls", page(swallowing).as_bytes(), "仍未结束");
    }
}

#[test]
fn parquet_text_is_text_and_short() {
    use std::sync::Arc;

    use ::parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use ::parquet::file::properties::WriterProperties;
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;

    let file = |name: &[u8], rows: usize| {
        let schema = "message person { REQUIRED BYTE_ARRAY 户编号 (UTF8); REQUIRED BYTE_ARRAY 姓名 (UTF8); REQUIRED INT64 证件号码; }";
        let schema = Arc::new(parse_message_type(schema).expect("a schema"));
        let mut bytes = Vec::new();
        let properties = Arc::new(WriterProperties::new());
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).expect("a writer");
        let mut group = writer.next_row_group().expect("a group");
        for text in [&b"1000001"[..], name] {
            let mut column = group.next_column().expect("a column").expect("a column");
            let values = vec![ByteArray::from(text.to_vec()); rows];
            column.typed::<ByteArrayType>().write_batch(&values, None, None).expect("values");
            column.close().expect("a column");
        }
        let mut column = group.next_column().expect("a column").expect("a column");
        column.typed::<Int64Type>().write_batch(&vec![342_401; rows], None, None).expect("values");
        column.close().expect("a column");
        group.close().expect("a group");
        writer.close().expect("a file");
        bytes
    };
    let good = read_bytes("a.parquet", &file("王德福".as_bytes(), 2));
    assert_eq!(column(&good.sheets[0], "name"), ["王德福", "王德福"]);
    assert!(notes(&good).contains("“证件号码”列存成了数字"), "{}", notes(&good));
    refused("b.parquet", &file(&[b'a', 0xFF, 0xFE], 2), "not UTF-8");
    refused("c.parquet", &file(&vec![b'a'; 200_000], 2), "longer than any cell");
    let dictionary = file("村".repeat(10_000).as_bytes(), 100_000);
    assert!(dictionary.len() < 400_000, "{}", dictionary.len());
    assert!(try_read("d.parquet", &dictionary).is_err());
}

#[test]
fn a_reader_that_gives_up_is_the_file_s_fault() {
    let mut scratch = tempfile::NamedTempFile::new().expect("a scratch file");
    scratch.write_all(b"x").expect("bytes");
    let limits = Limits::default();
    let (content, hash) = load(scratch.path(), "a.xls", &limits).expect("a file");
    let source = Source { path: scratch.path(), file: "a.xls", side: "national", limits: &limits, content: &content };
    let told = behind_door(&source, &hash, || panic!("index out of range")).expect_err("a refusal");
    let told = told.lines(crate::error::Lang::Zh).join("\n");
    assert!(told.starts_with("a.xls: 文件结构损坏") && told.contains("另存为 xlsx"), "{told}");
}
