//! Parquet exports for large populations: one optional string column per header, row groups of bounded size.

use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, PlSmallStr, PolarsResult, Schema, StringChunkedBuilder,
};

use super::unwritable;
use crate::error::Result;
use crate::private;
use crate::table::parquet::Writer;

/// Rows kept in memory before they become a row group.
const ROWS_PER_GROUP: usize = 100_000;

/// A parquet file being written.
pub(super) struct Columns {
    path: PathBuf,
    writer: Writer<File>,
    names: Vec<PlSmallStr>,
    columns: Vec<StringChunkedBuilder>,
    buffered: usize,
    rows: u32,
}

impl Columns {
    /// Creates the file with one string column per header.
    pub(super) fn create(path: &Path, header: &[&str]) -> Result<Self> {
        let file = private::create(path).map_err(|cause| unwritable(path, &cause))?;
        let names: Vec<PlSmallStr> = header.iter().map(|name| (*name).into()).collect();
        let schema: Schema = names.iter().map(|name| (name.clone(), DataType::String)).collect();
        let writer = Writer::new(file, &schema).map_err(|cause| unwritable(path, &cause))?;
        Ok(Self { path: path.to_owned(), writer, columns: builders(&names), names, buffered: 0, rows: 0 })
    }

    /// Adds a row; its 1-based number among the records.
    pub(super) fn line(&mut self, cells: &[&str]) -> Result<u32> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.append_option((!cell.is_empty()).then_some(*cell));
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
        self.writer.close().map_err(|cause| unwritable(&self.path, &cause))
    }

    fn flush(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.buffered);
        if rows == 0 {
            return Ok(());
        }
        let columns = std::mem::replace(&mut self.columns, builders(&self.names));
        let group = frame(rows, columns)?;
        self.writer.write(&group).map_err(|cause| unwritable(&self.path, &cause))
    }
}

fn builders(names: &[PlSmallStr]) -> Vec<StringChunkedBuilder> {
    names.iter().map(|name| StringChunkedBuilder::new(name.clone(), 0)).collect()
}

fn frame(rows: usize, columns: Vec<StringChunkedBuilder>) -> PolarsResult<DataFrame> {
    let columns: Vec<Column> = columns.into_iter().map(|column| column.finish().into_column()).collect();
    DataFrame::new(rows, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::parquet::read;

    #[test]
    fn what_was_written_is_read_back() {
        let dir = tempfile::tempdir().expect("a scratch folder");
        let path = dir.path().join("人员.parquet");
        let written = [["1", "王德福", ""], ["2", "", "𠮷"], ["3", "李氏", "汉族"]];
        let header = ["序号", "姓名", "民族"];
        let mut columns = Columns::create(&path, &header).expect("a file");
        for (at, cells) in written.iter().enumerate() {
            assert_eq!(columns.line(cells).expect("a row"), at as u32 + 1);
            // A row group after the first row: places go on counting.
            if at == 0 {
                columns.flush().expect("a row group");
            }
        }
        columns.close().expect("closed");
        let table = read(File::open(&path).expect("a file")).expect("parquet");
        assert_eq!(table.height(), written.len());
        for (at, name) in header.into_iter().enumerate() {
            let column = table.column(name).expect("a column");
            let cells = column.str().expect("text").iter();
            let expected = written.map(|cells| Some(cells[at]).filter(|cell| !cell.is_empty()));
            assert_eq!(cells.collect::<Vec<_>>(), expected, "{name}");
        }
    }
}
