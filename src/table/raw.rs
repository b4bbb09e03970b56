//! What comes through the door: sheets of text with their places, rejected rows, and remarks on the file.

use polars::prelude::DataFrame;

use crate::error::Text;

/// One sheet's accepted rows. `frame` has one String column per bound field (named as in
/// [`FIELDS`](super::FIELDS); null for an empty cell) and the column `row` (UInt32): the 1-based row of the sheet,
/// or the 1-based line of a text file. Cells are the text a person sees.
#[derive(Debug, Clone)]
pub struct RawSheet {
    /// Path relative to the pipeline's input folder, `/` between parts.
    pub file: String,
    /// Sheet name; empty for text files.
    pub sheet: String,
    /// Accepted rows.
    pub frame: DataFrame,
    /// Spreadsheet column letter (`A`, `AB`; text files count the same way) of each bound field.
    pub columns: Vec<(String, String)>,
    /// Headers of the sheet that no field claims, in order.
    pub ignored_headers: Vec<String>,
}

/// A row that was not used, with its reason; `text` is the row as read (published in `rejects`, never logged).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reject {
    /// `national`, `provincial`, or a roll's name.
    pub side: String,
    /// Path relative to the input folder.
    pub file: String,
    /// Sheet name; empty for text files.
    pub sheet: String,
    /// 1-based row.
    pub row: u32,
    /// Why, in Chinese: staff read it.
    pub reason: String,
    /// The cells, joined by tabs.
    pub text: String,
}

/// A remark on a file worth showing once: hidden sheet skipped, duplicate header, encoding, damage seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetNote {
    /// Path relative to the input folder.
    pub file: String,
    /// Sheet name; empty for text files or the whole file.
    pub sheet: String,
    /// The remark.
    pub text: Text,
}
