//! `hedui rules` and `hedui explain`: the rule book.

mod book;

use super::Status;
use super::args::{ExplainArgs, RulesArgs, RulesFormat};
use super::terminal;
use crate::audit::{self, Page};
use crate::error::{Error, Result};
use crate::pipeline::Plan;
use crate::say;

pub(super) fn rules(args: &RulesArgs) -> Result<Status> {
    let plan = Plan::load(&args.pipeline)?;
    let pages = audit::pages(&plan.audit);
    let text = match args.format {
        RulesFormat::Text => pages.iter().map(line).collect(),
        RulesFormat::Md => book::book(&plan.title, &pages, &plan.audit),
        RulesFormat::Json => serde_json::Value::from_iter(pages.iter().map(json)).to_string() + "\n",
    };
    terminal::data(&text)?;
    Ok(Status::Done)
}

pub(super) fn explain(args: &ExplainArgs) -> Result<Status> {
    let plan = Plan::load(&args.pipeline)?;
    let pages = audit::pages(&plan.audit);
    let Some(page) = pages.iter().find(|page| page.id.eq_ignore_ascii_case(&args.rule)) else {
        return Err(unknown(&args.rule, &pages));
    };
    terminal::data(&book::sheet(page, "#"))?;
    Ok(Status::Done)
}

fn line(page: &Page) -> String {
    let off = if page.disabled { "  （已关闭）" } else { "" };
    format!("{:<28} {}  {}  {}{off}\n", page.id, page.severity.title(), page.category.title(), page.title)
}

fn json(page: &Page) -> serde_json::Value {
    serde_json::json!({
        "id": page.id, "title": page.title, "category": page.category, "severity": page.severity, "what": page.what,
        "why": page.why, "example": page.example, "remedy": page.remedy, "scope": page.scope,
        "condition": page.condition, "parameters": page.parameters, "exemptable": page.exemptable,
        "disabled": page.disabled,
    })
}

fn unknown(rule: &str, pages: &[Page]) -> Error {
    let mut near: Vec<(f64, &Page)> = pages
        .iter()
        .map(|page| (strsim::jaro_winkler(&page.id, rule).max(contains(&page.title, rule)), page))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    let names: Vec<String> = near.iter().take(3).map(|(_, page)| format!("{} {}", page.id, page.title)).collect();
    let names = names.join("；");
    Error::configuration(say!("没有规则 `{rule}`", "there is no rule `{rule}`"))
        .remedy(say!("相近的有：{names}", "nearest: {names}"))
}

/// 1 when a title holds the words asked for: staff search by name.
fn contains(title: &str, words: &str) -> f64 {
    f64::from(u8::from(title.contains(words)))
}
