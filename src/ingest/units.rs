//! Units that stand beside a column instead of in its cells: in the header, under it, or in a title above the sheet.
//!
//! 金额（万元） above `0.24` means 2400 yuan. A unit that changes the value is written behind each bare number of its
//! column when the column is read, so that everybody after reads `0.24万元`; a cell with a unit of its own keeps it. A
//! unit in the header goes before one in a title.

use super::fold::{fold, is_blank};
use crate::table::Kind;

/// Units of money that headers and titles state, and as cells spell them; longer ones first.
const MONEY: &[(&str, &str)] =
    &[("亿元", "亿元"), ("万元", "万元"), ("千元", "千元"), ("百元", "百元"), ("万", "万元"), ("元", "元")];
/// What may follow a unit of money without changing the value.
const PER: &[&str] = &["/年", "/人", "/户", "/人年", "/次", "/人/年", "/户/年", "/项"];
/// Units of lengths that are not kilometres.
const LENGTHS: &[(&str, &str)] = &[("米", "米"), ("m", "米")];
/// Other units, which only show that a row holds units.
const OTHERS: &[&str] = &[
    "亩",
    "平方米",
    "㎡",
    "m2",
    "月",
    "个月",
    "天",
    "人",
    "户",
    "公里",
    "km",
    "年",
    "岁",
    "次",
    "人次",
    "%",
    "吨",
    "斤",
    "公斤",
    "只",
    "头",
    "个",
    "项",
    "口",
    "度",
];

/// A header without its unit, and the unit as cells spell it; `folded` is a folded header. 金额(万元), 金额/万元, 金额万元.
pub(super) fn split(folded: &str, kind: Kind) -> Option<(&str, &'static str)> {
    let units = match kind {
        Kind::Amount => MONEY,
        Kind::Quantity => LENGTHS,
        _ => return None,
    };
    let inner = folded.strip_suffix(')').unwrap_or(folded);
    let inner = PER.iter().find_map(|per| inner.strip_suffix(per)).unwrap_or(inner);
    let (stem, unit) = units.iter().find_map(|(word, unit)| Some((inner.strip_suffix(word)?, *unit)))?;
    // 米 ends 平方米, too: a length stands by itself.
    if kind == Kind::Quantity && !stem.ends_with(['(', '/', ':', ',', '_']) {
        return None;
    }
    let stem = stem.strip_suffix("人民币").unwrap_or(stem);
    let stem = ["单位:", "单位"].iter().find_map(|word| stem.strip_suffix(word)).unwrap_or(stem);
    let stem = stem.trim_end_matches(['(', '/', ':', ',', '_', '-', '、', ';']);
    Some((stem, unit))
}

/// The unit of money that a title states for the whole sheet: 金额单位：万元, （万元）, 以万元为单位.
pub(super) fn of_title(text: &str) -> Option<&'static str> {
    let folded = fold(text);
    let after = |(at, word): (usize, &str)| {
        let rest = folded[at + word.len()..].trim_start_matches([':', '为', '是', '(', '均']);
        let list = rest.split([')', '。', ';']).next().unwrap_or_default();
        list.split([',', '、', '/', '和', '及']).find_map(|item| begins(item.strip_prefix("人民币").unwrap_or(item)))
    };
    let stated = folded.match_indices("单位").find_map(after);
    let spelt = |unit: &str| format!("以{unit}为单位");
    stated
        .or_else(|| MONEY.iter().find(|(word, _)| folded.contains(&spelt(word))).map(|(_, unit)| *unit))
        .or_else(|| MONEY.iter().find(|(word, _)| folded.contains(&format!("({word})"))).map(|(_, unit)| *unit))
}

fn begins(item: &str) -> Option<&'static str> {
    // 万 alone is how a count of people begins.
    MONEY.iter().filter(|(word, _)| *word != "万").find(|(word, _)| item.starts_with(word)).map(|(_, unit)| *unit)
}

/// The unit that a cell under a header states, when it states nothing else: 万元, (元), 单位:亩. Empty for one that
/// changes nothing.
pub(super) fn of_cell(text: &str) -> Option<&'static str> {
    let folded = fold(text);
    let plain = folded.trim_matches(['(', ')']);
    let plain = plain.strip_prefix("单位").map_or(plain, |rest| rest.trim_start_matches(':'));
    let plain = plain.strip_prefix("人民币").unwrap_or(plain);
    let per = PER.iter().find_map(|per| plain.strip_suffix(per)).unwrap_or(plain);
    let known = MONEY.iter().chain(LENGTHS).find(|(word, _)| *word == per).map(|(_, unit)| *unit);
    known.or_else(|| OTHERS.contains(&plain).then_some(""))
}

/// Whether a unit changes what a bare number means for a field of this kind.
pub(super) fn converts(unit: &str, kind: Kind) -> bool {
    match kind {
        Kind::Amount => !matches!(unit, "" | "元" | "米"),
        Kind::Quantity => unit == "米",
        _ => false,
    }
}

/// Whether a cell is a number without a unit.
pub(super) fn is_bare_number(text: &str) -> bool {
    let plain = |c: char| c.is_numeric() || matches!(c, '.' | ',' | '，' | '．' | '-' | '+' | '¥' | '￥' | 'e' | 'E');
    !is_blank(text)
        && text.chars().any(char::is_numeric)
        && text.chars().all(|c| plain(c) || is_blank(c.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_s_unit_is_split_off() {
        for (header, expected) in [
            ("金额（万元）", Some(("金额", "万元"))),
            ("金额/万元", Some(("金额", "万元"))),
            ("金额(单位：万元)", Some(("金额", "万元"))),
            ("补助资金（人民币千元）", Some(("补助资金", "千元"))),
            ("金额（万元/年）", Some(("金额", "万元"))),
            ("金额（元）", Some(("金额", "元"))),
            ("金额", None),
            ("万元", Some(("", "万元"))),
        ] {
            assert_eq!(split(&fold(header), Kind::Amount), expected, "{header}");
        }
        assert_eq!(split(&fold("与村主干路距离（米）"), Kind::Quantity), Some(("与村主干路距离", "米")));
        assert_eq!(split(&fold("住房面积（平方米）"), Kind::Quantity), None);
        assert_eq!(split(&fold("住房面积（立方米/人）"), Kind::Quantity), None);
        assert_eq!(split(&fold("人数(万元)"), Kind::Count), None);
    }

    #[test]
    fn a_title_s_unit_is_one_that_it_states() {
        for (title, expected) in [
            ("金额单位：万元", Some("万元")),
            ("单位: 人、万元", Some("万元")),
            ("填报单位：城关镇  金额单位：千元", Some("千元")),
            ("（单位：人民币万元） 填表日期：2018年", Some("万元")),
            ("本表以万元为单位", Some("万元")),
            ("城关镇帮扶资金统计表（万元）", Some("万元")),
            ("计量单位为元", Some("元")),
            ("单位：户、人", None),
            ("填报单位：城关镇", None),
            ("投入超过5万元的另附表", None),
            ("实施单位：各乡镇；资金超过5万元的另附", None),
        ] {
            assert_eq!(of_title(title), expected, "{title}");
        }
    }

    #[test]
    fn a_number_is_bare_without_a_unit() {
        for text in ["0.24", "1,200", " ￥3 ", "１２", "-5", "1e4"] {
            assert!(is_bare_number(text), "{text}");
        }
        for text in ["", "0.24万", "3元", "无", "约3", "-"] {
            assert!(!is_bare_number(text), "{text}");
        }
        assert_eq!((of_cell("（万元）"), of_cell("单位：亩"), of_cell("张三")), (Some("万元"), Some(""), None));
    }
}
