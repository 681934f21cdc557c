//! `[[erasure]]`, as far as functions tell it that clear or remove the rows of one person.

use super::body;
use super::change::{Change, call, changes, has_word};
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
            && has_word(&function.name.name, &WORDS)
    });
    for function in functions {
        let signature = function.signature();
        let changes = changes(catalog, function);
        let mut subjects = changes.all.iter().filter_map(|change| subject(function, change));
        let Some((relation, key, pii)) = subjects.next() else {
            continue;
        };
        let why = format!(
            "{signature} clears or removes the row of {} with the key that it is given",
            relation.name
        );
        text.section("[[erasure]]");
        text.comment(&format!("likely: {why}"));
        text.string("run", &call(function, &["$1".to_owned()]));
        text.line(&format!(
            "subject = {{ table = {}, key = {}, pii = {} }}",
            string(&relation_name(&relation.name).to_string()),
            string(&key),
            list(&pii)
        ));
        text.comment("likely: the key tells nobody who it was");
        text.list("may_keep", &[&key]);
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

/// The table of persons, its key, and the columns that say who it is, where a statement is about the one row with the key
/// that is the function's only argument.
fn subject<'c>(function: &Function, change: &Change<'c>) -> Option<(&'c Relation, String, Vec<String>)> {
    let [_] = function.input_types.as_slice() else {
        return None;
    };
    let [key] = change.relation.primary_key()?.columns.as_slice() else {
        return None;
    };
    let parameter = body::parameters(function).into_iter().next().flatten();
    let by_key = change.condition.conjuncts().into_iter().any(|part| {
        let Expr::Binary { operator, left, right } = part else { return false };
        let is = |side: &Expr, wanted: &dyn Fn(&str) -> bool| matches!(side, Expr::Name(name) if name.last().is_some_and(|name| wanted(name)));
        let is_key = |name: &str| name == key;
        let is_argument = |name: &str| name == "$1" || parameter.as_deref() == Some(name);
        operator == "=" && (is(left, &is_key) && is(right, &is_argument) || is(right, &is_key) && is(left, &is_argument))
    });
    let columns = change
        .relation
        .columns
        .iter()
        .filter(|column| is_text(&column.data_type));
    let told = columns.filter(|column| {
        has_word(&column.name, &PII) || change.sets.contains(&column.name) && column.name.ends_with("name")
    });
    let pii: Vec<String> = told.map(|column| column.name.clone()).collect();
    (by_key && !pii.is_empty()).then(|| (change.relation, key.clone(), pii))
}

pub(super) fn is_text(data_type: &str) -> bool {
    data_type.starts_with("text")
        || data_type.starts_with("character varying")
        || data_type.ends_with("citext")
}
