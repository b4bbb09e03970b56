//! The door in: exported files → raw sheets of text, rejected rows and a tally, every place kept.
//!
//! A file is believed by its bytes, never by its name: [`sniff`] tells xlsx from an encrypted xlsx, an HTML table
//! saved as `.xls`, tab-separated text, and what cannot be read at all. Each format then feeds rows, one at a time,
//! into the same sink ([`rows::SheetBuilder`]), which finds the header by content, classifies every row, and fills
//! one text column per bound field. Nothing holds a whole sheet of cells: a workbook of a million rows costs its
//! columns, and a stray cell at XFD1048576 costs nothing.
//!
//! ```text
//! bytes ─ sniff ─┬ zip_guard ┬ xlsx, ods (their XML)       ┐
//!                │           └ workbook (xlsb)             │
//!                ├ workbook (xls)                          │
//!                ├ text (csv, tsv: decoded, split)         ├─ row by row ─► rows ─► book ─► Ingested
//!                ├ html, spreadsheetml (saved as .xls)     │                 │
//!                └ parquet                                 ┘        header, classify, columns
//! ```
//!
//! Invariants: every row of every sheet read is in exactly one [`RowClass`], and the classes add up to the rows the
//! format reader counted by itself; cells stay the text a person sees; a number that lost digits is never repaired.

mod book;
mod budget;
mod cell;
mod charset;
mod classify;
mod columns;
mod content;
mod fold;
mod grid;
mod header;
mod html;
mod inspect;
mod legend;
#[cfg(test)]
mod loss_tests;
mod ods;
mod package;
mod parquet;
mod rows;
#[cfg(test)]
mod shape_tests;
mod shown_count;
mod sniff;
mod source;
mod spreadsheetml;
#[cfg(test)]
mod tests;
mod text;
mod units;
mod workbook;
mod xlsx;
mod xml;
mod zip_guard;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::error::Result;
use crate::table::{Kind, RawSheet, Reject, SheetNote, Tally, schema};
use book::Book;
use content::Content;
pub use inspect::{Inspection, Recognition, SheetInspection, Visibility, inspect};
use sniff::Format;
use source::Source;

#[cfg(doc)]
use crate::table::RowClass;

/// What a profile says about one kind of export, as far as reading it goes. Built by `pipeline` from TOML.
#[derive(Debug, Clone, Default)]
pub struct Binding {
    /// Profile id, for messages.
    pub profile: String,
    /// Title of the export kind, for messages.
    pub title: String,
    /// Fields in the order of the profile.
    pub fields: Vec<BoundField>,
}

/// One field of a profile and the headers that name it.
#[derive(Debug, Clone, Default)]
pub struct BoundField {
    /// Field name of `table::FIELDS`.
    pub field: String,
    /// Header spellings, as staff see them; when a sheet holds several, the earlier spelling is preferred.
    pub headers: Vec<String>,
    /// Whether a sheet without it is refused.
    pub required: bool,
    /// What kind of value it holds, for fields that the list of fields does not have: a number or a name tells a person's
    /// row from a footer.
    pub kind: Option<Kind>,
}

impl BoundField {
    /// What kind of value it holds, as far as that is known.
    pub(crate) fn kind(&self) -> Option<Kind> {
        self.kind.or_else(|| schema::field(&self.field).map(|field| field.kind))
    }
}

/// Limits against hostile or damaged containers. The default: 200 MB packed, 4 GiB unpacked, ratio 100.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest container (workbook, HTML, SpreadsheetML), bytes. Text and parquet are streamed, and obey
    /// `max_unpacked_bytes` instead.
    pub max_file_bytes: u64,
    /// Largest sum of uncompressed sizes, bytes.
    pub max_unpacked_bytes: u64,
    /// Largest ratio of unpacked to packed bytes for entries over 1 MiB.
    pub max_ratio: u64,
}

impl Default for Limits {
    /// A legitimate 300,000-row sheet packs 10:1, a deflate bomb 1000:1.
    fn default() -> Self {
        Self { max_file_bytes: 200_000_000, max_unpacked_bytes: 4 << 30, max_ratio: 100 }
    }
}

/// What one file gave.
#[derive(Debug, Clone, Default)]
pub struct Ingested {
    /// Sheets with a header; one whose header has no rows below it has an empty frame and a note.
    pub sheets: Vec<RawSheet>,
    /// Rows not used.
    pub rejects: Vec<Reject>,
    /// Every row's class.
    pub tally: Tally,
    /// Remarks.
    pub notes: Vec<SheetNote>,
    /// Those of them that a person should see at once: something may be missing.
    pub doubts: Vec<SheetNote>,
    /// Format and encoding as found: `xlsx`, `csv GB18030`, …
    pub format: String,
    /// Size.
    pub bytes: u64,
    /// Hash of the bytes that were read.
    pub blake3: String,
}

/// Reads `path`, shown as `file` in every place, for `side`.
///
/// # Errors
/// An input error, with its remedy, when the file is empty, damaged, encrypted, too large, of another format, or
/// when no sheet holds a header row with the required fields.
pub fn read(path: &Path, file: &str, side: &str, binding: &Binding, limits: &Limits) -> Result<Ingested> {
    let (content, hash) = load(path, file, limits)?;
    let source = Source { path, file, side, limits, content: &content };
    let mut book = Book::new(&source, std::slice::from_ref(binding));
    behind_door(&source, &hash, || feed(&source, &mut book))?;
    book.check_budget()?;
    let ingested = book.finish()?;
    Ok(Ingested { bytes: content.length(), blake3: hash, ..ingested })
}

/// The file's bytes and their hash.
fn load(path: &Path, file: &str, limits: &Limits) -> Result<(Content, String)> {
    Content::load(path, limits.max_file_bytes).map_err(|cause| source::unreadable(file, &cause))
}

/// The one door behind which formats are read: what another program wrote can make a reader panic, and that is the
/// file's fault. Bytes that changed meanwhile are not believed either.
fn behind_door(source: &Source<'_>, hash: &str, read: impl FnOnce() -> Result<()>) -> Result<()> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(source.unfit()))?;
    match source.content.is_still(source.path, hash) {
        Ok(true) => Ok(()),
        Ok(false) => Err(source.changed()),
        Err(cause) => Err(source.unreadable(&cause)),
    }
}

/// Reads every sheet of the file into the book, whatever the format.
fn feed(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    match sniff::format(source)? {
        Format::Xlsx => xlsx::read(source, book),
        Format::Xlsb => workbook::read_xlsb(source, book),
        Format::Ods => ods::read(source, book),
        Format::Xls => workbook::read_xls(source, book),
        Format::Html => html::read(source, book),
        Format::SpreadsheetMl => spreadsheetml::read(source, book),
        Format::Parquet => parquet::read(source, book),
        Format::Text => text::read(source, book),
    }
}
