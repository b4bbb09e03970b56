//! The linker as a whole, on small hand-made registries and on generated ones.
//!
//! [`people`] builds frames as the county pipeline names their columns; [`cases`] states what must be decided in the
//! situations that break linkers (twins, namesakes, pasted and swapped identifiers), [`doubles`] the same inside one table;
//! [`properties`] holds what must be true of any two registries.

mod cases;
mod doubles;
mod people;
mod properties;

use super::Settings;

/// The settings that are shipped.
pub(crate) fn settings() -> Settings {
    toml::from_str(include_str!("../../../pipelines/link.toml")).expect("pipelines/link.toml is a linker's settings")
}

/// Settings out of their text.
pub(crate) fn settings_of(text: &str) -> Settings {
    toml::from_str(text).expect("settings of a test")
}
