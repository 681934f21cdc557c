//! Changing or removing what is written.

use super::attempt::{attackers, attempt, family};
use super::{Guard, MUTABLE, Shown};
use crate::catalog::{Relation, RelationKind};
use crate::claim::{Claim, Severity};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::image::Image;
use crate::prove::mention::Mentions;
use crate::sql::{identifier, literal, qualified};

pub(super) const GUARD: Guard = Guard {
    name: "changing entries",
    rule: MUTABLE,
    about: "The application's role updates, deletes and truncates the log: blindly, column by column, through its partitions \
            and through views of it, also after SET ROLE to each role that it is a member of, and with the log's triggers \
            turned off where it owns it.",
    bad: include_str!("mutable.bad.sql"),
    good: include_str!("mutable.good.sql"),
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
        let why = "no entry could be made to try it on";
        return Ok(vec![GUARD.blind(&object, Severity::Warning, why)]);
    };
    let statements = statements(bench, &entry);
    for who in &attackers {
        for sql in &statements {
            let tried = attempt(bench, "", who, sql).await?;
            let Some(change) = tried.lost() else { continue };
            let observed = if change.new.is_some() {
                "entries were changed"
            } else {
                "entries are gone"
            };
            let role = who.actor.effective();
            let message = format!("{role} can change the log: {observed}");
            let shown = Shown {
                who,
                prepared: &[],
                sql,
                expected: "the entries as before",
                observed,
            };
            return Ok(GUARD.found(&[object], &message, &shown));
        }
    }
    // Who may everything changes it by the same statement.
    let control = "SET LOCAL session_replication_role = replica";
    let delete = format!("DELETE FROM {}", name(bench.log.relation));
    let tried = attempt(bench, control, &bench.owner, &delete).await?;
    Ok(vec![if tried.lost().is_some() {
        GUARD.held(
            &object,
            "the application changes and removes no entry, and it would have been seen to",
        )
    } else {
        GUARD.blind(
            &object,
            Severity::Warning,
            "not even a superuser's DELETE removes an entry",
        )
    }])
}

/// Some entry, column by column as SQL takes it.
pub(super) async fn any_entry(bench: &Bench<'_>) -> Result<Option<Image>, Error> {
    let log = bench.log.relation;
    let columns: Vec<String> = log
        .columns
        .iter()
        .map(|column| format!("t.{}::text", identifier(&column.name)))
        .collect();
    let query = format!("SELECT {} FROM {} AS t LIMIT 1", columns.join(", "), name(log));
    let rows = bench.session.rows(&query).await?;
    let names = log.columns.iter().map(|column| column.name.clone());
    Ok(rows.into_iter().next().map(|row| names.zip(row).collect()))
}

/// The log, its partitions, and views that show it, be it by way of others.
pub(super) fn ways<'a>(bench: &'a Bench<'_>) -> Vec<&'a Relation> {
    let mut ways = family(bench);
    let mut at = 0;
    while let Some(shown) = ways.get(at).copied() {
        let views = bench.terms.catalog.relations.iter().filter(|relation| {
            relation.kind == RelationKind::View
                && relation
                    .definition
                    .as_ref()
                    .is_some_and(|definition| Mentions::of(definition).name(&shown.name))
        });
        let new: Vec<&Relation> = views
            .filter(|view| !ways.iter().any(|known| known.name == view.name))
            .collect();
        ways.extend(new);
        at += 1;
    }
    ways
}

fn name(relation: &Relation) -> String {
    qualified(&relation.name.schema, &relation.name.name)
}

fn statements(bench: &Bench<'_>, entry: &Image) -> Vec<String> {
    let mut statements = Vec::new();
    for relation in ways(bench) {
        let name = name(relation);
        statements.push(format!("DELETE FROM {name}"));
        for column in &relation.columns {
            if column.generated.is_some() || column.identity.as_deref() == Some("always") {
                continue;
            }
            // A value that it may have: what counts is that the row is written.
            let value = match entry.get(&column.name) {
                Some(Some(value)) => literal(value),
                _ => "NULL".to_owned(),
            };
            statements.push(format!(
                "UPDATE {name} SET {} = {value}",
                identifier(&column.name)
            ));
        }
        if relation.kind.is_table() {
            statements.push(format!("TRUNCATE {name} CASCADE"));
            statements.push(format!(
                "ALTER TABLE {name} DISABLE TRIGGER USER; DELETE FROM {name}"
            ));
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::GUARD, "audit.log", "").await;
    }
}
