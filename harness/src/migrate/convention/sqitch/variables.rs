//! psql's variables in a script: `:name`, `:'name'` and `:"name"`, outside strings, quoted names and comments.
//!
//! As `src/fe_utils/psqlscan.l` has them: a name that has no value stays as it is written.

use std::collections::BTreeMap;

use super::super::super::sent::Edit;
use super::super::super::token::{Kind, PlainStrings, token};
use super::super::super::{ReadError, Script};
use crate::sql;

/// Puts the values in. What is quoted and has no value is an error, since no SQL reads it.
pub(super) fn fill(script: Script, values: &BTreeMap<&str, &str>) -> Result<Script, ReadError> {
    let text = &script.text;
    let mut edits = Vec::new();
    let (mut at, mut before) = (0, ' ');
    while let Some(found) = token(text, at, PlainStrings::Standard) {
        let piece = &text[found.span.clone()];
        let reference = (piece == ":" && before != ':').then(|| Reference::of(&text[found.span.end..]));
        let Some(Reference { name, length, quote }) = reference.flatten() else {
            at = found.span.end;
            before = if found.kind == Kind::Blank {
                ' '
            } else {
                piece.chars().last().unwrap_or(' ')
            };
            continue;
        };
        let span = found.span.start..found.span.end + length;
        (at, before) = (span.end, ' ');
        let value = match (values.get(name), quote) {
            (Some(value), None) => (*value).to_owned(),
            (Some(value), Some('\'')) => sql::literal(value),
            (Some(value), Some(_)) => sql::identifier(value),
            (None, Some(_)) if !text.contains("\\set") && !text.contains("\\gset") => {
                return Err(ReadError::Placeholder {
                    path: script.path.clone(),
                    line: script.position(span.start).line,
                    placeholder: text[span].to_owned(),
                    name: name.to_owned(),
                });
            }
            (None, _) => continue,
        };
        edits.push(Edit { span, text: value });
    }
    Ok(script.filled(&edits))
}

/// What follows a colon.
struct Reference<'a> {
    name: &'a str,
    length: usize,
    quote: Option<char>,
}

impl<'a> Reference<'a> {
    fn of(rest: &'a str) -> Option<Self> {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let inside = &rest[quote.map_or(0, char::len_utf8)..];
        let end = inside
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(inside.len());
        let closed = quote.is_none_or(|quote| inside[end..].starts_with(quote));
        (end > 0 && closed).then(|| Self {
            name: &inside[..end],
            length: end + quote.map_or(0, |quote| 2 * quote.len_utf8()),
            quote,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tried on psql 15.
    #[test]
    fn variables_are_filled_in_where_psql_does() {
        let values = BTreeMap::from([("who", "it's \"me\""), ("n", "3")]);
        let fill = |text: &str| fill(Script::new("a.sql", text), &values).unwrap().text;
        assert_eq!(
            fill("SELECT :n, :'who', :\"who\", ':n', $$:n$$, a::n, a[1:n], \":n\" -- :n\n, :other"),
            "SELECT 3, 'it''s \"me\"', \"it's \"\"me\"\"\", ':n', $$:n$$, a::n, a[13], \":n\" -- :n\n, :other"
        );
        assert_eq!(
            fill("SELECT 1::int; SELECT x : = 2"),
            "SELECT 1::int; SELECT x : = 2"
        );
    }

    #[test]
    fn a_quoted_variable_without_a_value_is_asked_for() {
        let values = BTreeMap::new();
        let error = fill(Script::new("a.sql", "SELECT 1,\n:'who'"), &values).unwrap_err();
        assert!(error.to_string().contains("`:'who'` in `a.sql:2`"), "{error}");
        assert!(fill(Script::new("a.sql", "\\set who me\nSELECT :'who'"), &values).is_ok());
    }
}
