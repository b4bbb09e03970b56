//! Measures that a household really received: a catalogue, who is entitled, and the records of each year.
//!
//! Amounts are the generator's own assumptions with the year from which they hold; they make records comparable,
//! not policy. Eligibility follows the registered fields, so that what is missing on a platform was removed on
//! purpose. A semester item gives two records a year, told apart by their dates.

use jiff::civil::{Date, date};

use super::draw::{Rng, between, chance};
use super::fields::{Status, is_grown_up, student};
use super::population::{Household, People, Person};

/// How often an item is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Year,
    Semester,
    Once,
}

/// Whose the item is, and when she is entitled to it.
#[derive(Clone, Copy)]
enum Due {
    /// A member with this status, in this year.
    Member(fn(&Person, &Household, i32) -> f64),
    /// The household.
    Household(fn(&[Person], &Household, i32) -> f64),
}

/// One item of the catalogue.
pub(super) struct Item {
    /// Canonical name, as the national system prints it.
    pub(super) name: &'static str,
    /// Canonical category.
    pub(super) category: &'static str,
    /// What the provincial platform calls it, now and then.
    pub(super) spellings: &'static [&'static str],
    /// Who pays.
    pub(super) unit: &'static str,
    /// What came of it.
    pub(super) outcome: &'static str,
    period: Period,
    /// Yuan per record, from that year on; empty for items without money.
    yuan: &'static [(i32, u32)],
    due: Due,
}

impl Item {
    /// Amount of one record in `year`, in fen.
    pub(super) fn amount_fen(&self, year: i32) -> Option<i64> {
        let valid = self.yuan.iter().rev().find(|(from, _)| *from <= year).or(self.yuan.first());
        valid.map(|(_, yuan)| i64::from(*yuan) * 100)
    }
}

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Benefit {
    pub(super) household: usize,
    /// Number among the township's persons; `None` for a household's item.
    pub(super) person: Option<usize>,
    /// Number in the catalogue.
    pub(super) item: usize,
    pub(super) year: i32,
    pub(super) on: Date,
    pub(super) amount_fen: Option<i64>,
}

const YEARLY: Period = Period::Year;
const SEMESTER: Period = Period::Semester;
const ONCE: Period = Period::Once;

macro_rules! item {
    ($name:literal, $category:literal, [$($spelling:literal),*], $unit:literal, $outcome:literal, $period:ident, [$($from:literal: $yuan:literal),*], $due:expr) => {
        Item {
            name: $name, category: $category, spellings: &[$($spelling),*], unit: $unit, outcome: $outcome,
            period: $period, yuan: &[$(($from, $yuan)),*], due: $due,
        }
    };
}

use Due::{Household as ForHousehold, Member as ForMember};

/// Every item that is generated.
#[rustfmt::skip]
pub(super) static CATALOGUE: &[Item] = &[
    item!("基本医保代缴", "健康帮扶", ["城乡居民基本医疗保险代缴", "医保代缴"], "县医保局", "参加城乡居民基本医疗保险", YEARLY, [2014: 90, 2016: 120, 2017: 150, 2018: 180, 2019: 220, 2020: 250], ForMember(|_, _, _| 1.0)),
    item!("大病保险", "健康帮扶", ["城乡居民大病保险"], "县医保局", "参加大病保险", YEARLY, [], ForMember(|_, _, _| 1.0)),
    item!("家庭医生签约", "健康帮扶", ["家庭医生签约服务", "签约家庭医生"], "县卫健委", "已签约并按期随访", YEARLY, [], ForMember(|_, _, _| 1.0)),
    item!("慢性病卡", "健康帮扶", ["办理慢性病卡"], "县卫健委", "已办理慢性病就诊卡", ONCE, [], ForMember(|person, _, _| share(person.status.ill(), 1.0))),
    item!("慢性病补充180", "健康帮扶", ["慢性病补充医疗保障180"], "县医保局", "慢性病门诊费用再报销", YEARLY, [2014: 360], ForMember(|person, _, year| share(person.status.chronic && year >= 2017, 0.3))),
    item!("医疗救助", "健康帮扶", ["城乡医疗救助"], "县民政局", "减轻医疗负担", YEARLY, [2014: 1200], ForMember(|person, _, _| share(person.status.major_illness, 0.5))),
    item!("住院医疗报销", "健康帮扶", ["住院报销"], "县医保局", "住院费用已报销", YEARLY, [2014: 3500], ForMember(|person, _, _| share(person.status.ill(), 0.15))),
    item!("学前资助", "其他教育帮扶", ["学前教育资助"], "县教育局", "在园就读", SEMESTER, [2014: 400], ForMember(|person, _, year| at_school(person, year, &["学前教育"]))),
    item!("营养餐", "义务教育保障", ["营养改善计划"], "县教育局", "在校就读", SEMESTER, [2014: 400], ForMember(|person, _, year| at_school(person, year, &["小学", "七年级", "八年级", "九年级"]))),
    item!("寄宿生生活补助", "义务教育保障", ["寄宿生生活补贴", "寄宿生补助"], "县教育局", "在校就读", SEMESTER, [2014: 625], ForMember(|person, _, year| at_school(person, year, &["七年级", "八年级", "九年级"]))),
    item!("普高助学金", "其他教育帮扶", ["普通高中国家助学金", "普通高中助学金"], "县教育局", "在校就读", SEMESTER, [2014: 1000], ForMember(|person, _, year| at_school(person, year, &["高中一年级", "高中二年级", "高中三年级"]))),
    item!("中职助学金", "其他教育帮扶", ["中职国家助学金", "中等职业学校助学金"], "县教育局", "在校就读", SEMESTER, [2014: 1000], ForMember(|person, _, year| at_school(person, year, &["中职一年级", "中职二年级"]))),
    item!("雨露计划", "其他教育帮扶", ["雨露计划职业教育补助", "雨露计划补助"], "县扶贫办", "在校就读", SEMESTER, [2014: 1500], ForMember(|person, _, year| vocational(person, year))),
    item!("高校助学金", "其他教育帮扶", ["高等教育助学金"], "县教育局", "在校就读", YEARLY, [2014: 3000], ForMember(|person, _, year| at_school(person, year, &["大专及以上"]))),
    item!("低保", "综合保障", ["农村低保", "最低生活保障"], "县民政局", "基本生活有保障", YEARLY, [2014: 2400, 2017: 3000, 2018: 3480], ForMember(|_, household, _| share(household.circumstances.kind == "低保贫困户", 1.0))),
    item!("特困供养", "综合保障", ["五保供养", "特困人员救助供养"], "县民政局", "基本生活有保障", YEARLY, [2014: 3900, 2017: 4800, 2018: 5280], ForMember(|_, household, _| share(household.circumstances.kind == "特困供养贫困户", 1.0))),
    item!("残疾人生活补贴", "综合保障", ["困难残疾人生活补贴"], "县残联", "补贴已发放", YEARLY, [2014: 600, 2018: 720], ForMember(|person, _, _| share(person.status.disability.is_some(), 1.0))),
    item!("残疾人护理补贴", "综合保障", ["重度残疾人护理补贴"], "县残联", "补贴已发放", YEARLY, [2014: 720], ForMember(|person, _, _| share(severe(&person.status), 1.0))),
    item!("残疾证办理", "综合保障", ["办理残疾证"], "县残联", "已持有残疾证", ONCE, [], ForMember(|person, _, _| share(person.status.disability.is_some(), 1.0))),
    item!("养老金", "综合保障", ["城乡居民养老金", "基础养老金"], "县人社局", "按月领取养老金", YEARLY, [2014: 840, 2018: 1260], ForMember(|person, _, year| share(person.age(year) > 60, 1.0))),
    item!("养老保险代缴", "综合保障", ["城乡居民养老保险代缴"], "县人社局", "参加城乡居民养老保险", YEARLY, [2014: 100], ForMember(|person, household, year| share(pension_due(person, household, year), 1.0))),
    item!("高龄津贴", "综合保障", ["高龄补贴"], "县民政局", "津贴已发放", YEARLY, [2014: 360], ForMember(|person, _, year| share(person.age(year) > 80, 1.0))),
    item!("临时救助", "综合保障", ["临时生活救助"], "县民政局", "缓解临时困难", YEARLY, [2014: 800], ForHousehold(|_, _, _| 0.03)),
    item!("产业奖补", "产业帮扶", ["产业扶贫奖补", "特色种养业奖补"], "县农委", "发展种养增加收入", YEARLY, [2014: 2000, 2018: 3000], ForHousehold(venture)),
    item!("扶贫小额信贷", "金融帮扶", ["小额信贷", "扶贫小额贷款"], "县金融办", "发展生产增加收入", ONCE, [2014: 30000], ForHousehold(|members, household, _| share(any_labour(members), if household.circumstances.cause == "缺资金" { 1.0 } else { 0.1 }))),
    item!("光伏扶贫", "产业帮扶", ["光伏发电", "光伏扶贫收益"], "县扶贫办", "光伏收益分红", YEARLY, [2014: 2400], ForHousehold(|members, _, _| share(!any_labour(members), 0.25))),
    item!("资产收益分红", "产业帮扶", ["资产收益扶贫分红"], "县农委", "分红增加收入", YEARLY, [2014: 500], ForHousehold(|_, household, _| share(household.circumstances.cause == "缺劳力", 1.0))),
    item!("地力补贴", "综合保障", ["耕地地力保护补贴", "耕地地力补贴"], "县农委", "补贴已发放", YEARLY, [2014: 480], ForHousehold(|_, _, _| 0.4)),
    item!("扶贫保险", "社会帮扶", ["扶贫综合保险"], "县扶贫办", "防范意外返贫", YEARLY, [2014: 60], ForHousehold(|_, _, year| share(year >= 2016, 0.3))),
    item!("慰问捐助", "社会帮扶", ["走访慰问"], "帮扶单位", "节日走访慰问", YEARLY, [2014: 300], ForHousehold(|_, _, _| 0.3)),
    item!("就业培训", "就业帮扶", ["就业技能培训", "技能培训"], "县人社局", "掌握一门实用技术", ONCE, [2014: 800], ForMember(|person, household, year| share(works_in(person, year), if household.circumstances.cause == "缺技术" { 1.0 } else { 0.05 }))),
    item!("交通补贴", "就业帮扶", ["外出务工交通补贴"], "县人社局", "外出务工增加收入", YEARLY, [2014: 500], ForMember(|person, _, year| share(person.status.work == Some("省外务工") && works_in(person, year), 0.8))),
    item!("公益性岗位", "公益岗位帮扶", ["公益岗位"], "县人社局", "就近就业增加收入", YEARLY, [2014: 3600], ForMember(|person, _, year| share(person.status.work.is_none() && works_in(person, year), 0.4))),
    item!("危房改造", "住房安全保障", ["农村危房改造"], "县住建局", "住上安全住房", ONCE, [2014: 20000], ForHousehold(|_, household, year| share(household.circumstances.dilapidated_in == Some(year), 1.0))),
    item!("饮水安全", "饮水安全保障", ["安全饮水", "自来水入户"], "县水利局", "用上自来水", ONCE, [], ForHousehold(|_, household, year| share(household.circumstances.dry_in == Some(year), 1.0))),
];

/// What everybody received in `years`, sorted by household, person, item, year and date.
pub(super) fn received(rng: &mut Rng, people: &People, years: &[i32]) -> Vec<Benefit> {
    let mut benefits = Vec::new();
    for (ix, household) in people.households.iter().enumerate() {
        for (item_ix, item) in CATALOGUE.iter().enumerate() {
            let persons = match item.due {
                ForMember(_) => household.persons.clone().map(Some).collect(),
                ForHousehold(_) => vec![None],
            };
            for person in persons {
                for year in due_years(rng, people, household, item, person, years) {
                    push(rng, &mut benefits, (ix, person, item_ix), year);
                }
            }
        }
    }
    benefits.sort_by_key(|benefit| (benefit.household, benefit.person, benefit.item, benefit.year, benefit.on));
    benefits
}

/// The years in which a person, or a household, was paid an item.
fn due_years(
    rng: &mut Rng,
    people: &People,
    household: &Household,
    item: &Item,
    person: Option<usize>,
    years: &[i32],
) -> Vec<i32> {
    let born = person.map_or(0, |person| i32::from(people.persons[person].born.year()));
    let due = |year: i32| share_due(people, household, item, person, year);
    let entitled = |year: &i32| household.circumstances.entitled(*year) && born <= *year;
    match item.period {
        Period::Once => {
            let years: Vec<i32> = years.iter().copied().filter(|year| entitled(year)).collect();
            if years.is_empty() {
                return vec![];
            }
            // A house is rebuilt, or water connected, in the year in which the household is registered without them.
            let facts = &household.circumstances;
            let due_in = match item.name {
                "危房改造" => facts.dilapidated_in,
                "饮水安全" => facts.dry_in,
                _ => None,
            };
            let year = match due_in.filter(|year| years.contains(year)) {
                Some(year) => year,
                None => years[between(rng, 0, years.len() as i32 - 1) as usize],
            };
            if chance(rng, due(year)) { vec![year] } else { vec![] }
        }
        Period::Year | Period::Semester => {
            years.iter().copied().filter(entitled).filter(|year| chance(rng, due(*year))).collect()
        }
    }
}

/// How likely a person, or a household, was paid an item in `year`.
fn share_due(people: &People, household: &Household, item: &Item, person: Option<usize>, year: i32) -> f64 {
    match (item.due, person) {
        (ForMember(due), Some(person)) => due(&people.persons[person], household, year),
        (ForHousehold(due), _) => due(people.members(household), household, year),
        (ForMember(_), None) => 0.0,
    }
}

/// Whether an item could be meant for this person in `year`.
pub(super) fn is_due(people: &People, household: &Household, item: usize, person: usize, year: i32) -> bool {
    share_due(people, household, &CATALOGUE[item], Some(person), year) > 0.0
}

/// The number of an item of the catalogue.
pub(super) fn item(name: &str) -> usize {
    CATALOGUE.iter().position(|item| item.name == name).expect("an item of the catalogue")
}

fn push(
    rng: &mut Rng,
    benefits: &mut Vec<Benefit>,
    (household, person, item): (usize, Option<usize>, usize),
    year: i32,
) {
    let spring = date(year as i16, between(rng, 3, 6) as i8, between(rng, 1, 28) as i8);
    let autumn = date(year as i16, between(rng, 9, 11) as i8, between(rng, 1, 28) as i8);
    let dates = match CATALOGUE[item].period {
        Period::Semester => vec![spring, autumn],
        Period::Year | Period::Once if chance(rng, 0.5) => vec![spring],
        Period::Year | Period::Once => vec![autumn],
    };
    let amount_fen = CATALOGUE[item].amount_fen(year);
    benefits.extend(dates.into_iter().map(|on| Benefit { household, person, item, year, on, amount_fen }));
}

const fn share(due: bool, share: f64) -> f64 {
    if due { share } else { 0.0 }
}

fn at_school(person: &Person, year: i32, grades: &[&str]) -> f64 {
    share(grades.contains(&student(person, year)), 1.0)
}

fn vocational(person: &Person, year: i32) -> f64 {
    let grade = student(person, year);
    share(grade.starts_with("中职") || grade.starts_with("高职"), 1.0)
}

/// Able to work now, and already then.
fn works_in(person: &Person, year: i32) -> bool {
    person.status.works() && person.age(year) >= 18 && is_grown_up(person, year)
}

fn severe(status: &Status) -> bool {
    status.disability.is_some_and(|disability| disability.grade <= 2)
}

fn pension_due(person: &Person, household: &Household, year: i32) -> bool {
    let needy =
        household.circumstances.poor_in(year) || household.circumstances.kind != "一般贫困户" || severe(&person.status);
    needy && (18..60).contains(&person.age(year)) && student(person, year) == "非在校生"
}

/// Whoever lacks skill or money is helped to a venture every year, and so is whoever is poor and can work.
fn venture(members: &[Person], household: &Household, year: i32) -> f64 {
    let facts = &household.circumstances;
    let able = members.iter().any(|member| member.status.is_able());
    match any_labour(members) {
        _ if able && matches!(facts.cause, "缺技术" | "缺资金") => 1.0,
        true if facts.poor_in(year) => 1.0,
        true => 0.4,
        false => 0.0,
    }
}

fn any_labour(members: &[Person]) -> bool {
    members.iter().any(|member| member.status.works())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{draw::stream, fields, identity::Office, places::townships, population};
    use super::*;

    #[test]
    fn a_household_receives_about_ten_records_a_year() {
        let (mut rng, township) = (stream(5, 0), &townships(9_000)[0]);
        let mut people = population::people(&mut rng, &mut Office::new(0), township, 2018);
        fields::fill(&mut rng, &mut people, 0, &fields::Span::newest(2016..=2018));
        let years = [2016, 2017, 2018];
        let benefits = received(&mut rng, &people, &years);
        let mean = benefits.len() as f64 / (people.households.len() * years.len()) as f64;
        assert!((10.0..13.0).contains(&mean), "{mean}");
        for benefit in benefits.iter().filter(|benefit| CATALOGUE[benefit.item].name == "雨露计划") {
            let person = &people.persons[benefit.person.expect("a member's item")];
            assert!(vocational(person, benefit.year) > 0.0);
        }
    }

    #[test]
    fn measures_answer_to_the_cause_in_every_year() {
        let (mut rng, township) = (stream(6, 0), &townships(9_000)[0]);
        let mut people = population::people(&mut rng, &mut Office::new(0), township, 2018);
        fields::fill(&mut rng, &mut people, 0, &fields::Span::newest(2016..=2018));
        let years = [2016, 2017, 2018];
        let benefits = received(&mut rng, &people, &years);
        let mut received = BTreeSet::new();
        for benefit in &benefits {
            received.insert((benefit.household, benefit.year, CATALOGUE[benefit.item].category));
        }
        for (ix, household) in people.households.iter().enumerate() {
            let facts = &household.circumstances;
            let wanted: &[&str] = match facts.cause {
                "因病" => &["健康帮扶"],
                "因学" => &["义务教育保障", "其他教育帮扶"],
                "因残" => &["综合保障"],
                "缺技术" => &["就业帮扶", "产业帮扶"],
                "缺资金" => &["金融帮扶", "产业帮扶"],
                "缺劳力" => &["综合保障", "产业帮扶"],
                _ => continue,
            };
            for year in years.into_iter().filter(|year| facts.entitled(*year)) {
                let met = wanted.iter().any(|category| received.contains(&(ix, year, *category)));
                assert!(met, "{} in {year}", facts.cause);
            }
            assert!(!facts.dilapidated || received.contains(&(ix, 2018, "住房安全保障")));
            assert!(facts.water_solved || received.contains(&(ix, 2018, "饮水安全保障")));
        }
    }

    #[test]
    fn amounts_hold_from_their_year_on() {
        let insurance = &CATALOGUE[0];
        assert_eq!(insurance.amount_fen(2017), Some(15_000));
        assert_eq!(insurance.amount_fen(2018), Some(18_000));
        assert_eq!(insurance.amount_fen(2013), Some(9_000), "the first amount reaches back");
        assert_eq!(CATALOGUE[1].amount_fen(2018), None);
    }
}
