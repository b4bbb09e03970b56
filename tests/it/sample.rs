//! The sample data are what their README says: made by the command written there, byte for byte.

use std::fs;

use super::util::{DONE, Project, files, shipped};

/// The command of the README, without the program's name and the folder.
fn command() -> Vec<String> {
    let readme = fs::read_to_string(shipped("sample-data/README.md")).unwrap();
    let line = readme.lines().find(|line| line.starts_with("hedui synth ")).expect("the command");
    let words: Vec<String> = line.split_whitespace().skip(1).map(str::to_owned).collect();
    let (out, command) = words.split_last().unwrap();
    assert_eq!(out, "sample-data");
    command.to_vec()
}

#[test]
fn the_command_makes_the_same_files_again() {
    let project = Project::empty();
    let command = command();
    let args: Vec<&str> = command.iter().map(String::as_str).chain(["made"]).collect();
    project.hedui(&args).exits(DONE);
    for folder in ["national", "provincial", "rolls", "truth"] {
        let made = files(&project.path("made").join(folder));
        let tracked = files(&shipped("sample-data").join(folder));
        assert_eq!(made.keys().collect::<Vec<_>>(), tracked.keys().collect::<Vec<_>>());
        for (name, bytes) in &made {
            assert!(tracked[name] == *bytes, "{folder}/{name} differs");
        }
    }
}

#[test]
fn the_sample_is_small_enough_to_clone() {
    let sizes: Vec<usize> = files(&shipped("sample-data")).values().map(Vec::len).collect();
    assert!(sizes.iter().sum::<usize>() < 5 << 20, "{sizes:?}");
    assert!(sizes.iter().all(|size| *size < 2 << 20), "{sizes:?}");
}
