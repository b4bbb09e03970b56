//! The TOML parser's sentences, in both languages.
//!
//! In: a message of `toml` or serde, English and made for programmers. Out: the same in English, and in Chinese what a
//! clerk can act on: what the line says, what it should say, which mark is missing. A message that is not known here
//! becomes a general one in Chinese: the line is named in any case.

use crate::error::Text;
use crate::say;

/// The parser's sentence in both languages.
pub(super) fn words(message: &str) -> Text {
    let message = message.trim().replace('\n', "; ");
    unknown_field(&message)
        .or_else(|| missing_field(&message))
        .or_else(|| unknown_variant(&message))
        .or_else(|| wrong_value(&message))
        .unwrap_or_else(|| {
            let zh = syntax(&message);
            say!("{zh}", "{message}")
        })
}

fn unknown_field(message: &str) -> Option<Text> {
    let (name, known) = name_and_known(message.strip_prefix("unknown field ")?);
    let mut text = say!("未知的设置项 `{name}`", "unknown key `{name}`");
    if let Some(near) = nearest(name, known.into_iter()) {
        text.zh.push_str(&format!("（是不是 `{near}`？）"));
        text.en.push_str(&format!(" (did you mean `{near}`?)"));
    }
    Some(text)
}

fn missing_field(message: &str) -> Option<Text> {
    let (name, _) = name_and_known(message.strip_prefix("missing field ")?);
    Some(say!("缺少设置项 `{name}`", "key `{name}` is missing"))
}

fn unknown_variant(message: &str) -> Option<Text> {
    let (name, known) = name_and_known(message.strip_prefix("unknown variant ")?);
    let known = known.join(" | ");
    Some(say!("`{name}` 不是可用的值，可用: {known}", "`{name}` is not one of: {known}"))
}

/// The name in back quotes, and the names allowed in its place.
fn name_and_known(rest: &str) -> (&str, Vec<&str>) {
    let name = rest.split('`').nth(1).unwrap_or_default();
    (name, rest.split('`').skip(3).step_by(2).collect())
}

/// A value of the wrong kind or out of range.
fn wrong_value(message: &str) -> Option<Text> {
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    let (found, expected) = rest.rsplit_once(", expected ")?;
    let (found, expected) = (found_zh(found), expected_zh(expected));
    Some(say!("应为{expected}，这里写的是{found}", "{message}"))
}

fn found_zh(found: &str) -> String {
    let kinds = [
        ("boolean", "真假值 "),
        ("integer", "整数 "),
        ("floating point", "小数 "),
        ("string", "文字 "),
        ("sequence", "列表（方括号）"),
        ("map", "日期或一组设置；日期也要加英文双引号"),
    ];
    let known = kinds.iter().find_map(|(kind, zh)| Some((found.strip_prefix(kind)?.trim_start(), zh)));
    known.map_or_else(|| "别的内容".to_owned(), |(value, zh)| format!("{zh}{value}"))
}

fn expected_zh(expected: &str) -> &'static str {
    match expected {
        "a string" | "a borrowed string" => "文字（加英文双引号）",
        "a boolean" => "true 或 false",
        "u8" | "u16" | "u32" | "u64" | "usize" => "不小于 0 的整数",
        "i8" | "i16" | "i32" | "i64" | "isize" => "整数",
        "f32" | "f64" => "数字（不加引号）",
        "a sequence" => "列表（用方括号括起，各项之间用英文逗号隔开）",
        _ => "一组设置（键 = 值）",
    }
}

/// What to do about a line that is no TOML.
fn syntax(message: &str) -> &'static str {
    let is = |starts: &[&str]| starts.iter().any(|start| message.starts_with(start));
    if is(&["duplicate key"]) {
        "同一设置项写了两次"
    } else if is(&["wanted string or table"]) {
        "应为文字（加英文双引号）"
    } else if is(&["string values must be quoted", "missing opening quote", "missing value", "invalid value"]) {
        "等号后面没有可用的值：文字要加英文双引号，不能用中文引号"
    } else if is(&["invalid basic string", "invalid literal string", "invalid multi-line", "missing escaped"]) {
        "引号没有配对，或引号里有反斜杠（\\ 要写成 \\\\）"
    } else if is(&["invalid unquoted key", "unquoted keys", "keys cannot", "missing key"]) {
        "等号前面不是设置项的名称：名称是英文字母、数字、- 和 _"
    } else if is(&["key with no value", "missing assignment"]) {
        "缺少等号，应写成 键 = 值"
    } else if is(&["unclosed array table", "unclosed table", "missing table open"]) {
        "小节标题的方括号没有配对，应写成 [名称] 或 [[名称]]"
    } else if is(&["unclosed array", "missing comma", "extra comma", "unexpected `=` in array", "missing array"]) {
        "列表的方括号没有配对，或各项之间缺少英文逗号"
    } else if is(&["unexpected key or value", "unexpected content", "extra "]) {
        "这一行多写了内容：一行只写一项设置"
    } else if is(&["unexpected leading zero", "redundant", "unexpected sign", "`_` may only", "integers with"]) {
        "数字的写法不对：前面不要加 0 或 +，编号等要加英文双引号"
    } else {
        "写法不对：请检查这一行的引号、方括号、逗号和等号，都要用英文标点"
    }
}

/// The known word most like `word`, when one is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(score, _)| *score >= 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What toml says of a document of one `u32` key `n`, in Chinese.
    #[track_caller]
    fn check(document: &str, expected: &str) {
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code, reason = "only its shape is tested")]
        struct Options {
            n: u32,
            names: Option<Vec<String>>,
        }
        let cause = toml::from_str::<Options>(document).expect_err("a mistake");
        assert_eq!(words(cause.message()).zh, expected, "{}", cause.message());
    }

    #[test]
    fn values_of_the_wrong_kind() {
        check("n = \"5\"", "应为不小于 0 的整数，这里写的是文字 \"5\"");
        check("n = -1", "应为不小于 0 的整数，这里写的是整数 `-1`");
        check("n = 1\nnames = 3", "应为列表（用方括号括起，各项之间用英文逗号隔开），这里写的是整数 `3`");
        check("n = 1\nnames = [true]", "应为文字（加英文双引号），这里写的是真假值 `true`");
        check("n = 2018-12-31", "应为不小于 0 的整数，这里写的是日期或一组设置；日期也要加英文双引号");
        check("", "缺少设置项 `n`");
    }

    #[test]
    fn lines_that_are_no_toml() {
        check("n = 1\nn = 2", "同一设置项写了两次");
        check("n = “5”", "等号后面没有可用的值：文字要加英文双引号，不能用中文引号");
        check("n = \"5", "引号没有配对，或引号里有反斜杠（\\ 要写成 \\\\）");
        check("数 = 5", "等号前面不是设置项的名称：名称是英文字母、数字、- 和 _");
        check("n 5", "缺少等号，应写成 键 = 值");
        check("[n", "小节标题的方括号没有配对，应写成 [名称] 或 [[名称]]");
        check("names = [\"a\" \"b\"]", "列表的方括号没有配对，或各项之间缺少英文逗号");
        check("n = \"1\" \"2\"", "这一行多写了内容：一行只写一项设置");
        check("n = 01", "数字的写法不对：前面不要加 0 或 +，编号等要加英文双引号");
        check("n = 1 # \u{7}", "写法不对：请检查这一行的引号、方括号、逗号和等号，都要用英文标点");
    }
}
