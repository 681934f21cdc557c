//! Triggers that one tenant hangs on tables of all.

use super::{PRIVILEGE, Vector};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::isolation::attempt::{self, Attempt};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::session::short;
use crate::sql::{identifier, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "trigger",
    rule: PRIVILEGE,
    about: "A tenant that has TRIGGER on a table makes a trigger that calls a function of its own. When another tenant writes, \
            the function runs with that tenant's rights and sees its rows.",
    bad: include_str!("trigger.bad.sql"),
    good: include_str!("trigger.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for relation in bench.owned_tables() {
        if bench.privileges.may("TRIGGER", &relation.name)
            && let Some((attempt, heard)) = hears(bench, relation).await?
        {
            let object = relation.name.to_string();
            let message = format!(
                "a tenant can hang a trigger on {object} that runs when others write, and sees their rows"
            );
            let mut finding = VECTOR.finding(&object, message, heard, &attempt);
            "no trigger of one tenant's that runs as another".clone_into(&mut finding.expected);
            // Two act in it, one after the other.
            finding.replayable = false;
            outcomes.push(Outcome::Found(finding));
        }
    }
    Ok(outcomes)
}

/// What a trigger of the attacker's is told when the victim writes.
async fn hears(bench: &Bench<'_>, relation: &Relation) -> Result<Option<(Attempt, String)>, Error> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let steps = vec![
        include_str!("trigger.function.sql").to_owned(),
        format!(
            "CREATE TRIGGER listens BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION pg_temp.listen()"
        ),
    ];
    let mut writes = vec![format!("DELETE FROM {name}")];
    writes.extend(
        relation
            .columns
            .iter()
            .filter(|column| bench.privileges.may_with("UPDATE", &relation.name, &column.name))
            .map(|column| identifier(&column.name))
            .take(1)
            .map(|column| format!("UPDATE {name} SET {column} = {column}")),
    );
    let canaries: Vec<&str> = bench
        .world
        .canaries('b')
        .filter(|canary| canary.table == relation.name)
        .map(|canary| canary.text.as_str())
        .collect();
    let identity = bench.identities.get(1).map_or("", String::as_str);
    let session = &bench.session;
    for write in writes.iter().rev() {
        session.run(attempt::BEGIN).await?;
        let mut refused = session.send(&bench.attacker.enter()).await?.is_refused();
        for step in &steps {
            refused = refused || session.send(step).await?.is_refused();
        }
        let mut heard = None;
        if !refused {
            session.run("RESET SESSION AUTHORIZATION").await?;
            if !session.send(&bench.victim.enter()).await?.is_refused() {
                let seen = session.send(write).await?;
                heard = seen.heard.into_iter().find(|line| {
                    line.contains(identity) || canaries.iter().any(|canary| line.contains(canary))
                });
            }
        }
        session.run("ROLLBACK").await?;
        if let Some(heard) = heard {
            let mut steps = steps.clone();
            steps.push("RESET SESSION AUTHORIZATION".to_owned());
            steps.extend(bench.victim.replay());
            let attempt = Attempt {
                steps,
                ..Attempt::reading(&bench.attacker, write)
            };
            return Ok(Some((attempt, short(&heard))));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
    }
}
