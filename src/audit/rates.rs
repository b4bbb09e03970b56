//! Rates with their denominators: agreement of fields, households and people, by village. Where something that a rate depends on
//! was not delivered, it is withheld, not computed.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::facts::Facts;
use super::rules::benefit_missing;
use super::sink::Sink;
use super::view::NONE;
use super::{Delivery, FieldAgreement, Lack, Readings, Recording, VillageCount, fields};
use crate::table::{Decision, HouseholdLink, MemberLink, Severity, Side};

/// What was delivered.
pub(crate) struct Given<'a> {
    pub(crate) delivery: &'a Delivery,
    pub(crate) readings: &'a Readings,
    pub(crate) lacks: &'a [Lack],
}

impl Given<'_> {
    /// Whether all that a rule reads arrived for a township.
    fn is_there(&self, rule_id: &str, township: &str) -> bool {
        let lack = |reading| self.delivery.lack(reading, None, township, None);
        self.readings.get(rule_id).and_then(lack).is_none()
    }
    /// Whether a township lacks nothing of the newest year.
    fn is_whole(&self, township: &str) -> bool {
        let township = self.delivery.township(township);
        !self.lacks.iter().any(|lack| lack.portion.township == township)
    }
}

/// Recording of benefits, without townships of which either side delivered none.
pub(crate) fn recording(mut recording: Vec<Recording>, given: &Given<'_>) -> Vec<Recording> {
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    recording.retain(|row| {
        let is_there = || given.is_there(benefit_missing::RULE.id, &row.township);
        *known.entry(row.township.clone()).or_insert_with(is_there)
    });
    recording
}

/// Agreement by village and field, sorted.
pub(crate) fn field_agreement(facts: &Facts<'_>, sink: &Sink, given: &Given<'_>) -> Vec<FieldAgreement> {
    let compared: Vec<_> = fields::compared().collect();
    let rows = sink.agreement.iter().map(|(&(place, field), counts)| {
        let (township, village) = facts.places.name(place);
        let [equal, both_null, null_national, null_provincial, differ, not_comparable, unread] = *counts;
        FieldAgreement {
            township: township.to_owned(),
            village: village.to_owned(),
            field: compared[field].name,
            equal,
            both_null,
            null_national,
            null_provincial,
            differ,
            not_comparable,
            unread,
        }
    });
    let mut rows: Vec<_> = rows.collect();
    let mut known: BTreeMap<(String, &str), bool> = BTreeMap::new();
    rows.retain(|row| {
        let is_there = || given.is_there(&format!("F-{}", row.field), &row.township);
        *known.entry((row.township.clone(), row.field)).or_insert_with(is_there)
    });
    rows.sort_by(|a, b| (&a.township, &a.village, a.field).cmp(&(&b.township, &b.village, b.field)));
    rows
}

/// Households and people by village, sorted; villages nobody lives in are left out.
pub(crate) fn villages(facts: &Facts<'_>, drafts: &[Draft], given: &Given<'_>) -> Vec<VillageCount> {
    let mut counts = vec![VillageCount::default(); facts.places.count()];
    count_everybody(facts, &mut counts);
    count_links(facts, &mut counts);
    count_consistent(facts, drafts, &mut counts);
    for (place, count) in counts.iter_mut().enumerate() {
        let (township, village) = facts.places.name(place as u32);
        (count.township, count.village) = (township.to_owned(), village.to_owned());
        match given.is_whole(township) {
            true => count.households_judged = count.households_linked,
            false => count.households_consistent = 0,
        }
    }
    counts.retain(|count| count.members != [0; 2] || count.households != [0; 2]);
    counts.sort_by(|a, b| (&a.township, &a.village).cmp(&(&b.township, &b.village)));
    counts
}

fn count_everybody(facts: &Facts<'_>, counts: &mut [VillageCount]) {
    for side in Side::BOTH.map(Side::index) {
        let view = &facts.sides[side];
        for member in (0..view.member_count()).filter(|member| !view.past_members[*member as usize]) {
            counts[facts.places.of_member(side, member) as usize].members[side] += 1;
        }
        for household in (0..view.household_count()).filter(|household| !view.past[*household as usize]) {
            counts[facts.places.of_household(side, household) as usize].households[side] += 1;
        }
    }
}

fn count_links(facts: &Facts<'_>, counts: &mut [VillageCount]) {
    let [national, provincial] = &facts.sides;
    let is_newest = |link: &&MemberLink| {
        !national.past_members[link.left as usize] && !provincial.past_members[link.right as usize]
    };
    let matches = facts.links.linkage.members.iter().filter(|link| link.decision == Decision::Match);
    for link in matches.filter(is_newest) {
        counts[facts.places.of_member(0, link.left) as usize].members_linked += 1;
    }
    for pair in newest_pairs(facts) {
        counts[facts.places.of_household(0, pair.left) as usize].households_linked += 1;
    }
}

/// A pair of households is consistent when no error and no warning touches either of them.
fn count_consistent(facts: &Facts<'_>, drafts: &[Draft], counts: &mut [VillageCount]) {
    let mut is_touched = [0, 1].map(|side| vec![false; facts.sides[side].household_count() as usize]);
    for draft in drafts.iter().filter(|draft| draft.finding.severity >= Severity::Warning) {
        for (touched, household) in is_touched.iter_mut().zip(draft.households) {
            if household != NONE {
                touched[household as usize] = true;
            }
        }
    }
    for pair in newest_pairs(facts) {
        if !is_touched[0][pair.left as usize] && !is_touched[1][pair.right as usize] {
            counts[facts.places.of_household(0, pair.left) as usize].households_consistent += 1;
        }
    }
}

/// The compared pairs of households that are both in the newest year.
fn newest_pairs<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = &'f HouseholdLink> {
    let [national, provincial] = &facts.sides;
    let is_newest = |pair: &&HouseholdLink| !national.past[pair.left as usize] && !provincial.past[pair.right as usize];
    facts.links.household_pairs.iter().filter(is_newest)
}
