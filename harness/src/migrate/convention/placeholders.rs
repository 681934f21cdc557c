//! Placeholders: what the contract's `placeholders` stand for, put into a file's text the way its tool would.

use std::ops::Range;

use super::super::folder::Folder;
use super::super::{ReadError, Script};

/// How a tool writes placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `$NAME`, `${NAME}`, `${NAME:-where it is empty or not given}`, `${NAME-where it is not given}`, as a shell has
    /// them; other `$` stay.
    Shell,
    /// `${name}`, in capitals or not.
    Flyway,
}

/// Fills in the placeholders in those parts of a script.
pub(super) fn fill(
    folder: &Folder,
    script: Script,
    dialect: Dialect,
    parts: &[Range<usize>],
) -> Result<Script, ReadError> {
    let mut text = String::with_capacity(script.text.len());
    let mut from = 0;
    for part in parts {
        let mut at = part.start;
        while let Some(dollar) = script.text[at..part.end].find('$').map(|found| at + found) {
            let Some(found) = Placeholder::at(&script.text[dollar..part.end], dialect) else {
                at = dollar + 1;
                continue;
            };
            let own = (dialect == Dialect::Flyway)
                .then(|| of_flyway(found.name, &script))
                .flatten();
            let value = folder
                .placeholder(found.name, dialect)
                .filter(|value| !(found.not_empty && value.is_empty()))
                .or(own)
                .or(found.default);
            let Some(value) = value else {
                return Err(ReadError::Placeholder {
                    path: script.path.clone(),
                    line: script.position(dollar).line,
                    placeholder: script.text[dollar..dollar + found.length].to_owned(),
                    name: found.name.to_owned(),
                });
            };
            text.push_str(&script.text[from..dollar]);
            text.push_str(value);
            from = dollar + found.length;
            at = from;
        }
    }
    if from == 0 {
        return Ok(script);
    }
    text.push_str(&script.text[from..]);
    Ok(script.rewritten(text))
}

/// What Flyway itself knows, as far as it is known before there is a server.
fn of_flyway<'a>(name: &str, script: &'a Script) -> Option<&'a str> {
    match name {
        "flyway:defaultSchema" => Some("public"),
        "flyway:table" => Some("flyway_schema_history"),
        "flyway:filename" => script.path.file_name(),
        _ => None,
    }
}

impl Folder {
    fn placeholder(&self, name: &str, dialect: Dialect) -> Option<&str> {
        let is = |key: &str| match dialect {
            Dialect::Shell => key == name,
            Dialect::Flyway => key.eq_ignore_ascii_case(name),
        };
        self.placeholders
            .iter()
            .find(|(key, _)| is(key))
            .map(|(_, value)| value.as_str())
    }
}

/// A placeholder that was found.
struct Placeholder<'a> {
    length: usize,
    name: &'a str,
    /// What stands where the contract gives no value.
    default: Option<&'a str>,
    /// Whether that stands for an empty value, too.
    not_empty: bool,
}

impl<'a> Placeholder<'a> {
    /// The one that begins the text, which begins with `$`.
    fn at(text: &'a str, dialect: Dialect) -> Option<Self> {
        let rest = &text[1..];
        let Some(inside) = rest.strip_prefix('{') else {
            let name = name(rest);
            return (dialect == Dialect::Shell && !name.is_empty()).then_some(Self {
                length: 1 + name.len(),
                name,
                default: None,
                not_empty: false,
            });
        };
        let end = inside.find('}')?;
        let inside = &inside[..end];
        let length = end + 3;
        if dialect == Dialect::Flyway {
            return (!inside.is_empty() && !inside.contains('\n')).then_some(Self {
                length,
                name: inside,
                default: None,
                not_empty: false,
            });
        }
        let name = name(inside);
        let rest = &inside[name.len()..];
        let not_empty = rest.starts_with(":-");
        let default = rest.strip_prefix(if not_empty { ":-" } else { "-" });
        (!name.is_empty()).then_some(Self {
            length,
            name,
            default,
            not_empty,
        })
    }
}

/// The name of a variable of the shell's that begins the text.
fn name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = &text[..end.unwrap_or(text.len())];
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        ""
    } else {
        name
    }
}
