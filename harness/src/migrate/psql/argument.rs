//! The arguments of psql's commands, and its variables in statements.

use std::collections::BTreeMap;

use crate::migrate::sent::Edit;
use crate::migrate::token::{Kind, PlainStrings, token};
use crate::sql::{identifier, literal};

/// What `\set` has set.
pub(super) type Variables = BTreeMap<String, String>;

/// A command with its arguments, the variables in them replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// Without the backslash.
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    /// Whether a variable that nothing has set stands in an argument.
    pub(super) is_open: bool,
}

impl Command {
    /// Reads what stands in a file from a backslash on.
    pub(super) fn read(text: &str, variables: &Variables) -> Self {
        let text = text.trim().trim_end_matches("\\\\");
        let after = text.strip_prefix('\\').unwrap_or(text);
        let end = after
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(after.len());
        // `\!` and `\?` are no words.
        let end = if end == 0 {
            after.chars().next().map_or(0, char::len_utf8)
        } else {
            end
        };
        let (name, rest) = after.split_at(end);
        let mut command = Self {
            name: name.to_owned(),
            arguments: Vec::new(),
            is_open: false,
        };
        let mut rest = rest.trim_start();
        while !rest.is_empty() {
            let (argument, taken, is_open) = argument(rest, variables);
            command.arguments.push(argument);
            command.is_open |= is_open;
            rest = rest[taken.max(1).min(rest.len())..].trim_start();
        }
        command
    }

    pub(super) fn argument(&self, number: usize) -> Option<&str> {
        self.arguments.get(number).map(String::as_str)
    }
}

/// The argument that a text begins with, and how many bytes it takes.
fn argument(text: &str, variables: &Variables) -> (String, usize, bool) {
    let mut value = String::new();
    let mut is_open = false;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            _ if c.is_whitespace() => break,
            '\'' => {
                at += 1;
                while let Some(c) = text[at..].chars().next() {
                    at += c.len_utf8();
                    match c {
                        '\'' if text[at..].starts_with('\'') => {
                            value.push('\'');
                            at += 1;
                        }
                        '\'' => break,
                        '\\' => {
                            let escaped = text[at..].chars().next().unwrap_or('\\');
                            at += escaped.len_utf8().min(text.len() - at);
                            value.push(match escaped {
                                'n' => '\n',
                                't' => '\t',
                                other => other,
                            });
                        }
                        _ => value.push(c),
                    }
                }
            }
            ':' => {
                if let Some((replaced, taken)) = variable(&text[at..], variables) {
                    is_open |= replaced.is_none();
                    value.push_str(replaced.as_deref().unwrap_or(&text[at..at + taken]));
                    at += taken;
                } else {
                    value.push(':');
                    at += 1;
                }
            }
            _ => {
                value.push(c);
                at += c.len_utf8();
            }
        }
    }
    (value, at, is_open)
}

/// The variable at the head of a text, `:name`, `:'name'`, `:"name"` or `:{?name}`: what to write for it, if it is set, and
/// how many bytes it takes.
fn variable(text: &str, variables: &Variables) -> Option<(Option<String>, usize)> {
    let rest = text.strip_prefix(':')?;
    let name_of = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    if let Some(rest) = rest.strip_prefix("{?") {
        let name = name_of(rest);
        let is_set = if variables.contains_key(&name) {
            "TRUE"
        } else {
            "FALSE"
        };
        return rest[name.len()..]
            .starts_with('}')
            .then(|| (Some(is_set.to_owned()), name.len() + 4));
    }
    for (quote, quoted) in [('\'', literal as fn(&str) -> String), ('"', identifier)] {
        if let Some(rest) = rest.strip_prefix(quote) {
            let name = name_of(rest);
            let is_one = !name.is_empty() && rest[name.len()..].starts_with(quote);
            return is_one.then(|| (variables.get(&name).map(|value| quoted(value)), name.len() + 3));
        }
    }
    let name = name_of(rest);
    (!name.is_empty()).then(|| (variables.get(&name).cloned(), name.len() + 1))
}

/// What is sent in place of the variables in a statement that begins at byte `start` of its file. Those that nothing has set
/// stay, as psql has it.
pub(super) fn in_statement(statement: &str, start: usize, variables: &Variables) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some(next) = token(statement, at, PlainStrings::Standard) {
        let text = &statement[next.span.clone()];
        let is_cast =
            statement[..next.span.start].ends_with(':') || statement[next.span.start + 1..].starts_with(':');
        if next.kind == Kind::Other
            && text.starts_with(':')
            && !is_cast
            && let Some((Some(value), taken)) = variable(&statement[next.span.start..], variables)
        {
            edits.push(Edit {
                span: start + next.span.start..start + next.span.start + taken,
                text: value,
            });
            at = next.span.start + taken;
        } else {
            at = next.span.end;
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        [
            ("name".to_owned(), "it's".to_owned()),
            ("t".to_owned(), "My Table".to_owned()),
            ("n".to_owned(), "3".to_owned()),
        ]
        .into()
    }

    #[test]
    fn arguments_are_read_as_psql_reads_them() {
        let read = |text: &str| Command::read(text, &variables()).arguments;
        assert_eq!(read("\\set a 'x y' :n z"), ["a", "x y", "3", "z"]);
        assert_eq!(read("\\i 'dir/it''s.sql'"), ["dir/it's.sql"]);
        assert_eq!(read("\\if :{?name}"), ["TRUE"]);
        assert_eq!(read("\\if :{?other}"), ["FALSE"]);
        assert_eq!(Command::read("\\ir x.sql", &variables()).name, "ir");
        assert!(Command::read("\\i :nowhere", &variables()).is_open);
    }

    #[test]
    fn variables_in_a_statement_are_replaced_outside_of_strings_and_casts() {
        let statement = "select :n, :'name', :\"t\", ':n', x::text, :unset, $$:n$$";
        let mut text = statement.to_owned();
        for edit in in_statement(statement, 0, &variables()).into_iter().rev() {
            text.replace_range(edit.span, &edit.text);
        }
        assert_eq!(
            text,
            "select 3, 'it''s', \"My Table\", ':n', x::text, :unset, $$:n$$"
        );
    }
}
