//! Two sessions at once.

use std::time::Duration;

use super::{CONCURRENCY, Vector};
use crate::claim::Severity;
use crate::contract::Returns;
use crate::error::Error;
use crate::prove::image::Images;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge;
use crate::prove::retention::kin::RowId;
use crate::prove::retention::stage::{Performed, Stage};
use crate::prove::run::{self, Ran};
use crate::prove::session::Session;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "two sessions",
    rules: &[CONCURRENCY],
    about: "In a clone of its own one session runs and does not end its transaction, another runs meanwhile, then the first \
            commits. Each row is counted once, and neither session ends in a deadlock. Whether a writer of young rows had to wait \
            for the first is told for information.",
    bad: include_str!("concurrency.bad.sql"),
    good: include_str!("concurrency.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows that are too old in each table.
const ROWS: u32 = 40;
/// How often, and after what time each, is looked whether the second session waits.
const LOOKS: u32 = 100;
const LOOK: Duration = Duration::from_millis(10);
/// In how many tables.
const TABLES: usize = 4;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    let mut outcomes = Vec::new();
    for number in 0..bench.targets.len() {
        // The first table at which the second session has to wait is the one that it is judged by.
        if outcomes.len() < TABLES && bench.works(number).await? {
            outcomes.push(on(bench, number).await?);
        }
    }
    Ok(Outcome::worst(outcomes))
}

async fn on(bench: &Bench<'_>, number: usize) -> Result<Outcome, Error> {
    let object = bench.object(number);
    let database = bench.own_clone().await?;
    let setting = Session::open(&database).await?;
    let mut stage = Stage::begin(bench, Some((database, setting)), bench.zone()).await?;
    stage.make_many(number, &bench.old(number), ROWS).await?;
    let young = stage.make(number, &[bench.young(number)]).await?.pop().flatten();
    let (database, setting, mut performed) = stage.commit().await?;
    let login = bench.actor.as_ref().map_or_else(
        || database.template().server().user(),
        |actor| actor.login.as_str(),
    );
    let (Some(first), Some(second)) = (
        Session::login_once(&database, &setting, login).await?,
        Session::login_once(&database, &setting, login).await?,
    ) else {
        return Ok(Outcome::Blind {
            rule: CONCURRENCY,
            object,
            severity: Severity::Info,
            why: format!("nobody can log in as {login}"),
        });
    };
    for session in [&first, &second] {
        session
            .run(&run::begin(bench.actor.as_ref(), bench.zone()))
            .await?;
    }
    let (one, two, waited) = if bench.commits.get() {
        let (one, two) = tokio::join!(
            run::outside(&first, &bench.run),
            run::outside(&second, &bench.run)
        );
        (one?, two?, false)
    } else {
        at_once(bench, [&first, &second], &setting, number, young.as_ref()).await?
    };
    setting.run("BEGIN").await?;
    performed.after = Images::read_left(&setting, bench.catalog).await?;
    setting.run("ROLLBACK").await?;
    let outcome = judged(bench, &performed, number, &one, &two);
    if waited && matches!(outcome, Outcome::Held { .. }) {
        let message = format!(
            "{object}: who changes a row of {} that stays waits until the run's transaction ends: it locks more than the \
             rows that go",
            bench.targets[number].relation.name
        );
        return Ok(Outcome::Found(
            Finding::new(CONCURRENCY, object, message).weighing(Severity::Info),
        ));
    }
    Ok(outcome)
}

/// Both run; the first commits when the second waits for it. Whether a writer had to wait meanwhile.
async fn at_once(
    bench: &Bench<'_>,
    sessions: [&Session; 2],
    writer: &Session,
    number: usize,
    young: Option<&RowId>,
) -> Result<(Ran, Ran, bool), Error> {
    let [first, second] = sessions;
    first.run("BEGIN").await?;
    let mut one = run::outside(first, &bench.run).await?;
    let running = run::outside(second, &bench.run);
    tokio::pin!(running);
    let mut ended = None;
    for _ in 0..LOOKS {
        tokio::select! {
            two = &mut running => {
                ended = Some(two?);
                break;
            }
            () = tokio::time::sleep(LOOK) => {}
        }
        if !writer.rows(include_str!("waiting.sql")).await?.is_empty() {
            break;
        }
    }
    let mut waited = false;
    if let Some(row) = young {
        let age = identifier(&bench.targets[number].age.name);
        let update = format!(
            "BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '200ms'; \
             UPDATE ONLY {} SET {age} = {age} WHERE ctid = {}",
            qualified(&row.0.schema, &row.0.name),
            literal(&row.1)
        );
        let seen = writer.send(&update).await?;
        waited = seen.refused.is_some_and(|refusal| refusal.sqlstate == "55P03");
        writer.run("ROLLBACK").await?;
    }
    let end = if one.refused.is_some() {
        "ROLLBACK"
    } else {
        "COMMIT"
    };
    let committed = first.send(end).await?;
    one.refused = one.refused.take().or(committed.refused);
    let two = match ended {
        Some(two) => two,
        None => running.await?,
    };
    Ok((one, two, waited))
}

fn judged(bench: &Bench<'_>, performed: &Performed, number: usize, one: &Ran, two: &Ran) -> Outcome {
    let object = bench.object(number);
    let found = |message: String| {
        Outcome::Found(
            Finding::new(CONCURRENCY, object.clone(), message.clone()).expected(
                "each row is counted once, and neither session fails for the other",
                message,
            ),
        )
    };
    let deadlock = [one, two]
        .into_iter()
        .filter_map(|ran| ran.refused.as_ref())
        .find(|refusal| refusal.sqlstate == "40P01");
    if let Some(refusal) = deadlock {
        return found(format!(
            "{object}: two sessions at once end in a deadlock: {}",
            refusal.message
        ));
    }
    let judgement = judge::of(bench, performed);
    let archived: usize = bench
        .targets
        .iter()
        .filter_map(|target| target.rule.archive_to.as_ref())
        .map(|archive| {
            let rows = |images: &Images| {
                let all = images.0.iter();
                all.filter(|(name, _)| name.schema == archive.schema && name.name == archive.name)
                    .map(|(_, rows)| rows.len())
                    .sum::<usize>()
            };
            rows(&performed.after).saturating_sub(rows(&performed.before))
        })
        .sum();
    if archived > judgement.went.len() {
        return found(format!(
            "{object}: two sessions at once archive {archived} rows where {} went",
            judgement.went.len()
        ));
    }
    // A wrong count of one session alone is another finding.
    let counts = bench.entry.returns == Some(Returns::Count) && bench.miscounts.borrow().is_empty();
    if counts && one.refused.is_none() && two.refused.is_none() {
        let sum = one.count().unwrap_or_default() + two.count().unwrap_or_default();
        let fits = usize::try_from(sum).is_ok_and(|sum| (judgement.least..=judgement.most).contains(&sum));
        if !fits {
            return found(format!(
                "{object}: two sessions at once return {} and {}, and {} rows went",
                one.count().unwrap_or_default(),
                two.count().unwrap_or_default(),
                judgement.went.len()
            ));
        }
    }
    if let Some(refusal) = [one, two].into_iter().find_map(|ran| ran.refused.as_ref()) {
        let message = format!(
            "{object}: of two sessions at once one fails, and no row is lost or counted twice: {}",
            refusal.message
        );
        return Outcome::Found(Finding::new(CONCURRENCY, object, message).weighing(Severity::Info));
    }
    if judgement.went.is_empty() {
        return Outcome::Blind {
            rule: CONCURRENCY,
            object,
            severity: Severity::Info,
            why: "neither session removed anything".to_owned(),
        };
    }
    Outcome::Held {
        rule: CONCURRENCY,
        object,
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::CONCURRENCY).await;
    }
}
