//! Text exports as county tools write them: GB18030 without a byte-order mark and with a comma too many at the
//! end of every data row, or UTF-8 with a byte-order mark as a newer Excel saves it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use encoding_rs::GB18030;

use super::Format;
use super::unwritable;
use crate::error::Result;
use crate::private;

/// A text file being written.
pub(super) struct Text {
    path: PathBuf,
    file: BufWriter<File>,
    format: Format,
    line: String,
    lines: u32,
}

impl Text {
    /// Creates the file.
    pub(super) fn create(path: &Path, format: Format) -> Result<Self> {
        let file = private::create(path).map_err(|cause| unwritable(path, &cause))?;
        let mut text =
            Self { path: path.to_owned(), file: BufWriter::new(file), format, line: String::new(), lines: 0 };
        if format == Format::Utf8Csv {
            text.put("\u{feff}".as_bytes())?;
        }
        Ok(text)
    }

    /// Writes the header, without the comma that data rows end in.
    pub(super) fn header(&mut self, cells: &[&str]) -> Result<u32> {
        self.row(cells, "")
    }

    /// Writes a row; its 1-based line.
    pub(super) fn line(&mut self, cells: &[&str]) -> Result<u32> {
        let end = if self.format == Format::Csv { "," } else { "" };
        self.row(cells, end)
    }

    /// Flushes and closes.
    pub(super) fn close(mut self) -> Result<()> {
        self.file.flush().map_err(|cause| unwritable(&self.path, &cause))
    }

    fn row(&mut self, cells: &[&str], end: &str) -> Result<u32> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                line.push(',');
            }
            push_cell(&mut line, cell);
        }
        line.push_str(end);
        line.push_str("\r\n");
        let written = match self.format {
            Format::Csv => self.put(&GB18030.encode(&line).0),
            _ => self.put(line.as_bytes()),
        };
        self.line = line;
        self.lines += 1;
        written.map(|()| self.lines)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|cause| unwritable(&self.path, &cause))
    }
}

/// A cell, quoted when it must be. No value holds a line break, so that lines and rows agree.
fn push_cell(line: &mut String, cell: &str) {
    debug_assert!(!cell.contains(['\n', '\r']));
    if cell.contains([',', '"']) {
        line.push('"');
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(cell);
    }
}
