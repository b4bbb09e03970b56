//! What every command that publishes runs does first and last, so that `latest` and the ledger never part.
//!
//! First: one at a time, on a ledger that can be trusted, with nothing left half done by a run that was killed. Last: a
//! run is complete on disk, then the ledger takes it in by one transaction, then it becomes visible. The transaction
//! decides. Before it nothing has happened, after it only names are missing, and [`begin`] makes up for them.

use std::io::Write;
use std::path::{Path, PathBuf};

use tracing::{error, warn};

use super::{Request, lock};
use crate::emit::{self, Settled, Staging};
use crate::error::{Error, Kind, Lang, Result};
use crate::{ledger, private, say};

/// The ledger of a results folder.
pub(super) fn ledger_in(out: &Path) -> PathBuf {
    out.join("ledger.sqlite")
}

/// Takes the lock of a results folder and puts right what a killed run left; a ledger that will be written must be
/// writable now, not after an hour.
pub(super) fn begin(out: &Path, writes_ledger: bool, request: &Request<'_>) -> Result<lock::Lock> {
    let lock = lock::take(out, request.run_id)?;
    let ledger = ledger_in(out);
    ledger::check(&ledger, writes_ledger)?;
    let settled = emit::settle(out, &ledger::runs_in_order(&ledger)?)?;
    if let Some(settled) = settled {
        warn!(?settled);
        request.watch.told(match settled {
            Settled::Completed(run) => say!(
                "运行 {run} 已记入台账，但中断时尚未发布，现已补发",
                "run {run} was in the ledger but interrupted before it was published: it is published now"
            ),
            Settled::Withdrawn(run) => say!(
                "latest 指向的运行 {run} 不在台账里，已改为台账里最近的一次",
                "`latest` named run {run}, which the ledger does not know: it names the newest known run now"
            ),
        });
    }
    Ok(lock)
}

/// Ends a run of which nothing comes; its log tells why, unless it was a trial anyway. Why it ended matters more than a
/// log that cannot be kept.
pub(super) fn refuse(staging: Staging, request: &Request<'_>, why: &Error) {
    error!(kind = ?why.kind(), why = why.lines(Lang::Zh).join("\n"));
    let ended = if request.dry_run { staging.discard() } else { staging.refuse() };
    if let Err(cause) = ended {
        warn!(kept = false, why = cause.lines(Lang::Zh).join("\n"));
    }
}

/// Keeps why a run ended before it had a log of its own: `<out>/refused/<run>.jsonl`, as far as it can be written.
pub(super) fn keep_reason(out: &Path, request: &Request<'_>, why: &Error) {
    let folder = out.join("refused");
    let kept = folder.join(format!("{}.jsonl", request.run_id));
    if request.dry_run || why.kind() == Kind::Locked || !out.is_dir() || kept.exists() {
        return;
    }
    let line = serde_json::json!({
        "level": "ERROR", "kind": format!("{:?}", why.kind()), "why": why.lines(Lang::Zh).join("\n"),
    });
    let written = private::create_dir(&folder).and_then(|()| private::create(&kept));
    _ = written.and_then(|mut file| writeln!(file, "{line}"));
}

/// Publishes a run that `decide` enters in the ledger; when it cannot, nothing has happened.
pub(super) fn publish(
    staging: Staging,
    out: &Path,
    request: &Request<'_>,
    decide: impl FnOnce() -> Result<()>,
) -> Result<PathBuf> {
    let Err(error) = staging.seal().and_then(|()| decide()) else { return staging.publish() };
    // A ledger that failed after it had decided keeps the folder: the next start will know.
    let known = ledger::runs_in_order(&ledger_in(out));
    if known.is_ok_and(|known| !known.iter().any(|run| run == request.run_id)) {
        refuse(staging, request, &error);
    }
    Err(error)
}
