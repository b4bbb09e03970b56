//! Container checks before a workbook is trusted.
//!
//! A 523 KB file can unpack to 512 MiB, and parsers allocate what they are told to: an abort, not an error. So before
//! any parser sees a zip, its directory is checked (entries, nested or escaping paths, declared sizes, ratio), and
//! then every part that will be parsed is unpacked once into nothing, counting: a declared size that is a lie is found
//! here. The same pass tells which parts may merge cells over several rows: only those are read twice, for their ranges
//! stand behind the rows. Thresholds after Apache POI's zip-bomb guard and measurements on real exports (10:1).

use std::collections::BTreeSet;
use std::io::{BufReader, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::content::Input;
use super::package::plain;
use super::source::Source;
use crate::error::{Error, Result};
use crate::say;

const MAX_ENTRIES: usize = 1024;
const RATIO_FREE_BYTES: u64 = 1 << 20;
const CHUNK_BYTES: usize = 64 << 10;
/// An element longer than this is none that states a range.
const MAX_ELEMENT_BYTES: usize = 256;
const MERGE: &[u8] = b"mergeCell";
/// The end of a container's directory, and how much may follow its first byte.
const END: &[u8] = b"PK\x05\x06";
const MAX_END_BYTES: usize = 22 + 65_535;

/// The names of all entries.
pub(super) fn names(source: &Source<'_>) -> Result<Vec<String>> {
    let mut archive = open(source)?;
    check_entry_count(source, archive.len())?;
    (0..archive.len())
        .map(|index| {
            let entry = archive.by_index_raw(index).map_err(|cause| broken(source, &cause))?;
            let name = entry.name().map_err(|cause| broken(source, &cause))?;
            Ok(name.replace('\\', "/"))
        })
        .collect()
}

/// Checks the container; gives the plain paths of the parts that may merge cells over several rows.
pub(super) fn check(source: &Source<'_>) -> Result<BTreeSet<String>> {
    source.check_size(source.limits.max_file_bytes)?;
    let mut archive = open(source)?;
    check_entry_count(source, archive.len())?;
    check_listed(source, archive.len())?;
    check_directory(source, &mut archive)?;
    let mut tall = BTreeSet::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|cause| broken(source, &cause))?;
        let (name, declared) = (entry.name().map_err(|cause| broken(source, &cause))?.into_owned(), entry.size());
        if is_parsed(&name) && unpack(&mut entry, declared).map_err(|lie| lie.refuse(source))? {
            tall.insert(plain("", &name));
        }
    }
    Ok(tall)
}

/// Opens the container.
pub(super) fn open(source: &Source<'_>) -> Result<ZipArchive<BufReader<Input>>> {
    ZipArchive::new(BufReader::new(source.open()?)).map_err(|cause| broken(source, &cause))
}

fn check_entry_count(source: &Source<'_>, entries: usize) -> Result<()> {
    if entries <= MAX_ENTRIES {
        return Ok(());
    }
    Err(suspicious(source, say!("内含 {entries} 个部件", "it holds {entries} entries")))
}

/// Refuses a container whose directory lists more entries than there are names: two of one name, of which only one
/// would be read. The directory states its own length at the end of the file.
fn check_listed(source: &Source<'_>, entries: usize) -> Result<()> {
    let bytes = source.bytes()?;
    let end = bytes.len().saturating_sub(MAX_END_BYTES);
    let at = bytes[end..].windows(END.len()).rposition(|window| window == END).map(|at| end + at);
    let listed = at.and_then(|at| Some(usize::from(u16::from_le_bytes(bytes.get(at + 10..at + 12)?.try_into().ok()?))));
    // A directory in the large format states its length elsewhere, and holds more entries than are allowed.
    match listed.filter(|listed| *listed != usize::from(u16::MAX) && *listed != entries) {
        Some(_) => Err(suspicious(source, say!("两个部件同名", "two entries of one name"))),
        None => Ok(()),
    }
}

/// Paths, declared sizes and ratios.
fn check_directory(source: &Source<'_>, archive: &mut ZipArchive<BufReader<Input>>) -> Result<()> {
    let limits = source.limits;
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|cause| broken(source, &cause))?;
        let (size, packed) = (entry.size(), entry.compressed_size());
        let name = entry.name().map_err(|cause| broken(source, &cause))?;
        if name.split(['/', '\\']).any(|step| step == "..") {
            return Err(suspicious(
                source,
                say!("部件路径指向容器之外", "an entry's path leads outside the container"),
            ));
        }
        total = total.saturating_add(size);
        let ratio = size / packed.max(1);
        if size > RATIO_FREE_BYTES && ratio > limits.max_ratio {
            return Err(suspicious(source, say!("部件压缩比达 {ratio}:1", "an entry unpacks {ratio}:1")));
        }
    }
    if total > limits.max_unpacked_bytes {
        let mib = total >> 20;
        return Err(suspicious(source, say!("解压后达 {mib} MiB", "it unpacks to {mib} MiB")));
    }
    Ok(())
}

/// The parts that a parser reads; pictures are not.
fn is_parsed(name: &str) -> bool {
    [".xml", ".rels", ".bin"].iter().any(|ending| name.to_ascii_lowercase().ends_with(ending))
}

/// Why an entry cannot be trusted.
enum Lie {
    LargerThanDeclared,
    Unreadable(std::io::Error),
}

impl Lie {
    fn refuse(self, source: &Source<'_>) -> Error {
        match self {
            Self::LargerThanDeclared => {
                suspicious(source, say!("部件比声明的更大", "an entry is larger than it declares"))
            }
            Self::Unreadable(cause) => broken(source, &ZipError::Io(cause)),
        }
    }
}

/// Unpacks an entry into nothing; true when it may merge cells over several rows.
fn unpack(entry: &mut impl Read, declared: u64) -> std::result::Result<bool, Lie> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut scan = MergeScan::default();
    let mut total = 0_u64;
    loop {
        let read = entry.read(&mut chunk).map_err(Lie::Unreadable)?;
        if read == 0 {
            return Ok(scan.found);
        }
        if total == 0 {
            // What is not written in single bytes is not searched for them.
            scan.found = chunk[..read].starts_with(&[0xFF, 0xFE])
                || chunk[..read].starts_with(&[0xFE, 0xFF])
                || chunk[..read.min(2)].contains(&0);
        }
        total += read as u64;
        if total > declared {
            return Err(Lie::LargerThanDeclared);
        }
        scan.feed(&chunk[..read]);
    }
}

/// Looks for elements that merge rows, across the ends of chunks.
#[derive(Default)]
struct MergeScan {
    /// The end of the chunks so far, as far as an element may have begun there.
    pending: Vec<u8>,
    found: bool,
}

impl MergeScan {
    fn feed(&mut self, chunk: &[u8]) {
        if self.found {
            return;
        }
        self.pending.extend_from_slice(chunk);
        let mut at = 0;
        while let Some(begin) = memmem(&self.pending[at..], MERGE).map(|begin| at + begin) {
            let element = &self.pending[begin..];
            let Some(end) = element.iter().position(|byte| *byte == b'>') else {
                self.found |= element.len() > MAX_ELEMENT_BYTES;
                self.pending.drain(..begin);
                return;
            };
            if states_tall_range(&element[..end]) {
                self.found = true;
                return;
            }
            at = begin + end;
        }
        let kept = self.pending.len().saturating_sub(MERGE.len() - 1).max(at);
        self.pending.drain(..kept);
    }
}

/// Whether `mergeCell ref="A4:A6"/` covers several rows, or states its range in a way that only XML can tell.
fn states_tall_range(element: &[u8]) -> bool {
    let text = String::from_utf8_lossy(element);
    let Some((_, reference)) = text.split_once("ref") else { return false };
    let range = reference.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\''));
    let range = range.split(['"', '\'']).next().unwrap_or_default();
    let row = |corner: &str| corner.trim_matches(|c: char| !c.is_ascii_digit()).to_owned();
    let plain = range.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'$'));
    !plain || range.split_once(':').is_some_and(|(first, last)| row(first) != row(last))
}

/// Where `needle` begins.
fn memmem(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(begin) = bytes[at..].iter().position(|byte| *byte == needle[0]) {
        if bytes[at + begin..].starts_with(needle) {
            return Some(at + begin);
        }
        at += begin + 1;
    }
    None
}

fn suspicious(source: &Source<'_>, why: crate::error::Text) -> Error {
    let (zh, en) = (why.zh, why.en);
    source.refuse(
        say!("压缩容器异常，未读取：{zh}", "the container is not trusted: {en}"),
        say!(
            "请用 Excel/WPS 打开，删去多余的工作表和空白行列后另存为 xlsx，或导出为 CSV",
            "open it in Excel, delete unused sheets, rows and columns, and save it as xlsx, or export CSV"
        ),
    )
}

fn broken(source: &Source<'_>, cause: &ZipError) -> Error {
    if matches!(cause, ZipError::UnsupportedArchive(detail) if *detail == ZipError::PASSWORD_REQUIRED) {
        return source.encrypted();
    }
    source.refuse(
        say!("压缩容器不完整或已损坏：{cause}", "the container is truncated or damaged: {cause}"),
        say!("文件可能没有下载或复制完，请重新导出", "the download or copy may be incomplete: export it again"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_are_seen_across_chunks() {
        let text = b"<mergeCells count=\"2\"><x:mergeCell ref = 'A1:F1'/><mergeCell  ref=\"$B$4:B6\"/></mergeCells>";
        for size in 1..text.len() {
            let mut scan = MergeScan::default();
            text.chunks(size).for_each(|chunk| scan.feed(chunk));
            assert!(scan.found, "{size}");
            let mut scan = MergeScan::default();
            text[..55].chunks(size).for_each(|chunk| scan.feed(chunk));
            assert!(!scan.found, "{size}");
        }
    }
}
