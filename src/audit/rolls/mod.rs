//! Departments' rolls against what the platform records.
//!
//! A roll is evidence: who is on it received the item. Three kinds of finding are kept apart: on the roll and not recorded
//! (`R-missing`, to correct), recorded and not on the roll (`R-extra`, to verify), both with unlike sums (`R-amount`).
//! People on a roll whom neither system has are listed for a visit (`S-outsider`), and so are registered people on a roll of
//! property (`S-insider`).
//!
//! A roll speaks for an item, a year and a township in which it names anybody. Where the reference records the item too, its
//! own comparison says what is missing; where the platform lacks the person, that is the cause, and nothing more is said.

mod held;
mod listed;
mod people;

use rustc_hash::FxHashSet;

use super::benefits::Books;
use super::facts::Facts;
use super::sink::Sink;
use super::view::NONE;
use crate::error::Result;
use crate::normalise::aside::Aside;
use crate::table::{Portions, RollLinks, Rolls};
use held::Held;
use listed::Listed;

/// The rolls of a run, who on them is whom, and what is known of deliveries before.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The rolls.
    pub rolls: &'a Rolls,
    /// Their people in both systems.
    pub links: &'a RollLinks,
    /// What the last accepted deliveries held.
    pub expected: &'a Portions,
    /// Rows of both systems that were set aside.
    pub aside: &'a Aside,
}

/// An item, a year and a township for which some roll speaks; no year for what is recorded once, or on a roll without years.
pub(crate) type Covered = FxHashSet<(u32, Option<i32>, String)>;

/// Why rolls cannot be compared with the platform.
pub(crate) fn not_delivered(facts: &Facts<'_>) -> Option<String> {
    if facts.rolls_are_absent {
        return Some("没有提供部门名册".to_owned());
    }
    (!facts.sides[1].registry.has_benefits).then(|| "省办平台没有提供帮扶措施导出".to_owned())
}

/// Why people on rolls cannot be looked for.
pub(crate) fn no_rolls(facts: &Facts<'_>) -> Option<String> {
    facts.rolls_are_absent.then(|| "没有提供部门名册".to_owned())
}

/// Judges every roll; gives the items and years that they speak for.
pub(crate) fn judge(facts: &Facts<'_>, evidence: Evidence<'_>, books: &Books, sink: &mut Sink) -> Result<Covered> {
    people::judge(facts, evidence, sink);
    if not_delivered(facts).is_some() {
        return Ok(Covered::default());
    }
    let listed = Listed::of(facts, evidence, books);
    let wanted: FxHashSet<u32> = listed.entries.iter().map(|entry| entry.item).collect();
    let of_side = |side: usize| Held::of(books.rows(side), &wanted, books);
    let (national, provincial) = rayon::join(|| of_side(0), || of_side(1));
    let held = [national, provincial];
    listed.note_years(sink);
    listed.missing(facts, evidence, books, &held, sink)?;
    listed.extra(facts, evidence, books, &held[1], sink);
    Ok(listed.covered(facts))
}

/// The year under which an item is looked for: none for what is paid once, which counts ever after.
fn sought_year(books: &Books, item: u32, year: Option<i32>) -> Option<i32> {
    year.filter(|_| !books.is_once(item))
}

/// Counts the entries that a rule judged.
fn count(sink: &mut Sink, rule_id: &str, entries: usize) {
    sink.count(rule_id, None, entries as u64);
}

/// The partner of a person who was found on one side only.
fn completed(facts: &Facts<'_>, mut members: [u32; 2]) -> [u32; 2] {
    for side in 0..2 {
        if members[side] == NONE && members[1 - side] != NONE {
            members[side] = facts.links.partner(1 - side, members[1 - side]);
        }
    }
    members
}

/// Whether a rule is on.
fn is_on(facts: &Facts<'_>, rule: &super::rules::Rule) -> bool {
    !facts.settings.is_disabled(rule.id)
}
