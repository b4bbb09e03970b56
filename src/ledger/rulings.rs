//! Rulings (人工判定): what a person decided about an undecided pair, from the returned file to the rows of a later run.
//!
//! | step | in | out |
//! |---|---|---|
//! | [`accept`] | rulings known, verdicts returned | what to store, or everything that contradicts |
//! | [`resolve`] | rulings known, this run's registries | rows for the linker; rulings whose records changed |
//!
//! Both are pure. What always holds:
//!
//! - nothing that a person decided is lost or overturned in silence: a contradiction is refused, or replaces the earlier
//!   ruling when that is asked for, and the earlier one stays in the store with the day it was replaced;
//! - nobody is the same as two people;
//! - the same file returned twice changes nothing;
//! - *unsure* decides nothing: it gives way to a decision, but takes none back.
//!
//! A ruling *lapses* while one of its two records is as it was and the other is not: it no longer speaks of anybody.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::pair::{PairKey, PersonKey, PersonKeys};
use crate::error::{Error, Place, Result, Text};
use crate::link;
use crate::say;
use crate::table::Registry;

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// One person.
    Same,
    /// Two people.
    Different,
    /// Cannot be told.
    Unsure,
}

impl Verdict {
    /// All, in the order of the drop-down.
    pub const ALL: [Self; 3] = [Self::Same, Self::Different, Self::Unsure];
    /// The word in the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Unsure => "unsure",
        }
    }
    /// What staff choose.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Same => "同一人",
            Self::Different => "不是同一人",
            Self::Unsure => "无法确定",
        }
    }
}

/// A ruling as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// The two people.
    pub pair: PairKey,
    /// What was decided.
    pub verdict: Verdict,
    /// What was written beside it.
    pub note: Option<String>,
    /// Day it was read back, ISO.
    pub decided_on: String,
    /// Name of the file.
    pub source: String,
    /// Content hash of the file.
    pub blake3: String,
    /// Date of the run that found only one of the two records as it was; `None` while the ruling holds.
    pub lapsed_on: Option<String>,
    /// Day a later ruling took its place; `None` for the one that counts.
    pub replaced_on: Option<String>,
}

/// A verdict as read from a returned file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The two people.
    pub pair: PairKey,
    /// What was chosen.
    pub verdict: Verdict,
    /// What was written beside it.
    pub note: Option<String>,
    /// Name of the file.
    pub source: String,
    /// Content hash of the file.
    pub blake3: String,
    /// Where it stands.
    pub place: Place,
}

/// What to store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Rulings to add.
    pub new: Vec<Ruling>,
    /// Pairs whose ruling so far no longer counts.
    pub replaced: Vec<PairKey>,
    /// Pairs ruled as they were before.
    pub unchanged: u64,
}

/// Holds returned verdicts against one another and against the rulings known, in the order they were stored. Every
/// contradiction is reported at its place; `replace` lets the returned ones overrule the known ones.
pub fn accept(known: &[Ruling], returned: &[Returned], replace: bool, today: &str) -> (Accepted, Vec<Error>) {
    let mut errors = Vec::new();
    let verdicts = one_per_pair(returned, &mut errors);
    one_partner_each(&verdicts, &mut errors);
    let mut of_pair: FxHashMap<PairKey, Vec<&Ruling>> = FxHashMap::default();
    known.iter().for_each(|ruling| of_pair.entry(ruling.pair).or_default().push(ruling));
    let mut accepted = Accepted::default();
    for verdict in verdicts.values() {
        match standing(of_pair.get(&verdict.pair).map_or(&[], Vec::as_slice), verdict, replace) {
            Standing::New => accepted.new.push(ruling(verdict, today)),
            Standing::Unchanged => accepted.unchanged += 1,
            Standing::Replaces => {
                accepted.new.push(ruling(verdict, today));
                accepted.replaced.push(verdict.pair);
            }
            Standing::Contradicts(earlier) => errors.push(contradicts(verdict, earlier)),
        }
    }
    let in_the_way = other_partners(known, &accepted);
    match replace {
        true => accepted.replaced.extend(in_the_way.iter().map(|(_, earlier)| earlier.pair)),
        false => errors.extend(in_the_way.iter().map(|(pair, earlier)| other_partner(verdicts[pair], earlier))),
    }
    accepted.replaced.sort_unstable();
    accepted.replaced.dedup();
    (accepted, errors)
}

/// The verdict of every pair; where files disagree, an error.
fn one_per_pair<'a>(returned: &'a [Returned], errors: &mut Vec<Error>) -> BTreeMap<PairKey, &'a Returned> {
    let mut verdicts: BTreeMap<PairKey, &Returned> = BTreeMap::new();
    for verdict in returned {
        let first = *verdicts.entry(verdict.pair).or_insert(verdict);
        match (first.verdict, verdict.verdict) {
            (Verdict::Unsure, Verdict::Same | Verdict::Different) => _ = verdicts.insert(verdict.pair, verdict),
            (Verdict::Same, Verdict::Different) | (Verdict::Different, Verdict::Same) => {
                errors.push(ruled_twice(verdict, first));
            }
            _ => {}
        }
    }
    verdicts
}

/// Within what was returned nobody is the same as two people.
fn one_partner_each(verdicts: &BTreeMap<PairKey, &Returned>, errors: &mut Vec<Error>) {
    let mut partners = Partners::default();
    for verdict in verdicts.values().filter(|verdict| verdict.verdict == Verdict::Same) {
        if let Some(other) = partners.take(verdict.pair) {
            errors.push(two_partners(verdict, &verdicts[&other].place));
        }
    }
}

/// How a returned verdict stands to what is known of its pair.
enum Standing<'a> {
    New,
    Unchanged,
    Replaces,
    Contradicts(&'a Ruling),
}

fn standing<'a>(of_pair: &[&'a Ruling], verdict: &Returned, replace: bool) -> Standing<'a> {
    let seen_before = of_pair.iter().any(|ruling| ruling.verdict == verdict.verdict && ruling.blake3 == verdict.blake3);
    let current = of_pair.iter().find(|ruling| ruling.replaced_on.is_none());
    match (current, replace) {
        (Some(current), _) if current.verdict == verdict.verdict => Standing::Unchanged,
        (Some(current), _) if current.verdict == Verdict::Unsure => Standing::Replaces,
        (Some(_), true) => Standing::Replaces,
        // An old file that was overruled since, and comes once more.
        (_, false) if seen_before => Standing::Unchanged,
        (Some(current), false) => Standing::Contradicts(current),
        (None, _) => Standing::New,
    }
}

fn ruling(verdict: &Returned, today: &str) -> Ruling {
    Ruling {
        pair: verdict.pair,
        verdict: verdict.verdict,
        note: verdict.note.clone(),
        decided_on: today.to_owned(),
        source: verdict.source.clone(),
        blake3: verdict.blake3.clone(),
        lapsed_on: None,
        replaced_on: None,
    }
}

/// Rulings that hold and make somebody the same as a person other than the new ones do.
fn other_partners<'a>(known: &'a [Ruling], accepted: &Accepted) -> Vec<(PairKey, &'a Ruling)> {
    let mut partners = Partners::default();
    let new = accepted.new.iter().filter(|ruling| ruling.verdict == Verdict::Same);
    new.for_each(|ruling| _ = partners.take(ruling.pair));
    let replaced = FxHashSet::from_iter(accepted.replaced.iter().copied());
    let holds = known.iter().filter(|ruling| {
        let counts = ruling.replaced_on.is_none() && ruling.lapsed_on.is_none();
        ruling.verdict == Verdict::Same && counts && !replaced.contains(&ruling.pair)
    });
    holds.filter_map(|earlier| partners.of(earlier.pair).map(|pair| (pair, earlier))).collect()
}

/// Who is ruled the same as whom.
#[derive(Default)]
struct Partners {
    left: FxHashMap<PersonKey, PairKey>,
    right: FxHashMap<PersonKey, PairKey>,
}

impl Partners {
    /// The pair that one of the two is in.
    fn of(&self, pair: PairKey) -> Option<PairKey> {
        self.left.get(&pair.left).or_else(|| self.right.get(&pair.right)).copied()
    }
    /// Makes the pair partners; the pair in the way when one of them has a partner already.
    fn take(&mut self, pair: PairKey) -> Option<PairKey> {
        let other = self.of(pair);
        if other.is_none() {
            self.left.insert(pair.left, pair);
            self.right.insert(pair.right, pair);
        }
        other
    }
}

/// Rulings as they bear on this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// For the linker, sorted; whoever is unsure is not asked.
    pub rulings: Vec<link::Ruling>,
    /// Pairs whose ruling lapses with this run (true), or holds again (false).
    pub lapses: Vec<(PairKey, bool)>,
}

/// Finds the rows that rulings speak of.
///
/// # Errors
/// As [`PersonKeys::of`].
pub fn resolve(known: &[Ruling], registries: [&Registry; 2], site_key: &str) -> Result<Resolved> {
    let known: Vec<&Ruling> = known.iter().filter(|ruling| ruling.replaced_on.is_none()).collect();
    if known.is_empty() {
        return Ok(Resolved::default());
    }
    let left = FxHashSet::from_iter(known.iter().map(|ruling| ruling.pair.left));
    let right = FxHashSet::from_iter(known.iter().map(|ruling| ruling.pair.right));
    let left = rows_of(registries[0], site_key, &left)?;
    let right = rows_of(registries[1], site_key, &right)?;
    let mut resolved = Resolved::default();
    let mut partners = Partners::default();
    // The latest first: of two that cannot both be true, which only a record changed back can bring about, it counts.
    for ruling in known.iter().rev() {
        match (left.get(&ruling.pair.left), right.get(&ruling.pair.right)) {
            (Some(left), Some(right)) => {
                resolved.lapses.extend(ruling.lapsed_on.is_some().then_some((ruling.pair, false)));
                resolved.rulings.extend(rows(ruling, left, right, &mut partners));
            }
            (None, None) => {}
            _ => resolved.lapses.extend(ruling.lapsed_on.is_none().then_some((ruling.pair, true))),
        }
    }
    resolved.rulings.sort_unstable();
    resolved.lapses.sort_unstable();
    Ok(resolved)
}

/// Rows of the wanted people. Numbers of pairs once did without the site's key, and a person's word outlives that.
fn rows_of(
    registry: &Registry,
    site_key: &str,
    wanted: &FxHashSet<PersonKey>,
) -> Result<BTreeMap<PersonKey, Vec<u32>>> {
    let mut rows = PersonKeys::of(registry, "")?.rows_of(wanted);
    rows.extend(PersonKeys::of(registry, site_key)?.rows_of(wanted));
    Ok(rows)
}

/// A ruling over rows. Where an export holds a record twice, one row stands for the person in
/// `same`, and all of them in `different`.
fn rows(ruling: &Ruling, left: &[u32], right: &[u32], partners: &mut Partners) -> Vec<link::Ruling> {
    match ruling.verdict {
        Verdict::Unsure => Vec::new(),
        Verdict::Same if partners.take(ruling.pair).is_some() => Vec::new(),
        Verdict::Same => vec![link::Ruling { left: left[0], right: right[0], same: true }],
        Verdict::Different => {
            let pairs = left.iter().flat_map(|left| right.iter().map(|right| (*left, *right)));
            pairs.map(|(left, right)| link::Ruling { left, right, same: false }).collect()
        }
    }
}

fn ruled_twice(verdict: &Returned, first: &Returned) -> Error {
    let (here, there, place) = (verdict.verdict.title(), first.verdict.title(), &first.place);
    let (here_en, there_en) = (verdict.verdict.word(), first.verdict.word());
    refused(
        verdict,
        say!(
            "同一对人员有两种判定：这里是“{here}”，{place} 是“{there}”",
            "one pair has two verdicts: `{here_en}` here, `{there_en}` at {place}"
        ),
        say!("两处改成一致后重新交回", "make them agree, then return the files again"),
    )
}

fn two_partners(verdict: &Returned, place: &Place) -> Error {
    refused(
        verdict,
        say!(
            "同一个人被判定与两个不同的人是同一人，另一处是 {place}",
            "somebody is ruled the same as two different people, the other one at {place}"
        ),
        say!("只能有一对是“同一人”，其余改为“不是同一人”", "keep `同一人` on one pair, `不是同一人` on the others"),
    )
}

fn contradicts(verdict: &Returned, earlier: &Ruling) -> Error {
    let (before, before_en) = (earlier.verdict.title(), earlier.verdict.word());
    let (date, source) = (&earlier.decided_on, &earlier.source);
    refused(
        verdict,
        say!(
            "与已保存的判定相反：{date} 的 {source} 判定为“{before}”",
            "contradicts a stored ruling: {source} of {date} says `{before_en}`"
        ),
        replace_remedy(),
    )
}

fn other_partner(verdict: &Returned, earlier: &Ruling) -> Error {
    let (date, source) = (&earlier.decided_on, &earlier.source);
    refused(
        verdict,
        say!(
            "其中一人在 {date} 的 {source} 里已判定与另一个人是同一人",
            "one of them was ruled the same as somebody else by {source} of {date}"
        ),
        replace_remedy(),
    )
}

fn replace_remedy() -> Text {
    say!(
        "确认以这次为准，加 --replace 重新读入；否则改正本行",
        "if this one is right, return it again with --replace; otherwise correct this row"
    )
}

fn refused(verdict: &Returned, problem: Text, remedy: Text) -> Error {
    Error::input(problem).at(verdict.place.clone()).remedy(remedy)
}

#[cfg(test)]
mod tests;
