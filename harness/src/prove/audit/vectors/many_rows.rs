//! Many rows with one statement.

use super::{MISSING, Vector, update};
use crate::catalog::Relation;
use crate::contract::Operation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::values;
use crate::prove::audit::workload;
use crate::rows::Row;
use crate::sql::identifier;

pub(super) const VECTOR: Vector = Vector {
    name: "many rows",
    rule: MISSING,
    about: "Three rows are inserted, updated and deleted with one statement each. There has to be one entry a row, not one a \
            statement.",
    bad: include_str!("many_rows.bad.sql"),
    good: include_str!("many_rows.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows that a statement is about.
const ROWS: usize = 3;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let mut course = Course::begin(bench).await?;
    for table in bench.terms.tables.iter().copied() {
        let mut tally = Tally::new(&VECTOR, table);
        let rows: Vec<&Row> = bench.rows(table).into_iter().take(ROWS).collect();
        if rows.len() < 2 {
            tally.passes("it has no two rows");
            outcomes.extend(tally.outcomes());
            continue;
        }
        let these = any_of(table, &rows);
        let delete = format!("DELETE FROM {} WHERE {these}", workload::sql(table));
        let mut is_changed = false;
        course.back().await?;
        if bench.terms.logs(Operation::Insert) && course.prepare(&delete).await? {
            let insert = workload::inserts(table, &rows, true);
            is_changed |= tally.step_on(bench, &mut course, &insert, rows.len()).await?;
        }
        if bench.terms.logs(Operation::Update) {
            course.back().await?;
            is_changed |= update_all(bench, &mut course, &mut tally, table, &rows, &these).await?;
        }
        if bench.terms.logs(Operation::Delete) {
            course.back().await?;
            let children = workload::without_children(bench.terms.catalog, table);
            if children.is_empty() || course.prepare(&children).await? {
                is_changed |= tally.step_on(bench, &mut course, &delete, rows.len()).await?;
            }
        }
        if !is_changed {
            tally.lacks("no statement changed two rows at once");
        }
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    Ok(outcomes)
}

/// True for these rows.
pub(super) fn any_of(table: &Relation, rows: &[&Row]) -> String {
    let conditions: Vec<String> = rows
        .iter()
        .map(|row| format!("({})", workload::is_row(table, row)))
        .collect();
    conditions.join(" OR ")
}

/// Sets one column of all of them to one value.
async fn update_all(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    rows: &[&Row],
    these: &str,
) -> Result<bool, Error> {
    let Some(first) = rows.first() else {
        return Ok(false);
    };
    for column in update::columns(table).filter(|column| !bench.terms.is_ignored(table, &column.name)) {
        for value in values::others(bench, table, column, first) {
            let update = format!(
                "UPDATE {} AS t SET {} = {value} WHERE {these}",
                workload::sql(table),
                identifier(&column.name)
            );
            if tally.step_on(bench, course, &update, 2).await? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::MISSING, "app.tasks").await;
    }
}
