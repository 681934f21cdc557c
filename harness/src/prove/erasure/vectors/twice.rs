//! Erasing the same person again.

use super::{IDEMPOTENT, Vector};
use crate::claim::{Claim, Verdict};
use crate::error::Error;
use crate::prove::erasure::bench::Bench;

pub(super) const VECTOR: Vector = Vector {
    name: "twice",
    rule: IDEMPOTENT,
    about: "Where the contract says `idempotent = true`, the same person is erased twice, in two transactions that are \
            committed. The second time nothing is refused, and no row is changed or removed; that it was asked for may be \
            written down.",
    bad: include_str!("twice.bad.sql"),
    good: include_str!("twice.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    if !bench.erasure.idempotent || bench.once().await?.seen.is_refused() {
        return Ok(Vec::new());
    }
    let statement = bench.statement(&bench.subject.key);
    let ran = bench
        .run_committing(&[statement.clone(), statement.clone()])
        .await?;
    let [first, second] = ran.as_slice() else {
        return Ok(Vec::new());
    };
    let refused = second
        .seen
        .refused
        .as_ref()
        .map(|refusal| refusal.message.clone());
    let changed = || {
        let changes = first.after.changes(bench.catalog, &second.after);
        let change = changes
            .into_iter()
            .find(|change| change.old.is_some() && change.new != change.old)?;
        Some(match change.new {
            None => format!("a row of {} is gone", change.table),
            Some(_) => format!("a row of {} was changed", change.table),
        })
    };
    let Some(observed) = refused
        .map(|message| format!("it is refused: {message}"))
        .or_else(changed)
    else {
        let message = "the second time nothing happens";
        return Ok(vec![bench.claim(
            IDEMPOTENT,
            &bench.object,
            VECTOR.name,
            Verdict::Proven,
            message,
        )]);
    };
    let message = format!("erasing the same person again is not without effect: {observed}");
    let evidence = bench.evidence("nothing", &observed, &format!("{statement}; {statement}"));
    let claim = bench.claim(IDEMPOTENT, &bench.object, VECTOR.name, Verdict::Violated, message);
    Ok(vec![claim.shown_by(evidence)])
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.erase(bigint)").await;
    }
}
