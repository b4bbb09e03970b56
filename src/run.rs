//! The pipeline as a table of contents: discover, load, guard, link, audit, roll, publish.
//!
//! Everything a run needs from outside comes in a [`Request`]: the run id, the date, a clock for timings, and somebody
//! to watch. Between the doors nothing touches a file; the ledger takes the run in by one transaction, and then it becomes
//! visible by one rename ([`start`]). Rows are counted at every step ([`conserve`]) and a mismatch fails the run.

mod conserve;
mod endings;
mod fewer;
mod fit;
mod guard;
mod input;
mod lock;
pub mod persons;
mod returns;
mod rolls;
mod start;
mod unclaimed;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tracing::info;

use crate::audit::{self, Audit};
use crate::emit::{self, Manifest, Outcome, PipelineFile, StageTime, Staging};
use crate::engine::Engine;
use crate::error::{Result, Text};
use crate::ledger::baseline::Baseline;
use crate::ledger::rulings::{self, Resolved, Ruling};
use crate::ledger::{self, Entry, Proof, Rolled};
use crate::link::{self, Known, Model};
use crate::pipeline::{ConfigFile, Plan};
use crate::say;
use crate::table::{
    Decision, Headcount, Item, ItemState, Linkage, Portion, Registry, Severity, SheetNote, Side, Supplier,
};
use endings::Endings;
use input::Loaded;
pub use returns::{Received, Returns, returns};
use unclaimed::Unclaimed;

/// What a run needs from outside.
pub struct Request<'a> {
    /// Name of the run folder, ordered by time.
    pub run_id: &'a str,
    /// Date the exports speak of, ISO.
    pub as_of: &'a str,
    /// The day of the run, ISO.
    pub today: &'a str,
    /// What a person accepts for this run, beside what the pipeline says.
    pub accept: &'a [String],
    /// Emit and follow up this township only.
    pub scope: Option<&'a str>,
    /// A model fitted before; fitted anew when absent.
    pub model: Option<&'a Model>,
    /// Publish nothing.
    pub dry_run: bool,
    /// Findings from this severity on trip the gate: the run is published, and its exit status is 1.
    pub fail_on: Option<Severity>,
    /// Stop with [`Done::Unchanged`] when nothing changed since the last run.
    pub if_changed: bool,
    /// Time since some fixed moment; for timings only.
    pub clock: &'a (dyn Fn() -> Duration + Sync),
    /// Told of every stage.
    pub watch: &'a dyn Watch,
}

/// Somebody who wants to know how far a run is.
pub trait Watch: Sync {
    /// A stage of `steps` steps begins (0: not countable).
    fn stage(&self, title: Text, steps: u64);
    /// One step is done.
    fn step(&self);
    /// Something that a person should know at once.
    fn told(&self, what: Text);
    /// The run's folder exists, not yet visible as a run: a log may be written there.
    fn staged(&self, folder: &Path);
}

/// How a run ended.
#[derive(Debug)]
pub enum Done {
    /// It ran; its results are in `folder` (`None` for a dry run).
    Complete {
        /// The numbers to tell a person.
        digest: Box<Digest>,
        /// Run folder.
        folder: Option<PathBuf>,
    },
    /// Exports, pipeline and date are those of the last run.
    Unchanged,
}

/// A run in a few numbers. Arrays are national, provincial.
#[derive(Debug, Clone, Serialize)]
pub struct Digest {
    /// Rows read in all files.
    pub rows_read: u64,
    /// Rows used.
    pub rows_accepted: u64,
    /// Rows not used, each with a reason in `rejects`.
    pub rows_rejected: u64,
    /// People; those, as the households and pairs below, of the newest data year.
    pub members: [u64; 2],
    /// Households.
    pub households: [u64; 2],
    /// Benefit records.
    pub benefits: [usize; 2],
    /// People linked.
    pub linked: u64,
    /// People whom nobody could compare: a row that may be theirs was set aside, or their names and numbers are hidden.
    pub not_compared: [usize; 2],
    /// Pairs a person must decide.
    pub review: u64,
    /// Pairs with one identifier and two persons.
    pub conflicts: u64,
    /// Whether the estimation of the linker's model came to rest.
    pub model_at_rest: bool,
    /// Findings: error, warning, info.
    pub findings: [usize; 3],
    /// Compared values that agree, of all compared values.
    pub fields_equal: [u64; 2],
    /// Judged households without a problem, of all judged households.
    pub households_consistent: [u64; 2],
    /// Benefit records of the reference found on the platform, of all of them.
    pub benefits_recorded: [u64; 2],
    /// Ledger: new, closed, reopened, frozen.
    pub ledger: [u64; 4],
    /// Ledger: items that ended without being corrected: subject gone, rule changed, link changed, merged.
    pub ended: [u64; 4],
    /// What some township did not deliver, in words: what reads it was not judged there.
    pub not_delivered: Vec<String>,
    /// Townships and villages that only one system knows, and no earlier delivery.
    pub unknown_places: Vec<String>,
    /// Names of benefits that no vocabulary knows: `NAME=ITEM` where the records tell what it is.
    pub assumed_items: Vec<String>,
    /// What a person accepted for this run.
    pub accepted: Vec<String>,
    /// Rules that could not be evaluated on some side.
    pub rules_not_evaluated: usize,
}

impl Digest {
    /// Whether there are findings that a gate, if there is one, does not let through.
    pub fn trips(&self, gate: Option<Severity>) -> bool {
        gate.is_some_and(|gate| self.findings_from(gate) > 0)
    }
    /// Findings of `severity` or graver.
    pub fn findings_from(&self, severity: Severity) -> usize {
        let [error, warning, info] = self.findings;
        match severity {
            Severity::Error => error,
            Severity::Warning => error + warning,
            Severity::Info => error + warning + info,
        }
    }
}

/// Runs the pipeline. Whatever hinders it is kept beside the runs, but for trials.
pub fn run(plan: &Plan, request: &Request<'_>) -> Result<Done> {
    let done = attempt(plan, request);
    if let Err(error) = &done {
        start::keep_reason(&plan.out, request, error);
    }
    done
}

fn attempt(plan: &Plan, request: &Request<'_>) -> Result<Done> {
    let _lock = start::begin(&plan.out, !request.dry_run, request)?;
    let mut stages = Stages::new(request);
    let deliveries = stages.time("discover", say!("清点文件", "finding files"), 0, || input::discover(plan))?;
    let unclaimed = unclaimed::find(plan, &deliveries.iter().map(input::Delivery::path).collect());
    let rulings = ledger::load_rulings(&ledger_file(plan))?;
    let fingerprint = input::fingerprint(plan, &deliveries, &rulings, request);
    let baseline = ledger::load_baseline(&ledger_file(plan))?;
    let accepted = accepted(plan, request);
    check_ledger(plan, request, &baseline, &accepted)?;
    if request.if_changed && guard::previous(&plan.out).is_some_and(|last| last.fingerprint == fingerprint) {
        return Ok(Done::Unchanged);
    }
    let staging = Staging::create(&plan.out, request.run_id)?;
    request.watch.staged(staging.dir());
    let given = Given { deliveries, unclaimed, rulings, fingerprint, baseline, accepted };
    match produce(plan, request, given, &mut stages, staging.dir()) {
        Ok((digest, ..)) if request.dry_run => {
            staging.discard()?;
            Ok(Done::Complete { digest: Box::new(digest), folder: None })
        }
        Ok((digest, books)) => {
            let store = || ledger::store(&ledger_file(plan), &books.entry(request));
            let folder = start::publish(staging, &plan.out, request, store)?;
            Ok(Done::Complete { digest: Box::new(digest), folder: Some(folder) })
        }
        Err(error) => {
            start::refuse(staging, request, &error);
            Err(error)
        }
    }
}

/// The two registries of a pipeline, as a run would see them: for explaining a pair.
pub fn registries(plan: &Plan) -> Result<[Registry; 2]> {
    let deliveries = input::discover(plan)?;
    Ok(input::load(plan, deliveries, plan.as_of.as_deref(), &Unwatched)?.registries)
}

/// What persons have decided about pairs of these registries, as a run would know it: for explaining a pair.
pub fn known_rulings(plan: &Plan, registries: &[Registry; 2]) -> Result<Vec<link::Ruling>> {
    let rulings = ledger::load_rulings(&ledger_file(plan))?;
    Ok(rulings::resolve(&rulings, [&registries[0], &registries[1]], &plan.emit.site_key)?.rulings)
}

/// What a person accepts: in the pipeline, and for this run.
fn accepted<'a>(plan: &'a Plan, request: &Request<'a>) -> guard::Accepted<'a> {
    guard::Accepted(plan.guard.accept.iter().chain(request.accept).map(String::as_str).collect())
}

/// Refuses a ledger that does not go with this run.
fn check_ledger(plan: &Plan, request: &Request<'_>, baseline: &Baseline, accepted: &guard::Accepted<'_>) -> Result<()> {
    let file = ledger_file(plan);
    let runs = ledger::runs(&file)?;
    guard::ledger(plan, request, &guard::Known { file: &file, baseline, runs: &runs }, accepted)
}

/// What a run leaves in the ledger.
struct Books {
    rolled: Rolled,
    resolved: Resolved,
    baseline: Baseline,
    accepted: Vec<String>,
}

impl Books {
    fn entry<'a>(&'a self, request: &Request<'a>) -> Entry<'a> {
        Entry {
            run_id: request.run_id,
            as_of: request.as_of,
            items: &self.rolled.items,
            lapses: &self.resolved.lapses,
            baseline: &self.baseline,
            accepted: &self.accepted,
        }
    }
}

/// Nobody watches.
struct Unwatched;

impl Watch for Unwatched {
    fn stage(&self, _title: Text, _steps: u64) {}
    fn step(&self) {}
    fn told(&self, _what: Text) {}
    fn staged(&self, _folder: &Path) {}
}

/// What a run works on.
struct Given<'a> {
    deliveries: Vec<input::Delivery>,
    unclaimed: Vec<Unclaimed>,
    rulings: Vec<Ruling>,
    fingerprint: String,
    baseline: Baseline,
    accepted: guard::Accepted<'a>,
}

/// Everything from the exports to the files in the staging folder.
fn produce(
    plan: &Plan,
    request: &Request<'_>,
    given: Given<'_>,
    stages: &mut Stages<'_>,
    folder: &Path,
) -> Result<(Digest, Books)> {
    let Given { deliveries, unclaimed, rulings, fingerprint, baseline, accepted } = given;
    tell_unclaimed(&unclaimed, request.watch);
    let steps = deliveries.len() as u64;
    let mut loaded = stages.time("load", say!("读取导出文件", "reading exports"), steps, || {
        input::load(plan, deliveries, Some(request.as_of), request.watch)
    })?;
    loaded.notes.extend(unclaimed.iter().map(Unclaimed::note));
    loaded.doubts.iter().for_each(|doubt| request.watch.told(told(doubt)));
    guard::check(plan, &loaded, request.scope)?;
    let registries = [&loaded.registries[0], &loaded.registries[1]];
    let resolved = rulings::resolve(&rulings, registries, &plan.emit.site_key)?;
    info!(rulings = resolved.rulings.len(), lapses = resolved.lapses.len());
    let link::Linked { mut linkage, model, quality } =
        stages.time("link", say!("匹配人员和家庭", "linking people and households"), 0, || {
            let known = Known { model: request.model, rulings: &resolved.rulings };
            link::link(&registries[0].members, &registries[1].members, &plan.link, known, Engine::Pool)
        })?;
    audit::mark_not_compared(registries, &mut linkage, &loaded.aside)?;
    info!(fitted = model.fitted, converged = model.converged, rounds = model.rounds);
    let roll_links = stages.time("rolls", say!("匹配部门名册", "linking the departments' rolls"), 0, || {
        rolls::link(registries, &loaded.rolls, &plan.link, &model)
    })?;
    let expected = baseline.expected();
    let evidence =
        audit::Evidence { rolls: &loaded.rolls, links: &roll_links, expected: &expected, aside: &loaded.aside };
    let settings = audit::Settings { as_of: request.as_of.to_owned(), ..plan.audit.clone() };
    let mut audit = stages.time("audit", say!("比对和查错", "auditing"), 0, || {
        audit::audit(registries, &linkage, evidence, &settings, Engine::Pool)
    })?;
    conserve::check(&loaded, &linkage, &audit)?;
    guard::accepted_words(request.accept, &baseline, audit.delivery.arrived())?;
    guard::deliveries(plan, &baseline, audit.delivery.arrived(), &accepted)?;
    let unfit = fit::notes(registries, &linkage, &audit, &accepted)?;
    keep_scope(&mut audit, request.scope);
    let rolled = stages.time("ledger", say!("更新台账", "rolling the ledger"), 0, || {
        let proof = Proof { registries, linkage: &linkage, audit: &audit, evidence, site_key: &plan.audit.site_key };
        roll(&ledger_file(plan), proof, request, &accepted)
    })?;
    renumber(&mut audit, &rolled);
    let endings = Endings::of(&loaded, &audit.delivery);
    let losses = [endings.gone(&baseline), fewer::notes(&baseline, &audit.delivery, &accepted)].concat();
    unfit.iter().for_each(|note| request.watch.told(told(note)));
    tell_first(&losses, request.watch);
    let notes = [unfit.as_slice(), &loaded.notes, &losses].concat();
    let accepted_words: Vec<String> = accepted.0.iter().map(|word| (*word).to_owned()).collect();
    let digest = Digest {
        model_at_rest: model.converged,
        accepted: accepted_words.clone(),
        ..digest(&loaded, &linkage, &audit, &rolled)
    };
    let people = crate::table::People::of(registries, Some(&loaded.rolls));
    let outcome = Outcome {
        title: &plan.title,
        run_id: request.run_id,
        as_of: request.as_of,
        registries,
        linkage: &linkage,
        clusters: None,
        model: &model,
        quality: &quality,
        audit: &audit,
        rolled: &rolled,
        tally: &loaded.tally,
        rejects: &loaded.rejects,
        notes: &notes,
        inputs: &loaded.inputs,
        settings: &plan.emit,
        people: &people,
    };
    let outputs =
        stages.time("emit", say!("生成整改清单和汇总", "writing worklists and summary"), 0, || {
            emit::write(&outcome, folder)
        })?;
    let mut manifest = Manifest::of(&outcome, outputs, plan_files(&plan.files), fingerprint);
    conserve::check_published(&manifest)?;
    manifest.unclaimed = unclaimed.into_iter().map(|unclaimed| unclaimed.file).collect();
    manifest.stages = std::mem::take(&mut stages.timings);
    manifest.exit_status = i32::from(digest.trips(request.fail_on));
    emit::write_manifest(&manifest, folder)?;
    let covers = |portion: &Portion| accepted.covers(portion);
    let arrived = audit.delivery.arrived().clone().into_iter().chain(endings.portions()).collect();
    let baseline = baseline.after(&arrived, &plan.audit.site_key, &covers);
    Ok((digest, Books { rolled, resolved, baseline, accepted: accepted_words }))
}

/// A remark on a file, in one line.
fn told(SheetNote { file, text: Text { zh, en }, .. }: &SheetNote) -> Text {
    let file = crate::error::shown::file_name(file);
    if file.is_empty() { say!("{zh}", "{en}") } else { say!("{file}：{zh}", "{file}: {en}") }
}

/// Tells the first of many remarks; all of them are in the summary.
fn tell_first(notes: &[SheetNote], watch: &dyn Watch) {
    const FIRST: usize = 10;
    notes.iter().take(FIRST).for_each(|note| watch.told(told(note)));
    if let Some(more) = notes.len().checked_sub(FIRST).filter(|more| *more > 0) {
        watch.told(say!(
            "比上次少的还有 {more} 处，见summary.html",
            "{more} more exports are shorter: see summary.html"
        ));
    }
}

/// Tells what lies in the input folders and is not read: the first ones by name, all of them are in the manifest.
fn tell_unclaimed(unclaimed: &[Unclaimed], watch: &dyn Watch) {
    const BY_NAME: usize = 10;
    for one in unclaimed.iter().take(BY_NAME) {
        let (file, Text { zh, en }) = (&one.file, one.text());
        watch.told(say!("{file}：{zh}", "{file}: {en}"));
    }
    if let Some(more) = unclaimed.len().checked_sub(BY_NAME).filter(|more| *more > 0) {
        watch.told(say!(
            "还有 {more} 个文件未读取，见 manifest.json",
            "{more} more files are not read: see manifest.json"
        ));
    }
}

fn ledger_file(plan: &Plan) -> PathBuf {
    start::ledger_in(&plan.out)
}

/// Times stages and announces them.
struct Stages<'a> {
    request: &'a Request<'a>,
    timings: Vec<StageTime>,
}

impl<'a> Stages<'a> {
    fn new(request: &'a Request<'a>) -> Self {
        Self { request, timings: Vec::new() }
    }
    fn time<T>(&mut self, name: &str, title: Text, steps: u64, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.request.watch.stage(title, steps);
        let start = (self.request.clock)();
        let result = work();
        let seconds = ((self.request.clock)() - start).as_secs_f64();
        info!(stage = name, seconds);
        self.timings.push(StageTime { stage: name.to_owned(), seconds });
        result
    }
}

/// Keeps the findings of one township only, and the counts of its villages.
fn keep_scope(audit: &mut Audit, scope: Option<&str>) {
    if let Some(scope) = scope {
        audit.findings.retain(|finding| finding.township.as_deref() == Some(scope));
        audit.fields.retain(|field| field.township == scope);
        audit.villages.retain(|village| village.township == scope);
        audit.recording.retain(|item| item.township == scope);
    }
}

/// The next state of every item; under a scope, items of other townships stay as they are.
fn roll(file: &Path, proof: Proof<'_>, request: &Request<'_>, accepted: &guard::Accepted<'_>) -> Result<Rolled> {
    let previous = ledger::load(file)?;
    let in_scope = |item: &Item| request.scope.is_none_or(|scope| item.township.as_deref() == Some(scope));
    let (mine, others): (Vec<Item>, Vec<Item>) = previous.into_iter().partition(in_scope);
    let is_open = |item: &&Item| matches!(item.state, ItemState::Open | ItemState::Reopened | ItemState::Frozen);
    let open_before = mine.iter().filter(is_open).count();
    let mut rolled = ledger::roll(mine, &proof.audit.findings, proof, request.as_of)?;
    guard::closings(&rolled, open_before, accepted)?;
    rolled.items.extend(others);
    rolled.items.sort_by(|a, b| a.item_id.cmp(&b.item_id));
    Ok(rolled)
}

/// Findings that are items of another number take that number, wherever it stands.
fn renumber(audit: &mut Audit, rolled: &Rolled) {
    if rolled.renumbered.is_empty() {
        return;
    }
    let number = |id: &String| rolled.renumbered.get(id).cloned();
    for finding in &mut audit.findings {
        finding.finding_id = number(&finding.finding_id).unwrap_or_else(|| std::mem::take(&mut finding.finding_id));
        finding.cause_id = finding.cause_id.take().map(|cause| number(&cause).unwrap_or(cause));
    }
}

fn plan_files(files: &[ConfigFile]) -> Vec<PipelineFile> {
    files.iter().map(|file| PipelineFile { path: file.file.clone(), blake3: file.blake3.clone() }).collect()
}

/// A place in words, without what looks like somebody's number.
fn place(portion: &Portion) -> String {
    let name = format!("{}{}", portion.township, portion.village.as_deref().unwrap_or_default());
    emit::mask::unnumbered(&name).into_owned()
}

fn digest(loaded: &Loaded, linkage: &Linkage, audit: &Audit, rolled: &Rolled) -> Digest {
    use crate::table::RowClass::{Accepted, Rejected};
    let suppliers = || Side::BOTH.map(Supplier::System).into_iter().chain([Supplier::Department]);
    let total = |class| suppliers().map(|supplier| loaded.tally.total(supplier.word(), class)).sum();
    let [national, provincial] = &loaded.registries;
    let count = Headcount::of([national, provincial], linkage);
    let found = |severity| audit.findings.iter().filter(|finding| finding.severity == severity).count();
    let not_evaluated = audit.rules.iter().filter(|rule| rule.not_evaluated.is_some());
    let equal: u64 = audit.fields.iter().map(|field| field.equal).sum();
    let unequal: u64 = audit
        .fields
        .iter()
        .map(|field| field.null_national + field.null_provincial + field.differ + field.unread)
        .sum();
    Digest {
        rows_read: loaded.tally.total_read(),
        rows_accepted: total(Accepted),
        rows_rejected: total(Rejected),
        members: count.people,
        households: count.households,
        benefits: [national, provincial].map(|registry| registry.benefits.height()),
        linked: count.decided(Decision::Match),
        not_compared: linkage.not_compared.each_ref().map(Vec::len),
        review: count.decided(Decision::Review),
        conflicts: count.decided(Decision::Conflict),
        model_at_rest: true,
        findings: [found(Severity::Error), found(Severity::Warning), found(Severity::Info)],
        fields_equal: [equal, equal + unequal],
        households_consistent: [
            audit.villages.iter().map(|village| village.households_consistent).sum(),
            audit.villages.iter().map(|village| village.households_judged).sum(),
        ],
        benefits_recorded: [
            audit.recording.iter().map(|item| item.recorded).sum(),
            audit.recording.iter().map(|item| item.expected).sum(),
        ],
        ledger: [rolled.new, rolled.closed, rolled.reopened, rolled.frozen],
        ended: [rolled.left, rolled.rule_changed, rolled.link_changed, rolled.merged],
        not_delivered: audit.lacks.iter().map(|lack| audit.delivery.name(&lack.portion)).collect(),
        assumed_items: audit.assumed_items.iter().map(|one| format!("{}＝{}", one.name, one.item)).collect(),
        unknown_places: audit.delivery.unknown_places().into_iter().map(place).collect(),
        accepted: Vec::new(),
        rules_not_evaluated: not_evaluated.map(|rule| &rule.rule_id).collect::<BTreeSet<_>>().len(),
    }
}
