//! The ledger (台账): findings of one run → items that live across runs.
//!
//! In: the items known so far, this run's findings, and what this run's exports covered. Out: every item with its
//! next state, and how they stand. Between [`load`] and [`store()`] nothing touches a file or a clock: the as-of date is
//! an argument.
//!
//! Three promises, each held by a test:
//!
//! - no item is lost or doubled: the items afterwards are exactly the ids known before and the ids found now;
//! - rolling the same run again changes nothing, so that a run repeated after a crash does no harm;
//! - absence of evidence never closes an item: only an export that covers its township, audited by its rule, does;
//!   a missing file must not "correct" a whole township.
//!
//! What an item goes through is one table, in `life.rs`; how items are kept is `store.rs`. The ledger also keeps
//! [`rulings`]: what a person decided about a pair that linking could not, recognised in later runs by [`pair`].

mod life;
pub mod pair;
pub mod rulings;
mod store;

use std::collections::{BTreeMap, BTreeSet};

pub use store::{Run, check, load, load_rulings, runs, runs_in_order, store, store_rulings};

use crate::table::{Finding, Item, ItemState};
use life::Evidence;

/// What this run's exports covered: an item outside is frozen, not closed.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Townships present in the person exports of both sides.
    pub townships: BTreeSet<String>,
    /// Rules that were evaluated.
    pub rules: BTreeSet<String>,
    /// For rules that judge year by year, the years in which they were.
    pub years: BTreeMap<String, BTreeSet<i32>>,
    /// For earlier data years, the townships of which both sides delivered the year.
    pub townships_of_year: BTreeMap<i32, BTreeSet<String>>,
}

/// The ledger after a run, and how its items stand on the run's day: the same run again tells the same.
#[derive(Debug, Clone, Default)]
pub struct Rolled {
    /// All items, sorted by id.
    pub items: Vec<Item>,
    /// Items first seen that day.
    pub new: u64,
    /// Items closed that day.
    pub closed: u64,
    /// Items that are back after they were closed.
    pub reopened: u64,
    /// Items that are frozen, whether by this run or before.
    pub frozen: u64,
}

/// The next state of every item: a pure function; rolling the same run twice changes nothing.
///
/// `as_of` is an ISO date, so that text order is date order. A run older than what an item already knows cannot move
/// it: it may only show that the problem existed earlier than thought.
pub fn roll(previous: Vec<Item>, findings: &[Finding], coverage: &Coverage, as_of: &str) -> Rolled {
    let guard = Guard::new(coverage, &previous);
    let mut unseen: BTreeMap<String, Item> = previous.into_iter().map(|item| (item.item_id.clone(), item)).collect();
    let mut items = Vec::new();
    for finding in one_per_id(findings) {
        items.push(match unseen.remove(&finding.finding_id) {
            None => life::born(finding, as_of),
            Some(item) => life::next(item, Evidence::Seen(finding), as_of),
        });
    }
    for item in unseen.into_values() {
        let evidence = guard.evidence(&item);
        items.push(life::next(item, evidence, as_of));
    }
    items.sort_by(|a, b| a.item_id.cmp(&b.item_id));
    Rolled::of(items, as_of)
}

impl Rolled {
    fn of(items: Vec<Item>, as_of: &str) -> Self {
        let count =
            |is_meant: fn(&Item, &str) -> bool| items.iter().filter(|item| is_meant(item, as_of)).count() as u64;
        Self {
            new: count(|item, as_of| item.first_seen == as_of),
            closed: count(|item, as_of| item.closed_on.as_deref() == Some(as_of)),
            reopened: count(|item, _| item.state == ItemState::Reopened),
            frozen: count(|item, _| item.state == ItemState::Frozen),
            items,
        }
    }
}

/// Decides what the absence of a finding proves.
struct Guard<'a> {
    coverage: &'a Coverage,
    everywhere: bool,
}

impl<'a> Guard<'a> {
    fn new(coverage: &'a Coverage, previous: &[Item]) -> Self {
        let mut known = previous.iter().filter_map(|item| item.township.as_ref());
        Self { coverage, everywhere: known.all(|township| coverage.townships.contains(township)) }
    }

    fn is_of_a_judged_year(&self, item: &Item) -> bool {
        let (Some(year), Some(years)) = (item.year, self.coverage.years.get(&item.rule_id)) else { return true };
        let townships = self.coverage.townships_of_year.get(&year).zip(item.township.as_ref());
        years.contains(&year) && townships.is_none_or(|(townships, own)| townships.contains(own))
    }

    /// An item without a township may belong anywhere: its absence proves something only when every township that
    /// the ledger knows was exported.
    fn evidence(&self, item: &Item) -> Evidence<'static> {
        let exported = item.township.as_ref().map_or(self.everywhere, |place| self.coverage.townships.contains(place));
        match exported && self.coverage.rules.contains(&item.rule_id) && self.is_of_a_judged_year(item) {
            true => Evidence::Gone,
            false => Evidence::Silent,
        }
    }
}

/// Findings by id, one of each: should two ever share an id, the choice must not depend on their order.
fn one_per_id(findings: &[Finding]) -> Vec<&Finding> {
    fn detail(finding: &Finding) -> (&str, &str, [&Option<String>; 4]) {
        let Finding { finding_id, rule_id, township, village, national_value, provincial_value, .. } = finding;
        (finding_id, rule_id, [township, village, national_value, provincial_value])
    }
    let mut findings: Vec<&Finding> = findings.iter().collect();
    findings.sort_by(|a, b| detail(a).cmp(&detail(b)));
    findings.dedup_by(|a, b| a.finding_id == b.finding_id);
    findings
}

#[cfg(test)]
mod tests;
