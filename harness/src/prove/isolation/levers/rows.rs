//! The statements by which a tenant changes rows of its own on which something depends.

use std::collections::BTreeMap;

use super::deciding::Deciding;
use crate::catalog::{Column, ConstraintKind, Relation, TypeKind};
use crate::prove::isolation::bench::Bench;
use crate::rows::Row;
use crate::sql::{identifier, literal, literal_or_null, qualified};

/// Values that are tried a column, rows that are copied a table, and statements in all.
const VALUES: usize = 8;
const ROWS: usize = 6;
const MOST: usize = 80;

type Values = BTreeMap<String, Option<String>>;

/// All statements for one table, without doubles.
pub(super) fn statements(bench: &Bench<'_>, deciding: &Deciding, relation: &Relation) -> Vec<String> {
    let mut found = updates(bench, deciding, relation);
    let name = &relation.name;
    if relation
        .columns
        .iter()
        .any(|column| bench.privileges.may_with("INSERT", name, &column.name))
    {
        found.extend(inserts(bench, deciding, relation));
    }
    if bench.privileges.may("DELETE", name) {
        found.push(format!("DELETE FROM {}", qualified(&name.schema, &name.name)));
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|statement| seen.insert(statement.clone()));
    found.truncate(MOST);
    found
}

fn updates(bench: &Bench<'_>, deciding: &Deciding, relation: &Relation) -> Vec<String> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let mut found = Vec::new();
    // Where all rows at once meet a key, one will do.
    let one = rows_of(bench, relation, 'a')
        .first()
        .and_then(|row| one_row(bench, relation, row));
    for column in relation.columns.iter().filter(|column| is_writable(column)) {
        if !bench.privileges.may_with("UPDATE", &relation.name, &column.name)
            || !deciding.names_column(relation, &column.name)
        {
            continue;
        }
        for value in values(bench, relation, column) {
            let value = literal_or_null(value.as_deref());
            let update = format!("UPDATE {name} SET {} = {value}", identifier(&column.name));
            if is_key(relation, &column.name)
                && let Some(one) = &one
            {
                found.push(format!("{update} WHERE {one}"));
            }
            found.push(update);
        }
    }
    found
}

/// Rows of the victim's made one's own, and one's own rows with a value of the victim's.
fn inserts(bench: &Bench<'_>, deciding: &Deciding, relation: &Relation) -> Vec<String> {
    let [mine, theirs] = [0, 1].map(|at| bench.identities[at].clone());
    let victims = rows_of(bench, relation, 'b');
    let types = bench.owners.key_types(bench.catalog);
    let mut found = Vec::new();
    for row in victims.iter().take(ROWS) {
        let mut values = row.values.clone();
        for value in values
            .values_mut()
            .filter(|value| value.as_deref() == Some(&theirs))
        {
            *value = Some(mine.clone());
        }
        found.push(insert(bench, relation, values));
    }
    for row in rows_of(bench, relation, 'a').iter().take(2) {
        for column in relation.columns.iter().filter(|column| is_writable(column)) {
            if !deciding.names_column(relation, &column.name) {
                continue;
            }
            let mut tried: Vec<Option<String>> = vec![row.values.get(&column.name).cloned().flatten()];
            let identity = (types.contains(&column.data_type)).then(|| Some(theirs.clone()));
            let others = victims
                .iter()
                .filter_map(|other| other.values.get(&column.name).cloned());
            let pointed = super::calls::keys_alike(bench, &column.data_type, &column.name);
            for value in identity
                .into_iter()
                .chain(pointed.into_iter().take(2).map(Some))
                .chain(others)
            {
                if tried.contains(&value) || tried.len() > 4 {
                    continue;
                }
                tried.push(value.clone());
                let mut values = row.values.clone();
                values.insert(column.name.clone(), value);
                found.push(insert(bench, relation, values));
            }
        }
    }
    found
}

/// A new row: what makes its own key does, and a key that some row has is changed.
fn insert(bench: &Bench<'_>, relation: &Relation, mut values: Values) -> String {
    let key: &[String] = relation.primary_key().map_or(&[], |key| &key.columns);
    let left_out = |column: &&Column| {
        !is_writable(column)
            || !bench.privileges.may_with("INSERT", &relation.name, &column.name)
            || key.contains(&column.name)
                && !points(relation, &column.name)
                && (column.default.is_some() || column.identity.is_some())
    };
    let columns: Vec<&Column> = relation
        .columns
        .iter()
        .filter(|column| !left_out(column))
        .collect();
    let given = |column: &str| columns.iter().any(|known| known.name == column);
    let rows = bench.world.table(&relation.name.schema, &relation.name.name);
    for constraint in &relation.constraints {
        if !matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey | ConstraintKind::Unique
        ) || !constraint.columns.iter().all(|column| given(column))
        {
            continue;
        }
        let same = |row: &Row| {
            constraint
                .columns
                .iter()
                .all(|column| row.values.get(column) == values.get(column))
        };
        if rows.is_some_and(|rows| rows.rows.iter().any(same)) {
            let free = constraint.columns.iter().find(|column| {
                !points(relation, column)
                    && !bench
                        .identities
                        .iter()
                        .any(|id| values.get(*column) == Some(&Some(id.clone())))
            });
            let fresh = free
                .and_then(|column| relation.column(column))
                .and_then(|column| {
                    Some((
                        column.name.clone(),
                        fresh(column, values.get(&column.name)?.as_deref())?,
                    ))
                });
            values.extend(fresh.map(|(column, value)| (column, Some(value))));
        }
    }
    let name = qualified(&relation.name.schema, &relation.name.name);
    if columns.is_empty() {
        return format!("INSERT INTO {name} DEFAULT VALUES");
    }
    let names: Vec<String> = columns.iter().map(|column| identifier(&column.name)).collect();
    let values: Vec<String> = columns
        .iter()
        .map(|column| match values.get(&column.name) {
            Some(Some(value)) => literal(value),
            _ => "NULL".to_owned(),
        })
        .collect();
    format!(
        "INSERT INTO {name} ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    )
}

/// A value that no row has, where the type is one of those that keys are made of.
fn fresh(column: &Column, like: Option<&str>) -> Option<String> {
    let base = column.data_type.split('(').next().unwrap_or_default();
    match base {
        "uuid" => Some("5a5a5a5a-0000-4000-8000-0000000000aa".to_owned()),
        "smallint" => Some("31999".to_owned()),
        "integer" | "bigint" | "numeric" => Some("987654321".to_owned()),
        "text" | "character varying" | "citext" => Some(format!("{}x", like.unwrap_or("new"))),
        _ => None,
    }
}

/// What a column of an own row is set to: what other rows have there, B's first, its identity, and what a type offers.
fn values(bench: &Bench<'_>, relation: &Relation, column: &Column) -> Vec<Option<String>> {
    let mut found: Vec<Option<String>> = Vec::new();
    let labels = bench
        .catalog
        .types
        .iter()
        .filter(|known| known.kind == TypeKind::Enum && known.name.to_string() == column.data_type)
        .flat_map(|known| known.labels.iter().flatten().cloned());
    found.extend(labels.map(Some));
    if column.data_type == "boolean" {
        found.extend(["true", "false"].map(|value| Some(value.to_owned())));
    }
    let mut all = bench.values(relation, &column.name);
    all.truncate(VALUES);
    if bench.owners.key_types(bench.catalog).contains(&column.data_type) {
        all.push(bench.identities.get(1).cloned());
    }
    let pointed = super::calls::keys_alike(bench, &column.data_type, &column.name);
    all.extend(pointed.into_iter().take(2).map(Some));
    for value in all {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// The rows of a tenant: those that are its alone, else those that name it.
fn rows_of<'a>(bench: &'a Bench<'_>, relation: &Relation, tenant: char) -> Vec<&'a Row> {
    let Some(rows) = bench.world.table(&relation.name.schema, &relation.name.name) else {
        return Vec::new();
    };
    let own: Vec<&Row> = rows.of(tenant).collect();
    if !own.is_empty() {
        return own;
    }
    let identity = bench.identities.get(usize::from(tenant == 'b'));
    rows.rows
        .iter()
        .filter(|row| row.tenant.is_none() && row.values.values().any(|value| value.as_ref() == identity))
        .collect()
}

fn one_row(bench: &Bench<'_>, relation: &Relation, row: &Row) -> Option<String> {
    let key = &bench.world.table(&relation.name.schema, &relation.name.name)?.key;
    let mut same = Vec::new();
    for column in key {
        same.push(format!(
            "{} = {}",
            identifier(column),
            literal(row.values.get(column)?.as_deref()?)
        ));
    }
    (!same.is_empty()).then(|| same.join(" AND "))
}

fn is_writable(column: &Column) -> bool {
    column.generated.is_none() && column.identity.as_deref() != Some("always")
}

fn is_key(relation: &Relation, column: &str) -> bool {
    let keys = [ConstraintKind::PrimaryKey, ConstraintKind::Unique];
    relation.constrains(column, &keys) || relation.is_in_unique_index(column)
}

fn points(relation: &Relation, column: &str) -> bool {
    relation.constrains(column, &[ConstraintKind::ForeignKey])
}
