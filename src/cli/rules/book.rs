//! The rule book: every rule's page, the benefit catalogue, and what the published library asks for and nobody can check;
//! Markdown that staff can print.

use std::fmt::Write;

use crate::audit::{BenefitItem, Page, Period, Settings, Unit};
use crate::table::Category;

/// The whole book.
pub(super) fn book(title: &str, pages: &[Page], settings: &Settings) -> String {
    let mut book = format!("# {title} 核对规则手册\n\n");
    let _ = write!(book, "{}", preface(pages, settings));
    for category in categories(pages) {
        let _ = write!(book, "\n## {}\n", category.title());
        for page in pages.iter().filter(|page| page.category == category) {
            book.push('\n');
            book.push_str(&sheet(page, "###"));
        }
    }
    catalogue(&mut book, &settings.benefits);
    library(&mut book, settings);
    book
}

fn categories(pages: &[Page]) -> Vec<Category> {
    let mut categories: Vec<_> = pages.iter().map(|page| page.category).collect();
    categories.sort_unstable();
    categories.dedup();
    categories
}

/// How many rules of which kind, and what the letters of their ids mean.
fn preface(pages: &[Page], settings: &Settings) -> String {
    let mut text = format!("共 {} 条规则，帮扶措施目录 {} 项。\n\n", pages.len(), settings.benefits.len());
    text.push_str("| 类别 | 规则数 |\n|---|---|\n");
    for category in categories(pages) {
        let count = pages.iter().filter(|page| page.category == category).count();
        let _ = writeln!(text, "| {} | {count} |", category.title());
    }
    text.push_str(
        "\n编号：P 有无，I 身份，D 重复，H 户，F 指标，B 措施，O 成效，R 部门名册，S 疑似线索，L 逻辑，C 原因与措施对应，\
         E 应享受未登记，X 登记而不符合条件。编号的含义永不改变。\n",
    );
    text
}

/// One page: the same headings for every rule.
pub(super) fn sheet(page: &Page, heading: &str) -> String {
    let mut text = format!("{heading} {} {}\n\n", page.id, page.title);
    let exempt = if page.exemptable { "可附佐证豁免" } else { "不可豁免" };
    let off = if page.disabled { "　（已停用）" } else { "" };
    let (category, severity, scope) = (page.category.title(), page.severity.title(), &page.scope);
    let _ = writeln!(text, "类别：{category}　级别：{severity}　对象：{scope}　{exempt}{off}\n");
    let parts = [("查什么", &page.what), ("为什么", &page.why), ("举例", &page.example), ("怎么改", &page.remedy)];
    for (name, words) in parts.into_iter().filter(|(_, words)| !words.is_empty()) {
        let _ = writeln!(text, "**{name}**　{words}\n");
    }
    if let Some(condition) = &page.condition {
        let _ = writeln!(text, "**条件**　`{}`\n", condition.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    for (name, value) in &page.parameters {
        let _ = writeln!(text, "**参数** `{name}`　{value}\n");
    }
    text
}

fn catalogue(book: &mut String, items: &[BenefitItem]) {
    book.push_str("\n## 帮扶措施目录\n\n| 项目 | 单位 | 周期 | 主管部门 | 享受条件 | 常见金额（元/年） | 别名 |\n");
    book.push_str("|---|---|---|---|---|---|---|\n");
    for item in items {
        let ranges = item.amounts.iter().map(|range| {
            let years = if range.from_year == range.to_year {
                format!("{}", range.from_year)
            } else {
                format!("{}-{}", range.from_year, range.to_year)
            };
            format!("{years}：{}-{}", range.min_yuan, range.max_yuan)
        });
        let (unit, period) = (unit(item.unit), period(item.period));
        let (amounts, names) = (ranges.collect::<Vec<_>>().join("；"), item.names.join("、"));
        let (name, holder, words) = (&item.item, &item.holder, &item.eligible_words);
        let _ = writeln!(book, "| {name} | {unit} | {period} | {holder} | {words} | {amounts} | {names} |");
    }
}

const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Person => "人",
        Unit::Household => "户",
    }
}

const fn period(period: Period) -> &'static str {
    match period {
        Period::Month => "月",
        Period::Quarter => "季",
        Period::Semester => "学期",
        Period::Year => "年",
        Period::OneOff => "一次性",
        Period::Episode => "按次",
    }
}

/// Numbers of the published library that have no page of their own.
fn library(book: &mut String, settings: &Settings) {
    if !settings.elsewhere.is_empty() {
        book.push_str("\n## 由其他规则承担的序号\n\n| 序号 | 内容 | 规则 |\n|---|---|---|\n");
        for entry in &settings.elsewhere {
            let _ = writeln!(book, "| {} | {} | {} |", entry.number, entry.title, entry.rules.join("、"));
        }
    }
    if !settings.left_out.is_empty() {
        book.push_str("\n## 不检查的序号\n\n| 序号 | 内容 | 原因 |\n|---|---|---|\n");
        for entry in &settings.left_out {
            let _ = writeln!(book, "| {} | {} | {} |", entry.number, entry.title, entry.why);
        }
    }
}
