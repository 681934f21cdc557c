//! Changes that a trigger makes.

use super::plain::is_missing;
use super::{BYPASS, Guard, Shown, to_blame};
use crate::claim::Claim;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::{Course, Judging, Step};

pub(super) const GUARD: Guard = Guard {
    name: "changes by triggers",
    rule: BYPASS,
    about: "Each audited table is changed from within a trigger of another table, as the same role. The change must leave its \
            entry: one that looks at pg_trigger_depth() may leave none.",
    bad: include_str!("depth.bad.sql"),
    good: include_str!("depth.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let mut claims: Vec<Claim> = Vec::new();
    let plain = bench.plain().await?;
    let mut course = Course::begin(bench).await?;
    for plain in plain {
        let object = plain.table.name.to_string();
        course.back().await?;
        let nested = include_str!("depth.sql").replace("$statement", &plain.sql);
        if !plain.is_prepared(&mut course).await? || !course.arrange(&nested).await? {
            continue;
        }
        let sql = "INSERT INTO pgproof.outer_table DEFAULT VALUES";
        let Step::Done(done) = course.step(&plain.who, sql, Judging::default()).await? else {
            continue;
        };
        if done.changes.is_empty() {
            continue;
        }
        if is_missing(&done) {
            let objects = to_blame(bench, plain.table);
            let message = format!("a change of {object} that a trigger makes leaves no entry");
            let shown = Shown {
                who: &plain.who,
                prepared: &course.prepared,
                sql,
                expected: "an entry",
                observed: "none",
            };
            claims.retain(|claim| claim.object != object);
            claims.extend(GUARD.found(&objects, &message, &shown));
        } else if !claims.iter().any(|claim| claim.object == object) {
            claims.push(GUARD.held(&object, "what a trigger changes leaves its entry"));
        }
    }
    course.end().await?;
    GUARD.blind_elsewhere(bench, &mut claims, "no change of it works from within a trigger");
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
