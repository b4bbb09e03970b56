//! Counts by village, township and county: the raw material of the summary and of the township overviews.
//!
//! Integers only, so that a township is the sum of its villages whatever the order; rates are made when shown, each
//! with its numerator and denominator ([`Rate`]).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::ser::SerializeStruct;

use super::Outcome;
use super::worklist::{Distribution, HouseholdKey};
use crate::table::{Category, CorrectIn, Finding, Severity};

/// All categories, in the order of outputs.
pub(crate) const CATEGORIES: [Category; 10] = [
    Category::Presence,
    Category::Identity,
    Category::Duplicate,
    Category::Field,
    Category::Benefit,
    Category::Outcome,
    Category::Logic,
    Category::Correspondence,
    Category::Guarantee,
    Category::Suspect,
];
/// All severities, gravest first.
pub(crate) const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];
/// All places to correct.
pub(crate) const CORRECT_IN: [CorrectIn; 4] =
    [CorrectIn::Provincial, CorrectIn::National, CorrectIn::Both, CorrectIn::Visit];

/// A share with what it is a share of. Without a denominator there is no rate: nothing was evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// How many agree.
    pub numerator: u64,
    /// Of how many.
    pub denominator: u64,
}

impl Rate {
    /// `numerator` of `denominator`.
    pub const fn new(numerator: u64, denominator: u64) -> Self {
        Self { numerator, denominator }
    }
    /// The share, 0..1; `None` when nothing was evaluated.
    pub fn share(self) -> Option<f64> {
        (self.denominator > 0).then(|| self.numerator as f64 / self.denominator as f64)
    }
    /// `98.2%`, cut and not rounded, so that 100 % means all; `未评估` when nothing was evaluated.
    pub fn percent(self) -> String {
        match self.denominator {
            0 => "未评估".to_owned(),
            denominator => {
                let tenths = u128::from(self.numerator) * 1000 / u128::from(denominator);
                format!("{}.{}%", tenths / 10, tenths % 10)
            }
        }
    }
    /// `1,234／1,256`.
    pub fn fraction(self) -> String {
        format!("{}／{}", thousands(self.numerator), thousands(self.denominator))
    }
    fn add(&mut self, other: Self) {
        self.numerator += other.numerator;
        self.denominator += other.denominator;
    }
}

impl Serialize for Rate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rate = serializer.serialize_struct("Rate", 3)?;
        rate.serialize_field("numerator", &self.numerator)?;
        rate.serialize_field("denominator", &self.denominator)?;
        rate.serialize_field("rate", &self.share())?;
        rate.end()
    }
}

/// `1234567` → `1,234,567`.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// Counts of one area.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Area {
    /// People of each side.
    pub(crate) members: [u64; 2],
    /// Households of each side.
    pub(crate) households: [u64; 2],
    /// Linked people of the national people.
    pub(crate) coverage: Rate,
    /// Equal of comparable field values (equal + one side blank + different).
    pub(crate) fields: Rate,
    /// Consistent of linked households.
    pub(crate) consistent: Rate,
    /// Benefits recorded of those proved.
    pub(crate) recorded: Rate,
    /// Findings by category and severity, in the order of [`CATEGORIES`] and [`SEVERITIES`].
    pub(crate) findings: [[u64; 3]; 10],
    /// Households with at least one error or warning that is not a suspicion.
    pub(crate) households_with_findings: u64,
}

impl Area {
    /// Findings of one category.
    pub(crate) fn of_category(&self, ix: usize) -> u64 {
        self.findings[ix].iter().sum()
    }
    /// Findings of one severity.
    pub(crate) fn of_severity(&self, ix: usize) -> u64 {
        self.findings.iter().map(|by_severity| by_severity[ix]).sum()
    }
    /// All findings.
    pub(crate) fn total(&self) -> u64 {
        self.findings.iter().flatten().sum()
    }
    /// Adds another area's counts.
    pub(crate) fn add(&mut self, other: &Self) {
        for side in 0..2 {
            self.members[side] += other.members[side];
            self.households[side] += other.households[side];
        }
        self.coverage.add(other.coverage);
        self.fields.add(other.fields);
        self.consistent.add(other.consistent);
        self.recorded.add(other.recorded);
        for (mine, theirs) in self.findings.iter_mut().flatten().zip(other.findings.iter().flatten()) {
            *mine += theirs;
        }
        self.households_with_findings += other.households_with_findings;
    }
    fn count(&mut self, finding: &Finding) {
        let category = CATEGORIES.iter().position(|category| *category == finding.category);
        let severity = SEVERITIES.iter().position(|severity| *severity == finding.severity);
        let (category, severity) = category.zip(severity).expect("the lists hold every variant");
        self.findings[category][severity] += 1;
    }
}

/// Township and village; both empty for what no village can be given.
pub(crate) type AreaKey<'a> = (&'a str, &'a str);

/// Counts of every village that was seen, sorted.
pub(crate) fn villages<'a>(outcome: &Outcome<'a>, distribution: &Distribution<'a>) -> BTreeMap<AreaKey<'a>, Area> {
    let mut areas: BTreeMap<AreaKey<'a>, Area> = BTreeMap::new();
    for count in &outcome.audit.villages {
        let area = areas.entry((&count.township, &count.village)).or_default();
        for side in 0..2 {
            area.members[side] += count.members[side];
            area.households[side] += count.households[side];
        }
        area.coverage.add(Rate::new(count.members_linked, count.members[0]));
        area.consistent.add(Rate::new(count.households_consistent, count.households_judged));
    }
    for field in &outcome.audit.fields {
        areas.entry((&field.township, &field.village)).or_default().fields.add(agreement(field));
    }
    for recording in &outcome.audit.recording {
        let area = areas.entry((&recording.township, &recording.village)).or_default();
        area.recorded.add(Rate::new(recording.recorded, recording.expected));
    }
    count_findings(&mut areas, distribution);
    areas
}

/// Agreement of one field: both-blank and not-comparable pairs are not in the denominator.
pub(crate) fn agreement(field: &crate::audit::FieldAgreement) -> Rate {
    Rate::new(field.equal, field.equal + field.null_national + field.null_provincial + field.differ + field.unread)
}

fn count_findings<'a>(areas: &mut BTreeMap<AreaKey<'a>, Area>, distribution: &Distribution<'a>) {
    let mut households: BTreeMap<AreaKey<'a>, BTreeSet<HouseholdKey<'a>>> = BTreeMap::new();
    for pack in &distribution.packs {
        let key = pack.place.area.unwrap_or_default();
        let area = areas.entry(key).or_default();
        pack.findings().for_each(|finding| area.count(finding));
        let grave = pack.blocks.iter().filter(|block| !pack.place.suspect && block.is_grave());
        households.entry(key).or_default().extend(grave.map(|block| block.key));
    }
    for (key, households) in households {
        areas.entry(key).or_default().households_with_findings = households.len() as u64;
    }
}

/// Sums villages by township.
pub(crate) fn townships<'a>(villages: &BTreeMap<AreaKey<'a>, Area>) -> BTreeMap<&'a str, Area> {
    let mut townships: BTreeMap<&str, Area> = BTreeMap::new();
    for ((township, _), area) in villages {
        townships.entry(township).or_default().add(area);
    }
    townships
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_tells_what_it_is_a_rate_of() {
        assert_eq!(Rate::new(0, 0).percent(), "未评估");
        assert_eq!(Rate::new(0, 0).share(), None);
        assert_eq!(Rate::new(1999, 2000).percent(), "99.9%");
        assert_eq!(Rate::new(2000, 2000).percent(), "100.0%");
        assert_eq!(Rate::new(1234, 1_234_567).fraction(), "1,234／1,234,567");
        let json = serde_json::to_string(&Rate::new(1, 4)).unwrap();
        assert_eq!(json, r#"{"numerator":1,"denominator":4,"rate":0.25}"#);
        assert!(serde_json::to_string(&Rate::default()).unwrap().contains("null"));
    }

    #[test]
    fn the_lists_hold_every_variant() {
        assert!(CATEGORIES.is_sorted());
        assert!(SEVERITIES.is_sorted_by(|a, b| a > b));
    }
}
