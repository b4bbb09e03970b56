//! Every field once: its name in tables and TOML, what staff call it, what kind of value it holds, and to what
//! it belongs. Binding of headers, normalisation, comparison, rules and worklist titles all read this list.

use polars::prelude::DataType;

/// What kind of value a field holds; decides the canonical type and how two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An opaque number or code, kept as text. String.
    Key,
    /// A person's name. String: display form, notes and padding removed.
    Name,
    /// 证件号码. String: folded form (width, case, blanks), damaged or not.
    Identifier,
    /// One label of a vocabulary. String: the canonical label; null when unknown.
    Label(&'static str),
    /// Several labels of a vocabulary. String: canonical labels in vocabulary order, joined by `,`.
    Labels(&'static str),
    /// 是/否. Boolean.
    YesNo,
    /// A calendar year. Int32.
    Year,
    /// A whole number. Int32.
    Count,
    /// Area, distance, months: a decimal quantity. Float64.
    Quantity,
    /// Money. Int64, in fen.
    Amount,
    /// A calendar date. Date.
    Date,
    /// A telephone number. String of digits.
    Phone,
    /// A township or village. String: display form.
    Place,
    /// Free text. String: trimmed.
    Text,
}

impl Kind {
    /// The polars type of the canonical column.
    pub fn data_type(self) -> DataType {
        match self {
            Self::YesNo => DataType::Boolean,
            Self::Year | Self::Count => DataType::Int32,
            Self::Quantity => DataType::Float64,
            Self::Amount => DataType::Int64,
            Self::Date => DataType::Date,
            Self::Key
            | Self::Name
            | Self::Identifier
            | Self::Label(_)
            | Self::Labels(_)
            | Self::Phone
            | Self::Place
            | Self::Text => DataType::String,
        }
    }
}

/// To what a field belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A person.
    Member,
    /// A household; on person-per-row exports repeated on every row.
    Household,
    /// A measure received, or its outcome.
    Benefit,
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Column name in canonical tables, profiles and rules.
    pub name: &'static str,
    /// What staff call it.
    pub title: &'static str,
    /// What kind of value it holds.
    pub kind: Kind,
    /// To what it belongs.
    pub level: Level,
}

const fn member(name: &'static str, title: &'static str, kind: Kind) -> Field {
    Field { name, title, kind, level: Level::Member }
}
const fn household(name: &'static str, title: &'static str, kind: Kind) -> Field {
    Field { name, title, kind, level: Level::Household }
}
const fn benefit(name: &'static str, title: &'static str, kind: Kind) -> Field {
    Field { name, title, kind, level: Level::Benefit }
}

/// All fields, in the order of tables and worklists.
pub static FIELDS: &[Field] = &[
    household("county", "县(市、区)", Kind::Place),
    household("township", "乡镇", Kind::Place),
    household("village", "行政村", Kind::Place),
    household("hamlet", "自然村(组)", Kind::Text),
    household("household_no", "户编号", Kind::Key),
    household("reference_no", "国办户编号", Kind::Key),
    household("head_name", "户主姓名", Kind::Name),
    household("head_id_no", "户主证件号码", Kind::Identifier),
    member("person_no", "人编号", Kind::Key),
    member("name", "姓名", Kind::Name),
    member("id_no", "证件号码", Kind::Identifier),
    member("id_kind", "证件类型", Kind::Label("id_kind")),
    member("sex", "性别", Kind::Label("sex")),
    member("birth_date", "出生日期", Kind::Date),
    member("relation", "与户主关系", Kind::Label("relation")),
    member("ethnicity", "民族", Kind::Label("ethnicity")),
    member("political", "政治面貌", Kind::Label("political")),
    member("education", "文化程度", Kind::Label("education")),
    member("student", "在校生状况", Kind::Label("student")),
    member("absence_reason", "义务教育阶段未上学原因", Kind::Text),
    member("health", "健康状况", Kind::Labels("health")),
    member("labour", "劳动技能", Kind::Label("labour")),
    member("work", "务工状况", Kind::Label("work")),
    member("work_place", "务工所在地", Kind::Text),
    member("work_months", "务工时间（月）", Kind::Quantity),
    member("medical_insured", "是否参加城乡居民基本医疗保险", Kind::YesNo),
    member("employee_insured", "是否参加城镇职工基本医疗保险", Kind::YesNo),
    member("serious_illness_insured", "是否参加大病保险", Kind::YesNo),
    member("medical_aided", "是否接受医疗救助", Kind::YesNo),
    member("pension_insured", "是否参加城乡居民基本养老保险", Kind::YesNo),
    member("dibao", "是否享受农村居民最低生活保障", Kind::YesNo),
    member("tekun", "是否特困供养人员", Kind::YesNo),
    member("public_post", "公益性岗位", Kind::Text),
    member("public_post_months", "公益性岗位(月数)", Kind::Quantity),
    member("member_phone", "人联系电话", Kind::Phone),
    member("member_status", "人员状态", Kind::Label("member_status")),
    member("member_identified_on", "人员识别时间", Kind::Date),
    household("declared_size", "人数", Kind::Count),
    household("household_type", "贫困户属性", Kind::Label("household_type")),
    household("exit_status", "脱贫属性", Kind::Label("exit_status")),
    household("exit_year", "脱贫年度", Kind::Year),
    household("identified_on", "首次识别时间", Kind::Date),
    household("standard", "识别标准", Kind::Label("standard")),
    household("cause", "主要致贫原因", Kind::Label("cause")),
    household("other_causes", "其他致贫原因", Kind::Labels("cause")),
    household("dilapidated", "危房户", Kind::YesNo),
    household("dilapidated_grade", "危房级别", Kind::Label("dilapidated_grade")),
    household("housing_area", "住房面积", Kind::Quantity),
    household("water_difficult", "饮水是否困难", Kind::YesNo),
    household("water_safe", "饮水是否安全", Kind::YesNo),
    household("water_solved", "是否解决安全饮用水", Kind::YesNo),
    household("income_per_capita", "人均纯收入", Kind::Amount),
    household("income_total", "年收入", Kind::Amount),
    household("income_net", "纯收入", Kind::Amount),
    household("wage_income", "工资性收入", Kind::Amount),
    household("business_income", "生产经营性收入", Kind::Amount),
    household("property_income", "财产性收入", Kind::Amount),
    household("transfer_income", "转移性收入", Kind::Amount),
    household("business_cost", "生产经营性支出", Kind::Amount),
    household("dibao_income", "最低生活保障金", Kind::Amount),
    household("tekun_income", "特困人员救助供养金", Kind::Amount),
    household("pension_income", "养老金或离退休金", Kind::Amount),
    household("family_planning_income", "计划生育金", Kind::Amount),
    household("ecology_income", "生态补偿金", Kind::Amount),
    household("other_transfer_income", "其他转移性收入", Kind::Amount),
    household("public_post_income", "公益性岗位收入", Kind::Amount),
    household("year_size", "年度家庭人口数", Kind::Count),
    household("farmland", "耕地面积（亩）", Kind::Quantity),
    household("forest", "林地面积（亩）", Kind::Quantity),
    household("conversion_land", "退耕还林面积（亩）", Kind::Quantity),
    household("orchard", "林果面积（亩）", Kind::Quantity),
    household("pasture", "牧草地面积（亩）", Kind::Quantity),
    household("water_area", "水面面积（亩）", Kind::Quantity),
    household("road_kind", "入户路类型", Kind::Label("road_kind")),
    household("road_distance", "与村主干路距离", Kind::Quantity),
    household("fuel", "主要燃料类型", Kind::Label("fuel")),
    household("toilet", "是否有卫生厕所", Kind::YesNo),
    household("power", "是否通生活用电", Kind::YesNo),
    household("power_production", "是否通生产用电", Kind::YesNo),
    household("broadcast", "是否通广播电视", Kind::YesNo),
    household("cooperative", "是否加入农民专业合作组织", Kind::YesNo),
    household("relocated", "是否搬迁户", Kind::YesNo),
    household("soldier_family", "是否军烈属", Kind::YesNo),
    household("household_phone", "联系电话", Kind::Phone),
    household("helper_name", "帮扶责任人", Kind::Name),
    household("helper_phone", "帮扶责任人电话", Kind::Phone),
    household("helper_id_no", "帮扶责任人证件号码", Kind::Identifier),
    household("data_year", "年度", Kind::Year),
    benefit("benefit_year", "享受年度", Kind::Year),
    benefit("benefit_period", "享受期间", Kind::Text),
    benefit("category", "项目类别", Kind::Label("benefit_category")),
    benefit("item", "项目内容", Kind::Label("benefit_item")),
    benefit("amount", "金额", Kind::Amount),
    benefit("amount_unit", "金额单位", Kind::Text),
    benefit("benefit_date", "实施时间", Kind::Date),
    benefit("helper_unit", "帮扶单位", Kind::Text),
    benefit("outcome", "成效", Kind::Text),
];

/// The field of that name.
pub fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

/// The name of the column that holds a field as printed.
pub fn text_column(field: &str) -> String {
    format!("{field}_text")
}

/// Columns of `members` that normalisation derives, beside the fields: `(name, type, meaning)`.
pub static MEMBER_DERIVED: &[(&str, DataType, &str)] = &[
    ("sheet_ix", DataType::UInt32, "place: index into Registry::origins"),
    ("row", DataType::UInt32, "place: 1-based row or line"),
    ("household_ix", DataType::UInt32, "row of `households`; null when the member has no household number"),
    ("linking_no", DataType::String, "the household's number in the reference where it is told, else its own"),
    ("name_key", DataType::String, "name for comparison: width, dots, blanks, variants folded"),
    ("id_class", DataType::String, "what the identifier is: see normalise::identity::IdClass"),
    ("id18", DataType::String, "the 18-character key when the identifier is trustworthy, else null"),
    ("disability_kind", DataType::Int32, "类别 1-7 of a 20- or 22-character certificate"),
    ("disability_grade", DataType::Int32, "等级 1-4 of a 20- or 22-character certificate"),
    ("born_on", DataType::Date, "birth date: from a valid identifier, else as exported"),
    ("sex_known", DataType::String, "男/女: from a valid identifier, else as exported"),
    (
        "id_doubted",
        DataType::Boolean,
        "whether the row's own birth date and sex are another person's than the identifier's",
    ),
    ("past", DataType::Boolean, "whether the person is in exports of earlier data years only"),
];

/// Columns of `households` beside the fields.
pub static HOUSEHOLD_DERIVED: &[(&str, DataType, &str)] = &[
    ("sheet_ix", DataType::UInt32, "place of the household's row: its own export, or its head's (first member's) row"),
    ("row", DataType::UInt32, "place: 1-based row or line"),
    ("members_listed", DataType::UInt32, "member rows that carry this household number"),
    ("head_ix", DataType::UInt32, "row of `members` whose relation is 户主; null without one"),
    ("own_row", DataType::Boolean, "whether the household has a row in a household export"),
    ("past", DataType::Boolean, "whether the household is in exports of earlier data years only"),
];

/// Columns of `benefits` and `outcomes` beside the fields they deliver.
pub static BENEFIT_DERIVED: &[(&str, DataType, &str)] = &[
    ("sheet_ix", DataType::UInt32, "place: index into Registry::origins"),
    ("row", DataType::UInt32, "place: 1-based row or line"),
    ("household_ix", DataType::UInt32, "row of `households`, by number or through the member"),
    (
        "member_ix",
        DataType::UInt32,
        "row of `members`, by identifier, person number or name within the household; null for household items",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = FIELDS.iter().map(|field| field.name).collect();
        names.sort_unstable();
        let before = names.len();
        names.dedup();
        assert_eq!(before, names.len());
    }
}
