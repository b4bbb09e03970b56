//! What was delivered, in portions small enough to judge by: supplier × kind of export × township × year (× village, × column).

use std::collections::BTreeMap;
use std::fmt;

use super::{Supplier, schema};

/// A kind of export, as far as rules tell kinds apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExportKind {
    /// People.
    People,
    /// Households.
    Households,
    /// Benefits received.
    Benefits,
    /// Recorded outcomes.
    Outcomes,
    /// A department's roll: its profile id.
    Roll(String),
}

impl ExportKind {
    /// The word in the ledger.
    pub fn word(&self) -> String {
        match self {
            Self::People => "people".to_owned(),
            Self::Households => "households".to_owned(),
            Self::Benefits => "benefits".to_owned(),
            Self::Outcomes => "outcomes".to_owned(),
            Self::Roll(id) => format!("roll:{id}"),
        }
    }
    /// Reads what [`word`](Self::word) wrote.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "people" => Self::People,
            "households" => Self::Households,
            "benefits" => Self::Benefits,
            "outcomes" => Self::Outcomes,
            _ => Self::Roll(word.strip_prefix("roll:")?.to_owned()),
        })
    }
    /// What staff call it.
    pub fn title(&self) -> &str {
        match self {
            Self::People => "人员信息",
            Self::Households => "户信息",
            Self::Benefits => "帮扶措施",
            Self::Outcomes => "帮扶成效",
            Self::Roll(id) => id,
        }
    }
}

/// One portion of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Portion {
    /// Township, in the spelling used most.
    pub township: String,
    /// Who delivers it.
    pub supplier: Supplier,
    /// The kind of export.
    pub kind: ExportKind,
    /// Data year of registers, year of records; `None` for a portion over all years.
    pub year: Option<i32>,
    /// Village, for people.
    pub village: Option<String>,
    /// Column, counted by its filled cells.
    pub column: Option<String>,
}

/// The column of a portion that counts files which end in a footer.
pub const FOOTER: &str = "#footer";

/// Rows (of columns: filled cells) by portion.
pub type Portions = BTreeMap<Portion, u64>;

impl Portion {
    /// A whole township's export of that kind.
    pub fn of(township: &str, supplier: Supplier, kind: ExportKind, year: Option<i32>) -> Self {
        Self { township: township.to_owned(), supplier, kind, year, village: None, column: None }
    }
    /// Whether it is a township's export as a whole.
    pub const fn is_whole(&self) -> bool {
        self.village.is_none() && self.column.is_none()
    }
    /// The same as its Chinese form, for English messages.
    pub fn in_english(&self) -> String {
        let village = self.village.as_deref().unwrap_or_default();
        let year = self.year.map(|year| format!(" {year}")).unwrap_or_default();
        let column = self.column.as_ref().map(|column| format!(" ({column})")).unwrap_or_default();
        format!("{}{village} {} {}{year}{column}", self.township, self.supplier.word(), self.kind.word())
    }
    /// What a person accepts it by: `TOWNSHIP KIND`.
    pub fn accepted_by(&self) -> String {
        format!("{} {}", self.township, self.kind.title())
    }
}

impl fmt::Display for Portion {
    /// `城关镇2017年国办帮扶措施`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let supplier = match self.supplier.side() {
            Some(super::Side::National) => "国办",
            Some(super::Side::Provincial) => "省办",
            None => "部门名册",
        };
        write!(f, "{}{}", self.township, self.village.as_deref().unwrap_or_default())?;
        if let Some(year) = self.year {
            write!(f, "{year}年")?;
        }
        write!(f, "{supplier}{}", self.kind.title())?;
        match &self.column {
            Some(column) => write!(f, "『{}』", schema::field(column).map_or(column.as_str(), |field| field.title)),
            None => Ok(()),
        }
    }
}
