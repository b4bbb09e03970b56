//! `S-insider`: a registered person on a roll of property or public pay.

use super::{Check, Rule};
use crate::audit::reads::Reads;
use crate::audit::rolls::no_rolls;
use crate::table::{Category, Severity};

pub(crate) static RULE: Rule = Rule {
    id: "S-insider",
    title: "在册人员出现在资产比对名册上",
    category: Category::Suspect,
    severity: Severity::Info,
    what: "两个系统的在册人员，出现在房产、车辆、工商登记、财政供养等比对名册上。",
    why: "识别要准确；名下登记也可能是代持、报废或同名，须逐户核实。",
    example: "某在册人员名下登记有一辆小型轿车。",
    remedy: "入户核实，属实且不影响识别的附佐证。本表只列线索，不作认定。",
    check: Check::Rolls,
    obstacle: no_rolls,
    reads: Reads { column: Some("village"), ..Reads::rolls() },
};
