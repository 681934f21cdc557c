//! psql's own commands: where they decide where a piece of a file ends, and what they do.
//!
//! Source of the rules: `src/bin/psql/{mainloop.c,psqlscanslash.l,command.c}`.

mod argument;
mod run;
mod taken;

pub(super) use run::run;
pub(crate) use taken::{Content, Taken, take_in};

use super::token::{Kind, significant};

/// psql's commands that send the query typed so far, by what follows the backslash.
pub(super) fn sends_the_query(after_backslash: &str) -> bool {
    let name = after_backslash.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = &after_backslash[..name.unwrap_or(after_backslash.len())];
    matches!(
        name,
        "g" | "gx" | "gset" | "gexec" | "gdesc" | "crosstabview" | "watch" | "bind" | "bind_named" | "parse"
    )
}

/// The byte after the `\\` that ends a command in the middle of its line.
pub(super) fn separator(line: &str) -> Option<usize> {
    // These take the rest of the line as it is.
    if ["\\!", "\\copy", "\\h", "\\help", "\\ef", "\\ev", "\\sf", "\\sv"]
        .iter()
        .any(|name| line.split_whitespace().next() == Some(name))
        || line.starts_with("\\!")
    {
        return None;
    }
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices().skip(1) {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            None if c == '\\' && before.is_whitespace() && line[at..].starts_with("\\\\") => {
                return Some(at + 2);
            }
            _ => {}
        }
        before = c;
    }
    None
}

/// Whether a line is `\copy … from stdin`, whose data follow in the file.
pub(super) fn copies_from_stdin(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("\\copy") else {
        return false;
    };
    let words: Vec<&str> = significant(rest)
        .map(|token| {
            if token.kind == Kind::Word {
                &rest[token.span]
            } else {
                ""
            }
        })
        .collect();
    words
        .windows(2)
        .any(|pair| pair[0].eq_ignore_ascii_case("from") && pair[1].eq_ignore_ascii_case("stdin"))
}
