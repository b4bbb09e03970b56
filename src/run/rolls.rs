//! People on departments' rolls → who they are in the two systems, by the linker that links the systems.
//!
//! A roll repeats a person under different damage, and the linker gives each person one partner at most; so whoever was not
//! found is asked again, until nobody more is found. Who then has one undecided partner only, of the same name, is taken for
//! that one: rolls accuse nobody of being somebody else.

use std::collections::BTreeMap;

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use tracing::info;

use crate::engine::Engine;
use crate::error::Result;
use crate::link::{self, Model};
use crate::table::{Decision, Registry, RollLinks, Rolls};

/// Characters of a number that tell area and birth.
const STEM: usize = 14;
/// Times that those who were not found are asked again at most.
const ROUNDS: usize = 3;

/// Links everybody on the rolls to both systems.
pub(super) fn link(
    registries: [&Registry; 2],
    rolls: &Rolls,
    settings: &link::Settings,
    model: &Model,
) -> Result<RollLinks> {
    let mut links = RollLinks::default();
    for (side, registry) in registries.into_iter().enumerate() {
        links.members[side] = find(registry, rolls, settings, model)?;
    }
    Ok(links)
}

fn find(registry: &Registry, rolls: &Rolls, settings: &link::Settings, model: &Model) -> Result<Vec<Option<u32>>> {
    let mut found = sure(registry, rolls)?;
    let sure: Vec<(u32, u32)> = found.iter().zip(0_u32..).filter_map(|(row, person)| Some(((*row)?, person))).collect();
    let respelt = link::places::by_people(&registry.members, &rolls.people, &sure, settings)?;
    let listed = respelt.as_ref().unwrap_or(&rolls.people);
    let mut undecided: Vec<(u32, u32)> = Vec::new();
    for _ in 0..ROUNDS {
        let asked: Vec<u32> =
            (0_u32..).zip(&found).filter(|(_, row)| row.is_none()).map(|(person, _)| person).collect();
        if asked.is_empty() {
            break;
        }
        let people = listed.take(&IdxCa::from_slice("".into(), &asked))?;
        let candidates = candidates(&registry.members, &people)?;
        let members = registry.members.take(&IdxCa::from_slice("".into(), &candidates))?;
        let linkage = link::look_up(&members, &people, settings, model, Engine::Pool)?;
        let pairs = |decision: Decision| {
            let decided = linkage.members.iter().filter(move |link| link.decision == decision);
            decided.map(|link| (asked[link.right as usize], candidates[link.left as usize]))
        };
        let matches: Vec<(u32, u32)> = pairs(Decision::Match).collect();
        info!(stage = "rolls", side = registry.side.word(), asked = asked.len(), found = matches.len());
        matches.iter().for_each(|(person, member)| found[*person as usize] = Some(*member));
        undecided = pairs(Decision::Review).collect();
        if matches.is_empty() {
            break;
        }
    }
    undecided.retain(|(person, _)| found[*person as usize].is_none());
    take_only_candidates(registry, rolls, undecided.into_iter(), &mut found)?;
    Ok(found)
}

/// Those whose trustworthy number and name both stand in the registry: the linker would say nothing else, and most people on
/// a roll are such.
fn sure(registry: &Registry, rolls: &Rolls) -> Result<Vec<Option<u32>>> {
    let column = |frame: &'_ DataFrame, name: &str| frame.column(name).and_then(Column::str).cloned();
    let (numbers, names) = (column(&registry.members, "id18")?, column(&registry.members, "name_key")?);
    let mut known: FxHashMap<(&str, &str), u32> = FxHashMap::default();
    for (row, key) in (0_u32..).zip(numbers.iter().zip(names.iter())) {
        if let (Some(number), Some(name)) = key {
            known.entry((number, name)).or_insert(row);
        }
    }
    if rolls.people.height() == 0 {
        return Ok(Vec::new());
    }
    let (numbers, names) = (column(&rolls.people, "id18")?, column(&rolls.people, "name_key")?);
    let find = |(number, name): (Option<&str>, Option<&str>)| known.get(&(number?, name?)).copied();
    Ok(numbers.iter().zip(names.iter()).map(find).collect())
}

/// Rows of the registry that share a name, or most of a number, with anybody who is asked for: the others are not worth
/// the linker's time.
fn candidates(members: &DataFrame, people: &DataFrame) -> Result<Vec<u32>> {
    let keys = |frame: &DataFrame| -> Result<Vec<[Option<String>; 2]>> {
        let (names, numbers) = (frame.column("name_key")?.str()?.clone(), frame.column("id18")?.str()?.clone());
        let written = frame.column("id_no").and_then(Column::str).cloned().unwrap_or_else(|_| numbers.clone());
        let numbers = numbers.iter().zip(written.iter()).map(|(number, written)| number.or(written));
        let stem = |number: Option<&str>| number.map(|number| number.chars().take(STEM).collect::<String>());
        Ok(names.iter().zip(numbers).map(|(name, number)| [name.map(str::to_owned), stem(number)]).collect())
    };
    let asked: FxHashSet<String> = keys(people)?.into_iter().flatten().flatten().collect();
    let is_candidate = |keys: &[Option<String>; 2]| keys.iter().flatten().any(|key| asked.contains(key));
    Ok((0_u32..).zip(keys(members)?).filter(|(_, keys)| is_candidate(keys)).map(|(row, _)| row).collect())
}

/// Of the undecided pairs, those that are a person's only one and agree in name.
fn take_only_candidates(
    registry: &Registry,
    rolls: &Rolls,
    undecided: impl Iterator<Item = (u32, u32)>,
    found: &mut [Option<u32>],
) -> Result<()> {
    let names = [&rolls.people, &registry.members].map(|frame| frame.column("name_key").and_then(Column::str));
    let [listed, registered] = names;
    if found.is_empty() {
        return Ok(());
    }
    let (listed, registered) = (listed?, registered?);
    let mut candidates: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    undecided.for_each(|(person, member)| candidates.entry(person).or_default().push(member));
    for (person, members) in candidates {
        let name = listed.get(person as usize);
        if let [member] = members[..]
            && name.is_some()
            && name == registered.get(member as usize)
        {
            found[person as usize] = Some(member);
        }
    }
    Ok(())
}
