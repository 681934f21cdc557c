//! The application's role tries to run it.

use super::{PRIVILEGE, Vector};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::actor::{self, Actor};
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::run;

pub(super) const VECTOR: Vector = Vector {
    name: "application role",
    rules: &[PRIVILEGE],
    about: "The application's role runs what the contract runs, as it is and with 0 in place of every number, as itself and as each \
            role that it can become by SET ROLE. Functions are executable by PUBLIC until that is revoked.",
    bad: include_str!("privilege.bad.sql"),
    good: include_str!("privilege.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let Some(actors) = actors(bench).await? else {
        return Ok(Vec::new());
    };
    let object = bench.object(0);
    if actors.is_empty() {
        return Ok(vec![no_role(bench, &object)]);
    }
    let mut statements = vec![bench.run.clone()];
    let zero = run::with_numbers(&bench.run, "0");
    if zero != bench.run && bench.tenant.is_none() {
        statements.push(zero);
    }
    let mut passed = None;
    for actor in &actors {
        for statement in &statements {
            match attempt(bench, Some(actor), statement).await? {
                Attempt::Removed(words) => return Ok(vec![found(bench, actor, statement, &words)]),
                Attempt::Nothing => passed = passed.or(Some((actor, statement))),
                Attempt::Denied => {}
            }
        }
    }
    if let Some((actor, statement)) = passed {
        let message = format!(
            "{object}: {} runs {statement} without an error, though nothing went",
            described(actor)
        );
        let mut finding = Finding::new(PRIVILEGE, object, message)
            .weighing(Severity::Info)
            .expected("it is denied", "it ran");
        finding.role = Some(actor.effective().to_owned());
        return Ok(vec![Outcome::Found(finding)]);
    }
    Ok(vec![held(bench, object).await?])
}

/// Denied, if whoever may run it was seen to remove something.
pub(super) async fn held(bench: &Bench<'_>, object: String) -> Result<Outcome, Error> {
    for number in 0..bench.targets.len() {
        if bench.works(number).await? {
            return Ok(Outcome::Held {
                rule: PRIVILEGE,
                object,
            });
        }
    }
    Ok(Outcome::Blind {
        rule: PRIVILEGE,
        object,
        severity: Severity::Info,
        why: "the run removes nothing, whoever runs it".to_owned(),
    })
}

pub(super) fn no_role(bench: &Bench<'_>, object: &str) -> Outcome {
    let role = bench.entry.app_role.as_deref().unwrap_or_default();
    let known: Vec<&str> = bench
        .catalog
        .roles
        .iter()
        .map(|role| role.name.as_str())
        .collect();
    let meant = super::super::target::meant(role, &known);
    Outcome::Blind {
        rule: PRIVILEGE,
        object: object.to_owned(),
        severity: Severity::Warning,
        why: format!("no migration or prelude makes the role {role}{meant}"),
    }
}

/// The application's role, and as each that it can become. None: the contract names none; empty: there is no such role.
pub(super) async fn actors(bench: &Bench<'_>) -> Result<Option<Vec<Actor>>, Error> {
    let Some(role) = &bench.entry.app_role else {
        return Ok(None);
    };
    if !bench.catalog.roles.iter().any(|known| known.name == *role) {
        return Ok(Some(Vec::new()));
    }
    let database = bench.database().name();
    let mut plain = Actor::role(role).with_settings(&bench.session, database).await?;
    if let (Some(isolation), Some(identity)) = (bench.isolation, bench.identities.first()) {
        plain.context = actor::context(&isolation.context, identity);
    }
    let mut actors = vec![plain.clone()];
    for other in run::becomes(bench.catalog, role) {
        let mut actor = plain.clone();
        actor.becomes.push(other);
        actors.push(actor);
    }
    Ok(Some(actors))
}

/// What came of an attempt.
pub(super) enum Attempt {
    /// Rows went.
    Removed(String),
    /// It ran, and nothing went.
    Nothing,
    Denied,
}

/// Runs it as somebody who may not, or as the superuser, with rows in every table that are too old, and some that are not.
pub(super) async fn attempt(
    bench: &Bench<'_>,
    actor: Option<&Actor>,
    statement: &str,
) -> Result<Attempt, Error> {
    let mut stage = bench.stage(bench.zone()).await?;
    for number in 0..bench.targets.len() {
        stage
            .make(number, &[bench.old(number), bench.young(number)])
            .await?;
    }
    let performed = stage.perform_as(actor, statement).await?;
    stage.end().await?;
    if performed.ran.refused.is_some() {
        return Ok(Attempt::Denied);
    }
    let judgement = judge::of(bench, &performed);
    let beside = judgement.faults.iter().find(|fault| fault.wrong == Wrong::Beside);
    Ok(match judgement.went.iter().next() {
        Some(row) => Attempt::Removed(format!(
            "{} was removed",
            judge::described(bench, &performed, row)
        )),
        None => beside.map_or(Attempt::Nothing, |fault| Attempt::Removed(fault.words.clone())),
    })
}

fn described(actor: &Actor) -> String {
    match actor.becomes.last() {
        Some(role) => format!("{} as {role}", actor.login),
        None => actor.login.clone(),
    }
}

pub(super) fn found(bench: &Bench<'_>, actor: &Actor, statement: &str, words: &str) -> Outcome {
    let object = bench.object(0);
    let message = format!("{object}: {} can run it ({statement}): {words}", described(actor));
    let mut finding = Finding::new(PRIVILEGE, object, message).expected("it is denied", words);
    finding.role = Some(actor.effective().to_owned());
    let mut sql = vec!["BEGIN".to_owned()];
    sql.extend(actor.replay());
    sql.push(statement.to_owned());
    finding.sql = Some(sql);
    Outcome::Found(finding)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::PRIVILEGE).await;
    }
}
