//! Rows that explain a header: column numbers (栏次), units, codes, hints on how to fill the form, samples.
//!
//! They stand between the header and the data, or come again with it on every page, and none of them is a person. Each is
//! recognised by all of its cells together: one cell that a legend cannot hold, and the row is data.

use super::fold::{fold, is_blank};
use super::grid::Cells;
use super::units;

/// What a row explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Legend {
    /// 1 2 3 …, (1) (2) (3), 甲 乙 1 2, A B C.
    Numbers,
    /// 元, (万元), 亩.
    Units,
    /// Names of database fields.
    Codes,
    /// 必填, 文本, 18位.
    Hints,
    /// A row filled in to show how.
    Sample,
}

/// Words that name a row of column numbers.
const NUMBERING: &[&str] = &["栏次", "栏号", "列号", "列次", "栏目", "列", "栏", "序", "序号", "编号", "行次"];
const STEMS: &str = "甲乙丙丁戊己庚辛壬癸";

const HINTS: &[&str] = &[
    "必填",
    "必填项",
    "选填",
    "选填项",
    "非必填",
    "可选",
    "可空",
    "不填",
    "自动",
    "自动生成",
    "自动带出",
    "系统生成",
    "文本",
    "文本型",
    "文本格式",
    "字符",
    "字符型",
    "字符串",
    "汉字",
    "数字",
    "数值",
    "数值型",
    "整数",
    "小数",
    "日期",
    "日期型",
    "日期格式",
    "下拉",
    "下拉选择",
    "下拉框",
    "单选",
    "多选",
    "填写",
    "手填",
    "手工填写",
    "yyyy-mm-dd",
    "yyyymmdd",
    "是/否",
    "男/女",
];

const SAMPLES: &[&str] =
    &["示例", "样例", "例", "例子", "举例", "填写示例", "填报示例", "示例行", "样本", "范例", "例如", "填表示例"];

/// `（12）=（10）+（11）` in full-width characters.
const LONGEST_ORDINAL_BYTES: usize = 64;

/// What a row explains on any page.
pub(super) fn numbers<C: Cells + ?Sized>(cells: &C) -> Option<Legend> {
    // Numbers of columns are short; most rows are told by their first longer cell.
    if shown(cells).any(|(_, text)| text.len() > LONGEST_ORDINAL_BYTES) {
        return None;
    }
    let texts: Vec<String> = shown(cells).map(|(_, text)| fold(text)).collect();
    let texts = texts
        .strip_prefix(&texts[..usize::from(texts.first().is_some_and(|text| NUMBERING.contains(&text.as_str())))])
        .unwrap_or(&texts);
    let tokens: Option<Vec<u32>> = texts.iter().map(|text| ordinal(text)).collect();
    let tokens = tokens.filter(|tokens| tokens.len() >= 3)?;
    let steps = tokens.windows(2).filter(|pair| pair[1] == pair[0] + 1 || pair[1] == 1 && pair[0] >= 1000).count();
    let rises = tokens.windows(2).all(|pair| pair[0] < pair[1] || pair[1] == 1 && pair[0] >= 1000);
    (rises && (steps + 1) * 5 >= tokens.len() * 4).then_some(Legend::Numbers)
}

/// What a row right under the header explains; `keys` are the columns that name or identify somebody.
pub(super) fn below_header<C: Cells + ?Sized>(cells: &C, keys: &[usize]) -> Option<Legend> {
    let texts: Vec<(usize, String)> = shown(cells).map(|(column, text)| (column, fold(text))).collect();
    let of_keys = || texts.iter().filter(|(column, _)| keys.contains(column));
    let is_sample = |text: &str| {
        SAMPLES.contains(&text.trim_matches(['(', ')']).trim_end_matches(|c: char| c.is_ascii_digit()))
            || text.starts_with("例:")
            || ["(示例)", "(样例)", "(例)"].iter().any(|mark| text.ends_with(mark))
    };
    if texts.first().is_some_and(|(_, text)| is_sample(text)) || of_keys().any(|(_, text)| is_sample(text)) {
        return Some(Legend::Sample);
    }
    if of_keys().count() > 1 && of_keys().all(|(_, text)| text.chars().all(|c| "x×*某○〇□_-".contains(c))) {
        return Some(Legend::Sample);
    }
    if !texts.is_empty() && texts.iter().all(|(_, text)| units::of_cell(text).is_some()) {
        return Some(Legend::Units);
    }
    if of_keys().any(|_| true) && of_keys().all(|(_, text)| is_hint(text)) {
        return Some(Legend::Hints);
    }
    let codes = texts.len() >= 3 && texts.iter().all(|(_, text)| is_code(text));
    let distinct =
        || texts.iter().all(|(column, text)| !texts.iter().any(|other| other.0 < *column && other.1 == *text));
    (codes && distinct()).then_some(Legend::Codes)
}

/// Columns and texts of the cells that show something.
fn shown<C: Cells + ?Sized>(cells: &C) -> impl Iterator<Item = (usize, &str)> {
    (0..cells.width()).map(|column| (column, cells.cell(column))).filter(|(_, text)| !is_blank(text))
}

/// A column number: 甲 is 1001, A is 2001; 8=9+10 is 8.
fn ordinal(folded: &str) -> Option<u32> {
    let plain = folded.split('=').next().unwrap_or_default().trim_matches(['(', ')', '<', '>', '.', '#']);
    let plain = plain.trim_start_matches(['第', '栏', '列']).trim_end_matches(['栏', '列']);
    if plain.len() <= 3 && !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return plain.parse().ok().filter(|number| *number > 0);
    }
    let mut characters = plain.chars();
    let (first, rest) = (characters.next()?, characters.as_str());
    if let (Some(at), "") = (STEMS.chars().position(|stem| stem == first), rest) {
        return Some(1001 + at as u32);
    }
    let letters = plain.len() <= 2 && plain.bytes().all(|byte| byte.is_ascii_lowercase());
    letters.then(|| 2000 + plain.bytes().fold(0, |number, byte| number * 26 + u32::from(byte - b'a') + 1))
}

fn is_hint(folded: &str) -> bool {
    let plain = folded.trim_matches(['(', ')']);
    let digits = plain.trim_end_matches(|c: char| c.is_ascii_digit() || c == ')').trim_end_matches('(');
    HINTS.contains(&plain)
        || matches!(
            digits,
            "varchar" | "char" | "varchar2" | "nvarchar" | "int" | "number" | "string" | "date" | "text"
        )
        || plain
            .strip_suffix('位')
            .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/'))
}

/// A name of a database field: `xm`, `AAC003`, `id_card`.
fn is_code(folded: &str) -> bool {
    folded.len() <= 40
        && folded.starts_with(|c: char| c.is_ascii_alphabetic())
        && folded.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: &str) -> Vec<String> {
        line.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn column_numbers_in_every_spelling() {
        for line in [
            "1|2|3|4",
            "（1）|（2）|（3）",
            "①|②|③|④",
            "栏次|1|2|3|4",
            "甲|乙|丙|1|2|3",
            "A|B|C|D",
            "1|2|3=4+5|4|5",
            "第1栏|第2栏|第3栏",
            "0|",
            "|2|3|4",
        ]
        .iter()
        .filter(|line| !line.starts_with('0'))
        {
            assert_eq!(numbers(row(line).as_slice()), Some(Legend::Numbers), "{line}");
        }
        for line in ["1|张三|3", "3|2|1", "1|城关镇|王庄村|2", "1|2", "1|5|90|200", "2018|2019|2020|x"] {
            assert_eq!(numbers(row(line).as_slice()), None, "{line}");
        }
    }

    #[test]
    fn what_stands_under_a_header() {
        // Names and identifiers stand in columns 1 and 2.
        for (line, legend) in [
            ("示例|张三|342401199001011237|城关镇", Some(Legend::Sample)),
            ("例1|张三|342401199001011237|城关镇", Some(Legend::Sample)),
            ("1|张三(示例)|342401199001011237|城关镇", Some(Legend::Sample)),
            ("1|×××|xxxxxx|城关镇", Some(Legend::Sample)),
            ("|||（万元）", Some(Legend::Units)),
            ("数字|文本|18位|下拉", Some(Legend::Hints)),
            ("|必填|必填|", Some(Legend::Hints)),
            ("xh|xm|sfzh|AAC003", Some(Legend::Codes)),
            ("1|张三|342401199001011237|城关镇", None),
            ("示例县|张三|342401199001011237|城关镇", None),
            ("1|张三||", None),
            ("合计|||", None),
        ] {
            assert_eq!(below_header(row(line).as_slice(), &[1, 2]), legend, "{line}");
        }
    }
}
