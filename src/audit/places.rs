//! Villages: one dense number for a village of both sides, and the one spelling under which it is reported.
//!
//! The two systems spell places differently (张庄村, 张庄, 张庄村委会), so places are compared by a key without the
//! administrative suffix. A provincial household linked to a national one is counted in the national village.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::links::Links;
use super::view::{NONE, SideView};
use crate::normalise::place;

/// The villages of both sides; number 0 is "unknown".
pub(crate) struct Places {
    /// `(township, village)` by number; unknown parts are empty.
    names: Vec<(String, String)>,
    households: [Vec<u32>; 2],
    members: [Vec<u32>; 2],
}

impl Places {
    /// Numbers the villages of two linked registries.
    pub(crate) fn of(sides: &[SideView<'_>; 2], links: &Links) -> Self {
        let mut spellings = Spellings::default();
        let own = [0, 1].map(|side| own_households(&sides[side], &mut spellings));
        let stray = [0, 1].map(|side| own_members(&sides[side], &mut spellings));
        let (names, number_of) = spellings.into_names();
        let number = |own: Vec<u32>| own.into_iter().map(|at| number_of[at as usize]).collect::<Vec<u32>>();
        let mut households = own.map(number);
        borrow_from_partner(&mut households, links);
        let stray = stray.map(number);
        let members = [0, 1].map(|side| place_members(&sides[side], &households[side], &stray[side]));
        Self { names, households, members }
    }
    /// The village of a household, 0 when unknown.
    pub(crate) fn of_household(&self, side: usize, household: u32) -> u32 {
        self.households[side].get(household as usize).copied().unwrap_or(0)
    }
    /// The village of a person, 0 when unknown.
    pub(crate) fn of_member(&self, side: usize, member: u32) -> u32 {
        self.members[side].get(member as usize).copied().unwrap_or(0)
    }
    /// Township and village, empty when unknown.
    pub(crate) fn name(&self, place: u32) -> (&str, &str) {
        let (township, village) = &self.names[place as usize];
        (township, village)
    }
    /// How many numbers there are.
    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }
}

/// A place name without its administrative suffix, for comparison; empty for nothing.
pub(crate) fn place_key(name: &str) -> String {
    place::key(name).unwrap_or_default()
}

/// Whether two names are one village's. A village (村) and a community (社区) of one name are not the same, unless one
/// of the names does not say which it is.
pub(crate) fn is_same_place(a: &str, b: &str) -> bool {
    place_key(a) == place_key(b) && !matches!((is_community(a), is_community(b)), (Some(a), Some(b)) if a != b)
}

/// Whether a place is a community; `None` when its name does not say.
fn is_community(name: &str) -> Option<bool> {
    const COMMUNITY: [&str; 4] = ["社区", "居委会", "居民委员会", "社区委员会"];
    const VILLAGE: [&str; 3] = ["村", "村委会", "村民委员会"];
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&COMMUNITY) { Some(true) } else { ends(&VILLAGE).then_some(false) }
}

type Key = (String, String);

/// Every spelling of every village, with how often each side uses it.
#[derive(Default)]
struct Spellings {
    distinct: Vec<(String, String)>,
    counts: Vec<[u64; 2]>,
}

impl Spellings {
    /// Numbers of the distinct spellings, in the order of `rows`.
    fn add<'a>(&mut self, side: usize, rows: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Vec<u32> {
        let mut known: FxHashMap<(Option<&'a str>, Option<&'a str>), u32> = FxHashMap::default();
        rows.map(|pair| {
            let at = *known.entry(pair).or_insert_with(|| {
                let owned = |text: Option<&str>| text.unwrap_or_default().trim().to_owned();
                self.distinct.push((owned(pair.0), owned(pair.1)));
                self.counts.push([0; 2]);
                self.distinct.len() as u32 - 1
            });
            self.counts[at as usize][side] += 1;
            at
        })
        .collect()
    }
    /// The names by number (sorted, "unknown" first), and the number of each spelling.
    fn into_names(self) -> (Vec<(String, String)>, Vec<u32>) {
        let keys: Vec<Key> = self.distinct.iter().map(|(t, v)| (place_key(t), place_key(v))).collect();
        let mut best: BTreeMap<&Key, (u64, u64, &(String, String))> = BTreeMap::new();
        for (at, key) in keys.iter().enumerate() {
            let [national, provincial] = self.counts[at];
            let candidate = (national, provincial, &self.distinct[at]);
            let entry = best.entry(key).or_insert(candidate);
            // The national spelling used most; of equals, the first in order.
            if (candidate.0, candidate.1, std::cmp::Reverse(candidate.2))
                > (entry.0, entry.1, std::cmp::Reverse(entry.2))
            {
                *entry = candidate;
            }
        }
        let unknown: Key = Default::default();
        best.remove(&unknown);
        let mut names = vec![unknown];
        names.extend(best.values().map(|(_, _, name)| (*name).clone()));
        let number: BTreeMap<&Key, u32> = best.keys().zip(1..).map(|(key, number)| (*key, number)).collect();
        let number_of = keys.iter().map(|key| number.get(key).copied().unwrap_or(0)).collect();
        (names, number_of)
    }
}

fn own_households(view: &SideView<'_>, spellings: &mut Spellings) -> Vec<u32> {
    let rows = (0..view.household_count()).map(|row| (view.township.get(row), view.village.get(row)));
    spellings.add(view.side.index(), rows)
}

fn own_members(view: &SideView<'_>, spellings: &mut Spellings) -> Vec<u32> {
    let rows = (0..view.member_count()).map(|row| match view.household_of(row) {
        NONE => (view.member_township.get(row), view.member_village.get(row)),
        _ => (None, None),
    });
    spellings.add(view.side.index(), rows)
}

/// Provincial households take the village of their national partner; national ones without a village take theirs.
fn borrow_from_partner(households: &mut [Vec<u32>; 2], links: &Links) {
    let [national, provincial] = households;
    for (own, &partner) in national.iter_mut().zip(&links.best_household[0]) {
        if *own == 0 && partner != NONE {
            *own = provincial[partner as usize];
        }
    }
    for (own, &partner) in provincial.iter_mut().zip(&links.best_household[1]) {
        if partner != NONE && national[partner as usize] != 0 {
            *own = national[partner as usize];
        }
    }
}

fn place_members(view: &SideView<'_>, households: &[u32], stray: &[u32]) -> Vec<u32> {
    (0..view.member_count())
        .map(|row| match view.household_of(row) {
            NONE => stray[row as usize],
            household => households[household as usize],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_do_not_tell_places_apart() {
        let check = |a, b, same| assert_eq!(place_key(a) == place_key(b), same, "{a} {b}");
        check("张庄村", "张庄", true);
        check("张庄村委会", "张庄 村", true);
        check("城关镇", "城关", true);
        check("东街社区", "东街社区居委会", true);
        check("张庄村", "李庄村", false);
        check("城关镇", "经济开发区", false);
        check("镇", "", false);
    }

    #[test]
    fn a_village_made_a_community_has_another_name() {
        let check = |a, b, same| assert_eq!(is_same_place(a, b), same, "{a} {b}");
        check("王塘村", "王塘村委会", true);
        check("王塘", "王塘社区", true);
        check("王塘社区", "王塘社区居委会", true);
        check("王塘村", "王塘社区", false);
        check("王塘村", "李寨村", false);
    }
}
