//! Numbers that are no numbers: one 户编号 under many unrelated heads, one 人编号 of many people.
//!
//! Whatever it looks like (0, undefined, 新增, a serial that every village begins anew, a number of which a spreadsheet kept
//! fifteen digits), a number that many unrelated heads of one year share tells nobody apart. It is dropped before
//! households are built, so that nobody is merged by it; as printed it stays in `<field>_text`.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use rustc_hash::FxHashSet;

use crate::error::Result;
use crate::normalise::name;

/// So many heads of two surnames are no one household, nor are so many of one.
const HEADS: usize = 3;
const HEADS_OF_ONE_SURNAME: usize = 5;
/// So many people are no one person.
const PEOPLE: usize = 3;

/// Drops such numbers from the person rows and the household rows of a side.
pub(super) fn drop(persons: &mut DataFrame, rows: &mut DataFrame) -> Result<()> {
    let shared = shared_by_heads(persons, rows)?;
    without(persons, "household_no", &shared)?;
    without(rows, "household_no", &shared)?;
    let shared = shared_by_people(persons)?;
    without(persons, "person_no", &shared)
}

type Bearers<'a> = BTreeMap<(Option<i32>, &'a str), BTreeSet<String>>;

fn shared_by_heads(persons: &DataFrame, rows: &DataFrame) -> Result<FxHashSet<String>> {
    let mut heads = Bearers::new();
    let own =
        texts(persons, "name_key")?.into_iter().zip(texts(persons, "relation")?).zip(texts(persons, "head_name")?);
    // Somebody whose row names another head is no head: 与户主关系 is wrong there.
    let is_head = |name: &str, relation: Option<&str>, head: Option<&str>| {
        relation == Some("户主") && head.and_then(name::key).is_none_or(|head| head == name)
    };
    let own = own.map(|((name, relation), head)| name.filter(|name| is_head(name, relation, head)).map(str::to_owned));
    let own = own.collect();
    bear(&mut heads, persons, "household_no", own)?;
    for frame in [persons, rows] {
        let named = texts(frame, "head_name")?.into_iter().map(|head| head.and_then(name::key)).collect();
        bear(&mut heads, frame, "household_no", named)?;
    }
    let surnames =
        |heads: &BTreeSet<String>| heads.iter().map(|head| head.chars().next()).collect::<BTreeSet<_>>().len();
    let are_many =
        |heads: &BTreeSet<String>| heads.len() >= HEADS_OF_ONE_SURNAME || heads.len() >= HEADS && surnames(heads) > 1;
    Ok(heads.iter().filter(|(_, heads)| are_many(heads)).map(|((_, number), _)| (*number).to_owned()).collect())
}

fn shared_by_people(persons: &DataFrame) -> Result<FxHashSet<String>> {
    let mut people = Bearers::new();
    let names = texts(persons, "name_key")?.into_iter().map(|name| name.map(str::to_owned)).collect();
    bear(&mut people, persons, "person_no", names)?;
    Ok(people.iter().filter(|(_, names)| names.len() >= PEOPLE).map(|((_, number), _)| (*number).to_owned()).collect())
}

/// Adds who bears each number of a frame, by year.
fn bear<'a>(bearers: &mut Bearers<'a>, frame: &'a DataFrame, field: &str, names: Vec<Option<String>>) -> Result<()> {
    let years: Vec<Option<i32>> = match frame.column("data_year") {
        Ok(years) => years.i32()?.iter().collect(),
        Err(_) => vec![None; frame.height()],
    };
    for ((number, year), name) in texts(frame, field)?.into_iter().zip(years).zip(names) {
        if let (Some(number), Some(name)) = (number, name) {
            bearers.entry((year, number)).or_default().insert(name);
        }
    }
    Ok(())
}

/// A column's texts; nulls when the frame does not have it.
fn texts<'a>(frame: &'a DataFrame, column: &str) -> Result<Vec<Option<&'a str>>> {
    Ok(match frame.column(column) {
        Ok(column) => column.str()?.iter().collect(),
        Err(_) => vec![None; frame.height()],
    })
}

fn without(frame: &mut DataFrame, field: &str, dropped: &FxHashSet<String>) -> Result<()> {
    let Ok(column) = frame.column(field) else { return Ok(()) };
    if dropped.is_empty() {
        return Ok(());
    }
    let kept = column.str()?.iter().map(|number| number.filter(|number| !dropped.contains(*number)));
    let kept = StringChunked::from_iter_options(field.into(), kept).into_column();
    frame.with_column(kept)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(household, person number, name, relation)`.
    fn persons(rows: &[(&str, &str, &str, &str)]) -> DataFrame {
        let column = |name: &str, values: Vec<&str>| Column::new(name.into(), values);
        let columns = vec![
            column("household_no", rows.iter().map(|row| row.0).collect()),
            column("person_no", rows.iter().map(|row| row.1).collect()),
            column("name_key", rows.iter().map(|row| row.2).collect()),
            column("relation", rows.iter().map(|row| row.3).collect()),
        ];
        DataFrame::new(rows.len(), columns).expect("a frame")
    }

    fn kept(rows: &[(&str, &str, &str, &str)], field: &str) -> Vec<String> {
        let mut persons = persons(rows);
        drop(&mut persons, &mut DataFrame::empty()).expect("dropped");
        let column = persons.column(field).and_then(Column::str).expect("texts").clone();
        column.iter().map(|number| number.unwrap_or("-").to_owned()).collect()
    }

    #[test]
    fn a_number_of_many_unrelated_heads_is_none() {
        let heads = [("7", "1", "张三", "户主"), ("7", "2", "李四", "户主"), ("7", "3", "李小四", "之子")];
        assert_eq!(kept(&heads, "household_no"), ["7", "7", "7"], "two heads are a mistake to be told");
        let more = [&heads[..], &[("7", "4", "王五", "户主"), ("8", "5", "赵六", "户主")]].concat();
        assert_eq!(kept(&more, "household_no"), ["-", "-", "-", "-", "8"]);
        let family = [("7", "1", "张三", "户主"), ("7", "2", "张四", "户主"), ("7", "3", "张五", "户主")];
        assert_eq!(kept(&family, "household_no"), ["7", "7", "7"], "three of one surname may be a family");
    }

    #[test]
    fn a_number_of_many_people_is_none() {
        let people = [("1", "9", "张三", "户主"), ("2", "9", "李四", "户主"), ("3", "9", "王五", "户主")];
        assert_eq!(kept(&people, "person_no"), ["-", "-", "-"]);
        assert_eq!(kept(&people[..2], "person_no"), ["9", "9"], "two may be one person's two rows, or a slip");
    }
}
