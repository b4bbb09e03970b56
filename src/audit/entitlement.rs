//! Who is entitled by the registers themselves: `E-<item>`, entitled and not recorded, and `X-<item>`, recorded and not
//! entitled. Both are expectations to verify, never proofs: rolls are proofs, so where a roll speaks for an item and year
//! ([`Covered`]) nothing is said here, and where the reference records the item its comparison with the platform says it.
//!
//! The condition is asked of the reference, year by year; a column that it lacks is null. When most of those entitled go
//! without an item on the platform, it is not being recorded there at all: that is one fact about the registry, and one
//! finding; likewise when most of those recorded are not entitled, for then the county's practice is another.

use polars::prelude::*;

use super::benefits::{Books, Recorded};
use super::condition::{Condition, eligibility};
use super::draft::{RuleHead, Say, Subject};
use super::facts::Facts;
use super::logic::unread::Rows;
use super::logic::{History, gather};
use super::page::Page;
use super::rolls::Covered;
use super::settings::{BenefitItem, Settings, Table};
use super::sink::Sink;
use super::view::NONE;
use crate::error::Result;
use crate::table::words::Value;
use crate::table::{Category, CorrectIn, Scope, Severity, Side};
use crate::words;

/// Of the people judged, more than this share without the item (or not entitled) is a fact about the registry.
const MOST: f64 = 0.5;
/// Fewer people than this say nothing about a registry.
const LEAST_PEOPLE: usize = 10;

/// A rule of one item on one year: why it was not evaluated.
pub(crate) type Obstacles = Vec<(String, String)>;

/// The two rules of an item.
pub(crate) fn rule_ids(item: &BenefitItem) -> [String; 2] {
    [format!("E-{}", item.item), format!("X-{}", item.item)]
}

/// The items that have a rule of each kind: due to everybody entitled, and limited to them.
pub(crate) fn rules(settings: &Settings) -> impl Iterator<Item = (&BenefitItem, Kind, String)> {
    let entitled = settings.benefits.iter().filter(|item| item.eligible.is_some());
    entitled.flat_map(|item| {
        let [due, not_due] = rule_ids(item);
        let due = item.expected.then_some((item, Kind::Due, due));
        due.into_iter().chain([(item, Kind::NotDue, not_due)])
    })
}

/// What a rule looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Entitled, and not recorded.
    Due,
    /// Recorded, and not entitled.
    NotDue,
}

/// Gravity and category of a rule's findings.
pub(crate) fn nature(item: &BenefitItem, kind: Kind) -> (Category, Severity) {
    match kind {
        Kind::Due if item.guarantee => (Category::Guarantee, Severity::Warning),
        Kind::Due => (Category::Benefit, Severity::Info),
        Kind::NotDue => (Category::Benefit, Severity::Warning),
    }
}

/// A rule's title.
pub(crate) fn title(item: &BenefitItem, kind: Kind) -> String {
    match kind {
        Kind::Due => format!("符合『{}』条件而未登记", item.item),
        Kind::NotDue => format!("登记了『{}』而不符合条件", item.item),
    }
}

/// Judges every item on every year; gives the rules that could be evaluated on none, and why.
pub(crate) fn judge(history: &History<'_>, books: &Books, covered: &Covered, sink: &mut Sink) -> Result<Obstacles> {
    let settings = history.years[0].settings;
    let mut obstacles = Obstacles::new();
    for item in settings.benefits.iter() {
        let Some(condition) = eligibility(item)? else { continue };
        let mut reasons = Vec::new();
        for at in 0..history.years.len() {
            let mut of_year = Sink::default();
            match Asked::of(history, books, item, &condition, at)? {
                Ok(asked) => {
                    if !asked.judge(covered, &mut of_year) {
                        reasons.push("该年度已有部门名册，按名册核对".to_owned());
                    }
                }
                Err(reason) => reasons.push(reason),
            }
            of_year.renumber(&history.years[at], &history.years[0]);
            sink.absorb(of_year);
        }
        if reasons.len() == history.years.len() {
            obstacles.extend(rule_ids(item).map(|id| (id, reasons[0].clone())));
        }
    }
    Ok(obstacles)
}

/// One item asked of one year's reference.
struct Asked<'f> {
    facts: &'f Facts<'f>,
    item: &'f BenefitItem,
    code: u32,
    year: i32,
    /// Entitled, not entitled, or not to be told, by row of the reference.
    entitled: BooleanChunked,
    /// Rows that something unread keeps from being asked.
    unread: Rows,
    recorded: [Option<&'f Recorded>; 2],
}

impl<'f> Asked<'f> {
    fn of(
        history: &'f History<'f>,
        books: &Books,
        item: &'f BenefitItem,
        condition: &Condition,
        at: usize,
    ) -> Result<Result<Self, String>> {
        let facts = &history.years[at];
        let Some(year) = facts.year.or(facts.sides[0].registry.year).or_else(|| books.last_year(1)) else {
            return Ok(Err("没有数据年度".to_owned()));
        };
        if facts.are_of_different_years() {
            return Ok(Err("两个系统最新导出的数据年度不同".to_owned()));
        }
        if facts.sides.iter().any(|side| side.member_count() == 0) {
            return Ok(Err(format!("两个系统没有都提供{year}年的导出")));
        }
        if !item.is_valid_in(year) {
            return Ok(Err(format!("{year}年没有该项措施")));
        }
        let recorded = facts.recorded.each_ref().map(Option::as_ref);
        if recorded[1].is_none() {
            return Ok(Err(format!("省办平台没有{year}年的帮扶措施")));
        }
        let Some(code) = books.code(&item.item) else { return Ok(Err("目录中没有该项措施".to_owned())) };
        let (mut frame, lacking) = gather(history, at, Side::National, item.table(), &condition.columns)?;
        condition.fill_lacking(&mut frame, item.table())?;
        let entitled = condition.run(&frame)?;
        if entitled.null_count() == entitled.len() {
            let why =
                if lacking.is_empty() { "没有人能判断是否符合条件".to_owned() } else { lacking.join("") };
            return Ok(Err(format!("国办系统的导出没有{why}")));
        }
        let unread = Rows::of(history, at, Side::National, item.table(), &condition.columns);
        Ok(Ok(Self { facts, item, code, year, entitled, unread, recorded }))
    }
    /// Whether a roll speaks for the item in that township and year.
    fn is_covered(&self, covered: &Covered, row: u32) -> bool {
        let place = match self.item.table() {
            Table::Members => self.facts.places.of_member(0, row),
            Table::Households => self.facts.places.of_household(0, row),
        };
        let township = self.facts.places.name(place).0;
        [Some(self.year), None].into_iter().any(|year| covered.contains(&(self.code, year, township.to_owned())))
    }
    /// Judges everybody for whom no roll speaks; false when rolls speak for all.
    fn judge(&self, covered: &Covered, sink: &mut Sink) -> bool {
        let is_on_some_roll = covered.iter().any(|(code, ..)| *code == self.code);
        let asked: Vec<(u32, bool)> = (0_u32..)
            .zip(self.entitled.iter())
            .filter_map(|(row, entitled)| Some((row, entitled?)))
            .filter(|(row, _)| self.is_asked(*row))
            .collect();
        let is_open = |row: u32| !is_on_some_roll || !self.is_covered(covered, row);
        let subjects: Vec<(u32, bool)> = asked.iter().copied().filter(|(row, _)| is_open(*row)).collect();
        if subjects.is_empty() && !asked.is_empty() {
            return false;
        }
        if self.item.expected {
            let entitled = subjects.iter().filter(|(_, entitled)| *entitled).map(|(row, _)| *row);
            self.report(Kind::Due, entitled, |row| !self.has(1, row) && !self.has(0, row), sink);
        }
        let recorded = subjects.iter().filter(|(row, _)| self.has(1, *row)).map(|(row, _)| *row);
        let not_entitled = |row: u32| self.entitled.get(row as usize) == Some(false);
        self.report(Kind::NotDue, recorded, not_entitled, sink);
        true
    }
    /// Whether both systems have the subject, live.
    fn is_asked(&self, row: u32) -> bool {
        let is_live = |side: usize| {
            let (row, view) = (self.rows(row)[side], &self.facts.sides[side]);
            row != NONE
                && match self.item.table() {
                    Table::Members => !view.gone[row as usize],
                    Table::Households => !view.past[row as usize],
                }
        };
        let household = match self.item.table() {
            Table::Members => self.facts.sides[0].household_of(row),
            Table::Households => row,
        };
        let is_read = !self.unread.contains(row) && !self.facts.lacks_records(0, household);
        is_live(0) && is_live(1) && is_read
    }
    /// The subject's rows on both sides.
    fn rows(&self, row: u32) -> [u32; 2] {
        match self.item.table() {
            Table::Members => self.facts.both_members(Side::National, row),
            Table::Households => self.facts.both_households(Side::National, row),
        }
    }
    fn has(&self, side: usize, row: u32) -> bool {
        let (row, view) = (self.rows(row)[side], &self.facts.sides[side]);
        self.recorded[side].is_some_and(|recorded| match self.item.table() {
            Table::Members => recorded.has(view, row, self.code),
            Table::Households => recorded.household_has(row, self.code),
        })
    }
    /// Reports those of the judged who are wrong, or the registry when most are.
    fn report(&self, kind: Kind, judged: impl Iterator<Item = u32>, is_wrong: impl Fn(u32) -> bool, sink: &mut Sink) {
        let id = &rule_ids(self.item)[usize::from(kind == Kind::NotDue)];
        if self.facts.settings.is_disabled(id) {
            return;
        }
        let judged: Vec<u32> = judged.collect();
        let wrong: Vec<u32> = judged.iter().copied().filter(|row| is_wrong(*row)).collect();
        sink.count(id, None, judged.len() as u64);
        sink.note_year(id, None, Some(self.year));
        let (category, severity) = nature(self.item, kind);
        let head = RuleHead { id, category, severity };
        if wrong.len() >= LEAST_PEOPLE && wrong.len() as f64 > MOST * judged.len() as f64 {
            let subject = Subject { scope: Scope::Registry, side: None, members: [NONE; 2], households: [NONE; 2] };
            let say = self.of_registry(kind, wrong.len(), judged.len());
            sink.push(self.facts, head, None, subject, say);
            return;
        }
        for row in wrong {
            let subject = match self.item.table() {
                Table::Members => Subject::people(self.facts, self.rows(row)),
                Table::Households => Subject::households(self.rows(row)),
            };
            // What the reference records as well is confirmed by it; its own facts are then in doubt.
            let severity = (kind == Kind::NotDue && self.has(0, row)).then_some(Severity::Info);
            let subject = Subject { scope: Scope::Benefit, ..subject };
            sink.push(self.facts, head, None, subject, Say { severity, ..self.of_subject(kind) });
        }
    }
    fn of_subject(&self, kind: Kind) -> Say<'_> {
        let Self { item, year, .. } = self;
        let BenefitItem { item: name, eligible_words, holder, .. } = item;
        let [name, condition, holder] = [name, eligible_words, holder].map(|text| Value::Configured(text));
        let say = match kind {
            Kind::Due => Say::new(
                CorrectIn::Visit,
                words!("符合『{}』条件（{}），{}年没有登记，也没有名册佐证", name, condition, *year),
                words!(
                    "与{}核对：{}年已享受的在省办平台补录措施和成效；未享受的落实；不符合条件的附佐证",
                    holder,
                    *year
                ),
            ),
            Kind::NotDue => Say::new(
                CorrectIn::Visit,
                words!("省办平台登记了{}年『{}』，按国办系统信息不符合条件（{}）", *year, name, condition),
                words!("与{}核对：未享受的在省办平台删除；已享受的更正有关的登记信息，或附佐证", holder),
            ),
        };
        self.marked(say)
    }
    fn of_registry(&self, kind: Kind, wrong: usize, judged: usize) -> Say<'_> {
        let Self { item, year, .. } = self;
        let [name, condition] = [&item.item, &item.eligible_words].map(|text| Value::Configured(text));
        let unit = if item.table() == Table::Members { "人" } else { "户" };
        let say = match kind {
            Kind::Due => Say::new(
                CorrectIn::Provincial,
                words!(
                    "{}年符合『{}』条件的{}{}，有{}{}没有登记：该项措施可能没有系统录入",
                    *year,
                    &name,
                    judged,
                    unit,
                    wrong,
                    unit
                ),
                words!("确认『{}』是否应录入省办平台：应录的批量补录；不录的在目录中把 expected 改为 false", &name),
            ),
            Kind::NotDue => Say::new(
                CorrectIn::Visit,
                words!(
                    "省办平台{}年登记『{}』的{}{}，有{}{}不符合目录中的条件（{}）",
                    *year,
                    &name,
                    judged,
                    unit,
                    wrong,
                    unit,
                    condition
                ),
                words!("确认本县『{}』的享受条件，按实际修改目录中的 eligible", &name),
            ),
        };
        self.marked(say)
    }
    fn marked<'s>(&'s self, say: Say<'s>) -> Say<'s> {
        Say { year: Some(self.year), field: Some("item"), detail: &self.item.item, ..say }
    }
}

/// The pages of all items' rules.
pub(crate) fn pages(settings: &Settings) -> impl Iterator<Item = Page> {
    rules(settings).map(|(item, kind, id)| {
        let (category, severity) = nature(item, kind);
        let BenefitItem { item: name, eligible_words: words, holder, .. } = item;
        let (what, why, example, remedy) = match kind {
            Kind::Due => (
                format!("{words}，该年度两个系统都没有登记『{name}』，也没有部门名册可以证明。"),
                "应享受的政策要全部享受，享受的要全部登记。没有名册佐证的只作核实线索。".to_owned(),
                format!("某人符合条件，当年省办平台没有登记『{name}』。"),
                format!("与{holder}核对：已享受的补录，未享受的落实，不符合条件的附佐证（不予办理告知书等）。"),
            ),
            Kind::NotDue => (
                format!("省办平台登记了『{name}』，按国办系统的信息不属于：{words}。"),
                "不符合条件的登记，可能是录错了人或年度，也可能是登记信息有误。".to_owned(),
                format!("某人不符合条件，省办平台登记了『{name}』。"),
                format!("与{holder}核对：未享受的删除，已享受的更正有关信息或附佐证。"),
            ),
        };
        Page {
            id,
            title: title(item, kind),
            category,
            severity,
            what,
            why,
            example,
            remedy,
            condition: item.eligible.clone(),
            ..Page::default()
        }
    })
}
