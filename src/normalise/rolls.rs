//! Departments' rolls from their sheets: everybody once, and a record for each thing that a row proves.
//!
//! A row proves the item that its item column names, or what the roll as such stands for, and every item that has a column
//! of its own with an answer in it. Rows that say the same of name and number are one person: a roll by semester or month
//! repeats its people, and a person may be on several.

use std::collections::BTreeSet;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::Part;
use super::assemble::{order, stack};
use super::sheet::ITEM_COLUMN;
use crate::error::Result;
use crate::table::registry::Origin;
use crate::table::schema::MEMBER_DERIVED;
use crate::table::{Roll, RollRecord, Rolls};

/// A roll and the items that each of its rows proves, when the row does not tell.
#[derive(Debug, Clone)]
pub struct Prover {
    /// The roll.
    pub roll: Roll,
    /// Canonical items.
    pub proves: Vec<String>,
}

/// Puts rolls together: parts with the id of their profile. The result does not depend on their order.
///
/// # Errors
/// Only when a part is not what [`normalise`](super::normalise) gives.
pub fn assemble_rolls(mut parts: Vec<(String, Part)>, mut provers: Vec<Prover>) -> Result<Rolls> {
    provers.sort_by(|a, b| a.roll.id.cmp(&b.roll.id));
    let key = |(profile, part): &(String, Part)| (part.file.clone(), part.sheet.clone(), profile.clone());
    parts.sort_by_key(key);
    let rolls: Vec<u32> = parts
        .iter()
        .map(|(profile, _)| provers.iter().position(|prover| prover.roll.id == *profile).unwrap_or(0) as u32)
        .collect();
    let origins = parts
        .iter()
        .map(|(_, part)| Origin { file: part.file.clone(), sheet: part.sheet.clone(), columns: part.columns.clone() })
        .collect();
    let frames: Vec<(u32, DataFrame)> = (0..).zip(parts.into_iter().map(|(_, part)| part.frame)).collect();
    let frame = order::by_content(stacked(frames)?, order::OF_PERSON)?;
    let (of_row, first_rows) = people(&frame)?;
    let (items, records) = Reader::of(&frame, &rolls, &provers)?.records(&of_row);
    let people = frame.take(&IdxCa::from_vec("".into(), first_rows))?;
    let rolls = provers.into_iter().map(|prover| prover.roll).collect();
    Ok(Rolls { rolls, items, people, records, origins, ..Rolls::default() })
}

fn stacked(frames: Vec<(u32, DataFrame)>) -> Result<DataFrame> {
    let names = frames.iter().flat_map(|(_, frame)| frame.get_column_names_owned());
    let items: BTreeSet<String> =
        names.map(|name| name.to_string()).filter(|name| name.starts_with(ITEM_COLUMN)).collect();
    let derived = MEMBER_DERIVED.iter().filter(|(name, ..)| !matches!(*name, "household_ix" | "past"));
    let mut derived: Vec<(&str, DataType)> = derived.map(|(name, data_type, _)| (*name, data_type.clone())).collect();
    derived.extend(items.iter().map(|name| (name.as_str(), DataType::Boolean)));
    stack::stack(frames, &derived)
}

/// The person of each row, and each person's first row.
fn people(frame: &DataFrame) -> Result<(Vec<u32>, Vec<u32>)> {
    let text = |name: &str| Texts::of(frame, name);
    let (id18, id_no, name) = (text("id18")?, text("id_no")?, text("name_key")?);
    let (household, township, village) = (text("household_no")?, text("township")?, text("village")?);
    let mut known: FxHashMap<[Option<&str>; 5], u32> = FxHashMap::default();
    let (mut of_row, mut first_rows) = (Vec::with_capacity(frame.height()), Vec::new());
    for row in 0..frame.height() {
        let number = id18.get(row).or_else(|| id_no.get(row));
        // Without a number, people of one name are one person only where they live together.
        let [household, township, village] = match number {
            Some(_) => [None; 3],
            None => [&household, &township, &village].map(|home| home.get(row)),
        };
        let key = [name.get(row), number, household, township, village];
        let next = first_rows.len() as u32;
        let person = *known.entry(key).or_insert(next);
        if person == next {
            first_rows.push(row as u32);
        }
        of_row.push(person);
    }
    Ok((of_row, first_rows))
}

/// A column of texts, if there is one.
struct Texts<'f>(Option<&'f StringChunked>);

impl<'f> Texts<'f> {
    fn of(frame: &'f DataFrame, name: &str) -> Result<Self> {
        Ok(Self(frame.column(name).ok().map(Column::str).transpose()?))
    }
    fn get(&self, row: usize) -> Option<&'f str> {
        self.0.and_then(|column| column.get(row)).filter(|text| !text.is_empty())
    }
}

/// What the rows of all rolls prove.
struct Reader<'f> {
    height: usize,
    item: Texts<'f>,
    own: Vec<(String, &'f BooleanChunked)>,
    year: Option<&'f Int32Chunked>,
    amount: Option<&'f Int64Chunked>,
    sheet_ix: &'f UInt32Chunked,
    row: &'f UInt32Chunked,
    rolls: &'f [u32],
    provers: &'f [Prover],
}

impl<'f> Reader<'f> {
    fn of(frame: &'f DataFrame, rolls: &'f [u32], provers: &'f [Prover]) -> Result<Self> {
        let mut own = Vec::new();
        for column in frame.columns() {
            if let Some(item) = column.name().strip_prefix(ITEM_COLUMN) {
                own.push((item.to_owned(), column.bool()?));
            }
        }
        Ok(Self {
            height: frame.height(),
            item: Texts::of(frame, "item")?,
            own,
            year: frame.column("benefit_year").ok().map(Column::i32).transpose()?,
            amount: frame.column("amount").ok().map(Column::i64).transpose()?,
            sheet_ix: frame.column("sheet_ix")?.u32()?,
            row: frame.column("row")?.u32()?,
            rolls,
            provers,
        })
    }
    /// Items by number, and the records of all rows.
    fn records(&self, of_row: &[u32]) -> (Vec<String>, Vec<RollRecord>) {
        let proved: Vec<Vec<(&str, bool)>> = (0..self.height).map(|row| self.proved(row)).collect();
        let items: BTreeSet<&str> = proved.iter().flatten().map(|(item, _)| *item).collect();
        let code: FxHashMap<&str, u32> = items.iter().copied().zip(0..).collect();
        let mut records = Vec::with_capacity(self.height);
        for (row, proved) in proved.into_iter().enumerate() {
            let record = |item: Option<u32>, has_amount: bool| RollRecord {
                person: of_row[row],
                roll: self.roll(row),
                item,
                year: self.year.and_then(|year| year.get(row)),
                amount_fen: self.amount.and_then(|amount| amount.get(row)).filter(|_| has_amount),
                sheet_ix: self.sheet_ix.get(row).unwrap_or(0),
                row: self.row.get(row).unwrap_or(0),
            };
            if proved.is_empty() {
                records.push(record(None, false));
            }
            records.extend(proved.into_iter().map(|(item, has_amount)| record(Some(code[item]), has_amount)));
        }
        (items.into_iter().map(str::to_owned).collect(), records)
    }
    /// The items that a row proves, and whether the row's amount is the item's.
    fn proved(&self, row: usize) -> Vec<(&str, bool)> {
        let own = self.own.iter().filter(|(_, column)| column.get(row) == Some(true));
        let mut proved: Vec<(&str, bool)> = own.map(|(item, _)| (item.as_str(), false)).collect();
        match self.item.get(row) {
            Some(item) => proved.push((item, true)),
            None => {
                let always = &self.provers[self.roll(row) as usize].proves;
                let is_alone = always.len() == 1 && proved.is_empty();
                proved.extend(always.iter().map(|item| (item.as_str(), is_alone)));
            }
        }
        proved.sort_unstable();
        proved.dedup_by_key(|(item, _)| *item);
        proved
    }
    fn roll(&self, row: usize) -> u32 {
        self.rolls[self.sheet_ix.get(row).unwrap_or(0) as usize]
    }
}
