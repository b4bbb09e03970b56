//! How two values of one field agree: the seven-way split, by kind of field.
//!
//! | kind | equal when |
//! |---|---|
//! | label | the canonical labels are; blank equals the vocabulary's "nothing to say" label (非在校生) |
//! | labels | the same set |
//! | money, quantity | within the absolute or the relative tolerance |
//! | place | the same without 镇, 乡, 村, 社区 … |
//! | identifier | the same person number: 15 and 18 digits, 18 digits and a 20- or 22-character certificate |
//! | everything else | the same value |

use super::value::{Cell, Value};
use crate::audit::places::place_key;
use crate::audit::settings::Settings;
use crate::normalise::name;
use crate::similarity::chinese::{self, NameLevel};
use crate::table::schema::{Field, Kind};

/// How one field agreed on one linked pair. The order is that of the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// Equal, synonyms included.
    Equal,
    /// Nothing on either side.
    BothNull,
    /// Only the provincial side has a value.
    NullNational,
    /// Only the national side has a value.
    NullProvincial,
    /// Different.
    Differ,
    /// A damaged or hidden identifier or name, or a row that was set aside.
    NotComparable,
    /// Something that nobody understood, on either side: neither blank nor equal.
    Unread,
}

/// Whether cells of a kind are read as more than text, so that one may not be understood; labels have a rule of their own.
pub(crate) const fn is_typed(kind: Kind) -> bool {
    matches!(kind, Kind::YesNo | Kind::Year | Kind::Count | Kind::Quantity | Kind::Amount | Kind::Date)
}

/// How far a field's values may lie apart, and what equals blank.
pub(crate) struct Yardstick<'s> {
    kind: Kind,
    absolute: f64,
    ratio: f64,
    blank_equals: Option<&'s str>,
}

impl<'s> Yardstick<'s> {
    /// The yardstick of a field.
    pub(crate) fn of(field: &Field, settings: &'s Settings) -> Self {
        let tolerances = &settings.tolerances;
        let (absolute, ratio) = match field.kind {
            Kind::Amount => (tolerances.amount_fen as f64, tolerances.amount_ratio),
            Kind::Quantity => (tolerances.quantity, 0.0),
            _ => (0.0, 0.0),
        };
        let ratio = tolerances.ratio_by_field.get(field.name).copied().unwrap_or(ratio);
        let vocabulary = match field.kind {
            Kind::Label(vocabulary) | Kind::Labels(vocabulary) => vocabulary,
            _ => field.name,
        };
        let blank = settings.blank_equals.get(field.name).or_else(|| settings.blank_equals.get(vocabulary));
        Self { kind: field.kind, absolute, ratio, blank_equals: blank.map(String::as_str) }
    }
    /// How two cells agree, national first.
    pub(crate) fn compare(&self, national: Cell<'_>, provincial: Cell<'_>) -> Agreement {
        match (national, provincial) {
            (Cell::Unknown, _) | (_, Cell::Unknown) => Agreement::Unread,
            (Cell::Blank, Cell::Blank) => Agreement::BothNull,
            (Cell::Blank, Cell::Known(value)) if self.equals_blank(value) => Agreement::Equal,
            (Cell::Known(value), Cell::Blank) if self.equals_blank(value) => Agreement::Equal,
            (Cell::Blank, Cell::Known(_)) => Agreement::NullNational,
            (Cell::Known(_), Cell::Blank) => Agreement::NullProvincial,
            (Cell::Known(a), Cell::Known(b)) if self.same(a, b) => Agreement::Equal,
            (Cell::Known(_), Cell::Known(_)) => Agreement::Differ,
        }
    }
    fn equals_blank(&self, value: Value<'_>) -> bool {
        match value {
            Value::Text(text) => self.blank_equals == Some(text),
            Value::Real(number) => self.blank_equals.and_then(|blank| blank.parse().ok()) == Some(number),
            Value::YesNo(_) | Value::Whole(_) => false,
        }
    }
    fn same(&self, a: Value<'_>, b: Value<'_>) -> bool {
        match (a, b) {
            (Value::Text(a), Value::Text(b)) => a == b || self.same_text(a, b),
            (Value::Whole(a), Value::Whole(b)) => self.near(a as f64, b as f64),
            (Value::Real(a), Value::Real(b)) => self.near(a, b),
            (a, b) => a == b,
        }
    }
    fn same_text(&self, a: &str, b: &str) -> bool {
        match self.kind {
            Kind::Place => place_key(a) == place_key(b),
            Kind::Labels(_) => same_set(a, b),
            Kind::Identifier => same_identifier(a, b),
            Kind::Name => same_name(a, b),
            _ => false,
        }
    }
    fn near(&self, a: f64, b: f64) -> bool {
        near(a, b, self.absolute, self.ratio)
    }
}

/// Whether two numbers lie within the absolute or the relative limit.
pub(crate) fn near(a: f64, b: f64, absolute: f64, ratio: f64) -> bool {
    (a - b).abs() <= absolute.max(ratio * a.abs().max(b.abs()))
}

/// Whether two names are one name otherwise written: width, dots, variants, and whatever else linking takes for the same.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    if name::key(a) == name::key(b) {
        return true;
    }
    let prepared = |name: &str| {
        let mut glyphs = Vec::new();
        chinese::prepare(name, &mut glyphs).then_some(glyphs)
    };
    match (prepared(a), prepared(b)) {
        (Some(a), Some(b)) => chinese::level(&a, &b) <= NameLevel::Folded,
        _ => false,
    }
}

/// Whether the readable characters of two names may be one name's.
pub(crate) fn may_be_same_name(a: &str, b: &str) -> bool {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let are_named = chinese::prepare(a, &mut left) & chinese::prepare(b, &mut right);
    are_named
        && matches!(chinese::level(&left, &right), level if level <= NameLevel::Wildcard || level == NameLevel::WildcardShort)
}

fn same_set(a: &str, b: &str) -> bool {
    let set = |labels: &str| labels.split(',').map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    set(a) == set(b)
}

/// Whether two folded identifiers name one person: certificates by their first 18 characters, 15-digit numbers by
/// the 17 digits that they stand for.
pub(crate) fn same_identifier(a: &str, b: &str) -> bool {
    if !a.is_ascii() || !b.is_ascii() {
        return a == b;
    }
    match (core(a), core(b)) {
        (Some(a), Some(b)) => a[..17] == b[..17] && (a.len() == 17 || b.len() == 17 || a == b),
        _ => a == b,
    }
}

/// The 18 characters of an identifier, or the 17 that a 15-digit one stands for.
fn core(id: &str) -> Option<String> {
    match id.len() {
        15 => Some(format!("{}19{}", &id[..6], &id[6..])),
        18 | 20 | 22 => Some(id[..18].to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::schema::field;

    fn check(name: &str, national: Option<Value<'_>>, provincial: Option<Value<'_>>, expected: Agreement) {
        let settings = Settings::default();
        let yardstick = Yardstick::of(field(name).unwrap(), &settings);
        let cell = |value: Option<_>| value.map_or(Cell::Blank, Cell::Known);
        assert_eq!(yardstick.compare(cell(national), cell(provincial)), expected, "{name} {national:?} {provincial:?}");
    }

    #[test]
    fn by_kind() {
        use Agreement::{BothNull, Differ, Equal, NullNational, NullProvincial};
        let text = |value| Some(Value::Text(value));
        let fen = |value| Some(Value::Whole(value));
        check("education", text("小学"), text("小学"), Equal);
        check("education", text("小学"), text("初中"), Differ);
        check("education", None, None, BothNull);
        check("education", None, text("初中"), NullNational);
        check("student", text("非在校生"), None, Equal);
        check("student", None, text("非在校生"), Equal);
        check("work_months", Some(Value::Real(0.0)), None, Equal);
        check("work_months", Some(Value::Real(3.0)), None, NullProvincial);
        check("housing_area", Some(Value::Real(0.0)), None, NullProvincial);
        check("student", text("小学"), None, NullProvincial);
        check("health", text("长期慢性病,残疾"), text("残疾,长期慢性病"), Equal);
        check("health", text("长期慢性病,残疾"), text("残疾"), Differ);
        check("income_per_capita", fen(400_000), fen(400_000), Equal);
        check("income_per_capita", fen(400_000), fen(400_001), Differ);
        check("exit_year", fen(2017), fen(2018), Differ);
        check("village", text("张庄村"), text("张庄"), Equal);
        check("household_phone", text("13800000000"), None, NullProvincial);
        check("helper_name", text("王 强"), text("王强"), Equal);
        check("dilapidated", Some(Value::YesNo(true)), Some(Value::YesNo(false)), Differ);
    }

    #[test]
    fn an_unknown_label_is_not_a_disagreement() {
        let settings = Settings::default();
        let yardstick = Yardstick::of(field("health").unwrap(), &settings);
        assert_eq!(yardstick.compare(Cell::Unknown, Cell::Known(Value::Text("健康"))), Agreement::Unread);
        assert_eq!(yardstick.compare(Cell::Unknown, Cell::Unknown), Agreement::Unread, "nor is it equal");
        assert_eq!(yardstick.compare(Cell::Blank, Cell::Unknown), Agreement::Unread, "nor blank");
    }

    #[test]
    fn identifiers_of_one_person() {
        let check = |a, b, same| assert_eq!(same_identifier(a, b), same, "{a} {b}");
        check("34212719700101123X", "34212719700101123X44", true);
        check("34212719700101123X", "34212719700101123X44B1", true);
        check("342127700101123", "34212719700101123X", true);
        check("342127700101123", "342127700101123", true);
        check("34212719700101123X", "342127197001011248", false);
        check("34212719700101123X", "342127197001011231", false);
        check("342127700101124", "34212719700101123X", false);
        check("34212719700101", "34212719700101123X", false);
    }
}
