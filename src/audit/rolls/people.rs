//! People on rolls as such: whom neither system has, and registered people who are on a roll of property.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evidence, completed, count, is_on};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::places::place_key;
use crate::audit::rules::{roll_insider, roll_outsider};
use crate::audit::sink::Sink;
use crate::audit::view::{NONE, Texts};
use crate::normalise::Shape;
use crate::normalise::aside::Known;
use crate::table::words::Value;
use crate::table::{CorrectIn, Roll, RollRecord, Side, Sort, Words};
use crate::words;

/// Lists both kinds of people, once for each roll.
pub(super) fn judge(facts: &Facts<'_>, evidence: Evidence<'_>, sink: &mut Sink) {
    let Evidence { rolls, links, .. } = evidence;
    let who = Who::of(facts, evidence);
    let (mut judged, mut insiders) = ([0, 0], FxHashSet::default());
    let mut seen: FxHashSet<(u32, u32)> = FxHashSet::default();
    for record in rolls.records.iter().filter(|record| seen.insert((record.roll, record.person))) {
        let roll = &rolls.rolls[record.roll as usize];
        if roll.outsiders.is_some() {
            sink.listed.push(who.entry(roll, record.person));
        }
        let found = [0, 1].map(|side| links.members[side].get(record.person as usize).copied().flatten());
        let members = completed(facts, found.map(|row| row.unwrap_or(NONE)));
        let is_live = (0..2).any(|side| members[side] != NONE && !facts.sides[side].gone[members[side] as usize]);
        match (&roll.outsiders, &roll.insiders) {
            (Some(reason), _)
                if members == [NONE; 2]
                    && is_on(facts, &roll_outsider::RULE)
                    && !who.may_be_registered(record.person)
                    && !who.is_set_aside(evidence, record.person) =>
            {
                who.list_outsider(facts, evidence, record, reason, sink);
            }
            (_, Some(reason))
                if is_live && is_on(facts, &roll_insider::RULE) && insiders.insert((record.roll, members)) =>
            {
                let say = say(roll, reason, &place(evidence, record));
                let say = Say { detail: &roll.id, ..say };
                sink.push(facts, roll_insider::RULE.head(), None, Subject::people(facts, members), say);
            }
            _ => {}
        }
        judged[0] += usize::from(roll.outsiders.is_some());
        judged[1] += usize::from(roll.insiders.is_some());
    }
    count(sink, roll_outsider::RULE.id, judged[0]);
    count(sink, roll_insider::RULE.id, judged[1]);
}

fn say(roll: &Roll, reason: &str, place: &Words) -> Say<'static> {
    let Roll { title, holder, .. } = roll;
    let [reason, holder, title] = [reason, holder, title].map(Value::Configured);
    let message = words!("{}。依据：{}《{}》{}", reason, holder, &title, place);
    let mut say = Say::new(CorrectIn::Visit, message, "请入户核实后填写核实结果；本条只是线索，不作认定");
    say.values = [None, Some(title.into())];
    say
}

fn place(evidence: Evidence<'_>, record: &RollRecord) -> Words {
    let file = evidence.rolls.origins.get(record.sheet_ix as usize).map_or("", |origin| origin.file.as_str());
    words!("{} 第{}行", Sort::Text.of(file), record.row)
}

/// What rolls print of their people, and what the systems call their villages.
struct Who {
    name: Texts,
    name_key: Texts,
    id_text: Texts,
    id_no: Texts,
    id18: Texts,
    township: Texts,
    village: Texts,
    known: FxHashMap<(String, String), u32>,
    towns: BTreeMap<String, String>,
    /// Names of registered people by village, and by township.
    registered: [FxHashSet<(String, String)>; 2],
    /// Villages that a system knows.
    villages: FxHashSet<String>,
}

impl Who {
    fn of(facts: &Facts<'_>, evidence: Evidence<'_>) -> Self {
        let people = &evidence.rolls.people;
        let text = |name: &str| Texts::of(people, name).unwrap_or_default();
        let (mut known, mut towns, mut villages) = (FxHashMap::default(), BTreeMap::new(), FxHashSet::default());
        for place in 1..facts.places.count() as u32 {
            let (township, village) = facts.places.name(place);
            towns.entry(place_key(township)).or_insert_with(|| township.to_owned());
            known.insert((place_key(township), place_key(village)), place);
            villages.insert(place_key(village));
        }
        let mut registered = [FxHashSet::default(), FxHashSet::default()];
        for (side, view) in facts.sides.iter().enumerate() {
            for member in 0..view.member_count() {
                let (township, village) = facts.places.name(facts.places.of_member(side, member));
                let printed = view.village.get(view.household_of(member)).unwrap_or_default();
                if let Some(name) = view.name_key.get(member) {
                    // A village that one system has renamed is still known to rolls by its former name.
                    registered[0].insert((name.to_owned(), place_key(village)));
                    registered[0].insert((name.to_owned(), place_key(printed)));
                    registered[1].insert((name.to_owned(), place_key(township)));
                }
            }
        }
        Self {
            registered,
            villages,
            name: text("name"),
            name_key: text("name_key"),
            id_text: text("id_no_text"),
            id_no: text("id_no"),
            id18: text("id18"),
            township: text("township"),
            village: text("village"),
            known,
            towns,
        }
    }
    /// Township and village as the systems spell them, where they know them.
    fn home(&self, facts: &Facts<'_>, person: u32) -> [Option<String>; 2] {
        let printed = [self.township.get(person), self.village.get(person)];
        let key = printed.map(|place| place.map(place_key).unwrap_or_default());
        if let Some(place) = self.known.get(&(key[0].clone(), key[1].clone())) {
            let (township, village) = facts.places.name(*place);
            return [township, village].map(|name| Some(name.to_owned()).filter(|name| !name.is_empty()));
        }
        let township = self.towns.get(&key[0]).cloned().or_else(|| printed[0].map(str::to_owned));
        [township.filter(|name| !name.is_empty()), printed[1].map(str::to_owned)]
    }
    /// Whether the roll's number proves nothing, and somebody of that name lives in that village; where no system knows the
    /// village (it was renamed), in that township.
    fn may_be_registered(&self, person: u32) -> bool {
        let key = |place: Option<&str>| place.map(place_key).unwrap_or_default();
        let name = self.name_key.get(person).unwrap_or_default().to_owned();
        let village = key(self.village.get(person));
        let is_registered = match self.villages.contains(&village) {
            true => self.registered[0].contains(&(name, village)),
            false => self.registered[1].contains(&(name, key(self.township.get(person)))),
        };
        self.id18.get(person).is_none() && is_registered
    }
    /// Whether a row of either system that was set aside may be this person's.
    fn is_set_aside(&self, evidence: Evidence<'_>, person: u32) -> bool {
        let known = Known {
            id18: self.id18.get(person),
            id_no: self.id_no.get(person),
            name_key: self.name_key.get(person),
            village: self.village.get(person),
            ..Known::default()
        };
        Side::BOTH.into_iter().any(|side| evidence.aside.about(side, Shape::Person, None, &known).is_some())
    }
    /// What tells a person on a roll from others: what the roll itself prints, whatever the systems call the village.
    fn entry(&self, roll: &Roll, person: u32) -> String {
        let key = match self.id18.get(person) {
            Some(id18) => id18.to_owned(),
            None => [self.name_key.get(person), self.village.get(person)].map(Option::unwrap_or_default).join("|"),
        };
        format!("{}|{key}", roll.id)
    }
    fn list_outsider(
        &self,
        facts: &Facts<'_>,
        evidence: Evidence<'_>,
        record: &RollRecord,
        reason: &str,
        sink: &mut Sink,
    ) {
        let (person, roll) = (record.person, &evidence.rolls.rolls[record.roll as usize]);
        let [township, village] = self.home(facts, person);
        let detail = self.entry(roll, person);
        let say = Say { detail: &detail, ..say(roll, reason, &place(evidence, record)) };
        let text = |column: &Texts| column.get(person).map(str::to_owned);
        let person = [text(&self.name), text(&self.id_text), township, village];
        sink.push_outsider(facts, roll_outsider::RULE.head(), person, say);
    }
}
