//! What the rolls say, entry by entry: a person, an item and a year.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::held::{Held, Record, Whose};
use super::{Covered, Evidence, completed, count, is_on, sought_year};
use crate::audit::benefits::{Books, Bounds, Noticed};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::fields::compare::near;
use crate::audit::rules::{roll_amount, roll_extra, roll_missing};
use crate::audit::sink::Sink;
use crate::audit::view::{NONE, Texts};
use crate::error::Result;
use crate::table::words::Value;
use crate::table::{Scope, Sort, Words};
use crate::words;

/// Entries that one part judges.
const PART_ENTRIES: usize = 1 << 14;

/// An item, a year and a township: what one roll speaks for.
type RollKey<'f> = (u32, Option<i32>, &'f str);

/// Item, year, rows of both sides, roll, and the place of a record.
type Keyed = (u32, Option<i32>, [u32; 2], u32, usize);

/// Everything the rolls say of one person, item and year.
pub(super) struct Entry {
    pub(super) item: u32,
    pub(super) year: Option<i32>,
    /// Rows of both sides.
    pub(super) members: [u32; 2],
    records: usize,
    fen: Option<i64>,
    /// First record, for the place.
    first: usize,
}

/// All entries, by item, year and person.
pub(super) struct Listed {
    pub(super) entries: Vec<Entry>,
    /// Names under which nobody of the platform was found, by item and year: their namesakes are not accused.
    undecided: FxHashMap<(u32, Option<i32>), FxHashSet<String>>,
}

impl Listed {
    /// Gathers the records of all rolls by person, item and year.
    pub(super) fn of(facts: &Facts<'_>, evidence: Evidence<'_>, books: &Books) -> Self {
        let Evidence { rolls, links, .. } = evidence;
        let codes: Vec<Option<u32>> = rolls.items.iter().map(|item| books.code(item)).collect();
        let names = Texts::of(&rolls.people, "name_key").unwrap_or_default();
        let mut undecided: FxHashMap<_, FxHashSet<String>> = FxHashMap::default();
        let mut keyed: Vec<Keyed> = Vec::with_capacity(rolls.records.len());
        for (at, record) in rolls.records.iter().enumerate() {
            let Some(item) = record.item.and_then(|item| codes[item as usize]) else { continue };
            let found = [0, 1].map(|side| links.members[side].get(record.person as usize).copied().flatten());
            let members = completed(facts, found.map(|row| row.unwrap_or(NONE)));
            let year = sought_year(books, item, record.year);
            if let (NONE, Some(name)) = (members[1], names.get(record.person)) {
                undecided.entry((item, year)).or_default().insert(name.to_owned());
            }
            // Nobody's entries are the suspects' business.
            if members != [NONE; 2] {
                keyed.push((item, year, members, record.roll, at));
            }
        }
        keyed.par_sort_unstable();
        let entry = |same: &[Keyed]| {
            let (item, year, members, _, first) = same[0];
            let fen = same.iter().map(|(.., at)| rolls.records[*at].amount_fen).sum();
            Entry { item, year, members, records: same.len(), fen, first }
        };
        let entries = keyed.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2)).map(entry).collect();
        Self { entries, undecided }
    }
    /// The items, years and townships for which a roll speaks.
    pub(super) fn covered(&self, facts: &Facts<'_>) -> Covered {
        let key = |entry: &Entry| (entry.item, entry.year, home(facts, entry.members));
        let keys: FxHashSet<(u32, Option<i32>, &str)> = self.entries.iter().map(key).collect();
        keys.into_iter().map(|(item, year, township)| (item, year, township.to_owned())).collect()
    }
    /// The years of which rolls speak: in another, a problem that is not seen may be there all the same.
    pub(super) fn note_years(&self, sink: &mut Sink) {
        let years: BTreeSet<i32> = self.entries.iter().filter_map(|entry| entry.year).collect();
        for rule in [&roll_amount::RULE, &roll_extra::RULE, &roll_missing::RULE] {
            years.iter().for_each(|year| sink.note_year(rule.id, None, Some(*year)));
        }
    }
    /// Entries that the platform does not record, or with another sum.
    pub(super) fn missing(
        &self,
        facts: &Facts<'_>,
        evidence: Evidence<'_>,
        books: &Books,
        held: &[Held; 2],
        sink: &mut Sink,
    ) -> Result<()> {
        let bounds = Bounds::of(&facts.sides[1])?;
        let is_timely = |entry: &&Entry| {
            let household = facts.sides[1].household_of(entry.members[1]);
            let identified = bounds.identified_in(entry.members[1], household);
            // What was received before anybody was registered is no measure of the register's.
            entry.year.zip(identified).is_none_or(|(year, identified)| identified <= year)
        };
        let of_part = |entries: &[Entry]| {
            let mut sink = Sink::default();
            let timely = entries.iter().filter(is_timely);
            let judged = timely.filter(|entry| Self::judge(entry, facts, evidence, books, held, &mut sink)).count();
            count(&mut sink, roll_missing::RULE.id, judged);
            sink
        };
        let parts: Vec<Sink> = self.entries.par_chunks(PART_ENTRIES).map(of_part).collect();
        parts.into_iter().for_each(|part| sink.absorb(part));
        Ok(())
    }
    /// Whether an entry could be judged: the platform has the person, live.
    fn judge(
        entry: &Entry,
        facts: &Facts<'_>,
        evidence: Evidence<'_>,
        books: &Books,
        held: &[Held; 2],
        sink: &mut Sink,
    ) -> bool {
        let [national, provincial] = entry.members;
        let is_unread = facts.lacks_records(1, facts.sides[1].household_of(provincial));
        if provincial == NONE || facts.sides[1].gone[provincial as usize] || is_unread {
            return false;
        }
        let has = |side: usize, member: u32| {
            member != NONE && held[side].has(entry.item, member, facts.sides[side].household_of(member), entry.year)
        };
        if has(1, provincial) {
            compare_sums(facts, evidence, books, entry, held, sink);
        } else if !has(0, national) && is_on(facts, &roll_missing::RULE) {
            let say = roll_missing::say(&noticed(books, entry), &source(evidence, entry));
            push(facts, &roll_missing::RULE, entry.members, books.label(entry.item), say, sink);
            let place = facts.places.of_member(1, provincial);
            *sink.unrecorded.entry((place, entry.item, entry.year)).or_default() += 1;
        }
        true
    }
    /// Records of the platform of which the roll of that township knows nothing.
    pub(super) fn extra(&self, facts: &Facts<'_>, evidence: Evidence<'_>, books: &Books, held: &Held, sink: &mut Sink) {
        if !is_on(facts, &roll_extra::RULE) {
            return;
        }
        let on_roll: FxHashSet<(u32, Option<i32>, Whose)> = self
            .entries
            .iter()
            .filter_map(|entry| Some((entry.item, entry.year, whose(facts, books, entry)?)))
            .collect();
        let speaking: FxHashSet<RollKey<'_>> =
            on_roll.iter().map(|&(item, year, whose)| (item, year, township(facts, whose))).collect();
        let mut judged: FxHashMap<RollKey<'_>, (usize, Vec<&Record>)> = FxHashMap::default();
        for record in first_of_each(&held.records) {
            let key = (record.item, sought_year(books, record.item, record.year), township(facts, record.whose));
            if !speaking.contains(&key) {
                continue;
            }
            let is_on = |whose: Whose| [key.1, None].iter().any(|year| on_roll.contains(&(key.0, *year, whose)));
            // A record that names nobody is anybody's of the household.
            let of_household = |household: u32| {
                facts.sides[1].members_of(household).iter().any(|member| is_on(Whose::Person(*member)))
            };
            let is_listed = is_on(record.whose)
                || matches!(record.whose, Whose::Household(household) if of_household(household))
                || self.may_be(facts, record.whose, (key.0, key.1));
            let (listed, strays) = judged.entry(key).or_default();
            if is_listed {
                *listed += 1;
            } else {
                strays.push(record);
            }
        }
        let judged: BTreeMap<_, _> = judged.into_iter().collect();
        for ((item, year, _), (listed, strays)) in judged {
            count(sink, roll_extra::RULE.id, listed + strays.len());
            // A roll that knows less than half of what is recorded is not the whole roll.
            if strays.len() > listed {
                continue;
            }
            let holder = self.holder(evidence, item);
            for record in strays {
                let noticed = Noticed {
                    item: books.label(item),
                    year: record.year.or(year),
                    part: None,
                    records: 1,
                    amount: record.fen,
                };
                let say = roll_extra::say(&noticed, holder);
                push_record(facts, record, books.label(item), say, sink);
            }
        }
    }
    /// Whether somebody of that name is on the roll without having been found.
    fn may_be(&self, facts: &Facts<'_>, whose: Whose, (item, year): (u32, Option<i32>)) -> bool {
        let platform = &facts.sides[1];
        let is_undecided = |member: u32| {
            let name = platform.name_key.get(member).unwrap_or_default();
            let of_year = [year, None].into_iter().filter_map(|year| self.undecided.get(&(item, year)));
            of_year.into_iter().any(|names| names.contains(name))
        };
        match whose {
            Whose::Person(member) => is_undecided(member),
            Whose::Household(household) => platform.members_of(household).iter().any(|member| is_undecided(*member)),
        }
    }
    /// The department whose roll speaks for an item.
    fn holder<'e>(&self, evidence: Evidence<'e>, item: u32) -> &'e str {
        let first = self.entries.iter().find(|entry| entry.item == item).map_or(0, |entry| entry.first);
        let roll = evidence.rolls.records[first].roll;
        &evidence.rolls.rolls[roll as usize].holder
    }
}

/// One record of each beneficiary, item and year.
fn first_of_each(records: &[Record]) -> impl Iterator<Item = &Record> {
    let key = |record: &Record| (record.item, record.whose, record.year);
    records.chunk_by(move |a, b| key(a) == key(b)).map(|same| &same[0])
}

/// Whose an entry is on the platform.
fn whose(facts: &Facts<'_>, books: &Books, entry: &Entry) -> Option<Whose> {
    let provincial = entry.members[1];
    if provincial == NONE {
        return None;
    }
    if !books.is_household_item(entry.item) {
        return Some(Whose::Person(provincial));
    }
    Some(facts.sides[1].household_of(provincial)).filter(|household| *household != NONE).map(Whose::Household)
}

/// The township of a person, by either side.
fn home<'f>(facts: &'f Facts<'_>, members: [u32; 2]) -> &'f str {
    let places = [1, 0].map(|side| facts.places.of_member(side, members[side]));
    facts.places.name(places.into_iter().find(|place| *place != 0).unwrap_or(0)).0
}

fn township<'f>(facts: &'f Facts<'_>, whose: Whose) -> &'f str {
    let place = match whose {
        Whose::Person(member) => facts.places.of_member(1, member),
        Whose::Household(household) => facts.places.of_household(1, household),
    };
    facts.places.name(place).0
}

fn compare_sums(
    facts: &Facts<'_>,
    evidence: Evidence<'_>,
    books: &Books,
    entry: &Entry,
    held: &[Held; 2],
    sink: &mut Sink,
) {
    // A household's sum may be listed under several of its people; a roll without years adds nothing up.
    if books.is_household_item(entry.item) || entry.year.is_none() {
        return;
    }
    let (Some(own), Some(listed)) = (whose(facts, books, entry), entry.fen.filter(|fen| *fen > 0)) else { return };
    let national = entry.members[0];
    // Where the reference records it, amounts are compared with the reference.
    let is_compared =
        national != NONE && held[0].has(entry.item, national, facts.sides[0].household_of(national), entry.year);
    let Some(recorded) = held[1].sum(entry.item, own, entry.year).filter(|fen| *fen > 0) else { return };
    if is_compared || !is_on(facts, &roll_amount::RULE) {
        return;
    }
    count(sink, roll_amount::RULE.id, 1);
    let tolerances = &facts.settings.tolerances;
    if !near(listed as f64, recorded as f64, tolerances.amount_fen as f64, tolerances.amount_ratio) {
        let say = roll_amount::say(&noticed(books, entry), recorded, &source(evidence, entry));
        push(facts, &roll_amount::RULE, entry.members, books.label(entry.item), say, sink);
    }
}

fn noticed<'b>(books: &'b Books, entry: &Entry) -> Noticed<'b> {
    Noticed { item: books.label(entry.item), year: entry.year, part: None, records: entry.records, amount: entry.fen }
}

/// The roll and the row, in words.
fn source(evidence: Evidence<'_>, entry: &Entry) -> Words {
    let record = &evidence.rolls.records[entry.first];
    let roll = &evidence.rolls.rolls[record.roll as usize];
    let file = evidence.rolls.origins.get(record.sheet_ix as usize).map_or("", |origin| origin.file.as_str());
    words!("{}（{} 第{}行）", Value::Configured(&roll.title), Sort::Text.of(file), record.row)
}

fn push(
    facts: &Facts<'_>,
    rule: &crate::audit::rules::Rule,
    members: [u32; 2],
    label: &str,
    say: Say<'_>,
    sink: &mut Sink,
) {
    let subject = Subject { scope: Scope::Benefit, ..Subject::people(facts, members) };
    sink.push(facts, rule.head(), None, subject, Say { field: Some("item"), detail: label, ..say });
}

fn push_record(facts: &Facts<'_>, record: &Record, label: &str, say: Say<'_>, sink: &mut Sink) {
    use crate::table::Side::Provincial;
    let subject = match record.whose {
        Whose::Person(member) => Subject::people(facts, facts.both_members(Provincial, member)),
        Whose::Household(household) => Subject::households(facts.both_households(Provincial, household)),
    };
    let places = [None, facts.sides[1].benefit_place(record.row)];
    let subject = Subject { scope: Scope::Benefit, ..subject };
    let say = Say { field: Some("item"), detail: label, ..say };
    sink.push_at(facts, roll_extra::RULE.head(), subject, say, places);
}
