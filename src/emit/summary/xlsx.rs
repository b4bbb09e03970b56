//! `summary.xlsx`: the summary as tables that can be pasted into the daily report.

use rust_xlsxwriter::{Color, ConditionalFormatDataBar, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::{AreaLine, Rate, Summary, shown, side_title, term_title};
use crate::emit::workbook;

/// One cell of a table.
enum Cell {
    Text(String),
    Count(u64),
    /// Percentage, then its fraction in the next column.
    Rate(Rate),
}

/// Renders the workbook.
pub(crate) fn render(summary: &Summary) -> Result<Vec<u8>, XlsxError> {
    let title = format!("{} 数据核对汇总（截至 {}）", summary.title, summary.as_of);
    let mut book = workbook::new(&title, &summary.as_of);
    overview(&mut book, summary, &title)?;
    townships(&mut book, summary)?;
    villages(&mut book, summary)?;
    fields(&mut book, summary)?;
    rules(&mut book, summary)?;
    recording(&mut book, summary)?;
    conservation(&mut book, summary)?;
    book.save_to_buffer()
}

/// A sheet written table by table from the top.
struct Page<'a> {
    sheet: &'a mut Worksheet,
    widths: Vec<f64>,
    row: u32,
}

impl<'a> Page<'a> {
    fn new(book: &'a mut Workbook, name: &str, title: &str, widths: &[f64]) -> Result<Self, XlsxError> {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?;
        for (column, width) in (0..).zip(widths) {
            sheet.set_column_width(column, *width)?;
        }
        sheet.write_string_with_format(0, 0, title, &workbook::title())?.set_row_height(0, 28)?;
        workbook::landscape(sheet, "");
        Ok(Self { sheet, widths: widths.to_vec(), row: 1 })
    }

    /// A heading, a header, rows, and one blank row.
    fn table(&mut self, heading: &str, headers: &[&str], rows: Vec<Vec<Cell>>) -> Result<(), XlsxError> {
        if !heading.is_empty() {
            self.sheet.write_string_with_format(self.row, 0, heading, &workbook::heading())?;
            self.sheet.set_row_height(self.row, 22)?;
            self.row += 1;
        }
        for (column, header) in (0..).zip(headers) {
            self.sheet.write_string_with_format(self.row, column, *header, &workbook::header(workbook::NAVY))?;
        }
        self.sheet.set_row_height(self.row, workbook::row_points(2))?;
        self.row += 1;
        let formats = Formats::new();
        for row in rows {
            self.cells(row, &formats)?;
        }
        self.row += 1;
        Ok(())
    }

    fn cells(&mut self, row: Vec<Cell>, formats: &Formats) -> Result<(), XlsxError> {
        let mut column = 0;
        let mut lines = 1;
        for cell in row {
            match cell {
                Cell::Text(text) => {
                    // The indent takes two digits' room.
                    lines = lines.max(workbook::lines(&text, self.widths[usize::from(column)] - 2.0));
                    self.sheet.write_string_with_format(self.row, column, text, &formats.text)?;
                }
                Cell::Count(count) => {
                    self.sheet.write_number_with_format(self.row, column, count as f64, &formats.count)?;
                }
                Cell::Rate(rate) => {
                    match rate.share() {
                        Some(share) => {
                            self.sheet.write_number_with_format(self.row, column, share, &formats.percent)?
                        }
                        None => {
                            self.sheet.write_string_with_format(self.row, column, rate.percent(), &formats.missing)?
                        }
                    };
                    column += 1;
                    self.sheet.write_string_with_format(self.row, column, rate.fraction(), &formats.fraction)?;
                }
            }
            column += 1;
        }
        self.sheet.set_row_height(self.row, workbook::row_points(lines))?;
        self.row += 1;
        Ok(())
    }

    /// Bars behind the percentages of one column, 0 to 100 %.
    fn bars(&mut self, column: u16) -> Result<(), XlsxError> {
        use rust_xlsxwriter::ConditionalFormatType;
        let bar = ConditionalFormatDataBar::new()
            .set_fill_color(Color::RGB(0x009D_C3E6))
            .set_solid_fill(true)
            .set_minimum(ConditionalFormatType::Number, 0)
            .set_maximum(ConditionalFormatType::Number, 1);
        self.sheet.add_conditional_format(1, column, self.row.max(2), column, &bar)?;
        Ok(())
    }

    fn freeze(&mut self, columns: u16) -> Result<(), XlsxError> {
        self.sheet.set_freeze_panes(2, columns)?.set_repeat_rows(1, 1)?;
        Ok(())
    }
}

struct Formats {
    text: Format,
    count: Format,
    percent: Format,
    fraction: Format,
    missing: Format,
}

impl Formats {
    fn new() -> Self {
        let text = workbook::cell().set_indent(1);
        Self {
            count: workbook::cell().set_num_format("#,##0").set_align(FormatAlign::Right),
            percent: workbook::cell().set_num_format("0.00%").set_align(FormatAlign::Right),
            fraction: text.clone().set_font_color(Color::RGB(0x0066_6666)),
            missing: workbook::cell().set_font_color(Color::RGB(0x0099_9999)).set_align(FormatAlign::Center),
            text,
        }
    }
}

fn text(value: impl Into<String>) -> Cell {
    Cell::Text(value.into())
}

/// A count that may be withheld.
fn told(count: Option<u64>, min_cell: u64) -> Cell {
    count.map_or_else(|| text(shown(None, min_cell)), Cell::Count)
}

fn overview(book: &mut Workbook, summary: &Summary, title: &str) -> Result<(), XlsxError> {
    let mut page = Page::new(book, "总览", title, &[50.0, 12.0, 20.0, 12.0, 12.0, 12.0, 12.0, 12.0])?;
    let county = &summary.county;
    let rates = [
        ("人员匹配率：已匹配的国办人员／国办人员", county.coverage),
        ("指标一致率：相同／（相同＋一方空＋不同＋无法读懂）", county.field_agreement),
        ("户一致率：没有须整改、待核实问题的户／已匹配的户", county.households_consistent),
        ("措施录入率：省办已录／国办或名册证明已享受", county.recording),
    ];
    let rates = rates.map(|(name, rate)| vec![text(name), Cell::Rate(rate)]).into();
    page.table("四项比率", &["指标", "比率", FRACTION], rates)?;
    page.bars(1)?;
    let members = summary.linkage.members.iter().map(|one| {
        let counts = [one.total, one.linked, one.review, one.conflict, one.duplicate, one.only, one.not_compared];
        std::iter::once(text(side_title(&one.side))).chain(counts.map(Cell::Count)).collect()
    });
    let headers = ["人员匹配", "总数", "已匹配", "待判定", "证件冲突", "重复", "仅一方有", "未比对"];
    page.table("匹配", &headers, members.collect())?;
    page.table("", &["户匹配", "户数"], household_rows(&summary.linkage.households))?;
    let counted =
        |rows: &[super::Counted]| rows.iter().map(|one| vec![text(&one.title), Cell::Count(one.count)]).collect();
    page.table("问题", &["按类型", "条数"], counted(&summary.findings.by_category))?;
    page.table("", &["按程度", "条数"], counted(&summary.findings.by_severity))?;
    page.table("", &["按应改系统", "条数"], counted(&summary.findings.by_correct_in))?;
    page.table("台账", &["台账", "条数"], ledger_rows(&summary.ledger))?;
    let lacks = summary.not_delivered.iter();
    let lacks =
        lacks.map(|lack| vec![text(&lack.township), text(&lack.what), Cell::Count(lack.rules)]).collect::<Vec<_>>();
    match lacks.is_empty() {
        true => Ok(()),
        false => page.table("本次未导出", &["乡镇", "没有收到", "因此未评估的规则"], lacks),
    }
}

fn household_rows(pairs: &super::HouseholdPairs) -> Vec<Vec<Cell>> {
    labelled([
        ("国办系统户数", pairs.total[0]),
        ("省办平台户数", pairs.total[1]),
        ("同一户（对）", pairs.same),
        ("国办一户在省办拆成几户（对）", pairs.split),
        ("国办几户在省办并为一户（对）", pairs.merge),
        ("部分成员重合（对）", pairs.partial),
    ])
}

fn ledger_rows(ledger: &super::LedgerCounts) -> Vec<Vec<Cell>> {
    labelled([
        ("待整改", ledger.open),
        ("本次新增", ledger.new),
        ("本次销号", ledger.closed),
        ("反弹（销号后再次出现，尚未改正）", ledger.reopened),
        ("未比对（本次没有可证明的数据）", ledger.frozen),
        ("累计销号", ledger.closed_in_all),
        ("待核实离开（两个系统都已没有，未改正）", ledger.left),
        ("规则已变（未改正）", ledger.rule_changed),
        ("匹配有变，待复核（未改正）", ledger.link_changed),
        ("并入其他条目", ledger.merged),
    ])
}

fn labelled<const N: usize>(counts: [(&str, u64); N]) -> Vec<Vec<Cell>> {
    counts.map(|(label, count)| vec![text(label), Cell::Count(count)]).into()
}

/// Header over the fraction that stands beside each percentage.
const FRACTION: &str = "分子／分母";
/// Columns of an area behind its name; those of the categories follow, on the screen only.
const AREA_HEADERS: [&str; 16] = [
    "国办人数",
    "省办人数",
    "国办户数",
    "省办户数",
    "人员匹配率",
    FRACTION,
    "指标一致率",
    FRACTION,
    "户一致率",
    FRACTION,
    "措施录入率",
    FRACTION,
    "有问题户数",
    "问题合计",
    "须整改",
    "待核实",
];

fn area_cells(area: &AreaLine, min_cell: u64) -> Vec<Cell> {
    let mut cells = vec![
        Cell::Count(area.members[0]),
        Cell::Count(area.members[1]),
        Cell::Count(area.households[0]),
        Cell::Count(area.households[1]),
    ];
    let rates = [area.coverage, area.field_agreement, area.households_consistent, area.recording];
    cells.extend(rates.map(Cell::Rate));
    cells.push(told(area.households_with_findings, min_cell));
    cells.push(told(area.findings, min_cell));
    cells.extend(area.by_severity.iter().take(2).map(|count| told(*count, min_cell)));
    cells.extend(area.by_category.iter().map(|count| told(*count, min_cell)));
    cells
}

fn area_sheet(
    book: &mut Workbook,
    name: &str,
    summary: &Summary,
    labels: &[&str],
    areas: &[(Vec<String>, &AreaLine)],
) -> Result<(), XlsxError> {
    let categories = summary.findings.by_category.iter().map(|one| one.title.as_str());
    let headers: Vec<&str> = labels.iter().copied().chain(AREA_HEADERS).chain(categories).collect();
    let row = |(labels, area): &(Vec<String>, &AreaLine)| {
        labels.iter().map(text).chain(area_cells(area, summary.min_cell)).collect()
    };
    let first = labels.len() as u16;
    let widths = headers.iter().enumerate().map(|(ix, header)| match (ix < labels.len(), *header) {
        (true, _) => 13.0,
        (_, FRACTION) => 20.0,
        (_, header) if header.ends_with('率') => 11.0,
        _ => 8.0,
    });
    let title = format!("{}　{name}（截至 {}）", summary.title, summary.as_of);
    let mut page = Page::new(book, name, &title, &widths.collect::<Vec<_>>())?;
    page.table("", &headers, areas.iter().map(row).collect())?;
    for column in [4, 6, 8, 10] {
        page.bars(first + column)?;
    }
    page.sheet.set_print_area(0, 0, page.row, first + AREA_HEADERS.len() as u16 - 1)?;
    page.freeze(first)
}

fn townships(book: &mut Workbook, summary: &Summary) -> Result<(), XlsxError> {
    let mut areas: Vec<_> =
        summary.townships.iter().map(|area| (vec![known(&area.township, "（乡镇不明）")], area)).collect();
    areas.push((vec!["合计".to_owned()], &summary.county));
    area_sheet(book, "乡镇", summary, &["乡镇"], &areas)
}

fn villages(book: &mut Workbook, summary: &Summary) -> Result<(), XlsxError> {
    let labels = |area: &AreaLine| vec![known(&area.township, "（乡镇不明）"), known(&area.village, "（村不明）")];
    let areas: Vec<_> = summary.villages.iter().map(|area| (labels(area), area)).collect();
    area_sheet(book, "村", summary, &["乡镇", "行政村"], &areas)
}

/// The name, or what stands for an unknown one.
pub(crate) fn known(name: &str, otherwise: &str) -> String {
    if name.is_empty() { otherwise.to_owned() } else { name.to_owned() }
}

fn fields(book: &mut Workbook, summary: &Summary) -> Result<(), XlsxError> {
    let mut page = Page::new(
        book,
        "指标",
        "各项指标在两个系统中的一致情况（已匹配的人、户）",
        &[30.0, 11.0, 20.0, 11.0, 11.0, 11.0, 11.0, 11.0, 12.0, 12.0],
    )?;
    let row = |line: &super::FieldLine| {
        let counts = [line.equal, line.differ, line.null_national, line.null_provincial, line.unread];
        let outside = [line.both_null, line.not_comparable];
        let mut cells = vec![text(&line.title), Cell::Rate(line.agreement)];
        cells.extend(counts.into_iter().chain(outside).map(Cell::Count));
        cells
    };
    let headers = [
        "指标",
        "一致率",
        "分子／分母",
        "相同",
        "不同",
        "国办为空",
        "省办为空",
        "无法读懂",
        "两边都空（不计）",
        "无法比较（不计）",
    ];
    page.table("", &headers, summary.fields.iter().map(row).collect())?;
    page.bars(1)?;
    page.freeze(1)
}

fn rules(book: &mut Workbook, summary: &Summary) -> Result<(), XlsxError> {
    let mut page = Page::new(book, "规则", "规则与问题", &[14.0, 44.0, 12.0, 30.0, 10.0, 12.0, 12.0])?;
    let row = |rule: &super::RuleLine| {
        let words = [&rule.rule_id, &rule.title].map(text).into_iter().chain([text(side_title(&rule.side))]);
        let kind = [&rule.category, &rule.severity].map(text);
        words.chain(kind).chain([rule.evaluated, rule.findings].map(Cell::Count)).collect()
    };
    let headers = ["规则", "名称", "系统", "类型", "程度", "检查对象数", "问题条数"];
    page.table("", &headers, summary.rules.iter().map(row).collect())?;
    let row = |rule: &super::NotEvaluated| {
        [&rule.rule_id, &rule.title]
            .map(text)
            .into_iter()
            .chain([text(side_title(&rule.side)), text(&rule.reason)])
            .collect()
    };
    let missing: Vec<_> = summary.not_evaluated.iter().map(row).collect();
    if !missing.is_empty() {
        page.table("未评估的规则（不计入任何比率）", &["规则", "名称", "系统", "原因"], missing)?;
    }
    Ok(())
}

fn recording(book: &mut Workbook, summary: &Summary) -> Result<(), XlsxError> {
    let mut page = Page::new(book, "措施", "帮扶措施应录尽录情况（按措施、年度）", &[28.0, 10.0, 14.0, 24.0])?;
    let row = |line: &super::RecordingLine| {
        let year = line.year.map_or_else(|| "不详".to_owned(), |year| year.to_string());
        vec![text(&line.item), text(year), Cell::Rate(line.recording)]
    };
    page.table("", &["措施", "年度", "录入率", "已录／应录"], summary.recording.iter().map(row).collect())?;
    page.bars(2)?;
    page.freeze(2)
}

fn conservation(book: &mut Workbook, summary: &Summary) -> Result<(), XlsxError> {
    let title = "行数平衡：读入的每一行、每一个人、每一个问题都有着落";
    let mut page = Page::new(book, "行数平衡", title, &[46.0, 20.0, 13.0, 20.0, 22.0, 13.0])?;
    let row = |line: &super::RowLine| {
        let counts = [line.read, line.accepted, line.rejected, line.layout, line.duplicate_file].map(Cell::Count);
        std::iter::once(text(side_title(&line.side))).chain(counts).collect()
    };
    let headers = ["来源", "读入行数", "采用", "剔除（有原因）", "标题、表头、空行、合计", "重复文件"];
    page.table("导出文件的行", &headers, summary.rows.iter().map(row).collect())?;
    let row = |line: &super::RejectLine| vec![text(&line.reason), text(side_title(&line.side)), Cell::Count(line.rows)];
    page.table("剔除的行", &["原因", "来源", "行数"], summary.rejects.iter().map(row).collect())?;
    let rows = summary.conservation.iter().flat_map(equation_rows).collect();
    page.table("去向", &["对象", "去向", "数量", "结论"], rows)?;
    let row = |line: &super::UnknownLabels| {
        vec![text(&line.field), text(side_title(&line.side)), Cell::Count(line.labels), Cell::Count(line.rows)]
    };
    let headers = ["指标", "系统", "种类", "涉及行数"];
    page.table("词表不认识的填写内容", &headers, summary.unknown_labels.iter().map(row).collect())?;
    let row = |input: &super::Input| {
        let hash = input.blake3.get(..16).unwrap_or(&input.blake3);
        let words = [text(&input.file), text(side_title(&input.side))];
        words.into_iter().chain([Cell::Count(input.rows), text(&input.profile), text(hash)]).collect()
    };
    let headers = ["文件", "系统", "行数", "格式", "校验值（BLAKE3 前 16 位）"];
    page.table("输入文件", &headers, summary.inputs.iter().map(row).collect())
}

/// The total with its verdict, then one row per term.
fn equation_rows(equation: &super::super::manifest::Equation) -> Vec<Vec<Cell>> {
    let verdict = if equation.holds { "平衡" } else { "不平衡" };
    let what = term_title(&equation.what);
    let total = vec![text(what), text("总数"), Cell::Count(equation.total), text(verdict)];
    let term = |(name, count): &(String, u64)| vec![text(what), text(term_title(name)), Cell::Count(*count)];
    std::iter::once(total).chain(equation.terms.iter().map(term)).collect()
}
