//! Changing rows blindly.

use super::{Vector, WRITE, insert};
use crate::catalog::{Column, ConstraintKind, Relation};
use crate::error::Error;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::isolation::privileges::Privileges;
use crate::rows::Row;
use crate::sql::{identifier, literal_or_null, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "update",
    rule: WRITE,
    about: "A tenant sets each column to a constant, without WHERE and RETURNING, which would bring the SELECT policy to \
            help. Other tenants' rows must stay, and none of its own may become theirs.",
    bad: include_str!("update.bad.sql"),
    good: include_str!("update.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Values that are tried a column.
const MOST: usize = 6;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for relation in bench.guarded_tables() {
        let object = relation.name.to_string();
        let message =
            |observed: &str| format!("a tenant's UPDATE of {object} reaches beyond its own: {observed}");
        outcomes.push(
            VECTOR
                .try_each(bench, &object, attempts(bench, relation), message)
                .await?,
        );
    }
    Ok(outcomes)
}

/// Every statement, and those of keys in worlds of one row.
pub(super) fn attempts(bench: &Bench<'_>, relation: &Relation) -> Vec<Attempt> {
    let mut statements: Vec<String> = updates(bench, relation).into_iter().map(|(_, sql)| sql).collect();
    let with_clauses = statements
        .first()
        .map(|first| [format!("{first} WHERE true"), format!("{first} RETURNING *")]);
    statements.extend(with_clauses.into_iter().flatten());
    let mut attempts: Vec<Attempt> = statements
        .into_iter()
        .map(|sql| Attempt::writing(&bench.attacker, sql))
        .collect();
    attempts.extend(give_away(bench, relation));
    // Two rows can't have one key: the same in worlds with one row alone, to which nothing points.
    for world in lonely(bench, relation) {
        for (_, sql) in updates(bench, relation)
            .into_iter()
            .filter(|(column, _)| is_key(relation, column))
        {
            attempts.push(Attempt {
                world: vec![world.clone()],
                ..Attempt::writing(&bench.attacker, sql)
            });
        }
    }
    attempts
}

/// One of the attacker's rows, set to be another tenant's in all columns at once that a foreign key ties together.
fn give_away(bench: &Bench<'_>, relation: &Relation) -> Option<Attempt> {
    let rows = bench.world.table(&relation.name.schema, &relation.name.name)?;
    let (mine, theirs) = (rows.of('a').next()?, rows.of('b').next()?);
    let sets: Vec<String> = insert::belonging(relation, &insert::owner_column(bench, relation))
        .into_iter()
        .filter_map(|column| {
            let value = theirs.values.get(&column)?;
            Some(format!(
                "{} = {}",
                identifier(&column),
                literal_or_null(value.as_deref())
            ))
        })
        .collect();
    if sets.len() < 2 {
        return None;
    }
    let name = qualified(&relation.name.schema, &relation.name.name);
    Some(Attempt {
        world: vec![only(bench, relation, mine)],
        ..Attempt::writing(&bench.attacker, format!("UPDATE {name} SET {}", sets.join(", ")))
    })
}

/// Worlds in which the table has one row: of the other tenant's, of the attacker's, of nobody's.
fn lonely(bench: &Bench<'_>, relation: &Relation) -> Vec<String> {
    let Some(rows) = bench.world.table(&relation.name.schema, &relation.name.name) else {
        return Vec::new();
    };
    [Some('b'), Some('a'), None]
        .iter()
        .filter_map(|tenant| rows.rows.iter().find(|row| row.tenant == *tenant))
        .map(|row| only(bench, relation, row))
        .collect()
}

fn only(bench: &Bench<'_>, relation: &Relation, row: &Row) -> String {
    format!(
        "SET LOCAL session_replication_role = replica; DELETE FROM {} WHERE ({}) IS NOT TRUE; {}; \
         SET LOCAL session_replication_role = origin",
        qualified(&relation.name.schema, &relation.name.name),
        insert::same(row),
        super::delete::children(bench, relation)
    )
}

fn is_key(relation: &Relation, column: &str) -> bool {
    let keys = [
        ConstraintKind::PrimaryKey,
        ConstraintKind::Unique,
        ConstraintKind::ForeignKey,
        ConstraintKind::Exclude,
    ];
    relation.constrains(column, &keys) || relation.is_in_unique_index(column)
}

/// The columns that a role may set to a constant without meeting a key of the table's own.
pub(super) fn plain_columns<'r>(
    relation: &'r Relation,
    privileges: &'r Privileges,
) -> impl Iterator<Item = &'r Column> {
    relation.columns.iter().filter(|column| {
        column.generated.is_none()
            && column.identity.is_none()
            && !relation
                .primary_key()
                .is_some_and(|key| key.columns.contains(&column.name))
            && privileges.may_with("UPDATE", &relation.name, &column.name)
    })
}

/// Statements that set a column to so many values that some row has there. Constants: what reads a column brings the
/// SELECT policy to help.
pub(super) fn constants(bench: &Bench<'_>, relation: &Relation, column: &Column, most: usize) -> Vec<String> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let values = bench.values(relation, &column.name).into_iter().take(most);
    values
        .map(|value| {
            let value = literal_or_null(value.as_deref());
            format!("UPDATE {name} SET {} = {value}", identifier(&column.name))
        })
        .collect()
}

/// Each column that the attacker may write, and a statement that sets it to each kind of value that some row has there.
pub(super) fn updates(bench: &Bench<'_>, relation: &Relation) -> Vec<(String, String)> {
    let writable =
        |column: &&Column| column.generated.is_none() && column.identity.as_deref() != Some("always");
    let granted: Vec<&Column> = relation
        .columns
        .iter()
        .filter(writable)
        .filter(|column| bench.privileges.may_with("UPDATE", &relation.name, &column.name))
        .collect();
    // With no grant at all the attempts still show that the judge would see them.
    let columns = if granted.is_empty() {
        relation.columns.iter().filter(writable).collect()
    } else {
        granted
    };
    let mut statements = Vec::new();
    for column in columns {
        let updates = constants(bench, relation, column, MOST);
        statements.extend(updates.into_iter().map(|sql| (column.name.clone(), sql)));
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
    }
}
