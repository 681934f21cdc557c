//! Tenants who erase.

use super::{PRIVILEGE, Vector};
use crate::claim::{Claim, Evidence, Verdict};
use crate::error::Error;
use crate::prove::erasure::bench::Bench;
use crate::prove::run;
use crate::sql::{literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "tenants",
    rule: PRIVILEGE,
    about: "Each role that the contract names for the application's sessions, and each that it may become, runs the erasure, \
            for one person and for the other, and calls whatever calls the same function. Nothing may come of it.",
    bad: include_str!("privilege.bad.sql"),
    good: include_str!("privilege.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let mut claims = Vec::new();
    if bench.once().await?.seen.is_refused() {
        return Ok(claims);
    }
    let ways = ways(bench);
    for actor in &bench.roles {
        let role = actor.effective();
        let mut members = vec![actor.clone()];
        members.extend(run::becomes(bench.catalog, role).into_iter().map(|other| {
            let mut member = actor.clone();
            member.becomes.push(other);
            member
        }));
        let tries = members
            .iter()
            .flat_map(|member| ways.iter().map(move |way| (member, way)));
        let mut found = None;
        for (member, (object, statement)) in tries {
            let ran = bench.run(&[format!("{};\n{statement}", member.enter())]).await?;
            let changed = ran.first().and_then(|ran| {
                let changes = bench.before.changes(bench.catalog, &ran.after);
                changes
                    .into_iter()
                    .find(|change| change.old.is_some() && change.new != change.old)
            });
            if let Some(change) = changed {
                let observed = format!("rows of {} were erased", change.table);
                let message = format!("{role} can run the erasure by {object}: {observed}");
                let evidence = Evidence {
                    role: Some(member.effective().to_owned()),
                    context: Some(actor.context.join("; ")).filter(|context| !context.is_empty()),
                    sql: member.replay().into_iter().chain([statement.clone()]).collect(),
                    expected: "permission denied".to_owned(),
                    observed,
                };
                let subject = format!("role {role}");
                let claim = bench.claim(PRIVILEGE, object, &subject, Verdict::Violated, message);
                found = Some(claim.shown_by(evidence));
                break;
            }
        }
        claims.push(found.unwrap_or_else(|| {
            let message = format!("{role} can't erase anybody");
            bench.claim(
                PRIVILEGE,
                &bench.object,
                &format!("role {role}"),
                Verdict::Proven,
                message,
            )
        }));
    }
    Ok(claims)
}

/// What is to be mended where it works, and a statement that erases: the contract's own, and calls of functions that call
/// the same.
fn ways(bench: &Bench<'_>) -> Vec<(String, String)> {
    let mut ways: Vec<(String, String)> = [&bench.other, &bench.subject]
        .map(|person| (bench.object.clone(), bench.statement(&person.key)))
        .to_vec();
    let Some(function) = run::function(bench.catalog, &bench.erasure.run) else {
        return ways;
    };
    for caller in run::callers(bench.catalog, function) {
        if caller
            .result
            .as_deref()
            .is_some_and(|result| result.ends_with("trigger"))
        {
            continue;
        }
        let mut arguments: Vec<String> = bench.subject.key.iter().map(|value| literal(value)).collect();
        arguments.resize(caller.input_types.len(), "NULL".to_owned());
        let verb = if caller.result.is_none() { "CALL" } else { "SELECT" };
        let name = qualified(&caller.name.schema, &caller.name.name);
        ways.push((
            caller.signature(),
            format!("{verb} {name}({})", arguments.join(", ")),
        ));
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.erase(bigint)").await;
    }
}
