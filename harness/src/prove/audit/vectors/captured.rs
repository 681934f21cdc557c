//! Columns whose changes are logged however they come about.

use super::{MISSING, Vector, update};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::course::Done;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;
use crate::prove::mention::Mentions;

pub(super) const VECTOR: Vector = Vector {
    name: "captured columns",
    rule: MISSING,
    about: "A column that the contract says must be captured is changed directly, by changes of the other columns, and by way of \
            the tables whose triggers write it. Each change has to be logged; a trigger that fires for an UPDATE OF the column \
            does not see what another trigger changes.",
    bad: include_str!("captured.bad.sql"),
    good: include_str!("captured.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let mut course = Course::begin(bench).await?;
    for table in bench.terms.tables.iter().copied() {
        let captured: Vec<&str> = bench.terms.must_capture(table).collect();
        if captured.is_empty() {
            continue;
        }
        let mut tally = Tally::new(&VECTOR, table);
        let mut seen: Vec<&str> = Vec::new();
        let mut note = |done: Option<&Done>| {
            let changes = done.into_iter().flat_map(|done| &done.changes);
            for change in changes.filter(|change| change.table == table.name) {
                let differ = change.changed();
                seen.extend(captured.iter().filter(|column| differ.contains(*column)));
            }
        };
        if let Some(row) = bench.rows(table).into_iter().next() {
            for column in update::columns(table) {
                course.back().await?;
                if let Some(target) = update::target(&mut course, table, row).await? {
                    note(
                        update::set_and_see(bench, &mut course, &mut tally, table, column, row, &target)
                            .await?
                            .as_ref(),
                    );
                }
            }
        }
        for other in writers(bench, table) {
            for row in bench.rows(other).into_iter().take(2) {
                course.back().await?;
                note(
                    tally
                        .step(bench, &mut course, &workload::take_away(other, row))
                        .await?
                        .as_ref(),
                );
                course.back().await?;
                if course.prepare(&workload::take_away(other, row)).await? {
                    note(
                        tally
                            .step(bench, &mut course, &workload::insert(other, row, true))
                            .await?
                            .as_ref(),
                    );
                }
                for column in update::columns(other) {
                    course.back().await?;
                    if let Some(target) = update::target(&mut course, other, row).await? {
                        note(
                            update::set_and_see(bench, &mut course, &mut tally, other, column, row, &target)
                                .await?
                                .as_ref(),
                        );
                    }
                }
            }
        }
        for column in &captured {
            if !seen.contains(column) {
                tally.lacks(format!("nothing changed {column}"));
            }
        }
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    Ok(outcomes)
}

/// The other tables with a trigger whose function names this one.
fn writers<'a>(bench: &Bench<'a>, table: &Relation) -> Vec<&'a Relation> {
    let catalog = bench.terms.catalog;
    let names_it = |relation: &&Relation| {
        relation.triggers.iter().any(|trigger| {
            catalog
                .functions
                .iter()
                .filter(|function| function.name == trigger.function)
                .filter_map(|function| function.body.as_deref())
                .any(|body| Mentions::of(body).name(&table.name))
        })
    };
    catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table() && relation.name != table.name)
        .filter(names_it)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::MISSING, "app.projects").await;
    }
}
