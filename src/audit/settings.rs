//! What a county decides about the audit: dates, logic rules, the benefit catalogue, tolerances and switches.
//!
//! `pipeline` fills [`Settings`] from TOML; the types that a person writes derive `Deserialize` and refuse unknown
//! keys. Defaults are those of a first run: every built-in rule on, no logic rules, no catalogue, amounts equal to the
//! fen. Amounts are in fen unless a name says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::table::{Category, Kind, Severity, Side};

/// Resolved settings, built by `pipeline`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// As-of date, ISO; ages of rows without a data year are taken on it. Empty: such ages are unknown.
    pub as_of: String,
    /// Key of the finding hash: a site's own, so that two counties' finding ids cannot be joined.
    pub site_key: String,
    /// Logic rules and correspondences, from `rules/*.toml`.
    pub logic: Vec<LogicRule>,
    /// Rules of the published library that other rules cover.
    pub elsewhere: Vec<Elsewhere>,
    /// Rules of the published library that are left out, and why.
    pub left_out: Vec<LeftOut>,
    /// Benefit catalogue, from `benefits/*.toml`.
    pub benefits: Vec<BenefitItem>,
    /// The value that equals blank, by vocabulary or field name (`student` → 非在校生, `work_months` → 0).
    pub blank_equals: BTreeMap<String, String>,
    /// A digest of each vocabulary, by name: tells whether a rule still reads the same words.
    pub vocabulary_digests: BTreeMap<String, String>,
    /// How far two values may lie apart and still be equal.
    pub tolerances: Tolerances,
    /// Rules switched off, and severities changed.
    pub switches: Switches,
    /// 人员状态 of people who have left the registry (自然减少): nobody expects them on the other side.
    pub gone_statuses: BTreeSet<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            as_of: String::new(),
            site_key: String::new(),
            logic: Vec::new(),
            elsewhere: Vec::new(),
            left_out: Vec::new(),
            benefits: Vec::new(),
            // No month of work is printed as 0 by one export and left blank by another: 为0（含空）.
            blank_equals: [("student", "非在校生"), ("work_months", "0"), ("public_post_months", "0")]
                .map(|(name, blank)| (name.to_owned(), blank.to_owned()))
                .into(),
            vocabulary_digests: BTreeMap::new(),
            tolerances: Tolerances::default(),
            switches: Switches::default(),
            gone_statuses: ["自然减少", "死亡", "注销", "销户", "迁出", "清退"].map(str::to_owned).into(),
        }
    }
}

impl Settings {
    /// Whether a rule is switched off.
    pub fn is_disabled(&self, rule_id: &str) -> bool {
        self.switches.disabled.contains(rule_id)
    }
    /// The digest of the vocabulary of a field; empty for fields without one.
    pub(crate) fn vocabulary_digest(&self, field: &str) -> &str {
        let vocabulary = match crate::table::schema::field(field).map(|field| field.kind) {
            Some(Kind::Label(name) | Kind::Labels(name)) => self.vocabulary_digests.get(name),
            _ => None,
        };
        vocabulary.map_or("", String::as_str)
    }
    /// The severity of a rule's findings: the county's own, or the rule's.
    pub fn severity(&self, rule_id: &str, usual: Severity) -> Severity {
        self.switches.severity.get(rule_id).copied().unwrap_or(usual)
    }
}

/// Rule switches.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// Ids of rules that do not run.
    pub disabled: BTreeSet<String>,
    /// Severity by rule id, where it differs from the rule's own.
    pub severity: BTreeMap<String, Severity>,
}

/// How far two values may lie apart and still be equal: within the absolute *or* the relative limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tolerances {
    /// Money, absolute, in fen. Default 0.
    pub amount_fen: i64,
    /// Money, relative to the larger value. Default 0.
    pub amount_ratio: f64,
    /// Areas, distances and months, absolute. Default 0.01.
    pub quantity: f64,
    /// Relative limit by field name, instead of the above.
    pub ratio_by_field: BTreeMap<String, f64>,
}

impl Default for Tolerances {
    fn default() -> Self {
        Self { amount_fen: 0, amount_ratio: 0.0, quantity: 0.01, ratio_by_field: BTreeMap::new() }
    }
}

/// The table that a logic rule reads, one subject per row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// One subject per person; household columns are joined.
    Members,
    /// One subject per household; counts over its members are joined.
    Households,
}

/// Where a logic rule's findings are to be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// In the registry that contradicts itself.
    #[default]
    #[serde(rename = "self")]
    Itself,
    /// Nobody knows before a visit.
    Visit,
}

/// One logic rule: a registry contradicts itself when `when` is true. Written by people, in TOML.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogicRule {
    /// `L-` and the number of the rule, which never changes its meaning.
    pub id: String,
    /// The problem in a few words.
    pub title: String,
    /// What it checks.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// An invented case.
    pub example: String,
    /// The table it reads.
    pub table: Table,
    /// Whether it judges every data year by itself; what does not change with the years is judged on the newest only.
    #[serde(default = "yes")]
    pub yearly: bool,
    /// Registries it runs on; both when absent.
    #[serde(default = "both_sides")]
    pub sides: Vec<Side>,
    /// SQL condition over canonical columns: true is a finding, null is not. `{name}` is a parameter.
    pub when: String,
    /// How grave.
    pub severity: Severity,
    /// What sort of problem.
    #[serde(default = "logic")]
    pub category: Category,
    /// Where to correct.
    #[serde(default)]
    pub correct_in: Correction,
    /// The field at fault, when one is.
    #[serde(default)]
    pub field: Option<String>,
    /// What is wrong, one Chinese sentence; `{column}` is the value as printed.
    pub message: String,
    /// What to do, one Chinese sentence; `{column}` as in `message`.
    pub remedy: String,
    /// Numbers that a county may change, by name; `{name}` in `when`.
    #[serde(default)]
    pub parameters: BTreeMap<String, f64>,
    /// Numbers by year, by name; `{name}` in `when`.
    #[serde(default)]
    pub by_year: BTreeMap<String, ByYear>,
    /// Whether it puts an exited household on the list of doubtful exits.
    #[serde(default)]
    pub doubts_exit: bool,
    /// Rules whose findings on the same subject explain this one's: they are corrected first.
    #[serde(default)]
    pub follows: Vec<String>,
    /// Whether "confirmed correct, with evidence" is a possible answer.
    #[serde(default = "yes")]
    pub exemptable: bool,
    /// Rows that it must report; columns not named are null. Proved with the condition.
    #[serde(default)]
    pub hit: Vec<Fixture>,
    /// Rows like those that it must not report.
    #[serde(default)]
    pub miss: Vec<Fixture>,
}

/// A row by column name, for proving a condition.
pub type Fixture = BTreeMap<String, Cell>;

/// A value of a fixture; dates are texts, amounts are fen.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Yes or no.
    YesNo(bool),
    /// Years, counts, fen.
    Whole(i64),
    /// Quantities.
    Real(f64),
    /// Labels, keys, dates.
    Text(String),
}

/// A number for each year of a year column; years that are not listed never match.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByYear {
    /// The year column.
    pub column: String,
    /// The number of each year.
    pub values: BTreeMap<String, f64>,
}

/// What a household in some state must have received: cause ↔ measure ↔ outcome. Written by people, in TOML.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correspondence {
    /// `C-` and a number.
    pub id: String,
    /// The state in words: 因病致贫.
    pub state: String,
    /// SQL condition over households: in that state.
    pub when: String,
    /// Any one of these is enough.
    pub measures: Measures,
    /// The outcome to be expected, in words.
    pub outcome: String,
    /// Where the correspondence is known from.
    pub source: String,
    /// How grave.
    pub severity: Severity,
    /// Rules whose findings on the same household explain this one's.
    #[serde(default)]
    pub follows: Vec<String>,
    /// Rows that it must report, and rows that it must not.
    #[serde(default)]
    pub hit: Vec<Fixture>,
    /// Rows like those that it must not report.
    #[serde(default)]
    pub miss: Vec<Fixture>,
}

impl Correspondence {
    /// The rule that it makes.
    pub fn rule(&self) -> LogicRule {
        let Measures { categories, items } = &self.measures;
        let recorded = |column: &str, names: &[String]| {
            names.iter().map(|name| format!("{column} LIKE '%,{name},%'")).collect::<Vec<_>>()
        };
        let any =
            [recorded("recorded_categories", categories), recorded("recorded_items", items)].concat().join(" OR ");
        let any = if any.is_empty() { "FALSE".to_owned() } else { any };
        let names = categories.iter().chain(items).map(|name| format!("『{name}』")).collect::<Vec<_>>().join("、");
        let (state, outcome) = (&self.state, &self.outcome);
        LogicRule {
            id: self.id.clone(),
            title: format!("{state}而没有相应的帮扶措施"),
            what: format!(
                "享受政策的户{state}，当年没有登记{names}中的任何一项。预期成效：{outcome}。来源：{}。",
                self.source
            ),
            why: "帮扶措施要与致贫原因相对应，成效要与措施相对应。".to_owned(),
            example: format!("某户{state}，当年只登记了节日慰问。"),
            table: Table::Households,
            yearly: true,
            sides: both_sides(),
            when: format!("({}) AND enjoys_policy AND NOT ({any})", self.when),
            severity: self.severity,
            category: Category::Correspondence,
            correct_in: Correction::Visit,
            field: None,
            message: format!("{state}，当年没有登记{names}中的任何一项"),
            remedy: format!(
                "已落实的补录措施和成效（{outcome}）；确未落实的安排落实；与实际不符的更正致贫原因或家庭情况"
            ),
            parameters: BTreeMap::new(),
            by_year: BTreeMap::new(),
            doubts_exit: false,
            follows: self.follows.clone(),
            exemptable: true,
            hit: self.hit.clone(),
            miss: self.miss.clone(),
        }
    }
}

/// Measures by category, or by item.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Measures {
    /// Labels of vocabulary `benefit_category`.
    pub categories: Vec<String>,
    /// Items of the catalogue.
    pub items: Vec<String>,
}

/// A rule of the published library that another rule of this program covers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub title: String,
    /// The rules that cover it.
    pub rules: Vec<String>,
}

/// A rule of the published library that is not evaluated, and why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub title: String,
    /// Why nobody can evaluate it.
    pub why: String,
}

/// To whom a benefit is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A person.
    Person,
    /// A household, whoever the payee is.
    Household,
}

/// How often a benefit is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Monthly.
    Month,
    /// Quarterly.
    Quarter,
    /// Twice a year, by school term.
    Semester,
    /// Once a year.
    Year,
    /// Once.
    OneOff,
    /// Whenever it happens: a stay in hospital, an emergency.
    Episode,
}

impl Period {
    /// Records with nothing to tell them apart that one year can hold; more are duplicates.
    pub const fn records_per_year(self) -> usize {
        match self {
            Self::Month => 12,
            Self::Quarter => 4,
            Self::Semester => 2,
            Self::Year | Self::OneOff => 1,
            Self::Episode => usize::MAX,
        }
    }
}

/// One item of the benefit catalogue. Written by people, in TOML.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenefitItem {
    /// Its canonical name.
    pub item: String,
    /// To whom it is due.
    pub unit: Unit,
    /// How often it is paid.
    pub period: Period,
    /// Labels of vocabulary `benefit_category` under which it is recorded.
    #[serde(default)]
    pub categories: Vec<String>,
    /// What the national export, the platform and the departments' rolls call it.
    #[serde(default)]
    pub names: Vec<String>,
    /// The department that holds the roll.
    #[serde(default)]
    pub holder: String,
    /// SQL condition over a person's (a household's) year: true is entitled, false is not, null cannot be told.
    #[serde(default)]
    pub eligible: Option<String>,
    /// The same in words.
    #[serde(default)]
    pub eligible_words: String,
    /// Whether everybody who is entitled should have it; otherwise the condition only limits who may.
    #[serde(default)]
    pub expected: bool,
    /// Whether going without it breaks a guarantee (insurance, certificates).
    #[serde(default)]
    pub guarantee: bool,
    /// Items that the same beneficiary cannot have in the same year.
    #[serde(default)]
    pub excludes: Vec<String>,
    /// Whether it is paid in the autumn before the year that it covers.
    #[serde(default)]
    pub paid_year_before: bool,
    /// First and last year in which it exists.
    #[serde(default)]
    pub from_year: Option<i32>,
    /// Last year in which it exists.
    #[serde(default)]
    pub to_year: Option<i32>,
    /// Relative difference of two amounts that still counts as equal; the general one when absent.
    #[serde(default)]
    pub amount_ratio: Option<f64>,
    /// Years by which two records may lie apart and still be one, misdated; 1 when absent, 3 for a one-off.
    #[serde(default)]
    pub max_year_gap: Option<i32>,
    /// Whether a measure of this kind must have an outcome recorded.
    #[serde(default = "yes")]
    pub outcome_expected: bool,
    /// Usual amounts, by year.
    #[serde(default)]
    pub amounts: Vec<AmountRange>,
    /// Whether a year's sum outside the usual amounts is reported.
    #[serde(default)]
    pub check_amounts: bool,
    /// Rows that are entitled, and rows that are not; columns not named are null. Proved with the condition.
    #[serde(default)]
    pub eligible_hit: Vec<Fixture>,
    /// Rows that are not entitled.
    #[serde(default)]
    pub eligible_miss: Vec<Fixture>,
}

/// The usual yearly amount of an item in a span of years.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountRange {
    /// First year.
    pub from_year: i32,
    /// Last year.
    pub to_year: i32,
    /// Least, in yuan a year.
    pub min_yuan: f64,
    /// Most, in yuan a year.
    pub max_yuan: f64,
}

impl BenefitItem {
    /// The table that its condition reads.
    pub const fn table(&self) -> Table {
        match self.unit {
            Unit::Person => Table::Members,
            Unit::Household => Table::Households,
        }
    }
    /// Whether it exists in that year.
    pub fn is_valid_in(&self, year: i32) -> bool {
        self.from_year.is_none_or(|first| first <= year) && self.to_year.is_none_or(|last| year <= last)
    }
    /// The usual amount of that year.
    pub fn amount_in(&self, year: i32) -> Option<&AmountRange> {
        self.amounts.iter().find(|range| (range.from_year..=range.to_year).contains(&year))
    }
}

fn both_sides() -> Vec<Side> {
    Side::BOTH.to_vec()
}
const fn logic() -> Category {
    Category::Logic
}
const fn yes() -> bool {
    true
}
