//! Logic rules: a registry contradicts itself.
//!
//! Each rule is an SQL condition from TOML over one table of one side and year; all conditions of a table are run together. A rule that needs a column which a side did not deliver is *not evaluated* there and says so.

pub(crate) mod ages;
pub(crate) mod derived;
mod history;
mod tables;
#[cfg(test)]
mod tests;
pub(crate) mod unread;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use polars::prelude::*;

use super::condition::{Condition, compile, placeholders, run_all};
use super::draft::{RuleHead, Say, Subject};
use super::facts::Facts;
use super::settings::{Correction, LogicRule, Table};
use super::sink::Sink;
use crate::engine::{Engine, Stage};
use crate::error::Result;
use crate::table::words::Value;
use crate::table::{CorrectIn, Side, Sort, Words};
use crate::words;
pub(crate) use ages::{date, whole, years_of};
pub(crate) use history::History;
use tables::printed;

/// Why a rule was not evaluated on a side: `(rule, side, reason)`.
pub(crate) type Obstacles = Vec<(String, Side, String)>;

/// Runs every logic rule on every side and year that it is meant for; years are newest first. An obstacle is told of
/// rules that could be evaluated in no year.
pub(crate) fn sweep(history: &History<'_>, engine: Engine, sink: &mut Sink) -> Result<Obstacles> {
    let mut reasons: BTreeMap<(&str, Side), Vec<String>> = BTreeMap::new();
    for (at, side) in (0..history.years.len()).flat_map(|at| Side::BOTH.map(|side| (at, side))) {
        let mut ready = Vec::new();
        // Where the newest years of the sides differ, the newest tables of one stand in an earlier year, too.
        let is_repeated = at > 0 && history.years[at].now[side.index()].is_none();
        for rule in meant(history, side).filter(|rule| (rule.yearly && !is_repeated) || at == 0) {
            match Ready::prepare(history, rule, side, at)? {
                Ok(prepared) => ready.push(prepared),
                Err(reason) => reasons.entry((rule.id.as_str(), side)).or_default().push(reason),
            }
        }
        judge(history, at, side, &mut ready)?;
        let cut =
            |(ix, ready): (usize, &Ready<'_>)| slices(ready.hits.len()).map(move |rows| (ix, rows)).collect::<Vec<_>>();
        let parts = ready.iter().enumerate().flat_map(cut).collect();
        sink.absorb(engine.map_merge(&Logic { history, ready: &ready }, parts)?);
    }
    Ok(obstacles(history, reasons))
}

/// The rules that run on a side.
fn meant<'h>(history: &'h History<'_>, side: Side) -> impl Iterator<Item = &'h LogicRule> {
    history.years[0].settings.logic.iter().filter(move |rule| rule.sides.contains(&side))
}

/// Runs the conditions of one table all at once: most read the same columns, and polars shares them out to its threads.
fn judge(history: &History<'_>, at: usize, side: Side, ready: &mut [Ready<'_>]) -> Result<()> {
    for table in [Table::Members, Table::Households] {
        let mut of_table: Vec<&mut Ready<'_>> = ready.iter_mut().filter(|ready| ready.rule.table == table).collect();
        let names: BTreeSet<String> =
            of_table.iter().flat_map(|ready| ready.condition.columns.iter().cloned()).collect();
        let (frame, _) = gather(history, at, side, table, &names.into_iter().collect::<Vec<_>>())?;
        let conditions: Vec<&Condition> = of_table.iter().map(|ready| &ready.condition).collect();
        let hits = run_all(&conditions, &frame)?;
        for (ready, hits) in of_table.iter_mut().zip(hits) {
            ready.hits = hits;
        }
    }
    Ok(())
}

/// The rules that could be evaluated in no year, and why not in the newest.
fn obstacles(history: &History<'_>, reasons: BTreeMap<(&str, Side), Vec<String>>) -> Obstacles {
    let mut obstacles = Obstacles::new();
    for ((id, side), mut reasons) in reasons {
        let is_yearly = meant(history, side).any(|rule| rule.id == id && rule.yearly);
        let years = history.years.iter().skip(1).filter(|facts| facts.now[side.index()].is_some()).count();
        if reasons.len() == 1 + if is_yearly { years } else { 0 } {
            obstacles.push((id.to_owned(), side, reasons.swap_remove(0)));
        }
    }
    obstacles
}

/// Rows whose hits one part reports.
const PART_ROWS: usize = 1 << 16;

fn slices(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(PART_ROWS).map(move |start| start..rows.min(start + PART_ROWS))
}

/// A rule on one side of one year.
struct Ready<'r> {
    rule: &'r LogicRule,
    side: Side,
    at: usize,
    condition: Condition,
    /// True, false or null for every row.
    hits: BooleanChunked,
    /// Rows that something unread keeps from being judged.
    unread: unread::Rows,
    /// Columns named in its texts that this side has, and its field.
    texts: DataFrame,
}

impl<'r> Ready<'r> {
    /// Compiles the rule; `Err` is the reason why it cannot be evaluated.
    fn prepare(history: &History<'_>, rule: &'r LogicRule, side: Side, at: usize) -> Result<Result<Self, String>> {
        let facts = &history.years[at];
        if facts.settings.is_disabled(&rule.id) {
            return Ok(Err("已停用".to_owned()));
        }
        if height(facts, rule.table, side) == 0 {
            return Ok(Err(format!("{}没有可检查的数据", side.title())));
        }
        let condition = compile(rule)?;
        let (_, lacking) = gather(history, at, side, rule.table, &condition.columns)?;
        if !lacking.is_empty() {
            return Ok(Err(format!("{}的导出没有{}", side.title(), lacking.join(""))));
        }
        let texts = texts(history, rule, side, at)?;
        let unread = unread::Rows::of(history, at, side, rule.table, &condition.columns);
        Ok(Ok(Self { rule, side, at, condition, hits: BooleanChunked::default(), unread, texts }))
    }
}

fn height(facts: &Facts<'_>, table: Table, side: Side) -> usize {
    let view = facts.side(side);
    match table {
        Table::Members => view.member_count() as usize,
        Table::Households => view.household_count() as usize,
    }
}

/// The columns of that name of one side and year, and what staff call those it lacks, sorted.
pub(crate) fn gather(
    history: &History<'_>,
    at: usize,
    side: Side,
    table: Table,
    names: &[String],
) -> Result<(DataFrame, Vec<String>)> {
    let mut frame = DataFrame::empty_with_height(height(&history.years[at], table, side));
    let mut lacking = Vec::new();
    for name in names {
        match history.column(at, side, table, name)? {
            Some(column) => drop(frame.with_column(column)?),
            None => lacking.extend(history.lacking(at, side, name)),
        }
    }
    lacking.sort();
    lacking.dedup();
    Ok((frame, lacking))
}

/// The columns that a rule prints: as printed where the export says so, else as computed.
fn texts(history: &History<'_>, rule: &LogicRule, side: Side, at: usize) -> Result<DataFrame> {
    let mut frame = DataFrame::empty_with_height(height(&history.years[at], rule.table, side));
    let named = placeholders(&rule.message).chain(placeholders(&rule.remedy)).chain(rule.field.as_deref());
    for name in named {
        let as_printed = history.column(at, side, rule.table, &crate::table::schema::text_column(name))?;
        let column = match as_printed {
            Some(column) => Some(column),
            None => history.column(at, side, rule.table, name)?,
        };
        if let Some(column) = column {
            frame.with_column(column.with_name(name.into()))?;
        }
    }
    Ok(frame)
}

struct Logic<'f> {
    history: &'f History<'f>,
    ready: &'f [Ready<'f>],
}

impl Stage for Logic<'_> {
    type Part = (usize, Range<usize>);
    type Partial = Sink;
    type Whole = Sink;

    fn run(&self, (ix, rows): Self::Part) -> Result<Sink> {
        let ready = &self.ready[ix];
        let hits = ready.hits.slice(rows.start as i64, rows.len());
        let mut sink = Sink::default();
        let mut judged = 0;
        for (hit, row) in hits.iter().zip(rows.start as u32..) {
            if self.has_left(ready, row) || ready.unread.contains(row) {
                continue;
            }
            judged += 1;
            if hit == Some(true) {
                self.report(ready, row, &mut sink);
            }
        }
        sink.count(&ready.rule.id, Some(ready.side), judged);
        let year = self.facts(ready).side(ready.side).registry.year.filter(|_| ready.rule.yearly);
        sink.note_year(&ready.rule.id, Some(ready.side), year);
        sink.renumber(self.facts(ready), &self.history.years[0]);
        Ok(sink)
    }

    fn merge(&self, partials: Vec<Sink>) -> Result<Sink> {
        let mut whole = Sink::default();
        partials.into_iter().for_each(|partial| whole.absorb(partial));
        Ok(whole)
    }
}

impl Logic<'_> {
    fn facts(&self, ready: &Ready<'_>) -> &Facts<'_> {
        &self.history.years[ready.at]
    }
    /// People who have left the registry are nobody's problem any more.
    fn has_left(&self, ready: &Ready<'_>, row: u32) -> bool {
        let view = self.facts(ready).side(ready.side);
        match ready.rule.table {
            Table::Members => view.gone[row as usize],
            Table::Households => view.past[row as usize],
        }
    }
    fn report(&self, ready: &Ready<'_>, row: u32, sink: &mut Sink) {
        let Ready { rule, side, texts, .. } = ready;
        let facts = self.facts(ready);
        let correct_in = match rule.correct_in {
            Correction::Itself => CorrectIn::side(*side),
            Correction::Visit => CorrectIn::Visit,
        };
        let home = match rule.table {
            Table::Members => facts.side(*side).household_of(row),
            Table::Households => row,
        };
        // What the row does not print is known otherwise: the head by its own row, the year by the export.
        let known = |name: &str| match name {
            "head_name" => facts.side(*side).head_name(home).map(|head| Sort::Name.of(head)),
            "data_year" => facts.side(*side).registry.year.map(|year| Sort::Number.of(year.to_string())),
            _ => None,
        };
        let message = words!("{}：{}", side.title(), in_words(&rule.message, texts, row, &known));
        let mut say = Say::new(correct_in, message, in_words(&rule.remedy, texts, row, &known));
        say.field = rule.field.as_deref();
        say.year = facts.side(*side).registry.year.filter(|_| rule.yearly);
        say.values[side.index()] = rule.field.as_ref().and_then(|field| value(texts, field, row).map(Words::from));
        let subject = match rule.table {
            Table::Members => Subject::member_of(facts, *side, row),
            Table::Households => Subject::household_of(facts, *side, row),
        };
        let head = RuleHead { id: &rule.id, category: rule.category, severity: rule.severity };
        sink.push(facts, head, Some(*side), subject, say);
    }
}

/// A template with `{column}` replaced by the value as printed, else by what is known otherwise, else 未填.
fn in_words<'k>(template: &str, texts: &DataFrame, row: u32, known: &dyn Fn(&str) -> Option<Value<'k>>) -> Words {
    Words::configured(template, |name| value(texts, name, row).or_else(|| known(name)).unwrap_or("未填".into()))
}

/// The value of a column as printed, with what it is.
fn value(texts: &DataFrame, name: &str, row: u32) -> Option<Value<'static>> {
    printed(texts, name, row).map(|text| Sort::of_column(name).of(text))
}
