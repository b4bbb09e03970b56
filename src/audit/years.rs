//! Earlier data years: each is a pair of registries of its own, linked as the people are linked now.
//!
//! People are linked once, over all years; what a year's rows say is compared within the year. A finding made on a year's
//! rows is carried over to the newest rows of its subject, so that everything about a household meets in one place.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::rules::year_missing;
use super::sink::Sink;
use super::view::NONE;
use crate::normalise::Shape;
use crate::normalise::aside::Aside;
use crate::table::registry::Earlier;
use crate::table::{Decision, Fate, HouseholdLink, Linkage, MemberLink, Registry, Relation, Side};

/// One earlier year of both sides.
pub(crate) struct Year {
    pub(crate) year: i32,
    pub(crate) registries: [Registry; 2],
    pub(crate) linkage: Linkage,
    /// The newest rows of its people and households; the same rows where absent.
    pub(crate) now: [Option<[Vec<u32>; 2]>; 2],
}

/// Every year that either side delivered beside the newest of both, newest first.
pub(crate) fn earlier(registries: [&Registry; 2], linkage: &Linkage) -> Vec<Year> {
    let mut years: BTreeSet<i32> =
        registries.iter().flat_map(|side| side.earlier.iter().map(|year| year.year)).collect();
    if let [Some(national), Some(provincial)] = registries.map(|side| side.year)
        && national != provincial
    {
        years.insert(national.min(provincial));
    }
    years.into_iter().rev().map(|year| of_year(registries, linkage, year)).collect()
}

fn of_year(registries: [&Registry; 2], linkage: &Linkage, year: i32) -> Year {
    let sides = registries.map(|registry| side_of(registry, year));
    let then = [0, 1].map(|side| {
        let now = sides[side].1.as_ref().map(|now| now[0].as_slice());
        rows_then(now, registries[side].members.height())
    });
    let of = |side: usize| &sides[side].0;
    let linkage = linkage_then(linkage, &then, [of(0), of(1)]);
    let [(national, of_national), (provincial, of_provincial)] = sides;
    Year { year, registries: [national, provincial], linkage, now: [of_national, of_provincial] }
}

/// One side in that year: nothing where it was not delivered.
fn side_of(registry: &Registry, year: i32) -> (Registry, Option<[Vec<u32>; 2]>) {
    let empty = || Registry { origins: registry.origins.clone(), ..Registry::empty(registry.side) };
    if let Some(found) = registry.earlier.iter().find(|earlier| earlier.year == year) {
        let Earlier { members, households, member_now, household_now, .. } = found.clone();
        let delivered = registry.delivered.clone();
        let side = Registry { year: Some(year), members, households, delivered, ..empty() };
        return (side, Some([member_now, household_now]));
    }
    if registry.year == Some(year) {
        let (members, households) = (registry.members.clone(), registry.households.clone());
        let delivered = registry.delivered.clone();
        return (Registry { year: Some(year), members, households, delivered, ..empty() }, None);
    }
    (empty(), Some([Vec::new(), Vec::new()]))
}

/// For each newest row the row of that year, [`NONE`] without one; the first of several.
pub(crate) fn rows_then(now: Option<&[u32]>, newest: usize) -> Vec<u32> {
    let Some(now) = now else { return (0..newest as u32).collect() };
    let mut then = vec![NONE; newest];
    for (row, &newest) in now.iter().enumerate().rev().filter(|(_, newest)| **newest != NONE) {
        then[newest as usize] = row as u32;
    }
    then
}

/// The links of people between the rows of that year, and of their households.
fn linkage_then(linkage: &Linkage, then: &[Vec<u32>; 2], registries: [&Registry; 2]) -> Linkage {
    let rows = |link: &MemberLink| (then[0][link.left as usize], then[1][link.right as usize]);
    let matches = linkage.members.iter().filter(|link| link.decision == Decision::Match);
    let mut members: Vec<MemberLink> = matches
        .filter(|link| rows(link).0 != NONE && rows(link).1 != NONE)
        .map(|link| MemberLink { left: rows(link).0, right: rows(link).1, ..link.clone() })
        .collect();
    members.sort_by_key(|link| (link.left, link.right));
    let mut fates = registries.map(|registry| vec![Fate::OnlyHere; registry.members.height()]);
    for link in &members {
        (fates[0][link.left as usize], fates[1][link.right as usize]) = (Fate::Linked, Fate::Linked);
    }
    let households = households_then(&members, registries);
    Linkage { members, households, fates, ..Linkage::default() }
}

fn households_then(members: &[MemberLink], registries: [&Registry; 2]) -> Vec<HouseholdLink> {
    let homes = registries.map(|registry| super::view::indices(&registry.members, "household_ix").unwrap_or_default());
    let home = |side: usize, row: u32| homes[side].get(row as usize).copied().unwrap_or(NONE);
    let mut shared: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    for link in members {
        *shared.entry((home(0, link.left), home(1, link.right))).or_default() += 1;
    }
    shared.retain(|&(left, right), _| left != NONE && right != NONE);
    let link = |((left, right), shared_members)| HouseholdLink {
        left,
        right,
        relation: Relation::Same,
        shared_members,
        match_prob: 1.0,
    };
    shared.into_iter().map(link).collect()
}

/// People whom both systems have, but in that year only one of them, where both delivered the year.
pub(crate) fn judge_presence(newest: &Facts<'_>, year: &Facts<'_>, aside: &Aside, sink: &mut Sink) {
    let rule = &year_missing::RULE;
    let is_delivered = year.sides.iter().all(|side| side.member_count() > 0);
    if !is_delivered || newest.settings.is_disabled(rule.id) {
        return;
    }
    sink.note_year(rule.id, None, year.year);
    let then = [0, 1].map(|side| rows_then(year.now[side].map(|now| now[0]), newest.newest_sizes[side][0]));
    let township = |side: usize, row: u32| year.places.name(year.places.of_member(side, row)).0;
    // A year may be delivered for some townships only.
    let townships = [0, 1]
        .map(|side| (0..year.sides[side].member_count()).map(|row| township(side, row)).collect::<BTreeSet<&str>>());
    let matches = newest.links.linkage.members.iter().filter(|link| link.decision == Decision::Match);
    for link in matches {
        let rows = [then[0][link.left as usize], then[1][link.right as usize]];
        let is_expected = |side: usize| {
            let row = rows[side];
            row == NONE || !year.sides[side].gone[row as usize] && townships[1 - side].contains(township(side, row))
        };
        if rows == [NONE; 2] || !is_expected(0) || !is_expected(1) {
            continue;
        }
        let lacking = Side::BOTH.into_iter().find(|side| rows[side.index()] == NONE);
        let is_set_aside = |side: Side| {
            let here = side.other();
            let known = year.sides[here.index()].known(rows[here.index()]);
            aside.about(side, Shape::Person, year.year, &known).is_some()
        };
        if lacking.is_some_and(is_set_aside) {
            continue;
        }
        sink.count(rule.id, None, 1);
        if let Some(lacking) = lacking {
            year_missing::report(year, rows, lacking, sink);
        }
    }
}
