//! What functions that change rows are called by, and with.

use crate::catalog::{Function, FunctionKind};

/// `select schema.f($1)`, or `call`.
pub(super) fn call(function: &Function, arguments: &[String]) -> String {
    let verb = if function.kind == FunctionKind::Procedure {
        "call"
    } else {
        "select"
    };
    let name = crate::contract::RelationName {
        schema: function.name.schema.clone(),
        name: function.name.name.clone(),
    };
    format!("{verb} {name}({})", arguments.join(", "))
}

/// Whether a name has one of these words in it.
pub(super) fn has_word(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}
