//! Pure kernels: how alike are two values of one kind?
//!
//! In go two prepared values (a name as [`chinese::Glyph`]s, an [`identifier::Identifier`], a calendar [`date::Day`]), out
//! comes an ordered *level*: exact, homophone, one digit wrong, unrelated. Kernels work on slices and integers, never
//! allocate while comparing, and know neither tables nor weights: how much a level is worth is the linker's business.
//!
//! Preparing a value (readings of a name, check character of an identifier) is done once per distinct value; a value that
//! stands for nothing (blank, placeholder, all wildcards) is prepared to `None`, because unknown is never a disagreement.

pub mod chinese;
pub mod date;
pub mod edit;
pub mod glyph;
pub mod identifier;
pub mod pinyin;
