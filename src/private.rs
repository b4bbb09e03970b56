//! Files and folders that only their owner may read: whatever this program writes may hold personal data.
//!
//! Every writer makes its files here, so that none can forget; where the system knows no such rights, nothing is lost.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a file to write, or empties the one that is there.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let file = options().truncate(true).open(path)?;
    restrict(path)?;
    Ok(file)
}

/// How to open a file to write that may be new.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a folder, and those above it that are missing.
pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes everybody else's rights to a file or folder that is there; its owner's stay as they are.
#[cfg(unix)]
pub(crate) fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode();
    match mode & 0o077 {
        0 => Ok(()),
        _ => std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700)),
    }
}

#[cfg(not(unix))]
pub(crate) fn restrict(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_its_owners() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("a/b");
        create_dir(&folder).unwrap();
        assert_eq!([mode(&folder), mode(folder.parent().unwrap())], [0o700; 2]);
        let name = folder.join("c");
        create(&name).unwrap();
        assert_eq!(mode(&name), 0o600);
    }

    #[test]
    fn what_others_could_read_they_no_longer_can() {
        let scratch = tempfile::tempdir().unwrap();
        let name = scratch.path().join("c");
        std::fs::write(&name, "before").unwrap();
        std::fs::set_permissions(&name, std::fs::Permissions::from_mode(0o644)).unwrap();
        create(&name).unwrap();
        assert_eq!((mode(&name), std::fs::read_to_string(&name).unwrap()), (0o600, String::new()));
        std::fs::set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        restrict(scratch.path()).unwrap();
        assert_eq!(mode(scratch.path()), 0o700);
        std::fs::set_permissions(&name, std::fs::Permissions::from_mode(0o444)).unwrap();
        restrict(&name).unwrap();
        assert_eq!(mode(&name), 0o400, "what its owner made read-only stays so");
    }
}
