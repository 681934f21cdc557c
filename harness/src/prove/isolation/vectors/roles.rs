//! Roles that the tenants' role can become.

use super::{ROLE, Vector, update};
use crate::catalog::Relation;
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Look, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::isolation::privileges::Privileges;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "reachable role",
    rule: ROLE,
    about: "A tenant's session becomes every role that it can: by SET ROLE, by granting itself a role over which it has \
            ADMIN OPTION or (to PostgreSQL 15) CREATEROLE, and on from there. As none of them it may see or change what \
            it could not before.",
    bad: include_str!("roles.bad.sql"),
    good: include_str!("roles.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// A role and what has to be done before SET ROLE leads there.
struct Reached {
    role: String,
    steps: Vec<String>,
}

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = server_programs(bench).await?;
    let reached = reachable(bench).await?;
    if reached.is_empty() {
        return Ok(outcomes);
    }
    // What is open anyhow is no role's fault.
    let mut open: Vec<String> = Vec::new();
    for reached in reached {
        let object = format!("role {}", reached.role);
        let privileges = Privileges::read(&bench.session, &reached.role).await?;
        if let Some(finding) = reads(bench, &reached, &privileges, &object, &mut open).await? {
            outcomes.push(Outcome::Found(finding));
        } else if let Some(finding) = writes(bench, &reached, &privileges, &object, &mut open).await? {
            outcomes.push(Outcome::Found(finding));
        } else {
            outcomes.push(control(bench, &reached, object).await?);
        }
    }
    Ok(outcomes)
}

/// Everything that the role can become, the nearest first.
async fn reachable(bench: &Bench<'_>) -> Result<Vec<Reached>, Error> {
    let start = bench.attacker.effective().to_owned();
    let mut known = vec![start.clone()];
    let mut found: Vec<Reached> = Vec::new();
    let mut from: Vec<(String, Vec<String>)> = vec![(start, Vec::new())];
    while let Some((role, steps)) = from.pop() {
        let query = include_str!("roles.sql").replace("$1", &literal(&role));
        for row in bench.session.rows(&query).await? {
            let [Some(name), Some(way)] = row.as_slice() else {
                continue;
            };
            if known.contains(name) {
                continue;
            }
            known.push(name.clone());
            let mut steps = steps.clone();
            if way == "grant" {
                if !found.is_empty() && role != bench.attacker.effective() {
                    steps.push(become_role(&role));
                }
                steps.push(format!("GRANT {} TO {}", identifier(name), identifier(&role)));
            }
            from.insert(0, (name.clone(), steps.clone()));
            found.push(Reached {
                role: name.clone(),
                steps,
            });
        }
    }
    Ok(found)
}

fn become_role(role: &str) -> String {
    format!("SET LOCAL ROLE {}", identifier(role))
}

/// The first relation that the role shows and that did not show before.
async fn reads(
    bench: &Bench<'_>,
    reached: &Reached,
    privileges: &Privileges,
    object: &str,
    open: &mut Vec<String>,
) -> Result<Option<Finding>, Error> {
    let relations: Vec<&Relation> = bench
        .catalog
        .relations
        .iter()
        .filter(|relation| privileges.reaches(&relation.name))
        .collect();
    let looks = looks(reached, privileges, &relations);
    let verdicts = bench.sweep(&bench.attacker, &reached.steps, &looks).await?;
    for (look, verdict) in looks.iter().zip(verdicts.unwrap_or_default()) {
        let Verdict::Leak { observed, .. } = verdict else {
            continue;
        };
        if open.contains(&look.object) {
            continue;
        }
        open.push(look.object.clone());
        let plain = look.sql.split_once("; ").map_or("", |(_, sql)| sql);
        if bench
            .attempt(&Attempt::reading(&bench.attacker, plain))
            .await?
            .is_leak()
        {
            continue;
        }
        let attempt = Attempt {
            steps: reached.steps.clone(),
            ..Attempt::reading(&bench.attacker, &look.sql)
        };
        let message = format!(
            "a tenant's session can become {}, as which it sees other tenants' rows in {}",
            reached.role, look.object
        );
        return Ok(Some(VECTOR.finding(object, message, observed, &attempt)));
    }
    Ok(None)
}

fn looks(reached: &Reached, privileges: &Privileges, relations: &[&Relation]) -> Vec<Look> {
    relations
        .iter()
        .map(|relation| Look {
            object: relation.name.to_string(),
            sql: format!("{}; {}", become_role(&reached.role), privileges.select(relation)),
        })
        .collect()
}

/// The first table that the role changes blindly and that could not be changed before.
async fn writes(
    bench: &Bench<'_>,
    reached: &Reached,
    privileges: &Privileges,
    object: &str,
    open: &mut Vec<String>,
) -> Result<Option<Finding>, Error> {
    for relation in bench.owned_tables() {
        let shown = relation.name.to_string();
        for sql in blind(bench, relation, privileges) {
            let mut attempt = Attempt::writing(&bench.attacker, &sql);
            attempt.steps.clone_from(&reached.steps);
            attempt.steps.push(become_role(&reached.role));
            let Verdict::Leak { observed, .. } = bench.attempt(&attempt).await? else {
                continue;
            };
            if open.contains(&shown)
                || bench
                    .attempt(&Attempt::writing(&bench.attacker, &sql))
                    .await?
                    .is_leak()
            {
                continue;
            }
            open.push(shown.clone());
            let message = format!(
                "a tenant's session can become {}, as which it changes other tenants' rows in {shown}",
                reached.role
            );
            return Ok(Some(VECTOR.finding(object, message, observed, &attempt)));
        }
    }
    Ok(None)
}

/// One statement a command, without WHERE.
fn blind(bench: &Bench<'_>, relation: &Relation, privileges: &Privileges) -> Vec<String> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let mut statements = Vec::new();
    if privileges.may("DELETE", &relation.name) {
        statements.push(format!("DELETE FROM {name}"));
    }
    if privileges.may("TRUNCATE", &relation.name) {
        statements.push(format!("TRUNCATE {name} CASCADE"));
    }
    if let Some(column) = update::plain_columns(relation, privileges).next() {
        statements.extend(update::constants(bench, relation, column, 2));
    }
    statements
}

/// Nothing came of it: would it have been seen?
async fn control(bench: &Bench<'_>, reached: &Reached, object: String) -> Result<Outcome, Error> {
    let relations: Vec<&Relation> = bench
        .owned_tables()
        .filter(|relation| bench.frozen.hides(&relation.name))
        .take(3)
        .collect();
    let looks = looks(reached, &bench.privileges, &relations);
    let seen = bench
        .sweep_unguarded(&bench.attacker, &reached.steps, &looks)
        .await?;
    Ok(
        if seen.is_some_and(|verdicts| verdicts.iter().any(Verdict::is_leak)) {
            Outcome::Held { object }
        } else {
            Outcome::Blind {
                object,
                severity: Severity::Info,
                why: "nothing is seen as that role with the defences gone either".to_owned(),
            }
        },
    )
}

/// What reaches the server's files or runs programs on it goes around every defence of the database.
async fn server_programs(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let ways = [
        (
            "pg_execute_server_program",
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "run programs as the server",
        ),
        (
            "pg_read_server_files",
            "CREATE TEMP TABLE lines (line text); COPY lines FROM '/dev/null'",
            "read the server's files",
        ),
        (
            "pg_write_server_files",
            "COPY (SELECT 1) TO '/dev/null'",
            "write files as the server",
        ),
    ];
    for (role, sql, what) in ways {
        let member = format!(
            "SELECT pg_catalog.pg_has_role(r.oid, {}, 'MEMBER') FROM pg_catalog.pg_roles AS r WHERE r.rolname = {} AND NOT r.rolsuper",
            literal(role),
            literal(bench.attacker.effective())
        );
        let rows = bench.session.rows(&member).await?;
        if rows
            .first()
            .and_then(|row| row.first())
            .is_none_or(|flag| flag.as_deref() != Some("t"))
        {
            continue;
        }
        bench.session.run("BEGIN").await?;
        let entered = bench.session.send(&bench.attacker.enter()).await?;
        let seen = bench
            .session
            .look(&format!("{}; {sql}", become_role(role)))
            .await?;
        bench.session.run("ROLLBACK").await?;
        if entered.is_refused() || seen.is_refused() {
            continue;
        }
        let attempt = Attempt::reading(&bench.attacker, format!("{}; {sql}", become_role(role)));
        let message = format!("a tenant's session can {what}, all tenants' rows among them");
        let mut finding = VECTOR.finding(&format!("role {role}"), message, "it did".to_owned(), &attempt);
        "permission denied".clone_into(&mut finding.expected);
        // The attempt itself tells nothing of a tenant's rows.
        finding.replayable = false;
        outcomes.push(Outcome::Found(finding));
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::super::example::{breaks_and_mends, claims};
    use crate::claim::{Severity, Verdict};

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "role reports", "").await;
    }

    async fn accused(sql: &str) -> Vec<String> {
        claims(&[sql], "")
            .await
            .into_iter()
            .filter(|claim| claim.verdict == Verdict::Violated && claim.severity != Severity::Info)
            .map(|claim| format!("{} {}", claim.rule, claim.object))
            .collect()
    }

    #[tokio::test]
    async fn a_role_over_which_the_runtime_role_has_admin_option_is_granted_and_becomes_a_way() {
        // The first step leads to a role that sees nothing, and has power over one that does.
        let sql = "CREATE ROLE worker BYPASSRLS; CREATE ROLE boss; GRANT boss TO app_user; \
                   GRANT worker TO boss WITH ADMIN OPTION; GRANT USAGE ON SCHEMA app TO worker; GRANT DELETE ON app.tasks TO worker;";
        assert_eq!(accused(sql).await, ["isolation/role role worker"]);
    }

    #[tokio::test]
    async fn a_role_that_may_do_no_more_is_no_finding() {
        let sql = "CREATE ROLE colleague; GRANT colleague TO app_user; GRANT app_user TO postgres; \
                   GRANT SELECT ON app.countries TO colleague; CREATE ROLE worker BYPASSRLS; GRANT app_user TO worker;";
        assert_eq!(accused(sql).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn reaching_the_servers_files_is_found() {
        let sql = "GRANT pg_read_server_files TO app_user;";
        assert_eq!(accused(sql).await, ["isolation/role role pg_read_server_files"]);
    }
}
