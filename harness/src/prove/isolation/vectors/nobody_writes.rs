//! Writing in sessions that are no tenant's.

use super::{CONTEXT, Vector, insert, nobody, update};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::isolation::attempt::{self, Attempt, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::isolation::privileges::Privileges;
use crate::prove::session::Session;
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "no tenant writes",
    rule: CONTEXT,
    about: "A session whose context was never set or is empty, a stranger, and the anonymous role delete, change and insert \
            tenants' rows blindly. They must stay as they are.",
    bad: include_str!("nobody_writes.bad.sql"),
    good: include_str!("nobody_writes.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let actors = actors(bench);
    let anonymous = match &bench.isolation.anonymous {
        Some(role) => Some(Privileges::read(&bench.session, role).await?),
        None => None,
    };
    let mut outcomes = Vec::new();
    // On a new backend nothing was ever set; who has set nothing comes first.
    let session = bench.fresh_session().await?;
    let mut attempts: Vec<(&Relation, Attempt)> = Vec::new();
    for actor in &actors {
        let is_anonymous = Some(actor.login.as_str()) == bench.isolation.anonymous.as_deref();
        let privileges = anonymous
            .as_ref()
            .filter(|_| is_anonymous)
            .unwrap_or(&bench.privileges);
        for relation in bench.owned_tables() {
            attempts.extend(
                self::attempts(bench, actor, privileges, relation)
                    .into_iter()
                    .map(|attempt| (relation, attempt)),
            );
        }
    }
    let mut found: Vec<&Relation> = Vec::new();
    for (relation, attempt) in &attempts {
        if found.iter().any(|known| known.name == relation.name)
            || !touches(&session, relation, attempt).await?
        {
            continue;
        }
        if let Verdict::Leak { observed, .. } = attempt.judge(&session, &bench.nobodys).await? {
            let object = relation.name.to_string();
            let who = &attempt.actor.described;
            let message = format!("a session that is no tenant's ({who}) writes tenants' rows in {object}");
            let mut finding = VECTOR.finding(&object, message, observed, attempt);
            "tenants' rows as before".clone_into(&mut finding.expected);
            outcomes.push(Outcome::Found(finding));
            found.push(relation);
        }
    }
    for relation in bench.owned_tables() {
        let own = attempts.iter().filter(|(other, _)| other.name == relation.name);
        if found.iter().any(|known| known.name == relation.name) {
            continue;
        }
        for (_, attempt) in own.take(3) {
            if bench.would_show(attempt).await? {
                outcomes.push(Outcome::Held {
                    object: relation.name.to_string(),
                });
                break;
            }
        }
    }
    Ok(outcomes)
}

/// Never set, empty, a stranger, and the anonymous role.
fn actors(bench: &Bench<'_>) -> Vec<Actor> {
    let stranger = format!("a stranger, '{}'", nobody::stranger(&bench.identities));
    let mut actors = nobody::nobodies(bench);
    actors.retain(|actor| {
        actor.context.is_empty() || actor.described.ends_with("= ''") || actor.described == stranger
    });
    actors
}

fn attempts(bench: &Bench<'_>, actor: &Actor, privileges: &Privileges, relation: &Relation) -> Vec<Attempt> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let mut attempts = Vec::new();
    if privileges.may("DELETE", &relation.name) {
        attempts.push(Attempt::writing(actor, format!("DELETE FROM {name}")));
    }
    if let Some(column) = update::plain_columns(relation, privileges).next() {
        let updates = update::constants(bench, relation, column, 2);
        attempts.extend(updates.into_iter().map(|sql| Attempt::writing(actor, sql)));
    }
    let may_insert = relation
        .columns
        .iter()
        .any(|column| privileges.may_with("INSERT", &relation.name, &column.name));
    let rows = bench.world.table(&relation.name.schema, &relation.name.name);
    if let Some(row) = rows.and_then(|rows| rows.of('b').next()).filter(|_| may_insert) {
        attempts.push(Attempt {
            world: vec![insert::take_away(relation, row)],
            ..Attempt::writing(actor, insert::insert(bench, relation, row, true))
        });
    }
    attempts
}

/// Whether the statement is taken and writes a row, so that it is worth looking at what it did.
async fn touches(session: &Session, relation: &Relation, attempt: &Attempt) -> Result<bool, Error> {
    session.run(attempt::BEGIN).await?;
    for statement in &attempt.world {
        session.run(statement).await?;
    }
    let entered = session.each(&attempt.actor.enter()).await?.is_ok();
    let answers = if entered {
        session.each(&attempt.last).await?.ok()
    } else {
        None
    };
    session.run("ROLLBACK").await?;
    let aside = !relation.triggers.is_empty() || !relation.rules.is_empty();
    Ok(answers.is_some_and(|answers| aside || answers.iter().any(|answer| answer.touched > 0)))
}

#[cfg(test)]
mod tests {
    use super::super::example::{breaks_and_mends, claims};
    use crate::claim::Verdict;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
    }

    #[tokio::test]
    async fn the_anonymous_role_that_writes_for_a_tenant_is_found_and_one_that_only_has_rows_of_its_own_is_not()
     {
        let sql = |check: &str| {
            format!(
                "CREATE ROLE visitor; GRANT USAGE ON SCHEMA app TO visitor; \
                 CREATE TABLE app.leads (tenant_id uuid, note text); ALTER TABLE app.leads ENABLE ROW LEVEL SECURITY; \
                 CREATE POLICY visitor ON app.leads FOR INSERT TO visitor WITH CHECK ({check}); \
                 GRANT INSERT ON app.leads TO visitor;"
            )
        };
        let contract = "anonymous = \"visitor\"";
        for (check, expected) in [("true", 1), ("tenant_id IS NULL", 0)] {
            let claims = claims(&[&sql(check)], contract).await;
            let found = claims.iter().filter(|claim| {
                claim.verdict == Verdict::Violated
                    && claim.rule == "isolation/context"
                    && claim.object == "app.leads"
            });
            assert_eq!(found.count(), expected, "{check}");
        }
    }
}
