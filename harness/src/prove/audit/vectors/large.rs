//! Values that are too large for a page.

use super::{Vector, WRONG, update};
use crate::catalog::Column;
use crate::contract::Operation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::{terms, workload};
use crate::sql::identifier;

pub(super) const VECTOR: Vector = Vector {
    name: "large values",
    rule: WRONG,
    about: "A text, a document and bytes get values beyond 8 kB, which are stored apart from the row, and then another column is \
            changed and the row deleted. The images have to hold them whole.",
    bad: include_str!("large.bad.sql"),
    good: include_str!("large.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    if !bench.terms.logs(Operation::Update) {
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
        let large: Vec<(&Column, &str)> = update::columns(table)
            .filter_map(|column| Some((column, large(&column.data_type)?)))
            .collect();
        let Some(row) = bench.rows(table).into_iter().next().filter(|_| !large.is_empty()) else {
            continue;
        };
        let mut tally = Tally::new(&VECTOR, table);
        let mut is_tried = false;
        for (column, value) in large {
            course.back().await?;
            let enlarge = format!(
                "UPDATE {} SET {} = {value} WHERE {}",
                workload::sql(table),
                identifier(&column.name),
                workload::is_row(table, row)
            );
            // What a check keeps short is never large.
            if course.prepare(&enlarge).await? {
                is_tried = true;
                let target = format!("WHERE {}", workload::is_row(table, row));
                for other in update::columns(table).filter(|other| other.name != column.name) {
                    if update::set(bench, &mut course, &mut tally, table, other, row, &target).await? {
                        break;
                    }
                }
                let children = workload::without_children(bench.terms.catalog, table);
                if children.is_empty() || course.prepare(&children).await? {
                    tally
                        .step(bench, &mut course, &workload::take_away(table, row))
                        .await?;
                }
            }
        }
        if is_tried {
            outcomes.extend(tally.outcomes());
        }
    }
    course.end().await?;
    Ok(outcomes)
}

/// A value beyond 8 kB that hardly compresses. None: the type has none.
fn large(data_type: &str) -> Option<&'static str> {
    match data_type {
        "text" | "character varying" => Some(
            "(SELECT pg_catalog.string_agg(pg_catalog.md5(i::text), '') FROM pg_catalog.generate_series(1, 600) AS i)",
        ),
        "jsonb" | "json" => Some(
            "(SELECT pg_catalog.json_object_agg('pgproof' || i, pg_catalog.md5(i::text)) FROM pg_catalog.generate_series(1, 600) AS i)",
        ),
        "bytea" => Some(
            "(SELECT pg_catalog.decode(pg_catalog.string_agg(pg_catalog.md5(i::text), ''), 'hex') \
             FROM pg_catalog.generate_series(1, 1200) AS i)",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::WRONG, "audit.log").await;
    }
}
