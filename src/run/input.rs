//! From file patterns to two registries and the rolls: find the files, read and normalise each, assemble each side.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use rayon::prelude::*;
use tracing::info;

use super::{Request, Watch};
use crate::emit::InputFile;
use crate::error::{Error, Place, Result};
use crate::ingest;
use crate::ledger::rulings::Ruling;
use crate::normalise::aside::{Aside, AsideRow};
use crate::normalise::{self, Part, Shape};
use crate::pipeline::{Plan, Source};
use crate::say;
use crate::table::{Registry, Reject, Rolls, RowClass, SheetNote, Side, Supplier, Tally};

/// One file to read.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    source: Source,
    path: PathBuf,
    /// Path relative to the input folder, `/` between parts.
    file: String,
    bytes: u64,
    blake3: String,
}

impl Delivery {
    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Everything read.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) registries: [Registry; 2],
    pub(super) rolls: Rolls,
    pub(super) tally: Tally,
    pub(super) rejects: Vec<Reject>,
    /// The rejected rows of both systems, findable by whom they may be about.
    pub(super) aside: Aside,
    pub(super) notes: Vec<SheetNote>,
    /// Those of them that tell of something that may be missing.
    pub(super) doubts: Vec<SheetNote>,
    pub(super) inputs: Vec<InputFile>,
    /// Accepted rows by side and shape, counted before assembly.
    pub(super) accepted: BTreeMap<(Side, Shape), usize>,
    /// Accepted rows of rolls.
    pub(super) accepted_on_rolls: usize,
}

/// Finds every file that the sources name, sorted by path; a required source without a file is refused, and so is a
/// file that two sources claim.
pub(super) fn discover(plan: &Plan) -> Result<Vec<Delivery>> {
    let mut errors = Vec::new();
    let mut found: BTreeMap<PathBuf, &Source> = BTreeMap::new();
    for source in &plan.sources {
        let paths: BTreeSet<PathBuf> = source.files.iter().flat_map(|pattern| matches(&plan.input, pattern)).collect();
        if paths.is_empty() && !source.optional {
            errors.push(missing(plan, source));
        }
        for path in paths {
            if let Some(other) = found.insert(path.clone(), source) {
                errors.push(claimed_twice(&path, other, source));
            }
        }
    }
    let hashed: Vec<Result<Delivery>> =
        found.into_par_iter().map(|(path, source)| delivery(&plan.input, path, source)).collect();
    let mut deliveries = Vec::with_capacity(hashed.len());
    for delivery in hashed {
        match delivery {
            Ok(delivery) => deliveries.push(delivery),
            Err(error) => errors.push(error),
        }
    }
    match Error::all(errors) {
        Some(errors) => Err(errors),
        None => Ok(deliveries),
    }
}

/// The deliveries that hold people or households.
pub(super) fn discover_people(plan: &Plan) -> Result<Vec<Delivery>> {
    let mut deliveries = discover(plan)?;
    deliveries.retain(|delivery| matches!(delivery.source.profile.shape, Shape::Person | Shape::Household));
    Ok(deliveries)
}

/// Files under `input` that any pattern names, sorted; a pattern may also be a path of its own.
pub(super) fn matching(input: &Path, patterns: &[String]) -> BTreeSet<PathBuf> {
    let own = |pattern: &String| Some(PathBuf::from(pattern)).filter(|path| path.is_absolute() && path.is_file());
    patterns
        .iter()
        .flat_map(|pattern| own(pattern).map_or_else(|| matches(input, pattern), |path| vec![path]))
        .collect()
}

/// A path as it is shown: relative to the input folder, `/` between parts.
pub(super) fn shown(input: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(input).unwrap_or(path);
    relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// What the manifest tells of an input.
pub(super) fn described(
    path: &Path,
    file: &str,
    side: Side,
    profile: &str,
    format: String,
    rows: u64,
) -> Result<InputFile> {
    let (blake3, bytes) = hashed(path, file)?;
    let (side, file, profile) = (side.word().to_owned(), file.to_owned(), profile.to_owned());
    Ok(InputFile { side, file, profile, format, bytes, blake3, rows })
}

/// Files under `input` that match, without the lock and temporary files that office programs leave behind.
fn matches(input: &Path, pattern: &str) -> Vec<PathBuf> {
    let full = glob::Pattern::escape(&input.to_string_lossy()) + "/" + pattern;
    let names_a_document = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        path.is_file() && !name.starts_with("~$") && !name.starts_with('.')
    };
    glob::glob(&full).map(|paths| paths.flatten().filter(names_a_document).collect()).unwrap_or_default()
}

fn missing(plan: &Plan, source: &Source) -> Error {
    let (title, patterns) = (&source.profile.title, source.files.join("  "));
    let (side, word, id) = (source.supplier.title(), source.supplier.word(), &source.profile.id);
    Error::input(say!("没有找到{side}的“{title}”：{patterns}", "no file for {word} `{id}`: {patterns}"))
        .at(Place::file(plan.input.display().to_string()))
        .remedy(say!(
            "把导出文件放进去，或改流水线里的 files，或用 --input 指定文件夹",
            "put the exports there, change `files` in the pipeline, or name the folder with --input"
        ))
}

fn claimed_twice(path: &Path, first: &Source, second: &Source) -> Error {
    let (first, second) = (&first.profile.id, &second.profile.id);
    Error::configuration(say!(
        "同一个文件被两处 [[source]] 使用：{first} 和 {second}",
        "two [[source]] blocks name this file: {first} and {second}"
    ))
    .at(Place::file(path.display().to_string()))
    .remedy(say!("把 files 写得更具体", "make their `files` more specific"))
}

fn delivery(input: &Path, path: PathBuf, source: &Source) -> Result<Delivery> {
    let file = shown(input, &path);
    let (blake3, bytes) = hashed(&path, &file)?;
    Ok(Delivery { source: source.clone(), path, file, bytes, blake3 })
}

/// The hash and the size of a file.
fn hashed(path: &Path, file: &str) -> Result<(String, u64)> {
    let mut hasher = blake3::Hasher::new();
    let hashed = std::fs::File::open(path).and_then(|handle| {
        hasher.update_reader(&handle)?;
        handle.metadata()
    });
    match hashed {
        Ok(metadata) => Ok((hasher.finalize().to_hex().to_string(), metadata.len())),
        Err(cause) => {
            Err(Error::input(say!("读不了这个文件: {cause}", "cannot read this file: {cause}")).at(Place::file(file)))
        }
    }
}

/// The refusal of a file that is no longer what it was when the files were counted.
fn changed(file: &str) -> Error {
    Error::input(say!("清点之后文件被改动", "the file was changed after the files were counted"))
        .at(Place::file(file))
        .remedy(say!("请等文件复制或导出完成后再运行", "run again when copying or exporting it is complete"))
}

/// Hash of all that decides a run's results: the files, how they are read, the pipeline, people's rulings, the date.
pub(super) fn fingerprint(plan: &Plan, deliveries: &[Delivery], rulings: &[Ruling], request: &Request<'_>) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(env!("CARGO_PKG_VERSION"));
    add(request.as_of);
    add(request.scope.unwrap_or_default());
    add(&request.model.map(|model| serde_json::to_string(model).unwrap_or_default()).unwrap_or_default());
    for file in &plan.files {
        add(&file.blake3);
    }
    for delivery in deliveries {
        add(&delivery.file);
        add(&delivery.blake3);
    }
    for ruling in rulings.iter().filter(|ruling| ruling.replaced_on.is_none()) {
        add(&ruling.pair.to_string());
        add(ruling.verdict.word());
    }
    hasher.finalize().to_hex().to_string()
}

/// What one file gave.
struct Read {
    input: InputFile,
    parts: Vec<Part>,
    tally: Tally,
    rejects: Vec<Reject>,
    aside: Vec<AsideRow>,
    notes: Vec<SheetNote>,
    doubts: Vec<SheetNote>,
}

/// Reads and normalises every file, and assembles both sides: people and households first, then the benefit files, whose
/// rows are settled against them file by file. All unreadable files are reported together.
pub(super) fn load(plan: &Plan, deliveries: Vec<Delivery>, as_of: Option<&str>, watch: &dyn Watch) -> Result<Loaded> {
    let (rolls, exports): (Vec<_>, Vec<_>) =
        deliveries.into_iter().partition(|delivery| delivery.source.supplier == Supplier::Department);
    let is_register = |delivery: &Delivery| matches!(delivery.source.profile.shape, Shape::Person | Shape::Household);
    let (register, benefits): (Vec<_>, Vec<_>) = exports.into_iter().partition(is_register);
    let latest_birth = as_of.and_then(|date| date.parse().ok());
    let settings = normalise::Settings { latest_birth, ..plan.normalise.clone() };
    let reader = Reader { plan, settings: &settings, watch };
    let reads = match reader.read_all(&register, Ok) {
        Ok(reads) => reads,
        Err(errors) => return Err(reader.also_unreadable(&[benefits, rolls].concat(), errors)),
    };
    let mut books = Books::default();
    let mut sides = books.enter(reads);
    let mut assembled = Vec::with_capacity(2);
    for side in Side::BOTH {
        let is_mine = |delivery: &&Delivery| delivery.source.supplier == Supplier::System(side);
        let mine: Vec<Delivery> = benefits.iter().filter(is_mine).cloned().collect();
        let register = std::mem::take(&mut sides[side.index()]);
        let told = heads_by_reference_number(&sides[side.other().index()])?;
        let records = || Ok([reader.who_is_named(&mine)?, told.clone()].concat());
        let (registry, refused, doubts) = normalise::assemble(side, register, &records, |beneficiaries| {
            let reads = reader.read_all(&mine, |part| beneficiaries.settle(part))?;
            Ok(std::mem::take(&mut books.enter(reads)[side.index()]))
        })?;
        books.refuse(side, refused);
        books.doubts.extend(doubts.iter().cloned());
        books.notes.extend(doubts);
        assembled.push(registry);
    }
    let mut rolls = load_rolls(&reader, &rolls, &mut books)?;
    let mut registries = <[Registry; 2]>::try_from(assembled)
        .map_err(|_| Error::internal(say!("两个系统没有都装好", "both sides were not assembled")))?;
    books.notes.extend(normalise::unplace(&mut registries, &mut rolls)?);
    Ok(books.close(registries, rolls))
}

/// The heads that a side names beside the other system's household numbers.
fn heads_by_reference_number(parts: &[Part]) -> Result<Vec<DataFrame>> {
    let mut told = Vec::new();
    for frame in parts.iter().map(|part| &part.frame).filter(|frame| frame.column("reference_no").is_ok()) {
        let mut heads = frame.select(["reference_no"])?;
        heads.rename("reference_no", "household_no".into())?;
        for (name, known_as) in [("head_id18", "id18"), ("head_name", "name_key")] {
            if let Ok(column) = frame.column(name) {
                heads.with_column(column.clone().with_name(known_as.into()))?;
            }
        }
        told.push(heads);
    }
    Ok(told)
}

/// Reads the departments' rolls.
fn load_rolls(reader: &Reader<'_>, deliveries: &[Delivery], books: &mut Books) -> Result<Rolls> {
    let reads = reader.read_all(deliveries, Ok)?;
    let (mut parts, mut provers) = (Vec::new(), BTreeMap::new());
    for (delivery, read) in deliveries.iter().zip(reads) {
        let profile = &delivery.source.profile;
        if let Some(prover) = &profile.prover {
            provers.insert(profile.id.clone(), prover.clone());
        }
        parts.extend(books.enter_roll(read).into_iter().map(|part| (profile.id.clone(), part)));
    }
    let rolls = normalise::assemble_rolls(parts, provers.into_values().collect())?;
    let of_departments = reader.plan.profiles.iter().filter(|profile| profile.side.is_none());
    let titles = of_departments.map(|profile| (profile.id.clone(), profile.title.clone())).collect();
    Ok(Rolls { titles, ..rolls })
}

/// Reads files in parallel.
struct Reader<'a> {
    plan: &'a Plan,
    settings: &'a normalise::Settings,
    watch: &'a dyn Watch,
}

impl Reader<'_> {
    /// Reads every file and passes each of its parts through `settle`; results in the order of the files.
    fn read_all(&self, files: &[Delivery], settle: impl Fn(Part) -> Result<Part> + Sync) -> Result<Vec<Read>> {
        let results: Vec<Result<Read>> = files
            .par_iter()
            .map(|file| {
                let read = read(self.plan, self.settings, file, &settle);
                self.watch.step();
                read
            })
            .collect();
        let (mut reads, mut errors) = (Vec::with_capacity(results.len()), Vec::new());
        for result in results {
            match result {
                Ok(read) => reads.push(read),
                Err(error) => errors.push(error),
            }
        }
        Error::all(errors).map_or(Ok(reads), Err)
    }

    /// Who is named beside which household number in benefit files: read once more, for these columns only.
    fn who_is_named(&self, files: &[Delivery]) -> Result<Vec<DataFrame>> {
        let quietly = Reader { watch: &super::Unwatched, ..*self };
        let reads = quietly.read_all(files, |part| {
            let names = ["household_no", "id18", "name_key"].into_iter().filter(|name| part.frame.column(name).is_ok());
            Ok(Part { frame: part.frame.select(names)?, ..part })
        })?;
        Ok(reads.into_iter().flat_map(|read| read.parts).map(|part| part.frame).collect())
    }

    /// The errors known, and those of the other files: nobody should have to ask twice.
    fn also_unreadable(&self, others: &[Delivery], known: Error) -> Error {
        let others = self.read_all(others, Ok).err();
        let errors = std::iter::once(known).chain(others).collect();
        Error::all(errors).expect("at least one error is known")
    }
}

/// What is kept of every file beside its rows: counts, rejects, remarks.
#[derive(Default)]
struct Books {
    tally: Tally,
    rejects: Vec<Reject>,
    aside: Vec<AsideRow>,
    notes: Vec<SheetNote>,
    doubts: Vec<SheetNote>,
    inputs: Vec<InputFile>,
    accepted: BTreeMap<(Side, Shape), usize>,
    accepted_on_rolls: usize,
}

impl Books {
    /// Enters what the files gave; their parts come back by side.
    fn enter(&mut self, reads: Vec<Read>) -> [Vec<Part>; 2] {
        let mut sides = [Vec::new(), Vec::new()];
        for mut read in reads {
            for part in std::mem::take(&mut read.parts) {
                let Some(side) = part.supplier.side() else { continue };
                *self.accepted.entry((side, part.shape)).or_default() += part.frame.height();
                sides[side.index()].push(part);
            }
            self.enter_counts(read);
        }
        sides
    }

    /// Enters what a roll's file gave; its parts come back.
    fn enter_roll(&mut self, mut read: Read) -> Vec<Part> {
        let parts = std::mem::take(&mut read.parts);
        self.accepted_on_rolls += parts.iter().map(|part| part.frame.height()).sum::<usize>();
        self.enter_counts(read);
        parts
    }

    fn enter_counts(&mut self, read: Read) {
        self.tally.merge(read.tally);
        self.rejects.extend(read.rejects);
        self.aside.extend(read.aside);
        self.notes.extend(read.notes);
        self.doubts.extend(read.doubts);
        self.inputs.push(read.input);
    }

    /// Household rows that turned out to be of no use once all files of a side were seen.
    fn refuse(&mut self, side: Side, refused: Vec<Reject>) {
        for reject in &refused {
            let (from, to) = (RowClass::Accepted, RowClass::Rejected);
            self.tally.reclassify(side.word(), &reject.file, &reject.sheet, from, to, 1);
        }
        self.rejects.extend(refused);
    }

    /// Everything sorted, so that nothing depends on the order of the files.
    fn close(mut self, registries: [Registry; 2], rolls: Rolls) -> Loaded {
        self.rejects.sort();
        self.notes.sort_by(|a, b| (&a.file, &a.sheet, &a.text.zh).cmp(&(&b.file, &b.sheet, &b.text.zh)));
        self.doubts.sort_by(|a, b| (&a.file, &a.sheet, &a.text.zh).cmp(&(&b.file, &b.sheet, &b.text.zh)));
        self.inputs.sort_by(|a, b| (&a.side, &a.file).cmp(&(&b.side, &b.file)));
        let Self { tally, rejects, aside, notes, doubts, inputs, accepted, accepted_on_rolls } = self;
        let aside = Aside::of(aside);
        Loaded { registries, rolls, tally, rejects, aside, notes, doubts, inputs, accepted, accepted_on_rolls }
    }
}

fn read(
    plan: &Plan,
    settings: &normalise::Settings,
    delivery: &Delivery,
    settle: impl Fn(Part) -> Result<Part>,
) -> Result<Read> {
    let Delivery { source, path, file, .. } = delivery;
    let side = source.supplier.word();
    let ingested = ingest::read(path, file, side, &source.profile.binding, &plan.limits)?;
    if ingested.blake3 != delivery.blake3 {
        return Err(changed(file));
    }
    let mut tally = ingested.tally;
    let mut rejects = ingested.rejects;
    let mut parts = Vec::with_capacity(ingested.sheets.len());
    for sheet in ingested.sheets {
        let name = sheet.sheet.clone();
        let mut part = normalise::normalise(sheet, source.supplier, source.profile.shape, source.data_year, settings)?;
        let refused = std::mem::take(&mut part.rejects);
        tally.reclassify(side, file, &name, RowClass::Accepted, RowClass::Rejected, refused.len() as u64);
        rejects.extend(refused);
        parts.push(settle(part)?);
    }
    let rows = tally.total_read();
    let accepted = tally.total(side, RowClass::Accepted);
    // Somebody may have named the file after a person: the manifest tells which input has that hash.
    info!(stage = "load", input = &delivery.blake3[..12], format = ingested.format.as_str(), rows, accepted);
    let aside = set_aside(source, &rejects);
    Ok(Read {
        input: input_file(delivery, ingested.format, rows),
        parts,
        tally,
        rejects,
        aside,
        notes: ingested.notes,
        doubts: ingested.doubts,
    })
}

/// The rejected rows of a system's file: each may speak of somebody.
fn set_aside(source: &Source, rejects: &[Reject]) -> Vec<AsideRow> {
    let Some(side) = source.supplier.side() else { return Vec::new() };
    let row = |reject| AsideRow::of(reject, side, source.profile.shape, source.data_year);
    rejects.iter().map(row).collect()
}

fn input_file(delivery: &Delivery, format: String, rows: u64) -> InputFile {
    InputFile {
        side: delivery.source.supplier.word().to_owned(),
        file: delivery.file.clone(),
        profile: delivery.source.profile.id.clone(),
        format,
        bytes: delivery.bytes,
        blake3: delivery.blake3.clone(),
        rows,
    }
}
