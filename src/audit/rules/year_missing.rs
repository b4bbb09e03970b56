//! `P-year`: both systems have the person, but one of them not in that data year.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Reads, Whose};
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Severity, Side};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "P-year",
    title: "某年度只在一个系统",
    category: Category::Presence,
    severity: Severity::Warning,
    what: "同一人在两个系统都有登记，但某个数据年度只有一个系统有其信息。只有两个系统都提供了该年度导出时才检查。",
    why: "历年措施和指标按人、按年度比对，缺一年就缺一年的依据。",
    example: "2016年新增的成员，省办平台从2017年才有其信息。",
    remedy: "核对其识别（或自然增减）时间，在缺少的系统补录该年度信息，或更正识别时间。",
    check: Check::Years,
    obstacle: no_obstacle,
    reads: Reads::people(Whose::Both).yearly(true),
};

/// Reports one person of one year; `rows` are that year's.
pub(crate) fn report(year: &Facts<'_>, rows: [u32; 2], lacking: Side, sink: &mut Sink) {
    let label = year.year.map(|year| words!("{}年", year)).unwrap_or_default();
    let (here, there) = (lacking.other().title(), lacking.title());
    let correct_in = if lacking == Side::Provincial { CorrectIn::Provincial } else { CorrectIn::Visit };
    let mut say = Say::new(
        correct_in,
        words!("该成员{}在{}有登记，在{}没有", &label, here, there),
        words!("核对识别或自然增减时间后，在{}补录该成员{}信息；{}有误的更正{}", there, &label, here, here),
    );
    say.year = year.year;
    say.values[lacking.other().index()] = Some("有".into());
    sink.push(year, RULE.head(), None, Subject::people(year, rows), say);
}
