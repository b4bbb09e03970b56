//! Departments' rolls: who received what, by the department that paid.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;

use super::registry::Origin;

/// One kind of roll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roll {
    /// Profile id.
    pub id: String,
    /// What staff call it.
    pub title: String,
    /// The department.
    pub holder: String,
    /// Why people on it whom neither system has are listed for a visit; `None`: they are not.
    pub outsiders: Option<String>,
    /// Why registered people on it are listed for a visit; `None`: they are not.
    pub insiders: Option<String>,
}

/// What one row of a roll proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollRecord {
    /// Row of [`Rolls::people`].
    pub person: u32,
    /// Place among [`Rolls::rolls`].
    pub roll: u32,
    /// Place among [`Rolls::items`]; `None` for a roll that proves nothing but being on it.
    pub item: Option<u32>,
    /// Year, when the row tells one.
    pub year: Option<i32>,
    /// Fen, when the row tells the item's own amount.
    pub amount_fen: Option<i64>,
    /// Place: index into [`Rolls::origins`].
    pub sheet_ix: u32,
    /// 1-based row or line.
    pub row: u32,
}

/// All rolls of a run.
///
/// Invariant: every accepted row has at least one record; `people` holds everybody once, as first written.
#[derive(Debug, Clone, Default)]
pub struct Rolls {
    /// The kinds, sorted by id.
    pub rolls: Vec<Roll>,
    /// What staff call the kinds that may be delivered, by id.
    pub titles: BTreeMap<String, String>,
    /// Canonical items that rows prove, sorted.
    pub items: Vec<String>,
    /// Everybody on any roll, with the columns of members.
    pub people: DataFrame,
    /// What the rows prove, in the order of the rows.
    pub records: Vec<RollRecord>,
    /// The sheets that `sheet_ix` points to, sorted.
    pub origins: Vec<Origin>,
}

/// Who on the rolls is whom in the two systems: rows of the members, national and provincial, for each of
/// [`Rolls::people`].
#[derive(Debug, Clone, Default)]
pub struct RollLinks {
    /// `None` where nobody was found.
    pub members: [Vec<Option<u32>>; 2],
}
