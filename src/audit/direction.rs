//! Which system to correct when two values differ: the platform, unless witnesses speak against the reference.
//!
//! | witness | against |
//! |---|---|
//! | a rule that finds a contradiction reads the field, fires on one side and not on the other, and nothing else that it reads differs | that side's value |
//! | the same, but more that it reads differs | that side: one of the values |
//! | a rule that only asks for a visit, or for what is guaranteed, on one side and not on the other | that side: one of the values |
//! | of names and numbers: damage, records, rolls, the household ([`testimony`]) | the reference's value, or either |
//!
//! | against the reference | against the platform | correct |
//! |---|---|---|
//! | nothing | any | the platform, to the reference's value |
//! | its value | nothing | the reference, in its open window |
//! | one of its values, or either side's | nothing | after a visit: whoever obeyed might carry a problem over |
//! | anything | anything | both, after a visit |
//!
//! Where a difference tells which side to correct, it is also the cause of that side's contradiction: one correction settles both.

mod blanks;
mod testimony;

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::facts::Facts;
use super::fields::is_yearly;
use super::key::Base;
use super::reads::Readings;
use super::rolls::Evidence;
use super::settings::{Correction, LogicRule, Settings};
use super::view::NONE;
use crate::error::Result;
use crate::table::schema::field;
use crate::table::words::Value;
use crate::table::{Category, CorrectIn, Side, Words};
use crate::words;
use testimony::Testimony;

/// What speaks against the two values of a difference.
#[derive(Debug, Clone, Default)]
struct Against {
    /// What contradicts itself and only this value explains, by side: the title of the rule.
    value: [Option<String>; 2],
    /// What this value or another one explains.
    one_of_several: [Option<String>; 2],
    /// What else says that the reference is wrong.
    testimony: Option<Testimony>,
}

/// Turns differences against whose national value witnesses speak, and ties contradictions to the differences that settle them.
///
/// # Errors
/// A registry that is not what the schema promises.
pub(crate) fn decide(
    facts: &Facts<'_>,
    evidence: Evidence<'_>,
    readings: &Readings,
    drafts: &mut [Draft],
) -> Result<()> {
    let differences = Differences::of(drafts);
    let mut against: BTreeMap<usize, Against> = BTreeMap::new();
    let settled = contradictions(facts.settings, readings, drafts, &differences, &mut against);
    for (at, testimony) in testimony::all(facts, evidence, drafts)? {
        against.entry(at).or_default().testimony = Some(testimony);
    }
    for (at, against) in &against {
        turn(&mut drafts[*at], against);
    }
    let sides: BTreeMap<usize, CorrectIn> =
        settled.iter().map(|(_, at)| (*at, drafts[*at].finding.correct_in)).collect();
    for (contradiction, at) in settled {
        let side = drafts[contradiction].side;
        let corrected = match sides[&at] {
            CorrectIn::National => Some(Side::National),
            CorrectIn::Provincial => Some(Side::Provincial),
            _ => None,
        };
        if side == corrected && side.is_some() {
            settle(drafts, contradiction, at);
        }
    }
    blanks::decide(facts, drafts)
}

/// Ties a contradiction to the difference that settles it: what a visit would be asked for is then done with it.
fn settle(drafts: &mut [Draft], contradiction: usize, at: usize) {
    let (cause, corrected, title) = (drafts[at].base, drafts[at].finding.correct_in, drafts[at].finding.field.clone());
    let draft = &mut drafts[contradiction];
    if *draft.cause.get_or_insert(cause) == cause && draft.finding.correct_in == CorrectIn::Visit {
        let title = title.as_deref().and_then(field).map_or("", |field| field.title);
        draft.finding.correct_in = corrected;
        draft.finding.remedy = words!("按『{}』一条更正后随之解决，不另办理", title);
    }
}

/// Differences of fields, by the household that they are found in.
struct Differences(BTreeMap<(usize, u32), Vec<Difference>>);

/// One of them: its draft, field, and the person's rows; [`NONE`] of a household's field.
struct Difference {
    at: usize,
    field: String,
    members: [u32; 2],
    year: Option<i32>,
    base: Base,
}

impl Differences {
    fn of(drafts: &[Draft]) -> Self {
        let mut found: BTreeMap<(usize, u32), Vec<Difference>> = BTreeMap::new();
        for (at, draft) in drafts.iter().enumerate().filter(|(_, draft)| is_difference(draft)) {
            let Some(name) = read_as(draft) else { continue };
            // What does not change with the years is compared on the newest rows and has no year.
            let year = draft.finding.year.filter(|_| field(&name).is_some_and(is_yearly));
            for side in (0..2).filter(|side| draft.households[*side] != NONE) {
                found.entry((side, draft.households[side])).or_default().push(Difference {
                    at,
                    field: name.clone(),
                    members: draft.members,
                    year,
                    base: draft.base,
                });
            }
        }
        Self(found)
    }
    /// Those that a contradiction of a side may come from: of the household, and of the person where it is about one.
    fn behind<'d>(&'d self, draft: &Draft, side: Side, columns: &[&str]) -> Vec<&'d Difference> {
        let ix = side.index();
        let member = draft.members[ix];
        let is_behind = |difference: &&Difference| {
            let is_of_person = difference.members[ix] == NONE || member == NONE || difference.members[ix] == member;
            let is_of_year =
                difference.year.is_none() || draft.finding.year.is_none() || difference.year == draft.finding.year;
            is_of_person && is_of_year && columns.contains(&difference.field.as_str())
        };
        let found = self.0.get(&(ix, draft.households[ix]));
        let mut found: Vec<&Difference> = found.into_iter().flatten().filter(is_behind).collect();
        found.dedup_by_key(|difference| difference.base);
        found
    }
}

/// Both sides have a value and not the same, or the platform has none; or two households have different heads.
fn is_difference(draft: &Draft) -> bool {
    let finding = &draft.finding;
    let is_compared = finding.rule_id.starts_with("F-") || finding.rule_id == HEAD;
    finding.category == Category::Field && is_compared && finding.national_value.is_some()
}

/// Who the head is, is told by 与户主关系.
const HEAD: &str = "H-head";

/// The field that rules read where the values of a difference stand.
fn read_as(draft: &Draft) -> Option<String> {
    if draft.finding.rule_id == HEAD { Some("relation".to_owned()) } else { draft.finding.field.clone() }
}

/// Whom a contradiction is about, on both sides, and in what year.
type Whom<'d> = (&'d str, [u32; 2], [u32; 2], Option<i32>);

/// What a rule that fires on one side only says of that side's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Force {
    /// One of them is wrong: they contradict each other.
    Proof,
    /// Something is wrong with them, or with the world: only a visit tells.
    Doubt,
}

/// The rules that judge a row of either side by itself, with their titles: a change against the year before is no witness.
fn forces(settings: &Settings) -> BTreeMap<&str, (Force, &str)> {
    let judges = |rule: &&LogicRule| rule.sides.len() == Side::BOTH.len() && !rule.when.contains("prev");
    let force = |rule: &LogicRule| {
        let is_contradiction = matches!(rule.category, Category::Logic | Category::Identity);
        if is_contradiction && rule.correct_in == Correction::Itself { Force::Proof } else { Force::Doubt }
    };
    settings.logic.iter().filter(judges).map(|rule| (rule.id.as_str(), (force(rule), rule.title.as_str()))).collect()
}

/// Contradictions that only one side has, and the differences behind them. Returned: contradiction and the one difference behind it.
fn contradictions(
    settings: &Settings,
    readings: &Readings,
    drafts: &[Draft],
    differences: &Differences,
    against: &mut BTreeMap<usize, Against>,
) -> Vec<(usize, usize)> {
    let forces = forces(settings);
    let whom = |draft: &'_ Draft| (draft.members, draft.households, draft.finding.year);
    let mut fired: BTreeSet<(Side, Whom<'_>)> = BTreeSet::new();
    let contradictions =
        || drafts.iter().enumerate().filter(|(_, draft)| forces.contains_key(draft.finding.rule_id.as_str()));
    for (_, draft) in contradictions() {
        let (members, households, year) = whom(draft);
        fired.extend(draft.side.map(|side| (side, (draft.finding.rule_id.as_str(), members, households, year))));
    }
    let mut settled = Vec::new();
    for (at, draft) in contradictions() {
        let (Some(side), Some(reading)) = (draft.side, readings.get(&draft.finding.rule_id)) else { continue };
        let (members, households, year) = whom(draft);
        let rule = draft.finding.rule_id.as_str();
        let of_both = fired.contains(&(side.other(), (rule, members, households, year)));
        let columns: Vec<&str> = reading.columns().collect();
        let behind = differences.behind(draft, side, &columns);
        let (ix, (force, title)) = (side.index(), forces[rule]);
        for difference in &behind {
            let reported = draft.finding.field.as_deref() == Some(difference.field.as_str()) && force == Force::Proof;
            let entry = against.entry(difference.at).or_default();
            let list = match force == Force::Proof && (behind.len() == 1 || reported) {
                _ if of_both && !reported => continue,
                true => &mut entry.value,
                false => &mut entry.one_of_several,
            };
            list[ix].get_or_insert_with(|| title.to_owned());
        }
        let reported =
            behind.iter().find(|difference| draft.finding.field.as_deref() == Some(difference.field.as_str()));
        let only = if behind.len() == 1 { behind.first() } else { reported };
        settled.extend(only.filter(|_| !of_both || reported.is_some()).map(|difference| (at, difference.at)));
    }
    settled
}

/// Decides one difference by what speaks against its values.
fn turn(draft: &mut Draft, against: &Against) {
    let [national, provincial] = &against.value;
    let several = against.one_of_several[0].as_deref();
    let has_value = draft.finding.provincial_value.is_some();
    // What may be wrong on either side is the platform's where its own row says so.
    let testimony = against.testimony.filter(|testimony| provincial.is_none() || !testimony.is_doubt());
    match (national, provincial, &testimony) {
        (Some(_), Some(_), _) => turn_to_visit(draft, "两个系统的值都不合逻辑".into()),
        (None, Some(_), Some(_)) => turn_to_visit(draft, "两个系统的值各有疑点".into()),
        (Some(rule), None, _) if has_value => {
            turn_to_national(draft, &words!("不合逻辑（{}）", Value::Configured(rule)));
        }
        (Some(rule), None, _) => {
            let why = words!("国办系统的值不合逻辑（{}），省办平台未填", Value::Configured(rule));
            turn_to_visit(draft, why);
        }
        (None, None, Some(testimony)) if testimony.is_doubt() => turn_to_visit(draft, testimony.words()),
        (None, None, Some(testimony)) if has_value => turn_to_national(draft, &testimony.words()),
        (None, None, _) => {
            if let Some(rule) = several {
                turn_to_visit(draft, words!("按国办系统的值改会出现新的问题（{}）", Value::Configured(rule)));
            }
        }
        (None, Some(_), None) => {}
    }
}

fn turn_to_national(draft: &mut Draft, why: &Words) {
    let finding = &mut draft.finding;
    let [national, provincial] = [&finding.national_value, &finding.provincial_value].map(printed);
    finding.correct_in = CorrectIn::National;
    finding.remedy = words!(
        "国办系统“{}”{}，省办平台“{}”合理：核实后在国办系统窗口期改为“{}”",
        national,
        why,
        &provincial,
        &provincial
    );
}

fn turn_to_visit(draft: &mut Draft, why: Words) {
    draft.finding.correct_in = CorrectIn::Visit;
    draft.finding.remedy = words!("{}：入户核实后，两个系统都按实际更正", why);
}

fn printed(value: &Option<Words>) -> Value<'_> {
    value.as_ref().map_or("".into(), Value::from)
}
