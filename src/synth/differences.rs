//! How two registers of the same people drift apart: people on one side only, households cut and joined, villages
//! renamed, cards doubled, numbers that belong to a relative.
//!
//! Each function is one kind of event, at its usual density per person or household; all but a few befall the
//! provincial platform, which is kept up later. Members' relations and household sizes are kept consistent, so
//! that a difference does not also contradict itself.

use super::draw::{between, chance};
use super::identity::Sex;
use super::register::{Card, Cell, Col, Filed, HouseCol};
use super::scene::Scene;
use crate::table::Side;
use crate::table::Side::{National, Provincial};

/// Lets every kind of event happen.
pub(super) fn apply(scene: &mut Scene) {
    without_numbers(scene);
    births_not_entered(scene);
    marriages_not_entered(scene);
    deaths_not_removed(scene);
    households_on_one_side(scene);
    parents_cut_off(scene);
    sons_cut_off(scene);
    households_joined(scene);
    members_moved(scene);
    couples_swapped(scene);
    relatives_pasted(scene);
    cards_doubled(scene);
    village_renamed(scene);
    households_in_another_village(scene);
    count_members(scene);
}

/// Babies without a number are a finding of their own, in both systems.
fn without_numbers(scene: &mut Scene) {
    for person in 0..scene.people.persons.len() {
        if scene.people.persons[person].id_no.is_none() {
            scene.note_person("identity:no_number", None, person, "id_no");
        }
    }
    for register in &mut scene.registers {
        for card in register.filed.iter_mut().flat_map(|filed| &mut filed.cards) {
            if scene.people.persons[card.person].id_no.is_none() {
                card.damage.push("no_number");
            }
        }
    }
}

/// Removes, on `side`, the members that `test` is true of with probability `p`; heads stay.
fn remove_members(scene: &mut Scene, side: Side, rule: &str, p: f64, test: fn(&Card, age: i32) -> bool) {
    let year = scene.year;
    for at in 0..scene.registers[side.index()].filed.len() {
        let mut kept = Vec::new();
        for (place, card) in std::mem::take(&mut scene.filed(side, at).cards).into_iter().enumerate() {
            let age = scene.people.persons[card.person].age(year);
            if place > 0 && test(&card, age) && scene.happens(p) && is_filed(scene, side.other(), card.person) {
                scene.note_person(format!("presence:{rule}"), Some(side), card.person, "");
            } else {
                kept.push(card);
            }
        }
        scene.filed(side, at).cards = kept;
    }
}

/// Whether a person is in a register: one who is in neither is nobody's problem.
fn is_filed(scene: &Scene, side: Side, person: usize) -> bool {
    scene.registers[side.index()].filed.iter().any(|filed| filed.cards.iter().any(|card| card.person == person))
}

fn births_not_entered(scene: &mut Scene) {
    remove_members(scene, Provincial, "member_missing_provincial", 0.15, |_, age| age <= 1);
}

fn marriages_not_entered(scene: &mut Scene) {
    let married_in = |card: &Card, age: i32| age < 45 && matches!(&*card[Col::Relation], "配偶" | "之儿媳");
    remove_members(scene, Provincial, "member_missing_provincial", 0.02, married_in);
    // Married out: the national system has let her go, the platform has not.
    let married_out = |card: &Card, age: i32| (20..35).contains(&age) && card[Col::Relation] == "之女";
    remove_members(scene, National, "member_missing_national", 0.04, married_out);
}

fn deaths_not_removed(scene: &mut Scene) {
    remove_members(scene, National, "member_missing_national", 0.008, |_, age| age >= 70);
    // Others are missing on the platform for no reason at all.
    remove_members(scene, Provincial, "member_missing_provincial", 0.004, |_, _| true);
}

fn households_on_one_side(scene: &mut Scene) {
    let sides = [(Provincial, "household_missing_provincial", 0.004), (National, "household_missing_national", 0.002)];
    for (side, rule, p) in sides {
        for filed in std::mem::take(&mut scene.register(side).filed) {
            if scene.happens(p) {
                scene.note_household(format!("presence:{rule}"), Some(side), filed.household, "");
            } else {
                scene.register(side).filed.push(filed);
            }
        }
    }
}

/// Old parents registered on their own: the platform's second household.
fn parents_cut_off(scene: &mut Scene) {
    cut_off(scene, 0.03, |card| matches!(&*card[Col::Relation], "之父" | "之母" | "父亲" | "母亲"));
}

/// A grown son with wife and children registered on his own.
fn sons_cut_off(scene: &mut Scene) {
    cut_off(scene, 0.03, |card| {
        matches!(&*card[Col::Relation], "之子" | "之儿媳" | "之孙子" | "之孙女" | "儿子" | "儿媳" | "孙子" | "孙女")
    });
}

fn cut_off(scene: &mut Scene, p: f64, leaves: fn(&Card) -> bool) {
    let year = scene.year;
    for at in 0..scene.registers[1].filed.len() {
        let filed = &scene.registers[1].filed[at];
        let leaving: Vec<usize> = (0..filed.cards.len()).filter(|card| leaves(&filed.cards[*card])).collect();
        let grown =
            leaving.first().is_some_and(|first| scene.people.persons[filed.cards[*first].person].age(year) >= 24);
        if !grown || filed.cut_off || !scene.happens(p) {
            continue;
        }
        let new = split(scene.filed(Provincial, at), &leaving, at);
        scene.note_household("structure:split", Some(Provincial), new.household, "household_no");
        for card in &new.cards {
            scene.note_person("field:relation", Some(Provincial), card.person, "relation");
        }
        scene.register(Provincial).filed.push(new);
    }
}

/// Takes the cards at `leaving` out of `filed` and gives them a household of their own.
fn split(filed: &mut Filed, leaving: &[usize], at: usize) -> Filed {
    let mut new = filed.clone();
    new.cards.clear();
    new.cut_off = true;
    // The numbers of a township end below 90,000: those above are free.
    let digits = new.no.len() - 5;
    new.no.replace_range(digits.., &format!("{:05}", 90_000 + at % 10_000));
    let all = std::mem::take(&mut filed.cards);
    for (place, mut card) in all.into_iter().enumerate() {
        if !leaving.contains(&place) {
            filed.cards.push(card);
            continue;
        }
        let relation = match (new.cards.is_empty(), &*card[Col::Relation]) {
            (true, _) => "户主",
            (false, "之孙子" | "孙子") => "之子",
            (false, "之孙女" | "孙女") => "之女",
            (false, "之子" | "儿子") => "其他",
            (false, _) => "配偶",
        };
        card[Col::Relation] = Cell::Borrowed(relation);
        card.damage.push("split");
        new.cards.push(card);
    }
    new[HouseCol::Phone] = new.cards[0][Col::Phone].clone();
    new
}

/// Two people who live alone, filed as one household.
fn households_joined(scene: &mut Scene) {
    let mut at = 0;
    while at + 1 < scene.registers[1].filed.len() {
        let [first, second] = &scene.registers[1].filed[at..at + 2] else { break };
        let alone = first.cards.len() == 1 && second.cards.len() == 1;
        if alone && first[HouseCol::Village] == second[HouseCol::Village] && scene.happens(0.006) {
            let mut gone = scene.register(Provincial).filed.remove(at + 1);
            let mut card = gone.cards.remove(0);
            scene.note_household("structure:merge", Some(Provincial), gone.household, "household_no");
            scene.note_person("field:relation", Some(Provincial), card.person, "relation");
            card[Col::Relation] = Cell::Borrowed("其他");
            card.damage.push("merge");
            add_stranger(scene, Provincial, at, card);
        }
        at += 1;
    }
}

/// Adds a card to a household that it does not belong to, which shows in the size of that household.
fn add_stranger(scene: &mut Scene<'_>, side: Side, at: usize, card: Card) {
    let household = scene.filed(side, at).household;
    scene.note_household("structure:stranger", Some(side), household, "declared_size");
    scene.filed(side, at).cards.push(card);
}

/// Members filed in the next household of the village.
fn members_moved(scene: &mut Scene) {
    for at in 0..scene.registers[1].filed.len().saturating_sub(1) {
        let [from, to] = &scene.registers[1].filed[at..at + 2] else { break };
        let near = from[HouseCol::Village] == to[HouseCol::Village] && !from.cut_off && !to.cut_off;
        if from.cards.len() < 2 || !near || !scene.happens(0.003) {
            continue;
        }
        let mut card = scene.filed(Provincial, at).cards.pop().expect("two cards or more");
        scene.note_person("structure:moved", Some(Provincial), card.person, "household_no");
        scene.note_person("field:relation", Some(Provincial), card.person, "relation");
        card[Col::Relation] = Cell::Borrowed("其他");
        card.damage.push("moved");
        add_stranger(scene, Provincial, at + 1, card);
    }
}

/// Husband and wife with each other's number.
fn couples_swapped(scene: &mut Scene) {
    for at in 0..scene.registers[1].filed.len() {
        let cards = &scene.registers[1].filed[at].cards;
        let couple = cards.len() >= 2 && matches!(&*cards[1][Col::Relation], "配偶" | "妻子" | "丈夫");
        if !couple || !scene.happens(0.004) {
            continue;
        }
        let [first, second] = &mut scene.filed(Provincial, at).cards[..2] else { continue };
        std::mem::swap(&mut first[Col::IdNo], &mut second[Col::IdNo]);
        for card in [first, second] {
            card.damage.push("swapped_number");
            card.lost = true;
        }
        for place in 0..2 {
            let person = scene.registers[1].filed[at].cards[place].person;
            scene.note_person("identity:swapped_number", Some(Provincial), person, "id_no");
        }
    }
}

/// A member with the head's number.
fn relatives_pasted(scene: &mut Scene) {
    for at in 0..scene.registers[1].filed.len() {
        if scene.registers[1].filed[at].cards.len() < 2 || !scene.happens(0.003) {
            continue;
        }
        let filed = scene.filed(Provincial, at);
        filed.cards[1][Col::IdNo] = filed.cards[0][Col::IdNo].clone();
        filed.cards[1].damage.push("pasted_number");
        filed.cards[1].lost = true;
        let person = filed.cards[1].person;
        scene.note_person("identity:pasted_number", Some(Provincial), person, "id_no");
    }
}

/// A second card: in the same household, or in the next one of the village.
fn cards_doubled(scene: &mut Scene) {
    for (side, p) in [(Provincial, 0.002), (National, 0.0006)] {
        for at in 0..scene.registers[side.index()].filed.len() {
            for place in 0..scene.registers[side.index()].filed[at].cards.len() {
                if scene.registers[side.index()].filed[at].cards[place].duplicate || !scene.happens(p) {
                    continue;
                }
                let next = chance(&mut scene.rng, 0.6);
                let filed = &scene.registers[side.index()].filed;
                let neighbour =
                    filed.get(at + 1).is_some_and(|next| next[HouseCol::Village] == filed[at][HouseCol::Village]);
                let mut second = filed[at].cards[place].clone();
                second.duplicate = true;
                second.no.replace_range(..1, "9");
                if place == 0 || next {
                    second[Col::Relation] = Cell::Borrowed("其他");
                }
                let home = if next && neighbour { at + 1 } else { at };
                add_stranger(scene, side, home, second);
                let last = scene.filed(side, home).cards.len() - 1;
                scene.note_card("duplicate:person", side, (home, last), "id_no");
            }
        }
    }
}

/// One village that the platform still calls by its old name: in the second township of every ten.
fn village_renamed(scene: &mut Scene) {
    if scene.township.ix % 10 != 1 || scene.settings.errors == 0.0 {
        return;
    }
    let Some(last) = scene.township.villages.len().checked_sub(1) else { return };
    let village = scene.township.villages[last].clone();
    let old = village.replace('村', "社区");
    for filed in &mut scene.register(Provincial).filed {
        if *filed[HouseCol::Village] == *village {
            filed[HouseCol::Village] = Cell::Owned(old.clone());
        }
    }
    scene.note_village("field:village_renamed", Provincial, last, "village");
}

/// Households under another village of the township.
fn households_in_another_village(scene: &mut Scene) {
    let villages = scene.township.villages.clone();
    for at in 0..scene.registers[1].filed.len() {
        if !scene.happens(0.002) {
            continue;
        }
        let other = villages[between(&mut scene.rng, 0, villages.len() as i32 - 1) as usize].clone();
        let household = scene.registers[1].filed[at].household;
        if other == villages[scene.people.households[household].village] {
            continue;
        }
        scene.filed(Provincial, at)[HouseCol::Village] = Cell::Owned(other);
        scene.note_household("field:village", Some(Provincial), household, "village");
    }
}

/// 人数 is what is filed. A household that lost its only cards is gone.
fn count_members(scene: &mut Scene) {
    for register in &mut scene.registers {
        register.filed.retain(|filed| !filed.cards.is_empty());
        for filed in &mut register.filed {
            filed[HouseCol::Size] = Cell::Owned(filed.cards.len().to_string());
            debug_assert!(
                filed.cards.iter().all(
                    |card| matches!(&*card[Col::Sex], sex if sex == Sex::Male.label() || sex == Sex::Female.label())
                )
            );
        }
    }
}
