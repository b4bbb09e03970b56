//! Publication: a run becomes visible by one rename, and what is visible follows the ledger.
//!
//! ```text
//! <out>/runs/<run_id>.partial/   written here, file by file
//!                                `seal`: everything flushed to disk, readable by its owner only
//! <out>/ledger.sqlite            the caller's one transaction decides: the run happened
//! <out>/runs/<run_id>/           `publish`: renamed
//! <out>/latest                   replaced last: a symbolic link
//! ```
//!
//! Where links need rights, `latest` is a text file that holds the run id.
//!
//! Of a run that was refused `<out>/refused/<run_id>.jsonl` tells why.
//!
//! A kill at any instant leaves the last run whole, and [`settle`] puts right what it left half done: before the
//! ledger's transaction the `.partial` folder is nobody's, and the next [`Staging::create`] removes it; after it the
//! folder is complete, so the rename and `latest` are made up for. The caller holds the lock of `<out>`, so no live
//! run owns a stale folder.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::{private, say};

const PARTIAL: &str = ".partial";
/// Where a run's log lies in its folder.
pub const LOG: &str = "log.jsonl";

/// A run's folder before it is published.
#[derive(Debug)]
pub struct Staging {
    out: PathBuf,
    run_id: String,
    partial: PathBuf,
}

impl Staging {
    /// Makes `<out>/runs/<run_id>.partial/`, empty, and removes what dead runs left.
    ///
    /// # Errors
    /// When the folder cannot be made, or a run of that id is already published.
    pub fn create(out: &Path, run_id: &str) -> Result<Self> {
        let runs = out.join("runs");
        private::create_dir(&runs).map_err(cannot_write(&runs))?;
        remove_stale(&runs).map_err(cannot_write(&runs))?;
        let finished = runs.join(run_id);
        if finished.exists() {
            return Err(already_published(&finished));
        }
        let partial = runs.join(format!("{run_id}{PARTIAL}"));
        private::create_dir(&partial).map_err(cannot_write(&partial))?;
        Ok(Self { out: out.to_owned(), run_id: run_id.to_owned(), partial })
    }

    /// Where to write.
    pub fn dir(&self) -> &Path {
        &self.partial
    }

    /// Flushes every file to disk: from here on nothing but names is missing.
    ///
    /// # Errors
    /// When a file cannot be flushed.
    pub fn seal(&self) -> Result<()> {
        let runs = self.out.join("runs");
        flush_tree(&self.partial).and_then(|()| flush_dir(&runs)).map_err(cannot_write(&self.partial))
    }

    /// Renames the sealed folder to its final name, and points `latest` to it. Returns the final folder.
    ///
    /// # Errors
    /// When a rename fails; a run that the ledger knows becomes visible with the next [`settle`].
    pub fn publish(self) -> Result<PathBuf> {
        reveal(&self.out, &self.run_id)?;
        point_latest(&self.out, &self.run_id).map_err(cannot_write(&self.out.join("latest")))?;
        Ok(self.out.join("runs").join(&self.run_id))
    }

    /// Removes what was written but the log, which is kept in `<out>/refused/<run_id>.jsonl`: why nothing came of the run.
    ///
    /// # Errors
    /// When the log cannot be kept, or the folder cannot be removed.
    pub fn refuse(self) -> Result<()> {
        let (log, refused) = (self.partial.join(LOG), self.out.join("refused"));
        let kept = refused.join(format!("{}.jsonl", self.run_id));
        let copied = match log.is_file() {
            true => private::create_dir(&refused).and_then(|()| fs::copy(&log, &kept)).map(drop),
            false => Ok(()),
        };
        self.discard().and(copied.map_err(cannot_write(&kept)))
    }

    /// Removes what was written: the run failed before it had anything to publish.
    ///
    /// # Errors
    /// When the folder cannot be removed.
    pub fn discard(self) -> Result<()> {
        fs::remove_dir_all(&self.partial).map_err(cannot_write(&self.partial))
    }
}

/// What [`settle`] had to put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The ledger knew a run that was not yet `latest`: it is now.
    Completed(String),
    /// `latest` was a run that the ledger does not know: it is the newest one known again, or gone.
    Withdrawn(String),
}

/// Makes `latest` the newest of the runs that the ledger `knows` (oldest first) and whose folder is there.
///
/// Nothing is done where the ledger knows no run: then there is nothing to hold `latest` against.
///
/// # Errors
/// When a rename fails.
pub fn settle(out: &Path, knows: &[String]) -> Result<Option<Settled>> {
    let runs = out.join("runs");
    let Some(newest) = knows.last() else { return Ok(None) };
    if runs.join(format!("{newest}{PARTIAL}")).is_dir() {
        reveal(out, newest)?;
    }
    let latest = latest_run(out).and_then(|run| Some(run.file_name()?.to_str()?.to_owned()));
    let known = knows.iter().rev().find(|run| runs.join(run).is_dir());
    if known == latest.as_ref() {
        return Ok(None);
    }
    let written = match known {
        Some(known) => point_latest(out, known),
        None => fs::remove_file(out.join("latest")),
    };
    written.map_err(cannot_write(&out.join("latest")))?;
    Ok(match (latest, known) {
        (Some(latest), _) if !knows.contains(&latest) => Some(Settled::Withdrawn(latest)),
        (_, known) => known.cloned().map(Settled::Completed),
    })
}

/// Gives a sealed folder its final name.
fn reveal(out: &Path, run_id: &str) -> Result<()> {
    let runs = out.join("runs");
    let (partial, finished) = (runs.join(format!("{run_id}{PARTIAL}")), runs.join(run_id));
    fs::rename(&partial, &finished).and_then(|()| flush_dir(&runs)).map_err(cannot_write(&finished))
}

/// The folder of the newest complete run below `out`; `None` before the first.
pub fn latest_run(out: &Path) -> Option<PathBuf> {
    let latest = out.join("latest");
    let named = match fs::read_link(&latest) {
        Ok(target) => target.file_name()?.to_str()?.to_owned(),
        Err(_) => fs::read_to_string(&latest).ok()?.trim().to_owned(),
    };
    Some(out.join("runs").join(named)).filter(|run| run.is_dir())
}

fn remove_stale(runs: &Path) -> io::Result<()> {
    for entry in fs::read_dir(runs)? {
        let path = entry?.path();
        if path.is_dir() && path.to_str().is_some_and(|name| name.ends_with(PARTIAL)) {
            fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}

/// Flushes every file below `dir`, then the folders that name them; whoever wrote them, they are their owner's.
fn flush_tree(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            flush_tree(&path)?;
        } else {
            private::restrict(&path)?;
            File::options().write(true).open(&path)?.sync_all()?;
        }
    }
    private::restrict(dir)?;
    flush_dir(dir)
}

#[cfg(unix)]
fn flush_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Folders cannot be opened for flushing; the rename itself is journalled.
#[cfg(not(unix))]
fn flush_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}

/// Replaces `latest` by rename, so that a reader sees the old run or the new one, never nothing.
fn point_latest(out: &Path, run_id: &str) -> io::Result<()> {
    let next = out.join("latest.next");
    match fs::remove_file(&next) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    write_pointer(&next, run_id)?;
    fs::rename(&next, out.join("latest"))?;
    flush_dir(out)
}

#[cfg(unix)]
fn write_pointer(path: &Path, run_id: &str) -> io::Result<()> {
    std::os::unix::fs::symlink(Path::new("runs").join(run_id), path)
}

#[cfg(not(unix))]
fn write_pointer(path: &Path, run_id: &str) -> io::Result<()> {
    fs::write(path, run_id)
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let file = path.display().to_string();
    move |cause| {
        Error::output(say!("无法写入: {cause}", "cannot be written: {cause}"))
            .at(Place::file(file))
            .remedy(say!("检查磁盘空间和写入权限", "check free space and permissions"))
    }
}

fn already_published(path: &Path) -> Error {
    Error::output(say!("该批次已发布", "a run of this id is already published"))
        .at(Place::file(path.display().to_string()))
        .remedy(say!("换一个批次号，或先移走旧批次", "use another run id, or move the old run away"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(out: &Path, run: &str) -> Staging {
        let staging = Staging::create(out, run).unwrap();
        fs::create_dir(staging.dir().join("data")).unwrap();
        fs::write(staging.dir().join("data/a.txt"), run).unwrap();
        staging.seal().unwrap();
        staging
    }

    fn published(out: &Path, run: &str) -> PathBuf {
        sealed(out, run).publish().unwrap()
    }

    fn latest(out: &Path) -> Option<String> {
        let run = latest_run(out)?;
        assert_eq!(fs::read_to_string(run.join("data/a.txt")).unwrap(), run.file_name()?.to_str()?);
        Some(run.file_name()?.to_str()?.to_owned())
    }

    fn settled(out: &Path, knows: &[&str]) -> Option<Settled> {
        let knows: Vec<String> = knows.iter().map(|run| (*run).to_owned()).collect();
        let settled = settle(out, &knows).unwrap();
        assert_eq!(settle(out, &knows).unwrap(), None, "nothing is left to do");
        settled
    }

    #[test]
    fn a_run_appears_whole_and_latest_follows() {
        let out = tempfile::tempdir().unwrap();
        for run in ["r1", "r2"] {
            let staging = sealed(out.path(), run);
            assert!(!out.path().join("runs").join(run).exists());
            assert_eq!(staging.publish().unwrap(), out.path().join("runs").join(run));
            assert_eq!(latest(out.path()).as_deref(), Some(run));
        }
        assert!(out.path().join("runs/r1").exists());
    }

    #[test]
    fn a_dead_run_leaves_the_last_one_and_is_swept() {
        let out = tempfile::tempdir().unwrap();
        published(out.path(), "r1");
        drop(sealed(out.path(), "r2"));
        assert_eq!(settled(out.path(), &["r1"]), None, "the ledger does not know it: it did not happen");
        assert_eq!(latest(out.path()).as_deref(), Some("r1"));
        let next = Staging::create(out.path(), "r3").unwrap();
        assert!(!out.path().join("runs/r2.partial").exists());
        next.discard().unwrap();
        assert!(Staging::create(out.path(), "r1").is_err());
    }

    #[test]
    fn a_refused_run_leaves_its_log_and_nothing_else() {
        let out = tempfile::tempdir().unwrap();
        let staging = sealed(out.path(), "r1");
        fs::write(staging.dir().join(LOG), "why").unwrap();
        staging.refuse().unwrap();
        assert_eq!(fs::read_to_string(out.path().join("refused/r1.jsonl")).unwrap(), "why");
        assert_eq!(fs::read_dir(out.path().join("runs")).unwrap().count(), 0);
    }

    #[test]
    fn what_the_ledger_knows_becomes_visible_wherever_it_was_stopped() {
        let out = tempfile::tempdir().unwrap();
        let completed = |run: &str| Some(Settled::Completed(run.to_owned()));
        drop(sealed(out.path(), "r1"));
        assert_eq!(settled(out.path(), &["r1"]), completed("r1"), "stopped before the first rename");
        assert_eq!(latest(out.path()).as_deref(), Some("r1"));
        drop(sealed(out.path(), "r2"));
        reveal(out.path(), "r2").unwrap();
        assert_eq!(latest(out.path()).as_deref(), Some("r1"));
        assert_eq!(settled(out.path(), &["r1", "r2"]), completed("r2"), "stopped before `latest`");
        assert_eq!(latest(out.path()).as_deref(), Some("r2"));
        assert_eq!(settled(out.path(), &["r1", "r2"]), None);
    }

    #[test]
    fn a_run_that_the_ledger_does_not_know_is_not_the_latest() {
        let out = tempfile::tempdir().unwrap();
        let withdrawn = |run: &str| Some(Settled::Withdrawn(run.to_owned()));
        published(out.path(), "r1");
        published(out.path(), "r2");
        assert_eq!(settled(out.path(), &[]), None, "no ledger: nothing to hold it against");
        assert_eq!(settled(out.path(), &["r0", "r1"]), withdrawn("r2"));
        assert_eq!(latest(out.path()).as_deref(), Some("r1"));
        assert_eq!(settled(out.path(), &["r0"]), withdrawn("r1"), "of the known runs no folder is left");
        assert_eq!(latest(out.path()), None);
        assert!(out.path().join("runs/r2").exists(), "nothing is deleted");
    }

    #[cfg(unix)]
    #[test]
    fn folders_belong_to_their_owner() {
        use std::os::unix::fs::PermissionsExt;
        let out = tempfile::tempdir().unwrap();
        let run = published(out.path(), "r1");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(&run), mode(&run.join("data"))], [0o700; 2]);
        assert_eq!(mode(&run.join("data/a.txt")), 0o600);
    }
}
