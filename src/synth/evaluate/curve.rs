//! Precision and recall at every threshold: what would be matched if the weight alone decided.
//!
//! In: the weight of every pair taken, and of every true one the weight of its best pair. Out: one point for each whole
//! number of bits from [`LOWEST`] to [`HIGHEST`].

use serde::Serialize;

use super::{Rate, Score};

/// First threshold, bits.
const LOWEST: i32 = -10;
/// Last threshold, bits.
const HIGHEST: i32 = 40;
const POINTS: usize = (HIGHEST - LOWEST + 1) as usize;

/// The score when every pair of at least so many bits counts as a match.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Threshold on `match_weight_bits`.
    pub bits: i32,
    /// Precision and recall at it.
    #[serde(flatten)]
    pub score: Score,
    /// Their harmonic mean.
    pub f1: Option<f64>,
}

/// Counts by the highest threshold that a pair reaches.
#[derive(Clone)]
pub(super) struct Counter {
    pairs: [u64; POINTS],
    right: [u64; POINTS],
    found: [u64; POINTS],
}

impl Counter {
    pub(super) const fn new() -> Self {
        Self { pairs: [0; POINTS], right: [0; POINTS], found: [0; POINTS] }
    }
    /// A pair, and whether it is a true one.
    pub(super) fn pair(&mut self, bits: f64, is_right: bool) {
        if let Some(point) = point(bits) {
            self.pairs[point] += 1;
            self.right[point] += u64::from(is_right);
        }
    }
    /// A person (or true pair) whose best true pair weighs so much.
    pub(super) fn found(&mut self, bits: f64) {
        if let Some(point) = point(bits) {
            self.found[point] += 1;
        }
    }
    /// The curve, of so many persons (or pairs) there are to find.
    pub(super) fn points(&self, of: u64) -> Vec<CurvePoint> {
        let (mut precision, mut recall) = (Rate::default(), Rate { count: 0, of });
        let mut points = Vec::with_capacity(POINTS);
        for point in (0..POINTS).rev() {
            precision.count += self.right[point];
            precision.of += self.pairs[point];
            recall.count += self.found[point];
            let score = Score { precision, recall };
            points.push(CurvePoint { bits: LOWEST + point as i32, score, f1: score.f1() });
        }
        points.reverse();
        points
    }
}

/// The highest threshold reached; `None` below all.
fn point(bits: f64) -> Option<usize> {
    let reached = bits.min(f64::from(HIGHEST)).floor() - f64::from(LOWEST);
    (reached >= 0.0).then_some(reached as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_counts_up_to_its_own_weight() {
        for (bits, expected) in [(-10.5, None), (-10.0, Some(0)), (0.0, Some(10)), (0.9, Some(10)), (99.0, Some(50))] {
            assert_eq!(point(bits), expected, "{bits}");
        }
        let mut counter = Counter::new();
        counter.pair(12.5, true);
        counter.pair(3.0, false);
        counter.found(12.5);
        let points = counter.points(2);
        assert_eq!((points.len(), points[0].bits, points[50].bits), (51, -10, 40));
        let at = |bits: i32| {
            let Score { precision, recall } = points[(bits - LOWEST) as usize].score;
            [precision.count, precision.of, recall.count, recall.of]
        };
        assert_eq!((at(3), at(4), at(12), at(13)), ([1, 2, 1, 2], [1, 1, 1, 2], [1, 1, 1, 2], [0, 0, 0, 2]));
        assert_eq!((points[13].f1, points[50].f1), (Some(0.5), None));
    }
}
