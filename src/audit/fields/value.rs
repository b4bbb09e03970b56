//! One field of one side: typed values and what was printed, by row.

use polars::prelude::*;

use crate::audit::view::{NONE, Texts};
use crate::error::Result;
use crate::normalise::text::is_null;
use crate::table::schema::{Field, Kind, text_column};

/// A canonical value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    /// Labels, names, numbers as text, places.
    Text(&'a str),
    /// 是/否.
    YesNo(bool),
    /// Years, counts, fen, days.
    Whole(i64),
    /// Areas, distances, months.
    Real(f64),
}

/// What a cell turned out to hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing, or a spelling of nothing.
    Blank,
    /// Something that normalisation did not understand.
    Unknown,
    /// A value.
    Known(Value<'a>),
}

/// A field of one side.
pub(crate) struct FieldColumn {
    values: Values,
    text: Texts,
}

enum Values {
    Text(StringChunked),
    YesNo(BooleanChunked),
    Whole(Int32Chunked),
    Fen(Int64Chunked),
    Real(Float64Chunked),
    /// 是否解决安全饮用水, from 饮水困难 and 饮水安全, whose polarities differ.
    Solved {
        difficult: BooleanChunked,
        safe: BooleanChunked,
        texts: [Texts; 2],
    },
}

impl FieldColumn {
    /// The column of a field; `None` when the export did not deliver it.
    pub(crate) fn of(frame: &DataFrame, field: &Field) -> Result<Option<Self>> {
        if frame.column(field.name).is_err() {
            return if field.name == "water_solved" { Self::water_solved(frame) } else { Ok(None) };
        }
        let column = frame.column(field.name)?;
        let values = match field.kind {
            Kind::YesNo => Values::YesNo(column.bool()?.rechunk().into_owned()),
            Kind::Year | Kind::Count => Values::Whole(column.i32()?.rechunk().into_owned()),
            Kind::Date => Values::Whole(column.date()?.physical().rechunk().into_owned()),
            Kind::Amount => Values::Fen(column.i64()?.rechunk().into_owned()),
            Kind::Quantity => Values::Real(column.f64()?.rechunk().into_owned()),
            _ => Values::Text(column.str()?.rechunk().into_owned()),
        };
        Ok(Some(Self { values, text: Texts::of(frame, &text_column(field.name))? }))
    }
    /// 2018 exports hold two booleans where later ones hold one: solved ⇔ not difficult and safe.
    fn water_solved(frame: &DataFrame) -> Result<Option<Self>> {
        let (Ok(difficult), Ok(safe)) = (frame.column("water_difficult"), frame.column("water_safe")) else {
            return Ok(None);
        };
        let texts = [Texts::of(frame, "water_difficult_text")?, Texts::of(frame, "water_safe_text")?];
        let (difficult, safe) = (difficult.bool()?.rechunk().into_owned(), safe.bool()?.rechunk().into_owned());
        let text = Texts::of(&DataFrame::empty(), "")?;
        Ok(Some(Self { values: Values::Solved { difficult, safe, texts }, text }))
    }
    /// The cell in that row.
    pub(crate) fn cell(&self, row: u32) -> Cell<'_> {
        if row == NONE {
            return Cell::Blank;
        }
        match self.value(row as usize) {
            Some(value) => Cell::Known(value),
            None if self.text.get(row).is_none_or(is_null) => Cell::Blank,
            None => Cell::Unknown,
        }
    }
    /// The value as printed; blank is `None`.
    pub(crate) fn printed(&self, row: u32) -> Option<String> {
        if row == NONE {
            return None;
        }
        if let Values::Solved { texts: [difficult, safe], .. } = &self.values {
            let (difficult, safe) = (difficult.get(row).unwrap_or("空"), safe.get(row).unwrap_or("空"));
            return Some(format!("饮水困难：{difficult}；饮水安全：{safe}"));
        }
        match self.text.get(row) {
            Some(text) => Some(text.trim().to_owned()),
            None => self.value(row as usize).map(|value| value.words(matches!(self.values, Values::Fen(_)))),
        }
    }
    /// What to type so that the other side says the same: the canonical value, without the export's own padding;
    /// sums, quantities and dates as printed.
    pub(crate) fn to_type(&self, row: u32, kind: Kind) -> Option<String> {
        match (kind, self.cell(row)) {
            (Kind::Amount | Kind::Quantity | Kind::Date | Kind::Text, _) => self.printed(row),
            (_, Cell::Known(value)) => Some(value.words(false)),
            _ => self.printed(row),
        }
    }
    fn value(&self, row: usize) -> Option<Value<'_>> {
        match &self.values {
            Values::Text(column) => column.get(row).map(Value::Text),
            Values::YesNo(column) => column.get(row).map(Value::YesNo),
            Values::Whole(column) => column.get(row).map(|value| Value::Whole(value.into())),
            Values::Fen(column) => column.get(row).map(Value::Whole),
            Values::Real(column) => column.get(row).map(Value::Real),
            Values::Solved { difficult, safe, .. } => solved(difficult.get(row), safe.get(row)).map(Value::YesNo),
        }
    }
}

impl Value<'_> {
    fn words(self, is_fen: bool) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::YesNo(yes) => if yes { "是" } else { "否" }.to_owned(),
            Self::Whole(fen) if is_fen => yuan(fen),
            Self::Whole(whole) => whole.to_string(),
            Self::Real(real) => real.to_string(),
        }
    }
}

/// Either bad answer settles it; two good ones are needed for yes.
fn solved(difficult: Option<bool>, safe: Option<bool>) -> Option<bool> {
    match (difficult, safe) {
        (Some(true), _) | (_, Some(false)) => Some(false),
        (Some(false), Some(true)) => Some(true),
        _ => None,
    }
}

/// Fen in yuan, without needless decimals: `1200`, `0.50`.
pub(crate) fn yuan(fen: i64) -> String {
    let (sign, whole, rest) = (if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100);
    if rest == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn water_needs_both_answers_for_yes() {
        assert_eq!(solved(Some(false), Some(true)), Some(true));
        assert_eq!(solved(Some(true), Some(true)), Some(false));
        assert_eq!(solved(None, Some(false)), Some(false));
        assert_eq!(solved(Some(false), None), None);
    }

    #[test]
    fn money_in_yuan() {
        assert_eq!([yuan(120_000), yuan(50), yuan(-150)], ["1200", "0.50", "-1.50"]);
    }
}
