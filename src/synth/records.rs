//! Records of measures that do not say what was received: missing, doubled, misdated or of another amount on the
//! platform, recorded for the wrong member, and what neither system should hold.
//!
//! One thing befalls one record; of two records of one item and year only one is altered, for the other could fill its
//! place.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::benefits::{Benefit, CATALOGUE, is_due, item};
use super::draw::{between, pick};
use super::errors::beyond_rounding;
use super::register::{Measure, Whereabouts};
use super::scene::{Injected, Scene};
use crate::table::Side;
use crate::table::Side::Provincial;

/// Whose an item is: household, person, number in the catalogue.
type Key = (usize, Option<usize>, usize);

const fn key(benefit: &Benefit) -> Key {
    (benefit.household, benefit.person, benefit.item)
}

/// Alters records of both registers.
pub(super) fn apply(scene: &mut Scene<'_>, places: &[Whereabouts; 2]) {
    let mut altered = BTreeSet::new();
    of_the_platform(scene, places, &mut altered);
    exclusive_items(scene, places, &mut altered);
    before_identification(scene, places, &mut altered);
}

/// Whether a benefit's person, or household, is in both registers.
fn is_filed(places: &[Whereabouts; 2], benefit: &Benefit) -> bool {
    places.iter().all(|places| match benefit.person {
        Some(person) => places.card(person).is_some(),
        None => places.filed(benefit.household).is_some(),
    })
}

/// Records of the platform that do not say what was received.
fn of_the_platform(scene: &mut Scene<'_>, places: &[Whereabouts; 2], altered: &mut BTreeSet<Key>) {
    let mut kept: Vec<Measure> = Vec::new();
    for (at, mut measure) in std::mem::take(&mut scene.register(Provincial).measures).into_iter().enumerate() {
        let benefit = measure.benefit;
        if !is_filed(places, &benefit) || !scene.happens(0.0236) {
            kept.push(measure);
            continue;
        }
        let what = pick(&mut scene.rng, &WHAT_HAPPENS);
        let mut records = [Some(at), Some(kept.len())];
        let mut is_first = || altered.insert(key(&benefit));
        match what {
            "missing" if is_first() => records[1] = None,
            "duplicate" => kept.extend([measure.clone(), measure]),
            "year" if is_first() => match other_years(scene, &benefit).as_slice() {
                [] => {
                    kept.push(measure);
                    continue;
                }
                years => {
                    measure.benefit.year = pick(&mut scene.rng, years);
                    kept.push(measure);
                }
            },
            "beneficiary"
                if let Some(other) = other_member(scene, places, &benefit)
                    && is_first() =>
            {
                measure.benefit.person = Some(other);
                kept.push(measure);
            }
            "amount" if benefit.amount_fen.is_some() => {
                measure.benefit.amount_fen = benefit
                    .amount_fen
                    .map(|fen| beyond_rounding(fen) + 1_000 * i64::from(between(&mut scene.rng, 1, 20)));
                kept.push(measure);
            }
            "extra" => {
                kept.push(measure);
                if let Some(extra) = extra(scene, &benefit, altered) {
                    let records = [None, Some(kept.len())];
                    note(scene, "benefit:extra", Some(Provincial), &extra.benefit, records);
                    kept.push(extra);
                }
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
        note(scene, &rule, Some(Provincial), &benefit, records);
    }
    silence_terms(&mut kept);
    scene.register(Provincial).measures = kept;
}

/// Years that a record can be misdated to: nothing is recorded before a household is known.
fn other_years(scene: &Scene<'_>, benefit: &Benefit) -> Vec<i32> {
    let identified = scene.people.households[benefit.household].circumstances.identified_year();
    let years = scene.settings.years.iter().copied();
    years.filter(|year| *year != benefit.year && *year >= identified).collect()
}

/// A member of the same household who could not be meant.
fn other_member(scene: &mut Scene<'_>, places: &[Whereabouts; 2], benefit: &Benefit) -> Option<usize> {
    let person = benefit.person?;
    let household = &scene.people.households[benefit.household];
    let others = household.persons.clone().filter(|other| {
        let filed = places.iter().all(|places| places.card(*other).is_some());
        let due = || is_due(&scene.people, household, benefit.item, *other, benefit.year);
        *other != person && filed && scene.people.persons[*other].age(benefit.year) >= 0 && !due()
    });
    let others: Vec<usize> = others.collect();
    (!others.is_empty()).then(|| pick(&mut scene.rng, &others))
}

/// A record of an item that was not received, beside one that was.
fn extra(scene: &mut Scene<'_>, benefit: &Benefit, altered: &mut BTreeSet<Key>) -> Option<Measure> {
    let (name, of_household) = pick(&mut scene.rng, &EXTRA_ITEMS);
    let extra = Benefit { item: item(name), ..*benefit };
    let household = &scene.people.households[benefit.household];
    let due = extra.person.is_some_and(|person| is_due(&scene.people, household, extra.item, person, extra.year));
    if extra.person.is_none() != of_household || due || !altered.insert(key(&extra)) {
        return None;
    }
    Some(recorded(Benefit { amount_fen: CATALOGUE[extra.item].amount_fen(extra.year), ..extra }))
}

/// A record in the national system's words.
fn recorded(benefit: Benefit) -> Measure {
    Measure { benefit, item: CATALOGUE[benefit.item].name, outcome: true, struck: false, row: 0 }
}

/// Enters a measure in both registers and writes it down.
fn enter(scene: &mut Scene<'_>, rule: &str, benefit: Benefit) {
    let mut records = [None; 2];
    for side in Side::BOTH {
        let measures = &mut scene.register(side).measures;
        records[side.index()] = Some(measures.len());
        measures.push(recorded(benefit));
    }
    note(scene, rule, None, &benefit, records);
}

/// 低保 recorded, in both systems, for somebody who is kept by 特困供养: nobody can have both.
fn exclusive_items(scene: &mut Scene<'_>, places: &[Whereabouts; 2], altered: &mut BTreeSet<Key>) {
    let (kept, other) = (item("特困供养"), item("低保"));
    for at in 0..scene.registers[0].measures.len() {
        let benefit = scene.registers[0].measures[at].benefit;
        if benefit.item != kept || altered.contains(&key(&benefit)) || !is_filed(places, &benefit) {
            continue;
        }
        let second = Benefit { item: other, amount_fen: CATALOGUE[other].amount_fen(benefit.year), ..benefit };
        if scene.happens(0.008) && altered.insert(key(&second)) {
            enter(scene, "benefit:exclusive", second);
        }
    }
}

/// A measure of the year before its household was first registered, in both systems.
fn before_identification(scene: &mut Scene<'_>, places: &[Whereabouts; 2], altered: &mut BTreeSet<Key>) {
    let mut tried = BTreeSet::new();
    for at in 0..scene.registers[0].measures.len() {
        let benefit = scene.registers[0].measures[at].benefit;
        let identified = scene.people.households[benefit.household].circumstances.identified_year();
        let born = benefit.person.is_none_or(|person| scene.people.persons[person].age(identified - 1) >= 0);
        let free = !altered.contains(&key(&benefit)) && is_filed(places, &benefit);
        let early = scene.settings.years.contains(&(identified - 1)) && benefit.year == identified;
        let chosen = born && free && early && tried.insert(benefit.household) && scene.happens(0.1);
        if !chosen {
            continue;
        }
        altered.insert(key(&benefit));
        let year = identified - 1;
        let on = Date::new(year as i16, benefit.on.month(), benefit.on.day()).expect("no measure is of a leap day");
        enter(scene, "benefit:before", Benefit { year, on, ..benefit });
    }
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
const WHAT_HAPPENS: [&str; 13] = [
    "missing",
    "missing",
    "missing",
    "missing",
    "missing",
    "duplicate",
    "year",
    "amount",
    "amount",
    "beneficiary",
    "extra",
    "outcome",
    "outcome",
];
/// Items that few receive, and whether they are a household's: an extra record of them is wrong.
const EXTRA_ITEMS: [(&str, bool); 3] = [("临时救助", true), ("高龄津贴", false), ("医疗救助", false)];

fn note(scene: &mut Scene<'_>, rule: &str, side: Option<Side>, benefit: &Benefit, measures: [Option<usize>; 2]) {
    scene.injected.push(Injected {
        rule: rule.to_owned(),
        side,
        household: benefit.household,
        person: benefit.person,
        field: match rule {
            "benefit:year" => "benefit_year",
            "benefit:amount" => "amount",
            _ => "",
        },
        year: Some(benefit.year),
        item: CATALOGUE[benefit.item].name,
        measures,
        ..Injected::default()
    });
}
