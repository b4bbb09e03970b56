//! What was not read is not judged: people and households of whom a row was set aside.
//!
//! A row that could not be used is neither its person's absence nor a blank in her household. [`mark`] gives those whom a
//! set-aside row of either side may speak of the fate *not compared*; [`Unread`] then keeps every rule from what the row
//! would have told:
//!
//! | a row was set aside in | not judged |
//! |---|---|
//! | the person export | the person's presence and records; counts over her household |
//! | the household export | the household's own fields |
//! | the benefit or outcome export | the records of that household |

use rustc_hash::{FxHashMap, FxHashSet};

use super::fields::compare::{may_be_same_name, same_name};
use super::links::Links;
use super::view::{NONE, Texts, indices};
use crate::error::Result;
use crate::normalise::Shape;
use crate::normalise::aside::{Aside, AsideRow, Known};
use crate::normalise::{name, place};
use crate::similarity::identifier;
use crate::table::linkage::{NotCompared, Obstacle};
use crate::table::{Fate, Linkage, Registry, Side};

/// What people are known by, of one side.
struct Keys {
    household_of: Vec<u32>,
    past: Vec<bool>,
    id18: Texts,
    id_no: Texts,
    person_no: Texts,
    name: Texts,
    name_key: Texts,
    village: Texts,
    household_no: Texts,
    household_village: Texts,
}

impl Keys {
    fn of(registry: &Registry) -> Result<Self> {
        let (members, households) = (&registry.members, &registry.households);
        let text = |name: &str| Texts::of(members, name);
        let past = registry.past().map(|past| past.iter().map(|past| past == Some(true)).collect());
        Ok(Self {
            household_of: indices(members, "household_ix")?,
            past: past.unwrap_or_else(|| vec![false; members.height()]),
            id18: text("id18")?,
            id_no: text("id_no")?,
            person_no: text("person_no")?,
            name: text("name")?,
            name_key: text("name_key")?,
            village: text("village")?,
            household_no: Texts::of(households, "household_no")?,
            household_village: Texts::of(households, "village")?,
        })
    }
    /// Whether somebody hid the member's name or number.
    fn is_hidden(&self, row: u32) -> bool {
        self.id_no.get(row).is_some_and(|id| id.matches('*').count() > 1)
            || self.name.get(row).is_some_and(name::is_hidden)
    }
    fn village_key(&self, row: u32) -> String {
        self.person(row).village.and_then(place::key).unwrap_or_default()
    }
    /// Whether what both show of name and number may be one person's.
    fn may_be(&self, row: u32, other: &Self, there: u32) -> bool {
        let number = |keys: &Self, row: u32| keys.id_no.get(row).and_then(identifier::Identifier::parse);
        let numbers_agree = match (number(self, row), number(other, there)) {
            (Some(a), Some(b)) => identifier::level(&a, &b) <= identifier::IdLevel::Masked,
            _ => true,
        };
        let names_agree = match (self.name.get(row), other.name.get(there)) {
            (Some(a), Some(b)) => same_name(a, b) || may_be_same_name(a, b),
            _ => true,
        };
        numbers_agree && names_agree
    }
    fn person(&self, row: u32) -> Known<'_> {
        let household = self.household_of.get(row as usize).copied().unwrap_or(NONE);
        Known {
            id18: self.id18.get(row),
            id_no: self.id_no.get(row),
            person_no: self.person_no.get(row),
            household_no: self.household_no.get(household),
            name_key: self.name_key.get(row),
            village: self.village.get(row).or_else(|| self.household_village.get(household)),
        }
    }
}

/// Marks the members whom nobody could compare because a row was set aside: those found on this side only of whom a row
/// of the other side may speak, and those in earlier years only of whom a newest row of their own side may.
///
/// # Errors
/// A column that is not what the schema promises.
pub fn mark(registries: [&Registry; 2], linkage: &mut Linkage, aside: &Aside) -> Result<()> {
    let keys = [Keys::of(registries[0])?, Keys::of(registries[1])?];
    let hidden = hidden(&keys, linkage);
    for side in Side::BOTH {
        let (own, other) = (registries[side.index()], registries[side.other().index()]);
        let (keys, ix) = (&keys[side.index()], side.index());
        let fates = &mut linkage.fates[side.index()];
        let mut held = Vec::new();
        for (row, fate) in (0_u32..).zip(fates.iter_mut()) {
            let is_past = keys.past[row as usize];
            let about = |side, year| aside.about(side, Shape::Person, year, &keys.person(row));
            let is_alone = *fate == Fate::OnlyHere;
            let there = if is_alone { about(side.other(), other.year) } else { None };
            let found = there.or_else(|| if is_past { about(side, own.year) } else { None });
            let found =
                found.map(obstacle).or_else(|| (is_alone && hidden[ix].contains(&row)).then_some(Obstacle::Hidden));
            if is_alone && (there.is_some() || found == Some(Obstacle::Hidden)) {
                *fate = Fate::NotCompared;
            }
            held.extend(found.map(|obstacle| NotCompared { row, obstacle }));
        }
        linkage.not_compared[side.index()] = held;
    }
    let is_kept =
        |side: usize, row: Option<u32>| row.is_none_or(|row| linkage.fates[side][row as usize] != Fate::NotCompared);
    linkage.movements.retain(|movement| is_kept(0, movement.left) && is_kept(1, movement.right));
    Ok(())
}

/// Members found on one side only whose name or number is hidden, and those of the other side whom one of them may be.
fn hidden(keys: &[Keys; 2], linkage: &Linkage) -> [FxHashSet<u32>; 2] {
    let alone = |side: usize| {
        let fates = (0_u32..).zip(&linkage.fates[side]).filter(|(_, fate)| **fate == Fate::OnlyHere);
        fates.map(|(row, _)| row)
    };
    let mut found = [FxHashSet::default(), FxHashSet::default()];
    for (side, other) in [(0, 1), (1, 0)] {
        let mut by_village: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        for row in alone(side).filter(|row| keys[side].is_hidden(*row)) {
            by_village.entry(keys[side].village_key(row)).or_default().push(row);
            found[side].insert(row);
        }
        if by_village.is_empty() {
            continue;
        }
        for row in alone(other) {
            let candidates = by_village.get(&keys[other].village_key(row)).into_iter().flatten();
            if candidates.into_iter().any(|hidden| keys[side].may_be(*hidden, &keys[other], row)) {
                found[other].insert(row);
            }
        }
    }
    found
}

fn obstacle(row: &AsideRow) -> Obstacle {
    let AsideRow { side, file, sheet, row, reason, .. } = row;
    Obstacle::Row { side: *side, file: file.clone(), sheet: sheet.clone(), row: *row, reason: reason.clone() }
}

/// The households and rows that set-aside rows keep from being judged, by side and row; empty where nothing was set aside.
#[derive(Default)]
pub(crate) struct Unread {
    people: [Vec<bool>; 2],
    fields: [Vec<bool>; 2],
    records: [Vec<bool>; 2],
}

impl Unread {
    /// Of one year's registries.
    pub(crate) fn of(registries: [&Registry; 2], links: &Links<'_>, aside: &Aside) -> Result<Self> {
        if aside.is_empty() {
            return Ok(Self::default());
        }
        let keys = [Keys::of(registries[0])?, Keys::of(registries[1])?];
        let mut unread = Self::default();
        for side in Side::BOTH {
            let (ix, year) = (side.index(), registries[side.index()].year);
            let households = registries[ix].households.height();
            let of_shape = |shape: Shape, year| {
                let mut marked = vec![false; households];
                let by_number = |household: u32| keys[ix].household_no.get(household);
                for (household, marked) in (0_u32..).zip(&mut marked) {
                    *marked = by_number(household).is_some_and(|no| aside.numbered(side, shape, year, no).is_some());
                }
                for (row, &household) in (0_u32..).zip(&keys[ix].household_of).filter(|(_, home)| **home != NONE) {
                    if !marked[household as usize] && aside.about(side, shape, year, &keys[ix].person(row)).is_some() {
                        marked[household as usize] = true;
                    }
                }
                marked
            };
            unread.people[ix] = of_shape(Shape::Person, year);
            unread.fields[ix] = of_shape(Shape::Household, year);
            unread.records[ix] = of_shape(Shape::Benefit, None);
            for (household, outcome) in unread.records[ix].iter_mut().zip(of_shape(Shape::Outcome, None)) {
                *household |= outcome;
            }
        }
        unread.follow_links(links, &keys);
        Ok(unread)
    }
    /// The household of whoever may be in a row that was set aside: where the numbers of the two sides differ, known by
    /// its other members.
    fn follow_links(&mut self, links: &Links<'_>, keys: &[Keys; 2]) {
        for (side, keys) in keys.iter().enumerate() {
            for member in &links.linkage.not_compared[side] {
                let Obstacle::Row { side: torn, .. } = &member.obstacle else { continue };
                let home = keys.household_of.get(member.row as usize).copied().unwrap_or(NONE);
                let home = if torn.index() == side { home } else { links.best_household(side, home) };
                if let Some(marked) = self.people[torn.index()].get_mut(home as usize) {
                    *marked = true;
                }
            }
        }
    }
    /// Whether a person row of the household was set aside: counts over its people tell nothing.
    pub(crate) fn lacks_people(&self, side: usize, household: u32) -> bool {
        is_marked(&self.people[side], household)
    }
    /// Whether the household's own row was set aside.
    pub(crate) fn lacks_fields(&self, side: usize, household: u32) -> bool {
        is_marked(&self.fields[side], household)
    }
    /// Whether a benefit or outcome row of the household was set aside.
    pub(crate) fn lacks_records(&self, side: usize, household: u32) -> bool {
        is_marked(&self.records[side], household)
    }
}

fn is_marked(marks: &[bool], household: u32) -> bool {
    marks.get(household as usize).copied().unwrap_or(false)
}
