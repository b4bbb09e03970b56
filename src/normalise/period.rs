//! The part of a year that a record is of: a semester, a month, a quarter, a half.
//!
//! In: a cell that should hold a period, or one that happens to (`2018年春季学期` in a date column, `雨露计划（秋季）` as an
//! item). Out: a [`PartOfYear`]; nothing for a whole year and for what is none. School years begin in autumn: 第一学期 and
//! 上学期 are autumn's.

use super::text;

/// A part of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOfYear {
    /// 春季, 第二学期.
    Spring,
    /// 秋季, 第一学期.
    Autumn,
    /// 1 to 12.
    Month(u8),
    /// 1 to 4.
    Quarter(u8),
    /// 1 or 2.
    Half(u8),
    /// The whole year, said in so many words: there is one such record a year, even of what is paid by the month.
    Whole,
}

const SEMESTERS: [(&str, PartOfYear); 10] = [
    ("春季", PartOfYear::Spring),
    ("春学期", PartOfYear::Spring),
    ("春期", PartOfYear::Spring),
    ("第二学期", PartOfYear::Spring),
    ("下学期", PartOfYear::Spring),
    ("秋季", PartOfYear::Autumn),
    ("秋学期", PartOfYear::Autumn),
    ("秋期", PartOfYear::Autumn),
    ("第一学期", PartOfYear::Autumn),
    ("上学期", PartOfYear::Autumn),
];

const QUARTERS: [(&str, u8); 12] = [
    ("一季度", 1),
    ("二季度", 2),
    ("三季度", 3),
    ("四季度", 4),
    ("1季度", 1),
    ("2季度", 2),
    ("3季度", 3),
    ("4季度", 4),
    ("Q1", 1),
    ("Q2", 2),
    ("Q3", 3),
    ("Q4", 4),
];

/// The cell of a period column in one spelling: `春季`, `3月`, `第1季度`, `全年`; other texts trimmed. The year that may stand
/// before it is the record's.
pub fn canonical(cell: &str) -> Option<String> {
    let trimmed = text::trimmed(cell)?;
    Some(PartOfYear::parse(trimmed).map_or_else(|| trimmed.to_owned(), PartOfYear::words))
}

fn is_whole_year(folded: &str) -> bool {
    let digits = folded.chars().take_while(char::is_ascii_digit).count();
    let rest = folded[digits..].trim_start_matches(['年', '度']);
    !folded.is_empty()
        && matches!(digits, 0 | 4)
        && matches!(rest, "" | "全年" | "整年" | "一年" | "按年" | "当年" | "全" | "每年")
}

impl PartOfYear {
    /// Reads the cell of a period column.
    pub fn parse(cell: &str) -> Option<Self> {
        let folded = text::compact(cell);
        let digits = folded.chars().take_while(char::is_ascii_digit).count();
        let rest = if digits == 4 { folded[4..].trim_start_matches(['年', '-', '.', '/', '度']) } else { &folded };
        Self::inside(rest).or_else(|| month(rest, digits == 4)).or_else(|| match rest {
            "春" => Some(Self::Spring),
            "秋" => Some(Self::Autumn),
            _ => is_whole_year(&folded).then_some(Self::Whole),
        })
    }

    /// A semester, quarter or half that is named inside other text. Nothing where two are named.
    pub fn inside(cell: &str) -> Option<Self> {
        let mut named = SEMESTERS.iter().filter(|(word, _)| cell.contains(word)).map(|(_, period)| *period);
        if let Some(first) = named.next() {
            return named.all(|other| other == first).then_some(first);
        }
        let upper = cell.to_ascii_uppercase();
        if let Some((_, quarter)) = QUARTERS.iter().find(|(word, _)| upper.contains(word)) {
            return Some(Self::Quarter(*quarter));
        }
        match (cell.contains("上半年"), cell.contains("下半年")) {
            (true, false) => Some(Self::Half(1)),
            (false, true) => Some(Self::Half(2)),
            _ => None,
        }
    }

    /// Whether two records of one year are of different parts of it. A month may be the one in which a semester was paid, so
    /// that only parts of one kind exclude each other.
    pub fn excludes(self, other: Self) -> bool {
        let is_of_one_kind = std::mem::discriminant(&self) == std::mem::discriminant(&other)
            || self.is_semester() && other.is_semester();
        is_of_one_kind && self != other
    }

    /// Whether it is half a school year.
    pub const fn is_semester(self) -> bool {
        matches!(self, Self::Spring | Self::Autumn)
    }

    /// The semester that a month is in: spring's begins after the winter holidays, autumn's after the summer's.
    pub const fn semester_of_month(month: i8) -> Self {
        if month >= 2 && month <= 7 { Self::Spring } else { Self::Autumn }
    }

    /// What records of one part have in common; never 0.
    pub const fn code(self) -> u8 {
        match self {
            Self::Spring => 1,
            Self::Autumn => 2,
            Self::Half(half) => 10 + half,
            Self::Quarter(quarter) => 20 + quarter,
            Self::Month(month) => 30 + month,
            Self::Whole => 3,
        }
    }

    /// The part of that code.
    pub const fn of_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Spring),
            2 => Some(Self::Autumn),
            3 => Some(Self::Whole),
            11..=12 => Some(Self::Half(code - 10)),
            21..=24 => Some(Self::Quarter(code - 20)),
            31..=42 => Some(Self::Month(code - 30)),
            _ => None,
        }
    }

    /// `春季`, `3月`.
    pub fn words(self) -> String {
        match self {
            Self::Spring => "春季".to_owned(),
            Self::Autumn => "秋季".to_owned(),
            Self::Half(1) => "上半年".to_owned(),
            Self::Half(_) => "下半年".to_owned(),
            Self::Quarter(quarter) => format!("第{quarter}季度"),
            Self::Month(month) => format!("{month}月"),
            Self::Whole => "全年".to_owned(),
        }
    }
}

/// `3月`, `03月份`; behind a year a bare number, too.
fn month(text: &str, is_behind_year: bool) -> Option<PartOfYear> {
    let bare = text.trim_end_matches('份');
    let digits = bare.strip_suffix('月').or_else(|| is_behind_year.then_some(bare))?;
    let month: u8 = digits.parse().ok().filter(|month| (1..=12).contains(month))?;
    Some(PartOfYear::Month(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_year() {
        let check = |cell: &str, expected: Option<PartOfYear>| assert_eq!(PartOfYear::parse(cell), expected, "{cell}");
        check("春季学期", Some(PartOfYear::Spring));
        check("2018年春季", Some(PartOfYear::Spring));
        check("2017-2018学年第二学期", Some(PartOfYear::Spring));
        check("2018年秋期", Some(PartOfYear::Autumn));
        check("上学期", Some(PartOfYear::Autumn));
        check("3月", Some(PartOfYear::Month(3)));
        check("2018年12月份", Some(PartOfYear::Month(12)));
        check("第三季度", Some(PartOfYear::Quarter(3)));
        check("上半年", Some(PartOfYear::Half(1)));
        check("春季、秋季", None);
        check("2018-春", Some(PartOfYear::Spring));
        check("2018-03", Some(PartOfYear::Month(3)));
        assert_eq!(canonical("2018年第1季度").as_deref(), Some("第1季度"));
        assert_eq!(canonical(" 2018年第一季度 ").as_deref(), Some("第1季度"));
        assert_eq!(canonical("随时").as_deref(), Some("随时"));
        for whole in ["全年", "2018年", "2018", "2018年度全年"] {
            check(whole, Some(PartOfYear::Whole));
        }
        for other in ["13月", "", "按月", "2018年3月5日"] {
            check(other, None);
        }
    }

    #[test]
    fn spring_is_not_autumn() {
        assert!(PartOfYear::Spring.excludes(PartOfYear::Autumn));
        assert!(PartOfYear::Month(3).excludes(PartOfYear::Month(4)));
        assert!(!PartOfYear::Month(3).excludes(PartOfYear::Autumn), "paid late");
        assert!(!PartOfYear::Autumn.excludes(PartOfYear::Autumn));
    }

    #[test]
    fn codes() {
        let codes: Vec<PartOfYear> = (0..=u8::MAX).filter_map(PartOfYear::of_code).collect();
        assert_eq!(codes.len(), 3 + 2 + 4 + 12);
        assert!(codes.iter().all(|period| PartOfYear::of_code(period.code()) == Some(*period)));
        assert!(codes.iter().all(|period| PartOfYear::parse(&period.words()) == Some(*period)));
    }
}
