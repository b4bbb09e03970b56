//! Damage by spreadsheets and typing: what happens to identifiers, names, numbers of households and telephones.
//!
//! Every class of damage is one function from a clean value to a damaged one, `None` when it cannot befall that
//! value (a missing X needs an X). Classes are dealt from a deck, not drawn, so that each appears as soon as there
//! are as many damaged cells as classes; then a card is looked for that the class can befall.

use std::collections::BTreeSet;

use rand::seq::SliceRandom;

use super::confusion::{homophone, lookalike, surname_variant, traditional};
use super::draw::{Rng, between, chance, pick, weighted};
use super::register::{Card, Cell, Col, HouseCol};
use super::scene::{Injected, Scene};
use crate::table::Side;
use crate::table::Side::{National, Provincial};

/// What a class of damage leaves of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// All of it, once folded: width, case, blanks, wrappings. No finding.
    All,
    /// Enough to recognise it by.
    Most,
    /// Nothing.
    Nothing,
}
use Left::{All, Most, Nothing};

type Corruption = fn(&mut Rng, &str) -> Option<String>;
/// Name of the class, how often it is dealt, what it leaves, how it is done.
type Class = (&'static str, usize, Left, Corruption);

/// Damage to 证件号码.
const IDENTIFIERS: &[Class] = &[
    ("excel_15", 5, Most, excel_15),
    ("scientific", 2, Nothing, scientific),
    ("lower_x", 2, All, |_, id| replace_last_x(id, "x")),
    ("wide_x", 1, All, |_, id| replace_last_x(id, "Ｘ")),
    ("times_sign", 1, Most, |_, id| replace_last_x(id, "×")),
    ("cyrillic_x", 1, Most, |_, id| replace_last_x(id, "Х")),
    ("asterisk", 1, Most, |_, id| replace_last_x(id, "*")),
    ("last_missing", 2, Most, last_missing),
    ("quoted", 2, All, |rng, id| Some(format!("{}{id}", pick(rng, &["'", "`", "‘"])))),
    ("blanks", 2, All, blanks),
    ("invisible", 2, All, invisible),
    ("full_width", 1, All, |_, id| Some(id.chars().map(full_width).collect())),
    ("letter_o", 1, Most, |_, id| one_replaced(id, '0', 'O')),
    ("letter_l", 1, Most, |_, id| one_replaced(id, '1', 'l')),
    ("transposed", 3, Most, transposed),
    ("wrong_digit", 4, Most, |rng, id| wrong_digits(rng, id, 1)),
    ("two_wrong_digits", 2, Most, |rng, id| wrong_digits(rng, id, 2)),
    ("impossible_birth", 1, Most, impossible_birth),
    ("student_number", 1, Most, |_, id| (id.len() == 18).then(|| format!("G{id}"))),
    ("two_numbers", 1, Most, two_numbers),
    ("old_15", 2, Most, old_15),
    ("truncated", 1, Nothing, |_, id| id.is_ascii().then(|| id[..6.min(id.len())].to_owned())),
    ("masked", 1, Nothing, |_, id| (id.len() >= 18).then(|| format!("{}********{}", &id[..6], &id[14..18]))),
    ("blank", 3, Nothing, |_, _| Some(String::new())),
    ("null_word", 2, Nothing, |rng, _| Some(pick(rng, &["无", "/", "#N/A", "未填", "—"]).to_owned())),
];

/// Damage to 姓名.
const NAMES: &[Class] = &[
    ("dot_variant", 1, All, dot_variant),
    ("name_wildcard", 2, Most, wildcard),
    ("homophone", 5, Most, |rng, name| swap_one(rng, name, homophone)),
    ("lookalike", 3, Most, |rng, name| swap_one(rng, name, |_, character| lookalike(character))),
    ("surname_variant", 2, Most, surname),
    ("traditional", 1, All, |rng, name| swap_one(rng, name, |_, character| traditional(character))),
    ("padded", 3, All, padded),
    ("note", 2, All, |rng, name| Some(format!("{name}{}", pick(rng, &["（已故）", "(户主)", "（迁出）", "(女)"])))),
    ("former_name", 1, All, |rng, name| Some(format!("{name}（{}）", pick(rng, &["小毛", "二孩", "大丫", "狗剩"])))),
    ("two_names", 1, Most, |_, name| Some(format!("{name}、{}四", name.chars().next()?))),
    ("newborn", 1, Nothing, |_, name| Some(format!("{}之子", name.chars().next()?))),
    ("wrong_character", 3, Nothing, wrong_character),
    ("dropped_character", 2, Nothing, dropped_character),
];

/// Names of the classes that are dealt.
#[cfg(test)]
pub(super) fn classes() -> impl Iterator<Item = &'static str> {
    IDENTIFIERS.iter().chain(NAMES).map(|class| class.0)
}

/// Damages both registers, the platform five times as often; identifiers that a problem is told by stay whole.
pub(super) fn apply(scene: &mut Scene) {
    let rate = scene.settings.damage;
    let whole = &told_by_identifier(scene);
    for (side, share) in [(Provincial, 1.0), (National, 0.2)] {
        deal(scene, side, (Col::IdNo, IDENTIFIERS), 0.02 * rate * share, whole);
        deal(scene, side, (Col::Name, NAMES), 0.015 * rate * share, &BTreeSet::new());
        names_with_numbers(scene, side, 0.0008 * rate * share, whole);
        telephones(scene, side, 0.004 * rate * share);
        household_numbers(scene, side, 0.004 * rate * share);
    }
    drag_fill(scene, 0.004 * rate, whole);
    without_identifiers(scene);
}

/// Persons whose age, sex or records another problem is told by.
fn told_by_identifier(scene: &Scene<'_>) -> BTreeSet<usize> {
    let mut persons = BTreeSet::new();
    for injected in &scene.injected {
        let kind = injected.rule.split(':').next().unwrap_or_default();
        match injected.person {
            _ if !matches!(kind, "logic" | "year" | "roll") => {}
            Some(person) => _ = persons.insert(person),
            None => persons.extend(scene.people.households[injected.household].persons.clone()),
        }
    }
    persons
}

/// A cell of a department's roll, damaged: an identifier, or a name.
pub(super) fn corrupted(rng: &mut Rng, column: Col, value: &str) -> Option<String> {
    let classes = if column == Col::IdNo { IDENTIFIERS } else { NAMES };
    let weights: Vec<(Corruption, u32)> = classes.iter().map(|class| (class.3, class.1 as u32)).collect();
    (0..8).find_map(|_| weighted(rng, &weights)(rng, value))
}

/// Deals classes of one column to as many cards as `rate` asks for; those of the persons in `whole` are left alone.
fn deal(scene: &mut Scene, side: Side, (column, classes): (Col, &[Class]), rate: f64, whole: &BTreeSet<usize>) {
    let mut places = places(scene, side);
    places.retain(|place| !whole.contains(&person_at(scene, side, *place)));
    places.shuffle(&mut scene.rng);
    let deck: Vec<&Class> = classes.iter().flat_map(|class| std::iter::repeat_n(class, class.1)).collect();
    let expected = places.len() as f64 * rate;
    let count = expected as usize + usize::from(chance(&mut scene.rng, expected.fract()));
    // A step coprime to the deck, and a start per township: small populations meet every class.
    let mut dealt = scene.township.ix * 11;
    for _ in 0..count {
        dealt += 1;
        let class = deck[dealt * 7 % deck.len()];
        let card = places.iter().rposition(|place| befall(scene, side, *place, column, class));
        if let Some(card) = card {
            places.remove(card);
        }
    }
}

/// Does `class` to a card that is still clean in this column; false when it cannot befall it.
fn befall(scene: &mut Scene, side: Side, place: (usize, usize), column: Col, class: &Class) -> bool {
    let (name, _, left, corrupt) = *class;
    let value = scene.registers[side.index()].filed[place.0].cards[place.1][column].clone();
    if value.is_empty() || value.starts_with("999999") || would_hide(scene, side, place, column) {
        return false;
    }
    let Some(damaged) = corrupt(&mut scene.rng, &value) else { return false };
    let card = scene.card(side, place);
    card[column] = Cell::Owned(damaged);
    card.damage.push(name);
    note_loss(card, column, left);
    if left != All {
        let (rule, field) =
            if column == Col::IdNo { (format!("identity:{name}"), "id_no") } else { ("field:name".to_owned(), "name") };
        scene.note_card(rule, side, place, field);
    }
    true
}

/// Whether damage to this cell would hide another problem of the person: a name damaged alike on both sides.
fn would_hide(scene: &Scene, side: Side, place: (usize, usize), column: Col) -> bool {
    let person = person_at(scene, side, place);
    let damaged = |injected: &Injected| injected.person == Some(person) && injected.rule == "field:name";
    column == Col::Name && scene.injected.iter().any(damaged)
}

fn person_at(scene: &Scene<'_>, side: Side, place: (usize, usize)) -> usize {
    scene.registers[side.index()].filed[place.0].cards[place.1].person
}

/// A card without a usable identifier and without a usable name identifies nobody.
fn note_loss(card: &mut Card, column: Col, left: Left) {
    let earlier = |classes: &[Class]| classes.iter().any(|class| class.2 == Nothing && card.damage.contains(&class.0));
    let both = left == Nothing
        && if column == Col::IdNo { earlier(NAMES) } else { earlier(IDENTIFIERS) || card[Col::IdNo].is_empty() };
    card.lost |= both;
}

fn places(scene: &Scene, side: Side) -> Vec<(usize, usize)> {
    let filed = &scene.registers[side.index()].filed;
    filed.iter().enumerate().flat_map(|(at, filed)| (0..filed.cards.len()).map(move |card| (at, card))).collect()
}

/// Identifier and name in one cell.
fn names_with_numbers(scene: &mut Scene, side: Side, rate: f64, whole: &BTreeSet<usize>) {
    for place in places(scene, side) {
        if !chance(&mut scene.rng, rate) || whole.contains(&person_at(scene, side, place)) {
            continue;
        }
        let card = scene.card(side, place);
        if card[Col::IdNo].len() >= 18 && card.damage.is_empty() {
            let both = format!("{}{}", card[Col::IdNo], card[Col::Name]);
            card[Col::IdNo] = Cell::Owned(both);
            card.damage.push("number_with_name");
            scene.note_card("identity:number_with_name", side, place, "id_no");
        }
    }
}

/// Telephones read back as decimals: 139….0.
fn telephones(scene: &mut Scene, side: Side, rate: f64) {
    for filed in &mut scene.registers[side.index()].filed {
        if chance(&mut scene.rng, rate) {
            filed[HouseCol::Phone].to_mut().push_str(".0");
        }
        for card in &mut filed.cards {
            if chance(&mut scene.rng, rate) && !card[Col::Phone].is_empty() {
                card[Col::Phone].to_mut().push_str(".0");
            }
        }
    }
}

/// 户编号 of sixteen digits through a General cell: the last digit is 0, and is mostly another household's number.
fn household_numbers(scene: &mut Scene, side: Side, rate: f64) {
    for at in 0..scene.registers[side.index()].filed.len() {
        let filed = &scene.registers[side.index()].filed[at];
        if filed.no.len() != 16 || filed.no.ends_with('0') || !chance(&mut scene.rng, rate) {
            continue;
        }
        let filed = scene.filed(side, at);
        filed.no.replace_range(15.., "0");
        for card in &mut filed.cards {
            card.damage.push("household_no_15");
        }
        note_number(scene, side, at);
    }
}

/// A wrong 户编号 is a problem where the other system has the right one; one that another household has is a problem
/// of both.
fn note_number(scene: &mut Scene, side: Side, at: usize) {
    let filed = &scene.registers[side.index()].filed;
    let namesakes = filed.iter().enumerate().filter(|(other, namesake)| *other != at && namesake.no == filed[at].no);
    let namesakes: Vec<usize> = namesakes.map(|(_, namesake)| namesake.household).collect();
    let household = filed[at].household;
    if !namesakes.is_empty() || !scene.settings.own_numbers {
        scene.note_household("structure:household_no", Some(side), household, "household_no");
    }
    for namesake in namesakes {
        scene.note_household("structure:household_no", Some(side), namesake, "household_no");
    }
}

/// An identifier dragged down over the rows below it, one more on each.
fn drag_fill(scene: &mut Scene, rate: f64, whole: &BTreeSet<usize>) {
    let cards: usize = scene.registers[1].filed.iter().map(|filed| filed.cards.len()).sum();
    let runs = cards as f64 * rate / 4.0;
    let runs = runs as usize + usize::from(chance(&mut scene.rng, runs.fract()));
    for _ in 0..runs {
        let places = places(scene, Provincial);
        let start = between(&mut scene.rng, 0, places.len() as i32 - 1) as usize;
        let Ok(first) = scene.registers[1].filed[places[start].0].cards[places[start].1][Col::IdNo].parse::<u64>()
        else {
            continue;
        };
        for (step, place) in places.into_iter().skip(start + 1).take(3).enumerate() {
            let card = scene.card(Provincial, place);
            if !card.damage.is_empty() || card[Col::IdNo].is_empty() || whole.contains(&card.person) {
                break;
            }
            card[Col::IdNo] = Cell::Owned((first + step as u64 + 1).to_string());
            card.damage.push("drag_fill");
            scene.note_card("identity:drag_fill", Provincial, place, "id_no");
        }
    }
}

/// The platform without identifiers for a share of its cards, when settings ask for it.
fn without_identifiers(scene: &mut Scene) {
    let Some(share) = scene.settings.missing_ids else { return };
    for place in places(scene, Provincial) {
        if chance(&mut scene.rng, share) && !scene.card(Provincial, place)[Col::IdNo].is_empty() {
            let card = scene.card(Provincial, place);
            card[Col::IdNo] = Cell::Borrowed("");
            card.damage.push("blank");
            note_loss(card, Col::IdNo, Nothing);
            scene.note_card("identity:blank", Provincial, place, "id_no");
        }
    }
}

fn excel_15(_: &mut Rng, id: &str) -> Option<String> {
    let digits = id.len() >= 18 && id.bytes().all(|byte| byte.is_ascii_digit()) && &id[15..18] != "000";
    digits.then(|| format!("{}{}", &id[..15], "0".repeat(id.len() - 15)))
}

fn scientific(_: &mut Rng, id: &str) -> Option<String> {
    let digits = id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| format!("{}.{}E+17", &id[..1], &id[1..6]))
}

fn replace_last_x(id: &str, with: &str) -> Option<String> {
    id.strip_suffix('X').map(|rest| format!("{rest}{with}"))
}

fn last_missing(_: &mut Rng, id: &str) -> Option<String> {
    (id.len() == 18).then(|| id[..17].to_owned())
}

fn blanks(rng: &mut Rng, id: &str) -> Option<String> {
    (id.len() >= 18).then(|| match between(rng, 0, 3) {
        0 => format!("{} {} {}", &id[..6], &id[6..14], &id[14..]),
        1 => format!("{id}\u{3000}"),
        2 => format!("{id}\t"),
        _ => format!(" {id} "),
    })
}

fn invisible(rng: &mut Rng, id: &str) -> Option<String> {
    Some(match between(rng, 0, 2) {
        0 => format!("{id}\u{a0}"),
        1 => format!("\u{200b}{id}"),
        _ => format!("\u{feff}{id}"),
    })
}

fn full_width(character: char) -> char {
    match character {
        '!'..='~' => char::from_u32(character as u32 + 0xFEE0).unwrap_or(character),
        _ => character,
    }
}

fn one_replaced(id: &str, from: char, to: char) -> Option<String> {
    let at = id.rfind(from)?;
    Some(format!("{}{to}{}", &id[..at], &id[at + 1..]))
}

fn transposed(rng: &mut Rng, id: &str) -> Option<String> {
    let mut bytes = id.as_bytes().to_vec();
    let places: Vec<usize> =
        (6..16.min(bytes.len().saturating_sub(1))).filter(|at| bytes[*at] != bytes[at + 1]).collect();
    let at = *places.get(between(rng, 0, places.len() as i32 - 1) as usize)?;
    bytes.swap(at, at + 1);
    String::from_utf8(bytes).ok()
}

fn wrong_digits(rng: &mut Rng, id: &str, count: usize) -> Option<String> {
    let mut bytes = id.as_bytes().to_vec();
    if bytes.len() < 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let first = between(rng, 0, if count == 1 { 16 } else { 7 }) as usize;
    for at in [first, first + 9].into_iter().take(count) {
        bytes[at] = b'0' + (bytes[at] - b'0' + between(rng, 1, 9) as u8) % 10;
    }
    String::from_utf8(bytes).ok()
}

fn impossible_birth(_: &mut Rng, id: &str) -> Option<String> {
    (id.len() >= 18).then(|| format!("{}13{}", &id[..10], &id[12..]))
}

fn two_numbers(rng: &mut Rng, id: &str) -> Option<String> {
    let other = wrong_digits(rng, id, 2)?;
    (id.len() == 18).then(|| format!("{id}/{other}"))
}

/// Numbers of before 1999 have no century and no check character.
fn old_15(_: &mut Rng, id: &str) -> Option<String> {
    let old = id.len() >= 18 && &id[6..8] == "19" && &id[8..10] < "80";
    old.then(|| format!("{}{}", &id[..6], &id[8..17]))
}

fn dot_variant(rng: &mut Rng, name: &str) -> Option<String> {
    name.contains('·').then(|| name.replace('·', pick(rng, &["・", "•", "‧", "⋅", "．", ".", " ", ""])))
}

/// A given-name character that the system could not hold.
fn wildcard(rng: &mut Rng, name: &str) -> Option<String> {
    let mut characters: Vec<char> = name.chars().collect();
    let last = characters.len().checked_sub(1).filter(|last| *last > 0)?;
    characters[last] = pick(rng, &['?', '□', '\u{E0A5}', '\u{E815}', '？']);
    Some(characters.into_iter().collect())
}

/// One character changed, from the last backwards: surnames are typed with more care.
fn swap_one(rng: &mut Rng, name: &str, change: fn(&mut Rng, char) -> Option<char>) -> Option<String> {
    let mut characters: Vec<char> = name.chars().collect();
    for at in (0..characters.len()).rev() {
        if let Some(other) = change(rng, characters[at]) {
            characters[at] = other;
            return Some(characters.into_iter().collect());
        }
    }
    None
}

fn surname(_: &mut Rng, name: &str) -> Option<String> {
    let mut characters = name.chars();
    let other = surname_variant(characters.next()?)?;
    Some(format!("{other}{}", characters.as_str()))
}

fn padded(rng: &mut Rng, name: &str) -> Option<String> {
    let mut characters = name.chars();
    let (first, rest) = (characters.next()?, characters.as_str());
    let gap = pick(rng, &["\u{3000}", " ", "\u{a0}", "\u{3000}\u{3000}"]);
    (name.chars().count() == 2).then(|| format!("{first}{gap}{rest}")).or_else(|| Some(format!("{name}{gap}")))
}

fn wrong_character(rng: &mut Rng, name: &str) -> Option<String> {
    let mut characters: Vec<char> = name.chars().collect();
    let last = characters.len().checked_sub(1).filter(|last| *last > 0)?;
    let other = pick(rng, &['强', '娟', '德', '凤', '浩', '桂', '勇', '莲']);
    (characters[last] != other).then(|| {
        characters[last] = other;
        characters.into_iter().collect()
    })
}

fn dropped_character(_: &mut Rng, name: &str) -> Option<String> {
    let mut characters: Vec<char> = name.chars().collect();
    (characters.len() == 3).then(|| {
        characters.remove(1);
        characters.into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::draw::stream;
    use super::super::identity::check_character;
    use super::*;

    const ID: &str = "341199195002035629";

    fn check(class: &str, value: &str, expected: Option<&str>) {
        let all = IDENTIFIERS.iter().chain(NAMES);
        let corrupt = all.into_iter().find(|entry| entry.0 == class).expect("a class").3;
        assert_eq!(corrupt(&mut stream(1, 0), value).as_deref(), expected, "{class}");
    }

    #[test]
    fn spreadsheets_do_what_they_do() {
        check("excel_15", ID, Some("341199195002035000"));
        check("excel_15", "34119919500203562X", None);
        check("excel_15", "34119919500203562942", Some("34119919500203500000"));
        check("scientific", ID, Some("3.41199E+17"));
        check("old_15", ID, Some("341199500203562"));
        check("lower_x", "34119919500203562X", Some("34119919500203562x"));
        check("lower_x", ID, None);
        check("last_missing", ID, Some("34119919500203562"));
        check("impossible_birth", ID, Some("341199195013035629"));
    }

    #[test]
    fn typists_do_what_they_do() {
        check("surname_variant", "闫德福", Some("阎德福"));
        check("surname_variant", "王德福", None);
        check("dropped_character", "王德福", Some("王福"));
        check("lookalike", "王未", Some("王末"));
        check("dot_variant", "王德福", None);
    }

    #[test]
    fn wrong_digits_fail_the_check() {
        let mut rng = stream(2, 0);
        for _ in 0..100 {
            let wrong = wrong_digits(&mut rng, ID, 1).expect("a number of eighteen digits");
            assert_ne!(check_character(&wrong[..17]), wrong.chars().last());
        }
    }
}
