//! What to compare, how to find candidates, and how sure to be: data, not code.
//!
//! [`Settings`] is the resolved form; `pipelines/link.toml` deserialises to it. It is also the *prior model* of
//! Fellegi and Sunter: every comparison level states `m`, how often one person's two records agree like that, and `u`, how
//! often two different persons' do. Where the data suffice they are estimated anew, starting from what is stated here (see
//! `fit`). Nothing here knows which registries are linked: columns are named by the file.
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
    /// How the model is estimated from the data.
    pub training: Training,
    /// Column of the left table by whose values the reliability table is broken down.
    pub stratum: Option<String>,
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
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// At or above: a match, when no other assignment is nearly as good.
    pub match_bits: f64,
    /// At or above, below `match_bits`: for a person to decide. Below: nothing.
    pub review_bits: f64,
    /// How much worse the best assignment without a link must be for the link to be a match.
    pub margin_bits: f64,
    /// With a model fitted to the data, weaker links are matches too as long as this share of all matches is expected to be
    /// right. 0..1; at 1, `match_bits` alone counts.
    pub target_precision: f64,
    /// Links below this are never matches for that reason.
    pub least_match_bits: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { match_bits: 8.0, review_bits: 1.0, margin_bits: 3.0, target_precision: 1.0, least_match_bits: 2.0 }
    }
}

/// How the model is estimated from the data.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// Matches that must be expected before anything is estimated; with fewer the stated model is used as it is.
    pub min_matches: f64,
    /// Pairs looked at per blocking rule, and random pairs.
    pub sample_pairs: u64,
    /// Weight of the stated `m`, as so many matches seen; levels that data rarely show keep near it.
    pub prior_matches: f64,
    /// Rounds of EM before it is called not converged.
    pub max_rounds: u32,
}

impl Default for Training {
    fn default() -> Self {
        Self { min_matches: 300.0, sample_pairs: 50_000, prior_matches: 20.0, max_rounds: 100 }
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
    /// Larger groups are homes for the aged, barracks, prisons: they move nobody together, and are not used.
    #[serde(default = "default_max_members")]
    pub max_members: u32,
    /// Times the links found so far are used to link further households.
    pub max_rounds: u32,
    /// What staff read on a link between households that share other members.
    pub member_words: String,
    /// What staff read on a link between households that share their number only.
    pub number_words: String,
}

fn default_max_members() -> u32 {
    15
}

/// One way to find candidates: records whose keys all agree.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockingRule {
    /// Name, as reported.
    pub name: String,
    /// All of these must agree. A null key agrees with nothing.
    pub keys: Vec<Key>,
    /// A block with more pairs is split.
    #[serde(default = "default_max_block_pairs")]
    pub max_block_pairs: u64,
    /// By what a block too large is split: its pairs must agree on these too, one after the other until it is small
    /// enough. What is still too large is skipped. All pairs lost are reported.
    #[serde(default)]
    pub split: Vec<Key>,
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
    /// Characters kept, for kind `prefix`.
    #[serde(default)]
    pub length: Option<usize>,
}

/// How keys are made of a value. Several keys of one value: records agree when they share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// The value.
    Exact,
    /// The year of a date.
    Year,
    /// Month and day of a date.
    MonthDay,
    /// A date, the date with each one of its digits left out, and with month and day in either order: agree when one digit
    /// differs, two neighbours or month and day changed places.
    DateOneError,
    /// The first characters: see [`Key::length`].
    Prefix,
    /// Every word of the value.
    Word,
    /// The letters that carry a word's sound (Soundex).
    Soundex,
    /// The value, and the value without each one of its characters: agree when one slip apart.
    OneError,
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

impl KeyKind {
    /// Keys that a usual value has, to size tables by.
    pub(crate) const fn usual_keys(self) -> usize {
        match self {
            Self::IdentifierTwoErrors => 172,
            Self::IdentifierOneError => 19,
            Self::DateOneError | Self::OneError => 9,
            Self::NameOneError => 4,
            Self::Word => 3,
            Self::NameSound => 2,
            _ => 1,
        }
    }
}

/// One question about a pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Name, as used in this file and in explanations.
    pub name: String,
    /// What staff call it.
    pub title: String,
    /// The same in English; `title` when absent.
    #[serde(default)]
    pub title_en: Option<String>,
    /// How two values are compared.
    pub kind: Kind,
    /// Columns compared: one; for `nested` from coarse to fine; for `set` all that may hold the value; for `text` and
    /// `edits` a second one with which values may have changed places (level `reversed`).
    pub columns: Vec<String>,
    /// Whether agreement on a rare value counts for more than on a usual one.
    #[serde(default)]
    pub term_frequency: bool,
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
    /// Text in an alphabet, by Jaro–Winkler similarity: levels state `at_least`.
    Text,
    /// Short text, by edits (optimal string alignment): levels state `at_most`.
    Edits,
    /// Words in any order, by the share that is common to both (Jaccard): levels state `at_least`.
    Words,
    /// Numbers, by their difference: levels state `at_most`.
    Number,
    /// Several columns that hold values of one sort: `shared` (one in common), `differ`.
    Set,
}

/// The level of values that stand in each other's columns.
pub(crate) const REVERSED: &str = "reversed";

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
            Self::Text | Self::Edits | Self::Words | Self::Number => &[],
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
    /// Least similarity, 0..1, for kinds `text` and `words`. Without it, a level takes whatever is left.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// Largest number of edits, or difference, for kinds `edits` and `number`.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// What staff read.
    pub words: String,
    /// The same in English; `words` when absent.
    #[serde(default)]
    pub words_en: Option<String>,
}

impl Settings {
    /// Position of a comparison by name.
    pub fn comparison(&self, name: &str) -> Option<usize> {
        self.comparison.iter().position(|comparison| comparison.name == name)
    }
    /// Every column that the settings name.
    pub fn columns(&self) -> Vec<&str> {
        let compared = self.comparison.iter().flat_map(|comparison| &comparison.columns);
        let blocked = self.blocking.iter().flat_map(|rule| rule.keys.iter().chain(&rule.split)).map(|key| &key.column);
        let identity = self.identity.iter().map(|identity| &identity.column);
        let household =
            self.household.iter().flat_map(|household| std::iter::once(&household.column).chain(&household.number));
        compared.chain(blocked).chain(identity).chain(household).map(String::as_str).collect()
    }
}
