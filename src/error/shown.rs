//! Text that came from outside, on its way to a terminal, a log or an error: made visible, and no more of it than its
//! shape where it may be somebody's.
//!
//! A header, a sheet or a file is called what its maker called it: with an escape that paints the terminal, a line break that
//! counterfeits a second message, or, when columns slipped, a person's name and number.

use std::borrow::Cow;

/// Digits in a row that may be somebody's number: a telephone has 11.
const LONG: usize = 7;
/// Words of which names of sheets are made.
const WORDS: [&str; 27] = [
    "国办", "省办", "人员", "成员", "农户", "户主", "家庭", "数据", "信息", "名单", "名册", "台账", "明细", "汇总",
    "导出", "帮扶", "措施", "成效", "说明", "字典", "填表", "统计", "查询", "结果", "工作", "年度", "判定",
];
/// What names of places and lists end with.
const ENDINGS: [char; 14] = ['镇', '乡', '村', '区', '县', '表', '册', '单', '户', '街', '组', '园', '办', '页'];

/// The text on one line, with control characters, and those that are not seen, written out.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if is_hidden(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The same for text of several lines, whose line breaks are the program's own.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && is_hidden(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(visible).collect::<Vec<_>>().join("\n"))
}

/// What a value looks like: `3个汉字`, `18位数字`, `11个字符（8位数字）`.
pub fn shape(value: &str) -> String {
    let value = value.trim();
    let (chars, digits) = (value.chars().count(), value.chars().filter(|c| is_digit(*c)).count());
    match (chars, digits) {
        (0, _) => "空".to_owned(),
        _ if digits == chars => format!("{digits}位数字"),
        (_, 0) if value.chars().all(is_chinese) => format!("{chars}个汉字"),
        (_, 0) => format!("{chars}个字符"),
        _ => format!("{chars}个字符（{digits}位数字）"),
    }
}

/// A label that no vocabulary knows, or its shape where it may be a person's name or number.
pub fn label(text: &str) -> Cow<'_, str> {
    let digits = text.chars().filter(|c| is_digit(*c)).count();
    if digits >= LONG || is_like_a_name(text.trim()) { shape(text).into() } else { visible(text) }
}

/// The name of a sheet, or its shape where it may be a person's.
pub fn sheet_name(name: &str) -> Cow<'_, str> {
    const PHONE: usize = 11;
    let is_known = WORDS.iter().any(|word| name.contains(word)) || name.ends_with(ENDINGS);
    let in_groups: String = name.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{3000}')).collect();
    if longest_run(name) >= LONG || longest_run(&in_groups) >= PHONE || (is_like_a_name(name) && !is_known) {
        shape(name).into()
    } else {
        visible(name)
    }
}

/// The name of a file, without any number in it that may be somebody's.
pub fn file_name(name: &str) -> Cow<'_, str> {
    const NUMBER: usize = 11;
    if longest_run(name) < NUMBER {
        return visible(name);
    }
    let mut out = String::with_capacity(name.len());
    let mut run = String::new();
    for c in name.chars().map(Some).chain([None]) {
        match c {
            Some(c) if is_digit(c) => run.push(c),
            _ => {
                out.push_str(&if run.chars().count() >= NUMBER {
                    format!("〔{}〕", shape(&run))
                } else {
                    run.clone()
                });
                run.clear();
                out.extend(c);
            }
        }
    }
    Cow::Owned(visible(&out).into_owned())
}

/// Whether it is as long as names are, or has the dot of longer ones.
fn is_like_a_name(text: &str) -> bool {
    text.chars().all(|c| is_chinese(c) || is_dot(c)) && (text.chars().count() <= 4 || text.chars().any(is_dot))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| !is_digit(c)).map(|run| run.chars().count()).max().unwrap_or(0)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_dot(c: char) -> bool {
    matches!(c, '·' | '•' | '・' | '．' | '‧')
}

/// Control characters, and those that change how a text is shown without being seen.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_paints_the_terminal() {
        assert_eq!(visible("姓名\u{1b}[31m红\n错误 x"), "姓名\\u{1b}[31m红\\n错误 x");
        assert_eq!(visible("a\u{202e}b\u{9b}2J\r"), "a\\u{202e}b\\u{9b}2J\\r");
        assert!(matches!(visible("张庄村.xlsx"), Cow::Borrowed(_)));
        assert_eq!(visible_lines("一\n二\u{7}\n"), "一\n二\\u{7}\n");
    }

    #[test]
    fn shapes() {
        assert_eq!(shape("张建国"), "3个汉字");
        assert_eq!(shape("342401198001011237"), "18位数字");
        assert_eq!(shape("34240119800101123X"), "18个字符（17位数字）");
        assert_eq!(shape(" "), "空");
    }

    #[test]
    fn sheets_are_named_unless_a_person_is() {
        for name in ["Sheet1", "人员", "城关镇", "2018年人员信息", "国办数据", "家庭成员"] {
            assert_eq!(sheet_name(name), name);
        }
        assert_eq!(sheet_name("张建国"), "3个汉字");
        assert_eq!(sheet_name("阿依古丽·买买提"), "8个字符");
        assert_eq!(sheet_name("张建国13812345678"), "14个字符（11位数字）");
    }

    #[test]
    fn labels_are_told_unless_a_person_is() {
        assert_eq!(label("初中毕业生"), "初中毕业生");
        assert_eq!(label("张建国"), "3个汉字");
        assert_eq!(label("电话13812345678"), "13个字符（11位数字）");
    }

    #[test]
    fn files_keep_their_names_but_not_numbers() {
        assert_eq!(file_name("a/城关镇_20181231.xlsx"), "a/城关镇_20181231.xlsx");
        assert_eq!(file_name("a/342401198001011237.xlsx"), "a/〔18位数字〕.xlsx");
        assert_eq!(file_name("a\n错误 b.csv"), "a\\n错误 b.csv");
    }
}
