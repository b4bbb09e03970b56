//! `hedui run`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::{Timestamp, ZonedDateTime};

use super::Status;
use super::args::RunArgs;
use super::terminal::{self, Log, Progress};
use crate::error::{Error, Lang, Place, Result, shown};
use crate::link::Model;
use crate::pipeline::Plan;
use crate::run::{Digest, Done, Request, Watch};
use crate::say;

pub(super) fn run(args: &RunArgs, lang: Lang, quiet: bool) -> Result<Status> {
    let mut plan = Plan::load(&args.pipeline)?;
    plan.input = args.input.clone().unwrap_or(plan.input);
    plan.out = args.out.clone().unwrap_or(plan.out);
    let as_of = as_of(args, &plan)?;
    let model = args.model.as_deref().map(read_model).transpose()?;
    set_threads(args.threads)?;
    let log = Log::default();
    subscribe(log.clone());
    let progress = Progress::new(lang, quiet, log);
    let start = Instant::now();
    let run_id = run_id(&plan.out);
    let today = today();
    let request = Request {
        run_id: &run_id,
        as_of: &as_of,
        today: &today,
        accept: &args.accept,
        scope: args.scope.as_deref(),
        model: model.as_ref(),
        dry_run: args.dry_run,
        fail_on: args.fail_on.map(Into::into),
        if_changed: args.if_changed,
        clock: &|| start.elapsed(),
        watch: &progress as &dyn Watch,
    };
    let done = crate::run::run(&plan, &request);
    progress.finish();
    match done? {
        Done::Unchanged => {
            terminal::tell(say!("导出文件和流水线都没有变化", "nothing new since the last run").get(lang));
            Ok(Status::Unchanged)
        }
        Done::Complete { digest, folder } => {
            tell(summary(&digest, folder.as_deref(), &plan, &as_of, start.elapsed().as_secs_f64()), lang);
            if args.json {
                terminal::data(&json(&digest, folder.as_deref())?)?;
            }
            Ok(if digest.trips(request.fail_on) { Status::Gate } else { Status::Done })
        }
    }
}

fn today() -> String {
    ZonedDateTime::now().date().to_string()
}

/// The exports' own date, where they tell a year that is over: its last day.
fn own_date(plan: &Plan) -> Option<String> {
    let newest = newest_year(plan)?;
    (newest < i32::from(ZonedDateTime::now().year())).then(|| format!("{newest:04}-12-31"))
}

/// The newest data year of the systems' exports.
fn newest_year(plan: &Plan) -> Option<i32> {
    let systems = plan.sources.iter().filter(|source| source.supplier.side().is_some());
    systems.filter_map(|source| source.data_year).max()
}

/// The date asked for, the pipeline's, the exports' own, or today's.
fn as_of(args: &RunArgs, plan: &Plan) -> Result<String> {
    let Some(text) = &args.as_of else {
        return Ok(plan.as_of.clone().or_else(|| own_date(plan)).unwrap_or_else(today));
    };
    let date: jiff::civil::Date = text.parse().map_err(|_| {
        Error::configuration(say!(
            "--as-of {text} 不是日期（应为 YYYY-MM-DD）",
            "--as-of {text} is not a date (YYYY-MM-DD expected)"
        ))
    })?;
    Ok(date.to_string())
}

pub(super) fn set_threads(threads: Option<usize>) -> Result<()> {
    let Some(threads) = threads else { return Ok(()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|cause| Error::configuration(say!("--threads: {cause}", "--threads: {cause}")))
}

/// A model that a run published.
pub(super) fn read_model(path: &Path) -> Result<Model> {
    let unreadable = |cause: &dyn std::fmt::Display| {
        Error::configuration(say!("读不了模型: {cause}", "cannot read the model: {cause}"))
            .at(Place::file(path.display().to_string()))
            .remedy(say!("模型是某次运行的 data/model.json", "a model is the data/model.json of a run"))
    };
    let text = std::fs::read_to_string(path).map_err(|cause| unreadable(&cause))?;
    serde_json::from_str(&text).map_err(|cause| unreadable(&cause))
}

/// JSON log lines of our own events only: libraries may print data.
pub(super) fn subscribe(log: Log) {
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::prelude::*;
    let ours = Targets::new().with_target("hedui", tracing::Level::INFO);
    let layer = tracing_subscriber::fmt::layer().json().with_writer(log).with_filter(ours);
    let _already_set = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer));
}

/// UTC time of the start, with a counter when a run of that second exists already.
pub(super) fn run_id(out: &Path) -> String {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let free = |id: &String| !out.join("runs").join(id).exists();
    let counted = (2..).map(|count| format!("{now}-{count}"));
    std::iter::once(now.clone()).chain(counted).find(free).unwrap_or(now)
}

fn json(digest: &Digest, folder: Option<&Path>) -> Result<String> {
    let manifest = folder.map(|folder| folder.join("manifest.json").display().to_string());
    let value = serde_json::json!({ "digest": digest, "manifest": manifest });
    serde_json::to_string(&value)
        .map(|text| text + "\n")
        .map_err(|cause| Error::internal(say!("无法写成 JSON: {cause}", "cannot write JSON: {cause}")))
}

/// How many missing exports are named on the terminal; the summary names all.
const MOST_TOLD: usize = 6;

/// The short human summary.
fn tell(lines: Vec<crate::error::Text>, lang: Lang) {
    for line in lines {
        terminal::tell(line.get(lang));
    }
}

fn summary(digest: &Digest, folder: Option<&Path>, plan: &Plan, as_of: &str, seconds: f64) -> Vec<crate::error::Text> {
    let Digest { rows_read, rows_accepted, rows_rejected, linked, review, conflicts, .. } = digest;
    let [national, provincial] = digest.members;
    let [national_households, provincial_households] = digest.households;
    let [errors, warnings, infos] = digest.findings;
    let [equal, compared] = digest.fields_equal;
    let [consistent, households] = digest.households_consistent;
    let [recorded, expected] = digest.benefits_recorded;
    let [new, closed, reopened, frozen] = digest.ledger;
    let [left, rule_changed, link_changed, merged] = digest.ended;
    let (fields, whole, rate) =
        (percent(equal, compared), percent(consistent, households), percent(recorded, expected));
    let title = shown::visible(&plan.title);
    let mut lines = vec![
        say!("{title} 核对完成，用时 {seconds:.1} 秒", "{title}: done in {seconds:.1} s"),
        say!(
            "  读取    {rows_read} 行：使用 {rows_accepted}，不能用 {rows_rejected}",
            "  rows       {rows_read} read: {rows_accepted} used, {rows_rejected} rejected"
        ),
        say!(
            "  国办    {national_households} 户 {national} 人；省办 {provincial_households} 户 {provincial} 人",
            "  national   {national_households} households, {national} people; provincial {provincial_households}, {provincial}"
        ),
        say!(
            "  匹配    {linked} 人；待人工判定 {review} 对；证件号码冲突 {conflicts} 对",
            "  linked     {linked} people; {review} pairs to review; {conflicts} identifier conflicts"
        ),
        say!(
            "  问题    须整改 {errors}，待核实 {warnings}，提示 {infos}",
            "  findings   {errors} to correct, {warnings} to verify, {infos} to know"
        ),
        say!(
            "  指标一致率  {fields}（{equal} / {compared} 项）",
            "  fields     {fields} agree ({equal} of {compared})"
        ),
        say!(
            "  整户一致率  {whole}（{consistent} / {households} 户）",
            "  households {whole} without a problem ({consistent} of {households})"
        ),
        say!(
            "  措施应录尽录  {rate}（{recorded} / {expected} 条）",
            "  benefits   {rate} recorded ({recorded} of {expected})"
        ),
        say!(
            "  台账    新增 {new}，销号 {closed}，反弹 {reopened}，未比对 {frozen}",
            "  ledger     {new} new, {closed} closed, {reopened} reopened, {frozen} frozen"
        ),
    ];
    if digest.ended != [0; 4] {
        lines.push(say!(
            "          未改正而结束：待核实离开 {left}，规则已变 {rule_changed}，匹配有变 {link_changed}，并入 {merged}",
            "             ended without being corrected: {left} left, {rule_changed} rule changed, {link_changed} link changed, {merged} merged"
        ));
    }
    if !digest.not_delivered.is_empty() {
        let first = digest.not_delivered.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join("、");
        let more = digest.not_delivered.len().saturating_sub(MOST_TOLD);
        let more = if more > 0 { format!("…+{more}") } else { String::new() };
        lines.push(say!(
            "  未导出  {first}{more}：有关规则在那里没有评估，条目保持原状，有关比率不计",
            "  missing    {first}{more}: rules that read it were not evaluated there, its items stay as they are"
        ));
    }
    if !digest.unknown_places.is_empty() {
        let n = digest.unknown_places.len();
        let first = digest.unknown_places.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join("、");
        lines.push(say!(
            "  注意    有 {n} 个乡镇、村只在一个系统出现，以前也没有导出过，请核对地名：{first}",
            "  note       {n} townships or villages only one system knows, and no earlier delivery: {first}"
        ));
    }
    if !digest.assumed_items.is_empty() {
        let n = digest.assumed_items.len();
        let first = digest.assumed_items.iter().take(MOST_TOLD).map(|one| crate::emit::mask::unnumbered(one));
        let first = first.collect::<Vec<_>>().join("、");
        lines.push(say!(
            "  注意    有 {n} 种措施名称不在目录中，按记录推定为：{first}；请在目录中确认（见 I-label）",
            "  note       {n} names of benefits are not in the catalogue and were taken for: {first}; confirm them there (see I-label)"
        ));
    }
    if let Some(year) = newest_year(plan).filter(|year| as_of < format!("{year:04}").as_str()) {
        lines.push(say!(
            "  注意    日期 {as_of} 早于导出的数据年度（{year}年），请核对",
            "  note       the date {as_of} is before the exports' own year, {year}: check it"
        ));
    }
    if !digest.accepted.is_empty() {
        let accepted = digest.accepted.join("、");
        let accepted = shown::visible(&accepted);
        lines.push(say!("  已接受  {accepted}", "  accepted   {accepted}"));
    }
    let [aside_n, aside_p] = digest.not_compared;
    if aside_n + aside_p > 0 {
        lines.push(say!(
            "  未认定  国办 {aside_n} 人，省办 {aside_p} 人：所在行未读入，或姓名、号码被隐去；不作缺失处理，见 data/not_compared",
            "  not compared  {aside_n} national, {aside_p} provincial people, whose rows were set aside or whose names and numbers are hidden: see data/not_compared"
        ));
    }
    if !digest.model_at_rest {
        lines.push(say!(
            "  匹配模型未收敛：匹配概率只供参考，详见 data/link_quality.json",
            "  the linker's model did not come to rest: see data/link_quality.json before trusting probabilities"
        ));
    }
    if digest.rules_not_evaluated > 0 {
        let n = digest.rules_not_evaluated;
        lines.push(say!(
            "  有 {n} 条规则因缺少数据未评估，详见汇总",
            "  {n} rules were not evaluated for lack of data: see the summary"
        ));
    }
    lines.push(match folder.map(Path::display) {
        Some(folder) => say!("  结果    {folder}", "  results    {folder}"),
        None => say!("  试运行，未发布任何文件", "  dry run: nothing was published"),
    });
    lines
}

fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "—".to_owned(),
        _ => format!("{:.2}%", part as f64 * 100.0 / whole as f64),
    }
}

/// The run folder that a path names: itself, or the latest run of a results folder.
pub(super) fn run_folder(path: &Path) -> Result<PathBuf> {
    if path.join("manifest.json").is_file() {
        return Ok(path.to_path_buf());
    }
    crate::emit::latest_run(path).ok_or_else(|| {
        Error::configuration(say!("这里没有核对结果", "there is no run here"))
            .at(Place::file(path.display().to_string()))
            .remedy(say!(
                "给出结果文件夹（流水线的 out）或其中 runs 下的一次运行",
                "name a results folder (the pipeline's `out`) or one run under its `runs`"
            ))
    })
}
