//! What normalisation derives for a person row, beside its fields: the name's key, and what the identifier tells.
//!
//! Birth date and sex come from a trustworthy identifier, else from the export: most person exports print neither.

use polars::prelude::*;

use super::cells::Cells;
use super::identity::{self, Id18, Identity};
use super::{date, field, name};
use crate::error::Result;

/// `id_no` and its derived columns.
pub(super) fn identity_columns(cells: &Cells) -> Result<Vec<Column>> {
    let identities = identities(cells);
    let of = |read: fn(&Identity) -> Option<i32>| identities.iter().map(read).collect::<Vec<_>>();
    let classes: Vec<Option<&str>> = identities.iter().map(|identity| Some(identity.class.word())).collect();
    let sexes: Vec<Option<&str>> = identities.iter().map(|identity| Some(identity.sex()?.word())).collect();
    Ok(vec![
        field::identifiers("id_no", cells, &identities)?,
        or_empty(cells.strings("id_class", &classes)?)?,
        cells.strings("id18", &keys(&identities))?,
        cells.int32("disability_kind", &of(|identity| identity.disability_kind.map(i32::from))),
        cells.int32("disability_grade", &of(|identity| identity.disability_grade.map(i32::from))),
        cells.date("born_on", &of(|identity| identity.birth().map(date::days))),
        cells.strings("sex_known", &sexes)?,
    ])
}

/// The join keys of an identifier column, for benefit and household rows.
pub(super) fn key_column(name: &str, cells: &Cells) -> Result<Column> {
    Ok(cells.strings(name, &keys(&identities(cells)))?)
}

/// The key form of names.
pub(super) fn name_key_column(name: &str, cells: &Cells) -> Result<Column> {
    Ok(cells.strings(name, &cells.read(name::key))?)
}

/// Birth date and sex as exported, where the identifier does not tell them.
pub(super) fn fall_back(columns: &mut [Column]) -> Result<()> {
    fill_from(columns, "born_on", "birth_date")?;
    if let Some(sex) = columns.iter().find(|column| column.name() == "sex") {
        let known = sex.str()?.iter().map(|sex| sex.filter(|sex| matches!(*sex, "男" | "女")));
        let known = StringChunked::from_iter_options("sex".into(), known).into_column();
        fill(columns, "sex_known", &known)?;
    }
    Ok(())
}

fn fill_from(columns: &mut [Column], target: &str, source: &str) -> Result<()> {
    match columns.iter().find(|column| column.name() == source).cloned() {
        Some(source) => fill(columns, target, &source),
        None => Ok(()),
    }
}

fn fill(columns: &mut [Column], target: &str, source: &Column) -> Result<()> {
    if let Some(column) = columns.iter_mut().find(|column| column.name() == target) {
        *column = column.zip_with(&column.is_not_null(), source)?;
    }
    Ok(())
}

fn identities(cells: &Cells) -> Vec<Identity> {
    let mut identities = cells.read(identity::parse);
    identity::distrust_lucky_numbers(&mut identities);
    identities
}

fn keys(identities: &[Identity]) -> Vec<Option<&str>> {
    identities.iter().map(|identity| identity.id18.as_ref().map(Id18::as_str)).collect()
}

/// An empty cell is an identifier of class `empty`.
fn or_empty(classes: Column) -> Result<Column> {
    let words = classes.str()?.iter().map(|class| Some(class.unwrap_or(identity::IdClass::Empty.word())));
    Ok(StringChunked::from_iter_options(classes.name().clone(), words).into_column())
}
