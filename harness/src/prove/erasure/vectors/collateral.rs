//! What others lose when one person is erased.

use super::{COLLATERAL, Vector};
use crate::claim::{Claim, Severity, Verdict};
use crate::error::Error;
use crate::prove::erasure::bench::Bench;
use crate::prove::erasure::others::{Loss, losses};

pub(super) const VECTOR: Vector = Vector {
    name: "others",
    rule: COLLATERAL,
    about: "One of two persons is erased. Whatever is the other's, by foreign keys or by the values that only that person \
            has, must be as it was; and no row that is nobody's may be gone.",
    bad: include_str!("collateral.bad.sql"),
    good: include_str!("collateral.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let once = bench.once().await?;
    if once.seen.is_refused() {
        return Ok(Vec::new());
    }
    let losses = losses(bench, Some(&bench.subject), &bench.before, &once.after);
    let statement = bench.statement(&bench.subject.key);
    Ok(vec![judged(
        bench,
        VECTOR.name,
        "erasing one person",
        &losses,
        &statement,
    )])
}

/// The claim of what others have lost.
pub(super) fn judged(
    bench: &Bench<'_>,
    subject: &str,
    what: &str,
    losses: &[Loss],
    statement: &str,
) -> Claim {
    let Some(first) = losses.first() else {
        let message = format!("{what} touches nobody else's rows");
        return bench.claim(COLLATERAL, &bench.object, subject, Verdict::Proven, message);
    };
    let more = match losses.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let whose = if first.anothers {
        "which is another person's"
    } else {
        "which nothing links to the person"
    };
    let message = format!("{what}, {}, {whose}{more}", first.what);
    let mut claim = bench
        .claim(COLLATERAL, &bench.object, subject, Verdict::Violated, &message)
        .shown_by(bench.evidence("everything else as before", &first.what, statement));
    if !first.anothers {
        claim.severity = Severity::Warning;
    }
    claim
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.erase(bigint)").await;
    }
}
