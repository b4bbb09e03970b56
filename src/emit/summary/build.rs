//! Outcome → [`Summary`].

use std::collections::BTreeMap;

use super::{
    AreaLine, Counted, FieldLine, FindingCounts, HouseholdPairs, Input, LedgerCounts, Linking, MemberFates,
    NotDelivered, NotEvaluated, NoteLine, RecordingLine, RejectLine, RowLine, RuleLine, SCHEMA, Summary, UnknownLabels,
};
use crate::audit::{FieldAgreement, Lack, RuleRun};
use crate::emit::Outcome;
use crate::emit::area::{self, Area, AreaKey, CATEGORIES, CORRECT_IN, Rate, SEVERITIES};
use crate::emit::manifest::Equation;
use crate::table::{FIELDS, Fate, Headcount, ItemState, Relation, RowClass, SheetNote, Side, schema};

/// The summary of an outcome; `villages` and `conservation` were counted for the other writers already.
pub(crate) fn build(
    outcome: &Outcome<'_>,
    villages: &BTreeMap<AreaKey<'_>, Area>,
    conservation: Vec<Equation>,
) -> Summary {
    let townships = area::townships(villages);
    let mut county = Area::default();
    townships.values().for_each(|township| county.add(township));
    let min_cell = outcome.settings.min_cell;
    Summary {
        schema: SCHEMA,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        title: outcome.title.to_owned(),
        as_of: outcome.as_of.to_owned(),
        min_cell,
        inputs: outcome.inputs.iter().map(|one| input(one, outcome)).collect(),
        rows: rows(outcome),
        rejects: rejects(outcome),
        notes: notes(outcome),
        linkage: linking(outcome),
        link_quality: outcome.quality.clone(),
        county: area_line(("", ""), &county, 0),
        townships: area_lines(townships.iter().map(|(township, area)| area_line((township, ""), area, 0))),
        villages: area_lines(villages.iter().map(|(key, area)| area_line(*key, area, min_cell))),
        fields: fields(&outcome.audit.fields),
        recording: recording(outcome),
        findings: findings(outcome, &county, &conservation),
        rules: rules(&outcome.audit.rules),
        not_evaluated: not_evaluated(&outcome.audit.rules),
        not_delivered: outcome.audit.lacks.iter().map(|lack| not_delivered(lack, outcome)).collect(),
        unknown_labels: unknown_labels(outcome),
        ledger: ledger(outcome),
        conservation,
    }
}

fn not_delivered(lack: &Lack, outcome: &Outcome<'_>) -> NotDelivered {
    let what = outcome.audit.delivery.name(&lack.portion);
    NotDelivered { township: lack.portion.township.clone(), what, rules: lack.rules }
}

fn input(input: &crate::emit::InputFile, outcome: &Outcome<'_>) -> Input {
    Input {
        side: input.side.clone(),
        file: base_name(&input.file, outcome),
        profile: input.profile.clone(),
        rows: input.rows,
        blake3: input.blake3.clone(),
    }
}

/// A file's name without folders; somebody may have named it after a person's identifier.
fn base_name(file: &str, outcome: &Outcome<'_>) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    outcome.public().unnamed(name).into_owned()
}

fn rejects(outcome: &Outcome<'_>) -> Vec<RejectLine> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for reject in outcome.rejects {
        *counts.entry((&reject.side, &reject.reason)).or_default() += 1;
    }
    let public = outcome.public();
    let line = |((side, reason), rows): ((&str, &str), u64)| RejectLine {
        side: side.to_owned(),
        reason: public.unnamed(reason).into_owned(),
        rows,
    };
    let mut lines: Vec<RejectLine> = counts.into_iter().map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.rows));
    lines
}

fn notes(outcome: &Outcome<'_>) -> Vec<NoteLine> {
    let public = outcome.public();
    let line = |note: &SheetNote| NoteLine {
        file: base_name(&note.file, outcome),
        sheet: public.unnamed(&note.sheet).into_owned(),
        text: public.unnamed(&note.text.zh).into_owned(),
    };
    outcome.notes.iter().map(line).collect()
}

fn rows(outcome: &Outcome<'_>) -> Vec<RowLine> {
    let mut lines: BTreeMap<&str, RowLine> = BTreeMap::new();
    for (side, _, _, class, rows) in outcome.tally.rows() {
        let empty =
            || RowLine { side: side.to_owned(), read: 0, layout: 0, duplicate_file: 0, accepted: 0, rejected: 0 };
        let line = lines.entry(side).or_insert_with(empty);
        line.read += rows;
        *match class {
            RowClass::Accepted => &mut line.accepted,
            RowClass::Rejected => &mut line.rejected,
            RowClass::DuplicateFile => &mut line.duplicate_file,
            _ => &mut line.layout,
        } += rows;
    }
    lines.into_values().collect()
}

fn linking(outcome: &Outcome<'_>) -> Linking {
    let count = outcome.headcount();
    Linking {
        members: Side::BOTH.map(|side| fates(side, &count)),
        households: HouseholdPairs {
            total: count.households,
            same: count.related(Relation::Same),
            split: count.related(Relation::Split),
            merge: count.related(Relation::Merge),
            partial: count.related(Relation::Partial),
        },
        skipped_pairs: outcome.linkage.rules.iter().map(|rule| rule.skipped_pairs).sum(),
    }
}

fn fates(side: Side, people: &Headcount) -> MemberFates {
    let count = |fate| people.fate(side.index(), fate);
    let total = people.people[side.index()];
    MemberFates {
        side: side.word().to_owned(),
        total,
        linked: count(Fate::Linked),
        review: count(Fate::Review),
        conflict: count(Fate::Conflict),
        duplicate: count(Fate::Duplicate),
        only: count(Fate::OnlyHere),
        not_compared: count(Fate::NotCompared),
        coverage: Rate::new(count(Fate::Linked), total),
    }
}

/// As sorted, but what has no place comes last.
fn area_lines(lines: impl Iterator<Item = AreaLine>) -> Vec<AreaLine> {
    let mut lines: Vec<AreaLine> = lines.collect();
    lines.sort_by_key(|line| line.township.is_empty());
    lines
}

/// Counts between 1 and `min_cell - 1` are withheld; 0 tells nothing about anybody.
fn area_line((township, village): AreaKey<'_>, area: &Area, min_cell: u64) -> AreaLine {
    let told = |count: u64| (count == 0 || count >= min_cell).then_some(count);
    AreaLine {
        township: township.to_owned(),
        village: village.to_owned(),
        members: area.members,
        households: area.households,
        coverage: area.coverage,
        field_agreement: area.fields,
        households_consistent: area.consistent,
        recording: area.recorded,
        households_with_findings: told(area.households_with_findings),
        findings: told(area.total()),
        by_category: (0..CATEGORIES.len()).map(|ix| told(area.of_category(ix))).collect(),
        by_severity: (0..SEVERITIES.len()).map(|ix| told(area.of_severity(ix))).collect(),
    }
}

fn fields(agreements: &[FieldAgreement]) -> Vec<FieldLine> {
    let mut sums: BTreeMap<&str, FieldAgreement> = BTreeMap::new();
    for one in agreements {
        let sum = sums.entry(one.field).or_insert_with(|| FieldAgreement { field: one.field, ..Default::default() });
        sum.equal += one.equal;
        sum.both_null += one.both_null;
        sum.null_national += one.null_national;
        sum.null_provincial += one.null_provincial;
        sum.differ += one.differ;
        sum.not_comparable += one.not_comparable;
        sum.unread += one.unread;
    }
    let mut lines: Vec<FieldLine> = sums.into_values().map(|sum| field_line(&sum)).collect();
    // Stable: fields outside the schema stay in alphabetical order, at the end.
    lines.sort_by_key(|line| FIELDS.iter().position(|field| field.name == line.field).unwrap_or(usize::MAX));
    lines
}

fn field_line(sum: &FieldAgreement) -> FieldLine {
    FieldLine {
        field: sum.field.to_owned(),
        title: field_title(sum.field).to_owned(),
        equal: sum.equal,
        both_null: sum.both_null,
        null_national: sum.null_national,
        null_provincial: sum.null_provincial,
        differ: sum.differ,
        not_comparable: sum.not_comparable,
        unread: sum.unread,
        agreement: area::agreement(sum),
    }
}

fn field_title(field: &str) -> &str {
    schema::field(field).map_or(field, |field| field.title)
}

fn recording(outcome: &Outcome<'_>) -> Vec<RecordingLine> {
    let mut sums: BTreeMap<(&str, Option<i32>), Rate> = BTreeMap::new();
    for one in &outcome.audit.recording {
        let sum = sums.entry((&one.item, one.year)).or_default();
        sum.numerator += one.recorded;
        sum.denominator += one.expected;
    }
    let line = |((item, year), recording): ((&str, _), _)| RecordingLine { item: item.to_owned(), year, recording };
    sums.into_iter().map(line).collect()
}

fn findings(outcome: &Outcome<'_>, county: &Area, conservation: &[Equation]) -> FindingCounts {
    let counted = |word: &str, title: &str, count| Counted { word: word.to_owned(), title: title.to_owned(), count };
    let categories = CATEGORIES.iter().enumerate();
    let severities = SEVERITIES.iter().enumerate();
    let corrected = |place| outcome.audit.findings.iter().filter(|finding| finding.correct_in == place).count() as u64;
    let term = |name: &str| {
        let mut terms = conservation.iter().filter(|one| one.what == "findings").flat_map(|one| &one.terms);
        terms.find(|(term, _)| term == name).map_or(0, |(_, count)| *count)
    };
    FindingCounts {
        total: county.total(),
        in_worklists: term("worklists"),
        unassigned: term("unassigned"),
        by_category: categories.map(|(ix, one)| counted(one.word(), one.title(), county.of_category(ix))).collect(),
        by_severity: severities.map(|(ix, one)| counted(one.word(), one.title(), county.of_severity(ix))).collect(),
        by_correct_in: CORRECT_IN.map(|one| counted(one.word(), one.title(), corrected(one))).to_vec(),
    }
}

fn rules(runs: &[RuleRun]) -> Vec<RuleLine> {
    let evaluated = runs.iter().filter(|run| run.not_evaluated.is_none());
    let mut lines: Vec<RuleLine> = evaluated.map(rule_line).collect();
    lines.sort_by(|a, b| {
        let ids = (&a.rule_id, &a.side).cmp(&(&b.rule_id, &b.side));
        b.findings.cmp(&a.findings).then(ids)
    });
    lines
}

fn rule_line(run: &RuleRun) -> RuleLine {
    RuleLine {
        rule_id: run.rule_id.clone(),
        title: run.title.clone(),
        side: side_word(run).to_owned(),
        category: run.category.title().to_owned(),
        severity: run.severity.title().to_owned(),
        evaluated: run.evaluated,
        findings: run.findings,
    }
}

fn not_evaluated(runs: &[RuleRun]) -> Vec<NotEvaluated> {
    let line = |run: &RuleRun| {
        Some(NotEvaluated {
            rule_id: run.rule_id.clone(),
            title: run.title.clone(),
            side: side_word(run).to_owned(),
            reason: run.not_evaluated.clone()?,
        })
    };
    runs.iter().filter_map(line).collect()
}

fn side_word(run: &RuleRun) -> &'static str {
    run.side.map_or("pair", Side::word)
}

fn unknown_labels(outcome: &Outcome<'_>) -> Vec<UnknownLabels> {
    let mut lines = Vec::new();
    for registry in outcome.registries {
        let mut fields: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for label in &registry.unknown_labels {
            let (labels, rows) = fields.entry(&label.field).or_default();
            *labels += 1;
            *rows += label.rows;
        }
        let side = registry.side.word().to_owned();
        let line = |(field, (labels, rows)): (&str, (u64, u64))| UnknownLabels {
            side: side.clone(),
            field: field_title(field).to_owned(),
            labels,
            rows,
        };
        lines.extend(fields.into_iter().map(line));
    }
    lines
}

fn ledger(outcome: &Outcome<'_>) -> LedgerCounts {
    let rolled = outcome.rolled;
    let count = |state| rolled.items.iter().filter(|item| item.state == state).count() as u64;
    LedgerCounts {
        open: count(ItemState::Open) + count(ItemState::Reopened),
        new: rolled.new,
        closed: rolled.closed,
        closed_in_all: count(ItemState::Closed),
        reopened: count(ItemState::Reopened),
        frozen: rolled.frozen,
        left: count(ItemState::Left),
        rule_changed: count(ItemState::RuleChanged),
        link_changed: count(ItemState::LinkChanged),
        merged: count(ItemState::Merged),
    }
}
