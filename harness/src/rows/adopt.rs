//! Rows that triggers made before we could: a profile for each account, say. They are whose they say, and get values
//! that are recognisable.

use std::collections::BTreeSet;

use sqlx::{PgConnection, Row as _};

use super::insert::{echo, stored};
use super::make::Making;
use super::plan::{Made, Plan, Wish};
use super::session::attempt;
use super::table::Table;
use super::types::Types;
use super::{RowsError, Tenant};
use crate::sql::{identifier, literal};

impl Making<'_, '_> {
    /// Takes over the tenant's rows that are in the table already; says whether there are any.
    pub(super) async fn adopt(
        &mut self,
        session: &mut PgConnection,
        at: usize,
        tenant: &Tenant,
    ) -> Result<bool, RowsError> {
        let table = &self.ground.tables[at];
        let question = format!("SELECT {} FROM ONLY {} LIMIT 1000", table.as_text(), table.sql);
        let Ok(answer) = attempt(session, question).await? else {
            return Ok(false);
        };
        let mut found = Vec::new();
        for row in answer {
            let values: Vec<Option<String>> = row.try_get(0)?;
            if self.is_of(at, &values, tenant) {
                found.push(values);
            }
        }
        let any = !found.is_empty();
        for mut values in found {
            let kept = self.kept(at);
            let wanted: Vec<(usize, Option<String>)> = kept
                .iter()
                .map(|&column| (column, values[column].clone()))
                .collect();
            let wish = Wish {
                table: at,
                tenant,
                turn: 0,
                number: self.next_number(),
                wanted: &wanted,
                open: &BTreeSet::new(),
                minimal: false,
                again: false,
            };
            if let Ok(plan) = self.ground.plan(session, &wish).await? {
                let table = &self.ground.tables[at];
                let statement = update(&self.ground.types, table, &plan, &kept, &values);
                if let Some(statement) = statement
                    && let Ok(answer) = attempt(session, statement).await?
                    && let Some(row) = answer.first()
                {
                    let stored = stored(row, &[(table, &plan)])?;
                    for stored in stored {
                        values = self.ground.tables[at]
                            .columns
                            .iter()
                            .map(|column| stored.values.get(column.name).cloned().flatten())
                            .collect();
                        self.recognise(at, tenant, stored.marks);
                    }
                }
            }
            let names = self.ground.tables[at]
                .columns
                .iter()
                .map(|column| column.name.to_owned());
            let row = Made {
                side: tenant.label,
                wanted: BTreeSet::new(),
                values: names.zip(values).collect(),
            };
            self.ground.add(at, &row);
        }
        Ok(any)
    }

    /// Whether a row holds the tenant's identity or, where none is held, points to a row of the tenant's.
    fn is_of(&self, at: usize, values: &[Option<String>], tenant: &Tenant) -> bool {
        let table = &self.ground.tables[at];
        if !table.identity.is_empty() {
            let identity = Some(tenant.identity.clone());
            return table.identity.iter().all(|&column| values[column] == identity);
        }
        table.keys.iter().any(|key| {
            let pool = self.ground.pools.get(&key.parent);
            pool.into_iter().flatten().any(|row| {
                row.side == tenant.label
                    && key.columns.iter().zip(&key.matched).all(|(&column, matched)| {
                        values[column].is_some() && row.values.get(matched) == Some(&values[column])
                    })
            })
        })
    }

    /// Columns that say what a row is, and not what is in it.
    pub(super) fn kept(&self, at: usize) -> BTreeSet<usize> {
        let table = &self.ground.tables[at];
        let key = table.key();
        let mut kept = table.identity.clone();
        kept.extend(table.keys.iter().flat_map(|key| &key.columns));
        for (place, column) in table.columns.iter().enumerate() {
            let always = table
                .relation
                .column(column.name)
                .is_some_and(|known| known.identity.as_deref() == Some("always"));
            if always || column.generated.is_some() || key.iter().any(|name| name == column.name) {
                kept.insert(place);
            }
        }
        kept
    }
}

/// Nothing where there is nothing to change.
pub(super) fn update(
    types: &Types,
    table: &Table<'_>,
    plan: &Plan,
    kept: &BTreeSet<usize>,
    values: &[Option<String>],
) -> Option<String> {
    let quoted = |value: Option<&String>| value.map_or_else(|| "NULL".to_owned(), |value| literal(value));
    let (mut changes, mut conditions) = (Vec::new(), Vec::new());
    let key = table.key();
    for (at, column) in table.columns.iter().enumerate() {
        let name = identifier(column.name);
        if !kept.contains(&at) {
            changes.push(format!("{name} = {}", quoted(plan[at].text.as_ref())));
        }
        if key.is_empty() || key.iter().any(|part| part == column.name) {
            let value = quoted(values[at].as_ref());
            conditions.push(format!("{name}::text IS NOT DISTINCT FROM {value}"));
        }
    }
    (!changes.is_empty()).then(|| {
        format!(
            "UPDATE {} SET {} WHERE {} RETURNING {}, {}",
            table.sql,
            changes.join(", "),
            conditions.join(" AND "),
            table.as_text(),
            echo(types, table, plan)
        )
    })
}
