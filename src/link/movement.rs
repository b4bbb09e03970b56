//! Who moved, joined or left, seen from the reference: members whose household is another one on the other side, and members
//! of linked households whom the other side does not have there.
//!
//! A household's partner is the one it shares most members with; of equals the one that has fewer members linked elsewhere,
//! then the lower row. A linked member outside her household's partner moved, when her new household has a partner of its own.

use std::collections::BTreeMap;

use crate::table::linkage::{Fate, HouseholdLink, Moved, Movement};
use crate::table::{Decision, MemberLink};

use super::column::{NONE, Sides};
use super::records::Records;

/// All movements, sorted: by kind, then rows.
pub(crate) fn movements(
    records: &Records,
    members: &[MemberLink],
    households: &[HouseholdLink],
    fates: &Sides<Vec<Fate>>,
) -> Vec<Movement> {
    let partners = [partners(households, false), partners(households, true)];
    let mut movements: Vec<Movement> = members
        .iter()
        .filter(|link| link.decision == Decision::Match)
        .filter_map(|link| moved(records, &partners, link))
        .collect();
    for (side, kind) in [(1, Moved::Joined), (0, Moved::Left)] {
        let home = |row: &u32| records.household[side][*row as usize];
        let alone = (0..).zip(&fates[side]).filter(|(_, fate)| **fate == Fate::OnlyHere).map(|(row, _)| row);
        let of_linked = alone.filter(|row| home(row) != NONE && partners[side].contains_key(&home(row)));
        movements.extend(of_linked.map(|row| match side {
            0 => Movement { kind, left: Some(row), right: None },
            _ => Movement { kind, left: None, right: Some(row) },
        }));
    }
    movements.sort_unstable();
    movements
}

fn moved(records: &Records, partners: &Sides<BTreeMap<u32, u32>>, link: &MemberLink) -> Option<Movement> {
    let from = records.household[0][link.left as usize];
    let to = records.household[1][link.right as usize];
    let (of_from, of_to) = (partners[0].get(&from)?, partners[1].get(&to)?);
    (*of_from != to && *of_to != from).then_some(Movement {
        kind: Moved::Moved,
        left: Some(link.left),
        right: Some(link.right),
    })
}

/// The partner of every linked household of one side.
fn partners(households: &[HouseholdLink], of_right: bool) -> BTreeMap<u32, u32> {
    let sides = |link: &HouseholdLink| if of_right { (link.right, link.left) } else { (link.left, link.right) };
    let mut linked: BTreeMap<u32, u32> = BTreeMap::new();
    for link in households {
        *linked.entry(sides(link).1).or_default() += link.shared_members;
    }
    let mut best: BTreeMap<u32, (u32, u32, u32)> = BTreeMap::new();
    for link in households {
        let (own, other) = sides(link);
        let (shared, elsewhere) = (link.shared_members, linked[&other] - link.shared_members);
        let entry = best.entry(own).or_insert((0, 0, other));
        if shared > entry.0 || (shared == entry.0 && elsewhere < entry.1) {
            *entry = (shared, elsewhere, other);
        }
    }
    best.into_iter().map(|(own, (_, _, other))| (own, other)).collect()
}
