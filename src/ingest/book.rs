//! The sheets of one file, gathered: what is published, what is remarked, and when the file is refused.
//!
//! A workbook may hold a sheet of explanations beside the data, or hidden sheets of drop-down lists: the file is refused
//! only when no visible sheet has the header. The refusal names what was looked for, the nearest thing found, and the
//! profile where a new spelling belongs.

use super::budget::Budget;
use super::header::{Header, nearest};
use super::rows::{Body, Layout, Sheet, SheetBuilder};
use super::source::Source;
use super::{Binding, Ingested, Visibility};
use crate::error::{Error, Place, Result, Text};
use crate::ingest::grid::column_letter;
use crate::say;
use crate::table::{RawSheet, Reject, RowClass, SheetNote};

/// Everything read from one file.
pub(super) struct Book<'a> {
    source: Source<'a>,
    bindings: &'a [Binding],
    /// Format and encoding as found.
    pub(super) format: String,
    /// How the encoding was decided; empty for formats that state it.
    pub(super) encoding: Text,
    /// Sheets read, in order.
    pub(super) sheets: Vec<Sheet>,
    /// Sheets skipped because nobody sees them.
    pub(super) hidden: Vec<(String, Visibility)>,
    notes: Vec<SheetNote>,
    doubts: Vec<SheetNote>,
    budget: Budget,
}

impl<'a> Book<'a> {
    /// A file about to be read; each sheet is read with the binding that fits it best.
    pub(super) fn new(source: &Source<'a>, bindings: &'a [Binding]) -> Self {
        Self {
            source: *source,
            bindings,
            format: String::new(),
            encoding: Text::default(),
            sheets: Vec::new(),
            hidden: Vec::new(),
            notes: Vec::new(),
            doubts: Vec::new(),
            budget: Budget::of(source.content.length()),
        }
    }

    /// The same file, to be read once more in another way.
    pub(super) fn again(&self) -> Self {
        Self::new(&self.source, self.bindings)
    }

    /// The profiles that sheets are read with.
    pub(super) fn bindings(&self) -> &'a [Binding] {
        self.bindings
    }

    /// A sink for one sheet.
    pub(super) fn sheet(&self, name: &str, layout: Layout) -> SheetBuilder<'a> {
        SheetBuilder::new(name, self.bindings, layout, self.budget.clone())
    }

    /// Takes a sheet that has been read; `rows_read` is the format reader's own count.
    pub(super) fn close(&mut self, sheet: SheetBuilder<'a>, rows_read: u64) {
        self.sheets.push(sheet.finish(rows_read));
    }

    /// Drops the sheet just closed, which turns out to be hidden.
    pub(super) fn hide_last(&mut self, visibility: Visibility) {
        if let Some(sheet) = self.sheets.pop() {
            self.hide(&sheet.name, visibility);
        }
    }

    /// Notes a sheet that is not read.
    pub(super) fn hide(&mut self, name: &str, visibility: Visibility) {
        self.note(name, say!("隐藏的工作表，未读取", "hidden sheet, not read"));
        self.hidden.push((name.to_owned(), visibility));
    }

    /// Refuses a file that has become larger than it may.
    pub(super) fn check_budget(&self) -> Result<()> {
        let Some(overrun) = self.budget.found() else { return Ok(()) };
        let place = Place { file: self.source.file.into(), row: Some(overrun.row), ..Place::default() };
        let place = Place { sheet: Some(overrun.sheet).filter(|name| !name.is_empty()), ..place };
        Err(Error::input(overrun.problem).at(place).remedy(say!(
            "请用 Excel/WPS 打开，删去多余的内容、取消合并后另存为 xlsx，或导出为 CSV",
            "open it in Excel, delete what does not belong there, undo merges and save as xlsx, or export CSV"
        )))
    }

    /// Adds a remark on a sheet, or on the file when `sheet` is empty.
    pub(super) fn note(&mut self, sheet: &str, text: Text) {
        self.notes.push(SheetNote { file: self.source.file.to_owned(), sheet: sheet.to_owned(), text });
    }

    /// Adds a remark that something may be missing.
    pub(super) fn doubt(&mut self, sheet: &str, text: Text) {
        self.note(sheet, text);
        self.doubts.extend(self.notes.last().cloned());
    }

    /// What the file gave, or why it is refused.
    pub(super) fn finish(mut self) -> Result<Ingested> {
        match self.refusal() {
            Some(refusal) => Err(refusal),
            None => self.gather(),
        }
    }

    /// Why the file is refused, when it is.
    pub(super) fn refusal(&self) -> Option<Error> {
        let mut bodies = self.sheets.iter().filter_map(|sheet| Some((sheet.name.as_str(), sheet.body.as_deref()?)));
        if let Some((name, body)) = bodies.clone().find(|(_, body)| body.rows_of_two > body.columns.len() as u64) {
            return Some(self.two_people(name, body));
        }
        if bodies.next().is_some() {
            return None;
        }
        let source = &self.source;
        if self.sheets.iter().all(|sheet| sheet.log.counts.keys().all(|class| *class == RowClass::Blank)) {
            return Some(if self.hidden.is_empty() { source.empty() } else { self.all_hidden() });
        }
        let candidates = self.sheets.iter().flat_map(|sheet| sheet.log.candidates.iter().map(move |c| (sheet, c)));
        let nearest = candidates.max_by_key(|(_, (_, _, header))| header.bound());
        Some(match nearest {
            Some((sheet, (binding, row, header))) => {
                self.incomplete(&sheet.name, *row, header, &self.bindings[*binding])
            }
            None => self.unrecognised(),
        })
    }

    /// Most rows hold two people.
    fn two_people(&self, sheet: &str, body: &Body) -> Error {
        let (rows, columns) = (body.rows_of_two, body.rival_columns().join("、"));
        let place = Place { file: self.source.file.into(), ..Place::default() };
        let place = Place { sheet: Some(sheet.to_owned()).filter(|name| !name.is_empty()), ..place };
        Error::input(say!(
            "有 {rows} 行在同名的几列中是不同的人：{columns}",
            "{rows} rows hold different people in columns of one name: {columns}"
        ))
        .at(place)
        .remedy(say!(
            "请改为一行一人（双栏的表把右半移到左半之下），或在分组表头中写明“户主”和“家庭成员”",
            "put one person on a row, the right half below the left one, or head the groups 户主 and 家庭成员"
        ))
    }

    fn all_hidden(&self) -> Error {
        let hidden = self.hidden.len();
        self.source.refuse(
            say!("{hidden} 张工作表全部是隐藏的，没有可读内容", "all {hidden} sheets are hidden, nothing to read"),
            say!("请在 Excel 中取消隐藏数据所在的工作表后保存", "unhide the sheet that holds the data and save"),
        )
    }

    /// Some fields were found, but not every required one.
    fn incomplete(&self, sheet: &str, row: u32, header: &Header, binding: &Binding) -> Error {
        let missing = header.missing(binding);
        let wanted: Vec<String> = missing.iter().map(|field| field.headers.join("/")).collect();
        let near = missing.iter().filter_map(|field| nearest(header, field));
        let near: Vec<_> = near.map(|column| header.shown(column)).collect();
        let (wanted, profile, title) = (wanted.join("、"), &binding.profile, &binding.title);
        let place = Place { file: self.source.file.into(), row: Some(row), ..Place::default() };
        let place = Place { sheet: Some(sheet.to_owned()).filter(|name| !name.is_empty()), ..place };
        let problem = match near.join("、") {
            near if near.is_empty() => {
                say!("表头缺少“{title}”的必需列：{wanted}", "the header of {title} lacks: {wanted}")
            }
            near => say!(
                "表头缺少“{title}”的必需列：{wanted}；最接近的表头是：{near}",
                "the header of {title} lacks: {wanted}; the nearest headers are: {near}"
            ),
        };
        Error::input(problem).at(place).remedy(say!(
            "若列名不同，请把它加入配置 {profile} 该字段的 headers；否则请重新导出并勾选这些列",
            "add the spelling to the headers of that field in profile {profile}, or export again with these columns"
        ))
    }

    /// Nothing of any profile was found.
    fn unrecognised(&self) -> Error {
        let titles: Vec<&str> = self.bindings.iter().map(|binding| binding.title.as_str()).collect();
        let required = self.bindings.iter().flat_map(|binding| binding.fields.iter().filter(|field| field.required));
        let wanted: Vec<String> = required.map(|field| field.headers.join("/")).collect();
        let (titles, wanted) = (titles.join("、"), wanted.join("、"));
        let profiles = self.bindings.iter().map(|binding| binding.profile.as_str()).collect::<Vec<_>>().join("、");
        self.source.refuse(
            say!(
                "前几行里没有表头，不像是“{titles}”的导出文件；应有的列：{wanted}",
                "no header among the first rows, this seems not to be an export of {titles}; expected: {wanted}"
            ),
            say!(
                "请核对文件是否放错；若是新版导出，请把新列名加入配置 {profiles}",
                "check that the file is in the right place; for a new layout add its headers to profile {profiles}"
            ),
        )
    }

    /// Everything read, as published.
    pub(super) fn gather(&mut self) -> Result<Ingested> {
        let mut ingested = Ingested { format: self.format.clone(), ..Ingested::default() };
        if !self.encoding.zh.is_empty() {
            self.note("", self.encoding.clone());
        }
        for sheet in std::mem::take(&mut self.sheets) {
            self.publish(sheet, &mut ingested)?;
        }
        ingested.notes = std::mem::take(&mut self.notes);
        ingested.doubts = std::mem::take(&mut self.doubts);
        Ok(ingested)
    }

    fn publish(&mut self, sheet: Sheet, ingested: &mut Ingested) -> Result<()> {
        let (side, file, name) = (self.source.side, self.source.file, sheet.name.as_str());
        ingested.tally.read(side, file, name, sheet.rows_read);
        ingested.rejects.extend(sheet.log.rejects.into_iter().map(|(row, reason, text)| Reject {
            side: side.to_owned(),
            file: file.to_owned(),
            sheet: name.to_owned(),
            row,
            reason: reason.to_owned(),
            text,
        }));
        let mut is_copy = false;
        match sheet.body {
            None if sheet.rows_read == 0 => {}
            None => self.note(name, say!("没有可识别的表头，未读取", "no header was recognised, not read")),
            Some(body) => {
                self.remark(name, &body);
                let raw = self.raw_sheet(name, *body)?;
                match ingested.sheets.iter().find(|other| is_same(other, &raw)) {
                    Some(other) => {
                        is_copy = true;
                        let other = other.sheet.clone();
                        self.note(
                            name,
                            say!(
                                "与工作表“{other}”的数据完全相同，只读一次",
                                "holds the same data as sheet {other}, read once"
                            ),
                        );
                    }
                    None => ingested.sheets.push(raw),
                }
            }
        }
        for (class, rows) in &sheet.log.counts {
            let class = if is_copy && *class == RowClass::Accepted { RowClass::DuplicateFile } else { *class };
            ingested.tally.add(side, file, name, class, *rows);
        }
        Ok(())
    }

    /// Remarks on a sheet with a header.
    fn remark(&mut self, name: &str, body: &Body) {
        for (field, columns) in body.header.duplicates(&self.bindings[body.binding]) {
            let columns = columns.join("、");
            self.note(
                name,
                say!(
                    "字段 {field} 有多列：{columns}；每行取第一个非空值",
                    "field {field} has several columns: {columns}; the first non-blank cell of each row is used"
                ),
            );
        }
        for (column, cells) in body.columns.lost_digits() {
            let (letter, title) = (column_letter(column), body.header.shown(column));
            self.note(
                name,
                say!(
                    "{letter} 列“{title}”有 {cells} 个单元格存成了超过 15 位的数字，精度已丢失；请把该列设为文本后重新导出",
                    "column {letter} {title} holds {cells} numbers of more than 15 digits, digits are lost; export it as text"
                ),
            );
        }
        for (column, unit) in body.columns.units() {
            let (letter, title) = (column_letter(column), body.header.shown(column));
            self.note(
                name,
                say!(
                    "{letter} 列“{title}”的单位是{unit}，没有写单位的数按{unit}读",
                    "column {letter} {title} is in {unit}: numbers without a unit are read so"
                ),
            );
        }
        for (column, cells) in body.columns.uncomputed() {
            let (letter, title) = (column_letter(column), body.header.shown(column));
            self.note(
                name,
                say!(
                    "{letter} 列“{title}”有 {cells} 个公式没有保存计算结果，未比对；请用 Excel/WPS 打开后保存",
                    "column {letter} {title} holds {cells} formulas without a stored result, not compared; open it in Excel and save"
                ),
            );
        }
        body.shown.remarks().into_iter().for_each(|text| self.doubt(name, text));
        let strays = body.rows_with_stray_cells;
        if strays > 0 {
            self.note(
                name,
                say!(
                    "有 {strays} 行在表头以外的列有内容，已忽略",
                    "{strays} rows have cells beyond the header, ignored"
                ),
            );
        }
        if body.columns.len() == 0 {
            self.note(name, say!("只有表头，没有数据行", "a header without any data"));
        }
    }

    fn raw_sheet(&self, name: &str, body: Body) -> Result<RawSheet> {
        let ignored = body.header.ignored.iter().map(|&column| body.header.titles[column].clone()).collect();
        let (frame, places) = body.columns.finish()?;
        Ok(RawSheet {
            file: self.source.file.to_owned(),
            sheet: name.to_owned(),
            frame,
            columns: places.into_iter().map(|(field, column)| (field, column_letter(column))).collect(),
            ignored_headers: ignored,
        })
    }
}

/// Whether two sheets hold the same rows, wherever they stand.
fn is_same(one: &RawSheet, other: &RawSheet) -> bool {
    one.frame.height() > 0
        && one.frame.drop("row").ok().zip(other.frame.drop("row").ok()).is_some_and(|(a, b)| a.equals_missing(&b))
}
