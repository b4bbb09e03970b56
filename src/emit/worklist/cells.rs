//! The text of every cell of a worklist row, masked.

use std::borrow::Cow;

use super::columns::Column;
use super::household::HouseholdKey;
use super::pack::{Block, Line};
use crate::emit::{Mask, Outcome};
use crate::table::finding::RowPlace;
use crate::table::{Finding, Registry, Scope, schema};

/// The text of `column` for one line; the running number and the cells to fill in are not here.
pub(crate) fn text<'a>(column: Column, block: &Block<'a>, line: &Line<'a>, outcome: &Outcome<'a>) -> Cow<'a, str> {
    let finding = line.finding;
    let mask = outcome.settings.worklist_mask;
    match column {
        Column::Hamlet => hamlet(block, finding),
        Column::HouseholdNo => household_no(block.key, finding),
        Column::Head => mask.name(block.head.unwrap_or("")),
        Column::Name => mask.name(finding.name.as_deref().unwrap_or("")),
        Column::IdNo => mask.identifier(finding.id_no.as_deref().unwrap_or("")),
        Column::Relation => finding.relation.as_deref().unwrap_or("").into(),
        Column::Category => finding.category.title().into(),
        Column::Year => finding.year.map_or(Cow::Borrowed(""), |year| year.to_string().into()),
        Column::Field => field_title(finding).into(),
        Column::Message => message(line, mask),
        Column::National => value(finding, finding.national_value.as_deref(), mask),
        Column::Provincial => {
            with_tail(value(finding, finding.provincial_value.as_deref(), mask), &hidden_difference(finding, mask))
        }
        Column::CorrectIn => finding.correct_in.title().into(),
        Column::Remedy => with_tail(sentence(&finding.remedy, finding, mask), &hidden_difference(finding, mask)),
        Column::FirstSeen => line.item.map_or("", |item| item.first_seen.as_str()).into(),
        Column::Rule => finding.rule_id.as_str().into(),
        Column::NationalSource => source(outcome.registries[0], finding.national),
        Column::ProvincialSource => source(outcome.registries[1], finding.provincial),
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
fn hamlet<'a>(block: &Block<'a>, finding: &'a Finding) -> Cow<'a, str> {
    match (&finding.township, &finding.village) {
        (Some(_), Some(_)) => block.hamlet.unwrap_or("").into(),
        (Some(place), None) | (None, Some(place)) => place.as_str().into(),
        (None, None) => block.hamlet.unwrap_or("").into(),
    }
}

fn household_no<'a>(key: HouseholdKey<'a>, finding: &'a Finding) -> Cow<'a, str> {
    let provincial = finding.provincial_household_no.as_deref();
    match (key, provincial) {
        (HouseholdKey::National(national), Some(other)) if other != national => format!("{national}\n省{other}").into(),
        (HouseholdKey::National(national), _) => national.into(),
        (HouseholdKey::Provincial(no), _) => format!("省{no}").into(),
        (HouseholdKey::Named(_) | HouseholdKey::Nobody, _) => "".into(),
    }
}

/// What staff call the field at fault; a field nobody knows is shown by its own name.
pub(crate) fn field_title(finding: &Finding) -> &str {
    let field = finding.field.as_deref().unwrap_or("");
    schema::field(field).map_or(field, |field| field.title)
}

fn message<'a>(line: &Line<'a>, mask: Mask) -> Cow<'a, str> {
    let message = sentence(&line.finding.message, line.finding, mask);
    let mut marks = String::new();
    if line.reopened() {
        marks.push_str("【反弹】");
    }
    if line.follows {
        marks.push_str("└ ");
    }
    let difference = hidden_difference(line.finding, mask);
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

/// A sentence about a finding: its own household and person numbers may stay, those that its values list too.
fn sentence<'a>(text: &'a str, finding: &Finding, mask: Mask) -> Cow<'a, str> {
    let names = [finding.name.as_deref().unwrap_or(""), finding.head_name.as_deref().unwrap_or("")];
    mask.text(text, &keys(finding), &names)
}

fn keys(finding: &Finding) -> Vec<&str> {
    let own = [
        &finding.national_household_no,
        &finding.provincial_household_no,
        &finding.national_person_no,
        &finding.provincial_person_no,
    ];
    let mut keys: Vec<&str> = own.into_iter().filter_map(|key| key.as_deref()).collect();
    // The values of a whole household split or merged are the numbers of its parts.
    if finding.scope == Scope::Household && finding.field.is_none() {
        let values = [&finding.national_value, &finding.provincial_value];
        keys.extend(values.into_iter().flatten().flat_map(|value| value.split('、')));
    }
    keys
}

fn value<'a>(finding: &'a Finding, value: Option<&'a str>, mask: Mask) -> Cow<'a, str> {
    let value = value.unwrap_or("");
    match finding.field.as_deref() {
        None => sentence(value, finding, mask),
        field => mask.value(field, value),
    }
}

/// Two values that differ only where they are masked look the same: then the place of the difference is told.
fn hidden_difference(finding: &Finding, mask: Mask) -> String {
    let (Some(left), Some(right)) = (finding.national_value.as_deref(), finding.provincial_value.as_deref()) else {
        return String::new();
    };
    if left == right || value(finding, Some(left), mask) != value(finding, Some(right), mask) {
        return String::new();
    }
    let places = left.chars().zip(right.chars()).enumerate().filter(|(_, (left, right))| left != right);
    let places: Vec<String> = places.map(|(ix, _)| (ix + 1).to_string()).collect();
    format!("（第{}位不同）", places.join("、"))
}

fn with_tail<'a>(text: Cow<'a, str>, tail: &str) -> Cow<'a, str> {
    if tail.is_empty() { text } else { format!("{text}{tail}").into() }
}

fn source(registry: &Registry, place: Option<RowPlace>) -> Cow<'static, str> {
    let Some(place) = place else { return "".into() };
    let Some(origin) = registry.origins.get(place.sheet_ix as usize) else { return "".into() };
    let sheet = if origin.sheet.is_empty() { String::new() } else { format!("[{}]", origin.sheet) };
    format!("{}{sheet}:{}", origin.file, place.row).into()
}
