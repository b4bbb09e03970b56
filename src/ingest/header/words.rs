//! The words that headers are made of: what else stands where a header should is somebody's data.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::table::FIELDS;

/// Whether a text shares two characters in a row with the title of a field or with a word that other headers hold.
pub(super) fn is_of_a_header(title: &str) -> bool {
    const OTHERS: [&str; 22] = [
        "备注", "序号", "编号", "说明", "金额", "日期", "时间", "地址", "电话", "名称", "银行", "账号", "开户", "类别",
        "类型", "情况", "状况", "单位", "原因", "是否", "数量", "标准",
    ];
    static PAIRS: LazyLock<FxHashSet<[char; 2]>> = LazyLock::new(|| {
        let titles = FIELDS.iter().map(|field| field.title).chain(OTHERS);
        titles.flat_map(|title| pairs(title).collect::<Vec<_>>()).collect()
    });
    let digits = title.chars().filter(|c| c.is_numeric()).count();
    digits < 5 && pairs(title).any(|pair| PAIRS.contains(&pair))
}

fn pairs(title: &str) -> impl Iterator<Item = [char; 2]> {
    title.chars().zip(title.chars().skip(1)).map(|(a, b)| [a, b])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_data_is_no_header() {
        for header in ["证件号（", "致贫原因1", "开户银行账号", "备注"] {
            assert!(is_of_a_header(header), "{header}");
        }
        for data in ["欧阳小明", "342401198001011237", "电话13812345678", "甲"] {
            assert!(!is_of_a_header(data), "{data}");
        }
    }
}
