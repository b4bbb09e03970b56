//! The tables that logic rules read: exported columns, derived ones, and for people those of their household.

use std::sync::{Mutex, PoisonError};

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::derived::{DERIVED, DerivedColumns, derive};
use crate::audit::facts::Facts;
use crate::audit::fields::value::yuan;
use crate::audit::settings::Table;
use crate::audit::view::{NONE, SideView};
use crate::error::Result;
use crate::table::schema::{Kind, Level, field};

/// The tables of one side.
pub(crate) struct Tables {
    derived: DerivedColumns,
    /// Row of the household of each person, for joining.
    household_of: IdxCa,
    /// Household columns joined to people, by name: many rules read the same.
    joined: Mutex<FxHashMap<String, Column>>,
}

impl Tables {
    /// The tables of one side.
    pub(crate) fn of(facts: &Facts<'_>, side: usize) -> Result<Self> {
        let rows = facts.sides[side].household_of.iter().map(|row| (*row != NONE).then_some(*row));
        Ok(Self { derived: derive(facts, side)?, household_of: rows.collect(), joined: Mutex::default() })
    }
    /// A column by name; `None` when this side has not delivered it.
    pub(crate) fn column(&self, view: &SideView<'_>, table: Table, name: &str) -> Result<Option<Column>> {
        match table {
            Table::Households => Ok(self.own(view, Table::Households, name)),
            Table::Members => self.of_members(view, name),
        }
    }
    /// Household columns come from the household's row, so that all its people agree.
    fn of_members(&self, view: &SideView<'_>, name: &str) -> Result<Option<Column>> {
        let is_household = field(name.trim_end_matches("_text")).is_some_and(|field| field.level == Level::Household);
        let own = || self.own(view, Table::Members, name);
        let (first, second) = if is_household { (self.joined(view, name)?, own()) } else { (own(), None) };
        match first.or(second) {
            Some(column) => Ok(Some(column)),
            None => self.joined(view, name),
        }
    }
    /// A household column, joined to people once.
    fn joined(&self, view: &SideView<'_>, name: &str) -> Result<Option<Column>> {
        let mut joined = self.joined.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(column) = joined.get(name) {
            return Ok(Some(column.clone()));
        }
        let Some(column) = self.own(view, Table::Households, name) else { return Ok(None) };
        let column = column.take(&self.household_of)?;
        joined.insert(name.to_owned(), column.clone());
        Ok(Some(column))
    }
    fn own(&self, view: &SideView<'_>, table: Table, name: &str) -> Option<Column> {
        let derived = self.derived.iter().find(|((of, column), _)| *of == table && *column == name);
        if let Some((_, column)) = derived {
            return Some(column.clone());
        }
        let frame = if table == Table::Members { &view.registry.members } else { &view.registry.households };
        frame.column(name).ok().cloned()
    }
}

/// What staff call a lacking column: its own title, or those of the columns it is derived from.
pub(crate) fn titles(name: &str) -> Vec<String> {
    let plain = name.trim_end_matches("_text");
    if plain.starts_with("recorded_") {
        return vec!["『当年帮扶措施』".to_owned()];
    }
    let needs =
        DERIVED.iter().find(|derived| derived.name == plain).map_or_else(|| vec![plain], |found| found.needs.to_vec());
    needs.into_iter().map(|name| format!("『{}』", field(name).map_or(name, |field| field.title))).collect()
}

/// The value of a column in words; `None` when null or not there.
pub(crate) fn printed(frame: &DataFrame, name: &str, row: u32) -> Option<String> {
    let column = frame.column(name).ok()?;
    let is_money = field(name).is_some_and(|field| field.kind == Kind::Amount);
    match column.get(row as usize).ok()? {
        AnyValue::Null => None,
        AnyValue::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        AnyValue::Boolean(yes) => Some(if yes { "是" } else { "否" }.to_owned()),
        AnyValue::Int64(fen) if is_money => Some(yuan(fen)),
        other => Some(other.to_string()),
    }
}
