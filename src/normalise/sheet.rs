//! One sheet: every bound field to its canonical columns, then what is derived from them.
//!
//! Benefit tables are by far the largest, so they keep only what linking, audit and worklists read: the
//! beneficiary, the place, the measure, and as printed the cells that a finding quotes.

use std::borrow::Cow;

use jiff::civil::Date;
use polars::prelude::*;

use super::cells::Cells;
use super::field;
use super::vocabulary::Vocabularies;
use super::{Settings, Shape, amount, benefit, person, text, yes_no};
use crate::error::{Error, Result};
use crate::say;
use crate::table::registry::UnknownLabel;
use crate::table::schema::{self, text_column};
use crate::table::{Field, Level, RawSheet};

/// What the name of a roll's column for one item begins with.
pub const ITEM_COLUMN: &str = "item:";

/// Fields that benefit and outcome tables keep.
const BENEFIT_FIELDS: &[&str] = &[
    "township",
    "village",
    "household_no",
    "head_name",
    "person_no",
    "name",
    "id_no",
    "benefit_year",
    "benefit_period",
    "category",
    "item",
    "amount",
    "benefit_date",
    "outcome",
];
/// Fields of which benefit and outcome tables keep the cells as printed.
const BENEFIT_TEXTS: &[&str] = &["item", "amount", "benefit_date", "outcome"];

/// The canonical columns of a sheet, row for row, and the labels no vocabulary knows.
pub(super) fn canonical(
    sheet: &RawSheet,
    shape: Shape,
    data_year: Option<i32>,
    Settings { vocabularies, latest_birth }: &Settings,
) -> Result<(DataFrame, Vec<UnknownLabel>)> {
    let mut reader = Reader::new(sheet, vocabularies, *latest_birth)?;
    match shape {
        Shape::Person => read_persons(&mut reader, data_year)?,
        Shape::Household => read_households(&mut reader, data_year)?,
        Shape::Benefit | Shape::Outcome => read_benefits(&mut reader, data_year)?,
        Shape::Roll => read_roll(&mut reader, data_year)?,
    }
    reader.unknown.sort();
    Ok((DataFrame::new(sheet.frame.height(), reader.columns)?, reader.unknown))
}

/// A raw sheet as canonical reading expects it: units belong to their amounts, and where a sheet prints no number of its own for
/// households but the other system's, that is the number that it has.
pub(super) fn prepared(mut sheet: RawSheet) -> Result<RawSheet> {
    if let Some(frame) = with_units(&sheet.frame)? {
        sheet.frame = frame;
    }
    if sheet.frame.column("household_no").is_err() && sheet.frame.column("reference_no").is_ok() {
        sheet.frame.rename("reference_no", "household_no".into())?;
        let bound = sheet.columns.iter_mut().filter(|(field, _)| field == "reference_no");
        bound.for_each(|(field, _)| *field = "household_no".to_owned());
    }
    Ok(sheet)
}

/// The frame with the unit from a column of its own written behind each bare number; `None` without such a column.
fn with_units(frame: &DataFrame) -> Result<Option<DataFrame>> {
    let (Ok(amount), Ok(unit)) = (frame.column("amount"), frame.column("amount_unit")) else { return Ok(None) };
    let written =
        amount.str()?.iter().zip(unit.str()?.iter()).map(|(amount, unit)| match (amount, unit.map(str::trim)) {
            (Some(amount), Some(unit)) if amount::is_bare(amount) && !text::is_null(unit) && unit != "元" => {
                Some(Cow::Owned(format!("{}{unit}", amount.trim())))
            }
            (amount, _) => amount.map(Cow::Borrowed),
        });
    let written = StringChunked::from_iter_options("amount".into(), written).into_column();
    Ok(Some(frame.clone().with_column(written)?.clone()))
}

fn read_persons(reader: &mut Reader, data_year: Option<i32>) -> Result<()> {
    for field in reader.fields(|field| field.level != Level::Benefit)? {
        match field.name {
            "id_no" => {}
            _ => reader.read(field)?,
        }
        reader.keep_text(field)?;
    }
    let identity = person::identity_columns(&reader.cells_or_nulls("id_no")?, reader.latest_birth)?;
    let is_delivered = reader.raw("id_no").is_some();
    reader.columns.extend(identity.into_iter().filter(|column| is_delivered || column.name() != "id_no"));
    reader.columns.push(person::name_key_column("name_key", &reader.cells_or_nulls("name")?)?);
    reader.columns.push(person::doubted_column(&reader.columns)?);
    person::fall_back(&mut reader.columns)?;
    reader.state_year(data_year)
}

fn read_households(reader: &mut Reader, data_year: Option<i32>) -> Result<()> {
    for field in reader.fields(|field| field.level == Level::Household)? {
        reader.read(field)?;
        reader.keep_text(field)?;
    }
    reader.columns.push(person::key_column("head_id18", &reader.cells_or_nulls("head_id_no")?, reader.latest_birth)?);
    reader.state_year(data_year)
}

fn read_benefits(reader: &mut Reader, data_year: Option<i32>) -> Result<()> {
    for field in reader.fields(|field| BENEFIT_FIELDS.contains(&field.name))? {
        match field.name {
            "item" | "benefit_year" => {}
            "category" => reader.read_category(field)?,
            _ => reader.read(field)?,
        }
        if BENEFIT_TEXTS.contains(&field.name) {
            reader.share_text(field)?;
        }
    }
    reader.read_items()?;
    reader.read_years(data_year)?;
    reader.columns.push(person::key_column("id18", &reader.cells_or_nulls("id_no")?, reader.latest_birth)?);
    reader.columns.push(person::key_column("head_id18", &reader.cells_or_nulls("head_id_no")?, reader.latest_birth)?);
    reader.columns.push(person::name_key_column("name_key", &reader.cells_or_nulls("name")?)?);
    Ok(())
}

/// A roll's row is a person and a benefit in one; a column of its own for an item says whether she has it.
fn read_roll(reader: &mut Reader, data_year: Option<i32>) -> Result<()> {
    read_persons(reader, None)?;
    for field in reader.fields(|field| field.level == Level::Benefit)? {
        match field.name {
            "item" | "benefit_year" => {}
            "category" => reader.read_category(field)?,
            _ => reader.read(field)?,
        }
    }
    reader.read_items()?;
    reader.read_years(data_year)?;
    reader.read_item_columns()
}

/// A sheet being read, column by column.
struct Reader<'a> {
    sheet: &'a RawSheet,
    vocabularies: &'a Vocabularies,
    latest_birth: Option<Date>,
    rows: Vec<u32>,
    nulls: StringChunked,
    columns: Vec<Column>,
    unknown: Vec<UnknownLabel>,
}

impl<'a> Reader<'a> {
    fn new(sheet: &'a RawSheet, vocabularies: &'a Vocabularies, latest_birth: Option<Date>) -> Result<Self> {
        let row = sheet.frame.column("row")?;
        Ok(Self {
            sheet,
            vocabularies,
            latest_birth,
            rows: row.u32()?.iter().map(|row| row.unwrap_or(0)).collect(),
            nulls: StringChunked::full_null("".into(), sheet.frame.height()),
            columns: vec![row.clone()],
            unknown: Vec::new(),
        })
    }

    /// The bound fields that this shape keeps, in the order of all fields.
    fn fields(&self, keep: impl Fn(&Field) -> bool) -> Result<Vec<&'static Field>> {
        for name in self.sheet.frame.get_column_names() {
            let is_known = name == "row" || name.starts_with(ITEM_COLUMN) || schema::field(name).is_some();
            if !is_known {
                return Err(Error::internal(say!("没有名为 {name} 的字段", "there is no field {name}")));
            }
        }
        let bound = |field: &&'static Field| keep(field) && self.raw(field.name).is_some();
        Ok(schema::FIELDS.iter().filter(bound).collect())
    }

    fn raw(&self, field: &str) -> Option<&'a Column> {
        self.sheet.frame.column(field).ok()
    }

    fn cells(&self, field: &str) -> Result<Option<Cells<'a>>> {
        Ok(self.raw(field).map(Column::str).transpose()?.map(Cells::of))
    }

    /// The cells of a field, all empty when the export did not deliver it.
    fn cells_or_nulls(&self, field: &str) -> Result<Cells<'_>> {
        Ok(Cells::of(self.raw(field).map(Column::str).transpose()?.unwrap_or(&self.nulls)))
    }

    fn read(&mut self, field: &Field) -> Result<()> {
        if let Some(cells) = self.cells(field.name)? {
            let canonical = field::canonical(field, &cells, &self.rows, self.vocabularies)?;
            self.push(canonical);
        }
        Ok(())
    }

    fn read_category(&mut self, field: &Field) -> Result<()> {
        if let Some(cells) = self.cells(field.name)? {
            let canonical = field::canonical(field, &cells, &self.rows, self.vocabularies)?;
            self.push(benefit::without_items(canonical, self.vocabularies)?);
        }
        Ok(())
    }

    fn read_items(&mut self) -> Result<()> {
        let (item, category) = (self.cells("item")?, self.cells("category")?);
        if let Some(items) = benefit::items(item.as_ref(), category.as_ref(), &self.rows, self.vocabularies)? {
            self.push(items);
        }
        // Without an item column the category is what the export prints for the measure.
        if let (None, Some(category)) = (&item, self.raw("category")) {
            self.columns.push(category.clone().with_name(text_column("item").into()));
        }
        Ok(())
    }

    fn read_years(&mut self, data_year: Option<i32>) -> Result<()> {
        let printed = self.cells("benefit_year")?;
        let (date, period) = (self.cells("benefit_date")?, self.cells("benefit_period")?);
        let others: Vec<&Cells> = date.iter().chain(&period).collect();
        self.columns.push(benefit::years(printed.as_ref(), &others, data_year, self.rows.len()));
        Ok(())
    }

    /// For each column of its own for an item, whether the cell says that the person has it: anything but blank, 否 and 0.
    fn read_item_columns(&mut self) -> Result<()> {
        let columns = self.sheet.frame.get_column_names();
        let names: Vec<String> =
            columns.iter().filter(|name| name.starts_with(ITEM_COLUMN)).map(|n| n.to_string()).collect();
        for name in names {
            let cells = self.cells_or_nulls(&name)?;
            let told = cells.read(|cell| {
                (!text::is_null(cell)).then(|| yes_no::parse(cell) != Some(false) && amount::fen(cell) != Some(0))
            });
            let told: Vec<bool> = cells.spread(&told).map(|told| told == Some(true)).collect();
            self.columns.push(BooleanChunked::from_iter_values(name.as_str().into(), told.into_iter()).into_column());
        }
        Ok(())
    }

    /// `data_year` as delivered, and where it is not, the year of the source.
    fn state_year(&mut self, data_year: Option<i32>) -> Result<()> {
        let Some(year) = data_year else { return Ok(()) };
        let stated = |printed: Option<i32>| Some(printed.unwrap_or(year));
        let years: Vec<Option<i32>> = match self.cells("data_year")? {
            Some(cells) => cells.spread(&cells.read(super::date::year)).map(stated).collect(),
            None => vec![Some(year); self.rows.len()],
        };
        self.columns.retain(|column| column.name() != "data_year");
        self.columns.push(Int32Chunked::from_iter_options("data_year".into(), years.into_iter()).into_column());
        if self.raw("data_year").is_none() {
            self.columns.push(self.nulls.clone().with_name(text_column("data_year").into()).into_column());
        }
        Ok(())
    }

    fn keep_text(&mut self, field: &Field) -> Result<()> {
        if let Some(raw) = self.raw(field.name) {
            self.columns.push(raw.clone().with_name(text_column(field.name).into()));
        }
        Ok(())
    }

    /// The cells as printed, equal cells sharing their bytes: the sheet's own text can then be dropped.
    fn share_text(&mut self, field: &Field) -> Result<()> {
        if let Some(cells) = self.cells(field.name)? {
            let printed: Vec<Option<&str>> = cells.read(Some);
            self.columns.push(cells.strings(&text_column(field.name), &printed)?);
        }
        Ok(())
    }

    fn push(&mut self, canonical: field::Canonical) {
        self.columns.push(canonical.column);
        self.unknown.extend(canonical.unknown);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use polars::prelude::*;

    use super::super::fixture::{column, part};
    use super::{amount, with_units};

    #[test]
    fn a_unit_in_a_column_of_its_own_belongs_to_the_amount() {
        let column = |name: &str, cells: [&str; 5]| Column::new(name.into(), cells);
        let amounts = column("amount", ["0.15", "1500", "2万元", "300", ""]);
        let units = column("amount_unit", ["万元", "元", "元", "斤", "万元"]);
        let read = with_units(&DataFrame::new(5, vec![amounts, units]).unwrap()).unwrap().unwrap();
        let cells: Vec<&str> = read.column("amount").unwrap().str().unwrap().iter().flatten().collect();
        assert_eq!(cells, ["0.15万元", "1500", "2万元", "300斤", ""]);
        assert_eq!(amount::fen(cells[0]), amount::fen(cells[1]));
    }

    #[test]
    fn typed_beside_as_printed() {
        let part = part(
            "a.csv",
            Shape::Person,
            &[
                "name|id_no|birth_date|sex|dilapidated|income_per_capita|labour|work_months|exit_year",
                "张　三（户主）|’11010519491231002x|1950-01-01|男|无|3,000元|散失劳动力|10个月|2016年",
                "李四|未填|19491231|2|未填|/|无|0|",
                "王五||||否|0|体力好||未脱贫",
            ],
        );
        let frame = &part.frame;
        assert_eq!(column(frame, "name"), ["张三", "李四", "王五"]);
        assert_eq!(column(frame, "name_text"), ["张　三（户主）", "李四", "王五"]);
        assert_eq!(column(frame, "id_no"), ["11010519491231002X", "-", "-"]);
        assert_eq!(column(frame, "id_no_text"), ["’11010519491231002x", "未填", "-"]);
        assert_eq!(column(frame, "id_class"), ["valid18", "empty", "empty"]);
        assert_eq!(column(frame, "born_on"), ["1949-12-31", "1949-12-31", "-"]);
        assert_eq!(column(frame, "sex"), ["男", "女", "-"]);
        assert_eq!(column(frame, "sex_known"), ["女", "女", "-"]);
        assert_eq!(column(frame, "dilapidated"), ["false", "-", "false"]);
        assert_eq!(column(frame, "income_per_capita"), ["300000", "-", "0"]);
        assert_eq!(column(frame, "labour"), ["丧失劳动力", "无劳动力", "-"]);
        assert_eq!(column(frame, "work_months"), ["10.0", "0.0", "-"]);
        assert_eq!(column(frame, "exit_year"), ["2016", "-", "-"]);
        let unknown: Vec<_> = part.unknown_labels.iter().map(|label| (label.text.as_str(), label.first)).collect();
        assert_eq!(unknown, [("体力好", (0, 4))]);
    }

    #[test]
    fn rows_that_stand_for_nothing_are_rejected_with_a_reason() {
        let persons = part(
            "a.csv",
            Shape::Person,
            &["name|id_no|education", "张三||初中", "未填| |高中", "|11010519491231002X|"],
        );
        assert_eq!(column(&persons.frame, "row"), ["2", "4"]);
        assert_eq!(persons.rejects.len(), 1);
        assert_eq!((persons.rejects[0].row, persons.rejects[0].reason.as_str()), (3, "姓名和证件号码均为空"));
        assert_eq!(persons.rejects[0].text, "未填\t\t高中");
        let benefits = part(
            "b.csv",
            Shape::Benefit,
            &[
                "household_no|name|category|item",
                "1||产业帮扶|",
                "||产业帮扶|产业奖补",
                "1|张三|/|无",
                "1|张三||不认识的措施",
            ],
        );
        assert_eq!(column(&benefits.frame, "row"), ["2", "5"]);
        let reasons: Vec<_> = benefits.rejects.iter().map(|reject| reject.reason.as_str()).collect();
        assert_eq!(reasons, ["缺少受益人：户编号、姓名和证件号码均为空", "缺少措施：项目类别、项目内容和成效均为空"]);
        let households =
            part("h.csv", Shape::Household, &["household_no|head_name|cause", "|张三|因病", "||因病", "0|无|因病"]);
        assert_eq!(column(&households.frame, "row"), ["2"]);
    }

    #[test]
    fn an_item_is_found_in_its_text_or_its_category() {
        let part = part(
            "b.csv",
            Shape::Benefit,
            &[
                "name|category|item|benefit_period",
                "张三|其他教育帮扶|2018年春季雨露计划补助1500元|2018年春季学期",
                "张三|雨露计划|发放到位|2017年3月",
                "张三|综合保障||",
                "张三|健康帮扶|某种补助|",
            ],
        );
        assert_eq!(column(&part.frame, "item"), ["雨露计划", "雨露计划", "-", "-"]);
        assert_eq!(column(&part.frame, "item_text"), ["2018年春季雨露计划补助1500元", "发放到位", "-", "某种补助"]);
        assert_eq!(column(&part.frame, "category"), ["其他教育帮扶", "-", "综合保障", "健康帮扶"]);
        assert_eq!(column(&part.frame, "benefit_period"), ["春季", "3月", "-", "-"]);
        assert_eq!(column(&part.frame, "benefit_year"), ["2018", "2017", "2018", "2018"]);
        let unknown: Vec<_> = part.unknown_labels.iter().map(|label| label.text.as_str()).collect();
        assert_eq!(unknown, ["某种补助"]);
    }
}
