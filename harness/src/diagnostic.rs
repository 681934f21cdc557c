//! A message about a place in a text, drawn with the source line and a caret.
//!
//! Used for the contract's errors, for statements of migrations that fail, and for consumer queries. It says where and what;
//! whether that ends a run is for the caller to say.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, normalize_untrusted_str};

use crate::claim::Location;

/// The width that long source lines are cut to. It is fixed, so that a message reads the same in a log as on a terminal.
const WIDTH: usize = 120;

/// A span longer than this is underlined only this far, where its line is too long to show whole.
const LONGEST_UNDERLINE: usize = 60;

/// What a note below the source line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// What to do about it.
    Help,
    /// What else is known.
    Note,
}

/// A message about a place in a text.
///
/// ```
/// use pgproof::diagnostic::{Diagnostic, NoteKind};
/// let diagnostic = Diagnostic::new("pgproof.toml", "nmae = 'x'\n", 0..4, "unknown key `nmae`")
///     .labelled("not known here")
///     .with(NoteKind::Help, "did you mean `name`?");
/// let text = diagnostic.render(false);
/// assert!(text.contains("--> pgproof.toml:1:1"));
/// assert!(text.contains("^^^^ not known here"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// The file, as a user would type it.
    pub file: String,
    /// The whole text of the file.
    pub source: String,
    /// The place, in bytes of `source`. A span that does not fit the text is moved to the nearest place that does.
    pub span: Range<usize>,
    /// What is said right at the caret; may be empty.
    pub label: String,
    /// What is said below, in this order.
    pub notes: Vec<(NoteKind, String)>,
}

impl Diagnostic {
    /// A message about `span` of `source`, without label or notes.
    pub fn new(
        file: impl Into<String>,
        source: impl Into<String>,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            message: message.into(),
            file: file.into(),
            source: source.into(),
            span,
            label: String::new(),
            notes: Vec::new(),
        }
    }

    /// The same message with a word at the caret.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same message with one more note below.
    #[must_use]
    pub fn with(mut self, kind: NoteKind, text: impl Into<String>) -> Self {
        self.notes.push((kind, text.into()));
        self
    }

    /// Where it is: line, and column in characters.
    pub fn location(&self) -> Location {
        let line = self.line();
        let column = line.text[..line.span.start].chars().count() + 1;
        Location {
            file: self.file.clone(),
            line: as_u32(line.number),
            column: Some(as_u32(column)),
        }
    }

    /// Draws it, with colours where `styled`. The text ends without a line break.
    pub fn render(&self, styled: bool) -> String {
        let line = self.line();
        let label = normalize_untrusted_str(&self.label);
        let annotation = AnnotationKind::Primary
            .span(line.underlined())
            .label(if label.is_empty() {
                None
            } else {
                Some(label.as_str())
            });
        let file = normalize_untrusted_str(&self.file);
        let snippet = Snippet::source(line.text)
            .line_start(line.number)
            .path(file.as_str())
            .annotation(annotation);
        let message = normalize_untrusted_str(&self.message);
        let notes: Vec<_> = self
            .notes
            .iter()
            .map(|(kind, text)| (*kind, normalize_untrusted_str(text)))
            .collect();
        let group = Level::ERROR
            .primary_title(message.as_str())
            .element(snippet)
            .elements(notes.iter().map(|(kind, text)| match kind {
                NoteKind::Help => Level::HELP.message(text.as_str()),
                NoteKind::Note => Level::NOTE.message(text.as_str()),
            }));
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let drawn = renderer.term_width(WIDTH).render(&[group]);
        // The drawing pads lines that hold no label; blanks at the end of a line are noise in a log and in a snapshot.
        drawn.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// The line that the span begins on. Only that line is drawn: the rest of a statement of a thousand lines helps nobody.
    fn line(&self) -> Line<'_> {
        let source = self.source.as_str();
        let mut start = floor(source, self.span.start);
        // "Something is missing at the end" is shown at the end of the last line, not on the empty one behind it.
        if start == source.len() && start > 0 {
            start = source.trim_end_matches(['\n', '\r']).len();
        }
        let from = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let until = source[from..].find('\n').map_or(source.len(), |at| from + at);
        let number = source[..from].matches('\n').count() + 1;
        let mut text = source[from..until].trim_end_matches('\r');
        let mut start = start - from;
        // A byte order mark is no column.
        if let Some(rest) = text.strip_prefix('\u{feff}') {
            start = start.saturating_sub(text.len() - rest.len());
            text = rest;
        }
        let start = start.min(text.len());
        let wanted = self.span.end.saturating_sub(self.span.start);
        let end = floor(text, start.saturating_add(wanted).min(text.len())).max(start);
        Line {
            number,
            text,
            span: start..end,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(false))
    }
}

/// One line of the source and the part of the span that lies on it.
struct Line<'a> {
    /// Counted from 1.
    number: usize,
    /// Without its line break.
    text: &'a str,
    /// In bytes of `text`.
    span: Range<usize>,
}

impl Line<'_> {
    /// What the carets stand under: at least one character where there is one, and never so many that the place is lost.
    fn underlined(&self) -> Range<usize> {
        let Range { start, end } = self.span.clone();
        let next = self.text[start..]
            .chars()
            .next()
            .map_or(start, |first| start + first.len_utf8());
        let mut end = end.max(next);
        if self.text.len() > WIDTH && end - start > LONGEST_UNDERLINE {
            end = floor(self.text, start + LONGEST_UNDERLINE);
        }
        start..end
    }
}

/// The nearest place at or before `at` where a character begins.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "diagnostic_tests.rs"]
mod tests;
