use super::super::example::{found_again, two_brothers};
use super::super::{Unlinked, Verdict, Waterfall};
use super::{about, columns, odds, percent, times};
use crate::error::Text;

fn says(text: &Text, zh: &str, en: &str) {
    assert_eq!((text.zh.as_str(), text.en.as_str()), (zh, en));
}

fn lines(texts: &[Text]) -> (Vec<&str>, Vec<&str>) {
    (texts.iter().map(|text| text.zh.as_str()).collect(), texts.iter().map(|text| text.en.as_str()).collect())
}

#[test]
fn numbers_as_people_say_them() {
    says(&about(2.04), "2", "2");
    says(&about(2.34), "2.3", "2.3");
    says(&about(256.0), "256", "256");
    says(&about(999.7), "1000", "1,000");
    says(&about(9996.0), "1 万", "10,000");
    says(&about(16_384.0), "1.6 万", "16,000");
    says(&about(199_999.0), "20 万", "200,000");
    says(&about(999_900.0), "100 万", "1 million");
    says(&about(123_456_789.0), "1.2 亿", "120 million");
    says(&about(3.4e12), "3.4 万亿", "3.4 trillion");
    says(&about(1e20), "10^20", "10^20");
    says(&times(6.0), "×64", "×64");
    says(&times(-3.0), "÷8", "÷8");
    says(&odds(8.0), "约 256 比 1", "about 256 to 1");
    says(&odds(-8.0), "约 1 比 256", "about 1 to 256");
    says(&odds(14.0), "约 1.6 万比 1", "about 16,000 to 1");
    says(&odds(0.01), "一半对一半", "even odds");
}

#[test]
fn no_doubt_is_rounded_away() {
    says(&percent(0.5), " 50.0%", "50.0%");
    says(&percent(0.999_939), " 99.994%", "99.994%");
    says(&percent(0.999_998), " 99.9998%", "99.9998%");
    says(&percent(1.0), "超过 99.9999%", "over 99.9999%");
    says(&percent(0.0), "不到 0.0001%", "less than 0.0001%");
    says(&percent(0.0032), " 0.3%", "0.3%");
}

#[test]
fn a_match_in_words() {
    let waterfall = found_again();
    says(
        &waterfall.verdict_words(),
        "判定为同一人：同一人的可能性 99.994%（约 1.6 万比 1）",
        "linked as one person: 99.994% likely to be one person (about 16,000 to 1)",
    );
    says(
        &waterfall.start_words(),
        "任取两人是同一人的机会约 20 万分之一",
        "two records taken at random are one person: about 1 in 200,000",
    );
    let ordered = waterfall.ordered();
    let titles = |steps: &[&super::Step]| steps.iter().map(|step| step.title.zh.clone()).collect::<Vec<_>>();
    assert_eq!(titles(&ordered.speak_for), ["姓名", "证件号码", "与户主关系"]);
    assert_eq!(titles(&ordered.against), ["所在村"]);
    says(
        &ordered.speak_for[0].full_words(),
        "姓名<一致>&（其中因姓名罕见 +2.1）",
        "the same <name> & (+2.1 of it because the name is rare)",
    );
    assert_eq!(lines(&waterfall.unsaid_words()), (vec!["未比对：出生日期"], vec!["not compared: birth date"]));
    let (zh, en) = (
        vec![
            "自动匹配线 +8.0 比特（约 256 比 1）：合计高出 6.0 比特",
            "待人工判定线 +1.0 比特（约 2 比 1）：合计高出 13.0 比特",
        ],
        vec![
            "matched from +8.0 bits (about 256 to 1): the total is 6.0 bits above",
            "shown to a person from +1.0 bits (about 2 to 1): the total is 13.0 bits above",
        ],
    );
    assert_eq!(lines(&waterfall.threshold_words()), (zh, en));
    says(
        &waterfall.rule_words().expect("a rule"),
        "由规则“证件号码前15位”找出这一对",
        "found by the rule “证件号码前15位”",
    );
}

#[test]
fn relatives_in_words() {
    says(
        &found_again().doubt_words().expect("a doubt"),
        "也可能是一家人：亲属之间本来就有这些相同之处",
        "they may be relatives: members of one family agree on such things anyway",
    );
    assert_eq!(two_brothers().doubt_words(), None, "between linked households the doubt is in every step");
}

#[test]
fn linked_households_in_words() {
    let waterfall = two_brothers();
    says(
        &waterfall.start_words(),
        "两户有其他成员已匹配，已认作一户；其中这两人是同一人的机会约 43%",
        "other members link the two households, which are taken as one; these two of them are one person: about 43%",
    );
    says(
        &Waterfall { households_by_number: true, ..waterfall.clone() }.start_words(),
        "两户户编号一致，已认作一户；其中这两人是同一人的机会约 43%",
        "the two households carry one number and are taken as one; these two of them are one person: about 43%",
    );
    says(
        &waterfall.verdict_words(),
        "没有匹配：依据不够，同一人的可能性 5.9%（约 1 比 16）",
        "not linked: too little speaks for it, 5.9% likely to be one person (about 1 to 16)",
    );
    says(
        &waterfall.ordered().against[0].full_words(),
        "仅一字不同（其中因姓名常见 -0.8）",
        "one character differs (-0.8 of it because the name is common)",
    );
    let silent = (vec!["不计轻重：所在村（同村）"], vec!["counts nothing here: village (the same village)"]);
    assert_eq!(lines(&waterfall.unsaid_words()), silent);
}

#[test]
fn a_pair_that_nobody_compared() {
    let waterfall = Waterfall { verdict: Verdict::NotLinked(Unlinked::NotCompared), rule: None, ..two_brothers() };
    says(
        &waterfall.verdict_words(),
        "没有匹配：两人没有比对过，没有一条分组规则把他们配成一对；如果比对，同一人的可能性 5.9%（约 1 比 16）",
        "not linked: nobody compared them, no blocking rule makes this pair; compared, they are 5.9% likely to be one person (about 1 to 16)",
    );
    says(&waterfall.rule_words().expect("told"), "没有一条分组规则找出这一对", "no blocking rule makes this pair");
}

#[test]
fn every_verdict_in_words() {
    let told = |verdict| Waterfall { verdict, ..found_again() }.verdict_words();
    let likely = "同一人的可能性 99.994%（约 1.6 万比 1）";
    let zh = |verdict, expected: &str| assert_eq!(told(verdict).zh, expected.replace('*', likely));
    zh(Verdict::Ruled { same: true }, "人工判定为同一人；单看登记内容，*");
    zh(Verdict::Ruled { same: false }, "人工判定不是同一人；单看登记内容，*");
    zh(Verdict::Sure, "按规则“证件号码前15位”直接判定为同一人：*");
    zh(Verdict::Accepted, "判定为同一人：*；低于自动匹配线，但全部匹配的预期正确率仍然达标");
    zh(Verdict::Review { contested: false }, "待人工判定：*");
    zh(Verdict::Review { contested: true }, "待人工判定：*，另有条件相近的人员");
    zh(Verdict::Conflict, "号码相同却不像同一人，须核实：*");
    zh(Verdict::NotLinked(Unlinked::Taken([true, false])), "没有匹配：前一行已与别人匹配；单看登记内容，*");
    zh(
        Verdict::NotLinked(Unlinked::Duplicate([false, true])),
        "没有匹配：后一行与本表另一行重复，由那一行去匹配；单看登记内容，*",
    );
    zh(Verdict::NotLinked(Unlinked::Outdone), "没有匹配：另有更合适的配法；单看登记内容，*");
}

#[test]
fn a_chinese_character_takes_two_columns() {
    assert_eq!(columns("姓名 +2.1"), 9);
}
