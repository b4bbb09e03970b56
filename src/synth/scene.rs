//! One township on the stage: its people, both systems' registers, and every problem put into them.
//!
//! [`Scene::set`] is the order of events: people live, receive, are registered twice; then the registers drift
//! apart ([`differences`]), are filled in wrongly ([`errors`]), no longer follow from earlier years ([`years`]) or from
//! what departments hold ([`rolls`]), and are damaged by spreadsheets and typing ([`damage`]). Whatever is done is
//! written down as [`Injected`]. [`years::earlier`] sets the same people's scene of an earlier year.

use std::collections::{BTreeMap, BTreeSet};

use super::draw::{Rng, chance, stream};
use super::identity::Office;
use super::places::Township;
use super::population::{People, people};
use super::register::{Card, Filed, Register, Whereabouts, copy};
use super::rolls::Roll;
use super::{Settings, benefits, damage, differences, errors, fields, rolls, years};
use crate::table::Side;

/// Streams of randomness beside a township's own, far beyond the numbers of townships.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    /// Of the registers of a year.
    Years(i32),
    /// Of departments' rolls.
    Rolls,
}

impl Stream {
    /// The stream of a township.
    pub(super) fn of(self, settings: &Settings, township: &Township) -> Rng {
        let number = match self {
            Self::Years(year) => year as u64,
            Self::Rolls => 1,
        };
        stream(settings.seed, (number << 32) + township.ix as u64)
    }
}

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
    /// Year of a measure, or of an earlier register.
    pub(super) year: Option<i32>,
    /// Canonical item of a measure.
    pub(super) item: &'static str,
    /// Records of each side among its measures.
    pub(super) measures: [Option<usize>; 2],
    /// Number among the rolls, and of its entry.
    pub(super) entry: Option<(usize, usize)>,
    /// Whether it is of somebody on a roll who is registered nowhere.
    pub(super) outsider: bool,
}

/// What something was done to.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Persons, be it with their households.
    pub(super) persons: BTreeSet<usize>,
    /// Households, be it one of their persons only.
    pub(super) households: BTreeSet<usize>,
}

/// A township, complete.
pub(super) struct Scene<'a> {
    pub(super) settings: &'a Settings,
    pub(super) township: &'a Township,
    /// The year whose state the registers show.
    pub(super) year: i32,
    pub(super) rng: Rng,
    pub(super) people: People,
    /// National, provincial.
    pub(super) registers: [Register; 2],
    /// What departments hold; none when settings ask for none.
    pub(super) rolls: Vec<Roll>,
    /// Students whose grade was not moved on, and the grade they are left in.
    pub(super) stuck: BTreeMap<usize, &'static str>,
    pub(super) injected: Vec<Injected>,
}

impl<'a> Scene<'a> {
    /// A township from its seed: the same whatever else is being made.
    pub(super) fn set(settings: &'a Settings, township: &'a Township) -> Self {
        let mut rng = stream(settings.seed, township.ix as u64);
        let span = settings.span();
        let year = *span.years.end();
        let mut office = Office::new(township.ix);
        let mut people = people(&mut rng, &mut office, township, year);
        fields::fill(&mut rng, &mut people, township.ix, &span);
        let benefits = benefits::received(&mut rng, &people, &settings.years);
        let registers = copy(&mut rng, &people, &benefits, township, year, settings);
        let (rolls, stuck, injected) = (vec![], BTreeMap::new(), vec![]);
        let mut scene = Self { settings, township, year, rng, people, registers, rolls, stuck, injected };
        differences::apply(&mut scene);
        errors::apply(&mut scene);
        scene.aside(Stream::Years(year), years::apply);
        if settings.has_rolls() {
            scene.aside(Stream::Rolls, |scene| rolls::apply(scene, &benefits, &mut office));
        }
        damage::apply(&mut scene);
        scene
    }

    /// Does something with randomness of its own: whether it is asked for changes nothing else.
    fn aside(&mut self, number: Stream, act: impl FnOnce(&mut Self)) {
        let rng = std::mem::replace(&mut self.rng, number.of(self.settings, self.township));
        act(self);
        self.rng = rng;
    }

    /// Whether an error of density `p` happens here.
    pub(super) fn happens(&mut self, p: f64) -> bool {
        let p = p * self.settings.errors;
        chance(&mut self.rng, p)
    }

    /// What was done so far to persons and households; measures apart.
    pub(super) fn touched(&self) -> Touched {
        let mut touched = Touched::default();
        let about = |injected: &&Injected| injected.village.is_none() && !injected.outsider && injected.item.is_empty();
        for injected in self.injected.iter().filter(about) {
            touched.households.insert(injected.household);
            match injected.person {
                Some(person) => _ = touched.persons.insert(person),
                None => touched.persons.extend(self.people.households[injected.household].persons.clone()),
            }
        }
        touched
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
