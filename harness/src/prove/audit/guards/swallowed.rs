//! What happens where an entry can't be written.

use super::plain::{self, Again, is_missing};
use super::{Guard, SWALLOWED, Shown, to_blame};
use crate::catalog::Name;
use crate::claim::{Claim, Severity};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::{Course, Done};
use crate::sql::{literal, qualified};

pub(super) const GUARD: Guard = Guard {
    name: "swallowed errors",
    rule: SWALLOWED,
    about: "The log is made to refuse every entry, by a check, as a duplicate and by an exception, and each audited table is \
            changed. The change must be refused as well, or the entry be kept somewhere else.",
    bad: include_str!("swallowed.bad.sql"),
    good: include_str!("swallowed.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// What the log answers: a check, a duplicate, an exception of the project's own, a full disk, a lock not had in time.
const ERRORS: &[&str] = &["23514", "23505", "P0001", "53100", "55P03"];

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let mut claims = Vec::new();
    let plain = bench.plain().await?;
    let mut course = Course::begin(bench).await?;
    let mut held: Vec<&Name> = Vec::new();
    let mut swallowed: Vec<&Name> = Vec::new();
    for plain in plain {
        let operation = plain.operation();
        for code in ERRORS {
            let refuse = include_str!("refuse.sql")
                .replace(
                    "$log",
                    &qualified(&bench.log.relation.name.schema, &bench.log.relation.name.name),
                )
                .replace("$code", &literal(code));
            let arranged = [refuse];
            let done = plain::again(&mut course, plain, &arranged, &plain.who, "").await?;
            let done = match done {
                Again::Unready => continue,
                Again::Done(done) if is_missing(&done) => done,
                Again::Done(_) | Again::Refused => {
                    held.push(&plain.table.name);
                    continue;
                }
            };
            if let Some(elsewhere) = kept_elsewhere(bench, &done) {
                let message = format!("an entry that the log refuses is kept in {elsewhere}");
                claims.push(GUARD.held(&plain.table.name.to_string(), message));
                break;
            }
            let objects = to_blame(bench, plain.table);
            let message = format!(
                "where its entry can't be written (SQLSTATE {code}) {operation} of {} happens all the same",
                plain.table.name
            );
            let shown = Shown {
                who: &plain.who,
                prepared: &course.prepared,
                sql: &plain.sql,
                expected: "an error, and nothing done",
                observed: "the change without an entry",
            };
            claims.extend(GUARD.found(&objects[..1], &message, &shown));
            swallowed.push(&plain.table.name);
            break;
        }
    }
    course.end().await?;
    for &table in &bench.terms.tables {
        let object = table.name.to_string();
        if swallowed.contains(&&table.name) || claims.iter().any(|claim| claim.object == object) {
            continue;
        }
        claims.push(if held.contains(&&table.name) {
            GUARD.held(&object, "a change whose entry can't be written does not happen")
        } else {
            GUARD.blind(
                &object,
                Severity::Info,
                "no change of it leaves an entry that the log could refuse",
            )
        });
    }
    Ok(claims)
}

/// A table, neither audited nor the log, that has a new row which tells of the change.
fn kept_elsewhere(bench: &Bench<'_>, done: &Done) -> Option<Name> {
    let is_audited = |name: &Name| {
        let relation = bench.terms.catalog.relation(&name.schema, &name.name);
        relation.is_some_and(|relation| bench.terms.tables.iter().any(|table| table.name == relation.name))
    };
    let mut values: Vec<&str> = Vec::new();
    for change in done.changes.iter().filter(|change| is_audited(&change.table)) {
        let images = change.old.iter().chain(&change.new);
        let texts = images.flat_map(|stored| stored.image.values().flatten());
        values.extend(texts.map(String::as_str).filter(|text| text.len() > 3));
    }
    done.changes
        .iter()
        .filter(|change| change.old.is_none() && !is_audited(&change.table))
        .find(|change| {
            let row = change
                .new
                .iter()
                .flat_map(|stored| stored.image.values().flatten());
            row.into_iter()
                .any(|text| values.iter().any(|value| text.contains(value)))
        })
        .map(|change| change.table.clone())
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::GUARD, "audit.record()", "").await;
    }
}
