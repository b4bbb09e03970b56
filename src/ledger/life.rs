//! An item's life: one state machine, one step per run.
//!
//! | before   | seen                             | gone, and covered | not covered |
//! |----------|----------------------------------|-------------------|-------------|
//! | (none)   | open                             |                   |             |
//! | open     | open                             | closed            | frozen      |
//! | reopened | reopened                         | closed            | frozen      |
//! | frozen   | open; reopened if ever closed    | closed            | frozen      |
//! | closed   | reopened, `reopened_count` + 1   | closed            | closed      |
//!
//! *Covered* means that the item's rule was evaluated and its township was in the exports of both sides. What is
//! closed stays closed when its township is not exported: it was closed on evidence, and silence is none.
//!
//! A run dated before the item's last evidence (seen, or closed) does not step at all: an old export rolled late can
//! neither close what was seen since nor reopen what was corrected since.

use crate::table::{Finding, Item, ItemState};

/// What a run says about one item.
#[derive(Debug, Clone, Copy)]
pub(super) enum Evidence<'a> {
    /// Its finding is there.
    Seen(&'a Finding),
    /// Its finding is not there, and would be if the problem still existed.
    Gone,
    /// Its finding is not there, and could not have been.
    Silent,
}

/// The item of a finding that the ledger does not know.
pub(super) fn born(finding: &Finding, as_of: &str) -> Item {
    Item {
        item_id: finding.finding_id.clone(),
        rule_id: finding.rule_id.clone(),
        township: finding.township.clone(),
        village: finding.village.clone(),
        year: finding.year,
        state: ItemState::Open,
        first_seen: as_of.to_owned(),
        last_seen: as_of.to_owned(),
        closed_on: None,
        reopened_count: 0,
        detail_hash: detail_hash(finding),
    }
}

/// The item after a run of `as_of`.
pub(super) fn next(mut item: Item, evidence: Evidence<'_>, as_of: &str) -> Item {
    if as_of < known_on(&item) {
        return remembered(item, evidence, as_of);
    }
    let before = item.state;
    item.state = next_state(&item, evidence);
    match (before, item.state) {
        (ItemState::Closed, ItemState::Reopened) => {
            item.closed_on = None;
            item.reopened_count += 1;
        }
        (ItemState::Open | ItemState::Reopened | ItemState::Frozen, ItemState::Closed) => {
            item.closed_on = Some(as_of.to_owned());
        }
        _ => {}
    }
    if let Evidence::Seen(finding) = evidence {
        refresh(&mut item, finding, as_of);
    }
    item
}

fn next_state(item: &Item, evidence: Evidence<'_>) -> ItemState {
    use ItemState::{Closed, Frozen, Open, Reopened};
    match (item.state, evidence) {
        (Closed, Evidence::Seen(_)) => Reopened,
        (Open | Reopened, Evidence::Seen(_)) => item.state,
        (Frozen, Evidence::Seen(_)) if item.reopened_count > 0 => Reopened,
        (Frozen, Evidence::Seen(_)) => Open,
        (_, Evidence::Gone) => Closed,
        (Closed, Evidence::Silent) => Closed,
        (Open | Reopened | Frozen, Evidence::Silent) => Frozen,
    }
}

/// The date of the newest evidence about an item.
fn known_on(item: &Item) -> &str {
    item.closed_on.as_deref().map_or(&item.last_seen, |closed_on| closed_on.max(&item.last_seen))
}

/// What an item learns from a run older than what it knows: at most that the problem is older.
fn remembered(mut item: Item, evidence: Evidence<'_>, as_of: &str) -> Item {
    if matches!(evidence, Evidence::Seen(_)) && as_of < item.first_seen.as_str() {
        item.first_seen = as_of.to_owned();
    }
    item
}

/// The finding as it is now; a household that moved takes its items along.
fn refresh(item: &mut Item, finding: &Finding, as_of: &str) {
    item.rule_id.clone_from(&finding.rule_id);
    item.township.clone_from(&finding.township);
    item.village.clone_from(&finding.village);
    item.year = finding.year;
    as_of.clone_into(&mut item.last_seen);
    item.detail_hash = detail_hash(finding);
}

/// 16 hex digits over both values. The id is mixed in so that equal values of two people have unequal hashes; every
/// part carries its length, so that ("ab", "c") is not ("a", "bc"), and absent is not empty.
fn detail_hash(finding: &Finding) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [Some(&finding.finding_id), finding.national_value.as_ref(), finding.provincial_value.as_ref()] {
        match part {
            None => hasher.update(&[0]),
            Some(text) => hasher.update(&[1]).update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes()),
        };
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
