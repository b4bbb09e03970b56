//! Characters that stand for one another: variants, legal surname pairs, look-alikes, components, placeholders.
//!
//! | table | joins | file, made by `tables/make.py` |
//! |---|---|---|
//! | variants | the same character otherwise written: traditional forms, 异体, radicals out of PDF tables | `variants.txt` |
//! | private use | a code point of GBK's own and the character that has one of its own today | `private_use.txt` |
//! | components | a rare character and the two that describe it (韦华 for 韡) | `components.txt` |
//! | look-alikes | what a shape-based keyboard (Wubi), a pen or a scanner confuses | `look_alikes.txt` |
//! | surname pairs | two legal spellings of one surname since the simplification of 1977 was withdrawn (付/傅) | here |
//!
//! Sources and licences stand in the head of each file. A character of GB 2312 is folded only where the table says so by
//! hand: what every clerk can type was meant. A *placeholder* is what a system prints for a character that it cannot encode.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

/// The form under which variants of a character are equal.
pub fn fold(character: char) -> char {
    let shown = private_use(character).unwrap_or(character);
    VARIANTS.get(&shown).copied().unwrap_or(shown)
}

/// The form under which the legal spellings of a surname are equal, variants folded.
pub fn fold_surname(character: char) -> char {
    let folded = fold(character);
    SURNAMES.iter().find(|group| group.contains(&folded)).map_or(folded, |group| group[0])
}

/// The character that a private-use code point of GBK shows, `None` for any other code point.
pub fn private_use(character: char) -> Option<char> {
    let at = u32::from(character).checked_sub(FIRST_PRIVATE)?;
    PRIVATE.get(at as usize).copied()
}

/// Whether one character may have been written for the other because of its shape, both of them folded.
pub fn look_alike(a: char, b: char) -> bool {
    LOOK_ALIKES.get(&a.min(b)).is_some_and(|others| others.contains(a.max(b)))
}

/// Whether a rare character is described by two others (韡 is 韦 and 华), all of them folded.
pub fn is_made_of(character: char, parts: [char; 2]) -> bool {
    COMPONENTS.contains(&[character, parts[0], parts[1]])
}

/// Whether a character is printed in place of one that could not be.
pub fn is_placeholder(character: char) -> bool {
    match character {
        '?' | '？' | '*' | '＊' | '×' | '〓' | '\u{FFFD}' => true,
        // □ ■ ○ ● ◇ ◆ and their like.
        '\u{25A0}'..='\u{25FF}' => true,
        // Pictures, used for what they show.
        '\u{2600}'..='\u{27BF}' | '\u{1F000}'..='\u{1FAFF}' => true,
        _ => is_private(character) && private_use(character).is_none(),
    }
}

/// Whether a code point means what one system says: equal ones are one character, whatever it shows.
pub fn is_private(character: char) -> bool {
    matches!(character, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFD}')
}

/// Whether a sign stands between the parts of a minority name, as keyboards and code pages print it.
pub fn is_dot(character: char) -> bool {
    matches!(
        character,
        '.' | '·'
            | '˙'
            | '\u{387}'
            | '\u{5BC}'
            | '\u{701}'
            | '\u{119E}'
            | 'ᐧ'
            | '᛫'
            | '•'
            | '․'
            | '‧'
            | '∘'
            | '∙'
            | '⋅'
            | '●'
            | '◦'
            | '▪'
            | '⚫'
            | '⦁'
            | '⬝'
            | '⸰'
            | '⸱'
            | '⸳'
            | '。'
            | '・'
            | 'ㆍ'
            | 'ꞏ'
            | '﹒'
            | '．'
            | '｡'
            | '･'
            | '\u{10101}'
    )
}

/// Whether a code point shows nothing of its own: joiners, direction marks, selectors of a character's form, fillers.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

const SURNAMES: &[[char; 2]] = &[['傅', '付'], ['萧', '肖'], ['阎', '闫'], ['戴', '代'], ['邱', '丘'], ['余', '于']];

const FIRST_PRIVATE: u32 = 0xE815;

static PRIVATE: LazyLock<Vec<char>> =
    LazyLock::new(|| entries(include_str!("tables/private_use.txt")).flat_map(str::chars).collect());

/// Pairs: a variant, then the form it is folded to.
static VARIANTS: LazyLock<FxHashMap<char, char>> = LazyLock::new(|| {
    entries(include_str!("tables/variants.txt")).map(characters).map(|[from, to]| (from, to)).collect()
});

static COMPONENTS: LazyLock<FxHashSet<[char; 3]>> =
    LazyLock::new(|| entries(include_str!("tables/components.txt")).map(characters).collect());

/// Each pair under its character of the lower code point.
static LOOK_ALIKES: LazyLock<FxHashMap<char, &'static str>> = LazyLock::new(|| {
    let split = |entry: &'static str| {
        let mut rest = entry.chars();
        rest.next().map(|first| (first, rest.as_str()))
    };
    entries(include_str!("tables/look_alikes.txt")).filter_map(split).collect()
});

/// What stands between blanks, in lines that are no remark.
fn entries(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

/// The characters of an entry; tests see that every entry has as many.
fn characters<const N: usize>(entry: &str) -> [char; N] {
    let mut characters = entry.chars();
    std::array::from_fn(|_| characters.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_well_formed() {
        let lengths = |table, length| entries(table).all(|entry| entry.chars().count() == length);
        assert!(lengths(include_str!("tables/variants.txt"), 2));
        assert!(lengths(include_str!("tables/components.txt"), 3));
        assert!(entries(include_str!("tables/look_alikes.txt")).all(|entry| entry.chars().count() >= 2));
        assert_eq!(entries(include_str!("tables/variants.txt")).count(), VARIANTS.len(), "a variant has one form");
        assert_eq!(entries(include_str!("tables/look_alikes.txt")).count(), LOOK_ALIKES.len());
        assert_eq!(PRIVATE.len(), 80);
        let size = [include_str!("tables/variants.txt"), include_str!("tables/components.txt")].map(str::len);
        assert!(size.iter().sum::<usize>() + include_str!("tables/look_alikes.txt").len() < 60_000);
    }

    #[test]
    fn a_form_is_folded_once() {
        for entry in entries(include_str!("tables/variants.txt")) {
            let [variant, form] = characters(entry);
            assert_ne!(variant, form);
            assert_eq!(fold(form), form, "{variant} is folded to {form}, which is folded again");
        }
        for entry in entries(include_str!("tables/components.txt")) {
            let glyphs: [char; 3] = characters(entry);
            assert_eq!(glyphs.map(fold), glyphs, "{entry}");
        }
        for entry in entries(include_str!("tables/look_alikes.txt")) {
            let first = entry.chars().next();
            assert!(entry.chars().skip(1).all(|other| Some(other) > first), "{entry}");
            assert!(entry.chars().all(|character| fold(character) == character), "{entry}");
        }
    }

    #[test]
    fn folding() {
        for (variant, form) in [
            ('張', '张'),
            ('张', '张'),
            ('鍾', '钟'),
            ('鐘', '钟'),
            ('锺', '钟'),
            ('喆', '哲'),
            ('堃', '坤'),
            ('後', '后'),
            ('於', '于'),
            ('葉', '叶'),
            ('晧', '皓'),
            ('峯', '峰'),
            ('⻢', '马'),
            ('⾼', '高'),
            ('\u{F9D1}', '六'),
            ('韋', '韦'),
            ('囯', '国'),
        ] {
            assert_eq!(fold(variant), form, "{variant}");
        }
        // Distinct in simplified names.
        for alone in "乾干淼渺犇奔祐佑弢韬惇敦珪圭".chars() {
            assert_eq!(fold(alone), alone);
        }
        assert_eq!(fold_surname('付'), fold_surname('傅'));
        assert_eq!(fold_surname('蕭'), fold_surname('肖'));
        assert_eq!(fold_surname('餘'), fold_surname('於'));
        assert_ne!(fold_surname('付'), fold_surname('肖'));
    }

    #[test]
    fn private_code_points() {
        assert_eq!(private_use('\u{E863}'), Some('䶮'));
        assert_eq!(private_use('\u{E81A}'), Some('㑳'));
        assert_eq!(private_use('\u{E864}'), Some('\u{9FBB}'));
        assert_eq!(private_use('\u{E814}'), None);
        assert_eq!(private_use('\u{E865}'), None);
        assert_eq!(fold('\u{E81A}'), '㑇');
    }

    #[test]
    fn shapes() {
        let alike = "未末 士土 己已 己巳 戊戌 戊戍 晴睛 治冶 侯候 吴昊 瑞端 荣莱 颠頔 明朋 柱桩 妹姝 季李";
        for pair in alike.split_whitespace() {
            let [a, b] = characters(pair).map(fold);
            assert!(look_alike(a, b) && look_alike(b, a), "{pair}");
        }
        for pair in "未土 伟明 林杨 国强 芳英 军红 英英".split_whitespace() {
            let [a, b] = characters(pair);
            assert!(!look_alike(a, b) && !look_alike(b, a), "{pair}");
        }
    }

    #[test]
    fn components() {
        assert!(is_made_of('韡', ['韦', '华']));
        assert!(is_made_of('珺', ['王', '君']));
        assert!(!is_made_of('韡', ['华', '韦']));
        assert!(!is_made_of('明', ['日', '月']), "a usual character is typed, not described");
    }

    #[test]
    fn signs_that_are_no_part_of_a_name() {
        for dot in "·˙•‧∙⋅・･．。ㆍ⸱ꞏ".chars() {
            assert!(is_dot(dot) && !is_placeholder_of_a_name(dot), "{dot}");
        }
        for code in [0xAD, 0x200B, 0x200E, 0x202C, 0x2066, 0x2069, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xE0100, 0xE01EF] {
            let sign = char::from_u32(code).unwrap();
            assert!(is_invisible(sign) && !is_dot(sign), "{code:X}");
        }
        assert!("张〇x\u{E863}\u{20BB7} ".chars().all(|c| !is_invisible(c) && !is_dot(c)));
    }

    fn is_placeholder_of_a_name(sign: char) -> bool {
        is_placeholder(sign) && !is_dot(sign)
    }

    #[test]
    fn placeholders() {
        assert!(['?', '□', '○', '×', '😀', '\u{E123}', '\u{F8FF}', '\u{FFFD}'].into_iter().all(is_placeholder));
        assert!(!is_placeholder('〇') && !is_placeholder('王') && !is_placeholder('\u{E863}'));
    }
}
