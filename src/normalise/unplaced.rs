//! Townships and villages that are none: when columns slip by one, names and numbers of people stand where a place should.
//!
//! The name of a place becomes a folder, a line of the summary, a word of the ledger, all of them read by more people than
//! the register is. So a cell is taken for a place only when it can be one: it says what kind of place it is (镇, 村, 社区
//! …), or both systems know it, or enough people live there; and it holds no number. What is not taken for a place is
//! unknown (null; the cell as printed stays), and told as a count with the place of the first such row.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::place::{is_named_by_kind, key};
use crate::error::Result;
use crate::say;
use crate::table::schema::field;
use crate::table::{Origin, People, Registry, Rolls, SheetNote};

/// The columns that name places which other outputs repeat.
const COLUMNS: [&str; 2] = ["township", "village"];
/// Rows that make a name without a kind credible: more than one household has.
const ENOUGH: u32 = 20;
/// Digits that no place has in its name.
const DIGITS: usize = 5;

/// Empties the cells of both registries and the rolls that name no place, and tells of them.
///
/// # Errors
/// When a table is not what it is described as.
pub fn unplace(registries: &mut [Registry; 2], rolls: &mut Rolls) -> Result<Vec<SheetNote>> {
    let people = People::of(registries.iter(), Some(rolls));
    let known = registries.each_ref().map(Known::of);
    let mut notes = Vec::new();
    for (side, registry) in registries.iter_mut().enumerate() {
        let judge = Judge { people: &people, own: &known[side], other: &known[1 - side] };
        let mut found = Found::default();
        judge.clean(&mut registry.members, Some(&mut found))?;
        judge.clean(&mut registry.households, None)?;
        for year in &mut registry.earlier {
            judge.clean(&mut year.members, None)?;
            judge.clean(&mut year.households, None)?;
        }
        notes.extend(found.notes(&registry.origins));
    }
    let judge = Judge { people: &people, own: &known[0], other: &known[1] };
    let mut found = Found::default();
    judge.clean(&mut rolls.people, Some(&mut found))?;
    notes.extend(found.notes(&rolls.origins));
    Ok(notes)
}

/// The places that a registry names, by key: how many rows.
#[derive(Default)]
struct Known([FxHashMap<String, u32>; COLUMNS.len()]);

impl Known {
    fn of(registry: &Registry) -> Self {
        let mut known = Self::default();
        for frame in [&registry.members, &registry.households] {
            for (at, column) in COLUMNS.iter().enumerate() {
                let Some(texts) = frame.column(column).ok().and_then(|column| column.str().ok()) else { continue };
                let mut keys: FxHashMap<&str, String> = FxHashMap::default();
                for text in texts.iter().flatten() {
                    let key = keys.entry(text).or_insert_with(|| key(text).unwrap_or_default());
                    match known.0[at].get_mut(key) {
                        Some(rows) => *rows += 1,
                        None => drop(known.0[at].insert(key.clone(), 1)),
                    }
                }
            }
        }
        known
    }
    fn rows(&self, at: usize, key: &str) -> u32 {
        self.0[at].get(key).copied().unwrap_or(0)
    }
}

struct Judge<'a> {
    people: &'a People,
    own: &'a Known,
    other: &'a Known,
}

impl Judge<'_> {
    /// Whether a cell can be a place.
    fn is_place(&self, at: usize, text: &str) -> bool {
        if text.chars().filter(|c| c.is_numeric()).count() >= DIGITS {
            return false;
        }
        let key = key(text).unwrap_or_default();
        let (own, other) = (self.own.rows(at, &key), self.other.rows(at, &key));
        if is_named_by_kind(text) {
            // 王新村 is a village, and a man's name where one row of one system says so.
            return other > 0 || own > 1 || !self.people.knows(text);
        }
        let is_named = !self.people.find_in(text).is_empty();
        match (own > 0 && other > 0, own.max(other) >= ENOUGH) {
            (true, enough) => enough || !is_named,
            (false, true) => !is_named && !self.people.may_be_named(text),
            (false, false) => false,
        }
    }
    fn clean(&self, frame: &mut DataFrame, mut found: Option<&mut Found>) -> Result<()> {
        for (at, name) in COLUMNS.iter().enumerate() {
            let Some(texts) = frame.column(name).ok().and_then(|column| column.str().ok()).cloned() else { continue };
            let mut verdicts: FxHashMap<&str, bool> = FxHashMap::default();
            let mut is_place = |text| *verdicts.entry(text).or_insert_with(|| self.is_place(at, text));
            let strays: Vec<usize> = texts
                .iter()
                .enumerate()
                .filter(|(_, text)| text.is_some_and(|text| !is_place(text)))
                .map(|(row, _)| row)
                .collect();
            if strays.is_empty() {
                continue;
            }
            if let Some(found) = found.as_deref_mut() {
                found.add(frame, name, &strays, &texts)?;
            }
            let lost: FxHashSet<usize> = strays.into_iter().collect();
            let kept: StringChunked =
                texts.iter().enumerate().map(|(row, text)| text.filter(|_| !lost.contains(&row))).collect();
            frame.with_column(kept.with_name((*name).into()).into_column())?;
        }
        Ok(())
    }
}

/// What was no place, by sheet and column: distinct cells, rows, the first row.
#[derive(Default)]
struct Found(BTreeMap<(u32, &'static str), (BTreeSet<String>, u64, u32)>);

impl Found {
    fn add(&mut self, frame: &DataFrame, name: &'static str, rows: &[usize], texts: &StringChunked) -> Result<()> {
        let (sheets, numbers) = (frame.column("sheet_ix")?.u32()?, frame.column("row")?.u32()?);
        for &row in rows {
            let (sheet, number) = (sheets.get(row).unwrap_or(0), numbers.get(row).unwrap_or(0));
            let (cells, count, first) = self.0.entry((sheet, name)).or_insert_with(|| (BTreeSet::new(), 0, number));
            cells.extend(texts.get(row).map(str::to_owned));
            *count += 1;
            *first = number.min(*first);
        }
        Ok(())
    }
    fn notes(self, origins: &[Origin]) -> Vec<SheetNote> {
        let note = |((sheet, name), (cells, rows, first)): ((u32, &str), (BTreeSet<String>, u64, u32))| {
            let origin = origins.get(sheet as usize)?;
            let (title, cells) = (field(name).map_or(name, |field| field.title), cells.len());
            Some(SheetNote {
                file: origin.file.clone(),
                sheet: origin.sheet.clone(),
                text: say!(
                    "『{title}』列有 {rows} 行（{cells} 种内容）不是地名，按不明处理，首见第 {first} 行；请检查各列是否错位",
                    "column {name}: {rows} rows ({cells} texts) name no place and count as unknown, the first is row {first}; check whether columns slipped"
                ),
            })
        };
        self.0.into_iter().filter_map(note).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Side;

    fn registry(side: Side, villages: &[&str], names: &[&str]) -> Registry {
        let rows: Vec<u32> = (1..=names.len() as u32).collect();
        let members = DataFrame::new(
            names.len(),
            vec![
                Column::new("village".into(), villages),
                Column::new("name".into(), names),
                Column::new("sheet_ix".into(), vec![0_u32; names.len()]),
                Column::new("row".into(), rows),
            ],
        )
        .unwrap();
        let origin = Origin { file: "a.csv".into(), sheet: String::new(), columns: Vec::new() };
        Registry { members, origins: vec![origin], ..Registry::empty(side) }
    }

    #[track_caller]
    fn check(national: &[&str], provincial: &[&str], kept: &[Option<&str>], told: usize) {
        let names = |villages: &[&str]| vec!["张建国"; villages.len()];
        let mut registries = [
            registry(Side::National, national, &names(national)),
            registry(Side::Provincial, provincial, &names(provincial)),
        ];
        let notes = unplace(&mut registries, &mut Rolls::default()).unwrap();
        let column = registries[0].members.column("village").unwrap().str().unwrap().clone();
        assert_eq!(column.iter().collect::<Vec<_>>(), kept);
        assert_eq!(notes.len(), told);
        let words: String = notes.iter().map(|note| note.text.zh.clone() + &note.text.en).collect();
        assert!(national.iter().zip(kept).all(|(cell, kept)| kept.is_some() || !words.contains(cell)), "{words}");
    }

    #[test]
    fn a_place_says_its_kind_or_is_known_to_both() {
        check(&["张庄村", "东街社区", "开发区"], &[], &[Some("张庄村"), Some("东街社区"), Some("开发区")], 0);
        check(&["大王庄"], &["大王庄"], &[Some("大王庄")], 0);
        check(&["新庄"; 20], &[], &[Some("新庄"); 20], 0);
    }

    #[test]
    fn people_and_numbers_are_no_places() {
        check(&["张建国"], &[], &[None], 1);
        check(&["张建国"], &["张建国"], &[None], 2);
        check(&["张小明"; 20], &[], &[None; 20], 1);
        check(&["342401198001011237", "13812345678"], &[], &[None, None], 1);
        check(&["大王庄"], &[], &[None], 1);
    }
}
