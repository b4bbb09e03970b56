//! 户编号 that a spreadsheet rounded to fifteen significant digits.
//!
//! A number column keeps fifteen digits and writes zeros for the rest, so that ten households (a thousand, of eighteen digits) come
//! to share one number. In: person and household rows in the order of their file, and the records of the same system, whose numbers
//! may be whole. Out: the households of such a sheet told by their heads, with the number that records print for the same people, or
//! one of their own; and a remark.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::unnumbered::MADE;
use crate::error::Result;
use crate::normalise::name;
use crate::say;
use crate::table::SheetNote;
use crate::table::registry::Origin;

/// Digits that survive.
const KEPT: usize = 15;
/// So many numbers show what a sheet did to them; fewer may end in zeros by chance.
const FEWEST: usize = 10;
/// A sheet of which so many numbers end in zeros was rounded.
const ROUNDED: f64 = 0.95;

/// Numbers the households of such sheets anew; `records` are those of the same system.
pub(super) fn renumber(
    frame: &mut DataFrame,
    origins: &[Origin],
    records: &dyn Fn() -> Result<Vec<DataFrame>>,
) -> Result<Vec<SheetNote>> {
    let (Ok(numbers), Ok(sheets)) = (frame.column("household_no"), frame.column("sheet_ix")) else {
        return Ok(Vec::new());
    };
    let (numbers, sheets) = (numbers.str()?.clone(), sheets.u32()?.clone());
    let mut by_sheet: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for (number, sheet) in numbers.iter().zip(sheets.iter()) {
        if let (Some(number), Some(sheet)) = (number, sheet) {
            by_sheet.entry(sheet).or_default().insert(number);
        }
    }
    let rounded: BTreeSet<u32> =
        by_sheet.into_iter().filter(|(_, numbers)| are_rounded(numbers)).map(|(sheet, _)| sheet).collect();
    if rounded.is_empty() {
        return Ok(Vec::new());
    }
    let families = families(frame, &numbers, &sheets, &rounded)?;
    let found = recovered(&families, &records()?)?;
    let new: Vec<Option<String>> =
        families.iter().zip(&found).map(|(family, number)| family.number(number.as_deref())).collect();
    let mut kept: Vec<Option<&str>> = numbers.iter().collect();
    for (family, number) in families.iter().zip(&new) {
        family.rows.iter().for_each(|row| kept[*row] = number.as_deref());
    }
    let column = StringChunked::from_iter_options("household_no".into(), kept.into_iter()).into_column();
    let counts = (families.len(), found.iter().flatten().count());
    frame.with_column(column)?;
    Ok(rounded.into_iter().filter_map(|sheet| Some(note(origins.get(sheet as usize)?, counts))).collect())
}

/// People who stand together under one head and one rounded number.
#[derive(Debug, Default)]
struct Family<'a> {
    kept: &'a str,
    rows: Vec<usize>,
    ids: BTreeSet<&'a str>,
    names: BTreeSet<String>,
    has_head: bool,
    /// Whether all its rows name their head.
    names_head: bool,
}

impl Family<'_> {
    /// The number found; none where the rows name their head, by whom people and household find each other again; else one of its
    /// own.
    fn number(&self, found: Option<&str>) -> Option<String> {
        let key = || format!("{}|{:?}|{:?}", self.kept, self.ids, self.names);
        let own = || format!("{MADE}{}", &blake3::hash(key().as_bytes()).to_hex()[..8]);
        found.map(str::to_owned).or_else(|| (!self.names_head).then(own))
    }
}

/// The families of the rounded sheets: a 户主 row and the rows below it with the same number, and those above it that are one
/// family with it by their 人数; a household row is one by itself.
fn families<'a>(
    frame: &'a DataFrame,
    numbers: &'a StringChunked,
    sheets: &UInt32Chunked,
    rounded: &BTreeSet<u32>,
) -> Result<Vec<Family<'a>>> {
    let (relations, names) = (texts(frame, "relation")?, texts(frame, "name_key")?);
    let (ids, head_ids, heads) = (texts(frame, "id18")?, texts(frame, "head_id18")?, texts(frame, "head_name")?);
    let sizes: Option<&Int32Chunked> = frame.column("declared_size").ok().map(Column::i32).transpose()?;
    let size = |row: usize| sizes.and_then(|sizes| sizes.get(row)).and_then(|size| usize::try_from(size).ok());
    let are_people = frame.column("relation").is_ok();
    let mut families: Vec<Family<'_>> = Vec::new();
    let mut last: Option<(Option<u32>, Option<&str>)> = None;
    for (row, (sheet, number)) in sheets.iter().zip(numbers.iter()).enumerate() {
        if !sheet.is_some_and(|sheet| rounded.contains(&sheet)) {
            last = None;
            continue;
        }
        let is_head = relations[row] == Some("户主");
        let is_awaited = |family: &Family<'_>| {
            let first = family.rows.first().copied().unwrap_or(row);
            !family.has_head && size(first) == size(row) && size(row).is_some_and(|size| family.rows.len() < size)
        };
        let goes_on =
            last == Some((sheet, number)) && families.last().is_some_and(|family| !is_head || is_awaited(family));
        let begins = !are_people || !goes_on;
        last = Some((sheet, number));
        if begins {
            families.push(Family {
                kept: number.and_then(|number| number.get(..KEPT)).unwrap_or_default(),
                names_head: true,
                ..Family::default()
            });
        }
        let Some(family) = families.last_mut() else { continue };
        family.rows.push(row);
        family.has_head |= is_head;
        family.names_head &= heads[row].is_some() || head_ids[row].is_some();
        family.ids.extend(if are_people { ids[row] } else { head_ids[row] });
        family.names.extend(if are_people { names[row].map(str::to_owned) } else { heads[row].and_then(name::key) });
    }
    Ok(families)
}

/// The full number of each family: the one with its fifteen digits that most records print beside its people. A number is one
/// family's only.
fn recovered(families: &[Family<'_>], records: &[DataFrame]) -> Result<Vec<Option<String>>> {
    let mut by_kept: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (at, family) in families.iter().enumerate().filter(|(_, family)| !family.kept.is_empty()) {
        by_kept.entry(family.kept).or_default().push(at);
    }
    let mut votes: BTreeMap<(usize, &str), u32> = BTreeMap::new();
    for frame in records {
        let (numbers, ids, names) = (texts(frame, "household_no")?, texts(frame, "id18")?, texts(frame, "name_key")?);
        // Records of a rounded sheet know no more than the rows.
        if are_rounded(&numbers.iter().copied().flatten().collect()) {
            continue;
        }
        for ((number, id), name) in numbers.into_iter().zip(ids).zip(names) {
            let Some(near) = number.and_then(|number| by_kept.get(number.get(..KEPT)?)) else { continue };
            let weight = |at: &usize| {
                let family = &families[*at];
                let by_id = id.is_some_and(|id| family.ids.contains(id));
                let by_name = name.is_some_and(|name| family.names.contains(name));
                2 * u32::from(by_id) + u32::from(by_name)
            };
            let best = near.iter().map(weight).max().unwrap_or(0);
            let mut fitting = near.iter().filter(|at| best > 0 && weight(at) == best);
            if let (Some(at), None, Some(number)) = (fitting.next(), fitting.next(), number) {
                *votes.entry((*at, number)).or_default() += best;
            }
        }
    }
    let mut votes: Vec<((usize, &str), u32)> = votes.into_iter().collect();
    votes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let (mut found, mut taken) = (vec![None; families.len()], BTreeSet::new());
    for ((at, number), _) in votes {
        if found[at].is_none() && taken.insert(number) {
            found[at] = Some(number.to_owned());
        }
    }
    Ok(found)
}

/// A column's texts; nulls when the frame does not have it.
fn texts<'a>(frame: &'a DataFrame, column: &str) -> Result<Vec<Option<&'a str>>> {
    Ok(match frame.column(column) {
        Ok(column) => column.str()?.iter().collect(),
        Err(_) => vec![None; frame.height()],
    })
}

fn are_rounded(numbers: &BTreeSet<&str>) -> bool {
    let is_long = |number: &&&str| number.len() > KEPT && number.bytes().all(|byte| byte.is_ascii_digit());
    let long: Vec<&&str> = numbers.iter().filter(is_long).collect();
    let zeros = long.iter().filter(|number| number[KEPT..].bytes().all(|byte| byte == b'0')).count();
    long.len() >= FEWEST && zeros as f64 >= long.len() as f64 * ROUNDED
}

fn note(origin: &Origin, (families, recovered): (usize, usize)) -> SheetNote {
    SheetNote {
        file: origin.file.clone(),
        sheet: origin.sheet.clone(),
        text: say!(
            "户编号只剩15位有效数字（末位都是0），多户同号：已按户主分为 {families} 户，其中 {recovered} 户按帮扶措施找回编号；请把该列设为文本格式重新导出",
            "household numbers kept 15 digits, several households share one: {families} households told by their heads, the numbers of {recovered} found in the measures; export the column as text"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(numbers: &[String]) -> (usize, usize) {
        let sheets = vec![0_u32; numbers.len()];
        let columns = vec![Column::new("household_no".into(), numbers), Column::new("sheet_ix".into(), sheets)];
        let mut frame = DataFrame::new(numbers.len(), columns).expect("a frame");
        let origins = [Origin { file: "a.csv".into(), sheet: String::new(), columns: Vec::new() }];
        let notes = renumber(&mut frame, &origins, &|| Ok(Vec::new())).expect("dropped");
        let column = frame.column("household_no").expect("a column");
        let own =
            column.str().expect("texts").iter().filter(|number| !number.is_some_and(|number| number.starts_with(MADE)));
        (own.count(), notes.len())
    }

    #[test]
    fn numbers_that_all_end_in_zero_were_rounded() {
        let of = |last: fn(usize) -> usize| {
            (0..40).map(|ix| format!("57000002591{:04}{}", ix, last(ix))).collect::<Vec<_>>()
        };
        assert_eq!(kept(&of(|_| 0)), (0, 1));
        assert_eq!(kept(&of(|ix| ix % 10)), (40, 0));
        assert_eq!(kept(&of(|_| 0)[..9]), (9, 0), "too few to tell");
        let short: Vec<String> = (0..40).map(|ix| format!("{}0", 1000 + ix)).collect();
        assert_eq!(kept(&short), (40, 0));
    }

    #[test]
    fn records_give_a_familys_number_back() {
        let text = |name: &str, cells: Vec<String>| Column::new(name.into(), cells);
        let rows = 40_usize;
        let number = |ix: usize| format!("57000002591{:04}0", ix / 8);
        let columns = vec![
            text("household_no", (0..rows).map(number).collect()),
            text("name_key", (0..rows).map(|ix| format!("人{ix}")).collect()),
            text("relation", (0..rows).map(|ix| if ix % 2 == 0 { "户主".into() } else { "配偶".into() }).collect()),
            Column::new("sheet_ix".into(), vec![0_u32; rows]),
        ];
        let mut frame = DataFrame::new(rows, columns).expect("a frame");
        let more: Vec<String> = (0..6).map(|ix| format!("57000002599{ix:04}0")).collect();
        let extra = DataFrame::new(
            6,
            vec![
                text("household_no", more),
                text("name_key", vec!["甲".into(); 6]),
                text("relation", vec!["户主".into(); 6]),
                Column::new("sheet_ix".into(), vec![0_u32; 6]),
            ],
        );
        frame.vstack_mut(&extra.expect("a frame")).expect("stacked");
        let records = || {
            let numbers = vec!["5700000259100003".to_owned(), "5700000259100003".to_owned()];
            Ok(vec![DataFrame::new(
                2,
                vec![text("household_no", numbers), text("name_key", vec!["人2".into(), "人3".into()])],
            )?])
        };
        let origins = [Origin { file: "a.csv".into(), sheet: String::new(), columns: Vec::new() }];
        renumber(&mut frame, &origins, &records).expect("renumbered");
        let kept: Vec<Option<&str>> =
            frame.column("household_no").expect("a column").str().expect("texts").iter().collect();
        assert_eq!(kept[2..4], [Some("5700000259100003"); 2]);
        assert!(kept[0].is_some_and(|number| number.starts_with(MADE)) && kept[0] == kept[1] && kept[0] != kept[4]);
    }
}
