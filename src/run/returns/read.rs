//! One returned file → verdicts with their places.
//!
//! The file is read as exports are: believed by its bytes, guarded against damage, its columns found by their headers
//! wherever they now are, rows sorted, filtered or deleted as the clerk liked. A row without a verdict decides nothing; a
//! row that is not understood is an error. What stands in a cell is never repeated in a message: people write names.

use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, StringChunked, UInt32Chunked};

use super::asked::{Asked, Printed, Standing};
use crate::emit::review::{NOTE_HEADER, PAIR_HEADER, VERDICT_HEADER};
use crate::error::{Error, Place, Result, Text};
use crate::ingest::{self, Binding, BoundField, Inspection, Limits};
use crate::ledger::pair::PairKey;
use crate::ledger::rulings::{Returned, Verdict};
use crate::normalise::text;
use crate::say;
use crate::table::RawSheet;

/// Fields that the columns are read as: a row with a key or a name is data, never a footer, whatever its remark says.
const PAIR: &str = "person_no";
const VERDICT: &str = "name";
const NOTE: &str = "remark";
/// The people of the pair as printed, with their headers.
pub(super) const PRINTED: [(&str, &str); 4] = [
    ("head_name", "姓名\n国办"),
    ("helper_name", "姓名\n省办"),
    ("head_id_no", "证件号码\n国办"),
    ("helper_id_no", "证件号码\n省办"),
];
/// What a worklist shows instead.
const WORKLIST: [&[&str]; 2] = [&["问题编号"], &["核实结果▼", "核实结果"]];

/// What all files gave.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Verdicts, file after file.
    pub(super) verdicts: Vec<Returned>,
    /// Everything that is wrong.
    pub(super) errors: Vec<Error>,
    /// Rows with a pair.
    pub(super) rows: u64,
    /// Rows of them without a verdict.
    pub(super) blank: u64,
}

/// Reads every file; problems do not keep the others from being read.
pub(super) fn all(files: &[PathBuf], asked: &Asked, limits: &Limits) -> Batch {
    let mut batch = Batch::default();
    for path in files {
        if let Err(error) = batch.take_file(path, asked, limits) {
            batch.errors.push(error);
        }
    }
    batch
}

/// A file, as its rulings name it.
struct File {
    /// As given, for messages.
    shown: String,
    name: String,
    blake3: String,
}

impl File {
    fn of(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|cause| {
            Error::input(say!("文件读不出来：{cause}", "cannot read the file: {cause}")).at(Place::file(&shown)).remedy(
                say!(
                    "请检查文件是否存在、是否被占用、是否有权限",
                    "check that it exists, is not locked, and may be read"
                ),
            )
        })?;
        let name = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        Ok(Self { shown, name, blake3: blake3::hash(&bytes).to_hex().to_string() })
    }
    fn refuse(&self, problem: Text, remedy: Text) -> Error {
        Error::input(problem).at(Place::file(&self.shown)).remedy(remedy)
    }
}

impl Batch {
    fn take_file(&mut self, path: &Path, asked: &Asked, limits: &Limits) -> Result<()> {
        let file = File::of(path)?;
        let bindings = [review_columns(), worklist_columns()];
        let inspection = ingest::inspect(path, &file.shown, &bindings, limits)?;
        self.errors.extend(unread_rows(&inspection));
        let sheets = inspection.sheets.iter().filter_map(|sheet| sheet.binding).zip(&inspection.ingested.sheets);
        let sheets: Vec<&RawSheet> = sheets.filter(|(binding, _)| *binding == 0).map(|(_, sheet)| sheet).collect();
        if sheets.is_empty() {
            return Err(match inspection.best {
                Some(_) => a_worklist(&file),
                None => no_review(&file),
            });
        }
        for sheet in sheets {
            self.take_sheet(&file, sheet, asked)?;
        }
        Ok(())
    }

    fn take_sheet(&mut self, file: &File, sheet: &RawSheet, asked: &Asked) -> Result<()> {
        let cells = Cells::of(&sheet.frame)?;
        for at in 0..sheet.frame.height() {
            let place = Place {
                row: cells.rows.get(at),
                column: Some(VERDICT_HEADER.to_owned()),
                ..Place::sheet(&file.shown, &sheet.sheet)
            };
            let (pair, verdict) = cells.row(at);
            match (pair.as_str(), verdict.as_str()) {
                ("", "") => {}
                (pair, "") if pair.parse::<PairKey>().is_ok() => {
                    self.rows += 1;
                    self.blank += 1;
                }
                (_, "") => {}
                (pair, verdict) => {
                    self.rows += 1;
                    let returned = understood(file, pair, verdict, place)
                        .and_then(|returned| known(returned, asked, &cells.printed(at)));
                    match returned {
                        Ok(returned) => self.verdicts.push(Returned { note: cells.note(at), ..returned }),
                        Err(error) => self.errors.push(error),
                    }
                }
            }
        }
        Ok(())
    }
}

/// The three columns of a sheet.
struct Cells<'a> {
    rows: &'a UInt32Chunked,
    pairs: &'a StringChunked,
    verdicts: &'a StringChunked,
    notes: Option<&'a StringChunked>,
    printed: [Option<&'a StringChunked>; PRINTED.len()],
}

impl<'a> Cells<'a> {
    fn of(frame: &'a DataFrame) -> Result<Self> {
        Ok(Self {
            rows: frame.column("row")?.u32()?,
            pairs: frame.column(PAIR)?.str()?,
            verdicts: frame.column(VERDICT)?.str()?,
            notes: frame.column(NOTE).ok().and_then(|notes| notes.str().ok()),
            printed: PRINTED.map(|(field, _)| frame.column(field).ok().and_then(|cells| cells.str().ok())),
        })
    }
    /// Number and verdict without what cannot be seen: office programs and messengers leave marks.
    fn row(&self, at: usize) -> (String, String) {
        let text = |column: &StringChunked| text::compact(column.get(at).unwrap_or_default());
        (text(self.pairs), text(self.verdicts))
    }
    fn printed(&self, at: usize) -> Printed {
        self.printed.map(|cells| cells.map(|cells| cells.get(at).unwrap_or_default().to_owned()))
    }
    fn note(&self, at: usize) -> Option<String> {
        self.notes?.get(at).map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned)
    }
}

fn understood(file: &File, pair: &str, verdict: &str, place: Place) -> Result<Returned> {
    let Some(verdict) = Verdict::ALL.into_iter().find(|known| known.title() == verdict) else {
        let words = Verdict::ALL.map(Verdict::title).join("、");
        return Err(Error::input(say!("判定不是可选的三项之一", "the verdict is none of the three choices"))
            .at(place)
            .remedy(say!("从下拉框选择：{words}", "choose one of {words}")));
    };
    let place = Place { column: Some(PAIR_HEADER.to_owned()), ..place };
    let Ok(pair) = pair.parse::<PairKey>() else {
        let problem = match pair {
            "" => say!("有判定而没有配对编号", "a verdict without the pair's number"),
            _ => say!("配对编号不完整或被改动", "the pair's number is damaged"),
        };
        return Err(Error::input(problem).at(place).remedy(say!(
            "从原来的待人工判定表里把这一行的编号复制回来",
            "copy the number of this row back from the review file as it was made"
        )));
    };
    let (source, blake3) = (file.name.clone(), file.blake3.clone());
    Ok(Returned { pair, verdict, note: None, source, blake3, place: Place { column: None, ..place } })
}

/// A verdict on a pair that a run has asked about, beside the people it asked about.
fn known(returned: Returned, asked: &Asked, printed: &Printed) -> Result<Returned> {
    let problem = match asked.standing(returned.pair, printed) {
        Standing::Asked => return Ok(returned),
        Standing::Unknown => say!("没有哪次核对问过这个配对编号", "no run has asked about a pair of this number"),
        Standing::Others => {
            say!("配对编号不是这一行两个人的", "the pair's number is not that of the two people of its row")
        }
    };
    let place = Place { column: Some(PAIR_HEADER.to_owned()), ..returned.place };
    Err(Error::input(problem).at(place).remedy(say!(
        "在结果文件夹的待人工判定表里找到这两个人，把编号复制回来；以前核对的结果文件夹不要删除",
        "find the two people in a review file of the results folder and copy their number back; keep the folders of earlier runs"
    )))
}

/// The pairs of a review file as a run wrote it.
///
/// # Errors
/// A file that cannot be read, or is no review file.
pub(super) fn review_sheets(path: &Path, limits: &Limits) -> Result<Vec<(PairKey, Printed)>> {
    let inspection = ingest::inspect(path, &path.display().to_string(), &[review_columns()], limits)?;
    let mut pairs = Vec::new();
    for sheet in &inspection.ingested.sheets {
        let cells = Cells::of(&sheet.frame)?;
        let keyed = (0..sheet.frame.height()).filter_map(|at| Some((cells.row(at).0.parse().ok()?, cells.printed(at))));
        pairs.extend(keyed);
    }
    Ok(pairs)
}

fn review_columns() -> Binding {
    let header = |text: &str| vec![text.to_owned(), text.trim_end_matches('▼').to_owned()];
    let own = [(PAIR, header(PAIR_HEADER)), (VERDICT, header(VERDICT_HEADER)), (NOTE, header(NOTE_HEADER))];
    let printed = PRINTED.map(|(field, header)| (field, vec![header.to_owned(), header.replace('\n', "")]));
    binding("待人工判定", &own.into_iter().chain(printed).collect::<Vec<_>>())
}

fn worklist_columns() -> Binding {
    let headers = |at: usize| WORKLIST[at].iter().map(|text| (*text).to_owned()).collect();
    binding("整改清单", &[(PAIR, headers(0)), (VERDICT, headers(1))])
}

fn binding(title: &str, fields: &[(&str, Vec<String>)]) -> Binding {
    let fields = fields.iter().map(|(field, headers)| BoundField {
        field: (*field).to_owned(),
        headers: headers.clone(),
        required: [PAIR, VERDICT].contains(field),
        kind: None,
    });
    Binding { profile: "returns".to_owned(), title: title.to_owned(), fields: fields.collect() }
}

/// Rows that the reader could not make sense of: one may hold a verdict.
fn unread_rows(inspection: &Inspection) -> Vec<Error> {
    let of_review =
        |sheet: &str| inspection.sheets.iter().any(|known| known.sheet == sheet && known.binding == Some(0));
    let rejects = inspection.ingested.rejects.iter().filter(|reject| of_review(&reject.sheet));
    rejects
        .map(|reject| {
            let reason = &reject.reason;
            let place = Place { row: Some(reject.row), ..Place::sheet(&reject.file, &reject.sheet) };
            Error::input(say!("这一行读不出来：{reason}", "this row cannot be read: {reason}"))
                .at(place)
                .remedy(say!("存为 xlsx 后重新交回", "save the file as xlsx and return it again"))
        })
        .collect()
}

fn a_worklist(file: &File) -> Error {
    file.refuse(
        say!("这是整改清单，目前只读入待人工判定表", "this is a worklist; only review files are read back for now"),
        say!(
            "整改结果不用交回：改正系统后重新导出再核对，问题会自动销号",
            "worklists need not be returned: correct the system, export and run again, and the items are closed"
        ),
    )
}

fn no_review(file: &File) -> Error {
    file.refuse(
        say!(
            "不是待人工判定表：没有“{VERDICT_HEADER}”和“{PAIR_HEADER}”两列",
            "not a review file: the columns {VERDICT_HEADER} and {PAIR_HEADER} are missing"
        ),
        say!(
            "请交回 review 文件夹里填好的表，不要删改表头",
            "return the filled-in file of the `review` folder with its headers as they were"
        ),
    )
}
