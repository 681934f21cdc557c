//! Changes that a careless comparison takes for none: of case, of order, of one key of a document.

use crate::catalog::{Column, Relation};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::{values, workload};
use crate::rows::Row;
use crate::sql::identifier;

/// Takes the column through its slight changes, one after the other. What its own type takes for equal is no change.
pub(super) async fn changes(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    column: &Column,
    row: &Row,
) -> Result<(), Error> {
    let values = values::slight(bench.terms.catalog, column);
    if values.is_empty() || bench.terms.is_ignored(table, &column.name) {
        return Ok(());
    }
    course.back().await?;
    let Some(target) = super::target(course, table, row).await? else {
        return Ok(());
    };
    let (name, c) = (workload::sql(table), identifier(&column.name));
    let and = if target.is_empty() { "WHERE" } else { "AND" };
    // `json` has no equality of its own.
    let compared = if values::is_json(bench.terms.catalog, column) {
        format!("t.{c}::jsonb")
    } else {
        format!("t.{c}")
    };
    for value in values {
        let update = format!(
            "UPDATE {name} AS t SET {c} = {value} {target} {and} {compared} IS DISTINCT FROM {value}"
        );
        tally.step(bench, course, &update).await?;
    }
    Ok(())
}
