//! Functions that show what is another's.

use super::{READ, Vector};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Look, Verdict, sweep};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::callable::Callable;
use crate::prove::isolation::calls::{Call, calls, unmade};
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::session::Seen;

pub(super) const VECTOR: Vector = Vector {
    name: "function",
    rule: READ,
    about: "A tenant calls every function that it may execute and that acts with other rights than its own, with the other's \
            keys, with NULL, with nothing, with patterns and pieces of SQL. What comes back must be the same whether or not \
            the other tenants have any private rows.",
    bad: include_str!("function.bad.sql"),
    good: include_str!("function.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Calls that are made before one is looked for that the others may not even need.
const FIRST: usize = 10;
/// A call may not take longer.
pub(super) const SOON: &str = "SET LOCAL statement_timeout = '2s'";

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let callables = bench.callables().await?;
    for callable in callables
        .iter()
        .filter(|callable| reaches_beyond(bench, callable))
    {
        let calls = calls(bench, callable);
        let object = callable.function.signature();
        match leak(bench, callable, &callables, &calls).await? {
            Leak::Found(finding) => outcomes.push(Outcome::Found(*finding)),
            Leak::None if !callable.function.security_definer || !callable.answers() => {}
            Leak::None if owner_sees(bench, &calls).await? => outcomes.push(Outcome::Held { object }),
            Leak::None if touches(bench, callable) => outcomes.push(blind(
                bench,
                callable,
                "nothing comes back that depends on anybody's rows, for the one whose rows they are neither",
            )),
            Leak::Explained | Leak::None => {}
        }
    }
    Ok(outcomes)
}

/// What is not known of a function that calls have not shown anything of; that it could not be called is more than a
/// remark.
pub(super) fn blind(bench: &Bench<'_>, callable: &Callable<'_>, why: &str) -> Outcome {
    let object = callable.function.signature();
    match unmade(bench, callable) {
        Some(argument) if callable.function.security_definer && touches(bench, callable) => Outcome::Blind {
            object,
            severity: Severity::Warning,
            why: format!(
                "it could not be called, since no value is known for its argument {} of the type {}",
                argument.name, argument.base
            ),
        },
        _ => Outcome::Blind {
            object,
            severity: Severity::Info,
            why: why.to_owned(),
        },
    }
}

/// Whether it can show more than its caller may see: it acts as its owner, calls what does, or changes the context.
pub(super) fn reaches_beyond(bench: &Bench<'_>, callable: &Callable<'_>) -> bool {
    let function = callable.function;
    function.security_definer || changes_context(callable) || !definers_called(bench, callable).is_empty()
}

fn changes_context(callable: &Callable<'_>) -> bool {
    let settings = callable.function.settings.as_deref().unwrap_or_default();
    callable.mentions.any(&["set_config", "set"])
        || settings
            .iter()
            .any(|setting| !setting.starts_with("search_path="))
}

/// Definer functions that its body names.
fn definers_called(bench: &Bench<'_>, callable: &Callable<'_>) -> Vec<String> {
    let others = bench.catalog.functions.iter().filter(|other| {
        other.security_definer
            && other.oid.0 != callable.function.oid.0
            && callable.mentions.name(&other.name)
    });
    others.map(crate::catalog::Function::signature).collect()
}

/// Whether a tenant may call one of the definer functions that it calls: then that is the one to be looked at.
pub(super) fn calls_reachable(bench: &Bench<'_>, callable: &Callable<'_>, all: &[Callable<'_>]) -> bool {
    let called = definers_called(bench, callable);
    all.iter()
        .any(|other| called.contains(&other.function.signature()))
}

/// Whether it names what belongs to tenants, or something that can't be known beforehand.
pub(super) fn touches(bench: &Bench<'_>, callable: &Callable<'_>) -> bool {
    callable.mentions.any(&["execute"])
        || bench
            .owned_tables()
            .any(|relation| callable.mentions.name(&relation.name))
}

/// What calling a function showed.
enum Leak {
    Found(Box<Finding>),
    /// Something, for which another object is to blame.
    Explained,
    None,
}

async fn leak(
    bench: &Bench<'_>,
    callable: &Callable<'_>,
    all: &[Callable<'_>],
    calls: &[Call],
) -> Result<Leak, Error> {
    let mut worst: Option<Finding> = None;
    let steps = [SOON.to_owned()];
    let (first, rest) = calls.split_at(calls.len().min(FIRST));
    // The greatest of all, or the first, may be the attacker's own: so once more in a world where it has nothing.
    let without_own = vec![bench.victims.removal().to_owned()];
    for (calls, world) in [(first, Vec::new()), (rest, Vec::new()), (first, without_own)] {
        let (frozen, attacker) = (&bench.frozen, &bench.attacker);
        let swept = sweep(&bench.session, frozen, attacker, &world, &steps, &looks(calls)).await?;
        for (call, verdict) in calls.iter().zip(swept.into_iter().flatten()) {
            let Verdict::Leak {
                observed,
                seen,
                alone,
                ..
            } = verdict
            else {
                continue;
            };
            if met_a_key(&seen) || met_a_key(&alone) {
                continue;
            }
            let mut finding = finding(
                bench,
                callable,
                call,
                observed,
                severity(bench, call, &seen, &alone),
            );
            finding.attempt.world.clone_from(&world);
            if worst
                .as_ref()
                .is_none_or(|worst| finding.severity < worst.severity)
            {
                worst = Some(finding);
            }
        }
        if worst
            .as_ref()
            .is_some_and(|worst| worst.severity == Severity::Error)
        {
            break;
        }
    }
    let Some(worst) = worst else {
        return Ok(Leak::None);
    };
    if is_explained(bench, callable, all, &worst.attempt).await? {
        return Ok(Leak::Explained);
    }
    Ok(Leak::Found(Box::new(worst)))
}

fn looks(calls: &[Call]) -> Vec<Look> {
    let look = |call: &Call| Look {
        object: String::new(),
        sql: call.sql.clone(),
    };
    calls.iter().map(look).collect()
}

/// 23505, 23503: a unique or foreign key's answer, which is judged at its table.
fn met_a_key(seen: &Seen) -> bool {
    seen.refused
        .as_ref()
        .is_some_and(|refusal| matches!(refusal.sqlstate.as_str(), "23505" | "23503"))
}

fn finding(
    bench: &Bench<'_>,
    callable: &Callable<'_>,
    call: &Call,
    observed: String,
    severity: Severity,
) -> Finding {
    let object = callable.function.signature();
    let message = match severity {
        Severity::Error => format!("a tenant that calls {object} is shown what is another tenant's"),
        _ => format!("a tenant that calls {object} learns whether another tenant has something"),
    };
    let attempt = Attempt {
        steps: vec![SOON.to_owned()],
        ..Attempt::reading(&bench.attacker, &call.sql)
    };
    Finding {
        severity,
        ..VECTOR.finding(&object, message, observed, &attempt)
    }
}

/// Whether something of the other's is shown, or only that it is there; and if so, whether that can be asked without
/// knowing a number or a uuid that nobody guesses.
fn severity(bench: &Bench<'_>, call: &Call, seen: &Seen, alone: &Seen) -> Severity {
    let is_given = |text: &str| call.given.iter().any(|given| given == text);
    let says_something = |cell: &&str| !matches!(*cell, "t" | "f" | "NULL" | "") && !is_given(cell);
    let shows = seen
        .cells()
        .filter(says_something)
        .any(|cell| alone.cells().all(|other| other != cell));
    let tells = bench.world.canaries('b').any(|canary| {
        seen.texts().any(|text| text.contains(&canary.text))
            && !call.given.iter().any(|given| given.contains(&canary.text))
    });
    if shows || tells || call.injects {
        Severity::Error
    } else if call.guessable || call.given.is_empty() {
        Severity::Warning
    } else {
        Severity::Info
    }
}

/// Whether it works by the function's own rights alone, and not with those of who calls it.
pub(super) async fn needs_rights(
    bench: &Bench<'_>,
    callable: &Callable<'_>,
    attempt: &Attempt,
) -> Result<bool, Error> {
    if !callable.function.security_definer {
        return Ok(false);
    }
    let world = std::iter::once(callable.as_invoker()).chain(attempt.world.iter().cloned());
    let as_invoker = Attempt {
        world: world.collect(),
        ..attempt.clone()
    };
    Ok(!bench.attempt(&as_invoker).await?.is_leak())
}

/// Whether the tables alone let that through, or another function that a tenant may call itself.
async fn is_explained(
    bench: &Bench<'_>,
    callable: &Callable<'_>,
    all: &[Callable<'_>],
    attempt: &Attempt,
) -> Result<bool, Error> {
    if needs_rights(bench, callable, attempt).await? {
        return Ok(false);
    }
    if calls_reachable(bench, callable, all) {
        return Ok(true);
    }
    let relations: Vec<_> = bench.catalog.relations.iter().collect();
    let looks = super::select::looks(bench, &relations);
    let verdicts = bench.sweep(&bench.attacker, &[], &looks).await?;
    Ok(verdicts
        .into_iter()
        .flatten()
        .zip(relations)
        .any(|(verdict, relation)| {
            verdict.is_leak()
                && (callable.mentions.name(&relation.name) || callable.mentions.any(&["execute"]))
        }))
}

/// Whether the other tenant is shown its own by the same calls.
async fn owner_sees(bench: &Bench<'_>, calls: &[Call]) -> Result<bool, Error> {
    let steps = [SOON.to_owned()];
    let verdicts = sweep(
        &bench.session,
        &bench.frozen,
        &bench.victim,
        &[],
        &steps,
        &looks(calls),
    )
    .await?;
    Ok(verdicts.into_iter().flatten().any(|verdict| verdict.is_leak()))
}

#[cfg(test)]
#[path = "function_tests.rs"]
mod tests;
