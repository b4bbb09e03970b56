//! What a county decides about the audit: dates, logic rules, the benefit catalogue, tolerances and switches.
//!
//! `pipeline` fills [`Settings`] from TOML; the types that a person writes derive `Deserialize` and refuse unknown
//! keys. Defaults are those of a first run: every built-in rule on, no logic rules, no catalogue, incomes equal
//! within 1 % or 1 yuan. Amounts are in fen unless a name says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::table::{Category, Severity, Side};

/// Resolved settings, built by `pipeline`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// As-of date, ISO; ages of rows without a data year are taken on it. Empty: such ages are unknown.
    pub as_of: String,
    /// Key of the finding hash: a site's own, so that two counties' finding ids cannot be joined.
    pub site_key: String,
    /// Logic rules, from `rules/*.toml`.
    pub logic: Vec<LogicRule>,
    /// Benefit catalogue, from `benefits/*.toml`.
    pub benefits: Vec<BenefitItem>,
    /// The value that equals blank, by vocabulary or field name (`student` → 非在校生, `work_months` → 0).
    pub blank_equals: BTreeMap<String, String>,
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
            benefits: Vec::new(),
            // No month of work is printed as 0 by one export and left blank by another: 为0（含空）.
            blank_equals: [("student", "非在校生"), ("work_months", "0"), ("public_post_months", "0")]
                .map(|(name, blank)| (name.to_owned(), blank.to_owned()))
                .into(),
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
    /// Money, absolute, in fen. Default 100 (1 yuan).
    pub amount_fen: i64,
    /// Money, relative to the larger value. Default 0.01.
    pub amount_ratio: f64,
    /// Areas, distances and months, absolute. Default 0.01.
    pub quantity: f64,
    /// Relative limit by field name, instead of the above.
    pub ratio_by_field: BTreeMap<String, f64>,
}

impl Default for Tolerances {
    fn default() -> Self {
        Self { amount_fen: 100, amount_ratio: 0.01, quantity: 0.01, ratio_by_field: BTreeMap::new() }
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
    /// Whether "confirmed correct, with evidence" is a possible answer.
    #[serde(default = "yes")]
    pub exemptable: bool,
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

/// A file of logic rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Version of this format: 1.
    pub schema: u32,
    /// What the rules are about.
    #[serde(default)]
    pub title: String,
    /// The rules.
    #[serde(default)]
    pub rule: Vec<LogicRule>,
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
    /// Canonical label of vocabulary `benefit_item`.
    pub item: String,
    /// To whom it is due.
    pub unit: Unit,
    /// How often it is paid.
    pub period: Period,
    /// Labels of vocabulary `benefit_category` under which it is recorded.
    #[serde(default)]
    pub categories: Vec<String>,
    /// The department that holds the roll.
    #[serde(default)]
    pub holder: String,
    /// Relative difference of two amounts that still counts as equal; the general one when absent.
    #[serde(default)]
    pub amount_ratio: Option<f64>,
    /// Years by which two records may lie apart and still be one, misdated; 1 when absent, 3 for a one-off.
    #[serde(default)]
    pub max_year_gap: Option<i32>,
    /// Whether a measure of this kind must have an outcome recorded.
    #[serde(default = "yes")]
    pub outcome_expected: bool,
    /// Usual amounts, by year. Reference for people; not verified, not enforced.
    #[serde(default)]
    pub amounts: Vec<AmountRange>,
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

/// A benefit catalogue file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenefitFile {
    /// Version of this format: 1.
    pub schema: u32,
    /// Whose catalogue, for which years.
    #[serde(default)]
    pub title: String,
    /// The items.
    #[serde(default)]
    pub item: Vec<BenefitItem>,
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
