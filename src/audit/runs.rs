//! What became of every rule: evaluated on how many subjects, with how many findings, or why not. A rule that could
//! not be evaluated says so; it is never 100 % by absence.

use super::RuleRun;
use super::entitlement;
use super::facts::Facts;
use super::fields::{self, FieldRules};
use super::logic::Obstacles;
use super::rules::{BUILT_IN, Rule};
use super::sink::Sink;
use crate::table::{Category, Severity, Side};

/// Every rule on every side it is meant for, sorted by id then side.
pub(crate) fn of_all_rules(
    facts: &Facts<'_>,
    fields: &FieldRules<'_>,
    obstacles: &Obstacles,
    undue: &entitlement::Obstacles,
    sink: &Sink,
) -> Vec<RuleRun> {
    let log = Log { facts, sink };
    let mut runs: Vec<RuleRun> = Vec::new();
    for rule in BUILT_IN {
        let reason = obstacle(facts, rule);
        let about = (rule.id, rule.title, rule.category, rule.severity);
        runs.extend(rule.runs().iter().map(|side| log.run(about, *side, reason.clone())));
    }
    for field in fields::compared() {
        let (id, title) = (fields::rule_id(field), format!("『{}』不一致", field.title));
        let reason = fields.not_evaluated.iter().find(|(other, _)| other.name == field.name);
        let about = (id.as_str(), title.as_str(), Category::Field, fields::severity(field));
        runs.push(log.run(about, None, reason.map(|(_, reason)| reason.clone())));
    }
    for rule in &facts.settings.logic {
        let about = (rule.id.as_str(), rule.title.as_str(), rule.category, rule.severity);
        for &side in &rule.sides {
            let reason = obstacles.iter().find(|(id, of, _)| *id == rule.id && *of == side);
            runs.push(log.run(about, Some(side), reason.map(|(_, _, reason)| reason.clone())));
        }
    }
    for (item, kind, id) in entitlement::rules(facts.settings) {
        let (category, severity) = entitlement::nature(item, kind);
        let title = entitlement::title(item, kind);
        let reason = undue.iter().find(|(other, _)| *other == id).map(|(_, reason)| reason.clone());
        let reason = facts.settings.is_disabled(&id).then(|| "已停用".to_owned()).or(reason);
        runs.push(log.run((&id, &title, category, severity), None, reason));
    }
    runs.sort_by(|a, b| (&a.rule_id, a.side).cmp(&(&b.rule_id, b.side)));
    runs
}

/// Why a built-in rule is not evaluated.
pub(crate) fn obstacle(facts: &Facts<'_>, rule: &Rule) -> Option<String> {
    if facts.settings.is_disabled(rule.id) {
        return Some("已停用".to_owned());
    }
    (rule.obstacle)(facts)
}

struct Log<'f> {
    facts: &'f Facts<'f>,
    sink: &'f Sink,
}

impl Log<'_> {
    fn run(
        &self,
        (id, title, category, severity): (&str, &str, Category, Severity),
        side: Option<Side>,
        not_evaluated: Option<String>,
    ) -> RuleRun {
        let key = (id.to_owned(), side);
        let evaluated = self.sink.evaluated.get(&key).copied().unwrap_or(0);
        // A side may simply have nobody for a rule to judge; a comparison needs something to compare.
        let nothing = || (evaluated == 0 && side.is_none()).then(|| "没有已匹配的记录可比较".to_owned());
        RuleRun {
            rule_id: id.to_owned(),
            title: title.to_owned(),
            category,
            severity: self.facts.settings.severity(id, severity),
            side,
            // What could be evaluated in some year has been.
            not_evaluated: not_evaluated.filter(|_| evaluated == 0).or_else(nothing),
            years: self.sink.years.get(&key).cloned().unwrap_or_default(),
            evaluated,
            findings: self.sink.found.get(&key).copied().unwrap_or(0),
        }
    }
}
