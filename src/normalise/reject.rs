//! Rows without enough to stand for anything: set aside with a reason staff can read, never dropped silently.
//!
//! | shape | needs |
//! |---|---|
//! | person, roll | a name or an identifier |
//! | household | a 户编号, or a head's name or identifier |
//! | benefit, outcome | a beneficiary, and an item, a category or an outcome |

use polars::prelude::*;

use super::{Shape, text};
use crate::error::Result;
use crate::table::{RawSheet, Reject, Supplier};

const NOBODY: &str = "姓名和证件号码均为空";
const NO_HOUSEHOLD: &str = "户编号、户主姓名和户主证件号码均为空";
const NO_BENEFICIARY: &str = "缺少受益人：户编号、姓名和证件号码均为空";
const NO_MEASURE: &str = "缺少措施：项目类别、项目内容和成效均为空";

/// The rows that stand for something, and the others. `frame` is the canonical form of `sheet`, row for row.
pub(super) fn split(
    frame: DataFrame,
    sheet: &RawSheet,
    supplier: Supplier,
    shape: Shape,
) -> Result<(DataFrame, Vec<Reject>)> {
    let reasons = reasons(&frame, sheet, shape)?;
    if reasons.iter().all(Option::is_none) {
        return Ok((frame, Vec::new()));
    }
    let kept = BooleanChunked::from_iter_values("".into(), reasons.iter().map(Option::is_none));
    Ok((frame.filter(&kept)?, rejects(sheet, supplier, &reasons)?))
}

fn reasons(frame: &DataFrame, sheet: &RawSheet, shape: Shape) -> Result<Vec<Option<&'static str>>> {
    let told = |fields: &[&str]| any_told(frame, &sheet.frame, fields);
    Ok(match shape {
        Shape::Person | Shape::Roll => unless(&told(&["name", "id_no"])?, NOBODY),
        Shape::Household => unless(&told(&["household_no", "head_name", "head_id_no"])?, NO_HOUSEHOLD),
        Shape::Benefit | Shape::Outcome => {
            let beneficiary = told(&["household_no", "person_no", "name", "id_no", "head_name", "head_id_no"])?;
            let measure = unless(&told(&["item", "category", "outcome"])?, NO_MEASURE);
            let beneficiary = unless(&beneficiary, NO_BENEFICIARY);
            beneficiary.into_iter().zip(measure).map(|(nobody, nothing)| nobody.or(nothing)).collect()
        }
    })
}

fn unless(told: &[bool], reason: &'static str) -> Vec<Option<&'static str>> {
    told.iter().map(|told| (!told).then_some(reason)).collect()
}

/// Which rows say something in at least one of the fields: a value was understood, or there is text that was not.
fn any_told(frame: &DataFrame, raw: &DataFrame, fields: &[&str]) -> Result<Vec<bool>> {
    let mut told = vec![false; raw.height()];
    for field in fields {
        let (Ok(typed), Ok(printed)) = (frame.column(field), raw.column(field)) else { continue };
        let understood = typed.is_not_null();
        let is_label = matches!(*field, "item" | "category");
        for ((told, understood), cell) in told.iter_mut().zip(understood.iter()).zip(printed.str()?.iter()) {
            *told |= understood == Some(true) || (is_label && cell.is_some_and(|cell| !text::is_null(cell)));
        }
    }
    Ok(told)
}

fn rejects(sheet: &RawSheet, supplier: Supplier, reasons: &[Option<&'static str>]) -> Result<Vec<Reject>> {
    let rows = sheet.frame.column("row")?.u32()?;
    let cells: Vec<&StringChunked> = sheet
        .frame
        .columns()
        .iter()
        .filter(|column| column.name() != "row")
        .map(Column::str)
        .collect::<PolarsResult<_>>()?;
    let as_read = |ix: usize| cells.iter().map(|column| column.get(ix).unwrap_or("")).collect::<Vec<_>>().join("\t");
    let reject = |(ix, reason): (usize, &'static str)| Reject {
        side: supplier.word().to_owned(),
        file: sheet.file.clone(),
        sheet: sheet.sheet.clone(),
        row: rows.get(ix).unwrap_or(0),
        reason: reason.to_owned(),
        text: as_read(ix),
    };
    Ok(reasons.iter().enumerate().filter_map(|(ix, reason)| Some((ix, (*reason)?))).map(reject).collect())
}
