//! A value that no new row may have, since each begins as a draft, or since there is no room for another row: an
//! UPDATE may bring one of the tenant's rows there.

use std::collections::{BTreeMap, BTreeSet};

use super::adopt::update;
use super::insert::stored;
use super::make::{Making, TRIES};
use super::mention::Variant;
use super::order::Unit;
use super::plan::{Made, Wish};
use super::session::attempt;
use super::{RowsError, Tenant, insert::Triggers, solve};
use crate::sql::{identifier, literal};
use sqlx::PgConnection;

/// The most rows that are tried.
const ROWS: usize = 4;

impl Making<'_, '_> {
    /// Brings a row of the tenant to that value, if need be by way of another value of the column; says whether it is there.
    pub(super) async fn change(
        &mut self,
        session: &mut PgConnection,
        unit: &Unit,
        tenant: &Tenant,
        turn: usize,
        variant: &Variant,
        variants: &[Variant],
    ) -> Result<bool, RowsError> {
        let at = unit.tables[0];
        let (column, value) = variant;
        // A new one, if it may be: then no row loses a value that it was to have.
        let fresh = self
            .put(session, unit, tenant, turn, &[], TRIES, Triggers::On)
            .await?
            .is_ok();
        let number = self.next_number();
        let wish = Wish {
            table: at,
            tenant,
            turn,
            number,
            wanted: std::slice::from_ref(variant),
            open: &BTreeSet::new(),
            minimal: false,
            again: false,
        };
        let Ok(plan) = self.ground.plan(session, &wish).await? else {
            return Ok(false);
        };
        let kept = self.unchanged(at, *column);
        for row in self.spare(at, tenant, *column, fresh, variants) {
            let table = &self.ground.tables[at];
            let name = table.columns[*column].name;
            let values: Vec<Option<String>> = table
                .columns
                .iter()
                .map(|column| row.values.get(column.name).cloned().flatten())
                .collect();
            let Some(last) = update(&self.ground.types, table, &plan, &kept, &values) else {
                return Ok(false);
            };
            let mut ways = vec![String::new()];
            if let Some(conditions) = by_key(&table.key(), &row.values) {
                let others = variants.iter().filter(|(other, _)| other == column);
                ways.extend(others.filter_map(|(_, other)| other.as_ref()).map(|other| {
                    let name = identifier(name);
                    format!(
                        "UPDATE {} SET {name} = {} WHERE {conditions};\n",
                        table.sql,
                        literal(other)
                    )
                }));
            }
            for way in ways {
                let Ok(answer) = attempt(session, format!("{way}{last}")).await? else {
                    continue;
                };
                let Some(answer) = answer.first() else { continue };
                let now = stored(answer, &[(&self.ground.tables[at], &plan)])?;
                for stored in now {
                    let there = stored.values.get(name) == Some(value);
                    self.recognise(at, tenant, stored.marks);
                    let column = there.then_some(*column);
                    self.ground.replace(at, &row, &stored.values, column);
                    if there {
                        return Ok(true);
                    }
                }
                break;
            }
        }
        Ok(false)
    }

    /// The columns that stay as they are: all but this one and those that checks bind to it.
    fn unchanged(&self, at: usize, column: usize) -> BTreeSet<usize> {
        let table = &self.ground.tables[at];
        let mut changed = BTreeSet::from([column]);
        for (columns, _) in solve::bound(table) {
            if columns.contains(&column) {
                changed.extend(columns);
            }
        }
        let kept = self.kept(at);
        changed.retain(|place| *place == column || !kept.contains(place));
        (0..table.columns.len())
            .filter(|place| !changed.contains(place))
            .collect()
    }

    /// Rows that may lose their value in that column: the new one, and those whose value nothing asks for or another row has, too.
    fn spare(
        &self,
        at: usize,
        tenant: &Tenant,
        column: usize,
        fresh: bool,
        variants: &[Variant],
    ) -> Vec<Made> {
        let table = &self.ground.tables[at];
        let name = table.columns[column].name;
        let pool = self.ground.pools.get(&table.oid());
        let rows: Vec<&Made> = pool
            .into_iter()
            .flatten()
            .filter(|row| row.side == tenant.label && !row.wanted.contains(&column))
            .collect();
        let mut seen: BTreeMap<Option<&Option<String>>, usize> = BTreeMap::new();
        for row in &rows {
            *seen.entry(row.values.get(name)).or_default() += 1;
        }
        let last = rows.len().saturating_sub(1);
        rows.iter()
            .enumerate()
            .rev()
            .filter(|(place, row)| {
                let value = row.values.get(name).cloned().flatten();
                fresh && *place == last
                    || seen[&row.values.get(name)] > 1
                    || !variants.contains(&(column, value))
            })
            .map(|(_, row)| (*row).clone())
            .take(ROWS)
            .collect()
    }
}

/// Nothing for a table without a key.
fn by_key(key: &[String], values: &BTreeMap<String, Option<String>>) -> Option<String> {
    let conditions: Vec<String> = key
        .iter()
        .map(|name| {
            let value = values.get(name)?.as_ref()?;
            Some(format!("{} = {}", identifier(name), literal(value)))
        })
        .collect::<Option<_>>()?;
    (!conditions.is_empty()).then(|| conditions.join(" AND "))
}
