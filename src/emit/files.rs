//! Bytes → files of a run, each described by its size and content hash.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::OutputFile;
use crate::error::{Error, Place, Result};
use crate::{private, say};

/// Writes `bytes` to `dir`/`file` (`/` between parts).
pub(crate) fn put(dir: &Path, file: &str, bytes: &[u8], rows: Option<u64>) -> Result<OutputFile> {
    create(dir, file)?.write_all(bytes).map_err(|cause| failed(file, &cause))?;
    let blake3 = blake3::hash(bytes).to_hex().to_string();
    Ok(OutputFile { file: file.to_owned(), bytes: bytes.len() as u64, blake3, rows })
}

/// Opens `dir`/`file` for a writer that streams, folders included.
pub(crate) fn create(dir: &Path, file: &str) -> Result<File> {
    let path = dir.join(file);
    let folder = path.parent().unwrap_or(dir);
    private::create_dir(folder).and_then(|()| private::create(&path)).map_err(|cause| failed(file, &cause))
}

/// Describes a file that was streamed.
pub(crate) fn describe(dir: &Path, file: &str, rows: Option<u64>) -> Result<OutputFile> {
    let mut hasher = blake3::Hasher::new();
    let read = File::open(dir.join(file)).and_then(|opened| hasher.update_reader(opened).map(|_| ()));
    read.map_err(|cause| failed(file, &cause))?;
    Ok(OutputFile {
        file: file.to_owned(),
        bytes: hasher.count(),
        blake3: hasher.finalize().to_hex().to_string(),
        rows,
    })
}

/// The failure to write `file`.
pub(crate) fn failed(file: &str, cause: &dyn std::fmt::Display) -> Error {
    Error::output(say!("无法写入: {cause}", "cannot be written: {cause}"))
        .at(Place::file(file))
        .remedy(say!("检查磁盘空间和写入权限", "check free space and permissions"))
}
