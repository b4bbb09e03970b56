//! Findings: problems seen in this run.

use serde::{Deserialize, Serialize};

use super::{Side, Words};

/// What sort of problem (design: findings).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// A household or member on one side only.
    Presence,
    /// A damaged, duplicate or conflicting identifier.
    Identity,
    /// One person twice inside a registry.
    Duplicate,
    /// A linked pair disagrees.
    Field,
    /// A benefit missing, extra, duplicated, or different in year or amount.
    Benefit,
    /// A measure without an outcome, or the reverse.
    Outcome,
    /// One registry contradicts itself.
    Logic,
    /// Cause, measure and outcome do not correspond.
    Correspondence,
    /// 两不愁三保障, insurance, certificates.
    Guarantee,
    /// Listed for a visit; never a verdict.
    Suspect,
}

impl Category {
    /// The word in published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Identity => "identity",
            Self::Duplicate => "duplicate",
            Self::Field => "field",
            Self::Benefit => "benefit",
            Self::Outcome => "outcome",
            Self::Logic => "logic",
            Self::Correspondence => "correspondence",
            Self::Guarantee => "guarantee",
            Self::Suspect => "suspect",
        }
    }
    /// What staff call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Presence => "有无不一致",
            Self::Identity => "身份信息",
            Self::Duplicate => "重复登记",
            Self::Field => "指标不一致",
            Self::Benefit => "帮扶措施",
            Self::Outcome => "帮扶成效",
            Self::Logic => "逻辑错误",
            Self::Correspondence => "对应关系",
            Self::Guarantee => "保障情况",
            Self::Suspect => "疑似核查",
        }
    }
}

/// How grave. The order is the order of gravity: `Severity::Info < Severity::Error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// To know.
    Info,
    /// To verify.
    Warning,
    /// To correct.
    Error,
}

impl Severity {
    /// The word in published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
    /// What staff call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Info => "提示",
            Self::Warning => "待核实",
            Self::Error => "须整改",
        }
    }
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// A household.
    Household,
    /// A person.
    Member,
    /// A benefit record.
    Benefit,
    /// A village.
    Village,
    /// A whole registry.
    Registry,
}

impl Scope {
    /// The word in published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Member => "member",
            Self::Benefit => "benefit",
            Self::Village => "village",
            Self::Registry => "registry",
        }
    }
}

/// Which system to correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectIn {
    /// 国办系统, in its next open window.
    National,
    /// 省办平台.
    Provincial,
    /// Both.
    Both,
    /// Nobody knows before a visit: 入户核实.
    Visit,
}

impl CorrectIn {
    /// The word in published tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::Provincial => "provincial",
            Self::Both => "both",
            Self::Visit => "visit",
        }
    }
    /// What staff call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::National => "国办系统",
            Self::Provincial => "省办平台",
            Self::Both => "两个系统",
            Self::Visit => "入户核实",
        }
    }
    /// Correct one side.
    pub const fn side(side: Side) -> Self {
        match side {
            Side::National => Self::National,
            Side::Provincial => Self::Provincial,
        }
    }
}

/// Place of the row behind one side of a finding: index into that registry's origins, and the 1-based row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowPlace {
    /// Index into `Registry::origins`.
    pub sheet_ix: u32,
    /// 1-based row or line.
    pub row: u32,
}

/// Rows of the newest tables that a finding is about, national and provincial; `None` where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubjectRows {
    /// Rows of the members.
    pub members: [Option<u32>; 2],
    /// Rows of the households.
    pub households: [Option<u32>; 2],
}

/// One problem. Values are as printed in the exports; keys as exported; absent is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Stable identity, 26 characters: keyed hash of rule, subject, field and period (no values, no row numbers).
    pub finding_id: String,
    /// Rule, e.g. `F-relation`, `L-037`.
    pub rule_id: String,
    /// What sort of problem.
    pub category: Category,
    /// How grave.
    pub severity: Severity,
    /// What it is about.
    pub scope: Scope,
    /// Township whose worklist carries it; `None` goes to `unassigned`.
    pub township: Option<String>,
    /// Village whose worklist carries it.
    pub village: Option<String>,
    /// 户编号 on the national side.
    pub national_household_no: Option<String>,
    /// 人编号 on the national side.
    pub national_person_no: Option<String>,
    /// 户编号 on the provincial side.
    pub provincial_household_no: Option<String>,
    /// 人编号 on the provincial side.
    pub provincial_person_no: Option<String>,
    /// Name of the person (of the head, for a household).
    pub name: Option<String>,
    /// Name of the household's head, for grouping.
    pub head_name: Option<String>,
    /// Identifier as exported, masked only when written out.
    pub id_no: Option<String>,
    /// 与户主关系 as printed.
    pub relation: Option<String>,
    /// Year or period the problem is about.
    pub year: Option<i32>,
    /// Field name of [`FIELDS`](super::FIELDS), when one field is at fault.
    pub field: Option<String>,
    /// Value in the national system, as printed.
    pub national_value: Option<Words>,
    /// Value on the provincial platform, as printed.
    pub provincial_value: Option<Words>,
    /// Which system to correct.
    pub correct_in: CorrectIn,
    /// What is wrong, one Chinese sentence.
    pub message: Words,
    /// What to do, one Chinese sentence.
    pub remedy: Words,
    /// The finding that this one follows from.
    pub cause_id: Option<String>,
    /// Row behind the national side.
    pub national: Option<RowPlace>,
    /// Row behind the provincial side.
    pub provincial: Option<RowPlace>,
    /// The registry that contradicts itself; `None` when two are compared.
    pub side: Option<Side>,
    /// What tells findings of one rule on one subject apart: the field, or the benefit item.
    pub about: String,
    /// Whom it is about.
    pub subject: SubjectRows,
}
