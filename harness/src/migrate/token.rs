//! The tokens that splitting works on: `squawk-lexer`'s, grouped by what matters to a boundary, with what that
//! lexer leaves to a parser put right.
//!
//! Put right here: an escape string that goes on after a line break (`E'a'` newline `'b\'c'` is one string, in
//! which `\'` is a quote), plain strings under `standard_conforming_strings = off`, and a byte-order mark,
//! which PostgreSQL takes for a letter. Source of the rules: PostgreSQL's `src/backend/parser/scan.l`.

use std::ops::Range;

use squawk_lexer::{BOM, LiteralKind, TokenKind};

/// What a token is to the splitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// White space, or a comment that ends.
    Blank,
    /// A bare word: a keyword or an unquoted identifier.
    Word,
    /// `"…"` or `U&"…"`.
    QuotedName,
    /// A string of any form.
    String,
    Semicolon,
    Open,
    Close,
    Dot,
    Backslash,
    /// Operators, numbers, parameters, and a block comment that never ends.
    Other,
}

/// One token and the bytes it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// Whether `\` quotes the next character of a string without a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlainStrings {
    /// `standard_conforming_strings = on`, the default.
    Standard,
    /// `standard_conforming_strings = off`, as old dumps set it.
    Escaped,
}

/// A name, or a string, as the server reads it.
pub(super) fn name_of(text: &str) -> String {
    if let Some(quoted) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return quoted.replace("\"\"", "\"");
    }
    if let Some(quoted) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        return quoted.replace("''", "'");
    }
    text.to_ascii_lowercase()
}

/// The token that begins at byte `at`, or nothing at the end of the text.
pub(super) fn token(text: &str, at: usize, plain_strings: PlainStrings) -> Option<Token> {
    let rest = text.get(at..)?;
    if let Some(after) = rest.strip_prefix(BOM) {
        let word = after.find(|c: char| !continues_word(c)).unwrap_or(after.len());
        return Some(Token {
            kind: Kind::Word,
            span: at..at + BOM.len() + word,
        });
    }
    let lexed = squawk_lexer::tokenize(rest).next()?;
    let end = at + lexed.len as usize;
    let kind = match lexed.kind {
        TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { terminated: true } => {
            Kind::Blank
        }
        TokenKind::Ident => Kind::Word,
        TokenKind::QuotedIdent { .. } => Kind::QuotedName,
        TokenKind::Semi => Kind::Semicolon,
        TokenKind::OpenParen => Kind::Open,
        TokenKind::CloseParen => Kind::Close,
        TokenKind::Dot => Kind::Dot,
        TokenKind::Literal { kind } => match string_quotes(kind, plain_strings) {
            None => Kind::Other,
            Some(Quotes::Doubled) => Kind::String,
            Some(Quotes::Escaped) => {
                let quote = at + rest.find('\'').unwrap_or_default();
                return Some(Token {
                    kind: Kind::String,
                    span: at..escaped_string_end(text, quote),
                });
            }
        },
        TokenKind::Unknown if rest.starts_with('\\') => Kind::Backslash,
        _ => Kind::Other,
    };
    Some(Token { kind, span: at..end })
}

/// All tokens of a statement's text that are not blank.
pub(super) fn significant(statement: &str) -> impl Iterator<Item = Token> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let token = token(statement, at, PlainStrings::Standard)?;
            at = token.span.end;
            if token.kind != Kind::Blank {
                return Some(token);
            }
        }
    })
}

/// How a quote inside a string is written.
enum Quotes {
    Doubled,
    Escaped,
}

fn string_quotes(kind: LiteralKind, plain_strings: PlainStrings) -> Option<Quotes> {
    match kind {
        LiteralKind::Int { .. } | LiteralKind::Numeric { .. } => None,
        LiteralKind::EscStr { .. } => Some(Quotes::Escaped),
        LiteralKind::Str { .. } | LiteralKind::NationalStr { .. }
            if plain_strings == PlainStrings::Escaped =>
        {
            Some(Quotes::Escaped)
        }
        _ => Some(Quotes::Doubled),
    }
}

/// Where the escape string whose first quote is at byte `quote` ends, continuations included.
fn escaped_string_end(text: &str, quote: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = quote + 1;
    loop {
        match bytes.get(at) {
            None => return text.len(),
            // The next byte may be the first of several; none of the others can be a quote or a backslash.
            Some(b'\\') => at += 2,
            Some(b'\'') if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            Some(b'\'') => match continuation(bytes, at + 1) {
                Some(next) => at = next,
                None => return at + 1,
            },
            Some(_) => at += 1,
        }
    }
}

/// The byte after the quote that takes the string up again: white space and `--` comments with at least one
/// line break may lie between.
fn continuation(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut line_break = false;
    loop {
        match bytes.get(at)? {
            b'\n' | b'\r' => line_break = true,
            b' ' | b'\t' | 0x0b | 0x0c => {}
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at += bytes[at..].iter().position(|&b| b == b'\n' || b == b'\r')?;
                continue;
            }
            b'\'' if line_break => return Some(at + 1),
            _ => return None,
        }
        at += 1;
    }
}

fn continues_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lex(text: &str, plain_strings: PlainStrings) -> Vec<(Kind, &str)> {
        let mut at = 0;
        let mut found = Vec::new();
        while let Some(token) = token(text, at, plain_strings) {
            at = token.span.end;
            if token.kind != Kind::Blank {
                found.push((token.kind, &text[token.span]));
            }
        }
        found
    }

    #[test]
    fn an_escape_string_goes_on_after_a_line_break_with_its_escapes() {
        let text = "E'a' -- why\n  'b\\'; c' , 1";
        assert_eq!(
            lex(text, PlainStrings::Standard),
            [
                (Kind::String, "E'a' -- why\n  'b\\'; c'"),
                (Kind::Other, ","),
                (Kind::Other, "1")
            ]
        );
    }

    #[test]
    fn an_escape_string_does_not_go_on_in_the_same_line_or_after_a_block_comment() {
        for text in ["E'a' 'b\\'", "E'a' /* c */\n 'b\\'", "E'a'\n/* c */ 'b\\'"] {
            assert_eq!(
                lex(text, PlainStrings::Standard),
                [(Kind::String, "E'a'"), (Kind::String, "'b\\'")],
                "{text}"
            );
        }
    }

    #[test]
    fn a_backslash_quotes_in_plain_strings_only_when_they_do_not_conform() {
        let text = r"'it\'s'";
        assert_eq!(lex(text, PlainStrings::Escaped), [(Kind::String, text)]);
        assert_eq!(lex(text, PlainStrings::Standard)[0], (Kind::String, r"'it\'"));
        assert_eq!(
            lex(r"U&'a\' X'0' B'1'", PlainStrings::Escaped).len(),
            3,
            "prefixed strings always conform"
        );
    }

    #[test]
    fn an_escape_string_that_never_ends_takes_the_rest() {
        for text in ["E'a", r"E'a\", r"E'a\'", "E'a\\é"] {
            assert_eq!(lex(text, PlainStrings::Standard), [(Kind::String, text)]);
        }
    }

    #[test]
    fn a_byte_order_mark_is_a_letter_wherever_it_stands() {
        let text = "\u{feff}select x\u{feff}";
        assert_eq!(
            lex(text, PlainStrings::Standard),
            [(Kind::Word, "\u{feff}select"), (Kind::Word, "x\u{feff}")]
        );
    }
}
