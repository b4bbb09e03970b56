//! What a file is, by its bytes.
//!
//! | first bytes | what it is |
//! |---|---|
//! | `PK\3\4`, after whatever a download page left before it | a zip: xlsx, xlsb or ods by its entries |
//! | `D0 CF 11 E0` | an OLE container: xls, or an xlsx under a password, by its streams |
//! | `PAR1` | parquet |
//! | `<`, after white space | SpreadsheetML 2003 or HTML, saved as `.xls` by web systems |
//! | other text | CSV or tab-separated text, whatever it is named |
//!
//! Anything else is refused with the name of what it is and what to do instead.

use std::io::Read;

use super::source::{Source, both};
use super::zip_guard;
use crate::error::{Error, Result};
use crate::say;

/// A format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Xlsx,
    Xlsb,
    Ods,
    Xls,
    Html,
    SpreadsheetMl,
    Parquet,
    Text,
}

/// Bytes looked at: enough for the declarations of HTML and XML.
const HEAD_BYTES: u64 = 4096;
const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

const ZIP: &[u8] = b"PK\x03\x04";

/// Formats that are recognised in order to be refused.
const UNSUPPORTED: &[(&[u8], &str)] = &[
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xFF\xD8\xFF", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xBC\xAF", "7-Zip"),
    (b"\x1F\x8B", "gzip"),
    (b"SQLite format 3", "SQLite"),
    (b"MIME-Version:", "MHTML"),
    (b"\x09\x00\x04\x00", "Excel 2"),
    (b"\x09\x02\x06\x00", "Excel 3"),
    (b"\x09\x04\x06\x00", "Excel 4"),
];

/// The format of a file.
pub(super) fn format(source: &Source<'_>) -> Result<Format> {
    let mut head = Vec::new();
    source.open()?.take(HEAD_BYTES).read_to_end(&mut head).map_err(|cause| source.unreadable(&cause))?;
    if head.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, 0 | 0xEF | 0xBB | 0xBF)) {
        return if is_all_blank(source)? { Err(source.empty()) } else { Ok(Format::Text) };
    }
    if let Some((_, name)) = UNSUPPORTED.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(unsupported(source, name));
    }
    if head.starts_with(b"PK") || head.windows(ZIP.len()).any(|bytes| bytes == ZIP) {
        return zip_format(source);
    }
    if head.starts_with(OLE) {
        return ole_format(source);
    }
    if head.starts_with(b"PAR1") {
        return Ok(Format::Parquet);
    }
    text_format(source, &head)
}

fn is_all_blank(source: &Source<'_>) -> Result<bool> {
    let bytes = source.bytes()?;
    Ok(bytes.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, 0 | 0xEF | 0xBB | 0xBF)))
}

fn zip_format(source: &Source<'_>) -> Result<Format> {
    source.check_size(source.limits.max_file_bytes)?;
    let names = zip_guard::names(source)?;
    let has = |name: &str| names.iter().any(|entry| entry.eq_ignore_ascii_case(name));
    let begins = |folder: &str| names.iter().any(|entry| entry.starts_with(folder));
    match () {
        () if has("xl/workbook.bin") => Ok(Format::Xlsb),
        () if has("xl/workbook.xml") || begins("xl/") => Ok(Format::Xlsx),
        () if has("content.xml") && has("mimetype") => Ok(Format::Ods),
        () if begins("word/") => Err(unsupported(source, "Word (docx)")),
        () if begins("ppt/") => Err(unsupported(source, "PowerPoint (pptx)")),
        () => Err(unsupported(source, "zip")),
    }
}

/// An OLE container by the names of its streams, which its directory holds in UTF-16.
fn ole_format(source: &Source<'_>) -> Result<Format> {
    let bytes = source.bytes()?;
    let has = |stream: &str| {
        let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|window| window == name)
    };
    match () {
        () if has("EncryptedPackage") => Err(source.encrypted()),
        () if has("WordDocument") => Err(unsupported(source, "Word (doc)")),
        () if has("PowerPoint Document") => Err(unsupported(source, "PowerPoint (ppt)")),
        () if has("Workbook") || has("Book") => Ok(Format::Xls),
        () => Err(unsupported(source, "OLE")),
    }
}

fn text_format(source: &Source<'_>, head: &[u8]) -> Result<Format> {
    let is_utf16 = head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
    let text: String =
        head.iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, 'ï' | '»' | '¿' | 'ÿ' | 'þ'));
    let controls = head.iter().filter(|byte| matches!(byte, 1..=8 | 14..=25 | 28..=31)).count();
    match () {
        () if text.starts_with('<') && is_spreadsheet_ml(text) => Ok(Format::SpreadsheetMl),
        () if text.starts_with('<') && is_html(text) => Ok(Format::Html),
        () if text.starts_with("<?xml") || text.starts_with("<office:") => Err(unsupported(source, "XML")),
        () if text.starts_with("[{") || text.starts_with("{\"") => Err(unsupported(source, "JSON")),
        () if !is_utf16 && controls * 10 > head.len() => Err(unsupported(source, "二进制/binary")),
        () => Ok(Format::Text),
    }
}

fn is_spreadsheet_ml(text: &str) -> bool {
    text.contains("urn:schemas-microsoft-com:office:spreadsheet") && !is_html(text) || text.contains("<workbook")
}

fn is_html(text: &str) -> bool {
    ["<html", "<!doctype html", "<table", "<head", "<meta", "<body", "<style", "<div"]
        .iter()
        .any(|tag| text.contains(tag))
}

fn unsupported(source: &Source<'_>, name: &str) -> Error {
    let (name, name_en) = both(name);
    source.refuse(
        say!("这是 {name} 文件，不能读取", "this is a {name_en} file, which cannot be read"),
        say!(
            "请从系统导出 Excel（xlsx、xls）或 CSV；压缩包请先解压",
            "export Excel (xlsx, xls) or CSV from the system; unpack archives first"
        ),
    )
}
