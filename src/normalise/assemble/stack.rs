//! Sheets of one shape, one below the other.
//!
//! Sheets of one table may deliver different optional columns: the stack has the union, null where a sheet lacks a
//! column. Columns are in the order of [`FIELDS`], the cell as printed beside each field, then the derived ones;
//! each is one chunk.

use polars::prelude::*;

use crate::error::Result;
use crate::table::FIELDS;
use crate::table::schema::text_column;

/// Stacks `parts`, given in order as `(sheet_ix, frame)`. `derived` are columns that exist even without a part.
pub(in crate::normalise) fn stack(parts: Vec<(u32, DataFrame)>, derived: &[(&str, DataType)]) -> Result<DataFrame> {
    let mut frames = parts.into_iter().map(|(sheet_ix, frame)| placed(sheet_ix, frame)).collect::<Result<Vec<_>>>()?;
    let heights: Vec<usize> = frames.iter().map(DataFrame::height).collect();
    let mut columns = Vec::new();
    for (name, data_type) in wanted(&frames, derived) {
        let pieces =
            frames.iter_mut().zip(&heights).map(|(frame, &height)| take_column(frame, &name, height, &data_type));
        columns.push(joined(&name, &data_type, pieces)?);
    }
    Ok(DataFrame::new(heights.iter().sum(), columns)?)
}

/// The frame with its `sheet_ix`, rows in the order of the sheet.
fn placed(sheet_ix: u32, mut frame: DataFrame) -> Result<DataFrame> {
    if !frame.column("row")?.u32()?.iter().is_sorted() {
        frame = frame.sort(["row"], SortMultipleOptions::default().with_maintain_order(true))?;
    }
    let sheets = UInt32Chunked::full("sheet_ix".into(), sheet_ix, frame.height());
    frame.with_column(sheets.into_column())?;
    Ok(frame)
}

fn wanted(frames: &[DataFrame], derived: &[(&str, DataType)]) -> Vec<(String, DataType)> {
    let exists = |name: &str| frames.iter().any(|frame| frame.get_column_index(name).is_some());
    let of_field = |field: &crate::table::Field| {
        [(field.name.to_owned(), field.kind.data_type()), (text_column(field.name), DataType::String)]
    };
    let fields = FIELDS.iter().flat_map(of_field).filter(|(name, _)| exists(name));
    fields.chain(derived.iter().map(|(name, data_type)| ((*name).to_owned(), data_type.clone()))).collect()
}

/// Takes the column out, so that its memory goes as soon as the stack has it.
fn take_column(frame: &mut DataFrame, name: &str, height: usize, data_type: &DataType) -> Column {
    frame.drop_in_place(name).unwrap_or_else(|_| Column::full_null(name.into(), height, data_type))
}

fn joined(name: &str, data_type: &DataType, mut pieces: impl Iterator<Item = Column>) -> Result<Column> {
    let mut whole = pieces.next().unwrap_or_else(|| Column::new_empty(name.into(), data_type));
    for piece in pieces {
        whole.append_owned(piece)?;
    }
    Ok(whole.rechunk())
}
