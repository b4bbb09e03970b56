//! Container checks before a workbook is trusted.
//!
//! A 523 KB file can unpack to 512 MiB, and parsers allocate what they are told to: an abort, not an error. So before
//! any parser sees a zip, its directory is checked (entries, nested or escaping paths, declared sizes, ratio), and
//! then every part that will be parsed is unpacked once into nothing, counting: a declared size that is a lie is found
//! here. The same pass keeps the tail of each worksheet, where its merged ranges are, so that reading those does not
//! cost a second parse. Thresholds after Apache POI's zip-bomb guard and measurements on real exports (10:1).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::source::Source;
use crate::error::{Error, Result};
use crate::say;

const MAX_ENTRIES: usize = 1024;
const RATIO_FREE_BYTES: u64 = 1 << 20;
const CHUNK_BYTES: usize = 64 << 10;
const TAIL_BYTES: usize = 256 << 10;

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

/// Checks the container, and gives the tail of every worksheet by entry name.
pub(super) fn check(source: &Source<'_>) -> Result<BTreeMap<String, Vec<u8>>> {
    source.check_size(source.limits.max_file_bytes)?;
    let mut archive = open(source)?;
    check_entry_count(source, archive.len())?;
    check_directory(source, &mut archive)?;
    let mut tails = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|cause| broken(source, &cause))?;
        let (name, declared) = (entry.name().map_err(|cause| broken(source, &cause))?.into_owned(), entry.size());
        if is_parsed(&name) {
            let tail = unpack(&mut entry, declared).map_err(|lie| lie.refuse(source))?;
            if name.contains("worksheets/") {
                tails.insert(name, tail);
            }
        }
    }
    Ok(tails)
}

fn open(source: &Source<'_>) -> Result<ZipArchive<BufReader<File>>> {
    ZipArchive::new(BufReader::new(source.open()?)).map_err(|cause| broken(source, &cause))
}

fn check_entry_count(source: &Source<'_>, entries: usize) -> Result<()> {
    if entries <= MAX_ENTRIES {
        return Ok(());
    }
    Err(suspicious(source, say!("内含 {entries} 个部件", "it holds {entries} entries")))
}

/// Paths, declared sizes and ratios.
fn check_directory(source: &Source<'_>, archive: &mut ZipArchive<BufReader<File>>) -> Result<()> {
    let limits = source.limits;
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|cause| broken(source, &cause))?;
        let (size, packed) = (entry.size(), entry.compressed_size());
        if entry.enclosed_name().is_none() {
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

/// Unpacks an entry into nothing, and keeps its last bytes.
fn unpack(entry: &mut impl Read, declared: u64) -> std::result::Result<Vec<u8>, Lie> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut tail: Vec<u8> = Vec::new();
    let mut total = 0_u64;
    loop {
        let read = entry.read(&mut chunk).map_err(Lie::Unreadable)?;
        if read == 0 {
            return Ok(tail);
        }
        total += read as u64;
        if total > declared {
            return Err(Lie::LargerThanDeclared);
        }
        // Only the end of a large entry is kept.
        if total + (TAIL_BYTES as u64) > declared {
            tail.extend_from_slice(&chunk[..read]);
        }
    }
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
