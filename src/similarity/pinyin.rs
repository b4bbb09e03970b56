//! Toneless readings of Chinese characters, as small integers.
//!
//! A character has a *set* of readings (单 is dan, shan, chan): guessing one would lose every name that uses another, so
//! two characters sound alike when their sets meet. Syllables are numbered once for the whole process from the tables of the
//! crate `pinyin`; a second numbering merges syllables that dialect speakers of pinyin keyboards confuse. It is a numbering
//! and no cost, because blocking makes keys of it: near must mean the same for a key as for a level.
//!
//! ```text
//! zh ch sh / z c s      n r / l      ang eng ing / an en in (iang, uang with them)      fu fei fan … / hu hui huan …
//! ```
//!
//! Few sets occur: a glyph holds the number of its set ([`Sounds`]), and one bit per dialect syllable, folded into a word
//! ([`Sounds::hint`]), which tells for most pairs that nothing is shared.

use std::sync::LazyLock;

use ::pinyin::ToPinyinMulti;
use rustc_hash::FxHashMap;

/// Readings kept for a character; of 27,000 characters fewer than 40, none of them used in names, have more.
const KEPT: usize = 6;

/// A set of syllables, in the order of the dictionary; unused places are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Readings([u16; KEPT]);

impl Readings {
    /// The syllable numbers, most usual first.
    pub fn iter(&self) -> impl Iterator<Item = u16> {
        self.0.into_iter().take_while(|syllable| *syllable != 0)
    }
    /// Whether the two sets share a syllable.
    pub fn meet(&self, other: &Self) -> bool {
        self.iter().any(|syllable| other.0.contains(&syllable))
    }
    /// The same set under the dialect numbering.
    #[must_use]
    pub fn in_dialect(&self) -> Self {
        TABLE.merged(self)
    }
    fn insert(&mut self, syllable: u16) {
        if let Some(place) = self.0.iter_mut().find(|place| **place == 0 || **place == syllable) {
            *place = syllable;
        }
    }
}

/// The number of a set of readings. The empty set is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sounds(u16);

impl Sounds {
    /// The readings of a character.
    pub fn of(character: char) -> Self {
        TABLE.characters.get(character)
    }
    /// The set.
    pub fn readings(self) -> &'static Readings {
        &TABLE.sets[usize::from(self.0)].readings
    }
    /// The set under the dialect numbering.
    pub fn dialect(self) -> &'static Readings {
        &TABLE.sets[usize::from(self.0)].dialect
    }
    /// Sets whose hints share no bit do not even meet in dialect.
    pub fn hint(self) -> u32 {
        self.dialect().iter().fold(0, |bits, syllable| bits | 1 << (syllable % u32::BITS as u16))
    }
}

/// The readings of a character; empty when it has none.
pub fn readings(character: char) -> Readings {
    *Sounds::of(character).readings()
}

/// The reading of a toneless syllable written in Latin letters, in either case; `None` when it is none.
pub fn syllable(written: &str) -> Option<Readings> {
    sounds_of(written).map(|sounds| *sounds.readings())
}

/// The syllables that Latin letters are written of (zhangwei), each with its first letter. Empty when they are none.
pub fn syllables(written: &str) -> Vec<(char, Sounds)> {
    let mut found = Vec::new();
    if written.len() <= LONGEST_NAME {
        split(written, &mut found);
    }
    found
}

/// Letters beyond which nobody's name is looked for.
const LONGEST_NAME: usize = 24;
/// Letters of zhuang.
const LONGEST: usize = 6;

/// Longest syllables first, taken back where the rest cannot be read.
fn split(rest: &str, found: &mut Vec<(char, Sounds)>) -> bool {
    if rest.is_empty() {
        return !found.is_empty();
    }
    (1..=rest.len().min(LONGEST)).rev().any(|length| {
        let Some(sounds) = rest.get(..length).and_then(sounds_of) else { return false };
        found.extend(rest.chars().next().map(|first| (first.to_ascii_lowercase(), sounds)));
        let read = split(&rest[length..], found);
        if !read {
            found.pop();
        }
        read
    })
}

/// A set of one syllable. Interjections without a vowel (ng, hm) are letters, not syllables.
fn sounds_of(written: &str) -> Option<Sounds> {
    if written.is_empty() || written.len() > LONGEST {
        return None;
    }
    let written = written.to_ascii_lowercase().replace('v', "ü");
    let number = *TABLE.syllables.get(written.as_str()).filter(|_| written.contains(['a', 'e', 'i', 'o', 'u', 'ü']))?;
    Some(TABLE.single[usize::from(number)])
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::build);

struct Table {
    syllables: FxHashMap<&'static str, u16>,
    /// By syllable number: its dialect class.
    class: Vec<u16>,
    /// By syllable number: the set of it alone.
    single: Vec<Sounds>,
    /// By set number.
    sets: Vec<Set>,
    characters: Characters,
}

struct Set {
    readings: Readings,
    dialect: Readings,
}

impl Table {
    fn build() -> Self {
        let written = sorted_syllables();
        // 0 stands for "no syllable".
        let syllables: FxHashMap<&'static str, u16> = written.iter().copied().zip(1..).collect();
        let mut table = Self {
            class: classes(&written),
            syllables,
            single: vec![],
            sets: vec![],
            characters: Characters::default(),
        };
        let mut numbers = FxHashMap::default();
        table.intern(Readings::default(), &mut numbers);
        table.single.push(Sounds::default());
        for syllable in 1..=written.len() as u16 {
            let mut readings = Readings::default();
            readings.insert(syllable);
            let sounds = table.intern(readings, &mut numbers);
            table.single.push(sounds);
        }
        for character in blocks() {
            let readings = table.look_up(character);
            let sounds = table.intern(readings, &mut numbers);
            table.characters.push(character, sounds);
        }
        table
    }
    fn intern(&mut self, readings: Readings, numbers: &mut FxHashMap<Readings, Sounds>) -> Sounds {
        *numbers.entry(readings).or_insert_with(|| {
            self.sets.push(Set { readings, dialect: self.merged(&readings) });
            Sounds(self.sets.len() as u16 - 1)
        })
    }
    fn look_up(&self, character: char) -> Readings {
        let mut set = Readings::default();
        for reading in character.to_pinyin_multi().into_iter().flatten() {
            if let Some(&number) = self.syllables.get(reading.plain()) {
                set.insert(number);
            }
        }
        set
    }
    fn merged(&self, readings: &Readings) -> Readings {
        let mut merged = Readings::default();
        for syllable in readings.iter() {
            merged.insert(self.class[usize::from(syllable)]);
        }
        merged
    }
}

/// Set numbers by code point: one run for 〇 to the end of the unified ideographs, one for the planes beyond.
#[derive(Default)]
struct Characters([Vec<Sounds>; 2]);

const RUNS: [(u32, u32); 2] = [(0x3007, 0x9FFF), (0x20000, 0x323AF)];

impl Characters {
    fn get(&self, character: char) -> Sounds {
        let found = self.0.iter().zip(RUNS).find_map(|(run, (first, _))| {
            let at = u32::from(character).checked_sub(first)?;
            run.get(at as usize)
        });
        found.copied().unwrap_or_default()
    }
    fn push(&mut self, character: char, sounds: Sounds) {
        let run = usize::from(u32::from(character) > RUNS[0].1);
        self.0[run].push(sounds);
    }
}

fn blocks() -> impl Iterator<Item = char> {
    RUNS.into_iter().flat_map(|(first, last)| first..=last).filter_map(char::from_u32)
}

fn sorted_syllables() -> Vec<&'static str> {
    let mut written: Vec<&'static str> =
        blocks().filter_map(|character| character.to_pinyin_multi()).flatten().map(|reading| reading.plain()).collect();
    written.sort_unstable();
    written.dedup();
    written
}

/// For each syllable number the number of its dialect class.
fn classes(syllables: &[&str]) -> Vec<u16> {
    let mut classes: FxHashMap<String, u16> = FxHashMap::default();
    let mut class_of = vec![0];
    for syllable in syllables {
        let next = classes.len() as u16 + 1;
        class_of.push(*classes.entry(merge_sounds(syllable)).or_insert(next));
    }
    class_of
}

fn merge_sounds(syllable: &str) -> String {
    // What is left of f before a vowel where it is said as h: 飞 as 灰, 饭 as 换. 风 stays with 分.
    let lips =
        [("fei", "hui"), ("feng", "hun"), ("fen", "hun"), ("fou", "hou"), ("fu", "hu"), ("fo", "huo"), ("fa", "hua")];
    let initials = [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l")];
    let finals = [("ang", "an"), ("eng", "en"), ("ing", "in")];
    let heads = || lips.iter().chain(&initials);
    let mut merged = syllable.to_owned();
    if let Some((heard, said)) = heads().find(|(heard, _)| syllable.starts_with(heard) && syllable.len() > 1) {
        merged = format!("{said}{}", &syllable[heard.len()..]);
    }
    if let Some((heard, said)) = finals.iter().find(|(heard, _)| merged.ends_with(heard)) {
        merged.truncate(merged.len() - heard.len());
        merged.push_str(said);
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: char, b: char, same: bool, nearly: bool) {
        let (left, right) = (Sounds::of(a), Sounds::of(b));
        assert_eq!(left.readings().meet(right.readings()), same, "{a} {b}");
        assert_eq!(left.dialect().meet(right.dialect()), nearly, "{a} {b} in dialect");
        assert_eq!(readings(a).in_dialect(), *left.dialect(), "{a}");
    }

    #[test]
    fn sounds() {
        check('伟', '玮', true, true);
        check('单', '善', true, true);
        check('曾', '增', true, true);
        check('解', '谢', true, true);
        check('伟', '明', false, false);
        check('?', '?', false, false);
    }

    #[test]
    fn sounds_confused_in_dialect() {
        for pair in [
            "张臧", "陈岑", "沙萨", "兰南", "容龙", "如卢", "林凌", "陈程", "张詹", "江尖", "黄环", "床川", "胡付",
            "飞辉", "方黄", "范宦", "分昏", "风芬", "佛活", "罗诺", "李倪",
        ] {
            let mut characters = pair.chars();
            let (Some(a), Some(b)) = (characters.next(), characters.next()) else { panic!("{pair} is a pair") };
            check(a, b, false, true);
        }
        for (a, b) in [('方', '韩'), ('凤', '恒'), ('范', '汉'), ('红', '恒'), ('龙', '楞'), ('儿', '尔')] {
            assert_eq!(Sounds::of(a).dialect().meet(Sounds::of(b).dialect()), a == '儿', "{a} {b}");
        }
    }

    #[test]
    fn hints_rule_out_only_what_does_not_meet() {
        let used: Vec<Sounds> =
            "张王李赵单解曾兰南林凌陈程如卢方黄伟明红刚长朝乐行重参".chars().map(Sounds::of).collect();
        for left in &used {
            for right in &used {
                assert!(left.hint() & right.hint() != 0 || !left.dialect().meet(right.dialect()));
            }
        }
    }

    #[test]
    fn written_syllables() {
        assert_eq!(syllable("Wei").map(|set| set.meet(&readings('伟'))), Some(true));
        assert_eq!(syllable("lv").map(|set| set.meet(&readings('吕'))), Some(true));
        for none in ["", "xq", "ng", "m", "weiwei"] {
            assert_eq!(syllable(none), None, "{none}");
        }
    }

    #[test]
    fn names_written_in_one_word() {
        let check = |written: &str, name: &str| {
            let said: Vec<bool> = syllables(written)
                .iter()
                .zip(name.chars())
                .map(|((_, a), b)| a.readings().meet(&readings(b)))
                .collect();
            assert_eq!(said, vec![true; name.chars().count()], "{written} {name}");
        };
        check("zhangwei", "张伟");
        check("ZhangXiaoMing", "张小明");
        check("lvna", "吕娜");
        check("fangan", "方干");
        // Taken back: `yang` leaves `uo`.
        check("yanguo", "严国");
        assert_eq!(syllables("johnsmith"), vec![]);
        assert_eq!(syllables("张"), vec![]);
    }

    #[test]
    fn characters_of_every_block() {
        assert!(readings('〇').meet(&readings('零')));
        assert!(readings('㛃').meet(&readings('洁')));
        assert!(readings('\u{20000}').iter().next().is_some());
        assert_eq!(readings('\u{10FFFF}'), Readings::default());
        assert!(TABLE.sets.len() < usize::from(u16::MAX), "{}", TABLE.sets.len());
    }

    #[test]
    fn few_characters_have_more_readings_than_are_kept() {
        let more = (0x3400..=0x9FFF)
            .filter_map(char::from_u32)
            .filter(|character| {
                let mut plain: Vec<_> =
                    character.to_pinyin_multi().into_iter().flatten().map(|reading| reading.plain()).collect();
                plain.sort_unstable();
                plain.dedup();
                plain.len() > KEPT
            })
            .count();
        assert!(more < 40, "{more}");
    }
}
