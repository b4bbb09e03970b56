//! The tables of all years, so that a condition may look at the years before: `prev_x`, `prev2_x`.

use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::*;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::tables::Tables;
use super::unread;
use crate::audit::condition::years_before;
use crate::audit::facts::Facts;
use crate::audit::settings::Table;
use crate::audit::view::NONE;
use crate::audit::years::rows_then;
use crate::error::Result;
use crate::table::{Field, Side};

type UnreadCells = FxHashMap<(usize, Side, &'static str), Arc<FxHashSet<u32>>>;

/// Every year's facts and tables, newest first.
pub(crate) struct History<'f> {
    pub(crate) years: &'f [Facts<'f>],
    tables: Vec<[Tables; 2]>,
    /// Cells that nobody understood, by year, side and field: many rules read the same.
    unread: Mutex<UnreadCells>,
}

impl<'f> History<'f> {
    /// The tables of all years.
    pub(crate) fn of(years: &'f [Facts<'f>]) -> Result<Self> {
        let tables = |facts: &Facts<'_>| {
            let (national, provincial) = rayon::join(|| Tables::of(facts, 0), || Tables::of(facts, 1));
            Ok([national?, provincial?])
        };
        Ok(Self { years, tables: years.par_iter().map(tables).collect::<Result<_>>()?, unread: Mutex::default() })
    }
    /// A column of one year's table; `None` when the side did not deliver it, or not the year it is of.
    pub(crate) fn column(&self, at: usize, side: Side, table: Table, name: &str) -> Result<Option<Column>> {
        let (back, plain) = years_before(name);
        if back == 0 {
            return self.own(at, side, table, plain);
        }
        let Some(then) = self.year_before(at, side, back) else { return Ok(None) };
        let Some(column) = self.own(then, side, table, plain)? else { return Ok(None) };
        let column = column.take(&self.rows_then(at, then, side, table))?;
        Ok(Some(column.with_name(name.into())))
    }
    /// The rows of a field whose cell nobody understood.
    pub(super) fn unread_cells(&self, at: usize, side: Side, field: &'static Field) -> Arc<FxHashSet<u32>> {
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = || Arc::new(unread::cells(self.years[at].side(side), field));
        unread.entry((at, side, field.name)).or_insert_with(cells).clone()
    }
    fn own(&self, at: usize, side: Side, table: Table, name: &str) -> Result<Option<Column>> {
        self.tables[at][side.index()].column(self.years[at].side(side), table, name)
    }
    /// The year so many years before, when that side delivered it.
    pub(super) fn year_before(&self, at: usize, side: Side, back: usize) -> Option<usize> {
        let year_of = |facts: &Facts<'_>| facts.side(side).registry.year;
        let wanted = year_of(&self.years[at])? - back as i32;
        self.years.iter().position(|facts| year_of(facts) == Some(wanted) && facts.side(side).member_count() > 0)
    }
    /// For each row of one year the row of the same subject in another.
    pub(super) fn rows_then(&self, at: usize, then: usize, side: Side, table: Table) -> IdxCa {
        let ix = side.index();
        let of = usize::from(table == Table::Households);
        let now = |year: usize| self.years[year].now[ix].map(|now| now[of]);
        let facts = &self.years[at];
        let rows = rows_then(now(then), facts.newest_sizes[ix][of]);
        let count = match table {
            Table::Members => facts.side(side).member_count(),
            Table::Households => facts.side(side).household_count(),
        };
        let newest = |row: u32| now(at).map_or(row, |now| now[row as usize]);
        let own = |row: u32| rows.get(newest(row) as usize).copied().filter(|row| *row != NONE);
        IdxCa::from_iter_options("".into(), (0..count).map(own))
    }
    /// Why a column is lacking, in words.
    pub(crate) fn lacking(&self, at: usize, side: Side, name: &str) -> Vec<String> {
        let (back, plain) = years_before(name);
        if back > 0 && self.year_before(at, side, back).is_none() {
            return vec![if back == 1 { "『上一年度数据』" } else { "『前两个年度数据』" }.to_owned()];
        }
        super::tables::titles(plain)
    }
}
