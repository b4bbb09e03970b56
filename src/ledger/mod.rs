//! The ledger (台账): findings of one run → items that live across runs.
//!
//! In: the items known so far, this run's findings, and what this run proves ([`Proof`]). Out: every item with its
//! next state, and what the run changed. Between [`load`] and [`store()`] nothing touches a file or a clock: the as-of date is
//! an argument.
//!
//! Three promises, each held by a test:
//!
//! - no item is lost or doubled: the items afterwards are exactly the ids known before and the ids found now;
//! - rolling the same run again changes nothing, so that a run repeated after a crash does no harm;
//! - absence of evidence never closes an item: only proof about its own subject does (`proof.rs`); a missing file must not
//!   "correct" a whole township.
//!
//! What an item goes through is one table, in `life.rs`; how items are kept is `store.rs`. The ledger also keeps
//! [`rulings`]: what a person decided about a pair that linking could not, recognised in later runs by [`pair`].

pub mod baseline;
mod cells;
mod life;
pub mod pair;
mod proof;
pub mod rulings;
mod store;
mod subject;

use std::collections::BTreeMap;

pub use store::{Entry, Run, check, load, load_baseline, load_rulings, runs, runs_in_order, store, store_rulings};

use rustc_hash::FxHashMap;

use crate::error::Result;
use crate::table::{Finding, Item, ItemState, Side, SubjectRows, Words};
use cells::Cells;
use life::Now;
pub use proof::Proof;
use proof::{Court, Verdict};
use subject::Subjects;

/// The ledger after a run, and what the run itself changed.
#[derive(Debug, Clone, Default)]
pub struct Rolled {
    /// All items, sorted by id.
    pub items: Vec<Item>,
    /// Items that this run saw first.
    pub new: u64,
    /// Items that this run has proved to be corrected (销号).
    pub closed: u64,
    /// Items that came back in this run after they were closed.
    pub reopened: u64,
    /// Items that are frozen, whether by this run or before.
    pub frozen: u64,
    /// Items whose subject this run no longer found.
    pub left: u64,
    /// Items that ended in this run because their rule was changed.
    pub rule_changed: u64,
    /// Items that ended in this run because their rows are linked otherwise.
    pub link_changed: u64,
    /// Items that this run found to be the same as another.
    pub merged: u64,
    /// Ids of findings that are items of another number.
    pub renumbered: BTreeMap<String, String>,
    /// Where the subjects of items are whose rows are not linked to each other any more.
    pub whereabouts: BTreeMap<String, SubjectRows>,
}

impl Rolled {
    /// Takes an item over, and counts what has become of it.
    fn step(&mut self, before: &Item, after: Item) {
        if before.state != after.state {
            match after.state {
                ItemState::Closed => self.closed += 1,
                ItemState::Reopened if before.state == ItemState::Closed => self.reopened += 1,
                ItemState::Left => self.left += 1,
                ItemState::RuleChanged => self.rule_changed += 1,
                ItemState::LinkChanged => self.link_changed += 1,
                ItemState::Merged => self.merged += 1,
                _ => {}
            }
        }
        self.frozen += u64::from(after.state == ItemState::Frozen);
        self.items.push(after);
    }
}

/// The next state of every item: a pure function; rolling the same run twice changes nothing.
///
/// `as_of` is an ISO date, so that text order is date order. A run older than what an item already knows cannot move
/// it: it may only show that the problem existed earlier than thought. Findings whose subject has got another key since, because
/// somebody corrected a number, take the number of their item again ([`Rolled::renumbered`]).
///
/// # Errors
/// A registry that is not what the schema promises.
pub fn roll(previous: Vec<Item>, findings: &[Finding], proof: Proof<'_>, as_of: &str) -> Result<Rolled> {
    let subjects = Subjects::of(proof.registries, proof.site_key)?;
    let cells = Cells::of(proof.registries)?;
    let now = Now { as_of, readings: &proof.audit.readings, subjects: &subjects, cells: &cells };
    let mut unseen: BTreeMap<String, Item> = previous.into_iter().map(|item| (item.item_id.clone(), item)).collect();
    let (known, new): (Vec<&Finding>, Vec<&Finding>) =
        one_per_id(findings).into_iter().partition(|finding| unseen.contains_key(&finding.finding_id));
    let mut rolled = Rolled::default();
    for finding in known {
        let item = unseen.remove(&finding.finding_id).expect("the finding is known");
        rolled.step(&item.clone(), life::seen(item, finding, &now));
    }
    let mut same = Same::of(&new, &now);
    let (continued, lost): (Vec<Item>, Vec<Item>) = unseen.into_values().partition(|item| same.take(item));
    for item in continued {
        let finding = new[same.finding_of(&item)];
        rolled.renumbered.insert(finding.finding_id.clone(), item.item_id.clone());
        rolled.step(&item.clone(), life::seen(item, finding, &now));
    }
    for (_, finding) in new.iter().enumerate().filter(|(at, _)| !same.is_taken(*at)) {
        rolled.new += 1;
        rolled.items.push(life::born(finding, &now));
    }
    let court = Court::of(proof, &subjects, &cells, &lost.iter().collect::<Vec<_>>())?;
    for item in lost {
        let verdict = same.merged(&item).map_or_else(|| court.verdict(&item), Verdict::Merged);
        let after = life::unseen(item.clone(), verdict, as_of);
        if after.state == ItemState::LinkChanged {
            rolled.whereabouts.insert(after.item_id.clone(), court.whereabouts(&after));
        }
        rolled.step(&item, after);
    }
    rolled.items.sort_by(|a, b| a.item_id.cmp(&b.item_id));
    Ok(rolled)
}

/// Rule, side, year, what it is about, and a key of its subject.
type Matter<'f> = (&'f str, Option<Side>, Option<i32>, String, u64);

/// New findings that are known problems of a subject that has another key now: same rule, side, year and matter, and a subject
/// that shares a key.
struct Same<'f> {
    findings: FxHashMap<Matter<'f>, usize>,
    taken: BTreeMap<usize, String>,
    of_item: BTreeMap<String, usize>,
}

impl<'f> Same<'f> {
    fn of(new: &[&'f Finding], now: &Now<'_>) -> Self {
        let mut findings = FxHashMap::default();
        for (at, finding) in new.iter().enumerate() {
            let about = now.subjects.about(&finding.about);
            for key in subject::keys(&now.subjects.words(&finding.subject)) {
                findings
                    .entry((finding.rule_id.as_str(), finding.side, finding.year, about.clone(), key))
                    .or_insert(at);
            }
        }
        Self { findings, taken: BTreeMap::new(), of_item: BTreeMap::new() }
    }
    /// The new finding that is an item's, however it is numbered now.
    fn find(&self, item: &Item) -> Option<usize> {
        let words = item.subject.as_deref().unwrap_or_default();
        let of_key = |key| (item.rule_id.as_str(), item.side, item.year, item.about.clone(), key);
        subject::keys(words).find_map(|key| self.findings.get(&of_key(key)).copied())
    }
    /// Whether a new finding goes on with an item; it does so with one only.
    fn take(&mut self, item: &Item) -> bool {
        let Some(at) = self.find(item).filter(|at| !self.taken.contains_key(at)) else { return false };
        self.taken.insert(at, item.item_id.clone());
        self.of_item.insert(item.item_id.clone(), at);
        true
    }
    fn finding_of(&self, item: &Item) -> usize {
        self.of_item[&item.item_id]
    }
    fn is_taken(&self, at: usize) -> bool {
        self.taken.contains_key(&at)
    }
    /// Why an item is the same as another, when the finding that would go on with it is that item's.
    fn merged(&self, item: &Item) -> Option<String> {
        let other = self.taken.get(&self.find(item)?)?;
        Some(format!("与条目{}为同一问题", &other[..other.len().min(8)]))
    }
}

/// Findings by id, one of each: should two ever share an id, the choice must not depend on their order.
fn one_per_id(findings: &[Finding]) -> Vec<&Finding> {
    fn detail(finding: &Finding) -> (&str, &str, [&Option<String>; 2], [&Option<Words>; 2]) {
        let Finding { finding_id, rule_id, township, village, national_value, provincial_value, .. } = finding;
        (finding_id, rule_id, [township, village], [national_value, provincial_value])
    }
    let mut findings: Vec<&Finding> = findings.iter().collect();
    findings.sort_by(|a, b| detail(a).cmp(&detail(b)));
    findings.dedup_by(|a, b| a.finding_id == b.finding_id);
    findings
}

#[cfg(test)]
mod tests;
