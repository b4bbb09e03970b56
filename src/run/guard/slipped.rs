//! Columns that slipped: a file in which names are numbers, or numbers are words, under headers that are right.
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

fn error(file: &str, rows: u64, odd: u64) -> Error {
    Error::input(say!(
        "{rows} 行中有 {odd} 行的姓名是数字，或证件号码没有数字：各列与表头错位",
        "{odd} of {rows} rows have a number for a name, or a word for a number: its columns slipped"
    ))
    .at(Place::file(file))
    .remedy(say!("核对表头与数据是否对齐，重新导出", "check that header and data are aligned; export it again"))
}
