//! Publication: a run becomes visible by one rename.
//!
//! ```text
//! <out>/runs/<run_id>.partial/   written here, file by file
//! <out>/runs/<run_id>/           after `commit`: everything flushed to disk, then renamed
//! <out>/latest                   replaced last: a symbolic link
//! ```
//!
//! Where links need rights, `latest` is a text file that holds the run id.
//!
//! A kill at any instant leaves the last run whole: at worst a `.partial` folder stays behind, and the next
//! [`Staging::create`] removes it. The caller holds the lock of `<out>`, so no live run owns a stale folder. Folders
//! are made readable by their owner only where the system knows such a thing: worklists hold personal data.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::say;

const PARTIAL: &str = ".partial";

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
        private_dir(&runs).map_err(cannot_write(&runs))?;
        remove_stale(&runs).map_err(cannot_write(&runs))?;
        let finished = runs.join(run_id);
        if finished.exists() {
            return Err(already_published(&finished));
        }
        let partial = runs.join(format!("{run_id}{PARTIAL}"));
        private_dir(&partial).map_err(cannot_write(&partial))?;
        Ok(Self { out: out.to_owned(), run_id: run_id.to_owned(), partial })
    }

    /// Where to write.
    pub fn dir(&self) -> &Path {
        &self.partial
    }

    /// Flushes every file, renames the folder to its final name, and points `latest` to it. Returns the final folder.
    ///
    /// # Errors
    /// When a file cannot be flushed or a rename fails; the last published run is then still in place.
    pub fn commit(self) -> Result<PathBuf> {
        let runs = self.out.join("runs");
        let finished = runs.join(&self.run_id);
        flush_tree(&self.partial).map_err(cannot_write(&self.partial))?;
        fs::rename(&self.partial, &finished).map_err(cannot_write(&finished))?;
        flush_dir(&runs).map_err(cannot_write(&runs))?;
        point_latest(&self.out, &self.run_id).map_err(cannot_write(&self.out.join("latest")))?;
        Ok(finished)
    }

    /// Removes what was written: the run failed before it had anything to publish.
    ///
    /// # Errors
    /// When the folder cannot be removed.
    pub fn discard(self) -> Result<()> {
        fs::remove_dir_all(&self.partial).map_err(cannot_write(&self.partial))
    }
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

#[cfg(unix)]
fn private_dir(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Flushes every file below `dir`, then the folders that name them.
fn flush_tree(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            flush_tree(&path)?;
        } else {
            File::options().write(true).open(&path)?.sync_all()?;
        }
    }
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

    #[test]
    fn a_run_appears_whole_and_latest_follows() {
        let out = tempfile::tempdir().unwrap();
        for run in ["r1", "r2"] {
            let staging = Staging::create(out.path(), run).unwrap();
            fs::create_dir(staging.dir().join("data")).unwrap();
            fs::write(staging.dir().join("data/a.txt"), run).unwrap();
            assert!(!out.path().join("runs").join(run).exists());
            let finished = staging.commit().unwrap();
            assert_eq!(fs::read_to_string(finished.join("data/a.txt")).unwrap(), run);
            assert_eq!(latest_run(out.path()), Some(out.path().join("runs").join(run)));
        }
        assert!(out.path().join("runs/r1").exists());
    }

    #[test]
    fn a_dead_run_leaves_the_last_one_and_is_swept() {
        let out = tempfile::tempdir().unwrap();
        Staging::create(out.path(), "r1").unwrap().commit().unwrap();
        let dead = Staging::create(out.path(), "r2").unwrap();
        fs::write(dead.dir().join("half.txt"), "x").unwrap();
        drop(dead);
        assert_eq!(latest_run(out.path()), Some(out.path().join("runs/r1")));
        let next = Staging::create(out.path(), "r3").unwrap();
        assert!(!out.path().join("runs/r2.partial").exists());
        next.discard().unwrap();
        assert!(Staging::create(out.path(), "r1").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn folders_belong_to_their_owner() {
        use std::os::unix::fs::PermissionsExt;
        let out = tempfile::tempdir().unwrap();
        let staging = Staging::create(out.path(), "r1").unwrap();
        assert_eq!(fs::metadata(staging.dir()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
