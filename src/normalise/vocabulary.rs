//! Vocabularies: canonical labels, their synonyms and known typos.
//!
//! A code list as data. Numeric codes conflict between systems, so a label is the contract: both systems' spellings of one state lead to
//! one canonical label, and what no list knows is reported, never guessed. How a cell is looked up is in [`label`](super::label).

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
