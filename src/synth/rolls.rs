//! Departments' rolls: who really received an item, by the department that pays it, and by nobody's registry.
//!
//! | roll | one row per | holds |
//! |---|---|---|
//! | 残疾人 | person with a certificate | both allowances of the newest year, yes or no |
//! | 低保, 医保代缴 | person and year | the amount |
//! | 教育资助, 雨露计划 | person and term | the amount |
//! | 慢性病卡 | person, in the year the card was given | whether a doctor is signed too |
//!
//! Rolls are the truth, but for typing ([`corrupted`]). Against them it shows what both registries lack (`roll:missing`),
//! what both hold though nobody paid it (`roll:extra`), and who is poor enough for a roll but registered nowhere
//! (`suspect:outsider`).

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom;

use super::benefits::{Benefit, CATALOGUE, item};
use super::damage::corrupted;
use super::draw::{Rng, between, chance, pick, weighted};
use super::fields::{Disability, school_age, student};
use super::identity::Office;
use super::layout::Form;
use super::places::Township;
use super::population::{People, Person, family};
use super::register::{Col, national_household_no, yuan};
use super::scene::{Injected, Scene};
use super::sheet::Sheet;
use crate::error::Result;

/// Which roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Disabled,
    Subsistence,
    Education,
    ChronicCard,
    Insurance,
    Vocational,
}
use Kind::{ChronicCard, Disabled, Education, Insurance, Subsistence, Vocational};

/// One roll of a township.
#[derive(Debug)]
pub(super) struct Roll {
    kind: Kind,
    pub(super) form: &'static Form,
    pub(super) entries: Vec<Entry>,
}

/// One row of a roll.
#[derive(Debug)]
pub(super) struct Entry {
    /// Number among the township's persons; `None` of an outsider.
    person: Option<usize>,
    pub(super) year: i32,
    /// Items of the catalogue that the row tells of, and the cell that says yes to it, where there is one.
    items: Vec<(usize, Option<usize>)>,
    cells: Vec<String>,
    /// Whether it was taken off the roll.
    gone: bool,
    /// 1-based row in the file, once written; 0 before.
    pub(super) row: u32,
}

impl Roll {
    /// What an entry says under a header.
    pub(super) fn cell(&self, entry: usize, header: &str) -> &str {
        self.column(header).map_or("", |column| self.entries[entry].cells[column].as_str())
    }

    fn column(&self, header: &str) -> Option<usize> {
        self.form.header.iter().position(|other| *other == header)
    }

    /// Writes the roll; rows are noted on its entries.
    pub(super) fn write(&mut self, sheet: &mut Sheet) -> Result<()> {
        for entry in self.entries.iter_mut().filter(|entry| !entry.gone) {
            let cells: Vec<&str> = entry.cells.iter().map(String::as_str).collect();
            entry.row = sheet.record(&cells)?;
        }
        Ok(())
    }
}

/// The forms of all rolls, in the order of [`Scene::rolls`].
pub(super) static FORMS: [&Form; 6] = [&DISABLED, &SUBSISTENCE, &EDUCATION, &CHRONIC_CARD, &INSURANCE, &VOCATIONAL];
const KINDS: [Kind; 6] = [Disabled, Subsistence, Education, ChronicCard, Insurance, Vocational];

const fn form(stem: &'static str, title: &'static str, header: &'static [&'static str]) -> Form {
    Form { side: "rolls", stem, title, header, bands: &[], long: true }
}

static DISABLED: Form = form(
    "残疾人",
    "持证残疾人名单",
    &["乡镇", "村", "姓名", "身份证号码", "残疾证号码", "残疾类别", "残疾等级", "是否享受护理补贴", "是否享受生活补贴"],
);
static SUBSISTENCE: Form =
    form("低保", "农村低保人员名单", &["乡镇", "村", "户主姓名", "姓名", "身份证号码", "年度", "年发放金额"]);
static EDUCATION: Form = form(
    "教育资助",
    "教育资助名单",
    &["学期", "乡镇", "姓名", "身份证号码", "户编号", "户主姓名", "学校全称", "学段", "年级", "资助项目", "资助金额"],
);
static CHRONIC_CARD: Form =
    form("慢性病卡", "慢性病卡发放名单", &["乡镇", "村", "姓名", "身份证号码", "年度", "是否签约家庭医生"]);
static INSURANCE: Form =
    form("医保代缴", "城乡居民基本医保代缴名单", &["乡镇", "村", "姓名", "身份证号码", "参保年度", "代缴金额"]);
static VOCATIONAL: Form =
    form("雨露计划", "雨露计划补助名单", &["学期", "乡镇", "姓名", "身份证号码", "学校名称", "补助金额"]);

/// The roll that holds an item.
fn kind_of(item: &str) -> Option<Kind> {
    Some(match item {
        "残疾证办理" => Disabled,
        "低保" => Subsistence,
        "学前资助" | "营养餐" | "寄宿生生活补助" | "普高助学金" | "中职助学金" | "高校助学金" => {
            Education
        }
        "慢性病卡" => ChronicCard,
        "基本医保代缴" => Insurance,
        "雨露计划" => Vocational,
        _ => return None,
    })
}

impl Kind {
    /// How often an item of the roll is lacking in both registries; on rolls that few are on, more often.
    const fn density(self) -> f64 {
        match self {
            Insurance => 0.0008,
            Subsistence | ChronicCard => 0.005,
            Disabled | Education => 0.01,
            Vocational => 0.03,
        }
    }
    /// Whether people are on the roll who are registered nowhere.
    const fn takes_outsiders(self) -> bool {
        matches!(self, Disabled | Subsistence | ChronicCard)
    }
}

/// Keeps the rolls, and puts in what the registries do not hold by them.
pub(super) fn apply(scene: &mut Scene<'_>, benefits: &[Benefit], office: &mut Office) {
    scene.rolls = kept(&mut scene.rng, &scene.people, benefits, scene.township, scene.year);
    for roll in 0..scene.rolls.len() {
        outsiders(scene, roll, office);
    }
    let mut recorded = records(scene);
    for roll in 0..scene.rolls.len() {
        disagree(scene, roll, &mut recorded);
    }
    damage(scene);
}

/// The rolls as departments keep them.
fn kept(rng: &mut Rng, people: &People, benefits: &[Benefit], township: &Township, year: i32) -> Vec<Roll> {
    let received = benefits.iter().filter_map(|benefit| Some((benefit.person?, benefit.item, benefit.year)));
    let newest = benefits.iter().map(|benefit| benefit.year).max().unwrap_or(year);
    let mut clerk = Clerk { rng, people, township, received: received.collect(), newest };
    let mut rolls: Vec<Roll> =
        KINDS.into_iter().zip(FORMS).map(|(kind, form)| Roll { kind, form, entries: vec![] }).collect();
    for benefit in benefits {
        let kind = kind_of(CATALOGUE[benefit.item].name);
        let Some(roll) = rolls.iter_mut().find(|roll| Some(roll.kind) == kind) else { continue };
        roll.entries.extend(clerk.entry(roll.kind, benefit));
    }
    for roll in &mut rolls {
        // A department's order is its own.
        roll.entries.shuffle(clerk.rng);
    }
    rolls
}

/// Who keeps the rolls.
struct Clerk<'a> {
    rng: &'a mut Rng,
    people: &'a People,
    township: &'a Township,
    /// Person, item and year.
    received: BTreeSet<(usize, usize, i32)>,
    /// The newest year of any measure.
    newest: i32,
}

impl Clerk<'_> {
    fn entry(&mut self, kind: Kind, benefit: &Benefit) -> Option<Entry> {
        let person = benefit.person?;
        let who = &self.people.persons[person];
        let amount = benefit.amount_fen.map(yuan).unwrap_or_default();
        let mut items = vec![(benefit.item, None)];
        let mut year = benefit.year;
        let cells = match kind {
            Disabled => {
                who.id_no.as_ref()?;
                year = self.newest;
                items = [("残疾人护理补贴", 7), ("残疾人生活补贴", 8)]
                    .map(|(name, cell)| (item(name), Some(cell)))
                    .into_iter()
                    .filter(|(item, _)| self.received.contains(&(person, *item, year)))
                    .collect();
                let allowances = [7, 8].map(|cell| items.iter().any(|item| item.1 == Some(cell)));
                self.disabled(self.village(benefit.household), who, who.status.disability?, allowances)
            }
            Subsistence => {
                let head = &self.people.members(&self.people.households[benefit.household])[0];
                self.subsistence(self.village(benefit.household), &head.name, who, year, amount)
            }
            ChronicCard => {
                let doctor = self.received.contains(&(person, item("家庭医生签约"), year));
                self.chronic_card(self.village(benefit.household), who, year, doctor)
            }
            Insurance => self.named(self.village(benefit.household), who, [year.to_string(), amount]),
            Education => self.education(benefit, who, amount),
            Vocational => {
                let school = self.school(who, year);
                vec![term(benefit), self.township.name.clone(), who.name.clone(), id(who), school, amount]
            }
        };
        Some(Entry { person: Some(person), year, items, cells, gone: false, row: 0 })
    }

    fn village(&self, household: usize) -> usize {
        self.people.households[household].village
    }

    /// Place, name and number, then the rest.
    fn named<const N: usize>(&self, village: usize, who: &Person, rest: [String; N]) -> Vec<String> {
        let mut cells =
            vec![self.township.name.clone(), self.township.villages[village].clone(), who.name.clone(), id(who)];
        cells.extend(rest);
        cells
    }

    fn disabled(&self, village: usize, who: &Person, disability: Disability, allowances: [bool; 2]) -> Vec<String> {
        const KINDS: [&str; 7] = ["视力", "听力", "言语", "肢体", "智力", "精神", "多重"];
        const GRADES: [&str; 4] = ["一级", "二级", "三级", "四级"];
        let number = format!("{}{}{}", id(who), disability.kind, disability.grade);
        let kind = KINDS[usize::from(disability.kind) - 1].to_owned();
        let grade = GRADES[usize::from(disability.grade) - 1].to_owned();
        let [nursing, living] = allowances.map(yes);
        self.named(village, who, [number, kind, grade, nursing, living])
    }

    fn subsistence(&self, village: usize, head: &str, who: &Person, year: i32, amount: String) -> Vec<String> {
        let mut cells = self.named(village, who, [year.to_string(), amount]);
        cells.insert(2, head.to_owned());
        cells
    }

    fn chronic_card(&self, village: usize, who: &Person, year: i32, doctor: bool) -> Vec<String> {
        self.named(village, who, [year.to_string(), yes(doctor)])
    }

    fn education(&mut self, benefit: &Benefit, who: &Person, amount: String) -> Vec<String> {
        let item = &CATALOGUE[benefit.item];
        let grade = student(who, benefit.year);
        let stage = match grade {
            "学前教育" | "小学" => grade,
            "七年级" | "八年级" | "九年级" => "初中",
            _ if grade.starts_with("高中") => "普通高中",
            _ if grade.starts_with("中职") => "中职",
            _ if grade.starts_with("高职") => "高职",
            _ => "高等教育",
        };
        let grade = match (grade, school_age(who, benefit.year)) {
            ("小学", age) => ["一", "二", "三", "四", "五", "六"][(age - 6).clamp(0, 5) as usize].to_owned() + "年级",
            _ => grade.to_owned(),
        };
        // Student numbers are a G before the citizen's.
        let id = if chance(self.rng, 0.1) && who.id_no.is_some() { format!("G{}", id(who)) } else { id(who) };
        let head = &self.people.members(&self.people.households[benefit.household])[0];
        let name = if chance(self.rng, 0.25) { pick(self.rng, item.spellings) } else { item.name };
        vec![
            term(benefit),
            self.township.name.clone(),
            who.name.clone(),
            id,
            national_household_no(self.township.ix, benefit.household),
            head.name.clone(),
            self.school(who, benefit.year),
            stage.to_owned(),
            grade,
            name.to_owned(),
            amount,
        ]
    }

    fn school(&self, who: &Person, year: i32) -> String {
        let Township { county, name, .. } = self.township;
        match student(who, year) {
            "学前教育" => format!("{name}中心幼儿园"),
            "小学" => format!("{name}中心学校"),
            "七年级" | "八年级" | "九年级" => format!("{name}初级中学"),
            grade if grade.starts_with("高中") => format!("{county}第一中学"),
            grade if grade.starts_with("中职") => format!("{county}职业教育中心"),
            grade if grade.starts_with("高职") => "示例职业技术学院".to_owned(),
            _ => "示例大学".to_owned(),
        }
    }
}

fn id(who: &Person) -> String {
    who.id_no.clone().unwrap_or_default()
}

fn yes(value: bool) -> String {
    if value { "是" } else { "否" }.to_owned()
}

/// The term that a measure was paid in.
fn term(benefit: &Benefit) -> String {
    let season = if benefit.on.month() <= 7 { "春季" } else { "秋季" };
    format!("{}年{season}学期", benefit.year)
}

/// Families that no registry knows, on the rolls of the poor: one person in fifty.
fn outsiders(scene: &mut Scene<'_>, roll: usize, office: &mut Office) {
    let kind = scene.rolls[roll].kind;
    if !kind.takes_outsiders() {
        return;
    }
    let persons: BTreeSet<Option<usize>> = scene.rolls[roll].entries.iter().map(|entry| entry.person).collect();
    let expected = persons.len() as f64 / 50.0 * scene.settings.errors;
    let mut missing = expected as usize + usize::from(chance(&mut scene.rng, expected.fract()));
    while missing > 0 {
        let members = family(&mut scene.rng, office, scene.year);
        let village = between(&mut scene.rng, 0, scene.township.villages.len() as i32 - 1) as usize;
        let entries = outsider_entries(scene, kind, village, &members);
        missing = missing.saturating_sub(entries.len());
        for entry in entries {
            let (item, year) = (entry.items[0].0, entry.year);
            let place = between(&mut scene.rng, 0, scene.rolls[roll].entries.len() as i32) as usize;
            insert(scene, roll, place, entry);
            scene.injected.push(Injected {
                rule: "suspect:outsider".to_owned(),
                outsider: true,
                year: Some(year),
                item: CATALOGUE[item].name,
                entry: Some((roll, place)),
                ..Injected::default()
            });
        }
    }
}

/// Puts an entry in its place; those behind it move down.
fn insert(scene: &mut Scene<'_>, roll: usize, place: usize, entry: Entry) {
    scene.rolls[roll].entries.insert(place, entry);
    for injected in &mut scene.injected {
        if let Some((of, at)) = &mut injected.entry
            && *of == roll
            && *at >= place
        {
            *at += 1;
        }
    }
}

/// What a family is on a roll for: one of it is disabled, or ill, or all of it is poor.
fn outsider_entries(scene: &mut Scene<'_>, kind: Kind, village: usize, members: &[Person]) -> Vec<Entry> {
    let (year, people, township) = (scene.year, &scene.people, scene.township);
    let clerk = Clerk { rng: &mut scene.rng, people, township, received: BTreeSet::new(), newest: year };
    let head = &members[0];
    let entry = |name: &str, cells: Vec<String>| {
        let items = vec![(item(name), None)];
        Entry { person: None, year, items, cells, gone: false, row: 0 }
    };
    match kind {
        Subsistence => {
            let amount = CATALOGUE[item("低保")].amount_fen(year).map(yuan).unwrap_or_default();
            let cells = |who| clerk.subsistence(village, &head.name, who, year, amount.clone());
            members.iter().map(|who| entry("低保", cells(who))).collect()
        }
        ChronicCard => vec![entry("慢性病卡", clerk.chronic_card(village, head, year, false))],
        _ => {
            let (kind, grade) =
                (weighted(clerk.rng, &[(1, 1), (2, 1), (4, 4), (5, 1)]), weighted(clerk.rng, &[(3, 1), (4, 1)]));
            let cells = clerk.disabled(village, head, Disability { kind, grade }, [false, false]);
            vec![entry("残疾证办理", cells)]
        }
    }
}

/// Person, item and year.
type Key = (usize, usize, i32);
/// Records of one key on either side: numbers among the measures.
type Records = BTreeMap<Key, [Vec<usize>; 2]>;

/// What both registries record of whoever is in both; without what is wrong already.
fn records(scene: &Scene<'_>) -> Records {
    let places = scene.whereabouts();
    let mut recorded = Records::new();
    for (side, register) in scene.registers.iter().enumerate() {
        for (at, measure) in register.measures.iter().enumerate() {
            let Benefit { person: Some(person), item, year, .. } = measure.benefit else { continue };
            if places.iter().all(|places| places.card(person).is_some()) {
                recorded.entry((person, item, year)).or_default()[side].push(at);
            }
        }
    }
    let wrong = scene.injected.iter().filter_map(|injected| Some((injected.person?, item_of(injected)?)));
    let wrong: BTreeSet<(usize, usize)> = wrong.collect();
    recorded.retain(|(person, item, _), records| {
        !wrong.contains(&(*person, *item)) && records.iter().all(|records| !records.is_empty())
    });
    recorded
}

fn item_of(injected: &Injected) -> Option<usize> {
    (!injected.item.is_empty()).then(|| item(injected.item))
}

/// Takes measures that a roll holds out of both registries, and entries of measures that both hold off the roll.
fn disagree(scene: &mut Scene<'_>, roll: usize, recorded: &mut Records) {
    let density = scene.rolls[roll].kind.density();
    let mut entries: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (at, entry) in scene.rolls[roll].entries.iter().enumerate() {
        let Some(person) = entry.person else { continue };
        for (item, _) in &entry.items {
            entries.entry((person, *item, entry.year)).or_default().push(at);
        }
    }
    for (key, entries) in entries {
        // A measure that another roll's problem is about has no second one.
        let Some(records) = recorded.get(&key).cloned() else { continue };
        let (measures, entry) = (records.each_ref().map(|records| records.first().copied()), Some((roll, entries[0])));
        let rule = if scene.happens(density) {
            for (register, records) in scene.registers.iter_mut().zip(&records) {
                records.iter().for_each(|record| register.measures[*record].struck = true);
            }
            "roll:missing"
        } else if scene.happens(density / 2.0) {
            entries.iter().for_each(|entry| take_off(&mut scene.rolls[roll].entries[*entry], key.1));
            "roll:extra"
        } else {
            continue;
        };
        recorded.remove(&key);
        note(scene, rule, key, measures, entry);
    }
}

/// Strikes an item off an entry: its yes becomes a no, or the row is gone.
fn take_off(entry: &mut Entry, item: usize) {
    match entry.items.iter().find(|(other, _)| *other == item) {
        Some((_, Some(cell))) => entry.cells[*cell] = yes(false),
        _ => entry.gone = true,
    }
}

fn note(scene: &mut Scene<'_>, rule: &str, key: Key, measures: [Option<usize>; 2], entry: Option<(usize, usize)>) {
    let (person, item, year) = key;
    scene.injected.push(Injected {
        rule: rule.to_owned(),
        household: scene.household_of(person),
        person: Some(person),
        year: Some(year),
        item: CATALOGUE[item].name,
        measures,
        entry,
        ..Injected::default()
    });
}

/// Damages names and numbers as typing does; what a problem was put in on stays whole, or nothing could tell it.
fn damage(scene: &mut Scene<'_>) {
    let whole: BTreeSet<(usize, usize)> = scene.injected.iter().filter_map(|injected| injected.entry).collect();
    let rate = scene.settings.damage;
    for (number, roll) in scene.rolls.iter_mut().enumerate() {
        let columns = [("身份证号码", Col::IdNo, 0.02), ("姓名", Col::Name, 0.015)];
        let columns = columns.map(|(header, column, share)| (roll.column(header), column, share));
        for (at, entry) in roll.entries.iter_mut().enumerate().filter(|(at, _)| !whole.contains(&(number, *at))) {
            debug_assert!(entry.person.is_some(), "every outsider is a problem at {at}");
            let hit = columns.iter().find(|(_, _, share)| chance(&mut scene.rng, rate * share));
            if let Some((Some(cell), column, _)) = hit
                && !entry.cells[*cell].is_empty()
                && let Some(damaged) = corrupted(&mut scene.rng, *column, &entry.cells[*cell])
            {
                entry.cells[*cell] = damaged;
            }
        }
    }
}
