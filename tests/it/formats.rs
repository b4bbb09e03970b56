//! One table in every format that exports come in, written as plainly as each format allows.
//!
//! What a program of our own dependencies writes is made by it (xlsx, parquet); the others are written here byte by
//! byte: BIFF8 records in an OLE container, BIFF12 records in a zip, OpenDocument, SpreadsheetML, HTML, text.

use std::io::{Cursor, Write};
use std::sync::Arc;

use encoding_rs::GB18030;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use zip::write::SimpleFileOptions;

/// A format, by what is written in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Xlsx,
    /// Texts in the cells, not in a table of strings.
    XlsxInline,
    Xlsb,
    Ods,
    Xls,
    Utf8,
    /// Every cell in quotes.
    Quoted,
    Gb18030,
    Utf16,
    Html,
    HtmlGbk,
    SpreadsheetMl,
    Parquet,
}

impl Format {
    pub(crate) const ALL: [Self; 13] = [
        Self::Xlsx,
        Self::XlsxInline,
        Self::Xlsb,
        Self::Ods,
        Self::Xls,
        Self::Utf8,
        Self::Quoted,
        Self::Gb18030,
        Self::Utf16,
        Self::Html,
        Self::HtmlGbk,
        Self::SpreadsheetMl,
        Self::Parquet,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::XlsxInline => "xlsx-inline",
            Self::Xlsb => "xlsb",
            Self::Ods => "ods",
            Self::Xls => "xls",
            Self::Utf8 => "csv",
            Self::Quoted => "csv-quoted",
            Self::Gb18030 => "csv-gb18030",
            Self::Utf16 => "csv-utf16",
            Self::Html => "html",
            Self::HtmlGbk => "html-gbk",
            Self::SpreadsheetMl => "spreadsheetml",
            Self::Parquet => "parquet",
        }
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Xlsx | Self::XlsxInline => "xlsx",
            Self::Xlsb => "xlsb",
            Self::Ods => "ods",
            Self::Xls | Self::Html | Self::HtmlGbk | Self::SpreadsheetMl => "xls",
            Self::Utf8 | Self::Quoted | Self::Gb18030 | Self::Utf16 => "csv",
            Self::Parquet => "parquet",
        }
    }

    /// Whether the file is a zip of parts.
    pub(crate) fn is_zip(self) -> bool {
        matches!(self, Self::Xlsx | Self::XlsxInline | Self::Xlsb | Self::Ods)
    }

    /// What ends a row in the bytes that hold the rows; empty where rows have no end of their own.
    pub(crate) fn row_end(self) -> &'static [u8] {
        match self {
            Self::Xlsx | Self::XlsxInline => b"</row>",
            Self::Ods => b"</table:table-row>",
            Self::Utf8 | Self::Quoted | Self::Gb18030 => b"\r\n",
            Self::Utf16 => b"\r\0\n\0",
            Self::Html | Self::HtmlGbk => b"</tr>",
            Self::SpreadsheetMl => b"</Row>",
            Self::Xlsb | Self::Xls | Self::Parquet => b"",
        }
    }

    /// The part of a zip that holds the rows.
    pub(crate) fn row_part(self) -> &'static str {
        match self {
            Self::Xlsx | Self::XlsxInline => "xl/worksheets/sheet1.xml",
            Self::Xlsb => "xl/worksheets/sheet1.bin",
            Self::Ods => "content.xml",
            _ => "",
        }
    }

    /// The table as a file.
    pub(crate) fn write(self, table: &[Vec<String>]) -> Vec<u8> {
        match self {
            Self::Xlsx => xlsx(table, false),
            Self::XlsxInline => xlsx(table, true),
            Self::Xlsb => xlsb(table),
            Self::Ods => ods(table),
            Self::Xls => xls(table),
            Self::Utf8 => [b"\xEF\xBB\xBF", lines(table, false).as_bytes()].concat(),
            Self::Quoted => lines(table, true).into_bytes(),
            Self::Gb18030 => GB18030.encode(&lines(table, false)).0.into_owned(),
            Self::Utf16 => utf16(&format!("\u{FEFF}{}", lines(table, false))),
            Self::Html => html(table, "utf-8").into_bytes(),
            Self::HtmlGbk => GB18030.encode(&html(table, "gb2312")).0.into_owned(),
            Self::SpreadsheetMl => spreadsheetml(table).into_bytes(),
            Self::Parquet => parquet(table),
        }
    }
}

fn lines(table: &[Vec<String>], quoted: bool) -> String {
    let cell = |cell: &String| match quoted || cell.contains([',', '"', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    table.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n").collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn xlsx(table: &[Vec<String>], inline: bool) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet =
        if inline { workbook.add_worksheet_with_constant_memory().expect("a sheet") } else { workbook.add_worksheet() };
    for (at, row) in (0..).zip(table) {
        for (column, cell) in (0..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(at, column, cell).expect("a cell");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

/// A zip of deflated parts.
pub(crate) fn zip_of(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).expect("an entry");
        zip.write_all(bytes).expect("bytes");
    }
    zip.finish().expect("a zip").into_inner()
}

fn part(name: &str, bytes: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    (name.to_owned(), bytes.into())
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook of BIFF12 records, every text in its cell.
fn xlsb(table: &[Vec<String>]) -> Vec<u8> {
    let wide = |text: &str| {
        let units = utf16(text);
        [&u32::try_from(units.len() / 2).expect("short").to_le_bytes()[..], &units].concat()
    };
    let sheet_entry = [&[0; 4][..], &1_u32.to_le_bytes(), &wide("rId1"), &wide("Sheet1")].concat();
    let book = [biff12(0x83, &[]), biff12(0x8F, &[]), biff12(0x9C, &sheet_entry), biff12(0x90, &[]), biff12(0x84, &[])]
        .concat();
    let last = |count: usize| u32::try_from(count - 1).expect("small").to_le_bytes();
    let size = [[0; 4], last(table.len()), [0; 4], last(table[0].len())].concat();
    let mut sheet = [biff12(0x81, &[]), biff12(0x94, &size), biff12(0x91, &[])].concat();
    for (at, row) in (0_u32..).zip(table) {
        sheet.extend(biff12(0x00, &[&at.to_le_bytes()[..], &[0; 13]].concat()));
        for (column, cell) in (0_u32..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
            sheet.extend(biff12(0x06, &[&column.to_le_bytes()[..], &[0; 4], &wide(cell)].concat()));
        }
    }
    sheet.extend([biff12(0x92, &[]), biff12(0x82, &[])].concat());
    zip_of(&[
        part(
            "[Content_Types].xml",
            format!(
                "{XML}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"bin\" \
                 ContentType=\"application/vnd.ms-excel.sheet.binary.macroEnabled.main\"/><Default Extension=\"rels\" \
                 ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/></Types>"
            ),
        ),
        part(
            "_rels/.rels",
            format!(
                "{XML}<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" \
                 Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.bin\"/></Relationships>"
            ),
        ),
        part("xl/workbook.bin", book),
        part(
            "xl/_rels/workbook.bin.rels",
            format!(
                "{XML}<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" \
                 Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.bin\"/></Relationships>"
            ),
        ),
        part("xl/worksheets/sheet1.bin", sheet),
    ])
}

/// A BIFF12 record: kind (its second byte 1 from 128 on), length in groups of seven bits, content.
fn biff12(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut record = if kind >= 0x80 { vec![kind, 0x01] } else { vec![kind] };
    let mut length = content.len();
    loop {
        let low = u8::try_from(length & 0x7F).expect("seven bits");
        length >>= 7;
        record.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    record.extend(content);
    record
}

fn ods(table: &[Vec<String>]) -> Vec<u8> {
    let cell = |cell: &String| match cell.is_empty() {
        true => "<table:table-cell/>".to_owned(),
        false => format!(
            "<table:table-cell office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>",
            escaped(cell)
        ),
    };
    let row =
        |row: &Vec<String>| format!("<table:table-row>{}</table:table-row>", row.iter().map(cell).collect::<String>());
    let rows: String = table.iter().map(row).collect();
    let namespaces = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
                      xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
                      xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"";
    let content = format!(
        "{XML}<office:document-content {namespaces} office:version=\"1.2\"><office:body><office:spreadsheet>\
         <table:table table:name=\"Sheet1\">{rows}</table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    let manifest = format!(
        "{XML}<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"></manifest:manifest>"
    );
    zip_of(&[
        part("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        part("META-INF/manifest.xml", manifest),
        part("content.xml", content),
    ])
}

/// Largest content of a BIFF8 record.
const RECORD: usize = 8224;

/// A workbook of BIFF8 records with a table of strings, as Excel 97 writes it.
fn xls(table: &[Vec<String>]) -> Vec<u8> {
    let word = |number: usize| u16::try_from(number).expect("small").to_le_bytes();
    let long = |number: usize| u32::try_from(number).expect("small").to_le_bytes();
    let mut ordinals: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let mut strings: Vec<&str> = Vec::new();
    let mut cells = Vec::new();
    for (at, row) in table.iter().enumerate() {
        for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let ordinal = *ordinals.entry(cell).or_insert_with(|| {
                strings.push(cell);
                strings.len() - 1
            });
            cells.extend(biff8(0x00FD, &[&word(at)[..], &word(column), &[0, 0], &long(ordinal)].concat()));
        }
    }
    // Strings are never split: a record that is full is continued with the next string.
    let mut blocks = vec![[long(table.len()), long(strings.len())].concat()];
    for text in &strings {
        let units = utf16(text);
        let string = [&word(units.len() / 2)[..], &[1], &units].concat();
        if blocks.last().expect("a block").len() + string.len() > RECORD {
            blocks.push(Vec::new());
        }
        blocks.last_mut().expect("a block").extend(string);
    }
    let kind = |ix: usize| if ix == 0 { 0x00FC } else { 0x003C };
    let shared: Vec<u8> = blocks.iter().enumerate().flat_map(|(ix, block)| biff8(kind(ix), block)).collect();
    let begin = |kind: u8| biff8(0x0809, &[&[0, 6, kind, 0][..], &[0; 12]].concat());
    let (globals, end) = (begin(5), biff8(0x000A, &[]));
    let sheet_at = globals.len() + 4 + 8 + 6 + shared.len() + end.len();
    let sheet_entry = biff8(0x0085, &[&long(sheet_at)[..], &[0, 0, 6, 0], b"Sheet1"].concat());
    let size = [&long(0)[..], &long(table.len()), &word(0), &word(table[0].len()), &[0, 0]].concat();
    let sheet = [begin(0x10), biff8(0x0200, &size), cells, end.clone()].concat();
    ole("Workbook", &[globals, sheet_entry, shared, end, sheet].concat())
}

fn biff8(kind: u16, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("a short record");
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), content].concat()
}

/// An OLE container of one stream: header, allocation table, directory, then the stream in order.
fn ole(name: &str, stream: &[u8]) -> Vec<u8> {
    const SECTOR: usize = 512;
    const FREE: u32 = 0xFFFF_FFFF;
    const END: u32 = 0xFFFF_FFFE;
    const TABLE: u32 = 0xFFFF_FFFD;
    let small = |number: usize| u32::try_from(number).expect("small");
    let sectors = stream.len().max(4096).div_ceil(SECTOR);
    // The table must hold itself, the directory and the stream, 128 sectors to a sector.
    let tables = (1..).find(|tables| tables * 128 > tables + sectors).expect("a size");
    assert!(tables <= 109, "the stream is too long for a header alone");
    let directory_at = tables;
    let stream_at = tables + 1;
    let mut file = Vec::from(*b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    file.extend([0; 16]);
    file.extend([0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    file.extend([0; 10]);
    for word in [small(tables), small(directory_at), 0, 4096, END, 0, END, 0] {
        file.extend(word.to_le_bytes());
    }
    for at in 0..109 {
        file.extend((if at < tables { small(at) } else { FREE }).to_le_bytes());
    }
    let mut allocation = vec![TABLE; tables];
    allocation.push(END);
    allocation.extend((1..sectors).map(|at| small(stream_at + at)));
    allocation.push(END);
    allocation.resize(tables * 128, FREE);
    allocation.iter().for_each(|word| file.extend(word.to_le_bytes()));
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: usize| {
        let mut entry = utf16(name);
        let length = u16::try_from(entry.len() + 2).expect("short");
        entry.resize(64, 0);
        entry.extend(length.to_le_bytes());
        entry.extend([kind, 1]);
        [FREE, FREE, child].iter().for_each(|link| entry.extend(link.to_le_bytes()));
        entry.resize(116, 0);
        entry.extend(start.to_le_bytes());
        entry.extend(small(size).to_le_bytes());
        entry.resize(128, 0);
        entry
    };
    let size = stream.len().max(4096);
    let mut directory = entry("Root Entry", 5, 1, END, 0);
    directory.extend(entry(name, 2, FREE, small(stream_at), size));
    directory.resize(SECTOR, 0);
    file.extend(directory);
    file.extend(stream);
    file.resize(SECTOR * (1 + stream_at + sectors), 0);
    file
}

fn html(table: &[Vec<String>], charset: &str) -> String {
    let row = |row: &Vec<String>| {
        let cells = row.iter().map(|cell| format!("<td>{}</td>", escaped(cell)));
        format!("<tr>{}</tr>\r\n", cells.collect::<String>())
    };
    let rows: String = table.iter().map(row).collect();
    format!(
        "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><head><meta http-equiv=\"Content-Type\" \
         content=\"text/html; charset={charset}\"></head><body><table border=\"1\">\r\n{rows}</table></body></html>\r\n"
    )
}

fn spreadsheetml(table: &[Vec<String>]) -> String {
    let cell = |cell: &String| match cell.is_empty() {
        true => "<Cell/>".to_owned(),
        false => format!("<Cell><Data ss:Type=\"String\">{}</Data></Cell>", escaped(cell)),
    };
    let row = |row: &Vec<String>| format!("<Row>{}</Row>\r\n", row.iter().map(cell).collect::<String>());
    let rows: String = table.iter().map(row).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<?mso-application progid=\"Excel.Sheet\"?>\r\n\
         <Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" \
         xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">\r\n<Worksheet ss:Name=\"Sheet1\"><Table>\r\n\
         {rows}</Table></Worksheet></Workbook>\r\n"
    )
}

fn parquet(table: &[Vec<String>]) -> Vec<u8> {
    use parquet::basic::{LogicalType, Repetition, Type as Physical};
    let column = |header: &String| {
        let text = Type::primitive_type_builder(header, Physical::BYTE_ARRAY);
        let text = text.with_repetition(Repetition::OPTIONAL).with_logical_type(Some(LogicalType::String));
        Arc::new(text.build().expect("a column"))
    };
    let fields = table[0].iter().map(column).collect();
    let schema = Arc::new(Type::group_type_builder("rows").with_fields(fields).build().expect("a schema"));
    let mut bytes = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::new())).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    let mut at = 0;
    while let Some(mut column) = group.next_column().expect("a column") {
        let cells = || table[1..].iter().map(|row| &row[at]);
        let texts: Vec<ByteArray> =
            cells().filter(|cell| !cell.is_empty()).map(|cell| ByteArray::from(cell.as_str())).collect();
        let present: Vec<i16> = cells().map(|cell| i16::from(!cell.is_empty())).collect();
        column.typed::<ByteArrayType>().write_batch(&texts, Some(&present), None).expect("values");
        column.close().expect("a column");
        at += 1;
    }
    group.close().expect("a group");
    writer.close().expect("a file");
    bytes
}
