//! Smuggling rows in.

use super::{Vector, WRITE};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::rows::Row;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "insert",
    rule: WRITE,
    about: "A tenant inserts a row that is another tenant's, without RETURNING, which would bring the SELECT policy to help. \
            The row is one that the other tenant had, taken away before, so that no key stands in the way.",
    bad: include_str!("insert.bad.sql"),
    good: include_str!("insert.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows of the victim that are tried a table: each may meet another branch of a policy.
const MOST: usize = 8;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for relation in bench.owned_tables() {
        let object = relation.name.to_string();
        let attempts = attempts(bench, relation);
        let message = |_: &str| format!("a tenant inserts rows into {object} that are another tenant's");
        outcomes.push(VECTOR.try_each(bench, &object, attempts, message).await?);
    }
    Ok(outcomes)
}

fn attempts(bench: &Bench<'_>, relation: &Relation) -> Vec<Attempt> {
    let rows = bench.world.table(&relation.name.schema, &relation.name.name);
    let mut attempts = Vec::new();
    for row in rows.into_iter().flat_map(|rows| rows.of('b')).take(MOST) {
        let world = vec![take_away(relation, row)];
        // A default and a trigger may fill what is left out; what may not be written must be left out.
        for with_defaults in [true, false] {
            let last = insert(bench, relation, row, with_defaults);
            attempts.push(Attempt {
                world: world.clone(),
                ..Attempt::writing(&bench.attacker, last)
            });
        }
    }
    attempts
}

/// Removes one row as a replica would, without triggers, keys and rules.
pub(super) fn take_away(relation: &Relation, row: &Row) -> String {
    let same: Vec<String> = row
        .values
        .iter()
        .map(|(column, value)| match value {
            Some(value) => format!("{}::text = {}", identifier(column), literal(value)),
            None => format!("{} IS NULL", identifier(column)),
        })
        .collect();
    format!(
        "SET LOCAL session_replication_role = replica; DELETE FROM {} WHERE {}; SET LOCAL session_replication_role = origin",
        qualified(&relation.name.schema, &relation.name.name),
        same.join(" AND ")
    )
}

fn insert(bench: &Bench<'_>, relation: &Relation, row: &Row, with_defaults: bool) -> String {
    let granted = bench.privileges.may("INSERT", &relation.name);
    let values: Vec<(&String, &Option<String>)> = row
        .values
        .iter()
        .filter(|(name, _)| {
            relation.column(name).is_some_and(|column| {
                column.generated.is_none()
                    && (with_defaults || column.default.is_none() && column.identity.is_none())
                    && (granted || with_defaults || bench.privileges.may_with("INSERT", &relation.name, name))
            })
        })
        .collect();
    let name = qualified(&relation.name.schema, &relation.name.name);
    if values.is_empty() {
        return format!("INSERT INTO {name} DEFAULT VALUES");
    }
    let columns: Vec<String> = values.iter().map(|(name, _)| identifier(name)).collect();
    let values: Vec<String> = values
        .iter()
        .map(|(_, value)| {
            value
                .as_ref()
                .map_or_else(|| "NULL".to_owned(), |value| literal(value))
        })
        .collect();
    format!(
        "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
        columns.join(", "),
        values.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
    }
}
