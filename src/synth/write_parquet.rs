//! Parquet exports for large populations: one optional string column per header, row groups of bounded size.
//!
//! The low-level column writers need no frame: a column is one buffer of bytes and the ends of its values.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::unwritable;
use crate::error::Result;

/// Rows kept in memory before they become a row group.
const ROWS_PER_GROUP: usize = 100_000;

/// A parquet file being written.
pub(super) struct Columns {
    path: PathBuf,
    writer: SerializedFileWriter<File>,
    columns: Vec<Column>,
    buffered: usize,
    rows: u32,
}

#[derive(Default)]
struct Column {
    bytes: Vec<u8>,
    /// End of each value that is not null.
    ends: Vec<usize>,
    /// 1 for a value, 0 for null.
    levels: Vec<i16>,
}

impl Columns {
    /// Creates the file with one string column per header.
    pub(super) fn create(path: &Path, header: &[&str]) -> Result<Self> {
        let file = File::create(path).map_err(|cause| unwritable(path, &cause))?;
        let writer = writer(file, header).map_err(|cause| unwritable(path, &cause))?;
        let columns = header.iter().map(|_| Column::default()).collect();
        Ok(Self { path: path.to_owned(), writer, columns, buffered: 0, rows: 0 })
    }

    /// Adds a row; its 1-based number among the records.
    pub(super) fn line(&mut self, cells: &[&str]) -> Result<u32> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
        self.buffered += 1;
        self.rows += 1;
        if self.buffered == ROWS_PER_GROUP {
            self.flush()?;
        }
        Ok(self.rows)
    }

    /// Writes what is left and the footer.
    pub(super) fn close(mut self) -> Result<()> {
        self.flush()?;
        self.writer.close().map(|_| ()).map_err(|cause| unwritable(&self.path, &cause))
    }

    fn flush(&mut self) -> Result<()> {
        if self.buffered == 0 {
            return Ok(());
        }
        self.buffered = 0;
        write_group(&mut self.writer, &mut self.columns).map_err(|cause| unwritable(&self.path, &cause))
    }
}

impl Column {
    fn push(&mut self, cell: &str) {
        self.levels.push(i16::from(!cell.is_empty()));
        if !cell.is_empty() {
            self.bytes.extend_from_slice(cell.as_bytes());
            self.ends.push(self.bytes.len());
        }
    }

    /// The buffered values, which share one buffer.
    fn values(&mut self) -> (Vec<ByteArray>, Vec<i16>) {
        let bytes = ByteArray::from(std::mem::take(&mut self.bytes));
        let ends = std::mem::take(&mut self.ends);
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let values = starts.zip(&ends).map(|(start, end)| bytes.slice(start, end - start)).collect();
        (values, std::mem::take(&mut self.levels))
    }
}

fn writer(file: File, header: &[&str]) -> Result<SerializedFileWriter<File>, ParquetError> {
    let fields = header
        .iter()
        .map(|name| {
            Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                .with_logical_type(Some(LogicalType::String))
                .with_repetition(Repetition::OPTIONAL)
                .build()
                .map(Arc::new)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?)).build();
    SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
}

fn write_group(writer: &mut SerializedFileWriter<File>, columns: &mut [Column]) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for column in columns {
        let Some(mut chunk) = group.next_column()? else { break };
        let (values, levels) = column.values();
        chunk.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        chunk.close()?;
    }
    group.close().map(|_| ())
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;

    #[test]
    fn what_was_written_is_read_back() {
        let dir = tempfile::tempdir().expect("a scratch folder");
        let path = dir.path().join("人员.parquet");
        let written = [["1", "王德福", ""], ["2", "", "𠮷"], ["3", "李氏", "汉族"]];
        let mut columns = Columns::create(&path, &["序号", "姓名", "民族"]).expect("a file");
        for (at, cells) in written.iter().enumerate() {
            assert_eq!(columns.line(cells).expect("a row"), at as u32 + 1);
            // A row group after the first row: places go on counting.
            if at == 0 {
                columns.flush().expect("a row group");
            }
        }
        columns.close().expect("closed");
        let reader = SerializedFileReader::new(File::open(&path).expect("a file")).expect("parquet");
        let rows: Vec<Vec<Field>> = (reader.get_row_iter(None).expect("rows"))
            .map(|row| row.expect("a row").get_column_iter().map(|(_, field)| field.clone()).collect())
            .collect();
        let expected = |cell: &str| if cell.is_empty() { Field::Null } else { Field::Str(cell.to_owned()) };
        assert_eq!(rows, written.map(|cells| cells.map(expected).to_vec()));
    }
}
