//! Calibration: what share of pairs of a given weight really is one person.
//!
//! People who share a trustworthy identifier are one; two with different ones are two. So the identifier is hidden, a sample
//! of such people goes through the blocking rules and the comparison as if nobody had one, and weights are held against what
//! is known (linkage by identifier as truth). Strangers are sampled; each counts for those left out. The shares by bands of
//! weight, made monotone (pool adjacent violators, Ayer et al. 1955) and steadied by the model's own expectation, give the
//! probability that is printed. It holds for pairs weighed as strangers; between linked households the model's own is printed.

use polars::prelude::DataFrame;
use rustc_hash::FxHashMap;

use crate::engine::Engine;
use crate::error::Result;

use super::{Reliability, recall, wilson};
use crate::link::block::Blocks;
use crate::link::column::{self, Sides};
use crate::link::key::KeyColumns;
use crate::link::model::{Context, odds_bits, probability};
use crate::link::resolve::Resolution;
use crate::link::settings::{BlockingRule, Kind, Settings};

/// People of the left, and of the right beside their partners, that are looked at.
const LEFT_RECORDS: usize = 4_000;
const RIGHT_RECORDS: usize = 40_000;
/// Bands of the reliability table, in bits.
const BANDS: &[f64] = &[-30.0, -10.0, -5.0, 0.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 20.0, 30.0, 80.0];
/// Pairs that the model's expectation counts as, in a band of one bit.
const MODEL_PAIRS: f64 = 4.0;

/// Weight → calibrated weight; monotone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibration {
    /// `(weight, calibrated)` in bits, rising in both.
    points: Vec<(f64, f64)>,
}

/// A pair with its weight as if no identifier were known.
struct Weighed {
    bits: f64,
    same: bool,
    /// How many pairs it stands for.
    stands_for: f64,
    stratum: Option<u32>,
}

impl Calibration {
    /// No correction.
    pub(crate) fn none() -> Self {
        Self { points: Vec::new() }
    }
    /// The calibrated probability of a weight.
    pub(crate) fn probability(&self, bits: f64) -> f64 {
        probability(self.bits(bits))
    }
    /// Between two points a line, beyond them the correction of the last.
    fn bits(&self, bits: f64) -> f64 {
        let after = self.points.partition_point(|point| point.0 <= bits);
        match (after.checked_sub(1).map(|at| self.points[at]), self.points.get(after)) {
            (Some(low), Some(high)) => low.1 + (high.1 - low.1) * (bits - low.0) / (high.0 - low.0),
            (Some(last), None) => last.1 + (bits - last.0),
            (None, Some(first)) => first.1 + (bits - first.0),
            (None, None) => bits,
        }
    }
    /// From bands of one bit: the observed share, steadied by the model, made monotone.
    fn fit(pairs: &[Weighed]) -> Self {
        let mut bands: std::collections::BTreeMap<i64, (f64, f64)> = std::collections::BTreeMap::new();
        for pair in pairs {
            let band = bands.entry(pair.bits.floor() as i64).or_default();
            band.0 += if pair.same { pair.stands_for } else { 0.0 };
            band.1 += pair.stands_for;
        }
        let mut pooled: Vec<Pool> = Vec::new();
        for (band, (same, all)) in bands {
            let middle = band as f64 + 0.5;
            let expected = probability(middle);
            pooled.push(Pool {
                same: same + MODEL_PAIRS * expected,
                all: all + MODEL_PAIRS,
                first: middle,
                last: middle,
            });
            while let [.., before, last] = &mut pooled[..]
                && before.share() >= last.share()
            {
                *before = Pool {
                    same: before.same + last.same,
                    all: before.all + last.all,
                    first: before.first,
                    last: last.last,
                };
                pooled.pop();
            }
        }
        let ends = pooled.iter().flat_map(|pool| {
            let bits = odds_bits(pool.share().clamp(1e-12, 1.0 - 1e-12));
            let one = pool.first == pool.last;
            std::iter::once((pool.first, bits)).chain((!one).then_some((pool.last, bits)))
        });
        Self { points: ends.collect() }
    }
}

/// Neighbouring bands with one share.
struct Pool {
    same: f64,
    all: f64,
    first: f64,
    last: f64,
}

impl Pool {
    fn share(&self) -> f64 {
        self.same / self.all
    }
}

/// The calibration and the reliability table.
pub(super) fn calibrate(
    resolution: &Resolution,
    frames: Sides<&DataFrame>,
    settings: &Settings,
    engine: Engine,
) -> Result<(Calibration, Vec<Reliability>)> {
    let (names, pairs) = weigh_known(resolution, frames, settings, engine)?;
    let mut table = reliability(None, &pairs.iter().collect::<Vec<_>>());
    for (at, name) in (0_u32..).zip(&names) {
        let own: Vec<&Weighed> = pairs.iter().filter(|pair| pair.stratum == Some(at)).collect();
        table.extend(reliability(Some(name), &own));
    }
    Ok((Calibration::fit(&pairs), table))
}

/// Candidate pairs of a sample of identified people, weighed without their identifier; and the names of the strata.
fn weigh_known(
    resolution: &Resolution,
    frames: Sides<&DataFrame>,
    settings: &Settings,
    engine: Engine,
) -> Result<(Vec<String>, Vec<Weighed>)> {
    let records = &resolution.records;
    let Some(hidden) = settings.comparison.iter().position(|comparison| comparison.kind == Kind::NationalId) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let partner: FxHashMap<u32, u32> = resolution.sure.iter().copied().collect();
    let left = records.sample(0, resolution.sure.iter().map(|pair| pair.0), LEFT_RECORDS);
    let mut right = records.sample(1, resolution.sure.iter().map(|pair| pair.1), RIGHT_RECORDS);
    let share = right.len() as f64 / resolution.sure.len().max(1) as f64;
    right.extend(left.iter().map(|row| partner[row]));
    right.sort_unstable();
    right.dedup();
    let mut left = left;
    left.sort_unstable();
    let pool = [left, right];

    let rules: Vec<BlockingRule> =
        settings.blocking.iter().filter(|rule| !recall::reads_identifier(settings, rule)).cloned().collect();
    let columns = KeyColumns::read(frames, &pool, &rules)?;
    let blocks: Vec<Blocks> = rules.iter().map(|rule| Blocks::make(&columns, rule)).collect();
    let (names, stratum_of) = strata(frames[0], settings, &pool[0])?;
    let weigh = |at: usize| -> Vec<Weighed> {
        let mut memos = records.memos();
        let slices = blocks[at].parts(usize::MAX).into_iter().flatten();
        let mut weighed = Vec::new();
        for (l, r) in slices.flat_map(|slice| blocks[at].pairs(&slice).collect::<Vec<_>>()) {
            if blocks[..at].iter().any(|earlier| earlier.makes(l, r)) {
                continue;
            }
            let (left, right) = (pool[0][l as usize], pool[1][r as usize]);
            let pattern = records.pattern_without(hidden, (0, left), (1, right), &mut memos);
            let frequency_bits = resolution.frequencies.bits(records.cells((0, left)), records.cells((1, right)));
            let same = partner[&left] == right;
            weighed.push(Weighed {
                bits: resolution.weights.weight_bits(Context::Strangers, pattern, frequency_bits),
                same,
                stands_for: if same { 1.0 } else { 1.0 / share },
                stratum: stratum_of[l as usize],
            });
        }
        weighed
    };
    let rules = 0..blocks.len();
    let weighed = match engine {
        Engine::Serial => rules.flat_map(weigh).collect(),
        Engine::Pool => {
            use rayon::prelude::*;
            rules.into_par_iter().flat_map_iter(weigh).collect()
        }
    };
    Ok((names, weighed))
}

/// The values of the stratum column, sorted, and the number of each row's.
fn strata(frame: &DataFrame, settings: &Settings, rows: &[u32]) -> Result<(Vec<String>, Vec<Option<u32>>)> {
    let texts = match &settings.stratum {
        Some(name) => column::text_of(frame, name, rows)?,
        None => None,
    };
    let Some(texts) = texts else { return Ok((Vec::new(), vec![None; rows.len()])) };
    let mut names: Vec<String> = texts.iter().flatten().map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    let number = |text: &str| names.binary_search_by(|name| name.as_str().cmp(text)).ok().map(|at| at as u32);
    let numbers = texts.iter().map(|text| text.and_then(number)).collect();
    Ok((names, numbers))
}

fn reliability(stratum: Option<&String>, pairs: &[&Weighed]) -> Vec<Reliability> {
    let bands = BANDS.windows(2).map(|band| {
        let inside: Vec<&&Weighed> = pairs.iter().filter(|pair| band[0] <= pair.bits && pair.bits < band[1]).collect();
        let all: f64 = inside.iter().map(|pair| pair.stands_for).sum();
        let observed = inside.iter().filter(|pair| pair.same).count() as f64;
        let (low, high) = wilson(observed, all);
        Reliability {
            stratum: stratum.cloned(),
            from_bits: band[0],
            to_bits: band[1],
            pairs: all,
            expected: inside.iter().map(|pair| pair.stands_for * probability(pair.bits)).sum(),
            observed,
            low,
            high,
        }
    });
    bands.filter(|band| band.pairs > 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighed(bits: f64, same: u32, other: u32) -> Vec<Weighed> {
        let pair = |same| Weighed { bits, same, stands_for: 1.0, stratum: None };
        (0..same).map(|_| pair(true)).chain((0..other).map(|_| pair(false))).collect()
    }

    #[test]
    fn without_data_the_model_stands() {
        assert_eq!(Calibration::none().probability(3.0), probability(3.0));
    }

    #[test]
    fn an_overconfident_model_is_corrected() {
        // 10 bits say 1023 in 1024; 900 of 1000 are.
        let mut pairs = weighed(10.5, 900, 100);
        pairs.extend(weighed(20.5, 1000, 0));
        pairs.extend(weighed(-5.5, 5, 995));
        let calibration = Calibration::fit(&pairs);
        assert!((calibration.probability(10.5) - 0.9).abs() < 0.01);
        assert!(calibration.probability(20.5) > 0.995);
        assert!((calibration.probability(-5.5) - 0.005).abs() < 0.002);
        let rising: Vec<f64> = (-20..40).map(|bits| calibration.probability(f64::from(bits))).collect();
        assert!(rising.is_sorted());
    }

    #[test]
    fn violators_are_pooled() {
        let mut pairs = weighed(5.5, 90, 10);
        pairs.extend(weighed(6.5, 50, 50));
        pairs.extend(weighed(7.5, 99, 1));
        let calibration = Calibration::fit(&pairs);
        assert!((calibration.probability(5.5) - 0.7).abs() < 0.02);
        assert!((calibration.probability(6.5) - 0.7).abs() < 0.02);
        assert!(calibration.probability(7.5) > 0.95);
    }

    #[test]
    fn strangers_stand_for_those_left_out() {
        let mut pairs = weighed(3.5, 100, 10);
        pairs.iter_mut().filter(|pair| !pair.same).for_each(|pair| pair.stands_for = 10.0);
        let table = reliability(None, &pairs.iter().collect::<Vec<_>>());
        assert_eq!((table.len(), table[0].pairs, table[0].observed), (1, 200.0, 100.0));
        assert_eq!((table[0].from_bits, table[0].to_bits), (2.0, 4.0));
    }
}
