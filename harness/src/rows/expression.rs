//! SQL expressions as tokens: which columns they name, and which constants they compare them with.

use squawk_lexer::TokenKind;

pub(super) use crate::sql::token::{Kind, Token, tokens};

/// What stands between the parentheses of `CHECK (…) NOT VALID`.
pub(super) fn of_check(definition: &str) -> Option<&str> {
    let open = definition.find('(')?;
    let mut depth = 0_usize;
    let mut at = open;
    for token in squawk_lexer::tokenize(&definition[open..]) {
        match token.kind {
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => depth -= 1,
            _ => {}
        }
        at += token.len as usize;
        if depth == 0 {
            return definition.get(open..at);
        }
    }
    None
}

/// Where a column is named: not a function's name, nor a type's.
pub(super) fn places<'a>(tokens: &'a [Token], column: &'a str) -> impl Iterator<Item = usize> + 'a {
    (0..tokens.len()).filter(move |&at| {
        let called = tokens.get(at + 1).is_some_and(|next| next.is("("));
        let cast = at > 0 && tokens[at - 1].is(":");
        let named = tokens[at].is_name() && tokens[at].value == column;
        named && !(called || cast || is_key_word(tokens, at))
    })
}

/// Whether a word that could be a column's name is part of a type's name, of AT TIME ZONE or of EXTRACT.
fn is_key_word(tokens: &[Token], at: usize) -> bool {
    let word = |place: Option<usize>, words: &[&str]| {
        place
            .and_then(|place| tokens.get(place))
            .is_some_and(|token| words.iter().any(|word| token.is_word(word)))
    };
    if tokens[at].kind != Kind::Word {
        return false;
    }
    match tokens[at].value.as_str() {
        "zone" => word(at.checked_sub(1), &["time"]) && word(at.checked_sub(2), &["with", "without", "at"]),
        "time" => word(Some(at + 1), &["zone"]) && word(at.checked_sub(1), &["with", "without", "at"]),
        "precision" => word(at.checked_sub(1), &["double"]),
        "varying" => word(at.checked_sub(1), &["character", "bit"]),
        _ => word(Some(at + 1), &["from"]) && word(at.checked_sub(2), &["extract"]),
    }
}

/// How a constant is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Constant {
    /// Compared, or at least near.
    Plain(String),
    /// A regular expression.
    Pattern(String),
    /// A pattern of LIKE.
    Like(String),
    /// A number, be it a value or a length.
    Number(String),
    /// The value at a key of a JSON document, as an object.
    Member(String),
    /// A JSON document with everything that a check asks of a column.
    Document(String),
    /// The current time: what is before and what is after it differ.
    Now,
}

const CLOCKS: [&str; 7] = [
    "now",
    "current_timestamp",
    "current_date",
    "localtimestamp",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
];

/// Every constant of an expression, in its order.
pub(super) fn constants(tokens: &[Token]) -> Vec<Constant> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let constant = constant(tokens, at);
        if let Some(constant) = constant.filter(|constant| !found.contains(constant)) {
            found.push(constant);
        }
    }
    found
}

fn constant(tokens: &[Token], at: usize) -> Option<Constant> {
    let token = &tokens[at];
    match token.kind {
        Kind::Word if CLOCKS.contains(&token.value.as_str()) => Some(Constant::Now),
        Kind::Number => {
            let negative = at > 0 && tokens[at - 1].is("-");
            let sign = if negative { "-" } else { "" };
            Some(Constant::Number(format!("{sign}{}", token.value)))
        }
        Kind::String => Some(string(tokens, at)),
        _ => None,
    }
}

fn string(tokens: &[Token], at: usize) -> Constant {
    let value = tokens[at].value.clone();
    let before = |back: usize| at.checked_sub(back).map(|at| &tokens[at]);
    let opened = |back: usize| before(back).is_some_and(|token| token.is("(") || token.is("["));
    if before(2).is_some_and(|token| token.value.starts_with("similar_")) && opened(1) {
        return Constant::Pattern(value.replace('%', ".*").replace('_', "."));
    }
    if before(1).is_some_and(|token| token.is_word("like") || token.is_word("ilike")) {
        return Constant::Like(value);
    }
    // The operator may be a few steps back: `~~ ANY (ARRAY['a%'::text …`.
    let mut back = 1;
    while before(back).is_some_and(|token| {
        token.is("(")
            || token.is("[")
            || token.is_word("any")
            || token.is_word("all")
            || token.is_word("array")
    }) {
        back += 1;
    }
    if before(back).is_some_and(|token| token.is("*")) {
        back += 1;
    }
    if before(back).is_some_and(|token| token.is("~")) {
        return if before(back + 1).is_some_and(|token| token.is("~")) {
            Constant::Like(value)
        } else {
            Constant::Pattern(value)
        };
    }
    if value.parse::<f64>().is_ok() {
        return Constant::Number(value);
    }
    Constant::Plain(value)
}

/// The constants that a column is compared with, as far as nearness tells: what follows it up to the next AND, OR or
/// column, and a constant right before it.
pub(super) fn compared(tokens: &[Token], column: &str, columns: &[&str]) -> Vec<Constant> {
    let mut found = Vec::new();
    let mut add = |constant: Constant| {
        if !found.contains(&constant) {
            found.push(constant);
        }
    };
    for place in places(tokens, column) {
        if let Some(member) = member(tokens, place) {
            add(member);
        }
        let mut between = false;
        for at in place + 1..tokens.len().min(place + 120) {
            let token = &tokens[at];
            between |= token.is_word("between");
            let stop = match token.kind {
                Kind::Word => {
                    let word = token.value.as_str();
                    (word == "and" && !std::mem::take(&mut between))
                        || ["or", "then", "else", "when", "from", "where", "loop", "raise"].contains(&word)
                        || (columns.contains(&word) && word != column && !tokens[at - 1].is(":"))
                }
                Kind::Symbol => token.value == ";",
                _ => false,
            };
            if stop {
                break;
            }
            if let Some(constant) = constant(tokens, at) {
                add(constant);
            }
        }
        // `'admin' = role`, `'admin'::text = ANY (roles)`, `now() < expires_at`
        let first = place.saturating_sub(12);
        for at in (first..place).rev() {
            let token = &tokens[at];
            if token.is_word("and") || token.is_word("or") || token.is(";") || token.is_word("where") {
                break;
            }
            if let Some(constant) = constant(tokens, at) {
                add(constant);
                break;
            }
        }
    }
    found
}

/// A time that is long past.
pub(super) const OLD: &str = "2020-02-02";

/// `::timestamptz < '2024-05-06'`: the time that is named behind a value that is cast to one. What is behind it in
/// `::timestamptz < now() - interval '30 days'` is none, so that any time will do.
pub(super) fn time<'t>(said: &[&'t Token]) -> Option<&'t str> {
    let mut behind = said.iter().filter(|token| !token.is(")"));
    let is_cast = behind.next()?.is(":");
    let to = behind.find(|token| !token.is(":"))?;
    if !is_cast || !["date", "timestamp", "timestamptz"].contains(&to.value.as_str()) {
        return None;
    }
    let is_date = |text: &str| text.starts_with(|first: char| first.is_ascii_digit()) && text.contains('-');
    let mut constants = said.iter().filter(|token| token.kind == Kind::String);
    Some(
        constants
            .find(|token| is_date(&token.value))
            .map_or(OLD, |token| &token.value),
    )
}

/// `column ->> 'key' = 'value'` as `{"key": "value"}`.
fn member(tokens: &[Token], place: usize) -> Option<Constant> {
    let mut at = place + 1;
    // `(column)::jsonb` and the like: up to the arrow.
    while tokens.get(at)?.is(")") {
        at += 1;
    }
    if !(tokens.get(at)?.is("-") && tokens.get(at + 1)?.is(">")) {
        return None;
    }
    at += 2;
    if tokens.get(at)?.is(">") {
        at += 1;
    }
    let key = tokens.get(at).filter(|token| token.kind == Kind::String)?;
    let said: Vec<&Token> = tokens[at + 1..]
        .iter()
        .take(24)
        .take_while(|token| !token.is_word("and") && !token.is_word("or"))
        .collect();
    let constant = |token: &&Token| match token.kind {
        Kind::String => Some(serde_json::Value::String(token.value.clone())),
        Kind::Number => token.value.parse::<i64>().ok().map(serde_json::Value::from),
        Kind::Word if token.value == "true" => Some(serde_json::Value::Bool(true)),
        _ => None,
    };
    let value = time(&said)
        .map(serde_json::Value::from)
        .or_else(|| said.iter().find_map(constant))
        // Used as it stands, it is cast to boolean.
        .unwrap_or(serde_json::Value::Bool(true));
    Some(Constant::Member(
        serde_json::json!({ key.value.as_str(): value }).to_string(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_a_time_is_one_whatever_it_is_compared_with() {
        for (text, expected) in [
            ("(doc->>'at')::timestamptz < now() - interval '30 days'", OLD),
            (
                "(doc->>'at')::timestamp with time zone < now() - make_interval(days => 30)",
                OLD,
            ),
            ("(doc ->> 'at'::text)::date > '2024-05-06'", "2024-05-06"),
        ] {
            let member = serde_json::json!({ "at": expected });
            assert_eq!(
                compared(&tokens(text), "doc", &[]).first(),
                Some(&Constant::Member(member.to_string())),
                "{text}"
            );
            assert_eq!(
                crate::rows::document::asked(&tokens(text), "doc"),
                Some(member),
                "{text}"
            );
        }
    }

    #[test]
    fn a_check_is_what_stands_in_its_parentheses() {
        assert_eq!(
            of_check("CHECK (((a)::text <> ')'::text)) NOT VALID"),
            Some("(((a)::text <> ')'::text))")
        );
    }

    #[test]
    fn constants_are_told_apart_by_their_operator() {
        let check = "((code ~ '^[A-Z]+$'::text) AND (code ~~ 'X%'::text) AND (length(code) > 3) AND (code <> 'it''s'))";
        assert_eq!(
            constants(&tokens(check)),
            [
                Constant::Pattern("^[A-Z]+$".into()),
                Constant::Like("X%".into()),
                Constant::Number("3".into()),
                Constant::Plain("it's".into())
            ]
        );
    }

    #[test]
    fn a_column_is_compared_with_what_is_on_its_side_of_and() {
        let policy = "(((status)::text = ANY (ARRAY['open'::text, 'won'::text])) AND ('x' = kind) AND (until > now()) AND ((data ->> 'visible'::text) = 'public'::text))";
        let tokens = tokens(policy);
        let columns = ["status", "kind", "until", "data"];
        let of = |column| compared(&tokens, column, &columns);
        assert_eq!(
            of("status"),
            [Constant::Plain("open".into()), Constant::Plain("won".into())]
        );
        assert_eq!(of("kind"), [Constant::Plain("x".into())]);
        assert_eq!(of("until"), [Constant::Now]);
        assert_eq!(of("data")[0], Constant::Member("{\"visible\":\"public\"}".into()));
    }
}
