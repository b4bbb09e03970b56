//! Masking, in one place: how much of an identifier, a telephone number or a name a reader gets to see.
//!
//! Every writer that hands personal data to people passes each cell through a [`Mask`]; none masks by itself.
//!
//! | | internal | supervisor | public |
//! |---|---|---|---|
//! | 证件号码 | as exported | `342401********1237` | `**************1237` |
//! | 电话 | as exported | `138****5678` | `*******5678` |
//! | 姓名 | as exported | as exported | `张*` |
//! | 健康状况 | as exported | as exported | `*` |
//!
//! Sentences ([`Mask::text`]) are searched for what looks like an identifier, split by blanks or in scientific notation
//! included. Invariant, held by a property test: under `Supervisor` and `Public` no text still contains a whole
//! identifier. First 6 + last 4 is the usual practice, and weak inside one county: it keeps honest people honest.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::table::{Kind, schema};

/// Shortest and longest identifiers in use: 15 digits of the first generation, 22 of a disability certificate.
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 15..=22;
/// Fewer digits than this cannot give a person away, whatever surrounds them.
const MIN_ID_DIGITS: usize = 10;

/// How identifiers and telephones are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// As exported: for a file handed to a named person who must type the correction.
    Internal,
    /// `342401********1237`, `138****5678`.
    #[default]
    Supervisor,
    /// Last four digits at most, names `张*`.
    Public,
}

impl Mask {
    /// What staff call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Internal => "内部使用（不脱敏）",
            Self::Supervisor => "脱敏（前 6 后 4）",
            Self::Public => "公示（仅后 4 位）",
        }
    }

    /// An identifier, damaged or not. Words without digits (`无`, `未办理`) stay.
    pub fn identifier(self, value: &str) -> Cow<'_, str> {
        if self == Self::Internal || !value.chars().any(is_digit) {
            return Cow::Borrowed(value);
        }
        let length = value.chars().count();
        let whole = length >= *ID_LENGTHS.start();
        let first = match self {
            Self::Public => 0,
            _ if whole => 6,
            _ => length.min(12) / 2,
        };
        Cow::Owned(starred(value, first, if whole { 4 } else { 0 }))
    }

    /// A telephone number.
    pub fn phone(self, value: &str) -> Cow<'_, str> {
        let first = match self {
            Self::Internal => return Cow::Borrowed(value),
            Self::Supervisor => 3,
            Self::Public => 0,
        };
        if value.chars().filter(|c| is_digit(*c)).count() < 7 {
            return Cow::Borrowed(value);
        }
        let long = value.chars().count() >= 11;
        Cow::Owned(starred(value, if long { first } else { 0 }, 4))
    }

    /// A person's name.
    pub fn name(self, value: &str) -> Cow<'_, str> {
        match (self, value.chars().next()) {
            (Self::Public, Some(surname)) => Cow::Owned(format!("{surname}*")),
            _ => Cow::Borrowed(value),
        }
    }

    /// A value of `field` as printed; of no known field, it is masked as a sentence.
    pub fn value<'a>(self, field: Option<&str>, value: &'a str) -> Cow<'a, str> {
        match field.and_then(schema::field) {
            Some(field) if field.kind == Kind::Identifier => self.identifier(value),
            Some(field) if field.kind == Kind::Phone => self.phone(value),
            Some(field) if field.kind == Kind::Name => self.name(value),
            Some(field) if field.kind == Kind::Key && !is_identifier(value) => Cow::Borrowed(value),
            Some(field) if field.name == "health" && self == Self::Public => Cow::Borrowed("*"),
            _ => self.text(value, &[], &[]),
        }
    }

    /// A sentence. `keys` are numbers that may stay (the household's own, unless they are identifiers); `names` are
    /// the persons it may mention.
    pub fn text<'a>(self, text: &'a str, keys: &[&str], names: &[&str]) -> Cow<'a, str> {
        if self == Self::Internal {
            return Cow::Borrowed(text);
        }
        let masked = self.numbers(text, keys);
        match self {
            Self::Public if names.iter().any(|name| !name.is_empty() && masked.contains(name)) => {
                Cow::Owned(self.names(masked.into_owned(), names))
            }
            _ => masked,
        }
    }

    fn names(self, text: String, names: &[&str]) -> String {
        let named = names.iter().filter(|name| !name.is_empty());
        named.fold(text, |text, name| text.replace(name, &self.name(name)))
    }

    fn numbers<'a>(self, text: &'a str, keys: &[&str]) -> Cow<'a, str> {
        if text.chars().filter(|c| is_digit(*c)).count() < MIN_ID_DIGITS {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_token_char) {
            let (before, from) = rest.split_at(start);
            let (token, after) = from.split_at(token_end(from));
            out.push_str(before);
            out.push_str(&self.token(token, keys));
            rest = after;
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    fn token<'a>(self, token: &'a str, keys: &[&str]) -> Cow<'a, str> {
        if is_phone(token) {
            self.phone(token)
        } else if looks_long(token) && (is_identifier(token) || !keys.contains(&token)) {
            self.identifier(token)
        } else {
            Cow::Borrowed(token)
        }
    }
}

/// `value` with stars for all but its first and last characters.
fn starred(value: &str, first: usize, last: usize) -> String {
    let length = value.chars().count();
    let keep = |ix: usize| ix < first || ix + last >= length;
    value.chars().enumerate().map(|(ix, c)| if keep(ix) { c } else { '*' }).collect()
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

/// Letters too: `O` for 0, `l` for 1, the `E` and dot of scientific notation, a final `X` in any width.
fn is_token_char(c: char) -> bool {
    is_digit(c) || c.is_ascii_alphabetic() || matches!(c, '.' | '+' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ')
}

/// The end of the token that opens `text`: one run, or several runs with single separators when they together spell an
/// identifier (`342401 19800101 1237`).
fn token_end(text: &str) -> usize {
    let run = run_end(text);
    let mut end = run;
    let mut joined = text[..run].to_owned();
    while let Some(separator) = text[end..].chars().next().filter(|c| is_separator(*c)) {
        let next = end + separator.len_utf8();
        let stop = next + run_end(&text[next..]);
        if stop == next || joined.chars().count() > *ID_LENGTHS.end() {
            break;
        }
        joined.push_str(&text[next..stop]);
        end = stop;
        if is_identifier(&joined) {
            return end;
        }
    }
    run
}

fn run_end(text: &str) -> usize {
    text.find(|c| !is_token_char(c)).unwrap_or(text.len())
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{3000}' | '-' | '\t' | '\'')
}

fn looks_long(token: &str) -> bool {
    token.chars().count() >= *ID_LENGTHS.start() && token.chars().filter(|c| is_digit(*c)).count() >= MIN_ID_DIGITS
}

fn is_phone(token: &str) -> bool {
    let digits = folded(token);
    digits.len() == 11 && digits.starts_with('1') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a token has an identifier's length and a birth date where an identifier has one.
fn is_identifier(token: &str) -> bool {
    let folded = folded(token);
    let date = match folded.len() {
        15 => folded.get(6..12).map(|date| format!("19{date}")),
        16..=22 => folded.get(6..14).map(str::to_owned),
        _ => None,
    };
    date.is_some_and(|date| is_date(&date))
}

fn is_date(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    let (year, month, day) = (number(0..4), number(4..6), number(6..8));
    year.is_some_and(|year| (1900..2100).contains(&year))
        && month.is_some_and(|month| (1..=12).contains(&month))
        && day.is_some_and(|day| (1..=31).contains(&day))
}

/// Full-width digits and letters as ASCII.
fn folded(token: &str) -> String {
    let fold = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    token.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(mask: Mask, text: &str, expected: &str) {
        assert_eq!(mask.text(text, &["5700000123456789"], &["张三"]), expected);
    }

    #[test]
    fn identifiers_keep_six_and_four() {
        assert_eq!(Mask::Supervisor.identifier("342401198001011237"), "342401********1237");
        assert_eq!(Mask::Public.identifier("342401198001011237"), "**************1237");
        assert_eq!(Mask::Internal.identifier("342401198001011237"), "342401198001011237");
        assert_eq!(Mask::Supervisor.identifier("无"), "无");
        assert_eq!(Mask::Supervisor.identifier("34240119"), "3424****");
    }

    #[test]
    fn sentences_lose_identifiers_and_phones_but_not_years_and_household_numbers() {
        check(Mask::Supervisor, "证件号码 342401198001011237 有误", "证件号码 342401********1237 有误");
        check(Mask::Supervisor, "应为34240119800101123Ｘ。", "应为342401********123Ｘ。");
        check(Mask::Supervisor, "342401 19800101 1237", "342401**********1237");
        check(Mask::Supervisor, "电话13812345678不一致", "电话138****5678不一致");
        check(Mask::Supervisor, "户 5700000123456789 在 2018 年", "户 5700000123456789 在 2018 年");
        check(Mask::Supervisor, "2016-12-31 至 2018-12-31", "2016-12-31 至 2018-12-31");
        check(Mask::Supervisor, "3.42401198001E+17", "3.4240*******E+17");
        check(Mask::Public, "张三的电话13812345678", "张*的电话*******5678");
    }

    #[test]
    fn a_key_that_is_an_identifier_is_masked_all_the_same() {
        let text = Mask::Supervisor.text("人编号 342401198001011237", &["342401198001011237"], &[]);
        assert_eq!(text, "人编号 342401********1237");
    }

    #[test]
    fn fields_are_masked_by_kind() {
        assert_eq!(Mask::Supervisor.value(Some("id_no"), "342401800101123"), "342401*****1123");
        assert_eq!(Mask::Supervisor.value(Some("member_phone"), "13812345678"), "138****5678");
        assert_eq!(Mask::Supervisor.value(Some("household_no"), "5700000123456789"), "5700000123456789");
        assert_eq!(Mask::Public.value(Some("name"), "张三"), "张*");
        assert_eq!(Mask::Public.value(Some("health"), "患有大病"), "*");
    }

    proptest! {
        #[test]
        fn no_whole_identifier_leaks(
            before in "[^0-9]{0,8}", area in "34[0-9]{4}", year in 1900_u32..2020, month in 1_u32..13, day in 1_u32..29,
            order in "[0-9]{3}[0-9X]", after in "[^0-9]{0,8}", public in any::<bool>(),
        ) {
            let id = format!("{area}{year}{month:02}{day:02}{order}");
            let mask = if public { Mask::Public } else { Mask::Supervisor };
            let text = format!("{before}{id}{after}");
            let shown = mask.text(&text, &[&id], &[]);
            prop_assert!(!shown.contains(&id[..14]), "{shown}");
            prop_assert!(!shown.contains(&id[6..]), "{shown}");
            prop_assert!(!mask.identifier(&id).contains(&id[6..14]));
        }

        #[test]
        fn ordinary_text_is_untouched(text in "[\u{4e00}-\u{9fa5}，。0-9]{0,9}") {
            prop_assert_eq!(Mask::Supervisor.text(&text, &[], &[]), text.as_str());
        }
    }
}
