//! The text of every cell of a worklist row, masked.

use std::borrow::Cow;

use super::columns::Column;
use super::household::HouseholdKey;
use super::pack::{Block, Line};
use crate::emit::Outcome;
use crate::emit::mask::Row;
use crate::table::finding::RowPlace;
use crate::table::{Finding, Registry, Sort, Words, schema};

/// The text of `column` for one line, masked as its `row` is; the running number and the cells to fill in are not here.
pub(crate) fn text<'a>(
    column: Column,
    block: &Block<'a>,
    line: &Line<'a>,
    row: &Row<'_>,
    outcome: &Outcome<'a>,
) -> Cow<'a, str> {
    let finding = line.finding;
    match column {
        Column::Hamlet => row.value(Sort::Place, hamlet(block, finding)),
        Column::HouseholdNo => household_no(block.key, finding, row),
        Column::Head => row.value(Sort::Name, block.head.unwrap_or("")),
        Column::Name => row.value(Sort::Name, finding.name.as_deref().unwrap_or("")),
        Column::IdNo => row.value(Sort::Identifier, finding.id_no.as_deref().unwrap_or("")),
        Column::Relation => row.value(Sort::Label, finding.relation.as_deref().unwrap_or("")),
        Column::Category => finding.category.title().into(),
        Column::Year => finding.year.map_or(Cow::Borrowed(""), |year| year.to_string().into()),
        Column::Field => field_title(finding).into(),
        Column::Message => message(line, row),
        Column::National => value(&finding.national_value, row),
        Column::Provincial => with_tail(value(&finding.provincial_value, row), &hidden_difference(finding, row)),
        Column::CorrectIn => finding.correct_in.title().into(),
        Column::Remedy => with_tail(row.words(&finding.remedy), &hidden_difference(finding, row)),
        Column::FirstSeen => line.item.map_or("", |item| item.first_seen.as_str()).into(),
        Column::Rule => finding.rule_id.as_str().into(),
        Column::NationalSource => source(outcome.registries[0], finding.national, row),
        Column::ProvincialSource => source(outcome.registries[1], finding.provincial, row),
        Column::FindingId => finding.finding_id.as_str().into(),
        Column::Number
        | Column::Verdict
        | Column::Corrected
        | Column::Evidence
        | Column::Verifier
        | Column::VerifiedOn
        | Column::Note => "".into(),
    }
}

/// The unassigned have no village sheet to stand on: what is known of their place stands here.
fn hamlet<'a>(block: &Block<'a>, finding: &'a Finding) -> &'a str {
    match (&finding.township, &finding.village) {
        (Some(place), None) | (None, Some(place)) => place,
        _ => block.hamlet.unwrap_or(""),
    }
}

fn household_no<'a>(key: HouseholdKey<'a>, finding: &'a Finding, row: &Row<'_>) -> Cow<'a, str> {
    let shown = |no: &'a str| row.value(Sort::Key, no);
    match (key, finding.provincial_household_no.as_deref()) {
        (HouseholdKey::National(national), Some(other)) if other != national => {
            format!("{}\n省{}", shown(national), shown(other)).into()
        }
        (HouseholdKey::National(national), _) => shown(national),
        (HouseholdKey::Provincial(no), _) => format!("省{}", shown(no)).into(),
        (HouseholdKey::Named(_) | HouseholdKey::Nobody, _) => "".into(),
    }
}

/// What staff call the field at fault; a field nobody knows is shown by its own name.
pub(crate) fn field_title(finding: &Finding) -> &str {
    let field = finding.field.as_deref().unwrap_or("");
    schema::field(field).map_or(field, |field| field.title)
}

fn message<'a>(line: &Line<'a>, row: &Row<'_>) -> Cow<'a, str> {
    let message = row.words(&line.finding.message);
    let mut marks = String::new();
    if line.reopened() {
        marks.push_str("【反弹】");
    }
    if line.follows {
        marks.push_str("└ ");
    }
    let difference = hidden_difference(line.finding, row);
    let tail = match (line.follows, &line.finding.cause_id) {
        _ if line.consequences > 0 => format!("（改正后，另有 {} 项随之解决）", line.consequences),
        // The cause is on another list: a household elsewhere, or a suspicion.
        (false, Some(cause)) => format!("（由问题 {cause} 引起）"),
        _ => String::new(),
    };
    match marks.is_empty() {
        true => with_tail(message, &(difference + &tail)),
        false => format!("{marks}{message}{difference}{tail}").into(),
    }
}

fn value<'a>(value: &'a Option<Words>, row: &Row<'_>) -> Cow<'a, str> {
    value.as_ref().map_or(Cow::Borrowed(""), |value| row.words(value))
}

/// Two values that differ only where they are masked look the same: then the place of the difference is told.
fn hidden_difference(finding: &Finding, row: &Row<'_>) -> String {
    let (Some(left), Some(right)) = (&finding.national_value, &finding.provincial_value) else {
        return String::new();
    };
    if left.plain() == right.plain() || row.words(left) != row.words(right) {
        return String::new();
    }
    let (left, right) = (left.plain(), right.plain());
    let places = left.chars().zip(right.chars()).enumerate().filter(|(_, (left, right))| left != right);
    let places: Vec<String> = places.map(|(ix, _)| (ix + 1).to_string()).collect();
    format!("（第{}位不同）", places.join("、"))
}

fn with_tail<'a>(text: Cow<'a, str>, tail: &str) -> Cow<'a, str> {
    if tail.is_empty() { text } else { format!("{text}{tail}").into() }
}

fn source(registry: &Registry, place: Option<RowPlace>, row: &Row<'_>) -> Cow<'static, str> {
    let Some(place) = place else { return "".into() };
    let Some(origin) = registry.origins.get(place.sheet_ix as usize) else { return "".into() };
    let sheet = if origin.sheet.is_empty() { String::new() } else { format!("[{}]", origin.sheet) };
    let file = format!("{}{sheet}", origin.file);
    format!("{}:{}", row.value(Sort::Text, &file), place.row).into()
}
