//! Values of typed cells → the text a person sees.
//!
//! A spreadsheet number is an f64. Excel shows and keeps 15 significant digits, so that an 18-digit 证件号码 typed
//! into a General cell has become `342401199001010000`: digits lost for good. Such a number is written out in full
//! with zeros after the fifteenth digit, exactly as Excel holds it (never in the 17 digits of the float, which would
//! be digits nobody ever entered), and reported as *lost*, so that `normalise` sees a damaged identifier and not a
//! plausible one. A whole number under 2^53 is exact in a float: if its last digit is not 0, another program wrote it
//! and nothing was lost.

use std::fmt::Write as _;

use calamine::{Data, DataRef, ExcelDateTime, ExcelDateTimeType};

/// Above this, not every whole number is a float.
const EXACT_LIMIT: f64 = 9_007_199_254_740_992.0;
/// The day after 9999-12-31, counted from 1900.
const END_OF_DATES: f64 = 2_958_466.0;
/// Between the days that dates are counted from.
const DAYS_BEFORE_1904: f64 = 1_462.0;

/// What a formula shows whose result was not stored.
pub(super) const NOT_COMPUTED: &str = "#未计算";

/// Above this, a number has more than the 15 digits Excel keeps.
const EXCEL_LIMIT: f64 = 1e15;

/// Appends the text of a workbook cell; true when the number has lost digits.
pub(super) fn write(value: &DataRef<'_>, out: &mut String) -> bool {
    match value {
        DataRef::SharedString(text) => out.push_str(text.trim_end_matches('\r')),
        DataRef::String(text) => out.push_str(text.trim_end_matches('\r')),
        DataRef::Float(number) => return write_number(*number, out),
        DataRef::Int(number) => put(out, format_args!("{number}")),
        DataRef::DateTime(moment) => {
            // Which day a workbook counts from shows in the day it makes of a number.
            let is_1904 = ExcelDateTime::new(moment.as_f64(), ExcelDateTimeType::DateTime, true) == *moment;
            return write_serial(moment.as_f64(), moment.is_duration(), is_1904, out);
        }
        DataRef::DateTimeIso(text) => write_iso_moment(text, out),
        DataRef::DurationIso(text) => out.push_str(text),
        DataRef::Bool(value) => out.push_str(yes_no(*value)),
        DataRef::Error(error) => put(out, format_args!("{error}")),
        DataRef::Empty => {}
    }
    false
}

/// A cell of a dense range, borrowed as the stream would give it.
pub(super) fn borrow(value: &Data) -> DataRef<'_> {
    match value {
        Data::String(text) => DataRef::SharedString(text),
        Data::Float(number) => DataRef::Float(*number),
        Data::Int(number) => DataRef::Int(*number),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(moment) => DataRef::DateTime(*moment),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// 是/否, as staff write booleans.
pub(super) fn yes_no(value: bool) -> &'static str {
    if value { "是" } else { "否" }
}

/// Appends a number as Excel shows it under the General format, digits in full; true when it has lost digits.
pub(super) fn write_number(number: f64, out: &mut String) -> bool {
    if number.fract() != 0.0 || !number.is_finite() {
        write_fraction(number, out);
        return false;
    }
    if number.abs() < EXACT_LIMIT {
        let whole = number as i64;
        put(out, format_args!("{whole}"));
        return number.abs() >= EXCEL_LIMIT && whole % 10 == 0;
    }
    write_fifteen_digits(number, out);
    true
}

/// The shortest text that a person recognises: 15 significant digits, so that 0.1 + 0.2 is 0.3.
fn write_fraction(number: f64, out: &mut String) {
    let start = out.len();
    put(out, format_args!("{number}"));
    if out.len() - start > 16 {
        let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
        out.truncate(start);
        put(out, format_args!("{rounded}"));
    }
}

/// Fifteen significant digits, then zeros.
fn write_fifteen_digits(number: f64, out: &mut String) {
    let scientific = format!("{number:.14e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let places = exponent.parse::<usize>().unwrap_or(0) + 1 + usize::from(number < 0.0);
    // Longer than any number staff write: as Excel shows it.
    if places > 30 {
        out.push_str(&scientific);
    } else {
        put(out, format_args!("{digits:0<places$}"));
    }
}

/// Appends the moment that a serial number stands for; a number that no date has (a telephone under a date format) stays a
/// number. True when it has lost digits.
pub(super) fn write_serial(serial: f64, is_duration: bool, is_1904: bool, out: &mut String) -> bool {
    let beyond = if is_1904 { END_OF_DATES - DAYS_BEFORE_1904 } else { END_OF_DATES };
    if !(0.0..beyond).contains(&serial) {
        return write_number(serial, out);
    }
    let kind = if is_duration { ExcelDateTimeType::TimeDelta } else { ExcelDateTimeType::DateTime };
    write_moment(&ExcelDateTime::new(serial, kind, is_1904), out);
    false
}

fn write_moment(moment: &ExcelDateTime, out: &mut String) {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    if moment.is_duration() {
        let seconds = (moment.as_f64() * 86_400.0).round() as i64;
        return put(out, format_args!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    }
    let midnight = (hour, minute, second) == (0, 0, 0);
    if moment.as_f64() >= 1.0 || midnight {
        put(out, format_args!("{year:04}-{month:02}-{day:02}"));
    }
    if !midnight {
        let gap = if moment.as_f64() >= 1.0 { " " } else { "" };
        put(out, format_args!("{gap}{hour:02}:{minute:02}:{second:02}"));
    }
}

/// `2018-03-01T00:00:00.000` → `2018-03-01`; a time that is not midnight stays, after a blank.
pub(super) fn write_iso_moment(text: &str, out: &mut String) {
    let Some((date, time)) = text.split_once('T') else { return out.push_str(text) };
    let time = time.trim_end_matches('Z');
    let time = time.split_once('.').map_or(time, |(seconds, _)| seconds);
    out.push_str(date);
    if !matches!(time, "" | "00:00:00" | "00:00") {
        put(out, format_args!(" {time}"));
    }
}

/// Appends formatted text; writing to a String cannot fail.
pub(super) fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use calamine::CellErrorType;

    use super::*;

    fn check(value: DataRef<'_>, expected: &str, lost: bool) {
        let mut text = String::new();
        let found = write(&value, &mut text);
        assert_eq!((text.as_str(), found), (expected, lost), "{value:?}");
    }

    fn date(serial: f64, is_1904: bool) -> DataRef<'static> {
        DataRef::DateTime(ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, is_1904))
    }

    #[test]
    fn numbers_are_what_a_person_sees() {
        check(DataRef::Float(3.0), "3", false);
        check(DataRef::Float(-3.0), "-3", false);
        check(DataRef::Float(3200.5), "3200.5", false);
        check(DataRef::Float(0.1 + 0.2), "0.3", false);
        check(DataRef::Float(13_912_345_678.0), "13912345678", false);
        check(DataRef::Int(7), "7", false);
        check(DataRef::Bool(true), "是", false);
        check(DataRef::Bool(false), "否", false);
        check(DataRef::Error(CellErrorType::NA), "#N/A", false);
        check(DataRef::SharedString("甲\r"), "甲", false);
    }

    #[test]
    fn a_number_of_more_than_15_digits_shows_its_loss() {
        // 342401199001011237 typed into a General cell.
        check(DataRef::Float(342_401_199_001_011_237.0), "342401199001011000", true);
        check(DataRef::Float(5_700_000_123_456_780.0), "5700000123456780", true);
        // Exact in a float, and Excel would have left a 0: another program wrote it, nothing is lost.
        check(DataRef::Float(5_700_000_123_456_789.0), "5700000123456789", false);
        check(DataRef::Float(999_999_999_999_999.0), "999999999999999", false);
    }

    #[test]
    fn dates_lose_midnight_and_keep_other_times() {
        // Excel: 43160 is 1 March 2018 counted from 1900, 41698 counted from 1904.
        check(date(43_160.0, false), "2018-03-01", false);
        check(date(41_698.0, true), "2018-03-01", false);
        check(date(43_160.5, false), "2018-03-01 12:00:00", false);
        check(date(0.25, false), "06:00:00", false);
        check(DataRef::DateTimeIso("2018-03-01T00:00:00.000".into()), "2018-03-01", false);
        check(DataRef::DateTimeIso("2018-03-01T08:30:00".into()), "2018-03-01 08:30:00", false);
        check(DataRef::DateTimeIso("2018-03-01".into()), "2018-03-01", false);
    }
}
