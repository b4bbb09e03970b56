//! Rows in the order of what they say.
//!
//! Wherever two rows claim one thing, below here and in everything that reads a registry, the first one has it: two heads
//! under one 户编号, two household rows of one number, two holders of one identifier. The first must then be the same one
//! whatever the order of rows, the split into files, or the names of the files. So rows are brought into an order of
//! content once, before anything is decided, and nobody after looks where a row stood.
//!
//! The order goes by what tells subjects apart, so that correcting another cell changes no tie; then by the values of all
//! other columns, places last of them (a renamed village changes no tie); then by the cells as printed. Rows that are equal in all
//! of it stay in the order of their files: either of them may be the first.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash};

use polars::prelude::*;
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use super::household::PLACES;
use crate::error::Result;
use crate::table::FIELDS;
use crate::table::schema::{field, text_column};

/// What tells people apart.
pub(in crate::normalise) const OF_PERSON: &[&str] = &["household_no", "person_no", "id18", "id_no", "name_key", "name"];
/// What tells household rows apart.
pub(super) const OF_HOUSEHOLD: &[&str] = &["household_no", "head_id18", "head_id_no", "head_name"];

/// The rows of a frame in the order of their content; `first` are the columns that decide first, texts all of them.
pub(in crate::normalise) fn by_content(frame: DataFrame, first: &[&str]) -> Result<DataFrame> {
    let keys = texts(&frame, first)?;
    let by_keys = |a: &u32, b: &u32| compare(&keys, *a, *b);
    let mut order: Vec<u32> = (0..frame.height() as u32).collect();
    if !order.is_sorted_by(|a, b| by_keys(a, b) != Ordering::Greater) {
        order.par_sort_by(by_keys);
    }
    let tied: Vec<u32> =
        order.chunk_by(|a, b| by_keys(a, b).is_eq()).filter(|run| run.len() > 1).flatten().copied().collect();
    let mut rest: Vec<Rest> = vec![Rest::default(); frame.height()];
    for (row, of_row) in tied.iter().zip(hashed(&frame.take(&IdxCa::from_vec("".into(), tied.clone()))?)?) {
        rest[*row as usize] = of_row;
    }
    order.chunk_by_mut(|a, b| by_keys(a, b).is_eq()).for_each(|run| run.sort_by_key(|row| rest[*row as usize]));
    drop(keys);
    if order.is_sorted() {
        return Ok(frame);
    }
    Ok(frame.take(&IdxCa::from_vec("".into(), order))?)
}

/// The columns among `names` that the frame has.
fn texts<'f>(frame: &'f DataFrame, names: &[&str]) -> Result<Vec<&'f StringChunked>> {
    let columns = names.iter().filter_map(|name| frame.column(name).ok());
    Ok(columns.map(Column::str).collect::<PolarsResult<_>>()?)
}

/// Blanks come last: what is numbered speaks before what is not.
fn compare(keys: &[&StringChunked], a: u32, b: u32) -> Ordering {
    let of_column = |column: &&StringChunked| {
        let [a, b] = [a, b].map(|row| column.get(row as usize));
        a.is_none().cmp(&b.is_none()).then_with(|| a.cmp(&b))
    };
    keys.iter().map(of_column).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// What a row says beside its keys: values, places, cells as printed.
type Rest = [u64; 3];

/// A hash of each. A column that a row has nothing in does not count, so it is the same whether another file brings the
/// column or not.
fn hashed(frame: &DataFrame) -> Result<Vec<Rest>> {
    let mut rest = vec![Rest::default(); frame.height()];
    for column in frame.columns().iter().filter(|column| !matches!(column.name().as_str(), "sheet_ix" | "row")) {
        let kind = kind_of(column.name());
        let texts = column.cast(&DataType::String)?;
        for (rest, text) in rest.iter_mut().zip(texts.str()?.iter()) {
            if let Some(text) = text {
                rest[kind] = rest[kind].wrapping_add(hash(&(column.name().as_str(), text)));
            }
        }
    }
    Ok(rest)
}

fn kind_of(column: &str) -> usize {
    let is_printed = || FIELDS.iter().any(|field| text_column(field.name) == column);
    match column {
        place if PLACES.contains(&place) => 1,
        value if field(value).is_none() && is_printed() => 2,
        _ => 0,
    }
}

fn hash(value: &impl Hash) -> u64 {
    FxBuildHasher.hash_one(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (&'static str, Option<&'static str>, &'static str, &'static str, i32);

    /// Rows of `(household number, name, village, phone as printed, members)`, by their name alone.
    fn names(rows: &[Row]) -> Vec<String> {
        let frame = df!(
            "household_no" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            "name_key" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
            "village" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
            "household_phone_text" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
            "members" => rows.iter().map(|row| row.4).collect::<Vec<_>>(),
        );
        let ordered = by_content(frame.expect("a frame"), OF_PERSON).expect("an order");
        let text =
            |name: &str| ordered.column(name).and_then(|column| column.cast(&DataType::String)).expect("a column");
        let columns = ["household_no", "name_key", "village", "household_phone_text", "members"].map(text);
        let cell = |column: &Column, row| column.str().expect("text").get(row).unwrap_or("∅").to_owned();
        (0..ordered.height())
            .map(|row| columns.iter().map(|column| cell(column, row)).collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let rows: [Row; 6] = [
            ("1", Some("甲"), "东村", "1", 3),
            ("1", Some("甲"), "东村", "2", 3),
            ("1", Some("甲"), "西村", "1", 3),
            ("1", Some("甲"), "东村", "1", 4),
            ("1", None, "东村", "1", 3),
            ("0", Some("乙"), "东村", "1", 3),
        ];
        let usual = names(&rows);
        let mut turned = rows;
        for _ in 0..rows.len() {
            turned.rotate_left(1);
            assert_eq!(names(&turned), usual);
        }
        turned.reverse();
        assert_eq!(names(&turned), usual);
        assert_eq!((usual[0].as_str(), usual[5].as_str()), ("0 乙 东村 1 3", "1 ∅ 东村 1 3"));
    }

    #[test]
    fn renamed_places_and_printed_cells_change_no_tie_of_values() {
        let heads = |village: &'static str, printed: &'static str| -> Vec<String> {
            let rows: [Row; 2] = [("1", Some("甲"), village, printed, 3), ("1", Some("甲"), "西村", "2", 4)];
            names(&rows).into_iter().map(|row| row.rsplit(' ').next().expect("members").to_owned()).collect()
        };
        let usual = heads("东村", "1");
        for (village, printed) in [("西村", "1"), ("新村", "1"), ("东村", "3"), ("新村", "2")] {
            assert_eq!(heads(village, printed), usual, "{village} {printed}");
        }
    }
}
