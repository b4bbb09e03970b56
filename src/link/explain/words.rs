//! What a [`Waterfall`] says to somebody who has never heard of bits, in both languages.
//!
//! Odds are told as *so many to one*, a step as *so many times likelier (×) or less likely (÷)*. No number is told more
//! exactly than it is known, and no doubt is rounded away: 99.9999999 % is *over 99.9999 %*. Pure; used by the terminal and
//! by the picture, so that both say the same.

use super::{Step, Unlinked, Verdict, Waterfall};
use crate::error::Text;
use crate::say;

/// Steps that weigh less say nothing either way.
const SILENT_BITS: f64 = 0.05;

/// The steps of a waterfall in the order in which they are told.
#[derive(Debug)]
pub struct Ordered<'a> {
    /// Those that speak for one person, the strongest first.
    pub speak_for: Vec<&'a Step>,
    /// Those that speak against it, the strongest first.
    pub against: Vec<&'a Step>,
    /// Those that were observed and count nothing here.
    pub silent: Vec<&'a Step>,
    /// Those that were not compared.
    pub missing: Vec<&'a Step>,
}

impl Waterfall {
    /// The steps, sorted by what they say.
    pub fn ordered(&self) -> Ordered<'_> {
        let observed = |step: &&&Step| !step.level.is_empty();
        let mut speaking: Vec<&Step> =
            self.steps.iter().filter(|step| observed(&step) && step.weight_bits.abs() >= SILENT_BITS).collect();
        speaking.sort_by(|a, b| b.weight_bits.total_cmp(&a.weight_bits));
        let (speak_for, mut against): (Vec<&Step>, Vec<&Step>) =
            speaking.into_iter().partition(|step| step.weight_bits > 0.0);
        against.reverse();
        let (silent, missing) = self
            .steps
            .iter()
            .filter(|step| step.weight_bits.abs() < SILENT_BITS || !observed(&step))
            .partition(|step| observed(&step));
        Ordered { speak_for, against, silent, missing }
    }

    /// One sentence: what was decided, and how likely it is.
    pub fn verdict_words(&self) -> Text {
        let Text { zh, en } = self.likelihood();
        match self.verdict {
            Verdict::Ruled { same: true } => say!(
                "人工判定为同一人；单看登记内容，{zh}",
                "ruled one person by somebody who decided; by the records alone, {en}"
            ),
            Verdict::Ruled { same: false } => say!(
                "人工判定不是同一人；单看登记内容，{zh}",
                "ruled two persons by somebody who decided; by the records alone, {en}"
            ),
            Verdict::Sure => {
                let rule = self.rule.as_deref().unwrap_or_default();
                say!("按规则“{rule}”直接判定为同一人：{zh}", "linked as one person at once, by the rule “{rule}”: {en}")
            }
            Verdict::Match => say!("判定为同一人：{zh}", "linked as one person: {en}"),
            Verdict::Accepted => say!(
                "判定为同一人：{zh}；低于自动匹配线，但全部匹配的预期正确率仍然达标",
                "linked as one person: {en}; below the line for matches, taken because enough of all matches are expected to be right"
            ),
            Verdict::Review { contested: false } => say!("待人工判定：{zh}", "for a person to decide: {en}"),
            Verdict::Review { contested: true } => say!(
                "待人工判定：{zh}，另有条件相近的人员",
                "for a person to decide: {en}, and somebody else fits nearly as well"
            ),
            Verdict::Conflict => say!(
                "号码相同却不像同一人，须核实：{zh}",
                "conflict, to be verified: one number, but hardly one person: {en}"
            ),
            Verdict::NotLinked(why) => not_linked(why, &zh, &en),
        }
    }

    /// Where the balance starts, before anything is compared.
    pub fn start_words(&self) -> Text {
        let Text { zh, en } = chance(super::probability(self.prior_bits));
        match (self.households_linked, self.households_by_number) {
            (false, _) => say!("任取两人是同一人的机会{zh}", "two records taken at random are one person: {en}"),
            (true, true) => say!(
                "两户户编号一致，已认作一户；其中这两人是同一人的机会{zh}",
                "the two households carry one number and are taken as one; these two of them are one person: {en}"
            ),
            (true, false) => say!(
                "两户有其他成员已匹配，已认作一户；其中这两人是同一人的机会{zh}",
                "other members link the two households, which are taken as one; these two of them are one person: {en}"
            ),
        }
    }

    /// The comparisons that count nothing, by name; what is empty is left out.
    pub fn unsaid_words(&self) -> Vec<Text> {
        let Ordered { silent, missing, .. } = self.ordered();
        let silent = named(&silent, |step| Text {
            zh: format!("{}（{}）", step.title.zh, step.words.zh),
            en: format!("{} ({})", step.title.en, step.words.en),
        });
        let missing = named(&missing, |step| step.title.clone());
        let silent = silent.map(|Text { zh, en }| say!("不计轻重：{zh}", "counts nothing here: {en}"));
        silent.into_iter().chain(missing.map(|Text { zh, en }| say!("未比对：{zh}", "not compared: {en}"))).collect()
    }

    /// What the thought of relatives takes away; `None` where it takes nothing.
    pub fn doubt_words(&self) -> Option<Text> {
        (self.kin_doubt_bits <= -SILENT_BITS).then(|| {
            say!(
                "也可能是一家人：亲属之间本来就有这些相同之处",
                "they may be relatives: members of one family agree on such things anyway"
            )
        })
    }

    /// The total as odds.
    pub fn total_words(&self) -> Text {
        self.likelihood()
    }

    /// How the total stands to what decides, a line each.
    pub fn threshold_words(&self) -> Vec<Text> {
        let mut lines = vec![
            self.against_line(&say!("自动匹配线", "matched from"), self.match_bits),
            self.against_line(&say!("待人工判定线", "shown to a person from"), self.review_bits),
        ];
        let margin = self.margin_bits;
        lines.extend(match self.verdict {
            Verdict::Ruled { .. } => Some(say!("这一对由人判定，不看分界线", "a person decided: no line counts")),
            Verdict::Sure | Verdict::Conflict => {
                Some(say!("这一对由号码决定，不看分界线", "the number decides here: no line counts"))
            }
            Verdict::Review { contested: true } => Some(say!(
                "换一种配法只差不到 {margin:.1} 比特，所以不自动匹配",
                "another assignment is less than {margin:.1} bits worse, so nothing is matched unseen"
            )),
            _ => None,
        });
        lines
    }

    /// Which rule brought the two together; `None` where a person did.
    pub fn rule_words(&self) -> Option<Text> {
        match (&self.rule, self.verdict) {
            (_, Verdict::Ruled { .. }) => None,
            (Some(rule), _) => Some(say!("由规则“{rule}”找出这一对", "found by the rule “{rule}”")),
            (None, Verdict::NotLinked(Unlinked::Taken(_) | Unlinked::Duplicate(_))) => {
                Some(say!("已有归属的人不再与别人比对", "people who are settled are compared with nobody else"))
            }
            (None, _) => Some(say!("没有一条分组规则找出这一对", "no blocking rule makes this pair")),
        }
    }

    fn likelihood(&self) -> Text {
        let (percent, odds) = (percent(self.match_prob), odds(self.total_bits));
        Text {
            zh: format!("同一人的可能性{}（{}）", percent.zh, odds.zh),
            en: format!("{} likely to be one person ({})", percent.en, odds.en),
        }
    }

    fn against_line(&self, name: &Text, line_bits: f64) -> Text {
        let (odds, distance) = (odds(line_bits), self.total_bits - line_bits);
        let (far, is_over) = (distance.abs(), distance >= 0.0);
        let standing = match is_over {
            true => say!("合计高出 {far:.1} 比特", "the total is {far:.1} bits above"),
            false => say!("合计还差 {far:.1} 比特", "the total is {far:.1} bits short"),
        };
        Text {
            zh: format!("{} {line_bits:+.1} 比特（{}）：{}", name.zh, odds.zh, standing.zh),
            en: format!("{} {line_bits:+.1} bits ({}): {}", name.en, odds.en, standing.en),
        }
    }
}

impl Step {
    /// What staff read, with what the rarity of the shared value adds or takes.
    pub fn full_words(&self) -> Text {
        let Text { zh, en } = &self.words;
        let (title_zh, title_en, bits) = (&self.title.zh, &self.title.en, self.frequency_bits);
        match bits {
            _ if bits.abs() < SILENT_BITS => self.words.clone(),
            _ if bits > 0.0 => {
                say!(
                    "{zh}（其中因{title_zh}罕见 {bits:+.1}）",
                    "{en} ({bits:+.1} of it because the {title_en} is rare)"
                )
            }
            _ => say!(
                "{zh}（其中因{title_zh}常见 {bits:+.1}）",
                "{en} ({bits:+.1} of it because the {title_en} is common)"
            ),
        }
    }
}

/// A list of steps in words; `None` when there are none.
fn named(steps: &[&Step], name: impl Fn(&Step) -> Text) -> Option<Text> {
    let names: Vec<Text> = steps.iter().map(|step| name(step)).collect();
    let joined =
        |language: fn(&Text) -> &str, between: &str| names.iter().map(language).collect::<Vec<_>>().join(between);
    (!names.is_empty()).then(|| Text { zh: joined(|name| &name.zh, "、"), en: joined(|name| &name.en, ", ") })
}

fn not_linked(why: Unlinked, zh: &str, en: &str) -> Text {
    match why {
        Unlinked::Duplicate(which) => {
            let (who_zh, who_en) = who(which);
            say!(
                "没有匹配：{who_zh}与本表另一行重复，由那一行去匹配；单看登记内容，{zh}",
                "not linked: {who_en} repeated in its own table, and the other row was linked instead; by the records alone, {en}"
            )
        }
        Unlinked::Taken(which) => {
            let (who_zh, who_en) = who(which);
            say!(
                "没有匹配：{who_zh}已与别人匹配；单看登记内容，{zh}",
                "not linked: {who_en} linked to somebody else; by the records alone, {en}"
            )
        }
        Unlinked::NotCompared => say!(
            "没有匹配：两人没有比对过，没有一条分组规则把他们配成一对；如果比对，{zh}",
            "not linked: nobody compared them, no blocking rule makes this pair; compared, they are {en}"
        ),
        Unlinked::TooWeak => say!("没有匹配：依据不够，{zh}", "not linked: too little speaks for it, {en}"),
        Unlinked::Outdone => {
            say!(
                "没有匹配：另有更合适的配法；单看登记内容，{zh}",
                "not linked: others fit better together; by the records alone, {en}"
            )
        }
    }
}

fn who(which: [bool; 2]) -> (&'static str, &'static str) {
    match which {
        [true, true] => ("两行", "both rows are"),
        [true, false] => ("前一行", "the first row is"),
        _ => ("后一行", "the second row is"),
    }
}

/// How many times likelier a step makes it, or less likely.
pub fn times(bits: f64) -> Text {
    let Text { zh, en } = about(bits.abs().exp2());
    if bits < 0.0 { say!("÷{zh}", "÷{en}") } else { say!("×{zh}", "×{en}") }
}

/// Log2 odds as so many to one.
pub fn odds(bits: f64) -> Text {
    if bits.abs() < SILENT_BITS {
        return say!("一半对一半", "even odds");
    }
    let Text { zh, en } = about(bits.abs().exp2());
    let spaced = spaced(&zh);
    if bits < 0.0 { say!("约 1 比 {zh}", "about 1 to {en}") } else { say!("约 {spaced}比 1", "about {en} to 1") }
}

/// A small probability as one in so many.
fn chance(probability: f64) -> Text {
    if probability >= 0.1 {
        let percent = (probability * 100.0).round();
        return say!("约 {percent}%", "about {percent}%");
    }
    let Text { zh, en } = about(1.0 / probability);
    let zh = spaced(&zh);
    say!("约 {zh}分之一", "about 1 in {en}")
}

/// A probability, to the first digit of the doubt.
fn percent(probability: f64) -> Text {
    let doubt = probability.min(1.0 - probability);
    if doubt < 1e-6 {
        return if probability > 0.5 {
            say!("超过 99.9999%", "over 99.9999%")
        } else {
            say!("不到 0.0001%", "less than 0.0001%")
        };
    }
    let decimals = (-(doubt * 100.0).log10()).ceil().clamp(1.0, 4.0) as usize;
    let percent = probability * 100.0;
    say!(" {percent:.decimals$}%", "{percent:.decimals$}%")
}

/// A number as people say it: whole up to a thousand, two digits beyond.
fn about(number: f64) -> Text {
    if number < 9.95 {
        let text = format!("{number:.1}");
        let text = text.trim_end_matches(".0").to_owned();
        return Text { zh: text.clone(), en: text };
    }
    if number < 999.5 {
        return say!("{number:.0}", "{number:.0}");
    }
    let unit = 10_f64.powf(number.log10().floor() - 1.0);
    let rounded = (number / unit).round() * unit;
    Text { zh: in_units(rounded, 1e4, &["", "万", "亿", "万亿"]), en: english(rounded) }
}

fn english(number: f64) -> String {
    match number {
        _ if number < 999_999.5 => {
            let whole = number.round() as u64;
            format!("{},{:03}", whole / 1000, whole % 1000)
        }
        _ => in_units(number, 1e3, &["", "", "million", "billion", "trillion"]),
    }
}

/// A number of two digits in the largest unit that it fills; a power of ten beyond the last.
fn in_units(number: f64, step: f64, units: &[&str]) -> String {
    let mut value = number;
    let mut place = 0;
    // Two digits are exact to far less than a thousandth: 999.99… is the next unit.
    while value >= step * 0.9999 && place < units.len() {
        value /= step;
        place += 1;
    }
    let Some(unit) = units.get(place) else { return format!("10^{:.0}", number.log10()) };
    let text = if value < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") };
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if unit.is_empty() { text.to_owned() } else { format!("{text} {unit}") }
}

/// With a space behind it where a digit would meet a character.
fn spaced(text: &str) -> String {
    if text.ends_with(|last: char| last.is_ascii_digit()) { format!("{text} ") } else { text.to_owned() }
}

/// Columns that a text takes on a terminal or in print of one width.
pub fn columns(text: &str) -> usize {
    text.chars().map(|character| 1 + usize::from(is_wide(character))).sum()
}

/// Whether a character takes two columns: Chinese characters and their punctuation.
pub fn is_wide(character: char) -> bool {
    character >= '\u{2e80}' || matches!(character, '“' | '”')
}

#[cfg(test)]
mod tests;
