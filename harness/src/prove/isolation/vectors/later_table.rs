//! Tables that are still to come.

use super::{PRIVILEGE, Vector};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::sql::{identifier, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "later tables",
    rule: PRIVILEGE,
    about: "A table is made as the role that makes tables, and a tenant reads it: default privileges open what nobody has \
            thought of yet. For information, since a table that is not there leaks nothing.",
    bad: include_str!("later_table.bad.sql"),
    good: include_str!("later_table.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let defaults = bench.catalog.default_privileges.iter();
    for default in defaults.filter(|default| default.objects == "tables") {
        let Some(schema) = default.schema.clone().or_else(|| schema(bench)) else {
            continue;
        };
        let name = qualified(&schema, "later_table");
        let creation = format!(
            "GRANT CREATE, USAGE ON SCHEMA {} TO {role}; SET LOCAL ROLE {role}; CREATE TABLE {name} (line text); RESET ROLE; \
             INSERT INTO {name} VALUES ('a line')",
            identifier(&schema),
            role = identifier(&default.role)
        );
        let attempt = Attempt {
            world: vec![creation],
            ..Attempt::reading(&bench.attacker, format!("SELECT line FROM {name}"))
        };
        bench.session.run("BEGIN").await?;
        let made = bench.session.send(&attempt.world[0]).await?;
        let entered = bench.session.send(&bench.attacker.enter()).await?;
        let seen = bench.session.send(&attempt.last).await?;
        bench.session.run("ROLLBACK").await?;
        if made.is_refused() || entered.is_refused() || seen.is_refused() || seen.rows.is_empty() {
            continue;
        }
        let message =
            format!("tenants can read {default} without row level security, as soon as they are made");
        let mut finding = VECTOR.finding(&default.to_string(), message, seen.rows.join(", "), &attempt);
        finding.severity = Severity::Info;
        finding.replayable = false;
        "permission denied, or no rows".clone_into(&mut finding.expected);
        outcomes.push(Outcome::Found(finding));
    }
    Ok(outcomes)
}

/// A schema that the attacker can look into, for what holds everywhere.
fn schema(bench: &Bench<'_>) -> Option<String> {
    let reached = bench
        .catalog
        .relations
        .iter()
        .find(|relation| bench.privileges.reaches(&relation.name));
    reached.map(|relation| relation.name.schema.clone())
}

#[cfg(test)]
mod tests {
    use super::super::example::claims;
    use super::VECTOR;
    use crate::claim::{Claim, Severity, Verdict};

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        let found = |claims: Vec<Claim>| {
            let about = |claim: &Claim| claim.verdict == Verdict::Violated && claim.subject == "later tables";
            claims.into_iter().filter(about).collect::<Vec<_>>()
        };
        let broken = found(claims(&[VECTOR.bad], "").await);
        assert_eq!(broken.len(), 1, "{broken:#?}");
        assert_eq!(broken[0].severity, Severity::Info);
        assert!(found(claims(&[VECTOR.bad, VECTOR.good], "").await).is_empty());
    }
}
