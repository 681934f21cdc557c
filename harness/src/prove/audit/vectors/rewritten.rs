//! Columns that are not stored as they were given.

use super::{Vector, WRONG, update};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;

pub(super) const VECTOR: Vector = Vector {
    name: "rewritten columns",
    rule: WRONG,
    about: "Rows of tables with BEFORE triggers or generated columns are inserted and updated. The images have to be the row as \
            it is stored, not as it was given: a trigger that writes the log too early does not see what comes after it.",
    bad: include_str!("rewritten.bad.sql"),
    good: include_str!("rewritten.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let mut course = Course::begin(bench).await?;
    for table in bench.terms.tables.iter().copied().filter(|table| rewrites(table)) {
        let mut tally = Tally::new(&VECTOR, table);
        for row in bench.rows(table).into_iter().take(2) {
            course.back().await?;
            if course.prepare(&workload::take_away(table, row)).await? {
                tally
                    .step(bench, &mut course, &workload::insert(table, row, true))
                    .await?;
            }
            course.back().await?;
            update::any_column(bench, &mut course, &mut tally, table, row).await?;
        }
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    Ok(outcomes)
}

/// Whether what is stored may differ from what was given.
fn rewrites(table: &Relation) -> bool {
    let is_early = |definition: &str| {
        definition
            .split(" ON ")
            .next()
            .is_some_and(|events| events.contains(" BEFORE "))
    };
    table.triggers.iter().any(|trigger| is_early(&trigger.definition))
        || table.columns.iter().any(|column| column.generated.is_some())
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::WRONG, "audit.log").await;
    }
}
