//! Names that come from data become file names.
//!
//! A township or village is whatever an export says: it may hold `/`, `..`, invisible characters, a Windows device
//! name, or, when columns slipped, a person's identifier. [`safe`] makes one harmless path component of it; [`Names`]
//! keeps the components of one folder apart where sanitising made two names alike (or they differ in case only), by a
//! number given in the order asked for, so callers ask in sorted order.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::mask;

/// A file system takes 255 bytes; room is left for a number and an extension. Common Chinese characters have three bytes,
/// rare ones four. The whole name stands inside the file.
const MAX_BYTES: usize = 210;

/// One harmless path component.
pub(crate) fn safe(name: &str) -> String {
    let masked = mask::unnumbered(name);
    let visible: String = masked.nfc().filter(|c| !is_invisible(*c)).collect();
    let options = sanitize_filename::Options { windows: true, truncate: false, replacement: "" };
    let clean = sanitize_filename::sanitize_with_options(visible.trim(), options);
    let short = &clean[..clean.floor_char_boundary(MAX_BYTES)];
    match short.trim_matches(['.', ' ', '\u{3000}']) {
        "" => "未命名".to_owned(),
        short => short.to_owned(),
    }
}

/// Characters that change how a name is shown without being seen: zero-width, bidirectional, byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// The names already given out in one folder.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// A folder where `reserved` names are taken.
    pub(crate) fn reserving(reserved: &[&str]) -> Self {
        Self(reserved.iter().map(|name| name.to_lowercase()).collect())
    }
    /// A safe component for `name`, unlike all given out before.
    pub(crate) fn allot(&mut self, name: &str) -> String {
        let safe = safe(name);
        let numbered = (2_u32..).map(|number| format!("{safe}-{number}"));
        let mut candidates = std::iter::once(safe.clone()).chain(numbered);
        candidates.find(|candidate| self.0.insert(candidate.to_lowercase())).unwrap_or(safe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(safe(name), expected);
    }

    #[test]
    fn names_become_components() {
        check("城关镇", "城关镇");
        check("../../etc", "etc");
        check("东风村/一组", "东风村一组");
        check("CON", "未命名");
        check("a\u{202e}b\u{200b}", "ab");
        check(" .东风村. ", "东风村");
        check("", "未命名");
        check("342401198001011237", "1237");
        for long in ["村", "𠮷", "a"] {
            let short = safe(&long.repeat(300));
            assert!((200..=MAX_BYTES).contains(&short.len()), "{long}");
        }
    }

    #[test]
    fn collisions_are_numbered() {
        let mut names = Names::reserving(&["总表"]);
        assert_eq!(names.allot("东风村"), "东风村");
        assert_eq!(names.allot("东风/村"), "东风村-2");
        assert_eq!(names.allot("总表"), "总表-2");
        assert_eq!((names.allot("A村"), names.allot("a村")), ("A村".into(), "a村-2".into()));
    }
}
