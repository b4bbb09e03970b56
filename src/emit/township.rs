//! `worklists/<township>/总表.xlsx`: what a township has to do, village by village, and the households to go to.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};

use super::area::{Area, AreaKey, CATEGORIES, SEVERITIES};
use super::worklist::{Distribution, OVERVIEW, Pack};
use super::{Outcome, OutputFile, files, workbook};
use crate::error::Result;
use crate::table::Sort;

/// Writes one overview per township under `dir`.
pub(crate) fn write(
    villages: &BTreeMap<AreaKey<'_>, Area>,
    distribution: &Distribution<'_>,
    outcome: &Outcome<'_>,
    dir: &Path,
) -> Result<Vec<OutputFile>> {
    let one = |(township, folder): (&&str, &String)| {
        let file = format!("worklists/{folder}/{OVERVIEW}.xlsx");
        let bytes = render(township, villages, distribution, outcome).map_err(|cause| files::failed(&file, &cause))?;
        files::put(dir, &file, &bytes, None)
    };
    distribution.folders.par_iter().map(one).collect()
}

fn render(
    township: &str,
    villages: &BTreeMap<AreaKey<'_>, Area>,
    distribution: &Distribution<'_>,
    outcome: &Outcome<'_>,
) -> Result<Vec<u8>, XlsxError> {
    let title = format!("{} {township} 问题整改总表（截至 {}）", outcome.title, outcome.as_of);
    let mut book = workbook::new(&title, outcome.as_of);
    let mine: Vec<_> =
        villages.iter().filter(|((one, _), _)| *one == township).map(|(key, area)| (key.1, area)).collect();
    let packs = distribution
        .packs
        .iter()
        .filter(|pack| !pack.place.suspect && pack.place.area.is_some_and(|(one, _)| one == township));
    village_sheet(book.add_worksheet(), &title, &mine)?;
    household_sheet(book.add_worksheet(), township, packs, outcome)?;
    book.save_to_buffer()
}

/// One row per village and their sum.
fn village_sheet(sheet: &mut Worksheet, title: &str, villages: &[(&str, &Area)]) -> Result<(), XlsxError> {
    sheet.set_name("总表")?;
    sheet.write_string_with_format(0, 0, title, &workbook::title())?.set_row_height(0, 28)?;
    let headers = headers();
    write_headers(sheet, 1, &headers)?;
    let centred = workbook::cell().set_align(FormatAlign::Center);
    let mut total = Area::default();
    for (row, (village, area)) in (2..).zip(villages) {
        village_row(sheet, row, village, area, &centred)?;
        total.add(area);
    }
    let last = 2 + villages.len() as u32;
    village_row(sheet, last, "合计", &total, &centred.set_bold().set_background_color(workbook::PALE))?;
    sheet.set_freeze_panes(2, 1)?.set_repeat_rows(1, 1)?;
    workbook::landscape(sheet, "审核人：____________   日期：____________");
    Ok(())
}

fn headers() -> Vec<(String, f64)> {
    let fixed = |names: &[&str], width: f64| names.iter().map(|name| ((*name).to_owned(), width)).collect::<Vec<_>>();
    let mut headers = fixed(&["行政村"], 13.0);
    headers.extend(fixed(&["国办户数", "省办户数", "有问题户数", "问题合计"], 7.0));
    headers.extend(SEVERITIES.map(|severity| (severity.title().to_owned(), 6.0)));
    headers.extend(CATEGORIES.map(|category| (category.title().to_owned(), 5.5)));
    headers.extend(fixed(&["人员匹配率", "指标一致率", "户一致率", "措施录入率"], 17.0));
    headers
}

fn write_headers(sheet: &mut Worksheet, row: u32, headers: &[(String, f64)]) -> Result<(), XlsxError> {
    for (column, (header, width)) in (0..).zip(headers) {
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(row, column, header, &workbook::header(workbook::NAVY))?;
    }
    sheet.set_row_height(row, workbook::row_points(2))?;
    Ok(())
}

fn village_row(sheet: &mut Worksheet, row: u32, village: &str, area: &Area, format: &Format) -> Result<(), XlsxError> {
    let name = if village.is_empty() { "（村不明）" } else { village };
    sheet.write_string_with_format(row, 0, name, format)?;
    let mut counts = vec![area.households[0], area.households[1], area.households_with_findings, area.total()];
    counts.extend((0..SEVERITIES.len()).map(|ix| area.of_severity(ix)));
    counts.extend((0..CATEGORIES.len()).map(|ix| area.of_category(ix)));
    let rates = counts.len() as u16 + 1;
    for (column, count) in (1..).zip(counts) {
        sheet.write_number_with_format(row, column, count as f64, format)?;
    }
    for (column, rate) in (rates..).zip([area.coverage, area.fields, area.consistent, area.recorded]) {
        let text =
            if rate.denominator == 0 { rate.percent() } else { format!("{}\n{}", rate.percent(), rate.fraction()) };
        sheet.write_string_with_format(row, column, text, format)?;
    }
    sheet.set_row_height(row, workbook::row_points(2))?;
    Ok(())
}

/// One row per household with findings; suspicions are no findings here.
fn household_sheet<'a>(
    sheet: &mut Worksheet,
    township: &str,
    packs: impl Iterator<Item = &'a Pack<'a>>,
    outcome: &Outcome<'_>,
) -> Result<(), XlsxError> {
    sheet.set_name("问题户名单")?;
    let title = format!("{township} 问题户名单");
    sheet.write_string_with_format(0, 0, title, &workbook::title())?.set_row_height(0, 28)?;
    let widths = [("序号", 7.0), ("行政村", 16.0), ("组", 10.0), ("户编号", 20.0), ("户主", 12.0)];
    let counts = [("问题条数", 10.0), ("须整改", 10.0), ("待核实", 10.0), ("问题类型", 40.0)];
    let headers: Vec<_> = widths.into_iter().chain(counts).map(|(name, width)| (name.to_owned(), width)).collect();
    write_headers(sheet, 1, &headers)?;
    let text = workbook::cell().set_num_format("@").set_align(FormatAlign::Center);
    let cells = outcome.veil().beside([]);
    let mut row = 2;
    for pack in packs {
        let village = pack.place.area.map_or("", |(_, village)| village);
        for block in &pack.blocks {
            let of = |severity| block.lines.iter().filter(|line| line.finding.severity == severity).count();
            let kinds = CATEGORIES.iter().filter(|kind| block.lines.iter().any(|line| line.finding.category == **kind));
            let kinds: Vec<&str> = kinds.map(|kind| kind.title()).collect();
            let kinds = kinds.join("、");
            let (hamlet, number) = (block.hamlet.unwrap_or(""), block.key.number());
            let shown = [(Sort::Place, hamlet), (Sort::Key, number), (Sort::Name, block.head.unwrap_or(""))];
            let [hamlet, number, head] = shown.map(|(sort, text)| cells.value(sort, text));
            sheet.write_number_with_format(row, 0, row - 1, &text)?;
            let cells = [village, &hamlet, &number, &head];
            for (column, cell) in (1..).zip(cells) {
                sheet.write_string_with_format(row, column, cell, &text)?;
            }
            for (column, count) in (5..).zip([block.lines.len(), of(SEVERITIES[0]), of(SEVERITIES[1])]) {
                sheet.write_number_with_format(row, column, count as f64, &text)?;
            }
            sheet.write_string_with_format(row, 8, &kinds, &text)?;
            sheet.set_row_height(
                row,
                workbook::row_points(workbook::lines(&kinds, 40.0).max(workbook::lines(&head, 12.0))),
            )?;
            row += 1;
        }
    }
    sheet.set_freeze_panes(2, 0)?.set_repeat_rows(1, 1)?.autofilter(1, 0, row.max(3) - 1, 8)?;
    workbook::landscape(sheet, "");
    Ok(())
}
