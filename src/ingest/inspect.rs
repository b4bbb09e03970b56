//! What a file is and how far the profiles understand it: for a person who asks, before any run.
//!
//! The file is read once, as a run would read it, with every profile at hand; each sheet is read with the profile that
//! recognises most of it. A file that a run would refuse is described all the same, with the refusal.

use std::path::Path;

use super::book::Book;
use super::header::Header;
use super::rows::Sheet;
use super::source::Source;
use super::{Binding, Ingested, Limits, behind_door, feed, load};
use crate::error::{Error, Result, Text};
use crate::table::RowClass;

/// Whether a person sees a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Seen, and read.
    Visible,
    /// Hidden: skipped.
    Hidden,
    /// Hidden from Excel's own menu: skipped.
    VeryHidden,
}

/// One file, as far as it is understood.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// Format and encoding as found: `xlsx`, `csv GB18030`, …
    pub format: String,
    /// How the encoding was decided; empty for formats that state it.
    pub encoding: Text,
    /// Sheets in order, the hidden ones last.
    pub sheets: Vec<SheetInspection>,
    /// Index of the binding that most rows were read with; none when no sheet has a header.
    pub best: Option<usize>,
    /// What a run would get.
    pub ingested: Ingested,
    /// Why a run would refuse the file.
    pub refusal: Option<Error>,
}

/// One sheet.
#[derive(Debug, Clone)]
pub struct SheetInspection {
    /// Sheet name; empty for text files.
    pub sheet: String,
    /// Whether it is seen.
    pub visibility: Visibility,
    /// 1-based first header row; none without a header, 0 for parquet.
    pub header_row: Option<u32>,
    /// Headers of that row, in order; empty text for a column without.
    pub headers: Vec<String>,
    /// Index of the binding the sheet was read with.
    pub binding: Option<usize>,
    /// What each binding recognises, in their order; a binding that recognises nothing is left out.
    pub recognitions: Vec<Recognition>,
    /// Rows of each class, in the order of the classes.
    pub rows: Vec<(RowClass, u64)>,
}

/// How far one binding understands one sheet.
#[derive(Debug, Clone)]
pub struct Recognition {
    /// Index of the binding.
    pub binding: usize,
    /// Its profile id.
    pub profile: String,
    /// Its title.
    pub title: String,
    /// `(field, column letter and header)` of each field recognised.
    pub recognised: Vec<(String, String)>,
    /// Fields without a column.
    pub missing: Vec<String>,
    /// Those of them without which the sheet is refused.
    pub missing_required: Vec<String>,
    /// Headers that no field claims, as far as they may be shown.
    pub ignored: Vec<String>,
    /// The same as printed, for machines only: what stands there may be anybody's.
    pub unclaimed: Vec<String>,
}

/// Describes a file with the bindings that fit it best.
///
/// # Errors
/// Only when the bytes cannot be read at all: missing, encrypted, damaged, of a format that is not read.
pub fn inspect(path: &Path, file: &str, bindings: &[Binding], limits: &Limits) -> Result<Inspection> {
    let (content, hash) = load(path, file, limits)?;
    let source = Source { path, file, side: "inspect", limits, content: &content };
    let mut book = Book::new(&source, bindings);
    behind_door(&source, &hash, || feed(&source, &mut book))?;
    book.check_budget()?;
    let mut sheets: Vec<SheetInspection> = book.sheets.iter().map(|sheet| describe(sheet, bindings)).collect();
    sheets.extend(book.hidden.iter().map(|(name, visibility)| hidden(name, *visibility)));
    Ok(Inspection {
        format: book.format.clone(),
        encoding: book.encoding.clone(),
        best: best(&sheets),
        sheets,
        refusal: book.refusal(),
        ingested: book.gather()?,
    })
}

/// The binding with most accepted rows; of equals the earlier.
fn best(sheets: &[SheetInspection]) -> Option<usize> {
    let accepted =
        |sheet: &SheetInspection| sheet.rows.iter().find(|row| row.0 == RowClass::Accepted).map_or(0, |r| r.1);
    let bound = sheets.iter().filter_map(|sheet| Some((sheet.binding?, accepted(sheet))));
    let best = bound.max_by_key(|(binding, rows)| (*rows, usize::MAX - binding));
    best.map(|(binding, _)| binding)
}

fn describe(sheet: &Sheet, bindings: &[Binding]) -> SheetInspection {
    let binding = sheet.body.as_ref().map(|body| body.binding);
    let candidates = &sheet.log.candidates;
    let shown = candidates.iter().filter(|c| binding.is_none_or(|binding| c.0 == binding));
    let shown = shown.max_by_key(|(_, _, header)| header.bound());
    SheetInspection {
        sheet: sheet.name.clone(),
        visibility: Visibility::Visible,
        header_row: shown.map(|(_, row, _)| *row),
        headers: shown.map_or_else(Vec::new, |(_, _, header)| header.titles[..header.width].to_vec()),
        binding,
        recognitions: candidates
            .iter()
            .map(|(index, _, header)| recognition(*index, &bindings[*index], header))
            .collect(),
        rows: sheet.log.counts.iter().map(|(class, rows)| (*class, *rows)).collect(),
    }
}

fn recognition(index: usize, binding: &Binding, header: &Header) -> Recognition {
    let fields = || binding.fields.iter().zip(&header.columns);
    let bound = fields().filter(|(_, columns)| !columns.is_empty());
    Recognition {
        binding: index,
        profile: binding.profile.clone(),
        title: binding.title.clone(),
        recognised: bound.map(|(field, columns)| (field.field.clone(), header.named(columns).join("、"))).collect(),
        missing: fields().filter(|(_, columns)| columns.is_empty()).map(|(field, _)| field.field.clone()).collect(),
        missing_required: header.missing(binding).iter().map(|field| field.field.clone()).collect(),
        ignored: header.ignored.iter().map(|&column| header.shown(column).into_owned()).collect(),
        unclaimed: header.ignored.iter().map(|&column| header.titles[column].clone()).collect(),
    }
}

fn hidden(name: &str, visibility: Visibility) -> SheetInspection {
    SheetInspection {
        sheet: name.to_owned(),
        visibility,
        header_row: None,
        headers: Vec::new(),
        binding: None,
        recognitions: Vec::new(),
        rows: Vec::new(),
    }
}
