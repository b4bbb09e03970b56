//! Blocking keys: what two records must share to become a candidate pair.
//!
//! A key is a 64-bit hash; a record may have several for one rule (readings of a polyphone, an identifier with each one of
//! its characters left out: two strings one slip apart share such a deletion, SymSpell's idea). A collision of hashes costs
//! one needless comparison and nothing else.

use polars::prelude::{DataFrame, StringChunked};

use crate::error::Result;
use crate::similarity::chinese::{self, Glyph};
use crate::similarity::identifier::Identifier;

use super::column::{self, Sides, hash};
use super::settings::{BlockingRule, KeyKind};

/// Key combinations kept for one record and rule.
const MAX_KEYS: usize = 256;
/// Combinations of readings kept for one name.
const MAX_SOUNDS: usize = 16;
const PREFIX: usize = 15;

/// The keys of every record of a pool under one rule: sorted, each once.
pub(crate) struct Keys {
    offsets: Vec<u32>,
    keys: Vec<u64>,
}

impl Keys {
    /// The keys of the record at a position of the pool.
    pub(crate) fn of(&self, position: u32) -> &[u64] {
        let at = position as usize;
        &self.keys[self.offsets[at] as usize..self.offsets[at + 1] as usize]
    }
    /// Every key with its position.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, u32)> {
        (0..self.offsets.len() as u32 - 1)
            .flat_map(|position| self.of(position).iter().map(move |key| (*key, position)))
    }
    /// Takes out the keys of blocks that are not compared, so that a later rule may own their pairs.
    pub(crate) fn retain(&mut self, keep: impl Fn(u64) -> bool) {
        let mut kept = Self::with_capacity(self.offsets.len());
        for position in 0..self.offsets.len() as u32 - 1 {
            kept.push(self.of(position).iter().copied().filter(|key| keep(*key)));
        }
        *self = kept;
    }
    fn with_capacity(records: usize) -> Self {
        let mut offsets = Vec::with_capacity(records + 1);
        offsets.push(0);
        Self { offsets, keys: Vec::with_capacity(records) }
    }
    fn push(&mut self, keys: impl Iterator<Item = u64>) {
        self.keys.extend(keys);
        self.offsets.push(self.keys.len() as u32);
    }
}

/// The keys of the pool's records under a rule, both sides.
pub(crate) fn keys(frames: Sides<&DataFrame>, pool: &Sides<Vec<u32>>, rule: &BlockingRule) -> Result<Sides<Keys>> {
    Ok([side_keys(frames[0], &pool[0], rule)?, side_keys(frames[1], &pool[1], rule)?])
}

fn side_keys(frame: &DataFrame, rows: &[u32], rule: &BlockingRule) -> Result<Keys> {
    let columns: Vec<Option<StringChunked>> =
        rule.keys.iter().map(|key| column::text(frame, &key.column)).collect::<Result<_>>()?;
    let mut keys = Keys::with_capacity(rows.len());
    let (mut joint, mut single) = (Vec::new(), Vec::new());
    let mut maker = Maker::default();
    for &row in rows {
        joint.clear();
        joint.push(0);
        for (key, column) in rule.keys.iter().zip(&columns) {
            single.clear();
            if let Some(value) = column.as_ref().and_then(|column| column.get(row as usize)) {
                maker.make(key.kind, value, &mut single);
            }
            joint = joint.iter().flat_map(|a| single.iter().map(move |b| hash(&(*a, *b)))).take(MAX_KEYS).collect();
        }
        joint.sort_unstable();
        joint.dedup();
        keys.push(joint.iter().copied());
    }
    Ok(keys)
}

/// Makes the keys of values; keeps its buffers.
#[derive(Default)]
struct Maker {
    glyphs: Vec<Glyph>,
    bytes: Vec<u8>,
}

impl Maker {
    fn make(&mut self, kind: KeyKind, value: &str, out: &mut Vec<u64>) {
        match kind {
            KeyKind::Exact if !value.is_empty() => out.push(hash(value)),
            KeyKind::Exact => {}
            KeyKind::Year => out.extend(value.split('-').next().filter(|year| year.len() == 4).map(hash)),
            KeyKind::IdentifierPrefix => {
                let identifier = Identifier::parse(value);
                out.extend(identifier.and_then(|identifier| identifier.text().get(..PREFIX).map(hash)));
            }
            KeyKind::IdentifierOneError => self.deletions(value, false, out),
            KeyKind::IdentifierTwoErrors => self.deletions(value, true, out),
            KeyKind::NameSound => self.sounds(value, out),
            KeyKind::NameOneError => self.name_deletions(value, out),
        }
    }
    fn deletions(&mut self, value: &str, twice: bool, out: &mut Vec<u64>) {
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
        if !chinese::prepare(value, &mut self.glyphs) {
            return;
        }
        let characters: Vec<char> = self.glyphs.iter().map(Glyph::folded).collect();
        out.push(hash(characters.as_slice()));
        for dropped in (0..characters.len()).filter(|_| characters.len() > 1) {
            let left: Vec<char> = characters[..dropped].iter().chain(&characters[dropped + 1..]).copied().collect();
            out.push(hash(left.as_slice()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: KeyKind, a: &str, b: &str, expected: bool) {
        let keys = |value| {
            let mut out = Vec::new();
            Maker::default().make(kind, value, &mut out);
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
    }
}
