//! The head of a committed file: lines `--! Name: value`, then a blank line, then the body.

use std::ops::Range;

use super::super::super::{ReadError, Script};
use super::TOOL;

/// What a file's head says.
#[derive(Debug)]
pub(super) struct Header {
    /// The checksum of the file before; none for the first.
    pub(super) previous: Option<String>,
    pub(super) line_of_previous: u32,
    pub(super) hash: String,
    pub(super) line_of_hash: u32,
    /// Whether the checksum may be another than the body's.
    pub(super) allows_another: bool,
    /// The bytes of the body.
    pub(super) body: Range<usize>,
}

impl Header {
    pub(super) fn parse(script: &Script) -> Result<Self, ReadError> {
        let refused = |line: u32, reason: &str| ReadError::Refused {
            path: script.path.clone(),
            line: Some(line),
            tool: TOOL,
            reason: reason.to_owned(),
        };
        let (mut previous, mut hash, mut allows_another) = (None, None, false);
        let mut end = (1, 0);
        for (number, span, line) in script.lines() {
            end = (number, span.start);
            let Some((key, value)) = entry(line) else {
                if line.is_empty() {
                    break;
                }
                return Err(refused(
                    number,
                    "after the lines `--! …` at its head there has to be an empty line",
                ));
            };
            match key {
                "Previous" if previous.is_none() => previous = Some((number, value.to_owned())),
                "Hash" if hash.is_none() => hash = Some((number, value.to_owned())),
                "Previous" | "Hash" => return Err(refused(number, &format!("`{key}` is there twice"))),
                "AllowInvalidHash" => allows_another = true,
                _ => {}
            }
            end = (number, script.text.len());
        }
        let Some((line_of_previous, previous)) = previous.filter(|(_, value)| !value.is_empty()) else {
            return Err(refused(1, "its head has no `--! Previous: …`"));
        };
        let Some((line_of_hash, hash)) = hash.filter(|(_, value)| !value.is_empty()) else {
            return Err(refused(1, "its head has no `--! Hash: …`"));
        };
        Ok(Self {
            previous: (previous != "-").then_some(previous),
            line_of_previous,
            hash,
            line_of_hash,
            allows_another,
            body: end.1..script.text.len(),
        })
    }

    /// The body as graphile-migrate takes it for the checksum and sends it.
    pub(super) fn body_of<'a>(&self, script: &'a Script) -> &'a str {
        script.original()[self.body.clone()].trim()
    }
}

/// `--! Name` or `--! Name: value`, where names begin with a capital.
fn entry(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("--! ")?;
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    let (name, value) = rest.split_at(end);
    let value = if value.is_empty() {
        Some("")
    } else {
        value.strip_prefix(':')
    };
    name.starts_with(|c: char| c.is_ascii_uppercase())
        .then_some((name, value?.trim()))
}
