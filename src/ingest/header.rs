//! Finding the header: which of the first rows names the columns, and which field each column is.
//!
//! Exports differ in everything but the words: two title rows or none, one header row or two with merged groups,
//! other spellings, a column twice. So every one of the first rows, alone and together with the row below it, is
//! tried as header, and the one that names the most fields wins; of equals the first, and one row before two.
//!
//! A header is compared after folding ([`super::fold`]); then without its unit in brackets (人均纯收入(元)); then, when
//! the plain header stands in the same row, without the digit that exports append to duplicates (风险是否已消除0). A
//! field named by several columns takes each row's first non-blank cell, the profile's preferred spelling first.

use rustc_hash::FxHashMap;

use super::fold::{fold, is_blank, without_unit};
use super::grid::column_letter;
use super::{Binding, BoundField};

/// A row kept until the header is known.
#[derive(Debug, Clone, Default)]
pub(super) struct HeldRow {
    /// 1-based row of the sheet.
    pub(super) row: u32,
    /// Cells as text.
    pub(super) cells: Vec<String>,
    /// Columns whose number has lost digits.
    pub(super) lost_digits: Vec<usize>,
}

/// A header row, or two, with the columns of each field.
#[derive(Debug, Clone, Default)]
pub(super) struct Header {
    /// Index of the first header row among the held rows.
    pub(super) first: usize,
    /// How many rows it takes: 1 or 2.
    pub(super) rows: usize,
    /// Columns up to the last one with a header.
    pub(super) width: usize,
    /// Header text of each column, as printed; groups and their parts joined.
    pub(super) titles: Vec<String>,
    /// Columns of each field of the binding, preferred one first; empty for a field without a column.
    pub(super) columns: Vec<Vec<usize>>,
    /// Columns with a header that no field claims.
    pub(super) ignored: Vec<usize>,
}

impl Header {
    /// How many fields have a column.
    pub(super) fn bound(&self) -> usize {
        self.columns.iter().filter(|columns| !columns.is_empty()).count()
    }

    /// The required fields without a column.
    pub(super) fn missing<'b>(&self, binding: &'b Binding) -> Vec<&'b BoundField> {
        let fields = binding.fields.iter().zip(&self.columns);
        fields.filter(|(field, columns)| field.required && columns.is_empty()).map(|(field, _)| field).collect()
    }

    /// Whether the sheet can be read: at least one field, and every required one.
    pub(super) fn is_complete(&self, binding: &Binding) -> bool {
        self.bound() > 0 && self.missing(binding).is_empty()
    }

    /// `(field, its columns' letters and titles)` of every field that several columns name.
    pub(super) fn duplicates<'b>(&self, binding: &'b Binding) -> Vec<(&'b str, Vec<String>)> {
        let fields = binding.fields.iter().zip(&self.columns).filter(|(_, columns)| columns.len() > 1);
        fields.map(|(field, columns)| (field.field.as_str(), self.named(columns))).collect()
    }

    /// Columns as a person finds them: `W 致贫原因1`.
    pub(super) fn named(&self, columns: &[usize]) -> Vec<String> {
        columns.iter().map(|&column| format!("{} {}", column_letter(column), self.titles[column])).collect()
    }
}

/// The best header among the first rows: complete before incomplete, then the one that names most fields.
pub(super) fn find(held: &[HeldRow], binding: &Binding) -> Option<Header> {
    let aliases = Aliases::new(binding);
    let mut best: Option<(bool, usize, Header)> = None;
    for rows in 1..=2 {
        for first in 0..held.len() {
            let Some(labels) = labels(&held[first..], rows) else { continue };
            let header = Header { first, rows, ..aliases.bind(&labels, binding.fields.len()) };
            let merit = (header.is_complete(binding), header.bound());
            let better = best.as_ref().is_none_or(|(complete, bound, _)| merit > (*complete, *bound));
            if merit.1 > 0 && better {
                best = Some((merit.0, merit.1, header));
            }
        }
    }
    best.map(|(_, _, header)| header)
}

/// The possible names of each column when the first `rows` rows are the header, the printed title first.
fn labels(rest: &[HeldRow], rows: usize) -> Option<Vec<Vec<String>>> {
    let upper = &rest[0];
    if rows == 1 {
        return Some(upper.cells.iter().map(|cell| vec![cell.clone()]).collect());
    }
    let lower = rest.get(1).filter(|lower| lower.row == upper.row + 1)?;
    let groups = spread(&upper.cells, &lower.cells);
    let width = groups.len();
    Some((0..width).map(|column| joined_label(&groups[column], text(&lower.cells, column))).collect())
}

/// The upper row with each group's title spread over the columns to its right that have only a lower title.
fn spread(upper: &[String], lower: &[String]) -> Vec<String> {
    let mut group = String::new();
    let width = upper.len().max(lower.len());
    (0..width)
        .map(|column| {
            let own = text(upper, column);
            if !is_blank(own) || is_blank(text(lower, column)) {
                group = own.to_owned();
            }
            group.clone()
        })
        .collect()
}

fn joined_label(group: &str, part: &str) -> Vec<String> {
    match (is_blank(group), is_blank(part)) {
        (_, true) => vec![group.to_owned()],
        (true, false) => vec![part.to_owned()],
        (false, false) => vec![format!("{group}{part}"), part.to_owned(), format!("{part}{group}")],
    }
}

fn text(cells: &[String], column: usize) -> &str {
    cells.get(column).map_or("", String::as_str)
}

/// Folded header → field and the rank of the spelling within the profile.
struct Aliases(FxHashMap<String, (usize, usize)>);

impl Aliases {
    /// Spellings of the profile; a spelling that two fields claim belongs to the first, exact spellings come before
    /// those without a unit.
    fn new(binding: &Binding) -> Self {
        let mut aliases = FxHashMap::default();
        let mut shortened = Vec::new();
        for (field, bound) in binding.fields.iter().enumerate() {
            for (rank, header) in bound.headers.iter().enumerate() {
                let folded = fold(header);
                shortened.extend(without_unit(&folded).map(|stem| (stem.to_owned(), (field, rank))));
                aliases.entry(folded).or_insert((field, rank));
            }
        }
        for (stem, claim) in shortened {
            aliases.entry(stem).or_insert(claim);
        }
        Self(aliases)
    }

    fn claim(&self, folded: &str) -> Option<(usize, usize)> {
        let shortened = || without_unit(folded).and_then(|stem| self.0.get(stem));
        self.0.get(folded).or_else(shortened).copied()
    }

    fn bind(&self, labels: &[Vec<String>], fields: usize) -> Header {
        let folded: Vec<Vec<String>> =
            labels.iter().map(|names| names.iter().map(|name| fold(name)).collect()).collect();
        let mut claims: Vec<Option<(usize, usize)>> =
            folded.iter().map(|names| names.iter().find_map(|name| self.claim(name))).collect();
        self.claim_repeats(&folded, &mut claims);
        let mut header = Header { columns: vec![Vec::new(); fields], ..Header::default() };
        header.titles = labels.iter().map(|names| names.first().map_or(String::new(), |name| printed(name))).collect();
        header.width = header.titles.iter().rposition(|title| !title.is_empty()).map_or(0, |last| last + 1);
        let mut ranked: Vec<(usize, usize, usize)> = Vec::new();
        for (column, claim) in claims.iter().enumerate() {
            match claim {
                Some((field, rank)) => ranked.push((*field, *rank, column)),
                None if !header.titles[column].is_empty() => header.ignored.push(column),
                None => {}
            }
        }
        ranked.sort_unstable();
        for (field, _, column) in ranked {
            header.columns[field].push(column);
        }
        header
    }

    /// A header with a digit appended is its neighbour's duplicate, when that neighbour is in the same row.
    fn claim_repeats(&self, folded: &[Vec<String>], claims: &mut [Option<(usize, usize)>]) {
        for column in 0..folded.len() {
            let Some(name) = folded[column].first() else { continue };
            let stem = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['.', '_']);
            let is_repeat =
                stem.len() < name.len() && folded.iter().any(|other| other.first().is_some_and(|o| o == stem));
            if claims[column].is_none() && is_repeat {
                // Behind every spelling of the profile.
                claims[column] = self.claim(stem).map(|(field, rank)| (field, rank + 1000));
            }
        }
    }
}

/// A header as messages show it: one line, no outer blanks.
fn printed(name: &str) -> String {
    name.split(|c: char| c.is_whitespace() || c == '\u{FEFF}').collect()
}

/// The header of the row most like one of the field's spellings, when it is alike at all.
pub(super) fn nearest<'h>(header: &'h Header, field: &BoundField) -> Option<&'h str> {
    let alike = |title: &str| {
        let scores = field.headers.iter().map(|name| strsim::normalized_damerau_levenshtein(&fold(name), &fold(title)));
        scores.fold(0.0_f64, f64::max)
    };
    let scored = header.ignored.iter().map(|&column| (alike(&header.titles[column]), header.titles[column].as_str()));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.4).then_some(best.1)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A binding of `field: header|header`, required with a leading `!`.
    pub(crate) fn binding(fields: &[&str]) -> Binding {
        let fields = fields.iter().map(|line| {
            let (field, headers) = line.split_once(':').expect("field: headers");
            let headers = headers.split('|').map(str::to_owned).collect();
            BoundField {
                field: field.trim_start_matches('!').into(),
                headers,
                required: field.starts_with('!'),
                kind: None,
            }
        });
        Binding { profile: "person".into(), title: "贫困户人员".into(), fields: fields.collect() }
    }

    fn held(rows: &[&str]) -> Vec<HeldRow> {
        let row = |(at, line): (usize, &&str)| HeldRow {
            row: at as u32 + 1,
            cells: line.split(',').map(str::to_owned).collect(),
            lost_digits: Vec::new(),
        };
        rows.iter().enumerate().map(row).collect()
    }

    fn check(rows: &[&str], binding: &Binding, first: usize, rows_taken: usize, columns: &[&[usize]]) {
        let header = find(&held(rows), binding).expect("a header");
        assert_eq!((header.first, header.rows), (first, rows_taken), "{rows:?}");
        assert_eq!(header.columns, columns.iter().map(|c| c.to_vec()).collect::<Vec<_>>(), "{rows:?}");
    }

    #[test]
    fn the_row_that_names_most_fields_is_the_header() {
        let binding = binding(&["!name:姓名", "!id_no:证件号码|身份证号", "work_months:务工时间（月）"]);
        check(&["姓名查询结果", "导出人:某", "序号,姓 名*,身份证号,务工时间"], &binding, 2, 1, &[&[1], &[2], &[3]]);
        // A title that happens to be an alias does not win over the header.
        check(&["姓名", "姓名,证件号码", "张三,1"], &binding, 1, 1, &[&[0], &[1], &[]]);
    }

    #[test]
    fn two_rows_are_a_header_only_when_they_name_more() {
        let binding = binding(&["!name:姓名", "household_phone:户联系电话", "member_phone:人联系电话"]);
        check(&["姓名,联系电话,", ",户,人", "张三,1,2"], &binding, 0, 2, &[&[0], &[1], &[2]]);
        check(&["姓名,联系方式,", ",户联系电话,人联系电话"], &binding, 0, 2, &[&[0], &[1], &[2]]);
        check(&["名单,,", "姓名,户联系电话,人联系电话", "张三,1,2"], &binding, 1, 1, &[&[0], &[1], &[2]]);
    }

    #[test]
    fn duplicates_follow_the_profile_s_preference() {
        let binding = binding(&["cause:主要致贫原因|致贫原因", "risk:风险是否已消除"]);
        check(&["致贫原因,主要致贫原因,风险是否已消除,风险是否已消除0"], &binding, 0, 1, &[&[1, 0], &[2, 3]]);
        // Without the plain header the digit is part of the name.
        check(&["致贫原因,风险是否已消除0"], &binding, 0, 1, &[&[0], &[]]);
    }

    #[test]
    fn the_nearest_header_is_offered() {
        let binding = binding(&["!name:姓名", "!id_no:证件号码"]);
        let header = find(&held(&["姓名,证件号,住址"]), &binding).expect("a header");
        assert!(!header.is_complete(&binding));
        assert_eq!(nearest(&header, &binding.fields[1]), Some("证件号"));
        assert_eq!(find(&held(&["甲,乙"]), &binding).map(|h| h.bound()), None);
    }
}
