//! The summary for managers: one [`Summary`], built once, shown three times.
//!
//! `summary.json` serialises it, `summary.xlsx` (`xlsx`) and `summary.html` (`html`) render it; none computes a
//! number of its own, so no two disagree. It holds no person's data: counts, names of areas, fields, rules and files.
//! By village, counts below `min_cell` are not given (`null`): one household with a rare problem is a person.
//!
//! Every rate carries numerator and denominator; without a denominator it says 未评估, never 100 %.

mod build;
mod html;
mod xlsx;

use std::path::Path;

use serde::Serialize;

pub use super::area::Rate;
pub(crate) use build::build;

use super::{OutputFile, files};
use crate::error::{Error, Result};
use crate::say;

/// Version of `summary.json`.
pub const SCHEMA: u32 = 1;

/// Everything managers are told.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Version of the tool.
    pub tool_version: String,
    /// Title of the pipeline, e.g. the county.
    pub title: String,
    /// As-of date, ISO.
    pub as_of: String,
    /// Counts below this are not given by village.
    pub min_cell: u64,
    /// Inputs, in the order given.
    pub inputs: Vec<Input>,
    /// Rows by registry and class.
    pub rows: Vec<RowLine>,
    /// Why rows were rejected, most frequent first.
    pub rejects: Vec<RejectLine>,
    /// Remarks on input files.
    pub notes: Vec<NoteLine>,
    /// The conservation equations, findings included.
    pub conservation: Vec<super::manifest::Equation>,
    /// What linking did.
    pub linkage: Linking,
    /// How good the links are: blocking recall, reliability, expected share of wrong ones.
    pub link_quality: crate::link::Quality,
    /// The county as a whole.
    pub county: AreaLine,
    /// Townships, sorted.
    pub townships: Vec<AreaLine>,
    /// Villages, sorted.
    pub villages: Vec<AreaLine>,
    /// Agreement by field, in the order of tables.
    pub fields: Vec<FieldLine>,
    /// Benefit recording by item and year, sorted.
    pub recording: Vec<RecordingLine>,
    /// Findings by category, severity and system to correct.
    pub findings: FindingCounts,
    /// Evaluated rules, most findings first.
    pub rules: Vec<RuleLine>,
    /// Rules that could not be evaluated, with the reason.
    pub not_evaluated: Vec<NotEvaluated>,
    /// What single townships did not deliver: what reads it was not evaluated there.
    pub not_delivered: Vec<NotDelivered>,
    /// Labels that no vocabulary knows, by registry and field.
    pub unknown_labels: Vec<UnknownLabels>,
    /// The ledger.
    pub ledger: LedgerCounts,
}

/// One input file; the name without its folders.
#[derive(Debug, Clone, Serialize)]
pub struct Input {
    /// Registry.
    pub side: String,
    /// File name.
    pub file: String,
    /// Profile that read it.
    pub profile: String,
    /// Rows read.
    pub rows: u64,
    /// Content hash.
    pub blake3: String,
}

/// Rows of one registry by what they turned out to be.
#[derive(Debug, Clone, Serialize)]
pub struct RowLine {
    /// `national`, `provincial`, or a roll's name.
    pub side: String,
    /// Rows read.
    pub read: u64,
    /// Titles, headers (repeated ones too), blanks, footers.
    pub layout: u64,
    /// Rows of a file read under another name.
    pub duplicate_file: u64,
    /// Rows used.
    pub accepted: u64,
    /// Rows rejected with a reason.
    pub rejected: u64,
}

/// Rows rejected for one reason.
#[derive(Debug, Clone, Serialize)]
pub struct RejectLine {
    /// Registry or roll.
    pub side: String,
    /// Why.
    pub reason: String,
    /// How many.
    pub rows: u64,
}

/// A remark on an input file.
#[derive(Debug, Clone, Serialize)]
pub struct NoteLine {
    /// File name.
    pub file: String,
    /// Sheet; empty for text files or the whole file.
    pub sheet: String,
    /// The remark, in Chinese.
    pub text: String,
}

/// What linking did.
#[derive(Debug, Clone, Serialize)]
pub struct Linking {
    /// People of each side by what became of them: national, provincial.
    pub members: [MemberFates; 2],
    /// Household pairs.
    pub households: HouseholdPairs,
    /// Pairs left uncompared because their block was too large.
    pub skipped_pairs: u64,
}

/// What became of one side's people.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MemberFates {
    /// Registry.
    pub side: String,
    /// All.
    pub total: u64,
    /// Linked.
    pub linked: u64,
    /// A person must decide.
    pub review: u64,
    /// Same identifier, different person.
    pub conflict: u64,
    /// Second rows of somebody.
    pub duplicate: u64,
    /// On this side only.
    pub only: u64,
    /// Nobody could tell: a row that may be theirs was set aside, or their names and numbers are hidden.
    pub not_compared: u64,
    /// Linked of all.
    pub coverage: Rate,
}

/// Household pairs by relation.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HouseholdPairs {
    /// Households of each side.
    pub total: [u64; 2],
    /// The same household.
    pub same: u64,
    /// One national household is several provincial ones.
    pub split: u64,
    /// Several national households are one provincial one.
    pub merge: u64,
    /// They share members.
    pub partial: u64,
}

/// One area. `None` where a count is too small to be told.
#[derive(Debug, Clone, Serialize)]
pub struct AreaLine {
    /// Township; empty when unknown.
    pub township: String,
    /// Village; empty for a township or the county.
    pub village: String,
    /// People of each side.
    pub members: [u64; 2],
    /// Households of each side.
    pub households: [u64; 2],
    /// Linked national people of all.
    pub coverage: Rate,
    /// Equal field values of comparable ones.
    pub field_agreement: Rate,
    /// Linked households without an error or warning.
    pub households_consistent: Rate,
    /// Benefits recorded of those proved.
    pub recording: Rate,
    /// Households with an error or warning.
    pub households_with_findings: Option<u64>,
    /// Findings.
    pub findings: Option<u64>,
    /// Findings by category, in the order of `findings.by_category`.
    pub by_category: Vec<Option<u64>>,
    /// Findings by severity, in the order of `findings.by_severity`.
    pub by_severity: Vec<Option<u64>>,
}

/// Agreement of one field over linked pairs.
#[derive(Debug, Clone, Serialize)]
pub struct FieldLine {
    /// Field name.
    pub field: String,
    /// What staff call it.
    pub title: String,
    /// Equal values.
    pub equal: u64,
    /// Nothing on either side (not in the rate).
    pub both_null: u64,
    /// Only the provincial side has a value.
    pub null_national: u64,
    /// Only the national side has a value.
    pub null_provincial: u64,
    /// Different.
    pub differ: u64,
    /// Not comparable (not in the rate).
    pub not_comparable: u64,
    /// Not understood on one side at least.
    pub unread: u64,
    /// Equal of equal, one side blank, different, and not understood.
    pub agreement: Rate,
}

/// Benefit recording of one item in one year.
#[derive(Debug, Clone, Serialize)]
pub struct RecordingLine {
    /// Item.
    pub item: String,
    /// Year.
    pub year: Option<i32>,
    /// Recorded of proved.
    pub recording: Rate,
}

/// A word, its title, a count.
#[derive(Debug, Clone, Serialize)]
pub struct Counted {
    /// The word of published tables.
    pub word: String,
    /// What staff call it.
    pub title: String,
    /// How many.
    pub count: u64,
}

/// Findings counted three ways.
#[derive(Debug, Clone, Serialize)]
pub struct FindingCounts {
    /// All.
    pub total: u64,
    /// In a village's worklist.
    pub in_worklists: u64,
    /// Without a village.
    pub unassigned: u64,
    /// By category.
    pub by_category: Vec<Counted>,
    /// By severity.
    pub by_severity: Vec<Counted>,
    /// By system to correct.
    pub by_correct_in: Vec<Counted>,
}

/// One evaluated rule on one side, or on pairs.
#[derive(Debug, Clone, Serialize)]
pub struct RuleLine {
    /// Rule.
    pub rule_id: String,
    /// Title.
    pub title: String,
    /// Registry; `pair` for rules over pairs.
    pub side: String,
    /// Category title.
    pub category: String,
    /// Severity title.
    pub severity: String,
    /// Subjects evaluated.
    pub evaluated: u64,
    /// Findings; a subject may have several.
    pub findings: u64,
}

/// A rule that could not be evaluated.
#[derive(Debug, Clone, Serialize)]
pub struct NotEvaluated {
    /// Rule.
    pub rule_id: String,
    /// Title.
    pub title: String,
    /// Registry; `pair` for rules over pairs.
    pub side: String,
    /// Why.
    pub reason: String,
}

/// What one township did not deliver.
#[derive(Debug, Clone, Serialize)]
pub struct NotDelivered {
    /// Township.
    pub township: String,
    /// The export, in words.
    pub what: String,
    /// Rules that were therefore not evaluated there.
    pub rules: u64,
}

/// Unknown labels of one field.
#[derive(Debug, Clone, Serialize)]
pub struct UnknownLabels {
    /// Registry.
    pub side: String,
    /// What staff call the field.
    pub field: String,
    /// Different labels.
    pub labels: u64,
    /// Rows that hold them.
    pub rows: u64,
}

/// How the ledger stands on the day of the run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LedgerCounts {
    /// Items that wait: open or reopened.
    pub open: u64,
    /// First seen by this run.
    pub new: u64,
    /// Proved to be corrected by this run.
    pub closed: u64,
    /// Closed so far.
    pub closed_in_all: u64,
    /// Came back after they were closed, and wait again.
    pub reopened: u64,
    /// Neither seen nor proved to be corrected.
    pub frozen: u64,
    /// Their subjects are in neither export any more: the village confirms where they went.
    pub left: u64,
    /// Ended because their rule was changed.
    pub rule_changed: u64,
    /// Ended because their rows are linked otherwise.
    pub link_changed: u64,
    /// The same as another item.
    pub merged: u64,
}

/// Writes the summary's three forms under `dir`.
pub(crate) fn write(summary: &Summary, dir: &Path) -> Result<Vec<OutputFile>> {
    let json = serde_json::to_vec_pretty(summary)
        .map_err(|cause| Error::internal(say!("汇总无法序列化: {cause}", "the summary does not serialise: {cause}")))?;
    let xlsx = xlsx::render(summary).map_err(|cause| files::failed("summary/summary.xlsx", &cause))?;
    Ok(vec![
        files::put(dir, "summary/summary.json", &json, None)?,
        files::put(dir, "summary/summary.xlsx", &xlsx, None)?,
        files::put(dir, "summary/summary.html", html::render(summary).as_bytes(), None)?,
    ])
}

/// What a side's word means to staff; a roll keeps its name.
pub(crate) fn side_title(word: &str) -> &str {
    match word {
        "national" => "国办系统",
        "provincial" => "省办平台",
        "pair" => "两系统比对",
        roll => roll,
    }
}

/// A count that may be too small to be told.
pub(crate) fn shown(count: Option<u64>, min_cell: u64) -> String {
    count.map_or_else(|| format!("＜{min_cell}"), super::area::thousands)
}

/// Staff's words for a conservation equation's terms.
pub(crate) fn term_title(term: &str) -> &str {
    match term {
        "rows" => "导出文件行数",
        "national members" => "国办系统人员（含仅在往年的）",
        "provincial members" => "省办平台人员（含仅在往年的）",
        "national benefits" => "国办系统帮扶记录",
        "provincial benefits" => "省办平台帮扶记录",
        "findings" => "问题",
        "title" => "标题行",
        "header" => "表头",
        "repeated_header" => "重复表头",
        "blank" => "空行",
        "footer" => "合计落款",
        "accepted" => "采用",
        "rejected" => "剔除（有原因）",
        "duplicate_file" => "重复文件",
        "linked" => "已匹配",
        "review" => "待人工判定",
        "conflict" => "证件冲突",
        "duplicate" => "重复",
        "only" => "仅一方有",
        "not_compared" => "未认定",
        "roll" => "部门名册证明",
        "match" => "两边都有",
        "missing" => "省办缺录",
        "extra" => "仅省办有",
        "unlinked" => "人员未匹配",
        "worklists" => "村级清单",
        "unassigned" => "未分配",
        other => other,
    }
}
