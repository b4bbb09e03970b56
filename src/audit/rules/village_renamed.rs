//! `H-village`: the platform calls a whole village by another name.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::Say;
use crate::audit::facts::Facts;
use crate::audit::reads::{Reads, Whose};
use crate::audit::renames::Rename;
use crate::audit::sink::Sink;
use crate::table::{Category, CorrectIn, Severity, Side, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "H-village",
    title: "乡镇、行政村名称不一致",
    category: Category::Field,
    severity: Severity::Error,
    what: "国办系统的一个行政村，其多数户在省办平台登记在另一个村名下（包括“村”与“社区”之别）。每个村只报一次，不再逐户报行政村不一致。乡镇也是这样。",
    why: "村名不同，按村汇总的户数、人数和资金全都对不上；多为撤并、村改居后只改了一个系统。",
    example: "国办系统为王塘村，省办平台仍为王塘社区，涉及47户。",
    remedy: "按国办系统在省办平台统一更改村名；国办系统尚未调整的，报其窗口期更正。",
    check: Check::OneRegistry(Side::Provincial, check),
    obstacle: no_obstacle,
    reads: Reads { column: Some("village"), ..Reads::people(Whose::Both) },
};

fn check(facts: &Facts<'_>, sink: &mut Sink) -> u64 {
    for (township, rename) in facts.renames.townships() {
        sink.push_place(facts, RULE.head(), Some(Side::Provincial), [township, ""], say("乡镇", township, rename));
    }
    for (village, rename) in facts.renames.iter() {
        sink.push_village(
            facts,
            RULE.head(),
            Some(Side::Provincial),
            village,
            say("行政村", facts.places.name(village).1, rename),
        );
    }
    facts.renames.judged
}

fn say(level: &'static str, national: &str, rename: &Rename) -> Say<'static> {
    let Rename { platform, households } = rename;
    let (national, platform) = (Sort::Place.of(national), Sort::Place.of(platform));
    let mut say = Say::new(
        CorrectIn::Provincial,
        words!("{}名称不一致：国办系统为“{}”，省办平台为“{}”（{}户）", level, &national, &platform, *households),
        words!("省办平台{}“{}”统一改为“{}”；国办系统尚未调整的，报其窗口期更正", level, &platform, &national),
    );
    say.field = Some(if level == "乡镇" { "township" } else { "village" });
    say.values = [Some(national.into()), Some(platform.into())];
    say
}
