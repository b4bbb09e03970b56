//! Bytes → text: which encoding, and which lines of it are damaged.
//!
//! County practice knows three: UTF-8 with or without a byte-order mark, UTF-16 with one (Excel's "Unicode text"), and
//! GB18030, which is what Chinese Excel calls CSV. A statistical detector fails on two-character rows, so the decision
//! is by proof: what is not ASCII is tried as UTF-8, and the majority of characters decides, whether there are line breaks
//! between them or not. Text in GB18030 is almost never valid UTF-8, and text in UTF-8 with a damaged place has all its other
//! characters to speak for it. Lines that do not decode are found again by U+FFFD and rejected one by one.

use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use super::source::Source;
use crate::error::{Error, Result, Text};
use crate::say;

/// An encoding and why.
#[derive(Debug, Clone)]
pub(super) struct Charset {
    /// The encoding.
    pub(super) encoding: &'static Encoding,
    /// Bytes of byte-order mark to skip.
    pub(super) mark_bytes: usize,
    /// How it was decided.
    pub(super) reason: Text,
}

impl Charset {
    /// As staff know it: `GB18030`, `UTF-8`.
    pub(super) fn name(&self) -> &'static str {
        if self.encoding == GB18030 { "GB18030" } else { self.encoding.name() }
    }

    /// Refuses a document of which a line is in another encoding.
    pub(super) fn check_all(&self, source: &Source<'_>, bytes: &[u8]) -> Result<()> {
        line_of_another(bytes, self.encoding).map_or(Ok(()), |line| Err(two_encodings(source, line)))
    }

    /// The text of some whole lines, and whether bytes had to be replaced.
    pub(super) fn decode<'b>(&self, bytes: &'b [u8]) -> (std::borrow::Cow<'b, str>, bool) {
        self.encoding.decode_without_bom_handling(bytes)
    }
}

/// The encoding of a text from its beginning: some megabytes suffice.
pub(super) fn detect(sample: &[u8]) -> Charset {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(sample) {
        let name = encoding.name();
        return Charset {
            encoding,
            mark_bytes,
            reason: say!("编码 {name}：文件开头有标记（BOM）", "encoding {name}: byte-order mark"),
        };
    }
    if let Some(encoding) = unmarked_utf16(sample) {
        let name = encoding.name();
        return Charset {
            encoding,
            mark_bytes: 0,
            reason: say!("编码 {name}：隔字节为零", "encoding {name}: every other byte is zero"),
        };
    }
    let (valid, invalid) = utf8_characters(sample);
    let (encoding, reason) = match (valid, invalid) {
        (0, 0) => (UTF_8, say!("编码 UTF-8：全为 ASCII", "encoding UTF-8: all ASCII")),
        (_, 0) => (UTF_8, say!("编码 UTF-8：内容合法", "encoding UTF-8: valid")),
        (valid, invalid) if valid > invalid => {
            (UTF_8, say!("编码 UTF-8：{invalid} 处有损坏", "encoding UTF-8: damaged in {invalid} places"))
        }
        _ => (GB18030, say!("编码 GB18030：不是合法的 UTF-8", "encoding GB18030: not valid UTF-8")),
    };
    Charset { encoding, mark_bytes: 0, reason }
}

/// The encoding of a document that may declare one (`charset=gb2312`, `encoding="GBK"`): proof goes before declaration.
pub(super) fn detect_declared(bytes: &[u8]) -> Charset {
    let found = detect(bytes);
    if found.encoding != GB18030 {
        return found;
    }
    match declared(bytes) {
        Some(encoding) if encoding != GB18030 && encoding != GBK && encoding != UTF_8 => {
            let name = encoding.name();
            Charset {
                encoding,
                mark_bytes: 0,
                reason: say!("编码 {name}：文件声明", "encoding {name}: declared by the file"),
            }
        }
        _ => found,
    }
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head: String = bytes.iter().take(4096).map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    let after = ["charset=", "encoding="].iter().find_map(|word| Some(&head[head.find(word)? + word.len()..]))?;
    let label = after.trim_start_matches(['"', '\'']).split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next()?;
    Encoding::for_label(label.as_bytes())
}

/// UTF-16 without a mark: in an export most characters of the first line's punctuation and digits have a zero byte.
fn unmarked_utf16(sample: &[u8]) -> Option<&'static Encoding> {
    let head = &sample[..sample.len().min(4096) & !1];
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), head.len() / 2);
    match () {
        () if pairs >= 4 && odd * 10 > pairs && even * 50 < odd => Some(UTF_16LE),
        () if pairs >= 4 && even * 10 > pairs && odd * 50 < even => Some(UTF_16BE),
        () => None,
    }
}

/// The first line, counted from 1, that proves to be in another encoding than the text: two files joined byte by byte.
///
/// Chance makes a word of one encoding valid in the other, a line hardly ever: one line of [`PROOF`] Chinese characters
/// proves it, or several shorter ones.
pub(super) fn line_of_another(text: &[u8], encoding: &'static Encoding) -> Option<usize> {
    let characters: fn(&[u8]) -> usize = match encoding {
        encoding if encoding == UTF_8 && std::str::from_utf8(text).is_ok() => return None,
        encoding if encoding == UTF_8 => chinese_in_gb2312,
        encoding if encoding == GB18030 => chinese_in_utf8,
        _ => return None,
    };
    let (mut first, mut weak, mut lines) = (None, 0, 0);
    for (at, line) in text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_ascii()) {
        lines += 1;
        let is_own = encoding == UTF_8 && std::str::from_utf8(line).is_ok();
        match if is_own { 0 } else { characters(line) } {
            0 | 1 => {}
            PROOF.. => return Some(first.unwrap_or(at + 1)),
            _ => {
                weak += 1;
                first.get_or_insert(at + 1);
            }
        }
    }
    first.filter(|_| weak >= PROOF && weak * 50 >= lines)
}

/// The refusal of a file in two encodings, of which a line is one proof.
pub(super) fn two_encodings(source: &Source<'_>, line: usize) -> Error {
    source.refuse(
        say!(
            "文件里混有两种编码，如文本第 {line} 行",
            "the file is written in two encodings, see line {line} of the text"
        ),
        say!("请重新导出；不要把两个文件直接拼接", "export it again; do not join files byte by byte"),
    )
}

/// So many characters, or lines, are no chance.
const PROOF: usize = 4;

/// Chinese characters of a line when all of it is UTF-8.
fn chinese_in_utf8(line: &[u8]) -> usize {
    let is_chinese = |c: &char| matches!(c, '\u{4E00}'..='\u{9FFF}');
    std::str::from_utf8(line).map_or(0, |line| line.chars().filter(is_chinese).count())
}

/// Chinese characters of a line when all of it is ASCII and the common part of GB18030.
fn chinese_in_gb2312(line: &[u8]) -> usize {
    let (mut at, mut characters) = (0, 0);
    while let Some(byte) = line.get(at) {
        match (byte, line.get(at + 1)) {
            (0..=0x7F, _) => at += 1,
            (0xB0..=0xF7, Some(0xA1..=0xFE)) => (at, characters) = (at + 2, characters + 1),
            (0xA1..=0xA9, Some(0xA1..=0xFE)) => at += 2,
            _ => return 0,
        }
    }
    characters
}

/// How many characters that are not ASCII are valid UTF-8, and in how many places the text is not. A sample may cut its last
/// character.
fn utf8_characters(sample: &[u8]) -> (usize, usize) {
    let (mut valid, mut invalid) = (0, 0);
    let mut chunks = sample.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        let is_cut = chunks.peek().is_none()
            && std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none());
        invalid += usize::from(!chunk.invalid().is_empty() && !is_cut);
    }
    (valid, invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &'static Encoding) {
        assert_eq!(detect(bytes).encoding, expected, "{bytes:?}");
    }

    #[test]
    fn the_encoding_is_proved() {
        let text = "户编号,姓名\n1,张三\n2,𠮷小\n";
        check(text.as_bytes(), UTF_8);
        check(&GB18030.encode(text).0, GB18030);
        check("村,户\n".as_bytes(), UTF_8);
        check(&GB18030.encode("村,户\n").0, GB18030);
        check("村,户".as_bytes(), UTF_8);
        check(&"村,户".as_bytes()[..6], UTF_8);
        check(&GB18030.encode("<html><td>户编号</td><td>姓名</td><td>张三</td></html>").0, GB18030);
        check(&GB18030.encode("<html>\n<td>户编号</td><td>姓名</td><td>张三</td></html>").0, GB18030);
        check(b"a,b\n1,2\n", UTF_8);
        check(b"\xEF\xBB\xBFa,b", UTF_8);
        let utf16: Vec<u8> = "户编号,1\r\n2,3\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&[&[0xFF, 0xFE][..], &utf16].concat(), UTF_16LE);
        check(&utf16, UTF_16LE);
    }

    #[test]
    fn one_damaged_line_does_not_turn_utf8_into_gb18030() {
        check("姓名\n张三\n李四\n".as_bytes(), UTF_8);
        check(&["姓名\n张三\n".as_bytes(), b"\xE5\xBC\n", "李四\n".as_bytes()].concat(), UTF_8);
    }

    #[test]
    fn a_declaration_counts_only_where_proof_is_silent() {
        let big5 = encoding_rs::BIG5.encode("<meta charset=big5><td>戶編號</td>\n").0.into_owned();
        assert_eq!(detect_declared(&big5).encoding, encoding_rs::BIG5);
        let wrong = "<meta charset=gb2312><td>户编号</td>\n".as_bytes();
        assert_eq!(detect_declared(wrong).encoding, UTF_8);
        let gbk = GB18030.encode("<meta charset=gb2312><td>户编号𠮷</td>\n").0.into_owned();
        assert_eq!(detect_declared(&gbk).name(), "GB18030");
    }

    #[test]
    fn two_encodings_in_one_file_are_seen() {
        let line = |at: usize| format!("57{at:05},王德福,示例县城关镇东风村\n");
        let rows = |rows: std::ops::Range<usize>| rows.map(line).collect::<String>();
        let gb = |text: &str| GB18030.encode(text).0.into_owned();
        let first_in_utf8 = [rows(0..20).into_bytes(), gb(&rows(20..22))].concat();
        assert_eq!(line_of_another(&first_in_utf8, UTF_8), Some(21));
        let first_in_gb = [gb(&rows(0..20)), rows(20..21).into_bytes()].concat();
        assert_eq!(line_of_another(&first_in_gb, GB18030), Some(21));
        assert_eq!(line_of_another(&gb(&rows(0..50)), GB18030), None);
        let mut damaged = rows(0..50).into_bytes();
        for at in (20..damaged.len()).step_by(97) {
            damaged[at] ^= 0x15;
        }
        assert_eq!(line_of_another(&damaged, UTF_8), None);
        // 联通 is the word that is also UTF-8.
        assert_eq!(line_of_another(&gb("1,联通\n2,联通\n3,王五\n"), GB18030), None);
    }
}
