//! What every export lost since the last accepted one, below the limit at which it is refused.
//!
//! In: what arrived, and what the last accepted deliveries held. Out: a remark per township and export, gravest first. People die
//! and move away, so nothing is wrong with most of it; but a row that vanished inside a damaged file shows here and nowhere else.

use std::cmp::Reverse;

use super::guard::Accepted;
use crate::audit::Delivery;
use crate::ledger::baseline::{Baseline, Fewer, Shrunken};
use crate::say;
use crate::table::{SheetNote, schema};

/// How many columns of an export are spelled out.
const COLUMNS: usize = 3;

/// Remarks on what is fewer and was not accepted as such.
pub(super) fn notes(baseline: &Baseline, delivery: &Delivery, accepted: &Accepted<'_>) -> Vec<SheetNote> {
    let mut fewer = baseline.fewer(delivery.arrived());
    fewer.retain(|loss| !accepted.covers(&loss.whole.portion));
    fewer.sort_by_key(|loss| Reverse((loss.whole.before.saturating_sub(loss.whole.now), lost_cells(loss))));
    fewer.iter().map(|loss| note(loss, delivery)).collect()
}

fn lost_cells(loss: &Fewer) -> u64 {
    loss.columns.iter().map(|column| column.before - column.now).sum()
}

fn note(Fewer { whole: Shrunken { portion, before, now }, columns }: &Fewer, delivery: &Delivery) -> SheetNote {
    let (export, export_en) = (delivery.name(portion), portion.in_english());
    let title = |name: &str| schema::field(name).map_or(name.to_owned(), |field| field.title.to_owned());
    let column = |loss: &Shrunken| {
        let name = loss.portion.column.as_deref().unwrap_or_default();
        (format!("{}{}→{}", title(name), loss.before, loss.now), format!("{name} {} → {}", loss.before, loss.now))
    };
    let (cells, cells_en): (Vec<String>, Vec<String>) = columns.iter().take(COLUMNS).map(column).unzip();
    let (mut parts, mut parts_en) = (Vec::new(), Vec::new());
    if now < before {
        parts.push(format!("{before} 条→{now} 条"));
        parts_en.push(format!("{before} → {now} rows"));
    }
    if !cells.is_empty() {
        let (all, few) = (columns.len(), cells.len() < columns.len());
        let (more, more_en) =
            if few { (format!("等 {all} 列"), format!(", {all} columns in all")) } else { Default::default() };
        parts.push(format!("有值的格子 {}{more}", cells.join("、")));
        parts_en.push(format!("filled cells {}{more_en}", cells_en.join(", ")));
    }
    let (parts, parts_en) = (parts.join("；"), parts_en.join("; "));
    SheetNote {
        file: String::new(),
        sheet: String::new(),
        text: say!(
            "{export}比上次少：{parts}；属实则不必处理，否则请重新导出",
            "{export_en}: less than last time: {parts_en}; if that is right, nothing is to be done"
        ),
    }
}
