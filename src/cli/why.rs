//! `hedui why`: the evidence behind a finding or a pair, linked or not.

use std::fmt::Write;
use std::path::Path;

use polars::prelude::{AnyValue, DataFrame};

use super::Status;
use super::args::WhyArgs;
use super::run::run_folder;
use super::terminal;
use crate::error::{Error, Lang, Result};
use crate::link::{self, Known, Waterfall};
use crate::pipeline::Plan;
use crate::table::{Registry, Side};
use crate::{emit, say};

pub(super) fn why(args: &WhyArgs, lang: Lang) -> Result<Status> {
    let folder = run_folder(&args.run)?;
    let mut plan = Plan::load(&args.pipeline)?;
    plan.input = args.input.clone().unwrap_or(plan.input);
    let text = match args.subject.as_slice() {
        [national, provincial] => pair(&plan, [national, provincial], lang)?,
        [finding] => about_finding(&plan, &folder, finding, lang)?,
        _ => unreachable!("clap allows one or two subjects"),
    };
    terminal::data(&text)?;
    Ok(Status::Done)
}

/// A finding as published, and the pair behind it when both sides have a row.
fn about_finding(plan: &Plan, folder: &Path, id: &str, lang: Lang) -> Result<String> {
    let findings = emit::read_table(folder, "findings")?;
    let ids = findings.column("finding_id")?.str()?;
    let Some(row) = ids.iter().position(|found| found == Some(id)) else {
        return Err(Error::configuration(say!("这次核对没有问题编号 {id}", "this run has no finding {id}")).remedy(say!(
            "问题编号在整改清单最后一列；也可以给出两行：国办文件:行 省办文件:行",
            "finding ids are in the last column of a worklist; or name two rows: national-file:row provincial-file:row"
        )));
    };
    let mut text = String::new();
    for column in findings.columns() {
        let value = column.get(row)?;
        if !matches!(value, AnyValue::Null) {
            let _ = writeln!(text, "{:<24} {}", column.name(), shown(&value));
        }
    }
    if let Some(subjects) = places(&findings, row)? {
        text.push('\n');
        text.push_str(&pair(plan, [&subjects[0], &subjects[1]], lang)?);
    }
    Ok(text)
}

fn shown(value: &AnyValue<'_>) -> String {
    value.get_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `file:row` of both sides of a finding about a member, when it has both.
fn places(findings: &DataFrame, row: usize) -> Result<Option<[String; 2]>> {
    if findings.column("scope")?.str()?.get(row) != Some("member") {
        return Ok(None);
    }
    let place = |side: Side| -> Result<Option<String>> {
        let file = findings.column(&format!("{}_file", side.word()))?.get(row)?;
        let line = findings.column(&format!("{}_row", side.word()))?.get(row)?;
        let both = !matches!(file, AnyValue::Null) && !matches!(line, AnyValue::Null);
        Ok(both.then(|| format!("{}:{line}", shown(&file))))
    };
    Ok(match (place(Side::National)?, place(Side::Provincial)?) {
        (Some(national), Some(provincial)) => Some([national, provincial]),
        _ => None,
    })
}

/// The waterfall of two member rows.
fn pair(plan: &Plan, subjects: [&str; 2], lang: Lang) -> Result<String> {
    let registries = crate::run::registries(plan)?;
    let [left, right] = &registries;
    let (left_ix, right_ix) = (member_at(left, subjects[0])?, member_at(right, subjects[1])?);
    let waterfall = link::explain(&left.members, &right.members, &plan.link, Known::default(), (left_ix, right_ix))?;
    let head = format!("{}  {}\n{}  {}\n", left.side.title(), subjects[0], right.side.title(), subjects[1]);
    Ok(head + &bars(&waterfall, lang))
}

/// The member row at `file:row` or `file[sheet]:row`.
fn member_at(registry: &Registry, subject: &str) -> Result<u32> {
    let (side, word) = (registry.side.title(), registry.side.word());
    let unknown = || {
        Error::configuration(say!("{side}没有 {subject} 这一行人员", "{word} has no person row {subject}")).remedy(
            say!(
                "写成 文件:行号，例如 national/贫困户信息_城关镇.xlsx:12",
                "write file:row, e.g. national/贫困户信息_城关镇.xlsx:12"
            ),
        )
    };
    let (place, row) = subject.rsplit_once(':').ok_or_else(unknown)?;
    let row: u32 = row.parse().map_err(|_| unknown())?;
    let (file, sheet) = match place.strip_suffix(']').and_then(|place| place.split_once('[')) {
        Some((file, sheet)) => (file, Some(sheet)),
        None => (place, None),
    };
    let here = |sheet_ix: u32| {
        let origin = &registry.origins[sheet_ix as usize];
        origin.file == file && sheet.is_none_or(|sheet| origin.sheet == sheet)
    };
    let sheets = registry.members.column("sheet_ix")?.u32()?;
    let rows = registry.members.column("row")?.u32()?;
    let found = sheets.iter().zip(rows.iter()).position(|(sheet_ix, at)| at == Some(row) && sheet_ix.is_some_and(here));
    found.and_then(|ix| u32::try_from(ix).ok()).ok_or_else(unknown)
}

/// One line a comparison: level, words, bits and a bar.
fn bars(waterfall: &Waterfall, lang: Lang) -> String {
    let mut text = String::new();
    let mut bar = |name: &str, words: &str, bits: f64| {
        let length = (bits.abs().min(40.0) / 2.0).round() as usize;
        let mark = if bits < 0.0 { "─" } else { "█" }.repeat(length);
        let _ = writeln!(text, "  {bits:>+8.2}  {mark}  {name} {words}");
    };
    bar(say!("起点", "prior").get(lang), "", waterfall.prior_bits);
    for step in &waterfall.steps {
        bar(step.title.get(lang), step.words.get(lang), step.weight_bits);
    }
    let (total, prob) = (waterfall.total_bits, waterfall.match_prob * 100.0);
    let verdict =
        say!("合计 {total:+.2} 比特，同一人的概率 {prob:.4}%", "{total:+.2} bits in all: {prob:.4} % one person");
    let _ = writeln!(text, "  {}", verdict.get(lang));
    text
}
