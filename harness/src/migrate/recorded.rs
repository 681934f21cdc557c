//! From what the recorder noted to the statement of the script that it came from.

use std::ops::Range;

use super::psql::Content;
use super::script::Script;
use super::sent::Sent;
use super::split::{SegmentKind, keywords};
use crate::checksum::sha256;
use crate::claim::Location;

/// The statements of one script, to find the one that the server speaks of.
pub(super) struct Statements<'a> {
    script: &'a Script,
    /// In the order in which they run; those of the files that the script takes in, too.
    spans: Vec<(&'a Script, Range<usize>)>,
    /// Of each statement, as `recorder.sql` prints it.
    hashes: Vec<String>,
}

impl<'a> Statements<'a> {
    pub(super) fn of(script: &'a Script) -> Self {
        let mut spans = Vec::new();
        collect(script, &mut spans);
        let hashes = spans
            .iter()
            .map(|(script, span)| sha256(&Sent::of(script, span.clone()).text))
            .collect();
        Self {
            script,
            spans,
            hashes,
        }
    }

    pub(super) fn reader(&self) -> Reader<'_, 'a> {
        Reader {
            statements: self,
            next: 0,
            last: String::new(),
        }
    }

    fn text(&self, at: usize) -> &'a str {
        let (script, span) = &self.spans[at];
        &script.text[span.clone()]
    }

    fn location(&self, at: usize) -> Location {
        let (script, span) = &self.spans[at];
        let position = script.position(span.start);
        Location {
            file: script.path.to_string(),
            line: position.line,
            column: None,
        }
    }

    fn top(&self) -> Location {
        Location {
            file: self.script.path.to_string(),
            line: 1,
            column: None,
        }
    }

    /// The statements that first and last were about a thing of that catalog and name; the file's first line where
    /// none bears the name.
    pub(super) fn naming(&self, class: &str, name: &str) -> (Location, Location) {
        let words: &[&str] = match class {
            "pg_authid" => &["CREATE", "ALTER", "COMMENT"],
            "pg_auth_members" => &["GRANT", "REVOKE", "CREATE", "ALTER"],
            "pg_database" => &["GRANT", "REVOKE", "ALTER", "COMMENT"],
            _ => &["ALTER"],
        };
        let about = |dynamic: bool| {
            let fits = move |at: &usize| {
                let text = self.text(*at);
                let first = keywords(text).first().cloned().unwrap_or_default();
                let fits = if dynamic {
                    matches!(first.as_str(), "DO" | "SELECT" | "CALL" | "REASSIGN" | "DROP")
                } else {
                    words.contains(&first.as_str()) && (class != "pg_authid" || is_about_role(text, name))
                };
                fits && mentions(text, name)
            };
            let mut found = (0..self.spans.len()).filter(fits);
            let first = found.next()?;
            Some((
                self.location(first),
                self.location(found.next_back().unwrap_or(first)),
            ))
        };
        about(false)
            .or_else(|| about(true))
            .unwrap_or_else(|| (self.top(), self.top()))
    }
}

/// The statements of a script, and of those that it takes in, in the order in which they run.
fn collect<'a>(script: &'a Script, spans: &mut Vec<(&'a Script, Range<usize>)>) {
    for segment in script.segments() {
        match (segment.kind, script.taken(segment.span.start)) {
            (SegmentKind::Statement, _) => spans.push((script, segment.span)),
            (SegmentKind::MetaCommand, Some(Content::Script(inner))) => collect(inner, spans),
            _ => {}
        }
    }
}

/// Whether a statement makes, changes or comments on a role of that name; a `CREATE POLICY … TO app` does not.
fn is_about_role(statement: &str, name: &str) -> bool {
    let words = keywords(statement);
    words
        .iter()
        .position(|word| matches!(word.as_str(), "ROLE" | "USER" | "GROUP"))
        .is_some_and(|at| {
            words[at + 1..]
                .first()
                .is_some_and(|word| word.trim_matches('"').eq_ignore_ascii_case(name))
        })
}

/// Whether a name stands in the text as a whole word, in any case.
fn mentions(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&name)
        .any(|(at, found)| !text[..at].ends_with(is_part) && !text[at + found.len()..].starts_with(is_part))
}

/// One line of the record: a command that the event trigger saw.
pub(super) struct Command<'a> {
    /// Of the message that it came in.
    hash: &'a str,
    /// When that message came, which tells two with the same text apart.
    at: &'a str,
    tag: &'a str,
    /// What the server calls one of the objects.
    subject: String,
    pub(super) objects: &'a str,
}

impl<'a> Command<'a> {
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.splitn(5, '|');
        let mut next = || fields.next();
        let (hash, at, tag, subject, objects) = (next()?, next()?, next()?, next()?, next()?);
        let subject: Vec<u8> = (0..subject.len() / 2)
            .filter_map(|at| u8::from_str_radix(subject.get(2 * at..2 * at + 2)?, 16).ok())
            .collect();
        Some(Self {
            hash,
            at,
            tag,
            subject: String::from_utf8_lossy(&subject).into_owned(),
            objects,
        })
    }

    /// The words of the object's name, without schema and arguments: `app.purge(integer)` gives `purge`.
    fn name(&self) -> Option<&str> {
        let subject = self.subject.split(['(', ' ']).next()?;
        subject
            .rsplit('.')
            .next()
            .map(|name| name.trim_matches('"'))
            .filter(|name| !name.is_empty())
    }
}

/// Walks over the statements in the order in which the server ran them.
pub(super) struct Reader<'s, 'a> {
    statements: &'s Statements<'a>,
    /// Where to go on looking.
    next: usize,
    /// When the message came that the last command was in.
    last: String,
}

impl Reader<'_, '_> {
    /// The statement that a command belongs to: the one whose text was sent, told by its hash, or, where the whole
    /// file was sent, the next one that begins like the command, best one that names the object.
    pub(super) fn statement(&mut self, command: &Command<'_>) -> Location {
        let all = self.statements;
        let count = all.spans.len();
        if let Some(at) = self.sent(command) {
            self.next = at;
            command.at.clone_into(&mut self.last);
            return all.location(at);
        }
        let tag: Vec<&str> = command.tag.split(' ').collect();
        // `CREATE OR REPLACE FUNCTION` has the tag CREATE FUNCTION, `CREATE UNIQUE INDEX` CREATE INDEX.
        let begins = |words: &[String]| {
            words.first().is_some_and(|word| word == tag[0])
                && tag
                    .last()
                    .is_some_and(|last| words.iter().any(|word| word == last))
        };
        let is_do = |at: usize| keywords(all.text(at)).first().is_some_and(|word| word == "DO");
        let fits = |at: usize| is_do(at) || begins(&keywords(all.text(at)));
        let names = |at: usize| command.name().is_none_or(|name| mentions(all.text(at), name));
        let found = (self.next..count)
            .find(|&at| fits(at) && names(at))
            .or_else(|| (self.next..count).find(|&at| fits(at)))
            .or_else(|| (0..count).find(|&at| fits(at)));
        match found {
            Some(at) => {
                // A DO block may run several commands; of other statements each command is the next one's.
                self.next = if is_do(at) { at } else { at + 1 };
                all.location(at)
            }
            None => all.top(),
        }
    }

    /// The statement that was sent by itself with the command in it.
    fn sent(&self, command: &Command<'_>) -> Option<usize> {
        let hashes = &self.statements.hashes;
        let from = if self.last == command.at || self.last.is_empty() {
            self.next
        } else {
            self.next + 1
        };
        let rest = hashes.get(from..)?;
        rest.iter()
            .position(|hash| hash == command.hash)
            .map(|at| from + at)
            .or_else(|| hashes.iter().position(|hash| hash == command.hash))
    }
}
