//! Parquet: a table that another program wrote, its columns named by the schema.
//!
//! Read row group by row group; only columns that the header search may bind are flat ones, nested columns are ignored.
//! Values become the text a person sees: numbers as in a workbook, dates as ISO, booleans as 是/否. There is no header
//! row: `row` is the 1-based record.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use super::book::Book;
use super::cell::{put, write_iso_moment, write_number, yes_no};
use super::grid::GridRow;
use super::rows::Layout;
use super::source::Source;
use crate::error::Result;

/// Reads a parquet file.
pub(super) fn read(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    source.check_size(source.limits.max_unpacked_bytes)?;
    book.format = "parquet".into();
    let refuse = |cause: ParquetError| source.damaged("parquet", cause);
    let file = SerializedFileReader::new(source.open()?).map_err(refuse)?;
    let schema = file.metadata().file_metadata().schema();
    let mut sheet = book.sheet("", Layout::Addressed);
    sheet.set_header(schema.get_fields().iter().map(|field| field.name().to_owned()).collect());
    let mut row = GridRow::default();
    let mut rows = 0_u32;
    for record in file.get_row_iter(None).map_err(refuse)? {
        fill(&mut row, &record.map_err(refuse)?);
        rows += 1;
        sheet.row(rows, &row);
    }
    book.close(sheet, u64::from(rows));
    Ok(())
}

fn fill(row: &mut GridRow, record: &Row) {
    row.clear();
    for (column, (_, value)) in record.get_column_iter().enumerate() {
        row.set(column, |out| write(value, out));
    }
}

/// Appends the text of a value; true when a number has lost digits.
fn write(value: &Field, out: &mut String) -> bool {
    match value {
        Field::Null | Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => {}
        Field::Str(text) => out.push_str(text.trim_end_matches('\r')),
        Field::Bytes(bytes) => out.push_str(&String::from_utf8_lossy(bytes.data())),
        Field::Bool(value) => out.push_str(yes_no(*value)),
        Field::Double(number) => return write_number(*number, out),
        Field::Float(number) => return write_number(number.to_string().parse().unwrap_or(f64::from(*number)), out),
        Field::Date(days) => write_date(*days, out),
        Field::TimestampMillis(millis) => write_moment(Timestamp::from_millisecond(*millis), out),
        Field::TimestampMicros(micros) => write_moment(Timestamp::from_microsecond(*micros), out),
        whole_decimal_or_time => put(out, format_args!("{whole_decimal_or_time}")),
    }
    false
}

/// Days since 1970-01-01.
fn write_date(days: i32, out: &mut String) {
    if let Ok(date) = Date::constant(1970, 1, 1).checked_add(i64::from(days).days()) {
        put(out, format_args!("{date}"));
    }
}

fn write_moment(moment: std::result::Result<Timestamp, jiff::Error>, out: &mut String) {
    if let Ok(moment) = moment {
        write_iso_moment(&moment.to_string(), out);
    }
}
