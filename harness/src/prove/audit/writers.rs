//! The trigger functions that write the log when a table is changed.

use super::bench::Bench;
use crate::catalog::{Function, Name};
use crate::contract::Operation;
use crate::prove::mention::Mentions;

/// How many calls may lie between a trigger's function and the one that names the log.
const DEPTH: usize = 3;

/// The functions of the table's triggers for that command that name the log, or call what does.
pub(super) fn of(bench: &Bench<'_>, table: &Name, operation: Option<Operation>) -> Vec<String> {
    let functions = functions(bench, table, operation);
    functions.into_iter().map(Function::signature).collect()
}

/// The same as the catalog has them.
pub(super) fn functions<'a>(
    bench: &Bench<'a>,
    table: &Name,
    operation: Option<Operation>,
) -> Vec<&'a Function> {
    let catalog = bench.terms.catalog;
    let Some(relation) = catalog.relation(&table.schema, &table.name) else {
        return Vec::new();
    };
    let fires = |definition: &str| {
        let events = definition.split(" ON ").next().unwrap_or_default();
        operation.is_none_or(|operation| events.contains(&operation.to_string()))
    };
    let mut found: Vec<&Function> = Vec::new();
    for family in bench.terms.family(relation) {
        for trigger in family
            .triggers
            .iter()
            .filter(|trigger| fires(&trigger.definition))
        {
            let function = catalog
                .functions
                .iter()
                .find(|function| function.name == trigger.function && function.input_types.is_empty());
            let Some(function) = function else { continue };
            let known = found.iter().any(|known| known.oid.0 == function.oid.0);
            if writes(bench, function) && !known {
                found.push(function);
            }
        }
    }
    found
}

/// Whether a function names the log, or calls one that does.
pub(super) fn writes(bench: &Bench<'_>, function: &Function) -> bool {
    reaches(bench, function, DEPTH)
}

fn reaches(bench: &Bench<'_>, function: &Function, depth: usize) -> bool {
    let Some(body) = &function.body else { return false };
    let mentions = Mentions::of(body);
    mentions.name(&bench.log.relation.name)
        || depth > 0
            && bench
                .terms
                .catalog
                .functions
                .iter()
                .filter(|other| other.oid.0 != function.oid.0 && mentions.name(&other.name))
                .any(|other| reaches(bench, other, depth - 1))
}
