//! `I-label`: a label that no vocabulary knows, once per field and label, never once per person.

use super::{Check, Rule, no_obstacle};
use crate::audit::benefits::AssumedItem;
use crate::audit::draft::{Draft, Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Reads, Whose};
use crate::audit::sink::Sink;
use crate::audit::view::NONE;
use crate::table::finding::RowPlace;
use crate::table::schema::field;
use crate::table::words::Value;
use crate::table::{Category, CorrectIn, Scope, Severity, Side, Sort, Words};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "I-label",
    title: "选项不在代码表中",
    category: Category::Identity,
    severity: Severity::Warning,
    what: "某一指标出现代码表不认识的写法；每种写法只报一次。",
    why: "不认识的写法无法比较，含有它的人和户在该指标上不计入一致率。",
    example: "『劳动技能』出现“散失劳动力”。",
    remedy: "确属同义写法的，加入词表的同义词；确属错填的，在该系统改为规范选项。",
    check: Check::Registry(check),
    obstacle: no_obstacle,
    reads: Reads::people(Whose::Own),
};

/// Tells of names of benefits that were read as an item all the same.
pub(crate) fn explain(drafts: &mut [Draft], assumed: &[AssumedItem]) {
    for draft in drafts.iter_mut().filter(|draft| draft.finding.rule_id == RULE.id) {
        let finding = &mut draft.finding;
        let values = [&finding.national_value, &finding.provincial_value];
        let is_meant = |one: &&AssumedItem| {
            let printed = values[one.side.index()].as_ref().map(Words::plain);
            draft.side == Some(one.side) && printed == Some(one.name.as_str())
        };
        let of_items = finding.field.as_deref() == Some("item");
        if let Some(AssumedItem { side, item, records, agreeing, .. }) =
            assumed.iter().find(|one| of_items && is_meant(one))
        {
            let item = Sort::Item.of(item);
            let (agreeing, records) = (*agreeing, *records);
            finding.message = words!(
                "{}；{}条可比的记录中{}条与{}『{}』同人同年同额，本次按『{}』比对",
                &finding.message,
                records,
                agreeing,
                side.other().title(),
                &item,
                &item
            );
            finding.remedy = words!("确为『{}』的，加入该项目的名称；不是的，另立项目", &item);
        }
    }
}

fn check(facts: &Facts<'_>, side: Side, sink: &mut Sink) -> u64 {
    let labels = &facts.side(side).registry.unknown_labels;
    for label in labels {
        let title = field(&label.field).map_or(Value::Configured(&label.field), |field| field.title.into());
        let near = label.nearest.as_ref().map(|known| words!("，是否“{}”", Value::Configured(known)));
        let (rows, printed, near) = (label.rows, Sort::Text.of(&label.text), near.unwrap_or_default());
        let message = words!("{}『{}』有{}行填“{}”，代码表中没有{}", side.title(), title, rows, &printed, near);
        let remedy = "属同义写法的加入词表，属错填的改为规范选项";
        let mut say = Say::new(CorrectIn::side(side), message, remedy);
        let detail = format!("{}={}", label.field, label.text);
        say.detail = &detail;
        say.field = Some(&label.field);
        say.values[side.index()] = Some(printed.into());
        say.place = Some(RowPlace { sheet_ix: label.first.0, row: label.first.1 });
        let subject = Subject { scope: Scope::Registry, side: Some(side), members: [NONE; 2], households: [NONE; 2] };
        sink.push(facts, RULE.head(), Some(side), subject, say);
    }
    u64::from(facts.side(side).member_count()) + u64::from(facts.side(side).household_count())
}
