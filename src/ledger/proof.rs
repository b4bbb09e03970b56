//! What a run proves about an item that it does not see: the conjunction of everything that its rule needs, for its own subject.
//!
//! In: the linked registries, the rolls, and the audit's word on what every rule reads and what arrived. Out: a [`Verdict`].
//! *Corrected* takes all of these: the rule was evaluated, in the item's year; all that it reads arrived for the township where the
//! subject lives now; the subject is still in the exports of every side that the rule reads (or its absence is the correction that was
//! asked for); its rows are decided, and linked to each other as before; the values that the rule reads can be understood; the record
//! that proved the problem is still there; and the rule is the same. Anything less has another name.

use rustc_hash::{FxHashMap, FxHashSet};

use polars::prelude::*;

use super::subject::{Found, Subjects};
use crate::audit::{Audit, Evidence, Proves, Reading, RuleRun};
use crate::error::Result;
use crate::normalise::Shape;
use crate::table::linkage::Obstacle;
use crate::table::schema::{Level, field, text_column};
use crate::table::{Decision, Fate, Item, Linkage, Registry, Side, SubjectRows};

/// What a run says about an item that it does not see; the reason is what staff read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Proved to be corrected.
    Corrected,
    /// Its subject is in no export any more.
    Left(String),
    /// The rule no longer reports it.
    RuleChanged(String),
    /// Its rows are no longer linked to each other.
    LinkChanged(String),
    /// It is the same problem as another item.
    Merged(String),
    /// Nothing is proved.
    Silent(String),
}

/// What a run knows.
#[derive(Clone, Copy)]
pub struct Proof<'a> {
    /// National and provincial.
    pub registries: [&'a Registry; 2],
    /// Who is whom.
    pub linkage: &'a Linkage,
    /// Findings, rules, deliveries.
    pub audit: &'a Audit,
    /// Rolls and who is on them.
    pub evidence: Evidence<'a>,
    /// Key of the site.
    pub site_key: &'a str,
}

/// The same, indexed.
pub(super) struct Court<'a> {
    proof: Proof<'a>,
    subjects: &'a Subjects,
    partner: FxHashSet<(u32, u32)>,
    homes: FxHashSet<(u32, u32)>,
    runs: FxHashMap<&'a str, Vec<&'a RuleRun>>,
    records: FxHashSet<(Home, String)>,
}

/// Whose a record is: a row of the national households, or of the provincial members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Home {
    National(u32),
    Listed(u32),
}

impl<'a> Court<'a> {
    /// Prepares to judge these items.
    pub(super) fn of(proof: Proof<'a>, subjects: &'a Subjects, unseen: &[&Item]) -> Result<Self> {
        let matches = proof.linkage.members.iter().filter(|link| link.decision == Decision::Match);
        let partner = matches.map(|link| (link.left, link.right)).collect();
        let homes = proof.linkage.households.iter().map(|link| (link.left, link.right)).collect();
        let mut runs: FxHashMap<&str, Vec<&RuleRun>> = FxHashMap::default();
        proof.audit.rules.iter().for_each(|run| runs.entry(run.rule_id.as_str()).or_default().push(run));
        let records = FxHashSet::default();
        let mut court = Self { proof, subjects, partner, homes, runs, records };
        court.records = court.records_of(unseen)?;
        Ok(court)
    }
    /// What is proved of an item that the run does not see.
    pub(super) fn verdict(&self, item: &Item) -> Verdict {
        let Some(reading) = self.proof.audit.readings.get(&item.rule_id) else {
            return Verdict::Silent("没有这条规则".to_owned());
        };
        let Some(words) = &item.subject else {
            return Verdict::Silent("旧版台账没有记下对象".to_owned());
        };
        let found = self.subjects.find(words, reading.register_year(item.year));
        let obstacle = self.not_evaluated(item).or_else(|| self.not_delivered(item, reading, &found));
        if let Some(reason) = obstacle {
            return Verdict::Silent(reason);
        }
        let judged = match words.is_empty() {
            true => None,
            false => self.absent(item, reading, &found).or_else(|| self.changed(item, reading, &found)),
        };
        if let Some(verdict) = judged {
            return verdict;
        }
        match item.rule_digest.is_empty() || item.rule_digest == reading.digest {
            true => Verdict::Corrected,
            false => Verdict::RuleChanged("规则的条件、标准或词表已修改".to_owned()),
        }
    }

    /// The rows that an item's subject is now.
    pub(super) fn whereabouts(&self, item: &Item) -> SubjectRows {
        let found = self.subjects.find(item.subject.as_deref().unwrap_or_default(), None);
        let first = |rows: &[Option<Vec<u32>>; 2]| rows.each_ref().map(|rows| rows.as_ref()?.first().copied());
        SubjectRows { members: first(&found.members), households: first(&found.households) }
    }

    /// Why the rule says nothing, of the item's side and year.
    fn not_evaluated(&self, item: &Item) -> Option<String> {
        let runs = self.runs.get(item.rule_id.as_str()).map_or(&[][..], Vec::as_slice);
        let mine: Vec<&&RuleRun> =
            runs.iter().filter(|run| item.side.is_none() || run.side.is_none() || run.side == item.side).collect();
        if mine.is_empty() {
            return Some("规则未运行".to_owned());
        }
        let is_of_year = |run: &RuleRun| run.years.is_empty() || item.year.is_none_or(|year| run.years.contains(&year));
        mine.iter().find_map(|run| match &run.not_evaluated {
            Some(reason) => Some(reason.clone()),
            None if is_of_year(run) => None,
            None => item.year.map(|year| format!("没有{year}年的数据")),
        })
    }

    /// What did not arrive for the place where the subject lives.
    fn not_delivered(&self, item: &Item, reading: &Reading, found: &Found) -> Option<String> {
        let delivery = &self.proof.audit.delivery;
        let lack = |township: &str| delivery.lack(reading, item.side, township, item.year);
        match self.township(found).or_else(|| item.township.clone()) {
            Some(township) => match lack(&township) {
                Some(portion) => Some(format!("缺{portion}")),
                None if delivery.has_people(reading, item.side, &township, item.year) => self.village_gone(item, found),
                None => Some(format!("没有{township}的导出")),
            },
            // It may belong anywhere.
            None => delivery.townships().find_map(lack).map(|portion| format!("缺{portion}")),
        }
    }
    /// An item of a village as a whole needs the village.
    fn village_gone(&self, item: &Item, found: &Found) -> Option<String> {
        let (Some(township), Some(village)) = (&item.township, &item.village) else { return None };
        let is_of_village = *found == Found::default();
        let is_there = || self.proof.audit.delivery.has_village(township, village);
        (is_of_village && !is_there()).then(|| "本次导出没有这个村".to_owned())
    }
    /// Where the subject lives now.
    fn township(&self, found: &Found) -> Option<String> {
        Side::BOTH.into_iter().find_map(|side| {
            let registry = self.proof.registries[side.index()];
            let household = found.households[side.index()].iter().flatten().next().copied();
            let member = found.members[side.index()].iter().flatten().next().copied();
            let home = household.or_else(|| member.and_then(|row| number(&registry.members, "household_ix", row)));
            home.and_then(|row| text(&registry.households, "township", row))
                .or_else(|| member.and_then(|row| text(&registry.members, "township", row)))
                .map(str::to_owned)
        })
    }

    /// A subject that is not in all the exports that the rule reads.
    fn absent(&self, item: &Item, reading: &Reading, found: &Found) -> Option<Verdict> {
        let sides: Vec<(Side, bool)> =
            reading.sides(item.side).filter_map(|side| Some((side, found.is_on(side)?))).collect();
        let absent = sides.iter().find(|(_, is_there)| !is_there)?.0;
        if self.may_be_set_aside(absent, item) {
            return Some(Verdict::Silent(format!("{}有未读入的行，不能认定该对象已不在", absent.title())));
        }
        let is_gone = Side::BOTH.iter().all(|side| found.is_on(*side) != Some(true));
        if is_gone && reading.proves() == Proves::Absence(absent) {
            return Some(Verdict::Corrected);
        }
        Some(match is_gone {
            true => Verdict::Left("两个系统的导出都已没有该对象".to_owned()),
            false => Verdict::Silent(format!("{}的导出已没有该对象", absent.title())),
        })
    }

    /// Whether a row of the exports of the item's township was set aside: it may be the subject's.
    fn may_be_set_aside(&self, side: Side, item: &Item) -> bool {
        let rows = self.proof.evidence.aside.rows().iter();
        let torn = rows.filter(|row| row.side == side && matches!(row.shape, Shape::Person | Shape::Household));
        let files: FxHashSet<&str> = torn.map(|row| row.file.as_str()).collect();
        let Some(township) = item.township.as_deref().filter(|_| !files.is_empty()) else { return !files.is_empty() };
        let registry = self.proof.registries[side.index()];
        let file = |row: u32| {
            let sheet = number(&registry.members, "sheet_ix", row)?;
            registry.origins.get(sheet as usize).map(|origin| origin.file.as_str())
        };
        (0..registry.members.height() as u32)
            .filter(|row| text(&registry.members, "township", *row) == Some(township))
            .any(|row| file(row).is_some_and(|file| files.contains(file)))
    }

    /// A subject that is there, but no longer as it was.
    fn changed(&self, item: &Item, reading: &Reading, found: &Found) -> Option<Verdict> {
        self.undecided(reading, found)
            .or_else(|| self.not_understood(item, reading, found))
            .map(Verdict::Silent)
            .or_else(|| self.link_changed(item, reading, found))
            .or_else(|| self.record_gone(item, reading, found).map(Verdict::Silent))
    }
    /// Whether a person must first decide who is who.
    fn undecided(&self, reading: &Reading, found: &Found) -> Option<String> {
        if let Some(reason) = self.set_aside(found) {
            return Some(reason);
        }
        let is_open = |side: Side, row: &u32| {
            let fate = self.proof.linkage.fates[side.index()].get(*row as usize);
            matches!(fate, Some(Fate::Review | Fate::Conflict))
        };
        let rows = |side: Side| found.members[side.index()].iter().flatten();
        let waits = Side::BOTH.into_iter().any(|side| rows(side).any(|row| is_open(side, row)));
        let needs_decision = !matches!(reading.proves(), Proves::Itself | Proves::Nothing);
        (waits && needs_decision).then(|| "是否同一人待人工判定".to_owned())
    }
    /// Why nobody could compare the subject: a row that may be its own was not read, or its name or number is hidden.
    fn set_aside(&self, found: &Found) -> Option<String> {
        let linkage = self.proof.linkage;
        Side::BOTH.into_iter().find_map(|side| {
            let rows = found.members[side.index()].iter().flatten();
            rows.copied().find_map(|row| linkage.obstacle(side.index(), row)).map(Obstacle::words)
        })
    }
    /// Two rows that were linked to each other, or somebody who was missing and is still not linked.
    fn link_changed(&self, item: &Item, reading: &Reading, found: &Found) -> Option<Verdict> {
        let linked = |pairs: &FxHashSet<(u32, u32)>, left: &[u32], right: &[u32]| {
            left.iter().any(|left| right.iter().any(|right| pairs.contains(&(*left, *right))))
        };
        let is_other = match (&found.members, &found.households) {
            ([Some(left), Some(right)], _) => !linked(&self.partner, left, right),
            (_, [Some(left), Some(right)]) => !linked(&self.homes, left, right),
            _ => false,
        };
        match reading.proves() {
            Proves::Itself | Proves::Nothing => None,
            Proves::Absence(_) => self.still_missing(item, found),
            Proves::Link | Proves::ReferenceRecord | Proves::RollRecord => {
                is_other.then(|| Verdict::LinkChanged("两条记录本次没有匹配为同一对象".to_owned()))
            }
        }
    }
    /// Somebody of one side only who is not reported any more must be linked now, or marked as gone.
    fn still_missing(&self, item: &Item, found: &Found) -> Option<Verdict> {
        let side = item.side?;
        let is_missing = |row: &u32| {
            self.proof.linkage.fates[side.index()].get(*row as usize) == Some(&Fate::OnlyHere)
                && text(&self.proof.registries[side.index()].members, "member_status", *row).is_none()
        };
        let rows = found.members[side.index()].as_ref()?;
        rows.iter().all(is_missing).then(|| Verdict::Silent("另一系统仍没有匹配到该对象".to_owned()))
    }
    /// Why the values that the rule reads tell nothing.
    fn not_understood(&self, item: &Item, reading: &Reading, found: &Found) -> Option<String> {
        reading.sides(item.side).find_map(|side| {
            let registry = self.proof.registries[side.index()];
            let member = found.members[side.index()].iter().flatten().next().copied();
            let household = found.households[side.index()].iter().flatten().next().copied();
            let household = household.or_else(|| number(&registry.members, "household_ix", member?));
            reading.columns().find_map(|column| {
                let field = field(column)?;
                let (frame, row) = match field.level {
                    Level::Member => (&registry.members, member?),
                    _ => (&registry.households, household?),
                };
                let is_printed = text(frame, &text_column(column), row).is_some_and(|text| !text.trim().is_empty());
                let is_understood = match column {
                    "id_no" => text(frame, "id18", row).is_some(),
                    _ => frame
                        .column(column)
                        .is_ok_and(|values| values.get(row as usize).is_ok_and(|value| !value.is_null())),
                };
                let is_needed_blank = column == "id_no" && !is_printed;
                (is_needed_blank || is_printed && !is_understood)
                    .then(|| format!("{}『{}』本次为空或看不懂", side.title(), field.title))
            })
        })
    }
    /// Whether the record that proved the problem is gone itself.
    fn record_gone(&self, item: &Item, reading: &Reading, found: &Found) -> Option<String> {
        let wanted = self.record_of(reading, found)?;
        let is_there = wanted.iter().any(|home| self.records.contains(&(*home, item.about.clone())));
        (!is_there).then(|| "作为依据的记录本次没有了".to_owned())
    }
    /// The rows under which the record that proves such a problem stands; `None` for rules that need none.
    fn record_of(&self, reading: &Reading, found: &Found) -> Option<Vec<Home>> {
        let national = self.proof.registries[0];
        let home = |row: &u32| number(&national.members, "household_ix", *row);
        match reading.proves() {
            Proves::RollRecord => Some(found.members[1].iter().flatten().map(|row| Home::Listed(*row)).collect()),
            Proves::ReferenceRecord => {
                let of_members = found.members[0].iter().flatten().filter_map(home);
                let homes = found.households[0].iter().flatten().copied().chain(of_members);
                Some(homes.map(Home::National).collect())
            }
            _ => None,
        }
    }
    /// The records of everybody who is asked about, in one sweep.
    fn records_of(&self, unseen: &[&Item]) -> Result<FxHashSet<(Home, String)>> {
        let mut wanted: FxHashSet<Home> = FxHashSet::default();
        for item in unseen {
            let (Some(reading), Some(words)) = (self.proof.audit.readings.get(&item.rule_id), &item.subject) else {
                continue;
            };
            wanted.extend(
                self.record_of(reading, &self.subjects.find(words, reading.register_year(item.year)))
                    .into_iter()
                    .flatten(),
            );
        }
        let mut records = FxHashSet::default();
        if wanted.is_empty() {
            return Ok(records);
        }
        let frame = &self.proof.registries[0].benefits;
        if let Ok(homes) = frame.column("household_ix") {
            for (row, home) in (0u32..).zip(homes.u32()?.iter()) {
                let Some(home) = home.map(Home::National).filter(|home| wanted.contains(home)) else { continue };
                let label = text(frame, "item", row).or_else(|| text(frame, "item_text", row)).unwrap_or_default();
                records.insert((home, self.subjects.about(label.trim())));
            }
        }
        let Evidence { rolls, links, .. } = self.proof.evidence;
        for record in &rolls.records {
            let member = links.members[1].get(record.person as usize).copied().flatten();
            let (Some(home), Some(item)) = (member.map(Home::Listed), record.item) else { continue };
            if wanted.contains(&home) {
                records.insert((home, self.subjects.about(&rolls.items[item as usize])));
            }
        }
        Ok(records)
    }
}

fn text<'f>(frame: &'f DataFrame, column: &str, row: u32) -> Option<&'f str> {
    frame.column(column).ok()?.str().ok()?.get(row as usize)
}

fn number(frame: &DataFrame, column: &str, row: u32) -> Option<u32> {
    frame.column(column).ok()?.u32().ok()?.get(row as usize)
}
