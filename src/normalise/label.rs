//! Labels: from a cell to a canonical label of a vocabulary.
//!
//! Cells are looked up in the form of [`text::label_form`]: NFKC, no blanks, one sort of brackets. A vocabulary's
//! own word always wins, so that 无 or 0 may be a label; then a code in front (`01 汉族`) is dropped; then null
//! spellings are null; the rest is unknown and reported with the nearest known label. Some cells hold several
//! labels; free text of a measure may contain its item's name.

use rustc_hash::FxHashMap;

use super::text;
use super::vocabulary::Vocabulary;

/// What a cell said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The label of that number, in the order of the vocabulary.
    Known(u32),
    /// Blank or a null spelling.
    Blank,
    /// Something the vocabulary does not know.
    Unknown,
}

/// The labels found in one cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Several {
    /// Label numbers, ascending, each once.
    pub known: Vec<u32>,
    /// The pieces that the vocabulary does not know, as printed.
    pub unknown: Vec<String>,
}

/// A vocabulary made ready for look-ups.
#[derive(Debug)]
pub struct Lookup<'a> {
    vocabulary: &'a Vocabulary,
    by_form: FxHashMap<String, u32>,
}

/// Shortest spelling that is believed when it merely occurs inside a text: 低保 occurs in too many.
const SHORTEST_CONTAINED: usize = 3;

impl<'a> Lookup<'a> {
    /// Indexes labels and synonyms; of two labels that claim one spelling, the first keeps it.
    pub fn new(vocabulary: &'a Vocabulary) -> Self {
        let mut by_form = FxHashMap::default();
        for (number, (label, synonyms)) in (0_u32..).zip(&vocabulary.labels) {
            for spelling in std::iter::once(label).chain(synonyms) {
                by_form.entry(text::label_form(spelling)).or_insert(number);
            }
        }
        Self { vocabulary, by_form }
    }

    /// The canonical label of a number.
    pub fn label(&self, number: u32) -> &'a str {
        &self.vocabulary.labels[number as usize].0
    }

    /// Reads a cell as one label.
    pub fn read(&self, cell: &str) -> Reading {
        let form = text::label_form(cell);
        match self.known(&form) {
            Some(number) => Reading::Known(number),
            None if text::is_null(&form) => Reading::Blank,
            None => Reading::Unknown,
        }
    }

    /// Reads a cell as any number of labels, separated by commas, dots, slashes or blanks.
    pub fn read_several(&self, cell: &str) -> Several {
        let mut several = Several::default();
        match self.read(cell) {
            Reading::Known(number) => several.known.push(number),
            Reading::Blank => {}
            Reading::Unknown => self.read_pieces(cell, &mut several),
        }
        several
    }

    fn read_pieces(&self, cell: &str, several: &mut Several) {
        for piece in cell.split(is_separator).filter(|piece| !piece.is_empty()) {
            match self.read(piece) {
                Reading::Known(number) => several.known.push(number),
                Reading::Blank => {}
                Reading::Unknown => several.unknown.push(piece.trim_matches(text::is_blank).to_owned()),
            }
        }
        several.known.sort_unstable();
        several.known.dedup();
    }

    /// Reads free text as the one label whose name it contains: `2018年春季雨露计划补助1500元`. Nothing when it contains the
    /// names of two, only a short name, or beside the name anything but words that make no other thing of it: 养老保险金 is no
    /// 养老保险.
    pub fn read_inside(&self, cell: &str) -> Option<u32> {
        let form: Vec<char> = text::label_form(cell).chars().collect();
        let mut found: Option<u32> = None;
        let (mut from, mut rest) = (0, String::new());
        while from < form.len() {
            match self.longest_at(&form[from..]) {
                None => {
                    rest.push(form[from]);
                    from += 1;
                }
                Some((number, _)) if found.is_some_and(|before| before != number) => return None,
                Some((number, length)) => {
                    found = Some(number);
                    rest.push(' ');
                    from += length;
                }
            }
        }
        found.filter(|_| rest.split(' ').all(is_filler))
    }

    /// The longest spelling at the front of `form`, and its length in characters.
    fn longest_at(&self, form: &[char]) -> Option<(u32, usize)> {
        const LONGEST: usize = 16;
        let longest: String = form.iter().take(LONGEST).collect();
        let ends: Vec<usize> = longest.char_indices().map(|(place, c)| place + c.len_utf8()).collect();
        (SHORTEST_CONTAINED..=ends.len())
            .rev()
            .find_map(|length| self.by_form.get(&longest[..ends[length - 1]]).map(|&number| (number, length)))
    }

    fn known(&self, form: &str) -> Option<u32> {
        self.by_form.get(form).or_else(|| self.by_form.get(without_code(form)?)).copied()
    }

    /// The label whose spelling is nearest to the cell, when at most a third of its characters differ.
    pub fn nearest(&self, cell: &str) -> Option<&'a str> {
        let form = text::label_form(cell);
        let length = form.chars().count();
        let near = |spelling: &String| {
            let distance = strsim::osa_distance(&form, &text::label_form(spelling));
            (distance * 3 <= length.max(spelling.chars().count())).then_some(distance)
        };
        let labels = self.vocabulary.labels.iter();
        let distances = labels.flat_map(|(label, synonyms)| {
            std::iter::once(label).chain(synonyms).filter_map(move |spelling| Some((near(spelling)?, label.as_str())))
        });
        distances.min_by_key(|(distance, _)| *distance).map(|(_, label)| label)
    }
}

/// Words that say when, for whom, how much or by whom, and leave the thing what it is; longer ones first.
const FILLERS: &[&str] = &[
    "建档立卡",
    "贫困家庭",
    "贫困人口",
    "第一学期",
    "第二学期",
    "上半年",
    "下半年",
    "贫困户",
    "贫困村",
    "第一季度",
    "第二季度",
    "第三季度",
    "第四季度",
    "学年度",
    "春季",
    "秋季",
    "学期",
    "学年",
    "年度",
    "全年",
    "本年",
    "当年",
    "享受",
    "发放",
    "领取",
    "获得",
    "落实",
    "实施",
    "办理",
    "办结",
    "参加",
    "参与",
    "给予",
    "补助",
    "补贴",
    "资助",
    "资金",
    "项目",
    "政策",
    "工程",
    "措施",
    "服务",
    "待遇",
    "人民币",
    "金额",
    "标准",
    "每年",
    "每月",
    "每人",
    "每户",
    "农村",
    "农户",
    "城乡",
    "居民",
    "扶贫",
    "脱贫",
    "省级",
    "市级",
    "县级",
    "已经",
    "完成",
    "万元",
    "元",
    "款",
    "年",
    "月",
    "日",
    "份",
    "季",
    "春",
    "秋",
    "的",
    "了",
    "已",
    "等",
    "及",
    "和",
    "共",
    "计",
    "户",
    "人",
    "次",
];

/// Whether a text is made of fillers, figures and marks only.
fn is_filler(text: &str) -> bool {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = FILLERS.iter().find(|word| rest.starts_with(**word)).map(|word| word.len());
        let mark = (!first.is_alphabetic()).then(|| first.len_utf8());
        let Some(length) = word.or(mark) else { return false };
        rest = &rest[length..];
    }
    true
}

fn is_separator(c: char) -> bool {
    text::is_blank(c) || matches!(c, ',' | '，' | '、' | ';' | '；' | '/' | '／' | '|' | '+' | '＋' | '。')
}

/// `01汉族`, `01-汉族`, `(01)汉族`: the code is provenance, the label counts.
fn without_code(form: &str) -> Option<&str> {
    let label =
        form.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | ':' | '、' | '(' | ')' | '_'));
    (label.len() < form.len() && form.starts_with(|c: char| c.is_ascii_digit() || c == '(')).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(labels: &[(&str, &[&str])]) -> Vocabulary {
        let owned = |(label, synonyms): &(&str, &[&str])| {
            ((*label).to_owned(), synonyms.iter().map(|synonym| (*synonym).to_owned()).collect())
        };
        Vocabulary { labels: labels.iter().map(owned).collect(), blank_equals: None }
    }

    #[test]
    fn one_label() {
        let labour =
            vocabulary(&[("普通劳动力", &[]), ("无劳动力", &["无", "无劳动能力"]), ("丧失劳动力", &["散失劳动力"])]);
        let lookup = Lookup::new(&labour);
        let check = |cell: &str, reading: Reading| assert_eq!(lookup.read(cell), reading, "{cell}");
        check("普通劳动力", Reading::Known(0));
        check(" 普通 劳动力\u{3000}", Reading::Known(0));
        check("01普通劳动力", Reading::Known(0));
        check("散失劳动力", Reading::Known(2));
        check("无", Reading::Known(1));
        check("/", Reading::Blank);
        check("未填", Reading::Blank);
        check("劳动力", Reading::Unknown);
        check("01", Reading::Unknown);
        assert_eq!(lookup.nearest("普通劳动刀"), Some("普通劳动力"));
        assert_eq!(lookup.nearest("天气晴朗"), None);
    }

    #[test]
    fn brackets_and_width() {
        let exit = vocabulary(&[("已脱贫（享受政策）", &[]), ("已脱贫（不再享受政策）", &["脱贫不享受政策"])]);
        let lookup = Lookup::new(&exit);
        assert_eq!(lookup.read("已脱贫(享受政策)"), Reading::Known(0));
        assert_eq!(lookup.read("已脱贫 【不再享受政策】"), Reading::Known(1));
        assert_eq!(lookup.read("已脱贫"), Reading::Unknown);
    }

    #[test]
    fn several_labels() {
        let health = vocabulary(&[("健康", &[]), ("长期慢性病", &["慢性病"]), ("残疾", &[])]);
        let lookup = Lookup::new(&health);
        for cell in ["残疾,慢性病", "长期慢性病、残疾", "长期慢性病;残疾", "残疾 长期慢性病", "残疾/长期慢性病/残疾"]
        {
            assert_eq!(lookup.read_several(cell), Several { known: vec![1, 2], unknown: vec![] }, "{cell}");
        }
        assert_eq!(lookup.read_several("残疾，头疼"), Several { known: vec![2], unknown: vec!["头疼".into()] });
        assert_eq!(lookup.read_several("未填"), Several::default());
    }

    #[test]
    fn a_name_inside_free_text() {
        let items = vocabulary(&[
            ("低保", &["农村低保"]),
            ("雨露计划", &[]),
            ("危房改造", &["危房改造补助"]),
            ("医疗救助", &[]),
        ]);
        let lookup = Lookup::new(&items);
        assert_eq!(lookup.read_inside("2018年春季雨露计划补助1500元"), Some(1));
        assert_eq!(lookup.read_inside("享受危房改造补助、危房改造"), Some(2));
        assert_eq!(
            lookup.read_inside("（建档立卡）2018年医疗救助金"),
            None,
            "a word that may make another thing of it"
        );
        assert_eq!(lookup.read_inside("建档立卡贫困户医疗救助（县级）"), Some(3));
        assert_eq!(lookup.read_inside("低保户住房补助"), None);
        assert_eq!(lookup.read_inside("雨露计划和医疗救助"), None);
        assert_eq!(lookup.read_inside(""), None);
    }
}
