//! A disagreement in words: both values as printed, and exactly what to type where.

use super::FieldRule;
use super::compare::Agreement;
use crate::audit::draft::{RuleHead, Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::sink::Sink;
use crate::table::schema::Level;
use crate::table::{Category, CorrectIn, Severity};

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
        let title = self.field.title;
        let values = [0, 1].map(|side| self.columns[side].printed(rows[side]));
        let national = values[0].clone().unwrap_or_default();
        let provincial = values[1].clone().unwrap_or_default();
        let wanted = self.columns[0].to_type(rows[0], self.field.kind).unwrap_or_default();
        let mut say = match agreement {
            Agreement::NullProvincial => Say::new(
                CorrectIn::Provincial,
                format!("省办平台『{title}』未填，国办系统为“{national}”"),
                format!("省办平台『{title}』补录为“{wanted}”"),
            ),
            Agreement::NullNational => Say::new(
                CorrectIn::National,
                format!("国办系统『{title}』未填，省办平台为“{provincial}”"),
                format!("核实后在国办系统窗口期补录『{title}』；核实不属实的，清除省办平台该项"),
            ),
            _ => Say::new(
                CorrectIn::Provincial,
                format!("『{title}』不一致：国办系统为“{national}”，省办平台为“{provincial}”"),
                format!("省办平台『{title}』由“{provincial}”改为“{wanted}”"),
            ),
        };
        say.field = Some(self.field.name);
        say.values = values;
        // The reference is blank: nothing proves that the platform is wrong.
        say.severity = (agreement == Agreement::NullNational).then_some(Severity::Info);
        say
    }
}
