//! One run at a time per results folder: an operating-system lock on `<out>/.lock`, freed when the process ends.
//!
//! Whoever takes it also sees to it that a results folder made by an earlier release is its owner's only. A folder that
//! holds no lock yet was somebody else's before, and keeps its rights: everything made inside is private anyway.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;

use crate::error::{Error, Kind, Place, Result};
use crate::{private, say};

/// Held for the whole run.
pub(super) struct Lock(#[expect(dead_code, reason = "held, never read: dropping it frees the lock")] File);

/// Takes the lock, creating the results folder when it is new.
pub(super) fn take(out: &Path, run_id: &str) -> Result<Lock> {
    let place = || Place::file(out.display().to_string());
    let unusable = |cause: std::io::Error| {
        Error::output(say!("结果文件夹不能用: {cause}", "cannot use the results folder: {cause}"))
            .at(place())
            .remedy(say!("检查权限，或用 --out 另选", "check its permissions, or choose another with --out"))
    };
    private::create_dir(out).map_err(unusable)?;
    let path = out.join(".lock");
    let is_results_folder = path.exists();
    let mut file = private::options().truncate(false).open(&path).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::new(
                Kind::Locked,
                say!("另一次核对正在用这个结果文件夹", "another run is using this results folder"),
            )
            .at(place())
            .remedy(say!("等它结束后再运行", "run again when it has ended")));
        }
        Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
    }
    if is_results_folder {
        // Somebody who may write here without owning it cannot change its rights, and need not.
        let _ = private::restrict(out).and_then(|()| private::restrict(&path));
    }
    // Whatever the folder was before, these are this program's.
    let _ = private::restrict(&out.join("runs"));
    let _ = private::restrict(&super::start::ledger_in(out));
    // The content only tells a curious person which run holds the lock.
    file.set_len(0).and_then(|()| file.write_all(run_id.as_bytes())).map_err(unusable)?;
    Ok(Lock(file))
}
