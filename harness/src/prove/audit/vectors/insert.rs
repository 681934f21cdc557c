//! New rows.

use super::{MISSING, Vector};
use crate::contract::Operation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;

pub(super) const VECTOR: Vector = Vector {
    name: "insert",
    rule: MISSING,
    about: "Rows are inserted one by one, with all their columns and with those alone that have no default. Each has to leave \
            one entry that names it and holds it as it is stored.",
    bad: include_str!("insert.bad.sql"),
    good: include_str!("insert.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows that are tried a table: each may meet another condition of a trigger.
const MOST: usize = 6;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    if !bench.terms.logs(Operation::Insert) {
        return Ok(outcomes);
    }
    let mut course = Course::begin(bench).await?;
    for table in bench.terms.tables.iter().copied() {
        let mut tally = Tally::new(&VECTOR, table);
        for (number, row) in bench.rows(table).into_iter().take(MOST).enumerate() {
            course.back().await?;
            if !course.prepare(&workload::take_away(table, row)).await? {
                tally.lacks("a row could not be taken away to be inserted again");
                continue;
            }
            let whole = workload::insert(table, row, true);
            let part = workload::insert(table, row, false);
            // What the defaults give is another row; where they give nothing, it is the same row once more.
            if number == 0 && part != whole {
                tally.step(bench, &mut course, &part).await?;
                course.back().await?;
                course.prepare(&workload::take_away(table, row)).await?;
            }
            tally.step(bench, &mut course, &whole).await?;
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
