//! Sessions that say that they are somebody else's.

use super::{SPOOF, Vector};
use crate::claim::Severity;
use crate::contract::Context;
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Look, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::isolation::levers::readable;
use crate::sql::{identifier, literal};

pub(super) const VECTOR: Vector = Vector {
    name: "spoofed context",
    rule: SPOOF,
    about: "A tenant's session sets the other tenant's context, or becomes the other tenant's role. For information, since \
            the application decides what SQL is sent; a violation where the contract says hostile_sql.",
    bad: include_str!("spoof.bad.sql"),
    good: include_str!("spoof.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let Some((object, become_them)) = way(bench) else {
        return Ok(Vec::new());
    };
    let (relations, looks) = readable(bench);
    let private = relations
        .iter()
        .zip(&looks)
        .filter(|(relation, _)| bench.frozen.hides(&relation.name));
    let looks: Vec<Look> = private
        .map(|(_, look)| Look {
            object: look.object.clone(),
            sql: format!("{become_them}; {}", look.sql),
        })
        .collect();
    let verdicts = bench
        .sweep(&bench.attacker, &[], &looks)
        .await?
        .unwrap_or_default();
    let mut open_anyhow = false;
    for (look, verdict) in looks.iter().zip(verdicts) {
        let Verdict::Leak { observed, .. } = verdict else {
            continue;
        };
        let plain = look
            .sql
            .strip_prefix(&format!("{become_them}; "))
            .unwrap_or_default();
        if bench
            .attempt(&Attempt::reading(&bench.attacker, plain))
            .await?
            .is_leak()
        {
            open_anyhow = true;
            continue;
        }
        let message = format!(
            "whoever can send SQL in a tenant's session can make it another tenant's, and see its rows in {}",
            look.object
        );
        let attempt = Attempt::reading(&bench.attacker, &look.sql);
        let mut finding = VECTOR.finding(&object, message, observed, &attempt);
        if !bench.isolation.hostile_sql {
            finding.severity = Severity::Info;
        }
        return Ok(vec![Outcome::Found(finding)]);
    }
    // Where all is open, nothing is said of what the context would open.
    if open_anyhow {
        return Ok(Vec::new());
    }
    // What the other tenant sees by it would have been seen.
    for look in &looks {
        if bench
            .would_show(&Attempt::reading(&bench.attacker, &look.sql))
            .await?
        {
            return Ok(vec![Outcome::Held { object }]);
        }
    }
    Ok(Vec::new())
}

/// What there is to mend, and the statements that make a session the victim's.
fn way(bench: &Bench<'_>) -> Option<(String, String)> {
    match &bench.isolation.context {
        Context::Setting { setting, .. } => {
            // By the function, since SET takes no name that is a key word. The value that it returns is always the same.
            let [set] = bench.victim.context.as_slice() else {
                return None;
            };
            Some((format!("parameter {setting}"), set.clone()))
        }
        Context::Roles { login: Some(_), .. } => {
            let role = bench.victim.effective();
            Some((
                format!("role {role}"),
                format!("SET LOCAL ROLE {}", identifier(role)),
            ))
        }
        Context::Roles { login: None, .. } => None,
        Context::Sql { sql } => {
            let function = bench.catalog.functions.iter().find(|function| {
                sql.iter()
                    .any(|text| text.contains(&format!("{}(", function.name.name)))
            });
            let object = function.map_or_else(
                || "[isolation] context".to_owned(),
                crate::catalog::Function::signature,
            );
            let calls: Vec<String> = bench
                .victim
                .context
                .iter()
                .map(|call| {
                    format!(
                        "DO {}",
                        literal(&format!(
                            "BEGIN PERFORM 1 FROM ({}) AS context; END",
                            call.trim_end_matches(';')
                        ))
                    )
                })
                .collect();
            Some((object, calls.join("; ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::claims;
    use super::VECTOR;
    use crate::claim::{Severity, Verdict};

    #[tokio::test]
    async fn a_context_that_anyone_may_set_is_information_unless_sql_is_hostile() {
        for (contract, severity) in [("", Severity::Info), ("hostile_sql = true", Severity::Error)] {
            let claims = claims(&[VECTOR.bad], contract).await;
            let found: Vec<_> = claims
                .iter()
                .filter(|claim| claim.verdict == Verdict::Violated)
                .collect();
            assert_eq!(found.len(), 1, "{found:#?}");
            assert_eq!(
                (found[0].object.as_str(), found[0].severity),
                ("parameter app.tenant_id", severity)
            );
        }
    }

    #[tokio::test]
    async fn nothing_is_proven_of_the_context_where_tenants_see_each_other_without_it() {
        let open = "ALTER TABLE app.tasks DISABLE ROW LEVEL SECURITY; ALTER TABLE app.projects DISABLE ROW LEVEL SECURITY;";
        let claims = claims(&[open], "").await;
        assert!(
            claims.iter().all(|claim| claim.rule != VECTOR.rule),
            "{claims:#?}"
        );
    }

    #[tokio::test]
    async fn the_example_is_mended_by_what_a_session_cannot_change() {
        let claims = claims(&[VECTOR.bad, VECTOR.good], "hostile_sql = true").await;
        let spoof: Vec<_> = claims
            .iter()
            .filter(|claim| claim.rule == "isolation/context-spoof")
            .collect();
        assert!(!spoof.is_empty());
        assert!(
            spoof.iter().all(|claim| claim.verdict == Verdict::Proven),
            "{spoof:#?}"
        );
    }
}
