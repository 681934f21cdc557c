//! A table as making rows sees it: columns with their types, what decides whether a row fits, where its keys point to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sqlx::{PgConnection, Row as _};

use super::expression::{self, Constant};
use super::types::Types;
use super::{Owner, Request, RowsError, built, document};
use crate::catalog::{Catalog, ConstraintKind, Relation, RelationKind};
use crate::sql::{identifier, qualified};

/// A table, or a partitioned one, which is filled by way of its partitions.
pub(super) struct Table<'a> {
    pub(super) relation: &'a Relation,
    /// Quoted.
    pub(super) sql: String,
    pub(super) columns: Vec<Column<'a>>,
    pub(super) checks: Vec<Check>,
    pub(super) keys: Vec<Key>,
    pub(super) owner: Owner,
    /// Columns that hold the tenant's identity.
    pub(super) identity: BTreeSet<usize>,
    /// The table that it is a partition of.
    pub(super) parent: Option<u32>,
    /// Whether a unique key holds nothing but the tenant's identity, so that a tenant has one row.
    pub(super) single: bool,
    /// Tables of which each row is to be pointed to from here: whose it is, or who sees this row, depends on it.
    pub(super) follows: BTreeSet<u32>,
}

/// A column.
pub(super) struct Column<'a> {
    pub(super) name: &'a str,
    pub(super) type_oid: u32,
    pub(super) modifier: i32,
    pub(super) nullable: bool,
    pub(super) default: bool,
    /// The expression of a generated one, which takes no value.
    pub(super) generated: Option<&'a str>,
    pub(super) hints: Vec<Constant>,
}

/// An expression that must not be false.
pub(super) struct Check {
    /// `None` for a partition's bound.
    pub(super) name: Option<String>,
    pub(super) expression: String,
    /// Those that take values; generated ones are seen through.
    pub(super) columns: BTreeSet<usize>,
}

/// A foreign key, or the way to a table's owner.
pub(super) struct Key {
    pub(super) columns: Vec<usize>,
    pub(super) parent: u32,
    pub(super) matched: Vec<String>,
    /// Whether none of its columns takes NULL.
    pub(super) mandatory: bool,
    /// Whether the catalogue has it.
    pub(super) constraint: Option<String>,
    /// `None` if it points out of the catalogue.
    pub(super) parent_sql: String,
}

#[derive(Deserialize)]
struct Read {
    oid: u32,
    partition: Option<String>,
    parent: Option<u32>,
    columns: Vec<ReadColumn>,
}

#[derive(Deserialize)]
struct ReadColumn {
    name: String,
    #[serde(rename = "type")]
    type_oid: u32,
    modifier: i32,
}

/// Every table of the catalogue, in its order.
pub(super) async fn read<'a>(
    session: &mut PgConnection,
    request: &Request<'a>,
    types: &Types,
) -> Result<Vec<Table<'a>>, RowsError> {
    let mut numbers = BTreeMap::new();
    for row in sqlx::raw_sql(include_str!("sql/tables.sql"))
        .fetch_all(session)
        .await?
    {
        let read: Read = serde_json::from_str(&row.try_get::<String, _>("item")?)?;
        numbers.insert(read.oid, read);
    }
    let catalog = request.catalog;
    let mut tables: Vec<Table<'a>> = catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table())
        .filter_map(|relation| {
            Some(table(
                request,
                relation,
                &numbers,
                types,
                numbers.get(&relation.oid.0)?,
            ))
        })
        .collect();
    identities(&mut tables);
    for table in &mut tables {
        if holds_only_identity(table) {
            table.single = true;
        }
    }
    Ok(tables)
}

fn table<'a>(
    request: &Request<'a>,
    relation: &'a Relation,
    numbers: &BTreeMap<u32, Read>,
    types: &Types,
    read: &Read,
) -> Table<'a> {
    let mut columns: Vec<Column<'a>> = relation
        .columns
        .iter()
        .map(|column| {
            let (type_oid, modifier) = read
                .columns
                .iter()
                .find(|known| known.name == column.name)
                .map_or((0, -1), |known| (known.type_oid, known.modifier));
            Column {
                name: &column.name,
                type_oid,
                modifier,
                nullable: !column.not_null,
                default: column.default.is_some(),
                generated: column.generated.as_deref(),
                hints: built::domain_hints(types, type_oid),
            }
        })
        .collect();
    let checks = checks(relation, read.partition.as_deref(), &columns);
    for check in &checks {
        let tokens = expression::tokens(&check.expression);
        let constants = expression::constants(&tokens);
        for &at in &check.columns {
            let name = columns[at].name;
            if is_document(types, &columns[at])
                && let Some(asked) = document::asked(&tokens, name)
            {
                columns[at].hints.push(Constant::Document(asked.to_string()));
            }
            for constant in &constants {
                if !columns[at].hints.contains(constant) {
                    columns[at].hints.push(constant.clone());
                }
            }
        }
    }
    let owner = (request.owner)(root(request.catalog, relation, numbers));
    let identity = match &owner {
        Owner::Column(name) => position(&columns, name).into_iter().collect(),
        _ => BTreeSet::new(),
    };
    let keys = keys(request.catalog, relation, &columns, &owner);
    let policies: Vec<_> = relation
        .policies
        .iter()
        .flat_map(|policy| [&policy.using, &policy.with_check])
        .flatten()
        .flat_map(|text| expression::tokens(text))
        .collect();
    let follows = keys
        .iter()
        .filter(|key| {
            let parent = request
                .catalog
                .relations
                .iter()
                .find(|known| known.oid.0 == key.parent);
            key.constraint.is_none()
                || parent.is_some_and(|parent| policies.iter().any(|token| token.value == parent.name.name))
        })
        .map(|key| key.parent)
        .collect();
    Table {
        sql: qualified(&relation.name.schema, &relation.name.name),
        relation,
        columns,
        checks,
        keys,
        owner,
        identity,
        parent: read.parent,
        single: false,
        follows,
    }
}

/// The table that a partition is a part of in the end.
fn root<'a>(catalog: &'a Catalog, relation: &'a Relation, numbers: &BTreeMap<u32, Read>) -> &'a Relation {
    let mut root = relation;
    while let Some(parent) = numbers.get(&root.oid.0).and_then(|read| read.parent) {
        match catalog.relations.iter().find(|known| known.oid.0 == parent) {
            Some(known) => root = known,
            None => break,
        }
    }
    root
}

fn position(columns: &[Column<'_>], name: &str) -> Option<usize> {
    columns
        .iter()
        .position(|column| column.name == name && column.generated.is_none())
}

fn is_document(types: &Types, column: &Column<'_>) -> bool {
    types
        .get(types.undomained(column.type_oid, -1).0)
        .is_some_and(|known| known.plain.starts_with("json"))
}

fn checks(relation: &Relation, partition: Option<&str>, columns: &[Column<'_>]) -> Vec<Check> {
    let named = relation
        .constraints
        .iter()
        .filter(|constraint| constraint.kind == ConstraintKind::Check && constraint.enforced)
        .filter_map(|constraint| {
            Some((
                Some(constraint.name.clone()),
                expression::of_check(&constraint.definition)?,
            ))
        });
    // What is generated must not be NULL either.
    let generated: Vec<(Option<String>, String)> = relation
        .columns
        .iter()
        .filter(|column| column.not_null)
        .filter_map(|column| {
            let expression = column.generated.as_ref()?;
            Some((Some(column.name.clone()), format!("(({expression}) IS NOT NULL)")))
        })
        .collect();
    named
        .chain(partition.map(|bound| (None, bound)))
        .map(|(name, expression)| (name, expression.to_owned()))
        .chain(generated)
        .map(|(name, expression)| Check {
            name,
            columns: columns_of(&expression, columns),
            expression,
        })
        .collect()
}

/// The columns that an expression depends on and that take values.
fn columns_of(expression: &str, columns: &[Column<'_>]) -> BTreeSet<usize> {
    let tokens = expression::tokens(expression);
    let mut found = BTreeSet::new();
    for (at, column) in columns.iter().enumerate() {
        if expression::places(&tokens, column.name).next().is_none() {
            continue;
        }
        match column.generated {
            None => {
                found.insert(at);
            }
            // A generated column cannot depend on another one.
            Some(of) => {
                let inner = expression::tokens(of);
                found.extend((0..columns.len()).filter(|&other| {
                    columns[other].generated.is_none()
                        && expression::places(&inner, columns[other].name).next().is_some()
                }));
            }
        }
    }
    found
}

fn keys(catalog: &Catalog, relation: &Relation, columns: &[Column<'_>], owner: &Owner) -> Vec<Key> {
    let mut keys = Vec::new();
    for constraint in &relation.constraints {
        let Some(reference) = constraint.references.as_ref().filter(|_| constraint.enforced) else {
            continue;
        };
        let Some(own) = constraint
            .columns
            .iter()
            .map(|name| position(columns, name))
            .collect::<Option<Vec<usize>>>()
        else {
            continue;
        };
        let parent = catalog.relation(&reference.relation.schema, &reference.relation.name);
        keys.push(Key {
            mandatory: own.iter().all(|&at| !columns[at].nullable),
            columns: own,
            parent: parent.map_or(0, |parent| parent.oid.0),
            matched: reference.columns.clone(),
            constraint: Some(constraint.name.clone()),
            parent_sql: qualified(&reference.relation.schema, &reference.relation.name),
        });
    }
    if let Owner::Parent {
        column,
        table,
        matched,
    } = owner
        && let Some(at) = position(columns, column)
        && !keys
            .iter()
            .any(|key| key.parent == table.0 && key.columns == [at] && key.matched == [matched.as_str()])
    {
        let parent = catalog.relations.iter().find(|known| known.oid.0 == table.0);
        keys.push(Key {
            columns: vec![at],
            parent: table.0,
            matched: vec![matched.clone()],
            mandatory: true,
            constraint: None,
            parent_sql: parent.map_or_else(String::new, |parent| {
                qualified(&parent.name.schema, &parent.name.name)
            }),
        });
    }
    keys.sort_by_key(|key| (!key.mandatory, usize::MAX - key.columns.len()));
    keys
}

/// What an owner's column points to holds the identity too.
fn identities(tables: &mut [Table<'_>]) {
    loop {
        let mut found = Vec::new();
        for table in tables.iter() {
            for key in table.keys.iter().filter(|key| key.constraint.is_some()) {
                for (&own, matched) in key.columns.iter().zip(&key.matched) {
                    if !table.identity.contains(&own) {
                        continue;
                    }
                    // Partitions hold what their parent is asked for.
                    for (at, parent) in tables.iter().enumerate() {
                        let is_parent =
                            parent.relation.oid.0 == key.parent || parent.parent == Some(key.parent);
                        if is_parent
                            && let Some(column) = position(&parent.columns, matched)
                            && !parent.identity.contains(&column)
                        {
                            found.push((at, column));
                        }
                    }
                }
            }
        }
        if found.is_empty() {
            return;
        }
        for (at, column) in found {
            tables[at].identity.insert(column);
        }
    }
}

fn holds_only_identity(table: &Table<'_>) -> bool {
    table.relation.indexes.iter().any(|index| {
        index.unique
            && index.predicate.is_none()
            && index.columns.iter().all(|name| {
                name.as_ref()
                    .and_then(|name| position(&table.columns, name))
                    .is_some_and(|at| table.identity.contains(&at))
            })
    })
}

impl Table<'_> {
    pub(super) fn oid(&self) -> u32 {
        self.relation.oid.0
    }

    /// Whether it holds no rows itself.
    pub(super) fn is_partitioned(&self) -> bool {
        self.relation.kind == RelationKind::PartitionedTable
    }

    /// Columns as a cast to text each, for a `SELECT` or `RETURNING`.
    pub(super) fn as_text(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{}::text", identifier(column.name)))
            .collect();
        format!("ARRAY[{}]::text[]", columns.join(", "))
    }

    /// The columns that tell rows apart.
    pub(super) fn key(&self) -> Vec<String> {
        if let Some(key) = self.relation.primary_key() {
            return key.columns.clone();
        }
        self.relation
            .indexes
            .iter()
            .filter(|index| index.unique && index.valid && index.predicate.is_none())
            .find_map(|index| {
                let columns: Option<Vec<String>> = index.columns.iter().cloned().collect();
                columns.filter(|columns| {
                    columns
                        .iter()
                        .all(|name| self.relation.column(name).is_some_and(|column| column.not_null))
                })
            })
            .unwrap_or_default()
    }
}
