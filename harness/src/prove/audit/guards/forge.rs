//! Writing entries of what never happened.

use super::attempt::{attackers, attempt};
use super::mutable::{any_entry, ways};
use super::{FORGEABLE, Guard, Shown};
use crate::catalog::Relation;
use crate::claim::{Claim, Severity};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::image::Image;
use crate::sql::{identifier, literal_or_null, qualified};

pub(super) const GUARD: Guard = Guard {
    name: "forged entries",
    rule: FORGEABLE,
    about: "The application's role inserts an entry of its own that names somebody else as the actor: into the log, its \
            partitions and views of it, also after SET ROLE to each role that it is a member of.",
    bad: include_str!("forge.bad.sql"),
    good: include_str!("forge.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let object = bench.log.relation.name.to_string();
    let attackers = attackers(bench);
    if attackers.is_empty() {
        let why = "the contract names no app_role";
        return Ok(vec![GUARD.blind(&object, Severity::Info, why)]);
    }
    let Some(entry) = any_entry(bench).await? else {
        let why = "no entry could be made to copy";
        return Ok(vec![GUARD.blind(&object, Severity::Warning, why)]);
    };
    let statements = statements(bench, &entry);
    for who in &attackers {
        for sql in &statements {
            if attempt(bench, "", who, sql).await?.added().is_none() {
                continue;
            }
            let role = who.actor.effective();
            let message =
                format!("{role} can write an entry of what never happened, in somebody else's name");
            let shown = Shown {
                who,
                prepared: &[],
                sql,
                expected: "permission denied",
                observed: "the entry is in the log",
            };
            return Ok(GUARD.found(&[object], &message, &shown));
        }
    }
    let control = "SET LOCAL session_replication_role = replica";
    for sql in &statements {
        if attempt(bench, control, &bench.owner, sql)
            .await?
            .added()
            .is_some()
        {
            return Ok(vec![GUARD.held(
                &object,
                "the application writes no entry of its own, and it would have been seen to",
            )]);
        }
    }
    let why = "not even a superuser could insert a copy of an entry";
    Ok(vec![GUARD.blind(&object, Severity::Warning, why)])
}

fn statements(bench: &Bench<'_>, entry: &Image) -> Vec<String> {
    let mut entry = entry.clone();
    let actor = bench.log.column("actor").zip(bench.other.names.first());
    if let Some((column, name)) = actor {
        entry.insert(column.to_owned(), Some(name.clone()));
    }
    let ways = ways(bench);
    ways.iter()
        .flat_map(|relation| [true, false].map(|with_defaults| insert(relation, &entry, with_defaults)))
        .flatten()
        .collect()
}

/// None: the relation has no column that an entry has, as a view that only counts them.
fn insert(relation: &Relation, entry: &Image, with_defaults: bool) -> Option<String> {
    let given: Vec<(&str, &Option<String>)> = relation
        .columns
        .iter()
        .filter(|column| {
            column.generated.is_none()
                && (with_defaults || column.default.is_none() && column.identity.is_none())
        })
        .filter_map(|column| Some((column.name.as_str(), entry.get(&column.name)?)))
        .collect();
    if given.is_empty() {
        return None;
    }
    let name = qualified(&relation.name.schema, &relation.name.name);
    let columns: Vec<String> = given.iter().map(|(name, _)| identifier(name)).collect();
    let values: Vec<String> = given
        .iter()
        .map(|(_, value)| literal_or_null(value.as_deref()))
        .collect();
    Some(format!(
        "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
        columns.join(", "),
        values.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::GUARD, "audit.log", "").await;
    }
}
