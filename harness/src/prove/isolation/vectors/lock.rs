//! Locking rows that others own.

use super::{Vector, WRITE};
use crate::catalog::Relation;
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::isolation::attempt::{Attempt, BEGIN};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::isolation::ownership::Ownership;
use crate::sql::{literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "row lock",
    rule: WRITE,
    about: "A tenant locks every row that it can by SELECT FOR UPDATE. A row of another's that it may read, but not change, \
            it must not be able to lock against its owner either.",
    bad: include_str!("lock.bad.sql"),
    good: include_str!("lock.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for relation in bench.owned_tables() {
        let may = |privilege: &str| {
            relation
                .columns
                .iter()
                .any(|column| bench.privileges.may_with(privilege, &relation.name, &column.name))
        };
        let Some(foreign) = foreign(bench, relation).filter(|_| may("UPDATE") && may("SELECT")) else {
            continue;
        };
        let statement = format!(
            "SELECT FROM {} FOR UPDATE",
            qualified(&relation.name.schema, &relation.name.name)
        );
        let object = relation.name.to_string();
        if locks(bench, &bench.attacker, &statement, relation, &foreign).await? {
            let message = format!(
                "a tenant locks other tenants' rows of {object} by SELECT FOR UPDATE: these wait until it lets go"
            );
            let attempt = Attempt::writing(&bench.attacker, &statement);
            outcomes.push(Outcome::Found(Finding {
                severity: Severity::Warning,
                expected: "no lock on others' rows".to_owned(),
                replayable: false,
                ..VECTOR.finding(&object, message, "others' rows are locked".to_owned(), &attempt)
            }));
        } else if locks(bench, &bench.victim, &statement, relation, &foreign).await? {
            outcomes.push(Outcome::Held { object });
        }
    }
    Ok(outcomes)
}

/// True for a row `t` that is others' and not the attacker's.
fn foreign(bench: &Bench<'_>, relation: &Relation) -> Option<String> {
    let Ownership::Tenants(path) = &bench.owners.find(&relation.name)?.ownership else {
        return None;
    };
    let (attacker, others) = bench.identities.split_first()?;
    let others: Vec<String> = others.iter().map(|identity| literal(identity)).collect();
    let owners = path.owners();
    Some(format!(
        "{owners} && ARRAY[{}]::text[] AND NOT ({} = ANY ({owners}))",
        others.join(", "),
        literal(attacker)
    ))
}

/// Whether such a row is locked once the actor has sent the statement.
async fn locks(
    bench: &Bench<'_>,
    actor: &Actor,
    statement: &str,
    relation: &Relation,
    foreign: &str,
) -> Result<bool, Error> {
    let session = &bench.session;
    session.run(BEGIN).await?;
    let sent = session.send(&format!("{}; {statement}", actor.enter())).await?;
    let locked = if sent.is_refused() {
        Ok(Vec::new())
    } else {
        let query = format!(
            "RESET SESSION AUTHORIZATION; SELECT 1 FROM {} AS t \
             WHERE t.xmax::text = (pg_catalog.pg_current_xact_id()::text::numeric % 4294967296)::text AND {foreign} LIMIT 1",
            qualified(&relation.name.schema, &relation.name.name)
        );
        session.rows(&query).await
    };
    session.run("ROLLBACK").await?;
    Ok(!locked?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        let public =
            "[isolation.tables.\"app.posts\"]\ntenant = \"tenant_id\"\npublic_rows = \"published\"\n";
        breaks_and_mends(&super::VECTOR, "app.posts", public).await;
    }
}
