//! What a part of the audit gives: findings, how many subjects each rule saw, how often each field agreed.
//! Counts are integers and drafts are sorted at the end, so sinks merge in any order to the same whole.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, RuleHead, Say, Subject, draft};
use super::facts::Facts;
use super::key::Base;
use super::view::NONE;
use crate::table::finding::RowPlace;
use crate::table::{Scope, Side};

/// A rule on a registry, or on pairs.
pub(crate) type RunKey = (String, Option<Side>);

/// Collected results.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) drafts: Vec<Draft>,
    /// Subjects that each rule evaluated.
    pub(crate) evaluated: BTreeMap<RunKey, u64>,
    /// The years in which rules that judge year by year did.
    pub(crate) years: BTreeMap<RunKey, BTreeSet<i32>>,
    /// Findings of each rule.
    pub(crate) found: BTreeMap<RunKey, u64>,
    /// What rolls prove and nobody records, by (place, item, year): expected, and not recorded.
    pub(crate) unrecorded: BTreeMap<(u32, u32, Option<i32>), u64>,
    /// Entries of rolls of which outsiders are listed.
    pub(crate) listed: Vec<String>,
    /// Agreement by (place, field): equal, both null, null national, null provincial, differ, not comparable.
    pub(crate) agreement: BTreeMap<(u32, usize), [u64; 7]>,
}

impl Sink {
    /// Adds a finding of a rule that runs on `side`, and gives its identity, for findings that follow from it.
    pub(crate) fn push(
        &mut self,
        facts: &Facts<'_>,
        rule: RuleHead<'_>,
        run: Option<Side>,
        subject: Subject,
        say: Say<'_>,
    ) -> Base {
        let draft = draft(facts, rule, subject, say);
        let base = draft.base;
        self.drafts.push(draft);
        bump(&mut self.found, rule.id, run, 1);
        base
    }
    /// Adds a finding over pairs whose rows are not those of its subject: benefit records.
    pub(crate) fn push_at(
        &mut self,
        facts: &Facts<'_>,
        rule: RuleHead<'_>,
        subject: Subject,
        say: Say<'_>,
        [national, provincial]: [Option<RowPlace>; 2],
    ) {
        let mut draft = draft(facts, rule, subject, say);
        (draft.finding.national, draft.finding.provincial) = (national, provincial);
        self.drafts.push(draft);
        bump(&mut self.found, rule.id, None, 1);
    }
    /// Adds a finding about a person who is in neither registry: name, number as printed, township and village.
    pub(crate) fn push_outsider(
        &mut self,
        facts: &Facts<'_>,
        rule: RuleHead<'_>,
        [name, id_no, township, village]: [Option<String>; 4],
        say: Say<'_>,
    ) {
        let subject = Subject { scope: Scope::Member, side: None, members: [NONE; 2], households: [NONE; 2] };
        let mut draft = draft(facts, rule, subject, say);
        let finding = &mut draft.finding;
        (finding.name, finding.id_no, finding.township, finding.village) = (name, id_no, township, village);
        self.drafts.push(draft);
        bump(&mut self.found, rule.id, None, 1);
    }
    /// Adds a finding about a village as a whole: it has no household and no row, and keeps its identity by name.
    pub(crate) fn push_village(
        &mut self,
        facts: &Facts<'_>,
        rule: RuleHead<'_>,
        run: Option<Side>,
        village: u32,
        say: Say<'_>,
    ) {
        let (township, name) = facts.places.name(village);
        self.push_place(facts, rule, run, [township, name], say);
    }
    /// The same about a township (village empty) or village by name.
    pub(crate) fn push_place(
        &mut self,
        facts: &Facts<'_>,
        rule: RuleHead<'_>,
        run: Option<Side>,
        [township, name]: [&str; 2],
        say: Say<'_>,
    ) {
        let subject = Subject { scope: Scope::Village, side: run, members: [NONE; 2], households: [NONE; 2] };
        let detail = format!("{township}|{name}");
        let mut draft = draft(facts, rule, subject, Say { detail: &detail, ..say });
        (draft.finding.township, draft.finding.village) =
            (Some(township.to_owned()), (!name.is_empty()).then(|| name.to_owned()));
        self.drafts.push(draft);
        bump(&mut self.found, rule.id, run, 1);
    }
    /// Carries findings of a year over to the newest rows of their subjects, and to where those live now.
    pub(crate) fn renumber(&mut self, year: &Facts<'_>, newest: &Facts<'_>) {
        if year.now == [None, None] {
            return;
        }
        for draft in &mut self.drafts {
            (draft.members, draft.households) = (year.newest(0, draft.members), year.newest(1, draft.households));
            draft.move_to(newest);
        }
    }
    /// Counts subjects that a rule evaluated.
    pub(crate) fn count(&mut self, rule_id: &str, run: Option<Side>, subjects: u64) {
        bump(&mut self.evaluated, rule_id, run, subjects);
    }
    /// Notes that a rule judged a year.
    pub(crate) fn note_year(&mut self, rule_id: &str, run: Option<Side>, year: Option<i32>) {
        if let Some(year) = year {
            self.years.entry((rule_id.to_owned(), run)).or_default().insert(year);
        }
    }
    /// Adds what another part found.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.drafts.extend(other.drafts);
        for (key, years) in other.years {
            self.years.entry(key).or_default().extend(years);
        }
        for (mine, theirs) in [(&mut self.evaluated, other.evaluated), (&mut self.found, other.found)] {
            for (key, subjects) in theirs {
                *mine.entry(key).or_default() += subjects;
            }
        }
        for (key, entries) in other.unrecorded {
            *self.unrecorded.entry(key).or_default() += entries;
        }
        for ((place, field), counts) in other.agreement {
            self.count_agreement(place, field, counts);
        }
    }
    /// Adds counts of agreement of a field in a place.
    pub(crate) fn count_agreement(&mut self, place: u32, field: usize, counts: [u64; 7]) {
        let mine = self.agreement.entry((place, field)).or_default();
        for (mine, count) in mine.iter_mut().zip(counts) {
            *mine += count;
        }
    }
}

fn bump(counts: &mut BTreeMap<RunKey, u64>, rule_id: &str, run: Option<Side>, by: u64) {
    *counts.entry((rule_id.to_owned(), run)).or_default() += by;
}
