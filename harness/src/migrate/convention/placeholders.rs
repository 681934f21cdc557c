//! Placeholders as a shell has them: what the contract's `placeholders` stand for, put into a file's text.

use std::ops::Range;

use super::super::folder::Folder;
use super::super::sent::Edit;
use super::super::{ReadError, Script};

/// Fills in `$NAME`, `${NAME}`, `${NAME:-where it is empty or not given}` and `${NAME-where it is not given}` in those
/// parts of a script; other `$` stay.
pub(super) fn fill(folder: &Folder, script: Script, parts: &[Range<usize>]) -> Result<Script, ReadError> {
    let mut edits = Vec::new();
    for part in parts {
        let mut at = part.start;
        while let Some(dollar) = script.text[at..part.end].find('$').map(|found| at + found) {
            let Some(found) = Placeholder::at(&script.text[dollar..part.end]) else {
                at = dollar + 1;
                continue;
            };
            at = dollar + found.length;
            let given = folder.placeholders.get(found.name).map(String::as_str);
            let value = given
                .filter(|value| !(found.not_empty && value.is_empty()))
                .or(found.default)
                .ok_or_else(|| ReadError::Placeholder {
                    path: script.path.clone(),
                    line: script.position(dollar).line,
                    placeholder: script.text[dollar..at].to_owned(),
                    name: found.name.to_owned(),
                })?;
            edits.push(Edit {
                span: dollar..at,
                text: value.to_owned(),
            });
        }
    }
    Ok(script.filled(&edits))
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
    fn at(text: &'a str) -> Option<Self> {
        let rest = &text[1..];
        let Some(inside) = rest.strip_prefix('{') else {
            let name = name(rest);
            return (!name.is_empty()).then_some(Self {
                length: 1 + name.len(),
                name,
                default: None,
                not_empty: false,
            });
        };
        let end = inside.find('}')?;
        let inside = &inside[..end];
        let name = name(inside);
        let rest = &inside[name.len()..];
        let not_empty = rest.starts_with(":-");
        let default = rest.strip_prefix(if not_empty { ":-" } else { "-" });
        (!name.is_empty()).then_some(Self {
            length: end + 3,
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
