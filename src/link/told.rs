//! What was found in one table → [`Clusters`]: numbers, links in words, fates, counts.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::table::linkage::{Fate, RuleCount};
use crate::table::{Decision, Linkage, MemberLink};

use super::column::NONE;
use super::compare::Pair;
use super::decide::{RULED_WORDS, agreement_words, rule_names, stronger};
use super::dedupe::{Clusters, Findings, Word};
use super::model::{Context, probability};
use super::pattern::Pattern;
use super::quality::Quality;

/// The result as other stages read it.
pub(crate) fn tell(findings: &Findings<'_>) -> Clusters {
    let cluster = numbers(findings);
    let members = links(findings, &cluster);
    let duplicates = duplicates(findings);
    let fates = fates(&cluster, &members, &duplicates);
    let rules = rule_counts(findings, &members);
    Clusters {
        people_listed_twice: [findings.clusters.len(), findings.clusters.iter().map(Vec::len).sum()],
        linkage: Linkage {
            members: members.into_iter().map(|(link, _)| link).collect(),
            households: Vec::new(),
            movements: Vec::new(),
            duplicates: [duplicates, Vec::new()],
            fates: [fates, Vec::new()],
            not_compared: [Vec::new(), Vec::new()],
            rules,
        },
        model: findings.model.clone(),
        quality: Quality::default(),
        cluster,
    }
}

/// The number of each row's cluster, in order of first rows.
fn numbers(findings: &Findings<'_>) -> Vec<u32> {
    let mut first: Vec<u32> = (0..findings.records.heights[0] as u32).collect();
    for cluster in &findings.clusters {
        cluster.iter().for_each(|row| first[*row as usize] = cluster[0]);
    }
    let mut next = 0;
    let mut number_of_first = vec![NONE; first.len()];
    for row in first.iter_mut() {
        let number = &mut number_of_first[*row as usize];
        if *number == NONE {
            *number = next;
            next += 1;
        }
        *row = *number;
    }
    first
}

/// Pairs inside clusters that hold them together, conflicts, and pairs between clusters that a person must decide; each with
/// the number of its rule.
fn links(findings: &Findings<'_>, cluster: &[u32]) -> Vec<(MemberLink, u16)> {
    let names = rule_names(findings.settings);
    let rules: Vec<Arc<str>> = names.iter().map(|name| Arc::from(name.as_str())).collect();
    let mut reasons = Reasons { findings, told: FxHashMap::default() };
    let mut links = Vec::new();
    for pair in &findings.pairs {
        let word = findings.known.get(&pair.rows()).copied();
        let weight_bits = findings.scale.weight_bits(&findings.records, pair);
        let inside = cluster[pair.left as usize] == cluster[pair.right as usize];
        let is_likely = weight_bits >= findings.settings.thresholds.review_bits;
        let Some(decision) = decision(word, inside, is_likely) else { continue };
        let link = MemberLink {
            left: pair.left,
            right: pair.right,
            decision,
            reason: reasons.of(pair, word),
            match_prob: if word == Some(Word::RuledOne) { 1.0 } else { probability(weight_bits) },
            weight_bits,
            rule: rules[usize::from(pair.rule)].clone(),
        };
        links.push((link, pair.rule));
    }
    links
}

fn decision(word: Option<Word>, inside: bool, is_likely: bool) -> Option<Decision> {
    match word {
        Some(Word::RuledTwo) => None,
        Some(Word::Conflict) => Some(Decision::Conflict),
        Some(Word::RuledOne | Word::OneNumber) if inside => Some(Decision::Match),
        Some(Word::Brothers | Word::OneNumber) => Some(Decision::Review),
        _ if !is_likely => None,
        _ => Some(if inside { Decision::Match } else { Decision::Review }),
    }
}

/// Reasons, each told once.
struct Reasons<'a> {
    findings: &'a Findings<'a>,
    told: FxHashMap<(Pattern, Option<Word>, bool), Arc<str>>,
}

impl Reasons<'_> {
    fn of(&mut self, pair: &Pair, word: Option<Word>) -> Arc<str> {
        let Findings { settings, records, scale, .. } = self.findings;
        let context = scale.context(records, pair);
        let at_home = matches!(context, Context::Household { .. });
        let tell = || match (word, &settings.identity) {
            (Some(Word::RuledOne), _) => RULED_WORDS.into(),
            (Some(Word::Conflict), Some(identity)) => identity.conflict_words.as_str().into(),
            _ => agreement_words(&scale.weights, settings, context, pair.pattern, None).into(),
        };
        self.told.entry((pair.pattern, word, at_home)).or_insert_with(tell).clone()
    }
}

/// Of every cluster all rows but the fullest, with the fullest: sorted.
fn duplicates(findings: &Findings<'_>) -> Vec<(u32, u32)> {
    let records = &findings.records;
    let fullest_first = |row: &u32| (std::cmp::Reverse(records.observed((0, *row))), records.order((0, *row)));
    let mut duplicates = Vec::new();
    for cluster in &findings.clusters {
        let Some(&kept) = cluster.iter().min_by_key(|row| fullest_first(row)) else { continue };
        duplicates.extend(cluster.iter().filter(|row| **row != kept).map(|row| (*row, kept)));
    }
    duplicates.sort_unstable();
    duplicates
}

/// What became of every row: the strongest thing that happened to it. Nobody is linked to another side.
fn fates(cluster: &[u32], links: &[(MemberLink, u16)], duplicates: &[(u32, u32)]) -> Vec<Fate> {
    let mut fates = vec![Fate::OnlyHere; cluster.len()];
    for (link, _) in links {
        let fate = match link.decision {
            Decision::Match => continue,
            Decision::Conflict => Fate::Conflict,
            Decision::Review => Fate::Review,
        };
        for row in [link.left, link.right] {
            fates[row as usize] = stronger(fates[row as usize], fate);
        }
    }
    duplicates.iter().for_each(|(duplicate, _)| fates[*duplicate as usize] = Fate::Duplicate);
    fates
}

fn rule_counts(findings: &Findings<'_>, links: &[(MemberLink, u16)]) -> Vec<RuleCount> {
    let names = rule_names(findings.settings);
    let mut matches = vec![0_u64; names.len()];
    for (_, rule) in links.iter().filter(|(link, _)| link.decision == Decision::Match) {
        matches[usize::from(*rule)] += 1;
    }
    let skip = usize::from(findings.settings.identity.is_none());
    let counts = names.into_iter().zip(&findings.made).zip(matches).skip(skip);
    counts.map(|((rule, &(pairs, skipped_pairs)), links)| RuleCount { rule, pairs, skipped_pairs, links }).collect()
}
