//! `H-household-no`: 户编号 differs, where the two systems share a numbering.

use super::{Check, Rule};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::{Reads, Whose};
use crate::audit::sink::Sink;
use crate::normalise::MADE;
use crate::table::{Category, CorrectIn, HouseholdLink, Severity, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "H-household-no",
    title: "户编号不一致",
    category: Category::Field,
    severity: Severity::Warning,
    what: "同一户在两个系统中的户编号不同。只有半数以上的户编号相同（说明两系统用同一套编号）时才检查。",
    why: "编号不同的户，按编号比对的报表会当成两户。",
    example: "户编号经表格软件打开后末位变成0。",
    remedy: "省办平台的户编号按国办系统更正。",
    check: Check::HouseholdPair(check),
    obstacle,
    reads: Reads::people(Whose::Both),
};

fn numbers<'f>(facts: &'f Facts<'_>, pair: &HouseholdLink) -> [Option<&'f str>; 2] {
    [facts.sides[0].household_no.get(pair.left), facts.sides[1].household_no.get(pair.right)]
}

fn obstacle(facts: &Facts<'_>) -> Option<String> {
    let pairs = facts.links.household_pairs.iter().map(|pair| numbers(facts, pair));
    not_shared("户编号", pairs)
}

/// Why numbers are not comparable: fewer than half of the linked pairs carry the same.
pub(super) fn not_shared<'f>(what: &str, pairs: impl Iterator<Item = [Option<&'f str>; 2]>) -> Option<String> {
    let (mut both, mut equal) = (0u64, 0u64);
    for numbers in pairs {
        if let [Some(national), Some(provincial)] = numbers {
            both += 1;
            equal += u64::from(national == provincial);
        }
    }
    match both {
        0 => Some(format!("没有两系统都填写{what}的已匹配记录")),
        _ if equal * 2 < both => Some(format!("两系统{what}不是同一套编号（{both}对中只有{equal}对相同）")),
        _ => None,
    }
}

fn check(facts: &Facts<'_>, pair: &HouseholdLink, sink: &mut Sink) -> bool {
    let numbers = numbers(facts, pair);
    if numbers[0] != numbers[1] {
        let printed =
            [facts.sides[0].household_no_text.get(pair.left), facts.sides[1].household_no_text.get(pair.right)];
        // A number made by us is nobody's: what the system prints instead is.
        let shown = |side: usize| numbers[side].filter(|number| !number.starts_with(MADE)).or(printed[side]);
        let numbers = [shown(0), shown(1)];
        // Two households of one number were told apart by us: which of them has it wrong is told elsewhere.
        if numbers[0] == numbers[1] {
            return true;
        }
        let [national, provincial] = numbers.map(|no| Sort::Key.or_blank(no));
        let mut say = Say::new(
            CorrectIn::Provincial,
            words!("同一户的户编号不一致：国办系统“{}”，省办平台“{}”", &national, &provincial),
            words!("户编号基层不能改，报县级处理：省办平台由“{}”改为“{}”", &provincial, &national),
        );
        say.field = Some("household_no");
        say.values = numbers.map(|no| no.map(|no| Sort::Key.of(no).into()));
        sink.push(facts, RULE.head(), None, Subject::households([pair.left, pair.right]), say);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_enough() {
        let same = [Some("1"), Some("1")];
        let other = [Some("1"), Some("2")];
        assert_eq!(not_shared("户编号", [same, other].into_iter()), None);
        assert!(not_shared("户编号", [same, other, other].into_iter()).is_some());
        assert!(not_shared("户编号", [[None, Some("1")]].into_iter()).is_some());
    }
}
