//! Tenants whose identities begin alike.

use super::nobody::prefixes;
use super::{Vector, WRITE, insert, update};
use crate::contract::Context;
use crate::error::Error;
use crate::prove::actor::{self, Actor};
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "prefix",
    rule: WRITE,
    about: "A tenant whose identity is the beginning of another's, or begins with it, writes: a comparison with LIKE or \
            starts_with takes one for the other. Reading as such a tenant is part of `no tenant`.",
    bad: include_str!("prefix.bad.sql"),
    good: include_str!("prefix.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Statements of a kind a table and tenant.
const MOST: usize = 2;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let actors = relatives(bench);
    for relation in bench.owned_tables() {
        let may = |privilege: &&str| {
            let columns = relation.columns.iter().map(|column| column.name.as_str());
            bench.privileges.may(privilege, &relation.name)
                || columns
                    .clone()
                    .any(|column| bench.privileges.may_with(privilege, &relation.name, column))
        };
        if actors.is_empty() || !["INSERT", "UPDATE", "DELETE"].iter().any(may) {
            continue;
        }
        let name = qualified(&relation.name.schema, &relation.name.name);
        let mut attempts = vec![Attempt::writing(&bench.attacker, format!("DELETE FROM {name}"))];
        let updates = update::updates(bench, relation).into_iter().take(MOST);
        attempts.extend(updates.map(|(_, sql)| Attempt::writing(&bench.attacker, sql)));
        attempts.extend(insert::attempts(bench, relation).into_iter().take(MOST));
        let attempts = actors
            .iter()
            .flat_map(|actor| {
                attempts.iter().map(|attempt| Attempt {
                    actor: actor.clone(),
                    ..attempt.clone()
                })
            })
            .collect();
        let object = relation.name.to_string();
        let message = |observed: &str| {
            format!("a tenant whose identity only begins like another's writes that one's rows: {observed}")
        };
        let outcome = VECTOR.try_each(bench, &object, attempts, message).await?;
        // What can't be shown here can't be shown of the tenant's own writes, where it is said.
        if !matches!(outcome, Outcome::Blind { .. }) {
            outcomes.push(outcome);
        }
    }
    Ok(outcomes)
}

/// Tenants that are not there, and whose names are like the victim's.
fn relatives(bench: &Bench<'_>) -> Vec<Actor> {
    let victim = bench.identities.get(1).cloned().unwrap_or_default();
    let of_a_type = uuid::Uuid::try_parse(&victim).is_ok() || victim.parse::<f64>().is_ok();
    if of_a_type || matches!(bench.isolation.context, Context::Roles { .. }) {
        return Vec::new();
    }
    prefixes(&[victim])
        .into_iter()
        .filter(|identity| !bench.identities.contains(identity))
        .map(|identity| {
            bench.attacker.as_nobody(
                actor::context(&bench.isolation.context, &identity),
                format!("a tenant '{identity}'"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::example::claims;
    use super::VECTOR;
    use crate::claim::{Claim, Severity, Verdict};

    const TENANTS: &str = "tenants = [\"north\", \"south-labs\"]\n";
    const AS_TEXT: &str = include_str!("prefix.text.sql");

    fn is_accusation(claim: &Claim) -> bool {
        claim.verdict == Verdict::Violated && claim.severity != Severity::Info
    }

    #[tokio::test]
    async fn tenants_that_are_there_are_themselves_however_their_names_begin() {
        let claims = claims(&[AS_TEXT], "tenants = [\"north\", \"north-labs\"]\n").await;
        let accused: Vec<_> = claims.iter().filter(|claim| is_accusation(claim)).collect();
        assert!(accused.is_empty(), "{accused:#?}");
        assert!(claims.iter().any(|claim| claim.subject == VECTOR.name));
    }

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        let accused = async |migrations: &[&str]| {
            let claims = claims(migrations, TENANTS).await;
            claims
                .into_iter()
                .filter(is_accusation)
                .map(|claim| (claim.object, claim.subject))
                .collect::<Vec<_>>()
        };
        let found = accused(&[AS_TEXT, VECTOR.bad]).await;
        assert!(
            found
                .iter()
                .any(|(object, subject)| object == "app.tasks" && subject == VECTOR.name),
            "{found:?}"
        );
        let found = accused(&[AS_TEXT, VECTOR.bad, VECTOR.good]).await;
        assert!(found.is_empty(), "{found:?}");
    }
}
