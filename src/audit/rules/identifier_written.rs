//! `I-written`: the right identifier, written with a character that no card shows (Cyrillic Х, × for X).
//!
//! Blanks, quotes, width and case come from spreadsheets and are folded in silence; a foreign character was typed.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::Reads;
use crate::audit::sink::Sink;
use crate::audit::view::Identifier;
use crate::normalise::text::compact;
use crate::table::{Category, CorrectIn, Severity, Side, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "I-written",
    title: "证件号码书写不规范",
    category: Category::Identity,
    severity: Severity::Warning,
    what: "证件号码正确，但末位的X录成了乘号（×）、俄文字母（Х）、罗马数字（Ⅹ）等形似的符号。",
    why: "看上去一样，其他部门的系统却认作不同的号码，比对不上。",
    example: "末位为乘号的号码，与医保名单比对时查无此人。",
    remedy: "删除末位，改录为英文大写字母X。",
    check: Check::Member(check),
    obstacle: no_obstacle,
    reads: Reads::identifiers(),
};

fn check(facts: &Facts<'_>, side: Side, member: u32, sink: &mut Sink) -> bool {
    let view = facts.side(side);
    let Identifier::Sound(right) = view.identifier(member) else { return false };
    let Some(printed) = view.id_text.get(member).filter(|text| is_misspelt(text)) else { return true };
    let mut say = Say::new(
        CorrectIn::side(side),
        words!("{}『证件号码』“{}”末位不是英文字母X", side.title(), Sort::Identifier.of(printed.trim())),
        words!("{}『证件号码』改录为“{}”（末位为英文大写字母X）", side.title(), Sort::Identifier.of(right)),
    );
    say.field = Some("id_no");
    say.values[side.index()] = Some(Sort::Identifier.of(printed).into());
    sink.push(facts, RULE.head(), Some(side), Subject::member_of(facts, side, member), say);
    true
}

/// Whether something beside width, blanks and quotes had to be folded.
fn is_misspelt(printed: &str) -> bool {
    !printed.is_ascii() && !compact(printed).is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheets_are_not_blamed() {
        let check = |printed, expected| assert_eq!(is_misspelt(printed), expected, "{printed}");
        check("34212719700101123X", false);
        check("‘３４212719700101123Ｘ\u{3000}", false);
        check("34212719700101123x", false);
        check("34212719700101123×", true);
        check("34212719700101123Х", true);
    }
}
