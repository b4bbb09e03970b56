//! Names: a form to show and a key to compare.
//!
//! The *display form* is what a clerk would write: padding blanks, notes in brackets (户主, 已故, 曾用名) and stray marks
//! around the name are gone, the separator of minority names is `·` (民委发〔2016〕33号). The *key form* is for comparison
//! only: NFKC, no dots or blanks, traditional and variant characters folded to the usual ones, and every sign that
//! stands for a character that could not be typed or encoded (`?`, □, a private-use code point) is [`WILDCARD`].

use std::borrow::Cow;

use super::text;
use crate::similarity::{chinese, glyph};

/// Stands for one character that nobody can tell: U+25A1.
pub const WILDCARD: char = '\u{25A1}';

/// Cells that say "not named yet". They have a display form and no key.
const UNNAMED: &[&str] = &[
    "未取名",
    "未命名",
    "未起名",
    "暂未取名",
    "暂无姓名",
    "无名",
    "没名字",
    "未上户口",
    "未上户",
    "新生儿",
    "婴儿",
    "某某",
    "测试",
];

/// The form to show: notes, padding and stray marks removed, dots unified. `None` when no name is left.
///
/// ```
/// use hedui::normalise::name::{display, key};
/// assert_eq!(display("张　三（户主）").as_deref(), Some("张三"));
/// assert_eq!(key("買買提。艾力"), key("买买提·艾力"));
/// ```
pub fn display(cell: &str) -> Option<String> {
    if text::is_null(cell) {
        return None;
    }
    let cell = with_characters(cell);
    let bare = without_notes(&cell);
    let joined = without_padding(&bare);
    let name = joined.trim_matches(is_stray);
    (!name.is_empty() && !text::is_null(name)).then(|| name.to_owned())
}

/// The form to compare, of a cell or of a display form. `None` for a cell that names nobody.
pub fn key(cell: &str) -> Option<String> {
    let name = display(cell)?;
    let name = chinese::first_of_several(&name);
    if UNNAMED.contains(&name) || chinese::is_of_a_newborn(name) {
        return None;
    }
    let is_kept = |c: &char| !is_dot(*c) && !is_dash(*c) && !text::is_blank(*c) && !matches!(c, '(' | ')');
    let folded = text::nfkc(name).chars().filter(is_kept).map(fold).collect::<String>();
    let key = match folded.chars().next() {
        Some(first) => folded.replacen(first, glyph::fold_surname(first).encode_utf8(&mut [0; 4]), 1),
        None => folded,
    };
    (!key.is_empty() && !key.chars().all(|c| c == WILDCARD)).then_some(key)
}

/// The usual form of a traditional or variant character, as linking knows it; [`WILDCARD`] for what stands for an unknown one.
pub fn fold(c: char) -> char {
    match glyph::fold(c) {
        folded if folded != c => folded,
        _ if is_wildcard(c) => WILDCARD,
        _ => c.to_ascii_uppercase(),
    }
}

/// Signs that stand for a character which could not be typed or encoded.
pub fn is_wildcard(c: char) -> bool {
    matches!(
        c,
        '?' | '？' | '*' | '＊' | '□' | '■' | '▢' | '◇' | '◆' | '\u{3013}' | '\u{FFFD}' | '\u{E000}'..='\u{F8FF}'
    ) || matches!(c, '\u{F0000}'..='\u{10FFFD}')
}

/// The separators of minority names.
pub fn is_dot(c: char) -> bool {
    glyph::is_dot(c)
}

/// Whether somebody hid a part of the name: 张*, 张某, 张XX. What a system could not print (张?, 张□) is lost, not hidden.
pub fn is_hidden(name: &str) -> bool {
    let Some(name) = display(name) else { return false };
    let is_sign = |c: char| matches!(c, '*' | '＊' | '﹡' | '∗' | '×' | '✕' | '○' | '■' | '█' | 'X' | 'x');
    let shown = name.chars().filter(|&c| u32::from(c) >= 0x3400).count();
    let spelt = name.chars().any(|c| c.is_ascii_alphabetic() && !matches!(c, 'X' | 'x'));
    let hidden = name.chars().filter(|&c| is_sign(c) && !(spelt && c.is_ascii())).count();
    shown > 0 && (hidden > 0 || name.ends_with('某'))
}

/// Character references (`&#19886;`) and escapes of a workbook (`_x4DAE_`) as the characters that they stand for.
fn with_characters(cell: &str) -> Cow<'_, str> {
    if !cell.contains("&#") && !cell.contains("&amp;#") && !cell.contains("_x") {
        return Cow::Borrowed(cell);
    }
    let (mut read, mut rest) = (String::with_capacity(cell.len()), cell);
    while let Some(next) = rest.chars().next() {
        let (character, length) = reference(rest).unwrap_or((next, next.len_utf8()));
        read.push(character);
        rest = &rest[length..];
    }
    Cow::Owned(read)
}

/// The character that the front of a text refers to, and the length of the reference.
fn reference(text: &str) -> Option<(char, usize)> {
    let prefix = ["&amp;#", "&#", "_x"].into_iter().find(|prefix| text.starts_with(prefix))?;
    let (code, end) =
        text[prefix.len()..].split_once(if prefix == "_x" { '_' } else { ';' }).map(|(code, _)| (code, 1))?;
    let number = match code.strip_prefix(['x', 'X']) {
        _ if prefix == "_x" => u32::from_str_radix(code, 16).ok().filter(|_| code.len() == 4),
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => code.parse().ok(),
    };
    let character = char::from_u32(number?).filter(|c| !c.is_control())?;
    Some((character, prefix.len() + code.len() + end))
}

/// Drops bracketed notes. A note that describes a character leaves a wildcard in its place: one that says so (莹加王旁), and one
/// that stands where a character must be, inside a name or behind a mere surname, and names parts: 马(王乐).
fn without_notes(cell: &str) -> String {
    let narrow: Vec<char> = cell.chars().map(text::narrow).collect();
    let mut bare = String::with_capacity(cell.len());
    let mut note: Option<String> = None;
    for (at, &c) in narrow.iter().enumerate() {
        match (&mut note, c) {
            (None, c) if opens_note(c) => note = Some(String::new()),
            (Some(inside), c) if closes_note(c) => {
                let goes_on = narrow[at + 1..].iter().any(|c| is_chinese(*c));
                let describes = describes_character(inside) || is_part_of_name(&bare, inside, goes_on);
                bare.extend(describes.then_some(WILDCARD));
                note = None;
            }
            (Some(inside), c) => inside.push(c),
            (None, c) => bare.push(c),
        }
    }
    bare
}

const fn opens_note(c: char) -> bool {
    matches!(c, '(' | '[' | '{' | '<' | '【' | '〔' | '《' | '「')
}

const fn closes_note(c: char) -> bool {
    matches!(c, ')' | ']' | '}' | '>' | '】' | '〕' | '》' | '」')
}

fn is_chinese(c: char) -> bool {
    u32::from(c) >= 0x3400
}

/// What notes in brackets say of a person, beside a name.
const NOTE_WORDS: &[&str] = &[
    "户", "故", "亡", "死", "曾用", "小名", "原名", "又名", "别名", "乳名", "化名", "改名", "更名", "代", "迁", "嫁",
    "婚", "离", "服刑", "失踪", "监护", "本人", "残", "低保", "五保", "重复", "新增", "组", "村", "妻", "夫", "媳",
    "孙", "丧", "病", "外出", "务工", "在校", "学生", "退", "脱贫", "贫困", "未", "已", "电话", "长子", "次子", "三子",
    "四子", "之子", "儿子", "长女", "次女", "三女", "之女", "女儿", "父亲", "母亲", "大儿", "小儿", "老大", "老二",
    "老三", "男性", "女性",
];

/// Whether a note between `before` and the rest of the name stands for one of its characters.
fn is_part_of_name(before: &str, note: &str, goes_on: bool) -> bool {
    let before = before.chars().filter(|c| is_chinese(*c)).count();
    let is_needed = before == 1 || before > 0 && goes_on;
    let parts = note.chars().filter(|c| !text::is_blank(*c) && *c != '+').count();
    is_needed
        && (2..=3).contains(&parts)
        && note.chars().all(|c| is_chinese(c) || text::is_blank(c) || c == '+')
        && !NOTE_WORDS.iter().any(|word| note.contains(word))
}

fn describes_character(note: &str) -> bool {
    note.contains('旁')
        || note.contains('加')
        || (note.contains('上') && note.contains('下'))
        || (note.contains('左') && note.contains('右'))
}

/// Blanks beside a Chinese character are padding; between Latin words one stays. Between two runs of three and more
/// Chinese characters a blank is the separator of a minority name.
fn without_padding(name: &str) -> String {
    let name: String = name.chars().filter(|&c| c == '\u{3164}' || !glyph::is_invisible(c)).collect();
    let words: Vec<&str> = name.split(text::is_blank).filter(|word| !word.is_empty()).collect();
    let mut joined = String::with_capacity(name.len());
    for word in words {
        if let Some(last) = joined.chars().next_back() {
            if last.is_ascii_alphabetic() && word.starts_with(|c: char| c.is_ascii_alphabetic()) {
                joined.push(' ');
            } else if is_long_chinese(word) && joined.split('·').next_back().is_some_and(is_long_chinese) {
                joined.push('·');
            }
        }
        joined.extend(word.chars().filter(|&c| !text::is_quote(c)).map(|c| if is_dot(c) { '·' } else { c }));
    }
    with_separators(joined)
}

/// A dash, an asterisk or 丶 between two and more Chinese characters on each side, three on one of them, separates.
fn with_separators(name: String) -> String {
    let is_separator = |c: char| is_dash(c) || matches!(c, '*' | '丶');
    if !name.contains(is_separator) {
        return name;
    }
    let parts: Vec<&str> = name.split(is_separator).collect();
    let length = |part: &&str| part.chars().filter(|c| u32::from(*c) >= 0x3400).count();
    let is_long = parts.iter().all(|part| length(part) >= 2) && parts.iter().any(|part| length(part) >= 3);
    if is_long { parts.join("·") } else { name }
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '－' | '＿')
}

fn is_long_chinese(word: &str) -> bool {
    word.chars().count() >= 3 && word.chars().all(|c| u32::from(c) >= 0x3400)
}

/// Marks that surround a name without being part of it.
fn is_stray(c: char) -> bool {
    text::is_blank(c)
        || c.is_ascii_digit()
        || matches!(
            c,
            '·' | ','
                | '，'
                | '、'
                | ';'
                | '；'
                | ':'
                | '：'
                | '-'
                | '_'
                | '/'
                | '\\'
                | '|'
                | '+'
                | '='
                | '#'
                | '!'
                | '~'
                | '—'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: &str, shown: Option<&str>, compared: Option<&str>) {
        assert_eq!(display(cell).as_deref(), shown, "display of {cell}");
        assert_eq!(key(cell).as_deref(), compared, "key of {cell}");
    }

    #[test]
    fn padding_notes_and_stray_marks() {
        check("张三", Some("张三"), Some("张三"));
        check("张\u{3000}三", Some("张三"), Some("张三"));
        check(" 张 三\t", Some("张三"), Some("张三"));
        check("张三（已故）", Some("张三"), Some("张三"));
        check("张三(户主)", Some("张三"), Some("张三"));
        check("(小名)张三", Some("张三"), Some("张三"));
        check("1、张三", Some("张三"), Some("张三"));
        check("张三2", Some("张三"), Some("张三"));
        check("张三（未关括号", Some("张三"), Some("张三"));
        check("欧阳 修文", Some("欧阳修文"), Some("欧阳修文"));
    }

    #[test]
    fn separators_of_minority_names() {
        for cell in ["买买提·艾力", "买买提・艾力", "买买提•艾力", "买买提．艾力", "买买提。艾力", "买买提.艾力"]
        {
            check(cell, Some("买买提·艾力"), Some("买买提艾力"));
        }
        check("买买提 艾力江", Some("买买提·艾力江"), Some("买买提艾力江"));
        check("John  Smith", Some("John Smith"), Some("JOHNSMITH"));
    }

    #[test]
    fn characters_nobody_can_tell() {
        check("张?", Some("张?"), Some("张□"));
        check("张\u{E123}芳", Some("张\u{E123}芳"), Some("张□芳"));
        // What is known of a code page's own code points is its character.
        check("张\u{E863}芳", Some("张\u{E863}芳"), Some("张䶮芳"));
        check("韦（莹加王旁）", Some("韦□"), Some("韦□"));
        check("马(王乐)", Some("马□"), Some("马□"));
        check("张（赞 古）", Some("张□"), Some("张□"));
        check("马(王+乐)明", Some("马□明"), Some("马□明"));
        check("张三(张小三)", Some("张三"), Some("张三"));
        check("张(已故)", Some("张"), Some("张"));
        check("张三(王乐)", Some("张三"), Some("张三"));
        check("??", Some("??"), None);
        check("张\u{20BB7}", Some("张\u{20BB7}"), Some("张\u{20BB7}"));
    }

    #[test]
    fn variants_fold_in_the_key_only() {
        check("張國強", Some("張國強"), Some("张国强"));
        check("陳曉東", Some("陳曉東"), Some("陈晓东"));
        assert_ne!(key("王芳"), key("王方"));
    }

    #[test]
    fn nobody() {
        check("", None, None);
        check("无", None, None);
        check("未填", None, None);
        check("（户主）", None, None);
        check("未取名", Some("未取名"), None);
        check("张之子", Some("张之子"), None);
        check("张某某", Some("张某某"), None);
        check("张之", Some("张之"), Some("张之"));
        check("张三、张小三", Some("张三、张小三"), Some("张三"));
        check("张/三", Some("张/三"), Some("张/三"));
    }

    #[test]
    fn what_a_system_adds_is_no_part_of_the_name() {
        for cell in [
            "王䶮",
            "王&#19886;",
            "王&#x4dae;",
            "王&#X4DAE;",
            "王&amp;#19886;",
            "王_x4DAE_",
            "王\u{E863}",
            "王\u{2068}䶮\u{2069}",
            "\u{202E}王䶮\u{202C}",
            "王\u{3164}䶮",
            "王䶮\u{FE00}",
            "王䶮\u{E0101}",
            "王\u{AD}䶮",
            "\u{200E}王䶮\u{200F}",
        ] {
            assert_eq!(key(cell), key("王䶮"), "{cell}");
        }
        for (one, other) in [
            ("⻢小红", "马小红"),
            ("⻩丽", "黄丽"),
            ("⻰海", "龙海"),
            ("⼭川", "山川"),
            ("葛\u{E0100}平", "葛平"),
            ("陈㈠", "陈一"),
            ("陈㊀", "陈一"),
            ("\u{F9D1}平", "六平"),
            ("閆强", "闫强"),
            ("呂丽", "吕丽"),
            ("髙明", "高明"),
            ("肖华", "蕭華"),
            ("付强", "傅强"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        for dot in "·˙•‧∙⋅・･．。ㆍ⸱ꞏ.- ‐–—_*丶".chars() {
            assert_eq!(key(&format!("买买提{dot}艾力江")), key("买买提·艾力江"), "{dot}");
        }
        assert_ne!(key("张丶三"), key("张三"), "a character of its own in a short name");
        assert_ne!(key("王付"), key("王傅"), "surnames are in first place");
        assert_eq!(display("王&#19886;").as_deref(), Some("王䶮"));
        assert_eq!(display("王&#0;&#xFFFFFFFF;&x;").as_deref(), Some("王&#0;&#xFFFFFFFF;&x"));
    }

    #[test]
    fn hidden_names() {
        for name in ["张*", "张**", "*三", "张＊明", "张×", "张××", "张某", "张XX", "欧阳x", "张○明"]
        {
            assert!(is_hidden(name), "{name}");
        }
        for name in ["张三", "张?", "张□", "张\u{E123}明", "John Smith", "X", "买买提*艾力江", "**"] {
            assert!(!is_hidden(name), "{name}");
        }
    }
}
