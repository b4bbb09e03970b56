//! The exports of both systems: file names, titles, headers, and one row per record.
//!
//! Headers are those of the national person list of 2018 (28 columns, two title rows, header on the third), with six
//! that later lists have behind them, and of the platform's lists. Everything is text, as exports of both systems are.

use super::benefits::CATALOGUE;
use super::places::Township;
use super::register::{Col, Filed, HouseCol, Measure, Register, Whereabouts, yuan};
use super::sheet::Sheet;
use crate::error::Result;

/// One kind of export.
#[derive(Debug)]
pub(super) struct Form {
    /// Folder of the side.
    pub(super) side: &'static str,
    /// What its file names begin with.
    pub(super) stem: &'static str,
    /// Title above the header, after the county's name.
    pub(super) title: &'static str,
    /// Column headers.
    pub(super) header: &'static [&'static str],
    /// Columns under one heading where the header has two rows: first, last, heading.
    pub(super) bands: &'static [(u16, u16, &'static str)],
    /// Whether it has so many rows that a workbook must be written row by row.
    pub(super) long: bool,
}

/// National: one row per person.
pub(super) static PERSONS: Form = Form {
    side: "national",
    stem: "贫困户信息查询",
    title: "贫困户信息查询结果",
    header: &[
        "序号",
        "县(市、区、旗)",
        "乡(镇)",
        "行政村",
        "自然村",
        "户编号",
        "人编号",
        "姓名",
        "证件号码",
        "人数",
        "与户主关系",
        "民族",
        "文化程度",
        "在校生状况",
        "健康状况",
        "劳动技能",
        "务工状况",
        "务工时间（月）",
        "参加大病医疗",
        "脱贫属性",
        "脱贫年度",
        "贫困户属性",
        "致贫原因1",
        "危房户",
        "饮水安全",
        "饮水困难",
        "人均纯收入",
        "联系电话",
        "首次识别时间",
        "住房面积",
        "危房级别",
        "入户路类型",
        "是否享受农村居民最低生活保障",
        "是否特困供养人员",
    ],
    bands: &[(1, 4, "所在地"), (16, 17, "务工情况"), (24, 25, "饮水情况")],
    long: false,
};

/// National: measures received.
pub(super) static NATIONAL_BENEFITS: Form = Form {
    side: "national",
    stem: "帮扶措施",
    title: "帮扶措施查询结果",
    header: &[
        "序号",
        "县(市、区、旗)",
        "乡(镇)",
        "行政村",
        "户编号",
        "户主姓名",
        "人编号",
        "姓名",
        "证件号码",
        "年度",
        "项目类别",
        "项目内容",
        "实施时间",
        "金额(元)",
        "帮扶单位",
        "成效",
    ],
    bands: &[],
    long: true,
};

/// Provincial: one row per household.
pub(super) static HOUSEHOLDS: Form = Form {
    side: "provincial",
    stem: "户信息",
    title: "贫困户信息",
    header: &[
        "序号",
        "区县",
        "乡镇",
        "村",
        "组",
        "户编号",
        "户主姓名",
        "户主证件号码",
        "家庭人口数",
        "贫困户属性",
        "脱贫属性",
        "脱贫年度",
        "主要致贫原因",
        "是否危房户",
        "是否解决安全饮用水",
        "人均纯收入（元）",
        "户联系电话",
        "帮扶责任人",
        "首次识别时间",
        "住房面积（平方米）",
        "危房级别",
        "入户路类型",
    ],
    bands: &[],
    long: false,
};

/// Provincial: one row per person.
pub(super) static MEMBERS: Form = Form {
    side: "provincial",
    stem: "人员信息",
    title: "贫困人口信息",
    header: &[
        "序号",
        "乡镇",
        "村",
        "户编号",
        "户主姓名",
        "人编号",
        "姓名",
        "身份证号码",
        "性别",
        "出生日期",
        "与户主关系",
        "民族",
        "文化程度",
        "在校生情况",
        "健康状况",
        "劳动能力",
        "务工情况",
        "务工月数",
        "是否参加大病保险",
        "联系电话",
        "是否享受低保",
        "是否特困供养",
    ],
    bands: &[],
    long: false,
};

/// Provincial: measures received.
pub(super) static BENEFITS: Form = Form {
    side: "provincial",
    stem: "帮扶措施",
    title: "帮扶措施明细",
    header: &[
        "序号",
        "乡镇",
        "村",
        "户编号",
        "户主姓名",
        "姓名",
        "身份证号码",
        "年度",
        "措施类别",
        "措施名称",
        "享受金额（元）",
        "享受时间",
    ],
    bands: &[],
    long: true,
};

/// Provincial: what came of the measures.
pub(super) static OUTCOMES: Form = Form {
    side: "provincial",
    stem: "帮扶成效",
    title: "帮扶成效明细",
    header: &[
        "序号",
        "乡镇",
        "村",
        "户编号",
        "户主姓名",
        "姓名",
        "身份证号码",
        "年度",
        "措施名称",
        "成效内容",
        "增收金额（元）",
    ],
    bands: &[],
    long: true,
};

/// Name of the head as filed: blank when nobody is.
fn head_name(filed: &Filed) -> &str {
    filed.cards.first().map_or("", |card| &card[Col::Name])
}

/// The national person list; rows are noted on the cards.
pub(super) fn persons(register: &mut Register, township: &Township, sheet: &mut Sheet) -> Result<()> {
    for filed in &mut register.filed {
        for at in 0..filed.cards.len() {
            let (serial, card) = (sheet.serial(), &filed.cards[at]);
            let row = sheet.record(&[
                &serial,
                &township.county,
                &township.name,
                &filed[HouseCol::Village],
                &filed[HouseCol::Hamlet],
                &filed.no,
                &card.no,
                &card[Col::Name],
                &card[Col::IdNo],
                &filed[HouseCol::Size],
                &card[Col::Relation],
                &card[Col::Ethnicity],
                &card[Col::Education],
                &card[Col::Student],
                &card[Col::Health],
                &card[Col::Labour],
                &card[Col::Work],
                &card[Col::Months],
                &card[Col::Insured],
                &filed[HouseCol::ExitStatus],
                &filed[HouseCol::ExitYear],
                &filed[HouseCol::Kind],
                &filed[HouseCol::Cause],
                &filed[HouseCol::Dilapidated],
                &filed[HouseCol::WaterSafe],
                &filed[HouseCol::WaterDifficult],
                &filed[HouseCol::Income],
                &filed[HouseCol::Phone],
                &filed[HouseCol::Identified],
                &filed[HouseCol::HouseArea],
                &filed[HouseCol::HouseGrade],
                &filed[HouseCol::Road],
                &card[Col::Dibao],
                &card[Col::Tekun],
            ])?;
            filed.cards[at].row = row;
        }
    }
    Ok(())
}

/// The platform's household list.
pub(super) fn households(register: &Register, township: &Township, sheet: &mut Sheet) -> Result<()> {
    for filed in &register.filed {
        let serial = sheet.serial();
        sheet.record(&[
            &serial,
            &township.county,
            &township.name,
            &filed[HouseCol::Village],
            &filed[HouseCol::Hamlet],
            &filed.no,
            head_name(filed),
            filed.cards.first().map_or("", |card| &card[Col::IdNo]),
            &filed[HouseCol::Size],
            &filed[HouseCol::Kind],
            &filed[HouseCol::ExitStatus],
            &filed[HouseCol::ExitYear],
            &filed[HouseCol::Cause],
            &filed[HouseCol::Dilapidated],
            &filed[HouseCol::WaterSafe],
            &filed[HouseCol::Income],
            &filed[HouseCol::Phone],
            &filed[HouseCol::Helper],
            &filed[HouseCol::Identified],
            &filed[HouseCol::HouseArea],
            &filed[HouseCol::HouseGrade],
            &filed[HouseCol::Road],
        ])?;
    }
    Ok(())
}

/// The platform's person list; rows are noted on the cards.
pub(super) fn members(register: &mut Register, township: &Township, sheet: &mut Sheet) -> Result<()> {
    for filed in &mut register.filed {
        for at in 0..filed.cards.len() {
            let (serial, card) = (sheet.serial(), &filed.cards[at]);
            let row = sheet.record(&[
                &serial,
                &township.name,
                &filed[HouseCol::Village],
                &filed.no,
                head_name(filed),
                &card.no,
                &card[Col::Name],
                &card[Col::IdNo],
                &card[Col::Sex],
                &card[Col::Born],
                &card[Col::Relation],
                &card[Col::Ethnicity],
                &card[Col::Education],
                &card[Col::Student],
                &card[Col::Health],
                &card[Col::Labour],
                &card[Col::Work],
                &card[Col::Months],
                &card[Col::Insured],
                &card[Col::Phone],
                &card[Col::Dibao],
                &card[Col::Tekun],
            ])?;
            filed.cards[at].row = row;
        }
    }
    Ok(())
}

/// Who a record is about, as the register prints it.
struct Subject<'a> {
    filed: &'a Filed,
    person_no: &'a str,
    name: &'a str,
    id_no: &'a str,
}

/// `None` when neither the person nor the household is filed, or the measure was never entered.
fn subject<'a>(filed: &'a [Filed], measure: &Measure, places: &Whereabouts) -> Option<Subject<'a>> {
    if measure.struck {
        return None;
    }
    match measure.benefit.person {
        Some(person) => {
            let (at, card) = places.card(person)?;
            let (filed, card) = (&filed[at], &filed[at].cards[card]);
            Some(Subject { filed, person_no: &card.no, name: &card[Col::Name], id_no: &card[Col::IdNo] })
        }
        None => {
            let filed = &filed[places.filed(measure.benefit.household)?];
            Some(Subject { filed, person_no: "", name: "", id_no: "" })
        }
    }
}

fn amount(measure: &Measure) -> String {
    measure.benefit.amount_fen.map(yuan).unwrap_or_default()
}

/// National measures; rows are noted on them.
pub(super) fn national_benefits(
    register: &mut Register,
    places: &Whereabouts,
    township: &Township,
    sheet: &mut Sheet,
) -> Result<()> {
    for measure in &mut register.measures {
        let Some(subject) = subject(&register.filed, measure, places) else { continue };
        let item = &CATALOGUE[measure.benefit.item];
        let serial = sheet.serial();
        let row = sheet.record(&[
            &serial,
            &township.county,
            &township.name,
            &subject.filed[HouseCol::Village],
            &subject.filed.no,
            head_name(subject.filed),
            subject.person_no,
            subject.name,
            subject.id_no,
            &measure.benefit.year.to_string(),
            item.category,
            measure.item,
            &measure.benefit.on.to_string(),
            &amount(measure),
            item.unit,
            item.outcome,
        ])?;
        measure.row = row;
    }
    Ok(())
}

/// The platform's measures; rows are noted on them.
pub(super) fn benefits(
    register: &mut Register,
    places: &Whereabouts,
    township: &Township,
    sheet: &mut Sheet,
) -> Result<()> {
    for measure in &mut register.measures {
        let Some(subject) = subject(&register.filed, measure, places) else { continue };
        let serial = sheet.serial();
        let row = sheet.record(&[
            &serial,
            &township.name,
            &subject.filed[HouseCol::Village],
            &subject.filed.no,
            head_name(subject.filed),
            subject.name,
            subject.id_no,
            &measure.benefit.year.to_string(),
            CATALOGUE[measure.benefit.item].category,
            measure.item,
            &amount(measure),
            &measure.benefit.on.to_string(),
        ])?;
        measure.row = row;
    }
    Ok(())
}

/// The platform's outcomes: one per person, or household, item and year.
pub(super) fn outcomes(
    register: &Register,
    places: &Whereabouts,
    township: &Township,
    sheet: &mut Sheet,
) -> Result<()> {
    let mut last = None;
    for measure in &register.measures {
        let key = (measure.benefit.household, measure.benefit.person, measure.benefit.item, measure.benefit.year);
        if !measure.outcome || last.replace(key) == Some(key) {
            continue;
        }
        let Some(subject) = subject(&register.filed, measure, places) else { continue };
        let serial = sheet.serial();
        sheet.record(&[
            &serial,
            &township.name,
            &subject.filed[HouseCol::Village],
            &subject.filed.no,
            head_name(subject.filed),
            subject.name,
            subject.id_no,
            &measure.benefit.year.to_string(),
            measure.item,
            CATALOGUE[measure.benefit.item].outcome,
            &amount(measure),
        ])?;
    }
    Ok(())
}
