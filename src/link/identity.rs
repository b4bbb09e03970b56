//! What an equal, trustworthy identifier settles by itself.
//!
//! | on | names | is |
//! |---|---|---|
//! | one side | compatible | a duplicate: one row stands for both |
//! | both sides, once on each | compatible, and nobody at home bears the name better | a sure link; both rows leave the pool |
//! | both sides | conflicting | a conflict: two people, one number; a link only where their households are one by others |
//! | both sides, each on the other of two people of one household | exchanged | sure links by name: the numbers changed places |
//! | both sides | anything else | a candidate like any other |
//!
//! The last case is a number that several rows of one side carry (pasted from a relative), or a name that is missing or only
//! half agrees: the assignment decides. Among brothers a name with one other character is another person's, so such a name
//! makes no duplicate within a household, and no sure link where the partner's household has somebody of the very name.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use super::column::NONE;
use super::compare::Pair;
use super::household::Homes;
use super::records::{Records, level_mask};
use super::settings::Settings;

/// The names that equal identifiers must not contradict.
pub(crate) struct Names {
    comparison: usize,
    compatible: u16,
    conflicting: u16,
    /// Compatible levels that two members of one household reach more often than one person does.
    brotherly: u16,
}

/// Pairs with equal identifiers, sorted out.
#[derive(Default)]
pub(crate) struct Settled {
    /// Taken at once.
    pub(crate) sure: Vec<Pair>,
    /// Left to the assignment.
    pub(crate) open: Vec<Pair>,
    /// Two people.
    pub(crate) conflicts: Vec<Pair>,
    /// Those of `open` that are brothers or one person: of one family in any case.
    pub(crate) kin: Vec<Pair>,
}

impl Names {
    /// From settings; `None` when no identifier decides.
    pub(crate) fn of(settings: &Settings) -> Option<Self> {
        let identity = settings.identity.as_ref()?;
        let comparison = settings.comparison(&identity.name)?;
        let mask = |levels: &[String]| level_mask(settings, comparison, levels);
        let levels = &settings.comparison[comparison].levels;
        let brotherly = levels.iter().filter(|level| level.u_within.unwrap_or(level.u) > level.m);
        let brotherly: Vec<String> = brotherly.map(|level| level.level.clone()).collect();
        let (compatible, conflicting) = (mask(&identity.compatible), mask(&identity.conflicting));
        Some(Self { comparison, compatible, conflicting, brotherly: mask(&brotherly) & compatible })
    }
    /// Whether two records of one side are one person's, by their names.
    pub(crate) fn are_one(&self, records: &Records, side: usize, a: u32, b: u32) -> bool {
        let household = |row: u32| records.family[side][row as usize];
        let at_home = household(a) != NONE && household(a) == household(b);
        let levels = if at_home { self.compatible & !self.brotherly } else { self.compatible };
        levels >> records.level(self.comparison, (side, a), (side, b)) & 1 == 1
    }
    /// Whether the names of a compared pair are two people's.
    pub(crate) fn is_conflicting(&self, pair: &Pair) -> bool {
        self.conflicting >> pair.pattern.level(self.comparison) & 1 == 1
    }
    /// Whether the names of two records, of any side, are two people's.
    pub(crate) fn contradict(&self, records: &Records, a: (usize, u32), b: (usize, u32)) -> bool {
        self.conflicting >> records.level(self.comparison, a, b) & 1 == 1
    }
    /// Whether two records, of any side, may be one person by their names.
    pub(crate) fn are_compatible(&self, records: &Records, a: (usize, u32), b: (usize, u32)) -> bool {
        self.compatible >> records.level(self.comparison, a, b) & 1 == 1
    }
}

/// Rows of one side that are another row's person: `(duplicate, kept)`, sorted. Kept is the row that fits the partner on the
/// other side best: among whose relatives the partner's relatives are, then on whatever else agrees; then the fullest one.
pub(crate) fn duplicates(records: &Records, homes: &[Homes; 2], names: &Names, side: usize) -> Vec<(u32, u32)> {
    let key = |row: &u32| records.identity[side][*row as usize];
    let mut rows: Vec<u32> = identified(records, side).collect();
    rows.sort_unstable_by_key(key);
    let repeated: FxHashSet<u32> =
        rows.chunk_by(|a, b| key(a) == key(b)).filter(|group| group.len() > 1).map(|group| key(&group[0])).collect();
    let mut partners: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for row in identified(records, 1 - side) {
        let key = records.identity[1 - side][row as usize];
        if repeated.contains(&key) {
            partners.entry(key).or_default().push(row);
        }
    }
    let fit = |row: u32| {
        let partners = partners.get(&key(&row)).into_iter().flatten();
        let relatives = |partner: u32| shared_relatives(records, homes, (side, row), (1 - side, partner));
        let agreements = |partner: u32| records.agreements((side, row), (1 - side, partner));
        partners.map(|partner| (relatives(*partner), agreements(*partner))).max()
    };
    let merit = |row: u32| (Reverse(fit(row)), Reverse(records.observed((side, row))), records.order((side, row)));
    let mut duplicates = Vec::new();
    for group in rows.chunk_by_mut(|a, b| key(a) == key(b)).filter(|group| group.len() > 1) {
        group.sort_by_cached_key(|row| merit(*row));
        let mut kept: Vec<u32> = Vec::new();
        for &mut row in group {
            match kept.iter().find(|other| names.are_one(records, side, row, **other)) {
                Some(&other) => duplicates.push((row, other)),
                None => kept.push(row),
            }
        }
    }
    duplicates.sort_unstable();
    duplicates
}

/// How many people of one household have the number of somebody of the other's.
fn shared_relatives(records: &Records, homes: &[Homes; 2], a: (usize, u32), b: (usize, u32)) -> usize {
    let numbers = |(side, row): (usize, u32)| {
        let family = homes[side].members(records.family[side][row as usize]).iter();
        let others = family.filter(move |other| **other != row);
        others.map(move |other| records.identity[side][*other as usize]).filter(|key| *key != NONE)
    };
    let theirs: FxHashSet<u32> = numbers(b).collect();
    numbers(a).filter(|key| theirs.contains(key)).count()
}

/// Pairs of the given rows with equal identifiers.
pub(crate) fn pairs(records: &Records, rows: &[Vec<u32>; 2]) -> Vec<(u32, u32)> {
    let by_key = |side: usize| {
        let keyed = rows[side].iter().map(|row| (records.identity[side][*row as usize], *row));
        let mut keyed: Vec<(u32, u32)> = keyed.filter(|(key, _)| *key != NONE).collect();
        keyed.sort_unstable();
        keyed
    };
    let (left, right) = (by_key(0), by_key(1));
    let mut start = 0;
    let mut pairs = Vec::with_capacity(left.len().min(right.len()));
    for &(key, row) in &left {
        start += right[start..].iter().take_while(|other| other.0 < key).count();
        pairs.extend(right[start..].iter().take_while(|other| other.0 == key).map(|other| (row, other.1)));
    }
    pairs
}

/// Sorts out pairs with equal identifiers.
pub(crate) fn settle(records: &Records, homes: &[Homes; 2], names: &Names, pairs: Vec<Pair>) -> Settled {
    let keys = 1 + pairs.iter().map(|pair| records.identity[0][pair.left as usize]).max().unwrap_or(0) as usize;
    let mut pairs_of_key = vec![0_u32; keys];
    let key = |pair: &Pair| records.identity[0][pair.left as usize] as usize;
    pairs.iter().for_each(|pair| pairs_of_key[key(pair)] += 1);
    let mut settled = Settled::default();
    for pair in pairs {
        let level = pair.pattern.level(names.comparison);
        let is_brotherly = names.brotherly >> level & 1 == 1;
        let list = if names.is_conflicting(&pair) {
            &mut settled.conflicts
        } else if names.compatible >> level & 1 == 0 || pairs_of_key[key(&pair)] > 1 {
            &mut settled.open
        } else if is_brotherly && the_very_name_is_at_home(records, homes, names, &pair) {
            settled.kin.push(pair);
            &mut settled.open
        } else {
            &mut settled.sure
        };
        list.push(pair);
    }
    settled
}

/// People of two households whose numbers changed places: A's number stands beside B's name on the other side, and B's beside A's.
/// Pairs by name, sorted.
pub(crate) fn crossed(records: &Records, homes: &[Homes; 2], names: &Names, pairs: &[Pair]) -> Vec<(u32, u32)> {
    let very = names.compatible & !names.brotherly;
    let bears = |left: u32, right: u32| very >> records.level(names.comparison, (0, left), (1, right)) & 1 == 1;
    let at_home = |side: usize, row: u32| homes[side].members(records.family[side][row as usize]).iter().copied();
    let key = |side: usize, row: u32| records.identity[side][row as usize];
    let mut crossed = Vec::new();
    for pair in pairs.iter().filter(|pair| names.compatible >> pair.pattern.level(names.comparison) & 1 == 0) {
        let (a, b) = (pair.left, pair.right);
        let mut of_name = at_home(1, b).filter(|other| *other != b && bears(a, *other));
        let mut of_other = at_home(0, a).filter(|other| *other != a && bears(*other, b));
        let (Some(a_there), None, Some(b_here), None) =
            (of_name.next(), of_name.next(), of_other.next(), of_other.next())
        else {
            continue;
        };
        if key(0, b_here) != NONE && key(0, b_here) == key(1, a_there) {
            crossed.push((a, a_there));
        }
    }
    crossed.sort_unstable();
    crossed.dedup();
    crossed
}

/// Whether somebody in the household of either partner fits the other's name better than the partner does.
fn the_very_name_is_at_home(records: &Records, homes: &[Homes; 2], names: &Names, pair: &Pair) -> bool {
    let very = names.compatible & !names.brotherly;
    let bears = |a: (usize, u32), b: (usize, u32)| very >> records.level(names.comparison, a, b) & 1 == 1;
    let at_home = |side: usize, row: u32| homes[side].members(records.family[side][row as usize]).iter().copied();
    let (left, right) = (pair.left, pair.right);
    at_home(1, right).any(|other| other != right && bears((0, left), (1, other)))
        || at_home(0, left).any(|other| other != left && bears((0, other), (1, right)))
}

fn identified(records: &Records, side: usize) -> impl Iterator<Item = u32> {
    (0..records.heights[side] as u32).filter(move |row| records.identity[side][*row as usize] != NONE)
}
