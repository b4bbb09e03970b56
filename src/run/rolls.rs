//! People on departments' rolls → who they are in the two systems, by the linker that links the systems.
//!
//! A roll repeats a person under different damage, and the linker gives each person one partner at most; so whoever was not
//! found is asked again, until nobody more is found. Who then has one undecided partner only, of the same name, is taken for
//! that one: rolls accuse nobody of being somebody else.

use std::collections::BTreeMap;

use polars::prelude::*;

use crate::engine::Engine;
use crate::error::Result;
use crate::link::{self, Known, Model};
use crate::table::{Decision, Registry, RollLinks, Rolls};

/// Times that those who were not found are asked again at most.
const ROUNDS: usize = 4;

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
    let mut found = vec![None; rolls.people.height()];
    for _ in 0..ROUNDS {
        let asked: Vec<u32> =
            (0_u32..).zip(&found).filter(|(_, row)| row.is_none()).map(|(person, _)| person).collect();
        if asked.is_empty() {
            break;
        }
        let people = rolls.people.take(&IdxCa::from_slice("".into(), &asked))?;
        let known = Known { model: Some(model), rulings: &[] };
        let linked = link::link(&registry.members, &people, settings, known, Engine::Pool)?;
        let pairs = |decision: Decision| {
            let decided = linked.linkage.members.iter().filter(move |link| link.decision == decision);
            decided.map(|link| (asked[link.right as usize], link.left))
        };
        let matches: Vec<(u32, u32)> = pairs(Decision::Match).collect();
        matches.iter().for_each(|(person, member)| found[*person as usize] = Some(*member));
        if matches.is_empty() {
            take_only_candidates(registry, rolls, pairs(Decision::Review), &mut found)?;
            break;
        }
    }
    Ok(found)
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
