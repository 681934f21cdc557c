//! What the contract's other roles are not meant to reach.

use super::role_meant::{Other, count, has_rows, is_meant, once, others, writes};
use super::{ROLES, Vector};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Look, Verdict, sweep};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::isolation::ownership::Ownership;

pub(super) const VECTOR: Vector = Vector {
    name: "beyond what a role is for",
    rule: ROLES,
    about: "Each role below [isolation.roles] reads and writes every table that the contract does not name for it. It must \
            see no tenant's private rows there and change nothing.",
    bad: include_str!("role_beyond.bad.sql"),
    good: include_str!("role_beyond.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for other in others(bench).await? {
        let known: Vec<&Relation> = bench
            .catalog
            .relations
            .iter()
            .filter(|relation| {
                let table = bench.owners.find(&relation.name);
                relation.kind.is_table() && table.is_some_and(|table| table.ownership != Ownership::Unknown)
            })
            .collect();
        let mut found = reads(bench, &other, &known).await?;
        for relation in &known {
            if is_meant(bench, &other.said.writes, relation) || !other.privileges.reaches(&relation.name) {
                continue;
            }
            found.extend(write(bench, &other, relation).await?);
        }
        outcomes.extend(found);
        for relation in known {
            let attempt = Attempt::reading(&other.actor, other.privileges.select(relation));
            let beyond = !is_meant(bench, &other.said.reads, relation) && has_rows(bench, relation);
            if beyond && bench.shows_unguarded(&attempt).await? {
                outcomes.push(Outcome::Held {
                    object: relation.name.to_string(),
                });
            }
        }
    }
    Ok(once(outcomes))
}

async fn reads(bench: &Bench<'_>, other: &Other<'_>, known: &[&Relation]) -> Result<Vec<Outcome>, Error> {
    let beyond: Vec<&&Relation> = known
        .iter()
        .filter(|relation| {
            other.privileges.reaches(&relation.name)
                && !is_meant(bench, &other.said.reads, relation)
                // Who writes a table may have to see what it writes.
                && !is_meant(bench, &other.said.writes, relation)
        })
        .collect();
    let looks: Vec<Look> = beyond
        .iter()
        .map(|relation| Look {
            object: relation.name.to_string(),
            sql: other.privileges.select(relation),
        })
        .collect();
    let verdicts = sweep(&bench.session, &bench.nobodys, &other.actor, &[], &[], &looks).await?;
    let mut outcomes = Vec::new();
    for ((relation, look), verdict) in beyond.into_iter().zip(&looks).zip(verdicts.unwrap_or_default()) {
        let attempt = Attempt::reading(&other.actor, &look.sql);
        let internal = bench
            .owners
            .find(&relation.name)
            .is_some_and(|table| table.ownership == Ownership::Internal);
        let observed = match verdict {
            Verdict::Leak { observed, seen, .. } if !seen.is_refused() => observed,
            _ if internal && count(bench, &attempt).await? > 0 => "its rows".to_owned(),
            _ => continue,
        };
        let message = format!(
            "{} reads {}, which is none of what it is for",
            other.actor.described, look.object
        );
        let mut finding = VECTOR.finding(&look.object, message, observed, &attempt);
        "permission denied, or no private rows".clone_into(&mut finding.expected);
        finding.replayable = false;
        outcomes.push(Outcome::Found(finding));
    }
    Ok(outcomes)
}

async fn write(bench: &Bench<'_>, other: &Other<'_>, relation: &Relation) -> Result<Option<Outcome>, Error> {
    let object = relation.name.to_string();
    let attempts = writes(bench, &other.actor, &other.privileges, relation);
    for attempt in attempts {
        if count(bench, &attempt).await? > 0 {
            let message = format!(
                "{} writes {object}, which is none of what it is for",
                other.actor.described
            );
            let mut finding = VECTOR.finding(&object, message, "rows were written".to_owned(), &attempt);
            "permission denied, or nothing written".clone_into(&mut finding.expected);
            finding.replayable = false;
            return Ok(Some(Outcome::Found(finding)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        let contract = "[isolation.roles.search]\nreads = [\"app.projects\"]";
        breaks_and_mends(&super::VECTOR, "app.tasks", contract).await;
    }
}
