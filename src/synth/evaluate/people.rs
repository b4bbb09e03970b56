//! The truth of a population in memory: everybody, and whose each row is.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Truth;
use crate::error::Result;

/// A blank cell has no number.
pub(super) const NONE: u32 = u32::MAX;

/// Words in the order they were met, and their numbers.
#[derive(Default)]
pub(super) struct Words {
    numbers: FxHashMap<String, u32>,
    pub(super) words: Vec<String>,
}

impl Words {
    pub(super) fn number(&mut self, word: &str) -> u32 {
        if word.is_empty() {
            return NONE;
        }
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = self.words.len() as u32;
        self.numbers.insert(word.to_owned(), number);
        self.words.push(word.to_owned());
        number
    }
    pub(super) fn known(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }
    pub(super) fn word(&self, number: u32) -> Option<&str> {
        self.words.get(number as usize).map(String::as_str)
    }
}

/// A person of the truth.
#[derive(Clone, Copy)]
pub(super) struct Person {
    pub(super) class: u32,
    pub(super) township: u32,
    pub(super) identified: u32,
    /// Household of the reference that her first card is in.
    pub(super) home: u32,
    pub(super) on_both_sides: bool,
    pub(super) recoverable: bool,
    pub(super) matched: bool,
    pub(super) undecided: bool,
    pub(super) mismatched: bool,
}

const NOBODY: Person = Person {
    class: NONE,
    township: NONE,
    identified: NONE,
    home: NONE,
    on_both_sides: false,
    recoverable: false,
    matched: false,
    undecided: false,
    mismatched: false,
};

/// A row: whose it is, and the household it is filed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) person: u32,
    pub(super) home: u32,
}

/// Everybody of the truth, and whose each row is.
#[derive(Default)]
pub(super) struct Everybody {
    files: Words,
    pub(super) persons: Vec<Person>,
    pub(super) classes: Words,
    pub(super) townships: Words,
    pub(super) identified: Words,
    /// Numbers of households, by side.
    pub(super) homes: [Words; 2],
    /// Households that share a person.
    pub(super) shared_homes: FxHashSet<(u32, u32)>,
    cards: [FxHashMap<u64, Card>; 2],
}

const WANTED: [&str; 8] = [
    "national_file",
    "national_row",
    "provincial_file",
    "provincial_row",
    "person",
    "class",
    "recoverable",
    "duplicate",
];
/// What a truth may lack: then there are no strata, and households are not judged as groups.
const OPTIONAL: [&str; 4] = ["township", "identified", "national_household_no", "provincial_household_no"];

impl Everybody {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mut everybody = Self::default();
        let mut numbers = Words::default();
        Truth::open(path, &WANTED, &OPTIONAL)?.each(|cells: [&str; 12]| everybody.take(cells, &mut numbers))?;
        Ok(everybody)
    }

    fn take(&mut self, cells: [&str; 12], numbers: &mut Words) {
        let [national_file, national_row, provincial_file, provincial_row, person, class, recoverable, duplicate, ..] =
            cells;
        let person = numbers.number(person);
        if self.persons.len() <= person as usize {
            self.persons.push(NOBODY);
        }
        let homes = [self.homes[0].number(cells[10]), self.homes[1].number(cells[11])];
        let places = [(national_file, national_row), (provincial_file, provincial_row)];
        let places = places.map(|(file, row)| self.place(file, row));
        for side in 0..2 {
            if let Some(place) = places[side] {
                self.cards[side].insert(place, Card { person, home: homes[side] });
            }
        }
        if !homes.contains(&NONE) {
            self.shared_homes.insert((homes[0], homes[1]));
        }
        if duplicate != "true" {
            self.persons[person as usize] = Person {
                class: self.classes.number(class),
                township: self.townships.number(cells[8]),
                identified: self.identified.number(cells[9]),
                home: homes[0],
                on_both_sides: places.iter().all(Option::is_some),
                recoverable: recoverable == "true",
                ..NOBODY
            };
        }
    }

    /// A file and a row in one number.
    fn place(&mut self, file: &str, row: &str) -> Option<u64> {
        let row = row.parse::<u32>().ok()?;
        Some(u64::from(self.files.number(file)) << 32 | u64::from(row))
    }

    /// Whose row that is; `None` when the truth does not know it.
    pub(super) fn card(&self, side: usize, file: &str, row: &str) -> Option<Card> {
        let place = u64::from(self.files.known(file)?) << 32 | u64::from(row.parse::<u32>().ok()?);
        self.cards[side].get(&place).copied()
    }
}
