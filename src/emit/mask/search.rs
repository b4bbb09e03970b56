//! What looks like somebody's, wherever it stands: identifiers, telephones, birth dates, names, words of illness.

use std::borrow::Cow;

use crate::normalise::text::is_null;
use crate::table::People;

/// Shortest and longest identifiers in use: 15 digits of the first generation, 22 of a disability certificate.
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 15..=22;
/// Fewer digits than this cannot give a person away, whatever surrounds them.
const MIN_ID_DIGITS: usize = 10;
/// Digits at the beginning that tell the county.
const COUNTY: usize = 6;

/// An identifier, damaged or not, with so many characters left. A second number beside it is masked like the first, and
/// what stands beside it in words is no more shown than a name would be (`names`).
pub(super) fn identifier_masked(value: &str, first: usize, last: usize, names: bool) -> Cow<'_, str> {
    if !value.chars().any(is_digit) {
        return if names { name_in_number(value) } else { Cow::Borrowed(value) };
    }
    if !value.chars().any(|c| is_ideograph(c) || matches!(c, '/' | '、' | '；' | ';' | '，' | ',' | '|')) {
        return number_masked(value, first, last);
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while !rest.is_empty() {
        let is_number = rest.starts_with(is_token_char);
        let end = if is_number { token_end(rest) } else { rest.find(is_token_char).unwrap_or(rest.len()) };
        let (part, after) = rest.split_at(end);
        match is_number {
            true if part.chars().any(is_digit) => out.push_str(&number_masked(part, first, last)),
            false if names && part.chars().any(is_ideograph) => out.push_str(&name_in_number(part)),
            _ => out.push_str(part),
        }
        rest = after;
    }
    Cow::Owned(out)
}

/// Whether there are digits enough to give somebody away.
pub(super) fn is_number(identifier: &str) -> bool {
    identifier.chars().filter(|c| is_digit(*c)).count() >= MIN_ID_DIGITS
}

/// One number; a short scientific notation tells no more than the county.
fn number_masked(number: &str, first: usize, last: usize) -> Cow<'_, str> {
    const EXPONENT: usize = 3;
    let digits = |text: &str| text.chars().filter(|c| is_digit(*c)).count();
    let parts = number.split_once(['E', 'e']).filter(|_| number.contains(['.', '+']));
    if parts.is_some_and(|(mantissa, exponent)| digits(mantissa) <= COUNTY && digits(exponent) <= EXPONENT) {
        return Cow::Borrowed(number);
    }
    let length = number.chars().count();
    let whole = length >= *ID_LENGTHS.start();
    let first = if whole { first } else { first.min(length.min(12) / 2) };
    Cow::Owned(starred(number, first, if whole { last } else { 0 }))
}

/// What stands in an identifier's place without a digit: a word for "none", or else possibly a name.
pub(super) fn name_in_number(value: &str) -> Cow<'_, str> {
    const NONE: [char; 10] = ['无', '未', '没', '不', '待', '空', '失', '丢', '补', '办'];
    if is_null(value) || value.contains(NONE) { Cow::Borrowed(value) } else { Cow::Owned(first_only(value)) }
}

/// The first character, when it is not a digit.
pub(super) fn first_only(name: &str) -> String {
    let surname = name.trim().chars().next().filter(|c| !is_digit(*c) && !c.is_ascii_alphanumeric());
    surname.map_or_else(|| "*".to_owned(), |surname| format!("{surname}*"))
}

/// A birth date without month and day, or without any digit; `None` where there is no digit to hide.
pub(super) fn birth_masked(value: &str, year: bool) -> Option<Cow<'static, str>> {
    if !value.chars().any(is_numeral) {
        return None;
    }
    let folded = folded(value);
    let has_year = ["19", "20"].iter().any(|century| folded.starts_with(century))
        && folded.chars().take(4).filter(char::is_ascii_digit).count() == 4;
    let keep = if year && has_year { 4 } else { 0 };
    let hide = |(ix, c): (usize, char)| if ix >= keep && is_numeral(c) { '*' } else { c };
    Some(Cow::Owned(value.chars().enumerate().map(hide).collect()))
}

/// The birth dates that an identifier tells, `yyyymmdd`.
pub(super) fn births_in(identifier: &str) -> Option<String> {
    let digits: String = folded(identifier).chars().filter(char::is_ascii_alphanumeric).collect();
    match digits.len() {
        15 => Some(format!("19{}", digits.get(6..12)?)),
        14.. => digits.get(6..14).map(str::to_owned),
        _ => None,
    }
    .filter(|date| is_date(date))
}

/// A text without these birth dates, in whatever form it writes them; the year may stay.
pub(super) fn births<'t>(text: Cow<'t, str>, births: &[String], year: bool) -> Cow<'t, str> {
    if births.is_empty() || text.chars().filter(|c| is_digit(*c)).count() < 6 {
        return text;
    }
    let chars: Vec<char> = text.chars().collect();
    let mut hidden = vec![false; chars.len()];
    for start in 0..chars.len() {
        if let Some(end) = date_at(&chars, start).filter(|(_, date)| births.contains(date)).map(|(end, _)| end) {
            let from = if year { start + 4 } else { start };
            (from..end).filter(|at| is_digit(chars[*at])).for_each(|at| hidden[at] = true);
        }
    }
    if !hidden.contains(&true) {
        return text;
    }
    Cow::Owned(chars.into_iter().zip(hidden).map(|(c, hidden)| if hidden { '*' } else { c }).collect())
}

/// The date that begins there (`19700101`, `1970-1-1`, `1970年1月1日`): where it ends, and the same as `yyyymmdd`.
fn date_at(chars: &[char], start: usize) -> Option<(usize, String)> {
    let digit = |at: usize| chars.get(at).copied().filter(|c| is_digit(*c)).map(folded_char);
    let run = |from: usize, most: usize| (from..from + most).take_while(|at| digit(*at).is_some()).count();
    let text = |from: usize, length: usize| (from..from + length).filter_map(digit).collect::<String>();
    if run(start, 4) < 4 {
        return None;
    }
    if run(start, 8) == 8 {
        return Some((start + 8, text(start, 8)));
    }
    let separator =
        |at: usize| chars.get(at).is_some_and(|c| matches!(c, '-' | '.' | '/' | '年' | '月' | ' ' | '．' | '－'));
    let mut at = start + 4;
    let mut date = text(start, 4);
    for _ in 0..2 {
        at += usize::from(separator(at));
        let length = run(at, 2);
        if length == 0 {
            return None;
        }
        date.push_str(&format!("{:0>2}", text(at, length)));
        at += length;
    }
    Some((at, date))
}

/// A text without identifiers and telephones; `is_key` when it is a household's or person's own number, which may be
/// long without being an identifier.
pub(super) fn numbers(text: &str, is_key: bool, ends: (usize, usize), phone: usize) -> Cow<'_, str> {
    if text.chars().filter(|c| is_digit(*c)).count() < MIN_ID_DIGITS {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_token_char) {
        let (before, from) = rest.split_at(start);
        let (token, after) = from.split_at(token_end(from));
        out.push_str(before);
        if is_mobile(token) || !is_key && is_landline(token) {
            out.push_str(&starred(token, phone, 4));
        } else if is_identifier(token) || looks_long(token) && (!is_key || holds_identifier(token)) {
            out.push_str(&number_masked(token, ends.0, ends.1));
        } else {
            out.push_str(token);
        }
        rest = after;
    }
    out.push_str(rest);
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Words that tell of somebody's illness or disability, longest first.
const ILLNESS: [&str; 36] = [
    "长期慢性病",
    "患有大病",
    "慢性病",
    "精神病",
    "大病",
    "重病",
    "慢病",
    "患病",
    "疾病",
    "病种",
    "残疾",
    "因病",
    "因残",
    "患有",
    "伤残",
    "智障",
    "致残",
    "肢残",
    "生病",
    "病残",
    "重残",
    "残联",
    "持证残",
    "肢体",
    "视力",
    "听力",
    "言语",
    "智力",
    "精神类",
    "精神二级",
    "多重残",
    "丧失劳动力",
    "无劳动力",
    "弱劳动力",
    "失能",
    "护理补贴",
];
/// What is said of everybody, whatever their health.
const HARMLESS: [&str; 3] = ["大病保险", "大病医疗保险", "残疾证20或22位"];

/// A text without words of illness.
pub(super) fn health_masked(text: Cow<'_, str>) -> Cow<'_, str> {
    if !ILLNESS.iter().any(|word| text.contains(word)) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(c) = rest.chars().next() {
        // The grade behind a masked kind tells as much.
        let is_grade = matches!(c, '1'..='4' | '一' | '二' | '三' | '四') && rest[c.len_utf8()..].starts_with('级');
        if is_grade && out.ends_with('*') {
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let begins = |words: &[&'static str]| words.iter().copied().find(|word| rest.starts_with(word));
        let (shown, taken) = match (begins(&HARMLESS), begins(&ILLNESS)) {
            (Some(word), _) => (word, word.len()),
            (None, Some(word)) => ("*", word.len()),
            (None, None) => (&rest[..c.len_utf8()], c.len_utf8()),
        };
        out.push_str(shown);
        rest = &rest[taken..];
    }
    Cow::Owned(out)
}

/// A text with every name of these people masked.
pub(super) fn names_masked<'t>(text: Cow<'t, str>, people: &People) -> Cow<'t, str> {
    let found = people.find_in(&text);
    if found.is_empty() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for name in found {
        out.push_str(&text[at..name.start]);
        out.push_str(&first_only(&text[name.clone()]));
        at = name.end;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// `value` with stars for all but its first and last characters.
pub(super) fn starred(value: &str, first: usize, last: usize) -> String {
    let length = value.chars().count();
    let keep = |ix: usize| ix < first || ix + last >= length;
    value.chars().enumerate().map(|(ix, c)| if keep(ix) { c } else { '*' }).collect()
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

pub(super) fn is_digit(c: char) -> bool {
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
        if is_identifier(&joined) || is_mobile(&joined) || is_landline(&text[..end]) {
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

/// A mobile telephone, with or without the country's code, in one run or in groups.
fn is_mobile(token: &str) -> bool {
    let digits = digits_of_phone(token);
    let own = digits.strip_prefix("86").filter(|own| own.len() == 11).unwrap_or(&digits);
    own.len() == 11 && own.starts_with('1')
}

/// `0564-3312345`.
fn is_landline(token: &str) -> bool {
    let digits = digits_of_phone(token);
    let area = folded(token).split(is_separator).next().map_or(0, str::len);
    (3..=4).contains(&area) && (10..=12).contains(&digits.len()) && digits.starts_with('0')
}

/// The digits of a token that holds nothing else but what stands between groups; empty otherwise.
fn digits_of_phone(token: &str) -> String {
    let folded = folded(token);
    let is_other = |c: char| !c.is_ascii_digit() && c != '+' && !is_separator(c);
    if folded.contains(is_other) { String::new() } else { folded.chars().filter(char::is_ascii_digit).collect() }
}

/// A damaged number with the digits that its letters stand for.
fn plain(token: &str) -> String {
    let digit = |c: char| match c {
        'O' | 'o' | 'D' | 'Q' => '0',
        'l' | 'I' | 'i' => '1',
        'Z' | 'z' => '2',
        'S' | 's' => '5',
        'B' => '8',
        c => c,
    };
    folded(token).chars().map(digit).collect()
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

/// Whether an identifier stands between letters that make the token longer than one.
fn holds_identifier(token: &str) -> bool {
    let plain = plain(token);
    let chars: Vec<char> = plain.chars().collect();
    let is_damaged = !token.chars().all(is_digit) || is_identifier(&plain);
    is_damaged && chars.windows(18.min(chars.len())).any(|window| is_identifier(&window.iter().collect::<String>()))
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
    token.chars().map(folded_char).collect()
}

fn folded_char(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// Digits, Chinese ones included.
fn is_numeral(c: char) -> bool {
    is_digit(c) || "〇零一二三四五六七八九十".contains(c)
}
