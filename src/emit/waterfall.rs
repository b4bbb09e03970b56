//! The evidence behind a pair as a picture: a [`Waterfall`] in, one self-contained SVG file out.
//!
//! A row per step, words on the left, a bar on the right that begins where the one above ended: from where the balance
//! starts to the total. Right of zero one person is likelier, left of it two; the lines that decide are drawn through. Told
//! in shapes as well as in colours (solid speaks for, hatched against), so that it can be printed in grey. Nothing about the
//! two people is in it but how their fields compare; everything is escaped by construction.

use maud::{Markup, PreEscaped, html};

use crate::error::{Lang, Text};
use crate::link::Waterfall;
use crate::link::explain::words;
use crate::say;

const STYLE: &str = include_str!("waterfall.css");
/// Width of the picture, of its margins, and where the bars begin and end.
const WIDTH: f64 = 980.0;
const MARGIN: f64 = 24.0;
const PLOT: (f64, f64) = (436.0, 950.0);
/// Columns of text (a Chinese character takes two) that fit a heading, and beside the bars.
const HEADING_COLUMNS: usize = 96;
const WORDS_COLUMNS: usize = 58;
const HEADING_LINE: f64 = 26.0;
const WORDS_LINE: f64 = 17.0;
/// Room for the name of a line.
const LIMIT_NAME: f64 = 96.0;
/// A row without its lines of words, and its bar.
const ROW: f64 = 30.0;
const BAR: f64 = 20.0;

/// Draws the picture.
pub fn svg(waterfall: &Waterfall, lang: Lang) -> String {
    let rows = rows(waterfall, lang);
    let scale = Scale::of(&rows, waterfall);
    let heading = wrapped(waterfall.verdict_words().get(lang), HEADING_COLUMNS);
    let top = MARGIN + heading.len() as f64 * HEADING_LINE + 50.0;
    let bottom = top + rows.iter().map(Row::height).sum::<f64>();
    let placed = placed(&rows, top);
    let foot = foot(waterfall, lang);
    let height = bottom + 66.0 + foot.len() as f64 * WORDS_LINE;
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height:.0}")) width=(WIDTH)
            height=(format!("{height:.0}")) role="img" {
            title { (heading.concat()) }
            style { (PreEscaped(STYLE)) }
            (hatching())
            rect.paper width="100%" height="100%" {}
            @for (at, line) in heading.iter().enumerate() {
                text.heading x=(MARGIN) y=(px(MARGIN + 16.0 + at as f64 * HEADING_LINE)) { (line) }
            }
            @for (y, row) in placed.iter().filter(|(_, row)| row.kind == Kind::Sum) {
                rect.band x="12" width=(WIDTH - 24.0) y=(px(*y)) height=(px(row.height())) {}
            }
            (axis(&scale, top, bottom, lang))
            (bars(&placed, &scale, lang))
            (lines(waterfall, &scale, top, bottom, lang))
            @for (at, line) in foot.iter().enumerate() {
                text.words x=(MARGIN) y=(px(bottom + 62.0 + at as f64 * WORDS_LINE)) { (line) }
            }
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", picture.into_string())
}

/// One row of the picture.
struct Row {
    title: String,
    words: Vec<String>,
    kind: Kind,
    /// Where the bar begins and ends, in bits.
    from: f64,
    to: f64,
}

/// What a row's bar is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The start or the total: stands on zero.
    Sum,
    For,
    Against,
}

impl Row {
    fn height(&self) -> f64 {
        ROW + self.words.len() as f64 * WORDS_LINE
    }
    fn class(&self) -> &'static str {
        match self.kind {
            Kind::Sum => "sum",
            Kind::For => "for",
            Kind::Against => "against",
        }
    }
    fn figure(&self, lang: Lang) -> String {
        let bits = self.to - self.from;
        match self.kind {
            Kind::Sum => format!("{bits:+.1}"),
            _ => format!("{bits:+.1}  {}", words::times(bits).get(lang)),
        }
    }
}

fn rows(waterfall: &Waterfall, lang: Lang) -> Vec<Row> {
    let told = |text: &Text| wrapped(text.get(lang), WORDS_COLUMNS);
    let sum = |title: Text, words: &Text, to: f64| Row {
        title: title.get(lang).to_owned(),
        words: told(words),
        kind: Kind::Sum,
        from: 0.0,
        to,
    };
    let mut rows = vec![sum(say!("起点", "start"), &waterfall.start_words(), waterfall.prior_bits)];
    let mut at = waterfall.prior_bits;
    let mut step = |title: &str, words: &Text, bits: f64| {
        let kind = if bits < 0.0 { Kind::Against } else { Kind::For };
        rows.push(Row { title: title.to_owned(), words: told(words), kind, from: at, to: at + bits });
        at += bits;
    };
    let ordered = waterfall.ordered();
    for one in ordered.speak_for.iter().chain(&ordered.against) {
        step(one.title.get(lang), &one.full_words(), one.weight_bits);
    }
    if let Some(doubt) = waterfall.doubt_words() {
        step(say!("亲属", "relatives").get(lang), &doubt, waterfall.kin_doubt_bits);
    }
    rows.push(sum(say!("合计", "total"), &waterfall.total_words(), waterfall.total_bits));
    rows
}

/// What is not in the bars: comparisons that say nothing, the lines, the rule.
fn foot(waterfall: &Waterfall, lang: Lang) -> Vec<String> {
    let mut lines: Vec<Text> = waterfall.unsaid_words();
    lines.extend(waterfall.threshold_words());
    lines.extend(waterfall.rule_words());
    lines.iter().flat_map(|line| wrapped(line.get(lang), HEADING_COLUMNS + 30)).collect()
}

/// Bits → places.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// Everything that is drawn, and some room for the figures beside the bars.
    fn of(rows: &[Row], waterfall: &Waterfall) -> Self {
        let drawn = rows.iter().flat_map(|row| [row.from, row.to]);
        let drawn = drawn.chain([0.0, waterfall.match_bits, waterfall.review_bits]);
        let (low, high) = drawn.fold((0.0_f64, 0.0_f64), |(low, high), bits| (low.min(bits), high.max(bits)));
        let room = (high - low).max(1.0) * 0.04;
        Self { low: low - room, high: high + room }
    }
    fn x(&self, bits: f64) -> f64 {
        PLOT.0 + (bits - self.low) / (self.high - self.low) * (PLOT.1 - PLOT.0)
    }
    /// Round places for marks, a handful.
    fn ticks(&self) -> Vec<f64> {
        let span = self.high - self.low;
        let step = [1.0, 2.0, 5.0, 10.0, 20.0].into_iter().find(|step| span / step <= 9.0).unwrap_or(50.0);
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        (first..=last).map(|at| at as f64 * step).collect()
    }
}

/// Slanting lines, for what speaks against.
fn hatching() -> Markup {
    html! {
        defs {
            pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                rect.hatch-back width="6" height="6" {}
                rect.hatch width="2.4" height="6" {}
            }
        }
    }
}

fn axis(scale: &Scale, top: f64, bottom: f64, lang: Lang) -> Markup {
    let sides = [say!("← 是两个人", "← two persons"), say!("是同一人 →", "one person →")];
    let caption =
        say!("比特：每加 1，同一人的可能性之比翻一倍；0 是一半对一半", "bits: one more doubles the odds; 0 is even");
    html! {
        @for tick in scale.ticks() {
            line.grid x1=(px(scale.x(tick))) x2=(px(scale.x(tick))) y1=(px(top)) y2=(px(bottom)) {}
            text.tick x=(px(scale.x(tick))) y=(px(bottom + 16.0)) text-anchor="middle" { (tick) }
        }
        line.zero x1=(px(scale.x(0.0))) x2=(px(scale.x(0.0))) y1=(px(top)) y2=(px(bottom)) {}
        text.tick x=(PLOT.0) y=(px(bottom + 34.0)) { (sides[0].get(lang)) }
        text.tick x=(PLOT.1) y=(px(bottom + 34.0)) text-anchor="end" { (sides[1].get(lang)) }
        text.tick x=(MARGIN) y=(px(bottom + 34.0)) { (caption.get(lang)) }
    }
}

/// The lines that decide. Their names stand on either side, or one above the other, so that they never meet.
fn lines(waterfall: &Waterfall, scale: &Scale, top: f64, bottom: f64, lang: Lang) -> Markup {
    let (review, matched) = (waterfall.review_bits, waterfall.match_bits);
    let (review_name, match_name) = (
        say!("人工判定线 {review:+.1}", "to a person {review:+.1}"),
        say!("自动匹配线 {matched:+.1}", "match {matched:+.1}"),
    );
    let has_room = scale.x(matched) + LIMIT_NAME < PLOT.1;
    let (beside, anchor, above) = if has_room { (4.0, "start", 10.0) } else { (-4.0, "end", 26.0) };
    let names = [(review, -4.0, "end", 10.0, review_name), (matched, beside, anchor, above, match_name)];
    html! {
        @for (bits, beside, anchor, above, name) in names {
            line.limit x1=(px(scale.x(bits))) x2=(px(scale.x(bits))) y1=(px(top - above - 10.0)) y2=(px(bottom)) {}
            text.limit-name x=(px(scale.x(bits) + beside)) y=(px(top - above)) text-anchor=(anchor) { (name.get(lang)) }
        }
    }
}

/// Rows with the place where each begins.
fn placed(rows: &[Row], top: f64) -> Vec<(f64, &Row)> {
    let begin = |y: &mut f64, row: &Row| {
        let here = *y;
        *y += row.height();
        Some(here)
    };
    rows.iter().scan(top, begin).zip(rows).collect()
}

fn bars(placed: &[(f64, &Row)], scale: &Scale, lang: Lang) -> Markup {
    let ends = |(y, row): &(f64, &Row)| {
        let middle = y + row.height() / 2.0;
        (middle - BAR / 2.0, middle + BAR / 2.0)
    };
    html! {
        @for (y, row) in placed {
            (one_bar(row, scale, *y, lang))
        }
        @for pair in placed.windows(2) {
            (connector(scale.x(pair[0].1.to), ends(&pair[0]).1, ends(&pair[1]).0))
        }
    }
}

/// From the end of a bar to the beginning of the next.
fn connector(x: f64, from: f64, to: f64) -> Markup {
    html! { line.connector x1=(px(x)) x2=(px(x)) y1=(px(from)) y2=(px(to)) {} }
}

fn one_bar(row: &Row, scale: &Scale, y: f64, lang: Lang) -> Markup {
    let (left, right) = (scale.x(row.from.min(row.to)), scale.x(row.from.max(row.to)));
    let middle = y + row.height() / 2.0;
    html! {
        text.title x=(MARGIN) y=(px(y + 19.0)) { (row.title) }
        text.figure x=(px(PLOT.0 - 18.0)) y=(px(y + 19.0)) text-anchor="end" { (row.figure(lang)) }
        @for (at, line) in row.words.iter().enumerate() {
            text.words x=(MARGIN) y=(px(y + 37.0 + at as f64 * WORDS_LINE)) { (line) }
        }
        rect class=(row.class()) x=(px(left)) y=(px(middle - BAR / 2.0)) width=(px((right - left).max(1.0))) height=(BAR) {}
    }
}

/// A place on the picture: tenths are enough, and the same on every machine.
fn px(place: f64) -> String {
    format!("{place:.1}")
}

/// Lines of at most `columns`: broken between words, or between any two characters that are not of one word.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for piece in pieces(text) {
        let width = words::columns(piece);
        if used > 0 && used + width > columns && !closes(piece) {
            lines.push(String::new());
            used = 0;
        }
        let line = lines.last_mut().expect("one line at least");
        line.push_str(if used == 0 { piece.trim_start() } else { piece });
        used += width;
    }
    lines
}

/// What must stay together: Chinese characters one by one, words with the spaces before them.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (at, here) in text.char_indices() {
        let breaks = words::is_wide(here) || words::is_wide(before) || (here == ' ' && before != ' ');
        if at > start && breaks {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = here;
    }
    pieces.push(&text[start..]);
    pieces
}

/// Signs that no line begins with.
fn closes(piece: &str) -> bool {
    piece.starts_with(['，', '；', '。', '）', '”', '：', '、', '%'])
}

#[cfg(test)]
mod tests;
