//! Writing by INSERT ON CONFLICT and MERGE.

use super::copy::{self, Named, nullable};
use super::{Vector, WRITE};
use crate::catalog::{ConstraintKind, Relation};
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::sql::{identifier, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "upsert and merge",
    rule: WRITE,
    about: "A tenant inserts a row of its own under a key of the other's with ON CONFLICT DO UPDATE, and merges into the \
            whole table. The others' rows must be as before.",
    bad: include_str!("upsert.bad.sql"),
    good: include_str!("upsert.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows of the other's whose keys are tried.
const MOST: usize = 2;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let version = bench.session.rows("SHOW server_version_num").await?;
    let version: u32 = version
        .into_iter()
        .flatten()
        .flatten()
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    for relation in bench.owned_tables() {
        let may = |privilege: &str| {
            relation
                .columns
                .iter()
                .any(|column| bench.privileges.may_with(privilege, &relation.name, &column.name))
        };
        // Without these there is nothing that other vectors did not try.
        if !may("UPDATE") && !bench.privileges.may("DELETE", &relation.name) {
            continue;
        }
        let object = relation.name.to_string();
        for attempt in attempts(bench, relation, version) {
            if let Verdict::Leak {
                observed, changes, ..
            } = bench.attempt(&attempt).await?
                && changes.iter().any(|change| !change.shared)
            {
                let message =
                    format!("a tenant's upsert or MERGE on {object} reaches beyond its own: {observed}");
                outcomes.push(Outcome::Found(
                    VECTOR.finding(&object, message, observed, &attempt),
                ));
                break;
            }
        }
    }
    Ok(outcomes)
}

fn attempts(bench: &Bench<'_>, relation: &Relation, version: u32) -> Vec<Attempt> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let rows = bench.world.table(&relation.name.schema, &relation.name.name);
    let mine = rows.and_then(|rows| rows.of('a').next());
    let mut statements = Vec::new();
    for theirs in rows.into_iter().flat_map(|rows| rows.of('b')).take(MOST) {
        let (Some(mine), true) = (mine, theirs.values.len() == relation.columns.len()) else {
            continue;
        };
        let keys = relation.constraints.iter().filter(|constraint| {
            matches!(
                constraint.kind,
                ConstraintKind::PrimaryKey | ConstraintKind::Unique
            )
        });
        for key in keys {
            let changes: Vec<(&str, Option<String>)> = key
                .columns
                .iter()
                .map(|column| (column.as_str(), theirs.values.get(column).cloned().flatten()))
                .collect();
            let columns: Vec<&str> = key.columns.iter().map(String::as_str).collect();
            let names: Vec<String> = key.columns.iter().map(|column| identifier(column)).collect();
            let row = copy::with(mine, &changes);
            let set = relation
                .columns
                .iter()
                .find(|column| {
                    !key.columns.contains(&column.name)
                        && column.generated.is_none()
                        && bench.privileges.may_with("UPDATE", &relation.name, &column.name)
                })
                .map(|column| identifier(&column.name));
            if let Some(set) = set {
                statements.push(format!(
                    "{} ON CONFLICT ({}) DO UPDATE SET {set} = excluded.{set}",
                    copy::insert(bench, relation, &row, Named::All, &columns),
                    names.join(", ")
                ));
            }
        }
    }
    if version >= 150_000 {
        let merge = format!("MERGE INTO {name} USING (VALUES (1)) AS s (n) ON");
        let sources: &[(&str, &str)] = if version >= 170_000 {
            &[("true", "MATCHED"), ("false", "NOT MATCHED BY SOURCE")]
        } else {
            &[("true", "MATCHED")]
        };
        for (on, when) in sources {
            statements.push(format!("{merge} {on} WHEN {when} THEN DELETE"));
            for column in &relation.columns {
                let granted = bench.privileges.may_with("UPDATE", &relation.name, &column.name);
                if column.generated.is_none() && granted {
                    let value = bench.values(relation, &column.name).into_iter().next().flatten();
                    statements.push(format!(
                        "{merge} {on} WHEN {when} THEN UPDATE SET {} = {}",
                        identifier(&column.name),
                        nullable(value.as_deref())
                    ));
                }
            }
        }
    }
    statements
        .into_iter()
        .map(|sql| Attempt::writing(&bench.attacker, sql))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::example::claims;
    use crate::claim::Verdict;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        let found = |claims: &[crate::claim::Claim]| {
            claims
                .iter()
                .any(|claim| claim.verdict == Verdict::Violated && claim.subject == super::VECTOR.name)
        };
        let broken = claims(&[super::VECTOR.bad], "").await;
        assert!(found(&broken), "{broken:#?}");
        let mended = claims(&[super::VECTOR.bad, super::VECTOR.good], "").await;
        assert!(!found(&mended), "{mended:#?}");
    }
}
