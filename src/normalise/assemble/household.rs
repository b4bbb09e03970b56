//! Households: one row per distinct 户编号.
//!
//! A household's fields come from its row in a household export; what that export does not deliver, and a household
//! without such a row, take them from its head's person row, else its first member's. Townships and villages are
//! filled both ways, because worklists are made by them. Rows without a 户编号 have got one from their head, where they
//! name one ([`super::unnumbered`]); a person row still without one belongs to no household.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::people::NONE;
use crate::error::Result;
use crate::table::registry::Origin;
use crate::table::schema::text_column;
use crate::table::{FIELDS, Field, Level, Reject, Side};

/// Fields that place a household, filled from whichever row knows them.
pub(super) const PLACES: &[&str] = &["county", "township", "village", "hamlet"];

/// The households of a side.
pub(super) struct Households {
    /// The table.
    pub(super) households: DataFrame,
    /// Row of `households` for each member, [`NONE`] without one.
    pub(super) of_member: Vec<u32>,
    /// Row of `households` by 户编号.
    pub(super) by_number: FxHashMap<String, u32>,
}

/// Where a household's values are.
#[derive(Debug, Clone, Copy)]
struct Entry<'a> {
    number: &'a str,
    /// Its row in the household exports.
    own: Option<u32>,
    first_member: Option<u32>,
    head: Option<u32>,
    members_listed: u32,
    /// Whether a member is in the newest year.
    has_newest: bool,
}

impl<'a> Entry<'a> {
    const fn new(number: &'a str) -> Self {
        Self { number, own: None, first_member: None, head: None, members_listed: 0, has_newest: false }
    }

    /// The person row that speaks for the household.
    fn member(&self) -> Option<u32> {
        self.head.or(self.first_member)
    }
}

/// Builds the households of `persons` and of the household exports' `rows`.
pub(super) fn build(persons: &DataFrame, rows: &DataFrame, origins: &[Origin]) -> Result<Households> {
    let mut entries = entries(persons, rows)?;
    let places = Places::of(persons, rows)?;
    entries.sort_unstable_by_key(|entry| entry.number);
    let by_number: FxHashMap<String, u32> = entries.iter().map(|entry| entry.number.to_owned()).zip(0_u32..).collect();
    let mut columns = Vec::new();
    for field in FIELDS.iter().filter(|field| field.level == Level::Household) {
        columns.extend(field_columns(field, persons, rows, &entries, origins, &places)?);
    }
    columns.extend(derived_columns(&entries, &places));
    columns.extend(past(&entries, persons, rows)?);
    let households = DataFrame::new(entries.len(), columns)?;
    let of_member = households_of_members(persons, &by_number)?;
    Ok(Households { households, of_member, by_number })
}

/// The household rows that say again what the first row of their number says, or something else of that household; and
/// those whose household nobody can tell. Not used, never silently.
pub(super) fn repeated(rows: &DataFrame, origins: &[Origin], side: Side) -> Result<Vec<Reject>> {
    let (sheets, places) = (rows.column("sheet_ix")?.u32()?, rows.column("row")?.u32()?);
    let at = |ix: usize| (sheets.get(ix).unwrap_or(0) as usize, places.get(ix).unwrap_or(0));
    let mut first: FxHashMap<&str, usize> = FxHashMap::default();
    let mut rejects = Vec::new();
    for (ix, number) in household_numbers(rows)?.into_iter().enumerate() {
        let reason = match number.map(|number| *first.entry(number).or_insert(ix)) {
            None => "户编号为空，户主也无法认定".to_owned(),
            Some(other) if other == ix => continue,
            Some(other) => already_told(&origins[at(other).0], at(other).1),
        };
        let (origin, row) = (&origins[at(ix).0], at(ix).1);
        let (file, sheet) = (origin.file.clone(), origin.sheet.clone());
        rejects.push(Reject { side: side.word().to_owned(), file, sheet, row, reason, text: as_printed(rows, ix)? });
    }
    Ok(rejects)
}

fn already_told(origin: &Origin, row: u32) -> String {
    let sheet = if origin.sheet.is_empty() { String::new() } else { format!("“{}”", origin.sheet) };
    format!("户编号重复：{}{sheet}第{row}行已有这一户", origin.file)
}

fn as_printed(rows: &DataFrame, ix: usize) -> Result<String> {
    let printed = rows.columns().iter().filter(|column| column.name().ends_with("_text"));
    let cells = printed.map(|column| Ok(column.str()?.get(ix).unwrap_or(""))).collect::<Result<Vec<&str>>>()?;
    Ok(cells.join("\t"))
}

fn household_numbers(rows: &DataFrame) -> Result<Vec<Option<&str>>> {
    Ok(match rows.column("household_no") {
        Ok(numbers) => numbers.str()?.iter().collect(),
        Err(_) => vec![None; rows.height()],
    })
}

/// One entry per distinct number; of two household rows with one number the first counts, the other is [`repeated`].
fn entries<'a>(persons: &'a DataFrame, rows: &'a DataFrame) -> Result<Vec<Entry<'a>>> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut by_number: FxHashMap<&str, usize> = FxHashMap::default();
    for (row, number) in (0_u32..).zip(household_numbers(rows)?) {
        if let Some(number) = number {
            let entry = entry_of(&mut entries, &mut by_number, number);
            entry.own = entry.own.or(Some(row));
        }
    }
    let Ok(numbers) = persons.column("household_no") else { return Ok(entries) };
    let relations = persons.column("relation").ok().map(Column::str).transpose()?;
    let past = persons.column("past").ok().map(Column::bool).transpose()?;
    for (member, number) in (0_u32..).zip(numbers.str()?.iter()) {
        if let Some(number) = number {
            let is_head = relations.is_some_and(|relations| relations.get(member as usize) == Some("户主"));
            let entry = entry_of(&mut entries, &mut by_number, number);
            // Rows of the newest year stand first; who has left does not speak for who is there.
            let is_past = past.is_some_and(|past| past.get(member as usize) == Some(true));
            if is_past && entry.has_newest {
                continue;
            }
            entry.has_newest |= !is_past;
            entry.members_listed += 1;
            entry.first_member = entry.first_member.or(Some(member));
            entry.head = entry.head.or(is_head.then_some(member));
        }
    }
    Ok(entries)
}

fn entry_of<'e, 'a>(
    entries: &'e mut Vec<Entry<'a>>,
    by_number: &mut FxHashMap<&'a str, usize>,
    number: &'a str,
) -> &'e mut Entry<'a> {
    let ix = *by_number.entry(number).or_insert_with(|| {
        entries.push(Entry::new(number));
        entries.len() - 1
    });
    &mut entries[ix]
}

/// Sheet and row of every person and household row.
struct Places<'a> {
    persons: [&'a UInt32Chunked; 2],
    rows: [&'a UInt32Chunked; 2],
}

impl<'a> Places<'a> {
    fn of(persons: &'a DataFrame, rows: &'a DataFrame) -> Result<Self> {
        let places = |frame: &'a DataFrame| -> Result<[&'a UInt32Chunked; 2]> {
            Ok([frame.column("sheet_ix")?.u32()?, frame.column("row")?.u32()?])
        };
        Ok(Self { persons: places(persons)?, rows: places(rows)? })
    }

    fn of_entry(&self, entry: &Entry) -> (u32, u32) {
        let at = |[sheets, rows]: [&UInt32Chunked; 2], ix: u32| {
            (sheets.get(ix as usize).unwrap_or(0), rows.get(ix as usize).unwrap_or(0))
        };
        match (entry.own, entry.member()) {
            (Some(own), _) => at(self.rows, own),
            (None, Some(member)) => at(self.persons, member),
            (None, None) => (0, 0),
        }
    }
}

/// A field and its cells as printed; nothing when no export delivered it.
fn field_columns(
    field: &Field,
    persons: &DataFrame,
    rows: &DataFrame,
    entries: &[Entry],
    origins: &[Origin],
    places: &Places,
) -> Result<Vec<Column>> {
    let text = text_column(field.name);
    if field.name == "household_no" {
        let numbers = StringChunked::from_iter_values(field.name.into(), entries.iter().map(|entry| entry.number));
        let printed = told(rows, &text);
        let sources = sources(rows, entries, |own| printed[own as usize]);
        let printed = gather(&text, &DataType::String, persons, rows, &sources)?;
        return Ok(std::iter::once(numbers.into_column()).chain(printed).collect());
    }
    let delivers: Vec<bool> =
        origins.iter().map(|origin| origin.columns.iter().any(|(bound, _)| bound == field.name)).collect();
    let is_place = PLACES.contains(&field.name);
    let told = told(rows, field.name);
    let own_counts = |own: u32| {
        let sheet = places.rows[0].get(own as usize).unwrap_or(0) as usize;
        (delivers[sheet] && !is_place) || told[own as usize]
    };
    let sources = sources(rows, entries, own_counts);
    let typed = gather(field.name, &field.kind.data_type(), persons, rows, &sources)?;
    let printed = gather(&text, &DataType::String, persons, rows, &sources)?;
    Ok(typed.into_iter().chain(printed).collect())
}

/// Which rows hold a value of a column, if there is one.
fn told(rows: &DataFrame, name: &str) -> Vec<bool> {
    match rows.column(name) {
        Ok(column) => column.is_not_null().iter().map(|told| told == Some(true)).collect(),
        Err(_) => vec![false; rows.height()],
    }
}

/// For each household the row of "household rows, then persons" that tells a field.
fn sources(rows: &DataFrame, entries: &[Entry], own_counts: impl Fn(u32) -> bool) -> IdxCa {
    let behind = u32::try_from(rows.height()).expect("fewer than 2^32 rows");
    let source = |entry: &Entry| match (entry.own.filter(|own| own_counts(*own)), entry.member()) {
        (Some(own), _) => Some(own),
        (None, Some(member)) => Some(behind + member),
        (None, None) => entry.own,
    };
    IdxCa::from_iter_options("".into(), entries.iter().map(source))
}

/// The column gathered from household rows and persons; `None` when neither has it.
fn gather(
    name: &str,
    data_type: &DataType,
    persons: &DataFrame,
    rows: &DataFrame,
    sources: &IdxCa,
) -> Result<Option<Column>> {
    let of = |frame: &DataFrame| frame.column(name).ok().cloned();
    let (own, member) = (of(rows), of(persons));
    if own.is_none() && member.is_none() {
        return Ok(None);
    }
    let or_nulls = |column: Option<Column>, frame: &DataFrame| {
        column.unwrap_or_else(|| Column::full_null(name.into(), frame.height(), data_type))
    };
    let mut both = or_nulls(own, rows);
    both.append_owned(or_nulls(member, persons))?;
    Ok(Some(both.rechunk().take(sources)?))
}

fn derived_columns(entries: &[Entry], places: &Places) -> Vec<Column> {
    let places: Vec<(u32, u32)> = entries.iter().map(|entry| places.of_entry(entry)).collect();
    vec![
        UInt32Chunked::from_iter_values("sheet_ix".into(), places.iter().map(|place| place.0)).into_column(),
        UInt32Chunked::from_iter_values("row".into(), places.iter().map(|place| place.1)).into_column(),
        UInt32Chunked::from_iter_values("members_listed".into(), entries.iter().map(|entry| entry.members_listed))
            .into_column(),
        UInt32Chunked::from_iter_options("head_ix".into(), entries.iter().map(|entry| entry.head)).into_column(),
        BooleanChunked::from_iter_values("own_row".into(), entries.iter().map(|entry| entry.own.is_some()))
            .into_column(),
    ]
}

/// Whether nothing of a household is in the newest year; no column where there is but one.
fn past(entries: &[Entry], persons: &DataFrame, rows: &DataFrame) -> Result<Option<Column>> {
    if persons.column("past").is_err() {
        return Ok(None);
    }
    let told = |frame: &DataFrame| -> Result<Vec<bool>> {
        Ok(frame.column("past")?.bool()?.iter().map(|past| past == Some(true)).collect())
    };
    let (of_persons, of_rows) = (told(persons)?, told(rows)?);
    // Rows of the newest year stand first, so a household's first row tells.
    let is_past = |entry: &Entry| {
        entry.own.is_none_or(|own| of_rows[own as usize])
            && entry.first_member.is_none_or(|member| of_persons[member as usize])
    };
    let past = BooleanChunked::from_iter_values("past".into(), entries.iter().map(is_past));
    Ok(Some(past.into_column()))
}

fn households_of_members(persons: &DataFrame, by_number: &FxHashMap<String, u32>) -> Result<Vec<u32>> {
    let household = |number: Option<&str>| number.and_then(|number| by_number.get(number)).copied().unwrap_or(NONE);
    Ok(match persons.column("household_no") {
        Ok(numbers) => numbers.str()?.iter().map(household).collect(),
        Err(_) => vec![NONE; persons.height()],
    })
}

/// The members with `household_ix`, placed by their household where their own row does not say.
pub(super) fn with_households(mut persons: DataFrame, built: &Households) -> Result<DataFrame> {
    let household_ix = built.of_member.iter().map(|&household| (household != NONE).then_some(household));
    let household_ix = IdxCa::from_iter_options("household_ix".into(), household_ix);
    for name in PLACES.iter().flat_map(|place| [(*place).to_owned(), text_column(place)]) {
        let Ok(known) = built.households.column(&name) else { continue };
        let known = known.take(&household_ix)?;
        let filled = match persons.column(&name) {
            Ok(own) => own.zip_with(&own.is_not_null(), &known)?,
            Err(_) => known,
        };
        persons.with_column(filled)?;
    }
    if let Ok(own) = built.households.column("household_no") {
        let number = match built.households.column("reference_no") {
            Ok(reference) => reference.zip_with(&reference.is_not_null(), own)?,
            Err(_) => own.clone(),
        };
        persons.with_column(number.take(&household_ix)?.with_name("linking_no".into()))?;
    }
    persons.with_column(household_ix.into_column())?;
    Ok(persons)
}
