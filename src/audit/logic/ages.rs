//! Full years of each person: at the end of the data year (or on the as-of date), and on 31 August, when grades begin.

use jiff::civil::Date;
use polars::prelude::*;

use crate::audit::facts::Facts;
use crate::audit::view::{NONE, SideView};
use crate::error::{Error, Result};
use crate::say;

/// A number of each row.
pub(crate) type Numbers = Vec<Option<i32>>;

/// Age and school age of each person of one side.
pub(crate) fn ages(facts: &Facts<'_>, view: &SideView<'_>) -> Result<[Numbers; 2]> {
    let as_of = as_of(&facts.settings.as_of)?;
    let born = dates(&view.registry.members, "born_on")?;
    let years = whole(&view.registry.households, "data_year")?;
    let own_years = whole(&view.registry.members, "data_year")?;
    let on = |row: u32| {
        let household = view.household_of(row);
        let year = if household == NONE { None } else { years[household as usize] };
        days_of_reckoning(year.or(own_years[row as usize]), as_of)
    };
    let age = |row: u32, pick: usize| full_years(born[row as usize]?, on(row)?[pick]);
    Ok([0, 1].map(|pick| (0..view.member_count()).map(|row| age(row, pick)).collect()))
}

/// The year of a date column.
pub(crate) fn years_of(frame: &DataFrame, name: &str) -> Result<Numbers> {
    Ok(dates(frame, name)?.into_iter().map(|date| date.map(|date| date.year().into())).collect())
}

/// A column of whole numbers, nulls where there is none.
pub(crate) fn whole(frame: &DataFrame, name: &str) -> Result<Numbers> {
    match frame.column(name) {
        Ok(column) => Ok(column.i32()?.iter().collect()),
        Err(_) => Ok(vec![None; frame.height()]),
    }
}

fn dates(frame: &DataFrame, name: &str) -> Result<Vec<Option<Date>>> {
    match frame.column(name) {
        Ok(column) => Ok(column.date()?.physical().iter().map(|days| days.and_then(date)).collect()),
        Err(_) => Ok(vec![None; frame.height()]),
    }
}

/// The date so many days after 1970-01-01.
pub(crate) fn date(days: i32) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn as_of(text: &str) -> Result<Option<Date>> {
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text.parse::<Date>();
    let wrong = |_| Error::configuration(say!("核对日期“{text}”不是日期", "the as-of date `{text}` is not a date"));
    parsed.map(Some).map_err(wrong)
}

/// The day on which an age is taken, and the 31 August on which a school age is.
fn days_of_reckoning(year: Option<i32>, as_of: Option<Date>) -> Option<[Date; 2]> {
    if let Some(year) = year.and_then(|year| i16::try_from(year).ok()) {
        return Some([Date::new(year, 12, 31).ok()?, Date::new(year, 8, 31).ok()?]);
    }
    let today = as_of?;
    let august = Date::new(today.year(), 8, 31).ok()?;
    let school_year = if august > today { Date::new(today.year() - 1, 8, 31).ok()? } else { august };
    Some([today, school_year])
}

fn full_years(born: Date, on: Date) -> Option<i32> {
    let years = i32::from(on.year()) - i32::from(born.year());
    let had_birthday = (on.month(), on.day()) >= (born.month(), born.day());
    let years = years - i32::from(!had_birthday);
    (years >= 0).then_some(years)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_on_the_day() {
        let check = |born: &str, on: &str, years| {
            assert_eq!(full_years(born.parse().unwrap(), on.parse().unwrap()), years, "{born} {on}");
        };
        check("2010-08-31", "2018-08-31", Some(8));
        check("2010-09-01", "2018-08-31", Some(7));
        check("2010-09-01", "2018-12-31", Some(8));
        check("2019-01-01", "2018-12-31", None);
    }

    #[test]
    fn school_years_start_in_september() {
        let day = |text: &str| text.parse::<Date>().ok();
        assert_eq!(days_of_reckoning(None, day("2019-02-10")).unwrap()[1], day("2018-08-31").unwrap());
        assert_eq!(days_of_reckoning(Some(2018), day("2019-02-10")).unwrap()[0], day("2018-12-31").unwrap());
        assert_eq!(days_of_reckoning(None, None), None);
    }

    #[test]
    fn days_since_1970() {
        assert_eq!(date(0), "1970-01-01".parse().ok());
        assert_eq!(date(-1), "1969-12-31".parse().ok());
        assert_eq!(date(17_897), "2019-01-01".parse().ok());
    }
}
