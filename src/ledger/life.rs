//! An item's life: one state machine, one step per run.
//!
//! | before                               | seen                            | corrected | left | rule changed | link changed | merged | silent |
//! |--------------------------------------|---------------------------------|-----------|------|--------------|--------------|--------|--------|
//! | (none)                               | open                            |           |      |              |              |        |        |
//! | open, reopened, frozen               | open; reopened if ever closed   | closed    | left | rule changed | link changed | merged | frozen |
//! | left                                 | open; reopened if ever closed   | closed    | left | left         | link changed | merged | left   |
//! | closed                               | reopened, `reopened_count` + 1  | closed    | closed | closed     | closed       | closed | closed |
//! | rule changed, link changed, merged   | open; reopened if ever closed   | as before | as before | as before | as before | as before | as before |
//! | withdrawn                            | withdrawn                       | withdrawn | …    |              |              |        |        |
//!
//! *Corrected* is a proof about the item's own subject, *silent* the want of one ([`proof`](super::proof)). What is closed stays
//! closed while nothing is seen: it was closed on evidence, and silence is none. A person's decision is never overturned by
//! a run.
//!
//! A run dated before the item's last evidence (seen, or closed) does not step at all: an old export rolled late can
//! neither close what was seen since nor reopen what was corrected since.

use super::cells::Cells;
use super::proof::Verdict;
use super::subject::Subjects;
use crate::audit::{Reading, Readings};
use crate::table::{Finding, Item, ItemState, Words};

/// The item of a finding that the ledger does not know.
pub(super) fn born(finding: &Finding, now: &Now<'_>) -> Item {
    let mut item = Item { item_id: finding.finding_id.clone(), first_seen: now.as_of.to_owned(), ..Item::default() };
    refresh(&mut item, finding, now);
    item
}

/// What a step needs beside the item.
#[derive(Clone, Copy)]
pub(super) struct Now<'a> {
    /// The run's day.
    pub(super) as_of: &'a str,
    pub(super) readings: &'a Readings,
    pub(super) subjects: &'a Subjects,
    pub(super) cells: &'a Cells,
}

/// The item after a run that sees it.
pub(super) fn seen(mut item: Item, finding: &Finding, now: &Now<'_>) -> Item {
    if now.as_of < known_on(&item) {
        // An old export tells at most that the problem is older than thought.
        if now.as_of < item.first_seen.as_str() {
            now.as_of.clone_into(&mut item.first_seen);
        }
        return item;
    }
    let before = item.state;
    item.state = match before {
        ItemState::Closed | ItemState::Reopened => ItemState::Reopened,
        ItemState::Withdrawn => ItemState::Withdrawn,
        _ if item.reopened_count > 0 => ItemState::Reopened,
        _ => ItemState::Open,
    };
    if before == ItemState::Closed {
        item.closed_on = None;
        item.reopened_count += 1;
    }
    if item.state != ItemState::Withdrawn {
        item.reason = None;
    }
    refresh(&mut item, finding, now);
    item
}

/// The item after a run that does not see it.
pub(super) fn unseen(mut item: Item, verdict: Verdict, as_of: &str) -> Item {
    use ItemState::{Closed, Frozen, Left, LinkChanged, Merged, Open, Reopened, RuleChanged};
    if as_of < known_on(&item) {
        return item;
    }
    let is_open = matches!(item.state, Open | Reopened | Frozen);
    let (state, reason) = match verdict {
        Verdict::Corrected if is_open || item.state == Left => (Closed, None),
        Verdict::Left(reason) if is_open || item.state == Left => (Left, Some(reason)),
        Verdict::RuleChanged(reason) if is_open => (RuleChanged, Some(reason)),
        Verdict::LinkChanged(reason) if is_open || item.state == Left => (LinkChanged, Some(reason)),
        Verdict::Merged(reason) if is_open || item.state == Left => (Merged, Some(reason)),
        Verdict::Silent(reason) if is_open => (Frozen, Some(reason)),
        _ => return item,
    };
    if state == Closed {
        item.closed_on = Some(as_of.to_owned());
    }
    (item.state, item.reason) = (state, reason);
    item
}

/// The date of the newest evidence about an item.
fn known_on(item: &Item) -> &str {
    item.closed_on.as_deref().map_or(&item.last_seen, |closed_on| closed_on.max(&item.last_seen))
}

/// The finding as it is now; a household that moved takes its items along.
fn refresh(item: &mut Item, finding: &Finding, now: &Now<'_>) {
    item.rule_id.clone_from(&finding.rule_id);
    item.township.clone_from(&finding.township);
    item.village.clone_from(&finding.village);
    item.year = finding.year;
    now.as_of.clone_into(&mut item.last_seen);
    item.detail_hash = detail_hash(&item.item_id, finding);
    item.side = finding.side;
    item.about = now.subjects.about(&finding.about);
    item.subject = Some(now.subjects.words(&finding.subject));
    let reading = now.readings.get(&finding.rule_id);
    item.rule_digest = reading.map(|reading| reading.digest.clone()).unwrap_or_default();
    let cells = |reading: &Reading| {
        now.cells.words(reading, finding.side, reading.register_year(finding.year), &finding.subject)
    };
    item.cells = reading.map(cells).unwrap_or_default();
}

/// 16 hex digits over both values. The id is mixed in so that equal values of two people have unequal hashes; every
/// part carries its length, so that ("ab", "c") is not ("a", "bc"), and absent is not empty.
fn detail_hash(item_id: &str, finding: &Finding) -> String {
    let mut hasher = blake3::Hasher::new();
    let values = [&finding.national_value, &finding.provincial_value].map(|value| value.as_ref().map(Words::plain));
    for part in [Some(item_id), values[0], values[1]] {
        match part {
            None => hasher.update(&[0]),
            Some(text) => hasher.update(&[1]).update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes()),
        };
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
