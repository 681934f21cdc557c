//! A row that gets another key.

use super::{Vector, WRONG};
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
    name: "key change",
    rule: WRONG,
    about: "A column of the key is changed. There has to be one UPDATE that names the row by the key before or after, or a \
            DELETE and an INSERT; and a key of several columns has to be there whole.",
    bad: include_str!("key_change.bad.sql"),
    good: include_str!("key_change.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    if !bench.terms.logs(Operation::Update) {
        return Ok(outcomes);
    }
    let mut course = Course::begin(bench).await?;
    for table in bench.terms.tables.iter().copied() {
        let mut tally = Tally::new(&VECTOR, table);
        let key = terms::key(table);
        let columns: Vec<_> = key
            .iter()
            .filter_map(|column| table.column(column))
            .filter(|column| column.generated.is_none() && column.identity.as_deref() != Some("always"))
            .collect();
        let Some(row) = bench
            .rows(table)
            .into_iter()
            .next()
            .filter(|_| !columns.is_empty())
        else {
            continue;
        };
        let children = workload::without_children(bench.terms.catalog, table);
        let mut is_changed = false;
        for column in columns {
            course.back().await?;
            if !children.is_empty() && !course.prepare(&children).await? {
                continue;
            }
            for value in values::others(bench, table, column, row) {
                let update = format!(
                    "UPDATE {} AS t SET {} = {value} WHERE {}",
                    workload::sql(table),
                    identifier(&column.name),
                    workload::is_row(table, row)
                );
                let done = tally.step(bench, &mut course, &update).await?;
                if done.is_some_and(|done| !done.changes.is_empty()) {
                    is_changed = true;
                    break;
                }
            }
        }
        // A key that nothing can change needs no entry of its change.
        if !is_changed {
            tally.passes("its key could not be changed");
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
        breaks_and_mends(&super::VECTOR, super::WRONG, "audit.log").await;
    }
}
