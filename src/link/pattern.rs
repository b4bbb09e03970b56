//! How a pair agreed on everything at once.
//!
//! A [`Pattern`] packs one level per comparison, four bits each: 0 is *not observed*, 1 the best level. Pairs with one
//! pattern have one weight, and a registry has a few hundred patterns however many pairs it makes; so a model is fitted and
//! applied to [`PatternCounts`], integers that merge exactly in any order.

use std::collections::BTreeMap;

const BITS: usize = 4;
/// Comparisons that fit.
pub const MAX_COMPARISONS: usize = 64 / BITS;
/// Levels that fit, without *not observed*.
pub const MAX_LEVELS: usize = (1 << BITS) - 1;

/// The levels of one pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pattern(u64);

impl Pattern {
    /// The same pattern with the level (1 the best) of one comparison that had none.
    #[must_use]
    pub fn with(self, comparison: usize, level: u8) -> Self {
        Self(self.0 | u64::from(level) << (BITS * comparison))
    }
    /// The level of one comparison: 0 not observed, 1 the best.
    pub fn level(self, comparison: usize) -> u8 {
        ((self.0 >> (BITS * comparison)) & MAX_LEVELS as u64) as u8
    }
}

/// How many compared pairs had each pattern.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PatternCounts(BTreeMap<Pattern, u64>);

impl PatternCounts {
    /// Counts one pair.
    pub fn add(&mut self, pattern: Pattern) {
        *self.0.entry(pattern).or_default() += 1;
    }
    /// Adds another count.
    pub fn merge(&mut self, other: Self) {
        for (pattern, pairs) in other.0 {
            *self.0.entry(pattern).or_default() += pairs;
        }
    }
    /// Every pattern and its pairs, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (Pattern, u64)> {
        self.0.iter().map(|(pattern, pairs)| (*pattern, *pairs))
    }
    /// Pairs counted.
    pub fn pairs(&self) -> u64 {
        self.0.values().sum()
    }
}

impl FromIterator<(Pattern, u64)> for PatternCounts {
    fn from_iter<I: IntoIterator<Item = (Pattern, u64)>>(counts: I) -> Self {
        Self(counts.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_back() {
        let pattern = Pattern::default().with(0, 15).with(3, 7).with(15, 1);
        assert_eq!([0, 1, 3, 15].map(|comparison| pattern.level(comparison)), [15, 0, 7, 1]);
    }

    #[test]
    fn counts_merge() {
        let (one, two) = (Pattern::default().with(0, 1), Pattern::default().with(0, 2));
        let mut left = PatternCounts::default();
        left.add(one);
        left.add(two);
        let mut right = PatternCounts::default();
        right.add(two);
        left.merge(right);
        assert_eq!(left.iter().collect::<Vec<_>>(), [(one, 1), (two, 2)]);
        assert_eq!(left.pairs(), 3);
    }
}
