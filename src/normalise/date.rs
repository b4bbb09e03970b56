//! Dates and years as exports print them.
//!
//! One column mixes `2015-03-07`, `2015/3/7`, `2015.3.7`, `20150307`, `2015年3月7日`, a day number of Excel, a float
//! read back from a number cell, a date with a time behind it, and months or years without a day (read as their first
//! day: the cell as printed stays in `<field>_text`). Whatever is no date of the calendar is `None`. Total.

use jiff::civil::Date;

use super::text;

/// Excel counts days from 1899-12-30 (for every date after its 1900-02-29, which never was).
const EXCEL_EPOCH: Date = jiff::civil::date(1899, 12, 30);
/// 1922-11-25 to 2064-…: day numbers that can be meant as a date; smaller ones are something else.
const EXCEL_DAYS: std::ops::RangeInclusive<i32> = 8_367..=60_000;
/// Years that a registry can mean.
const YEARS: std::ops::RangeInclusive<i16> = 1880..=2100;

/// A calendar date; a month or a year alone gives its first day.
pub fn parse(cell: &str) -> Option<Date> {
    if text::is_null(cell) {
        return None;
    }
    let cell = day_part(cell);
    let numbers = numbers(&cell)?;
    match numbers[..] {
        [number] => from_digits(number),
        [year, month] if year.len() == 4 => date(year, month, "1"),
        [year, month, day] if year.len() == 4 => date(year, month, day),
        // 3/7/2015: month first is how Excel prints it where the county's Windows is English.
        [month, day, year] if year.len() == 4 => date(year, month, day),
        _ => None,
    }
}

/// Days since 1970-01-01, as polars stores a date.
pub fn days(date: Date) -> i32 {
    let epoch = const { jiff::civil::date(1970, 1, 1) };
    (date - epoch).get_days()
}

/// The date of such a number.
pub fn of_days(days: i32) -> Date {
    let epoch = const { jiff::civil::date(1970, 1, 1) };
    epoch.saturating_add(jiff::Span::new().days(days))
}

/// A calendar year: `2017`, `2017年`, `2017.0`, `201712`, `2017-12-01`.
pub fn year(cell: &str) -> Option<i32> {
    let cell = text::compact(cell);
    let digits: String =
        cell.trim_start_matches(|c: char| !c.is_ascii_digit()).chars().take_while(char::is_ascii_digit).collect();
    let year = match digits.len() {
        4 | 6 | 8 => digits[..4].parse().ok()?,
        _ => return None,
    };
    YEARS.contains(&year).then_some(i32::from(year))
}

/// Without quotes and a time of day; 年, 月, 日, dots and slashes as `-`.
fn day_part(cell: &str) -> String {
    let mut day = String::with_capacity(cell.len());
    for c in cell.trim_matches(|c| text::is_blank(c) || text::is_quote(c)).chars().map(text::narrow) {
        match c {
            ' ' | 'T' | 't' if day.matches('-').count() == 2 || day.len() == 8 => break,
            '年' | '月' | '.' | '/' | '。' | '·' | '－' | '—' | '–' | '\\' => day.push('-'),
            '日' | '号' => break,
            c if text::is_blank(c) => {}
            c => day.push(c),
        }
    }
    day
}

/// The runs of digits between dashes; `None` when there is anything else.
fn numbers(cell: &str) -> Option<Vec<&str>> {
    let numbers: Vec<&str> = cell.trim_end_matches('-').split('-').collect();
    numbers.iter().all(|number| text::is_digits(number)).then_some(numbers).map(without_float_tail)
}

/// `20150307.0` has become `20150307-0`, and a day number with a time `42070-5`.
fn without_float_tail(mut numbers: Vec<&str>) -> Vec<&str> {
    if numbers.len() == 2 && (numbers[0].len() > 4 || numbers[1].bytes().all(|digit| digit == b'0')) {
        numbers.truncate(1);
    }
    numbers
}

fn from_digits(number: &str) -> Option<Date> {
    match number.len() {
        8 => date(&number[..4], &number[4..6], &number[6..]),
        6 => date(&number[..4], &number[4..], "1"),
        5 => from_excel(number.parse().ok()?),
        4 => date(number, "1", "1"),
        // 20150307093000.
        14 => date(&number[..4], &number[4..6], &number[6..8]),
        _ => None,
    }
}

fn from_excel(days: i32) -> Option<Date> {
    EXCEL_DAYS.contains(&days).then(|| EXCEL_EPOCH.checked_add(jiff::Span::new().days(days)).ok())?
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    YEARS.contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let check = |cell: &str, expected: Option<&str>| {
            assert_eq!(parse(cell).map(|date| date.to_string()).as_deref(), expected, "{cell}");
        };
        for cell in [
            "2015-03-07",
            "2015/3/7",
            "2015.3.7",
            "2015．3．7",
            "20150307",
            "２０１５０３０７",
            "2015年3月7日",
            "2015年03月07号",
            " 2015-3-7 ",
            "'2015-03-07",
            "2015-03-07 00:00:00",
            "2015-03-07T10:30:00",
            "20150307 10:30",
            "20150307.0",
            "42070",
            "42070.5",
            "3/7/2015",
        ] {
            check(cell, Some("2015-03-07"));
        }
        check("201503", Some("2015-03-01"));
        check("2015年3月", Some("2015-03-01"));
        check("2015-03", Some("2015-03-01"));
        check("201503.0", Some("2015-03-01"));
        check("2015", Some("2015-01-01"));
        check("2015.0", Some("2015-01-01"));
        check("2015年", Some("2015-01-01"));
        for cell in
            ["", "未填", "2015-02-29", "2015-13-01", "20151301", "0", "7", "春季", "15-3-7", "2015年春", "99999", "-"]
        {
            check(cell, None);
        }
        check("2016-02-29", Some("2016-02-29"));
    }

    #[test]
    fn days_as_polars_counts_them() {
        assert_eq!(days(jiff::civil::date(1970, 1, 1)), 0);
        assert_eq!(days(jiff::civil::date(2000, 1, 1)), 10_957);
        assert_eq!(days(jiff::civil::date(1969, 12, 31)), -1);
        assert_eq!(days(jiff::civil::date(1900, 3, 1)), -25_508);
    }

    #[test]
    fn years() {
        for cell in ["2017", "2017年", "2017年度", "2017.0", " ２０１７ ", "201712", "20171212", "2017-12-01", "'2017"]
        {
            assert_eq!(year(cell), Some(2017), "{cell}");
        }
        for cell in ["", "17年", "0", "20175", "9999", "未填"] {
            assert_eq!(year(cell), None, "{cell}");
        }
    }
}
