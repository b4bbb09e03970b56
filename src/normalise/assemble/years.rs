//! Data years: the newest year's rows stand for people and households as they are, earlier rows for what they were.
//!
//! A side may deliver several years, a file for each or a 年度 on every row. A person of an earlier year is found among the
//! newer ones by identifier, by 人编号, by name within the household, or by the system's own two numbers. Who is not found
//! there has left, and is kept behind them, `past`, so that links, benefits and comparisons of earlier years reach her.
//! Households go by their number.
//!
//! Years in which hardly anybody is found again are no data years (a column of some other year, read as one): then all
//! rows are one snapshot.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::people::{Beneficiary, NONE, People};
use crate::error::Result;

/// A data year has at least one in so many of the rows of the fullest.
const LEAST_SHARE: usize = 20;
/// Of the rows of earlier years, one in so many must be found again.
const FOUND_AGAIN: usize = 5;

/// The rows of a side by year.
pub(super) struct Years {
    /// The newest year; `None` where rows state none.
    pub(super) newest: Option<i32>,
    /// Person rows of the newest year, then those of whoever has left.
    pub(super) persons: DataFrame,
    /// Household rows of the newest year, then those of households that have gone.
    pub(super) rows: DataFrame,
    /// Earlier years, newest first.
    pub(super) earlier: Vec<EarlierRows>,
}

/// The rows of an earlier year.
pub(super) struct EarlierRows {
    pub(super) year: i32,
    pub(super) persons: DataFrame,
    pub(super) rows: DataFrame,
    /// Row of [`Years::persons`] of each person row.
    pub(super) now: Vec<u32>,
}

/// Parts the rows of a side by data year.
pub(super) fn split(persons: DataFrame, rows: DataFrame) -> Result<Years> {
    let years = data_years(&persons)?;
    let Some(&newest) = years.last() else { return Ok(snapshot(None, persons, rows)) };
    if years.len() == 1 {
        return Ok(snapshot(Some(newest), persons, rows));
    }
    let is_newest = |year: Option<i32>| year.is_none_or(|year| year == newest || !years.contains(&year));
    let housed = numbers(&only(&persons, is_newest)?)?;
    let mut split = snapshot(Some(newest), only(&persons, is_newest)?, only(&rows, is_newest)?);
    let (mut seen, mut found) = (0, 0);
    for &year in years.iter().rev().skip(1) {
        let of_year = |other: Option<i32>| other == Some(year);
        let (of_persons, of_rows) = (only(&persons, of_year)?, only(&rows, of_year)?);
        let now = find(&split.persons, &of_persons)?;
        seen += now.len();
        found += now.iter().filter(|row| **row != NONE).count();
        let now = keep_past(&mut split.persons, &of_persons, now)?;
        keep_gone(&mut split.rows, &of_rows, &housed)?;
        split.earlier.push(EarlierRows { year, persons: of_persons, rows: of_rows, now });
    }
    Ok(if found * FOUND_AGAIN < seen { snapshot(None, persons, rows) } else { marked(split, newest)? })
}

fn snapshot(newest: Option<i32>, persons: DataFrame, rows: DataFrame) -> Years {
    Years { newest, persons, rows, earlier: Vec::new() }
}

/// The years that rows state, without those of a handful of mistyped cells: rows of such a year count as of the newest.
fn data_years(persons: &DataFrame) -> Result<BTreeSet<i32>> {
    let mut rows: BTreeMap<i32, usize> = BTreeMap::new();
    years_of(persons)?.into_iter().flatten().for_each(|year| *rows.entry(year).or_default() += 1);
    let most = rows.values().copied().max().unwrap_or(0);
    Ok(rows.into_iter().filter(|(_, count)| count * LEAST_SHARE >= most).map(|(year, _)| year).collect())
}

fn years_of(frame: &DataFrame) -> Result<Vec<Option<i32>>> {
    match frame.column("data_year") {
        Ok(years) => Ok(years.i32()?.iter().collect()),
        Err(_) => Ok(vec![None; frame.height()]),
    }
}

fn only(frame: &DataFrame, is_meant: impl Fn(Option<i32>) -> bool) -> Result<DataFrame> {
    let mask = years_of(frame)?.into_iter().map(|year| Some(is_meant(year)));
    Ok(frame.filter(&BooleanChunked::from_iter_options("".into(), mask))?)
}

/// For each person of an earlier year the row among the newer ones, [`NONE`] for who has left.
fn find(newer: &DataFrame, persons: &DataFrame) -> Result<Vec<u32>> {
    let strings = |frame: &DataFrame, name: &str| -> Result<Vec<Option<String>>> {
        match frame.column(name) {
            Ok(column) => Ok(column.str()?.iter().map(|text| text.map(str::to_owned)).collect()),
            Err(_) => Ok(vec![None; frame.height()]),
        }
    };
    let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
    let mut of_member = Vec::with_capacity(newer.height());
    for number in strings(newer, "household_no")? {
        let next = numbers.len() as u32;
        of_member.push(number.map_or(NONE, |number| *numbers.entry(number).or_insert(next)));
    }
    let own_keys = own_keys(newer)?;
    let people = People::of(newer)?.living_in(&of_member, numbers.len());
    let [homes, person_nos, id18s, id_nos, names] =
        ["household_no", "person_no", "id18", "id_no", "name_key"].map(|name| strings(persons, name));
    let (homes, person_nos, id18s, id_nos, names) = (homes?, person_nos?, id18s?, id_nos?, names?);
    let rows = 0..persons.height();
    Ok(rows
        .map(|row| {
            let sought = Beneficiary {
                household_ix: homes[row].as_ref().and_then(|number| numbers.get(number)).copied(),
                person_no: person_nos[row].as_deref(),
                id18: id18s[row].as_deref(),
                id_no: id_nos[row].as_deref(),
                name_key: names[row].as_deref(),
            };
            let by_own_key = || own_keys.get(&(homes[row].clone()?, person_nos[row].clone()?)).copied().flatten();
            people.find(&sought).or_else(by_own_key).unwrap_or(NONE)
        })
        .collect())
}

/// The system's own key, 户编号 with 人编号, where one row alone has it: within one system it says who is who although both
/// name and identifier were damaged in one year.
fn own_keys(newer: &DataFrame) -> Result<FxHashMap<(String, String), Option<u32>>> {
    let mut keys: FxHashMap<(String, String), Option<u32>> = FxHashMap::default();
    let (Ok(homes), Ok(numbers)) = (newer.column("household_no"), newer.column("person_no")) else { return Ok(keys) };
    for (row, key) in (0_u32..).zip(homes.str()?.iter().zip(numbers.str()?.iter())) {
        if let (Some(home), Some(number)) = key {
            keys.entry((home.to_owned(), number.to_owned())).and_modify(|row| *row = None).or_insert(Some(row));
        }
    }
    Ok(keys)
}

/// Puts those who were not found behind the newer people, and gives everybody's row.
fn keep_past(newer: &mut DataFrame, persons: &DataFrame, now: Vec<u32>) -> Result<Vec<u32>> {
    let left: Vec<u32> = (0_u32..).zip(&now).filter(|(_, row)| **row == NONE).map(|(row, _)| row).collect();
    let mut next = newer.height() as u32;
    newer.vstack_mut(&persons.take(&IdxCa::from_vec("".into(), left))?)?;
    let own = |row: u32| match row {
        NONE => {
            next += 1;
            next - 1
        }
        row => row,
    };
    Ok(now.into_iter().map(own).collect())
}

/// The household numbers of a frame.
fn numbers(frame: &DataFrame) -> Result<FxHashSet<String>> {
    match frame.column("household_no") {
        Ok(numbers) => Ok(numbers.str()?.iter().flatten().map(str::to_owned).collect()),
        Err(_) => Ok(FxHashSet::default()),
    }
}

/// Puts the household rows of numbers that no newer row has, and nobody of the newest year (`housed`), behind the newer ones.
fn keep_gone(newer: &mut DataFrame, rows: &DataFrame, housed: &FxHashSet<String>) -> Result<()> {
    let Ok(numbers) = rows.column("household_no") else { return Ok(()) };
    let mut known = self::numbers(newer)?;
    known.extend(housed.iter().cloned());
    let is_new = |number: Option<&str>| number.is_some_and(|number| known.insert(number.to_owned()));
    let gone: BooleanChunked = numbers.str()?.iter().map(is_new).map(Some).collect();
    newer.vstack_mut(&rows.filter(&gone)?)?;
    Ok(())
}

/// Everything in one piece, with `past` on whoever is not in the newest year.
fn marked(mut years: Years, newest: i32) -> Result<Years> {
    let years_known: BTreeSet<i32> = years.earlier.iter().map(|year| year.year).collect();
    for frame in [&mut years.persons, &mut years.rows] {
        let is_past = |year: Option<i32>| year.is_some_and(|year| year < newest && years_known.contains(&year));
        let past: BooleanChunked = years_of(frame)?.into_iter().map(|year| Some(is_past(year))).collect();
        frame.with_column(past.with_name("past".into()).into_column())?;
        frame.rechunk_mut_par();
    }
    Ok(years)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(year, household, person number, name)`.
    fn persons(rows: &[(i32, &str, &str, &str)]) -> DataFrame {
        let column = |name: &str, values: Vec<String>| Column::new(name.into(), values);
        let columns = vec![
            Column::new("data_year".into(), rows.iter().map(|row| row.0).collect::<Vec<_>>()),
            column("household_no", rows.iter().map(|row| row.1.to_owned()).collect()),
            column("person_no", rows.iter().map(|row| row.2.to_owned()).collect()),
            column("name_key", rows.iter().map(|row| row.3.to_owned()).collect()),
            Column::full_null("id18".into(), rows.len(), &DataType::String),
        ];
        DataFrame::new(rows.len(), columns).expect("a frame")
    }

    fn none() -> DataFrame {
        DataFrame::empty()
    }

    #[test]
    fn who_is_not_in_the_newest_year_is_kept_behind() {
        let rows = [(2018, "1", "11", "甲"), (2017, "1", "11", "甲"), (2017, "1", "12", "乙"), (2017, "1", "11", "田")];
        let years = split(persons(&rows), none()).expect("years");
        assert_eq!((years.newest, years.persons.height(), years.earlier.len()), (Some(2018), 2, 1));
        // 田 has 甲's own number in 甲's household: a name mistyped that year.
        assert_eq!(years.earlier[0].now, [0, 1, 0]);
        let past = years.persons.column("past").and_then(Column::bool).expect("past");
        assert_eq!(past.iter().collect::<Vec<_>>(), [Some(false), Some(true)]);
    }

    #[test]
    fn a_column_of_some_other_year_makes_no_years() {
        let rows: Vec<(i32, &str, &str, &str)> =
            vec![(2018, "1", "11", "甲"), (2016, "2", "21", "乙"), (2014, "3", "31", "丙")];
        let years = split(persons(&rows), none()).expect("years");
        assert_eq!((years.newest, years.persons.height(), years.earlier.len()), (None, 3, 0));
    }

    #[test]
    fn a_mistyped_year_is_nobodys() {
        let names: Vec<String> = (0..40).map(|ix| format!("{ix}")).collect();
        let mut rows: Vec<(i32, &str, &str, &str)> =
            names.iter().map(|name| (2018, name.as_str(), name.as_str(), name.as_str())).collect();
        rows[7].0 = 2091;
        let years = split(persons(&rows), none()).expect("years");
        assert_eq!((years.newest, years.persons.height(), years.earlier.len()), (Some(2018), 40, 0));
    }
}
