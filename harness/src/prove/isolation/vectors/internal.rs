//! Tables that tenants reach nothing of.

use super::{READ, Vector};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::isolation::actor::Actor;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::isolation::ownership::Ownership;
use crate::prove::isolation::privileges::Privileges;
use crate::prove::isolation::session::Session;
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "internal",
    rule: READ,
    about: "A tenant, and the anonymous role, read and empty the tables that the contract calls internal. They must see no \
            row of them and remove none.",
    bad: include_str!("internal.bad.sql"),
    good: include_str!("internal.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let internal = |relation: &&Relation| {
        let table = bench.owners.find(&relation.name);
        table.is_some_and(|table| table.ownership == Ownership::Internal)
    };
    let tables: Vec<&Relation> = bench.catalog.relations.iter().filter(internal).collect();
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let mut actors = vec![(bench.attacker.clone(), None)];
    if let Some(role) = &bench.isolation.anonymous {
        actors.push((
            Actor::role(role),
            Some(Privileges::read(&bench.session, role).await?),
        ));
    }
    let mut outcomes = Vec::new();
    for relation in tables {
        let object = relation.name.to_string();
        let mut found = None;
        for (actor, privileges) in &actors {
            let privileges = privileges.as_ref().unwrap_or(&bench.privileges);
            if found.is_none() && privileges.reaches(&relation.name) {
                found = reached(&bench.session, actor, privileges, relation).await?;
            }
        }
        if let Some((attempt, observed)) = found {
            let message = format!(
                "{} reaches {object}, which the contract calls internal",
                attempt.actor.described
            );
            let mut finding = VECTOR.finding(&object, message, observed, &attempt);
            "permission denied, or no rows".clone_into(&mut finding.expected);
            finding.replayable = false;
            outcomes.push(Outcome::Found(finding));
        } else if bench
            .shows_unguarded(&Attempt::reading(
                &bench.attacker,
                bench.privileges.select(relation),
            ))
            .await?
        {
            outcomes.push(Outcome::Held { object });
        }
    }
    Ok(outcomes)
}

/// The first row that is read, or how many are removed.
async fn reached(
    session: &Session,
    actor: &Actor,
    privileges: &Privileges,
    relation: &Relation,
) -> Result<Option<(Attempt, String)>, Error> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let statements = [
        privileges.select(relation),
        format!("DELETE FROM {name}"),
        format!("TRUNCATE {name}"),
    ];
    for sql in statements {
        session.run("BEGIN").await?;
        let entered = session.each(&actor.enter()).await?.is_ok();
        let answer = if entered {
            session.each(&sql).await?.ok()
        } else {
            None
        };
        session.run("ROLLBACK").await?;
        let Some(answer) = answer.and_then(|mut answers| answers.pop()) else {
            continue;
        };
        let observed = match answer.rows.first() {
            Some(row) => row.chars().take(200).collect(),
            None if sql.starts_with("TRUNCATE") => "it was emptied".to_owned(),
            None if answer.touched > 0 => format!("{} rows were removed", answer.touched),
            None => continue,
        };
        return Ok(Some((Attempt::reading(actor, sql), observed)));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.jobs", "internal = [\"app.jobs\"]").await;
    }
}
