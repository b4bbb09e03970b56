//! What must be true of any two registries.

use std::collections::BTreeSet;

use polars::prelude::DataFrame;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::people::{Person, county, frame};
use super::settings;
use crate::engine::{Engine, Stage};
use crate::link::block::Blocks;
use crate::link::compare::{Compare, Compared, Work};
use crate::link::frequency::Frequencies;
use crate::link::key::KeyColumns;
use crate::link::model::{Model, Weights};
use crate::link::records::Records;
use crate::link::{Known, link};
use crate::table::linkage::Fate;
use crate::table::{Decision, Linkage};

fn linked(left: &[Person], right: &[Person], engine: Engine) -> Linkage {
    let linked = link(&frame(left), &frame(right), &settings(), Known::default(), engine);
    linked.expect("frames are as the settings name them").linkage
}

/// Links by who the rows stand for, so that the order of rows does not matter.
fn by_person(linkage: &Linkage, [left, right]: &[Vec<Person>; 2]) -> BTreeSet<(u32, u32, Decision, String)> {
    let links = linkage.members.iter();
    let person = |people: &[Person], row: u32| people[row as usize].truth;
    links
        .map(|link| (person(left, link.left), person(right, link.right), link.decision, link.reason.to_string()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn engines_agree_and_row_order_is_nothing(households in 1..120_u32, seed in any::<u64>()) {
        let people = county(households, 3, seed);
        let serial = linked(&people[0], &people[1], Engine::Serial);
        let pool = linked(&people[0], &people[1], Engine::Pool);
        prop_assert_eq!(format!("{serial:?}"), format!("{pool:?}"));

        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut shuffled = people.clone();
        shuffled.iter_mut().for_each(|side| side.shuffle(&mut random));
        let again = linked(&shuffled[0], &shuffled[1], Engine::Pool);
        prop_assert_eq!(by_person(&serial, &people), by_person(&again, &shuffled));
    }

    #[test]
    fn every_row_has_one_fate_and_one_partner(households in 1..120_u32, seed in any::<u64>()) {
        let people = county(households, 3, seed);
        let linkage = linked(&people[0], &people[1], Engine::Serial);
        for side in 0..2 {
            let matched: Vec<u32> = linkage
                .members
                .iter()
                .filter(|link| link.decision == Decision::Match)
                .map(|link| [link.left, link.right][side])
                .collect();
            let partners: BTreeSet<u32> = matched.iter().copied().collect();
            prop_assert_eq!(partners.len(), matched.len());
            let fates = &linkage.fates[side];
            prop_assert_eq!(fates.len(), people[side].len());
            let with_fate = |fate| (0..).zip(fates).filter(move |(_, other)| **other == fate).map(|(row, _)| row);
            prop_assert_eq!(with_fate(Fate::Linked).collect::<BTreeSet<u32>>(), partners);
            let duplicates: Vec<u32> = linkage.duplicates[side].iter().map(|pair| pair.0).collect();
            prop_assert_eq!(with_fate(Fate::Duplicate).collect::<Vec<u32>>(), duplicates);
        }
        let order: Vec<(u32, u32)> = linkage.members.iter().map(|link| (link.left, link.right)).collect();
        prop_assert!(order.is_sorted_by(|a, b| a < b));
        prop_assert_eq!(linkage.rules.iter().map(|rule| rule.links).sum::<u64>() as usize, linkage.fates[0].iter().filter(|fate| **fate == Fate::Linked).count());
    }

    #[test]
    fn any_split_compares_the_same_pairs(households in 1..80_u32, seed in any::<u64>(), limit in 1..500_usize) {
        let people = county(households, 3, seed);
        let frames = people.each_ref().map(|side| frame(side));
        let whole = compare([&frames[0], &frames[1]], usize::MAX, false);
        let split = compare([&frames[0], &frames[1]], limit, true);
        prop_assert_eq!(whole.pairs.windows(2).filter(|pairs| (pairs[0].left, pairs[0].right) == (pairs[1].left, pairs[1].right)).count(), 0);
        prop_assert_eq!(whole, split);
    }
}

/// Stage 1 over everybody, its rules cut to parts of `limit` pairs, run forwards or backwards.
fn compare(frames: [&DataFrame; 2], limit: usize, backwards: bool) -> Compared {
    let settings = settings();
    let records = Records::read(frames, &settings).expect("frames are sound");
    let pool = records.heights.map(|height| (0..height as u32).collect());
    let columns = KeyColumns::read(frames, &pool, &settings.blocking).expect("columns are sound");
    let blocks: Vec<Blocks> = settings.blocking.iter().map(|rule| Blocks::make(&columns, rule)).collect();
    let weights = Weights::of(&Model::stated(&settings), &settings);
    let stage = Compare {
        records: &records,
        weights: &weights,
        frequencies: &Frequencies::none(),
        pool: &pool,
        blocks: &blocks,
        floor_bits: 1.0,
        within: false,
    };
    let parts = blocks.iter().enumerate();
    let mut work: Vec<Work> = parts
        .flat_map(|(rule, blocks)| blocks.parts(limit).into_iter().map(move |slices| Work { rule, slices }))
        .collect();
    if backwards {
        work.reverse();
    }
    let partials = work.into_iter().map(|part| stage.run(part).expect("comparing refuses nothing")).collect();
    stage.merge(partials).expect("merging refuses nothing")
}

/// Links a county damaged `rounds` times over and holds precision, recall and the work left to staff, in parts per 10,000.
fn check_county(rounds: u32, precision: usize, recall: usize, reviews: usize) {
    let people = county(3000, rounds, 20190201);
    let linkage = linked(&people[0], &people[1], Engine::Pool);
    let there: BTreeSet<u32> = people[1].iter().map(|person| person.truth).collect();
    let recoverable = people[0].iter().filter(|person| there.contains(&person.truth)).count();
    let links = linkage.members.iter().filter(|link| link.decision == Decision::Match);
    let truths: Vec<(u32, u32)> =
        links.map(|link| (people[0][link.left as usize].truth, people[1][link.right as usize].truth)).collect();
    let right = truths.iter().filter(|(left, right)| left == right).count();
    let reviewed = linkage.members.iter().filter(|link| link.decision == Decision::Review).count();
    let told = format!("{right} of {} links right, {recoverable} people to find, {reviewed} reviews", truths.len());
    assert!(right * 10_000 >= precision * truths.len(), "{told}");
    assert!(right * 10_000 >= recall * recoverable, "{told}");
    assert!(reviewed * 10_000 <= reviews * recoverable, "{told}");
}

#[test]
fn a_damaged_county_is_linked() {
    check_county(1, 9_990, 9_950, 50);
}

#[test]
fn a_badly_damaged_county_loses_people_to_review_not_to_wrong_links() {
    check_county(3, 9_990, 9_800, 200);
    check_county(5, 9_990, 9_500, 500);
}

#[test]
fn a_fitted_model_is_the_same_on_any_engine_and_in_any_order() {
    let people = county(600, 3, 20190201);
    let link = |people: &[Vec<Person>; 2], engine| {
        let linked = link(&frame(&people[0]), &frame(&people[1]), &settings(), Known::default(), engine);
        linked.expect("frames are as the settings name them")
    };
    let (serial, pool) = (link(&people, Engine::Serial), link(&people, Engine::Pool));
    assert!(serial.model.fitted && serial.model.converged);
    assert_eq!(format!("{serial:?}"), format!("{pool:?}"));
    let mut shuffled = people.clone();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    shuffled.iter_mut().for_each(|side| side.shuffle(&mut random));
    let again = link(&shuffled, Engine::Pool);
    assert_eq!(by_person(&serial.linkage, &people), by_person(&again.linkage, &shuffled));
    // A model from a file links as the one that was fitted.
    let text = serde_json::to_string(&serial.model).expect("a model is JSON");
    let model = serde_json::from_str(&text).expect("JSON is a model");
    let known = Known { model: Some(&model), rulings: &[] };
    let reused = super::super::link(&frame(&people[0]), &frame(&people[1]), &settings(), known, Engine::Pool);
    let reused = reused.expect("frames are as the settings name them");
    assert_eq!(by_person(&serial.linkage, &people), by_person(&reused.linkage, &people));
}
