//! One place under two names is one place: what counts is who lives there.
//!
//! A village that one side has renamed would tell all its people apart, and would make and undo links although nobody
//! moved. So before anything is compared, a place of the right side that the left does not know takes the name of the left
//! place in which most of its surely known people live. Only the linker reads it so; everything that is published keeps
//! the names as they are delivered.

use std::collections::BTreeMap;

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::error::Result;
use crate::normalise::place;
use crate::table::{Kind, schema};

use super::settings::{self, Settings};

/// Fewer known people than this tell nothing about their place.
const LEAST_PEOPLE: usize = 3;

/// A place by the keys of its names, coarse to fine.
type Key = Vec<String>;

/// The right frame with places named as on the left, by people of one trustworthy identifier; `None` when all stay.
pub(crate) fn by_identity(left: &DataFrame, right: &DataFrame, settings: &Settings) -> Result<Option<DataFrame>> {
    let Some(identity) = &settings.identity else { return Ok(None) };
    let (Ok(of_left), Ok(of_right)) = (left.column(&identity.column), right.column(&identity.column)) else {
        return Ok(None);
    };
    let (of_left, of_right) = (of_left.cast(&DataType::String)?, of_right.cast(&DataType::String)?);
    let (of_left, of_right) = (once_each(of_left.str()?), once_each(of_right.str()?));
    let mut pairs: Vec<(u32, u32)> =
        of_right.iter().filter_map(|(id, row)| Some(((*of_left.get(id)?)?, (*row)?))).collect();
    pairs.sort_unstable();
    by_people(left, right, &pairs, settings)
}

/// The same by people who are known to be one, left row before right.
///
/// # Errors
/// A column of places that is no text.
pub fn by_people(
    left: &DataFrame,
    right: &DataFrame,
    pairs: &[(u32, u32)],
    settings: &Settings,
) -> Result<Option<DataFrame>> {
    let mut respelt: Option<DataFrame> = None;
    for columns in place_columns(settings) {
        let right = respelt.as_ref().unwrap_or(right);
        if columns.iter().all(|name| left.column(name).is_ok() && right.column(name).is_ok()) {
            let changed = respell([left, right], columns, pairs)?;
            respelt = changed.or(respelt);
        }
    }
    Ok(respelt)
}

/// Columns of comparisons that tell places, coarse to fine.
fn place_columns(settings: &Settings) -> impl Iterator<Item = Vec<&str>> {
    let is_place = |name: &&str| schema::field(name).is_some_and(|field| field.kind == Kind::Place);
    let nested = settings.comparison.iter().filter(|comparison| comparison.kind == settings::Kind::Nested);
    // Settings name the finest last or first: township before village is what the schema says.
    let columns = nested.map(|comparison| comparison.columns.iter().map(String::as_str).collect::<Vec<&str>>());
    columns.filter(move |columns| columns.iter().all(is_place))
}

/// The row of each value that stands in one row only.
fn once_each(ids: &StringChunked) -> FxHashMap<&str, Option<u32>> {
    let mut rows: FxHashMap<&str, Option<u32>> = FxHashMap::default();
    for (row, id) in (0_u32..).zip(ids.iter()) {
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            rows.entry(id).and_modify(|row| *row = None).or_insert(Some(row));
        }
    }
    rows
}

/// The places of a frame's rows: distinct ones by number, and how each is spelt first.
struct Places {
    of_row: Vec<u32>,
    keys: Vec<Key>,
    spelt: Vec<Vec<Option<String>>>,
}

impl Places {
    fn of(frame: &DataFrame, columns: &[&str]) -> Result<Self> {
        let texts = columns.iter().map(|name| Ok(frame.column(name)?.str()?)).collect::<Result<Vec<_>>>()?;
        let mut known: FxHashMap<Vec<Option<&str>>, u32> = FxHashMap::default();
        let (mut numbers, mut keys, mut spelt): (BTreeMap<Key, u32>, _, _) = (BTreeMap::new(), Vec::new(), Vec::new());
        let mut number = |spelling: &[Option<&str>]| {
            let key_of = |text: &Option<&str>| text.and_then(place::key).unwrap_or_default();
            let key: Key = spelling.iter().map(key_of).collect();
            *numbers.entry(key.clone()).or_insert_with(|| {
                keys.push(key);
                spelt.push(spelling.iter().map(|text| text.map(str::to_owned)).collect());
                keys.len() as u32 - 1
            })
        };
        let mut of_row = Vec::with_capacity(frame.height());
        for row in 0..frame.height() {
            let spelling: Vec<Option<&str>> = texts.iter().map(|column| column.get(row)).collect();
            of_row.push(match known.get(&spelling) {
                Some(number) => *number,
                None => *known.entry(spelling.clone()).or_insert_with(|| number(&spelling)),
            });
        }
        Ok(Self { of_row, keys, spelt })
    }
}

fn respell([left, right]: [&DataFrame; 2], columns: Vec<&str>, pairs: &[(u32, u32)]) -> Result<Option<DataFrame>> {
    let (of_left, of_right) = (Places::of(left, &columns)?, Places::of(right, &columns)?);
    let known: FxHashSet<&Key> = of_left.keys.iter().collect();
    let mut homes: Vec<BTreeMap<u32, usize>> = vec![BTreeMap::new(); of_right.keys.len()];
    for (left, right) in pairs {
        let (home, place) = (of_left.of_row[*left as usize], of_right.of_row[*right as usize]);
        *homes[place as usize].entry(home).or_default() += 1;
    }
    let meant = |place: usize| {
        let key = &of_right.keys[place];
        let is_told = key.iter().all(|part| !part.is_empty());
        let people: usize = homes[place].values().sum();
        let (home, most) = homes[place].iter().max_by_key(|(home, most)| (**most, &of_left.keys[**home as usize]))?;
        let is_renamed = is_told && !known.contains(key) && people >= LEAST_PEOPLE && most * 2 > people;
        (is_renamed && of_left.keys[*home as usize].iter().all(|part| !part.is_empty())).then_some(*home as usize)
    };
    let meant: Vec<Option<usize>> = (0..of_right.keys.len()).map(meant).collect();
    if meant.iter().all(Option::is_none) {
        return Ok(None);
    }
    let mut respelt = right.clone();
    for (at, name) in columns.into_iter().enumerate() {
        let own = right.column(name)?.str()?;
        let places = of_right.of_row.iter().map(|place| meant[*place as usize]);
        let texts = own.iter().zip(places).map(|(own, meant)| match meant {
            Some(home) => of_left.spelt[home][at].as_deref(),
            None => own,
        });
        let column: StringChunked = texts.collect();
        respelt.with_column(column.with_name(name.into()).into_column())?;
    }
    Ok(Some(respelt))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::settings_of;

    const SETTINGS: &str = "match_prior = 0.1\n[identity]\ncolumn = \"id18\"\nrule = \"\"\nname = \"place\"\ncompatible = []\n\
        conflicting = []\nconflict_words = \"\"\n[[comparison]]\nname = \"place\"\ntitle = \"\"\nkind = \"nested\"\n\
        columns = [\"township\", \"village\"]\nlevels = []";

    /// Rows of `(identifier, village)`, all of one township.
    fn people(rows: &[(&str, &str)]) -> DataFrame {
        df!(
            "id18" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            "township" => vec!["城关镇"; rows.len()],
            "village" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
        )
        .expect("a frame")
    }

    fn check(left: &[(&str, &str)], right: &[(&str, &str)], expected: Option<&[&str]>) {
        let found = by_identity(&people(left), &people(right), &settings_of(SETTINGS)).expect("places");
        let villages = |frame: &DataFrame| -> Vec<String> {
            let villages = frame.column("village").and_then(Column::str).expect("villages");
            villages.iter().map(|village| village.unwrap_or_default().to_owned()).collect()
        };
        let expected = expected.map(|villages| villages.iter().map(|village| (*village).to_owned()).collect());
        assert_eq!(found.as_ref().map(villages), expected, "{right:?}");
    }

    #[test]
    fn a_place_is_where_its_people_live() {
        let left = [("1", "王塘村"), ("2", "王塘村"), ("3", "王塘村"), ("4", "李寨村")];
        let renamed = [("1", "幸福村"), ("2", "幸福村"), ("3", "幸福村"), ("9", "幸福村"), ("4", "李寨村")];
        check(&left, &renamed, Some(&["王塘村", "王塘村", "王塘村", "王塘村", "李寨村"]));
        check(&left, &[("1", "王塘村委会"), ("2", "王塘"), ("3", "王塘村")], None);
        // Moved to a village that the left has, too few to tell, and known by nobody.
        check(&left, &[("1", "李寨村"), ("2", "李寨村"), ("3", "李寨村")], None);
        check(&left, &[("1", "幸福村"), ("2", "幸福村")], None);
        check(&left, &[("7", "幸福村"), ("8", "幸福村"), ("9", "幸福村")], None);
        // A number that two rows carry tells nothing.
        check(&left, &[("1", "幸福村"), ("1", "幸福村"), ("2", "幸福村"), ("3", "幸福村")], None);
    }
}
