//! The same run again.

use super::{IDEMPOTENT, Shown, Vector, conclude};
use crate::contract::Returns;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};

pub(super) const VECTOR: Vector = Vector {
    name: "twice",
    rules: &[IDEMPOTENT],
    about: "A second run right after the first has nothing left to do: it removes nothing, anonymises nothing anew, archives \
            nothing twice, returns 0 and does not fail.",
    bad: include_str!("twice.bad.sql"),
    good: include_str!("twice.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    let mut stage = bench.stage(bench.zone()).await?;
    for number in 0..bench.targets.len() {
        stage
            .make(number, &[bench.old(number), bench.young(number)])
            .await?;
    }
    let first = stage.perform().await?;
    if first.ran.refused.is_some() {
        stage.end().await?;
        return Ok(Vec::new());
    }
    let second = stage.again(&first).await?;
    stage.end().await?;
    // What the first left to be done is another finding.
    let left = judge::of(bench, &first)
        .faults
        .iter()
        .any(|fault| matches!(fault.wrong, Wrong::TooLong | Wrong::Uncleared));
    let again = judge::of(bench, &second);
    let object = bench.object(0);
    let found = |message: String, observed: String| {
        Outcome::Found(
            Finding::new(IDEMPOTENT, object.clone(), message).expected("a second run does nothing", observed),
        )
    };
    if let Some(refusal) = &second.ran.refused {
        let message = format!("{object}: run a second time it fails: {}", refusal.message);
        return Ok(vec![found(message, refusal.message.clone())]);
    }
    if left {
        return Ok(vec![Outcome::Blind {
            rule: IDEMPOTENT,
            object,
            severity: crate::claim::Severity::Info,
            why: "the first run left something to do".to_owned(),
        }]);
    }
    if let Some(row) = again.went.iter().next() {
        let is_anonymised = bench
            .target_of(row)
            .is_some_and(|number| bench.targets[number].is_anonymised());
        let what = if is_anonymised {
            "is anonymised anew"
        } else {
            "goes"
        };
        let words = judge::described(bench, &second, row);
        return Ok(vec![found(
            format!("{object}: run a second time, {words} {what}"),
            format!("{words} {what}"),
        )]);
    }
    let archived = judge::changes(bench, &second).into_iter().find(|change| {
        change.old.is_none()
            && bench
                .targets
                .iter()
                .filter_map(|target| target.rule.archive_to.as_ref())
                .any(|archive| change.table.schema == archive.schema && change.table.name == archive.name)
    });
    if let Some(change) = archived {
        return Ok(vec![found(
            format!(
                "{object}: run a second time it puts another row into {}",
                change.table
            ),
            "a row is archived twice".to_owned(),
        )]);
    }
    if bench.entry.returns == Some(Returns::Count) && second.ran.count().is_some_and(|count| count != 0) {
        let count = second.ran.count().unwrap_or_default();
        return Ok(vec![found(
            format!("{object}: run a second time it returns {count}, though nothing is left to remove"),
            format!("it returns {count}"),
        )]);
    }
    conclude(
        bench,
        IDEMPOTENT,
        (0..bench.targets.len())
            .map(|number| (number, Shown::Right))
            .collect(),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::IDEMPOTENT).await;
    }
}
