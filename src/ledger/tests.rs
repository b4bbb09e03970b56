//! What closes an item and what does not, on audits of small registries; and the ledger's promises over generated lives.

use proptest::prelude::*;

use super::life::{born, seen, unseen};
use super::*;
use crate::audit::testing::{Row, linkage, registry};
use crate::audit::{Evidence, Readings, Settings, audit};
use crate::engine::Engine;
use crate::table::{Decision, Linkage, Portion, Portions, Registry, Relation, RollLinks, Rolls, Sort, Supplier};

/// A week's exports of a county: a person in each of two townships, on both sides.
#[derive(Clone)]
struct Week {
    /// The first person on the platform: id, name, education, household number.
    person: Option<[&'static str; 4]>,
    /// The same in the national system.
    national: Option<[&'static str; 4]>,
    /// Whether the two are linked.
    is_linked: bool,
    /// Whether the neighbour township is there.
    has_neighbour: bool,
    settings: Settings,
    expected: Portions,
}

const ID: &str = "34212719700101123X";
const OTHER: &str = "342127198002021238";
const RIGHT: [&str; 4] = [ID, "张三", "初中", "1"];
const WRONG: [&str; 4] = [ID, "张三", "小学", "1"];

impl Week {
    fn new(person: [&'static str; 4]) -> Self {
        let (settings, expected) = Default::default();
        Self { person: Some(person), national: Some(RIGHT), is_linked: true, has_neighbour: true, settings, expected }
    }
    fn side(&self, side: Side) -> Registry {
        let person = if side == Side::National { self.national } else { self.person };
        let neighbour = self.has_neighbour.then_some([OTHER, "李四", "高中", "9"]);
        let people: Vec<([&str; 4], &str)> =
            person.map(|own| (own, "城关镇")).into_iter().chain(neighbour.map(|own| (own, "王店镇"))).collect();
        let indices: Vec<String> = (0..people.len()).map(|ix| ix.to_string()).collect();
        let members: Vec<Vec<(&str, &str)>> = people
            .iter()
            .zip(&indices)
            .map(|(([id, name, education, _], _), ix)| {
                let id18 = if id.len() == 18 { *id } else { "" };
                vec![
                    ("household_ix", ix.as_str()),
                    ("relation", "户主"),
                    ("name", name),
                    ("name_key", name),
                    ("id_no", id),
                    ("id18", id18),
                    ("education", education),
                ]
            })
            .collect();
        let households: Vec<[(&str, &str); 4]> = people
            .iter()
            .zip(&indices)
            .map(|(([.., no], town), ix)| {
                [("household_no", *no), ("head_ix", ix.as_str()), ("township", town), ("village", "张庄村")]
            })
            .collect();
        let members: Vec<Row<'_>> = members.iter().map(Vec::as_slice).collect();
        let households: Vec<Row<'_>> = households.iter().map(<[_; 4]>::as_slice).collect();
        registry(side, &members, &households)
    }
    fn linkage(&self, sizes: [usize; 2]) -> Linkage {
        let both = self.person.is_some() && self.national.is_some();
        let first = (both && self.is_linked).then_some((0, 0));
        let neighbour = [self.national.is_some(), self.person.is_some()].map(u32::from);
        let second = self.has_neighbour.then_some((neighbour[0], neighbour[1]));
        let pairs: Vec<(u32, u32)> = first.into_iter().chain(second).collect();
        let people: Vec<_> = pairs.iter().map(|(left, right)| (*left, *right, Decision::Match)).collect();
        let homes: Vec<_> = pairs.iter().map(|(left, right)| (*left, *right, Relation::Same, 1)).collect();
        linkage(&people, &homes, sizes)
    }
    /// The ledger after this week.
    fn roll(&self, previous: Vec<Item>, as_of: &str) -> Rolled {
        let registries = Side::BOTH.map(|side| self.side(side));
        let registries = [&registries[0], &registries[1]];
        let linkage = self.linkage(registries.map(|registry| registry.members.height()));
        let (rolls, links, aside) = (Rolls::default(), RollLinks::default(), Default::default());
        let evidence = Evidence { rolls: &rolls, links: &links, expected: &self.expected, aside: &aside };
        let audit = audit(registries, &linkage, evidence, &self.settings, Engine::Serial).unwrap();
        let proof = Proof { registries, linkage: &linkage, audit: &audit, evidence, site_key: "site" };
        roll(previous, &audit.findings, proof, as_of).unwrap()
    }
}

/// The item about the education of the first person, after a week of the wrong value and then this one.
fn after(week: &Week) -> Item {
    let before = Week::new(WRONG).roll(Vec::new(), "2019-03-01");
    assert_eq!(before.new, 1, "{before:#?}");
    let rolled = week.roll(before.items, "2019-03-08");
    rolled.items.into_iter().find(|item| item.rule_id == "F-education").expect("no item is lost")
}

#[track_caller]
fn ends(week: &Week, state: ItemState, reason: &str) {
    let item = after(week);
    assert_eq!((item.state, item.reason.as_deref().unwrap_or_default()), (state, reason));
}

#[test]
fn a_corrected_value_closes_its_item() {
    ends(&Week::new(RIGHT), ItemState::Closed, "");
}

#[test]
fn it_closes_when_the_neighbour_did_not_deliver_too() {
    let people = |side| Portion::of("王店镇", Supplier::System(side), crate::table::ExportKind::People, None);
    let expected = Side::BOTH.map(|side| (people(side), 1)).into();
    ends(&Week { has_neighbour: false, expected, ..Week::new(RIGHT) }, ItemState::Closed, "");
}

/// Both values are equal, for there is none any more.
#[test]
fn a_value_that_is_gone_has_not_been_corrected() {
    let blank = Some([ID, "张三", "", "1"]);
    let week = Week { person: blank, national: blank, ..Week::new(RIGHT) };
    ends(&week, ItemState::Frozen, "国办系统『文化程度』本次为空或看不懂");
}

#[test]
fn who_is_gone_from_both_has_not_been_corrected() {
    let week = Week { person: None, national: None, ..Week::new(RIGHT) };
    // The township delivered somebody else.
    let other = [OTHER, "王五", "高中", "7"];
    let there = Week { person: Some(other), national: Some(other), has_neighbour: false, ..week.clone() };
    ends(&there, ItemState::Left, "两个系统的导出都已没有该对象");
    ends(&week, ItemState::Frozen, "没有城关镇的导出");
}

#[test]
fn who_is_gone_from_one_side_is_not_compared() {
    let other = ["342127199003031235", "王五", "高中", "7"];
    let week = Week { person: Some(other), is_linked: false, ..Week::new(RIGHT) };
    ends(&week, ItemState::Frozen, "省办平台的导出已没有该对象");
}

#[test]
fn rows_that_are_linked_no_more_go_to_review() {
    let week = Week { is_linked: false, ..Week::new(RIGHT) };
    ends(&week, ItemState::LinkChanged, "两条记录本次没有匹配为同一对象");
}

#[test]
fn a_rule_that_was_changed_closes_nothing() {
    let mut week = Week::new(RIGHT);
    week.settings.vocabulary_digests.insert("education".to_owned(), "other".to_owned());
    ends(&week, ItemState::RuleChanged, "规则的条件、标准或词表已修改");
}

#[test]
fn a_rule_that_is_off_closes_nothing() {
    let mut week = Week::new(RIGHT);
    week.settings.switches.disabled.insert("F-education".to_owned());
    ends(&week, ItemState::Frozen, "已停用");
}

#[test]
fn an_item_keeps_its_number_when_the_identifier_is_corrected() {
    let damaged = ["34212719700101", "张三", "小学", "1"];
    let first = Week { national: Some(["", "张三", "初中", "1"]), ..Week::new(damaged) };
    let before = first.roll(Vec::new(), "2019-03-01");
    let number = |rolled: &Rolled| {
        let item = rolled.items.iter().find(|item| item.rule_id == "F-education");
        item.map(|item| (item.item_id.clone(), item.state)).expect("the item")
    };
    let again = Week::new(WRONG).roll(before.items.clone(), "2019-03-08");
    assert_eq!(number(&again), number(&before), "the subject got another key, the problem is the same");
    assert!(again.renumbered.values().any(|id| *id == number(&before).0));
    let closed = Week::new(RIGHT).roll(again.items, "2019-03-15");
    assert_eq!(number(&closed).1, ItemState::Closed);
}

#[test]
fn what_a_run_changed_is_told_by_run() {
    let counts = |rolled: &Rolled| [rolled.new, rolled.closed, rolled.reopened, rolled.frozen];
    let wrong = Week::new(WRONG);
    let first = wrong.roll(Vec::new(), "2019-03-01");
    assert_eq!(counts(&first), [1, 0, 0, 0]);
    let again = wrong.roll(first.items.clone(), "2019-03-01");
    assert_eq!((counts(&again), &again.items), ([0, 0, 0, 0], &first.items), "the same day, another run");
    let closed = Week::new(RIGHT).roll(again.items, "2019-03-01");
    assert_eq!(counts(&closed), [0, 1, 0, 0]);
    assert_eq!(counts(&wrong.roll(closed.items, "2019-03-02")), [0, 0, 1, 0]);
}

/// A finding of the wrong week, and what a step needs.
fn example() -> (Finding, Subjects, Cells) {
    let week = Week::new(WRONG);
    let registries = Side::BOTH.map(|side| week.side(side));
    let registries = [&registries[0], &registries[1]];
    let linkage = week.linkage([2, 2]);
    let (rolls, links, aside) = (Rolls::default(), RollLinks::default(), Default::default());
    let evidence = Evidence { rolls: &rolls, links: &links, expected: &week.expected, aside: &aside };
    let mut audit = audit(registries, &linkage, evidence, &week.settings, Engine::Serial).unwrap();
    (audit.findings.remove(0), Subjects::of(registries, "site").unwrap(), Cells::of(registries).unwrap())
}

#[test]
fn a_detail_hash_tells_where_one_value_ends() {
    let (finding, subjects, cells) = example();
    let readings = Readings::new();
    let now = Now { as_of: "2019-03-01", readings: &readings, subjects: &subjects, cells: &cells };
    let hash = |id: &str, national: Option<&str>, provincial: Option<&str>| {
        let [national_value, provincial_value] =
            [national, provincial].map(|value| value.map(|text| Sort::Text.of(text).into()));
        born(&Finding { finding_id: id.to_owned(), national_value, provincial_value, ..finding.clone() }, &now)
            .detail_hash
    };
    assert_ne!(hash("a", Some("ab"), Some("c")), hash("a", Some("a"), Some("bc")));
    assert_ne!(hash("a", Some("a"), None), hash("a", None, Some("a")));
    assert_ne!(hash("a", Some(""), None), hash("a", None, None));
    assert_ne!(hash("a", Some("a"), None), hash("b", Some("a"), None));
    assert_eq!(hash("a", None, None).len(), 16);
}

#[test]
fn no_value_can_be_read_from_a_subject() {
    let (finding, subjects, _) = example();
    let words = subjects.words(&finding.subject);
    assert!(words.starts_with("nm.") && words.contains(" pm."), "{words}");
    assert!(!words.contains(ID) && !words.contains("张三") && !words.contains("1970"), "{words}");
}

/// One step of a generated life: what a run says, and its day.
#[derive(Debug, Clone)]
enum Step {
    Seen(u32),
    Unseen(Verdict, u32),
}

fn step() -> impl Strategy<Value = Step> {
    let reason = || "因".to_owned();
    let verdict = prop_oneof![
        Just(Verdict::Corrected),
        Just(Verdict::Left(reason())),
        Just(Verdict::RuleChanged(reason())),
        Just(Verdict::LinkChanged(reason())),
        Just(Verdict::Merged(reason())),
        Just(Verdict::Silent(reason())),
    ];
    prop_oneof![
        (1..6u32).prop_map(Step::Seen),
        (verdict, 1..6u32).prop_map(|(verdict, day)| Step::Unseen(verdict, day))
    ]
}

const DAYS: [&str; 6] = ["2019-03-01", "2019-03-02", "2019-03-03", "2019-03-04", "2019-03-05", "2019-03-06"];

/// What must hold of any item at any time.
fn is_sound(item: &Item) -> bool {
    (item.state == ItemState::Closed) == item.closed_on.is_some()
        && item.first_seen <= item.last_seen
        && item.closed_on.as_ref().is_none_or(|closed_on| *closed_on >= item.last_seen)
        && (item.state != ItemState::Open || item.reopened_count == 0)
        && (item.state != ItemState::Reopened || item.reopened_count > 0)
        && item.reason.is_some() != matches!(item.state, ItemState::Open | ItemState::Reopened | ItemState::Closed)
}

proptest! {
    #[test]
    fn only_proof_closes_and_the_same_step_again_changes_nothing(steps in prop::collection::vec(step(), 1..12)) {
        let (finding, subjects, cells) = example();
        let readings = Readings::new();
        let now = |as_of| Now { as_of, readings: &readings, subjects: &subjects, cells: &cells };
        let mut item = born(&finding, &now("2019-03-01"));
        for step in &steps {
            let take = |item: Item| match step {
                Step::Seen(day) => seen(item, &finding, &now(DAYS[*day as usize])),
                Step::Unseen(verdict, day) => unseen(item, verdict.clone(), DAYS[*day as usize]),
            };
            let after = take(item.clone());
            prop_assert!(is_sound(&after), "{:?} {:?}", step, after);
            if after.state == ItemState::Closed && item.state != ItemState::Closed {
                prop_assert!(matches!(step, Step::Unseen(Verdict::Corrected, _)), "{:?}", step);
            }
            prop_assert_eq!(&take(after.clone()), &after, "{:?}", step);
            item = after;
        }
    }
}

#[test]
fn an_old_export_rolled_late_moves_nothing_back() {
    let (finding, subjects, cells) = example();
    let readings = Readings::new();
    let now = |as_of| Now { as_of, readings: &readings, subjects: &subjects, cells: &cells };
    let item = born(&finding, &now("2019-03-05"));
    let told = |item: &Item| (item.state, item.first_seen.clone(), item.last_seen.clone());
    let late = unseen(item.clone(), Verdict::Corrected, "2019-03-04");
    assert_eq!(late, item, "an older export proves nothing");
    let older = seen(item, &finding, &now("2019-03-03"));
    assert_eq!(told(&older), (ItemState::Open, "2019-03-03".to_owned(), "2019-03-05".to_owned()));
    let closed = unseen(older, Verdict::Corrected, "2019-03-09");
    assert_eq!(seen(closed.clone(), &finding, &now("2019-03-08")), closed);
    assert_eq!(seen(closed, &finding, &now("2019-03-09")).state, ItemState::Reopened);
}
