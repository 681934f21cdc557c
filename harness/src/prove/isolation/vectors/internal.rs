//! Tables that tenants must reach nothing of.

use super::{READ, Vector};
use crate::catalog::Relation;
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::isolation::attempt::{Attempt, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::isolation::frozen::Frozen;
use crate::prove::isolation::ownership::Ownership;
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "internal",
    rule: READ,
    about: "A tenant reads and writes each table that the contract calls internal. It must see and change nothing there; what \
            functions and triggers of the application do on its behalf is not meant.",
    bad: include_str!("internal.bad.sql"),
    good: include_str!("internal.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let relations: Vec<&Relation> = bench
        .catalog
        .relations
        .iter()
        .filter(|relation| is_internal(bench, relation))
        .collect();
    if relations.is_empty() {
        return Ok(outcomes);
    }
    let frozen = Frozen::internal(&bench.session, bench.catalog, bench.owners).await?;
    for relation in relations {
        let object = relation.name.to_string();
        let mut found = None;
        for attempt in attempts(bench, relation) {
            if let Verdict::Leak { observed, .. } = attempt.judge(&bench.session, &frozen).await? {
                let does = if attempt.is_reading() { "reads" } else { "writes" };
                let message = format!("a tenant {does} {object}, which the contract calls internal");
                let mut finding = VECTOR.finding(&object, message, observed, &attempt);
                "nothing is reached".clone_into(&mut finding.expected);
                // Mending and confirming go by what tenants own, which this is not.
                finding.replayable = false;
                found = Some(finding);
                break;
            }
        }
        let lacking = bench
            .world
            .table(&relation.name.schema, &relation.name.name)
            .is_none_or(|rows| rows.rows.is_empty());
        outcomes.push(match found {
            Some(finding) => Outcome::Found(finding),
            None if lacking && bench.privileges.reaches(&relation.name) => Outcome::Blind {
                object,
                severity: Severity::Warning,
                why: "no row could be made in it".to_owned(),
            },
            None => Outcome::Held { object },
        });
    }
    Ok(outcomes)
}

/// By the contract's own word; the ledger of migrations is internal, too, but nobody's secret.
fn is_internal(bench: &Bench<'_>, relation: &Relation) -> bool {
    let named = bench
        .isolation
        .internal
        .iter()
        .any(|pattern| pattern.matches(&relation.name.schema, &relation.name.name));
    named
        && relation.kind.is_table()
        && bench
            .owners
            .find(&relation.name)
            .is_some_and(|table| table.ownership == Ownership::Internal)
}

fn attempts(bench: &Bench<'_>, relation: &Relation) -> Vec<Attempt> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let mut attempts = vec![Attempt::reading(
        &bench.attacker,
        bench.privileges.select(relation),
    )];
    let anonymous = bench.isolation.anonymous.as_deref().map(Actor::role);
    attempts.extend(anonymous.map(|actor| Attempt::reading(&actor, format!("SELECT * FROM {name}"))));
    let mut statements = vec![format!("DELETE FROM {name}"), format!("TRUNCATE {name} CASCADE")];
    statements.extend(
        super::update::updates(bench, relation)
            .into_iter()
            .map(|(_, sql)| sql),
    );
    attempts.extend(
        statements
            .into_iter()
            .map(|sql| Attempt::writing(&bench.attacker, sql)),
    );
    attempts.extend(super::insert::attempts(bench, relation));
    // Whoever has not signed in must reach nothing either.
    if let Some(role) = bench.isolation.anonymous.as_deref() {
        let anonymous = Actor::role(role);
        let same: Vec<Attempt> = attempts
            .iter()
            .map(|attempt| Attempt {
                actor: anonymous.clone(),
                ..attempt.clone()
            })
            .collect();
        attempts.extend(same);
    }
    attempts
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "ops.jobs", "internal = [\"ops.*\"]\n").await;
    }
}
