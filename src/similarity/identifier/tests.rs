//! Every way in which a number goes wrong, generated, and the level that it must have.

use super::parse::check_character;
use super::*;
use IdLevel::{
    DamagedDiffer, Differ, EqualInvalid, Exact, Masked as Hidden, OneError, SameBirth, Truncated as Cut, TwoErrors,
};

/// A number of nobody: 17 digits and their check character.
fn valid(first: &str) -> String {
    let check = check_character(first.as_bytes()).expect("17 digits");
    format!("{first}{}", char::from(check))
}

/// Numbers that end in a digit, in X, in 000, with repeated digits, of another century.
fn numbers() -> Vec<String> {
    ["34212719680305003", "34122619551123114", "11010519491231002", "34212719951112222", "34212720160229001"]
        .map(valid)
        .into()
}

fn compare(a: &str, b: &str) -> Option<IdLevel> {
    Identifier::parse(a).zip(Identifier::parse(b)).map(|(a, b)| level(&a, &b))
}

fn check(a: &str, b: &str, expected: Option<IdLevel>) {
    assert_eq!(compare(a, b), expected, "{a} {b}");
    assert_eq!(compare(b, a), expected, "{b} {a}");
}

/// The levels that a kind of damage may have, the usual one first.
fn check_all(damage: impl Fn(&str) -> Vec<String>, expected: &[IdLevel]) {
    let mut usual = 0;
    let mut all = 0;
    for number in numbers() {
        for damaged in damage(&number).into_iter().filter(|damaged| *damaged != number) {
            let found = compare(&number, &damaged).unwrap_or_else(|| panic!("{damaged} is a number"));
            assert!(expected.contains(&found), "{number} {damaged} {found:?}");
            assert_eq!(compare(&damaged, &number), Some(found), "{damaged} {number}");
            all += 1;
            usual += usize::from(found == expected[0]);
        }
    }
    assert!(usual * 4 >= all * 3, "{usual} of {all} are {:?}", expected[0]);
}

fn edited(number: &str, edit: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = number.as_bytes().to_vec();
    edit(&mut bytes);
    String::from_utf8(bytes).expect("ascii")
}

fn substitutions(number: &str) -> Vec<String> {
    let at = |at: usize| (b'0'..=b'9').map(move |digit| edited(number, |bytes| bytes[at] = digit));
    (0..LENGTH).flat_map(at).filter(|damaged| damaged != number).collect()
}

fn swaps(number: &str) -> Vec<String> {
    (0..LENGTH - 1).map(|at| edited(number, |bytes| bytes.swap(at, at + 1))).collect()
}

fn deletions(number: &str) -> Vec<String> {
    (0..LENGTH)
        .map(|at| {
            edited(number, |bytes| {
                bytes.remove(at);
            })
        })
        .collect()
}

#[test]
fn one_slip() {
    // The last three may become 000, as if a spreadsheet had cut them.
    check_all(substitutions, &[OneError, Cut]);
    check_all(swaps, &[OneError]);
    // The X itself; 17 digits that are a number without its X by chance.
    check_all(deletions, &[OneError, Exact, SameBirth]);
    let insertions = |number: &str| {
        let at = |at: usize| (b'0'..=b'9').map(move |digit| edited(number, |bytes| bytes.insert(at, digit)));
        (0..=LENGTH).flat_map(at).collect()
    };
    check_all(insertions, &[OneError]);
}

#[test]
fn two_slips() {
    let after_a_substitution = |second: fn(&str) -> Vec<String>| {
        move |number: &str| -> Vec<String> {
            // Every seventh, so that all places and most digits take part.
            let twice = substitutions(number).into_iter().step_by(7).flat_map(|once| second(&once));
            // One in a hundred proves itself by chance and is another person's.
            twice.filter(|damaged| Identifier::parse(damaged).is_none_or(|id| id.state != State::Valid)).collect()
        }
    };
    // Two slips at one place may be one.
    check_all(after_a_substitution(substitutions), &[TwoErrors, OneError, Cut]);
    check_all(after_a_substitution(swaps), &[TwoErrors, OneError, Cut]);
    check_all(after_a_substitution(deletions), &[TwoErrors, OneError, Cut]);
}

#[test]
fn two_numbers_that_prove_themselves_are_two() {
    for number in numbers() {
        for sequence in 0..1000 {
            let other = valid(&format!("{}{sequence:03}", &number[..14]));
            let same_sex = other.as_bytes()[16] % 2 == number.as_bytes()[16] % 2;
            let is_cut = other[..KEPT] == number[..KEPT] && other.ends_with("000");
            let expected = match () {
                () if other == number => Exact,
                () if is_cut => Cut,
                () if same_sex => SameBirth,
                () => Differ,
            };
            check(&number, &other, Some(expected));
        }
    }
}

#[test]
fn forms_of_one_number() {
    for number in numbers() {
        let forms = [
            number.to_lowercase(),
            format!("'{number}"),
            format!(" {}\u{a0}{}\u{3000}", &number[..6], &number[6..]),
            format!("{number}42"),
            format!("{number}42B1"),
            format!("G{number}"),
            format!("{number}张三"),
            format!("身份证：{number}"),
            format!("{}-{}-{}", &number[..6], &number[6..14], &number[14..]),
            number.chars().map(wide).collect(),
            number.replace('0', "O").replace('1', "l"),
            number.replace('X', "×"),
            number.replace('X', "Ｘ"),
            format!("{number}/{number}"),
        ];
        for form in forms {
            check(&number, &form, Some(Exact));
        }
        if number.ends_with('X') {
            check(&number, &number[..17], Some(Exact));
            check(&number, &format!("{}*", &number[..17]), Some(Exact));
        } else {
            check(&number, &number[..17], Some(OneError));
            check(&number, &format!("{}*", &number[..17]), Some(OneError));
        }
    }
}

fn wide(character: char) -> char {
    char::from_u32(u32::from(character) + 0xFEE0).expect("full-width form")
}

#[test]
fn old_numbers() {
    let number = valid("34212719680305003");
    let old = "342127680305003";
    check(&number, old, Some(Exact));
    check(old, old, Some(Exact));
    // No check character caught the slip …
    check(&number, "342127670305003", Some(OneError));
    check(&number, "342127860305003", Some(OneError));
    check(&number, "342177630305003", Some(TwoErrors));
    // … but in the sequence it is as likely a neighbour.
    check(&number, "342127680305005", Some(SameBirth));
    check(&number, "342127680305004", Some(OneError));
    check(&number, "342127700617004", Some(Differ));
    // An impossible date.
    check(&number, "342127681305003", Some(OneError));
    check(&number, "342127681345003", Some(TwoErrors));
    check("342127681305003", "342127681305003", Some(EqualInvalid));
}

#[test]
fn cut_numbers() {
    for number in numbers() {
        let first = &number[..KEPT];
        for cut in [
            format!("{first}000"),
            format!("{first}00000"),
            format!("{first}0000000"),
            first.into(),
            number[..16].into(),
        ] {
            check(&number, &cut, Some(Cut));
        }
        // Cut and mistyped. One of eleven passes its check.
        for damaged in substitutions(&number).iter().map(|damaged| format!("{}000", &damaged[..KEPT])) {
            let is_cut = Identifier::parse(&damaged).is_some_and(|cut| cut.state == State::Truncated);
            if is_cut && damaged[..KEPT] != *first {
                check(&number, &damaged, Some(TwoErrors));
            }
        }
    }
    check(&valid("34212719680305003"), "342127197011050000", Some(DamagedDiffer));
    check("342127196803050000", "342127197011050000", Some(DamagedDiffer));
    check("342127196803050000", "34212719680305000000", Some(Cut));
}

#[test]
fn a_cut_number_that_passes_the_check_by_chance_is_still_cut() {
    assert!(is_valid(b"342127195103222000"));
    check(&valid("34212719510322275"), "342127195103222000", Some(Cut));
    check(&valid("34212719510322375"), "342127195103222000", Some(Differ));
}

#[test]
fn certificates() {
    for number in numbers() {
        for damaged in substitutions(&number).into_iter().filter(|damaged| !damaged.ends_with("000")) {
            check(&number, &format!("{damaged}42"), Some(OneError));
            check(&number, &format!("{damaged}61B2"), Some(OneError));
        }
        for damaged in deletions(&number) {
            let found = compare(&number, &format!("{damaged}42"));
            assert!(matches!(found, Some(OneError | TwoErrors)), "{number} {damaged}42 {found:?}");
        }
    }
}

#[test]
fn hidden_numbers() {
    let a = valid("34212719680305003");
    let hidden = |text: &str| format!("{}********{}", &text[..6], &text[14..]);
    check(&a, &hidden(&a), Some(Hidden));
    check(&format!("{a}42"), &hidden(&a), Some(Hidden));
    check(&hidden(&a), &hidden(&a), Some(Hidden));
    check(&a, &hidden(&a).replace('*', "X"), Some(Hidden));
    check(&a, &hidden(&a).replace('*', "●"), Some(Hidden));
    check(&a, &hidden(&valid("34212719680305005")), Some(DamagedDiffer));
    check(&a, &format!("{}************", &a[..6]), None);
    check(&a, &format!("{}****", &a[..14]), Some(Hidden));
    check(&a, &format!("{}**{}", &a[..14], &a[16..]), Some(TwoErrors));
    // A cut number shows seven of the ten digits: too few.
    check("342127196803050000", &hidden(&a), Some(DamagedDiffer));
}

#[test]
fn different_numbers() {
    let number = valid("34212719680305003");
    let other = valid("34212719701105003");
    check(&number, &valid("34212719680305005"), Some(SameBirth));
    check(&number, &valid("34122619680305005"), Some(SameBirth));
    check(&number, &valid("34212719680305004"), Some(Differ));
    check(&number, &other, Some(Differ));
    for damaged in substitutions(&number) {
        let found = compare(&other, &damaged);
        assert_eq!(found, Some(DamagedDiffer), "{other} {damaged}");
        check(&damaged, &damaged, Some(if damaged.ends_with("000") { Cut } else { EqualInvalid }));
    }
}

#[test]
fn what_identifies_nobody() {
    let (a, b) = (valid("34212719680305003"), valid("34212719701105003"));
    let written = [
        "",
        "未填",
        "3.42127E+17",
        "3.42127196803050E+17",
        "342127196803050.0",
        "999999196803050031",
        "111111111111111111",
        "000000000000000000",
        "34212719",
        "无",
        "军字第12345678号",
        "ABCDEFGHIJKLMNOPQR",
        &format!("{a}/{b}"),
        &format!("{a}{b}"),
    ]
    .map(str::to_owned);
    for written in written {
        assert_eq!(Identifier::parse(&written), None, "{written}");
    }
    // A damaged one beside a sound one is that one's slip.
    check(&a, &format!("{a}（{}）", b.replace("34", "43")), Some(Exact));
}

#[test]
fn the_published_example_has_its_check_character() {
    assert!(is_valid(b"11010519491231002X"));
    assert!(is_valid(b"440524188001010014"));
    assert!(!is_valid(b"110105194912310021"));
    assert!(!is_valid(b"11010519491331002X"));
}

#[test]
fn levels_have_names() {
    assert_eq!(IdLevel::NAMES.len(), Differ as usize + 1);
}
