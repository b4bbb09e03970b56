//! Items: a finding's life across runs (台账条目).

use serde::{Deserialize, Serialize};

use super::Side;

/// Where an item stands. Only one state means corrected: [`Closed`](Self::Closed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// Seen, not yet corrected.
    #[default]
    Open,
    /// Seen again after it was closed.
    Reopened,
    /// Not seen, and nothing proves why: what its rule reads was not delivered, or cannot be compared.
    Frozen,
    /// Corrected, on evidence: its subject is still there, linked as before, and the same rule finds nothing.
    Closed,
    /// Its subject is in neither export any more: the village confirms where the people have gone.
    Left,
    /// The rule itself was changed, and no longer reports it.
    RuleChanged,
    /// Its two rows are no longer taken for one person or household.
    LinkChanged,
    /// It turned out to be the same problem as another item.
    Merged,
    /// A person has taken it back.
    Withdrawn,
}

impl ItemState {
    /// All states, in the order of every output.
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::Reopened,
        Self::Frozen,
        Self::Closed,
        Self::Left,
        Self::RuleChanged,
        Self::LinkChanged,
        Self::Merged,
        Self::Withdrawn,
    ];
    /// The word in published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reopened => "reopened",
            Self::Frozen => "frozen",
            Self::Closed => "closed",
            Self::Left => "left",
            Self::RuleChanged => "rule_changed",
            Self::LinkChanged => "link_changed",
            Self::Merged => "merged",
            Self::Withdrawn => "withdrawn",
        }
    }
    /// What staff call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Open => "待整改",
            Self::Reopened => "反弹",
            Self::Frozen => "未比对",
            Self::Closed => "已销号",
            Self::Left => "待核实离开",
            Self::RuleChanged => "规则已变",
            Self::LinkChanged => "匹配有变，待复核",
            Self::Merged => "已并入",
            Self::Withdrawn => "已撤回",
        }
    }
}

/// One item. Dates are ISO `YYYY-MM-DD`, the run's as-of date.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Item {
    /// The finding's stable identity.
    pub item_id: String,
    /// Rule behind it.
    pub rule_id: String,
    /// Township.
    pub township: Option<String>,
    /// Village.
    pub village: Option<String>,
    /// The year that the problem is of.
    pub year: Option<i32>,
    /// Where it stands.
    pub state: ItemState,
    /// Why it stands there, when it is neither seen nor corrected.
    pub reason: Option<String>,
    /// As-of date of the first run that saw it.
    pub first_seen: String,
    /// As-of date of the last run that saw it.
    pub last_seen: String,
    /// As-of date on which it was closed on evidence.
    pub closed_on: Option<String>,
    /// How often it came back.
    pub reopened_count: u32,
    /// Hash of both values: tells a changed problem from the same one. No values are kept.
    pub detail_hash: String,
    /// The registry that contradicts itself; `None` when two are compared.
    pub side: Option<Side>,
    /// Keyed hash of the field or benefit item that it is about.
    pub about: String,
    /// Keyed hashes by which its subject is found again; empty for a village or a registry; `None` in a ledger of a release that kept
    /// none.
    pub subject: Option<String>,
    /// How many cells of each column that its rule reads could be understood when it was last seen; empty when not known.
    pub cells: String,
    /// Digest of all that its rule depended on when it was last seen; empty when not known.
    pub rule_digest: String,
}
