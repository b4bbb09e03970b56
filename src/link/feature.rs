//! One comparison: its distinct values, prepared once, and the level of any two of them.
//!
//! A record is a row of value numbers ([`super::records::Records`]); a feature turns the numbers of two records into a
//! level. Text similarities are computed once per distinct pair of values and worker ([`Memo`]).

use rustc_hash::FxHashMap;

use crate::similarity::chinese::{self, Glyph};
use crate::similarity::date::{self, Day};
use crate::similarity::identifier::{self, Identifier};

use super::column::NONE;
use super::settings::{Comparison, Kind, REVERSED};

/// Prepared values of one comparison.
pub(crate) struct Feature {
    prepared: Prepared,
    /// Cells of a record that hold its columns.
    cells: Vec<usize>,
    /// Settings level (1 the best) of each level of the kind.
    level_of: Vec<u8>,
    /// The level of values that changed columns.
    reversed: Option<u8>,
    /// Not asked when this comparison has one of these levels (bit set).
    pub(crate) unless: Option<(usize, u16)>,
}

enum Prepared {
    Names { spans: Vec<(u32, u32)>, glyphs: Vec<Glyph> },
    Identifiers(Vec<Option<Identifier>>),
    Dates(Vec<Option<Day>>),
    Equal,
    Nested,
    Shared,
    Text { values: Vec<Box<str>>, at_least: Vec<f64> },
    Edits { values: Vec<Box<str>>, at_most: Vec<f64> },
    Words { values: Vec<Vec<u32>>, at_least: Vec<f64> },
    Numbers { values: Vec<Option<f64>>, at_most: Vec<f64> },
}

impl Feature {
    /// Prepares the distinct values of the first of `cells`, which hold the columns of the comparison.
    /// A value that cannot be read as its kind is not observed.
    pub(crate) fn prepare(comparison: &Comparison, cells: Vec<usize>, values: &[&str]) -> Self {
        let reversed = comparison.levels.iter().position(|level| level.level == REVERSED && cells.len() == 2);
        Self {
            prepared: prepare(comparison, values),
            cells,
            level_of: level_map(comparison),
            reversed: reversed.map(|at| at as u8 + 1),
            unless: None,
        }
    }
    /// The level at which two records agree: 0 not observed, 1 the best.
    pub(crate) fn level(&self, a: &[u32], b: &[u32], memo: &mut Memo) -> u8 {
        if let Some(level) = self.reversed
            && self.is_reversed(a, b)
        {
            return level;
        }
        self.prepared.level(&self.cells, a, b, memo).map_or(0, |level| self.level_of[level])
    }
    /// Whether a record has a value.
    pub(crate) fn is_observed(&self, record: &[u32]) -> bool {
        self.cells.iter().any(|cell| record[*cell] != NONE)
    }
    /// The cell whose equal values are the best level; `None` when the best level says less, or more.
    pub(crate) fn equality_cell(&self) -> Option<usize> {
        let exact = match &self.prepared {
            Prepared::Nested | Prepared::Shared | Prepared::Words { .. } => false,
            Prepared::Text { at_least, .. } => at_least.first() == Some(&1.0),
            Prepared::Edits { at_most, .. } | Prepared::Numbers { at_most, .. } => at_most.first() == Some(&0.0),
            Prepared::Names { .. } | Prepared::Identifiers(_) | Prepared::Dates(_) | Prepared::Equal => true,
        };
        exact.then(|| self.cells[0])
    }
    /// How dear a comparison is: cheap ones are asked first.
    pub(crate) fn cost(&self) -> u8 {
        match &self.prepared {
            Prepared::Equal | Prepared::Nested | Prepared::Shared => 0,
            Prepared::Dates(_) | Prepared::Numbers { .. } => 1,
            Prepared::Names { .. } | Prepared::Identifiers(_) => 2,
            Prepared::Text { .. } | Prepared::Edits { .. } | Prepared::Words { .. } => 3,
        }
    }
    fn is_reversed(&self, a: &[u32], b: &[u32]) -> bool {
        let (first, second) = (self.cells[0], self.cells[1]);
        a[first] != NONE && a[second] != NONE && a[first] != b[first] && a[first] == b[second] && a[second] == b[first]
    }
}

fn prepare(comparison: &Comparison, values: &[&str]) -> Prepared {
    let owned = || values.iter().map(|value| Box::from(*value)).collect();
    match comparison.kind {
        Kind::Nested => Prepared::Nested,
        Kind::Set => Prepared::Shared,
        Kind::Exact => Prepared::Equal,
        Kind::ChineseName => names(values),
        Kind::NationalId => Prepared::Identifiers(values.iter().map(|value| Identifier::parse(value)).collect()),
        Kind::Date => Prepared::Dates(values.iter().map(|value| Day::from_iso(value)).collect()),
        Kind::Text => Prepared::Text { values: owned(), at_least: at_least(comparison) },
        Kind::Edits => Prepared::Edits { values: owned(), at_most: at_most(comparison) },
        Kind::Words => Prepared::Words { values: words(values), at_least: at_least(comparison) },
        Kind::Number => Prepared::Numbers {
            values: values
                .iter()
                .map(|value| value.trim().parse().ok().filter(|number: &f64| number.is_finite()))
                .collect(),
            at_most: at_most(comparison),
        },
    }
}

/// Bounds by level; a level without one takes whatever is left, the level for changed places nothing.
fn at_least(comparison: &Comparison) -> Vec<f64> {
    let bound = |level: &super::Level| if level.level == REVERSED { f64::INFINITY } else { f64::NEG_INFINITY };
    comparison.levels.iter().map(|level| level.at_least.unwrap_or_else(|| bound(level))).collect()
}

fn at_most(comparison: &Comparison) -> Vec<f64> {
    let bound = |level: &super::Level| if level.level == REVERSED { f64::NEG_INFINITY } else { f64::INFINITY };
    comparison.levels.iter().map(|level| level.at_most.unwrap_or_else(|| bound(level))).collect()
}

fn names(values: &[&str]) -> Prepared {
    let mut glyphs = Vec::with_capacity(values.len() * 3);
    let mut spans = Vec::with_capacity(values.len());
    for value in values {
        let start = glyphs.len() as u32;
        chinese::prepare(value, &mut glyphs);
        spans.push((start, glyphs.len() as u32));
    }
    Prepared::Names { spans, glyphs }
}

/// The words of every value as sorted numbers.
fn words(values: &[&str]) -> Vec<Vec<u32>> {
    let mut known: FxHashMap<String, u32> = FxHashMap::default();
    let mut number = |word: &str| {
        let next = known.len() as u32;
        *known.entry(word.to_owned()).or_insert(next)
    };
    let mut numbered = |value: &&str| {
        let mut numbers: Vec<u32> = value.split_whitespace().map(&mut number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    };
    values.iter().map(&mut numbered).collect()
}

/// The settings level of each level of the kind: one that is not listed counts as the next one listed.
fn level_map(comparison: &Comparison) -> Vec<u8> {
    let names = comparison.kind.level_names();
    if names.is_empty() {
        return (1..).take(comparison.levels.len()).collect();
    }
    let listed = |name: &str| comparison.levels.iter().position(|level| level.level == name);
    (0..names.len())
        .map(|at| names[at..].iter().find_map(|name| listed(name)).map_or(0, |position| position as u8 + 1))
        .collect()
}

impl Prepared {
    /// The level of the kind, 0 the best; `None` when one side has no value.
    fn level(&self, cells: &[usize], a: &[u32], b: &[u32], memo: &mut Memo) -> Option<usize> {
        match self {
            Self::Nested => return nested(cells, a, b),
            Self::Shared => return shared(cells, a, b),
            _ => {}
        }
        let (left, right) = (a[cells[0]], b[cells[0]]);
        if left == NONE || right == NONE {
            return None;
        }
        let (at_left, at_right) = (left as usize, right as usize);
        match self {
            Self::Equal | Self::Nested | Self::Shared => Some(usize::from(left != right)),
            Self::Names { spans, glyphs } => {
                let name = |(start, end): (u32, u32)| &glyphs[start as usize..end as usize];
                let (left, right) = (name(spans[at_left]), name(spans[at_right]));
                let named = !left.is_empty() && !right.is_empty();
                named.then(|| chinese::level(left, right) as usize)
            }
            Self::Identifiers(values) => {
                Some(identifier::level(values[at_left].as_ref()?, values[at_right].as_ref()?) as usize)
            }
            Self::Dates(days) => Some(date::level(days[at_left]?, days[at_right]?) as usize),
            Self::Text { values, at_least } => memo.level(left, right, || {
                let similarity =
                    if left == right { 1.0 } else { strsim::jaro_winkler(&values[at_left], &values[at_right]) };
                at_least.iter().position(|cut| similarity >= *cut)
            }),
            Self::Edits { values, at_most } => memo.level(left, right, || {
                let edits = if left == right { 0 } else { strsim::osa_distance(&values[at_left], &values[at_right]) };
                at_most.iter().position(|cut| edits as f64 <= *cut)
            }),
            Self::Words { values, at_least } => memo.level(left, right, || {
                let similarity = jaccard(&values[at_left], &values[at_right]);
                at_least.iter().position(|cut| similarity >= *cut)
            }),
            Self::Numbers { values, at_most } => {
                let difference = (values[at_left]? - values[at_right]?).abs();
                at_most.iter().position(|cut| difference <= *cut)
            }
        }
    }
}

/// The finest column observed on both sides decides, as long as no coarser one disagrees.
fn nested(cells: &[usize], a: &[u32], b: &[u32]) -> Option<usize> {
    let (mut agreed, mut observed) = (0, 0);
    for (depth, cell) in cells.iter().enumerate() {
        let (left, right) = (a[*cell], b[*cell]);
        if left == NONE || right == NONE {
            continue;
        }
        observed = depth + 1;
        if left != right {
            break;
        }
        agreed = depth + 1;
    }
    match (observed, agreed) {
        (0, _) => None,
        (_, 0) => Some(2),
        (_, agreed) => Some(usize::from(agreed < cells.len())),
    }
}

fn shared(cells: &[usize], a: &[u32], b: &[u32]) -> Option<usize> {
    let values =
        |record: &[u32]| -> [u32; 4] { std::array::from_fn(|at| cells.get(at).map_or(NONE, |cell| record[*cell])) };
    let (left, right) = (values(a), values(b));
    let observed = |values: &[u32; 4]| values.iter().any(|value| *value != NONE);
    let meet = || left.iter().any(|value| *value != NONE && right.contains(value));
    (observed(&left) && observed(&right)).then(|| usize::from(!meet()))
}

/// The share of the words of both that are in both.
fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    let common = a.iter().filter(|word| b.binary_search(word).is_ok()).count();
    let all = a.len() + b.len() - common;
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

/// Levels of value pairs already compared, of one comparison: a direct-mapped cache, so that its size is bounded.
pub(crate) struct Memo {
    pairs: Vec<u64>,
    levels: Vec<u8>,
}

const MEMO_BITS: u32 = 12;
const NO_LEVEL: u8 = u8::MAX;

impl Memo {
    /// An empty cache, without memory until it is used.
    pub(crate) fn new() -> Self {
        Self { pairs: Vec::new(), levels: Vec::new() }
    }
    fn level(&mut self, left: u32, right: u32, compute: impl FnOnce() -> Option<usize>) -> Option<usize> {
        if self.pairs.is_empty() {
            self.pairs = vec![u64::MAX; 1 << MEMO_BITS];
            self.levels = vec![NO_LEVEL; 1 << MEMO_BITS];
        }
        let pair = u64::from(left) << 32 | u64::from(right);
        let at = (pair.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - MEMO_BITS)) as usize;
        if self.pairs[at] != pair {
            self.levels[at] = compute().map_or(NO_LEVEL, |level| level as u8);
            self.pairs[at] = pair;
        }
        let level = self.levels[at];
        (level != NO_LEVEL).then_some(usize::from(level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A comparison of one or two columns; values are numbered as listed.
    fn feature(kind: Kind, cells: usize, levels: &str, values: &[&str]) -> Feature {
        let columns: Vec<String> = (0..cells).map(|cell| format!("column{cell}")).collect();
        let text = format!("name = \"x\"\ntitle = \"x\"\nkind = \"exact\"\ncolumns = {columns:?}\nlevels = [{levels}]");
        let comparison: Comparison = toml::from_str(&text).expect("a comparison");
        Feature::prepare(&Comparison { kind, ..comparison }, (0..cells).collect(), values)
    }

    fn level(name: &str, bound: &str) -> String {
        format!("{{ level = \"{name}\", {bound} m = 0.5, u = 0.5, words = \"\" }},")
    }

    /// The level of every pair of values, twice: the cache answers as the comparison does.
    fn check(feature: &Feature, expected: &[(u32, u32, u8)]) {
        let mut memo = Memo::new();
        for _ in 0..2 {
            for &(a, b, level) in expected {
                assert_eq!(feature.level(&[a], &[b], &mut memo), level, "{a} {b}");
                assert_eq!(feature.level(&[b], &[a], &mut memo), level, "{b} {a}");
            }
        }
    }

    #[test]
    fn text_by_similarity() {
        let levels = level("exact", "at_least = 1.0,") + &level("close", "at_least = 0.9,") + &level("other", "");
        let names = feature(Kind::Text, 1, &levels, &["martha", "marhta", "george"]);
        // Winkler (1990): martha and marhta are 0.961 alike.
        check(&names, &[(0, 0, 1), (0, 1, 2), (0, 2, 3), (0, NONE, 0), (NONE, NONE, 0)]);
    }

    #[test]
    fn text_by_edits() {
        let levels = level("exact", "at_most = 0.0,") + &level("one", "at_most = 1.0,") + &level("other", "");
        check(
            &feature(Kind::Edits, 1, &levels, &["4223", "4232", "4242"]),
            &[(0, 0, 1), (0, 1, 2), (1, 2, 2), (0, 2, 3)],
        );
        check(&feature(Kind::Edits, 1, &levels, &["4223", "5332"]), &[(0, 1, 3)]);
    }

    #[test]
    fn words_in_any_order() {
        let levels = level("most", "at_least = 0.6,") + &level("some", "at_least = 0.3,") + &level("none", "");
        let streets =
            feature(Kind::Words, 1, &levels, &["north high street", "street high north", "high road", "mill lane"]);
        check(&streets, &[(0, 1, 1), (0, 2, 3), (0, 3, 3)]);
        let halves = feature(Kind::Words, 1, &levels, &["a b", "a c"]);
        check(&halves, &[(0, 1, 2)]);
    }

    #[test]
    fn numbers_by_their_difference() {
        let levels = level("equal", "at_most = 0.0,") + &level("near", "at_most = 1.5,") + &level("far", "");
        let ages = feature(Kind::Number, 1, &levels, &["41", "42.5", "43", "old"]);
        check(&ages, &[(0, 0, 1), (0, 1, 2), (0, 2, 3), (0, 3, 0)]);
    }

    #[test]
    fn values_in_each_other_s_columns() {
        let levels = level("exact", "at_least = 1.0,") + &level("reversed", "") + &level("other", "");
        let names = feature(Kind::Text, 2, &levels, &["mary", "smith", "jones"]);
        let mut memo = Memo::new();
        let mut at = |a: [u32; 2], b: [u32; 2]| names.level(&a, &b, &mut memo);
        assert_eq!(at([0, 1], [1, 0]), 2);
        assert_eq!(at([0, 1], [0, 1]), 1);
        assert_eq!(at([0, 1], [1, 2]), 3);
        assert_eq!(at([0, 0], [0, 0]), 1);
    }

    #[test]
    fn places_from_coarse_to_fine_and_sets() {
        let places = level("fine", "") + &level("coarse", "") + &level("differ", "");
        let places = feature(Kind::Nested, 2, &places, &[]);
        let mut memo = Memo::new();
        let mut at = |a: [u32; 2], b: [u32; 2]| places.level(&a, &b, &mut memo);
        assert_eq!([at([1, 5], [1, 5]), at([1, 5], [1, 6]), at([1, 5], [2, 5])], [1, 2, 3]);
        assert_eq!([at([1, NONE], [1, 6]), at([NONE, 5], [NONE, 5]), at([NONE, NONE], [1, 5])], [2, 1, 0]);
        let phones = level("shared", "") + &level("differ", "");
        let phones = feature(Kind::Set, 2, &phones, &[]);
        let mut at = |a: [u32; 2], b: [u32; 2]| phones.level(&a, &b, &mut memo);
        assert_eq!([at([7, NONE], [8, 7]), at([7, 6], [8, 5]), at([NONE, NONE], [8, 5])], [1, 2, 0]);
    }
}
