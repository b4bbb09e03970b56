//! Who lives with whom: households of one to six, with ages, sexes, names and numbers that fit together.
//!
//! Registered households of north Anhui are small and old: a mean of 2.15 persons, two in five living alone,
//! old couples, mothers with grown sons, grandparents with grandchildren. A shape says who is there; births
//! follow from the head's, surnames from the family, numbers from births.

use std::ops::Range;

use jiff::civil::Date;

use super::draw::{Rng, between, chance, pick, weighted};
use super::fields::{Circumstances, Status};
use super::identity::{Office, Sex};
use super::names;
use super::places::Township;

/// A person as she really is.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) sex: Sex,
    pub(super) born: Date,
    /// `None`: a baby without a number.
    pub(super) id_no: Option<String>,
    pub(super) relation: &'static str,
    pub(super) ethnicity: &'static str,
    pub(super) status: Status,
}

impl Person {
    /// Age in years on the last day of `year`.
    pub(super) fn age(&self, year: i32) -> i32 {
        year - i32::from(self.born.year())
    }
}

/// A household as it really is; the head is the first of its persons.
#[derive(Debug, Clone)]
pub(super) struct Household {
    pub(super) village: usize,
    pub(super) hamlet: u8,
    /// Its members among the township's persons.
    pub(super) persons: Range<usize>,
    pub(super) circumstances: Circumstances,
}

/// Everybody of one township.
#[derive(Debug, Clone, Default)]
pub(super) struct People {
    pub(super) households: Vec<Household>,
    pub(super) persons: Vec<Person>,
}

impl People {
    /// The members of a household.
    pub(super) fn members(&self, household: &Household) -> &[Person] {
        &self.persons[household.persons.clone()]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Head,
    Spouse,
    Son,
    Child,
    SonsWife,
    Grandchild,
    Father,
    Mother,
}
use Role::{Child, Father, Grandchild, Head, Mother, Son, SonsWife, Spouse};

/// Ages of the head, and who is there.
type Shape = (i32, i32, &'static [Role]);

/// Shapes with their shares in a hundred.
const SHAPES: &[(Shape, u32)] = &[
    ((62, 92, &[Head]), 31),
    ((38, 61, &[Head]), 9),
    ((60, 88, &[Head, Spouse]), 17),
    ((42, 60, &[Head, Mother]), 4),
    ((60, 84, &[Head, Son]), 4),
    ((60, 76, &[Head, Grandchild]), 2),
    ((32, 50, &[Head, Child]), 2),
    ((28, 50, &[Head, Spouse, Child]), 7),
    ((40, 58, &[Head, Spouse, Mother]), 3),
    ((58, 74, &[Head, Spouse, Grandchild]), 3),
    ((40, 58, &[Head, Spouse, Father]), 1),
    ((32, 50, &[Head, Child, Child]), 1),
    ((30, 50, &[Head, Spouse, Child, Child]), 4),
    ((36, 54, &[Head, Spouse, Child, Mother]), 2),
    ((56, 70, &[Head, Spouse, Son, SonsWife]), 2),
    ((40, 55, &[Head, Spouse, Father, Mother]), 1),
    ((34, 50, &[Head, Spouse, Child, Child, Child]), 1),
    ((36, 54, &[Head, Spouse, Child, Child, Mother]), 2),
    ((54, 68, &[Head, Spouse, Son, SonsWife, Grandchild]), 2),
    ((54, 68, &[Head, Spouse, Son, SonsWife, Grandchild, Grandchild]), 2),
];

/// The households of a township, village by village, in the data year `year`; `office` issues their numbers.
pub(super) fn people(rng: &mut Rng, office: &mut Office, township: &Township, year: i32) -> People {
    let mut people = People::default();
    let count = (township.households.end - township.households.start) as usize;
    for ix in 0..count {
        let first = people.persons.len();
        let members = family(rng, office, year);
        people.persons.extend(members);
        people.households.push(Household {
            village: ix * township.villages.len() / count,
            hamlet: between(rng, 1, 12) as u8,
            persons: first..people.persons.len(),
            circumstances: Circumstances::default(),
        });
    }
    people
}

/// The members of one more household, its head first.
pub(super) fn family(rng: &mut Rng, office: &mut Office, year: i32) -> Vec<Person> {
    Family::start(rng, office, year).members()
}

/// One family while it is being made.
struct Family<'a> {
    rng: &'a mut Rng,
    office: &'a mut Office,
    year: i32,
    hui: bool,
    surname: &'static str,
    /// Characters that brothers, and sisters, of one generation share.
    shared: [Option<char>; 2],
    head_sex: Sex,
    born: Vec<(Role, Date)>,
    roles: &'static [Role],
}

impl<'a> Family<'a> {
    fn start(rng: &'a mut Rng, office: &'a mut Office, year: i32) -> Self {
        let (youngest, oldest, roles) = weighted(rng, SHAPES);
        let hui = chance(rng, 0.03);
        let men = if roles.len() == 1 { 0.58 } else { 0.80 };
        let head_sex = if chance(rng, men) { Sex::Male } else { Sex::Female };
        let surname = names::surname(rng, hui);
        let generation = year - between(rng, youngest, oldest);
        let shared = [(Sex::Male, 0.5), (Sex::Female, 0.3)].map(|(sex, share)| {
            chance(rng, share).then(|| names::generation_character(rng, sex, (generation + 25) as i16))
        });
        let head_born = day_in(rng, generation);
        Self { rng, office, year, hui, surname, shared, head_sex, born: vec![(Head, head_born)], roles }
    }

    fn members(mut self) -> Vec<Person> {
        let mut members = vec![];
        for &role in self.roles {
            let born = if role == Head { self.born[0].1 } else { self.birth(role) };
            if role != Head {
                self.born.push((role, born));
            }
            members.push(self.person(role, born));
        }
        members
    }

    /// A birth date that fits those already there.
    fn birth(&mut self, role: Role) -> Date {
        let head = i32::from(self.born[0].1.year());
        let year = match role {
            Head => head,
            Spouse if self.head_sex == Sex::Male => head + between(self.rng, -1, 5),
            Spouse => head - between(self.rng, -1, 5),
            Son => head + between(self.rng, 22, 29),
            SonsWife => self.year_of(Son).unwrap_or(head + 24) + between(self.rng, -1, 3),
            Father | Mother => (head - between(self.rng, 20, 28)).max(self.year - 97),
            Child => return self.sibling_birth(Child, head.max(self.year_of(Spouse).unwrap_or(head))),
            Grandchild => {
                let parent = self.year_of(Son).max(self.year_of(SonsWife)).unwrap_or(head + 26);
                return self.sibling_birth(Grandchild, parent);
            }
        };
        day_in(self.rng, year)
    }

    /// The next child after those of the same role; twins now and then, and when time has run out.
    fn sibling_birth(&mut self, role: Role, parent: i32) -> Date {
        let elder = self.born.iter().rev().find(|(other, _)| *other == role).map(|(_, born)| *born);
        match elder {
            None => {
                let year = (parent + between(self.rng, 20, 27)).min(self.year);
                day_in(self.rng, year)
            }
            Some(elder) => {
                let year = i32::from(elder.year()) + between(self.rng, 2, 5);
                if year > self.year || chance(self.rng, 0.03) { elder } else { day_in(self.rng, year) }
            }
        }
    }

    fn year_of(&self, role: Role) -> Option<i32> {
        self.born.iter().find(|(other, _)| *other == role).map(|(_, born)| i32::from(born.year()))
    }

    fn person(&mut self, role: Role, born: Date) -> Person {
        let sex = self.sex(role);
        let stranger = matches!(role, SonsWife) || role == Spouse && sex == Sex::Female;
        let far = stranger && born.year() >= 1955 && chance(self.rng, 0.08);
        let dotted = far && chance(self.rng, 0.12);
        let name = if dotted { names::dotted(self.rng) } else { self.name(role, sex, born.year()) };
        let ethnicity = match (dotted, far, self.hui) {
            (true, ..) => "维吾尔族",
            (_, true, _) if chance(self.rng, 0.15) => pick(self.rng, &["苗族", "彝族", "壮族", "布依族", "土家族"]),
            (_, _, true) => "回族",
            _ => "汉族",
        };
        let without_number = self.year - i32::from(born.year()) <= 1 && chance(self.rng, 0.25);
        let id_no = (!without_number).then(|| match far {
            true => self.office.far(self.rng, born, sex),
            false => self.office.local(self.rng, born, sex),
        });
        Person { name, sex, born, id_no, relation: relation(role, sex), ethnicity, status: Status::default() }
    }

    fn sex(&mut self, role: Role) -> Sex {
        match role {
            Head => self.head_sex,
            Spouse => self.head_sex.other(),
            Son | Father => Sex::Male,
            SonsWife | Mother => Sex::Female,
            Child | Grandchild if chance(self.rng, 0.53) => Sex::Male,
            Child | Grandchild => Sex::Female,
        }
    }

    fn name(&mut self, role: Role, sex: Sex, year: i16) -> String {
        let marries_in = matches!(role, SonsWife | Mother) || role == Spouse;
        let old_wife = sex == Sex::Female && year < 1942 && matches!(role, Head | Spouse | Mother);
        if old_wife && chance(self.rng, 0.12) {
            return names::married_name(self.rng, self.surname);
        }
        // Names of children follow the father: a woman who heads her household has another surname than they.
        let own = marries_in || role == Head && sex == Sex::Female && self.roles.contains(&Child);
        let surname = if own { names::surname(self.rng, self.hui) } else { self.surname };
        let shared = match role {
            Child | Son | Grandchild => self.shared[sex as usize],
            _ => None,
        };
        format!("{surname}{}", names::given(self.rng, sex, year, shared))
    }
}

const fn relation(role: Role, sex: Sex) -> &'static str {
    match (role, sex) {
        (Head, _) => "户主",
        (Spouse, _) => "配偶",
        (Son, _) | (Child, Sex::Male) => "之子",
        (Child, Sex::Female) => "之女",
        (SonsWife, _) => "之儿媳",
        (Grandchild, Sex::Male) => "之孙子",
        (Grandchild, Sex::Female) => "之孙女",
        (Father, _) => "之父",
        (Mother, _) => "之母",
    }
}

fn day_in(rng: &mut Rng, year: i32) -> Date {
    let first = Date::new(year as i16, between(rng, 1, 12) as i8, 1).expect("a month of a year in range");
    let day = between(rng, 1, i32::from(first.days_in_month())) as i8;
    Date::new(first.year(), first.month(), day).expect("a day of its month")
}

#[cfg(test)]
mod tests {
    use super::super::{draw::stream, places::townships};
    use super::*;

    fn many() -> People {
        let township = &townships(20_000)[0];
        people(&mut stream(1, 0), &mut Office::new(0), township, 2018)
    }

    #[test]
    fn households_are_as_small_as_in_north_anhui() {
        let people = many();
        let mean = people.persons.len() as f64 / people.households.len() as f64;
        assert!((2.05..2.25).contains(&mean), "{mean}");
        let alone = people.households.iter().filter(|household| household.persons.len() == 1).count();
        assert!(alone * 3 >= people.households.len());
    }

    #[test]
    fn parents_are_older_than_children() {
        let people = many();
        for household in &people.households {
            let members = people.members(household);
            let head = i32::from(members[0].born.year());
            for member in members {
                let year = i32::from(member.born.year());
                match member.relation {
                    "之子" | "之女" => assert!(year - head >= 18),
                    "之孙子" | "之孙女" => assert!(year - head >= 36),
                    "之父" | "之母" => assert!(head - year >= 18),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn numbers_carry_birth_and_sex() {
        let people = many();
        for person in &people.persons {
            let Some(id) = &person.id_no else { continue };
            assert_eq!(id[6..14], person.born.strftime("%Y%m%d").to_string());
            assert_eq!(id.as_bytes()[16] % 2 == 1, person.sex == Sex::Male);
        }
    }
}
