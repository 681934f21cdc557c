//! What the contract's other roles are meant to reach.

use super::{ROLES, Vector, insert, update};
use crate::catalog::{Relation, RelationKind};
use crate::claim::Severity;
use crate::contract::{OtherRole, RelationPattern};
use crate::error::Error;
use crate::prove::actor::{self, Actor};
use crate::prove::isolation::attempt::{self, Attempt, Look, Verdict, sweep};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::isolation::ownership::Ownership;
use crate::prove::isolation::privileges::Privileges;
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "what a role is for",
    rule: ROLES,
    about: "Each role below [isolation.roles] reads and writes what the contract says it is for: it must see the rows of all \
            tenants, and at least one way of writing them must work.",
    bad: include_str!("role_meant.bad.sql"),
    good: include_str!("role_meant.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for other in others(bench).await? {
        let Other {
            said,
            actor,
            privileges,
            ..
        } = &other;
        let meant: Vec<&Relation> = bench
            .catalog
            .relations
            .iter()
            .filter(|relation| is_meant(bench, &said.reads, relation))
            .collect();
        let looks: Vec<Look> = meant
            .iter()
            .map(|relation| Look {
                object: relation.name.to_string(),
                sql: privileges.select(relation),
            })
            .collect();
        // Seen are the rows whose absence shows.
        let mut seen = Vec::new();
        for frozen in [&bench.frozen, &bench.victims] {
            let verdicts = sweep(&bench.session, frozen, actor, &[], &[], &looks)
                .await?
                .unwrap_or_default();
            seen.push(verdicts.iter().map(Verdict::is_leak).collect::<Vec<_>>());
        }
        for (at, (relation, look)) in meant.iter().zip(&looks).enumerate() {
            let object = look.object.clone();
            let attempt = Attempt::reading(actor, &look.sql);
            let both = seen.iter().all(|seen| seen.get(at) == Some(&true));
            let fine = if bench.frozen.hides(&relation.name) && bench.victims.hides(&relation.name) {
                both
            } else {
                count(bench, &attempt).await? > 0 || !has_rows(bench, relation)
            };
            outcomes.push(if fine {
                Outcome::Held { object }
            } else {
                let message = format!(
                    "{} does not see the tenants' rows in {object} that it is meant to read",
                    actor.described
                );
                lacks(&object, message, "not all tenants' rows", &attempt)
            });
        }
        for relation in bench
            .catalog
            .relations
            .iter()
            .filter(|relation| relation.kind.is_table() && is_meant(bench, &said.writes, relation))
        {
            let object = relation.name.to_string();
            let attempts = writes(bench, actor, privileges, relation);
            let mut ends = Vec::new();
            for attempt in &attempts {
                ends.push(end(bench, attempt).await?);
            }
            // A constraint speaks only once privileges and policies have let the row pass.
            let works = ends.iter().any(|end| match end {
                Ok(rows) => *rows > 0,
                Err(sqlstate) => sqlstate.starts_with("23"),
            });
            let refused = ends.iter().all(|end| {
                end.as_ref()
                    .map_or_else(|sqlstate| sqlstate == "42501", |rows| *rows == 0)
            });
            match attempts.first() {
                _ if works => outcomes.push(Outcome::Held { object }),
                Some(attempt) if refused && has_rows(bench, relation) => {
                    let message = format!(
                        "{} can write nothing in {object}, which it is meant to write",
                        actor.described
                    );
                    outcomes.push(lacks(&object, message, "nothing was written", attempt));
                }
                _ => outcomes.push(Outcome::Blind {
                    object,
                    severity: Severity::Info,
                    why: format!("no write as {} got so far that a policy decided", actor.described),
                }),
            }
        }
    }
    Ok(once(outcomes))
}

/// One outcome an object: where one of several roles fails, that one.
pub(super) fn once(outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let found = |outcome: &Outcome| match outcome {
        Outcome::Found(finding) => (finding.object.clone(), true),
        Outcome::Held { object } | Outcome::Blind { object, .. } => (object.clone(), false),
    };
    let mut kept: Vec<Outcome> = Vec::new();
    for outcome in outcomes {
        let (object, is_found) = found(&outcome);
        match kept.iter().position(|known| found(known).0 == object) {
            Some(at) if is_found && !found(&kept[at]).1 => kept[at] = outcome,
            Some(_) => {}
            None => kept.push(outcome),
        }
    }
    kept
}

fn lacks(object: &str, message: String, observed: &str, attempt: &Attempt) -> Outcome {
    let mut finding = VECTOR.finding(object, message, observed.to_owned(), attempt);
    "what the contract says the role is for".clone_into(&mut finding.expected);
    finding.replayable = false;
    Outcome::Found(finding)
}

/// A role of the contract's beside the tenants'.
pub(in crate::prove::isolation) struct Other<'a> {
    pub(in crate::prove::isolation) said: &'a OtherRole,
    pub(in crate::prove::isolation) actor: Actor,
    /// As tenant A, where its context tells tenants apart.
    pub(in crate::prove::isolation) tenant: Option<Actor>,
    pub(in crate::prove::isolation) privileges: Privileges,
}

/// Those that there are.
pub(in crate::prove::isolation) async fn others<'a>(bench: &Bench<'a>) -> Result<Vec<Other<'a>>, Error> {
    let mut others = Vec::new();
    for (role, said) in &bench.isolation.roles {
        if !bench.catalog.roles.iter().any(|known| known.name == *role) {
            continue;
        }
        let context = said
            .context
            .as_ref()
            .map(|context| actor::context(context, ""))
            .unwrap_or_default();
        let actor = Actor {
            context,
            ..Actor::role(role)
        };
        let actor = actor.with_settings(&bench.session, bench.database_name()).await?;
        let tenant = said
            .context
            .as_ref()
            .filter(|context| context.tells_tenants_apart());
        let identity = bench.identities.first();
        others.push(Other {
            said,
            tenant: tenant.zip(identity).map(|(context, identity)| Actor {
                context: actor::context(context, identity),
                described: format!("role {role} as tenant A"),
                nobody: false,
                ..actor.clone()
            }),
            actor,
            privileges: Privileges::read(&bench.session, role).await?,
        });
    }
    Ok(others)
}

/// Whether the patterns mean the relation: a partition follows its parent, and only a name means a view, a ledger or
/// what is internal.
pub(super) fn is_meant(bench: &Bench<'_>, patterns: &[RelationPattern], relation: &Relation) -> bool {
    let internal = bench
        .owners
        .find(&relation.name)
        .is_some_and(|table| table.ownership == Ownership::Internal);
    let plain = relation.kind.is_table() && !internal;
    let own = patterns.iter().any(|pattern| {
        (plain || pattern.is_exact()) && pattern.matches(&relation.name.schema, &relation.name.name)
    });
    own || relation.parents.iter().flatten().any(|parent| {
        let parent = bench.catalog.relation(&parent.schema, &parent.name);
        parent.is_some_and(|parent| is_meant(bench, patterns, parent))
    })
}

/// One statement a command, as far as the role has any privilege for it, else all.
pub(super) fn writes(
    bench: &Bench<'_>,
    actor: &Actor,
    privileges: &Privileges,
    relation: &Relation,
) -> Vec<Attempt> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let mut attempts = Vec::new();
    for column in update::plain_columns(relation, privileges).take(8) {
        let updates = update::constants(bench, relation, column, 2);
        attempts.extend(updates.into_iter().map(|sql| Attempt::writing(actor, sql)));
    }
    let rows = bench.world.table(&relation.name.schema, &relation.name.name);
    if let Some(row) = rows.and_then(|rows| rows.rows.first()) {
        for with_defaults in [true, false] {
            attempts.push(Attempt {
                world: vec![insert::take_away(relation, row)],
                ..Attempt::writing(actor, insert::insert(bench, relation, row, with_defaults))
            });
        }
    }
    attempts.push(Attempt::writing(actor, format!("DELETE FROM {name}")));
    attempts
}

/// How many rows the statement gives or writes; none where it is refused.
pub(super) async fn count(bench: &Bench<'_>, attempt: &Attempt) -> Result<u64, Error> {
    Ok(end(bench, attempt).await?.unwrap_or_default())
}

/// The same, or the SQLSTATE that refused it.
async fn end(bench: &Bench<'_>, attempt: &Attempt) -> Result<Result<u64, String>, Error> {
    let session = &bench.session;
    session.run(attempt::BEGIN).await?;
    for statement in &attempt.world {
        session.run(statement).await?;
    }
    let mut answers = session.each(&attempt.actor.enter()).await?;
    if answers.is_ok() {
        answers = session.each(&attempt.last).await?;
    }
    session.run("ROLLBACK").await?;
    Ok(match answers {
        Ok(answers) => Ok(answers.into_iter().map(|answer| answer.touched).sum()),
        Err(refusal) => Err(refusal.sqlstate),
    })
}

pub(super) fn has_rows(bench: &Bench<'_>, relation: &Relation) -> bool {
    relation.kind != RelationKind::View
        && bench
            .world
            .table(&relation.name.schema, &relation.name.name)
            .is_some_and(|rows| !rows.rows.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        let contract = "[isolation.roles.billing]\nreads = [\"app.*\"]\nwrites = [\"app.tasks\"]";
        breaks_and_mends(&super::VECTOR, "app.tasks", contract).await;
    }
}
