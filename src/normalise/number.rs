//! Opaque numbers kept as text: 户编号 and 人编号, telephone numbers.
//!
//! They are never numbers: a 16-digit 户编号 has more digits than a spreadsheet keeps. Only what a cell adds around
//! the digits is removed. A 户编号 that lost its last digit stays as it is: the finding is made elsewhere, from what
//! both sides hold.

use super::text;

/// A 户编号 or 人编号: no blanks, quotes or `.0`; `None` for a null spelling, zeros only, and words: what has no digit
/// (`\\N`, undefined, 新增, 无编号) numbers nobody.
pub fn key(cell: &str) -> Option<String> {
    let mut folded = text::compact(cell);
    if text::is_null(&folded) {
        return None;
    }
    folded.truncate(text::without_zero_fraction(&folded).len());
    folded.make_ascii_uppercase();
    folded.bytes().any(|byte| (b'1'..=b'9').contains(&byte)).then_some(folded)
}

/// The digits of the first telephone number of the cell; `None` when there is none or digits are hidden.
pub fn phone(cell: &str) -> Option<String> {
    let folded = text::compact(cell);
    if text::is_null(&folded) || folded.contains('*') || folded.contains("E+") {
        return None;
    }
    let folded = text::without_zero_fraction(&folded);
    let first =
        folded.split([',', '，', '、', '/', ';', '；']).find(|part| part.bytes().any(|byte| byte.is_ascii_digit()))?;
    let digits: String = first.trim_start_matches("+86").chars().filter(char::is_ascii_digit).collect();
    (!digits.bytes().all(|byte| byte == b'0')).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let check = |cell: &str, expected: Option<&str>| assert_eq!(key(cell).as_deref(), expected, "{cell}");
        check("5700000012345678", Some("5700000012345678"));
        check(" '５７００\u{A0}0012 ", Some("57000012"));
        check("1234567890.0", Some("1234567890"));
        check("5.7E+15", Some("5.7E+15"));
        check("00012", Some("00012"));
        for cell in ["0", "00", "无", "", "\\N", "undefined", "新增", "无编号", "N/A", "#REF!", "待编", "—", "0.0", "x"]
        {
            check(cell, None);
        }
        check("H-1", Some("H-1"));
        check("a3f0c2d1-77b0", Some("A3F0C2D1-77B0"));
    }

    #[test]
    fn phones() {
        let check = |cell: &str, expected: Option<&str>| assert_eq!(phone(cell).as_deref(), expected, "{cell}");
        check("13905580000", Some("13905580000"));
        check("13905580000.0", Some("13905580000"));
        check("139 0558-0000", Some("13905580000"));
        check("+8613905580000", Some("13905580000"));
        check("０５５８-1234567", Some("05581234567"));
        check("13905580000/13805580000", Some("13905580000"));
        check("1390558", Some("1390558"));
        check("139****0000", None);
        check("1.39E+10", None);
        check("无", None);
        check("0", None);
    }
}
