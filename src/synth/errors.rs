//! Wrong entries: fields that disagree, then registers that contradict themselves ([`contradictions`]) and measures
//! not recorded as received ([`records`]).
//!
//! Each kind is written down with the rule it should raise. Densities are per person, household or record and
//! scale with `Settings::errors`; at 1.0 a few persons in a hundred have a problem, as corrected registries report.

use super::draw::{between, pick};
use super::identity::Sex;
use super::register::{Cell, Col, HouseCol, yuan};
use super::scene::Scene;
use super::{contradictions, records};
use crate::table::Side::Provincial;

/// How often a field of a person, and of a household, is typed wrongly.
const DENSITY: [f64; 2] = [0.018, 0.02];

/// Puts every kind of wrong entry in.
pub(super) fn apply(scene: &mut Scene) {
    let places = scene.whereabouts();
    let touched = scene.touched();
    for person in 0..scene.people.persons.len() {
        if let [Some(national), Some(provincial)] = [0, 1].map(|side: usize| places[side].card(person)) {
            // One wrong entry a card, so that none hides another.
            if !member_field(scene, DENSITY[0], person, provincial) && !touched.persons.contains(&person) {
                contradictions::card(scene, person, [national, provincial]);
            }
        }
    }
    let touched = scene.touched();
    for household in 0..scene.people.households.len() {
        if let [Some(national), Some(provincial)] = [0, 1].map(|side: usize| places[side].filed(household))
            && !household_field(scene, DENSITY[1], household, provincial)
            && !touched.households.contains(&household)
        {
            contradictions::household(scene, household, [national, provincial]);
        }
    }
    records::apply(scene, &places);
}

/// Fields of an earlier year that disagree: a third as often, for they were corrected then.
pub(super) fn earlier(scene: &mut Scene) {
    let places = &scene.whereabouts()[Provincial.index()];
    for person in 0..scene.people.persons.len() {
        if let Some(place) = places.card(person) {
            member_field(scene, DENSITY[0] / 3.0, person, place);
        }
    }
    for household in 0..scene.people.households.len() {
        if let Some(at) = places.filed(household) {
            household_field(scene, DENSITY[1] / 3.0, household, at);
        }
    }
}

/// What does not change with the years is compared on the newest only.
fn is_newest(scene: &Scene) -> bool {
    scene.year == scene.settings.newest_year()
}

/// Another label of the same list.
fn other(scene: &mut Scene, labels: &[&'static str], now: &str) -> Cell {
    loop {
        let label = pick(&mut scene.rng, labels);
        if label != now {
            return Cell::Borrowed(label);
        }
    }
}

/// One field of a person typed wrongly on the platform; whether it happened.
fn member_field(scene: &mut Scene, density: f64, person: usize, place: (usize, usize)) -> bool {
    if !scene.happens(density) {
        return false;
    }
    let truth = scene.people.persons[person].clone();
    let (column, field) = pick(&mut scene.rng, &MEMBER_FIELDS);
    let status = &truth.status;
    let enrolled = status.student != "非在校生";
    let grown = i32::from(truth.born.year()) < scene.year - 25;
    let value = match column {
        Col::Education if grown => other(scene, &["文盲或半文盲", "小学", "初中", "高中"], status.education),
        Col::Student if enrolled => other(scene, &["小学", "七年级", "八年级", "九年级"], status.student),
        Col::Health => other(scene, &["健康", "长期慢性病", "患有大病"], status.health()),
        Col::Labour if grown => other(scene, &["普通劳动力", "丧失劳动力", "无劳动力"], status.labour),
        Col::Work if status.work.is_some() => {
            other(scene, &["乡(镇)内务工", "县外省内务工", "省外务工"], status.work.unwrap_or_default())
        }
        Col::Months if status.months > 0 => Cell::Owned((status.months % 12 + 1).to_string()),
        Col::Relation if truth.relation != "户主" => {
            let sons = ["之子", "之孙子", "之父"];
            let daughters = ["之女", "之孙女", "之母"];
            let labels = if truth.sex == Sex::Male { &sons } else { &daughters };
            other(scene, labels, truth.relation)
        }
        Col::Ethnicity if is_newest(scene) => other(scene, &["汉族", "回族", "满族"], truth.ethnicity),
        Col::Insured => Cell::Borrowed("否"),
        _ => return false,
    };
    scene.card(Provincial, place)[column] = value;
    scene.note_person(format!("field:{field}"), Some(Provincial), person, field);
    true
}

const MEMBER_FIELDS: [(Col, &str); 9] = [
    (Col::Education, "education"),
    (Col::Student, "student"),
    (Col::Health, "health"),
    (Col::Labour, "labour"),
    (Col::Work, "work"),
    (Col::Months, "work_months"),
    (Col::Relation, "relation"),
    (Col::Ethnicity, "ethnicity"),
    (Col::Insured, "serious_illness_insured"),
];

/// One field of a household typed wrongly on the platform; whether it happened.
fn household_field(scene: &mut Scene, density: f64, household: usize, at: usize) -> bool {
    if !scene.happens(density) {
        return false;
    }
    let facts = scene.people.households[household].circumstances.clone();
    let (column, field) = pick(&mut scene.rng, &HOUSE_FIELDS);
    let value = match column {
        HouseCol::Kind => other(scene, &["一般贫困户", "低保贫困户"], facts.kind),
        HouseCol::ExitYear if facts.exit_year.is_some() => {
            let shift = pick(&mut scene.rng, &[-1, 1]);
            Cell::Owned(facts.exit_year.map(|year| (year + shift).to_string()).unwrap_or_default())
        }
        HouseCol::Cause => other(scene, &["因病", "因残", "因学", "缺技术", "缺资金"], facts.cause),
        HouseCol::Dilapidated => Cell::Borrowed(if facts.dilapidated { "否" } else { "是" }),
        HouseCol::WaterSafe => Cell::Borrowed(if facts.water_solved { "否" } else { "是" }),
        HouseCol::Income => {
            Cell::Owned(yuan(beyond_rounding(facts.income_fen) + i64::from(between(&mut scene.rng, 100, 90_000))))
        }
        HouseCol::HouseArea => Cell::Owned((facts.house_area + 15).to_string()),
        HouseCol::Road => other(scene, &["水泥路", "砂石路", "泥土路"], facts.road),
        HouseCol::Phone if is_newest(scene) => {
            let mut phone = facts.phone.clone();
            let last = if phone.ends_with('7') { "3" } else { "7" };
            phone.replace_range(10.., last);
            Cell::Owned(phone)
        }
        _ => return false,
    };
    scene.filed(Provincial, at)[column] = value;
    scene.note_household(format!("field:{field}"), Some(Provincial), household, field);
    true
}

/// An amount that nobody takes for a rounded one: the tolerance of practice is one in a hundred.
pub(super) fn beyond_rounding(fen: i64) -> i64 {
    fen + fen / 25
}

const HOUSE_FIELDS: [(HouseCol, &str); 9] = [
    (HouseCol::Kind, "household_type"),
    (HouseCol::ExitYear, "exit_year"),
    (HouseCol::Cause, "cause"),
    (HouseCol::Dilapidated, "dilapidated"),
    (HouseCol::WaterSafe, "water_solved"),
    (HouseCol::Income, "income_per_capita"),
    (HouseCol::HouseArea, "housing_area"),
    (HouseCol::Road, "road_kind"),
    (HouseCol::Phone, "household_phone"),
];
