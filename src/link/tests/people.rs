//! Member tables out of a few words, and generated registries with known truth. All people are invented.

use polars::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::similarity::identifier::{Identifier, State, is_valid};

/// One row of a member table. Empty text is null.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) id_no: String,
    /// As exported: YYYYMMDD. A valid identifier overrides it.
    pub(super) born: String,
    pub(super) sex: String,
    pub(super) relation: String,
    pub(super) household: u32,
    pub(super) village: String,
    pub(super) phone: String,
    /// Who it really is.
    pub(super) truth: u32,
}

/// A number of nobody: area, birth date, sequence, and the check character they need.
pub(super) fn id(born: &str, sequence: u32) -> String {
    let first = format!("342127{born}{sequence:03}");
    let checks = "0123456789X".chars().map(|check| format!("{first}{check}"));
    checks.into_iter().find(|number| is_valid(number.as_bytes())).expect("one check character fits")
}

/// A person of household 1 in 王庄; set what differs.
pub(super) fn person(name: &str, id_no: &str) -> Person {
    Person {
        name: name.into(),
        id_no: id_no.into(),
        born: String::new(),
        sex: String::new(),
        relation: String::new(),
        household: 1,
        village: "王庄".into(),
        phone: String::new(),
        truth: 0,
    }
}

impl Person {
    pub(super) fn born(mut self, born: &str, sex: &str) -> Self {
        (self.born, self.sex) = (born.into(), sex.into());
        self
    }
    pub(super) fn relation(mut self, relation: &str) -> Self {
        self.relation = relation.into();
        self
    }
    pub(super) fn household(mut self, household: u32) -> Self {
        self.household = household;
        self
    }
    pub(super) fn village(mut self, village: &str) -> Self {
        self.village = village.into();
        self
    }
    fn valid_id(&self) -> Option<String> {
        let identifier = Identifier::parse(&self.id_no).filter(|identifier| identifier.state() == State::Valid)?;
        Some(String::from_utf8_lossy(identifier.text()).into_owned())
    }
}

/// The member table of these people, in this order.
pub(super) fn frame(people: &[Person]) -> DataFrame {
    let text = |name: &str, value: &dyn Fn(&Person) -> String| {
        let values: Vec<Option<String>> =
            people.iter().map(|person| Some(value(person)).filter(|value| !value.is_empty())).collect();
        Column::new(name.into(), values)
    };
    let born = |person: &Person| person.valid_id().map_or_else(|| person.born.clone(), |id| id[6..14].to_owned());
    let sex = |person: &Person| match person.valid_id() {
        Some(id) if id.as_bytes()[16] % 2 == 1 => "男".to_owned(),
        Some(_) => "女".to_owned(),
        None => person.sex.clone(),
    };
    let days: Vec<Option<i32>> = people.iter().map(|person| days(&born(person))).collect();
    let columns = vec![
        text("name", &|person| person.name.clone()),
        text("id_no", &|person| person.id_no.clone()),
        text("id18", &|person| person.valid_id().unwrap_or_default()),
        Column::new("born_on".into(), days).cast(&DataType::Date).expect("days are dates"),
        text("sex_known", &sex),
        text("relation", &|person| person.relation.clone()),
        Column::new("household_ix".into(), people.iter().map(|person| person.household).collect::<Vec<u32>>()),
        text("township", &|_| "城关镇".into()),
        text("village", &|person| person.village.clone()),
        text("household_phone", &|person| person.phone.clone()),
    ];
    DataFrame::new(people.len(), columns).expect("columns have one length")
}

fn days(born: &str) -> Option<i32> {
    let number = |range: std::ops::Range<usize>| born.get(range)?.parse::<i16>().ok();
    let date = jiff::civil::Date::new(number(0..4)?, number(4..6)? as i8, number(6..8)? as i8).ok()?;
    Some((date - jiff::civil::date(1970, 1, 1)).get_days())
}

const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗付肖闫戴邱于";
const GIVEN: &str = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂香玉梅建国文红华志海燕春林云飞凤莲荣成新永德福";

/// Two registries of one county: the second is the first with people missing, added and damaged, in another order. Each
/// record suffers `rounds` of damage: in several, one record loses its number *and* its name is mistyped *and* it moved.
pub(super) fn county(households: u32, rounds: u32, seed: u64) -> [Vec<Person>; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut left = Vec::new();
    for household in 0..households {
        family(&mut random, household, &mut left);
    }
    let mut right: Vec<Person> = left.iter().filter(|_| random.random_range(0..100) >= 3).cloned().collect();
    for person in &mut right {
        (0..rounds).for_each(|_| damage(&mut random, person));
    }
    left.retain(|_| random.random_range(0..100) >= 3);
    right.shuffle(&mut random);
    // Household numbers of the two sides have nothing in common.
    right.iter_mut().for_each(|person| person.household = households - person.household);
    [left, right]
}

fn pick(random: &mut ChaCha8Rng, characters: &str) -> char {
    let characters: Vec<char> = characters.chars().collect();
    characters[random.random_range(0..characters.len())]
}

fn family(random: &mut ChaCha8Rng, household: u32, people: &mut Vec<Person>) {
    let village = format!("村{}", random.random_range(0..1 + household / 60));
    let phone = format!("139{:08}", random.random_range(0..100_000_000_u32));
    let surname = pick(random, SURNAMES);
    let generation = pick(random, GIVEN);
    for (place, relation) in ["户主", "配偶", "之子", "之女"].into_iter().take(random.random_range(1..5)).enumerate()
    {
        let year = if place < 2 { random.random_range(1935..1985) } else { random.random_range(1986..2016) };
        let born = format!("{year}{:02}{:02}", random.random_range(1..13), random.random_range(1..29));
        let male = place % 2 == 0;
        let sequence = random.random_range(0..450) * 2 + u32::from(male);
        let first = if place == 1 { pick(random, SURNAMES) } else { surname };
        // Children share a generation character, as siblings do.
        let middle =
            if place >= 2 { Some(generation) } else { (random.random_range(0..3) > 0).then(|| pick(random, GIVEN)) };
        let name: String = [Some(first), middle, Some(pick(random, GIVEN))].into_iter().flatten().collect();
        let mut row = person(&name, &id(&born, sequence)).born(&born, if male { "男" } else { "女" });
        row = row.relation(relation).household(household).village(&village);
        row.phone.clone_from(&phone);
        row.truth = people.len() as u32;
        people.push(row);
    }
}

/// What happens to one record in three.
fn damage(random: &mut ChaCha8Rng, person: &mut Person) {
    let digits = person.id_no.clone();
    match random.random_range(0..60) {
        0..3 if digits.len() == 18 && !digits.ends_with('X') => person.id_no = format!("{}000", &digits[..15]),
        3..5 if digits.len() == 18 => person.id_no = with_wrong_digit(random, &digits),
        5..7 => person.id_no = String::new(),
        7 if digits.len() == 18 => person.id_no = digits[..17].to_owned(),
        8 if digits.len() == 18 => person.id_no = format!("{digits}42"),
        9 => person.name = person.name.replace(['伟', '明'], "?"),
        10 => person.name = person.name.replace('兰', "蓝").replace('英', "瑛").replace('红', "宏"),
        11 => {
            person.id_no = String::new();
            person.name = person.name.replace('付', "傅").replace('闫', "阎");
        }
        // Characters that no table of homophones or shapes foresees.
        12..14 => person.name = with_other_character(random, &person.name),
        14 => person.village = format!("村{}", random.random_range(0..50)),
        15 => person.relation = "其他".into(),
        16 => person.born.clear(),
        17 if person.born.len() == 8 => person.born.replace_range(6.., "11"),
        18 => person.phone.clear(),
        _ => {}
    }
}

fn with_other_character(random: &mut ChaCha8Rng, name: &str) -> String {
    let length = name.chars().count();
    let at = random.random_range(1..length);
    let other = pick(random, GIVEN);
    name.chars().enumerate().map(|(place, character)| if place == at { other } else { character }).collect()
}

fn with_wrong_digit(random: &mut ChaCha8Rng, digits: &str) -> String {
    let at = random.random_range(6..17);
    let wrong =
        digits.bytes().enumerate().map(|(place, byte)| if place == at { b'0' + (byte - b'0' + 1) % 10 } else { byte });
    wrong.map(char::from).collect()
}
