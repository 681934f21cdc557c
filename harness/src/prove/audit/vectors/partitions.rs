//! Rows in partitions.

use super::{MISSING, Vector, update};
use crate::catalog::{Relation, RelationKind};
use crate::contract::Operation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;
use crate::rows::Row;
use crate::sql::{identifier, literal_or_null};

pub(super) const VECTOR: Vector = Vector {
    name: "partitions",
    rule: MISSING,
    about: "Rows are inserted, updated and deleted by way of a partition itself, and one is moved to another partition, which is \
            a DELETE and an INSERT to the triggers. Each has to be logged as if it went through the parent.",
    bad: include_str!("partitions.bad.sql"),
    good: include_str!("partitions.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let mut course = Course::begin(bench).await?;
    let partitioned = |table: &&Relation| table.kind == RelationKind::PartitionedTable;
    for table in bench.terms.tables.iter().copied().filter(partitioned) {
        let mut tally = Tally::new(&VECTOR, table);
        let leaves: Vec<&Relation> = bench
            .terms
            .family(table)
            .into_iter()
            .filter(|leaf| leaf.kind == RelationKind::Table)
            .collect();
        for leaf in &leaves {
            through(bench, &mut course, &mut tally, leaf).await?;
        }
        if bench.terms.logs(Operation::Update)
            && !moved(bench, &mut course, &mut tally, table, &leaves).await?
        {
            tally.lacks("no row could be moved to another partition");
        }
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    Ok(outcomes)
}

/// Every command on the partition itself.
async fn through(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    leaf: &Relation,
) -> Result<(), Error> {
    let Some(row) = bench.rows(leaf).into_iter().next() else {
        return Ok(());
    };
    course.back().await?;
    update::any_column(bench, course, tally, leaf, row).await?;
    course.back().await?;
    let children = workload::without_children(bench.terms.catalog, leaf);
    if children.is_empty() || course.prepare(&children).await? {
        tally.step(bench, course, &workload::take_away(leaf, row)).await?;
        tally
            .step(bench, course, &workload::insert(leaf, row, true))
            .await?;
    }
    Ok(())
}

/// A row takes the values that place a row of another partition there.
async fn moved(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    leaves: &[&Relation],
) -> Result<bool, Error> {
    let first_rows: Vec<&Row> = leaves
        .iter()
        .filter_map(|leaf| bench.rows(leaf).into_iter().next())
        .collect();
    let Some((row, others)) = first_rows.split_first() else {
        return Ok(false);
    };
    let partition_key = table.partition_key.as_deref().unwrap_or_default();
    for other in others {
        let sets: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.generated.is_none() && partition_key.contains(column.name.as_str()))
            .filter_map(|column| {
                let value = other.values.get(&column.name)?;
                Some(format!(
                    "{} = {}",
                    identifier(&column.name),
                    literal_or_null(value.as_deref())
                ))
            })
            .collect();
        if sets.is_empty() {
            continue;
        }
        let update = format!(
            "UPDATE {} SET {} WHERE {}",
            workload::sql(table),
            sets.join(", "),
            workload::is_row(table, row)
        );
        let children = workload::without_children(bench.terms.catalog, table);
        course.back().await?;
        if !children.is_empty() && !course.prepare(&children).await? {
            continue;
        }
        let done = tally.step(bench, course, &update).await?;
        let is_moved = |change: &crate::prove::audit::happened::Change| change.moved();
        if done.is_some_and(|done| done.changes.iter().any(is_moved)) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::MISSING, "app.events").await;
    }
}
