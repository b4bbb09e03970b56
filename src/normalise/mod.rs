//! Raw columns → canonical tables.
//!
//! In: the sheets of one side as [`ingest`](crate::ingest) read them, every cell a text. Out: a
//! [`Registry`](crate::table::Registry): typed columns beside the cells as printed, household and member rows tied
//! together, every row with its place.
//!
//! Two steps. [`normalise`] works on one sheet alone, so that sheets run in parallel: each field is read by its
//! [`Kind`](crate::table::Kind) (one file per kind of value: [`identity`], [`name`], [`date`], [`amount`],
//! [`yes_no`], [`label`], [`place`], [`number`]), rows that stand for nothing are rejected with a reason, labels no
//! vocabulary knows are counted. [`assemble()`] stacks the sheets of a side, whatever order they come in, and builds
//! its households.
//!
//! Invariants: reading a cell is total and never repairs it in place: blank, 未填, 0 and 否 stay distinct in
//! `<field>_text`. Every row is accepted or rejected exactly once. The same sheets in any order assemble to the
//! same registry.

pub mod amount;
pub mod aside;
pub mod clean;
pub mod date;
pub mod identity;
pub mod label;
pub mod name;
pub mod number;
pub mod period;
pub mod place;
pub mod text;
pub mod vocabulary;
pub mod yes_no;

mod assemble;
mod benefit;
mod cells;
mod field;
#[cfg(test)]
mod fixture;
mod person;
mod reject;
mod rolls;
mod sheet;
mod unplaced;

use jiff::civil::Date;
use polars::prelude::DataFrame;

use crate::error::Result;
use crate::table::registry::UnknownLabel;
use crate::table::{RawSheet, Reject, Supplier};
pub use assemble::{Beneficiaries, MADE, assemble};
pub use rolls::{Prover, assemble_rolls};
pub use sheet::ITEM_COLUMN;
pub use unplaced::unplace;
pub use vocabulary::{Vocabularies, Vocabulary};

/// What one row of an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A person, household columns repeated or absent.
    Person,
    /// A household.
    Household,
    /// A measure received.
    Benefit,
    /// An outcome.
    Outcome,
    /// A person on a department's roll, with what the row proves that she received.
    Roll,
}

/// Resolved settings, built by `pipeline`.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Labels and their synonyms.
    pub vocabularies: Vocabularies,
    /// The day the exports speak of: nobody was born after it. Not known: any birth date is believed.
    pub latest_birth: Option<Date>,
}

/// One normalised sheet.
#[derive(Debug, Clone)]
pub struct Part {
    /// Who delivered it.
    pub supplier: Supplier,
    /// Shape.
    pub shape: Shape,
    /// Path relative to the input folder.
    pub file: String,
    /// Sheet name.
    pub sheet: String,
    /// `(field, column letter)`.
    pub columns: Vec<(String, String)>,
    /// Canonical columns, `<field>` and `<field>_text`, what is derived from them, and `row`.
    pub frame: DataFrame,
    /// Rows without enough to stand for anything.
    pub rejects: Vec<Reject>,
    /// Labels no vocabulary knows (sheet index 0).
    pub unknown_labels: Vec<UnknownLabel>,
}

/// Normalises one sheet. `data_year` is the year a source states for rows that carry none.
///
/// # Errors
/// When a vocabulary is missing, or the sheet is not what `ingest` promises.
pub fn normalise(
    sheet: RawSheet,
    supplier: Supplier,
    shape: Shape,
    data_year: Option<i32>,
    settings: &Settings,
) -> Result<Part> {
    let sheet = sheet::prepared(sheet)?;
    let (frame, unknown_labels) = sheet::canonical(&sheet, shape, data_year, settings)?;
    let (frame, rejects) = reject::split(frame, &sheet, supplier, shape)?;
    let RawSheet { file, sheet, columns, .. } = sheet;
    Ok(Part { supplier, shape, file, sheet, columns, frame, rejects, unknown_labels })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::label::Lookup;
    use super::*;

    static SHIPPED: LazyLock<Vocabularies> = LazyLock::new(fixture::shipped_vocabularies);

    /// Texts made of what cells are made of, and of anything else.
    fn cell() -> impl Strategy<Value = String> {
        let familiar = "[0-9０-９Xx×ОEe+.,，/年月日 \u{3000}\u{FEFF}'‘*GB?□()（）·。元万张三无否√汉族-]{0,24}";
        prop_oneof![familiar, ".{0,24}", "[0-9]{6}(19|20)[0-9]{9}[0-9X]?[0-9B]{0,4}"]
    }

    proptest! {
        #[test]
        fn reading_is_total(cell in cell()) {
            let lookup = Lookup::new(&SHIPPED.by_name["benefit_item"]);
            let (_, _, _) = (lookup.read_several(&cell), lookup.read_inside(&cell), lookup.nearest(&cell));
            let (_, _, _) = (date::parse(&cell).map(date::days), date::year(&cell), period::canonical(&cell));
            let (_, _, _) = (amount::fen(&cell), amount::quantity(&cell), amount::count(&cell));
            let (_, _, _) = (yes_no::parse(&cell), number::key(&cell), number::phone(&cell));
            let (_, _) = (place::key(&cell), name::key(&cell));
            let identity = identity::parse(&cell);
            prop_assert_eq!(identity.is_trustworthy(), identity.birth().is_some());
        }

        #[test]
        fn folding_twice_is_folding_once(cell in cell()) {
            let norm = identity::parse(&cell).norm;
            prop_assert_eq!(&identity::parse(&norm).norm, &norm);
            let shown = name::display(&cell);
            prop_assert_eq!(shown.as_deref().and_then(name::key), name::key(&cell));
        }
    }
}
