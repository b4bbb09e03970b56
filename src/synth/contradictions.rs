//! Contradictions: cards and households that break one rule of practice, in one system or in both alike.
//!
//! Each kind is one line: its name, the field that its rule is about, whom it can befall, and what is then entered.
//! It befalls only where it contradicts nothing but what it says, and only what nothing else was done to, so that none
//! hides another: an idle labourer is healthy and of age, a pupil who stays in kindergarten is no household's cause.

use super::draw::{Rng, between, pick};
use super::fields::{Circumstances, Status, school_age};
use super::population::{Household, Person};
use super::register::{Card, Cell, Col, Filed, HouseCol};
use super::scene::Scene;
use crate::table::Side;
use crate::table::Side::Provincial;

/// Where a contradiction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// Half of them in both systems alike, the others on the platform only.
    Either,
    /// In both systems: the platform alone does not hold what it is told by.
    Both,
    /// On the platform, which alone has the column.
    Platform,
}
use Where::{Both, Either, Platform};

impl Where {
    /// The sides that are filled in wrongly, and the one that is wrong.
    fn sides(self, scene: &mut Scene<'_>) -> (&'static [Side], Option<Side>) {
        let both = match self {
            Either => pick(&mut scene.rng, &[true, false]),
            Both => true,
            Platform => false,
        };
        if both { (&Side::BOTH, None) } else { (&[Provincial], Some(Provincial)) }
    }
}

/// A card's person, and what her card is held against.
struct Subject<'a> {
    person: &'a Person,
    status: &'a Status,
    household: &'a Circumstances,
    age: i32,
    school_age: i32,
}

impl Subject<'_> {
    /// Of working age, out of school, healthy, and at home.
    fn is_idle(&self) -> bool {
        let grown = (17..=58).contains(&self.age) && !self.status.is_enrolled();
        grown && self.status.is_healthy() && self.status.work.is_none()
    }
    fn is_kept(&self) -> bool {
        self.household.kind == "特困供养贫困户"
    }
    fn is_able(&self) -> bool {
        self.status.is_able()
    }
    fn is(&self, relations: &[&str]) -> bool {
        relations.contains(&self.person.relation)
    }
    fn studies(&self, grades: &[&str]) -> bool {
        grades.contains(&self.status.student)
    }
}

/// Cells to enter.
type Cells = Vec<(Col, Cell)>;
/// Name, field of the rule, where it stands, whom it befalls and what is entered.
type CardKind = (&'static str, &'static str, Where, fn(&Subject<'_>) -> Option<Cells>);

/// The cells, if they can be entered.
fn when<const N: usize>(holds: bool, cells: [(Col, &'static str); N]) -> Option<Cells> {
    holds.then(|| cells.map(|(column, text)| (column, Cell::Borrowed(text))).to_vec())
}

/// The relation that is entered instead.
fn relation(subject: &Subject<'_>, others: &[(&str, &'static str)]) -> Option<Cells> {
    let other = others.iter().find(|(relation, _)| *relation == subject.person.relation)?.1;
    when(true, [(Col::Relation, other)])
}

/// Contradictions of a card, from those that befall few to those that befall everybody.
#[rustfmt::skip]
const CARD_KINDS: &[CardKind] = &[
    ("severe_labour", "labour", Both, |of| {
        let limb = of.status.disability.is_some_and(|disability| disability.kind == 4 && disability.grade <= 2);
        when(limb && (17..=58).contains(&of.age) && !of.status.is_enrolled(), [(Col::Labour, "普通劳动力")])
    }),
    ("grown_pupil", "student", Either, |of| when(of.age >= 20 && of.studies(&["大专及以上"]), [(Col::Student, "小学")])),
    ("late_pupil", "student", Either, |of| when(of.status.is_healthy() && of.school_age >= 7 && of.studies(&["小学"]), [(Col::Student, "学前教育")])),
    ("out_of_school", "student", Either, |of| {
        let due = of.status.is_healthy() && (7..=14).contains(&of.school_age) && of.household.cause != "因学";
        when(due, [(Col::Student, "非在校生"), (Col::Education, "小学")])
    }),
    ("schooling_twice", "education", Either, |of| when(of.studies(&["七年级", "八年级", "九年级"]), [(Col::Education, "小学")])),
    ("grade_age", "student", Either, |of| when(of.status.is_enrolled() && of.age < 11, [(Col::Student, "高中二年级")])),
    ("student_labour", "labour", Either, |of| when(of.age >= 16 && of.status.is_enrolled(), [(Col::Labour, "普通劳动力")])),
    ("student_at_work", "student", Either, |of| when(of.age >= 15 && of.status.is_enrolled(), [(Col::Work, "省外务工"), (Col::Months, "6")])),
    ("child_older", "relation", Either, |of| relation(of, &[("之父", "之子"), ("之母", "之女")])),
    ("kept_at_work", "tekun", Either, |of| when(of.is_kept(), [(Col::Work, "县外省内务工"), (Col::Months, "8")])),
    ("parent_younger", "relation", Either, |of| relation(of, &[("之子", "之父"), ("之女", "之母")])),
    ("lost_labour", "labour", Either, |of| when(of.is_idle(), [(Col::Labour, "丧失劳动力")])),
    ("no_labour", "labour", Either, |of| when(of.is_idle(), [(Col::Labour, "无劳动力")])),
    ("labour_blank", "labour", Either, |of| when(of.is_idle(), [(Col::Labour, "")])),
    ("member_phone", "member_phone", Platform, |of| {
        let phone = of.status.phone.as_ref()?;
        Some(vec![(Col::Phone, Cell::Owned(phone[..10].to_owned()))])
    }),
    ("work_without_months", "work_months", Either, |of| when(of.status.months > 0, [(Col::Months, "0")])),
    ("months_without_work", "work", Either, |of| when(of.status.months > 0, [(Col::Work, "")])),
    ("months_over", "work_months", Either, |of| when(of.status.months > 0, [(Col::Months, "14")])),
    ("child_labour", "labour", Either, |of| when(of.age < 15, [(Col::Labour, "普通劳动力")])),
    ("relation_sex", "relation", Either, |of| relation(of, &[("之子", "之女"), ("之女", "之子"), ("之母", "之父")])),
    ("relation_blank", "relation", Either, |of| when(of.is(&["之子", "之女", "之孙子", "之孙女", "之母"]), [(Col::Relation, "")])),
    ("old_labour", "labour", Either, |of| when(of.age >= 60 && !of.is_kept(), [(Col::Labour, "普通劳动力")])),
    ("unable_at_work", "labour", Either, |of| {
        let unable = !of.is_able() && of.age >= 17 && !of.status.is_enrolled() && !of.is_kept();
        when(unable, [(Col::Work, "省外务工"), (Col::Months, "10")])
    }),
    ("old_number", "id_no", Either, |of| {
        let id = of.person.id_no.as_ref().filter(|id| matches!(&id[6..9], "195" | "196" | "197"))?;
        let old = format!("{}{}", &id[..6], &id[8..17]);
        of.status.disability.is_none().then(|| vec![(Col::IdNo, Cell::Owned(old))])
    }),
    ("birth_date", "birth_date", Platform, |of| {
        let born = of.person.born;
        let date = format!("{}-{:02}-{:02}", born.year() + 3, born.month(), born.day().min(28));
        (born.year() < 2000 && of.person.id_no.is_some()).then(|| vec![(Col::Born, Cell::Owned(date))])
    }),
    ("education_blank", "education", Either, |of| when(of.age >= 25 && !of.status.is_enrolled(), [(Col::Education, "")])),
    ("health_blank", "health", Either, |of| when(of.status.is_healthy(), [(Col::Health, "")])),
    // The rule speaks of birth date and sex in one.
    ("id_sex", "", Platform, |of| when(of.person.id_no.is_some(), [(Col::Sex, of.person.sex.other().label())])),
    ("ethnicity_blank", "ethnicity", Either, |_| when(true, [(Col::Ethnicity, "")])),
    ("uninsured", "serious_illness_insured", Either, |_| when(true, [(Col::Insured, "否")])),
];

/// How often each kind is tried.
const CARD_DENSITY: f64 = 0.0006;
const HOUSE_DENSITY: f64 = 0.0009;
/// How many kinds are drawn for one subject: of those that can befall it the rarest does.
const TRIES: usize = 3;

/// The rarest of a few kinds drawn that can befall a subject, and what is then entered.
fn drawn<K: Copy, T>(rng: &mut Rng, kinds: &[K], entries: impl Fn(K) -> Option<T>) -> Option<(K, T)> {
    let mut places = [0; TRIES].map(|_| between(rng, 0, kinds.len() as i32 - 1) as usize);
    places.sort_unstable();
    places.into_iter().find_map(|place| Some((kinds[place], entries(kinds[place])?)))
}

/// Names of all kinds.
#[cfg(test)]
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    CARD_KINDS.iter().map(|kind| kind.0).chain(HOUSE_KINDS.iter().map(|kind| kind.0))
}

/// A card that contradicts itself, now and then.
pub(super) fn card(scene: &mut Scene<'_>, person: usize, places: [(usize, usize); 2]) {
    if !scene.happens(CARD_DENSITY * CARD_KINDS.len() as f64) {
        return;
    }
    let household = scene.household_of(person);
    let truth = &scene.people.persons[person];
    let subject = Subject {
        person: truth,
        status: &truth.status,
        household: &scene.people.households[household].circumstances,
        age: truth.age(scene.year),
        school_age: school_age(truth, scene.year),
    };
    let drawn = drawn(&mut scene.rng, CARD_KINDS, |kind| (kind.3)(&subject));
    let Some(((kind, field, stands, _), cells)) = drawn else { return };
    let (sides, wrong) = stands.sides(scene);
    for side in sides {
        let card = scene.card(*side, places[side.index()]);
        for (column, cell) in &cells {
            enter(card, *column, cell.clone());
        }
    }
    scene.note_person(format!("logic:{kind}"), wrong, person, field);
}

/// An identifier that is not whole counts as damage too.
fn enter(card: &mut Card, column: Col, cell: Cell) {
    if column == Col::IdNo {
        card.damage.push("old_15");
    }
    card[column] = cell;
}

/// A household, and what it is held against.
struct House<'a> {
    first: usize,
    members: &'a [Person],
    facts: &'a Circumstances,
    year: i32,
}

impl House<'_> {
    fn none(&self, test: fn(&Status) -> bool) -> bool {
        !self.members.iter().any(|member| test(&member.status))
    }
    fn exited(&self) -> bool {
        !self.facts.poor()
    }
    fn is(&self, kind: &str) -> bool {
        self.facts.kind == kind
    }
    /// The second member is the head's spouse.
    fn is_couple(&self) -> bool {
        self.members.get(1).is_some_and(|second| second.relation == "配偶")
    }
}

/// What is entered in a household.
enum Entry {
    Of(HouseCol, Cell),
    /// On the card of the member of that number.
    OnCard(usize, Col, &'static str),
    OnEveryCard(Col, &'static str),
    /// The second member's card comes first.
    Swapped,
    /// One more than are filed.
    Counted,
    /// The telephone lacks a digit.
    Shortened,
}
use Entry::{Counted, Of, OnCard, OnEveryCard, Shortened, Swapped};

type HouseKind = (&'static str, &'static str, Where, fn(&House<'_>) -> Option<Vec<Entry>>);

/// One cell of the household, if it can be entered.
fn one(holds: bool, column: HouseCol, text: &'static str) -> Option<Vec<Entry>> {
    holds.then(|| vec![Of(column, Cell::Borrowed(text))])
}

/// A year, if there is one to enter.
fn exit_year(year: Option<i32>) -> Option<Vec<Entry>> {
    Some(vec![Of(HouseCol::ExitYear, Cell::Owned(year?.to_string()))])
}

/// Contradictions of a household, from those that befall few to those that befall everybody.
#[rustfmt::skip]
const HOUSE_KINDS: &[HouseKind] = &[
    ("labour_none", "cause", Either, |of| one(of.members.iter().all(|member| member.status.works()), HouseCol::Cause, "缺劳力")),
    ("minor_head", "relation", Either, |of| {
        let [elder, child] = of.members else { return None };
        let elder = match (child.relation, elder.sex.label()) {
            ("之子" | "之女", "男") => "之父",
            ("之子" | "之女", _) => "之母",
            ("之孙子" | "之孙女", "男") => "之祖父",
            ("之孙子" | "之孙女", _) => "之祖母",
            _ => return None,
        };
        let cards = || vec![OnCard(of.first, Col::Relation, elder), OnCard(of.first + 1, Col::Relation, "户主"), Swapped];
        (child.age(of.year) < 15).then(cards)
    }),
    ("spouse_sex", "relation", Either, |of| {
        let second = of.members.get(1)?;
        let grown = second.sex == of.members[0].sex && second.age(of.year) >= 18;
        grown.then(|| vec![OnCard(of.first + 1, Col::Relation, "配偶")])
    }),
    ("kept_dibao", "", Either, |of| of.is("特困供养贫困户").then(|| vec![OnEveryCard(Col::Dibao, "是")])),
    ("kept_labour", "household_type", Either, |of| of.is("特困供养贫困户").then(|| vec![OnEveryCard(Col::Labour, "普通劳动力")])),
    ("two_spouses", "relation", Either, |of| (of.is_couple() && of.members.len() > 2).then(|| vec![OnCard(of.first + 2, Col::Relation, "配偶")])),
    ("year_not_exited", "exit_year", Either, |of| exit_year((of.facts.exit_status == "未脱贫").then_some(of.year - 1))),
    ("dibao_member", "household_type", Either, |of| {
        of.is("一般贫困户").then(|| vec![OnCard(of.first + of.members.len() - 1, Col::Dibao, "是")])
    }),
    ("dibao_none", "household_type", Either, |of| of.is("低保贫困户").then(|| vec![OnEveryCard(Col::Dibao, "否")])),
    ("two_heads", "relation", Either, |of| (of.members.len() > 1).then(|| vec![OnCard(of.first + 1, Col::Relation, "户主")])),
    ("ill_none", "cause", Either, |of| one(of.none(Status::ill), HouseCol::Cause, "因病")),
    ("study_none", "cause", Either, |of| one(of.none(Status::is_enrolled), HouseCol::Cause, "因学")),
    ("disabled_none", "cause", Either, |of| one(of.none(|status| status.disability.is_some()), HouseCol::Cause, "因残")),
    ("exit_before", "exit_year", Either, |of| exit_year(of.exited().then(|| of.facts.identified_year() - 1))),
    ("exited_dilapidated", "dilapidated", Either, |of| {
        of.exited().then(|| vec![Of(HouseCol::Dilapidated, Cell::Borrowed("是")), Of(HouseCol::HouseGrade, Cell::Borrowed("D级"))])
    }),
    ("exited_dry", "water_solved", Either, |of| {
        of.exited().then(|| vec![Of(HouseCol::WaterSafe, Cell::Borrowed("否")), Of(HouseCol::WaterDifficult, Cell::Borrowed("是"))])
    }),
    ("exited_poor", "income_per_capita", Either, |of| one(of.exited(), HouseCol::Income, "2400")),
    ("exit_year_blank", "exit_year", Either, |of| one(of.exited(), HouseCol::ExitYear, "")),
    ("house_grade", "dilapidated_grade", Either, |of| one(true, HouseCol::HouseGrade, if of.facts.dilapidated { "A级" } else { "D级" })),
    ("cause_blank", "cause", Either, |_| one(true, HouseCol::Cause, "")),
    ("income", "income_per_capita", Either, |_| one(true, HouseCol::Income, "0")),
    ("income_high", "income_per_capita", Either, |_| one(true, HouseCol::Income, "125000")),
    ("area_zero", "housing_area", Either, |_| one(true, HouseCol::HouseArea, "0")),
    ("area_blank", "housing_area", Either, |_| one(true, HouseCol::HouseArea, "")),
    ("road_blank", "road_kind", Either, |_| one(true, HouseCol::Road, "")),
    ("no_head", "relation", Either, |of| Some(vec![OnCard(of.first, Col::Relation, "其他")])),
    ("size", "declared_size", Either, |_| Some(vec![Counted])),
    ("phone", "household_phone", Either, |_| Some(vec![Shortened])),
    ("no_helper", "helper_name", Platform, |of| one(of.facts.entitled(of.year), HouseCol::Helper, "")),
];

/// A household that contradicts itself, now and then.
pub(super) fn household(scene: &mut Scene<'_>, household: usize, places: [usize; 2]) {
    if !scene.happens(HOUSE_DENSITY * HOUSE_KINDS.len() as f64) {
        return;
    }
    let Household { persons, circumstances, .. } = &scene.people.households[household];
    let members = &scene.people.persons[persons.clone()];
    let house = House { first: persons.start, members, facts: circumstances, year: scene.year };
    let drawn = drawn(&mut scene.rng, HOUSE_KINDS, |kind| (kind.3)(&house));
    let Some(((kind, field, stands, _), entries)) = drawn else { return };
    let (sides, wrong) = stands.sides(scene);
    for side in sides {
        let filed = scene.filed(*side, places[side.index()]);
        entries.iter().for_each(|entry| make(filed, entry));
    }
    scene.note_household(format!("logic:{kind}"), wrong, household, field);
}

fn make(filed: &mut Filed, entry: &Entry) {
    match entry {
        Of(column, cell) => filed[*column] = cell.clone(),
        OnCard(person, column, text) => {
            if let Some(card) = filed.cards.iter_mut().find(|card| card.person == *person) {
                card[*column] = Cell::Borrowed(text);
            }
        }
        OnEveryCard(column, text) => {
            filed.cards.iter_mut().for_each(|card| card[*column] = Cell::Borrowed(text));
        }
        Swapped => filed.cards.reverse(),
        Counted => filed[HouseCol::Size] = Cell::Owned((filed.cards.len() + 1).to_string()),
        Shortened => _ = filed[HouseCol::Phone].to_mut().pop(),
    }
}
