//! `hedui why`: the evidence behind a finding or a pair, linked or not.
//!
//! The pair is weighed again, by the model that the run published and with the rulings that its ledger holds, so that what is
//! told is what was done.

mod answer;
mod subject;

use std::fmt::Write;
use std::io::Write as _;
use std::path::Path;

use polars::prelude::{AnyValue, DataFrame};

use super::Status;
use super::args::WhyArgs;
use super::run::{read_model, run_folder};
use super::{link, terminal};
use crate::error::{Error, Lang, Place, Result, Text};
use crate::link::{Known, Model, Waterfall, explain};
use crate::pipeline::Plan;
use crate::pipeline::persons::Persons;
use crate::run::persons::Subject;
use crate::table::Side;
use crate::{emit, private, say};

pub(super) fn why(args: &WhyArgs, lang: Lang) -> Result<Status> {
    let folder = run_folder(&args.run)?;
    let titles = titles(args);
    let mut text = String::new();
    let (pair, waterfall) = if Persons::is_meant(&args.pipeline) {
        let persons = link::persons(&args.pipeline, args.input.as_deref(), [&args.left, &args.right])?;
        refuse_one_table(&persons)?;
        let pair = named_pair(&args.subject)?;
        let waterfall = about_pair(&Subject::Persons(&persons), &titles, &folder, &pair)?;
        (pair, waterfall)
    } else {
        let plan = county(args, &folder)?;
        let Some(pair) = county_pair(args, &folder, &mut text)? else {
            return finding_alone(args, &text);
        };
        let waterfall = about_pair(&Subject::County(&plan), &titles, &folder, &pair)?;
        (pair, waterfall)
    };
    if let Some(file) = &args.svg {
        draw(&waterfall, file, lang)?;
    }
    text.push_str(&answer::answer(&waterfall, &titles, [&pair[0], &pair[1]], lang));
    terminal::data(&text)?;
    Ok(Status::Done)
}

/// A county's pipeline, as the run had it: its ledger is beside the run.
fn county(args: &WhyArgs, folder: &Path) -> Result<Plan> {
    let mut plan = Plan::load(&args.pipeline)?;
    plan.input = args.input.clone().unwrap_or(plan.input);
    if let Some(out) = folder.parent().and_then(Path::parent) {
        plan.out = out.to_path_buf();
    }
    Ok(plan)
}

/// What the two sides are called.
fn titles(args: &WhyArgs) -> [Text; 2] {
    if Persons::is_meant(&args.pipeline) {
        return [say!("左表", "left"), say!("右表", "right")];
    }
    Side::BOTH.map(|side| {
        let (zh, en) = (side.title(), side.word());
        say!("{zh}", "{en}")
    })
}

/// Records of one table are weighed otherwise than two tables are; better no answer than another's.
fn refuse_one_table(persons: &Persons) -> Result<()> {
    if !persons.is_one_table() {
        return Ok(());
    }
    let problem = say!("只有一份表（查重）时不能解释一对人", "pairs inside one table are not explained");
    Err(Error::configuration(problem).remedy(say!(
        "依据写在 data/member_links 的 reason 列；比对两份表时用 --left、--right 指定",
        "the column `reason` of data/member_links says why; name two tables with --left and --right"
    )))
}

fn named_pair(subjects: &[String]) -> Result<[String; 2]> {
    let [left, right] = subjects else {
        return Err(Error::configuration(say!("这次只做了匹配，没有问题编号", "linking alone has no findings"))
            .remedy(say!("给出两行：左表文件:行 右表文件:行", "name two rows: left-file:row right-file:row")));
    };
    Ok([left.clone(), right.clone()])
}

/// The pair asked about; of a finding its words too, and no pair when it is not about two people.
fn county_pair(args: &WhyArgs, folder: &Path, text: &mut String) -> Result<Option<[String; 2]>> {
    let [finding] = args.subject.as_slice() else { return named_pair(&args.subject).map(Some) };
    let (told, pair) = about_finding(folder, finding)?;
    text.push_str(&told);
    if pair.is_some() {
        text.push('\n');
    }
    Ok(pair)
}

/// A finding without a pair: nothing to draw.
fn finding_alone(args: &WhyArgs, text: &str) -> Result<Status> {
    if args.svg.is_some() {
        let problem = say!("这个问题不涉及两个人，没有图可画", "this finding is not about two people: nothing to draw");
        return Err(Error::configuration(problem).remedy(say!("去掉 --svg", "leave out --svg")));
    }
    terminal::data(text)?;
    Ok(Status::Done)
}

/// A finding as published, and the two rows behind it when both sides have one.
fn about_finding(folder: &Path, id: &str) -> Result<(String, Option<[String; 2]>)> {
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
    Ok((text, places(&findings, row)?))
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

/// The waterfall of two people, as the run weighed them.
fn about_pair(subject: &Subject<'_>, titles: &[Text; 2], folder: &Path, pair: &[String; 2]) -> Result<Waterfall> {
    let registries = subject.registries()?;
    let [left, right] = &registries;
    let rows = (subject::row_of(left, &titles[0], &pair[0])?, subject::row_of(right, &titles[1], &pair[1])?);
    let model = published_model(subject, folder)?;
    let rulings = match subject {
        Subject::County(plan) => crate::run::known_rulings(plan, &registries)?,
        Subject::Persons(_) => Vec::new(),
    };
    let known = Known { model: model.as_ref(), rulings: &rulings };
    explain(&left.members, &right.members, subject.settings(), known, rows)
}

/// The model that the run published; none where it published none.
fn published_model(subject: &Subject<'_>, folder: &Path) -> Result<Option<Model>> {
    let file = folder.join("data/model.json");
    if !file.is_file() {
        return Ok(None);
    }
    let model = read_model(&file)?;
    model.check(subject.settings()).map_err(|error| {
        error.at(Place::file(file.display().to_string())).remedy(say!(
            "这次运行之后流水线改过；重新运行，或用 --pipeline 指定当时的流水线",
            "the pipeline changed after that run: run again, or name the pipeline of that run with --pipeline"
        ))
    })?;
    Ok(Some(model))
}

fn draw(waterfall: &Waterfall, file: &Path, lang: Lang) -> Result<()> {
    let svg = emit::waterfall::svg(waterfall, lang);
    private::create(file).and_then(|mut file| file.write_all(svg.as_bytes())).map_err(|cause| {
        Error::output(say!("无法写入: {cause}", "cannot be written: {cause}"))
            .at(Place::file(file.display().to_string()))
            .remedy(say!("检查文件夹是否存在、能否写入", "check that its folder exists and can be written"))
    })
}
