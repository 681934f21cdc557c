//! MERGE, with which each command may come.

use super::{MISSING, Vector, update};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;
use crate::prove::audit::{terms, values};
use crate::rows::Row;
use crate::sql::identifier;

pub(super) const VECTOR: Vector = Vector {
    name: "merge",
    rule: MISSING,
    about: "A row is updated, deleted and inserted by MERGE (from PostgreSQL 15 on). Each has to leave the entry that the plain \
            command leaves.",
    bad: include_str!("merge.bad.sql"),
    good: include_str!("merge.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// The first major that has it.
const SINCE: u16 = 15;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    if bench.major() < SINCE {
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
        let mut tally = Tally::new(&VECTOR, table);
        if let Some(row) = bench.rows(table).into_iter().next() {
            let merge = format!(
                "MERGE INTO {} AS t USING (SELECT 1 AS pgproof) AS pgproof ON {}",
                workload::sql(table),
                workload::is_row(table, row)
            );
            course.back().await?;
            update(bench, &mut course, &mut tally, table, row, &merge).await?;
            course.back().await?;
            let children = workload::without_children(bench.terms.catalog, table);
            if children.is_empty() || course.prepare(&children).await? {
                let delete = format!("{merge} WHEN MATCHED THEN DELETE");
                tally.step(bench, &mut course, &delete).await?;
                let insert = workload::insert(table, row, true);
                let insert = insert.replacen(&format!("INTO {} ", workload::sql(table)), "", 1);
                let insert = format!("{merge} WHEN NOT MATCHED THEN {insert}");
                tally.step(bench, &mut course, &insert).await?;
            }
        }
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    Ok(outcomes)
}

async fn update(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    row: &Row,
    merge: &str,
) -> Result<(), Error> {
    for column in update::columns(table) {
        for value in values::others(bench, table, column, row) {
            let update = format!(
                "{merge} WHEN MATCHED THEN UPDATE SET {} = {value}",
                identifier(&column.name)
            );
            if tally
                .step(bench, course, &update)
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
        breaks_and_mends(&super::VECTOR, super::MISSING, "app.tasks").await;
    }
}
