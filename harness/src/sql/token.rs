//! SQL as words, constants and operators, each with the bytes that it covers: for reading what the server or a migration
//! says. Splitting files is `migrate::token`'s, which keeps every byte.

use std::ops::Range;

use squawk_lexer::{LiteralKind, TokenKind};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or a key word, folded as PostgreSQL folds it.
    Word,
    /// A quoted identifier, without its quotes.
    Quoted,
    /// A string constant, without its quotes.
    String,
    /// A number.
    Number,
    /// A parameter such as `$1`.
    Parameter,
    /// A bracket, a comma, an operator or a character of one …
    Symbol,
}

/// A token with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) value: String,
    pub(crate) span: Range<usize>,
}

impl Token {
    pub(crate) fn is(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.value == symbol
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.value == word
    }

    pub(crate) fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted)
    }
}

/// Operators of more than one character, the longer first.
const OPERATORS: [&str; 26] = [
    "->>", "#>>", "<->", "!~~*", "!~~", "~~*", "!~*", "@@@", "->", "#>", "#-", "::", ":=", "=>", "<>", "!=",
    "<=", ">=", "||", "@>", "<@", "~~", "~*", "!~", "&&", "@@",
];

/// The tokens of a text, without blanks and comments; symbols a character at a time. A body in dollar quotes is one string.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    for token in squawk_lexer::tokenize(text) {
        let span = at..at + token.len as usize;
        at = span.end;
        let Some(raw) = text.get(span.clone()) else { break };
        let (kind, value) = match token.kind {
            TokenKind::Whitespace
            | TokenKind::LineComment
            | TokenKind::BlockComment { .. }
            | TokenKind::Eof => continue,
            TokenKind::Ident => (Kind::Word, raw.to_lowercase()),
            TokenKind::QuotedIdent { .. } => {
                let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
                (Kind::Quoted, inner.unwrap_or(raw).replace("\"\"", "\""))
            }
            TokenKind::Literal { kind } => match kind {
                LiteralKind::Int { .. } | LiteralKind::Numeric { .. } => (Kind::Number, raw.to_owned()),
                LiteralKind::DollarQuotedString { .. } => (Kind::String, dollar_quoted(raw)),
                LiteralKind::EscStr { .. } => (Kind::String, quoted(raw).replace("\\\\", "\\")),
                _ => (Kind::String, quoted(raw)),
            },
            TokenKind::PositionalParam { .. } => (Kind::Parameter, raw.to_owned()),
            _ => (Kind::Symbol, raw.to_owned()),
        };
        found.push(Token { kind, value, span });
    }
    found
}

/// The same with operators whole.
pub(crate) fn with_operators(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    for mut token in tokens(text) {
        // The rest of an operator that was taken whole.
        if found.last().is_some_and(|last| last.span.end > token.span.start) {
            continue;
        }
        if token.kind == Kind::Symbol {
            let rest = &text[token.span.start..];
            if let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
                token.span.end = token.span.start + operator.len();
                (*operator).clone_into(&mut token.value);
            }
        }
        found.push(token);
    }
    found
}

fn quoted(raw: &str) -> String {
    let open = raw.find('\'').map_or(0, |at| at + 1);
    let close = raw.rfind('\'').unwrap_or(raw.len()).max(open);
    raw[open..close].replace("''", "'")
}

fn dollar_quoted(raw: &str) -> String {
    let tag = raw[1..].find('$').map_or(raw.len(), |at| at + 2);
    raw.get(tag..raw.len().saturating_sub(tag))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_whole_and_know_their_place() {
        let text = r#"a->>'sub'::text <> -1 AND "B c".d := $1 -- no"#;
        let found = with_operators(text);
        let values: Vec<&str> = found.iter().map(|token| token.value.as_str()).collect();
        assert_eq!(
            values,
            [
                "a", "->>", "sub", "::", "text", "<>", "-", "1", "and", "B c", ".", "d", ":=", "$1"
            ]
        );
        assert!(
            found
                .iter()
                .all(|token| !text[token.span.clone()].trim().is_empty())
        );
        assert_eq!(&text[found[1].span.clone()], "->>");
        assert_eq!(found[13].kind, Kind::Parameter);
        assert!(tokens(text)[1..4].iter().all(|token| token.value.len() == 1));
    }
}
