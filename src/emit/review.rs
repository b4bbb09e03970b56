//! `review/待人工判定.xlsx`: pairs that a person must decide, both records side by side, and a verdict to choose.
//!
//! A row is found again by its [`pair_id`], a keyed hash over what both exports say of the two people (numbers, name
//! and identifier as exported, never a row number), so that a verdict outlives a new export. Differing cells are
//! coloured.

use std::borrow::Cow;
use std::path::Path;

use polars::prelude::*;
use rust_xlsxwriter::{DataValidation, Format, FormatAlign, ProtectionOptions, Worksheet, XlsxError};

use super::{Mask, Outcome, OutputFile, files, workbook};
use crate::error::Result;
use crate::table::{Decision, MemberLink, Registry};

/// What a person may decide.
pub const VERDICTS: [&str; 3] = ["同一人", "不是同一人", "无法确定"];
/// Version of the layout, kept as a document property.
pub const SCHEMA: u32 = 1;
/// Name of the sheet.
pub const SHEET: &str = "待判定";
/// Header of the column to fill in, and of the one that identifies the pair.
pub const VERDICT_HEADER: &str = "判定▼";
/// Header of the pair's id.
pub const PAIR_HEADER: &str = "配对编号";

/// Pairs of one workbook.
const MAX_PAIRS: usize = 20_000;
const FIRST_ROW: u32 = 2;

/// What is shown of each person: canonical columns (joined by a blank), header, width.
const SHOWN: [(&[&str], &str, f64); 6] = [
    (&["name"], "姓名", 7.5),
    (&["id_no"], "证件号码", 11.0),
    (&["born_on"], "出生日期", 11.0),
    (&["township", "village"], "乡镇、村", 10.0),
    (&["household_no"], "户编号", 10.5),
    (&["relation"], "与户主关系", 7.0),
];

/// Writes the undecided pairs under `dir`; nothing when there are none.
pub(crate) fn write(outcome: &Outcome<'_>, dir: &Path) -> Result<Vec<OutputFile>> {
    let undecided = outcome.linkage.members.iter().filter(|link| link.decision == Decision::Review);
    let undecided: Vec<&MemberLink> = undecided.collect();
    let sides = outcome.registries.map(|registry| Side::of(registry, outcome.settings.worklist_mask));
    let parts = undecided.len().div_ceil(MAX_PAIRS);
    let mut outputs = Vec::new();
    for (ix, links) in undecided.chunks(MAX_PAIRS).enumerate() {
        let file = match parts {
            1 => "review/待人工判定.xlsx".to_owned(),
            _ => format!("review/待人工判定（第{}册，共{parts}册）.xlsx", ix + 1),
        };
        let bytes = render(links, &sides, outcome).map_err(|cause| files::failed(&file, &cause))?;
        outputs.push(files::put(dir, &file, &bytes, Some(links.len() as u64))?);
    }
    Ok(outputs)
}

/// The stable id of a pair of people: 26 hexadecimal characters of a keyed hash, each part preceded by its length.
pub fn pair_id(site_key: &str, registries: [&Registry; 2], link: &MemberLink) -> String {
    let key = blake3::derive_key("hedui 2026-11 review pair", site_key.as_bytes());
    let mut hasher = blake3::Hasher::new_keyed(&key);
    for (registry, row) in registries.into_iter().zip([link.left, link.right]) {
        for column in ["household_no", "person_no", "name", "id_no"] {
            let text = cell(&registry.members, column, row).unwrap_or_default();
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }
    hasher.finalize().to_hex()[..26].to_owned()
}

/// The people of one registry as they are shown.
struct Side<'a> {
    members: &'a DataFrame,
    mask: Mask,
}

impl<'a> Side<'a> {
    fn of(registry: &'a Registry, mask: Mask) -> Self {
        Self { members: &registry.members, mask }
    }
    fn raw(&self, columns: &[&str], row: u32) -> String {
        let parts: Vec<String> = columns.iter().filter_map(|column| cell(self.members, column, row)).collect();
        parts.join(" ")
    }
    fn shown<'t>(&self, columns: &[&str], text: &'t str) -> Cow<'t, str> {
        match columns {
            ["name"] => self.mask.name(text),
            ["id_no"] => self.mask.identifier(text),
            _ => Cow::Borrowed(text),
        }
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

fn render(links: &[&MemberLink], sides: &[Side<'_>; 2], outcome: &Outcome<'_>) -> Result<Vec<u8>, XlsxError> {
    let title = format!("{} 待人工判定：两个系统中是否同一人（截至 {}）", outcome.title, outcome.as_of);
    let mut book = workbook::new(&title, outcome.as_of);
    let properties = workbook::properties(&title, outcome.as_of);
    book.set_properties(&properties.set_custom_property("hedui_schema", SCHEMA as i32));
    let sheet = book.add_worksheet();
    sheet.set_name(SHEET)?;
    write_headers(sheet, &title)?;
    let formats = Formats::new();
    for (row, link) in (FIRST_ROW..).zip(links) {
        write_pair(sheet, row, link, sides, &formats, outcome)?;
    }
    set_up(sheet, FIRST_ROW + links.len() as u32 - 1)?;
    book.save_to_buffer()
}

/// Column of the verdict: after the two records, the reason and the probability.
const REASON: u16 = 2 * SHOWN.len() as u16;
const PROBABILITY: u16 = REASON + 1;
const VERDICT: u16 = REASON + 2;
const NOTE: u16 = REASON + 3;
const PAIR: u16 = REASON + 4;

fn write_headers(sheet: &mut Worksheet, title: &str) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, title, &workbook::title())?.set_row_height(0, 26)?;
    let mut header = |column, text: &str, width, background| {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(1, column, text, &workbook::header(background)).map(|_| ())
    };
    for (ix, (_, name, width)) in (0..).zip(SHOWN) {
        header(2 * ix, &format!("{name}\n国办"), width, workbook::NAVY)?;
        header(2 * ix + 1, &format!("{name}\n省办"), width, workbook::NAVY)?;
    }
    header(REASON, "拿不准的原因", 22.0, workbook::NAVY)?;
    header(PROBABILITY, "同一人可能性", 7.5, workbook::NAVY)?;
    header(VERDICT, VERDICT_HEADER, 9.5, workbook::OCHRE)?;
    header(NOTE, "备注", 8.0, workbook::OCHRE)?;
    header(PAIR, PAIR_HEADER, 14.0, workbook::NAVY)?;
    sheet.set_row_height(1, workbook::row_points(3))?;
    Ok(())
}

struct Formats {
    same: Format,
    differs: Format,
    input: Format,
    percent: Format,
}

impl Formats {
    fn new() -> Self {
        let text = workbook::cell().set_num_format("@");
        Self {
            differs: text.clone().set_background_color(workbook::AMBER),
            input: text.clone().set_background_color(workbook::YELLOW).set_unlocked(),
            percent: workbook::cell().set_num_format("0.0%").set_align(FormatAlign::Center),
            same: text,
        }
    }
}

fn write_pair(
    sheet: &mut Worksheet,
    row: u32,
    link: &MemberLink,
    sides: &[Side<'_>; 2],
    formats: &Formats,
    outcome: &Outcome<'_>,
) -> Result<(), XlsxError> {
    let mut lines = workbook::lines(&link.reason, 22.0);
    for (ix, (columns, _, width)) in (0..).zip(SHOWN) {
        let [left, right] = [sides[0].raw(columns, link.left), sides[1].raw(columns, link.right)];
        let format = if left == right { &formats.same } else { &formats.differs };
        for (column, side, text) in [(2 * ix, &sides[0], &left), (2 * ix + 1, &sides[1], &right)] {
            let shown = side.shown(columns, text);
            let shown = workbook::clipped(&shown);
            lines = lines.max(workbook::lines(&shown, width));
            sheet.write_string_with_format(row, column, &*shown, format)?;
        }
    }
    let reason = outcome.settings.worklist_mask.text(&link.reason, &[], &[]);
    sheet.write_string_with_format(row, REASON, &*reason, &formats.same)?;
    sheet.write_number_with_format(row, PROBABILITY, link.match_prob, &formats.percent)?;
    sheet.write_blank(row, VERDICT, &formats.input)?.write_blank(row, NOTE, &formats.input)?;
    let pair = pair_id(&outcome.settings.site_key, outcome.registries, link);
    sheet.write_string_with_format(row, PAIR, pair, &formats.same)?;
    sheet.set_row_height(row, workbook::row_points(lines))?;
    Ok(())
}

fn set_up(sheet: &mut Worksheet, last: u32) -> Result<(), XlsxError> {
    let verdicts = DataValidation::new()
        .allow_list_strings(&VERDICTS)?
        .set_error_title("请从下拉框选择")?
        .set_error_message(VERDICTS.join("、"))?;
    sheet.add_data_validation(FIRST_ROW, VERDICT, last, VERDICT, &verdicts)?;
    sheet.set_freeze_panes(FIRST_ROW, 2)?.autofilter(FIRST_ROW - 1, 0, last, PAIR)?;
    sheet.set_repeat_rows(FIRST_ROW - 1, FIRST_ROW - 1)?.set_print_area(0, 0, last, NOTE)?;
    workbook::landscape(sheet, "判定人：____________   日期：____________");
    let options = ProtectionOptions { sort: true, use_autofilter: true, format_columns: true, ..Default::default() };
    sheet.protect_with_options(&options);
    Ok(())
}
