//! What all workbooks share: document properties without a clock, fonts, formats, page set-up, and the height of a
//! row whose text wraps (Excel computes it for nobody but the person who types).
//!
//! Text is always written as text: `write_string` makes no formula, link or number of what an export contained.

use std::borrow::Cow;

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet};

/// Every Chinese office machine has it.
pub(crate) const FONT: &str = "宋体";
/// Points of body text (五号); a list that fills A4 landscape is printed at about nine tenths of it.
pub(crate) const POINTS: f64 = 10.5;
/// Points of one line of body text: room enough for the taller fonts of other office suites.
const LINE_POINTS: f64 = 15.0;
/// Excel's limit.
const MAX_ROW_POINTS: f64 = 409.0;
/// Longest text of one cell; more would not fit Excel's tallest row.
const MAX_CELL_CHARS: usize = 300;

/// Deflate level: a third larger than the usual 6, in half the time.
const COMPRESSION: u8 = 3;

/// Header background.
pub(crate) const NAVY: Color = Color::RGB(0x001F_4E79);
/// Input background.
pub(crate) const YELLOW: Color = Color::RGB(0x00FF_F9DB);
/// Input header background.
pub(crate) const OCHRE: Color = Color::RGB(0x00B4_7B00);
/// Lines.
pub(crate) const GREY: Color = Color::RGB(0x00BF_BFBF);
/// Background of what is only computed.
pub(crate) const PALE: Color = Color::RGB(0x00F3_F6FA);
/// Background of differing values.
pub(crate) const AMBER: Color = Color::RGB(0x00FF_E8C7);

/// A new workbook of that title, dated by the as-of date.
pub(crate) fn new(title: &str, as_of: &str) -> Workbook {
    let mut workbook = Workbook::new();
    workbook.set_zip_compression_level(COMPRESSION);
    workbook.set_properties(&properties(title, as_of));
    workbook
}

/// Document properties; the creation date is the as-of date, because a clock would change the bytes.
pub(crate) fn properties(title: &str, as_of: &str) -> DocProperties {
    let epoch = ExcelDateTime::from_ymd(2000, 1, 1).expect("a valid date");
    let created = ExcelDateTime::parse_from_str(as_of).unwrap_or(epoch);
    DocProperties::new().set_title(title).set_author("hedui 核对").set_creation_datetime(&created)
}

/// Body text.
pub(crate) fn body() -> Format {
    Format::new().set_font_name(FONT).set_font_size(POINTS).set_align(FormatAlign::VerticalCenter)
}

/// A cell of a table: thin lines, wrapped.
pub(crate) fn cell() -> Format {
    body().set_border(FormatBorder::Thin).set_border_color(GREY).set_text_wrap()
}

/// A header cell.
pub(crate) fn header(background: Color) -> Format {
    cell().set_bold().set_align(FormatAlign::Center).set_font_color(Color::White).set_background_color(background)
}

/// A sheet's title.
pub(crate) fn title() -> Format {
    body().set_font_size(16).set_bold().set_font_color(NAVY)
}

/// A heading inside a sheet.
pub(crate) fn heading() -> Format {
    body().set_font_size(12).set_bold().set_font_color(NAVY).set_border_bottom(FormatBorder::Medium)
}

/// A4 landscape, as wide as the paper, with page numbers.
pub(crate) fn landscape(sheet: &mut Worksheet, footer_left: &str) {
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_margins(0.3, 0.3, 0.4, 0.55, 0.2, 0.25);
    sheet.set_footer(format!("&L&9{footer_left}&R&9第 &P 页  共 &N 页"));
}

/// A4 upright, as wide as the paper, with page numbers.
pub(crate) fn portrait(sheet: &mut Worksheet) {
    sheet.set_portrait().set_paper_size(9).set_print_fit_to_pages(1, 0).set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3);
    sheet.set_footer("&R&9第 &P 页  共 &N 页");
}

/// The text as far as a cell can show it.
pub(crate) fn clipped(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_CELL_CHARS) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

/// Lines that `text` takes in a column of `width`: a digit is one unit wide, what is not ASCII two.
pub(crate) fn lines(text: &str, width: f64) -> usize {
    let line_units = ((width - 1.0).max(2.0) * 1.04) as usize;
    text.lines().map(|line| wrapped(line, line_units)).sum::<usize>().max(1)
}

/// Greedy wrapping: between any two wide characters, between words otherwise, inside a word only when it is too long.
/// Quotation marks cling to the word they enclose.
fn wrapped(line: &str, line_units: usize) -> usize {
    let mut count = 1;
    let mut used = 0;
    let mut word = 0;
    for c in line.chars() {
        let width = if c.is_ascii() { 1 } else { 2 };
        let closes = matches!(c, '”' | '』');
        let clings = closes || (c.is_ascii() && c != ' ') || matches!(c, '“' | '『');
        word = match clings {
            // A closing mark takes along the character before it.
            true if closes && word == 0 => 2 + width,
            true => word + width,
            false => 0,
        };
        if used + width > line_units {
            count += 1;
            // The unfinished word moves to the next line, unless it began this one.
            used = if word > width && word <= line_units { word } else { width };
        } else {
            used += width;
        }
    }
    count
}

/// Height of a row whose tallest cell has so many lines.
pub(crate) fn row_points(lines: usize) -> f64 {
    (lines as f64 * LINE_POINTS + 4.0).min(MAX_ROW_POINTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_wraps_by_east_asian_width() {
        assert_eq!(lines("", 10.0), 1);
        assert_eq!(lines("四个汉字", 9.0), 1);
        assert_eq!(lines("五个汉字吗", 9.0), 2);
        assert_eq!(lines("一\n二", 9.0), 2);
        assert_eq!(lines("342401********1237", 11.0), 2);
    }

    #[test]
    fn a_word_moves_whole_to_the_next_line() {
        assert_eq!(wrapped("abcd efgh", 8), 2);
        assert_eq!(wrapped("abcdefghij", 4), 3);
        assert_eq!(wrapped("号码“3.42E+17”为", 12), 3);
        assert_eq!(wrapped("2016年『低保』2400元", 8), 4);
    }

    #[test]
    fn long_text_is_clipped() {
        assert_eq!(clipped("短"), "短");
        assert_eq!(clipped(&"长".repeat(400)).chars().count(), MAX_CELL_CHARS + 1);
    }
}
