//! Rows that change because another one does.

use super::{MISSING, Vector};
use crate::catalog::{Constraint, ConstraintKind, Name, Relation};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::course::Done;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;
use crate::prove::audit::{happened, values};
use crate::sql::identifier;

pub(super) const VECTOR: Vector = Vector {
    name: "cascade",
    rule: MISSING,
    about: "The row that an audited row points to is deleted, and its key changed, where the foreign key says CASCADE, SET NULL \
            or SET DEFAULT. What becomes of the audited row has to be logged like any other change.",
    bad: include_str!("cascade.bad.sql"),
    good: include_str!("cascade.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let mut course = Course::begin(bench).await?;
    for table in bench.terms.tables.iter().copied() {
        let keys: Vec<&Constraint> = table
            .constraints
            .iter()
            .filter(|constraint| constraint.kind == ConstraintKind::ForeignKey)
            .collect();
        let mut tally = Tally::new(&VECTOR, table);
        let mut is_tried = false;
        for key in keys {
            let Some(reference) = &key.references else {
                continue;
            };
            let parent = bench
                .terms
                .catalog
                .relation(&reference.relation.schema, &reference.relation.name);
            let Some(parent) = parent.filter(|parent| parent.name != table.name) else {
                continue;
            };
            if acts(&reference.on_delete) {
                is_tried = true;
                if !delete(bench, &mut course, &mut tally, table, parent).await? {
                    tally.lacks(format!(
                        "no row of {} could be deleted with one of it",
                        parent.name
                    ));
                }
            }
            if acts(&reference.on_update) {
                is_tried = true;
                if !rename(bench, &mut course, &mut tally, table, parent, &reference.columns).await? {
                    tally.lacks(format!(
                        "no key of {} could be changed with one of it",
                        parent.name
                    ));
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

/// Whether a foreign key's action writes rows.
fn acts(action: &str) -> bool {
    matches!(action, "cascade" | "set null" | "set default")
}

fn reaches(bench: &Bench<'_>, done: Option<&Done>, table: &Name) -> bool {
    let catalog = bench.terms.catalog;
    done.is_some_and(|done| {
        done.changes.iter().any(|change| {
            let changed = catalog.relation(&change.table.schema, &change.table.name);
            changed.is_some_and(|changed| happened::root(catalog, changed).name == *table)
        })
    })
}

async fn delete(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    parent: &Relation,
) -> Result<bool, Error> {
    let others = workload::without_children_but(bench.terms.catalog, parent, &table.name);
    for row in bench.rows(parent) {
        course.back().await?;
        let delete = workload::take_away(parent, row);
        let mut done = tally.step(bench, course, &delete).await?;
        // Others that point there may stand in the way.
        if done.is_none() && !others.is_empty() && course.prepare(&others).await? {
            done = tally.step(bench, course, &delete).await?;
        }
        if reaches(bench, done.as_ref(), &table.name) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn rename(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    parent: &Relation,
    columns: &[String],
) -> Result<bool, Error> {
    for row in bench.rows(parent) {
        for column in columns.iter().filter_map(|column| parent.column(column)) {
            for value in values::others(bench, parent, column, row) {
                course.back().await?;
                let update = format!(
                    "UPDATE {} AS t SET {} = {value} WHERE {}",
                    workload::sql(parent),
                    identifier(&column.name),
                    workload::is_row(parent, row)
                );
                let done = tally.step(bench, course, &update).await?;
                if reaches(bench, done.as_ref(), &table.name) {
                    return Ok(true);
                }
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
