//! `review/待核实条目.xlsx`: items that ended without being corrected, for people to confirm.
//!
//! Sheet 待核实离开: their subjects are in neither export any more; the village confirms where they went. Sheet 匹配有变: their two
//! rows are no longer taken for one person or household; both are shown with whom they are linked to now. The ledger keeps no names:
//! who has left is known by the item's number, which stands on the village's earlier lists.

use std::collections::BTreeMap;
use std::path::Path;

use rust_xlsxwriter::{Workbook, XlsxError};

use super::{Outcome, OutputFile, files, workbook};
use crate::error::Result;
use crate::table::{Decision, Item, ItemState, Side, Sort};

const FILE: &str = "review/待核实条目.xlsx";
const LEFT: [(&str, f64); 8] = [
    ("条目编号", 30.0),
    ("乡镇", 12.0),
    ("村", 12.0),
    ("问题类型", 26.0),
    ("年度", 8.0),
    ("首次发现", 12.0),
    ("最后发现", 12.0),
    ("去向（死亡、迁出、并入他户、漏导出）", 30.0),
];
const CHANGED: [(&str, f64); 9] = [
    ("条目编号", 30.0),
    ("乡镇", 12.0),
    ("村", 12.0),
    ("问题类型", 26.0),
    ("国办：姓名、户编号", 26.0),
    ("国办这条现在与谁匹配", 26.0),
    ("省办：姓名、户编号", 26.0),
    ("省办这条现在与谁匹配", 26.0),
    ("是否同一人", 14.0),
];

/// Writes the items under `dir`; nothing when there are none.
pub(crate) fn write(outcome: &Outcome<'_>, dir: &Path) -> Result<Option<OutputFile>> {
    let of = |state| outcome.rolled.items.iter().filter(|item| item.state == state).collect::<Vec<&Item>>();
    let (left, changed) = (of(ItemState::Left), of(ItemState::LinkChanged));
    if left.is_empty() && changed.is_empty() {
        return Ok(None);
    }
    let rows = (left.len() + changed.len()) as u64;
    let bytes = render(outcome, &left, &changed).map_err(|cause| files::failed(FILE, &cause))?;
    files::put(dir, FILE, &bytes, Some(rows)).map(Some)
}

fn render(outcome: &Outcome<'_>, left: &[&Item], changed: &[&Item]) -> Result<Vec<u8>, XlsxError> {
    let title = format!("{} 待核实条目（截至 {}）", outcome.title, outcome.as_of);
    let titles: BTreeMap<&str, &str> =
        outcome.audit.rules.iter().map(|rule| (rule.rule_id.as_str(), rule.title.as_str())).collect();
    let whole = |item: &Item| {
        let title = titles.get(item.rule_id.as_str()).copied().unwrap_or(&item.rule_id);
        let place = |place: &Option<String>| place.clone().unwrap_or_default();
        vec![item.item_id.clone(), place(&item.township), place(&item.village), title.to_owned()]
    };
    let year = |item: &Item| item.year.map(|year| year.to_string()).unwrap_or_default();
    let left = left.iter().map(|item| {
        [whole(item), vec![year(item), item.first_seen.clone(), item.last_seen.clone(), String::new()]].concat()
    });
    let people = People::of(outcome);
    let changed = changed.iter().map(|item| [whole(item), people.of_item(item)].concat());
    let mut book = workbook::new(&title, outcome.as_of);
    sheet(&mut book, "待核实离开", &title, &LEFT, left)?;
    sheet(&mut book, "匹配有变", &title, &CHANGED, changed)?;
    book.save_to_buffer()
}

fn sheet(
    book: &mut Workbook,
    name: &str,
    title: &str,
    columns: &[(&str, f64)],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name(name)?.write_string_with_format(0, 0, title, &workbook::title())?.set_row_height(0, 28)?;
    let header = workbook::header(workbook::NAVY);
    for (column, (text, width)) in (0..).zip(columns) {
        sheet.set_column_width(column, *width)?.write_string_with_format(1, column, *text, &header)?;
    }
    let (body, asked) = (workbook::cell(), workbook::cell().set_background_color(workbook::YELLOW));
    for (row, cells) in (2..).zip(rows) {
        let last = columns.len() - 1;
        for (column, cell) in cells.iter().enumerate() {
            let format = if column == last { &asked } else { &body };
            sheet.write_string_with_format(row, column as u16, workbook::clipped(cell), format)?;
        }
    }
    sheet.set_freeze_panes(2, 0)?;
    workbook::landscape(sheet, title);
    Ok(())
}

/// Who a row is, and whom it is linked to now.
struct People<'a> {
    outcome: &'a Outcome<'a>,
    partners: [BTreeMap<u32, u32>; 2],
}

impl<'a> People<'a> {
    fn of(outcome: &'a Outcome<'a>) -> Self {
        let matches = outcome.linkage.members.iter().filter(|link| link.decision == Decision::Match);
        let pairs: Vec<(u32, u32)> = matches.map(|link| (link.left, link.right)).collect();
        let partners = [pairs.iter().copied().collect(), pairs.iter().map(|(left, right)| (*right, *left)).collect()];
        Self { outcome, partners }
    }
    /// The cells of an item whose rows are not linked to each other any more.
    fn of_item(&self, item: &Item) -> Vec<String> {
        let rows = self.outcome.rolled.whereabouts.get(&item.item_id).copied().unwrap_or_default();
        let mut cells = Vec::new();
        for side in Side::BOTH {
            let row = rows.members[side.index()].or_else(|| self.head(side, rows.households[side.index()]?));
            let partner = row.and_then(|row| self.partners[side.index()].get(&row).copied());
            cells.push(row.map(|row| self.shown(side, row)).unwrap_or_default());
            cells.push(partner.map_or_else(|| "没有匹配".to_owned(), |row| self.shown(side.other(), row)));
        }
        cells.push(String::new());
        cells
    }
    fn head(&self, side: Side, household: u32) -> Option<u32> {
        let heads = self.outcome.registries[side.index()].households.column("head_ix").ok()?;
        heads.u32().ok()?.get(household as usize)
    }
    fn shown(&self, side: Side, row: u32) -> String {
        let members = &self.outcome.registries[side.index()].members;
        let text = |name: &str| members.column(name).ok()?.str().ok()?.get(row as usize).map(str::to_owned);
        let cells = self.outcome.veil().beside([]);
        let shown = |(sort, column)| cells.value(sort, &text(column).unwrap_or_default()).into_owned();
        [(Sort::Name, "name"), (Sort::Key, "household_no")].map(shown).join("　")
    }
}
