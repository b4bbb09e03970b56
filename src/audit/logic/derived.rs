//! Columns that rules may use beside the exported ones: ages, counts over a household, plain yes-or-no words.
//!
//! Each says which exported columns it needs; where an export lacks them, the derived column is lacking too, and a
//! rule that reads it is not evaluated. People who have left the registry (自然减少) are not counted.

use std::collections::BTreeMap;

use jiff::civil::Date;
use polars::prelude::*;

use crate::audit::facts::Facts;
use crate::audit::fields::value::{Cell, FieldColumn, Value};
use crate::audit::settings::Table;
use crate::audit::view::{NONE, SideView, Texts};
use crate::error::{Error, Result};
use crate::say;

/// A derived column.
pub(crate) struct Derived {
    pub(crate) table: Table,
    pub(crate) name: &'static str,
    pub(crate) data_type: DataType,
    /// Any one of these exported columns is enough.
    pub(crate) needs: &'static [&'static str],
    /// What it means, for people who write rules.
    pub(crate) meaning: &'static str,
}

const fn member(
    name: &'static str,
    data_type: DataType,
    needs: &'static [&'static str],
    meaning: &'static str,
) -> Derived {
    Derived { table: Table::Members, name, data_type, needs, meaning }
}
const fn household(name: &'static str, needs: &'static [&'static str], meaning: &'static str) -> Derived {
    Derived { table: Table::Households, name, data_type: DataType::Int32, needs, meaning }
}

/// Every derived column.
pub(crate) static DERIVED: &[Derived] = &[
    member("age_years", DataType::Int32, &["born_on"], "data_year 年末的周岁；没有年度的为核对日的周岁"),
    member("school_age_years", DataType::Int32, &["born_on"], "当年8月31日的周岁"),
    member("id_length", DataType::Int32, &["id_no"], "证件号码的字符数；空为null"),
    member("is_head", DataType::Boolean, &["relation"], "是户主"),
    member("is_ill", DataType::Boolean, &["health"], "长期慢性病或患有大病"),
    member("is_disabled", DataType::Boolean, &["health"], "健康状况含残疾"),
    member("is_healthy", DataType::Boolean, &["health"], "健康状况为健康"),
    member("in_school", DataType::Boolean, &["student"], "在校；空或非在校生为否，不认识的选项为null"),
    member("can_work", DataType::Boolean, &["labour"], "普通劳动力或技能劳动力"),
    member("is_working", DataType::Boolean, &["work", "work_months"], "填有务工地，或务工月数大于0"),
    household("n_members", &["household_no"], "在册人数（不含自然减少）"),
    household("n_heads", &["relation"], "户主人数"),
    household("n_spouses", &["relation"], "配偶人数"),
    household("n_students", &["student"], "在校生人数"),
    household("n_ill", &["health"], "长期慢性病或患有大病的人数"),
    household("n_disabled", &["health"], "残疾人数"),
    household("n_health_unknown", &["health"], "健康状况为空或不认识的人数"),
    household("n_labour", &["labour"], "普通、技能、弱劳动力人数"),
    household("n_full_labour", &["labour"], "普通、技能劳动力人数"),
    household("n_labour_unknown", &["labour"], "劳动技能为空或不认识的人数"),
    household("n_working", &["work", "work_months"], "务工人数"),
    household("n_dibao", &["dibao"], "享受低保人数"),
    household("n_tekun", &["tekun"], "特困供养人数"),
    household("n_school_age_out", &["student"], "6至15周岁（8月31日）、健康、不在校的人数"),
    household("n_ill_uninsured", &["serious_illness_insured"], "患病而未参加大病保险的人数"),
    household("head_age_years", &["relation"], "户主周岁"),
    household("spouse_same_sex", &["relation"], "与户主同性别的配偶人数"),
    household("identified_year", &["identified_on"], "首次识别年度"),
    Derived {
        table: Table::Households,
        name: "water_is_solved",
        data_type: DataType::Boolean,
        needs: &["water_solved", "water_safe"],
        meaning: "已解决安全饮用水；只有饮水困难、饮水安全两项的，不困难且安全",
    },
];

/// Columns that conditions may use beside the exported ones: `(table, name, meaning)`.
pub fn derived_columns() -> impl Iterator<Item = (Table, &'static str, &'static str)> {
    DERIVED.iter().map(|derived| (derived.table, derived.name, derived.meaning))
}

/// The derived columns of one side, by table and name.
pub(crate) type DerivedColumns = BTreeMap<(Table, &'static str), Column>;

/// Derives every column that the exports of one side allow.
pub(crate) fn derive(facts: &Facts<'_>, side: usize) -> Result<DerivedColumns> {
    let view = &facts.sides[side];
    let people = People::read(facts, view)?;
    let mut columns = DerivedColumns::new();
    for derived in DERIVED.iter().filter(|derived| is_possible(view, derived)) {
        let column = match derived.table {
            Table::Members => people.column(derived.name),
            Table::Households => people.count(view, derived.name)?,
        };
        columns.insert((derived.table, derived.name), column);
    }
    Ok(columns)
}

fn is_possible(view: &SideView<'_>, derived: &Derived) -> bool {
    let registry = view.registry;
    derived.needs.iter().any(|name| registry.members.column(name).is_ok() || registry.households.column(name).is_ok())
}

type Flags = Vec<Option<bool>>;
type Years = Vec<Option<i32>>;

/// What is known of each person of one side.
struct People {
    flags: BTreeMap<&'static str, Flags>,
    years: BTreeMap<&'static str, Years>,
    sex: Vec<Option<bool>>,
}

impl People {
    fn read(facts: &Facts<'_>, view: &SideView<'_>) -> Result<Self> {
        let frame = &view.registry.members;
        let text = |name: &str| Texts::of(frame, name);
        let (relation, health, labour) = (text("relation")?, text("health")?, text("labour")?);
        let (student, student_text, work) = (text("student")?, text("student_text")?, text("work")?);
        let rows = || 0..view.member_count();
        let when =
            |column: &Texts, test: fn(&str) -> bool| -> Flags { rows().map(|row| column.get(row).map(test)).collect() };
        let no_pupil = facts.settings.blank_equals.get("student").map(String::as_str);
        let months = numbers(frame, "work_months")?;
        let works = |row: u32| {
            let by_place = work.get(row).map(|place| place.contains("务工"));
            let by_months = months[row as usize].map(|months| months > 0.0);
            Some(by_place.unwrap_or(false) || by_months.unwrap_or(false))
        };
        let in_school = |row: u32| match student.get(row) {
            Some(label) => Some(Some(label) != no_pupil),
            None => student_text.get(row).is_none_or(|text| text.trim().is_empty()).then_some(false),
        };
        let flags = BTreeMap::from([
            ("is_head", when(&relation, |relation| relation == "户主")),
            ("is_spouse", when(&relation, |relation| relation == "配偶")),
            ("is_ill", when(&health, |health| health.contains("长期慢性病") || health.contains("患有大病"))),
            ("is_disabled", when(&health, |health| health.contains("残疾"))),
            ("is_healthy", when(&health, |health| health == "健康")),
            ("in_school", rows().map(in_school).collect()),
            ("can_work", when(&labour, |labour| labour == "普通劳动力" || labour == "技能劳动力")),
            (
                "can_work_a_little",
                when(&labour, |labour| labour.starts_with("弱劳动力") || labour.contains("半劳动力")),
            ),
            ("is_working", rows().map(works).collect()),
            ("dibao", booleans(frame, "dibao")?),
            ("tekun", booleans(frame, "tekun")?),
            ("serious_illness_insured", booleans(frame, "serious_illness_insured")?),
        ]);
        let (age, school_age) = ages(facts, view)?;
        let length = |row| view.id_no.get(row).filter(|id| !id.is_empty()).map(|id| id.chars().count() as i32);
        let id_length = rows().map(length).collect();
        let years = BTreeMap::from([("age_years", age), ("school_age_years", school_age), ("id_length", id_length)]);
        let sex = when(&text("sex_known")?, |sex| sex == "男");
        Ok(Self { flags, years, sex })
    }
    fn column(&self, name: &'static str) -> Column {
        match self.flags.get(name) {
            Some(flags) => Column::new(name.into(), flags),
            None => Column::new(name.into(), &self.years[name]),
        }
    }
    fn is(&self, flag: &str, member: u32) -> bool {
        self.flags[flag][member as usize] == Some(true)
    }
    fn is_unknown(&self, flag: &str, member: u32) -> bool {
        self.flags[flag][member as usize].is_none()
    }
    /// A count over the people of each household.
    fn count(&self, view: &SideView<'_>, name: &'static str) -> Result<Column> {
        let households = 0..view.household_count();
        if name == "water_is_solved" {
            return water_is_solved(&view.registry.households);
        }
        let values: Years = match name {
            "identified_year" => years_of(&view.registry.households, "identified_on")?,
            "head_age_years" => households.map(|household| self.of_head(view, household)).collect(),
            _ => households.map(|household| Some(self.count_in(view, household, name))).collect(),
        };
        Ok(Column::new(name.into(), values))
    }
    fn count_in(&self, view: &SideView<'_>, household: u32, name: &str) -> i32 {
        let live = view.members_of(household).iter().filter(|member| !view.gone[**member as usize]);
        live.filter(|member| self.counts(view, household, **member, name)).count() as i32
    }
    fn counts(&self, view: &SideView<'_>, household: u32, member: u32, name: &str) -> bool {
        match name {
            "n_members" => true,
            "n_heads" => self.is("is_head", member),
            "n_spouses" => self.is("is_spouse", member),
            "n_students" => self.is("in_school", member),
            "n_ill" => self.is("is_ill", member),
            "n_disabled" => self.is("is_disabled", member),
            "n_health_unknown" => self.is_unknown("is_ill", member),
            "n_labour" => self.is("can_work", member) || self.is("can_work_a_little", member),
            "n_full_labour" => self.is("can_work", member),
            "n_labour_unknown" => self.is_unknown("can_work", member),
            "n_working" => self.is("is_working", member),
            "n_dibao" => self.is("dibao", member),
            "n_tekun" => self.is("tekun", member),
            "n_school_age_out" => self.is_out_of_school(member),
            "n_ill_uninsured" => {
                self.is("is_ill", member) && self.flags["serious_illness_insured"][member as usize] == Some(false)
            }
            "spouse_same_sex" => self.is("is_spouse", member) && self.has_heads_sex(view, household, member),
            _ => unreachable!("a derived column without a definition: {name}"),
        }
    }
    fn is_out_of_school(&self, member: u32) -> bool {
        let is_of_age = self.years["school_age_years"][member as usize].is_some_and(|age| (6..=15).contains(&age));
        is_of_age && self.is("is_healthy", member) && self.flags["in_school"][member as usize] == Some(false)
    }
    fn has_heads_sex(&self, view: &SideView<'_>, household: u32, member: u32) -> bool {
        let head = view.head_of(household);
        let sex = self.sex[member as usize];
        head != NONE && head != member && sex.is_some() && sex == self.sex[head as usize]
    }
    fn of_head(&self, view: &SideView<'_>, household: u32) -> Option<i32> {
        match view.head_of(household) {
            NONE => None,
            head => self.years["age_years"][head as usize],
        }
    }
}

fn water_is_solved(frame: &DataFrame) -> Result<Column> {
    let field = crate::table::schema::field("water_solved").expect("the schema has water_solved");
    let column = FieldColumn::of(frame, field)?;
    let answer = |row: u32| match column.as_ref().map(|column| column.cell(row)) {
        Some(Cell::Known(Value::YesNo(yes))) => Some(yes),
        _ => None,
    };
    let answers: Flags = (0..frame.height() as u32).map(answer).collect();
    Ok(Column::new("water_is_solved".into(), answers))
}

fn booleans(frame: &DataFrame, name: &str) -> Result<Flags> {
    match frame.column(name) {
        Ok(column) => Ok(column.bool()?.iter().collect()),
        Err(_) => Ok(vec![None; frame.height()]),
    }
}

fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<Option<f64>>> {
    match frame.column(name) {
        Ok(column) => Ok(column.f64()?.iter().collect()),
        Err(_) => Ok(vec![None; frame.height()]),
    }
}

fn dates(frame: &DataFrame, name: &str) -> Result<Vec<Option<Date>>> {
    match frame.column(name) {
        Ok(column) => Ok(column.date()?.physical().iter().map(|days| days.and_then(date)).collect()),
        Err(_) => Ok(vec![None; frame.height()]),
    }
}

/// The date so many days after 1970-01-01.
fn date(days: i32) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn years_of(frame: &DataFrame, name: &str) -> Result<Years> {
    Ok(dates(frame, name)?.into_iter().map(|date| date.map(|date| date.year().into())).collect())
}

/// Full years of each person: at the end of the data year (or on the as-of date), and on 31 August.
fn ages(facts: &Facts<'_>, view: &SideView<'_>) -> Result<(Years, Years)> {
    let as_of = as_of(&facts.settings.as_of)?;
    let born = dates(&view.registry.members, "born_on")?;
    let years = data_years(&view.registry.households)?;
    let own_years = data_years(&view.registry.members)?;
    let on = |row: u32| {
        let household = view.household_of(row);
        let year = if household == NONE { None } else { years[household as usize] };
        days_of_reckoning(year.or(own_years[row as usize]), as_of)
    };
    let age = |row: u32, pick: usize| full_years(born[row as usize]?, on(row)?[pick]);
    let all = |pick: usize| (0..view.member_count()).map(|row| age(row, pick)).collect();
    Ok((all(0), all(1)))
}

fn data_years(frame: &DataFrame) -> Result<Years> {
    match frame.column("data_year") {
        Ok(column) => Ok(column.i32()?.iter().collect()),
        Err(_) => Ok(vec![None; frame.height()]),
    }
}

fn as_of(text: &str) -> Result<Option<Date>> {
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text.parse::<Date>();
    let wrong = |_| Error::configuration(say!("核对日期“{text}”不是日期", "the as-of date `{text}` is not a date"));
    parsed.map(Some).map_err(wrong)
}

/// The day on which an age is taken, and the 31 August on which a school age is.
fn days_of_reckoning(year: Option<i32>, as_of: Option<Date>) -> Option<[Date; 2]> {
    if let Some(year) = year.and_then(|year| i16::try_from(year).ok()) {
        return Some([Date::new(year, 12, 31).ok()?, Date::new(year, 8, 31).ok()?]);
    }
    let today = as_of?;
    let august = Date::new(today.year(), 8, 31).ok()?;
    let school_year = if august > today { Date::new(today.year() - 1, 8, 31).ok()? } else { august };
    Some([today, school_year])
}

fn full_years(born: Date, on: Date) -> Option<i32> {
    let years = i32::from(on.year()) - i32::from(born.year());
    let had_birthday = (on.month(), on.day()) >= (born.month(), born.day());
    let years = years - i32::from(!had_birthday);
    (years >= 0).then_some(years)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_on_the_day() {
        let check = |born: &str, on: &str, years| {
            assert_eq!(full_years(born.parse().unwrap(), on.parse().unwrap()), years, "{born} {on}");
        };
        check("2010-08-31", "2018-08-31", Some(8));
        check("2010-09-01", "2018-08-31", Some(7));
        check("2010-09-01", "2018-12-31", Some(8));
        check("2019-01-01", "2018-12-31", None);
    }

    #[test]
    fn school_years_start_in_september() {
        let day = |text: &str| text.parse::<Date>().ok();
        assert_eq!(days_of_reckoning(None, day("2019-02-10")).unwrap()[1], day("2018-08-31").unwrap());
        assert_eq!(days_of_reckoning(Some(2018), day("2019-02-10")).unwrap()[0], day("2018-12-31").unwrap());
        assert_eq!(days_of_reckoning(None, None), None);
    }

    #[test]
    fn days_since_1970() {
        assert_eq!(date(0), "1970-01-01".parse().ok());
        assert_eq!(date(-1), "1969-12-31".parse().ok());
        assert_eq!(date(17_897), "2019-01-01".parse().ok());
    }
}
