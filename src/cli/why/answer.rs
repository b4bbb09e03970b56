//! A waterfall as an answer: the verdict in one sentence, then what it rests on, line by line.

use std::fmt::Write;

use crate::error::{Lang, Text};
use crate::link::Waterfall;
use crate::link::explain::words::{columns, times};
use crate::say;

/// Bits that one sign of a bar stands for, and the most signs.
const BITS_PER_SIGN: f64 = 2.0;
const MOST_SIGNS: usize = 15;

/// The whole answer about the people at two places.
pub(super) fn answer(waterfall: &Waterfall, titles: [Text; 2], places: [&str; 2], lang: Lang) -> String {
    let mut text = String::new();
    for (title, place) in titles.iter().zip(places) {
        let _ = writeln!(text, "{}  {place}", title.get(lang));
    }
    let _ = writeln!(text, "\n{}\n", waterfall.verdict_words().get(lang));
    balance(waterfall, lang, &mut text);
    text.push('\n');
    let mut rest: Vec<Text> = waterfall.unsaid_words();
    rest.extend(waterfall.threshold_words());
    rest.extend(waterfall.rule_words());
    for line in rest {
        let _ = writeln!(text, "{}", line.get(lang));
    }
    text
}

/// One line of the balance.
struct Line {
    name: String,
    bits: f64,
    /// How many times likelier; nothing for a sum.
    times: String,
    words: String,
}

/// From the start to the total, in columns.
fn balance(waterfall: &Waterfall, lang: Lang, text: &mut String) {
    let lines = lines(waterfall, lang);
    let widest = |of: fn(&Line) -> &str| lines.iter().map(|line| columns(of(line))).max().unwrap_or(0);
    let (names, all_times) = (widest(|line| &line.name), widest(|line| &line.times));
    let longest = lines.iter().map(|line| signs(line.bits)).max().unwrap_or(0);
    let unit = say!("比特", "bits");
    for line in &lines {
        let sign = if line.bits < 0.0 { "░" } else { "█" };
        let bar = padded(&sign.repeat(signs(line.bits)), longest);
        let (name, times) = (padded(&line.name, names), padded(&line.times, all_times));
        let _ = writeln!(text, "  {name}  {:>+6.1} {}  {times}  {bar}  {}", line.bits, unit.get(lang), line.words);
    }
}

fn lines(waterfall: &Waterfall, lang: Lang) -> Vec<Line> {
    let sum = |name: Text, bits: f64, words: Text| Line {
        name: name.get(lang).to_owned(),
        bits,
        times: String::new(),
        words: words.get(lang).to_owned(),
    };
    let step = |name: &Text, bits: f64, words: &Text, towards: &Text| Line {
        name: name.get(lang).to_owned(),
        bits,
        times: format!("{} {}", times(bits).get(lang), towards.get(lang)),
        words: words.get(lang).to_owned(),
    };
    let (supports, opposes) = (say!("支持", "for"), say!("反对", "against"));
    let ordered = waterfall.ordered();
    let mut lines = vec![sum(say!("起点", "start"), waterfall.prior_bits, waterfall.start_words())];
    lines.extend(ordered.speak_for.iter().map(|one| step(&one.title, one.weight_bits, &one.full_words(), &supports)));
    lines.extend(ordered.against.iter().map(|one| step(&one.title, one.weight_bits, &one.full_words(), &opposes)));
    if let Some(doubt) = waterfall.doubt_words() {
        lines.push(step(&say!("亲属", "relatives"), waterfall.kin_doubt_bits, &doubt, &opposes));
    }
    lines.push(sum(say!("合计", "total"), waterfall.total_bits, waterfall.total_words()));
    lines
}

/// Signs of a bar: one at least where there is anything to show.
fn signs(bits: f64) -> usize {
    ((bits.abs() / BITS_PER_SIGN).round() as usize).clamp(1, MOST_SIGNS)
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::explain::example::found_again;

    #[test]
    fn an_answer_in_columns() {
        let titles = || [say!("国办", "national"), say!("省办", "provincial")];
        let expected = "\
国办  a.xlsx:2
省办  b.csv:3

判定为同一人：同一人的可能性 99.994%（约 1.6 万比 1）

  起点         -17.6 比特                ░░░░░░░░░  任取两人是同一人的机会约 20 万分之一
  姓名         +18.5 比特  ×37 万 支持   █████████  姓名<一致>&（其中因姓名罕见 +2.1）
  证件号码     +16.6 比特  ×9.9 万 支持  ████████   末三位丢失
  与户主关系    +1.8 比特  ×3.5 支持     █          关系一致
  所在村        -5.0 比特  ÷32 反对      ░░░        不在同一乡镇
  亲属          -0.3 比特  ÷1.2 反对     ░          也可能是一家人：亲属之间本来就有这些相同之处
  合计         +14.0 比特                ███████    同一人的可能性 99.994%（约 1.6 万比 1）

未比对：出生日期
自动匹配线 +8.0 比特（约 256 比 1）：合计高出 6.0 比特
待人工判定线 +1.0 比特（约 2 比 1）：合计高出 13.0 比特
由规则“证件号码前15位”找出这一对
";
        assert_eq!(answer(&found_again(), titles(), ["a.xlsx:2", "b.csv:3"], Lang::Zh), expected);
        let english = answer(&found_again(), titles(), ["a.xlsx:2", "b.csv:3"], Lang::En);
        assert!(english.contains("-5.0 bits  ÷32 against   ░░░        another township"), "{english}");
    }
}
