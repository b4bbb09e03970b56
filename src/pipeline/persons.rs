//! Pipelines that link any two person tables, or find the duplicates inside one: one TOML file with everything.
//!
//! Such a file states `kind = "persons"`, the files, what each column holds and how it is cleaned, and the linker's settings.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::document::Document;
use super::{ConfigFile, wording::nearest};
use crate::error::{Error, Place, Result};
use crate::ingest::{Binding, BoundField, Limits};
use crate::link;
use crate::normalise::clean::Clean;
use crate::say;

/// The word in `kind`.
const KIND: &str = "persons";
const SCHEMA: u32 = 1;
/// Columns that mean something to the program itself: key and household of a person.
pub const PERSON_NO: &str = "person_no";
/// See [`PERSON_NO`].
pub const HOUSEHOLD_NO: &str = "household_no";
/// Numbers the households of a side; made from [`HOUSEHOLD_NO`].
pub const HOUSEHOLD_IX: &str = "household_ix";

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    schema: Spanned<u32>,
    kind: Spanned<String>,
    title: String,
    /// Folder of the tables.
    input: String,
    /// Folder of the results.
    out: String,
    /// File patterns of the left table, the reference.
    left: Vec<String>,
    /// File patterns of the right table; none: duplicates inside the left one.
    #[serde(default)]
    right: Vec<String>,
    column: Vec<ColumnOptions>,
    /// The linker's settings, here…
    linker: Option<Spanned<link::Settings>>,
    /// …or in a file of their own.
    link: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnOptions {
    /// Name that the linker's settings use; listed twice, the first that has a value counts.
    name: Spanned<String>,
    /// Spellings of the header.
    headers: Vec<String>,
    clean: Clean,
    /// Whether a table without it is refused.
    #[serde(default)]
    required: bool,
}

/// A resolved pipeline of one or two person tables.
#[derive(Debug)]
pub struct Persons {
    /// What it links; printed on outputs.
    pub title: String,
    /// Folder of the tables.
    pub input: PathBuf,
    /// Folder of the results.
    pub out: PathBuf,
    /// File patterns: left, right; without a right one, the duplicates inside the left table are found.
    pub files: [Vec<String>; 2],
    /// Columns in order; several may have one name.
    pub columns: Vec<PersonColumn>,
    /// How columns are found.
    pub binding: Binding,
    /// For `link`.
    pub link: link::Settings,
    /// For `ingest`.
    pub limits: Limits,
    /// The file read.
    pub files_read: Vec<ConfigFile>,
}

/// One column of the tables.
#[derive(Debug, Clone)]
pub struct PersonColumn {
    /// Name that the linker uses.
    pub name: String,
    /// Name in the raw frame.
    pub field: String,
    /// How its cells are made comparable.
    pub clean: Clean,
}

impl Persons {
    /// Whether duplicates are sought inside the left table: there is no right one.
    pub fn is_one_table(&self) -> bool {
        self.files[1].is_empty()
    }

    /// Whether a pipeline file is of this kind.
    pub fn is_meant(path: &Path) -> bool {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().map(str::trim).any(|line| {
            line.strip_prefix("kind")
                .map(str::trim_start)
                .and_then(|rest| rest.strip_prefix('='))
                .is_some_and(|value| value.contains(KIND))
        })
    }

    /// Reads and resolves a file.
    ///
    /// # Errors
    /// Every mistake in it, each with its line.
    pub fn load(path: &Path) -> Result<Self> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|cause| {
            Error::configuration(say!("读不了这个文件: {cause}", "cannot read this file: {cause}"))
                .at(Place::file(&file))
        })?;
        let document = Document { file: &file, text: &text };
        let (options, mut errors) = document.read::<Options>();
        let mut files_read = vec![ConfigFile { file: file.clone(), blake3: hash(&text) }];
        let mut settings = None;
        if let Some(options) = &options {
            errors.extend(mistakes(options, &document));
            match linker(options, &document, path, &mut files_read) {
                Ok((linker, place)) => {
                    errors.extend(linker_mistakes(&linker, options, &place));
                    settings = Some(linker);
                }
                Err(wrong) => errors.extend(wrong),
            }
        }
        match (options, settings, Error::all(errors)) {
            (Some(options), Some(linker), None) => Ok(resolved(options, linker, path, files_read)),
            (.., Some(errors)) => Err(errors),
            _ => Err(Error::internal(say!("流水线未能解析", "the pipeline could not be resolved"))),
        }
    }
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

fn mistakes(options: &Options, document: &Document<'_>) -> Vec<Error> {
    let mut errors = Vec::new();
    let mut mistake = |problem, span: &std::ops::Range<usize>| {
        errors.push(Error::configuration(problem).at(document.place(span)));
    };
    if *options.schema.get_ref() != SCHEMA {
        let found = options.schema.get_ref();
        let problem = say!("schema = {found}，本程序只认 {SCHEMA}", "schema = {found}, expected {SCHEMA}");
        mistake(problem, &options.schema.span());
    }
    if options.kind.get_ref() != KIND {
        mistake(say!("kind 应为 \"{KIND}\"", "`kind` must be \"{KIND}\""), &options.kind.span());
    }
    errors
}

/// The linker's settings and where they stand.
fn linker(
    options: &Options,
    document: &Document<'_>,
    path: &Path,
    files_read: &mut Vec<ConfigFile>,
) -> std::result::Result<(link::Settings, Place), Vec<Error>> {
    match (&options.linker, &options.link) {
        (Some(linker), None) => Ok((linker.get_ref().clone(), document.place(&linker.span()))),
        (None, Some(named)) => {
            let full = path.parent().map(Path::to_path_buf).unwrap_or_default().join(named.get_ref());
            let file = full.display().to_string();
            let text = std::fs::read_to_string(&full).map_err(|cause| {
                let problem = say!("读不了 {file}: {cause}", "cannot read {file}: {cause}");
                vec![Error::configuration(problem).at(document.place(&named.span()))]
            })?;
            files_read.push(ConfigFile { file: file.clone(), blake3: hash(&text) });
            let (settings, errors) = Document { file: &file, text: &text }.read::<link::Settings>();
            match settings {
                Some(settings) if errors.is_empty() => Ok((settings, Place::file(file))),
                _ => Err(errors),
            }
        }
        _ => {
            let problem = say!(
                "[linker] 和 link = \"文件\" 须有且只有一个",
                "exactly one of [linker] and `link = \"file\"` is needed"
            );
            Err(vec![Error::configuration(problem).at(Place::file(document.file))])
        }
    }
}

fn linker_mistakes(linker: &link::Settings, options: &Options, place: &Place) -> Vec<Error> {
    let mut errors = Vec::new();
    let names: Vec<&str> = options.column.iter().map(|column| column.name.get_ref().as_str()).collect();
    let derived = |name: &str| name == HOUSEHOLD_IX && names.contains(&HOUSEHOLD_NO);
    let mut unknown: Vec<&str> =
        linker.columns().into_iter().filter(|name| !names.contains(name) && !derived(name)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    for name in unknown {
        let near = nearest(name, names.iter().copied()).unwrap_or("-");
        let problem = say!(
            "没有名为 `{name}` 的 [[column]]（是不是 `{near}`？）",
            "no [[column]] is named `{name}` (did you mean `{near}`?)"
        );
        errors.push(Error::configuration(problem).at(place.clone()));
    }
    if let Err(wrong) = link::check(linker) {
        errors.push(wrong.at(place.clone()));
    }
    errors
}

fn resolved(options: Options, linker: link::Settings, path: &Path, files_read: Vec<ConfigFile>) -> Persons {
    let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let mut columns = Vec::new();
    let mut fields: Vec<BoundField> = Vec::new();
    for column in options.column {
        // One printed column may hold several: a birth date is inside an identity number.
        let known = fields.iter_mut().find(|field| field.headers == column.headers);
        let field = match known {
            Some(field) => {
                field.required |= column.required;
                field.field.clone()
            }
            None => {
                let name = format!("column {}", fields.len() + 1);
                let (headers, required, kind) = (column.headers, column.required, Some(column.clean.kind()));
                fields.push(BoundField { field: name.clone(), headers, required, kind });
                name
            }
        };
        columns.push(PersonColumn { name: column.name.into_inner(), field, clean: column.clean });
    }
    Persons {
        binding: Binding { profile: KIND.to_owned(), title: options.title.clone(), fields },
        title: options.title,
        input: base.join(options.input),
        out: base.join(options.out),
        files: [options.left, options.right],
        columns,
        link: linker,
        limits: Limits::default(),
        files_read,
    }
}
