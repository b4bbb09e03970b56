//! Whether a blank of the reference is a gap, or the answer.
//!
//! A child under school age has no 文化程度, and who works at home no 务工状况: where a good part of the people like this one have
//! none either, the platform's value may be the wrong one, and only a visit tells. People are alike by age and 劳动技能, households
//! by 脱贫属性.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;

use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::logic::ages::ages;
use crate::audit::view::{NONE, SideView, Texts};
use crate::error::Result;
use crate::table::schema::{Level, field};
use crate::table::{CorrectIn, Side};

/// Of people alike this share without a value makes its absence usual.
const USUAL: f64 = 0.2;
/// Of fewer nothing is usual.
const FEWEST: u32 = 20;
/// The ages, in years, at which another life begins.
const AGES: [i32; 4] = [3, 7, 18, 60];

/// Leaves to a visit what the reference usually does not fill.
pub(super) fn decide(facts: &Facts<'_>, drafts: &mut [Draft]) -> Result<()> {
    let mut usual: BTreeMap<String, Habit> = BTreeMap::new();
    for draft in drafts.iter_mut().filter(|draft| is_blank(draft)) {
        let Some(name) = draft.finding.field.clone() else { continue };
        if !usual.contains_key(&name) {
            usual.insert(name.clone(), Habit::of(facts, &name)?);
        }
        let habit = &usual[&name];
        let row = if habit.level == Level::Member { draft.members[0] } else { draft.households[0] };
        if habit.is_usual(row) {
            draft.finding.correct_in = CorrectIn::Visit;
        }
    }
    Ok(())
}

/// The reference has nothing, and is to be filled in.
fn is_blank(draft: &Draft) -> bool {
    let finding = &draft.finding;
    finding.rule_id.starts_with("F-")
        && finding.national_value.is_none()
        && finding.provincial_value.is_some()
        && finding.correct_in == CorrectIn::National
}

/// How often the reference leaves a field blank, by group.
struct Habit {
    level: Level,
    group_of: Vec<String>,
    /// Rows without a value, and all rows.
    counts: BTreeMap<String, [u32; 2]>,
}

impl Habit {
    fn of(facts: &Facts<'_>, name: &str) -> Result<Self> {
        let view = facts.side(Side::National);
        let level = field(name).map_or(Level::Household, |field| field.level);
        let (frame, past) = match level {
            Level::Member => (&view.registry.members, &view.past_members),
            _ => (&view.registry.households, &view.past),
        };
        let group_of = groups(facts, view, frame, level)?;
        let values = frame.column(name).ok().map(|column| column.is_null());
        let mut counts: BTreeMap<String, [u32; 2]> = BTreeMap::new();
        for (row, group) in group_of.iter().enumerate().filter(|(row, _)| !past[*row]) {
            let is_null = values.as_ref().is_none_or(|values| values.get(row) == Some(true));
            let [blank, all] = counts.entry(group.clone()).or_default();
            (*blank, *all) = (*blank + u32::from(is_null), *all + 1);
        }
        Ok(Self { level, group_of, counts })
    }
    fn is_usual(&self, row: u32) -> bool {
        let group = (row != NONE).then(|| self.group_of.get(row as usize)).flatten();
        let counts = group.and_then(|group| self.counts.get(group));
        counts.is_some_and(|[blank, all]| *all >= FEWEST && f64::from(*blank) >= f64::from(*all) * USUAL)
    }
}

/// People and households that are alike.
fn groups(facts: &Facts<'_>, view: &SideView<'_>, frame: &DataFrame, level: Level) -> Result<Vec<String>> {
    if level != Level::Member {
        let status = Texts::of(frame, "exit_status")?;
        return Ok((0..frame.height() as u32).map(|row| status.get(row).unwrap_or_default().to_owned()).collect());
    }
    let labour = Texts::of(frame, "labour")?;
    let [years, _] = ages(facts, view)?;
    let age = |row: u32| years[row as usize].map(|years| AGES.iter().filter(|from| years >= **from).count());
    let group = |row: u32| format!("{:?} {}", age(row), labour.get(row).unwrap_or_default());
    Ok((0..view.member_count()).map(group).collect())
}
