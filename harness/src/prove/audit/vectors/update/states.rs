//! Changes of rows in each state that a label, a flag or a time may put them in: a trigger may pass over one of them.

use super::{columns, set, target};
use crate::catalog::{Column, ConstraintKind, Relation};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::{values, workload};
use crate::rows::Row;
use crate::sql::{identifier, literal};

/// How many states of a table are tried.
const MOST: usize = 16;
/// How many changes are made in all of them, and how many in each at least.
const CHANGES: usize = 48;
const LEAST: usize = 2;

/// Changes some of the other columns, one at a time, of a row in each state.
pub(super) async fn each(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
) -> Result<(), Error> {
    let rows = bench.rows(table);
    let states = states(bench, table);
    let wanted = (CHANGES / states.len().max(1)).max(LEAST);
    for (decides, value) in states {
        let is_so = |row: &&&Row| row.values.get(&decides.name) == Some(&value);
        let Some(row) = rows.iter().find(is_so).or(rows.first()).copied() else {
            continue;
        };
        course.back().await?;
        let Some(target) = target(course, table, row).await? else {
            continue;
        };
        if row.values.get(&decides.name) != Some(&value) {
            let put = format!(
                "UPDATE {} SET {} = {} {target}",
                workload::sql(table),
                identifier(&decides.name),
                value.as_deref().map_or_else(|| "NULL".to_owned(), literal)
            );
            // A state that a constraint refuses is none.
            if !course.prepare(&put).await? {
                continue;
            }
        }
        let others = columns(table)
            .filter(|column| column.name != decides.name && !bench.terms.is_ignored(table, &column.name));
        let mut changed = 0;
        for column in others.take(2 * wanted) {
            if changed < wanted && set(bench, course, tally, table, column, row, &target).await? {
                changed += 1;
            }
        }
    }
    Ok(())
}

/// The columns that tell rows apart by kind, each with the values that it may have. Those of labels come first.
fn states<'t>(bench: &Bench<'_>, table: &'t Relation) -> Vec<(&'t Column, Option<String>)> {
    let mut states = Vec::new();
    let mut times = Vec::new();
    for column in columns(table) {
        let labels = values::kinds(bench.terms.catalog, column).unwrap_or_else(|| checked(table, column));
        states.extend(labels.into_iter().map(|label| (column, Some(label))));
        // Gone, archived, published: a time that is there or not.
        if !column.not_null && values::is_time(bench.terms.catalog, column) {
            times.extend([None, Some("2025-06-01".to_owned())].map(|value| (column, value)));
        }
    }
    states.extend(times);
    states.truncate(MOST);
    states
}

/// The words that a CHECK of this column alone names.
fn checked(table: &Relation, column: &Column) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let checks = table.constraints.iter().filter(|constraint| {
        constraint.kind == ConstraintKind::Check && constraint.columns == [column.name.as_str()]
    });
    for check in checks {
        for word in check.definition.split('\'').skip(1).step_by(2) {
            if !word.is_empty() && !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
    }
    words
}
