//! A piece of a file as it is sent: with pieces of ours in place of some of its own, and the way back from a place in what
//! was sent to the place in the file.

use std::ops::Range;

use super::script::Script;

/// Something else that is sent in place of a piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// The bytes of the file that are not sent.
    pub(crate) span: Range<usize>,
    /// What is sent for them.
    pub(crate) text: String,
}

/// A piece of a file as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// What the server gets.
    pub(crate) text: String,
    /// The bytes of the file that it comes from.
    pub(crate) span: Range<usize>,
    edits: Vec<Edit>,
}

impl Sent {
    /// The piece of the script with the script's edits.
    pub(crate) fn of(script: &Script, span: Range<usize>) -> Self {
        Self::with(script, span, script.edits.clone())
    }

    /// The piece of the script with these edits, which are in order and do not overlap; those outside the piece are left out.
    pub(crate) fn with(script: &Script, span: Range<usize>, edits: Vec<Edit>) -> Self {
        let edits: Vec<Edit> = edits
            .into_iter()
            .filter(|edit| edit.span.start >= span.start && edit.span.end <= span.end)
            .collect();
        let mut text = String::new();
        let mut at = span.start;
        for edit in &edits {
            text.push_str(&script.text[at..edit.span.start]);
            text.push_str(&edit.text);
            at = edit.span.end;
        }
        text.push_str(&script.text[at..span.end]);
        Self { text, span, edits }
    }

    /// The byte of the file at a character of what was sent, counted from 1 as the server does. What stands in an edit is
    /// at its beginning.
    pub(crate) fn byte_in_file(&self, character: usize) -> usize {
        let sent = self
            .text
            .char_indices()
            .nth(character.saturating_sub(1))
            .map_or(self.text.len(), |(at, _)| at);
        let mut file = self.span.start;
        let mut before = 0;
        for edit in &self.edits {
            let begins = before + (edit.span.start - file);
            if sent < begins {
                break;
            }
            if sent < begins + edit.text.len() {
                return edit.span.start;
            }
            before = begins + edit.text.len();
            file = edit.span.end;
        }
        (file + (sent - before)).min(self.span.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_what_was_sent_is_found_in_the_file() {
        let script = Script::new("a.sql", "select 1; é create x; select y");
        let create = script.text.find("create").unwrap();
        let edits = vec![Edit {
            span: create..create + "create x;".len(),
            text: "something much longer;".to_owned(),
        }];
        let sent = Sent::with(&script, 0..script.text.len(), edits);
        assert_eq!(sent.text, "select 1; é something much longer; select y");
        let place = |what: &str| {
            let byte = sent.text.find(what).unwrap();
            sent.byte_in_file(sent.text[..byte].chars().count() + 1)
        };
        assert_eq!(place("1"), 7);
        assert_eq!(place("much"), create);
        assert_eq!(place("select y"), script.text.find("select y").unwrap());
        assert_eq!(sent.byte_in_file(999), script.text.len());
    }
}
