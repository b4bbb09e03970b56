//! The bytes of one file: read once, hashed as read.
//!
//! A file of the size that any workbook has is read into memory, and everything later works on those bytes: the hash
//! in the manifest is theirs, whatever happens to the file meanwhile. A larger one (delimited text, parquet) is
//! streamed from the disk, hashed before and after, and refused when the two differ.
//!
//! Only regular files are read: a named pipe would be waited for, a device never ends.

use std::fs::{File, Metadata};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// A file's bytes.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// In memory.
    Memory(Bytes),
    /// On the disk, of this length.
    Disk(u64),
}

/// Something to read from its beginning.
#[derive(Debug)]
pub(super) enum Input {
    Memory(Cursor<Bytes>),
    Disk(File),
}

impl Content {
    /// The file's bytes and their hash; at most `max_memory` of them are kept.
    pub(super) fn load(path: &Path, max_memory: u64) -> io::Result<(Self, String)> {
        let file = File::open(regular(path)?)?;
        let length = file.metadata()?.len();
        if length > max_memory {
            return Ok((Self::Disk(length), hash(path)?));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        file.take(max_memory + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > max_memory {
            return Ok((Self::Disk(bytes.len() as u64), hash(path)?));
        }
        let hash = blake3::hash(&bytes).to_hex().to_string();
        Ok((Self::Memory(bytes.into()), hash))
    }

    /// How many there are.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Disk(length) => *length,
        }
    }

    /// The bytes from their beginning.
    pub(super) fn open(&self, path: &Path) -> io::Result<Input> {
        Ok(match self {
            Self::Memory(bytes) => Input::Memory(Cursor::new(bytes.clone())),
            Self::Disk(_) => Input::Disk(File::open(path)?),
        })
    }

    /// Whether the file read from the disk is still the one that was hashed.
    pub(super) fn is_still(&self, path: &Path, before: &str) -> io::Result<bool> {
        match self {
            Self::Memory(_) => Ok(true),
            Self::Disk(_) => Ok(hash(path)? == before),
        }
    }
}

/// The hash of a file.
fn hash(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// The path of a regular file, which opening does not wait for.
fn regular(path: &Path) -> io::Result<&Path> {
    let is_file = std::fs::metadata(path).map(|metadata: Metadata| metadata.is_file())?;
    is_file.then_some(path).ok_or_else(|| NOT_A_FILE.into())
}

/// How a path is refused that is no file.
pub(super) const NOT_A_FILE: io::ErrorKind = io::ErrorKind::InvalidInput;

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(bytes) => bytes.read(buffer),
            Self::Disk(file) => file.read(buffer),
        }
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Memory(bytes) => bytes.seek(to),
            Self::Disk(file) => file.seek(to),
        }
    }
}

impl Length for Input {
    fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.get_ref().len() as u64,
            Self::Disk(file) => Length::len(file),
        }
    }
}

impl ChunkReader for Input {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(match self {
            Self::Memory(bytes) => Box::new(ChunkReader::get_read(bytes.get_ref(), start)?),
            Self::Disk(file) => Box::new(ChunkReader::get_read(file, start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match self {
            Self::Memory(bytes) => ChunkReader::get_bytes(bytes.get_ref(), start, length),
            Self::Disk(file) => ChunkReader::get_bytes(file, start, length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_the_bytes_that_are_read() {
        let path = tempfile::NamedTempFile::new().expect("a scratch file").into_temp_path();
        std::fs::write(&path, "first").expect("bytes");
        for (max_memory, is_kept) in [(5, true), (4, false)] {
            std::fs::write(&path, "first").expect("bytes");
            let (content, hash) = Content::load(&path, max_memory).expect("a file");
            assert_eq!(hash, blake3::hash(b"first").to_hex().to_string());
            assert_eq!(content.length(), 5);
            std::fs::write(&path, "other").expect("bytes");
            assert_eq!(content.is_still(&path, &hash).expect("a file"), is_kept);
            let mut text = String::new();
            content.open(&path).expect("a file").read_to_string(&mut text).expect("text");
            assert_eq!(text, if is_kept { "first" } else { "other" });
        }
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Content::load(folder.path(), 9).is_err());
        #[cfg(unix)]
        assert!(Content::load(Path::new("/dev/zero"), 9).is_err());
    }
}
