//! Row conservation: every row of every sheet is exactly one of the classes below.

use std::collections::BTreeMap;

use serde::Serialize;

/// What a row of a sheet turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowClass {
    /// Above the header: report title, 导出人, 导出时间.
    Title,
    /// The header row or rows.
    Header,
    /// The header printed again on a later page.
    RepeatedHeader,
    /// Nothing but blanks.
    Blank,
    /// 合计, 填表人, 审核人, 单位盖章.
    Footer,
    /// Used.
    Accepted,
    /// Not used, with a reason in `rejects`.
    Rejected,
    /// A row of a file whose bytes were already read under another name, or of a sheet whose rows were.
    DuplicateFile,
}

impl RowClass {
    /// The word in the published `tally` table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Header => "header",
            Self::RepeatedHeader => "repeated_header",
            Self::Blank => "blank",
            Self::Footer => "footer",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::DuplicateFile => "duplicate_file",
        }
    }
}

/// Counts of rows by (side, file, sheet, class), and the rows each sheet held in all.
///
/// Invariant, checked by [`Tally::check`]: for every sheet the classes add up to the rows that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<(String, String, String), BTreeMap<RowClass, u64>>,
    rows_read: BTreeMap<(String, String, String), u64>,
}

impl Tally {
    /// Adds `rows` of `class`.
    pub fn add(&mut self, side: &str, file: &str, sheet: &str, class: RowClass, rows: u64) {
        if rows > 0 {
            *self.counts.entry(key(side, file, sheet)).or_default().entry(class).or_default() += rows;
        }
    }
    /// States how many rows the sheet held, counted apart from their classification.
    pub fn read(&mut self, side: &str, file: &str, sheet: &str, rows: u64) {
        *self.rows_read.entry(key(side, file, sheet)).or_default() += rows;
    }
    /// Moves `rows` from one class to another: a row accepted by `ingest` and rejected by `normalise`.
    pub fn reclassify(&mut self, side: &str, file: &str, sheet: &str, from: RowClass, to: RowClass, rows: u64) {
        let classes = self.counts.entry(key(side, file, sheet)).or_default();
        let left = classes.entry(from).or_default();
        *left = left.saturating_sub(rows);
        *classes.entry(to).or_default() += rows;
        classes.retain(|_, rows| *rows > 0);
    }
    /// Adds another tally's counts to this one's.
    pub fn merge(&mut self, other: Tally) {
        for (sheet, classes) in other.counts {
            let mine = self.counts.entry(sheet).or_default();
            for (class, rows) in classes {
                *mine.entry(class).or_default() += rows;
            }
        }
        for (sheet, rows) in other.rows_read {
            *self.rows_read.entry(sheet).or_default() += rows;
        }
    }
    /// Every `(side, file, sheet, class, rows)`, sorted.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str, &str, RowClass, u64)> {
        self.counts.iter().flat_map(|((side, file, sheet), classes)| {
            classes.iter().map(move |(class, rows)| (side.as_str(), file.as_str(), sheet.as_str(), *class, *rows))
        })
    }
    /// Rows of one class on one side, over all sheets.
    pub fn total(&self, side: &str, class: RowClass) -> u64 {
        self.rows().filter(|row| row.0 == side && row.3 == class).map(|row| row.4).sum()
    }
    /// Rows read in all.
    pub fn total_read(&self) -> u64 {
        self.rows_read.values().sum()
    }
    /// The sheets whose classes do not add up to the rows read: `(side, file, sheet, read, classified)`.
    pub fn check(&self) -> Vec<(String, String, String, u64, u64)> {
        let mut sheets: Vec<_> = self.counts.keys().chain(self.rows_read.keys()).collect();
        sheets.sort();
        sheets.dedup();
        sheets
            .into_iter()
            .map(|sheet| {
                let read = self.rows_read.get(sheet).copied().unwrap_or(0);
                let classified = self.counts.get(sheet).map_or(0, |classes| classes.values().sum());
                (sheet.0.clone(), sheet.1.clone(), sheet.2.clone(), read, classified)
            })
            .filter(|(_, _, _, read, classified)| read != classified)
            .collect()
    }
}

fn key(side: &str, file: &str, sheet: &str) -> (String, String, String) {
    (side.to_owned(), file.to_owned(), sheet.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_row_is_seen() {
        let mut tally = Tally::default();
        tally.read("national", "a.csv", "", 3);
        tally.add("national", "a.csv", "", RowClass::Header, 1);
        tally.add("national", "a.csv", "", RowClass::Accepted, 2);
        assert!(tally.check().is_empty());
        tally.reclassify("national", "a.csv", "", RowClass::Accepted, RowClass::Rejected, 1);
        assert!(tally.check().is_empty());
        assert_eq!(tally.total("national", RowClass::Rejected), 1);
        tally.read("national", "a.csv", "", 1);
        assert_eq!(tally.check(), [("national".into(), "a.csv".into(), String::new(), 4, 3)]);
    }
}
