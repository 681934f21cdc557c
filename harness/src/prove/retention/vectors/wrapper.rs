//! The application's role runs it by way of another function.

use super::privilege::{Attempt, actors, attempt, held};
use super::{PRIVILEGE, Vector};
use crate::catalog::{Function, FunctionKind};
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::run;
use crate::sql::{literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "by way of another function",
    rules: &[PRIVILEGE],
    about: "The application's role calls each function that calls the one of the contract: with zeros, with NULLs, and with \
            values that fit. One that acts with its owner's rights lends them. The object is that function.",
    bad: include_str!("wrapper.bad.sql"),
    good: include_str!("wrapper.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let (Some(function), Some(actors)) = (bench.function, actors(bench).await?) else {
        return Ok(Vec::new());
    };
    let callers: Vec<&Function> = run::callers(bench.catalog, function)
        .into_iter()
        .filter(|caller| matches!(caller.kind, FunctionKind::Function | FunctionKind::Procedure))
        .filter(|caller| {
            caller
                .result
                .as_deref()
                .is_none_or(|result| !result.ends_with("trigger"))
        })
        .collect();
    let mut outcomes = Vec::new();
    for caller in &callers {
        if let Some(outcome) = call(bench, caller, &actors).await? {
            outcomes.push(outcome);
        }
    }
    if outcomes.is_empty() && !callers.is_empty() && !actors.is_empty() {
        outcomes.push(held(bench, bench.object(0)).await?);
    }
    Ok(outcomes)
}

/// Calls it in every way until rows go.
async fn call(
    bench: &Bench<'_>,
    caller: &Function,
    actors: &[crate::prove::actor::Actor],
) -> Result<Option<Outcome>, Error> {
    let name = qualified(&caller.name.schema, &caller.name.name);
    let verb = if caller.kind == FunctionKind::Procedure {
        "CALL"
    } else {
        "SELECT"
    };
    let days = bench.targets.first().map_or("30", |target| {
        target.keep.split_whitespace().next().unwrap_or("30")
    });
    let mut calls: Vec<String> = Vec::new();
    for number in ["0", days] {
        let given: Vec<String> = caller
            .input_types
            .iter()
            .map(|data_type| format!("{}::{data_type}", value(bench, data_type, number)))
            .collect();
        calls.push(format!("{verb} {name}({})", given.join(", ")));
    }
    let nulls: Vec<String> = caller
        .input_types
        .iter()
        .map(|data_type| format!("NULL::{data_type}"))
        .collect();
    calls.push(format!("{verb} {name}({})", nulls.join(", ")));
    calls.dedup();
    for actor in actors {
        for statement in &calls {
            if let Attempt::Removed(words) = attempt(bench, actor, statement).await? {
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
    Ok(None)
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
