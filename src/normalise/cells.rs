//! A column of cells, each distinct text read once.
//!
//! Registries repeat themselves: 178,000 people share a few hundred labels, 3 million benefit rows a few dozen
//! items and amounts. [`Cells`] numbers the distinct texts of a column; a reader runs once for each, and rows
//! gather the result. Gathered strings share the bytes of the distinct ones, which keeps large benefit tables
//! small.

use polars::prelude::*;
use rustc_hash::FxHashMap;

/// The code of an empty cell.
const NULL: u32 = u32::MAX;

/// Distinct texts of a column and, for each row, which one it holds.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    distinct: Vec<&'a str>,
    codes: Vec<u32>,
}

impl<'a> Cells<'a> {
    pub(super) fn of(column: &'a StringChunked) -> Self {
        let mut distinct = Vec::new();
        let mut codes = Vec::with_capacity(column.len());
        let mut seen: FxHashMap<&str, u32> = FxHashMap::default();
        let mut last = ("", NULL);
        for cell in column.iter() {
            let Some(text) = cell else {
                codes.push(NULL);
                continue;
            };
            // Neighbouring rows often repeat a cell: households, villages, years.
            if last.1 == NULL || last.0 != text {
                let next = u32::try_from(distinct.len()).expect("a sheet has fewer than 2^32 rows");
                let code = *seen.entry(text).or_insert_with(|| {
                    distinct.push(text);
                    next
                });
                last = (text, code);
            }
            codes.push(last.1);
        }
        Self { distinct, codes }
    }

    pub(super) fn distinct(&self) -> &[&'a str] {
        &self.distinct
    }

    /// For each row, the number of its text in [`distinct`](Self::distinct); `None` for an empty cell.
    pub(super) fn codes(&self) -> impl ExactSizeIterator<Item = Option<usize>> {
        self.codes.iter().map(|&code| (code != NULL).then_some(code as usize))
    }

    /// Reads every distinct text.
    pub(super) fn read<T>(&self, read: impl FnMut(&'a str) -> T) -> Vec<T> {
        self.distinct.iter().copied().map(read).collect()
    }

    /// One value per row from one per distinct text.
    pub(super) fn spread<'b, T: Copy>(
        &'b self,
        table: &'b [Option<T>],
    ) -> impl ExactSizeIterator<Item = Option<T>> + 'b {
        self.codes.iter().map(|&code| if code == NULL { None } else { table[code as usize] })
    }

    /// A String column from one value per distinct text.
    pub(super) fn strings<S: AsRef<str>>(&self, name: &str, table: &[Option<S>]) -> PolarsResult<Column> {
        let table =
            StringChunked::from_iter_options(name.into(), table.iter().map(|text| text.as_ref().map(S::as_ref)));
        let rows = IdxCa::from_iter_options("".into(), self.codes.iter().map(|&code| (code != NULL).then_some(code)));
        Ok(table.take(&rows)?.into_column())
    }

    /// An Int32 column from one value per distinct text.
    pub(super) fn int32(&self, name: &str, table: &[Option<i32>]) -> Column {
        Int32Chunked::from_iter_options(name.into(), self.spread(table)).into_column()
    }

    /// A Date column from days since 1970-01-01, one per distinct text.
    pub(super) fn date(&self, name: &str, table: &[Option<i32>]) -> Column {
        Int32Chunked::from_iter_options(name.into(), self.spread(table)).into_date().into_column()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_distinct_text_is_read_once() {
        let column = StringChunked::from_slice_options(
            "x".into(),
            &[Some("b"), Some("b"), None, Some("a"), Some("b"), Some("")],
        );
        let cells = Cells::of(&column);
        assert_eq!(cells.distinct(), ["b", "a", ""]);
        let table = cells.read(|text| (!text.is_empty()).then(|| text.to_uppercase()));
        let strings = cells.strings("y", &table).unwrap();
        let rows: Vec<_> = strings.str().unwrap().iter().collect();
        assert_eq!(rows, [Some("B"), Some("B"), None, Some("A"), Some("B"), None]);
    }
}
