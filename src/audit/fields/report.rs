//! A disagreement in words: both values as printed, and exactly what to type where.

use super::FieldRule;
use super::compare::Agreement;
use crate::audit::draft::{RuleHead, Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::sink::Sink;
use crate::table::schema::Level;
use crate::table::{Category, CorrectIn, Severity, Sort, Words};
use crate::words;

impl FieldRule<'_> {
    /// Reports one disagreement.
    pub(super) fn report(&self, facts: &Facts<'_>, rows: [u32; 2], agreement: Agreement, sink: &mut Sink) {
        let subject = match self.field.level {
            Level::Member => Subject::people(facts, rows),
            _ => Subject::households(rows),
        };
        let rule = RuleHead { id: &self.id, category: Category::Field, severity: super::severity(self.field) };
        let year = facts.year.filter(|_| super::is_yearly(self.field));
        sink.push(facts, rule, None, subject, Say { year, ..self.say(rows, agreement) });
    }
    fn say(&self, rows: [u32; 2], agreement: Agreement) -> Say<'_> {
        let (title, sort) = (self.field.title, Sort::of_field(self.field));
        let values = [0, 1].map(|side| self.columns[side].printed(rows[side]).map(|text| sort.of(text)));
        let [national, provincial] = values.clone().map(|value| value.unwrap_or("".into()));
        let wanted = self.columns[0].to_type(rows[0], self.field.kind).map_or("".into(), |text| sort.of(text));
        let mut say = match agreement {
            Agreement::NullProvincial => Say::new(
                CorrectIn::Provincial,
                words!("省办平台『{}』未填，国办系统为“{}”", title, &national),
                words!("省办平台『{}』补录为“{}”", title, &wanted),
            ),
            Agreement::NullNational => Say::new(
                CorrectIn::National,
                words!("国办系统『{}』未填，省办平台为“{}”", title, &provincial),
                words!("核实后在国办系统窗口期补录『{}』；经核实省办填写有误的，更正省办平台", title),
            ),
            _ => Say::new(
                CorrectIn::Provincial,
                words!("『{}』不一致：国办系统为“{}”，省办平台为“{}”", title, &national, &provincial),
                words!("省办平台『{}』由“{}”改为“{}”", title, &provincial, &wanted),
            ),
        };
        say.field = Some(self.field.name);
        say.values = values.map(|value| value.map(Words::from));
        // The reference is blank: nothing proves that the platform is wrong.
        say.severity = (agreement == Agreement::NullNational).then_some(Severity::Info);
        say
    }
}
