//! Conditions of logic rules: SQL over canonical columns, compiled by polars, proved on the empty table.
//!
//! Running a condition on the *empty* canonical table finds unknown columns and type mistakes before any data is
//! read; asking only for the schema would miss `text < number`. The result must be Boolean, for `age_years + 1`
//! parses happily. Null is not a finding.

use polars::prelude::*;

use super::logic::derived::DERIVED;
use super::settings::{LogicRule, Table};
use crate::error::{Error, Result};
use crate::say;
use crate::table::schema::{FIELDS, HOUSEHOLD_DERIVED, Level, MEMBER_DERIVED, text_column};

/// Proves that a rule can be evaluated: its condition is Boolean over known columns, and its texts name known columns.
///
/// # Errors
/// A configuration error that names the rule, the unknown column with the nearest known ones, or what SQL said.
pub fn prove(rule: &LogicRule) -> Result<()> {
    let condition = compile(rule)?;
    let known = empty_table(rule.table);
    let mut mistakes: Vec<Error> = Vec::new();
    let unknown = condition.columns.iter().filter(|name| known.column(name).is_err());
    mistakes.extend(unknown.map(|name| unknown_column(rule, name, &known)));
    for template in [&rule.message, &rule.remedy] {
        let names = placeholders(template);
        mistakes
            .extend(names.filter(|name| known.column(name).is_err()).map(|name| unknown_column(rule, name, &known)));
    }
    if let Some(field) = rule.field.as_ref().filter(|field| known.column(field).is_err()) {
        mistakes.push(unknown_column(rule, field, &known));
    }
    match Error::all(mistakes) {
        Some(mistakes) => Err(mistakes),
        None => condition.run(rule, &known).map(drop),
    }
}

/// A compiled condition and the columns it reads, sorted.
pub(crate) struct Condition {
    expression: Expr,
    pub(crate) columns: Vec<String>,
}

/// Compiles the condition of a rule, parameters filled in.
pub(crate) fn compile(rule: &LogicRule) -> Result<Condition> {
    let sql = fill_in(rule);
    let expression = polars::sql::sql_expr(&sql).map_err(|cause| {
        let (id, cause) = (&rule.id, one_line(&cause.to_string()));
        Error::configuration(say!("规则 {id} 的条件无法解析", "the condition of rule {id} cannot be parsed: {cause}"))
            .remedy(say!(
                "检查括号、单引号是否成对，比较和 AND、OR、NOT 前后是否都写全，标点是否都是英文",
                "look for unpaired brackets and quotes, and for comparisons without a side"
            ))
    })?;
    let names = expression.into_iter().filter_map(|node| match node {
        Expr::Column(name) => Some(name.to_string()),
        _ => None,
    });
    let columns: std::collections::BTreeSet<String> = names.collect();
    Ok(Condition { expression, columns: columns.into_iter().collect() })
}

impl Condition {
    /// True, false or null for each row of a table that has the condition's columns.
    pub(crate) fn run(&self, rule: &LogicRule, table: &DataFrame) -> Result<BooleanChunked> {
        let id = &rule.id;
        let wrong = |cause: PolarsError| {
            let cause = one_line(&cause.to_string());
            Error::configuration(say!("规则 {id} 的条件无法运算", "the condition of rule {id} cannot be run: {cause}"))
                .remedy(say!(
                    "同类才能比较：文字加英文单引号，数字不加",
                    "compare like with like: text in single quotes, numbers without"
                ))
        };
        let hits = table.clone().lazy().select([self.expression.clone().alias("hit")]).collect().map_err(wrong)?;
        let column = hits.column("hit").map_err(wrong)?;
        if column.dtype() != &DataType::Boolean {
            let data_type = column.dtype().to_string();
            return Err(Error::configuration(say!(
                "规则 {id} 的条件不是真假判断",
                "the condition of rule {id} is not true or false but {data_type}"
            ))
            .remedy(say!("用比较或逻辑运算写成判断", "write a comparison")));
        }
        let hits = column.bool().map_err(wrong)?;
        // A condition without columns gives one row for all.
        Ok(if hits.len() == table.height() { hits.clone() } else { hits.new_from_index(0, table.height()) })
    }
}

/// The condition with `{name}` replaced by the number, or by the number of each year.
fn fill_in(rule: &LogicRule) -> String {
    let mut sql = rule.when.clone();
    for (name, value) in &rule.parameters {
        sql = sql.replace(&format!("{{{name}}}"), &value.to_string());
    }
    for (name, by_year) in &rule.by_year {
        let cases = by_year.values.iter().map(|(year, value)| format!("WHEN {} = {year} THEN {value}", by_year.column));
        let cases: Vec<_> = cases.collect();
        sql = sql.replace(&format!("{{{name}}}"), &format!("(CASE {} END)", cases.join(" ")));
    }
    sql
}

/// The names in braces of a message.
pub(crate) fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// The canonical table of that kind, with every column that any export could deliver, and no rows.
pub(crate) fn empty_table(table: Table) -> DataFrame {
    let is_here = |level: Level| match table {
        Table::Members => level != Level::Benefit,
        Table::Households => level == Level::Household,
    };
    let fields = FIELDS.iter().filter(|field| is_here(field.level));
    let mut columns: Vec<(String, DataType)> = Vec::new();
    for field in fields {
        columns.push((field.name.to_owned(), field.kind.data_type()));
        columns.push((text_column(field.name), DataType::String));
    }
    let own = if table == Table::Members { MEMBER_DERIVED } else { HOUSEHOLD_DERIVED };
    columns.extend(own.iter().map(|(name, data_type, _)| ((*name).to_owned(), data_type.clone())));
    let derived = DERIVED.iter().filter(|derived| table == Table::Members || derived.table == Table::Households);
    columns.extend(derived.map(|derived| (derived.name.to_owned(), derived.data_type.clone())));
    let schema: Schema = columns.into_iter().map(|(name, data_type)| Field::new(name.into(), data_type)).collect();
    DataFrame::empty_with_schema(&schema)
}

fn unknown_column(rule: &LogicRule, name: &str, known: &DataFrame) -> Error {
    let near = nearest(name, known).join(", ");
    let id = &rule.id;
    Error::configuration(say!("规则 {id} 引用了不存在的列 `{name}`", "rule {id} names the unknown column `{name}`"))
        .remedy(say!("是否为 {near}？", "did you mean {near}?"))
}

fn nearest(name: &str, known: &DataFrame) -> Vec<String> {
    let mut names: Vec<(u32, String)> = known
        .get_column_names()
        .into_iter()
        .map(|known| ((strsim::jaro_winkler(name, known) * 1000.0) as u32, known.to_string()))
        .collect();
    names.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    names.into_iter().take(3).map(|(_, name)| name).collect()
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
