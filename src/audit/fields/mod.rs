//! Field rules: two linked records say different things.
//!
//! One rule per comparable field, `F-<field>`, made from the schema: what a field is decides how its values are
//! compared ([`compare`]) and the field's title is the rule's. Person fields are compared once per linked person,
//! household fields once per household pair. Every pair is counted in exactly one of the seven classes of agreement,
//! by village, so that rates have denominators; blank on one side only is a finding, what nobody understood is not (a label is
//! reported once, by `I-label`, another value by `I-value`) but never counts as equal, and a damaged identifier is reported by `I-damaged`.

pub(crate) mod compare;
mod report;
pub(crate) mod value;

use super::facts::Facts;
use super::page::Page;
use super::settings::Settings;
use super::sink::Sink;
use crate::error::Result;
use crate::normalise::name;
use crate::table::schema::{FIELDS, Field, Kind, Level};
use crate::table::{Category, Severity, Side};
use compare::{Agreement, Yardstick};
use value::FieldColumn;

/// Fields that are not compared value by value, and why.
static NOT_COMPARED: &[(&str, &str)] = &[
    ("county", "one county by definition"),
    ("hamlet", "组 on one side, 自然村 on the other"),
    ("household_no", "H-household-no, only where numbering is shared"),
    ("reference_no", "the other system's number, for linking"),
    ("person_no", "H-person-no, only where numbering is shared"),
    ("head_name", "H-head compares the linked heads"),
    ("head_id_no", "compared on the head's own row"),
    ("id_kind", "follows from the identifier"),
    ("absence_reason", "free text"),
    ("public_post", "free text"),
    ("data_year", "the year of the export, not of the household"),
    ("member_status", "P-left, by what a status means"),
];

/// Fields that do not change with the years: compared on the newest rows only.
static TIMELESS: &[&str] = &[
    "township",
    "village",
    "name",
    "id_no",
    "sex",
    "birth_date",
    "ethnicity",
    "member_phone",
    "member_identified_on",
    "identified_on",
    "standard",
    "soldier_family",
    "household_phone",
    "helper_name",
    "helper_phone",
    "helper_id_no",
];

/// Whether a field is compared year by year.
pub(crate) fn is_yearly(field: &Field) -> bool {
    !TIMELESS.contains(&field.name)
}

/// The fields compared, in schema order.
pub(crate) fn compared() -> impl Iterator<Item = &'static Field> {
    FIELDS
        .iter()
        .filter(|field| field.level != Level::Benefit && !NOT_COMPARED.iter().any(|(name, _)| *name == field.name))
}

/// The rule of a field.
pub(crate) fn rule_id(field: &Field) -> String {
    format!("F-{}", field.name)
}

/// How grave a disagreement is: contact details, sizes and sums are to be verified, the rest corrected.
pub(crate) fn severity(field: &Field) -> Severity {
    match field.kind {
        Kind::Phone | Kind::Quantity | Kind::Amount | Kind::Text => Severity::Warning,
        _ if field.name.starts_with("helper_") => Severity::Warning,
        _ => Severity::Error,
    }
}

/// The rules' pages.
pub(crate) fn pages() -> impl Iterator<Item = Page> {
    compared().map(|field| {
        let title = field.title;
        Page {
            id: rule_id(field),
            title: format!("『{title}』不一致"),
            category: Category::Field,
            severity: severity(field),
            what: format!(
                "同一{}在两个系统中的『{title}』不同，或只有一个系统填写。{}",
                whom(field),
                equality(field.kind)
            ),
            why: "省办平台应与国办系统保持一致；不一致会被上级比对退回，也会使户袋、扶贫手册与系统对不上。".to_owned(),
            example: format!("国办系统『{title}』为甲，省办平台为乙，或为空。"),
            remedy: format!("以国办系统为准修改省办平台『{title}』；核实为国办系统有误的，在其窗口期更正。"),
            scope: format!("{}{}", whom(field), if is_yearly(field) { "·年度" } else { "" }),
            ..Page::default()
        }
    })
}

const fn whom(field: &Field) -> &'static str {
    match field.level {
        Level::Member => "人",
        _ => "户",
    }
}

const fn equality(kind: Kind) -> &'static str {
    match kind {
        Kind::Label(_) | Kind::Labels(_) => "同义写法视为一致。",
        Kind::Amount => "相差不超过1元或1%视为一致。",
        Kind::Identifier => "15位与18位、身份证号与残疾证号前18位相同视为一致。",
        Kind::Place => "“村”“村委会”等后缀不影响比较。",
        _ => "",
    }
}

/// A field ready to be compared.
pub(crate) struct FieldRule<'s> {
    /// Its place among the compared fields: the key of the counters.
    pub(crate) ix: usize,
    pub(crate) field: &'static Field,
    pub(crate) id: String,
    columns: [FieldColumn; 2],
    yardstick: Yardstick<'s>,
}

/// The field rules of a run: those both sides delivered, and why the others cannot be evaluated.
#[derive(Default)]
pub(crate) struct FieldRules<'s> {
    pub(crate) members: Vec<FieldRule<'s>>,
    pub(crate) households: Vec<FieldRule<'s>>,
    pub(crate) not_evaluated: Vec<(&'static Field, String)>,
}

impl<'s> FieldRules<'s> {
    /// Prepares every compared field.
    pub(crate) fn prepare(facts: &Facts<'_>, settings: &'s Settings) -> Result<Self> {
        let mut rules = Self::default();
        for (ix, field) in compared().enumerate() {
            let id = rule_id(field);
            if settings.is_disabled(&id) {
                rules.not_evaluated.push((field, "已停用".to_owned()));
                continue;
            }
            if is_yearly(field) && facts.are_of_different_years() {
                rules.not_evaluated.push((field, "两个系统最新导出的数据年度不同".to_owned()));
                continue;
            }
            match columns(facts, field)? {
                [Some(national), Some(provincial)] => {
                    let yardstick = Yardstick::of(field, settings);
                    let rule = FieldRule { ix, field, id, columns: [national, provincial], yardstick };
                    if field.level == Level::Member { &mut rules.members } else { &mut rules.households }.push(rule);
                }
                found => rules.not_evaluated.push((field, why_not(field, &found))),
            }
        }
        Ok(rules)
    }
}

impl FieldRules<'_> {
    /// Those that compare year by year, for an earlier year.
    pub(crate) fn yearly(mut self) -> Self {
        for rules in [&mut self.members, &mut self.households] {
            rules.retain(|rule| is_yearly(rule.field));
        }
        self
    }
}

fn columns(facts: &Facts<'_>, field: &Field) -> Result<[Option<FieldColumn>; 2]> {
    let read = |side: usize| {
        let registry = facts.sides[side].registry;
        FieldColumn::of(if field.level == Level::Member { &registry.members } else { &registry.households }, field)
    };
    Ok([read(0)?, read(1)?])
}

fn why_not(field: &Field, found: &[Option<FieldColumn>; 2]) -> String {
    let lacking: Vec<_> =
        Side::BOTH.iter().filter(|side| found[side.index()].is_none()).map(|side| side.title()).collect();
    format!("{}的导出没有『{}』", lacking.join("、"), field.title)
}

impl FieldRule<'_> {
    /// Compares linked pairs, counts each in its place, and reports what is to be corrected.
    pub(crate) fn sweep(&self, facts: &Facts<'_>, pairs: &[([u32; 2], u32)], sink: &mut Sink) {
        // Pairs of one village follow one another, so the shared counters are touched once per run of pairs.
        for run in pairs.chunk_by(|a, b| a.1 == b.1) {
            let mut counts = [0; 7];
            for (rows, _) in run {
                let agreement = self.agreement(facts, *rows);
                counts[agreement as usize] += 1;
                let is_wrong =
                    matches!(agreement, Agreement::NullNational | Agreement::NullProvincial | Agreement::Differ);
                if is_wrong && !self.is_told_of_place(facts, *rows) {
                    self.report(facts, *rows, agreement, sink);
                }
            }
            sink.count_agreement(run[0].1, self.ix, counts);
        }
        sink.count(&self.id, None, pairs.len() as u64);
        sink.note_year(&self.id, None, facts.year.filter(|_| is_yearly(self.field)));
    }
    /// Whether the household's village or township as a whole has another name on the platform.
    fn is_told_of_place(&self, facts: &Facts<'_>, [national, provincial]: [u32; 2]) -> bool {
        let village = || facts.places.of_household(0, national);
        let platform = &facts.sides[1];
        match self.field.name {
            "village" => facts.renames.explains(village(), platform.village.get(provincial)),
            "township" => facts
                .renames
                .explains_township(facts.sides[0].township.get(national), platform.township.get(provincial)),
            _ => false,
        }
    }
    fn agreement(&self, facts: &Facts<'_>, rows: [u32; 2]) -> Agreement {
        let is_unread = |side: usize| facts.unread.lacks_fields(side, rows[side]);
        if self.field.level == Level::Household && (is_unread(0) || is_unread(1)) {
            return Agreement::NotComparable;
        }
        match self.field.name {
            "id_no" => identifiers(facts, rows),
            "name" => names(facts, rows),
            "township" if is_township_alias(facts, rows) => Agreement::Equal,
            _ => self.yardstick.compare(self.columns[0].cell(rows[0]), self.columns[1].cell(rows[1])),
        }
    }
}

/// Whether both call the household's township the same, one of them with more words.
fn is_township_alias(facts: &Facts<'_>, rows: [u32; 2]) -> bool {
    let [national, platform] = [0, 1].map(|side| facts.sides[side].township.get(rows[side]));
    facts.renames.is_township_alias(national, platform)
}

/// Names agree when they are one name otherwise written; of a name that somebody hid nobody can tell.
fn names(facts: &Facts<'_>, rows: [u32; 2]) -> Agreement {
    match (facts.sides[0].name_key.get(rows[0]), facts.sides[1].name_key.get(rows[1])) {
        (None, None) => Agreement::BothNull,
        (None, Some(_)) => Agreement::NullNational,
        (Some(_), None) => Agreement::NullProvincial,
        (Some(a), Some(b)) if a == b => Agreement::Equal,
        (Some(a), Some(b)) => {
            let names = [0, 1].map(|side| facts.sides[side].name.get(rows[side]).unwrap_or_default());
            match () {
                () if names.into_iter().any(name::is_hidden) => match compare::may_be_same_name(a, b) {
                    true => Agreement::NotComparable,
                    false => Agreement::Differ,
                },
                () if compare::same_name(names[0], names[1]) => Agreement::Equal,
                () => Agreement::Differ,
            }
        }
    }
}

/// Identifiers agree when they name one person; a placeholder counts as blank; a damaged or masked one is not
/// comparable, unless both sides hold the same text.
fn identifiers(facts: &Facts<'_>, rows: [u32; 2]) -> Agreement {
    use super::view::Identifier::{Blank, Damaged, Masked, Old, Other, Sound};
    match (facts.sides[0].identifier(rows[0]), facts.sides[1].identifier(rows[1])) {
        (Blank, Blank) => Agreement::BothNull,
        (Blank, Sound(_) | Old(_) | Other(_)) => Agreement::NullNational,
        (Sound(_) | Old(_) | Other(_), Blank) => Agreement::NullProvincial,
        (Damaged(a), Damaged(b)) if a == b => Agreement::Equal,
        (Damaged(_) | Masked, _) | (_, Damaged(_) | Masked) => Agreement::NotComparable,
        (Sound(a) | Old(a), Sound(b) | Old(b)) if compare::same_identifier(a, b) => Agreement::Equal,
        (Other(a), Other(b)) if a == b => Agreement::Equal,
        (Sound(_) | Old(_) | Other(_), Sound(_) | Old(_) | Other(_)) => Agreement::Differ,
    }
}
