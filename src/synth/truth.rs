//! The truth beside a population: which rows are one person, which households are one, and every problem put in.
//!
//! | file | one row per |
//! |---|---|
//! | `members.csv` | person, and once more for each second card of hers: places on both sides, damage, identifiers |
//! | `households.csv` | two households that share a person: their numbers as exported, and how they relate |
//! | `errors.csv` | problem: rule, side that is wrong, keys, year, item, and places of both rows |
//!
//! A problem of a second card has that card's number and row on the side where it is; one of a whole village has no
//! keys but township and village, one of somebody on a roll who is registered nowhere no more than her name. Keys and rows are those of the exports; a blank is absence. `identified` tells on how
//! many of the two cards the identifier is whole: `both`, `one` or `none`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::register::{Card, Col, Filed, HouseCol};
use super::scene::{Injected, Scene};
use super::unwritable;
use crate::error::{Error, Result};
use crate::normalise::identity;
use crate::private;
use crate::table::{Relation, Side};

/// Columns of `members.csv`.
pub(super) const MEMBERS: &[&str] = &[
    "national_file",
    "national_row",
    "provincial_file",
    "provincial_row",
    "person",
    "class",
    "recoverable",
    "duplicate",
    "township",
    "identified",
    "national_household_no",
    "provincial_household_no",
];
/// Columns of `households.csv`.
pub(super) const HOUSEHOLDS: &[&str] = &["national_household_no", "provincial_household_no", "relation"];
/// Columns of `errors.csv`.
pub(super) const ERRORS: &[&str] = &[
    "kind",
    "rule",
    "side",
    "township",
    "village",
    "national_household_no",
    "national_person_no",
    "provincial_household_no",
    "provincial_person_no",
    "name",
    "field",
    "year",
    "item",
    "national_file",
    "national_row",
    "provincial_file",
    "provincial_row",
    "roll_file",
    "roll_row",
];

/// Files a township's rows were written to, relative to the population's folder.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Person list of each side.
    pub(super) persons: [String; 2],
    /// Benefit list of each side.
    pub(super) benefits: [String; 2],
    /// Departments' rolls.
    pub(super) rolls: Vec<String>,
}

/// One township's lines of the three files.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) members: Vec<u8>,
    pub(super) households: Vec<u8>,
    pub(super) errors: Vec<u8>,
    pub(super) injected: u64,
}

/// The truth of a township, once its exports are written.
pub(super) fn lines(scene: &Scene<'_>, written: &Written) -> Lines {
    let mut lines = Lines::default();
    let cards = scene.registers.each_ref().map(|register| cards_of(&register.filed, scene.people.persons.len()));
    member_lines(scene, written, &cards, &mut lines.members);
    household_lines(scene, &cards, &mut lines.households);
    add_errors(scene, written, &mut lines);
    lines
}

/// The problems of a township, of the newest year or an earlier one, once its exports are written.
pub(super) fn add_errors(scene: &Scene<'_>, written: &Written, lines: &mut Lines) {
    lines.injected += scene.injected.len() as u64;
    error_lines(scene, written, &mut lines.errors);
}

/// A card and where it is filed.
type Filing<'a> = (usize, &'a Card);

/// Cards by person: the first one, then duplicates.
fn cards_of(filed: &[Filed], persons: usize) -> Vec<Vec<Filing<'_>>> {
    let mut cards = vec![vec![]; persons];
    for (at, filed) in filed.iter().enumerate() {
        for card in &filed.cards {
            cards[card.person].push((at, card));
        }
    }
    for of_person in &mut cards {
        of_person.sort_by_key(|(at, card): &Filing<'_>| (card.duplicate, *at));
    }
    cards
}

fn member_lines(scene: &Scene<'_>, written: &Written, cards: &[Vec<Vec<Filing<'_>>>; 2], out: &mut Vec<u8>) {
    for (person, (national, provincial)) in cards[0].iter().zip(&cards[1]).enumerate() {
        let name = format!("P{:04}-{person:05}", scene.township.ix);
        let first = (national.first(), provincial.first());
        if first.0.is_some() || first.1.is_some() {
            member_line(scene, written, &name, [first.0, first.1], false, out);
        }
        for second in national.iter().skip(1) {
            member_line(scene, written, &name, [Some(second), first.1], true, out);
        }
        for second in provincial.iter().skip(1) {
            member_line(scene, written, &name, [first.0, Some(second)], true, out);
        }
    }
}

fn member_line(
    scene: &Scene<'_>,
    written: &Written,
    person: &str,
    filings: [Option<&Filing<'_>>; 2],
    duplicate: bool,
    out: &mut Vec<u8>,
) {
    let cards = filings.map(|filing| filing.map(|(_, card)| *card));
    let mut classes: Vec<&str> = cards.iter().flatten().flat_map(|card| card.damage.iter().copied()).collect();
    classes.sort_unstable();
    classes.dedup();
    let class = if classes.is_empty() { "clean".to_owned() } else { classes.join(";") };
    let recoverable = !cards.iter().flatten().any(|card| card.lost);
    let file = |side: usize| cards[side].map_or("", |_| written.persons[side].as_str());
    let row = |side: usize| cards[side].map(|card| card.row.to_string()).unwrap_or_default();
    let home = |side: usize| filings[side].map_or("", |(at, _)| scene.registers[side].filed[*at].no.as_str());
    let (recoverable, duplicate) = (recoverable.to_string(), duplicate.to_string());
    push_line(
        out,
        &[
            file(0),
            &row(0),
            file(1),
            &row(1),
            person,
            &class,
            &recoverable,
            &duplicate,
            &scene.township.name,
            identified(cards),
            home(0),
            home(1),
        ],
    );
}

/// On how many of a person's two cards the identifier is whole and right.
fn identified(cards: [Option<&Card>; 2]) -> &'static str {
    let is_valid = |card: &&Card| identity::parse(&card[Col::IdNo]).is_trustworthy();
    match cards.iter().flatten().filter(|card| is_valid(card)).count() {
        0 => "none",
        1 => "one",
        _ => "both",
    }
}

/// Households that share a person; how they relate follows from how many partners each has.
fn household_lines(scene: &Scene<'_>, cards: &[Vec<Vec<Filing<'_>>>; 2], out: &mut Vec<u8>) {
    let pairs: BTreeSet<(usize, usize)> = (0..scene.people.persons.len())
        .filter_map(|person| Some((cards[0][person].first()?.0, cards[1][person].first()?.0)))
        .collect();
    let mut partners = [BTreeMap::new(), BTreeMap::new()];
    for &(national, provincial) in &pairs {
        *partners[0].entry(national).or_insert(0) += 1;
        *partners[1].entry(provincial).or_insert(0) += 1;
    }
    for (national, provincial) in pairs {
        let relation = match (partners[0][&national], partners[1][&provincial]) {
            (1, 1) => Relation::Same,
            (_, 1) => Relation::Split,
            (1, _) => Relation::Merge,
            _ => Relation::Partial,
        };
        let [national, provincial] = [&scene.registers[0].filed[national], &scene.registers[1].filed[provincial]];
        push_line(out, &[&national.no, &provincial.no, relation.word()]);
    }
}

fn error_lines(scene: &Scene<'_>, written: &Written, out: &mut Vec<u8>) {
    let whereabouts = scene.whereabouts();
    for injected in &scene.injected {
        if let Some(village) = injected.village {
            village_line(scene, injected, village, out);
            continue;
        }
        if injected.outsider {
            outsider_line(scene, written, injected, out);
            continue;
        }
        let at = [0, 1].map(|side: usize| {
            let place = injected.person.and_then(|person| match is_of_second_card(injected, side) {
                true => second_card(&scene.registers[side].filed, person),
                false => whereabouts[side].card(person),
            });
            (place.map(|place| place.0).or_else(|| whereabouts[side].filed(injected.household)), place)
        });
        error_line(scene, written, injected, at, out);
    }
}

fn is_of_second_card(injected: &Injected, side: usize) -> bool {
    injected.second_card && injected.side.is_some_and(|wrong| wrong.index() == side)
}

fn second_card(filed: &[Filed], person: usize) -> Option<(usize, usize)> {
    filed.iter().enumerate().find_map(|(at, filed)| {
        let card = filed.cards.iter().position(|card| card.duplicate && card.person == person)?;
        Some((at, card))
    })
}

/// A problem of a village: no household, no row, only its true name.
fn village_line(scene: &Scene<'_>, injected: &Injected, village: usize, out: &mut Vec<u8>) {
    let kind = injected.rule.split(':').next().unwrap_or_default();
    let side = injected.side.map_or("both", Side::word);
    let (township, village) = (scene.township.name.as_str(), scene.township.villages[village].as_str());
    let mut cells = [""; ERRORS.len()];
    cells[..5].copy_from_slice(&[kind, &injected.rule, side, township, village]);
    cells[10] = injected.field;
    push_line(out, &cells);
}

/// A problem of somebody on a roll who is registered nowhere: name, place, item, and the row of the roll.
fn outsider_line(scene: &Scene<'_>, written: &Written, injected: &Injected, out: &mut Vec<u8>) {
    let Some((roll, entry)) = injected.entry else { return };
    let (kind, year) =
        (injected.rule.split(':').next().unwrap_or_default(), injected.year.map(|year| year.to_string()));
    let (file, row) = roll_place(scene, written, injected);
    let mut cells = [""; ERRORS.len()];
    let roll = &scene.rolls[roll];
    cells[..5].copy_from_slice(&[kind, &injected.rule, "both", &scene.township.name, roll.cell(entry, "村")]);
    cells[9] = roll.cell(entry, "姓名");
    (cells[11], cells[12]) = (year.as_deref().unwrap_or_default(), injected.item);
    (cells[17], cells[18]) = (file, &row);
    push_line(out, &cells);
}

/// File and row of a roll's entry; blank when there is none, or it is not on the roll any more.
fn roll_place<'a>(scene: &Scene<'_>, written: &'a Written, injected: &Injected) -> (&'a str, String) {
    let Some((roll, entry)) = injected.entry else { return ("", String::new()) };
    match scene.rolls[roll].entries[entry].row {
        0 => ("", String::new()),
        row => (written.rolls[roll].as_str(), row.to_string()),
    }
}

/// Household and card of the subject on one side.
type At = (Option<usize>, Option<(usize, usize)>);

fn error_line(scene: &Scene<'_>, written: &Written, injected: &Injected, at: [At; 2], out: &mut Vec<u8>) {
    let filed = [0, 1].map(|side: usize| at[side].0.map(|at| &scene.registers[side].filed[at]));
    let card = [0, 1].map(|side: usize| at[side].1.map(|place| &scene.registers[side].filed[place.0].cards[place.1]));
    let place = |side: usize| place(scene, written, injected, side, filed[side], card[side]);
    let ((national_file, national_row), (provincial_file, provincial_row)) = (place(0), place(1));
    let village = filed.iter().flatten().next().map_or("", |filed| &filed[HouseCol::Village]);
    let name = match injected.person {
        Some(person) => scene.people.persons[person].name.as_str(),
        None => filed.iter().flatten().next().map_or("", |filed| &filed.cards[0][Col::Name]),
    };
    let (roll_file, roll_row) = roll_place(scene, written, injected);
    let household_no = |side: usize| filed[side].map_or("", |filed| filed.no.as_str());
    let person_no = |side: usize| card[side].map_or("", |card| card.no.as_str());
    push_line(
        out,
        &[
            injected.rule.split(':').next().unwrap_or_default(),
            &injected.rule,
            injected.side.map_or("both", Side::word),
            &scene.township.name,
            village,
            household_no(0),
            person_no(0),
            household_no(1),
            person_no(1),
            name,
            injected.field,
            &injected.year.map(|year| year.to_string()).unwrap_or_default(),
            injected.item,
            national_file,
            &national_row,
            provincial_file,
            &provincial_row,
            roll_file,
            &roll_row,
        ],
    );
}

/// File and row of the measure, else of the card, else of the household's first card.
fn place<'a>(
    scene: &Scene<'_>,
    written: &'a Written,
    injected: &Injected,
    side: usize,
    filed: Option<&Filed>,
    card: Option<&Card>,
) -> (&'a str, String) {
    if !injected.item.is_empty() {
        let row = injected.measures[side].map_or(0, |measure| scene.registers[side].measures[measure].row);
        return if row == 0 { ("", String::new()) } else { (written.benefits[side].as_str(), row.to_string()) };
    }
    let of_household = if injected.person.is_none() { filed.and_then(|filed| filed.cards.first()) } else { None };
    match card.or(of_household) {
        Some(card) => (written.persons[side].as_str(), card.row.to_string()),
        None => ("", String::new()),
    }
}

/// A line of a truth file. Only names can hold what must be quoted.
fn push_line(out: &mut Vec<u8>, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if cell.contains([',', '"']) {
            out.extend_from_slice(format!("\"{}\"", cell.replace('"', "\"\"")).as_bytes());
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.push(b'\n');
}

/// The three files, written township after township.
pub(super) struct Files {
    files: [(PathBuf, BufWriter<File>); 3],
}

impl Files {
    /// Creates the files with their headers.
    pub(super) fn create(dir: &Path) -> Result<Self> {
        let create = |name: &str, header: &[&str]| {
            let path = dir.join(name);
            let file = private::create(&path).map_err(|cause| unwritable(&path, &cause))?;
            let mut line = vec![];
            push_line(&mut line, header);
            let mut file = BufWriter::new(file);
            file.write_all(&line).map_err(|cause| unwritable(&path, &cause))?;
            Ok::<_, Error>((path, file))
        };
        Ok(Self {
            files: [
                create("members.csv", MEMBERS)?,
                create("households.csv", HOUSEHOLDS)?,
                create("errors.csv", ERRORS)?,
            ],
        })
    }

    /// Appends one township.
    pub(super) fn append(&mut self, lines: &Lines) -> Result<()> {
        for ((path, file), bytes) in self.files.iter_mut().zip([&lines.members, &lines.households, &lines.errors]) {
            file.write_all(bytes).map_err(|cause| unwritable(path, &cause))?;
        }
        Ok(())
    }

    /// Flushes and closes.
    pub(super) fn finish(self) -> Result<()> {
        for (path, mut file) in self.files {
            file.flush().map_err(|cause| unwritable(&path, &cause))?;
        }
        Ok(())
    }
}
