//! Which findings belong to one household, and where that household lives.
//!
//! A finding may know its household by the national number, by the provincial one, or by both. The two are one
//! household when linking says so, so that a village sees one block per household whatever the side a rule looked at.

use std::collections::HashMap;

use polars::prelude::*;

use crate::emit::Outcome;
use crate::table::{Finding, HouseholdLink, Registry};

/// Who a block of rows is about. Ordered for worklists: national numbers first, then provincial, then people without
/// any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum HouseholdKey<'a> {
    /// A household of the national system, and whatever is linked to it.
    National(&'a str),
    /// A household only the provincial platform has.
    Provincial(&'a str),
    /// No number: the head's or the person's name keeps its findings together.
    Named(&'a str),
    /// The village or the registry as a whole.
    Nobody,
}

impl<'a> HouseholdKey<'a> {
    /// Its number; empty without one.
    pub(crate) const fn number(self) -> &'a str {
        match self {
            Self::National(no) | Self::Provincial(no) => no,
            Self::Named(_) | Self::Nobody => "",
        }
    }
}

/// Looks households up by number.
pub(crate) struct Households<'a> {
    national_of: HashMap<&'a str, &'a str>,
    hamlets: [HashMap<&'a str, &'a str>; 2],
}

impl<'a> Households<'a> {
    /// Of all households of an outcome.
    pub(crate) fn of(outcome: &Outcome<'a>) -> Self {
        Self { national_of: national_of(outcome), hamlets: outcome.registries.map(hamlets) }
    }

    /// The household a finding belongs to.
    pub(crate) fn key(&self, finding: &'a Finding) -> HouseholdKey<'a> {
        let provincial = finding.provincial_household_no.as_deref();
        let linked = || provincial.and_then(|no| self.national_of.get(no).copied());
        if let Some(national) = finding.national_household_no.as_deref().or_else(linked) {
            return HouseholdKey::National(national);
        }
        let name = finding.head_name.as_deref().or(finding.name.as_deref());
        provincial.map_or(name.map_or(HouseholdKey::Nobody, HouseholdKey::Named), HouseholdKey::Provincial)
    }

    /// 组 or 自然村 of a household, when an export tells.
    pub(crate) fn hamlet(&self, key: HouseholdKey<'_>, findings: &[&Finding]) -> Option<&'a str> {
        let [national, provincial] = &self.hamlets;
        let by_key = match key {
            HouseholdKey::National(no) => national.get(no),
            HouseholdKey::Provincial(no) => provincial.get(no),
            HouseholdKey::Named(_) | HouseholdKey::Nobody => None,
        };
        let mut numbers = findings.iter().filter_map(|finding| finding.provincial_household_no.as_deref());
        by_key.or_else(|| numbers.find_map(|no| provincial.get(no))).copied()
    }
}

/// Provincial number → national number: of several links the one that shares most members, then the first.
fn national_of<'a>(outcome: &Outcome<'a>) -> HashMap<&'a str, &'a str> {
    let [left, right] = outcome.registries.map(|registry| strings(&registry.households, "household_no"));
    let (Some(left), Some(right)) = (left, right) else { return HashMap::new() };
    let mut links: Vec<&HouseholdLink> = outcome.linkage.households.iter().collect();
    links.sort_by_key(|link| (std::cmp::Reverse(link.shared_members), link.left));
    let mut national_of = HashMap::with_capacity(links.len());
    for link in links {
        if let (Some(national), Some(provincial)) = (left.get(link.left as usize), right.get(link.right as usize)) {
            national_of.entry(provincial).or_insert(national);
        }
    }
    national_of
}

fn hamlets(registry: &Registry) -> HashMap<&str, &str> {
    let columns = strings(&registry.households, "household_no").zip(strings(&registry.households, "hamlet"));
    let rows = columns.into_iter().flat_map(|(numbers, hamlets)| numbers.iter().zip(hamlets.iter()));
    rows.filter_map(|(number, hamlet)| number.zip(hamlet)).collect()
}

fn strings<'a>(frame: &'a DataFrame, name: &str) -> Option<&'a StringChunked> {
    frame.column(name).ok()?.str().ok()
}

/// Sorts `第2组` before `第10组`, and `二组` before `十组`; what has no number comes last, by its text.
pub(crate) fn hamlet_order(hamlet: Option<&str>) -> (u32, &str) {
    let hamlet = hamlet.unwrap_or("");
    let digits: String = hamlet.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let number = digits.parse().ok().or_else(|| chinese_number(hamlet));
    (number.unwrap_or(u32::MAX), hamlet)
}

/// The first number below 100 written in characters: 三, 十, 十二, 二十, 二十三.
fn chinese_number(text: &str) -> Option<u32> {
    const DIGITS: &str = "一二三四五六七八九十";
    let digits = text.chars().map(|c| DIGITS.chars().position(|digit| digit == c));
    let run: Vec<u32> = digits.skip_while(Option::is_none).map_while(|digit| u32::try_from(digit? + 1).ok()).collect();
    match *run.as_slice() {
        [] => None,
        [digit] => Some(digit),
        [10, unit] => Some(10 + unit),
        [tens, 10] => Some(tens * 10),
        [tens, 10, unit] => Some(tens * 10 + unit),
        [digit, ..] => Some(digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hamlets_sort_by_number() {
        let mut hamlets = ["十组", "第2组", "老庄", "二十三组", "10组", "一组", "十二组"];
        hamlets.sort_by_key(|hamlet| hamlet_order(Some(hamlet)));
        assert_eq!(hamlets, ["一组", "第2组", "10组", "十组", "十二组", "二十三组", "老庄"]);
    }
}
