//! Whom the command line means: `file:row`, `file[sheet]:row`, or a person number, in one registry.
//!
//! A file may be named by the end of its path. What fits nobody is refused, and so is what fits several.

use crate::error::{Error, Result, Text};
use crate::pipeline::persons::PERSON_NO;
use crate::say;
use crate::table::Registry;

/// The member row that `subject` names; `side` is what the registry is called.
pub(super) fn row_of(registry: &Registry, side: &Text, subject: &str) -> Result<u32> {
    let mut found = at_place(registry, subject)?;
    if found.is_empty() {
        found = with_number(registry, subject)?;
    }
    match found.as_slice() {
        [] => Err(unknown(side, subject)),
        [row] => Ok(*row),
        several => Err(ambiguous(registry, side, subject, several)),
    }
}

/// Rows at a place; exact paths count before ends of paths.
fn at_place(registry: &Registry, subject: &str) -> Result<Vec<u32>> {
    let Some((place, row)) = subject.rsplit_once(':') else { return Ok(Vec::new()) };
    let Ok(row) = row.parse::<u32>() else { return Ok(Vec::new()) };
    let (file, sheet) = match place.strip_suffix(']').and_then(|place| place.split_once('[')) {
        Some((file, sheet)) => (file, Some(sheet)),
        None => (place, None),
    };
    let end = format!("/{}", file.trim_start_matches("./"));
    let exact = registry.origins.iter().any(|origin| origin.file == file);
    let is_here = |sheet_ix: u32| {
        let origin = &registry.origins[sheet_ix as usize];
        let same_file = if exact { origin.file == file } else { origin.file.ends_with(&end) };
        same_file && sheet.is_none_or(|sheet| origin.sheet == sheet)
    };
    rows_where(registry, |sheet_ix, at| at == row && is_here(sheet_ix))
}

fn with_number(registry: &Registry, number: &str) -> Result<Vec<u32>> {
    let Ok(numbers) = registry.members.column(PERSON_NO) else { return Ok(Vec::new()) };
    let rows = (0_u32..).zip(numbers.str()?.iter());
    Ok(rows.filter(|(_, own)| *own == Some(number)).map(|(row, _)| row).collect())
}

fn rows_where(registry: &Registry, is_meant: impl Fn(u32, u32) -> bool) -> Result<Vec<u32>> {
    // A table without a row has no columns either.
    if registry.members.height() == 0 {
        return Ok(Vec::new());
    }
    let sheets = registry.members.column("sheet_ix")?.u32()?;
    let rows = registry.members.column("row")?.u32()?;
    let places = (0_u32..).zip(sheets.iter().zip(rows.iter()));
    let meant = places.filter(|(_, place)| matches!(place, (Some(sheet), Some(row)) if is_meant(*sheet, *row)));
    Ok(meant.map(|(row, _)| row).collect())
}

fn unknown(side: &Text, subject: &str) -> Error {
    let (zh, en) = (&side.zh, &side.en);
    Error::configuration(say!("{zh}没有 {subject} 这一行人员", "{en} has no person row {subject}")).remedy(say!(
        "写成 文件:行号，例如 national/贫困户信息_城关镇.xlsx:12，或人员编号",
        "write file:row, e.g. national/贫困户信息_城关镇.xlsx:12, or a person number"
    ))
}

fn ambiguous(registry: &Registry, side: &Text, subject: &str, rows: &[u32]) -> Error {
    let (zh, en, count) = (&side.zh, &side.en, rows.len());
    let places: Vec<String> = rows.iter().take(5).filter_map(|row| place(registry, *row)).collect();
    let places = places.join("  ");
    Error::configuration(say!("{zh}有 {count} 行都是 {subject}", "{count} rows of {en} are {subject}"))
        .remedy(say!("写明是哪一行：{places}", "say which row: {places}"))
}

/// `file[sheet]:row` of a member row.
fn place(registry: &Registry, row: u32) -> Option<String> {
    let value = |name: &str| registry.members.column(name).ok()?.u32().ok()?.get(row as usize);
    let origin = registry.origins.get(value("sheet_ix")? as usize)?;
    let line = value("row")?;
    Some(match origin.sheet.as_str() {
        "" => format!("{}:{line}", origin.file),
        sheet => format!("{}[{sheet}]:{line}", origin.file),
    })
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;
    use crate::table::Side;
    use crate::table::registry::Origin;

    /// Four people on two sheets of one file and in another file; two of them carry one number.
    fn registry() -> Registry {
        let origin = |file: &str, sheet: &str| Origin { file: file.into(), sheet: sheet.into(), columns: Vec::new() };
        let members = df!(
            "sheet_ix" => [0_u32, 1, 2, 2],
            "row" => [2_u32, 2, 2, 3],
            PERSON_NO => [Some("7"), Some("8"), None, Some("8")],
        );
        Registry {
            members: members.expect("columns have one length"),
            origins: vec![origin("in/a.xlsx", "甲"), origin("in/a.xlsx", "乙"), origin("in/b.csv", "")],
            ..Registry::empty(Side::National)
        }
    }

    fn left() -> Text {
        say!("左表", "left")
    }

    #[test]
    fn people_are_named_by_place_or_number() {
        let registry = registry();
        let named = |subject: &str| row_of(&registry, &left(), subject).ok();
        assert_eq!(named("in/a.xlsx[乙]:2"), Some(1));
        assert_eq!(named("in/b.csv:3"), Some(3));
        assert_eq!(named("b.csv:3"), Some(3), "the end of a path is enough");
        assert_eq!(named("7"), Some(0));
        assert_eq!(named("in/b.csv:9"), None);
        assert_eq!(named("csv:3"), None, "names are not cut");
        assert_eq!(named(""), None);
        assert!(row_of(&Registry::empty(Side::National), &left(), "b.csv:3").is_err());
    }

    #[test]
    fn who_is_several_is_nobody() {
        let wrong = |subject: &str| row_of(&registry(), &left(), subject).expect_err("ambiguous").to_string();
        assert!(wrong("in/a.xlsx:2").contains("in/a.xlsx[甲]:2  in/a.xlsx[乙]:2"), "{}", wrong("in/a.xlsx:2"));
        assert!(wrong("8").contains("in/a.xlsx[乙]:2  in/b.csv:3"), "{}", wrong("8"));
    }
}
