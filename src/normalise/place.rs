//! Townships and villages: a form to show and a key to compare.
//!
//! One village is 大王庄村, 大王庄, 大王庄行政村 and 大王庄村委会 in four exports; one township 古城镇, 古城乡 (before it was made a town)
//! and 古城. The key drops what names the *kind* of place as long as two characters of the name stay, so that 新村 is
//! not folded to 新. A development zone (开发区) is a township, and keeps its kind: 城关开发区 is not 城关镇.

use super::text;

/// Endings that name an organisation, dropped whatever stays.
const OFFICES: &[&str] = &[
    "村民委员会",
    "居民委员会",
    "社区居委会",
    "社区委员会",
    "村委会",
    "居委会",
    "行政村",
    "街道办事处",
    "办事处",
    "人民政府",
];
/// Endings that name a kind of place, dropped when at least two characters stay.
const KINDS: &[&str] = &["社区", "街道", "镇", "乡", "村"];
/// Spellings of a development zone.
const ZONES: &[&str] = &[
    "经济技术开发区",
    "高新技术开发区",
    "经济开发区",
    "工业开发区",
    "现代产业园区",
    "工业园区",
    "产业园区",
    "园区",
    "经开区",
];

/// Whether a name says what kind of place it names.
pub fn is_named_by_kind(name: &str) -> bool {
    const OTHERS: [&str; 6] = ["区", "农场", "林场", "茶场", "渔场", "管委会"];
    [OFFICES, KINDS, ZONES, &OTHERS].iter().any(|endings| endings.iter().any(|ending| name.ends_with(ending)))
}

/// The form to show: no blanks. `None` for a null spelling.
pub fn display(cell: &str) -> Option<String> {
    if text::is_null(cell) {
        return None;
    }
    Some(cell.chars().map(text::narrow).filter(|&c| !text::is_blank(c) && !text::is_quote(c)).collect())
}

/// The form to compare, of a cell or of a display form: the name without its kind.
///
/// ```
/// use hedui::normalise::place::key;
/// assert_eq!(key("大王庄 村委会"), key("大王庄村"));
/// assert_ne!(key("城关开发区"), key("城关镇"));
/// ```
pub fn key(cell: &str) -> Option<String> {
    let name = display(cell)?;
    if let Some(zone) = ZONES.iter().find_map(|zone| name.strip_suffix(zone)) {
        return Some(format!("{zone}开发区"));
    }
    let name =
        OFFICES.iter().find_map(|office| name.strip_suffix(office)).filter(|rest| !rest.is_empty()).unwrap_or(&name);
    let bare = KINDS.iter().find_map(|kind| name.strip_suffix(kind)).filter(|rest| rest.chars().count() >= 2);
    Some(bare.unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let check = |cell: &str, expected: Option<&str>| assert_eq!(key(cell).as_deref(), expected, "{cell}");
        for cell in
            ["大王庄", "大王庄村", "大王庄 村", "大王庄行政村", "大王庄村委会", "大王庄村民委员会", "大王庄社区居委会"]
        {
            check(cell, Some("大王庄"));
        }
        for cell in ["新村", "新村村", "新村村委会"] {
            check(cell, Some("新村"));
        }
        for cell in ["古城镇", "古城乡", "古城", "古城街道", "古城街道办事处"] {
            check(cell, Some("古城"));
        }
        check("城关经济开发区", Some("城关开发区"));
        check("城关开发区", Some("城关开发区"));
        check("李镇", Some("李镇"));
        check("村委会", Some("村委会"));
        check("无", None);
        assert_eq!(display(" 大 王庄\u{3000}村").as_deref(), Some("大王庄村"));
    }
}
