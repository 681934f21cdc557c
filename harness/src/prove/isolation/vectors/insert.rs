//! Smuggling rows in.

use super::{Vector, WRITE};
use crate::catalog::{ConstraintKind, Policy, Relation};
use crate::error::Error;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::rows::{Owner, Row};
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
    for relation in bench.guarded_tables() {
        let object = relation.name.to_string();
        let attempts = attempts(bench, relation);
        let message = |_: &str| format!("a tenant inserts rows into {object} that are not its own");
        outcomes.push(VECTOR.try_each(bench, &object, attempts, message).await?);
    }
    Ok(outcomes)
}

/// Rows that are not the attacker's, each in the forms in which it might go in.
pub(super) fn attempts(bench: &Bench<'_>, relation: &Relation) -> Vec<Attempt> {
    let Some(rows) = bench.world.table(&relation.name.schema, &relation.name.name) else {
        return Vec::new();
    };
    let mut attempts = Vec::new();
    let mut add = |taken: &Row, row: &Row| {
        // A default and a trigger may fill what is left out; what may not be written must be left out.
        for with_defaults in [true, false] {
            let last = insert(bench, relation, row, with_defaults);
            let attempt = Attempt {
                world: vec![take_away(relation, taken)],
                ..Attempt::writing(&bench.attacker, last)
            };
            if !attempts.contains(&attempt) {
                attempts.push(attempt);
            }
        }
    };
    let owner = owner_column(bench, relation);
    for row in rows.of('b').take(MOST) {
        add(row, row);
        add(row, &signed(bench, relation, row, &owner));
    }
    if let (Some(mine), Some(theirs)) = (rows.of('a').next(), rows.of('b').next()) {
        add(mine, &moved(relation, mine, theirs, &owner));
    }
    // Shared rows, and those of nobody.
    rows.rows
        .iter()
        .filter(|row| row.tenant.is_none())
        .take(MOST)
        .for_each(|row| add(row, row));
    attempts
}

/// Statements that insert a row of the attacker's own, as it is and with the attacker as its author.
pub(super) fn own(bench: &Bench<'_>, relation: &Relation) -> Vec<String> {
    let rows = bench.world.table(&relation.name.schema, &relation.name.name);
    let mine = rows.into_iter().flat_map(|rows| rows.of('a')).take(2);
    mine.flat_map(|row| [row.clone(), signed(bench, relation, row, "")])
        .flat_map(|row| [true, false].map(|with_defaults| insert(bench, relation, &row, with_defaults)))
        .collect()
}

/// The other tenant's row with the attacker as its author: wherever a policy looks at a column that could name a tenant,
/// but for the one that makes the row the other's.
fn signed(bench: &Bench<'_>, relation: &Relation, row: &Row, owner: &str) -> Row {
    let keys = bench.owners.key_types(bench.catalog);
    let mut row = row.clone();
    for (name, value) in &mut row.values {
        let looked_at = || {
            let of_key_type = relation
                .column(name)
                .is_some_and(|column| keys.contains(&column.data_type));
            of_key_type && relation.policies.iter().any(|policy| mentions(policy, name))
        };
        if name != owner && (value.as_ref() == bench.identities.get(1) || looked_at()) {
            *value = bench.identities.first().cloned();
        }
    }
    row
}

fn mentions(policy: &Policy, column: &str) -> bool {
    policy
        .using
        .iter()
        .chain(&policy.with_check)
        .any(|text| text.contains(column))
}

/// A row of the attacker's with what makes it somebody's from another's, along with the keys that this belongs to.
fn moved(relation: &Relation, mine: &Row, theirs: &Row, owner: &str) -> Row {
    let mut row = mine.clone();
    for column in belonging(relation, owner) {
        if let Some(value) = theirs.values.get(&column) {
            row.values.insert(column, value.clone());
        }
    }
    row
}

/// The column that makes a row somebody's, and those that it shares a foreign key with.
pub(super) fn belonging(relation: &Relation, owner: &str) -> Vec<String> {
    let mut columns = vec![owner.to_owned()];
    for constraint in relation
        .constraints
        .iter()
        .filter(|constraint| constraint.kind == ConstraintKind::ForeignKey)
    {
        if constraint.columns.iter().any(|column| column == owner) {
            columns.extend(
                constraint
                    .columns
                    .iter()
                    .filter(|column| *column != owner)
                    .cloned(),
            );
        }
    }
    columns
}

/// The column that makes a row of the table somebody's; empty where none does.
pub(super) fn owner_column(bench: &Bench<'_>, relation: &Relation) -> String {
    match bench.owners.owner(relation) {
        Owner::Column(column) | Owner::Parent { column, .. } => column,
        Owner::None => String::new(),
    }
}

/// Removes one row as a replica would, without triggers, keys and rules.
pub(in crate::prove::isolation) fn take_away(relation: &Relation, row: &Row) -> String {
    format!(
        "SET LOCAL session_replication_role = replica; DELETE FROM {} WHERE {}; SET LOCAL session_replication_role = origin",
        qualified(&relation.name.schema, &relation.name.name),
        same(row)
    )
}

/// True for that row.
pub(super) fn same(row: &Row) -> String {
    let columns: Vec<String> = row
        .values
        .iter()
        .map(|(column, value)| match value {
            Some(value) => format!("{}::text = {}", identifier(column), literal(value)),
            None => format!("{} IS NULL", identifier(column)),
        })
        .collect();
    columns.join(" AND ")
}

pub(super) fn insert(bench: &Bench<'_>, relation: &Relation, row: &Row, with_defaults: bool) -> String {
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
