//! Tenants who erase.

use super::{PRIVILEGE, Vector};
use crate::claim::{Claim, Evidence, Severity, Verdict};
use crate::error::Error;
use crate::prove::erasure::bench::Bench;

pub(super) const VECTOR: Vector = Vector {
    name: "tenants",
    rule: PRIVILEGE,
    about: "Each role that the contract names for the application's sessions runs the erasure, for one person and for the \
            other. Nothing may come of it.",
    bad: include_str!("privilege.bad.sql"),
    good: include_str!("privilege.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let mut claims = Vec::new();
    if bench.once().await?.seen.is_refused() {
        return Ok(claims);
    }
    for actor in &bench.roles {
        let role = actor.effective();
        let subject = format!("role {role}");
        let mut claim = bench.claim(
            PRIVILEGE,
            &bench.object,
            &subject,
            Verdict::Proven,
            format!("{role} can't erase anybody"),
        );
        for person in [&bench.other, &bench.subject] {
            let statement = bench.statement(&person.key);
            let ran = bench.run(&[format!("{};\n{statement}", actor.enter())]).await?;
            let changed = ran.first().and_then(|ran| {
                let changes = bench.before.changes(bench.catalog, &ran.after);
                changes
                    .into_iter()
                    .find(|change| change.old.is_some() && change.new != change.old)
            });
            if let Some(change) = changed {
                let observed = format!("rows of {} were erased", change.table);
                claim.verdict = Verdict::Violated;
                claim.severity = Severity::Error;
                claim.message = format!("{role} can run the erasure: {observed}");
                claim.evidence = Some(Evidence {
                    role: Some(role.to_owned()),
                    context: Some(actor.context.join("; ")).filter(|context| !context.is_empty()),
                    sql: actor.replay().into_iter().chain([statement]).collect(),
                    expected: "permission denied".to_owned(),
                    observed,
                });
                break;
            }
        }
        claims.push(claim);
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.erase(bigint)").await;
    }
}
