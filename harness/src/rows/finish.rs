//! What is in the tables in the end: read back, and told whose it is. Triggers may have made rows, moved some, and
//! changed values; only what is stored counts.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, Row as _};

use super::make::Making;
use super::session::attempt;
use super::{Canary, Lack, Lacking, Owner, Row, RowsError, TableRows, World};
use crate::catalog::{Catalog, RelationKind};
use crate::sql::qualified;

/// Materialised views show what tables held when they were made or refreshed.
pub(super) async fn refresh_views(session: &mut PgConnection, catalog: &Catalog) -> Result<(), RowsError> {
    let mut views: Vec<_> = catalog
        .relations
        .iter()
        .filter(|relation| relation.kind == RelationKind::MaterializedView)
        .collect();
    // One on top of another was made after it.
    views.sort_by_key(|view| view.oid.0);
    for view in views {
        let name = qualified(&view.name.schema, &view.name.name);
        // One that can't be refreshed, since its query fails, shows what it did.
        let _ = attempt(session, format!("REFRESH MATERIALIZED VIEW {name}")).await?;
    }
    Ok(())
}

type Values = BTreeMap<String, Option<String>>;

pub(super) async fn world(session: &mut PgConnection, making: Making<'_, '_>) -> Result<World, RowsError> {
    let tables = &making.ground.tables;
    let mut stored: Vec<Vec<Values>> = Vec::new();
    for table in tables {
        let mut rows = Vec::new();
        if !table.is_partitioned() {
            let question = format!("SELECT {} FROM ONLY {}", table.as_text(), table.sql);
            if let Ok(answer) = attempt(session, question).await? {
                for row in answer {
                    let values: Vec<Option<String>> = row.try_get(0)?;
                    let names = table.columns.iter().map(|column| column.name.to_owned());
                    rows.push(names.zip(values).collect());
                }
            }
        }
        stored.push(rows);
    }
    let owners = owners(&making, &stored);
    let mut found: Vec<TableRows> = tables
        .iter()
        .zip(stored.into_iter().zip(owners))
        .map(|(table, (rows, owners))| TableRows {
            table: table.relation.name.clone(),
            oid: table.relation.oid,
            key: table.key(),
            rows: rows
                .into_iter()
                .zip(owners)
                .map(|(values, tenant)| Row { tenant, values })
                .collect(),
        })
        .collect();
    // A partitioned table shows what its partitions hold, down through all levels.
    for at in 0..found.len() {
        let mut parent = tables[at].parent;
        while let Some(&above) = parent.and_then(|oid| making.ground.index.get(&oid)) {
            if !tables[at].is_partitioned() {
                let rows = found[at].rows.clone();
                found[above].rows.extend(rows);
            }
            parent = tables[above].parent;
        }
    }
    for rows in &mut found {
        let key = rows.key.clone();
        let of = |row: &Row| -> Vec<Option<String>> {
            key.iter()
                .map(|name| row.values.get(name).cloned().flatten())
                .collect()
        };
        rows.rows
            .sort_by(|a, b| (of(a), &a.values).cmp(&(of(b), &b.values)));
    }
    let lacking = lacking(&making, &found);
    let canaries = canaries(making.canaries, &found);
    Ok(World {
        tables: found,
        lacking,
        canaries,
    })
}

/// Whose each row is: first where a column says it, then along the ways that lead there.
fn owners(making: &Making<'_, '_>, stored: &[Vec<Values>]) -> Vec<Vec<Option<char>>> {
    let tables = &making.ground.tables;
    let mut owners: Vec<Vec<BTreeSet<char>>> = tables
        .iter()
        .zip(stored)
        .map(|(table, rows)| {
            rows.iter()
                .map(|row| match &table.owner {
                    Owner::Column(column) => making
                        .request
                        .tenants
                        .iter()
                        .filter(|tenant| row.get(column) == Some(&Some(tenant.identity.clone())))
                        .map(|tenant| tenant.label)
                        .collect(),
                    _ => BTreeSet::new(),
                })
                .collect()
        })
        .collect();
    loop {
        let mut changed = false;
        for (at, table) in tables.iter().enumerate() {
            let Owner::Parent {
                column,
                table: parent,
                matched,
            } = &table.owner
            else {
                continue;
            };
            let mut of: BTreeMap<String, BTreeSet<char>> = BTreeMap::new();
            for (other, rows) in stored.iter().enumerate() {
                if !is_part_of(making, other, parent.0) {
                    continue;
                }
                for (row, owners) in rows.iter().zip(&owners[other]) {
                    if let Some(Some(value)) = row.get(matched) {
                        of.entry(value.clone()).or_default().extend(owners);
                    }
                }
            }
            for (row, owners) in stored[at].iter().zip(&mut owners[at]) {
                let now = row
                    .get(column)
                    .cloned()
                    .flatten()
                    .and_then(|value| of.get(&value));
                if let Some(now) = now.filter(|now| *now != owners) {
                    owners.clone_from(now);
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    owners
        .into_iter()
        .map(|rows| {
            rows.into_iter()
                .map(|owners| owners.first().copied().filter(|_| owners.len() == 1))
                .collect()
        })
        .collect()
}

fn is_part_of(making: &Making<'_, '_>, at: usize, oid: u32) -> bool {
    let table = &making.ground.tables[at];
    table.oid() == oid
        || table
            .parent
            .and_then(|parent| making.ground.index.get(&parent))
            .is_some_and(|&parent| is_part_of(making, parent, oid))
}

fn lacking(making: &Making<'_, '_>, found: &[TableRows]) -> Vec<Lacking> {
    let mut lacking = making.lacking.clone();
    for (at, table) in making.ground.tables.iter().enumerate() {
        let mut add = |tenant: Option<char>| {
            let label = tenant.unwrap_or(making.request.tenants.first().map_or('a', |first| first.label));
            let refusal = making.refusals.get(&(at, label));
            let message = match refusal {
                Some(refusal) => refusal.message.clone(),
                None if table.is_partitioned() => "it has no partition that takes a row".to_owned(),
                None => "what was put in is not there, or not the tenant's".to_owned(),
            };
            lacking.insert(Lacking {
                table: table.relation.name.to_string(),
                what: Lack::Rows(tenant),
                constraint: refusal.and_then(|refusal| making.obstacle(at, refusal)),
                message,
            });
        };
        if table.owner == Owner::None {
            if found[at].rows.is_empty() {
                add(None);
            }
            continue;
        }
        // A partition by tenant takes the rows of its own alone; that says nothing about the table.
        let by_tenant = table
            .checks
            .iter()
            .filter(|check| check.name.is_none())
            .any(|check| !check.columns.is_empty() && check.columns.is_subset(&table.identity));
        for tenant in making.request.tenants {
            if !by_tenant && found[at].of(tenant.label).next().is_none() {
                add(Some(tenant.label));
            }
        }
    }
    for relation in &making.request.catalog.relations {
        if relation.kind == RelationKind::ForeignTable {
            lacking.insert(Lacking {
                table: relation.name.to_string(),
                what: Lack::Rows(None),
                constraint: None,
                message: "a foreign table's rows are on another server".to_owned(),
            });
        }
    }
    lacking.into_iter().collect()
}

/// The canaries that are still there, in a row of their tenant.
fn canaries(canaries: Vec<Canary>, found: &[TableRows]) -> Vec<Canary> {
    let mut kept: BTreeSet<Canary> = BTreeSet::new();
    for canary in canaries {
        let there = found
            .iter()
            .filter(|rows| rows.table == canary.table)
            .flat_map(|rows| rows.of(canary.tenant))
            .filter_map(|row| row.values.get(&canary.column)?.as_ref())
            .any(|value| value.contains(&canary.text));
        if there {
            kept.insert(canary);
        }
    }
    kept.into_iter().collect()
}
