//! JSON documents of the shape that checks ask for: the keys that they name, each with a value that fits what is said
//! of it, as far as nearness tells.

use serde_json::{Map, Value, json};

use super::expression::{self, Constant, Kind, Token};
use super::pattern;
use super::value::Stream;

/// An object with all keys that the expression asks of the column; nothing if it asks for none.
pub(super) fn asked(tokens: &[Token], column: &str) -> Option<Value> {
    let mut object = Map::new();
    for place in expression::places(tokens, column) {
        let mut at = place + 1;
        while tokens.get(at).is_some_and(|token| token.is(")")) {
            at += 1;
        }
        match tokens.get(at).map(|token| token.value.as_str()) {
            Some("?") => keys(tokens, at + 1, &mut object),
            Some("@") => contained(tokens, at, &mut object),
            Some("-") => way(tokens, at, place, &mut object),
            Some("#") => path(tokens, at, place, &mut object),
            _ => {}
        }
    }
    (!object.is_empty()).then_some(Value::Object(object))
}

/// What both ask for.
pub(super) fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(known) => merge(known, value),
                    None => {
                        into.insert(key, value);
                    }
                }
            }
        }
        // The canary of a mere key gives way.
        (into, from) if *into == anything() => *into = from,
        _ => {}
    }
}

fn anything() -> Value {
    json!("anything")
}

/// `? 'key'`, `?& ARRAY['a', 'b']`.
fn keys(tokens: &[Token], from: usize, object: &mut Map<String, Value>) {
    for token in &tokens[from.min(tokens.len())..] {
        match token.kind {
            Kind::String => {
                object.entry(token.value.clone()).or_insert_with(anything);
            }
            Kind::Word if token.value == "array" || token.value == "text" => {}
            Kind::Symbol if "&|([,:]".contains(token.value.as_str()) => {}
            _ => break,
        }
    }
}

/// `@> '{"enabled": true}'`.
fn contained(tokens: &[Token], at: usize, object: &mut Map<String, Value>) {
    let constant = tokens[at..]
        .iter()
        .take(3)
        .find(|token| token.kind == Kind::String);
    if let Some(Ok(from)) = constant.map(|token| serde_json::from_str::<Value>(&token.value)) {
        let mut whole = Value::Object(std::mem::take(object));
        merge(&mut whole, from);
        if let Value::Object(merged) = whole {
            *object = merged;
        }
    }
}

/// `-> 'a' ->> 'b'`.
fn way(tokens: &[Token], at: usize, place: usize, object: &mut Map<String, Value>) {
    let mut names = Vec::new();
    let mut next = at;
    loop {
        while tokens.get(next).is_some_and(|token| token.is(")")) {
            next += 1;
        }
        let mut arrow = next;
        while tokens
            .get(arrow)
            .is_some_and(|token| token.is("-") || token.is(">"))
        {
            arrow += 1;
        }
        match tokens
            .get(arrow)
            .filter(|token| arrow > next && token.kind == Kind::String)
        {
            Some(name) => names.push(name.value.clone()),
            None => break,
        }
        next = arrow + 1;
        while tokens
            .get(next)
            .is_some_and(|token| token.is(":") || token.is_word("text"))
        {
            next += 1;
        }
    }
    put(object, &names, value(tokens, place, next));
}

/// `#>> '{owner,name}'`.
fn path(tokens: &[Token], at: usize, place: usize, object: &mut Map<String, Value>) {
    let Some(end) = (at..tokens.len().min(at + 4)).find(|&at| tokens[at].kind == Kind::String) else {
        return;
    };
    let names: Vec<String> = tokens[end]
        .value
        .trim_matches(['{', '}'])
        .split(',')
        .map(str::to_owned)
        .collect();
    put(object, &names, value(tokens, place, end + 1));
}

fn put(object: &mut Map<String, Value>, names: &[String], value: Value) {
    let mut whole = value;
    for name in names.iter().rev() {
        whole = json!({ name.as_str(): whole });
    }
    let mut known = Value::Object(std::mem::take(object));
    if !names.is_empty() {
        merge(&mut known, whole);
    }
    if let Value::Object(merged) = known {
        *object = merged;
    }
}

const NUMBERS: [&str; 12] = [
    "numeric", "decimal", "integer", "int", "int2", "int4", "int8", "bigint", "smallint", "double", "float8",
    "real",
];

/// What is said of a value: of its type before it, of its worth after it.
fn value(tokens: &[Token], place: usize, after: usize) -> Value {
    let before = tokens[place.saturating_sub(6)..place]
        .iter()
        .rev()
        .find(|token| !token.is("("));
    let kind = before.map_or("", |token| token.value.as_str());
    let said: Vec<&Token> = tokens[after.min(tokens.len())..]
        .iter()
        .take(24)
        .take_while(|token| !token.is_word("and") && !token.is_word("or"))
        .collect();
    let text = said.iter().find(|token| token.kind == Kind::String);
    if let Some(time) = expression::time(&said) {
        return json!(time);
    }
    if kind.ends_with("_typeof") {
        return match text.map(|token| token.value.as_str()) {
            Some("array") => json!([anything()]),
            Some("object") => json!({}),
            Some("number") => json!(1),
            Some("boolean") => json!(true),
            _ => anything(),
        };
    }
    if kind.ends_with("array_length") {
        return json!([anything()]);
    }
    if let Some(number) = said.iter().find(|token| token.kind == Kind::Number)
        && let Ok(number) = number.value.parse::<i64>()
    {
        let below = said.iter().any(|token| token.is("<"));
        return json!(if below { number - 1 } else { number + 1 });
    }
    if let Some(text) = text {
        let regex = said.iter().any(|token| token.is("~"));
        let fitting = || pattern::matching(&text.value, &mut Stream::new(&[&text.value]), None);
        return json!(
            regex
                .then(fitting)
                .flatten()
                .unwrap_or_else(|| text.value.clone())
        );
    }
    let cast = |names: &[&str]| said.iter().any(|token| names.contains(&token.value.as_str()));
    if cast(&["boolean", "bool"]) {
        json!(true)
    } else if cast(&NUMBERS) {
        json!(1)
    } else if cast(&["date", "timestamp", "timestamptz"]) {
        json!(expression::OLD)
    } else if cast(&["uuid"]) {
        json!("c0ffee00-0000-4000-8000-000000000000")
    } else {
        anything()
    }
}

/// The document that constants ask for, all together.
pub(super) fn of(hints: &[Constant]) -> Option<Value> {
    let mut whole: Option<Value> = None;
    for hint in hints {
        if let Constant::Document(text) = hint
            && let Ok(value) = serde_json::from_str(text)
        {
            match &mut whole {
                Some(whole) => merge(whole, value),
                None => whole = Some(value),
            }
        }
    }
    whole
}

/// Where nothing is said of a value it is this text.
pub(super) fn marked(document: &Value, marker: &str) -> Value {
    match document {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(key, value)| (key.clone(), marked(value, marker)))
                .collect(),
        ),
        Value::Array(values) => values.iter().map(|value| marked(value, marker)).collect(),
        value if *value == anything() => json!(marker),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_check(check: &str) -> Value {
        asked(&expression::tokens(check), "doc").unwrap()
    }

    #[test]
    fn keys_are_read_with_what_is_said_of_them() {
        assert_eq!(
            of_check("((doc ? 'type'::text) AND (doc ?& ARRAY['id'::text, 'kind'::text]))"),
            json!({"id": "anything", "kind": "anything", "type": "anything"})
        );
        assert_eq!(
            of_check(
                "((((doc ->> 'amount'::text))::numeric > (0)::numeric) AND ((doc ->> 'currency'::text) = ANY (ARRAY['EUR'::text])))"
            ),
            json!({"amount": 1, "currency": "EUR"})
        );
        assert_eq!(
            of_check(
                "((jsonb_typeof((doc -> 'lines'::text)) = 'array'::text) AND (doc @> '{\"a\": {\"b\": 1}}'::jsonb))"
            ),
            json!({"a": {"b": 1}, "lines": ["anything"]})
        );
        assert_eq!(
            of_check("((doc #>> '{owner,name}'::text[]) IS NOT NULL)"),
            json!({"owner": {"name": "anything"}})
        );
    }
}
