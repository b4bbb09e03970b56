//! What a rule reads of a subject: how many cells of each of its columns can be understood, and how many members a
//! household has.
//!
//! Kept with the item as text, one word a side (`n3:health=3,labour=2`: three members nationally, labour known of two). A value
//! that is gone or cannot be read any more, and members who are gone, are no correction: [`Cells::lost`] tells them. In: both
//! registries, of all years. No value is kept.

use std::collections::BTreeMap;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::subject::Found;
use crate::audit::Reading;
use crate::error::Result;
use crate::normalise::name::is_hidden;
use crate::table::schema::{FIELDS, Level, field};
use crate::table::{Registry, Side, SubjectRows};

/// Which cells of a frame can be understood, by field.
type Understood = BTreeMap<&'static str, BooleanChunked>;

/// One year's register of a side.
struct Table {
    members: Understood,
    households: Understood,
    /// The household of each member.
    home: Vec<Option<u32>>,
    /// The members of each household.
    of_household: FxHashMap<u32, Vec<u32>>,
    /// This register's rows by those of the newest; `None` where they are the same.
    rows: Option<[FxHashMap<u32, u32>; 2]>,
}

/// The registers of both sides.
pub(super) struct Cells {
    newest: [Table; 2],
    earlier: [BTreeMap<i32, Table>; 2],
    year: [Option<i32>; 2],
}

/// What was read on one side: members, and cells understood by column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Count {
    members: u32,
    columns: BTreeMap<String, u32>,
}

impl Cells {
    /// Reads both registries.
    ///
    /// # Errors
    /// A registry that is not what the schema promises.
    pub(super) fn of(registries: [&Registry; 2]) -> Result<Self> {
        let newest = |registry: &Registry| Table::of(&registry.members, &registry.households, None);
        let earlier = |registry: &Registry| -> Result<BTreeMap<i32, Table>> {
            let table = |year: &crate::table::registry::Earlier| {
                let rows = [inverse(&year.member_now), inverse(&year.household_now)];
                Ok((year.year, Table::of(&year.members, &year.households, Some(rows))?))
            };
            registry.earlier.iter().map(table).collect()
        };
        let [national, provincial] = registries;
        Ok(Self {
            newest: [newest(national)?, newest(provincial)?],
            earlier: [earlier(national)?, earlier(provincial)?],
            year: registries.map(|registry| registry.year),
        })
    }
    /// What a rule reads of a subject, in words.
    pub(super) fn words(
        &self,
        reading: &Reading,
        own: Option<Side>,
        year: Option<i32>,
        subject: &SubjectRows,
    ) -> String {
        let word = |side: Side| {
            let at = side.index();
            let count = self.count(reading, side, year, subject.members[at], subject.households[at])?;
            let columns: Vec<String> =
                count.columns.iter().map(|(column, cells)| format!("{column}={cells}")).collect();
            Some(format!("{}{}:{}", &side.word()[..1], count.members, columns.join(",")))
        };
        reading.sides(own).filter_map(word).collect::<Vec<_>>().join(" ")
    }
    /// What was there, by the words, and is not any more.
    pub(super) fn lost(
        &self,
        words: &str,
        reading: &Reading,
        own: Option<Side>,
        year: Option<i32>,
        found: &Found,
    ) -> Option<String> {
        let first = |rows: &Option<Vec<u32>>| rows.as_ref().and_then(|rows| rows.first().copied());
        words.split(' ').filter_map(read).find_map(|(side, before)| {
            let (member, household) = (first(&found.members[side.index()]), first(&found.households[side.index()]));
            let now = self.count(reading, side, reading.register_year(year), member, household)?;
            if reading.sides(own).all(|read| read != side) {
                return None;
            }
            if now.members * 2 < before.members && before.columns.keys().any(|column| is_of_members(column)) {
                return Some(format!("{}该户的成员本次少了一半以上", side.title()));
            }
            before.columns.iter().find_map(|(column, understood)| {
                let rows = |count: &Count| if is_of_members(column) { count.members } else { 1 };
                let blank = |count: &Count, understood: u32| rows(count).saturating_sub(understood);
                let left = now.columns.get(column).copied().unwrap_or(0);
                let is_lost = blank(&now, left) > blank(&before, *understood) && !reading.may_be_emptied(column);
                let title = field(column).map_or(column.as_str(), |field| field.title);
                is_lost.then(|| format!("{}『{title}』本次为空或看不懂", side.title()))
            })
        })
    }

    fn count(
        &self,
        reading: &Reading,
        side: Side,
        year: Option<i32>,
        member: Option<u32>,
        household: Option<u32>,
    ) -> Option<Count> {
        let year = year.filter(|year| self.year[side.index()] != Some(*year));
        let table = match year {
            None => &self.newest[side.index()],
            Some(year) => self.earlier[side.index()].get(&year)?,
        };
        let row = |kind: usize, row: u32| match &table.rows {
            None => Some(row),
            Some(rows) => rows[kind].get(&row).copied(),
        };
        let (members, home) = match member {
            Some(member) => {
                let member = row(0, member)?;
                (vec![member], table.home.get(member as usize).copied().flatten())
            }
            None => {
                let home = row(1, household?)?;
                (table.of_household.get(&home).cloned().unwrap_or_default(), Some(home))
            }
        };
        let cells = |column: &'static str| {
            let is_understood =
                |of: &Understood, row: u32| of.get(column).is_some_and(|cells| cells.get(row as usize) == Some(true));
            match is_of_members(column) {
                true => members.iter().filter(|row| is_understood(&table.members, **row)).count() as u32,
                false => u32::from(home.is_some_and(|home| is_understood(&table.households, home))),
            }
        };
        let columns = reading.columns().map(|column| (column.to_owned(), cells(column))).collect();
        Some(Count { members: members.len() as u32, columns })
    }
}

impl Table {
    fn of(members: &DataFrame, households: &DataFrame, rows: Option<[FxHashMap<u32, u32>; 2]>) -> Result<Self> {
        let home: Vec<Option<u32>> = match members.column("household_ix") {
            Ok(column) => column.u32()?.iter().collect(),
            Err(_) => vec![None; members.height()],
        };
        let is_past = members.column("past").ok().and_then(|past| past.bool().ok());
        let mut of_household: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (row, home) in (0u32..).zip(&home) {
            let is_here = is_past.is_none_or(|past| past.get(row as usize) != Some(true));
            if let Some(home) = home.filter(|_| is_here) {
                of_household.entry(home).or_default().push(row);
            }
        }
        let (members, households) = (understood(members, Level::Member)?, understood(households, Level::Household)?);
        Ok(Self { members, households, home, of_household, rows })
    }
}

/// Which cells of a frame can be understood.
fn understood(frame: &DataFrame, level: Level) -> Result<Understood> {
    let mut understood = Understood::new();
    for field in FIELDS.iter().filter(|field| field.level == level) {
        // A damaged identifier is printed, and no identifier.
        let canonical = if field.name == "id_no" { "id18" } else { field.name };
        let Ok(column) = frame.column(canonical) else { continue };
        let cells = match (field.name, column.str()) {
            ("name" | "head_name", Ok(names)) => {
                names.iter().map(|name| name.is_some_and(|name| !is_hidden(name))).collect()
            }
            _ => column.is_not_null(),
        };
        understood.insert(field.name, cells);
    }
    Ok(understood)
}

fn is_of_members(column: &str) -> bool {
    field(column).is_some_and(|field| field.level == Level::Member)
}

fn inverse(now: &[u32]) -> FxHashMap<u32, u32> {
    now.iter().zip(0u32..).map(|(now, row)| (*now, row)).collect()
}

fn read(word: &str) -> Option<(Side, Count)> {
    let (head, columns) = word.split_once(':')?;
    let side = Side::BOTH.into_iter().find(|side| head.starts_with(&side.word()[..1]))?;
    let members = head.get(1..)?.parse().ok()?;
    let column =
        |text: &str| text.split_once('=').and_then(|(name, cells)| Some((name.to_owned(), cells.parse().ok()?)));
    Some((side, Count { members, columns: columns.split(',').filter_map(column).collect() }))
}
