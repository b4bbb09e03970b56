//! How a pair of people is recognised in every later run: by what both exports say of them, never by a row number.
//!
//! In: a registry and the site's key. Out: for each member a [`PersonKey`], 13 hexadecimal characters of a keyed hash
//! over what a clerk was shown of that person (numbers, name, identifier, birth date; every part preceded by its
//! length). A [`PairKey`] is the left key and the right key, 26 characters: a stored ruling finds its rows by two
//! look-ups, and lapses by itself when either record changes. No value can be read from a key, and without the site's
//! key none can be made.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use polars::prelude::{Column, DataType};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::error::Result;
use crate::table::{Registry, Side};

/// What a record must keep saying for a ruling about it to hold. `born_on` and not `birth_date`: not every export has
/// the latter, and a column more or less must not overturn what a person decided.
/// No place: a village that is renamed is still the village.
const SAYS: [&str; 5] = ["household_no", "person_no", "name", "id_no", "born_on"];
/// Hexadecimal characters of a person's key.
const CHARACTERS: usize = 13;

/// One person of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonKey(u64);

/// Two people, the reference's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairKey {
    /// The person of the reference.
    pub left: PersonKey,
    /// The person of the other side.
    pub right: PersonKey,
}

impl fmt::Display for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$x}", self.0, width = CHARACTERS)
    }
}

impl fmt::Display for PairKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.left, self.right)
    }
}

/// A text that is no pair's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPairKey;

impl FromStr for PairKey {
    type Err = NoPairKey;

    /// Reads what [`Display`](fmt::Display) wrote; case and blanks around it do not matter.
    fn from_str(text: &str) -> Result<Self, NoPairKey> {
        let text = text.trim();
        let is_whole = text.len() == 2 * CHARACTERS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let key = |half: &str| u64::from_str_radix(half, 16).map(PersonKey).map_err(|_| NoPairKey);
        match is_whole {
            true => Ok(Self { left: key(&text[..CHARACTERS])?, right: key(&text[CHARACTERS..])? }),
            false => Err(NoPairKey),
        }
    }
}

/// The keys of one side's members.
pub struct PersonKeys {
    key: [u8; 32],
    side: Side,
    height: usize,
    columns: Vec<Option<Column>>,
}

impl PersonKeys {
    /// Of that registry, under the site's key.
    ///
    /// # Errors
    /// A column that cannot be read as text: a broken registry.
    pub fn of(registry: &Registry, site_key: &str) -> Result<Self> {
        let text = |name: &&str| -> Result<Option<Column>> {
            let Ok(column) = registry.members.column(name) else { return Ok(None) };
            Ok(Some(column.cast(&DataType::String)?.rechunk()))
        };
        Ok(Self {
            key: blake3::derive_key("hedui 2026-11 review person", site_key.as_bytes()),
            side: registry.side,
            height: registry.members.height(),
            columns: SAYS.iter().map(text).collect::<Result<_>>()?,
        })
    }

    /// The person at that row.
    pub fn key(&self, row: u32) -> PersonKey {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(self.side.word());
        for column in &self.columns {
            let texts = column.as_ref().and_then(|column| column.str().ok());
            add(texts.and_then(|texts| texts.get(row as usize)).unwrap_or_default());
        }
        let mut first = [0; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        PersonKey(u64::from_be_bytes(first) >> (64 - 4 * CHARACTERS))
    }

    /// The rows of the wanted people, in order: several when an export holds the same row twice.
    pub fn rows_of(&self, wanted: &FxHashSet<PersonKey>) -> BTreeMap<PersonKey, Vec<u32>> {
        if wanted.is_empty() {
            return BTreeMap::new();
        }
        let found: Vec<(PersonKey, u32)> = (0..self.height as u32)
            .into_par_iter()
            .map(|row| (self.key(row), row))
            .filter(|(key, _)| wanted.contains(key))
            .collect();
        let mut rows: BTreeMap<PersonKey, Vec<u32>> = BTreeMap::new();
        for (key, row) in found {
            rows.entry(key).or_default().push(row);
        }
        rows
    }
}

#[cfg(test)]
pub(super) mod tests {
    use polars::prelude::{DataFrame, NamedFrom, Series};

    use super::*;

    /// A registry of people, each `[name, id_no]`.
    pub(crate) fn registry(side: Side, people: &[[&str; 2]]) -> Registry {
        let column = |name: &str, at: usize| {
            let texts: Vec<&str> = people.iter().map(|person| person[at]).collect();
            Column::from(Series::new(name.into(), texts))
        };
        let members = DataFrame::new(people.len(), vec![column("name", 0), column("id_no", 1)]).unwrap();
        Registry { members, ..Registry::empty(side) }
    }

    #[test]
    fn a_key_is_of_what_is_said_and_of_the_side() {
        let people = [["张三", "1"], ["张", "三1"], ["张三", "1"], ["张三", "2"]];
        let keys = PersonKeys::of(&registry(Side::National, &people), "site").unwrap();
        assert_eq!(keys.key(0), keys.key(2), "the row does not matter");
        assert_ne!(keys.key(0), keys.key(1), "parts are told apart");
        assert_ne!(keys.key(0), keys.key(3));
        let other = PersonKeys::of(&registry(Side::Provincial, &people), "site").unwrap();
        assert_ne!(keys.key(0), other.key(0));
        let elsewhere = PersonKeys::of(&registry(Side::National, &people), "another").unwrap();
        assert_ne!(keys.key(0), elsewhere.key(0));
        let wanted = FxHashSet::from_iter([keys.key(0), keys.key(3), other.key(0)]);
        assert_eq!(keys.rows_of(&wanted), BTreeMap::from([(keys.key(0), vec![0, 2]), (keys.key(3), vec![3])]));
    }

    #[test]
    fn a_pair_s_number_is_read_as_it_was_written() {
        let pair = PairKey { left: PersonKey(0xa), right: PersonKey(0xf_ffff_ffff_ffff) };
        assert_eq!(pair.to_string(), "000000000000afffffffffffff");
        assert_eq!(" 000000000000AFFFFFFFFFFFFF\n".parse(), Ok(pair));
        for damaged in
            ["", "000000000000affffffffffff", "1.2E+25", "zz0000000000afffffffffffff", "+00000000000afffffffffffff"]
        {
            assert_eq!(damaged.parse::<PairKey>(), Err(NoPairKey), "{damaged}");
        }
    }
}
