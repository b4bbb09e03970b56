//! A zip of parts, and the paths by which its parts name each other.
//!
//! Programs write `xl\worksheets\sheet1.xml`, `/xl/workbook.xml` and `./sharedStrings.xml`, and capital letters as they
//! like: a part is found by what its path means. Bytes before the archive (a line break, a byte-order mark left by a
//! download page) are skipped by the zip reader itself.

use std::collections::BTreeMap;
use std::io::BufReader;

use quick_xml::events::Event;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::content::Input;
use super::source::Source;
use super::xml::{self, Xml};
use super::zip_guard;
use crate::error::Result;

type Archive = ZipArchive<BufReader<Input>>;
/// A part being unpacked.
pub(super) type Part<'p> = BufReader<ZipFile<'p, BufReader<Input>>>;

/// An open package.
pub(super) struct Package<'a> {
    source: Source<'a>,
    format: &'static str,
    archive: Archive,
    /// Index of each part by its plain path.
    parts: BTreeMap<String, usize>,
}

impl<'a> Package<'a> {
    /// Opens the file, which [`zip_guard::check`] has passed.
    pub(super) fn open(source: &Source<'a>, format: &'static str) -> Result<Self> {
        let archive = zip_guard::open(source)?;
        let names = zip_guard::names(source)?;
        let parts: BTreeMap<String, usize> =
            names.iter().enumerate().map(|(index, name)| (plain("", name), index)).collect();
        if parts.len() != names.len() {
            return Err(source.damaged(format, "两个部件同名/two parts of one name"));
        }
        Ok(Self { source: *source, format, archive, parts })
    }

    /// Whether there is such a part.
    pub(super) fn has(&self, path: &str) -> bool {
        self.parts.contains_key(&plain("", path))
    }

    /// A part as XML.
    ///
    /// # Errors
    /// When it is not there, or packed in a way that is not read.
    pub(super) fn xml(&mut self, path: &str) -> Result<Xml<'a, Part<'_>>> {
        let (source, format) = (self.source, self.format);
        Ok(Xml::new(&source, format, self.part(path)?))
    }

    /// A part as bytes.
    ///
    /// # Errors
    /// When it is not there, or packed in a way that is not read.
    pub(super) fn part(&mut self, path: &str) -> Result<Part<'_>> {
        let (source, format) = (self.source, self.format);
        let missing = || source.damaged(format, format_args!("缺少部件 {path}/part {path} is missing"));
        let index = *self.parts.get(&plain("", path)).ok_or_else(missing)?;
        let entry = self.archive.by_index(index).map_err(|cause| source.damaged(format, cause))?;
        Ok(BufReader::new(entry))
    }

    /// The relationships of a part by id: the last word of their kind in lower case, and the plain path of their target.
    pub(super) fn relations(&mut self, part: &str) -> Result<BTreeMap<String, (String, String)>> {
        let folder = folder(part);
        let file = part[folder.len()..].trim_start_matches('/');
        let path = format!("{folder}/_rels/{file}.rels");
        let mut relations = BTreeMap::new();
        if !self.has(&path) {
            return Ok(relations);
        }
        let mut xml = self.xml(&path)?;
        while let Some(event) = xml.next()? {
            let Event::Start(tag) = event else { continue };
            let (Some(id), Some(kind), Some(target)) =
                (xml::attribute(&tag, "Id"), xml::attribute(&tag, "Type"), xml::attribute(&tag, "Target"))
            else {
                continue;
            };
            let kind = kind.rsplit('/').next().unwrap_or_default().to_lowercase();
            relations.insert(id, (kind, plain(folder, &target)));
        }
        Ok(relations)
    }
}

/// A path as it is compared: forward slashes, no `.` and `..`, lower case; relative ones begin at `folder`.
pub(super) fn plain(folder: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut steps: Vec<&str> = if path.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.retain(|step| !step.is_empty());
    steps.join("/").to_lowercase()
}

/// The folder of a plain path.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_it_means() {
        for (folder, path, expected) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", r"worksheets\Sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", r"\xl\worksheets\sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "./../xl/./styles.xml", "xl/styles.xml"),
            ("", "//xl//workbook.xml", "xl/workbook.xml"),
        ] {
            assert_eq!(plain(folder, path), expected, "{path}");
        }
        assert_eq!((folder("xl/workbook.xml"), folder("content.xml")), ("xl", ""));
    }
}
