//! Vocabularies: canonical labels, their synonyms and known typos.
use std::collections::BTreeMap;

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
