//! Damaged files: one export of known people in every format, changed at random, and what becomes of the people.
//!
//! A damaged file may be refused, or read completely, or read in part as long as what is missing is told. What may never
//! happen is that somebody is missing and nobody says so.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::formats::{Format, zip_of};

/// An export in one format, undamaged.
pub(crate) struct Original {
    pub(crate) format: Format,
    pub(crate) bytes: Vec<u8>,
    /// The parts of a zip.
    parts: Vec<(String, Vec<u8>)>,
}

impl Original {
    pub(crate) fn new(format: Format, table: &[Vec<String>]) -> Self {
        let bytes = format.write(table);
        let parts = if format.is_zip() { unzipped(&bytes) } else { Vec::new() };
        Self { format, bytes, parts }
    }

    /// The bytes that hold the rows: the whole file, or a part of the zip.
    fn rows(&self) -> &[u8] {
        self.parts.iter().find(|part| part.0 == self.format.row_part()).map_or(&self.bytes, |part| &part.1)
    }

    /// The file with other bytes where the rows are.
    fn with_rows(&self, rows: Vec<u8>) -> Vec<u8> {
        match self.format.is_zip() {
            true => self.with_part(self.format.row_part(), |_| Some(rows.clone())),
            false => rows,
        }
    }

    /// The zip with one part changed, or without it.
    fn with_part(&self, name: &str, change: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
        let changed = |(part, bytes): &(String, Vec<u8>)| match part == name {
            true => change(bytes).map(|bytes| (part.clone(), bytes)),
            false => Some((part.clone(), bytes.clone())),
        };
        zip_of(&self.parts.iter().filter_map(changed).collect::<Vec<_>>())
    }
}

fn unzipped(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    use std::io::Read;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    let mut parts = Vec::with_capacity(zip.len());
    for ix in 0..zip.len() {
        let mut entry = zip.by_index(ix).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        parts.push((entry.name().expect("a name").into_owned(), bytes));
    }
    parts
}

/// A damaged file.
pub(crate) struct Mutant {
    pub(crate) format: Format,
    /// The kind of damage.
    pub(crate) damage: &'static str,
    /// Number in the series, with the seed the way to make it again.
    pub(crate) number: u64,
    pub(crate) bytes: Vec<u8>,
}

/// The mutant of a seed and a number: always the same. Formats take turns.
pub(crate) fn mutant(originals: &[Original], seed: u64, number: u64) -> Mutant {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    let original = &originals[usize::try_from(number).expect("small") % originals.len()];
    loop {
        let (damage, make) = DAMAGES[rng.random_range(0..DAMAGES.len())];
        match make(original, &mut rng) {
            Some(bytes) if bytes != original.bytes => {
                return Mutant { format: original.format, damage, number, bytes };
            }
            _ => {}
        }
    }
}

type Damage = fn(&Original, &mut ChaCha8Rng) -> Option<Vec<u8>>;

/// Ways to damage a file; one that does not apply to a format gives nothing.
const DAMAGES: [(&str, Damage); 34] = [
    ("file cut", |original, rng| Some(cut(&original.bytes, rng))),
    ("file: bytes flipped", |original, rng| Some(flipped(&original.bytes, rng))),
    ("file: span deleted", |original, rng| Some(span_deleted(&original.bytes, rng))),
    ("file: span repeated", |original, rng| Some(span_repeated(&original.bytes, rng))),
    ("file: spans exchanged", |original, rng| Some(spans_exchanged(&original.bytes, rng))),
    ("file: span zeroed", |original, rng| Some(span_zeroed(&original.bytes, rng))),
    ("rows: cut", |original, rng| Some(original.with_rows(cut(original.rows(), rng)))),
    ("rows: bytes flipped", |original, rng| Some(original.with_rows(flipped(original.rows(), rng)))),
    ("rows: span deleted", |original, rng| Some(original.with_rows(span_deleted(original.rows(), rng)))),
    ("rows: span repeated", |original, rng| Some(original.with_rows(span_repeated(original.rows(), rng)))),
    ("rows: spans exchanged", |original, rng| Some(original.with_rows(spans_exchanged(original.rows(), rng)))),
    ("rows: span zeroed", |original, rng| Some(original.with_rows(span_zeroed(original.rows(), rng)))),
    ("rows: NULs put in", |original, rng| {
        let count = rng.random_range(1..2000);
        Some(original.with_rows(put_in(original.rows(), &vec![0; count], rng)))
    }),
    ("rows: a lone CR put in", |original, rng| Some(original.with_rows(put_in(original.rows(), b"\r", rng)))),
    ("rows: a line break put in", |original, rng| Some(original.with_rows(put_in(original.rows(), b"\n", rng)))),
    ("rows: a quote put in", |original, rng| Some(original.with_rows(put_in(original.rows(), b"\"", rng)))),
    ("rows: a mark put in", |original, rng| {
        let marks: [&[u8]; 8] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\x1A", b"\xFF", b"<", b"&", b"]]>", b"\xE4\xB8"];
        let mark = marks[rng.random_range(0..marks.len())];
        Some(original.with_rows(put_in(original.rows(), mark, rng)))
    }),
    ("rows: a byte lost", |original, rng| {
        let mut rows = original.rows().to_vec();
        rows.remove(rng.random_range(0..rows.len()));
        Some(original.with_rows(rows))
    }),
    ("rows: cut at the end of a row", |original, rng| {
        let ends = row_ends(original)?;
        let end = ends[rng.random_range(ends.len() / 4..ends.len() - 1)];
        Some(original.with_rows(original.rows()[..end].to_vec()))
    }),
    ("rows: one twice", |original, rng| {
        let (from, to) = row(original, rng)?;
        let rows = original.rows();
        Some(original.with_rows([&rows[..to], &rows[from..]].concat()))
    }),
    ("rows: ends of another system", |original, rng| {
        let ends = row_ends(original).filter(|_| original.format.row_end() == b"\r\n")?;
        let end: &[u8] = if rng.random_bool(0.5) { b"\r" } else { b"\n" };
        let from = ends[rng.random_range(0..ends.len() - 1)];
        let to = if rng.random_bool(0.5) { from + 1 } else { original.rows().len() };
        let (rows, mut changed) = (original.rows(), original.rows()[..from - 2].to_vec());
        let mut at = from - 2;
        while at < rows.len() {
            match rows[at..].starts_with(b"\r\n") && at <= to {
                true => (changed.extend(end), at += 2).1,
                false => (changed.push(rows[at]), at += 1).1,
            }
        }
        Some(original.with_rows(changed))
    }),
    ("rows: another encoding from one row on", |original, rng| {
        let ends = row_ends(original)?;
        let rows = original.rows();
        let at = ends[rng.random_range(2..ends.len() - 1)];
        let recoded = match original.format {
            Format::Utf8 | Format::Quoted | Format::Html | Format::SpreadsheetMl | Format::Xlsx => {
                encoding_rs::GB18030.encode(std::str::from_utf8(&rows[at..]).ok()?).0.into_owned()
            }
            Format::Gb18030 | Format::HtmlGbk => encoding_rs::GB18030.decode(&rows[at..]).0.into_owned().into_bytes(),
            Format::Utf16 => encoding_rs::UTF_16LE.decode(&rows[at..]).0.into_owned().into_bytes(),
            _ => return None,
        };
        Some(original.with_rows([&rows[..at], &recoded].concat()))
    }),
    ("markup: a closing tag dropped", |original, rng| drop_markup(original, rng, b"</")),
    ("markup: an opening tag dropped", |original, rng| drop_markup(original, rng, b"<")),
    ("markup: something opened and never closed", |original, rng| {
        is_markup(original).then_some(())?;
        let opened: [&[u8]; 8] =
            [b"<!--", b"<![CDATA[", b"<x>", b"<table>", b"<title>", b"<style>", b"<script>", b"<!DOCTYPE x ["];
        let opened = opened[rng.random_range(0..opened.len())];
        let rows = original.rows();
        let starts: Vec<usize> = (0..rows.len()).filter(|at| rows[*at] == b'<').collect();
        let at = starts[rng.random_range(0..starts.len())];
        Some(original.with_rows([&rows[..at], opened, &rows[at..]].concat()))
    }),
    ("markup: numbers of rows repeated", |original, rng| renumber(original, rng, |number, _| number - 1)),
    ("markup: one number for many rows", |original, rng| renumber(original, rng, |_, first| first)),
    ("markup: cells with one place", |original, rng| {
        (original.format == Format::Xlsx).then_some(())?;
        let text = String::from_utf8(original.rows().to_vec()).ok()?;
        let column = ["H", "I", "G", "F"][rng.random_range(0..4)];
        let every = rng.random_range(1..6);
        let mut changed = text.clone();
        for number in (4..500).step_by(every) {
            changed = changed.replacen(&format!("r=\"{column}{number}\""), &format!("r=\"B{number}\""), 1);
        }
        Some(original.with_rows(changed.into_bytes()))
    }),
    ("zip: a part missing", |original, rng| {
        let part = part(original, rng)?;
        Some(original.with_part(&part, |_| None))
    }),
    ("zip: a part emptied", |original, rng| {
        let part = part(original, rng)?;
        Some(original.with_part(&part, |_| Some(Vec::new())))
    }),
    ("zip: a part cut", |original, rng| {
        let part = part(original, rng)?;
        let keep: f64 = rng.random_range(0.0..1.0);
        Some(original.with_part(&part, |bytes| Some(bytes[..(bytes.len() as f64 * keep) as usize].to_vec())))
    }),
    ("zip: two parts of one name", |original, rng| {
        original.format.is_zip().then_some(())?;
        let (name, rows) = (original.format.row_part(), original.rows());
        let half = [rows, &rows[..rows.len() / 2], &b"<worksheet><sheetData></sheetData></worksheet>"[..]];
        let other = half[rng.random_range(0..half.len())].to_vec();
        let disguised = name.replace('e', "%");
        let mut parts = original.parts.clone();
        let at = if rng.random_bool(0.5) { 0 } else { parts.len() };
        parts.insert(at, (disguised.clone(), other));
        let mut zip = zip_of(&parts);
        for at in 0..zip.len() - disguised.len() {
            if zip[at..].starts_with(disguised.as_bytes()) {
                zip[at..at + name.len()].copy_from_slice(name.as_bytes());
            }
        }
        Some(zip)
    }),
    ("records: strings gone", |original, rng| {
        (original.format == Format::Xls).then_some(())?;
        let mut bytes = original.bytes.clone();
        let shared = (0..bytes.len() - 12)
            .find(|at| bytes[*at..].starts_with(&[0xFC, 0x00]) && bytes[at + 8..at + 12] != [0; 4])?;
        match rng.random_range(0..3) {
            0 => bytes[shared + 8..shared + 12].fill(0),
            1 => bytes[shared] = 0xFD,
            _ => {
                let count = u32::from_le_bytes(bytes[shared + 8..shared + 12].try_into().ok()?);
                bytes[shared + 8..shared + 12].copy_from_slice(&(count / rng.random_range(2..10)).to_le_bytes());
            }
        }
        Some(bytes)
    }),
    ("records: rows of one number, or an early end", |original, rng| {
        (original.format == Format::Xls).then_some(())?;
        let mut bytes = original.bytes.clone();
        let cells: Vec<usize> =
            (0..bytes.len() - 14).filter(|at| bytes[*at..].starts_with(&[0xFD, 0x00, 0x0A, 0x00])).collect();
        let from = rng.random_range(cells.len() / 4..cells.len() - 40);
        if rng.random_bool(0.3) {
            bytes[cells[from]..cells[from] + 4].copy_from_slice(&[0x0A, 0x00, 0x0A, 0x00]);
        } else {
            let row: [u8; 2] = bytes[cells[from] + 4..cells[from] + 6].try_into().ok()?;
            let count = rng.random_range(20..cells.len() - from);
            cells[from..from + count].iter().for_each(|cell| bytes[cell + 4..cell + 6].copy_from_slice(&row));
        }
        Some(bytes)
    }),
];

fn cut(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    bytes[..rng.random_range(0..bytes.len())].to_vec()
}

fn flipped(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..6) {
        let at = rng.random_range(0..bytes.len());
        bytes[at] ^= 1 << rng.random_range(0..8);
    }
    bytes
}

/// A span of bytes, short or long.
fn span(bytes: &[u8], rng: &mut ChaCha8Rng) -> (usize, usize) {
    let most = [16, 400, 20_000][rng.random_range(0..3)].min(bytes.len() / 2).max(2);
    let length = rng.random_range(1..most);
    let from = rng.random_range(0..bytes.len().saturating_sub(length).max(1));
    (from, (from + length).min(bytes.len()))
}

fn span_deleted(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let (from, to) = span(bytes, rng);
    [&bytes[..from], &bytes[to..]].concat()
}

fn span_repeated(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let (from, to) = span(bytes, rng);
    [&bytes[..to], &bytes[from..]].concat()
}

fn spans_exchanged(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let (mut one, mut two) = (span(bytes, rng), span(bytes, rng));
    if one.0 > two.0 {
        std::mem::swap(&mut one, &mut two);
    }
    two.0 = two.0.max(one.1);
    two.1 = two.1.max(two.0);
    [&bytes[..one.0], &bytes[two.0..two.1], &bytes[one.1..two.0], &bytes[one.0..one.1], &bytes[two.1..]].concat()
}

fn span_zeroed(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let (from, to) = span(bytes, rng);
    let mut bytes = bytes.to_vec();
    bytes[from..to].fill(0);
    bytes
}

fn put_in(bytes: &[u8], what: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let at = rng.random_range(0..bytes.len());
    [&bytes[..at], what, &bytes[at..]].concat()
}

/// Where rows end, in the bytes that hold them.
fn row_ends(original: &Original) -> Option<Vec<usize>> {
    let (rows, end) = (original.rows(), original.format.row_end());
    if end.is_empty() {
        return None;
    }
    Some((0..rows.len()).filter(|at| rows[*at..].starts_with(end)).map(|at| at + end.len()).collect())
}

/// One row of data.
fn row(original: &Original, rng: &mut ChaCha8Rng) -> Option<(usize, usize)> {
    let ends = row_ends(original)?;
    let ix = rng.random_range(3..ends.len() - 3);
    Some((ends[ix - 1], ends[ix]))
}

fn is_markup(original: &Original) -> bool {
    original.format.row_end().starts_with(b"</")
}

/// Without one tag that begins in this way; one of the rarer kinds as often as one of the common.
fn drop_markup(original: &Original, rng: &mut ChaCha8Rng, start: &[u8]) -> Option<Vec<u8>> {
    is_markup(original).then_some(())?;
    let rows = original.rows();
    let mut tags: std::collections::BTreeMap<&[u8], Vec<usize>> = std::collections::BTreeMap::new();
    for at in (0..rows.len()).filter(|at| rows[*at..].starts_with(start)) {
        let name = rows[at + start.len()..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b':');
        let name = &rows[at..at + start.len() + name.count()];
        if name.len() > start.len() {
            tags.entry(name).or_default().push(at);
        }
    }
    let kinds: Vec<&Vec<usize>> = tags.values().collect();
    let places = kinds[rng.random_range(0..kinds.len())];
    let at = places[rng.random_range(0..places.len())];
    let length = rows[at..].iter().position(|byte| *byte == b'>')? + 1;
    Some(original.with_rows([&rows[..at], &rows[at + length..]].concat()))
}

/// Rows of a workbook under other numbers: some single ones, or all behind one.
fn renumber(original: &Original, rng: &mut ChaCha8Rng, number: fn(usize, usize) -> usize) -> Option<Vec<u8>> {
    matches!(original.format, Format::Xlsx | Format::XlsxInline).then_some(())?;
    let text = String::from_utf8(original.rows().to_vec()).ok()?;
    let first = rng.random_range(10..200);
    let every = rng.random_range(1..4);
    let many = rng.random_range(1..300);
    let mut changed = String::with_capacity(text.len());
    for (ix, row) in text.split("<row ").enumerate() {
        let at = ix; // the first piece is what stands before the first row
        if ix == 0 {
            changed.push_str(row);
            continue;
        }
        changed.push_str("<row ");
        let is_meant = at > first && at <= first + many && at % every == 0;
        match is_meant {
            false => changed.push_str(row),
            true => {
                let new = number(at, first);
                let letters = |rest: &str| rest.chars().take_while(char::is_ascii_uppercase).collect::<String>();
                let row = row.replacen(&format!("r=\"{at}\""), &format!("r=\"{new}\""), 1);
                let cells: Vec<String> = row
                    .split("<c r=\"")
                    .enumerate()
                    .map(|(ix, cell)| match ix {
                        0 => cell.to_owned(),
                        _ => {
                            let column = letters(cell);
                            format!("<c r=\"{column}{new}{}", &cell[column.len() + at.to_string().len()..])
                        }
                    })
                    .collect();
                changed.push_str(&cells.concat());
            }
        }
    }
    Some(original.with_rows(changed.into_bytes()))
}

/// The name of a part of the zip.
fn part(original: &Original, rng: &mut ChaCha8Rng) -> Option<String> {
    original.format.is_zip().then(|| original.parts[rng.random_range(0..original.parts.len())].0.clone())
}
