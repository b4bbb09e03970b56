//! Small hand-made sheets for tests, and the vocabularies as shipped.

use std::path::Path;

use polars::prelude::*;
use serde::Deserialize;

use super::{Part, Settings, Shape, Vocabularies, Vocabulary, normalise};
use crate::table::{RawSheet, Side, Supplier};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read to hold the shape of the files, not all of it is needed here")]
struct VocabularyFile {
    schema: u32,
    name: String,
    title: String,
    blank_equals: Option<String>,
    label: Vec<LabelEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelEntry {
    label: String,
    synonyms: Vec<String>,
}

/// `pipelines/vocabularies/*.toml`.
pub(super) fn shipped_vocabularies() -> Vocabularies {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/vocabularies");
    let read = |path: std::path::PathBuf| {
        let file: VocabularyFile = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(path.file_stem().unwrap(), file.name.as_str());
        let labels = file.label.into_iter().map(|entry| (entry.label, entry.synonyms)).collect();
        (file.name, Vocabulary { labels, blank_equals: file.blank_equals })
    };
    let mut by_name: std::collections::BTreeMap<String, Vocabulary> =
        std::fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap().path())).collect();
    by_name.insert("benefit_item".to_owned(), shipped_items());
    Vocabularies { by_name }
}

#[derive(Deserialize)]
struct Catalogue {
    item: Vec<ItemEntry>,
}

#[derive(Deserialize)]
struct ItemEntry {
    item: String,
    #[serde(default)]
    names: Vec<String>,
}

/// The names of the benefit catalogue's items.
fn shipped_items() -> Vocabulary {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/benefits/anhui-2016-2019.toml");
    let catalogue: Catalogue = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let labels = catalogue.item.into_iter().map(|item| (item.item, item.names)).collect();
    Vocabulary { labels, blank_equals: None }
}

/// A sheet from rows of text, the first being the fields; cells are separated by `|`, an empty cell is null. Data
/// starts on row 2.
pub(super) fn sheet(file: &str, rows: &[&str]) -> RawSheet {
    let fields: Vec<&str> = rows[0].split('|').map(str::trim).collect();
    let cell = |row: &str, column: usize| row.split('|').nth(column).map(|cell| cell.trim().to_owned());
    let mut columns: Vec<Column> = fields
        .iter()
        .enumerate()
        .map(|(place, field)| {
            let cells = rows[1..].iter().map(|row| cell(row, place).filter(|cell| !cell.is_empty()));
            cells.collect::<StringChunked>().with_name((*field).into()).into_column()
        })
        .collect();
    let numbers = (0_u32..).map(|ix| ix + 2).take(rows.len() - 1);
    columns.push(UInt32Chunked::from_iter_values("row".into(), numbers).into_column());
    RawSheet {
        file: file.to_owned(),
        sheet: String::new(),
        frame: DataFrame::new(rows.len() - 1, columns).unwrap(),
        columns: fields.iter().map(|field| ((*field).to_owned(), "A".to_owned())).collect(),
        ignored_headers: Vec::new(),
    }
}

/// The same sheet, normalised with the shipped vocabularies.
pub(super) fn part(file: &str, shape: Shape, rows: &[&str]) -> Part {
    let settings = Settings { vocabularies: shipped_vocabularies(), latest_birth: None };
    normalise(sheet(file, rows), Supplier::System(Side::National), shape, Some(2018), &settings).unwrap()
}

/// A column as text, for assertions: null is `-`.
pub(super) fn column(frame: &DataFrame, name: &str) -> Vec<String> {
    let column = frame.column(name).unwrap_or_else(|_| panic!("no column {name}"));
    let text = column.cast(&DataType::String).unwrap();
    text.str().unwrap().iter().map(|cell| cell.unwrap_or("-").to_owned()).collect()
}
