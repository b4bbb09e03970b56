//! Counties, townships and villages: the frame a population is made in.
//!
//! A county holds about thirty townships of about 3,300 households, one of them a development zone (开发区),
//! which is a township like any other; a village holds about 275 registered households. Small populations keep
//! three townships of four villages, so that every kind of place exists.

use std::ops::Range;

use super::identity::TOWNSHIPS_PER_COUNTY;

const TOWNSHIP_HOUSEHOLDS: u64 = 3_300;
const VILLAGE_HOUSEHOLDS: usize = 275;
const FIRST: &[&str] = &["城关镇", "王店镇", "经济开发区"];
const PLACE_HEADS: &str = "王李张刘陈杨赵周吴徐孙胡朱高郭马宋韩唐冯董程曹袁许苏吕丁魏薛田姜范石姚谭金崔史顾侯邵孟段雷汤尹常武乔贺柳邢新老大柳双三";
const PLACE_TAILS: &str = "店集桥庙寨塘湖岗河沟楼营口阁堂墩坝铺湾庄";
const VILLAGE_TAILS: &str = "庄寨楼湾营郢圩桥店岗塘洼堂门墙";

/// One township: its place in the population and its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Township {
    /// Number over all counties.
    pub(super) ix: usize,
    /// Name of the county.
    pub(super) county: String,
    /// Name of the township, unique over all counties.
    pub(super) name: String,
    /// Names of the villages, unique in the township.
    pub(super) villages: Vec<String>,
    /// Households, as numbers over the whole population.
    pub(super) households: Range<u64>,
}

/// The townships of a population of `households`.
pub(super) fn townships(households: u64) -> Vec<Township> {
    let count = match households {
        0..150 => 1,
        _ => households.div_ceil(TOWNSHIP_HOUSEHOLDS).max(3),
    };
    // Development zones are about half as large as their neighbours.
    let weights: Vec<u64> = (0..count).map(|ix| if is_zone(ix as usize) && count > 1 { 1 } else { 2 }).collect();
    let total: u64 = weights.iter().sum();
    let (mut passed, mut first) = (0, 0);
    weights
        .iter()
        .enumerate()
        .map(|(ix, weight)| {
            passed += weight;
            let end = households * passed / total;
            let township = township(ix, first..end);
            first = end;
            township
        })
        .collect()
}

fn township(ix: usize, households: Range<u64>) -> Township {
    let villages = ((households.end - households.start) as usize / VILLAGE_HOUSEHOLDS).max(4);
    Township {
        ix,
        county: county_name(ix / TOWNSHIPS_PER_COUNTY),
        name: township_name(ix),
        villages: (0..villages).map(|village| village_name(ix, village)).collect(),
        households,
    }
}

const fn is_zone(ix: usize) -> bool {
    ix % TOWNSHIPS_PER_COUNTY == 2
}

fn county_name(county: usize) -> String {
    if county == 0 { "示例县".to_owned() } else { format!("示例{}县", county + 1) }
}

fn township_name(ix: usize) -> String {
    if let Some(name) = FIRST.get(ix) {
        return (*name).to_owned();
    }
    let name = compound(PLACE_HEADS, PLACE_TAILS, ix);
    match ix % 4 {
        _ if is_zone(ix) => format!("{name}开发区"),
        0 => format!("{name}乡"),
        _ => format!("{name}镇"),
    }
}

/// 王庄村, 前李寨村: after all plain names of the list come those with 前, 后, 东, 西, 大, 小.
fn village_name(township: usize, village: usize) -> String {
    let plain = PLACE_HEADS.chars().count() * VILLAGE_TAILS.chars().count();
    let prefix = ["", "前", "后", "东", "西", "大", "小"][(village / plain).min(6)];
    format!("{prefix}{}村", compound(PLACE_HEADS, VILLAGE_TAILS, village + township * 7))
}

/// The `ix`-th pair of a head and a tail; neighbours differ in both, and no pair comes twice in one round.
fn compound(heads: &str, tails: &str, ix: usize) -> String {
    let (heads, tails): (Vec<char>, Vec<char>) = (distinct(heads), distinct(tails));
    let all = heads.len() * tails.len();
    let at = ix * coprime_step(all) % all;
    let round = ix / all;
    let name: String = [heads[at / tails.len()], tails[at % tails.len()]].iter().collect();
    if round == 0 { name } else { format!("{name}{}", ["东", "西", "南", "北"][round % 4]) }
}

fn distinct(text: &str) -> Vec<char> {
    let mut characters: Vec<char> = Vec::new();
    for character in text.chars() {
        if !characters.contains(&character) {
            characters.push(character);
        }
    }
    characters
}

/// A step near 0.6 of `all` that visits every place before it repeats one.
fn coprime_step(all: usize) -> usize {
    let gcd = |mut left: usize, mut right: usize| {
        while right > 0 {
            (left, right) = (right, left % right);
        }
        left
    };
    (all * 3 / 5..all).find(|step| gcd(*step, all) == 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_household_has_one_township() {
        for households in [1, 149, 600, 83_000, 2_300_000] {
            let all = townships(households);
            assert_eq!(
                all.iter().map(|township| township.households.end - township.households.start).sum::<u64>(),
                households
            );
            assert!(all.windows(2).all(|pair| pair[0].households.end == pair[1].households.start));
        }
    }

    #[test]
    fn names_are_unique() {
        let all = townships(2_300_000);
        let names: BTreeSet<_> = all.iter().map(|township| &township.name).collect();
        assert_eq!(names.len(), all.len());
        for township in &all {
            let villages: BTreeSet<_> = township.villages.iter().collect();
            assert_eq!(villages.len(), township.villages.len());
        }
    }

    #[test]
    fn a_small_population_has_a_development_zone() {
        let all = townships(600);
        assert_eq!(
            all.iter().map(|township| township.name.as_str()).collect::<Vec<_>>(),
            ["城关镇", "王店镇", "经济开发区"]
        );
        assert!(all.iter().all(|township| township.villages.len() == 4));
    }
}
