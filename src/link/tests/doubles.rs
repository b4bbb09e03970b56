//! One table: who is listed more than once in it.

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::people::{Person, county, frame, id, person};
use super::settings;
use crate::engine::Engine;
use crate::link::{Clusters, Known, Ruling, dedupe};
use crate::table::Decision;
use crate::table::linkage::Fate;

fn found(people: &[Person], rulings: &[Ruling], engine: Engine) -> Clusters {
    let known = Known { model: None, rulings };
    dedupe(&frame(people), &settings(), known, engine).expect("the frame is as the settings name it")
}

fn check(people: &[Person], expected: &[u32]) -> Clusters {
    let clusters = found(people, &[], Engine::Serial);
    assert_eq!(clusters.cluster, expected, "{:#?}", clusters.linkage.members);
    clusters
}

fn decided(clusters: &Clusters) -> Vec<(u32, u32, Decision)> {
    clusters.linkage.members.iter().map(|link| (link.left, link.right, link.decision)).collect()
}

fn son(name: &str, id_no: &str) -> Person {
    person(name, id_no).born("20080101", "男").relation("之子")
}

#[test]
fn three_cards_of_one_person() {
    let a = id("19680305", 3);
    let card = |id_no: &str, household| person("王德福", id_no).relation("户主").household(household);
    // One whole number, one that a spreadsheet cut, one with a wrong digit; and a stranger.
    let cut = format!("{}000", &a[..15]);
    let stranger = person("刘芳", &id("19700101", 4)).household(4).village("李庄");
    let people = [card(&a, 1), stranger, card(&cut, 2), card(&a.replacen("1968", "1963", 1), 3)];
    let clusters = check(&people, &[0, 1, 0, 0]);
    assert_eq!(clusters.people_listed_twice, [1, 3]);
    assert_eq!(clusters.linkage.fates[0].iter().filter(|fate| **fate == Fate::Duplicate).count(), 2);
    assert!(clusters.linkage.members.iter().all(|link| link.decision == Decision::Match && link.left < link.right));
}

#[test]
fn one_number_is_one_person_when_the_names_allow_it() {
    let a = id("19680305", 3);
    let there = |name: &str| person(name, &a).household(2).village("李庄");
    let clusters = check(&[person("王红", &a), there("王宏")], &[0, 0]);
    assert_eq!(clusters.linkage.members[0].rule.as_ref(), "证件号码一致");
    let clusters = check(&[person("王德福", &a), there("刘芳")], &[0, 1]);
    assert_eq!(decided(&clusters), [(0, 1, Decision::Conflict)]);
    assert_eq!(clusters.linkage.fates[0], [Fate::Conflict, Fate::Conflict]);
    // A third card that could be either's joins one of them, never both.
    let clusters = found(&[person("王德福", &a), there("刘芳"), person("未填", &a).household(3)], &[], Engine::Serial);
    assert_ne!(clusters.cluster[0], clusters.cluster[1]);
}

#[test]
fn twins_are_two() {
    let father = person("王德福", &id("19680305", 3)).relation("户主");
    check(&[father.clone(), son("王建国", ""), son("王建军", "")], &[0, 1, 2]);
    let numbered = |name, sequence| son(name, &id("20080101", sequence));
    check(&[father.clone(), numbered("王建国", 11), numbered("王建军", 13)], &[0, 1, 2]);
    // A brother's number pasted at home is no proof that he is one with him: a person decides.
    let clusters = check(&[father, numbered("王建国", 11), numbered("王建军", 11)], &[0, 1, 2]);
    assert_eq!(decided(&clusters), [(1, 2, Decision::Review)]);
}

#[test]
fn a_chain_whose_ends_contradict_is_not_one_person() {
    // The card in the middle shares the village with one man and the phone with another, and either link alone is a match.
    let card = |id_no: &str, household, phone: &str| Person {
        phone: phone.into(),
        ..person("欧阳建国", id_no).relation("户主").household(household)
    };
    let other = card(&id("19910817", 57), 3, "13900000000").village("李庄");
    let people = [card(&id("19680305", 3), 1, ""), card("", 2, "13900000000"), other];
    let clusters = found(&people, &[], Engine::Serial);
    let links = decided(&clusters);
    assert_eq!(links.len(), 2, "{:#?}", clusters.linkage.members);
    assert!(clusters.linkage.members.iter().all(|link| link.weight_bits >= settings().thresholds.match_bits));
    assert!(links.iter().any(|link| link.2 == Decision::Match) && links.iter().any(|link| link.2 == Decision::Review));
    assert_ne!(clusters.cluster[0], clusters.cluster[2]);
}

#[test]
fn nobody_is_listed_twice_with_herself() {
    let people = [person("王德福", &id("19680305", 3)), person("刘芳", &id("19700101", 4)).relation("配偶")];
    let clusters = check(&people, &[0, 1]);
    assert!(clusters.linkage.members.is_empty());
    assert_eq!(clusters.linkage.fates[0], [Fate::OnlyHere, Fate::OnlyHere]);
    assert!(check(&[], &[]).linkage.members.is_empty());
}

#[test]
fn rulings_come_first() {
    let a = id("19680305", 3);
    let there = |name: &str, id_no: &str| person(name, id_no).household(2).village("李庄");
    let ruling = |same| [Ruling { left: 1, right: 0, same }];
    let one = [person("王德福", &a), there("王德福", &a)];
    assert_eq!(found(&one, &ruling(false), Engine::Serial).cluster, [0, 1]);
    let two = [person("王德福", &a), there("刘芳", &a)];
    let clusters = found(&two, &ruling(true), Engine::Serial);
    assert_eq!(clusters.cluster, [0, 0]);
    assert_eq!(&*clusters.linkage.members[0].reason, "人工判定为同一人");
}

/// A county's two registries as one table: most people are in it twice.
fn both(households: u32, seed: u64) -> Vec<Person> {
    let [mut people, right] = county(households, 2, seed);
    let moved = right.into_iter().map(|person| Person { household: person.household + households + 1, ..person });
    people.extend(moved);
    people
}

/// Clusters of cards, and pairs of cards with their verdict.
type ByCard = (BTreeSet<BTreeSet<usize>>, BTreeSet<(BTreeSet<usize>, String)>);

/// Clusters as sets of positions before rows changed places, and links likewise.
fn by_card(clusters: &Clusters, card: &[usize]) -> ByCard {
    let people = clusters.cluster.iter().max().map_or(0, |most| *most as usize + 1);
    let mut groups = vec![BTreeSet::new(); people];
    clusters.cluster.iter().zip(card).for_each(|(number, card)| {
        groups[*number as usize].insert(*card);
    });
    let link = |left: u32, right: u32| BTreeSet::from([card[left as usize], card[right as usize]]);
    let links = clusters.linkage.members.iter();
    let links = links.map(|l| (link(l.left, l.right), format!("{:?} {} {}", l.decision, l.reason, l.rule)));
    (groups.into_iter().collect(), links.collect())
}

#[test]
fn order_of_rows_and_threads_are_nothing() {
    for (households, seed) in [(40, 1), (150, 2), (400, 3)] {
        let people = both(households, seed);
        let serial = found(&people, &[], Engine::Serial);
        let pool = found(&people, &[], Engine::Pool);
        assert_eq!(format!("{serial:?}"), format!("{pool:?}"));
        let mut card: Vec<usize> = (0..people.len()).collect();
        let ordered = by_card(&serial, &card);
        card.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let shuffled: Vec<Person> = card.iter().map(|at| people[*at].clone()).collect();
        assert_eq!(by_card(&found(&shuffled, &[], Engine::Pool), &card), ordered);
    }
}

#[test]
fn most_people_of_a_county_are_found_and_few_are_confused() {
    let people = both(400, 7);
    let clusters = found(&people, &[], Engine::Pool);
    let (mut right, mut wrong, mut missed) = (0, 0, 0);
    for a in 0..people.len() {
        for b in a + 1..people.len() {
            match (clusters.cluster[a] == clusters.cluster[b], people[a].truth == people[b].truth) {
                (true, true) => right += 1,
                (true, false) => wrong += 1,
                (false, true) => missed += 1,
                (false, false) => {}
            }
        }
    }
    assert!(wrong * 200 <= right && missed * 20 <= right, "{right} right, {wrong} wrong, {missed} missed");
    assert_eq!(clusters.linkage.fates[0].len(), people.len());
    assert!(clusters.linkage.members.is_sorted_by(|a, b| (a.left, a.right) < (b.left, b.right)));
}
