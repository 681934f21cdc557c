//! The application's role runs it by way of another function.

use super::privilege::{Attempt, actors, attempt, held};
use super::{PRIVILEGE, Vector};
use crate::catalog::{Function, FunctionKind};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::mention::Mentions;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::run;
use crate::sql::{literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "by way of another function",
    rules: &[PRIVILEGE],
    about: "The application's role calls each function that calls the one of the contract: with zeros, with NULLs, and with \
            values that fit, the words of its body among them. One that acts with its owner's rights lends them. The object is \
            that function. One that nobody can be made to run it by is told as not tried, if that role may call it.",
    bad: include_str!("wrapper.bad.sql"),
    good: include_str!("wrapper.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// The most calls of one function that are tried.
const CALLS: usize = 40;
/// The most where each needs a clone of its own.
const CALLS_APART: usize = 12;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let (Some(function), Some(actors)) = (bench.function, actors(bench).await?) else {
        return Ok(Vec::new());
    };
    let all = run::callers(bench.catalog, function);
    let mut names: Vec<&str> = all.iter().map(|caller| caller.name.name.as_str()).collect();
    names.push(&function.name.name);
    let (triggers, callers): (Vec<&Function>, Vec<&Function>) = all
        .into_iter()
        .filter(|caller| matches!(caller.kind, FunctionKind::Function | FunctionKind::Procedure))
        .partition(|caller| {
            caller
                .result
                .as_deref()
                .is_some_and(|result| result.ends_with("trigger"))
        });
    let mut outcomes = Vec::new();
    for caller in &callers {
        outcomes.extend(call(bench, caller, &actors, &names).await?);
    }
    for caller in &triggers {
        outcomes.extend(set_off(bench, caller, &actors).await?);
    }
    if outcomes.is_empty() && !callers.is_empty() && !actors.is_empty() {
        outcomes.push(held(bench, bench.object(0)).await?);
    }
    Ok(outcomes)
}

/// Calls it in every way until rows go. Where they go by none of them, not even for a superuser, nothing is known of it.
async fn call(
    bench: &Bench<'_>,
    caller: &Function,
    actors: &[Actor],
    names: &[&str],
) -> Result<Option<Outcome>, Error> {
    let calls = calls(bench, caller);
    for actor in actors {
        for statement in &calls {
            if let Attempt::Removed(words) = attempt(bench, Some(actor), statement).await? {
                let object = caller.signature();
                let message = format!(
                    "{object}: {} runs {} by it ({statement}): {words}",
                    actor.effective(),
                    bench.object(0)
                );
                let mut finding = Finding::new(PRIVILEGE, object, message).expected("it is denied", words);
                finding.role = Some(actor.effective().to_owned());
                let mut sql = vec!["BEGIN".to_owned()];
                sql.extend(actor.replay());
                sql.push(statement.clone());
                finding.sql = Some(sql);
                return Ok(Some(Outcome::Found(finding)));
            }
        }
    }
    if !run::may_call(&bench.session, caller, actors).await? {
        return Ok(None);
    }
    for statement in &calls {
        if let Attempt::Removed(_) = attempt(bench, None, statement).await? {
            return Ok(None);
        }
    }
    // A name that is only mentioned, as in a query of a log, calls nothing.
    let body = caller.body.as_deref().unwrap_or_default().to_lowercase();
    let is_call = |name: &&str| {
        let name = name.to_lowercase();
        body.match_indices(&name).any(|(at, _)| {
            let rest = body[at + name.len()..].trim_start_matches('"').trim_start();
            rest.starts_with('(')
        })
    };
    let calls_it = names.iter().any(is_call) || Mentions::of(&body).bare("execute");
    Ok(Some(Outcome::Blind {
        rule: PRIVILEGE,
        object: caller.signature(),
        severity: if calls_it {
            Severity::Warning
        } else {
            Severity::Info
        },
        why: format!(
            "no call of it was found that runs {}, which it names, and {} may call it",
            bench.object(0),
            role(bench)
        ),
    }))
}

fn role<'b>(bench: &'b Bench<'_>) -> &'b str {
    bench.entry.app_role.as_deref().unwrap_or_default()
}

/// The calls that are tried: with zeros, days and a number below zero, with the words of its body, and with NULLs.
fn calls(bench: &Bench<'_>, caller: &Function) -> Vec<String> {
    let name = qualified(&caller.name.schema, &caller.name.name);
    let verb = if caller.kind == FunctionKind::Procedure {
        "CALL"
    } else {
        "SELECT"
    };
    let days = bench.targets.first().map_or("30", |target| {
        target.keep.split_whitespace().next().unwrap_or("30")
    });
    let body = caller.body.as_deref().unwrap_or_default();
    let words: Vec<&str> = body.split('\'').skip(1).step_by(2).collect();
    let takes_text = caller.input_types.iter().any(|data_type| is_text(data_type));
    let mut given: Vec<Option<&str>> = vec![None];
    if takes_text {
        given.extend(words.iter().copied().filter(|word| !word.is_empty()).map(Some));
    }
    let mut calls: Vec<String> = Vec::new();
    let nulls: Vec<String> = caller
        .input_types
        .iter()
        .map(|data_type| format!("NULL::{data_type}"))
        .collect();
    calls.push(format!("{verb} {name}({})", nulls.join(", ")));
    for word in given {
        for number in ["0", days, "-1"] {
            let given: Vec<String> = caller
                .input_types
                .iter()
                .map(|data_type| {
                    let value = match word {
                        Some(word) if is_text(data_type) => literal(word),
                        _ if matches!(data_type.as_str(), "json" | "jsonb") => document(&words, number),
                        _ => value(bench, data_type, number),
                    };
                    format!("{value}::{data_type}")
                })
                .collect();
            let call = format!("{verb} {name}({})", given.join(", "));
            if !calls.contains(&call) {
                calls.push(call);
            }
        }
    }
    calls.truncate(if bench.commits.get() { CALLS_APART } else { CALLS });
    calls
}

fn is_text(data_type: &str) -> bool {
    matches!(data_type, "text" | "character varying" | "name") || data_type.ends_with("citext")
}

/// A document in which each of these words is a key.
fn document(words: &[&str], number: &str) -> String {
    let number: serde_json::Value = serde_json::from_str(number).unwrap_or_default();
    let keys = words.iter().map(|word| ((*word).to_owned(), number.clone()));
    literal(&serde_json::Value::Object(keys.collect()).to_string())
}

/// A trigger that calls it, on a table to which the application's role writes: what sets it off is not tried.
async fn set_off(bench: &Bench<'_>, caller: &Function, actors: &[Actor]) -> Result<Option<Outcome>, Error> {
    let tables = bench.catalog.relations.iter().filter(|relation| {
        relation
            .triggers
            .iter()
            .any(|trigger| trigger.function == caller.name)
    });
    for table in tables {
        for actor in actors {
            let query = format!(
                "SELECT pg_catalog.has_any_column_privilege({0}, {1}::oid, 'INSERT, UPDATE') \
                 OR pg_catalog.has_table_privilege({0}, {1}::oid, 'DELETE, TRUNCATE')",
                literal(actor.effective()),
                table.oid.0,
            );
            if is_true(bench, &query).await? {
                return Ok(Some(Outcome::Blind {
                    rule: PRIVILEGE,
                    object: caller.signature(),
                    severity: Severity::Warning,
                    why: format!(
                        "it names {} and is a trigger on {}, to which {} may write",
                        bench.object(0),
                        table.name,
                        actor.effective()
                    ),
                }));
            }
        }
    }
    Ok(None)
}

async fn is_true(bench: &Bench<'_>, query: &str) -> Result<bool, Error> {
    let rows = bench.session.rows(query).await?;
    let cell = rows.first().and_then(|row| row.first().cloned().flatten());
    Ok(cell.as_deref() == Some("t"))
}

/// A value that an argument of that type takes.
fn value(bench: &Bench<'_>, data_type: &str, number: &str) -> String {
    match data_type {
        "integer" | "bigint" | "smallint" | "numeric" | "real" | "double precision" => number.to_owned(),
        "interval" => literal(&format!("{number} days")),
        "boolean" => "true".to_owned(),
        "date" => "'today'".to_owned(),
        _ if data_type.starts_with("timestamp") => "now()".to_owned(),
        _ => {
            let tenant = bench
                .tenant
                .as_deref()
                .or(bench.identities.first().map(String::as_str));
            crate::sql::literal_or_null(tenant)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends_on;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends_on(&super::VECTOR, super::PRIVILEGE, &["app.tidy(integer)"], "").await;
    }
}
