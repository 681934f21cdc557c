//! A table of the log's name that is not the log.

use super::plain::{self, is_missing};
use super::{BYPASS, Guard, Shown, to_blame};
use crate::catalog::Relation;
use crate::claim::{Claim, Severity};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::sql::identifier;

pub(super) const GUARD: Guard = Guard {
    name: "shadowed log",
    rule: BYPASS,
    about: "Whoever acts makes temporary tables with the names and columns of the log, \
            grants them to everybody, and changes each audited table. The entry must be in the log itself, or the \
            change be refused.",
    bad: include_str!("shadow.bad.sql"),
    good: include_str!("shadow.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let mut claims: Vec<Claim> = Vec::new();
    let plain = bench.plain().await?;
    let mut course = Course::begin(bench).await?;
    for plain in plain {
        let object = plain.table.name.to_string();
        if claims.iter().any(|claim| claim.object == object) {
            continue;
        }
        let before = shadow(bench.log.relation);
        course.back().await?;
        if !course.arrange(&before).await? {
            let why = "a temporary table of the log's name could not be made";
            claims.push(GUARD.blind(&object, Severity::Warning, why));
            continue;
        }
        let paths = ["", "; SET LOCAL search_path = pg_temp, public, pg_catalog"];
        let mut found = Vec::new();
        for path in paths {
            let before = format!("{before}{path}");
            let done = plain::again(&mut course, plain, &[], &plain.who, &before).await?;
            if done.done().is_some_and(|done| is_missing(&done)) {
                let objects = to_blame(bench, plain.table);
                let message = format!(
                    "a temporary table called {} takes the entries of {object} away from the log",
                    bench.log.relation.name.name
                );
                let shown = Shown {
                    who: &plain.who,
                    prepared: &course.prepared,
                    sql: &format!("{before}; {}", plain.sql),
                    expected: "the entry in the log",
                    observed: "none",
                };
                found = GUARD.found(&objects, &message, &shown);
                break;
            }
        }
        if found.is_empty() {
            found.push(GUARD.held(
                &object,
                "with a temporary table of the log's name its entries go where they belong",
            ));
        }
        claims.extend(found);
    }
    course.end().await?;
    GUARD.blind_elsewhere(bench, &mut claims, "no change of it leaves an entry");
    Ok(claims)
}

/// A temporary table with the same columns and none of the constraints.
pub(super) fn shadow(relation: &Relation) -> String {
    let name = identifier(&relation.name.name);
    let columns: Vec<String> = relation
        .columns
        .iter()
        .map(|column| {
            let default = match &column.default {
                Some(default) if !uses_sequence(default) => format!(" DEFAULT {default}"),
                _ => String::new(),
            };
            format!("{} {}{default}", identifier(&column.name), column.data_type)
        })
        .collect();
    format!(
        "CREATE TEMPORARY TABLE {name} ({}); GRANT ALL ON pg_temp.{name} TO PUBLIC",
        columns.join(", ")
    )
}

/// Sequences have privileges of their own.
fn uses_sequence(default: &str) -> bool {
    default.contains("nextval(")
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::GUARD, "audit.record()", "").await;
    }
}
