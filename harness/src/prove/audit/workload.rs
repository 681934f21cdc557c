//! The statements that are tried, and what is cleared away before them.

use crate::catalog::{Catalog, ConstraintKind, Name, Relation};
use crate::rows::Row;
use crate::sql::{identifier, literal, literal_or_null, qualified};

use super::terms;

/// The table, quoted.
pub(super) fn sql(table: &Relation) -> String {
    qualified(&table.name.schema, &table.name.name)
}

/// True for that row: by its key, else by all that it holds.
pub(super) fn is_row(table: &Relation, row: &Row) -> String {
    let key = terms::key(table);
    let by_key = |column: &String| {
        Some(format!(
            "{} = {}",
            identifier(column),
            literal(row.values.get(column)?.as_ref()?)
        ))
    };
    let conditions: Option<Vec<String>> = key.iter().map(by_key).collect();
    match conditions.filter(|conditions| !conditions.is_empty()) {
        Some(conditions) => conditions.join(" AND "),
        None => row
            .values
            .iter()
            .map(|(column, value)| match value {
                Some(value) => format!("{}::text = {}", identifier(column), literal(value)),
                None => format!("{} IS NULL", identifier(column)),
            })
            .collect::<Vec<_>>()
            .join(" AND "),
    }
}

/// Inserts that row, all of it or without what the table fills in itself.
pub(super) fn insert(table: &Relation, row: &Row, with_defaults: bool) -> String {
    inserts(table, &[row], with_defaults)
}

/// Inserts those rows with one statement.
pub(super) fn inserts(table: &Relation, rows: &[&Row], with_defaults: bool) -> String {
    let columns: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| {
            column.generated.is_none()
                && (with_defaults || column.default.is_none() && column.identity.is_none())
        })
        .map(|column| column.name.as_str())
        .filter(|column| rows.iter().all(|row| row.values.contains_key(*column)))
        .collect();
    if columns.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", sql(table));
    }
    let values: Vec<String> = rows
        .iter()
        .map(|row| {
            let values: Vec<String> = columns
                .iter()
                .map(|column| literal_or_null(row.values.get(*column).and_then(|value| value.as_deref())))
                .collect();
            format!("({})", values.join(", "))
        })
        .collect();
    let columns: Vec<String> = columns.into_iter().map(identifier).collect();
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES {}",
        sql(table),
        columns.join(", "),
        values.join(", ")
    )
}

/// Removes a row.
pub(super) fn take_away(table: &Relation, row: &Row) -> String {
    format!("DELETE FROM {} WHERE {}", sql(table), is_row(table, row))
}

/// Removes the rows of every table whose foreign keys lead to this one; empty where none does.
pub(super) fn without_children(catalog: &Catalog, table: &Relation) -> String {
    let mut reached: Vec<&Name> = vec![&table.name];
    let mut at = 0;
    while let Some(parent) = reached.get(at).copied() {
        for child in &catalog.relations {
            let points = child.constraints.iter().any(|constraint| {
                constraint.kind == ConstraintKind::ForeignKey
                    && constraint
                        .references
                        .as_ref()
                        .is_some_and(|reference| reference.relation == *parent)
            });
            if points && !reached.contains(&&child.name) {
                reached.push(&child.name);
            }
        }
        at += 1;
    }
    let deletes: Vec<String> = reached[1..]
        .iter()
        .map(|name| format!("DELETE FROM {}", qualified(&name.schema, &name.name)))
        .collect();
    deletes.join("; ")
}
