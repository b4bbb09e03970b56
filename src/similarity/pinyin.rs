//! Toneless readings of Chinese characters, as small integers.
//!
//! A character has a *set* of readings (单 is dan, shan, chan): guessing one would lose every name that uses another, so
//! two characters sound alike when their sets meet. Syllables are numbered once for the whole process from the tables of the
//! crate `pinyin`; a second numbering merges syllables that dialect speakers of pinyin keyboards confuse
//! (zh/z, ch/c, sh/s, n/l, f/h, ang/an, eng/en, ing/in).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ::pinyin::ToPinyinMulti;

/// Readings kept for a character; of 27,000 characters fewer than 40, none of them used in names, have more.
const KEPT: usize = 6;

/// A set of syllables, in the order of the dictionary; unused places are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
        let mut merged = Self::default();
        for syllable in self.iter() {
            merged.insert(TABLE.dialect[usize::from(syllable)]);
        }
        merged
    }
    fn insert(&mut self, syllable: u16) {
        if let Some(place) = self.0.iter_mut().find(|place| **place == 0 || **place == syllable) {
            *place = syllable;
        }
    }
}

/// The readings of a character; empty when it has none.
pub fn readings(character: char) -> Readings {
    match (character as usize).checked_sub(FIRST).and_then(|at| TABLE.characters.get(at)) {
        Some(readings) => *readings,
        None => look_up(character, &TABLE.syllables),
    }
}

/// The reading of a toneless syllable written in Latin letters, in either case; `None` when it is none.
pub fn syllable(written: &str) -> Option<Readings> {
    let written = written.to_ascii_lowercase().replace('v', "ü");
    let number = *TABLE.syllables.get(written.as_str())?;
    let mut readings = Readings::default();
    readings.insert(number);
    Some(readings)
}

/// The blocks that names use, from CJK extension A to the end of the unified ideographs.
const FIRST: usize = 0x3400;
const LAST: usize = 0x9FFF;

static TABLE: LazyLock<Table> = LazyLock::new(Table::build);

struct Table {
    syllables: BTreeMap<&'static str, u16>,
    dialect: Vec<u16>,
    characters: Vec<Readings>,
}

impl Table {
    fn build() -> Self {
        let characters = || (FIRST..=LAST).filter_map(|code| char::from_u32(code as u32));
        let mut syllables: BTreeMap<&'static str, u16> = BTreeMap::new();
        for reading in characters().filter_map(|character| character.to_pinyin_multi()).flatten() {
            syllables.insert(reading.plain(), 0);
        }
        // 0 stands for "no syllable".
        syllables.values_mut().zip(1..).for_each(|(number, next)| *number = next);
        let readings = characters().map(|character| look_up(character, &syllables)).collect();
        Self { dialect: dialect(&syllables), characters: readings, syllables }
    }
}

fn look_up(character: char, syllables: &BTreeMap<&'static str, u16>) -> Readings {
    let mut set = Readings::default();
    for reading in character.to_pinyin_multi().into_iter().flatten() {
        if let Some(&number) = syllables.get(reading.plain()) {
            set.insert(number);
        }
    }
    set
}

/// For each syllable number the number of its dialect class.
fn dialect(syllables: &BTreeMap<&'static str, u16>) -> Vec<u16> {
    let mut classes: BTreeMap<String, u16> = BTreeMap::new();
    let mut class_of = vec![0];
    for syllable in syllables.keys() {
        let next = classes.len() as u16 + 1;
        class_of.push(*classes.entry(merge_sounds(syllable)).or_insert(next));
    }
    class_of
}

fn merge_sounds(syllable: &str) -> String {
    let initials = [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h")];
    let finals = [("ang", "an"), ("eng", "en"), ("ing", "in")];
    let mut merged = syllable.to_owned();
    if let Some((heard, said)) = initials.iter().find(|(heard, _)| syllable.starts_with(heard)) {
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
        let (left, right) = (readings(a), readings(b));
        assert_eq!(left.meet(&right), same, "{a} {b}");
        assert_eq!(left.in_dialect().meet(&right.in_dialect()), nearly, "{a} {b} in dialect");
    }

    #[test]
    fn sounds() {
        check('伟', '玮', true, true);
        check('单', '善', true, true);
        check('曾', '增', true, true);
        check('解', '谢', true, true);
        check('张', '臧', false, true);
        check('兰', '南', false, true);
        check('林', '凌', false, true);
        check('陈', '程', false, true);
        check('胡', '付', false, true);
        check('伟', '明', false, false);
        check('?', '?', false, false);
    }

    #[test]
    fn written_syllables() {
        assert_eq!(syllable("Wei").map(|set| set.meet(&readings('伟'))), Some(true));
        assert_eq!(syllable("lv").map(|set| set.meet(&readings('吕'))), Some(true));
        assert_eq!(syllable("xq"), None);
    }

    #[test]
    fn characters_beyond_the_table_are_looked_up() {
        assert!(readings('〇').meet(&readings('零')));
    }

    #[test]
    fn few_characters_have_more_readings_than_are_kept() {
        let more = (FIRST..=LAST)
            .filter_map(|code| char::from_u32(code as u32))
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
