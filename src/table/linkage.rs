//! What linking decided. `left` is the reference registry, `right` the other; numbers are rows of the two member
//! (or household) frames.

use std::sync::Arc;

use serde::Serialize;

use super::Side;

/// A decided pair's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The same person.
    Match,
    /// A person must decide.
    Review,
    /// The same identifier, a different person.
    Conflict,
}

impl Decision {
    /// The word in published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Review => "review",
            Self::Conflict => "conflict",
        }
    }
}

/// A decided pair of members.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberLink {
    /// Row of the left members.
    pub left: u32,
    /// Row of the right members.
    pub right: u32,
    /// The verdict.
    pub decision: Decision,
    /// Why, in words a clerk understands (Chinese).
    pub reason: Arc<str>,
    /// Probability that they are one person, 0..1.
    pub match_prob: f64,
    /// Match weight: log2 odds, prior included.
    pub weight_bits: f64,
    /// Name of the blocking rule that made the pair.
    pub rule: Arc<str>,
}

/// How two households relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The same members on both sides, or those that are left of them.
    Same,
    /// One national household is several provincial ones.
    Split,
    /// Several national households are one provincial one.
    Merge,
    /// They share members, and each has others that are linked elsewhere.
    Partial,
}

impl Relation {
    /// The word in published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Split => "split",
            Self::Merge => "merge",
            Self::Partial => "partial",
        }
    }
}

/// Two households that share linked members.
#[derive(Debug, Clone, PartialEq)]
pub struct HouseholdLink {
    /// Row of the left households.
    pub left: u32,
    /// Row of the right households.
    pub right: u32,
    /// How they relate.
    pub relation: Relation,
    /// Members linked (`match`) between the two.
    pub shared_members: u32,
    /// Probability, 0..1.
    pub match_prob: f64,
}

/// What became of one member: exactly one of these (row conservation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Linked to a member of the other side.
    Linked,
    /// In an undecided pair.
    Review,
    /// Shares an identifier with a different person of the other side.
    Conflict,
    /// A second row of somebody who is on this side already.
    Duplicate,
    /// Found on this side only.
    OnlyHere,
    /// Not found on the other side, where something that could not be read may be this person: see
    /// [`Linkage::not_compared`].
    NotCompared,
}

impl Fate {
    /// How many fates there are.
    pub const COUNT: usize = Self::NotCompared as usize + 1;
}

/// A member whom nobody could compare, and why: present, absent or alike is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotCompared {
    /// Row of the members of its side.
    pub row: u32,
    /// What stands in the way.
    pub obstacle: Obstacle,
}

/// What keeps a member from being compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// A row of that side that was set aside may be the member's.
    Row {
        /// Who delivered it.
        side: Side,
        /// Path relative to the input folder.
        file: String,
        /// Sheet name; empty for text files.
        sheet: String,
        /// 1-based row.
        row: u32,
        /// Why it was set aside, in Chinese.
        reason: String,
    },
    /// The name or the identifier is hidden, on this side or in a record of the other side that may be the same person.
    Hidden,
}

impl Obstacle {
    /// In words, for staff (Chinese).
    pub fn words(&self) -> String {
        match self {
            Self::Row { side, file, sheet, row, reason } => {
                let sheet = if sheet.is_empty() { String::new() } else { format!("“{sheet}”") };
                format!("{}{file}{sheet}第{row}行未读入：{reason}", side.title())
            }
            Self::Hidden => "姓名或证件号码被隐去，无法认定".to_owned(),
        }
    }
}

/// What became of a member's place in a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// Lives in another household on the other side.
    Moved,
    /// Is in a linked household on the right side only.
    Joined,
    /// Is in a linked household on the left side only.
    Left,
}

impl Linkage {
    /// What keeps a member from being compared; `None` for whom nothing does.
    pub fn obstacle(&self, side: usize, row: u32) -> Option<&Obstacle> {
        let held = &self.not_compared[side];
        held.binary_search_by_key(&row, |member| member.row).ok().map(|at| &held[at].obstacle)
    }
}

impl Moved {
    /// The word in published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Joined => "joined",
            Self::Left => "left",
        }
    }
}

/// A member who moved, joined or left, seen from the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Movement {
    /// What happened.
    pub kind: Moved,
    /// Row of the left members; `None` for who joined.
    pub left: Option<u32>,
    /// Row of the right members; `None` for who left.
    pub right: Option<u32>,
}

/// The result of linking two registries.
///
/// Invariants: a member is in at most one `Match`; `fates[side][ix]` agrees with `members` and `duplicates`;
/// `members` is sorted by (left, right), `households` by (left, right), `duplicates` by (side, duplicate).
#[derive(Debug, Clone, Default)]
pub struct Linkage {
    /// Decided member pairs.
    pub members: Vec<MemberLink>,
    /// Household pairs.
    pub households: Vec<HouseholdLink>,
    /// Rows of one side that are one person: `(duplicate row, row kept)`, per side (0 left, 1 right).
    pub duplicates: [Vec<(u32, u32)>; 2],
    /// Members who moved, joined or left, sorted.
    pub movements: Vec<Movement>,
    /// What became of every member of each side.
    pub fates: [Vec<Fate>; 2],
    /// Members of each side who could not be compared, sorted by row; their fate is `NotCompared`, unless an earlier year
    /// or a second row of theirs was linked.
    pub not_compared: [Vec<NotCompared>; 2],
    /// Pairs each blocking rule made, and what it skipped, in rule order.
    pub rules: Vec<RuleCount>,
}

/// What one blocking rule produced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// Name of the rule.
    pub rule: String,
    /// Candidate pairs that this rule made first.
    pub pairs: u64,
    /// Pairs not compared because their block was too large: a loss, never silent.
    pub skipped_pairs: u64,
    /// Links decided on its pairs.
    pub links: u64,
}

/// A benefit record of each side matched to one another. Rows are rows of the `benefits` frames.
#[derive(Debug, Clone, PartialEq)]
pub struct BenefitLink {
    /// Row of the national benefits; `None` when only the provincial side has it.
    pub national: Option<u32>,
    /// Row of the provincial benefits.
    pub provincial: Option<u32>,
    /// `match`, `missing` (national only), `extra` (provincial only), `duplicate`, `unlinked` (its person is not linked).
    pub decision: &'static str,
    /// Why.
    pub reason: String,
}
