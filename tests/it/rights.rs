//! What the program writes may hold personal data: folders and files are their owner's only.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::util::{DONE, Project};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// Everything below a folder that somebody else may read, and how much there is in all.
fn open_to_others(path: &Path, found: &mut Vec<String>) -> usize {
    let kind = fs::symlink_metadata(path).unwrap().file_type();
    if !kind.is_symlink() && mode(path) != if kind.is_dir() { 0o700 } else { 0o600 } {
        found.push(format!("{} {:o}", path.display(), mode(path)));
    }
    match kind.is_dir() {
        false => 1,
        true => fs::read_dir(path).unwrap().map(|entry| open_to_others(&entry.unwrap().path(), found)).sum(),
    }
}

#[track_caller]
fn is_private(folder: &Path, at_least: usize) {
    let mut found = Vec::new();
    let files = open_to_others(folder, &mut found);
    assert!(files >= at_least, "{files} files in {}", folder.display());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn results_are_their_owners() {
    let project = Project::small();
    let out = project.path("out");
    project.run().exits(DONE);
    is_private(&out, 18);
    // As an earlier release left them.
    for (path, rights) in [(out.clone(), 0o755), (out.join("ledger.sqlite"), 0o644), (out.join(".lock"), 0o644)] {
        fs::set_permissions(path, fs::Permissions::from_mode(rights)).unwrap();
    }
    project.run().exits(DONE);
    is_private(&out, 32);
}

#[test]
fn links_and_synthetic_registries_are_their_owners() {
    let project = Project::small();
    project.hedui(&["link", "pipelines/county.toml", "--input", "input", "--out", "links"]).exits(DONE);
    is_private(&project.path("links"), 6);
    for format in ["xlsx", "csv", "parquet"] {
        let out = format!("made/{format}");
        project.hedui(&["synth", "--quiet", "--households", "20", "--seed", "1", "--format", format, "--out", &out]);
        is_private(&project.path(&out), 6);
    }
}
