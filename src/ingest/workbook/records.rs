//! The records of an xlsb, as far as its merged ranges, which calamine does not give, and the number of its cells, which
//! calamine must.
//!
//! A part is a run of records: a type of one or two bytes, a length of one to four, each with seven bits a byte, and
//! that many bytes. What cannot be followed ends the search, and calamine tells what is wrong with the file.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::RangeInclusive;

use crate::error::Result;
use crate::ingest::columns::Merge;
use crate::ingest::package::Package;
use crate::ingest::source::Source;

/// A row; the cells behind it are its own.
const ROW: u32 = 0;
/// Cells with a value: numbers, faults, truth values, texts, and what formulas show, except faults of formulas, which
/// calamine does not give.
const VALUES: RangeInclusive<u32> = 2..=10;
/// The end of the cells of a sheet.
const END_OF_DATA: u32 = 146;
/// A sheet in the workbook's list.
const BUNDLE_SHEET: u32 = 156;
/// A merged range.
const MERGE_CELL: u32 = 176;
/// Records looked into are short.
const MAX_RECORD_BYTES: u32 = 4096;

/// The ranges merged over several rows, by the name of the sheet.
pub(super) fn merges(source: &Source<'_>) -> Result<BTreeMap<String, Vec<Merge>>> {
    let mut package = Package::open(source, "xlsb")?;
    let mut merges = BTreeMap::new();
    for (name, part) in sheets(&mut package)? {
        let mut ranges = Vec::new();
        each(package.part(&part)?, MERGE_CELL, |record| ranges.extend(range(record)));
        ranges.sort_unstable();
        merges.insert(name, ranges);
    }
    Ok(merges)
}

/// How many cells hold a value, by the name of the sheet.
///
/// # Errors
/// When a row or a cell comes twice or out of order, or a sheet has no end.
pub(super) fn check(source: &Source<'_>) -> Result<BTreeMap<String, u64>> {
    let mut package = Package::open(source, "xlsb")?;
    let mut counts = BTreeMap::new();
    for (name, part) in sheets(&mut package)? {
        let count = count(package.part(&part)?).map_err(|fault| source.damaged("xlsb", fault))?;
        counts.insert(name, count);
    }
    Ok(counts)
}

/// Name and part of each sheet.
fn sheets(package: &mut Package<'_>) -> Result<Vec<(String, String)>> {
    let workbook = "xl/workbook.bin";
    let relations = package.relations(workbook)?;
    let mut sheets = Vec::new();
    each(package.part(workbook)?, BUNDLE_SHEET, |record| sheets.extend(sheet(record)));
    let part = |(id, name): (String, String)| {
        let (_, part) = relations.get(&id).filter(|(_, part)| package.has(part))?;
        Some((name, part.clone()))
    };
    Ok(sheets.into_iter().filter_map(part).collect())
}

/// Counts the values of a sheet.
fn count(mut part: impl Read) -> std::result::Result<u64, &'static str> {
    let (mut count, mut row, mut column) = (0, None, None);
    while let Some((kind, length)) = varint(&mut part, 2).zip(varint(&mut part, 4)) {
        let mut place = [0; 4];
        let mut bytes = part.by_ref().take(u64::from(length));
        if length >= 4 && bytes.read_exact(&mut place).is_err()
            || std::io::copy(&mut bytes, &mut std::io::sink()).is_err()
        {
            break;
        }
        let place = u32::from_le_bytes(place);
        match kind {
            END_OF_DATA => return Ok(count),
            ROW if row.is_some_and(|last| place <= last) => return Err("行号重复或倒序/a row twice or out of order"),
            ROW => (row, column) = (Some(place), None),
            kind if VALUES.contains(&kind) => {
                if column.is_some_and(|last| place <= last) {
                    return Err("单元格重复或倒序/a cell twice or out of order");
                }
                column = Some(place);
                count += 1;
            }
            _ => {}
        }
    }
    Err("工作表在中途结束/a sheet is cut off")
}

/// Shows every record of one type.
fn each(mut part: impl Read, wanted: u32, mut show: impl FnMut(&[u8])) {
    let mut record = Vec::new();
    while let Some((kind, length)) = varint(&mut part, 2).zip(varint(&mut part, 4)) {
        record.clear();
        let mut bytes = part.by_ref().take(u64::from(length));
        if kind == wanted && length <= MAX_RECORD_BYTES {
            if bytes.read_to_end(&mut record).is_err() {
                return;
            }
            show(&record);
        } else if std::io::copy(&mut bytes, &mut std::io::sink()).is_err() {
            return;
        }
    }
}

/// A number of up to `most` bytes, seven bits each, the lowest first.
fn varint(part: &mut impl Read, most: u32) -> Option<u32> {
    let mut number = 0;
    for at in 0..most {
        let mut byte = [0];
        part.read_exact(&mut byte).ok()?;
        number |= u32::from(byte[0] & 0x7F) << (7 * at);
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}

/// `(relationship, name)` of a sheet.
fn sheet(record: &[u8]) -> Option<(String, String)> {
    let (id, rest) = text(record.get(8..)?)?;
    let (name, _) = text(rest)?;
    Some((id, name))
}

/// A text with its length before it, and what follows.
fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_at_checked(4)?;
    let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
    let (units, rest) = rest.split_at_checked(length.checked_mul(2)?)?;
    let units: Vec<u16> = units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    Some((String::from_utf16_lossy(&units), rest))
}

/// First row, last row, first column, last column, each of four bytes; only ranges over several rows count.
fn range(record: &[u8]) -> Option<Merge> {
    let number = |at: usize| Some(u32::from_le_bytes(record.get(at..at + 4)?.try_into().ok()?));
    let (first, last, column) = (number(0)?, number(4)?, number(8)?);
    (first < last && last < u32::MAX).then(|| Merge {
        column: column as usize,
        first_row: first + 1,
        last_row: last + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_found_among_other_records() {
        let numbers = |numbers: [u32; 4]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
        let mut part = vec![0x81, 0x01, 0x00, 0x07, 0x02, 9, 9];
        part.extend([0xB0, 0x01, 0x10]);
        part.extend(numbers([3, 5, 0, 0]));
        part.extend([0xB0, 0x01, 0x10]);
        part.extend(numbers([0, 0, 0, 8]));
        part.extend([0xB2, 0x01, 0x00, 0xFF]);
        let mut ranges = Vec::new();
        each(part.as_slice(), MERGE_CELL, |record| ranges.extend(range(record)));
        assert_eq!(ranges, [Merge { column: 0, first_row: 4, last_row: 6 }]);
    }

    #[test]
    fn cells_are_counted_once_and_to_the_end() {
        let record = |kind: u8, place: u32| [&[kind, 8][..], &place.to_le_bytes(), &[0; 4]].concat();
        let end = vec![0x92, 0x01, 0x00];
        let rows = [record(0, 3), record(1, 0), record(2, 1), record(7, 2), record(0, 4), record(2, 0)].concat();
        assert_eq!(count([rows.clone(), end.clone()].concat().as_slice()), Ok(3));
        assert!(count(rows.as_slice()).is_err());
        for again in [record(0, 4), record(2, 0)] {
            assert!(count([rows.clone(), again, end.clone()].concat().as_slice()).is_err());
        }
    }

    #[test]
    fn a_sheet_is_named() {
        let wide = |text: &str| {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            [&(units.len() as u32 / 2).to_le_bytes()[..], &units].concat()
        };
        let record = [vec![0; 8], wide("rId1"), wide("人员")].concat();
        assert_eq!(sheet(&record), Some(("rId1".into(), "人员".into())));
        assert_eq!(sheet(&record[..20]), None);
    }
}
