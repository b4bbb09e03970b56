//! What a run proves about an item that it does not see: the conjunction of everything that its rule needs, for its own subject.
//!
//! In: the linked registries, the rolls, and the audit's word on what every rule reads and what arrived. Out: a [`Verdict`].
//! *Corrected* takes all of these: the rule was evaluated, in the item's year; all that it reads arrived for the township where the
//! subject lives now; the subject is still in the exports of every side that the rule reads (or its absence is the correction that was
//! asked for); its rows are decided, and linked to each other as before; the cells that the rule read are
//! still there and can be understood ([`cells`](super::cells)); so are the records that proved the problem, by person, item and year;
//! and the rule is the same. Anything less has another name.

use rustc_hash::{FxHashMap, FxHashSet};

use polars::prelude::*;

use super::cells::Cells;
use super::subject::{Found, Subjects};
use crate::audit::{Audit, Evidence, Proves, Reading, RuleRun};
use crate::error::Result;
use crate::normalise::Shape;
use crate::normalise::name::is_hidden;
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
    /// National members and households that are linked to anybody.
    linked: [FxHashSet<u32>; 2],
    records: Records,
    cells: &'a Cells,
    /// The pairs of households that were compared.
    compared: FxHashSet<(u32, u32)>,
    /// What stands on rolls of which outsiders are listed, by a hash of what it is about.
    listed: FxHashSet<String>,
}

/// Whose a record is: a row of a side's members or households, or of the platform's members on a roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Home {
    Member(Side, u32),
    Household(Side, u32),
    Listed(u32),
}

/// What is told of a record.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    has_amount: bool,
    /// Whether an amount is printed that nobody understood.
    is_torn: bool,
}

/// Records by whose they are, what they are about, and year.
type Records = FxHashMap<(Home, String, Option<i32>), Record>;

impl<'a> Court<'a> {
    /// Prepares to judge these items.
    pub(super) fn of(proof: Proof<'a>, subjects: &'a Subjects, cells: &'a Cells, unseen: &[&Item]) -> Result<Self> {
        let matches = proof.linkage.members.iter().filter(|link| link.decision == Decision::Match);
        let partner = matches.map(|link| (link.left, link.right)).collect();
        let homes = proof.linkage.households.iter().map(|link| (link.left, link.right)).collect();
        let mut runs: FxHashMap<&str, Vec<&RuleRun>> = FxHashMap::default();
        proof.audit.rules.iter().for_each(|run| runs.entry(run.rule_id.as_str()).or_default().push(run));
        let linked = [
            proof.linkage.members.iter().filter(|l| l.decision == Decision::Match).map(|l| l.left).collect(),
            proof.linkage.households.iter().map(|link| link.left).collect(),
        ];
        let compared = proof.audit.compared.iter().copied().collect();
        let asks_rolls = unseen.iter().any(|item| item.subject.as_ref().is_some_and(String::is_empty));
        let listed = proof.audit.listed.iter().filter(|_| asks_rolls).map(|entry| subjects.about(entry)).collect();
        let records = Records::default();
        let mut court = Self { proof, subjects, partner, homes, runs, linked, records, cells, compared, listed };
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
            true => self.unlisted(item).map(Verdict::Silent),
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
        let is_of_records = matches!(reading.proves(), Proves::ReferenceRecord | Proves::BothRecords);
        let lack = |township: &str| {
            let register = || delivery.lacking_register(township).filter(|_| is_of_records);
            delivery.lack(reading, item.side, township, item.year).or_else(register)
        };
        match self.township(found).or_else(|| item.township.clone()) {
            Some(township) => match lack(&township) {
                Some(portion) => Some(format!("缺{}", delivery.lacking_words(&portion))),
                None if delivery.has_people(reading, item.side, &township, item.year) => self.village_gone(item, found),
                None => Some(format!("没有{township}的导出")),
            },
            // It may belong anywhere.
            None => delivery.townships().find_map(lack).map(|lack| format!("缺{}", delivery.lacking_words(&lack))),
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

    /// Whether it is about an entry of a roll that is not there any more.
    fn unlisted(&self, item: &Item) -> Option<String> {
        let is_of_roll = item.rule_id == crate::audit::ROLL_OUTSIDER;
        (is_of_roll && !self.listed.contains(&item.about)).then(|| "名册上本次没有这个人".to_owned())
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
            .or_else(|| self.cells.lost(&item.cells, reading, item.side, item.year, found))
            .map(Verdict::Silent)
            .or_else(|| self.link_changed(item, reading, found))
            .or_else(|| self.not_compared(item, reading, found).map(Verdict::Silent))
            .or_else(|| self.without_partner(reading, found).map(Verdict::Silent))
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
        let needs_decision = !matches!(reading.proves(), Proves::Itself | Proves::OwnRecord | Proves::Nothing);
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
            Proves::Itself | Proves::OwnRecord | Proves::Nothing => None,
            Proves::Absence(_) => self.still_missing(item, found),
            Proves::Link | Proves::ReferenceRecord | Proves::BothRecords | Proves::RollRecord => {
                is_other.then(|| Verdict::LinkChanged("两条记录本次没有匹配为同一对象".to_owned()))
            }
        }
    }
    /// Whether two households are still taken for one, and were not compared all the same.
    fn not_compared(&self, item: &Item, reading: &Reading, found: &Found) -> Option<String> {
        let ([Some(left), Some(right)], Proves::Link) = (&found.households, reading.proves()) else { return None };
        let is_compared = left.iter().any(|left| right.iter().any(|right| self.compared.contains(&(*left, *right))));
        let is_of_newest = reading.register_year(item.year).is_none_or(|year| {
            self.proof.registries.iter().all(|registry| registry.year.is_none_or(|newest| newest == year))
        });
        (is_of_newest && !is_compared).then(|| "两个系统的这两户本次没有逐项比对".to_owned())
    }
    /// Whether nobody of the platform is taken for the person or household whose records are compared.
    fn without_partner(&self, reading: &Reading, found: &Found) -> Option<String> {
        let is_of_records = matches!(reading.proves(), Proves::ReferenceRecord | Proves::BothRecords);
        let is_linked = self.homes_of(Side::National, found).iter().any(|home| match home {
            Home::Member(_, row) => self.linked[0].contains(row),
            Home::Household(_, row) => self.linked[1].contains(row),
            Home::Listed(_) => true,
        });
        (is_of_records && !is_linked).then(|| "省办平台没有匹配到该对象，措施未比对".to_owned())
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
        let newest = self.proof.registries.iter().filter_map(|registry| registry.year).max();
        // What earlier registers say is told by what was read of them.
        if reading.register_year(item.year).is_some_and(|year| Some(year) != newest) {
            return None;
        }
        let is_about_number = reading.columns().eq(["id_no"]);
        reading.sides(item.side).find_map(|side| {
            let registry = self.proof.registries[side.index()];
            let member = found.members[side.index()].iter().flatten().next().copied();
            let household = found.households[side.index()].iter().flatten().next().copied();
            let household = household.or_else(|| number(&registry.members, "household_ix", member?));
            reading.columns().find_map(|column| {
                // Others read a number for age and sex, which the cells that were read tell of.
                let field = field(column).filter(|field| field.name != "id_no" || is_about_number)?;
                let (frame, row) = match field.level {
                    Level::Member => (&registry.members, member?),
                    _ => (&registry.households, household?),
                };
                let is_printed = text(frame, &text_column(column), row).is_some_and(|text| !text.trim().is_empty());
                let is_understood = match column {
                    "id_no" => text(frame, "id18", row).is_some(),
                    "name" | "head_name" => !text(frame, column, row).is_some_and(is_hidden),
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
    /// Whether a record that the rule needs is gone itself, or tells its amount no more.
    fn record_gone(&self, item: &Item, reading: &Reading, found: &Found) -> Option<String> {
        let find = |homes: Vec<Home>| {
            let of_year = |home: &Home| self.records.get(&(*home, item.about.clone(), item.year));
            let of_no_year = |home: &Home| self.records.get(&(*home, item.about.clone(), None));
            homes.iter().find_map(of_year).or_else(|| homes.iter().find_map(of_no_year))
        };
        self.records_needed(reading, item.side, found).into_iter().find_map(|(whose, homes)| match find(homes) {
            None => Some(format!("{whose}作为依据的记录本次没有了")),
            Some(record) => (record.is_torn || reading.reads_amounts() && !record.has_amount)
                .then(|| format!("{whose}这条记录的金额本次为空或看不懂")),
        })
    }
    /// Under whom the records stand without which a rule of the kind proves nothing, one list for each record.
    fn records_needed(&self, reading: &Reading, own: Option<Side>, found: &Found) -> Vec<(&'static str, Vec<Home>)> {
        let of = |side: Side| (side.title(), self.homes_of(side, found));
        match reading.proves() {
            Proves::ReferenceRecord => vec![of(Side::National)],
            // The platform's may have been entered for another member.
            Proves::BothRecords => {
                vec![of(Side::National), (Side::Provincial.title(), self.households_of(Side::Provincial, found))]
            }
            Proves::OwnRecord => own.into_iter().map(of).collect(),
            Proves::RollRecord => {
                let listed = found.members[1].iter().flatten().map(|row| Home::Listed(*row)).collect();
                vec![("名册上", listed)]
            }
            Proves::Itself | Proves::Link | Proves::Absence(_) | Proves::Nothing => Vec::new(),
        }
    }
    /// The person of a side, or the household where it is about no person.
    fn homes_of(&self, side: Side, found: &Found) -> Vec<Home> {
        match &found.members[side.index()] {
            Some(rows) => rows.iter().map(|row| Home::Member(side, *row)).collect(),
            None => self.households_of(side, found),
        }
    }
    fn households_of(&self, side: Side, found: &Found) -> Vec<Home> {
        let members = &self.proof.registries[side.index()].members;
        let of_members =
            found.members[side.index()].iter().flatten().filter_map(|row| number(members, "household_ix", *row));
        let own = found.households[side.index()].iter().flatten().copied();
        own.chain(of_members).map(|row| Home::Household(side, row)).collect()
    }
    /// The records of everybody who is asked about, in one sweep.
    fn records_of(&self, unseen: &[&Item]) -> Result<Records> {
        let mut wanted: FxHashSet<Home> = FxHashSet::default();
        for item in unseen {
            let (Some(reading), Some(words)) = (self.proof.audit.readings.get(&item.rule_id), &item.subject) else {
                continue;
            };
            let found = self.subjects.find(words, reading.register_year(item.year));
            wanted.extend(self.records_needed(reading, item.side, &found).into_iter().flat_map(|(_, homes)| homes));
        }
        let mut records = Records::default();
        if wanted.is_empty() {
            return Ok(records);
        }
        for side in Side::BOTH {
            self.add_records(side, &wanted, &mut records)?;
        }
        let Evidence { rolls, links, .. } = self.proof.evidence;
        for record in &rolls.records {
            let member = links.members[1].get(record.person as usize).copied().flatten();
            let (Some(home), Some(item)) = (member.map(Home::Listed), record.item) else { continue };
            if wanted.contains(&home) {
                let about = self.subjects.about(&rolls.items[item as usize]);
                records.insert(
                    (home, about, record.year),
                    Record { has_amount: record.amount_fen.is_some(), is_torn: false },
                );
            }
        }
        Ok(records)
    }
    fn add_records(&self, side: Side, wanted: &FxHashSet<Home>, records: &mut Records) -> Result<()> {
        let frame = &self.proof.registries[side.index()].benefits;
        let Ok(homes) = frame.column("household_ix") else { return Ok(()) };
        let members = frame.column("member_ix").ok().and_then(|column| column.u32().ok());
        let years = frame.column("benefit_year").ok().and_then(|column| column.i32().ok());
        let amounts = frame.column("amount").ok();
        for (row, household) in (0u32..).zip(homes.u32()?.iter()) {
            let at = row as usize;
            let member = members.and_then(|members| members.get(at)).map(|row| Home::Member(side, row));
            let mut homes = household
                .map(|row| Home::Household(side, row))
                .into_iter()
                .chain(member)
                .filter(|h| wanted.contains(h));
            let Some(first) = homes.next() else { continue };
            let label = text(frame, "item", row).or_else(|| text(frame, "item_text", row)).unwrap_or_default();
            let about = self.subjects.about(label.trim());
            let year = years.and_then(|years| years.get(at));
            let has_amount = amounts.is_some_and(|amounts| amounts.get(at).is_ok_and(|amount| !amount.is_null()));
            let is_printed = text(frame, &text_column("amount"), row).is_some_and(|text| !text.trim().is_empty());
            for home in std::iter::once(first).chain(homes) {
                let record = records.entry((home, about.clone(), year)).or_default();
                record.has_amount |= has_amount;
                record.is_torn |= is_printed && !has_amount;
            }
        }
        Ok(())
    }
}

fn text<'f>(frame: &'f DataFrame, column: &str, row: u32) -> Option<&'f str> {
    frame.column(column).ok()?.str().ok()?.get(row as usize)
}

fn number(frame: &DataFrame, column: &str, row: u32) -> Option<u32> {
    frame.column(column).ok()?.u32().ok()?.get(row as usize)
}
