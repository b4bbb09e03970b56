//! Vocabularies: canonical labels, their synonyms and known typos.
//!
//! A code list as data. Numeric codes conflict between systems, so a label is the contract: both systems' spellings
//! of one state lead to one canonical label, and what no list knows is reported, never guessed. How a cell is
//! looked up is in [`label`](super::label).

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::say;

/// One code list. Built by `pipeline` from `pipelines/vocabularies/*.toml`.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// `(canonical label, synonyms)`, in the order of the file.
    pub labels: Vec<(String, Vec<String>)>,
    /// Labels that mean "nothing to say": they equal blank in comparison (非在校生).
    pub blank_equals: Option<String>,
}

/// All code lists by name.
#[derive(Debug, Clone, Default)]
pub struct Vocabularies {
    /// By vocabulary name, as in `Kind::Label(name)`.
    pub by_name: BTreeMap<String, Vocabulary>,
}

impl Vocabularies {
    /// The code list of that name.
    ///
    /// # Errors
    /// When the pipeline has no such list.
    pub fn get(&self, name: &str) -> Result<&Vocabulary> {
        self.by_name.get(name).ok_or_else(|| {
            Error::configuration(say!("缺少词表 {name}", "vocabulary {name} is missing"))
                .remedy(say!("在 vocabularies 目录中加入 {name}.toml", "add {name}.toml to the vocabularies folder"))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::super::{fixture, text};
    use crate::table::{FIELDS, Kind, schema};

    #[test]
    fn every_label_field_has_its_vocabulary() {
        let vocabularies = fixture::shipped_vocabularies();
        for field in FIELDS {
            if let Kind::Label(name) | Kind::Labels(name) = field.kind {
                assert!(vocabularies.get(name).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn no_spelling_means_two_labels() {
        for (name, vocabulary) in fixture::shipped_vocabularies().by_name {
            let mut seen: BTreeMap<String, &str> = BTreeMap::new();
            for (label, synonyms) in &vocabulary.labels {
                for spelling in std::iter::once(label).chain(synonyms) {
                    let before = seen.insert(text::label_form(spelling), label);
                    assert!(before.is_none(), "{name}: {spelling} stands under {label} and {before:?}");
                }
            }
            let blank = vocabulary.blank_equals;
            assert!(blank.is_none_or(|blank| vocabulary.labels.iter().any(|(label, _)| *label == blank)), "{name}");
        }
    }

    #[test]
    fn shipped_profiles_bind_known_fields_by_headers_of_their_own() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/profiles");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let profile: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let mut seen: BTreeMap<String, String> = BTreeMap::new();
            for column in profile["column"].as_array().unwrap() {
                let Some(field) = column.get("field").and_then(|field| field.as_str()) else { continue };
                assert!(schema::field(field).is_some(), "{field}");
                for header in column["headers"].as_array().unwrap() {
                    let before = seen.insert(text::label_form(header.as_str().unwrap()), field.to_owned());
                    assert!(before.is_none(), "{}: {header} names {field} and {before:?}", path.display());
                }
            }
        }
    }
}
