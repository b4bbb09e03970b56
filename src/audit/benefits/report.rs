//! Verdicts in words: links for every record, findings for those that somebody must act on.

use super::pairing::{Kind, Verdict};
use super::rows::{BenefitRow, ItemFacts};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::fields::value::yuan;
use crate::audit::rules::{
    Rule, benefit_amount, benefit_beneficiary, benefit_duplicate, benefit_extra, benefit_missing, benefit_year,
};
use crate::audit::sink::Sink;
use crate::audit::view::NONE;
use crate::normalise::period::PartOfYear;
use crate::table::words::number;
use crate::table::{BenefitLink, Scope, Side, Sort, Words};
use crate::words;

/// What a benefit rule has noticed: the records of one person (or household), item and year.
pub(crate) struct Noticed<'s> {
    /// The item's label.
    pub(crate) item: &'s str,
    pub(crate) year: Option<i32>,
    /// The part of the year that all of them are of.
    pub(crate) part: Option<PartOfYear>,
    /// How many records.
    pub(crate) records: usize,
    /// Their sum in fen, when all have an amount.
    pub(crate) amount: Option<i64>,
}

impl Noticed<'_> {
    /// `2018年『雨露计划』2条共3000元`.
    pub(crate) fn words(&self) -> Words {
        let is_sum = self.records > 1;
        let count = if is_sum { words!("{}条", self.records) } else { Words::default() };
        let sum = if is_sum { "共" } else { "" };
        let amount = self.amount.filter(|fen| *fen != 0).map(|fen| words!("{}{}元", sum, number(yuan(fen))));
        let item = Sort::Item.of(self.item);
        words!("{}『{}』{}{}", self.year_prefix(), item, count, amount.unwrap_or_default())
    }
    /// `2018年`, or nothing.
    pub(crate) fn year_prefix(&self) -> Words {
        let part = self.part.filter(|part| *part != PartOfYear::Whole).map(PartOfYear::words).unwrap_or_default();
        let part = number(part);
        self.year.map(|year| words!("{}年{}", year, &part)).unwrap_or_default()
    }
}

/// A year in words, blank included.
pub(crate) fn year_words(year: Option<i32>) -> Words {
    year.map_or(Words::from("空"), |year| words!("{}年", year))
}

/// The link of a verdict.
pub(super) fn link(verdict: &Verdict<'_>, is_compared: bool) -> BenefitLink {
    let (decision, reason) = match verdict.kind {
        Kind::Same => ("match", ""),
        Kind::InSum => ("match", "按全年合计比较"),
        Kind::Amount { .. } => ("match", "金额不一致"),
        Kind::Year => ("match", "年度不一致"),
        Kind::Beneficiary => ("match", "受益人不一致"),
        Kind::Duplicate(_) => ("duplicate", "重复录入"),
        Kind::OfDouble(_) => ("duplicate", "同一人重复登记"),
        Kind::Missing | Kind::Extra if !is_compared => ("unlinked", "对方系统没有提供帮扶措施导出"),
        Kind::Missing => ("missing", ""),
        Kind::Extra => ("extra", ""),
    };
    let row = |record: Option<&BenefitRow>| record.map(|record| record.row);
    BenefitLink {
        national: row(verdict.national),
        provincial: row(verdict.provincial),
        decision,
        reason: reason.to_owned(),
    }
}

/// The findings of one household and item.
pub(super) fn findings(
    facts: &Facts<'_>,
    item: &ItemFacts,
    verdicts: &[Verdict<'_>],
    is_compared: bool,
    sink: &mut Sink,
) {
    let label = if item.label.is_empty() { "（未填项目）" } else { &item.label };
    for verdict in verdicts {
        let noticed = |row: &BenefitRow| Noticed {
            item: label,
            year: row.year(),
            part: row.part(),
            records: 1,
            amount: row.fen(),
        };
        match (verdict.kind, verdict.national, verdict.provincial) {
            (Kind::Amount { national, provincial, is_total }, Some(row), Some(other)) if is_compared => {
                let say = benefit_amount::say(&Noticed { amount: national, ..noticed(row) }, provincial, is_total);
                push(facts, &benefit_amount::RULE, None, [Some(row), Some(other)], label, say, sink);
            }
            (Kind::Year, Some(row), Some(other)) if is_compared => {
                let say = benefit_year::say(&noticed(row), other.year());
                push(facts, &benefit_year::RULE, None, [Some(row), Some(other)], label, say, sink);
            }
            (Kind::Beneficiary, Some(row), Some(other)) if is_compared => {
                let name = |row: &BenefitRow| facts.sides[0].name.get(row.person);
                let say = benefit_beneficiary::say(&noticed(row), [name(row), name(other)]);
                push(facts, &benefit_beneficiary::RULE, None, [Some(row), Some(other)], label, say, sink);
            }
            (Kind::Duplicate(side), national, provincial) => {
                let Some(row) = national.or(provincial) else { continue };
                let say = benefit_duplicate::say(&noticed(row), side);
                push(facts, &benefit_duplicate::RULE, Some(side), [national, provincial], label, say, sink);
            }
            _ => {}
        }
    }
    if is_compared {
        one_sided(facts, label, verdicts, sink);
    }
}

/// Missing and extra records: one finding for a person and year, however many months it holds.
fn one_sided(facts: &Facts<'_>, label: &str, verdicts: &[Verdict<'_>], sink: &mut Sink) {
    let missing =
        verdicts.iter().filter(|verdict| verdict.kind == Kind::Missing).filter_map(|verdict| verdict.national);
    for rows in by_person_and_year(missing) {
        let say = benefit_missing::say(&summed(label, &rows));
        push(facts, &benefit_missing::RULE, None, [Some(rows[0]), None], label, say, sink);
    }
    let extra = verdicts.iter().filter(|verdict| verdict.kind == Kind::Extra).filter_map(|verdict| verdict.provincial);
    for rows in by_person_and_year(extra) {
        let say = benefit_extra::say(&summed(label, &rows));
        push(facts, &benefit_extra::RULE, None, [None, Some(rows[0])], label, say, sink);
    }
}

fn by_person_and_year<'r>(rows: impl Iterator<Item = &'r BenefitRow>) -> Vec<Vec<&'r BenefitRow>> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable();
    rows.chunk_by(|a, b| (a.person, a.year) == (b.person, b.year)).map(<[_]>::to_vec).collect()
}

fn summed<'s>(item: &'s str, rows: &[&BenefitRow]) -> Noticed<'s> {
    let amount = rows.iter().map(|row| row.fen()).sum();
    let part = rows[0].part().filter(|part| rows.iter().all(|row| row.part() == Some(*part)));
    Noticed { item, year: rows[0].year(), part, records: rows.len(), amount }
}

/// Reports one finding on the beneficiary, at the place of the record itself.
fn push(
    facts: &Facts<'_>,
    rule: &Rule,
    side: Option<Side>,
    rows: [Option<&BenefitRow>; 2],
    label: &str,
    mut say: Say<'_>,
    sink: &mut Sink,
) {
    if facts.settings.is_disabled(rule.id) {
        return;
    }
    let Some(row) = rows[0].or(rows[1]) else { return };
    let national = [row.home, row.person];
    let partner = |side: usize, member: u32| if member == NONE { NONE } else { facts.links.partner(side, member) };
    let members = [national[1], partner(0, national[1])];
    let people = Subject::people(facts, members);
    let households = match people.households {
        [NONE, _] => [national[0], facts.links.best_household(0, national[0])],
        known => known,
    };
    say.year = say.year.or(row.year());
    say.field = say.field.or(Some("item"));
    let detail = format!("{label}|{}", say.field.unwrap_or_default());
    let places = [0, 1].map(|side| rows[side].and_then(|row| facts.sides[side].benefit_place(row.row)));
    sink.push_at(
        facts,
        rule.head(),
        Subject { scope: Scope::Benefit, side, households, ..people },
        Say { detail: &detail, about: Some(label), ..say },
        places,
    );
}
