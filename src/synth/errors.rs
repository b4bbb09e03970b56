//! Wrong entries: fields that disagree, measures not recorded as received, registers that contradict themselves.
//!
//! Each kind is written down with the rule it should raise. Densities are per person, household or record and
//! scale with `Settings::errors`; at 1.0 a few persons in a hundred have a problem, as corrected registries report.

use std::collections::BTreeSet;

use super::benefits::{Benefit, CATALOGUE};
use super::draw::{between, pick};
use super::fields::Status;
use super::identity::Sex;
use super::register::{Cell, Col, Filed, HouseCol, Measure, Whereabouts, yuan};
use super::scene::{Injected, Scene};
use crate::table::Side;
use crate::table::Side::Provincial;

/// Puts every kind of wrong entry in.
pub(super) fn apply(scene: &mut Scene) {
    let places = scene.whereabouts();
    for person in 0..scene.people.persons.len() {
        if let [Some(national), Some(provincial)] = [0, 1].map(|side: usize| places[side].card(person)) {
            // One wrong entry a card, so that none hides another.
            if !member_field(scene, person, provincial) {
                member_logic(scene, person, [national, provincial]);
            }
        }
    }
    for household in 0..scene.people.households.len() {
        if let [Some(national), Some(provincial)] = [0, 1].map(|side: usize| places[side].filed(household))
            && !household_field(scene, household, provincial)
        {
            household_logic(scene, household, [national, provincial]);
        }
    }
    measures(scene, &places);
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
fn member_field(scene: &mut Scene, person: usize, place: (usize, usize)) -> bool {
    if !scene.happens(0.018) {
        return false;
    }
    let truth = scene.people.persons[person].clone();
    let (column, field) = pick(&mut scene.rng, &MEMBER_FIELDS);
    let status = &truth.status;
    let enrolled = status.student != "非在校生";
    let grown = i32::from(truth.born.year()) < scene.settings.data_year() - 25;
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
        Col::Ethnicity => other(scene, &["汉族", "回族", "满族"], truth.ethnicity),
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
fn household_field(scene: &mut Scene, household: usize, at: usize) -> bool {
    if !scene.happens(0.02) {
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
        HouseCol::Phone => {
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
fn beyond_rounding(fen: i64) -> i64 {
    fen + fen / 25
}

const HOUSE_FIELDS: [(HouseCol, &str); 7] = [
    (HouseCol::Kind, "household_type"),
    (HouseCol::ExitYear, "exit_year"),
    (HouseCol::Cause, "cause"),
    (HouseCol::Dilapidated, "dilapidated"),
    (HouseCol::WaterSafe, "water_solved"),
    (HouseCol::Income, "income_per_capita"),
    (HouseCol::Phone, "household_phone"),
];

/// Half of the contradictions stand in both systems alike, the others on the platform only.
fn wrong_sides(scene: &mut Scene) -> (&'static [Side], Option<Side>) {
    if pick(&mut scene.rng, &[true, false]) { (&Side::BOTH, None) } else { (&[Provincial], Some(Provincial)) }
}

/// A card that contradicts itself.
fn member_logic(scene: &mut Scene, person: usize, places: [(usize, usize); 2]) {
    if !scene.happens(0.003) {
        return;
    }
    let truth = scene.people.persons[person].clone();
    let year = scene.settings.data_year();
    let (age, enrolled) = (truth.age(year), truth.status.student != "非在校生");
    let kind =
        pick(&mut scene.rng, &["relation_sex", "child_labour", "grade_age", "work_without_months", "birth_date"]);
    let (column, field, value) = match kind {
        "relation_sex" if truth.relation == "之子" => (Col::Relation, "relation", Cell::Borrowed("之女")),
        "relation_sex" if truth.relation == "之女" => (Col::Relation, "relation", Cell::Borrowed("之子")),
        "relation_sex" if truth.relation == "之母" => (Col::Relation, "relation", Cell::Borrowed("之父")),
        "child_labour" if age < 15 => (Col::Labour, "labour", Cell::Borrowed("普通劳动力")),
        "grade_age" if enrolled && age < 11 => (Col::Student, "student", Cell::Borrowed("高中二年级")),
        "work_without_months" if truth.status.months > 0 => (Col::Months, "work_months", Cell::Borrowed("0")),
        "birth_date" if truth.born.year() < 2000 && truth.id_no.is_some() => {
            let date = format!("{}-{:02}-{:02}", truth.born.year() + 3, truth.born.month(), truth.born.day().min(28));
            (Col::Born, "birth_date", Cell::Owned(date))
        }
        _ => return,
    };
    let (sides, wrong) = if column == Col::Born { (&[Provincial][..], Some(Provincial)) } else { wrong_sides(scene) };
    for side in sides {
        scene.card(*side, places[side.index()])[column] = value.clone();
    }
    scene.note_person(format!("logic:{kind}"), wrong, person, field);
}

/// A household that contradicts itself.
fn household_logic(scene: &mut Scene, household: usize, places: [usize; 2]) {
    if !scene.happens(0.008) {
        return;
    }
    let truth = &scene.people.households[household];
    let members = scene.people.members(truth).to_vec();
    let facts = truth.circumstances.clone();
    let any = |test: fn(&Status) -> bool| members.iter().any(|member| test(&member.status));
    let (ill, disabled) = (any(Status::ill), any(|status| status.disability.is_some()));
    let school = any(|status| status.student != "非在校生");
    let kinds = [
        "ill_none",
        "study_none",
        "disabled_none",
        "exit_year_blank",
        "year_not_exited",
        "two_heads",
        "size",
        "phone",
        "income",
    ];
    let kind = pick(&mut scene.rng, &kinds);
    let (field, change): (&str, fn(&mut Filed)) = match kind {
        "ill_none" if !ill => ("cause", |filed| filed[HouseCol::Cause] = Cell::Borrowed("因病")),
        "study_none" if !school => ("cause", |filed| filed[HouseCol::Cause] = Cell::Borrowed("因学")),
        "disabled_none" if !disabled => ("cause", |filed| filed[HouseCol::Cause] = Cell::Borrowed("因残")),
        "exit_year_blank" if facts.exit_year.is_some() => {
            ("exit_year", |filed| filed[HouseCol::ExitYear] = Cell::Borrowed(""))
        }
        "year_not_exited" if facts.poor() => ("exit_year", |filed| filed[HouseCol::ExitYear] = Cell::Borrowed("2017")),
        "two_heads" if members.len() > 1 => ("relation", second_head),
        "size" => ("declared_size", one_too_many),
        "phone" => ("household_phone", |filed| _ = filed[HouseCol::Phone].to_mut().pop()),
        "income" => ("income_per_capita", |filed| filed[HouseCol::Income] = Cell::Borrowed("0")),
        _ => return,
    };
    let (sides, wrong) = wrong_sides(scene);
    for side in sides {
        change(scene.filed(*side, places[side.index()]));
    }
    scene.note_household(format!("logic:{kind}"), wrong, household, field);
}

fn second_head(filed: &mut Filed) {
    if let Some(card) = filed.cards.get_mut(1) {
        card[Col::Relation] = Cell::Borrowed("户主");
    }
}

fn one_too_many(filed: &mut Filed) {
    filed[HouseCol::Size] = Cell::Owned((filed.cards.len() + 1).to_string());
}

/// Records of the platform that do not say what was received.
fn measures(scene: &mut Scene<'_>, places: &[Whereabouts; 2]) {
    let years = scene.settings.years.clone();
    let mut kept: Vec<Measure> = Vec::new();
    let mut altered: BTreeSet<(usize, Option<usize>, usize)> = BTreeSet::new();
    for (at, mut measure) in std::mem::take(&mut scene.register(Provincial).measures).into_iter().enumerate() {
        let benefit = measure.benefit;
        let filed = places.iter().all(|places| match benefit.person {
            Some(person) => places.card(person).is_some(),
            None => places.filed(benefit.household).is_some(),
        });
        if !filed || !scene.happens(0.022) {
            kept.push(measure);
            continue;
        }
        let what = pick(&mut scene.rng, &WHAT_HAPPENS);
        let mut records = [Some(at), Some(kept.len())];
        // Of two records of one item, one misdated can fill the other's place, and then differs in nothing.
        let mut is_first = || altered.insert((benefit.household, benefit.person, benefit.item));
        match what {
            "missing" if is_first() => records[1] = None,
            "duplicate" => kept.extend([measure.clone(), measure]),
            "year" if years.len() > 1 && is_first() => {
                let others: Vec<i32> = years.iter().copied().filter(|year| *year != benefit.year).collect();
                measure.benefit.year = pick(&mut scene.rng, &others);
                kept.push(measure);
            }
            "amount" if benefit.amount_fen.is_some() => {
                measure.benefit.amount_fen = benefit
                    .amount_fen
                    .map(|fen| beyond_rounding(fen) + 1_000 * i64::from(between(&mut scene.rng, 1, 20)));
                kept.push(measure);
            }
            "extra" => {
                let mut extra = measure.clone();
                kept.push(measure);
                let item = pick(&mut scene.rng, &EXTRA_ITEMS);
                let household_item = benefit.person.is_none();
                extra.benefit.item = CATALOGUE.iter().position(|entry| entry.name == item.0).unwrap_or_default();
                if household_item != item.1 || !altered.insert((benefit.household, benefit.person, extra.benefit.item))
                {
                    continue;
                }
                extra.item = item.0;
                extra.benefit.amount_fen = CATALOGUE[extra.benefit.item].amount_fen(benefit.year);
                records = [None, Some(kept.len())];
                kept.push(extra.clone());
                note_measure(scene, "benefit:extra", &extra, records);
                continue;
            }
            "outcome" => {
                measure.outcome = false;
                kept.push(measure);
            }
            _ => {
                kept.push(measure);
                continue;
            }
        }
        let rule = if what == "outcome" { "outcome:missing".to_owned() } else { format!("benefit:{what}") };
        note_measure(scene, &rule, &Measure { benefit, item: "", outcome: true, row: 0 }, records);
    }
    silence_terms(&mut kept);
    scene.register(Provincial).measures = kept;
}

/// One outcome answers for both terms of a year: an outcome that is not recorded is lacking for both.
fn silence_terms(measures: &mut [Measure]) {
    let key = |benefit: &Benefit| (benefit.household, benefit.person, benefit.item, benefit.year);
    let silent = measures.iter().filter(|measure| !measure.outcome).map(|measure| key(&measure.benefit));
    let silent: BTreeSet<_> = silent.collect();
    for measure in measures {
        measure.outcome &= !silent.contains(&key(&measure.benefit));
    }
}

/// Missing records are the commonest failing of the platform.
const WHAT_HAPPENS: [&str; 12] = [
    "missing",
    "missing",
    "missing",
    "missing",
    "missing",
    "duplicate",
    "year",
    "amount",
    "amount",
    "extra",
    "outcome",
    "outcome",
];
/// Items that few receive, and whether they are a household's: an extra record of them is wrong.
const EXTRA_ITEMS: [(&str, bool); 3] = [("临时救助", true), ("高龄津贴", false), ("医疗救助", false)];

fn note_measure(scene: &mut Scene, rule: &str, measure: &Measure, measures: [Option<usize>; 2]) {
    scene.injected.push(Injected {
        rule: rule.to_owned(),
        side: Some(Provincial),
        household: measure.benefit.household,
        person: measure.benefit.person,
        field: match rule {
            "benefit:year" => "benefit_year",
            "benefit:amount" => "amount",
            _ => "",
        },
        year: Some(measure.benefit.year),
        item: CATALOGUE[measure.benefit.item].name,
        measures,
        ..Injected::default()
    });
}
