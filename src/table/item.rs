//! Items: a finding's life across runs (台账条目).

use serde::{Deserialize, Serialize};

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// Seen, not yet corrected.
    Open,
    /// Seen again after it was closed.
    Reopened,
    /// Not seen, and not closed either: its township, or its side, was not in this run's exports.
    Frozen,
    /// Gone from an export that covers its township: corrected, on evidence.
    Closed,
}

impl ItemState {
    /// The word in published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reopened => "reopened",
            Self::Frozen => "frozen",
            Self::Closed => "closed",
        }
    }
    /// What staff call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Open => "待整改",
            Self::Reopened => "反弹",
            Self::Frozen => "未比对",
            Self::Closed => "已销号",
        }
    }
}

/// One item. Dates are ISO `YYYY-MM-DD`, the run's as-of date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}
