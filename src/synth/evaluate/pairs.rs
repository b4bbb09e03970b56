//! Any truth at all: a CSV of pairs, `left` and `right`, each the `person_no` of a record as the run published it.
//!
//! Links between two tables are held against them pair by pair. A run over one table publishes `clusters` instead of
//! links; then every two records of one cluster are a pair, and which of them is left does not matter.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::curve::Counter;
use super::links::{bits, bits_column, cell, read_table, text_column};
use super::people::Words;
use super::{Evaluation, Rate, Score, Truth, unreadable};
use crate::error::Result;

/// Whether a truth file is one of pairs.
pub(super) fn are_in(truth: &Path) -> Result<bool> {
    let shown = truth.display().to_string();
    let mut reader = csv::Reader::from_path(truth).map_err(|cause| unreadable(&shown, &cause))?;
    let header = reader.headers().map_err(|cause| unreadable(&shown, &cause))?;
    Ok(["left", "right"].iter().all(|name| header.iter().any(|column| column == *name)))
}

/// Judges what a run published in `data`.
pub(super) fn judge(data: &Path, truth: &Path) -> Result<Evaluation> {
    let clusters = data.join("clusters.parquet");
    let mut evaluation = match clusters.exists() {
        true => judge_clusters(&clusters, truth)?,
        false => judge_links(&data.join("member_links.parquet"), truth)?,
    };
    evaluation.members_f1 = evaluation.members.f1();
    Ok(evaluation)
}

fn judge_links(links: &Path, truth: &Path) -> Result<Evaluation> {
    let mut pairs = Pairs::read(truth)?;
    let (table, path) = (read_table(links)?, links.display().to_string());
    let [decision, left, right] =
        ["decision", "national_person_no", "provincial_person_no"].map(|name| text_column(&table, &path, name));
    let (decision, left, right, weight) = (decision?, left?, right?, bits_column(&table, &path)?);
    let mut evaluation = Evaluation::default();
    let mut counter = Counter::new();
    for at in 0..table.height() {
        let (left, right) = (cell(&left, at), cell(&right, at));
        if left.is_empty() || right.is_empty() {
            evaluation.unknown_places += 1;
            continue;
        }
        pairs.judge([left, right], cell(&decision, at), bits(&weight, at), &mut evaluation, &mut counter);
    }
    pairs.recall(&mut evaluation, counter);
    Ok(evaluation)
}

/// The true pairs.
#[derive(Default)]
struct Pairs {
    keys: [Words; 2],
    found: FxHashMap<(u32, u32), Found>,
}

/// What became of one.
#[derive(Clone, Copy)]
struct Found {
    is_matched: bool,
    best_bits: f64,
}

impl Pairs {
    fn read(truth: &Path) -> Result<Self> {
        let mut pairs = Self::default();
        each_pair(truth, |left, right| {
            let pair = (pairs.keys[0].number(left), pairs.keys[1].number(right));
            pairs.found.insert(pair, Found { is_matched: false, best_bits: f64::NEG_INFINITY });
        })?;
        Ok(pairs)
    }

    fn judge(
        &mut self,
        [left, right]: [&str; 2],
        decision: &str,
        bits: f64,
        evaluation: &mut Evaluation,
        counter: &mut Counter,
    ) {
        let pair = self.keys[0].known(left).zip(self.keys[1].known(right));
        let found = pair.and_then(|pair| self.found.get_mut(&pair));
        let rate = match decision {
            "match" => &mut evaluation.members.precision,
            "conflict" => return evaluation.conflict.add(found.is_some()),
            _ => &mut evaluation.review,
        };
        rate.add(found.is_some());
        counter.pair(bits, found.is_some());
        if let Some(found) = found {
            found.is_matched |= decision == "match";
            found.best_bits = found.best_bits.max(bits);
        }
    }

    fn recall(self, evaluation: &mut Evaluation, mut counter: Counter) {
        let found: Vec<Found> = self.found.into_values().collect();
        for Found { is_matched, best_bits } in &found {
            evaluation.members.recall.add(*is_matched);
            counter.found(*best_bits);
        }
        evaluation.curve = counter.points(found.len() as u64);
    }
}

fn judge_clusters(clusters: &Path, truth: &Path) -> Result<Evaluation> {
    let (table, path) = (read_table(clusters)?, clusters.display().to_string());
    let (cluster, person) = (text_column(&table, &path, "cluster")?, text_column(&table, &path, "person_no")?);
    let mut evaluation = Evaluation::default();
    let mut cluster_of: FxHashMap<&str, &str> = FxHashMap::default();
    let mut sizes: FxHashMap<&str, u64> = FxHashMap::default();
    for at in 0..table.height() {
        let (person, cluster) = (cell(&person, at), cell(&cluster, at));
        if person.is_empty() {
            evaluation.unknown_places += 1;
            continue;
        }
        *sizes.entry(cluster).or_default() += 1;
        cluster_of.entry(person).or_insert(cluster);
    }
    let recall = together(truth, &cluster_of)?;
    let pairs = sizes.values().map(|size| size * (size - 1) / 2).sum();
    evaluation.members = Score { precision: Rate { count: recall.count, of: pairs }, recall };
    Ok(evaluation)
}

/// Of the true pairs, either way round and each once, those in one cluster.
fn together(truth: &Path, cluster_of: &FxHashMap<&str, &str>) -> Result<Rate> {
    let mut rate = Rate::default();
    let mut seen: FxHashSet<(String, String)> = FxHashSet::default();
    each_pair(truth, |a, b| {
        let (first, second) = (a.min(b), a.max(b));
        if first != second && seen.insert((first.to_owned(), second.to_owned())) {
            rate.add(cluster_of.get(first).zip(cluster_of.get(second)).is_some_and(|(a, b)| a == b));
        }
    })?;
    Ok(rate)
}

fn each_pair(truth: &Path, mut each: impl FnMut(&str, &str)) -> Result<()> {
    Truth::open(truth, &["left", "right"], &[])?.each(|[left, right]: [&str; 2]| each(left, right))
}
