//! A written name → its glyphs.
//!
//! In: a cell, cleaned or not. Out: one [`Glyph`] per character of the name. Separators, blanks, digits and notes in brackets
//! (户主, 已故) leave nothing. A note that describes a character (莹加王旁) leaves a placeholder, and so does a Latin letter
//! among Chinese characters; a pinyin syllable (张wei, zhangwei) is one glyph that is known by its sound only.

use super::{Glyph, Kind};
use crate::similarity::{glyph, pinyin};

/// Cells of a name column that name nobody.
const NOBODY: &[&str] = &[
    "未填",
    "未取名",
    "未起名",
    "未命名",
    "暂未取名",
    "暂无姓名",
    "没名字",
    "无名",
    "无名氏",
    "不详",
    "暂无",
    "待定",
    "无",
    "未上户口",
    "未上户",
    "新生儿",
    "婴儿",
    "某某",
];

/// Prepares a name: appends its glyphs to `out` and says whether it names somebody. Nothing is appended when it does not.
pub fn prepare(name: &str, out: &mut Vec<Glyph>) -> bool {
    let start = out.len();
    let name = first_of_several(name.trim());
    let bare = name.split(is_opening).next().unwrap_or_default().trim_end();
    if NOBODY.contains(&bare) || is_of_a_newborn(bare) {
        return false;
    }
    let mut rest = name;
    while let Some(next) = rest.chars().next() {
        let after = &rest[next.len_utf8()..];
        rest = if next.is_ascii_alphabetic() {
            let end = rest.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(rest.len());
            push_letters(&rest[..end], name.chars().any(is_chinese), out);
            &rest[end..]
        } else if is_opening(next) {
            push_note(after, out)
        } else {
            if !is_separator(next) {
                out.push(Glyph::character(next, out.len() == start));
            }
            after
        };
    }
    let named = out[start..].iter().any(|glyph| !glyph.is_unreadable());
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

/// 张之子, 张三之女, 张某: written before the child had a name, which nobody then knows.
pub fn is_of_a_newborn(name: &str) -> bool {
    const CHILD: &[&str] = &["子", "女", "儿", "孙", "孙子", "孙女", "长子", "次子", "长女", "次女"];
    let is_child = name.split_once('之').is_some_and(|(parent, child)| !parent.is_empty() && CHILD.contains(&child));
    let mut characters = name.chars();
    is_child || characters.next().is_some() && matches!(characters.as_str(), "某" | "某某")
}

fn push_letters(letters: &str, among_chinese: bool, out: &mut Vec<Glyph>) {
    let said = pinyin::syllables(letters);
    if !said.is_empty() {
        out.extend(said.into_iter().map(|(first, sounds)| Glyph::sound(first, sounds)));
        return;
    }
    for letter in letters.chars().map(|letter| letter.to_ascii_uppercase()) {
        let glyph = Glyph::character(letter, false);
        out.push(if among_chinese { Glyph { kind: Kind::Sign, ..glyph } } else { glyph });
    }
}

/// Skips a note, whose bracket may never close; what follows it is returned.
fn push_note<'a>(rest: &'a str, out: &mut Vec<Glyph>) -> &'a str {
    let (note, rest) = rest.split_once(is_closing).unwrap_or((rest, ""));
    if describes_character(note) {
        out.push(Glyph::character('□', false));
    }
    rest
}

/// 莹加王旁, 左王右莹, 上日下文.
fn describes_character(note: &str) -> bool {
    let both = |one, other| note.contains(one) && note.contains(other);
    note.contains('旁') || note.contains('加') || both('上', '下') || both('左', '右')
}

fn is_opening(character: char) -> bool {
    matches!(character, '(' | '（' | '[' | '［' | '{' | '｛' | '<' | '＜' | '【' | '〔' | '《' | '「')
}

fn is_closing(character: char) -> bool {
    matches!(character, ')' | '）' | ']' | '］' | '}' | '｝' | '>' | '＞' | '】' | '〕' | '》' | '」')
}

fn is_chinese(character: char) -> bool {
    character >= '\u{3400}'
}

fn is_separator(character: char) -> bool {
    match character {
        '?' | '*' => false,
        '\u{3400}'..='\u{9FFF}' => false,
        dot if glyph::is_dot(dot) => true,
        '，' | '、' | '；' | '：' | '‘' | '’' | '“' | '”' | '\u{2010}'..='\u{2015}' | '－' | '＿' => true,
        // 左右, 上下 as signs (⿰王莹).
        '\u{2FF0}'..='\u{2FFF}' => true,
        mark if glyph::is_invisible(mark) => true,
        _ => character.is_whitespace() || character.is_ascii(),
    }
}
