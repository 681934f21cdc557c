//! A log that logs itself.

use super::{BYPASS, Guard, Shown};
use crate::claim::{Claim, Severity};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::{Course, Judging, Step};
use crate::prove::audit::{workload, writers};

pub(super) const GUARD: Guard = Guard {
    name: "recursion",
    rule: BYPASS,
    about: "A row is inserted into each audited table. An entry that makes another entry that makes another does not end, and \
            nothing can be changed any more.",
    bad: include_str!("recursion.bad.sql"),
    good: include_str!("recursion.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// `stack depth limit exceeded`.
const STACK: &str = "54001";

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let log = bench.log.relation.name.to_string();
    let mut course = Course::begin(bench).await?;
    let mut tried = false;
    let mut claims = Vec::new();
    'tables: for &table in &bench.terms.tables {
        for row in bench.rows(table).into_iter().take(2) {
            course.back().await?;
            if !course.prepare(&workload::take_away(table, row)).await? {
                continue;
            }
            let sql = workload::insert(table, row, true);
            match course.step(&bench.owner, &sql, Judging::default()).await? {
                Step::Refused(refusal) if refusal.sqlstate == STACK => {
                    let mut objects = writers::of(bench, &bench.log.relation.name, None);
                    objects.push(log.clone());
                    objects.push(table.name.to_string());
                    let message = format!(
                        "an entry of {} makes another entry, without end: nothing can be changed",
                        table.name
                    );
                    let shown = Shown {
                        who: &bench.owner,
                        prepared: &course.prepared,
                        sql: &sql,
                        expected: "one entry",
                        observed: &refusal.message,
                    };
                    claims = GUARD.found(&objects, &message, &shown);
                    break 'tables;
                }
                Step::Refused(_) => {}
                Step::Done(_) => tried = true,
            }
        }
    }
    course.end().await?;
    if claims.is_empty() {
        claims.push(if tried {
            GUARD.held(&log, "an entry ends with itself")
        } else {
            GUARD.blind(
                &log,
                Severity::Info,
                "no row could be inserted into an audited table",
            )
        });
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::GUARD, "audit.record()", "").await;
    }
}
