//! Lines with an indent: what may have several lines of its own is set off so that none can be mistaken.

use std::fmt::Write as _;

use super::super::Grant;

/// A text that grows by whole lines.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    /// The text of each object, one after the other.
    pub(super) fn each<T>(objects: &[T], write: impl Fn(&mut Self, &T)) -> Self {
        let mut text = Self::default();
        for object in objects {
            write(&mut text, object);
        }
        text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// One line.
    pub(super) fn line(&mut self, indent: usize, line: impl AsRef<str>) {
        let _ = writeln!(self.0, "{:indent$}{}", "", line.as_ref(), indent = indent * 2);
    }

    /// An empty line and a heading.
    pub(super) fn heading(&mut self, heading: &str) {
        self.0.push('\n');
        self.line(0, heading);
    }

    /// `label: text`, or the label and the lines below it, each behind a bar.
    pub(super) fn block(&mut self, indent: usize, label: &str, text: &str) {
        if !text.contains('\n') {
            return self.line(indent, format!("{label}: {text}"));
        }
        self.line(indent, format!("{label}:"));
        self.barred(indent + 1, text);
    }

    /// A line that may have breaks in it after all: a default of several lines, an odd label.
    pub(super) fn block_of_one_line(&mut self, indent: usize, text: &str) {
        match text.split_once('\n') {
            None => self.line(indent, text),
            Some((first, rest)) => {
                self.line(indent, first);
                self.barred(indent + 2, rest);
            }
        }
    }

    fn barred(&mut self, indent: usize, text: &str) {
        for line in text.split('\n') {
            self.line(
                indent,
                if line.is_empty() {
                    "|".to_owned()
                } else {
                    format!("| {line}")
                },
            );
        }
    }

    pub(super) fn comment(&mut self, indent: usize, comment: Option<&str>) {
        if let Some(comment) = comment {
            self.block(indent, "comment", comment);
        }
    }

    pub(super) fn grants(&mut self, indent: usize, grants: &[Grant]) {
        for grant in grants {
            self.line(indent, format!("grant {grant}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_a_text_stands_behind_a_bar_so_that_blank_ones_and_the_last_are_seen() {
        let mut text = Text::default();
        text.block(1, "body", "begin\n\nend\n");
        text.block(1, "body", "select 1");
        assert_eq!(
            text.into_string(),
            "  body:\n    | begin\n    |\n    | end\n    |\n  body: select 1\n"
        );
    }
}
