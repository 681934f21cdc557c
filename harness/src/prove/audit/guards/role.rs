//! Roles whose changes are not logged.

use super::plain::{self, Plain, is_missing};
use super::{BYPASS, Guard, Shown, to_blame};
use crate::claim::Claim;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::audit::bench::{Bench, Who};
use crate::prove::audit::course::Course;
use crate::sql::literal;

pub(super) const GUARD: Guard = Guard {
    name: "every role that writes",
    rule: BYPASS,
    about: "Each role that may change an audited table changes it, in a session of its own. Every change must leave its \
            entry, whoever made it.",
    bad: include_str!("role.bad.sql"),
    good: include_str!("role.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let mut claims: Vec<Claim> = Vec::new();
    let plain = bench.plain().await?;
    let mut writing = Vec::new();
    for plain in plain {
        writing.push(roles(bench, plain).await?);
    }
    let mut course = Course::begin(bench).await?;
    for (plain, roles) in plain.iter().zip(writing) {
        let object = plain.table.name.to_string();
        if claims
            .iter()
            .any(|claim| claim.evidence.is_some() && claim.object == object)
        {
            continue;
        }
        let operation = plain.operation();
        let mut tried = 0;
        for who in roles {
            let role = who.actor.effective().to_owned();
            let Some(done) = plain::again(&mut course, plain, &[], &who, "").await?.done() else {
                continue;
            };
            tried += 1;
            if is_missing(&done) {
                let objects = to_blame(bench, plain.table);
                let message = format!("{operation} of {object} by the role {role} leaves no entry");
                let shown = Shown {
                    who: &who,
                    prepared: &course.prepared,
                    sql: &plain.sql,
                    expected: "an entry",
                    observed: "none",
                };
                claims.extend(GUARD.found(&objects, &message, &shown));
                break;
            }
        }
        let known = claims.iter().any(|claim| claim.object == object);
        if !known && tried > 0 {
            claims.push(GUARD.held(&object, "whoever may change it, the change leaves its entry"));
        }
    }
    course.end().await?;
    GUARD.blind_elsewhere(bench, &mut claims, "no role but superusers may change it");
    Ok(claims)
}

/// Each role that may make the change.
async fn roles(bench: &Bench<'_>, plain: &Plain<'_>) -> Result<Vec<Who>, Error> {
    let query = include_str!("writing_roles.sql")
        .replace("$1", &plain.table.oid.0.to_string())
        .replace("$2", &literal(plain.operation()));
    let mut all = Vec::new();
    for role in bench.session.rows(&query).await?.into_iter().flatten().flatten() {
        let mut actor = Actor::role(&role);
        actor.context.clone_from(&plain.who.actor.context);
        let actor = actor.with_settings(&bench.session, bench.pristine.name()).await?;
        all.push(Who {
            actor,
            ..plain.who.clone()
        });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::GUARD, "audit.record()", "").await;
    }
}
