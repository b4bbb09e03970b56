//! What to compare, how to find candidates, and how sure to be: data, not code.
//!
//! [`Settings`] is the resolved form; `pipelines/link.toml` deserialises to it. It is also the *prior model* of
//! Fellegi and Sunter: every comparison level states `m`, how often one person's two records agree like that, and `u`, how
//! often two different persons' do. Nothing here knows which registries are linked: columns are named by the file.
//!
//! A comparison has a second `u` per level, `u_within`: how often two *different members of one household* agree like
//! that. Relatives share surname, generation character, village and phone, so inside a household these say little, and a
//! comparison that `describes = "household"` says nothing at all (Newcombe 1993: household evidence is not personal evidence).

use serde::{Deserialize, Serialize};

use crate::similarity::chinese::NameLevel;
use crate::similarity::date::DateLevel;
use crate::similarity::identifier::IdLevel;

/// Settings of the linker. Empty settings link nobody.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Version of this format; 1.
    pub schema: u32,
    /// Probability that a left and a right record taken at random are one person, at the scale for which the `u` of place
    /// columns hold (a county). 0..1.
    pub match_prior: f64,
    /// When a pair is a match, a review, or nothing.
    pub thresholds: Thresholds,
    /// The identifier that decides at once where both sides hold it.
    pub identity: Option<Identity>,
    /// Members come in groups that move together.
    pub household: Option<Household>,
    /// Ways to find candidates, cheapest and surest first: a pair belongs to the first rule that makes it.
    pub blocking: Vec<BlockingRule>,
    /// Questions asked about a pair, in the order of their reasons.
    pub comparison: Vec<Comparison>,
}

/// When a pair is a match, a review, or nothing. In bits: log2 odds that the two records are one person.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// At or above: a match, when no other assignment is nearly as good.
    pub match_bits: f64,
    /// At or above, below `match_bits`: for a person to decide. Below: nothing.
    pub review_bits: f64,
    /// How much worse the best assignment without a link must be for the link to be a match.
    pub margin_bits: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { match_bits: 8.0, review_bits: 1.0, margin_bits: 3.0 }
    }
}

/// The identifier that decides at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Column of the trustworthy key: null unless the identifier is whole and checked.
    pub column: String,
    /// Name of the rule that joins on it, as reported.
    pub rule: String,
    /// The comparison that must not contradict it: its name in `comparison`.
    pub name: String,
    /// Levels of that comparison at which equal keys mean one person: taken at once when unique on both sides, and a
    /// duplicate when on one side.
    pub compatible: Vec<String>,
    /// Levels at which equal keys are a conflict: two people, one identifier.
    pub conflicting: Vec<String>,
    /// What staff read on a conflict.
    pub conflict_words: String,
}

/// Members come in groups.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Household {
    /// UInt32 column: row of the household table; null for a person without one.
    pub column: String,
    /// Column of the household's number as exported. Two households with one number are taken as one when a member of
    /// each has a compatible name (see [`Identity::compatible`]).
    #[serde(default)]
    pub number: Option<String>,
    /// Name of the rule that compares the members of linked households, as reported.
    pub rule: String,
    /// Probability that two members, one of each of two linked households, are one person. 0..1.
    pub match_prior: f64,
    /// Times the links found so far are used to link further households.
    pub max_rounds: u32,
    /// What staff read on a link between households that share other members.
    pub member_words: String,
    /// What staff read on a link between households that share their number only.
    pub number_words: String,
}

/// One way to find candidates: records whose keys all agree.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockingRule {
    /// Name, as reported.
    pub name: String,
    /// All of these must agree. A null key agrees with nothing.
    pub keys: Vec<Key>,
    /// A block with more pairs is skipped, and its pairs are reported.
    #[serde(default = "default_max_block_pairs")]
    pub max_block_pairs: u64,
}

fn default_max_block_pairs() -> u64 {
    1_000_000
}

/// One key of a blocking rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// How keys are made of a value.
    pub kind: KeyKind,
    /// Column.
    pub column: String,
}

/// How keys are made of a value. Several keys of one value: records agree when they share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// The value.
    Exact,
    /// The year of a date.
    Year,
    /// The first 15 characters of an identity number: what a spreadsheet leaves of it.
    IdentifierPrefix,
    /// An identity number, and the number without each one of its characters: agree when one slip apart.
    IdentifierOneError,
    /// The same with every two characters left out: agree when two slips apart. 171 keys a record.
    IdentifierTwoErrors,
    /// A name's sounds, dialect confusions merged: one key per combination of readings.
    NameSound,
    /// A name, and the name without each one of its characters: agree when one character differs, is missing or moved.
    NameOneError,
}

/// One question about a pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Name, as used in this file and in explanations.
    pub name: String,
    /// What staff call it.
    pub title: String,
    /// How two values are compared.
    pub kind: Kind,
    /// Columns compared: one; for `nested` from coarse to fine; for `set` all that may hold the value.
    pub columns: Vec<String>,
    /// Whom it describes.
    #[serde(default)]
    pub describes: Describes,
    /// Not asked when another comparison already answered at one of these levels: a birth date says nothing beside the
    /// identifier that contains it.
    #[serde(default)]
    pub unless: Option<Unless>,
    /// Answers, best first. A level of the kind that is not listed counts as the next one listed.
    pub levels: Vec<Level>,
}

/// Whom a comparison describes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Describes {
    /// The person.
    #[default]
    Person,
    /// The family: says nothing between members of linked households.
    Household,
}

/// When a comparison is not asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unless {
    /// Another comparison, earlier in the list.
    pub comparison: String,
    /// Its levels.
    pub levels: Vec<String>,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Chinese names: [`NameLevel::NAMES`].
    ChineseName,
    /// 18-character identity numbers: [`IdLevel::NAMES`].
    NationalId,
    /// Calendar dates: [`DateLevel::NAMES`].
    Date,
    /// Any value: `equal`, `differ`.
    Exact,
    /// A hierarchy of places: `fine` (the last column agrees), `coarse` (an earlier one does), `differ`.
    Nested,
    /// Text in an alphabet: Jaro–Winkler similarity; every level but the last states `at_least`.
    String,
    /// Several columns that hold values of one sort: `shared` (one in common), `differ`.
    Set,
}

impl Kind {
    /// The names its levels must have, best first; empty when they are free.
    pub const fn level_names(self) -> &'static [&'static str] {
        match self {
            Self::ChineseName => NameLevel::NAMES,
            Self::NationalId => IdLevel::NAMES,
            Self::Date => DateLevel::NAMES,
            Self::Exact => &["equal", "differ"],
            Self::Nested => &["fine", "coarse", "differ"],
            Self::Set => &["shared", "differ"],
            Self::String => &[],
        }
    }
}

/// One answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Name: one of [`Kind::level_names`].
    pub level: String,
    /// Probability of this answer for two records of one person. 0..1.
    pub m: f64,
    /// Probability of this answer for two records of different persons. 0..1.
    pub u: f64,
    /// The same for different members of one household; `u` when absent.
    #[serde(default)]
    pub u_within: Option<f64>,
    /// Least Jaro–Winkler similarity, 0..1, for kind `string`.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// What staff read.
    pub words: String,
}

impl Settings {
    /// Position of a comparison by name.
    pub fn comparison(&self, name: &str) -> Option<usize> {
        self.comparison.iter().position(|comparison| comparison.name == name)
    }
}
