//! What lies in the input folders and is read by nobody: a file that no pattern names, a folder that cannot be entered,
//! a name that is no text. A delivery that was saved under another name is missing without a word otherwise.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::input::shown;
use crate::error::Text;
use crate::pipeline::Plan;
use crate::say;
use crate::table::SheetNote;

/// A file or folder, and why it is not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unclaimed {
    /// Path relative to the input folder, every character of it visible.
    pub(super) file: String,
    reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    NoPattern,
    NoText,
    NoFile,
    Unreadable,
}

impl Unclaimed {
    /// As a remark on the run's files.
    pub(super) fn note(&self) -> SheetNote {
        SheetNote { file: self.file.clone(), sheet: String::new(), text: self.text() }
    }

    /// For a person.
    pub(super) fn text(&self) -> Text {
        match self.reason {
            Reason::NoPattern => {
                say!("没有一处 [[source]] 的 files 用到它，未读取", "no `files` of any [[source]] names it, not read")
            }
            Reason::NoText => {
                say!("文件名不是 UTF-8，未读取；请改名", "its name is not UTF-8, not read: rename it")
            }
            Reason::NoFile => {
                say!(
                    "不是普通文件（管道、设备或失效的链接），未读取",
                    "not a regular file, or a link to none: not read"
                )
            }
            Reason::Unreadable => {
                say!("读不了这个文件夹，其中的文件未读取", "this folder cannot be read, nor what is in it")
            }
        }
    }
}

/// Everything in the folders that the patterns name which is not among the files to read; sorted.
pub(super) fn find(plan: &Plan, claimed: &BTreeSet<&Path>) -> Vec<Unclaimed> {
    let patterns = plan.sources.iter().flat_map(|source| &source.files);
    let folders: BTreeSet<PathBuf> = patterns.map(|pattern| literal_folder(pattern)).collect();
    let mut search = Search { input: &plan.input, out: &plan.out, claimed, found: BTreeSet::new() };
    for folder in folders {
        // The input folder itself may be anything's folder: only what lies in it directly is its own.
        let is_input = folder.as_os_str().is_empty();
        search.look(&plan.input.join(&folder), !is_input);
    }
    search.found.into_iter().collect()
}

/// The folders of a pattern before its first wildcard.
fn literal_folder(pattern: &str) -> PathBuf {
    let path = Path::new(pattern);
    let folder = path.parent().unwrap_or(Path::new(""));
    let is_literal = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    folder.components().take_while(is_literal).collect()
}

struct Search<'s> {
    input: &'s Path,
    out: &'s Path,
    claimed: &'s BTreeSet<&'s Path>,
    found: BTreeSet<Unclaimed>,
}

impl Search<'_> {
    fn look(&mut self, folder: &Path, is_deep: bool) {
        if folder == self.out {
            return;
        }
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return,
            Err(_) => return self.add(folder, Reason::Unreadable),
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let is_hidden = path.file_name().is_some_and(is_ours_to_ignore);
            if is_hidden || self.claimed.contains(path.as_path()) {
                continue;
            }
            if path.is_dir() {
                if is_deep && !path.is_symlink() {
                    self.look(&path, true);
                }
            } else if !path.is_file() {
                self.add(&path, Reason::NoFile);
            } else if path.to_str().is_none() {
                self.add(&path, Reason::NoText);
            } else {
                self.add(&path, Reason::NoPattern);
            }
        }
    }

    fn add(&mut self, path: &Path, reason: Reason) {
        let shown = shown(self.input, path);
        let visible = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
        self.found.insert(Unclaimed { file: shown.chars().map(visible).collect(), reason });
    }
}

/// Whether a name is of those that programs leave behind: hidden files, locks of office programs.
fn is_ours_to_ignore(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') || name.starts_with("~$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_s_folder_ends_before_its_first_wildcard() {
        for (pattern, folder) in [
            ("national/*.xlsx", "national"),
            ("*.csv", ""),
            ("a/b/**/c/*.xls", "a/b"),
            ("2018/国办/人[0-9].xlsx", "2018/国办"),
        ] {
            assert_eq!(literal_folder(pattern), Path::new(folder), "{pattern}");
        }
    }

    #[test]
    fn what_nobody_reads_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let input = folder.path();
        std::fs::create_dir_all(input.join("old")).expect("a folder");
        for name in ["a.xlsx", "old/b.xlsx", "~$a.xlsx", ".hidden", "c\n.csv"] {
            std::fs::write(input.join(name), "").expect("a file");
        }
        let a = input.join("a.xlsx");
        let claimed: BTreeSet<&Path> = [a.as_path()].into();
        let found = |is_deep: bool| {
            let mut search = Search { input, out: Path::new("/out"), claimed: &claimed, found: BTreeSet::new() };
            search.look(input, is_deep);
            search.found.into_iter().map(|unclaimed| unclaimed.file).collect::<Vec<_>>()
        };
        assert_eq!(found(true), ["c\\n.csv", "old/b.xlsx"]);
        assert_eq!(found(false), ["c\\n.csv"]);
    }
}
