//! Finding the header: which of the first rows names the columns, and which field each column is.
//!
//! Exports differ in everything but the words: two title rows or twenty, one header row or three with merged groups,
//! other spellings, a column twice. So every one of the first rows, alone and together with the rows below it, is
//! tried as header, and the one that names the most fields wins; of equals the first, and one row before two. A later
//! one does not win over one that has data under it.
//!
//! A header is compared after folding ([`super::fold`]); then without its unit (人均纯收入(元), 金额（万元）); then, when
//! the plain header stands in the same row, without the digit that exports append to duplicates (风险是否已消除0). A
//! field named by several columns takes each row's first non-blank cell, the profile's preferred spelling first.
//!
//! Under a group of columns the same words mean another person: 户主信息 over 姓名 is the head's name, 家庭成员 over 姓名 the
//! member's ([`role`]).

mod words;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::classify::is_identifying;
use super::fold::{fold, is_blank, without_unit};
use super::grid::{Cells, column_letter};
use super::{Binding, BoundField, units};
use crate::error::shown;
use crate::table::{Kind, Level, schema};

/// A cell of more bytes is a note.
const LONGEST_HEADER: usize = 300;
/// Rows that a header takes at most.
const MAX_LEVELS: usize = 3;

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
    /// How many rows it takes: 1 to 3.
    pub(super) rows: usize,
    /// Columns up to the last one with a header.
    pub(super) width: usize,
    /// Header text of each column, as printed; groups and their parts joined.
    pub(super) titles: Vec<String>,
    /// Columns of each field of the binding, preferred one first; empty for a field without a column.
    pub(super) columns: Vec<Vec<usize>>,
    /// Columns with a header that no field claims.
    pub(super) ignored: Vec<usize>,
    /// The unit that each column's header states, as cells spell it.
    pub(super) units: Vec<Option<&'static str>>,
    /// Everything that is printed above each column, folded.
    printed: Vec<Vec<String>>,
    /// Spellings of the profile and their fields.
    aliases: Arc<Aliases>,
}

/// Whether a row below the header prints a header again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It is no header.
    No,
    /// The same header: all of it, one of its rows, or a part.
    Same,
    /// A header over other columns: what follows is another table.
    Other,
}

impl Header {
    /// How many fields have a column.
    pub(super) fn bound(&self) -> usize {
        self.columns.iter().filter(|columns| !columns.is_empty()).count()
    }

    /// Columns beyond the first of each field.
    fn surplus(&self) -> usize {
        self.columns.iter().map(|columns| columns.len().saturating_sub(1)).sum()
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

    /// The columns of a field, by its name.
    pub(super) fn columns_of<'h>(&'h self, binding: &Binding, field: &str) -> &'h [usize] {
        let at = binding.fields.iter().position(|bound| bound.field == field);
        at.map_or(&[], |at| &self.columns[at])
    }

    /// Columns whose cells identify or name somebody.
    pub(super) fn columns_of_kind(&self, binding: &Binding, wanted: fn(Kind) -> bool) -> Vec<usize> {
        let fields = binding.fields.iter().zip(&self.columns);
        let fields = fields.filter(|(bound, _)| bound.kind().is_some_and(wanted));
        fields.flat_map(|(_, columns)| columns.iter().copied()).collect()
    }

    /// Whether data stands between this header and the held row `before`.
    fn has_data(&self, binding: &Binding, held: &[HeldRow], before: usize) -> bool {
        let keys = self.columns_of_kind(binding, |kind| matches!(kind, Kind::Identifier | Kind::Key));
        let between = held.get(self.first + self.rows..before).unwrap_or_default();
        between.iter().any(|row| keys.iter().any(|&column| is_identifying(text(&row.cells, column))))
    }

    /// Whether a row prints this header again, or another one.
    pub(super) fn again<C: Cells + ?Sized>(&self, cells: &C) -> Again {
        let (mut shown, mut same, mut known) = (0_usize, 0_usize, 0_usize);
        let mut elsewhere = 0_usize;
        for column in (0..cells.width()).filter(|&column| !is_blank(cells.cell(column))) {
            shown += 1;
            let folded = fold(cells.cell(column));
            let claim = self.aliases.claim(&folded);
            let is_own = self.printed.get(column).is_some_and(|printed| printed.contains(&folded))
                || claim.is_some_and(|(field, _)| self.columns[field].contains(&column));
            same += usize::from(is_own);
            known += usize::from(is_own || claim.is_some());
            elsewhere += usize::from(!is_own && claim.is_some_and(|(field, _)| !self.columns[field].is_empty()));
        }
        match () {
            () if shown == 0 || known == 0 => Again::No,
            () if same == shown || same >= 2 && same * 2 > shown => Again::Same,
            () if known >= 3 && known * 3 >= shown * 2 && elsewhere >= 2 => Again::Other,
            () => Again::No,
        }
    }

    /// `(field, its columns' letters and titles)` of every field that several columns name.
    pub(super) fn duplicates<'b>(&self, binding: &'b Binding) -> Vec<(&'b str, Vec<String>)> {
        let fields = binding.fields.iter().zip(&self.columns).filter(|(_, columns)| columns.len() > 1);
        fields.map(|(field, columns)| (field.field.as_str(), self.named(columns))).collect()
    }

    /// Columns as a person finds them: `W 致贫原因1`.
    pub(super) fn named(&self, columns: &[usize]) -> Vec<String> {
        columns.iter().map(|&column| format!("{} {}", column_letter(column), self.shown(column))).collect()
    }

    /// The header of a column for people: as printed when the profile knows it or it is made of words that headers are made
    /// of, else its shape, for where no header is, a row of somebody's data is taken for one.
    pub(super) fn shown(&self, column: usize) -> Cow<'_, str> {
        let title = &self.titles[column];
        if self.aliases.claim(&fold(title)).is_some() || words::is_of_a_header(title) {
            shown::visible(title)
        } else {
            shown::shape(title).into()
        }
    }
}

/// The best header among the first rows: complete before incomplete, then the one that names most fields.
pub(super) fn find(held: &[HeldRow], binding: &Binding) -> Option<Header> {
    let aliases = Arc::new(Aliases::new(binding));
    let known: Vec<bool> = held.iter().map(|row| row.cells.iter().any(|cell| aliases.knows(cell))).collect();
    let mut best: Option<Header> = None;
    let mut first: Option<Header> = None;
    let merit = |header: &Header| (header.is_complete(binding), header.bound(), Reverse(header.surplus()));
    for rows in 1..=MAX_LEVELS {
        for at in 0..held.len() {
            if !known[at..].iter().take(rows).any(|known| *known) {
                continue;
            }
            let Some(labels) = labels(&held[at..], rows) else { continue };
            let header = Header { first: at, rows, aliases: Arc::clone(&aliases), ..aliases.bind(&labels, binding) };
            if merit(&header).1 == 0 {
                continue;
            }
            let is_earlier = |other: &Header| at < other.first || at == other.first && merit(&header) > merit(other);
            if header.is_complete(binding) && first.as_ref().is_none_or(is_earlier) {
                first = Some(header.clone());
            }
            if best.as_ref().is_none_or(|best| merit(&header) > merit(best)) {
                best = Some(header);
            }
        }
    }
    let (best, first) = (best?, first);
    first.filter(|first| first.has_data(binding, held, best.first)).or(Some(best))
}

/// What each column may be named.
#[derive(Debug, Clone, Default)]
struct Label {
    /// Texts from the top row to the bottom one, groups spread over their columns.
    levels: Vec<String>,
    /// How many of the levels are groups.
    groups: usize,
}

impl Label {
    /// Possible names, the printed title first.
    fn names(&self) -> Vec<String> {
        let levels = &self.levels;
        let Some(last) = levels.last() else { return vec![String::new()] };
        let mut names = vec![levels.concat()];
        if levels.len() > 1 {
            let stripped = |text: &String| text.trim_end_matches(['息', '信', '况', '情', '本', '基', ' ']).to_owned();
            names.extend((1..levels.len() - 1).map(|from| levels[from..].concat()));
            names.extend(levels[..levels.len() - 1].iter().map(|group| format!("{}{last}", stripped(group))));
            names.push(last.clone());
            names.push(format!("{last}{}", levels[0]));
        }
        names
    }

    /// Whose the column is, by the innermost group that says so.
    fn role(&self) -> Role {
        let groups = self.levels.iter().take(self.groups).rev().map(|group| role(group));
        groups.into_iter().find(|role| *role != Role::Plain).unwrap_or(Role::Plain)
    }
}

/// The labels of each column when the first `rows` rows are the header.
fn labels(rest: &[HeldRow], rows: usize) -> Option<Vec<Label>> {
    let taken = rest.get(..rows)?;
    let has_number = |row: &HeldRow| row.cells.iter().any(|cell| cell.chars().filter(|c| c.is_numeric()).count() >= 10);
    if taken.windows(2).any(|pair| pair[1].row != pair[0].row + 1) || rows > 1 && taken.iter().any(has_number) {
        return None;
    }
    let width = taken.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let mut labels = vec![Label::default(); width];
    for level in 0..rows {
        let mut group = String::new();
        for (column, label) in labels.iter_mut().enumerate() {
            let own = text(&taken[level].cells, column);
            let has_lower = taken[level + 1..].iter().any(|row| !is_blank(text(&row.cells, column)));
            let has_upper = taken[..level].iter().any(|row| !is_blank(text(&row.cells, column)));
            if !is_blank(own) || !has_lower || has_upper {
                own.clone_into(&mut group);
            }
            if !is_blank(&group) {
                label.levels.push(group.clone());
                label.groups += usize::from(has_lower);
            }
        }
    }
    Some(labels)
}

fn text(cells: &[String], column: usize) -> &str {
    cells.get(column).map_or("", String::as_str)
}

/// Whose the columns of a group are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// 家庭成员信息: the person of the row.
    Member,
    /// 人员信息, 家庭基本情况; or no group at all.
    Plain,
    /// 户主信息: the household's head, on every member's row.
    Head,
    /// 帮扶责任人, 监护人: somebody else.
    Other,
}

/// Words of groups that speak of somebody else than the household.
const OTHERS: &[&str] = &[
    "帮扶",
    "监护",
    "责任人",
    "联系人",
    "负责",
    "配偶",
    "包户",
    "包村",
    "经办",
    "审核",
    "干部",
    "代理",
    "赡养",
    "抚养",
    "医生",
];

fn role(group: &str) -> Role {
    let has = |words: &[&str]| words.iter().any(|word| group.contains(word));
    match () {
        () if has(&["成员", "家庭人口", "家属"]) => Role::Member,
        () if has(&["户主", "家长"]) => Role::Head,
        () if has(OTHERS) => Role::Other,
        () => Role::Plain,
    }
}

/// Folded header → field and the rank of the spelling within the profile; which fields are of a member, and their kinds.
#[derive(Debug, Clone, Default)]
struct Aliases {
    fields: FxHashMap<String, (usize, usize)>,
    kinds: Vec<Option<Kind>>,
    of_member: Vec<bool>,
}

impl Aliases {
    /// Spellings of the profile; a spelling that two fields claim belongs to the first, exact spellings come before
    /// those without a unit.
    fn new(binding: &Binding) -> Self {
        let mut fields = FxHashMap::default();
        let mut shortened = Vec::new();
        for (field, bound) in binding.fields.iter().enumerate() {
            for (rank, header) in bound.headers.iter().enumerate() {
                let folded = fold(header);
                shortened.extend(without_unit(&folded).map(|stem| (stem.to_owned(), (field, rank))));
                fields.entry(folded).or_insert((field, rank));
            }
        }
        for (stem, claim) in shortened {
            fields.entry(stem).or_insert(claim);
        }
        let is_member = |bound: &BoundField| schema::field(&bound.field).is_some_and(|f| f.level == Level::Member);
        Self {
            fields,
            kinds: binding.fields.iter().map(BoundField::kind).collect(),
            of_member: binding.fields.iter().map(is_member).collect(),
        }
    }

    /// Whether a cell is a spelling of the profile.
    fn knows(&self, cell: &str) -> bool {
        cell.len() <= LONGEST_HEADER && !is_blank(cell) && self.claim(&fold(cell)).is_some()
    }

    fn claim(&self, folded: &str) -> Option<(usize, usize)> {
        let get = |name: &str| self.fields.get(name).copied();
        let of_kind = |kind: Kind| {
            let claim = get(units::split(folded, kind)?.0)?;
            (self.kinds[claim.0] == Some(kind)).then_some(claim)
        };
        get(folded)
            .or_else(|| without_unit(folded).and_then(get))
            .or_else(|| of_kind(Kind::Amount))
            .or_else(|| of_kind(Kind::Quantity))
    }

    fn bind(&self, labels: &[Label], binding: &Binding) -> Header {
        let names: Vec<Vec<String>> = labels.iter().map(Label::names).collect();
        let folded: Vec<Vec<String>> =
            names.iter().map(|names| names.iter().map(|name| fold(name)).collect()).collect();
        let mut claims: Vec<Option<(usize, usize)>> =
            (0..labels.len()).map(|column| self.claim_under_group(&labels[column], &folded[column])).collect();
        self.claim_repeats(&folded, &mut claims);
        self.keep_whose_they_are(labels, &mut claims);
        let titles: Vec<String> =
            names.iter().map(|names| names.first().map_or(String::new(), |name| printed(name))).collect();
        let mut header = Header {
            columns: vec![Vec::new(); binding.fields.len()],
            width: titles.iter().rposition(|title| !title.is_empty()).map_or(0, |last| last + 1),
            titles,
            ..Header::default()
        };
        let mut ranked: Vec<(usize, usize, usize)> = Vec::new();
        for (column, claim) in claims.iter().enumerate() {
            match claim {
                Some((field, rank)) => ranked.push((*field, *rank, column)),
                None if !header.titles[column].is_empty() => header.ignored.push(column),
                None => {}
            }
        }
        ranked.sort_unstable();
        for &(field, _, column) in &ranked {
            header.columns[field].push(column);
        }
        header.units = claims.iter().zip(labels).map(|(claim, label)| self.unit(*claim, label)).collect();
        header.printed = labels.iter().zip(folded).map(|(label, names)| all_printed(label, names)).collect();
        header
    }

    /// The field of a column. What stands under a group of somebody else's columns is not the member's.
    fn claim_under_group(&self, label: &Label, folded: &[String]) -> Option<(usize, usize)> {
        let (at, claim) = folded.iter().enumerate().find_map(|(at, name)| Some((at, self.claim(name)?)))?;
        // The part alone is the name before the last one.
        let by_part = folded.len() > 1 && at + 2 == folded.len();
        let of_others = matches!(label.role(), Role::Head | Role::Other);
        (!(by_part && of_others && self.of_member[claim.0])).then_some(claim)
    }

    /// Of the columns that claim one field of the member under different groups, those of the group that it belongs to.
    fn keep_whose_they_are(&self, labels: &[Label], claims: &mut [Option<(usize, usize)>]) {
        for column in 0..claims.len() {
            let Some((field, _)) = claims[column].filter(|claim| self.of_member[claim.0]) else { continue };
            let of_field = |other: &usize| claims[*other].is_some_and(|claim| claim.0 == field);
            let nearest = (0..claims.len()).filter(of_field).map(|other| labels[other].role()).min();
            if nearest.is_some_and(|nearest| nearest < labels[column].role()) {
                claims[column] = None;
            }
        }
    }

    /// The unit that the header of a column states, for what it claims.
    fn unit(&self, claim: Option<(usize, usize)>, label: &Label) -> Option<&'static str> {
        let kind = self.kinds[claim?.0]?;
        label.levels.iter().rev().find_map(|level| units::split(&fold(level), kind).map(|(_, unit)| unit))
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

/// Everything that is printed above a column, alone and joined.
fn all_printed(label: &Label, mut names: Vec<String>) -> Vec<String> {
    names.extend(label.levels.iter().map(|level| fold(level)));
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    names
}

/// A header as messages show it: one line, no outer blanks.
fn printed(name: &str) -> String {
    name.split(|c: char| c.is_whitespace() || c == '\u{FEFF}').collect()
}

/// The column whose header is most like one of the field's spellings, when it is alike at all.
pub(super) fn nearest(header: &Header, field: &BoundField) -> Option<usize> {
    let alike = |title: &str| {
        let scores = field.headers.iter().map(|name| strsim::normalized_damerau_levenshtein(&fold(name), &fold(title)));
        scores.fold(0.0_f64, f64::max)
    };
    let scored = header.ignored.iter().map(|&column| (alike(&header.titles[column]), column));
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
    fn a_header_of_three_rows() {
        let binding = binding(&[
            "household_no:户编号",
            "!name:姓名",
            "!id_no:身份证号",
            "head_name:户主姓名",
            "wage_income:工资性收入|收入工资性",
        ]);
        check(
            &[
                "登记表",
                "户编号,家庭信息,,,,收入情况",
                ",户主,,成员,,收入",
                ",姓名,身份证号,姓名,身份证号,工资性",
                "1,甲,2,乙,3,4",
            ],
            &binding,
            1,
            3,
            &[&[0], &[3], &[4], &[1], &[5]],
        );
    }

    #[test]
    fn groups_say_whose_the_columns_are() {
        let binding = binding(&[
            "!name:姓名|家庭成员姓名",
            "!id_no:证件号码|身份证号码",
            "head_name:户主姓名",
            "head_id_no:户主身份证号码",
        ]);
        for (upper, columns) in [
            ("户编号,户主信息,,家庭成员信息,", [&[3_usize][..], &[4], &[1], &[2]]),
            ("户编号,户主基本情况,,成员情况,", [&[3], &[4], &[1], &[2]]),
            ("户编号,户主,,家庭成员,", [&[3], &[4], &[1], &[2]]),
            ("户编号,监护人信息,,贫困人口,", [&[3], &[4], &[], &[]]),
            ("户编号,贫困人口信息,,帮扶责任人,", [&[1], &[2], &[], &[]]),
        ] {
            check(&[upper, ",姓名,身份证号码,姓名,身份证号码", "1,甲,2,乙,3"], &binding, 0, 2, &columns);
        }
    }

    #[test]
    fn a_later_header_does_not_swallow_the_data_above_it() {
        let binding = binding(&["!name:姓名", "!id_no:证件号码", "township:乡镇"]);
        check(&["姓名,证件号码", "张三,342401199001011237", "乡镇,姓名,证件号码"], &binding, 0, 1, &[&[0], &[1], &[]]);
        check(&["姓名,证件号码", "说明,", "乡镇,姓名,证件号码"], &binding, 2, 1, &[&[1], &[2], &[0]]);
    }

    #[test]
    fn a_header_is_known_again() {
        let binding = binding(&["!household_no:户编号", "!name:姓名", "!id_no:证件号码|身份证号", "township:乡(镇)"]);
        let rows = held(&["户编号,户主信息,成员,", ",乡(镇),姓名,证件号码"]);
        let header = find(&rows, &binding).expect("a header");
        for (line, again) in [
            ("户编号,乡(镇),姓名,证件号码", Again::Same),
            ("户编号,户主信息,成员,", Again::Same),
            (",乡(镇),姓名,证件号码", Again::Same),
            ("\u{FEFF}户编号,乡（镇）,姓 名,证件号码*", Again::Same),
            ("户编号,乡镇,姓名,身份证号", Again::Same),
            (",,姓名,", Again::Same),
            ("户编号,户主信息乡(镇),姓名,成员证件号码", Again::Same),
            ("姓名,证件号码,乡(镇),户编号", Again::Other),
            ("1,城关镇,张三,3", Again::No),
            ("1,乡(镇),张三,3", Again::No),
            (",,,", Again::No),
        ] {
            let row: Vec<String> = line.split(',').map(str::to_owned).collect();
            assert_eq!(header.again(row.as_slice()), again, "{line}");
        }
    }

    #[test]
    fn the_nearest_header_is_offered() {
        let binding = binding(&["!name:姓名", "!id_no:证件号码"]);
        let header = find(&held(&["姓名,证件号,住址"]), &binding).expect("a header");
        assert!(!header.is_complete(&binding));
        assert_eq!(nearest(&header, &binding.fields[1]).map(|column| header.shown(column)), Some("证件号".into()));
        assert_eq!(find(&held(&["甲,乙"]), &binding).map(|h| h.bound()), None);
    }
}
