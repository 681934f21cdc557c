//! One SQL file: its text as the server gets it, and positions in it as people count them.

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha384};

use super::error::{Encoding, ReadError};
use super::psql::{Content, Taken};
use super::sent::Edit;
use super::split::{Segment, segments};
use crate::claim::Location;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A SQL file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The file as a user would type it: relative to the project's folder.
    pub path: Utf8PathBuf,
    /// The text without a leading byte-order mark; line breaks are as in the file.
    pub text: String,
    /// Whether the file begins with a byte-order mark.
    pub byte_order_mark: bool,
    /// What the tool sends in a message each, where it splits files by rules of its own.
    pub messages: Option<Vec<Range<usize>>>,
    /// The file's own text, where the tool makes another of it.
    original: Option<String>,
    /// What is sent in place of pieces of the text, in order.
    pub(crate) edits: Vec<Edit>,
    /// Of a script that psql runs: the files that it takes in.
    pub(crate) psql: Option<Vec<Taken>>,
}

/// A place in a text, as editors show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Counted from 1; `\n` and `\r\n` end a line.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
}

impl Script {
    /// Reads `path`, which is relative to the project's folder `root`.
    ///
    /// # Errors
    /// The file cannot be read, or is not UTF-8, or holds a NUL, which no PostgreSQL statement can.
    pub fn read(root: &Utf8Path, path: &Utf8Path) -> Result<Self, ReadError> {
        let bytes = std::fs::read(root.join(path)).map_err(|source| ReadError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        if let Some(encoding) = utf16(&bytes) {
            return Err(ReadError::Encoding {
                path: path.to_owned(),
                encoding,
            });
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
            let Position { line, column } = position(&before, valid);
            ReadError::NotUtf8 {
                path: path.to_owned(),
                byte: error.as_bytes()[valid],
                line,
                column,
            }
        })?;
        if let Some(nul) = text.find('\0') {
            let Position { line, column } = position(&text, nul);
            return Err(ReadError::Nul {
                path: path.to_owned(),
                line,
                column,
            });
        }
        Ok(Self::new(path, text))
    }

    /// A script of this text, which may begin with a byte-order mark.
    #[must_use]
    pub fn new(path: impl Into<Utf8PathBuf>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        let byte_order_mark = text.starts_with(BYTE_ORDER_MARK);
        if byte_order_mark {
            text.drain(..BYTE_ORDER_MARK.len());
        }
        Self {
            path: path.into(),
            text,
            byte_order_mark,
            messages: None,
            original: None,
            edits: Vec::new(),
            psql: None,
        }
    }

    /// What the command at that byte takes in.
    pub(crate) fn taken(&self, at: usize) -> Option<&Content> {
        let taken = self.psql.as_ref()?.iter().find(|taken| taken.at == at);
        taken.map(|taken| &taken.content)
    }

    /// The script and those that it takes in.
    pub(crate) fn with_included(&self) -> impl Iterator<Item = &Script> {
        std::iter::once(self).chain(self.included())
    }

    /// The scripts that it takes in, and those that they take in.
    pub(crate) fn included(&self) -> Vec<&Script> {
        let mut found = Vec::new();
        for taken in self.psql.iter().flatten() {
            if let Content::Script(inner) = &taken.content {
                found.push(&**inner);
                found.extend(inner.included());
            }
        }
        found
    }

    /// The data that it and those scripts take in.
    pub(crate) fn data(&self) -> impl Iterator<Item = &[u8]> {
        self.with_included()
            .flat_map(|script| script.psql.iter().flatten())
            .filter_map(|taken| match &taken.content {
                Content::Data(data) => Some(data.as_slice()),
                Content::Script(_) | Content::Missing(_) => None,
            })
    }

    /// The text as it is in the file, without the byte-order mark; what tools make their checksums of.
    #[must_use]
    pub fn original(&self) -> &str {
        self.original.as_deref().unwrap_or(&self.text)
    }

    /// The same file with what its tool makes of the text: placeholders filled in, say. Lines have to stay where
    /// they are.
    #[must_use]
    pub fn rewritten(mut self, text: String) -> Self {
        let before = std::mem::replace(&mut self.text, text);
        self.original.get_or_insert(before);
        self
    }

    /// The same file with other text in place of some of its own: the values of placeholders, say.
    pub(crate) fn filled(self, edits: &[Edit]) -> Self {
        if edits.is_empty() {
            return self;
        }
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for edit in edits {
            text.push_str(&self.text[at..edit.span.start]);
            text.push_str(&edit.text);
            at = edit.span.end;
        }
        text.push_str(&self.text[at..]);
        self.rewritten(text)
    }

    /// The same file for a tool that sends it whole.
    pub(crate) fn in_one_message(mut self) -> Self {
        self.messages = Some(std::iter::once(0..self.text.len()).collect());
        self
    }

    /// The same file with nothing but the text in these spans; spaces stand for the rest, so every byte stays where
    /// it is. For files that hold both ways, and for lines that only the tool understands.
    #[must_use]
    pub fn only(&self, spans: &[Range<usize>]) -> Self {
        let mut spans: Vec<&Range<usize>> = spans.iter().collect();
        spans.sort_by_key(|span| span.start);
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for span in spans {
            blank(&mut text, &self.text[at..span.start]);
            text.push_str(&self.text[span.clone()]);
            at = span.end;
        }
        blank(&mut text, &self.text[at..]);
        self.clone().rewritten(text)
    }

    /// The lines of the text: the number, counted from 1, the bytes without the line break, and the text there.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (u32, Range<usize>, &str)> {
        let mut start = 0;
        self.text
            .split_inclusive('\n')
            .zip(1..)
            .map(move |(line, number)| {
                let bare = line.strip_suffix('\n').unwrap_or(line);
                let bare = bare.strip_suffix('\r').unwrap_or(bare);
                let span = start..start + bare.len();
                start += line.len();
                (number, span, bare)
            })
    }

    /// The text of the whole file, with the byte-order mark.
    pub(crate) fn file_text(&self) -> String {
        let mark = if self.byte_order_mark { BYTE_ORDER_MARK } else { "" };
        format!("{mark}{}", self.original())
    }

    /// A line of the file, for a claim.
    pub(crate) fn location_of_line(&self, line: u32) -> Location {
        Location {
            file: self.path.to_string(),
            line,
            column: None,
        }
    }

    /// SHA-384 of the file's bytes, byte-order mark included: what sqlx keeps in its ledger
    /// (`sqlx-core/src/migrate/source.rs`).
    #[must_use]
    pub fn sha384(&self) -> [u8; 48] {
        Sha384::digest(self.file_text()).into()
    }

    /// The pieces of the text; see [`segments`].
    #[must_use]
    pub fn segments(&self) -> Vec<Segment> {
        segments(&self.text)
    }

    /// The place of a byte of the text; one inside a character is that character's, one beyond the end the end's.
    #[must_use]
    pub fn position(&self, byte: usize) -> Position {
        position(&self.text, byte)
    }

    /// The same place, for a claim.
    #[must_use]
    pub fn location(&self, byte: usize) -> Location {
        let Position { line, column } = self.position(byte);
        Location {
            file: self.path.to_string(),
            line,
            column: Some(column),
        }
    }

    /// The byte of the text that an error of PostgreSQL's points at: `character` counts from 1 in the statement
    /// that was sent, which is the text at `statement`. One beyond its end is its end.
    #[must_use]
    pub fn byte_of_character(&self, statement: Range<usize>, character: usize) -> usize {
        let Some(sent) = self.text.get(statement.clone()) else {
            return statement.start.min(self.text.len());
        };
        let at = sent
            .char_indices()
            .nth(character.saturating_sub(1))
            .map_or(sent.len(), |(at, _)| at);
        statement.start + at
    }
}

/// Puts as many spaces at the end as a text has bytes, and its line breaks.
fn blank(out: &mut String, text: &str) {
    for c in text.chars() {
        let stand_in = if matches!(c, '\n' | '\r') { c } else { ' ' };
        out.extend(std::iter::repeat_n(stand_in, c.len_utf8()));
    }
}

fn position(text: &str, byte: usize) -> Position {
    let before = &text[..text.floor_char_boundary(byte)];
    let line_start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
    let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
    Position {
        line: count(before.matches('\n').count()),
        column: count(before[line_start..].chars().count()),
    }
}

/// UTF-16 by its byte-order mark, or without one by the zero in every other byte that ASCII text has then.
fn utf16(bytes: &[u8]) -> Option<Encoding> {
    match bytes {
        [0xff, 0xfe, ..] => return Some(Encoding::Utf16LittleEndian),
        [0xfe, 0xff, ..] => return Some(Encoding::Utf16BigEndian),
        _ => {}
    }
    let start = &bytes[..bytes.len().min(64) & !1];
    let zeros = |odd: usize| {
        start
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|&&byte| byte == 0)
            .count()
    };
    let most = start.len() / 2 - start.len() / 8;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd > 0 && odd >= most => Some(Encoding::Utf16LittleEndian),
        (even, 0) if even > 0 && even >= most => Some(Encoding::Utf16BigEndian),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_characters_and_either_line_break() {
        let script = Script::new("a.sql", "é1\r\nab\nç;x");
        let places: Vec<(u32, u32)> = [0, 1, 2, 3, 4, 5, 7, 8, 10, 11, 99]
            .map(|byte| script.position(byte))
            .map(|place| (place.line, place.column))
            .into();
        assert_eq!(
            places,
            [
                (1, 1),
                (1, 1),
                (1, 2),
                (1, 3),
                (1, 4),
                (2, 1),
                (2, 3),
                (3, 1),
                (3, 2),
                (3, 3),
                (3, 4)
            ]
        );
    }

    #[test]
    fn a_byte_order_mark_is_not_sent_but_counts_for_the_checksum() {
        let script = Script::new("a.sql", "\u{feff}select 1");
        assert_eq!(script.text, "select 1");
        assert_eq!(script.position(0), Position { line: 1, column: 1 });
        assert_eq!(script.sha384()[..], Sha384::digest("\u{feff}select 1")[..]);
        assert_ne!(script.sha384(), Script::new("a.sql", "select 1").sha384());
    }

    #[test]
    fn a_part_of_a_file_stands_where_it_stood() {
        let script = Script::new("a.sql", "-- é\r\nselect 1;\n-- down\ndrop");
        let start = script.text.find("select").unwrap();
        let part = script.only(std::slice::from_ref(&(start..start + 9)));
        assert_eq!(part.text, "     \r\nselect 1;\n       \n    ");
        assert_eq!(part.original(), script.text);
        assert_eq!(part.sha384(), script.sha384());
        let lines: Vec<_> = script.lines().map(|(number, _, line)| (number, line)).collect();
        assert_eq!(
            lines,
            [(1, "-- é"), (2, "select 1;"), (3, "-- down"), (4, "drop")]
        );
        assert!(script.lines().all(|(_, span, line)| &script.text[span] == line));
    }

    #[test]
    fn an_error_position_of_postgresql_is_found_in_the_file() {
        let script = Script::new("a.sql", "-- é\nselect 'é', x;\nselect 2");
        let start = script.text.find("select").unwrap();
        let statement = start..script.text.find(";\n").unwrap() + 1;
        let byte = script.byte_of_character(statement.clone(), 13);
        assert_eq!(&script.text[byte..=byte], "x");
        assert_eq!(script.byte_of_character(statement.clone(), 0), start);
        assert_eq!(script.byte_of_character(statement.clone(), 1000), statement.end);
        assert_eq!(
            script.byte_of_character(7..9999, 3),
            7,
            "a span of another text does not panic"
        );
    }
}
