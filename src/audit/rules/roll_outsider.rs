//! `S-outsider`: on a department's roll, and in neither system.

use super::{Check, Rule};
use crate::audit::reads::Reads;
use crate::audit::rolls::no_rolls;
use crate::table::{Category, Severity};

pub(crate) static RULE: Rule = Rule {
    id: "S-outsider",
    title: "部门名册上的人不在两个系统中",
    category: Category::Suspect,
    severity: Severity::Info,
    what: "低保、残疾、重病、危房等部门名册上的人，在国办系统和省办平台都找不到。",
    why: "未纳入建档立卡的低保户、危房户、重病户、残疾人户要逐户排查。",
    example: "民政低保名册上有一户，两个系统按证件号码、姓名和村都找不到。",
    remedy: "入户核实家庭情况，填写核实结果。本表只列线索，不作认定。",
    check: Check::Rolls,
    obstacle: no_rolls,
    reads: Reads { column: Some("village"), ..Reads::rolls() },
};
