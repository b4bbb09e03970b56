//! How far a record reaches, by the rules of the csv reader, without splitting it.

/// A record longer than this is an unclosed quotation mark.
const MAX_RECORD_BYTES: usize = 1 << 20;
/// A record over more lines than this is an unclosed quotation mark.
const MAX_RECORD_LINES: usize = 50;

/// Where the csv reader is in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    CellStart,
    Plain,
    Quoted,
    QuoteInQuoted,
}

impl At {
    fn step(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::CellStart | Self::QuoteInQuoted, b'"') => Self::Quoted,
            (Self::Quoted, b'"') => Self::QuoteInQuoted,
            (Self::Quoted, _) => Self::Quoted,
            (_, byte) if byte == delimiter || byte == b'\n' => Self::CellStart,
            _ => Self::Plain,
        }
    }
}

/// How far a record reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// So many bytes.
    Whole(usize),
    /// The text ends inside its quotes.
    Open,
    /// It is no record: its quotes never close.
    Endless,
}

impl Span {
    /// The span of the first record.
    pub(super) fn of(text: &[u8], delimiter: u8) -> Self {
        let (mut at, mut lines) = (At::CellStart, 0);
        for (place, byte) in text.iter().enumerate() {
            at = at.step(*byte, delimiter);
            if *byte == b'\n' && at != At::Quoted {
                return Self::Whole(place + 1);
            }
            lines += usize::from(*byte == b'\n');
            if at == At::Quoted && (lines >= MAX_RECORD_LINES || place >= MAX_RECORD_BYTES) {
                return Self::Endless;
            }
        }
        if at == At::Quoted { Self::Open } else { Self::Whole(text.len()) }
    }
}

/// The text with a line feed for every carriage return that ends a row by itself, and how many these are; none without.
/// Returns before a line feed belong to it.
pub(super) fn ended_lines(text: &[u8], delimiter: u8) -> Option<(Vec<u8>, usize)> {
    let mut ended: Option<Vec<u8>> = None;
    let (mut at, mut returns, mut place) = (At::CellStart, 0, 0);
    while place < text.len() {
        let run = text[place..].iter().take_while(|byte| **byte == b'\r').count();
        if run == 0 {
            at = at.step(text[place], delimiter);
            place += 1;
            continue;
        }
        if at != At::Quoted && text.get(place + run) != Some(&b'\n') {
            ended.get_or_insert_with(|| text.to_vec())[place..place + run].fill(b'\n');
            returns += run;
            at = At::CellStart;
        } else {
            at = at.step(b'\r', delimiter);
        }
        place += run;
    }
    ended.map(|ended| (ended, returns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_quote_is_one_at_the_start_of_a_cell() {
        for (raw, open) in
            [("a,\"b", true), ("a,\"b\"", false), ("a,b\"", false), ("\"a\"\"", true), ("\"a\"b\"", false)]
        {
            assert_eq!(Span::of(raw.as_bytes(), b',') == Span::Open, open, "{raw}");
        }
    }

    #[test]
    fn a_return_by_itself_ends_a_row_outside_of_quotes() {
        for (text, expected) in [
            ("a,b\r1,2\n3,4\n", Some(("a,b\n1,2\n3,4\n", 1))),
            ("a\r\n\"b\rc\"\r\nd\r\r\n", None),
            ("\"a\rb\",c\rd\r", Some(("\"a\rb\",c\nd\n", 2))),
        ] {
            let ended = ended_lines(text.as_bytes(), b',');
            let expected = expected.map(|(text, returns)| (text.as_bytes().to_vec(), returns));
            assert_eq!(ended, expected, "{text:?}");
        }
    }
}
