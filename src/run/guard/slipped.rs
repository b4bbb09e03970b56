//! Columns that slipped: a file in which names are numbers, or numbers are words, under headers that are right; or one in which
//! whole families have one name.
//!
//! In: both registries. Out: an error for each file of people most rows of which are so.

use std::collections::BTreeMap;

use polars::prelude::*;

use crate::error::{Error, Place};
use crate::say;
use crate::table::Registry;

/// Fewer rows tell nothing.
const FEWEST_ROWS: u64 = 10;
/// Digits that no name has.
const DIGITS: usize = 5;

/// Every file whose columns slipped.
pub(super) fn errors(registries: &[Registry; 2]) -> Vec<Error> {
    let mut errors = Vec::new();
    for registry in registries {
        let earlier = registry.earlier.iter().map(|year| &year.members);
        for members in std::iter::once(&registry.members).chain(earlier) {
            let slipped = rows_by_file(registry, members).into_iter();
            let slipped = slipped.filter(|(_, [rows, odd])| *rows >= FEWEST_ROWS && odd * 2 > *rows);
            errors.extend(slipped.map(|(file, [rows, odd])| error(file, rows, odd)));
            let namesakes = namesakes_by_file(registry, members).into_iter();
            let namesakes = namesakes.filter(|(_, [rows, odd])| *rows >= FEWEST_ROWS && odd * 2 > *rows);
            errors.extend(namesakes.map(|(file, [rows, odd])| exchanged(file, rows, odd)));
        }
    }
    errors
}

/// Rows of each file, and those of them whose name is a number or whose number is none.
fn rows_by_file<'r>(registry: &'r Registry, members: &DataFrame) -> BTreeMap<&'r str, [u64; 2]> {
    let text = |name: &str| members.column(name).ok().and_then(|column| column.str().ok());
    let sheets = members.column("sheet_ix").ok().and_then(|column| column.u32().ok());
    let (names, numbers) = (text("name"), text("id_no_text").or_else(|| text("id_no")));
    let mut rows: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for row in 0..members.height() {
        let Some(origin) = sheets.and_then(|sheets| sheets.get(row)).and_then(|ix| registry.origins.get(ix as usize))
        else {
            continue;
        };
        let digits = |text: &str| text.chars().filter(|c| c.is_numeric()).count();
        let is_number = names.and_then(|names| names.get(row)).is_some_and(|name| digits(name) >= DIGITS);
        let number = numbers.and_then(|numbers| numbers.get(row)).map(str::trim);
        let is_word = number.is_some_and(|number| number.chars().count() > 1 && digits(number) == 0);
        let [all, odd] = rows.entry(origin.file.as_str()).or_default();
        *all += 1;
        *odd += u64::from(is_number || is_word);
    }
    rows
}

/// Rows of each file that are not alone in their household, and those of them whose name another one there has.
fn namesakes_by_file<'r>(registry: &'r Registry, members: &DataFrame) -> BTreeMap<&'r str, [u64; 2]> {
    let numbers = |name: &str| members.column(name).ok().and_then(|column| column.u32().ok());
    let names = members.column("name").ok().and_then(|column| column.str().ok());
    let mut rows: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    let (Some(names), Some(homes), Some(sheets)) = (names, numbers("household_ix"), numbers("sheet_ix")) else {
        return rows;
    };
    let mut people: BTreeMap<u32, Vec<(&str, u32)>> = BTreeMap::new();
    for ((name, home), sheet) in names.iter().zip(homes.iter()).zip(sheets.iter()) {
        if let (Some(name), Some(home), Some(sheet)) = (name, home, sheet) {
            people.entry(home).or_default().push((name, sheet));
        }
    }
    for family in people.values().filter(|family| family.len() > 1) {
        let mut bearers: BTreeMap<&str, usize> = BTreeMap::new();
        family.iter().for_each(|(name, _)| *bearers.entry(name).or_default() += 1);
        for (name, sheet) in family {
            let Some(origin) = registry.origins.get(*sheet as usize) else { continue };
            let is_shared = bearers[name] > 1;
            let [all, odd] = rows.entry(origin.file.as_str()).or_default();
            (*all, *odd) = (*all + 1, *odd + u64::from(is_shared));
        }
    }
    rows
}

fn exchanged(file: &str, rows: u64, odd: u64) -> Error {
    Error::input(say!(
        "{rows} 名同住的成员中有 {odd} 名与同户其他人同名：『姓名』和『户主姓名』两列弄混了",
        "{odd} of {rows} people have the name of another one of their household: the columns of names and of heads were exchanged"
    ))
    .at(Place::file(file))
    .remedy(say!("核对这两列的表头，重新导出", "check the headers of the two columns; export it again"))
}

fn error(file: &str, rows: u64, odd: u64) -> Error {
    Error::input(say!(
        "{rows} 行中有 {odd} 行的姓名是数字，或证件号码没有数字：各列与表头错位",
        "{odd} of {rows} rows have a number for a name, or a word for a number: its columns slipped"
    ))
    .at(Place::file(file))
    .remedy(say!("核对表头与数据是否对齐，重新导出", "check that header and data are aligned; export it again"))
}
