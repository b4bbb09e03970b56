//! Canonical tables: the nouns every stage shares.
//!
//! A registry is one [`Registry`]: four polars frames (`members`, `households`, `benefits`, `outcomes`) whose
//! columns are described once, in [`schema`]. Every field that an export delivered gives two columns:
//!
//! | column | type | holds |
//! |---|---|---|
//! | `<field>` | by [`schema::Kind`] | the canonical value; null when blank, a null spelling, or not understood |
//! | `<field>_text` | String | the cell as printed (trimmed of nothing but its line end); null only when the cell was empty |
//!
//! so that blank, 未填, 0 and 否 stay distinct, and both systems' values can be shown as printed. A field that
//! the export did not deliver has no column: a rule that needs it says *not evaluated*.
//!
//! Two kinds of identifier, never mixed: `*_ix` is a dense row number of this run (`u32`), `*_no` is the number
//! as exported (text, never parsed as a number).

pub mod delivery;
pub mod finding;
pub mod headcount;
pub mod item;
pub mod linkage;
pub(crate) mod parquet;
pub mod people;
pub mod raw;
pub mod registry;
pub mod roll;
pub mod schema;
pub mod tally;
pub mod words;

pub use delivery::{ExportKind, Portion, Portions};
pub use finding::{Category, CorrectIn, Finding, Scope, Severity, SubjectRows};
pub use headcount::Headcount;
pub use item::{Item, ItemState};
pub use linkage::{BenefitLink, Decision, Fate, HouseholdLink, Linkage, MemberLink, Relation};
pub use people::People;
pub use raw::{RawSheet, Reject, SheetNote};
pub use registry::{Origin, Printed, Registry};
pub use roll::{Roll, RollLinks, RollRecord, Rolls};
pub use schema::{FIELDS, Field, Kind, Level};
pub use tally::{RowClass, Tally};
pub use words::{Sort, Words};

use serde::{Deserialize, Serialize};

/// One of the two registries: the national system is the reference, the provincial platform is corrected to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// 国办系统.
    National,
    /// 省办平台.
    Provincial,
}

/// Who delivers an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Supplier {
    /// One of the two systems.
    System(Side),
    /// A department that holds a roll (部门名册).
    Department,
}

impl Supplier {
    /// The word in published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::System(side) => side.word(),
            Self::Department => "roll",
        }
    }
    /// What staff call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::System(side) => side.title(),
            Self::Department => "部门名册",
        }
    }
    /// The system, when it is one.
    pub const fn side(self) -> Option<Side> {
        match self {
            Self::System(side) => Some(side),
            Self::Department => None,
        }
    }
}

impl Side {
    /// Both, in the order of every output.
    pub const BOTH: [Self; 2] = [Self::National, Self::Provincial];
    /// The word in configuration and published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::Provincial => "provincial",
        }
    }
    /// What staff call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::National => "国办系统",
            Self::Provincial => "省办平台",
        }
    }
    /// 0 for national, 1 for provincial: the place in a `[T; 2]`.
    pub const fn index(self) -> usize {
        match self {
            Self::National => 0,
            Self::Provincial => 1,
        }
    }
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::National => Self::Provincial,
            Self::Provincial => Self::National,
        }
    }
}
