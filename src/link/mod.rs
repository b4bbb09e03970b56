//! Two person tables → a linkage: who is who, and which households are one. One table → which records are one person's
//! ([`dedupe()`]).
//!
//! Record linkage after Fellegi and Sunter (1969), for people who live in households and carry an identifier that is usually,
//! but not always, right. What is compared and what agreement is worth is data ([`Settings`]); nothing here knows which
//! registries are linked.
//!
//! ```text
//! records ─► identity ─► block ─► train ─► compare ─► household ─► component ─► assign ─► decide
//! value      duplicates,  keys →   EM on    patterns,  members of   people who   one to    reasons,
//! numbers    sure links,  pairs    counted  weights    linked       compete      one,      fates,
//!            conflicts             patterns            households                margins   households
//! ```
//!
//! Invariants: a person is in at most one match; every row has exactly one fate; the result depends on what the records say,
//! not on threads, on how work was split, or on the order of rows; an unrelated name under an equal identifier is a conflict,
//! and a match only where others link the two households and the rest agrees; households raise the prior and are never evidence about a person.

mod assign;
mod block;
mod check;
mod cluster;
mod column;
mod compare;
mod component;
mod decide;
mod dedupe;
mod doubt;
pub mod explain;
mod feature;
mod fit;
mod frequency;
mod household;
mod identity;
mod key;
pub mod model;
mod movement;
pub mod pattern;
pub mod places;
pub mod quality;
mod records;
mod resolve;
mod ruling;
mod settings;
#[cfg(test)]
mod tests;
mod told;
mod train;

use polars::prelude::DataFrame;

use crate::engine::Engine;
use crate::error::Result;
use crate::table::Linkage;

pub use check::check;
pub use dedupe::Clusters;
pub use explain::{Step, Unlinked, Verdict, Waterfall, explain};
pub use model::Model;
pub use quality::Quality;
pub use resolve::Known;
pub use ruling::Ruling;
pub use settings::{
    BlockingRule, Comparison, Describes, Household, Identity, Key, KeyKind, Kind, Level, Settings, Thresholds,
    Training, Unless,
};

/// A linkage and the model that made it.
#[derive(Debug)]
pub struct Linked {
    /// Who is who.
    pub linkage: Linkage,
    /// The model: given, fitted, or stated.
    pub model: Model,
    /// How good the links are.
    pub quality: Quality,
}

/// Links `left`, the reference, to `right`. A column that a frame lacks is never observed.
///
/// # Errors
/// Settings that [`check()`] refuses, a model that does not fit them, and a column of a type that its comparison cannot
/// read.
pub fn link(
    left: &DataFrame,
    right: &DataFrame,
    settings: &Settings,
    known: Known<'_>,
    engine: Engine,
) -> Result<Linked> {
    if !settings.comparison.is_empty() {
        check(settings)?;
    }
    let resolution = resolve::resolve([left, right], settings, known, engine)?;
    let (quality, calibration) = quality::measure(&resolution, [left, right], settings, engine)?;
    Ok(Linked { linkage: decide::linkage(&resolution, &calibration, settings), model: resolution.model, quality })
}

/// Links by a model that is known, as [`link`] does, without measuring how good the links are: for looking people up.
///
/// # Errors
/// As [`link`].
pub fn look_up(
    left: &DataFrame,
    right: &DataFrame,
    settings: &Settings,
    model: &Model,
    engine: Engine,
) -> Result<Linkage> {
    let known = Known { model: Some(model), rulings: &[] };
    let resolution = resolve::resolve([left, right], settings, known, engine)?;
    Ok(decide::linkage(&resolution, &quality::calibration::Calibration::none(), settings))
}

/// Finds the records of `frame` that are one person's. Rulings name two of its rows; the rest is as for [`link`].
///
/// # Errors
/// As [`link`].
pub fn dedupe(frame: &DataFrame, settings: &Settings, known: Known<'_>, engine: Engine) -> Result<Clusters> {
    if !settings.comparison.is_empty() {
        check(settings)?;
    }
    dedupe::dedupe(frame, settings, known, engine)
}
