//! Villages and townships that the platform calls by another name: one fact about the place, not one about each household.
//!
//! Of each national village, the name under which the platform holds most of its linked households is taken. When
//! that is another village's, or the same one's as a community (社区) where the reference has a village (村), the
//! village is renamed: rule `H-village` says so once, and `F-village` is silent about the households it explains. The same of
//! townships; one whose name is the other's with more words in front (经济开发区, 涡利经济开发区) is the same township.

use std::collections::BTreeMap;

use super::links::Links;
use super::places::{Places, is_same_place, place_key};
use super::view::SideView;

/// Fewer linked households than this tell nothing about their village.
const LEAST_HOUSEHOLDS: u32 = 3;

/// One village under two names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rename {
    /// Its name on the platform, in the spelling used most.
    pub(crate) platform: String,
    /// Its linked households under that name.
    pub(crate) households: u32,
}

/// The renamed villages, by number, and townships, by name.
#[derive(Debug, Default)]
pub(crate) struct Renames {
    renamed: BTreeMap<u32, Rename>,
    townships: BTreeMap<String, Rename>,
    /// Villages with enough linked households to judge.
    pub(crate) judged: u64,
}

impl Renames {
    /// Finds the villages that most of their linked households have under another name.
    pub(crate) fn of(sides: &[SideView<'_>; 2], links: &Links<'_>, places: &Places) -> Self {
        let mut spellings: BTreeMap<u32, BTreeMap<&str, u32>> = BTreeMap::new();
        for pair in &links.household_pairs {
            let names = [sides[0].village.get(pair.left), sides[1].village.get(pair.right)];
            if let [Some(_), Some(platform)] = names {
                let village = places.of_household(0, pair.left);
                *spellings.entry(village).or_default().entry(platform).or_default() += 1;
            }
        }
        let mut found = Self::default();
        for (village, spellings) in spellings {
            let households: u32 = spellings.values().sum();
            if households < LEAST_HOUSEHOLDS {
                continue;
            }
            found.judged += 1;
            if let Some(rename) = rename(places.name(village).1, &spellings, households) {
                found.renamed.insert(village, rename);
            }
        }
        found
    }
    /// Finds the townships, too.
    #[must_use]
    pub(crate) fn with_townships(mut self, sides: &[SideView<'_>; 2], links: &Links<'_>) -> Self {
        let mut spellings: BTreeMap<&str, BTreeMap<&str, u32>> = BTreeMap::new();
        for pair in &links.household_pairs {
            if let [Some(national), Some(platform)] =
                [sides[0].township.get(pair.left), sides[1].township.get(pair.right)]
            {
                *spellings.entry(national).or_default().entry(platform).or_default() += 1;
            }
        }
        for (national, spellings) in spellings {
            let households: u32 = spellings.values().sum();
            if let Some(rename) = rename(national, &spellings, households).filter(|_| households >= LEAST_HOUSEHOLDS) {
                self.townships.insert(national.to_owned(), rename);
            }
        }
        self
    }
    /// Townships under another name, which is not the same one with more or fewer words.
    pub(crate) fn townships(&self) -> impl Iterator<Item = (&str, &Rename)> {
        let renamed = self.townships.iter().map(|(national, rename)| (national.as_str(), rename));
        renamed.filter(|(national, rename)| !is_alias(national, &rename.platform))
    }
    /// Whether the platform's name of a township is the one that it has there.
    pub(crate) fn explains_township(&self, national: Option<&str>, platform: Option<&str>) -> bool {
        let rename = national.and_then(|national| self.townships.get(national));
        rename.zip(platform).is_some_and(|(rename, name)| place_key(name) == place_key(&rename.platform))
    }
    /// Whether that is no other name.
    pub(crate) fn is_township_alias(&self, national: Option<&str>, platform: Option<&str>) -> bool {
        self.explains_township(national, platform)
            && national.zip(platform).is_some_and(|(national, platform)| is_alias(national, platform))
    }
    /// Renamed villages by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Rename)> {
        self.renamed.iter().map(|(village, rename)| (*village, rename))
    }
    /// Whether the platform's name of a household's village is the one that its whole village has there.
    pub(crate) fn explains(&self, village: u32, platform: Option<&str>) -> bool {
        let renamed = self.renamed.get(&village);
        renamed.is_some_and(|rename| platform.is_some_and(|name| place_key(name) == place_key(&rename.platform)))
    }
}

/// Whether one name is the other with more words in front.
fn is_alias(one: &str, other: &str) -> bool {
    let (one, other) = (place_key(one), place_key(other));
    !one.is_empty() && !other.is_empty() && (one.ends_with(&other) || other.ends_with(&one))
}

/// The other name of a place, when more than half of its households have it.
fn rename(national: &str, spellings: &BTreeMap<&str, u32>, households: u32) -> Option<Rename> {
    let (&platform, _) = spellings.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)))?;
    let under = spellings.iter().filter(|(name, _)| is_same_place(name, platform)).map(|(_, households)| households);
    let under: u32 = under.sum();
    let is_renamed = under * 2 > households && !is_same_place(national, platform);
    is_renamed.then(|| Rename { platform: platform.to_owned(), households: under })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_households_name_the_village() {
        let check = |national, spellings: &[(&'static str, u32)], expected: Option<(&str, u32)>| {
            let households = spellings.iter().map(|(_, households)| households).sum();
            let found = rename(national, &spellings.iter().copied().collect(), households);
            let found = found.as_ref().map(|rename| (rename.platform.as_str(), rename.households));
            assert_eq!(found, expected, "{national} {spellings:?}");
        };
        check("王塘村", &[("王塘村", 40)], None);
        check("王塘村", &[("王塘村委会", 30), ("王塘", 10)], None);
        check("王塘村", &[("王塘社区", 30), ("王塘社区居委会", 9), ("王塘村", 2)], Some(("王塘社区", 39)));
        check("王塘村", &[("李寨村", 30), ("王塘村", 2)], Some(("李寨村", 30)));
        check("王塘村", &[("李寨村", 2), ("王塘村", 30)], None);
        check("王塘", &[("王塘社区", 30)], None);
    }

    #[test]
    fn more_words_in_front_are_no_other_township() {
        assert!(is_alias("涡利经济开发区", "经济开发区"));
        assert!(is_alias("城关镇", "示例县城关镇"));
        assert!(!is_alias("城关镇", "城东镇"));
    }
}
