//! What is taken back.

use super::{EXTRA, Vector, update};
use crate::contract::Operation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;
use crate::prove::audit::{terms, values};
use crate::sql::identifier;

pub(super) const VECTOR: Vector = Vector {
    name: "rollback",
    rule: EXTRA,
    about: "A row is updated, that is taken back to a savepoint, and the row is deleted. There has to be the entry of the DELETE \
            alone: a log that is written past the transaction tells of what never was.",
    bad: include_str!("rollback.bad.sql"),
    good: include_str!("rollback.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    if !bench.terms.logs(Operation::Delete) {
        return Ok(outcomes);
    }
    let mut course = Course::begin(bench).await?;
    for table in bench
        .terms
        .tables
        .iter()
        .copied()
        .filter(|table| !terms::key(table).is_empty())
    {
        let Some(row) = bench.rows(table).into_iter().next() else {
            continue;
        };
        let mut tally = Tally::new(&VECTOR, table);
        let children = workload::without_children(bench.terms.catalog, table);
        'columns: for column in update::columns(table) {
            for value in values::others(bench, table, column, row) {
                course.back().await?;
                if !children.is_empty() && !course.prepare(&children).await? {
                    break 'columns;
                }
                let is_row = workload::is_row(table, row);
                let sql = format!(
                    "SAVEPOINT pgproof; UPDATE {0} AS t SET {1} = {value} WHERE {is_row}; ROLLBACK TO SAVEPOINT pgproof; \
                     RELEASE SAVEPOINT pgproof; DELETE FROM {0} WHERE {is_row}",
                    workload::sql(table),
                    identifier(&column.name)
                );
                let done = tally.step(bench, &mut course, &sql).await?;
                if done.is_some_and(|done| !done.changes.is_empty()) {
                    break 'columns;
                }
            }
        }
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::EXTRA, "app.tasks").await;
    }
}
