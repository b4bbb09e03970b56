//! The verdict in words, for a terminal.

use super::{Evaluation, FindingScore, Rate, Score};
use crate::error::{Lang, Text};
use crate::say;

pub(super) fn render(evaluation: &Evaluation, lang: Lang) -> String {
    let mut lines = vec![];
    let mut line = |text: Text| lines.push(text.get(lang).to_owned());
    score_lines(&say!("人员", "persons"), evaluation.members, &mut line);
    let recoverable = rate(evaluation.recoverable_recall);
    line(say!("  可识别人员召回率 {recoverable}", "  recall of recoverable persons {recoverable}"));
    let (review, conflict) = (rate(evaluation.review), rate(evaluation.conflict));
    line(say!(
        "  待确认 {review}，冲突 {conflict}（同一人占比）",
        "  under review {review}, in conflict {conflict} (of one person)"
    ));
    if evaluation.unknown_places > 0 {
        let unknown = evaluation.unknown_places;
        line(say!(
            "  注意: {unknown} 条匹配的行号不在真值中",
            "  note: {unknown} links have rows that the truth does not know"
        ));
    }
    score_lines(&say!("户", "households"), evaluation.households, &mut line);
    let relations = rate(evaluation.household_relations);
    line(say!("  关系正确 {relations}", "  relation correct {relations}"));
    line(say!("按损坏类型: 人数 匹配 待定 错配", "by damage: persons matched undecided mismatched"));
    for (class, score) in &evaluation.classes {
        let counts =
            format!("{:>9} {:>9} {:>7} {:>7}", score.persons, score.matched, score.undecided, score.mismatched);
        line(say!("  {class:<18} {counts}", "  {class:<18} {counts}"));
    }
    if let Some(findings) = &evaluation.findings {
        finding_lines(findings, &mut line);
    }
    lines.join("\n")
}

fn score_lines(what: &Text, score: Score, line: &mut impl FnMut(Text)) {
    let (precision, recall) = (rate(score.precision), rate(score.recall));
    let f1 = score.f1().map_or("–".to_owned(), |f1| format!("{f1:.5}"));
    let (zh, en) = (&what.zh, &what.en);
    line(say!("{zh}: 准确率 {precision}", "{en}: precision {precision}"));
    line(say!("  召回率 {recall}，F1 {f1}", "  recall {recall}, F1 {f1}"));
}

fn finding_lines(findings: &FindingScore, line: &mut impl FnMut(Text)) {
    let (recall, alarms) = (rate(findings.recall), rate(findings.false_alarms));
    line(say!("问题: 检出 {recall}", "findings: problems found {recall}"));
    line(say!("  疑似误报 {alarms}", "  likely false alarms {alarms}"));
    if findings.unsettled > 0 {
        let unsettled = findings.unsettled;
        line(say!(
            "  另有 {unsettled} 个问题在尚不能比对的人员上，未计入",
            "  {unsettled} more are on people who cannot be compared yet"
        ));
    }
    for (rule, found) in &findings.by_rule {
        let found = rate(*found);
        line(say!("  {rule:<38} {found}", "  {rule:<38} {found}"));
    }
    for (rule, alarms) in &findings.false_alarms_by_rule {
        line(say!("  误报 {rule:<34} {alarms}", "  false alarms {rule:<25} {alarms}"));
    }
}

/// `99.87 % (12,345 of 12,361)`, without separators.
fn rate(rate: Rate) -> String {
    match rate.share() {
        Some(share) => format!("{:.3} % ({}/{})", share * 100.0, rate.count, rate.of),
        None => "– (0/0)".to_owned(),
    }
}
