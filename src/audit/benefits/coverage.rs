//! Coverage year against payment year. Insurance for a year is paid in the autumn before; one system may print the year that
//! is covered, the other the year of the payment. Which one a side prints is told by the dates of its records; where the two
//! sides differ, the payments are moved to the year that they cover, so that records are compared like with like.

use super::rows::{BenefitRow, Items};
use crate::audit::logic::date;

/// The month in which payments for the next year begin.
const FIRST_MONTH: i8 = 9;

/// Moves the records of a side that prints payment years, item by item, where the other side prints coverage years.
/// Gives the side and item of what was moved: outcomes and rolls of it follow the payment.
pub(super) fn align(items: &Items, own: &mut [Vec<BenefitRow>; 2]) -> Vec<(usize, u32)> {
    let mut moved = Vec::new();
    for item in items.paid_year_before() {
        let customs = [0, 1].map(|side| custom(&own[side], item));
        let paying = match customs {
            [Some(Custom::Payment), Some(Custom::Coverage)] => 0,
            [Some(Custom::Coverage), Some(Custom::Payment)] => 1,
            _ => continue,
        };
        move_payments(&mut own[paying], item);
        moved.push((paying, item));
    }
    moved
}

/// Moves an item's records to the year after.
pub(super) fn move_payments(rows: &mut [BenefitRow], item: u32) {
    let dated = rows.iter_mut().filter(|row| row.item == item && row.year().is_some());
    dated.for_each(|row| row.year += 1);
}

/// The year that a side prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Custom {
    Payment,
    Coverage,
}

/// What most of the records paid in autumn print; `None` without any.
fn custom(rows: &[BenefitRow], item: u32) -> Option<Custom> {
    let mut counts = [0usize; 2];
    for row in rows.iter().filter(|row| row.item == item) {
        let (Some(year), Some(paid)) = (row.year(), date(row.date)) else { continue };
        if paid.month() >= FIRST_MONTH {
            let paid = i32::from(paid.year());
            counts[0] += usize::from(year == paid);
            counts[1] += usize::from(year == paid + 1);
        }
    }
    match counts {
        [0, 0] => None,
        [payment, coverage] if payment > coverage => Some(Custom::Payment),
        _ => Some(Custom::Coverage),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::view::NONE;

    /// `(year, paid on)` as days since 1970.
    fn rows(specs: &[(i16, i32)]) -> Vec<BenefitRow> {
        let row = |&(year, date): &(i16, i32)| BenefitRow {
            household: 1,
            item: 0,
            person: NONE,
            year,
            period: 0,
            date,
            amount: 0,
            home: 1,
            own: 1,
            row: 0,
        };
        specs.iter().map(row).collect()
    }

    #[test]
    fn autumn_payments_tell_the_custom() {
        // 2017-10-15 is day 17454; 2018-03-01 is day 17591.
        assert_eq!(custom(&rows(&[(2017, 17_454)]), 0), Some(Custom::Payment));
        assert_eq!(custom(&rows(&[(2018, 17_454)]), 0), Some(Custom::Coverage));
        assert_eq!(custom(&rows(&[(2018, 17_591), (2018, i32::MIN)]), 0), None);
    }
}
