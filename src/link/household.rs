//! Households: which are one on both sides, what that makes possible, and how they relate in the end.
//!
//! Two households are *linked* when they share a decided member, when they hold one trustworthy identifier (even under
//! two names: somebody pasted it, but inside the family), or when they carry one household number and a member of each has a
//! compatible name. Linked households are an associative blocking rule that needs no field to agree: all their undecided
//! members are compared, under the model's household context. What links the households of a pair must be somebody *else*:
//! a pair never vouches for itself.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::table::linkage::{HouseholdLink, Relation};

use super::column::{NONE, Sides};
use super::identity::Names;
use super::model::{HouseholdPriors, odds_bits, probability};
use super::records::Records;

/// The members of every household of one side.
pub(crate) struct Homes {
    /// Start of each household's rows, and the end of the last.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Homes {
    /// The homes of some rows; those without a household live nowhere.
    pub(crate) fn of(household_of: &[u32], rows: impl Iterator<Item = u32> + Clone) -> Self {
        let living = rows.filter(|row| household_of[*row as usize] != NONE);
        let households = living.clone().map(|row| household_of[row as usize] as usize + 1).max().unwrap_or(0);
        let mut starts = vec![0_u32; households + 1];
        living.clone().for_each(|row| starts[household_of[row as usize] as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[households] as usize];
        for row in living {
            let place = &mut next[household_of[row as usize] as usize];
            rows[*place as usize] = row;
            *place += 1;
        }
        Self { starts, rows }
    }
    /// The rows of a household, in order.
    pub(crate) fn members(&self, household: u32) -> &[u32] {
        let at = household as usize;
        match (self.starts.get(at), self.starts.get(at.saturating_add(1))) {
            (Some(start), Some(end)) => &self.rows[*start as usize..*end as usize],
            _ => &[],
        }
    }
    /// Members of a household; 0 of none.
    pub(crate) fn size(&self, household: u32) -> usize {
        self.members(household).len()
    }
    /// Pairs of members of one household.
    pub(crate) fn pairs(&self) -> f64 {
        self.sizes().map(|size| size * (size - 1.0) / 2.0).sum()
    }
    /// Relatives that a member has on average.
    pub(crate) fn relatives_per_member(&self) -> f64 {
        let members: f64 = self.sizes().sum();
        if members == 0.0 { 0.0 } else { 2.0 * self.pairs() / members }
    }
    fn sizes(&self) -> impl Iterator<Item = f64> {
        self.starts.windows(2).map(|bounds| f64::from(bounds[1] - bounds[0]))
    }
}

/// Household pairs that are taken as one, (left household, right household), and why. Only households that both have
/// somebody undecided are kept: the others need no help.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Linked(FxHashMap<(u32, u32), Support>);

/// What links two households.
#[derive(Debug, Clone, Default, PartialEq)]
struct Support {
    number: bool,
    /// Pairs of members decided to be one person, sorted.
    pairs: Vec<(u32, u32)>,
    /// Pairs that hold one identifier: one of the two families' numbers, whosever it is.
    kin: Vec<(u32, u32)>,
}

/// How the households of a pair are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bond {
    /// Several other members are.
    Members,
    /// One other member is.
    OneMember,
    /// They carry one number.
    Number,
}

impl Bond {
    const ALL: [Self; 3] = [Self::Members, Self::OneMember, Self::Number];
    fn prior(self, priors: &mut HouseholdPriors) -> &mut f64 {
        match self {
            Self::Members => &mut priors.members,
            Self::OneMember => &mut priors.one_member,
            Self::Number => &mut priors.number,
        }
    }
}

impl Linked {
    /// How the households of two members are linked, leaving out what the two themselves contribute.
    pub(crate) fn bond(&self, records: &Records, left: u32, right: u32) -> Option<Bond> {
        let support = self.0.get(&of_pair(&records.family, left, right)?)?;
        let others = support.pairs.iter().filter(|pair| pair.0 != left && pair.1 != right);
        let kin = support.kin.iter().filter(|pair| **pair != (left, right));
        match others.chain(kin).count() {
            0 => support.number.then_some(Bond::Number),
            1 => Some(Bond::OneMember),
            _ => Some(Bond::Members),
        }
    }
    /// Links the households of decided members.
    pub(crate) fn add_members(
        &mut self,
        records: &Records,
        open: &Sides<Homes>,
        pairs: impl Iterator<Item = (u32, u32)>,
    ) {
        for pair in pairs {
            let Some(support) = self.support(records, open, pair) else { continue };
            if let Err(place) = support.pairs.binary_search(&pair) {
                support.pairs.insert(place, pair);
            }
        }
    }
    /// Links the households of two people who hold one identifier and are not, or may not be, one.
    pub(crate) fn add_kin(&mut self, records: &Records, open: &Sides<Homes>, pairs: impl Iterator<Item = (u32, u32)>) {
        for pair in pairs {
            if let Some(support) = self.support(records, open, pair) {
                support.kin.push(pair);
            }
        }
    }
    fn support(&mut self, records: &Records, open: &Sides<Homes>, pair: (u32, u32)) -> Option<&mut Support> {
        let households = of_pair(&records.family, pair.0, pair.1)?;
        let somebody = open[0].size(households.0) > 0 && open[1].size(households.1) > 0;
        somebody.then(|| self.0.entry(households).or_default())
    }
    /// Links households with one number in which undecided members have compatible names.
    pub(crate) fn add_numbers(&mut self, records: &Records, names: &Names, pool: &Sides<Vec<u32>>) {
        let numbered = |side: usize| grouped(&records.household_no[side], &pool[side]);
        let right = numbered(1);
        for (number, left_rows) in numbered(0) {
            for &l in &left_rows {
                let compatible = |r: &&u32| names.are_compatible(records, (0, l), (1, **r));
                for &r in right.get(&number).into_iter().flatten().filter(compatible) {
                    if let Some(households) = of_pair(&records.family, l, r) {
                        self.0.entry(households).or_default().number = true;
                    }
                }
            }
        }
    }
    /// Undecided members of linked households, each left one with each right one; pairs that share an identifier excepted,
    /// because that already decided about them. Sorted.
    pub(crate) fn member_pairs(&self, records: &Records, open: &Sides<Homes>) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        let mut linked: Vec<&(u32, u32)> = self.0.keys().collect();
        linked.sort_unstable();
        for (left_household, right_household) in linked {
            for &left in open[0].members(*left_household) {
                let key = records.identity[0][left as usize];
                let apart = |right: &&u32| key == NONE || records.identity[1][**right as usize] != key;
                pairs.extend(open[1].members(*right_household).iter().filter(apart).map(|right| (left, *right)));
            }
        }
        pairs.sort_unstable();
        pairs
    }
}

/// The households of a pair of members; `None` when one of them has none.
fn of_pair(household: &Sides<Vec<u32>>, left: u32, right: u32) -> Option<(u32, u32)> {
    let (left, right) = (household[0][left as usize], household[1][right as usize]);
    (left != NONE && right != NONE).then_some((left, right))
}

fn grouped(group_of: &[u32], rows: &[u32]) -> BTreeMap<u32, Vec<u32>> {
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &row in rows.iter().filter(|row| group_of[**row as usize] != NONE) {
        groups.entry(group_of[row as usize]).or_default().push(row);
    }
    groups
}

/// What a pair of undecided members of linked households is weighed by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Relatives {
    pub(crate) bond: Bond,
    /// Among how many members without a partner the partner is sought.
    pub(crate) open: u32,
    /// The same before the household decided about any of them.
    pub(crate) at_first: u32,
    /// Σ log2(m / w) of the pair.
    pub(crate) kin_bits: f64,
    /// Whether neither of the two has a partner by evidence of their own.
    pub(crate) undecided: bool,
}

/// No household makes a pair of its members one person by itself.
const MOST_CERTAIN: f64 = 0.9;
/// Rounds of the estimation, and the pairs that the stated prior counts as.
const ROUNDS: usize = 30;
const STATED_PAIRS: f64 = 10.0;

impl Relatives {
    /// Log2 odds before looking at the fields: the prior of the bond, shared among those who may be meant.
    pub(crate) fn prior_bits(&self, priors: HouseholdPriors) -> f64 {
        self.shared_prior_bits(priors, self.open)
    }
    fn shared_prior_bits(&self, mut priors: HouseholdPriors, among: u32) -> f64 {
        odds_bits((*self.bond.prior(&mut priors) / f64::from(among.max(1))).min(MOST_CERTAIN))
    }
}

/// How likely open members of linked households are one person, estimated from what their fields say: EM with everything
/// but the priors held fast.
pub(crate) fn fit_priors(stated: HouseholdPriors, pairs: &[Relatives]) -> HouseholdPriors {
    let mut priors = stated;
    for _ in 0..ROUNDS {
        let mut next = stated;
        for bond in Bond::ALL {
            let prior = bond.prior(&mut next);
            let (mut matches, mut chances) = (STATED_PAIRS * *prior, STATED_PAIRS);
            for pair in pairs.iter().filter(|pair| pair.bond == bond && pair.undecided) {
                matches += probability(pair.shared_prior_bits(priors, pair.at_first) + pair.kin_bits);
                chances += 1.0 / f64::from(pair.at_first.max(1));
            }
            *prior = (matches / chances).clamp(0.01, 0.99);
        }
        priors = next;
    }
    priors
}

/// How households relate, by the members they share: `(left row, right row, probability)` of each match. Sorted.
///
/// | the left household's members are in | the right household's come from | relation |
/// |---|---|---|
/// | one right household | one left household | same |
/// | several | one | split |
/// | one | several | merge |
/// | several | several | partial |
///
/// Members who joined or left are linked to nobody and change nothing.
pub(crate) fn relations(records: &Records, matches: &[(u32, u32, f64)]) -> Vec<HouseholdLink> {
    let mut shared: BTreeMap<(u32, u32), (u32, f64)> = BTreeMap::new();
    for &(left, right, match_prob) in matches {
        if let Some(pair) = of_pair(&records.household, left, right) {
            let (members, doubt) = shared.entry(pair).or_insert((0, 1.0));
            *members += 1;
            *doubt *= 1.0 - match_prob;
        }
    }
    let (mut partners_of_left, mut partners_of_right) = (BTreeMap::new(), BTreeMap::new());
    for (left, right) in shared.keys() {
        *partners_of_left.entry(*left).or_insert(0_u32) += 1;
        *partners_of_right.entry(*right).or_insert(0_u32) += 1;
    }
    let relation = |left, right| match (partners_of_left[&left] > 1, partners_of_right[&right] > 1) {
        (false, false) => Relation::Same,
        (true, false) => Relation::Split,
        (false, true) => Relation::Merge,
        (true, true) => Relation::Partial,
    };
    let links = shared.into_iter().map(|((left, right), (shared_members, doubt))| HouseholdLink {
        left,
        right,
        relation: relation(left, right),
        shared_members,
        match_prob: 1.0 - doubt,
    });
    links.collect()
}
