//! Sheet 整改清单: one row per finding, households one after the other, drop-downs and unlocked cells where a cadre writes.
//!
//! Protection has no password: it keeps a slip of the hand off the locked columns and is no security.

use rust_xlsxwriter::{
    Color, DataValidation, Format, FormatAlign, FormatBorder, Formula, IgnoreError, ProtectionOptions, Worksheet,
    XlsxError,
};

use super::cells;
use super::columns::{self, COLUMNS, Column, Input, Spec};
use super::dictionary;
use super::pack::{Block, Line, Pack};
use crate::emit::{Outcome, workbook};
use crate::table::Severity;

/// Rows above the first finding: the title, the header.
const FIRST_ROW: u32 = 2;

/// Fills the sheet.
pub(crate) fn write(
    sheet: &mut Worksheet,
    pack: &Pack<'_>,
    title: &str,
    outcome: &Outcome<'_>,
) -> Result<(), XlsxError> {
    let rows = u32::try_from(pack.rows()).expect("packs are cut far below Excel's limit");
    let last = FIRST_ROW + rows.max(1) - 1;
    sheet.set_name(columns::SHEET)?;
    write_header(sheet, title)?;
    write_rows(sheet, pack, outcome)?;
    add_inputs(sheet, last)?;
    set_up(sheet, last)
}

fn write_header(sheet: &mut Worksheet, title: &str) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, title, &workbook::title())?;
    sheet.set_row_height(0, 26)?;
    for (ix, spec) in COLUMNS.iter().enumerate() {
        let background = match spec.input {
            Input::Locked => workbook::NAVY,
            _ => workbook::OCHRE,
        };
        let ix = ix as u16;
        sheet.set_column_width(ix, spec.width)?;
        sheet.write_string_with_format(1, ix, spec.header, &workbook::header(background))?;
    }
    sheet.set_row_height(1, workbook::row_points(2))?;
    Ok(())
}

fn write_rows(sheet: &mut Worksheet, pack: &Pack<'_>, outcome: &Outcome<'_>) -> Result<(), XlsxError> {
    let formats = Formats::new();
    let mut row = FIRST_ROW;
    for block in &pack.blocks {
        for (ix, line) in block.lines.iter().enumerate() {
            write_line(sheet, row, block, line, ix == 0, &formats, outcome)?;
            row += 1;
        }
    }
    Ok(())
}

fn write_line(
    sheet: &mut Worksheet,
    row: u32,
    block: &Block<'_>,
    line: &Line<'_>,
    first: bool,
    formats: &Formats,
    outcome: &Outcome<'_>,
) -> Result<(), XlsxError> {
    let mut lines = 1;
    let masked = outcome.veil().row(line.finding);
    for (ix, spec) in COLUMNS.iter().enumerate() {
        let format = formats.of(spec, line, first);
        let text = cells::text(spec.column, block, line, &masked, outcome);
        if spec.column == Column::Number {
            sheet.write_number_with_format(row, 0, row - FIRST_ROW + 1, format)?;
        } else if text.is_empty() {
            sheet.write_blank(row, ix as u16, format)?;
        } else {
            let text = workbook::clipped(&text);
            if spec.printed {
                lines = lines.max(workbook::lines(&text, spec.width));
            }
            sheet.write_string_with_format(row, ix as u16, &*text, format)?;
        }
    }
    sheet.set_row_height(row, workbook::row_points(lines))?;
    Ok(())
}

fn add_inputs(sheet: &mut Worksheet, last: u32) -> Result<(), XlsxError> {
    for (ix, spec) in COLUMNS.iter().enumerate() {
        if let Some(validation) = validation(spec)? {
            sheet.add_data_validation(FIRST_ROW, ix as u16, last, ix as u16, &validation)?;
        }
    }
    Ok(())
}

fn validation(spec: &Spec) -> Result<Option<DataValidation>, XlsxError> {
    let list = |words| DataValidation::new().allow_list_formula(Formula::new(dictionary::range(spec.column, words)));
    Ok(match spec.input {
        Input::Locked | Input::Text => None,
        Input::OneOf(words) => {
            Some(list(words).set_error_title("请从下拉框选择")?.set_error_message(words.join("、"))?)
        }
        Input::Suggested(words) => Some(list(words).show_error_message(false)),
        Input::Date => Some(DataValidation::new().allow_any_value().set_input_message("例：2019-03-15")?),
    })
}

fn set_up(sheet: &mut Worksheet, last: u32) -> Result<(), XlsxError> {
    let all = COLUMNS.len() as u16 - 1;
    sheet.set_freeze_panes(FIRST_ROW, columns::position(Column::Name) + 1)?;
    sheet.autofilter(FIRST_ROW - 1, 0, last, all)?;
    sheet.ignore_error_range(FIRST_ROW, 0, last, all, IgnoreError::NumberStoredAsText)?;
    sheet.set_repeat_rows(FIRST_ROW - 1, FIRST_ROW - 1)?;
    sheet.set_print_area(0, 0, last, columns::printed() - 1)?;
    workbook::landscape(sheet, "核实人：____________   村负责人：____________   乡镇审核：____________");
    sheet.protect_with_options(&ProtectionOptions {
        sort: true,
        use_autofilter: true,
        format_columns: true,
        format_rows: true,
        ..ProtectionOptions::default()
    });
    Ok(())
}

/// Every format of the list, made once: `[first row of a household or not]`.
struct Formats {
    plain: [Format; 2],
    centred: [Format; 2],
    repeated: [Format; 2],
    household: [Format; 2],
    input: [Format; 2],
    severity: [[Format; 2]; 3],
    technical: [Format; 2],
}

impl Formats {
    fn new() -> Self {
        let text = workbook::cell().set_num_format("@");
        let centred = text.clone().set_align(FormatAlign::Center);
        let grave = |severity| severity_format(centred.clone(), severity);
        Self {
            plain: with_first(text.clone()),
            repeated: with_first(centred.clone().set_font_color(Color::RGB(0x0080_8080))),
            household: with_first(centred.clone().set_bold()),
            input: with_first(text.clone().set_background_color(workbook::YELLOW).set_unlocked()),
            severity: [grave(Severity::Info), grave(Severity::Warning), grave(Severity::Error)].map(with_first),
            technical: with_first(
                body_unwrapped().set_num_format("@").set_font_color(Color::RGB(0x0080_8080)).set_font_size(9),
            ),
            centred: with_first(centred),
        }
    }

    fn of(&self, spec: &Spec, line: &Line<'_>, first: bool) -> &Format {
        let by_first = match spec.column {
            Column::Hamlet | Column::Head if first => &self.household,
            Column::HouseholdNo if first => &self.centred,
            Column::Hamlet | Column::HouseholdNo | Column::Head => &self.repeated,
            Column::Category => &self.severity[line.finding.severity as usize],
            _ if spec.input != Input::Locked => &self.input,
            _ if !spec.printed => &self.technical,
            _ if spec.centred => &self.centred,
            _ => &self.plain,
        };
        &by_first[usize::from(first)]
    }
}

fn body_unwrapped() -> Format {
    workbook::body().set_border(FormatBorder::Thin).set_border_color(workbook::GREY)
}

/// A format, and the same under the heavy line that opens a household.
fn with_first(format: Format) -> [Format; 2] {
    let first = format.clone().set_border_top(FormatBorder::Medium).set_border_top_color(workbook::NAVY);
    [format, first]
}

/// Red to correct, amber to verify, blue to know: light enough to print.
pub(crate) fn severity_format(format: Format, severity: Severity) -> Format {
    let (background, text) = match severity {
        Severity::Error => (0x00FB_D5D5, 0x009C_1C1C),
        Severity::Warning => (0x00FF_E8C7, 0x0080_4A00),
        Severity::Info => (0x00DC_E9F7, 0x001F_4E79),
    };
    format.set_background_color(Color::RGB(background)).set_font_color(Color::RGB(text))
}
