//! Rows that go.

use super::{MISSING, Vector};
use crate::contract::Operation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;

pub(super) const VECTOR: Vector = Vector {
    name: "delete",
    rule: MISSING,
    about: "Rows are deleted one by one. Each has to leave one entry that names it and holds it as it was.",
    bad: include_str!("delete.bad.sql"),
    good: include_str!("delete.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows that are tried a table.
const MOST: usize = 6;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    if !bench.terms.logs(Operation::Delete) {
        return Ok(outcomes);
    }
    let mut course = Course::begin(bench).await?;
    for table in bench.terms.tables.iter().copied() {
        let mut tally = Tally::new(&VECTOR, table);
        let children = workload::without_children(bench.terms.catalog, table);
        for row in bench.rows(table).into_iter().take(MOST) {
            course.back().await?;
            let delete = workload::take_away(table, row);
            // A row that others point to goes once they are gone.
            if tally.step(bench, &mut course, &delete).await?.is_none()
                && !children.is_empty()
                && course.prepare(&children).await?
            {
                tally.step(bench, &mut course, &delete).await?;
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
        breaks_and_mends(&super::VECTOR, super::MISSING, "app.tasks").await;
    }
}
