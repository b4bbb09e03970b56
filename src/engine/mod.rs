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
