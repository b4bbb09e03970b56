//! Decided pairs → the [`Linkage`] that other stages read: reasons in words, households, fates, counts.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::table::linkage::{Fate, RuleCount};
use crate::table::{Decision, Linkage, MemberLink};

use super::household::{self, Bond};
use super::model::{Context, Weights, probability};
use super::movement;
use super::pattern::Pattern;
use super::quality::calibration::Calibration;
use super::resolve::{Decided, Resolution};
use super::settings::Settings;

/// A level that speaks for or against a link by less is not mentioned.
const MENTIONED_BITS: f64 = 1.0;
/// The reason of a person's decision.
pub(crate) const RULED_WORDS: &str = "人工判定为同一人";

/// The result in the shared form.
pub(crate) fn linkage(resolution: &Resolution, calibration: &Calibration, settings: &Settings) -> Linkage {
    let names = rule_names(settings);
    let mut words = Words { resolution, settings, known: FxHashMap::default() };
    let shared: Vec<Arc<str>> = names.iter().map(|name| Arc::from(name.as_str())).collect();
    let members: Vec<MemberLink> = resolution
        .decided
        .iter()
        .map(|decided| member_link(resolution, calibration, &shared, &mut words, decided))
        .collect();
    let matches: Vec<(u32, u32, f64)> = members
        .iter()
        .filter(|link| link.decision == Decision::Match)
        .map(|link| (link.left, link.right, link.match_prob))
        .collect();
    let households = household::relations(&resolution.records, &matches);
    let fates = [0, 1].map(|side| fates(resolution, &members, side));
    Linkage {
        movements: movement::movements(&resolution.records, &members, &households, &fates),
        households,
        fates,
        not_compared: [Vec::new(), Vec::new()],
        duplicates: resolution.duplicates.clone(),
        rules: rule_counts(resolution, settings, names),
        members,
    }
}

fn member_link(
    resolution: &Resolution,
    calibration: &Calibration,
    rules: &[Arc<str>],
    words: &mut Words<'_>,
    decided: &Decided,
) -> MemberLink {
    let weight_bits = resolution.weight_bits(decided);
    MemberLink {
        left: decided.pair.left,
        right: decided.pair.right,
        decision: decided.decision,
        reason: words.reason(decided),
        match_prob: match decided.context {
            _ if decided.ruled => 1.0,
            Context::Strangers => calibration.probability(weight_bits),
            Context::Household { .. } => probability(weight_bits),
        },
        weight_bits,
        rule: rules[usize::from(decided.pair.rule)].clone(),
    }
}

/// Reasons, each told once: a registry has a few hundred.
struct Words<'a> {
    resolution: &'a Resolution,
    settings: &'a Settings,
    known: FxHashMap<(Pattern, Why), Arc<str>>,
}

/// What a reason depends on beside the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Why {
    decision: Decision,
    ruled: bool,
    contested: bool,
    at_home: bool,
    by_number: bool,
}

impl Words<'_> {
    fn reason(&mut self, decided: &Decided) -> Arc<str> {
        let Decided { pair, decision, contested, ruled, .. } = *decided;
        let at_home = matches!(decided.context, Context::Household { .. });
        let by_number = at_home && self.resolution.bond(pair.left, pair.right) == Some(Bond::Number);
        let why = Why { decision, ruled, contested, at_home, by_number };
        if let Some(reason) = self.known.get(&(pair.pattern, why)) {
            return reason.clone();
        }
        let reason: Arc<str> = reason(self.resolution, self.settings, decided, why).into();
        self.known.insert((pair.pattern, why), reason.clone());
        reason
    }
}

/// Why, for staff: what agrees; what does not.
fn reason(resolution: &Resolution, settings: &Settings, decided: &Decided, why: Why) -> String {
    if why.ruled {
        return RULED_WORDS.to_owned();
    }
    if why.decision == Decision::Conflict {
        return settings.identity.as_ref().map_or_else(String::new, |identity| identity.conflict_words.clone());
    }
    let household = settings.household.as_ref().filter(|_| why.at_home);
    let words =
        household.map(|household| if why.by_number { &household.number_words } else { &household.member_words });
    let mut reason = agreement_words(
        &resolution.weights,
        settings,
        decided.context,
        decided.pair.pattern,
        words.map(String::as_str),
    );
    if why.contested {
        reason.push_str("；另有条件相近的人员");
    }
    reason
}

/// What agrees, and `further` words for the link; what does not.
pub(crate) fn agreement_words(
    weights: &Weights,
    settings: &Settings,
    context: Context,
    pattern: Pattern,
    further: Option<&str>,
) -> String {
    let Agreement { mut speaks_for, speaks_against } = agreement(weights, settings, context, pattern);
    speaks_for.extend(further);
    let reason = speaks_for.join("，");
    if speaks_against.is_empty() { reason } else { format!("{reason}；{}", speaks_against.join("，")) }
}

struct Agreement<'a> {
    speaks_for: Vec<&'a str>,
    speaks_against: Vec<&'a str>,
}

fn agreement<'a>(weights: &Weights, settings: &'a Settings, context: Context, pattern: Pattern) -> Agreement<'a> {
    let mut agreement = Agreement { speaks_for: Vec::new(), speaks_against: Vec::new() };
    for (at, comparison) in settings.comparison.iter().enumerate() {
        let level = pattern.level(at);
        if level == 0 {
            continue;
        }
        let words = comparison.levels[usize::from(level) - 1].words.as_str();
        let bits = weights.level_bits(context, at, level);
        if bits >= MENTIONED_BITS {
            agreement.speaks_for.push(words);
        } else if bits <= -MENTIONED_BITS {
            agreement.speaks_against.push(words);
        }
    }
    agreement
}

/// What became of every row of a side: the strongest thing that happened to it.
fn fates(resolution: &Resolution, members: &[MemberLink], side: usize) -> Vec<Fate> {
    let mut fates = vec![Fate::OnlyHere; resolution.records.heights[side]];
    for link in members {
        let row = [link.left, link.right][side] as usize;
        let fate = match link.decision {
            Decision::Match => Fate::Linked,
            Decision::Conflict => Fate::Conflict,
            Decision::Review => Fate::Review,
        };
        fates[row] = stronger(fates[row], fate);
    }
    for (duplicate, _) in &resolution.duplicates[side] {
        fates[*duplicate as usize] = Fate::Duplicate;
    }
    fates
}

pub(crate) fn stronger(a: Fate, b: Fate) -> Fate {
    let order = [Fate::Duplicate, Fate::Linked, Fate::Conflict, Fate::Review, Fate::OnlyHere];
    order.into_iter().find(|fate| *fate == a || *fate == b).unwrap_or(a)
}

/// Names by rule number: the deciding identifier, the blocking rules, linked households.
pub(crate) fn rule_names(settings: &Settings) -> Vec<String> {
    let identity = settings.identity.as_ref().map_or_else(String::new, |identity| identity.rule.clone());
    let blocking = settings.blocking.iter().map(|rule| rule.name.clone());
    let household = settings.household.as_ref().map(|household| household.rule.clone());
    std::iter::once(identity).chain(blocking).chain(household).collect()
}

fn rule_counts(resolution: &Resolution, settings: &Settings, names: Vec<String>) -> Vec<RuleCount> {
    let mut links = vec![0_u64; names.len()];
    for decided in resolution.decided.iter().filter(|decided| decided.decision == Decision::Match) {
        links[usize::from(decided.pair.rule)] += 1;
    }
    let skip = usize::from(settings.identity.is_none());
    let counts = names.into_iter().zip(&resolution.made).zip(links).skip(skip);
    counts.map(|((rule, &(pairs, skipped_pairs)), links)| RuleCount { rule, pairs, skipped_pairs, links }).collect()
}
