//! Sheet 说明: whose list this is, how much there is, how to fill it in, who signs.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::columns::{COLUMNS, Input};
use super::list::severity_format;
use super::pack::Pack;
use crate::emit::area::{CATEGORIES, SEVERITIES};
use crate::emit::{Outcome, workbook};

/// Columns of the sheet.
const WIDTHS: [f64; 6] = [18.0, 15.0, 15.0, 15.0, 15.0, 15.0];

/// How each answer is meant.
const HOW: [(&str, &str); 4] = [
    ("属实已改", "问题属实，已在“应改系统”中改正；在“更正后的值”填写改正后的内容。下次导出核对无误后自动销号。"),
    ("不属实", "经核实登记正确、不是问题；在“备注”写明理由，在“佐证材料”选择依据。"),
    ("豁免附佐证", "情况属实但按政策无需改正或无法办理；须附佐证材料（如不予办理告知书），装入户袋存档。"),
    ("无法核实", "外出、失联等暂时无法核实；在“备注”写明原因和下次核实时间。"),
];

/// Fills the sheet.
pub(crate) fn write(
    sheet: &mut Worksheet,
    pack: &Pack<'_>,
    title: &str,
    outcome: &Outcome<'_>,
) -> Result<(), XlsxError> {
    sheet.set_name("说明")?;
    for (column, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    let mut page = Page { sheet, row: 0 };
    page.title(title)?;
    page.facts(pack, outcome)?;
    page.counts(pack)?;
    page.instructions(pack)?;
    page.sign_off()?;
    sheet.set_screen_gridlines(false);
    workbook::portrait(sheet);
    sheet.protect();
    Ok(())
}

/// A sheet written from the top down.
struct Page<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
}

impl Page<'_> {
    fn title(&mut self, title: &str) -> Result<(), XlsxError> {
        let format = workbook::title().set_align(FormatAlign::Center);
        self.sheet.merge_range(0, 0, 0, 5, title, &format)?;
        self.sheet.set_row_height(0, 36)?;
        self.row = 2;
        Ok(())
    }

    fn facts(&mut self, pack: &Pack<'_>, outcome: &Outcome<'_>) -> Result<(), XlsxError> {
        let settings = outcome.settings;
        let blank = || "________________".to_owned();
        let part =
            if pack.part.1 > 1 { format!("第 {} 册，共 {} 册", pack.part.0, pack.part.1) } else { String::new() };
        let facts = [
            ("数据截至", outcome.as_of.to_owned()),
            ("涉及户数", format!("{} 户", pack.blocks.len())),
            ("问题条数", format!("{} 条　{part}", pack.rows())),
            ("办结期限", settings.deadline.clone().unwrap_or_else(blank)),
            ("联系人", settings.contact.clone().unwrap_or_else(blank)),
            ("证件号码", settings.worklist_mask.title().to_owned()),
        ];
        let label = workbook::cell().set_bold().set_background_color(workbook::PALE);
        for (name, value) in facts {
            self.sheet.write_string_with_format(self.row, 0, name, &label)?;
            self.merged(1, &value, &workbook::cell())?;
        }
        self.not_delivered(pack, outcome)?;
        self.row += 1;
        Ok(())
    }

    /// What the list cannot hold, because the township did not deliver it.
    fn not_delivered(&mut self, pack: &Pack<'_>, outcome: &Outcome<'_>) -> Result<(), XlsxError> {
        let Some((township, _)) = pack.place.area else { return Ok(()) };
        let township = outcome.audit.delivery.township(township);
        let lacks = outcome.audit.lacks.iter().filter(|lack| lack.portion.township == township);
        let lacks: Vec<String> = lacks.map(|lack| outcome.audit.delivery.name(&lack.portion)).collect();
        if lacks.is_empty() {
            return Ok(());
        }
        let label = workbook::cell().set_bold().set_background_color(workbook::YELLOW);
        self.sheet.write_string_with_format(self.row, 0, "本次未导出", &label)?;
        let told = format!("{}。本表不含与此有关的问题；原有条目保持原状。", lacks.join("、"));
        self.merged(1, &told, &workbook::cell())
    }

    fn counts(&mut self, pack: &Pack<'_>) -> Result<(), XlsxError> {
        self.heading("问题数量")?;
        let header = workbook::header(workbook::NAVY);
        let centred = workbook::cell().set_align(FormatAlign::Center);
        self.sheet.write_string_with_format(self.row, 0, "问题类型", &header)?;
        for (column, severity) in (1..).zip(SEVERITIES) {
            self.sheet.write_string_with_format(self.row, column, severity.title(), &header)?;
        }
        self.sheet.write_string_with_format(self.row, 4, "合计", &header)?;
        self.row += 1;
        for category in CATEGORIES {
            let of = |severity| pack.findings().filter(|f| f.category == category && f.severity == severity).count();
            let counts = SEVERITIES.map(of);
            if counts.iter().sum::<usize>() > 0 {
                self.count_row(category.title(), counts, &centred)?;
            }
        }
        let totals = SEVERITIES.map(|severity| pack.findings().filter(|f| f.severity == severity).count());
        self.count_row("合计", totals, &centred.set_bold().set_background_color(workbook::PALE))?;
        self.row += 1;
        Ok(())
    }

    fn count_row(&mut self, title: &str, counts: [usize; 3], format: &Format) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, 0, title, format)?;
        for (column, count) in (1..).zip(counts.into_iter().chain([counts.iter().sum()])) {
            self.sheet.write_number_with_format(self.row, column, count as f64, format)?;
        }
        self.row += 1;
        Ok(())
    }

    fn instructions(&mut self, pack: &Pack<'_>) -> Result<(), XlsxError> {
        self.heading("怎样填写")?;
        let columns: Vec<&str> =
            COLUMNS.iter().filter(|spec| spec.input != Input::Locked).map(|spec| spec.header).collect();
        let text = workbook::body().set_text_wrap();
        let filled = format!(
            "只填黄色格：{}。其余各列已锁定，请勿改动表头、问题编号和行的内容；可以筛选、调整列宽和行高。",
            columns.join("、")
        );
        self.wide(&filled, &text)?;
        let label = workbook::cell().set_bold().set_background_color(workbook::YELLOW);
        for (answer, meaning) in HOW {
            self.sheet.write_string_with_format(self.row, 0, answer, &label)?;
            self.merged(1, meaning, &workbook::cell())?;
        }
        self.row += 1;
        self.heading("在哪里改、颜色的含义")?;
        self.wide("户编号以国办系统为准，前面标“省”的是省办平台的户编号。“应改系统”写明在哪个系统改：以国办系统为准，省办平台改到一致；写“入户核实”的先入户再定。国办系统须在开放期内修改。", &text)?;
        self.wide("粗横线分隔各户。标“└”的问题由上一行引起：改好上一行，它随之解决，不必单独处理。标“【反弹】”的曾经销号又出现。", &text)?;
        if pack.place.suspect {
            self.wide("本表为疑似线索，仅供入户核查使用，不作为认定结论。", &text.clone().set_bold())?;
        }
        for (column, severity) in (0..).zip(SEVERITIES) {
            let format = severity_format(workbook::cell().set_align(FormatAlign::Center), severity);
            self.sheet.write_string_with_format(self.row, column, severity.title(), &format)?;
        }
        let input = workbook::cell().set_align(FormatAlign::Center).set_background_color(workbook::YELLOW);
        self.sheet.write_string_with_format(self.row, 3, "填写处", &input)?;
        self.row += 2;
        Ok(())
    }

    fn sign_off(&mut self) -> Result<(), XlsxError> {
        self.heading("签字")?;
        let format = workbook::body().set_border_bottom(FormatBorder::Thin).set_border_bottom_color(Color::Black);
        for role in ["帮扶责任人：", "村负责人：", "乡镇审核："] {
            self.sheet.set_row_height(self.row, 30)?;
            self.sheet.write_string_with_format(self.row, 0, role, &workbook::body())?;
            self.sheet.merge_range(self.row, 1, self.row, 2, "", &format)?;
            self.sheet.write_string_with_format(self.row, 3, "　　日期：", &workbook::body())?;
            self.sheet.merge_range(self.row, 4, self.row, 5, "", &format)?;
            self.row += 1;
        }
        Ok(())
    }

    fn heading(&mut self, text: &str) -> Result<(), XlsxError> {
        let format = workbook::heading();
        self.sheet.merge_range(self.row, 0, self.row, 5, text, &format)?;
        self.sheet.set_row_height(self.row, 22)?;
        self.row += 1;
        Ok(())
    }

    /// Text over the whole width.
    fn wide(&mut self, text: &str, format: &Format) -> Result<(), XlsxError> {
        self.merged(0, text, format)
    }

    /// Text from `column` to the right edge, the row as high as it needs.
    fn merged(&mut self, column: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
        let width: f64 = WIDTHS[usize::from(column)..].iter().sum();
        self.sheet.merge_range(self.row, column, self.row, 5, text, format)?;
        self.sheet.set_row_height(self.row, workbook::row_points(workbook::lines(text, width)) + 2.0)?;
        self.row += 1;
        Ok(())
    }
}
