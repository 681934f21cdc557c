//! Notifications: every session may listen, and no policy is asked.

use super::copy::{self, Named};
use super::{READ, Vector, insert, pooled};
use crate::catalog::{ConstraintKind, Function, Relation};
use crate::error::Error;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::isolation::ownership::Ownership;
use crate::prove::session::{Session, short};
use crate::rows::Canary;
use crate::sql::{identifier, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "notify",
    rule: READ,
    about: "A tenant listens while another one writes: what a trigger puts into the payload of a notification is heard by \
            every session. Tried with real commits.",
    bad: include_str!("notify.bad.sql"),
    good: include_str!("notify.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    let notifies = |function: &&Function| pooled::words(function).any(&["pg_notify", "notify"]);
    for function in bench.catalog.functions.iter().filter(notifies) {
        let mut of_function = Vec::new();
        for table in bench.owned_tables() {
            let fires = table
                .triggers
                .iter()
                .any(|trigger| trigger.function == function.name);
            if fires {
                of_function.extend(listen(bench, function, table).await?);
            }
        }
        outcomes.extend(Outcome::worst(of_function));
    }
    Ok(outcomes)
}

/// What is heard of the victim's writes. None: nothing is.
async fn listen(bench: &Bench<'_>, function: &Function, table: &Relation) -> Result<Option<Outcome>, Error> {
    let object = function.signature();
    let database = bench.own_clone().await?;
    // What it takes to listen is a connection, whoever's.
    let (writer, listener) = (Session::open(&database).await?, Session::open(&database).await?);
    for channel in channels(bench, function) {
        listener.send(&format!("LISTEN {}", identifier(&channel))).await?;
    }
    let mut heard = Vec::new();
    for (world, sql) in writes(bench, table) {
        let enter = bench.victim.enter();
        let seen = writer
            .send(&format!("BEGIN; {world}; {enter}\n; {sql}\n; COMMIT"))
            .await?;
        if seen.is_refused() {
            writer.run("ROLLBACK").await?;
            continue;
        }
        // Twice, since a notification may arrive after the first answer.
        for _ in 0..2 {
            heard.extend(listener.send("SELECT").await?.heard);
        }
        let leaked = heard.iter().find(|heard| {
            bench
                .world
                .canaries('b')
                .any(|canary| tells(bench, canary) && heard.contains(&canary.text))
        });
        if let Some(leaked) = leaked {
            let message = format!(
                "{object} notifies every session that listens of what a tenant writes into {}",
                table.name
            );
            let attempt = Attempt {
                world: vec![world],
                ..Attempt::writing(&bench.victim, sql)
            };
            let observed = short(leaked);
            return Ok(Some(Outcome::Found(Finding {
                expected: "a payload without anything of the row's content".to_owned(),
                replayable: false,
                ..VECTOR.finding(&object, message, observed, &attempt)
            })));
        }
    }
    Ok((!heard.is_empty()).then_some(Outcome::Held { object }))
}

/// Whether it is content: keys say which row it is, and whose.
fn tells(bench: &Bench<'_>, canary: &Canary) -> bool {
    let Some(relation) = bench.catalog.relation(&canary.table.schema, &canary.table.name) else {
        return false;
    };
    let is_key = relation.constraints.iter().any(|constraint| {
        [ConstraintKind::PrimaryKey, ConstraintKind::ForeignKey].contains(&constraint.kind)
            && constraint.columns.contains(&canary.column)
    });
    let is_tenant = match bench.owners.find(&canary.table).map(|table| &table.ownership) {
        Some(Ownership::Tenants(path)) => path.column() == canary.column,
        _ => true,
    };
    !is_key && !is_tenant
}

/// The channels that the body names, and what it may make of their names with a tenant.
fn channels(bench: &Bench<'_>, function: &Function) -> Vec<String> {
    let body = function.body.as_deref().unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for (at, _) in body.to_ascii_lowercase().match_indices("notify") {
        let rest = body[at + "notify".len()..].trim_start();
        let name = match rest.strip_prefix('(') {
            Some(arguments) => arguments
                .trim_start()
                .strip_prefix('\'')
                .and_then(|rest| rest.split('\'').next()),
            None => rest
                .split(|letter: char| !(letter.is_alphanumeric() || "_\"".contains(letter)))
                .next(),
        };
        names.extend(
            name.filter(|name| !name.is_empty())
                .map(|name| name.trim_matches('"').to_owned()),
        );
    }
    let victim = bench.identities.get(1).cloned().unwrap_or_default();
    let of_tenant: Vec<String> = names.iter().map(|name| format!("{name}{victim}")).collect();
    names.extend(of_tenant);
    names.push(victim);
    // The server keeps no more of a name.
    names.retain(|name| name.len() < 64);
    names
}

/// A row of the victim's made anew, changed and removed: first what a superuser does, then what the victim does.
fn writes(bench: &Bench<'_>, table: &Relation) -> Vec<(String, String)> {
    let name = qualified(&table.name.schema, &table.name.name);
    let mut all = Vec::new();
    let rows = bench.world.table(&table.name.schema, &table.name.name);
    for row in rows.into_iter().flat_map(|rows| rows.of('b')).take(1) {
        for named in [Named::All, Named::WithoutDefaults] {
            all.push((
                insert::take_away(table, row),
                copy::insert(bench, table, row, named, &[]),
            ));
        }
    }
    let updated = table.columns.iter().find(|column| {
        column.generated.is_none() && bench.privileges.may_with("UPDATE", &table.name, &column.name)
    });
    if let Some(column) = updated {
        let column = identifier(&column.name);
        all.push((String::new(), format!("UPDATE {name} SET {column} = {column}")));
    }
    all.push((String::new(), format!("DELETE FROM {name}")));
    all
}

#[cfg(test)]
#[path = "notify_tests.rs"]
mod tests;
