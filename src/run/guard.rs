//! Guard rails before an export is trusted: files with unusable rows, missing townships, exports that shrank since the last
//! accepted delivery, two exports of the same people, a ledger that is not this pipeline's. What a person accepts with
//! `--accept`, or in the pipeline, is let through, and recorded with the run.

mod doubled;
mod misplaced;
mod slipped;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::Request;
use super::input::Loaded;
use crate::error::{Error, Place, Result};
use crate::ledger::baseline::{Baseline, Shrunken, site_digest};
use crate::ledger::{self, Rolled};
use crate::pipeline::Plan;
use crate::say;
use crate::table::{Portion, Portions, Registry, RowClass};

/// What the last run's manifest is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Previous {
    /// Hash of all that decided its results.
    pub(super) fingerprint: String,
}

/// The last complete run, when there is one that can be read.
pub(super) fn previous(out: &Path) -> Option<Previous> {
    let text = std::fs::read_to_string(crate::emit::latest_run(out)?.join("manifest.json")).ok()?;
    serde_json::from_str(&text).ok()
}

/// Refuses what cannot be trusted; all reasons together.
pub(super) fn check(plan: &Plan, loaded: &Loaded, scope: Option<&str>) -> Result<()> {
    let mut errors = nobody(loaded);
    errors.extend(mostly_rejected(plan, loaded));
    errors.extend(scope.and_then(|scope| unknown_scope(loaded, scope)));
    errors.extend(missing_townships(plan, loaded));
    errors.extend(doubled::errors(loaded));
    errors.extend(misplaced::errors(&loaded.registries));
    errors.extend(slipped::errors(&loaded.registries));
    Error::all(errors).map_or(Ok(()), Err)
}

/// Townships that a side's people of the newest year live in, as printed.
pub(super) fn townships(registry: &Registry) -> BTreeSet<String> {
    let Ok(column) = registry.members.column("township") else { return BTreeSet::new() };
    let Ok(townships) = column.str() else { return BTreeSet::new() };
    let is_past = |row: usize| registry.past().is_some_and(|past| past.get(row) == Some(true));
    let newest = townships.iter().enumerate().filter(|(row, _)| !is_past(*row));
    newest.filter_map(|(_, township)| township).map(str::to_owned).collect()
}

/// A system without a single person was not exported: everything would look missing from it.
fn nobody(loaded: &Loaded) -> Vec<Error> {
    let empty = loaded.registries.iter().filter(|registry| registry.people() == 0);
    empty
        .map(|registry| {
            let (title, word) = (registry.side.title(), registry.side.word());
            let files = loaded.inputs.iter().filter(|input| input.side == word);
            let files = files.map(|input| input.file.as_str()).collect::<Vec<_>>().join("、");
            Error::input(say!("{title}的导出里一个人也没有", "the {word} exports hold nobody"))
                .at(Place::file(files))
                .remedy(say!("检查是不是只导出了表头，重新导出", "check for exports of headers only; export again"))
        })
        .collect()
}

fn unknown_scope(loaded: &Loaded, scope: &str) -> Option<Error> {
    let known: BTreeSet<String> = loaded.registries.iter().flat_map(townships).collect();
    (!known.contains(scope)).then(|| {
        let names = known.into_iter().collect::<Vec<_>>().join("、");
        Error::configuration(say!("--scope {scope}：导出文件里没有这个乡镇", "--scope {scope}: no such township"))
            .remedy(say!("可用的有：{names}", "known: {names}"))
    })
}

/// So many rejected rows of a file are told, and no reason to refuse it.
const FEW_REJECTS: u64 = 3;

fn mostly_rejected(plan: &Plan, loaded: &Loaded) -> Vec<Error> {
    let mut by_file: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (_, file, _, class, rows) in loaded.tally.rows() {
        match class {
            RowClass::Accepted => by_file.entry(file).or_default()[0] += rows,
            RowClass::Rejected => by_file.entry(file).or_default()[1] += rows,
            _ => {}
        }
    }
    let limit = plan.guard.max_reject_percent;
    let too_many =
        |rows: &[u64; 2]| rows[1] > FEW_REJECTS && rows[1] as f64 * 100.0 > limit * (rows[0] + rows[1]) as f64;
    let refused = by_file.into_iter().filter(|(_, rows)| too_many(rows));
    refused
        .map(|(file, [accepted, rejected])| {
            let all = accepted + rejected;
            let first = loaded.rejects.iter().find(|reject| reject.file == file);
            let reason = first.map(|reject| format!("第{}行：{}", reject.row, reject.reason)).unwrap_or_default();
            Error::input(say!(
                "{all} 行数据中有 {rejected} 行不能用，超过 {limit}%；如{reason}",
                "{rejected} of {all} data rows cannot be used, more than {limit} %; e.g. {reason}"
            ))
            .at(Place::file(file))
            .remedy(say!(
                "检查是不是放错了文件，或重新导出；确实如此则调 guard.max_reject_percent",
                "check that it is the right export, or export it again; if it is right, raise guard.max_reject_percent"
            ))
        })
        .collect()
}

fn missing_townships(plan: &Plan, loaded: &Loaded) -> Vec<Error> {
    let mut errors = Vec::new();
    for registry in &loaded.registries {
        let present = townships(registry);
        let missing: Vec<&str> =
            plan.guard.townships.iter().filter(|name| !present.contains(*name)).map(String::as_str).collect();
        if !missing.is_empty() {
            let (side, word, names) = (registry.side.title(), registry.side.word(), missing.join("、"));
            errors.push(
                Error::input(say!("{side}缺少乡镇：{names}", "{word}: no people of township {names}"))
                    .at(Place::file(&plan.file))
                    .remedy(say!(
                        "补上该乡镇的导出文件，或改 guard.townships",
                        "add that township's export, or change guard.townships"
                    )),
            );
        }
    }
    errors
}

/// Refuses exports that lost what the last accepted ones held; a person may accept the loss.
pub(super) fn deliveries(plan: &Plan, baseline: &Baseline, arrived: &Portions, accepted: &Accepted) -> Result<()> {
    let losses = baseline.shrunken(arrived, plan.guard.max_shrink_percent);
    let mut refused: BTreeMap<(String, &str), Vec<Shrunken>> = BTreeMap::new();
    for loss in losses.into_iter().filter(|loss| !accepted.covers(&loss.portion)) {
        refused.entry((loss.portion.accepted_by(), loss.portion.supplier.word())).or_default().push(loss);
    }
    let errors = refused.into_iter().map(|((accepted_by, _), losses)| shrunken(plan, &accepted_by, &losses)).collect();
    Error::all(errors).map_or(Ok(()), Err)
}

/// One error for one export of a township: its gravest losses.
fn shrunken(plan: &Plan, accepted_by: &str, losses: &[Shrunken]) -> Error {
    let first = &losses[..losses.len().min(MOST_LOSSES_TOLD)];
    let told = first.iter().map(|Shrunken { portion, before, now }| {
        let what = if portion.column.is_some() { "个有值" } else { "条" };
        format!("{portion}上次 {before} {what}，这次 {now}")
    });
    let in_english = first
        .iter()
        .map(|Shrunken { portion, before, now }| format!("{}: {before} before, {now} now", portion.in_english()));
    let (told, told_en) = (told.collect::<Vec<_>>().join("；"), in_english.collect::<Vec<_>>().join("; "));
    let more = losses.len() - first.len();
    let (more, more_en) = match more {
        0 => Default::default(),
        _ => (format!("；另有 {more} 处"), format!("; {more} more")),
    };
    Error::input(say!("{told}{more}：比上次少得太多", "less than in the last delivery: {told_en}{more_en}"))
        .at(Place::file(plan.input.display().to_string()))
        .remedy(say!(
            "检查导出是否完整，重新导出；确实减少的，加 --accept \"{accepted_by}\" 再运行",
            "check that the export is complete, export it again; if it is right, run with --accept \"{accepted_by}\""
        ))
}

/// How many losses of one export are spelled out.
const MOST_LOSSES_TOLD: usize = 3;

/// What a person accepts for one run, or for good in the pipeline.
#[derive(Debug, Clone, Default)]
pub(super) struct Accepted<'a>(pub(super) Vec<&'a str>);

impl Accepted<'_> {
    /// Whether a smaller portion is accepted: by its township and kind, or by its township.
    pub(super) fn covers(&self, portion: &Portion) -> bool {
        self.0.iter().any(|word| *word == portion.accepted_by() || *word == portion.township)
    }
    /// Whether a matter is accepted.
    pub(super) fn has(&self, word: &str) -> bool {
        self.0.contains(&word)
    }
}

/// Refuses words of `--accept` that name nothing: a mistake in one is no consent.
pub(super) fn accepted_words(words: &[String], baseline: &Baseline, arrived: &Portions) -> Result<()> {
    let known = || baseline.portions.keys().chain(arrived.keys());
    let is_known = |word: &String| {
        [ACCEPT_DATE, ACCEPT_LEDGER, ACCEPT_CLOSINGS, ACCEPT_UNMATCHED].contains(&word.as_str())
            || known().any(|portion| *word == portion.township || *word == portion.accepted_by())
    };
    let errors = words.iter().filter(|word| !is_known(word)).map(|word| {
        let word = crate::emit::mask::unnumbered(word);
        Error::configuration(say!(
            "--accept {word}：没有这样的乡镇、类别或事项",
            "--accept {word}: no such township, kind or matter"
        ))
        .remedy(say!(
            "照错误提示里 --accept 后面的文字填写，例如 --accept \"城关镇 帮扶措施\"",
            "copy it from the message that asks for it, e.g. --accept \"城关镇 帮扶措施\""
        ))
    });
    Error::all(errors.collect()).map_or(Ok(()), Err)
}

/// Words of `--accept` beside townships.
pub(super) const ACCEPT_DATE: &str = "as-of";
pub(super) const ACCEPT_LEDGER: &str = "ledger";
pub(super) const ACCEPT_CLOSINGS: &str = "closings";
pub(super) const ACCEPT_UNMATCHED: &str = "unmatched";

/// Refuses to go on with a ledger that is not this pipeline's, is gone, or is ahead of the date.
pub(super) fn ledger(plan: &Plan, request: &Request<'_>, known: &Known<'_>, accepted: &Accepted) -> Result<()> {
    let errors = [
        other_site(plan, known),
        ledger_gone(plan, known).filter(|_| !accepted.has(ACCEPT_LEDGER)),
        future(request),
        before_last_run(request, known).filter(|_| !accepted.has(ACCEPT_DATE)),
    ];
    Error::all(errors.into_iter().flatten().collect()).map_or(Ok(()), Err)
}

/// What the ledger knows before a run.
pub(super) struct Known<'a> {
    pub(super) file: &'a Path,
    pub(super) baseline: &'a Baseline,
    pub(super) runs: &'a [ledger::Run],
}

fn other_site(plan: &Plan, known: &Known<'_>) -> Option<Error> {
    let is_other = known.baseline.site.as_ref().is_some_and(|site| *site != site_digest(&plan.audit.site_key));
    is_other.then(|| {
        Error::input(say!(
            "site_key 与台账的不同：条目编号都会变，全部条目会被当作新增和销号",
            "site_key is not the ledger's: every item would get a new number"
        ))
        .at(Place::file(&plan.file))
        .remedy(say!(
            "改回原来的 site_key；确实要重新开始的，另选 out 文件夹",
            "restore the former site_key; to start afresh, choose another `out` folder"
        ))
    })
}

/// Runs without a ledger: its history is lost, and every problem would be new.
fn ledger_gone(plan: &Plan, known: &Known<'_>) -> Option<Error> {
    let latest = crate::emit::latest_run(&plan.out);
    let place = Place::file(known.file.display().to_string());
    if known.runs.is_empty() {
        return latest.map(|_| {
            Error::input(say!("已有核对结果，台账却不在", "there are runs, but no ledger")).at(place).remedy(say!(
                "从备份恢复台账；确实要重新开始的，加 --accept {ACCEPT_LEDGER}",
                "restore the ledger from a backup; to start afresh, run with --accept {ACCEPT_LEDGER}"
            ))
        });
    }
    latest.is_none().then(|| {
        let runs = known.runs.len();
        Error::input(say!(
            "台账里有 {runs} 次核对，最近一次的结果却不在",
            "the ledger knows {runs} runs, but the latest is not there"
        ))
            .at(place)
            .remedy(say!(
                "检查 out 是否指错，或从备份恢复 runs 和 latest；确实删除了旧结果的，加 --accept {ACCEPT_LEDGER}",
                "check `out`, or restore `runs` and `latest`; if they were deleted on purpose, run with --accept {ACCEPT_LEDGER}"
            ))
    })
}

fn future(request: &Request<'_>) -> Option<Error> {
    let (as_of, today) = (request.as_of, request.today);
    (as_of > today).then(|| {
        Error::configuration(say!("日期 {as_of} 晚于今天（{today}）", "the date {as_of} is after today ({today})"))
            .remedy(say!("更正 --as-of 或流水线里的 as_of", "correct --as-of, or as_of in the pipeline"))
    })
}

fn before_last_run(request: &Request<'_>, known: &Known<'_>) -> Option<Error> {
    let last = known.runs.iter().map(|run| run.as_of.as_str()).max()?;
    let as_of = request.as_of;
    (as_of < last).then(|| {
        Error::input(say!(
            "日期 {as_of} 早于上次核对的日期 {last}：旧导出不能更新台账",
            "the date {as_of} is before that of the last run, {last}: an old export cannot move the ledger"
        ))
        .remedy(say!(
            "放入较新的导出，或更正日期；确实要补跑旧数据的，加 --accept {ACCEPT_DATE}",
            "use newer exports, or correct the date; to run old data all the same, add --accept {ACCEPT_DATE}"
        ))
    })
}

/// Most open items closed at once: more likely a mistake than a week's work.
pub(super) fn closings(rolled: &Rolled, open_before: usize, accepted: &Accepted) -> Result<()> {
    let closed = rolled.closed;
    let is_most = closed >= FEWEST_CLOSINGS && closed as f64 > open_before as f64 * MOST_CLOSINGS;
    if !is_most || accepted.has(ACCEPT_CLOSINGS) {
        return Ok(());
    }
    Err(Error::input(say!(
        "{open_before} 条待整改中有 {closed} 条将在本次一起销号，像是导出有误",
        "{closed} of {open_before} open items would be closed at once: more like a mistake than work done"
    ))
    .remedy(say!(
        "抽查几条是否确已改正；确认无误的，加 --accept {ACCEPT_CLOSINGS}",
        "check some of them; if they are corrected, run with --accept {ACCEPT_CLOSINGS}"
    )))
}

/// Fewer closings than this need no word from anybody.
const FEWEST_CLOSINGS: u64 = 200;
/// More than this share of the open items does.
const MOST_CLOSINGS: f64 = 0.9;
