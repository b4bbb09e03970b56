//! Stories of single items, and the ledger's promises over generated histories.

use proptest::prelude::*;

use super::*;
use crate::table::{Category, CorrectIn, Scope, Severity};

const TOWN: &str = "城关镇";
const ZONE: &str = "经济开发区";

fn finding(id: &str, township: Option<&str>, value: &str) -> Finding {
    Finding {
        finding_id: id.to_owned(),
        rule_id: format!("R-{}", &id[..1]),
        category: Category::Field,
        severity: Severity::Error,
        scope: Scope::Member,
        township: township.map(str::to_owned),
        village: None,
        national_household_no: None,
        national_person_no: None,
        provincial_household_no: None,
        provincial_person_no: None,
        name: None,
        head_name: None,
        id_no: None,
        relation: None,
        year: None,
        field: None,
        national_value: Some(value.to_owned()),
        provincial_value: None,
        correct_in: CorrectIn::Provincial,
        message: String::new(),
        remedy: String::new(),
        cause_id: None,
        national: None,
        provincial: None,
    }
}

fn coverage(townships: &[&str], rules: &[&str]) -> Coverage {
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Coverage { townships: set(townships), rules: set(rules), ..Coverage::default() }
}

#[test]
fn a_year_that_was_not_delivered_closes_nothing() {
    let of_year = |year| Finding { year: Some(year), ..finding("a", Some(TOWN), "之子") };
    let known = roll(Vec::new(), &[of_year(2017)], &Coverage::default(), "2019-03-01").items;
    let years = |years: &[i32]| [("R-a".to_owned(), years.iter().copied().collect())].into();
    let state = |judged: &[i32]| {
        let covered = Coverage { years: years(judged), ..coverage(&[TOWN], &["R-a"]) };
        roll(known.clone(), &[], &covered, "2019-03-02").items[0].state
    };
    assert_eq!([state(&[2018]), state(&[2017, 2018])], [ItemState::Frozen, ItemState::Closed]);
}

/// One run of a story: its day of March 2019, whether the problem is seen, what is covered, and the item afterwards
/// as `state first–last closed_on ×reopened`.
struct Story(Vec<Item>);

impl Story {
    fn run(self, day: u32, seen: bool, covered: &Coverage, expected: &str) -> Self {
        let findings: Vec<_> = seen.then(|| finding("a", Some(TOWN), "之子")).into_iter().collect();
        let rolled = roll(self.0, &findings, covered, &format!("2019-03-{day:02}"));
        let told: Vec<_> = rolled.items.iter().map(told).collect();
        assert_eq!(told, [expected], "on day {day}");
        Self(rolled.items)
    }
}

fn told(item: &Item) -> String {
    let day = |date: &str| date[8..].to_owned();
    let closed = item.closed_on.as_deref().map_or("-".to_owned(), day);
    let (state, first, last) = (item.state.word(), day(&item.first_seen), day(&item.last_seen));
    format!("{state} {first}–{last} {closed} ×{}", item.reopened_count)
}

#[test]
fn corrected_then_relapsed() {
    let all = coverage(&[TOWN], &["R-a"]);
    Story(Vec::new())
        .run(1, true, &all, "open 01–01 - ×0")
        .run(2, true, &all, "open 01–02 - ×0")
        .run(3, false, &all, "closed 01–02 03 ×0")
        .run(4, false, &all, "closed 01–02 03 ×0")
        .run(5, true, &all, "reopened 01–05 - ×1")
        .run(6, true, &all, "reopened 01–06 - ×1")
        .run(7, false, &all, "closed 01–06 07 ×1")
        .run(8, true, &all, "reopened 01–08 - ×2");
}

#[test]
fn a_township_that_was_not_exported_freezes() {
    let (all, other) = (coverage(&[TOWN, ZONE], &["R-a"]), coverage(&[ZONE], &["R-a"]));
    Story(Vec::new())
        .run(1, true, &all, "open 01–01 - ×0")
        .run(2, false, &other, "frozen 01–01 - ×0")
        .run(3, false, &other, "frozen 01–01 - ×0")
        .run(4, true, &all, "open 01–04 - ×0")
        .run(5, false, &other, "frozen 01–04 - ×0")
        .run(6, false, &all, "closed 01–04 06 ×0")
        .run(7, false, &other, "closed 01–04 06 ×0");
}

#[test]
fn a_rule_that_was_not_evaluated_freezes() {
    let (all, unruled) = (coverage(&[TOWN], &["R-a"]), coverage(&[TOWN], &["R-b"]));
    Story(Vec::new()).run(1, true, &all, "open 01–01 - ×0").run(2, false, &unruled, "frozen 01–01 - ×0").run(
        3,
        false,
        &all,
        "closed 01–01 03 ×0",
    );
}

#[test]
fn a_relapsed_item_thaws_as_relapsed() {
    let (all, nothing) = (coverage(&[TOWN], &["R-a"]), Coverage::default());
    Story(Vec::new())
        .run(1, true, &all, "open 01–01 - ×0")
        .run(2, false, &all, "closed 01–01 02 ×0")
        .run(3, true, &all, "reopened 01–03 - ×1")
        .run(4, false, &nothing, "frozen 01–03 - ×1")
        .run(5, true, &all, "reopened 01–05 - ×1");
}

#[test]
fn an_old_export_rolled_late_moves_nothing_back() {
    let (all, nothing) = (coverage(&[TOWN], &["R-a"]), Coverage::default());
    Story(Vec::new())
        .run(5, true, &all, "open 05–05 - ×0")
        .run(4, false, &all, "open 05–05 - ×0")
        .run(4, false, &nothing, "open 05–05 - ×0")
        .run(3, true, &all, "open 03–05 - ×0")
        .run(9, false, &all, "closed 03–05 09 ×0")
        .run(8, true, &all, "closed 03–05 09 ×0")
        .run(2, true, &all, "closed 02–05 09 ×0")
        .run(9, true, &all, "reopened 02–09 - ×1");
}

#[test]
fn an_item_of_no_township_closes_only_when_every_known_township_was_exported() {
    let state = |townships: &[&str]| {
        let findings = [finding("a", None, ""), finding("b", Some(TOWN), ""), finding("c", Some(ZONE), "")];
        let rules = ["R-a", "R-b", "R-c"];
        let before = roll(Vec::new(), &findings, &Coverage::default(), "2019-03-01").items;
        roll(before, &[], &coverage(townships, &rules), "2019-03-02").items[0].state
    };
    assert_eq!(state(&[TOWN]), ItemState::Frozen);
    assert_eq!(state(&[TOWN, ZONE]), ItemState::Closed);
}

#[test]
fn an_item_follows_its_finding() {
    let all = coverage(&[TOWN, ZONE], &["R-a"]);
    let before = roll(Vec::new(), &[finding("a", Some(TOWN), "之子")], &all, "2019-03-01").items;
    let same = roll(before.clone(), &[finding("a", Some(TOWN), "之子")], &all, "2019-03-02").items;
    let moved = roll(before.clone(), &[finding("a", Some(ZONE), "之女")], &all, "2019-03-02").items;
    assert_eq!(same[0].detail_hash, before[0].detail_hash);
    assert_ne!(moved[0].detail_hash, before[0].detail_hash);
    assert_eq!(moved[0].township.as_deref(), Some(ZONE));
}

#[test]
fn a_detail_hash_tells_where_one_value_ends() {
    let hash = |national: Option<&str>, provincial: Option<&str>| {
        let mut one = finding("a", None, "");
        (one.national_value, one.provincial_value) = (national.map(str::to_owned), provincial.map(str::to_owned));
        life::born(&one, "2019-03-01").detail_hash
    };
    assert_ne!(hash(Some("ab"), Some("c")), hash(Some("a"), Some("bc")));
    assert_ne!(hash(Some("a"), None), hash(None, Some("a")));
    assert_ne!(hash(Some(""), None), hash(None, None));
    assert_ne!(hash(Some("a"), None), life::born(&finding("b", None, "a"), "2019-03-01").detail_hash);
    assert_eq!(hash(None, None).len(), 16);
}

fn counts(rolled: &Rolled) -> [u64; 4] {
    [rolled.new, rolled.closed, rolled.reopened, rolled.frozen]
}

#[test]
fn items_are_counted() {
    let (all, town) = (coverage(&[TOWN, ZONE], &["R-a", "R-b", "R-c"]), coverage(&[TOWN], &["R-a", "R-b", "R-c"]));
    let [a, b, c] = [("a", TOWN), ("b", TOWN), ("c", ZONE)].map(|(id, place)| finding(id, Some(place), ""));
    let first = roll(Vec::new(), &[a.clone(), b.clone(), c], &all, "2019-03-01");
    assert_eq!(counts(&first), [3, 0, 0, 0]);
    let second = roll(first.items, &[b], &town, "2019-03-02");
    assert_eq!(counts(&second), [0, 1, 0, 1]);
    let third = roll(second.items, &[a], &town, "2019-03-03");
    assert_eq!(counts(&third), [0, 1, 1, 1]);
}

/// One run of a generated history: what was seen, with which value; which townships and rules were covered; its day.
type Generated = (Vec<(usize, u8)>, [bool; 3], [bool; 2], u32);

const IDS: [&str; 8] = ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4"];
const PLACES: [Option<&str>; 4] = [Some("甲乡"), Some("乙镇"), Some("丙区"), None];

fn generated() -> impl Strategy<Value = Generated> {
    (prop::collection::vec((0..IDS.len(), 0..3u8), 0..10), any::<[bool; 3]>(), any::<[bool; 2]>(), 1..6u32)
}

fn inputs((seen, townships, rules, day): &Generated) -> (Vec<Finding>, Coverage, String) {
    let findings = seen.iter().map(|&(ix, value)| finding(IDS[ix], PLACES[ix % 4], &value.to_string())).collect();
    let chosen = |flags: &[bool], words: &[&'static str]| -> Vec<&'static str> {
        flags.iter().zip(words).filter(|(flag, _)| **flag).map(|(_, word)| *word).collect()
    };
    let covered = coverage(&chosen(townships, &["甲乡", "乙镇", "丙区"]), &chosen(rules, &["R-a", "R-b"]));
    (findings, covered, format!("2019-03-{day:02}"))
}

fn ids(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| item.item_id.clone()).collect()
}

/// What must hold of any item at any time.
fn sound(item: &Item) -> bool {
    let closed = item.state == ItemState::Closed;
    closed == item.closed_on.is_some()
        && item.first_seen <= item.last_seen
        && item.closed_on.as_ref().is_none_or(|closed_on| *closed_on >= item.last_seen)
        && (item.state != ItemState::Open || item.reopened_count == 0)
        && (item.state != ItemState::Reopened || item.reopened_count > 0)
}

proptest! {
    #[test]
    fn no_item_is_lost_or_doubled(history in prop::collection::vec(generated(), 1..8)) {
        let mut items = Vec::new();
        for run in &history {
            let (findings, covered, as_of) = inputs(run);
            let mut expected: Vec<String> = ids(&items);
            expected.extend(findings.iter().map(|finding| finding.finding_id.clone()));
            expected.sort();
            expected.dedup();
            items = roll(items, &findings, &covered, &as_of).items;
            prop_assert_eq!(ids(&items), expected);
            prop_assert!(items.iter().all(sound), "{:?}", items);
        }
    }

    #[test]
    fn the_same_run_again_changes_nothing(history in prop::collection::vec(generated(), 1..8)) {
        let mut items = Vec::new();
        for run in &history {
            let (findings, covered, as_of) = inputs(run);
            let once = roll(items, &findings, &covered, &as_of);
            let again = roll(once.items.clone(), &findings, &covered, &as_of);
            prop_assert_eq!(&again.items, &once.items);
            prop_assert_eq!(counts(&again), counts(&once));
            items = once.items;
        }
    }

    #[test]
    fn the_order_of_findings_and_items_does_not_matter(history in prop::collection::vec(generated(), 1..8)) {
        let (mut items, mut mirrored) = (Vec::new(), Vec::new());
        for run in &history {
            let (mut findings, covered, as_of) = inputs(run);
            items = roll(items, &findings, &covered, &as_of).items;
            findings.reverse();
            mirrored = roll(mirrored.into_iter().rev().collect(), &findings, &covered, &as_of).items;
            prop_assert_eq!(&mirrored, &items);
        }
    }

    #[test]
    fn only_evidence_closes(history in prop::collection::vec(generated(), 1..8)) {
        let mut items: Vec<Item> = Vec::new();
        for run in &history {
            let (findings, covered, as_of) = inputs(run);
            let before = items.clone();
            items = roll(items, &findings, &covered, &as_of).items;
            for item in before.iter().filter(|item| item.state != ItemState::Closed) {
                let after = items.iter().find(|after| after.item_id == item.item_id).unwrap();
                if after.state == ItemState::Closed {
                    prop_assert!(findings.iter().all(|finding| finding.finding_id != item.item_id));
                    prop_assert!(covered.rules.contains(&item.rule_id));
                    prop_assert!(item.township.as_ref().is_none_or(|place| covered.townships.contains(place)));
                }
            }
        }
    }
}
