//! The seam between what a stage computes and who runs it.
//!
//! A [`Stage`] turns parts into partials and merges partials into a whole. The contract, each line tested:
//!
//! 1. *pure*: a partial depends on the stage's settings and its part only;
//! 2. *complete*: a part carries all it needs; small global facts (a model, value frequencies) travel in the stage;
//! 3. *mergeable*: any split and any order of parts give the same whole. Counts are integers; floats are computed
//!    after the merge, in sorted order;
//! 4. *disjoint*: a pair, a household, a finding has one owner;
//! 5. *bounded*: a part declares its cost, and a huge one becomes several;
//! 6. *fallible*: `run` returns a `Result`.
//!
//! [`Engine::Pool`] runs parts on rayon's threads and returns partials in part order; [`Engine::Serial`] is its
//! slow twin. Another engine (spilling to disk, a cluster) needs nothing else from a stage.

use rayon::prelude::*;

use crate::error::Result;

/// Work that is done part by part.
pub trait Stage: Sync {
    /// What one run works on.
    type Part: Send;
    /// What one run gives.
    type Partial: Send;
    /// What all partials merge to.
    type Whole;
    /// Computes one part.
    fn run(&self, part: Self::Part) -> Result<Self::Partial>;
    /// Merges partials, given in part order; the result must not depend on how the work was split.
    fn merge(&self, partials: Vec<Self::Partial>) -> Result<Self::Whole>;
}

/// Who runs the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// One after the other.
    Serial,
    /// On rayon's current pool, results in part order.
    #[default]
    Pool,
}

impl Engine {
    /// Runs every part and merges the partials. The first error, in part order, wins.
    pub fn map_merge<S: Stage>(self, stage: &S, parts: Vec<S::Part>) -> Result<S::Whole> {
        let partials: Result<Vec<S::Partial>> = match self {
            Self::Serial => parts.into_iter().map(|part| stage.run(part)).collect(),
            Self::Pool => {
                let results: Vec<Result<S::Partial>> = parts.into_par_iter().map(|part| stage.run(part)).collect();
                results.into_iter().collect()
            }
        };
        stage.merge(partials?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::say;
    use proptest::prelude::*;

    /// Sums and lists its numbers; refuses negative ones.
    struct Sum;

    impl Stage for Sum {
        type Part = Vec<i64>;
        type Partial = (i64, Vec<i64>);
        type Whole = (i64, Vec<i64>);
        fn run(&self, part: Vec<i64>) -> Result<Self::Partial> {
            match part.iter().find(|number| **number < 0) {
                Some(number) => Err(Error::internal(say!("{number}", "{number}"))),
                None => Ok((part.iter().sum(), part)),
            }
        }
        fn merge(&self, partials: Vec<Self::Partial>) -> Result<Self::Whole> {
            let sum = partials.iter().map(|partial| partial.0).sum();
            Ok((sum, partials.into_iter().flat_map(|partial| partial.1).collect()))
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn engines_and_splits_agree(numbers in prop::collection::vec(0..1000_i64, 0..200), size in 1..50_usize) {
            let parts = |size: usize| numbers.chunks(size).map(<[i64]>::to_vec).collect::<Vec<_>>();
            let whole = Engine::Serial.map_merge(&Sum, parts(usize::MAX)).expect("no negative number");
            for engine in [Engine::Serial, Engine::Pool] {
                prop_assert_eq!(&engine.map_merge(&Sum, parts(size)).expect("no negative number"), &whole);
            }
        }
    }

    #[test]
    fn the_first_error_in_part_order_wins() {
        for engine in [Engine::Serial, Engine::Pool] {
            let parts = (0..64).map(|part| vec![if part >= 5 { -part } else { part }]).collect();
            let error = engine.map_merge(&Sum, parts).expect_err("parts 5 to 63 fail");
            assert_eq!(error.to_string(), "-5");
        }
    }

    #[test]
    fn nothing_merges_to_nothing() {
        assert_eq!(Engine::Pool.map_merge(&Sum, Vec::new()).expect("no part fails"), (0, Vec::new()));
    }
}
