//! Guard rails before an export is trusted: mostly unusable files, missing townships, a shrunken registry, two exports
//! of the same people.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::{Column, DataFrame};
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::input::Loaded;
use crate::error::{Error, Place, Result};
use crate::pipeline::Plan;
use crate::say;
use crate::table::{Registry, RowClass, Side};

/// What the last run's manifest is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Previous {
    /// Hash of all that decided its results.
    pub(super) fingerprint: String,
    /// People by side.
    #[serde(default)]
    pub(super) members: [u64; 2],
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
    errors.extend(shrunken(plan, loaded));
    errors.extend(loaded.registries.iter().flat_map(exported_twice));
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

/// For each data year but the newest, the townships of which both sides delivered it.
pub(super) fn townships_of_earlier_years([national, provincial]: &[Registry; 2]) -> BTreeMap<i32, BTreeSet<String>> {
    let of_side = |registry: &Registry| -> BTreeMap<i32, BTreeSet<String>> {
        let years = registry.earlier.iter();
        years.map(|year| (year.year, places(&year.members).into_iter().flatten().collect())).collect()
    };
    let (national, provincial) = (of_side(national), of_side(provincial));
    let both = |(year, townships): (i32, BTreeSet<String>)| {
        let others = provincial.get(&year)?;
        Some((year, townships.intersection(others).cloned().collect()))
    };
    national.into_iter().filter_map(both).collect()
}

/// The township of each row, as printed.
fn places(members: &DataFrame) -> Vec<Option<String>> {
    let column = members.column("township").and_then(Column::str);
    column.map(|places| places.iter().map(|place| place.map(str::to_owned)).collect()).unwrap_or_default()
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
    let too_many = |rows: &[u64; 2]| rows[1] as f64 * 100.0 > limit * (rows[0] + rows[1]) as f64;
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

fn shrunken(plan: &Plan, loaded: &Loaded) -> Vec<Error> {
    let Some(previous) = previous(&plan.out) else { return Vec::new() };
    let limit = plan.guard.max_shrink_percent;
    let mut errors = Vec::new();
    for side in Side::BOTH {
        let (before, now) = (previous.members[side.index()], loaded.registries[side.index()].people());
        if (now as f64) < before as f64 * (1.0 - limit / 100.0) {
            let (title, word) = (side.title(), side.word());
            errors.push(
                Error::input(say!(
                    "{title}上次有 {before} 人，这次只有 {now} 人，减少超过 {limit}%",
                    "{word}: {before} people in the last run, {now} now: more than {limit} % fewer"
                ))
                .at(Place::file(plan.input.display().to_string()))
                .remedy(say!(
                    "检查是否漏了乡镇；确实减少则调大 guard.max_shrink_percent",
                    "check for a missing township; if it is right, raise guard.max_shrink_percent"
                )),
            );
        }
    }
    errors
}

/// Two files of one side that hold mostly the same people: an old export beside a new one.
fn exported_twice(registry: &Registry) -> Vec<Error> {
    let (people, shared) = people_by_file(registry);
    let mut errors = Vec::new();
    for ((first, second), shared) in shared {
        let smaller = people[&first].min(people[&second]);
        if smaller >= MIN_PEOPLE && shared * 2 > smaller {
            errors.push(
                Error::input(say!(
                    "与 {first} 有 {shared} 人相同（共 {smaller} 人）：同一乡镇的两次导出",
                    "shares {shared} of {smaller} people with {first}: two exports of one township"
                ))
                .at(Place::file(second))
                .remedy(say!("只留较新的一份", "keep the newer one only")),
            );
        }
    }
    errors
}

/// Below this many people a file is too small to be judged a second export.
const MIN_PEOPLE: usize = 20;

type PeopleByFile<'a> = BTreeMap<&'a str, usize>;
type SharedByFiles<'a> = BTreeMap<(&'a str, &'a str), usize>;

/// Trustworthy identifiers in each file, and how many each pair of files shares.
fn people_by_file(registry: &Registry) -> (PeopleByFile<'_>, SharedByFiles<'_>) {
    let (mut people, mut shared) = (BTreeMap::new(), BTreeMap::new());
    let column = |name: &str| registry.members.column(name);
    let (Ok(identifiers), Ok(sheets)) = (column("id18"), column("sheet_ix")) else { return (people, shared) };
    let (Ok(identifiers), Ok(sheets)) = (identifiers.str(), sheets.u32()) else { return (people, shared) };
    let mut first_file: FxHashMap<&str, &str> = FxHashMap::default();
    for (identifier, sheet) in identifiers.iter().zip(sheets.iter()) {
        let (Some(identifier), Some(sheet)) = (identifier, sheet) else { continue };
        let file = registry.origins[sheet as usize].file.as_str();
        *people.entry(file).or_default() += 1;
        let first = *first_file.entry(identifier).or_insert(file);
        if first != file {
            *shared.entry((first, file)).or_default() += 1;
        }
    }
    (people, shared)
}
