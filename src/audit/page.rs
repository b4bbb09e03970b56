//! A rule's page: what `hedui rules` lists and `hedui explain` prints, the same six headings for every rule.

use super::settings::{LogicRule, Settings, Table};
use super::{entitlement, fields, rules};
use crate::table::{Category, Severity};

/// The page of one rule. Text is Chinese, for those who correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Code that never changes its meaning.
    pub id: String,
    /// The problem in a few words.
    pub title: String,
    /// What sort of problem.
    pub category: Category,
    /// How grave, the county's own severity included.
    pub severity: Severity,
    /// What it checks.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// An invented case.
    pub example: String,
    /// What to do.
    pub remedy: String,
    /// On what it is judged: 人、人·年度、户·年度…
    pub scope: String,
    /// The condition, for rules written in SQL.
    pub condition: Option<String>,
    /// Numbers in the condition that a county may change, by name; those by year in words.
    pub parameters: Vec<(String, String)>,
    /// Whether "confirmed correct, with evidence" is a possible answer.
    pub exemptable: bool,
    /// Whether the county has switched it off.
    pub disabled: bool,
}

impl Default for Page {
    fn default() -> Self {
        let [id, title, what, why, example, remedy, scope] = [const { String::new() }; 7];
        Self {
            id,
            title,
            category: Category::Logic,
            severity: Severity::Error,
            what,
            why,
            example,
            remedy,
            scope,
            condition: None,
            parameters: Vec::new(),
            exemptable: true,
            disabled: false,
        }
    }
}

/// The pages of all rules, built in, by field, and from TOML, sorted by id.
pub fn pages(settings: &Settings) -> Vec<Page> {
    let mut pages: Vec<Page> = rules::BUILT_IN.iter().map(|rule| rule.page()).collect();
    pages.extend(fields::pages());
    pages.extend(entitlement::pages(settings));
    pages.extend(settings.logic.iter().map(logic_page));
    for page in &mut pages {
        page.severity = settings.severity(&page.id, page.severity);
        page.disabled = settings.is_disabled(&page.id);
    }
    pages.sort_by(|a, b| a.id.cmp(&b.id));
    pages
}

/// On what a condition is judged, in words.
pub(crate) const fn scope(table: Table, yearly: bool) -> &'static str {
    match (table, yearly) {
        (Table::Members, true) => "人·年度",
        (Table::Members, false) => "人",
        (Table::Households, true) => "户·年度",
        (Table::Households, false) => "户",
    }
}

fn parameters(rule: &LogicRule) -> Vec<(String, String)> {
    let plain = rule.parameters.iter().map(|(name, value)| (name.clone(), value.to_string()));
    let by_year = rule.by_year.iter().map(|(name, by_year)| {
        let years = by_year.values.iter().map(|(year, value)| format!("{year}年 {value}")).collect::<Vec<_>>();
        (name.clone(), years.join("，"))
    });
    plain.chain(by_year).collect()
}

fn logic_page(rule: &LogicRule) -> Page {
    Page {
        id: rule.id.clone(),
        title: rule.title.clone(),
        category: rule.category,
        severity: rule.severity,
        what: rule.what.clone(),
        why: rule.why.clone(),
        example: rule.example.clone(),
        remedy: rule.remedy.clone(),
        scope: scope(rule.table, rule.yearly).to_owned(),
        condition: Some(rule.when.clone()),
        parameters: parameters(rule),
        exemptable: rule.exemptable,
        disabled: false,
    }
}
