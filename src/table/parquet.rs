//! A frame as parquet and back: the one place that knows both.
//!
//! Columns are flat and optional; text and whole and broken numbers are all that published tables need:
//!
//! | frame | parquet |
//! |---|---|
//! | String | `BYTE_ARRAY`, String |
//! | UInt32, Int32 | `INT32`, unsigned or plain |
//! | UInt64, Int64 | `INT64`, unsigned or plain |
//! | Float64 | `DOUBLE` |
//!
//! A frame is written as one row group, so that a large table needs the memory of one of its slices. Nothing that
//! depends on when or where it was written goes into the file: same frames, same bytes.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArray, ByteArrayType, DataType as Stored, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnDescriptor, Type};
use polars::prelude::*;

type Result<T, E = ParquetError> = std::result::Result<T, E>;

/// A parquet file being written.
pub(crate) struct Writer<W: Write + Send>(SerializedFileWriter<W>);

impl<W: Write + Send> Writer<W> {
    /// A file with these columns, and no rows yet.
    pub(crate) fn new(out: W, columns: &Schema) -> Result<Self> {
        let fields = columns.iter().map(|(name, dtype)| field(name, dtype).map(Arc::new)).collect::<Result<_>>()?;
        let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
        let compression = Compression::ZSTD(ZstdLevel::try_new(1)?);
        let properties = WriterProperties::builder().set_compression(compression).build();
        SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map(Self)
    }

    /// Adds a row group: a frame with the columns that the file was made with.
    pub(crate) fn write(&mut self, frame: &DataFrame) -> Result<()> {
        let mut group = self.0.next_row_group()?;
        for column in frame.columns() {
            let mut chunk = group.next_column()?.ok_or_else(|| broken("more columns than the file has"))?;
            write_column(&mut chunk, column)?;
            chunk.close()?;
        }
        group.close().map(|_| ())
    }

    /// Writes the footer.
    pub(crate) fn close(self) -> Result<()> {
        self.0.close().map(|_| ())
    }
}

/// Reads a whole file of flat columns.
pub(crate) fn read(file: impl ChunkReader + 'static) -> Result<DataFrame> {
    let file = SerializedFileReader::new(file)?;
    let metadata = file.metadata().file_metadata();
    let columns = metadata.schema_descr().columns().iter().enumerate();
    let columns = columns.map(|(at, column)| read_column(&file, at, column)).collect::<Result<_>>()?;
    let height = usize::try_from(metadata.num_rows()).map_err(|cause| broken(&cause))?;
    DataFrame::new(height, columns).map_err(|cause| broken(&cause))
}

fn field(name: &str, dtype: &DataType) -> Result<Type> {
    let whole = |bit_width, is_signed| LogicalType::integer(bit_width, is_signed);
    let (physical, logical) = match dtype {
        DataType::String => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        DataType::UInt32 => (Physical::INT32, Some(whole(32, false))),
        DataType::Int32 => (Physical::INT32, None),
        DataType::UInt64 => (Physical::INT64, Some(whole(64, false))),
        DataType::Int64 => (Physical::INT64, None),
        DataType::Float64 => (Physical::DOUBLE, None),
        other => return Err(broken(&format_args!("column {name}: no parquet type for {other}"))),
    };
    let field = Type::primitive_type_builder(name, physical).with_logical_type(logical);
    field.with_repetition(Repetition::OPTIONAL).build()
}

fn write_column(chunk: &mut SerializedColumnWriter<'_>, column: &Column) -> Result<()> {
    let cast = |cause: PolarsError| broken(&cause);
    match column.dtype() {
        DataType::UInt32 => {
            put::<Int32Type>(chunk, column.u32().map_err(cast)?.iter().map(|n| n.map(u32::cast_signed)))
        }
        DataType::Int32 => put::<Int32Type>(chunk, column.i32().map_err(cast)?.iter()),
        DataType::UInt64 => {
            put::<Int64Type>(chunk, column.u64().map_err(cast)?.iter().map(|n| n.map(u64::cast_signed)))
        }
        DataType::Int64 => put::<Int64Type>(chunk, column.i64().map_err(cast)?.iter()),
        DataType::Float64 => put::<DoubleType>(chunk, column.f64().map_err(cast)?.iter()),
        _ => put_text(chunk, column.str().map_err(cast)?),
    }
}

fn put<T: Stored>(chunk: &mut SerializedColumnWriter<'_>, cells: impl Iterator<Item = Option<T::T>>) -> Result<()> {
    let mut levels = Vec::new();
    let values: Vec<T::T> = cells.inspect(|cell| levels.push(i16::from(cell.is_some()))).flatten().collect();
    chunk.typed::<T>().write_batch(&values, Some(&levels), None).map(|_| ())
}

/// All values of a column share one buffer.
fn put_text(chunk: &mut SerializedColumnWriter<'_>, cells: &StringChunked) -> Result<()> {
    let mut bytes = Vec::new();
    cells.iter().flatten().for_each(|cell| bytes.extend_from_slice(cell.as_bytes()));
    let (bytes, mut start) = (ByteArray::from(bytes), 0);
    let mut value = |length: usize| {
        start += length;
        bytes.slice(start - length, length)
    };
    put::<ByteArrayType>(chunk, cells.iter().map(|cell| cell.map(|cell| value(cell.len()))))
}

fn read_column(file: &dyn FileReader, at: usize, column: &ColumnDescriptor) -> Result<Column> {
    let name = PlSmallStr::from_str(column.name());
    if column.max_rep_level() > 0 || column.path().parts().len() > 1 {
        return Err(broken(&format_args!("column {name} is nested")));
    }
    let is_unsigned = matches!(column.converted_type(), ConvertedType::UINT_32 | ConvertedType::UINT_64);
    Ok(match (column.physical_type(), is_unsigned) {
        (Physical::BYTE_ARRAY, _) => {
            let cells = get::<ByteArrayType>(file, at, column)?;
            let cells = cells.iter().map(|cell| cell.as_ref().map(ByteArray::as_utf8).transpose());
            cells.collect::<Result<StringChunked>>()?.with_name(name).into_column()
        }
        (Physical::INT32, true) => {
            let cells = get::<Int32Type>(file, at, column)?.into_iter().map(|cell| cell.map(i32::cast_unsigned));
            UInt32Chunked::from_iter_options(name, cells).into_column()
        }
        (Physical::INT32, false) => {
            Int32Chunked::from_iter_options(name, get::<Int32Type>(file, at, column)?.into_iter()).into_column()
        }
        (Physical::INT64, true) => {
            let cells = get::<Int64Type>(file, at, column)?.into_iter().map(|cell| cell.map(i64::cast_unsigned));
            UInt64Chunked::from_iter_options(name, cells).into_column()
        }
        (Physical::INT64, false) => {
            Int64Chunked::from_iter_options(name, get::<Int64Type>(file, at, column)?.into_iter()).into_column()
        }
        (Physical::DOUBLE, _) => {
            Float64Chunked::from_iter_options(name, get::<DoubleType>(file, at, column)?.into_iter()).into_column()
        }
        (other, _) => return Err(broken(&format_args!("column {name} is {other}"))),
    })
}

/// The cells of one column in all row groups.
fn get<T: Stored>(file: &dyn FileReader, at: usize, column: &ColumnDescriptor) -> Result<Vec<Option<T::T>>> {
    let mut cells = Vec::new();
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group)?;
        let rows = usize::try_from(group.metadata().num_rows()).map_err(|cause| broken(&cause))?;
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let mut reader = get_typed_column_reader::<T>(group.get_column_reader(at)?);
        let (records, ..) = reader.read_records(rows, Some(&mut levels), None, &mut values)?;
        if records != rows {
            return Err(ParquetError::EOF(format!("column {} ends early", column.name())));
        }
        let mut values = values.into_iter();
        // A required column has no levels.
        let is_there = |row: usize| column.max_def_level() == 0 || levels.get(row) == Some(&1);
        cells.extend((0..rows).map(|row| if is_there(row) { values.next() } else { None }));
    }
    Ok(cells)
}

fn broken(cause: &(impl std::fmt::Display + ?Sized)) -> ParquetError {
    ParquetError::General(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_bytes(bytes: &[u8]) -> Result<DataFrame> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        read(file)
    }

    fn written(frames: &[DataFrame]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, frames[0].schema()).unwrap();
        frames.iter().for_each(|frame| writer.write(frame).unwrap());
        writer.close().unwrap();
        out
    }

    fn every_type() -> DataFrame {
        df! {
            "text" => ["王德福", "", "𠮷\n"],
            "row" => [Some(u32::MAX), None, Some(0)],
            "year" => [Some(i32::MIN), Some(2018), None],
            "cluster" => [Some(u64::MAX), None, Some(1)],
            "rows" => [Some(-1_i64), Some(i64::MAX), None],
            "prob" => [Some(0.1), None, Some(f64::NEG_INFINITY)],
            "blank" => [None::<&str>, None, None],
        }
        .unwrap()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let frame = every_type();
        let bytes = written(&[frame.clone(), frame.head(Some(1)), frame.clone()]);
        let back = read_bytes(&bytes).unwrap();
        let expected = frame.vstack(&frame.head(Some(1))).and_then(|all| all.vstack(&frame)).unwrap();
        assert!(back.equals_missing(&expected), "{back}");
        assert_eq!(back.schema(), expected.schema());
    }

    #[test]
    fn an_empty_table_has_its_columns() {
        let frame = every_type().clear();
        let back = read_bytes(&written(std::slice::from_ref(&frame))).unwrap();
        assert_eq!((back.height(), back.schema()), (0, frame.schema()));
    }

    #[test]
    fn the_same_frames_are_the_same_bytes() {
        let frame = every_type();
        assert_eq!(written(&[frame.clone(), frame.clone()]), written(&[frame.clone(), frame]));
    }

    #[test]
    fn a_cut_file_and_a_type_that_nobody_publishes_are_refused() {
        let bytes = written(&[every_type()]);
        for cut in [0, 4, bytes.len() / 2, bytes.len() - 1] {
            assert!(read_bytes(&bytes[..cut]).is_err(), "{cut}");
        }
        let flags = df! { "flag" => [true] }.unwrap();
        assert!(Writer::new(Vec::new(), flags.schema()).is_err());
    }
}
