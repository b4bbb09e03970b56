//! What every rule may look at: both registries, who is whose partner, where everybody lives, the settings.

use super::aside::Unread;
use super::benefits::Recorded;
use super::key::Keyer;
use super::links::Links;
use super::places::Places;
use super::renames::Renames;
use super::rules::village_renamed;
use super::settings::Settings;
use super::view::{NONE, SideView};
use super::years::Year;
use crate::error::Result;
use crate::normalise::aside::Aside;
use crate::normalise::name;
use crate::table::{HouseholdLink, Linkage, Registry, Side};

/// Everything the audit knows before its first rule; read-only from then on.
pub(crate) struct Facts<'a> {
    pub(crate) sides: [SideView<'a>; 2],
    pub(crate) links: Links<'a>,
    pub(crate) places: Places,
    pub(crate) renames: Renames,
    /// What rows that were set aside keep from being judged.
    pub(crate) unread: Unread,
    pub(crate) settings: &'a Settings,
    pub(crate) keyer: Keyer,
    /// The data year of both sides; `None` where it is not known, or they differ.
    pub(crate) year: Option<i32>,
    /// What each side records in that year, once the benefits are read.
    pub(crate) recorded: [Option<Recorded>; 2],
    /// People and households of each side in its newest tables.
    pub(crate) newest_sizes: [[usize; 2]; 2],
    /// Whether no department delivered a roll.
    pub(crate) rolls_are_absent: bool,
    /// Facts of an earlier year: the newest row of each of its people and households.
    pub(crate) now: [Option<[&'a [u32]; 2]>; 2],
}

impl<'a> Facts<'a> {
    /// Gathers the facts of one run.
    pub(crate) fn gather(
        registries: [&'a Registry; 2],
        linkage: &'a Linkage,
        settings: &'a Settings,
        aside: &Aside,
    ) -> Result<Self> {
        let [national, provincial] = registries;
        let gone = &settings.gone_statuses;
        let sides = [SideView::of(national, gone)?, SideView::of(provincial, gone)?];
        let members = registries.map(|registry| registry.members.height());
        let households = registries.map(|registry| registry.households.height());
        let mut links = Links::of(linkage, members, households);
        links.compare_like_rows(|links, pair| row_likeness(&sides, links, pair));
        let unread = Unread::of(registries, &links, aside)?;
        let places = Places::of(&sides, &links);
        let renames = match settings.is_disabled(village_renamed::RULE.id) {
            true => Renames::default(),
            false => Renames::of(&sides, &links, &places).with_townships(&sides, &links),
        };
        let keyer = Keyer::new(&settings.site_key);
        let year = national.year.filter(|year| Some(*year) == provincial.year);
        let newest_sizes = [0, 1].map(|side| [members[side], households[side]]);
        let recorded = [None, None];
        Ok(Self {
            sides,
            links,
            places,
            renames,
            unread,
            settings,
            keyer,
            year,
            recorded,
            newest_sizes,
            rolls_are_absent: true,
            now: [None, None],
        })
    }
    /// Gathers the facts of an earlier year; `newest` are those of the newest.
    pub(crate) fn of_year(year: &'a Year, newest: &Self, aside: &Aside) -> Result<Self> {
        let [national, provincial] = &year.registries;
        let facts = Self::gather([national, provincial], &year.linkage, newest.settings, aside)?;
        let now = year.now.each_ref().map(|rows| rows.as_ref().map(|rows| rows.each_ref().map(Vec::as_slice)));
        Ok(Self { year: Some(year.year), newest_sizes: newest.newest_sizes, now, ..facts })
    }
    /// The newest rows of a year's rows, [`NONE`] included.
    pub(crate) fn newest(&self, table: usize, rows: [u32; 2]) -> [u32; 2] {
        [0, 1].map(|side| match (self.now[side], rows[side]) {
            (Some(now), row) if row != NONE => now[table][row as usize],
            (_, row) => row,
        })
    }
    /// Whether both sides state a data year, and not the same.
    pub(crate) fn are_of_different_years(&self) -> bool {
        let years = self.sides.each_ref().map(|side| side.registry.year);
        matches!(years, [Some(national), Some(provincial)] if national != provincial)
    }
    /// One side.
    pub(crate) fn side(&self, side: Side) -> &SideView<'a> {
        &self.sides[side.index()]
    }
    /// The person of row `member` and, when linked, the partner: `[national, provincial]`.
    pub(crate) fn both_members(&self, side: Side, member: u32) -> [u32; 2] {
        let mut rows = [NONE; 2];
        rows[side.index()] = member;
        rows[side.other().index()] = self.links.partner(side.index(), member);
        rows
    }
    /// What keeps a member from being compared.
    pub(crate) fn is_not_compared(&self, side: usize, member: u32) -> bool {
        self.links.linkage.obstacle(side, member).is_some()
    }
    /// Whether the records of a household, or of the one it corresponds to, were not all read.
    pub(crate) fn lacks_records(&self, side: usize, household: u32) -> bool {
        let there = self.links.best_household(side, household);
        self.unread.lacks_records(side, household) || self.unread.lacks_records(1 - side, there)
    }
    /// Whether people of a household, or of the one it corresponds to, were not all read.
    pub(crate) fn lacks_people(&self, side: usize, household: u32) -> bool {
        let there = self.links.best_household(side, household);
        self.unread.lacks_people(side, household) || self.unread.lacks_people(1 - side, there)
    }
    /// The household of row `household` and the one it corresponds to: `[national, provincial]`.
    pub(crate) fn both_households(&self, side: Side, household: u32) -> [u32; 2] {
        let mut rows = [NONE; 2];
        rows[side.index()] = household;
        rows[side.other().index()] = self.links.best_household(side.index(), household);
        rows
    }
}

/// How much two household rows look like one household's: the same number, and the same person for a head.
fn row_likeness(sides: &[SideView<'_>; 2], links: &Links<'_>, pair: &HouseholdLink) -> u8 {
    let rows = [pair.left, pair.right];
    let number = |side: usize| sides[side].household_no.get(rows[side]);
    let name = |side: usize| sides[side].household_head_name.get(rows[side]).and_then(name::key);
    let [national, provincial] = [0, 1].map(|side| sides[side].head_of(rows[side]));
    let is_one_person = provincial != NONE && links.partner(0, national) == provincial;
    let same_head = name(0).is_some() && name(0) == name(1) || is_one_person;
    2 * u8::from(number(0).is_some() && number(0) == number(1)) + u8::from(same_head)
}
