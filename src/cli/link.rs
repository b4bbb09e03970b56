//! `hedui link`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::ZonedDateTime;

use super::Status;
use super::args::LinkArgs;
use super::run::{read_model, run_id, set_threads, subscribe};
use super::terminal::{self, Log, Progress};
use crate::error::{Error, Lang, Place, Result};
use crate::pipeline::Plan;
use crate::pipeline::persons::Persons;
use crate::run::persons::{DoublesDigest, LinkDigest, Subject, link_only};
use crate::run::{Request, Watch};
use crate::say;

pub(super) fn link(args: &LinkArgs, lang: Lang, quiet: bool) -> Result<Status> {
    let model = args.model.as_deref().map(read_model).transpose()?;
    if !Persons::is_meant(&args.pipeline) {
        let mut plan = Plan::load(&args.pipeline)?;
        plan.input = args.input.clone().unwrap_or(plan.input);
        let out = args.out.clone().unwrap_or_else(|| plan.out.clone());
        return linked(&Subject::County(&plan), &out, model.as_ref(), args, lang, quiet);
    }
    let persons = persons(&args.pipeline, args.input.as_deref(), [&args.left, &args.right])?;
    let out = args.out.clone().unwrap_or_else(|| persons.out.clone());
    linked(&Subject::Persons(&persons), &out, model.as_ref(), args, lang, quiet)
}

/// A pipeline of two person tables, with the folder or the files that the command line names instead of its own.
pub(super) fn persons(pipeline: &Path, input: Option<&Path>, tables: [&Vec<PathBuf>; 2]) -> Result<Persons> {
    let mut persons = Persons::load(pipeline)?;
    persons.input = input.map_or(persons.input, Path::to_path_buf);
    for (side, files) in tables.into_iter().enumerate().filter(|(_, files)| !files.is_empty()) {
        persons.files[side] = files.iter().map(|file| absolute(file)).collect::<Result<_>>()?;
    }
    Ok(persons)
}

/// Files named on the command line are looked for from where the command is given.
fn absolute(file: &Path) -> Result<String> {
    let path: PathBuf = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    if path.is_file() {
        return Ok(path.display().to_string());
    }
    Err(Error::input(say!("没有这个文件", "there is no such file")).at(Place::file(file.display().to_string())))
}

fn linked(
    subject: &Subject<'_>,
    out: &Path,
    model: Option<&crate::link::Model>,
    args: &LinkArgs,
    lang: Lang,
    quiet: bool,
) -> Result<Status> {
    set_threads(args.threads)?;
    let log = Log::default();
    subscribe(log.clone());
    let progress = Progress::new(lang, quiet, log);
    let start = Instant::now();
    let as_of = ZonedDateTime::now().date().to_string();
    let request = Request {
        run_id: &run_id(out),
        as_of: &as_of,
        today: &as_of,
        accept: &[],
        scope: None,
        model,
        dry_run: args.dry_run,
        fail_on: None,
        if_changed: false,
        clock: &|| start.elapsed(),
        watch: &progress as &dyn Watch,
    };
    let done = link_only(subject, out, model, &request);
    progress.finish();
    let (digest, folder) = done?;
    for line in summary(&digest, folder.as_deref(), start.elapsed().as_secs_f64()) {
        terminal::tell(line.get(lang));
    }
    if args.explain_blocking {
        terminal::data(&blocking(&digest, lang))?;
    }
    if args.json {
        let text = serde_json::to_string(&digest)
            .map_err(|cause| Error::internal(say!("无法写成 JSON: {cause}", "cannot write JSON: {cause}")))?;
        terminal::data(&(text + "\n"))?;
    }
    Ok(Status::Done)
}

fn summary(digest: &LinkDigest, folder: Option<&Path>, seconds: f64) -> Vec<crate::error::Text> {
    let LinkDigest { members: [left, right], linked, review, conflicts, .. } = digest;
    let mut lines = vec![say!("匹配完成，用时 {seconds:.1} 秒", "linked in {seconds:.1} s")];
    lines.extend(match digest.doubles {
        None => vec![say!("  人员    左 {left}，右 {right}", "  people     {left} left, {right} right")],
        Some(DoublesDigest { clusters, records }) => vec![
            say!("  记录    {left} 条", "  records    {left}"),
            say!(
                "  重复    {clusters} 人，共 {records} 条记录",
                "  duplicates {clusters} people with {records} records between them"
            ),
        ],
    });
    lines.push(say!(
        "  匹配    {linked} 对；待人工判定 {review} 对；证件号码冲突 {conflicts} 对",
        "  linked     {linked} pairs; {review} to review; {conflicts} identifier conflicts"
    ));
    lines.push(match (digest.fitted, digest.converged) {
        (true, true) => say!("  模型    由数据估计，已收敛", "  model      estimated from these data, converged"),
        (true, false) => say!("  模型    由数据估计，未收敛", "  model      estimated from these data, not converged"),
        (false, _) => say!("  模型    数据太少，用预设值", "  model      as stated: too few data to estimate it"),
    });
    lines.push(match folder.map(Path::display) {
        Some(folder) => say!("  结果    {folder}", "  results    {folder}"),
        None => say!("  试运行，未发布任何文件", "  dry run: nothing was published"),
    });
    lines
}

/// What each blocking rule costs and buys, one line a rule.
fn blocking(digest: &LinkDigest, lang: Lang) -> String {
    use std::fmt::Write;
    let quality = &digest.quality;
    let mut text = String::new();
    let known = match quality.known_by_identifier {
        true => say!("证件号码相同的人员对", "pairs with one identifier"),
        false => say!("本次匹配的人员对", "pairs that this run linked"),
    };
    let (known, of, found) = (known.get(lang), quality.blocking_recall.of, quality.blocking_recall.count);
    let head = say!(
        "抽查 {known} {of} 对。候选：规则生成的对数；查到：规则查到的已知对；新增：排在前面的规则没有查到的；独有：别的规则都查不到的",
        "{of} {known} looked at. pairs: made by the rule; found: known pairs it makes; new: not made by a rule above; alone: made by no other rule"
    );
    let columns = say!(
        "      候选    未比对      查到      新增      独有",
        "     pairs   skipped     found       new     alone"
    );
    let _ = writeln!(text, "{}\n{}", head.get(lang), columns.get(lang));
    for rule in &quality.blocking {
        let name = &rule.rule;
        let mark = match rule.reads_identifier {
            true => say!("（用到证件号码，不作数）", " (reads the identifier: proves nothing)").get(lang).to_owned(),
            false => String::new(),
        };
        let (expected, skipped, found) = (rule.pairs_expected, rule.skipped_pairs, rule.found);
        let (first, alone) = (rule.found_first, rule.found_alone);
        let _ = writeln!(text, "{expected:>10}{skipped:>10}{found:>10}{first:>10}{alone:>10}  {name}{mark}");
    }
    let percent = if of == 0 { 0.0 } else { found as f64 * 100.0 / of as f64 };
    let all = say!("合计查到 {found} / {of}（{percent:.2}%）", "found in all: {found} of {of} ({percent:.2} %)");
    let _ = writeln!(text, "{}", all.get(lang));
    text
}
