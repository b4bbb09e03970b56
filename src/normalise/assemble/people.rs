//! The members of a side, findable by identifier, by 人编号, and by name within a household.
//!
//! One identifier may stand on several rows (a person registered twice, a number pasted to a relative), and a 人编号
//! that lost its last digit in a spreadsheet is shared by relatives: every row that holds a key is kept, and the
//! best fit is picked.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use crate::error::Result;

/// No row.
pub(super) const NONE: u32 = u32::MAX;

/// What a row says about whom it is for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beneficiary<'a> {
    pub(super) household_ix: Option<u32>,
    pub(super) person_no: Option<&'a str>,
    pub(super) id18: Option<&'a str>,
    pub(super) id_no: Option<&'a str>,
    pub(super) name_key: Option<&'a str>,
}

/// Members by their keys.
pub(super) struct People<'a> {
    pub(super) name_keys: &'a StringChunked,
    pub(super) id18: &'a StringChunked,
    by_id: Chains<'a>,
    by_person_no: Chains<'a>,
    household_of: Vec<u32>,
    /// Members of household `h`: `listed[starts[h]..starts[h + 1]]`.
    starts: Vec<u32>,
    listed: Vec<u32>,
}

impl<'a> People<'a> {
    pub(super) fn of(persons: &'a DataFrame) -> Result<Self> {
        let strings = |name: &str| persons.column(name).ok().map(Column::str).transpose();
        let id18 = persons.column("id18")?.str()?;
        let keys: Vec<Option<&str>> = match strings("id_no")? {
            Some(norms) => id18.iter().zip(norms.iter()).map(|(id18, norm)| id18.or(norm)).collect(),
            None => id18.iter().collect(),
        };
        Ok(Self {
            name_keys: persons.column("name_key")?.str()?,
            id18,
            by_id: Chains::of(keys.into_iter()),
            by_person_no: strings("person_no")?.map_or_else(Chains::default, |numbers| Chains::of(numbers.iter())),
            household_of: Vec::new(),
            starts: vec![0],
            listed: Vec::new(),
        })
    }

    /// The same people, grouped by household. `household_of[m]` is [`NONE`] for a member without one.
    pub(super) fn living_in(mut self, household_of: &[u32], n_households: usize) -> Self {
        let mut starts = vec![0_u32; n_households + 1];
        for &household in household_of.iter().filter(|&&household| household != NONE) {
            starts[household as usize + 1] += 1;
        }
        for household in 0..n_households {
            starts[household + 1] += starts[household];
        }
        let mut next = starts.clone();
        let mut listed = vec![0; starts[n_households] as usize];
        for (member, &household) in (0_u32..).zip(household_of).filter(|(_, household)| **household != NONE) {
            listed[next[household as usize] as usize] = member;
            next[household as usize] += 1;
        }
        (self.household_of, self.starts, self.listed) = (household_of.to_vec(), starts, listed);
        self
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.name_keys.len()
    }

    /// The household of a member.
    pub(super) fn household_of(&self, member: u32) -> Option<u32> {
        Some(self.household_of[member as usize]).filter(|&household| household != NONE)
    }

    /// The member whom a row is for: by identifier number, then 人编号, then name within the household. A number whose holder
    /// has another name, beside the name of one member of the row's household, is a relative's that was pasted.
    pub(super) fn find(&self, row: &Beneficiary) -> Option<u32> {
        row.id18
            .and_then(|id18| self.best(self.by_id.rows(id18), row))
            .map(|holder| self.namesake_beside(holder, row).unwrap_or(holder))
            .or_else(|| row.person_no.and_then(|number| self.same_person(self.by_person_no.rows(number), row)))
            .or_else(|| {
                row.id_no.filter(|_| row.id18.is_none()).and_then(|id| self.same_person(self.by_id.rows(id), row))
            })
            .or_else(|| self.by_name(row.household_ix?, row.name_key?))
    }

    /// The first row of this identifier, the row's own household preferred.
    pub(super) fn holder(&self, id18: &str) -> Option<u32> {
        self.best(self.by_id.rows(id18), &Beneficiary::default())
    }

    /// The candidate that agrees most; the first of equals.
    fn best(&self, candidates: impl Iterator<Item = u32>, row: &Beneficiary) -> Option<u32> {
        let agreement = |member: u32| {
            let name = row.name_key.is_some() && self.name_keys.get(member as usize) == row.name_key;
            let household = row.household_ix.is_some() && self.household_of(member) == row.household_ix;
            2 * u8::from(name) + u8::from(household)
        };
        // max_by_key keeps the last of equals; reversed order keeps the first row.
        candidates.map(|member| (agreement(member), std::cmp::Reverse(member))).max().map(|(_, member)| member.0)
    }

    /// The best candidate whose name does not contradict: keys that spreadsheets damage are shared by strangers.
    fn same_person(&self, candidates: impl Iterator<Item = u32>, row: &Beneficiary) -> Option<u32> {
        let compatible = |member: &u32| match (row.name_key, self.name_keys.get(*member as usize)) {
            (Some(left), Some(right)) => left == right,
            _ => true,
        };
        self.best(candidates.filter(compatible), row)
    }

    /// Who lives with the holder of a row's number, or in the row's own household, and has the row's name, when the holder has not.
    fn namesake_beside(&self, holder: u32, row: &Beneficiary) -> Option<u32> {
        let name_key = row.name_key?;
        let is_other = self.name_keys.get(holder as usize).is_some_and(|name| name != name_key);
        let homes = [row.household_ix, self.household_of(holder)];
        homes.into_iter().flatten().filter(|_| is_other).find_map(|home| self.by_name(home, name_key))
    }

    fn by_name(&self, household: u32, name_key: &str) -> Option<u32> {
        let (from, to) = (self.starts[household as usize], self.starts[household as usize + 1]);
        let members = &self.listed[from as usize..to as usize];
        members.iter().copied().find(|&member| self.name_keys.get(member as usize) == Some(name_key))
    }
}

/// Rows by key: the first row of each, and from each row the next one with the same key.
#[derive(Default)]
struct Chains<'a> {
    first: FxHashMap<&'a str, (u32, u32)>,
    next: Vec<u32>,
}

impl<'a> Chains<'a> {
    fn of(keys: impl ExactSizeIterator<Item = Option<&'a str>>) -> Self {
        let mut first: FxHashMap<&str, (u32, u32)> = FxHashMap::default();
        let mut next = vec![NONE; keys.len()];
        for (row, key) in (0_u32..).zip(keys) {
            let Some(key) = key else { continue };
            let ends = first.entry(key).or_insert((row, row));
            if ends.1 != row {
                next[ends.1 as usize] = row;
                ends.1 = row;
            }
        }
        Self { first, next }
    }

    /// The rows that hold the key, ascending.
    fn rows(&self, key: &str) -> impl Iterator<Item = u32> + '_ {
        let first = self.first.get(key).map(|ends| ends.0);
        std::iter::successors(first, |&row| Some(self.next[row as usize]).filter(|&next| next != NONE))
    }
}
