//! Rows of which a condition would judge something that was not read: a cell that nobody understood is no blank, and a row
//! that was set aside is not nobody.

use polars::prelude::Column;
use rustc_hash::FxHashSet;

use super::derived::{DERIVED, Made};
use super::history::History;
use crate::audit::condition::years_before;
use crate::audit::facts::Facts;
use crate::audit::settings::Table;
use crate::audit::view::{NONE, SideView, Texts};
use crate::normalise::text::is_null;
use crate::table::schema::{Field, Kind, Level, field, text_column};
use crate::table::{Registry, Side};

/// Rows of one table of one year and side.
#[derive(Debug, Default)]
pub(crate) struct Rows(FxHashSet<u32>);

impl Rows {
    /// The rows that some of the columns keep from being judged.
    pub(crate) fn of(history: &History<'_>, at: usize, side: Side, table: Table, columns: &[String]) -> Self {
        let mut rows = FxHashSet::default();
        for name in columns {
            let (back, plain) = years_before(name);
            if back == 0 {
                rows.extend(of_column(history, at, side, table, plain));
            } else if let Some(then) = history.year_before(at, side, back) {
                let earlier = of_column(history, then, side, table, plain);
                if !earlier.is_empty() {
                    let then = history.rows_then(at, then, side, table);
                    let held = (0_u32..).zip(then.iter());
                    rows.extend(
                        held.filter(|(_, then)| then.is_some_and(|row| earlier.contains(&row))).map(|(row, _)| row),
                    );
                }
            }
        }
        Self(rows)
    }
    /// Whether a row is among them.
    pub(crate) fn contains(&self, row: u32) -> bool {
        !self.0.is_empty() && self.0.contains(&row)
    }
}

fn of_column(history: &History<'_>, at: usize, side: Side, table: Table, name: &str) -> FxHashSet<u32> {
    let facts = &history.years[at];
    let view = facts.side(side);
    let (mut members, mut households) = (FxHashSet::default(), FxHashSet::default());
    for source in sources(name) {
        let cells = history.unread_cells(at, side, source);
        if source.level == Level::Household { &mut households } else { &mut members }.extend(cells.iter().copied());
    }
    if name == "born_on" || name == "sex_known" {
        // The identifier tells it all the same.
        let known = Texts::of(&view.registry.members, "id18").unwrap_or_default();
        members.retain(|row| known.get(*row).is_none());
    }
    set_aside(facts, side, name, &mut households);
    let counts = counts_people(name);
    match table {
        Table::Households => {
            let homes =
                members.iter().filter(|row| counts && !view.gone[**row as usize]).map(|row| view.household_of(*row));
            households.extend(homes);
            households
        }
        Table::Members => {
            if counts {
                households.extend(members.iter().map(|row| view.household_of(*row)));
                members.clear();
            }
            households.remove(&NONE);
            members.extend(households.iter().flat_map(|home| view.members_of(*home)).copied());
            members
        }
    }
}

/// The fields that a column is made of.
fn sources(name: &str) -> Vec<&'static Field> {
    let needs: &[&str] = match name {
        "born_on" | "age_years" | "school_age_years" => &["birth_date"],
        "n_adults" | "n_minors" | "n_labour_age" => &["birth_date"],
        "sex_known" => &["sex"],
        "head_age_years" => &["relation", "birth_date"],
        "spouse_same_sex" => &["relation", "sex"],
        "same_phone_far" => &["member_phone", "work"],
        "is_uninsured" | "n_uninsured" => &["medical_insured", "employee_insured"],
        "n_ill_uninsured" => &["health", "serious_illness_insured"],
        "n_school_age_out" => &["student", "health", "education", "birth_date"],
        "water_is_solved" | "water_solved" => &["water_solved", "water_difficult", "water_safe"],
        _ => match DERIVED.iter().find(|derived| derived.name == name) {
            Some(derived) => derived.needs,
            None => return field(name).into_iter().collect(),
        },
    };
    needs.iter().filter_map(|name| field(name)).collect()
}

/// Whether a column tells something of all people of a household.
fn counts_people(name: &str) -> bool {
    matches!(name, "head_age_years" | "spouse_same_sex" | "members_listed" | "head_ix")
        || DERIVED.iter().any(|derived| derived.name == name && matches!(derived.made, Made::Count(_)))
}

/// Adds the households of which a row was set aside that the column would have told of.
fn set_aside(facts: &Facts<'_>, side: Side, name: &str, households: &mut FxHashSet<u32>) {
    let (unread, ix) = (&facts.unread, side.index());
    let is_told = |household: &u32| {
        counts_people(name) && unread.lacks_people(ix, *household)
            || name.starts_with("recorded_") && unread.lacks_records(ix, *household)
            || sources(name).iter().any(|field| field.level == Level::Household) && unread.lacks_fields(ix, *household)
    };
    households.extend((0..facts.side(side).household_count()).filter(is_told));
}

/// The rows whose cell holds something that nobody understood.
pub(crate) fn cells(view: &SideView<'_>, field: &Field) -> FxHashSet<u32> {
    let Registry { members, households, .. } = view.registry;
    let frame = if field.level == Level::Household { households } else { members };
    let is_read = matches!(field.kind, Kind::Key | Kind::Name | Kind::Identifier | Kind::Place | Kind::Text);
    let (Ok(values), Ok(text)) = (frame.column(field.name), Texts::of(frame, &text_column(field.name))) else {
        return FxHashSet::default();
    };
    if is_read { FxHashSet::default() } else { not_understood(values, &text).into_iter().collect() }
}

/// The rows of a typed column without a value, of which something is printed.
pub(crate) fn not_understood(values: &Column, printed: &Texts) -> Vec<u32> {
    if values.null_count() == 0 || !printed.is_delivered() {
        return Vec::new();
    }
    let is_unread = |row: &u32| printed.get(*row).is_some_and(|text| !is_null(text));
    let nulls = values.is_null();
    let without = (0_u32..).zip(nulls.iter()).filter(|(_, null)| *null == Some(true)).map(|(row, _)| row);
    without.filter(is_unread).collect()
}
