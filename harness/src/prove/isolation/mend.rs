//! What a finding comes from, found out by mending: each statement that could close the way in is tried, the attempt is
//! repeated, and what tenants do with their own rows must go on as before.

use super::attempt::{Attempt, Look, sweep_without};
use super::bench::Bench;
use super::finding::Finding;
use crate::catalog::{Function, Policy, Relation, RelationKind};
use crate::contract::Context;
use crate::error::Error;
use crate::prove::session::Seen;
use crate::sql::{identifier, literal, qualified};

/// A statement that might mend, and the object to blame if it does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    cause: Cause,
    sql: String,
}

/// Whom to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    /// For people: `policy finished on app.tasks`.
    pub(super) object: String,
    /// In the catalog, so that its line can be shown.
    pub(super) class: &'static str,
    pub(super) oid: u32,
}

/// What mended a finding.
#[derive(Debug, Clone)]
pub(super) struct Mended {
    pub(super) cause: Cause,
    pub(super) sql: String,
    /// Whether everything else went on as before.
    pub(super) harmless: bool,
}

/// Tries what could mend the finding: the first that closes it and breaks nothing, else the first that closes it.
pub(super) async fn mend(bench: &Bench<'_>, finding: &Finding) -> Result<Option<Mended>, Error> {
    let looks = legitimate(bench, &finding.object);
    let before = sweep_without(&bench.session, &bench.frozen, &bench.attacker, &[], &looks).await?;
    let mut closed: Option<Mended> = None;
    for Candidate { cause, sql } in candidates(bench, finding) {
        if !closes(bench, &finding.attempt, &sql).await? {
            continue;
        }
        let world = [sql.clone()];
        let after = sweep_without(&bench.session, &bench.frozen, &bench.attacker, &world, &looks).await?;
        let harmless = same(before.as_deref(), after.as_deref());
        let mended = Mended { cause, sql, harmless };
        if harmless {
            return Ok(Some(Mended {
                cause: closed.map_or(mended.cause.clone(), |first| first.cause),
                ..mended
            }));
        }
        closed.get_or_insert(mended);
    }
    Ok(closed)
}

/// Whether the attempt no longer works once the statement has been run.
pub(super) async fn closes(bench: &Bench<'_>, attempt: &Attempt, sql: &str) -> Result<bool, Error> {
    let world = std::iter::once(sql.to_owned())
        .chain(attempt.world.iter().cloned())
        .collect();
    let attempt = Attempt {
        world,
        ..attempt.clone()
    };
    match attempt.judge(&bench.session, bench.frozen(&attempt.actor)).await {
        Ok(verdict) => Ok(!verdict.is_leak()),
        // A candidate that does not fit this server or schema mends nothing.
        Err(Error::Attempt(error)) if error.as_db_error().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

fn same(before: Option<&[Seen]>, after: Option<&[Seen]>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => before == after,
        _ => false,
    }
}

/// What the attacker does with what is its own: reads everything, writes the table in question.
fn legitimate(bench: &Bench<'_>, object: &str) -> Vec<Look> {
    let mut looks = Vec::new();
    for relation in &bench.catalog.relations {
        let shown = relation.name.to_string();
        let name = qualified(&relation.name.schema, &relation.name.name);
        if bench.privileges.reaches(&relation.name) {
            looks.push(Look {
                object: shown.clone(),
                sql: bench.privileges.select(relation),
            });
        }
        if shown == object && relation.kind.is_table() {
            let counted = |sql: String| Look {
                object: shown.clone(),
                sql: format!("WITH w AS ({sql} RETURNING 1) SELECT count(*) FROM w"),
            };
            looks.push(counted(format!("DELETE FROM {name}")));
            looks.extend(relation.columns.iter().map(|column| {
                let column = identifier(&column.name);
                counted(format!("UPDATE {name} SET {column} = {column}"))
            }));
            // The row is there already: what counts is whether it would be let in.
            looks.extend(
                super::vectors::own_inserts(bench, relation)
                    .into_iter()
                    .map(|sql| Look {
                        object: shown.clone(),
                        sql: format!("{sql} ON CONFLICT DO NOTHING"),
                    }),
            );
        }
    }
    looks
}

fn candidates(bench: &Bench<'_>, finding: &Finding) -> Vec<Candidate> {
    let object = finding.object.as_str();
    let mut found = roles(bench, finding);
    if let Some(relation) = bench
        .catalog
        .relations
        .iter()
        .find(|relation| relation.name.to_string() == object)
    {
        match relation.kind {
            RelationKind::View | RelationKind::MaterializedView => view(bench, relation, &mut found),
            _ => table(bench, relation, &mut found),
        }
    }
    if let Some(function) = bench
        .catalog
        .functions
        .iter()
        .find(|function| function.signature() == object)
    {
        routine(bench, finding, function, &mut found);
    }
    found
}

/// The attacker's role itself: what it is, and what it is a member of.
fn roles(bench: &Bench<'_>, finding: &Finding) -> Vec<Candidate> {
    let mut found = Vec::new();
    let effective = finding.attempt.actor.effective();
    for role in bench.catalog.roles.iter().filter(|role| role.name == effective) {
        let cause = Cause {
            object: format!("role {effective}"),
            class: "pg_authid",
            oid: role.oid.0,
        };
        for (is, sql) in [(role.superuser, "NOSUPERUSER"), (role.bypass_rls, "NOBYPASSRLS")] {
            if is {
                found.push(Candidate {
                    cause: cause.clone(),
                    sql: format!("ALTER ROLE {} {sql}", identifier(effective)),
                });
            }
        }
        for membership in bench
            .catalog
            .memberships
            .iter()
            .filter(|membership| membership.member == effective)
        {
            let sql = format!(
                "REVOKE {} FROM {}",
                identifier(&membership.role),
                identifier(effective)
            );
            found.push(Candidate {
                cause: cause.clone(),
                sql,
            });
        }
    }
    found
}

fn table(bench: &Bench<'_>, relation: &Relation, found: &mut Vec<Candidate>) {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let cause = Cause {
        object: relation.name.to_string(),
        class: "pg_class",
        oid: relation.oid.0,
    };
    let own = |sql: String| Candidate {
        cause: cause.clone(),
        sql,
    };
    let predicates = predicates(bench, relation);
    if !relation.row_security {
        let enable = format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY");
        found.push(own(enable.clone()));
        found.extend(predicates.iter().map(|predicate| {
            own(format!("{enable}; CREATE POLICY tenant_isolation ON {name} USING ({predicate}) WITH CHECK ({predicate})"))
        }));
    } else if !relation.force_row_security {
        found.push(own(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY")));
    }
    for policy in relation.policies.iter().filter(|policy| policy.permissive) {
        found.extend(policy_candidates(relation, policy, &predicates));
    }
    found.extend(grants(bench, &format!("TABLE {name}"), &cause));
}

fn policy_candidates(relation: &Relation, policy: &Policy, predicates: &[String]) -> Vec<Candidate> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let cause = Cause {
        object: format!("policy {} on {}", policy.name, relation.name),
        class: "pg_policy",
        oid: policy.oid.0,
    };
    let this = format!("POLICY {} ON {name}", identifier(&policy.name));
    let mut statements = vec![format!("DROP {this}")];
    let own = policy.using.iter().filter(|_| policy.with_check.is_some());
    for predicate in own.chain(predicates) {
        if ["ALL", "UPDATE", "INSERT"].contains(&policy.command.as_str()) {
            statements.push(format!("ALTER {this} WITH CHECK ({predicate})"));
        }
        if policy.command != "INSERT" {
            statements.push(format!("ALTER {this} USING ({predicate})"));
        }
        if ["ALL", "UPDATE"].contains(&policy.command.as_str()) {
            statements.push(format!(
                "ALTER {this} USING ({predicate}) WITH CHECK ({predicate})"
            ));
        }
    }
    statements
        .into_iter()
        .map(|sql| Candidate {
            cause: cause.clone(),
            sql,
        })
        .collect()
}

/// Conditions that might be meant: those of the table's other policies, and the contract's context compared with the
/// tenant's column.
fn predicates(bench: &Bench<'_>, relation: &Relation) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |text: &String| {
        if text != "true" && !found.contains(text) {
            found.push(text.clone());
        }
    };
    for policy in relation.policies.iter().filter(|policy| policy.permissive) {
        policy.using.iter().chain(&policy.with_check).for_each(&mut add);
    }
    if let (
        Context::Setting {
            setting,
            claims: None,
        },
        Some((column, data_type)),
    ) = (
        &bench.isolation.context,
        bench.owners.tenant_column(bench.catalog, relation),
    ) {
        add(&format!(
            "{} = nullif(current_setting({}, true), '')::{data_type}",
            identifier(&column),
            literal(setting)
        ));
    }
    found
}

fn view(bench: &Bench<'_>, relation: &Relation, found: &mut Vec<Candidate>) {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let cause = Cause {
        object: relation.name.to_string(),
        class: "pg_class",
        oid: relation.oid.0,
    };
    if relation.kind == RelationKind::View {
        for option in ["security_invoker", "security_barrier"] {
            found.push(Candidate {
                cause: cause.clone(),
                sql: format!("ALTER VIEW {name} SET ({option} = true)"),
            });
        }
    }
    found.extend(grants(bench, &format!("TABLE {name}"), &cause));
}

fn routine(bench: &Bench<'_>, finding: &Finding, function: &Function, found: &mut Vec<Candidate>) {
    let name = format!(
        "{}({})",
        qualified(&function.name.schema, &function.name.name),
        function.input_types.join(", ")
    );
    let cause = Cause {
        object: finding.object.clone(),
        class: "pg_proc",
        oid: function.oid.0,
    };
    let mut statements = Vec::new();
    if function.leakproof {
        statements.push(format!("ALTER ROUTINE {name} NOT LEAKPROOF"));
    }
    if function.volatility == "immutable" {
        statements.push(format!("ALTER ROUTINE {name} STABLE"));
    }
    if let Some(path) = function
        .settings
        .iter()
        .flatten()
        .find_map(|setting| setting.strip_prefix("search_path="))
    {
        statements.push(format!("ALTER ROUTINE {name} SET search_path = {path}, pg_temp"));
    }
    // A trigger's function needs its rights, and nobody but the trigger has to be able to call it.
    if function.result.as_deref() == Some("trigger") {
        found.extend(grants(bench, &format!("ROUTINE {name}"), &cause));
    } else if function.security_definer {
        statements.push(format!("ALTER ROUTINE {name} SECURITY INVOKER"));
    }
    found.extend(statements.into_iter().map(|sql| Candidate {
        cause: cause.clone(),
        sql,
    }));
    found.extend(grants(bench, &format!("ROUTINE {name}"), &cause));
}

/// Taking away what was granted, one privilege at a time and then all.
fn grants(bench: &Bench<'_>, object: &str, cause: &Cause) -> Vec<Candidate> {
    let mut roles = vec![identifier(bench.attacker.effective()), "PUBLIC".to_owned()];
    roles.extend(bench.isolation.anonymous.as_deref().map(identifier));
    let roles = roles.join(", ");
    let privileges: &[&str] = if object.starts_with("TABLE") {
        &[
            "TRUNCATE",
            "REFERENCES",
            "TRIGGER",
            "INSERT",
            "UPDATE",
            "DELETE",
            "SELECT",
            "ALL",
        ]
    } else {
        &["EXECUTE"]
    };
    privileges
        .iter()
        .map(|privilege| Candidate {
            cause: cause.clone(),
            sql: format!("REVOKE {privilege} ON {object} FROM {roles}"),
        })
        .collect()
}
