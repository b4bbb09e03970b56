//! The built-in rules: one file each, listed once in [`BUILT_IN`].
//!
//! A rule is data (its page) and one function over one kind of subject. Codes never change their meaning:
//! `P-` presence, `I-` identity, `D-` duplicates, `H-` household shape, `B-` benefits, `O-` outcomes. Field rules
//! (`F-`) are made from the schema, logic rules (`L-`) come from TOML.

pub(crate) mod benefit_amount;
pub(crate) mod benefit_beneficiary;
pub(crate) mod benefit_duplicate;
pub(crate) mod benefit_exclusive;
pub(crate) mod benefit_extra;
pub(crate) mod benefit_missing;
pub(crate) mod benefit_range;
pub(crate) mod benefit_time;
pub(crate) mod benefit_year;
mod duplicate_identifier;
mod duplicate_person;
pub(crate) mod exit_doubtful;
mod head_differs;
mod household_merged;
mod household_missing;
mod household_number;
mod household_split;
mod identifier_conflict;
mod identifier_damaged;
mod identifier_masked;
mod identifier_written;
pub(crate) mod label_unknown;
mod member_left;
mod member_missing;
mod member_moved;
pub(crate) mod outcome_missing;
pub(crate) mod outcome_stray;
mod pair_undecided;
mod person_number;
pub(crate) mod roll_amount;
pub(crate) mod roll_extra;
pub(crate) mod roll_insider;
pub(crate) mod roll_missing;
pub(crate) mod roll_outsider;
mod value_unread;
pub(crate) mod village_renamed;
pub(crate) mod year_missing;

use super::draft::RuleHead;
use super::facts::Facts;
use super::page::Page;
use super::reads::Reads;
use super::sink::Sink;
use crate::table::{Category, HouseholdLink, MemberLink, Severity, Side};

/// Every built-in rule, sorted by id.
pub(crate) static BUILT_IN: &[&Rule] = &[
    &benefit_amount::RULE,
    &benefit_beneficiary::RULE,
    &benefit_duplicate::RULE,
    &benefit_exclusive::RULE,
    &benefit_extra::RULE,
    &benefit_missing::RULE,
    &benefit_range::RULE,
    &benefit_time::RULE,
    &benefit_year::RULE,
    &duplicate_identifier::RULE,
    &duplicate_person::RULE,
    &head_differs::RULE,
    &household_number::RULE,
    &household_merged::RULE,
    &member_moved::RULE,
    &person_number::RULE,
    &household_split::RULE,
    &village_renamed::RULE,
    &identifier_conflict::RULE,
    &identifier_damaged::RULE,
    &label_unknown::RULE,
    &identifier_masked::RULE,
    &value_unread::RULE,
    &identifier_written::RULE,
    &outcome_missing::RULE,
    &outcome_stray::RULE,
    &household_missing::RULE,
    &member_left::RULE,
    &member_missing::RULE,
    &pair_undecided::RULE,
    &year_missing::RULE,
    &roll_amount::RULE,
    &roll_extra::RULE,
    &roll_missing::RULE,
    &exit_doubtful::RULE,
    &roll_insider::RULE,
    &roll_outsider::RULE,
];

/// One built-in rule: its page, and how it runs.
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) category: Category,
    pub(crate) severity: Severity,
    pub(crate) what: &'static str,
    pub(crate) why: &'static str,
    pub(crate) example: &'static str,
    pub(crate) remedy: &'static str,
    pub(crate) check: Check,
    /// Why the rule cannot be evaluated on this run; `None` when it can.
    pub(crate) obstacle: fn(&Facts<'_>) -> Option<String>,
    /// What it cannot do without.
    pub(crate) reads: Reads,
}

/// On what a rule runs. Functions on one subject say whether it was one for the rule to judge.
pub(crate) enum Check {
    /// Each registry as a whole; gives how many subjects were judged.
    Registry(fn(&Facts<'_>, Side, &mut Sink) -> u64),
    /// One registry as a whole, for rules about the shape of one side.
    OneRegistry(Side, fn(&Facts<'_>, &mut Sink) -> u64),
    /// Each household of each side.
    Household(fn(&Facts<'_>, Side, u32, &mut Sink) -> bool),
    /// Each person of each side.
    Member(fn(&Facts<'_>, Side, u32, &mut Sink) -> bool),
    /// Each decided pair of people.
    MemberLink(fn(&Facts<'_>, &MemberLink, &mut Sink) -> bool),
    /// Each compared pair of households.
    HouseholdPair(fn(&Facts<'_>, &HouseholdLink, &mut Sink) -> bool),
    /// People of each earlier data year, by `years`.
    Years,
    /// Departments' rolls, by `rolls`.
    Rolls,
    /// The findings of other rules, by `doubts`.
    Follows,
    /// Benefit records of both sides, by the benefit matcher.
    Benefits,
    /// Measures against outcomes, by the outcome matcher.
    Outcomes,
}

impl Rule {
    /// What its findings carry.
    pub(crate) const fn head(&self) -> RuleHead<'static> {
        RuleHead { id: self.id, category: self.category, severity: self.severity }
    }
    /// The registries on which it is reported; `[None]` for rules over pairs.
    pub(crate) const fn runs(&self) -> &'static [Option<Side>] {
        match self.check {
            Check::Registry(_) | Check::Household(_) | Check::Member(_) => {
                &[Some(Side::National), Some(Side::Provincial)]
            }
            Check::MemberLink(_)
            | Check::HouseholdPair(_)
            | Check::Years
            | Check::Rolls
            | Check::Follows
            | Check::Benefits => &[None],
            Check::OneRegistry(Side::National, _) => &[Some(Side::National)],
            Check::OneRegistry(Side::Provincial, _) | Check::Outcomes => &[Some(Side::Provincial)],
        }
    }
    /// On what it is judged, in words.
    const fn scope(&self) -> &'static str {
        match self.check {
            Check::Registry(_) | Check::OneRegistry(..) => "系统",
            Check::Household(_) | Check::HouseholdPair(_) => "户",
            Check::Follows => "户·年度",
            Check::Member(_) | Check::MemberLink(_) => "人",
            Check::Years => "人·年度",
            Check::Rolls | Check::Benefits | Check::Outcomes => "措施·年度",
        }
    }
    /// Its page.
    pub(crate) fn page(&self) -> Page {
        Page {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            category: self.category,
            severity: self.severity,
            what: self.what.to_owned(),
            why: self.why.to_owned(),
            example: self.example.to_owned(),
            remedy: self.remedy.to_owned(),
            scope: self.scope().to_owned(),
            ..Page::default()
        }
    }
}

/// For rules that can always be evaluated.
pub(crate) fn no_obstacle(_: &Facts<'_>) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted() {
        let ids: Vec<_> = BUILT_IN.iter().map(|rule| rule.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }

    #[test]
    fn pages_are_complete() {
        for rule in BUILT_IN {
            for text in [rule.title, rule.what, rule.why, rule.example, rule.remedy] {
                assert!(!text.trim().is_empty() && !text.contains("TODO"), "{}", rule.id);
            }
            let (letter, name) = rule.id.split_once('-').expect("a code is a letter and a name");
            assert!("PIDHBORS".contains(letter) && !name.is_empty(), "{}", rule.id);
        }
    }
}
