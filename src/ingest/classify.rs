//! What a row below the header is: data, the header printed again, a footer, a title printed again, blank.
//!
//! A person must never be dropped because a name contains 合: a row with *key content* (something that looks like an
//! identifier in an identifier column, or a name in a name column) is data whatever else it says. Only rows without
//! key content are compared with the words that end a page.

use super::fold::{fold, is_blank};
use super::grid::Cells;

/// Totals: the word alone, or followed by a colon, a bracket or a number; or at the end (城关镇合计).
const TOTALS: &[&str] = &["合计", "总计", "小计", "共计", "累计", "总合计"];

/// Words of the lines that close a table; alone, or followed by a colon or a bracket.
const SIGN_OFFS: &[&str] = &[
    "填表人",
    "填报人",
    "制表人",
    "制表",
    "填表",
    "审核人",
    "审核",
    "复核人",
    "复核",
    "核实人",
    "经办人",
    "录入人",
    "负责人",
    "单位负责人",
    "主要负责人",
    "分管负责人",
    "分管领导",
    "主要领导",
    "镇长",
    "书记",
    "村干部",
    "单位盖章",
    "盖章",
    "公章",
    "签字",
    "签名",
    "签章",
    "填报单位",
    "填表单位",
    "制表单位",
    "填表日期",
    "填报日期",
    "填表时间",
    "填报时间",
    "制表时间",
    "制表日期",
    "打印时间",
    "打印日期",
    "打印人",
    "导出时间",
    "导出日期",
    "导出人",
    "联系人",
    "联系电话",
    "日期",
];

/// Remarks under a table: only with a colon or a dot, 备注 may be a column's own value.
const REMARKS: &[&str] = &["备注", "说明", "填表说明", "注", "附注", "附"];

/// Whether a cell of an identifier or number column could identify something: 6 bytes or more, 4 digits or more, no
/// footer word. 82户 is not.
pub(super) fn is_identifying(text: &str) -> bool {
    if text.is_ascii() {
        return text.len() >= 6 && text.bytes().filter(u8::is_ascii_digit).count() >= 4;
    }
    text.chars().filter(|c| c.is_numeric()).count() >= 4 && !is_footer_cell(text)
}

/// Whether a cell of a name column names somebody: not blank, not a total, not a footer word.
pub(super) fn is_naming(text: &str) -> bool {
    !is_blank(text) && !text.trim_start().starts_with(|c: char| c.is_numeric()) && !is_footer_cell(text)
}

/// Whether a row is the title of a part of the table: 二、家庭成员信息, alone in its row.
pub(super) fn is_section_title<C: Cells + ?Sized>(cells: &C) -> bool {
    let mut shown = (0..cells.width()).map(|column| cells.cell(column)).filter(|text| !is_blank(text));
    let (Some(text), None) = (shown.next(), shown.next()) else { return false };
    let folded = fold(text);
    let numbered = folded.trim_start_matches('(').trim_start_matches(|c| "一二三四五六七八九十".contains(c));
    let is_numbered =
        numbered.len() < folded.len() && numbered.starts_with(['、', ')', '.', ',']) && folded.chars().count() >= 4;
    let ends = ["信息", "情况", "名单", "名册", "一览表", "花名册", "统计表", "登记表", "部分", "明细", "明细表"];
    is_numbered || folded.chars().count() >= 4 && ends.iter().any(|end| folded.ends_with(end))
}

/// What is longer is nobody's footer, and is not folded again and again.
const LONGEST_FOOTER_BYTES: usize = 3000;

/// Whether any cell of the row is a footer word. Asked only of rows without key content.
pub(super) fn is_footer<C: Cells + ?Sized>(cells: &C) -> bool {
    (0..cells.width()).any(|column| is_footer_cell(cells.cell(column)))
}

fn is_footer_cell(text: &str) -> bool {
    if text.is_empty() || text.len() > LONGEST_FOOTER_BYTES {
        return false;
    }
    let folded = fold(text);
    is_total(&folded) || is_count(&folded) || is_sign_off(&folded) || is_remark(&folded) || is_page_number(&folded)
}

fn is_total(folded: &str) -> bool {
    TOTALS.iter().any(|word| {
        folded.ends_with(word)
            || folded
                .strip_prefix(word)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, ':' | '(' | '数')))
    })
}

/// 共12人, 共 4 户 12 人.
fn is_count(folded: &str) -> bool {
    let counts = |c: char| c.is_ascii_digit() || matches!(c, '人' | '户' | '条' | '行' | ',');
    folded
        .strip_prefix('共')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.chars().all(counts))
}

fn is_sign_off(folded: &str) -> bool {
    let begins = |word: &&str| {
        folded.strip_prefix(*word).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '(', '_', '/']))
    };
    SIGN_OFFS.iter().any(begins)
        || folded.ends_with("(盖章)")
        || folded.ends_with("(签字)")
        || folded.ends_with("(公章)")
}

fn is_remark(folded: &str) -> bool {
    let begins = |word: &&str| folded.strip_prefix(*word).is_some_and(|rest| rest.starts_with([':', '.', '、', ';']));
    REMARKS.iter().any(begins)
}

/// 第1页, 第1页共9页, 第1页/共9页.
fn is_page_number(folded: &str) -> bool {
    folded
        .strip_prefix('第')
        .is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('页'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footers_are_words_not_parts_of_names() {
        for text in [
            "合计",
            "合 计：",
            "合计(户)",
            "总计123人",
            "共12人",
            "共 4 户，12 人",
            "城关镇小计",
            "填表人：张三",
            "审核人:",
            "单位（盖章）",
            "备注：以上",
            "注：1.",
            "第 1 页 共 9 页",
            "制表时间:2018-03-01",
            "县扶贫办（盖章）",
        ] {
            assert!(is_footer_cell(text), "{text}");
        }
        for text in ["合小明", "共青", "张合", "小计划", "备注", "总统", "注意", "日期望", "书记员", "第五页人", ""]
        {
            assert!(!is_footer_cell(text), "{text}");
        }
    }

    #[test]
    fn a_part_s_title_stands_alone() {
        let row = |line: &str| line.split('|').map(str::to_owned).collect::<Vec<_>>();
        for line in ["二、家庭成员信息||", "|(一)户主|", "家庭成员信息", "第二部分"] {
            assert!(is_section_title(row(line).as_slice()), "{line}");
        }
        for line in ["二、成员|张三", "张三||", "一一", "信息||", "万一、"] {
            assert!(!is_section_title(row(line).as_slice()), "{line}");
        }
    }

    #[test]
    fn key_content_identifies_somebody() {
        assert!(is_identifying("342401199001011237") && is_identifying("３４２４０１１９９００１０１１２３７"));
        assert!(!is_identifying("82户") && !is_identifying("") && !is_identifying("合计:123456"));
        assert!(is_naming("合小明") && is_naming("张三"));
        assert!(!is_naming("178人") && !is_naming("合计") && !is_naming("  ") && !is_naming("填表人：张三"));
    }
}
