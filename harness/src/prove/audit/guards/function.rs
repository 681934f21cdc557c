//! Functions that write the log for whoever calls them.

use std::collections::BTreeSet;

use super::attempt::{attackers, attempt};
use super::mutable::any_entry;
use super::{FORGEABLE, Guard, MUTABLE, Shown};
use crate::catalog::Function;
use crate::claim::{Claim, Severity};
use crate::error::Error;
use crate::prove::audit::bench::{Bench, Who};
use crate::prove::audit::course::{Course, Judging, Step};
use crate::prove::audit::problem::What;
use crate::prove::audit::writers;
use crate::prove::image::Image;
use crate::prove::run as running;
use crate::sql::{literal, qualified};

pub(super) const GUARD: Guard = Guard {
    name: "functions that write it",
    rule: MUTABLE,
    about: "Every function that writes the log, be it by way of others, is called by the application's role with the names of \
            audited tables, keys of their rows and of entries, and bounds that take in everything. No entry may be lost, and none may \
            come to be that tells of an audited table what did not happen.",
    bad: include_str!("function.bad.sql"),
    good: include_str!("function.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let log = bench.log.relation.name.to_string();
    let attackers = attackers(bench);
    let functions: Vec<&Function> = bench
        .terms
        .catalog
        .functions
        .iter()
        .filter(|function| !matches!(function.result.as_deref(), Some("trigger" | "event_trigger")))
        .filter(|function| writers::writes(bench, function))
        .collect();
    if attackers.is_empty() || functions.is_empty() {
        return Ok(Vec::new());
    }
    let entry = any_entry(bench).await?.unwrap_or_default();
    let mut claims = Vec::new();
    for function in functions {
        let signature = function.signature();
        let objects = [log.clone(), signature.clone()];
        let mut found = Vec::new();
        let mut called = false;
        for who in &attackers {
            for sql in calls(bench, function, &entry) {
                let tried = attempt(bench, "", who, &sql).await?;
                called |= !tried.refused;
                if tried.lost().is_some() {
                    let message = format!("{} can change the log by {signature}", who.actor.effective());
                    found = GUARD.found(
                        &objects,
                        &message,
                        &shown(who, &sql, "entries were changed or are gone"),
                    );
                    break;
                }
                if let Some(observed) = forged(bench, who, &sql).await? {
                    let message = format!(
                        "{} can write an entry of what never happened by {signature}: {observed}",
                        who.actor.effective()
                    );
                    found = forge().found(&objects, &message, &shown(who, &sql, &observed));
                    break;
                }
            }
            if !found.is_empty() {
                break;
            }
        }
        if found.is_empty() {
            let actors = attackers.iter().map(|who| &who.actor);
            found.push(if called {
                GUARD.held(
                    &signature,
                    "called by the application it loses no entry and forges none",
                )
            } else if running::may_call(&bench.session, function, actors).await? {
                GUARD.blind(&signature, Severity::Info, "no argument at hand is taken")
            } else {
                GUARD.held(&signature, "the application may not call it")
            });
        }
        claims.extend(found);
    }
    Ok(claims)
}

/// The same under the rule about what is forged.
fn forge() -> Guard {
    Guard {
        rule: FORGEABLE,
        ..GUARD
    }
}

fn shown<'s>(who: &'s Who, sql: &'s str, observed: &'s str) -> Shown<'s> {
    Shown {
        who,
        prepared: &[],
        sql,
        expected: "no entry lost, and none that tells of what did not happen",
        observed,
    }
}

/// What an entry tells of an audited table that did not happen.
pub(super) async fn forged(bench: &Bench<'_>, who: &Who, sql: &str) -> Result<Option<String>, Error> {
    let mut course = Course::begin(bench).await?;
    let step = course.step(who, sql, Judging::default()).await?;
    course.end().await?;
    let Step::Done(done) = step else {
        return Ok(None);
    };
    let extra = done
        .judged
        .problems
        .into_iter()
        .find(|problem| problem.what == What::Extra && problem.table.is_some());
    Ok(extra.map(|problem| problem.observed))
}

/// Calls with arguments of several kinds.
fn calls(bench: &Bench<'_>, function: &Function, entry: &Image) -> BTreeSet<String> {
    let verb = if function.result.is_none() {
        "CALL"
    } else {
        "SELECT"
    };
    let name = qualified(&function.name.schema, &function.name.name);
    let kinds = [
        Kind::Forge(false),
        Kind::Forge(true),
        Kind::Most,
        Kind::Entry,
        Kind::Row,
        Kind::Nothing,
    ];
    let mut calls: BTreeSet<String> = kinds
        .into_iter()
        .map(|kind| {
            let arguments: Vec<String> = names(function)
                .into_iter()
                .zip(&function.input_types)
                .map(|(name, data_type)| argument(bench, entry, kind, &name, data_type))
                .collect();
            format!("{verb} {name}({})", arguments.join(", "))
        })
        .collect();
    if function.arguments.contains(" DEFAULT ") {
        calls.insert(format!("{verb} {name}()"));
    }
    calls
}

/// What arguments are made of.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// As an entry about an audited table would have it; with the schema in the table's name or without.
    Forge(bool),
    /// Whatever takes in everything.
    Most,
    /// The key of an entry.
    Entry,
    /// The key of a row of an audited table.
    Row,
    /// NULL.
    Nothing,
}

/// The names of the arguments that a caller gives; empty where they have none.
fn names(function: &Function) -> Vec<String> {
    let parts = function.identity_arguments.split(", ");
    let mut names: Vec<String> = parts
        .filter(|part| !part.starts_with("OUT ") && !part.starts_with("TABLE "))
        .map(|part| {
            let part = ["INOUT ", "IN ", "VARIADIC "]
                .iter()
                .fold(part, |part, mode| part.strip_prefix(mode).unwrap_or(part));
            part.split_once(' ').map_or("", |(name, _)| name).to_lowercase()
        })
        .collect();
    names.resize(function.input_types.len(), String::new());
    names
}

fn argument(bench: &Bench<'_>, entry: &Image, kind: Kind, name: &str, data_type: &str) -> String {
    let text = |value: &str| format!("{}::{data_type}", literal(value));
    let null = || format!("NULL::{data_type}");
    let table = bench.terms.tables.first();
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let first_row = || {
        let table = table?;
        let key = crate::prove::image::key(table);
        let row = bench.rows(table).into_iter().next()?;
        key.iter().find_map(|column| row.values.get(column)?.clone())
    };
    let of_entry = || {
        let key = crate::prove::image::key(bench.log.relation);
        key.iter().find_map(|column| entry.get(column).cloned().flatten())
    };
    let words = matches!(data_type, "text" | "character varying" | "name" | "regclass")
        || data_type.starts_with("character");
    match kind {
        Kind::Nothing => null(),
        Kind::Forge(qualified_name) => match data_type {
            "jsonb" | "json" => text("{}"),
            "uuid" | "bigint" | "integer" | "smallint" => {
                let value = if is(&["actor", "user", "who", "by"]) {
                    bench.other.names.first().cloned()
                } else {
                    first_row()
                };
                let fits = value.filter(|value| (data_type == "uuid") == (value.len() == 36));
                fits.map_or_else(null, |value| text(&value))
            }
            _ if words => {
                let value = if is(&["schema"]) {
                    table.map(|table| table.name.schema.clone())
                } else if is(&["table", "relation", "entity", "resource", "object", "target"])
                    || data_type == "regclass"
                {
                    table.map(|table| {
                        if qualified_name || data_type == "regclass" {
                            table.name.to_string()
                        } else {
                            table.name.name.clone()
                        }
                    })
                } else if is(&["op", "action", "event", "command", "kind", "verb"]) {
                    Some("UPDATE".to_owned())
                } else if is(&["actor", "user", "who", "by"]) {
                    bench.other.names.first().cloned()
                } else if is(&["id", "key", "record", "row"]) {
                    first_row()
                } else {
                    Some("pgproof".to_owned())
                };
                value.map_or_else(null, |value| text(&value))
            }
            _ => most(data_type).map_or_else(null, text),
        },
        Kind::Most => match most(data_type) {
            Some(value) => text(value),
            None if words => text("%"),
            None => null(),
        },
        Kind::Entry | Kind::Row => {
            let key = if matches!(kind, Kind::Entry) {
                of_entry()
            } else {
                first_row()
            };
            let is_number = |value: &str| value.parse::<i64>().is_ok();
            match data_type {
                "uuid" => key
                    .filter(|key| key.len() == 36)
                    .map_or_else(null, |key| text(&key)),
                "bigint" | "integer" | "smallint" => key
                    .filter(|key| is_number(key))
                    .map_or_else(null, |key| text(&key)),
                _ if words && data_type != "regclass" => key.map_or_else(null, |key| text(&key)),
                other => most(other).map_or_else(null, text),
            }
        }
    }
}

/// A bound that everything is below of.
fn most(data_type: &str) -> Option<&'static str> {
    match data_type {
        "bigint" | "integer" | "smallint" | "numeric" | "double precision" | "real" => Some("0"),
        "interval" => Some("-1 day"),
        "date" | "timestamp with time zone" | "timestamp without time zone" => Some("infinity"),
        "boolean" => Some("true"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::GUARD, "audit.log", "").await;
    }
}
