//! `hedui inspect`: what is in an export, and what the pipeline would make of it.

mod propose;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::Status;
use super::args::InspectArgs;
use super::terminal;
use crate::error::{Error, Lang, Result, shown};
use crate::ingest::{self, Recognition, SheetInspection, Visibility};
use crate::normalise::{self, Part};
use crate::pipeline::Plan;
use crate::table::{People, Supplier, schema};
use propose::Proposal;

pub(super) fn inspect(args: &InspectArgs, lang: Lang) -> Result<Status> {
    let plan = Plan::load(&args.pipeline)?;
    let mut errors = Vec::new();
    for path in &args.files {
        match describe(path, &plan, lang) {
            Ok(text) => terminal::data(&text)?,
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors).map_or(Ok(Status::Done), Err)
}

fn describe(path: &Path, plan: &Plan, lang: Lang) -> Result<String> {
    let file = path.display().to_string();
    let bindings: Vec<_> = plan.profiles.iter().map(|profile| profile.binding.clone()).collect();
    let inspection = ingest::inspect(path, &file, &bindings, &plan.limits)?;
    let encoding = inspection.encoding.get(lang);
    let mut text = format!("{}\n  格式      {}  {encoding}\n", shown::file_name(&file), inspection.format);
    for sheet in &inspection.sheets {
        describe_sheet(sheet, &mut text);
        propose_fields(path, plan, sheet, &mut text)?;
    }
    if let Some(refusal) = &inspection.refusal {
        let _ = writeln!(text, "  不能用    {}", refusal.lines(lang).join("\n            "));
    }
    for note in &inspection.ingested.notes {
        let _ = writeln!(text, "  注意      {}", shown::visible(note.text.get(lang)));
    }
    if let Some(best) = inspection.best {
        let profile = &plan.profiles[best];
        let supplier = profile.side.map_or(Supplier::Department, Supplier::System);
        let people = People::in_tables(inspection.ingested.sheets.iter().map(|sheet| &sheet.frame));
        for sheet in inspection.ingested.sheets {
            let part = normalise::normalise(sheet, supplier, profile.shape, None, &plan.normalise)?;
            values(&part, &people, &mut text)?;
        }
    }
    Ok(text)
}

fn describe_sheet(sheet: &SheetInspection, text: &mut String) {
    let name = if sheet.sheet.is_empty() { "（文本）".into() } else { shown::sheet_name(&sheet.sheet) };
    let header = sheet.header_row.map_or("没有认出表头".to_owned(), |row| format!("表头在第 {row} 行"));
    let hidden = if sheet.visibility == Visibility::Visible { "" } else { "（隐藏，不读）" };
    let _ = writeln!(text, "  工作表    {name}{hidden}：{header}");
    let rows = sheet.rows.iter().filter(|(_, rows)| *rows > 0);
    let _ = writeln!(text, "  各类行    {}", joined(rows.map(|(class, rows)| format!("{} {rows}", class.word()))));
    if let Some(recognition) = recognised(sheet) {
        let _ = writeln!(text, "  样式      {}（{}）", recognition.profile, recognition.title);
        let columns = recognition.recognised.iter().map(|(field, header)| format!("{header}→{field}"));
        let _ = writeln!(text, "  认得的列  {}", joined(columns));
        if !recognition.missing_required.is_empty() {
            let _ = writeln!(text, "  缺必需列  {}", joined(recognition.missing_required.iter().cloned()));
        }
        if !recognition.ignored.is_empty() {
            let _ = writeln!(text, "  不用的列  {}", joined(recognition.ignored.iter().cloned()));
        }
    }
}

/// What the columns that no field claims may be, with the line to paste: in the profile that explains most of the sheet.
fn propose_fields(path: &Path, plan: &Plan, sheet: &SheetInspection, text: &mut String) -> Result<()> {
    let mut best: Option<(&Recognition, Vec<Proposal>)> = None;
    for recognition in nearest(sheet) {
        let profile = &plan.profiles[recognition.binding];
        let proposals = propose::proposals(path, plan, profile, &recognition.unclaimed)?;
        let explained =
            |(recognition, proposals): &(&Recognition, Vec<Proposal>)| recognition.recognised.len() + proposals.len();
        let this = (recognition, proposals);
        if best.as_ref().is_none_or(|best| explained(&this) > explained(best)) {
            best = Some(this);
        }
    }
    let Some((recognition, proposals)) = best else { return Ok(()) };
    let profile = &plan.profiles[recognition.binding].id;
    for Proposal { header, field, understood, filled, .. } in &proposals {
        // A column whose cells are read as the field has a header, and nobody's name above it.
        let header = shown::visible(&recognition.unclaimed[*header]);
        let title = schema::field(field).map_or("", |field| field.title);
        let _ = writeln!(
            text,
            "  建议      “{header}”像是{title}（{field}）：{filled} 个有值的格子中读得懂 {understood} 个；确认后在 profiles/{profile}.toml 的 field = \"{field}\" 下，headers 里加上 \"{header}\""
        );
    }
    Ok(())
}

/// The profiles that know most of its headers, and those that know nearly as many.
fn nearest(sheet: &SheetInspection) -> Vec<&Recognition> {
    const NEARLY: usize = 2;
    const MOST: usize = 4;
    let mut known: Vec<&Recognition> = sheet.recognitions.iter().collect();
    known.sort_by_key(|recognition| Reverse(recognition.recognised.len()));
    let best = known.first().map_or(0, |recognition| recognition.recognised.len());
    known.retain(|recognition| recognition.recognised.len() + NEARLY >= best);
    known.truncate(MOST);
    known
}

/// The profile the sheet is read with; without one, the profile that knows most of its headers.
fn recognised(sheet: &SheetInspection) -> Option<&Recognition> {
    let chosen = |recognition: &&Recognition| sheet.binding.is_none_or(|binding| recognition.binding == binding);
    sheet.recognitions.iter().filter(chosen).max_by_key(|recognition| recognition.recognised.len())
}

/// Labels nobody knows (by their shape where they may be names in a column that slipped), and what the identifiers are: the
/// damage profile.
fn values(part: &Part, people: &People, text: &mut String) -> Result<()> {
    let name = if part.sheet.is_empty() { String::new() } else { format!("[{}] ", shown::sheet_name(&part.sheet)) };
    let _ = writeln!(text, "  {name}可用 {} 行，不能用 {} 行", part.frame.height(), part.rejects.len());
    for unknown in &part.unknown_labels {
        // Somebody's relation is told by somebody's name: 张三的母亲.
        let is_of_somebody = !people.find_in(&unknown.text).is_empty();
        let label = if is_of_somebody { shown::shape(&unknown.text).into() } else { shown::label(&unknown.text) };
        let near = unknown.nearest.as_ref().map(|near| format!("，最接近“{near}”")).unwrap_or_default();
        let _ = writeln!(
            text,
            "  未知标签  {}：{} {} 行{near}；可加到 pipelines/vocabularies/{}.toml",
            unknown.field, label, unknown.rows, unknown.vocabulary
        );
    }
    if let Ok(column) = part.frame.column("id_class") {
        let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
        for class in column.str()?.iter().flatten() {
            *classes.entry(class).or_default() += 1;
        }
        let listed = joined(classes.iter().map(|(class, rows)| format!("{class} {rows}")));
        let _ = writeln!(text, "  证件号码  {listed}");
    }
    Ok(())
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join("，")
}
