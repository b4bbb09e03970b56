//! Waterfalls to try words and pictures on, made by hand.

use super::{Step, Verdict, Waterfall};
use crate::error::Text;
use crate::say;
use crate::table::Decision;

/// One step, in both languages.
pub(crate) fn step(title: [&str; 2], words: [&str; 2], weight_bits: f64, frequency_bits: f64) -> Step {
    let text = |[zh, en]: [&str; 2]| Text { zh: zh.into(), en: en.into() };
    Step { title: text(title), level: "level".into(), weight_bits, frequency_bits, words: text(words) }
}

/// A man whose number a spreadsheet cut, found again: +14.0 bits.
pub(crate) fn found_again() -> Waterfall {
    let nothing = say!("未比对", "not compared");
    let birth = Step {
        title: say!("出生日期", "birth date"),
        level: String::new(),
        weight_bits: 0.0,
        frequency_bits: 0.0,
        words: nothing,
    };
    Waterfall {
        households_linked: false,
        households_by_number: false,
        prior_bits: -17.6,
        steps: vec![
            step(["证件号码", "identity number"], ["末三位丢失", "last three digits lost"], 16.6, 0.0),
            step(["所在村", "village"], ["不在同一乡镇", "another township"], -5.0, 0.0),
            step(["姓名", "name"], ["姓名<一致>&", "the same <name> &"], 18.5, 2.1),
            birth,
            step(["与户主关系", "relation"], ["关系一致", "the same relation"], 1.8, 0.0),
        ],
        kin_doubt_bits: -0.3,
        total_bits: 14.0,
        match_prob: 0.999_939,
        decision: Some(Decision::Match),
        verdict: Verdict::Match,
        rule: Some("证件号码前15位".into()),
        match_bits: 8.0,
        review_bits: 1.0,
        margin_bits: 3.0,
    }
}

/// Two of a family, nobody to compare them: -4.0 bits.
pub(crate) fn two_brothers() -> Waterfall {
    let steps = vec![
        step(["姓名", "name"], ["仅一字不同", "one character differs"], -3.6, -0.8),
        step(["所在村", "village"], ["同村", "the same village"], 0.0, 0.0),
    ];
    Waterfall {
        households_linked: true,
        prior_bits: -0.4,
        steps,
        kin_doubt_bits: 0.0,
        total_bits: -4.0,
        match_prob: 1.0 / 17.0,
        decision: None,
        verdict: Verdict::NotLinked(super::Unlinked::TooWeak),
        rule: Some("同户成员".into()),
        ..found_again()
    }
}
