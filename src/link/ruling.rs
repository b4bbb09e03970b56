//! A person's decision on a pair.

/// Whether two records are one person, as a person decided. Nothing the linker finds overturns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ruling {
    /// Row of the left frame.
    pub left: u32,
    /// Row of the right frame.
    pub right: u32,
    /// One person, or two.
    pub same: bool,
}
