//! Errors: a place, a problem, a remedy, in both languages; never a person's data.
//!
//! One opaque [`Error`] serves every module. What a stage does with bad *rows* is not here: bad rows are
//! data (rejects with a reason). An `Error` is for what stops a run, and its [`Kind`] decides the exit code.
//!
//! Wording: lower case, no final stop, what was found and what was expected, then what to do about it:
//!
//! ```text
//! pipelines/county.toml:31: unknown field `born` (did you mean `birth_date`?)
//! national/城关镇.csv: no header row holds 姓名 and 证件号码 (export the person list again, or add an alias …)
//! ```

pub mod shown;

use std::fmt;

/// A sentence in the two languages the tool speaks. Made by [`say!`](crate::say).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// Chinese, the default for everything staff read.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The language of terminal text and error messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Text {
    /// The sentence in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// Formats one [`Text`] from a Chinese and an English format string over the same captured names:
/// `say!("缺少 {n} 列", "{n} columns are missing")`.
#[macro_export]
macro_rules! say {
    ($zh:literal, $en:literal $(,)?) => {
        $crate::error::Text { zh: format!($zh), en: format!($en) }
    };
}

/// What kind of failure, hence which exit code (design: 2 usage or configuration, 3 input, 4 output, 75 lock).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line or a configuration file is wrong.
    Configuration,
    /// An input was refused: unreadable, not the expected export, shrunken, or rows were lost.
    Input,
    /// Something could not be written.
    Output,
    /// Another run holds the lock.
    Locked,
    /// One of our own invariants broke.
    Internal,
}

/// Where: a file, and inside it a line, or a sheet, row and column. Paths are shown as the user gave them, but for what may
/// be somebody's name or number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// File path as given.
    pub file: String,
    /// Sheet name, for workbooks.
    pub sheet: Option<String>,
    /// 1-based line or row.
    pub row: Option<u32>,
    /// Column header or letter.
    pub column: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }
    /// A 1-based line of a text file.
    pub fn line(file: impl Into<String>, line: u32) -> Self {
        Self { file: file.into(), row: Some(line), ..Self::default() }
    }
    /// A sheet of a workbook.
    pub fn sheet(file: impl Into<String>, sheet: impl Into<String>) -> Self {
        Self { file: file.into(), sheet: Some(sheet.into()), ..Self::default() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown::file_name(&self.file))?;
        if let Some(sheet) = &self.sheet {
            write!(f, "[{}]", shown::sheet_name(sheet))?;
        }
        if let Some(row) = self.row {
            write!(f, ":{row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ":{column}")?;
        }
        Ok(())
    }
}

/// The result of everything that can stop a run.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One failure, or several found together (a configuration reports all its mistakes at once).
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: Kind,
    place: Option<Place>,
    problem: Text,
    remedy: Option<Text>,
    others: Vec<Error>,
}

impl Error {
    /// A failure of `kind` with its problem in words.
    pub fn new(kind: Kind, problem: Text) -> Self {
        Self(Box::new(Inner { kind, place: None, problem, remedy: None, others: Vec::new() }))
    }
    /// A mistake on the command line or in a configuration file.
    pub fn configuration(problem: Text) -> Self {
        Self::new(Kind::Configuration, problem)
    }
    /// A refused input.
    pub fn input(problem: Text) -> Self {
        Self::new(Kind::Input, problem)
    }
    /// A failed output.
    pub fn output(problem: Text) -> Self {
        Self::new(Kind::Output, problem)
    }
    /// A broken invariant of ours.
    pub fn internal(problem: Text) -> Self {
        Self::new(Kind::Internal, problem)
    }
    /// The same error with its place; errors reported with it get it too where they have none of their own.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        for other in &mut self.0.others {
            other.0.place.get_or_insert_with(|| place.clone());
        }
        self.0.place = Some(place);
        self
    }
    /// The same error with what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: Text) -> Self {
        self.0.remedy = Some(remedy);
        self
    }
    /// Several errors as one, in the order given; `None` when there are none.
    pub fn all(errors: Vec<Error>) -> Option<Self> {
        let mut errors = errors.into_iter();
        let mut first = errors.next()?;
        first.0.others.extend(errors);
        Some(first)
    }
    /// What kind of failure this is; of several, the first decides.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }
    /// Where it happened.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }
    /// This error and those reported with it, one line each, in `lang`: whatever a file or a header is called.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let mut lines = vec![self.line(lang)];
        for other in &self.0.others {
            lines.extend(other.lines(lang));
        }
        lines
    }
    fn line(&self, lang: Lang) -> String {
        let mut line = String::new();
        if let Some(place) = &self.0.place {
            line.push_str(&format!("{place}: "));
        }
        line.push_str(self.0.problem.get(lang));
        if let Some(remedy) = &self.0.remedy {
            let (open, close) = match lang {
                Lang::Zh => ("（", "）"),
                Lang::En => (" (", ")"),
            };
            line.push_str(&format!("{open}{}{close}", remedy.get(lang)));
        }
        shown::visible(&line).into_owned()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines(Lang::En).join("\n"))
    }
}

impl std::error::Error for Error {}

impl From<polars::error::PolarsError> for Error {
    /// A polars failure on our own tables is a broken invariant; callers that expect one map it themselves.
    fn from(cause: polars::error::PolarsError) -> Self {
        Self::internal(say!("表格运算失败: {cause}", "a table operation failed: {cause}"))
    }
}
