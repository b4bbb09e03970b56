//! The verdict in words, for a terminal.

use super::{CurvePoint, Evaluation, FindingScore, HouseholdGroups, Rate, Score, Stratum};
use crate::error::{Lang, Text};
use crate::say;

pub(super) fn render(evaluation: &Evaluation, lang: Lang) -> String {
    let mut lines = vec![];
    let mut line = |text: Text| lines.push(text.get(lang).to_owned());
    person_lines(evaluation, &mut line);
    strata_lines(evaluation, &mut line);
    household_lines(evaluation, &mut line);
    class_lines(evaluation, &mut line);
    curve_lines(&evaluation.curve, &mut line);
    if let Some(findings) = &evaluation.findings {
        finding_lines(findings, &mut line);
    }
    lines.join("\n")
}

fn person_lines(evaluation: &Evaluation, line: &mut impl FnMut(Text)) {
    score_lines(&say!("人员", "persons"), evaluation.members, line);
    if evaluation.recoverable_recall.of > 0 {
        let recoverable = rate(evaluation.recoverable_recall);
        line(say!("  可识别人员召回率 {recoverable}", "  recall of recoverable persons {recoverable}"));
    }
    let (review, conflict) = (rate(evaluation.review), rate(evaluation.conflict));
    line(say!(
        "  待确认 {review}，冲突 {conflict}（同一人占比）",
        "  under review {review}, in conflict {conflict} (of one person)"
    ));
    if evaluation.unknown_places > 0 {
        let unknown = evaluation.unknown_places;
        line(say!(
            "  注意: {unknown} 条匹配的人员不在真值中",
            "  note: {unknown} links are of people the truth does not know"
        ));
    }
}

/// Strata shown of one kind: a province has a thousand townships.
const SHOWN_STRATA: usize = 20;

/// Every stratum, or the worst of very many; JSON has them all.
fn strata_lines(evaluation: &Evaluation, line: &mut impl FnMut(Text)) {
    for (name, strata) in &evaluation.strata {
        line(match name.as_str() {
            "identified" => {
                say!("按证件号码有效的边数: 准确率 召回率 F1", "by sides with a valid identifier: precision recall F1")
            }
            _ => say!("按乡镇: 准确率 召回率 F1", "by township: precision recall F1"),
        });
        let mut shown: Vec<(&String, &Stratum)> = strata.iter().collect();
        if shown.len() > SHOWN_STRATA {
            shown.sort_by(|a, b| a.1.f1.unwrap_or(0.0).total_cmp(&b.1.f1.unwrap_or(0.0)));
        }
        for (stratum, score) in shown.iter().take(SHOWN_STRATA) {
            let (title, numbers) = (stratum_title(stratum), numbers(score.score, score.f1));
            line(say!("  {title:<12} {numbers}", "  {stratum:<12} {numbers}"));
        }
        if let Some(others @ 1..) = shown.len().checked_sub(SHOWN_STRATA) {
            line(say!("  另有 {others} 个更好，见 --json", "  {others} better ones: see --json"));
        }
    }
}

fn stratum_title(stratum: &str) -> &str {
    match stratum {
        "both" => "两边",
        "one" => "一边",
        "none" => "都没有",
        other => other,
    }
}

fn household_lines(evaluation: &Evaluation, line: &mut impl FnMut(Text)) {
    if evaluation.households != Score::default() {
        score_lines(&say!("户", "households"), evaluation.households, line);
        let relations = rate(evaluation.household_relations);
        line(say!("  关系正确 {relations}", "  relation correct {relations}"));
    }
    let Some(groups) = &evaluation.household_groups else { return };
    let exact = rate(Rate { count: groups.exact, of: groups.households });
    let HouseholdGroups { split, merged, missed_member, extra_member, missed_household, .. } = groups;
    let HouseholdGroups { wrongly_linked, unlinked, .. } = groups;
    line(say!("整户: 完全正确 {exact}", "whole households: exact {exact}"));
    line(say!(
        "  拆散 {split}，混入外户 {merged}，漏人 {missed_member}，户内错配 {extra_member}，\
         整户漏配 {missed_household}，整户错配 {wrongly_linked}；本就无对应 {unlinked}",
        "  split {split}, merged {merged}, missed member {missed_member}, extra member {extra_member}, \
         missed household {missed_household}, wrongly linked {wrongly_linked}; rightly unlinked {unlinked}"
    ));
}

fn class_lines(evaluation: &Evaluation, line: &mut impl FnMut(Text)) {
    if evaluation.classes.is_empty() {
        return;
    }
    line(say!("按损坏类型: 人数 匹配 待定 错配", "by damage: persons matched undecided mismatched"));
    for (class, score) in &evaluation.classes {
        let counts =
            format!("{:>9} {:>9} {:>7} {:>7}", score.persons, score.matched, score.undecided, score.mismatched);
        line(say!("  {class:<18} {counts}", "  {class:<18} {counts}"));
    }
}

/// Every fifth threshold, and the best; JSON has them all.
fn curve_lines(curve: &[CurvePoint], line: &mut impl FnMut(Text)) {
    let Some(best) = curve.iter().max_by(|a, b| a.f1.unwrap_or(0.0).total_cmp(&b.f1.unwrap_or(0.0))) else { return };
    line(say!("按权重阈值（比特）: 准确率 召回率 F1", "by threshold (bits): precision recall F1"));
    for point in curve.iter().filter(|point| point.bits % 5 == 0) {
        let (bits, numbers) = (point.bits, numbers(point.score, point.f1));
        line(say!("  {bits:>3}          {numbers}", "  {bits:>3}          {numbers}"));
    }
    let (bits, numbers) = (best.bits, numbers(best.score, best.f1));
    line(say!("  最好 {bits:>3}     {numbers}", "  best {bits:>3}     {numbers}"));
}

/// Precision, recall and F1 in one line, with what they are shares of.
fn numbers(score: Score, f1: Option<f64>) -> String {
    let f1 = f1.map_or("–".to_owned(), |f1| format!("{f1:.5}"));
    format!("{}  {}  {f1}", rate(score.precision), rate(score.recall))
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
    if let Some(each) = findings.alarms_per_clean_household() {
        let (alarmed, each) = (rate(findings.alarmed_households), format!("{each:.4}"));
        line(say!(
            "  无问题户被误报 {alarmed}，每户 {each} 条",
            "  clean households with a false alarm {alarmed}, {each} alarms each"
        ));
    }
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
        let alarms = per_household(*alarms, findings.alarmed_households.of);
        line(say!("  误报 {rule:<34} {alarms}", "  false alarms {rule:<25} {alarms}"));
    }
}

/// Alarms of a rule, and how many that is per household that nothing was done to.
fn per_household(alarms: u64, clean: u64) -> String {
    if clean == 0 { alarms.to_string() } else { format!("{alarms} ({:.5})", alarms as f64 / clean as f64) }
}

/// `99.87 % (12,345 of 12,361)`, without separators.
fn rate(rate: Rate) -> String {
    match rate.share() {
        Some(share) => format!("{:.3} % ({}/{})", share * 100.0, rate.count, rate.of),
        None => "– (0/0)".to_owned(),
    }
}
