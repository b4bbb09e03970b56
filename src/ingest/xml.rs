//! XML parts of a package, streamed: any encoding, every legal way of writing text.
//!
//! A part may be in UTF-8, in UTF-16 with or without a mark, or in what its declaration says (GBK). Text is text whether
//! it stands as characters, as references or as CDATA. What is cut off is not read: an element that is still open
//! at the end of the part is damage, wherever a lenient reader would see an end.

use std::borrow::Cow;
use std::io::BufRead;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};
use quick_xml::encoding::DecodingReader;
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::source::Source;
use crate::error::Result;

/// A part being read. Empty elements are given as a start and an end.
pub(super) struct Xml<'a, R> {
    reader: Reader<DecodingReader<R>>,
    source: Source<'a>,
    format: &'static str,
    buffer: Vec<u8>,
    depth: usize,
}

impl<'a, R: BufRead> Xml<'a, R> {
    /// A part of a file of this format.
    pub(super) fn new(source: &Source<'a>, format: &'static str, part: R) -> Self {
        let mut reader = Reader::from_reader(DecodingReader::new(part));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, source: *source, format, buffer: Vec::new(), depth: 0 }
    }

    /// The next event; none after the last.
    pub(super) fn next(&mut self) -> Result<Option<Event<'_>>> {
        self.buffer.clear();
        let (source, format) = (self.source, self.format);
        match self.reader.read_event_into(&mut self.buffer).map_err(|cause| source.damaged(format, cause))? {
            Event::Eof if self.depth > 0 => {
                Err(source.damaged(format, "内容在中途结束/an element is still open at its end"))
            }
            Event::Eof => Ok(None),
            Event::Start(tag) => {
                self.depth += 1;
                Ok(Some(Event::Start(tag)))
            }
            Event::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(Some(Event::End(tag)))
            }
            Event::Decl(declaration) => {
                let decoder = self.reader.get_mut();
                declare(decoder, &declaration).map_err(|label| {
                    source.damaged(format, format_args!("编码 {label} 不认识/unknown encoding {label}"))
                })?;
                Ok(Some(Event::Decl(declaration)))
            }
            other => Ok(Some(other)),
        }
    }

    /// Reads past the end of the element whose start was just given.
    pub(super) fn skip(&mut self) -> Result<()> {
        let outside = self.depth - 1;
        while self.depth > outside {
            if self.next()?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

/// Follows a declared encoding; the bytes of UTF-16 speak for themselves, whatever is declared.
fn declare<R>(decoder: &mut DecodingReader<R>, declaration: &BytesDecl<'_>) -> std::result::Result<(), String> {
    if decoder.encoding() != UTF_8 {
        return Ok(());
    }
    match (declaration.encoding(), declaration.encoder()) {
        (_, Some(encoding)) if encoding != UTF_16LE && encoding != UTF_16BE => {
            decoder.set_encoding(encoding);
            Ok(())
        }
        (Some(Ok(label)), None) => Err(label.chars().filter(char::is_ascii_graphic).take(40).collect()),
        _ => Ok(()),
    }
}

/// The text of an event, when it is one that shows text.
pub(super) fn text<'e>(event: &Event<'e>) -> Option<Cow<'e, str>> {
    match event {
        Event::Text(text) => Some(text.xml10_content()),
        Event::CData(text) => Some(text.xml10_content()),
        Event::GeneralRef(reference) => {
            let written = format!("&{};", &**reference);
            let unescaped = quick_xml::escape::unescape(&written).map(Cow::into_owned);
            Some(Cow::Owned(unescaped.unwrap_or(written)))
        }
        _ => None,
    }
}

/// An attribute by its local name, whatever the prefix.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let mut named = attributes.with_checks(false).flatten();
    let found = named.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(Cow::into_owned)
}

/// A whole number in an attribute.
pub(super) fn number(tag: &BytesStart<'_>, name: &str) -> Option<u32> {
    attribute(tag, name)?.trim().parse().ok()
}
