//! `summary.html`: one page for a manager's screen or printer. No script, no external address, nothing to install.

mod quality;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::xlsx::known;
use super::{AreaLine, Counted, Rate, Summary, shown, side_title, term_title};
use crate::emit::area::thousands;

const STYLE: &str = include_str!("summary.css");
/// The browser itself refuses whatever is not in the file.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/// Rules shown on the page; all of them are in the workbook.
const TOP_RULES: usize = 15;
/// Items shown on the page.
const TOP_ITEMS: usize = 25;

/// Renders the page.
pub(crate) fn render(summary: &Summary) -> String {
    page(summary).into_string()
}

fn page(summary: &Summary) -> Markup {
    let title = format!("{} 数据核对汇总", summary.title);
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p { "国办系统与省办平台比对 · 数据截至 " strong { (summary.as_of) } }
                }
                main {
                    (not_delivered(summary))
                    (tiles(summary))
                    (findings(summary))
                    (townships(summary))
                    (fields(summary))
                    (recording(summary))
                    (rules(summary))
                    (linking(summary))
                    (quality::section(&summary.link_quality))
                    (conservation(summary))
                    (not_evaluated(summary))
                    (unknown_labels(summary))
                    (rejects(summary))
                    (notes(summary))
                    (inputs(summary))
                }
                footer {
                    "hedui 核对 " (summary.tool_version) " · 比率按分子／分母列示，没有可评估对象的写“未评估”；各村小于 "
                    (summary.min_cell) " 的计数不列示。本页不含个人信息。"
                }
            }
        }
    }
}

fn tiles(summary: &Summary) -> Markup {
    let county = &summary.county;
    let rates = [
        ("人员匹配率", county.coverage, "国办人员中已匹配"),
        ("指标一致率", county.field_agreement, "可比较的指标值中相同"),
        ("户一致率", county.households_consistent, "已匹配的户中没有问题"),
        ("措施录入率", county.recording, "已享受的措施中省办已录"),
    ];
    let ledger = &summary.ledger;
    let counts = [
        ("待整改", ledger.open, "台账中未销号"),
        ("本次新增", ledger.new, "首次发现"),
        ("本次销号", ledger.closed, "新导出已证实改正"),
        ("反弹", ledger.reopened, "销号后再次出现，尚未改正"),
        ("未比对", ledger.frozen, "缺数据，既未发现也未证实改正"),
        ("待核实离开", ledger.left, "两个系统都已没有，未改正"),
    ];
    html! {
        section.tiles {
            @for (name, rate, meaning) in rates {
                div.tile {
                    h3 { (name) } p.big { (rate.percent()) } (bar(rate))
                    p.small { (rate.fraction()) br; (meaning) }
                }
            }
            @for (name, count, meaning) in counts {
                div.tile.count { h3 { (name) } p.big { (thousands(count)) } p.small { (meaning) } }
            }
        }
    }
}

/// A horizontal bar, 0 to 100 %; nothing evaluated is an empty frame.
fn bar(rate: Rate) -> Markup {
    let width = format!("{:.1}", rate.share().unwrap_or(0.0) * 100.0);
    html! {
        svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label=(rate.percent()) {
            rect.back x="0" y="0" width="100" height="6" {}
            rect.fill x="0" y="0" width=(width) height="6" {}
        }
    }
}

fn rate_cell(rate: Rate) -> Markup {
    html! {
        td.rate {
            @if rate.denominator == 0 { span.none { "未评估" } }
            @else { (bar(rate)) span.percent { (rate.percent()) } " " span.fraction { (rate.fraction()) } }
        }
    }
}

fn number(count: u64) -> Markup {
    html! { td.number { (thousands(count)) } }
}

fn findings(summary: &Summary) -> Markup {
    let findings = &summary.findings;
    html! {
        section {
            h2 { "问题 " span.note {
                "共 " (thousands(findings.total)) " 条：村级清单 " (thousands(findings.in_worklists))
                "，未分配 " (thousands(findings.unassigned))
            } }
            div.columns {
                (counted("按类型", &findings.by_category))
                (counted("按程度", &findings.by_severity))
                (counted("按应改系统", &findings.by_correct_in))
            }
        }
    }
}

fn counted(title: &str, counts: &[Counted]) -> Markup {
    let most = counts.iter().map(|one| one.count).max().unwrap_or(0);
    html! {
        table {
            thead { tr { th { (title) } th.n colspan="2" { "条数" } } }
            tbody {
                @for one in counts {
                    tr { td { (one.title) } td.wide { (bar(Rate::new(one.count, most))) } (number(one.count)) }
                }
            }
        }
    }
}

fn townships(summary: &Summary) -> Markup {
    html! {
        section {
            h2 { "乡镇（开发区）" }
            table {
                thead { tr {
                    th { "乡镇" } th.n { "国办户数" } th.n { "省办户数" } th { "人员匹配率" } th { "指标一致率" } th { "户一致率" }
                    th { "措施录入率" } th.n { "有问题户" } th.n { "问题" } th.n { "须整改" }
                } }
                tbody {
                    @for area in &summary.townships {
                        tr { td { (known(&area.township, "（乡镇不明）")) } (area_cells(area, summary.min_cell)) }
                    }
                    tr.total { td { "合计" } (area_cells(&summary.county, summary.min_cell)) }
                }
            }
        }
    }
}

fn area_cells(area: &AreaLine, min_cell: u64) -> Markup {
    html! {
        (number(area.households[0])) (number(area.households[1]))
        (rate_cell(area.coverage)) (rate_cell(area.field_agreement))
        (rate_cell(area.households_consistent)) (rate_cell(area.recording))
        td.number { (shown(area.households_with_findings, min_cell)) }
        td.number { (shown(area.findings, min_cell)) }
        td.number { (shown(area.by_severity.first().copied().flatten(), min_cell)) }
    }
}

fn fields(summary: &Summary) -> Markup {
    html! {
        @if !summary.fields.is_empty() {
            section {
                h2 { "指标一致情况 " span.note { "已匹配的人、户；两边都空和无法比较的不计入比率" } }
                table {
                    thead { tr {
                        th { "指标" } th { "一致率" } th.n { "不同" } th.n { "国办为空" } th.n { "省办为空" } th.n { "无法读懂" } th.n { "两边都空" }
                        th.n { "无法比较" }
                    } }
                    tbody {
                        @for line in &summary.fields {
                            tr {
                                td { (line.title) } (rate_cell(line.agreement)) (number(line.differ))
                                (number(line.null_national))
                                (number(line.null_provincial)) (number(line.unread)) (number(line.both_null)) (number(line.not_comparable))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The items and years that lack most records.
fn recording(summary: &Summary) -> Markup {
    let mut lines: Vec<_> = summary.recording.iter().filter(|line| line.recording.denominator > 0).collect();
    let lacking = |line: &super::RecordingLine| line.recording.denominator - line.recording.numerator;
    lines.sort_by_key(|line| std::cmp::Reverse(lacking(line)));
    html! {
        @if !lines.is_empty() {
            section {
                h2 { "措施应录尽录 " span.note { "缺录最多的 " (lines.len().min(TOP_ITEMS)) " 项，全部见 summary.xlsx" } }
                table {
                    thead { tr { th { "措施" } th.n { "年度" } th { "录入率" } th.n { "缺录" } } }
                    tbody {
                        @for line in lines.iter().take(TOP_ITEMS) {
                            tr {
                                td { (line.item) }
                                td.number { @match line.year { Some(year) => (year), None => "不详" } }
                                (rate_cell(line.recording)) (number(lacking(line)))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn rules(summary: &Summary) -> Markup {
    let most = summary.rules.first().map_or(0, |rule| rule.findings);
    let top = summary.rules.iter().filter(|rule| rule.findings > 0).take(TOP_RULES);
    html! {
        section {
            h2 { "问题最多的规则 " span.note { "共评估 " (summary.rules.len()) " 条，全部见 summary.xlsx" } }
            table {
                thead { tr {
                    th { "规则" } th { "名称" } th { "系统" } th { "程度" } th.n colspan="2" { "问题" }
                    th.n { "检查对象" }
                } }
                tbody {
                    @for rule in top {
                        tr {
                            td.code { (rule.rule_id) } td { (rule.title) } td { (side_title(&rule.side)) }
                            td { (rule.severity) }
                            td.wide { (bar(Rate::new(rule.findings, most))) } (number(rule.findings))
                            (number(rule.evaluated))
                        }
                    }
                }
            }
        }
    }
}

fn linking(summary: &Summary) -> Markup {
    let pairs = &summary.linkage.households;
    html! {
        section {
            h2 { "匹配" }
            table {
                thead { tr {
                    th { "人员" } th.n { "总数" } th.n { "已匹配" } th.n { "待人工判定" }
                    th.n { "证件冲突" } th.n { "重复" } th.n { "仅一方有" } th.n { "未比对" } th { "匹配率" }
                } }
                tbody {
                    @for one in &summary.linkage.members {
                        tr {
                            td { (side_title(&one.side)) } (number(one.total)) (number(one.linked)) (number(one.review))
                            (number(one.conflict)) (number(one.duplicate)) (number(one.only)) (number(one.not_compared))
                            (rate_cell(one.coverage))
                        }
                    }
                }
            }
            p.note {
                "户：国办 " (thousands(pairs.total[0])) "，省办 " (thousands(pairs.total[1])) "；同一户 " (thousands(pairs.same))
                "，拆分 " (thousands(pairs.split)) "，合并 " (thousands(pairs.merge)) "，部分重合 " (thousands(pairs.partial)) "。"
                @if summary.linkage.skipped_pairs > 0 {
                    " 因分组过大未比较的人员对：" (thousands(summary.linkage.skipped_pairs)) "。"
                }
            }
        }
    }
}

fn conservation(summary: &Summary) -> Markup {
    html! {
        section {
            h2 { "行数平衡 " span.note { "读入的每一行、每一个人、每一个问题都有着落" } }
            table {
                thead { tr { th { "对象" } th.n { "总数" } th { "去向" } th { "结论" } } }
                tbody {
                    @for equation in &summary.conservation {
                        tr {
                            td { (term_title(&equation.what)) } (number(equation.total))
                            td {
                                @for (ix, (term, count)) in equation.terms.iter().enumerate() {
                                    @if ix > 0 { " ＋ " }
                                    (term_title(term)) " " (thousands(*count))
                                }
                            }
                            @if equation.holds { td.good { "平衡" } } @else { td.bad { "不平衡" } }
                        }
                    }
                }
            }
        }
    }
}

/// What is missing stands first: whoever reads a rate must know what it does not cover.
fn not_delivered(summary: &Summary) -> Markup {
    html! {
        @if !summary.not_delivered.is_empty() {
            section.warning {
                h2 { "本次未导出 " span.note { "有关规则在那里没有评估，条目保持原状，有关比率不计" } }
                table {
                    thead { tr { th { "乡镇" } th { "没有收到" } th { "未评估的规则" } } }
                    tbody {
                        @for lack in &summary.not_delivered {
                            tr { td { (lack.township) } td { (lack.what) } (number(lack.rules)) }
                        }
                    }
                }
            }
        }
    }
}

fn not_evaluated(summary: &Summary) -> Markup {
    html! {
        @if !summary.not_evaluated.is_empty() {
            section {
                h2 { "未评估的规则 " span.note { "不计入任何比率" } }
                table {
                    thead { tr { th { "规则" } th { "名称" } th { "系统" } th { "原因" } } }
                    tbody {
                        @for rule in &summary.not_evaluated {
                            tr {
                                td.code { (rule.rule_id) } td { (rule.title) }
                                td { (side_title(&rule.side)) } td { (rule.reason) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn unknown_labels(summary: &Summary) -> Markup {
    html! {
        @if !summary.unknown_labels.is_empty() {
            section {
                h2 { "词表不认识的填写内容" }
                table {
                    thead { tr { th { "系统" } th { "指标" } th.n { "种类" } th.n { "涉及行数" } } }
                    tbody {
                        @for line in &summary.unknown_labels {
                            tr {
                                td { (side_title(&line.side)) } td { (line.field) }
                                (number(line.labels)) (number(line.rows))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn rejects(summary: &Summary) -> Markup {
    html! {
        @if !summary.rejects.is_empty() {
            section {
                h2 { "剔除的行 " span.note { "逐行见 data/rejects.parquet" } }
                table {
                    thead { tr { th { "来源" } th { "原因" } th.n { "行数" } } }
                    tbody {
                        @for line in summary.rejects.iter().take(TOP_RULES) {
                            tr { td { (side_title(&line.side)) } td { (line.reason) } (number(line.rows)) }
                        }
                    }
                }
            }
        }
    }
}

fn notes(summary: &Summary) -> Markup {
    html! {
        @if !summary.notes.is_empty() {
            section {
                h2 { "导出文件的提示" }
                table {
                    thead { tr { th { "文件" } th { "工作表" } th { "提示" } } }
                    tbody {
                        @for note in &summary.notes {
                            tr { td { (note.file) } td { (note.sheet) } td { (note.text) } }
                        }
                    }
                }
            }
        }
    }
}

fn inputs(summary: &Summary) -> Markup {
    html! {
        section {
            h2 { "输入文件" }
            table {
                thead { tr { th { "系统" } th { "文件" } th { "格式" } th.n { "行数" } th { "校验值" } } }
                tbody {
                    @for input in &summary.inputs {
                        tr {
                            td { (side_title(&input.side)) } td { (input.file) } td.code { (input.profile) }
                            (number(input.rows))
                            td.code { (input.blake3.get(..12).unwrap_or(&input.blake3)) }
                        }
                    }
                }
            }
        }
    }
}
