//! Folding of headers and footer words: two spellings that a person reads as the same word become equal.
//!
//! NFKC (full-width letters, digits and brackets), all brackets to round ones, no white space or zero-width
//! characters, no trailing `*`, `:` or 、 that marks a mandatory field, lower case.

use unicode_normalization::UnicodeNormalization;

/// Units that headers carry in brackets and aliases may leave out. 万元 is not here: it changes the value.
const UNITS: &[&str] =
    &["元", "元/人", "月", "个月", "亩", "平方米", "m2", "人", "户", "公里", "km", "年", "必填", "选填"];

/// The folded form of a header.
pub(super) fn fold(text: &str) -> String {
    let folded: String = text.nfkc().map(bracket).filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase).collect();
    folded.trim_matches(|c| matches!(c, '*' | ':' | '、' | '.' | '\'')).to_owned()
}

/// The folded header without a unit in brackets at its end, when it has one: 务工时间(月) → 务工时间.
pub(super) fn without_unit(folded: &str) -> Option<&str> {
    let (stem, unit) = folded.strip_suffix(')')?.rsplit_once('(')?;
    (UNITS.contains(&unit) && !stem.is_empty()).then_some(stem)
}

/// Whether a cell shows nothing: empty, white space (NBSP and the ideographic blank included), zero-width.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// A cell without the formula that keeps Excel from making a number of it: `="3424…"`, quotes doubled or not.
pub(super) fn unforced(text: &str) -> &str {
    let Some(quoted) = text.strip_prefix('=') else { return text };
    let quoted = quoted.trim();
    let inner = quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"')).unwrap_or(text);
    inner.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"')).unwrap_or(inner)
}

fn is_invisible(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}' | '\0')
}

fn bracket(c: char) -> char {
    match c {
        '【' | '[' | '〔' | '{' | '〖' | '「' => '(',
        '】' | ']' | '〕' | '}' | '〗' | '」' => ')',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_fold_together() {
        for (text, folded) in [
            ("务工时间（月）", "务工时间(月)"),
            (" 姓　名\u{200B}\n", "姓名"),
            ("*证件号码：", "证件号码"),
            ("【户】编号＊", "(户)编号"),
            ("ＩＤ号", "id号"),
        ] {
            assert_eq!(fold(text), folded);
        }
        assert_ne!(fold("户主姓名"), fold("姓名"));
    }

    #[test]
    fn only_units_are_left_out() {
        assert_eq!(without_unit("人均纯收入(元)"), Some("人均纯收入"));
        assert_eq!(without_unit("收入(万元)"), None);
        assert_eq!(without_unit("联系电话(户主)"), None);
        assert_eq!(without_unit("(元)"), None);
    }

    #[test]
    fn forced_text_is_text() {
        for (text, expected) in [
            (r#"="1""#, "1"),
            (r#"=""1"""#, "1"),
            (r#"= "甲" "#, "甲"),
            ("=1", "=1"),
            ("=\"\"", ""),
            ("=", "="),
            ("\"1\"", "\"1\""),
        ] {
            assert_eq!(unforced(text), expected, "{text}");
        }
    }

    #[test]
    fn blank_is_what_shows_nothing() {
        assert!(is_blank("") && is_blank(" \u{A0}\u{3000}\u{FEFF}\r"));
        assert!(!is_blank("0") && !is_blank(" - "));
    }
}
