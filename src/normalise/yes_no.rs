//! 是/否, in the spellings of two systems and many hands.
//!
//! 1 and 0, √ and ×, Y and N, 有 and 无, and short answers whose first character decides (已参加, 未参加, 不安全, 非危房户). A
//! blank is neither: it is null. 无 is an answer here (no), not a null spelling. Anything longer or unknown is null
//! and stays as printed.

use super::text;

/// Answers that mean yes.
const YES: &[&str] = &[
    "是",
    "1",
    "1.0",
    "√",
    "✓",
    "✔",
    "☑",
    "■",
    "Y",
    "YES",
    "T",
    "TRUE",
    "有",
    "对",
    "真",
    "安全",
    "困难",
    "达标",
    "合格",
    "参加",
    "参保",
    "享受",
    "解决",
    "通",
    "危房",
    "危房户",
    "搬迁户",
    "低保",
    "特困",
    "在保",
    "符合",
    "加入",
    "确认",
];
/// Answers that mean no.
const NO: &[&str] = &[
    "否", "0", "0.0", "×", "✕", "✖", "✗", "✘", "☒", "□", "N", "NO", "F", "FALSE", "无", "没", "没有", "错", "假", "X",
];
/// A first character that affirms or denies a short answer.
const AFFIRMS: &[char] = &['是', '已', '有', '√'];
const DENIES: &[char] = &['否', '未', '不', '无', '没', '非', '×'];
/// Words of an answer still to be given.
const UNDECIDED: &[&str] = &["待", "核实", "确定", "清楚", "知道"];

/// Yes, no, or nothing said.
pub fn parse(cell: &str) -> Option<bool> {
    let mut answer = text::compact(cell);
    answer.make_ascii_uppercase();
    let answer = answer.as_str();
    if NO.contains(&answer) {
        return Some(false);
    }
    if text::is_null(answer) {
        return None;
    }
    if YES.contains(&answer) {
        return Some(true);
    }
    by_first_character(answer)
}

fn by_first_character(answer: &str) -> Option<bool> {
    let first = answer.chars().next()?;
    if UNDECIDED.iter().any(|word| answer.contains(word)) {
        return None;
    }
    match answer.chars().count() {
        2..=8 if AFFIRMS.contains(&first) => Some(true),
        2..=8 if DENIES.contains(&first) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        for cell in [
            "是",
            " 是 ",
            "1",
            "１",
            "1.0",
            "√",
            "有",
            "Y",
            "yes",
            "ｔｒｕｅ",
            "已参加",
            "已解决",
            "是（享受）",
            "安全",
        ] {
            assert_eq!(parse(cell), Some(true), "{cell}");
        }
        for cell in ["否", "0", "×", "无", "N", "false", "未参加", "不安全", "非危房户", "没有"] {
            assert_eq!(parse(cell), Some(false), "{cell}");
        }
        for cell in [
            "",
            "/",
            "—",
            "未填",
            "不详",
            "未知",
            "2",
            "可能",
            "有待核实",
            "不确定",
            "C级",
            "已于二〇一八年参加了城乡居民医疗保险",
        ] {
            assert_eq!(parse(cell), None, "{cell}");
        }
    }
}
