//! `I-damaged`: a linked person's identifier is damaged on one side, or on both.
//!
//! The other side's sound identifier is what to type. A damaged identifier is never repaired by computation.

use super::{Check, Rule, no_obstacle};
use crate::audit::draft::{Say, Subject};
use crate::audit::facts::Facts;
use crate::audit::reads::Reads;
use crate::audit::sink::Sink;
use crate::audit::view::Identifier;
use crate::similarity::identifier::{self, IdLevel, Identifier as Comparable};
use crate::table::{Category, CorrectIn, Decision, MemberLink, Severity, Sort};
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "I-damaged",
    title: "证件号码受损",
    category: Category::Identity,
    severity: Severity::Error,
    what: "同一人的证件号码一方受损（位数不对、校验不符、末尾变000、科学计数），另一方完好；或两方都受损且不同。",
    why: "号码受损的人无法与医保、教育、民政等名单比对，应享受的政策查不到。",
    example: "省办平台为342127197001010000（被表格软件截断），国办系统为完整号码。",
    remedy: "按完好一方的号码录入，录入时把单元格设为文本；两方都受损的，查验身份证原件。",
    check: Check::MemberLink(check),
    obstacle: no_obstacle,
    reads: Reads::identifiers(),
};

fn check(facts: &Facts<'_>, link: &MemberLink, sink: &mut Sink) -> bool {
    if link.decision != Decision::Match {
        return false;
    }
    let rows = [link.left, link.right];
    let identifiers = [0, 1].map(|side| facts.sides[side].identifier(rows[side]));
    let printed = [0, 1].map(|side| facts.sides[side].id_text.get(rows[side]).map(str::trim));
    if let Some(mut say) = verdict(identifiers, printed) {
        say.field = Some("id_no");
        say.values = printed.map(|id| id.map(|id| Sort::Identifier.of(id).into()));
        sink.push(facts, RULE.head(), None, Subject::people(facts, rows), say);
    }
    true
}

fn verdict(identifiers: [Identifier<'_>; 2], printed: [Option<&str>; 2]) -> Option<Say<'static>> {
    let [national, provincial] = printed.map(|id| Sort::Identifier.or_blank(id));
    match identifiers {
        [Identifier::Sound(right), Identifier::Damaged(_)] => Some(Say::new(
            CorrectIn::Provincial,
            words!("省办平台『证件号码』“{}”受损，国办系统为“{}”", &provincial, &national),
            words!("省办平台『证件号码』由“{}”改为“{}”", &provincial, Sort::Identifier.of(right)),
        )),
        [Identifier::Damaged(wrong), Identifier::Sound(right)] if are_of_two(wrong, right) => Some(Say::new(
            CorrectIn::Visit,
            words!("国办系统『证件号码』“{}”受损，与省办平台的“{}”也对不上", &national, &provincial),
            "查验身份证原件，哪个系统填错更正哪个系统",
        )),
        [Identifier::Damaged(_), Identifier::Sound(right)] => Some(Say::new(
            CorrectIn::National,
            words!("国办系统『证件号码』“{}”受损，省办平台为“{}”", &national, &provincial),
            words!("核对身份证后，在国办系统窗口期把『证件号码』由“{}”改为“{}”", &national, Sort::Identifier.of(right)),
        )),
        [Identifier::Damaged(a), Identifier::Damaged(b)] if a != b => Some(Say::new(
            CorrectIn::Visit,
            words!("『证件号码』两个系统都受损：国办系统“{}”，省办平台“{}”", &national, &provincial),
            "查验身份证原件，更正两个系统",
        )),
        _ => None,
    }
}

/// Whether no slip makes the damaged number of the sound one: the platform's may be a relative's.
fn are_of_two(damaged: &str, sound: &str) -> bool {
    let read = Comparable::parse(damaged).zip(Comparable::parse(sound));
    read.is_some_and(|(damaged, sound)| identifier::level(&damaged, &sound) >= IdLevel::SameBirth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sound_side_is_what_to_type() {
        use Identifier::{Blank, Damaged, Masked, Old, Sound};
        let id = "34212719700101123X";
        let check = |identifiers, expected: Option<CorrectIn>| {
            assert_eq!(
                verdict(identifiers, [Some("n"), Some("p")]).map(|say| say.correct_in),
                expected,
                "{identifiers:?}"
            );
        };
        check([Sound(id), Damaged("3421")], Some(CorrectIn::Provincial));
        check([Damaged("3421"), Sound(id)], Some(CorrectIn::National));
        check([Damaged("3421"), Damaged("3422")], Some(CorrectIn::Visit));
        check([Damaged("3421"), Damaged("3421")], None);
        check([Damaged("34212719700101123"), Sound(id)], Some(CorrectIn::National));
        check([Damaged("341221198811051234"), Sound(id)], Some(CorrectIn::Visit));
        check([Sound(id), Masked], None);
        check([Blank, Damaged("3421")], None);
        check([Old("342127700101123"), Damaged("3421")], None);
        check([Sound(id), Old("342127700101123")], None);
    }
}
