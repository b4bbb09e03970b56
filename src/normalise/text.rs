//! Folding shared by every kind of value: width, blanks, quotes, null spellings.
//!
//! Cells arrive as printed. Before a cell is read as a number, a date or a label, the marks that spreadsheets and
//! keyboards leave behind are folded away: full-width forms, no-break and zero-width blanks, the BOM, the quote that
//! keeps Excel from reading a number. All functions are total; an empty result means that nothing was said.

use crate::similarity::glyph;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Spellings of "nothing was filled in", after [`compact`] and upper-casing.
const NULLS: &[&str] = &[
    "",
    "/",
    "//",
    "\\",
    "-",
    "--",
    "---",
    "—",
    "——",
    "–",
    "_",
    ".",
    "…",
    "……",
    "无",
    "空",
    "未填",
    "未填写",
    "未填报",
    "未录入",
    "未采集",
    "待填",
    "待填写",
    "待补",
    "待补充",
    "待定",
    "待核实",
    "不详",
    "未知",
    "不清楚",
    "暂无",
    "没有",
    "NULL",
    "(NULL)",
    "NONE",
    "NIL",
    "NAN",
    "NA",
    "N/A",
    "<NA>",
    "NAT",
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
];

/// Full-width forms to ASCII; every other character stays.
pub fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// Blanks of every sort, control characters, and whatever shows nothing: zero-width and direction marks, fillers, selectors.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || glyph::is_invisible(c)
}

/// Quotes that guard a number as text, in Excel and in people's hands.
pub fn is_quote(c: char) -> bool {
    matches!(c, '\'' | '"' | '`' | '´' | '‘' | '’' | '“' | '”')
}

/// The text narrowed, without blanks and quotes.
pub fn compact(text: &str) -> String {
    text.chars().map(narrow).filter(|&c| !is_blank(c) && !is_quote(c)).collect()
}

/// The text without blanks at its ends; blanks inside stay. `None` for a null spelling.
pub fn trimmed(text: &str) -> Option<&str> {
    (!is_null(text)).then(|| text.trim_matches(is_blank))
}

/// Whether the text only says that nothing was filled in: blank, `/`, `—`, 无, 未填, `#N/A`.
pub fn is_null(text: &str) -> bool {
    // The longest spelling has 7 characters: longer cells need no folding, and most long cells are free text.
    if text.len() > 64 {
        return text.chars().all(is_blank);
    }
    let mut folded = compact(text);
    folded.make_ascii_uppercase();
    NULLS.contains(&folded.as_str())
}

/// NFKC, which most cells are already in.
pub fn nfkc(text: &str) -> String {
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        _ => text.nfkc().collect(),
    }
}

/// The form in which labels are looked up: NFKC, no blanks or quotes, all brackets round, ASCII in upper case.
pub fn label_form(text: &str) -> String {
    nfkc(text)
        .chars()
        .filter(|&c| !is_blank(c) && !is_quote(c))
        .map(|c| match c {
            '[' | '{' | '<' | '〔' | '【' | '〈' | '《' | '「' | '﹙' => '(',
            ']' | '}' | '>' | '〕' | '】' | '〉' | '》' | '」' | '﹚' => ')',
            _ => c.to_ascii_uppercase(),
        })
        .collect()
}

/// `12345.0` and `12345.00` are what a spreadsheet makes of 12345.
pub fn without_zero_fraction(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros)) if is_digits(whole) && zeros.bytes().all(|digit| digit == b'0') => whole,
        _ => text,
    }
}

/// Non-empty, ASCII digits only.
pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_spellings() {
        for text in ["", "  ", "\u{3000}", "/", "—", "无", " 未填 ", "null", "#N/A", "＃Ｎ／Ａ", "-", "\u{FEFF}"]
        {
            assert!(is_null(text), "{text:?}");
        }
        for text in ["0", "否", "无劳动力", "无名氏", "a", "-1", "1/2"] {
            assert!(!is_null(text), "{text:?}");
        }
    }

    #[test]
    fn folding() {
        assert_eq!(compact("‘３４ \u{A0}1\u{200B}2\u{3000}"), "3412");
        assert_eq!(label_form("已脱贫 （享受政策）"), "已脱贫(享受政策)");
        assert_eq!(label_form("a级【危房】"), "A级(危房)");
        assert_eq!(without_zero_fraction("13905580000.0"), "13905580000");
        assert_eq!(without_zero_fraction("1.50"), "1.50");
        assert_eq!(without_zero_fraction("."), ".");
        assert_eq!(trimmed(" a b\u{3000}"), Some("a b"));
        assert_eq!(trimmed(" 未填 "), None);
    }
}
