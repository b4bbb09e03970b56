//! Sentences that know which of their words are somebody's: fixed words of the program around typed values.
//!
//! ```text
//! words!("{}户主由“{}”改为“{}”", side.title(), Sort::Name.of(wrong), Sort::Name.of(right))
//!         fixed    fixed  value                fixed         value
//! ```
//!
//! A template is a literal, and a fixed word is `&'static str`: text that came out of an export can only become part of
//! a sentence as a value of a [`Sort`], so that whoever shows the sentence to people can mask each value by what it is.
//! That is why [`Words`] is neither `Display` nor a `str`: [`Words::plain`] is for tables that hold everything, and
//! everything for people goes through [`Words::shown`].

use std::borrow::Cow;
use std::fmt::Display;

use super::schema::{Field, Kind};

/// What a value inside a sentence is: decides how much of it a reader gets to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A person's name.
    Name,
    /// A certificate's number, damaged or not.
    Identifier,
    /// A telephone number.
    Phone,
    /// A birth date.
    Birth,
    /// Any other date.
    Date,
    /// Illness and disability.
    Health,
    /// A township, village or hamlet.
    Place,
    /// An option, as printed.
    Label,
    /// A benefit's item.
    Item,
    /// Money.
    Amount,
    /// A count, year, size, or yes and no.
    Number,
    /// The number of a household or a person.
    Key,
    /// Whatever somebody typed.
    Text,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Name,
        Self::Identifier,
        Self::Phone,
        Self::Birth,
        Self::Date,
        Self::Health,
        Self::Place,
        Self::Label,
        Self::Item,
        Self::Amount,
        Self::Number,
        Self::Key,
        Self::Text,
    ];
    /// What the values of a field are.
    pub fn of_field(field: &Field) -> Self {
        match (field.name, field.kind) {
            ("birth_date", _) => Self::Birth,
            ("health" | "absence_reason", _) => Self::Health,
            ("item", _) => Self::Item,
            (_, Kind::Name) => Self::Name,
            (_, Kind::Identifier) => Self::Identifier,
            (_, Kind::Phone) => Self::Phone,
            (_, Kind::Date) => Self::Date,
            (_, Kind::Place) => Self::Place,
            (_, Kind::Label(_) | Kind::Labels(_)) => Self::Label,
            (_, Kind::Amount) => Self::Amount,
            (_, Kind::YesNo | Kind::Year | Kind::Count | Kind::Quantity) => Self::Number,
            (_, Kind::Key) => Self::Key,
            (_, Kind::Text) => Self::Text,
        }
    }
    /// What the values of the field or derived column of that name are.
    pub fn of_column(name: &str) -> Self {
        let name = name.trim_start_matches("prev2_").trim_start_matches("prev_");
        match super::schema::field(name) {
            Some(field) => Self::of_field(field),
            None if name.starts_with("recorded_") => Self::Item,
            None if name == "born_on" => Self::Birth,
            None => Self::Number,
        }
    }
    /// A value of this sort.
    pub fn of<'a>(self, text: impl Into<Cow<'a, str>>) -> Value<'a> {
        Value::Of(self, text.into())
    }
    /// A value of this sort; 空 where there is none.
    pub fn or_blank(self, text: Option<&str>) -> Value<'_> {
        text.map_or(Value::Fixed("空"), |text| self.of(text))
    }
}

/// What fills a hole of a template.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// Words of this program.
    Fixed(&'static str),
    /// Words of a configuration file: titles of rules, rolls, departments and items of the catalogue.
    Configured(&'a str),
    /// A value of an export.
    Of(Sort, Cow<'a, str>),
    /// A sentence, or part of one.
    Words(Cow<'a, Words>),
}

impl From<&'static str> for Value<'_> {
    fn from(text: &'static str) -> Self {
        Self::Fixed(text)
    }
}

impl<'a> From<&'a Words> for Value<'a> {
    fn from(words: &'a Words) -> Self {
        Self::Words(Cow::Borrowed(words))
    }
}

impl From<Words> for Value<'_> {
    fn from(words: Words) -> Self {
        Self::Words(Cow::Owned(words))
    }
}

impl<'a> From<&Self> for Value<'a> {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

/// Numbers that the program counted.
macro_rules! counted {
    ($($number:ty),*) => {$(
        impl From<$number> for Value<'_> {
            fn from(number: $number) -> Self {
                Self::Of(Sort::Number, number.to_string().into())
            }
        }
    )*};
}
counted!(i32, i64, u32, u64, usize);

/// A sentence: its text, and where in it values stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Words {
    text: String,
    /// Start and end in bytes, in order and disjoint.
    values: Vec<(u32, u32, Sort)>,
}

impl Words {
    /// A template with its holes filled; made by [`words!`](crate::words), which counts the holes.
    pub fn fill(template: &'static str, values: &[Value<'_>]) -> Self {
        let mut words = Self::default();
        let mut parts = template.split("{}");
        words.text.push_str(parts.next().unwrap_or_default());
        for (value, after) in values.iter().zip(parts) {
            words.add(value);
            words.text.push_str(after);
        }
        words
    }
    /// A template of a rule file: `{name}` is filled by `value`.
    pub fn configured<'v>(template: &str, mut value: impl FnMut(&str) -> Value<'v>) -> Self {
        let mut words = Self::default();
        let mut rest = template;
        while let Some((before, name, after)) = next_hole(rest) {
            words.text.push_str(before);
            words.add(&value(name));
            rest = after;
        }
        words.text.push_str(rest);
        words
    }
    /// Values with a separator between them.
    pub fn join<'v>(values: impl IntoIterator<Item = impl Into<Value<'v>>>, separator: &'static str) -> Self {
        let mut words = Self::default();
        for (ix, value) in values.into_iter().enumerate() {
            words.text.push_str(if ix > 0 { separator } else { "" });
            words.add(&value.into());
        }
        words
    }
    /// Appends a value.
    pub fn add(&mut self, value: &Value<'_>) {
        match value {
            Value::Fixed(text) => self.text.push_str(text),
            Value::Configured(text) => self.text.push_str(text),
            Value::Of(sort, text) => {
                let start = self.text.len() as u32;
                self.text.push_str(text);
                self.values.push((start, self.text.len() as u32, *sort));
            }
            Value::Words(words) => {
                let start = self.text.len() as u32;
                self.text.push_str(&words.text);
                self.values.extend(words.values.iter().map(|(from, to, sort)| (from + start, to + start, *sort)));
            }
        }
    }
    /// The whole text, nothing masked: for tables that stay inside the office, for identities and for tests.
    pub fn plain(&self) -> &str {
        &self.text
    }
    /// The text with every value as `show` gives it.
    pub fn shown<'a>(&'a self, mut show: impl FnMut(Sort, &'a str) -> Cow<'a, str>) -> Cow<'a, str> {
        if let [(0, end, sort)] = self.values[..]
            && end as usize == self.text.len()
        {
            return show(sort, &self.text);
        }
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for (start, end, sort) in &self.values {
            let (start, end) = (*start as usize, *end as usize);
            out.push_str(&self.text[at..start]);
            out.push_str(&show(*sort, &self.text[start..end]));
            at = end;
        }
        out.push_str(&self.text[at..]);
        if out == self.text { Cow::Borrowed(&self.text) } else { Cow::Owned(out) }
    }
}

impl<'a> From<Value<'a>> for Words {
    fn from(value: Value<'a>) -> Self {
        let mut words = Self::default();
        words.add(&value);
        words
    }
}

impl From<&'static str> for Words {
    fn from(text: &'static str) -> Self {
        Value::Fixed(text).into()
    }
}

/// How many holes a template has.
pub const fn holes(template: &str) -> usize {
    let bytes = template.as_bytes();
    let (mut at, mut holes) = (0, 0);
    while at + 1 < bytes.len() {
        if bytes[at] == b'{' && bytes[at + 1] == b'}' {
            holes += 1;
        }
        at += 1;
    }
    holes
}

/// What stands before the next `{name}`, the name, and what follows.
fn next_hole(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// A sum, year or other number in words that the program made: `1200`, `0.50`.
pub fn number(number: impl Display) -> Value<'static> {
    Value::Of(Sort::Number, number.to_string().into())
}

/// A sentence from a literal with `{}` for each value: `words!("{}有{}人", side.title(), 3)`.
///
/// A value is a `&'static str`, a number, a [`Value`], or other [`Words`]; one too few or too many does not compile.
#[macro_export]
macro_rules! words {
    ($template:literal $(, $value:expr)* $(,)?) => {{
        const HOLES: usize = $crate::table::words::holes($template);
        let values: [$crate::table::words::Value<'_>; HOLES] = [$($crate::table::words::Value::from($value)),*];
        $crate::table::Words::fill($template, &values)
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_again_wherever_they_stand() {
        let item = words!("{}年『{}』", 2018, Sort::Item.of("低保"));
        let words = words!("{}：“{}”有{}。{}", "国办系统", Sort::Name.of("甲"), &item, Sort::Name.or_blank(None));
        assert_eq!(words.plain(), "国办系统：“甲”有2018年『低保』。空");
        let shown = words.shown(|sort, text| format!("<{sort:?} {text}>").into());
        assert_eq!(shown, "国办系统：“<Name 甲>”有<Number 2018>年『<Item 低保>』。空");
        assert!(matches!(words.shown(|_, text| text.into()), Cow::Borrowed(_)));
    }

    #[test]
    fn templates_of_rule_files() {
        let words = Words::configured("共{n}人，{x}", |name| if name == "n" { 3.into() } else { Sort::Text.of("{n}") });
        assert_eq!(words.plain(), "共3人，{n}", "a value is never read as a template");
        assert_eq!(words.shown(|sort, _| format!("{sort:?}").into()), "共Number人，Text");
    }

    #[test]
    fn lists() {
        let words = Words::join(["甲", "乙"].map(|name| Sort::Name.of(name)), "、");
        assert_eq!(words.shown(|_, _| "*".into()), "*、*");
        assert_eq!(Words::from(Sort::Name.of("甲")).shown(|_, _| "*".into()), "*");
        assert_eq!(Words::from("甲").shown(|_, _| "*".into()), "甲", "words of the program are not masked");
    }
}
