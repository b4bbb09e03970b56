//! `data/*.parquet`: the published tables, a public interface (design: what a run publishes).
//!
//! Names, order and types change only with [`SCHEMA`](super::manifest::SCHEMA): rows are UInt32 (null without a
//! place), years Int32, counts UInt32 or Int64, probabilities and weights Float64, all else String; keys and values
//! are as exported and unmasked, for machines inside the county office.
//!
//! A table is made and written in slices of [`SLICE`] rows, one row group each: three million benefit links need the
//! memory of one slice. File names are taken from the registry's origins as string views, never copied row by row.

use std::ops::Range;
use std::path::Path;

use polars::prelude::*;

use super::{Outcome, OutputFile, files};
use crate::error::{Error, Place, Result};
use crate::say;
use crate::table::finding::RowPlace;
use crate::table::linkage::NotCompared;
use crate::table::{Finding, Item, Origin, Registry, Reject, Side, Words, parquet};

/// Rows of a slice, hence of a row group.
const SLICE: usize = 1 << 18;

/// Writes all published tables under `dir`.
pub(crate) fn write(outcome: &Outcome<'_>, dir: &Path) -> Result<Vec<OutputFile>> {
    let mut outputs = write_links(outcome, dir)?;
    outputs.extend([
        household_links(outcome, dir)?,
        movements(outcome, dir)?,
        not_compared(outcome, dir)?,
        benefit_links(outcome, dir)?,
        findings(outcome, dir)?,
        items(&outcome.rolled.items, dir)?,
    ]);
    Ok(outputs)
}

/// Writes the tables of linking alone.
pub(crate) fn write_links(outcome: &Outcome<'_>, dir: &Path) -> Result<Vec<OutputFile>> {
    let mut outputs = vec![
        member_links(outcome, dir)?,
        rejects(outcome.rejects, dir)?,
        tally(outcome, dir)?,
        json(dir, "model", outcome.model)?,
        json(dir, "link_quality", outcome.quality)?,
    ];
    if let Some(numbers) = outcome.clusters {
        outputs.push(clusters(outcome.registries[0], numbers, dir)?);
    }
    Ok(outputs)
}

/// Every record of a table, in its order, with the number of the person it is.
fn clusters(registry: &Registry, numbers: &[u32], dir: &Path) -> Result<OutputFile> {
    let rows = Rows::of(registry, &registry.members)?;
    table(dir, "clusters", numbers.len(), |range| {
        let taken = indices(range.clone().map(|row| Some(row as u32)));
        let numbers = UInt64Chunked::from_iter_values("cluster".into(), numbers[range].iter().map(|n| u64::from(*n)));
        let mut columns = vec![numbers.into_column()];
        columns.extend(rows.files_and_rows(&taken)?);
        columns.push(rows.field("household_no", &taken)?);
        columns.push(rows.field("person_no", &taken)?);
        Ok(columns)
    })
}

/// `data/<name>.json`: the model, which `--model` reads, and the quality of the links.
fn json(dir: &Path, name: &str, value: &impl serde::Serialize) -> Result<OutputFile> {
    let json = serde_json::to_vec_pretty(value)
        .map_err(|cause| Error::internal(say!("{name} 无法序列化: {cause}", "{name} does not serialise: {cause}")))?;
    files::put(dir, &format!("data/{name}.json"), &json, None)
}

fn member_links(outcome: &Outcome<'_>, dir: &Path) -> Result<OutputFile> {
    let links = &outcome.linkage.members;
    let national = Rows::of(outcome.registries[0], &outcome.registries[0].members)?;
    let right = outcome.registries[usize::from(outcome.clusters.is_none())];
    let provincial = Rows::of(right, &right.members)?;
    table(dir, "member_links", links.len(), |range| {
        let links = &links[range];
        let left = indices(links.iter().map(|link| Some(link.left)));
        let right = indices(links.iter().map(|link| Some(link.right)));
        let mut columns = vec![
            text("decision", links.iter().map(|link| Some(link.decision.word()))),
            text("reason", links.iter().map(|link| Some(&*link.reason))),
            floats("match_prob", links.iter().map(|link| link.match_prob)),
            floats("match_weight_bits", links.iter().map(|link| link.weight_bits)),
            text("rule", links.iter().map(|link| Some(&*link.rule))),
        ];
        for (side, rows, taken) in [("national", &national, &left), ("provincial", &provincial, &right)] {
            columns.extend(rows.places(side, taken)?);
            columns.push(rows.key(side, "household_no", taken)?);
            columns.push(rows.key(side, "person_no", taken)?);
        }
        Ok(columns)
    })
}

fn household_links(outcome: &Outcome<'_>, dir: &Path) -> Result<OutputFile> {
    let links = &outcome.linkage.households;
    let national = Rows::of(outcome.registries[0], &outcome.registries[0].households)?;
    let provincial = Rows::of(outcome.registries[1], &outcome.registries[1].households)?;
    table(dir, "household_links", links.len(), |range| {
        let links = &links[range];
        let left = indices(links.iter().map(|link| Some(link.left)));
        let right = indices(links.iter().map(|link| Some(link.right)));
        Ok(vec![
            national.key("national", "household_no", &left)?,
            provincial.key("provincial", "household_no", &right)?,
            text("relation", links.iter().map(|link| Some(link.relation.word()))),
            unsigned("shared_members", links.iter().map(|link| Some(link.shared_members))),
            floats("match_prob", links.iter().map(|link| link.match_prob)),
        ])
    })
}

fn movements(outcome: &Outcome<'_>, dir: &Path) -> Result<OutputFile> {
    let movements = &outcome.linkage.movements;
    let national = Rows::of(outcome.registries[0], &outcome.registries[0].members)?;
    let provincial = Rows::of(outcome.registries[1], &outcome.registries[1].members)?;
    table(dir, "movements", movements.len(), |range| {
        let movements = &movements[range];
        let left = indices(movements.iter().map(|movement| movement.left));
        let right = indices(movements.iter().map(|movement| movement.right));
        let mut columns = vec![text("kind", movements.iter().map(|movement| Some(movement.kind.word())))];
        for (side, rows, taken) in [("national", &national, &left), ("provincial", &provincial, &right)] {
            columns.extend(rows.places(side, taken)?);
            columns.push(rows.key(side, "household_no", taken)?);
            columns.push(rows.key(side, "person_no", taken)?);
        }
        Ok(columns)
    })
}

/// Whom nobody could compare, where their own row stands, and what stood in the way.
fn not_compared(outcome: &Outcome<'_>, dir: &Path) -> Result<OutputFile> {
    let held = &outcome.linkage.not_compared;
    let all: Vec<(usize, &NotCompared)> =
        [0, 1].into_iter().flat_map(|side| held[side].iter().map(move |member| (side, member))).collect();
    let sides = [
        Rows::of(outcome.registries[0], &outcome.registries[0].members)?,
        Rows::of(outcome.registries[1], &outcome.registries[1].members)?,
    ];
    table(dir, "not_compared", all.len(), |range| {
        let all = &all[range];
        let reasons: Vec<String> = all.iter().map(|(_, member)| member.obstacle.words()).collect();
        let mut columns = vec![text("side", all.iter().map(|(side, _)| Some(Side::BOTH[*side].word())))];
        let fields = ["household_no", "person_no", "name"];
        let mut cells: Vec<Vec<Option<String>>> = vec![Vec::new(); fields.len() + 1];
        let mut rows = Vec::with_capacity(all.len());
        for (side, member) in all {
            let taken = indices(std::iter::once(Some(member.row)));
            let [file, row] = sides[*side].files_and_rows(&taken)?;
            cells[0].push(file.str()?.get(0).map(str::to_owned));
            rows.push(row.u32()?.get(0));
            for (cells, field) in cells[1..].iter_mut().zip(fields) {
                cells.push(sides[*side].field(field, &taken)?.str()?.get(0).map(str::to_owned));
            }
        }
        columns.push(text("file", cells[0].iter().map(Option::as_deref)));
        columns.push(unsigned("row", rows.into_iter()));
        columns.extend(
            fields.iter().zip(&cells[1..]).map(|(field, cells)| text(field, cells.iter().map(Option::as_deref))),
        );
        columns.push(text("reason", reasons.iter().map(|reason| Some(reason.as_str()))));
        Ok(columns)
    })
}

fn benefit_links(outcome: &Outcome<'_>, dir: &Path) -> Result<OutputFile> {
    let links = &outcome.audit.benefit_links;
    let national = Rows::of(outcome.registries[0], &outcome.registries[0].benefits)?;
    let provincial = Rows::of(outcome.registries[1], &outcome.registries[1].benefits)?;
    table(dir, "benefit_links", links.len(), |range| {
        let links = &links[range];
        let mut columns = national.places("national", &indices(links.iter().map(|link| link.national)))?;
        columns.extend(provincial.places("provincial", &indices(links.iter().map(|link| link.provincial)))?);
        columns.push(text("decision", links.iter().map(|link| Some(link.decision))));
        columns.push(text("reason", links.iter().map(|link| Some(link.reason.as_str()))));
        Ok(columns)
    })
}

fn findings(outcome: &Outcome<'_>, dir: &Path) -> Result<OutputFile> {
    let all = &outcome.audit.findings;
    table(dir, "findings", all.len(), |range| {
        let all = &all[range];
        let optional = |name, of: fn(&Finding) -> &Option<String>| text(name, all.iter().map(|f| of(f).as_deref()));
        let words = |name, of: fn(&Finding) -> Option<&Words>| text(name, all.iter().map(|f| of(f).map(Words::plain)));
        let file = |name, origins, of: fn(&Finding) -> Option<RowPlace>| {
            text(name, all.iter().map(|f| of(f).map(|place| file_of(origins, place))))
        };
        let [national, provincial] = outcome.registries.map(|registry| registry.origins.as_slice());
        Ok(vec![
            text("finding_id", all.iter().map(|f| Some(f.finding_id.as_str()))),
            text("rule_id", all.iter().map(|f| Some(f.rule_id.as_str()))),
            text("category", all.iter().map(|f| Some(f.category.word()))),
            text("severity", all.iter().map(|f| Some(f.severity.word()))),
            text("scope", all.iter().map(|f| Some(f.scope.word()))),
            optional("township", |f| &f.township),
            optional("village", |f| &f.village),
            optional("national_household_no", |f| &f.national_household_no),
            optional("national_person_no", |f| &f.national_person_no),
            optional("provincial_household_no", |f| &f.provincial_household_no),
            optional("provincial_person_no", |f| &f.provincial_person_no),
            optional("name", |f| &f.name),
            years(all.iter().map(|f| f.year)),
            optional("field", |f| &f.field),
            words("national_value", |f| f.national_value.as_ref()),
            words("provincial_value", |f| f.provincial_value.as_ref()),
            text("correct_in", all.iter().map(|f| Some(f.correct_in.word()))),
            words("message", |f| Some(&f.message)),
            words("remedy", |f| Some(&f.remedy)),
            optional("cause_id", |f| &f.cause_id),
            file("national_file", national, |f| f.national),
            unsigned("national_row", all.iter().map(|f| f.national.map(|place| place.row))),
            file("provincial_file", provincial, |f| f.provincial),
            unsigned("provincial_row", all.iter().map(|f| f.provincial.map(|place| place.row))),
        ])
    })
}

fn items(items: &[Item], dir: &Path) -> Result<OutputFile> {
    table(dir, "items", items.len(), |range| {
        let items = &items[range];
        Ok(vec![
            text("item_id", items.iter().map(|item| Some(item.item_id.as_str()))),
            text("rule_id", items.iter().map(|item| Some(item.rule_id.as_str()))),
            text("township", items.iter().map(|item| item.township.as_deref())),
            text("village", items.iter().map(|item| item.village.as_deref())),
            years(items.iter().map(|item| item.year)),
            text("state", items.iter().map(|item| Some(item.state.word()))),
            text("reason", items.iter().map(|item| item.reason.as_deref())),
            text("first_seen", items.iter().map(|item| Some(item.first_seen.as_str()))),
            text("last_seen", items.iter().map(|item| Some(item.last_seen.as_str()))),
            text("closed_on", items.iter().map(|item| item.closed_on.as_deref())),
            unsigned("reopened_count", items.iter().map(|item| Some(item.reopened_count))),
            text("detail_hash", items.iter().map(|item| Some(item.detail_hash.as_str()))),
        ])
    })
}

fn rejects(rejects: &[Reject], dir: &Path) -> Result<OutputFile> {
    let mut sorted: Vec<&Reject> = rejects.iter().collect();
    sorted.sort();
    table(dir, "rejects", sorted.len(), |range| {
        let rejects = &sorted[range];
        Ok(vec![
            text("side", rejects.iter().map(|reject| Some(reject.side.as_str()))),
            text("file", rejects.iter().map(|reject| Some(reject.file.as_str()))),
            text("sheet", rejects.iter().map(|reject| Some(reject.sheet.as_str()))),
            unsigned("row", rejects.iter().map(|reject| Some(reject.row))),
            text("reason", rejects.iter().map(|reject| Some(reject.reason.as_str()))),
            text("text", rejects.iter().map(|reject| Some(reject.text.as_str()))),
        ])
    })
}

fn tally(outcome: &Outcome<'_>, dir: &Path) -> Result<OutputFile> {
    let lines: Vec<_> = outcome.tally.rows().collect();
    table(dir, "tally", lines.len(), |range| {
        let lines = &lines[range];
        let rows = lines.iter().map(|line| i64::try_from(line.4).ok());
        Ok(vec![
            text("side", lines.iter().map(|line| Some(line.0))),
            text("file", lines.iter().map(|line| Some(line.1))),
            text("sheet", lines.iter().map(|line| Some(line.2))),
            text("class", lines.iter().map(|line| Some(line.3.word()))),
            Int64Chunked::from_iter_options("rows".into(), rows).into_column(),
        ])
    })
}

/// Writes `data/<name>.parquet`, whose rows `make` gives slice by slice (at least one, so that an empty table has its
/// columns).
fn table(
    dir: &Path,
    name: &str,
    rows: usize,
    make: impl Fn(Range<usize>) -> Result<Vec<Column>>,
) -> Result<OutputFile> {
    let file = format!("data/{name}.parquet");
    let mut frame = slice(0, rows, &make)?;
    let broken = |cause| files::failed(&file, &cause);
    let mut writer = parquet::Writer::new(files::create(dir, &file)?, frame.schema()).map_err(broken)?;
    let mut start = 0;
    loop {
        writer.write(&frame).map_err(broken)?;
        start += SLICE;
        if start >= rows {
            break;
        }
        frame = slice(start, rows, &make)?;
    }
    writer.close().map_err(broken)?;
    files::describe(dir, &file, Some(rows as u64))
}

fn slice(start: usize, rows: usize, make: impl Fn(Range<usize>) -> Result<Vec<Column>>) -> Result<DataFrame> {
    let end = (start + SLICE).min(rows);
    Ok(DataFrame::new(end - start, make(start..end)?)?)
}

/// Where the rows of one frame came from, and their keys, ready to be taken by row number.
struct Rows<'a> {
    frame: &'a DataFrame,
    files: StringChunked,
    sheets: IdxCa,
    rows: UInt32Chunked,
}

impl<'a> Rows<'a> {
    fn of(registry: &Registry, frame: &'a DataFrame) -> Result<Self> {
        let files = StringChunked::from_iter_values("file".into(), registry.origins.iter().map(|o| o.file.as_str()));
        let (sheets, rows) = match (frame.column("sheet_ix"), frame.column("row")) {
            (Ok(sheets), Ok(rows)) => (sheets.cast(&DataType::UInt32)?, rows.cast(&DataType::UInt32)?),
            // A registry without that export has a frame without columns.
            _ => (no_rows("sheet_ix"), no_rows("row")),
        };
        Ok(Self {
            frame,
            files,
            sheets: sheets.u32()?.rechunk().into_owned(),
            rows: rows.u32()?.rechunk().into_owned(),
        })
    }

    /// `<side>_file` and `<side>_row` of the rows `taken`.
    fn places(&self, side: &str, taken: &IdxCa) -> Result<Vec<Column>> {
        let [file, row] = self.files_and_rows(taken)?;
        Ok(vec![named(file, side, "file"), named(row, side, "row")])
    }

    /// `file` and `row` of the rows `taken`.
    fn files_and_rows(&self, taken: &IdxCa) -> Result<[Column; 2]> {
        let files = self.files.take(&self.sheets.take(taken)?)?.with_name("file".into());
        let rows = self.rows.take(taken)?.with_name("row".into());
        Ok([files.into_column(), rows.into_column()])
    }

    /// `<side>_<field>`: a key as exported; null where the export has no such column.
    fn key(&self, side: &str, field: &str, taken: &IdxCa) -> Result<Column> {
        Ok(named(self.field(field, taken)?, side, field))
    }

    /// The same under its own name.
    fn field(&self, field: &str, taken: &IdxCa) -> Result<Column> {
        Ok(match self.frame.column(field) {
            Ok(column) => column.take(taken)?,
            Err(_) => StringChunked::full_null(field.into(), taken.len()).into_column(),
        })
    }
}

fn no_rows(name: &str) -> Column {
    UInt32Chunked::from_vec(name.into(), Vec::new()).into_column()
}

fn named(column: Column, side: &str, field: &str) -> Column {
    column.with_name(format!("{side}_{field}").into())
}

fn indices(rows: impl Iterator<Item = Option<u32>>) -> IdxCa {
    IdxCa::from_iter_options("ix".into(), rows)
}

fn text<'a>(name: &str, values: impl Iterator<Item = Option<&'a str>>) -> Column {
    StringChunked::from_iter_options(name.into(), values).into_column()
}

fn years(values: impl Iterator<Item = Option<i32>>) -> Column {
    Int32Chunked::from_iter_options("year".into(), values).into_column()
}

fn unsigned(name: &str, values: impl Iterator<Item = Option<u32>>) -> Column {
    UInt32Chunked::from_iter_options(name.into(), values).into_column()
}

fn floats(name: &str, values: impl Iterator<Item = f64>) -> Column {
    Float64Chunked::from_iter_values(name.into(), values).into_column()
}

fn file_of(origins: &[Origin], place: RowPlace) -> &str {
    origins.get(place.sheet_ix as usize).map_or("", |origin| origin.file.as_str())
}

/// Reads a published table of a run folder back.
///
/// # Errors
/// When the run has no such table, or it cannot be read.
pub fn read_table(run: &Path, name: &str) -> Result<DataFrame> {
    let path = run.join("data").join(format!("{name}.parquet"));
    let unreadable = |cause: &dyn std::fmt::Display| {
        Error::input(say!("读不了发布表: {cause}", "cannot read a published table: {cause}"))
            .at(Place::file(path.display().to_string()))
            .remedy(say!("请指定一次完整的运行", "name a complete run"))
    };
    let file = std::fs::File::open(&path).map_err(|cause| unreadable(&cause))?;
    parquet::read(file).map_err(|cause| unreadable(&cause))
}
