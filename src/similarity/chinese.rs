//! Chinese names: how two of them agree.
//!
//! Names have two or three characters, so an edit distance says little: one of three characters different is a slip of the
//! keyboard *or* a brother (surname and generation character shared). What the differing characters have in common decides:
//! the same character otherwise written, a character that could not be printed, one that sounds the same, one that sounds or
//! looks nearly the same, or nothing. Each is a [`NameLevel`] with weights of its own.
//!
//! A name is prepared to a sequence of [`Glyph`]s: separators and blanks dropped, a pinyin syllable inside a Chinese name
//! (张wei) kept as one glyph that is known by its sound only.

use super::glyph;
use super::pinyin::{self, Readings};

/// One character of a prepared name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyph {
    raw: char,
    folded: char,
    kind: Kind,
    readings: Readings,
    dialect: Readings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Character,
    /// Printed in place of a character that could not be.
    Placeholder,
    /// A character written as its pinyin.
    Sound,
}

/// How two names agree, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameLevel {
    /// The same characters.
    Exact,
    /// The same after folding variants and legal surname pairs.
    Folded,
    /// The same where both can be read, at two characters or more.
    Wildcard,
    /// The same sounds at every place.
    Homophone,
    /// One character sounds or looks nearly the same; the others sound the same.
    Near,
    /// The same where both can be read, at one character.
    WildcardShort,
    /// One of three or more characters is a different one.
    OneDifferent,
    /// A character inserted or missing, or two neighbours swapped.
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
        "inserted",
        "half",
        "unrelated",
    ];
}

/// Cells of a name column that name nobody.
const NOBODY: &[&str] = &["未填", "未取名", "未起名", "无名", "无名氏", "不详", "暂无", "待定", "无"];

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
    pub fn readings(&self) -> &Readings {
        &self.readings
    }
    /// Its readings under the dialect numbering.
    pub fn dialect(&self) -> &Readings {
        &self.dialect
    }
    fn character(raw: char, first: bool) -> Self {
        let kind = if glyph::is_placeholder(raw) { Kind::Placeholder } else { Kind::Character };
        let folded = if first { glyph::fold_surname(raw) } else { glyph::fold(raw) };
        // A surname pair is two sounds of one surname (余 yu, 于 yu; 傅 fu, 付 fu): the written character's are kept.
        let readings = pinyin::readings(raw);
        Self { raw, folded, kind, readings, dialect: readings.in_dialect() }
    }
    fn sound(letter: char, readings: Readings) -> Self {
        Self { raw: letter, folded: letter, kind: Kind::Sound, readings, dialect: readings.in_dialect() }
    }
}

/// Prepares a name: appends its glyphs to `out` and says whether it names somebody. Nothing is appended when it does not.
pub fn prepare(name: &str, out: &mut Vec<Glyph>) -> bool {
    let start = out.len();
    let mut rest = first_of_several(name.trim());
    if NOBODY.contains(&rest) || is_of_a_newborn(rest) {
        return false;
    }
    while let Some(next) = rest.chars().next() {
        let letters = rest.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(rest.len());
        match pinyin::syllable(&rest[..letters]) {
            Some(readings) => {
                out.push(Glyph::sound(next.to_ascii_lowercase(), readings));
                rest = &rest[letters..];
            }
            None => {
                if !is_separator(next) {
                    out.push(Glyph::character(next.to_ascii_uppercase(), out.len() == start));
                }
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    let named = out[start..].iter().any(|glyph| glyph.kind != Kind::Placeholder);
    if !named {
        out.truncate(start);
    }
    named
}

/// 张三、张小三: of several names in one cell the first, when it is one.
pub fn first_of_several(name: &str) -> &str {
    let first = name.split(['、', '/', '／', ',', '，', ';', '；']).next().unwrap_or(name).trim_end();
    if first.chars().nth(1).is_some() { first } else { name }
}

/// 张之子, 张某: written before the child had a name, which nobody then knows.
pub fn is_of_a_newborn(name: &str) -> bool {
    const OF_A_NEWBORN: &[&str] = &["之子", "之女", "之儿", "之孙", "之孙子", "之孙女", "某", "某某"];
    let after_surname = name.char_indices().nth(1).map_or("", |(at, _)| &name[at..]);
    OF_A_NEWBORN.contains(&after_surname)
}

fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '·' | '・' | '•' | '‧' | '⋅' | '．' | '。' | '.' | '\u{200B}' | '\u{FEFF}')
}

/// How one place of two names agrees, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Equal,
    Variant,
    Unreadable,
    Homophone,
    Near,
    Different,
}

/// How two prepared names agree.
pub fn level(a: &[Glyph], b: &[Glyph]) -> NameLevel {
    match a.len().abs_diff(b.len()) {
        0 => same_length(a, b),
        1 if a.len() < b.len() && is_shortened(a, b) => NameLevel::Inserted,
        1 if b.len() < a.len() && is_shortened(b, a) => NameLevel::Inserted,
        _ => NameLevel::Unrelated,
    }
}

fn same_length(a: &[Glyph], b: &[Glyph]) -> NameLevel {
    let mut count = [0_usize; 6];
    let mut worst = Spot::Equal;
    for (left, right) in a.iter().zip(b) {
        let spot = spot(left, right);
        count[spot as usize] += 1;
        worst = worst.max(spot);
    }
    let read = count[Spot::Equal as usize] + count[Spot::Variant as usize];
    match worst {
        Spot::Equal => NameLevel::Exact,
        Spot::Variant => NameLevel::Folded,
        Spot::Unreadable if read >= 2 => NameLevel::Wildcard,
        Spot::Unreadable if read == 1 => NameLevel::WildcardShort,
        Spot::Unreadable => NameLevel::Unrelated,
        Spot::Homophone => NameLevel::Homophone,
        Spot::Near if count[Spot::Near as usize] == 1 && read >= 1 => NameLevel::Near,
        Spot::Near | Spot::Different if read + 1 == a.len() && a.len() >= 3 => NameLevel::OneDifferent,
        _ if is_swapped(a, b) => NameLevel::Inserted,
        Spot::Near | Spot::Different if read == 1 && a.len() == 2 => NameLevel::Half,
        _ => NameLevel::Unrelated,
    }
}

fn spot(a: &Glyph, b: &Glyph) -> Spot {
    if a.kind == Kind::Placeholder || b.kind == Kind::Placeholder {
        // The same private-use character on both sides is one character, whatever it shows.
        return if a.raw == b.raw && !matches!(a.raw, '?' | '？' | '*' | '＊' | '\u{FFFD}') {
            Spot::Equal
        } else {
            Spot::Unreadable
        };
    }
    if a.kind != b.kind {
        return if a.readings.meet(&b.readings) { Spot::Unreadable } else { Spot::Different };
    }
    if a.kind == Kind::Character && a.raw == b.raw {
        Spot::Equal
    } else if a.kind == Kind::Character && a.folded == b.folded {
        Spot::Variant
    } else if a.readings.meet(&b.readings) {
        Spot::Homophone
    } else if a.dialect.meet(&b.dialect) || glyph::look_alike(a.folded, b.folded) {
        Spot::Near
    } else {
        Spot::Different
    }
}

/// Whether `long` without one of its characters is `short`, and two characters are left to agree.
fn is_shortened(short: &[Glyph], long: &[Glyph]) -> bool {
    let same = |(a, b): (&Glyph, &Glyph)| spot(a, b) <= Spot::Variant;
    let head = short.iter().zip(long).take_while(|pair| same((pair.0, pair.1))).count();
    short.len() >= 2 && short[head..].iter().zip(&long[head + 1..]).all(same)
}

fn is_swapped(a: &[Glyph], b: &[Glyph]) -> bool {
    let same = |left: &Glyph, right: &Glyph| spot(left, right) <= Spot::Variant;
    let Some(at) = a.iter().zip(b).position(|(left, right)| !same(left, right)) else { return false };
    at + 1 < a.len()
        && same(&a[at], &b[at + 1])
        && same(&a[at + 1], &b[at])
        && a[at + 2..].iter().zip(&b[at + 2..]).all(|(left, right)| same(left, right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(a: &str, b: &str) -> Option<NameLevel> {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        (prepare(a, &mut left) && prepare(b, &mut right)).then(|| level(&left, &right))
    }

    fn check(a: &str, b: &str, expected: NameLevel) {
        assert_eq!(compare(a, b), Some(expected), "{a} {b}");
        assert_eq!(compare(b, a), Some(expected), "{b} {a}");
    }

    #[test]
    fn exact_and_folded() {
        check("张小明", "张小明", NameLevel::Exact);
        check("张　明", "张明", NameLevel::Exact);
        check("买买提·艾力", "买买提•艾力", NameLevel::Exact);
        check("張小明", "张小明", NameLevel::Folded);
        check("付强", "傅强", NameLevel::Folded);
        check("肖云", "萧雲", NameLevel::Folded);
        check("闫丽", "阎丽", NameLevel::Folded);
        check("代红", "戴红", NameLevel::Folded);
        check("丘林", "邱林", NameLevel::Folded);
        check("于海", "余海", NameLevel::Folded);
        // A surname pair is a pair in first place only.
        check("王代", "王戴", NameLevel::Homophone);
    }

    #[test]
    fn unreadable_characters() {
        check("张?明", "张小明", NameLevel::Wildcard);
        check("张□明", "张小明", NameLevel::Wildcard);
        check("张\u{E123}明", "张頔明", NameLevel::Wildcard);
        check("张xiao明", "张小明", NameLevel::Wildcard);
        check("张xiao明", "张大明", NameLevel::OneDifferent);
        check("张?", "张伟", NameLevel::WildcardShort);
        check("张?明", "李小明", NameLevel::Unrelated);
        check("张\u{E123}", "张\u{E123}", NameLevel::Exact);
        check("张?", "张?", NameLevel::WildcardShort);
    }

    #[test]
    fn sounds_and_shapes() {
        check("王红", "王宏", NameLevel::Homophone);
        check("刘秀英", "流绣瑛", NameLevel::Homophone);
        check("单明", "善明", NameLevel::Homophone);
        check("陈林", "程林", NameLevel::Near);
        check("王兰", "王南", NameLevel::Near);
        check("张末", "张未", NameLevel::Near);
        check("李红林", "李宏凌", NameLevel::Near);
        check("戊小明", "戌小明", NameLevel::Near);
        // Two places that only nearly agree are no evidence.
        check("陈林", "程凌", NameLevel::Unrelated);
    }

    #[test]
    fn different_characters() {
        check("张小明", "张小刚", NameLevel::OneDifferent);
        check("张小明", "王小明", NameLevel::OneDifferent);
        check("张明", "张伟", NameLevel::Half);
        check("张明", "王明", NameLevel::Half);
        check("张小明", "张大伟", NameLevel::Unrelated);
        check("张明", "王芳", NameLevel::Unrelated);
        check("张小明", "张伟", NameLevel::Unrelated);
    }

    #[test]
    fn inserted_and_swapped() {
        check("张明", "张小明", NameLevel::Inserted);
        check("王氏", "张王氏", NameLevel::Inserted);
        check("张小明", "张明小", NameLevel::Inserted);
        check("明张", "张明", NameLevel::Inserted);
        check("张明", "王小明", NameLevel::Unrelated);
        check("张", "张明", NameLevel::Unrelated);
    }

    #[test]
    fn nobody() {
        for name in ["", "  ", "未填", "不详", "??", "□"] {
            assert_eq!(compare(name, "张明"), None, "{name}");
        }
    }
}
