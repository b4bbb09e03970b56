//! What a column may be that no field claims: every unclaimed header is tried as every field without a column, and the program's own
//! readers tell how many of its cells they understand.
//!
//! Numbers that prove themselves, labels of one vocabulary, dates and telephones tell what they are by themselves. Names, keys, plain
//! numbers and yes or no only count beside a header that is like the field's own.

use std::path::Path;

use polars::prelude::*;

use crate::error::Result;
use crate::ingest::{self, Binding};
use crate::normalise::{self, identity};
use crate::pipeline::{Plan, Profile};
use crate::table::schema::text_column;
use crate::table::{Kind, Supplier, schema};

/// A larger file is not read again and again.
const LARGEST_BYTES: u64 = 20 << 20;
/// Fewer filled cells tell nothing.
const FEWEST_CELLS: usize = 5;
/// Of the filled cells so many must be understood.
const UNDERSTOOD: f64 = 0.8;
/// How like a header must be to a field's where the cells could be many things.
const ALIKE: f64 = 0.6;
/// What the cells weigh where they tell what they are; the header weighs the rest.
const CELLS: f64 = 0.7;

/// A column and the field that it may be.
#[derive(Debug, Clone)]
pub(super) struct Proposal {
    /// The column's place among the unclaimed headers.
    pub(super) header: usize,
    pub(super) field: String,
    /// Cells that can be read as the field, of so many filled ones.
    pub(super) understood: usize,
    pub(super) filled: usize,
    score: f64,
}

/// The likeliest field of each unclaimed header, as far as there is one; no field twice.
///
/// # Errors
/// A part that is not what `normalise` promises.
pub(super) fn proposals(path: &Path, plan: &Plan, profile: &Profile, headers: &[String]) -> Result<Vec<Proposal>> {
    let is_large = std::fs::metadata(path).is_ok_and(|file| file.len() > LARGEST_BYTES);
    let free = unclaimed_fields(profile, path, plan)?;
    if is_large || headers.is_empty() || free.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for trial in trials(headers.len(), free.len()) {
        let tried: Vec<(usize, &str)> =
            trial.into_iter().map(|(header, field)| (header, free[field].as_str())).collect();
        all.extend(attempt(path, plan, profile, headers, &tried)?);
    }
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| (a.header, &a.field).cmp(&(b.header, &b.field))));
    let mut best: Vec<Proposal> = Vec::new();
    for proposal in all {
        if best.iter().all(|other| other.header != proposal.header && other.field != proposal.field) {
            best.push(proposal);
        }
    }
    best.sort_by_key(|proposal| proposal.header);
    Ok(best)
}

/// Fields of the profile that no column of the file is.
fn unclaimed_fields(profile: &Profile, path: &Path, plan: &Plan) -> Result<Vec<String>> {
    let inspection =
        ingest::inspect(path, &path.display().to_string(), std::slice::from_ref(&profile.binding), &plan.limits)?;
    let recognitions = inspection.sheets.into_iter().flat_map(|sheet| sheet.recognitions);
    let most = recognitions.max_by_key(|recognition| recognition.recognised.len());
    Ok(most.map(|recognition| recognition.missing).unwrap_or_default())
}

/// Every header beside every field, as many at once as there are fields: (header, field).
fn trials(headers: usize, fields: usize) -> impl Iterator<Item = Vec<(usize, usize)>> {
    let portions = (0..headers).step_by(fields);
    portions.flat_map(move |first| {
        let portion = first..headers.min(first + fields);
        (0..fields).map(move |turn| portion.clone().map(|header| (header, (header - first + turn) % fields)).collect())
    })
}

/// Reads the file with these headers as these fields.
fn attempt(
    path: &Path,
    plan: &Plan,
    profile: &Profile,
    headers: &[String],
    tried: &[(usize, &str)],
) -> Result<Vec<Proposal>> {
    let binding = with_headers(&profile.binding, headers, tried);
    let Ok(inspection) = ingest::inspect(path, &path.display().to_string(), &[binding], &plan.limits) else {
        return Ok(Vec::new());
    };
    let supplier = profile.side.map_or(Supplier::Department, Supplier::System);
    let mut counts = vec![(0, 0); tried.len()];
    for sheet in inspection.ingested.sheets {
        let part = normalise::normalise(sheet, supplier, profile.shape, None, &plan.normalise)?;
        for ((understood, filled), (_, field)) in counts.iter_mut().zip(tried) {
            let (of_part, filled_of_part) = cells(&part.frame, field)?;
            (*understood, *filled) = (*understood + of_part, *filled + filled_of_part);
        }
    }
    let judged = tried.iter().zip(counts).filter_map(|(&(header, field), (understood, filled))| {
        let spellings = profile.binding.fields.iter().find(|known| known.field == field)?.headers.as_slice();
        let score = score(field, likeness(&headers[header], field, spellings), understood, filled)?;
        Some(Proposal { header, field: field.to_owned(), understood, filled, score })
    });
    Ok(judged.collect())
}

fn with_headers(binding: &Binding, headers: &[String], tried: &[(usize, &str)]) -> Binding {
    let mut binding = binding.clone();
    for field in &mut binding.fields {
        let more = tried.iter().filter(|(_, name)| field.field == *name).map(|(header, _)| headers[*header].clone());
        field.headers.extend(more);
    }
    binding
}

/// Cells of a field that can be read as it, and those that are filled.
fn cells(frame: &DataFrame, field: &str) -> Result<(usize, usize)> {
    let Ok(text) = frame.column(&text_column(field)) else { return Ok((0, 0)) };
    let text = text.str()?;
    let is_filled = |row: usize| text.get(row).is_some_and(|text| !text.trim().is_empty());
    let Ok(read) = frame.column(field) else { return Ok((0, 0)) };
    let nulls = read.is_null();
    let is_read = |row: usize| match schema::field(field).map(|field| field.kind) {
        Some(Kind::Name) => text.get(row).is_some_and(is_name),
        Some(Kind::Identifier) => text.get(row).is_some_and(|text| identity::parse(text).id18.is_some()),
        Some(Kind::Phone) => text.get(row).is_some_and(is_telephone),
        _ => nulls.get(row) == Some(false),
    };
    let filled = (0..frame.height()).filter(|row| is_filled(*row));
    Ok(filled.fold((0, 0), |(read, filled), row| (read + usize::from(is_read(row)), filled + 1)))
}

/// Two to four Chinese characters.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    (2..=4).contains(&text.chars().count()) && text.chars().all(|c| ('\u{3400}'..='\u{9fff}').contains(&c))
}

/// Digits of a mobile telephone, or of a landline with its area.
fn is_telephone(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    matches!((digits.len(), digits.as_bytes().first()), (11, Some(b'1')) | (10..=12, Some(b'0')))
}

/// How likely a column is the field, 0 to 1; nothing where it is not likely at all.
fn score(field: &str, likeness: f64, understood: usize, filled: usize) -> Option<f64> {
    let share = understood as f64 / filled.max(1) as f64;
    if filled < FEWEST_CELLS || share < UNDERSTOOD {
        return None;
    }
    let tells = matches!(
        schema::field(field)?.kind,
        Kind::Identifier | Kind::Label(_) | Kind::Labels(_) | Kind::Date | Kind::Phone
    );
    match tells {
        true => Some(CELLS * share + (1.0 - CELLS) * likeness),
        false => (likeness >= ALIKE).then_some(likeness * share),
    }
}

/// How like a header is to the field's title or one of its headers, 0 to 1: shared characters, in any order.
fn likeness(header: &str, field: &str, spellings: &[String]) -> f64 {
    let title = schema::field(field).map_or(field, |field| field.title);
    let known = spellings.iter().map(String::as_str).chain([title]);
    known.map(|known| alike(&characters(header), &characters(known))).fold(0.0, f64::max)
}

fn characters(text: &str) -> Vec<char> {
    let mut characters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    characters.sort_unstable();
    characters
}

/// Dice's coefficient of two sorted bags.
fn alike(a: &[char], b: &[char]) -> f64 {
    let (mut at, mut common) = (0, 0);
    for character in a {
        while b.get(at).is_some_and(|other| other < character) {
            at += 1;
        }
        if b.get(at) == Some(character) {
            (at, common) = (at + 1, common + 1);
        }
    }
    2.0 * f64::from(common) / (a.len() + b.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_is_tried_as_every_field_once() {
        for (headers, fields) in [(1, 1), (3, 2), (2, 5), (7, 3)] {
            let mut pairs: Vec<(usize, usize)> = Vec::new();
            for trial in trials(headers, fields) {
                let mut used: Vec<usize> = trial.iter().map(|(_, field)| *field).collect();
                used.sort_unstable();
                used.dedup();
                assert_eq!(used.len(), trial.len(), "a field is one column in a trial");
                pairs.extend(trial);
            }
            pairs.sort_unstable();
            let all: Vec<_> = (0..headers).flat_map(|header| (0..fields).map(move |field| (header, field))).collect();
            assert_eq!(pairs, all);
        }
    }

    #[test]
    fn cells_that_prove_themselves_need_no_header() {
        assert!(score("id_no", 0.0, 95, 100).is_some());
        assert!(score("id_no", 1.0, 50, 100).is_none(), "half of them are something else");
        assert!(score("name", 0.2, 100, 100).is_none(), "whose name it is, the header tells");
        assert!(score("name", 0.8, 100, 100) > score("name", 0.6, 100, 100));
        assert!(score("declared_size", 0.2, 100, 100).is_none(), "any number is a number");
        assert!(score("id_no", 0.0, 4, 4).is_none());
    }

    #[test]
    fn headers_are_alike_by_their_characters() {
        let spellings = ["身份证号码".to_owned()];
        assert!(likeness("公民身份证号", "id_no", &spellings) > 0.7);
        assert!(likeness("备注", "id_no", &spellings) < 0.1);
        assert!((likeness("证件号码", "id_no", &[]) - 1.0).abs() < 1e-9, "the field's own title");
    }
}
