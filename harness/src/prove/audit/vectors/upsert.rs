//! Inserts that meet a row that is there.

use super::{EXTRA, Vector, update};
use crate::catalog::{ConstraintKind, Relation};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::course::Judging;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;
use crate::prove::audit::{terms, values};
use crate::rows::Row;
use crate::sql::identifier;

pub(super) const VECTOR: Vector = Vector {
    name: "upsert",
    rule: EXTRA,
    about: "A row that is there is inserted once more. With ON CONFLICT DO NOTHING there must be no entry, with DO UPDATE \
            that of the update alone: a BEFORE trigger that writes the log has told of an INSERT by then.",
    bad: include_str!("upsert.bad.sql"),
    good: include_str!("upsert.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let mut course = Course::begin(bench).await?;
    for table in bench.terms.tables.iter().copied() {
        let Some(target) = target(table) else { continue };
        let mut tally = Tally::new(&VECTOR, table);
        for row in bench.rows(table).into_iter().take(2) {
            course.back().await?;
            let insert = workload::insert(table, row, true).replacen(
                &format!("INTO {}", workload::sql(table)),
                &format!("INTO {} AS t", workload::sql(table)),
                1,
            );
            let nothing = format!("{insert} ON CONFLICT DO NOTHING");
            for who in &bench.people[0].people {
                let done = tally
                    .step_as(&mut course, who, &nothing, Judging::default())
                    .await?;
                if done.is_some() {
                    tally.nothing_happened();
                    break;
                }
            }
            course.back().await?;
            update(
                bench,
                &mut course,
                &mut tally,
                table,
                row,
                &format!("{insert} ON CONFLICT ({target})"),
            )
            .await?;
        }
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    Ok(outcomes)
}

/// The columns by which a row is met.
fn target(table: &Relation) -> Option<String> {
    let kinds = [ConstraintKind::PrimaryKey, ConstraintKind::Unique];
    let key = table
        .constraints
        .iter()
        .find(|constraint| kinds.contains(&constraint.kind) && constraint.columns == terms::key(table))?;
    let columns: Vec<String> = key.columns.iter().map(|column| identifier(column)).collect();
    Some(columns.join(", "))
}

async fn update(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    row: &Row,
    insert: &str,
) -> Result<(), Error> {
    for column in update::columns(table) {
        for value in values::others(bench, table, column, row) {
            let upsert = format!("{insert} DO UPDATE SET {} = {value}", identifier(&column.name));
            if tally
                .step(bench, course, &upsert)
                .await?
                .is_some_and(|done| !done.changes.is_empty())
            {
                return Ok(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::EXTRA, "app.tasks").await;
    }
}
