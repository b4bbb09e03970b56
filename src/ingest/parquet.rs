//! Parquet: a table that another program wrote, its columns named by the schema.
//!
//! Only the columns that a field claims are decoded, a batch of records at a time: a batch is columns of text, and a
//! row is a view across them, so no cell is allocated by itself. Values become the text a person sees: numbers as in a
//! workbook, dates as ISO, decimals with their scale, booleans as 是/否. Nested columns have no header and are not
//! read. There is no header row: `row` is the 1-based record.
//!
//! A dictionary and runs of equal values make a small file say very much: text is measured before it is copied, a value
//! longer than any cell or a batch larger than [`MAX_BATCH_BYTES`] is refused. Every column must hold exactly as many
//! records as the file says, and text must be UTF-8. Numbers where a number of a person or household is expected are
//! told: a program that made numbers of them has dropped their leading zeros, and maybe digits.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::book::Book;
use super::cell::{put, write_iso_moment, write_number, yes_no};
use super::grid::{Cells, MAX_CELL_CHARS};
use super::rows::{Layout, SheetBuilder};
use super::source::Source;
use crate::error::Result;
use crate::say;

/// Records decoded at a time.
const BATCH: usize = 8192;
/// Text of a batch: rows of eight kilobytes are ten times what any export has.
const MAX_BATCH_BYTES: usize = 64 << 20;

/// Reads a parquet file.
pub(super) fn read(source: &Source<'_>, book: &mut Book<'_>) -> Result<()> {
    source.check_size(source.limits.max_unpacked_bytes)?;
    book.format = "parquet".into();
    let refuse = |cause: ParquetError| source.damaged("parquet", cause);
    let file = SerializedFileReader::new(source.open()?).map_err(refuse)?;
    let columns = file.metadata().file_metadata().schema_descr().columns().to_vec();
    let mut sheet = book.sheet("", Layout::Addressed);
    sheet.set_header(columns.iter().map(|column| header(column)).collect());
    let numbers = columns.iter().enumerate().filter(|(at, column)| sheet.is_key(*at) && is_number(column));
    for (_, column) in numbers {
        let name = column.name();
        book.note(
            "",
            say!(
                "“{name}”列存成了数字，不是文本：号码开头的 0 和超过 15 位的部分可能已丢失",
                "column {name} holds numbers, not text: leading zeros, and digits after the 15th, may be lost"
            ),
        );
    }
    let mut rows = 0;
    for index in 0..file.num_row_groups() {
        let group = file.get_row_group(index).map_err(refuse)?;
        rows = read_group(&*group, rows, &mut sheet).map_err(refuse)?;
    }
    let stated = file.metadata().file_metadata().num_rows();
    if stated != i64::from(rows) {
        return Err(source.damaged("parquet", format_args!("{stated} records stated, {rows} read")));
    }
    book.close(sheet, u64::from(rows));
    Ok(())
}

/// Whether a column's values are numbers.
fn is_number(column: &ColumnDescriptor) -> bool {
    matches!(column.physical_type(), Physical::INT32 | Physical::INT64 | Physical::FLOAT | Physical::DOUBLE)
}

/// The name of a flat column.
fn header(column: &ColumnDescriptor) -> String {
    let is_flat = column.max_rep_level() == 0 && column.path().parts().len() == 1;
    if is_flat { column.name().to_owned() } else { String::new() }
}

/// Feeds a row group whose first record is number `rows + 1`; gives the number of its last.
fn read_group(
    group: &dyn RowGroupReader,
    mut rows: u32,
    sheet: &mut SheetBuilder<'_>,
) -> std::result::Result<u32, ParquetError> {
    let columns = group.metadata().columns().iter().map(|column| column.column_descr());
    let claimed = columns.enumerate().filter(|(index, column)| !header(column).is_empty() && sheet.claims(*index));
    let mut readers = Vec::new();
    for (index, column) in claimed {
        readers.push((index, Meaning::of(column), column.max_def_level(), group.get_column_reader(index)?));
    }
    let mut left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    while left > 0 {
        let mut batch = Batch::new(left.min(BATCH));
        for (index, meaning, level, reader) in &mut readers {
            batch.read(*index, *meaning, *level, reader)?;
        }
        for at in 0..batch.rows {
            rows += 1;
            sheet.row(rows, &BatchRow { batch: &batch, at });
        }
        left -= batch.rows;
        if sheet.is_full() {
            break;
        }
    }
    if left == 0 {
        for (index, meaning, level, reader) in &mut readers {
            Batch::after_the_last().read(*index, *meaning, *level, reader)?;
        }
    }
    Ok(rows)
}

/// What a stored number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Number,
    Unsigned,
    /// Days since 1970-01-01.
    Date,
    /// Units of this many nanoseconds since 1970-01-01.
    Moment(i128),
    /// Units of the last of so many places.
    Decimal(usize),
}

impl Meaning {
    fn of(column: &ColumnDescriptor) -> Self {
        match (column.logical_type_ref(), column.converted_type()) {
            (Some(LogicalType::Timestamp(stamp)), _) => Self::Moment(match stamp.unit {
                TimeUnit::MILLIS => 1_000_000,
                TimeUnit::MICROS => 1_000,
                TimeUnit::NANOS => 1,
            }),
            (_, ConvertedType::TIMESTAMP_MILLIS) => Self::Moment(1_000_000),
            (_, ConvertedType::TIMESTAMP_MICROS) => Self::Moment(1_000),
            (_, ConvertedType::DATE) => Self::Date,
            (_, ConvertedType::DECIMAL) => Self::Decimal(usize::try_from(column.type_scale()).unwrap_or(0)),
            (_, ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64) => {
                Self::Unsigned
            }
            _ => Self::Number,
        }
    }

    /// Appends a whole number as what it stands for.
    fn write(self, value: i128, out: &mut String) -> bool {
        match self {
            Self::Number | Self::Unsigned => put(out, format_args!("{value}")),
            Self::Date => write_date(value, out),
            Self::Moment(nanoseconds) => write_moment(value * nanoseconds, out),
            Self::Decimal(scale) => write_decimal(value, scale, out),
        }
        false
    }
}

/// Some records, as columns of text.
struct Batch {
    rows: usize,
    /// How many of them there must be.
    expected: usize,
    /// By column; empty for those not read.
    columns: Vec<Texts>,
    /// Bytes of all texts.
    bytes: usize,
    /// By row: columns whose number has lost digits.
    lost_digits: BTreeMap<usize, Vec<usize>>,
}

#[derive(Default)]
struct Texts {
    text: String,
    spans: Vec<(usize, usize)>,
}

impl Batch {
    fn new(rows: usize) -> Self {
        Self { rows, expected: rows, columns: Vec::new(), bytes: 0, lost_digits: BTreeMap::new() }
    }

    /// A look behind the last record, where nothing must be.
    fn after_the_last() -> Self {
        Self { expected: 0, ..Self::new(1) }
    }

    /// Decodes the next records of one column.
    fn read(
        &mut self,
        column: usize,
        meaning: Meaning,
        level: i16,
        reader: &mut ColumnReader,
    ) -> std::result::Result<(), ParquetError> {
        let whole = |value: i128, out: &mut String| Ok(meaning.write(value, out));
        match reader {
            ColumnReader::BoolColumnReader(reader) => self.fill(column, level, reader, |value, out| {
                out.push_str(yes_no(*value));
                Ok(false)
            }),
            ColumnReader::Int32ColumnReader(reader) if meaning == Meaning::Unsigned => {
                self.fill(column, level, reader, |value, out| whole(i128::from(value.cast_unsigned()), out))
            }
            ColumnReader::Int64ColumnReader(reader) if meaning == Meaning::Unsigned => {
                self.fill(column, level, reader, |value, out| whole(i128::from(value.cast_unsigned()), out))
            }
            ColumnReader::Int32ColumnReader(reader) => {
                self.fill(column, level, reader, |value, out| whole(i128::from(*value), out))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                self.fill(column, level, reader, |value, out| whole(i128::from(*value), out))
            }
            ColumnReader::Int96ColumnReader(reader) => self.fill(column, level, reader, |value, out| {
                write_moment(i128::from(value.to_nanos()), out);
                Ok(false)
            }),
            // 0.1 as a float is 0.1, not the double next to it.
            ColumnReader::FloatColumnReader(reader) => self.fill(column, level, reader, |value, out| {
                Ok(write_number(value.to_string().parse().unwrap_or(f64::from(*value)), out))
            }),
            ColumnReader::DoubleColumnReader(reader) => {
                self.fill(column, level, reader, |value, out| Ok(write_number(*value, out)))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                self.fill(column, level, reader, |value, out| write_bytes(value.data(), meaning, out))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                self.fill(column, level, reader, |value, out| write_bytes(value.data(), meaning, out))
            }
        }
    }

    fn fill<T: DataType>(
        &mut self,
        column: usize,
        level: i16,
        reader: &mut ColumnReaderImpl<T>,
        write: impl Fn(&T::T, &mut String) -> std::result::Result<bool, ParquetError>,
    ) -> std::result::Result<(), ParquetError> {
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let (records, ..) = reader.read_records(self.rows, Some(&mut levels), None, &mut values)?;
        if records != self.expected {
            return Err(ParquetError::EOF(format!("column {column} does not hold as many records as the file says")));
        }
        let mut texts = Texts::default();
        let mut values = values.iter();
        for row in 0..self.rows {
            let start = texts.text.len();
            // A required column has no levels.
            let value = if level == 0 || levels.get(row) == Some(&level) { values.next() } else { None };
            if value.map(|value| write(value, &mut texts.text)).transpose()? == Some(true) {
                self.lost_digits.entry(row).or_default().push(column);
            }
            texts.spans.push((start, texts.text.len()));
            if self.bytes + texts.text.len() > MAX_BATCH_BYTES {
                return Err(ParquetError::General(format!("too much text in {} records", self.rows)));
            }
        }
        self.bytes += texts.text.len();
        if self.columns.len() <= column {
            self.columns.resize_with(column + 1, Texts::default);
        }
        self.columns[column] = texts;
        Ok(())
    }
}

/// One record of a batch.
struct BatchRow<'b> {
    batch: &'b Batch,
    at: usize,
}

impl Cells for BatchRow<'_> {
    fn width(&self) -> usize {
        self.batch.columns.len()
    }
    fn cell(&self, column: usize) -> &str {
        let Some(texts) = self.batch.columns.get(column) else { return "" };
        texts.spans.get(self.at).map_or("", |&(start, end)| &texts.text[start..end])
    }
    fn lost_digits(&self) -> &[usize] {
        self.batch.lost_digits.get(&self.at).map_or(&[], Vec::as_slice)
    }
}

/// Text, or a decimal in big-endian two's complement.
fn write_bytes(bytes: &[u8], meaning: Meaning, out: &mut String) -> std::result::Result<bool, ParquetError> {
    match (meaning, bytes.first()) {
        (Meaning::Decimal(_), Some(first)) if bytes.len() <= 16 => {
            let sign = if first & 0x80 == 0 { 0_i128 } else { -1 };
            Ok(meaning.write(bytes.iter().fold(sign, |value, byte| value << 8 | i128::from(*byte)), out))
        }
        _ if bytes.len() > 4 * MAX_CELL_CHARS => {
            Err(ParquetError::General(format!("a value of {} bytes is longer than any cell", bytes.len())))
        }
        _ => {
            let text = std::str::from_utf8(bytes).map_err(|_| ParquetError::General("text is not UTF-8".into()))?;
            out.push_str(text.trim_end_matches('\r'));
            Ok(false)
        }
    }
}

fn write_decimal(value: i128, scale: usize, out: &mut String) {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, places) = digits.split_at(digits.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    let point = if scale == 0 { "" } else { "." };
    put(out, format_args!("{sign}{whole}{point}{places}"));
}

fn write_date(days: i128, out: &mut String) {
    let days = i64::try_from(days).ok().and_then(|days| Span::new().try_days(days).ok());
    if let Some(date) = days.and_then(|days| Date::constant(1970, 1, 1).checked_add(days).ok()) {
        put(out, format_args!("{date}"));
    }
}

fn write_moment(nanoseconds: i128, out: &mut String) {
    if let Ok(moment) = Timestamp::from_nanosecond(nanoseconds) {
        write_iso_moment(&moment.to_string(), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_stand_for_other_things() {
        for (meaning, value, expected) in [
            (Meaning::Number, -7, "-7"),
            (Meaning::Date, 7305, "1990-01-01"),
            (Meaning::Date, i128::from(i64::MAX), ""),
            (Meaning::Moment(1_000_000), 631_152_000_000, "1990-01-01"),
            (Meaning::Moment(1), 631_195_200_000_000_000, "1990-01-01 12:00:00"),
            (Meaning::Decimal(2), 320_050, "3200.50"),
            (Meaning::Decimal(2), -5, "-0.05"),
            (Meaning::Decimal(0), 12, "12"),
        ] {
            let mut text = String::new();
            assert!(!meaning.write(value, &mut text));
            assert_eq!(text, expected, "{meaning:?}");
        }
    }

    #[test]
    fn bytes_are_text_or_a_decimal() {
        for (bytes, meaning, expected) in [
            ("张三\r".as_bytes(), Meaning::Number, "张三"),
            (&[0xFF, 0xFE][..], Meaning::Decimal(1), "-0.2"),
            (&[0x04, 0xE2][..], Meaning::Decimal(2), "12.50"),
        ] {
            let mut text = String::new();
            write_bytes(bytes, meaning, &mut text).expect("text");
            assert_eq!(text, expected);
        }
        let mut text = String::new();
        assert!(write_bytes(&[b'a', 0xFF], Meaning::Number, &mut text).is_err());
        assert!(write_bytes(&vec![b'a'; 4 * MAX_CELL_CHARS + 1], Meaning::Number, &mut text).is_err());
    }
}
