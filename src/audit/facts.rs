//! What every rule may look at: both registries, who is whose partner, where everybody lives, the settings.

use super::key::Keyer;
use super::links::Links;
use super::places::Places;
use super::renames::Renames;
use super::rules::village_renamed;
use super::settings::Settings;
use super::view::{NONE, SideView};
use crate::error::Result;
use crate::table::{Linkage, Registry, Side};

/// Everything the audit knows before its first rule; read-only from then on.
pub(crate) struct Facts<'a> {
    pub(crate) sides: [SideView<'a>; 2],
    pub(crate) links: Links<'a>,
    pub(crate) places: Places,
    pub(crate) renames: Renames,
    pub(crate) settings: &'a Settings,
    pub(crate) keyer: Keyer,
}

impl<'a> Facts<'a> {
    /// Gathers the facts of one run.
    pub(crate) fn gather(registries: [&'a Registry; 2], linkage: &'a Linkage, settings: &'a Settings) -> Result<Self> {
        let [national, provincial] = registries;
        let gone = &settings.gone_statuses;
        let sides = [SideView::of(national, gone)?, SideView::of(provincial, gone)?];
        let members = registries.map(|registry| registry.members.height());
        let households = registries.map(|registry| registry.households.height());
        let links = Links::of(linkage, members, households);
        let places = Places::of(&sides, &links);
        let renames = match settings.is_disabled(village_renamed::RULE.id) {
            true => Renames::default(),
            false => Renames::of(&sides, &links, &places),
        };
        Ok(Self { sides, links, places, renames, settings, keyer: Keyer::new(&settings.site_key) })
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
    /// The household of row `household` and the one it corresponds to: `[national, provincial]`.
    pub(crate) fn both_households(&self, side: Side, household: u32) -> [u32; 2] {
        let mut rows = [NONE; 2];
        rows[side.index()] = household;
        rows[side.other().index()] = self.links.best_household(side.index(), household);
        rows
    }
}
