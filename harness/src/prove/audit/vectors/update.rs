//! Each column changed alone.

use super::{MISSING, Vector};
use crate::catalog::{Column, ConstraintKind, Relation};
use crate::contract::Operation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::{terms, values, workload};
use crate::rows::Row;
use crate::sql::identifier;

pub(super) const VECTOR: Vector = Vector {
    name: "update",
    rule: MISSING,
    about: "Each column is changed by itself: to another value, to NULL, from NULL to a value, and to what it holds. Each \
            change has to leave one entry with the row before and after; a trigger that fires for some columns, or whose \
            condition is NULL where a value is, leaves none.",
    bad: include_str!("update.bad.sql"),
    good: include_str!("update.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows of which one column more is changed: each may meet another condition of a trigger.
const MOST: usize = 5;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    if !bench.terms.logs(Operation::Update) {
        return Ok(outcomes);
    }
    let mut course = Course::begin(bench).await?;
    for table in bench.terms.tables.iter().copied() {
        let mut tally = Tally::new(&VECTOR, table);
        let rows = bench.rows(table);
        let columns: Vec<&Column> = columns(table).collect();
        if let Some(row) = rows.first().copied() {
            for column in &columns {
                change(bench, &mut course, &mut tally, table, column, row).await?;
            }
            for row in rows.iter().copied().skip(1).take(MOST) {
                for column in &columns {
                    course.back().await?;
                    let Some(target) = target(&mut course, table, row).await? else {
                        continue;
                    };
                    if set(bench, &mut course, &mut tally, table, column, row, &target).await? {
                        break;
                    }
                }
            }
        }
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    Ok(outcomes)
}

/// The columns that an UPDATE may set, those of the key aside: changing a key is a vector of its own.
pub(super) fn columns(table: &Relation) -> impl Iterator<Item = &Column> {
    let key = terms::key(table);
    table.columns.iter().filter(move |column| {
        column.generated.is_none()
            && column.identity.as_deref() != Some("always")
            && !key.contains(&column.name)
    })
}

/// The end of an UPDATE that reaches that row alone. A row without a key is left alone in its table, for it can be told
/// by its values only as long as these stay.
pub(super) async fn target(
    course: &mut Course<'_, '_>,
    table: &Relation,
    row: &Row,
) -> Result<Option<String>, Error> {
    let is_row = workload::is_row(table, row);
    if !terms::key(table).is_empty() {
        return Ok(Some(format!("WHERE {is_row}")));
    }
    let others = format!(
        "DELETE FROM {} WHERE ({is_row}) IS NOT TRUE",
        workload::sql(table)
    );
    Ok(course.prepare(&others).await?.then(String::new))
}

/// Takes one column of a row through all that may become of it.
async fn change(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    column: &Column,
    row: &Row,
) -> Result<(), Error> {
    course.back().await?;
    let Some(target) = target(course, table, row).await? else {
        tally.lacks("no row could be told from the others");
        return Ok(());
    };
    let mut is_changed = set(bench, course, tally, table, column, row, &target).await?;
    // What a constraint refuses is tried without it: that the change is logged does not hang on it.
    if !is_changed
        && tally
            .last_refusal()
            .is_some_and(|refusal| refusal.sqlstate.starts_with("23"))
        && loosen(course, table, column).await?
    {
        is_changed = set(bench, course, tally, table, column, row, &target).await?;
    }
    if !is_changed {
        let by_application = |sqlstate: &str| sqlstate == "P0001" || sqlstate == "42501";
        match tally.last_refusal() {
            Some(refusal) if by_application(&refusal.sqlstate) => {}
            Some(refusal) => {
                let why = format!("{} could not be changed: {}", column.name, refusal.message);
                tally.lacks(why);
            }
            None => tally.lacks(format!(
                "{} could not be changed: no other value is known",
                column.name
            )),
        }
        return Ok(());
    }
    let (name, c) = (workload::sql(table), identifier(&column.name));
    tally
        .step(bench, course, &format!("UPDATE {name} SET {c} = {c} {target}"))
        .await?;
    if !column.not_null {
        tally
            .step(bench, course, &format!("UPDATE {name} SET {c} = NULL {target}"))
            .await?;
        set(bench, course, tally, table, column, row, &target).await?;
    }
    Ok(())
}

/// Sets the column to the first other value that is taken.
pub(super) async fn set(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    column: &Column,
    row: &Row,
    target: &str,
) -> Result<bool, Error> {
    let (name, c) = (workload::sql(table), identifier(&column.name));
    for value in values::others(bench, table, column, row) {
        let update = format!("UPDATE {name} SET {c} = {value} {target}");
        let Some(done) = tally.step(bench, course, &update).await? else {
            continue;
        };
        let is_changed = |change: &crate::prove::audit::happened::Change| {
            change.table == table.name && change.changed().contains(&column.name.as_str())
        };
        if done.changes.iter().any(is_changed) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Drops the constraints and unique indexes that the column is in.
async fn loosen(course: &mut Course<'_, '_>, table: &Relation, column: &Column) -> Result<bool, Error> {
    let name = workload::sql(table);
    let constraints = table.constraints.iter().filter(|constraint| {
        constraint.kind != ConstraintKind::PrimaryKey && constraint.columns.contains(&column.name)
    });
    let mut drops: Vec<String> = constraints
        .map(|constraint| {
            format!(
                "ALTER TABLE {name} DROP CONSTRAINT {} CASCADE",
                identifier(&constraint.name)
            )
        })
        .collect();
    let indexes = table.indexes.iter().filter(|index| {
        index.unique
            && index.constraint.is_none()
            && index.columns.iter().flatten().any(|name| *name == column.name)
    });
    drops.extend(indexes.map(|index| {
        format!(
            "DROP INDEX {}.{}",
            identifier(&table.name.schema),
            identifier(&index.name)
        )
    }));
    if drops.is_empty() {
        return Ok(false);
    }
    course.prepare(&drops.join("; ")).await
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::MISSING, "app.tasks").await;
    }
}
