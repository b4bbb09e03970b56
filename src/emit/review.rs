//! `review/待人工判定.xlsx`: pairs that a person must decide, both records side by side, and a verdict to choose.
//!
//! A row is found again by its [`PairKey`](crate::ledger::pair::PairKey), a keyed hash over what both exports say of the
//! two people, so that a verdict outlives a new export and lapses when a record changes. Rivals stand together in one
//! group, the group with the richest evidence first ([`order`]). Differing cells are coloured, and what is shown of
//! people is masked. `hedui returns` reads the file back by its headers, which is why they are public.

mod order;

use std::path::Path;

use polars::prelude::*;
use rust_xlsxwriter::{
    DataValidation, Format, FormatAlign, FormatBorder, ProtectionOptions, Workbook, Worksheet, XlsxError,
};

use super::mask::Row;
use super::{Outcome, OutputFile, files, workbook};
use crate::error::Result;
use crate::ledger::rulings::Verdict;
use crate::table::Sort;
use order::Candidate;

/// Version of the layout, kept as a document property.
pub const SCHEMA: u32 = 2;
/// Name of the sheet.
pub const SHEET: &str = "待判定";
/// Header of the column to fill in, and of the one that identifies the pair.
pub const VERDICT_HEADER: &str = "判定▼";
/// Header of the remarks.
pub const NOTE_HEADER: &str = "备注";
/// Header of the pair's id.
pub const PAIR_HEADER: &str = "配对编号";

/// Pairs of one workbook, unless a single group has more.
const MAX_PAIRS: usize = 20_000;
const GUIDE_ROW: u32 = 1;
const HEADER_ROW: u32 = 2;
const FIRST_ROW: u32 = 3;
/// How to fill it in, in one line above the table.
const GUIDE: &str = "怎么填：只填黄色格。在“判定▼”选一项，依据写在“备注”，拿不准选“无法确定”；橙色底是两个系统写法不同；\
                     同一组里最多一对是“同一人”；不要改“配对编号”。填好后交回县里读入。";

/// What is shown of each person: canonical columns (joined by a blank), what they are, header, width.
const SHOWN: [(&[&str], Sort, &str, f64); 6] = [
    (&["name"], Sort::Name, "姓名", 7.5),
    (&["id_no"], Sort::Identifier, "证件号码", 11.0),
    (&["born_on"], Sort::Birth, "出生日期", 11.0),
    (&["township", "village"], Sort::Place, "乡镇、村", 10.0),
    (&["household_no"], Sort::Key, "户编号", 10.5),
    (&["relation"], Sort::Label, "与户主关系", 7.0),
];

/// Writes the undecided pairs under `dir`; nothing when there are none.
pub(crate) fn write(outcome: &Outcome<'_>, dir: &Path) -> Result<Vec<OutputFile>> {
    let sides = outcome.registries.map(|registry| Side { members: &registry.members });
    let parts = parts(order::groups(outcome)?);
    let mut outputs = Vec::new();
    for (ix, rows) in parts.iter().enumerate() {
        let (part, parts) = (ix + 1, parts.len());
        let file = match parts {
            1 => "review/待人工判定.xlsx".to_owned(),
            _ => format!("review/待人工判定（第{part}册，共{parts}册）.xlsx"),
        };
        let bytes = render(rows, &sides, outcome).map_err(|cause| files::failed(&file, &cause))?;
        outputs.push(files::put(dir, &file, &bytes, Some(rows.len() as u64))?);
    }
    Ok(outputs)
}

/// A row of the sheet: the number of its group, and the pair.
type Numbered<'a> = (u32, Candidate<'a>);

/// Rows of each workbook; a group is never torn.
fn parts(groups: Vec<Vec<Candidate<'_>>>) -> Vec<Vec<Numbered<'_>>> {
    let mut parts: Vec<Vec<Numbered<'_>>> = Vec::new();
    for (number, group) in (1..).zip(groups) {
        let rows = group.into_iter().map(|candidate| (number, candidate));
        match parts.last_mut() {
            Some(part) if part.len() + rows.len() <= MAX_PAIRS => part.extend(rows),
            _ => parts.push(rows.collect()),
        }
    }
    parts
}

/// The people of one registry as they are shown.
struct Side<'a> {
    members: &'a DataFrame,
}

impl Side<'_> {
    fn raw(&self, columns: &[&str], row: u32) -> String {
        let parts: Vec<String> = columns.iter().filter_map(|column| cell(self.members, column, row)).collect();
        parts.join(" ")
    }
}

/// A cell as text; `None` when the column is missing or the cell is null.
fn cell(frame: &DataFrame, column: &str, row: u32) -> Option<String> {
    let column = frame.column(column).ok()?;
    match column.str() {
        Ok(texts) => texts.get(row as usize).map(str::to_owned),
        Err(_) => {
            let text = column.slice(i64::from(row), 1).cast(&DataType::String).ok()?;
            text.str().ok()?.get(0).map(str::to_owned)
        }
    }
}

fn render(rows: &[Numbered<'_>], sides: &[Side<'_>; 2], outcome: &Outcome<'_>) -> Result<Vec<u8>, XlsxError> {
    let title = format!("{} 待人工判定：两个系统中是否同一人（截至 {}）", outcome.title, outcome.as_of);
    let mut book = new_book(&title, outcome.as_of);
    let sheet = book.add_worksheet();
    sheet.set_name(SHEET)?;
    write_headers(sheet, &title)?;
    let formats = [Formats::new(false), Formats::new(true)];
    let mut group = 0;
    for (row, (number, candidate)) in (FIRST_ROW..).zip(rows) {
        let begins = usize::from(*number != group);
        group = *number;
        write_pair(sheet, row, (*number, candidate), sides, &formats[begins], outcome)?;
    }
    set_up(sheet, FIRST_ROW + rows.len() as u32 - 1)?;
    book.save_to_buffer()
}

fn new_book(title: &str, as_of: &str) -> Workbook {
    let mut book = workbook::new(title, as_of);
    let properties = workbook::properties(title, as_of);
    book.set_properties(&properties.set_custom_property("hedui_schema", SCHEMA as i32));
    book
}

/// Columns: the group, the two records, the reason and the probability, what is filled in, the pair.
const GROUP: u16 = 0;
const RECORDS: u16 = 1;
const REASON: u16 = RECORDS + 2 * SHOWN.len() as u16;
const PROBABILITY: u16 = REASON + 1;
const VERDICT: u16 = REASON + 2;
const NOTE: u16 = REASON + 3;
const PAIR: u16 = REASON + 4;

fn write_headers(sheet: &mut Worksheet, title: &str) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, title, &workbook::title())?.set_row_height(0, 26)?;
    sheet.write_string_with_format(GUIDE_ROW, 0, GUIDE, &workbook::body())?;
    let mut header = |column, text: &str, width, background| {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(HEADER_ROW, column, text, &workbook::header(background)).map(|_| ())
    };
    header(GROUP, "组", 4.5, workbook::NAVY)?;
    for (ix, (.., name, width)) in (0..).zip(SHOWN) {
        header(RECORDS + 2 * ix, &format!("{name}\n国办"), width, workbook::NAVY)?;
        header(RECORDS + 2 * ix + 1, &format!("{name}\n省办"), width, workbook::NAVY)?;
    }
    header(REASON, "拿不准的原因", 22.0, workbook::NAVY)?;
    header(PROBABILITY, "同一人可能性", 7.5, workbook::NAVY)?;
    header(VERDICT, VERDICT_HEADER, 9.5, workbook::OCHRE)?;
    header(NOTE, NOTE_HEADER, 8.0, workbook::OCHRE)?;
    header(PAIR, PAIR_HEADER, 14.0, workbook::NAVY)?;
    sheet.set_row_height(HEADER_ROW, workbook::row_points(3))?;
    Ok(())
}

/// How the cells of one row look.
struct Formats {
    same: Format,
    differs: Format,
    input: Format,
    percent: Format,
    group: Format,
}

impl Formats {
    /// A row that begins a group has a heavier line above it.
    fn new(begins: bool) -> Self {
        let line = if begins { FormatBorder::Medium } else { FormatBorder::Thin };
        let cell = workbook::cell().set_border_top(line);
        let text = cell.clone().set_num_format("@");
        Self {
            differs: text.clone().set_background_color(workbook::AMBER),
            input: text.clone().set_background_color(workbook::YELLOW).set_unlocked(),
            percent: cell.clone().set_num_format("0.0%").set_align(FormatAlign::Center),
            group: cell.set_align(FormatAlign::Center),
            same: text,
        }
    }
}

fn write_pair(
    sheet: &mut Worksheet,
    row: u32,
    (group, candidate): (u32, &Candidate<'_>),
    sides: &[Side<'_>; 2],
    formats: &Formats,
    outcome: &Outcome<'_>,
) -> Result<(), XlsxError> {
    let link = candidate.link;
    sheet.write_number_with_format(row, GROUP, group, &formats.group)?;
    let identifiers = [(0, link.left), (1, link.right)].map(|(side, row)| sides[side].raw(&["id_no"], row));
    let cells = outcome.veil().beside(identifiers.iter().map(String::as_str));
    let lines = write_records(sheet, row, [link.left, link.right], sides, formats, &cells)?;
    let reason = cells.value(Sort::Text, &link.reason);
    sheet.write_string_with_format(row, REASON, &*reason, &formats.same)?;
    sheet.write_number_with_format(row, PROBABILITY, link.match_prob, &formats.percent)?;
    sheet.write_blank(row, VERDICT, &formats.input)?.write_blank(row, NOTE, &formats.input)?;
    sheet.write_string_with_format(row, PAIR, candidate.pair.to_string(), &formats.same)?;
    sheet.set_row_height(row, workbook::row_points(lines.max(workbook::lines(&link.reason, 22.0))))?;
    Ok(())
}

/// Both records, field beside field; how many lines the tallest cell has.
fn write_records(
    sheet: &mut Worksheet,
    row: u32,
    [left, right]: [u32; 2],
    sides: &[Side<'_>; 2],
    formats: &Formats,
    cells: &Row<'_>,
) -> Result<usize, XlsxError> {
    let mut lines = 1;
    for (ix, (columns, sort, _, width)) in (0..).zip(SHOWN) {
        let [left, right] = [sides[0].raw(columns, left), sides[1].raw(columns, right)];
        let format = if left == right { &formats.same } else { &formats.differs };
        let first = RECORDS + 2 * ix;
        for (column, text) in [(first, &left), (first + 1, &right)] {
            let shown = cells.value(sort, text);
            let shown = workbook::clipped(&shown);
            lines = lines.max(workbook::lines(&shown, width));
            sheet.write_string_with_format(row, column, &*shown, format)?;
        }
    }
    Ok(lines)
}

fn set_up(sheet: &mut Worksheet, last: u32) -> Result<(), XlsxError> {
    let titles = Verdict::ALL.map(Verdict::title);
    let verdicts = DataValidation::new()
        .allow_list_strings(&titles)?
        .set_error_title("请从下拉框选择")?
        .set_error_message(titles.join("、"))?;
    sheet.add_data_validation(FIRST_ROW, VERDICT, last, VERDICT, &verdicts)?;
    sheet.set_freeze_panes(FIRST_ROW, RECORDS + 2)?.autofilter(HEADER_ROW, 0, last, PAIR)?;
    sheet.set_repeat_rows(HEADER_ROW, HEADER_ROW)?.set_print_area(0, 0, last, NOTE)?;
    workbook::landscape(sheet, "判定人：____________   日期：____________");
    let options = ProtectionOptions { sort: true, use_autofilter: true, format_columns: true, ..Default::default() };
    sheet.protect_with_options(&options);
    Ok(())
}
