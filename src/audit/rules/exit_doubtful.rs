//! `S-exit`: an exited household whose guarantees are in doubt.

use super::{Check, Rule, no_obstacle};
use crate::audit::reads::{Reads, Whose};
use crate::table::{Category, Severity};

pub(crate) static RULE: Rule = Rule {
    id: "S-exit",
    title: "疑似错退线索",
    category: Category::Suspect,
    severity: Severity::Info,
    what: "已脱贫户触发了脱贫保障规则（收入、义务教育、住房、饮水、医疗）。每户每年度合并为一条，列出触发的规则。",
    why: "脱贫户要全部达到两不愁三保障；是录入问题还是真实问题，须入户核实。",
    example: "2018年脱贫户，危房户为是，人均纯收入低于当年标准。",
    remedy: "入户核实：录入有误的按问题清单更正；确有短板的立即补齐并上报。本表只列线索，不作认定。",
    check: Check::Follows,
    obstacle: no_obstacle,
    reads: Reads::people(Whose::Both),
};
