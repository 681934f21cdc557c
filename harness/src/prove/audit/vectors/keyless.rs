//! Rows that nothing tells apart.

use super::{MISSING, Vector};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::{terms, workload};

pub(super) const VECTOR: Vector = Vector {
    name: "no key",
    rule: MISSING,
    about: "Into a table without a key two rows are inserted that are equal in all, and one of them is deleted. There have to be \
            two entries, and then one.",
    bad: include_str!("keyless.bad.sql"),
    good: include_str!("keyless.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let mut course = Course::begin(bench).await?;
    let without_key = |table: &&crate::catalog::Relation| terms::key(table).is_empty();
    for table in bench.terms.tables.iter().copied().filter(without_key) {
        let mut tally = Tally::new(&VECTOR, table);
        if let Some(row) = bench.rows(table).into_iter().next() {
            course.back().await?;
            let twice = workload::inserts(table, &[row, row], true);
            tally.step(bench, &mut course, &twice).await?;
            let name = workload::sql(table);
            let one = format!(
                "DELETE FROM {name} WHERE (tableoid, ctid) = (SELECT tableoid, ctid FROM {name} WHERE {} LIMIT 1)",
                workload::is_row(table, row)
            );
            tally.step(bench, &mut course, &one).await?;
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
        breaks_and_mends(&super::VECTOR, super::MISSING, "app.notes").await;
    }
}
