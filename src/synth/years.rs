//! Earlier years: the same people as the registers showed them then, and what does not follow from year to year.
//!
//! Whoever was born, or registered, later is not there yet; students are a grade lower, the young are still at school,
//! households earn a few percent less and have not left yet, and houses and wells are as they were. Every year is
//! copied from the truth, clean; what disagrees is put in year by year, and what contradicts another year is
//! put into the newest registers ([`apply`]).

use super::benefits::Benefit;
use super::draw::{Rng, between};
use super::errors;
use super::fields::{Circumstances, Status, house_grade, is_grown_up, student};
use super::population::Person;
use super::register::{Cell, Col, HouseCol, copy, yuan};
use super::scene::{Scene, Stream};
use crate::table::Side;

/// Puts in what earlier years contradict.
pub(super) fn apply(scene: &mut Scene<'_>) {
    let earlier = scene.settings.earlier_years();
    if let [.., before, last] = earlier[..]
        && (before, last) == (scene.year - 2, scene.year - 1)
    {
        students_stuck(scene, before);
    }
    if !earlier.is_empty() {
        incomes_tripled(scene);
    }
}

/// Students in the same grade for three years, in both systems. Only in grades that may be repeated without being too
/// old for them, and that entitle to the same as those after them.
fn students_stuck(scene: &mut Scene<'_>, since: i32) {
    let (places, touched) = (scene.whereabouts(), scene.touched());
    for person in 0..scene.people.persons.len() {
        let truth = &scene.people.persons[person];
        let grade = student(truth, since);
        let moved_on = matches!((grade, truth.status.student), ("七年级", "九年级") | ("高中一年级", "高中三年级"));
        let [Some(national), Some(provincial)] = places.each_ref().map(|places| places.card(person)) else { continue };
        if !moved_on || touched.persons.contains(&person) || !scene.happens(0.08) {
            continue;
        }
        for (side, place) in Side::BOTH.into_iter().zip([national, provincial]) {
            scene.card(side, place)[Col::Student] = Cell::Borrowed(grade);
        }
        scene.stuck.insert(person, grade);
        scene.note_person("year:grade", None, person, "student");
        date_last(scene);
    }
}

/// Incomes of more than three times the year before, in both systems.
fn incomes_tripled(scene: &mut Scene<'_>) {
    let (places, touched) = (scene.whereabouts(), scene.touched());
    for household in 0..scene.people.households.len() {
        let facts = &scene.people.households[household].circumstances;
        // A leap that is told of is one of ten thousand yuan at least.
        let known = !facts.poor() && facts.identified_year() < scene.year && facts.income_fen >= 500_000;
        let income = facts.income_fen;
        let [Some(national), Some(provincial)] = places.each_ref().map(|places| places.filed(household)) else {
            continue;
        };
        if !known || touched.households.contains(&household) || !scene.happens(0.004) {
            continue;
        }
        let income = yuan(income / 10 * i64::from(between(&mut scene.rng, 33, 45)));
        for (side, at) in Side::BOTH.into_iter().zip([national, provincial]) {
            scene.filed(side, at)[HouseCol::Income] = Cell::Owned(income.clone());
        }
        scene.note_household("year:income", None, household, "income_per_capita");
        date_last(scene);
    }
}

/// Dates the problem just written down to the registers' year.
fn date_last(scene: &mut Scene<'_>) {
    let year = scene.year;
    if let Some(injected) = scene.injected.last_mut() {
        injected.year = Some(year);
    }
}

/// The scene of an earlier year: registers that agree, but for fields typed wrongly.
pub(super) fn earlier<'a>(now: &Scene<'a>, year: i32) -> Scene<'a> {
    let (settings, township) = (now.settings, now.township);
    let mut rng = Stream::Years(year).of(settings, township);
    let mut people = now.people.clone();
    for person in &mut people.persons {
        person.status = status(person, year);
    }
    for (person, grade) in now.stuck.iter().filter(|_| year > now.year - 3) {
        people.persons[*person].status.student = grade;
    }
    for household in &mut people.households {
        household.circumstances = circumstances(&mut rng, &household.circumstances, now.year, year);
    }
    let nothing: &[Benefit] = &[];
    let registers = copy(&mut rng, &people, nothing, township, year, settings);
    let (rolls, stuck, injected) = (vec![], now.stuck.clone(), vec![]);
    let mut scene = Scene { settings, township, year, rng, people, registers, rolls, stuck, injected };
    errors::earlier(&mut scene);
    for injected in &mut scene.injected {
        injected.year = Some(year);
    }
    scene
}

/// What was registered about a person then.
fn status(person: &Person, year: i32) -> Status {
    let mut status = person.status.clone();
    status.student = student(person, year);
    if status.is_enrolled() {
        status.education = "";
    } else if person.age(year) <= 6 {
        status.education = "学龄前儿童";
    }
    if !is_grown_up(person, year) {
        status.labour = "无劳动力";
        (status.work, status.months, status.phone) = (None, 0, None);
    }
    status
}

/// What was registered about a household then.
fn circumstances(rng: &mut Rng, now: &Circumstances, this_year: i32, year: i32) -> Circumstances {
    let mut then = now.clone();
    if now.poor_in(year) {
        (then.exit_year, then.exit_status) = (None, "未脱贫");
    } else if now.exit_year == Some(year) {
        then.exit_status = "已脱贫（享受政策）";
    }
    then.dilapidated = now.dilapidated_in == Some(year);
    if then.dilapidated != now.dilapidated {
        then.house_grade = house_grade(rng, then.dilapidated);
    }
    then.water_solved = now.dry_in != Some(year);
    let lower = between(rng, 2, 5) * (this_year - year);
    then.income_fen -= now.income_fen * i64::from(lower) / 100;
    then
}
