//! One registry as rules read it: columns by row number, absent columns as nulls.

use polars::prelude::*;

use crate::error::Result;
use crate::normalise::aside::Known;
use crate::normalise::identity::IdClass;
use crate::table::finding::RowPlace;
use crate::table::{Registry, Side};

/// No row.
pub(crate) const NONE: u32 = u32::MAX;

/// A text column, or nothing when the export did not deliver it.
#[derive(Default)]
pub(crate) struct Texts(Option<StringChunked>);

impl Texts {
    /// The column of that name.
    pub(crate) fn of(frame: &DataFrame, name: &str) -> Result<Self> {
        let Ok(column) = frame.column(name) else { return Ok(Self(None)) };
        Ok(Self(Some(column.str()?.rechunk().into_owned())))
    }
    /// The value in that row; null and absent are `None`.
    pub(crate) fn get(&self, row: u32) -> Option<&str> {
        if row == NONE {
            return None;
        }
        self.0.as_ref()?.get(row as usize)
    }
    /// Whether the export delivered it.
    pub(crate) fn is_delivered(&self) -> bool {
        self.0.is_some()
    }
}

/// The column of row numbers of that name; null and absent are [`NONE`].
pub(crate) fn indices(frame: &DataFrame, name: &str) -> Result<Vec<u32>> {
    match frame.column(name) {
        Ok(column) => Ok(column.u32()?.iter().map(|ix| ix.unwrap_or(NONE)).collect()),
        Err(_) => Ok(vec![NONE; frame.height()]),
    }
}

/// How often each of so many rows is pointed to.
fn counts(frame: &DataFrame, name: &str, rows: usize) -> Result<Vec<u32>> {
    let mut counts = vec![0; rows];
    for row in indices(frame, name)?.into_iter().filter(|row| *row != NONE) {
        if let Some(count) = counts.get_mut(row as usize) {
            *count += 1;
        }
    }
    Ok(counts)
}

/// The rows of which a column says yes.
fn yes(frame: &DataFrame, name: &str) -> Result<Vec<bool>> {
    match frame.column(name) {
        Ok(column) => Ok(column.bool()?.iter().map(|yes| yes == Some(true)).collect()),
        Err(_) => Ok(vec![false; frame.height()]),
    }
}

/// The places of the rows of a table.
pub(crate) struct RowPlaces {
    sheet_ix: Vec<u32>,
    row: Vec<u32>,
}

impl RowPlaces {
    /// The places of a frame's rows.
    pub(crate) fn of(frame: &DataFrame) -> Result<Self> {
        Ok(Self { sheet_ix: indices(frame, "sheet_ix")?, row: indices(frame, "row")? })
    }
    /// The place of one row.
    pub(crate) fn get(&self, ix: u32) -> Option<RowPlace> {
        let (sheet_ix, row) = (*self.sheet_ix.get(ix as usize)?, *self.row.get(ix as usize)?);
        (sheet_ix != NONE && row != NONE).then_some(RowPlace { sheet_ix, row })
    }
}

/// The columns of one side that findings and built-in rules need.
pub(crate) struct SideView<'a> {
    pub(crate) side: Side,
    pub(crate) registry: &'a Registry,
    pub(crate) household_of: Vec<u32>,
    pub(crate) name: Texts,
    pub(crate) name_key: Texts,
    pub(crate) person_no: Texts,
    pub(crate) id_no: Texts,
    pub(crate) id_text: Texts,
    pub(crate) id18: Texts,
    pub(crate) id_class: Texts,
    pub(crate) relation_text: Texts,
    pub(crate) member_township: Texts,
    pub(crate) member_village: Texts,
    pub(crate) member_places: RowPlaces,
    /// 人员状态.
    pub(crate) status: Texts,
    /// Whether the member has left the registry (自然减少), or is in earlier years only.
    pub(crate) gone: Vec<bool>,
    /// Whether the member is in earlier years only.
    pub(crate) past_members: Vec<bool>,
    /// Whether somebody has marked the member as gone, and not only stopped exporting her.
    pub(crate) marked: Vec<bool>,
    pub(crate) household_no: Texts,
    pub(crate) household_no_text: Texts,
    /// Whether the household is in earlier years only.
    pub(crate) past: Vec<bool>,
    pub(crate) household_head_name: Texts,
    pub(crate) head_of: Vec<u32>,
    pub(crate) township: Texts,
    pub(crate) village: Texts,
    pub(crate) household_places: RowPlaces,
    members: Groups,
    /// Records by the member they are for, and by household.
    records: [Vec<u32>; 2],
}

impl<'a> SideView<'a> {
    /// Reads the columns of a registry.
    pub(crate) fn of(registry: &'a Registry, gone_statuses: &std::collections::BTreeSet<String>) -> Result<Self> {
        let (members, households) = (&registry.members, &registry.households);
        let household_of = indices(members, "household_ix")?;
        let status = Texts::of(members, "member_status")?;
        let left = |row: u32| status.get(row).is_some_and(|word| gone_statuses.contains(word));
        let past = yes(members, "past")?;
        let marked: Vec<bool> = (0..members.height() as u32).map(left).collect();
        let gone = marked.iter().zip(&past).map(|(marked, past)| *marked || *past).collect();
        Ok(Self {
            side: registry.side,
            registry,
            name: Texts::of(members, "name")?,
            name_key: Texts::of(members, "name_key")?,
            person_no: Texts::of(members, "person_no")?,
            id_no: Texts::of(members, "id_no")?,
            id_text: Texts::of(members, "id_no_text")?,
            id18: Texts::of(members, "id18")?,
            id_class: Texts::of(members, "id_class")?,
            relation_text: Texts::of(members, "relation_text")?,
            member_township: Texts::of(members, "township")?,
            member_village: Texts::of(members, "village")?,
            member_places: RowPlaces::of(members)?,
            gone,
            marked,
            past_members: past,
            status,
            past: yes(households, "past")?,
            household_no: Texts::of(households, "household_no")?,
            household_no_text: Texts::of(households, "household_no_text")?,
            household_head_name: Texts::of(households, "head_name")?,
            head_of: indices(households, "head_ix")?,
            township: Texts::of(households, "township")?,
            village: Texts::of(households, "village")?,
            household_places: RowPlaces::of(households)?,
            members: Groups::of(&household_of, households.height()),
            household_of,
            records: [
                counts(&registry.benefits, "member_ix", members.height())?,
                counts(&registry.benefits, "household_ix", households.height())?,
            ],
        })
    }
    /// How many benefit records a person has.
    pub(crate) fn records_of(&self, member: u32) -> u32 {
        self.records[0].get(member as usize).copied().unwrap_or(0)
    }
    /// How many benefit records a household has, its people's included.
    pub(crate) fn records_of_household(&self, household: u32) -> u32 {
        self.records[1].get(household as usize).copied().unwrap_or(0)
    }
    /// The place of a benefit record.
    pub(crate) fn benefit_place(&self, row: u32) -> Option<RowPlace> {
        let number = |name: &str| self.registry.benefits.column(name).ok()?.u32().ok()?.get(row as usize);
        Some(RowPlace { sheet_ix: number("sheet_ix")?, row: number("row")? })
    }
    /// How many people.
    pub(crate) fn member_count(&self) -> u32 {
        self.household_of.len() as u32
    }
    /// How many households.
    pub(crate) fn household_count(&self) -> u32 {
        self.head_of.len() as u32
    }
    /// The people of a household, in row order.
    pub(crate) fn members_of(&self, household: u32) -> &[u32] {
        self.members.get(household)
    }
    /// The household of a person, [`NONE`] included.
    pub(crate) fn household_of(&self, member: u32) -> u32 {
        self.household_of.get(member as usize).copied().unwrap_or(NONE)
    }
    /// The head's row, [`NONE`] without one.
    pub(crate) fn head_of(&self, household: u32) -> u32 {
        self.head_of.get(household as usize).copied().unwrap_or(NONE)
    }
    /// The name of the household's head, from its row or from its own column.
    pub(crate) fn head_name(&self, household: u32) -> Option<&str> {
        self.name.get(self.head_of(household)).or_else(|| self.household_head_name.get(household))
    }
    /// What a person is known by.
    pub(crate) fn known(&self, member: u32) -> Known<'_> {
        let household = self.household_of(member);
        Known {
            id18: self.id18.get(member),
            id_no: self.id_no.get(member),
            person_no: self.person_no.get(member),
            household_no: self.household_no.get(household),
            name_key: self.name_key.get(member),
            village: self.member_village.get(member).or_else(|| self.village.get(household)),
        }
    }
    /// What the identifier as exported is worth.
    pub(crate) fn identifier(&self, member: u32) -> Identifier<'_> {
        let Some(id) = self.id_no.get(member).filter(|id| !id.is_empty()) else { return Identifier::Blank };
        if id.starts_with("999999") || self.id_class.get(member) == Some("placeholder") {
            return Identifier::Blank;
        }
        // One asterisk is a character that was not typed; more of them hide the number.
        if id.matches('*').count() > 1 {
            return Identifier::Masked;
        }
        if self.id_class.get(member).is_some_and(IdClass::names_another_document) {
            return Identifier::Other(id);
        }
        match self.id18.get(member) {
            Some(id18) if id.starts_with(id18) && matches!(id.len(), 18 | 20 | 22) => Identifier::Sound(id),
            Some(_) if id.len() == 15 => Identifier::Old(id),
            _ => Identifier::Damaged(id),
        }
    }
    /// Whether the identifier is there, but is not what a card shows.
    pub(crate) fn has_damaged_id(&self, member: u32) -> bool {
        matches!(self.identifier(member), Identifier::Damaged(_))
    }
}

/// An identifier as exported, folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identifier<'a> {
    /// Nothing, or a placeholder (999999…).
    Blank,
    /// 18 characters, or a certificate of 20 or 22, that prove themselves.
    Sound(&'a str),
    /// 15 digits of the old kind.
    Old(&'a str),
    /// The number of another document: a passport, a permit, an officer's certificate.
    Other(&'a str),
    /// Hidden by asterisks: nobody can compare it.
    Masked,
    /// Cut, mistyped, or with something around it: to be typed again.
    Damaged(&'a str),
}

/// Rows by group: `rows[starts[group]..starts[group + 1]]`.
struct Groups {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Groups {
    fn of(group_of: &[u32], groups: usize) -> Self {
        let mut starts = vec![0u32; groups + 1];
        for &group in group_of.iter().filter(|group| **group != NONE) {
            starts[group as usize + 1] += 1;
        }
        for at in 0..groups {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut rows = vec![0u32; starts[groups] as usize];
        for (row, &group) in group_of.iter().enumerate().filter(|(_, group)| **group != NONE) {
            rows[next[group as usize] as usize] = row as u32;
            next[group as usize] += 1;
        }
        Self { starts, rows }
    }
    fn get(&self, group: u32) -> &[u32] {
        if group as usize + 1 >= self.starts.len() {
            return &[];
        }
        &self.rows[self.starts[group as usize] as usize..self.starts[group as usize + 1] as usize]
    }
}
