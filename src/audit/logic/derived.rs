//! Columns that rules may use beside the exported ones: ages, counts over a household, plain yes-or-no words, and what
//! benefits are recorded.
//!
//! Each says which exported columns it needs; where an export lacks them, the derived column is lacking too, and a
//! rule that reads it is not evaluated. People who have left the registry (自然减少) are not counted.

use std::collections::BTreeMap;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::ages::{Numbers, ages, whole, years_of};
use crate::audit::facts::Facts;
use crate::audit::fields::value::{Cell, FieldColumn, Value};
use crate::audit::settings::Table;
use crate::audit::view::{NONE, SideView, Texts};
use crate::error::Result;

/// A derived column.
pub(crate) struct Derived {
    pub(crate) table: Table,
    pub(crate) name: &'static str,
    /// Any one of these exported columns is enough.
    pub(crate) needs: &'static [&'static str],
    pub(crate) made: Made,
    /// What it means, for people who write rules.
    pub(crate) meaning: &'static str,
}

/// How a derived column is made.
#[derive(Clone, Copy)]
pub(crate) enum Made {
    /// A yes or no of each person.
    Flag(fn(&People) -> &Flags),
    /// A number of each person.
    Number(fn(&People) -> &Numbers),
    /// How many people of a household are so.
    Count(fn(&People, usize) -> bool),
    /// A number of each household.
    OfHousehold(fn(&Homes<'_>, u32) -> Option<i32>),
    /// A yes or no of each household.
    Answer(fn(&Homes<'_>, u32) -> Option<bool>),
    /// What is recorded for the subject in the data year, made by `recorded`.
    Recorded,
}

impl Made {
    /// The type of the column.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Flag(_) | Self::Answer(_) => DataType::Boolean,
            Self::Number(_) | Self::Count(_) | Self::OfHousehold(_) => DataType::Int32,
            Self::Recorded => DataType::String,
        }
    }
}

const fn member(name: &'static str, needs: &'static [&'static str], made: Made, meaning: &'static str) -> Derived {
    Derived { table: Table::Members, name, needs, made, meaning }
}
const fn household(name: &'static str, needs: &'static [&'static str], made: Made, meaning: &'static str) -> Derived {
    Derived { table: Table::Households, name, needs, made, meaning }
}

use Made::{Answer, Count, Flag, Number, OfHousehold};

/// Every derived column.
#[rustfmt::skip]
pub(crate) static DERIVED: &[Derived] = &[
    member("age_years", &["born_on"], Number(|p| &p.age), "data_year 年末的周岁；没有年度的为核对日的周岁"),
    member("school_age_years", &["born_on"], Number(|p| &p.school_age), "当年8月31日的周岁"),
    member("id_length", &["id_no"], Number(|p| &p.id_length), "证件号码的字符数；空为null"),
    member("is_head", &["relation"], Flag(|p| &p.head), "是户主"),
    member("is_ill", &["health"], Flag(|p| &p.ill), "长期慢性病或患有大病"),
    member("is_disabled", &["health"], Flag(|p| &p.disabled), "健康状况含残疾"),
    member("is_healthy", &["health"], Flag(|p| &p.healthy), "健康状况为健康"),
    member("in_school", &["student"], Flag(|p| &p.in_school), "在校；空或非在校生为否，不认识的选项为null"),
    member("can_work", &["labour"], Flag(|p| &p.can_work), "普通劳动力或技能劳动力"),
    member("is_uninsured", &["medical_insured"], Flag(|p| &p.uninsured), "未参加居民医保、也未参加职工医保"),
    member("is_working", &["work", "work_months"], Flag(|p| &p.working), "填有务工地，或务工月数大于0"),
    member("same_phone_far", &["member_phone"], Flag(|p| &p.same_phone_far), "与在别处务工的同户成员登记同一电话"),
    member("recorded_items", &[], Made::Recorded, "当年登记给本人（及本户按户享受）的措施，形如“,低保,雨露计划,”"),
    member("recorded_categories", &[], Made::Recorded, "当年登记给本人（及本户）的措施类别，形如“,综合保障,”"),
    household("n_members", &["household_no"], Count(|_, _| true), "在册人数（不含自然减少）"),
    household("n_heads", &["relation"], Count(|p, m| is(&p.head, m)), "户主人数"),
    household("n_spouses", &["relation"], Count(|p, m| is(&p.spouse, m)), "配偶人数"),
    household("n_adults", &["born_on"], Count(|p, m| p.is_aged(m, 18, 200)), "18周岁及以上人数"),
    household("n_minors", &["born_on"], Count(|p, m| p.is_aged(m, 0, 17)), "不满18周岁人数"),
    household("n_labour_age", &["born_on"], Count(|p, m| p.is_aged(m, 16, 59)), "16至59周岁人数"),
    household("n_age_unknown", &["born_on"], Count(|p, m| p.age[m].is_none()), "年龄不明的人数"),
    household("n_students", &["student"], Count(|p, m| is(&p.in_school, m)), "在校生人数"),
    household("n_school_unknown", &["student"], Count(|p, m| p.in_school[m].is_none()), "在校生状况不认识的人数"),
    household("n_ill", &["health"], Count(|p, m| is(&p.ill, m)), "长期慢性病或患有大病的人数"),
    household("n_serious", &["health"], Count(|p, m| is(&p.serious, m)), "患有大病的人数"),
    household("n_disabled", &["health"], Count(|p, m| is(&p.disabled, m)), "残疾人数"),
    household("n_disabled_severe", &["id_no"], Count(|p, m| p.severe[m]), "一、二级残疾人数（按残疾人证号）"),
    household("n_health_unknown", &["health"], Count(|p, m| p.ill[m].is_none()), "健康状况为空或不认识的人数"),
    household("n_labour", &["labour"], Count(|p, m| is(&p.can_work, m) || is(&p.can_work_a_little, m)), "普通、技能、弱劳动力人数"),
    household("n_full_labour", &["labour"], Count(|p, m| is(&p.can_work, m)), "普通、技能劳动力人数"),
    household("n_labour_unknown", &["labour"], Count(|p, m| p.can_work[m].is_none()), "劳动技能为空或不认识的人数"),
    household("n_working", &["work", "work_months"], Count(|p, m| is(&p.working, m)), "务工人数"),
    household("n_public_post", &["public_post"], Count(|p, m| p.public_post[m]), "在公益性岗位的人数"),
    household("n_dibao", &["dibao"], Count(|p, m| is(&p.dibao, m)), "享受低保人数"),
    household("n_tekun", &["tekun"], Count(|p, m| is(&p.tekun, m)), "特困供养人数"),
    household("n_school_age_out", &["student"], Count(People::is_out_of_school), "6至15周岁（8月31日）、健康、不在校的人数"),
    household("n_ill_uninsured", &["serious_illness_insured"], Count(|p, m| is(&p.ill, m) && p.serious_insured[m] == Some(false)), "患病而未参加大病保险的人数"),
    household("n_uninsured", &["medical_insured"], Count(|p, m| is(&p.uninsured, m)), "未参加居民医保、也未参加职工医保的人数"),
    household("head_age_years", &["relation"], OfHousehold(|h, household| h.head(household).and_then(|head| h.people.age[head])), "户主周岁"),
    household("spouse_same_sex", &["relation", "sex_known"], OfHousehold(|h, household| Some(h.spouses_of_heads_sex(household))), "与户主同性别的配偶人数"),
    household("identified_year", &["identified_on"], OfHousehold(|h, household| h.identified[household as usize]), "首次识别年度"),
    household("n_same_phone", &["household_phone"], OfHousehold(|h, household| h.same_phone(household)), "本村登记同一联系电话的户数（含本户）"),
    household("water_is_solved", &["water_solved", "water_safe"], Answer(|h, household| h.water_is_solved(household)), "已解决安全饮用水；只有饮水困难、饮水安全两项的，不困难且安全"),
    household("enjoys_policy", &["exit_status"], Answer(|h, household| h.exit_status.get(household).map(|status| !status.contains("不再享受"))), "享受政策：脱贫属性不是“已脱贫（不再享受政策）”"),
    household("is_exited", &["exit_status"], Answer(|h, household| h.exit_status.get(household).map(|status| status.starts_with("已脱贫"))), "已脱贫"),
    household("recorded_items", &[], Made::Recorded, "当年登记给本户及其成员的措施，形如“,低保,雨露计划,”"),
    household("recorded_categories", &[], Made::Recorded, "当年登记给本户及其成员的措施类别，形如“,综合保障,”"),
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
    let homes = Homes::read(view, &people)?;
    let mut columns = DerivedColumns::new();
    for derived in DERIVED.iter().filter(|derived| is_possible(view, derived)) {
        let name = derived.name.into();
        let households = || 0..view.household_count();
        let column = match derived.made {
            Flag(of) => Column::new(name, of(&people)),
            Number(of) => Column::new(name, of(&people)),
            Count(counts) => Column::new(name, homes.count(counts)),
            OfHousehold(of) => Column::new(name, households().map(|home| of(&homes, home)).collect::<Vec<_>>()),
            Answer(of) => Column::new(name, households().map(|home| of(&homes, home)).collect::<Vec<_>>()),
            Made::Recorded => match facts.recorded[side].as_ref() {
                Some(recorded) => recorded.column(view, derived.table, derived.name),
                None => continue,
            },
        };
        columns.insert((derived.table, derived.name), column);
    }
    Ok(columns)
}

fn is_possible(view: &SideView<'_>, derived: &Derived) -> bool {
    let registry = view.registry;
    let is_here = |name: &&str| registry.members.column(name).is_ok() || registry.households.column(name).is_ok();
    derived.needs.is_empty() || derived.needs.iter().any(is_here)
}

type Flags = Vec<Option<bool>>;

fn is(flags: &Flags, member: usize) -> bool {
    flags[member] == Some(true)
}

/// What is known of each person of one side.
pub(crate) struct People {
    age: Numbers,
    school_age: Numbers,
    id_length: Numbers,
    /// Whether male.
    sex: Flags,
    head: Flags,
    spouse: Flags,
    ill: Flags,
    serious: Flags,
    disabled: Flags,
    healthy: Flags,
    in_school: Flags,
    can_work: Flags,
    can_work_a_little: Flags,
    working: Flags,
    dibao: Flags,
    tekun: Flags,
    serious_insured: Flags,
    same_phone_far: Flags,
    /// Has finished the nine years, told by her education.
    past_compulsory: Flags,
    uninsured: Flags,
    severe: Vec<bool>,
    public_post: Vec<bool>,
}

impl People {
    fn read(facts: &Facts<'_>, view: &SideView<'_>) -> Result<Self> {
        let frame = &view.registry.members;
        let text = |name: &str| Texts::of(frame, name);
        let (relation, health, labour, work) = (text("relation")?, text("health")?, text("labour")?, text("work")?);
        let (sex, public_post) = (text("sex_known")?, text("public_post")?);
        let rows = || 0..view.member_count();
        let when =
            |column: &Texts, test: fn(&str) -> bool| -> Flags { rows().map(|row| column.get(row).map(test)).collect() };
        let [age, school_age] = ages(facts, view)?;
        let grade = whole(frame, "disability_grade")?;
        let length = |row| view.id_no.get(row).filter(|id| !id.is_empty()).map(|id| id.chars().count() as i32);
        Ok(Self {
            age,
            school_age,
            id_length: rows().map(length).collect(),
            sex: when(&sex, |sex| sex == "男"),
            head: when(&relation, |relation| relation == "户主"),
            spouse: when(&relation, |relation| relation == "配偶"),
            ill: when(&health, |health| health.contains("长期慢性病") || health.contains("患有大病")),
            serious: when(&health, |health| health.contains("患有大病")),
            disabled: when(&health, |health| health.contains("残疾")),
            healthy: when(&health, |health| health == "健康"),
            in_school: in_school(facts, view)?,
            can_work: when(&labour, |labour| labour == "普通劳动力" || labour == "技能劳动力"),
            can_work_a_little: when(&labour, |labour| labour.starts_with("弱劳动力") || labour.contains("半劳动力")),
            working: working(view, &work)?,
            dibao: booleans(frame, "dibao")?,
            tekun: booleans(frame, "tekun")?,
            serious_insured: booleans(frame, "serious_illness_insured")?,
            same_phone_far: same_phone_far(view, &work)?,
            past_compulsory: when(&text("education")?, |label| {
                !matches!(label, "小学" | "学龄前儿童") && !label.contains("文盲")
            }),
            uninsured: uninsured(frame)?,
            severe: grade.into_iter().map(|grade| matches!(grade, Some(1 | 2))).collect(),
            public_post: rows().map(|row| public_post.get(row).is_some_and(|post| !post.is_empty())).collect(),
        })
    }
    fn is_aged(&self, member: usize, youngest: i32, oldest: i32) -> bool {
        self.age[member].is_some_and(|age| (youngest..=oldest).contains(&age))
    }
    fn is_out_of_school(&self, member: usize) -> bool {
        let is_of_age = self.school_age[member].is_some_and(|age| (6..=15).contains(&age));
        is_of_age
            && is(&self.healthy, member)
            && self.in_school[member] == Some(false)
            && !is(&self.past_compulsory, member)
    }
}

/// Blank and 非在校生 are not at school; a label nobody knows tells nothing.
fn in_school(facts: &Facts<'_>, view: &SideView<'_>) -> Result<Flags> {
    let frame = &view.registry.members;
    let (student, printed) = (Texts::of(frame, "student")?, Texts::of(frame, "student_text")?);
    let no_pupil = facts.settings.blank_equals.get("student").map(String::as_str);
    let is_pupil = |row: u32| match student.get(row) {
        Some(label) => Some(Some(label) != no_pupil),
        None => printed.get(row).is_none_or(|text| text.trim().is_empty()).then_some(false),
    };
    Ok((0..view.member_count()).map(is_pupil).collect())
}

/// In neither insurance; a blank about the employees' is no membership.
fn uninsured(frame: &DataFrame) -> Result<Flags> {
    let (medical, employee) = (booleans(frame, "medical_insured")?, booleans(frame, "employee_insured")?);
    let is_out =
        |(medical, employee): (Option<bool>, Option<bool>)| medical.map(|medical| !medical && employee != Some(true));
    Ok(medical.into_iter().zip(employee).map(is_out).collect())
}

fn working(view: &SideView<'_>, work: &Texts) -> Result<Flags> {
    let months: Vec<Option<f64>> = match view.registry.members.column("work_months") {
        Ok(column) => column.f64()?.iter().collect(),
        Err(_) => vec![None; view.registry.members.height()],
    };
    let works = |row: u32| {
        let by_place = work.get(row).is_some_and(|place| place.contains("务工"));
        Some(by_place || months[row as usize].is_some_and(|months| months > 0.0))
    };
    Ok((0..view.member_count()).map(works).collect())
}

/// Who works in one place and shares a telephone with a relative who works in another.
fn same_phone_far(view: &SideView<'_>, work: &Texts) -> Result<Flags> {
    let phone = Texts::of(&view.registry.members, "member_phone")?;
    let place = |row: u32| work.get(row).filter(|place| place.contains("务工"));
    let is_far = |row: u32| {
        let (number, here) = (phone.get(row)?, place(row));
        let relatives = view.members_of(view.household_of(row)).iter();
        let relatives = relatives.filter(|other| **other != row && !view.gone[**other as usize]);
        let mut sharing = relatives.filter(|other| phone.get(**other) == Some(number));
        Some(here.is_some() && sharing.any(|other| place(*other).is_some_and(|there| Some(there) != here)))
    };
    Ok((0..view.member_count()).map(is_far).collect())
}

/// What is known of each household of one side.
pub(crate) struct Homes<'v> {
    view: &'v SideView<'v>,
    people: &'v People,
    exit_status: Texts,
    identified: Numbers,
    water: Option<FieldColumn>,
    phone: Texts,
    /// Households by telephone and village.
    phones: FxHashMap<String, i32>,
}

impl<'v> Homes<'v> {
    fn read(view: &'v SideView<'v>, people: &'v People) -> Result<Self> {
        let frame = &view.registry.households;
        let water = crate::table::schema::field("water_solved").expect("the schema has water_solved");
        let phone = Texts::of(frame, "household_phone")?;
        let mut phones: FxHashMap<String, i32> = FxHashMap::default();
        for row in (0..view.household_count()).filter(|row| !view.past[*row as usize]) {
            if let Some(number) = phone.get(row) {
                *phones.entry(number_in(view, row, number)).or_default() += 1;
            }
        }
        Ok(Self {
            view,
            people,
            exit_status: Texts::of(frame, "exit_status")?,
            identified: years_of(frame, "identified_on")?,
            water: FieldColumn::of(frame, water)?,
            phone,
            phones,
        })
    }
    /// How many people of each household are so; who has left is not counted.
    fn count(&self, counts: fn(&People, usize) -> bool) -> Vec<i32> {
        let in_household = |household: u32| {
            let live = self.view.members_of(household).iter().filter(|member| !self.view.gone[**member as usize]);
            live.filter(|member| counts(self.people, **member as usize)).count() as i32
        };
        (0..self.view.household_count()).map(in_household).collect()
    }
    fn head(&self, household: u32) -> Option<usize> {
        Some(self.view.head_of(household)).filter(|head| *head != NONE).map(|head| head as usize)
    }
    fn spouses_of_heads_sex(&self, household: u32) -> i32 {
        let Some(head) = self.head(household) else { return 0 };
        let sex = self.people.sex[head];
        let is_like = |member: usize| {
            member != head && is(&self.people.spouse, member) && sex.is_some() && self.people.sex[member] == sex
        };
        let live = self.view.members_of(household).iter().filter(|member| !self.view.gone[**member as usize]);
        live.filter(|member| is_like(**member as usize)).count() as i32
    }
    fn same_phone(&self, household: u32) -> Option<i32> {
        self.phones.get(&number_in(self.view, household, self.phone.get(household)?)).copied()
    }
    fn water_is_solved(&self, household: u32) -> Option<bool> {
        match self.water.as_ref()?.cell(household) {
            Cell::Known(Value::YesNo(yes)) => Some(yes),
            _ => None,
        }
    }
}

/// A telephone in a village.
fn number_in(view: &SideView<'_>, household: u32, number: &str) -> String {
    format!("{}|{number}", view.village.get(household).unwrap_or_default())
}

fn booleans(frame: &DataFrame, name: &str) -> Result<Flags> {
    match frame.column(name) {
        Ok(column) => Ok(column.bool()?.iter().collect()),
        Err(_) => Ok(vec![None; frame.height()]),
    }
}
