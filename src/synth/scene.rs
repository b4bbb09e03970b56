//! One township on the stage: its people, both systems' registers, and every problem put into them.
//!
//! [`Scene::set`] is the order of events: people live, receive, are registered twice; then the registers drift
//! apart ([`differences`]), are filled in wrongly ([`errors`]), and are damaged
//! by spreadsheets and typing ([`damage`]). Whatever is done is written down as [`Injected`].

use super::draw::{Rng, chance, stream};
use super::places::Township;
use super::population::{People, people};
use super::register::{Card, Filed, Register, Whereabouts, copy};
use super::{Settings, benefits, damage, differences, errors, fields};
use crate::table::Side;

/// A problem that was put in on purpose.
#[derive(Debug, Clone, Default)]
pub(super) struct Injected {
    /// `category:what`, for instance `field:education`.
    pub(super) rule: String,
    /// The side that is wrong; `None` when both are.
    pub(super) side: Option<Side>,
    /// Number among the township's households.
    pub(super) household: usize,
    /// Number among the township's persons.
    pub(super) person: Option<usize>,
    /// Whether it is on the person's second card of `side`.
    pub(super) second_card: bool,
    /// Number among the township's villages, of a problem of a village as a whole.
    pub(super) village: Option<usize>,
    /// Canonical field.
    pub(super) field: &'static str,
    /// Year of a measure.
    pub(super) year: Option<i32>,
    /// Canonical item of a measure.
    pub(super) item: &'static str,
    /// Records of each side among its measures.
    pub(super) measures: [Option<usize>; 2],
}

/// A township, complete.
pub(super) struct Scene<'a> {
    pub(super) settings: &'a Settings,
    pub(super) township: &'a Township,
    pub(super) rng: Rng,
    pub(super) people: People,
    /// National, provincial.
    pub(super) registers: [Register; 2],
    pub(super) injected: Vec<Injected>,
}

impl<'a> Scene<'a> {
    /// A township from its seed: the same whatever else is being made.
    pub(super) fn set(settings: &'a Settings, township: &'a Township) -> Self {
        let mut rng = stream(settings.seed, township.ix as u64);
        let year = settings.data_year();
        let mut people = people(&mut rng, township, year);
        fields::fill(&mut rng, &mut people, township.ix, year);
        let benefits = benefits::received(&mut rng, &people, &settings.years);
        let registers = copy(&mut rng, &people, &benefits, township.ix, &township.villages, settings);
        let mut scene = Self { settings, township, rng, people, registers, injected: vec![] };
        differences::apply(&mut scene);
        errors::apply(&mut scene);
        damage::apply(&mut scene);
        scene
    }

    /// Whether an error of density `p` happens here.
    pub(super) fn happens(&mut self, p: f64) -> bool {
        let p = p * self.settings.errors;
        chance(&mut self.rng, p)
    }

    /// One side's register.
    pub(super) fn register(&mut self, side: Side) -> &mut Register {
        &mut self.registers[side.index()]
    }

    /// Where everybody is in both registers.
    pub(super) fn whereabouts(&self) -> [Whereabouts; 2] {
        [0, 1].map(|side: usize| self.registers[side].whereabouts(&self.people))
    }

    /// A household of a register.
    pub(super) fn filed(&mut self, side: Side, at: usize) -> &mut Filed {
        &mut self.registers[side.index()].filed[at]
    }

    /// A card of a register.
    pub(super) fn card(&mut self, side: Side, place: (usize, usize)) -> &mut Card {
        &mut self.registers[side.index()].filed[place.0].cards[place.1]
    }

    /// Writes down a problem of a person.
    pub(super) fn note_person(
        &mut self,
        rule: impl Into<String>,
        side: Option<Side>,
        person: usize,
        field: &'static str,
    ) {
        let household = self.household_of(person);
        self.injected.push(Injected {
            rule: rule.into(),
            side,
            household,
            person: Some(person),
            field,
            ..Injected::default()
        });
    }

    /// Writes down a problem of a household.
    pub(super) fn note_household(
        &mut self,
        rule: impl Into<String>,
        side: Option<Side>,
        household: usize,
        field: &'static str,
    ) {
        self.injected.push(Injected { rule: rule.into(), side, household, field, ..Injected::default() });
    }

    /// Writes down a problem of one of the cards of a person.
    pub(super) fn note_card(
        &mut self,
        rule: impl Into<String>,
        side: Side,
        place: (usize, usize),
        field: &'static str,
    ) {
        let card = &self.registers[side.index()].filed[place.0].cards[place.1];
        let (person, second_card) = (card.person, card.duplicate);
        self.note_person(rule, Some(side), person, field);
        if let Some(injected) = self.injected.last_mut() {
            injected.second_card = second_card;
        }
    }

    /// Writes down a problem of a village as a whole.
    pub(super) fn note_village(&mut self, rule: impl Into<String>, side: Side, village: usize, field: &'static str) {
        let (rule, side, village) = (rule.into(), Some(side), Some(village));
        self.injected.push(Injected { rule, side, village, field, ..Injected::default() });
    }

    /// The household a person really belongs to.
    pub(super) fn household_of(&self, person: usize) -> usize {
        self.people.households.partition_point(|household| household.persons.end <= person)
    }
}
