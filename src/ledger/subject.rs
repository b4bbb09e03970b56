//! How a subject (a person, a household) is found again in a later export, by keyed hashes of what identifies it.
//!
//! A person is known by four keys, the surest first: identifier; person number and name; household number and name; name
//! and birth date. A household by its number, and by its head's identifier, or name and birth date. Whatever one correction
//! changes (a number, a name, a household number, a village's name), another key still holds. No place is in a key: places are
//! renamed. Nobody is taken for another: the last key counts only where it names one person.
//!
//! The text form is kept in the ledger: one word for each side and kind, `nm` (national member), `ph` (provincial household) …,
//! followed by its keys; `-` for a key that the export does not allow; a capital letter for who was in registers of earlier
//! years only. Without the site's key none can be made or guessed.

use std::collections::BTreeMap;

use polars::prelude::*;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::error::Result;
use crate::table::{Registry, Side, SubjectRows};

/// Keys of a subject, surest first; 0 where there is none.
type Keys = [u64; 4];

/// Hexadecimal characters of a key.
const DIGITS: usize = 13;

/// The subjects of one side's newest tables: members, then households.
struct Known {
    keys: [Vec<Keys>; 2],
    rows: [FxHashMap<u64, Vec<u32>>; 2],
    /// Whether a row is in registers of earlier years only.
    past: [Vec<bool>; 2],
    /// The rows that are in the register of an earlier year.
    earlier: BTreeMap<i32, [FxHashSet<u32>; 2]>,
    /// The newest year.
    year: Option<i32>,
}

/// The subjects of a run, by key and by row.
pub(super) struct Subjects {
    sides: [Known; 2],
    site: [u8; 32],
}

/// A table of subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Member,
    Household,
}

/// A subject on one side, as kept.
struct Kept {
    side: Side,
    kind: Kind,
    /// Whether it was in registers of earlier years only when it was last seen.
    was_past: bool,
    keys: Keys,
}

/// Where a subject is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// For each side: `None` when the subject has nothing there, else the rows that it may be, none when it is gone.
    pub(super) members: [Option<Vec<u32>>; 2],
    /// The same of households.
    pub(super) households: [Option<Vec<u32>>; 2],
}

impl Found {
    /// Whether the subject is on a side; `None` when it never was.
    pub(super) fn is_on(&self, side: Side) -> Option<bool> {
        let rows = self.members[side.index()].as_ref().or(self.households[side.index()].as_ref());
        rows.map(|rows| !rows.is_empty())
    }
}

impl Subjects {
    /// Reads both registries.
    ///
    /// # Errors
    /// A column that cannot be read as text: a broken registry.
    pub(super) fn of(registries: [&Registry; 2], site_key: &str) -> Result<Self> {
        let site = blake3::derive_key("hedui 2026-12 ledger subject", site_key.as_bytes());
        let [national, provincial] = registries;
        Ok(Self { sides: [Known::of(national, &site)?, Known::of(provincial, &site)?], site })
    }
    /// A keyed hash of what a finding is about.
    pub(super) fn about(&self, text: &str) -> String {
        format!("{:0DIGITS$x}", hashed(&self.site, &["about", text]))
    }
    /// The text form of a finding's subject.
    pub(super) fn words(&self, subject: &SubjectRows) -> String {
        let word = |side: Side| {
            let member = subject.members[side.index()].map(|row| (Kind::Member, row));
            let (kind, row) = member.or(subject.households[side.index()].map(|row| (Kind::Household, row)))?;
            let known = &self.sides[side.index()];
            let keys = *known.keys[kind as usize].get(row as usize)?;
            Some(Kept { side, kind, was_past: known.past[kind as usize][row as usize], keys }.to_string())
        };
        Side::BOTH.into_iter().filter_map(word).collect::<Vec<_>>().join(" ")
    }
    /// Finds a subject again, in the register of that year; `None` is the newest.
    pub(super) fn find(&self, words: &str, year: Option<i32>) -> Found {
        let mut found = Found::default();
        for kept in words.split(' ').filter_map(read) {
            let known = &self.sides[kept.side.index()];
            let mut rows = known.rows_of(kept.kind, &kept.keys);
            rows.retain(|row| kept.was_past || known.is_in(kept.kind, *row, year));
            let table = if kept.kind == Kind::Member { &mut found.members } else { &mut found.households };
            table[kept.side.index()] = Some(rows);
        }
        found
    }
}

/// The keys in a text form, each with its side and kind: what two subjects share when they are one.
pub(super) fn keys(words: &str) -> impl Iterator<Item = u64> {
    words.split(' ').filter_map(read).flat_map(|Kept { side, kind, keys, .. }| {
        let salt = side.index() as u64 * 2 + kind as u64 + 1;
        keys.into_iter().filter(|key| *key != 0).map(move |key| key.rotate_left(8) ^ salt)
    })
}

impl Known {
    fn of(registry: &Registry, site: &[u8; 32]) -> Result<Self> {
        let (members, households) = (&registry.members, &registry.households);
        let text = |frame: &DataFrame, name: &str| -> Result<Option<Column>> {
            let Ok(column) = frame.column(name) else { return Ok(None) };
            Ok(Some(column.cast(&DataType::String)?.rechunk()))
        };
        let get = |column: &Option<Column>, row: usize| -> String {
            let text = column.as_ref().and_then(|column| column.str().ok()).and_then(|column| column.get(row));
            text.unwrap_or_default().to_owned()
        };
        let [id18, person_no, name, born_on] = ["id18", "person_no", "name_key", "born_on"];
        let [id18, person_no, name, born_on] =
            [text(members, id18)?, text(members, person_no)?, text(members, name)?, text(members, born_on)?];
        let household_no = text(households, "household_no")?;
        let homes = members.column("household_ix").ok().and_then(|column| column.u32().ok());
        let heads = households.column("head_ix").ok().and_then(|column| column.u32().ok());
        let key = |what: &str, parts: &[&str]| match parts.iter().any(|part| part.is_empty()) {
            true => 0,
            false => hashed(site, &[&[what], parts].concat()),
        };
        let person = |row: usize| {
            let (name, home) = (get(&name, row), homes.and_then(|homes| homes.get(row)));
            let household_no = home.map(|home| get(&household_no, home as usize)).unwrap_or_default();
            [
                key("id", &[&get(&id18, row)]),
                key("number", &[&get(&person_no, row), &name]),
                key("household", &[&household_no, &name]),
                key("birth", &[&name, &get(&born_on, row)]),
            ]
        };
        let household = |row: usize| {
            let head = heads.and_then(|heads| heads.get(row)).map(|head| head as usize);
            let of_head = |column: &Option<Column>| head.map(|head| get(column, head)).unwrap_or_default();
            let name = of_head(&name);
            [
                key("number", &[&get(&household_no, row)]),
                key("head", &[&of_head(&id18)]),
                0,
                key("head", &[&name, &of_head(&born_on)]),
            ]
        };
        let members: Vec<Keys> = (0..members.height()).into_par_iter().map(person).collect();
        let households: Vec<Keys> = (0..households.height()).into_par_iter().map(household).collect();
        let past = |frame: &DataFrame| -> Vec<bool> {
            let past = frame.column("past").ok().and_then(|past| past.bool().ok());
            let is_past = |row: usize| past.is_some_and(|past| past.get(row) == Some(true));
            (0..frame.height()).map(is_past).collect()
        };
        let now = |rows: &[u32]| rows.iter().copied().collect::<FxHashSet<u32>>();
        let earlier = registry.earlier.iter();
        Ok(Self {
            rows: [by_key(&members), by_key(&households)],
            keys: [members, households],
            past: [past(&registry.members), past(&registry.households)],
            earlier: earlier.map(|year| (year.year, [now(&year.member_now), now(&year.household_now)])).collect(),
            year: registry.year,
        })
    }
    fn is_in(&self, kind: Kind, row: u32, year: Option<i32>) -> bool {
        match year.filter(|year| Some(*year) != self.year) {
            None => !self.past[kind as usize][row as usize],
            Some(year) => self.earlier.get(&year).is_some_and(|rows| rows[kind as usize].contains(&row)),
        }
    }
    fn rows_of(&self, kind: Kind, keys: &Keys) -> Vec<u32> {
        let rows = &self.rows[kind as usize];
        let of_key = |(at, key): (usize, &u64)| {
            let found = rows.get(key).filter(|_| *key != 0)?;
            // Name and birth date alone are no proof among namesakes.
            (at < 3 || found.len() == 1).then(|| found.clone())
        };
        keys.iter().enumerate().find_map(of_key).unwrap_or_default()
    }
}

fn by_key(subjects: &[Keys]) -> FxHashMap<u64, Vec<u32>> {
    let mut rows: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    for (row, keys) in (0u32..).zip(subjects) {
        for key in keys.iter().filter(|key| **key != 0) {
            rows.entry(*key).or_default().push(row);
        }
    }
    rows
}

/// 52 bits, never 0.
fn hashed(site: &[u8; 32], parts: &[&str]) -> u64 {
    let mut hasher = blake3::Hasher::new_keyed(site);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    (u64::from_be_bytes(first) >> (64 - 4 * DIGITS)).max(1)
}

impl std::fmt::Display for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match (self.kind, self.was_past) {
            (Kind::Member, false) => 'm',
            (Kind::Member, true) => 'M',
            (Kind::Household, false) => 'h',
            (Kind::Household, true) => 'H',
        };
        write!(f, "{}{kind}", &self.side.word()[..1])?;
        self.keys.iter().try_for_each(|key| match key {
            0 => f.write_str(".-"),
            key => write!(f, ".{key:0DIGITS$x}"),
        })
    }
}

fn read(word: &str) -> Option<Kept> {
    let mut parts = word.split('.');
    let mut letters = parts.next()?.chars();
    let side = letters.next().and_then(|letter| Side::BOTH.into_iter().find(|side| side.word().starts_with(letter)))?;
    let (kind, was_past) = match letters.next()? {
        'm' => (Kind::Member, false),
        'M' => (Kind::Member, true),
        'h' => (Kind::Household, false),
        'H' => (Kind::Household, true),
        _ => return None,
    };
    let mut keys = Keys::default();
    for (key, part) in keys.iter_mut().zip(parts) {
        *key = u64::from_str_radix(part, 16).unwrap_or(0);
    }
    Some(Kept { side, kind, was_past, keys })
}
