//! A rule's page: what `hedui rules` lists and `hedui explain` prints, the same six headings for every rule.

use super::settings::Settings;
use super::{fields, rules};
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
    /// The condition, for rules written in SQL.
    pub condition: Option<String>,
    /// Whether the county has switched it off.
    pub disabled: bool,
}

/// The pages of all rules, built in, by field, and from TOML, sorted by id.
pub fn pages(settings: &Settings) -> Vec<Page> {
    let mut pages: Vec<Page> = rules::BUILT_IN.iter().map(|rule| rule.page()).collect();
    pages.extend(fields::pages());
    pages.extend(settings.logic.iter().map(logic_page));
    for page in &mut pages {
        page.severity = settings.severity(&page.id, page.severity);
        page.disabled = settings.is_disabled(&page.id);
    }
    pages.sort_by(|a, b| a.id.cmp(&b.id));
    pages
}

fn logic_page(rule: &super::settings::LogicRule) -> Page {
    Page {
        id: rule.id.clone(),
        title: rule.title.clone(),
        category: rule.category,
        severity: rule.severity,
        what: rule.what.clone(),
        why: rule.why.clone(),
        example: rule.example.clone(),
        remedy: rule.remedy.clone(),
        condition: Some(rule.when.clone()),
        disabled: false,
    }
}
