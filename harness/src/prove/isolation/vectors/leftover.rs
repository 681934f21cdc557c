//! What one tenant's transaction leaves in a pooled session for the next one.

use super::pooled::{self, Again, Told};
use super::{CONTEXT, Vector};
use crate::claim::Severity;
use crate::contract::Context;
use crate::error::Error;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::mention::Mentions;

pub(super) const VECTOR: Vector = Vector {
    name: "left over",
    rule: CONTEXT,
    about: "A session of a connection pool serves one tenant, commits, and serves the next: settings of the session, \
            temporary tables and held cursors must not carry anything over. Tried over real connections with real commits.",
    bad: include_str!("leftover.bad.sql"),
    good: include_str!("leftover.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if !pooled::is_shared(bench) {
        return Ok(Vec::new());
    }
    let looks = pooled::looks(bench).await?;
    // Answers that the planner keeps are another vector's.
    let world: Vec<String> = pooled::falsely_immutable(bench)
        .into_iter()
        .map(pooled::as_stable)
        .collect();
    let Some(told) = pooled::compare(bench, &world, &bench.attacker, Again::Anew, &looks).await? else {
        return Ok(vec![Outcome::Blind {
            object: format!("role {}", bench.attacker.login),
            severity: Severity::Info,
            why: "nobody can log in as it".to_owned(),
        }]);
    };
    let mut outcomes = Vec::new();
    let mut found: Vec<String> = Vec::new();
    // Functions last in the looks, and first here: a table leaks because of a function that its policies call.
    for (look, told) in looks.iter().zip(&told).rev() {
        match told {
            Told::Left(observed) => {
                let behind = pooled::functions_behind(bench, &look.object);
                if behind
                    .iter()
                    .any(|function| found.contains(&function.signature()))
                {
                    continue;
                }
                let keeps = behind.iter().find(|function| {
                    pooled::words(function).any(&["set_config", "set", "temp", "temporary", "hold"])
                });
                let object = keeps.map_or_else(|| look.object.clone(), |function| function.signature());
                let message = format!(
                    "a tenant is shown by {} what the tenant before it in the same session had seen",
                    look.object
                );
                let attempt = pooled::attempt(bench, &bench.attacker, Again::Anew, &look.sql);
                let finding = VECTOR.finding(&object, message, observed.clone(), &attempt);
                found.push(object);
                outcomes.push(Outcome::Found(Finding {
                    expected: "the same as on a connection of its own".to_owned(),
                    replayable: false,
                    ..finding
                }));
            }
            Told::Nothing => outcomes.push(Outcome::Held {
                object: look.object.clone(),
            }),
            Told::Alike => {}
        }
    }
    outcomes.reverse();
    outcomes.extend(without_context(bench).await?);
    Ok(outcomes)
}

/// The application's own call may make a context that lasts longer than the transaction.
async fn without_context(bench: &Bench<'_>) -> Result<Option<Outcome>, Error> {
    let Context::Sql { sql } = &bench.isolation.context else {
        return Ok(None);
    };
    let nobody = bench
        .attacker
        .as_nobody(Vec::new(), "a session in which tenant B's transaction ended");
    let looks = pooled::looks(bench).await?;
    let Some(told) = pooled::compare(bench, &[], &nobody, Again::Anew, &looks).await? else {
        return Ok(None);
    };
    let mentions = Mentions::of(&sql.join("; "));
    let maker = bench
        .catalog
        .functions
        .iter()
        .find(|function| mentions.name(&function.name));
    let left = looks.iter().zip(&told).find_map(|(look, told)| match told {
        Told::Left(observed) => Some((look, observed)),
        _ => None,
    });
    let object = match (maker, left) {
        (Some(function), _) => function.signature(),
        (None, left) => parameter(sql)
            .map(|name| format!("parameter {name}"))
            .or_else(|| left.map(|(look, _)| look.object.clone()))
            .unwrap_or_else(|| "[isolation]".to_owned()),
    };
    if let Some((look, observed)) = left {
        let message = format!(
            "the context outlives its transaction: after COMMIT the session still sees the tenant's rows in {}",
            look.object
        );
        let attempt = pooled::attempt(bench, &nobody, Again::Anew, &look.sql);
        let finding = VECTOR.finding(&object, message, observed.clone(), &attempt);
        return Ok(Some(Outcome::Found(Finding {
            expected: "no tenant's rows".to_owned(),
            replayable: false,
            ..finding
        })));
    }
    let shows = told.contains(&Told::Nothing);
    Ok(shows.then_some(Outcome::Held { object }))
}

/// The setting that statements make, if one does.
fn parameter(sql: &[String]) -> Option<&str> {
    sql.iter().find_map(|text| {
        let (_, rest) = text.split_once("set_config(")?;
        rest.trim_start().strip_prefix('\'')?.split('\'').next()
    })
}

#[cfg(test)]
#[path = "leftover_tests.rs"]
mod tests;
