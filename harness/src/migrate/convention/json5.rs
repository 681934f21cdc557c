//! JSON with comments, trailing commas, unquoted keys and single quotes, as `.gmrc` is written: turned into plain JSON.
//!
//! Of JSON5, hexadecimal and signed numbers and the escapes of JavaScript's own are left out; what is not understood
//! stays as it is, and `serde_json` then says where.

use serde_json::Value;

/// Reads a text of JSON5; the line in an error is that of the text.
pub(super) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(&plain(text))
}

/// The same as plain JSON, with what is left out as spaces.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Where the last comma stands, if nothing but space and comments came after it.
    let mut comma: Option<usize> = None;
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            blank(&mut out, &rest[..rest.find('\n').unwrap_or(rest.len())])
        } else if let Some(comment) = rest.strip_prefix("/*") {
            let end = comment.find("*/").map_or(rest.len(), |end| end + 4);
            blank(&mut out, &rest[..end])
        } else if c.is_whitespace() {
            blank(&mut out, &rest[..c.len_utf8()])
        } else if c == '"' || c == '\'' {
            comma = None;
            string(&mut out, rest, c)
        } else if is_word(c) {
            comma = None;
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let word = &rest[..end];
            let is_key = rest[end..].trim_start().starts_with(':');
            if is_key {
                out.push('"');
                out.push_str(word);
                out.push('"');
            } else {
                out.push_str(word);
            }
            end
        } else {
            if let (']' | '}', Some(at)) = (c, comma) {
                out.replace_range(at..=at, " ");
            }
            comma = (c == ',').then_some(out.len());
            out.push(c);
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | '+' | '.')
}

/// Keeps the line breaks of `skipped`, and says how long it is.
fn blank(out: &mut String, skipped: &str) -> usize {
    out.extend(skipped.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
    skipped.len()
}

/// Copies the string that `rest` begins with, in double quotes.
fn string(out: &mut String, rest: &str, quote: char) -> usize {
    out.push('"');
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            _ if c == quote => {
                out.push('"');
                return at + 1;
            }
            '"' => out.push_str("\\\""),
            '\\' => match characters.next() {
                Some((_, '\'')) => out.push('\''),
                // A line that goes on in the next.
                Some((_, '\n')) | None => {}
                Some((_, escaped)) => out.extend(['\\', escaped]),
            },
            _ => out.push(c),
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn comments_trailing_commas_and_loose_quotes_are_read() {
        let text = "\u{feff}/* head */ {\n  // connectionString: '…',\n  afterReset: ['!a.sql', { _: \"command\", n: 1.5, },],\n  \
                    'it\\'s': \"// no \\\" comment\", \"b\": null, c: true,\n}\n";
        let value = parse(text).unwrap();
        assert_eq!(
            value,
            json!({
                "afterReset": ["!a.sql", { "_": "command", "n": 1.5 }],
                "it's": "// no \" comment",
                "b": null,
                "c": true,
            })
        );
    }

    #[test]
    fn what_is_no_json5_is_an_error_in_its_line() {
        assert_eq!(parse("{\n a: 1\n b: 2 }").unwrap_err().line(), 3);
        assert!(parse("").is_err());
        assert!(parse("{ a: 'x").is_err());
        assert!(parse("{ a: [1,,] }").is_err());
    }
}
