//! Two prepared names → the level at which they agree.
//!
//! Most pairs are two people: what tells them apart is asked first, place by place on integers, and only a pair that one
//! place decides is looked up in tables (readings that may meet, look-alikes, components).
//!
//! ```text
//! every place the same / folded                                   exact / folded
//! … or unreadable, or its pinyin                                  wildcard, wildcard_short (one place), homophone (pinyin)
//! … or of one sound                                               homophone
//! … or, once, of nearly one sound or shape                        near
//! the same characters, in another order                           swapped
//! one of three and more is another                                one_different; of six and more: near
//! one more or less                                                inserted; of six and more: near
//! one more, and two describe one (张韦华, 张韡)                   folded
//! an end cut off after three, after five                          inserted, near
//! signs stand for any number of characters (张??, 张小明)         wildcard, wildcard_short
//! one of two is another                                           half
//! ```

use super::{Glyph, Kind, NameLevel};
use crate::similarity::glyph;

/// From this length on a name is transliterated (买买提艾力江): one character that differs is a slip, not a brother.
const LONG: usize = 6;
/// What is left of a name whose end was cut off: at least three characters of five and more, sure at five.
const CUT: [usize; 2] = [3, 5];

/// A longer cell is no name, and its characters are not looked for in another order.
const LONGEST: usize = 32;

/// How one place of two names agrees, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Equal,
    Variant,
    /// Pinyin in place of the character.
    Sounded,
    Unreadable,
    Homophone,
    Near,
    Different,
}

/// Places of each kind.
#[derive(Default)]
struct Places([u32; 7]);

impl Places {
    fn of(&self, spot: Spot) -> usize {
        self.0[spot as usize] as usize
    }
    /// Places where both show the same character.
    fn read(&self) -> usize {
        self.of(Spot::Equal) + self.of(Spot::Variant)
    }
    fn known(&self) -> usize {
        self.read() + self.of(Spot::Sounded)
    }
}

/// How two prepared names agree.
pub fn level(a: &[Glyph], b: &[Glyph]) -> NameLevel {
    match (a.len(), b.len()) {
        (left, right) if left == right => same_length(a, b),
        (left, right) if left < right => shorter(a, b),
        _ => shorter(b, a),
    }
}

fn same_length(a: &[Glyph], b: &[Glyph]) -> NameLevel {
    let mut places = Places::default();
    for (left, right) in a.iter().zip(b) {
        places.0[spot(left, right) as usize] += 1;
    }
    if places.of(Spot::Different) == 1
        && let Some((left, right)) = a.iter().zip(b).find(|(left, right)| spot(left, right) == Spot::Different)
        && glyph::look_alike(left.folded, right.folded)
    {
        places.0[Spot::Different as usize] = 0;
        places.0[Spot::Near as usize] += 1;
    }
    match graded(a.len(), &places) {
        NameLevel::Half | NameLevel::Unrelated if a.len() <= LONGEST && is_reordered(a, b) => NameLevel::Swapped,
        level => level,
    }
}

fn graded(length: usize, places: &Places) -> NameLevel {
    let (near, different) = (places.of(Spot::Near), places.of(Spot::Different));
    if near + different == 0 {
        return without_difference(length, places);
    }
    let nearly = match length {
        0..=2 => near == 1,
        _ => near <= 2,
    };
    let others = length - near - different;
    match near + different {
        _ if different == 0 && nearly && places.known() >= 1 => NameLevel::Near,
        1 if length >= LONG && others == places.known() + places.of(Spot::Homophone) => NameLevel::Near,
        1 if length >= 3 && others == places.known() => NameLevel::OneDifferent,
        1 if length == 2 && others == places.read() => NameLevel::Half,
        _ => NameLevel::Unrelated,
    }
}

fn without_difference(length: usize, places: &Places) -> NameLevel {
    let (known, unreadable, homophone) = (places.known(), places.of(Spot::Unreadable), places.of(Spot::Homophone));
    match () {
        () if places.of(Spot::Equal) == length => NameLevel::Exact,
        () if places.read() == length => NameLevel::Folded,
        () if homophone == 0 && known >= 2 && (unreadable > 0 || places.read() >= 2) => NameLevel::Wildcard,
        // Pinyin tells the sound, a sign nothing.
        () if unreadable == 0 || known + homophone >= 2 => NameLevel::Homophone,
        () if known + homophone == 1 => NameLevel::WildcardShort,
        () => NameLevel::Unrelated,
    }
}

fn spot(a: &Glyph, b: &Glyph) -> Spot {
    if a.kind == Kind::Character && b.kind == Kind::Character {
        return match () {
            () if a.raw == b.raw => Spot::Equal,
            () if a.folded == b.folded => Spot::Variant,
            () => heard(a, b),
        };
    }
    if a.is_unreadable() || b.is_unreadable() {
        return if same(a, b) { Spot::Equal } else { Spot::Unreadable };
    }
    match heard(a, b) {
        Spot::Homophone if a.kind == b.kind => Spot::Equal,
        Spot::Homophone => Spot::Sounded,
        other => other,
    }
}

fn heard(a: &Glyph, b: &Glyph) -> Spot {
    match () {
        () if a.hint & b.hint == 0 => Spot::Different,
        () if a.sounds == b.sounds => Spot::Homophone,
        () if a.readings().meet(b.readings()) => Spot::Homophone,
        () if a.dialect().meet(b.dialect()) => Spot::Near,
        () => Spot::Different,
    }
}

fn same(a: &Glyph, b: &Glyph) -> bool {
    a.kind == b.kind
        && match a.kind {
            Kind::Character => a.raw == b.raw || a.folded == b.folded,
            Kind::Sound => a.sounds == b.sounds,
            Kind::Private => a.raw == b.raw,
            Kind::Sign => false,
        }
}

fn all_same(a: &[Glyph], b: &[Glyph]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(left, right)| same(left, right))
}

/// Two neighbours exchanged, or the name begun at another of its characters (明张, 小明张).
fn is_reordered(a: &[Glyph], b: &[Glyph]) -> bool {
    let Some(at) = a.iter().zip(b).position(|(left, right)| !same(left, right)) else { return false };
    let exchanged = at + 1 < a.len()
        && same(&a[at], &b[at + 1])
        && same(&a[at + 1], &b[at])
        && all_same(&a[at + 2..], &b[at + 2..]);
    let begun_at = |by: usize| all_same(&a[..a.len() - by], &b[by..]) && all_same(&a[a.len() - by..], &b[..by]);
    exchanged || (1..a.len()).any(begun_at)
}

fn shorter(short: &[Glyph], long: &[Glyph]) -> NameLevel {
    let head = short.iter().zip(long).take_while(|(left, right)| same(left, right)).count();
    let backwards = short[head..].iter().rev().zip(long[head..].iter().rev());
    let tail = backwards.take_while(|(left, right)| same(left, right)).count();
    let one_more = short.len() + 1 == long.len();
    match short.len() - head - tail {
        0 if one_more && long.len() >= LONG => NameLevel::Near,
        0 if one_more && short.len() >= 2 => NameLevel::Inserted,
        0 if head == short.len() && head >= CUT[1] => NameLevel::Near,
        0 if head == short.len() && head >= CUT[0] && long.len() >= CUT[1] => NameLevel::Inserted,
        1 if one_more && is_described(&short[head], &long[head..head + 2]) => NameLevel::Folded,
        _ => [(short, long), (long, short)]
            .into_iter()
            .find_map(|(signs, other)| between_signs(signs, other))
            .unwrap_or(NameLevel::Unrelated),
    }
}

fn is_described(rare: &Glyph, by: &[Glyph]) -> bool {
    glyph::is_made_of(rare.folded, [by[0].folded, by[1].folded])
}

/// What could not be encoded leaves a sign per byte, what is hidden one for all of it: signs in a row stand for any number
/// of characters but none.
fn between_signs(signs: &[Glyph], other: &[Glyph]) -> Option<NameLevel> {
    let head = signs.iter().position(Glyph::is_unreadable)?;
    let tail = signs.iter().rev().position(Glyph::is_unreadable)?;
    let agree = other.len() > head + tail
        && signs[head..signs.len() - tail].iter().all(Glyph::is_unreadable)
        && all_same(&signs[..head], &other[..head])
        && all_same(&signs[signs.len() - tail..], &other[other.len() - tail..]);
    match head + tail {
        1 if agree => Some(NameLevel::WildcardShort),
        2.. if agree => Some(NameLevel::Wildcard),
        _ => None,
    }
}
