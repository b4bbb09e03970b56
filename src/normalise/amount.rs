//! Quantities: money in fen, decimal measures, whole counts.
//!
//! Staff write `3,000.00`, `￥3000元`, `0.3万`, `约500元`, `80㎡`, `１２` and what a float cell prints (`3000.0000001`). A
//! number and its unit is understood; a sum over time (`100元/月`) or arithmetic (`500*2`) is not, and stays text.
//! Total.

use super::text;

/// Beyond this a figure is not money of a household; it also keeps fen exact in an `f64`.
const LARGEST_YUAN: f64 = 1e12;

/// Money in fen.
pub fn fen(cell: &str) -> Option<i64> {
    let (number, unit) = number_and_unit(cell)?;
    let yuan = match unit.as_str() {
        "" | "元" | "块" | "元整" | "圆" | "人民币" | "RMB" | "元/年" | "元/人" | "元/户" | "元/学期" | "元/次" => {
            number
        }
        "万" | "万元" | "W" => number * 1e4,
        "千" | "千元" | "K" => number * 1e3,
        "百" | "百元" => number * 1e2,
        "亿" | "亿元" => number * 1e8,
        "角" => number / 10.0,
        "分" => number / 100.0,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "within ±1e14 by the check before it")]
    (yuan.abs() <= LARGEST_YUAN).then(|| (yuan * 100.0).round() as i64)
}

/// Whether the amount is so much of something, not money: `300斤`, `20只`. It is understood, and comparable with no sum.
pub fn is_in_kind(cell: &str) -> bool {
    const KINDS: &[&str] = &[
        "斤",
        "公斤",
        "KG",
        "克",
        "吨",
        "亩",
        "只",
        "头",
        "羽",
        "尾",
        "株",
        "棵",
        "袋",
        "包",
        "个",
        "份",
        "套",
        "台",
        "辆",
        "件",
        "盏",
        "平方米",
        "㎡",
        "米",
        "公里",
        "次",
        "人",
        "户",
        "人次",
        "天",
        "月",
        "个月",
        "千瓦",
        "KW",
        "度",
    ];
    number_and_unit(cell).is_some_and(|(_, unit)| KINDS.contains(&unit.as_str()))
}

/// A number without a unit.
pub(super) fn is_bare(amount: &str) -> bool {
    number_and_unit(amount).is_some_and(|(_, unit)| unit.is_empty())
}

/// A decimal measure: area (亩, ㎡), distance (公里; metres are converted), months.
pub fn quantity(cell: &str) -> Option<f64> {
    let (number, unit) = number_and_unit(cell)?;
    match unit.as_str() {
        "" | "亩" | "平方米" | "平方" | "平米" | "平" | "㎡" | "M2" | "M²" | "公里" | "千米" | "KM" | "个月" | "月"
        | "天" | "人" | "个" => Some(number),
        "米" | "M" => Some(number / 1000.0),
        _ => None,
    }
}

/// A whole number: `3`, `3.0`, `3人`.
pub fn count(cell: &str) -> Option<i32> {
    let (number, unit) = number_and_unit(cell)?;
    let known = matches!(unit.as_str(), "" | "人" | "口" | "口人" | "个" | "户" | "名" | "次");
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within ±1e9 by the check before it")]
    (known && number.fract() == 0.0 && number.abs() < 1e9).then_some(number as i32)
}

/// The number at the front of the cell and what follows it, upper-cased; currency signs and 约 are skipped.
fn number_and_unit(cell: &str) -> Option<(f64, String)> {
    if text::is_null(cell) {
        return None;
    }
    let mut folded = text::compact(cell);
    folded.make_ascii_uppercase();
    let folded = without_grouping(&folded);
    let front = folded
        .trim_start_matches(['¥', '￥', '$', '约', '共', '计', '+'])
        .trim_start_matches("人民币")
        .trim_start_matches("RMB");
    let (digits, unit) = front.split_at(number_length(front));
    let number: f64 = digits.parse().ok()?;
    number.is_finite().then(|| (number, unit.trim_end_matches('。').to_owned()))
}

/// Commas between digits group thousands, whichever keyboard typed them.
fn without_grouping(folded: &str) -> String {
    let between_digits = |place: usize| {
        let bytes = folded.as_bytes();
        place > 0 && bytes[place - 1].is_ascii_digit() && bytes.get(place + 1).is_some_and(u8::is_ascii_digit)
    };
    folded.char_indices().filter(|&(place, c)| c != ',' || !between_digits(place)).map(|(_, c)| c).collect()
}

/// How far `-12.5E+3` reaches.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits_from = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits_from(usize::from(bytes.first() == Some(&b'-')));
    if bytes.get(end) == Some(&b'.') {
        end = digits_from(end + 1);
    }
    if bytes.get(end) == Some(&b'E') {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits_from((end + 1 + sign).min(bytes.len()));
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money() {
        let check = |cell: &str, expected: Option<i64>| assert_eq!(fen(cell), expected, "{cell}");
        check("3000", Some(300_000));
        check("3,000.00", Some(300_000));
        check("1，234，567.5", Some(123_456_750));
        check("￥3000元", Some(300_000));
        check("¥ 3000", Some(300_000));
        check("0.3万", Some(300_000));
        check("1.5万元", Some(1_500_000));
        check("１２００", Some(120_000));
        check("-120.5", Some(-12_050));
        check("约500元", Some(50_000));
        check("2952.37", Some(295_237));
        check("0.29", Some(29));
        check("3000.0000001", Some(300_000));
        check("1.2E+4", Some(1_200_000));
        check("0", Some(0));
        check(".5", Some(50));
        for cell in [
            "",
            "无",
            "/",
            "未填",
            "元",
            "100元/月",
            "500*2",
            "3000到4000",
            "inf",
            "nan",
            "1E999",
            "E5",
            "-",
            "1e",
            "三千",
        ] {
            check(cell, None);
        }
    }

    #[test]
    fn amounts_in_kind() {
        assert!(is_in_kind("300斤") && fen("300斤").is_none());
        assert!(!is_in_kind("1500元") && !is_in_kind("三百斤"));
    }

    #[test]
    fn measures_and_counts() {
        assert_eq!(quantity("80㎡"), Some(80.0));
        assert_eq!(quantity("3.5 亩"), Some(3.5));
        assert_eq!(quantity("500米"), Some(0.5));
        assert_eq!(quantity("80平方米"), Some(80.0));
        assert_eq!(quantity("10个月"), Some(10.0));
        assert_eq!(quantity("很远"), None);
        assert_eq!(count("3人"), Some(3));
        assert_eq!(count("3.0"), Some(3));
        assert_eq!(count("3.5"), None);
        assert_eq!(count("9999999999"), None);
    }
}
