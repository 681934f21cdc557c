//! Splitting a migration file: statements, what lies between them, COPY data and psql's own commands.
//!
//! Never at every `;`, and never by a parser's list of statements, which leaves out what it cannot parse: the
//! spans cover every byte, and what cannot be classified is a statement, which the server then judges. The rules
//! are those of psql's scanner (`src/fe_utils/psqlscan.l`), but for three, where psql guesses and the server knows:
//! a body opens at `BEGIN ATOMIC`, not at any word `begin`; `AS end` and `x.end` close nothing; and an escape
//! string may go on in the next line.

use std::ops::Range;

use super::psql::{copies_from_stdin, sends_the_query, separator};
pub use super::statement::{TransactionControl, keywords, refuses_transaction, transaction_control};
use super::token::{Kind, PlainStrings, Token, token};

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What it is.
    pub kind: SegmentKind,
    /// The bytes of the text that it covers.
    pub span: Range<usize>,
}

/// What a piece of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SegmentKind {
    /// From its first token to its `;`, or to the last token of the file.
    Statement,
    /// White space, comments, and empty statements (a lone `;`).
    Blank,
    /// The data of the `COPY … FROM stdin;` (or `\copy … from stdin`) just before it: from the rest of its line to
    /// the line `\.`, or to the end of the file. [`copy_rows`] gives what goes to the server.
    CopyData,
    /// A command of psql's, from its backslash to the end of the line (its line break is blank), or to `\\`.
    MetaCommand,
}

/// The pieces of a file, in order. Together they cover every byte, without overlap, and none is empty.
///
/// ```
/// use pgproof::migrate::split::{SegmentKind, segments};
/// let text = "create rule r as on delete to t do (select 1; select 2); select ';';";
/// let statements = segments(text).into_iter().filter(|segment| segment.kind == SegmentKind::Statement);
/// assert_eq!(statements.count(), 2);
/// ```
#[must_use]
pub fn segments(text: &str) -> Vec<Segment> {
    let mut splitter = Splitter {
        text,
        at: 0,
        plain_strings: PlainStrings::Standard,
        found: Vec::new(),
    };
    while splitter.at < text.len() {
        splitter.next_segments();
    }
    splitter.found
}

/// The rows of a [`SegmentKind::CopyData`] segment's text: without the rest of the statement's line before them and
/// the line `\.` after them.
///
/// ```
/// use pgproof::migrate::split::copy_rows;
/// assert_eq!(copy_rows(" -- two rows\n1\n2\n\\.\n"), "1\n2\n");
/// ```
#[must_use]
pub fn copy_rows(data: &str) -> &str {
    let rows = data.split_once('\n').map_or("", |(_, rows)| rows);
    let last = rows.trim_end_matches(['\r', '\n']);
    let start = last.rfind('\n').map_or(0, |line_break| line_break + 1);
    if &last[start..] == "\\." {
        &rows[..start]
    } else {
        rows
    }
}

struct Splitter<'a> {
    text: &'a str,
    at: usize,
    plain_strings: PlainStrings,
    found: Vec<Segment>,
}

/// Why a statement is over.
enum End {
    Semicolon { copies_from_stdin: bool },
    MetaCommand,
    LastToken,
}

impl<'a> Splitter<'a> {
    fn token(&self, at: usize) -> Option<Token> {
        token(self.text, at, self.plain_strings)
    }

    fn push(&mut self, kind: SegmentKind, end: usize) {
        if end > self.at {
            self.found.push(Segment {
                kind,
                span: self.at..end,
            });
            self.at = end;
        }
    }

    fn next_segments(&mut self) {
        let mut at = self.at;
        let first = loop {
            match self.token(at) {
                Some(token) if matches!(token.kind, Kind::Blank | Kind::Semicolon) => at = token.span.end,
                other => break other,
            }
        };
        self.push(SegmentKind::Blank, at);
        match first {
            None => {}
            Some(token) if token.kind == Kind::Backslash => self.meta_command(),
            Some(_) => self.statement(),
        }
    }

    fn statement(&mut self) {
        let start = self.at;
        let (end, why) = self.statement_end();
        self.push(SegmentKind::Statement, end);
        if let Some(setting) = plain_strings_set_by(&self.text[start..end]) {
            self.plain_strings = setting;
        }
        if matches!(
            why,
            End::Semicolon {
                copies_from_stdin: true
            }
        ) {
            let line = self.rest_of_line();
            let blank = segments(line)
                .iter()
                .all(|segment| segment.kind == SegmentKind::Blank);
            if !blank {
                // psql comes back to the rest of the line after the data, which then follow no COPY here: what
                // sends them has to refuse them.
                let start = self.at;
                for Segment { kind, span } in segments(line) {
                    self.push(kind, start + span.end);
                }
            }
            self.copy_data();
        }
    }

    /// Where the statement that starts here ends, and why.
    fn statement_end(&self) -> (usize, End) {
        let mut parentheses = 0_usize;
        let mut opening = Opening::default();
        let mut body = 0_usize;
        let mut copies_from_stdin = false;
        let mut previous = Previous::Other;
        let mut last_end = self.at;
        let mut at = self.at;
        while let Some(token) = self.token(at) {
            at = token.span.end;
            if token.kind == Kind::Blank {
                continue;
            }
            let text = &self.text[token.span.clone()];
            match token.kind {
                Kind::Semicolon if parentheses == 0 && body == 0 => {
                    return (at, End::Semicolon { copies_from_stdin });
                }
                Kind::Open => parentheses += 1,
                Kind::Close => parentheses = parentheses.saturating_sub(1),
                Kind::Backslash if sends_the_query(&self.text[at..]) => return (last_end, End::MetaCommand),
                Kind::Word => {
                    opening.see(text);
                    let is = |keyword: &str| text.eq_ignore_ascii_case(keyword);
                    match previous {
                        Previous::From if is("stdin") && opening.is_copy() && parentheses == 0 => {
                            copies_from_stdin = true;
                        }
                        Previous::Begin if is("atomic") && opening.is_routine() && parentheses == 0 => {
                            body += 1;
                        }
                        Previous::DotOrAs => {}
                        _ if body > 0 && is("case") => body += 1,
                        _ if body > 0 && is("end") => body -= 1,
                        _ => {}
                    }
                }
                _ => {}
            }
            if token.kind != Kind::Word {
                opening.close();
            }
            previous = Previous::of(token.kind, text);
            last_end = at;
        }
        (last_end, End::LastToken)
    }

    /// From a backslash to the end of its line, and the data below if it is `\copy … from stdin`.
    fn meta_command(&mut self) {
        let line = self.rest_of_line();
        self.push(
            SegmentKind::MetaCommand,
            self.at + separator(line).unwrap_or(line.len()),
        );
        if copies_from_stdin(line) {
            self.copy_data();
        }
    }

    /// From the end of a line to the line `\.`, or to the end of the text.
    fn copy_data(&mut self) {
        let mut at = line_end(self.text, self.at);
        while at < self.text.len() {
            let end = line_end(self.text, at);
            let line = self.text[at..end].trim_end_matches(['\r', '\n']);
            at = end;
            if line == "\\." {
                break;
            }
        }
        self.push(SegmentKind::CopyData, at);
    }

    /// What is left of the line, without its line break.
    fn rest_of_line(&self) -> &'a str {
        let line = &self.text[self.at..line_end(self.text, self.at)];
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line)
    }
}

/// The token before, as far as it decides what a word means.
enum Previous {
    From,
    Begin,
    DotOrAs,
    Other,
}

impl Previous {
    fn of(kind: Kind, text: &str) -> Self {
        match kind {
            Kind::Dot => Self::DotOrAs,
            Kind::Word if text.eq_ignore_ascii_case("as") => Self::DotOrAs,
            Kind::Word if text.eq_ignore_ascii_case("from") => Self::From,
            Kind::Word if text.eq_ignore_ascii_case("begin") => Self::Begin,
            _ => Self::Other,
        }
    }
}

/// The words that a statement opens with, as far as they decide where it may end.
#[derive(Default)]
struct Opening {
    words: Vec<String>,
    closed: bool,
}

impl Opening {
    fn see(&mut self, word: &str) {
        if !self.closed && self.words.len() < 4 {
            self.words.push(word.to_ascii_uppercase());
        }
    }

    fn close(&mut self) {
        self.closed = true;
    }

    fn is_copy(&self) -> bool {
        self.words.first().is_some_and(|word| word == "COPY")
    }

    fn is_routine(&self) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        matches!(
            words[..],
            ["CREATE", "FUNCTION" | "PROCEDURE", ..] | ["CREATE", "OR", "REPLACE", "FUNCTION" | "PROCEDURE"]
        )
    }
}

/// How plain strings read after a `SET standard_conforming_strings`.
fn plain_strings_set_by(statement: &str) -> Option<PlainStrings> {
    // Looked for first, since almost no statement has it.
    let (start, end) = (statement.get(..3)?, statement.len().min(200));
    if !start.eq_ignore_ascii_case("set") {
        return None;
    }
    let words: Vec<String> = super::token::significant(statement)
        .take_while(|token| token.span.start < end)
        .map(|token| statement[token.span].trim_matches('\'').to_ascii_lowercase())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["set", "standard_conforming_strings", _, value, ..]
        | [
            "set",
            "session" | "local",
            "standard_conforming_strings",
            _,
            value,
            ..,
        ] => Some(if matches!(value, "off" | "false" | "no" | "0") {
            PlainStrings::Escaped
        } else {
            PlainStrings::Standard
        }),
        _ => None,
    }
}

/// The byte after the line break that ends the line of byte `at`.
fn line_end(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |line_break| at + line_break + 1)
}
