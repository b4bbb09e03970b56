//! Two person tables → a linkage: who is who, and which households are one.
//!
//! Record linkage after Fellegi and Sunter (1969), for people who live in households and carry an identifier that is usually,
//! but not always, right. What is compared and what agreement is worth is data ([`Settings`]); nothing here knows which
//! registries are linked.
//!
//! ```text
//! records ─► identity ─► block ─► compare ─► household ─► component ─► assign ─► decide
//! prepared   duplicates,  keys →   patterns,  members of   people who   one to    reasons,
//! columns    sure links,  pairs    weights    linked       compete      one,      fates,
//!            conflicts                        households                margins   households
//! ```
//!
//! Invariants: a person is in at most one match; every row has exactly one fate; the result depends on what the records say,
//! not on threads, on how work was split, or on the order of rows; an unrelated name under an equal identifier is a conflict
//! and never a match; households raise the prior and are never evidence about a person.

mod assign;
mod block;
mod check;
mod column;
mod compare;
mod component;
mod decide;
mod explain;
mod feature;
mod household;
mod identity;
mod key;
pub mod model;
pub mod pattern;
mod records;
mod resolve;
mod settings;
#[cfg(test)]
mod tests;

use polars::prelude::DataFrame;

use crate::engine::Engine;
use crate::error::Result;
use crate::table::Linkage;

use pattern::PatternCounts;

pub use check::check;
pub use explain::{Step, Waterfall, explain};
pub use settings::{
    BlockingRule, Comparison, Describes, Household, Identity, Key, KeyKind, Kind, Level, Settings, Thresholds, Unless,
};

/// Links `left`, the reference, to `right`. A column that a frame lacks is never observed.
///
/// # Errors
/// Settings that [`check()`] refuses, and a column of a type that its comparison cannot read.
pub fn link(left: &DataFrame, right: &DataFrame, settings: &Settings, engine: Engine) -> Result<Linkage> {
    if !settings.comparison.is_empty() {
        check(settings)?;
    }
    let resolution = resolve::resolve([left, right], settings, engine)?;
    Ok(decide::linkage(&resolution, settings))
}

/// How all candidate pairs agreed, counted: what a model of these two registries is fitted on.
///
/// # Errors
/// What [`link`] refuses.
pub fn count_patterns(
    left: &DataFrame,
    right: &DataFrame,
    settings: &Settings,
    engine: Engine,
) -> Result<PatternCounts> {
    Ok(resolve::resolve([left, right], settings, engine)?.counts)
}
