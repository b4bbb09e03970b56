//! Whom a measure was for: `household_ix` and `member_ix` of benefit and outcome rows, within their side.
//!
//! | the row says | the member is |
//! |---|---|
//! | a trustworthy identifier | a holder of it, of the same name and household when there are several |
//! | 人编号, or a damaged identifier | a holder of it whose name does not contradict |
//! | household and name | that household's member of that name |
//!
//! The household is that of the 户编号, else of the head named in that village, else the member's, else that of the head's identifier. A payee who is no
//! member leaves the household only. What rows print of a member otherwise than the member's own row is counted on the way
//! ([`Printed`]): it tells which of two systems has the name or number wrong.

use std::sync::Mutex;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::household::Households;
use super::people::{Beneficiary, People};
use super::unnumbered::MADE;
use crate::error::Result;
use crate::normalise::{Part, name, place};
use crate::table::Printed;

/// What only serves to find a beneficiary: dropped once the row points to its household and member.
const FOUND_BY: &[&str] = &[
    "township",
    "village",
    "household_no",
    "head_name",
    "person_no",
    "name",
    "id_no",
    "id18",
    "head_id18",
    "name_key",
];

/// The people and households of a side, ready to be asked whom a measure was for.
pub struct Beneficiaries<'a> {
    people: &'a People<'a>,
    built: &'a Households,
    printed: Mutex<Printed>,
}

impl<'a> Beneficiaries<'a> {
    pub(super) fn new(people: &'a People<'a>, built: &'a Households) -> Self {
        Self { people, built, printed: Mutex::new(Printed::of(people.count())) }
    }

    /// What the rows settled so far print of their members.
    pub(super) fn into_printed(self) -> Printed {
        self.printed.into_inner().expect("no thread panicked while it counted")
    }

    /// A benefit or outcome part with `household_ix` and `member_ix`; what they were found by is dropped.
    ///
    /// # Errors
    /// Only when the part is not what [`normalise`](crate::normalise::normalise) gives.
    pub fn settle(&self, mut part: Part) -> Result<Part> {
        let (households, members) = find(&part.frame, self.people, self.built)?;
        self.count_printed(&part.frame, &members)?;
        self.count_heads(&part.frame, &households)?;
        let mut rows = part.frame.drop_many(FOUND_BY.iter().copied());
        rows.with_column(IdxCa::from_iter_options("household_ix".into(), households.into_iter()).into_column())?;
        rows.with_column(IdxCa::from_iter_options("member_ix".into(), members.into_iter()).into_column())?;
        part.frame = rows;
        Ok(part)
    }

    /// Counts the names that rows print of the heads of their households, which are not those of the heads' own rows.
    fn count_heads(&self, rows: &DataFrame, households: &[Option<u32>]) -> Result<()> {
        let Ok(column) = rows.column("head_name") else { return Ok(()) };
        let head_of = self.built.households.column("head_ix")?.idx()?;
        let mut printed = self.printed.lock().expect("no thread panicked while it counted");
        let mut keys: FxHashMap<&str, Option<String>> = FxHashMap::default();
        for (household, name) in households.iter().zip(column.str()?.iter()) {
            let head = household.and_then(|household| head_of.get(household as usize));
            let Some((head, name)) = head.zip(name) else { continue };
            if let Some(key) = keys.entry(name).or_insert_with(|| name::key(name)) {
                printed.names.count(head, key, self.people.name_keys.get(head as usize) == Some(key));
            }
        }
        Ok(())
    }

    /// Counts the names and numbers that rows print of the members they are for.
    fn count_printed(&self, rows: &DataFrame, members: &[Option<u32>]) -> Result<()> {
        let mut printed = self.printed.lock().expect("no thread panicked while it counted");
        let Printed { names, numbers } = &mut *printed;
        for (counts, column, own) in [(names, "name_key", self.people.name_keys), (numbers, "id18", self.people.id18)] {
            let Ok(column) = rows.column(column) else { continue };
            for (member, value) in members.iter().zip(column.str()?.iter()) {
                let Some((member, value)) = member.zip(value) else { continue };
                counts.count(member, value, own.get(member as usize) == Some(value));
            }
        }
        Ok(())
    }
}

/// Households by the name of their head and its village, where it is one household's alone.
struct Heads {
    by_name: FxHashMap<String, Option<u32>>,
    is_made: Vec<bool>,
}

/// The name of a head, township and village, as printed.
type Named<'a> = ((Option<&'a str>, Option<&'a str>), Option<&'a str>);

impl Heads {
    fn of(households: &DataFrame) -> Result<Self> {
        let nulls = StringChunked::full_null("".into(), households.height());
        let strings =
            |name: &str| households.column(name).ok().map(Column::str).transpose().map(|found| found.unwrap_or(&nulls));
        let mut by_name: FxHashMap<String, Option<u32>> = FxHashMap::default();
        let named = strings("head_name")?.iter().zip(strings("township")?.iter()).zip(strings("village")?.iter());
        for (household, named) in (0_u32..).zip(named) {
            if let Some(key) = key(named) {
                by_name.entry(key).and_modify(|other| *other = None).or_insert(Some(household));
            }
        }
        let numbers = strings("household_no")?.iter();
        let is_made = numbers.map(|number| number.is_some_and(|number| number.starts_with(MADE))).collect();
        Ok(Self { by_name, is_made })
    }
    /// The household whose head a row names: of a row that has another number only one that nobody has numbered.
    fn household(&self, number: Option<&str>, named: Named<'_>) -> Option<u32> {
        let household = (*self.by_name.get(&key(named)?)?)?;
        (number.is_none() || self.is_made[household as usize]).then_some(household)
    }
}

fn key(((head, township), village): Named<'_>) -> Option<String> {
    let place = |name: Option<&str>| name.and_then(place::key).unwrap_or_default();
    Some(format!("{}|{}|{}", name::key(head?)?, place(township), place(village)))
}

type Found = (Vec<Option<u32>>, Vec<Option<u32>>);

fn find(rows: &DataFrame, people: &People, built: &Households) -> Result<Found> {
    let nulls = StringChunked::full_null("".into(), rows.height());
    let strings = |name: &str| rows.column(name).ok().map(Column::str).transpose().map(|found| found.unwrap_or(&nulls));
    let keys = strings("person_no")?.iter().zip(strings("id18")?.iter()).zip(strings("id_no")?.iter());
    let names = strings("name_key")?.iter();
    let households = strings("household_no")?.iter().zip(strings("head_id18")?.iter());
    let mut found: Found = (Vec::with_capacity(rows.height()), Vec::with_capacity(rows.height()));
    let heads = Heads::of(&built.households)?;
    let named = strings("head_name")?.iter().zip(strings("township")?.iter()).zip(strings("village")?.iter());
    for (((((person_no, id18), id_no), name_key), (number, head)), place) in keys.zip(names).zip(households).zip(named)
    {
        let by_number = number.and_then(|number| built.by_number.get(number)).copied();
        let household_ix = by_number.or_else(|| heads.household(number, place));
        let member = people.find(&Beneficiary { household_ix, person_no, id18, id_no, name_key });
        let of_head = || people.household_of(people.holder(head?)?);
        found.0.push(household_ix.or_else(|| people.household_of(member?)).or_else(of_head));
        found.1.push(member);
    }
    Ok(found)
}
