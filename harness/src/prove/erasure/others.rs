//! Whose a row is: the person's, somebody else's, or nobody's; and what an erasure did to rows that are not the person's.

use std::collections::BTreeSet;

use serde_json::Value;

use super::bench::Bench;
use super::subject::Subject;
use crate::catalog::{ConstraintKind, Name, Relation, RelationKind};
use crate::prove::image::{Change, Image, Images};

/// Something that happened to a row that is not the person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loss {
    pub(super) table: Name,
    /// Whether the row is another person's, not nobody's.
    pub(super) anothers: bool,
    /// In words.
    pub(super) what: String,
}

/// What happened to others' rows between two looks: of another person, every change; of nobody, that they are gone. Without
/// a person, nothing may have happened to anybody's.
pub(super) fn losses(
    bench: &Bench<'_>,
    person: Option<&Subject>,
    before: &Images,
    after: &Images,
) -> Vec<Loss> {
    let is_person = |row: &Image| person.is_some_and(|person| person.has(bench.erasure, row));
    let own = reached(bench, before, is_person);
    let others = reached(bench, before, |row| !is_person(row));
    let mut losses: Vec<Loss> = Vec::new();
    for change in before.changes(bench.catalog, after) {
        // What a materialised view shows is not what is stored for anybody.
        let relation = bench.catalog.relation(&change.table.schema, &change.table.name);
        if relation.is_some_and(|relation| relation.kind == RelationKind::MaterializedView) {
            continue;
        }
        let Some(old) = change
            .old
            .as_ref()
            .filter(|old| change.new.as_ref() != Some(*old))
        else {
            continue;
        };
        let row = (&change.table, old);
        if own.contains(&row)
            || person.is_some_and(|person| person.is_in(old) || names(bench, person, &change.table, old))
        {
            continue;
        }
        let anothers = others.contains(&row) || bench.other.is_in(old);
        if anothers || change.new.is_none() {
            losses.push(Loss {
                table: change.table.clone(),
                anothers,
                what: describe(&change, old),
            });
        }
    }
    // Another person's loss first.
    losses.sort_by_key(|loss| !loss.anothers);
    losses
}

fn describe(change: &Change, old: &Image) -> String {
    let Some(new) = &change.new else {
        return format!("a row of {} is gone", change.table);
    };
    let column = old.iter().find(|(column, value)| new.get(*column) != Some(value));
    match column {
        Some((column, _)) => format!("{}.{column} of another row was changed", change.table),
        None => format!("a row of {} was changed", change.table),
    }
}

/// Whether the person's key stands in the row, be it by chance: not as the key of a row of another table.
fn names(bench: &Bench<'_>, person: &Subject, table: &Name, row: &Image) -> bool {
    let relation = bench.catalog.relation(&table.schema, &table.name);
    let own: Vec<String> = relation.map(crate::prove::image::key).unwrap_or_default();
    let points = |column: &str| {
        relation.is_some_and(|relation| relation.constrains(column, &[ConstraintKind::ForeignKey]))
    };
    let mut columns = row
        .iter()
        .filter(|(column, _)| !own.contains(column) || own.len() > 1 || points(column));
    columns.any(|(_, value)| {
        value
            .as_ref()
            .is_some_and(|value| person.key.iter().any(|key| holds(value, key)))
    })
}

/// Whether the value is the key, or a document or an array in which it stands alone.
fn holds(value: &str, key: &str) -> bool {
    match (serde_json::from_str(value), value.strip_prefix('{')) {
        _ if value == key => true,
        (Ok(document), _) => leads_to(&document, key),
        (Err(_), Some(elements)) => elements
            .trim_end_matches('}')
            .split(',')
            .any(|element| element.trim_matches('"') == key),
        _ => false,
    }
}

fn leads_to(document: &Value, key: &str) -> bool {
    match document {
        Value::Object(members) => members.values().any(|member| leads_to(member, key)),
        Value::Array(elements) => elements.iter().any(|element| leads_to(element, key)),
        Value::String(text) => text == key,
        Value::Number(number) => number.to_string() == key,
        Value::Bool(_) | Value::Null => false,
    }
}

/// The rows of persons, and those that point to them by foreign keys, be it by way of others.
fn reached<'i>(
    bench: &'i Bench<'_>,
    images: &'i Images,
    is_meant: impl Fn(&Image) -> bool,
) -> BTreeSet<(&'i Name, &'i Image)> {
    let mut reached: BTreeSet<(&Name, &Image)> = BTreeSet::new();
    for name in &bench.own {
        let rows = images.rows(name).filter(|row| is_meant(row));
        reached.extend(rows.map(|row| (name, row)));
    }
    let keys = keys(bench);
    loop {
        let mut more: Vec<(&Name, &Image)> = Vec::new();
        for key in &keys {
            for row in images.rows(&key.child.name) {
                let points = |parent: &Image| {
                    key.columns.iter().all(|(column, matched)| {
                        let value = row.get(*column).and_then(Option::as_ref);
                        value.is_some() && value == parent.get(*matched).and_then(Option::as_ref)
                    })
                };
                let parents = || {
                    let rows = reached.iter();
                    rows.filter(|(name, _)| stores(bench, name, key.parent))
                        .map(|(_, row)| row)
                };
                if !reached.contains(&(&key.child.name, row)) && parents().any(|parent| points(parent)) {
                    more.push((&key.child.name, row));
                }
            }
        }
        if more.is_empty() {
            return reached;
        }
        reached.extend(more);
    }
}

struct Key<'a> {
    child: &'a Relation,
    parent: &'a Name,
    columns: Vec<(&'a str, &'a str)>,
}

fn keys<'a>(bench: &'a Bench<'_>) -> Vec<Key<'a>> {
    let mut keys = Vec::new();
    for child in &bench.catalog.relations {
        let constraints = child.constraints.iter();
        for constraint in constraints.filter(|constraint| constraint.kind == ConstraintKind::ForeignKey) {
            let Some(reference) = &constraint.references else {
                continue;
            };
            let columns = constraint.columns.iter().map(String::as_str);
            keys.push(Key {
                child,
                parent: &reference.relation,
                columns: columns
                    .zip(reference.columns.iter().map(String::as_str))
                    .collect(),
            });
        }
    }
    keys
}

/// Whether rows of that table may be stored in this one: the same, or a part of it.
fn stores(bench: &Bench<'_>, name: &Name, table: &Name) -> bool {
    if name == table {
        return true;
    }
    let relation = bench.catalog.relation(&name.schema, &name.name);
    let parents = relation
        .iter()
        .flat_map(|relation| relation.parents.iter().flatten());
    parents.into_iter().any(|parent| stores(bench, parent, table))
}
