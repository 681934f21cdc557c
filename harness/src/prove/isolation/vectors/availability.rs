//! What makes a tenant's own rows unreadable.

use super::Vector;
use super::copy::{self, Named};
use crate::catalog::{Column, Relation};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::{self, Attempt, act};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::isolation::ownership::Ownership;
use crate::prove::mention::Mentions;
use crate::prove::session::Refusal;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "availability",
    rule: "isolation/availability",
    about: "A tenant reads its own rows: no policy may end in infinite recursion, and none may cast a text that another \
            tenant writes, which makes every tenant's query fail as soon as it is no valid one.",
    bad: include_str!("availability.bad.sql"),
    good: include_str!("availability.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let readable: Vec<&Relation> = bench
        .catalog
        .relations
        .iter()
        .filter(|relation| bench.privileges.reaches(&relation.name))
        .collect();
    let (mut outcomes, mut works) = (Vec::new(), Vec::new());
    bench.session.run(attempt::BEGIN).await?;
    for relation in readable {
        let sql = bench.privileges.select(relation);
        let seen = act(&bench.session, &bench.attacker, &sql).await;
        match seen?.refused {
            None => works.push(relation),
            Some(refusal) if refusal.sqlstate == "42P17" => {
                outcomes.push(Outcome::Found(recursion(bench, relation, &sql, &refusal)));
            }
            // A data exception: of its own rows, or of another's?
            Some(refusal) if refusal.sqlstate.starts_with("22") => {
                if let Some(refusal) = without_own(bench, relation, &sql).await? {
                    outcomes.push(Outcome::Found(broken(bench, relation, &sql, &refusal)));
                }
            }
            Some(_) => {}
        }
    }
    bench.session.run("ROLLBACK").await?;
    let deciding: Vec<(&Relation, Mentions)> = works
        .into_iter()
        .map(|relation| (relation, mentions(relation)))
        .collect();
    for table in bench.owned_tables().filter(|relation| !relation.is_partition()) {
        for column in texts(bench, table) {
            let looks: Vec<&Relation> = deciding
                .iter()
                .filter(|(relation, mentions)| {
                    mentions.bare(&column.name) || relation.name == table.name && mentions.name(&table.name)
                })
                .map(|(relation, _)| *relation)
                .collect();
            if !looks.is_empty() {
                outcomes.extend(spoilt(bench, table, column, &looks).await?);
            }
        }
    }
    Ok(outcomes)
}

/// The names in what decides who sees a relation's rows, those behind a point as well.
fn mentions(relation: &Relation) -> Mentions {
    let policies = relation
        .policies
        .iter()
        .flat_map(|policy| [&policy.using, &policy.with_check]);
    let texts: Vec<String> = policies
        .chain([&relation.definition])
        .flatten()
        .map(|text| text.replace('.', " "))
        .collect();
    Mentions::of(&texts.join(" "))
}

/// PostgreSQL names the table in whose policies it goes round, without its schema.
fn recursion(bench: &Bench<'_>, relation: &Relation, sql: &str, refusal: &Refusal) -> Finding {
    let named = std::iter::once(relation)
        .chain(bench.owned_tables())
        .chain(&bench.catalog.relations)
        .find(|table| refusal.message.contains(&format!("\"{}\"", table.name.name)))
        .unwrap_or(relation);
    let object = named.name.to_string();
    let message = format!("a tenant can't read its own rows: {}", refusal.message);
    let attempt = Attempt::reading(&bench.attacker, sql);
    Finding {
        expected: "its own rows".to_owned(),
        replayable: false,
        ..VECTOR.finding(&object, message, refusal.message.clone(), &attempt)
    }
}

/// What refuses the attacker where it has no rows of its own.
async fn without_own(bench: &Bench<'_>, relation: &Relation, sql: &str) -> Result<Option<Refusal>, Error> {
    let Some(Ownership::Tenants(path)) = bench.owners.find(&relation.name).map(|table| &table.ownership)
    else {
        return Ok(None);
    };
    let own = format!(
        "SAVEPOINT own; SET LOCAL session_replication_role = replica; DELETE FROM {} AS t WHERE {} = ANY ({}); \
         SET LOCAL session_replication_role = origin",
        qualified(&relation.name.schema, &relation.name.name),
        literal(bench.identities.first().map_or("", String::as_str)),
        path.owners()
    );
    bench.session.run(&own).await?;
    let seen = act(&bench.session, &bench.attacker, sql).await?;
    bench.session.run("ROLLBACK TO SAVEPOINT own").await?;
    Ok(seen.refused.filter(|refusal| refusal.sqlstate.starts_with("22")))
}

fn broken(bench: &Bench<'_>, relation: &Relation, sql: &str, refusal: &Refusal) -> Finding {
    let object = relation.name.to_string();
    let message = format!("what other tenants have in {object} makes a tenant's SELECT on it fail");
    let attempt = Attempt::reading(&bench.attacker, sql);
    Finding {
        expected: "its own rows, whatever others write".to_owned(),
        replayable: false,
        ..VECTOR.finding(&object, message, refusal.message.clone(), &attempt)
    }
}

/// The columns with free text that a tenant may write.
fn texts<'a>(bench: &'a Bench<'_>, table: &'a Relation) -> impl Iterator<Item = &'a Column> {
    let own = match bench.owners.find(&table.name).map(|table| &table.ownership) {
        Some(Ownership::Tenants(path)) => path.column(),
        _ => "",
    };
    table.columns.iter().filter(move |column| {
        let kind = column.data_type.as_str();
        let is_text = ["text", "json", "jsonb"].contains(&kind) || kind.starts_with("character");
        let may = |privilege| bench.privileges.may_with(privilege, &table.name, &column.name);
        is_text && column.name != own && column.generated.is_none() && (may("INSERT") || may("UPDATE"))
    })
}

/// The victim writes what is no valid number, time or document, and the attacker looks.
async fn spoilt(
    bench: &Bench<'_>,
    table: &Relation,
    column: &Column,
    looks: &[&Relation],
) -> Result<Option<Outcome>, Error> {
    let mut cast = false;
    for value in values(column, looks) {
        for sql in writes(bench, table, column, &value) {
            bench.session.run(attempt::BEGIN).await?;
            let seen = after(bench, table, column, &value, &sql, looks).await;
            bench.session.run("ROLLBACK").await?;
            match seen? {
                After::Refused => {}
                After::Failed { relation, refusal } => {
                    return Ok(Some(Outcome::Found(finding(
                        bench, table, column, &sql, relation, &refusal,
                    ))));
                }
                After::Works { for_the_writer } => {
                    cast |= !for_the_writer;
                    break;
                }
            }
        }
    }
    // The writer's own query fails, so that it is cast, but nobody else's does.
    Ok(cast.then(|| Outcome::Held {
        object: table.name.to_string(),
    }))
}

enum After<'a> {
    /// The victim can't write it.
    Refused,
    Failed {
        relation: &'a Relation,
        refusal: Refusal,
    },
    Works {
        for_the_writer: bool,
    },
}

async fn after<'a>(
    bench: &Bench<'_>,
    table: &Relation,
    column: &Column,
    value: &str,
    sql: &str,
    looks: &[&'a Relation],
) -> Result<After<'a>, Error> {
    let session = &bench.session;
    if act(session, &bench.victim, sql).await?.is_refused() {
        return Ok(After::Refused);
    }
    let written = format!(
        "SELECT FROM {} AS t WHERE t.{}::text = {}::{}::text LIMIT 1",
        qualified(&table.name.schema, &table.name.name),
        identifier(&column.name),
        literal(value),
        column.data_type
    );
    if session.rows(&written).await?.is_empty() {
        return Ok(After::Refused);
    }
    let mut for_the_writer = true;
    for relation in looks {
        let sql = bench.privileges.select(relation);
        // It worked before.
        if let Some(refusal) = act(session, &bench.attacker, &sql).await?.refused {
            return Ok(After::Failed { relation, refusal });
        }
        for_the_writer &= !act(session, &bench.victim, &sql).await?.is_refused();
    }
    Ok(After::Works { for_the_writer })
}

/// What is no valid number, time or label; in a document, at each key that is asked for.
fn values(column: &Column, looks: &[&Relation]) -> Vec<String> {
    if !column.data_type.starts_with("json") {
        return vec!["x".to_owned(), String::new()];
    }
    let mut keys = Vec::new();
    for relation in looks {
        let policies = relation
            .policies
            .iter()
            .flat_map(|policy| [&policy.using, &policy.with_check]);
        for text in policies.chain([&relation.definition]).flatten() {
            keys.extend(Mentions::of(text).json_keys());
        }
    }
    let object: serde_json::Map<String, serde_json::Value> =
        keys.into_iter().map(|key| (key, "x".into())).collect();
    vec![serde_json::Value::Object(object).to_string()]
}

/// Ways in which the victim writes it: into all of its rows, or into one like them.
fn writes(bench: &Bench<'_>, table: &Relation, column: &Column, value: &str) -> Vec<String> {
    let mut all = Vec::new();
    if bench.privileges.may_with("UPDATE", &table.name, &column.name) {
        all.push(format!(
            "UPDATE {} SET {} = {}",
            qualified(&table.name.schema, &table.name.name),
            identifier(&column.name),
            literal(value)
        ));
    }
    if bench.privileges.may_with("INSERT", &table.name, &column.name) {
        let rows = bench.world.table(&table.name.schema, &table.name.name);
        for row in rows.into_iter().flat_map(|rows| rows.of('b')).take(2) {
            let mut row = copy::with(row, &[(column.name.as_str(), Some(value.to_owned()))]);
            // A key would be there already.
            let key = table
                .primary_key()
                .map(|key| key.columns.as_slice())
                .unwrap_or_default();
            let free = key.iter().filter(|name| {
                **name != column.name
                    && !table.constraints.iter().any(|constraint| {
                        constraint.references.is_some() && constraint.columns.contains(name)
                    })
            });
            for name in free {
                let known = row.values.get(name).cloned().flatten().unwrap_or_default();
                if let Some(other) = copy::others(&known).into_iter().next() {
                    row.values.insert(name.clone(), Some(other));
                }
            }
            for named in [Named::WithoutDefaults, Named::All] {
                all.push(copy::insert(bench, table, &row, named, &[column.name.as_str()]));
            }
        }
    }
    all
}

fn finding(
    bench: &Bench<'_>,
    table: &Relation,
    column: &Column,
    sql: &str,
    relation: &Relation,
    refusal: &Refusal,
) -> Finding {
    let object = relation.name.to_string();
    let message = format!(
        "a text that another tenant writes into {}.{} makes a tenant's SELECT on {object} fail",
        table.name, column.name
    );
    let mut world = bench.victim.replay();
    world.push(sql.to_owned());
    world.push("RESET SESSION AUTHORIZATION".to_owned());
    let attempt = Attempt {
        world,
        ..Attempt::reading(&bench.attacker, bench.privileges.select(relation))
    };
    Finding {
        severity: Severity::Error,
        expected: "its own rows, whatever others write".to_owned(),
        replayable: false,
        ..VECTOR.finding(&object, message, refusal.message.clone(), &attempt)
    }
}

#[cfg(test)]
#[path = "availability_tests.rs"]
mod tests;
