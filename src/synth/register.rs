//! What each system holds of a township: cards of persons filed in households, and records of measures, as text.
//!
//! [`copy`] files the same truth twice, once per system, each in its own words: the national system prints
//! canonical labels, full certificates of disability and no birth dates; the provincial platform prints synonyms
//! now and then, and its own numbers. Two fresh copies agree in everything but spelling.

use std::borrow::Cow;
use std::ops::{Index, IndexMut};

use rand::seq::SliceRandom;

use super::Settings;
use super::benefits::{Benefit, CATALOGUE};
use super::draw::{Rng, chance, pick};
use super::fields::Circumstances;
use super::identity::{Sex, placeholder};
use super::places::Township;
use super::population::{Household, People, Person};
use crate::table::Side;

/// A cell as printed.
pub(super) type Cell = Cow<'static, str>;

/// Columns of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Col {
    Name,
    IdNo,
    Sex,
    Born,
    Relation,
    Ethnicity,
    Education,
    Student,
    Health,
    Labour,
    Work,
    Months,
    Insured,
    Dibao,
    Tekun,
    Phone,
}
const COLS: usize = 16;

/// Columns of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HouseCol {
    Village,
    Hamlet,
    Size,
    Kind,
    ExitStatus,
    ExitYear,
    Identified,
    Cause,
    Dilapidated,
    HouseGrade,
    HouseArea,
    Road,
    WaterSafe,
    WaterDifficult,
    Income,
    Phone,
    Helper,
}
const HOUSE_COLS: usize = 17;

/// A person as filed.
#[derive(Debug, Clone)]
pub(super) struct Card {
    /// Number among the township's persons.
    pub(super) person: usize,
    /// 人编号.
    pub(super) no: String,
    cells: [Cell; COLS],
    /// What was done to the card.
    pub(super) damage: Vec<&'static str>,
    /// Nothing on it identifies its person any more, or it names another's number.
    pub(super) lost: bool,
    /// A second card of somebody who has one.
    pub(super) duplicate: bool,
    /// 1-based row in the export, once written.
    pub(super) row: u32,
}

impl Index<Col> for Card {
    type Output = Cell;
    fn index(&self, column: Col) -> &Cell {
        &self.cells[column as usize]
    }
}
impl IndexMut<Col> for Card {
    fn index_mut(&mut self, column: Col) -> &mut Cell {
        &mut self.cells[column as usize]
    }
}

/// A household as filed.
#[derive(Debug, Clone)]
pub(super) struct Filed {
    /// Number among the township's households.
    pub(super) household: usize,
    /// 户编号.
    pub(super) no: String,
    cells: [Cell; HOUSE_COLS],
    /// Its cards, the head's first.
    pub(super) cards: Vec<Card>,
    /// Whether it was cut off another one of the same number in truth.
    pub(super) cut_off: bool,
}

impl Index<HouseCol> for Filed {
    type Output = Cell;
    fn index(&self, column: HouseCol) -> &Cell {
        &self.cells[column as usize]
    }
}
impl IndexMut<HouseCol> for Filed {
    fn index_mut(&mut self, column: HouseCol) -> &mut Cell {
        &mut self.cells[column as usize]
    }
}

/// A measure as recorded.
#[derive(Debug, Clone)]
pub(super) struct Measure {
    pub(super) benefit: Benefit,
    /// Name of the item in this system.
    pub(super) item: &'static str,
    /// Whether its outcome is recorded too.
    pub(super) outcome: bool,
    /// Whether it was never entered after all.
    pub(super) struck: bool,
    /// 1-based row in the export, once written; 0 when its subject is not filed.
    pub(super) row: u32,
}

/// One system's holdings of one township.
#[derive(Debug, Clone)]
pub(super) struct Register {
    pub(super) filed: Vec<Filed>,
    pub(super) measures: Vec<Measure>,
}

/// Where persons and households are filed in a register: the first card of each.
pub(super) struct Whereabouts {
    cards: Vec<Option<(usize, usize)>>,
    filed: Vec<Option<usize>>,
}

impl Register {
    /// Where everybody is. Valid until cards move.
    pub(super) fn whereabouts(&self, people: &People) -> Whereabouts {
        let mut cards = vec![None; people.persons.len()];
        let mut filed = vec![None; people.households.len()];
        for (at, household) in self.filed.iter().enumerate() {
            if !household.cut_off {
                filed[household.household] = Some(at);
            }
            for (card_at, card) in household.cards.iter().enumerate() {
                if !card.duplicate {
                    cards[card.person] = Some((at, card_at));
                }
            }
        }
        // A merged household is where its members went.
        for (ix, household) in people.households.iter().enumerate() {
            if filed[ix].is_none() {
                filed[ix] = household.persons.clone().find_map(|person| cards[person]).map(|place| place.0);
            }
        }
        Whereabouts { cards, filed }
    }
}

impl Whereabouts {
    /// Household and card of a person.
    pub(super) fn card(&self, person: usize) -> Option<(usize, usize)> {
        self.cards[person]
    }
    /// Place of a household.
    pub(super) fn filed(&self, household: usize) -> Option<usize> {
        self.filed[household]
    }
}

/// Both systems' copies of the truth at the end of `year`, national first.
pub(super) fn copy(
    rng: &mut Rng,
    people: &People,
    benefits: &[Benefit],
    township: &Township,
    year: i32,
    settings: &Settings,
) -> [Register; 2] {
    Side::BOTH.map(|side| {
        let own_numbers = settings.own_numbers;
        let mut clerk = Clerk { rng: &mut *rng, side, township: township.ix, year, own_numbers };
        let known = people.households.iter().enumerate();
        let known = known.filter(|(_, household)| household.circumstances.identified_year() <= year);
        let mut filed: Vec<Filed> = known
            .map(|(ix, household)| clerk.household(ix, household, people, &township.villages[household.village]))
            .collect();
        let measures = benefits.iter().map(|benefit| clerk.measure(*benefit)).collect();
        if side == Side::Provincial {
            // The platform's order is its own, so that nothing can lean on equal rows.
            filed.shuffle(rng);
            filed.sort_by_key(|filed| people.households[filed.household].village);
        }
        Register { filed, measures }
    })
}

/// Who types a copy: a system's habits.
struct Clerk<'a> {
    rng: &'a mut Rng,
    side: Side,
    township: usize,
    year: i32,
    own_numbers: bool,
}

impl Clerk<'_> {
    fn household(&mut self, ix: usize, household: &Household, people: &People, village: &str) -> Filed {
        let facts = &household.circumstances;
        let year = self.year;
        let born = household.persons.clone().filter(|person| people.persons[*person].age(year) >= 0);
        let cards: Vec<Card> = born.map(|person| self.card(person, people, facts)).collect();
        let income = match self.side {
            Side::National => yuan(facts.income_fen),
            Side::Provincial => format!("{}.{:02}", facts.income_fen / 100, facts.income_fen % 100),
        };
        let cells = [
            Cell::Owned(village.to_owned()),
            Cell::Owned(format!("{}组", household.hamlet)),
            Cell::Owned(cards.len().to_string()),
            self.word(facts.kind),
            self.word(facts.exit_status),
            Cell::Owned(facts.exit_year.map(|year| year.to_string()).unwrap_or_default()),
            Cell::Owned(facts.identified.to_string()),
            self.word(facts.cause),
            yes(facts.dilapidated),
            self.word(facts.house_grade),
            Cell::Owned(facts.house_area.to_string()),
            self.word(facts.road),
            yes(facts.water_solved),
            yes(!facts.water_solved),
            Cell::Owned(income),
            Cell::Owned(facts.phone.clone()),
            Cell::Owned(facts.helper.clone()),
        ];
        Filed { household: ix, no: self.household_no(ix), cells, cards, cut_off: false }
    }

    fn card(&mut self, ix: usize, people: &People, household: &Circumstances) -> Card {
        let person = &people.persons[ix];
        let status = &person.status;
        let cells = [
            Cell::Owned(person.name.clone()),
            Cell::Owned(self.id_no(ix, person)),
            Cell::Borrowed(person.sex.label()),
            Cell::Owned(self.birth(person)),
            self.relation(person),
            self.word(person.ethnicity),
            self.word(status.education),
            self.student(person),
            self.word(status.health()),
            self.word(status.labour),
            self.word(status.work.unwrap_or_default()),
            Cell::Owned(if status.months > 0 { status.months.to_string() } else { String::new() }),
            Cell::Borrowed("是"),
            yes(household.kind == "低保贫困户"),
            yes(household.kind == "特困供养贫困户"),
            Cell::Owned(status.phone.clone().unwrap_or_else(|| household.phone.clone())),
        ];
        let no = self.person_no(ix);
        Card { person: ix, no, cells, damage: vec![], lost: false, duplicate: false, row: 0 }
    }

    fn measure(&mut self, benefit: Benefit) -> Measure {
        let item = &CATALOGUE[benefit.item];
        let free = self.side == Side::Provincial && chance(self.rng, 0.25);
        let item = if free { pick(self.rng, item.spellings) } else { item.name };
        Measure { benefit, item, outcome: true, struck: false, row: 0 }
    }

    fn household_no(&self, ix: usize) -> String {
        match self.side {
            Side::Provincial if self.own_numbers => format!("8634{:04}{ix:06}", self.township),
            _ => national_household_no(self.township, ix),
        }
    }

    fn person_no(&self, ix: usize) -> String {
        match self.side {
            Side::Provincial if self.own_numbers => format!("8635{:04}{ix:06}", self.township),
            _ => format!("5900000{:04}{ix:05}", self.township),
        }
    }

    /// The national system holds certificates of 20 characters, or 22 once re-issued; the platform mostly the number.
    fn id_no(&mut self, ix: usize, person: &Person) -> String {
        let Some(id) = &person.id_no else {
            return if self.side == Side::National { placeholder(person.born, ix as u32) } else { String::new() };
        };
        match (person.status.disability, self.side) {
            (Some(disability), Side::National) => {
                // Every twelfth, in whatever year it is looked at.
                let reissued = if ix % 12 == 7 { "B1" } else { "" };
                format!("{id}{}{}{reissued}", disability.kind, disability.grade)
            }
            (Some(disability), Side::Provincial) if chance(self.rng, 0.1) => {
                format!("{id}{}{}", disability.kind, disability.grade)
            }
            _ => id.clone(),
        }
    }

    fn birth(&mut self, person: &Person) -> String {
        let style = if chance(self.rng, 0.06) {
            pick(self.rng, &["%Y%m%d", "%Y/%-m/%-d", "%Y.%-m.%-d", "%Y年%-m月%-d日"])
        } else {
            "%Y-%m-%d"
        };
        person.born.strftime(style).to_string()
    }

    fn relation(&mut self, person: &Person) -> Cell {
        if person.relation == "配偶" && self.side == Side::Provincial && chance(self.rng, 0.06) {
            return Cell::Borrowed(if person.sex == Sex::Female { "妻子" } else { "丈夫" });
        }
        self.word(person.relation)
    }

    /// The platform may leave 非在校生 blank, but for those of school age it asks.
    fn student(&mut self, person: &Person) -> Cell {
        let grown = person.status.student == "非在校生" && person.born.year() < 1990;
        if grown && self.side == Side::Provincial && chance(self.rng, 0.3) {
            return Cell::Borrowed("");
        }
        self.word(person.status.student)
    }

    /// A label in this system's words.
    fn word(&mut self, label: &'static str) -> Cell {
        let free = match label {
            // The platform kept the old word for all.
            "特困供养贫困户" => 0.9,
            _ => 0.06,
        };
        if self.side == Side::National || !chance(self.rng, free) {
            return Cell::Borrowed(label);
        }
        match SYNONYMS.iter().find(|entry| entry.0 == label) {
            Some((_, synonyms)) => Cell::Borrowed(pick(self.rng, synonyms)),
            None => Cell::Borrowed(label),
        }
    }
}

/// What the national system numbers a household, and departments' rolls after it.
pub(super) fn national_household_no(township: usize, household: usize) -> String {
    format!("5700000{township:04}{household:05}")
}

const fn yes(value: bool) -> Cell {
    Cell::Borrowed(if value { "是" } else { "否" })
}

/// Yuan with as few decimals as needed.
pub(super) fn yuan(fen: i64) -> String {
    match fen % 100 {
        0 => (fen / 100).to_string(),
        cents if cents % 10 == 0 => format!("{}.{}", fen / 100, cents / 10),
        cents => format!("{}.{cents:02}", fen / 100),
    }
}

/// Words that mean the same: never a finding.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("户主", &["本人或户主"]),
    ("之子", &["儿子"]),
    ("之女", &["女儿"]),
    ("之儿媳", &["儿媳"]),
    ("之孙子", &["孙子"]),
    ("之孙女", &["孙女"]),
    ("之父", &["父亲"]),
    ("之母", &["母亲"]),
    ("汉族", &["汉"]),
    ("回族", &["回"]),
    ("文盲或半文盲", &["文盲", "文盲或者半文盲"]),
    ("初中", &["初级中学"]),
    ("高中一年级", &["普通高中一年级"]),
    ("高中二年级", &["普通高中二年级"]),
    ("高中三年级", &["普通高中三年级"]),
    ("长期慢性病", &["慢性病"]),
    ("患有大病", &["大病"]),
    ("长期慢性病,残疾", &["长期慢性病、残疾", "残疾，长期慢性病"]),
    ("患有大病,残疾", &["患有大病、残疾", "残疾，患有大病"]),
    ("丧失劳动力", &["丧失劳动能力", "散失劳动力"]),
    ("无劳动力", &["无劳动能力"]),
    ("弱劳动力或半劳动力", &["弱劳动力", "半劳动力"]),
    ("乡(镇)内务工", &["乡（镇）内务工"]),
    ("乡(镇)外县内务工", &["乡（镇）外县内务工"]),
    ("特困供养贫困户", &["五保贫困户"]),
    ("已脱贫（享受政策）", &["已脱贫(享受政策)", "已脱贫享受政策"]),
    ("已脱贫（不再享受政策）", &["已脱贫(不再享受政策)", "已脱贫（不享受政策）"]),
    ("A级", &["A"]),
    ("D级", &["D"]),
    ("水泥路", &["硬化路"]),
    ("缺劳力", &["缺劳动力"]),
    ("自身发展动力不足", &["自身发展力不足"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_no_needless_decimals() {
        assert_eq!(yuan(350_000), "3500");
        assert_eq!(yuan(350_050), "3500.5");
        assert_eq!(yuan(350_005), "3500.05");
    }
}
