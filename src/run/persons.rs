//! Linking only: two person tables, one table in which people are listed twice, or the people of a county pipeline →
//! `member_links` and, of one table, `clusters`: nothing else.
//!
//! The tables are read by the same door as exports ([`crate::ingest`]), each column cleaned as the pipeline says, linked,
//! and published by one rename.

use std::path::{Path, PathBuf};

use polars::prelude::*;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Request, Stages, input, plan_files, start};
use crate::audit::Audit;
use crate::emit::{self, InputFile, Manifest, Outcome, PipelineFile, Staging};
use crate::engine::Engine;
use crate::error::{Error, Place, Result};
use crate::ledger::Rolled;
use crate::link::{self, Clusters, Known, Linked, Model};
use crate::normalise::clean::clean_column;
use crate::pipeline::Plan;
use crate::pipeline::persons::{HOUSEHOLD_IX, HOUSEHOLD_NO, Persons};
use crate::say;
use crate::table::registry::Origin;
use crate::table::{Decision, Headcount, Linkage, RawSheet, Registry, Reject, SheetNote, Side, Tally};

/// What links were made, in a few numbers.
#[derive(Debug, Clone, serde::Serialize)]
pub struct LinkDigest {
    /// People of each table; of the second none when there is one table only.
    pub members: [u64; 2],
    /// What was found in one table.
    pub doubles: Option<DoublesDigest>,
    /// People linked.
    pub linked: u64,
    /// Pairs a person must decide.
    pub review: u64,
    /// Pairs with one identifier and two persons.
    pub conflicts: u64,
    /// Whether the model was estimated from these data.
    pub fitted: bool,
    /// Whether the estimation came to rest.
    pub converged: bool,
    /// What each blocking rule made.
    pub rules: Vec<crate::table::linkage::RuleCount>,
    /// How good the links are.
    pub quality: link::Quality,
}

/// People listed more than once in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct DoublesDigest {
    /// People with more than one record.
    pub clusters: usize,
    /// Their records.
    pub records: usize,
}

/// What is linked.
pub enum Subject<'a> {
    /// Two person tables.
    Persons(&'a Persons),
    /// The people of a county pipeline.
    County(&'a Plan),
}

/// The people of both sides, ready to be linked, and what is told of their files.
struct People {
    registries: [Registry; 2],
    tally: Tally,
    rejects: Vec<Reject>,
    notes: Vec<SheetNote>,
    inputs: Vec<InputFile>,
}

/// Links and publishes; nothing is published by a dry run.
///
/// # Errors
/// Files that cannot be read or written, and what [`link::link`] refuses.
pub fn link_only(
    subject: &Subject<'_>,
    out: &Path,
    model: Option<&Model>,
    request: &Request<'_>,
) -> Result<(LinkDigest, Option<PathBuf>)> {
    let _lock = start::begin(out, false, request)?;
    let staging = Staging::create(out, request.run_id)?;
    request.watch.staged(staging.dir());
    match produce(subject, model, request, staging.dir()) {
        Ok(digest) if request.dry_run => staging.discard().map(|()| (digest, None)),
        Ok(digest) => staging.seal().and_then(|()| staging.publish()).map(|folder| (digest, Some(folder))),
        Err(error) => {
            start::refuse(staging, request, &error);
            Err(error)
        }
    }
}

/// Everything from the tables to the files in the staging folder.
fn produce(subject: &Subject<'_>, model: Option<&Model>, request: &Request<'_>, folder: &Path) -> Result<LinkDigest> {
    let mut stages = Stages::new(request);
    let people = stages.time("load", say!("读取人员表", "reading people"), 0, || subject.people())?;
    let found = stages.time("link", say!("匹配人员", "linking people"), 0, || subject.find(&people, model))?;
    let (audit, rolled, settings) = (Audit::default(), Rolled::default(), emit::Settings::default());
    let named = crate::table::People::of(&people.registries, None);
    let outcome = Outcome {
        title: subject.title(),
        run_id: request.run_id,
        as_of: request.as_of,
        registries: [&people.registries[0], &people.registries[1]],
        linkage: found.linkage(),
        clusters: found.clusters(),
        model: found.model(),
        quality: found.quality(),
        audit: &audit,
        rolled: &rolled,
        tally: &people.tally,
        rejects: &people.rejects,
        notes: &people.notes,
        inputs: &people.inputs,
        settings: &settings,
        people: &named,
    };
    let outputs =
        stages.time("emit", say!("写出匹配结果", "writing links"), 0, || emit::write_links(&outcome, folder))?;
    let mut manifest = Manifest::of(&outcome, outputs, subject.files(), String::new());
    super::conserve::check_published(&manifest)?;
    manifest.stages = std::mem::take(&mut stages.timings);
    emit::write_manifest(&manifest, folder)?;
    Ok(digest(&people, &found))
}

/// What linking found: between two tables, or inside one.
enum Found {
    Between(Linked),
    Inside(Clusters),
}

impl Found {
    fn linkage(&self) -> &Linkage {
        match self {
            Self::Between(linked) => &linked.linkage,
            Self::Inside(clusters) => &clusters.linkage,
        }
    }
    fn model(&self) -> &Model {
        match self {
            Self::Between(linked) => &linked.model,
            Self::Inside(clusters) => &clusters.model,
        }
    }
    fn quality(&self) -> &link::Quality {
        match self {
            Self::Between(linked) => &linked.quality,
            Self::Inside(clusters) => &clusters.quality,
        }
    }
    fn clusters(&self) -> Option<&[u32]> {
        match self {
            Self::Between(_) => None,
            Self::Inside(clusters) => Some(&clusters.cluster),
        }
    }
    fn doubles(&self) -> Option<DoublesDigest> {
        match self {
            Self::Between(_) => None,
            Self::Inside(clusters) => {
                let [clusters, records] = clusters.people_listed_twice;
                Some(DoublesDigest { clusters, records })
            }
        }
    }
}

impl Subject<'_> {
    fn find(&self, people: &People, model: Option<&Model>) -> Result<Found> {
        let [left, right] = &people.registries;
        let known = Known { model, rulings: &[] };
        Ok(match self {
            Self::Persons(persons) if persons.is_one_table() => {
                Found::Inside(link::dedupe(&left.members, self.settings(), known, Engine::Pool)?)
            }
            _ => Found::Between(link::link(&left.members, &right.members, self.settings(), known, Engine::Pool)?),
        })
    }
    /// The two registries as a run would see them: for explaining a pair.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub fn registries(&self) -> Result<[Registry; 2]> {
        match self {
            Self::Persons(_) => Ok(self.people()?.registries),
            Self::County(plan) => super::registries(plan),
        }
    }
    /// The settings of the linker.
    pub fn settings(&self) -> &link::Settings {
        match self {
            Self::Persons(persons) => &persons.link,
            Self::County(plan) => &plan.link,
        }
    }
    fn title(&self) -> &str {
        match self {
            Self::Persons(persons) => &persons.title,
            Self::County(plan) => &plan.title,
        }
    }
    fn files(&self) -> Vec<PipelineFile> {
        match self {
            Self::Persons(persons) => plan_files(&persons.files_read),
            Self::County(plan) => plan_files(&plan.files),
        }
    }
    fn people(&self) -> Result<People> {
        match self {
            Self::Persons(persons) => read_persons(persons),
            Self::County(plan) => {
                let loaded =
                    input::load(plan, input::discover_people(plan)?, plan.as_of.as_deref(), &super::Unwatched)?;
                let input::Loaded { registries, tally, rejects, notes, inputs, .. } = loaded;
                Ok(People { registries, tally, rejects, notes, inputs })
            }
        }
    }
}

fn digest(people: &People, found: &Found) -> LinkDigest {
    let [left, right] = &people.registries;
    let count = Headcount::of([left, right], found.linkage());
    LinkDigest {
        members: count.people,
        doubles: found.doubles(),
        linked: count.decided(Decision::Match),
        review: count.decided(Decision::Review),
        conflicts: count.decided(Decision::Conflict),
        fitted: found.model().fitted,
        converged: found.model().converged,
        rules: found.linkage().rules.clone(),
        quality: found.quality().clone(),
    }
}

/// Reads both tables, or the one.
fn read_persons(persons: &Persons) -> Result<People> {
    let [left, right] = Side::BOTH;
    if persons.is_one_table() {
        return read_side(persons, left);
    }
    let (left, right) = rayon::join(|| read_side(persons, left), || read_side(persons, right));
    let (mut people, right) = (left?, right?);
    people.tally.merge(right.tally);
    people.rejects.extend(right.rejects);
    people.notes.extend(right.notes);
    people.inputs.extend(right.inputs);
    let [_, table] = right.registries;
    people.registries[1] = table;
    Ok(people)
}

/// Reads the table of one side; the other side is empty.
fn read_side(persons: &Persons, side: Side) -> Result<People> {
    let mut people = People {
        registries: Side::BOTH.map(Registry::empty),
        tally: Tally::default(),
        rejects: Vec::new(),
        notes: Vec::new(),
        inputs: Vec::new(),
    };
    let paths = input::matching(&persons.input, &persons.files[side.index()]);
    if paths.is_empty() {
        return Err(nothing_matches(persons, side));
    }
    let mut sheets = Vec::new();
    for path in &paths {
        let file = input::shown(&persons.input, path);
        let ingested = crate::ingest::read(path, &file, side.word(), &persons.binding, &persons.limits)?;
        let rows = ingested.tally.total_read();
        people.inputs.push(input::described(path, &file, side, &persons.binding.profile, ingested.format, rows)?);
        people.tally.merge(ingested.tally);
        people.rejects.extend(ingested.rejects);
        people.notes.extend(ingested.notes);
        sheets.extend(ingested.sheets);
    }
    people.registries[side.index()] = registry(persons, side, sheets)?;
    Ok(people)
}

fn nothing_matches(persons: &Persons, side: Side) -> Error {
    let patterns = persons.files[side.index()].join("  ");
    Error::input(say!("没有找到文件：{patterns}", "no file matches: {patterns}"))
        .at(Place::file(persons.input.display().to_string()))
        .remedy(say!(
            "改流水线里的 left、right，或用 --left、--right 指定文件",
            "change `left`, `right` in the pipeline, or name files with --left and --right"
        ))
}

/// The sheets of one side as a registry of people only.
fn registry(persons: &Persons, side: Side, sheets: Vec<RawSheet>) -> Result<Registry> {
    let mut frames = Vec::with_capacity(sheets.len());
    let mut origins = Vec::with_capacity(sheets.len());
    for (at, sheet) in (0_u32..).zip(sheets) {
        frames.push(cleaned(persons, at, &sheet.frame)?.lazy());
        origins.push(Origin { file: sheet.file, sheet: sheet.sheet, columns: sheet.columns });
    }
    let mut members =
        if frames.is_empty() { DataFrame::empty() } else { concat(frames, UnionArgs::default())?.collect()? };
    if let Ok(numbers) = members.column(HOUSEHOLD_NO) {
        let numbered = dense(numbers.str()?);
        members.with_column(numbered.into_column())?;
    }
    Ok(Registry { members, origins, ..Registry::empty(side) })
}

/// The canonical columns of one sheet: every name once, the first column of that name that has a value.
fn cleaned(persons: &Persons, sheet_ix: u32, frame: &DataFrame) -> Result<DataFrame> {
    let height = frame.height();
    let cells = |field: &str| -> Result<StringChunked> {
        Ok(match frame.column(field) {
            Ok(column) => column.str()?.clone(),
            Err(_) => StringChunked::full_null(field.into(), height),
        })
    };
    let mut names: Vec<&str> = Vec::new();
    for column in &persons.columns {
        if !names.contains(&column.name.as_str()) {
            names.push(&column.name);
        }
    }
    let made: Vec<StringChunked> = names
        .par_iter()
        .map(|name| {
            let mut joined: Option<StringChunked> = None;
            for column in persons.columns.iter().filter(|column| column.name == *name) {
                let cleaned = clean_column(&cells(&column.field)?, column.clean);
                joined = Some(match joined {
                    None => cleaned,
                    Some(first) => first.iter().zip(cleaned.iter()).map(|(first, second)| first.or(second)).collect(),
                });
            }
            Ok(joined.unwrap_or_else(|| StringChunked::full_null((*name).into(), height)).with_name((*name).into()))
        })
        .collect::<Result<_>>()?;
    let mut columns: Vec<Column> = made.into_iter().map(IntoColumn::into_column).collect();
    columns.push(UInt32Chunked::full("sheet_ix".into(), sheet_ix, height).into_column());
    columns.push(frame.column("row")?.cast(&DataType::UInt32)?);
    Ok(DataFrame::new(height, columns)?)
}

/// Households numbered in the order of their first row.
fn dense(numbers: &StringChunked) -> UInt32Chunked {
    let mut known: FxHashMap<&str, u32> = FxHashMap::default();
    let ix = numbers.iter().map(|number| {
        let next = known.len() as u32;
        number.map(|number| *known.entry(number).or_insert(next))
    });
    let ix: Vec<Option<u32>> = ix.collect();
    UInt32Chunked::from_iter_options(HOUSEHOLD_IX.into(), ix.into_iter())
}
