//! The worklist's columns, once: header, width, what may be filled in. The writer makes headers, widths, locks and
//! drop-downs of this table, and whoever reads a returned worklist finds its columns by it ([`by_header`]).
//!
//! The printed columns come first and are sized together for A4 landscape at ten points; those behind them (who, when,
//! remarks typed at the desk, and where to look) are on the screen only.

/// Version of the worklist's layout, kept in `_meta`.
pub const SCHEMA: u32 = 1;
/// Name of the sheet that holds the rows.
pub const SHEET: &str = "整改清单";

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Running number.
    Number,
    /// 组.
    Hamlet,
    /// 户编号.
    HouseholdNo,
    /// 户主.
    Head,
    /// Person's name.
    Name,
    /// Identifier, masked.
    IdNo,
    /// Relation to the head.
    Relation,
    /// Category, coloured by severity.
    Category,
    /// Year.
    Year,
    /// Field at fault.
    Field,
    /// What is wrong.
    Message,
    /// Value in the national system.
    National,
    /// Value on the provincial platform.
    Provincial,
    /// System to correct.
    CorrectIn,
    /// What to do.
    Remedy,
    /// Verdict after the visit.
    Verdict,
    /// Corrected value.
    Corrected,
    /// Evidence seen.
    Evidence,
    /// Who verified.
    Verifier,
    /// When.
    VerifiedOn,
    /// Remarks.
    Note,
    /// Date of the first run that saw it.
    FirstSeen,
    /// Rule.
    Rule,
    /// File and row in the national export.
    NationalSource,
    /// File and row in the provincial export.
    ProvincialSource,
    /// Stable id of the finding.
    FindingId,
}

/// What a cadre may enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Nothing: locked.
    Locked,
    /// Free text.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these words, or another.
    Suggested(&'static [&'static str]),
    /// A date.
    Date,
}

/// How a column looks and behaves.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Which.
    pub column: Column,
    /// Header as written; a returned file is read by it.
    pub header: &'static str,
    /// Width in digits of the default font; half a Chinese character of body text is as wide.
    pub width: f64,
    /// Whether it is inside the print area.
    pub printed: bool,
    /// Whether its cells are centred.
    pub centred: bool,
    /// What may be entered.
    pub input: Input,
}

/// What a visit may find.
pub const VERDICTS: &[&str] = &["属实已改", "不属实", "豁免附佐证", "无法核实"];

/// Papers that prove it, in the order of how often they are asked for.
pub const EVIDENCE: &[&str] = &[
    "户口簿",
    "身份证",
    "收入调查核算表",
    "一卡通发放记录",
    "参保缴费凭证",
    "医疗费用结算单",
    "慢性病卡",
    "家庭医生签约协议",
    "残疾证",
    "残疾人两项补贴发放证明",
    "低保证",
    "特困供养证",
    "学籍证明",
    "教育资助发放证明",
    "送教上门协议书",
    "安全住房认证报告",
    "危房改造验收表",
    "饮水安全评价表",
    "入股（分红）协议",
    "小额贷款合同",
    "土地流转协议",
    "务工证明",
    "不予办理告知书",
    "死亡（户口注销）证明",
    "其他",
];

const fn shown(column: Column, header: &'static str, width: f64) -> Spec {
    Spec { column, header, width, printed: true, centred: false, input: Input::Locked }
}
const fn centred(column: Column, header: &'static str, width: f64) -> Spec {
    Spec { centred: true, ..shown(column, header, width) }
}
const fn filled(column: Column, header: &'static str, width: f64, input: Input) -> Spec {
    Spec { input, ..shown(column, header, width) }
}
const fn screen(spec: Spec) -> Spec {
    Spec { printed: false, ..spec }
}

/// All columns, in order.
pub static COLUMNS: &[Spec] = &[
    centred(Column::Number, "序号", 4.5),
    centred(Column::Hamlet, "组", 5.5),
    shown(Column::HouseholdNo, "户编号", 9.5),
    centred(Column::Head, "户主", 7.0),
    centred(Column::Name, "姓名", 7.0),
    shown(Column::IdNo, "证件号码", 10.5),
    centred(Column::Relation, "与户主关系", 5.5),
    centred(Column::Category, "问题类型", 5.5),
    centred(Column::Year, "年度", 5.0),
    centred(Column::Field, "指标", 7.0),
    shown(Column::Message, "问题说明", 25.0),
    shown(Column::National, "国办系统值", 9.0),
    shown(Column::Provincial, "省办平台值", 9.0),
    centred(Column::CorrectIn, "应改系统", 5.5),
    shown(Column::Remedy, "整改建议", 18.0),
    filled(Column::Verdict, "核实结果▼", 7.0, Input::OneOf(VERDICTS)),
    filled(Column::Corrected, "更正后的值", 9.0, Input::Text),
    filled(Column::Evidence, "佐证材料▼", 7.0, Input::Suggested(EVIDENCE)),
    screen(filled(Column::Verifier, "核实人", 9.0, Input::Text)),
    screen(filled(Column::VerifiedOn, "核实日期", 11.0, Input::Date)),
    screen(filled(Column::Note, "备注", 18.0, Input::Text)),
    screen(centred(Column::FirstSeen, "首次发现", 11.0)),
    screen(shown(Column::Rule, "规则", 9.0)),
    screen(shown(Column::NationalSource, "来源（国）文件行", 14.0)),
    screen(shown(Column::ProvincialSource, "来源（省）文件行", 14.0)),
    screen(shown(Column::FindingId, "问题编号", 14.0)),
];

/// The column whose header a returned file shows; marks and blanks around it do not matter.
pub fn by_header(text: &str) -> Option<Column> {
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '▼').collect::<String>();
    let wanted = plain(text);
    COLUMNS.iter().find(|spec| plain(spec.header) == wanted).map(|spec| spec.column)
}

/// The place of `column` on the sheet, 0-based.
///
/// # Panics
/// Never: a test holds that every column is in the table.
pub fn position(column: Column) -> u16 {
    let ix = COLUMNS.iter().position(|spec| spec.column == column).expect("every column is in the table");
    u16::try_from(ix).expect("far fewer than 16,384 columns")
}

/// How many columns are printed: they come first.
pub fn printed() -> u16 {
    u16::try_from(COLUMNS.iter().take_while(|spec| spec.printed).count()).expect("far fewer than 16,384 columns")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        let mut columns: Vec<_> = COLUMNS.iter().map(|spec| spec.column).collect();
        assert!(columns.is_sorted(), "in the order of the enumeration, hence each once");
        columns.dedup();
        assert_eq!(columns.len(), Column::FindingId as usize + 1);
        assert!(COLUMNS[usize::from(printed())..].iter().all(|spec| !spec.printed), "printed columns come first");
    }

    #[test]
    fn headers_are_found_as_typed_back() {
        assert_eq!(by_header("核实结果"), Some(Column::Verdict));
        assert_eq!(by_header(" 核实结果▼\n"), Some(Column::Verdict));
        assert_eq!(by_header("核实"), None);
        for spec in COLUMNS {
            assert_eq!(by_header(spec.header), Some(spec.column));
        }
    }
}
