//! What a returned worklist is recognised by: the very hidden sheet `_meta` and the same facts as custom document
//! properties (an office suite may drop either).
//!
//! `ids_hash` is a keyed hash over the sorted finding ids: it tells a list that was cut or mixed with another from
//! one that was only sorted, and cannot be made without the site's key.

use rust_xlsxwriter::{DocProperties, Worksheet, XlsxError};

use super::columns::SCHEMA;
use super::pack::{Pack, UNASSIGNED};
use crate::emit::Outcome;

/// Name of the sheet: column A a key, column B its value.
pub const SHEET: &str = "_meta";

/// The facts of one worklist, as `(key, value)`.
pub(crate) fn facts(pack: &Pack<'_>, outcome: &Outcome<'_>) -> Vec<(&'static str, String)> {
    let (township, village) = pack.place.area.unwrap_or((UNASSIGNED, UNASSIGNED));
    let ids: Vec<&str> = pack.findings().map(|finding| finding.finding_id.as_str()).collect();
    vec![
        ("hedui_schema", SCHEMA.to_string()),
        ("hedui_title", outcome.title.to_owned()),
        ("hedui_township", township.to_owned()),
        ("hedui_village", village.to_owned()),
        ("hedui_suspect", pack.place.suspect.to_string()),
        ("hedui_part", format!("{}/{}", pack.part.0, pack.part.1)),
        ("hedui_as_of", outcome.as_of.to_owned()),
        ("hedui_rows", pack.rows().to_string()),
        ("hedui_ids_hash", ids_hash(&outcome.settings.site_key, ids)),
    ]
}

/// Keyed hash over finding ids, whatever their order; each part is preceded by its length.
pub fn ids_hash(site_key: &str, mut ids: Vec<&str>) -> String {
    ids.sort_unstable();
    let key = blake3::derive_key("hedui 2026-11 worklist ids", site_key.as_bytes());
    let mut hasher = blake3::Hasher::new_keyed(&key);
    for id in ids {
        hasher.update(&(id.len() as u64).to_le_bytes());
        hasher.update(id.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Fills the sheet and hides it where only a program looks.
pub(crate) fn write(sheet: &mut Worksheet, facts: &[(&str, String)]) -> Result<(), XlsxError> {
    sheet.set_name(SHEET)?;
    for (row, (key, value)) in (0..).zip(facts) {
        sheet.write_string(row, 0, *key)?;
        sheet.write_string(row, 1, value)?;
    }
    sheet.set_very_hidden(true);
    sheet.protect();
    Ok(())
}

/// The same facts as document properties.
pub(crate) fn properties(properties: DocProperties, facts: &[(&str, String)]) -> DocProperties {
    facts.iter().fold(properties, |properties, (key, value)| properties.set_custom_property(*key, value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_ignores_order_and_sees_a_missing_row() {
        let whole = ids_hash("k", vec!["a", "b", "cd"]);
        assert_eq!(whole, ids_hash("k", vec!["cd", "a", "b"]));
        assert_ne!(whole, ids_hash("k", vec!["a", "b"]));
        assert_ne!(whole, ids_hash("other", vec!["a", "b", "cd"]));
        assert_ne!(ids_hash("k", vec!["ab", "c"]), ids_hash("k", vec!["a", "bc"]));
    }
}
