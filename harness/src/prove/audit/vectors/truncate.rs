//! TRUNCATE, which no row trigger sees.

use super::{MISSING, Vector};
use crate::catalog::Relation;
use crate::contract::Operation;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::bench::Who;
use crate::prove::audit::course::{Course, Judging};
use crate::prove::audit::course::{Done, Step};
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;
use crate::sql::identifier;

pub(super) const VECTOR: Vector = Vector {
    name: "truncate",
    rule: MISSING,
    about: "The application's role empties a table, and each of its partitions, with TRUNCATE, which no row trigger sees. It has to \
            be refused, or to leave an entry; an entry it must leave where the contract names TRUNCATE among the operations.",
    bad: include_str!("truncate.bad.sql"),
    good: include_str!("truncate.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

const JUDGING: Judging = Judging {
    actor: false,
    truncated: true,
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let mut course = Course::begin(bench).await?;
    for table in bench
        .terms
        .tables
        .iter()
        .copied()
        .filter(|table| !bench.rows(table).is_empty())
    {
        let mut tally = Tally::new(&VECTOR, table);
        // Somebody who may, where the contract wants an entry whoever does it.
        let must = bench.terms.logs(Operation::Truncate);
        let mut is_done = truncate(&mut course, &mut tally, table, bench.people[0].application()).await?;
        if !is_done && must {
            is_done = truncate(&mut course, &mut tally, table, bench.people[0].superuser()).await?;
        }
        if !is_done && would_show(bench, &mut course, table).await? {
            tally.nothing_happened();
        }
        // The statement triggers of the parent don't see it.
        for partition in bench.terms.family(table) {
            if partition.name != table.name {
                through(bench, &mut course, &mut tally, partition).await?;
            }
        }
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    Ok(outcomes)
}

/// The same by way of a partition. That of an empty one shows nothing.
async fn through(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    partition: &Relation,
) -> Result<(), Error> {
    let people = &bench.people[0];
    let must = bench.terms.logs(Operation::Truncate);
    let who = [Some(people.application()), must.then(|| people.superuser())];
    for who in who.into_iter().flatten() {
        for sql in statements(partition) {
            course.back().await?;
            let Some(done) = tally.step_as(course, who, &sql, JUDGING).await? else {
                continue;
            };
            if done.changes.is_empty() && done.entries.is_empty() {
                tally.lacks(format!("{} can be emptied, and holds no row", partition.name));
            }
            return Ok(());
        }
    }
    Ok(())
}

/// The table alone, and with those that point to it.
fn statements(table: &Relation) -> [String; 2] {
    let name = workload::sql(table);
    [format!("TRUNCATE {name}"), format!("TRUNCATE {name} CASCADE")]
}

async fn truncate(
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    who: &Who,
) -> Result<bool, Error> {
    for sql in statements(table) {
        course.back().await?;
        if tally.step_as(course, who, &sql, JUDGING).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a TRUNCATE that nobody refused, and no trigger logged, would be found out.
async fn would_show<'a>(
    bench: &Bench<'a>,
    course: &mut Course<'_, '_>,
    table: &'a Relation,
) -> Result<bool, Error> {
    let is_found = |done: &Done| !done.judged.problems.is_empty();
    for sql in statements(table) {
        course.back().await?;
        // A partition's own trigger would refuse it, too.
        let family = bench.terms.family(table);
        let triggers = family
            .iter()
            .flat_map(|of| of.triggers.iter().map(move |trigger| (of, trigger)));
        let disable: Vec<String> = triggers
            .map(|(of, trigger)| {
                format!(
                    "ALTER TABLE {} DISABLE TRIGGER {}",
                    workload::sql(of),
                    identifier(&trigger.name)
                )
            })
            .collect();
        if !disable.is_empty() && !course.prepare(&disable.join("; ")).await? {
            return Ok(false);
        }
        if let Step::Done(done) = course.step(bench.people[0].superuser(), &sql, JUDGING).await? {
            return Ok(is_found(&done));
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::super::example::{breaks_and_mends, breaks_and_mends_with};
    use super::{MISSING, VECTOR};

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&VECTOR, MISSING, "app.tasks").await;
    }

    #[tokio::test]
    async fn a_partition_that_can_be_emptied_is_found_though_its_parent_cannot() {
        let bad = include_str!("truncate.partition.sql");
        let good = "REVOKE TRUNCATE ON app.events_2026 FROM app_user";
        breaks_and_mends_with(&VECTOR, [bad, good], MISSING, "app.events").await;
    }

    #[tokio::test]
    async fn a_partition_that_refuses_it_by_itself_is_no_finding() {
        let bad = include_str!("truncate.partition.sql");
        let good = "CREATE TRIGGER keep BEFORE TRUNCATE ON app.events_2026 \
                    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse()";
        breaks_and_mends_with(&VECTOR, [bad, good], MISSING, "app.events").await;
    }
}
