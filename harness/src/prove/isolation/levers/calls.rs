//! The calls by which a tenant changes something through a function: each function that writes, with keys that are known.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::deciding::words_of;
use crate::catalog::{ConstraintKind, Function, FunctionKind, Relation, TypeKind};
use crate::error::Error;
use crate::prove::isolation::bench::Bench;
use crate::rows::Row;
use crate::sql::{identifier, literal, qualified};

/// Values that are tried an argument, and calls a function.
const VALUES: usize = 4;
const MOST: usize = 32;

const WRITES: [&str; 7] = [
    "insert", "update", "delete", "merge", "truncate", "execute", "copy",
];

/// The functions that the attacker may call and that may change something.
pub(super) async fn writing<'a>(bench: &Bench<'a>) -> Result<Vec<&'a Function>, Error> {
    let query = include_str!("../callable.sql").replace("$1", &literal(bench.attacker.effective()));
    let callable: BTreeSet<u32> = bench
        .session
        .rows(&query)
        .await?
        .iter()
        .filter_map(|row| row.first()?.as_deref()?.parse().ok())
        .collect();
    let all = &bench.catalog.functions;
    let words: Vec<BTreeSet<String>> = all.iter().map(words_of).collect();
    let mut writes: Vec<bool> = words
        .iter()
        .map(|words| WRITES.iter().any(|word| words.contains(*word)))
        .collect();
    // Who calls a function that writes, writes.
    loop {
        let names: BTreeSet<&str> = all
            .iter()
            .zip(&writes)
            .filter(|(_, writes)| **writes)
            .map(|(function, _)| function.name.name.as_str())
            .collect();
        let more: Vec<usize> = (0..all.len())
            .filter(|&at| !writes[at] && words[at].iter().any(|word| names.contains(word.as_str())))
            .collect();
        if more.is_empty() {
            break;
        }
        for at in more {
            writes[at] = true;
        }
    }
    Ok((0..all.len())
        .filter(|&at| {
            let function = &all[at];
            writes[at]
                && callable.contains(&function.oid.0)
                && function.volatility == "volatile"
                && matches!(function.kind, FunctionKind::Function | FunctionKind::Procedure)
                && !function.result.as_deref().is_some_and(|result| result.ends_with("trigger"))
                // What sets a context is how sessions begin: that is another vector.
                && !words[at].contains("set_config")
        })
        .map(|at| &all[at])
        .collect())
}

/// Calls with the keys of the victim and of the attacker.
pub(super) fn calls(bench: &Bench<'_>, function: &Function) -> Vec<String> {
    let names = argument_names(function);
    let candidates: Vec<Vec<String>> = function
        .input_types
        .iter()
        .enumerate()
        .map(|(at, kind)| candidates(bench, kind, names.get(at).map_or("", String::as_str)))
        .collect();
    let mut combinations: Vec<Vec<String>> = vec![Vec::new()];
    for candidates in &candidates {
        combinations = combinations
            .iter()
            .flat_map(|before| {
                candidates.iter().map(|candidate| {
                    let mut with = before.clone();
                    with.push(candidate.clone());
                    with
                })
            })
            .take(MOST)
            .collect();
    }
    combinations
        .iter()
        .map(|arguments| call(function, arguments))
        .collect()
}

/// The function called with each key that the attacker sees in a table, where it takes just one such.
pub(super) fn with_keys_of(function: &Function, relation: &Relation) -> Option<String> {
    let [key] = relation.primary_key()?.columns.as_slice() else {
        return None;
    };
    let kind = &relation.column(key)?.data_type;
    let [argument] = function.input_types.as_slice() else {
        return None;
    };
    (argument == kind && function.kind == FunctionKind::Function).then(|| {
        format!(
            "SELECT {}(t.{}) FROM {} AS t",
            qualified(&function.name.schema, &function.name.name),
            identifier(key),
            qualified(&relation.name.schema, &relation.name.name)
        )
    })
}

fn call(function: &Function, arguments: &[String]) -> String {
    let name = qualified(&function.name.schema, &function.name.name);
    let arguments = arguments.join(", ");
    if function.kind == FunctionKind::Procedure {
        format!("CALL {name}({arguments})")
    } else {
        format!("SELECT {name}({arguments})")
    }
}

/// The input arguments' names, empty where one has none.
fn argument_names(function: &Function) -> Vec<String> {
    function
        .identity_arguments
        .split(", ")
        .filter(|argument| !argument.starts_with("OUT ") && !argument.starts_with("TABLE "))
        .map(|argument| {
            let words: Vec<&str> = argument
                .split(' ')
                .filter(|word| !["IN", "INOUT", "VARIADIC"].contains(word))
                .collect();
            if words.len() > 1 {
                words[0].to_owned()
            } else {
                String::new()
            }
        })
        .collect()
}

/// The victim's keys of that type in tables that a column of this name may point to, foreign key or not.
pub(super) fn keys_alike(bench: &Bench<'_>, kind: &str, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for relation in bench
        .catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table())
    {
        let rows = bench.world.table(&relation.name.schema, &relation.name.name);
        let Some(row) = rows.and_then(|rows| rows.of('b').next()) else {
            continue;
        };
        for column in relation.columns.iter().filter(|column| column.data_type == kind) {
            if is_key(relation, &column.name)
                && is_alike(name, &relation.name.name, &column.name)
                && let Some(Some(value)) = row.values.get(&column.name)
                && !found.contains(value)
            {
                found.push(value.clone());
            }
        }
    }
    found
}

/// Values for an argument, as SQL: B's keys of its type first, those of columns that it is named like before others.
fn candidates(bench: &Bench<'_>, kind: &str, name: &str) -> Vec<String> {
    let typed = |value: &str| format!("{}::{kind}", literal(value));
    if let Some(element) = kind.strip_suffix("[]") {
        let all = candidates(bench, element, name);
        return all
            .iter()
            .take(1)
            .map(|value| format!("ARRAY[{value}]"))
            .collect();
    }
    if kind == "boolean" {
        return vec!["true".to_owned(), "false".to_owned()];
    }
    let labels = bench
        .catalog
        .types
        .iter()
        .find(|known| known.kind == TypeKind::Enum && known.name.to_string() == kind)
        .and_then(|known| known.labels.as_ref());
    if let Some(labels) = labels {
        return labels
            .iter()
            .rev()
            .take(VALUES)
            .map(|label| typed(label))
            .collect();
    }
    let mut found: Vec<(bool, String)> = Vec::new();
    for tenant in ['b', 'a'] {
        let mut values: Vec<(bool, String)> = Vec::new();
        for relation in bench
            .catalog
            .relations
            .iter()
            .filter(|relation| relation.kind.is_table())
        {
            let rows = bench.world.table(&relation.name.schema, &relation.name.name);
            // What a row does not hold can't be copied out of it.
            let fullest = |row: &&Row| Reverse(row.values.values().flatten().count());
            let Some(row) = rows.and_then(|rows| rows.of(tenant).min_by_key(fullest)) else {
                continue;
            };
            for column in relation.columns.iter().filter(|column| column.data_type == kind) {
                let alike = is_alike(name, &relation.name.name, &column.name);
                if (alike || is_key(relation, &column.name))
                    && let Some(Some(value)) = row.values.get(&column.name)
                {
                    values.push((alike, value.clone()));
                }
            }
        }
        values.sort_by_key(|(alike, _)| !alike);
        let identity = &bench.identities[usize::from(tenant == 'b')];
        if bench
            .owners
            .key_types(bench.catalog)
            .iter()
            .any(|known| known == kind)
        {
            values.insert(0, (true, identity.clone()));
        }
        // Of the victim's, one of each table that may be meant.
        let most = if tenant == 'b' { VALUES } else { VALUES / 2 };
        let mut taken = 0;
        for (alike, value) in values {
            if taken < most && !found.iter().any(|(_, known)| *known == value) {
                found.push((alike, value));
                taken += 1;
            }
        }
    }
    if found.is_empty() {
        return vec![format!("NULL::{kind}")];
    }
    found.iter().map(|(_, value)| typed(value)).collect()
}

fn is_key(relation: &Relation, column: &str) -> bool {
    relation.constrains(column, &[ConstraintKind::PrimaryKey, ConstraintKind::ForeignKey])
}

/// `p_org_id` is like `organisations.id`, `members.org_id` and `orgs.id`.
fn is_alike(argument: &str, table: &str, column: &str) -> bool {
    let bare = argument
        .trim_start_matches("p_")
        .trim_start_matches("in_")
        .trim_matches('_');
    let stem = bare.trim_end_matches("_id");
    bare == column
        || stem.len() > 2
            && (column.trim_end_matches("_id") == stem || column == "id" && table.starts_with(stem))
}
