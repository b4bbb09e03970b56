//! Drawing: the few ways the generator uses randomness.
//!
//! One ChaCha stream per township, numbered by the township: a population is the same whatever the number of
//! threads, and two seeds never share a township (adding the number to the seed would).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The generator's source of randomness: the same stream on every platform.
pub(super) type Rng = ChaCha8Rng;

/// The stream of part `ix` of a population.
pub(super) fn stream(seed: u64, ix: u64) -> Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(ix);
    rng
}

/// Whether something of probability `p` happens; probabilities above one are certain.
pub(super) fn chance(rng: &mut Rng, p: f64) -> bool {
    rng.random_bool(p.clamp(0.0, 1.0))
}

/// One of `items`, all alike.
pub(super) fn pick<T: Copy>(rng: &mut Rng, items: &[T]) -> T {
    items[rng.random_range(0..items.len())]
}

/// A whole number from `low` to `high`, both included.
pub(super) fn between(rng: &mut Rng, low: i32, high: i32) -> i32 {
    rng.random_range(low..=high.max(low))
}

/// One of `items` by its weight.
pub(super) fn weighted<T: Copy>(rng: &mut Rng, items: &[(T, u32)]) -> T {
    let total: u32 = items.iter().map(|item| item.1).sum();
    let mut left = rng.random_range(0..total);
    for &(item, weight) in items {
        if left < weight {
            return item;
        }
        left -= weight;
    }
    items[items.len() - 1].0
}

/// A weighted choice among many items, drawn by bisection.
pub(super) struct Lottery<T> {
    items: Vec<T>,
    ends: Vec<u32>,
}

impl<T: Copy> Lottery<T> {
    /// A lottery over `(item, weight)`.
    pub(super) fn new(entries: impl IntoIterator<Item = (T, u32)>) -> Self {
        let mut end = 0;
        let (items, ends) = entries
            .into_iter()
            .map(|(item, weight)| {
                end += weight;
                (item, end)
            })
            .unzip();
        Self { items, ends }
    }
    /// One item.
    pub(super) fn draw(&self, rng: &mut Rng) -> T {
        let total = self.ends.last().copied().unwrap_or(1);
        let at = rng.random_range(0..total);
        self.items[self.ends.partition_point(|&end| end <= at)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_neighbouring_seeds_differ() {
        let first: u64 = stream(1, 2).random();
        let second: u64 = stream(2, 1).random();
        assert_ne!(first, second);
        assert_eq!(first, stream(1, 2).random::<u64>());
    }

    #[test]
    fn a_lottery_keeps_its_weights() {
        let lottery = Lottery::new([("rare", 1), ("never", 0), ("common", 9)]);
        let mut rng = stream(7, 0);
        let drawn: Vec<_> = (0..10_000).map(|_| lottery.draw(&mut rng)).collect();
        let count = |word| drawn.iter().filter(|item| **item == word).count();
        assert_eq!(count("never"), 0);
        assert!((800..1200).contains(&count("rare")));
    }
}
