//! Chinese names: how two of them agree.
//!
//! Names have two or three characters, so an edit distance says little: one of three characters different is a slip of the
//! keyboard *or* a brother (surname and generation character shared). What the differing characters have in common decides:
//! the same character otherwise written, a character that could not be printed, one that sounds the same, one that sounds or
//! looks nearly the same, or nothing. Each is a [`NameLevel`] with weights of its own.
//!
//! A name is [`prepare`]d once to a sequence of [`Glyph`]s, then compared many times by [`level`], which neither allocates
//! nor looks anything up for most pairs.

mod compare;
mod glyphs;
#[cfg(test)]
mod tests;

use super::glyph;
use super::pinyin::{Readings, Sounds};

pub use compare::level;
pub use glyphs::{first_of_several, is_of_a_newborn, prepare};

/// One character of a prepared name. Sixteen bytes, because millions are held and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyph {
    raw: char,
    folded: char,
    hint: u32,
    sounds: Sounds,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Character,
    /// A character written as its pinyin.
    Sound,
    /// A code point whose character only the system knows that wrote it.
    Private,
    /// Printed in place of a character that could not be.
    Sign,
}

/// How two names agree, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameLevel {
    /// The same characters.
    Exact,
    /// The same after folding variants, legal surname pairs and descriptions of rare characters.
    Folded,
    /// The same where both can be read, at two characters or more.
    Wildcard,
    /// The same sounds at every place that can be read.
    Homophone,
    /// One character, of three and more perhaps two, sounds or looks nearly the same; the others sound the same. Of six and
    /// more, one is another, missing, or the end is cut off.
    Near,
    /// The same where both can be read, at one character.
    WildcardShort,
    /// One of three or more characters is a different one.
    OneDifferent,
    /// The same characters in another order: surname last, two neighbours exchanged.
    Swapped,
    /// A character inserted or missing.
    Inserted,
    /// One of two characters is a different one.
    Half,
    /// Nothing that tells of one person.
    Unrelated,
}

impl NameLevel {
    /// Names used in settings, best first.
    pub const NAMES: &'static [&'static str] = &[
        "exact",
        "folded",
        "wildcard",
        "homophone",
        "near",
        "wildcard_short",
        "one_different",
        "swapped",
        "inserted",
        "half",
        "unrelated",
    ];
}

impl Glyph {
    /// The character as written; a pinyin syllable gives its first letter.
    pub fn raw(&self) -> char {
        self.raw
    }
    /// The character with variants and, in first place, legal surname pairs folded.
    pub fn folded(&self) -> char {
        self.folded
    }
    /// Its readings; empty for a placeholder.
    pub fn readings(&self) -> &'static Readings {
        self.sounds.readings()
    }
    /// Its readings under the dialect numbering.
    pub fn dialect(&self) -> &'static Readings {
        self.sounds.dialect()
    }
    fn character(raw: char, first: bool) -> Self {
        if glyph::is_placeholder(raw) {
            return Self::placeholder(raw);
        }
        let folded = if first { glyph::fold_surname(raw) } else { glyph::fold(raw) };
        // A surname pair is two sounds of one surname (余 yu, 于 yu; 傅 fu, 付 fu): the written character's are kept.
        let sounds = Sounds::of(glyph::private_use(raw).unwrap_or(raw));
        Self { raw, folded, hint: sounds.hint(), sounds, kind: Kind::Character }
    }
    fn sound(letter: char, sounds: Sounds) -> Self {
        Self { raw: letter, folded: letter, hint: sounds.hint(), sounds, kind: Kind::Sound }
    }
    fn placeholder(raw: char) -> Self {
        let kind = if glyph::is_private(raw) { Kind::Private } else { Kind::Sign };
        Self { raw, folded: raw, hint: 0, sounds: Sounds::default(), kind }
    }
    fn is_unreadable(&self) -> bool {
        matches!(self.kind, Kind::Private | Kind::Sign)
    }
}
