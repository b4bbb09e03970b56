//! Situations that break linkers, each with the decision it must get.

use super::people::{Person, frame, id, person};
use super::settings;
use crate::engine::Engine;
use crate::link::records::Records;
use crate::link::{Known, Ruling, explain, link};
use crate::table::linkage::{Fate, Moved, Relation};
use crate::table::{Decision, Linkage};

use Decision::{Conflict, Match, Review};

fn linked(left: &[Person], right: &[Person]) -> Linkage {
    let linked = link(&frame(left), &frame(right), &settings(), Known::default(), Engine::Serial);
    linked.expect("frames are as the settings name them").linkage
}

fn check(left: &[Person], right: &[Person], expected: &[(u32, u32, Decision)]) -> Linkage {
    let linkage = linked(left, right);
    let decided: Vec<(u32, u32, Decision)> =
        linkage.members.iter().map(|link| (link.left, link.right, link.decision)).collect();
    assert_eq!(decided, expected, "{:#?}", linkage.members);
    linkage
}

fn head(name: &str, id_no: &str) -> Person {
    person(name, id_no).relation("户主")
}

#[test]
fn one_number_and_one_name() {
    let a = id("19680305", 3);
    let linkage = check(&[head("王红", &a)], &[head("王宏", &format!("{a}42"))], &[(0, 0, Match)]);
    assert_eq!(&*linkage.members[0].reason, "证件号码一致，姓名同音，与户主关系一致，同村");
    assert_eq!(&*linkage.members[0].rule, "证件号码一致");
    assert_eq!(linkage.fates, [[Fate::Linked], [Fate::Linked]]);
}

#[test]
fn a_number_that_a_spreadsheet_cut() {
    let left = [head("王德福", "342127196803050031")];
    let left = [Person { id_no: id("19680305", 3), ..left[0].clone() }];
    let right = [Person { id_no: "342127196803050000".into(), ..left[0].clone() }];
    let linkage = check(&left, &right, &[(0, 0, Match)]);
    assert_eq!(&*linkage.members[0].reason, "证件号码末三位丢失，前15位一致，姓名一致，与户主关系一致，同村");
}

#[test]
fn one_wrong_digit_in_the_birth_date() {
    let a = id("19680305", 3);
    let wrong = a.replacen("1968", "1963", 1);
    check(&[head("王德福", &a)], &[head("王德福", &wrong)], &[(0, 0, Match)]);
    check(&[head("王德福", &a)], &[head("刘芳", &wrong)], &[(0, 0, Review)]);
}

#[test]
fn no_number_but_name_birth_date_and_village() {
    let left = [head("王德福", &id("19680305", 3))];
    check(&left, &[head("王德福", "").born("19680305", "男")], &[(0, 0, Match)]);
    // Another birth date: the same man mistyped, or a namesake? Nobody can tell from here.
    check(&left, &[head("王德福", "").born("19750811", "男")], &[(0, 0, Review)]);
    check(&left, &[person("王德福", "").relation("之子").born("19750811", "男")], &[]);
    // A name and a village alone are not enough to be sure.
    check(&[person("王德福", "")], &[person("王德福", "")], &[(0, 0, Review)]);
}

#[test]
fn one_number_and_two_names_is_weighed_and_left_to_a_person_where_nothing_else_agrees() {
    let a = id("19680305", 3);
    let linkage = check(&[head("王德福", &a)], &[head("刘芳", &a)], &[(0, 0, Match)]);
    assert_eq!(&*linkage.members[0].reason, "证件号码一致，与户主关系一致，同村；姓名不同");
    let elsewhere = person("刘芳", &a).relation("之女").village("李庄村");
    let linkage = check(&[head("王德福", &a)], &[elsewhere], &[(0, 0, Conflict)]);
    assert_eq!(&*linkage.members[0].reason, "证件号码相同而姓名不同，须核实");
    assert_eq!(linkage.fates, [[Fate::Conflict], [Fate::Conflict]]);
    // A name that was never filled contradicts nothing.
    check(&[head("王德福", &a)], &[head("未填", &a)], &[(0, 0, Match)]);
}

#[test]
fn a_brother_s_number_makes_no_brother_of_him() {
    let (elder, younger) = (id("19920610", 3), id("19920610", 5));
    let left = [head("韦波明", &elder), person("韦波怀", &younger).relation("之子")];
    // His own number lost to his brother's: neither one man registered twice, nor a sure link of elder with younger.
    check(&left, &[left[0].clone(), person("韦波怀", &elder).relation("之子")], &[(0, 0, Match), (1, 1, Match)]);
    let right = [head("韦波明", ""), person("韦波怀", &elder).relation("之子")];
    check(&left, &right, &[(0, 0, Match), (1, 1, Match)]);
    // Nobody of the very name at home: a slip of the keyboard.
    check(&left[..1], &[head("韦波怀", &elder)], &[(0, 0, Match)]);
}

#[test]
fn a_number_half_hidden_still_tells() {
    let a = id("19680305", 3);
    let hidden = format!("{}********{}", &a[..6], &a[14..]);
    check(&[head("王德福", &a)], &[head("王德福", &hidden)], &[(0, 0, Match)]);
    check(&[head("王德福", &a)], &[head("王德福", &hidden.replacen("003", "117", 1))], &[(0, 0, Review)]);
}

#[test]
fn a_pasted_number_of_a_relative() {
    let (husband, wife) = (id("19680305", 3), id("19700101", 4));
    let left = [head("王德福", &husband), person("刘芳", &wife).relation("配偶")];
    let right = [head("王德福", &husband), person("刘芳", &husband).relation("配偶")];
    let linkage = check(&left, &right, &[(0, 0, Match), (1, 1, Match)]);
    assert_eq!(&*linkage.members[1].reason, "姓名一致，与户主关系一致，户内其他成员已匹配；证件号码不同");
    // The wife is not on the left: nobody may be linked to her because of the number.
    let linkage = check(&left[..1], &right, &[(0, 0, Match), (0, 1, Conflict)]);
    assert_eq!(linkage.fates[1], [Fate::Linked, Fate::Conflict]);
}

#[test]
fn a_couple_with_swapped_numbers() {
    let (husband, wife) = (id("19680305", 3), id("19700101", 4));
    let left = [head("王德福", &husband), person("刘芳", &wife).relation("配偶")];
    let right = [head("王德福", &wife), person("刘芳", &husband).relation("配偶")];
    check(&left, &right, &[(0, 0, Match), (1, 1, Match)]);
}

#[test]
fn twins() {
    let twin = |name: &str, id_no: &str| person(name, id_no).born("20080101", "男").relation("之子");
    let father = head("王德福", &id("19680305", 3));
    let both = [father.clone(), twin("王建国", ""), twin("王建军", "")];
    check(&both, &both, &[(0, 0, Match), (1, 1, Match), (2, 2, Match)]);
    // One twin on each side: the same day and half a name are no proof that they are one boy.
    let (one, other) = ([father.clone(), twin("王建国", "")], [father.clone(), twin("王建文", "")]);
    check(&one, &other, &[(0, 0, Match), (1, 1, Review)]);
    // With their own numbers they are two boys.
    let numbered = |name, sequence| twin(name, &id("20080101", sequence));
    let (one, other) = ([father.clone(), numbered("王建国", 11)], [father, numbered("王建文", 13)]);
    check(&one, &other, &[(0, 0, Match)]);
}

#[test]
fn siblings_who_share_a_generation_name() {
    let father = head("王德福", &id("19680305", 3));
    let left = [father.clone(), person("王建国", "").relation("之子").born("20050203", "男")];
    let right = [father, person("王建文", "").relation("之子").born("20090817", "男")];
    check(&left, &right, &[(0, 0, Match)]);
}

#[test]
fn father_and_son_of_one_name_in_one_village() {
    let father = head("王强", "").born("19500101", "男").household(1);
    let son = head("王强", "").born("19760202", "男").household(2);
    check(&[father.clone(), son.clone()], &[son, father], &[(0, 1, Match), (1, 0, Match)]);
}

#[test]
fn namesakes_that_nothing_tells_apart() {
    let one = head("王强", "").born("19500101", "男").household(1);
    let other = one.clone().household(2);
    let linkage = check(std::slice::from_ref(&one), &[one.clone(), other], &[(0, 0, Review), (0, 1, Review)]);
    assert!(linkage.members[0].reason.ends_with("另有条件相近的人员"));
}

#[test]
fn the_dead_who_are_still_listed() {
    let son = head("王强", &id("19760202", 3));
    let father = person("王大山", &id("19400303", 5)).relation("之父");
    let linkage = check(std::slice::from_ref(&son), &[son.clone(), father], &[(0, 0, Match)]);
    assert_eq!(linkage.fates[1], [Fate::Linked, Fate::OnlyHere]);
    assert_eq!(linkage.households[0].relation, Relation::Same);
}

#[test]
fn a_household_finds_its_last_member() {
    let head = head("王强", &id("19760202", 3));
    let left = [head.clone(), person("李秀兰", "").relation("配偶").born("19780505", "女")];
    let right = [head, person("李绣蓝", "").relation("配偶").born("", "女").village("别村")];
    let linkage = check(&left, &right, &[(0, 0, Match), (1, 1, Match)]);
    assert_eq!(&*linkage.members[1].rule, "同户成员");
    assert_eq!(&*linkage.members[1].reason, "姓名同音，与户主关系一致，户内其他成员已匹配");
}

#[test]
fn one_person_twice_on_one_side() {
    let a = id("19680305", 3);
    let full = head("王德福", &a);
    let bare = Person { relation: String::new(), village: String::new(), household: 2, ..full.clone() };
    let linkage = check(&[bare, full.clone()], &[full], &[(1, 0, Match)]);
    assert_eq!(linkage.duplicates[0], [(0, 1)]);
    assert_eq!(linkage.fates[0], [Fate::Duplicate, Fate::Linked]);
}

/// A second row with another relation is the superfluous one, wherever it stands.
#[test]
fn of_two_rows_as_full_the_one_like_the_other_side_s_is_kept() {
    let a = id("19680305", 3);
    let row = head("王德福", &a);
    for relation in ["之子", "配偶", "其他", "之孙子", "父亲"] {
        let extra = Person { relation: relation.to_owned(), ..row.clone() };
        let one = std::slice::from_ref(&row);
        check(&[extra.clone(), row.clone()], one, &[(1, 0, Match)]);
        check(one, &[row.clone(), extra], &[(0, 0, Match)]);
    }
}

#[test]
fn households_split_and_merge() {
    let people: Vec<Person> = (0..4)
        .map(|n| person(["王强", "李芳", "张伟", "赵敏"][n as usize], &id("19760202", 11 + n)).household(1))
        .collect();
    let relations = |left: [u32; 4], right: [u32; 4]| {
        let side = |households: [u32; 4]| -> Vec<Person> {
            people.iter().zip(households).map(|(person, household)| person.clone().household(household)).collect()
        };
        let households = linked(&side(left), &side(right)).households;
        households.iter().map(|link| (link.left, link.right, link.relation, link.shared_members)).collect::<Vec<_>>()
    };
    assert_eq!(relations([1, 1, 1, 1], [7, 7, 7, 7]), [(1, 7, Relation::Same, 4)]);
    assert_eq!(relations([1, 1, 1, 1], [7, 7, 8, 8]), [(1, 7, Relation::Split, 2), (1, 8, Relation::Split, 2)]);
    assert_eq!(relations([1, 1, 2, 2], [7, 7, 7, 7]), [(1, 7, Relation::Merge, 2), (2, 7, Relation::Merge, 2)]);
    assert_eq!(
        relations([1, 1, 2, 2], [7, 8, 8, 8]),
        [(1, 7, Relation::Split, 1), (1, 8, Relation::Partial, 1), (2, 8, Relation::Merge, 2)]
    );
}

#[test]
fn a_waterfall_adds_up_to_the_link() {
    let a = id("19680305", 3);
    let left = frame(&[head("王红", &a), person("李强", "").relation("之子")]);
    let right = frame(&[head("王宏", &a), head("刘芳", "")]);
    let linked = link(&left, &right, &settings(), Known::default(), Engine::Serial).expect("frames are sound");
    let linkage = linked.linkage;
    let why = |pair| explain(&left, &right, &settings(), Known::default(), pair);
    let waterfall = why((0, 0)).expect("rows exist");
    let steps = waterfall.steps.iter().map(|step| step.weight_bits).sum::<f64>();
    assert!((waterfall.prior_bits + steps + waterfall.kin_doubt_bits - waterfall.total_bits).abs() < 1e-9);
    assert_eq!(waterfall.steps[1].words.zh, "姓名同音");
    assert_eq!(waterfall.decision, Some(Match));
    assert_eq!(waterfall.rule.as_deref(), Some("证件号码一致"));
    assert_eq!(waterfall.total_bits, linkage.members[0].weight_bits);
    assert!(!waterfall.households_linked, "a pair does not vouch for its own households");
    let refused = why((1, 1)).expect("rows exist");
    assert!(refused.households_linked && refused.total_bits < 0.0 && refused.match_prob < 0.5);
    assert_eq!(refused.steps[0].words.zh, "未比对");
    assert_eq!((refused.decision, refused.rule.as_deref()), (None, Some("同户成员")));
    assert!(why((2, 0)).is_err());
}

#[test]
fn a_column_that_no_export_delivered_is_never_observed() {
    let a = id("19680305", 3);
    let bare =
        frame(&[head("王红", &a)]).drop_many(["born_on", "relation", "household_ix", "township", "household_phone"]);
    let linked = link(&bare, &frame(&[head("王红", &a)]), &settings(), Known::default(), Engine::Serial);
    let linkage = linked.expect("columns may be absent").linkage;
    assert_eq!(linkage.members[0].decision, Match);
    assert_eq!(linkage.households, []);
}

#[test]
fn empty_registries() {
    let nobody = frame(&[]);
    let linked = link(&nobody, &frame(&[head("王红", "")]), &settings(), Known::default(), Engine::Pool);
    let linkage = linked.expect("nothing to refuse").linkage;
    assert_eq!(linkage.fates, [vec![], vec![Fate::OnlyHere]]);
}

#[test]
fn who_moved_joined_and_left_is_named() {
    let people: Vec<Person> = (0..6)
        .map(|n| person(["王强", "李芳", "张伟", "赵敏", "孙涛", "周丽"][n as usize], &id("19760202", 11 + n)))
        .collect();
    let home = |n: usize, household: u32| people[n].clone().household(household);
    // 张伟 lives with others now, 孙涛 is new among the first, 周丽 is not there any more.
    let left = [home(0, 1), home(1, 1), home(2, 1), home(5, 1), home(3, 2)];
    let right = [home(0, 7), home(1, 7), home(4, 7), home(2, 8), home(3, 8)];
    let movements = linked(&left, &right).movements;
    let told: Vec<_> = movements.iter().map(|one| (one.kind, one.left, one.right)).collect();
    assert_eq!(told, [(Moved::Moved, Some(2), Some(3)), (Moved::Joined, None, Some(2)), (Moved::Left, Some(3), None)]);
}

#[test]
fn a_person_s_ruling_is_never_overturned() {
    let a = id("19680305", 3);
    let left = frame(&[head("王德福", &a), head("王德福", "").born("19680305", "男").household(2)]);
    let right = frame(&[head("王德福", &a), head("王得福", "").born("19680305", "男").household(3)]);
    let ruled = |rulings: &[Ruling]| {
        let known = Known { model: None, rulings };
        let linked = link(&left, &right, &settings(), known, Engine::Serial).expect("frames are sound");
        let links = linked.linkage.members.into_iter().filter(|link| link.decision == Match);
        links.map(|link| (link.left, link.right, link.reason.to_string())).collect::<Vec<_>>()
    };
    let by_itself: Vec<_> = ruled(&[]).into_iter().map(|link| (link.0, link.1)).collect();
    assert_eq!(by_itself, [(0, 0), (1, 1)]);
    // Even one number and one name are two people when a person said so.
    let apart = ruled(&[Ruling { left: 0, right: 0, same: false }]);
    assert!(apart.iter().all(|link| (link.0, link.1) != (0, 0)), "{apart:?}");
    let crossed = ruled(&[Ruling { left: 0, right: 1, same: true }]);
    assert!(crossed.contains(&(0, 1, "人工判定为同一人".to_owned())), "{crossed:?}");
    assert!(crossed.iter().all(|link| link.0 != 0 || link.1 == 1), "{crossed:?}");
}

#[test]
fn values_meet_across_the_columns_of_one_comparison() {
    let settings = settings();
    let phone = settings.comparison("phone").expect("phone");
    let phones = |household: [&str; 2], member: [&str; 2]| {
        polars::prelude::df!("household_phone" => household, "member_phone" => member).expect("a frame")
    };
    // The left household's number is the right member's; numbers that merely stand in like places are not one.
    let left = phones(["13800000001", "13800000002"], ["13900000001", "13900000002"]);
    let right = phones(["13700000001", "13700000002"], ["13800000001", "13600000002"]);
    let records = Records::read([&left, &right], &settings).expect("columns may be absent");
    assert_eq!(records.level(phone, (0, 0), (1, 0)), 1);
    for pair in [(0, 1), (1, 0), (1, 1)] {
        assert_eq!(records.level(phone, (0, pair.0), (1, pair.1)), 2, "{pair:?}");
    }
}
