//! `[[erasure]]`, as far as functions tell it that clear or remove the rows of one person.

use super::body;
use super::change::{call, has_word};
use super::clause::{Clause, Verb, clauses};
use super::expression::Expr;
use super::guess::{Guess, Sureness};
use super::owner::relation_name;
use super::text::{Text, list, string};
use crate::catalog::{Catalog, Function, FunctionKind, Relation};

/// Words in the names of what forgets somebody.
const WORDS: [&str; 12] = [
    "anonymi",
    "erase",
    "forget",
    "pseudonym",
    "gdpr",
    "delete_user",
    "delete_account",
    "delete_person",
    "delete_customer",
    "remove_user",
    "scrub",
    "right_to_be",
];

/// Words for persons in the names of functions that delete one.
const PERSONS: [&str; 17] = [
    "user",
    "account",
    "person",
    "people",
    "customer",
    "member",
    "reader",
    "guest",
    "patient",
    "employee",
    "contact",
    "client",
    "subscriber",
    "student",
    "profile",
    "visitor",
    "applicant",
];

/// Words in the names of columns that say who somebody is.
pub(super) const PII: [&str; 10] = [
    "email",
    "phone",
    "full_name",
    "first_name",
    "last_name",
    "display_name",
    "address",
    "birth",
    "passport",
    "iban",
];

/// The sections, and what they stand on.
pub(super) fn erasure(catalog: &Catalog) -> (Text, Vec<Guess>) {
    let (mut text, mut guesses) = (Text::default(), Vec::new());
    let functions = catalog.functions.iter().filter(|function| {
        matches!(function.kind, FunctionKind::Function | FunctionKind::Procedure)
            && function.result.as_deref() != Some("trigger")
            && !function.input_types.is_empty()
    });
    for function in functions {
        let signature = function.signature();
        let clauses = clauses(catalog, function.body.as_deref().unwrap_or_default());
        let mut subjects = clauses.iter().filter_map(|clause| subject(function, clause));
        let Some((relation, key, pii)) = subjects.next() else {
            continue;
        };
        let values: Vec<String> = (1..=key.len()).map(|number| format!("${number}")).collect();
        let key_text = match key.as_slice() {
            [only] => string(only),
            several => list(several),
        };
        let why = format!(
            "{signature} clears or removes the row of {} with the key that it is given",
            relation.name
        );
        text.section("[[erasure]]");
        text.comment(&format!("likely: {why}"));
        text.string("run", &call(function, &values));
        text.line(&format!(
            "subject = {{ table = {}, key = {}, pii = {} }}",
            string(&relation_name(&relation.name).to_string()),
            key_text,
            list(&pii)
        ));
        text.comment("likely: the key tells nobody who it was");
        text.list("may_keep", &key);
        guesses.push(Guess {
            area: "erasure".to_owned(),
            object: String::new(),
            what: format!(
                "{signature} forgets a person of {} ({})",
                relation.name,
                pii.join(", ")
            ),
            sureness: Sureness::Likely,
            why,
        });
    }
    (text, guesses)
}

/// The table of persons, its key, and the columns that say who it is, where a statement is about the row with the key that
/// the function is given, and clears it, or removes it and the function's name says that this forgets somebody.
fn subject<'c>(function: &Function, clause: &Clause<'c>) -> Option<(&'c Relation, Vec<String>, Vec<String>)> {
    let relation = clause.sources.first()?.relation?;
    let key = &relation.primary_key()?.columns;
    let arguments = body::arguments(function);
    let mut given: Vec<Option<&String>> = vec![None; arguments.len()];
    for part in clause.parts.iter().filter_map(|part| part.expression.as_ref()) {
        part.walk(&mut |part| {
            let Expr::Binary {
                operator,
                left,
                right,
            } = part
            else {
                return;
            };
            if operator != "=" && operator != "~~" {
                return;
            }
            let (mut column, mut place) = (None, None);
            for side in [left, right] {
                side.walk(&mut |name| {
                    let Expr::Name(name) = name else { return };
                    let last = name.last().map_or("", String::as_str);
                    column = column.or_else(|| key.iter().find(|key| *key == last));
                    place = place.or_else(|| argument(&arguments, last));
                });
            }
            if let (Some(column), Some(place)) = (column, place) {
                given[place] = Some(column);
            }
        });
    }
    // All that it is given is a key, in whatever order.
    let given: Vec<String> = given
        .into_iter()
        .map(Option::<&String>::cloned)
        .collect::<Option<_>>()?;
    if given.len() != key.len() || !key.iter().all(|column| given.contains(column)) {
        return None;
    }
    let columns = relation
        .columns
        .iter()
        .filter(|column| is_text(&column.data_type) && !key.contains(&column.name));
    let told = columns.filter(|column| {
        has_word(&column.name, &PII) || clause.sets.contains(&column.name) && column.name.ends_with("name")
    });
    let pii: Vec<String> = told.map(|column| column.name.clone()).collect();
    let name = function.name.name.to_lowercase();
    let forgets = has_word(&name, &WORDS)
        || match clause.verb {
            // Whoever gives no new value clears.
            Verb::Update => pii.iter().any(|column| clause.sets.contains(column)),
            Verb::Delete => has_word(&name, &["delete", "remove"]) && has_word(&name, &PERSONS),
            Verb::Select => false,
        };
    (clause.verb != Verb::Select && forgets && !pii.is_empty()).then_some((relation, given, pii))
}

fn argument(arguments: &[body::Argument], name: &str) -> Option<usize> {
    if let Some(number) = name.strip_prefix('$') {
        return number.parse::<usize>().ok()?.checked_sub(1);
    }
    arguments
        .iter()
        .position(|argument| argument.name.as_deref() == Some(name))
}

pub(super) fn is_text(data_type: &str) -> bool {
    data_type.starts_with("text")
        || data_type.starts_with("character varying")
        || data_type.ends_with("citext")
}
