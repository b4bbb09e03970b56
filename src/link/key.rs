//! Blocking keys: what two records must share to become a candidate pair.
//!
//! A key is a 64-bit hash; a record may have several for one rule (readings of a polyphone, an identifier with each one of
//! its characters left out: two strings one slip apart share such a deletion, SymSpell's idea). A collision of hashes costs
//! one needless comparison and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{DataFrame, StringChunked};

use crate::error::Result;
use crate::similarity::chinese::{self, Glyph};
use crate::similarity::identifier::Identifier;

use super::column::{self, Sides, hash};
use super::settings::{BlockingRule, Key, KeyKind};

/// Key combinations kept for one record and rule.
const MAX_KEYS: usize = 256;
/// Combinations of readings kept for one name.
const MAX_SOUNDS: usize = 16;
const PREFIX: usize = 15;
const SOUNDEX_LENGTH: usize = 4;

/// The keys of every record of a pool under one rule: sorted, each once.
pub(crate) struct Keys {
    offsets: Vec<usize>,
    keys: Vec<u64>,
}

impl Keys {
    /// The keys of the record at a position of the pool.
    pub(crate) fn of(&self, position: u32) -> &[u64] {
        let at = position as usize;
        &self.keys[self.offsets[at]..self.offsets[at + 1]]
    }
    /// Every key with its position.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, u32)> {
        self.positions().flat_map(|position| self.of(position).iter().map(move |key| (*key, position)))
    }
    /// All keys, in the order of positions.
    pub(crate) fn all(&self) -> &[u64] {
        &self.keys
    }
    /// Keys anew: those of each record, passed through `change` one by one.
    pub(crate) fn map(&self, mut change: impl FnMut(u32, u64, &mut Vec<u64>)) -> Self {
        let mut changed = Self::with_capacity(self.offsets.len());
        let mut own = Vec::new();
        for position in self.positions() {
            own.clear();
            self.of(position).iter().for_each(|key| change(position, *key, &mut own));
            own.sort_unstable();
            own.dedup();
            changed.push(&own);
        }
        changed
    }
    fn positions(&self) -> std::ops::Range<u32> {
        0..self.offsets.len() as u32 - 1
    }
    fn with_capacity(records: usize) -> Self {
        let mut offsets = Vec::with_capacity(records + 1);
        offsets.push(0);
        Self { offsets, keys: Vec::with_capacity(records) }
    }
    fn push(&mut self, keys: &[u64]) {
        self.keys.extend_from_slice(keys);
        self.offsets.push(self.keys.len());
    }
}

/// The columns that blocking rules read, as text, for the rows of a pool only: made once for all rules.
pub(crate) struct KeyColumns {
    /// Rows of each side.
    pub(crate) heights: Sides<usize>,
    columns: BTreeMap<String, Sides<Option<StringChunked>>>,
}

impl KeyColumns {
    /// The columns of these rules.
    pub(crate) fn read(frames: Sides<&DataFrame>, pool: &Sides<Vec<u32>>, rules: &[BlockingRule]) -> Result<Self> {
        let keys = rules.iter().flat_map(|rule| rule.keys.iter().chain(&rule.split));
        let names: BTreeSet<&String> = keys.map(|key| &key.column).collect();
        let read = |side: usize, name: &str| column::text_of(frames[side], name, &pool[side]);
        let columns = names.into_iter().map(|name| Ok((name.clone(), [read(0, name)?, read(1, name)?])));
        Ok(Self { heights: [pool[0].len(), pool[1].len()], columns: columns.collect::<Result<_>>()? })
    }
    fn column(&self, side: usize, name: &str) -> Option<&StringChunked> {
        self.columns.get(name)?[side].as_ref()
    }
}

/// Makes the keys of one side's records.
pub(crate) struct Maker<'a> {
    keys: &'a [Key],
    columns: Vec<Option<&'a StringChunked>>,
    height: usize,
}

impl<'a> Maker<'a> {
    /// A maker of the keys of one side.
    pub(crate) fn new(columns: &'a KeyColumns, side: usize, keys: &'a [Key]) -> Self {
        let named = keys.iter().map(|key| columns.column(side, &key.column)).collect();
        Self { keys, columns: named, height: columns.heights[side] }
    }
    /// The keys of every record for which `wanted` holds.
    pub(crate) fn make(&self, wanted: impl Fn(u64) -> bool) -> Keys {
        let mut keys = Keys::with_capacity(self.height);
        self.each(|own| {
            own.retain(|key| wanted(*key));
            keys.push(own);
        });
        keys
    }
    /// Calls `each` with the sorted keys of every record; nothing is kept.
    pub(crate) fn each(&self, mut each: impl FnMut(&mut Vec<u64>)) {
        let (mut joint, mut longer, mut single) = (Vec::new(), Vec::new(), Vec::new());
        let mut hasher = Hasher::default();
        for position in 0..self.height {
            joint.clear();
            joint.push(0);
            for (key, column) in self.keys.iter().zip(&self.columns) {
                single.clear();
                if let Some(value) = column.and_then(|column| column.get(position)) {
                    hasher.make(key, value, &mut single);
                }
                longer.clear();
                longer.extend(joint.iter().flat_map(|a| single.iter().map(move |b| hash(&(*a, *b)))).take(MAX_KEYS));
                std::mem::swap(&mut joint, &mut longer);
                if joint.is_empty() {
                    break;
                }
            }
            joint.sort_unstable();
            joint.dedup();
            each(&mut joint);
        }
    }
}

/// Turns values into keys; keeps its buffers.
#[derive(Default)]
struct Hasher {
    glyphs: Vec<Glyph>,
    bytes: Vec<u8>,
    characters: Vec<char>,
}

impl Hasher {
    fn make(&mut self, key: &Key, value: &str, out: &mut Vec<u64>) {
        match key.kind {
            _ if value.is_empty() => {}
            KeyKind::Exact => out.push(hash(value)),
            KeyKind::Year => out.extend(value.split('-').next().filter(|year| year.len() == 4).map(hash)),
            KeyKind::MonthDay => out.extend(value.get(4..).map(hash)),
            KeyKind::DateOneError => {
                self.characters.clear();
                self.characters.extend(value.chars().filter(char::is_ascii_alphanumeric));
                deletions(&self.characters, out);
                out.extend(unordered_date(value).map(|parts| hash(&parts)));
            }
            KeyKind::Prefix => {
                let length = key.length.unwrap_or(1);
                let end = value.char_indices().nth(length).map_or(value.len(), |(at, _)| at);
                out.push(hash(&value[..end]));
            }
            KeyKind::Word => out.extend(value.split_whitespace().map(hash)),
            KeyKind::Soundex => out.extend(soundex(value).map(|code| hash(&code))),
            KeyKind::OneError => {
                self.characters.clear();
                self.characters.extend(value.chars());
                deletions(&self.characters, out);
            }
            KeyKind::IdentifierPrefix => {
                let identifier = Identifier::parse(value);
                out.extend(identifier.and_then(|identifier| identifier.text().get(..PREFIX).map(hash)));
            }
            KeyKind::IdentifierOneError => self.identifier_deletions(value, false, out),
            KeyKind::IdentifierTwoErrors => self.identifier_deletions(value, true, out),
            KeyKind::NameSound => self.sounds(value, out),
            KeyKind::NameOneError => self.name_deletions(value, out),
        }
    }
    fn identifier_deletions(&mut self, value: &str, twice: bool, out: &mut Vec<u64>) {
        let Some(identifier) = Identifier::parse(value) else { return };
        let text = identifier.text();
        out.push(hash(text));
        for first in 0..text.len() {
            self.bytes.clear();
            self.bytes.extend(text[..first].iter().chain(&text[first + 1..]));
            out.push(hash(self.bytes.as_slice()));
            for second in (first..self.bytes.len()).take_while(|_| twice) {
                let byte = self.bytes.remove(second);
                out.push(hash(self.bytes.as_slice()));
                self.bytes.insert(second, byte);
            }
        }
    }
    /// One key per combination of dialect readings; none when a character has no sound.
    fn sounds(&mut self, value: &str, out: &mut Vec<u64>) {
        self.glyphs.clear();
        if !chinese::prepare(value, &mut self.glyphs) {
            return;
        }
        let start = out.len();
        out.push(0);
        for glyph in &self.glyphs {
            let before: Vec<u64> = out.drain(start..).collect();
            for sound in glyph.dialect().iter() {
                out.extend(before.iter().map(|key| hash(&(*key, sound))));
            }
            out.truncate(start + MAX_SOUNDS);
        }
    }
    fn name_deletions(&mut self, value: &str, out: &mut Vec<u64>) {
        self.glyphs.clear();
        if chinese::prepare(value, &mut self.glyphs) {
            self.characters.clear();
            self.characters.extend(self.glyphs.iter().map(Glyph::folded));
            deletions(&self.characters, out);
        }
    }
}

/// Year, and month and day in either order.
fn unordered_date(value: &str) -> Option<(&str, &str, &str)> {
    let (year, rest) = value.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    Some((year, month.min(day), month.max(day)))
}

/// A text, and the text without each one of its characters.
fn deletions(text: &[char], out: &mut Vec<u64>) {
    out.push(hash(text));
    let mut left: Vec<char> = Vec::with_capacity(text.len());
    for dropped in (0..text.len()).filter(|_| text.len() > 1) {
        left.clear();
        left.extend(text[..dropped].iter().chain(&text[dropped + 1..]));
        out.push(hash(left.as_slice()));
    }
}

/// The American Soundex code of the letters of a word; `None` without a letter.
fn soundex(word: &str) -> Option<[u8; SOUNDEX_LENGTH]> {
    let class = |letter: u8| match letter {
        b'B' | b'F' | b'P' | b'V' => b'1',
        b'C' | b'G' | b'J' | b'K' | b'Q' | b'S' | b'X' | b'Z' => b'2',
        b'D' | b'T' => b'3',
        b'L' => b'4',
        b'M' | b'N' => b'5',
        b'R' => b'6',
        _ => 0,
    };
    let mut letters = word.bytes().filter(u8::is_ascii_alphabetic).map(|letter| letter.to_ascii_uppercase());
    let first = letters.next()?;
    let mut code = [first, b'0', b'0', b'0'];
    let (mut length, mut before) = (1, class(first));
    for letter in letters {
        let own = class(letter);
        if own != 0 && own != before && length < SOUNDEX_LENGTH {
            code[length] = own;
            length += 1;
        }
        // H and W do not part letters of one class, vowels do.
        if !matches!(letter, b'H' | b'W') {
            before = own;
        }
    }
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: KeyKind, a: &str, b: &str, expected: bool) {
        let keys = |value| {
            let mut out = Vec::new();
            let key = Key { kind, column: String::new(), length: None };
            Hasher::default().make(&key, value, &mut out);
            out
        };
        let (left, right) = (keys(a), keys(b));
        assert_eq!(left.iter().any(|key| right.contains(key)), expected, "{kind:?} {a} {b}");
    }

    #[test]
    fn identifiers() {
        use KeyKind::{IdentifierOneError, IdentifierPrefix, IdentifierTwoErrors};
        let a = "110105194912310021";
        check(IdentifierPrefix, a, "110105194912310000", true);
        check(IdentifierPrefix, a, "110105194912320000", false);
        check(IdentifierOneError, a, "110105194912310011", true);
        check(IdentifierOneError, a, "110105149912310021", true);
        check(IdentifierOneError, a, "11010519491231002", true);
        check(IdentifierOneError, a, "110105194912310110", false);
        check(IdentifierTwoErrors, a, "110105194912311011", true);
        check(IdentifierTwoErrors, a, "110105191912311011", false);
        check(IdentifierOneError, "未填", "未填", false);
    }

    #[test]
    fn names() {
        use KeyKind::{NameOneError, NameSound};
        check(NameSound, "单明", "善铭", true);
        check(NameSound, "陈兰", "程南", true);
        check(NameSound, "张伟", "张明", false);
        check(NameSound, "张?", "张?", false);
        check(NameOneError, "张?明", "张小明", true);
        check(NameOneError, "张小明", "张明", true);
        check(NameOneError, "张小明", "张明小", true);
        check(NameOneError, "付小明", "傅小民", true);
        check(NameOneError, "张小明", "张大伟", false);
    }

    #[test]
    fn years_and_blanks() {
        check(KeyKind::Year, "1968-03-05", "1968-12-31", true);
        check(KeyKind::Year, "1968-03-05", "1969-03-05", false);
        check(KeyKind::Exact, "", "", false);
        check(KeyKind::MonthDay, "1968-03-05", "1986-03-05", true);
        check(KeyKind::DateOneError, "1968-03-05", "1986-03-05", true);
        check(KeyKind::DateOneError, "1968-03-05", "1968-04-05", true);
        check(KeyKind::DateOneError, "1968-03-05", "1968-05-03", true);
        check(KeyKind::DateOneError, "1968-03-05", "1969-04-05", false);
    }

    #[test]
    fn western_text() {
        use KeyKind::{OneError, Prefix, Soundex, Word};
        check(OneError, "smith", "smyth", true);
        check(OneError, "smith", "smtih", true);
        check(OneError, "smith", "sxyth", false);
        check(Soundex, "Robert", "Rupert", true);
        check(Soundex, "Robert", "Rubin", false);
        check(Word, "main street", "st main", true);
        check(Prefix, "smith", "sander", true);
    }

    #[test]
    fn soundex_as_published() {
        for (word, code) in
            [("Robert", "R163"), ("Ashcraft", "A261"), ("Tymczak", "T522"), ("Pfister", "P236"), ("Lee", "L000")]
        {
            assert_eq!(soundex(word).as_ref().map(|code| code.as_slice()), Some(code.as_bytes()), "{word}");
        }
        assert_eq!(soundex("12"), None);
    }
}
