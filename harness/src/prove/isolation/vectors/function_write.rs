//! Functions that change what is another's.

use super::function::{self, SOON, calls_reachable, reaches_beyond};
use super::{Vector, WRITE};
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::callable::Callable;
use crate::prove::isolation::calls::{Call, calls};
use crate::prove::isolation::finding::Outcome;

pub(super) const VECTOR: Vector = Vector {
    name: "function",
    rule: WRITE,
    about: "A tenant calls every function that it may execute and that acts with other rights than its own, with the other's \
            keys, with NULL, with nothing, with patterns and pieces of SQL. The others' rows must be as before.",
    bad: include_str!("function_write.bad.sql"),
    good: include_str!("function_write.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Calls a function: each is judged on its own, which takes longer than a look.
const MOST: usize = 52;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let callables = bench.callables().await?;
    let writers = callables
        .iter()
        .filter(|callable| callable.is_volatile() && reaches_beyond(bench, callable));
    for callable in writers {
        let mut calls = calls(bench, callable);
        calls.truncate(MOST);
        outcomes.extend(tried(bench, callable, &callables, &calls).await?);
    }
    Ok(outcomes)
}

async fn tried(
    bench: &Bench<'_>,
    callable: &Callable<'_>,
    all: &[Callable<'_>],
    calls: &[Call],
) -> Result<Option<Outcome>, Error> {
    let object = callable.function.signature();
    for call in calls {
        let attempt = Attempt {
            steps: vec![SOON.to_owned()],
            ..Attempt::writing(&bench.attacker, &call.sql)
        };
        if let Verdict::Leak { observed, .. } = bench.attempt(&attempt).await? {
            if is_explained(bench, callable, all, &attempt).await? {
                return Ok(None);
            }
            let message = format!("a tenant that calls {object} reaches beyond its own: {observed}");
            return Ok(Some(Outcome::Found(
                VECTOR.finding(&object, message, observed, &attempt),
            )));
        }
    }
    if !callable.function.security_definer || !writes(callable) {
        return Ok(None);
    }
    for call in calls {
        let owners = Attempt {
            steps: vec![SOON.to_owned()],
            ..Attempt::writing(&bench.victim, &call.sql)
        };
        if owners.judge(&bench.session, &bench.frozen).await?.is_leak() {
            return Ok(Some(Outcome::Held { object }));
        }
    }
    Ok(Some(function::blind(
        bench,
        callable,
        "no row of a tenant's changes, by the hand of the one whose rows they are neither",
    )))
}

fn writes(callable: &Callable<'_>) -> bool {
    callable
        .mentions
        .any(&["insert", "update", "delete", "merge", "truncate", "execute"])
}

/// Whether the tables alone let that through, or another function that a tenant may call itself.
async fn is_explained(
    bench: &Bench<'_>,
    callable: &Callable<'_>,
    all: &[Callable<'_>],
    attempt: &Attempt,
) -> Result<bool, Error> {
    if function::needs_rights(bench, callable, attempt).await? {
        return Ok(false);
    }
    // With another context the tables' own defences take the caller for somebody else.
    Ok(calls_reachable(bench, callable, all) || !callable.mentions.any(&["set_config", "set_context"]))
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.finish(bigint)", "").await;
    }
}
