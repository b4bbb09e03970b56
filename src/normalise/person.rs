//! What normalisation derives for a person row, beside its fields: the name's key, and what the identifier tells.
//!
//! Birth date and sex come from a trustworthy identifier, else from the export: most person exports print neither. Where both
//! tell, and tell of two people (a relative's number pasted, the numbers of a couple exchanged), the number is doubted: it
//! stays what it is, and links nobody by itself.

use jiff::civil::Date;
use polars::prelude::*;

use super::cells::Cells;
use super::identity::{self, Id18, Identity};
use super::{date, field, name};
use crate::error::Result;

/// `id_no` and its derived columns. `latest` is the day after which nobody was born.
pub(super) fn identity_columns(cells: &Cells, latest: Option<Date>) -> Result<Vec<Column>> {
    let identities = identities(cells, latest);
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
pub(super) fn key_column(name: &str, cells: &Cells, latest: Option<Date>) -> Result<Column> {
    Ok(cells.strings(name, &keys(&identities(cells, latest)))?)
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

fn identities(cells: &Cells, latest: Option<Date>) -> Vec<Identity> {
    let mut identities = cells.read(identity::parse);
    identity::distrust_lucky_numbers(&mut identities);
    if let Some(latest) = latest {
        identity::distrust_implausible(&mut identities, latest);
    }
    identities
}

/// Of rows that print a birth date beside a sound number, a larger share of contradictions is the birth column's fault.
const MOST_DOUBTED: f64 = 0.1;

/// The column `id_doubted`: whether a sound number tells another person's birth than the row prints, or is nobody's who can be
/// alive. Call it before [`fall_back`].
pub(super) fn doubted_column(columns: &[Column]) -> Result<Column> {
    let find = |name: &str| columns.iter().find(|column| column.name() == name);
    let height = columns.first().map_or(0, Column::len);
    let date = |name: &str| find(name).map(|column| column.date().map(|days| days.physical().clone())).transpose();
    let text = |name: &str| find(name).map(Column::str).transpose();
    let (numbers, births) = (date("born_on")?, date("birth_date")?);
    let (number_sex, sex, class) = (text("sex_known")?, text("sex")?, text("id_class")?);
    let sexes_differ = |row: usize| {
        let sex = sex.and_then(|sex| sex.get(row)).filter(|sex| matches!(*sex, "男" | "女"));
        number_sex.and_then(|known| known.get(row)).zip(sex).is_some_and(|(number, printed)| number != printed)
    };
    let (mut doubted, mut both) = (vec![false; height], 0_usize);
    if let (Some(numbers), Some(births)) = (&numbers, &births) {
        for (row, doubted) in doubted.iter_mut().enumerate() {
            let Some((number, printed)) = numbers.get(row).zip(births.get(row)) else { continue };
            both += 1;
            let parts = number != printed && differing_parts(number, printed) + usize::from(sexes_differ(row)) >= 2;
            *doubted = parts;
        }
    }
    let is_columns_fault = doubted.iter().filter(|doubted| **doubted).count() as f64 > both as f64 * MOST_DOUBTED;
    let unborn = |row: usize| class.and_then(|class| class.get(row)) == Some(identity::IdClass::BadBirthDate.word());
    let rows = doubted.into_iter().enumerate().map(|(row, doubted)| doubted && !is_columns_fault || unborn(row));
    Ok(BooleanChunked::from_iter_values("id_doubted".into(), rows).into_column())
}

/// How many of year, month and day differ: one is a slip, two are somebody else's birthday.
fn differing_parts(a: i32, b: i32) -> usize {
    let [a, b] = [a, b].map(date::of_days);
    [a.year() != b.year(), a.month() != b.month(), a.day() != b.day()].into_iter().filter(|differs| *differs).count()
}

fn keys(identities: &[Identity]) -> Vec<Option<&str>> {
    identities.iter().map(|identity| identity.id18.as_ref().map(Id18::as_str)).collect()
}

/// An empty cell is an identifier of class `empty`.
fn or_empty(classes: Column) -> Result<Column> {
    let words = classes.str()?.iter().map(|class| Some(class.unwrap_or(identity::IdClass::Empty.word())));
    Ok(StringChunked::from_iter_options(classes.name().clone(), words).into_column())
}
