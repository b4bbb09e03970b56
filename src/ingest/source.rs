//! One input file: where it is, how it is shown, and how it is refused.
//!
//! Every refusal of this module goes through [`Source::refuse`], so that it always carries the place as the user
//! gave it, the problem, and what to do about it.

use std::path::Path;

use bytes::Bytes;

use super::Limits;
use super::content::{Content, Input, NOT_A_FILE};
use crate::error::{Error, Place, Result, Text};
use crate::say;

/// A file to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    /// Where it is.
    pub(super) path: &'a Path,
    /// How every message and table shows it.
    pub(super) file: &'a str,
    /// `national`, `provincial`, or a roll's name.
    pub(super) side: &'a str,
    /// Limits on size.
    pub(super) limits: &'a Limits,
    /// Its bytes.
    pub(super) content: &'a Content,
}

impl Source<'_> {
    /// The file's bytes, from their beginning.
    pub(super) fn open(&self) -> Result<Input> {
        self.content.open(self.path).map_err(|cause| self.unreadable(&cause))
    }

    /// The whole file, when it is no larger than a container may be.
    pub(super) fn bytes(&self) -> Result<Bytes> {
        self.check_size(self.limits.max_file_bytes)?;
        match self.content {
            Content::Memory(bytes) => Ok(bytes.clone()),
            Content::Disk(_) => std::fs::read(self.path).map(Bytes::from).map_err(|cause| self.unreadable(&cause)),
        }
    }

    /// Refuses a file of more than `max_bytes`.
    pub(super) fn check_size(&self, max_bytes: u64) -> Result<()> {
        let bytes = self.content.length();
        if bytes <= max_bytes {
            return Ok(());
        }
        let (mib, max_mib) = (bytes >> 20, max_bytes >> 20);
        Err(self.refuse(
            say!("文件 {mib} MiB，超过上限 {max_mib} MiB", "the file is {mib} MiB, the limit is {max_mib} MiB"),
            say!("请按乡镇分开导出，或导出为 CSV", "export one file per township, or as CSV"),
        ))
    }

    /// A refusal of the whole file.
    pub(super) fn refuse(&self, problem: Text, remedy: Text) -> Error {
        Error::input(problem).at(Place::file(self.file)).remedy(remedy)
    }

    /// The refusal when the operating system does not give the bytes.
    pub(super) fn unreadable(&self, cause: &std::io::Error) -> Error {
        unreadable(self.file, cause)
    }

    /// The refusal of a file whose bytes are no longer those that were read.
    pub(super) fn changed(&self) -> Error {
        self.refuse(
            say!("读取过程中文件被改动", "the file was changed while it was read"),
            say!("请等文件复制或导出完成后再运行", "run again when copying or exporting it is complete"),
        )
    }

    /// The refusal of a file at which the reader of its format gave up.
    pub(super) fn unfit(&self) -> Error {
        self.refuse(
            say!("文件结构损坏，读取程序无法处理", "the file's structure is damaged: its reader gave up"),
            say!(
                "请重新导出；或用 Excel/WPS 打开后另存为 xlsx",
                "export it again, or open it in Excel and save as xlsx"
            ),
        )
    }

    /// The refusal of a file that is what it should be, but broken; format and cause may be [`both`].
    pub(super) fn damaged(&self, format: &str, cause: impl std::fmt::Display) -> Error {
        let cause = cause.to_string();
        let ((format, format_en), (cause, cause_en)) = (both(format), both(&cause));
        self.refuse(
            say!("{format} 文件已损坏：{cause}", "the {format_en} file is damaged: {cause_en}"),
            say!(
                "请重新导出；或用 Excel/WPS 打开后另存为 xlsx",
                "export it again, or open it in Excel and save as xlsx"
            ),
        )
    }

    /// The refusal of a workbook under a password.
    pub(super) fn encrypted(&self) -> Error {
        self.refuse(
            say!("文件设有打开密码", "the workbook is protected by a password"),
            say!(
                "请用 Excel/WPS 打开，清除打开密码后另存为 xlsx",
                "open it in Excel, remove the password, and save it as xlsx"
            ),
        )
    }

    /// The refusal of a file without any content.
    pub(super) fn empty(&self) -> Error {
        self.refuse(
            say!("文件是空的", "the file is empty"),
            say!("请重新导出；确认导出完成后再复制", "export it again, and copy it only when the export is complete"),
        )
    }
}

/// A fault in both languages, written `中文/English`; what a reader of ours or another's says in one is the same in both.
pub(super) fn both(text: &str) -> (&str, &str) {
    let is_border = |(zh, en): &(&str, &str)| {
        zh.ends_with(|c: char| !c.is_ascii()) && en.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    text.split_once('/').filter(is_border).unwrap_or((text, text))
}

/// The refusal when the operating system does not give the bytes of a file.
pub(super) fn unreadable(file: &str, cause: &std::io::Error) -> Error {
    let what = match cause.kind() {
        NOT_A_FILE => say!("不是普通文件，而是文件夹、管道或设备", "not a regular file"),
        _ => say!("文件读不出来：{cause}", "cannot read the file: {cause}"),
    };
    Error::input(what).at(Place::file(file)).remedy(say!(
        "请检查文件是否存在、是否被占用、是否有权限",
        "check that it exists, is a regular file, is not locked, and may be read"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_in_one_language_at_a_time() {
        assert_eq!(both("第 3 行没有结束/row 3 has no end"), ("第 3 行没有结束", "row 3 has no end"));
        assert_eq!(both("缺少 xl/workbook.xml"), ("缺少 xl/workbook.xml", "缺少 xl/workbook.xml"));
        assert_eq!(both("Parquet error: a/b"), ("Parquet error: a/b", "Parquet error: a/b"));
    }
}
