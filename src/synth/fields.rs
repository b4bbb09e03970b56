//! What is registered about a person and a household, free of contradictions.
//!
//! Every value is derived so that the rules of practice hold: grade by the age on 31 August, labour by age and
//! health, cause by what the members really have, 低保 for households without labour, exit only with income,
//! housing and water in order. What a rule finds in a generated registry was therefore put there on purpose. Facts
//! that do not move from year to year, such as cause and kind, are chosen to hold in every year that is exported.

use std::ops::RangeInclusive;

use jiff::civil::{Date, date};

use super::draw::{Rng, between, chance, pick, weighted};
use super::identity::Sex;
use super::names;
use super::population::{Household, People, Person};

/// A disability certificate: 类别 1-7 and 等级 1-4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Disability {
    pub(super) kind: u8,
    pub(super) grade: u8,
}

/// What is registered about a person in the data year.
#[derive(Debug, Clone, Default)]
pub(super) struct Status {
    pub(super) education: &'static str,
    pub(super) student: &'static str,
    pub(super) chronic: bool,
    pub(super) major_illness: bool,
    pub(super) disability: Option<Disability>,
    pub(super) labour: &'static str,
    pub(super) work: Option<&'static str>,
    pub(super) months: i32,
    pub(super) phone: Option<String>,
    /// Goes to a vocational school after the ninth year.
    pub(super) vocational: bool,
    /// Age on 31 August from which she is no longer at school.
    pub(super) leaves_at: i32,
    /// Age on 31 August at which kindergarten began.
    pub(super) starts_at: i32,
}

impl Status {
    /// Health as registered: one label or several.
    pub(super) fn health(&self) -> &'static str {
        match (self.chronic, self.major_illness, self.disability.is_some()) {
            (false, false, false) => "健康",
            (true, false, false) => "长期慢性病",
            (_, true, false) => "患有大病",
            (false, false, true) => "残疾",
            (true, false, true) => "长期慢性病,残疾",
            (_, true, true) => "患有大病,残疾",
        }
    }
    /// Ill for long or gravely.
    pub(super) const fn ill(&self) -> bool {
        self.chronic || self.major_illness
    }
    /// Able to work in full.
    pub(super) fn works(&self) -> bool {
        matches!(self.labour, "普通劳动力" | "技能劳动力")
    }
    /// Able to work, be it a little.
    pub(super) fn is_able(&self) -> bool {
        !matches!(self.labour, "无劳动力" | "丧失劳动力")
    }
    /// Neither ill nor disabled.
    pub(super) const fn is_healthy(&self) -> bool {
        !self.ill() && self.disability.is_none()
    }
    /// At school, from kindergarten on.
    pub(super) fn is_enrolled(&self) -> bool {
        self.student != "非在校生"
    }
}

/// What is registered about a household in the data year.
#[derive(Debug, Clone, Default)]
pub(super) struct Circumstances {
    pub(super) kind: &'static str,
    pub(super) exit_status: &'static str,
    pub(super) exit_year: Option<i32>,
    /// When it was first registered as poor; nothing is due before.
    pub(super) identified: Date,
    pub(super) cause: &'static str,
    pub(super) dilapidated: bool,
    /// The only year in which the house is, or was, registered as dilapidated: it is rebuilt in that year.
    pub(super) dilapidated_in: Option<i32>,
    /// Grade of the house: C and D are dilapidated.
    pub(super) house_grade: &'static str,
    /// Square metres.
    pub(super) house_area: usize,
    pub(super) road: &'static str,
    pub(super) water_solved: bool,
    /// The only year in which safe water is, or was, registered as lacking.
    pub(super) dry_in: Option<i32>,
    pub(super) income_fen: i64,
    pub(super) phone: String,
    pub(super) helper: String,
}

impl Circumstances {
    /// Whether benefits are due in `year`: from its identification on, until policies end.
    pub(super) fn entitled(&self, year: i32) -> bool {
        let ended = self.exit_status == "已脱贫（不再享受政策）" && self.exit_year.is_some_and(|exit| year > exit);
        self.identified_year() <= year && !ended
    }
    /// Whether the household is still poor.
    pub(super) const fn poor(&self) -> bool {
        self.exit_year.is_none()
    }
    /// Whether the household was still poor at the end of `year`.
    pub(super) fn poor_in(&self, year: i32) -> bool {
        self.exit_year.is_none_or(|exit| year < exit)
    }
    /// The year of its first registration.
    pub(super) fn identified_year(&self) -> i32 {
        i32::from(self.identified.year())
    }
}

/// The years that facts must hold in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// From the first that anything is exported of to the last, whose state is filled in.
    pub(super) years: RangeInclusive<i32>,
    /// From the first that registers are exported of to the last.
    pub(super) registers: RangeInclusive<i32>,
}

impl Span {
    /// Registers of the last of `years` only.
    #[cfg(test)]
    pub(super) const fn newest(years: RangeInclusive<i32>) -> Self {
        let last = *years.end();
        Self { years, registers: last..=last }
    }
}

/// Fills in what is registered about everybody of township `township` in the last year of `span`.
pub(super) fn fill(rng: &mut Rng, people: &mut People, township: usize, span: &Span) {
    for household in &mut people.households {
        for person in &mut people.persons[household.persons.clone()] {
            fill_person(rng, person, &span.years);
        }
    }
    fill_phones(rng, people, township);
    for ix in 0..people.households.len() {
        let circumstances = circumstances(rng, &people.households[ix], people, span);
        let phone = std::mem::take(&mut people.households[ix].circumstances.phone);
        people.households[ix].circumstances = Circumstances { phone, ..circumstances };
    }
}

/// Age on 31 August of `year`, when the school year begins.
pub(super) fn school_age(person: &Person, year: i32) -> i32 {
    let turned = i32::from(person.born.month() <= 8);
    person.age(year) - 1 + turned
}

/// Grade in the school year that begins in `year`; 非在校生 for everybody else.
pub(super) fn student(person: &Person, year: i32) -> &'static str {
    let age = school_age(person, year);
    let Status { vocational, leaves_at, starts_at, .. } = person.status;
    if age >= leaves_at || age < starts_at {
        return "非在校生";
    }
    match (age, vocational) {
        (..=5, _) => "学前教育",
        (6..=11, _) => "小学",
        (12, _) => "七年级",
        (13, _) => "八年级",
        (14, _) => "九年级",
        (15, false) => "高中一年级",
        (16, false) => "高中二年级",
        (17, false) => "高中三年级",
        (15, true) => "中职一年级",
        (16, true) => "中职二年级",
        (17, true) => "中职三年级",
        (18, true) => "高职一年级",
        (19, true) => "高职二年级",
        (20, true) => "高职三年级",
        _ => "大专及以上",
    }
}

fn fill_person(rng: &mut Rng, person: &mut Person, years: &RangeInclusive<i32>) {
    let year = *years.end();
    let age = person.age(year);
    person.status.vocational = chance(rng, 0.4);
    person.status.starts_at = between(rng, 3, 5);
    person.status.leaves_at = match (chance(rng, 0.55), person.status.vocational) {
        (true, _) => 18,
        (false, true) => 21,
        (false, false) => 22,
    };
    person.status.student = student(person, year);
    person.status.education = education(rng, person, age, *years.start());
    fill_health(rng, person, age);
    let enrolled = person.status.student != "非在校生";
    person.status.labour = labour(rng, &person.status, age, enrolled);
    if person.status.works() && age <= 59 && chance(rng, 0.6) {
        let places = [("乡(镇)内务工", 20), ("乡(镇)外县内务工", 20), ("县外省内务工", 15), ("省外务工", 45)];
        person.status.work = Some(weighted(rng, &places));
        person.status.months = between(rng, 3, 12);
    }
}

/// Schooling completed; blank while at school, as the handbook asks.
fn education(rng: &mut Rng, person: &Person, age: i32, first: i32) -> &'static str {
    const SCHOOLS: [&str; 5] = ["文盲或半文盲", "小学", "初中", "高中", "大专及以上"];
    if person.status.student != "非在校生" {
        return "";
    }
    let shares = match age {
        ..=6 => return "学龄前儿童",
        // Who was a student in the first year left school since.
        7.. if age < 25 || student(person, first) != "非在校生" => {
            return if person.status.leaves_at > 18 { "大专及以上" } else { "高中" };
        }
        25..=44 => [0, 6, 68, 16, 10],
        45..=64 => [12, 40, 43, 5, 0],
        _ => [50, 40, 9, 1, 0],
    };
    let mut entries = [("", 0); 5];
    for (entry, (school, share)) in entries.iter_mut().zip(SCHOOLS.into_iter().zip(shares)) {
        *entry = (school, share);
    }
    weighted(rng, &entries)
}

fn fill_health(rng: &mut Rng, person: &mut Person, age: i32) {
    let (chronic, major, disabled) = match age {
        60.. => (0.45, 0.05, 0.10),
        40..60 => (0.18, 0.03, 0.08),
        _ => (0.02, 0.005, 0.015),
    };
    person.status.major_illness = chance(rng, major);
    person.status.chronic = !person.status.major_illness && chance(rng, chronic);
    person.status.disability = chance(rng, disabled).then(|| Disability {
        kind: weighted(rng, &[(1, 12), (2, 12), (3, 3), (4, 48), (5, 10), (6, 12), (7, 3)]),
        grade: weighted(rng, &[(1, 14), (2, 28), (3, 30), (4, 28)]),
    });
}

/// Labour by age, school and health: the rules of practice leave little choice.
fn labour(rng: &mut Rng, status: &Status, age: i32, enrolled: bool) -> &'static str {
    let healthy = status.health() == "健康";
    let severe = status.disability.is_some_and(|disability| disability.grade <= 2);
    match age {
        ..=16 => "无劳动力",
        _ if enrolled => "无劳动力",
        17..=58 if healthy => weighted(rng, &[("普通劳动力", 92), ("技能劳动力", 8)]),
        17..=58 if severe => pick(rng, &["丧失劳动力", "无劳动力"]),
        17..=58 => weighted(rng, &[("普通劳动力", 35), ("弱劳动力或半劳动力", 45), ("丧失劳动力", 20)]),
        59..=66 if healthy => "弱劳动力或半劳动力",
        59..=66 => pick(rng, &["弱劳动力或半劳动力", "丧失劳动力"]),
        _ => weighted(rng, &[("无劳动力", 60), ("丧失劳动力", 40)]),
    }
}

/// Telephone numbers: one per household, and one of her own for everybody who works away.
fn fill_phones(rng: &mut Rng, people: &mut People, township: usize) {
    for (ix, household) in people.households.iter_mut().enumerate() {
        household.circumstances.phone = phone(rng, township * 200_000 + ix);
        for member in household.persons.clone() {
            let status = &mut people.persons[member].status;
            status.phone = status.work.is_some().then(|| phone(rng, township * 200_000 + 100_000 + member));
        }
    }
}

/// A mobile number that nobody else of the population has: the step is coprime to 10^8.
fn phone(rng: &mut Rng, running: usize) -> String {
    let prefix = pick(rng, &["135", "136", "138", "139", "150", "151", "158", "159", "177", "182", "187", "189"]);
    format!("{prefix}{:08}", (running * 48_271 + 12_345_678) % 100_000_000)
}

fn circumstances(rng: &mut Rng, household: &Household, people: &People, span: &Span) -> Circumstances {
    let Span { years, registers } = span;
    let (members, year) = (people.members(household), *years.end());
    let kind = kind(rng, members, years);
    let exit_status = weighted(
        rng,
        match kind {
            "一般贫困户" => {
                &[("已脱贫（享受政策）", 86), ("未脱贫", 10), ("已脱贫（不再享受政策）", 3), ("预脱贫", 1)]
            }
            _ => &[("已脱贫（享受政策）", 70), ("未脱贫", 30)],
        },
    );
    let exit_year = match exit_status {
        "已脱贫（享受政策）" => Some(year - weighted(rng, &[(0, 30), (1, 25), (2, 25), (3, 12), (4, 8)])),
        // Its last benefits fall into the years that exports cover.
        "已脱贫（不再享受政策）" => Some(year - 2),
        _ => None,
    };
    let exited = exit_year.is_some();
    let identified = identified(rng, exit_year, year);
    // What is complained of is complained of when a household is first seen, and put right by the year after.
    let seen = i32::from(identified.year()).max(*registers.start());
    let poor_then = exit_year.is_none_or(|exit| seen < exit);
    let dilapidated_in = (poor_then && chance(rng, 0.08)).then_some(seen);
    let dry_in = (poor_then && chance(rng, 0.06)).then_some(seen);
    let dilapidated = dilapidated_in == Some(year);
    Circumstances {
        kind,
        exit_status,
        exit_year,
        identified,
        cause: cause(rng, members, years),
        dilapidated,
        dilapidated_in,
        house_grade: house_grade(rng, dilapidated),
        house_area: 20 + members.len() * between(rng, 14, 30) as usize,
        road: weighted(rng, &[("水泥路", 60), ("砂石路", 16), ("泥土路", 16), ("沥青路", 8)]),
        water_solved: dry_in != Some(year),
        dry_in,
        income_fen: if exited {
            i64::from(between(rng, 420_000, 1_450_000))
        } else {
            i64::from(between(rng, 205_000, 298_000))
        },
        phone: String::new(),
        helper: helper(rng),
    }
}

/// C and D are dilapidated.
pub(super) fn house_grade(rng: &mut Rng, dilapidated: bool) -> &'static str {
    weighted(rng, &if dilapidated { [("C级", 60), ("D级", 40)] } else { [("A级", 75), ("B级", 25)] })
}

/// Most were registered when registration began, others since; nobody leaves in the year of registration.
fn identified(rng: &mut Rng, exit_year: Option<i32>, year: i32) -> Date {
    let drawn = weighted(rng, &[(2013, 45), (2014, 42), (2015, 5), (2016, 3), (2017, 3), (2018, 2)]);
    let last = exit_year.map_or(year, |exit| exit - 1);
    // The first registration was done within the last weeks of 2013; later ones before the year's measures.
    let (drawn, months) = if drawn.min(last) == 2013 { (2013, 12..=12) } else { (drawn.min(last), 1..=2) };
    date(drawn as i16, between(rng, *months.start(), *months.end()) as i8, between(rng, 1, 28) as i8)
}

/// 特困供养 only for the old alone; 低保 whenever nobody can work, or somebody only since a year ago.
fn kind(rng: &mut Rng, members: &[Person], years: &RangeInclusive<i32>) -> &'static str {
    let labour = members.iter().any(|member| member.status.works() && is_grown_up(member, *years.start()));
    match members {
        [alone] if alone.age(*years.end()) >= 68 && chance(rng, 0.35) => "特困供养贫困户",
        _ if !labour || chance(rng, 0.2) => "低保贫困户",
        _ => "一般贫困户",
    }
}

/// Old enough to work, and out of school.
pub(super) fn is_grown_up(person: &Person, year: i32) -> bool {
    person.age(year) > 16 && student(person, year) == "非在校生"
}

/// A cause that the members bear out, in the first year as in the last.
fn cause(rng: &mut Rng, members: &[Person], years: &RangeInclusive<i32>) -> &'static str {
    let first = *years.start();
    let any = |test: fn(&Status) -> bool| members.iter().any(|member| member.age(first) >= 0 && test(&member.status));
    let in_school = members.iter().any(|member| {
        !matches!(member.status.student, "非在校生" | "学前教育") && student(member, first) != "非在校生"
    });
    if any(Status::ill) && chance(rng, 0.85) {
        "因病"
    } else if any(|status| status.disability.is_some()) && chance(rng, 0.85) {
        "因残"
    } else if in_school && chance(rng, 0.6) {
        "因学"
    } else if !members.iter().any(|member| member.status.is_able()) {
        "缺劳力"
    } else {
        weighted(rng, &[("缺技术", 50), ("缺资金", 30), ("自身发展动力不足", 12), ("交通条件落后", 4), ("因灾", 4)])
    }
}

fn helper(rng: &mut Rng) -> String {
    let sex = if chance(rng, 0.6) { Sex::Male } else { Sex::Female };
    let year = between(rng, 1960, 1992) as i16;
    format!("{}{}", names::surname(rng, false), names::given(rng, sex, year, None))
}

#[cfg(test)]
mod tests {
    use super::super::{draw::stream, identity::Office, places::townships, population};
    use super::*;

    fn many() -> People {
        let (mut rng, township) = (stream(5, 0), &townships(9_000)[0]);
        let mut people = population::people(&mut rng, &mut Office::new(0), township, 2018);
        fill(&mut rng, &mut people, 0, &Span::newest(2016..=2018));
        people
    }

    #[test]
    fn clean_persons_break_no_rule() {
        for person in &many().persons {
            let (age, status) = (person.age(2018), &person.status);
            let enrolled = status.student != "非在校生";
            assert_ne!(enrolled, !status.education.is_empty(), "one of schooling and grade");
            assert!(!(6..=16).contains(&school_age(person, 2018)) || enrolled, "compulsory age is at school");
            assert!(!status.works() || (16..60).contains(&age) && !enrolled);
            assert_eq!(status.work.is_some(), status.months > 0);
            if age < 16 || enrolled {
                assert_eq!(status.labour, "无劳动力");
            }
        }
    }

    #[test]
    fn clean_households_break_no_rule() {
        let people = many();
        let mut causes = std::collections::BTreeSet::new();
        for household in &people.households {
            let (members, facts) = (people.members(household), &household.circumstances);
            causes.insert(facts.cause);
            match facts.cause {
                "因病" => assert!(members.iter().any(|member| member.status.ill())),
                "因残" => assert!(members.iter().any(|member| member.status.disability.is_some())),
                "因学" => assert!(members.iter().any(|member| member.status.student != "非在校生")),
                _ => {}
            }
            assert!(facts.kind != "一般贫困户" || members.iter().any(|member| member.status.works()));
            assert_eq!(facts.exit_status.starts_with("已脱贫"), facts.exit_year.is_some());
            assert!(facts.exit_year.is_none_or(|exit| facts.identified_year() < exit));
            assert_eq!(facts.dilapidated, matches!(facts.house_grade, "C级" | "D级"));
        }
        assert!(causes.len() >= 6);
    }
}
