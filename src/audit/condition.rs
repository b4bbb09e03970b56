//! Conditions of rules and of the benefit catalogue: SQL over canonical columns, compiled by polars, proved on rows.
//!
//! Running a condition on typed rows before any data is read finds unknown columns and type mistakes; asking only for
//! the schema would miss `text < number`. The result must be Boolean, for `age_years + 1` parses happily. Null is not
//! a finding. A rule may bring rows of its own, which it must report or must not: they are run, too.
//!
//! `prev_x` is column `x` of the same subject in the export of the year before, `prev2_x` two years before.

use std::collections::{BTreeMap, BTreeSet};

use polars::lazy::dsl::{FunctionExpr, StringFunction};
use polars::prelude::*;

use super::logic::derived::DERIVED;
use super::settings::{BenefitItem, Cell, Fixture, LogicRule, Table};
use crate::error::{Error, Result, Text};
use crate::normalise::date;
use crate::say;
use crate::table::schema::{FIELDS, HOUSEHOLD_DERIVED, Level, MEMBER_DERIVED, text_column};

/// Proves that a rule can be evaluated: its condition is Boolean over known columns, its texts name known columns, and
/// its own rows are judged as it says.
///
/// # Errors
/// A configuration error that names the rule, the unknown column with the nearest known ones, what SQL said, or the
/// row that is judged otherwise.
pub fn prove(rule: &LogicRule) -> Result<()> {
    let owner = owner_of(rule);
    let condition = compile(rule)?;
    let texts = [&rule.message, &rule.remedy].into_iter().flat_map(|text| placeholders(text));
    let named = texts.chain(rule.field.as_deref()).filter(|name| type_of(rule.table, name).is_none());
    let mistakes: Vec<Error> = named.map(|name| unknown_column(&owner, name, rule.table)).collect();
    match Error::all(mistakes) {
        Some(mistakes) => Err(mistakes),
        None => prove_on(&condition, rule.table, &rule.hit, &rule.miss),
    }
}

/// Proves that an item's eligibility can be evaluated.
///
/// # Errors
/// As [`prove`].
pub fn prove_item(item: &BenefitItem) -> Result<()> {
    match eligibility(item)? {
        Some(condition) => prove_on(&condition, item.table(), &item.eligible_hit, &item.eligible_miss),
        None => Ok(()),
    }
}

fn prove_on(condition: &Condition, table: Table, hits: &[Fixture], misses: &[Fixture]) -> Result<()> {
    let unknown = condition.columns.iter().filter(|name| type_of(table, name).is_none());
    let mistakes = unknown.map(|name| unknown_column(&condition.owner, name, table)).collect();
    if let Some(mistakes) = Error::all(mistakes) {
        return Err(mistakes);
    }
    condition.run(&rows(condition, table, &[])?)?;
    judged(condition, table, hits, true)?;
    judged(condition, table, misses, false)
}

/// Runs a rule's own rows.
fn judged(condition: &Condition, table: Table, fixtures: &[Fixture], must_hit: bool) -> Result<()> {
    if fixtures.is_empty() {
        return Ok(());
    }
    let owner = &condition.owner;
    let Text { zh, en } = owner;
    let unknown = fixtures.iter().flat_map(BTreeMap::keys).find(|name| type_of(table, name).is_none());
    if let Some(name) = unknown {
        return Err(unknown_column(owner, name, table));
    }
    let hits = condition.run(&rows(condition, table, fixtures)?)?;
    let wrong = hits.iter().position(|hit| (hit == Some(true)) != must_hit);
    wrong.map_or(Ok(()), |at| {
        let (number, list) = (at + 1, if must_hit { "hit" } else { "miss" });
        Err(Error::configuration(say!(
            "{zh} 的自带样例 {list} 第{number}行判断不符",
            "{en}: row {number} of its own `{list}` is judged otherwise"
        ))
        .remedy(say!("改条件，或改样例", "change the condition, or the row")))
    })
}

/// The columns of a condition with the values of some fixtures.
fn rows(condition: &Condition, table: Table, fixtures: &[Fixture]) -> Result<DataFrame> {
    let mut frame = DataFrame::empty_with_height(fixtures.len());
    for name in &condition.columns {
        let data_type = type_of(table, name).unwrap_or(DataType::Null);
        let cells = fixtures.iter().map(|row| row.get(name).map_or(AnyValue::Null, |cell| value(cell, &data_type)));
        let cells: Vec<AnyValue<'_>> = cells.collect();
        let wrong = |cause: PolarsError| {
            let (Text { zh, en }, cause) = (&condition.owner, one_line(&cause.to_string()));
            Error::configuration(say!("{zh} 的样例中 `{name}` 的值不对", "{en}: bad value of `{name}`: {cause}"))
        };
        let series =
            Series::from_any_values_and_dtype(name.as_str().into(), &cells, &data_type, true).map_err(wrong)?;
        frame.with_column(series.into_column())?;
    }
    Ok(frame)
}

fn value<'c>(cell: &'c Cell, data_type: &DataType) -> AnyValue<'c> {
    match cell {
        Cell::Text(text) if *data_type == DataType::Date => match date::parse(text) {
            Some(day) => AnyValue::Date(date::days(day)),
            None => AnyValue::String(text),
        },
        Cell::YesNo(yes) => AnyValue::Boolean(*yes),
        Cell::Whole(whole) => AnyValue::Int64(*whole),
        Cell::Real(real) => AnyValue::Float64(*real),
        Cell::Text(text) => AnyValue::String(text),
    }
}

/// A compiled condition and the columns it reads, sorted.
pub(crate) struct Condition {
    owner: Text,
    expression: Expr,
    pub(crate) columns: Vec<String>,
}

/// Compiles the condition of a rule, parameters filled in.
pub(crate) fn compile(rule: &LogicRule) -> Result<Condition> {
    parse(owner_of(rule), &fill_in(rule))
}

/// Compiles the eligibility of an item, when it has one.
pub(crate) fn eligibility(item: &BenefitItem) -> Result<Option<Condition>> {
    let name = &item.item;
    let owner = say!("措施“{name}”", "item “{name}”");
    item.eligible.as_ref().map(|sql| parse(owner, sql)).transpose()
}

fn owner_of(rule: &LogicRule) -> Text {
    let id = &rule.id;
    say!("规则 {id}", "rule {id}")
}

fn parse(owner: Text, sql: &str) -> Result<Condition> {
    let expression = polars::sql::sql_expr(sql).map_err(|cause| {
        let (Text { zh, en }, cause) = (&owner, one_line(&cause.to_string()));
        Error::configuration(say!("{zh} 的条件无法解析", "the condition of {en} cannot be parsed: {cause}")).remedy(
            say!(
                "检查括号、单引号是否成对，比较和 AND、OR、NOT 前后是否都写全，标点是否都是英文",
                "look for unpaired brackets and quotes, and for comparisons without a side"
            ),
        )
    })?;
    let names = expression.into_iter().filter_map(|node| match node {
        Expr::Column(name) => Some(name.to_string()),
        _ => None,
    });
    let columns: BTreeSet<String> = names.collect();
    Ok(Condition { owner, expression: plain_like(expression), columns: columns.into_iter().collect() })
}

impl Condition {
    /// Gives a table the condition's columns that it lacks, null.
    pub(crate) fn fill_lacking(&self, frame: &mut DataFrame, table: Table) -> Result<()> {
        for name in &self.columns {
            if frame.column(name).is_err() {
                let data_type = type_of(table, name).unwrap_or(DataType::Null);
                frame.with_column(Column::full_null(name.as_str().into(), frame.height(), &data_type))?;
            }
        }
        Ok(())
    }
    /// True, false or null for each row of a table that has the condition's columns.
    pub(crate) fn run(&self, table: &DataFrame) -> Result<BooleanChunked> {
        let Text { zh, en } = &self.owner;
        let wrong = |cause: PolarsError| {
            let cause = one_line(&cause.to_string());
            Error::configuration(say!("{zh} 的条件无法运算", "the condition of {en} cannot be run: {cause}")).remedy(
                say!(
                    "同类才能比较：文字加英文单引号，数字不加",
                    "compare like with like: text in single quotes, numbers without"
                ),
            )
        };
        let hits = table.clone().lazy().select([self.expression.clone().alias("hit")]).collect().map_err(wrong)?;
        let column = hits.column("hit").map_err(wrong)?;
        if column.dtype() != &DataType::Boolean {
            let data_type = column.dtype().to_string();
            return Err(Error::configuration(say!(
                "{zh} 的条件不是真假判断",
                "the condition of {en} is not true or false but {data_type}"
            ))
            .remedy(say!("用比较或逻辑运算写成判断", "write a comparison")));
        }
        let hits = column.bool().map_err(wrong)?;
        // A condition without columns gives one row for all.
        Ok(if hits.len() == table.height() { hits.clone() } else { hits.new_from_index(0, table.height()) })
    }
}

/// True, false or null for each row of a table that has the columns of all conditions, one column of answers for each.
pub(crate) fn run_all(conditions: &[&Condition], table: &DataFrame) -> Result<Vec<BooleanChunked>> {
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    let answers =
        conditions.iter().enumerate().map(|(ix, condition)| condition.expression.clone().alias(ix.to_string()));
    let hits = table.clone().lazy().with_columns(answers.collect::<Vec<_>>()).collect();
    // Each has been proved, so one by one is only to tell whose fault it is.
    let Ok(hits) = hits else { return conditions.iter().map(|condition| condition.run(table)).collect() };
    (0..conditions.len()).map(|ix| Ok(hits.column(&ix.to_string())?.bool()?.clone())).collect()
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

/// `x LIKE '%text%'` as a search for the text: polars makes a regular expression of it, and running that takes many times
/// as long. Patterns with wildcards inside stay as they are.
fn plain_like(expression: Expr) -> Expr {
    expression.map_expr(|node| {
        let Expr::Function {
            input,
            function: FunctionExpr::StringExpr(StringFunction::Contains { literal: false, .. }),
        } = &node
        else {
            return node;
        };
        let [column, Expr::Literal(pattern)] = input.as_slice() else { return node };
        match pattern.extract_str().and_then(plain_pattern) {
            Some((true, text, true)) => column.clone().str().contains_literal(lit(text)),
            Some((false, text, true)) => column.clone().str().starts_with(lit(text)),
            Some((true, text, false)) => column.clone().str().ends_with(lit(text)),
            _ => node,
        }
    })
}

/// The text of a pattern that polars has made of LIKE, and whether anything may stand before and behind it.
fn plain_pattern(pattern: &str) -> Option<(bool, String, bool)> {
    let inner = pattern.strip_prefix("^(?s)")?.strip_suffix('$')?;
    let (before, inner) = inner.strip_prefix(".*").map_or((false, inner), |rest| (true, rest));
    let (inner, behind) = inner.strip_suffix(".*").map_or((inner, false), |rest| (rest, true));
    let (mut text, mut chars) = (String::new(), inner.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next()?),
            '.' | '*' => return None,
            plain => text.push(plain),
        }
    }
    Some((before, text, behind))
}

/// The names in braces of a message.
pub(crate) fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// How many years before the export's a column is read, and its plain name.
pub(crate) fn years_before(name: &str) -> (usize, &str) {
    for (prefix, years) in [("prev_", 1), ("prev2_", 2)] {
        if let Some(plain) = name.strip_prefix(prefix) {
            return (years, plain);
        }
    }
    (0, name)
}

/// The type of a column that any export could deliver, or that is derived.
fn type_of(table: Table, name: &str) -> Option<DataType> {
    let (_, plain) = years_before(name);
    known_columns(table).find(|(known, _)| known == plain).map(|(_, data_type)| data_type)
}

/// The canonical table of that kind: its exported columns, typed and as printed, and the derived ones.
fn known_columns(table: Table) -> impl Iterator<Item = (String, DataType)> {
    let is_here = move |level: Level| match table {
        Table::Members => level != Level::Benefit,
        Table::Households => level == Level::Household,
    };
    let fields = FIELDS.iter().filter(move |field| is_here(field.level)).flat_map(|field| {
        [(field.name.to_owned(), field.kind.data_type()), (text_column(field.name), DataType::String)]
    });
    let own = if table == Table::Members { MEMBER_DERIVED } else { HOUSEHOLD_DERIVED };
    let own = own.iter().map(|(name, data_type, _)| ((*name).to_owned(), data_type.clone()));
    let derived = DERIVED.iter().filter(move |derived| table == Table::Members || derived.table == Table::Households);
    fields.chain(own).chain(derived.map(|derived| (derived.name.to_owned(), derived.made.data_type())))
}

fn unknown_column(owner: &Text, name: &str, table: Table) -> Error {
    let (near, Text { zh, en }) = (nearest(name, table).join(", "), owner);
    Error::configuration(say!("{zh} 引用了不存在的列 `{name}`", "{en} names the unknown column `{name}`"))
        .remedy(say!("是否为 {near}？", "did you mean {near}?"))
}

fn nearest(name: &str, table: Table) -> Vec<String> {
    let known = known_columns(table).map(|(known, _)| known);
    let mut names: Vec<(u32, String)> =
        known.map(|known| ((strsim::jaro_winkler(name, &known) * 1000.0) as u32, known)).collect();
    names.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    names.dedup();
    names.into_iter().take(3).map(|(_, name)| name).collect()
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_like() {
        let plain = |before, text: &str, behind| Some((before, text.to_owned(), behind));
        assert_eq!(plain_pattern("^(?s).*,低保,.*$"), plain(true, ",低保,", true));
        assert_eq!(plain_pattern("^(?s)已脱贫.*$"), plain(false, "已脱贫", true));
        assert_eq!(plain_pattern("^(?s).*务工$"), plain(true, "务工", false));
        assert_eq!(plain_pattern(r"^(?s).*\*.*$"), plain(true, "*", true));
        assert_eq!(plain_pattern("^(?s)a.b.*$"), None);
        assert_eq!(plain_pattern("^[0-9]+$"), None);
    }

    #[test]
    fn like_is_null_for_null() {
        let expression = polars::sql::sql_expr("a LIKE '%x%' OR a NOT LIKE 'y%'").expect("a condition");
        let frame = df!("a" => [Some("axb"), Some("yz"), None]).expect("a frame");
        let run =
            |expression: Expr| frame.clone().lazy().select([expression.alias("hit")]).collect().expect("a result");
        assert_eq!(run(plain_like(expression.clone())), run(expression));
    }
}
