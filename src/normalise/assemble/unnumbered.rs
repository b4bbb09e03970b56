//! Rows without a 户编号: whose household they are, told by the head they name.
//!
//! A platform that does not print 户编号 prints 户主姓名 and mostly 户主证件号码 on every row. A row without a number takes the
//! number of the household whose head it names; when no row gives that head a number, the household gets one of its own,
//! `无编号-` and eight digits of a hash: the same in every run, unreadable, so that no identifier is published with it.
//!
//! | a row's head is | when |
//! |---|---|
//! | the one it names | 户主姓名 or 户主证件号码 is filled in |
//! | the 户主 row above it, or itself | its sheet tells neither a number nor a head anywhere |
//! | unknown, the row stays without household | otherwise |
//!
//! Two rows name one head when the identifiers agree; or the names, within a village, unless two trustworthy
//! identifiers say otherwise. A name that two heads of a village bear decides nothing.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use crate::error::Result;
use crate::normalise::{identity, name, place};

/// What a number made here begins with.
pub const MADE: &str = "无编号-";

/// The head whom a row names. Heads are in order of how surely they are told: by number, by what is written, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Head {
    /// A trustworthy identifier.
    id18: Option<String>,
    /// Another identifier with the name: equal only by copying.
    written: Option<String>,
    /// Name and village.
    name: Option<String>,
}

/// Gives the person rows and household rows without a number that of their head's household.
pub(super) fn number(persons: &mut DataFrame, rows: &mut DataFrame) -> Result<()> {
    if numbers(persons)?.iter().chain(&numbers(rows)?).all(Option::is_some) {
        return Ok(());
    }
    let mut known = Known::default();
    let of_rows = named_heads(rows)?;
    let mut of_persons = named_heads(persons)?;
    let own = own_heads(persons)?;
    follow_heads(persons, &mut of_persons, &own)?;
    let (of_row, of_person) = (numbers(rows)?, numbers(persons)?);
    let heads = of_persons.iter().zip(&own).map(|(head, own)| own.as_ref().unwrap_or(head));
    known.learn_all(heads.zip(of_person.iter().copied()).chain(of_rows.iter().zip(of_row.iter().copied())));
    let without = |heads: &'_ [Head], numbers: &[Option<&str>]| -> Vec<Head> {
        heads.iter().zip(numbers).filter(|(_, number)| number.is_none()).map(|(head, _)| head.clone()).collect()
    };
    let mut heads = [without(&of_rows, &of_row), without(&of_persons, &of_person)].concat();
    heads.sort_unstable();
    heads.dedup();
    let made = known.number_all(heads);
    let numbered = |heads: &[Head], numbers: Vec<Option<&str>>| -> Vec<Option<String>> {
        let number = |(head, number): (&Head, Option<&str>)| number.map(str::to_owned).or_else(|| made[head].clone());
        heads.iter().zip(numbers).map(number).collect()
    };
    let (of_row, of_person) = (numbered(&of_rows, of_row), numbered(&of_persons, of_person));
    write(rows, of_row)?;
    write(persons, of_person)
}

fn numbers(frame: &DataFrame) -> Result<Vec<Option<&str>>> {
    texts(frame, "household_no")
}

/// A column's texts; nulls when the frame does not have it.
fn texts<'a>(frame: &'a DataFrame, column: &str) -> Result<Vec<Option<&'a str>>> {
    Ok(match frame.column(column) {
        Ok(column) => column.str()?.iter().collect(),
        Err(_) => vec![None; frame.height()],
    })
}

/// The heads that rows without a number, and household rows, name in their own columns.
fn named_heads(frame: &DataFrame) -> Result<Vec<Head>> {
    let (names, ids) = (texts(frame, "head_name")?, texts(frame, "head_id_no")?);
    heads(frame, &names, &ids)
}

/// For each row whose relation is 户主 the person itself.
fn own_heads(persons: &DataFrame) -> Result<Vec<Option<Head>>> {
    let (names, ids) = (texts(persons, "name")?, texts(persons, "id_no")?);
    let relations = texts(persons, "relation")?;
    let heads = heads(persons, &names, &ids)?;
    Ok(heads.into_iter().zip(relations).map(|(head, relation)| (relation == Some("户主")).then_some(head)).collect())
}

fn heads(frame: &DataFrame, names: &[Option<&str>], ids: &[Option<&str>]) -> Result<Vec<Head>> {
    let places = texts(frame, "township")?.into_iter().zip(texts(frame, "village")?);
    Ok(names.iter().zip(ids).zip(places).map(|((name, id), place)| head(*name, *id, place)).collect())
}

fn head(name: Option<&str>, id: Option<&str>, (township, village): (Option<&str>, Option<&str>)) -> Head {
    let key = name.and_then(name::key);
    let id = id.map(identity::parse);
    let id18 = id.as_ref().and_then(|id| id.id18.as_ref()).map(|id18| id18.as_str().to_owned());
    let written = match (&id, &key) {
        (Some(id), Some(key)) if id18.is_none() && !id.norm.is_empty() => Some(format!("{}|{key}", id.norm)),
        _ => None,
    };
    let key_of = |place: Option<&str>| place.and_then(place::key).unwrap_or_default();
    Head { id18, written, name: key.map(|key| format!("{key}|{}|{}", key_of(township), key_of(village))) }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |head: &Self| (head.id18.is_none(), head.written.is_none());
        key(self)
            .cmp(&key(other))
            .then_with(|| (&self.id18, &self.written, &self.name).cmp(&(&other.id18, &other.written, &other.name)))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Head {
    fn is_told(&self) -> bool {
        self.id18.is_some() || self.written.is_some() || self.name.is_some()
    }

    /// The number of a household that nobody numbered.
    fn made_number(&self) -> Option<String> {
        let key = self.id18.as_ref().or(self.written.as_ref()).or(self.name.as_ref())?;
        Some(format!("{MADE}{}", &blake3::hash(key.as_bytes()).to_hex()[..8]))
    }
}

/// In a sheet that tells neither numbers nor heads, a 户主 row is the head of itself and of the rows below it.
fn follow_heads(persons: &DataFrame, heads: &mut [Head], own: &[Option<Head>]) -> Result<()> {
    let sheets = persons.column("sheet_ix")?.u32()?;
    let numbers = numbers(persons)?;
    let mut tells: FxHashMap<Option<u32>, bool> = FxHashMap::default();
    for ((sheet, number), head) in sheets.iter().zip(&numbers).zip(heads.iter()) {
        *tells.entry(sheet).or_default() |= number.is_some() || head.is_told();
    }
    let (mut above, mut sheet_above) = (Head::default(), None);
    for ((sheet, head), own) in sheets.iter().zip(heads).zip(own) {
        if tells[&sheet] {
            continue;
        }
        match own {
            Some(own) => above = own.clone(),
            None if sheet != sheet_above => above = Head::default(),
            None => {}
        }
        sheet_above = sheet;
        *head = above.clone();
    }
    Ok(())
}

/// Numbers by what is known of the head.
#[derive(Default)]
struct Known {
    by_id: FxHashMap<String, String>,
    /// Number, and the head's trustworthy identifier; `None` when several households have a head of that name.
    by_name: BTreeMap<String, Option<(String, Option<String>)>>,
}

impl Known {
    /// What rows with a number tell of their heads; of several numbers of one identifier the smallest stays.
    fn learn_all<'h>(&mut self, told: impl Iterator<Item = (&'h Head, Option<&'h str>)>) {
        let mut told: Vec<(&str, &Head)> = told.filter_map(|(head, number)| Some((number?, head))).collect();
        told.sort_unstable();
        told.dedup();
        told.into_iter().for_each(|(number, head)| self.learn(head, number));
    }

    /// The first number that a head is known by stays.
    fn learn(&mut self, head: &Head, number: &str) {
        for id in head.id18.iter().chain(&head.written) {
            self.by_id.entry(id.clone()).or_insert_with(|| number.to_owned());
        }
        let Some(name) = &head.name else { return };
        self.by_name
            .entry(name.clone())
            .and_modify(|bearer| {
                if bearer.as_ref().is_some_and(|(other, _)| other != number) {
                    *bearer = None;
                }
            })
            .or_insert_with(|| Some((number.to_owned(), head.id18.clone())));
    }

    /// A number for each of these heads, surest first: as known, else made.
    fn number_all(&mut self, heads: Vec<Head>) -> FxHashMap<Head, Option<String>> {
        let mut number = |head: Head| {
            let number = self.number_of(&head).or_else(|| head.made_number());
            number.iter().for_each(|number| self.learn(&head, number));
            (head, number)
        };
        heads.into_iter().map(&mut number).collect()
    }

    fn number_of(&self, head: &Head) -> Option<String> {
        let by_id = head.id18.iter().chain(&head.written).find_map(|id| self.by_id.get(id));
        by_id.cloned().or_else(|| self.number_by_name(head))
    }

    fn number_by_name(&self, head: &Head) -> Option<String> {
        let (number, id18) = self.by_name.get(head.name.as_ref()?)?.as_ref()?;
        let is_another = id18.is_some() && head.id18.is_some() && *id18 != head.id18;
        (!is_another).then(|| number.clone())
    }
}

fn write(frame: &mut DataFrame, numbers: Vec<Option<String>>) -> Result<()> {
    if numbers.iter().any(Option::is_some) {
        let numbers = StringChunked::from_iter_options("household_no".into(), numbers.into_iter());
        frame.with_column(numbers.into_column())?;
    }
    Ok(())
}
