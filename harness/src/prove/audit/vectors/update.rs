//! Each column changed alone.

mod slight;
mod states;
#[cfg(test)]
mod tests;

use super::{MISSING, Vector};
use crate::catalog::{Column, ConstraintKind, Relation};
use crate::contract::Operation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::{Course, Done};
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::happened::{self, Change};
use crate::prove::audit::tally::Tally;
use crate::prove::audit::{terms, values, workload};
use crate::prove::session::Refusal;
use crate::rows::Row;
use crate::sql::{identifier, literal};

pub(super) const VECTOR: Vector = Vector {
    name: "update",
    rule: MISSING,
    about: "Each column is changed by itself: to another value, to NULL, from NULL to a value, to what it holds, \
            back to what it held, and slightly (the case of a letter, the order of a list, one key of a document); and \
            rows are changed in each state that a label, a flag or a time may put them in. Each change has to leave one \
            entry with the row before and after; a trigger that fires for some columns or rows, or whose condition is \
            NULL where a value is, leaves none.",
    bad: include_str!("update.bad.sql"),
    good: include_str!("update.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows in which a change is tried: each may meet another condition of a trigger.
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
        for column in &columns {
            let rows = rows.get(..rows.len().min(MOST)).unwrap_or_default();
            change(bench, &mut course, &mut tally, table, column, rows).await?;
        }
        for row in rows.iter().copied().skip(1).take(MOST) {
            course.back().await?;
            any_column(bench, &mut course, &mut tally, table, row).await?;
        }
        states::each(bench, &mut course, &mut tally, table).await?;
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

/// Takes one column through all that may become of it, in the first row in which it can be changed.
async fn change(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    column: &Column,
    rows: &[&Row],
) -> Result<(), Error> {
    let mut why = String::from("no row could be told from the others");
    for row in rows {
        course.back().await?;
        let Some(target) = target(course, table, row).await? else {
            continue;
        };
        let mut became = attempt(bench, course, tally, table, column, row, &target).await?;
        // What a constraint refuses is tried without it: that the change is logged does not hang on it.
        if matches!(&became, Became::Refused(refusal) if refusal.sqlstate.starts_with("23"))
            && loosen(course, table, column).await?
        {
            became = attempt(bench, course, tally, table, column, row, &target).await?;
        }
        match became {
            Became::Changed(_) => {
                onwards(bench, course, tally, table, column, row, &target).await?;
                return slight::changes(bench, course, tally, table, column, row).await;
            }
            // A trigger has the last word: what no update changes there is no change of to log.
            Became::Kept => why.clear(),
            Became::Refused(refusal) if ["P0001", "42501"].contains(&refusal.sqlstate.as_str()) => {
                why.clear();
            }
            Became::Refused(refusal) => why = refusal.message,
            Became::Unknown => "no other value is known".clone_into(&mut why),
        }
    }
    if !why.is_empty() {
        tally.lacks(format!("{} could not be changed: {why}", column.name));
    }
    Ok(())
}

/// To what it holds, to another value once more and back to the first, to NULL, and from NULL to a value.
async fn onwards(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    column: &Column,
    row: &Row,
    target: &str,
) -> Result<(), Error> {
    let (name, c) = (workload::sql(table), identifier(&column.name));
    let same = format!("UPDATE {name} SET {c} = {c} {target}");
    tally.step(bench, course, &same).await?;
    // A log may keep one entry a row and transaction, or none of what it knows already.
    set(bench, course, tally, table, column, row, target).await?;
    if let Some(Some(held)) = row.values.get(&column.name) {
        let back = format!("UPDATE {name} SET {c} = {} {target}", literal(held));
        tally.step(bench, course, &back).await?;
    }
    if !column.not_null {
        let to_null = format!("UPDATE {name} SET {c} = NULL {target}");
        tally.step(bench, course, &to_null).await?;
        // What is as good as nothing for a careless comparison.
        if let Some(empty) = values::empty(bench.terms.catalog, column) {
            let from_null = format!("UPDATE {name} SET {c} = {empty} {target}");
            tally.step(bench, course, &from_null).await?;
            tally.step(bench, course, &to_null).await?;
        }
        set(bench, course, tally, table, column, row, target).await?;
    }
    beside_ignored(bench, course, tally, table, column, row, target).await
}

/// Changes the column together with those whose change alone need not be logged.
async fn beside_ignored(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    column: &Column,
    row: &Row,
    target: &str,
) -> Result<(), Error> {
    if bench.terms.is_ignored(table, &column.name) {
        return Ok(());
    }
    let ignored = columns(table).filter(|other| bench.terms.is_ignored(table, &other.name));
    for other in ignored {
        let changes = values::others(bench, table, other, row).into_iter().rev().take(1);
        for beside in changes {
            for value in values::others(bench, table, column, row).into_iter().take(2) {
                let sql = format!(
                    "UPDATE {} AS t SET {} = {value}, {} = {beside} {target}",
                    workload::sql(table),
                    identifier(&column.name),
                    identifier(&other.name)
                );
                tally.step(bench, course, &sql).await?;
            }
        }
    }
    Ok(())
}

/// Changes the first column of a row that can be changed, and says which.
pub(super) async fn any_column<'t>(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &'t Relation,
    row: &Row,
) -> Result<Option<&'t Column>, Error> {
    let Some(target) = target(course, table, row).await? else {
        return Ok(None);
    };
    for column in columns(table).filter(|column| !bench.terms.is_ignored(table, &column.name)) {
        if set(bench, course, tally, table, column, row, &target).await? {
            return Ok(Some(column));
        }
    }
    Ok(None)
}

/// What became of a column that was to hold another value.
enum Became {
    /// It does.
    Changed(Done),
    /// At least one value was taken, and the column holds what it held.
    Kept,
    /// No value was taken; the last for that reason.
    Refused(Refusal),
    /// There was no value to try.
    Unknown,
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
    let became = attempt(bench, course, tally, table, column, row, target).await?;
    Ok(matches!(became, Became::Changed(_)))
}

/// The same; what came of it.
pub(super) async fn set_and_see(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    column: &Column,
    row: &Row,
    target: &str,
) -> Result<Option<Done>, Error> {
    match attempt(bench, course, tally, table, column, row, target).await? {
        Became::Changed(done) => Ok(Some(done)),
        _ => Ok(None),
    }
}

async fn attempt(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    column: &Column,
    row: &Row,
    target: &str,
) -> Result<Became, Error> {
    let mut became = Became::Unknown;
    let (name, c) = (workload::sql(table), identifier(&column.name));
    let root = happened::root(bench.terms.catalog, table);
    for value in values::others(bench, table, column, row) {
        let update = format!("UPDATE {name} AS t SET {c} = {value} {target}");
        let Some(done) = tally.step(bench, course, &update).await? else {
            if let (Became::Unknown | Became::Refused(_), Some(refusal)) = (&became, tally.last_refusal()) {
                became = Became::Refused(refusal.clone());
            }
            continue;
        };
        became = Became::Kept;
        let is_changed =
            |change: &Change| change.table == root.name && change.changed().contains(&column.name.as_str());
        if done.changes.iter().any(is_changed) {
            return Ok(Became::Changed(done));
        }
    }
    Ok(became)
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
                "ALTER TABLE {name} DROP CONSTRAINT IF EXISTS {} CASCADE",
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
            "DROP INDEX IF EXISTS {}.{}",
            identifier(&table.name.schema),
            identifier(&index.name)
        )
    }));
    if drops.is_empty() {
        return Ok(false);
    }
    course.prepare(&drops.join("; ")).await
}
