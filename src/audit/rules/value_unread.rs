//! `I-value`: a value that nobody understood (三千余元, 二〇一三年, 2018-02-30), told where it stands.
//!
//! It is neither blank nor equal to anything: no rule judges it, and no rate counts it as agreeing.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::fields::compare::is_typed;
use crate::audit::logic::unread::{cells, not_understood};
use crate::audit::reads::{Reads, Whose};
use crate::audit::sink::Sink;
use crate::audit::view::{NONE, RowPlaces, SideView, Texts, indices};
use crate::error::Result;
use crate::normalise::amount::is_in_kind;
use crate::normalise::period::PartOfYear;
use crate::table::schema::{FIELDS, Field, Kind, Level, text_column};
use crate::table::{Category, CorrectIn, Scope, Severity, Side, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "I-value",
    title: "填写的内容无法读懂",
    category: Category::Identity,
    severity: Severity::Warning,
    what: "数字、金额、日期、年度、是否等指标填了无法读懂的内容。",
    why: "读不懂的内容既不是空，也不能算一致；含有它的人和户在该指标上无法比对。",
    example: "『人均纯收入』填写为“三千余元”，『首次识别时间』填写为2018年2月30日。",
    remedy: "在该系统按规范格式改填：金额和数量填数字，日期填年月日，是否填“是”或“否”。",
    check: Check::Registry(check),
    reads: Reads::people(Whose::Own),
    obstacle: no_obstacle,
};

fn check(facts: &Facts<'_>, side: Side, sink: &mut Sink) -> u64 {
    let view = facts.side(side);
    for field in FIELDS.iter().filter(|field| is_typed(field.kind)) {
        match field.level {
            // A table that is not what the schema promises has nothing to be told of here.
            Level::Benefit => _ = of_records(facts, side, field, sink),
            _ => of_register(facts, side, view, field, sink),
        }
    }
    u64::from(view.member_count()) + u64::from(view.household_count())
}

fn of_register(facts: &Facts<'_>, side: Side, view: &SideView<'_>, field: &'static Field, sink: &mut Sink) {
    let is_household = field.level == Level::Household;
    let frame = if is_household { &view.registry.households } else { &view.registry.members };
    let printed = Texts::of(frame, &text_column(field.name)).unwrap_or_default();
    let mut rows: Vec<u32> = cells(view, field).into_iter().collect();
    rows.sort_unstable();
    for row in rows {
        let is_past = if is_household { view.past[row as usize] } else { view.gone[row as usize] };
        if let Some(text) = printed.get(row).filter(|_| !is_past) {
            let subject = match is_household {
                true => Subject::household_of(facts, side, row),
                false => Subject::member_of(facts, side, row),
            };
            sink.push(facts, RULE.head(), Some(side), subject, say(side, field, text));
        }
    }
}

fn of_records(facts: &Facts<'_>, side: Side, field: &'static Field, sink: &mut Sink) -> Result<()> {
    let view = facts.side(side);
    for frame in [&view.registry.benefits, &view.registry.outcomes] {
        let Ok(values) = frame.column(field.name) else { continue };
        let printed = Texts::of(frame, &text_column(field.name))?;
        let households = indices(frame, "household_ix")?;
        let members = indices(frame, "member_ix")?;
        let places = RowPlaces::of(frame)?;
        for row in not_understood(values, &printed) {
            let (Some(text), at) = (printed.get(row).filter(|text| !is_understood(field, text)), row as usize) else {
                continue;
            };
            let subject = match members[at] {
                NONE => Subject::household_of(facts, side, households[at]),
                member => Subject::member_of(facts, side, member),
            };
            let detail = format!("{}={}", field.name, text.trim());
            let mut say = Say { detail: &detail, ..say(side, field, text) };
            say.place = places.get(row);
            sink.push(facts, RULE.head(), Some(side), Subject { scope: Scope::Benefit, ..subject }, say);
        }
    }
    Ok(())
}

/// What is no value of the field and yet told something: an amount in kind, a semester in place of a date.
fn is_understood(field: &Field, text: &str) -> bool {
    match field.kind {
        Kind::Amount => is_in_kind(text),
        Kind::Date => PartOfYear::inside(text).is_some(),
        _ => false,
    }
}

fn say(side: Side, field: &'static Field, text: &str) -> Say<'static> {
    let (here, title) = (side.title(), field.title);
    // What cannot be read may be anything that somebody typed into the wrong column.
    let sort = if field.name == "birth_date" { Sort::Birth } else { Sort::Text };
    let value = sort.of(text.trim());
    let message = words!("{}『{}』填写为“{}”，无法读懂，未参与比对", here, title, &value);
    let remedy = words!("核实后在{}把『{}』改填为{}", here, title, form(field.kind));
    let mut say = Say::new(CorrectIn::side(side), message, remedy);
    say.field = Some(field.name);
    say.values[side.index()] = Some(value.into());
    say
}

/// How a value of that kind is to be written.
const fn form(kind: Kind) -> &'static str {
    match kind {
        Kind::YesNo => "“是”或“否”",
        Kind::Year => "四位数字的年度",
        Kind::Date => "实际的年月日（如2018-03-07）",
        Kind::Amount => "数字（元）",
        _ => "数字",
    }
}
